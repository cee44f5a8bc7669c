// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "camera.h"

#include <stdarg.h>
#include <stdlib.h>

#include "raw.h"

#define NS_PER_S	1000000000ull
#define NS_PER_MS	1000000ull

/* Run time of a script that captures no pictures. */
#define SCRIPT_NS	(5 * NS_PER_MS)

/* Duration of a soft reboot: no request is served (section 8.4). */
#define REBOOT_NS	(150 * NS_PER_MS)

#define CONSOLE_SPACE	4096

static u64 min_u64(u64 a, u64 b)
{
	return a < b ? a : b;
}

/* Print a line with a timestamp. Tests read the lines about the quality. */
static __attribute__((format(printf, 2, 3))) void note(const struct camera *cam, const char *fmt, ...)
{
	u64 ms = (port_now() - cam->start) / NS_PER_MS;
	va_list args;

	printf("omvcam: %llu.%03llu: ", (unsigned long long)ms / 1000,
	       (unsigned long long)ms % 1000);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
}

/* struct omv_device_pipe: the pipe of the device end. */

static u32 pipe_send(void *ctx, const void *data, u32 len)
{
	struct camera *cam = ctx;

	if (cam->python && python_stuck(cam->python))
		return len;
	return cam->port ? cam->port->ops->send(cam->port, data, len) : 0;
}

static void pipe_flush(void *ctx)
{
	struct camera *cam = ctx;

	if (cam->port)
		cam->port->ops->flush(cam->port);
}

static u64 pipe_now(void *ctx)
{
	(void)ctx;
	return port_now() / NS_PER_MS;
}

static void pipe_reset(void *ctx, bool boot)
{
	struct camera *cam = ctx;

	(void)boot;
	cam->reset = true;
}

static const struct omv_device_pipe camera_pipe = {
	.send = pipe_send,
	.flush = pipe_flush,
	.now = pipe_now,
	.reset = pipe_reset,
};

/* The console, which uses the CDC pipe while the protocol is inactive. */

static void console(struct camera *cam, const void *text, u32 len)
{
	if (!cam->port || !cam->port->ops->listening(cam->port))
		return;
	cam->port->ops->send(cam->port, text, len);
	cam->port->ops->flush(cam->port);
}

void camera_print(struct camera *cam, const char *text, u32 len)
{
	if (cam->active)
		stdout_channel_print(&cam->out, text, len);
	else
		console(cam, text, len);
}

static void print(struct camera *cam, const char *text)
{
	camera_print(cam, text, strlen(text));
}

/* What the interpreter prints when it waits for a line. */
static void prompt(struct camera *cam)
{
	char text[160];

	snprintf(text, sizeof(text), "OpenMV v5.0.0; MicroPython v1.25.0; %s\r\n"
		 "Type \"help()\" for more information.\r\n>>> ", cam->opt.board->name);
	print(cam, text);
	cam->prompts = false;
}

static void greet(struct camera *cam)
{
	bool listening = cam->port->ops->listening(cam->port);
	char text[96];

	if (listening && !cam->greeted && !cam->active && !cam->opt.v1) {
		snprintf(text, sizeof(text), "\r\nMicroPython; OpenMV 5.0.0; %s\r\n>>> ",
			 cam->opt.board->name);
		console(cam, text, strlen(text));
	}
	cam->greeted = listening;
}

/* The prompt echoes printable characters. */
static void type(struct camera *cam, const char *text, u32 len)
{
	for (u32 i = 0; i < len; i++) {
		if (text[i] == '\r')
			console(cam, "\r\n>>> ", 6);
		else if (text[i] >= ' ' && text[i] <= '~')
			console(cam, text + i, 1);
	}
}

static void traceback(struct camera *cam, const char *what)
{
	char text[640];

	snprintf(text, sizeof(text), "Traceback (most recent call last):\r\nRuntimeError: %s\r\n",
		 what);
	print(cam, text);
}

/* struct port_upper: functions that the port calls. */

static void upper_active(void *ctx, bool active)
{
	struct camera *cam = ctx;

	if (cam->opt.v1)
		return;
	cam->active = active;
	omv_device_set_active(&cam->dev, active);
}

