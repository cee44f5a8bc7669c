/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The host end of a session, as a state machine that does no I/O.
 *
 * Received bytes and the time go in; bytes to send, completed requests, events
 * and the next deadline come out. All functions, and all callbacks, run under
 * one lock of the caller's, which may be a spinlock: nothing here sleeps.
 *
 *              start
 *   STOPPED ---------> SYNC ---------> SETUP ---------> READY
 *                      ^  |  SYNC ACK   |  GET_CAPS      |
 *                      |  |             |  SET_CAPS      | fault, timeout
 *        500 ms later  |  | no answer   |  VERSION       |
 *   PAUSE -------------+  v             |  LIST          |
 *     ^  soft reboot      LOST <--------+----------------+--> SYNC
 *     +-------------- from any of SYNC, SETUP, READY
 */
#ifndef OMV_HOST_H
#define OMV_HOST_H

#include "omv_parser.h"

#define OMV_SYNC_INTERVAL_MS	500	/* between two SYNCs (6.4) */
#define OMV_SYNC_TRIES		5
#define OMV_SYNC_TRIES_REBOOT	12	/* a soft reboot takes its time (8.4) */
#define OMV_QUIET_MS		20	/* after the SYNC ACK, for what it interrupted (6.4) */
#define OMV_QUIET_CAP_MS	5000	/* unless that goes on for so long */
#define OMV_SETUP_TIMEOUT_MS	1000
#define OMV_REQUEST_TIMEOUT_MS	3000	/* since the last valid packet (17.1.8) */
#define OMV_REQUEST_CAP_MS	6000	/* since anything of the response (T-19) */
#define OMV_RESPONSE_CAP_MS	30000	/* and 1 ms a byte, since the request was sent */
#define OMV_REBOOT_PAUSE_MS	500	/* between SYS_EVENT 2 and SYNC (8.4) */
#define OMV_RELIST_MS		100	/* between two LISTs (8.3) */
#define OMV_PIPELINE_FAULTS	8	/* mispredictions, after which pipelining is switched off */

struct omv_host;

/**
 * struct omv_request - one request and its response
 *
 * Lives in its owner and belongs to the host from omv_host_submit() until
 * @complete is called or omv_host_cancel() returns.
 *
 * @opcode:   OMV_OP_POLL, _LIST, _STATS, _SYS_INFO, or one of the channel's own
 * @channel:  id; 0 where the opcode has no channel
 * @offset:   READ, WRITE: first byte. IOCTL: the request code.
 * @length:   READ: bytes wanted. WRITE, IOCTL: bytes at @data.
 * @data:     payload of a WRITE, argument of an IOCTL
 * @buf:      where the response goes, or NULL
 * @size:     room at @buf; a READ needs @length less @head_size
 * @head:     where its first @head_size bytes go instead
 * @head_size: bytes, usually 0
 * @urgent:   goes before the requests that wait: it relies on what the last one said
 * @pipelined: NULL, or a request that is sent right after this one, without waiting for
 *	the response (T-11): safe after a request whose response is one packet, and
 *	after a READ that the camera answers in full packets. Submitted with this one;
 *	the owner cancels both.
 * @received: bytes at @head and @buf; if @result is an error those that came before it
 * @result:   0, -EIO (FAILED, or the camera refused the packet itself), -EINVAL
 *	(INVALID), -EBUSY, -ETIMEDOUT, -EPROTO (nonsense came back), -ECONNRESET
 *	(the session was lost meanwhile: it may have been executed), -EAGAIN (it
 *	was never sent), -ENODEV (stopped)
 * @nak:      the status the camera refused with, 0 if it did not
 * @complete: called once; may submit requests, this one too
 * @next:     private
 * @state:    private
 */
struct omv_request {
	u8 opcode;
	u8 channel;
	u32 offset;
	u32 length;
	const void *data;
	void *buf;
	u32 size;
	void *head;
	u32 head_size;
	bool urgent;
	struct omv_request *pipelined;
	u32 received;
	int result;
	u16 nak;
	void (*complete)(struct omv_host *host, struct omv_request *req);
	struct omv_request *next;
	enum {
		OMV_REQ_IDLE,
		OMV_REQ_QUEUED,
		OMV_REQ_ACTIVE,
		OMV_REQ_PIPELINED,
	} state;
};

/**
 * enum omv_link_event - what happened to the session
 * @OMV_LINK_UP: requests are possible, the channel table is fresh
 * @OMV_LINK_DOWN: they are not; the host end is getting the session back
 * @OMV_LINK_LOST: it could not: @error of struct omv_host tells why (-ETIMEDOUT: no
 *	answer, -EPROTO: impossible capabilities). Nothing more happens until
 *	omv_host_start().
 * @OMV_LINK_CHANNELS: the channel table changed while up
 */
