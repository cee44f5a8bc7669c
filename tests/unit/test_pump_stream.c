// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pump on "stream", tested with a scripted camera: the sequence of section 12.4, and
 * events and errors in between (10.3, 10.4, T-16, T-17).
 */
#include "pump_fixture.h"

#define STREAM	3
#define HEAD	32

static void start(struct pumped *p, u16 width, u16 height)
{
	const struct omv_pump_mode mode = {
		.fetch = &omv_fetch_stream,
		.has_header = true,
		.raw_width = width,
		.raw_height = height,
	};

	omv_pump_start(&p->pump, STREAM, &mode, p->f.now);
}

static void ack(struct pumped *p, u8 opcode)
{
	answer(&p->f, STREAM, OMV_F_ACK, opcode, NULL, 0);
}

/* Expect an IOCTL with this number of words after its code, and acknowledge it. */
static void ioctl_sent(struct pumped *p, u32 code, unsigned int words, u32 a, u32 b)
{
	const u8 want[] = { code, 0, 0, 0, a, a >> 8, 0, 0, b, b >> 8, 0, 0 };
	const u8 *payload = expect_sent(&p->f, p->f.seq, STREAM, 0, OMV_OP_IOCTL,
					4 + 4 * words);

	assert_memory_equal(payload, want, 4 + 4 * words);
}

static void ioctl_is(struct pumped *p, u32 code, unsigned int words, u32 a, u32 b)
{
	ioctl_sent(p, code, words, a, b);
	expect_nothing_sent(&p->f);
	ack(p, OMV_OP_IOCTL);
}

/* Expect a LOCK and a pipelined SIZE (T-11). */
static void lock_sent(struct pumped *p)
{
	expect_sent(&p->f, p->f.seq, STREAM, 0, OMV_OP_LOCK, 0);
	expect_sent(&p->f, p->f.seq + 1, STREAM, 0, OMV_OP_SIZE, 0);
	expect_nothing_sent(&p->f);
}

static void lock_is(struct pumped *p)
{
	lock_sent(p);
	ack(p, OMV_OP_LOCK);
	expect_nothing_sent(&p->f);
}

static void size_is(struct pumped *p, u32 size)
{
	answer_u32(&p->f, STREAM, OMV_OP_SIZE, size);
}

static void lock_busy(struct pumped *p)
{
	lock_sent(p);
	answer_nak(&p->f, STREAM, OMV_OP_LOCK, OMV_ST_BUSY);
	expect_nothing_sent(&p->f);
	size_is(p, 500);
}

/* Expect a READ and a pipelined UNLOCK, whose seq assumes packets of full size. */
static void read_sent(struct pumped *p, u32 size)
{
	const u8 want[] = { 0, 0, 0, 0, size, size >> 8, 0, 0 };
	const u8 *payload = expect_sent(&p->f, p->f.seq, STREAM, 0, OMV_OP_READ, 8);

	assert_memory_equal(payload, want, 8);
	expect_sent(&p->f, p->f.seq + 1, STREAM, 0, OMV_OP_UNLOCK, 0);
	expect_nothing_sent(&p->f);
}

/* Send a header of HEAD bytes 1, 2, 3..., then bytes @fill, in fragments of @piece bytes. */
static void read_gives(struct pumped *p, u8 fill, u32 size, u32 piece)
{
	u8 data[HEAD + ROOM];
	u32 i;

	memset(data, fill, sizeof(data));
	for (i = 0; i < HEAD; i++)
		data[i] = 1 + i;
	read_sent(p, size);
	for (i = 0; size - i > piece; i += piece)
		answer(&p->f, STREAM, OMV_F_FRAGMENT, OMV_OP_READ, data + i, piece);
	answer(&p->f, STREAM, 0, OMV_OP_READ, data + i, size - i);
}

/* Acknowledge the UNLOCK that was sent with the READ. */
static void unlock_is(struct pumped *p)
{
	expect_nothing_sent(&p->f);
	ack(p, OMV_OP_UNLOCK);
}

/* Refuse the UNLOCK, because the READ took another number of packets than assumed. */
static void unlock_again(struct pumped *p)
{
	expect_nothing_sent(&p->f);
	answer_nak(&p->f, STREAM, OMV_OP_UNLOCK, OMV_ST_SEQUENCE);
	expect_sent(&p->f, p->f.seq, STREAM, 0, OMV_OP_UNLOCK, 0);
	unlock_is(p);
}

