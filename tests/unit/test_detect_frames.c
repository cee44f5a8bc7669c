// SPDX-License-Identifier: GPL-2.0-only
/*
 * Verdicts on the frames of a running stream, and the reaction to an unrecognized frame.
 */
#include "detect_fixture.h"

#define ROOM	5000

/* Memory of its exact size, so that ASan sees overruns. */
struct frame {
	u8 *data;
	u32 size;
	u32 room;
};

static struct frame frame_new(u32 room)
{
	struct frame frame = { malloc(room), 0, room };

	memset(frame.data, 0x77, room);
	return frame;
}

static void frame_free(struct frame *frame)
{
	free(frame->data);
}

static struct frame jpeg_new(u16 width, u16 height, bool dht)
{
	struct frame frame = frame_new(ROOM);

	frame.size = make_jpeg(frame.data, width, height, dht, 300);
	return frame;
}

static enum omv_verdict check(struct detected *p, struct frame *frame,
			      const void *hdr)
{
	return omv_detect_frame(&p->d, hdr, frame->data, &frame->size,
				frame->room, p->f.now);
}

static struct omv_input *input(struct detected *p)
{
	return omv_detect_input(&p->d);
}

/* Start a stream in the detected format. */
static void stream(struct detected *p)
{
	attach(p);
	omv_detect_set_allocated(&p->d, true, p->f.now);
	omv_detect_stream_on(&p->d, p->f.now);
}

static void stream_of_shape(struct detected *p, u32 height, u32 width, u32 bytes)
{
	give_shape(p, height, width, bytes);
	stream(p);
}

static void stream_of_preview(struct detected *p)
{
	p->cam.frame_id = 0;
	stream(p);
}

static void jpeg(void **state)
{
	struct detected *p = *state;
	struct frame frame = jpeg_new(320, 240, true);
	u32 size = frame.size;

	stream(p);
	input(p)->signal = false;
	assert_int_equal(check(p, &frame, NULL), OMV_FRAME_GOOD);
	assert_int_equal(frame.size, size);
	assert_true(input(p)->signal);
	assert_int_equal(p->changed, 0);
	/* A new size is reported before its frame is delivered. */
	frame_free(&frame);
	frame = jpeg_new(160, 120, true);
	assert_int_equal(check(p, &frame, NULL), OMV_FRAME_GOOD);
	assert_int_equal(p->changed, 1);
	expect_picture(&p->d.picture, OMV_PIX_JPEG, 160, 120);
	expect_picture(&input(p)->picture, OMV_PIX_JPEG, 160, 120);
	frame_free(&frame);
	expect_idle(p);
}

static void jpeg_truncated(void **state)
{
	struct detected *p = *state;
	struct frame frame = jpeg_new(320, 240, true);

	stream(p);
	frame.size -= 2;
	assert_int_equal(check(p, &frame, NULL), OMV_FRAME_TRUNCATED);
	/* Truncated before its size: the last size counts. */
	frame.size = 8;
	assert_int_equal(check(p, &frame, NULL), OMV_FRAME_TRUNCATED);
	assert_int_equal(frame.size, 8);
	expect_picture(&p->d.picture, OMV_PIX_JPEG, 320, 240);
	assert_int_equal(p->changed, 0);
	/* No tables are inserted into a truncated frame. */
	frame_free(&frame);
	frame = jpeg_new(320, 240, false);
	frame.size -= 2;
	assert_int_equal(check(p, &frame, NULL), OMV_FRAME_TRUNCATED);
	assert_true(frame.size < 400);
	frame_free(&frame);
}

