/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The device end of the channel protocol.
 *
 * The application registers channels, hands over received bytes and the time,
 * and calls omv_device_poll() from its main loop. Nothing here blocks,
 * allocates, or knows an operating system: the caller gives the memory, the
 * time and a byte pipe. All functions, and the channel operations they call,
 * run in the one thread (or interrupt level) of the caller.
 *
 * Channel operations and the pipe's functions may call any function of this
 * file; omv_device_poll() does nothing then, and what
 * omv_device_soft_reboot() does waits for the end of the answer in progress.
 * Operations never nest: each runs to completion before the next one starts.
 */
#ifndef OMV_DEVICE_H
#define OMV_DEVICE_H

#include "../../driver/core/omv_parser.h"

/*
 * What ioctl() returns if there is no such request, or not with so long an
 * argument. Built-in channels must tell that apart from a request that failed
 * (section 9).
 */
#define OMV_IOCTL_INVALID	(-0x7fffffff - 1)

struct omv_device;

/**
 * struct omv_channel_ops - what a channel can do
 *
 * Each operation may be NULL. READ, WRITE and LOCK of the channel's flags
 * follow from which are set (section 8.1). All get the channel's @priv.
 *
 * @init:   once, when the channel is registered. Return 0, or anything else to
 *	refuse the registration.
 * @poll:   is there something to read? Gives the channel's bit of POLL.
 * @lock:   return 0 if the channel is now locked, anything else for BUSY
 * @unlock: return 0 if it is now free. Called by SYNC and resets, too, whether
 *	it was locked or not.
 * @size:   bytes readable now. Called for each SIZE, and by a READ behind
 *	@readp that goes beyond what the last call said (section 17.2.8).
 * @shape:  fill in up to four values, return how many
 * @read:   copy up to @len bytes from @offset on into @buf, return how many;
 *	0 or less ends the response with FAILED. @len is at most 512 or
 *	max_payload, whichever is less; the calls of one READ go up in @offset.
 * @readp:  preferred over @read, called once per READ. Return the address of
 *	@len bytes from @offset on, or NULL for FAILED. They must stay unchanged
 *	while omv_device_reading() says that the channel is being read, even if
 *	@unlock is called meanwhile. The range was checked against what @size said
 *	last; what it says by now is for this function to know.
 * @write:  take @len bytes for @offset, all of them or none. Return @len for ACK,
 *	anything else is FAILED.
 * @ioctl:  return 0 for success, OMV_IOCTL_INVALID for a request that does not
 *	exist; anything else is FAILED. @arg is NULL if @len is 0.
 */
struct omv_channel_ops {
	int (*init)(void *priv);
	bool (*poll)(void *priv);
	int (*lock)(void *priv);
	int (*unlock)(void *priv);
	u32 (*size)(void *priv);
	unsigned int (*shape)(void *priv, u32 shape[4]);
	s32 (*read)(void *priv, u32 offset, void *buf, u32 len);
	const void *(*readp)(void *priv, u32 offset, u32 len);
	s32 (*write)(void *priv, u32 offset, const void *buf, u32 len);
	int (*ioctl)(void *priv, u32 request, const void *arg, u32 len);
};

/**
 * struct omv_device_pipe - how bytes reach the host, and what the time is
 * @send:  take up to @len bytes for the host, return how many were taken; 0 if
 *	there is no room now. Must not block. A packet that gets nowhere for 1.5 s
 *	is abandoned, and the answer it belongs to ends (T-9).
 * @flush: a packet ends here: let what was sent go out, with the short or
 *	zero-length transfer it takes. May be NULL.
 * @now:   milliseconds from any start, never going back
 * @reset: SYS_RESET (@boot false) or SYS_BOOT (true) was received. May be NULL.
 */
struct omv_device_pipe {
	u32 (*send)(void *ctx, const void *data, u32 len);
	void (*flush)(void *ctx);
	u64 (*now)(void *ctx);
	void (*reset)(void *ctx, bool boot);
};

/**
 * struct omv_device_config - what a device is made of
 * @pipe:    how bytes get out
 * @ctx:     first argument of the pipe's functions
 * @rx:      receive buffer; lives as long as the device
 * @rx_size: its size: 512, 4096 or 8192 on stock boards. max_payload is at most
 *	@rx_size - 14, so at least 64 is needed, and more than 8192 is no use.
 * @tx:      buffer for outgoing packets, of @rx_size bytes too
 * @version: answer to VERSION
 * @info:    answer to SYS_INFO; must stay valid; may change
 * @memory:  answer to SYS_MEMORY, @memory_len bytes; NULL refuses it (before 1.0.2)
 * @memory_len: see @memory
 */
struct omv_device_config {
	const struct omv_device_pipe *pipe;
	void *ctx;
	u8 *rx;
	u32 rx_size;
	u8 *tx;
	struct omv_version version;
	const struct omv_sys_info *info;
	const void *memory;
	u32 memory_len;
};

