/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Pictures that are not compressed, and the header in front of those of "stream".
 */
#ifndef RAW_H
#define RAW_H

#include "../../driver/core/omv_wire.h"
#include "jpeg.h"

/**
 * raw_bytes() - bytes of a pixel (section 10.2)
 * @pixfmt: OMV_PIX_*
 *
 * Return: 0 for compressed formats
 */
static inline u32 raw_bytes(u32 pixfmt)
{
	return pixfmt & 0xff;
}

/**
 * raw_format() - look a format up by its name
 * @name: as in "rgb565"
 *
 * Return: OMV_PIX_*, 0 if there is none of that name
 */
u32 raw_format(const char *name);

/**
 * raw_names() - all names that raw_format() knows
 *
 * Return: words with ", " in between
 */
const char *raw_names(void);

/**
 * raw_convert() - what a JPEG shows, uncompressed
 * @jpeg: picture
 * @pixfmt: OMV_PIX_*, not a compressed one
 * @width: pixels that are wanted
 * @height: lines that are wanted
 *
 * Return: picture with one user, or NULL if @jpeg is none
 */
struct jpeg *raw_convert(const struct jpeg *jpeg, u32 pixfmt, u32 width, u32 height);

/**
 * raw_header() - make the header of a picture (section 10.1)
 * @hdr: written
 * @pic: picture
 * @pixfmt: its OMV_PIX_*
 * @fps: frames a second, 0 for unknown
 */
void raw_header(struct omv_stream_hdr *hdr, const struct jpeg *pic, u32 pixfmt, float fps);

/**
 * raw_headed() - a picture with its header in front
 * @pic: picture
 * @pixfmt: its OMV_PIX_*
 *
 * Return: picture with one user; never NULL
 */
struct jpeg *raw_headed(const struct jpeg *pic, u32 pixfmt);

#endif /* RAW_H */
