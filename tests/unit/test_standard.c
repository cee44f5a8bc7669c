// SPDX-License-Identifier: GPL-2.0-only
/* What the key of a knob says, which range it gets, and what applications see of it. */
#include "config_fixture.h"
#include "../../driver/core/omv_standard.h"

/* Read the only knob of a JSON document, as a control that is new would get it. */
static enum omv_standard start(const char *member)
{
	enum omv_standard standard;
	char text[256];

	snprintf(text, sizeof(text), "{%s}", member);
	read_document(OMV_CONFIG_JSON, text, strlen(text));
	assert_int_equal(nr_knobs, 1);
	standard = omv_standard_find(&knobs[0]);
	omv_knob_start_range(&knobs[0], standard);
	return standard;
}

static void assert_view(const char *member, s32 min, s32 max, s32 step, s32 value)
{
	enum omv_standard standard = start(member);
	struct omv_view view;

	omv_standard_view(standard, &knobs[0], &view);
	if (view.min != min || view.max != max || view.step != step || view.value != value)
		fail_msg("%s: %d..%d/%d %d", member, view.min, view.max, view.step, view.value);
}

static void meanings(void **state)
{
	static const struct {
		const char *member;
		enum omv_standard standard;
	} members[] = {
		{ "\"quality\": 50", OMV_STANDARD_QUALITY },
		{ "\"quality\": true", OMV_STANDARD_NONE },
		{ "\"Auto-Exposure\": true", OMV_STANDARD_AUTO_EXPOSURE },
		{ "\"auto_exposure\": 1", OMV_STANDARD_AUTO_EXPOSURE },
		{ "\"auto_exposure\": 2", OMV_STANDARD_NONE },
		{ "\"auto_exposure\": 1.0", OMV_STANDARD_NONE },
		{ "\"gain\": 5", OMV_STANDARD_GAIN },
		{ "\"gain\": true", OMV_STANDARD_NONE },
		{ "\"gain_db\": 5", OMV_STANDARD_GAIN_DB },
		{ "\"gains\": 5", OMV_STANDARD_NONE },
		{ "\"exposure_us\": 1.5", OMV_STANDARD_EXPOSURE_US },
		{ "\"exposure_us\": -1", OMV_STANDARD_EXPOSURE_US },
		{ "\"exposure_ms\": 1", OMV_STANDARD_EXPOSURE_MS },
		{ "\"exposure\": 1000", OMV_STANDARD_EXPOSURE_US },
		{ "\"exposure\": 0", OMV_STANDARD_EXPOSURE_US },
		{ "\"exposure\": 1000.0", OMV_STANDARD_EXPOSURE_US },
		/* Steps of exposure compensation, seconds, percent. */
		{ "\"exposure\": -6", OMV_STANDARD_EXPOSURE },
		{ "\"exposure\": 0.01", OMV_STANDARD_EXPOSURE },
		{ "\"exposure\": {\"value\": 0, \"min\": -3, \"max\": 3}", OMV_STANDARD_EXPOSURE },
		{ "\"exposure\": {\"value\": 0, \"min\": 0, \"max\": 100}", OMV_STANDARD_EXPOSURE },
		{ "\"exposure\": {\"value\": 0, \"min\": 0, \"max\": 1000}", OMV_STANDARD_EXPOSURE_US },
		{ "\"exposure\": {\"value\": 5, \"unit\": \"%\"}", OMV_STANDARD_EXPOSURE },
		{ "\"exposure\": {\"value\": 5.5, \"unit\": \"us\"}", OMV_STANDARD_EXPOSURE_US },
		{ "\"exposure\": {\"value\": 5.5, \"unit\": \"\xc2\xb5s\"}", OMV_STANDARD_EXPOSURE_US },
		{ "\"exposure\": {\"value\": 5.5, \"unit\": \"ms\"}", OMV_STANDARD_EXPOSURE_MS },
		{ "\"exposure_time\": {\"value\": 0.5, \"unit\": \"s\"}", OMV_STANDARD_EXPOSURE_S },
		{ "\"exposure_us\": {\"value\": 5, \"min\": 0, \"max\": 50}", OMV_STANDARD_EXPOSURE },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(members); i++)
		if (start(members[i].member) != members[i].standard)
			fail_msg("%s", members[i].member);
}

