/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The camera's channels. Each is a struct, the operations on it, and what the camera's main
 * loop calls; all run in that loop's thread.
 */
#ifndef CHANNELS_H
#define CHANNELS_H

#include "../device/omv_device.h"
#include "encoder.h"
#include "raw.h"

/**
 * channel_copy() - the read() of a channel that has its bytes in memory
 * @from: bytes
 * @size: how many
 * @offset: of the first that is wanted
 * @buf: written
 * @len: how many are wanted
 *
 * Return: how many there were, 0 behind the end
 */
static inline s32 channel_copy(const void *from, u32 size, u32 offset, void *buf, u32 len)
{
	if (offset >= size)
		return 0;
	if (len > size - offset)
		len = size - offset;
	memcpy(buf, (const u8 *)from + offset, len);
	return len;
}

/**
 * channel_fps() - running average of frames a second
 * @fps: so far, 0 for unknown
 * @last: when a frame came last, in ns, 0 for never
 * @now: when another came, in ns
 *
 * Return: what it is now
 */
static inline float channel_fps(float fps, u64 last, u64 now)
{
	float current = last && now > last ? 1e9f / (now - last) : 0;

	return fps ? fps * 0.9f + current * 0.1f : current;
}

/**
 * struct frame_channel - "frame" of the tutorial (section 12.3)
 * @dev:      device it is registered at
 * @id:       its id there, 0 if it is not
 * @current:  what READ gives; its picture is NULL before the first
 * @gone:     picture of before a soft reboot, of which a packet may still be on its way
 * @pixfmt:   its OMV_PIX_*
 * @latched:  it was not fetched yet
 * @silent:   no event announces a frame
 * @locked:   by LOCK; nobody minds
 * @fetched:  frames that were read to their end
 * @notified: events that were sent
 */
struct frame_channel {
	struct omv_device *dev;
	u8 id;
	struct frame current;
	struct jpeg *gone;
	u32 pixfmt;
	bool latched;
	bool silent;
	bool locked;
	u64 fetched;
	u64 notified;
};

/**
 * frame_channel_ops() - what to register the channel with
 * @read: with read(), not with readp() as in the tutorial
 * @lock: with lock() and unlock()
 *
 * Return: the operations
 */
const struct omv_channel_ops *frame_channel_ops(bool read, bool lock);

/**
 * frame_channel_free() - may a new frame be latched
 * @ch: channel
 *
 * Return: false until the old one was fetched and its last byte is out
 */
bool frame_channel_free(const struct frame_channel *ch);

/**
 * frame_channel_latch() - a new frame: it stays until it was fetched
 * @ch: channel, free
 * @frame: frame; its picture is the channel's from now on
 */
void frame_channel_latch(struct frame_channel *ch, const struct frame *frame);

/**
 * frame_channel_reset() - forget the frame
 * @ch: channel that is not registered any more
 *
 * Its picture is kept until the next reset: the device may still be sending it.
 */
void frame_channel_reset(struct frame_channel *ch);

enum config_form {
	CONFIG_NUMBER,		/* '50' is written, nothing can be read */
	CONFIG_JSON,		/* {"quality": 50}, both ways */
	CONFIG_NONE,
};

/* What becomes of a write (T-12). */
enum config_refuse {
	CONFIG_ACCEPT,
	CONFIG_REFUSE_ACK,	/* the script raised: not applied, ACK */
	CONFIG_REFUSE_NAK,	/* not applied, FAILED */
	CONFIG_APPLY_NAK,	/* applied, but write() returned None: FAILED */
};

#define CONFIG_QUALITY_DEFAULT	85
#define CONFIG_JSON_MAX		1024
#define CONFIG_TEXT_MAX		8192
#define CONFIG_RULES		16

/**
 * struct config_rule - what becomes of a key that is written
 * @key:   its name
 * @fixed: nothing
 * @min:   else it is at least this
 * @max:   and at most this
 */
struct config_rule {
	char key[32];
	bool fixed;
	double min;
	double max;
};

/**
 * struct config_options - what the script has a config for
 * @form:   its form
 * @refuse: what becomes of a write
 * @json:   document in the beginning; "" for one with a quality
 * @rules:  for some of its keys
 * @rule_count: so many
 */
