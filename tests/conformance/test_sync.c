// SPDX-License-Identifier: GPL-2.0-only
/* Sections 3.2 and 6.4: SYNC, alone and in the middle of packets and responses. */
#include <string.h>

#include "conf.h"

static void check_defaults(struct conf *c)
{
	const uint8_t *p = req_data(c, OP_GET_CAPS, 0, NULL, 0, 16)->data;

	check(c, get32(p) == CAP_DEFAULT && get16(p + 4) == c->board_maxp,
	      "after SYNC flags %X max %u, not the defaults", get32(p), get16(p + 4));
}

static void resets(struct conf *c)
{
	set_caps(c, CAP_CRC | CAP_EVENTS, 64);
	ping(c);
	sync_once(c);
	check_defaults(c);
}

static void any_seq_and_flags(struct conf *c)
{
	static const uint8_t flags[] = { 0, F_RTX, F_ACK_REQ, F_FRAGMENT, F_EVENT };

	for (size_t i = 0; i < sizeof(flags); i++) {
		struct packet *p = &c->pkt;

		ping(c);
		c->loose = true;
		send_pkt(c, 200, 0, flags[i], OP_SYNC, NULL, 0);
		check(c, conf_recv(c, p, c->timeout_ms), "SYNC with seq 200 not answered");
		check(c, p->seq == 0 && p->op == OP_SYNC && p->flags == F_ACK && !p->len && !p->ch,
		      "SYNC with seq 200: got seq=%u ch=%u fl=%02X op=%02X", p->seq, p->ch,
		      p->flags, p->op);
		synced(c);
	}
	check_defaults(c);
}

static void other_channel(struct conf *c)
{
	req_nak(c, OP_SYNC, 3, NULL, 0, ST_INVALID);
	ping(c);
	req_nak(c, OP_SYNC, 200, NULL, 0, ST_INVALID);
	ping(c);
}

/* Packets buffered after the SYNC are discarded. */
static void discards_rest(struct conf *c)
{
	uint8_t raw[64];
	size_t n = pkt_build(raw, 0, 0, 0, OP_SYNC, NULL, 0);

	n += pkt_build(raw + n, 0, 0, 0, OP_POLL, NULL, 0);
	c->loose = true;
	send_raw(c, raw, n);
	check(c, conf_recv(c, &c->pkt, c->timeout_ms) && c->pkt.op == OP_SYNC &&
	      c->pkt.flags == F_ACK, "SYNC not answered");
	synced(c);
	expect_quiet(c, 300);
	ping(c);
}

static size_t long_write(uint8_t *raw, uint8_t seq, size_t len)
{
	uint8_t payload[512];

	memset(payload, ' ', sizeof(payload));
	put32(payload, 0);
	put32(payload + 4, (uint32_t)(len - 8));
	return pkt_build(raw, seq, 1, 0, OP_WRITE, payload, (uint16_t)len);
}

static void in_truncated_packet(struct conf *c)
{
	static const size_t cut[] = { 2, 9, 10, 11, 40, 100 };
	uint8_t raw[512];

	for (size_t i = 0; i < sizeof(cut) / sizeof(cut[0]); i++) {
		long_write(raw, c->seq, 300);
		send_raw(c, raw, cut[i]);
		sync_once(c);
		check_defaults(c);
	}
}

/* In the same transfer, so that the device receives both together. */
static void after_truncated_packet(struct conf *c)
{
	uint8_t raw[512];

	long_write(raw, c->seq, 300);
	pkt_build(raw + 150, 0, 0, 0, OP_SYNC, NULL, 0);
	c->loose = true;
	send_raw(c, raw, 160);
	check(c, conf_recv(c, &c->pkt, c->timeout_ms) && c->pkt.op == OP_SYNC &&
	      c->pkt.flags == F_ACK && c->pkt.seq == 0, "SYNC inside a packet not answered");
	synced(c);
	check_defaults(c);
}

/* The SYNC completes the payload of another packet and is lost; the next one works. */
static void completes_payload(struct conf *c)
{
	uint8_t raw[512];
	size_t n = long_write(raw, c->seq, 100);

	pkt_build(raw + n - PKT_HDR, 0, 0, 0, OP_SYNC, NULL, 0);
	send_raw(c, raw, n - PKT_HDR);
	expect_quiet(c, 200);
	send_raw(c, raw + n - PKT_HDR, PKT_HDR);
	expect_nak(c, OP_WRITE, 1, ST_CHECKSUM);
	sync_once(c);
	check_defaults(c);
}

static void in_garbage(struct conf *c)
{
	static const uint8_t junk[] = { 0xAA, 0xD5, 0x01, 0xAA, 0xD5, 0x02, 0x03 };

	send_raw(c, junk, sizeof(junk));
	sync_once(c);
	check_defaults(c);
}

