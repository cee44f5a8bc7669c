// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Executes requests: calls channel operations and responds (section 3).
 */
#include "omv_device_priv.h"

static void respond_tx(struct omv_device *dev, const struct omv_packet *pkt,
		       u32 len)
{
	const struct omv_device_response resp = {
		.channel = pkt->channel,
		.opcode = pkt->opcode,
		.left = len,
		.source = omv_device_mem_source,
		.data = dev->config.tx,
	};

	omv_device_respond(dev, &resp);
}

static void respond_le32(struct omv_device *dev, const struct omv_packet *pkt,
			 u32 value)
{
	__le32 v = cpu_to_le32(value);

	memcpy(dev->config.tx, &v, sizeof(v));
	respond_tx(dev, pkt, sizeof(v));
}

static void respond_status(struct omv_device *dev,
			   const struct omv_packet *pkt, u16 status)
{
	if (status == OMV_ST_SUCCESS)
		omv_device_respond_ack(dev, pkt->channel, pkt->opcode);
	else
		omv_device_respond_nak(dev, pkt->channel, pkt->opcode, status);
}

/* The data may change while the response is sent: copy it packet by packet. */
static s32 copy_source(struct omv_device *dev, u32 len, const u8 **payload)
{
	memcpy(dev->config.tx, dev->resp.data + dev->resp.done, len);
	*payload = dev->config.tx;
	return (s32)len;
}

static void respond_copy(struct omv_device *dev, const struct omv_packet *pkt,
			 const void *data, u32 len)
{
	const struct omv_device_response resp = {
		.channel = pkt->channel,
		.opcode = pkt->opcode,
		.left = len,
		.source = copy_source,
		.data = data,
	};

	omv_device_respond(dev, &resp);
}

void omv_device_sync(struct omv_device *dev)
{
	dev->stats.recv_packets++;
	omv_device_restart(dev);
	omv_device_respond_ack(dev, OMV_CH_TRANSPORT, OMV_OP_SYNC);
}

static void do_get_caps(struct omv_device *dev, const struct omv_packet *pkt)
{
	struct omv_caps caps = {
		.flags = cpu_to_le32(dev->caps),
		.max_payload = cpu_to_le16(dev->max_payload),
	};

	memcpy(dev->config.tx, &caps, sizeof(caps));
	respond_tx(dev, pkt, sizeof(caps));
}

static void do_set_caps(struct omv_device *dev, const struct omv_packet *pkt)
{
	const struct omv_caps *caps = (const void *)pkt->payload;
	u16 max_payload;
	u32 flags;

	if (pkt->length != sizeof(*caps)) {
		respond_status(dev, pkt, OMV_ST_INVALID);
		return;
	}
	flags = le32_to_cpu(caps->flags);
	max_payload = le16_to_cpu(caps->max_payload);
	if (max_payload < OMV_MIN_PAYLOAD ||
	    max_payload > dev->config.rx_size - OMV_OVERHEAD) {
		respond_status(dev, pkt, OMV_ST_INVALID);
		return;
	}
	/* Before the change: this ACK is still encoded with the old capabilities. */
	respond_status(dev, pkt, OMV_ST_SUCCESS);
	dev->caps = flags & OMV_CAPS_DEFAULT;
	dev->max_payload = max_payload;
}

static void do_stats(struct omv_device *dev, const struct omv_packet *pkt)
{
	struct omv_stats stats = {
		.sent_packets = cpu_to_le32(dev->stats.sent_packets),
		.recv_packets = cpu_to_le32(dev->stats.recv_packets),
		.checksum_errors = cpu_to_le32(dev->stats.checksum_errors),
		.sequence_errors = cpu_to_le32(dev->stats.sequence_errors),
		.retransmit = cpu_to_le32(dev->stats.retransmit),
		.transport_errors = cpu_to_le32(dev->stats.transport_errors),
		.sent_events = cpu_to_le32(dev->stats.sent_events),
	};

	memcpy(dev->config.tx, &stats, sizeof(stats));
	respond_tx(dev, pkt, sizeof(stats));
}

/* No response is sent, and pipe->reset() may call omv_device_init(). */
static void do_reset(struct omv_device *dev, const struct omv_packet *pkt)
{
	const struct omv_device_pipe *pipe = dev->config.pipe;

	dev->last.open = false;
	if (pipe->reset)
		pipe->reset(dev->config.ctx, pkt->opcode == OMV_OP_SYS_BOOT);
}

static bool channel_used(const struct omv_device *dev, u32 id)
{
	return id == OMV_CH_TRANSPORT || dev->channels[id].ops;
}

static void list_entry(const struct omv_device *dev, u32 id,
		       struct omv_channel_entry *entry)
{
	const struct omv_device_channel *ch = &dev->channels[id];

	entry->id = (u8)id;
	entry->flags = ch->flags;
	memcpy(entry->name, ch->name, sizeof(entry->name));
}

