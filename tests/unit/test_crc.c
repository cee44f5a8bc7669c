// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../driver/core/omv_crc.h"
#include "../../driver/core/omv_wire.h"
#include "vectors.h"

/* Bitwise CRC of section 1.1. */
static u32 reference(u32 crc, unsigned int width, u32 poly, const u8 *p,
		     size_t len)
{
	u32 top = 1u << (width - 1);
	int bit;

	while (len--) {
		for (bit = 7; bit >= 0; bit--) {
			if (*p >> bit & 1)
				crc ^= top;
			crc = crc & top ? crc << 1 ^ poly : crc << 1;
		}
		p++;
	}
	return width == 32 ? crc : crc & 0xffff;
}

static u16 reference16(const u8 *p, size_t len)
{
	return reference(0xffff, 16, 0xf94f, p, len);
}

static u32 reference32(const u8 *p, size_t len)
{
	return reference(0xffffffff, 32, 0xfa567d89, p, len);
}

static void check_values(void **state)
{
	assert_int_equal(omv_crc16(OMV_CRC16_INIT, "123456789", 9), 0xe541);
	assert_int_equal(omv_crc32(OMV_CRC32_INIT, "123456789", 9),
			 0x41b403d3);
	assert_int_equal(reference16((const u8 *)"123456789", 9), 0xe541);
	assert_int_equal(reference32((const u8 *)"123456789", 9), 0x41b403d3);
	assert_int_equal(omv_crc16(OMV_CRC16_INIT, "", 0), 0xffff);
	assert_int_equal(omv_crc32(OMV_CRC32_INIT, "", 0), 0xffffffff);
	assert_int_equal(omv_crc32(0x12345678, "", 0), 0x12345678);
}

/* Test each table entry: each byte value at each position of a stride. */
static void every_entry(void **state)
{
	u8 data[16] = { 0 };
	unsigned int at, value;

	for (at = 0; at < sizeof(data); at++) {
		for (value = 0; value < 256; value++) {
			data[at] = value;
			assert_int_equal(omv_crc16(OMV_CRC16_INIT, data,
						   sizeof(data)),
					 reference16(data, sizeof(data)));
			assert_int_equal(omv_crc32(OMV_CRC32_INIT, data,
						   sizeof(data)),
					 reference32(data, sizeof(data)));
		}
		data[at] = 0;
	}
}

static void lengths_and_alignment(void **state)
{
	u8 *block = aligned_alloc(64, 128);
	unsigned int align, len, i;

	srand(1);
	for (i = 0; i < 128; i++)
		block[i] = rand();
	for (align = 0; align < 16; align++) {
		for (len = 0; len <= 64; len++) {
			assert_int_equal(omv_crc16(OMV_CRC16_INIT,
						   block + align, len),
					 reference16(block + align, len));
			assert_int_equal(omv_crc32(OMV_CRC32_INIT,
						   block + align, len),
					 reference32(block + align, len));
		}
	}
	free(block);
}

/* A CRC in two parts must be the same, for each split. */
static void continued(void **state)
{
	u8 data[64];
	unsigned int len, cut, i;

	srand(2);
	for (i = 0; i < sizeof(data); i++)
		data[i] = rand();
	for (len = 0; len <= sizeof(data); len++) {
		for (cut = 0; cut <= len; cut++) {
			u16 crc16 = omv_crc16(OMV_CRC16_INIT, data, cut);
			u32 crc32 = omv_crc32(OMV_CRC32_INIT, data, cut);

			assert_int_equal(omv_crc16(crc16, data + cut,
						   len - cut),
					 reference16(data, len));
			assert_int_equal(omv_crc32(crc32, data + cut,
						   len - cut),
					 reference32(data, len));
		}
	}
}

static void random_data(void **state)
{
	static u8 data[OMV_MAX_PACKET];
	unsigned int round, i, len;

	srand(3);
	for (round = 0; round < 50; round++) {
		len = rand() % (sizeof(data) + 1);
		for (i = 0; i < len; i++)
			data[i] = rand();
		assert_int_equal(omv_crc16(OMV_CRC16_INIT, data, len),
				 reference16(data, len));
		assert_int_equal(omv_crc32(OMV_CRC32_INIT, data, len),
				 reference32(data, len));
	}
}

static u32 load_le(const u8 *p, unsigned int bytes)
{
	u32 value = 0;

	while (bytes--)
		value = value << 8 | p[bytes];
	return value;
}

static void vectors(void **state)
{
	const struct omv_conversation *c;
	u8 buf[OMV_VECTOR_MAX];
	size_t i, len;

	for (c = omv_conversations; c < omv_conversations + OMV_CONVERSATIONS;
	     c++) {
		for (i = 0; i < c->count; i++) {
			len = omv_vector_packet(&c->packets[i], buf);
			assert_int_equal(omv_crc16(OMV_CRC16_INIT, buf, 8),
					 load_le(buf + 8, 2));
			if (len > OMV_HDR_SIZE)
				assert_int_equal(omv_crc32(OMV_CRC32_INIT,
							   buf + 10, len - 14),
						 load_le(buf + len - 4, 4));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_values),
		cmocka_unit_test(every_entry),
		cmocka_unit_test(lengths_and_alignment),
		cmocka_unit_test(continued),
		cmocka_unit_test(random_data),
		cmocka_unit_test(vectors),
	};

	return cmocka_run_group_tests_name("crc", tests, NULL, NULL);
}
