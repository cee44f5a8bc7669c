// SPDX-License-Identifier: GPL-2.0-only
/*
 * Detection of the format of channels, tested with a scripted camera: of a script's frame
 * channel (12.3), of "stream" (10, 12.4), and with interruptions.
 */
#include "detect_fixture.h"

#define JPEG_LOG	"RAW0 ON1 LOCK SIZE READ UNLOCK"
#define RAW_LOG(size)	"CFG" size " RAW1 ON1 LOCK SIZE READ UNLOCK"
#define OFF_LOG		"RAW0 ON0"

static struct omv_input *input(struct detected *p)
{
	return omv_detect_input(&p->d);
}

/* ---- a script's own channel -------------------------------------------- */

static void frame_jpeg(void **state)
{
	struct detected *p = *state;

	start(p);
	run_steps(p, 0);
	assert_true(omv_detect_is_busy(&p->d));
	run(p, 100);
	expect_log(p, "SIZE READ531");
	expect_idle(p);
	expect_picture(&p->d.picture, OMV_PIX_JPEG, 320, 240);
	expect_picture(&input(p)->picture, OMV_PIX_JPEG, 320, 240);
	assert_true(input(p)->signal);
	assert_false(input(p)->has_header);
	assert_int_equal(p->changed, 1);
	assert_int_equal(p->idle, 1);
	/* The detection is not repeated. */
	run(p, 100000);
	expect_log(p, "");
}

/* Only the necessary part of a large frame is read. */
static void frame_large(void **state)
{
	struct detected *p = *state;

	p->cam.size = make_jpeg(p->cam.image, 320, 240, true, 5000);
	start(p);
	run(p, 100);
	expect_log(p, "SIZE READ4096");
	expect_picture(&p->d.picture, OMV_PIX_JPEG, 320, 240);
}

/* A segment of @len bytes, with its marker; filled with an EOI and 0x5a. */
static u32 make_segment(u8 *buf, u8 marker, u32 len)
{
	memset(buf, 0x5a, len);
	put16(buf, 0xff00 | marker);
	put16(buf + 2, len - 2);
	if (len >= 6)
		put16(buf + len - 2, 0xffd9);
	return len;
}

/* @n segments of @len bytes before what make_jpeg() makes. Return: bytes */
static u32 make_long_jpeg(u8 *buf, u16 width, u16 height, u32 n, u32 len)
{
	u32 at = put16(buf, 0xffd8), i, size;
	u8 jpeg[400];

	for (i = 0; i < n; i++)
		at += make_segment(buf + at, i % 2 ? 0xfe : 0xe1, len);
	size = make_jpeg(jpeg, width, height, true, 300);
	memcpy(buf + at, jpeg + 2, size - 2);
	return at + size - 2;
}

/* The size is behind a thumbnail: a READ there, and nothing of what is in between. */
static void frame_thumbnail(void **state)
{
	struct detected *p = *state;

	p->cam.size = make_long_jpeg(p->cam.image, 1600, 1200, 1, 12000);
	start(p);
	run(p, 100);
	expect_log(p, "SIZE READ4096 SIZE READ329@12002");
	expect_idle(p);
	expect_picture(&p->d.picture, OMV_PIX_JPEG, 1600, 1200);
	assert_true(input(p)->signal);
	assert_int_equal(p->changed, 1);
	assert_int_equal(p->idle, 1);
	/* Another time it begins at the beginning. */
	give_event(&p->f, 1, 1);
	run(p, 1000);
	expect_log(p, "SIZE READ4096 SIZE READ329@12002");
}

/* A colour profile: as many segments as there may be READs. */
static void frame_long_segments(void **state)
{
	struct detected *p = *state;

	p->cam.size = make_long_jpeg(p->cam.image, 640, 480, 4, 65537);
	start(p);
	run(p, 100);
	expect_log(p, "SIZE READ4096 SIZE READ4096@65539 SIZE READ4096@131076 "
		   "SIZE READ4096@196613 SIZE READ329@262150");
	expect_picture(&p->d.picture, OMV_PIX_JPEG, 640, 480);
}

/* Those that fit in a READ are skipped together, and the one that is cut begins the next. */
static void frame_short_segments(void **state)
{
	struct detected *p = *state;

	p->cam.size = make_long_jpeg(p->cam.image, 640, 480, 2000, 6);
	start(p);
	run(p, 100);
	expect_log(p, "SIZE READ4096 SIZE READ4096@4094 SIZE READ4096@8192");
	expect_picture(&p->d.picture, OMV_PIX_JPEG, 640, 480);
}

/* SOF at each place around the end of the first READ. */
static void frame_cut_sof(void **state)
{
	struct detected *p;
	void *mine;
	u32 len;

	for (len = 4060; len < 4100; len++) {
		setup_detect(&mine);
		p = mine;
		p->cam.size = make_long_jpeg(p->cam.image, 64, 48, 1, len);
		start(p);
		run(p, 100);
		expect_picture(&p->d.picture, OMV_PIX_JPEG, 64, 48);
		/* 13 bytes, behind SOI and APP1. */
		assert_int_equal(p->cam.requests, len + 2 + 13 <= 4096 ? 2 : 4);
		teardown_detect(&mine);
	}
}

/* There is an end to it. */
static void frame_endless_segments(void **state)
{
	struct detected *p = *state;

	p->cam.size = make_long_jpeg(p->cam.image, 640, 480, 40000, 6);
	start(p);
	run(p, 1000);
	/* Each READ has its SIZE, and SHAPE is the last hope. */
	assert_int_equal(p->cam.requests, 2 * OMV_DETECT_READS + 1);
	assert_false(input(p)->signal);
	expect_picture(&p->d.picture, 0, 0, 0);
	expect_idle(p);
	/* What comes last is no header, only because it looks like one. */
	make_header(p->cam.image + p->d.offset, OMV_PIX_GRAYSCALE, 40, 30, 1, 32);
	p->cam.requests = 0;
	p->cam.log[0] = 0;
	give_event(&p->f, FRAME, 1);
	run(p, 1000);
	assert_int_equal(p->cam.requests, 2 * OMV_DETECT_READS + 1);
	assert_false(input(p)->signal);
}

/* What a length says leads out of the frame, or just to its end. */
static void frame_segment_too_long(void **state)
{
	struct detected *p;
	void *mine;
	int off;

	for (off = -3; off <= 1; off++) {
		setup_detect(&mine);
		p = mine;
		put16(p->cam.image, 0xffd8);
		make_segment(p->cam.image + 2, 0xe1, 20000);
		p->cam.size = 20002 + off;
		start(p);
		run(p, 100);
		expect_log(p, "SIZE READ4096 SIZE SHAPE");
		assert_false(input(p)->signal);
		teardown_detect(&mine);
	}
}

/* A SOF that is longer than any can be is read once. */
static void frame_long_sof(void **state)
{
	struct detected *p = *state;

	p->cam.size = make_long_jpeg(p->cam.image, 640, 480, 1, 12000);
	put16(p->cam.image + 12004, 20000);
	p->cam.size = 20000;
	start(p);
	run(p, 100);
	expect_log(p, "SIZE READ4096 SIZE READ4096@12002 SHAPE");
	assert_false(input(p)->signal);
}

/* The script runs in between, and has another frame then: of another size, or of the same. */
static void frame_changes(void **state)
{
	static const u32 lens[] = { 12000, 12001, 9000, 7 };
	static u8 next[20000];
	struct detected *p;
	unsigned int i, in;
	void *mine;

	for (i = 0; i < 4 * ARRAY_SIZE(lens); i++) {
		in = 1 + i % 4;
		setup_detect(&mine);
		p = mine;
		p->cam.size = make_long_jpeg(p->cam.image, 640, 480, 1, 12000);
		p->cam.next = next;
		p->cam.next_size = make_long_jpeg(next, 320, 240, 1,
						  lens[i / 4]);
		/* SOF is elsewhere, in a frame as long as the first one. */
		if (!(i / 4)) {
			memset(next, 0xff, 60);
			make_long_jpeg(next, 320, 240, 1, 11990);
		}
		p->cam.next_in = in;
		start(p);
		/* A READ that the size just before does not allow is the fixture's to see. */
		if (in == 1 || in == 3)
			p->cam.next_size = p->cam.size;
		run(p, 100);
		expect_idle(p);
		assert_true(input(p)->signal);
		if (in == 4)
			expect_picture(&p->d.picture, OMV_PIX_JPEG, 640, 480);
		else
			expect_picture(&p->d.picture, OMV_PIX_JPEG, 320, 240);
		teardown_detect(&mine);
	}
}

