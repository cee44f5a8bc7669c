// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * CRC-16 by bytes, because it covers only 8 header bytes; CRC-32 by 8 bytes at
 * a time.
 */
#include "omv_crc.h"
#include "omv_crc_table.h"

/**
 * omv_crc16() - compute or continue a CRC-16 (polynomial 0xF94F)
 * @crc: OMV_CRC16_INIT, or the result for the preceding bytes
 * @data: bytes
 * @len: number of bytes
 *
 * Any context.
 *
 * Return: CRC of all bytes so far
 */
u16 omv_crc16(u16 crc, const void *data, size_t len)
{
	const u8 *p = data;

	while (len--)
		crc = (u16)(crc << 8) ^ crc16_table[(crc >> 8) ^ *p++];
	return crc;
}

static u32 load_be32(const u8 *p)
{
	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

/**
 * omv_crc32() - compute or continue a CRC-32 (polynomial 0xFA567D89)
 * @crc: OMV_CRC32_INIT, or the result for the preceding bytes
 * @data: bytes
 * @len: number of bytes
 *
 * Any context.
 *
 * Return: CRC of all bytes so far
 */
u32 omv_crc32(u32 crc, const void *data, size_t len)
{
	const u8 *p = data;
	u32 next;

	for (; len >= 8; len -= 8, p += 8) {
		crc ^= load_be32(p);
		next = load_be32(p + 4);
		crc = crc32_table[7][crc >> 24] ^
		      crc32_table[6][(crc >> 16) & 0xff] ^
		      crc32_table[5][(crc >> 8) & 0xff] ^
		      crc32_table[4][crc & 0xff] ^
		      crc32_table[3][next >> 24] ^
		      crc32_table[2][(next >> 16) & 0xff] ^
		      crc32_table[1][(next >> 8) & 0xff] ^
		      crc32_table[0][next & 0xff];
	}
	while (len--)
		crc = (crc << 8) ^ crc32_table[0][(crc >> 24) ^ *p++];
	return crc;
}