static u32 upper_space(void *ctx)
{
	struct camera *cam = ctx;

	if (cam->active)
		return omv_device_space(&cam->dev);
	/* A script that runs does not read the console; STM boards keep what is typed (11.1). */
	if (cam->opt.board->id.stack == PORT_STACK_STM && cam->runs != SCRIPT_NONE && !cam->opt.v1)
		return 0;
	return CONSOLE_SPACE;
}

static void upper_receive(void *ctx, const void *data, u32 len)
{
	struct camera *cam = ctx;

	if (cam->active)
		omv_device_receive(&cam->dev, data, len);
	else if (!cam->opt.v1)
		type(cam, data, len);
}

const struct port_upper camera_upper = {
	.active = upper_active,
	.space = upper_space,
	.receive = upper_receive,
};

/* The script. */

static void apply_effects(struct camera *cam)
{
	struct effects effects = {
		.mirror = config_channel_flag(&cam->config, "hmirror"),
		.flip = config_channel_flag(&cam->config, "vflip"),
	};

	if (cam->extras.widgets.id)
		widgets_channel_effects(&cam->extras.widgets, &effects);
	encoder_set_effects(&cam->enc, &effects);
}

static void quality_written(void *ctx, u8 quality)
{
	struct camera *cam = ctx;
	char text[CONFIG_TEXT_MAX];

	encoder_set_quality(&cam->enc, quality);
	cam->written = source_has_quality(cam->source) ? quality : 0;
	note(cam, "quality %u written", quality);
	apply_effects(cam);
	if (*cam->config.opt.json) {
		config_channel_print(&cam->config, text, sizeof(text));
		note(cam, "config %s", text);
	}
}

static void widget_changed(void *ctx)
{
	apply_effects(ctx);
}

static void pressed(void *ctx, u32 count, const char *text, u32 len)
{
	u32 end = 0;

	while (end < len && text[end] >= ' ' && text[end] <= '~')
		end++;
	note(ctx, "trigger %u: %.*s", count, (int)end, text);
}

static void set_running(struct camera *cam, bool running)
{
	if (cam->in.running == running)
		return;
	cam->in.running = running;
	omv_device_event(&cam->dev, OMV_CH_STDIN, running);
}

static void add_config(struct camera *cam)
{
	int id;

	if (cam->script.config.form == CONFIG_NONE)
		return;
	config_channel_init(&cam->config, &cam->script.config, cam->script.quality);
	cam->config.dev = &cam->dev;
	id = omv_device_add(&cam->dev, "config", &config_ops, &cam->config, OMV_CHF_DYNAMIC);
	cam->config.id = id < 0 ? 0 : id;
}

static bool capture(struct camera *cam, u64 now);

/* The script does not end within a request: leave the last frame to camera_run(). */
static void frame_released(void *ctx)
{
	struct camera *cam = ctx;

	if (!cam->script.frames || cam->shown + 1 < cam->script.frames)
		capture(cam, port_now());
}

static void add_frame(struct camera *cam)
{
	const struct omv_channel_ops *ops = frame_channel_ops(cam->script.frame_read,
							      cam->script.frame_lock);
	void *priv = &cam->frame;

	if (cam->hostile) {
		ops = hostile_frame_ops(cam->hostile, &cam->frame, ops);
		priv = cam->hostile;
	}
	cam->frame.dev = &cam->dev;
	cam->frame.no_events = cam->script.no_events;
	cam->frame.one_buffer = cam->script.one_buffer;
	cam->frame.released = frame_released;
	cam->frame.ctx = cam;
	cam->frame.id = omv_device_add(&cam->dev, "frame", ops, priv, OMV_CHF_DYNAMIC);
	add_config(cam);
}

/* The channels of a stopped script are still registered: the next script reuses them. */
static void show(struct camera *cam)
{
	cam->shows = cam->script.snapshot;
	cam->shown = 0;
	/* A quality that the host wrote to the reused channel overrides that of the new script. */
	encoder_set_quality(&cam->enc, cam->config.id ? cam->config.quality : cam->script.quality);
	if (!cam->frame.id && cam->script.frame)
		add_frame(cam);
	if (extras_add(&cam->extras, &cam->dev, &cam->script.extras))
		traceback(cam, "no free channel id, or no memory");
	apply_effects(cam);
}

/* The device has already removed these channels. */
static void drop_channels(struct camera *cam)
{
	frame_channel_reset(&cam->frame);
	config_channel_free(&cam->config);
	extras_reset(&cam->extras);
}

