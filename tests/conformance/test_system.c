// SPDX-License-Identifier: GPL-2.0-only
/* Sections 3.2 to 3.10: requests to channel 0. */
#include <string.h>

#include "conf.h"

static void caps_default(struct conf *c)
{
	uint16_t rbuf = usb_info(c->usb)->board.rbuf;
	const uint8_t *p = req_data(c, OP_GET_CAPS, 0, NULL, 0, 16)->data;

	check(c, get32(p) == CAP_DEFAULT, "flags %08X after SYNC, not 0000000F", get32(p));
	check(c, !rbuf || get16(p + 4) == rbuf - 14, "max_payload %u after SYNC, this board has %u",
	      get16(p + 4), rbuf - 14);
	for (int i = 6; i < 16; i++)
		check(c, !p[i], "reserved byte %d is %02X", i, p[i]);
}

static void check_caps(struct conf *c, uint32_t flags, uint16_t maxp)
{
	const uint8_t *p = req_data(c, OP_GET_CAPS, 0, NULL, 0, 16)->data;

	check(c, get32(p) == flags && get16(p + 4) == maxp,
	      "GET_CAPS says flags %X max %u, expected %X and %u", get32(p), get16(p + 4), flags,
	      maxp);
}

static void caps_set(struct conf *c)
{
	static const uint32_t flags[] = { 0x9, 0xB, 0xF, 0xD, 0xB };
	const uint16_t maxp[] = { 50, 51, 64, c->board_maxp };

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		set_caps(c, flags[i], maxp[i % 4]);
		check_caps(c, flags[i], maxp[i % 4]);
	}
}

static void caps_refused(struct conf *c)
{
	const uint16_t maxp[] = { 0, 1, 49, (uint16_t)(c->board_maxp + 1), 0xFFFF };
	static const uint8_t lens[] = { 0, 4, 6, 15, 17, 32 };
	uint8_t caps[32] = { 0 };

	for (size_t i = 0; i < sizeof(maxp) / sizeof(maxp[0]); i++) {
		put_caps(caps, CAP_CRC, maxp[i]);
		req_nak(c, OP_SET_CAPS, 0, caps, 16, ST_INVALID);
		check_caps(c, CAP_NO_ACK, c->board_maxp);
	}
	put_caps(caps, CAP_CRC, 64);
	for (size_t i = 0; i < sizeof(lens); i++) {
		req_nak(c, OP_SET_CAPS, 0, caps, lens[i], ST_INVALID);
		check_caps(c, CAP_NO_ACK, c->board_maxp);
	}
}

/* The response to SET_CAPS is sent with the old capabilities. */
static void caps_old_settings(struct conf *c)
{
	uint8_t caps[16];
	struct packet *p;

	put_caps(caps, CAP_SEQ | CAP_EVENTS, 64);
	send_req(c, OP_SET_CAPS, 0, caps, sizeof(caps));
	p = expect(c, OP_SET_CAPS, 0, F_ACK);
	check(c, p->hcrc, "the ACK that turns crc off has no CRC itself");

	c->caps = CAP_SEQ | CAP_EVENTS;
	c->rx.crc = false;
	put_caps(caps, CAP_NO_ACK, 64);
	send_req(c, OP_SET_CAPS, 0, caps, sizeof(caps));
	p = expect(c, OP_SET_CAPS, 0, F_ACK);
	check(c, !p->hcrc, "the ACK that turns crc on has a CRC already");
	c->caps = CAP_NO_ACK;
	c->rx.crc = true;
	c->maxp = 64;
}

static void crc_off(struct conf *c)
{
	static uint8_t raw[64];
	size_t n;

	set_caps(c, CAP_SEQ | CAP_EVENTS, c->board_maxp);
	req_data(c, OP_STATS, 0, NULL, 0, 32);
	n = pkt_build(raw, c->seq, 1, 0, OP_IOCTL, "\3\0\0\0", 4);
	raw[8] ^= 0xFF;
	raw[n - 1] ^= 0xFF;
	send_raw(c, raw, n);
	expect_ack(c, OP_IOCTL, 1);

	c->section = "6.5";
	sync_once(c);
	check_caps(c, CAP_DEFAULT, c->board_maxp);
}

