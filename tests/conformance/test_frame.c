// SPDX-License-Identifier: GPL-2.0-only
/* Sections 12.3, 12.5 and 12.6: the channels frame and config. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"

#define FRAME_MS	20000

static uint8_t image[MAX_BLOB], again[MAX_BLOB];

static bool latched(struct conf *c)
{
	return poll_bits(c) & 1u << c->frame;
}

/* A frame may already be latched, without another event: use POLL, too. */
uint32_t frame_wait(struct conf *c)
{
	double end = now_ms() + FRAME_MS;
	uint32_t size = 0;

	c->section = "12.3";
	while (!latched(c) || !(size = ch_size(c, c->frame))) {
		check(c, now_ms() < end, "no frame for %d ms", FRAME_MS);
		wait_event(c, c->frame, 100);
	}
	check(c, size >= 100 && size <= MAX_BLOB, "SIZE of a frame is %u", size);
	return size;
}

static void need_frame(struct conf *c)
{
	if (c->frame < 0)
		conf_skip(c, "no channel named frame");
}

static uint32_t read_frame(struct conf *c, unsigned long *qsum)
{
	uint32_t size = frame_wait(c);
	unsigned int w, h;
	const char *err;

	events_clear(c);
	ch_read(c, c->frame, 0, size, image, c->maxp);
	err = jpeg_parse(image, size, &w, &h, qsum);
	check(c, !err, "frame of %u bytes is no JPEG: %s", size, err);
	return size;
}

/* Wait for the event of the next frame after the READ that released one. */
static void expect_next(struct conf *c)
{
	const struct event *e = &c->event[c->frame];

	check(c, e->count || wait_event(c, c->frame, FRAME_MS), "released, but no new frame is announced");
	check(c, e->has_value && e->value == 1, "event %04X, not 0001", e->has_value ? e->value : 0xFFFF);
}

static void whole(struct conf *c)
{
	unsigned long q;

	need_frame(c);
	for (int i = 0; i < 5; i++) {
		read_frame(c, &q);
		expect_next(c);
	}
}

static void events_do_not_count(struct conf *c)
{
	unsigned int seen = 0;
	unsigned long q;

	need_frame(c);
	for (int i = 0; i < 10; i++) {
		read_frame(c, &q);
		for (int k = 0; k < 20; k++)
			ping(c);
		seen += c->event[c->frame].count;
	}
	conf_note("%u events among the answers", seen);
}

/* Only a READ that ends at size releases the frame. */
static void partial_reads(struct conf *c)
{
	uint32_t size;

	need_frame(c);
	size = frame_wait(c);
	/* The event of this frame may still come. */
	expect_quiet(c, 200);
	events_clear(c);
	ch_read(c, c->frame, 0, size - 1, image, c->maxp);
	ch_read(c, c->frame, 0, 100, again, c->maxp);
	check(c, !memcmp(image, again, 100), "the latched frame changed");
	ch_read(c, c->frame, size / 2, size / 2 - 1, again, c->maxp);
	expect_quiet(c, 1500);
	check(c, !c->event[c->frame].count, "%u events though the frame was not read to its end",
	      c->event[c->frame].count);
	check(c, latched(c), "the poll bit went away");
	check(c, ch_size(c, c->frame) == size, "SIZE changed");
	ch_read(c, c->frame, 0, size - 1, again, c->maxp);
	check(c, !memcmp(image, again, size - 1), "the latched frame changed");
	ch_read(c, c->frame, size - 1, 1, again, c->maxp);
	expect_next(c);
}

/* Read a frame in several requests, in order: the last one releases it. */
static void in_parts(struct conf *c)
{
	unsigned int w, h;
	unsigned long q;
	uint32_t size, part = 1500;
	const char *err;

	need_frame(c);
	size = frame_wait(c);
	expect_quiet(c, 200);
	events_clear(c);
	for (uint32_t off = 0; off < size; off += part) {
		check(c, !c->event[c->frame].count, "released before the last part");
		ch_read(c, c->frame, off, size - off < part ? size - off : part, image + off, c->maxp);
	}
	err = jpeg_parse(image, size, &w, &h, &q);
	check(c, !err, "frame of %u bytes is no JPEG: %s", size, err);
	expect_next(c);
}

