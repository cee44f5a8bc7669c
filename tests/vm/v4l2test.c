// SPDX-License-Identifier: GPL-2.0-only
/*
 * A V4L2 test program for tests/vm/tests, for what v4l2-ctl cannot do. The command line is a
 * list of steps, which are executed on one open file. See usage[].
 *
 * Every frame is checked: its sequence number and its timestamp must increase, the timestamp
 * must not be in the future, and the frame must not be empty. If a step fails, the program
 * prints it and ends with status 1; a step that hangs is treated in the same way after 30 s.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/usbdevice_fs.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define MAX_BUFFERS	32
#define STEP_SECONDS	30
#define FRAME_MS	10000
#define LATER_MS	300

static const char usage[] =
	"usage: v4l2test DEVICE STEP...\n"
	"  io mmap|userptr|read|NODE  memory of the buffers; NODE: DMABUFs of that capture device\n"
	"  buffers N           number of buffers (4)\n"
	"  start, stop         STREAMON, STREAMOFF with all buffers freed\n"
	"  frames N            take N frames and print a line for each\n"
	"  bad-frames N        as frames; the frames may have the error flag or be empty\n"
	"  for MS              take frames for MS milliseconds; no frame is required\n"
	"  silent MS           there must be no frame for MS milliseconds\n"
	"  out FILE            append all following frames to FILE\n"
	"  quality N           S_CTRL; must succeed; frames that are then complete are taken at once\n"
	"  quality-fails N ERRNO  S_CTRL; must fail with ERRNO\n"
	"  is-quality N        G_CTRL; must return N\n"
	"  subscribe NAME      subscribe to the event source-change or quality\n"
	"  event NAME          wait for the event NAME, taking frames meanwhile\n"
	"  no-event            no event must be pending\n"
	"  size WxH            G_FMT; must return WxH\n"
	"  format FOURCC WxH   S_FMT; must not change the values\n"
	"  is-format FOURCC    G_FMT; must return FOURCC\n"
	"  input N             S_INPUT, and then G_INPUT, which must return N\n"
	"  is-input N          G_INPUT; must return N\n"
	"  write FILE TEXT     write a line to a file\n"
	"  suspend STATE       suspend the machine; frames that are then complete are taken at once\n"
	"  suspend-fails STATE as suspend, but a device must refuse with EBUSY\n"
	"  fps N               S_PARM with N frames per second; must return N\n"
	"  fps-fails N ERRNO   S_PARM; must fail with ERRNO\n"
	"  driver NAME         QUERYCAP; the driver must be NAME, and the device a USB device\n"
	"  active yes|no       the quality control must be active, or inactive\n"
	"  later-kill PID, later-write FILE TEXT  in 300 ms, during the next step, which must be\n"
	"                      error, poll or quality-fails (which may end 1000 ms after that)\n"
	"  error NAME MS       block in DQBUF or read() until it fails with NAME, at most MS after\n"
	"                      \"later\"\n"
	"  poll NAMES MS       poll() until one of NAMES, for example ERR,HUP,PRI, at most MS after\n"
	"                      \"later\"\n"
	"  polls NAME          poll() must report NAME at once, and nothing else\n"
	"  epolls              an epoll instance that has the node since before STREAMON must report\n"
	"                      a frame\n"
	"  again               read() without waiting must fail with EAGAIN\n"
	"  prompt MS           no ioctl that only reports what the driver has may take longer than MS\n"
	"  close-within MS     close() must not take longer than MS; then open()\n"
	"  fails NAME          every ioctl that needs the device must fail with NAME\n"
	"  streamon-fails NAME STREAMON must fail with NAME\n"
	"  usb-reset NODE      reset a USB device\n"
	"  fail-nth N          let the N-th allocation from now on fail; 0: report if one did\n"
	"  reopen              close() and open()\n"
	"  sleep MS\n";

enum io { IO_MMAP, IO_USERPTR, IO_DMABUF, IO_READ };

static struct {
	const char *node;
	int fd;
	enum io io;
	int exporter;
	unsigned int count;
	struct {
		void *mem;
		size_t size;
		int fd;
	} bufs[MAX_BUFFERS];
	bool on;
	FILE *out;
	unsigned int phase;
	bool seen;
	uint32_t sequence;
	uint64_t stamp;
	uint64_t acted;
	pthread_t later;
	bool has_later;
	int fail_nth;
} t = { .fd = -1, .exporter = -1, .count = 4, .fail_nth = -1 };

static const char *step = "open";

static const struct {
	const char *name;
	int value;
} errors[] = {
	{ "EIO", EIO }, { "ENODEV", ENODEV }, { "EINVAL", EINVAL }, { "EBUSY", EBUSY },
	{ "EAGAIN", EAGAIN }, { "ENOMEM", ENOMEM }, { "ERANGE", ERANGE }, { "EINTR", EINTR },
	{ "EACCES", EACCES },
}, poll_events[] = {
	{ "IN", POLLIN }, { "PRI", POLLPRI }, { "ERR", POLLERR }, { "HUP", POLLHUP },
}, event_types[] = {
	{ "source-change", V4L2_EVENT_SOURCE_CHANGE }, { "quality", V4L2_EVENT_CTRL },
};

#define NAME_OF(table, value_) name_of(table, sizeof(table) / sizeof((table)[0]), value_)
#define VALUE_OF(table, name_) value_of(table, sizeof(table) / sizeof((table)[0]), name_)

static __attribute__((format(printf, 1, 2), noreturn)) void die(const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	fprintf(stderr, "v4l2test %s: %s: ", t.node, step);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static const char *name_of(const void *table, size_t count, int value)
{
	const __typeof__(errors[0]) *e = table;

	for (size_t i = 0; i < count; i++) {
		if (e[i].value == value)
			return e[i].name;
	}
	return strerror(value);
}

static int value_of(const void *table, size_t count, const char *name)
{
	const __typeof__(errors[0]) *e = table;

	for (size_t i = 0; i < count; i++) {
		if (!strcmp(e[i].name, name))
			return e[i].value;
	}
	die("no such word: %s", name);
}

static unsigned long number(const char *arg)
{
	char *end;
	unsigned long n = strtoul(arg, &end, 10);

	if (*end || end == arg)
		die("'%s' is no number", arg);
	return n;
}

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000ull + ts.tv_nsec / 1000;
}

static int xioctl(int fd, unsigned long request, void *arg)
{
	int ret;

	do {
		ret = ioctl(fd, request, arg);
	} while (ret && errno == EINTR);
	return ret;
}

static void need(int fd, unsigned long request, void *arg, const char *name)
{
	if (xioctl(fd, request, arg))
		die("%s: %s", name, NAME_OF(errors, errno));
}

#define NEED(request, arg) need(t.fd, VIDIOC_##request, arg, #request)

static void hangs(int signal)
{
	static const char text[] = "v4l2test: hangs in: ";

	(void)signal;
	if (write(2, text, sizeof(text) - 1) < 0 || write(2, step, strlen(step)) < 0 ||
	    write(2, "\n", 1) < 0)
		_exit(3);
	_exit(2);
}

static void open_node(void)
{
	t.fd = open(t.node, O_RDWR);
	if (t.fd < 0)
		die("%s", NAME_OF(errors, errno));
}

/* ---- buffers ---------------------------------------------------------- */

