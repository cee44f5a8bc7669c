// SPDX-License-Identifier: GPL-2.0-only
/*
 * SIZE of the next frame while the frame before is being read (T-10, T-11, T-20), and the turns
 * that requests of frames take with those of other clients.
 */
#include "pump_fixture.h"

#define MAXP	100
#define SIZE	350
#define PACKETS	4	/* of a frame of SIZE bytes */

static int setup(void **state)
{
	return setup_pump_with(state, MAXP);
}

static void start(struct pumped *p)
{
	static const struct omv_pump_mode mode = {
		.fetch = &omv_fetch_frame,
	};

	omv_pump_start(&p->pump, FRAME, &mode, p->f.now);
	expect_sent(&p->f, p->f.seq, FRAME, 0, OMV_OP_SIZE, 0);
	answer_u32(&p->f, FRAME, OMV_OP_SIZE, 0);
	quiet(p);
}

static void event(struct pumped *p)
{
	give_event(&p->f, FRAME, 1);
}

/* A SIZE was sent, with the number that the camera will have after @left more packets. */
static void size_sent(struct pumped *p, u32 left)
{
	expect_sent(&p->f, p->f.seq + left, FRAME, 0, OMV_OP_SIZE, 0);
	expect_nothing_sent(&p->f);
}

static void size_is(struct pumped *p, u32 size)
{
	answer_u32(&p->f, FRAME, OMV_OP_SIZE, size);
}

static void read_alone_sent(struct pumped *p, u32 size)
{
	const u8 want[] = { 0, 0, 0, 0, size, size >> 8, 0, 0 };

	assert_memory_equal(expect_sent(&p->f, p->f.seq, FRAME, 0, OMV_OP_READ, 8), want, 8);
}

static void read_sent(struct pumped *p, u32 size)
{
	read_alone_sent(p, size);
	expect_nothing_sent(&p->f);
}

/* The last event came during a READ: SIZE follows this READ at once. */
static void read_and_size_sent(struct pumped *p, u32 size)
{
	read_alone_sent(p, size);
	size_sent(p, (size + MAXP - 1) / MAXP);
}

/* Packet @i of a frame of SIZE bytes. */
static void fragment(struct pumped *p, u8 fill, u32 i)
{
	bool last = i == PACKETS - 1;
	u8 data[MAXP];

	memset(data, fill, sizeof(data));
	answer(&p->f, FRAME, last ? 0 : OMV_F_FRAGMENT, OMV_OP_READ, data,
	       last ? SIZE - i * MAXP : MAXP);
}

static void fragments(struct pumped *p, u8 fill, u32 from, u32 to)
{
	while (from < to)
		fragment(p, fill, from++);
}

/* Until the READ of the first frame was sent. */
static void begin(struct pumped *p)
{
	start(p);
	event(p);
	size_sent(p, 0);
	size_is(p, SIZE);
	read_sent(p, SIZE);
}

/* The event of the next frame comes after @at packets, and its SIZE is sent. */
static void begin_early(struct pumped *p, u32 at)
{
	begin(p);
	fragments(p, 1, 0, at);
	event(p);
	size_sent(p, PACKETS - at);
}

/* A READ was sent and succeeds, and a last frame follows. */
static void finish_after(struct pumped *p, u32 sequence, bool with_size)
{
	if (with_size)
		read_and_size_sent(p, SIZE);
	else
		read_sent(p, SIZE);
	fragments(p, 7, 0, PACKETS);
	expect_done(p, sequence, 7, SIZE);
	/* No event came: the size is the old one. */
	if (with_size)
		size_is(p, SIZE);
	quiet(p);
	event(p);
	size_sent(p, 0);
	size_is(p, SIZE);
	read_sent(p, SIZE);
	fragments(p, 8, 0, PACKETS);
	expect_done(p, sequence + 1, 8, SIZE);
	quiet(p);
}

static void finish(struct pumped *p, u32 sequence)
{
	finish_after(p, sequence, false);
}

/* As finish(), after an event that came during a READ. */
static void finish_early(struct pumped *p, u32 sequence)
{
	finish_after(p, sequence, true);
}

/* ---- the event comes at each step --------------------------------------- */

