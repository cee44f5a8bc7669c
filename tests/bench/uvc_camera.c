// SPDX-License-Identifier: GPL-2.0-only
/*
 * A UVC camera with a bulk endpoint on vhci_hcd, for comparison: the same
 * pictures as omvcam, for the kernel's uvcvideo.
 */
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../firmware/camera/board.h"
#include "../../firmware/camera/source.h"
#include "../../firmware/ports/usbip/usbip.h"
#include "../../firmware/ports/usbip/vhci.h"
#include "uvc_desc.h"

#define NS_PER_S	1000000000ull
#define INTERVAL_UNIT	100		/* ns */
#define QUALITY		40

static const char usage[] =
	"Usage: uvc_camera [OPTION]... SOURCE\n"
	"A UVC camera with a bulk endpoint on this machine's vhci_hcd, until SIGTERM.\n"
	"\n"
	"SOURCE and the following options are those of omvcam:\n"
	"  --size WxH  --fps N  --quality N  --cache N  --frame-bytes N  --stamp\n"
	"  --board NAME     the camera has the speed of this board\n"
	"  --payload N      bytes of a payload with its header (16384)\n";

/**
 * struct camera - the camera
 * @u:         USB/IP connection with the transfers
 * @format:    format
 * @source:    picture source
 * @quality:   JPEG quality
 * @fps:       frames per second, 0: as fast as the host takes them
 * @stamp:     each picture is stamped when it is due
 * @configured: configuration 1 is set
 * @streaming: the host has committed the format
 * @number:    number of the next frame
 * @next:      when it is due, in ns
 * @jpeg:      frame that is being sent, or NULL
 * @sent:      bytes of it that were sent
 * @payload:   bytes of the payload in progress that were sent, with the header
 * @empty:     the host needs an empty transfer: the payload has ended with a full one
 * @fid:       bit that changes with each frame
 */
struct camera {
	struct usbip u;
	struct uvc_format format;
	struct source *source;
	u8 quality;
	u32 fps;
	bool stamp;
	bool configured;
	bool streaming;
	u32 number;
	u64 next;
	struct jpeg *jpeg;
	u32 sent;
	u32 payload;
	bool empty;
	u8 fid;
};

static u32 min_u32(u32 a, u32 b)
{
	return a < b ? a : b;
}

static void drop_frame(struct camera *c)
{
	jpeg_put(c->jpeg);
	c->jpeg = NULL;
	c->sent = c->payload = 0;
	c->empty = false;
}

/* Return: true if there is a frame to send */
static bool take_frame(struct camera *c)
{
	struct jpeg_stamp stamp = { .time = port_now(), .number = c->number };
	u64 period = c->fps ? NS_PER_S / c->fps : 0;
	struct jpeg *copy;

	if (c->jpeg)
		return true;
	if (stamp.time < c->next)
		return false;
	c->jpeg = source_encode(c->source, c->number++, c->quality);
	copy = c->stamp ? jpeg_stamped(c->jpeg, &stamp) : NULL;
	if (copy) {
		jpeg_put(c->jpeg);
		c->jpeg = copy;
	}
	c->fid ^= UVC_HEADER_FID;
	if (period)
		c->next += ((stamp.time - c->next) / period + 1) * period;
	return true;
}

static void put_header(struct camera *c, struct usbip_urb *urb)
{
	bool last = c->jpeg->len - c->sent <= c->format.payload - UVC_HEADER_SIZE;

	urb->data[0] = UVC_HEADER_SIZE;
	urb->data[1] = UVC_HEADER_EOH | c->fid | (last ? UVC_HEADER_EOF : 0);
	urb->actual = c->payload = UVC_HEADER_SIZE;
}

/*
 * Fill a transfer. A payload ends with its largest size or with a transfer that
 * is not full.
 */
static void fill(struct camera *c, struct usbip_urb *urb)
{
	u32 len;

	if (!c->payload)
		put_header(c, urb);
	len = min_u32(urb->len - urb->actual, c->jpeg->len - c->sent);
	len = min_u32(len, c->format.payload - c->payload);
	memcpy(urb->data + urb->actual, c->jpeg->data + c->sent, len);
	urb->actual += len;
	c->sent += len;
	c->payload += len;
	if (c->sent == c->jpeg->len) {
		c->empty = urb->actual == urb->len && c->payload < c->format.payload;
		c->payload = 0;
		jpeg_put(c->jpeg);
		c->jpeg = NULL;
		c->sent = 0;
	} else if (c->payload == c->format.payload) {
		c->payload = 0;
	}
}