static void soft_reboot(struct camera *cam)
{
	if (cam->python)
		python_reboot(cam->python);
	omv_device_soft_reboot(&cam->dev);
	print(cam, "MPY: soft reboot\r\n");
	drop_channels(cam);
	stream_channel_reset(&cam->stream);
	cam->reboot_until = port_now() + REBOOT_NS;
}

static void end_script(struct camera *cam)
{
	bool reboot = cam->runs == SCRIPT_EXEC;

	cam->runs = SCRIPT_NONE;
	cam->shows = false;
	cam->end_at = PORT_NEVER;
	set_running(cam, false);
	if (reboot)
		soft_reboot(cam);
	cam->prompts = cam->python && !cam->next_script;
}

/* The only Python statement that is executed is print('text') on a line of its own. */
static void run_lines(struct camera *cam, char *text)
{
	char *save = NULL, line[256];

	for (char *at = strtok_r(text, "\r\n", &save); at; at = strtok_r(NULL, "\r\n", &save)) {
		char quote[2], word[250];

		if (sscanf(at, " print(%1[\"']%249[^\"']", quote, word) == 2) {
			snprintf(line, sizeof(line), "%s\r\n", word);
			print(cam, line);
		}
	}
}

static struct source *pick_source(void *ctx, u32 number)
{
	struct camera *cam = ctx;

	return cam->hostile ? hostile_source(cam->hostile, number, cam->source) : cam->source;
}

/* The encoder's thread uses the source: it must be stopped before the source is closed. */
static bool open_source(struct camera *cam, char *why, size_t size)
{
	struct source_options o = cam->opt.source;
	struct source *source;
	u32 number = cam->enc.number;
	int err;

	o.width = cam->script.width;
	o.height = cam->script.height;
	source = source_open(&o, why, size);
	if (!source)
		return false;
	if (cam->source) {
		encoder_stop(&cam->enc);
		source_close(cam->source);
	}
	cam->source = source;
	err = encoder_start(&cam->enc, pick_source, cam, cam->script.quality, number);
	if (err)
		snprintf(why, size, "cannot start the encoder's thread: %s", strerror(-err));
	return !err;
}

/* Return: false if an option in @text is wrong and a message was printed */
static bool parse_script(struct camera *cam, char *text)
{
	struct script before = cam->script;
	char why[512];

	cam->script = cam->opt.script;
	if (script_parse(&cam->script, text, why, sizeof(why)) &&
	    open_source(cam, why, sizeof(why)))
		return true;
	cam->script = before;
	traceback(cam, why);
	return false;
}

/*
 * Run a script that was received through stdin. A script of options behaves as the options
 * say. For a Python script that registers channels, the boot script runs instead. Both run
 * until they are stopped. Any other script ends after SCRIPT_NS.
 */
static void start_script(struct camera *cam)
{
	static char text[SCRIPT_MAX + 1];

	memcpy(text, cam->in.script, cam->in.script_len);
	text[cam->in.script_len] = 0;
	cam->in.script_len = 0;
	cam->runs = SCRIPT_EXEC;
	set_running(cam, true);
	if (strstr(text, "protocol.register"))
		show(cam);
	else if (!strncmp(text, "--", 2) && parse_script(cam, text))
		show(cam);
	else
		cam->end_at = port_now() + SCRIPT_NS;
	run_lines(cam, text);
}

/* A script that main.py makes place for starts without a soft reboot (section 9.1). */
static void exec_python(struct camera *cam)
{
	struct stdin_channel *in = &cam->in;

	in->exec = false;
	cam->next_script = cam->runs == SCRIPT_MAIN;
	if (cam->runs == SCRIPT_EXEC)
		in->script_len = 0;	/* T-24 */
	if (cam->runs != SCRIPT_NONE) {
		python_stop(cam->python);
		return;
	}
	cam->runs = SCRIPT_EXEC;
	cam->prompts = false;
	set_running(cam, true);
	python_exec(cam->python, "<stdin>", in->script, in->script_len);
	in->script_len = 0;
}

static void run_python(struct camera *cam, u64 now)
{
	enum python_end end = python_run(cam->python, now);

	if (end == PYTHON_DIED)
		cam->runs = SCRIPT_EXEC;	/* nothing but a soft reboot is left */
	if (end != PYTHON_RUNS && cam->runs != SCRIPT_NONE)
		end_script(cam);
	if (cam->in.stop && cam->runs != SCRIPT_NONE)
		python_stop(cam->python);
	cam->in.stop = false;
	if (cam->in.exec || (cam->next_script && cam->runs == SCRIPT_NONE))
		exec_python(cam);
	if (cam->prompts && now >= cam->reboot_until)
		prompt(cam);
}

