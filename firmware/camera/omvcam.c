// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * omvcam: a simulated camera, as a USB device or on a tty.
 */
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../ports/tty/tty_port.h"
#include "../ports/usbip/usb_port.h"
#include "../ports/usbip/vhci.h"
#include "camera.h"

#define EXIT_USAGE	2
#define REPLUG_MS	500	/* duration of a reset */
#define WHY_SIZE	512
#define SERIAL_MAX	32

static const char usage[] =
"Usage: omvcam [OPTION]... SOURCE\n"
"Simulate an OpenMV camera and plug it into this machine's vhci_hcd, until SIGINT or\n"
"SIGTERM. Defaults are in parentheses.\n"
"\n"
"SOURCE supplies the pictures:\n"
"  pattern             a test picture that contains the frame number\n"
"  photo:FILE          a window that moves across a JPEG photograph\n"
"  dir:DIR             the JPEG files of a directory, unchanged, in an endless loop\n"
"\n"
"The camera:\n"
"  --frame-bytes N     pad the JPEGs to N bytes\n"
"  --cache N           photo: encode only N different frames and repeat them\n"
"  --stamp             write into each padded JPEG when it was announced, for tests/bench\n"
"  --board NAME        board to simulate (OPENMV_RT1060)\n"
"  --list-boards       print the boards and exit\n"
"  --serial S          serial number of the USB device\n"
"  --no-script         run no script: no frame channel, no config channel, no pictures\n"
"  --script FILE       main.py: a script in Python, run by MicroPython; what a host sends to\n"
"                      stdin is Python, too. --fps is the rate of the sensor then; the other\n"
"                      options of a script, --no-script, --frame-bytes and --cache are\n"
"                      refused\n"
"  --micropython FILE  the interpreter (OMV_MICROPYTHON, micropython, or that which\n"
"                      tests/micropython/interpreter has fetched)\n"
"  --modules DIR       the Python modules of the simulated camera (OMV_MICROPYTHON_MODULES, or\n"
"                      those of the source tree or of the package)\n"
"  --control FIFO      read commands from FIFO, one per line: \"stop\" ends the script, \"exec\n"
"                      OPTIONS\" starts another one, \"reset\" resets the camera, \"press [TEXT]\"\n"
"                      presses the trigger, \"set KEY=VALUE\" changes the config and \"widget\n"
"                      NAME=VALUE\" a widget, as the script itself would do\n"
"  --v1                simulate firmware older than the protocol: it answers no request\n"
"  --busy MS           answer no request in the first MS milliseconds after plugging in, as if\n"
"                      the script were in a long call\n"
"  --flush packet|burst  end a USB transfer after each packet of the protocol, or only when\n"
"                      there is nothing more to send (burst)\n"
"  --bus-rate N        limit the USB data rate to N bytes per second; 0: no limit (0)\n"
"  --bad KIND[,KIND]   misbehave; \"--bad help\" lists the kinds\n"
"  --bad-descriptor KIND  have malformed USB descriptors; \"help\" lists the kinds\n"
"  --tty DEVICE        be no USB device: use this tty instead, either that of a USB gadget\n"
"                      (/dev/ttyGS0) or a UART\n"
"  --help              print this text and exit\n"
"\n"
"The script. The host can start another one by writing such options to stdin:\n"
"  --size WxH          size of the pictures, 16x16 to 2592x1944 (640x480)\n"
"  --fps N             frames per second, 1 to 1000; 0: as fast as they are fetched (30)\n"
"  --sensor FORMAT     format of the sensor: rgb565, grayscale or jpeg (rgb565)\n"
"  --quality N         JPEG quality until the host sets another one, 1 to 100 (85)\n"
"  --no-frame          register no channels frame and config: pictures only on \"stream\"\n"
"  --frame-format F    format of the frame channel: jpeg, grayscale, rgb565, argb8, bggr, gbrg,\n"
"                      grbg, rggb, yuyv, yvyu (jpeg)\n"
"  --frame-header      frames of the frame channel begin with the header of \"stream\"\n"
"  --frame-shape TUPLE what its SHAPE is: h, w, size (bytes of the frame), pixel (bytes of a\n"
"                      pixel), pattern (of Bayer, 0 to 3), and numbers (h,w,pixel; of JPEGs\n"
"                      h,w,size)\n"
"  --frame-read        the frame channel has read() instead of readp()\n"
"  --frame-lock        the frame channel has lock() and unlock(), which have no effect\n"
"  --no-events         the frame channel sends no events\n"
"  --one-buffer        capture the next frame after the last byte of a frame was sent, as most\n"
"                      scripts of stock cameras do, not already while it is being sent\n"
"  --no-dht            JPEGs have no Huffman tables\n"
"  --config FORM       form of the config channel: number, json or none (json)\n"
"  --config-refuse HOW response to writes to the config channel: ack (not applied, ACK), nak\n"
"                      (not applied, NAK) or nak-applied (applied, NAK)\n"
"  --config-json DOC   initial document of the config channel, for example '{\"quality\": 85,\n"
"                      \"exposure\": 1000, \"gain\": 1.5, \"hmirror\": false, \"note\": \"\"}'; each key\n"
"                      keeps its type. quality, hmirror and vflip change the pictures (not\n"
"                      those of dir:). An object with \"value\" and \"min\", \"max\", ... or\n"
"                      \"options\" is a value with its range\n"
"  --config-clamp KEY=MIN:MAX  limit written values of KEY to MIN..MAX\n"
"  --config-fixed KEY  ignore written values of KEY\n"
"  --histogram         add channel \"histogram\": luminance histogram of 1/64 of a frame's\n"
"                      pixels, 256 32-bit counts; an event for each frame\n"
"  --telemetry         add channel \"telemetry\": JSON with frame, fps, fpa_temp, uptime_ms,\n"
"                      quality\n"
"  --telemetry-ms N    send an event of \"telemetry\" every N ms; 0: never (1000)\n"
"  --trigger           add channel \"trigger\", a button: each write presses it and sends an\n"
"                      event with the number of presses; reading returns the number as text\n"
"  --widgets           add a CBOR channel with widgets of all types: fpa_temp, status, mirror,\n"
"                      brightness, gain, effect (none, negative, grey), depth. A written value\n"
"                      takes effect at once, but is not read back before the script assigns\n"
"                      the widget\n"
"  --widgets-name NAME name of the CBOR channel (ui)\n"
"  --widgets-on-read   the script assigns all widgets whenever the host reads them\n"
"  --channel SPEC      add a channel that stores bytes; SPEC is NAME[:FLAGS[:BYTES]].\n"
"                      NAME: 1 to 13 bytes, %XX is a byte in hex. FLAGS: r read(), p readp(),\n"
"                      w write(), l lock(), e an event each second (rw). BYTES: length of the\n"
"                      initial content 0, 1, ... 250, 0, ... (0). A write at offset 0 replaces\n"
"                      the content, IOCTL 1 empties it, IOCTL 2 replaces it by its argument\n"
"  --picture SPEC      add a picture channel, with a test picture of its own; SPEC is\n"
"                      NAME:FORMAT:WxH[:FPS[:FLAGS]], FORMAT as for --frame-format, FPS\n"
"                      as for --fps (30). It has read(), poll() and shape() and no events, and\n"
"                      SIZE is 0 while no frame is latched. FLAGS: e events, p readp(), with a\n"
"                      SIZE that stays, h the header of \"stream\"\n"
"  --print N           print a line every N frames\n"
"  --hang N            hang after N frames: capture no more, and do not end\n"
"  --frames N          end after N frames\n"
"  --crash             end with an exception\n"
"\n"
"The camera prints its counters on SIGUSR1 and when it ends.\n";

