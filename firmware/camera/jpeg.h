/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Compressed pictures in memory.
 */
#ifndef JPEG_H
#define JPEG_H

#include "../../driver/core/omv_port.h"

/**
 * struct jpeg - a compressed picture, with a reference count; must not be modified
 * @users:  number of references
 * @width:  width in pixels
 * @height: height in lines
 * @len:    bytes of @data
 * @data:   the JPEG
 */
struct jpeg {
	_Atomic unsigned int users;
	u32 width;
	u32 height;
	u32 len;
	u8 data[];
};

/**
 * jpeg_new() - allocate a picture
 * @width: width in pixels
 * @height: height in lines
 * @data: content, copied; NULL if the caller fills it in later
 * @len: bytes of the content
 *
 * Return: picture with one reference; never NULL: without memory the program ends
 */
struct jpeg *jpeg_new(u32 width, u32 height, const void *data, u32 len);

/**
 * jpeg_get() - take a reference
 * @jpeg: picture
 *
 * Any thread may call this.
 *
 * Return: @jpeg
 */
struct jpeg *jpeg_get(struct jpeg *jpeg);

/**
 * jpeg_put() - drop a reference; dropping the last one frees the picture
 * @jpeg: picture or NULL
 */
void jpeg_put(struct jpeg *jpeg);

/**
 * jpeg_pad() - pad a JPEG to a length
 * @data: a complete JPEG
 * @len: bytes of @data
 * @width: width in pixels
 * @height: height in lines
 * @want: wanted length in bytes; no effect if less than @len + 4
 *
 * Inserts comment segments before the scan.
 *
 * Return: picture with one reference; never NULL
 */
struct jpeg *jpeg_pad(const u8 *data, u32 len, u32 width, u32 height, u32 want);

/**
 * jpeg_without_dht() - copy a picture without its Huffman tables, as Motion JPEG allows
 * @jpeg: picture
 *
 * Return: picture with one reference; never NULL
 */
struct jpeg *jpeg_without_dht(const struct jpeg *jpeg);

/**
 * struct jpeg_stamp - when a picture was announced
 * @time:   time in ns, as port_now()
 * @number: number of the picture, of all that were announced
 */
struct jpeg_stamp {
	u64 time;
	u32 number;
};

/**
 * jpeg_stamped() - copy a picture and stamp the copy
 * @jpeg: picture with padding, see jpeg_pad()
 * @stamp: is written into the first comment segment
 *
 * Return: picture with one reference; NULL if there is no room for the stamp
 */
struct jpeg *jpeg_stamped(const struct jpeg *jpeg, const struct jpeg_stamp *stamp);

/**
 * jpeg_read_stamp() - get the stamp of a picture
 * @data: the JPEG
 * @len: bytes of @data
 * @stamp: result
 *
 * Return: false if the picture has no stamp
 */
bool jpeg_read_stamp(const u8 *data, u32 len, struct jpeg_stamp *stamp);

#endif /* JPEG_H */
