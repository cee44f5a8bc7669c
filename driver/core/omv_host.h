/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The host end of a session, as a state machine that does no I/O.
 *
 * Input: received bytes and the time. Output: bytes to send, completed
 * requests, events and the next deadline. The owner calls all functions, and
 * gets all callbacks, under one lock, which may be a spinlock: no function
 * sleeps. All times are in ms, from any start, and never go back.
 *
 *              start
 *   STOPPED ---------> SYNC ---------> SETUP ---------> READY
 *                      ^  |  SYNC ACK   |  GET_CAPS      |
 *                      |  |             |  SET_CAPS      | fault, timeout
 *        500 ms later  |  | no response |  VERSION       |
 *   PAUSE -------------+  v             |  LIST          |
 *     ^  soft reboot      LOST <--------+----------------+--> SYNC
 *     +-------------- from any of SYNC, SETUP, READY
 */
#ifndef OMV_HOST_H
#define OMV_HOST_H

#include "omv_parser.h"

/* Interval and number of SYNCs without a response (protocol 6.4). */
#define OMV_SYNC_INTERVAL_MS	500
#define OMV_SYNC_TRIES		5
/* Number of SYNCs after a soft reboot, which takes seconds (protocol 8.4). */
#define OMV_SYNC_TRIES_REBOOT	12
/*
 * After the SYNC ACK, wait until no packet has arrived for OMV_QUIET_MS, but
 * not longer than OMV_QUIET_CAP_MS (protocol 6.4).
 */
#define OMV_QUIET_MS		20
#define OMV_QUIET_CAP_MS	5000
/* Timeout of each request in SETUP. */
#define OMV_SETUP_TIMEOUT_MS	1000
/* Timeout in READY, counted from the last valid packet (protocol 17.1.8). */
#define OMV_REQUEST_TIMEOUT_MS	3000
/*
 * Upper limits of that timeout, however many events arrive (T-19): counted from
 * the last fragment of the response, and from the request, plus 1 ms for each
 * received byte of the response.
 */
#define OMV_REQUEST_CAP_MS	6000
#define OMV_RESPONSE_CAP_MS	30000
/* Delay between SYS_EVENT 2 and SYNC (protocol 8.4). */
#define OMV_REBOOT_PAUSE_MS	500
/* Minimum interval of LISTs (protocol 8.3, T-18). */
#define OMV_RELIST_MS		100
/* Number of mispredictions after which pipelining is switched off. */
#define OMV_PIPELINE_FAULTS	8
/* Number of pipelined requests after which one misprediction is forgotten. */
#define OMV_PIPELINE_FORGET	256

struct omv_host;

/**
 * struct omv_request - one request and its response
 * @opcode:   OMV_OP_POLL, _LIST, _STATS, _SYS_INFO, or an opcode that acts on a
 *	channel
 * @channel:  channel id; 0 if the opcode does not act on a channel
 * @offset:   READ, WRITE: offset of the first byte. IOCTL: request code.
 * @length:   READ: bytes to read. WRITE, IOCTL: bytes at @data.
 * @data:     data of a WRITE, argument of an IOCTL
 * @buf:      buffer for the response, or NULL
 * @size:     bytes at @buf; at least @length - @head_size for a READ
 * @head:     buffer for the first @head_size bytes of the response
 * @head_size: bytes at @head, usually 0
 * @urgent:   queued before all waiting requests, because this request relies on
 *	the response to the last one
 * @early:    takes turns with the waiting requests that are not early. SIZE: if
 *	no other request waits, and the camera is sending the response to a READ
 *	in full packets, sent at once, and answered after that response.
 * @pipelined: NULL, or a request that is sent right after this one, without
 *	waiting for the response (T-11). Allowed if the response to this request
 *	is one packet, or is a READ that the camera answers in full packets.
 *	Submitted with this request, but cancelled separately.
 * @received: bytes at @head and @buf; if @result is an error, bytes received
 *	before the error
 * @result:   0, -EIO (FAILED, or the camera refused the packet itself), -EINVAL
 *	(INVALID), -EBUSY, -ETIMEDOUT, -EPROTO (invalid response), -ECONNRESET
 *	(the session was lost: the camera may have executed the request),
 *	-EAGAIN (never sent), -ENODEV (omv_host_stop() was called)
 * @nak:      status of the NAK, OMV_ST_*; 0 if there was no NAK
 * @complete: called once; may submit requests, including this one
 * @next:     private
 * @state:    private
 *
 * Allocated by its owner. The host end uses it from omv_host_submit() until
 * @complete is called or omv_host_cancel() returns.
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
	bool early;
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
 * omv_request_is_sent() - was a submitted request sent
 * @req: request
 *
 * Return: true while its response is outstanding
 */