static void first_ranges(void **state)
{
	assert_view("\"quality\": 50", 1, 100, 1, 50);
	assert_view("\"quality\": 85.5", 1, 100, 1, 86);
	assert_view("\"quality\": 0", 1, 100, 1, 1);
	assert_view("\"quality\": 1000", 1, 100, 1, 100);
	assert_view("\"quality\": {\"value\": 20, \"min\": 10, \"max\": 63}", 1, 100, 1, 20);
	assert_view("\"brightness\": 0", -16, 16, 1, 0);
	assert_view("\"brightness\": 50", -100, 100, 1, 50);
	assert_view("\"brightness\": 128", -255, 255, 1, 128);
	assert_view("\"contrast\": -256", -1000, 16, 1, -256);
	assert_view("\"contrast\": 0.5", -16000, 16000, 1, 500);
	assert_view("\"gain\": 16", 0, 128, 1, 16);
	assert_view("\"gain\": 1.5", 0, 60000, 1, 1500);
	assert_view("\"gain\": 64.0", 0, 100000, 1, 64000);
	assert_view("\"gain\": -3.0", -100000, 60000, 1, -3000);
	assert_view("\"white_balance_temperature\": 1900", 0, 10000, 1, 1900);
	assert_view("\"zoom\": 100", 1, 100, 1, 100);
	/* What the author says is the range. */
	assert_view("\"brightness\": {\"value\": 0, \"min\": -2, \"max\": 2}", -2, 2, 1, 0);
	assert_view("\"zoom\": {\"value\": 12, \"min\": 5, \"max\": 22, \"step\": 5}", 5, 22, 5, 10);
	assert_view("\"zoom\": {\"value\": 13, \"min\": 5, \"max\": 22, \"step\": 5}", 5, 22, 5, 15);
	assert_view("\"zoom\": {\"value\": 22, \"min\": 5, \"max\": 22, \"step\": 5}", 5, 22, 5, 20);
	assert_view("\"a\": {\"value\": 7, \"min\": -1e10, \"max\": 1e10, \"step\": 4e9}", S32_MIN, S32_MAX,
		    S32_MAX, -1);
	/* Nothing is known. */
	assert_view("\"speed\": 3", -1000, 1000, 1, 3);
	assert_view("\"speed\": 0", -1000, 1000, 1, 0);
	assert_view("\"speed\": 100", -1000, 1000, 1, 100);
	assert_view("\"speed\": 101", -10000, 10000, 1, 101);
	assert_view("\"speed\": -5000", -100000, 100000, 1, -5000);
	assert_view("\"speed\": 0.5", -100000, 100000, 1, 500);
	assert_view("\"speed\": 25.5", -1000000, 1000000, 1, 25500);
	assert_view("\"speed\": 2147483647", S32_MIN, S32_MAX, 1, S32_MAX);
	assert_view("\"speed\": -1e300", S32_MIN, S32_MAX, 1, S32_MIN);
}

