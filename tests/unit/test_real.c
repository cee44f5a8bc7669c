// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../driver/core/omv_real.h"

static const u32 scales[] = { 1, 10, 100, 1000, 10000, 100000, 1000000 };

/* xorshift64* */
static u64 random64(void)
{
	static u64 state = 88172645463325252ull;

	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 2685821657736338717ull;
}

static u32 random_scale(void)
{
	return scales[random64() % ARRAY_SIZE(scales)];
}

union wide {
	double number;
	u64 bits;
};

union narrow {
	float number;
	u32 bits;
};

#define double_bits(d)	(((union wide){ .number = (d) }).bits)
#define bits_double(b)	(((union wide){ .bits = (b) }).number)
#define float_bits(f)	(((union narrow){ .number = (f) }).bits)
#define bits_float(b)	(((union narrow){ .bits = (b) }).number)

/* An independent decoder: the 11 bits of a 16-bit float are exact in a double. */
static double half_double(u32 bits)
{
	double mantissa = bits & 0x3ff;
	int exponent = bits >> 10 & 31;
	double sign = bits & 0x8000 ? -1 : 1;

	if (exponent == 31)
		return mantissa ? NAN : sign * INFINITY;
	return sign * (exponent ? ldexp(mantissa + 1024, exponent - 25) :
				  ldexp(mantissa, -24));
}

/* 128 bits are exact where the rounding matters; beyond, only the size matters. */
static s64 scaled_by_libm(double number, u32 scale)
{
	double magnitude = fabs(number);
	__int128 product;
	int exponent;
	u64 mantissa;

	if (isnan(number))
		return 0;
	if (magnitude >= 0x1p63)
		product = S64_MAX;
	else if (magnitude < 0x1p-22)
		product = 0;
	else {
		mantissa = ldexp(frexp(magnitude, &exponent), 53);
		exponent -= 53;
		product = (__int128)mantissa * scale;
		if (exponent >= 0)
			product <<= exponent;
		else
			product = (product + ((__int128)1 << (-exponent - 1))) >>
				  -exponent;
		if (product > S64_MAX)
			product = S64_MAX;
	}
	return signbit(number) ? -product : product;
}

static void assert_decodes(u64 bits, u32 size, double number)
{
	struct omv_real real;
	unsigned int i;
	s64 got, want;

	omv_real_decode(&real, bits, size);
	assert_int_equal(real.kind, isnan(number) ? OMV_REAL_NAN :
			 isinf(number) ? OMV_REAL_INFINITE : OMV_REAL_FINITE);
	if (real.kind == OMV_REAL_FINITE)
		assert_true(ldexp((double)real.mantissa, real.exponent) == fabs(number));
	if (real.kind != OMV_REAL_NAN)
		assert_int_equal(real.negative, !!signbit(number));
	for (i = 0; i < ARRAY_SIZE(scales); i++) {
		got = omv_real_scaled(&real, scales[i]);
		want = scaled_by_libm(number, scales[i]);
		if (got != want)
			fail_msg("%a * %u: %lld, not %lld", number, scales[i],
				 (long long)got, (long long)want);
	}
}

static void every_half(void **state)
{
	u32 bits;

	for (bits = 0; bits < 0x10000; bits++)
		assert_decodes(bits, 2, half_double(bits));
}

/* Numbers with a random exponent, and numbers in the relevant range. */
static void random_floats(void **state)
{
	unsigned int i;
	float number;
	u32 bits;

	for (i = 0; i < 200000; i++) {
		bits = random64();
		assert_decodes(bits, 4, bits_float(bits));
		number = ldexpf((s32)random64(), -(int)(random64() % 64));
		assert_decodes(float_bits(number), 4, number);
	}
}

static void random_doubles(void **state)
{
	unsigned int i;
	double number;
	u64 bits;

	for (i = 0; i < 200000; i++) {
		bits = random64();
		assert_decodes(bits, 8, bits_double(bits));
		number = ldexp((int64_t)random64(), -(int)(random64() % 100));
		assert_decodes(double_bits(number), 8, number);
		/* Numbers exactly between two values at some scale, and their neighbours. */
		number = ((s32)random64() + .5) / random_scale();
		assert_decodes(double_bits(number), 8, number);
		assert_decodes(double_bits(number) + 1, 8, bits_double(double_bits(number) + 1));
		assert_decodes(double_bits(number) - 1, 8, bits_double(double_bits(number) - 1));
	}
}

static void corners(void **state)
{
	static const double numbers[] = {
		0, 0.5, 0.25, 1, 1.5, 0x1p31, 0x1p31 - 0.5, 0x1p62, 0x1p63, 0x1p64,
		0x1p1023, 0x1p-1022, 0x1p-1074, 5e-7, 4.9999999999999993e-7, 0x1p-32,
		0x1p-33, 0x1p-64, 0x1p-96, 1e300, 1e-300, INFINITY, 9223372036854774784.,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		assert_decodes(double_bits(numbers[i]), 8, numbers[i]);
		assert_decodes(double_bits(-numbers[i]), 8, -numbers[i]);
	}
	assert_decodes(double_bits(NAN), 8, NAN);
	assert_decodes(0x7ff0000000000001ull, 8, NAN);
}

