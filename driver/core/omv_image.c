// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "omv_image.h"
#include "omv_jpeg_dht.h"

/* Second bytes of markers (ITU-T T.81, table B.1). */
#define JPEG_TEM	0x01
#define JPEG_SOF0	0xc0
#define JPEG_DHT	0xc4
#define JPEG_JPG	0xc8
#define JPEG_DAC	0xcc
#define JPEG_SOF15	0xcf
#define JPEG_RST0	0xd0
#define JPEG_SOI	0xd8
#define JPEG_EOI	0xd9
#define JPEG_SOS	0xda

#define JPEG_MAX_COMPONENTS	4

/* Limits of the work for one frame, above what any camera sends. */
#define JPEG_MAX_SEGMENTS	1024
#define JPEG_MAX_FILL		64
#define JPEG_MAX_TRAILING	0x100000

/*
 * A segment: its marker, what lies behind its length field, and where the next
 * segment begins, 0 if that is not known.
 */
struct jpeg_segment {
	u8 marker;
	const u8 *data;
	u32 len;
	u32 next;
};

/*
 * Parse the segment at @pos, and move @pos to its end. Before the first scan,
 * TEM is the only allowed marker without a length field.
 */
static int jpeg_segment(const u8 *data, u32 len, u32 *pos,
			struct jpeg_segment *seg)
{
	u32 at = *pos;

	seg->next = 0;
	if (at == len)
		return -ENODATA;
	if (data[at] != 0xff)
		return -EINVAL;
	while (at < len && data[at] == 0xff)
		if (++at - *pos > JPEG_MAX_FILL)
			return -EINVAL;
	if (at == len)
		return -ENODATA;

	seg->marker = data[at++];
	seg->data = data + at;
	seg->len = 0;
	*pos = at;
	if (seg->marker == JPEG_TEM)
		return 0;
	if (seg->marker < JPEG_SOF0 ||
	    (seg->marker >= JPEG_RST0 && seg->marker <= JPEG_EOI))
		return -EINVAL;

	if (len - at < 2)
		return -ENODATA;
	seg->len = data[at] << 8 | data[at + 1];
	if (seg->len < 2)
		return -EINVAL;
	seg->next = at + seg->len;
	if (seg->len > len - at)
		return -ENODATA;
	*pos = seg->next;
	seg->data += 2;
	seg->len -= 2;
	return 0;
}

static bool jpeg_is_sof(u8 marker)
{
	return marker >= JPEG_SOF0 && marker <= JPEG_SOF15 &&
	       marker != JPEG_DHT && marker != JPEG_JPG && marker != JPEG_DAC;
}

static int jpeg_sof(const struct jpeg_segment *seg, struct omv_jpeg *jpeg)
{
	unsigned int components;

	if (jpeg->width || seg->len < 6)
		return -EINVAL;
	components = seg->data[5];
	if (!components || components > JPEG_MAX_COMPONENTS ||
	    seg->len != 6 + 3 * components)
		return -EINVAL;

	jpeg->height = seg->data[1] << 8 | seg->data[2];
	jpeg->width = seg->data[3] << 8 | seg->data[4];
	return jpeg->width && jpeg->height ? 0 : -EINVAL;
}

static int jpeg_sos(const struct jpeg_segment *seg, const struct omv_jpeg *jpeg)
{
	unsigned int components;

	if (!jpeg->width || !seg->len)
		return -EINVAL;
	components = seg->data[0];
	if (!components || components > JPEG_MAX_COMPONENTS ||
	    seg->len != 4 + 2 * components)
		return -EINVAL;
	return 0;
}

/*
 * The end of the last EOI behind @scan, 0 if there is none. The data of a scan
 * cannot look like one: 0 or the number of a restart follows each 0xFF.
 */
static u32 jpeg_end(const u8 *data, u32 len, u32 scan)
{
	u32 trailing = 0;

	for (; len - scan >= 3 && trailing <= JPEG_MAX_TRAILING; trailing++) {
		if (data[len - 1] == JPEG_EOI && data[len - 2] == 0xff)
			return len;
		len--;
	}
	return 0;
}

static int jpeg_soi(const u8 *data, u32 len, u32 *pos)
{
	static const u8 soi[] = { 0xff, JPEG_SOI };

	if (memcmp(data, soi, len < sizeof(soi) ? len : sizeof(soi)))
		return -EINVAL;
	*pos = sizeof(soi);
	return len < sizeof(soi) ? -ENODATA : 0;
}

/**
 * omv_jpeg_find_size() - search a part of a JPEG for its width and height
 * @data: bytes of the JPEG from @offset on; only the first call has those at 0
 * @len: bytes at @data
 * @offset: 0, or what an earlier call wrote; written if -ENODATA is returned:
 *	from where on more bytes are needed
 * @jpeg: width and height are written
 *
 * Segments before SOF need not be in @data: an EXIF thumbnail, or a colour
 * profile, can be skipped. If @offset does not grow, @len was too small.
 *
 * Return: 0; -ENODATA if more bytes are needed; -EINVAL as omv_jpeg_scan(), or
 * if no segment begins at @offset
 */
