/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The frame number that is drawn into a test picture, for the source that draws it and the
 * tests that read it.
 *
 * The code has 30 bits, 22 of the frame number and 8 of a CRC over it, most significant bit
 * first. Each bit is a block of 16 by 16 pixels, aligned to the JPEG's coding units, white
 * for 1 and black for 0. The blocks are drawn in rows, from left to right; a row has as
 * many blocks as fit, at most 30, and the last row may be incomplete. The first strip of
 * rows begins at line 0 of the picture; a second strip with the same number ends at the
 * last multiple of 16 lines. If the strips differ, the picture consists of two frames
 * (tearing). A picture without room for both strips has no number.
 */
#ifndef PATTERN_H
#define PATTERN_H

#include "../../driver/core/omv_port.h"

#define PATTERN_BLOCK		16
#define PATTERN_BITS		30
#define PATTERN_NUMBER_BITS	22
#define PATTERN_NUMBER_MASK	((1u << PATTERN_NUMBER_BITS) - 1)

/**
 * struct pattern_layout - position of the blocks
 * @columns: blocks per row, 0 if the picture is too small
 * @rows:    rows per strip
 * @bottom:  first line of the lower strip
 */
struct pattern_layout {
	u32 columns;
	u32 rows;
	u32 bottom;
};

/**
 * pattern_layout() - compute the position of the blocks
 * @width: width of the picture in pixels
 * @height: height of the picture in lines
 *
 * Return: layout
 */
static inline struct pattern_layout pattern_layout(u32 width, u32 height)
{
	struct pattern_layout l = { .columns = width / PATTERN_BLOCK };
	u32 grid = height / PATTERN_BLOCK;

	if (l.columns > PATTERN_BITS)
		l.columns = PATTERN_BITS;
	if (l.columns)
		l.rows = (PATTERN_BITS + l.columns - 1) / l.columns;
	if (2 * l.rows > grid)
		l.columns = 0;
	else
		l.bottom = (grid - l.rows) * PATTERN_BLOCK;
	return l;
}

/**
 * pattern_code() - encode a frame number
 * @number: number; only the lower 22 bits are used
 *
 * Return: PATTERN_BITS bits
 */
static inline u32 pattern_code(u32 number)
{
	u32 crc = 0xff;

	number &= PATTERN_NUMBER_MASK;
	for (int bit = PATTERN_NUMBER_BITS - 1; bit >= 0; bit--) {
		crc ^= (number >> bit & 1) << 7;
		crc = crc & 0x80 ? crc << 1 ^ 0x107 : crc << 1;
	}
	return number << 8 | (crc & 0xff);
}

#endif /* PATTERN_H */
