// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jpeglib.h>

#include "../../driver/core/omv_image.h"

#define WIDTH	176
#define HEIGHT	120

#define SOI	0xff, 0xd8
#define SOF(h, w) \
	0xff, 0xc0, 0, 11, 8, (h) >> 8, (h) & 0xff, (w) >> 8, (w) & 0xff, \
	1, 1, 0x11, 0
#define SOS	0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0
#define EOI	0xff, 0xd9

struct make {
	bool progressive;
	unsigned int restart_rows;
	bool gray;
	const void *app;
	unsigned int app_len;
};

/* A JPEG made by libjpeg-turbo, in memory of its exact size. */
static u8 *make_jpeg(const struct make *make, u32 *len)
{
	struct jpeg_compress_struct jpeg;
	struct jpeg_error_mgr errors;
	unsigned char *out = NULL;
	unsigned long size = 0;
	u8 row[WIDTH * 3];
	JSAMPROW rows = row;
	u8 *copy;
	int x;

	jpeg.err = jpeg_std_error(&errors);
	jpeg_create_compress(&jpeg);
	jpeg_mem_dest(&jpeg, &out, &size);
	jpeg.image_width = WIDTH;
	jpeg.image_height = HEIGHT;
	jpeg.input_components = make->gray ? 1 : 3;
	jpeg.in_color_space = make->gray ? JCS_GRAYSCALE : JCS_RGB;
	jpeg_set_defaults(&jpeg);
	jpeg_set_quality(&jpeg, 80, TRUE);
	jpeg.restart_in_rows = make->restart_rows;
	if (make->progressive)
		jpeg_simple_progression(&jpeg);
	jpeg_start_compress(&jpeg, TRUE);
	if (make->app)
		jpeg_write_marker(&jpeg, JPEG_APP0 + 1, make->app,
				  make->app_len);
	while (jpeg.next_scanline < jpeg.image_height) {
		for (x = 0; x < WIDTH * 3; x++)
			row[x] = x * 5 ^ jpeg.next_scanline * x;
		jpeg_write_scanlines(&jpeg, &rows, 1);
	}
	jpeg_finish_compress(&jpeg);
	jpeg_destroy_compress(&jpeg);

	copy = malloc(size);
	assert_non_null(copy);
	memcpy(copy, out, size);
	free(out);
	*len = size;
	return copy;
}

/* Scan a copy of exact size, so that ASan detects overruns. */
static int scan_exact(const u8 *data, u32 len, struct omv_jpeg *jpeg)
{
	u8 *copy = malloc(len ? len : 1);
	int ret;

	assert_non_null(copy);
	memcpy(copy, data, len);
	memset(jpeg, 0xa5, sizeof(*jpeg));
	ret = omv_jpeg_scan(copy, len, jpeg);
	free(copy);
	return ret;
}

static u32 find_marker(const u8 *data, u32 len, u8 marker)
{
	u32 i;

	for (i = 0; i + 1 < len; i++)
		if (data[i] == 0xff && data[i + 1] == marker)
			return i;
	fail_msg("no marker %02x", marker);
	return 0;
}

static u32 segment_size(const u8 *segment)
{
	return 2 + (segment[2] << 8 | segment[3]);
}

/* Return: offset of the first segment with this marker */
static u32 find_segment(const u8 *data, u8 marker)
{
	u32 at = 2;

	while (data[at + 1] != marker)
		at += segment_size(data + at);
	return at;
}

static void assert_whole(const u8 *data, u32 len)
{
	struct omv_jpeg jpeg;

	assert_int_equal(scan_exact(data, len, &jpeg), 0);
	assert_int_equal(jpeg.width, WIDTH);
	assert_int_equal(jpeg.height, HEIGHT);
	assert_true(jpeg.has_dht);
	assert_int_equal(jpeg.end, len);
}

/* Truncate a picture at every byte. */
static void check_truncations(const struct make *make)
{
	u32 len, cut, sof_end;
	struct omv_jpeg jpeg;
	u8 *data = make_jpeg(make, &len);

	assert_whole(data, len);
	sof_end = find_segment(data, make->progressive ? 0xc2 : 0xc0);
	sof_end += segment_size(data + sof_end);
	for (cut = 0; cut < len; cut++) {
		assert_int_equal(scan_exact(data, cut, &jpeg), -ENODATA);
		assert_int_equal(jpeg.width, cut < sof_end ? 0 : WIDTH);
		assert_int_equal(jpeg.height, cut < sof_end ? 0 : HEIGHT);
		assert_int_equal(jpeg.end, 0);
	}
	free(data);
}

static void truncated_baseline(void **state)
{
	check_truncations(&(struct make){ 0 });
}

static void truncated_gray(void **state)
{
	check_truncations(&(struct make){ .gray = true });
}