/* What an encoder leaves behind EOI is not delivered, but counts as long as it is there. */
static void jpeg_trailing(void **state)
{
	struct detected *p = *state;
	struct frame frame = jpeg_new(320, 240, true);
	u32 size = frame.size;
	struct omv_jpeg scanned;
	u8 hdr[32];

	stream(p);
	memcpy(frame.data + size, "\xd9\xd9\r\n", 4);
	frame.size = size + 4;
	assert_int_equal(check(p, &frame, NULL), OMV_FRAME_GOOD);
	assert_int_equal(frame.size, size);
	/* The tail of an old frame. */
	memcpy(frame.data + size, frame.data + 50, 200);
	frame.size = size + 200;
	assert_int_equal(check(p, &frame, NULL), OMV_FRAME_GOOD);
	assert_int_equal(frame.size, size);
	frame.data[size - 2] = 0;
	frame.size = size + 200;
	assert_int_equal(check(p, &frame, NULL), OMV_FRAME_TRUNCATED);
	assert_int_equal(frame.size, size + 200);
	frame_free(&frame);

	/* Tables take the place of the tail. A picture without them is 5 bytes shorter. */
	frame = frame_new(size - 5 + 420);
	size = make_jpeg(frame.data, 320, 240, false, 300);
	memset(frame.data + size, 0xd9, 400);
	frame.size = size + 400;
	assert_int_equal(check(p, &frame, NULL), OMV_FRAME_GOOD);
	assert_int_equal(frame.size, size + 420);
	assert_int_equal(omv_jpeg_scan(frame.data, frame.size, &scanned), 0);
	assert_int_equal(scanned.end, frame.size);
	frame_free(&frame);

	/* A header counts the tail, too. */
	input(p)->has_header = true;
	frame = jpeg_new(320, 240, true);
	size = frame.size;
	memset(frame.data + size, '\n', 9);
	frame.size = size + 9;
	make_header(hdr, OMV_PIX_JPEG, 320, 240, size + 9, 32);
	assert_int_equal(check(p, &frame, hdr), OMV_FRAME_GOOD);
	assert_int_equal(frame.size, size);
	frame_free(&frame);
}

/* The EOI of a thumbnail is not the picture's. */
static void jpeg_thumbnail_truncated(void **state)
{
	struct detected *p = *state;
	struct frame frame = frame_new(ROOM);
	u8 image[600];
	u32 size = make_jpeg(image, 320, 240, true, 300);
	u32 thumb = make_jpeg(frame.data + 6, 160, 120, true, 200);

	stream(p);
	put16(frame.data, 0xffd8);
	put16(frame.data + 2, 0xffe1);
	put16(frame.data + 4, thumb + 2);
	memcpy(frame.data + 6 + thumb, image + 2, size - 2);
	for (frame.size = 0; frame.size < thumb + 4 + size; frame.size++)
		assert_int_equal(check(p, &frame, NULL), OMV_FRAME_TRUNCATED);
	assert_int_equal(check(p, &frame, NULL), OMV_FRAME_GOOD);
	assert_int_equal(p->changed, 0);
	expect_picture(&p->d.picture, OMV_PIX_JPEG, 320, 240);
	frame_free(&frame);
}

static void jpeg_without_tables(void **state)
{
	struct detected *p = *state;
	struct frame frame = jpeg_new(320, 240, false);
	u32 size = frame.size;
	struct omv_jpeg jpeg;

	stream(p);
	assert_int_equal(check(p, &frame, NULL), OMV_FRAME_GOOD);
	assert_int_equal(frame.size, size + 420);
	assert_int_equal(omv_jpeg_scan(frame.data, frame.size, &jpeg), 0);
	assert_true(jpeg.has_dht);
	frame_free(&frame);

	/* Just too large with the tables. */
	frame = frame_new(size + 419);
	make_jpeg(frame.data, 320, 240, false, 300);
	frame.size = size;
	assert_int_equal(check(p, &frame, NULL), OMV_FRAME_TOO_BIG);
	assert_int_equal(frame.size, size + 420);
	assert_false(p->d.unrecognized);
	frame_free(&frame);
}

/* The image is where the header says. */
static void header(void **state)
{
	struct detected *p = *state;
	struct frame frame = frame_new(ROOM);
	u8 hdr[32], want[600];
	u32 size = make_jpeg(want, 64, 48, true, 300), gap;

	make_header(p->cam.image, OMV_PIX_JPEG, 64, 48, 500, 32);
	p->cam.size = 532;
	stream(p);
	assert_true(input(p)->has_header);
	for (gap = 0; gap < 100; gap += 33) {
		make_header(hdr, OMV_PIX_JPEG, 64, 48, size, 32 + gap);
		memset(frame.data, 0xee, ROOM);
		memcpy(frame.data + gap, want, size);
		frame.size = gap + size + 5;
		assert_int_equal(check(p, &frame, hdr), OMV_FRAME_GOOD);
		assert_int_equal(frame.size, size);
		assert_memory_equal(frame.data, want, size);
	}
	frame_free(&frame);
}

