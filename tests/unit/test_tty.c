// SPDX-License-Identifier: GPL-2.0-only
/*
 * The camera on a tty, which is a pty here; the host connects and disconnects.
 */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../firmware/camera/camera.h"
#include "../../firmware/ports/tty/tty_port.h"

#define PATIENCE_MS	5000

struct line {
	char dir[32];
	char path[64];		/* path of the tty for the camera: a symlink */
	int host;		/* host's end of the pty, -1 if there is none */
	struct camera *cam;
	struct port *port;
	u8 got[65536];
	u32 got_len;
};

static void connect_host(struct line *l)
{
	l->host = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
	assert_true(l->host >= 0);
	assert_int_equal(grantpt(l->host), 0);
	assert_int_equal(unlockpt(l->host), 0);
	unlink(l->path);
	assert_int_equal(symlink(ptsname(l->host), l->path), 0);
}

static void disconnect_host(struct line *l)
{
	close(l->host);
	l->host = -1;
}

static struct line *start(bool script)
{
	struct camera_options o = {
		.board = board_find("OPENMV_RT1060"),
		.source = { .spec = "pattern" },
		.serial = "0123456789ABCDEF01234567",
		.script = script_default,
		.no_script = !script,
	};
	struct line *l = calloc(1, sizeof(*l));
	char why[512];

	assert_non_null(l);
	strcpy(l->dir, "/tmp/omv-tty-XXXXXX");
	assert_non_null(mkdtemp(l->dir));
	snprintf(l->path, sizeof(l->path), "%s/tty", l->dir);
	connect_host(l);
	l->cam = camera_new(&o, why, sizeof(why));
	assert_non_null(l->cam);
	l->port = tty_port_open(l->path, &camera_upper, l->cam, why, sizeof(why));
	if (!l->port)
		fail_msg("%s", why);
	camera_plug(l->cam, l->port);
	return l;
}

static void stop(struct line *l)
{
	camera_plug(l->cam, NULL);
	l->port->ops->close(l->port);
	camera_free(l->cam);
	if (l->host >= 0)
		close(l->host);
	unlink(l->path);
	rmdir(l->dir);
	free(l);
}

/* One iteration of the main loop. */
static void turn(struct line *l)
{
	u64 until = camera_run(l->cam), now = port_now(), port;
	struct pollfd pfd = { .fd = -1 };
	ssize_t n;

	port = l->port->ops->prepare(l->port, &pfd);
	if (port < until)
		until = port;
	/* Limit the wait: the encoder and the host are not polled. */
	poll(&pfd, 1, until > now ? until - now > 2000000 ? 2 : 1 : 0);
	assert_int_equal(l->port->ops->handle(l->port, pfd.revents), 0);
	if (l->host < 0)
		return;
	n = read(l->host, l->got + l->got_len, sizeof(l->got) - l->got_len);
	if (n > 0)
		l->got_len += n;
}

static void rest(struct line *l, u32 ms)
{
	u64 end = port_now() + ms * 1000000ull;

	while (port_now() < end)
		turn(l);
}

/* Send a SYNC and wait for its ACK, ignoring other bytes. */
static void sync_host(struct line *l)
{
	const struct omv_packet sync = { .opcode = OMV_OP_SYNC };
	const struct omv_packet ack = { .opcode = OMV_OP_SYNC, .flags = OMV_F_ACK };
	u64 end = port_now() + PATIENCE_MS * 1000000ull;
	u8 out[OMV_MAX_PACKET], in[OMV_MAX_PACKET];
	u32 out_len = omv_packet_encode(out, &sync), in_len = omv_packet_encode(in, &ack);

	l->got_len = 0;
	assert_int_equal(write(l->host, out, out_len), out_len);
	while (!memmem(l->got, l->got_len, in, in_len)) {
		assert_true(port_now() < end);
		turn(l);
	}
}

static void test_sync(void **state)
{
	struct line *l = start(false);

	(void)state;
	assert_false(l->cam->active);
	sync_host(l);
	assert_true(l->cam->active);
	stop(l);
}

/* All bytes pass unchanged: the tty is raw and does not echo. */
static void test_raw(void **state)
{
	static const u8 bytes[] = { 0x03, 0x04, 0x0a, 0x0d, 0x11, 0x13, 0x1a, 0x1c, 0x7f, 0xff, 0x00 };
	struct line *l = start(false);
	u8 got[sizeof(bytes) + 1];

	(void)state;
	rest(l, 20);
	while (read(l->host, got, sizeof(got)) > 0)
		;
	assert_int_equal(l->port->ops->send(l->port, bytes, sizeof(bytes)), sizeof(bytes));
	assert_int_equal(read(l->host, got, sizeof(got)), sizeof(bytes));
	assert_memory_equal(got, bytes, sizeof(bytes));
	assert_int_equal(write(l->host, bytes, sizeof(bytes)), sizeof(bytes));
	assert_int_equal(read(l->host, got, sizeof(got)), -1);
	sync_host(l);
	stop(l);
}

static void test_comes_and_goes(void **state)
{
	struct line *l = start(false);
	struct pollfd pfd = { .fd = 99 };
	u64 until;

	(void)state;
	for (int i = 0; i < 3; i++) {
		sync_host(l);
		disconnect_host(l);
		rest(l, 10);
		assert_false(l->cam->active);
		assert_false(l->port->ops->listening(l->port));
		/* The port only waits for the next attempt to open the tty. */
		until = l->port->ops->prepare(l->port, &pfd);
		assert_int_equal(pfd.fd, -1);
		assert_true(until > port_now() + 10000000 && until < port_now() + 1000000000);
		rest(l, 250);
		connect_host(l);
	}
	sync_host(l);
	stop(l);
}

/* If the host does not read, the camera waits, and continues when it reads again. */
static void test_stalled(void **state)
{
	struct line *l = start(true);
	u8 data[65536] = { 0 };
	struct pollfd pfd;

	(void)state;
	rest(l, 50);
	while (l->port->ops->send(l->port, data, sizeof(data)))
		usleep(20000);
	for (int i = 0; i < 5; i++) {
		l->port->ops->prepare(l->port, &pfd);
		assert_int_equal(pfd.events, POLLIN | POLLOUT);
		assert_int_equal(poll(&pfd, 1, 20), 0);
	}
	sync_host(l);
	l->port->ops->prepare(l->port, &pfd);
	assert_int_equal(pfd.events, POLLIN);
	stop(l);
}

static void test_wrong(void **state)
{
	char why[128];

	(void)state;
	assert_null(tty_port_open("/does/not/exist", &camera_upper, NULL, why, sizeof(why)));
	assert_string_equal(why, "/does/not/exist: No such file or directory");
	assert_null(tty_port_open("/dev/null", &camera_upper, NULL, why, sizeof(why)));
	assert_string_equal(why, "/dev/null: Inappropriate ioctl for device");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sync),
		cmocka_unit_test(test_raw),
		cmocka_unit_test(test_comes_and_goes),
		cmocka_unit_test(test_stalled),
		cmocka_unit_test(test_wrong),
	};

	return cmocka_run_group_tests_name("tty", tests, NULL, NULL);
}