static void send_frames(struct camera *c)
{
	struct usbip_urb *urb;

	while (c->streaming && !usbip_congested(&c->u) &&
	       (urb = usbip_first(&c->u, UVC_EP, true))) {
		if (c->empty)
			c->empty = false;
		else if (urb->len <= UVC_HEADER_SIZE || !take_frame(c))
			break;
		else
			fill(c, urb);
		usbip_complete(&c->u, UVC_EP, true, 0);
	}
}

static void start(struct camera *c)
{
	drop_frame(c);
	c->streaming = true;
	c->next = port_now();
}

/* uvcvideo ends a stream with CLEAR_FEATURE(HALT). */
static void stop(struct camera *c)
{
	drop_frame(c);
	c->streaming = false;
}

static int copy(const struct usbip_setup *s, u8 *data, const u8 *from, int len)
{
	if (len < 0)
		return len;
	len = min_u32(len, s->length);
	memcpy(data, from, len);
	return len;
}

static int control_class(struct camera *c, const struct usbip_setup *s, u8 *data)
{
	u8 selector = s->value >> 8, block[UVC_PROBE_SIZE];
	bool probe = selector == UVC_PROBE || selector == UVC_COMMIT;

	if ((s->index & 0xff) != UVC_STREAM_IF || !probe)
		return -EPIPE;
	uvc_probe(&c->format, block);
	switch (s->request) {
	case UVC_SET_CUR:
		/* There is only one format: the host gets it, whatever it asks for. */
		if (selector == UVC_COMMIT)
			start(c);
		return 0;
	case UVC_GET_CUR:
	case UVC_GET_MIN:
	case UVC_GET_MAX:
	case UVC_GET_DEF:
		return copy(s, data, block, sizeof(block));
	case UVC_GET_LEN:
		return copy(s, data, (const u8[]){ UVC_PROBE_SIZE, 0 }, 2);
	case UVC_GET_INFO:
		return copy(s, data, (const u8[]){ 3 }, 1);
	}
	return -EPIPE;
}

static int get_descriptor(const struct camera *c, const struct usbip_setup *s, u8 *data)
{
	u8 buf[256];

	return copy(s, data, buf, uvc_descriptor(&c->format, s->value >> 8, s->value, buf));
}

static int control(void *ctx, const struct usbip_setup *s, u8 *data)
{
	struct camera *c = ctx;

	if (s->type == TYPE_CLASS_OUT || s->type == TYPE_CLASS_IN)
		return control_class(c, s, data);
	switch (s->type << 8 | s->request) {
	case TYPE_DEVICE_IN << 8 | GET_DESCRIPTOR:
		return get_descriptor(c, s, data);
	case TYPE_DEVICE_IN << 8 | GET_STATUS:
	case TYPE_ENDPOINT_IN << 8 | GET_STATUS:
		return copy(s, data, (const u8[]){ 0, 0 }, 2);
	case TYPE_DEVICE_IN << 8 | GET_CONFIGURATION:
		return copy(s, data, (const u8[]){ c->configured }, 1);
	case TYPE_DEVICE_OUT << 8 | SET_CONFIGURATION:
		c->configured = s->value;
		fallthrough;
	case TYPE_ENDPOINT_OUT << 8 | CLEAR_FEATURE:
		stop(c);
		return 0;
	case TYPE_DEVICE_OUT << 8 | SET_ADDRESS:
	case TYPE_INTERFACE_OUT << 8 | SET_INTERFACE:
		return 0;
	}
	return -EPIPE;
}

static void queued(void *ctx, u8 ep, bool in)
{
	struct camera *c = ctx;

	if (ep != UVC_EP || !in)
		usbip_complete(&c->u, ep, in, -EPIPE);
}

static const struct usbip_ops ops = {
	.control = control,
	.queued = queued,
};

static volatile sig_atomic_t ended;

static void end(int signal)
{
	ended = 1;
}

