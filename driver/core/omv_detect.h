/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Selects the input of a video node, and detects the format of its frames.
 *
 * A node has one or more inputs; an input is a channel that provides frames.
 * This state machine selects an input, unless the user has selected one,
 * detects the format of the channel while no stream is running, and recognizes
 * the frames of a running stream. Input: channel table, events, responses and
 * frames. Output: requests, and the format that applications see. A detection
 * must never cause a script to lose a frame (protocol 12.3).
 *
 * Like the host end and the pump, this does no I/O. The owner calls all
 * functions, and gets all callbacks, under the lock of the host end.
 */
#ifndef OMV_DETECT_H
#define OMV_DETECT_H

#include "omv_host.h"
#include "omv_image.h"
#include "omv_pump.h"
#include "omv_rate.h"

#define OMV_DETECT_INPUTS	2
/* Maximum size of a READ: enough for the markers of most JPEGs up to SOF. */
#define OMV_DETECT_HEAD_SIZE	4096
/*
 * Maximum number of READs of a detection. Each one skips a segment of a JPEG,
 * 64 KiB at most, that does not fit in it, or all of those that do: SOF is
 * found behind 2 MB of thumbnails or 128 KiB of comments.
 */
#define OMV_DETECT_READS	32
/*
 * Maximum number of values in a SHAPE response. Values after the fourth are
 * garbage (protocol 3.13).
 */
#define OMV_DETECT_SHAPE_MAX	64
/* Maximum size of a frame, and of a buffer, in bytes. */
#define OMV_MAX_PICTURE		(16u << 20)
/* Sizes of raw preview: full size, half and quarter of width and height. */
#define OMV_RAW_SIZES		3

/* Interval and number of LOCKs while "stream" has no frame yet. */
#define OMV_DETECT_LOCK_MS	20
#define OMV_DETECT_LOCKS	25
/* Delay of a detection after an event: events may be frequent (T-18). */
#define OMV_DETECT_EVENT_MS	500
/* Delay of a detection after an unrecognized frame of a stream. */
#define OMV_DETECT_FRAME_MS	100
/*
 * Number of detections of "stream" without a frame, with growing delays: a
 * script may take seconds until it captures.
 */
#define OMV_DETECT_ATTEMPTS	5

/**
 * enum omv_detect_state - state of the detection, or its outstanding request
 * @OMV_DETECT_IDLE:      no detection runs or is scheduled
 * @OMV_DETECT_WAIT:      a detection starts at @due
 * @OMV_DETECT_SIZE:      SIZE
 * @OMV_DETECT_HEAD:      READ of the first bytes, or "frame": of those at
 *	@offset; never up to the end of the frame
 * @OMV_DETECT_SHAPE:     "frame": SHAPE
 * @OMV_DETECT_RAW_CTRL:  "stream": RAW_CTRL 0, or 1 to test a raw size
 * @OMV_DETECT_RAW_CFG:   "stream": RAW_CFG with the raw size to test
 * @OMV_DETECT_ON:        "stream": STREAM_CTRL 1
 * @OMV_DETECT_LOCK_WAIT: "stream": no request; LOCK is sent at @wake
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
 * struct omv_input - a channel that a video node can capture from
 * @name:       name of the channel
 * @fetch:      &omv_fetch_frame for a channel of a script, &omv_fetch_stream
 *	for the preview of the firmware
 * @picture:    format of the last frame, for "stream" of the last compressed
 *	frame; width is 0 if unknown
 * @raw:        "stream": largest raw picture that was detected; width is 0 for
 *	none
 * @has_header: see struct omv_pump_mode
 * @signal:     a frame was recognized since the start of the script
 * @lost:       the script has ended, or had stalled at the end of a stream, and
 *	no frame was announced since then; the channel may still exist (T-23).
 *	Not used for "stream"
 * @rate:       frame rate, and the frame interval that the application wants
 * @largest:    size in bytes of the largest JPEG that did not fit its buffer,
 *	at most OMV_MAX_PICTURE
 */