/*
 * The READ of the next frame is sent when its size arrives, right behind the last packet. Until a
 * packet has arrived, the READ may still be in the camera's buffer. Then SIZE follows each READ, as
 * long as the event comes before its response.
 */
static void event_at_each_packet(void **state)
{
	struct pumped *p = *state;
	u32 i, at;

	for (at = 0; at < PACKETS; at++) {
		omv_pump_stop(&p->pump, p->f.now);
		omv_pump_rewind(&p->pump, p->f.now);
		p->stamps = 0;
		begin(p);
		fragments(p, 1, 0, at);
		event(p);
		if (!at)
			fragment(p, 1, 0);
		size_sent(p, PACKETS - (at ? at : 1));
		fragments(p, 1, at ? at : 1, PACKETS);
		expect_done(p, 0, 1, SIZE);
		expect_nothing_sent(&p->f);
		size_is(p, SIZE);
		for (i = 0; i <= PACKETS; i++) {
			read_and_size_sent(p, SIZE);
			fragments(p, 2, 0, i);
			if (i == PACKETS)
				expect_done(p, i + 1, 2, SIZE);
			event(p);
			fragments(p, 2, i, PACKETS);
			if (i < PACKETS)
				expect_done(p, i + 1, 2, SIZE);
			expect_nothing_sent(&p->f);
			size_is(p, SIZE);
		}
		finish_early(p, PACKETS + 2);
		assert_int_equal(p->f.host.stats.early, at + 1);
	}
	assert_int_equal(p->f.host.stats.mispredicted, 0);
}

/* The event is in the transfer of the last packet, behind it or before it. */
static void event_in_the_same_transfer(void **state)
{
	struct pumped *p = *state;
	u8 data[MAXP] = { 0 }, buf[2 * MAXP + 64];
	u32 len, i;

	for (i = 0; i < 2; i++) {
		omv_pump_stop(&p->pump, p->f.now);
		omv_pump_rewind(&p->pump, p->f.now);
		p->stamps = 0;
		begin(p);
		fragments(p, 0, 0, PACKETS - 1);
		len = 0;
		if (i)
			len = make_packet(buf, p->f.seq, FRAME, OMV_F_EVENT, OMV_OP_CHANNEL_EVENT,
					  NULL, 0);
		len += make_packet(buf + len, p->f.seq++, FRAME, 0, OMV_OP_READ, data,
				   SIZE - (PACKETS - 1) * MAXP);
		if (!i)
			len += make_packet(buf + len, p->f.seq, FRAME, OMV_F_EVENT,
					   OMV_OP_CHANNEL_EVENT, NULL, 0);
		give_bytes(&p->f, buf, len);
		expect_done(p, 0, 0, SIZE);
		size_sent(p, 0);
		size_is(p, SIZE);
		finish_after(p, 1, i);
	}
}

/* An expected SIZE: the first event is that of its frame, a second one makes it doubtful. */
static void expected_size_is_doubtful(void **state)
{
	struct pumped *p = *state;

	begin_early(p, 1);
	fragments(p, 1, 1, PACKETS);
	expect_done(p, 0, 1, SIZE);
	size_is(p, SIZE);
	read_and_size_sent(p, SIZE);
	event(p);
	fragments(p, 2, 0, PACKETS);
	event(p);
	expect_done(p, 1, 2, SIZE);
	expect_frame(p, 2, OMV_PUMP_MISSED, false, 0);
	size_is(p, 99);
	size_sent(p, 0);
	size_is(p, SIZE);
	finish_early(p, 3);
}

/* The READ before an expected SIZE fails, with and without an event: nothing stays latched. */
static void expected_after_a_failure(void **state)
{
	struct pumped *p = *state;

	begin_early(p, 1);
	fragments(p, 1, 1, PACKETS);
	expect_done(p, 0, 1, SIZE);
	size_is(p, SIZE);
	read_and_size_sent(p, SIZE);
	answer_nak(&p->f, FRAME, OMV_OP_READ, OMV_ST_FAILED);
	expect_frame(p, 1, OMV_PUMP_FAILED, true, 0);
	answer_nak(&p->f, FRAME, OMV_OP_SIZE, OMV_ST_SEQUENCE);
	size_sent(p, 0);
	size_is(p, SIZE);
	size_sent(p, 0);
	size_is(p, 60);
	expect_sent(&p->f, p->f.seq, FRAME, 0, OMV_OP_READ, 8);
	answer(&p->f, FRAME, 0, OMV_OP_READ, "!", 1);
	quiet(p);
	event(p);
	size_sent(p, 0);
	size_is(p, SIZE);
	finish(p, 2);
}

