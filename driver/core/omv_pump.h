/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The pump: fetches announced frames from a channel while streaming.
 *
 * A channel of a script (protocol 12.3, omv_pump_frame.c) latches a frame,
 * announces it with an event, and captures the next frame only after a READ
 * that ends exactly at the size of the frame. Until the next event, SIZE and
 * READ then return the old frame, which is being overwritten. Therefore a frame
 * is read once, with a single READ, and an unwanted frame is released by a READ
 * of its last byte.
 *
 * "stream" of the firmware (protocol 10, 12.4, omv_pump_stream.c) is a mailbox
 * for one frame: LOCK, SIZE, READ, and UNLOCK, which empties it. The preview
 * must be enabled first. It costs time on the camera, so it is disabled when
 * the pump stops.
 *
 * Like the host end, this does no I/O. The owner calls all functions, and gets
 * all callbacks, under the lock of the host end.
 */
#ifndef OMV_PUMP_H
#define OMV_PUMP_H

#include "omv_host.h"

/* A frame is dropped if it was announced longer ago. */
#define OMV_PUMP_STALE_MS	250
/* Send POLL after this time without a frame: its event may have been lost. */
#define OMV_PUMP_IDLE_MS	1000
/* Interval of POLLs if the camera sends no events. */
#define OMV_PUMP_POLL_MS	20
/*
 * Release the frame of a channel without poll() after this time without an
 * event: the event may have been lost while the frame stays latched.
 */
#define OMV_PUMP_LOST_MS	5000
/*
 * Number of attempts to release a frame. A fast camera may latch a new frame
 * each time; that one is then fetched.
 */
#define OMV_PUMP_RELEASES	3
/* Maximum pause after consecutive requests without a response (T-32). */
#define OMV_PUMP_PAUSE_MS	8000
/*
 * Minimum interval of LOCKs: more than 10 ms by the camera's clock, which has
 * whole ms only (T-16).
 */
#define OMV_PUMP_LOCK_MS	11
/*
 * Added to it if the owner has a clock in us: the time from its reading to the
 * packet on the bus differs from LOCK to LOCK.
 */
#define OMV_PUMP_LOCK_SLACK_US	100
/* Number of LOCKs for an announced frame, which may not exist (T-17). */
#define OMV_PUMP_LOCKS		3
/* Enable the preview again after this time without an event (T-17). */
#define OMV_PUMP_REVIVE_MS	3000

/*
 * A stream is stalled after three of the longest recent intervals without a
 * frame, but between these limits. The second one is for a stream that has had
 * fewer than two frames: it may be as slow as OMV_RATE_MAX_NS.
 */
#define OMV_PUMP_STALL_MS	5000
#define OMV_PUMP_STALL_MAX_MS	30000

/**
 * struct omv_frame - an announced frame
 * @sequence: number of the frame; also counts frames that are not fetched
 * @stamp:    timestamp from @stamp of struct omv_pump_ops
 * @at:       time of the announcement, in ms
 * @skip:     do not fetch the frame: the owner does not want it
 */
struct omv_frame {
	u32 sequence;
	u64 stamp;
	u64 at;
	bool skip;
};

/**
 * enum omv_pump_result - result for an announced frame
 * @OMV_PUMP_DONE:    fetched
 * @OMV_PUMP_TOO_BIG: not fetched: larger than the buffer
 * @OMV_PUMP_FAILED:  the frame did not exist, or READ failed
 * @OMV_PUMP_STALE:   not fetched: too old when a buffer became available
 * @OMV_PUMP_MISSED:  not fetched: the next frame was announced before
 * @OMV_PUMP_SKIPPED: not fetched: the owner did not want it
 */
enum omv_pump_result {
	OMV_PUMP_DONE,
	OMV_PUMP_TOO_BIG,
	OMV_PUMP_FAILED,
	OMV_PUMP_STALE,
	OMV_PUMP_MISSED,
	OMV_PUMP_SKIPPED,
};

/**
 * struct omv_pump_ops - callbacks of the pump; must not stop the pump
 * @stamp: a frame was announced: return its timestamp, in any unit, and set
 *	@skip if the frame is not wanted
 * @buffer: return a buffer for a frame, and set @room to its size in bytes;
 *	return NULL if there is none. The pump owns the buffer until it calls
 *	@frame, or until omv_pump_stop().
 * @frame: an announced frame was handled. @buf is NULL, or a buffer that the
 *	owner gets back. @size is the number of bytes in the buffer for
 *	OMV_PUMP_DONE, the size of the frame for OMV_PUMP_TOO_BIG, otherwise 0.
 *	Called once for each @stamp, unless the pump is stopped before.
 */
struct omv_pump_ops {
	u64 (*stamp)(void *ctx, bool *skip);
	void *(*buffer)(void *ctx, u32 *room);
	void (*frame)(void *ctx, const struct omv_frame *frame,
		      enum omv_pump_result result, void *buf, u32 size);
};

/* Operations for a channel of a script, and for "stream". */
struct omv_fetch_ops;
extern const struct omv_fetch_ops omv_fetch_frame;
extern const struct omv_fetch_ops omv_fetch_stream;

/**
 * struct omv_pump_mode - how frames are fetched from a channel
 * @fetch:      &omv_fetch_frame or &omv_fetch_stream
 * @has_header: frames begin with a struct omv_stream_hdr; always true for
 *	"stream"
 * @raw_width:  "stream": maximum width of raw frames, in pixels; 0 for JPEG
 * @raw_height: "stream": maximum height of raw frames, in pixels
 */
