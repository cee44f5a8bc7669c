// SPDX-License-Identifier: GPL-2.0-only
/* Section 11: activation and the bulk pipes; section 9.1: scripts; 3.8: reset. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"

#define GET_LINE_CODING	0x21

static void descriptors(struct conf *c)
{
	const struct usb_info *u = usb_info(c->usb);

	check(c, u->ep_size == (u->high_speed ? 512 : 64), "bulk endpoints of %u bytes at %s speed",
	      u->ep_size, u->high_speed ? "high" : "full");
	check(c, u->notify_ep, "the communication interface has no interrupt endpoint");
	check(c, u->data == u->comm + 1, "data interface %u, communication %u", u->data, u->comm);
	if (u->board.rbuf && u->has_msc)
		check(c, u->comm == u->board.comm, "CDC begins at interface %u, this board's at %u",
		      u->comm, u->board.comm);
}

static void activate(struct conf *c, uint32_t baud, bool dtr)
{
	int err = usb_activate(c->usb, baud, dtr);

	check(c, !err, "line coding %u, DTR %d: error %d", baud, dtr, err);
}

/* Activation while active must reset nothing. */
static void activate_again(struct conf *c)
{
	set_caps(c, CAP_NO_ACK, 64);
	for (int i = 0; i < 3; i++) {
		activate(c, CDC_ACTIVE_BAUD, true);
		ping(c);
	}
	send_req(c, OP_INFO, 0, NULL, 0);
	expect_pieces(c, OP_INFO, 0, NULL, 76, 64);
}

static void unknown_requests(struct conf *c)
{
	uint8_t buf[64];

	for (uint8_t req = 0x70; req < 0x74; req++) {
		conf_note("class request %02X: %d", req, usb_class_request(c->usb, false, req, 0, NULL, 0));
		usb_class_request(c->usb, true, req, 0, buf, sizeof(buf));
		ping(c);
	}
	check(c, usb_class_request(c->usb, true, GET_LINE_CODING, 0, buf, 7) == 7,
	      "GET_LINE_CODING does not give 7 bytes");
	ping(c);
}

/*
 * No packet may come while the console uses the pipe. A SYNC is sent as console
 * input: it has no control characters for the REPL except NUL bytes.
 */
static void expect_console(struct conf *c, const char *state)
{
	static uint8_t text[4096];
	uint8_t raw[PKT_HDR];
	double end = now_ms() + 1500;
	size_t got = 0;

	pkt_build(raw, 0, 0, 0, OP_SYNC, NULL, 0);
	usb_write(c->usb, raw, sizeof(raw), 500);
	while (now_ms() < end && got < sizeof(text)) {
		int n = usb_read(c->usb, text + got, sizeof(text) - got, 100);

		check(c, n >= 0, "bulk IN: error %d", n);
		got += (size_t)n;
	}
	parser_init(&c->rx);
	check(c, parser_feed(&c->rx, text, got), "%zu bytes of console text", got);
	/* A console may echo the bytes; the echo has no ACK flag and is not a response. */
	while (parser_next(&c->rx, &c->pkt))
		check(c, c->pkt.op == OP_SYNC && !c->pkt.flags,
		      "a packet with %s: seq=%u ch=%u fl=%02X op=%02X", state, c->pkt.seq, c->pkt.ch,
		      c->pkt.flags, c->pkt.op);
	for (size_t i = 0; i < got; i++)
		if (text[i] < ' ' || text[i] > '~')
			text[i] = '.';
	conf_note("%s: %zu bytes of console%s%.60s", state, got, got ? ": " : "", text);
	parser_init(&c->rx);
}

/*
 * The STM stack keeps what is typed while a script runs, and executes it once the protocol is
 * on: the SYNC of expect_console(). TinyUSB boards drop it, and a prompt reads it.
 */
static bool keeps_typed(struct conf *c)
{
	const struct board *board = &usb_info(c->usb)->board;

	return board->rbuf && board->comm == 1 && poll_bits(c) & 1u << c->stdio_in;
}

static void expect_typed(struct conf *c)
{
	struct packet *p = &c->pkt;

	c->loose = true;
	check(c, conf_recv(c, p, c->timeout_ms), "what was typed was not executed");
	check(c, p->op == OP_SYNC && p->flags == F_ACK, "not the SYNC that was typed: fl=%02X op=%02X",
	      p->flags, p->op);
	synced(c);
	set_caps(c, CAP_NO_ACK, 64);
}

/* Throw away what was under way when the camera was switched off. */
static void settle(struct conf *c)
{
	static uint8_t buf[65536];

	while (usb_read(c->usb, buf, sizeof(buf), 300) > 0)
		;
	parser_init(&c->rx);
}