static void truncated_progressive(void **state)
{
	check_truncations(&(struct make){ .progressive = true });
}

static void truncated_with_restarts(void **state)
{
	u32 len;
	u8 *data = make_jpeg(&(struct make){ .restart_rows = 1 }, &len);

	find_marker(data, len, 0xd0);
	find_marker(data, len, 0xdd);
	free(data);
	check_truncations(&(struct make){ .restart_rows = 1 });
}

/* A complete JPEG of another size in an APP1 segment is not the picture. */
static void thumbnail(void **state)
{
	static const u8 other_size[] = { 0x00, 0x10, 0x00, 0x20 };
	struct make make = { .restart_rows = 1 };
	u32 len, sof;
	u8 *thumb = make_jpeg(&make, &len);

	sof = find_segment(thumb, 0xc0);
	memcpy(thumb + sof + 5, other_size, sizeof(other_size));
	make.app = thumb;
	make.app_len = len;
	check_truncations(&make);
	free(thumb);
}

/* Find the size as the detection does, with memory of the exact size each time. */
static int find_in_parts(const u8 *data, u32 len, u32 part, struct omv_jpeg *jpeg)
{
	u32 offset = 0, from, n;
	int ret;

	do {
		from = offset;
		n = len - from < part ? len - from : part;
		u8 *copy = malloc(n ? n : 1);

		memcpy(copy, data + from, n);
		memset(jpeg, 0xa5, sizeof(*jpeg));
		ret = omv_jpeg_find_size(copy, n, &offset, jpeg);
		free(copy);
		assert_true(offset >= from);
	} while (ret == -ENODATA && offset > from && offset < len);
	return ret;
}

static void size_in_parts(void **state)
{
	u32 len, part, sof, cut;
	static const u8 late[] = { SOI, 0xff, 0xda, 0, 2, SOF(8, 8), EOI };
	struct omv_jpeg jpeg;
	u8 *thumb = make_jpeg(&(struct make){ 0 }, &len), *data;

	data = make_jpeg(&(struct make){ .app = thumb, .app_len = len }, &len);
	sof = find_segment(data, 0xc0);
	/* A SOF of three components has 19 bytes. */
	for (part = 19; part < 2000; part++) {
		assert_int_equal(find_in_parts(data, len, part, &jpeg), 0);
		assert_int_equal(jpeg.width, WIDTH);
		assert_int_equal(jpeg.height, HEIGHT);
	}
	for (part = 1; part < 19; part++)
		assert_int_equal(find_in_parts(data, len, part, &jpeg), -ENODATA);
	for (cut = 0; cut < sof + 19; cut++)
		assert_int_equal(find_in_parts(data, cut, 64, &jpeg), -ENODATA);
	assert_int_equal(find_in_parts(data, cut, 64, &jpeg), 0);
	/* No SOI, no segment where one has to be, a scan before SOF, an EOI. */
	data[sof] = 0xfe;
	assert_int_equal(find_in_parts(data, len, 64, &jpeg), -EINVAL);
	data[sof] = 0xff;
	data[sof + 1] = 0xda;
	assert_int_equal(find_in_parts(data, len, 64, &jpeg), -EINVAL);
	data[sof + 1] = 0xd9;
	assert_int_equal(find_in_parts(data, len, 64, &jpeg), -EINVAL);
	/* Even if the scan is empty, and a SOF follows. */
	assert_int_equal(find_in_parts(late, sizeof(late), 64, &jpeg), -EINVAL);
	data[1] = 0xd9;
	assert_int_equal(find_in_parts(data, len, 64, &jpeg), -EINVAL);
	free(thumb);
	free(data);
}

/* Encoders leave padding, line ends and old data behind EOI. */
static void trailing(void **state)
{
	static const u8 tails[][2] = { { 0, 0 }, { 0xff, 0xff }, { 0, 0xff }, { 0xff, 0 },
				       { 0xd9, 0xd9 }, { '\r', '\n' }, { 0xd9, 0xd8 },
				       { 0xff, 0xd8 }, { 0x5a, 0xa5 } };
	struct omv_jpeg jpeg;
	u32 len, tail, i;
	u8 *data = make_jpeg(&(struct make){ 0 }, &len);
	u8 *longer = malloc(len + 4096);

	for (i = 0; i < ARRAY_SIZE(tails); i++) {
		memcpy(longer, data, len);
		for (tail = 0; tail < 4096; tail++)
			longer[len + tail] = tails[i][tail & 1];
		for (tail = 0; tail <= 4096; tail = tail * 2 + 1) {
			assert_int_equal(scan_exact(longer, len + tail, &jpeg),
					 0);
			assert_int_equal(jpeg.end, len);
		}
		/* Without EOI it is no end. */
		longer[len - 2] = 0x12;
		longer[len - 1] = 0x34;
		assert_int_equal(scan_exact(longer, len + 4095, &jpeg), -ENODATA);
		assert_int_equal(jpeg.end, 0);
	}
	/* The last EOI is the end: there may be another picture. */
	memcpy(longer, data, len);
	longer[len + 10] = 0xff;
	longer[len + 11] = 0xd9;
	longer[len + 12] = 0xd9;
	assert_int_equal(scan_exact(longer, len + 13, &jpeg), 0);
	assert_int_equal(jpeg.end, len + 12);
	free(longer);
	free(data);
}