/**
 * struct options - the command line
 * @camera: properties of the camera
 * @usb:    properties of the USB device
 * @id:     USB identity of the board, with the serial number
 * @tty:    tty to use instead of a USB device, or NULL
 * @control: FIFO for commands, or NULL
 * @script_option: name of an option of a script that was given, or NULL
 */
struct options {
	struct camera_options camera;
	struct usb_port_options usb;
	struct port_identity id;
	const char *tty;
	const char *control;
	const char *script_option;
};

static __attribute__((noreturn, format(printf, 1, 2))) void wrong(const char *fmt, ...)
{
	va_list args;

	fputs("omvcam: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(EXIT_USAGE);
}

static u32 number(const char *option, const char *arg, u32 min, u32 max)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(arg, &end, 10);
	if (*arg < '0' || *arg > '9' || *end || errno || value < min || value > max)
		wrong("--%s %s: must be a number from %u to %u", option, arg, min, max);
	return value;
}

/* Return: index of @arg in @words, which ends with NULL */
static u32 word(const char *option, const char *arg, const char *const *words)
{
	char all[256] = "";

	for (u32 i = 0; words[i]; i++) {
		if (!strcmp(words[i], arg))
			return i;
		strncat(all, i ? ", " : "", sizeof(all) - strlen(all) - 1);
		strncat(all, words[i], sizeof(all) - strlen(all) - 1);
	}
	wrong("--%s %s: must be one of %s", option, arg, all);
}