/* It is away in between. */
static void frame_vanishes(void **state)
{
	struct detected *p = *state;

	p->cam.size = make_long_jpeg(p->cam.image, 640, 480, 1, 12000);
	p->cam.next = p->cam.image;
	p->cam.next_in = 2;
	start(p);
	run(p, 100);
	expect_log(p, "SIZE READ4096 SIZE");
	assert_false(input(p)->signal);
	/* The next event starts again, from the beginning. */
	p->cam.size = make_long_jpeg(p->cam.image, 640, 480, 1, 12000);
	give_event(&p->f, FRAME, 1);
	run(p, 600);
	expect_log(p, "SIZE READ4096 SIZE READ329@12002");
	assert_true(input(p)->signal);
}

static void frame_header(void **state)
{
	struct detected *p = *state;

	make_header(p->cam.image, OMV_PIX_RGB565, 40, 30, 2, 32);
	p->cam.size = 32 + 2400;
	start(p);
	run(p, 100);
	expect_log(p, "SIZE READ2431");
	expect_picture(&p->d.picture, OMV_PIX_RGB565, 40, 30);
	assert_true(input(p)->has_header);
	/* 20 frames per second, with rounding. */
	assert_true(input(p)->rate.interval > 49999000);
	assert_true(input(p)->rate.interval <= 50000000);
}

/* The measured rate has priority over that of the header. */
static void frame_header_measured(void **state)
{
	struct detected *p = *state;

	make_header(p->cam.image, OMV_PIX_RGB565, 40, 30, 2, 32);
	p->cam.size = 32 + 2400;
	p->d.inputs[0].rate.interval = 12345678;
	start(p);
	run(p, 100);
	assert_true(input(p)->rate.interval == 12345678);
}

/* A header with an unsupported format: SHAPE is not needed. */
static void frame_header_unknown(void **state)
{
	struct detected *p = *state;

	make_header(p->cam.image, OMV_PIX_PNG, 40, 30, 2, 32);
	p->cam.size = 32 + 2400;
	start(p);
	run(p, 100);
	expect_log(p, "SIZE READ2431 SHAPE");
	assert_false(input(p)->signal);
}

static void frame_shape(void **state)
{
	struct detected *p = *state;

	give_shape(p, 30, 40, 2);
	start(p);
	run(p, 100);
	expect_log(p, "SIZE READ2399 SHAPE");
	expect_picture(&p->d.picture, OMV_PIX_RGB565, 40, 30);
	assert_true(input(p)->signal);
	assert_false(input(p)->has_header);
}

/* A tuple of any length: bytes after the fourth value are garbage. */
static void frame_shape_long(void **state)
{
	struct detected *p = *state;

	give_shape(p, 30, 40, 2);
	p->cam.shape_len = 64;
	start(p);
	run(p, 100);
	expect_picture(&p->d.picture, OMV_PIX_RGB565, 40, 30);
}

static void frame_shape_wrong(void **state)
{
	struct detected *p = *state;

	give_shape(p, 30, 40, 2);
	p->cam.shape[0] = 31;
	start(p);
	run(p, 100000);
	expect_log(p, "SIZE READ2399 SHAPE");
	expect_idle(p);
	assert_false(input(p)->signal);
	/* The channel is there, so there is a signal as far as V4L2 is concerned. */
	assert_true(omv_detect_has_signal(&p->d, INPUT_FRAME, false));
	expect_picture(&p->d.picture, 0, 0, 0);
	assert_int_equal(p->changed, 0);
	assert_int_equal(p->idle, 1);
}

/* A further node asks SHAPE first: a raw frame is not read. */
static void shape_first(void **state)
{
	struct detected *p = *state;

	omv_detect_set_shape_first(&p->d);
	give_shape(p, 30, 40, 2);
	start(p);
	run(p, 100);
	expect_log(p, "SIZE SHAPE");
	expect_picture(&p->d.picture, OMV_PIX_RGB565, 40, 30);
	/* A JPEG is found all the same, with a SHAPE that does not match, */
	give_jpeg(p, 320, 240);
	p->cam.shape_len = 3;
	omv_detect_again(&p->d, p->f.now);
	run(p, 100);
	expect_log(p, "SIZE SHAPE SIZE READ531");
	expect_picture(&p->d.picture, OMV_PIX_JPEG, 320, 240);
	/* or without shape(). */
	p->cam.nak_opcode = OMV_OP_SHAPE;
	p->cam.nak_status = OMV_ST_INVALID;
	give_jpeg(p, 160, 120);
	omv_detect_again(&p->d, p->f.now);
	run(p, 100);
	expect_log(p, "SIZE NAK SIZE READ531");
	expect_picture(&p->d.picture, OMV_PIX_JPEG, 160, 120);
	/* Anything else is asked once. */
	memset(p->cam.image, 1, 3000);
	p->cam.size = 3000;
	omv_detect_again(&p->d, p->f.now);
	run(p, 100000);
	expect_log(p, "SIZE NAK SIZE READ2999 NAK");
	expect_idle(p);
}

/* The content may have changed in the midst of a stream: that is detected after its end. */
static void again_streaming(void **state)
{
	struct detected *p = *state;

	give_shape(p, 30, 40, 2);
	attach(p);
	omv_detect_set_allocated(&p->d, true, p->f.now);
	omv_detect_stream_on(&p->d, p->f.now);
	give_shape(p, 40, 40, 2);
	omv_detect_again(&p->d, p->f.now);
	run(p, 1000);
	expect_log(p, "");
	expect_picture(&p->d.picture, OMV_PIX_RGB565, 40, 30);
	omv_detect_stream_off(&p->d, false, p->f.now);
	omv_detect_set_allocated(&p->d, false, p->f.now);
	run(p, 1000);
	expect_picture(&p->d.picture, OMV_PIX_RGB565, 40, 40);
}

/* Slightly more than 16 MiB, so the shape is ignored. */
static void frame_shape_too_large(void **state)
{
	struct detected *p = *state;

	give_shape(p, 4097, 4096, 1);
	start(p);
	run(p, 100);
	expect_log(p, "SIZE READ4096 SHAPE");
	assert_false(input(p)->signal);
	p->cam.size = p->cam.shape[0] = 4096;
	p->cam.size *= 4096;
	give_event(&p->f, FRAME, 1);
	run(p, 600);
	assert_true(input(p)->signal);
}

static void frame_header_too_large(void **state)
{
	struct detected *p = *state;

	make_header(p->cam.image, OMV_PIX_JPEG, 640, 480, OMV_MAX_PICTURE + 1,
		    32);
	p->cam.size = OMV_MAX_PICTURE + 100;
	start(p);
	run(p, 100);
	expect_log(p, "SIZE READ4096 SHAPE");
	assert_false(input(p)->signal);
}

/* A READ has at least one byte, which would be the end of a frame of one byte. */
static void frame_tiny(void **state)
{
	struct detected *p = *state;
	u32 size;

	start(p);
	for (size = 0; size < 3; size++) {
		p->cam.size = size;
		if (size)
			give_event(&p->f, FRAME, 1);
		run(p, 600);
		assert_false(input(p)->signal);
		expect_idle(p);
		expect_log(p, size < 2 ? "SIZE" : "SIZE READ1 SHAPE");
		assert_int_equal(p->d.result, -ENODATA);
	}
}

