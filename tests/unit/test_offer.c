// SPDX-License-Identifier: GPL-2.0-only
/*
 * The formats, sizes and rates that a node offers to applications.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "../../driver/core/omv_offer.h"

static struct omv_input jpeg_only(void)
{
	return (struct omv_input){
		.picture = { OMV_PIX_JPEG, 640, 480 },
	};
}

static struct omv_input with_raw(u16 width, u16 height)
{
	struct omv_input input = jpeg_only();

	input.raw = (struct omv_picture){ OMV_PIX_RGB565, width, height };
	return input;
}

static void assert_picture(const struct omv_picture *picture, u32 pixfmt,
			   u16 width, u16 height)
{
	assert_int_equal(picture->pixfmt, pixfmt);
	assert_int_equal(picture->width, width);
	assert_int_equal(picture->height, height);
}

static void test_one_offer(void **state)
{
	struct omv_input input = jpeg_only();
	struct omv_picture picture;

	assert_true(omv_offer(&input, 0, &picture));
	assert_picture(&picture, OMV_PIX_JPEG, 640, 480);
	assert_false(omv_offer(&input, 1, &picture));
	assert_int_equal(omv_offer_first(&input, OMV_PIX_JPEG), 0);
	assert_int_equal(omv_offer_first(&input, OMV_PIX_RGB565), -EINVAL);
	assert_int_equal(omv_offer_first(&input, 0), -EINVAL);
}

static void test_nothing_known(void **state)
{
	struct omv_input input = { 0 };
	struct omv_picture picture;

	assert_true(omv_offer(&input, 0, &picture));
	assert_int_equal(picture.width, 0);
	picture = omv_offer_visible(&picture);
	assert_picture(&picture, OMV_PIX_JPEG, 640, 480);
	assert_int_equal(omv_offer_first(&input, OMV_PIX_JPEG), 0);
	assert_true(omv_offer_has(&input, &picture));
	picture.width = 641;
	assert_false(omv_offer_has(&input, &picture));
}

/* An unknown format is reported as JPEG, with the known size. */
static void test_visible_format(void **state)
{
	const struct omv_picture png = { 0x06070000, 320, 240 };
	const struct omv_picture grey = { OMV_PIX_GRAYSCALE, 320, 240 };
	struct omv_picture picture = omv_offer_visible(&png);

	assert_picture(&picture, OMV_PIX_JPEG, 320, 240);
	picture = omv_offer_visible(&grey);
	assert_picture(&picture, OMV_PIX_GRAYSCALE, 320, 240);
}

static void test_raw_halves(void **state)
{
	struct omv_input input = with_raw(320, 240);
	struct omv_picture picture;

	assert_true(omv_offer(&input, 1, &picture));
	assert_picture(&picture, OMV_PIX_RGB565, 320, 240);
	assert_true(omv_offer(&input, 2, &picture));
	assert_picture(&picture, OMV_PIX_RGB565, 160, 120);
	assert_true(omv_offer(&input, 3, &picture));
	assert_picture(&picture, OMV_PIX_RGB565, 80, 60);
	assert_false(omv_offer(&input, 4, &picture));
	assert_int_equal(omv_offer_first(&input, OMV_PIX_RGB565), 1);
	picture = (struct omv_picture){ OMV_PIX_RGB565, 160, 120 };
	assert_true(omv_offer_has(&input, &picture));
	picture.pixfmt = OMV_PIX_JPEG;
	assert_false(omv_offer_has(&input, &picture));
	picture = (struct omv_picture){ OMV_PIX_RGB565, 160, 240 };
	assert_false(omv_offer_has(&input, &picture));
}

static void test_raw_odd_and_small(void **state)
{
	struct omv_input odd = with_raw(322, 240), odd_lines = with_raw(320, 122);
	struct omv_input small = with_raw(62, 480), low = with_raw(640, 60);
	struct omv_picture picture;

	assert_true(omv_offer(&odd, 2, &picture));
	assert_false(omv_offer(&odd, 3, &picture));
	assert_true(omv_offer(&odd_lines, 2, &picture));
	assert_false(omv_offer(&odd_lines, 3, &picture));
	/* 62 / 4 is below 16, and so is 60 / 4. */
	assert_true(omv_offer(&small, 2, &picture));
	assert_false(omv_offer(&small, 3, &picture));
	assert_true(omv_offer(&low, 2, &picture));
	assert_false(omv_offer(&low, 3, &picture));
}

static void nearest(const struct omv_input *input, u32 pixfmt, u16 width,
		    u16 height, struct omv_picture *picture)
{
	const struct omv_picture want = { pixfmt, width, height };

	omv_offer_nearest(input, &want, picture);
}

static void test_nearest(void **state)
{
	struct omv_input input = with_raw(320, 240);
	struct omv_picture picture;

	nearest(&input, OMV_PIX_RGB565, 150, 130, &picture);
	assert_picture(&picture, OMV_PIX_RGB565, 160, 120);
	nearest(&input, OMV_PIX_RGB565, 1, 1, &picture);
	assert_picture(&picture, OMV_PIX_RGB565, 80, 60);
	nearest(&input, OMV_PIX_RGB565, 65535, 65535, &picture);
	assert_picture(&picture, OMV_PIX_RGB565, 320, 240);
	/* Only the height decides. */
	nearest(&input, OMV_PIX_RGB565, 200, 60, &picture);
	assert_picture(&picture, OMV_PIX_RGB565, 160, 120);
	nearest(&input, OMV_PIX_RGB565, 200, 20, &picture);
	assert_picture(&picture, OMV_PIX_RGB565, 160, 120);
	nearest(&input, OMV_PIX_JPEG, 80, 60, &picture);
	assert_picture(&picture, OMV_PIX_JPEG, 640, 480);
	nearest(&input, OMV_PIX_GRAYSCALE, 80, 60, &picture);
	assert_picture(&picture, OMV_PIX_JPEG, 640, 480);
	nearest(&input, 0, 80, 60, &picture);
	assert_picture(&picture, OMV_PIX_JPEG, 640, 480);
}