struct omv_pump_mode {
	const struct omv_fetch_ops *fetch;
	bool has_header;
	u16 raw_width;
	u16 raw_height;
};

/**
 * struct omv_pump - fetches frames from one channel
 * @host:       host end
 * @ops:        callbacks
 * @ctx:        first argument of the callbacks
 * @channel:    channel id
 * @mode:       how frames are fetched
 * @head:       header of the frame, if @mode.has_header
 * @running:    between omv_pump_start() and omv_pump_stop()
 * @polled:     the camera sends no events: send POLL every OMV_PUMP_POLL_MS
 * @evented:    the channel has sent an event since the start
 * @pollable:   POLL has reported a frame since the start
 * @attaching:  a frame that was latched before the start is being released
 * @latched:    @frame was announced, and is not handled yet
 * @has_next:   @next was announced while @frame was being read
 * @frame:      frame to fetch
 * @next:       frame after @frame
 * @sequence:   sequence number of the next announced frame
 * @again:      phase IDLE: try to fetch @frame again at @wake
 * @phase:      purpose of @req
 * @pipelined:  request sent right after @req: SIZE or UNLOCK; or the SIZE of
 *	@next, sent with the READ of @frame or during it
 * @ahead:      @pipelined is the SIZE of @next, and has no response yet
 * @overlaps:   the camera announced a frame during the last READ, and answered
 *	it in full packets: SIZE of the next frame is sent right after a READ
 * @expected:   @pipelined was sent before the event of @next
 * @doubtful:   the size may have changed since SIZE was sent (T-20)
 * @asked_again: SIZE was repeated because of @doubtful, which happens only once
 * @locked:     result of the LOCK before the SIZE
 * @fetching:   the purpose of the LOCK is to fetch @frame, not to release it
 * @req:        request
 * @off:        request that disables "stream"
 * @args:       arguments of an IOCTL
 * @off_arg:    argument of @off
 * @locks:      number of LOCKs sent for @frame
 * @locked_at:  time of the last LOCK, in us
 * @word:       response to SIZE or POLL
 * @buf:        buffer of @frame, or NULL
 * @room:       size of @buf in bytes
 * @last_byte:  buffer for the READ that releases a frame
 * @releases:   number of attempts to release a frame
 * @heard:      time of the last announced frame, or of the start, in ms
 * @announced:  time of the last announced frame since the start, in ms; 0 for
 *	none
 * @gap:        longest recent time between two announced frames, in ms; 0 if
 *	there were fewer than two since the start
 * @last_active: time at which an announced frame had been handled, or at which
 *	the stream began, in ms; not changed by a start
 * @nr_timeouts: consecutive requests without a response; not reset by a start
 * @pause_until: send no request to the channel before this time, in ms
 * @wake:       phase IDLE: time at which the pump acts without an event, in ms
 *
 * The owner may read @head in the callback @frame of struct omv_pump_ops.
 */
struct omv_pump {
	struct omv_host *host;
	const struct omv_pump_ops *ops;
	void *ctx;
	u8 channel;
	struct omv_pump_mode mode;
	struct omv_stream_hdr head;
	bool running;
	bool polled;
	bool evented;
	bool pollable;
	bool attaching;
	bool latched;
	bool has_next;
	struct omv_frame frame;
	struct omv_frame next;
	u32 sequence;
	bool again;
	enum omv_pump_phase {
		OMV_PUMP_IDLE,
		OMV_PUMP_POLL,
		OMV_PUMP_SIZE,
		OMV_PUMP_READ,
		OMV_PUMP_RELEASE_SIZE,
		OMV_PUMP_RELEASE,
		OMV_PUMP_RAW_CFG,
		OMV_PUMP_RAW_CTRL,
		OMV_PUMP_CTRL,
		OMV_PUMP_LOCK,
		OMV_PUMP_UNLOCK,
	} phase;
	struct omv_request req;
	struct omv_request pipelined;
	bool ahead;
	bool overlaps;
	bool expected;
	bool doubtful;
	bool asked_again;
	int locked;
	bool fetching;
	struct omv_request off;
	__le32 args[2];
	__le32 off_arg;
	u8 locks;
	u64 locked_at;
	__le32 word;
	void *buf;
	u32 room;
	u8 last_byte;
	u8 releases;
	u64 heard;
	u64 announced;
	u64 gap;
	u64 last_active;
	unsigned int nr_timeouts;
	u64 pause_until;
	u64 wake;
};

void omv_pump_init(struct omv_pump *pump, struct omv_host *host,
		   const struct omv_pump_ops *ops, void *ctx);
void omv_pump_rewind(struct omv_pump *pump, u64 now);
void omv_pump_start(struct omv_pump *pump, u8 channel,
		    const struct omv_pump_mode *mode, u64 now);
void omv_pump_stop(struct omv_pump *pump, u64 now);
void omv_pump_event(struct omv_pump *pump, u64 now);
void omv_pump_kick(struct omv_pump *pump, u64 now);
void omv_pump_tick(struct omv_pump *pump, u64 now);
u64 omv_pump_deadline(const struct omv_pump *pump);
bool omv_pump_is_stalled(const struct omv_pump *pump, u64 now);

#endif /* OMV_PUMP_H */
