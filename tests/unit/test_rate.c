// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measuring and limiting the frame rate.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../driver/core/omv_rate.h"

#define MS	1000000ull
#define S	(1000 * MS)
#define BEGIN	(5 * S)

/* Return: number of wanted frames out of @count, with this @interval from time @from on */
static unsigned int frames(struct omv_rate *rate, u64 from, u64 interval, unsigned int count)
{
	unsigned int i, wanted = 0;

	for (i = 0; i < count; i++)
		wanted += omv_rate_frame(rate, from + i * interval);
	return wanted;
}

static void assert_near(u64 value, u64 expected)
{
	assert_in_range(value, expected - expected / 50, expected + expected / 50);
}

static void nothing_measured(void **state)
{
	struct omv_rate rate = { 0 };

	assert_int_equal(omv_rate_reported(&rate), OMV_RATE_DEFAULT_NS);
	assert_true(omv_rate_frame(&rate, BEGIN));
	assert_int_equal(omv_rate_reported(&rate), OMV_RATE_DEFAULT_NS);
}

static void measured(void **state)
{
	static const u64 intervals[] = { 4 * MS, 10 * MS, 33333333, 40 * MS, 200 * MS, 3 * S };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(intervals); i++) {
		struct omv_rate rate = { 0 };

		assert_int_equal(frames(&rate, BEGIN, intervals[i], 30), 30);
		assert_near(omv_rate_reported(&rate), intervals[i]);
	}
}

static void changed(void **state)
{
	struct omv_rate rate = { 0 };

	frames(&rate, BEGIN, 10 * MS, 50);
	frames(&rate, BEGIN + S, 40 * MS, 50);
	assert_near(omv_rate_reported(&rate), 40 * MS);
	frames(&rate, BEGIN + 10 * S, 20 * MS, 50);
	assert_near(omv_rate_reported(&rate), 20 * MS);
}

/* Frames are up to 20% early or late: the reported value must not change. */
static void jitter(void **state)
{
	struct omv_rate rate = { 0 };
	u64 reported;
	unsigned int i;

	frames(&rate, BEGIN, 20 * MS, 20);
	reported = omv_rate_reported(&rate);
	for (i = 0; i < 200; i++) {
		omv_rate_frame(&rate, BEGIN + (20 + i) * 20 * MS + (i % 3) * 4 * MS);
		assert_int_equal(omv_rate_reported(&rate), reported);
	}
}

/* One pause of the application must not change the reported rate. */
static void paused(void **state)
{
	struct omv_rate rate = { 0 };

	frames(&rate, BEGIN, 20 * MS, 20);
	omv_rate_reported(&rate);
	omv_rate_frame(&rate, BEGIN + 60 * S);
	frames(&rate, BEGIN + 60 * S + 20 * MS, 20 * MS, 8);
	assert_near(omv_rate_reported(&rate), 20 * MS);
	omv_rate_restart(&rate);
	omv_rate_frame(&rate, BEGIN + 100 * S);
	assert_near(omv_rate_reported(&rate), 20 * MS);
}

/* Two frames announced at the same moment. */
static void at_once(void **state)
{
	struct omv_rate rate = { 0 };

	frames(&rate, BEGIN, 0, 100);
	assert_true(omv_rate_reported(&rate) > 0);
	frames(&rate, BEGIN, 20 * MS, 100);
	assert_near(omv_rate_reported(&rate), 20 * MS);
}

static void limited(void **state)
{
	static const struct {
		u64 camera;
		u64 wanted;
	} cases[] = {
		{ 16666667, 33333333 },
		{ 16666667, 40 * MS },
		{ 33333333, 40 * MS },
		{ 33333333, 66666667 },
		{ 20 * MS, 200 * MS },
		{ 10 * MS, S },
	};
	unsigned int i, count;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct omv_rate rate = { 0 };

		frames(&rate, BEGIN, cases[i].camera, 20);
		omv_rate_limit(&rate, cases[i].wanted);
		omv_rate_restart(&rate);
		count = frames(&rate, 2 * BEGIN, cases[i].camera, 10 * S / cases[i].camera);
		assert_in_range(count, 10 * S / cases[i].wanted - 1, 10 * S / cases[i].wanted + 1);
	}
}

/* 30 of 60 is every second frame; 40 of 60 never drops two in a row. */
static void evenly(void **state)
{
	struct omv_rate rate = { 0 };
	unsigned int i, left_out = 0;
	bool was = false, is;

	frames(&rate, BEGIN, 16666667, 60);
	omv_rate_limit(&rate, 33333333);
	for (i = 0; i < 200; i++) {
		is = omv_rate_frame(&rate, 2 * BEGIN + i * 16666667ull);
		assert_true(is != was);
		was = is;
	}
	omv_rate_limit(&rate, 25 * MS);
	for (i = 0; i < 300; i++) {
		is = omv_rate_frame(&rate, 4 * BEGIN + i * 16666667ull);
		assert_true(is || was);
		left_out += !is;
		was = is;
	}
	assert_in_range(left_out, 99, 101);
}