struct omv_input {
	const char *name;
	const struct omv_fetch_ops *fetch;
	struct omv_picture picture;
	struct omv_picture raw;
	bool has_header;
	bool signal;
	bool lost;
	struct omv_rate rate;
	u32 largest;
};

/**
 * struct omv_detect_ops - callbacks of the detection
 * @changed: @picture, or the buffer size for it, has changed: notify
 *	applications before the next frame
 * @idle:    omv_detect_is_busy() has become false: streaming may start, and
 *	S_INPUT may return
 * @refetch: restart the pump, because @has_header of the input has changed.
 *	Never called from omv_detect_frame().
 *
 * Except for omv_detect_input(), a callback must not call functions that take a
 * non-const struct omv_detect.
 */
struct omv_detect_ops {
	void (*changed)(void *ctx);
	void (*idle)(void *ctx);
	void (*refetch)(void *ctx);
};

/**
 * enum omv_verdict - result of omv_detect_frame()
 * @OMV_FRAME_GOOD:         deliver the frame
 * @OMV_FRAME_TRUNCATED:    a JPEG without its end: deliver it, with an error
 *	flag
 * @OMV_FRAME_UNRECOGNIZED: drop it: not a JPEG, and its size does not match
 *	SHAPE or header
 * @OMV_FRAME_WRONG_FORMAT: drop it: its format differs from that of the stream
 * @OMV_FRAME_TOO_BIG:      drop it: the Huffman tables that it lacks do not fit
 *	into the buffer
 */
enum omv_verdict {
	OMV_FRAME_GOOD,
	OMV_FRAME_TRUNCATED,
	OMV_FRAME_UNRECOGNIZED,
	OMV_FRAME_WRONG_FORMAT,
	OMV_FRAME_TOO_BIG,
};

/**
 * struct omv_detect - inputs and format of a video node
 * @host:        host end
 * @ops:         callbacks
 * @ctx:         first argument of the callbacks
 * @inputs:      inputs, the preferred one first
 * @nr_inputs:   number of inputs
 * @input:       index of the selected input
 * @user_input:  the user has selected @input: never select another one
 * @shape_first: send SHAPE before a READ of the first bytes
 * @picture:     format that applications see; width is 0 if unknown
 * @pixfmt:      format of the stream, OMV_PIX_*; frames in any other format are
 *	dropped
 * @streaming:   between omv_detect_stream_on() and omv_detect_stream_off()
 * @allocated:   buffers are allocated: input and format must not change
 * @state:       see enum omv_detect_state
 * @wake:        state LOCK_WAIT: time of the next LOCK, in ms
 * @due:         time at which a detection starts, in ms; U64_MAX for none; may
 *	be set while a detection is running
 * @again:       start another detection when the running one ends
 * @cut:         end the running detection as soon as possible, and drop its
 *	result
 * @in_stream:   the running detection is for an unrecognized frame of a stream,
 *	and sends SHAPE only
 * @suspect:     the last response was invalid: if the session is lost next, the
 *	detection was the cause
 * @pending:     a detection was skipped, or its result not applied, because of
 *	a stream or of allocated buffers: repeat it after their end
 * @unrecognized: size in bytes, including its header, of the last frame of the
 *	stream that was not recognized, or of a raw frame that was too large; 0
 *	for none
 * @header_mismatch: the unrecognized frame is valid if @has_header is inverted
 * @attempts:    consecutive detections without a frame on "stream"
 * @nr_timeouts: consecutive detections that caused the loss of the session: no
 *	response (T-32), or an invalid one
 * @stream_raw:  format at the start of the stream, if it was raw
 * @probing:     index of the input that is being detected
 * @channel:     channel id of that input
 * @result:      result of the last step: 0, -ENODATA (no frame, or an
 *	unrecognized one), or omv_request.result
 * @try_raw:     1 + index of the raw size that is being tested; 0 while the
 *	compressed format is detected
 * @locks:       number of LOCKs left
 * @size:        size of the frame in bytes, from SIZE
 * @offset:      "frame": where the next READ begins; where a segment of a JPEG
 *	begins, or 0
 * @reads:       "frame": number of READs sent
 * @ask_shape:   "frame": the next request after SIZE is SHAPE
 * @found:       detected format; width is 0 for none
 * @found_raw:   largest detected raw format; width is 0 for none
 * @found_header: frames have a header
 * @interval:    frame interval in the header, in ns; 0 if unknown
 * @req:         the request
 * @args:        arguments of an IOCTL
 * @answer:      response to SIZE or SHAPE
 * @head:        bytes of a frame, from the last READ
 *
 * The owner may read all members before @state, and may use @rate and @largest
 * of the inputs.
 */
