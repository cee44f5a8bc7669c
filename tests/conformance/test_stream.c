// SPDX-License-Identifier: GPL-2.0-only
/* Sections 10 and 12.4: the stream channel. */
#include <string.h>

#include "conf.h"

#define LOCK_MS		12	/* more than the lock interval */
#define FORMAT_JPEG	0x06060000u
#define FORMAT_PNG	0x06070000u

static uint8_t image[MAX_BLOB], again[MAX_BLOB];

static void stream_ctrl(struct conf *c, uint32_t enable)
{
	uint8_t arg[4];

	put32(arg, enable);
	ioctl_ack(c, c->stream, 0, arg, sizeof(arg));
}

void stream_off(struct conf *c)
{
	if (c->stream > 0)
		stream_ctrl(c, 0);
}

uint32_t stream_wait(struct conf *c)
{
	uint32_t size = 0;
	double end;

	if (c->stream < 0)
		conf_skip(c, "no channel named stream");
	if (c->stream_dead)
		conf_skip(c, "no frame was published on stream: does a script take snapshots?");
	stream_ctrl(c, 1);
	events_clear(c);
	end = now_ms() + c->timeout_ms;
	/* NOTIFY may come without a frame (overflow): then wait for the next one. */
	while (!size) {
		if (now_ms() > end || !wait_event(c, c->stream, c->timeout_ms)) {
			check(c, !c->stream_seen, "no frame on stream for %d ms", c->timeout_ms);
			c->stream_dead = true;
			conf_skip(c, "no frame is published on stream: does a script take snapshots?");
		}
		size = ch_size(c, c->stream);
	}
	c->stream_seen = true;
	check(c, size > 32 && size <= MAX_BLOB, "SIZE %u", size);
	return size;
}

uint32_t stream_lock_frame(struct conf *c)
{
	uint32_t size;

	stream_wait(c);
	sleep_ms(LOCK_MS);
	c->section = "10.4";
	req_ack(c, OP_LOCK, (uint8_t)c->stream, NULL, 0);
	size = ch_size(c, c->stream);
	check(c, size > 32 && size <= MAX_BLOB, "SIZE %u while locked", size);
	return size;
}

struct blob blob_any(struct conf *c)
{
	struct blob b = { .ch = c->frame };

	if (c->frame > 0) {
		b.size = frame_wait(c) - 1;
	} else {
		b.size = stream_lock_frame(c);
		b.ch = c->stream;
	}
	return b;
}

static void check_image(struct conf *c, const uint8_t *p, uint32_t size)
{
	uint32_t w = get32(p), h = get32(p + 4), fmt = get32(p + 8), off = get32(p + 16);
	unsigned int jw, jh;
	unsigned long q;
	const char *err;

	c->section = "10.1";
	check(c, w && h && w < 65536 && h < 65536, "geometry %ux%u", w, h);
	check(c, off == 32, "image data at offset %u, not 32", off);
	check(c, fmt == FORMAT_JPEG || fmt == FORMAT_PNG || fmt == 0x08010000 ||
	      fmt == 0x08020001 || fmt == 0x0C030002, "pixel format %08X", fmt);
	if (fmt != FORMAT_JPEG)
		return;
	check(c, get32(p + 12) == size - 32, "%u bytes of JPEG in a buffer of %u", get32(p + 12),
	      size);
	err = jpeg_parse(p + 32, size - 32, &jw, &jh, &q);
	check(c, !err, "not a JPEG: %s", err);
	check(c, jw == w && jh == h, "header says %ux%u, the JPEG %ux%u", w, h, jw, jh);
}

static void frames(struct conf *c)
{
	stream_wait(c);
	for (int i = 0; i < 3; i++) {
		uint32_t size;

		sleep_ms(LOCK_MS);
		c->section = "10.4";
		req_ack(c, OP_LOCK, (uint8_t)c->stream, NULL, 0);
		size = ch_size(c, c->stream);
		check(c, size > 32 && size <= MAX_BLOB, "SIZE %u while locked", size);
		ch_read(c, c->stream, 0, size, image, c->maxp);
		check_image(c, image, size);
		events_clear(c);
		req_ack(c, OP_UNLOCK, (uint8_t)c->stream, NULL, 0);
		check(c, c->event[c->stream].count || wait_event(c, c->stream, c->timeout_ms),
		      "no NOTIFY after UNLOCK");
		check(c, !c->event[c->stream].has_value, "NOTIFY has a payload");
	}
	stream_off(c);
}

