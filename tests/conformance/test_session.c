// SPDX-License-Identifier: GPL-2.0-only
/* Sections 4 and 6: sequence numbers, refused packets, and parsing of the byte stream. */
#include <stdio.h>
#include <string.h>

#include "conf.h"

static void seq_fragments(struct conf *c)
{
	unsigned int packets;
	uint8_t before;

	set_caps(c, CAP_NO_ACK, 50);
	before = c->seq;
	send_req(c, OP_INFO, 0, NULL, 0);
	packets = expect_pieces(c, OP_INFO, 0, NULL, 76, 50);
	check(c, packets == 2 && c->seq == (uint8_t)(before + 2), "76 bytes in %u packets", packets);
	ping(c);
}

static void seq_wrap(struct conf *c)
{
	for (int i = 0; i < 300; i++)
		ping(c);
}

static void seq_nak_counts(struct conf *c)
{
	uint8_t before = c->seq;

	req_nak(c, 0x77, 0, NULL, 0, ST_INVALID);
	req_nak(c, OP_SIZE, 31, NULL, 0, ST_INVALID);
	req_nak(c, OP_LOCK, 31, NULL, 0, ST_BUSY);
	check(c, c->seq == (uint8_t)(before + 3), "a NAK does not count");
	ping(c);
}

static void seq_wrong(struct conf *c)
{
	static const uint8_t off[] = { 1, 2, 100, 128, 254, 255 };

	for (size_t i = 0; i < sizeof(off); i++) {
		send_pkt(c, (uint8_t)(c->seq + off[i]), 3, 0, OP_SIZE, NULL, 0);
		expect_nak(c, OP_SIZE, 3, ST_SEQUENCE);
		ping(c);
	}
}

static void seq_resend(struct conf *c)
{
	uint8_t old = c->seq;

	ping(c);
	send_pkt(c, old, 0, 0, OP_POLL, NULL, 0);
	expect_nak(c, OP_POLL, 0, ST_SEQUENCE);
	ping(c);
}

static void seq_off(struct conf *c)
{
	set_caps(c, CAP_CRC | CAP_EVENTS, c->board_maxp);
	for (int i = 0; i < 20; i++) {
		send_pkt(c, (uint8_t)(i * 37 + 5), 0, 0, OP_POLL, NULL, 0);
		expect_data(c, OP_POLL, 0, 4);
	}
	set_caps(c, CAP_NO_ACK, c->board_maxp);
	ping(c);
}

static void host_flags_ignored(struct conf *c)
{
	static const uint8_t flags[] = { F_RTX, F_ACK_REQ, F_FRAGMENT, F_EVENT, 0x1C, 0x3C, 0xC0 };

	for (size_t i = 0; i < sizeof(flags); i++) {
		send_pkt(c, c->seq, 0, flags[i], OP_POLL, NULL, 0);
		expect_data(c, OP_POLL, 0, 4);
		send_pkt(c, (uint8_t)(c->seq + 9), 0, flags[i], OP_POLL, NULL, 0);
		expect_nak(c, OP_POLL, 0, ST_SEQUENCE);
	}
}

static void stray_acks(struct conf *c)
{
	static const uint8_t flags[] = { F_ACK, F_NAK, F_ACK | F_NAK };

	for (size_t i = 0; i < sizeof(flags); i++) {
		send_pkt(c, c->seq, 0, flags[i], OP_POLL, NULL, 0);
		send_pkt(c, (uint8_t)(c->seq + 3), 2, flags[i], OP_SIZE, NULL, 0);
		send_pkt(c, 0, 0, flags[i], OP_GET_CAPS, NULL, 0);
		ping(c);
	}
}

/* The channel of the opcode is checked before the ACK flag. */
static void stray_ack_class(struct conf *c)
{
	send_pkt(c, c->seq, 3, F_ACK, OP_VERSION, NULL, 0);
	expect_nak(c, OP_VERSION, 3, ST_INVALID);
	ping(c);
}

