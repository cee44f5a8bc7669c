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

/**
 * struct config_channel - "config" of the tutorial (section 12.5)
 * @form:     which of its two
 * @refuse:   what becomes of a write
 * @quality:  in force
 * @text:     what READ gives; made by SIZE
 * @text_len: bytes of it
 * @changed:  called with a quality that was accepted, also if it is the old one
 * @ctx:      its first argument
 * @accepted: writes
 * @refused:  writes
 */
struct config_channel {
	enum config_form form;
	enum config_refuse refuse;
	u8 quality;
	char text[24];
	u32 text_len;
	void (*changed)(void *ctx, u8 quality);
	void *ctx;
	u64 accepted;
	u64 refused;
};

extern const struct omv_channel_ops config_ops;

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

#endif /* CHANNELS_H */