static void awaiting_ack(struct conf *c)
{
	struct packet p;

	c->hold_acks = true;
	send_req(c, OP_VERSION, 0, NULL, 0);
	p = *expect_data(c, OP_VERSION, 0, 16);
	check(c, p.flags & F_ACK_REQ, "no ACK_REQ");
	sync_once(c);

	/* The response was cancelled: there must be no retransmission. */
	c->want_copies = true;
	expect_quiet(c, 1200);
	c->want_copies = false;
	c->hold_acks = false;
	check_defaults(c);
}

static void awaiting_ack_after_request(struct conf *c)
{
	uint8_t raw[64];
	size_t n;

	c->hold_acks = true;
	send_req(c, OP_VERSION, 0, NULL, 0);
	expect_data(c, OP_VERSION, 0, 16);
	n = pkt_build(raw, c->seq, 0, 0, OP_POLL, NULL, 0);
	send_raw(c, raw, n);
	sync_once(c);
	c->hold_acks = false;
	check_defaults(c);
}

static void during_readp_ack_on(struct conf *c)
{
	struct blob b = blob_any(c);
	uint32_t len = b.size < 500 ? b.size : 500;

	c->section = "6.4";
	set_caps(c, CAP_DEFAULT, 50);
	c->hold_acks = true;
	send_read(c, b.ch, 0, len);
	for (int i = 0; i < 4; i++) {
		struct packet *p = expect(c, OP_READ, (uint8_t)b.ch, F_FRAGMENT);

		if (i < 3)
			send_ack(c, p);
	}
	sync_once(c);
	/* The response was made by one call: nothing of it must follow. */
	c->want_copies = true;
	expect_quiet(c, 1000);
	c->want_copies = false;
	c->hold_acks = false;
	check_defaults(c);
}

/* The loop of read() may continue after the SYNC: conf_sync() handles that. */
static void during_read_ack_on(struct conf *c)
{
	unsigned int size;

	if (c->config < 0)
		conf_skip(c, "no config channel to read");
	size = ch_size(c, c->config);
	if (!size)
		conf_skip(c, "the config channel cannot be read back");
	c->hold_acks = true;
	send_read(c, c->config, 0, size + 100);
	expect(c, OP_READ, (uint8_t)c->config, F_FRAGMENT);
	conf_sync(c);
	check_defaults(c);
	expect_quiet(c, 600);
	ping(c);
}

/* With ack off, SYNC is processed only after the response. */
static void during_readp_ack_off(struct conf *c)
{
	struct blob b = blob_any(c);
	struct packet *p = &c->pkt;
	uint8_t raw[64], arg[8];
	size_t n;

	c->section = "6.4";
	set_caps(c, CAP_NO_ACK, 50);
	put32(arg, 0);
	put32(arg + 4, b.size < 5000 ? b.size : 5000);
	n = pkt_build(raw, c->seq, (uint8_t)b.ch, 0, OP_READ, arg, sizeof(arg));
	n += pkt_build(raw + n, 0, 0, 0, OP_SYNC, NULL, 0);
	send_raw(c, raw, n);
	c->loose = true;
	for (;;) {
		check(c, conf_recv(c, p, c->timeout_ms), "SYNC after a READ was not answered");
		if (p->op == OP_SYNC)
			break;
		check(c, p->op == OP_READ && p->seq == c->seq++ && !(p->flags & F_NAK),
		      "got seq=%u fl=%02X op=%02X in the tail of the READ", p->seq, p->flags, p->op);
	}
	check(c, p->flags == F_ACK && p->seq == 0, "SYNC answered with seq=%u fl=%02X", p->seq,
	      p->flags);
	synced(c);
	check_defaults(c);
}

static void sync_storm(struct conf *c)
{
	for (int i = 0; i < 30; i++) {
		sync_once(c);
		if (i & 1)
			check_defaults(c);
	}
}

const struct test sync_tests[] = {
	{ "sync-resets-caps-and-counter", "3.2", 0, resets },
	{ "sync-any-seq-and-flags", "3.2", 0, any_seq_and_flags },
	{ "sync-on-other-channel", "3", 0, other_channel },
	{ "sync-discards-what-follows", "3.2", 0, discards_rest },
	{ "sync-in-truncated-packet", "6.1", 0, in_truncated_packet },
	{ "sync-after-truncated-packet", "6.1", 0, after_truncated_packet },
	{ "sync-completes-payload", "6.4", 0, completes_payload },
	{ "sync-after-garbage", "6.1", 0, in_garbage },
	{ "sync-while-awaiting-ack", "5.2", T_ACK, awaiting_ack },
	{ "sync-after-request-awaiting-ack", "5.2", T_ACK, awaiting_ack_after_request },
	{ "sync-during-readp-ack-on", "6.4", 0, during_readp_ack_on },
	{ "sync-during-read-ack-on", "6.4", T_ACK, during_read_ack_on },
	{ "sync-during-readp-ack-off", "6.4", 0, during_readp_ack_off },
	{ "sync-storm", "3.2", 0, sync_storm },
	{ 0 },
};