/* As in ../shared/bugs: D9 D9 and CR LF behind the end of a picture of 28 bytes. */
static void trailing_by_hand(void **state)
{
	static const u8 tails[][2] = { { 0xd9, 0xd9 }, { '\r', '\n' } };
	u8 data[30] = {
		0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0, 0xff, 0xda,
		0, 8, 1, 1, 0, 0, 63, 0, 0x55, 0xff, 0xd9,
	};
	struct omv_jpeg jpeg;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(tails); i++) {
		memcpy(data + 28, tails[i], 2);
		assert_int_equal(scan_exact(data, 30, &jpeg), 0);
		assert_int_equal(jpeg.end, 28);
	}
}

/* A picture with @n times @unit behind SOI, and @pad bytes behind EOI. */
static int scan_stuffed(const char *unit, u32 n, u32 pad)
{
	struct omv_jpeg jpeg;
	u32 len, i, size = strlen(unit);
	u8 *data = make_jpeg(&(struct make){ 0 }, &len);
	u8 *longer = malloc(len + n * size + pad);
	int ret;

	memset(longer + len + n * size, 0xd9, pad);
	memcpy(longer, data, 2);
	for (i = 0; i < n; i++)
		memcpy(longer + 2 + i * size, unit, size);
	memcpy(longer + 2 + n * size, data + 2, len - 2);
	ret = omv_jpeg_scan(longer, len + n * size + pad, &jpeg);
	free(longer);
	free(data);
	return ret;
}

/* A picture without EOI must be found out quickly. */
static void without_end(void **state)
{
	assert_int_equal(scan_stuffed("\xff\x01", 1000, 0), 0);
	assert_int_equal(scan_stuffed("\xff\x01", 1025, 0), -EINVAL);
	assert_int_equal(scan_stuffed("\xff", 60, 0), 0);
	assert_int_equal(scan_stuffed("\xff", 65, 0), -EINVAL);
	assert_int_equal(scan_stuffed("", 0, 1 << 20), 0);
	assert_int_equal(scan_stuffed("", 0, (1 << 20) + 1), -ENODATA);
}

static void padding_only(void **state)
{
	struct omv_jpeg jpeg;
	u32 len, scan;
	u8 *data = make_jpeg(&(struct make){ 0 }, &len);

	scan = find_segment(data, 0xda);
	scan += segment_size(data + scan);
	memset(data + scan, 0, len - scan);
	assert_int_equal(scan_exact(data, len, &jpeg), -ENODATA);
	assert_int_equal(jpeg.width, WIDTH);
	/* EOI right after SOS: no picture. */
	data[scan] = 0xff;
	data[scan + 1] = 0xd9;
	assert_int_equal(scan_exact(data, len, &jpeg), -ENODATA);
	/* One byte of scan data. */
	data[scan] = 0x12;
	data[scan + 1] = 0xff;
	data[scan + 2] = 0xd9;
	assert_int_equal(scan_exact(data, len, &jpeg), 0);
	assert_int_equal(jpeg.end, scan + 3);
	assert_int_equal(scan_exact(data, scan + 3, &jpeg), 0);
	/* Two bytes of garbage where the segments end, and no more. */
	data[scan - 1] = 0xff;
	data[scan] = 0xd9;
	assert_int_equal(scan_exact(data, scan + 2, &jpeg), -ENODATA);
	free(data);
}

/* Remove the DHT segments and copy their content to @tables. Return: remaining bytes */
static u32 strip_dht(u8 *data, u32 len, u8 *tables, u32 *tables_len)
{
	u32 at = 2, seg;

	*tables_len = 0;
	while (data[at + 1] != 0xda) {
		seg = segment_size(data + at);
		if (data[at + 1] != 0xc4) {
			at += seg;
			continue;
		}
		memcpy(tables + *tables_len, data + at + 4, seg - 4);
		*tables_len += seg - 4;
		memmove(data + at, data + at + seg, len - at - seg);
		len -= seg;
	}
	return len;
}

static void no_huffman_tables(void **state)
{
	struct omv_jpeg jpeg;
	u8 tables[1024];
	u32 len, tables_len;
	u8 *data = make_jpeg(&(struct make){ 0 }, &len);

	len = strip_dht(data, len, tables, &tables_len);
	assert_int_equal(scan_exact(data, len, &jpeg), 0);
	assert_false(jpeg.has_dht);
	free(data);
}