/* The frame nearest to its time is taken, even if it is a little early. */
static void early(void **state)
{
	struct omv_rate rate = { 0 };
	unsigned int i;

	frames(&rate, BEGIN, 33333333, 60);
	omv_rate_limit(&rate, 66666667);
	for (i = 0; i < 200; i++) {
		u64 off = i % 4 == 2 ? 4 * MS : 0;

		assert_int_equal(omv_rate_frame(&rate, 2 * BEGIN + i * 33333333ull - off), !(i % 2));
	}
}

static void no_limit(void **state)
{
	struct omv_rate rate = { 0 };

	frames(&rate, BEGIN, 20 * MS, 20);
	/* No limit, a limit above the rate, and one equal to the rate. */
	assert_int_equal(rate.wanted, 0);
	omv_rate_limit(&rate, MS);
	assert_int_equal(frames(&rate, 2 * BEGIN, 20 * MS, 50), 50);
	omv_rate_limit(&rate, 21 * MS);
	assert_int_equal(frames(&rate, 3 * BEGIN, 20 * MS, 50), 50);
	omv_rate_limit(&rate, U64_MAX);
	assert_int_equal(rate.wanted, OMV_RATE_MAX_NS);
	assert_int_equal(frames(&rate, 4 * BEGIN, 20 * MS, 50), 1);
	omv_rate_limit(&rate, 0);
	assert_int_equal(frames(&rate, 5 * BEGIN, 20 * MS, 50), 50);
}

/* 30 of a camera that gives 12, before its first frame, and when it becomes faster. */
static void more_than_the_camera_gives(void **state)
{
	struct omv_rate rate = { 0 };

	omv_rate_limit(&rate, 33333333);
	assert_int_equal(frames(&rate, BEGIN, 83333333, 100), 100);
	omv_rate_restart(&rate);
	assert_int_equal(frames(&rate, 4 * BEGIN, 33333333, 100), 100);
	omv_rate_restart(&rate);
	frames(&rate, 8 * BEGIN, 16666667, 60);
	assert_in_range(frames(&rate, 8 * BEGIN + 60 * 16666667ull, 16666667, 100), 49, 51);
}

static void fastest(void **state)
{
	struct omv_rate rate = { 0 };

	frames(&rate, BEGIN, 20 * MS, OMV_RATE_WINDOW + 1);
	assert_int_equal(rate.fastest, 0);
	frames(&rate, BEGIN + (OMV_RATE_WINDOW + 1) * 20 * MS, 20 * MS, 1);
	assert_int_equal(rate.fastest, 20 * MS);
	/* A slow stream takes nothing away, a faster one counts. */
	omv_rate_restart(&rate);
	frames(&rate, 2 * BEGIN, 100 * MS, 3 * OMV_RATE_WINDOW);
	assert_int_equal(rate.fastest, 20 * MS);
	omv_rate_restart(&rate);
	frames(&rate, 10 * BEGIN, 10 * MS, 3 * OMV_RATE_WINDOW);
	assert_int_equal(rate.fastest, 10 * MS);
}

/* Frames that were held up and come at once are not a fast camera. */
static void not_fastest(void **state)
{
	struct omv_rate rate = { 0 };
	unsigned int i;

	for (i = 0; i < 10; i++) {
		omv_rate_restart(&rate);
		frames(&rate, (i + 1) * BEGIN, 0, OMV_RATE_WINDOW / 2);
	}
	assert_int_equal(rate.fastest, 0);
	omv_rate_restart(&rate);
	for (i = 0; i < 3 * OMV_RATE_WINDOW; i++)
		omv_rate_frame(&rate, 20 * BEGIN + i / 4 * 4 * 20 * MS);
	assert_in_range(rate.fastest, 19 * MS, 21 * MS);
}

static void hint(void **state)
{
	struct omv_rate rate = { 0 };

	omv_rate_hint(&rate, 10 * MS);
	assert_int_equal(omv_rate_reported(&rate), 10 * MS);
	assert_int_equal(rate.fastest, 10 * MS);
	/* What was measured has priority; the shortest interval stays. */
	omv_rate_hint(&rate, 20 * MS);
	assert_int_equal(omv_rate_reported(&rate), 10 * MS);
	assert_int_equal(rate.fastest, 10 * MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_measured),
		cmocka_unit_test(measured),
		cmocka_unit_test(changed),
		cmocka_unit_test(jitter),
		cmocka_unit_test(paused),
		cmocka_unit_test(at_once),
		cmocka_unit_test(limited),
		cmocka_unit_test(evenly),
		cmocka_unit_test(early),
		cmocka_unit_test(no_limit),
		cmocka_unit_test(more_than_the_camera_gives),
		cmocka_unit_test(fastest),
		cmocka_unit_test(not_fastest),
		cmocka_unit_test(hint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
