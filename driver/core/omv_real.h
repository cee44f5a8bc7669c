/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Numbers with a fraction, told in integers: the kernel has no others.
 */
#ifndef OMV_REAL_H
#define OMV_REAL_H

#include "omv_port.h"

/* The finest there is: millionths. Scales are powers of ten up to here. */
#define OMV_REAL_MAX_SCALE	1000000

/* All bits of the mantissa count: an integer. */
#define OMV_REAL_EXACT		64

/**
 * enum omv_real_kind - what sort of number
 * @OMV_REAL_FINITE:   a number
 * @OMV_REAL_INFINITE: larger than all of them, or smaller
 * @OMV_REAL_NAN:      none
 */
enum omv_real_kind {
	OMV_REAL_FINITE,
	OMV_REAL_INFINITE,
	OMV_REAL_NAN,
};

/**
 * struct omv_real - @mantissa * 2 ^ @exponent
 * @kind:     see there
 * @negative: times -1
 * @bits:     of the mantissa, that whoever made the number could choose: 11, 24 or 53;
 *	OMV_REAL_EXACT for an integer
 * @exponent: of two
 * @mantissa: not normalised
 */
struct omv_real {
	enum omv_real_kind kind;
	bool negative;
	u8 bits;
	s32 exponent;
	u64 mantissa;
};

/**
 * omv_real_integer() - an integer
 * @real: written
 * @magnitude: without its sign
 * @negative: its sign
 */
void omv_real_integer(struct omv_real *real, u64 magnitude, bool negative);

/**
 * omv_real_decode() - a number as IEEE 754 has it
 * @real: written
 * @bits: its bits
 * @size: of it in bytes: 2, 4 or 8
 *
 * Eight bytes which hold what four could hold have been four once: most cameras
 * calculate so.
 */
void omv_real_decode(struct omv_real *real, u64 bits, u32 size);

/**
 * omv_real_scaled() - a number times a scale, to the nearest integer
 * @real: number
 * @scale: at most OMV_REAL_MAX_SCALE
 *
 * Exact; a half goes away from zero.
 *
 * Return: the product, at most S64_MAX and at least -S64_MAX; 0 if it is no number
 */
s64 omv_real_scaled(const struct omv_real *real, u32 scale);

/**
 * omv_real_scale() - the scale that makes an integer of a number
 * @real: number
 *
 * What is written 0.1 is not 0.1 in binary, but wants a scale of 10 nevertheless: it may
 * be off by one in the last of its bits.
 *
 * Return: the smallest scale that will do; OMV_REAL_MAX_SCALE if none will
 */
u32 omv_real_scale(const struct omv_real *real);

/**
 * omv_real_encode() - an integer divided by a scale, as IEEE 754 has it in 8 bytes
 * @value: integer
 * @scale: not 0
 *
 * Return: the bits of the nearest number
 */
u64 omv_real_encode(s32 value, u32 scale);

#endif /* OMV_REAL_H */
