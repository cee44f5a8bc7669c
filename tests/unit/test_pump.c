// SPDX-License-Identifier: GPL-2.0-only
/*
 * The frame pump on a host end, tested with a scripted camera: the latch rule
 * and the attach rule of section 12.3, and errors.
 */
#include "pump_fixture.h"

static void start(struct pumped *p)
{
	static const struct omv_pump_mode mode = {
		.fetch = &omv_fetch_frame,
	};

	omv_pump_start(&p->pump, FRAME, &mode, p->f.now);
}

static void size_is(struct pumped *p, u32 size)
{
	expect_sent(&p->f, p->f.seq, FRAME, 0, OMV_OP_SIZE, 0);
	expect_nothing_sent(&p->f);
	answer_u32(&p->f, FRAME, OMV_OP_SIZE, size);
}

static void expect_read(struct pumped *p, u32 offset, u32 length)
{
	const u8 *payload = expect_sent(&p->f, p->f.seq, FRAME, 0, OMV_OP_READ,
					8);
	const u8 want[] = { offset, offset >> 8, offset >> 16, offset >> 24,
			    length, length >> 8, length >> 16, length >> 24 };

	assert_memory_equal(payload, want, sizeof(want));
	expect_nothing_sent(&p->f);
}

/* Send the frame in three fragments. */
static void read_gives(struct pumped *p, u8 fill, u32 size)
{
	u8 data[ROOM];
	u32 third = size / 3;

	memset(data, fill, sizeof(data));
	expect_read(p, 0, size);
	answer(&p->f, FRAME, OMV_F_FRAGMENT, OMV_OP_READ, data, third);
	answer(&p->f, FRAME, OMV_F_FRAGMENT, OMV_OP_READ, data, third);
	answer(&p->f, FRAME, 0, OMV_OP_READ, data, size - 2 * third);
}

static void release_of(struct pumped *p, u32 size)
{
	expect_read(p, size - 1, 1);
	answer(&p->f, FRAME, 0, OMV_OP_READ, "!", 1);
}

static void event(struct pumped *p)
{
	give_event(&p->f, FRAME, 1);
}

/* Attach to a camera without a latched frame. */
static void attach(struct pumped *p)
{
	start(p);
	size_is(p, 0);
	quiet(p);
}

/* Fetch one more frame without errors. */
static void one_more_frame(struct pumped *p, u32 sequence)
{
	event(p);
	size_is(p, 500);
	read_gives(p, 0x55, 500);
	expect_done(p, sequence, 0x55, 500);
	quiet(p);
}

/* ---- frames ------------------------------------------------------------ */

static void frames(void **state)
{
	struct pumped *p = *state;
	u32 i, size = 1;

	attach(p);
	for (i = 0; i < 20; i++) {
		u64 at = p->f.now;

		event(p);
		advance_both(p, 3);
		size = i ? size * 7 % ROOM + 3 : ROOM;
		size_is(p, size);
		advance_both(p, 4);
		/* The frame is read with one READ that ends at its size. */
		read_gives(p, i, size);
		expect_done(p, i, i, size);
		assert_true(p->frames[i].frame.at == at);
		quiet(p);
		advance_both(p, 40);
	}
}

/* A skipped frame is released without being read, and the next one is fetched. */
static void skipped(void **state)
{
	struct pumped *p = *state;
	u32 i;

	attach(p);
	for (i = 0; i < 10; i += 2) {
		p->skip = true;
		event(p);
		size_is(p, 12000);
		release_of(p, 12000);
		expect_frame(p, i, OMV_PUMP_SKIPPED, false, 0);
		quiet(p);
		p->skip = false;
		one_more_frame(p, i + 1);
	}
}

/* A skipped frame needs no buffer. */
static void skipped_without_buffer(void **state)
{
	struct pumped *p = *state;

	attach(p);
	p->has_buffer = false;
	p->skip = true;
	event(p);
	size_is(p, 100);
	release_of(p, 100);
	expect_frame(p, 0, OMV_PUMP_SKIPPED, false, 0);
	p->has_buffer = true;
	p->skip = false;
	one_more_frame(p, 1);
}

/* A wanted frame that is announced before the skipped one is released is fetched instead. */
static void wanted_while_skipping(void **state)
{
	struct pumped *p = *state;

	attach(p);
	p->skip = true;
	event(p);
	p->skip = false;
	event(p);
	expect_frame(p, 0, OMV_PUMP_SKIPPED, false, 0);
	size_is(p, 400);
	size_is(p, 500);
	read_gives(p, 0x11, 500);
	expect_done(p, 1, 0x11, 500);
	quiet(p);
}

/* The attach rule: a frame that is already latched is old, and is released. */
static void attached_to_a_latched_frame(void **state)
{
	struct pumped *p = *state;

	start(p);
	size_is(p, 12000);
	release_of(p, 12000);
	quiet(p);
	one_more_frame(p, 0);
}