/* libjpeg-turbo writes the standard tables, so ours must be equal. */
static void huffman_tables_added(void **state)
{
	struct omv_jpeg jpeg, again;
	u8 tables[1024];
	u32 len, tables_len, size;
	u8 *data = make_jpeg(&(struct make){ 0 }, &len);
	u8 *before, *room;

	len = strip_dht(data, len, tables, &tables_len);
	assert_int_equal(scan_exact(data, len, &jpeg), 0);
	before = malloc(len);
	memcpy(before, data, len);
	size = len + 4 + tables_len;
	room = malloc(size);
	memcpy(room, data, len);

	assert_int_equal(omv_jpeg_add_dht(room, len, size - 1, &jpeg), size);
	assert_memory_equal(room, before, len);
	assert_int_equal(omv_jpeg_add_dht(room, len, size, &jpeg), size);
	assert_memory_equal(room, before, jpeg.sos);
	assert_int_equal(room[jpeg.sos], 0xff);
	assert_int_equal(room[jpeg.sos + 1], 0xc4);
	assert_int_equal(segment_size(room + jpeg.sos), 4 + tables_len);
	assert_memory_equal(room + jpeg.sos + 4, tables, tables_len);
	assert_memory_equal(room + jpeg.sos + 4 + tables_len, before + jpeg.sos,
			    len - jpeg.sos);
	assert_int_equal(scan_exact(room, size, &again), 0);
	assert_true(again.has_dht);
	free(room);
	free(before);
	free(data);
}

/* ---- stream headers and shapes ----------------------------------------- */

static const u8 header[] = {
	0x40, 0x01, 0, 0, 0xf0, 0, 0, 0, 0, 0, 0x06, 0x06, 0x08, 0x23, 0, 0,
	0x20, 0, 0, 0, 0x8f, 0xc2, 0xef, 0x41, 0, 0, 0, 0, 0, 0, 0, 0,
};

/* The example of section 10.1: 320x240 JPEG, 8968 bytes, 29.97 fps. */
static void stream_header(void **state)
{
	struct omv_stream_hdr hdr;
	struct omv_picture pic;
	u32 offset;

	memcpy(&hdr, header, sizeof(hdr));
	assert_int_equal(omv_stream_parse(&hdr, 9000, &pic, &offset), 8968);
	assert_int_equal(pic.pixfmt, OMV_PIX_JPEG);
	assert_int_equal(pic.width, 320);
	assert_int_equal(pic.height, 240);
	assert_int_equal(offset, 32);
	assert_in_range(omv_stream_interval(&hdr), 33360000, 33370000);
	/* A size smaller than the data is allowed, a larger one is not. */
	assert_int_equal(omv_stream_parse(&hdr, 9001, &pic, &offset), 8968);
	assert_int_equal(omv_stream_parse(&hdr, 8999, &pic, &offset), 0);
}

static struct omv_stream_hdr make_header(u32 pixfmt, u32 width, u32 height, u32 len, u32 offset)
{
	return (struct omv_stream_hdr){
		.width = cpu_to_le32(width),
		.height = cpu_to_le32(height),
		.pixfmt = cpu_to_le32(pixfmt),
		.size_or_bpp = cpu_to_le32(len),
		.offset = cpu_to_le32(offset),
	};
}

static void raw_headers(void **state)
{
	static const struct {
		u32 pixfmt;
		u32 bytes;
	} formats[] = {
		{ 0x08020001, 1 }, { 0x0c030002, 2 }, { 0x0c080004, 4 }, { 0x05040001, 1 },
		{ 0x05040101, 1 }, { 0x05040201, 1 }, { 0x05040301, 1 }, { 0x14050002, 2 },
		{ 0x14050102, 2 }, { 0x08010000, 0 }, { 0x06070000, 0 }, { 0, 0 },
	};
	struct omv_stream_hdr hdr;
	struct omv_picture pic;
	u32 i, offset;

	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		u32 len = formats[i].bytes * 30 * 20;

		hdr = make_header(formats[i].pixfmt, 30, 20, formats[i].bytes, 64);
		assert_int_equal(omv_stream_parse(&hdr, 64 + len, &pic, &offset), len);
		assert_int_equal(omv_stream_parse(&hdr, 64 + len - 1, &pic, &offset), 0);
		if (len)
			assert_int_equal(pic.pixfmt, formats[i].pixfmt);
		assert_int_equal(omv_picture_line(formats[i].pixfmt, 30), 30 * formats[i].bytes);
		assert_int_equal(omv_pixfmt_is_known(formats[i].pixfmt), !!formats[i].bytes);
	}
}