static void bad_header_crc(struct conf *c)
{
	uint8_t raw[PKT_HDR];

	for (int i = 0; i < 16; i++) {
		pkt_build(raw, c->seq, 0, 0, OP_VERSION, NULL, 0);
		raw[8 + i / 8] ^= (uint8_t)(1 << i % 8);
		send_raw(c, raw, sizeof(raw));
	}
	ping(c);
}

/* Make a WRITE to stdin that contains another packet; the WRITE must not be executed. */
static size_t wrap(uint8_t *raw, uint8_t seq, uint8_t inner_seq, size_t pad)
{
	uint8_t payload[512];
	size_t n = 8;

	put32(payload, 0);
	n += pkt_build(payload + n, inner_seq, 0, 0, OP_POLL, NULL, 0);
	memset(payload + n, ' ', pad);
	n += pad;
	put32(payload + 4, (uint32_t)(n - 8));
	return pkt_build(raw, seq, 1, 0, OP_WRITE, payload, (uint16_t)n);
}

static void bad_payload_crc(struct conf *c)
{
	uint8_t raw[512];
	size_t n = wrap(raw, c->seq, (uint8_t)(c->seq + 1), 5);

	/* The packet is consumed completely: the packet inside must not be executed. */
	raw[n - 1] ^= 0x10;
	send_raw(c, raw, n);
	expect_nak(c, OP_WRITE, 1, ST_CHECKSUM);
	ping(c);

	n = wrap(raw, c->seq, (uint8_t)(c->seq + 1), 5);
	raw[PKT_HDR + 30 - 8] ^= 1;
	send_raw(c, raw, n);
	expect_nak(c, OP_WRITE, 1, ST_CHECKSUM);
	ping(c);
}

/* The CRC is checked before the channel of the opcode. */
static void checksum_before_class(struct conf *c)
{
	uint8_t raw[64];
	size_t n = pkt_build(raw, c->seq, 3, 0, OP_VERSION, "abc", 3);

	raw[n - 2] ^= 1;
	send_raw(c, raw, n);
	expect_nak(c, OP_VERSION, 3, ST_CHECKSUM);
	ping(c);
}

static void overflow(struct conf *c)
{
	uint8_t raw[PKT_HDR + 64] = { 0 };

	/* Refused after the header: the rest is never sent. */
	pkt_build(raw, 0, 0, 0, 0, NULL, 0);
	for (int i = 0; i < 3; i++) {
		const uint16_t len[] = { (uint16_t)(c->board_maxp + 1), 65535, 10000 };

		raw[2] = c->seq;
		raw[3] = 1;
		raw[5] = OP_WRITE;
		put16(raw + 6, len[i]);
		put16(raw + 8, crc16(raw, 8));
		send_raw(c, raw, PKT_HDR);
		expect_nak(c, OP_WRITE, 1, ST_OVERFLOW);
		ping(c);
	}
}

static void overflow_small_maxp(struct conf *c)
{
	char spaces[64];

	memset(spaces, ' ', sizeof(spaces));
	set_caps(c, CAP_NO_ACK, 50);
	ch_write(c, 1, 0, spaces, 42);
	send_write(c, 1, 0, spaces, 43);
	expect_nak(c, OP_WRITE, 1, ST_OVERFLOW);
	ping(c);
	ioctl_ack(c, 1, 3, NULL, 0);
}

static void overflow_before_seq(struct conf *c)
{
	char spaces[64];

	memset(spaces, ' ', sizeof(spaces));
	set_caps(c, CAP_NO_ACK, 50);
	send_pkt(c, (uint8_t)(c->seq + 5), 2, 0, OP_IOCTL, spaces, 60);
	expect_nak(c, OP_IOCTL, 2, ST_OVERFLOW);
	ping(c);
}

/* Only one byte of a refused packet is consumed: a packet inside it is executed. */
static void overflow_inner(struct conf *c)
{
	uint8_t raw[512];

	set_caps(c, CAP_NO_ACK, 50);
	send_raw(c, raw, wrap(raw, c->seq, (uint8_t)(c->seq + 1), 60));
	expect_nak(c, OP_WRITE, 1, ST_OVERFLOW);
	expect_data(c, OP_POLL, 0, 4);
	ping(c);
}

