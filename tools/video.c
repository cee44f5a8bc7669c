// SPDX-License-Identifier: GPL-2.0-only
/*
 * omvctl snapshot, and other functions for the video node
 */
#include "omvctl.h"

#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define BUFFERS		2
#define TIMEOUT_S	5

/* Number of times the stream is restarted because the format has changed. */
#define TRIES		5

int video_ioctl(int fd, unsigned long request, void *arg)
{
	int ret;

	do {
		ret = ioctl(fd, request, arg);
	} while (ret < 0 && errno == EINTR && !interrupted());
	return ret;
}

static __attribute__((noreturn)) void die_of_video(const struct camera *cam, const char *what,
						   int err)
{
	if (err == ENODEV || err == ENXIO || err == ENOENT)
		die(STATUS_NO_CAMERA, "camera %s was unplugged", cam->name);
	if (err == EBUSY)
		die(STATUS_FAILED, "another program streams from %s", cam->video);
	if (err == EACCES)
		die(STATUS_FAILED, "%s: no permission: only root and its group may open it (ls -l %s)",
		    cam->video, cam->video);
	die(STATUS_FAILED, "%s: %s: %s", cam->video, what, strerror(err));
}

int open_video(const struct camera *cam)
{
	int fd;

	if (!cam->video[0])
		die(STATUS_FAILED, "camera %s has no video node yet", cam->name);
	fd = open(cam->video, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		die_of_video(cam, "open", errno);
	return fd;
}

/* ---- formats ------------------------------------------------------- */

static void fourcc(unsigned int format, char *text)
{
	for (int i = 0; i < 4; i++)
		text[i] = format >> 8 * i & 0x7f;
	text[4] = 0;
	printable(text);
}

static void get_format(int fd, struct v4l2_pix_format *pix)
{
	struct v4l2_format f = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };

	if (video_ioctl(fd, VIDIOC_G_FMT, &f))
		die(errno == ENODEV ? STATUS_NO_CAMERA : STATUS_FAILED, "no format: %s",
		    strerror(errno));
	*pix = f.fmt.pix;
}

static struct json_object *describe_inputs(int fd)
{
	struct json_object *list = json_object_new_array(), *obj;
	struct v4l2_input in = { };
	int selected = -1;

	video_ioctl(fd, VIDIOC_G_INPUT, &selected);
	for (; !video_ioctl(fd, VIDIOC_ENUMINPUT, &in); in.index++) {
		obj = json_object_new_object();
		json_add_string(obj, "name", (const char *)in.name);
		json_add_string(obj, "status",
				in.status & V4L2_IN_ST_NO_SIGNAL ? "no signal" : "ok");
		json_object_object_add(obj, "selected",
				       json_object_new_boolean((int)in.index == selected));
		json_object_array_add(list, obj);
	}
	return list;
}

struct json_object *video_describe(int fd)
{
	struct json_object *obj = json_object_new_object();
	struct v4l2_pix_format pix;
	char format[5];

	get_format(fd, &pix);
	fourcc(pix.pixelformat, format);
	json_object_object_add(obj, "inputs", describe_inputs(fd));
	json_add_string(obj, "format", format);
	json_add_int(obj, "width", pix.width);
	json_add_int(obj, "height", pix.height);
	return obj;
}

/* ---- snapshot --------------------------------------------------------- */

/**
 * struct capture - a stream
 * @cam: camera
 * @fd:  video node
 * @pix: format
 * @mem: buffers
 * @len: bytes in each buffer
 */
struct capture {
	const struct camera *cam;
	int fd;
	struct v4l2_pix_format pix;
	void *mem[BUFFERS];
	size_t len[BUFFERS];
};

static void must_ioctl(struct capture *cap, unsigned long request, void *arg, const char *what)
{
	if (video_ioctl(cap->fd, request, arg))
		die_of_video(cap->cam, what, errno);
}

static void begin(struct capture *cap)
{
	struct v4l2_requestbuffers req = {
		.count = BUFFERS,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};
	int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	char format[5];

	get_format(cap->fd, &cap->pix);
	fourcc(cap->pix.pixelformat, format);
	if (cap->pix.pixelformat != V4L2_PIX_FMT_MJPEG && cap->pix.pixelformat != V4L2_PIX_FMT_JPEG)
		die(STATUS_FAILED,
		    "the camera's pictures are %s (%ux%u), not JPEG: use v4l2-ctl --stream-mmap",
		    format, cap->pix.width, cap->pix.height);
	must_ioctl(cap, VIDIOC_REQBUFS, &req, "REQBUFS");
	for (unsigned int i = 0; i < BUFFERS; i++) {
		struct v4l2_buffer buf = { .index = i, .type = type, .memory = req.memory };

		must_ioctl(cap, VIDIOC_QUERYBUF, &buf, "QUERYBUF");
		cap->len[i] = buf.length;
		cap->mem[i] = mmap(NULL, buf.length, PROT_READ | PROT_WRITE, MAP_SHARED, cap->fd,
				   buf.m.offset);
		if (cap->mem[i] == MAP_FAILED)
			die_of_video(cap->cam, "mmap", errno);
		must_ioctl(cap, VIDIOC_QBUF, &buf, "QBUF");
	}
	must_ioctl(cap, VIDIOC_STREAMON, &type, "STREAMON");
}

