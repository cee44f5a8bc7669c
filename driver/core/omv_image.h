/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What a driver must know of a JPEG: is it whole, and how large is its picture.
 */
#ifndef OMV_IMAGE_H
#define OMV_IMAGE_H

#include "omv_port.h"

/**
 * struct omv_jpeg - what omv_jpeg_scan() found
 * @width:   pixels, from the SOF marker
 * @height:  lines
 * @has_dht: Huffman tables are there
 * @end:     bytes up to and with EOI; 0 if there is none
 */
struct omv_jpeg {
	u16 width;
	u16 height;
	bool has_dht;
	u32 end;
};

/**
 * omv_jpeg_scan() - walk the markers of a JPEG
 * @data: SOI and what follows
 * @len: bytes
 * @jpeg: written, as far as the walk came
 *
 * Reads the segments up to the first scan, and looks for EOI from the end: the
 * last one, with nothing but padding (zeros or 0xFF) behind it. The work is
 * bounded by the segments plus the padding; the picture itself is not read.
 *
 * Return: 0 if it is whole; -ENODATA if it is cut short (@jpeg->width is 0 if not even
 * the size could be read); -EINVAL if it is not a JPEG, or one whose segments make no
 * sense, or has an impossible size
 */
int omv_jpeg_scan(const void *data, u32 len, struct omv_jpeg *jpeg);

#endif /* OMV_IMAGE_H */