/* An event of a channel that was not recognized restarts the detection. */
static void frame_event(void **state)
{
	struct detected *p = *state;

	p->cam.size = 0;
	attach(p);
	give_jpeg(p, 160, 120);
	give_event(&p->f, FRAME, 1);
	assert_int_equal(p->d.state, OMV_DETECT_WAIT);
	assert_false(omv_detect_is_busy(&p->d));
	run(p, OMV_DETECT_EVENT_MS - 1);
	expect_log(p, "");
	run(p, 1);
	expect_log(p, "SIZE READ531");
	expect_picture(&p->d.picture, OMV_PIX_JPEG, 160, 120);
	assert_true(input(p)->signal);
	/* Further events have no effect. */
	give_event(&p->f, FRAME, 1);
	run(p, 10000);
	expect_log(p, "");
}

/* An event storm of a channel that is not recognized. */
static void event_storm(void **state)
{
	struct detected *p = *state;
	unsigned int i;

	p->cam.size = 0;
	attach(p);
	p->cam.requests = 0;
	for (i = 0; i < 10000; i++) {
		give_event(&p->f, FRAME, 1);
		give_event(&p->f, 2, OMV_EV_NOTIFY);
		if (i % 2)
			give_event(&p->f, 1, i % 4 == 1);
		run(p, 1);
	}
	assert_true(p->cam.requests >= 19);
	assert_true(p->cam.requests <= 21);
}

/* The same with start events of scripts, on "stream": there is a pause in between. */
static void event_storm_on_stream(void **state)
{
	struct detected *p = *state;
	unsigned int i, busy = 0;

	p->cam.frame_id = 0;
	p->cam.busy = 1000;
	attach(p);
	for (i = 0; i < 10000; i++) {
		give_event(&p->f, 1, 1);
		run(p, 1);
		busy += omv_detect_is_busy(&p->d);
	}
	assert_true(busy > 4000);
	assert_true(busy < 6000);
	assert_true(p->idle >= 9);
}

/* The earliest of several deadlines counts. */
static void event_soonest(void **state)
{
	struct detected *p = *state;

	p->cam.frame_id = 0;
	p->cam.busy = 1000;
	attach(p);
	/* After 500 ms of LOCKs, the second attempt in 1000 ms. */
	assert_int_equal(p->d.state, OMV_DETECT_WAIT);
	assert_true(p->d.wake < p->f.now);
	give_event(&p->f, 1, 1);
	assert_true(omv_detect_deadline(&p->d) <= p->f.now + 500);
	give_event(&p->f, 1, 1);
	run(p, 250);
	give_event(&p->f, 1, 1);
	assert_true(omv_detect_deadline(&p->d) <= p->f.now + 250);
}

/* Events of other channels have no effect. */
static void event_of_others(void **state)
{
	struct detected *p = *state;

	p->cam.size = 0;
	attach(p);
	give_event(&p->f, 2, OMV_EV_NOTIFY);
	give_event(&p->f, STREAM, OMV_EV_NOTIFY);
	run(p, 10000);
	expect_log(p, "");
}

/* The start of a script invalidates the detected format. */
static void stdin_event(void **state)
{
	struct detected *p = *state;

	attach(p);
	p->d.inputs[INPUT_STREAM].signal = true;
	give_jpeg(p, 160, 120);
	give_event(&p->f, 1, 1);
	assert_false(p->d.inputs[INPUT_FRAME].signal);
	assert_false(p->d.inputs[INPUT_STREAM].signal);
	run(p, OMV_DETECT_EVENT_MS - 1);
	expect_log(p, "");
	run(p, 1);
	expect_log(p, "SIZE READ531");
	expect_picture(&p->d.picture, OMV_PIX_JPEG, 160, 120);
	assert_int_equal(p->changed, 1);
}

static bool has_signal(const struct detected *p, unsigned int index)
{
	return omv_detect_has_signal(&p->d, index, false);
}

/* main.py was stopped: its channels stay, and answer, but nobody refreshes them (T-23). */
static void script_ended(void **state)
{
	struct detected *p = *state;

	attach(p);
	assert_true(has_signal(p, INPUT_FRAME));
	give_event(&p->f, 1, 1);
	assert_true(has_signal(p, INPUT_FRAME));
	run(p, 1000);
	expect_log(p, "SIZE READ531");
	give_event(&p->f, 1, 0);
	assert_false(has_signal(p, INPUT_FRAME));
	/* What is still latched is recognized, and is no signal. */
	run(p, 10000);
	expect_log(p, "SIZE READ531");
	expect_picture(&p->d.picture, OMV_PIX_JPEG, 320, 240);
	assert_true(input(p)->signal);
	assert_false(has_signal(p, INPUT_FRAME));
	/* Another script has begun, and may have no such channel. */
	give_event(&p->f, 1, 1);
	run(p, 1000);
	assert_false(has_signal(p, INPUT_FRAME));
	/* Events of others, also of the other input. */
	give_event(&p->f, 2, OMV_EV_NOTIFY);
	give_event(&p->f, STREAM, OMV_EV_NOTIFY);
	assert_false(has_signal(p, INPUT_FRAME));
	give_event(&p->f, FRAME, 1);
	assert_true(has_signal(p, INPUT_FRAME));
}

/* Also if it is not the selected input. */
static void script_ended_other_input(void **state)
{
	struct detected *p = *state;

	attach(p);
	omv_detect_select(&p->d, INPUT_STREAM, p->f.now);
	run(p, 1000);
	give_event(&p->f, 1, 0);
	run(p, 1000);
	assert_false(has_signal(p, INPUT_FRAME));
	assert_true(has_signal(p, INPUT_STREAM));
	give_event(&p->f, FRAME, 1);
	assert_true(has_signal(p, INPUT_FRAME));
}

/* A script registers its channel: that is as good as it was. */
static void script_ended_channel_returns(void **state)
{
	struct detected *p = *state;

	attach(p);
	give_event(&p->f, 1, 0);
	assert_false(has_signal(p, INPUT_FRAME));
	p->cam.frame_id = 0;
	give_table(p);
	run(p, 1000);
	assert_false(has_signal(p, INPUT_FRAME));
	p->cam.frame_id = FRAME + 1;
	give_table(p);
	assert_true(has_signal(p, INPUT_FRAME));
}

static void script_ended_streaming(void **state)
{
	struct detected *p = *state;

	attach(p);
	omv_detect_stream_on(&p->d, p->f.now);
	give_event(&p->f, 1, 0);
	assert_false(has_signal(p, INPUT_FRAME));
	omv_detect_announced(&p->d);
	assert_true(has_signal(p, INPUT_FRAME));
}

/* The pump tells that nothing comes; what was so at the end of the stream stays so. */
static void silent_stream(void **state)
{
	struct detected *p = *state;

	attach(p);
	/* There is no stream. */
	assert_true(omv_detect_has_signal(&p->d, INPUT_FRAME, true));
	omv_detect_stream_off(&p->d, true, p->f.now);
	assert_true(has_signal(p, INPUT_FRAME));

	omv_detect_stream_on(&p->d, p->f.now);
	p->d.inputs[INPUT_STREAM].signal = true;
	assert_true(has_signal(p, INPUT_FRAME));
	assert_false(omv_detect_has_signal(&p->d, INPUT_FRAME, true));
	assert_true(omv_detect_has_signal(&p->d, INPUT_STREAM, true));
	omv_detect_stream_off(&p->d, false, p->f.now);
	assert_true(has_signal(p, INPUT_FRAME));
	omv_detect_stream_on(&p->d, p->f.now);
	omv_detect_stream_off(&p->d, true, p->f.now);
	assert_false(has_signal(p, INPUT_FRAME));
	omv_detect_stream_on(&p->d, p->f.now);
	assert_false(has_signal(p, INPUT_FRAME));
	omv_detect_announced(&p->d);
	assert_true(has_signal(p, INPUT_FRAME));
	assert_int_equal(p->changed, 0);
}