int omv_jpeg_find_size(const void *data, u32 len, u32 *offset,
		       struct omv_jpeg *jpeg)
{
	struct jpeg_segment seg;
	u32 pos = 0, start = 0;
	int ret = 0;

	memset(jpeg, 0, sizeof(*jpeg));
	if (!*offset)
		ret = jpeg_soi(data, len, &pos);
	while (!ret) {
		start = pos;
		ret = jpeg_segment(data, len, &pos, &seg);
		if (!ret && jpeg_is_sof(seg.marker))
			return jpeg_sof(&seg, jpeg);
		if (!ret && seg.marker == JPEG_SOS)
			return -EINVAL;
		if (ret == -ENODATA && seg.next && !jpeg_is_sof(seg.marker))
			start = seg.next;
	}
	if (ret == -ENODATA)
		*offset += start;
	return ret;
}

/**
 * omv_jpeg_scan() - parse the markers of a JPEG
 * @data: JPEG, from SOI on
 * @len: number of bytes
 * @jpeg: result, valid as far as markers were found
 *
 * Reads the segments up to the first scan, and searches for the last EOI from
 * the end: encoders may leave any bytes behind it. An EOI within a segment, as
 * that of a thumbnail, does not count. The work is bounded by the segments plus
 * JPEG_MAX_TRAILING; the picture itself is not read.
 *
 * Return: 0 if the JPEG is complete; -ENODATA if it is truncated (@jpeg->width
 * is 0 if SOF is missing); -EINVAL if it is not a JPEG, or if its segments or
 * its size are invalid
 */
int omv_jpeg_scan(const void *data, u32 len, struct omv_jpeg *jpeg)
{
	struct jpeg_segment seg;
	unsigned int count = 0;
	u32 pos, start;
	int ret;

	memset(jpeg, 0, sizeof(*jpeg));
	ret = jpeg_soi(data, len, &pos);
	if (ret)
		return ret;

	do {
		start = pos;
		ret = jpeg_segment(data, len, &pos, &seg);
		if (!ret && jpeg_is_sof(seg.marker))
			ret = jpeg_sof(&seg, jpeg);
		else if (!ret && seg.marker == JPEG_SOS)
			ret = jpeg_sos(&seg, jpeg);
		if (ret)
			return ret;
		if (++count > JPEG_MAX_SEGMENTS)
			return -EINVAL;
		if (seg.marker == JPEG_DHT)
			jpeg->has_dht = true;
	} while (seg.marker != JPEG_SOS);

	jpeg->sos = start;
	jpeg->end = jpeg_end(data, len, pos);
	return jpeg->end ? 0 : -ENODATA;
}

/**
 * omv_jpeg_add_dht() - insert the standard Huffman tables
 * @data: JPEG without Huffman tables
 * @len: number of bytes
 * @room: size of the buffer at @data
 * @jpeg: result of omv_jpeg_scan()
 *
 * Motion JPEG may omit the tables, but many programs cannot decode it then.
 *
 * Return: number of bytes with the tables; if greater than @room, @data was not
 * changed
 */
u32 omv_jpeg_add_dht(void *data, u32 len, u32 room, const struct omv_jpeg *jpeg)
{
	u8 *sos = (u8 *)data + jpeg->sos;
	u32 size = len + sizeof(omv_jpeg_dht);

	if (size > room)
		return size;
	memmove(sos + sizeof(omv_jpeg_dht), sos, len - jpeg->sos);
	memcpy(sos, omv_jpeg_dht, sizeof(omv_jpeg_dht));
	return size;
}

/**
 * omv_picture_line() - size of a line
 * @pixfmt: OMV_PIX_*
 * @width: width in pixels
 *
 * Return: number of bytes; 0 for compressed and unknown formats, and for
 * OMV_PIX_BINARY, which is not supported
 */
u32 omv_picture_line(u32 pixfmt, u16 width)
{
	switch (pixfmt) {
	case OMV_PIX_GRAYSCALE:
	case OMV_PIX_BGGR:
	case OMV_PIX_GBRG:
	case OMV_PIX_GRBG:
	case OMV_PIX_RGGB:
		return width;
	case OMV_PIX_RGB565:
	case OMV_PIX_YUYV:
	case OMV_PIX_YVYU:
		return 2 * width;
	case OMV_PIX_ARGB8:
		return 4 * width;
	default:
		return 0;
	}
}

/**
 * omv_pixfmt_is_known() - is a pixel format supported
 * @pixfmt: OMV_PIX_*, from a camera (protocol 10.2)
 *
 * Context: any.
 *
 * Return: true for JPEG and for the raw formats of omv_picture_line()
 */
bool omv_pixfmt_is_known(u32 pixfmt)
{
	return pixfmt == OMV_PIX_JPEG || omv_picture_line(pixfmt, 1);
}

/**
 * omv_picture_size() - size of a raw frame
 * @picture: format
 *
 * Return: number of bytes; 0 if it exceeds 32 bits, or if omv_picture_line()
 * is 0
 */
