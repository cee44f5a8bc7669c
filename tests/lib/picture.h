/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inspection of pictures, for tests that check the frames of a camera.
 */
#ifndef PICTURE_H
#define PICTURE_H

#include "../../driver/core/omv_port.h"

#define PICTURE_NO_NUMBER	0xffffffff

/**
 * struct picture_info - one JPEG
 * @len:     bytes from SOI to EOI, or to the end of a truncated picture
 * @whole:   it is complete, decodes without a warning, and both numbers in it are equal
 * @width:   width in pixels, 0 if it cannot be decoded
 * @height:  height in lines
 * @quality: 1..100 if the quantisation tables are those of the IJG library, else 0
 * @number:  number in a test picture (pattern.h), or PICTURE_NO_NUMBER
 */
struct picture_info {
	size_t len;
	bool whole;
	u32 width;
	u32 height;
	u32 quality;
	u32 number;
};

/**
 * picture_next() - inspect the first of several concatenated JPEGs
 * @data: starts with a JPEG, or with garbage before the next one
 * @len: number of bytes, at least 1
 * @info: result; for garbage all fields except @len are 0
 *
 * Markers are followed from segment to segment, so that a thumbnail or entropy-coded data is not
 * taken for another picture.
 */
void picture_next(const u8 *data, size_t len, struct picture_info *info);

/**
 * picture_raw_size() - get the size of a raw picture
 * @fourcc: V4L2 format: GREY, RGBP, BA81, GBRG, GRBG, RGGB, YUYV, YVYU or AR24
 * @width: width in pixels
 * @height: height in lines
 *
 * Return: size in bytes, 0 for other formats
 */
size_t picture_raw_size(const char *fourcc, u32 width, u32 height);

/**
 * picture_raw() - inspect a raw picture
 * @data: picture; must have picture_raw_size() bytes
 * @fourcc: V4L2 format
 * @width: width in pixels
 * @height: height in lines
 * @info: result; the picture is whole if both numbers can be read and are equal
 */
void picture_raw(const u8 *data, const char *fourcc, u32 width, u32 height,
		 struct picture_info *info);

#endif /* PICTURE_H */