static void header_wrong(void **state)
{
	struct detected *p = *state;
	struct frame frame = frame_new(ROOM);
	u8 hdr[32];

	make_header(p->cam.image, OMV_PIX_GRAYSCALE, 40, 30, 1, 32);
	p->cam.size = 1232;
	stream(p);
	frame.size = 1200;
	/* A header with a size larger than the frame, */
	make_header(hdr, OMV_PIX_GRAYSCALE, 40, 31, 1, 32);
	assert_int_equal(check(p, &frame, hdr), OMV_FRAME_UNRECOGNIZED);
	/* with a JPEG format but no JPEG, */
	make_header(hdr, OMV_PIX_JPEG, 40, 30, 1000, 32);
	assert_int_equal(check(p, &frame, hdr), OMV_FRAME_UNRECOGNIZED);
	/* with an unknown format. */
	make_header(hdr, OMV_PIX_PNG, 40, 30, 1000, 32);
	assert_int_equal(check(p, &frame, hdr), OMV_FRAME_UNRECOGNIZED);
	assert_false(p->d.header_mismatch);
	make_header(hdr, OMV_PIX_GRAYSCALE, 40, 30, 1, 32);
	assert_int_equal(check(p, &frame, hdr), OMV_FRAME_GOOD);
	assert_int_equal(frame.size, 1200);
	frame_free(&frame);
}

static void raw(void **state)
{
	struct detected *p = *state;
	struct frame frame = frame_new(ROOM);

	stream_of_shape(p, 30, 40, 2);
	assert_int_equal(p->d.pixfmt, OMV_PIX_RGB565);
	frame.size = 2400;
	assert_int_equal(check(p, &frame, NULL), OMV_FRAME_GOOD);
	frame.size = 2399;
	assert_int_equal(check(p, &frame, NULL), OMV_FRAME_UNRECOGNIZED);
	frame.size = 2401;
	assert_int_equal(check(p, &frame, NULL), OMV_FRAME_UNRECOGNIZED);
	frame_free(&frame);
}

/* Before the format is known the stream is JPEG. */
static void nothing_known(void **state)
{
	struct detected *p = *state;
	struct frame frame = jpeg_new(320, 240, true);

	p->cam.size = 0;
	stream(p);
	assert_int_equal(p->d.pixfmt, OMV_PIX_JPEG);
	assert_int_equal(check(p, &frame, NULL), OMV_FRAME_GOOD);
	expect_picture(&p->d.picture, OMV_PIX_JPEG, 320, 240);
	assert_true(input(p)->signal);
	frame_free(&frame);
	frame = frame_new(ROOM);
	frame.size = 0;
	assert_int_equal(check(p, &frame, NULL), OMV_FRAME_TRUNCATED);
	frame_free(&frame);
}

static void wrong_format(void **state)
{
	static const struct omv_picture gray = { OMV_PIX_GRAYSCALE, 320, 240 };
	struct detected *p = *state;
	struct frame frame = jpeg_new(64, 48, true);
	struct omv_pump_mode mode;
	u8 hdr[32];

	p->cam.frame_id = 0;
	attach(p);
	omv_detect_set_picture(&p->d, &gray);
	omv_detect_stream_on(&p->d, p->f.now);
	assert_int_equal(p->d.pixfmt, OMV_PIX_GRAYSCALE);
	make_header(hdr, OMV_PIX_JPEG, 64, 48, frame.size, 32);
	assert_int_equal(check(p, &frame, hdr), OMV_FRAME_WRONG_FORMAT);
	/* The new format is reported to applications, */
	expect_picture(&p->d.picture, OMV_PIX_JPEG, 64, 48);
	assert_int_equal(p->changed, 1);
	assert_false(p->d.unrecognized);
	/* but the stream keeps its format. */
	omv_detect_mode(&p->d, &mode);
	assert_int_equal(mode.raw_width, 320);
	assert_int_equal(mode.raw_height, 240);
	assert_int_equal(p->d.pixfmt, OMV_PIX_GRAYSCALE);

	/* A frame in another format than the raw preview that was set. */
	make_header(hdr, OMV_PIX_GRAYSCALE, 20, 10, 1, 32);
	frame.size = 200;
	assert_int_equal(check(p, &frame, hdr), OMV_FRAME_GOOD);
	expect_picture(&p->d.picture, OMV_PIX_GRAYSCALE, 20, 10);
	expect_picture(&input(p)->picture, OMV_PIX_JPEG, 64, 48);
	frame_free(&frame);
}

