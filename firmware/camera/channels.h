/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The camera's channels. Each consists of a struct, its struct omv_channel_ops, and functions
 * that the camera's main loop calls. All run in the thread of that loop.
 */
#ifndef CHANNELS_H
#define CHANNELS_H

#include "../device/omv_device.h"
#include "encoder.h"
#include "raw.h"

/**
 * channel_copy() - read() of a channel whose content is in memory
 * @from: content
 * @size: bytes of the content
 * @offset: offset of the first byte wanted
 * @buf: the bytes are copied here
 * @len: number of bytes wanted
 *
 * Return: number of bytes copied, 0 at or after the end
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
 * channel_fps() - update a running average of frames per second
 * @fps: old average, 0 for unknown
 * @last: time of the previous frame in ns, 0 for none
 * @now: time of this frame in ns
 *
 * Return: new average
 */
static inline float channel_fps(float fps, u64 last, u64 now)
{
	float current = last && now > last ? 1e9f / (now - last) : 0;

	return fps ? fps * 0.9f + current * 0.1f : current;
}

#define FRAME_SHAPE_MAX		4

/**
 * struct frame_shape - what the script's shape() returns
 * @count:  number of values; 0: as in the tutorial
 * @values: the values; of those with a word in @words it is not used
 * @words:  which property of the frame a value is; SHAPE_NUMBER for none
 */
struct frame_shape {
	unsigned int count;
	u32 values[FRAME_SHAPE_MAX];
	enum shape_word {
		SHAPE_NUMBER,
		SHAPE_HEIGHT,
		SHAPE_WIDTH,
		SHAPE_SIZE,
		SHAPE_PIXEL,
		SHAPE_PATTERN,
	} words[FRAME_SHAPE_MAX];
};

/**
 * frame_shape_parse() - read a tuple
 * @shape: written
 * @arg: as in "h,w,size"
 * @why: if it is wrong, what is possible is written here
 * @size: of @why
 *
 * Return: false if it is wrong
 */
bool frame_shape_parse(struct frame_shape *shape, const char *arg, char *why, size_t size);

/**
 * struct frame_channel - "frame" of the tutorial (section 12.3)
 * @dev:      device that the channel is registered with
 * @id:       channel id, 0 while it is not registered
 * @current:  content for READ; its picture is NULL before the first frame
 * @lent:     picture that the device may still be sending
 * @pixfmt:   format of @current, OMV_PIX_*
 * @shape:    what SHAPE gives
 * @latched:  @current was not fetched yet
 * @no_events: frames are not announced with an event
 * @size_of_latched: SIZE is 0 after a frame was fetched
 * @one_buffer: no frame can be latched while the last one is being sent
 * @released: NULL, or called when the host has begun to read the last byte of a frame
 * @ctx:      argument of @released
 * @locked:   locked by LOCK; has no effect
 * @fetched:  number of frames that were read to their end
 * @notified: number of events that were sent
 */
struct frame_channel {
	struct omv_device *dev;
	u8 id;
	struct frame current;
	struct jpeg *lent;
	u32 pixfmt;
	struct frame_shape shape;
	bool latched;
	bool no_events;
	bool size_of_latched;
	bool one_buffer;
	void (*released)(void *ctx);
	void *ctx;
	bool locked;
	u64 fetched;
	u64 notified;
};

/**
 * frame_channel_ops() - operations to register the channel with
 * @read: true for read(), false for readp() as in the tutorial
 * @lock: true for lock() and unlock() in addition
 *
 * Return: static operations
 */
const struct omv_channel_ops *frame_channel_ops(bool read, bool lock);

/**
 * frame_channel_free() - can a new frame be latched
 * @ch: channel
 *
 * Return: false until the old frame was fetched; with one buffer, until its last byte was sent
 */
bool frame_channel_free(const struct frame_channel *ch);

/**
 * frame_channel_latch() - store a new frame until the host has fetched it
 * @ch: channel for which frame_channel_free() is true
 * @frame: frame; the channel takes over the reference to its picture
 */
void frame_channel_latch(struct frame_channel *ch, const struct frame *frame);

/**
 * frame_channel_reset() - drop the frame
 * @ch: channel that is no longer registered
 *
 * The picture is kept until the next reset: the device may still be sending it.
 */
