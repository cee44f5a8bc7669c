// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "conf_packet.h"

#define POLY16	0xF94Fu
#define POLY32	0xFA567D89u

uint16_t crc16_bitwise(const void *data, size_t n)
{
	const uint8_t *p = data;
	uint16_t crc = 0xFFFF;

	while (n--) {
		crc ^= (uint16_t)(*p++ << 8);
		for (int i = 0; i < 8; i++)
			crc = (uint16_t)(crc << 1 ^ (crc & 0x8000 ? POLY16 : 0));
	}
	return crc;
}

uint32_t crc32_bitwise(const void *data, size_t n)
{
	const uint8_t *p = data;
	uint32_t crc = 0xFFFFFFFF;

	while (n--) {
		crc ^= (uint32_t)*p++ << 24;
		for (int i = 0; i < 8; i++)
			crc = crc << 1 ^ (crc & 0x80000000 ? POLY32 : 0);
	}
	return crc;
}

static uint16_t table16[256];
static uint32_t table32[256];

static void tables_init(void)
{
	if (table32[1])
		return;
	for (unsigned int i = 0; i < 256; i++) {
		uint16_t a = (uint16_t)(i << 8);
		uint32_t b = i << 24;

		for (int j = 0; j < 8; j++) {
			a = (uint16_t)(a << 1 ^ (a & 0x8000 ? POLY16 : 0));
			b = b << 1 ^ (b & 0x80000000 ? POLY32 : 0);
		}
		table16[i] = a;
		table32[i] = b;
	}
}

uint16_t crc16(const void *data, size_t n)
{
	const uint8_t *p = data;
	uint16_t crc = 0xFFFF;

	tables_init();
	while (n--)
		crc = (uint16_t)(crc << 8 ^ table16[crc >> 8 ^ *p++]);
	return crc;
}

uint32_t crc32(const void *data, size_t n)
{
	const uint8_t *p = data;
	uint32_t crc = 0xFFFFFFFF;

	tables_init();
	while (n--)
		crc = crc << 8 ^ table32[crc >> 24 ^ *p++];
	return crc;
}

size_t pkt_build(uint8_t *out, uint8_t seq, uint8_t ch, uint8_t flags, uint8_t op,
		 const void *payload, uint16_t len)
{
	out[0] = 0xAA;
	out[1] = 0xD5;
	out[2] = seq;
	out[3] = ch;
	out[4] = flags;
	out[5] = op;
	put16(out + 6, len);
	put16(out + 8, crc16(out, 8));
	if (!len)
		return PKT_HDR;
	memmove(out + PKT_HDR, payload, len);
	put32(out + PKT_HDR + len, crc32(out + PKT_HDR, len));
	return PKT_HDR + len + PKT_PCRC;
}

void parser_init(struct parser *ps)
{
	ps->head = ps->tail = 0;
	ps->crc = true;
	ps->junk = 0;
}

bool parser_feed(struct parser *ps, const uint8_t *data, size_t n)
{
	if (n > sizeof(ps->buf) - ps->tail) {
		memmove(ps->buf, ps->buf + ps->head, ps->tail - ps->head);
		ps->tail -= ps->head;
		ps->head = 0;
	}
	if (n > sizeof(ps->buf) - ps->tail)
		return false;
	memcpy(ps->buf + ps->tail, data, n);
	ps->tail += n;
	return true;
}

void parser_skip(struct parser *ps)
{
	if (parser_pending(ps)) {
		ps->head++;
		ps->junk++;
	}
}

bool parser_next(struct parser *ps, struct packet *p)
{
	for (;; parser_skip(ps)) {
		const uint8_t *b = ps->buf + ps->head;
		size_t n = ps->tail - ps->head, total;

		if (!n)
			return false;
		if (b[0] != 0xAA || (n > 1 && b[1] != 0xD5))
			continue;
		if (n < PKT_HDR)
			return false;
		p->len = get16(b + 6);
		p->hcrc = get16(b + 8);
		if (p->len > PKT_MAX || (ps->crc && p->hcrc != crc16(b, 8)))
			continue;
		total = PKT_HDR + p->len + (p->len ? PKT_PCRC : 0);
		if (n < total)
			return false;
		if (p->len && ps->crc && get32(b + PKT_HDR + p->len) != crc32(b + PKT_HDR, p->len))
			continue;
		p->seq = b[2];
		p->ch = b[3];
		p->flags = b[4];
		p->op = b[5];
		memcpy(p->data, b + PKT_HDR, p->len);
		ps->head += total;
		return true;
	}
}

const char *op_name(uint8_t op)
{
	static const char *const names[] = {
		[OP_SYNC] = "SYNC", [OP_GET_CAPS] = "GET_CAPS", [OP_SET_CAPS] = "SET_CAPS",
		[OP_STATS] = "STATS", [OP_VERSION] = "VERSION", [OP_RESET] = "RESET",
		[OP_BOOT] = "BOOT", [OP_INFO] = "SYS_INFO", [OP_SYS_EVENT] = "SYS_EVENT",
		[OP_MEMORY] = "SYS_MEMORY", [OP_LIST] = "LIST", [OP_POLL] = "POLL",
		[OP_LOCK] = "LOCK", [OP_UNLOCK] = "UNLOCK", [OP_SHAPE] = "SHAPE",
		[OP_SIZE] = "SIZE", [OP_READ] = "READ", [OP_WRITE] = "WRITE",
		[OP_IOCTL] = "IOCTL", [OP_EVENT] = "EVENT",
	};

	return op < sizeof(names) / sizeof(names[0]) && names[op] ? names[op] : "?";
}

const char *status_name(unsigned int status)
{
	static const char *const names[] = {
		"SUCCESS", "FAILED", "INVALID", "TIMEOUT", "BUSY",
		"CHECKSUM", "SEQUENCE", "OVERFLOW", "FRAGMENT", "UNKNOWN",
	};

	return status < sizeof(names) / sizeof(names[0]) ? names[status] : "?";
}
