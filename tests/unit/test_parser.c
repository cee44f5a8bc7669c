// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../driver/core/omv_crc.h"
#include "../../driver/core/omv_parser.h"
#include "vectors.h"

#define MAX_PACKETS	4096
#define MAX_STREAM	(256 * 1024)

/* Received packets in their order; of payloads only the CRC. */
struct list {
	unsigned int count;
	struct entry {
		struct omv_packet pkt;
		u32 crc;
	} packets[MAX_PACKETS];
};

/*
 * A parser with its owner. Payloads are received into memory of their exact
 * size, so that ASan detects overruns, or into the parser's own memory (@own).
 */
struct fixture {
	struct omv_parser parser;
	struct list got;
	bool own;
	u8 *memory;
	u16 wanted;
	void (*on_packet)(struct fixture *f);
};

static void list_add(struct list *list, const struct omv_packet *pkt)
{
	struct entry *entry = &list->packets[list->count++];

	assert_true(list->count <= MAX_PACKETS);
	entry->pkt = *pkt;
	entry->pkt.payload = NULL;
	entry->crc = 0;
	if (pkt->length)
		entry->crc = omv_vector_crc32(pkt->payload, pkt->length);
}

static bool entries_equal(const struct entry *a, const struct entry *b)
{
	return a->pkt.seq == b->pkt.seq && a->pkt.channel == b->pkt.channel &&
	       a->pkt.flags == b->pkt.flags && a->pkt.opcode == b->pkt.opcode &&
	       a->pkt.length == b->pkt.length && a->crc == b->crc;
}

static void assert_lists_equal(const struct list *got, const struct list *want)
{
	unsigned int i;

	for (i = 0; i < got->count && i < want->count; i++) {
		if (!entries_equal(&got->packets[i], &want->packets[i]))
			fail_msg("packet %u differs", i);
	}
	assert_int_equal(got->count, want->count);
}

static u8 *take_payload(void *ctx, const struct omv_packet *pkt)
{
	struct fixture *f = ctx;

	assert_true(pkt->length);
	free(f->memory);
	f->memory = NULL;
	f->wanted = pkt->length;
	if (f->own)
		return NULL;
	f->memory = malloc(pkt->length);
	return f->memory;
}

static void take_packet(void *ctx, const struct omv_packet *pkt)
{
	struct fixture *f = ctx;

	if (f->memory && pkt->length)
		assert_ptr_equal(pkt->payload, f->memory);
	list_add(&f->got, pkt);
	if (f->on_packet)
		f->on_packet(f);
}

