// SPDX-License-Identifier: GPL-2.0-only
/*
 * A round trip through the driver: one request on an idle link, at the rate of the frames whose
 * latency it is compared with. In a row the requests find all threads and CPUs awake.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../../driver/uapi/openmv.h"
#include "bench.h"

#define WARM_UP_TRIPS	20
#define TRIP_US		33333

static uint64_t trip(int fd, const char *node)
{
	uint64_t start = now_ns();
	uint32_t size;

	if (ioctl(fd, OPENMV_IOC_SIZE, &size))
		fail("%s: SIZE: %s", node, strerror(errno));
	return now_ns() - start;
}

void bench_trip(struct bench *b, const char *node)
{
	int fd = open(node, O_RDONLY | O_CLOEXEC);
	uint64_t end;

	if (fd < 0)
		fail("%s: %s", node, strerror(errno));
	for (unsigned int i = 0; i < WARM_UP_TRIPS; i++)
		trip(fd, node);
	b->warm_up = 0;
	b->start = usage_now(b);
	for (end = now_ns() + (uint64_t)(b->seconds * 1e9); now_ns() < end; b->frames++) {
		usleep(TRIP_US);
		bench_time(b, trip(fd, node));
	}
	b->end = usage_now(b);
	close(fd);
}