/* Fetch a frame of 10 bytes, from LOCK to UNLOCK. */
static void fetched(struct pumped *p, u32 sequence)
{
	lock_is(p);
	size_is(p, HEAD + 10);
	read_gives(p, sequence, HEAD + 10, 99);
	expect_done(p, sequence, sequence, 10);
	unlock_is(p);
}

/* The UNLOCK of a frame that was not read. */
static void unlock_alone(struct pumped *p)
{
	expect_sent(&p->f, p->f.seq, STREAM, 0, OMV_OP_UNLOCK, 0);
	unlock_is(p);
}

static void head_is_good(const struct pumped *p)
{
	const u8 *head = (const u8 *)&p->pump.head;
	u32 i;

	for (i = 0; i < HEAD; i++)
		assert_int_equal(head[i], 1 + i);
}

static void attach(struct pumped *p)
{
	start(p, 0, 0);
	ioctl_is(p, OMV_STREAM_RAW_CTRL, 1, 0, 0);
	ioctl_is(p, OMV_STREAM_CTRL, 1, 1, 0);
	quiet(p);
}

static void event(struct pumped *p)
{
	give_event(&p->f, STREAM, OMV_EV_NOTIFY);
}

static void one_frame(struct pumped *p, u32 sequence, u32 size, u32 piece)
{
	event(p);
	lock_is(p);
	size_is(p, HEAD + size);
	read_gives(p, sequence, HEAD + size, piece);
	expect_done(p, sequence, sequence, size);
	head_is_good(p);
	if (HEAD + size > piece)
		unlock_again(p);
	else
		unlock_is(p);
	quiet(p);
	advance_both(p, 20);
}

/* Frames of any size, with the header split at any position. */
static void frames(void **state)
{
	static const u32 sizes[] = { ROOM, 1, 500, 999, 32, 33 };
	static const u32 pieces[] = { 32, 31, 1, 33, 400 };
	struct pumped *p = *state;
	u32 i, k, n = 0;

	attach(p);
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		for (k = 0; k < ARRAY_SIZE(pieces); k++) {
			p->count = p->seen = 0;
			p->f.host.pipelining = true;
			one_frame(p, n++, sizes[i], 2000);
			one_frame(p, n++, sizes[i], pieces[k]);
		}
}

/* The UNLOCK after a READ of several packets has the seq that follows theirs. */
static void several_packets(void **state)
{
	struct pumped *p = *state;
	u32 size, packets, i;

	attach(p);
	p->f.host.max_payload = 300;
	for (size = 268; size <= 868; size += 300) {
		for (i = 0; i < 2; i++) {
			u32 sequence = p->count;
			u8 data[HEAD + ROOM] = { 0 };

			packets = (HEAD + size + i + 299) / 300;
			event(p);
			lock_is(p);
			size_is(p, HEAD + size + i);
			expect_sent(&p->f, p->f.seq, STREAM, 0, OMV_OP_READ, 8);
			expect_sent(&p->f, p->f.seq + packets, STREAM, 0, OMV_OP_UNLOCK, 0);
			while (--packets)
				answer(&p->f, STREAM, OMV_F_FRAGMENT, OMV_OP_READ, data, 300);
			answer(&p->f, STREAM, 0, OMV_OP_READ, data, (HEAD + size + i - 1) % 300 + 1);
			expect_done(p, sequence, 0, size + i);
			unlock_is(p);
			quiet(p);
			advance_both(p, 20);
		}
	}
	assert_int_equal(p->f.host.stats.mispredicted, 0);
}

