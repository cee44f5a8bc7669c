/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Compressed pictures in memory.
 */
#ifndef JPEG_H
#define JPEG_H

#include "../../driver/core/omv_port.h"

/**
 * struct jpeg - a compressed picture; shared, never changed
 * @users:  who holds it
 * @width:  pixels
 * @height: lines
 * @len:    bytes
 * @data:   bytes
 */
struct jpeg {
	_Atomic unsigned int users;
	u32 width;
	u32 height;
	u32 len;
	u8 data[];
};

/**
 * jpeg_new() - make one
 * @width: pixels
 * @height: lines
 * @data: its bytes, copied; NULL for none yet
 * @len: how many
 *
 * Return: picture with one user; never NULL
 */
struct jpeg *jpeg_new(u32 width, u32 height, const void *data, u32 len);

/**
 * jpeg_get() - one more user
 * @jpeg: picture
 *
 * Any thread may call this.
 *
 * Return: @jpeg
 */
struct jpeg *jpeg_get(struct jpeg *jpeg);

/**
 * jpeg_put() - one user less; the last frees it
 * @jpeg: picture or NULL
 */
void jpeg_put(struct jpeg *jpeg);

/**
 * jpeg_pad() - make it longer
 * @data: a complete JPEG
 * @len: its length
 * @width: pixels
 * @height: lines
 * @want: bytes it should have; at least @len + 4 to have an effect
 *
 * What is missing goes into comments in front of the scan. A picture that is long enough
 * stays as it is.
 *
 * Return: picture with one user; never NULL
 */
struct jpeg *jpeg_pad(const u8 *data, u32 len, u32 width, u32 height, u32 want);

/**
 * jpeg_without_dht() - leave its Huffman tables out, as Motion JPEG may
 * @jpeg: picture
 *
 * Return: picture with one user; never NULL
 */
struct jpeg *jpeg_without_dht(const struct jpeg *jpeg);

#endif /* JPEG_H */
