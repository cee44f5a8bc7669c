/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Floating-point numbers of the camera, converted with integer arithmetic.
 */
#ifndef OMV_REAL_H
#define OMV_REAL_H

#include "omv_port.h"

/* Maximum scale. Scales are powers of ten. */
#define OMV_REAL_MAX_SCALE	1000000

/* Precision of an integer: all bits of the mantissa. */
#define OMV_REAL_EXACT		64

/**
 * enum omv_real_kind - kind of a number
 * @OMV_REAL_FINITE:   finite
 * @OMV_REAL_INFINITE: positive or negative infinity
 * @OMV_REAL_NAN:      not a number
 */
enum omv_real_kind {
	OMV_REAL_FINITE,
	OMV_REAL_INFINITE,
	OMV_REAL_NAN,
};

/**
 * struct omv_real - a number: @mantissa * 2 ^ @exponent
 * @kind:     see enum omv_real_kind
 * @negative: sign
 * @bits:     precision of the mantissa: 11, 24 or 53 bits; OMV_REAL_EXACT for
 *	an integer
 * @exponent: binary exponent
 * @mantissa: mantissa, not normalized
 */
struct omv_real {
	enum omv_real_kind kind;
	bool negative;
	u8 bits;
	s32 exponent;
	u64 mantissa;
};

void omv_real_integer(struct omv_real *real, u64 magnitude, bool negative);
void omv_real_decode(struct omv_real *real, u64 bits, u32 size);
s64 omv_real_scaled(const struct omv_real *real, u32 scale);
u32 omv_real_scale(const struct omv_real *real);
u64 omv_real_encode(s32 value, u32 scale);

#endif /* OMV_REAL_H */