static inline bool omv_request_is_sent(const struct omv_request *req)
{
	return req->state == OMV_REQ_ACTIVE;
}

/**
 * enum omv_link_event - change of the session
 * @OMV_LINK_UP: requests are possible, and the channel table is up to date
 * @OMV_LINK_DOWN: requests are not possible; the host end is restoring the
 *	session
 * @OMV_LINK_LOST: the host end could not start or restore the session, and
 *	waits for omv_host_start(). The reason is in omv_host.error: -ETIMEDOUT
 *	(no response) or -EPROTO (invalid responses or capabilities).
 * @OMV_LINK_CHANNELS: the channel table has changed; the session is still up
 */
enum omv_link_event {
	OMV_LINK_UP,
	OMV_LINK_DOWN,
	OMV_LINK_LOST,
	OMV_LINK_CHANNELS,
};

/**
 * struct omv_host_ops - callbacks of the host end
 * @send: send @len bytes to the camera, all or none. Must copy @data. Returns 0
 *	or an error; the host end treats an error like a packet that was lost.
 * @link_changed: the session has changed
 * @event: a channel of the channel table sent an event; @value is OMV_EV_NOTIFY
 *	if the event has no payload
 * @clock: NULL, or return the time in us, with the start of the times in ms
 * @tx: NULL, or called with each packet before it is sent
 * @rx: NULL, or called with each received packet before it is handled
 */
struct omv_host_ops {
	int (*send)(void *ctx, const void *data, u32 len);
	void (*link_changed)(void *ctx, enum omv_link_event link);
	void (*event)(void *ctx, u8 channel, u16 value);
	u64 (*clock)(void *ctx);
	void (*tx)(void *ctx, const struct omv_packet *pkt);
	void (*rx)(void *ctx, const struct omv_packet *pkt);
};

