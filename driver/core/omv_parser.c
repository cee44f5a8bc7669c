// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "omv_crc.h"
#include "omv_parser.h"

/**
 * omv_hdr_encode() - encode the header of a packet
 * @hdr: header, in wire format
 * @pkt: packet; @pkt->payload is not used
 */
void omv_hdr_encode(struct omv_hdr *hdr, const struct omv_packet *pkt)
{
	hdr->sync = cpu_to_le16(OMV_SYNC);
	hdr->seq = pkt->seq;
	hdr->channel = pkt->channel;
	hdr->flags = pkt->flags;
	hdr->opcode = pkt->opcode;
	hdr->length = cpu_to_le16(pkt->length);
	hdr->crc = cpu_to_le16(omv_crc16(OMV_CRC16_INIT, hdr,
					 offsetof(struct omv_hdr, crc)));
}

/**
 * omv_hdr_decode() - check and decode the header of a packet
 * @buf: OMV_HDR_SIZE received bytes, at any alignment
 * @pkt: set on success, with payload NULL
 *
 * Checks the sync word and the CRC only.
 *
 * Return: true on success
 */
bool omv_hdr_decode(const void *buf, struct omv_packet *pkt)
{
	const struct omv_hdr *hdr = buf;

	if (hdr->sync != cpu_to_le16(OMV_SYNC) ||
	    le16_to_cpu(hdr->crc) != omv_crc16(OMV_CRC16_INIT, hdr,
					       offsetof(struct omv_hdr, crc)))
		return false;
	pkt->seq = hdr->seq;
	pkt->channel = hdr->channel;
	pkt->flags = hdr->flags;
	pkt->opcode = hdr->opcode;
	pkt->length = le16_to_cpu(hdr->length);
	pkt->payload = NULL;
	return true;
}

/**
 * omv_packet_encode() - encode a packet (protocol 1)
 * @buf: buffer of at least OMV_OVERHEAD + @pkt->length bytes
 * @pkt: packet; its payload may already be at @buf + OMV_HDR_SIZE
 *
 * Return: number of bytes written to @buf
 */
size_t omv_packet_encode(u8 *buf, const struct omv_packet *pkt)
{
	u8 *payload = buf + OMV_HDR_SIZE;
	__le32 crc;

	omv_hdr_encode((struct omv_hdr *)buf, pkt);
	if (!pkt->length)
		return OMV_HDR_SIZE;

	if (pkt->payload != payload)
		memcpy(payload, pkt->payload, pkt->length);
	crc = cpu_to_le32(omv_crc32(OMV_CRC32_INIT, payload, pkt->length));
	memcpy(payload + pkt->length, &crc, sizeof(crc));
	return OMV_OVERHEAD + pkt->length;
}

/**
 * omv_parser_init() - initialize a parser
 * @p: parser; need not be zeroed
 * @ops: callbacks
 * @ctx: first argument of the callbacks
 */
void omv_parser_init(struct omv_parser *p, const struct omv_parser_ops *ops,
		     void *ctx)
{
	memset(p, 0, sizeof(*p));
	p->ops = ops;
	p->ctx = ctx;
	omv_parser_reset(p);
}

/* The current packet has ended: the next byte starts a new one. */
static void parser_next(struct omv_parser *p)
{
	p->hdr_len = 0;
	p->got = 0;
	p->dst = NULL;
	p->from_replay = 0;
	if (p->replay_pos == p->replay_len) {
		p->replay_pos = 0;
		p->replay_len = 0;
	}
}

/**
 * omv_parser_reset() - discard an incomplete packet, reset the length limit
 * @p: parser
 */
void omv_parser_reset(struct omv_parser *p)
{
	p->limit = OMV_MAX_PAYLOAD;
	p->rejects = 0;
	p->replay_pos = 0;
	p->replay_len = 0;
	parser_next(p);
}

