/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Fetching frames: from the moment that one is announced to its last byte.
 *
 * A script's own channel (12.3, omv_pump_frame.c) latches a frame, announces it
 * with an event, and does not take another before a READ that ends exactly at
 * the frame's size. From then on SIZE and READ give the old frame, soon
 * overwritten, until the next event. So a frame is read once, whole, with one
 * READ; and a frame that can't be used is released by a READ of its last byte.
 *
 * The firmware's "stream" (10, 12.4, omv_pump_stream.c) is a mailbox for one
 * frame: LOCK, SIZE, READ, and UNLOCK, which empties it. It has to be switched
 * on, which costs the camera time; so it is switched off again.
 *
 * Like the host end this does no I/O; it runs in the host end's callbacks and
 * under the same lock.
 */
#ifndef OMV_PUMP_H
#define OMV_PUMP_H

#include "omv_host.h"

/* A frame whose event was longer ago is not passed off as new. */
#define OMV_PUMP_STALE_MS	250
/* Nothing announced for so long: ask POLL, in case an event was lost. */
#define OMV_PUMP_IDLE_MS	1000
/* Between POLLs, with a camera that sends no events. */
#define OMV_PUMP_POLL_MS	20
/* Nothing from a channel without poll() for so long: its frame may be latched unheard. */
#define OMV_PUMP_LOST_MS	5000
/* A camera may be faster than the release of its old frame: then a new one is good enough. */
#define OMV_PUMP_RELEASES	3
/* At most, between requests to a channel that leaves them unanswered (T-32). */
#define OMV_PUMP_PAUSE_MS	8000
/* The camera refuses a LOCK that follows another within 10 ms (T-16). */
#define OMV_PUMP_LOCK_MS	11
/* LOCKs for one announcement: there may be no frame behind it (T-17). */
#define OMV_PUMP_LOCKS		3
/* The stream is silent for so long: switch it on again (T-17). */
#define OMV_PUMP_REVIVE_MS	3000

/**
 * struct omv_frame - an announced frame
 * @sequence: counts the announced frames, fetched or not
 * @stamp:    what @stamp of struct omv_pump_ops gave when it was announced
 * @at:       when that was, in ms
 * @skip:     nobody wants it
 */
struct omv_frame {
	u32 sequence;
	u64 stamp;
	u64 at;
	bool skip;
};

/**
 * enum omv_pump_result - what became of an announced frame
 * @OMV_PUMP_DONE:    fetched
 * @OMV_PUMP_TOO_BIG: larger than the buffer
 * @OMV_PUMP_FAILED:  there was nothing, the camera refused it half way, or the
 *	session broke
 * @OMV_PUMP_STALE:   too old by the time there was a buffer
 * @OMV_PUMP_MISSED:  another was announced before it could be fetched
 * @OMV_PUMP_SKIPPED: nobody wanted it, and it was not fetched
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
 * struct omv_pump_ops - what the pump calls; these must not stop the pump
 * @stamp: a frame is announced: give the time, in the caller's own unit, and set
 *	@skip if the frame is not wanted
 * @buffer: give memory for a frame, and in @room its size; NULL if there is none. It
 *	is the pump's until it comes back with @frame, or until omv_pump_stop().
 * @frame: what became of a frame. @buf is NULL, or memory that @buffer gave and that is
 *	the owner's again. @size is the bytes in it for OMV_PUMP_DONE, the bytes
 *	that there are for OMV_PUMP_TOO_BIG, else 0. Called once for each @stamp, unless
 *	the pump is stopped before.
 */
struct omv_pump_ops {
	u64 (*stamp)(void *ctx, bool *skip);
	void *(*buffer)(void *ctx, u32 *room);
	void (*frame)(void *ctx, const struct omv_frame *frame,
		      enum omv_pump_result result, void *buf, u32 size);
};

/* The requests that fetch a frame from a script's own channel, and from "stream". */
struct omv_fetch_ops;
extern const struct omv_fetch_ops omv_fetch_frame;
extern const struct omv_fetch_ops omv_fetch_stream;

