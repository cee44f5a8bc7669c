// SPDX-License-Identifier: GPL-2.0-only
/* Sections 3.11 to 3.16, 7 and 9: requests to channels. */
#include <string.h>

#include "conf.h"

#define NO_CHANNEL 31

static void locks(struct conf *c)
{
	static const uint8_t unlockable[] = { 1, 2, NO_CHANNEL, 200 };

	for (size_t i = 0; i < sizeof(unlockable); i++) {
		req_nak(c, OP_LOCK, unlockable[i], NULL, 0, ST_BUSY);
		req_nak(c, OP_UNLOCK, unlockable[i], NULL, 0, ST_BUSY);
	}
}

/* Return: a channel whose LOCK succeeds whenever it is not locked */
static int find_lockable(struct conf *c)
{
	for (unsigned int i = 0; i < c->n_channels; i++)
		if (c->list[i].flags & CH_LOCK && c->list[i].flags & CH_DYNAMIC)
			return c->list[i].id;
	conf_skip(c, "no dynamic channel with a lock: UNLOCK of the stream drops its frame, so the "
		  "interval does not show");
}

static uint8_t lock_got;	/* flags of the response to the second LOCK of lock_twice() */

/*
 * LOCK @a, UNLOCK @a, LOCK @b in one transfer. Return: maximum time in ms between
 * the LOCKs on the device: if less than 10 ms, the second one must get BUSY.
 */
static double lock_twice(struct conf *c, int a, int b)
{
	uint8_t raw[64];
	size_t n = 0;
	double start;

	sleep_ms(15);
	n += pkt_build(raw + n, c->seq, (uint8_t)a, 0, OP_LOCK, NULL, 0);
	n += pkt_build(raw + n, (uint8_t)(c->seq + 1), (uint8_t)a, 0, OP_UNLOCK, NULL, 0);
	n += pkt_build(raw + n, (uint8_t)(c->seq + 2), (uint8_t)b, 0, OP_LOCK, NULL, 0);
	start = now_ms();
	send_raw(c, raw, n);
	expect_ack(c, OP_LOCK, (uint8_t)a);
	expect_ack(c, OP_UNLOCK, (uint8_t)a);
	check(c, conf_recv(c, &c->pkt, c->timeout_ms) && c->pkt.seq == c->seq++ &&
	      c->pkt.op == OP_LOCK, "second LOCK not answered");
	lock_got = c->pkt.flags;
	return now_ms() - start;
}

static void lock_interval(struct conf *c)
{
	int ch = find_lockable(c), conclusive = 0, busy = 0;

	for (int i = 0; i < 30; i++) {
		double t = lock_twice(c, ch, ch);

		busy += lock_got == F_NAK;
		if (t < 10) {
			conclusive++;
			check(c, lock_got == F_NAK, "LOCK %.1f ms after another succeeded", t);
		}
		if (lock_got == F_ACK)
			req_ack(c, OP_UNLOCK, (uint8_t)ch, NULL, 0);
	}
	conf_note("%d of 30 second LOCKs refused, %d within 10 ms", busy, conclusive);
	check(c, busy, "no LOCK was ever refused for coming too soon");

	/* A refused LOCK does not restart the interval. */
	sleep_ms(15);
	req_ack(c, OP_LOCK, (uint8_t)ch, NULL, 0);
	req_ack(c, OP_UNLOCK, (uint8_t)ch, NULL, 0);
	sleep_ms(12);
	req_nak(c, OP_LOCK, NO_CHANNEL, NULL, 0, ST_BUSY);
	req_ack(c, OP_LOCK, (uint8_t)ch, NULL, 0);
	req_ack(c, OP_UNLOCK, (uint8_t)ch, NULL, 0);
}

