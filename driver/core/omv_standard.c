// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "omv_standard.h"

/* Unit of an exposure time for applications, in microseconds. */
#define VIEW_EXPOSURE_US	100
/* Maximum that an exposure time must have in this unit at least. */
#define VIEW_EXPOSURE_RANGE	10

/* ---- keys ------------------------------------------------------------- */

static bool key_is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

static char key_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

/**
 * omv_key_is() - compare a key with a word, ignoring case and punctuation
 * @key: key of a knob
 * @spelling: the word, lower-case letters and digits only
 *
 * Return: true if they are equal
 */
bool omv_key_is(const char *key, const char *spelling)
{
	for (; *key; key++) {
		if (*key & 0x80)
			return false;
		if (key_is_alnum(*key) && key_lower(*key) != *spelling++)
			return false;
	}
	return !*spelling;
}

/**
 * omv_knob_is_quality() - is a knob the JPEG quality
 * @knob: knob
 *
 * Return: true if type and key match
 */
bool omv_knob_is_quality(const struct omv_knob *knob)
{
	return knob->type == OMV_KNOB_INTEGER &&
	       (omv_key_is(knob->key, "quality") ||
		omv_key_is(knob->key, "jpegquality") ||
		omv_key_is(knob->key, "compressionquality"));
}

static const struct {
	const char *spelling;
	enum omv_standard standard;
} spellings[] = {
	{"brightness", OMV_STANDARD_BRIGHTNESS},
	{"contrast", OMV_STANDARD_CONTRAST},
	{"saturation", OMV_STANDARD_SATURATION},
	{"hue", OMV_STANDARD_HUE},
	{"gamma", OMV_STANDARD_GAMMA},
	{"sharpness", OMV_STANDARD_SHARPNESS},
	{"gain", OMV_STANDARD_GAIN},
	{"gaindb", OMV_STANDARD_GAIN_DB},
	{"exposure", OMV_STANDARD_EXPOSURE},
	{"exposuretime", OMV_STANDARD_EXPOSURE},
	{"exposureus", OMV_STANDARD_EXPOSURE_US},
	{"exposuretimeus", OMV_STANDARD_EXPOSURE_US},
	{"exposurems", OMV_STANDARD_EXPOSURE_MS},
	{"exposuretimems", OMV_STANDARD_EXPOSURE_MS},
	{"hmirror", OMV_STANDARD_HFLIP},
	{"hflip", OMV_STANDARD_HFLIP},
	{"mirror", OMV_STANDARD_HFLIP},
	{"horizontalflip", OMV_STANDARD_HFLIP},
	{"vflip", OMV_STANDARD_VFLIP},
	{"flip", OMV_STANDARD_VFLIP},
	{"verticalflip", OMV_STANDARD_VFLIP},
	{"rotation", OMV_STANDARD_ROTATE},
	{"rotate", OMV_STANDARD_ROTATE},
	{"orientation", OMV_STANDARD_ROTATE},
	{"autoexposure", OMV_STANDARD_AUTO_EXPOSURE},
	{"exposureauto", OMV_STANDARD_AUTO_EXPOSURE},
	{"aec", OMV_STANDARD_AUTO_EXPOSURE},
	{"autogain", OMV_STANDARD_AUTO_GAIN},
	{"gainauto", OMV_STANDARD_AUTO_GAIN},
	{"agc", OMV_STANDARD_AUTO_GAIN},
	{"autowhitebalance", OMV_STANDARD_AUTO_WHITE_BALANCE},
	{"autowhitebal", OMV_STANDARD_AUTO_WHITE_BALANCE},
	{"whitebalanceauto", OMV_STANDARD_AUTO_WHITE_BALANCE},
	{"awb", OMV_STANDARD_AUTO_WHITE_BALANCE},
	{"whitebalancetemperature", OMV_STANDARD_WHITE_BALANCE},
	{"backlightcompensation", OMV_STANDARD_BACKLIGHT},
	{"zoom", OMV_STANDARD_ZOOM},
	{"focus", OMV_STANDARD_FOCUS},
	{"autofocus", OMV_STANDARD_AUTO_FOCUS},
	{"focusauto", OMV_STANDARD_AUTO_FOCUS},
};

static enum omv_standard standard_of_key(const char *key)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(spellings); i++)
		if (omv_key_is(key, spellings[i].spelling))
			return spellings[i].standard;
	return OMV_STANDARD_NONE;
}

/**
 * omv_standard_is_switch() - has a standard knob only the values on and off
 * @standard: meaning of the knob
 *
 * Return: true if it has
 */
