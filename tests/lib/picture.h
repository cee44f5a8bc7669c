/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a JPEG is, looked at from outside: for tests that check what a camera delivered.
 */
#ifndef PICTURE_H
#define PICTURE_H

#include "../../driver/core/omv_port.h"

#define PICTURE_NO_NUMBER	0xffffffff

/**
 * struct picture_info - one JPEG
 * @len:     bytes from SOI to EOI, or to where it breaks off
 * @whole:   it is complete, decodes without a complaint, and has no different numbers in it
 * @width:   pixels, 0 if it cannot be decoded
 * @height:  lines
 * @quality: 1..100 at which the IJG library makes its quantisation tables, 0 for other tables
 * @number:  of the test picture (pattern.h), or PICTURE_NO_NUMBER
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
 * picture_next() - look at the first of several JPEGs in a row
 * @data: starts with the JPEG, or with rubbish in front of the next one
 * @len: bytes, at least 1
 * @info: written; for rubbish everything but its length is 0
 *
 * Markers are followed from segment to segment, so that neither a thumbnail nor entropy-coded
 * data is taken for another picture.
 */
void picture_next(const u8 *data, size_t len, struct picture_info *info);

/**
 * picture_raw_size() - bytes of a raw picture
 * @fourcc: its V4L2 format, of four letters: GREY, RGBP, BA81, GBRG, GRBG, RGGB, YUYV,
 *	YVYU or AR24
 * @width: pixels
 * @height: lines
 *
 * Return: bytes, 0 for another format
 */
size_t picture_raw_size(const char *fourcc, u32 width, u32 height);

/**
 * picture_raw() - look at a raw picture
 * @data: of the size that picture_raw_size() tells
 * @fourcc: its format
 * @width: pixels
 * @height: lines
 * @info: written; it is whole if both numbers in it are there, and the same
 */
void picture_raw(const u8 *data, const char *fourcc, u32 width, u32 height,
		 struct picture_info *info);

#endif /* PICTURE_H */