static void shape(struct conf *c)
{
	uint32_t size = stream_lock_frame(c);
	struct packet *p;

	c->section = "3.13";
	p = req_data(c, OP_SHAPE, (uint8_t)c->stream, NULL, 0, -1);
	check(c, p->len == 4 || p->len == 12, "SHAPE of %u bytes", p->len);
	check(c, p->len != 4 || get32(p->data) == size - 32, "SHAPE %u, SIZE - 32 is %u",
	      get32(p->data), size - 32);
	stream_off(c);
}

/* One frame and one NOTIFY per LOCK and UNLOCK; READ alone consumes nothing. */
static void mailbox(struct conf *c)
{
	uint32_t size = stream_wait(c);

	c->section = "10.3";
	expect_quiet(c, 1500);
	check(c, c->event[c->stream].count == 1, "%u NOTIFY without a LOCK in between",
	      c->event[c->stream].count);
	check(c, ch_size(c, c->stream) == size, "SIZE changed though nobody locked");
	ch_read(c, c->stream, 0, size, image, c->maxp);
	ch_read(c, c->stream, 0, size, again, c->maxp);
	check(c, !memcmp(image, again, size), "two READs without LOCK differ");
	expect_quiet(c, 500);
	check(c, c->event[c->stream].count == 1, "READ alone released the frame");

	req_ack(c, OP_LOCK, (uint8_t)c->stream, NULL, 0);
	ch_read(c, c->stream, 0, size, again, c->maxp);
	check(c, !memcmp(image, again, size), "LOCK gives another frame than READ did");
	expect_quiet(c, 500);
	check(c, c->event[c->stream].count == 1, "NOTIFY while locked");
	sleep_ms(LOCK_MS);
	c->section = "10.4";
	req_nak(c, OP_LOCK, (uint8_t)c->stream, NULL, 0, ST_BUSY);
	req_ack(c, OP_UNLOCK, (uint8_t)c->stream, NULL, 0);
	check(c, c->event[c->stream].count > 1 || wait_event(c, c->stream, c->timeout_ms),
	      "no next frame after UNLOCK");
	stream_off(c);
}

static void bounds(struct conf *c)
{
	uint32_t size = stream_lock_frame(c);

	c->section = "10.1";
	ch_read(c, c->stream, 0, size, image, c->maxp);
	ch_read(c, c->stream, 16, 24, again, c->maxp);
	check(c, !memcmp(image + 16, again, 24), "READ(16, 24) gives other bytes");
	ch_read(c, c->stream, size - 1, 1, again, c->maxp);
	check(c, again[0] == image[size - 1], "READ(size - 1, 1) gives another byte");
	send_read(c, c->stream, 0, size + 1);
	expect_nak(c, OP_READ, (uint8_t)c->stream, ST_FAILED);
	send_read(c, c->stream, size, 1);
	expect_nak(c, OP_READ, (uint8_t)c->stream, ST_FAILED);
	send_read(c, c->stream, 1, size);
	expect_nak(c, OP_READ, (uint8_t)c->stream, ST_FAILED);
	ch_read(c, c->stream, 0, 32, again, c->maxp);
	check(c, !memcmp(image, again, 32), "the header changed while locked");
	stream_off(c);
}

static void empty(struct conf *c)
{
	if (c->stream < 0)
		conf_skip(c, "no channel named stream");
	stream_off(c);
	events_clear(c);
	sleep_ms(LOCK_MS);
	check(c, ch_size(c, c->stream) == 0, "SIZE is not 0 after STREAM_CTRL 0");
	req_nak(c, OP_LOCK, (uint8_t)c->stream, NULL, 0, ST_BUSY);
	send_read(c, c->stream, 0, 1);
	expect_nak(c, OP_READ, (uint8_t)c->stream, ST_FAILED);
	check(c, !(poll_bits(c) & 1u << c->stream), "poll bit set without a frame");
	for (int i = 0; i < 3; i++)
		req_ack(c, OP_UNLOCK, (uint8_t)c->stream, NULL, 0);
	expect_quiet(c, 1000);
	check(c, !c->event[c->stream].count, "NOTIFY while streaming is disabled");
}

static void poll_bit(struct conf *c)
{
	stream_wait(c);
	check(c, poll_bits(c) & 1u << c->stream, "poll bit clear though a frame is present");
	stream_off(c);
	check(c, !(poll_bits(c) & 1u << c->stream), "poll bit set after STREAM_CTRL 0");
}

/* After the lock was released by STREAM_CTRL, another LOCK succeeds. */
static void ctrl_unlocks(struct conf *c)
{
	stream_lock_frame(c);
	stream_lock_frame(c);
	stream_off(c);
}

