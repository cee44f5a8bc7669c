/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The device end of the channel protocol.
 *
 * The application registers channels, passes in received bytes and the time,
 * and calls omv_device_poll() from its main loop. This library never blocks,
 * allocates memory or calls an operating system: the caller supplies the
 * memory, the time and a byte pipe. All functions, and the channel operations
 * they call, must run in one thread (or at one interrupt level).
 *
 * Channel operations and the pipe's functions may call any function of this
 * file. omv_device_poll() does nothing when called from there, and
 * omv_device_soft_reboot() takes effect only when the response in progress has
 * been sent. Operations never nest: each returns before the next one is called.
 */
#ifndef OMV_DEVICE_H
#define OMV_DEVICE_H

#include "../../driver/core/omv_parser.h"

/*
 * Return value of ioctl() for an unknown request or a wrong argument length.
 * Built-in channels must distinguish this from a request that failed
 * (section 9).
 */
#define OMV_IOCTL_INVALID	(-0x7fffffff - 1)

struct omv_device;

/**
 * struct omv_channel_ops - operations of a channel
 * @init:   called once, when the channel is registered. Return 0, or anything
 *	else to refuse the registration.
 * @poll:   return true if there is something to read: the channel's bit in the
 *	response to POLL
 * @lock:   return 0 if the channel is now locked, anything else for BUSY
 * @unlock: return 0 if the channel is now unlocked, anything else for BUSY. Also
 *	called by SYNC and resets, whether the channel is locked or not.
 * @size:   return the number of bytes that can be read now. Called for each
 *	SIZE, and, if @readp is set, for a READ that goes beyond the last result
 *	(section 17.2.8).
 * @shape:  fill in up to four values, return their number
 * @read:   copy up to @len bytes, starting at @offset, into @buf; return the
 *	number of bytes copied. 0 or less ends the response with FAILED. @len is
 *	at most 512 and at most max_payload. A READ may take several calls, with
 *	increasing @offset.
 * @readp:  preferred over @read, called once per READ. Return the address of
 *	@len bytes, starting at @offset, or NULL for FAILED. The bytes must stay
 *	unchanged while omv_device_reading() returns true for the channel, even if
 *	@unlock is called meanwhile. The range was checked against the last result
 *	of @size; if the size may have changed since, @readp must check the range
 *	itself.
 * @write:  take all @len bytes for @offset, or none. Return @len for ACK,
 *	anything else for FAILED.
 * @ioctl:  return 0 for success, OMV_IOCTL_INVALID for an unknown request,
 *	anything else for FAILED. @arg is NULL if @len is 0.
 *
 * Each operation may be NULL. The READ, WRITE and LOCK flags of the channel are
 * derived from the operations that are set (section 8.1). The first argument of
 * all operations is the @priv that was given to omv_device_add().
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
 * struct omv_device_pipe - the byte pipe to the host, and the clock
 * @send:  take up to @len bytes for the host, return the number of bytes taken,
 *	0 if there is no room now. Must not block. If no byte of a packet is taken
 *	for 1.5 s, the packet and the response it belongs to are abandoned (T-9).
 * @flush: end of a packet: transmit all bytes taken so far, and end the USB
 *	transfer with a short or zero-length packet. May be NULL.
 * @now:   return a monotonic time in ms; the epoch does not matter
 * @reset: SYS_RESET (@boot is false) or SYS_BOOT (@boot is true) was received.
 *	May be NULL.
 */
struct omv_device_pipe {
	u32 (*send)(void *ctx, const void *data, u32 len);
	void (*flush)(void *ctx);
	u64 (*now)(void *ctx);
	void (*reset)(void *ctx, bool boot);
};

/**
 * struct omv_device_config - parameters of a device
 * @pipe:    byte pipe to the host; must stay valid
 * @ctx:     first argument of the pipe's functions
 * @rx:      receive buffer; the caller's memory, must stay valid
 * @rx_size: bytes of @rx, 64 to 8192; 512, 4096 or 8192 on stock boards.
 *	max_payload is at most @rx_size - 14.
 * @tx:      buffer for outgoing packets, also of @rx_size bytes; the caller's
 *	memory, must stay valid
 * @version: response to VERSION
 * @info:    response to SYS_INFO; must stay valid; the content may change
 * @memory:  response to SYS_MEMORY, must stay valid; NULL refuses the request, as
 *	protocol versions before 1.0.2 do
 * @memory_len: bytes of @memory
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

/* Everything from here to omv_device_init() is private to the library. */

