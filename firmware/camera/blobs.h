/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Areas of one colour in a picture: what find_blobs() of a script finds.
 */
#ifndef BLOBS_H
#define BLOBS_H

#include "../../driver/core/omv_port.h"

/**
 * struct blobs_range - a colour, limits included
 * @low:  L, A, B; of a grey picture only the first, 0 to 255
 * @high: see @low
 */
struct blobs_range {
	s32 low[3];
	s32 high[3];
};

/**
 * struct blobs_ask - what is searched for
 * @x:      part of the picture that is searched
 * @y:      see @x
 * @width:  see @x
 * @height: see @x
 * @x_stride: an area that has no pixel in such a column and line may be missed
 * @y_stride: see @x_stride
 * @invert: search for what is not of the colours
 * @count:  ranges
 */
struct blobs_ask {
	u32 x;
	u32 y;
	u32 width;
	u32 height;
	u32 x_stride;
	u32 y_stride;
	u32 invert;
	u32 count;
};

/**
 * struct blob - an area
 * @x:      its box
 * @y:      see @x
 * @width:  see @x
 * @height: see @x
 * @pixels: of it
 * @code:   bit of its range
 * @sum:    of x, y, x*x, y*y and x*y of its pixels
 */
struct blob {
	u32 x;
	u32 y;
	u32 width;
	u32 height;
	u32 pixels;
	u32 code;
	u64 sum[5];
};

/**
 * blobs_find() - find the areas
 * @data:   pixels, RGB565 or GRAYSCALE
 * @pixfmt: OMV_PIX_RGB565 or OMV_PIX_GRAYSCALE
 * @width:  of the picture
 * @ask:    what is wanted, within the picture
 * @ranges: @ask->count colours
 * @found:  to be freed
 *
 * Return: number of areas
 */
u32 blobs_find(const u8 *data, u32 pixfmt, u32 width, const struct blobs_ask *ask,
	       const struct blobs_range *ranges, struct blob **found);

#endif /* BLOBS_H */
