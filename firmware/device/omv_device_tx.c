// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Splits responses into packets and sends them (sections 4, 5, 7).
 */
#include "omv_device_priv.h"

/* Start a transmission. The header is encoded each time: RTX may have been set. */
static void tx_begin(struct omv_device *dev)
{
	struct omv_device_tx *tx = &dev->tx;

	omv_hdr_encode(&tx->hdr, &tx->pkt);
	if (!(dev->caps & OMV_CAP_CRC))
		tx->hdr.crc = 0;
	tx->pos = 0;
	tx->since = omv_device_now(dev);
	tx->state = OMV_DEVICE_TX_SENDING;
}

static void tx_start(struct omv_device *dev, const struct omv_packet *pkt,
		     u8 lent)
{
	struct omv_device_tx *tx = &dev->tx;

	tx->pkt = *pkt;
	tx->event = pkt->flags & OMV_F_EVENT;
	tx->orphan = false;
	tx->lent = lent;
	tx->retries = 0;
	tx->crc = 0;
	if (pkt->length && dev->caps & OMV_CAP_CRC)
		tx->crc = cpu_to_le32(omv_crc32(OMV_CRC32_INIT, pkt->payload,
						pkt->length));
	tx_begin(dev);
}

void omv_device_tx_event(struct omv_device *dev,
			 const struct omv_device_pending *ev)
{
	struct omv_packet pkt = {
		.seq = dev->seq,
		.channel = ev->channel,
		.flags = OMV_F_EVENT,
		.opcode = ev->channel ? OMV_OP_CHANNEL_EVENT : OMV_OP_SYS_EVENT,
	};

	if (ev->ack && dev->caps & OMV_CAP_ACK)
		pkt.flags |= OMV_F_ACK_REQ;
	if (ev->value != OMV_EV_NOTIFY) {
		dev->tx.value = cpu_to_le16(ev->value);
		pkt.payload = (const u8 *)&dev->tx.value;
		pkt.length = sizeof(dev->tx.value);
	}
	dev->stats.sent_events++;
	tx_start(dev, &pkt, 0);
}

static void tx_idle(struct omv_device *dev)
{
	dev->tx.state = OMV_DEVICE_TX_IDLE;
	dev->tx.lent = 0;
}

/* The packet was sent and, if required, acknowledged. */
static void tx_done(struct omv_device *dev)
{
	struct omv_device_tx *tx = &dev->tx;

	tx_idle(dev);
	if (tx->event || tx->orphan)
		return;
	dev->stats.sent_packets++;
	/* A repeated response has an old seq: the counter must not advance. */
	if (tx->pkt.seq == dev->seq)
		dev->seq++;
	if (tx->pkt.opcode == OMV_OP_SYNC && tx->pkt.flags & OMV_F_ACK)
		dev->seq = 0;
	if (!dev->resp.left)
		dev->resp.active = false;
}

/* The host sees a truncated packet, as from stock firmware (T-9). */
static void tx_abandon(struct omv_device *dev)
{
	dev->stats.transport_errors++;
	if (!dev->tx.event && !dev->tx.orphan)
		dev->resp.active = false;
	tx_idle(dev);
}

/* Set *@part to the next part of the packet. Return: its length, 0 at the end */
static u32 tx_part(const struct omv_device_tx *tx, const u8 **part)
{
	u32 pos = tx->pos;

	if (pos < OMV_HDR_SIZE) {
		*part = (const u8 *)&tx->hdr + pos;
		return OMV_HDR_SIZE - pos;
	}
	pos -= OMV_HDR_SIZE;
	if (!tx->pkt.length)
		return 0;
	if (pos < tx->pkt.length) {
		*part = tx->pkt.payload + pos;
		return tx->pkt.length - pos;
	}
	pos -= tx->pkt.length;
	*part = (const u8 *)&tx->crc + pos;
	return OMV_CRC_SIZE - pos;
}

/*
 * Return: true if nothing is left to send, either because the packet was sent or
 * because send() noticed that the host disconnected and called
 * omv_device_set_active(false)
 */
static bool tx_push(struct omv_device *dev)
{
	const struct omv_device_pipe *pipe = dev->config.pipe;
	struct omv_device_tx *tx = &dev->tx;
	const u8 *part;
	u32 len, sent;

	while ((len = tx_part(tx, &part)) != 0) {
		sent = pipe->send(dev->config.ctx, part, len);
		if (tx->state != OMV_DEVICE_TX_SENDING)
			return true;
		if (!sent)
			return false;
		tx->pos += sent < len ? sent : len;
		tx->since = omv_device_now(dev);
	}
	if (pipe->flush)
		pipe->flush(dev->config.ctx);
	return true;
}

bool omv_device_tx_run(struct omv_device *dev)
{
	struct omv_device_tx *tx = &dev->tx;

	if (!tx_push(dev)) {
		if (omv_device_now(dev) - tx->since < OMV_DEVICE_STALL_MS)
			return false;
		tx_abandon(dev);
		return true;
	}
	if (tx->state != OMV_DEVICE_TX_SENDING)
		return true;
	if (tx->orphan || !(tx->pkt.flags & OMV_F_ACK_REQ)) {
		tx_done(dev);
		return true;
	}
	tx->state = OMV_DEVICE_TX_ACK_WAIT;
	tx->deadline = omv_device_now(dev) +
		       ((u64)OMV_DEVICE_ACK_MS << tx->retries);
	/* The ACK of an earlier copy may already be in the receive buffer. */
	dev->rx.scanned = false;
	return true;
}