/**
 * struct omv_pump_mode - how a channel gives its frames
 * @fetch:      &omv_fetch_frame or &omv_fetch_stream
 * @has_header: a frame begins with a struct omv_stream_hdr, as those of "stream" do
 * @raw_width:  "stream": the box for raw pictures, 0 for JPEGs
 * @raw_height: see @raw_width
 */
struct omv_pump_mode {
	const struct omv_fetch_ops *fetch;
	bool has_header;
	u16 raw_width;
	u16 raw_height;
};

/**
 * struct omv_pump - one frame channel being fetched
 *
 * The owner may read @head while @frame of struct omv_pump_ops runs.
 *
 * @host:       host end
 * @ops:        callbacks
 * @ctx:        their first argument
 * @channel:    id of the channel
 * @mode:       how it gives its frames
 * @head:       the header of the frame, if @mode.has_header
 * @running:    between omv_pump_start() and omv_pump_stop()
 * @polled:     the camera sends no events: ask POLL often
 * @evented:    it has sent one since the start
 * @pollable:   POLL has told of a frame since the start
 * @attaching:  what is let go now was latched before the start
 * @latched:    @frame is announced and not settled
 * @has_next:   @next was announced while @frame was being read
 * @frame:      the frame to fetch
 * @next:       the one after it
 * @sequence:   of the next frame to be announced; the owner may set it while stopped
 * @again:      IDLE only until @wake: then try for @frame again
 * @phase:      what @req is doing
 * @behind:     sent right behind @req: a SIZE, an UNLOCK
 * @locked:     what became of the LOCK before the SIZE
 * @fetching:   the LOCK is for @frame, not for letting go of it
 * @req:        the one request of the pump
 * @off:        switches the stream off
 * @args:       arguments of an IOCTL
 * @off_arg:    that of @off
 * @locks:      LOCKs for @frame
 * @locked_at:  when the last of them was sent, in ms
 * @word:       answer to SIZE and POLL
 * @buf:        the buffer in use, NULL for none
 * @room:       its size
 * @last_byte:  a released frame's last byte
 * @releases:   attempts to release one
 * @heard:      when the channel last gave a sign, in ms
 * @mutes:      requests in a row that got no answer, over all starts
 * @pause_until: leave the channel alone until then, in ms
 * @wake:       when to look without an event, in ms
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
	unsigned int nr_timeouts;
	u64 pause_until;
	u64 wake;
};

/**
 * omv_pump_init() - make a pump that does not run
 * @pump: pump
 * @host: host end it will use
 * @ops: callbacks
 * @ctx: their first argument
 */
void omv_pump_init(struct omv_pump *pump, struct omv_host *host,
		   const struct omv_pump_ops *ops, void *ctx);

/**
 * omv_pump_start() - fetch frames from now on
 * @pump: stopped pump
 * @channel: id of the frame channel; the session is up
 * @mode: how it gives its frames
 * @now: time in ms
 *
 * A frame that is latched already is of unknown age: it is released, not
 * delivered.
 */
void omv_pump_start(struct omv_pump *pump, u8 channel,
		    const struct omv_pump_mode *mode, u64 now);

/**
 * omv_pump_stop() - fetch no more
 * @pump: pump
 * @now: time in ms
 *
 * Gives no buffer back by callback: the buffer in use is the caller's again on
 * return.
 */
void omv_pump_stop(struct omv_pump *pump, u64 now);

/**
 * omv_pump_event() - the frame channel sent an event
 * @pump: running pump
 * @now: time in ms
 */
void omv_pump_event(struct omv_pump *pump, u64 now);

/**
 * omv_pump_kick() - there is a buffer again
 * @pump: pump
 * @now: time in ms
 */
void omv_pump_kick(struct omv_pump *pump, u64 now);

/**
 * omv_pump_tick() - do what is due
 * @pump: pump
 * @now: time in ms
 */
void omv_pump_tick(struct omv_pump *pump, u64 now);

/**
 * omv_pump_deadline() - when omv_pump_tick() must be called at the latest
 * @pump: pump
 *
 * Return: time in ms, U64_MAX for never
 */
u64 omv_pump_deadline(const struct omv_pump *pump);

#endif /* OMV_PUMP_H */