/* ---- consequences ------------------------------------------------------ */

/* The script has changed the size: SHAPE is sent, but not too often. */
static void shape_changed(void **state)
{
	struct detected *p = *state;
	struct frame frame = frame_new(ROOM);
	unsigned int i;

	stream_of_shape(p, 30, 40, 2);
	give_shape(p, 20, 40, 2);
	frame.size = 1600;
	for (i = 0; i < OMV_DETECT_FRAME_MS; i++) {
		assert_int_equal(check(p, &frame, NULL),
				 OMV_FRAME_UNRECOGNIZED);
		expect_log(p, "");
		run(p, 1);
	}
	expect_log(p, "SHAPE");
	expect_idle(p);
	assert_false(p->d.unrecognized);
	expect_picture(&p->d.picture, OMV_PIX_RGB565, 40, 20);
	expect_picture(&input(p)->picture, OMV_PIX_RGB565, 40, 20);
	assert_int_equal(p->changed, 1);
	assert_int_equal(check(p, &frame, NULL), OMV_FRAME_GOOD);
	/* idle() is not called. */
	assert_int_equal(p->idle, 0);
	/* The complete detection is done after the stream. */
	assert_true(p->d.pending);
	omv_detect_stream_off(&p->d, false, p->f.now);
	run(p, 100);
	expect_log(p, "SIZE READ1599 SHAPE");
	frame_free(&frame);
}

/* The stream is stopped, or restarted, before the response to SHAPE. */
static void shape_changed_stream_ends(void **state)
{
	struct detected *p;
	struct frame frame = frame_new(ROOM);
	unsigned int i;
	void *mine;

	frame.size = 1600;
	for (i = 0; i < 2; i++) {
		setup_detect(&mine);
		p = mine;
		stream_of_shape(p, 30, 40, 2);
		give_shape(p, 20, 40, 2);
		check(p, &frame, NULL);
		p->f.now = omv_detect_deadline(&p->d);
		tick_both(p);
		assert_int_equal(p->d.state, OMV_DETECT_SHAPE);
		assert_false(omv_detect_is_busy(&p->d));
		omv_detect_stream_off(&p->d, false, p->f.now);
		assert_true(omv_detect_is_busy(&p->d));
		if (i)
			omv_detect_stream_on(&p->d, p->f.now);
		respond(p);
		assert_false(omv_detect_is_busy(&p->d));
		expect_idle(p);
		assert_int_equal(p->changed, 0);
		/* The result is for a stream that was stopped. */
		expect_log(p, i ? "SHAPE" : "SHAPE SIZE READ1599 SHAPE");
		if (i)
			omv_detect_stream_off(&p->d, false, p->f.now);
		omv_detect_set_allocated(&p->d, false, p->f.now);
		run(p, 100);
		expect_picture(&p->d.picture, OMV_PIX_RGB565, 40, 20);
		teardown_detect(&mine);
	}
	frame_free(&frame);
}

/* A SHAPE without a response loses the session: it becomes less frequent, too. */
static void shape_timeouts(void **state)
{
	struct detected *p = *state;
	struct frame frame = frame_new(ROOM);
	unsigned int i;

	stream_of_shape(p, 30, 40, 2);
	frame.size = 1600;
	p->cam.unresponsive = true;
	for (i = 0; i < 6000; i++) {
		if (p->f.host.state == OMV_HOST_READY)
			check(p, &frame, NULL);
		run(p, 10);
	}
	assert_true(p->d.nr_timeouts >= 4);
	assert_true(p->cam.syncs <= 8);
	p->cam.unresponsive = false;
	give_shape(p, 20, 40, 2);
	run(p, 64000);
	assert_int_equal(p->d.nr_timeouts, 0);
	expect_picture(&p->d.picture, OMV_PIX_RGB565, 40, 20);
	frame_free(&frame);
}