static const struct board *board(const char *arg)
{
	const struct board *b = board_find(arg);
	char all[512] = "";

	if (b)
		return b;
	for (size_t i = 0; i < board_count; i++) {
		strncat(all, i ? ", " : "", sizeof(all) - strlen(all) - 1);
		strncat(all, boards[i].name, sizeof(all) - strlen(all) - 1);
	}
	wrong("--board %s: must be one of %s", arg, all);
}

static const char *serial(const char *arg)
{
	size_t len = strlen(arg);

	for (size_t i = 0; i < len; i++) {
		if (arg[i] <= ' ' || arg[i] > '~')
			len = 0;
	}
	if (!len || len > SERIAL_MAX)
		wrong("--serial %s: must be 1 to %u letters and digits", arg, SERIAL_MAX);
	return arg;
}

static enum usb_bad bad_descriptor(const char *arg)
{
	const char *words[USB_BAD_COUNT] = { 0 };

	for (u32 i = 1; i < USB_BAD_COUNT; i++)
		words[i - 1] = usb_bad_name(i);
	return 1 + word("bad-descriptor", arg, words);
}

static void bad(struct hostile_options *opt, const char *arg)
{
	char why[WHY_SIZE];

	if (!hostile_parse(opt, arg, why, sizeof(why)))
		wrong("--bad %s", why);
}

static __attribute__((noreturn)) void list_boards(void)
{
	for (size_t i = 0; i < board_count; i++) {
		const struct board *b = &boards[i];

		printf("%-20s  %04x:%04x  %s  %4u bytes  %s\n", b->name, b->id.vid, b->id.pid,
		       b->id.high_speed ? "high" : "full", b->rbuf,
		       b->id.stack == PORT_STACK_STM ? "STM" : "TinyUSB");
	}
	exit(EXIT_SUCCESS);
}

/* Options with OPT_SCRIPT are passed to script_option(). */
enum {
	OPT_SCRIPT, OPT_FRAME_BYTES, OPT_CACHE, OPT_STAMP, OPT_BOARD, OPT_LIST_BOARDS, OPT_SERIAL,
	OPT_NO_SCRIPT, OPT_CONTROL, OPT_V1, OPT_BUSY, OPT_FLUSH, OPT_BUS_RATE, OPT_BAD, OPT_BAD_DESCRIPTOR,
	OPT_TTY, OPT_PYTHON, OPT_MICROPYTHON, OPT_MODULES, OPT_HELP,
};