u32 omv_picture_size(const struct omv_picture *picture)
{
	u64 size = (u64)omv_picture_line(picture->pixfmt, picture->width) *
		   picture->height;

	return size >> 32 ? 0 : size;
}

/**
 * omv_stream_parse() - parse the header of a frame (protocol 10.1)
 * @hdr: header, from a camera
 * @size: size of the frame in bytes, including its header
 * @picture: format, set on success
 * @offset: offset of the image, set on success; the image is within @size
 *
 * Return: size of the image in bytes; 0 if the header is invalid, or has a
 * format of unknown size
 */
u32 omv_stream_parse(const struct omv_stream_hdr *hdr, u32 size,
		     struct omv_picture *picture, u32 *offset)
{
	u32 width = le32_to_cpu(hdr->width);
	u32 height = le32_to_cpu(hdr->height);
	u32 start = le32_to_cpu(hdr->offset);
	struct omv_picture pic;
	u32 len;

	if (!width || !height || width > 0xffff || height > 0xffff ||
	    start < sizeof(*hdr) || start > size)
		return 0;
	pic.pixfmt = le32_to_cpu(hdr->pixfmt);
	pic.width = width;
	pic.height = height;
	len = omv_picture_size(&pic);
	if (pic.pixfmt == OMV_PIX_JPEG)
		len = le32_to_cpu(hdr->size_or_bpp);
	if (!len || len > size - start)
		return 0;
	*picture = pic;
	*offset = start;
	return len;
}

#define FLOAT_FRACTION	23
#define FLOAT_BIAS	127

/**
 * omv_stream_interval() - get the frame interval of a header (protocol 10.1)
 * @hdr: header
 *
 * Return: interval in ns; 0 if the header has none, or if the frame rate is not
 * from 0.1 to 1000 frames per second
 */
u64 omv_stream_interval(const struct omv_stream_hdr *hdr)
{
	u32 bits = le32_to_cpu(hdr->fps);
	u32 fraction = (bits & 0x7fffff) | 1 << FLOAT_FRACTION;
	int exponent = (int)(bits >> FLOAT_FRACTION) - FLOAT_BIAS;
	u32 fps;

	/* Only 2^-4 to less than 2^10; also rejects a sign. */
	if (exponent < -4 || exponent > 9)
		return 0;
	/* In units of 1/1024 frames per second. */
	fps = fraction >> (FLOAT_FRACTION - 10 - exponent);
	if (fps < 103 || fps > 1024000)
		return 0;
	/* A 32-bit division, for 32-bit architectures; multiplied by 1024. */
	return (u64)(1000000000u / fps) << 10;
}

/* The order is that of the sub-format of OMV_PIX_BGGR and so on (10.2). */
static const u32 shape_bayer[] = {
	OMV_PIX_BGGR, OMV_PIX_GBRG, OMV_PIX_GRBG, OMV_PIX_RGGB,
};

/* Only a fourth value that equals SIZE makes the third one a pattern. */
static u32 shape_8_bit(const __le32 *shape, u32 count, u32 size)
{
	u32 pattern;

	if (count < 4 || le32_to_cpu(shape[3]) != size)
		return OMV_PIX_GRAYSCALE;
	pattern = le32_to_cpu(shape[2]);
	return pattern < ARRAY_SIZE(shape_bayer) ? shape_bayer[pattern] :
						   OMV_PIX_GRAYSCALE;
}

/**
 * omv_shape_parse() - what SHAPE tells of a script's own frames (12.3)
 * @shape: answer to SHAPE: height, width, and what the script's author likes
 * @count: values in it
 * @size: what SIZE gave
 * @picture: written on success
 *
 * Height, width and @size decide: a byte per pixel is GRAYSCALE or Bayer, two
 * are RGB565, four are ARGB8. Further values can tell Bayer from GRAYSCALE;
 * they are never a reason to refuse.
 *
 * Return: 0, or -EINVAL if these are not raw pictures: no height or width,
 * another @size, or the number of records and of their fields
 */
int omv_shape_parse(const __le32 *shape, u32 count, u32 size,
		    struct omv_picture *picture)
{
	u32 height, width, bytes;

	if (count < 2)
		return -EINVAL;
	height = le32_to_cpu(shape[0]);
	width = le32_to_cpu(shape[1]);
	if (!width || !height || width > 0xffff || height > 0xffff)
		return -EINVAL;
	if (count == 2 && width < OMV_SHAPE_FIELDS)
		return -EINVAL;
	bytes = size / (width * height);
	if (bytes * width * height != size)
		return -EINVAL;

	if (bytes == 1)
		picture->pixfmt = shape_8_bit(shape, count, size);
	else if (bytes == 2)
		picture->pixfmt = OMV_PIX_RGB565;
	else if (bytes == 4)
		picture->pixfmt = OMV_PIX_ARGB8;
	else
		return -EINVAL;
	picture->width = width;
	picture->height = height;
	return 0;
}