static void lock_interval_global(struct conf *c)
{
	int ch = find_lockable(c), refused = 0;

	if (c->stream < 0)
		conf_skip(c, "no stream channel");
	for (int i = 0; i < 10; i++) {
		double t;

		stream_lock_frame(c);
		req_ack(c, OP_UNLOCK, (uint8_t)c->stream, NULL, 0);
		check(c, wait_event(c, c->stream, c->timeout_ms), "no next frame");
		t = lock_twice(c, ch, c->stream);
		refused += lock_got == F_NAK;
		check(c, t >= 10 || lock_got == F_NAK,
		      "LOCK of the stream %.1f ms after one of channel %d", t, ch);
		sleep_ms(12);
		if (lock_got == F_NAK)
			req_ack(c, OP_LOCK, (uint8_t)c->stream, NULL, 0);
	}
	check(c, refused, "the interval does not hold across channels");
	stream_off(c);
}

/*
 * If only the stream can be locked: UNLOCK drops its frame, so the next frame
 * must come within the interval, which requires a fast camera.
 */
static void lock_interval_stream(struct conf *c)
{
	uint8_t ch = (uint8_t)c->stream;
	int conclusive = 0;

	stream_lock_frame(c);
	req_ack(c, OP_UNLOCK, ch, NULL, 0);
	c->section = "3.11";
	for (int i = 0; i < (conclusive ? 60 : 20) && conclusive < 5; i++) {
		double before, after, start;
		bool there, locked;

		while (!ch_size(c, ch))
			check(c, wait_event(c, ch, c->timeout_ms), "no next frame");
		sleep_ms(12);
		before = now_ms();
		req_ack(c, OP_LOCK, ch, NULL, 0);
		after = now_ms();
		req_ack(c, OP_UNLOCK, ch, NULL, 0);
		do
			there = ch_size(c, ch);
		while (!there && now_ms() - before < 10);
		start = now_ms();
		locked = req_ack_or(c, OP_LOCK, ch, NULL, 0, ST_BUSY);
		if (there && now_ms() - before < 10) {
			conclusive++;
			check(c, !locked, "LOCK %.1f ms after another succeeded", now_ms() - before);
		}
		check(c, locked || !there || start - after < 12,
		      "a frame is there, but LOCK is BUSY %.1f ms after the last", start - after);
		if (locked)
			req_ack(c, OP_UNLOCK, ch, NULL, 0);
	}
	stream_off(c);
	if (!conclusive)
		conf_skip(c, "frames come too slowly to show the interval");
	conf_note("%d conclusive pairs of LOCKs", conclusive);
}

static void lock_interval_survives_sync(struct conf *c)
{
	int ch = find_lockable(c), refused = 0;

	for (int i = 0; i < 20; i++) {
		double start, t;

		sleep_ms(15);
		start = now_ms();
		req_ack(c, OP_LOCK, (uint8_t)ch, NULL, 0);
		sync_once(c);
		/* SYNC has unlocked it. */
		refused += !req_ack_or(c, OP_LOCK, (uint8_t)ch, NULL, 0, ST_BUSY);
		t = now_ms() - start;
		check(c, t >= 10 || c->pkt.flags == F_NAK, "LOCK %.1f ms after another", t);
		sleep_ms(12);
		if (c->pkt.flags == F_NAK)
			req_ack(c, OP_LOCK, (uint8_t)ch, NULL, 0);
		req_ack(c, OP_UNLOCK, (uint8_t)ch, NULL, 0);
	}
	if (!refused)
		conf_skip(c, "this machine is too slow for a SYNC within 10 ms");
}

static void size_shape_errors(struct conf *c)
{
	static const uint8_t none[] = { 1, NO_CHANNEL, 32, 200, 255 };

	for (size_t i = 0; i < sizeof(none); i++) {
		req_nak(c, OP_SIZE, none[i], NULL, 0, ST_INVALID);
		req_nak(c, OP_SHAPE, none[i], NULL, 0, ST_INVALID);
	}
}