/**
 * struct omv_host_stats - counters since omv_host_init()
 * @rx_packets: complete packets received, including events
 * @tx_packets: packets sent: requests, SYNCs and ACKs
 * @acks:       ACKs sent
 * @events:     events received
 * @naks:       NAKs received
 * @stray:      packets received that match no request, including duplicates
 * @seq_errors: packets received with a wrong sequence number
 * @timeouts:   requests without a response
 * @syncs:      SYNCs sent
 * @pipelined:  pipelined requests sent
 * @early:      of these, early requests sent during the response to a READ
 * @mispredicted: pipelined requests sent with a wrong sequence number
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
	u64 early;
	u64 mispredicted;
};

/**
 * struct omv_channel - one row of the channel table
 * @id:    channel id, 1..31
 * @flags: OMV_CHF_*
 * @name:  NUL terminated; may contain any bytes (T-31)
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
 * @ops:           callbacks
 * @ctx:           first argument of the callbacks
 * @parser:        parser of the received bytes
 * @state:         see the diagram above
 * @error:         reason of OMV_LINK_LOST
 * @seq:           sequence number of the next request, and of the next packet
 *	from the camera (protocol 4)
 * @now:           time of the current call
 * @phase:         omv_host_tick() is called, if possible, this part of a ms
 *	after the deadline, in us
 * @deadline:      time at which the state or the outstanding request times out
 * @cap:           upper limit of @deadline, for the outstanding request or for
 *	the wait after a SYNC ACK
 * @sent_at:       time at which the outstanding request was sent
 * @tries:         SYNC attempts left
 * @strays:        SYNCs repeated because of stray packets, plus stray packets
 *	before a SYNC ACK, since READY; limited to MAX_STRAYS
 * @synced:        state SYNC: the SYNC ACK was received
 * @strayed:       state SYNC: a stray packet was received after the SYNC ACK
 * @busy:          a request is outstanding
 * @suspect:       the capabilities of the camera may have reverted (T-7)
 * @opcode:        opcode of the outstanding request
 * @channel:       channel of the outstanding request
 * @expect:        maximum number of bytes of its response
 * @received:      bytes of its response received so far
 * @uneven:        a packet of its response was shorter than @max_payload
 * @req:           the outstanding request; NULL if its owner cancelled it
 * @predicted_seq: sequence number with which the outstanding request was sent,
 *	if it was pipelined; otherwise -1
 * @pipelined:     the request that was sent after the outstanding one, if @sent
 * @pipelining:    pipelined requests are sent before the response to the
 *	previous one; otherwise after it. Switched off after
 *	OMV_PIPELINE_FAULTS mispredictions.
 * @pipeline_faults: mispredictions that are not forgotten yet
 * @head:          queued requests, oldest first
 * @tail:          last queued request
 * @was_early:     the last request that was sent from the queue was early
 * @internal_req:  request of the host end itself, for setup and LIST
 * @internal_buf:  response to @internal_req
 * @relist_at:     time of the next LIST; U64_MAX for none
 * @relist_again:  send one more LIST if the next one shows no change
 * @listed_at:     time of the last response to LIST
 * @offered_payload: max_payload in the response to GET_CAPS
 * @max_payload:   max_payload in use
 * @version:       response to VERSION
 * @channels:      channel table, without the transport (id 0)
 * @channel_count: number of rows in @channels
 * @stats:         counters
 * @tx:            buffer for the packet to send
 *
 * The owner may read @state, @error, @offered_payload, @max_payload, @version,
 * @channels, @channel_count, @stats, @phase and @parser.stats under its lock,
 * and may write @pipelining.
 */
struct omv_host {
	const struct omv_host_ops *ops;
	void *ctx;
	struct omv_parser parser;
	enum omv_host_state state;
	int error;
	u8 seq;
	u64 now;
	u16 phase;
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
	bool uneven;
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
	bool was_early;
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
 * omv_host_has_queued() - does a request wait that was not sent yet
 * @host: host end
 *
 * Return: true if one does
 */
static inline bool omv_host_has_queued(const struct omv_host *host)
{
	return host->head;
}

void omv_host_init(struct omv_host *host, const struct omv_host_ops *ops,
		   void *ctx);
void omv_host_start(struct omv_host *host, u64 now);
void omv_host_stop(struct omv_host *host);
void omv_host_input(struct omv_host *host, const void *data, size_t len,
		    u64 now);
void omv_host_tick(struct omv_host *host, u64 now);
u64 omv_host_deadline(const struct omv_host *host);
int omv_host_submit(struct omv_host *host, struct omv_request *req, u64 now);
void omv_host_cancel(struct omv_host *host, struct omv_request *req);
const struct omv_channel *omv_host_find(const struct omv_host *host,
					const char *name);
bool omv_host_is(const struct omv_host *host, u8 id, const char *name);
u8 omv_host_channel_flags(const struct omv_host *host, u8 id);
bool omv_channel_has_pictures(const struct omv_channel *channel);
u32 omv_host_write_max(const struct omv_host *host);

#endif /* OMV_HOST_H */