static void test_buffers(void **state)
{
	const struct omv_picture vga = { OMV_PIX_JPEG, 640, 480 };
	const struct omv_picture tiny = { OMV_PIX_JPEG, 8, 8 };
	const struct omv_picture huge = { OMV_PIX_JPEG, 65535, 65535 };
	const struct omv_picture grey = { OMV_PIX_GRAYSCALE, 320, 240 };

	assert_int_equal(omv_offer_buffer(&vga, 0), 614400);
	assert_int_equal(omv_offer_buffer(&vga, 614399), 614400);
	assert_int_equal(omv_offer_buffer(&vga, 700000), 700000);
	assert_int_equal(omv_offer_buffer(&tiny, 0), 65536);
	assert_int_equal(omv_offer_buffer(&huge, 0), OMV_MAX_PICTURE);
	assert_int_equal(omv_offer_buffer(&vga, U32_MAX), OMV_MAX_PICTURE);
	assert_int_equal(omv_offer_buffer(&grey, 700000), 76800);
}

static void assert_interval(u64 interval, u32 num, u32 den)
{
	struct omv_fraction f;

	omv_offer_interval(interval, &f);
	assert_int_equal(f.numerator, num);
	assert_int_equal(f.denominator, den);
}

static void test_interval(void **state)
{
	assert_interval(33333333, 1, 30);
	assert_interval(33400000, 1, 30);
	assert_interval(16666667, 1, 60);
	assert_interval(1000000, 1, 1000);
	assert_interval(200000000, 1, 5);
	/* Below five in tenths of a frame. */
	assert_interval(204081633, 10, 49);
	assert_interval(1000000000, 10, 10);
	assert_interval(10000000000ull, 10, 1);
	/* Rounded, not cut: 14.96 is 15. */
	assert_interval(66844920, 1, 15);
}

/* Return: the list of rates as text */
static const char *rates(u64 fastest)
{
	static char list[100];
	struct omv_fraction f;
	unsigned int i;
	int len = 0;

	for (i = 0; omv_offer_intervals(fastest, i, &f); i++) {
		assert_int_equal(f.numerator, 1);
		len += snprintf(list + len, sizeof(list) - len, i ? " %u" : "%u", f.denominator);
	}
	assert_false(omv_offer_intervals(fastest, i + 1, &f));
	assert_false(omv_offer_intervals(fastest, UINT32_MAX, &f));
	return list;
}

static void test_intervals(void **state)
{
	assert_string_equal(rates(0), "30 20 15 10 5");
	assert_string_equal(rates(10000000000ull), "30 20 15 10 5");
	assert_string_equal(rates(83333333), "30 20 15 10 5");
	assert_string_equal(rates(33333333), "30 20 15 10 5");
	/* 31.5 is so near to 30 that no frame is dropped. */
	assert_string_equal(rates(31746032), "30 20 15 10 5");
	assert_string_equal(rates(28571429), "60 30 20 15 10 5");
	assert_string_equal(rates(16666667), "60 30 20 15 10 5");
	assert_string_equal(rates(11111111), "90 60 30 20 15 10 5");
	assert_string_equal(rates(10000000), "120 90 60 30 20 15 10 5");
	assert_string_equal(rates(1), "1000 480 240 120 90 60 30 20 15 10 5");
}

static void assert_wanted(u32 num, u32 den, u64 interval, u32 result_num, u32 result_den)
{
	struct omv_fraction f = { num, den };

	assert_int_equal(omv_offer_wanted(&f), interval);
	assert_int_equal(f.numerator, result_num);
	assert_int_equal(f.denominator, result_den);
}

static void test_wanted(void **state)
{
	assert_wanted(1, 30, 33333333, 1, 30);
	assert_wanted(1001, 30000, 33366666, 1001, 30000);
	assert_wanted(2, 7, 285714285, 2, 7);
	assert_wanted(1, 1000, 1000000, 1, 1000);
	assert_wanted(10, 1, 10000000000ull, 10, 1);
	/* The default. */
	assert_wanted(0, 0, 0, 0, 0);
	assert_wanted(0, 30, 0, 0, 30);
	assert_wanted(1, 0, 0, 1, 0);
	/* Beyond the limits. */
	assert_wanted(1, 1001, 1000000, 1, 1000);
	assert_wanted(1, UINT32_MAX, 1000000, 1, 1000);
	assert_wanted(11, 1, 10000000000ull, 10, 1);
	assert_wanted(UINT32_MAX, 1, 10000000000ull, 10, 1);
	assert_wanted(UINT32_MAX, UINT32_MAX, 1000000000, UINT32_MAX, UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_offer),
		cmocka_unit_test(test_nothing_known),
		cmocka_unit_test(test_visible_format),
		cmocka_unit_test(test_raw_halves),
		cmocka_unit_test(test_raw_odd_and_small),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_buffers),
		cmocka_unit_test(test_interval),
		cmocka_unit_test(test_intervals),
		cmocka_unit_test(test_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