/* While another request waits, SIZE does not follow READ: it would never be its turn. */
static void not_expected_while_others_wait(void **state)
{
	struct pumped *p = *state;
	struct box box;

	begin_early(p, 1);
	box_write(&box, &p->f, CONFIG, "50");
	fragments(p, 1, 1, PACKETS);
	expect_done(p, 0, 1, SIZE);
	size_is(p, SIZE);
	read_sent(p, SIZE);
	fragment(p, 2, 0);
	event(p);
	fragments(p, 2, 1, PACKETS);
	expect_done(p, 1, 2, SIZE);
	expect_sent(&p->f, p->f.seq, CONFIG, 0, OMV_OP_WRITE, 10);
	answer(&p->f, CONFIG, OMV_F_ACK, OMV_OP_WRITE, NULL, 0);
	expect_result(&box, 0);
	size_sent(p, 0);
	size_is(p, SIZE);
	finish(p, 2);
}

/* ---- when SIZE is not sent early ---------------------------------------- */

/* SIZE is sent after the READ. */
static void late_after(struct pumped *p, u32 from)
{
	expect_nothing_sent(&p->f);
	fragments(p, 1, from, PACKETS);
	expect_done(p, 0, 1, SIZE);
	size_sent(p, 0);
	assert_int_equal(p->f.host.stats.early, 0);
	size_is(p, SIZE);
	finish(p, 1);
}

static void pipelining_is_off(void **state)
{
	struct pumped *p = *state;

	begin(p);
	p->f.host.pipelining = false;
	fragments(p, 1, 0, 2);
	event(p);
	late_after(p, 2);
}

/* A channel with read() sends smaller packets, whose number cannot be known. */
static void packets_are_not_full(void **state)
{
	struct pumped *p = *state;
	u8 data[SIZE];

	memset(data, 1, sizeof(data));
	begin(p);
	answer(&p->f, FRAME, OMV_F_FRAGMENT, OMV_OP_READ, data, MAXP);
	answer(&p->f, FRAME, OMV_F_FRAGMENT, OMV_OP_READ, data, MAXP - 1);
	event(p);
	answer(&p->f, FRAME, OMV_F_FRAGMENT, OMV_OP_READ, data, MAXP);
	expect_nothing_sent(&p->f);
	answer(&p->f, FRAME, 0, OMV_OP_READ, data, SIZE - 3 * MAXP + 1);
	expect_done(p, 0, 1, SIZE);
	size_sent(p, 0);
	size_is(p, SIZE);
	finish(p, 1);
}

/* Requests of other clients are not passed over: they go first, then SIZE. */
static void another_request_waits(void **state)
{
	struct pumped *p = *state;
	struct box box;

	begin(p);
	fragment(p, 1, 0);
	box_write(&box, &p->f, CONFIG, "50");
	event(p);
	fragments(p, 1, 1, PACKETS);
	expect_done(p, 0, 1, SIZE);
	/* The WRITE and the SIZE take turns: the last turn was that of a SIZE. */
	expect_sent(&p->f, p->f.seq, CONFIG, 0, OMV_OP_WRITE, 10);
	answer(&p->f, CONFIG, OMV_F_ACK, OMV_OP_WRITE, NULL, 0);
	expect_result(&box, 0);
	size_sent(p, 0);
	size_is(p, SIZE);
	finish(p, 1);
}

/* SIZE could not be sent yet when another request came: it is the turn of that one. */
static void another_request_waits_behind(void **state)
{
	struct pumped *p = *state;
	struct box box;

	begin(p);
	event(p);
	box_write(&box, &p->f, CONFIG, "50");
	fragments(p, 1, 0, PACKETS);
	expect_done(p, 0, 1, SIZE);
	expect_sent(&p->f, p->f.seq, CONFIG, 0, OMV_OP_WRITE, 10);
	answer(&p->f, CONFIG, OMV_F_ACK, OMV_OP_WRITE, NULL, 0);
	size_sent(p, 0);
	size_is(p, SIZE);
	finish(p, 1);
}

