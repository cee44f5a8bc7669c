/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets of the camera channel protocol. This code follows only the
 * specification and shares nothing with the driver or the firmware, so that an
 * error in the interpretation of the specification is found as a difference.
 */
#ifndef CONF_PACKET_H
#define CONF_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PKT_HDR		10u	/* header including its CRC */
#define PKT_PCRC	4u	/* payload CRC, absent when there is no payload */
#define PKT_MAX		8178u	/* largest payload a device may send */

/* Flags byte. */
#define F_ACK		0x01u
#define F_NAK		0x02u
#define F_RTX		0x04u
#define F_ACK_REQ	0x08u
#define F_FRAGMENT	0x10u
#define F_EVENT		0x20u

enum opcode {
	OP_SYNC = 0x00,
	OP_GET_CAPS = 0x01,
	OP_SET_CAPS = 0x02,
	OP_STATS = 0x03,
	OP_VERSION = 0x04,
	OP_RESET = 0x10,
	OP_BOOT = 0x11,
	OP_INFO = 0x12,
	OP_SYS_EVENT = 0x13,
	OP_MEMORY = 0x14,
	OP_LIST = 0x20,
	OP_POLL = 0x21,
	OP_LOCK = 0x22,
	OP_UNLOCK = 0x23,
	OP_SHAPE = 0x24,
	OP_SIZE = 0x25,
	OP_READ = 0x26,
	OP_WRITE = 0x27,
	OP_IOCTL = 0x28,
	OP_EVENT = 0x29,
};

enum status {
	ST_FAILED = 1,
	ST_INVALID = 2,
	ST_BUSY = 4,
	ST_CHECKSUM = 5,
	ST_SEQUENCE = 6,
	ST_OVERFLOW = 7,
};

/* Capability bits. */
#define CAP_CRC		0x1u
#define CAP_SEQ		0x2u
#define CAP_ACK		0x4u
#define CAP_EVENTS	0x8u
#define CAP_DEFAULT	0xFu
#define CAP_NO_ACK	0xBu

/**
 * struct packet - one decoded packet
 * @hcrc: the CRC field of the header as it was on the wire
 * @data: payload, @len bytes
 */
struct packet {
	uint8_t seq, ch, flags, op;
	uint16_t len, hcrc;
	uint8_t data[PKT_MAX];
};

/**
 * struct parser - a byte stream cut into packets
 * @crc: check CRCs; false while the crc capability is off
 * @junk: number of skipped bytes, which did not start a valid packet
 *
 * After each failure one byte is discarded, so that a valid packet inside or
 * after damaged bytes is always found (protocol.md T-21).
 */
struct parser {
	uint8_t buf[1 << 20];
	size_t head, tail;
	bool crc;
	unsigned long junk;
};

static inline uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t get32(const uint8_t *p)
{
	return get16(p) | (uint32_t)get16(p + 2) << 16;
}

static inline void put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static inline void put32(uint8_t *p, uint32_t v)
{
	put16(p, (uint16_t)v);
	put16(p + 2, (uint16_t)(v >> 16));
}

uint16_t crc16(const void *data, size_t n);
uint32_t crc32(const void *data, size_t n);
uint16_t crc16_bitwise(const void *data, size_t n);
uint32_t crc32_bitwise(const void *data, size_t n);

/**
 * pkt_build() - encode one packet
 * @out: room for len + 14 bytes
 *
 * Return: bytes written.
 */
size_t pkt_build(uint8_t *out, uint8_t seq, uint8_t ch, uint8_t flags, uint8_t op,
		 const void *payload, uint16_t len);

void parser_init(struct parser *ps);

/** parser_feed() - append received bytes. Return: false if they do not fit */
bool parser_feed(struct parser *ps, const uint8_t *data, size_t n);

/** parser_next() - take the next valid packet. Return: false if more bytes are needed */
bool parser_next(struct parser *ps, struct packet *p);

/** parser_skip() - drop one byte of the incomplete packet at the front */
void parser_skip(struct parser *ps);

static inline bool parser_pending(const struct parser *ps)
{
	return ps->tail > ps->head;
}

const char *op_name(uint8_t op);
const char *status_name(unsigned int status);

#endif