static void read_nothing(struct conf *c)
{
	need_frame(c);
	frame_wait(c);
	send_read(c, c->frame, 0, 0);
	expect_nak(c, OP_READ, (uint8_t)c->frame, ST_INVALID);
	ping(c);
}

/* SIZE and READ in one transfer: the seq of READ is predicted. */
static void pipeline(struct conf *c)
{
	uint8_t raw[128], arg[8], ch = (uint8_t)c->frame;
	uint32_t size;
	size_t n = 0;

	need_frame(c);
	size = frame_wait(c);
	n += pkt_build(raw + n, c->seq, ch, 0, OP_SIZE, NULL, 0);
	put32(arg, 0);
	put32(arg + 4, size);
	n += pkt_build(raw + n, (uint8_t)(c->seq + 1), ch, 0, OP_READ, arg, 8);
	n += pkt_build(raw + n, (uint8_t)(c->seq + 1 + (size + c->maxp - 1) / c->maxp), 0, 0,
		       OP_POLL, NULL, 0);
	events_clear(c);
	c->section = "15 T-11";
	send_raw(c, raw, n);
	check(c, get32(expect_data(c, OP_SIZE, ch, 4)->data) == size, "SIZE of a latched frame changed");
	expect_pieces(c, OP_READ, ch, image, size, c->maxp);
	expect_data(c, OP_POLL, 0, 4);
	expect_next(c);
}

static void write_refused(struct conf *c)
{
	need_frame(c);
	if (c->list[c->frame].flags & CH_WRITE)
		conf_skip(c, "this frame channel takes writes");
	send_write(c, c->frame, 0, "x", 1);
	expect_nak(c, OP_WRITE, (uint8_t)c->frame, ST_INVALID);
}

/* Get the text of the config channel, or "" if it takes a plain number. */
static void config_text(struct conf *c, char *text, size_t room)
{
	uint32_t size;

	if (c->config < 0)
		conf_skip(c, "no channel named config");
	c->section = "12.6";
	text[0] = 0;
	if (!(c->list[c->config].flags & CH_READ)) {
		conf_note("config cannot be read: number form");
		return;
	}
	size = ch_size(c, c->config);
	check(c, size < room, "config text of %u bytes", size);
	if (size)
		ch_read(c, c->config, 0, size, (uint8_t *)text, c->maxp < 512 ? c->maxp : 512);
	text[size] = 0;
	check(c, !size || text[0] == '{', "config text is no JSON object: %.40s", text);
}

static int config_quality(const char *text)
{
	const char *p = strstr(text, "\"quality\"");

	if (!p || !(p = strchr(p, ':')))
		return -1;
	return atoi(p + 1);
}

static void write_quality(struct conf *c, bool json, int quality)
{
	char text[64];
	int n = snprintf(text, sizeof(text), json ? "{\"quality\": %d}" : "%d", quality);

	c->section = "12.5";
	ch_write(c, c->config, 0, text, (size_t)n);
}

/* A JSON config returns the value; a number config cannot be read. */
static void config_number(struct conf *c)
{
	for (int q = 1; q <= 100; q += 33)
		write_quality(c, false, q);
	write_quality(c, false, 85);
	if (c->list[c->config].flags & CH_READ) {
		c->section = "12.6";
		send_read(c, c->config, 0, 4);
		expect_nak(c, OP_READ, (uint8_t)c->config, ST_FAILED);
	}
}

static void config_write(struct conf *c)
{
	static const int values[] = { 10, 50, 100, 1 };
	char text[4096], now[4096];

	config_text(c, text, sizeof(text));
	if (!text[0]) {
		config_number(c);
		return;
	}
	check(c, config_quality(text) >= 1 && config_quality(text) <= 100, "no quality in %s", text);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		write_quality(c, true, values[i]);
		config_text(c, now, sizeof(now));
		check(c, config_quality(now) == values[i], "wrote quality %d, reads %s", values[i], now);
	}
	ch_write(c, c->config, 0, text, strlen(text));
	config_text(c, now, sizeof(now));
	check(c, config_quality(now) == config_quality(text), "wrote %s, reads %s", text, now);
}

