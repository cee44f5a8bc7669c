// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hostile camera: it sends well-formed packets, and follows the protocol far
 * enough to complete the handshake; then its responses are mostly wrong.
 */
#include "sim.h"

void hostile_init(struct hostile *h, struct world *world)
{
	memset(h, 0, sizeof(*h));
	h->world = world;
	h->rng.state = rng_next(&world->rng);
	h->sense = rnd(&h->rng, 4) ? 900 + rnd(&h->rng, 100) :
				     rnd(&h->rng, 1000);
	h->next_at = world->now + rnd(&h->rng, 100);
}

static void hostile_put(struct hostile *h, const struct omv_packet *pkt)
{
	u8 buf[OMV_MAX_PACKET];
	u32 len = omv_packet_encode(buf, pkt);

	world_packet(h->world, "<", buf);
	pipe_put(&h->world->to_host, buf, len);
}

static u8 any_id(struct hostile *h)
{
	return rnd(&h->rng, rnd(&h->rng, 8) ? 10 : 256);
}

/* Send a random packet, usually similar to an expected one. */
static void hostile_random(struct hostile *h)
{
	static const u8 opcodes[] = {
		OMV_OP_SYNC, OMV_OP_GET_CAPS, OMV_OP_LIST, OMV_OP_POLL,
		OMV_OP_SIZE, OMV_OP_READ, OMV_OP_WRITE, OMV_OP_SYS_EVENT,
		OMV_OP_CHANNEL_EVENT,
	};
	struct rng *rng = &h->rng;
	u8 payload[OMV_MAX_PAYLOAD];
	struct omv_packet pkt = {
		.seq = rnd(rng, 4) ? h->seq : rng_next(rng),
		.channel = rnd(rng, 2) ? h->channel : any_id(h),
		.flags = rnd(rng, 2) ? 0 : rng_next(rng),
		.opcode = rnd(rng, 2) ? h->opcode :
			  rnd(rng, 4) ? opcodes[rnd(rng, ARRAY_SIZE(opcodes))] :
					rng_next(rng),
		.payload = payload,
	};
	u32 i;

	pkt.length = rnd(rng, rnd(rng, 8) ? 20 : OMV_MAX_PAYLOAD + 1);
	for (i = 0; i < pkt.length; i++)
		payload[i] = rng_next(rng);
	hostile_put(h, &pkt);
	if (rnd(rng, 2))
		h->seq++;
}

static void hostile_event(struct hostile *h)
{
	struct rng *rng = &h->rng;
	u8 payload[4] = { rnd(rng, 4), 0, rng_next(rng), rng_next(rng) };
	struct omv_packet pkt = {
		.seq = h->seq,
		.channel = any_id(h),
		.flags = OMV_F_EVENT | (rnd(rng, 4) ? 0 : OMV_F_ACK_REQ),
		.opcode = rnd(rng, 5) ? OMV_OP_CHANNEL_EVENT : OMV_OP_SYS_EVENT,
		.length = rnd(rng, 5),
		.payload = payload,
	};

	/* Make soft reboots rare. */
	if (pkt.opcode == OMV_OP_SYS_EVENT && payload[0] == 2 && rnd(rng, 8))
		payload[0] = 0;
	hostile_put(h, &pkt);
}

static void hostile_answer(struct hostile *h, u8 flags, const void *data,
			   u32 len)
{
	struct omv_packet pkt = {
		.seq = h->seq++,
		.channel = h->channel,
		.flags = flags,
		.opcode = h->opcode,
		.length = len,
		.payload = data,
	};

	if (!rnd(&h->rng, 100))
		pkt.flags |= OMV_F_ACK_REQ;
	hostile_put(h, &pkt);
}

static void hostile_caps(struct hostile *h)
{
	static const u16 odd[] = { 0, 1, 49, 50, 64, 498, 8178, 8179, 65535 };
	struct rng *rng = &h->rng;
	struct omv_caps caps = { .flags = cpu_to_le32(OMV_CAPS_DEFAULT) };

	h->max_payload = rnd(rng, 10) ? 50 + rnd(rng, 8129) :
					odd[rnd(rng, ARRAY_SIZE(odd))];
	caps.max_payload = cpu_to_le16(h->max_payload);
	hostile_answer(h, OMV_F_ACK_REQ, &caps,
		       rnd(rng, 30) ? sizeof(caps) : rnd(rng, 17));
}