void frame_channel_reset(struct frame_channel *ch);

enum config_form {
	CONFIG_NUMBER,		/* the host writes '50'; the channel cannot be read */
	CONFIG_JSON,		/* {"quality": 50}, read and written */
	CONFIG_NONE,		/* no config channel */
};

/* Effect of a write (T-12). */
enum config_refuse {
	CONFIG_ACCEPT,
	CONFIG_REFUSE_ACK,	/* not applied, as write() raised an exception: ACK */
	CONFIG_REFUSE_NAK,	/* not applied: FAILED */
	CONFIG_APPLY_NAK,	/* applied, but write() returned None: FAILED */
};

#define CONFIG_QUALITY_DEFAULT	85
#define CONFIG_JSON_MAX		1024
#define CONFIG_TEXT_MAX		8192
#define CONFIG_RULES		16

/**
 * struct config_rule - effect of a write on one key
 * @key:   name of the key
 * @fixed: writes are ignored
 * @min:   smaller numbers are changed to this one
 * @max:   larger numbers are changed to this one
 */
struct config_rule {
	char key[32];
	bool fixed;
	double min;
	double max;
};

/**
 * struct config_options - the config channel of a script
 * @form:   form of the document
 * @refuse: effect of a write
 * @json:   initial document; "" for one that contains only the quality
 * @rules:  rules for some of the keys
 * @rule_count: number of @rules
 */
struct config_options {
	enum config_form form;
	enum config_refuse refuse;
	char json[CONFIG_JSON_MAX];
	struct config_rule rules[CONFIG_RULES];
	u32 rule_count;
};

/**
 * config_check() - check the options
 * @o: options; the length of the document was checked
 * @why: on failure, a message with the reason is written here
 * @size: size of @why
 *
 * Return: false if an option is wrong
 */
bool config_check(const struct config_options *o, char *why, size_t size);

/**
 * config_quality() - get the quality in the initial document
 * @o: options
 * @quality: set if the document contains one, otherwise unchanged
 * @why: on failure, a message with the reason is written here
 * @size: size of @why
 *
 * Return: false if the document is wrong
 */
bool config_quality(const struct config_options *o, u8 *quality, char *why, size_t size);

/**
 * config_rule_parse() - parse a rule
 * @o: the rule is added here
 * @arg: KEY=MIN:MAX if @clamp, otherwise KEY
 * @clamp: the rule limits values; otherwise the key is fixed
 * @why: on failure, a message with the reason is written here
 * @size: size of @why
 *
 * Return: false if @arg is wrong or there are too many rules
 */
bool config_rule_parse(struct config_options *o, const char *arg, bool clamp, char *why,
		       size_t size);

struct json_object;

/**
 * struct config_channel - "config" of the tutorial (section 12.5)
 * @dev:      device that the channel is registered with
 * @id:       channel id, 0 while it is not registered
 * @opt:      options
 * @doc:      document; each key keeps its type
 * @quality:  current quality; the same as in @doc if @doc contains one
 * @text:     content for READ; generated by SIZE
 * @text_len: bytes in @text
 * @changed:  called with the quality after each accepted write, even if nothing has changed
 * @ctx:      first argument of @changed
 * @accepted: number of accepted writes
 * @refused:  number of refused writes
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
 * config_channel_init() - set the channel to its initial state
 * @ch: channel that is not registered
 * @o: options that config_check() accepted; copied
 * @quality: JPEG quality of the script; must equal that of the document, if it contains one
 */
void config_channel_init(struct config_channel *ch, const struct config_options *o, u8 quality);

/**
 * config_channel_free() - free the memory of the channel
 * @ch: channel
 */
void config_channel_free(struct config_channel *ch);

/**
 * config_channel_set() - change a value on behalf of the script, and send an event
 * @ch: channel, registered
 * @key: key of the value
 * @text: a number, true, false or null in JSON; anything else is a string, with or without
 *	quotes
 *
 * Return: false if there is no such key, or its value has another type
 */
bool config_channel_set(struct config_channel *ch, const char *key, const char *text);

/**
 * config_channel_print() - print the document
 * @ch: channel, registered
 * @text: the document is written here
 * @size: size of @text; CONFIG_TEXT_MAX is enough
 */
void config_channel_print(const struct config_channel *ch, char *text, size_t size);