static void run_script(struct camera *cam, u64 now)
{
	if (cam->python) {
		run_python(cam, now);
		return;
	}
	if (cam->in.stop) {
		cam->in.stop = false;
		if (cam->runs != SCRIPT_NONE)
			end_script(cam);
	}
	if (cam->in.exec) {
		/* When the script of an earlier EXEC ends it erases the new one (T-24). */
		bool lost = cam->runs == SCRIPT_EXEC;

		cam->in.exec = false;
		if (cam->runs != SCRIPT_NONE)
			end_script(cam);
		if (lost)
			cam->in.script_len = 0;
		else
			start_script(cam);
	}
	if (now >= cam->end_at)
		end_script(cam);
}

/* Pictures. */

/* End the script after its last frame. */
static void check_end(struct camera *cam)
{
	if (!cam->script.frames || cam->shown < cam->script.frames)
		return;
	if (cam->script.crash)
		traceback(cam, "crash");
	end_script(cam);
}

static void count_frame(struct camera *cam, const struct frame *frame)
{
	char line[48];

	cam->captured++;
	cam->shown++;
	if (cam->written == frame->quality) {
		cam->written = 0;
		note(cam, "quality %u first in frame %u", frame->quality, frame->number);
	}
	if (cam->script.print && !(frame->number % cam->script.print)) {
		snprintf(line, sizeof(line), "frame %u, quality %u\r\n", frame->number,
			 frame->quality);
		print(cam, line);
	}
}

/* Return: a raw picture if raw mode is on and it fits in the buffer, else a JPEG (section 10.3) */
static struct jpeg *preview(struct camera *cam, struct jpeg *jpeg, u32 *pixfmt)
{
	const struct stream_channel *ch = &cam->stream;
	u32 width = jpeg->width, height = jpeg->height;
	struct jpeg *raw;

	*pixfmt = OMV_PIX_JPEG;
	if (!ch->raw || !ch->raw_width || !ch->raw_height || !raw_bytes(cam->script.sensor))
		return jpeg_get(jpeg);
	if (width > ch->raw_width || height > ch->raw_height) {
		/* Keep the aspect ratio: scale by the dimension that must be reduced more. */
		if ((u64)width * ch->raw_height > (u64)height * ch->raw_width) {
			height = (u64)height * ch->raw_width / width;
			width = ch->raw_width;
		} else {
			width = (u64)width * ch->raw_height / height;
			height = ch->raw_height;
		}
	}
	if (!width || !height || !stream_channel_fits(ch, width * height * raw_bytes(cam->script.sensor)))
		return jpeg_get(jpeg);
	raw = raw_convert(jpeg, cam->script.sensor, width, height);
	if (!raw)
		return jpeg_get(jpeg);
	*pixfmt = cam->script.sensor;
	return raw;
}

/* Return: a stamped copy; NULL if pictures have no stamps */
static struct jpeg *stamped(const struct camera *cam, const struct jpeg *jpeg, u64 number)
{
	struct jpeg_stamp stamp = { .time = port_now(), .number = number };

	return cam->opt.stamp ? jpeg_stamped(jpeg, &stamp) : NULL;
}

static void publish_preview(struct camera *cam, struct jpeg *jpeg, u64 now)
{
	struct jpeg *copy = stamped(cam, jpeg, cam->stream.published);
	u32 pixfmt;
	struct jpeg *pic = preview(cam, copy ? copy : jpeg, &pixfmt);

	jpeg_put(copy);
	if (!stream_channel_publish(&cam->stream, pic, pixfmt, now)) {
		cam->dropped++;
		print(cam, "\033[40O\n");
	}
	jpeg_put(pic);
}

void camera_preview(struct camera *cam, struct jpeg *jpeg, u32 pixfmt, u64 now)
{
	cam->script.sensor = pixfmt;
	publish_preview(cam, jpeg, now);
}

static void replace(struct frame *frame, struct jpeg *pic)
{
	if (!pic)
		return;
	jpeg_put(frame->jpeg);
	frame->jpeg = pic;
}