static struct v4l2_format get_format(int fd)
{
	struct v4l2_format fmt = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };

	need(fd, VIDIOC_G_FMT, &fmt, "G_FMT");
	return fmt;
}

static __u32 memory(void)
{
	static const __u32 types[] = {
		[IO_MMAP] = V4L2_MEMORY_MMAP,
		[IO_USERPTR] = V4L2_MEMORY_USERPTR,
		[IO_DMABUF] = V4L2_MEMORY_DMABUF,
	};

	return types[t.io];
}

/* Return: 0 or an errno */
static int try_queue(unsigned int index)
{
	struct v4l2_buffer buf = {
		.index = index,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = memory(),
		.length = t.bufs[index].size,
	};

	if (t.io == IO_USERPTR)
		buf.m.userptr = (unsigned long)t.bufs[index].mem;
	else if (t.io == IO_DMABUF)
		buf.m.fd = t.bufs[index].fd;
	return xioctl(t.fd, VIDIOC_QBUF, &buf) ? errno : 0;
}

static void queue(unsigned int index)
{
	int err = try_queue(index);

	if (err)
		die("QBUF: %s", NAME_OF(errors, err));
}

static void *map(int fd, unsigned int index, size_t *size)
{
	struct v4l2_buffer buf = {
		.index = index,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};
	void *mem;

	need(fd, VIDIOC_QUERYBUF, &buf, "QUERYBUF");
	mem = mmap(NULL, buf.length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, buf.m.offset);
	if (mem == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	*size = buf.length;
	return mem;
}

static void export(unsigned int index)
{
	struct v4l2_exportbuffer exp = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.index = index,
		.flags = O_RDWR | O_CLOEXEC,
	};

	need(t.exporter, VIDIOC_EXPBUF, &exp, "EXPBUF");
	t.bufs[index].fd = exp.fd;
	t.bufs[index].mem = map(t.exporter, index, &t.bufs[index].size);
}

