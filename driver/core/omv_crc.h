/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The two CRCs of the channel protocol (section 1.1): MSB first, all ones at
 * the start, nothing reflected, nothing inverted at the end.
 */
#ifndef OMV_CRC_H
#define OMV_CRC_H

#include "omv_port.h"

#define OMV_CRC16_INIT	0xffff
#define OMV_CRC32_INIT	0xffffffff

/**
 * omv_crc16() - go on with a CRC-16 (polynomial 0xF94F)
 * @crc: OMV_CRC16_INIT, or the result for the bytes before
 * @data: bytes
 * @len: how many
 *
 * Any context.
 *
 * Return: the CRC of everything so far
 */
u16 omv_crc16(u16 crc, const void *data, size_t len);

/**
 * omv_crc32() - go on with a CRC-32 (polynomial 0xFA567D89)
 * @crc: OMV_CRC32_INIT, or the result for the bytes before
 * @data: bytes
 * @len: how many
 *
 * Any context.
 *
 * Return: the CRC of everything so far
 */
u32 omv_crc32(u32 crc, const void *data, size_t len);

#endif /* OMV_CRC_H */
