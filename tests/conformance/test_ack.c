// SPDX-License-Identifier: GPL-2.0-only
/*
 * Section 5: ACKs and retransmission.
 *
 * Times are checked only in the direction that does not depend on the speed of
 * the machine: a retransmission must not come too early, measured from before
 * the request was sent.
 */
#include <string.h>

#include "conf.h"

#define TOLERANCE_MS	5

static void asked_for(struct conf *c)
{
	set_caps(c, CAP_DEFAULT, 50);
	req_data(c, OP_GET_CAPS, 0, NULL, 0, 16);
	req_data(c, OP_POLL, 0, NULL, 0, 4);
	send_req(c, OP_INFO, 0, NULL, 0);
	expect_pieces(c, OP_INFO, 0, NULL, 76, 50);
	ioctl_ack(c, 1, 3, NULL, 0);
	req_nak(c, 0x55, 0, NULL, 0, ST_INVALID);
	ping(c);
}

/* Expect a retransmission of @first: only RTX and the header CRC differ. */
static void expect_copy(struct conf *c, const struct packet *first, const char *why)
{
	struct packet *p = &c->pkt;

	c->want_copies = true;
	check(c, conf_recv(c, p, c->timeout_ms), "no retransmission (%s)", why);
	c->want_copies = false;
	check(c, p->flags == (first->flags | F_RTX) && p->seq == first->seq && p->ch == first->ch &&
	      p->op == first->op && p->len == first->len && !memcmp(p->data, first->data, p->len),
	      "expected a copy with RTX (%s), got seq=%u ch=%u fl=%02X op=%02X len=%u", why, p->seq,
	      p->ch, p->flags, p->op, p->len);
}

static void lost_ack(struct conf *c)
{
	static struct packet first;
	double start = now_ms(), t;

	c->hold_acks = true;
	send_req(c, OP_VERSION, 0, NULL, 0);
	first = *expect_data(c, OP_VERSION, 0, 16);
	expect_copy(c, &first, "ACK withheld");
	t = now_ms() - start;
	conf_note("first retransmission %.0f ms after the request", t);
	check(c, t >= 500 - TOLERANCE_MS, "first retransmission after %.0f ms, not 500", t);
	expect_copy(c, &first, "ACK withheld twice");
	t = now_ms() - start;
	conf_note("second retransmission %.0f ms after the request", t);
	check(c, t >= 1500 - TOLERANCE_MS, "second retransmission after %.0f ms, not 1500", t);
	send_ack(c, &first);
	c->hold_acks = false;
	ping(c);
}

static void lost_fragment_ack(struct conf *c)
{
	static struct packet first, rest;

	set_caps(c, CAP_DEFAULT, 50);
	c->hold_acks = true;
	send_req(c, OP_INFO, 0, NULL, 0);
	first = *expect(c, OP_INFO, 0, F_FRAGMENT);
	expect_copy(c, &first, "ACK of a fragment withheld");
	send_ack(c, &first);
	rest = *expect(c, OP_INFO, 0, 0);
	check(c, rest.len == 26, "last fragment has %u bytes, not 26", rest.len);
	send_ack(c, &rest);
	c->hold_acks = false;
	ping(c);
}

static void repeated_acks(struct conf *c)
{
	static struct packet p;

	c->hold_acks = true;
	for (int i = 0; i < 10; i++) {
		send_req(c, OP_VERSION, 0, NULL, 0);
		p = *expect_data(c, OP_VERSION, 0, 16);
		for (int k = 0; k < 3; k++)
			send_ack(c, &p);
	}
	c->hold_acks = false;
	ping(c);
}

/* Each copy is acknowledged once: the second ACK comes when the device no longer waits. */
static void late_ack(struct conf *c)
{
	static struct packet p;

	c->hold_acks = true;
	send_req(c, OP_VERSION, 0, NULL, 0);
	p = *expect_data(c, OP_VERSION, 0, 16);
	expect_copy(c, &p, "ACK withheld");
	send_ack(c, &p);
	send_ack(c, &p);
	c->hold_acks = false;
	ping(c);
	send_ack(c, &p);
	ping(c);
}

