/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The number in a test picture, for who draws it and for who reads it.
 *
 * 30 bits, 22 of the frame number and 8 of a CRC over it, the highest first. Each is a
 * block of 16 by 16 pixels on the grid of the JPEG's own coding units, white for 1 and
 * black for 0, row by row from the left. So many blocks as fit stand in a row, no row has
 * more than 30; what is over in the last row is not used. This strip stands at the top of
 * the picture from line 0 on, and once more below, from the last line of which on the grid
 * it ends. A picture in which the two strips differ is torn. One that has no room for both
 * has none.
 */
#ifndef PATTERN_H
#define PATTERN_H

#include "../../driver/core/omv_port.h"

#define PATTERN_BLOCK		16
#define PATTERN_BITS		30
#define PATTERN_NUMBER_BITS	22
#define PATTERN_NUMBER_MASK	((1u << PATTERN_NUMBER_BITS) - 1)

/**
 * struct pattern_layout - where the blocks are
 * @columns: blocks in a row, 0 if the picture is too small
 * @rows:    of each strip
 * @bottom:  first line of the lower strip
 */
struct pattern_layout {
	u32 columns;
	u32 rows;
	u32 bottom;
};

/**
 * pattern_layout() - where the blocks of a picture are
 * @width: of the picture
 * @height: of the picture
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
 * pattern_code() - the bits of a number
 * @number: its lower 22 bits count
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