/*
 * An event during the release may be that of the released frame. Or it is that
 * of a new frame, which came before the READ: then the READ did not end at its
 * size and released nothing.
 */
static void event_during_the_release(void **state)
{
	struct pumped *p = *state;

	start(p);
	size_is(p, 300);
	event(p);
	release_of(p, 300);
	expect_frame(p, 0, OMV_PUMP_STALE, false, 0);
	size_is(p, 400);
	release_of(p, 400);
	quiet(p);
	/* The released frame does not belong to the stream and is not counted. */
	p->stamps = 0;
	one_more_frame(p, 0);
}

/* A fast camera without a latch: its frames are fetched, too. */
static void event_during_each_release(void **state)
{
	struct pumped *p = *state;
	u32 i;

	start(p);
	for (i = 0; i < OMV_PUMP_RELEASES; i++) {
		if (i)
			expect_frame(p, 0, OMV_PUMP_STALE, false, 0);
		size_is(p, 300);
		p->stamps = 0;
		event(p);
		release_of(p, 300);
	}
	size_is(p, 350);
	read_gives(p, 4, 350);
	expect_done(p, 0, 4, 350);
	quiet(p);
}

static void event_before_the_first_size(void **state)
{
	struct pumped *p = *state;

	start(p);
	event(p);
	size_is(p, 300);
	/* The frame is new enough and is fetched. */
	size_is(p, 300);
	read_gives(p, 9, 300);
	expect_done(p, 0, 9, 300);
	quiet(p);
}

static void attach_refused(void **state)
{
	struct pumped *p = *state;

	start(p);
	expect_sent(&p->f, 4, FRAME, 0, OMV_OP_SIZE, 0);
	answer_nak(&p->f, FRAME, OMV_OP_SIZE, OMV_ST_INVALID);
	quiet(p);
	one_more_frame(p, 0);
}

/* If the release fails, POLL finds the frame. */
static void release_refused(void **state)
{
	struct pumped *p = *state;

	start(p);
	size_is(p, 300);
	expect_read(p, 299, 1);
	answer_nak(&p->f, FRAME, OMV_OP_READ, OMV_ST_FAILED);
	quiet(p);
	one_more_frame(p, 0);
}

/* ---- buffers ----------------------------------------------------------- */

static void no_buffer(void **state)
{
	struct pumped *p = *state;

	attach(p);
	p->has_buffer = false;
	event(p);
	quiet(p);
	advance_both(p, 200);
	quiet(p);
	omv_pump_kick(&p->pump, p->f.now);
	quiet(p);
	p->has_buffer = true;
	omv_pump_kick(&p->pump, p->f.now);
	size_is(p, 100);
	read_gives(p, 3, 100);
	expect_done(p, 0, 3, 100);
	/* A new buffer without a frame causes no request. */
	omv_pump_kick(&p->pump, p->f.now);
	quiet(p);
	assert_false(p->lent);
}

/* New buffers must not delay the POLL for a lost event. */
static void buffers_without_a_frame(void **state)
{
	struct pumped *p = *state;
	u64 ms;

	attach(p);
	for (ms = 0; ms + 100 < OMV_PUMP_IDLE_MS; ms += 100) {
		advance_both(p, 100);
		omv_pump_kick(&p->pump, p->f.now);
	}
	quiet(p);
	advance_both(p, OMV_PUMP_IDLE_MS - ms);
	expect_sent(&p->f, p->f.seq, 0, 0, OMV_OP_POLL, 0);
	answer_u32(&p->f, 0, OMV_OP_POLL, 0);
	quiet(p);
}

/* Early ticks, and ticks of a stopped pump, have no effect. */
static void tick_too_early(void **state)
{
	struct pumped *p = *state;
	unsigned int i;

	omv_pump_tick(&p->pump, p->f.now);
	quiet(p);
	start(p);
	omv_pump_tick(&p->pump, p->f.now + 100000);
	size_is(p, 0);
	for (i = 1; i < OMV_PUMP_IDLE_MS; i++)
		omv_pump_tick(&p->pump, p->f.now + i);
	quiet(p);
}

/* omv_pump_kick() has no effect if the pump already has a buffer. */
static void kick_in_every_phase(void **state)
{
	struct pumped *p = *state;

	start(p);
	omv_pump_kick(&p->pump, p->f.now);
	size_is(p, 9);
	omv_pump_kick(&p->pump, p->f.now);
	release_of(p, 9);
	event(p);
	omv_pump_kick(&p->pump, p->f.now);
	size_is(p, 3);
	event(p);
	omv_pump_kick(&p->pump, p->f.now);
	read_gives(p, 1, 3);
	expect_done(p, 0, 1, 3);
	omv_pump_kick(&p->pump, p->f.now);
	size_is(p, 3);
	omv_pump_kick(&p->pump, p->f.now);
	read_gives(p, 2, 3);
	expect_done(p, 1, 2, 3);
	quiet(p);
}