/* A request that comes later waits until the SIZE was answered and the frame was read. */
static void another_request_comes(void **state)
{
	struct pumped *p = *state;
	struct box box;

	begin_early(p, 1);
	box_write(&box, &p->f, CONFIG, "50");
	fragments(p, 1, 1, PACKETS);
	expect_done(p, 0, 1, SIZE);
	expect_nothing_sent(&p->f);
	size_is(p, SIZE);
	read_sent(p, SIZE);
	fragments(p, 2, 0, PACKETS);
	expect_done(p, 1, 2, SIZE);
	expect_sent(&p->f, p->f.seq, CONFIG, 0, OMV_OP_WRITE, 10);
	answer(&p->f, CONFIG, OMV_F_ACK, OMV_OP_WRITE, NULL, 0);
	expect_result(&box, 0);
	quiet(p);
}

/* The channel table comes first. */
static void list_is_due(void **state)
{
	struct pumped *p = *state;

	begin(p);
	fragment(p, 1, 0);
	advance_both(p, OMV_RELIST_MS);
	give_event(&p->f, 0, OMV_EV_REGISTERED);
	event(p);
	fragments(p, 1, 1, PACKETS);
	expect_done(p, 0, 1, SIZE);
	expect_sent(&p->f, p->f.seq, 0, 0, OMV_OP_LIST, 0);
	answer_list(&p->f);
	size_sent(p, 0);
	size_is(p, SIZE);
	finish(p, 1);
}

/* ---- doubtful sizes ------------------------------------------------------ */

/* Another event comes between SIZE and its response: ask again, but only once. */
static void event_after_size(void **state)
{
	struct pumped *p = *state;
	u32 at;

	begin_early(p, 1);
	for (at = 1; at < PACKETS; at++) {
		fragment(p, 1, at);
		if (at == 2) {
			event(p);
			expect_frame(p, 1, OMV_PUMP_MISSED, false, 0);
		}
	}
	expect_done(p, 0, 1, SIZE);
	expect_nothing_sent(&p->f);
	size_is(p, 99);
	size_sent(p, 0);
	event(p);
	expect_frame(p, 2, OMV_PUMP_MISSED, false, 0);
	size_is(p, SIZE);
	finish_early(p, 3);
}

/* Two events before the SIZE could be sent: its response is that of the second frame. */
static void events_before_size(void **state)
{
	struct pumped *p = *state;

	begin(p);
	event(p);
	event(p);
	expect_frame(p, 1, OMV_PUMP_MISSED, false, 0);
	fragment(p, 1, 0);
	size_sent(p, PACKETS - 1);
	fragments(p, 1, 1, PACKETS);
	expect_done(p, 0, 1, SIZE);
	size_is(p, SIZE);
	finish_early(p, 2);
}

/* The READ fails after any number of packets: the camera refuses the number of the SIZE. */
static void read_fails(void **state)
{
	struct pumped *p = *state;
	u32 at;

	begin(p);
	for (at = 1; at < PACKETS; at++) {
		u32 sequence = 2 * (at - 1);

		fragments(p, 1, 0, at);
		event(p);
		size_sent(p, PACKETS - at);
		answer_nak(&p->f, FRAME, OMV_OP_READ, OMV_ST_FAILED);
		expect_frame(p, sequence, OMV_PUMP_FAILED, true, 0);
		expect_nothing_sent(&p->f);
		/* With the last packet missing the number is right by chance. */
		if (at < PACKETS - 1) {
			answer_nak(&p->f, FRAME, OMV_OP_SIZE, OMV_ST_SEQUENCE);
			size_sent(p, 0);
		}
		size_is(p, 77);
		size_sent(p, 0);
		size_is(p, SIZE);
		read_sent(p, SIZE);
		fragments(p, at, 0, PACKETS);
		expect_done(p, sequence + 1, at, SIZE);
		event(p);
		size_sent(p, 0);
		size_is(p, SIZE);
		read_sent(p, SIZE);
	}
	assert_int_equal(p->f.host.stats.mispredicted, PACKETS - 2);
	assert_true(p->f.host.pipelining);
}