/* One byte, not the header: here a packet starts in the CRC of the refused header. */
static void overflow_one_byte(struct conf *c)
{
	uint8_t raw[8 + PKT_HDR];

	memset(raw, 0, sizeof(raw));
	raw[0] = 0xAA;
	raw[1] = 0xD5;
	raw[2] = c->seq;
	raw[5] = OP_WRITE;
	for (uint32_t i = 0; i < 1u << 24; i++) {
		uint16_t len = (uint16_t)(10000 + (i >> 8) % 50000);

		raw[3] = (uint8_t)i;
		put16(raw + 6, len);
		if (crc16(raw, 8) == 0xD5AA)
			break;
	}
	check(c, crc16(raw, 8) == 0xD5AA, "no such header");
	pkt_build(raw + 8, (uint8_t)(c->seq + 1), 0, 0, OP_POLL, NULL, 0);
	send_raw(c, raw, sizeof(raw));
	expect_nak(c, OP_WRITE, raw[3], ST_OVERFLOW);
	expect_data(c, OP_POLL, 0, 4);
	ping(c);
}

static void sequence_inner(struct conf *c)
{
	uint8_t raw[512];

	send_raw(c, raw, wrap(raw, (uint8_t)(c->seq + 50), (uint8_t)(c->seq + 1), 0));
	expect_nak(c, OP_WRITE, 1, ST_SEQUENCE);
	expect_data(c, OP_POLL, 0, 4);
	ping(c);
}

static void garbage(struct conf *c)
{
	static const uint8_t bits[][6] = {
		{ 0x00, 0xFF, 'A', 'T', '\r', 0x7F },
		{ 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA },
		{ 0xD5, 0xAA, 0xD5, 0xAA, 0xD5, 0xAA },
		{ 0xAA, 0xD5, 0xAA, 0xD5, 0xAA, 0xD5 },
		{ 0xAA, 0xD5, 0xFF, 0xFF, 0xFF, 0xFF },
		{ 0x55, 0x55, 0x55, 0x55, 0x55, 0xAA },
	};
	uint8_t raw[64];

	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		for (size_t n = 1; n <= sizeof(bits[0]); n++) {
			memcpy(raw, bits[i], n);
			send_raw(c, raw, n + pkt_build(raw + n, c->seq, 0, 0, OP_POLL, NULL, 0));
			expect_data(c, OP_POLL, 0, 4);
		}
}

/* More than any receive buffer in one transfer, with no byte that starts a packet. */
static void garbage_much(struct conf *c)
{
	static uint8_t buf[20000];
	uint32_t x = 12345;

	for (size_t i = 0; i < sizeof(buf) - PKT_HDR; i++) {
		x = x * 1664525 + 1013904223;
		buf[i] = x >> 24 == 0xAA ? 0xAB : (uint8_t)(x >> 24);
	}
	pkt_build(buf + sizeof(buf) - PKT_HDR, c->seq, 0, 0, OP_POLL, NULL, 0);
	send_raw(c, buf, sizeof(buf));
	expect_data(c, OP_POLL, 0, 4);
}

static void split_requests(struct conf *c)
{
	static const size_t steps[] = { 1, 2, 3, 7, 11, 25 };
	uint8_t payload[40] = { 0 }, raw[64];

	put32(payload + 4, 32);
	memset(payload + 8, ' ', 32);
	for (size_t k = 0; k < sizeof(steps) / sizeof(steps[0]); k++) {
		size_t n = pkt_build(raw, c->seq, 1, 0, OP_WRITE, payload, sizeof(payload));

		for (size_t i = 0; i < n; i += steps[k])
			send_raw(c, raw + i, n - i < steps[k] ? n - i : steps[k]);
		expect_ack(c, OP_WRITE, 1);
	}
	ioctl_ack(c, 1, 3, NULL, 0);
}