/* Compressed formats have no line size; only JPEG is for applications. */
static void known_formats(void **state)
{
	assert_true(omv_pixfmt_is_known(OMV_PIX_JPEG));
	assert_false(omv_pixfmt_is_known(OMV_PIX_PNG));
	assert_false(omv_pixfmt_is_known(0));
}

static void senseless_headers(void **state)
{
	static const u32 dims[] = { 0, 0x10000, 0xffffffff };
	struct omv_stream_hdr hdr;
	struct omv_picture pic;
	u32 i, offset;

	for (i = 0; i < ARRAY_SIZE(dims); i++) {
		hdr = make_header(OMV_PIX_JPEG, dims[i], 20, 100, 32);
		assert_int_equal(omv_stream_parse(&hdr, 1000, &pic, &offset), 0);
		hdr = make_header(OMV_PIX_JPEG, 20, dims[i], 100, 32);
		assert_int_equal(omv_stream_parse(&hdr, 1000, &pic, &offset), 0);
	}
	/* Offsets within the header, at the end, after it; no bytes, too many. */
	for (i = 0; i < 32; i++) {
		hdr = make_header(OMV_PIX_JPEG, 20, 20, 100, i);
		assert_int_equal(omv_stream_parse(&hdr, 1000, &pic, &offset), 0);
	}
	hdr = make_header(OMV_PIX_JPEG, 20, 20, 1, 999);
	assert_int_equal(omv_stream_parse(&hdr, 1000, &pic, &offset), 1);
	hdr = make_header(OMV_PIX_JPEG, 20, 20, 1, 1000);
	assert_int_equal(omv_stream_parse(&hdr, 1000, &pic, &offset), 0);
	hdr = make_header(OMV_PIX_JPEG, 20, 20, 1, 0xffffffff);
	assert_int_equal(omv_stream_parse(&hdr, 1000, &pic, &offset), 0);
	hdr = make_header(OMV_PIX_JPEG, 20, 20, 0, 32);
	assert_int_equal(omv_stream_parse(&hdr, 1000, &pic, &offset), 0);
	hdr = make_header(OMV_PIX_JPEG, 20, 20, 0xffffffff, 32);
	assert_int_equal(omv_stream_parse(&hdr, 1000, &pic, &offset), 0);
	/* 2 * 65535 * 65535 bytes. */
	hdr = make_header(OMV_PIX_RGB565, 65535, 65535, 2, 32);
	assert_int_equal(omv_stream_parse(&hdr, 0xffffffff, &pic, &offset), 0);
}

static void intervals(void **state)
{
	static const float good[] = { 0.11, 0.5, 1, 9.5, 15, 29.97, 59.94, 100, 333, 999.5 };
	static const float bad[] = { 0, 0.01, -30, 1e9, 1.0f / 0.0f, 0.0f / 0.0f, 1e-40f };
	struct omv_stream_hdr hdr = { 0 };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		u64 expected = 1e9 / good[i];

		memcpy(&hdr.fps, &good[i], 4);
		assert_in_range(omv_stream_interval(&hdr), expected - expected / 100,
				expected + expected / 100);
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		memcpy(&hdr.fps, &bad[i], 4);
		assert_int_equal(omv_stream_interval(&hdr), 0);
	}
}

#define W	160
#define H	120
#define AREA	(W * H)