static const struct option long_options[] = {
	{ "size", required_argument, NULL, OPT_SCRIPT },
	{ "fps", required_argument, NULL, OPT_SCRIPT },
	{ "sensor", required_argument, NULL, OPT_SCRIPT },
	{ "quality", required_argument, NULL, OPT_SCRIPT },
	{ "no-frame", no_argument, NULL, OPT_SCRIPT },
	{ "frame-format", required_argument, NULL, OPT_SCRIPT },
	{ "frame-header", no_argument, NULL, OPT_SCRIPT },
	{ "frame-shape", required_argument, NULL, OPT_SCRIPT },
	{ "frame-read", no_argument, NULL, OPT_SCRIPT },
	{ "frame-lock", no_argument, NULL, OPT_SCRIPT },
	{ "no-events", no_argument, NULL, OPT_SCRIPT },
	{ "no-dht", no_argument, NULL, OPT_SCRIPT },
	{ "one-buffer", no_argument, NULL, OPT_SCRIPT },
	{ "config", required_argument, NULL, OPT_SCRIPT },
	{ "config-refuse", required_argument, NULL, OPT_SCRIPT },
	{ "print", required_argument, NULL, OPT_SCRIPT },
	{ "frames", required_argument, NULL, OPT_SCRIPT },
	{ "hang", required_argument, NULL, OPT_SCRIPT },
	{ "crash", no_argument, NULL, OPT_SCRIPT },
	{ "config-json", required_argument, NULL, OPT_SCRIPT },
	{ "config-clamp", required_argument, NULL, OPT_SCRIPT },
	{ "config-fixed", required_argument, NULL, OPT_SCRIPT },
	{ "histogram", no_argument, NULL, OPT_SCRIPT },
	{ "telemetry", no_argument, NULL, OPT_SCRIPT },
	{ "telemetry-ms", required_argument, NULL, OPT_SCRIPT },
	{ "trigger", no_argument, NULL, OPT_SCRIPT },
	{ "widgets", no_argument, NULL, OPT_SCRIPT },
	{ "widgets-name", required_argument, NULL, OPT_SCRIPT },
	{ "widgets-on-read", no_argument, NULL, OPT_SCRIPT },
	{ "channel", required_argument, NULL, OPT_SCRIPT },
	{ "picture", required_argument, NULL, OPT_SCRIPT },
	{ "frame-bytes", required_argument, NULL, OPT_FRAME_BYTES },
	{ "cache", required_argument, NULL, OPT_CACHE },
	{ "stamp", no_argument, NULL, OPT_STAMP },
	{ "board", required_argument, NULL, OPT_BOARD },
	{ "list-boards", no_argument, NULL, OPT_LIST_BOARDS },
	{ "serial", required_argument, NULL, OPT_SERIAL },
	{ "no-script", no_argument, NULL, OPT_NO_SCRIPT },
	{ "control", required_argument, NULL, OPT_CONTROL },
	{ "script", required_argument, NULL, OPT_PYTHON },
	{ "micropython", required_argument, NULL, OPT_MICROPYTHON },
	{ "modules", required_argument, NULL, OPT_MODULES },
	{ "v1", no_argument, NULL, OPT_V1 },
	{ "busy", required_argument, NULL, OPT_BUSY },
	{ "flush", required_argument, NULL, OPT_FLUSH },
	{ "bus-rate", required_argument, NULL, OPT_BUS_RATE },
	{ "bad", required_argument, NULL, OPT_BAD },
	{ "bad-descriptor", required_argument, NULL, OPT_BAD_DESCRIPTOR },
	{ "tty", required_argument, NULL, OPT_TTY },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 }
};

static void script(struct script *s, const char *name, const char *arg)
{
	char why[WHY_SIZE];

	if (script_option(s, name, arg, why, sizeof(why)) < 0)
		wrong("%s", why);
}

static void camera_option(struct options *all, int index, const char *arg)
{
	const char *name = long_options[index].name;
	struct camera_options *o = &all->camera;

	switch (long_options[index].val) {
	case OPT_SCRIPT:
		script(&o->script, name, arg);
		if (strcmp(name, "fps"))
			all->script_option = name;
		break;
	case OPT_FRAME_BYTES:
		o->source.frame_bytes = number(name, arg, 0, 32 << 20);
		break;
	case OPT_CACHE:
		o->source.cache = number(name, arg, 0, 10000);
		break;
	case OPT_STAMP:
		o->stamp = true;
		break;
	case OPT_BOARD:
		o->board = board(arg);
		break;
	case OPT_SERIAL:
		o->serial = serial(arg);
		break;
	case OPT_NO_SCRIPT:
		o->no_script = true;
		break;
	case OPT_PYTHON:
		o->python.script = arg;
		break;
	case OPT_MICROPYTHON:
		o->python.command.program = arg;
		break;
	case OPT_MODULES:
		o->python.command.modules = arg;
		break;
	case OPT_V1:
		o->v1 = true;
		break;
	case OPT_BUSY:
		o->busy_ms = number(name, arg, 0, 600000);
		break;
	case OPT_BAD:
		bad(&o->bad, arg);
		break;
	}
}

