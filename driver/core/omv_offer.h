/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Formats, buffer sizes and frame intervals that a video node offers.
 *
 * The script on the camera determines format and frame rate. An application can
 * only select one of the formats of the firmware's preview, and ask for a frame
 * interval: the driver drops frames if it is longer than that of the camera.
 */
#ifndef OMV_OFFER_H
#define OMV_OFFER_H

#include "omv_detect.h"

/* Frame size that is reported while the format is unknown. */
#define OMV_DEFAULT_WIDTH	640
#define OMV_DEFAULT_HEIGHT	480
/* Minimum buffer size for JPEG: a JPEG may be larger than the raw picture. */
#define OMV_MIN_BUFFER		65536u
/* Minimum frame interval that an application can ask for, in ns. */
#define OMV_OFFER_MIN_NS	1000000u
/* Minimum width and height of a raw preview. */
#define OMV_RAW_MIN		16

/**
 * struct omv_fraction - a frame interval in seconds
 * @numerator:   greater than 0
 * @denominator: greater than 0
 */
struct omv_fraction {
	u32 numerator;
	u32 denominator;
};

bool omv_offer(const struct omv_input *input, unsigned int index,
	       struct omv_picture *picture);
int omv_offer_first(const struct omv_input *input, u32 pixfmt);
bool omv_offer_has(const struct omv_input *input,
		   const struct omv_picture *picture);
void omv_offer_nearest(const struct omv_input *input,
		       const struct omv_picture *want,
		       struct omv_picture *nearest);
struct omv_picture omv_offer_visible(const struct omv_picture *picture);
u32 omv_offer_buffer(const struct omv_picture *picture, u32 largest);
void omv_offer_interval(u64 interval, struct omv_fraction *fraction);
bool omv_offer_intervals(u64 fastest, unsigned int index,
			 struct omv_fraction *fraction);
u64 omv_offer_wanted(struct omv_fraction *fraction);

#endif /* OMV_OFFER_H */