static void shapes(struct conf *c)
{
	for (unsigned int i = 4; i < c->n_channels; i++) {
		uint8_t id = c->list[i].id;
		struct packet *p = &c->pkt;

		send_req(c, OP_SHAPE, id, NULL, 0);
		check(c, conf_recv(c, p, c->timeout_ms), "SHAPE not answered");
		if (p->flags == F_NAK) {
			check(c, p->len == 2 && get16(p->data) == ST_INVALID, "SHAPE of channel %u: %s",
			      id, status_name(get16(p->data)));
		} else {
			check(c, p->flags == 0 && p->len % 4 == 0 && p->len <= 16,
			      "SHAPE of channel %u: fl=%02X, %u bytes", id, p->flags, p->len);
		}
		c->seq++;
	}
}

static void read_errors(struct conf *c)
{
	static const uint8_t none[] = { 1, NO_CHANNEL, 32, 200 };

	for (size_t i = 0; i < sizeof(none); i++) {
		send_read(c, none[i], 0, 10);
		expect_nak(c, OP_READ, none[i], ST_INVALID);
	}
	for (unsigned int i = 1; i < c->n_channels; i++) {
		uint8_t id = c->list[i].id;

		send_read(c, id, 0, 0);
		expect_nak(c, OP_READ, id, ST_INVALID);
		if (c->list[i].flags & CH_READ)
			continue;
		send_read(c, id, 0, 4);
		expect_nak(c, OP_READ, id, ST_INVALID);
	}
}

static void write_errors(struct conf *c)
{
	static const uint8_t none[] = { NO_CHANNEL, 32, 200 };

	for (size_t i = 0; i < sizeof(none); i++) {
		send_write(c, none[i], 0, "x", 1);
		expect_nak(c, OP_WRITE, none[i], ST_INVALID);
	}
	for (unsigned int i = 1; i < c->n_channels; i++) {
		uint8_t id = c->list[i].id;

		send_write(c, id, 0, NULL, 0);
		expect_nak(c, OP_WRITE, id, ST_INVALID);
		if (c->list[i].flags & CH_WRITE)
			continue;
		send_write(c, id, 0, "x", 1);
		expect_nak(c, OP_WRITE, id, ST_INVALID);
	}
}

static void stdin_write(struct conf *c)
{
	char text[256];

	memset(text, ' ', sizeof(text));
	ch_write(c, c->stdio_in, 0, text, 200);
	ch_write(c, c->stdio_in, 200, text, 100);
	ch_write(c, c->stdio_in, 1, text, 1);
	ch_write(c, c->stdio_in, 0xFFFFFFFF, text, 1);
	ch_write(c, c->stdio_in, 0, text, 1);
	ioctl_ack(c, c->stdio_in, 3, NULL, 0);
}

static void stdin_exec_empty(struct conf *c)
{
	ioctl_ack(c, c->stdio_in, 3, NULL, 0);
	ioctl_nak(c, c->stdio_in, 2, NULL, 0, ST_FAILED);
	ch_write(c, c->stdio_in, 0, "pass\n", 5);
	ioctl_ack(c, c->stdio_in, 3, NULL, 0);
	ioctl_nak(c, c->stdio_in, 2, NULL, 0, ST_FAILED);
}

static void ioctl_errors(struct conf *c)
{
	uint8_t zero[16] = { 0 };
	static const uint8_t channels[] = { 2, NO_CHANNEL, 200 };

	for (size_t i = 0; i < sizeof(channels); i++)
		ioctl_nak(c, channels[i], 0, NULL, 0, ST_INVALID);
	for (uint32_t code = 1; code <= 3; code++) {
		ioctl_nak(c, 1, code, zero, 1, ST_INVALID);
		ioctl_nak(c, 1, code, zero, 4, ST_INVALID);
	}
	ioctl_nak(c, 1, 0, NULL, 0, ST_INVALID);
	ioctl_nak(c, 1, 4, NULL, 0, ST_INVALID);
	ioctl_nak(c, 1, 0x80000001, NULL, 0, ST_INVALID);
	for (uint32_t code = 0; code <= 3; code++)
		for (size_t len = 0; len <= 12; len++)
			if (len != (code == 2 ? 8 : 4))
				ioctl_nak(c, 3, code, zero, len, ST_INVALID);
	ioctl_nak(c, 3, 4, zero, 4, ST_INVALID);
	ioctl_nak(c, 3, 0x100, zero, 4, ST_INVALID);
}