static void parse_options(struct options *o, int argc, char **argv)
{
	static const char *const flushes[] = { "burst", "packet", NULL };
	int option, index = 0;

	while ((option = getopt_long(argc, argv, "", long_options, &index)) != -1) {
		switch (option) {
		case '?':
			wrong("see omvcam --help");
		case OPT_HELP:
			fputs(usage, stdout);
			exit(EXIT_SUCCESS);
		case OPT_LIST_BOARDS:
			list_boards();
		case OPT_FLUSH:
			o->usb.flush_packet = word("flush", optarg, flushes);
			break;
		case OPT_BUS_RATE:
			o->usb.bus_rate = number("bus-rate", optarg, 0, 1000000000);
			break;
		case OPT_BAD_DESCRIPTOR:
			o->usb.bad = bad_descriptor(optarg);
			break;
		case OPT_TTY:
			o->tty = optarg;
			break;
		case OPT_CONTROL:
			o->control = optarg;
			break;
		default:
			camera_option(o, index, optarg);
		}
	}
	if (optind != argc - 1)
		wrong("%s: expected one of photo:FILE, pattern and dir:DIR, see omvcam --help",
		      optind == argc ? "no picture source" : "more than one picture source");
	o->camera.source.spec = argv[optind];
}

/* What only a script of options has, when the script is in Python. */
static void check_python(const struct options *o)
{
	const struct camera_options *c = &o->camera;
	const char *option = NULL;

	if (!c->python.script)
		return;
	if (c->no_script)
		option = "no-script";
	else if (c->source.frame_bytes)
		option = "frame-bytes";
	else if (c->source.cache)
		option = "cache";
	else
		option = o->script_option;
	if (option)
		wrong("--%s has no effect on a script in Python (--script): its text decides", option);
}

static void finish_options(struct options *o)
{
	check_python(o);
	if (o->tty && (o->usb.flush_packet || o->usb.bus_rate || o->usb.bad))
		wrong("--tty cannot be combined with --flush, --bus-rate or --bad-descriptor");
	o->camera.script.frame_read |= hostile_wants_read(&o->camera.bad);
	o->id = o->camera.board->id;
	o->id.serial = o->camera.serial;
	o->usb.id = &o->id;
}

/* Return: as plug_usb() */
static int plug_tty(struct camera *cam, const struct options *o)
{
	char why[WHY_SIZE];
	struct port *port = tty_port_open(o->tty, &camera_upper, cam, why, sizeof(why));

	if (!port) {
		fprintf(stderr, "omvcam: --tty %s\n", why);
		return EXIT_FAILURE;
	}
	camera_plug(cam, port);
	printf("omvcam: %s on %s\n", o->camera.board->name, o->tty);
	return 0;
}

/* Return: exit status, 0 if the camera is plugged in */
static int plug_usb(struct camera *cam, const struct options *o)
{
	char why[WHY_SIZE];
	unsigned int number;
	struct port *port;
	int fd = vhci_attach(o->id.high_speed, &number, why, sizeof(why));

	if (fd < 0) {
		fprintf(stderr, "omvcam: %s\n", why);
		return EXIT_FAILURE;
	}
	port = usb_port_open(fd, &o->usb, &camera_upper, cam);
	if (!port) {
		fprintf(stderr, "omvcam: out of memory\n");
		close(fd);
		return EXIT_FAILURE;
	}
	camera_plug(cam, port);
	printf("omvcam: %s %04x:%04x serial %s attached to vhci_hcd port %u, %s speed\n",
	       o->camera.board->name, o->id.vid, o->id.pid, o->id.serial, number,
	       o->id.high_speed ? "high" : "full");
	return 0;
}

static int plug(struct camera *cam, const struct options *o)
{
	return o->tty ? plug_tty(cam, o) : plug_usb(cam, o);
}

static void unplug(struct camera *cam)
{
	struct port *port = cam->port;

	camera_plug(cam, NULL);
	port->ops->close(port);
}

/* Return: the signal that was received, 0 if none */
static int signal_read(int fd)
{
	struct signalfd_siginfo info;

	return read(fd, &info, sizeof(info)) == sizeof(info) ? (int)info.ssi_signo : 0;
}

