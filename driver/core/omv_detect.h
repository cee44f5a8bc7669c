/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What a video node shows: from which channel, and what its pictures are.
 *
 * A node has one input or several; an input is a channel that gives pictures. This state
 * machine selects an input unless a user has selected one, asks the channel what its
 * pictures are while no stream is on, and recognizes the frames of a stream. Channel
 * table, events, responses and frames go in; requests, and the format that applications
 * see, come out. A channel is never asked so that a script loses a frame (12.3).
 *
 * Like the host end and the pump this does no I/O. All functions and all callbacks run
 * under the lock of the host end.
 */
#ifndef OMV_DETECT_H
#define OMV_DETECT_H

#include "omv_host.h"
#include "omv_image.h"
#include "omv_pump.h"
#include "omv_rate.h"

#define OMV_DETECT_INPUTS	2
/* Enough for the markers up to SOF of what cameras send. */
#define OMV_DETECT_HEAD		4096
/* Values of a SHAPE that are taken in; those after the fourth are garbage (3.13). */
#define OMV_DETECT_SHAPE_MAX	64
/* A larger picture is not believed, and no larger buffer is ever asked for. */
#define OMV_MAX_PICTURE		(16u << 20)
/* Raw previews: the size of the camera, and that halved once and again. */
#define OMV_RAW_SIZES		3

/* Between two LOCKs while "stream" has no frame yet, and their number. */
#define OMV_DETECT_LOCK_MS	20
#define OMV_DETECT_LOCKS	25
/* After an event of a channel without a signal, which may send events without end. */
#define OMV_DETECT_EVENT_MS	500
/* After a frame of a stream that was not recognized. */
#define OMV_DETECT_FRAME_MS	100
/* Attempts on "stream" without a frame, each later than the one before: scripts take time. */
#define OMV_DETECT_ATTEMPTS	5

/**
 * enum omv_detect_state - what the state machine is doing
 * @OMV_DETECT_IDLE:      nothing, until an event, or the end of a stream
 * @OMV_DETECT_WAIT:      nothing, until the time @wake
 * @OMV_DETECT_SIZE:      "frame": SIZE
 * @OMV_DETECT_HEAD:      READ of the first bytes, never up to the end of the frame
 * @OMV_DETECT_SHAPE:     SHAPE
 * @OMV_DETECT_RAW_CTRL:  "stream": RAW_CTRL 0, or 1 while raw pictures are tried
 * @OMV_DETECT_RAW_CFG:   "stream": RAW_CFG with the size that is tried
 * @OMV_DETECT_ON:        "stream": STREAM_CTRL 1
 * @OMV_DETECT_LOCK_WAIT: "stream": until @wake, then LOCK
 * @OMV_DETECT_LOCK:      "stream": LOCK
 * @OMV_DETECT_UNLOCK:    "stream": UNLOCK
 * @OMV_DETECT_RAW_OFF:   "stream": RAW_CTRL 0 at the end
 * @OMV_DETECT_OFF:       "stream": STREAM_CTRL 0, the last request
 */
enum omv_detect_state {
	OMV_DETECT_IDLE,
	OMV_DETECT_WAIT,
	OMV_DETECT_SIZE,
	OMV_DETECT_HEAD,
	OMV_DETECT_SHAPE,
	OMV_DETECT_RAW_CTRL,
	OMV_DETECT_RAW_CFG,
	OMV_DETECT_ON,
	OMV_DETECT_LOCK_WAIT,
	OMV_DETECT_LOCK,
	OMV_DETECT_UNLOCK,
	OMV_DETECT_RAW_OFF,
	OMV_DETECT_OFF,
};

/**
 * struct omv_input - one channel that a node can show
 * @name:       of the channel; stays where it is
 * @fetch:      &omv_fetch_frame: a script's own channel; &omv_fetch_stream: the
 *	preview of the firmware
 * @picture:    what its frames were last; of "stream" those that are not raw; width 0
 *	before anything is known
 * @raw:        "stream": the largest raw picture that it gives; width 0 for none
 * @has_header: see struct omv_pump_mode
 * @signal:     frames have come since the script began, or the channel was recognized
 * @rate:       of its frames, and which of them are wanted
 * @largest:    bytes of the largest frame that did not fit its buffer, at most
 *	OMV_MAX_PICTURE
 */
struct omv_input {
	const char *name;
	const struct omv_fetch_ops *fetch;
	struct omv_picture picture;
	struct omv_picture raw;
	bool has_header;
	bool signal;
	struct omv_rate rate;
	u32 largest;
};

/**
 * struct omv_detect_ops - what the state machine calls
 * @changed: @picture or the buffer size that a stream needs has changed: applications
 *	must learn of it before the next frame
 * @idle:    a detection that a stream or an S_INPUT waits for is over: omv_detect_is_busy()
 *	is false now
 * @refetch: the frames of the running stream are to be fetched with another
 *	@has_header: stop the pump and start it again. Never called from omv_detect_frame().
 */
struct omv_detect_ops {
	void (*changed)(void *ctx);
	void (*idle)(void *ctx);
	void (*refetch)(void *ctx);
};

