/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Cameras that do not behave, for tests of hosts. The honest camera calls these functions
 * at five places and knows nothing else of it.
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#include "channels.h"

enum {
	BAD_CAPS_ZERO		= 1 << 0,	/* GET_CAPS tells max_payload 0 */
	BAD_CAPS_HUGE		= 1 << 1,	/* GET_CAPS tells max_payload 65535 */
	BAD_SIZE_HUGE		= 1 << 2,	/* SIZE of frame is 4 GiB - 1 */
	BAD_BIG_FRAME		= 1 << 3,	/* frames of 64 MiB, all of them there */
	BAD_EMPTY_FRAME		= 1 << 4,	/* an event, then SIZE 0 */
	BAD_NOT_JPEG		= 1 << 5,	/* frames of text */
	BAD_CUT_JPEG		= 1 << 6,	/* the second half of each frame is missing */
	BAD_NAK_READ		= 1 << 7,	/* the first READ of each frame ends half-way in a NAK */
	BAD_UNKNOWN_EVENT	= 1 << 8,	/* events of channels that do not exist */
	BAD_EVENT_STORM		= 1 << 9,	/* events of those that do */
	BAD_TORN		= 1 << 10,	/* two halves of different frames */
	BAD_SIZE_CHANGE		= 1 << 11,	/* other geometry, from frame 50 on if no other is named */
	BAD_SHORT_READ		= 1 << 12,	/* answers to READ end early, without a NAK */
	BAD_SHORT_CHUNK		= 1 << 13,	/* READ gives 100 bytes a packet */
};

/**
 * struct hostile_options - what shall be wrong
 * @kinds:  BAD_*
 * @width:  for BAD_SIZE_CHANGE
 * @height: for BAD_SIZE_CHANGE
 * @change_at: frame at which BAD_SIZE_CHANGE sets in
 */
struct hostile_options {
	u32 kinds;
	u32 width;
	u32 height;
	u32 change_at;
};

/**
 * struct hostile - state; private
 * @opt:      what is wrong
 * @later:    the source of BAD_SIZE_CHANGE, or NULL
 * @frame:    the honest channel
 * @frame_ops: its operations
 * @ops:      what is registered instead
 * @refused:  number of the frame the READ of which was ended, plus 1
 * @huge:     memory of BAD_BIG_FRAME
 * @last:     frame before, for BAD_TORN
 * @pipe:     the honest pipe
 * @ctx:      its first argument
 * @packet:   packet that the device is sending
 * @got:      bytes of it so far
 * @out:      what goes out in its place, and behind it
 * @out_len:  bytes of it
 * @out_pos:  bytes that the pipe took
 * @next:     when the next event of a storm is due, in ns
 */
struct hostile {
	struct hostile_options opt;
	struct source *later;
	struct frame_channel *frame;
	const struct omv_channel_ops *frame_ops;
	struct omv_channel_ops ops;
	u32 refused;
	u8 *huge;
	struct jpeg *last;
	const struct omv_device_pipe *pipe;
	void *ctx;
	u8 packet[OMV_MAX_PACKET];
	u32 got;
	u8 out[OMV_MAX_PACKET + 1024];
	u32 out_len;
	u32 out_pos;
	u64 next;
};

/**
 * hostile_parse() - read an option's argument
 * @opt: written
 * @arg: KIND[,KIND...]
 * @why: if it fails, what was wrong and what is possible is written here
 * @size: of @why
 *
 * Return: false on failure
 */
bool hostile_parse(struct hostile_options *opt, const char *arg, char *why, size_t size);

/**
 * hostile_wants_read() - does the frame channel have to be read-backed
 * @opt: what is wrong
 */
bool hostile_wants_read(const struct hostile_options *opt);

/**
 * hostile_init() - start
 * @h: written
 * @opt: copied
 * @source: of the honest pictures
 * @why: if it fails, what was wrong is written here
 * @size: of @why
 *
 * Return: false on failure
 */
bool hostile_init(struct hostile *h, const struct hostile_options *opt,
		  const struct source_options *source, char *why, size_t size);

/**
 * hostile_free() - give memory back
 * @h: state
 */
void hostile_free(struct hostile *h);

/**
 * hostile_source() - the source of a frame; called by the encoder's thread
 * @h: state
 * @number: of the frame
 * @source: the honest one
 */
struct source *hostile_source(struct hostile *h, u32 number, struct source *source);

/**
 * hostile_frame() - spoil a frame before it is latched
 * @h: state
 * @frame: frame, changed
 */
void hostile_frame(struct hostile *h, struct frame *frame);

/**
 * hostile_frame_ops() - what to register in place of the frame channel's operations
 * @h: state
 * @frame: the channel; what is given back takes @h as its first argument
 * @ops: its own operations
 */
const struct omv_channel_ops *hostile_frame_ops(struct hostile *h, struct frame_channel *frame,
						const struct omv_channel_ops *ops);

/**
 * hostile_pipe() - what to give to the device in place of the pipe
 * @h: state; it is the first argument of the functions of what is given back
 * @pipe: the honest pipe
 * @ctx: first argument of its functions
 */
const struct omv_device_pipe *hostile_pipe(struct hostile *h, const struct omv_device_pipe *pipe,
					   void *ctx);

/**
 * hostile_run() - send what nobody asked for
 * @h: state
 * @active: a host has the protocol open
 * @now: time in ns
 *
 * Return: when to call again at the latest, in ns; U64_MAX for not before something happens
 */
u64 hostile_run(struct hostile *h, bool active, u64 now);

#endif /* HOSTILE_H */