/* Convert the frame to script.frame_format and latch it. */
static void latch(struct camera *cam, struct frame *frame)
{
	const struct script *s = &cam->script;

	/* A frame is latched only after the last one was fetched: this counts the frames. */
	replace(frame, stamped(cam, frame->jpeg, cam->frame.fetched));
	if (s->no_dht)
		replace(frame, jpeg_without_dht(frame->jpeg));
	if (s->frame_format != OMV_PIX_JPEG)
		replace(frame, raw_convert(frame->jpeg, s->frame_format, frame->jpeg->width,
					   frame->jpeg->height));
	cam->frame.pixfmt = s->frame_format;
	cam->frame.shape = s->frame_shape;
	if (s->frame_header)
		replace(frame, raw_with_header(frame->jpeg, s->frame_format));
	frame_channel_latch(&cam->frame, frame);
}

static void publish(struct camera *cam, struct frame *frame, u64 now)
{
	count_frame(cam, frame);
	extras_frame(&cam->extras, frame, now);
	if (cam->hostile)
		hostile_frame(cam->hostile, frame);
	if (stream_channel_free(&cam->stream))
		publish_preview(cam, frame->jpeg, now);
	if (frame_channel_free(&cam->frame))
		latch(cam, frame);
	else
		jpeg_put(frame->jpeg);
	check_end(cam);
}

static bool wanted(const struct camera *cam)
{
	const struct extras *x = &cam->extras;

	if (!cam->shows || (cam->script.hang && cam->shown >= cam->script.hang))
		return false;
	/* At 0 fps the host's READs set the pace: other channels must not increase it. */
	if (cam->script.fps && (x->histogram.id || x->telemetry.id))
		return true;
	return frame_channel_free(&cam->frame) || stream_channel_free(&cam->stream);
}

/*
 * While no host fetches frames, frame periods pass as usual, but no frame is encoded. Return:
 * true if a frame was captured
 */
static bool capture(struct camera *cam, u64 now)
{
	u64 period = cam->script.fps ? NS_PER_S / cam->script.fps : 0;
	bool want = wanted(cam), got = false;
	struct frame frame;

	cam->waiting = false;
	if (now < cam->next)
		return false;
	if (want) {
		got = encoder_take(&cam->enc, &frame);
		cam->waiting = !got;
	}
	if (period && !cam->waiting)
		cam->next += ((now - cam->next) / period + 1) * period;
	if (got)
		publish(cam, &frame, now);
	return got;
}

int camera_fd(const struct camera *cam)
{
	if (cam->python)
		return python_fd(cam->python);
	return cam->waiting ? cam->enc.event : -1;
}

static u64 deadline(const struct camera *cam)
{
	u64 dev = omv_device_deadline(&cam->dev);
	u64 next = min_u64(cam->end_at, cam->reboot_until ? cam->reboot_until : PORT_NEVER);

	if (wanted(cam) && !cam->waiting)
		next = min_u64(next, cam->next);
	if (cam->python) {
		next = min_u64(next, python_deadline(cam->python));
		if (python_waits(cam->python))
			return next;
	}
	return dev == U64_MAX ? next : min_u64(next, dev * NS_PER_MS);
}

u64 camera_run(struct camera *cam)
{
	u64 now = port_now(), next, bad = U64_MAX;

	if (now < cam->busy_until)
		return cam->busy_until;
	greet(cam);
	run_script(cam, now);
	capture(cam, now);
	if (now >= cam->reboot_until) {
		cam->reboot_until = 0;
		if (!cam->python || python_enter(cam->python)) {
			do {
				omv_device_poll(&cam->dev);
			} while (capture(cam, now));
		}
	}
	if (cam->python)
		python_leave(cam->python);
	next = stdout_channel_run(&cam->out, now / NS_PER_MS);
	if (cam->shows)
		next = min_u64(next, extras_run(&cam->extras, now / NS_PER_MS));
	if (cam->hostile)
		bad = hostile_run(cam->hostile, cam->active, now);
	if (cam->in.stop || cam->in.exec)
		return 0;
	return min_u64(min_u64(bad, next == U64_MAX ? next : next * NS_PER_MS), deadline(cam));
}

/* Allocation of a camera. */

/*
 * Ids of the sensors, as csi.devices() has them: OV5640, and beside it LEPTON and GENX320, of
 * which only scripts in Python make use.
 */
static const u32 sensors[3] = { 0x56, 0x54, 0xb0602003 };

