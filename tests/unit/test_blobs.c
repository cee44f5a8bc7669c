// SPDX-License-Identifier: GPL-2.0-only
/*
 * Areas of one colour.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../driver/core/omv_wire.h"
#include "../../firmware/camera/blobs.h"

#define WIDTH	8
#define HEIGHT	6

static const u8 grey[WIDTH * HEIGHT] = {
	0, 0, 0, 0, 0, 0, 0, 9,
	0, 5, 5, 0, 0, 5, 0, 0,
	0, 5, 0, 0, 0, 5, 0, 0,
	0, 5, 5, 5, 5, 5, 0, 0,
	0, 0, 0, 0, 0, 0, 7, 0,
	9, 0, 0, 0, 0, 0, 0, 7,
};

static const struct blobs_ask all = {
	.width = WIDTH, .height = HEIGHT, .x_stride = 1, .y_stride = 1, .count = 1,
};

static void test_shape(void **state)
{
	const struct blobs_range five = { .low = { 5 }, .high = { 6 } };
	struct blob *found;

	(void)state;
	/* One area, however bent; found at its first line. */
	assert_int_equal(blobs_find(grey, OMV_PIX_GRAYSCALE, WIDTH, &all, &five, &found), 1);
	assert_int_equal(found->x, 1);
	assert_int_equal(found->y, 1);
	assert_int_equal(found->width, 5);
	assert_int_equal(found->height, 3);
	assert_int_equal(found->pixels, 10);
	assert_int_equal(found->code, 1);
	assert_int_equal(found->sum[0], 1 + 2 + 5 + 1 + 5 + 1 + 2 + 3 + 4 + 5);
	assert_int_equal(found->sum[1], 3 * 1 + 2 * 2 + 5 * 3);
	assert_int_equal(found->sum[3], 3 * 1 + 2 * 4 + 5 * 9);
	assert_int_equal(found->sum[4], 8 + 2 * 6 + 3 * 15);
	free(found);
}

static void test_several(void **state)
{
	const struct blobs_range ranges[] = {
		{ .low = { 9 }, .high = { 255 } },
		{ .low = { 7 }, .high = { 7 } },
	};
	struct blobs_ask ask = all;
	struct blob *found;

	(void)state;
	ask.count = 2;
	/* Corners do not touch. */
	assert_int_equal(blobs_find(grey, OMV_PIX_GRAYSCALE, WIDTH, &ask, ranges, &found), 4);
	assert_int_equal(found[0].x, 7);
	assert_int_equal(found[1].y, 5);
	assert_int_equal(found[2].code, 2);
	assert_int_equal(found[3].code, 2);
	free(found);
	/* A part: 7, 4 is its corner. */
	ask.x = 6;
	ask.y = 4;
	ask.width = ask.height = 2;
	assert_int_equal(blobs_find(grey, OMV_PIX_GRAYSCALE, WIDTH, &ask, ranges, &found), 2);
	assert_int_equal(found[0].x, 6);
	assert_int_equal(found[1].y, 5);
	free(found);
	/* Its other pixels. */
	ask.invert = true;
	ask.count = 1;
	assert_int_equal(blobs_find(grey, OMV_PIX_GRAYSCALE, WIDTH, &ask, ranges + 1, &found), 2);
	free(found);
	/* Between the columns and lines that are searched. */
	ask = all;
	ask.x_stride = 8;
	ask.y_stride = 3;
	assert_int_equal(blobs_find(grey, OMV_PIX_GRAYSCALE, WIDTH, &ask, ranges + 1, &found), 0);
	assert_null(found);
	ask.count = 0;
	assert_int_equal(blobs_find(grey, OMV_PIX_GRAYSCALE, WIDTH, &ask, ranges, &found), 0);
}

/* L*a*b* of the corners of the cube, as colour tables have them. */
static void test_lab(void **state)
{
	static const struct {
		u16 rgb565;
		s32 lab[3];
	} colours[] = {
		{ 0x0000, { 0, 0, 0 } }, { 0xffff, { 100, 0, 0 } }, { 0xf800, { 53, 80, 67 } },
		{ 0x07e0, { 88, -86, 83 } }, { 0x001f, { 32, 79, -108 } },
	};
	const struct blobs_ask ask = {
		.width = 1, .height = 1, .x_stride = 1, .y_stride = 1, .count = 1,
	};
	struct blob *found;

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(colours); i++) {
		const u8 pixel[2] = { colours[i].rgb565 & 0xff, colours[i].rgb565 >> 8 };
		struct blobs_range range;

		for (u32 j = 0; j < 3; j++) {
			range.low[j] = colours[i].lab[j] - 1;
			range.high[j] = colours[i].lab[j] + 1;
		}
		assert_int_equal(blobs_find(pixel, OMV_PIX_RGB565, 1, &ask, &range, &found), 1);
		free(found);
		range.low[2] = colours[i].lab[2] + 2;
		range.high[2] = range.low[2] + 50;
		assert_int_equal(blobs_find(pixel, OMV_PIX_RGB565, 1, &ask, &range, &found), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shape),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_lab),
	};

	return cmocka_run_group_tests_name("blobs", tests, NULL, NULL);
}