static void wait_for_buffer(struct pumped *p, u64 ms)
{
	p->has_buffer = false;
	event(p);
	advance_both(p, ms);
	quiet(p);
	p->has_buffer = true;
	omv_pump_kick(&p->pump, p->f.now);
}

/* A frame that waited too long for a buffer is released and not delivered. */
static void stale(void **state)
{
	struct pumped *p = *state;

	attach(p);
	wait_for_buffer(p, OMV_PUMP_STALE_MS);
	size_is(p, 100);
	read_gives(p, 3, 100);
	expect_done(p, 0, 3, 100);

	wait_for_buffer(p, OMV_PUMP_STALE_MS + 1);
	size_is(p, 100);
	release_of(p, 100);
	expect_frame(p, 1, OMV_PUMP_STALE, false, 0);
	quiet(p);
	one_more_frame(p, 2);

	/* The frame was already released. */
	wait_for_buffer(p, 5000);
	size_is(p, 0);
	expect_frame(p, 3, OMV_PUMP_STALE, false, 0);
	quiet(p);
	one_more_frame(p, 4);
}

/* A new frame is announced while the stale one is being released. */
static void fresh_while_stale(void **state)
{
	struct pumped *p = *state;

	attach(p);
	wait_for_buffer(p, 300);
	event(p);
	expect_frame(p, 0, OMV_PUMP_MISSED, false, 0);
	size_is(p, 100);
	size_is(p, 100);
	read_gives(p, 8, 100);
	expect_done(p, 1, 8, 100);
	quiet(p);
}

static void too_big(void **state)
{
	static const u32 sizes[] = { ROOM + 1, 12000, 0x80000000, 0xffffffff };
	struct pumped *p = *state;
	u32 i;

	attach(p);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		event(p);
		size_is(p, sizes[i]);
		/* The frame is released without a READ of its content. */
		expect_frame(p, 2 * i, OMV_PUMP_TOO_BIG, true, sizes[i]);
		release_of(p, sizes[i]);
		quiet(p);
		one_more_frame(p, 2 * i + 1);
	}
}

/* The buffer may be taken away at any byte: the rest of the response is discarded. */
static void stopped_while_reading(void **state)
{
	struct pumped *p = *state;
	u8 packet[200], data[150];
	u32 len, cut, i;

	memset(data, 'x', sizeof(data));
	for (cut = 0; cut < 164; cut += 3) {
		attach(p);
		event(p);
		size_is(p, sizeof(data));
		expect_read(p, 0, sizeof(data));
		len = make_packet(packet, p->f.seq++, FRAME, 0, OMV_OP_READ,
				  data, sizeof(data));
		/* An event meanwhile must not be remembered. */
		event(p);
		give_bytes(&p->f, packet, cut);
		omv_pump_stop(&p->pump, p->f.now);
		assert_true(omv_pump_deadline(&p->pump) == U64_MAX);
		/* The buffer is no longer lent to the pump. */
		p->lent = false;
		memset(p->buf, 0xdb, ROOM);
		give_bytes(&p->f, packet + cut, len - cut);
		for (i = 0; i < ROOM; i++)
			assert_int_equal(p->buf[i], 0xdb);
		quiet(p);
	}
	p->pump.sequence = 0;
	p->stamps = 0;
	attach(p);
	one_more_frame(p, 0);
}

static void stopped_in_every_phase(void **state)
{
	struct pumped *p = *state;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		start(p);
		if (i) {
			size_is(p, i == 3 ? 9 : 0);
			if (i != 3)
				event(p);
			if (i == 2)
				size_is(p, 99);
		}
		omv_pump_stop(&p->pump, p->f.now);
		p->lent = false;
		/* Respond to the outstanding request. */
		next_sent(&p->f);
		if (i < 2)
			answer_u32(&p->f, FRAME, OMV_OP_SIZE, 99);
		else
			answer(&p->f, FRAME, 0, OMV_OP_READ, "!", 1);
		event(p);
		omv_pump_kick(&p->pump, p->f.now);
		advance_both(p, 5000);
		quiet(p);
	}
	p->pump.sequence = 0;
	p->stamps = 0;
	attach(p);
	one_more_frame(p, 0);
}

/* ---- silence ----------------------------------------------------------- */

/* It is silent after so many ms, and not before. */
static void silent_after(const struct pumped *p, u64 ms)
{
	assert_false(omv_pump_is_stalled(&p->pump, p->f.now + ms));
	assert_true(omv_pump_is_stalled(&p->pump, p->f.now + ms + 1));
}

/* A stream of so many frames at this interval, from nothing. */
static void frames_every(struct pumped *p, u64 ms, u32 count)
{
	u32 i;

	omv_pump_stop(&p->pump, p->f.now);
	omv_pump_rewind(&p->pump, p->f.now);
	p->stamps = 0;
	attach(p);
	for (i = 0; i < count; i++) {
		if (i)
			p->f.now += ms;
		one_more_frame(p, i);
		p->seen = p->count = 0;
	}
}

