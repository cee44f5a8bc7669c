/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Uncompressed pictures, and the header of the frames of "stream".
 */
#ifndef RAW_H
#define RAW_H

#include "../../driver/core/omv_wire.h"
#include "jpeg.h"

/**
 * raw_bytes() - bytes per pixel (section 10.2)
 * @pixfmt: OMV_PIX_*
 *
 * Return: 0 for compressed formats
 */
static inline u32 raw_bytes(u32 pixfmt)
{
	return pixfmt & 0xff;
}

/**
 * raw_format() - find a format by its name
 * @name: name, for example "rgb565"
 *
 * Return: OMV_PIX_*, 0 if the name is unknown
 */
u32 raw_format(const char *name);

/**
 * raw_names() - list the names that raw_format() knows
 *
 * Return: names, separated by ", "
 */
const char *raw_names(void);

/**
 * raw_put_pixel() - write a pixel
 * @to: raw_bytes() of it are written
 * @pixfmt: OMV_PIX_*, not a compressed one
 * @rgb: its colour
 * @x: where it is in the picture
 * @y: see @x
 */
void raw_put_pixel(u8 *to, u32 pixfmt, const u8 *rgb, u32 x, u32 y);

/**
 * raw_convert() - decode a JPEG to an uncompressed format
 * @jpeg: picture
 * @pixfmt: uncompressed format, OMV_PIX_*
 * @width: width of the result in pixels
 * @height: height of the result in lines
 *
 * Return: picture with one reference, or NULL if @jpeg is not a JPEG
 */
struct jpeg *raw_convert(const struct jpeg *jpeg, u32 pixfmt, u32 width, u32 height);

/**
 * raw_header() - fill in the header of a picture (section 10.1)
 * @hdr: result
 * @pic: picture
 * @pixfmt: format of @pic, OMV_PIX_*
 * @fps: frames per second, 0 for unknown
 */
void raw_header(struct omv_stream_hdr *hdr, const struct jpeg *pic, u32 pixfmt, float fps);

/**
 * raw_with_header() - copy a picture and prepend its header
 * @pic: picture
 * @pixfmt: format of @pic, OMV_PIX_*
 *
 * Return: picture with one reference; never NULL
 */
struct jpeg *raw_with_header(const struct jpeg *pic, u32 pixfmt);

#endif /* RAW_H */
