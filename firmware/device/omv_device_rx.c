// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Parses received bytes into requests (section 6.1).
 *
 * Bytes stay in config.rx until the packet they belong to was executed. The
 * buffer is not a ring: write() is called with the payload in place.
 */
#include "omv_device_priv.h"

static u32 rx_space(const struct omv_device *dev)
{
	const struct omv_device_rx *rx = &dev->rx;

	/* A channel operation may be using a payload: no byte may be moved. */
	if (dev->busy)
		return dev->config.rx_size - rx->end;
	return dev->config.rx_size - (rx->end - rx->at);
}

u32 omv_device_space(const struct omv_device *dev)
{
	return dev->active ? rx_space(dev) : dev->config.rx_size;
}

u32 omv_device_receive(struct omv_device *dev, const void *data, u32 len)
{
	struct omv_device_rx *rx = &dev->rx;
	u32 space = rx_space(dev);

	if (!dev->active)
		return len;
	if (len > space)
		len = space;
	if (!len)
		return 0;
	if (!dev->busy && (rx->at == rx->end ||
			   len > dev->config.rx_size - rx->end)) {
		memmove(dev->config.rx, dev->config.rx + rx->at,
			rx->end - rx->at);
		rx->end -= rx->at;
		rx->at = 0;
	}
	memcpy(dev->config.rx + rx->end, data, len);
	rx->end += len;
	rx->fresh = true;
	rx->scanned = false;
	return len;
}

void omv_device_rx_flush(struct omv_device *dev)
{
	dev->rx.at = dev->rx.end;
	dev->rx.fresh = false;
	dev->rx.header = false;
}

static u32 packet_size(const struct omv_packet *pkt)
{
	return pkt->length ? OMV_OVERHEAD + (u32)pkt->length : OMV_HDR_SIZE;
}

/* Without the crc capability the header CRC is ignored (section 6.5). */
static bool rx_decode(const struct omv_device *dev, const u8 *p,
		      struct omv_packet *pkt)
{
	const struct omv_hdr *hdr = (const void *)p;

	if (dev->caps & OMV_CAP_CRC)
		return omv_hdr_decode(p, pkt);
	if (hdr->sync != cpu_to_le16(OMV_SYNC))
		return false;
	pkt->seq = hdr->seq;
	pkt->channel = hdr->channel;
	pkt->flags = hdr->flags;
	pkt->opcode = hdr->opcode;
	pkt->length = le16_to_cpu(hdr->length);
	pkt->payload = NULL;
	return true;
}

/* Return: index of the first byte at or after @at that may start a packet, or rx.end */
static u32 rx_find(const struct omv_device *dev, u32 at)
{
	const u8 *p = memchr(dev->config.rx + at, OMV_SYNC_0,
			     dev->rx.end - at);

	return p ? (u32)(p - dev->config.rx) : dev->rx.end;
}

static bool is_sync(const struct omv_packet *pkt)
{
	return pkt->opcode == OMV_OP_SYNC && !pkt->channel && !pkt->length &&
	       !(pkt->flags & (OMV_F_ACK | OMV_F_NAK));
}

/*
 * Process @pkt if it is the awaited ACK or a NAK for the packet in progress. The
 * channel is not compared (section 5.1). The ACK is consumed only at the front
 * of the buffer; elsewhere it stays, and is skipped later (section 5.2).
 */
static bool rx_answer(struct omv_device *dev, const struct omv_packet *pkt,
		      bool front)
{
	if (!(pkt->flags & (OMV_F_ACK | OMV_F_NAK)) ||
	    pkt->opcode != dev->tx.pkt.opcode || pkt->seq != dev->tx.pkt.seq)
		return false;
	/* A NAK left in the buffer would be found after each retransmission. */
	if (!(pkt->flags & OMV_F_ACK) && !front)
		return false;
	if (front) {
		dev->rx.at += OMV_HDR_SIZE;
		dev->rx.scanned = false;
	}
	if (pkt->flags & OMV_F_ACK)
		omv_device_tx_ack(dev);
	else
		omv_device_tx_nak(dev);
	return true;
}

bool omv_device_rx_scan(struct omv_device *dev, bool anywhere)
{
	struct omv_device_rx *rx = &dev->rx;
	struct omv_packet pkt;
	u32 at = rx->at, step;

	if (rx->scanned)
		return false;
	rx->scanned = true;
	for (;; at += step) {
		at = rx_find(dev, at);
		if (rx->end - at < OMV_HDR_SIZE)
			return false;
		step = 1;
		if (!rx_decode(dev, dev->config.rx + at, &pkt))
			continue;
		if (is_sync(&pkt)) {
			omv_device_sync(dev);
			return true;
		}
		if (dev->tx.state == OMV_DEVICE_TX_ACK_WAIT &&
		    rx_answer(dev, &pkt, at == rx->at))
			return true;
		if (!anywhere && packet_size(&pkt) <= rx->end - at)
			step = packet_size(&pkt);
	}
}