/* A camera that does not continue with full packets costs one more round trip. */
static void more_packets_than_predicted(void **state)
{
	struct pumped *p = *state;
	u8 data[MAXP];
	u32 i, left = SIZE - MAXP;

	memset(data, 1, sizeof(data));
	begin_early(p, 1);
	for (i = 0; i < 5; i++, left -= 50)
		answer(&p->f, FRAME, i < 4 ? OMV_F_FRAGMENT : 0, OMV_OP_READ, data, 50);
	assert_int_equal(left, 0);
	expect_done(p, 0, 1, SIZE);
	expect_nothing_sent(&p->f);
	answer_nak(&p->f, FRAME, OMV_OP_SIZE, OMV_ST_SEQUENCE);
	size_sent(p, 0);
	size_is(p, SIZE);
	finish_early(p, 1);
	assert_int_equal(p->f.host.stats.mispredicted, 1);
}

/* The camera was asked before it had the frame. */
static void size_is_0(void **state)
{
	struct pumped *p = *state;

	begin_early(p, 2);
	fragments(p, 1, 2, PACKETS);
	expect_done(p, 0, 1, SIZE);
	size_is(p, 0);
	size_sent(p, 0);
	size_is(p, SIZE);
	read_and_size_sent(p, SIZE);
	fragment(p, 2, 0);
	event(p);
	fragments(p, 2, 1, PACKETS);
	expect_done(p, 1, 2, SIZE);
	size_is(p, 0);
	size_sent(p, 0);
	size_is(p, 0);
	expect_frame(p, 2, OMV_PUMP_FAILED, true, 0);
	quiet(p);
}

static void size_is_refused(void **state)
{
	struct pumped *p = *state;

	begin_early(p, 2);
	fragments(p, 1, 2, PACKETS);
	expect_done(p, 0, 1, SIZE);
	answer_nak(&p->f, FRAME, OMV_OP_SIZE, OMV_ST_FAILED);
	size_sent(p, 0);
	size_is(p, SIZE);
	finish_early(p, 1);
}

/* The size is asked again for a buffer that comes later: the frame may be another one by then. */
static void buffer_comes_late(void **state)
{
	struct pumped *p = *state;

	begin_early(p, 1);
	p->has_buffer = false;
	fragments(p, 1, 1, PACKETS);
	expect_done(p, 0, 1, SIZE);
	size_is(p, 99);
	quiet(p);
	advance_both(p, 100);
	p->has_buffer = true;
	omv_pump_kick(&p->pump, p->f.now);
	size_sent(p, 0);
	size_is(p, SIZE);
	finish_early(p, 1);
}

static void frame_is_too_old(void **state)
{
	struct pumped *p = *state;

	begin_early(p, 1);
	advance_both(p, OMV_PUMP_STALE_MS + 1);
	fragments(p, 1, 1, PACKETS);
	expect_done(p, 0, 1, SIZE);
	size_is(p, SIZE);
	/* Released like each frame that is not wanted: SIZE, and READ of the last byte. */
	size_sent(p, 0);
	size_is(p, 60);
	expect_frame(p, 1, OMV_PUMP_STALE, false, 0);
	expect_sent(&p->f, p->f.seq, FRAME, 0, OMV_OP_READ, 8);
	answer(&p->f, FRAME, 0, OMV_OP_READ, "!", 1);
	quiet(p);
}

static void frame_is_too_big(void **state)
{
	struct pumped *p = *state;

	begin_early(p, 1);
	fragments(p, 1, 1, PACKETS);
	expect_done(p, 0, 1, SIZE);
	size_is(p, ROOM + 1);
	expect_frame(p, 1, OMV_PUMP_TOO_BIG, true, ROOM + 1);
	expect_sent(&p->f, p->f.seq, FRAME, 0, OMV_OP_READ, 8);
	answer(&p->f, FRAME, 0, OMV_OP_READ, "!", 1);
	quiet(p);
	event(p);
	size_sent(p, 0);
	size_is(p, SIZE);
	finish_early(p, 2);
}