/**
 * config_channel_flag() - get a boolean of the document
 * @ch: channel
 * @key: key of the boolean
 *
 * Return: its value; false if there is no such key
 */
bool config_channel_flag(const struct config_channel *ch, const char *key);

/**
 * struct stream_channel - the built-in "stream" (section 10)
 * @dev:       device that the channel is registered with
 * @id:        channel id
 * @buf:       the mailbox: header and picture
 * @size:      size of @buf: the board's stream buffer, in bytes
 * @len:       bytes in @buf, 0 without a frame
 * @shape:     width, height, bytes per pixel of a raw picture
 * @enabled:   set by STREAM_CTRL; survives a soft reboot
 * @locked:    the host holds the lock
 * @fresh:     @buf has a frame that the host has not locked yet
 * @raw:       set by STREAM_RAW_CTRL
 * @raw_width: set by STREAM_RAW_CFG
 * @raw_height: set by STREAM_RAW_CFG
 * @source:    set by STREAM_SOURCE
 * @fps:       running average of frames per second
 * @last:      time of the last frame, in ns
 * @published: number of frames
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
 * stream_channel_free() - would a frame be accepted
 * @ch: channel
 *
 * Return: true if streaming is on and the mailbox is free (section 10.3)
 */
bool stream_channel_free(const struct stream_channel *ch);

/**
 * stream_channel_fits() - does a picture fit in the mailbox
 * @ch: channel
 * @len: bytes of the picture
 *
 * Return: true if it does
 */
bool stream_channel_fits(const struct stream_channel *ch, u32 len);

/**
 * stream_channel_publish() - put a frame into the mailbox
 * @ch: channel for which stream_channel_free() is true
 * @pic: picture; copied
 * @pixfmt: format of @pic, OMV_PIX_*
 * @now: time in ns
 *
 * Return: false if the picture does not fit and was dropped
 */
bool stream_channel_publish(struct stream_channel *ch, const struct jpeg *pic, u32 pixfmt,
			    u64 now);

/**
 * stream_channel_reset() - reset the channel as a soft reboot does
 * @ch: channel
 */
void stream_channel_reset(struct stream_channel *ch);

#define SCRIPT_MAX	65536

/**
 * struct stdin_channel - the built-in "stdin" (section 9.1)
 * @script:     text written so far
 * @script_len: bytes in @script
 * @running:    a script is running
 * @stop:       STDIN_STOP was received; the camera's main loop handles it
 * @exec:       STDIN_EXEC was received; the camera's main loop handles it
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
 * @dev:      device that the channel is registered with
 * @id:       channel id
 * @size:     bytes of @ring in use, at most STDOUT_MAX; it holds one byte less
 * @ring:     ring buffer of printed text
 * @in:       number of bytes written; the index is @in modulo @size
 * @out:      number of bytes read
 * @event_sent: the event for a half full ring was sent
 * @next:     when the next periodic event is due, in ms
 */
struct stdout_channel {
	struct omv_device *dev;
	u8 id;
	u32 size;
	u8 ring[STDOUT_MAX];
	u32 in;
	u32 out;
	bool event_sent;
	u64 next;
};

extern const struct omv_channel_ops stdout_ops;

/**
 * stdout_channel_print() - the script prints
 * @ch: channel
 * @text: bytes
 * @len: number of bytes
 *
 * If the text does not fit, all text that was not read yet is dropped.
 */
void stdout_channel_print(struct stdout_channel *ch, const void *text, u32 len);

/**
 * stdout_channel_run() - send the periodic event
 * @ch: channel
 * @now: time in ms
 *
 * Return: latest time of the next call, in ms; U64_MAX if none is needed before the script
 * prints
 */
u64 stdout_channel_run(struct stdout_channel *ch, u64 now);

#define HISTOGRAM_BINS	256

/**
 * struct histogram_channel - "histogram": histogram of the luminance of a frame
 * @dev:  device that the channel is registered with
 * @id:   channel id, 0 while it is not registered
 * @jpeg: picture that was not counted yet, or NULL
 * @bins: content for READ; computed by SIZE from 1/64 of the pixels
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
 * histogram_channel_reset() - set the channel to its initial state
 * @ch: channel that is no longer registered
 */
void histogram_channel_reset(struct histogram_channel *ch);