/* Each row of the table in 12.3, and its neighbours. */
static const struct shape_case {
	u32 count;
	u32 shape[6];
	u32 size;
	u32 pixfmt;
} shape_cases[] = {
	/* (h, w, bytes) */
	{ 3, { H, W, AREA }, AREA, OMV_PIX_GRAYSCALE },
	{ 3, { H, W, 2 * AREA }, 2 * AREA, OMV_PIX_RGB565 },
	{ 3, { H, W, 4 * AREA }, 4 * AREA, OMV_PIX_ARGB8 },
	/* (h, w, pattern, bytes) */
	{ 4, { H, W, 0, AREA }, AREA, OMV_PIX_BGGR },
	{ 4, { H, W, 1, AREA }, AREA, OMV_PIX_GBRG },
	{ 4, { H, W, 2, AREA }, AREA, OMV_PIX_GRBG },
	{ 4, { H, W, 3, AREA }, AREA, OMV_PIX_RGGB },
	{ 4, { H, W, 4, AREA }, AREA, OMV_PIX_GRAYSCALE },
	{ 4, { H, W, 1, AREA - 1 }, AREA, OMV_PIX_GRAYSCALE },
	{ 4, { H, W, 1, 2 * AREA }, AREA, OMV_PIX_GRAYSCALE },
	{ 4, { H, W, 1, 2 * AREA }, 2 * AREA, OMV_PIX_RGB565 },
	/* (h, w) */
	{ 2, { H, W }, AREA, OMV_PIX_GRAYSCALE },
	{ 2, { H, W }, 2 * AREA, OMV_PIX_RGB565 },
	{ 2, { H, W }, 4 * AREA, OMV_PIX_ARGB8 },
	/* (h, w, bytes a pixel), also where SIZE says something else */
	{ 3, { H, W, 1 }, AREA, OMV_PIX_GRAYSCALE },
	{ 3, { H, W, 2 }, 2 * AREA, OMV_PIX_RGB565 },
	{ 3, { H, W, 4 }, 4 * AREA, OMV_PIX_ARGB8 },
	{ 3, { H, W, 2 }, AREA, OMV_PIX_GRAYSCALE },
	{ 3, { H, W, 1 }, 2 * AREA, OMV_PIX_RGB565 },
	{ 3, { H, W, 0 }, AREA, OMV_PIX_GRAYSCALE },
	{ 4, { H, W, 2, 7 }, 2 * AREA, OMV_PIX_RGB565 },
	/* (h, w, time), (h, w, time, time) */
	{ 3, { H, W, 0xfedcba98 }, AREA, OMV_PIX_GRAYSCALE },
	{ 3, { H, W, 3 }, AREA, OMV_PIX_GRAYSCALE },
	{ 4, { H, W, 1234567, 1267900 }, AREA, OMV_PIX_GRAYSCALE },
	{ 4, { H, W, 3, 4 }, AREA, OMV_PIX_GRAYSCALE },
	/* What is behind the fourth is garbage (3.13). */
	{ 6, { H, W, 1, AREA, 0xffffffff, 7 }, AREA, OMV_PIX_GBRG },
	{ 5, { H, W, 1, 5, AREA }, AREA, OMV_PIX_GRAYSCALE },
	/* The smallest sensor is a picture in each form. */
	{ 2, { 8, 8 }, 64, OMV_PIX_GRAYSCALE },
	{ 3, { 1, 1, 1 }, 1, OMV_PIX_GRAYSCALE },
	{ 2, { 65535, 65535 }, 65535u * 65535u, OMV_PIX_GRAYSCALE },
	/* (n, fields): records of 16 and of 32 bits */
	{ 2, { 2048, 6 }, 2 * 6 * 2048, 0 },
	{ 2, { 2048, 1 }, 4 * 2048, 0 },
	{ 2, { 2048, 7 }, 7 * 2048, 0 },
	{ 2, { 2048, 12 }, 12 * 4096 + 12, 0 },
	/* A JPEG: its bytes are the third value. */
	{ 3, { H, W, 12000 }, 12000, 0 },
	{ 3, { H, W, 1 }, AREA - 1, 0 },
	{ 3, { H, W, 1 }, AREA + 1, 0 },
	{ 3, { H, W, 1 }, 0, 0 },
	{ 3, { H, W, 3 }, 3 * AREA, 0 },
	{ 3, { H, W, 5 }, 5 * AREA, 0 },
	{ 3, { 0, W, 1 }, AREA, 0 },
	{ 3, { H, 0, 1 }, AREA, 0 },
	{ 3, { 0, 0, 1 }, 0, 0 },
	{ 3, { 0x10000, 1, 1 }, 0x10000, 0 },
	{ 3, { 1, 0x10000, 1 }, 0x10000, 0 },
	{ 3, { 0xffffffff, 0xffffffff, 1 }, 1, 0 },
	{ 3, { 0x10000, 0x10000, 1 }, 0, 0 },
	{ 3, { 65535, 65535, 2 }, 0xfffc0002, 0 },
	{ 1, { H, W, 1 }, AREA, 0 },
	{ 0, { H, W, 1 }, AREA, 0 },
};

static void shapes(void **state)
{
	struct omv_picture pic;
	u32 i, k;

	for (i = 0; i < ARRAY_SIZE(shape_cases); i++) {
		const struct shape_case *c = &shape_cases[i];
		/* Of its exact size, so that ASan sees overruns. */
		__le32 *shape = malloc(c->count * sizeof(*shape) + !c->count);
		int ret;

		for (k = 0; k < c->count; k++)
			shape[k] = cpu_to_le32(c->shape[k]);
		ret = omv_shape_parse(shape, c->count, c->size, &pic);
		free(shape);
		if (ret != (c->pixfmt ? 0 : -EINVAL))
			fail_msg("shape %u: %d", i, ret);
		if (!c->pixfmt)
			continue;
		if (pic.pixfmt != c->pixfmt || pic.height != c->shape[0] ||
		    pic.width != c->shape[1])
			fail_msg("shape %u: %08x, %ux%u", i, pic.pixfmt, pic.width, pic.height);
	}
}

#undef W
#undef H
#undef AREA

#define HAND(result, ...) \
	{ (const u8[]){ __VA_ARGS__ }, sizeof((const u8[]){ __VA_ARGS__ }), \
	  result }