static void end(struct capture *cap)
{
	struct v4l2_requestbuffers req = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};
	int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;

	video_ioctl(cap->fd, VIDIOC_STREAMOFF, &type);
	for (unsigned int i = 0; i < BUFFERS; i++)
		munmap(cap->mem[i], cap->len[i]);
	video_ioctl(cap->fd, VIDIOC_REQBUFS, &req);
}

static __attribute__((noreturn)) void no_picture(const struct capture *cap, unsigned int seconds)
{
	struct v4l2_input in = { };
	int index = 0;

	video_ioctl(cap->fd, VIDIOC_G_INPUT, &index);
	in.index = index;
	if (!video_ioctl(cap->fd, VIDIOC_ENUMINPUT, &in) && in.status & V4L2_IN_ST_NO_SIGNAL)
		die(STATUS_FAILED,
		    "no picture within %u s: no signal; run a script that takes pictures (omvctl run)",
		    seconds);
	die(STATUS_FAILED, "no picture within %u s, although there is a signal: try again", seconds);
}

/*
 * Return: true if the camera's format has changed. The driver drops frames that are not in the
 * stream's format.
 */
static bool format_changed(struct capture *cap)
{
	struct v4l2_event event;
	bool changed = false;

	while (!video_ioctl(cap->fd, VIDIOC_DQEVENT, &event))
		changed |= event.type == V4L2_EVENT_SOURCE_CHANGE;
	return changed;
}

/* Return: false if the stream must be restarted */
static bool wait_frame(struct capture *cap, struct v4l2_buffer *buf, long long until,
		       unsigned int seconds)
{
	struct pollfd fd = { .fd = cap->fd, .events = POLLIN | POLLPRI };
	long long left;

	for (;;) {
		left = until - now_ms();
		if (left <= 0)
			no_picture(cap, seconds);
		if (poll(&fd, 1, left) < 0)
			die_of_video(cap->cam, "poll", errno);
		if (fd.revents & POLLPRI && format_changed(cap))
			return false;
		memset(buf, 0, sizeof(*buf));
		buf->type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
		buf->memory = V4L2_MEMORY_MMAP;
		if (!video_ioctl(cap->fd, VIDIOC_DQBUF, buf)) {
			if (!(buf->flags & V4L2_BUF_FLAG_ERROR) && buf->bytesused)
				return true;
			must_ioctl(cap, VIDIOC_QBUF, buf, "QBUF");
		} else if (errno != EAGAIN) {
			die_of_video(cap->cam, "DQBUF", errno);
		}
	}
}

static void print_file(const char *name, const struct capture *cap, const struct v4l2_buffer *buf)
{
	struct json_object *obj = json_object_new_object();

	json_add_string(obj, "file", name);
	json_add_int(obj, "width", cap->pix.width);
	json_add_int(obj, "height", cap->pix.height);
	json_add_int(obj, "bytes", buf->bytesused);
	json_document(obj);
}

int do_snapshot(const struct args *args)
{
	unsigned int seconds = args->timeout ? args->timeout : TIMEOUT_S;
	long long until = now_ms() + 1000LL * seconds;
	struct v4l2_event_subscription sub = { .type = V4L2_EVENT_SOURCE_CHANGE };
	const char *name = args->word[0];
	struct capture cap = { };
	struct v4l2_buffer buf;
	int tries = TRIES;

	if (!strcmp(name, "-") && isatty(STDOUT_FILENO))
		die(STATUS_USAGE, "stdout is a terminal: give a file for the picture");
	if (!strcmp(name, "-") && args->json)
		die(STATUS_USAGE, "- and --json cannot be combined: both use stdout");
	cap.cam = pick_camera(args, true);
	cap.fd = open_video(cap.cam);
	video_ioctl(cap.fd, VIDIOC_SUBSCRIBE_EVENT, &sub);
	begin(&cap);
	while (!wait_frame(&cap, &buf, until, seconds)) {
		end(&cap);
		if (!--tries)
			die(STATUS_FAILED, "the format of the camera's pictures keeps changing");
		begin(&cap);
	}
	save(name, cap.mem[buf.index], buf.bytesused);
	end(&cap);
	close(cap.fd);
	if (args->json)
		print_file(name, &cap, &buf);
	return 0;
}