/* Nobody wants the size of a frame that is skipped. */
static void frame_is_skipped(void **state)
{
	struct pumped *p = *state;

	begin(p);
	fragment(p, 1, 0);
	p->skip = true;
	event(p);
	expect_nothing_sent(&p->f);
	p->skip = false;
	event(p);
	expect_frame(p, 1, OMV_PUMP_SKIPPED, false, 0);
	size_sent(p, PACKETS - 1);
	p->skip = true;
	event(p);
	expect_frame(p, 2, OMV_PUMP_MISSED, false, 0);
	fragments(p, 1, 1, PACKETS);
	expect_done(p, 0, 1, SIZE);
	size_is(p, SIZE);
	size_sent(p, 0);
	size_is(p, 60);
	expect_frame(p, 3, OMV_PUMP_SKIPPED, false, 0);
	expect_sent(&p->f, p->f.seq, FRAME, 0, OMV_OP_READ, 8);
	answer(&p->f, FRAME, 0, OMV_OP_READ, "!", 1);
	quiet(p);
}

/* ---- stop and timeouts --------------------------------------------------- */

/* The stream ends after any packet: what still arrives belongs to nobody. */
static void stopped_at_each_packet(void **state)
{
	struct pumped *p = *state;
	u32 at, i;

	for (at = 1; at <= PACKETS; at++) {
		omv_pump_rewind(&p->pump, p->f.now);
		p->stamps = 0;
		begin_early(p, 1);
		fragments(p, 1, 1, at);
		if (at == PACKETS)
			expect_done(p, 0, 1, SIZE);
		omv_pump_stop(&p->pump, p->f.now);
		p->lent = false;
		memset(p->buf, 0xdb, ROOM);
		fragments(p, 1, at, PACKETS);
		size_is(p, SIZE);
		for (i = 0; i < ROOM; i++)
			assert_int_equal(p->buf[i], 0xdb);
		quiet(p);
	}
	omv_pump_rewind(&p->pump, p->f.now);
	p->stamps = 0;
	begin_early(p, 1);
	fragments(p, 1, 1, PACKETS);
	expect_done(p, 0, 1, SIZE);
	size_is(p, SIZE);
	finish_early(p, 1);
}

/* A refused SIZE of a stopped stream is not sent again. */
static void stopped_and_refused(void **state)
{
	struct pumped *p = *state;

	begin_early(p, 1);
	omv_pump_stop(&p->pump, p->f.now);
	p->lent = false;
	answer_nak(&p->f, FRAME, OMV_OP_READ, OMV_ST_FAILED);
	answer_nak(&p->f, FRAME, OMV_OP_SIZE, OMV_ST_SEQUENCE);
	quiet(p);
}

/* After the READ, or during it: one timeout, not two. */
static void no_response(void **state)
{
	struct pumped *p = *state;
	u32 to;

	for (to = 2; to <= PACKETS; to += PACKETS - 2) {
		p->pump.nr_timeouts = 0;
		omv_pump_rewind(&p->pump, p->f.now);
		p->stamps = 0;
		begin_early(p, 1);
		p->f.on_link = pump_on_link;
		fragments(p, 1, 1, to);
		if (to == PACKETS)
			expect_done(p, 0, 1, SIZE);
		advance(&p->f, OMV_REQUEST_TIMEOUT_MS);
		assert_int_equal(p->pump.nr_timeouts, 1);
		if (to < PACKETS)
			expect_frame(p, 0, OMV_PUMP_FAILED, true, 0);
		expect_recovery(&p->f);
		p->seen = p->count;
	}
}

/* Faults of the session are forgotten, so that a camera with a few of them stays fast. */
static void faults_are_forgotten(void **state)
{
	struct pumped *p = *state;
	u32 i;

	begin(p);
	p->f.host.pipeline_faults = OMV_PIPELINE_FAULTS - 1;
	for (i = 0; i <= OMV_PIPELINE_FORGET; i++) {
		p->count = 0;
		p->seen = 0;
		fragment(p, 1, 0);
		event(p);
		if (!i)
			size_sent(p, PACKETS - 1);
		fragments(p, 1, 1, PACKETS);
		size_is(p, SIZE);
		read_and_size_sent(p, SIZE);
	}
	assert_int_equal(p->f.host.pipeline_faults, OMV_PIPELINE_FAULTS - 2);
}