/* Of the preview the next detection tells, because it captures a new frame. */
static void silent_preview(void **state)
{
	struct detected *p = *state;

	p->cam.frame_id = 0;
	attach(p);
	omv_detect_stream_on(&p->d, p->f.now);
	assert_true(has_signal(p, INPUT_STREAM));
	assert_false(omv_detect_has_signal(&p->d, INPUT_STREAM, true));
	omv_detect_stream_off(&p->d, true, p->f.now);
	assert_true(has_signal(p, INPUT_STREAM));
	give_event(&p->f, 1, 0);
	assert_false(has_signal(p, INPUT_STREAM));
	run(p, 1000);
	assert_true(has_signal(p, INPUT_STREAM));
}

/* And registers a channel, before it captures: that does not take the place of the rest. */
static void stdin_event_and_channel(void **state)
{
	struct detected *p = *state;

	attach(p);
	give_event(&p->f, 1, 1);
	p->cam.size = 0;
	run(p, 50);
	p->cam.extra = true;
	give_table(p);
	run(p, 50);
	expect_log(p, "SIZE");
	give_jpeg(p, 160, 120);
	run(p, 1000);
	expect_log(p, "SIZE READ531");
	expect_idle(p);
}

/* Refused at each step. */
static void frame_refused(void **state)
{
	static const u8 opcodes[] = { OMV_OP_SIZE, OMV_OP_READ, OMV_OP_SHAPE };
	static const char *const logs[] = { "NAK", "SIZE NAK",
					    "SIZE READ2399 NAK" };
	struct detected *p = *state;
	unsigned int i;

	give_shape(p, 30, 40, 2);
	for (i = 0; i < 3; i++) {
		p->cam.nak_opcode = opcodes[i];
		p->cam.nak_status = i ? OMV_ST_FAILED : OMV_ST_TIMEOUT;
		if (i)
			give_event(&p->f, FRAME, 1);
		else
			start(p);
		run(p, 600);
		expect_log(p, logs[i]);
		expect_idle(p);
		assert_false(input(p)->signal);
		/* A NAK with status TIMEOUT is a response. */
		assert_int_equal(p->d.nr_timeouts, 0);
	}
}

/* ---- "stream" ---------------------------------------------------------- */

static void stream_raw(void **state)
{
	struct detected *p = *state;

	p->cam.frame_id = 0;
	start(p);
	run(p, 1000);
	expect_log(p, JPEG_LOG " " RAW_LOG("640x480") " " OFF_LOG);
	expect_idle(p);
	assert_int_equal(p->d.input, INPUT_STREAM);
	expect_picture(&p->d.picture, OMV_PIX_JPEG, 640, 480);
	expect_picture(&input(p)->picture, OMV_PIX_JPEG, 640, 480);
	expect_picture(&input(p)->raw, OMV_PIX_GRAYSCALE, 640, 480);
	assert_true(input(p)->signal);
	assert_true(input(p)->has_header);
	assert_true(omv_detect_has_signal(&p->d, INPUT_STREAM, false));
	assert_false(omv_detect_has_signal(&p->d, INPUT_FRAME, false));
	assert_false(omv_detect_has_signal(&p->d, 2, false));
	assert_true(input(p)->rate.interval > 49999000);
	assert_int_equal(p->changed, 1);
	assert_int_equal(p->idle, 1);
}

static void stream_raw_half(void **state)
{
	struct detected *p = *state;

	p->cam.frame_id = 0;
	p->cam.raw_fits = 639;
	start(p);
	run(p, 1000);
	expect_log(p, JPEG_LOG " " RAW_LOG("640x480") " " RAW_LOG("320x240") " "
		   OFF_LOG);
	expect_picture(&input(p)->raw, OMV_PIX_GRAYSCALE, 320, 240);
	expect_picture(&input(p)->picture, OMV_PIX_JPEG, 640, 480);
}

static void stream_raw_quarter(void **state)
{
	struct detected *p = *state;

	p->cam.frame_id = 0;
	p->cam.raw_fits = 160;
	start(p);
	run(p, 1000);
	expect_log(p, JPEG_LOG " " RAW_LOG("640x480") " " RAW_LOG("320x240") " "
		   RAW_LOG("160x120") " " OFF_LOG);
	expect_picture(&input(p)->raw, OMV_PIX_GRAYSCALE, 160, 120);
}

/* Like a Bayer sensor whose pictures are always compressed. */
static void stream_no_raw(void **state)
{
	struct detected *p = *state;

	p->cam.frame_id = 0;
	p->cam.pixfmt = 0;
	start(p);
	run(p, 1000);
	expect_log(p, JPEG_LOG " " RAW_LOG("640x480") " " RAW_LOG("320x240") " "
		   RAW_LOG("160x120") " " OFF_LOG);
	expect_picture(&input(p)->raw, 0, 0, 0);
	assert_true(input(p)->signal);
}

/* A width that cannot be halved. */
static void stream_narrow(void **state)
{
	struct detected *p = *state;

	p->cam.frame_id = 0;
	p->cam.pixfmt = 0;
	p->cam.width = 1;
	start(p);
	run(p, 1000);
	expect_log(p, JPEG_LOG " " RAW_LOG("1x480") " " OFF_LOG);
	assert_true(input(p)->signal);
}

/* The camera responds with BUSY while there is no frame (T-16). */
static void stream_busy(void **state)
{
	struct detected *p = *state;
	u64 at;

	p->cam.frame_id = 0;
	p->cam.busy = OMV_DETECT_LOCKS - 1;
	p->cam.pixfmt = 0;
	p->d.attempts = 3;
	start(p);
	run_steps(p, 0);
	at = p->f.now;
	run_steps(p, 1000);
	expect_idle(p);
	assert_true(input(p)->signal);
	/* Four times: for JPEG and each raw size. */
	assert_true(p->f.now - at ==
		    4 * OMV_DETECT_LOCKS * OMV_DETECT_LOCK_MS);
	assert_int_equal(p->d.attempts, 0);
}

/* Attempts become less frequent and end. */
static void stream_no_frame(void **state)
{
	static const u64 waits[] = { 0, 1000, 2000, 4000, 8000 };
	struct detected *p = *state;
	unsigned int i, lock;
	u64 at = 0;

	p->cam.frame_id = 0;
	p->cam.busy = 1000;
	start(p);
	run_steps(p, 0);
	for (i = 0; i < ARRAY_SIZE(waits); i++) {
		if (i) {
			assert_int_equal(p->d.state, OMV_DETECT_WAIT);
			assert_true(p->d.due == at + waits[i]);
			run(p, p->d.due - p->f.now);
		}
		run_steps(p, 1000);
		assert_false(omv_detect_is_busy(&p->d));
		assert_int_equal(p->idle, i + 1);
		at = p->f.now;
		assert_false(input(p)->signal);
		assert_memory_equal(p->cam.log, "RAW0 ON1", 8);
		for (lock = 0; lock < OMV_DETECT_LOCKS; lock++)
			assert_memory_equal(p->cam.log + 8 + 5 * lock, " LOCK",
					    5);
		assert_string_equal(p->cam.log + 8 + 5 * lock, " " OFF_LOG);
		p->cam.log[0] = 0;
	}
	expect_idle(p);
	run(p, 100000);
	expect_log(p, "");

	/* The start of a script begins them again. */
	give_event(&p->f, 1, 1);
	p->cam.busy = 3;
	run(p, 2000);
	assert_true(input(p)->signal);
	expect_idle(p);
}

/* NOTIFY events that the detection causes itself must not restart it. */
static void stream_own_events(void **state)
{
	struct detected *p = *state;
	unsigned int i;

	p->cam.frame_id = 0;
	start(p);
	run_steps(p, 0);
	for (i = 0; step_of(p) != STEP_NONE; i++) {
		give_event(&p->f, STREAM, OMV_EV_NOTIFY);
		run_steps(p, 1);
	}
	assert_true(i > 10);
	expect_idle(p);
}

static void stream_bad_size(void **state)
{
	static const u32 sizes[] = { 1, 31, 32, 1031 };
	struct detected *p = *state;
	unsigned int i;

	p->cam.frame_id = 0;
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p->cam.stream_size = sizes[i];
		if (i)
			give_event(&p->f, 1, 1);
		else
			start(p);
		run(p, 600);
		assert_false(input(p)->signal);
		expect_log(p, sizes[i] < 32 ?
			   "RAW0 ON1 LOCK SIZE UNLOCK " OFF_LOG :
			   JPEG_LOG " " OFF_LOG);
		assert_int_equal(p->d.attempts, 1);
	}
}