/* Built packet by packet: the full table does not fit in the smallest buffer. */
static s32 list_source(struct omv_device *dev, u32 len, const u8 **payload)
{
	struct omv_channel_entry entry;
	u32 id, n, pos = 0, skip = dev->resp.done, put = 0;

	for (id = 0; id < OMV_MAX_CHANNELS && put < len; id++) {
		if (!channel_used(dev, id))
			continue;
		pos += sizeof(entry);
		if (pos <= skip)
			continue;
		list_entry(dev, id, &entry);
		n = pos - skip < len - put ? pos - skip : len - put;
		memcpy(dev->config.tx + put,
		       (u8 *)&entry + sizeof(entry) - (pos - skip), n);
		put += n;
		skip += n;
	}
	*payload = dev->config.tx;
	return (s32)put;
}

static void do_list(struct omv_device *dev, const struct omv_packet *pkt)
{
	struct omv_device_response resp = {
		.channel = pkt->channel,
		.opcode = pkt->opcode,
		.source = list_source,
	};
	u32 id;

	for (id = 0; id < OMV_MAX_CHANNELS; id++) {
		if (channel_used(dev, id))
			resp.left += sizeof(struct omv_channel_entry);
	}
	omv_device_respond(dev, &resp);
}

static void do_poll(struct omv_device *dev, const struct omv_packet *pkt)
{
	const struct omv_device_channel *ch;
	u32 id, bits = 0;

	for (id = 1; id < OMV_MAX_CHANNELS; id++) {
		ch = &dev->channels[id];
		if (ch->ops && ch->ops->poll && ch->ops->poll(ch->priv))
			bits |= 1u << id;
	}
	respond_le32(dev, pkt, bits);
}

/*
 * The minimum interval between LOCKs is shared by all channels and starts with a
 * successful LOCK (3.11).
 */
static u16 do_lock(struct omv_device *dev, u8 id)
{
	const struct omv_device_channel *ch = omv_device_channel(dev, id);
	u64 now = omv_device_now(dev);

	if (now < dev->lock_from || !ch || !ch->ops->lock ||
	    ch->ops->lock(ch->priv))
		return OMV_ST_BUSY;
	dev->lock_from = now + OMV_DEVICE_LOCK_MS + 1;
	return OMV_ST_SUCCESS;
}

static u16 do_unlock(struct omv_device *dev, u8 id)
{
	const struct omv_device_channel *ch = omv_device_channel(dev, id);

	if (!ch || !ch->ops->unlock || ch->ops->unlock(ch->priv))
		return OMV_ST_BUSY;
	return OMV_ST_SUCCESS;
}

static void do_shape(struct omv_device *dev, const struct omv_packet *pkt)
{
	const struct omv_device_channel *ch =
		omv_device_channel(dev, pkt->channel);
	u32 i, n, shape[4] = { 0 };
	__le32 value;

	if (!ch || !ch->ops->shape) {
		respond_status(dev, pkt, OMV_ST_INVALID);
		return;
	}
	n = ch->ops->shape(ch->priv, shape);
	if (n > ARRAY_SIZE(shape))
		n = ARRAY_SIZE(shape);
	for (i = 0; i < n; i++) {
		value = cpu_to_le32(shape[i]);
		memcpy(dev->config.tx + i * sizeof(value), &value,
		       sizeof(value));
	}
	respond_tx(dev, pkt, n * (u32)sizeof(value));
}

static void do_size(struct omv_device *dev, const struct omv_packet *pkt)
{
	struct omv_device_channel *ch = omv_device_channel(dev, pkt->channel);

	if (!ch || !ch->ops->size) {
		respond_status(dev, pkt, OMV_ST_INVALID);
		return;
	}
	ch->size = ch->ops->size(ch->priv);
	respond_le32(dev, pkt, ch->size);
}

/* Each call of read() makes one packet (section 7). */
static s32 read_source(struct omv_device *dev, u32 len, const u8 **payload)
{
	struct omv_device_response *resp = &dev->resp;
	const struct omv_device_channel *ch =
		omv_device_channel(dev, resp->channel);
	s32 got;

	if (len > OMV_READ_CHUNK)
		len = OMV_READ_CHUNK;
	*payload = dev->config.tx;
	got = ch->ops->read(ch->priv, resp->offset + resp->done,
			    dev->config.tx, len);
	return got > 0 && (u32)got <= len ? got : -1;
}

/*
 * The result of SIZE is the limit for READ. size() is called again only if the
 * host requests more than that: a call could latch another frame, or change a
 * document between two READs.
 */
static bool read_in_bounds(struct omv_device_channel *ch, u64 end)
{
	if (!ch->ops->size || end <= ch->size)
		return true;
	ch->size = ch->ops->size(ch->priv);
	return end <= ch->size;
}