/* ---- turns --------------------------------------------------------------- */

/* Complete the request that was just sent, which must be this SIZE. */
static void turn_of(struct pumped *p, u8 channel)
{
	expect_sent(&p->f, p->f.seq, channel, 0, OMV_OP_SIZE, 0);
	expect_nothing_sent(&p->f);
	answer_u32(&p->f, channel, OMV_OP_SIZE, 1);
}

/* The requests of a frame and many others take turns; each kind keeps its order. */
static void turns(void **state)
{
	struct pumped *p = *state;
	struct box ordinary[4], early[3], urgent;
	u32 i;

	for (i = 0; i < 4; i++)
		box_size(&ordinary[i], &p->f, 10 + i);
	for (i = 0; i < 3; i++) {
		box_make(&early[i], &p->f, OMV_OP_SIZE, 20 + i, 0, 0, 4);
		early[i].req.early = true;
		assert_int_equal(box_submit(&early[i]), 0);
	}
	box_make(&urgent, &p->f, OMV_OP_SIZE, 30, 0, 0, 4);
	urgent.req.urgent = true;
	assert_int_equal(box_submit(&urgent), 0);
	turn_of(p, 10);
	turn_of(p, 30);
	turn_of(p, 20);
	turn_of(p, 11);
	turn_of(p, 21);
	turn_of(p, 12);
	turn_of(p, 22);
	turn_of(p, 13);
	expect_nothing_sent(&p->f);
	for (i = 0; i < 4; i++)
		box_free(&ordinary[i]);
	for (i = 0; i < 3; i++)
		box_free(&early[i]);
	box_free(&urgent);
}

/* Sixteen parts of documents are waiting: a frame waits for one of them. */
static void many_parts_wait(void **state)
{
	struct pumped *p = *state;
	struct box parts[16];
	u8 data[10] = { 0 };
	u32 i;

	start(p);
	for (i = 0; i < 16; i++)
		box_read(&parts[i], &p->f, CONFIG, sizeof(data));
	expect_sent(&p->f, p->f.seq, CONFIG, 0, OMV_OP_READ, 8);
	event(p);
	answer(&p->f, CONFIG, 0, OMV_OP_READ, data, sizeof(data));
	expect_sent(&p->f, p->f.seq, FRAME, 0, OMV_OP_SIZE, 0);
	size_is(p, SIZE);
	read_sent(p, SIZE);
	fragments(p, 1, 0, PACKETS);
	expect_done(p, 0, 1, SIZE);
	for (i = 1; i < 16; i++) {
		expect_sent(&p->f, p->f.seq, CONFIG, 0, OMV_OP_READ, 8);
		answer(&p->f, CONFIG, 0, OMV_OP_READ, data, sizeof(data));
	}
	quiet(p);
	for (i = 0; i < 16; i++) {
		expect_result(&parts[i], 0);
		box_free(&parts[i]);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown_pump)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(event_at_each_packet),
		TEST(event_in_the_same_transfer),
		TEST(expected_size_is_doubtful),
		TEST(expected_after_a_failure),
		TEST(not_expected_while_others_wait),
		TEST(pipelining_is_off),
		TEST(packets_are_not_full),
		TEST(another_request_waits),
		TEST(another_request_waits_behind),
		TEST(another_request_comes),
		TEST(list_is_due),
		TEST(event_after_size),
		TEST(events_before_size),
		TEST(read_fails),
		TEST(more_packets_than_predicted),
		TEST(size_is_0),
		TEST(size_is_refused),
		TEST(buffer_comes_late),
		TEST(frame_is_too_old),
		TEST(frame_is_too_big),
		TEST(frame_is_skipped),
		TEST(stopped_at_each_packet),
		TEST(stopped_and_refused),
		TEST(no_response),
		TEST(faults_are_forgotten),
		TEST(turns),
		TEST(many_parts_wait),
	};

	return cmocka_run_group_tests_name("early", tests, NULL, NULL);
}