/* T_RUDE: a script's send_event() fails while events are off. */
static void events_off(struct conf *c)
{
	uint8_t one[4] = { 1 };

	set_caps(c, CAP_CRC | CAP_SEQ, c->board_maxp);
	if (c->stream > 0)
		ioctl_ack(c, c->stream, 0, one, 4);
	for (int i = 0; i < 20; i++) {
		poll_bits(c);
		if (c->frame > 0) {
			uint32_t size = ch_size(c, c->frame);

			/* Release the frame, so that the next one would cause an event. */
			if (size)
				ch_read(c, c->frame, size - 1, 1, NULL, 1);
		}
		expect_quiet(c, 100);
	}
	check(c, !c->events, "%u events while the capability is off", c->events);
	stream_off(c);
}

static void version(struct conf *c)
{
	const uint8_t *p = req_data(c, OP_VERSION, 0, NULL, 0, 16)->data;

	check(c, p[0] == 1, "protocol major %u, not 1", p[0]);
	for (int i = 9; i < 16; i++)
		check(c, !p[i], "byte %d is %02X, not zero", i, p[i]);
}

enum { SENT, RECV, CHECKSUMS, SEQUENCES, RETRANSMITS, TRANSPORT, EVENTS };

static void check_delta(struct conf *c, const char *what, const uint32_t *a, const uint32_t *b,
			const unsigned int want[4])
{
	static const char *const names[] = { "sent", "received", "checksum", "sequence" };

	for (int i = 0; i < 4; i++)
		check(c, b[i] - a[i] == want[i], "%s: %s counter moved by %u, not %u", what, names[i],
		      b[i] - a[i], want[i]);
}

/* Between two STATS, the first request and its response are always counted. */
static void stats(struct conf *c)
{
	uint32_t a[8], b[8];
	uint8_t raw[64];
	size_t n;

	get_stats(c, a);
	get_stats(c, b);
	check_delta(c, "nothing", a, b, (unsigned int[]){ 1, 1, 0, 0 });

	for (int i = 0; i < 5; i++)
		ping(c);
	get_stats(c, a);
	check_delta(c, "5 requests", b, a, (unsigned int[]){ 6, 6, 0, 0 });

	set_caps(c, CAP_NO_ACK, 50);
	get_stats(c, a);
	send_req(c, OP_INFO, 0, NULL, 0);
	expect_pieces(c, OP_INFO, 0, NULL, 76, 50);
	get_stats(c, b);
	check_delta(c, "two fragments", a, b, (unsigned int[]){ 3, 2, 0, 0 });

	n = pkt_build(raw, c->seq, 1, 0, OP_IOCTL, "\3\0\0\0", 4);
	raw[n - 1] ^= 1;
	send_raw(c, raw, n);
	expect_nak(c, OP_IOCTL, 1, ST_CHECKSUM);
	get_stats(c, a);
	check_delta(c, "bad payload CRC", b, a, (unsigned int[]){ 2, 1, 1, 0 });

	send_pkt(c, (uint8_t)(c->seq + 7), 0, 0, OP_POLL, NULL, 0);
	expect_nak(c, OP_POLL, 0, ST_SEQUENCE);
	get_stats(c, b);
	check_delta(c, "wrong seq", a, b, (unsigned int[]){ 2, 1, 0, 1 });

	n = pkt_build(raw, c->seq, 0, 0, OP_POLL, NULL, 0);
	raw[9] ^= 1;
	send_raw(c, raw, n);
	get_stats(c, a);
	check_delta(c, "bad header CRC", b, a, (unsigned int[]){ 1, 1, 0, 0 });

	send_pkt(c, 3, 0, F_ACK, OP_POLL, NULL, 0);
	get_stats(c, b);
	check_delta(c, "stray ACK", a, b, (unsigned int[]){ 1, 1, 0, 0 });

	sync_once(c);
	get_stats(c, a);
	check(c, a[SENT] > b[SENT] && a[CHECKSUMS] == b[CHECKSUMS], "SYNC cleared the statistics");
}