/* A device that has received half a packet waits forever. */
static void split_slowly(struct conf *c)
{
	uint8_t raw[64];
	size_t n = pkt_build(raw, c->seq, 1, 0, OP_IOCTL, "\3\0\0\0", 4);

	send_raw(c, raw, 5);
	expect_quiet(c, 700);
	send_raw(c, raw + 5, 6);
	expect_quiet(c, 1500);
	send_raw(c, raw + 11, n - 11);
	expect_ack(c, OP_IOCTL, 1);
}

static void several_in_one(struct conf *c)
{
	uint8_t raw[256];
	size_t n = 0;

	n += pkt_build(raw + n, c->seq, 0, 0, OP_POLL, NULL, 0);
	n += pkt_build(raw + n, (uint8_t)(c->seq + 1), 0, 0, OP_VERSION, NULL, 0);
	n += pkt_build(raw + n, (uint8_t)(c->seq + 2), 1, 0, OP_IOCTL, "\3\0\0\0", 4);
	n += pkt_build(raw + n, (uint8_t)(c->seq + 3), 9, 0, 0x99, NULL, 0);
	n += pkt_build(raw + n, (uint8_t)(c->seq + 4), 31, 0, OP_SIZE, NULL, 0);
	n += pkt_build(raw + n, (uint8_t)(c->seq + 5), 0, 0, OP_STATS, NULL, 0);
	n += pkt_build(raw + n, (uint8_t)(c->seq + 6), 0, 0, OP_POLL, NULL, 0);
	send_raw(c, raw, n);
	expect_data(c, OP_POLL, 0, 4);
	expect_data(c, OP_VERSION, 0, 16);
	expect_ack(c, OP_IOCTL, 1);
	expect_nak(c, 0x99, 9, ST_INVALID);
	expect_nak(c, OP_SIZE, 31, ST_INVALID);
	expect_data(c, OP_STATS, 0, 32);
	expect_data(c, OP_POLL, 0, 4);
}

/* More requests than fit in the receive buffer: none must be lost. */
static void many_in_one(struct conf *c)
{
	static uint8_t raw[1000 * PKT_HDR];

	for (size_t i = 0; i < 1000; i++)
		pkt_build(raw + i * PKT_HDR, (uint8_t)(c->seq + i), 0, 0, OP_POLL, NULL, 0);
	send_raw(c, raw, sizeof(raw));
	for (int i = 0; i < 1000; i++)
		expect_data(c, OP_POLL, 0, 4);
}

const struct test session_tests[] = {
	{ "seq-fragments-count", "4", 0, seq_fragments },
	{ "seq-wraps", "4", 0, seq_wrap },
	{ "seq-nak-counts", "4", 0, seq_nak_counts },
	{ "seq-wrong-is-refused", "4", 0, seq_wrong },
	{ "seq-resend-is-refused", "4", 0, seq_resend },
	{ "seq-off-numbering-goes-on", "4", 0, seq_off },
	{ "host-flags-ignored", "2", 0, host_flags_ignored },
	{ "stray-ack-nak-ignored", "6.3", 0, stray_acks },
	{ "stray-ack-class", "5.1", 0, stray_ack_class },
	{ "header-crc-bad-is-silent", "6.3", 0, bad_header_crc },
	{ "payload-crc-bad", "6.3", 0, bad_payload_crc },
	{ "payload-crc-before-class", "6.1", 0, checksum_before_class },
	{ "overflow", "6.3", 0, overflow },
	{ "overflow-small-max-payload", "6.3", 0, overflow_small_maxp },
	{ "overflow-before-sequence", "6.1", 0, overflow_before_seq },
	{ "overflow-inner-packet-runs", "6.1", 0, overflow_inner },
	{ "overflow-resync-by-one-byte", "6.1", 0, overflow_one_byte },
	{ "sequence-inner-packet-runs", "6.1", 0, sequence_inner },
	{ "garbage", "6.1", 0, garbage },
	{ "garbage-more-than-buffer", "6.1", 0, garbage_much },
	{ "request-split", "6.1", 0, split_requests },
	{ "request-split-slowly", "6.3", 0, split_slowly },
	{ "requests-in-one-transfer", "6.2", 0, several_in_one },
	{ "requests-beyond-buffer", "6.2", 0, many_in_one },
	{ 0 },
};