static void silence(void **state)
{
	struct pumped *p = *state;

	/* How fast it is shows after two frames. */
	frames_every(p, 10, 0);
	silent_after(p, OMV_PUMP_STALL_MAX_MS);
	frames_every(p, 10, 1);
	silent_after(p, OMV_PUMP_STALL_MAX_MS);
	frames_every(p, 10, 2);
	silent_after(p, OMV_PUMP_STALL_MS);
	frames_every(p, 1666, 3);
	silent_after(p, OMV_PUMP_STALL_MS);
	frames_every(p, 2000, 3);
	silent_after(p, 6000);
	/* A frame in 10 s is the slowest that an application can ask for. */
	frames_every(p, 10000, 5);
	silent_after(p, 30000);
	frames_every(p, 60000, 3);
	silent_after(p, OMV_PUMP_STALL_MAX_MS);
}

/* At no time, from the first frame on. */
static void slow_camera_never_silent(void **state)
{
	struct pumped *p = *state;
	unsigned int i;
	u64 ms;

	frames_every(p, 0, 1);
	for (i = 1; i < 10; i++) {
		/* By turns early and late. */
		u64 next = i % 2 ? 7000 : 13000;

		for (ms = 0; ms <= next; ms += 100)
			assert_false(omv_pump_is_stalled(&p->pump, p->f.now + ms));
		p->f.now += next;
		one_more_frame(p, i);
	}
}

/* Fast again after a long gap: soon it is no measure any more. */
static void silence_forgets(void **state)
{
	struct pumped *p = *state;
	unsigned int i;

	frames_every(p, 3600000, 2);
	silent_after(p, OMV_PUMP_STALL_MAX_MS);
	for (i = 2; i < 30; i++) {
		p->f.now += 33;
		one_more_frame(p, i);
		p->seen = p->count = 0;
	}
	silent_after(p, OMV_PUMP_STALL_MS);
}

/* An application that queues no buffers. */
static void silence_of_the_application(void **state)
{
	struct pumped *p = *state;

	frames_every(p, 33, 3);
	p->has_buffer = false;
	event(p);
	assert_false(omv_pump_is_stalled(&p->pump, p->f.now + 3600000));
	/* The time begins when its frame is done with. */
	p->f.now += 3600000;
	p->has_buffer = true;
	omv_pump_kick(&p->pump, p->f.now);
	size_is(p, 9);
	expect_frame(p, 3, OMV_PUMP_STALE, false, 0);
	silent_after(p, OMV_PUMP_STALL_MS);
	release_of(p, 9);
	/* Or with the end of the stream. */
	event(p);
	p->f.now += 3600000;
	omv_pump_stop(&p->pump, p->f.now);
	p->lent = false;
	assert_false(omv_pump_is_stalled(&p->pump, p->f.now));
}

/* A channel that comes back has sent nothing yet, and the next may be slower. */
static void silence_of_a_channel(void **state)
{
	struct pumped *p = *state;

	frames_every(p, 33, 3);
	omv_pump_stop(&p->pump, p->f.now);
	silent_after(p, OMV_PUMP_STALL_MS);
	p->f.now += 20000;
	attach(p);
	assert_false(omv_pump_is_stalled(&p->pump, p->f.now));
	silent_after(p, OMV_PUMP_STALL_MAX_MS - 20000);
	omv_pump_rewind(&p->pump, p->f.now);
	silent_after(p, OMV_PUMP_STALL_MAX_MS);
	assert_int_equal(p->pump.sequence, 0);
	/* The time without a channel is no interval. */
	frames_every(p, 33, 3);
	omv_pump_stop(&p->pump, p->f.now);
	p->f.now += 1000;
	attach(p);
	one_more_frame(p, 3);
	silent_after(p, OMV_PUMP_STALL_MAX_MS);
}

/* ---- events at odd times ----------------------------------------------- */

/* A frame that is announced while another one is being read is fetched next. */
static void event_while_reading(void **state)
{
	struct pumped *p = *state;
	u8 data[300];

	memset(data, 1, sizeof(data));
	attach(p);
	event(p);
	size_is(p, 300);
	expect_read(p, 0, 300);
	answer(&p->f, FRAME, OMV_F_FRAGMENT, OMV_OP_READ, data, 200);
	event(p);
	quiet(p);
	answer(&p->f, FRAME, 0, OMV_OP_READ, data, 100);
	expect_done(p, 0, 1, 300);
	size_is(p, 400);
	read_gives(p, 2, 400);
	expect_done(p, 1, 2, 400);
	quiet(p);
}

static void two_events_while_reading(void **state)
{
	struct pumped *p = *state;
	u8 data[300];

	memset(data, 1, sizeof(data));
	attach(p);
	event(p);
	size_is(p, 300);
	event(p);
	event(p);
	expect_frame(p, 1, OMV_PUMP_MISSED, false, 0);
	expect_read(p, 0, 300);
	answer(&p->f, FRAME, 0, OMV_OP_READ, data, 300);
	expect_done(p, 0, 1, 300);
	size_is(p, 10);
	read_gives(p, 4, 10);
	expect_done(p, 2, 4, 10);
	quiet(p);
}