static void hostile_list(struct hostile *h)
{
	static const char names[][OMV_NAME_SIZE + 1] = {
		"frame", "config", "frame\0x", "unterminated n", "", "\xff\n",
		"stream", "stdin",
	};
	struct omv_channel_entry list[OMV_MAX_CHANNELS + 4] = { 0 };
	struct rng *rng = &h->rng;
	u32 i, n = rnd(rng, rnd(rng, 8) ? 8 : ARRAY_SIZE(list));
	u32 len;

	for (i = 0; i < n; i++) {
		list[i].id = rnd(rng, 4) ? i : rng_next(rng);
		list[i].flags = rng_next(rng);
		memcpy(list[i].name, names[i < 2 ? i : rnd(rng, ARRAY_SIZE(names))],
		       sizeof(list[i].name));
	}
	/* Nearly always include a channel with pictures, or nothing is tested. */
	if (n)
		list[0].id = 4;
	if (n && !rnd(rng, 3))
		memcpy(list[0].name, "stream", sizeof("stream"));
	len = n * sizeof(list[0]);
	if (!rnd(rng, 20))
		len -= rnd(rng, len + 1);
	hostile_answer(h, 0, list, len);
}

/* A shape, usually of a valid length. */
static void hostile_shape(struct hostile *h)
{
	struct rng *rng = &h->rng;
	__le32 shape[80];
	u32 i, n = rnd(rng, rnd(rng, 8) ? 5 : ARRAY_SIZE(shape) + 1);

	for (i = 0; i < n; i++)
		shape[i] = cpu_to_le32(rnd(rng, 4) ? 1 + rnd(rng, 70) :
						     (u32)rng_next(rng));
	hostile_answer(h, 0, shape, n * sizeof(shape[0]));
}

static void hostile_size(struct hostile *h)
{
	static const u32 odd[] = { 0, 1, 0x7fffffff, 0x80000000, 0xffffffff };
	struct rng *rng = &h->rng;
	__le32 size[2] = { 0 };

	size[0] = cpu_to_le32(rnd(rng, 4) ? rnd(rng, 5000) :
					    odd[rnd(rng, ARRAY_SIZE(odd))]);
	hostile_answer(h, 0, size, rnd(rng, 30) ? 4 : rnd(rng, 9));
}

/* The start of a JPEG or a header; the rest is random. */
static void hostile_image(struct hostile *h, u8 *buf, u32 len)
{
	static const u8 jpeg[] = { 0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 9, 0,
				   9, 1, 1, 0x11, 0, 0xff, 0xda, 0, 8, 1, 1 };
	struct rng *rng = &h->rng;
	struct omv_stream_hdr hdr = {
		.width = cpu_to_le32(1 + rnd(rng, 70)),
		.height = cpu_to_le32(1 + rnd(rng, 70)),
		.pixfmt = cpu_to_le32(rnd(rng, 2) ? OMV_PIX_JPEG :
				      rnd(rng, 4) ? OMV_PIX_GRAYSCALE :
						    OMV_PIX_BINARY),
		.size_or_bpp = cpu_to_le32(rnd(rng, 2000)),
		.offset = cpu_to_le32(32 + (rnd(rng, 4) ? 0 : rnd(rng, 99))),
		.fps = cpu_to_le32((u32)rng_next(rng)),
	};
	u32 size = sizeof(hdr);

	if (rnd(rng, 2)) {
		if (size > len)
			size = len;
		memcpy(buf, &hdr, size);
		buf += size;
		len -= size;
	}
	size = rnd(rng, sizeof(jpeg) + 1);
	if (rnd(rng, 2))
		memcpy(buf, jpeg, len < size ? len : size);
}