/* SHAPE is repeated for the same frame, without another one. */
static void shape_timeout(void **state)
{
	struct detected *p = *state;
	struct frame frame = frame_new(ROOM);

	stream_of_shape(p, 30, 40, 2);
	give_shape(p, 20, 40, 2);
	frame.size = 1600;
	p->cam.unresponsive = true;
	check(p, &frame, NULL);
	run(p, 1000);
	p->cam.unresponsive = false;
	run(p, 4000);
	expect_log(p, "SHAPE");
	expect_picture(&p->d.picture, OMV_PIX_RGB565, 40, 20);
	frame_free(&frame);
}

/* Frames have a header where they had none. */
static void header_appears(void **state)
{
	struct detected *p = *state;
	struct frame frame = frame_new(ROOM);

	stream(p);
	make_header(frame.data, OMV_PIX_GRAYSCALE, 40, 30, 1, 32);
	frame.size = 1232;
	assert_int_equal(check(p, &frame, NULL), OMV_FRAME_UNRECOGNIZED);
	assert_true(p->d.header_mismatch);
	assert_int_equal(p->refetch, 0);
	run(p, OMV_DETECT_FRAME_MS);
	/* No request was sent. */
	expect_log(p, "");
	assert_int_equal(p->refetch, 1);
	assert_true(input(p)->has_header);
	assert_false(p->d.header_mismatch);
	assert_false(p->d.unrecognized);
	assert_true(p->d.pending);
	run(p, 10000);
	assert_int_equal(p->refetch, 1);
	frame_free(&frame);
}

/* Frames no longer have a header: the first 32 bytes of a JPEG are not a header. */
static void header_disappears(void **state)
{
	struct detected *p = *state;
	struct frame frame = jpeg_new(64, 48, true);
	u8 hdr[32];

	make_header(p->cam.image, OMV_PIX_JPEG, 64, 48, 500, 32);
	p->cam.size = 532;
	stream(p);
	memcpy(hdr, frame.data, 32);
	assert_int_equal(check(p, &frame, hdr), OMV_FRAME_UNRECOGNIZED);
	run(p, OMV_DETECT_FRAME_MS);
	expect_log(p, "");
	assert_int_equal(p->refetch, 1);
	assert_false(input(p)->has_header);
	assert_int_equal(check(p, &frame, NULL), OMV_FRAME_GOOD);
	frame_free(&frame);
}

/* SHAPE matches the size of the frame with its header. */
static void header_disappears_raw(void **state)
{
	struct detected *p = *state;
	struct frame frame = frame_new(ROOM);
	u8 hdr[32] = { 0 };

	make_header(p->cam.image, OMV_PIX_JPEG, 64, 48, 500, 32);
	p->cam.size = 532;
	stream(p);
	give_shape(p, 20, 40, 2);
	/* No frame is latched. */
	p->cam.size = 0;
	frame.size = 1600 - 32;
	assert_int_equal(check(p, &frame, hdr), OMV_FRAME_UNRECOGNIZED);
	assert_false(p->d.header_mismatch);
	run(p, OMV_DETECT_FRAME_MS);
	expect_log(p, "SHAPE");
	assert_int_equal(p->refetch, 1);
	assert_false(input(p)->has_header);
	expect_picture(&p->d.picture, OMV_PIX_RGB565, 40, 20);
	frame.size = 1600;
	assert_int_equal(check(p, &frame, NULL), OMV_FRAME_WRONG_FORMAT);
	frame_free(&frame);
}

