// SPDX-License-Identifier: GPL-2.0-only
/* Checks this program's packet layer with the hex dumps of the specification. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "vectors.h"

#define N_VECTORS (sizeof(vectors) / sizeof(vectors[0]))

static unsigned int passed, failed;

static void result(bool ok, const char *fmt, ...)
{
	va_list ap;

	printf("%sok %u - ", ok ? "" : "not ", passed + failed + 1);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	if (ok)
		passed++;
	else
		failed++;
}

static size_t unhex(const char *hex, uint8_t *out)
{
	size_t n = 0;
	char *end;

	for (unsigned long v = strtoul(hex, &end, 16); end != hex; v = strtoul(hex, &end, 16)) {
		out[n++] = (uint8_t)v;
		hex = end;
	}
	return n;
}

static void crc_tests(void)
{
	static const uint8_t check9[] = "123456789";
	uint8_t ramp[256];

	for (int i = 0; i < 256; i++)
		ramp[i] = (uint8_t)(i * 7 + 3);
	result(crc16(check9, 9) == 0xE541, "CRC-16 check value is E541");
	result(crc32(check9, 9) == 0x41B403D3, "CRC-32 check value is 41B403D3");
	result(crc16(ramp, 256) == crc16_bitwise(ramp, 256) &&
	       crc32(ramp, 256) == crc32_bitwise(ramp, 256), "tables and polynomials agree");
}

static bool same_fields(const struct packet *p, const struct vector *v)
{
	return p->seq == v->seq && p->ch == v->ch && p->flags == v->flags && p->op == v->op &&
	       p->len == v->len;
}

static void vector_test(struct parser *ps, const struct vector *v)
{
	static struct packet p;
	uint8_t raw[256], again[256];
	size_t n = unhex(v->hex, raw);
	bool ok;

	if (v->cut) {
		ok = n > PKT_HDR && get16(raw + 8) == crc16(raw, 8) && raw[2] == v->seq &&
		     raw[3] == v->ch && raw[4] == v->flags && raw[5] == v->op &&
		     get16(raw + 6) == v->len;
		result(ok, "%s %s seq %u, header only", v->section, op_name(v->op), v->seq);
		return;
	}
	parser_init(ps);
	parser_feed(ps, raw, n);
	ok = parser_next(ps, &p) && same_fields(&p, v) && !ps->junk && !parser_pending(ps) &&
	     pkt_build(again, v->seq, v->ch, v->flags, v->op, raw + PKT_HDR, v->len) == n &&
	     !memcmp(again, raw, n);
	result(ok, "%s %s seq %u, decoded and encoded", v->section, op_name(v->op), v->seq);
}

/* All complete vectors as one stream, byte by byte, with garbage in between. */
static void stream_test(struct parser *ps)
{
	static const uint8_t garbage[] = { 0xAA, 0xAA, 0xD5, 0x00, 'x', 0xAA };
	static struct packet p;
	bool ok = true;

	parser_init(ps);
	for (size_t i = 0; i < N_VECTORS; i++) {
		uint8_t raw[256];
		size_t n = unhex(vectors[i].hex, raw);

		if (vectors[i].cut)
			continue;
		parser_feed(ps, garbage, sizeof(garbage));
		for (size_t k = 0; k < n; k++) {
			ok &= !parser_next(ps, &p);
			parser_feed(ps, raw + k, 1);
		}
		ok &= parser_next(ps, &p) && same_fields(&p, &vectors[i]);
	}
	result(ok, "all packets in one stream, byte by byte, garbage between");
}

static void flip_test(struct parser *ps)
{
	static struct packet p;
	bool ok = true;

	for (size_t i = 0; i < N_VECTORS; i++) {
		uint8_t raw[256];
		size_t n = unhex(vectors[i].hex, raw);

		for (size_t bit = 0; !vectors[i].cut && bit < 8 * n; bit++) {
			raw[bit / 8] ^= (uint8_t)(1 << bit % 8);
			parser_init(ps);
			parser_feed(ps, raw, n);
			ok &= !parser_next(ps, &p);
			raw[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
	result(ok, "no packet survives a flipped bit");
}

/* A minimal JPEG: SOI, one quantisation table, SOF0, SOS, EOI. */
static void jpeg_test(void)
{
	uint8_t j[128] = { 0xFF, 0xD8, 0xFF, 0xDB, 0, 67 };
	static const uint8_t rest[] = { 0xFF, 0xC0, 0, 11, 8, 0, 240, 1, 64, 1, 1, 0x11, 0,
					0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0, 0x12, 0xFF, 0xD9 };
	size_t n = 2 + 2 + 67 + sizeof(rest);
	unsigned int w, h;
	unsigned long q;

	memset(j + 7, 2, 64);
	memcpy(j + 71, rest, sizeof(rest));
	result(!jpeg_parse(j, n, &w, &h, &q) && w == 320 && h == 240 && q == 128,
	       "a JPEG's size and quantisation tables");
	result(jpeg_parse(j, n - 1, &w, &h, &q) && jpeg_parse(j + 1, n - 1, &w, &h, &q) &&
	       jpeg_parse(j, 60, &w, &h, &q), "a damaged JPEG is noticed");
}

int self_test(void)
{
	struct parser *ps = malloc(sizeof(*ps));

	if (!ps)
		return 1;
	printf("1..%zu\n", N_VECTORS + 7);
	crc_tests();
	for (size_t i = 0; i < N_VECTORS; i++)
		vector_test(ps, &vectors[i]);
	stream_test(ps);
	flip_test(ps);
	jpeg_test();
	free(ps);
	printf("%u passed, %u failed, 0 skipped\n", passed, failed);
	return failed ? 1 : 0;
}