static void stats_events(struct conf *c)
{
	uint32_t a[8], b[8];
	unsigned int seen;

	get_stats(c, a);
	stream_wait(c);
	seen = c->events;
	c->section = "3.4";
	get_stats(c, b);
	check(c, b[EVENTS] - a[EVENTS] >= seen, "%u events seen, sent_events moved by %u", seen,
	      b[EVENTS] - a[EVENTS]);
	stream_off(c);
}

static void info(struct conf *c)
{
	const uint8_t *p = req_data(c, OP_INFO, 0, NULL, 0, 76)->data;
	const struct usb_info *usb = usb_info(c->usb);
	uint32_t id = get32(p + 16);

	for (int i = 32; i < 40; i++)
		check(c, !p[i], "reserved byte %d is %02X", i, p[i]);
	for (int i = 64; i < 76; i++)
		check(c, !p[i], "reserved byte %d is %02X", i, p[i]);
	for (int i = 0; i < 2; i++)
		check(c, get32(p + 20 + 4 * i) || !get32(p + 24 + 4 * i),
		      "chip_id[%d] is set but the one before is not", i + 1);
	check(c, !usb->board.rbuf || id == ((uint32_t)usb->board.vid << 16 | usb->board.pid),
	      "usb_id %08X, enumerated as %04X:%04X", id, usb->board.vid, usb->board.pid);
}

static void memory(struct conf *c)
{
	const uint8_t *p;
	unsigned int n;

	if (c->version[1] == 0 && c->version[2] < 2) {
		req_nak(c, OP_MEMORY, 0, NULL, 0, ST_INVALID);
		return;
	}
	p = req_data(c, OP_MEMORY, 0, NULL, 0, -1)->data;
	n = p[0];
	check(c, n >= 1 && n <= 5, "%u records, not 1 to 5", n);
	check(c, c->pkt.len == 4 + 24 * n, "%u bytes for %u records", c->pkt.len, n);
	check(c, p[4] == 0, "record 0 has type %u, not the GC heap", p[4]);
	check(c, !get16(p + 6) && !get32(p + 20) && !get32(p + 24),
	      "flags, persist and peak of the GC heap are not 0");
	for (unsigned int i = 0; i < n; i++, p += 24) {
		check(c, p[4] <= 1, "record %u has type %u", i, p[4]);
		check(c, get32(p + 12) <= get32(p + 8), "record %u: more used than there is", i);
	}
}

static void list_entries(struct conf *c)
{
	static const struct channel builtin[] = {
		{ 0, 0x40, "usb" }, { 1, 0x06, "stdin" }, { 2, 0x01, "stdout" },
		{ 3, 0x19, "stream" },
	};

	read_list(c);
	check(c, c->n_channels >= 4, "only %u channels", c->n_channels);
	for (unsigned int i = 0; i < c->n_channels; i++) {
		const struct channel *ch = &c->list[i];
		bool end = false;

		check(c, i == 0 || ch->id > c->list[i - 1].id, "entry %u: ids do not ascend", i);
		check(c, ch->id < MAX_CHANNELS, "entry %u: id %u", i, ch->id);
		check(c, !ch->name[13], "channel %u: the name has no NUL", ch->id);
		for (int k = 0; k < 14; k++) {
			end |= !ch->name[k];
			check(c, !end || !ch->name[k], "channel %u: the name is not NUL padded",
			      ch->id);
		}
		if (i < 4)
			check(c, ch->id == builtin[i].id && ch->flags == builtin[i].flags &&
			      !strcmp(ch->name, builtin[i].name),
			      "entry %u is %u %02X '%s', expected %u %02X '%s'", i, ch->id,
			      ch->flags, ch->name, builtin[i].id, builtin[i].flags, builtin[i].name);
		else if (strcmp(ch->name, "profile"))
			check(c, ch->flags & CH_DYNAMIC, "channel %u '%s' is not DYNAMIC", ch->id,
			      ch->name);
	}
}