static void fill_info(struct camera *cam)
{
	const struct board *b = cam->opt.board;
	unsigned int id[3] = { 0 };

	sscanf(cam->opt.serial, "%8x%8x%8x", &id[0], &id[1], &id[2]);
	cam->info = (struct omv_sys_info){
		.cpu_id = cpu_to_le32(0x411fc271),
		.usb_id = cpu_to_le32((u32)b->id.vid << 16 | b->id.pid),
		.hw_caps = { cpu_to_le32(b->hw_caps) },
		.stream_kib = cpu_to_le32(b->stream_size / 1024),
	};
	for (unsigned int i = 0; i < 3; i++)
		cam->info.dev_id[i] = cpu_to_le32(id[i]);
	for (unsigned int i = 0; i < (cam->opt.python.script ? 3 : 1); i++)
		cam->info.chip_id[i] = cpu_to_le32(sensors[i]);
}

static void power_up(struct camera *cam)
{
	/* Heap of a stock camera; this program has no such heap. */
	static const struct {
		struct omv_memory head;
		struct omv_memory_record heap;
	} __packed memory = {
		.head = { .count = 1 },
		.heap = {
			.type = OMV_MEM_GC,
			.total = cpu_to_le32(262144),
			.used = cpu_to_le32(65536),
			.free = cpu_to_le32(196608),
		},
	};
	struct omv_device_config config = {
		.pipe = &camera_pipe,
		.ctx = cam,
		.rx = cam->rx,
		.rx_size = cam->opt.board->rbuf,
		.tx = cam->tx,
		.version = { { 1, 0, 2 }, { 1, 0, 3 }, { 5, 0, 0 }, { 0 } },
		.info = &cam->info,
		.memory = &memory,
		.memory_len = sizeof(memory),
	};

	if (cam->hostile) {
		config.pipe = hostile_pipe(cam->hostile, &camera_pipe, cam);
		config.ctx = cam->hostile;
	}
	omv_device_init(&cam->dev, &config);
	memset(&cam->in, 0, sizeof(cam->in));
	cam->out = (struct stdout_channel){
		.dev = &cam->dev,
		.size = cam->opt.board->stdout_size,
	};
	stream_channel_reset(&cam->stream);
	cam->stream.dev = &cam->dev;
	cam->stream.enabled = false;
	omv_device_add(&cam->dev, "stdin", &stdin_ops, &cam->in, OMV_CHF_EXEC);
	cam->out.id = omv_device_add(&cam->dev, "stdout", &stdout_ops, &cam->out, 0);
	cam->stream.id = omv_device_add(&cam->dev, "stream", &stream_ops, &cam->stream,
					OMV_CHF_STREAM);
	drop_channels(cam);
}

void camera_plug(struct camera *cam, struct port *port)
{
	cam->port = port;
	cam->active = false;
	cam->greeted = false;
	cam->reset = false;
	cam->runs = SCRIPT_NONE;
	cam->shows = false;
	cam->end_at = PORT_NEVER;
	cam->reboot_until = 0;
	cam->next = port_now();
	cam->busy_until = cam->next + cam->opt.busy_ms * NS_PER_MS;
	cam->next_script = cam->prompts = false;
	power_up(cam);
	if (cam->python) {
		python_power(cam->python, port);
		if (port) {
			cam->runs = SCRIPT_MAIN;
			set_running(cam, true);
		}
	} else if (port && !cam->opt.no_script) {
		cam->script = cam->opt.script;
		cam->runs = SCRIPT_MAIN;
		set_running(cam, true);
		show(cam);
	}
}

static bool fill(struct camera *cam, char *why, size_t size)
{
	struct camera_options *o = &cam->opt;

	o->source.width = o->script.width;
	o->source.height = o->script.height;
	cam->script = o->script;
	cam->stream.size = o->board->stream_size;
	cam->stream.buf = malloc(cam->stream.size);
	if (o->bad.kinds)
		cam->hostile = calloc(1, sizeof(*cam->hostile));
	if (!cam->stream.buf || (o->bad.kinds && !cam->hostile)) {
		snprintf(why, size, "out of memory");
		return false;
	}
	if (cam->hostile && !hostile_init(cam->hostile, &o->bad, &o->source, why, size))
		return false;
	if (o->python.script)
		cam->python = python_new(cam, why, size);
	if (o->python.script && !cam->python)
		return false;
	return script_check(&o->script, why, size) && open_source(cam, why, size);
}