static void ioctl_stream(struct conf *c)
{
	uint8_t arg[8] = { 0 };
	uint32_t chip = get32(req_data(c, OP_INFO, 0, NULL, 0, 76)->data + 20);

	ioctl_ack(c, c->stream, 0, arg, 4);
	put32(arg, 160);
	put32(arg + 4, 120);
	ioctl_ack(c, c->stream, 2, arg, 8);
	put32(arg, 0);
	ioctl_ack(c, c->stream, 1, arg, 4);
	put32(arg, chip);
	if (c->version[1] == 0 && c->version[2] < 1)
		ioctl_nak(c, c->stream, 3, arg, 4, ST_INVALID);
	else
		ioctl_ack(c, c->stream, 3, arg, 4);
}

/* STOP without a running script is acknowledged. */
static void stdin_stop_idle(struct conf *c)
{
	if (poll_bits(c) & 1u << c->stdio_in)
		conf_skip(c, "a script runs: STOP is for --script");
	ioctl_ack(c, c->stdio_in, 1, NULL, 0);
	ping(c);
}

/* A WRITE packet of 512 bytes fills its USB packet: the device must not wait for more. */
static void write_whole_usb_packets(struct conf *c)
{
	static uint8_t text[8192];
	unsigned int ep = usb_info(c->usb)->ep_size;

	memset(text, ' ', sizeof(text));
	for (unsigned int total = ep; total <= c->board_maxp + 14u; total += ep) {
		if (total < 22 + 1)
			continue;
		ch_write(c, c->stdio_in, 0, text, total - 22);
	}
	ioctl_ack(c, c->stdio_in, 3, NULL, 0);
}

static void write_max(struct conf *c)
{
	static uint8_t text[8192];

	memset(text, ' ', sizeof(text));
	ch_write(c, c->stdio_in, 0, text, c->board_maxp - 8u);
	send_write(c, c->stdio_in, 0, text, c->board_maxp - 7u);
	expect_nak(c, OP_WRITE, (uint8_t)c->stdio_in, ST_OVERFLOW);
	ping(c);
	ch_write(c, c->stdio_in, 1, text, c->board_maxp - 8u);
	ioctl_ack(c, c->stdio_in, 3, NULL, 0);
}

/* LIST, INFO and MEMORY with a small max_payload: full fragments with the same bytes. */
static void fragments_small(struct conf *c)
{
	static const uint16_t sizes[] = { 50, 51, 64, 75, 76, 77, 96, 112 };
	static uint8_t ref[2][512], got[512];
	size_t len[2];

	for (int k = 0; k < 2; k++) {
		len[k] = req_data(c, k ? OP_INFO : OP_LIST, 0, NULL, 0, -1)->len;
		memcpy(ref[k], c->pkt.data, len[k]);
	}
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		set_caps(c, CAP_NO_ACK, sizes[i]);
		for (int k = 0; k < 2; k++) {
			uint8_t op = k ? OP_INFO : OP_LIST;
			unsigned int packets;

			send_req(c, op, 0, NULL, 0);
			packets = expect_pieces(c, op, 0, got, len[k], sizes[i]);
			check(c, packets == (len[k] + sizes[i] - 1) / sizes[i],
			      "%zu bytes in %u packets of %u", len[k], packets, sizes[i]);
			/* SYS_INFO contains counters, but LIST must not change. */
			check(c, k || !memcmp(ref[k], got, len[k]), "LIST differs when fragmented");
		}
	}
	ping(c);
}