static void request(int fd, __u32 type, unsigned int count)
{
	struct v4l2_requestbuffers req = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = type,
		.count = count,
	};

	need(fd, VIDIOC_REQBUFS, &req, "REQBUFS");
	if (req.count < count)
		die("%u buffers asked for, %u given", count, req.count);
}

static void allocate(void)
{
	size_t size = get_format(t.fd).fmt.pix.sizeimage;

	request(t.fd, memory(), t.count);
	if (t.io == IO_DMABUF)
		request(t.exporter, V4L2_MEMORY_MMAP, t.count);
	for (unsigned int i = 0; i < t.count; i++) {
		t.bufs[i].fd = -1;
		switch (t.io) {
		case IO_MMAP:
			t.bufs[i].mem = map(t.fd, i, &t.bufs[i].size);
			break;
		case IO_DMABUF:
			export(i);
			if (t.bufs[i].size < size)
				die("the exporter's buffers have %zu bytes, %zu are needed",
				    t.bufs[i].size, size);
			break;
		default:
			t.bufs[i].size = size;
			t.bufs[i].mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
					     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		}
	}
}

static void release(void)
{
	for (unsigned int i = 0; i < t.count; i++) {
		munmap(t.bufs[i].mem, t.bufs[i].size);
		if (t.bufs[i].fd >= 0)
			close(t.bufs[i].fd);
	}
	request(t.fd, memory(), 0);
	if (t.io == IO_DMABUF)
		request(t.exporter, V4L2_MEMORY_MMAP, 0);
}

static int stream(bool on)
{
	int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;

	return xioctl(t.fd, on ? VIDIOC_STREAMON : VIDIOC_STREAMOFF, &type);
}

/* ---- frames ----------------------------------------------------------- */

static void check_frame(const struct v4l2_buffer *buf, bool bad)
{
	uint64_t stamp = buf->timestamp.tv_sec * 1000000ull + buf->timestamp.tv_usec;

	printf("frame sequence=%u us=%llu bytes=%u phase=%u%s\n", buf->sequence,
	       (unsigned long long)stamp, buf->bytesused, t.phase,
	       buf->flags & V4L2_BUF_FLAG_ERROR ? " error" : "");
	if (t.seen && buf->sequence <= t.sequence)
		die("sequence %u follows %u", buf->sequence, t.sequence);
	if (t.seen && stamp <= t.stamp)
		die("timestamp %llu follows %llu", (unsigned long long)stamp,
		    (unsigned long long)t.stamp);
	if (stamp > now_us())
		die("timestamp %llu is of the future", (unsigned long long)stamp);
	if (!bad && buf->flags & V4L2_BUF_FLAG_ERROR)
		die("frame %u has the error flag", buf->sequence);
	if (!bad && !buf->bytesused)
		die("frame %u is empty", buf->sequence);
	if (buf->bytesused > t.bufs[buf->index].size)
		die("frame %u is larger than its buffer", buf->sequence);
	t.seen = true;
	t.sequence = buf->sequence;
	t.stamp = stamp;
}

static void save(const void *data, size_t size)
{
	if (t.out && fwrite(data, 1, size, t.out) != size)
		die("cannot write: %s", strerror(errno));
}

/* Take a frame; blocks. Return: 0 or an errno */
static int take(bool bad)
{
	struct v4l2_buffer buf = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = memory(),
	};

	if (t.io == IO_READ) {
		static char data[16 << 20];
		ssize_t got = read(t.fd, data, sizeof(data));

		if (got < 0)
			return errno;
		printf("frame bytes=%zd phase=%u\n", got, t.phase);
		if (!bad && !got)
			die("read() gave nothing");
		save(data, got);
		return 0;
	}
	if (xioctl(t.fd, VIDIOC_DQBUF, &buf))
		return errno;
	check_frame(&buf, bad);
	save(t.bufs[buf.index].mem, buf.bytesused);
	if (bad)
		return try_queue(buf.index);
	queue(buf.index);
	return 0;
}