/* ACK and NAK are both valid responses, but the value must not be applied. */
static void config_invalid(struct conf *c)
{
	static const char *const bad[] = { "abc", "{\"quality\": }", "{", "\xff\xfe\x00", "" };
	char text[4096], now[4096];

	config_text(c, text, sizeof(text));
	c->section = "15 T-12";
	for (size_t i = 0; bad[i][0]; i++) {
		uint8_t arg[32];
		size_t n = strlen(bad[i]);

		put32(arg, 0);
		put32(arg + 4, (uint32_t)n);
		memcpy(arg + 8, bad[i], n);
		req_ack_or(c, OP_WRITE, (uint8_t)c->config, arg, 8 + n, ST_FAILED);
	}
	if (!text[0])
		return;
	config_text(c, now, sizeof(now));
	check(c, config_quality(now) == config_quality(text), "nonsense was taken: %s, now %s", text, now);
}

/*
 * After the ACK at most one frame, which was encoded before, may have the old
 * quality. The quantisation tables of the frame show its quality.
 */
static void config_next_frame(struct conf *c)
{
	static const int values[] = { 90, 10, 50, 90 };
	unsigned long q[4], old, later;
	char text[4096];

	need_frame(c);
	config_text(c, text, sizeof(text));
	for (int i = 0; i < 4; i++) {
		write_quality(c, text[0], values[i]);
		read_frame(c, &old);
		read_frame(c, &q[i]);
		read_frame(c, &later);
		conf_note("quality %d: quantisation sums %lu, %lu, %lu", values[i], old, q[i], later);
		check(c, q[i] == later, "quality %d: second frame after the ACK has sum %lu, third %lu",
		      values[i], q[i], later);
	}
	check(c, q[0] < q[2] && q[2] < q[1], "sums %lu, %lu, %lu for quality 90, 50, 10", q[0], q[2], q[1]);
	check(c, q[0] == q[3], "quality 90 gives sum %lu first and %lu later", q[0], q[3]);
	if (text[0])
		ch_write(c, c->config, 0, text, strlen(text));
	else
		write_quality(c, false, 85);
}

/* A text that is padded to the largest packet is one write. */
static void config_max(struct conf *c)
{
	static char pad[8192];
	char text[4096], now[4096];

	config_text(c, text, sizeof(text));
	if (!text[0])
		conf_skip(c, "the number form cannot be read back");
	set_caps(c, CAP_NO_ACK, 100);
	memset(pad, ' ', sizeof(pad));
	memcpy(pad, "{\"quality\": 33", 14);
	pad[91] = '}';
	ch_write(c, c->config, 0, pad, 92);
	config_text(c, now, sizeof(now));
	check(c, config_quality(now) == 33, "a write of max_payload gives %s", now);

	pad[13] = '4';
	pad[91] = ' ';
	pad[92] = '}';
	send_write(c, c->config, 0, pad, 93);
	expect_nak(c, OP_WRITE, (uint8_t)c->config, ST_OVERFLOW);
	config_text(c, now, sizeof(now));
	check(c, config_quality(now) == 33, "a refused write gives %s", now);
	set_caps(c, CAP_NO_ACK, c->board_maxp);
	ch_write(c, c->config, 0, text, strlen(text));
}

const struct test frame_tests[] = {
	{ "frame-whole", "12.3", 0, whole },
	{ "frame-events-do-not-count", "4", 0, events_do_not_count },
	{ "frame-partial-reads-keep-it", "12.3", 0, partial_reads },
	{ "frame-in-parts", "12.3", 0, in_parts },
	{ "frame-read-nothing", "3.14", 0, read_nothing },
	{ "frame-pipeline", "15 T-11", 0, pipeline },
	{ "frame-write-refused", "3.15", 0, write_refused },
	{ "config-write-and-read-back", "12.5", 0, config_write },
	{ "config-invalid", "15 T-12", 0, config_invalid },
	{ "config-next-frame", "12.5", 0, config_next_frame },
	{ "config-max-payload", "12.5", 0, config_max },
	{ 0 },
};