struct config_options {
	enum config_form form;
	enum config_refuse refuse;
	char json[CONFIG_JSON_MAX];
	struct config_rule rules[CONFIG_RULES];
	u32 rule_count;
};

/**
 * config_check() - is there something wrong with the options
 * @o: options; the length of the document was checked
 * @why: if so, what is written here
 * @size: of @why
 *
 * Return: false if there is
 */
bool config_check(const struct config_options *o, char *why, size_t size);

/**
 * config_quality() - the quality of the first document
 * @o: options
 * @quality: written, if it has one
 * @why: if it is no document, what is wrong with it is written here
 * @size: of @why
 *
 * Return: false if it is none
 */
bool config_quality(const struct config_options *o, u8 *quality, char *why, size_t size);

/**
 * config_rule_parse() - read a rule
 * @o: gets one rule more
 * @arg: KEY, or KEY=MIN:MAX
 * @clamp: it is the latter
 * @why: if it is wrong, how, and what is possible is written here
 * @size: of @why
 *
 * Return: false if it is wrong
 */
bool config_rule_parse(struct config_options *o, const char *arg, bool clamp, char *why,
		       size_t size);

struct json_object;

/**
 * struct config_channel - "config" of the tutorial (section 12.5)
 * @dev:      device it is registered at
 * @id:       its id there, 0 if it is not
 * @opt:      what it is
 * @doc:      the knobs; each keeps its type
 * @quality:  in force; as @doc says if it does
 * @text:     what READ gives; made by SIZE
 * @text_len: bytes of it
 * @changed:  called with the quality when a write was accepted, also if nothing is another
 *	than before
 * @ctx:      its first argument
 * @accepted: writes
 * @refused:  writes
 */
struct config_channel {
	struct omv_device *dev;
	u8 id;
	struct config_options opt;
	struct json_object *doc;
	u8 quality;
	char text[CONFIG_TEXT_MAX];
	u32 text_len;
	void (*changed)(void *ctx, u8 quality);
	void *ctx;
	u64 accepted;
	u64 refused;
};

extern const struct omv_channel_ops config_ops;

/**
 * config_channel_init() - all as in the beginning
 * @ch: channel that is not registered
 * @o: copied; they were checked
 * @quality: of the script: it is in the document if that has one
 */
void config_channel_init(struct config_channel *ch, const struct config_options *o, u8 quality);

/**
 * config_channel_free() - give memory back
 * @ch: channel
 */
void config_channel_free(struct config_channel *ch);

/**
 * config_channel_set() - the script changes a value by itself, with an event
 * @ch: channel, registered
 * @key: its key
 * @text: number, true, false or null in JSON; anything else is a text, with or without quotes
 *
 * Return: false if there is no such key, or it has another type
 */
bool config_channel_set(struct config_channel *ch, const char *key, const char *text);

/**
 * config_channel_print() - the document
 * @ch: channel, registered
 * @text: written
 * @size: of @text; CONFIG_TEXT_MAX is enough
 */
void config_channel_print(const struct config_channel *ch, char *text, size_t size);

/**
 * config_channel_flag() - a boolean of the document
 * @ch: channel
 * @key: its key
 *
 * Return: false if it is false, or not there
 */
bool config_channel_flag(const struct config_channel *ch, const char *key);

/**
 * struct stream_channel - the built-in "stream" (section 10)
 * @dev:       device it is registered at
 * @id:        its id there
 * @buf:       header and picture
 * @size:      of @buf: the board's stream buffer
 * @len:       bytes in it, 0 without a frame
 * @shape:     width, height, bytes a pixel of a raw picture
 * @enabled:   STREAM_CTRL; survives a soft reboot
 * @locked:    the host holds it
 * @fresh:     the camera was the last to write: the host's turn
 * @raw:       STREAM_RAW_CTRL
 * @raw_width: STREAM_RAW_CFG
 * @raw_height: STREAM_RAW_CFG
 * @source:    STREAM_SOURCE
 * @fps:       running average
 * @last:      when a frame came last, in ns
 * @published: frames
 */