/* The last frame before the detection counts. */
static void header_mismatch_over(void **state)
{
	struct detected *p = *state;
	struct frame frame = frame_new(ROOM);

	stream(p);
	make_header(frame.data, OMV_PIX_GRAYSCALE, 40, 30, 1, 32);
	frame.size = 1232;
	check(p, &frame, NULL);
	memset(frame.data, 0, 32);
	check(p, &frame, NULL);
	run(p, OMV_DETECT_FRAME_MS);
	assert_int_equal(p->refetch, 0);
	expect_log(p, "SHAPE");
	/* The next stream starts without these results. */
	make_header(frame.data, OMV_PIX_GRAYSCALE, 40, 30, 1, 32);
	check(p, &frame, NULL);
	omv_detect_stream_off(&p->d, false, p->f.now);
	run(p, 10);
	omv_detect_stream_on(&p->d, p->f.now);
	run(p, 1000);
	assert_int_equal(p->refetch, 0);
	frame_free(&frame);
}

/* "stream" always has a header: SHAPE must not be sent. */
static void preview_unrecognized(void **state)
{
	struct detected *p = *state;
	struct frame frame = jpeg_new(64, 48, true);
	u8 hdr[32];

	stream_of_preview(p);
	memcpy(hdr, frame.data, 32);
	assert_int_equal(check(p, &frame, hdr), OMV_FRAME_UNRECOGNIZED);
	assert_false(p->d.header_mismatch);
	run(p, 1000);
	assert_int_equal(p->refetch, 0);
	assert_true(input(p)->has_header);
	expect_log(p, "");
	assert_true(p->d.pending);
	frame_free(&frame);
}

static void too_big_jpeg(void **state)
{
	struct detected *p = *state;

	stream(p);
	omv_detect_too_big(&p->d, 70000, p->f.now);
	assert_int_equal(p->changed, 1);
	assert_int_equal(input(p)->largest, 70000);
	omv_detect_too_big(&p->d, 70000, p->f.now);
	omv_detect_too_big(&p->d, 69999, p->f.now);
	omv_detect_too_big(&p->d, OMV_MAX_PICTURE + 1, p->f.now);
	assert_int_equal(p->changed, 1);
	assert_int_equal(input(p)->largest, 70000);
	omv_detect_too_big(&p->d, OMV_MAX_PICTURE, p->f.now);
	assert_int_equal(p->changed, 2);
	run(p, 1000);
	expect_log(p, "");
}

/* The size depends only on SHAPE. */
static void too_big_raw(void **state)
{
	struct detected *p = *state;

	stream_of_shape(p, 30, 40, 2);
	give_shape(p, 50, 40, 2);
	omv_detect_too_big(&p->d, 4000, p->f.now);
	assert_int_equal(p->changed, 0);
	assert_int_equal(input(p)->largest, 0);
	run(p, OMV_DETECT_FRAME_MS);
	expect_log(p, "SHAPE");
	assert_int_equal(p->changed, 1);
	expect_picture(&p->d.picture, OMV_PIX_RGB565, 40, 50);
}

/* The size must be reported without the header, which SHAPE does not include. */
static void too_big_header(void **state)
{
	struct detected *p = *state;

	make_header(p->cam.image, OMV_PIX_GRAYSCALE, 40, 30, 1, 32);
	p->cam.size = 1232;
	stream(p);
	give_shape(p, 50, 40, 2);
	omv_detect_too_big(&p->d, 4000 - 32, p->f.now);
	run(p, OMV_DETECT_FRAME_MS);
	expect_picture(&p->d.picture, OMV_PIX_RGB565, 40, 50);
	assert_false(input(p)->has_header);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_detect, teardown_detect)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(jpeg),
		TEST(jpeg_truncated),
		TEST(jpeg_trailing),
		TEST(jpeg_thumbnail_truncated),
		TEST(jpeg_without_tables),
		TEST(header),
		TEST(header_wrong),
		TEST(raw),
		TEST(nothing_known),
		TEST(wrong_format),
		TEST(shape_changed),
		TEST(shape_changed_stream_ends),
		TEST(shape_timeouts),
		TEST(shape_timeout),
		TEST(header_appears),
		TEST(header_disappears),
		TEST(header_disappears_raw),
		TEST(header_mismatch_over),
		TEST(preview_unrecognized),
		TEST(too_big_jpeg),
		TEST(too_big_raw),
		TEST(too_big_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