static const struct omv_parser_ops parser_ops = {
	.payload = take_payload,
	.packet = take_packet,
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	omv_parser_init(&f->parser, &parser_ops, f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	free(f->memory);
	free(f);
	return 0;
}

/* Input from memory of its exact size. */
static void feed(struct fixture *f, const u8 *data, size_t len, u64 now)
{
	u8 *copy = malloc(len ? len : 1);

	memcpy(copy, data, len);
	omv_parser_input(&f->parser, copy, len, now);
	free(copy);
}

static void restart(struct fixture *f)
{
	omv_parser_reset(&f->parser);
	f->got.count = 0;
}

static size_t make(u8 *buf, u8 seq, u8 opcode, u8 flags, const void *payload,
		   u16 len)
{
	const struct omv_packet pkt = {
		.seq = seq,
		.channel = 4,
		.flags = flags,
		.opcode = opcode,
		.length = len,
		.payload = payload,
	};

	return omv_packet_encode(buf, &pkt);
}

/* A valid header with a length of @len, whose payload does not follow. */
static size_t make_header(u8 *buf, u16 len)
{
	const struct omv_packet pkt = { .opcode = OMV_OP_READ, .length = len };

	omv_hdr_encode((struct omv_hdr *)buf, &pkt);
	return OMV_HDR_SIZE;
}

/* ---- the packets of the specification --------------------------------- */

static void decode_by_hand(const u8 *buf, struct omv_packet *pkt)
{
	pkt->seq = buf[2];
	pkt->channel = buf[3];
	pkt->flags = buf[4];
	pkt->opcode = buf[5];
	pkt->length = buf[6] | buf[7] << 8;
	pkt->payload = buf + 10;
}

static void vectors_encoded(void **state)
{
	const struct omv_conversation *c;
	u8 want[OMV_VECTOR_MAX], got[OMV_VECTOR_MAX];
	struct omv_packet pkt;
	size_t i, len;

	for (c = omv_conversations; c < omv_conversations + OMV_CONVERSATIONS;
	     c++) {
		for (i = 0; i < c->count; i++) {
			len = omv_vector_packet(&c->packets[i], want);
			decode_by_hand(want, &pkt);
			assert_int_equal(omv_packet_encode(got, &pkt), len);
			assert_memory_equal(got, want, len);
			/* The payload was already received into its place. */
			memset(got, 0, OMV_HDR_SIZE);
			memset(got + len, 0, sizeof(got) - len);
			pkt.payload = got + OMV_HDR_SIZE;
			assert_int_equal(omv_packet_encode(got, &pkt), len);
			assert_memory_equal(got, want, len);
		}
	}
}

/*
 * Each packet in two parts, split at every position, followed by part of the
 * next one.
 */
static void vectors_cut_everywhere(void **state)
{
	struct fixture *f = *state;
	const struct omv_conversation *c;
	u8 buf[OMV_VECTOR_MAX];
	struct list *want = calloc(1, sizeof(*want));
	struct omv_packet pkt;
	size_t i, len, cut, step;

	for (c = omv_conversations; c < omv_conversations + OMV_CONVERSATIONS;
	     c++) {
		for (i = 0; i < c->count; i++) {
			len = omv_vector_packet(&c->packets[i], buf);
			decode_by_hand(buf, &pkt);
			want->count = 0;
			list_add(want, &pkt);
			/*
			 * Not every position of the long packets needs a test.
			 */
			step = len > 600 ? 61 : 1;
			for (cut = 0; cut <= len;
			     cut += cut > 12 && cut + 70 < len ? step : 1) {
				restart(f);
				f->own = cut & 1;
				feed(f, buf, cut, 0);
				assert_int_equal(f->got.count, cut == len);
				feed(f, buf + cut, len - cut, 1);
				assert_lists_equal(&f->got, want);
			}
			assert_int_equal(f->parser.stats.skipped, 0);
			assert_true(omv_parser_deadline(&f->parser) == U64_MAX);
		}
	}
	free(want);
}

/* All packets in one stream, in pieces of each small size. */
static void vectors_in_one_stream(void **state)
{
	struct fixture *f = *state;
	const struct omv_conversation *c;
	u8 *stream = malloc(MAX_STREAM);
	struct list *want = calloc(1, sizeof(*want));
	struct omv_packet pkt;
	size_t i, len = 0, n, at, piece;

	for (c = omv_conversations; c < omv_conversations + OMV_CONVERSATIONS;
	     c++) {
		for (i = 0; i < c->count; i++) {
			n = omv_vector_packet(&c->packets[i], stream + len);
			decode_by_hand(stream + len, &pkt);
			list_add(want, &pkt);
			len += n;
		}
	}
	for (piece = 1; piece <= 600; piece = piece * 4 / 3 + 1) {
		restart(f);
		for (at = 0; at < len; at += n) {
			n = len - at < piece ? len - at : piece;
			feed(f, stream + at, n, 0);
		}
		assert_lists_equal(&f->got, want);
	}
	free(want);
	free(stream);
}

/* ---- invalid packets -------------------------------------------------- */

/* Invert each bit of a packet: it must not be accepted as another one. */
static void every_bit_flipped(void **state)
{
	struct fixture *f = *state;
	u8 buf[64], good[64];
	size_t len, good_len;
	unsigned int bit;

	len = make(buf, 7, OMV_OP_SIZE, 0, "abcd", 4);
	good_len = make(good, 8, OMV_OP_SYNC, 0, NULL, 0);
	for (bit = 0; bit < len * 8; bit++) {
		restart(f);
		buf[bit / 8] ^= 1 << bit % 8;
		feed(f, buf, len, 0);
		buf[bit / 8] ^= 1 << bit % 8;
		feed(f, good, good_len, 0);
		omv_parser_tick(&f->parser, OMV_PARSER_TIMEOUT_MS);
		assert_int_equal(f->got.count, 1);
		assert_int_equal(f->got.packets[0].pkt.seq, 8);
	}
}

/* Without the sync word a header with a correct CRC is not accepted. */
static void other_sync_words(void **state)
{
	struct omv_packet pkt;
	u8 buf[OMV_HDR_SIZE];
	unsigned int i;
	u16 crc;

	for (i = 0; i < 0x10000; i++) {
		make_header(buf, 5);
		buf[0] = i;
		buf[1] = i >> 8;
		crc = omv_vector_crc16(buf, 8);
		buf[8] = crc;
		buf[9] = crc >> 8;
		assert_int_equal(omv_hdr_decode(buf, &pkt),
				 buf[0] == 0xaa && buf[1] == 0xd5);
	}
}

/*
 * Only one byte is dropped after a false sync: the next one may be a real sync.
 */
static void false_sync(void **state)
{
	static const u8 starts[][12] = {
		{ 1, 0xaa }, { 2, 0xaa, 0xaa }, { 2, 0xaa, 0xd5 },
		{ 3, 0xaa, 0xd5, 0xaa }, { 4, 0xaa, 0xd5, 0xaa, 0xd5 },
		{ 5, 0xaa, 0xd5, 0xaa, 0xd5, 0xaa },
		{ 3, 0xd5, 0xaa, 0xaa }, { 4, 0xaa, 0x00, 0xd5, 0xaa },
		{ 9, 0xaa, 0xd5, 0, 0, 0, 0, 0, 0, 0xb0 },
		{ 10, 0xaa, 0xd5, 0, 0, 0, 0, 0, 0, 0xb0, 0xad },
		{ 10, 0xaa, 0xd5, 0, 0, 0, 0, 0, 0, 0xaa, 0xd5 },
		{ 10, 0xaa, 0xd5, 0xaa, 0xd5, 0xaa, 0xd5, 0xaa, 0xd5, 0xaa,
		  0xd5 },
		{ 11, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa,
		  0xaa, 0xaa },
	};
	struct fixture *f = *state;
	u8 buf[64];
	size_t junk, len, i, cut;

	for (i = 0; i < ARRAY_SIZE(starts); i++) {
		junk = starts[i][0];
		memcpy(buf, starts[i] + 1, junk);
		len = junk + make(buf + junk, 9, OMV_OP_SIZE, 0, "abcd", 4);
		for (cut = 0; cut <= len; cut++) {
			restart(f);
			f->parser.stats.skipped = 0;
			feed(f, buf, cut, 0);
			feed(f, buf + cut, len - cut, 0);
			assert_int_equal(f->got.count, 1);
			assert_int_equal(f->got.packets[0].pkt.seq, 9);
			assert_int_equal(f->parser.stats.skipped, junk);
		}
	}
}

/*
 * T-21: an event that is split around a complete response, at every position.
 */
static void interleaved_event(void **state)
{
	struct fixture *f = *state;
	u8 event[16], response[600], stream[700], data[500];
	size_t event_len, response_len, cut, len;
	u16 size;

	memset(data, 0xaa, sizeof(data));
	event_len = make(event, 3, OMV_OP_CHANNEL_EVENT, OMV_F_EVENT, "\1\0",
			 2);
	for (size = 0; size < sizeof(data); size = size * 3 + 1) {
		response_len = make(response, 3, OMV_OP_READ, 0, data, size);
		for (cut = 1; cut < event_len; cut++) {
			memcpy(stream, event, cut);
			memcpy(stream + cut, response, response_len);
			len = cut + response_len;
			memcpy(stream + len, event + cut, event_len - cut);
			len += event_len - cut;
			restart(f);
			feed(f, stream, len, 0);
			omv_parser_tick(&f->parser, OMV_PARSER_TIMEOUT_MS);
			assert_int_equal(f->got.count, 1);
			assert_int_equal(f->got.packets[0].pkt.length, size);
		}
	}
}

/*
 * A response that is split around an event: the event and the next packets are
 * received.
 */
static void interleaved_response(void **state)
{
	struct fixture *f = *state;
	u8 response[600], event[16], next[16], stream[700], data[500];
	size_t response_len, event_len, next_len, cut, len;

	memset(data, 0x55, sizeof(data));
	response_len = make(response, 3, OMV_OP_READ, 0, data, sizeof(data));
	event_len = make(event, 3, OMV_OP_CHANNEL_EVENT, OMV_F_EVENT, "\1\0",
			 2);
	next_len = make(next, 4, OMV_OP_SIZE, OMV_F_ACK, NULL, 0);
	for (cut = 1; cut < response_len; cut += 7) {
		memcpy(stream, response, cut);
		memcpy(stream + cut, event, event_len);
		len = cut + event_len;
		memcpy(stream + len, response + cut, response_len - cut);
		len += response_len - cut;
		memcpy(stream + len, next, next_len);
		restart(f);
		feed(f, stream, len + next_len, 0);
		assert_int_equal(f->got.count, 2);
		assert_int_equal(f->got.packets[0].pkt.opcode,
				 OMV_OP_CHANNEL_EVENT);
		assert_int_equal(f->got.packets[1].pkt.seq, 4);
	}
}

/* Valid packets inside a payload with a wrong CRC are received in order. */
static void packets_in_a_false_payload(void **state)
{
	struct fixture *f = *state;
	u8 stream[OMV_MAX_PACKET + 64];
	size_t len, start, cut;
	unsigned int i;

	for (cut = 0; cut < 200; cut++) {
		start = make_header(stream, OMV_MAX_PAYLOAD);
		len = start;
		for (i = 0; len + 100 < OMV_MAX_PACKET; i++)
			len += make(stream + len, i, OMV_OP_READ, 0, stream,
				    i % 60);
		memset(stream + len, 0, OMV_MAX_PACKET - len);
		len = OMV_MAX_PACKET;
		len += make(stream + len, 0xee, OMV_OP_SYNC, 0, NULL, 0);
		restart(f);
		feed(f, stream, len - cut, 0);
		feed(f, stream + len - cut, cut, 0);
		assert_int_equal(f->got.count, i + 1);
		while (i--)
			assert_int_equal(f->got.packets[i].pkt.seq, (u8)i);
	}
}

/*
 * @depth nested invalid packets, with @good valid packets in the innermost, and
 * garbage.
 */
static size_t make_nest(u8 *stream, unsigned int depth, unsigned int good)
{
	size_t len = 0;
	unsigned int i;

	for (i = 0; i < depth; i++)
		len += make_header(stream + len, 2000 - len);
	for (i = 0; i < good; i++)
		len += make(stream + len, i, OMV_OP_SIZE, 0, "wxyz", 4);
	memset(stream + len, 0xaa, 2000 + OMV_OVERHEAD - len);
	return 2000 + OMV_OVERHEAD;
}

/* Rejected bytes are searched again at each level. */
static void nested(void **state)
{
	struct fixture *f = *state;
	u8 stream[4096];
	size_t len = make_nest(stream, OMV_PARSER_MAX_REJECTS, 20), at;
	unsigned int i;

	for (at = 0; at <= len; at += 11) {
		restart(f);
		feed(f, stream, at, 0);
		feed(f, stream + at, len - at, 0);
		assert_int_equal(f->got.count, 20);
		for (i = 0; i < 20; i++)
			assert_int_equal(f->got.packets[i].pkt.seq, i);
	}
}

/* With one level more their content is discarded: the work is bounded. */
static void too_many_rejects(void **state)
{
	struct fixture *f = *state;
	u8 stream[4096];
	size_t len = make_nest(stream, OMV_PARSER_MAX_REJECTS + 1, 20);

	feed(f, stream, len, 0);
	assert_int_equal(f->got.count, 0);
	assert_true(omv_parser_deadline(&f->parser) == U64_MAX);
	assert_int_equal(f->parser.stats.skipped, len);
	/* The next valid packet is accepted and resets the count. */
	len = make(stream, 1, OMV_OP_SIZE, 0, "wxyz", 4);
	feed(f, stream, len, 0);
	assert_int_equal(f->got.count, 1);
	len = make_nest(stream, OMV_PARSER_MAX_REJECTS, 20);
	feed(f, stream, len, 0);
	assert_int_equal(f->got.count, 21);

	/* So does a reset. */
	len = make_nest(stream, OMV_PARSER_MAX_REJECTS + 1, 20);
	restart(f);
	feed(f, stream, len, 0);
	assert_int_equal(f->got.count, 0);
	len = make_nest(stream, OMV_PARSER_MAX_REJECTS, 20);
	restart(f);
	feed(f, stream, len, 0);
	assert_int_equal(f->got.count, 20);
}

/* The same with invalid packets one after another. */
static void too_many_rejects_in_a_row(void **state)
{
	struct fixture *f = *state;
	u8 stream[4096];
	size_t len, end = 2000 + OMV_OVERHEAD;
	unsigned int i;

	len = make_header(stream, 2000);
	for (i = 0; i < OMV_PARSER_MAX_REJECTS; i++) {
		len += make_header(stream + len, 4);
		memset(stream + len, 0, 8);
		len += 8;
	}
	for (i = 0; i < 20; i++)
		len += make(stream + len, i, OMV_OP_SIZE, 0, "wxyz", 4);
	memset(stream + len, 0, end - len);
	feed(f, stream, end, 0);
	assert_int_equal(f->got.count, 0);
	assert_int_equal(f->parser.stats.skipped, end);
	assert_int_equal(f->parser.stats.bad_payload,
			 OMV_PARSER_MAX_REJECTS + 1);
}

/* A megabyte of headers with wrong lengths is searched only a few times. */
static void hostile_headers(void **state)
{
	struct fixture *f = *state;
	u8 stream[10 * 1000];
	size_t len = 0;
	unsigned int i;

	for (i = 0; i < 1000; i++)
		len += make_header(stream + len, OMV_MAX_PAYLOAD - i);
	for (i = 0; i < 100; i++)
		feed(f, stream, len, 0);
	assert_int_equal(f->got.count, 0);
	/* Each was searched again at most MAX_REJECTS times. */
	assert_true(f->parser.stats.bad_payload < 200 + OMV_PARSER_MAX_REJECTS);
}

/* ---- limits and time -------------------------------------------------- */

static bool is_believed(struct fixture *f, u16 len)
{
	u8 hdr[OMV_HDR_SIZE];

	f->wanted = 0;
	make_header(hdr, len);
	feed(f, hdr, sizeof(hdr), 0);
	return f->wanted == len;
}

static void limit(void **state)
{
	struct fixture *f = *state;
	u8 *buf = calloc(2, OMV_MAX_PACKET);
	u8 *payload = buf + OMV_MAX_PACKET;
	size_t len;
	unsigned int i;

	/* The maximum length, and one byte more. */
	len = make(buf, 1, OMV_OP_READ, 0, payload, OMV_MAX_PAYLOAD);
	assert_int_equal(len, OMV_MAX_PACKET);
	feed(f, buf, len, 0);
	assert_int_equal(f->got.count, 1);
	restart(f);
	for (i = OMV_MAX_PAYLOAD + 1; i <= 0xffff; i += 97)
		assert_false(is_believed(f, i));
	assert_int_equal(f->parser.stats.bad_header,
			 (0xffff - OMV_MAX_PAYLOAD - 1) / 97 + 1);

	/* The negotiated length, and one byte more. */
	omv_parser_set_limit(&f->parser, 50);
	assert_false(is_believed(f, 51));
	assert_true(is_believed(f, 50));

	/* Invalid limits are clamped; a reset restores the default. */
	omv_parser_reset(&f->parser);
	omv_parser_set_limit(&f->parser, 0xffff);
	assert_false(is_believed(f, OMV_MAX_PAYLOAD + 1));
	omv_parser_set_limit(&f->parser, 50);
	omv_parser_reset(&f->parser);
	assert_true(is_believed(f, OMV_MAX_PAYLOAD));
	free(buf);
}

/*
 * T-9: a truncated packet, followed by a valid one, which may be truncated,
 * too.
 */
static void timeout(void **state)
{
	struct fixture *f = *state;
	u8 buf[600], good[32], data[500];
	size_t len, good_len, cut;

	memset(data, 0x77, sizeof(data));
	len = make(buf, 1, OMV_OP_READ, 0, data, sizeof(data));
	good_len = make(good, 2, OMV_OP_SIZE, 0, "abcd", 4);
	for (cut = 1; cut < len; cut++) {
		restart(f);
		feed(f, buf, cut, 1000);
		assert_true(omv_parser_deadline(&f->parser) ==
			    1000 + OMV_PARSER_TIMEOUT_MS);
		if (cut + good_len < len) {
			feed(f, good, good_len, 1500);
			if (cut >= OMV_HDR_SIZE)
				assert_int_equal(f->got.count, 0);
		}
		omv_parser_tick(&f->parser, 999 + OMV_PARSER_TIMEOUT_MS);
		if (cut >= OMV_HDR_SIZE)
			assert_int_equal(f->got.count, 0);
		omv_parser_tick(&f->parser, 1500 + OMV_PARSER_TIMEOUT_MS);
		assert_true(omv_parser_deadline(&f->parser) == U64_MAX);
		assert_int_equal(f->got.count, cut + good_len < len);
		/* The truncated packet has no further effect. */
		feed(f, good, good_len, 9000);
		assert_int_equal(f->got.count, 1 + (cut + good_len < len));
	}
	/* Without a packet there is no deadline. */
	omv_parser_tick(&f->parser, U64_MAX - 1);
}

/*
 * The timeout starts with the packet's own bytes, not with garbage before them.
 */
static void timeout_counts_from_the_header(void **state)
{
	struct fixture *f = *state;
	u8 garbage[8], buf[16];
	size_t len;
	u64 now;

	memset(garbage, OMV_SYNC_0, sizeof(garbage));
	for (now = 0; now < 5000; now += 100)
		feed(f, garbage, sizeof(garbage), now);
	len = make(buf, 3, OMV_OP_SYNC, 0, NULL, 0);
	feed(f, buf, 1, now);
	omv_parser_tick(&f->parser, now + 10);
	feed(f, buf + 1, len - 1, now + 20);
	assert_int_equal(f->got.count, 1);
}

/* A slow header does not shorten the timeout of the payload. */
static void timeout_of_a_slow_packet(void **state)
{
	struct fixture *f = *state;
	u8 buf[32];
	size_t len = make(buf, 3, OMV_OP_SIZE, 0, "abcd", 4);

	feed(f, buf, 9, 0);
	feed(f, buf + 9, 1, OMV_PARSER_TIMEOUT_MS - 1);
	omv_parser_tick(&f->parser, 2 * OMV_PARSER_TIMEOUT_MS - 2);
	feed(f, buf + 10, len - 10, 2 * OMV_PARSER_TIMEOUT_MS - 2);
	assert_int_equal(f->got.count, 1);
	assert_int_equal(f->parser.stats.timeouts, 0);
}

/* Nested incomplete packets that time out together need only one tick. */
static void timeout_of_nested(void **state)
{
	struct fixture *f = *state;
	u8 stream[200];
	size_t len = 0;
	unsigned int i;

	for (i = 0; i < 10; i++)
		len += make_header(stream + len, 5000);
	len += make(stream + len, 5, OMV_OP_SIZE, 0, "abcd", 4);
	len += make_header(stream + len, 5000);
	feed(f, stream, len, 0);
	assert_int_equal(f->got.count, 0);
	omv_parser_tick(&f->parser, OMV_PARSER_TIMEOUT_MS);
	assert_int_equal(f->got.count, 1);
	assert_true(omv_parser_deadline(&f->parser) == U64_MAX);
	assert_int_equal(f->parser.stats.timeouts, 1);
}

/* ---- memory of the owner ---------------------------------------------- */

/*
 * Detach the memory at every byte: the packet is received into the scratch
 * buffer.
 */
static void detach(void **state)
{
	struct fixture *f = *state;
	u8 buf[300], data[200];
	size_t len, cut;

	srand(4);
	for (cut = 0; cut < sizeof(data); cut++)
		data[cut] = rand();
	len = make(buf, 1, OMV_OP_READ, 0, data, sizeof(data));
	for (cut = 0; cut <= len; cut++) {
		restart(f);
		feed(f, buf, cut, 0);
		omv_parser_detach(&f->parser);
		free(f->memory);
		f->memory = NULL;
		feed(f, buf + cut, len - cut, 0);
		assert_int_equal(f->got.count, 1);
		assert_int_equal(f->got.packets[0].crc,
				 omv_vector_crc32(data, sizeof(data)));
	}
}

/* An invalid packet is searched again although its memory was detached. */
static void detach_then_reject(void **state)
{
	struct fixture *f = *state;
	u8 stream[400];
	size_t len, cut, end;

	len = make_header(stream, 300);
	len += make(stream + len, 1, OMV_OP_SIZE, 0, "abcd", 4);
	len += make(stream + len, 2, OMV_OP_SIZE, 0, "efgh", 4);
	end = OMV_OVERHEAD + 300;
	memset(stream + len, 0, end - len);
	for (cut = OMV_HDR_SIZE; cut < end; cut++) {
		restart(f);
		feed(f, stream, cut, 0);
		omv_parser_detach(&f->parser);
		free(f->memory);
		f->memory = NULL;
		feed(f, stream + cut, end - cut, 0);
		assert_int_equal(f->got.count, 2);
	}
}

static void detach_on_packet(struct fixture *f)
{
	/* An unchanged scratch buffer shows that nothing was copied. */
	memset(f->parser.scratch, 0x5a, sizeof(f->parser.scratch));
	omv_parser_detach(&f->parser);
	assert_int_equal(f->parser.scratch[0], 0x5a);
}

static void detach_of_a_whole_packet_copies_nothing(void **state)
{
	struct fixture *f = *state;
	u8 buf[32];

	f->on_packet = detach_on_packet;
	feed(f, buf, make(buf, 1, OMV_OP_SIZE, 0, "abcd", 4), 0);
	assert_int_equal(f->got.count, 1);
}

static void reset_on_packet(struct fixture *f)
{
	omv_parser_reset(&f->parser);
}

/*
 * Reset in the callback, for new bytes and for bytes that are searched again.
 */
static void reset_in_callback(void **state)
{
	struct fixture *f = *state;
	u8 stream[400];
	size_t len, first;

	f->on_packet = reset_on_packet;
	len = make(stream, 1, OMV_OP_SIZE, 0, "abcd", 4);
	len += make(stream + len, 2, OMV_OP_SIZE, 0, "efgh", 4);
	feed(f, stream, len, 0);
	assert_int_equal(f->got.count, 2);

	restart(f);
	len = make_header(stream, 100);
	first = len;
	len += make(stream + len, 1, OMV_OP_SIZE, 0, "abcd", 4);
	len += make(stream + len, 2, OMV_OP_SIZE, 0, "efgh", 4);
	memset(stream + len, 0, 114 - len);
	memcpy(stream + 114, stream + first, 18);
	feed(f, stream, 114 + 18, 0);
	/* The second packet was kept for a later search, and discarded. */
	assert_int_equal(f->got.count, 2);
	assert_int_equal(f->got.packets[1].pkt.seq, 1);
}

/* ---- comparison with a simple parser ---------------------------------- */

/*
 * A simple parser for a complete stream: it checks for a packet at each byte.
 * Return: largest number of consecutive packets with a wrong payload CRC.
 */
static unsigned int slow_parse(const u8 *stream, size_t len, u16 max,
			       struct list *list)
{
	unsigned int rejects = 0, most = 0;
	struct omv_packet pkt;
	size_t at = 0, total;
	u32 crc;

	while (at < len) {
		if (len - at < 10 || stream[at] != 0xaa ||
		    stream[at + 1] != 0xd5) {
			/* A truncated packet at the end counts, too. */
			if (len - at < 10)
				rejects++;
			at++;
			continue;
		}
		decode_by_hand(stream + at, &pkt);
		if (omv_vector_crc16(stream + at, 8) !=
		    (stream[at + 8] | stream[at + 9] << 8) ||
		    pkt.length > max) {
			at++;
			continue;
		}
		total = pkt.length ? 14 + pkt.length : 10;
		if (total <= len - at && pkt.length) {
			const u8 *end = stream + at + total - 4;

			crc = end[0] | end[1] << 8 | end[2] << 16 |
			      (u32)end[3] << 24;
			if (crc != omv_vector_crc32(pkt.payload, pkt.length))
				total = 0;
		}
		if (!total || total > len - at) {
			at++;
			rejects++;
			most = rejects > most ? rejects : most;
			continue;
		}
		list_add(list, &pkt);
		rejects = 0;
		at += total;
	}
	return rejects > most ? rejects : most;
}

static size_t random_piece(u8 *buf, u16 max)
{
	u8 payload[600], text[16] = "fifteen letters";
	size_t len, i, n;
	u16 size = rand() % (rand() % 3 ? 40 : sizeof(payload));

	if (size > max)
		size = max;
	for (i = 0; i < size; i++)
		payload[i] = rand() % 6 ? rand() :
			     rand() % 2 ? OMV_SYNC_0 : OMV_SYNC_1;
	/* A packet in a packet. */
	if (size > 40 && rand() % 2)
		make(payload + rand() % (size - 30), rand(), rand() % 0x2a, 0,
		     text, rand() % 16);
	len = make(buf, rand(), rand() % 0x2a, rand() % 64, payload, size);

	switch (rand() % 12) {
	case 0:		/* garbage */
		len = rand() % 30;
		for (i = 0; i < len; i++)
			buf[i] = rand() % 3 ? rand() :
				 rand() % 2 ? OMV_SYNC_0 : OMV_SYNC_1;
		break;
	case 1:		/* a few wrong bytes */
		for (n = rand() % 4 + 1; n; n--)
			buf[rand() % len] = rand();
		break;
	case 2:		/* cut short */
		len = rand() % len;
		break;
	case 3:		/* missing bytes */
		i = rand() % len;
		n = rand() % (len - i);
		memmove(buf + i, buf + i + n, len - i - n);
		len -= n;
		break;
	case 4:		/* a header with a wrong length */
		len = make_header(buf, rand() % 3 ? rand() % 200 :
					rand() % 9000);
		break;
	case 5:		/* too long by some bytes */
		i = rand() % (len + 1);
		n = rand() % 5;
		memmove(buf + i + n, buf + i, len - i);
		len += n;
		break;
	}
	return len;
}

static void against_slow_parser(void **state)
{
	static const u16 limits[] = { 50, 498, OMV_MAX_PAYLOAD };
	struct fixture *f = *state;
	u8 *stream = malloc(MAX_STREAM);
	struct list *want = calloc(1, sizeof(*want));
	unsigned int seed, pieces, compared = 0, packets = 0;
	size_t len, at, n;
	u16 max;

	for (seed = 1; seed <= 4000; seed++) {
		srand(seed);
		max = limits[rand() % 3];
		len = 0;
		for (pieces = rand() % 60; pieces; pieces--)
			len += random_piece(stream + len, max);
		want->count = 0;
		/* The limit of the work is tested elsewhere. */
		if (slow_parse(stream, len, max, want) >=
		    OMV_PARSER_MAX_REJECTS)
			continue;
		restart(f);
		omv_parser_set_limit(&f->parser, max);
		f->own = rand() % 2;
		for (at = 0; at < len; at += n) {
			n = rand() % (rand() % 3 ? 20 : 2000) + 1;
			if (n > len - at)
				n = len - at;
			feed(f, stream + at, n, 0);
			if (rand() % 8 == 0) {
				omv_parser_detach(&f->parser);
				free(f->memory);
				f->memory = NULL;
			}
		}
		omv_parser_tick(&f->parser, OMV_PARSER_TIMEOUT_MS);
		assert_true(omv_parser_deadline(&f->parser) == U64_MAX);
		if (f->got.count != want->count)
			print_message("seed %u\n", seed);
		assert_lists_equal(&f->got, want);
		compared++;
		packets += want->count;
	}
	/* The random streams must have enough packets. */
	assert_true(compared > 3000 && packets > 40000);
	free(want);
	free(stream);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(vectors_encoded),
		TEST(vectors_cut_everywhere),
		TEST(vectors_in_one_stream),
		TEST(every_bit_flipped),
		TEST(other_sync_words),
		TEST(false_sync),
		TEST(interleaved_event),
		TEST(interleaved_response),
		TEST(packets_in_a_false_payload),
		TEST(nested),
		TEST(too_many_rejects),
		TEST(too_many_rejects_in_a_row),
		TEST(hostile_headers),
		TEST(limit),
		TEST(timeout),
		TEST(timeout_counts_from_the_header),
		TEST(timeout_of_a_slow_packet),
		TEST(timeout_of_nested),
		TEST(detach),
		TEST(detach_then_reject),
		TEST(detach_of_a_whole_packet_copies_nothing),
		TEST(reset_in_callback),
		TEST(against_slow_parser),
	};

	return cmocka_run_group_tests_name("parser", tests, NULL, NULL);
}