static const struct hand_made {
	const u8 *data;
	u32 len;
	int result;
} hand_made[] = {
	HAND(0, SOI, SOF(8, 8), SOS, 1, EOI),
	/* Fill bytes before markers, TEM, a comment, an empty segment. */
	HAND(0, SOI, 0xff, 0xff, SOF(8, 8), 0xff, 0xff, 0xff, SOS, 1, EOI),
	HAND(0, SOI, 0xff, 0x01, SOF(8, 8), SOS, 1, EOI),
	HAND(0, SOI, 0xff, 0xfe, 0, 4, 0xff, 0xd9, SOF(8, 8), SOS, 1, EOI),
	HAND(0, SOI, 0xff, 0xfe, 0, 2, SOF(8, 8), SOS, 1, EOI),
	HAND(0, SOI, SOF(65535, 65535), SOS, 1, EOI),
	/* Four components, and the last type of frame header. */
	HAND(0, SOI, 0xff, 0xcf, 0, 20, 8, 0, 8, 0, 8, 4, 1, 0x11, 0, 2, 0x11,
	     0, 3, 0x11, 0, 4, 0x11, 0, 0xff, 0xda, 0, 14, 4, 1, 0, 2, 0, 3, 0,
	     4, 0, 0, 63, 0, 1, EOI),
	/* DAC, DHT and JPG are not frame headers. */
	HAND(0, SOI, 0xff, 0xcc, 0, 2, 0xff, 0xc8, 0, 2, SOF(8, 8), SOS, 1,
	     EOI),
	/* Not a JPEG. */
	HAND(-EINVAL, 0x00),
	HAND(-EINVAL, 0xff, 0xd9),
	HAND(-EINVAL, 0xd8, 0xff),
	HAND(-EINVAL, 0x89, 'P', 'N', 'G', 13, 10, 26, 10),
	HAND(-ENODATA, 0xff),
	HAND(-ENODATA, SOI),
	HAND(-ENODATA, SOI, 0xff, 0xff, 0xff),
	/* Markers that are not allowed there. */
	HAND(-EINVAL, SOI, EOI),
	HAND(-EINVAL, SOI, SOI, SOF(8, 8), SOS, 1, EOI),
	HAND(-EINVAL, SOI, 0xff, 0xd0, SOF(8, 8), SOS, 1, EOI),
	HAND(-EINVAL, SOI, 0xff, 0xd7, SOF(8, 8), SOS, 1, EOI),
	HAND(-EINVAL, SOI, 0xff, 0x00, SOF(8, 8), SOS, 1, EOI),
	HAND(-EINVAL, SOI, 0xff, 0x02, 0, 2, SOF(8, 8), SOS, 1, EOI),
	HAND(-EINVAL, SOI, 0xff, 0xbf, 0, 2, SOF(8, 8), SOS, 1, EOI),
	HAND(-EINVAL, SOI, 0x12, SOF(8, 8), SOS, 1, EOI),
	HAND(-EINVAL, SOI, 0xfe, 0, 2, SOF(8, 8), SOS, 1, EOI),
	HAND(-EINVAL, SOI, SOF(8, 8), EOI),
	HAND(-EINVAL, SOI, SOS, 1, EOI),
	HAND(-EINVAL, SOI, SOF(8, 8), SOF(8, 8), SOS, 1, EOI),
	/* Invalid lengths. */
	HAND(-EINVAL, SOI, 0xff, 0xfe, 0, 0, SOF(8, 8), SOS, 1, EOI),
	HAND(-EINVAL, SOI, 0xff, 0xfe, 0, 1, SOF(8, 8), SOS, 1, EOI),
	HAND(-ENODATA, SOI, 0xff, 0xfe, 0xff, 0xff, SOF(8, 8), SOS, 1, EOI),
	HAND(-EINVAL, SOI, 0xff, 0xc0, 0, 2, SOS, 1, EOI),
	HAND(-EINVAL, SOI, 0xff, 0xc0, 0, 7, 8, 0, 8, 0, 8, SOS, 1, EOI),
	HAND(-EINVAL, SOI, 0xff, 0xc0, 0, 8, 8, 0, 8, 0, 8, 1, SOS, 1, EOI),
	HAND(-EINVAL, SOI, 0xff, 0xc0, 0, 8, 8, 0, 8, 0, 8, 0, SOS, 1, EOI),
	HAND(-EINVAL, SOI, 0xff, 0xc0, 0, 23, 8, 0, 8, 0, 8, 5, 1, 0x11, 0, 2,
	     0x11, 0, 3, 0x11, 0, 4, 0x11, 0, 5, 0x11, 0, SOS, 1, EOI),
	HAND(-EINVAL, SOI, SOF(8, 8), 0xff, 0xda, 0, 16, 5, 1, 0, 2, 0, 3, 0,
	     4, 0, 5, 0, 0, 63, 0, 1, EOI),
	HAND(-EINVAL, SOI, SOF(8, 8), 0xff, 0xda, 0, 2, 1, EOI),
	HAND(-EINVAL, SOI, SOF(8, 8), 0xff, 0xda, 0, 3, 0, 1, EOI),
	HAND(-EINVAL, SOI, SOF(8, 8), 0xff, 0xda, 0, 6, 0, 0, 63, 0, 1, EOI),
	HAND(-EINVAL, SOI, SOF(8, 8), 0xff, 0xda, 0, 7, 1, 0, 0, 63, 0, EOI),
	/* Segments that are too short, at the end. */
	HAND(-EINVAL, SOI, 0xff, 0xc0, 0, 0),
	HAND(-EINVAL, SOI, 0xff, 0xc0, 0, 1),
	HAND(-EINVAL, SOI, 0xff, 0xc0, 0, 2),
	HAND(-EINVAL, SOI, 0xff, 0xc0, 0, 7, 8, 0, 8, 0, 8),
	HAND(-EINVAL, SOI, SOF(8, 8), 0xff, 0xda, 0, 2),
	/* Impossible sizes. */
	HAND(-EINVAL, SOI, SOF(0, 8), SOS, 1, EOI),
	HAND(-EINVAL, SOI, SOF(8, 0), SOS, 1, EOI),
};