/* A camera without a latch: only the newest frame can be fetched. */
static void event_after_event(void **state)
{
	struct pumped *p = *state;

	attach(p);
	p->has_buffer = false;
	event(p);
	event(p);
	expect_frame(p, 0, OMV_PUMP_MISSED, false, 0);
	event(p);
	expect_frame(p, 1, OMV_PUMP_MISSED, false, 0);
	p->has_buffer = true;
	omv_pump_kick(&p->pump, p->f.now);
	/* Another event during SIZE: the buffer is kept, the size is doubtful. */
	event(p);
	expect_frame(p, 2, OMV_PUMP_MISSED, false, 0);
	size_is(p, 500);
	size_is(p, 10);
	read_gives(p, 4, 10);
	expect_done(p, 3, 4, 10);
	quiet(p);
}

static void event_without_a_frame(void **state)
{
	struct pumped *p = *state;

	attach(p);
	event(p);
	size_is(p, 0);
	expect_frame(p, 0, OMV_PUMP_FAILED, true, 0);
	quiet(p);
	one_more_frame(p, 1);
}

/* If an event is lost, POLL finds the frame a second later. */
static void event_lost(void **state)
{
	struct pumped *p = *state;

	attach(p);
	one_more_frame(p, 0);
	advance_both(p, OMV_PUMP_IDLE_MS - 1);
	quiet(p);
	advance_both(p, 1);
	expect_sent(&p->f, p->f.seq, 0, 0, OMV_OP_POLL, 0);
	answer_u32(&p->f, 0, OMV_OP_POLL, 1 << FRAME);
	size_is(p, 77);
	read_gives(p, 6, 77);
	expect_done(p, 1, 6, 77);
	/* The camera is still treated as one with events. */
	advance_both(p, OMV_PUMP_IDLE_MS - 1);
	quiet(p);
	advance_both(p, 1);
	expect_sent(&p->f, p->f.seq, 0, 0, OMV_OP_POLL, 0);
	/* The bits of other channels are ignored. */
	answer_u32(&p->f, 0, OMV_OP_POLL, ~(1u << FRAME));
	quiet(p);
}

/* The event and POLL announce the same frame. */
static void event_during_poll(void **state)
{
	struct pumped *p = *state;

	attach(p);
	advance_both(p, OMV_PUMP_IDLE_MS);
	expect_sent(&p->f, p->f.seq, 0, 0, OMV_OP_POLL, 0);
	event(p);
	expect_nothing_sent(&p->f);
	answer_u32(&p->f, 0, OMV_OP_POLL, 1 << FRAME);
	size_is(p, 20);
	read_gives(p, 6, 20);
	expect_done(p, 0, 6, 20);
	quiet(p);
}

/* Without any events POLL is sent often, until there is an event. */
static void camera_without_events(void **state)
{
	struct pumped *p = *state;
	unsigned int i;

	attach(p);
	advance_both(p, OMV_PUMP_IDLE_MS);
	for (i = 0; i < 5; i++) {
		expect_sent(&p->f, p->f.seq, 0, 0, OMV_OP_POLL, 0);
		expect_nothing_sent(&p->f);
		answer_u32(&p->f, 0, OMV_OP_POLL, 1 << FRAME);
		size_is(p, 30 + i);
		read_gives(p, i, 30 + i);
		expect_done(p, i, i, 30 + i);
		advance_both(p, OMV_PUMP_POLL_MS - 1);
		quiet(p);
		advance_both(p, 1);
	}
	expect_sent(&p->f, p->f.seq, 0, 0, OMV_OP_POLL, 0);
	answer_u32(&p->f, 0, OMV_OP_POLL, 0);
	quiet(p);
	one_more_frame(p, i);
	advance_both(p, OMV_PUMP_IDLE_MS - 1);
	quiet(p);

	/* The channel of the next script may have events. */
	advance_both(p, 1);
	expect_sent(&p->f, p->f.seq, 0, 0, OMV_OP_POLL, 0);
	answer_u32(&p->f, 0, OMV_OP_POLL, 0);
	omv_pump_stop(&p->pump, p->f.now);
	attach(p);
	advance_both(p, OMV_PUMP_IDLE_MS);
	expect_sent(&p->f, p->f.seq, 0, 0, OMV_OP_POLL, 0);
	answer_u32(&p->f, 0, OMV_OP_POLL, 1 << FRAME);
	size_is(p, 30);
	read_gives(p, 1, 30);
	expect_done(p, i + 1, 1, 30);
	omv_pump_stop(&p->pump, p->f.now);
	attach(p);
	advance_both(p, OMV_PUMP_IDLE_MS - 1);
	quiet(p);
	advance_both(p, 1);
	expect_sent(&p->f, p->f.seq, 0, 0, OMV_OP_POLL, 0);
	answer_u32(&p->f, 0, OMV_OP_POLL, 0);
	one_more_frame(p, i + 2);
	omv_pump_stop(&p->pump, p->f.now);
	attach(p);
	advance_both(p, OMV_PUMP_IDLE_MS);
	expect_sent(&p->f, p->f.seq, 0, 0, OMV_OP_POLL, 0);
	answer_u32(&p->f, 0, OMV_OP_POLL, 1 << FRAME);
	size_is(p, 30);
	read_gives(p, 1, 30);
	expect_done(p, i + 3, 1, 30);
	advance_both(p, OMV_PUMP_POLL_MS);
	expect_sent(&p->f, p->f.seq, 0, 0, OMV_OP_POLL, 0);
}