/* What follows, up to omv_device_init(), is private to the library. */

/* A channel for each of its ids, a registration event and a soft reboot. */
#define OMV_DEVICE_EVENTS	(2 * OMV_MAX_CHANNELS + 1)

enum omv_device_tx_state {
	OMV_DEVICE_TX_IDLE,
	OMV_DEVICE_TX_SENDING,
	OMV_DEVICE_TX_ACK_WAIT,
};

/**
 * struct omv_device_channel - one slot of the channel table
 * @ops:   NULL if the slot is free
 * @priv:  first argument of @ops
 * @size:  what ops->size() said last: the bound of a READ behind readp()
 * @flags: OMV_CHF_*
 * @name:  NUL padded and NUL terminated
 */
struct omv_device_channel {
	const struct omv_channel_ops *ops;
	void *priv;
	u32 size;
	u8 flags;
	char name[OMV_NAME_SIZE];
};

/**
 * struct omv_device_rx - receive path (section 6.1)
 * @at:      first byte not consumed, in config.rx
 * @end:     behind the last byte
 * @fresh:   bytes came since the last poll
 * @scanned: no byte came since they were searched for a SYNC
 * @header:  @pkt is the accepted header of the packet at @at
 * @repeat:  that packet may ask for the last answer again
 * @pkt:     see @header
 */
struct omv_device_rx {
	u32 at;
	u32 end;
	bool fresh;
	bool scanned;
	bool header;
	bool repeat;
	struct omv_packet pkt;
};

/**
 * struct omv_device_tx - the packet that is being sent
 * @state:    what is going on
 * @event:    an event: not counted, no part of an answer
 * @orphan:   its answer was called off while bytes of it were on the wire
 * @lent:     channel whose memory it is sent from, or 0
 * @retries:  times it was sent again
 * @pkt:      what it says
 * @hdr:      its header
 * @crc:      its payload CRC
 * @value:    payload of an event
 * @pos:      bytes of the packet that the pipe took
 * @since:    when it took the last of them, in ms
 * @deadline: until when an ACK is waited for, in ms
 */
struct omv_device_tx {
	enum omv_device_tx_state state;
	bool event;
	bool orphan;
	u8 lent;
	u8 retries;
	struct omv_packet pkt;
	struct omv_hdr hdr;
	__le32 crc;
	__le16 value;
	u32 pos;
	u64 since;
	u64 deadline;
};

/**
 * struct omv_device_response - the answer to a request, packet by packet
 * @active:  packets of it are to be sent, or the last is not acknowledged yet
 * @repeat:  it is the last answer once more
 * @channel: as in the request
 * @opcode:  as in the request
 * @flags:   OMV_F_ACK or OMV_F_NAK in a status response, else 0
 * @lent:    channel whose memory @data is, or 0
 * @data:    what is sent, if @source has use for it
 * @offset:  of a READ
 * @done:    bytes in the packets so far
 * @left:    bytes to come
 * @source:  give the next @len bytes or less; return how many or, if there are
 *	none though there should be, -1
 */
struct omv_device_response {
	bool active;
	bool repeat;
	u8 channel;
	u8 opcode;
	u8 flags;
	u8 lent;
	const u8 *data;
	u32 offset;
	u32 done;
	u32 left;
	s32 (*source)(struct omv_device *dev, u32 len, const u8 **payload);
};

/**
 * struct omv_device_last - the last request and its answer (section 17.2.8)
 * @open:   a request was executed and nothing sent since
 * @valid:  the answer was one packet, the payload of which is in config.tx
 * @pkt:    the request; its payload is gone
 * @crc:    over its payload
 * @flags:  of the answer
 * @length: of its payload
 */
struct omv_device_last {
	bool open;
	bool valid;
	struct omv_packet pkt;
	u32 crc;
	u8 flags;
	u16 length;
};

/**
 * struct omv_device_pending - an event that waits for its turn
 * @channel: 0 for SYS_EVENT
 * @value:   see omv_device_event()
 */
struct omv_device_pending {
	u8 channel;
	u16 value;
};

/**
 * struct omv_device - a device end
 * @config:      what it was made of
 * @active:      a host has the protocol open
 * @busy:        omv_device_poll() is running
 * @again:       it did not get to the end
 * @reboot:      a soft reboot waits for the end of the answer
 * @seq:         the counter of section 4
 * @caps:        OMV_CAP_* in force
 * @max_payload: in force
 * @lock_from:   no LOCK succeeds before this time, in ms
 * @stats:       as in struct omv_stats, in CPU byte order
 * @channels:    by id
 * @rx:          receive path
 * @tx:          packet on its way
 * @resp:        answer on its way
 * @last:        what a repeated request is answered with
 * @events:      events that wait, oldest first
 * @event_count: how many
 */