/* No format, but the stream is unlocked and switched off. */
static void stream_unknown_format(void **state)
{
	static const u32 formats[] = { OMV_PIX_PNG, OMV_PIX_BINARY, 77 };
	struct detected *p = *state;
	unsigned int i;

	p->cam.frame_id = 0;
	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		p->cam.preview = formats[i];
		if (i)
			give_event(&p->f, 1, 1);
		else
			start(p);
		run(p, 600);
		expect_log(p, JPEG_LOG " " OFF_LOG);
		assert_false(input(p)->signal);
	}
}

/* Refused at each step. Each LOCK that was granted is followed by an UNLOCK. */
static void stream_refused(void **state)
{
	static const struct {
		u8 opcode;
		const char *log;
	} steps[] = {
		{ OMV_OP_IOCTL, "NAK NAK NAK" },
		{ OMV_OP_LOCK, "RAW0 ON1 NAK " OFF_LOG },
		{ OMV_OP_SIZE, "RAW0 ON1 LOCK NAK UNLOCK " OFF_LOG },
		{ OMV_OP_READ, "RAW0 ON1 LOCK SIZE NAK UNLOCK " OFF_LOG },
	};
	struct detected *p = *state;
	unsigned int i;

	p->cam.frame_id = 0;
	p->cam.nak_status = OMV_ST_FAILED;
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		p->cam.nak_opcode = steps[i].opcode;
		if (i)
			give_event(&p->f, 1, 1);
		else
			start(p);
		run(p, 600);
		expect_log(p, steps[i].log);
		expect_idle(p);
		assert_false(input(p)->signal);
	}
}

/* A failure while raw pictures are tried keeps the earlier results. */
static void stream_raw_refused(void **state)
{
	static const u8 opcodes[] = { OMV_OP_IOCTL, OMV_OP_IOCTL, OMV_OP_IOCTL,
				      OMV_OP_LOCK, OMV_OP_SIZE, OMV_OP_READ };
	/* Steps with a LOCK_WAIT each: RAW0 ON1 wait LOCK SIZE READ UNLOCK. */
	static const unsigned int at[] = { 7, 8, 9, 11, 12, 13 };
	struct detected *p = *state;
	unsigned int i;

	p->cam.frame_id = 0;
	p->cam.nak_status = OMV_ST_FAILED;
	attach(p);
	for (i = 0; i < ARRAY_SIZE(opcodes); i++) {
		give_event(&p->f, 1, 1);
		run(p, 499);
		p->f.now++;
		tick_both(p);
		assert_int_equal(run_steps(p, at[i]), STEP_SENT);
		p->cam.nak_opcode = opcodes[i];
		respond_one(p);
		p->cam.nak_opcode = 0;
		run(p, 100);
		assert_true(input(p)->signal);
		expect_picture(&input(p)->picture, OMV_PIX_JPEG, 640, 480);
		expect_picture(&input(p)->raw, 0, 0, 0);
		expect_idle(p);
		assert_non_null(strstr(p->cam.log, "NAK"));
		p->cam.log[0] = 0;
	}
}

/* ---- timeouts ---------------------------------------------------------- */

/* A camera that does not respond: attempts become less frequent (T-32). */
static void timeouts(void **state)
{
	static const u64 waits[] = { 0, 0, 2000, 4000, 8000, 16000, 32000,
				     64000, 64000, 64000 };
	struct detected *p = *state;
	unsigned int i;
	u64 up;

	p->cam.unresponsive = true;
	start(p);
	for (i = 0; i < ARRAY_SIZE(waits); i++) {
		while (p->f.host.state != OMV_HOST_READY) {
			run(p, 1);
			assert_true(p->f.now < START_MS + 1000000);
		}
		up = p->f.now;
		assert_int_equal(p->cam.syncs, i + 1);
		while (p->cam.requests == i) {
			assert_false(omv_detect_is_busy(&p->d));
			run(p, 1);
		}
		assert_true(p->f.now == up + waits[i]);
		assert_true(omv_detect_is_busy(&p->d));
		assert_int_equal(p->d.nr_timeouts, i < 7 ? i : 7);
		/* Neither events nor the end of a stream make the next attempt earlier. */
		give_event(&p->f, 1, 1);
		give_event(&p->f, FRAME, 1);
		run(p, OMV_REQUEST_TIMEOUT_MS + 10);
		assert_int_equal(p->idle, i + 1);
		if (i < 2)
			continue;
		while (p->f.host.state != OMV_HOST_READY)
			run(p, 1);
		give_event(&p->f, 1, 1);
		give_event(&p->f, FRAME, 1);
		omv_detect_stream_on(&p->d, p->f.now);
		assert_false(omv_detect_is_busy(&p->d));
		omv_detect_stream_off(&p->d, false, p->f.now);
	}
	/* Then the camera responds. */
	p->cam.unresponsive = false;
	run(p, 65000);
	expect_picture(&p->d.picture, OMV_PIX_JPEG, 320, 240);
	assert_int_equal(p->d.nr_timeouts, 0);
	expect_idle(p);
}

/* An event during the first detection after a timeout counts if that detection succeeds. */
static void event_after_timeout(void **state)
{
	struct detected *p = *state;

	p->cam.unresponsive = true;
	p->cam.size = 0;
	start(p);
	/* The first request is not answered. */
	run_steps(p, 1);
	run(p, OMV_REQUEST_TIMEOUT_MS);
	assert_int_equal(p->d.nr_timeouts, 1);
	run_steps(p, 0);
	p->cam.unresponsive = false;
	give_event(&p->f, 1, 1);
	respond(p);
	assert_int_equal(p->d.nr_timeouts, 0);
	assert_int_equal(p->d.state, OMV_DETECT_WAIT);
	give_jpeg(p, 160, 120);
	run(p, 500);
	assert_true(input(p)->signal);
}

/* Invalid responses, each of which loses the session. */
static void senseless_answers(void **state)
{
	struct detected *p = *state;

	give_shape(p, 30, 40, 2);
	p->cam.shape_len = 65;
	start(p);
	run(p, 60000);
	assert_true(p->cam.syncs >= 5);
	assert_true(p->cam.syncs <= 8);
	p->cam.shape_len = 3;
	run(p, 70000);
	assert_true(input(p)->signal);
	assert_int_equal(p->d.nr_timeouts, 0);
	expect_idle(p);
}

/* ---- what may happen at any step --------------------------------------- */

/* 0: "frame" with SHAPE. 1: "stream", three sizes. */
static void prepare(struct detected *p, int kind)
{
	p->cam.nak_opcode = 0;
	p->cam.frame_id = kind ? 0 : FRAME;
	give_shape(p, 30, 40, 1);
	p->cam.raw_fits = 160;
	p->cam.busy = 2;
}

static void expect_found(struct detected *p, int kind)
{
	expect_idle(p);
	assert_true(input(p)->signal);
	if (kind) {
		assert_int_equal(p->d.input, INPUT_STREAM);
		expect_picture(&p->d.picture, OMV_PIX_JPEG, 640, 480);
		expect_picture(&input(p)->raw, OMV_PIX_GRAYSCALE, 160, 120);
	} else {
		assert_int_equal(p->d.input, INPUT_FRAME);
		expect_picture(&p->d.picture, OMV_PIX_GRAYSCALE, 40, 30);
	}
	assert_false(p->d.pending);
}

typedef void (*inject)(struct detected *p, int kind, int step);

static void at_each_step(inject what)
{
	unsigned int n;
	int kind, step;
	void *state;

	for (kind = 0; kind < 2; kind++) {
		for (n = 0;; n++) {
			struct detected *p;

			setup_detect(&state);
			p = state;
			prepare(p, kind);
			start(p);
			step = run_steps(p, n);
			if (step != STEP_NONE)
				what(p, kind, step);
			teardown_detect(&state);
			if (step == STEP_NONE)
				break;
		}
		assert_true(n >= (kind ? 40 : 3));
	}
}