/* An event and a registration event for each channel id, and a soft reboot. */
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
 * @size:  last result of ops->size(): the limit of a READ through readp()
 * @flags: OMV_CHF_*
 * @name:  padded with NUL bytes, always NUL-terminated
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
 * @at:      index in config.rx of the first byte that is not consumed
 * @end:     index of the byte after the last one received
 * @fresh:   bytes were received since the last omv_device_poll()
 * @scanned: no byte was received since the last search for a SYNC
 * @header:  @pkt is the accepted header of the packet at @at
 * @repeat:  the packet in @pkt may request the last response again
 * @pkt:     header of the packet that is being received, if @header is set
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
 * @state:    idle, sending, or waiting for the ACK
 * @event:    the packet is an event: not counted, not part of a response
 * @orphan:   the response was cancelled after part of the packet had been sent
 * @lent:     id of the channel that owns the payload memory, or 0
 * @retries:  number of retransmissions so far
 * @pkt:      the packet before encoding
 * @hdr:      its encoded header
 * @crc:      its payload CRC
 * @value:    payload if the packet is an event
 * @pos:      bytes of the packet that the pipe has taken
 * @since:    time when the pipe last took a byte, in ms
 * @deadline: time when the wait for the ACK ends, in ms
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
 * struct omv_device_response - the response to a request, packet by packet
 * @active:  packets are still to be sent, or the last one is not acknowledged yet
 * @built:   the next packet is @pkt: events that read() has sent come before it
 * @repeat:  this is the last response again
 * @channel: as in the request
 * @opcode:  as in the request
 * @flags:   OMV_F_ACK or OMV_F_NAK in a status response, else 0
 * @lent:    id of the channel that owns @data, or 0
 * @data:    payload memory, if @source uses it
 * @offset:  offset of a READ
 * @done:    payload bytes in the packets so far
 * @left:    payload bytes still to be sent
 * @pkt:     see @built
 * @source:  set *@payload to the next bytes, at most @len. Return their number,
 *	or -1 if the channel cannot supply them.
 */
struct omv_device_response {
	bool active;
	bool built;
	bool repeat;
	u8 channel;
	u8 opcode;
	u8 flags;
	u8 lent;
	const u8 *data;
	u32 offset;
	u32 done;
	u32 left;
	struct omv_packet pkt;
	s32 (*source)(struct omv_device *dev, u32 len, const u8 **payload);
};

/**
 * struct omv_device_last - the last request and its response (section 17.2.8)
 * @open:   a request was executed and its response is not built yet
 * @valid:  the response was one packet and its payload is still in config.tx
 * @pkt:    the request, without its payload
 * @crc:    CRC-32 over the payload of the request
 * @flags:  OMV_F_ACK and OMV_F_NAK of the response
 * @length: payload bytes of the response
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
 * struct omv_device_pending - a queued event
 * @channel: 0 for SYS_EVENT
 * @ack:     the host shall acknowledge it
 * @value:   see omv_device_event()
 */
struct omv_device_pending {
	u8 channel;
	bool ack;
	u16 value;
};

/**
 * struct omv_device - a device end
 * @config:      parameters of omv_device_init()
 * @active:      a host has the protocol open
 * @busy:        omv_device_poll() is running
 * @again:       omv_device_poll() returned with work left to do
 * @reboot:      a soft reboot is due when the response in progress is finished
 * @seq:         sequence counter (section 4)
 * @caps:        OMV_CAP_* in effect
 * @max_payload: payload limit in effect, in bytes
 * @lock_from:   no LOCK succeeds before this time, in ms
 * @stats:       as in struct omv_stats, in CPU byte order
 * @channels:    channel table, indexed by id
 * @rx:          receive path
 * @tx:          packet in progress
 * @resp:        response in progress
 * @last:        last request and response, for a repeated request
 * @events:      queued events, oldest first
 * @event_count: number of @events
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
 * @config: parameters; copied
 *
 * Channel 0, "usb", always exists. Capabilities are the defaults.
 *
 * Return: 0, or -EINVAL if @config->rx_size is out of range or a pointer is missing
 */
int omv_device_init(struct omv_device *dev, const struct omv_device_config *config);