static void readp_fragments(struct conf *c, struct blob b)
{
	static uint8_t ref[65536], got[65536];
	const uint16_t maxp[] = { 50, 64, 490, (uint16_t)(c->board_maxp - 1), c->board_maxp };
	uint32_t len = b.size < 20000 ? b.size : 20000;

	c->section = "7";
	ch_read(c, b.ch, 0, len, ref, c->maxp);
	for (size_t i = 0; i < sizeof(maxp) / sizeof(maxp[0]); i++) {
		const uint32_t cuts[] = { 1, maxp[i] - 1u, maxp[i], maxp[i] + 1u, 3u * maxp[i], 2000 };

		set_caps(c, CAP_NO_ACK, maxp[i]);
		for (size_t k = 0; k < sizeof(cuts) / sizeof(cuts[0]); k++) {
			uint32_t n = cuts[k] < len ? cuts[k] : len;
			uint32_t off = k & 1 ? (len - n) / 2 : 0;
			uint8_t before = c->seq;
			unsigned int packets = ch_read(c, b.ch, off, n, got, maxp[i]);

			check(c, c->seq == (uint8_t)(before + packets), "counter");
			check(c, !memcmp(got, ref + off, n), "READ(%u, %u) at max_payload %u gives other "
			      "bytes than before", off, n, maxp[i]);
		}
	}
	ping(c);
}

static void readp_fragments_frame(struct conf *c)
{
	struct blob b = { .ch = c->frame };

	if (c->frame < 0)
		conf_skip(c, "no channel named frame");
	b.size = frame_wait(c) - 1;
	readp_fragments(c, b);
}

static void readp_fragments_stream(struct conf *c)
{
	struct blob b = { .ch = c->stream };

	b.size = stream_lock_frame(c);
	readp_fragments(c, b);
	stream_off(c);
}

/* A response that fills its last USB packet needs a zero-length packet. */
static void read_whole_usb_packets(struct conf *c)
{
	struct blob b = blob_any(c);
	unsigned int ep = usb_info(c->usb)->ep_size;

	c->section = "11.4";
	for (unsigned int total = ep; total <= c->board_maxp + 14u; total += ep) {
		uint32_t n = total - 14;

		if (n <= b.size)
			ch_read(c, b.ch, 0, n, NULL, c->maxp);
	}
	/* Two packets that together fill the last USB packet. */
	if (2 * ep - 28 <= b.size && ep - 14 >= 50) {
		set_caps(c, CAP_NO_ACK, (uint16_t)(ep - 14));
		ch_read(c, b.ch, 0, 2 * (ep - 14), NULL, ep - 14);
	}
	ping(c);
}

/*
 * READ of more than available, with read(): the data, with FRAGMENT in its last
 * packet, then FAILED. Each packet advances the counter.
 */
static unsigned int read_beyond(struct conf *c, int ch, unsigned int size, unsigned int more)
{
	unsigned int limit = c->maxp < 512 ? c->maxp : 512, got = 0;

	send_read(c, ch, 0, size + more);
	while (got < size) {
		struct packet *p = expect(c, OP_READ, (uint8_t)ch, F_FRAGMENT);

		check(c, p->len && p->len <= limit, "a read() chunk of %u bytes, limit %u", p->len,
		      limit);
		got += p->len;
	}
	check(c, got == size, "%u bytes, SIZE was %u", got, size);
	expect_nak(c, OP_READ, (uint8_t)ch, ST_FAILED);
	return got;
}

static void read_beyond_end(struct conf *c)
{
	unsigned int size;

	if (c->config < 0 || !(c->list[c->config].flags & CH_READ))
		conf_skip(c, "no config channel that can be read");
	size = ch_size(c, c->config);
	if (!size)
		conf_skip(c, "the config channel has no text");
	read_beyond(c, c->config, size, 100);
	ping(c);
	read_beyond(c, c->config, size, 5000);
	set_caps(c, CAP_NO_ACK, 50);
	read_beyond(c, c->config, ch_size(c, c->config), 60);
	ping(c);
}