struct stream_channel {
	struct omv_device *dev;
	u8 id;
	u8 *buf;
	u32 size;
	u32 len;
	u32 shape[3];
	bool enabled;
	bool locked;
	bool fresh;
	bool raw;
	u32 raw_width;
	u32 raw_height;
	u32 source;
	float fps;
	u64 last;
	u64 published;
};

extern const struct omv_channel_ops stream_ops;

/**
 * stream_channel_free() - would a frame be taken
 * @ch: channel
 *
 * Return: whether streaming is on and it is the camera's turn (section 10.3)
 */
bool stream_channel_free(const struct stream_channel *ch);

/**
 * stream_channel_fits() - would a picture of so many bytes fit the mailbox
 * @ch: channel
 * @len: bytes
 *
 * Return: whether it would
 */
bool stream_channel_fits(const struct stream_channel *ch, u32 len);

/**
 * stream_channel_publish() - put a frame into the mailbox
 * @ch: channel, free
 * @pic: picture, copied
 * @pixfmt: its OMV_PIX_*
 * @now: time in ns
 *
 * Return: false if it is larger than the buffer, and dropped
 */
bool stream_channel_publish(struct stream_channel *ch, const struct jpeg *pic, u32 pixfmt,
			    u64 now);

/**
 * stream_channel_reset() - as a soft reboot does
 * @ch: channel
 */
void stream_channel_reset(struct stream_channel *ch);

#define SCRIPT_MAX	65536

/**
 * struct stdin_channel - the built-in "stdin" (section 9.1)
 * @script:     text written so far
 * @script_len: bytes of it
 * @running:    Python code is executed
 * @stop:       STDIN_STOP came: the camera's loop shall act on it
 * @exec:       STDIN_EXEC came
 */
struct stdin_channel {
	u8 script[SCRIPT_MAX];
	u32 script_len;
	bool running;
	bool stop;
	bool exec;
};

extern const struct omv_channel_ops stdin_ops;

#define STDOUT_MAX		2048
#define STDOUT_PERIOD_MS	50

/**
 * struct stdout_channel - the built-in "stdout" (section 9.2)
 * @dev:      device it is registered at
 * @id:       its id there
 * @size:     of the ring, which holds one byte less; at most STDOUT_MAX
 * @ring:     text
 * @in:       where the next byte goes; grows without end
 * @out:      where the next byte comes from
 * @told:     the event for a half full ring was sent
 * @next:     when the next periodic event is due, in ms
 */
struct stdout_channel {
	struct omv_device *dev;
	u8 id;
	u32 size;
	u8 ring[STDOUT_MAX];
	u32 in;
	u32 out;
	bool told;
	u64 next;
};

extern const struct omv_channel_ops stdout_ops;

/**
 * stdout_channel_print() - the script prints
 * @ch: channel
 * @text: bytes
 * @len: how many
 *
 * Text that does not fit pushes out all that was not read yet.
 */
void stdout_channel_print(struct stdout_channel *ch, const void *text, u32 len);

/**
 * stdout_channel_run() - send the periodic event
 * @ch: channel
 * @now: time in ms
 *
 * Return: when to call again at the latest, in ms; U64_MAX for not before something is
 * printed
 */
u64 stdout_channel_run(struct stdout_channel *ch, u64 now);

#define HISTOGRAM_BINS	256

/**
 * struct histogram_channel - "histogram": how often each luminance is in a frame
 * @dev:  device it is registered at
 * @id:   its id there, 0 if it is not
 * @jpeg: frame that was not counted yet, or NULL
 * @bins: what READ gives; made by SIZE, out of a 64th of the pixels
 */
struct histogram_channel {
	struct omv_device *dev;
	u8 id;
	struct jpeg *jpeg;
	__le32 bins[HISTOGRAM_BINS];
};

extern const struct omv_channel_ops histogram_ops;

/**
 * histogram_channel_frame() - a frame was captured
 * @ch: channel
 * @jpeg: its picture
 */
void histogram_channel_frame(struct histogram_channel *ch, struct jpeg *jpeg);

/**
 * histogram_channel_reset() - forget it all
 * @ch: channel that is not registered any more
 */
void histogram_channel_reset(struct histogram_channel *ch);

#define TELEMETRY_PERIOD_MS	1000