#define TELEMETRY_PERIOD_MS	1000

/**
 * struct telemetry_channel - "telemetry": state of the camera, as JSON
 * @dev:      device that the channel is registered with
 * @id:       channel id, 0 while it is not registered
 * @period:   interval between events in ms; 0 for no events
 * @next:     time of the next event, in ms
 * @fresh:    an event was sent and no SIZE received since
 * @start:    time of camera_new(), in ns
 * @frame:    number of the last frame
 * @quality:  quality of the last frame
 * @fps:      running average of frames per second
 * @last:     time of the last frame, in ns
 * @text:     content for READ; generated by SIZE
 * @text_len: bytes in @text
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
 * Return: latest time of the next call, in ms; U64_MAX if none is needed
 */
u64 telemetry_channel_run(struct telemetry_channel *ch, u64 now);

/**
 * telemetry_channel_reset() - set the channel to its initial state
 * @ch: channel that is not registered
 */
void telemetry_channel_reset(struct telemetry_channel *ch);

/* The value of an event is the count & TRIGGER_MASK: it must not be OMV_EV_NOTIFY. */
#define TRIGGER_MASK	0x7fff

/**
 * struct trigger_channel - "trigger": a button
 * @dev:      device that the channel is registered with
 * @id:       channel id, 0 while it is not registered
 * @count:    number of presses
 * @fresh:    pressed since the last SIZE
 * @text:     content for READ; generated by SIZE
 * @text_len: bytes in @text
 * @pressed:  called on each press, with the text that was written
 * @ctx:      first argument of @pressed
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
 * trigger_channel_press() - press the button, as each write does
 * @ch: channel, registered
 * @text: any text; passed to @ch->pressed
 * @len: bytes of @text
 */
void trigger_channel_press(struct trigger_channel *ch, const char *text, u32 len);

/**
 * trigger_channel_reset() - set the channel to its initial state
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
 * @kind:   type of the value
 * @number: the value, unless @kind is VALUE_TEXT
 * @text:   the value if @kind is VALUE_TEXT
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
 * @name:    name of the widget
 * @type:    its type, as on the wire
 * @unit:    unit of its value, or NULL
 * @options: strings of a select, then NULL
 * @value:   value in effect; VALUE_NONE for the depth widget, which has an array
 * @shown:   value in the document: the one that the script assigned last
 * @min:     minimum of a slider
 * @max:     maximum of a slider, else VALUE_NONE
 * @step:    step of a slider
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
 * @dev:      device that the channel is registered with
 * @id:       channel id, 0 while it is not registered
 * @on_read:  the script has an on_read() that measures and assigns all widgets; otherwise the
 *	script measures once a second
 * @widgets:  the widgets
 * @depth:    float32 values of the depth widget
 * @measured: number of measurements; there is no depth before the first one
 * @dirty:    the script changed something since the last SIZE
 * @next:     time of the next measurement, in ms
 * @doc:      content for READ; generated by SIZE
 * @len:      bytes in @doc
 * @changed:  called when values may have changed
 * @ctx:      first argument of @changed
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
 * widgets_channel_reset() - set the channel to its initial state
 * @ch: channel that is not registered
 */
void widgets_channel_reset(struct widgets_channel *ch);

/**
 * widgets_channel_run() - measure once a second, if the script has no on_read()
 * @ch: channel
 * @now: time in ms
 *
 * Return: latest time of the next call, in ms; U64_MAX if none is needed
 */
u64 widgets_channel_run(struct widgets_channel *ch, u64 now);

/**
 * widgets_channel_set() - assign the value of a widget on behalf of the script
 * @ch: channel, registered
 * @name: name of the widget
 * @text: a number, "true", "false" or a string, as the type of the widget requires
 *
 * Return: false if there is no such widget, or @text does not fit its type
 */
bool widgets_channel_set(struct widgets_channel *ch, const char *name, const char *text);

/**
 * widgets_channel_effects() - set the picture effects that the widgets ask for
 * @ch: channel
 * @effects: modified
 */
void widgets_channel_effects(const struct widgets_channel *ch, struct effects *effects);

#define STORE_MAX	(256 << 10)
#define STORE_PATTERN	251	/* byte N of the initial content is N modulo this */