static void rates(struct conf *c)
{
	static const struct { uint32_t baud; bool dtr; const char *name; } off[] = {
		{ CDC_ACTIVE_BAUD, false, "DTR off" },
		{ 115200, true, "115200 baud" },
		{ 9600, true, "9600 baud" },
		{ 12000000, true, "12000000 baud" },
	};

	bool keeps = keeps_typed(c);

	c->junk_ok = true;
	set_caps(c, CAP_NO_ACK, 64);
	ping(c);
	ping(c);
	for (size_t i = 0; i < sizeof(off) / sizeof(off[0]); i++) {
		activate(c, off[i].baud, off[i].dtr);
		settle(c);
		expect_console(c, off[i].name);
		activate(c, CDC_ACTIVE_BAUD, true);
		if (keeps && off[i].dtr)
			expect_typed(c);
		/* The session is still the one of before: counter and max_payload. */
		c->section = "3.3";
		ping(c);
		send_req(c, OP_INFO, 0, NULL, 0);
		expect_pieces(c, OP_INFO, 0, NULL, 76, 64);
		c->section = "11.1";
	}
}

static void lock_survives_dtr(struct conf *c)
{
	stream_lock_frame(c);
	c->section = "3.11";
	c->junk_ok = true;
	activate(c, CDC_ACTIVE_BAUD, false);
	settle(c);
	activate(c, CDC_ACTIVE_BAUD, true);
	sleep_ms(12);
	req_nak(c, OP_LOCK, (uint8_t)c->stream, NULL, 0, ST_BUSY);
	check(c, ch_size(c, c->stream), "the locked frame was dropped");
	req_ack(c, OP_UNLOCK, (uint8_t)c->stream, NULL, 0);
	stream_off(c);
}

static void half_packet_then_dtr(struct conf *c)
{
	uint8_t raw[64];

	pkt_build(raw, c->seq, 1, 0, OP_IOCTL, "\3\0\0\0", 4);
	send_raw(c, raw, 12);
	c->junk_ok = true;
	activate(c, CDC_ACTIVE_BAUD, false);
	settle(c);
	activate(c, CDC_ACTIVE_BAUD, true);
	conf_sync(c);
}

/* A host stops reading and then continues: SYNC must work. */
static void stop_reading(struct conf *c, bool ack)
{
	static uint8_t raw[8192];
	size_t n = 0;

	c->junk_ok = true;
	set_caps(c, ack ? CAP_DEFAULT : CAP_NO_ACK, c->board_maxp);
	usb_in_stop(c->usb);
	for (int i = 0; i < (ack ? 1 : 40); i++)
		n += pkt_build(raw + n, (uint8_t)(c->seq + i), 0, 0, OP_LIST, NULL, 0);
	usb_write(c->usb, raw, n, 1000);
	sleep_ms(3000);
	check(c, !usb_in_start(c->usb), "bulk IN does not start again");
	c->section = "6.4";
	conf_sync(c);
	ping(c);
}

static void stop_reading_ack_off(struct conf *c)
{
	stop_reading(c, false);
}

static void stop_reading_ack_on(struct conf *c)
{
	stop_reading(c, true);
}

static void stop_reading_frame(struct conf *c)
{
	struct blob b = blob_any(c);

	c->section = "15 T-9";
	c->junk_ok = true;
	set_caps(c, CAP_NO_ACK, c->board_maxp);
	usb_in_stop(c->usb);
	send_read(c, b.ch, 0, b.size);
	sleep_ms(3000);
	check(c, !usb_in_start(c->usb), "bulk IN does not start again");
	c->section = "6.4";
	conf_sync(c);
	ping(c);
}

const struct test usb_tests[] = {
	{ "usb-descriptors", "11.3", 0, descriptors },
	{ "usb-activate-again", "11.1", 0, activate_again },
	{ "usb-unknown-control-request", "11.1", 0, unknown_requests },
	{ "usb-other-rates-are-console", "11.1", T_RUDE, rates },
	{ "usb-lock-survives-dtr", "3.11", T_RUDE, lock_survives_dtr },
	{ "usb-half-packet-then-dtr", "11.1", T_RUDE, half_packet_then_dtr },
	{ "usb-stop-reading-ack-off", "15 T-9", T_RUDE, stop_reading_ack_off },
	{ "usb-stop-reading-ack-on", "15 T-9", T_RUDE, stop_reading_ack_on },
	{ "usb-stop-reading-a-frame", "15 T-9", T_RUDE, stop_reading_frame },
	{ 0 },
};