static void list_poll_any_channel(struct conf *c)
{
	static uint8_t ref[512];
	unsigned int n;

	req_data(c, OP_LIST, 0, NULL, 0, -1);
	n = c->pkt.len;
	memcpy(ref, c->pkt.data, n);
	req_data(c, OP_LIST, 5, NULL, 0, (int)n);
	check(c, !memcmp(ref, c->pkt.data, n), "LIST on channel 5 answers otherwise");
	req_data(c, OP_LIST, 200, NULL, 0, (int)n);
	req_data(c, OP_POLL, 7, NULL, 0, 4);
}

static void poll_map(struct conf *c)
{
	uint32_t bits = poll_bits(c), known = 0;

	for (unsigned int i = 0; i < c->n_channels; i++)
		known |= 1u << c->list[i].id;
	check(c, !(bits & ~known), "bits %08X for channels that do not exist", bits & ~known);
}

static void ignored_payload(struct conf *c)
{
	static const uint8_t plain[] = { OP_GET_CAPS, OP_STATS, OP_VERSION, OP_INFO, OP_LIST, OP_POLL };

	for (size_t i = 0; i < sizeof(plain); i++)
		req_data(c, plain[i], 0, "surplus", 7, -1);
}

static void unknown_opcodes(struct conf *c)
{
	for (unsigned int op = 0; op < 256; op++) {
		if (op <= OP_VERSION || (op >= OP_RESET && op <= OP_INFO) || op == OP_MEMORY ||
		    (op >= OP_LIST && op <= OP_IOCTL))
			continue;
		req_nak(c, (uint8_t)op, 0, NULL, 0, ST_INVALID);
	}
	req_nak(c, 0x2A, 3, "x", 1, ST_INVALID);
	c->section = "3.17";
	req_nak(c, OP_SYS_EVENT, 0, "\0\0", 2, ST_INVALID);
	req_nak(c, OP_EVENT, 3, NULL, 0, ST_INVALID);
}

static void class_refused(struct conf *c)
{
	for (uint8_t op = 0; op <= OP_MEMORY; op++) {
		req_nak(c, op, 3, NULL, 0, ST_INVALID);
		req_nak(c, op, 255, NULL, 0, ST_INVALID);
	}
	check_caps(c, CAP_NO_ACK, c->board_maxp);
}

const struct test system_tests[] = {
	{ "caps-default", "3.3", T_ACK, caps_default },
	{ "caps-set", "3.3", 0, caps_set },
	{ "caps-refused-changes-nothing", "3.3", 0, caps_refused },
	{ "caps-ack-under-old-settings", "3.3", 0, caps_old_settings },
	{ "crc-off", "6.5", 0, crc_off },
	{ "events-off", "3.17", T_RUDE, events_off },
	{ "version", "3.5", 0, version },
	{ "stats", "3.4", 0, stats },
	{ "stats-events", "3.4", 0, stats_events },
	{ "sys-info", "3.6", 0, info },
	{ "sys-memory", "3.7", 0, memory },
	{ "list-entries", "3.9", 0, list_entries },
	{ "list-poll-on-any-channel", "3.9", 0, list_poll_any_channel },
	{ "poll-map", "3.10", 0, poll_map },
	{ "payload-of-plain-requests-ignored", "3", 0, ignored_payload },
	{ "unknown-opcodes", "3", 0, unknown_opcodes },
	{ "low-opcodes-on-other-channels", "3", 0, class_refused },
	{ 0 },
};