/* Fragments of random size; the last one may be missing or superfluous. */
static void hostile_read(struct hostile *h, u32 length)
{
	struct rng *rng = &h->rng;
	u8 payload[OMV_MAX_PAYLOAD];
	u32 n, i, done = 0;

	if (length > 100000)
		length = rnd(rng, 5000);
	if (!rnd(rng, 20))
		length += rnd(rng, 20);
	if (!rnd(rng, 20))
		length -= rnd(rng, length + 1);
	while (length) {
		n = 1 + rnd(rng, rnd(rng, 4) ? length : 16);
		if (n > sizeof(payload))
			n = sizeof(payload);
		if (!rnd(rng, 50))
			n = 0;
		for (i = 0; i < n; i++)
			payload[i] = i;
		if (!done && rnd(rng, 2))
			hostile_image(h, payload, n);
		done += n;
		length -= n;
		hostile_answer(h, length || !rnd(rng, 20) ? OMV_F_FRAGMENT : 0,
			       payload, n);
		if (!rnd(rng, 30))
			hostile_event(h);
		if (!rnd(rng, 60))
			return;
	}
}

static void hostile_sensible(struct hostile *h, const u8 *payload, u32 len)
{
	static const u8 zeros[76];
	struct rng *rng = &h->rng;
	struct omv_range range = { 0 };
	__le16 status[2] = { cpu_to_le16(rnd(rng, 12)) };

	if (len >= sizeof(range))
		memcpy(&range, payload, sizeof(range));
	switch (h->opcode) {
	case OMV_OP_GET_CAPS:
		hostile_caps(h);
		break;
	case OMV_OP_VERSION:
		hostile_answer(h, 0, zeros, 16);
		break;
	case OMV_OP_LIST:
		hostile_list(h);
		break;
	case OMV_OP_SIZE:
	case OMV_OP_POLL:
		hostile_size(h);
		break;
	case OMV_OP_SHAPE:
		hostile_shape(h);
		break;
	case OMV_OP_READ:
		hostile_read(h, le32_to_cpu(range.length));
		break;
	case OMV_OP_STATS:
		hostile_answer(h, 0, zeros, 32);
		break;
	case OMV_OP_SYS_INFO:
		hostile_answer(h, 0, zeros, sizeof(zeros));
		break;
	default:
		hostile_answer(h, OMV_F_ACK, NULL, 0);
		break;
	}
	if (!rnd(rng, 30))
		hostile_answer(h, OMV_F_NAK, status, rnd(rng, 3));
}

static void hostile_request(struct hostile *h, const struct omv_packet *pkt,
			    const u8 *payload)
{
	struct rng *rng = &h->rng;
	u32 n;

	if (pkt->flags & OMV_F_ACK)
		return;
	h->opcode = pkt->opcode;
	h->channel = pkt->channel;
	if (pkt->opcode == OMV_OP_SYNC) {
		h->seq = 0;
		if (rnd(rng, 20)) {
			hostile_answer(h, OMV_F_ACK, NULL, 0);
			h->seq = 0;
		}
		return;
	}
	if (chance(rng, h->sense)) {
		hostile_sensible(h, payload, pkt->length);
	} else {
		for (n = rnd(rng, 4); n; n--)
			hostile_random(h);
	}
	h->next_at = h->world->now + rnd(rng, 200);
}

/* There are no faults on the way from the host: each transfer is one packet. */
void hostile_receive(struct hostile *h, const void *data, u32 len)
{
	struct omv_packet pkt;
	u32 size;

	if (len > sizeof(h->rx) - h->rx_len)
		h->rx_len = 0;
	memcpy(h->rx + h->rx_len, data, len);
	h->rx_len += len;
	while (h->rx_len >= OMV_HDR_SIZE) {
		if (!omv_hdr_decode(h->rx, &pkt)) {
			world_fail(h->world, "the host sent a bad header");
			return;
		}
		size = pkt.length ? OMV_OVERHEAD + pkt.length : OMV_HDR_SIZE;
		if (h->rx_len < size)
			return;
		hostile_request(h, &pkt, h->rx + OMV_HDR_SIZE);
		h->rx_len -= size;
		memmove(h->rx, h->rx + size, h->rx_len);
	}
}

void hostile_tick(struct hostile *h)
{
	struct rng *rng = &h->rng;
	u32 n;

	if (h->world->now < h->next_at)
		return;
	h->next_at = h->world->now + 1 + rnd(rng, rnd(rng, 4) ? 100 : 3000);
	if (rnd(rng, 3)) {
		for (n = rnd(rng, rnd(rng, 8) ? 3 : 100); n; n--)
			hostile_event(h);
	} else if (!chance(rng, h->sense)) {
		hostile_random(h);
	}
}

u64 hostile_deadline(const struct hostile *h)
{
	return h->next_at;
}