bool omv_standard_is_switch(enum omv_standard standard)
{
	switch (standard) {
	case OMV_STANDARD_HFLIP:
	case OMV_STANDARD_VFLIP:
	case OMV_STANDARD_AUTO_EXPOSURE:
	case OMV_STANDARD_AUTO_GAIN:
	case OMV_STANDARD_AUTO_WHITE_BALANCE:
	case OMV_STANDARD_AUTO_FOCUS:
		return true;
	default:
		return false;
	}
}

/* A switch may also be a number that is 0 or 1. */
static bool knob_is_switch(const struct omv_knob *knob)
{
	return knob->type == OMV_KNOB_BOOLEAN ||
	       (knob->type == OMV_KNOB_INTEGER && knob->scale == 1 &&
		(u32)knob->value <= 1);
}

static bool knob_has_fraction(const struct omv_knob *knob)
{
	return knob->value % (s32)knob->scale;
}

/*
 * OpenMV's only exposure is exposure_us. Without a unit, an exposure is in
 * microseconds, too, unless its numbers say that it is something else, for
 * example steps of exposure compensation.
 */
static enum omv_standard exposure_of_unit(const struct omv_knob *knob)
{
	if (!strcmp(knob->unit, "ms"))
		return OMV_STANDARD_EXPOSURE_MS;
	if (!strcmp(knob->unit, "s"))
		return OMV_STANDARD_EXPOSURE_S;
	if (!strcmp(knob->unit, "us") || !strcmp(knob->unit, "\xc2\xb5s") ||
	    (!knob->unit[0] && knob->value >= 0 && !knob_has_fraction(knob)))
		return OMV_STANDARD_EXPOSURE_US;
	return OMV_STANDARD_EXPOSURE;
}

static bool standard_is_exposure(enum omv_standard standard)
{
	return standard == OMV_STANDARD_EXPOSURE ||
	       standard == OMV_STANDARD_EXPOSURE_US ||
	       standard == OMV_STANDARD_EXPOSURE_MS;
}

static enum omv_standard exposure_find(const struct omv_knob *knob,
				       enum omv_standard standard)
{
	struct omv_view view;

	if (standard == OMV_STANDARD_EXPOSURE)
		standard = exposure_of_unit(knob);
	/* Too coarse in the unit of an exposure time, or no time at all. */
	if (knob->ranged && standard != OMV_STANDARD_EXPOSURE) {
		omv_standard_view(standard, knob, &view);
		if (knob->min < 0 || view.max < VIEW_EXPOSURE_RANGE)
			standard = OMV_STANDARD_EXPOSURE;
	}
	return standard;
}

/**
 * omv_standard_find() - find the meaning of a knob
 * @knob: knob, as it was read
 *
 * The key decides. A knob of another type than its key lets expect has no known
 * meaning.
 *
 * Return: meaning
 */
enum omv_standard omv_standard_find(const struct omv_knob *knob)
{
	enum omv_standard standard;

	if (omv_knob_is_quality(knob))
		return OMV_STANDARD_QUALITY;
	standard = standard_of_key(knob->key);
	if (omv_standard_is_switch(standard))
		return knob_is_switch(knob) ? standard : OMV_STANDARD_NONE;
	if (knob->type != OMV_KNOB_INTEGER)
		return OMV_STANDARD_NONE;
	if (standard_is_exposure(standard))
		return exposure_find(knob, standard);
	return standard;
}

/* ---- ranges ----------------------------------------------------------- */

/*
 * Ranges of numbers without a range, in the unit of the camera. OpenMV's API
 * has, depending on the sensor, 16 as the largest brightness, contrast and
 * saturation, 128 as the largest gain, and exposure times of some microseconds
 * up to a second. It has none of the others.
 */
static const struct {
	s32 min;
	s32 max;
} ranges[OMV_STANDARDS] = {
	[OMV_STANDARD_QUALITY] = {1, 100},
	[OMV_STANDARD_BRIGHTNESS] = {-16, 16},
	[OMV_STANDARD_CONTRAST] = {-16, 16},
	[OMV_STANDARD_SATURATION] = {-16, 16},
	[OMV_STANDARD_HUE] = {-180, 180},
	[OMV_STANDARD_GAMMA] = {0, 10},
	[OMV_STANDARD_SHARPNESS] = {-16, 16},
	[OMV_STANDARD_GAIN] = {0, 128},
	[OMV_STANDARD_GAIN_DB] = {0, 60},
	[OMV_STANDARD_EXPOSURE_US] = {100, 1000000},
	[OMV_STANDARD_EXPOSURE_MS] = {1, 1000},
	[OMV_STANDARD_EXPOSURE_S] = {0, 1},
	[OMV_STANDARD_ROTATE] = {0, 359},
	[OMV_STANDARD_WHITE_BALANCE] = {2000, 10000},
	[OMV_STANDARD_BACKLIGHT] = {0, 100},
	[OMV_STANDARD_ZOOM] = {1, 10},
	[OMV_STANDARD_FOCUS] = {0, 1023},
};