/* Return: events that poll() reports, 0 after @ms milliseconds */
static int wait_for(short events, int ms)
{
	struct pollfd p = { .fd = t.fd, .events = events };
	int ret;

	do {
		ret = poll(&p, 1, ms);
	} while (ret < 0 && errno == EINTR);
	return ret > 0 ? p.revents : 0;
}

static void frames(unsigned int count, bool bad)
{
	while (count--) {
		int got = wait_for(POLLIN, FRAME_MS);
		int err;

		if (!got)
			die("no frame for %d s, %u are missing", FRAME_MS / 1000, count + 1);
		err = take(bad);
		if (err)
			die("%s, %u frames are missing", NAME_OF(errors, err), count + 1);
	}
}

/* ---- steps ------------------------------------------------------------ */

static void do_io(char **arg)
{
	static const char *const names[] = { "mmap", "userptr", NULL, "read" };

	for (unsigned int i = 0; i < 4; i++) {
		if (names[i] && !strcmp(names[i], arg[0])) {
			t.io = i;
			return;
		}
	}
	t.io = IO_DMABUF;
	t.exporter = open(arg[0], O_RDWR);
	if (t.exporter < 0)
		die("%s: %s", arg[0], strerror(errno));
}

static void do_buffers(char **arg)
{
	t.count = number(arg[0]);
	if (!t.count || t.count > MAX_BUFFERS)
		die("1 to %d", MAX_BUFFERS);
}

static void do_start(char **arg)
{
	(void)arg;
	t.seen = false;
	if (t.io == IO_READ)
		return;
	allocate();
	for (unsigned int i = 0; i < t.count; i++)
		queue(i);
	if (stream(true))
		die("STREAMON: %s", NAME_OF(errors, errno));
	t.on = true;
}

static void do_stop(char **arg)
{
	(void)arg;
	if (t.io == IO_READ)
		return;
	if (stream(false))
		die("STREAMOFF: %s", NAME_OF(errors, errno));
	release();
	t.on = false;
}

static void do_frames(char **arg)
{
	frames(number(arg[0]), false);
}

static void do_bad_frames(char **arg)
{
	frames(number(arg[0]), true);
}

static void do_for(char **arg)
{
	uint64_t end = now_us() + number(arg[0]) * 1000;
	int err;

	while (now_us() < end) {
		if (!(wait_for(POLLIN, (end - now_us()) / 1000 + 1) & POLLIN))
			continue;
		err = take(true);
		if (err)
			die("%s", NAME_OF(errors, err));
	}
}

static void do_silent(char **arg)
{
	if (wait_for(POLLIN, number(arg[0])))
		die("there is a frame");
}

static void do_out(char **arg)
{
	t.out = fopen(arg[0], "w");
	if (!t.out)
		die("%s: %s", arg[0], strerror(errno));
}

/* Return: ms since the action of "later-..." */
static unsigned int since_later(void)
{
	uint64_t now = now_us();

	if (!t.has_later)
		return 0;
	if (!t.acted)
		die("it came before its cause");
	pthread_join(t.later, NULL);
	t.has_later = false;
	return (now - t.acted) / 1000;
}

static int set_quality(const char *arg)
{
	struct v4l2_control ctrl = {
		.id = V4L2_CID_JPEG_COMPRESSION_QUALITY,
		.value = number(arg),
	};
	uint64_t start = now_us();
	int err = xioctl(t.fd, VIDIOC_S_CTRL, &ctrl) ? errno : 0;

	printf("quality %s: %s after %llu ms\n", arg, err ? NAME_OF(errors, err) : "taken",
	       (unsigned long long)(now_us() - start) / 1000);
	return err;
}

/* Take the frames that were complete before: they are not affected by the next step. */
static void begin_phase(void)
{
	int err;

	while (t.on && wait_for(POLLIN, 0) & POLLIN) {
		err = take(true);
		if (err)
			die("%s", NAME_OF(errors, err));
	}
	t.phase++;
}