/* A script registers one more channel. */
static void inject_channels(struct detected *p, int kind, int step)
{
	p->cam.extra = true;
	give_table(p);
	assert_true(omv_detect_is_busy(&p->d));
	run(p, 3000);
	expect_found(p, kind);
	assert_int_equal(p->idle, 1);
}

static void channels_at_each_step(void **state)
{
	at_each_step(inject_channels);
}

/* A script with another format is started. */
static void inject_other_picture(struct detected *p, int kind, int step)
{
	p->cam.width = 320;
	p->cam.height = 200;
	if (step == STEP_SENT)
		respond_one(p);
	give_shape(p, 40, 60, 2);
	give_table(p);
	run(p, 3000);
	expect_idle(p);
	if (kind)
		expect_picture(&p->d.picture, OMV_PIX_JPEG, 320, 200);
	else
		expect_picture(&p->d.picture, OMV_PIX_RGB565, 60, 40);
}

static void other_picture_at_each_step(void **state)
{
	at_each_step(inject_other_picture);
}

/* The channel is removed, and registered again with another id. */
static void inject_vanish(struct detected *p, int kind, int step)
{
	unsigned int requests;

	p->cam.frame_id = 0;
	p->cam.no_stream = true;
	give_table(p);
	requests = p->cam.requests + (step == STEP_SENT);
	assert_int_equal(p->d.state, OMV_DETECT_IDLE);
	assert_int_equal(p->idle, 1);
	assert_false(omv_detect_is_busy(&p->d));
	/* The outstanding request is answered. */
	if (step == STEP_SENT)
		answer_nak(&p->f, next_sent(&p->f)->bytes[3],
			   p->f.host.opcode, OMV_ST_INVALID);
	p->cam.requests += step == STEP_SENT;
	run(p, 10000);
	assert_int_equal(p->cam.requests, requests);
	assert_int_equal(p->d.state, OMV_DETECT_IDLE);
	assert_false(input(p)->signal);
	p->cam.locked = false;
	p->cam.no_stream = false;
	p->cam.frame_id = kind ? 0 : 9;
	give_table(p);
	run(p, 3000);
	expect_found(p, kind);
}

static void vanish_at_each_step(void **state)
{
	at_each_step(inject_vanish);
}

/* The removal is not reported: another channel must not get the requests. */
static void inject_vanish_unreported(struct detected *p, int kind, int step)
{
	struct omv_host *host = &p->f.host;
	unsigned int i, requests = p->cam.requests + (step == STEP_SENT);

	for (i = 0; i < host->channel_count; i++)
		if (host->channels[i].id == (kind ? STREAM : FRAME))
			strcpy(host->channels[i].name, "else");
	run(p, 10000);
	assert_int_equal(p->cam.requests, requests);
	assert_int_equal(p->d.state, OMV_DETECT_IDLE);
	assert_int_equal(p->idle, 1);
}

static void vanish_untold_at_each_step(void **state)
{
	at_each_step(inject_vanish_unreported);
}

/* The script ends, and another one is started. */
static void inject_reboot(struct detected *p, int kind, int step)
{
	give_event(&p->f, 1, 0);
	give_event(&p->f, 0, OMV_EV_SOFT_REBOOT);
	assert_int_equal(p->f.host.state, OMV_HOST_PAUSE);
	assert_int_equal(p->d.state, OMV_DETECT_IDLE);
	assert_int_equal(p->idle, 1);
	p->cam.on = false;
	p->cam.raw = false;
	p->f.sent_seen = p->f.sent_count;
	run(p, 5000);
	expect_found(p, kind);
	assert_int_equal(p->d.nr_timeouts, 0);
}

static void reboot_at_each_step(void **state)
{
	at_each_step(inject_reboot);
}

static void inject_timeout(struct detected *p, int kind, int step)
{
	p->cam.unresponsive = true;
	run(p, 6000);
	assert_true(p->d.nr_timeouts > 0);
	p->cam.unresponsive = false;
	run(p, 20000);
	expect_found(p, kind);
	assert_int_equal(p->d.nr_timeouts, 0);
}

static void timeout_at_each_step(void **state)
{
	at_each_step(inject_timeout);
}

/* The owner stops the session; the host end does not report that. */
static void inject_stop(struct detected *p, int kind, int step)
{
	omv_host_stop(&p->f.host);
	omv_detect_link_changed(&p->d, OMV_LINK_DOWN, p->f.now);
	assert_int_equal(p->d.state, OMV_DETECT_IDLE);
	assert_int_equal(p->idle, 1);
	assert_true(omv_detect_deadline(&p->d) == U64_MAX);
	p->f.sent_seen = p->f.sent_count;
	p->cam.on = false;
	p->cam.raw = false;
	start(p);
	run(p, 3000);
	expect_found(p, kind);
	assert_int_equal(p->idle, 2);
}

static void stop_at_each_step(void **state)
{
	at_each_step(inject_stop);
}

/* The owner first reports that the session is down. */
static void inject_down_first(struct detected *p, int kind, int step)
{
	omv_detect_link_changed(&p->d, OMV_LINK_DOWN, p->f.now);
	assert_int_equal(p->d.state, OMV_DETECT_IDLE);
	assert_int_equal(p->idle, 1);
	omv_host_stop(&p->f.host);
	assert_int_equal(p->idle, 1);
	p->f.sent_seen = p->f.sent_count;
	p->cam.on = false;
	p->cam.raw = false;
	start(p);
	run(p, 3000);
	expect_found(p, kind);
}

static void down_first_at_each_step(void **state)
{
	at_each_step(inject_down_first);
}

static void inject_stdin(struct detected *p, int kind, int step)
{
	give_event(&p->f, 1, 1);
	run(p, 3000);
	expect_found(p, kind);
	/* One detection is finished, and one is done for the event. */
	assert_int_equal(p->idle, 2);
}

static void stdin_at_each_step(void **state)
{
	at_each_step(inject_stdin);
}

/* A stream is started: the detection ends without a frame, and restores the camera. */
static unsigned int words(const char *text)
{
	unsigned int count = !!*text;

	while (*text)
		count += *text++ == ' ';
	return count;
}

static void inject_stream(struct detected *p, int kind, int step)
{
	struct omv_pump_mode mode;

	p->cam.log[0] = 0;
	omv_detect_stream_on(&p->d, p->f.now);
	assert_true(omv_detect_is_busy(&p->d));
	respond(p);
	/* The outstanding request, UNLOCK and the requests that switch the stream off. */
	assert_true(words(p->cam.log) <= (kind ? 4 : 1));
	assert_false(omv_detect_is_busy(&p->d));
	assert_int_equal(p->idle, 1);
	assert_int_equal(p->d.state, OMV_DETECT_IDLE);
	assert_false(p->cam.locked);
	assert_false(p->cam.on);
	assert_false(p->cam.raw);
	assert_int_equal(p->d.pixfmt, OMV_PIX_JPEG);
	expect_picture(&p->d.picture, 0, 0, 0);
	assert_int_equal(p->changed, 0);
	assert_false(input(p)->signal);
	omv_detect_mode(&p->d, &mode);
	assert_ptr_equal(mode.fetch, kind ? &omv_fetch_stream :
					    &omv_fetch_frame);
	assert_int_equal(mode.has_header, kind);
	assert_int_equal(mode.raw_width, 0);
	p->cam.log[0] = 0;
	run(p, 5000);
	expect_log(p, "");
	assert_true(p->d.pending);
	omv_detect_stream_off(&p->d, false, p->f.now);
	assert_true(omv_detect_is_busy(&p->d));
	run(p, 2000);
	expect_found(p, kind);
}

static void stream_at_each_step(void **state)
{
	at_each_step(inject_stream);
}