/*
 * A channel without poll() whose event was lost, or whose release failed: the
 * camera takes another frame only after a release.
 */
static void event_lost_without_poll(void **state)
{
	struct pumped *p = *state;
	u32 i;

	attach(p);
	one_more_frame(p, 0);
	for (i = 0; i < OMV_PUMP_LOST_MS; i += OMV_PUMP_IDLE_MS) {
		advance_both(p, OMV_PUMP_IDLE_MS);
		expect_sent(&p->f, p->f.seq, 0, 0, OMV_OP_POLL, 0);
		expect_nothing_sent(&p->f);
		answer_u32(&p->f, 0, OMV_OP_POLL, ~(1u << FRAME));
	}
	size_is(p, 300);
	release_of(p, 300);
	quiet(p);
	one_more_frame(p, 1);
}

/* If the channel has poll(), the result of POLL is valid. */
static void idle_with_poll(void **state)
{
	struct pumped *p = *state;
	u32 i;

	attach(p);
	advance_both(p, OMV_PUMP_IDLE_MS);
	expect_sent(&p->f, p->f.seq, 0, 0, OMV_OP_POLL, 0);
	answer_u32(&p->f, 0, OMV_OP_POLL, 1 << FRAME);
	size_is(p, 30);
	read_gives(p, 5, 30);
	expect_done(p, 0, 5, 30);
	one_more_frame(p, 1);
	for (i = 0; i < 2 * OMV_PUMP_LOST_MS; i += OMV_PUMP_IDLE_MS) {
		advance_both(p, OMV_PUMP_IDLE_MS);
		expect_sent(&p->f, p->f.seq, 0, 0, OMV_OP_POLL, 0);
		answer_u32(&p->f, 0, OMV_OP_POLL, 0);
		quiet(p);
	}
}

static void poll_refused(void **state)
{
	struct pumped *p = *state;

	attach(p);
	advance_both(p, OMV_PUMP_IDLE_MS);
	expect_sent(&p->f, p->f.seq, 0, 0, OMV_OP_POLL, 0);
	answer_nak(&p->f, 0, OMV_OP_POLL, OMV_ST_INVALID);
	quiet(p);
	one_more_frame(p, 0);
	/* The last response was a size: it must not be used as the result of POLL. */
	advance_both(p, OMV_PUMP_IDLE_MS);
	expect_sent(&p->f, p->f.seq, 0, 0, OMV_OP_POLL, 0);
	answer_nak(&p->f, 0, OMV_OP_POLL, OMV_ST_INVALID);
	quiet(p);
}

/* ---- errors of READ ---------------------------------------------------- */

/* An abandoned frame must be released, or the camera waits forever. */
static void nak_while_reading(void **state)
{
	struct pumped *p = *state;

	attach(p);
	event(p);
	size_is(p, 600);
	expect_read(p, 0, 600);
	answer(&p->f, FRAME, OMV_F_FRAGMENT, OMV_OP_READ, "data", 4);
	answer_nak(&p->f, FRAME, OMV_OP_READ, OMV_ST_FAILED);
	expect_frame(p, 0, OMV_PUMP_FAILED, true, 0);
	size_is(p, 600);
	release_of(p, 600);
	quiet(p);
	one_more_frame(p, 1);
}

static void nak_while_reading_and_again(void **state)
{
	struct pumped *p = *state;

	attach(p);
	event(p);
	size_is(p, 600);
	expect_read(p, 0, 600);
	answer_nak(&p->f, FRAME, OMV_OP_READ, OMV_ST_FAILED);
	expect_frame(p, 0, OMV_PUMP_FAILED, true, 0);
	/* The old size is no longer used. */
	expect_sent(&p->f, p->f.seq, FRAME, 0, OMV_OP_SIZE, 0);
	answer_nak(&p->f, FRAME, OMV_OP_SIZE, OMV_ST_INVALID);
	quiet(p);
	one_more_frame(p, 1);
}

static void nak_with_the_next_announced(void **state)
{
	struct pumped *p = *state;

	attach(p);
	event(p);
	size_is(p, 600);
	expect_read(p, 0, 600);
	event(p);
	answer_nak(&p->f, FRAME, OMV_OP_READ, OMV_ST_FAILED);
	expect_frame(p, 0, OMV_PUMP_FAILED, true, 0);
	size_is(p, 50);
	read_gives(p, 7, 50);
	expect_done(p, 1, 7, 50);
	quiet(p);
}

