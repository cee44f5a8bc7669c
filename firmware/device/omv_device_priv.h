/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Declarations shared by the files of the device end:
 *
 *   omv_device.c          channels, events, the main loop
 *   omv_device_rx.c       parses received bytes into requests
 *   omv_device_request.c  executes requests: calls channel operations, responds
 *   omv_device_tx.c       splits responses into packets and sends them
 *
 * omv_device_poll() runs one small step after another. A request is executed
 * only when nothing is being sent, so its response can be built in config.tx
 * right away. While a packet or response is in progress, received bytes are not
 * consumed, only searched for a SYNC or for the awaited ACK.
 */
#ifndef OMV_DEVICE_PRIV_H
#define OMV_DEVICE_PRIV_H

#include "../../driver/core/omv_crc.h"
#include "omv_device.h"

#define OMV_DEVICE_STALL_MS	1500	/* T-9 */
#define OMV_DEVICE_ACK_MS	500	/* first timeout; doubles (5.3) */
#define OMV_DEVICE_RETRIES	3
#define OMV_DEVICE_LOCK_MS	10	/* min. interval between LOCKs (3.11) */

/*
 * Packets per omv_device_poll(): more than a full receive buffer of requests
 * can cause.
 */
#define OMV_DEVICE_BURST	1024

static inline u64 omv_device_now(const struct omv_device *dev)
{
	return dev->config.pipe->now(dev->config.ctx);
}

/**
 * omv_device_channel() - find the channel of a request
 * @dev: device
 * @id: channel id
 *
 * Channel 0 has no operations here, unlike on stock firmware, where a host can
 * access the transport itself through it (T-15).
 *
 * Return: the channel, or NULL if there is none or it has no operations
 */
struct omv_device_channel *omv_device_channel(struct omv_device *dev, u8 id);

/**
 * omv_device_restart() - restart the session (sections 3.2, 5.3)
 * @dev: device
 *
 * Resets the counter and the capabilities, discards received bytes and the
 * response in progress, unlocks all channels. A partially sent packet is
 * completed.
 */
void omv_device_restart(struct omv_device *dev);

/**
 * omv_device_rx_flush() - discard all received bytes
 * @dev: device
 */
void omv_device_rx_flush(struct omv_device *dev);

/**
 * omv_device_rx_scan() - search the received bytes for a SYNC or for the awaited ACK
 * @dev: device
 * @anywhere: also search inside complete packets, as stock firmware does while
 *	it waits for an ACK (section 5.2)
 *
 * Processes the SYNC or ACK it finds. Does nothing if no byte was received since
 * the last call.
 *
 * Return: true if a SYNC or the ACK was found
 */
bool omv_device_rx_scan(struct omv_device *dev, bool anywhere);

/**
 * omv_device_rx_parse() - one step of the receive path (section 6.1)
 * @dev: device; nothing is being sent
 *
 * Return: true if there may be more to do
 */
bool omv_device_rx_parse(struct omv_device *dev);

/**
 * omv_device_execute() - execute a request
 * @dev: device; nothing is being sent
 * @pkt: a verified packet on a channel that its opcode allows
 */
void omv_device_execute(struct omv_device *dev, const struct omv_packet *pkt);

/**
 * omv_device_sync() - execute a SYNC (section 3.2)
 * @dev: device, in any state
 */
void omv_device_sync(struct omv_device *dev);

/**
 * omv_device_tx_event() - start to send an event (section 3.17)
 * @dev: device; nothing is being sent
 * @ev: event
 */
void omv_device_tx_event(struct omv_device *dev,
			 const struct omv_device_pending *ev);

/**
 * omv_device_tx_run() - send as much of the packet in progress as the pipe takes
 * @dev: device in state OMV_DEVICE_TX_SENDING
 *
 * Return: true if the packet was sent completely or abandoned
 */
bool omv_device_tx_run(struct omv_device *dev);

/**
 * omv_device_tx_timeout() - check whether the ACK is overdue (section 5.3)
 * @dev: device in state OMV_DEVICE_TX_ACK_WAIT
 *
 * Return: true if it is: the packet is sent again, or the session was restarted
 */
bool omv_device_tx_timeout(struct omv_device *dev);

/**
 * omv_device_tx_ack() - the awaited ACK was received
 * @dev: device in state OMV_DEVICE_TX_ACK_WAIT
 */
void omv_device_tx_ack(struct omv_device *dev);

/**
 * omv_device_tx_nak() - a NAK was received instead of the awaited ACK
 * @dev: device in state OMV_DEVICE_TX_ACK_WAIT
 *
 * Sends the packet again without waiting for the timeout; this counts as one of
 * the three retransmissions. Stock firmware never recovers from such a NAK
 * (section 5.4).
 */
void omv_device_tx_nak(struct omv_device *dev);

/**
 * omv_device_tx_cancel() - cancel the response in progress
 * @dev: device
 *
 * A partially sent packet is completed, but no longer counted.
 */
void omv_device_tx_cancel(struct omv_device *dev);

/**
 * omv_device_tx_drop() - stop sending at once, even in the middle of a packet
 * @dev: device
 */
void omv_device_tx_drop(struct omv_device *dev);

/**
 * omv_device_respond() - start a response
 * @dev: device
 * @resp: response; copied
 *
 * Starts the first packet at once, unless another packet is still being sent.
 */
void omv_device_respond(struct omv_device *dev,
			const struct omv_device_response *resp);

/**
 * omv_device_respond_next() - start the next packet of the response
 * @dev: device with a response in progress; no packet is being sent
 */
void omv_device_respond_next(struct omv_device *dev);

/**
 * omv_device_respond_again() - send the last response again (section 17.2.8)
 * @dev: device; nothing is being sent, and last.valid is set
 */
void omv_device_respond_again(struct omv_device *dev);

/**
 * omv_device_respond_ack() - respond with success
 * @dev: device
 * @channel: channel of the request
 * @opcode: opcode of the request
 */
void omv_device_respond_ack(struct omv_device *dev, u8 channel, u8 opcode);

/**
 * omv_device_respond_nak() - respond with an error
 * @dev: device; nothing is being sent
 * @channel: channel of the request
 * @opcode: opcode of the request
 * @status: OMV_ST_*
 */
void omv_device_respond_nak(struct omv_device *dev, u8 channel, u8 opcode,
			    u16 status);

/**
 * omv_device_mem_source() - &struct omv_device_response.source for plain memory
 * @dev: device
 * @len: number of bytes wanted
 * @payload: set to their address
 *
 * Return: @len
 */
s32 omv_device_mem_source(struct omv_device *dev, u32 len, const u8 **payload);

#endif /* OMV_DEVICE_PRIV_H */