static void do_quality(char **arg)
{
	int err = set_quality(arg[0]);

	if (err)
		die("%s", NAME_OF(errors, err));
	begin_phase();
}

static void do_quality_fails(char **arg)
{
	int err = set_quality(arg[0]);

	unsigned int ms = since_later();

	if (err != VALUE_OF(errors, arg[1]))
		die("%s", err ? NAME_OF(errors, err) : "it was taken");
	if (ms > 1000)
		die("it took %u ms", ms);
}

static void do_is_quality(char **arg)
{
	struct v4l2_control ctrl = { .id = V4L2_CID_JPEG_COMPRESSION_QUALITY };

	NEED(G_CTRL, &ctrl);
	if (ctrl.value != (int)number(arg[0]))
		die("it is %d", ctrl.value);
}

static void do_subscribe(char **arg)
{
	struct v4l2_event_subscription sub = { .type = VALUE_OF(event_types, arg[0]) };

	if (sub.type == V4L2_EVENT_CTRL) {
		sub.id = V4L2_CID_JPEG_COMPRESSION_QUALITY;
		sub.flags = V4L2_EVENT_SUB_FL_ALLOW_FEEDBACK;
	}
	NEED(SUBSCRIBE_EVENT, &sub);
}

static void do_event(char **arg)
{
	struct v4l2_event event = { 0 };
	int got;

	while (!((got = wait_for(t.on ? POLLIN | POLLPRI : POLLPRI, FRAME_MS)) & POLLPRI)) {
		int err = got ? take(true) : 0;

		if (!got || err)
			die("none%s%s", err ? ", but " : "", err ? NAME_OF(errors, err) : "");
	}
	NEED(DQEVENT, &event);
	if ((int)event.type != VALUE_OF(event_types, arg[0]))
		die("an event of type %u", event.type);
	if (event.type == V4L2_EVENT_CTRL)
		printf("event quality %d\n", event.u.ctrl.value);
	else
		printf("event source-change 0x%x\n", event.u.src_change.changes);
}

static void do_no_event(char **arg)
{
	(void)arg;
	if (wait_for(POLLPRI, 0) & POLLPRI)
		die("there is one");
}

static void do_size(char **arg)
{
	struct v4l2_pix_format pix = get_format(t.fd).fmt.pix;
	char size[32];

	snprintf(size, sizeof(size), "%ux%u", pix.width, pix.height);
	if (strcmp(size, arg[0]))
		die("it is %s", size);
}

static void is_fourcc(const struct v4l2_pix_format *pix, const char *fourcc)
{
	char name[5] = { 0 };

	memcpy(name, &pix->pixelformat, 4);
	if (strcmp(name, fourcc))
		die("it is %s", name);
}

static void do_is_format(char **arg)
{
	struct v4l2_format fmt = get_format(t.fd);

	is_fourcc(&fmt.fmt.pix, arg[0]);
}

static void do_format(char **arg)
{
	struct v4l2_format fmt = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };

	if (strlen(arg[0]) != 4 ||
	    sscanf(arg[1], "%ux%u", &fmt.fmt.pix.width, &fmt.fmt.pix.height) != 2)
		die("format GREY 320x240");
	memcpy(&fmt.fmt.pix.pixelformat, arg[0], 4);
	NEED(S_FMT, &fmt);
	is_fourcc(&fmt.fmt.pix, arg[0]);
	do_size(arg + 1);
}

static void do_is_input(char **arg)
{
	int index;

	NEED(G_INPUT, &index);
	if (index != atoi(arg[0]))
		die("it is %d", index);
}

static void do_input(char **arg)
{
	int index = atoi(arg[0]);

	NEED(S_INPUT, &index);
	do_is_input(arg);
}

static void do_write(char **arg)
{
	int fd = open(arg[0], O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_CREAT, 0600);
	char line[256];
	int len = snprintf(line, sizeof(line), "%s\n", arg[1]);

	if (fd < 0 || write(fd, line, len) != len)
		die("%s: %s", arg[0], strerror(errno));
	close(fd);
	printf("write %s\n", arg[1]);
}