static void read_backed_fragments(struct conf *c)
{
	static uint8_t ref[8192], got[8192];
	unsigned int size;

	if (c->config < 0 || !(c->list[c->config].flags & CH_READ))
		conf_skip(c, "no config channel that can be read");
	size = ch_size(c, c->config);
	if (!size)
		conf_skip(c, "the config channel has no text");
	ch_read(c, c->config, 0, size, ref, c->maxp < 512 ? c->maxp : 512);
	set_caps(c, CAP_NO_ACK, 50);
	check(c, ch_size(c, c->config) == size, "SIZE changed with max_payload");
	ch_read(c, c->config, 0, size, got, 50);
	check(c, !memcmp(ref, got, size), "READ gives other text at max_payload 50");
	ping(c);
}

/* Read stdout until it is empty; then READ fails. */
static void stdout_drain(struct conf *c)
{
	static char text[4096];
	unsigned int total = 0, size;

	while ((size = ch_size(c, c->stdio_out)) && total < 100000) {
		check(c, size < 2048, "SIZE %u, the largest ring holds 2047", size);
		ch_read(c, c->stdio_out, 77, size, (uint8_t *)text, c->maxp < 512 ? c->maxp : 512);
		total += size;
	}
	conf_note("%u bytes of console text", total);
	send_read(c, c->stdio_out, 0, 100);
	check(c, conf_recv(c, &c->pkt, c->timeout_ms), "READ of stdout not answered");
	if (c->pkt.flags == F_FRAGMENT) {
		/* Text was printed since: it is sent before the NAK. */
		c->seq++;
		expect_nak(c, OP_READ, (uint8_t)c->stdio_out, ST_FAILED);
	} else {
		check(c, c->pkt.flags == F_NAK && get16(c->pkt.data) == ST_FAILED &&
		      c->pkt.seq == c->seq, "READ of empty stdout: seq=%u fl=%02X", c->pkt.seq,
		      c->pkt.flags);
		c->seq++;
	}
	ping(c);
}

static void stdout_beyond_end(struct conf *c)
{
	unsigned int size;

	wait_event(c, c->stdio_out, 1500);
	size = ch_size(c, c->stdio_out);
	if (!size)
		conf_skip(c, "nothing is printed; see script-life-cycle");
	read_beyond(c, c->stdio_out, size, 1000);
	ping(c);
}

const struct test channel_tests[] = {
	{ "lock-busy-where-there-is-none", "3.11", 0, locks },
	{ "lock-interval", "3.11", 0, lock_interval },
	{ "lock-interval-stream", "3.11", 0, lock_interval_stream },
	{ "lock-interval-is-global", "3.11", 0, lock_interval_global },
	{ "lock-interval-survives-sync", "3.11", 0, lock_interval_survives_sync },
	{ "size-shape-errors", "3.12", 0, size_shape_errors },
	{ "shape", "3.13", 0, shapes },
	{ "read-errors", "3.14", 0, read_errors },
	{ "write-errors", "3.15", 0, write_errors },
	{ "stdin-write", "9.1", 0, stdin_write },
	{ "stdin-exec-empty", "9", 0, stdin_exec_empty },
	{ "stdin-stop-idle", "9", 0, stdin_stop_idle },
	{ "ioctl-errors", "3.16", 0, ioctl_errors },
	{ "ioctl-stream", "9", 0, ioctl_stream },
	{ "write-whole-usb-packets", "11.4", 0, write_whole_usb_packets },
	{ "write-max-payload", "3.15", 0, write_max },
	{ "fragments-small-max-payload", "7", 0, fragments_small },
	{ "fragments-readp-frame", "7", 0, readp_fragments_frame },
	{ "fragments-readp-stream", "7", 0, readp_fragments_stream },
	{ "fragments-read-backed", "7", 0, read_backed_fragments },
	{ "read-whole-usb-packets", "11.4", 0, read_whole_usb_packets },
	{ "read-beyond-end-config", "3.14", 0, read_beyond_end },
	{ "stdout-beyond-end", "12.8", 0, stdout_beyond_end },
	{ "stdout-drain", "9.2", 0, stdout_drain },
	{ 0 },
};