struct omv_device {
	struct omv_device_config config;
	bool active;
	bool busy;
	bool again;
	bool reboot;
	u8 seq;
	u32 caps;
	u16 max_payload;
	u64 lock_from;
	struct {
		u32 sent_packets;
		u32 recv_packets;
		u32 checksum_errors;
		u32 sequence_errors;
		u32 retransmit;
		u32 transport_errors;
		u32 sent_events;
	} stats;
	struct omv_device_channel channels[OMV_MAX_CHANNELS];
	struct omv_device_rx rx;
	struct omv_device_tx tx;
	struct omv_device_response resp;
	struct omv_device_last last;
	struct omv_device_pending events[OMV_DEVICE_EVENTS];
	u32 event_count;
};

/**
 * omv_device_init() - start a device with no channel but the transport
 * @dev: device; the caller's memory
 * @config: what it is made of; copied
 *
 * Channel 0, "usb", exists at once. Capabilities are the defaults.
 *
 * Return: 0, or -EINVAL if a size is out of range or a pointer is missing
 */
int omv_device_init(struct omv_device *dev, const struct omv_device_config *config);

/**
 * omv_device_add() - register a channel
 * @dev: device
 * @name: at most 13 bytes are used; copied
 * @ops: its operations; must stay valid until it is removed
 * @priv: their first argument
 * @flags: OMV_CHF_EXEC, OMV_CHF_STREAM, OMV_CHF_DYNAMIC; the rest follows from @ops
 *
 * Takes the lowest free id from 1 on. A dynamic channel announces itself with
 * SYS_EVENT 0x0000 (section 8.3).
 *
 * Return: the channel's id, -ENOSPC if all 32 are taken, -EINVAL if init() refused
 * or @name or @ops is missing
 */
int omv_device_add(struct omv_device *dev, const char *name,
		   const struct omv_channel_ops *ops, void *priv, u8 flags);

/**
 * omv_device_soft_reboot() - drop the dynamic channels, as a soft reboot does
 * @dev: device
 *
 * Sends SYS_EVENT 0x0002 first; afterwards the protocol starts anew: counter 0,
 * default capabilities, empty receive buffer, all unlocked (section 8.4). A packet
 * that is being sent is sent to its end: memory that readp() gave is still needed
 * while omv_device_reading() says so.
 */
void omv_device_soft_reboot(struct omv_device *dev);

/**
 * omv_device_set_active() - the host opened or closed the protocol (section 11.1)
 * @dev: device
 * @active: as the transport sees it
 *
 * Inactive, nothing is sent, no event is possible and received bytes are thrown
 * away. Counter, capabilities and locks survive, as on stock firmware, but nothing
 * waits for the host any more: received bytes, the answer in progress and waiting
 * events are dropped at once (section 17.2.8). A device starts inactive.
 */
void omv_device_set_active(struct omv_device *dev, bool active);

/**
 * omv_device_space() - how many bytes omv_device_receive() would take now
 * @dev: device
 *
 * Return: bytes; 0 tells the transport to hold the host off
 */
u32 omv_device_space(const struct omv_device *dev);

/**
 * omv_device_receive() - take bytes from the host
 * @dev: device
 * @data: bytes
 * @len: how many
 *
 * Only stores them: omv_device_poll() acts on them.
 *
 * Return: bytes taken, at most omv_device_space()
 */
u32 omv_device_receive(struct omv_device *dev, const void *data, u32 len);

/**
 * omv_device_poll() - do what is due
 * @dev: device
 *
 * Executes requests, sends what the pipe takes, retransmits. Call it when bytes were
 * received, when the pipe has room again, and at omv_device_deadline(): it stops
 * after many packets, so that a pipe without limit gives the caller's loop a turn.
 */
void omv_device_poll(struct omv_device *dev);

/**
 * omv_device_deadline() - when omv_device_poll() must be called at the latest
 * @dev: device
 *
 * Return: time in ms of the pipe's clock, 0 for at once, U64_MAX for not before
 * something happens
 */
u64 omv_device_deadline(const struct omv_device *dev);

/**
 * omv_device_event() - send an event of a channel (section 3.17)
 * @dev: device
 * @channel: its id
 * @value: 16 bits; OMV_EV_NOTIFY is sent without payload
 *
 * Goes out at once, or when the packet in progress is finished and acknowledged. Of
 * each channel one event is kept waiting, the newest.
 *
 * Return: 0, -ENOTCONN if no host is active or it has events off, -ENOENT if there is
 * no such channel
 */
int omv_device_event(struct omv_device *dev, u8 channel, u16 value);

/**
 * omv_device_reading() - is memory that readp() gave still needed
 * @dev: device
 * @channel: id
 *
 * Return: true until the last byte of the response was taken by the pipe and, with ack
 * on, acknowledged
 */
bool omv_device_reading(const struct omv_device *dev, u8 channel);

#endif /* OMV_DEVICE_H */