static void wait_for(struct pollfd *fds, nfds_t count, u64 deadline)
{
	u64 now = port_now();
	u64 left = deadline > now ? deadline - now : 0;
	struct timespec ts = { .tv_sec = left / 1000000000, .tv_nsec = left % 1000000000 };

	if (ppoll(fds, count, deadline == PORT_NEVER ? NULL : &ts, NULL) >= 0)
		return;
	for (nfds_t i = 0; i < count; i++)
		fds[i].revents = 0;
}

/* Only tests write commands: a line is short, and one read() returns it completely. */
static void obey(struct camera *cam, int control)
{
	char text[4096], copy[sizeof(text)], *save = NULL;
	ssize_t len = read(control, text, sizeof(text) - 1);

	text[len > 0 ? len : 0] = 0;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		snprintf(copy, sizeof(copy), "%s", line);	/* camera_command() modifies it */
		if (!strcmp(line, "reset"))
			cam->reset = true;
		else if (camera_command(cam, line))
			camera_run(cam);	/* finish it before the next command */
		else
			fprintf(stderr, "omvcam: \"%s\" had no effect: see --control in omvcam --help\n",
				copy);
	}
}

/*
 * One iteration of the main loop. Return: 0 to continue, -EINTR if a signal ends the program,
 * another negative errno if the host has disconnected
 */
static int turn(struct camera *cam, int signals, int control)
{
	struct pollfd fds[] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = -1 },
		{ .events = POLLIN },
		{ .fd = control, .events = POLLIN },
	};
	u64 deadline = camera_run(cam);
	u64 until;

	if (cam->reset)
		return 0;
	until = cam->port->ops->prepare(cam->port, &fds[1]);
	fds[2].fd = camera_fd(cam);
	wait_for(fds, ARRAY_SIZE(fds), until < deadline ? until : deadline);
	if (fds[0].revents) {
		int signal = signal_read(signals);

		if (signal == SIGUSR1)
			camera_report(cam, stdout);
		else if (signal)
			return -EINTR;
	}
	if (fds[3].revents)
		obey(cam, control);
	return cam->port->ops->handle(cam->port, fds[1].revents);
}

static int run(struct camera *cam, const struct options *o, int signals, int control)
{
	int status = plug(cam, o);
	int err = 0;

	while (!status && !err) {
		err = turn(cam, signals, control);
		if (!err && cam->reset) {
			unplug(cam);
			usleep(REPLUG_MS * 1000);
			status = plug(cam, o);
		}
	}
	if (!status) {
		camera_report(cam, stdout);
		unplug(cam);
	}
	if (err && err != -EINTR) {
		fprintf(stderr, "omvcam: %s\n", err == -EPROTO ?
			"invalid USB/IP message from the host" : "the host detached the device");
		status = EXIT_FAILURE;
	}
	return status;
}

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGUSR1);
	/* Must precede the start of the encoder's thread, which inherits the signal mask. */
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Open for writing, too: otherwise poll() reports a hangup when a writer closes the FIFO. */
static int open_control(const char *path)
{
	int fd;

	if (!path)
		return -1;
	if (mkfifo(path, 0600) && errno != EEXIST)
		wrong("--control %s: %s", path, strerror(errno));
	fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		wrong("--control %s: %s", path, strerror(errno));
	return fd;
}

int main(int argc, char **argv)
{
	struct options o = {
		.camera = {
			.serial = "303431471041383233305109",
			.script = script_default,
		},
	};
	struct camera *cam;
	char why[WHY_SIZE];
	int signals, control, status;

	setvbuf(stdout, NULL, _IOLBF, 0);
	o.camera.board = board_find("OPENMV_RT1060");
	parse_options(&o, argc, argv);
	finish_options(&o);
	signals = open_signals();
	if (signals < 0)
		wrong("no signalfd: %s", strerror(errno));
	control = open_control(o.control);
	cam = camera_new(&o.camera, why, sizeof(why));
	if (!cam)
		wrong("%s", why);
	status = run(cam, &o, signals, control);
	camera_free(cam);
	close(signals);
	if (control >= 0)
		close(control);
	return status;
}