/* The largest number below which values without a known meaning are likely. */
#define LIKELY_INTEGER	1000
#define LIKELY_FLOAT	100

static s64 magnitude_of(s32 value)
{
	return value < 0 ? -(s64)value : value;
}

/* Return: the first of 100, 255, 1000, 10000 ... that is not less */
static s64 limit_for(s64 magnitude, u32 scale)
{
	s64 limit = 100 * (s64)scale;

	if (magnitude > limit && magnitude <= 255 * (s64)scale)
		return 255 * (s64)scale;
	while (limit < magnitude)
		limit *= 10;
	return limit;
}

/* Return: a power of ten that leaves room for at least ten times the value */
static s64 limit_beyond(const struct omv_knob *knob)
{
	s64 limit = (knob->real ? LIKELY_FLOAT : LIKELY_INTEGER) *
		    (s64)knob->scale;

	while (limit < 10 * magnitude_of(knob->value))
		limit *= 10;
	return limit;
}

static void range_set(struct omv_knob *knob, s64 min, s64 max)
{
	knob->min = min < S32_MIN ? S32_MIN : min;
	knob->max = max > S32_MAX ? S32_MAX : max;
}

/* The limit that was reached is raised, so that larger values can be set. */
static void range_grow_unknown(struct omv_knob *knob)
{
	s64 limit = limit_beyond(knob);
	s64 min = knob->min, max = knob->max;

	if (knob->value >= max && limit > max)
		max = limit;
	if (knob->value <= min && -limit < min)
		min = -limit;
	range_set(knob, min, max);
}

/* A range that includes negative numbers stays symmetric. */
static void range_grow(struct omv_knob *knob)
{
	s64 limit = limit_for(magnitude_of(knob->value), knob->scale);
	s64 min = knob->min, max = knob->max;

	if (knob->value > max) {
		max = limit;
		min = min < 0 ? -limit : min;
	} else if (knob->value < 0 && knob->value < min) {
		min = -limit;
	} else if (knob->value < min) {
		min = 0;
	}
	range_set(knob, min, max);
}

static bool standard_has_range(enum omv_standard standard)
{
	return ranges[standard].max;
}

/**
 * omv_knob_start_range() - give a number without a range a likely range
 * @knob: integer, as it was read; one with a range is not changed
 * @standard: its meaning
 *
 * The range contains the value, and leaves room for other values.
 */
void omv_knob_start_range(struct omv_knob *knob, enum omv_standard standard)
{
	s64 scale = knob->scale;
	s64 limit;

	if (knob->type != OMV_KNOB_INTEGER || knob->ranged)
		return;
	if (!standard_has_range(standard)) {
		limit = limit_beyond(knob);
		range_set(knob, -limit, limit);
		return;
	}
	if (standard == OMV_STANDARD_GAIN && knob->real)
		standard = OMV_STANDARD_GAIN_DB;
	range_set(knob, ranges[standard].min * scale,
		  ranges[standard].max * scale);
	if (standard != OMV_STANDARD_QUALITY)
		range_grow(knob);
}

/**
 * omv_knob_keep_range() - give a number without a range its previous range
 * @knob: integer, as it was read; one with a range is not changed
 * @old: the knob before, in the same unit
 * @standard: its meaning
 *
 * The range grows if the value is outside.
 */
void omv_knob_keep_range(struct omv_knob *knob, const struct omv_knob *old,
			 enum omv_standard standard)
{
	if (knob->type != OMV_KNOB_INTEGER || knob->ranged)
		return;
	knob->min = old->min;
	knob->max = old->max;
	knob->step = old->step;
	if (!standard_has_range(standard))
		range_grow_unknown(knob);
	else if (standard != OMV_STANDARD_QUALITY)
		range_grow(knob);
}

/* ---- units ------------------------------------------------------------ */

/* Return: @value / @divisor, rounded to the nearest, or down, or up */
static s64 divide(s64 value, u32 divisor)
{
	u64 magnitude = value < 0 ? -value : value;
	u32 rest;
	s64 ret;

	ret = div_u64_rem(magnitude, divisor, &rest);
	if (rest >= divisor - rest)
		ret++;
	return value < 0 ? -ret : ret;
}