/**
 * omv_device_add() - register a channel
 * @dev: device
 * @name: copied; only the first 13 bytes are used
 * @ops: its operations; must stay valid until the channel is removed
 * @priv: first argument of the operations
 * @flags: OMV_CHF_EXEC, OMV_CHF_STREAM, OMV_CHF_DYNAMIC; other flags are derived
 *	from @ops
 *
 * The channel gets the lowest free id, starting at 1. A dynamic channel is announced
 * with SYS_EVENT 0x0000 (section 8.3).
 *
 * Return: the channel's id, -ENOSPC if all ids are in use, -EINVAL if init() refused
 * or @name or @ops is NULL
 */
int omv_device_add(struct omv_device *dev, const char *name,
		   const struct omv_channel_ops *ops, void *priv, u8 flags);

/**
 * omv_device_soft_reboot() - remove the dynamic channels, as a soft reboot does
 * @dev: device
 *
 * Sends SYS_EVENT 0x0002, then resets the protocol: counter 0, default capabilities,
 * empty receive buffer, all channels unlocked (section 8.4). A partially sent packet
 * is completed: memory returned by readp() must stay valid while
 * omv_device_reading() returns true.
 */
void omv_device_soft_reboot(struct omv_device *dev);

/**
 * omv_device_set_active() - the host opened or closed the protocol (section 11.1)
 * @dev: device
 * @active: true if the transport is open
 *
 * While inactive, the device sends nothing, refuses events and discards received
 * bytes. Deactivation discards received bytes, the response in progress and queued
 * events at once (section 17.2.8). Counter, capabilities and locks are kept, as on
 * stock firmware. A device starts inactive.
 */
void omv_device_set_active(struct omv_device *dev, bool active);

/**
 * omv_device_space() - number of bytes that omv_device_receive() would take now
 * @dev: device
 *
 * Return: bytes. If 0, the transport must not accept bytes from the host.
 */
u32 omv_device_space(const struct omv_device *dev);

/**
 * omv_device_receive() - take bytes from the host
 * @dev: device
 * @data: bytes; copied
 * @len: number of bytes
 *
 * Only stores the bytes: omv_device_poll() processes them.
 *
 * Return: number of bytes taken, at most omv_device_space()
 */
u32 omv_device_receive(struct omv_device *dev, const void *data, u32 len);

/**
 * omv_device_poll() - do all work that is due
 * @dev: device
 *
 * Executes requests, sends as much as the pipe takes, retransmits. Call it when bytes
 * were received, when the pipe has room again, and at omv_device_deadline(). Returns
 * early after 1024 packets, so that a pipe that never fills does not keep the
 * caller's loop from its other work.
 */
void omv_device_poll(struct omv_device *dev);

/**
 * omv_device_deadline() - time by which omv_device_poll() must be called
 * @dev: device
 *
 * Return: time of the pipe's clock in ms; 0 if it must be called at once; U64_MAX if
 * there is no deadline
 */
u64 omv_device_deadline(const struct omv_device *dev);

/**
 * omv_device_event() - send an event of a channel (section 3.17)
 * @dev: device
 * @channel: id of the channel
 * @value: 16 bits; OMV_EV_NOTIFY is sent without payload
 *
 * Sent at once, or as soon as the packet in progress is finished and acknowledged.
 * One event is queued per channel: a newer one replaces it. An event that a channel
 * operation sends comes before the response, or before the part of it that read()
 * returns.
 *
 * Return: 0, -ENOTCONN if no host is active or the host disabled events, -ENOENT if
 * there is no such channel
 */
int omv_device_event(struct omv_device *dev, u8 channel, u16 value);

/**
 * omv_device_event_ack() - send an event that the host acknowledges (section 3.17)
 * @dev: device
 * @channel: id of the channel
 * @value: as in omv_device_event()
 *
 * As omv_device_event(), but with the ack capability on the event is sent again until
 * the host has acknowledged it. Does not wait for that.
 *
 * Return: as omv_device_event()
 */
int omv_device_event_ack(struct omv_device *dev, u8 channel, u16 value);

/**
 * omv_device_is_sending() - is a packet or an event not sent or acknowledged yet
 * @dev: device
 *
 * After omv_device_event_ack() this is true until the host has acknowledged the event,
 * or the event was given up.
 *
 * Return: true if one is
 */
bool omv_device_is_sending(const struct omv_device *dev);

/**
 * omv_device_reading() - is memory returned by readp() still in use
 * @dev: device
 * @channel: id of the channel
 *
 * Return: true until the pipe has taken the last byte of the response and, with the
 * ack capability on, the host has acknowledged it
 */
bool omv_device_reading(const struct omv_device *dev, u8 channel);

#endif /* OMV_DEVICE_H */