/**
 * struct telemetry_channel - "telemetry": how the camera is, as JSON
 * @dev:      device it is registered at
 * @id:       its id there, 0 if it is not
 * @period:   from event to event, in ms; 0 for none
 * @next:     when the next is due, in ms
 * @fresh:    it was sent and SIZE not asked for since
 * @start:    when the camera was made, in ns
 * @frame:    number of the last frame
 * @quality:  of that
 * @fps:      running average
 * @last:     when it came, in ns
 * @text:     what READ gives; made by SIZE
 * @text_len: bytes of it
 */
struct telemetry_channel {
	struct omv_device *dev;
	u8 id;
	u32 period;
	u64 next;
	bool fresh;
	u64 start;
	u32 frame;
	u8 quality;
	float fps;
	u64 last;
	char text[160];
	u32 text_len;
};

extern const struct omv_channel_ops telemetry_ops;

/**
 * telemetry_channel_frame() - a frame was captured
 * @ch: channel
 * @frame: frame
 * @now: time in ns
 */
void telemetry_channel_frame(struct telemetry_channel *ch, const struct frame *frame, u64 now);

/**
 * telemetry_channel_run() - send the periodic event
 * @ch: channel
 * @now: time in ms
 *
 * Return: when to call again at the latest, in ms; U64_MAX for never
 */
u64 telemetry_channel_run(struct telemetry_channel *ch, u64 now);

/**
 * telemetry_channel_reset() - all as in the beginning
 * @ch: channel that is not registered
 */
void telemetry_channel_reset(struct telemetry_channel *ch);

/* An event's value is the count, as far as it cannot be OMV_EV_NOTIFY. */
#define TRIGGER_MASK	0x7fff

/**
 * struct trigger_channel - "trigger": a button
 * @dev:      device it is registered at
 * @id:       its id there, 0 if it is not
 * @count:    how often it was pressed
 * @fresh:    since SIZE was asked for
 * @text:     what READ gives; made by SIZE
 * @text_len: bytes of it
 * @pressed:  called when it is, with what was written
 * @ctx:      its first argument
 */
struct trigger_channel {
	struct omv_device *dev;
	u8 id;
	u32 count;
	bool fresh;
	char text[16];
	u32 text_len;
	void (*pressed)(void *ctx, u32 count, const char *text, u32 len);
	void *ctx;
};

extern const struct omv_channel_ops trigger_ops;

/**
 * trigger_channel_press() - press it, as each write does
 * @ch: channel, registered
 * @text: says what for
 * @len: bytes of it
 */
void trigger_channel_press(struct trigger_channel *ch, const char *text, u32 len);

/**
 * trigger_channel_reset() - all as in the beginning
 * @ch: channel that is not registered
 */
void trigger_channel_reset(struct trigger_channel *ch);

enum widget_kind {
	VALUE_NONE,
	VALUE_INT,
	VALUE_FLOAT,
	VALUE_BOOL,
	VALUE_TEXT,
};

/**
 * struct widget_value - a value of a widget
 * @kind:   what it is
 * @number: unless it is a text
 * @text:   if it is
 */
struct widget_value {
	enum widget_kind kind;
	double number;
	char text[32];
};

enum {
	WIDGET_TEMP,
	WIDGET_STATUS,
	WIDGET_MIRROR,
	WIDGET_BRIGHTNESS,
	WIDGET_GAIN,
	WIDGET_EFFECT,
	WIDGET_DEPTH,
	WIDGET_COUNT,
};

/**
 * struct widget - one of the widgets
 * @name:    of it
 * @type:    on the wire
 * @unit:    of its value, or NULL
 * @options: of a select: texts, then NULL
 * @value:   in force; VALUE_NONE for depth, which is something else
 * @shown:   what a document says, as the script assigned it last
 * @min:     of a slider
 * @max:     of a slider, else VALUE_NONE
 * @step:    of a slider
 */
struct widget {
	const char *name;
	const char *type;
	const char *unit;
	const char *const *options;
	struct widget_value value;
	struct widget_value shown;
	struct widget_value min;
	struct widget_value max;
	struct widget_value step;
};

#define DEPTH_SIDE	8