static bool script_runs(struct conf *c)
{
	return poll_bits(c) & 1u << c->stdio_in;
}

/* After the end of a script of EXEC: SYS_EVENT 2, then a session with the defaults. */
static void expect_soft_reboot(struct conf *c)
{
	if (!(c->event[0].count && c->event[0].value == 2))
		check(c, wait_event(c, 0, c->timeout_ms), "no SYS_EVENT when the script ended");
	check(c, c->event[0].value == 2, "SYS_EVENT %04X, not 0002", c->event[0].value);
	c->junk_ok = true;
	sleep_ms(500);
	conf_sync(c);
	set_caps(c, CAP_NO_ACK, c->board_maxp);
}

static void upload(struct conf *c)
{
	static uint8_t text[65536];
	FILE *f = fopen(c->script, "rb");
	size_t n, part = c->maxp - 8u;

	check(c, f, "%s: %s", c->script, strerror(errno));
	n = fread(text, 1, sizeof(text), f);
	fclose(f);
	check(c, n && n < sizeof(text), "%s: empty, or larger than 64 KiB", c->script);
	ioctl_ack(c, c->stdio_in, 3, NULL, 0);
	for (size_t off = 0; off < n; off += part)
		ch_write(c, c->stdio_in, (uint32_t)off, text + off, n - off < part ? n - off : part);
}

static void life_cycle(struct conf *c)
{
	const struct event *e = &c->event[c->stdio_in];

	if (script_runs(c)) {
		c->section = "12.7";
		events_clear(c);
		ioctl_ack(c, c->stdio_in, 1, NULL, 0);
		check(c, e->count || wait_event(c, c->stdio_in, c->timeout_ms), "STOP stopped nothing");
		/* Only a script started by EXEC is followed by a soft reboot. */
		sleep_ms(1500);
		c->junk_ok = true;
		conf_sync(c);
		set_caps(c, CAP_NO_ACK, c->board_maxp);
		c->section = "12.7";
	}
	upload(c);
	events_clear(c);
	ioctl_ack(c, c->stdio_in, 2, NULL, 0);
	check(c, e->count || wait_event(c, c->stdio_in, c->timeout_ms), "no stdin event after EXEC");
	check(c, e->count > 1 || e->value == 1, "stdin event %04X after EXEC, not 0001", e->value);
	if (e->count > 1 || wait_event(c, c->stdio_in, 3000)) {
		conf_note("the script ended by itself");
	} else {
		check(c, script_runs(c), "no event 0000, but the poll bit is clear");
		ioctl_ack(c, c->stdio_in, 1, NULL, 0);
		check(c, e->count > 1 || wait_event(c, c->stdio_in, c->timeout_ms), "STOP stopped nothing");
	}
	check(c, e->has_value && e->value == 0, "stdin event %04X, not 0000", e->value);
	c->section = "8.4";
	expect_soft_reboot(c);
	read_list(c);
	for (unsigned int i = 0; i < c->n_channels; i++)
		check(c, !(c->list[i].flags & CH_DYNAMIC), "channel %u '%.14s' outlived the soft reboot",
		      c->list[i].id, c->list[i].name);
	ioctl_nak(c, c->stdio_in, 2, NULL, 0, ST_FAILED);
}

/* There must be no response, and the camera must disconnect. */
static void leaves_the_bus(struct conf *c, uint8_t op)
{
	double end = now_ms() + 15000;
	uint8_t raw[PKT_HDR], in[4096];

	c->end_ok = true;
	pkt_build(raw, c->seq, 0, 0, op, NULL, 0);
	usb_write(c->usb, raw, sizeof(raw), c->timeout_ms);
	while (!usb_disconnected(c->usb) && now_ms() < end) {
		int n = usb_read(c->usb, in, sizeof(in), 100);

		if (n <= 0)
			continue;
		parser_feed(&c->rx, in, (size_t)n);
		while (parser_next(&c->rx, &c->pkt))
			check(c, c->pkt.flags & F_EVENT, "%s was answered", op_name(op));
	}
	check(c, usb_disconnected(c->usb), "still there 15 s after %s", op_name(op));
}

static void reset(struct conf *c)
{
	leaves_the_bus(c, OP_RESET);
}

static void boot(struct conf *c)
{
	leaves_the_bus(c, OP_BOOT);
}

const struct test script_tests[] = {
	{ "script-life-cycle", "12.7", T_SCRIPT, life_cycle },
	{ "sys-reset", "3.8", T_RESET, reset },
	{ "sys-boot", "3.8", T_BOOT, boot },
	{ 0 },
};
