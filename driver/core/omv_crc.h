/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * CRC-16 and CRC-32 of the channel protocol (protocol 1.1): MSB first, initial
 * value all ones, not reflected, no final XOR.
 */
#ifndef OMV_CRC_H
#define OMV_CRC_H

#include "omv_port.h"

#define OMV_CRC16_INIT	0xffff
#define OMV_CRC32_INIT	0xffffffff

u16 omv_crc16(u16 crc, const void *data, size_t len);
u32 omv_crc32(u32 crc, const void *data, size_t len);

#endif /* OMV_CRC_H */