/* If packets do not have the full size, pipelining is switched off after some frames. */
static void falls_back(void **state)
{
	struct pumped *p = *state;
	u32 i;

	attach(p);
	for (i = 0; i < OMV_PIPELINE_FAULTS; i++) {
		event(p);
		lock_is(p);
		size_is(p, HEAD + 100);
		read_gives(p, i, HEAD + 100, 50);
		expect_done(p, i, i, 100);
		unlock_again(p);
		advance_both(p, 20);
	}
	assert_int_equal(p->f.host.stats.mispredicted, OMV_PIPELINE_FAULTS);
	event(p);
	expect_sent(&p->f, p->f.seq, STREAM, 0, OMV_OP_LOCK, 0);
	expect_nothing_sent(&p->f);
	ack(p, OMV_OP_LOCK);
	expect_sent(&p->f, p->f.seq, STREAM, 0, OMV_OP_SIZE, 0);
	expect_nothing_sent(&p->f);
	size_is(p, HEAD + 100);
	expect_sent(&p->f, p->f.seq, STREAM, 0, OMV_OP_READ, 8);
	expect_nothing_sent(&p->f);
	memset(p->buf, 9, ROOM);
	answer(&p->f, STREAM, 0, OMV_OP_READ, p->buf, HEAD + 100);
	expect_done(p, OMV_PIPELINE_FAULTS, 9, 100);
	unlock_alone(p);
	quiet(p);
}

static void raw(void **state)
{
	struct pumped *p = *state;

	start(p, 320, 240);
	ioctl_is(p, OMV_STREAM_RAW_CFG, 2, 320, 240);
	ioctl_is(p, OMV_STREAM_RAW_CTRL, 1, 1, 0);
	ioctl_is(p, OMV_STREAM_CTRL, 1, 1, 0);
	quiet(p);
	one_frame(p, 0, 100, 200);
}

/* Older firmware may refuse the IOCTLs; the stream works anyway. */
static void ioctls_refused(void **state)
{
	struct pumped *p = *state;

	start(p, 320, 240);
	ioctl_sent(p, OMV_STREAM_RAW_CFG, 2, 320, 240);
	answer_nak(&p->f, STREAM, OMV_OP_IOCTL, OMV_ST_INVALID);
	ioctl_sent(p, OMV_STREAM_RAW_CTRL, 1, 1, 0);
	answer_nak(&p->f, STREAM, OMV_OP_IOCTL, OMV_ST_FAILED);
	ioctl_is(p, OMV_STREAM_CTRL, 1, 1, 0);
	one_frame(p, 0, 100, 200);
}

/* Switching the stream on empties the mailbox. */
static void event_before_it_is_on(void **state)
{
	struct pumped *p = *state;

	start(p, 0, 0);
	event(p);
	ioctl_is(p, OMV_STREAM_RAW_CTRL, 1, 0, 0);
	ioctl_is(p, OMV_STREAM_CTRL, 1, 1, 0);
	expect_frame(p, 0, OMV_PUMP_STALE, false, 0);
	p->stamps = 0;
	quiet(p);
	one_frame(p, 0, 100, 200);
}

/* T-16: no two LOCKs within 10 ms, even if frames come faster. */
static void lock_interval(void **state)
{
	struct pumped *p = *state;
	u64 at;

	attach(p);
	event(p);
	at = p->f.now;
	fetched(p, 0);
	event(p);
	quiet(p);
	advance_both(p, OMV_PUMP_LOCK_MS - 1);
	quiet(p);
	advance_both(p, 1);
	assert_int_equal(p->f.now - at, OMV_PUMP_LOCK_MS);
	fetched(p, 1);
	quiet(p);
}

static u64 clock_us;

static u64 read_clock(void *ctx)
{
	return clock_us;
}

/* An owner that has a clock in us: 11 ms are 11000 us and a bit, whatever the ms are. */
static void lock_interval_in_us(void **state)
{
	struct omv_host_ops ops = fixture_ops;
	struct pumped *p = *state;
	u64 at;

	ops.clock = read_clock;
	p->f.host.ops = &ops;
	attach(p);
	advance_both(p, 100);
	at = p->f.now;
	clock_us = at * 1000 + 900 - OMV_PUMP_LOCK_SLACK_US;
	event(p);
	fetched(p, 0);
	event(p);
	expect_nothing_sent(&p->f);
	assert_true(omv_pump_deadline(&p->pump) == at + OMV_PUMP_LOCK_MS);
	assert_int_equal(p->f.host.phase, 900);
	/* A tick for somebody else, in the same ms. */
	p->f.now = at + OMV_PUMP_LOCK_MS;
	clock_us += 10999 + OMV_PUMP_LOCK_SLACK_US;
	omv_pump_tick(&p->pump, p->f.now);
	omv_pump_kick(&p->pump, p->f.now);
	expect_nothing_sent(&p->f);
	assert_true(omv_pump_deadline(&p->pump) == p->f.now);
	clock_us++;
	omv_pump_tick(&p->pump, p->f.now);
	fetched(p, 1);
	quiet(p);
	p->f.host.ops = &fixture_ops;
}