static s64 divide_down(s64 value, u32 divisor)
{
	s64 ret = divide(value, divisor);

	return ret * divisor > value ? ret - 1 : ret;
}

static s64 divide_up(s64 value, u32 divisor)
{
	s64 ret = divide(value, divisor);

	return ret * divisor < value ? ret + 1 : ret;
}

static s32 clamp_s32(s64 value)
{
	if (value < S32_MIN)
		return S32_MIN;
	return value > S32_MAX ? S32_MAX : value;
}

static s32 rescale(s32 value, u32 from, u32 to)
{
	if (to > from)
		return clamp_s32((s64)value * (to / from));
	return divide(value, from / to);
}

/**
 * omv_knob_rescale() - convert a number to another unit
 * @knob: integer
 * @scale: new scale
 *
 * A range that vanishes is one that was not reported.
 */
void omv_knob_rescale(struct omv_knob *knob, u32 scale)
{
	u32 from = knob->scale;

	if (knob->type != OMV_KNOB_INTEGER || from == scale)
		return;
	knob->scale = scale;
	knob->value = rescale(knob->value, from, scale);
	if (!knob->ranged)
		return;
	knob->min = rescale(knob->min, from, scale);
	knob->max = rescale(knob->max, from, scale);
	knob->step = rescale(knob->step, from, scale);
	if (!knob->step)
		knob->step = 1;
	knob->ranged = knob->min < knob->max;
}

/* A unit of the knob is @multiplier / @divisor units of the view. */
static void view_unit(enum omv_standard standard, u32 scale, u32 *multiplier,
		      u32 *divisor)
{
	*multiplier = 1;
	*divisor = scale;
	switch (standard) {
	case OMV_STANDARD_QUALITY:
		break;
	case OMV_STANDARD_EXPOSURE_US:
		*divisor *= VIEW_EXPOSURE_US;
		break;
	case OMV_STANDARD_EXPOSURE_MS:
		*multiplier = 1000 / VIEW_EXPOSURE_US;
		break;
	case OMV_STANDARD_EXPOSURE_S:
		*multiplier = 1000000 / VIEW_EXPOSURE_US;
		break;
	default:
		*divisor = 1;
	}
}

/* V4L2 allows only the minimum and whole steps from there. */
static s32 view_round(const struct omv_view *view, s64 value)
{
	s64 last = divide_down((s64)view->max - view->min, view->step);
	s64 steps = divide(value - view->min, view->step);

	if (steps < 0)
		steps = 0;
	if (steps > last)
		steps = last;
	return view->min + steps * view->step;
}

/**
 * omv_standard_view() - show a number to applications
 * @standard: meaning of the knob
 * @knob: integer
 * @view: result
 *
 * A quality is shown in whole numbers from 1 to 100, an exposure time in units
 * of 100 microseconds, any other number in units of 1/scale.
 */
void omv_standard_view(enum omv_standard standard, const struct omv_knob *knob,
		       struct omv_view *view)
{
	u32 multiplier, divisor;
	s64 value;

	view_unit(standard, knob->scale, &multiplier, &divisor);
	value = divide((s64)knob->value * multiplier, divisor);
	if (standard == OMV_STANDARD_QUALITY) {
		view->min = ranges[standard].min;
		view->max = ranges[standard].max;
		view->step = 1;
	} else {
		view->min = clamp_s32(divide_up((s64)knob->min * multiplier,
						divisor));
		view->max = clamp_s32(divide_down((s64)knob->max * multiplier,
						  divisor));
		view->step = clamp_s32(divide((s64)knob->step * multiplier,
					      divisor));
	}
	if (view->step < 1)
		view->step = 1;
	if (view->max < view->min)
		view->max = view->min;
	view->value = view_round(view, value);
}

/**
 * omv_standard_value() - convert a number of an application
 * @standard: meaning of the knob
 * @knob: integer; its value is not used
 * @value: number, as in a view
 *
 * Return: the number in the unit of @knob, within its range
 */
s32 omv_standard_value(enum omv_standard standard, const struct omv_knob *knob,
		       s32 value)
{
	u32 multiplier, divisor;
	s64 ret;

	view_unit(standard, knob->scale, &multiplier, &divisor);
	ret = divide((s64)value * divisor, multiplier);
	if (standard == OMV_STANDARD_QUALITY)
		return clamp_s32(ret);
	if (ret < knob->min)
		return knob->min;
	return ret > knob->max ? knob->max : ret;
}