static void short_read(void **state)
{
	struct pumped *p = *state;

	attach(p);
	event(p);
	size_is(p, 600);
	expect_read(p, 0, 600);
	answer(&p->f, FRAME, 0, OMV_OP_READ, "data", 4);
	expect_frame(p, 0, OMV_PUMP_FAILED, true, 0);
	size_is(p, 0);
	quiet(p);
	one_more_frame(p, 1);
}

static void size_refused(void **state)
{
	struct pumped *p = *state;

	attach(p);
	event(p);
	expect_sent(&p->f, p->f.seq, FRAME, 0, OMV_OP_SIZE, 0);
	answer_nak(&p->f, FRAME, OMV_OP_SIZE, OMV_ST_INVALID);
	expect_frame(p, 0, OMV_PUMP_FAILED, true, 0);
	quiet(p);
	one_more_frame(p, 1);
	/* The size of another frame does not count. */
	event(p);
	expect_sent(&p->f, p->f.seq, FRAME, 0, OMV_OP_SIZE, 0);
	answer_nak(&p->f, FRAME, OMV_OP_SIZE, OMV_ST_INVALID);
	expect_frame(p, 2, OMV_PUMP_FAILED, true, 0);
	quiet(p);
}

/* T-20: a queued request must not be sent between SIZE and READ. */
static void read_follows_size(void **state)
{
	struct pumped *p = *state;
	struct box box;

	attach(p);
	event(p);
	box_write(&box, &p->f, CONFIG, "50");
	size_is(p, 300);
	read_gives(p, 7, 300);
	expect_done(p, 0, 7, 300);
	expect_sent(&p->f, p->f.seq, CONFIG, 0, OMV_OP_WRITE, 10);
	answer(&p->f, CONFIG, OMV_F_ACK, OMV_OP_WRITE, NULL, 0);
	expect_result(&box, 0);
	quiet(p);
	box_free(&box);
}

static void size_unanswered(struct pumped *p)
{
	expect_sent(&p->f, p->f.seq, FRAME, 0, OMV_OP_SIZE, 0);
	advance_both(p, OMV_REQUEST_TIMEOUT_MS);
	expect_recovery(&p->f);
}

/* T-32: after a timeout SIZE is repeated at once, then less and less frequently. */
static void size_never_answered(void **state)
{
	static const u64 pauses[] = { 1000, 2000, 4000, 8000, 8000 };
	struct pumped *p = *state;
	u32 i;

	p->f.on_link = pump_on_link;
	start(p);
	size_unanswered(p);
	start(p);
	size_unanswered(p);
	for (i = 0; i < ARRAY_SIZE(pauses); i++) {
		start(p);
		event(p);
		expect_frame(p, i, OMV_PUMP_STALE, false, 0);
		advance_both(p, pauses[i] - OMV_QUIET_MS - 1);
		quiet(p);
		advance_both(p, 1);
		/* POLL is sent before a request to the channel. */
		expect_sent(&p->f, p->f.seq, 0, 0, OMV_OP_POLL, 0);
		answer_u32(&p->f, 0, OMV_OP_POLL, 1 << FRAME);
		size_unanswered(p);
		p->seen = p->count;
		p->pump.sequence = i + 1;
		p->stamps = i + 1;
	}
	/* A response resets the delay. */
	start(p);
	advance_both(p, OMV_PUMP_PAUSE_MS - OMV_QUIET_MS);
	expect_sent(&p->f, p->f.seq, 0, 0, OMV_OP_POLL, 0);
	answer_u32(&p->f, 0, OMV_OP_POLL, 1 << FRAME);
	size_is(p, 300);
	read_gives(p, 7, 300);
	expect_done(p, i, 7, 300);
	event(p);
	size_unanswered(p);
	start(p);
	size_is(p, 0);
}

/* A missing fragment: no frame is delivered, and a new session is started. */
static void session_lost_while_reading(void **state)
{
	struct pumped *p = *state;

	p->f.on_link = pump_on_link;
	attach(p);
	event(p);
	size_is(p, 600);
	expect_read(p, 0, 600);
	answer(&p->f, FRAME, OMV_F_FRAGMENT, OMV_OP_READ, "data", 4);
	p->f.seq++;
	answer(&p->f, FRAME, OMV_F_FRAGMENT, OMV_OP_READ, "data", 4);
	expect_frame(p, 0, OMV_PUMP_FAILED, true, 0);
	expect_recovery(&p->f);
	assert_false(p->lent);
	attach(p);
	one_more_frame(p, 1);
}