/* Buffers are allocated: the result is applied only when they are freed. */
static void inject_allocated(struct detected *p, int kind, int step)
{
	omv_detect_set_allocated(&p->d, true, p->f.now);
	run(p, 2000);
	expect_picture(&p->d.picture, 0, 0, 0);
	assert_int_equal(p->changed, 0);
	assert_true(input(p)->signal);
	assert_true(p->d.pending);
	expect_idle(p);
	omv_detect_set_allocated(&p->d, false, p->f.now);
	assert_true(omv_detect_is_busy(&p->d));
	run(p, 2000);
	expect_found(p, kind);
	assert_int_equal(p->changed, 1);
}

static void allocated_at_each_step(void **state)
{
	at_each_step(inject_allocated);
}

/* A user selects the other input, and goes back. */
static void inject_select(struct detected *p, int kind, int step)
{
	struct omv_picture none = { 0 };

	p->cam.frame_id = FRAME;
	p->f.host.channels[p->f.host.channel_count].id = FRAME;
	strcpy(p->f.host.channels[p->f.host.channel_count++].name, "frame");
	assert_int_equal(omv_detect_select(&p->d, !kind, p->f.now), 0);
	assert_true(omv_detect_is_busy(&p->d));
	run(p, 2000);
	assert_false(omv_detect_is_busy(&p->d));
	assert_int_equal(p->idle, 1);
	expect_found(p, !kind);
	/* The result of the first detection was for the other input. */
	assert_memory_equal(&p->d.inputs[kind].picture, &none, sizeof(none));
	assert_false(p->d.inputs[kind].signal);
	assert_int_equal(omv_detect_select(&p->d, kind, p->f.now), 0);
	assert_true(omv_detect_is_busy(&p->d));
	run(p, 2000);
	expect_found(p, kind);
	/* The known format is not detected again. */
	p->cam.log[0] = 0;
	assert_int_equal(omv_detect_select(&p->d, !kind, p->f.now), 0);
	assert_false(omv_detect_is_busy(&p->d));
	expect_found(p, !kind);
	run(p, 2000);
	expect_log(p, "");
}

static void select_at_each_step(void **state)
{
	at_each_step(inject_select);
}

/* A user starts a stream before the old detection is finished. */
static void inject_select_stream(struct detected *p, int kind, int step)
{
	p->cam.frame_id = FRAME;
	p->f.host.channels[p->f.host.channel_count].id = FRAME;
	strcpy(p->f.host.channels[p->f.host.channel_count++].name, "frame");
	omv_detect_select(&p->d, !kind, p->f.now);
	omv_detect_stream_on(&p->d, p->f.now);
	assert_false(omv_detect_is_busy(&p->d));
	respond(p);
	expect_idle(p);
	omv_detect_stream_off(&p->d, false, p->f.now);
	run(p, 2000);
	expect_found(p, !kind);
}

static void select_stream_at_each_step(void **state)
{
	at_each_step(inject_select_stream);
}

/* A new session comes up without a report that the old one was lost. */
static void inject_up_again(struct detected *p, int kind, int step)
{
	p->cam.abandoned = true;
	omv_detect_link_changed(&p->d, OMV_LINK_UP, p->f.now);
	run(p, 3000);
	expect_found(p, kind);
}

static void up_again_at_each_step(void **state)
{
	at_each_step(inject_up_again);
}

/* ---- inputs and users -------------------------------------------------- */

/* If a script registers "frame", that input is selected. */
static void select_auto(void **state)
{
	struct detected *p = *state;

	p->cam.frame_id = 0;
	attach(p);
	assert_int_equal(p->d.input, INPUT_STREAM);
	p->cam.frame_id = 7;
	give_table(p);
	/* The known format of this input is used at once. */
	assert_int_equal(p->d.input, INPUT_FRAME);
	expect_picture(&p->d.picture, 0, 0, 0);
	assert_int_equal(p->changed, 1);
	run(p, 100);
	expect_picture(&p->d.picture, OMV_PIX_JPEG, 320, 240);
	p->cam.frame_id = 0;
	give_table(p);
	assert_int_equal(p->d.input, INPUT_STREAM);
	expect_picture(&p->d.picture, OMV_PIX_JPEG, 640, 480);
	run(p, 1000);
	expect_idle(p);
	/* Without both channels the last input stays selected. */
	p->cam.no_stream = true;
	give_table(p);
	assert_int_equal(p->d.input, INPUT_STREAM);
	assert_false(input(p)->signal);
}

static void select_user(void **state)
{
	struct detected *p = *state;

	attach(p);
	assert_int_equal(omv_detect_select(&p->d, 2, p->f.now), -EINVAL);
	/* Selecting the current input sends no request. */
	assert_int_equal(omv_detect_select(&p->d, INPUT_FRAME, p->f.now), 0);
	p->cam.frame_id = 0;
	give_table(p);
	assert_int_equal(p->d.input, INPUT_FRAME);
	run(p, 1000);
	expect_log(p, "");
	assert_false(input(p)->signal);
	assert_false(omv_detect_has_signal(&p->d, INPUT_FRAME, false));
	assert_int_equal(omv_detect_select(&p->d, INPUT_STREAM, p->f.now), 0);
	run(p, 1000);
	p->cam.frame_id = FRAME;
	give_table(p);
	run(p, 1000);
	assert_int_equal(p->d.input, INPUT_STREAM);
	omv_detect_set_allocated(&p->d, true, p->f.now);
	assert_int_equal(omv_detect_select(&p->d, INPUT_FRAME, p->f.now),
			 -EBUSY);
	assert_int_equal(omv_detect_select(&p->d, INPUT_STREAM, p->f.now), 0);
	assert_int_equal(p->d.input, INPUT_STREAM);
}

/* Not while buffers are allocated, but when they are freed. */
static void select_allocated(void **state)
{
	struct detected *p = *state;

	attach(p);
	omv_detect_set_allocated(&p->d, true, p->f.now);
	p->cam.frame_id = 0;
	give_table(p);
	run(p, 1000);
	assert_int_equal(p->d.input, INPUT_FRAME);
	expect_picture(&p->d.picture, OMV_PIX_JPEG, 320, 240);
	assert_int_equal(p->changed, 0);
	omv_detect_set_allocated(&p->d, false, p->f.now);
	run(p, 1000);
	assert_int_equal(p->d.input, INPUT_STREAM);
	expect_picture(&p->d.picture, OMV_PIX_JPEG, 640, 480);
	/* The detection is not repeated. */
	p->cam.log[0] = 0;
	omv_detect_set_allocated(&p->d, true, p->f.now);
	omv_detect_set_allocated(&p->d, false, p->f.now);
	run(p, 1000);
	expect_log(p, "");
}

/* A raw format that the user has set is kept while it is offered. */
static void set_picture(void **state)
{
	static const struct omv_picture raw = { OMV_PIX_GRAYSCALE, 160, 120 };
	struct detected *p = *state;
	struct omv_pump_mode mode;

	p->cam.frame_id = 0;
	attach(p);
	omv_detect_mode(&p->d, &mode);
	assert_ptr_equal(mode.fetch, &omv_fetch_stream);
	assert_true(mode.has_header);
	assert_int_equal(mode.raw_width, 0);
	assert_int_equal(omv_detect_set_picture(&p->d, &raw), 0);
	assert_int_equal(p->changed, 0);
	omv_detect_mode(&p->d, &mode);
	assert_int_equal(mode.raw_width, 160);
	assert_int_equal(mode.raw_height, 120);

	give_event(&p->f, 1, 1);
	run(p, 2000);
	expect_picture(&p->d.picture, OMV_PIX_GRAYSCALE, 160, 120);
	expect_picture(&input(p)->picture, OMV_PIX_JPEG, 640, 480);
	assert_int_equal(p->changed, 0);

	omv_detect_set_allocated(&p->d, true, p->f.now);
	assert_int_equal(omv_detect_set_picture(&p->d, &raw), -EBUSY);
	omv_detect_set_allocated(&p->d, false, p->f.now);

	/* A colour sensor. */
	p->cam.pixfmt = OMV_PIX_RGB565;
	give_event(&p->f, 1, 1);
	run(p, 2000);
	expect_picture(&p->d.picture, OMV_PIX_JPEG, 640, 480);
	assert_int_equal(p->changed, 1);
}