/**
 * struct store_spec - specification of a channel that stores bytes
 * @name:  any bytes but NUL, padded with NUL bytes, always NUL-terminated
 * @read:  the channel has read()
 * @readp: the channel has readp()
 * @write: the channel has write()
 * @lock:  the channel has lock() and unlock()
 * @event: the channel sends an event each second
 * @bytes: length of the initial content, at most STORE_MAX
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
 * store_parse() - parse a specification
 * @spec: result
 * @arg: NAME[:FLAGS[:BYTES]]; bytes of a name may be written as %XX
 * @why: on failure, a message with the reason is written here
 * @size: size of @why
 *
 * Return: false if @arg is wrong
 */
bool store_parse(struct store_spec *spec, const char *arg, char *why, size_t size);

/**
 * struct store_channel - a channel that stores bytes
 * @dev:    device that the channel is registered with
 * @id:     channel id, 0 while it is not registered
 * @spec:   specification
 * @ops:    operations, derived from @spec
 * @locked: locked by LOCK
 * @next:   time of the next event, in ms
 * @len:    bytes of the content
 * @data:   the content. Part of the struct, because after a soft reboot the device may still
 *	be sending a packet from it.
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
 * store_channel_add() - initialize and register a channel
 * @ch: channel that is not registered
 * @dev: device
 * @spec: specification; copied
 *
 * Return: 0, -ENOSPC if the device has no free channel id
 */
int store_channel_add(struct store_channel *ch, struct omv_device *dev,
		      const struct store_spec *spec);

/**
 * store_channel_run() - send the periodic event
 * @ch: channel
 * @now: time in ms
 *
 * Return: latest time of the next call, in ms; U64_MAX if none is needed
 */
u64 store_channel_run(struct store_channel *ch, u64 now);

#define PICTURE_FPS	30

/**
 * struct picture_spec - specification of a further picture channel
 * @name:   name of the channel
 * @pixfmt: format of its pictures, OMV_PIX_*
 * @width:  width in pixels
 * @height: height in lines
 * @fps:    pictures per second, 0 for as fast as the host fetches them
 * @events: pictures are announced with an event
 * @readp:  the channel has readp() instead of read(), and SIZE does not become 0
 * @header: pictures have the header of "stream"
 */
struct picture_spec {
	char name[OMV_NAME_SIZE];
	u32 pixfmt;
	u32 width;
	u32 height;
	u32 fps;
	bool events;
	bool readp;
	bool header;
};

/**
 * picture_parse() - parse a specification
 * @spec: result
 * @arg: NAME:FORMAT:WxH[:FPS[:FLAGS]]
 * @why: on failure, a message with the reason is written here
 * @size: size of @why
 *
 * Return: false if @arg is wrong
 */
bool picture_parse(struct picture_spec *spec, const char *arg, char *why, size_t size);

/**
 * struct picture_channel - a further picture channel
 * @frame:  the channel; its id is 0 while it is not registered
 * @spec:   specification
 * @source: draws the test pictures
 * @enc:    thread that encodes them; started while @source is not NULL
 * @start:  time of the first picture, in ms
 * @count:  number of picture periods since @start
 */
struct picture_channel {
	struct frame_channel frame;
	struct picture_spec spec;
	struct source *source;
	struct encoder enc;
	u64 start;
	u64 count;
};

/**
 * picture_channel_add() - initialize and register a channel
 * @ch: channel that is not registered
 * @dev: device
 * @spec: specification; copied
 *
 * Return: 0, -ENOSPC if the device has no free channel id, -ENOMEM
 */
int picture_channel_add(struct picture_channel *ch, struct omv_device *dev,
			const struct picture_spec *spec);

/**
 * picture_channel_run() - capture a picture if one is due
 * @ch: channel
 * @now: time in ms
 *
 * Return: latest time of the next call, in ms; U64_MAX if none is needed
 */
u64 picture_channel_run(struct picture_channel *ch, u64 now);

/**
 * picture_channel_reset() - stop to capture
 * @ch: channel that is no longer registered
 *
 * The last picture is kept until the next reset: the device may still be sending it.
 */
void picture_channel_reset(struct picture_channel *ch);

/**
 * picture_channel_free() - free all memory of a channel
 * @ch: channel that is no longer registered
 */
void picture_channel_free(struct picture_channel *ch);

#endif /* CHANNELS_H */
