// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "vhci.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define VHCI		"/sys/devices/platform/vhci_hcd.0"
#define STATE_FREE	4	/* VDEV_ST_NULL */
#define USB_SPEED_FULL	2
#define USB_SPEED_HIGH	3
#define DEVID		(1u << 16 | 2)	/* bus 1, device 2 of a machine that does not exist */

/* Parse a line of a status file: hub, port, state and other fields. */
static bool free_port(FILE *f, unsigned int *port)
{
	unsigned int state;
	char line[128], hub[8];

	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%7s %u %u", hub, port, &state) == 3 && !strcmp(hub, "hs") &&
		    state == STATE_FREE)
			return true;
	}
	return false;
}

/* The first controller has the status files of all: status, status.1, ... */
static int find_port(unsigned int *port, char *why, size_t size)
{
	char path[64] = VHCI "/status";

	for (unsigned int i = 1;; i++) {
		FILE *f = fopen(path, "re");
		bool found;

		if (!f)
			break;
		found = free_port(f, port);
		fclose(f);
		if (found)
			return 0;
		snprintf(path, sizeof(path), VHCI "/status.%u", i);
	}
	if (access(VHCI, F_OK)) {
		snprintf(why, size, "no %s: load the module with \"modprobe vhci-hcd\"",
			 VHCI);
		return -ENODEV;
	}
	snprintf(why, size, "all high-speed ports of %s are in use: end another simulated device",
		 VHCI);
	return -EBUSY;
}

static int attach(int fd, unsigned int port, bool high_speed)
{
	char text[64];
	int len = snprintf(text, sizeof(text), "%u %d %u %u", port, fd, DEVID,
			   high_speed ? USB_SPEED_HIGH : USB_SPEED_FULL);
	int file = open(VHCI "/attach", O_WRONLY | O_CLOEXEC);
	int err = 0;

	if (file < 0)
		return -errno;
	if (write(file, text, len) != len)
		err = -errno;
	close(file);
	return err;
}

int vhci_attach(bool high_speed, unsigned int *port, char *why, size_t size)
{
	int fds[2], err;

	/* Another program may take the port after the status was read. */
	for (unsigned int tries = 0; tries < 8; tries++) {
		err = find_port(port, why, size);
		if (err)
			return err;
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds)) {
			snprintf(why, size, "no socket: %s", strerror(errno));
			return -errno;
		}
		err = attach(fds[1], *port, high_speed);
		close(fds[1]);
		if (!err)
			return fds[0];
		close(fds[0]);
		if (err != -EBUSY && err != -EINVAL)
			break;
	}
	snprintf(why, size, "%s/attach: %s%s", VHCI, strerror(-err),
		 err == -EACCES ? ": only root may plug a device in" : "");
	return err;
}