/* A raw "frame" has no preview size. */
static void mode_frame(void **state)
{
	struct detected *p = *state;
	struct omv_pump_mode mode;

	give_shape(p, 30, 40, 2);
	attach(p);
	omv_detect_mode(&p->d, &mode);
	assert_ptr_equal(mode.fetch, &omv_fetch_frame);
	assert_false(mode.has_header);
	assert_int_equal(mode.raw_width, 0);
	assert_int_equal(mode.raw_height, 0);
}

/* No requests during a stream; afterwards the detection is done. */
static void streaming(void **state)
{
	struct detected *p = *state;

	attach(p);
	omv_detect_set_allocated(&p->d, true, p->f.now);
	input(p)->rate.last = 5;
	input(p)->rate.due = 5;
	omv_detect_stream_on(&p->d, p->f.now);
	assert_true(input(p)->rate.last == 0);
	assert_true(input(p)->rate.due == 0);
	assert_false(omv_detect_is_busy(&p->d));
	give_event(&p->f, 1, 1);
	give_event(&p->f, FRAME, 1);
	give_jpeg(p, 160, 120);
	p->cam.frame_id = 8;
	give_table(p);
	run(p, 10000);
	expect_log(p, "");
	assert_true(p->d.pending);
	assert_int_equal(omv_detect_select(&p->d, 1, p->f.now), -EBUSY);
	omv_detect_stream_off(&p->d, false, p->f.now);
	run(p, 100);
	expect_log(p, "SIZE READ531");
	/* The buffers for the old format still exist. */
	expect_picture(&p->d.picture, OMV_PIX_JPEG, 320, 240);
	omv_detect_set_allocated(&p->d, false, p->f.now);
	run(p, 100);
	expect_log(p, "SIZE READ531");
	expect_picture(&p->d.picture, OMV_PIX_JPEG, 160, 120);
	/* After a stream without events there is no detection. */
	omv_detect_stream_on(&p->d, p->f.now);
	omv_detect_stream_off(&p->d, false, p->f.now);
	run(p, 1000);
	expect_log(p, "");
	/* After a stream during which a script was started there is one. */
	omv_detect_stream_on(&p->d, p->f.now);
	give_event(&p->f, 1, 1);
	omv_detect_stream_off(&p->d, false, p->f.now);
	run(p, 1000);
	expect_log(p, "SIZE READ531");
}

/* The buffers are freed while "stream" is being detected, and there is a "frame". */
static void select_while_detecting(void **state)
{
	struct detected *p = *state;

	p->cam.frame_id = 0;
	attach(p);
	omv_detect_set_allocated(&p->d, true, p->f.now);
	p->cam.frame_id = FRAME;
	give_table(p);
	assert_int_equal(p->d.input, INPUT_STREAM);
	run_steps(p, 5);
	assert_true(omv_detect_is_busy(&p->d));
	omv_detect_set_allocated(&p->d, false, p->f.now);
	assert_int_equal(p->d.input, INPUT_FRAME);
	assert_true(omv_detect_is_busy(&p->d));
	run(p, 100);
	expect_picture(&p->d.picture, OMV_PIX_JPEG, 320, 240);
	assert_true(input(p)->signal);
	expect_idle(p);
}

/* Without a session the channels are unknown. */
static void select_without_session(void **state)
{
	struct detected *p = *state;

	attach(p);
	omv_detect_set_allocated(&p->d, true, p->f.now);
	give_table(p);
	run(p, 100);
	assert_true(p->d.pending);
	omv_host_stop(&p->f.host);
	omv_detect_link_changed(&p->d, OMV_LINK_DOWN, p->f.now);
	omv_detect_set_allocated(&p->d, false, p->f.now);
	assert_int_equal(p->d.input, INPUT_FRAME);
	assert_false(omv_detect_is_busy(&p->d));
	p->cam.log[0] = 0;
	start(p);
	run(p, 100);
	expect_log(p, "SIZE READ531");
	assert_false(p->d.pending);
}

/* No other request between SIZE and READ: the size may change (T-20). */
static void nothing_between(void **state)
{
	struct detected *p = *state;
	struct box box[2];

	attach(p);
	give_event(&p->f, 1, 1);
	p->f.now = omv_detect_deadline(&p->d);
	tick_both(p);
	assert_int_equal(p->d.state, OMV_DETECT_SIZE);
	box_size(&box[0], &p->f, 2);
	box_size(&box[1], &p->f, 2);
	respond_one(p);
	assert_int_equal(p->d.state, OMV_DETECT_HEAD);
	assert_int_equal(p->f.host.opcode, OMV_OP_READ);
	respond_one(p);
	omv_host_cancel(&p->f.host, &box[0].req);
	omv_host_cancel(&p->f.host, &box[1].req);
	p->f.sent_seen = p->f.sent_count;
	box_free(&box[0]);
	box_free(&box[1]);
}

/* The session is lost: "frame" has a signal with its channel, "stream" only with a frame. */
static void link_lost(void **state)
{
	struct detected *p = *state;

	attach(p);
	p->d.inputs[INPUT_STREAM].signal = true;
	omv_detect_link_changed(&p->d, OMV_LINK_LOST, p->f.now);
	assert_false(p->d.inputs[INPUT_STREAM].signal);
	assert_true(p->d.inputs[INPUT_FRAME].signal);
	omv_detect_link_changed(&p->d, OMV_LINK_UP, p->f.now);
	assert_false(p->d.inputs[INPUT_FRAME].signal);
	run(p, 100);
	assert_true(p->d.inputs[INPUT_FRAME].signal);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_detect, teardown_detect)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(frame_jpeg),
		TEST(frame_large),
		TEST(frame_thumbnail),
		TEST(frame_long_segments),
		TEST(frame_short_segments),
		TEST(frame_cut_sof),
		TEST(frame_endless_segments),
		TEST(frame_segment_too_long),
		TEST(frame_long_sof),
		TEST(frame_changes),
		TEST(frame_vanishes),
		TEST(frame_header),
		TEST(frame_header_measured),
		TEST(frame_header_unknown),
		TEST(frame_shape),
		TEST(frame_shape_long),
		TEST(frame_shape_wrong),
		TEST(frame_shape_too_large),
		TEST(shape_first),
		TEST(again_streaming),
		TEST(frame_header_too_large),
		TEST(frame_tiny),
		TEST(frame_event),
		TEST(event_storm),
		TEST(event_storm_on_stream),
		TEST(event_soonest),
		TEST(event_of_others),
		TEST(stdin_event),
		TEST(script_ended),
		TEST(script_ended_other_input),
		TEST(script_ended_channel_returns),
		TEST(script_ended_streaming),
		TEST(silent_stream),
		TEST(silent_preview),
		TEST(stdin_event_and_channel),
		TEST(frame_refused),
		TEST(stream_raw),
		TEST(stream_raw_half),
		TEST(stream_raw_quarter),
		TEST(stream_no_raw),
		TEST(stream_narrow),
		TEST(stream_busy),
		TEST(stream_no_frame),
		TEST(stream_own_events),
		TEST(stream_bad_size),
		TEST(stream_unknown_format),
		TEST(stream_refused),
		TEST(stream_raw_refused),
		TEST(timeouts),
		TEST(event_after_timeout),
		TEST(senseless_answers),
		TEST(channels_at_each_step),
		TEST(other_picture_at_each_step),
		TEST(vanish_at_each_step),
		TEST(vanish_untold_at_each_step),
		TEST(reboot_at_each_step),
		TEST(timeout_at_each_step),
		TEST(stop_at_each_step),
		TEST(down_first_at_each_step),
		TEST(stdin_at_each_step),
		TEST(stream_at_each_step),
		TEST(allocated_at_each_step),
		TEST(select_at_each_step),
		TEST(select_stream_at_each_step),
		TEST(up_again_at_each_step),
		TEST(select_auto),
		TEST(select_user),
		TEST(select_allocated),
		TEST(set_picture),
		TEST(mode_frame),
		TEST(streaming),
		TEST(select_while_detecting),
		TEST(select_without_session),
		TEST(nothing_between),
		TEST(link_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
