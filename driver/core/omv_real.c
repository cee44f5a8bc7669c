// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "omv_real.h"

#define DOUBLE_MANTISSA_BITS	52
#define DOUBLE_BIAS		1023

/* Bits of the mantissa of a double that a float does not have. */
#define BEYOND_SINGLE		((1u << 29) - 1)

/**
 * omv_real_integer() - convert an integer
 * @real: result
 * @magnitude: absolute value
 * @negative: sign
 */
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
	real->exponent =
		(s32)exponent - (s32)(special >> 1) - (s32)mantissa_bits;
}

/**
 * omv_real_decode() - decode an IEEE 754 number
 * @real: result
 * @bits: encoded number
 * @size: size of the encoded number in bytes: 2, 4 or 8
 *
 * A double that could be a float gets the precision of a float: most cameras
 * calculate with floats, and send doubles.
 */
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

/* Return: (@high * 2 ^ 32 + @low) * 2 ^ @left, at most S64_MAX */
static u64 shift_left(u64 high, u32 low, u32 left)
{
	u64 whole = high << 32 | low;

	if (!high && !low)
		return 0;
	if (left > 62 || high >> 31 || whole >> (63 - left))
		return S64_MAX;
	return whole << left;
}

/*
 * Return: (@high * 2 ^ 32 + @low) / 2 ^ @right, rounded, at most S64_MAX.
 * @right must not be 0.
 */
static u64 shift_right(u64 high, u32 low, u32 right)
{
	u64 whole;

	if (right > 95)
		return 0;	/* because high has up to 53 bits */
	if (right > 32)
		return (high >> (right - 32)) + (high >> (right - 33) & 1);
	if (high >> (31 + right))
		return S64_MAX;
	whole = (high << (32 - right)) + ((u64)low >> right);
	if (whole < S64_MAX)
		whole += low >> (right - 1) & 1;
	return whole;
}

/**
 * omv_real_scaled() - multiply a number by a scale, round to an integer
 * @real: number
 * @scale: scale, at most OMV_REAL_MAX_SCALE
 *
 * Halves are rounded away from zero.
 *
 * Return: product, from -S64_MAX to S64_MAX; 0 for NaN
 */
s64 omv_real_scaled(const struct omv_real *real, u32 scale)
{
	u64 low = (real->mantissa & U32_MAX) * scale;
	u64 high = (real->mantissa >> 32) * scale + (low >> 32);
	u64 magnitude = S64_MAX;

	if (real->kind == OMV_REAL_NAN)
		return 0;
	if (real->kind == OMV_REAL_FINITE)
		magnitude = real->exponent < 0
				    ? shift_right(high, low, -real->exponent)
				    : shift_left(high, low, real->exponent);
	return real->negative ? -(s64)magnitude : (s64)magnitude;
}

/**
 * omv_real_scale() - find the scale with which a number is an integer
 * @real: number
 *
 * Ignores errors of up to one unit in the last bit of the mantissa, so that the
 * binary approximation of 0.1 gets a scale of 10.
 *
 * Return: smallest such scale; OMV_REAL_MAX_SCALE if there is none
 */
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

/**
 * omv_real_encode() - encode a scaled integer as an IEEE 754 double
 * @value: integer, in units of 1/@scale
 * @scale: scale, not 0
 *
 * Return: encoding of the nearest double
 */
u64 omv_real_encode(s32 value, u32 scale)
{
	u32 magnitude = value < 0 ? -(u32)value : (u32)value;
	u64 quotient = magnitude / scale;
	u64 rest = magnitude % scale;
	u64 mantissa;
	u32 exponent = DOUBLE_BIAS + DOUBLE_MANTISSA_BITS + 1;

	if (!magnitude)
		return 0;
	/* Compute one extra bit, for rounding. */
	for (; !(quotient >> (DOUBLE_MANTISSA_BITS + 1)); exponent--) {
		quotient <<= 1;
		rest <<= 1;
		if (rest >= scale) {
			rest -= scale;
			quotient |= 1;
		}
	}
	/*
	 * No ties: a quotient without a remainder has no more bits than
	 * @value, so its extra bit is 0.
	 */
	mantissa = (quotient >> 1) + (quotient & 1);
	/*
	 * The leading 1 of the mantissa, which is not stored, and a carry are
	 * added to the exponent.
	 */
	return ((u64)(value < 0) << 63) +
	       ((u64)(exponent - 1) << DOUBLE_MANTISSA_BITS) + mantissa;
}