static void integers(void **state)
{
	struct omv_real real;

	omv_real_integer(&real, 7, true);
	assert_int_equal(omv_real_scaled(&real, 1000), -7000);
	assert_int_equal(omv_real_scale(&real), 1);
	omv_real_integer(&real, U64_MAX, false);
	assert_int_equal(omv_real_scaled(&real, 1), S64_MAX);
	assert_int_equal(omv_real_scaled(&real, 1000000), S64_MAX);
	omv_real_integer(&real, U64_MAX, true);
	assert_int_equal(omv_real_scaled(&real, 1000000), -S64_MAX);
	assert_int_equal(omv_real_scale(&real), 1);
	omv_real_integer(&real, S64_MAX, false);
	assert_int_equal(omv_real_scaled(&real, 1), S64_MAX);
	omv_real_integer(&real, S32_MAX, false);
	assert_int_equal(omv_real_scaled(&real, 1000000), 2147483647000000);
}

static u32 scale_of(double number)
{
	struct omv_real real;

	omv_real_decode(&real, double_bits(number), 8);
	return omv_real_scale(&real);
}

static u32 scale_of_float(float number)
{
	struct omv_real real;
	u32 scale;

	omv_real_decode(&real, float_bits(number), 4);
	scale = omv_real_scale(&real);
	/* MicroPython's encoder always uses eight bytes. */
	assert_int_equal(scale_of(number), scale);
	return scale;
}

static void scale(void **state)
{
	assert_int_equal(scale_of(0), 1);
	assert_int_equal(scale_of(0.1), 10);
	assert_int_equal(scale_of_float(0.1f), 10);
	assert_int_equal(scale_of(-0.1), 10);
	assert_int_equal(scale_of(0.1 + 0.2), 10);
	assert_int_equal(scale_of(0.5), 10);
	assert_int_equal(scale_of(0.25), 100);
	assert_int_equal(scale_of_float(25.3f), 10);
	assert_int_equal(scale_of(0.000001), 1000000);
	assert_int_equal(scale_of_float(0.000001f), 1000000);
	assert_int_equal(scale_of(0.0000001), 1000000);
	assert_int_equal(scale_of(1. / 3), 1000000);
	assert_int_equal(scale_of_float(1.f / 3), 1000000);
	assert_int_equal(scale_of(123456.789012), 1000000);
	assert_int_equal(scale_of(100000.25), 100);
	assert_int_equal(scale_of(1e18), 1);
	assert_int_equal(scale_of(1e300), 1);
	assert_int_equal(scale_of(0x1p-1074), 1000000);
}

/* The scale has as many digits as the decimal number. */
static void scale_of_decimals(void **state)
{
	unsigned int i;
	s32 value;
	u32 want;

	for (i = 0; i < 300000; i++) {
		want = random_scale();
		value = (s32)random64() % 100000;
		if (value % 10 == 0)
			value++;
		assert_int_equal(scale_of((double)value / want), want);
		assert_int_equal(scale_of_float((float)value / want), want);
		value = (s32)random64();
		if (value % 10 == 0)
			continue;
		/* A float32 may have too few bits for the digit. */
		if (double_bits((double)value / want) & 0x1fffffff)
			assert_int_equal(scale_of((double)value / want), want);
	}
}

static void encode(void **state)
{
	unsigned int i;
	char text[40];
	s32 value;
	u32 by;

	for (i = 0; i < 500000; i++) {
		by = random_scale();
		value = (s32)random64() >> random64() % 32;
		if (omv_real_encode(value, by) != double_bits((double)value / by))
			fail_msg("%d/%u", value, by);
	}
	for (i = 0; i < 100000; i++) {
		value = (s32)random64() >> random64() % 32;
		sprintf(text, "%de-3", value);
		if (value)
			assert_true(omv_real_encode(value, 1000) ==
				    double_bits(strtod(text, NULL)));
		/* Also divisors that are not powers of ten. */
		by = random64() >> random64() % 32;
		if (by)
			assert_true(omv_real_encode(value, by) ==
				    double_bits((double)value / by));
	}
	assert_true(omv_real_encode(0, 10) == 0);
	assert_true(omv_real_encode(S32_MIN, 1) == double_bits(-0x1p31));
	assert_true(omv_real_encode(S32_MAX, 1000000) == double_bits(2147.483647));
	assert_true(omv_real_encode(1, 10) == 0x3fb999999999999aull);
	assert_true(omv_real_encode(1, U32_MAX) == double_bits(1. / U32_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_half),
		cmocka_unit_test(random_floats),
		cmocka_unit_test(random_doubles),
		cmocka_unit_test(corners),
		cmocka_unit_test(integers),
		cmocka_unit_test(scale),
		cmocka_unit_test(scale_of_decimals),
		cmocka_unit_test(encode),
	};

	return cmocka_run_group_tests_name("real", tests, NULL, NULL);
}