/* Return: exit status */
static int run(struct camera *c)
{
	sigset_t open;
	int err = 0;

	sigemptyset(&open);
	while (!ended && !err) {
		struct pollfd pfd = { .fd = c->u.fd };
		struct timespec ts = { 0 };
		u64 now;

		send_frames(c);
		usbip_flush(&c->u);
		pfd.events = usbip_events(&c->u);
		now = port_now();
		if (c->next > now)
			ts.tv_nsec = c->next - now;
		/* Only a frame that is not due yet has a deadline: less than a second. */
		if (ppoll(&pfd, 1, c->streaming && c->next > now ? &ts : NULL, &open) > 0)
			err = usbip_handle(&c->u);
	}
	printf("uvc_camera: %u frames\n", c->number);
	usbip_close(&c->u);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

static __attribute__((noreturn)) void wrong(const char *what, const char *arg)
{
	fprintf(stderr, "uvc_camera: %s %s, see --help\n", what, arg);
	exit(2);
}

static u32 number(const char *option, const char *arg, u32 least, u32 most)
{
	char *rest;
	unsigned long value = strtoul(arg, &rest, 10);

	if (*arg < '0' || *arg > '9' || *rest || value < least || value > most)
		wrong(option, arg);
	return value;
}

static void set_option(struct camera *c, struct source_options *o, int option, const char *arg)
{
	const struct board *board;

	switch (option) {
	case 's':
		if (sscanf(arg, "%ux%u", &o->width, &o->height) != 2)
			wrong("--size", arg);
		break;
	case 'f':
		c->fps = number("--fps", arg, 0, 1000);
		break;
	case 'q':
		c->quality = number("--quality", arg, 1, 100);
		break;
	case 'c':
		o->cache = number("--cache", arg, 0, 10000);
		break;
	case 'b':
		o->frame_bytes = number("--frame-bytes", arg, 0, 32 << 20);
		break;
	case 't':
		c->stamp = true;
		break;
	case 'p':
		c->format.payload = number("--payload", arg, 64, 1 << 24);
		break;
	case 'B':
		board = board_find(arg);
		if (!board)
			wrong("--board", arg);
		c->format.high_speed = board->id.high_speed;
		break;
	case 'h':
		fputs(usage, stdout);
		exit(EXIT_SUCCESS);
	default:
		wrong("an option is unknown or has no argument:", "");
	}
}

static void parse(struct camera *c, struct source_options *o, int argc, char **argv)
{
	static const struct option options[] = {
		{ "size", required_argument, NULL, 's' },
		{ "fps", required_argument, NULL, 'f' },
		{ "quality", required_argument, NULL, 'q' },
		{ "cache", required_argument, NULL, 'c' },
		{ "frame-bytes", required_argument, NULL, 'b' },
		{ "stamp", no_argument, NULL, 't' },
		{ "payload", required_argument, NULL, 'p' },
		{ "board", required_argument, NULL, 'B' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		set_option(c, o, option, optarg);
	if (optind != argc - 1)
		wrong("one picture source is necessary:", optind < argc ? argv[optind + 1] : "none");
	o->spec = argv[optind];
}

/* The signals are blocked but for the time in ppoll(). */
static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = end };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
}

int main(int argc, char **argv)
{
	struct camera c = {
		.quality = QUALITY, .fps = 30,
		.format = { .high_speed = true, .payload = 16384 },
	};
	struct source_options o = { .width = 640, .height = 480 };
	unsigned int port;
	char why[512];
	int fd, status;

	setvbuf(stdout, NULL, _IOLBF, 0);
	parse(&c, &o, argc, argv);
	catch_signals();
	c.source = source_open(&o, why, sizeof(why));
	if (!c.source)
		wrong(why, "");
	c.format.width = o.width;
	c.format.height = o.height;
	c.format.frame_size = o.frame_bytes ? o.frame_bytes : o.width * o.height * 2;
	/* A rate is necessary also for a camera that is as fast as the host. */
	c.format.interval = NS_PER_S / INTERVAL_UNIT / (c.fps ? c.fps : 1000);
	fd = vhci_attach(c.format.high_speed, &port, why, sizeof(why));
	if (fd < 0)
		wrong(why, "");
	usbip_init(&c.u, fd, &ops, &c);
	status = run(&c);
	drop_frame(&c);
	source_close(c.source);
	return status;
}
