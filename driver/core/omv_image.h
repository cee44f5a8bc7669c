/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What a driver must know of a frame: what kind of picture it is, how large, and
 * whether it is whole.
 */
#ifndef OMV_IMAGE_H
#define OMV_IMAGE_H

#include "omv_wire.h"

/**
 * struct omv_jpeg - what omv_jpeg_scan() found
 * @width:   pixels, from the SOF marker
 * @height:  lines
 * @has_dht: Huffman tables are there
 * @sos:     where the SOS marker is, 0 if the walk did not come so far
 * @end:     bytes up to and with EOI; 0 if there is none
 */
struct omv_jpeg {
	u16 width;
	u16 height;
	bool has_dht;
	u32 sos;
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

/**
 * omv_jpeg_add_dht() - insert the standard Huffman tables
 * @data: JPEG without any
 * @len: bytes
 * @room: memory at @data
 * @jpeg: what omv_jpeg_scan() found there
 *
 * Motion JPEG may leave them out, and then few programs can decode it.
 *
 * Return: bytes with the tables; if that is more than @room nothing was done
 */
u32 omv_jpeg_add_dht(void *data, u32 len, u32 room,
		     const struct omv_jpeg *jpeg);

/**
 * struct omv_picture - what a frame shows
 * @pixfmt: OMV_PIX_*
 * @width:  pixels; 0 if nothing is known
 * @height: lines
 */
struct omv_picture {
	u32 pixfmt;
	u16 width;
	u16 height;
};

/**
 * omv_picture_line() - bytes of a line
 * @pixfmt: OMV_PIX_*
 * @width: pixels
 *
 * Return: bytes; 0 for compressed and unknown formats, and for OMV_PIX_BINARY
 */
u32 omv_picture_line(u32 pixfmt, u16 width);

/**
 * omv_picture_size() - bytes of a picture
 * @picture: picture
 *
 * Return: bytes; 0 as omv_picture_line(), and for more than 4 GiB
 */
u32 omv_picture_size(const struct omv_picture *picture);

/**
 * omv_stream_parse() - what a frame with a header is (10.1)
 * @hdr: header; from a camera
 * @size: what SIZE gave
 * @picture: written on success
 * @offset: where the image begins, written on success; header and image are within
 *	@size
 *
 * Return: bytes of the image; 0 if the header makes no sense, or tells of a format
 * without a size
 */
u32 omv_stream_parse(const struct omv_stream_hdr *hdr, u32 size,
		     struct omv_picture *picture, u32 *offset);

/**
 * omv_stream_interval() - the time between two frames, from the header's fps (10.1)
 * @hdr: header
 *
 * Return: ns; 0 if it does not say, or nothing between 0.1 and 1000 frames a second
 */
u64 omv_stream_interval(const struct omv_stream_hdr *hdr);

/**
 * omv_shape_parse() - what SHAPE tells of a script's own frames
 * @shape: answer to SHAPE: height, width, bytes per pixel
 * @count: values in it
 * @size: what SIZE gave
 * @picture: written on success
 *
 * Return: 0, or -EINVAL if these are not raw pictures: other values, or another @size
 */
int omv_shape_parse(const __le32 *shape, u32 count, u32 size,
		    struct omv_picture *picture);

#endif /* OMV_IMAGE_H */