static void by_hand(void **state)
{
	struct omv_jpeg jpeg;
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(hand_made); i++) {
		ret = scan_exact(hand_made[i].data, hand_made[i].len, &jpeg);
		if (ret != hand_made[i].result)
			fail_msg("case %u: %d instead of %d", i, ret,
				 hand_made[i].result);
		assert_true(jpeg.end <= hand_made[i].len);
		assert_int_equal(ret == 0, jpeg.end != 0);
	}
}

/* No read is out of bounds, and the result is plausible. */
static void mutated(void **state)
{
	static const struct make makes[] = {
		{ 0 }, { .progressive = true }, { .restart_rows = 2 },
	};
	struct omv_jpeg jpeg;
	unsigned int i, round, n;
	u32 len, cut;
	u8 *data, *copy;
	int ret;

	srand(1);
	for (i = 0; i < ARRAY_SIZE(makes); i++) {
		data = make_jpeg(&makes[i], &len);
		copy = malloc(len);
		for (round = 0; round < 20000; round++) {
			memcpy(copy, data, len);
			/* Most changes are in the segments. */
			for (n = rand() % 8 + 1; n; n--)
				copy[rand() % (rand() % 4 ? 700 : len)] =
					rand() % 3 ? rand() : 0xff;
			cut = rand() % 4 ? len : rand() % len;
			ret = scan_exact(copy, cut, &jpeg);
			assert_true(ret == 0 || ret == -EINVAL ||
				    ret == -ENODATA);
			assert_true(jpeg.end <= cut);
			assert_int_equal(ret == 0, jpeg.end != 0);
			assert_true(ret || (jpeg.width && jpeg.height));
			ret = find_in_parts(copy, cut, 100, &jpeg);
			assert_true(ret || (jpeg.width && jpeg.height));
		}
		free(copy);
		free(data);
	}
}

static void random_bytes(void **state)
{
	struct omv_jpeg jpeg;
	unsigned int round, i;
	u8 data[64];
	u32 len;
	int ret;

	srand(2);
	for (round = 0; round < 100000; round++) {
		len = rand() % sizeof(data);
		for (i = 0; i < len; i++)
			data[i] = rand() % 4 ? rand() % 16 | 0xc0 : 0xff;
		if (len > 1) {
			data[0] = 0xff;
			data[1] = 0xd8;
		}
		ret = scan_exact(data, len, &jpeg);
		assert_true(ret <= 0 && jpeg.end <= len);
		find_in_parts(data, len, 20, &jpeg);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(truncated_baseline),
		cmocka_unit_test(truncated_gray),
		cmocka_unit_test(truncated_progressive),
		cmocka_unit_test(truncated_with_restarts),
		cmocka_unit_test(thumbnail),
		cmocka_unit_test(size_in_parts),
		cmocka_unit_test(trailing),
		cmocka_unit_test(trailing_by_hand),
		cmocka_unit_test(without_end),
		cmocka_unit_test(padding_only),
		cmocka_unit_test(no_huffman_tables),
		cmocka_unit_test(huffman_tables_added),
		cmocka_unit_test(stream_header),
		cmocka_unit_test(raw_headers),
		cmocka_unit_test(known_formats),
		cmocka_unit_test(senseless_headers),
		cmocka_unit_test(intervals),
		cmocka_unit_test(shapes),
		cmocka_unit_test(by_hand),
		cmocka_unit_test(mutated),
		cmocka_unit_test(random_bytes),
	};

	return cmocka_run_group_tests_name("image", tests, NULL, NULL);
}