static void wrong_ack(struct conf *c, const char *what, uint8_t seq, uint8_t op, bool bad_crc)
{
	static struct packet p;
	uint8_t raw[PKT_HDR];

	c->hold_acks = true;
	send_req(c, OP_VERSION, 0, NULL, 0);
	p = *expect_data(c, OP_VERSION, 0, 16);
	pkt_build(raw, (uint8_t)(p.seq + seq), 0, F_ACK, op, NULL, 0);
	raw[9] ^= bad_crc;
	send_raw(c, raw, sizeof(raw));
	expect_copy(c, &p, what);
	send_ack(c, &p);
	c->hold_acks = false;
	ping(c);
}

static void wrong_acks(struct conf *c)
{
	wrong_ack(c, "ACK with the wrong opcode", 0, OP_POLL, false);
	wrong_ack(c, "ACK with the wrong seq", 1, OP_VERSION, false);
	wrong_ack(c, "ACK with the previous seq", 255, OP_VERSION, false);
	wrong_ack(c, "ACK with a bad CRC", 0, OP_VERSION, true);
}

/*
 * An unusual ACK that must be accepted: there must be no retransmission. On a
 * slow machine one may come before the ACK arrives, so there are several attempts.
 */
static void expect_taken(struct conf *c, const uint8_t *before, size_t n, uint8_t ch)
{
	static struct packet p;
	bool taken = false;

	for (int i = 0; i < 5 && !taken; i++) {
		c->hold_acks = true;
		send_req(c, OP_POLL, 0, NULL, 0);
		p = *expect_data(c, OP_POLL, 0, 4);
		if (n)
			send_raw(c, before, n);
		send_pkt(c, p.seq, ch, F_ACK, OP_POLL, NULL, 0);
		c->want_copies = true;
		taken = !conf_recv(c, &c->pkt, 900);
		c->want_copies = false;
		if (!taken)
			send_ack(c, &p);
		c->hold_acks = false;
		ping(c);
	}
	check(c, taken, "the ACK was not taken");
}

static void ack_channel_not_compared(struct conf *c)
{
	expect_taken(c, NULL, 0, 9);
}

static void garbage_before_ack(struct conf *c)
{
	static const uint8_t junk[] = { 0x00, 0xAA, 0xD5, 0x11, 0xAA };

	expect_taken(c, junk, sizeof(junk), 0);
}

/* A request that is sent while the device waits is neither lost nor executed early. */
static void request_while_waiting(struct conf *c)
{
	static struct packet p;

	c->hold_acks = true;
	send_req(c, OP_VERSION, 0, NULL, 0);
	p = *expect_data(c, OP_VERSION, 0, 16);
	send_req(c, OP_POLL, 0, NULL, 0);
	expect_copy(c, &p, "a request is no ACK");
	send_ack(c, &p);
	c->hold_acks = false;
	expect_data(c, OP_POLL, 0, 4);
	ping(c);
}

static void stats_retransmit(struct conf *c)
{
	static struct packet p;
	uint32_t a[8], b[8];

	get_stats(c, a);
	c->copies = 0;
	c->hold_acks = true;
	send_req(c, OP_VERSION, 0, NULL, 0);
	p = *expect_data(c, OP_VERSION, 0, 16);
	expect_copy(c, &p, "ACK withheld");
	send_ack(c, &p);
	c->hold_acks = false;
	get_stats(c, b);
	check(c, b[4] - a[4] == c->copies, "%u copies came, the retransmit counter moved by %u",
	      c->copies, b[4] - a[4]);
}

static void off_clears_it(struct conf *c)
{
	set_caps(c, CAP_NO_ACK, c->board_maxp);
	req_data(c, OP_GET_CAPS, 0, NULL, 0, 16);
	send_pkt(c, c->seq, 0, F_ACK_REQ, OP_POLL, NULL, 0);
	expect_data(c, OP_POLL, 0, 4);
	expect_quiet(c, 700);
	ping(c);
}

