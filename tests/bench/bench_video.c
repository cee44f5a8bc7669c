// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fetch frames of one or more video nodes, like a V4L2 program.
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

/**
 * struct node - a video node
 * @next:  number of the next frame
 * @begun: a frame was received
 */
struct node {
	const char *name;
	int fd;
	uint8_t *mem[BUFFERS];
	size_t len[BUFFERS];
	uint32_t next;
	bool begun;
};

static void request(const struct node *n, unsigned long code, void *arg, const char *what)
{
	if (ioctl(n->fd, code, arg))
		fail("%s: %s: %s", n->name, what, strerror(errno));
}

static struct v4l2_buffer buffer(unsigned int index)
{
	return (struct v4l2_buffer){
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
		.index = index,
	};
}

static void map_buffer(struct node *n, unsigned int i)
{
	struct v4l2_buffer buf = buffer(i);

	request(n, VIDIOC_QUERYBUF, &buf, "QUERYBUF");
	n->len[i] = buf.length;
	n->mem[i] = mmap(NULL, buf.length, PROT_READ, MAP_SHARED, n->fd, buf.m.offset);
	if (n->mem[i] == MAP_FAILED)
		fail("mmap: %s", strerror(errno));
	request(n, VIDIOC_QBUF, &buf, "QBUF");
}

static void start(struct node *n, const char *name, int input)
{
	struct v4l2_requestbuffers req = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
		.count = BUFFERS,
	};
	int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;

	n->name = name;
	n->fd = open(name, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (n->fd < 0)
		fail("%s: %s", name, strerror(errno));
	request(n, VIDIOC_S_INPUT, &input, "S_INPUT");
	request(n, VIDIOC_REQBUFS, &req, "REQBUFS");
	if (req.count != BUFFERS)
		fail("%u buffers instead of %u", req.count, BUFFERS);
	for (unsigned int i = 0; i < BUFFERS; i++)
		map_buffer(n, i);
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

/*
 * The number of a frame is that in its stamp, or V4L2's, which also counts the
 * frames that the driver has not delivered. Return: number of frames that are missing
 */
static unsigned int missing(struct bench *b, struct node *n, const struct v4l2_buffer *buf,
			    uint64_t now)
{
	uint32_t number = buf->sequence, lost;
	uint64_t time;

	if (b->stamped) {
		number = read_stamp(n->mem[buf->index], buf->bytesused, &time);
		bench_time(b, now - time);
	}
	lost = n->begun && number > n->next ? number - n->next : 0;
	n->next = number + 1;
	n->begun = true;
	return lost;
}

/* Return: false at the end of the measurement */
static bool take(struct bench *b, struct node *n)
{
	struct v4l2_buffer buf = buffer(0);
	uint64_t now;
	bool more;

	request(n, VIDIOC_DQBUF, &buf, "DQBUF");
	now = now_ns();
	if (buf.flags & V4L2_BUF_FLAG_ERROR)
		fail("%s: frame %u is damaged", n->name, buf.sequence);
	more = bench_frame(b, n->mem[buf.index], buf.bytesused, missing(b, n, &buf, now));
	request(n, VIDIOC_QBUF, &buf, "QBUF");
	return more;
}

void bench_video(struct bench *b, char *const *names, unsigned int count)
{
	struct node nodes[NODES_MAX] = { 0 };
	struct pollfd pfds[NODES_MAX];
	bool more = true;

	b->warm_up = WARM_UP_FRAMES * count;
	for (unsigned int i = 0; i < count; i++) {
		start(&nodes[i], names[i], b->input);
		pfds[i] = (struct pollfd){ .fd = nodes[i].fd, .events = POLLIN };
	}
	while (more) {
		if (poll(pfds, count, FRAME_MS) < 1)
			fail("no frame for %u s", FRAME_MS / 1000);
		for (unsigned int i = 0; i < count && more; i++)
			if (pfds[i].revents)
				more = take(b, &nodes[i]);
	}
	for (unsigned int i = 0; i < count; i++)
		stop(&nodes[i]);
}