/**
 * omv_parser_set_limit() - set the maximum payload length
 * @p: parser
 * @max_payload: packets with a longer payload are rejected; limited to
 *	OMV_MAX_PAYLOAD
 */
void omv_parser_set_limit(struct omv_parser *p, u16 max_payload)
{
	p->limit = max_payload < OMV_MAX_PAYLOAD ? max_payload :
						   OMV_MAX_PAYLOAD;
}

/* Return: number of bytes received of the current packet */
static u32 parser_held(const struct omv_parser *p)
{
	return p->hdr_len + p->got;
}

/*
 * Reject the current packet: put all its bytes but the first back in front of
 * the stream. If all of them came from @replay they are still there. Otherwise
 * @replay is empty, and the bytes fit into it.
 */
static void parser_reject(struct omv_parser *p)
{
	u32 held = parser_held(p);
	u32 payload = p->got < p->pkt.length ? p->got : p->pkt.length;

	p->stats.skipped++;
	if (++p->rejects > OMV_PARSER_MAX_REJECTS) {
		p->stats.skipped += held - 1 + p->replay_len - p->replay_pos;
		p->replay_pos = p->replay_len;
	} else if (p->from_replay == held) {
		p->replay_pos -= held - 1;
	} else {
		memcpy(p->replay, p->hdr + 1, p->hdr_len - 1);
		p->replay_len = p->hdr_len - 1;
		if (p->got) {
			memcpy(p->replay + p->replay_len, p->dst, payload);
			p->replay_len += payload;
			memcpy(p->replay + p->replay_len, p->tail,
			       p->got - payload);
			p->replay_len += p->got - payload;
		}
		p->replay_pos = 0;
	}
	parser_next(p);
}

static void parser_deliver(struct omv_parser *p)
{
	p->rejects = 0;
	p->pkt.payload = p->dst;
	p->dst = NULL;
	p->ops->packet(p->ctx, &p->pkt);
	parser_next(p);
}

/*
 * Drop header bytes, at least one, until the remaining bytes can be the start
 * of a header.
 */
static void parser_shift(struct omv_parser *p)
{
	u8 skip = 1;

	while (skip < p->hdr_len &&
	       (p->hdr[skip] != OMV_SYNC_0 ||
		(skip + 1 < p->hdr_len && p->hdr[skip + 1] != OMV_SYNC_1)))
		skip++;
	p->hdr_len -= skip;
	memmove(p->hdr, p->hdr + skip, p->hdr_len);
	p->from_replay -= skip < p->from_replay ? skip : p->from_replay;
	p->stats.skipped += skip;
	p->since = p->now;
}

static void parser_header(struct omv_parser *p)
{
	if (!omv_hdr_decode(p->hdr, &p->pkt) || p->pkt.length > p->limit) {
		p->stats.bad_header++;
		parser_shift(p);
		return;
	}
	p->since = p->now;
	p->crc = OMV_CRC32_INIT;
	if (!p->pkt.length) {
		parser_deliver(p);
		return;
	}
	p->dst = p->ops->payload(p->ctx, &p->pkt);
	if (!p->dst)
		p->dst = p->scratch;
}

/* Return: number of the @len bytes at @data that were consumed */
static u32 parser_take_header(struct omv_parser *p, const u8 *data, u32 len)
{
	const u8 *sync;

	if (!p->hdr_len) {
		sync = memchr(data, OMV_SYNC_0, len);
		if (sync != data) {
			len = sync ? sync - data : len;
			p->stats.skipped += len;
			return len;
		}
		p->since = p->now;
	}
	p->hdr[p->hdr_len++] = *data;
	return 1;
}

static u32 parser_take_payload(struct omv_parser *p, const u8 *data, u32 len)
{
	u32 n = p->pkt.length - p->got;

	if (n > len)
		n = len;
	memcpy(p->dst + p->got, data, n);
	p->crc = omv_crc32(p->crc, data, n);
	p->got += n;
	return n;
}