static void suspend(const char *state, int expected)
{
	int fd = open("/sys/power/state", O_WRONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		die("/sys/power/state: %s", strerror(errno));
	err = write(fd, state, strlen(state)) < 0 ? errno : 0;
	close(fd);
	if (err != expected)
		die("%s: %s", state, strerror(err));
	begin_phase();
}

static void do_suspend(char **arg)
{
	suspend(arg[0], 0);
}

static void do_suspend_fails(char **arg)
{
	suspend(arg[0], EBUSY);
}

static int set_fps(unsigned int fps, struct v4l2_fract *result)
{
	struct v4l2_streamparm parm = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.parm.capture.timeperframe = { 1, fps },
	};
	int err = xioctl(t.fd, VIDIOC_S_PARM, &parm) ? errno : 0;

	*result = parm.parm.capture.timeperframe;
	return err;
}

static void do_fps(char **arg)
{
	struct v4l2_fract got;
	int err = set_fps(number(arg[0]), &got);

	if (err)
		die("%s", NAME_OF(errors, err));
	if (got.numerator != 1 || got.denominator != number(arg[0]))
		die("it is %u/%u", got.denominator, got.numerator);
}

static void do_fps_fails(char **arg)
{
	struct v4l2_fract got;
	int err = set_fps(number(arg[0]), &got);

	if (err != VALUE_OF(errors, arg[1]))
		die("%s", err ? NAME_OF(errors, err) : "it succeeded");
}

static void do_driver(char **arg)
{
	struct v4l2_capability cap;

	NEED(QUERYCAP, &cap);
	if (strcmp((char *)cap.driver, arg[0]))
		die("it is %s", cap.driver);
	if (strncmp((char *)cap.bus_info, "usb-", 4))
		die("bus_info is %s", cap.bus_info);
	if (!cap.card[0])
		die("card has no name");
}

static void do_active(char **arg)
{
	struct v4l2_query_ext_ctrl query = { .id = V4L2_CID_JPEG_COMPRESSION_QUALITY };
	bool want = !strcmp(arg[0], "yes");

	NEED(QUERY_EXT_CTRL, &query);
	if (!(query.flags & V4L2_CTRL_FLAG_INACTIVE) != want)
		die("flags 0x%x", query.flags);
}

static void *kill_later(void *arg)
{
	usleep(LATER_MS * 1000);
	t.acted = now_us();
	kill(number(arg), SIGKILL);
	return NULL;
}

static void *write_later(void *arg)
{
	char **args = arg;
	int fd;

	usleep(LATER_MS * 1000);
	fd = open(args[0], O_WRONLY);
	t.acted = now_us();
	if (fd < 0 || write(fd, args[1], strlen(args[1])) < 0)
		die("%s: %s", args[0], strerror(errno));
	close(fd);
	return NULL;
}

static void later(void *(*function)(void *), void *arg)
{
	t.acted = 0;
	t.has_later = !pthread_create(&t.later, NULL, function, arg);
	if (!t.has_later)
		die("no thread");
}

static void do_later_kill(char **arg)
{
	later(kill_later, arg[0]);
}

static void do_later_write(char **arg)
{
	later(write_later, arg);
}

static void do_error(char **arg)
{
	unsigned int ms;
	int err;

	do {
		err = take(true);
	} while (!err);
	ms = since_later();
	printf("error %s after %u ms\n", NAME_OF(errors, err), ms);
	if (err != VALUE_OF(errors, arg[0]))
		die("%s came", NAME_OF(errors, err));
	if (ms > number(arg[1]))
		die("it took %u ms", ms);
}

static void do_poll(char **arg)
{
	char words[64], *save_ptr = NULL;
	int events = 0, got;
	unsigned int ms;

	snprintf(words, sizeof(words), "%s", arg[0]);
	for (char *w = strtok_r(words, ",", &save_ptr); w; w = strtok_r(NULL, ",", &save_ptr))
		events |= VALUE_OF(poll_events, w);
	/* Take frames that come before; poll() may report one that is no longer there. */
	while (!((got = wait_for(POLLIN | POLLPRI, -1)) & events))
		take(true);
	ms = since_later();
	printf("poll 0x%x after %u ms\n", got, ms);
	if (ms > number(arg[1]))
		die("it took %u ms", ms);
}

static void do_polls(char **arg)
{
	int got = wait_for(POLLIN | POLLPRI, 0);

	if (got != VALUE_OF(poll_events, arg[0]))
		die("it reports 0x%x", got);
}