static void readp_ack_on(struct conf *c)
{
	static uint8_t plain[20000], acked[20000];
	struct blob b = blob_any(c);
	/*
	 * Up to 400 fragments: the counter wraps within the response. Fewer if the
	 * receive buffer is small: superfluous ACKs would fill it (T-28).
	 */
	uint32_t most = c->board_maxp < 1000 ? 2000 : sizeof(plain);
	uint32_t len = b.size < most ? b.size : most;
	unsigned int packets;

	ch_read(c, b.ch, 0, len, plain, c->maxp);
	c->section = "5.1";
	set_caps(c, CAP_DEFAULT, 50);
	c->copies = 0;
	packets = ch_read(c, b.ch, 0, len, acked, 50);
	check(c, c->copies <= packets / 4, "%u retransmissions of %u packets", c->copies, packets);
	check(c, packets == (len + 49) / 50, "%u bytes in %u packets", len, packets);
	check(c, !memcmp(plain, acked, len), "other bytes than with ack off");
	set_caps(c, CAP_NO_ACK, c->board_maxp);
}

static void exhaustion(struct conf *c)
{
	static struct packet first;
	double start, t;
	bool alive = false;

	set_caps(c, CAP_DEFAULT, 64);
	c->hold_acks = true;
	start = now_ms();
	send_req(c, OP_VERSION, 0, NULL, 0);
	first = *expect_data(c, OP_VERSION, 0, 16);
	for (int i = 0; i < 3; i++) {
		static const int due[] = { 500, 1500, 3500 };

		expect_copy(c, &first, "ACK withheld for ever");
		t = now_ms() - start;
		conf_note("retransmission %d after %.0f ms", i + 1, t);
		check(c, t >= due[i] - TOLERANCE_MS, "retransmission %d after %.0f ms, not %d",
		      i + 1, t, due[i]);
	}
	/* Counter and capabilities are reset; a request from before the reset is dropped. */
	synced(c);
	c->hold_acks = false;
	for (int i = 0; i < 30 && !alive; i++) {
		send_req(c, OP_GET_CAPS, 0, NULL, 0);
		alive = conf_recv(c, &c->pkt, 1000);
	}
	t = now_ms() - start;
	check(c, alive, "silent %.0f ms after the unacknowledged packet", t);
	check(c, t >= 7500 - TOLERANCE_MS, "gave up after %.0f ms, not 7500", t);
	check(c, c->pkt.op == OP_GET_CAPS && c->pkt.seq == 0 && c->pkt.flags == F_ACK_REQ &&
	      c->pkt.len == 16, "expected GET_CAPS with seq 0, got seq=%u fl=%02X op=%02X",
	      c->pkt.seq, c->pkt.flags, c->pkt.op);
	check(c, get32(c->pkt.data) == CAP_DEFAULT && get16(c->pkt.data + 4) == c->board_maxp,
	      "flags %X max %u after the reset, not the defaults", get32(c->pkt.data),
	      get16(c->pkt.data + 4));
	conf_note("answers again after %.0f ms", t);
	c->seq = 1;
	ping(c);
}

const struct test ack_tests[] = {
	{ "ack-asked-for-on-data-only", "5.1", T_ACK, asked_for },
	{ "ack-lost", "5.3", T_ACK, lost_ack },
	{ "ack-of-fragment-lost", "5.3", T_ACK, lost_fragment_ack },
	{ "ack-repeated", "5.1", T_ACK, repeated_acks },
	{ "ack-late", "5.1", T_ACK, late_ack },
	{ "ack-wrong-is-none", "5.1", T_ACK, wrong_acks },
	{ "ack-channel-not-compared", "5.1", T_ACK, ack_channel_not_compared },
	{ "ack-after-garbage", "5.2", T_ACK, garbage_before_ack },
	{ "ack-request-while-waiting", "5.2", T_ACK, request_while_waiting },
	{ "ack-stats-retransmit", "3.4", T_ACK, stats_retransmit },
	{ "ack-off", "2", T_ACK, off_clears_it },
	{ "ack-on-readp", "5.1", 0, readp_ack_on },
	{ "ack-exhausted-resets", "5.3", T_ACK | T_SLOW, exhaustion },
	{ 0 },
};
