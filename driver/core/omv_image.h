/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Format and size of a frame, and whether it is complete.
 */
#ifndef OMV_IMAGE_H
#define OMV_IMAGE_H

#include "omv_wire.h"

/*
 * A SHAPE of two values whose second one is less is that of records, as the
 * vendor's event streams have them: (records, fields). No sensor has so few
 * pixels in a line: the smallest have 8.
 */
#define OMV_SHAPE_FIELDS	8

/**
 * struct omv_jpeg - result of omv_jpeg_scan()
 * @width:   width in pixels, from the SOF marker; 0 if unknown
 * @height:  height in pixels, from the SOF marker
 * @has_dht: there is a DHT marker (Huffman tables)
 * @sos:     offset of the SOS marker; 0 if it was not reached
 * @end:     offset of the byte after EOI; 0 if there is no EOI
 */
struct omv_jpeg {
	u16 width;
	u16 height;
	bool has_dht;
	u32 sos;
	u32 end;
};

int omv_jpeg_find_size(const void *data, u32 len, u32 *offset,
		       struct omv_jpeg *jpeg);
int omv_jpeg_scan(const void *data, u32 len, struct omv_jpeg *jpeg);
u32 omv_jpeg_add_dht(void *data, u32 len, u32 room,
		     const struct omv_jpeg *jpeg);

/**
 * struct omv_picture - format of a frame
 * @pixfmt: OMV_PIX_*
 * @width:  width in pixels; 0 if the format is unknown
 * @height: height in pixels
 */
struct omv_picture {
	u32 pixfmt;
	u16 width;
	u16 height;
};

u32 omv_picture_line(u32 pixfmt, u16 width);

/* Documented at their definitions. */
bool omv_pixfmt_is_known(u32 pixfmt);
u32 omv_picture_size(const struct omv_picture *picture);
u32 omv_stream_parse(const struct omv_stream_hdr *hdr, u32 size,
		     struct omv_picture *picture, u32 *offset);
u64 omv_stream_interval(const struct omv_stream_hdr *hdr);
int omv_shape_parse(const __le32 *shape, u32 count, u32 size,
		    struct omv_picture *picture);

#endif /* OMV_IMAGE_H */
