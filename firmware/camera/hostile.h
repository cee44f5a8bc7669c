/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Cameras that misbehave, for tests of hosts. The camera calls these functions in five places
 * and has no other code for this.
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#include "channels.h"

enum {
	BAD_CAPS_ZERO		= 1 << 0,	/* GET_CAPS returns max_payload 0 */
	BAD_CAPS_HUGE		= 1 << 1,	/* GET_CAPS returns max_payload 65535 */
	BAD_SIZE_HUGE		= 1 << 2,	/* SIZE of "frame" returns 4 GiB - 1 */
	BAD_BIG_FRAME		= 1 << 3,	/* frames of 64 MiB that can be read completely */
	BAD_EMPTY_FRAME		= 1 << 4,	/* SIZE returns 0 after an event */
	BAD_NOT_JPEG		= 1 << 5,	/* frames contain text */
	BAD_CUT_JPEG		= 1 << 6,	/* the second half of each frame is missing */
	BAD_NAK_READ		= 1 << 7,	/* the first READ of a frame ends with a NAK half-way */
	BAD_UNKNOWN_EVENT	= 1 << 8,	/* events of channels that do not exist */
	BAD_EVENT_STORM		= 1 << 9,	/* very many events of channels that exist */
	BAD_TORN		= 1 << 10,	/* frames consist of halves of two frames */
	BAD_SIZE_CHANGE		= 1 << 11,	/* the geometry changes, by default at frame 50 */
	BAD_SHORT_READ		= 1 << 12,	/* responses to READ end early, without a NAK */
	BAD_SHORT_CHUNK		= 1 << 13,	/* READ returns 100 bytes per packet */
};

/**
 * struct hostile_options - intended faults
 * @kinds:  BAD_*
 * @width:  new width for BAD_SIZE_CHANGE
 * @height: new height for BAD_SIZE_CHANGE
 * @change_at: first frame with the new geometry of BAD_SIZE_CHANGE
 */
struct hostile_options {
	u32 kinds;
	u32 width;
	u32 height;
	u32 change_at;
};

/**
 * struct hostile - state; private
 * @opt:      intended faults
 * @later:    source with the new geometry of BAD_SIZE_CHANGE, or NULL
 * @frame:    the real frame channel
 * @frame_ops: operations of @frame
 * @ops:      operations that are registered instead of @frame_ops
 * @refused:  BAD_NAK_READ: number of the frame whose first READ was refused, plus 1
 * @huge:     BAD_BIG_FRAME: content of a frame
 * @last:     BAD_TORN: picture of the previous frame
 * @pipe:     the real pipe
 * @ctx:      first argument of the functions of @pipe
 * @packet:   packet that the device is sending
 * @got:      bytes in @packet so far
 * @out:      bytes to send instead of @packet
 * @out_len:  bytes in @out
 * @out_pos:  bytes of @out that the pipe has taken
 * @next:     time of the next event of a storm, in ns
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
 * hostile_parse() - parse the argument of --bad
 * @opt: result
 * @arg: KIND[,KIND...]
 * @why: on failure, a message with the reason is written here
 * @size: size of @why
 *
 * Return: false on failure
 */
bool hostile_parse(struct hostile_options *opt, const char *arg, char *why, size_t size);

/**
 * hostile_wants_read() - do the faults need a frame channel with read()
 * @opt: intended faults
 *
 * Return: true if the frame channel must have read(), not readp()
 */
bool hostile_wants_read(const struct hostile_options *opt);

/**
 * hostile_init() - initialize the state
 * @h: state
 * @opt: intended faults; copied
 * @source: options of the real picture source
 * @why: on failure, a message with the reason is written here
 * @size: size of @why
 *
 * Return: false on failure
 */
bool hostile_init(struct hostile *h, const struct hostile_options *opt,
		  const struct source_options *source, char *why, size_t size);

/**
 * hostile_free() - free the memory of the state
 * @h: state
 */
void hostile_free(struct hostile *h);

/**
 * hostile_source() - choose the source of a frame; called by the encoder's thread
 * @h: state
 * @number: number of the frame
 * @source: the real source
 *
 * Return: @source, or another one
 */
struct source *hostile_source(struct hostile *h, u32 number, struct source *source);

/**
 * hostile_frame() - corrupt a frame before it is latched
 * @h: state
 * @frame: frame; modified
 */
void hostile_frame(struct hostile *h, struct frame *frame);

/**
 * hostile_frame_ops() - wrap the operations of the frame channel
 * @h: state
 * @frame: the frame channel
 * @ops: operations of @frame
 *
 * Return: operations to register instead of @ops; their first argument is @h
 */
const struct omv_channel_ops *hostile_frame_ops(struct hostile *h, struct frame_channel *frame,
						const struct omv_channel_ops *ops);

/**
 * hostile_pipe() - wrap the pipe of the device
 * @h: state
 * @pipe: the real pipe
 * @ctx: first argument of the functions of @pipe
 *
 * Return: pipe to give to the device instead of @pipe; its first argument is @h
 */
const struct omv_device_pipe *hostile_pipe(struct hostile *h, const struct omv_device_pipe *pipe,
					   void *ctx);

/**
 * hostile_run() - send unsolicited packets
 * @h: state
 * @active: a host has the protocol open
 * @now: time in ns
 *
 * Return: latest time of the next call, in ns; U64_MAX if none is needed
 */
u64 hostile_run(struct hostile *h, bool active, u64 now);

#endif /* HOSTILE_H */
