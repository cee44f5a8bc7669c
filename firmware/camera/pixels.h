/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Pictures in the formats that scripts have, by way of R, G, B of 8 bits each.
 */
#ifndef PIXELS_H
#define PIXELS_H

#include "../../driver/core/omv_port.h"

/**
 * pixels_size() - bytes of an uncompressed picture (section 10.1)
 * @pixfmt: OMV_PIX_*
 * @width: pixels
 * @height: lines
 *
 * Return: bytes, 0 for a compressed format
 */
u32 pixels_size(u32 pixfmt, u32 width, u32 height);

/**
 * pixels_decode() - from any format
 * @data: picture
 * @len: bytes of it
 * @pixfmt: its OMV_PIX_*
 * @width: pixels
 * @height: lines
 *
 * Return: memory to be freed, NULL if the picture is damaged
 */
u8 *pixels_decode(const u8 *data, u32 len, u32 pixfmt, u32 width, u32 height);

/**
 * struct pixels_to - what is wanted
 * @pixfmt:  OMV_PIX_*
 * @width:   pixels
 * @height:  lines
 * @quality: of a JPEG, 1..100
 * @subsampling: of a JPEG: 0x11, 0x21, 0x22, or 0 for what goes with the quality
 * @grey:    the colours are all grey: of a JPEG
 */
struct pixels_to {
	u32 pixfmt;
	u32 width;
	u32 height;
	u32 quality;
	u32 subsampling;
	bool grey;
};

/**
 * pixels_crop() - a part of a picture, in another size
 * @rgb: picture
 * @stride: pixels of a line of it
 * @x: first pixel
 * @y: first line
 * @width: pixels
 * @height: lines
 * @to: size that is wanted
 *
 * Return: memory to be freed, NULL without memory
 */
u8 *pixels_crop(const u8 *rgb, u32 stride, u32 x, u32 y, u32 width, u32 height,
		const struct pixels_to *to);

/**
 * pixels_encode() - to any format
 * @rgb: picture of the size of @to
 * @to: format
 * @out: written
 * @room: bytes there are at @out
 *
 * Return: bytes written, 0 if there is no room
 */
u32 pixels_encode(const u8 *rgb, const struct pixels_to *to, u8 *out, u32 room);

/**
 * pixels_bound() - room that is enough for pixels_encode()
 * @to: format
 *
 * Return: bytes
 */
u32 pixels_bound(const struct pixels_to *to);

#endif /* PIXELS_H */
