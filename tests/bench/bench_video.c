// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fetch frames through the driver, like a V4L2 program.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"

#define BUFFERS		4
#define FRAME_MS	10000

struct node {
	int fd;
	uint8_t *mem[BUFFERS];
	size_t len[BUFFERS];
};

static void request(const struct node *n, unsigned long code, void *arg, const char *what)
{
	if (ioctl(n->fd, code, arg))
		fail("%s: %s", what, strerror(errno));
}

static struct v4l2_buffer buffer(unsigned int index)
{
	return (struct v4l2_buffer){
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
		.index = index,
	};
}

static void start(struct node *n)
{
	struct v4l2_requestbuffers req = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
		.count = BUFFERS,
	};
	int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;

	request(n, VIDIOC_REQBUFS, &req, "REQBUFS");
	if (req.count != BUFFERS)
		fail("%u buffers instead of %u", req.count, BUFFERS);
	for (unsigned int i = 0; i < BUFFERS; i++) {
		struct v4l2_buffer buf = buffer(i);

		request(n, VIDIOC_QUERYBUF, &buf, "QUERYBUF");
		n->len[i] = buf.length;
		n->mem[i] = mmap(NULL, buf.length, PROT_READ, MAP_SHARED, n->fd, buf.m.offset);
		if (n->mem[i] == MAP_FAILED)
			fail("mmap: %s", strerror(errno));
		request(n, VIDIOC_QBUF, &buf, "QBUF");
	}
	request(n, VIDIOC_STREAMON, &type, "STREAMON");
}

static void stop(struct node *n)
{
	int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;

	request(n, VIDIOC_STREAMOFF, &type, "STREAMOFF");
	for (unsigned int i = 0; i < BUFFERS; i++)
		munmap(n->mem[i], n->len[i]);
	close(n->fd);
}

void bench_video(struct bench *b, const char *name)
{
	struct node n = { .fd = open(name, O_RDWR | O_CLOEXEC | O_NONBLOCK) };
	struct pollfd pfd = { .fd = n.fd, .events = POLLIN };
	struct v4l2_buffer buf;
	uint32_t next = 0;
	bool more;

	if (n.fd < 0)
		fail("%s: %s", name, strerror(errno));
	start(&n);
	do {
		if (poll(&pfd, 1, FRAME_MS) != 1)
			fail("no frame for %u s", FRAME_MS / 1000);
		buf = buffer(0);
		request(&n, VIDIOC_DQBUF, &buf, "DQBUF");
		if (buf.flags & V4L2_BUF_FLAG_ERROR)
			fail("frame %u is damaged", buf.sequence);
		/*
		 * The camera makes a frame only when the last one was fetched: none must be
		 * missing.
		 */
		if (buf.sequence != next++)
			fail("frame %u follows frame %d", buf.sequence, (int)next - 2);
		more = bench_frame(b, n.mem[buf.index], buf.bytesused);
		request(&n, VIDIOC_QBUF, &buf, "QBUF");
	} while (more);
	stop(&n);
}