static void do_epolls(char **arg)
{
	struct epoll_event event = { .events = EPOLLIN };
	int fd = epoll_create1(EPOLL_CLOEXEC);
	uint64_t end;

	(void)arg;
	if (fd < 0 || epoll_ctl(fd, EPOLL_CTL_ADD, t.fd, &event))
		die("%s", strerror(errno));
	/* Without a stream it reports EPOLLERR, and must do so before STREAMON. */
	if (epoll_wait(fd, &event, 1, FRAME_MS) != 1 || event.events != EPOLLERR)
		die("0x%x before STREAMON", event.events);
	do_start(NULL);
	end = now_us() + FRAME_MS * 1000ull;
	do {
		if (epoll_wait(fd, &event, 1, FRAME_MS) != 1 || now_us() > end)
			die("no frame");
	} while (!(event.events & EPOLLIN));
	close(fd);
	do_stop(NULL);
}

static void do_again(char **arg)
{
	char data[16];

	(void)arg;
	fcntl(t.fd, F_SETFL, O_RDWR | O_NONBLOCK);
	if (read(t.fd, data, sizeof(data)) >= 0)
		die("there is a frame");
	if (errno != EAGAIN)
		die("%s", NAME_OF(errors, errno));
}

static void do_prompt(char **arg)
{
	struct v4l2_fmtdesc desc = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
	struct v4l2_format fmt = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
	struct v4l2_streamparm parm = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
	struct v4l2_queryctrl query = { .id = V4L2_CID_JPEG_COMPRESSION_QUALITY };
	struct v4l2_control ctrl = { .id = V4L2_CID_JPEG_COMPRESSION_QUALITY };
	struct v4l2_frmsizeenum size = { .pixel_format = V4L2_PIX_FMT_MJPEG };
	struct v4l2_format now = get_format(t.fd);
	struct v4l2_frmivalenum ival = {
		.pixel_format = now.fmt.pix.pixelformat,
		.width = now.fmt.pix.width,
		.height = now.fmt.pix.height,
	};
	struct v4l2_input input = { 0 };
	struct v4l2_capability cap;
	int index;
	const struct {
		const char *name;
		unsigned long request;
		void *arg;
	} calls[] = {
		{ "QUERYCAP", VIDIOC_QUERYCAP, &cap },
		{ "ENUM_FMT", VIDIOC_ENUM_FMT, &desc },
		{ "ENUM_FRAMESIZES", VIDIOC_ENUM_FRAMESIZES, &size },
		{ "ENUM_FRAMEINTERVALS", VIDIOC_ENUM_FRAMEINTERVALS, &ival },
		{ "G_FMT", VIDIOC_G_FMT, &fmt },
		{ "TRY_FMT", VIDIOC_TRY_FMT, &fmt },
		{ "ENUMINPUT", VIDIOC_ENUMINPUT, &input },
		{ "G_INPUT", VIDIOC_G_INPUT, &index },
		{ "G_PARM", VIDIOC_G_PARM, &parm },
		{ "QUERYCTRL", VIDIOC_QUERYCTRL, &query },
		{ "G_CTRL", VIDIOC_G_CTRL, &ctrl },
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		uint64_t begin = now_us();
		unsigned int ms;

		need(t.fd, calls[i].request, calls[i].arg, calls[i].name);
		ms = (now_us() - begin) / 1000;
		if (ms > number(arg[0]))
			die("%s took %u ms", calls[i].name, ms);
	}
}

static void do_close_within(char **arg)
{
	uint64_t begin = now_us();
	unsigned int ms;

	close(t.fd);
	ms = (now_us() - begin) / 1000;
	if (ms > number(arg[0]))
		die("it took %u ms", ms);
	open_node();
}

static void do_fails(char **arg)
{
	struct v4l2_format fmt = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
	struct v4l2_control ctrl = { .id = V4L2_CID_JPEG_COMPRESSION_QUALITY, .value = 50 };
	struct v4l2_capability cap;
	const struct {
		const char *name;
		unsigned long request;
		void *arg;
	} calls[] = {
		{ "QUERYCAP", VIDIOC_QUERYCAP, &cap },
		{ "G_FMT", VIDIOC_G_FMT, &fmt },
		{ "S_CTRL", VIDIOC_S_CTRL, &ctrl },
		{ "G_CTRL", VIDIOC_G_CTRL, &ctrl },
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		int err = xioctl(t.fd, calls[i].request, calls[i].arg) ? errno : 0;

		if (err != VALUE_OF(errors, arg[0]))
			die("%s gives %s", calls[i].name,
			    err ? NAME_OF(errors, err) : "success");
	}
}