enum omv_link_event {
	OMV_LINK_UP,
	OMV_LINK_DOWN,
	OMV_LINK_LOST,
	OMV_LINK_CHANNELS,
};

/**
 * struct omv_host_ops - what the host end calls
 * @send: take @len bytes for the camera, all or none; they may be gone after the
 *	return. Return 0, or anything else if there was no room: the host end
 *	carries on as if they had been lost.
 * @link: see enum omv_link_event
 * @event: a channel that is in the table sent an event; @value is OMV_EV_NOTIFY
 *	for one without payload
 * @tx: NULL, or called with each packet that is sent
 * @rx: NULL, or called with each packet that came, before anything is done about it
 */
struct omv_host_ops {
	int (*send)(void *ctx, const void *data, u32 len);
	void (*link_changed)(void *ctx, enum omv_link_event link);
	void (*event)(void *ctx, u8 channel, u16 value);
	void (*tx)(void *ctx, const struct omv_packet *pkt);
	void (*rx)(void *ctx, const struct omv_packet *pkt);
};

/**
 * struct omv_host_stats - counters since omv_host_init()
 * @rx_packets: whole packets, events included
 * @tx_packets: requests, SYNCs, ACKs
 * @acks:       ACKs among them
 * @events:     events
 * @naks:       requests refused
 * @stray:      packets nobody waited for, duplicates among them
 * @seq_errors: packets with a wrong seq
 * @timeouts:   requests without a response
 * @syncs:      sessions begun
 * @bursts:     requests that were sent behind another
 * @misses:     of these, with a number that turned out wrong
 */
struct omv_host_stats {
	u64 rx_packets;
	u64 tx_packets;
	u64 acks;
	u64 events;
	u64 naks;
	u64 stray;
	u64 seq_errors;
	u64 timeouts;
	u64 syncs;
	u64 pipelined;
	u64 mispredicted;
};

/**
 * struct omv_channel - one row of the channel table
 * @id:    1..31
 * @flags: OMV_CHF_*
 * @name:  NUL terminated; arbitrary bytes otherwise (T-31)
 */
struct omv_channel {
	u8 id;
	u8 flags;
	char name[OMV_NAME_SIZE];
};

enum omv_host_state {
	OMV_HOST_STOPPED,
	OMV_HOST_SYNC,
	OMV_HOST_SETUP,
	OMV_HOST_READY,
	OMV_HOST_PAUSE,
	OMV_HOST_LOST,
};

/**
 * struct omv_host - the host end
 *
 * Readable by the owner under its lock: @state, @error, @offered_payload,
 * @max_payload, @version, @channels, @channel_count, @stats, @parser.stats. The owner
 * may write @pipelining.
 *
 * @ops:           callbacks
 * @ctx:           their first argument
 * @parser:        what receives
 * @state:         see the picture above
 * @error:         why the session was lost
 * @seq:           the shared counter as this end has it
 * @now:           time of the current call, in ms
 * @deadline:      when the current state, or the active request, runs out
 * @cap:           latest @deadline of the active request, or of the wait after a SYNC ACK
 * @sent_at:       when that was sent
 * @tries:         SYNCs left
 * @strays:        SYNCs that strays have cost, and strays before their ACKs, since the
 *	session was last up
 * @synced:        SYNC: its ACK has come
 * @strayed:       SYNC: and after it something else
 * @busy:          a response is outstanding
 * @suspect:       the camera's capabilities may have reverted (T-7)
 * @opcode:        of the outstanding request
 * @channel:       of the outstanding request
 * @expect:        most bytes its response may have
 * @received:      bytes of it so far
 * @req:           its owner's request, NULL if cancelled
 * @guess:         the seq it was sent with, if it was sent before its turn; else -1
 * @behind:        what was sent behind it: valid, and the same of it
 * @pipelining:    @pipelined requests are sent without waiting; otherwise they are sent
 *	after the response. Switched off after OMV_PIPELINE_FAULTS mispredictions.
 * @pipeline_faults: mispredictions since @pipelining was switched off last
 * @head:          queued requests, oldest first
 * @tail:          the newest
 * @own:           the host end's own request: setup and LIST
 * @internal_buf:       its response
 * @relist_at:     when to LIST again, U64_MAX for not
 * @relist_again:  once more if it brings nothing new
 * @listed_at:     when the last LIST was answered
 * @offered_payload: max_payload as the camera told it
 * @max_payload:   what was negotiated
 * @version:       answer to VERSION
 * @channels:      the channel table, without the transport
 * @channel_count: its rows
 * @stats:         counters
 * @tx:            the packet being built
 */