/*
 * Refuse a packet after its header. Only one byte is consumed, as on stock
 * firmware: the rest of the packet is searched for other packets.
 */
static void rx_refuse(struct omv_device *dev, u16 status)
{
	struct omv_device_rx *rx = &dev->rx;

	rx->header = false;
	rx->at++;
	omv_device_respond_nak(dev, rx->pkt.channel, rx->pkt.opcode, status);
}

static bool rx_seq_exempt(const struct omv_device *dev,
			  const struct omv_packet *pkt)
{
	return !(dev->caps & OMV_CAP_SEQ) ||
	       pkt->flags & (OMV_F_ACK | OMV_F_NAK) ||
	       pkt->opcode == OMV_OP_SYNC || pkt->opcode == OMV_OP_SYS_EVENT ||
	       pkt->opcode == OMV_OP_CHANNEL_EVENT;
}

/*
 * Does the packet request the last response again? Stock firmware ignores RTX on
 * a request, and refuses with SEQUENCE one that it has executed. Therefore only
 * the last request can be repeated, and only with RTX; without RTX, requests are
 * handled as by stock firmware.
 */
static bool rx_repeats(const struct omv_device *dev,
		       const struct omv_packet *pkt)
{
	const struct omv_device_last *last = &dev->last;

	return last->valid && pkt->flags & OMV_F_RTX &&
	       (dev->caps & OMV_CAP_CRC) && pkt->seq == last->pkt.seq &&
	       pkt->channel == last->pkt.channel &&
	       pkt->opcode == last->pkt.opcode &&
	       pkt->length == last->pkt.length;
}

/* The header is complete. The checks are in the order of section 6.1. */
static void rx_header(struct omv_device *dev)
{
	struct omv_device_rx *rx = &dev->rx;

	if (!rx_decode(dev, dev->config.rx + rx->at, &rx->pkt)) {
		rx->at++;
		return;
	}
	if (rx->pkt.length > dev->max_payload) {
		rx_refuse(dev, OMV_ST_OVERFLOW);
		return;
	}
	rx->header = true;
	rx->repeat = false;
	if (rx_seq_exempt(dev, &rx->pkt))
		return;
	rx->repeat = rx_repeats(dev, &rx->pkt);
	if (!rx->repeat && rx->pkt.seq != dev->seq)
		rx_refuse(dev, OMV_ST_SEQUENCE);
}

/* Handle a packet with a correct payload CRC that may repeat the last request. */
static void rx_repeat(struct omv_device *dev, const struct omv_packet *pkt,
		      u32 crc)
{
	if (crc == dev->last.crc) {
		omv_device_respond_again(dev);
	} else if (pkt->seq != dev->seq) {
		/* The payload differs: treat the packet as if RTX were not set. */
		dev->rx.at -= packet_size(pkt);
		rx_refuse(dev, OMV_ST_SEQUENCE);
	} else {
		dev->last.crc = crc;
		dev->last.open = true;
		omv_device_execute(dev, pkt);
	}
}

/* @pkt is complete and already consumed. */
static void rx_packet(struct omv_device *dev, const struct omv_packet *pkt)
{
	u32 crc = OMV_CRC32_INIT;
	__le32 want;

	if (pkt->length && dev->caps & OMV_CAP_CRC) {
		crc = omv_crc32(crc, pkt->payload, pkt->length);
		memcpy(&want, pkt->payload + pkt->length, sizeof(want));
		if (crc != le32_to_cpu(want)) {
			omv_device_respond_nak(dev, pkt->channel, pkt->opcode,
					       OMV_ST_CHECKSUM);
			return;
		}
	}
	if (pkt->opcode <= OMV_OP_LAST_SYSTEM && pkt->channel) {
		omv_device_respond_nak(dev, pkt->channel, pkt->opcode,
				       OMV_ST_INVALID);
		return;
	}
	if (pkt->flags & (OMV_F_ACK | OMV_F_NAK))
		return;
	if (dev->rx.repeat) {
		rx_repeat(dev, pkt, crc);
		return;
	}
	dev->last.open = dev->caps & OMV_CAP_SEQ;
	dev->last.pkt = *pkt;
	dev->last.crc = crc;
	omv_device_execute(dev, pkt);
}

bool omv_device_rx_parse(struct omv_device *dev)
{
	struct omv_device_rx *rx = &dev->rx;
	struct omv_packet pkt;

	if (!rx->header) {
		rx->at = rx_find(dev, rx->at);
		if (rx->end - rx->at < OMV_HDR_SIZE)
			return false;
		rx_header(dev);
		return true;
	}
	/* Incomplete: wait for the rest; only a SYNC in these bytes cancels that. */
	if (rx->end - rx->at < packet_size(&rx->pkt))
		return omv_device_rx_scan(dev, true);

	pkt = rx->pkt;
	pkt.payload = dev->config.rx + rx->at + OMV_HDR_SIZE;
	rx->at += packet_size(&pkt);
	rx->header = false;
	rx_packet(dev, &pkt);
	return true;
}