static void do_streamon_fails(char **arg)
{
	if (!stream(true))
		die("it succeeded");
	if (errno != VALUE_OF(errors, arg[0]))
		die("%s came", NAME_OF(errors, errno));
}

static void do_usb_reset(char **arg)
{
	int fd = open(arg[0], O_WRONLY);

	if (fd < 0 || ioctl(fd, USBDEVFS_RESET, 0))
		die("%s: %s", arg[0], strerror(errno));
	close(fd);
}

static void do_fail_nth(char **arg)
{
	char left[16] = "";

	if (t.fail_nth < 0)
		t.fail_nth = open("/proc/self/fail-nth", O_RDWR);
	if (!number(arg[0]) && pread(t.fail_nth, left, sizeof(left) - 1, 0) > 0 && atoi(left))
		printf("no fault\n");
	if (pwrite(t.fail_nth, arg[0], strlen(arg[0]), 0) < 0)
		die("/proc/self/fail-nth: %s", strerror(errno));
}

static void do_reopen(char **arg)
{
	close(t.fd);
	open_node();
}

static void do_sleep(char **arg)
{
	usleep(number(arg[0]) * 1000);
}

static const struct {
	const char *name;
	int args;
	void (*run)(char **arg);
} steps[] = {
	{ "io", 1, do_io },
	{ "buffers", 1, do_buffers },
	{ "start", 0, do_start },
	{ "stop", 0, do_stop },
	{ "frames", 1, do_frames },
	{ "bad-frames", 1, do_bad_frames },
	{ "for", 1, do_for },
	{ "silent", 1, do_silent },
	{ "out", 1, do_out },
	{ "quality", 1, do_quality },
	{ "quality-fails", 2, do_quality_fails },
	{ "is-quality", 1, do_is_quality },
	{ "subscribe", 1, do_subscribe },
	{ "event", 1, do_event },
	{ "no-event", 0, do_no_event },
	{ "size", 1, do_size },
	{ "format", 2, do_format },
	{ "is-format", 1, do_is_format },
	{ "input", 1, do_input },
	{ "is-input", 1, do_is_input },
	{ "write", 2, do_write },
	{ "suspend", 1, do_suspend },
	{ "suspend-fails", 1, do_suspend_fails },
	{ "fps", 1, do_fps },
	{ "fps-fails", 2, do_fps_fails },
	{ "driver", 1, do_driver },
	{ "active", 1, do_active },
	{ "later-kill", 1, do_later_kill },
	{ "later-write", 2, do_later_write },
	{ "error", 2, do_error },
	{ "poll", 2, do_poll },
	{ "polls", 1, do_polls },
	{ "epolls", 0, do_epolls },
	{ "again", 0, do_again },
	{ "prompt", 1, do_prompt },
	{ "close-within", 1, do_close_within },
	{ "fails", 1, do_fails },
	{ "streamon-fails", 1, do_streamon_fails },
	{ "usb-reset", 1, do_usb_reset },
	{ "fail-nth", 1, do_fail_nth },
	{ "reopen", 0, do_reopen },
	{ "sleep", 1, do_sleep },
};

/* Return: number of words that the step uses */
static int run_step(int left, char **word)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (strcmp(steps[i].name, word[0]))
			continue;
		step = word[0];
		if (left <= steps[i].args)
			die("takes %d arguments", steps[i].args);
		alarm(STEP_SECONDS);
		steps[i].run(word + 1);
		alarm(0);
		return 1 + steps[i].args;
	}
	step = word[0];
	die("there is no such step\n%s", usage);
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fputs(usage, stderr);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGALRM, hangs);
	t.node = argv[1];
	t.fd = open(t.node, O_RDWR);
	if (t.fd < 0)
		die("%s", strerror(errno));
	for (int i = 2; i < argc;)
		i += run_step(argc - i, argv + i);
	if (t.out && fclose(t.out))
		die("cannot write: %s", strerror(errno));
	return 0;
}
