// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "omv_real.h"

#define DOUBLE_MANTISSA_BITS	52
#define DOUBLE_BIAS		1023

/* Bits of a double that a float has not. */
#define BEYOND_SINGLE		((1u << 29) - 1)

void omv_real_integer(struct omv_real *real, u64 magnitude, bool negative)
{
	real->kind = OMV_REAL_FINITE;
	real->negative = negative;
	real->bits = OMV_REAL_EXACT;
	real->exponent = 0;
	real->mantissa = magnitude;
}

static void real_fields(struct omv_real *real, u64 bits, u32 mantissa_bits,
			u32 exponent_bits)
{
	u32 special = (1u << exponent_bits) - 1;
	u32 exponent = bits >> mantissa_bits & special;

	real->kind = OMV_REAL_FINITE;
	real->negative = bits >> (mantissa_bits + exponent_bits) & 1;
	real->bits = mantissa_bits + 1;
	real->mantissa = bits & ((1ull << mantissa_bits) - 1);
	if (exponent == special)
		real->kind = real->mantissa ? OMV_REAL_NAN : OMV_REAL_INFINITE;
	else if (exponent)
		real->mantissa |= 1ull << mantissa_bits;
	else
		exponent = 1;	/* subnormal */
	real->exponent = (s32)exponent - (s32)(special >> 1) - (s32)mantissa_bits;
}

void omv_real_decode(struct omv_real *real, u64 bits, u32 size)
{
	switch (size) {
	case 2:
		real_fields(real, bits, 10, 5);
		break;
	case 4:
		real_fields(real, bits, 23, 8);
		break;
	default:
		real_fields(real, bits, DOUBLE_MANTISSA_BITS, 11);
		if (!(bits & BEYOND_SINGLE))
			real->bits = 24;
	}
}

/* @high * 2 ^ 32 + @low, times 2 ^ @left; S64_MAX if it is more. */
static u64 shift_left(u64 high, u32 low, u32 left)
{
	u64 whole = high << 32 | low;

	if (!high && !low)
		return 0;
	if (left > 62 || high >> 31 || whole >> (63 - left))
		return S64_MAX;
	return whole << left;
}

/* @high * 2 ^ 32 + @low, divided by 2 ^ @right (not 0), rounded; S64_MAX if it is more. */
static u64 shift_right(u64 high, u32 low, u32 right)
{
	u64 whole;

	if (right > 95)
		return 0;	/* as high has 53 bits */
	if (right > 32)
		return (high >> (right - 32)) + (high >> (right - 33) & 1);
	if (high >> (31 + right))
		return S64_MAX;
	whole = (high << (32 - right)) + ((u64)low >> right);
	if (whole < S64_MAX)
		whole += low >> (right - 1) & 1;
	return whole;
}

s64 omv_real_scaled(const struct omv_real *real, u32 scale)
{
	u64 low = (real->mantissa & U32_MAX) * scale;
	u64 high = (real->mantissa >> 32) * scale + (low >> 32);
	u64 magnitude = S64_MAX;

	if (real->kind == OMV_REAL_NAN)
		return 0;
	if (real->kind == OMV_REAL_FINITE)
		magnitude = real->exponent < 0 ?
			    shift_right(high, low, -real->exponent) :
			    shift_left(high, low, real->exponent);
	return real->negative ? -(s64)magnitude : (s64)magnitude;
}

u32 omv_real_scale(const struct omv_real *real)
{
	s64 scaled = omv_real_scaled(real, OMV_REAL_MAX_SCALE);
	u64 fixed = scaled < 0 ? -scaled : scaled;
	u64 noise = fixed >> (real->bits - 1);
	u32 unit, rest;

	if (!real->mantissa || fixed == S64_MAX)
		return 1;
	if (!fixed)
		return OMV_REAL_MAX_SCALE;
	for (unit = OMV_REAL_MAX_SCALE; unit > 1; unit /= 10) {
		div_u64_rem(fixed, unit, &rest);
		if (rest <= noise || unit - rest <= noise)
			break;
	}
	return OMV_REAL_MAX_SCALE / unit;
}

u64 omv_real_encode(s32 value, u32 scale)
{
	u32 magnitude = value < 0 ? -(u32)value : (u32)value;
	u64 quotient = magnitude / scale;
	u64 rest = magnitude % scale;
	u64 mantissa;
	u32 exponent = DOUBLE_BIAS + DOUBLE_MANTISSA_BITS + 1;

	if (!magnitude)
		return 0;
	/* A bit more than there is room for, to round by. */
	for (; !(quotient >> (DOUBLE_MANTISSA_BITS + 1)); exponent--) {
		quotient <<= 1;
		rest <<= 1;
		if (rest >= scale) {
			rest -= scale;
			quotient |= 1;
		}
	}
	/* Never halfway between two: a quotient that ends has no more bits than @value. */
	mantissa = (quotient >> 1) + (quotient & 1);
	/* The leading one is not stored; it, or a carry, counts the exponent up. */
	return ((u64)(value < 0) << 63) +
	       ((u64)(exponent - 1) << DOUBLE_MANTISSA_BITS) + mantissa;
}