/**
 * enum omv_verdict - what a fetched frame is
 * @OMV_FRAME_GOOD:         to be delivered
 * @OMV_FRAME_TRUNCATED:    a JPEG without its end: to be delivered, marked as faulty
 * @OMV_FRAME_UNRECOGNIZED: neither a JPEG nor what SHAPE or the header say: dropped
 * @OMV_FRAME_WRONG_FORMAT: not in the format of the stream: dropped
 * @OMV_FRAME_TOO_BIG:      Huffman tables had to be inserted and do not fit: dropped
 */
enum omv_verdict {
	OMV_FRAME_GOOD,
	OMV_FRAME_TRUNCATED,
	OMV_FRAME_UNRECOGNIZED,
	OMV_FRAME_WRONG_FORMAT,
	OMV_FRAME_TOO_BIG,
};

/**
 * struct omv_detect - inputs and format of one node
 *
 * Readable by the owner under the lock of the host end: all before @state. The owner
 * may use @rate and @largest of the inputs.
 *
 * @host:        host end
 * @ops:         callbacks
 * @ctx:         their first argument
 * @inputs:      the channels that can be shown, the preferred one first
 * @nr_inputs:   their number
 * @input:       index of the selected one
 * @user_input:  a user has selected it: it stays selected
 * @picture:     the format; width 0 before a frame was seen
 * @pixfmt:      format of the stream, OMV_PIX_*; frames of other formats are dropped
 * @streaming:   between omv_detect_stream_on() and omv_detect_stream_off()
 * @allocated:   an application has buffers: input and format stay as they are
 * @state:       see enum omv_detect_state
 * @wake:        when a wait is over, in ms
 * @pending:     detection was skipped, or its result not applied, because of a stream
 *	or of buffers: repeat it once they are gone
 * @unrecognized: a frame of the stream was not recognized, or a raw one too large
 * @header_mismatch: the unrecognized frame would make sense with @has_header inverted
 * @attempts:    detections in a row that saw no frame on "stream"
 * @nr_timeouts: detections in a row that got no response (T-32)
 * @probing:     index of the input that the requests are for
 * @channel:     its id
 * @result:      of the detection, as far as it is known
 * @try_raw:     number of the raw size that is tried, plus 1; 0: JPEGs are
 * @locks:       LOCKs left
 * @size:        what SIZE gave
 * @found:       what the channel gives
 * @found_raw:   and raw
 * @found_header: it has a header
 * @interval:    ns between frames as the header says, 0 for unknown
 * @req:         the one request
 * @args:        arguments of an IOCTL
 * @answer:      response to SIZE and SHAPE
 * @head:        the first bytes of a frame
 */
struct omv_detect {
	struct omv_host *host;
	const struct omv_detect_ops *ops;
	void *ctx;
	struct omv_input inputs[OMV_DETECT_INPUTS];
	unsigned int nr_inputs;
	u8 input;
	bool user_input;
	struct omv_picture picture;
	u32 pixfmt;
	bool streaming;
	bool allocated;

	enum omv_detect_state state;
	u64 wake;
	bool pending;
	bool unrecognized;
	bool header_mismatch;
	unsigned int attempts;
	unsigned int nr_timeouts;
	u8 probing;
	u8 channel;
	int result;
	unsigned int try_raw;
	unsigned int locks;
	u32 size;
	struct omv_picture found;
	struct omv_picture found_raw;
	bool found_header;
	u64 interval;
	struct omv_request req;
	__le32 args[2];
	__le32 answer[OMV_DETECT_SHAPE_MAX];
	union {
		struct omv_stream_hdr hdr;
		u8 bytes[OMV_DETECT_HEAD];
	} head;
};

/* Kernel-doc of these is at their definitions. */
void omv_detect_init(struct omv_detect *detect, struct omv_host *host,
		     const struct omv_detect_ops *ops, void *ctx);
void omv_detect_add_input(struct omv_detect *detect, const char *name,
			  const struct omv_fetch_ops *fetch);
void omv_detect_link_changed(struct omv_detect *detect,
			     enum omv_link_event event, u64 now);
void omv_detect_event(struct omv_detect *detect, u8 channel, u64 now);
void omv_detect_tick(struct omv_detect *detect, u64 now);
u64 omv_detect_deadline(const struct omv_detect *detect);
bool omv_detect_is_busy(const struct omv_detect *detect);
bool omv_detect_has_signal(const struct omv_detect *detect, unsigned int index);
int omv_detect_select(struct omv_detect *detect, unsigned int index, u64 now);
int omv_detect_set_picture(struct omv_detect *detect,
			   const struct omv_picture *picture);
void omv_detect_set_allocated(struct omv_detect *detect, bool allocated,
			      u64 now);
void omv_detect_stream_on(struct omv_detect *detect, u64 now);
void omv_detect_stream_off(struct omv_detect *detect, u64 now);
void omv_detect_mode(const struct omv_detect *detect,
		     struct omv_pump_mode *mode);
enum omv_verdict omv_detect_frame(struct omv_detect *detect,
				  const struct omv_stream_hdr *hdr, void *data,
				  u32 *size, u32 room, u64 now);
void omv_detect_too_big(struct omv_detect *detect, u32 size, u64 now);

/**
 * omv_detect_input() - the selected input
 * @detect: state machine
 *
 * Return: input
 */
static inline struct omv_input *omv_detect_input(struct omv_detect *detect)
{
	return &detect->inputs[detect->input];
}

#endif /* OMV_DETECT_H */
