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

#endif /* PICTURE_H */