struct omv_host {
	const struct omv_host_ops *ops;
	void *ctx;
	struct omv_parser parser;
	enum omv_host_state state;
	int error;
	u8 seq;
	u64 now;
	u64 deadline;
	u64 cap;
	u64 sent_at;
	unsigned int tries;
	unsigned int strays;
	bool synced;
	bool strayed;
	bool busy;
	bool suspect;
	u8 opcode;
	u8 channel;
	u32 expect;
	u32 received;
	struct omv_request *req;
	int predicted_seq;
	struct {
		bool sent;
		u8 opcode;
		u8 channel;
		u32 expect;
		u8 seq;
		struct omv_request *req;
	} pipelined;
	bool pipelining;
	u32 pipeline_faults;
	struct omv_request *head;
	struct omv_request *tail;
	struct omv_request internal_req;
	u8 internal_buf[OMV_MAX_CHANNELS * sizeof(struct omv_channel_entry)];
	u64 relist_at;
	bool relist_again;
	u64 listed_at;
	u16 offered_payload;
	u16 max_payload;
	struct omv_version version;
	struct omv_channel channels[OMV_MAX_CHANNELS];
	unsigned int channel_count;
	struct omv_host_stats stats;
	u8 tx[OMV_MAX_PACKET];
};

/**
 * omv_host_init() - make a stopped host end
 * @host: host end; about 26 KiB, zeroed here
 * @ops: callbacks
 * @ctx: their first argument
 */
void omv_host_init(struct omv_host *host, const struct omv_host_ops *ops,
		   void *ctx);

/**
 * omv_host_start() - begin a session; the camera's protocol is active (11.1)
 * @host: stopped or lost host end
 * @now: time in ms, from any start, never going back
 *
 * Ends in OMV_LINK_UP or OMV_LINK_LOST.
 */
void omv_host_start(struct omv_host *host, u64 now);

/**
 * omv_host_stop() - end the session at once
 * @host: host end
 *
 * Completes all requests with -ENODEV, sends nothing. Memory lent to requests
 * is not touched afterwards.
 */
void omv_host_stop(struct omv_host *host);

/**
 * omv_host_input() - take received bytes
 * @host: host end
 * @data: bytes, cut anywhere
 * @len: how many
 * @now: time in ms
 */
void omv_host_input(struct omv_host *host, const void *data, size_t len,
		    u64 now);

/**
 * omv_host_tick() - do what is due
 * @host: host end
 * @now: time in ms
 */
void omv_host_tick(struct omv_host *host, u64 now);

/**
 * omv_host_deadline() - when omv_host_tick() must be called at the latest
 * @host: host end
 *
 * Return: time in ms, U64_MAX for never
 */
u64 omv_host_deadline(const struct omv_host *host);

/**
 * omv_host_submit() - queue a request
 * @host: host end
 * @req: filled in by its owner
 * @now: time in ms
 *
 * One request is outstanding at a time, with what is sent behind it; the others wait in
 * order.
 *
 * Return: 0, and @req->complete will be called, possibly before the return;
 * or without that: -EAGAIN if the session is not up, -EINVAL if the request
 * could never be sent (another opcode, channel 0, READ of nothing, more than one
 * packet to write, no room for the response), -EBUSY if it is queued already
 */
int omv_host_submit(struct omv_host *host, struct omv_request *req, u64 now);

/**
 * omv_host_cancel() - take a request back
 * @host: host end
 * @req: any request; nothing happens if the host end does not have it
 *
 * @req->complete is not called and @req->buf no longer touched. If the request
 * was sent already, the camera executes it and its response is thrown away.
 */
void omv_host_cancel(struct omv_host *host, struct omv_request *req);

/**
 * omv_host_find() - look a channel up by its name
 * @host: host end
 * @name: NUL terminated
 *
 * Ids change with every script; do not keep what this returns across
 * OMV_LINK_DOWN or OMV_LINK_CHANNELS. Of several channels with one name it is
 * the one listed last.
 *
 * Return: the row, NULL if there is no such channel or no session
 */
const struct omv_channel *omv_host_find(const struct omv_host *host,
					const char *name);

/**
 * omv_host_is() - is this the channel with that name
 * @host: host end
 * @id: its id
 * @name: NUL terminated
 *
 * Return: whether omv_host_find() would give a channel with that id
 */
bool omv_host_is(const struct omv_host *host, u8 id, const char *name);

/**
 * omv_channel_has_pictures() - does a video node show the channel
 * @channel: row of the channel table
 *
 * Return: true for "frame" and "stream"
 */
bool omv_channel_has_pictures(const struct omv_channel *channel);

/**
 * omv_host_write_max() - most data bytes that one WRITE can carry now
 * @host: host end
 *
 * Return: bytes, 0 without a session
 */
u32 omv_host_write_max(const struct omv_host *host);

#endif /* OMV_HOST_H */