static void tx_retransmit(struct omv_device *dev)
{
	dev->tx.retries++;
	dev->stats.retransmit++;
	if (dev->caps & OMV_CAP_CRC)
		dev->tx.pkt.flags |= OMV_F_RTX;
	tx_begin(dev);
}

bool omv_device_tx_timeout(struct omv_device *dev)
{
	if (omv_device_now(dev) < dev->tx.deadline)
		return false;
	if (dev->tx.retries < OMV_DEVICE_RETRIES)
		tx_retransmit(dev);
	else
		omv_device_restart(dev);
	return true;
}

void omv_device_tx_ack(struct omv_device *dev)
{
	tx_done(dev);
}

void omv_device_tx_nak(struct omv_device *dev)
{
	if (dev->tx.retries < OMV_DEVICE_RETRIES)
		tx_retransmit(dev);
}

void omv_device_tx_cancel(struct omv_device *dev)
{
	struct omv_device_tx *tx = &dev->tx;

	dev->resp.active = false;
	if (tx->state == OMV_DEVICE_TX_SENDING && (tx->event || tx->pos))
		tx->orphan = true;
	else
		tx_idle(dev);
}

void omv_device_tx_drop(struct omv_device *dev)
{
	dev->resp.active = false;
	dev->last.open = false;
	dev->last.valid = false;
	tx_idle(dev);
}

s32 omv_device_mem_source(struct omv_device *dev, u32 len, const u8 **payload)
{
	*payload = dev->resp.data + dev->resp.done;
	return (s32)len;
}

void omv_device_respond(struct omv_device *dev,
			const struct omv_device_response *resp)
{
	/* The channel operation may have noticed that the host disconnected. */
	if (!dev->active)
		return;
	dev->resp = *resp;
	dev->resp.active = true;
	/* A SYNC that cancels this response may already be in the receive buffer. */
	dev->rx.scanned = false;
	/* An event that the operation has sent comes first. */
	if (dev->tx.state == OMV_DEVICE_TX_IDLE && !dev->event_count)
		omv_device_respond_next(dev);
}

void omv_device_respond_ack(struct omv_device *dev, u8 channel, u8 opcode)
{
	const struct omv_device_response resp = {
		.channel = channel,
		.opcode = opcode,
		.flags = OMV_F_ACK,
		.source = omv_device_mem_source,
		.data = dev->config.tx,
	};

	omv_device_respond(dev, &resp);
}

void omv_device_respond_nak(struct omv_device *dev, u8 channel, u8 opcode,
			    u16 status)
{
	const struct omv_device_response resp = {
		.channel = channel,
		.opcode = opcode,
		.flags = OMV_F_NAK,
		.left = sizeof(__le16),
		.source = omv_device_mem_source,
		.data = dev->config.tx,
	};
	__le16 value = cpu_to_le16(status);

	if (status == OMV_ST_CHECKSUM)
		dev->stats.checksum_errors++;
	else if (status == OMV_ST_SEQUENCE)
		dev->stats.sequence_errors++;
	memcpy(dev->config.tx, &value, sizeof(value));
	omv_device_respond(dev, &resp);
}

void omv_device_respond_again(struct omv_device *dev)
{
	const struct omv_device_response resp = {
		.repeat = true,
		.channel = dev->last.pkt.channel,
		.opcode = dev->last.pkt.opcode,
		.flags = dev->last.flags | OMV_F_RTX,
		.left = dev->last.length,
		.source = omv_device_mem_source,
		.data = dev->config.tx,
	};

	omv_device_respond(dev, &resp);
}

/* A response can be repeated only if it is one packet with its payload in config.tx. */
static void respond_remember(struct omv_device *dev,
			     const struct omv_packet *pkt)
{
	struct omv_device_last *last = &dev->last;

	if (dev->resp.repeat)
		return;
	last->valid = last->open && !(pkt->flags & OMV_F_FRAGMENT) &&
		      pkt->payload == dev->config.tx;
	last->open = false;
	last->flags = pkt->flags & (OMV_F_ACK | OMV_F_NAK);
	last->length = pkt->length;
}

/* Return: false if there is no packet; the response may have ended */
static bool respond_build(struct omv_device *dev)
{
	struct omv_device_response *resp = &dev->resp;
	struct omv_packet pkt = {
		.seq = resp->repeat ? dev->last.pkt.seq : dev->seq,
		.channel = resp->channel,
		.flags = resp->flags,
		.opcode = resp->opcode,
	};
	s32 got;

	got = resp->source(dev, resp->left < dev->max_payload ?
				resp->left : dev->max_payload, &pkt.payload);
	if (!resp->active)	/* as in omv_device_respond() */
		return false;
	if (got < 0) {
		omv_device_respond_nak(dev, resp->channel, resp->opcode,
				       OMV_ST_FAILED);
		return false;
	}
	pkt.length = (u16)got;
	resp->done += (u32)got;
	resp->left -= (u32)got;
	if (resp->left)
		pkt.flags |= OMV_F_FRAGMENT;
	if (!(pkt.flags & (OMV_F_ACK | OMV_F_NAK)) && dev->caps & OMV_CAP_ACK)
		pkt.flags |= OMV_F_ACK_REQ;
	respond_remember(dev, &pkt);
	resp->pkt = pkt;
	return true;
}

void omv_device_respond_next(struct omv_device *dev)
{
	struct omv_device_response *resp = &dev->resp;

	if (!resp->built)
		resp->built = respond_build(dev);
	/* An event that read() has sent comes first. */
	if (!resp->built || dev->tx.state != OMV_DEVICE_TX_IDLE ||
	    dev->event_count)
		return;
	resp->built = false;
	tx_start(dev, &resp->pkt, resp->lent);
}
