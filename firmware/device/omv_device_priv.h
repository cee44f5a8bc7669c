/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the files of the device end share:
 *
 *   omv_device.c          channels, events, the main loop
 *   omv_device_rx.c       received bytes become requests
 *   omv_device_request.c  requests become calls and answers
 *   omv_device_tx.c       answers become packets, packets become bytes
 *
 * omv_device_poll() runs one small step after the other. A request is only
 * executed when nothing is being sent, so that its answer can be built in
 * config.tx at once. While something is being sent, received bytes stay where
 * they are; they are only searched for a SYNC or for the awaited ACK.
 */
#ifndef OMV_DEVICE_PRIV_H
#define OMV_DEVICE_PRIV_H

#include "../../driver/core/omv_crc.h"
#include "omv_device.h"

#define OMV_DEVICE_STALL_MS	1500	/* T-9 */
#define OMV_DEVICE_ACK_MS	500	/* first timeout; doubles (5.3) */
#define OMV_DEVICE_RETRIES	3
#define OMV_DEVICE_LOCK_MS	10	/* a LOCK has to be later (3.11) */

/* More than the packets that the largest receive buffer can ask for. */
#define OMV_DEVICE_BURST	1024

static inline u64 omv_device_now(const struct omv_device *dev)
{
	return dev->config.pipe->now(dev->config.ctx);
}

/**
 * omv_device_channel() - look up a channel that a request names
 * @dev: device
 * @id: channel id
 *
 * Channel 0 has no operations: unlike stock firmware, which there lets the host
 * at its own pipe (T-15).
 *
 * Return: the channel, or NULL if there is none
 */
struct omv_device_channel *omv_device_channel(struct omv_device *dev, u8 id);

/**
 * omv_device_restart() - start the session anew (sections 3.2, 5.3)
 * @dev: device
 *
 * Counter 0, default capabilities, nothing received, no answer in progress,
 * all channels unlocked. A packet with bytes on the wire is finished.
 */
void omv_device_restart(struct omv_device *dev);

/**
 * omv_device_rx_flush() - forget what was received
 * @dev: device
 */
void omv_device_rx_flush(struct omv_device *dev);

/**
 * omv_device_rx_scan() - look for a SYNC, or for the awaited ACK, ahead of its turn
 * @dev: device
 * @anywhere: also inside of complete packets, as stock firmware does while it
 *	waits for an ACK (section 5.2)
 *
 * Acts on what it finds. Does nothing if no byte came since the last time.
 *
 * Return: true if something was found
 */
bool omv_device_rx_scan(struct omv_device *dev, bool anywhere);

/**
 * omv_device_rx_parse() - one step of the receive path (section 6.1)
 * @dev: device; sends nothing now
 *
 * Return: true if there may be more to do
 */
bool omv_device_rx_parse(struct omv_device *dev);

/**
 * omv_device_execute() - execute a request
 * @dev: device; sends nothing now
 * @pkt: a verified packet on a channel that its opcode allows
 */
void omv_device_execute(struct omv_device *dev, const struct omv_packet *pkt);

/**
 * omv_device_sync() - execute a SYNC, at any moment (section 3.2)
 * @dev: device
 */
void omv_device_sync(struct omv_device *dev);

/**
 * omv_device_tx_event() - start to send an event (section 3.17)
 * @dev: device; sends nothing now
 * @channel: 0 for SYS_EVENT
 * @value: see omv_device_event()
 */
void omv_device_tx_event(struct omv_device *dev, u8 channel, u16 value);

/**
 * omv_device_tx_run() - give the pipe what it takes of the packet in progress
 * @dev: device; is sending
 *
 * Return: true if the packet is out, or was abandoned
 */
bool omv_device_tx_run(struct omv_device *dev);

/**
 * omv_device_tx_timeout() - see whether the ACK is overdue (section 5.3)
 * @dev: device; waits for an ACK
 *
 * Return: true if it was, and something was done about it
 */
bool omv_device_tx_timeout(struct omv_device *dev);

/**
 * omv_device_tx_ack() - the awaited ACK came
 * @dev: device; waits for it
 */
void omv_device_tx_ack(struct omv_device *dev);

/**
 * omv_device_tx_nak() - a NAK came instead of the ACK
 * @dev: device; waits for an ACK
 *
 * Sends the packet again without waiting for the timeout, which counts as one of
 * the three times. Stock firmware never gets out of it (section 5.4).
 */
void omv_device_tx_nak(struct omv_device *dev);

/**
 * omv_device_tx_cancel() - call the answer in progress off
 * @dev: device
 *
 * A packet with bytes on the wire is finished, but does not count any more.
 */
void omv_device_tx_cancel(struct omv_device *dev);

/**
 * omv_device_tx_drop() - stop sending, wherever that is
 * @dev: device
 */
void omv_device_tx_drop(struct omv_device *dev);

/**
 * omv_device_respond() - start a response
 * @dev: device
 * @resp: what to send; copied
 *
 * Sends the first packet at once unless an older one is in the way.
 */
void omv_device_respond(struct omv_device *dev,
			const struct omv_device_response *resp);

/**
 * omv_device_respond_next() - send the next packet of the response
 * @dev: device; sends nothing now and has a response in progress
 */
void omv_device_respond_next(struct omv_device *dev);

/**
 * omv_device_respond_again() - repeat the last answer (section 17.2.8)
 * @dev: device; sends nothing now; last.valid is set
 */
void omv_device_respond_again(struct omv_device *dev);

/**
 * omv_device_respond_ack() - answer with success
 * @dev: device
 * @channel: of the request
 * @opcode: of the request
 */
void omv_device_respond_ack(struct omv_device *dev, u8 channel, u8 opcode);

/**
 * omv_device_respond_nak() - answer with an error
 * @dev: device; sends nothing now
 * @channel: of the request
 * @opcode: of the request
 * @status: OMV_ST_*
 */
void omv_device_respond_nak(struct omv_device *dev, u8 channel, u8 opcode,
			    u16 status);

/**
 * omv_device_mem_source() - &struct omv_device_response.source for plain memory
 * @dev: device
 * @len: bytes wanted
 * @payload: set to where they are
 *
 * Return: @len
 */
s32 omv_device_mem_source(struct omv_device *dev, u32 len, const u8 **payload);

#endif /* OMV_DEVICE_PRIV_H */