/* The checks are in the order of section 3.14. */
static void do_read(struct omv_device *dev, const struct omv_packet *pkt)
{
	const struct omv_range *range = (const void *)pkt->payload;
	struct omv_device_channel *ch = omv_device_channel(dev, pkt->channel);
	struct omv_device_response resp = {
		.channel = pkt->channel,
		.opcode = pkt->opcode,
		.source = read_source,
	};
	u64 end;

	if (pkt->length < sizeof(*range) || !range->length || !ch ||
	    !(ch->ops->read || ch->ops->readp)) {
		respond_status(dev, pkt, OMV_ST_INVALID);
		return;
	}
	resp.offset = le32_to_cpu(range->offset);
	resp.left = le32_to_cpu(range->length);
	end = (u64)resp.offset + resp.left;
	if (end > (u64)1 << 32) {
		respond_status(dev, pkt, OMV_ST_FAILED);
		return;
	}
	if (ch->ops->readp) {
		if (read_in_bounds(ch, end))
			resp.data = ch->ops->readp(ch->priv, resp.offset,
						   resp.left);
		if (!resp.data) {
			respond_status(dev, pkt, OMV_ST_FAILED);
			return;
		}
		resp.lent = pkt->channel;
		resp.source = omv_device_mem_source;
	}
	omv_device_respond(dev, &resp);
}

static u16 do_write(struct omv_device *dev, const struct omv_packet *pkt)
{
	const struct omv_range *range = (const void *)pkt->payload;
	const struct omv_device_channel *ch =
		omv_device_channel(dev, pkt->channel);
	u32 len;

	if (pkt->length <= sizeof(*range) || !ch || !ch->ops->write)
		return OMV_ST_INVALID;
	len = pkt->length - (u32)sizeof(*range);
	if (le32_to_cpu(range->length) != len)
		return OMV_ST_INVALID;
	if (ch->ops->write(ch->priv, le32_to_cpu(range->offset),
			   pkt->payload + sizeof(*range), len) != (s32)len)
		return OMV_ST_FAILED;
	return OMV_ST_SUCCESS;
}

static u16 do_ioctl(struct omv_device *dev, const struct omv_packet *pkt)
{
	const struct omv_device_channel *ch =
		omv_device_channel(dev, pkt->channel);
	u32 len;
	__le32 request;
	int ret;

	if (pkt->length < sizeof(request) || !ch || !ch->ops->ioctl)
		return OMV_ST_INVALID;
	memcpy(&request, pkt->payload, sizeof(request));
	len = pkt->length - (u32)sizeof(request);
	ret = ch->ops->ioctl(ch->priv, le32_to_cpu(request),
			     len ? pkt->payload + sizeof(request) : NULL, len);
	if (ret == OMV_IOCTL_INVALID)
		return OMV_ST_INVALID;
	return ret ? OMV_ST_FAILED : OMV_ST_SUCCESS;
}

void omv_device_execute(struct omv_device *dev, const struct omv_packet *pkt)
{
	if (pkt->opcode == OMV_OP_SYNC) {
		omv_device_sync(dev);
		return;
	}
	dev->stats.recv_packets++;
	switch (pkt->opcode) {
	case OMV_OP_GET_CAPS:
		do_get_caps(dev, pkt);
		break;
	case OMV_OP_SET_CAPS:
		do_set_caps(dev, pkt);
		break;
	case OMV_OP_STATS:
		do_stats(dev, pkt);
		break;
	case OMV_OP_VERSION:
		memcpy(dev->config.tx, &dev->config.version,
		       sizeof(dev->config.version));
		respond_tx(dev, pkt, sizeof(dev->config.version));
		break;
	case OMV_OP_SYS_RESET:
	case OMV_OP_SYS_BOOT:
		do_reset(dev, pkt);
		break;
	case OMV_OP_SYS_INFO:
		respond_copy(dev, pkt, dev->config.info,
			     sizeof(*dev->config.info));
		break;
	case OMV_OP_SYS_MEMORY:
		if (dev->config.memory)
			respond_copy(dev, pkt, dev->config.memory,
				     dev->config.memory_len);
		else
			respond_status(dev, pkt, OMV_ST_INVALID);
		break;
	case OMV_OP_LIST:
		do_list(dev, pkt);
		break;
	case OMV_OP_POLL:
		do_poll(dev, pkt);
		break;
	case OMV_OP_LOCK:
		respond_status(dev, pkt, do_lock(dev, pkt->channel));
		break;
	case OMV_OP_UNLOCK:
		respond_status(dev, pkt, do_unlock(dev, pkt->channel));
		break;
	case OMV_OP_SHAPE:
		do_shape(dev, pkt);
		break;
	case OMV_OP_SIZE:
		do_size(dev, pkt);
		break;
	case OMV_OP_READ:
		do_read(dev, pkt);
		break;
	case OMV_OP_WRITE:
		respond_status(dev, pkt, do_write(dev, pkt));
		break;
	case OMV_OP_IOCTL:
		respond_status(dev, pkt, do_ioctl(dev, pkt));
		break;
	default:
		respond_status(dev, pkt, OMV_ST_INVALID);
	}
}