/* Until the owner stops the pump, it sends nothing and does not loop. */
static void session_lost_unnoticed(void **state)
{
	struct pumped *p = *state;

	attach(p);
	event(p);
	size_is(p, 600);
	expect_read(p, 0, 600);
	give_event(&p->f, 0, OMV_EV_SOFT_REBOOT);
	expect_frame(p, 0, OMV_PUMP_FAILED, true, 0);
	expect_link(&p->f, OMV_LINK_DOWN);
	advance_both(p, OMV_REBOOT_PAUSE_MS - 1);
	expect_nothing_sent(&p->f);
	omv_pump_kick(&p->pump, p->f.now);
	expect_nothing_sent(&p->f);
	advance_both(p, 1);
	handshake(&p->f);
	expect_nothing_sent(&p->f);
	/* If the channel is the same, the pump continues. */
	advance_both(p, OMV_PUMP_IDLE_MS);
	expect_sent(&p->f, p->f.seq, 0, 0, OMV_OP_POLL, 0);
	answer_u32(&p->f, 0, OMV_OP_POLL, 0);
	one_more_frame(p, 1);
}

/* An event without a session takes one buffer, however often it is tried. */
static void event_without_a_session(void **state)
{
	struct pumped *p = *state;

	attach(p);
	give_event(&p->f, 0, OMV_EV_SOFT_REBOOT);
	expect_link(&p->f, OMV_LINK_DOWN);
	omv_pump_event(&p->pump, p->f.now);
	omv_pump_kick(&p->pump, p->f.now);
	omv_pump_event(&p->pump, p->f.now);
	expect_frame(p, 0, OMV_PUMP_MISSED, false, 0);
	quiet(p);
	advance_both(p, OMV_REBOOT_PAUSE_MS);
	handshake(&p->f);
	expect_nothing_sent(&p->f);
	omv_pump_kick(&p->pump, p->f.now);
	size_is(p, 0);
	expect_frame(p, 1, OMV_PUMP_STALE, true, 0);
	assert_false(p->lent);
	quiet(p);
}

/* T-7 in the middle of a frame: the frame is completed before the new session. */
static void frame_saved_from_a_reset(void **state)
{
	struct pumped *p = *state;

	p->f.on_link = pump_on_link;
	attach(p);
	event(p);
	size_is(p, 4);
	expect_read(p, 0, 4);
	answer(&p->f, FRAME, OMV_F_ACK_REQ, OMV_OP_READ, "\1\1\1\1", 4);
	expect_sent(&p->f, p->f.seq - 1, FRAME, OMV_F_ACK, OMV_OP_READ, 0);
	expect_done(p, 0, 1, 4);
	expect_recovery(&p->f);
	assert_false(p->pump.running);
}

/* T-7 just before a request is sent: the pump is stopped inside omv_host_submit(). */
static void stopped_by_its_own_submit(void **state)
{
	struct pumped *p = *state;

	p->f.on_link = pump_on_link;
	attach(p);
	give(&p->f, p->f.seq, FRAME, OMV_F_EVENT | OMV_F_ACK_REQ,
	     OMV_OP_CHANNEL_EVENT, "\1\0", 2);
	expect_sent(&p->f, p->f.seq, FRAME, OMV_F_ACK, OMV_OP_CHANNEL_EVENT,
		    0);
	expect_recovery(&p->f);
	assert_false(p->pump.running);
	assert_true(omv_pump_deadline(&p->pump) == U64_MAX);
	p->seen = p->count;
	attach(p);
	one_more_frame(p, 1);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, setup_pump, teardown_pump)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(frames),
		TEST(skipped),
		TEST(skipped_without_buffer),
		TEST(wanted_while_skipping),
		TEST(attached_to_a_latched_frame),
		TEST(event_during_the_release),
		TEST(event_during_each_release),
		TEST(event_before_the_first_size),
		TEST(attach_refused),
		TEST(release_refused),
		TEST(no_buffer),
		TEST(buffers_without_a_frame),
		TEST(kick_in_every_phase),
		TEST(tick_too_early),
		TEST(stale),
		TEST(fresh_while_stale),
		TEST(too_big),
		TEST(stopped_while_reading),
		TEST(stopped_in_every_phase),
		TEST(event_while_reading),
		TEST(two_events_while_reading),
		TEST(event_after_event),
		TEST(event_without_a_frame),
		TEST(event_lost),
		TEST(event_during_poll),
		TEST(camera_without_events),
		TEST(event_lost_without_poll),
		TEST(idle_with_poll),
		TEST(poll_refused),
		TEST(nak_while_reading),
		TEST(nak_while_reading_and_again),
		TEST(nak_with_the_next_announced),
		TEST(short_read),
		TEST(size_refused),
		TEST(read_follows_size),
		TEST(size_never_answered),
		TEST(session_lost_while_reading),
		TEST(session_lost_unnoticed),
		TEST(silence),
		TEST(slow_camera_never_silent),
		TEST(silence_forgets),
		TEST(silence_of_the_application),
		TEST(silence_of_a_channel),
		TEST(event_without_a_session),
		TEST(frame_saved_from_a_reset),
		TEST(stopped_by_its_own_submit),
	};

	return cmocka_run_group_tests_name("pump", tests, NULL, NULL);
}