/**
 * struct widgets_channel - a CBORChannel of MicroPython (section 12.9)
 * @dev:      device it is registered at
 * @id:       its id there, 0 if it is not
 * @on_read:  the script has an on_read(), which measures, and assigns all fields; without
 *	it, it measures once a second
 * @widgets:  the widgets
 * @depth:    float32 of the depth widget
 * @measured: so often; at first there is no depth
 * @dirty:    the script changed something since SIZE
 * @next:     when it measures next, in ms
 * @doc:      what READ gives; made by SIZE
 * @len:      bytes of it
 * @changed:  called when values may have changed
 * @ctx:      its first argument
 */
struct widgets_channel {
	struct omv_device *dev;
	u8 id;
	bool on_read;
	struct widget widgets[WIDGET_COUNT];
	__le32 depth[DEPTH_SIDE * DEPTH_SIDE];
	u32 measured;
	bool dirty;
	u64 next;
	u8 doc[2048];
	u32 len;
	void (*changed)(void *ctx);
	void *ctx;
};

extern const struct omv_channel_ops widgets_ops;

/**
 * widgets_channel_reset() - all as in the beginning
 * @ch: channel that is not registered
 */
void widgets_channel_reset(struct widgets_channel *ch);

/**
 * widgets_channel_run() - measure
 * @ch: channel
 * @now: time in ms
 *
 * Return: when to call again at the latest, in ms; U64_MAX for never
 */
u64 widgets_channel_run(struct widgets_channel *ch, u64 now);

/**
 * widgets_channel_set() - the script assigns a field
 * @ch: channel, registered
 * @name: of the widget
 * @text: number, "true", "false" or text, as the widget has it
 *
 * Return: false if there is none, or it is none of these
 */
bool widgets_channel_set(struct widgets_channel *ch, const char *name, const char *text);

/**
 * widgets_channel_look() - what they make of the pictures
 * @ch: channel
 * @look: changed
 */
void widgets_channel_look(const struct widgets_channel *ch, struct look *look);

#define STORE_MAX	(256 << 10)
#define STORE_PATTERN	251	/* byte N of the first content is N modulo this */

/**
 * struct store_spec - a channel that keeps bytes
 * @name:  any bytes, NUL padded and NUL terminated
 * @read:  with read()
 * @readp: with readp()
 * @write: with write()
 * @lock:  with lock() and unlock()
 * @event: an event each second
 * @bytes: length of its first content
 */
struct store_spec {
	char name[OMV_NAME_SIZE];
	bool read;
	bool readp;
	bool write;
	bool lock;
	bool event;
	u32 bytes;
};

/**
 * store_parse() - read a specification
 * @spec: written
 * @arg: NAME[:FLAGS[:BYTES]]; bytes of a name may be written as %XX
 * @why: if it is wrong, how, and what is possible is written here
 * @size: of @why
 *
 * Return: false if it is wrong
 */
bool store_parse(struct store_spec *spec, const char *arg, char *why, size_t size);

/**
 * struct store_channel - one of these
 * @dev:    device it is registered at
 * @id:     its id there, 0 if it is not
 * @spec:   what it is
 * @ops:    made of that
 * @locked: by LOCK
 * @next:   when the next event is due, in ms
 * @len:    bytes of its content
 * @data:   its content. It is not freed: after a soft reboot a packet of it may still be on
 *	its way.
 */
struct store_channel {
	struct omv_device *dev;
	u8 id;
	struct store_spec spec;
	struct omv_channel_ops ops;
	bool locked;
	u64 next;
	u32 len;
	u8 data[STORE_MAX];
};

/**
 * store_channel_add() - register it
 * @ch: channel that is not
 * @dev: device
 * @spec: copied
 *
 * Return: 0, -ENOSPC if the device has no room for it
 */
int store_channel_add(struct store_channel *ch, struct omv_device *dev,
		      const struct store_spec *spec);

/**
 * store_channel_run() - send the periodic event
 * @ch: channel
 * @now: time in ms
 *
 * Return: when to call again at the latest, in ms; U64_MAX for never
 */
u64 store_channel_run(struct store_channel *ch, u64 now);

#endif /* CHANNELS_H */