/* A slow response to LOCK does not make the frame stale. */
static void slow_to_lock(void **state)
{
	struct pumped *p = *state;

	attach(p);
	event(p);
	lock_sent(p);
	advance(&p->f, OMV_PUMP_STALE_MS + 50);
	ack(p, OMV_OP_LOCK);
	size_is(p, HEAD + 10);
	read_gives(p, 0, HEAD + 10, 99);
	expect_done(p, 0, 0, 10);
	unlock_is(p);
	quiet(p);
}

/* T-17: an event without a frame. */
static void nothing_there(void **state)
{
	struct pumped *p = *state;
	u32 i;

	attach(p);
	event(p);
	for (i = 0; i < OMV_PUMP_LOCKS; i++) {
		lock_busy(p);
		if (i < OMV_PUMP_LOCKS - 1)
			expect_no_frame(p);
		advance_both(p, OMV_PUMP_LOCK_MS);
	}
	expect_frame(p, 0, OMV_PUMP_FAILED, true, 0);
	quiet(p);
	one_frame(p, 1, 100, 200);
}

static void busy_once(void **state)
{
	struct pumped *p = *state;

	attach(p);
	event(p);
	lock_busy(p);
	advance_both(p, OMV_PUMP_LOCK_MS);
	fetched(p, 0);
	quiet(p);
}

/* A frame with any fault is unlocked, and the next one is fetched. */
static void bad_sizes(void **state)
{
	static const u32 sizes[] = { 0, 1, HEAD, HEAD + ROOM + 1, 0xffffffff };
	struct pumped *p = *state;
	u32 i;

	attach(p);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		bool large = sizes[i] > HEAD;

		event(p);
		lock_is(p);
		size_is(p, sizes[i]);
		expect_frame(p, 2 * i, large ? OMV_PUMP_TOO_BIG : OMV_PUMP_FAILED, true,
			     large ? sizes[i] - HEAD : 0);
		unlock_alone(p);
		advance_both(p, 20);
		one_frame(p, 2 * i + 1, 100, 200);
	}
}

static void read_refused(void **state)
{
	struct pumped *p = *state;

	attach(p);
	event(p);
	lock_is(p);
	size_is(p, HEAD + 10);
	read_sent(p, HEAD + 10);
	answer_nak(&p->f, STREAM, OMV_OP_READ, OMV_ST_FAILED);
	expect_frame(p, 0, OMV_PUMP_FAILED, true, 0);
	unlock_is(p);
	advance_both(p, 20);
	one_frame(p, 1, 100, 200);
}

/* A skipped frame is released by LOCK and UNLOCK. */
static void skipped(void **state)
{
	struct pumped *p = *state;

	attach(p);
	p->skip = true;
	event(p);
	lock_is(p);
	size_is(p, 500);
	expect_frame(p, 0, OMV_PUMP_SKIPPED, false, 0);
	unlock_alone(p);
	quiet(p);
	p->skip = false;
	advance_both(p, 20);
	one_frame(p, 1, 100, 200);
}

/* Without a buffer the frame stays in the camera, but not forever. */
static void stale(void **state)
{
	struct pumped *p = *state;

	attach(p);
	p->has_buffer = false;
	event(p);
	quiet(p);
	advance_both(p, OMV_PUMP_STALE_MS + 1);
	quiet(p);
	p->has_buffer = true;
	omv_pump_kick(&p->pump, p->f.now);
	lock_is(p);
	size_is(p, 500);
	expect_frame(p, 0, OMV_PUMP_STALE, false, 0);
	unlock_alone(p);
	quiet(p);
	advance_both(p, 20);
	one_frame(p, 1, 100, 200);
}

static void kicked(void **state)
{
	struct pumped *p = *state;

	attach(p);
	p->has_buffer = false;
	event(p);
	advance_both(p, 100);
	p->has_buffer = true;
	omv_pump_kick(&p->pump, p->f.now);
	fetched(p, 0);
	quiet(p);
}