struct omv_detect {
	struct omv_host *host;
	const struct omv_detect_ops *ops;
	void *ctx;
	struct omv_input inputs[OMV_DETECT_INPUTS];
	unsigned int nr_inputs;
	u8 input;
	bool user_input;
	bool shape_first;
	struct omv_picture picture;
	u32 pixfmt;
	bool streaming;
	bool allocated;

	enum omv_detect_state state;
	u64 wake;
	u64 due;
	bool again;
	bool cut;
	bool in_stream;
	bool suspect;
	bool pending;
	u32 unrecognized;
	bool header_mismatch;
	unsigned int attempts;
	unsigned int nr_timeouts;
	struct omv_picture stream_raw;
	u8 probing;
	u8 channel;
	int result;
	unsigned int try_raw;
	unsigned int locks;
	u32 size;
	u32 offset;
	unsigned int reads;
	bool ask_shape;
	struct omv_picture found;
	struct omv_picture found_raw;
	bool found_header;
	u64 interval;
	struct omv_request req;
	__le32 args[2];
	__le32 answer[OMV_DETECT_SHAPE_MAX];
	union {
		struct omv_stream_hdr hdr;
		u8 bytes[OMV_DETECT_HEAD_SIZE];
	} head;
};

/* Documented at their definitions. */
void omv_detect_init(struct omv_detect *detect, struct omv_host *host,
		     const struct omv_detect_ops *ops, void *ctx);
void omv_detect_add_input(struct omv_detect *detect, const char *name,
			  const struct omv_fetch_ops *fetch);
void omv_detect_set_shape_first(struct omv_detect *detect);
void omv_detect_link_changed(struct omv_detect *detect,
			     enum omv_link_event event, u64 now);
void omv_detect_event(struct omv_detect *detect, u8 channel, u16 value,
		      u64 now);
void omv_detect_tick(struct omv_detect *detect, u64 now);
u64 omv_detect_deadline(const struct omv_detect *detect);
bool omv_detect_is_busy(const struct omv_detect *detect);
bool omv_detect_has_signal(const struct omv_detect *detect, unsigned int index,
			   bool stalled);
void omv_detect_again(struct omv_detect *detect, u64 now);
int omv_detect_select(struct omv_detect *detect, unsigned int index, u64 now);
int omv_detect_set_picture(struct omv_detect *detect,
			   const struct omv_picture *picture);
void omv_detect_set_allocated(struct omv_detect *detect, bool allocated,
			      u64 now);
void omv_detect_stream_on(struct omv_detect *detect, u64 now);
void omv_detect_stream_off(struct omv_detect *detect, bool stalled, u64 now);
void omv_detect_announced(struct omv_detect *detect);
void omv_detect_mode(const struct omv_detect *detect,
		     struct omv_pump_mode *mode);
enum omv_verdict omv_detect_frame(struct omv_detect *detect,
				  const struct omv_stream_hdr *hdr, void *data,
				  u32 *size, u32 room, u64 now);
void omv_detect_too_big(struct omv_detect *detect, u32 size, u64 now);

/**
 * omv_detect_input() - the selected input
 * @detect: detection
 *
 * Return: input
 */
static inline struct omv_input *omv_detect_input(struct omv_detect *detect)
{
	return &detect->inputs[detect->input];
}

#endif /* OMV_DETECT_H */