static void free_parts(struct camera *cam)
{
	python_free(cam->python);
	frame_channel_reset(&cam->frame);
	jpeg_put(cam->frame.lent);
	config_channel_free(&cam->config);
	extras_free(&cam->extras);
	if (cam->hostile)
		hostile_free(cam->hostile);
	free(cam->hostile);
	free(cam->stream.buf);
	source_close(cam->source);
	free(cam);
}

struct camera *camera_new(const struct camera_options *opt, char *why, size_t size)
{
	struct camera *cam = calloc(1, sizeof(*cam));

	if (!cam) {
		snprintf(why, size, "out of memory");
		return NULL;
	}
	cam->opt = *opt;
	cam->start = port_now();
	cam->config.changed = quality_written;
	cam->config.ctx = cam;
	cam->extras.telemetry.start = cam->start;
	cam->extras.trigger.pressed = pressed;
	cam->extras.trigger.ctx = cam;
	cam->extras.widgets.changed = widget_changed;
	cam->extras.widgets.ctx = cam;
	if (!fill(cam, why, size)) {
		free_parts(cam);
		return NULL;
	}
	fill_info(cam);
	camera_plug(cam, NULL);
	return cam;
}

void camera_free(struct camera *cam)
{
	encoder_stop(&cam->enc);
	free_parts(cam);
}

static bool command_stop(struct camera *cam, char *arg)
{
	(void)arg;
	cam->in.stop = true;
	return true;
}

static bool command_exec(struct camera *cam, char *arg)
{
	u32 len = strlen(arg);

	if (!len || len > SCRIPT_MAX)
		return false;
	memcpy(cam->in.script, arg, len);
	cam->in.script_len = len;
	cam->in.exec = true;
	return true;
}

static bool command_press(struct camera *cam, char *arg)
{
	if (!cam->shows || !cam->extras.trigger.id)
		return false;
	trigger_channel_press(&cam->extras.trigger, arg, strlen(arg));
	return true;
}

/* Split @arg at the "=". Return: the text after it, NULL if there is no "=" */
static char *split(char *arg)
{
	char *value = strchr(arg, '=');

	if (value)
		*value++ = 0;
	return value;
}

static bool command_set(struct camera *cam, char *arg)
{
	char *value = split(arg);

	return value && cam->shows && cam->config.id &&
	       config_channel_set(&cam->config, arg, value);
}

static bool command_widget(struct camera *cam, char *arg)
{
	char *value = split(arg);

	return value && cam->shows && cam->extras.widgets.id &&
	       widgets_channel_set(&cam->extras.widgets, arg, value);
}

bool camera_command(struct camera *cam, char *line)
{
	static const struct {
		const char *name;
		bool (*run)(struct camera *cam, char *arg);
	} commands[] = {
		{ "stop", command_stop },
		{ "exec", command_exec },
		{ "press", command_press },
		{ "set", command_set },
		{ "widget", command_widget },
	};
	size_t len;

	line[strcspn(line, "\r\n")] = 0;
	len = strcspn(line, " ");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (len == strlen(commands[i].name) && !strncmp(line, commands[i].name, len))
			return commands[i].run(cam, line + len + !!line[len]);
	}
	return false;
}

void camera_report(const struct camera *cam, FILE *to)
{
	fprintf(to,
		"omvcam: frames: %llu captured, %llu fetched, %u latched, %llu events\n"
		"omvcam: stream: %llu published, %llu too large\n"
		"omvcam: quality: %u, %llu writes accepted, %llu refused\n"
		"omvcam: packets: %u sent, %u received, %u bad checksums, %u bad sequence, "
		"%u sent again, %u abandoned, %u events\n",
		(unsigned long long)cam->captured, (unsigned long long)cam->frame.fetched,
		cam->frame.latched, (unsigned long long)cam->frame.notified,
		(unsigned long long)cam->stream.published, (unsigned long long)cam->dropped,
		cam->config.quality, (unsigned long long)cam->config.accepted,
		(unsigned long long)cam->config.refused, cam->dev.stats.sent_packets,
		cam->dev.stats.recv_packets, cam->dev.stats.checksum_errors,
		cam->dev.stats.sequence_errors, cam->dev.stats.retransmit,
		cam->dev.stats.transport_errors, cam->dev.stats.sent_events);
}
