/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Knobs whose meaning is known by their key: which one a knob is, the range of
 * a number if the camera does not report one, and the unit in which
 * applications see it.
 */
#ifndef OMV_STANDARD_H
#define OMV_STANDARD_H

#include "omv_config.h"

/**
 * enum omv_standard - meaning of a knob
 * @OMV_STANDARD_NONE:        not known
 * @OMV_STANDARD_QUALITY:     JPEG quality, 1 to 100
 * @OMV_STANDARD_BRIGHTNESS:  brightness
 * @OMV_STANDARD_CONTRAST:    contrast
 * @OMV_STANDARD_SATURATION:  saturation
 * @OMV_STANDARD_HUE:         hue
 * @OMV_STANDARD_GAMMA:       gamma
 * @OMV_STANDARD_SHARPNESS:   sharpness
 * @OMV_STANDARD_GAIN:        gain in an unknown unit
 * @OMV_STANDARD_GAIN_DB:     gain in dB, always a float
 * @OMV_STANDARD_EXPOSURE:    exposure in an unknown unit
 * @OMV_STANDARD_EXPOSURE_US: exposure time in microseconds
 * @OMV_STANDARD_EXPOSURE_MS: exposure time in milliseconds
 * @OMV_STANDARD_EXPOSURE_S:  exposure time in seconds
 * @OMV_STANDARD_HFLIP:       switch: horizontal flip
 * @OMV_STANDARD_VFLIP:       switch: vertical flip
 * @OMV_STANDARD_ROTATE:      rotation in degrees
 * @OMV_STANDARD_AUTO_EXPOSURE: switch: automatic exposure
 * @OMV_STANDARD_AUTO_GAIN:   switch: automatic gain
 * @OMV_STANDARD_AUTO_WHITE_BALANCE: switch: automatic white balance
 * @OMV_STANDARD_WHITE_BALANCE: white balance in Kelvin
 * @OMV_STANDARD_BACKLIGHT:   backlight compensation
 * @OMV_STANDARD_ZOOM:        zoom
 * @OMV_STANDARD_FOCUS:       focus
 * @OMV_STANDARD_AUTO_FOCUS:  switch: automatic focus
 * @OMV_STANDARDS:            number of these
 */
enum omv_standard {
	OMV_STANDARD_NONE,
	OMV_STANDARD_QUALITY,
	OMV_STANDARD_BRIGHTNESS,
	OMV_STANDARD_CONTRAST,
	OMV_STANDARD_SATURATION,
	OMV_STANDARD_HUE,
	OMV_STANDARD_GAMMA,
	OMV_STANDARD_SHARPNESS,
	OMV_STANDARD_GAIN,
	OMV_STANDARD_GAIN_DB,
	OMV_STANDARD_EXPOSURE,
	OMV_STANDARD_EXPOSURE_US,
	OMV_STANDARD_EXPOSURE_MS,
	OMV_STANDARD_EXPOSURE_S,
	OMV_STANDARD_HFLIP,
	OMV_STANDARD_VFLIP,
	OMV_STANDARD_ROTATE,
	OMV_STANDARD_AUTO_EXPOSURE,
	OMV_STANDARD_AUTO_GAIN,
	OMV_STANDARD_AUTO_WHITE_BALANCE,
	OMV_STANDARD_WHITE_BALANCE,
	OMV_STANDARD_BACKLIGHT,
	OMV_STANDARD_ZOOM,
	OMV_STANDARD_FOCUS,
	OMV_STANDARD_AUTO_FOCUS,
	OMV_STANDARDS,
};

/**
 * struct omv_view - a number as applications see it
 * @min:   minimum
 * @max:   maximum, not less than @min
 * @step:  step, greater than 0
 * @value: value, from @min to @max, and a whole number of steps from @min
 */
struct omv_view {
	s32 min;
	s32 max;
	s32 step;
	s32 value;
};

bool omv_key_is(const char *key, const char *spelling);
bool omv_knob_is_quality(const struct omv_knob *knob);
bool omv_standard_is_switch(enum omv_standard standard);
enum omv_standard omv_standard_find(const struct omv_knob *knob);

void omv_knob_rescale(struct omv_knob *knob, u32 scale);
void omv_knob_start_range(struct omv_knob *knob, enum omv_standard standard);
void omv_knob_keep_range(struct omv_knob *knob, const struct omv_knob *old,
			 enum omv_standard standard);

void omv_standard_view(enum omv_standard standard, const struct omv_knob *knob,
		       struct omv_view *view);
s32 omv_standard_value(enum omv_standard standard, const struct omv_knob *knob,
		       s32 value);

#endif /* OMV_STANDARD_H */