static void sync_unlocks(struct conf *c)
{
	stream_lock_frame(c);
	events_clear(c);
	conf_sync(c);
	set_caps(c, CAP_NO_ACK, c->board_maxp);
	c->section = "3.2";
	/* The enable flag is kept: a frame comes without STREAM_CTRL. */
	check(c, ch_size(c, c->stream) || c->event[c->stream].count ||
	      wait_event(c, c->stream, c->timeout_ms), "no frame after SYNC");
	sleep_ms(LOCK_MS);
	c->section = "3.11";
	req_ack(c, OP_LOCK, (uint8_t)c->stream, NULL, 0);
	req_ack(c, OP_UNLOCK, (uint8_t)c->stream, NULL, 0);
	stream_off(c);
}

static size_t add_read(uint8_t *raw, uint8_t seq, int ch, uint32_t offset, uint32_t len)
{
	uint8_t arg[8];

	put32(arg, offset);
	put32(arg + 4, len);
	return pkt_build(raw, seq, (uint8_t)ch, 0, OP_READ, arg, sizeof(arg));
}

/* LOCK + SIZE + READ(0, 32): one seq each, whether they succeed or not. */
static void pipeline_lock_size_read(struct conf *c)
{
	uint8_t ch = (uint8_t)c->stream, raw[128];

	if (c->stream < 0)
		conf_skip(c, "no channel named stream");
	for (int frame = 0; frame < 2; frame++) {
		size_t n = 0;

		if (frame)
			stream_wait(c);
		else
			stream_off(c);
		c->section = "15 T-11";
		sleep_ms(LOCK_MS);
		n += pkt_build(raw + n, c->seq, ch, 0, OP_LOCK, NULL, 0);
		n += pkt_build(raw + n, (uint8_t)(c->seq + 1), ch, 0, OP_SIZE, NULL, 0);
		n += add_read(raw + n, (uint8_t)(c->seq + 2), ch, 0, 32);
		n += pkt_build(raw + n, (uint8_t)(c->seq + 3), ch, 0, OP_UNLOCK, NULL, 0);
		send_raw(c, raw, n);
		if (frame) {
			expect_ack(c, OP_LOCK, ch);
			check(c, get32(expect_data(c, OP_SIZE, ch, 4)->data) > 32, "no frame");
			expect_data(c, OP_READ, ch, 32);
		} else {
			expect_nak(c, OP_LOCK, ch, ST_BUSY);
			check(c, !get32(expect_data(c, OP_SIZE, ch, 4)->data), "a frame while off");
			expect_nak(c, OP_READ, ch, ST_FAILED);
		}
		expect_ack(c, OP_UNLOCK, ch);
		ping(c);
	}
	stream_off(c);
}

/* READ + UNLOCK with a predicted seq; if the READ fails, UNLOCK is refused. */
static void pipeline_read_unlock(struct conf *c)
{
	uint32_t size = stream_lock_frame(c);
	uint8_t ch = (uint8_t)c->stream, raw[128];
	unsigned int packets = (size + c->maxp - 1) / c->maxp;
	size_t n = add_read(raw, c->seq, ch, 0, size);

	c->section = "15 T-11";
	n += pkt_build(raw + n, (uint8_t)(c->seq + packets), ch, 0, OP_UNLOCK, NULL, 0);
	send_raw(c, raw, n);
	expect_pieces(c, OP_READ, ch, image, size, c->maxp);
	expect_ack(c, OP_UNLOCK, ch);
	check_image(c, image, size);

	size = stream_lock_frame(c);
	c->section = "15 T-11";
	n = add_read(raw, c->seq, ch, 0, size + 1);
	n += pkt_build(raw + n, (uint8_t)(c->seq + 100), ch, 0, OP_UNLOCK, NULL, 0);
	send_raw(c, raw, n);
	expect_nak(c, OP_READ, ch, ST_FAILED);
	expect_nak(c, OP_UNLOCK, ch, ST_SEQUENCE);
	req_ack(c, OP_UNLOCK, ch, NULL, 0);
	stream_off(c);
}

const struct test stream_tests[] = {
	{ "stream-frames", "12.4", 0, frames },
	{ "stream-shape", "3.13", 0, shape },
	{ "stream-mailbox", "10.3", 0, mailbox },
	{ "stream-read-bounds", "10.1", 0, bounds },
	{ "stream-empty", "10.4", 0, empty },
	{ "stream-poll-bit", "3.10", 0, poll_bit },
	{ "stream-ctrl-unlocks", "9", 0, ctrl_unlocks },
	{ "stream-sync-unlocks", "3.11", 0, sync_unlocks },
	{ "pipeline-lock-size-read", "15 T-11", 0, pipeline_lock_size_read },
	{ "pipeline-read-unlock", "15 T-11", 0, pipeline_read_unlock },
	{ 0 },
};
