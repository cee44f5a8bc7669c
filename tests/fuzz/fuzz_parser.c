// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz target: the packets that the parser finds must not depend on how the bytes are split.
 *
 * The input is a list of steps: random bytes would hardly ever have a correct CRC.
 */
#include <string.h>

#include "fuzz.h"
#include "../../driver/core/omv_crc.h"
#include "../../driver/core/omv_parser.h"

/* Low bits of the first byte of a step; its high bits are an argument. */
enum step {
	STEP_RAW,	/* a number of bytes of the input, unchanged */
	STEP_PACKET,	/* a packet with a payload from the input */
	STEP_ZEROS,	/* a packet with a long payload that is not in the input */
	STEP_TRUNCATED,	/* a truncated packet */
	STEP_KINDS
};

#define MAX_STREAM	(3 * OMV_MAX_PACKET)

struct stream {
	u8 bytes[MAX_STREAM];
	u32 len;
};

/**
 * struct listener - receiver of the packets
 * @parser:  the parser
 * @count:   number of packets
 * @digest:  digest of the content of all packets
 * @turn:    number of payloads that were started
 * @payload: memory for every second payload
 */
struct listener {
	struct omv_parser parser;
	u32 count;
	u32 digest;
	u32 turn;
	u8 *payload;
};

static u8 *want_payload(void *ctx, const struct omv_packet *pkt)
{
	struct listener *listener = ctx;

	CHECK(pkt->length && pkt->length <= listener->parser.limit);
	free(listener->payload);
	listener->payload = NULL;
	/* Memory of the exact size, so that ASan detects overruns. */
	if (listener->turn++ & 1)
		listener->payload = malloc(pkt->length);
	return listener->payload;
}

static void got_packet(void *ctx, const struct omv_packet *pkt)
{
	struct listener *listener = ctx;
	const u8 head[] = { pkt->seq, pkt->channel, pkt->flags, pkt->opcode,
			    pkt->length, pkt->length >> 8 };

	CHECK(pkt->length <= listener->parser.limit);
	listener->count++;
	listener->digest = omv_crc32(listener->digest, head, sizeof(head));
	if (pkt->length)
		listener->digest = omv_crc32(listener->digest, pkt->payload, pkt->length);
}

static const struct omv_parser_ops ops = {
	.payload = want_payload,
	.packet = got_packet,
};

static u32 take(const u8 **data, size_t *size, void *to, u32 len)
{
	if (len > *size)
		len = *size;
	memcpy(to, *data, len);
	*data += len;
	*size -= len;
	return len;
}

static void add_step(struct stream *stream, const u8 **data, size_t *size)
{
	struct omv_packet pkt = { .payload = NULL };
	u8 buf[OMV_MAX_PACKET] = { 0 };
	u8 *payload = buf + OMV_HDR_SIZE;
	u8 head = 0, fields[4] = { 0 };
	u32 len;

	take(data, size, &head, 1);
	if (head % STEP_KINDS == STEP_RAW) {
		len = take(data, size, buf, 1 + head / STEP_KINDS);
	} else {
		take(data, size, fields, sizeof(fields));
		pkt.seq = fields[0];
		pkt.channel = fields[1];
		pkt.flags = fields[2];
		pkt.opcode = fields[3];
		pkt.payload = payload;
		if (head % STEP_KINDS == STEP_ZEROS)
			pkt.length = head / STEP_KINDS * (OMV_MAX_PAYLOAD / 63);
		else
			pkt.length = take(data, size, payload, head / STEP_KINDS);
		len = omv_packet_encode(buf, &pkt);
		if (head % STEP_KINDS == STEP_TRUNCATED)
			len -= 1 + fields[0] % len;
	}
	if (len > sizeof(stream->bytes) - stream->len)
		len = sizeof(stream->bytes) - stream->len;
	memcpy(stream->bytes + stream->len, buf, len);
	stream->len += len;
}

static void listen(struct listener *listener, u16 limit)
{
	memset(listener, 0, sizeof(*listener));
	omv_parser_init(&listener->parser, &ops, listener);
	omv_parser_set_limit(&listener->parser, limit);
}

/* Pass the bytes in a copy of exact size. */
static void input(struct listener *listener, const u8 *bytes, u32 len, u64 now)
{
	u8 *copy = malloc(len ? len : 1);

	CHECK(copy);
	memcpy(copy, bytes, len);
	omv_parser_input(&listener->parser, copy, len, now);
	free(copy);
}

static void finish(struct listener *listener, u64 now)
{
	struct omv_parser *parser = &listener->parser;

	omv_parser_tick(parser, now + OMV_PARSER_TIMEOUT_MS);
	CHECK(omv_parser_deadline(parser) == U64_MAX);
	free(listener->payload);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct listener whole, parts;
	static struct stream stream;
	u8 cut = 0, limit = 0;
	u32 at, len;

	stream.len = 0;
	take(&data, &size, &limit, 1);
	take(&data, &size, &cut, 1);
	while (size && stream.len < sizeof(stream.bytes))
		add_step(&stream, &data, &size);

	listen(&whole, limit & 1 ? OMV_MAX_PAYLOAD : limit);
	listen(&parts, limit & 1 ? OMV_MAX_PAYLOAD : limit);
	input(&whole, stream.bytes, stream.len, 1);
	for (at = 0; at < stream.len; at += len) {
		len = 1 + (cut * (at + 7) >> 3) % (cut + 1);
		if (len > stream.len - at)
			len = stream.len - at;
		input(&parts, stream.bytes + at, len, 1);
		/* The memory of a payload may be detached at any time. */
		if (at & cut & 4) {
			omv_parser_detach(&parts.parser);
			free(parts.payload);
			parts.payload = NULL;
		}
		omv_parser_tick(&parts.parser, OMV_PARSER_TIMEOUT_MS);
	}
	finish(&whole, 1);
	finish(&parts, 1);
	CHECK(whole.count == parts.count);
	CHECK(whole.digest == parts.digest);
	return 0;
}