/* Applications have units of 100 us. */
static void exposures(void **state)
{
	struct omv_view view;
	enum omv_standard standard;
	s32 value;

	assert_view("\"exposure\": 1000", 1, 10000, 1, 10);
	assert_view("\"exposure_us\": 49", 0, 10000, 1, 0);
	assert_view("\"exposure_us\": 77", 0, 10000, 1, 1);
	assert_view("\"exposure_us\": 2000000", 1, 100000, 1, 20000);
	assert_view("\"exposure_us\": 500.5", 1, 10000, 1, 5);
	assert_view("\"exposure_ms\": 10", 10, 10000, 10, 100);
	assert_view("\"exposure_ms\": 10.25", 10, 10000, 1, 103);
	assert_view("\"exposure\": {\"value\": 0.5, \"unit\": \"s\"}", 0, 10000, 10, 5000);
	assert_view("\"exposure\": {\"value\": 5000, \"min\": 1, \"max\": 99999, \"step\": 100}", 1, 999, 1, 50);
	assert_view("\"exposure\": {\"value\": 5000, \"min\": 0, \"max\": 100000, \"step\": 500}", 0, 1000, 5, 50);

	/* What was set is what is shown. */
	standard = start("\"exposure\": 1000");
	for (value = 1; value <= 10000; value++) {
		knobs[0].value = omv_standard_value(standard, &knobs[0], value);
		assert_int_equal(knobs[0].value, 100 * value);
		omv_standard_view(standard, &knobs[0], &view);
		assert_int_equal(view.value, value);
	}
	standard = start("\"exposure_ms\": 10.5");
	assert_int_equal(omv_standard_value(standard, &knobs[0], 15), 1500);
	standard = start("\"exposure_ms\": 10");
	assert_int_equal(omv_standard_value(standard, &knobs[0], 20), 2);
	/* Within the range, also where it is none of the unit. */
	standard = start("\"exposure\": {\"value\": 50, \"min\": 16, \"max\": 950}");
	assert_int_equal(omv_standard_value(standard, &knobs[0], 0), 16);
	assert_int_equal(omv_standard_value(standard, &knobs[0], S32_MAX), 950);
	standard = start("\"quality\": 85.5");
	assert_int_equal(omv_standard_value(standard, &knobs[0], 40), 40000);
}

static void grow_to(s32 value, enum omv_standard standard)
{
	struct omv_knob old = knobs[0];

	knobs[0].min = S32_MIN;
	knobs[0].max = S32_MAX;
	knobs[0].value = value;
	omv_knob_keep_range(&knobs[0], &old, standard);
	assert_true(knobs[0].min <= old.min && knobs[0].max >= old.max);
	assert_true(knobs[0].min <= value && knobs[0].max >= value);
}

static void assert_limits(s32 min, s32 max)
{
	if (knobs[0].min != min || knobs[0].max != max)
		fail_msg("%d..%d, not %d..%d", knobs[0].min, knobs[0].max, min, max);
}

static void growing(void **state)
{
	enum omv_standard standard = start("\"brightness\": 0");

	grow_to(16, standard);
	assert_limits(-16, 16);
	grow_to(-17, standard);
	assert_limits(-100, 16);
	grow_to(17, standard);
	assert_limits(-100, 100);
	grow_to(101, standard);
	assert_limits(-255, 255);
	grow_to(S32_MAX, standard);
	assert_limits(S32_MIN, S32_MAX);
	standard = start("\"exposure\": 1000");
	grow_to(0, standard);
	assert_limits(0, 1000000);
	grow_to(-1, standard);
	assert_limits(-100, 1000000);
	grow_to(1000001, standard);
	assert_limits(-10000000, 10000000);
	standard = start("\"speed\": 1");
	grow_to(999, standard);
	assert_limits(-1000, 1000);
	grow_to(1000, standard);
	assert_limits(-1000, 10000);
	grow_to(-1001, standard);
	assert_limits(-100000, 10000);
	grow_to(S32_MIN, standard);
	assert_limits(S32_MIN, 10000);
}

static void units(void **state)
{
	struct omv_knob *knob = &knobs[0];

	start("\"a\": 1.5");
	omv_knob_rescale(knob, 1);
	assert_integer(knob, "a", 1, 2);
	omv_knob_rescale(knob, 100);
	assert_integer(knob, "a", 100, 200);
	knob->value = -250;
	omv_knob_rescale(knob, 1);
	assert_integer(knob, "a", 1, -3);
	knob->value = S32_MIN;
	omv_knob_rescale(knob, 1000000);
	assert_integer(knob, "a", 1000000, S32_MIN);
	start("\"a\": {\"value\": 0.5, \"min\": 0, \"max\": 0.4}");
	omv_knob_rescale(knob, 1);
	assert_false(knob->ranged);
	start("\"a\": true");
	omv_knob_rescale(knob, 1000);
	assert_int_equal(knob->value, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(meanings),
		cmocka_unit_test(first_ranges),
		cmocka_unit_test(exposures),
		cmocka_unit_test(growing),
		cmocka_unit_test(units),
	};

	return cmocka_run_group_tests_name("standard", tests, NULL, NULL);
}
