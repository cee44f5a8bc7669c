/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A pump on the host end of host_fixture.h, and the results of its frames.
 */
#ifndef PUMP_FIXTURE_H
#define PUMP_FIXTURE_H

#include "host_fixture.h"

#include "../../driver/core/omv_pump.h"

#define ROOM		1000
#define MAX_FRAMES	32

struct pumped {
	struct fixture f;
	struct omv_pump pump;
	u8 *buf;		/* ROOM bytes */
	bool has_buffer;
	bool lent;
	bool skip;
	u64 stamps;
	unsigned int count;
	unsigned int seen;
	struct {
		struct omv_frame frame;
		enum omv_pump_result result;
		bool had_buf;
		u32 size;
	} frames[MAX_FRAMES];
};

static u64 pump_stamp(void *ctx, bool *skip)
{
	struct pumped *p = ctx;

	*skip = p->skip;
	return 7000 + p->stamps++;
}

static void *pump_buffer(void *ctx, u32 *room)
{
	struct pumped *p = ctx;

	assert_false(p->lent);
	if (!p->has_buffer)
		return NULL;
	p->lent = true;
	*room = ROOM;
	return p->buf;
}

static void pump_frame(void *ctx, const struct omv_frame *frame,
		       enum omv_pump_result result, void *buf, u32 size)
{
	struct pumped *p = ctx;

	assert_true(p->count < MAX_FRAMES);
	p->frames[p->count].frame = *frame;
	p->frames[p->count].result = result;
	p->frames[p->count].had_buf = buf;
	p->frames[p->count++].size = size;
	if (buf) {
		assert_true(p->lent);
		assert_ptr_equal(buf, p->buf);
		p->lent = false;
	}
}

static const struct omv_pump_ops pump_ops = {
	.stamp = pump_stamp,
	.buffer = pump_buffer,
	.frame = pump_frame,
};

static void pump_on_event(struct fixture *f, u8 channel, u16 value)
{
	struct pumped *p = container_of(f, struct pumped, f);

	if (channel == p->pump.channel)
		omv_pump_event(&p->pump, f->now);
}

/* Handle a link event like the driver. */
static void pump_on_link(struct fixture *f, enum omv_link_event link)
{
	struct pumped *p = container_of(f, struct pumped, f);

	if (link != OMV_LINK_DOWN)
		return;
	omv_pump_stop(&p->pump, p->f.now);
	p->lent = false;
}

static inline int setup_pump_with(void **state, u16 max_payload)
{
	struct pumped *p = calloc(1, sizeof(*p));

	p->f.now = START_MS;
	p->f.max_payload = max_payload;
	p->f.on_event = pump_on_event;
	p->buf = malloc(ROOM);
	p->has_buffer = true;
	omv_host_init(&p->f.host, &fixture_ops, &p->f);
	omv_pump_init(&p->pump, &p->f.host, &pump_ops, p);
	connect_camera(&p->f);
	*state = p;
	return 0;
}

static inline int setup_pump(void **state)
{
	return setup_pump_with(state, 4082);
}

static inline int teardown_pump(void **state)
{
	struct pumped *p = *state;

	omv_pump_stop(&p->pump, p->f.now);
	omv_host_stop(&p->f.host);
	free(p->buf);
	free(p);
	return 0;
}

/* ---- packets and results ----------------------------------------------- */

static inline void advance_both(struct pumped *p, u64 ms)
{
	struct fixture *f = &p->f;
	u64 end = f->now + ms;

	while (omv_pump_deadline(&p->pump) <= end) {
		assert_true(omv_pump_deadline(&p->pump) >= f->now);
		advance(f, omv_pump_deadline(&p->pump) - f->now);
		omv_pump_tick(&p->pump, f->now);
		assert_true(omv_pump_deadline(&p->pump) > f->now);
	}
	advance(f, end - f->now);
}

static inline void expect_frame(struct pumped *p, u32 sequence,
				enum omv_pump_result result, bool had_buf,
				u32 size)
{
	assert_true(p->seen < p->count);
	assert_int_equal(p->frames[p->seen].frame.sequence, sequence);
	assert_int_equal(p->frames[p->seen].frame.stamp, 7000 + sequence);
	assert_int_equal(p->frames[p->seen].result, result);
	assert_int_equal(p->frames[p->seen].had_buf, had_buf);
	assert_int_equal(p->frames[p->seen].size, size);
	p->seen++;
}

static inline void expect_done(struct pumped *p, u32 sequence, u8 fill, u32 size)
{
	u32 i;

	expect_frame(p, sequence, OMV_PUMP_DONE, true, size);
	for (i = 0; i < size; i++)
		assert_int_equal(p->buf[i], fill);
}

static inline void expect_no_frame(const struct pumped *p)
{
	assert_int_equal(p->seen, p->count);
}

static inline void quiet(struct pumped *p)
{
	expect_nothing_sent(&p->f);
	expect_no_frame(p);
	expect_no_link(&p->f);
}

#endif /* PUMP_FIXTURE_H */