/* The camera publishes the next frame before the response to UNLOCK is received. */
static void event_before_the_unlock_is_done(void **state)
{
	struct pumped *p = *state;

	attach(p);
	event(p);
	lock_is(p);
	size_is(p, HEAD + 10);
	read_gives(p, 0, HEAD + 10, 99);
	expect_done(p, 0, 0, 10);
	event(p);
	unlock_is(p);
	advance_both(p, OMV_PUMP_LOCK_MS);
	fetched(p, 1);
	quiet(p);
}

/* T-17: after some seconds without an event, the stream is switched on again, repeatedly. */
static void revived(void **state)
{
	struct pumped *p = *state;
	u32 i;

	attach(p);
	for (i = 0; i < 3; i++) {
		advance_both(p, OMV_PUMP_REVIVE_MS - 1);
		quiet(p);
		advance_both(p, 1);
		ioctl_is(p, OMV_STREAM_RAW_CTRL, 1, 0, 0);
		ioctl_is(p, OMV_STREAM_CTRL, 1, 1, 0);
		quiet(p);
	}
	one_frame(p, 0, 100, 200);
}

/* Stop in any phase: no buffer is kept, and after the outstanding request it is switched off. */
static void stopped(void **state)
{
	struct pumped *p = *state;
	u32 i;

	for (i = 0; i < 4; i++) {
		attach(p);
		event(p);
		lock_sent(p);
		if (i > 0)
			ack(p, OMV_OP_LOCK);
		if (i > 1) {
			size_is(p, HEAD + 10);
			read_sent(p, HEAD + 10);
		}
		if (i > 2) {
			answer(&p->f, STREAM, 0, OMV_OP_READ, p->buf, HEAD + 10);
			expect_frame(p, 0, OMV_PUMP_DONE, true, 10);
		}
		omv_pump_stop(&p->pump, p->f.now);
		p->lent = false;
		expect_nothing_sent(&p->f);
		if (i == 0)
			ack(p, OMV_OP_LOCK);
		if (i < 2)
			size_is(p, HEAD + 10);
		if (i == 2)
			answer(&p->f, STREAM, 0, OMV_OP_READ, p->buf, HEAD + 10);
		if (i > 1)
			ack(p, OMV_OP_UNLOCK);
		ioctl_is(p, OMV_STREAM_CTRL, 1, 0, 0);
		quiet(p);
		p->pump.sequence = 0;
		p->stamps = 0;
		advance_both(p, 20);
	}
}

/* Restarted before the request that switches it off was sent. */
static void restarted(void **state)
{
	struct pumped *p = *state;

	attach(p);
	event(p);
	lock_sent(p);
	omv_pump_stop(&p->pump, p->f.now);
	p->lent = false;
	start(p, 0, 0);
	expect_nothing_sent(&p->f);
	ack(p, OMV_OP_LOCK);
	size_is(p, 500);
	ioctl_is(p, OMV_STREAM_CTRL, 1, 0, 0);
	ioctl_is(p, OMV_STREAM_RAW_CTRL, 1, 0, 0);
	ioctl_is(p, OMV_STREAM_CTRL, 1, 1, 0);
	p->stamps = 0;
	p->pump.sequence = 0;
	advance_both(p, 20);
	one_frame(p, 0, 100, 200);
	omv_pump_stop(&p->pump, p->f.now);
	start(p, 0, 0);
	omv_pump_stop(&p->pump, p->f.now);
	ioctl_is(p, OMV_STREAM_CTRL, 1, 0, 0);
	quiet(p);
}

static void session_lost(void **state)
{
	struct pumped *p = *state;

	p->f.on_link = pump_on_link;
	attach(p);
	event(p);
	lock_sent(p);
	advance(&p->f, 10000);
	assert_false(p->pump.running);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_pump, teardown_pump)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(frames),
		TEST(several_packets),
		TEST(falls_back),
		TEST(raw),
		TEST(ioctls_refused),
		TEST(event_before_it_is_on),
		TEST(lock_interval),
		TEST(lock_interval_in_us),
		TEST(slow_to_lock),
		TEST(nothing_there),
		TEST(busy_once),
		TEST(bad_sizes),
		TEST(read_refused),
		TEST(skipped),
		TEST(stale),
		TEST(kicked),
		TEST(event_before_the_unlock_is_done),
		TEST(revived),
		TEST(stopped),
		TEST(restarted),
		TEST(session_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