static u32 parser_take_tail(struct omv_parser *p, const u8 *data)
{
	p->tail[p->got++ - p->pkt.length] = *data;
	return 1;
}

static void parser_finish(struct omv_parser *p)
{
	__le32 crc;

	memcpy(&crc, p->tail, sizeof(crc));
	if (le32_to_cpu(crc) == p->crc) {
		parser_deliver(p);
		return;
	}
	p->stats.bad_payload++;
	parser_reject(p);
}

/* Return: number of the @len bytes at @data that were consumed, at least one */
static u32 parser_step(struct omv_parser *p, const u8 *data, u32 len,
		       bool replayed)
{
	bool in_header = p->hdr_len < OMV_HDR_SIZE;
	u32 before = parser_held(p);
	u32 n;

	if (in_header)
		n = parser_take_header(p, data, len);
	else if (p->got < p->pkt.length)
		n = parser_take_payload(p, data, len);
	else
		n = parser_take_tail(p, data);

	/* Do this first: parser_reject() below may put the bytes back. */
	if (replayed) {
		p->replay_pos += n;
		p->from_replay += parser_held(p) - before;
	}

	if (in_header) {
		if (p->hdr_len == 2 && p->hdr[1] != OMV_SYNC_1)
			parser_shift(p);
		if (p->hdr_len == OMV_HDR_SIZE)
			parser_header(p);
	} else if (p->got == (u32)p->pkt.length + OMV_CRC_SIZE) {
		parser_finish(p);
	}
	return n;
}

static void parser_run_replay(struct omv_parser *p)
{
	while (p->replay_pos < p->replay_len)
		parser_step(p, p->replay + p->replay_pos,
			    p->replay_len - p->replay_pos, true);
}

/**
 * omv_parser_input() - parse received bytes
 * @p: parser
 * @data: bytes; packets may begin and end anywhere in it
 * @len: number of bytes
 * @now: time in ms
 *
 * Calls the callbacks, which may call all functions of the parser except
 * omv_parser_input() and omv_parser_tick().
 */
void omv_parser_input(struct omv_parser *p, const void *data, size_t len,
		      u64 now)
{
	const u8 *byte = data;
	u32 n;

	p->now = now;
	while (len) {
		n = parser_step(p, byte, len, false);
		byte += n;
		len -= n;
		parser_run_replay(p);
	}
}

/**
 * omv_parser_deadline() - time by which omv_parser_tick() must be called
 * @p: parser
 *
 * Return: time in ms, U64_MAX for never
 */
u64 omv_parser_deadline(const struct omv_parser *p)
{
	return p->hdr_len ? p->since + OMV_PARSER_TIMEOUT_MS : U64_MAX;
}

/**
 * omv_parser_tick() - reject a packet that stays incomplete
 * @p: parser
 * @now: time in ms
 *
 * Does nothing before omv_parser_deadline(). May call the callbacks.
 */
void omv_parser_tick(struct omv_parser *p, u64 now)
{
	if (now < omv_parser_deadline(p))
		return;
	p->stats.timeouts++;
	p->now = now;
	/*
	 * The bytes after a rejected packet may start another incomplete
	 * packet, which is as old: reject it, too. Each iteration drops at
	 * least one byte.
	 */
	while (p->hdr_len) {
		parser_reject(p);
		parser_run_replay(p);
	}
}

/**
 * omv_parser_detach() - take back the buffer that ops->payload returned
 * @p: parser
 *
 * Continues the current payload in a buffer of the parser. Must be called
 * before the buffer of ops->payload is freed.
 */
void omv_parser_detach(struct omv_parser *p)
{
	if (!p->dst || p->dst == p->scratch)
		return;
	memcpy(p->scratch, p->dst,
	       p->got < p->pkt.length ? p->got : p->pkt.length);
	p->dst = p->scratch;
}
