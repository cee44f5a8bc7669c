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

struct make {
	bool progressive;
	unsigned int restart_rows;
	bool gray;
	const void *app;
	unsigned int app_len;
};

/* A picture of libjpeg-turbo's making, in memory of its exact size. */
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

/* Scan a copy that ends where its memory ends, so that ASan sees overruns. */
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

/* The outermost segment with this marker. */
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

/* Each kind of picture, cut at every byte. */
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

/* A whole JPEG of another size inside an APP1 is not the picture. */
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

static void padded(void **state)
{
	static const u8 pads[][2] = { { 0, 0 }, { 0xff, 0xff }, { 0, 0xff },
				      { 0xff, 0 } };
	struct omv_jpeg jpeg;
	u32 len, pad, i;
	u8 *data = make_jpeg(&(struct make){ 0 }, &len);
	u8 *longer = malloc(len + 4096);

	for (i = 0; i < ARRAY_SIZE(pads); i++) {
		memcpy(longer, data, len);
		for (pad = 0; pad < 4096; pad++)
			longer[len + pad] = pads[i][pad & 1];
		for (pad = 0; pad <= 4096; pad = pad * 2 + 1) {
			assert_int_equal(scan_exact(longer, len + pad, &jpeg),
					 0);
			assert_int_equal(jpeg.end, len);
		}
	}
	/* Anything else behind EOI, and the end is not the end. */
	longer[len + 9] = 0x01;
	assert_int_equal(scan_exact(longer, len + 10, &jpeg), -ENODATA);
	/* But there may be a later EOI. */
	longer[len + 10] = 0xff;
	longer[len + 11] = 0xd9;
	assert_int_equal(scan_exact(longer, len + 12, &jpeg), 0);
	assert_int_equal(jpeg.end, len + 12);
	free(longer);
	free(data);
}

/* A picture with @n times @unit behind SOI, and @pad zeros behind EOI. */
static int scan_stuffed(const char *unit, u32 n, u32 pad)
{
	struct omv_jpeg jpeg;
	u32 len, i, size = strlen(unit);
	u8 *data = make_jpeg(&(struct make){ 0 }, &len);
	u8 *longer = calloc(1, len + n * size + pad);
	int ret;

	memcpy(longer, data, 2);
	for (i = 0; i < n; i++)
		memcpy(longer + 2 + i * size, unit, size);
	memcpy(longer + 2 + n * size, data + 2, len - 2);
	ret = omv_jpeg_scan(longer, len + n * size + pad, &jpeg);
	free(longer);
	free(data);
	return ret;
}

/* What has no end costs no time. */
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
	/* EOI at once: no picture. */
	data[scan] = 0xff;
	data[scan + 1] = 0xd9;
	assert_int_equal(scan_exact(data, len, &jpeg), -ENODATA);
	/* One byte of it. */
	data[scan] = 0x12;
	data[scan + 1] = 0xff;
	data[scan + 2] = 0xd9;
	assert_int_equal(scan_exact(data, len, &jpeg), 0);
	assert_int_equal(jpeg.end, scan + 3);
	free(data);
}

static void no_huffman_tables(void **state)
{
	struct omv_jpeg jpeg;
	u32 len, at, seg;
	u8 *data = make_jpeg(&(struct make){ 0 }, &len);

	for (at = 2; data[at + 1] != 0xda;) {
		seg = segment_size(data + at);
		if (data[at + 1] == 0xc4) {
			memmove(data + at, data + at + seg, len - at - seg);
			len -= seg;
		} else {
			at += seg;
		}
	}
	assert_int_equal(scan_exact(data, len, &jpeg), 0);
	assert_false(jpeg.has_dht);
	free(data);
}

#define SOI	0xff, 0xd8
#define SOF(h, w) \
	0xff, 0xc0, 0, 11, 8, (h) >> 8, (h) & 0xff, (w) >> 8, (w) & 0xff, \
	1, 1, 0x11, 0
#define SOS	0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0
#define EOI	0xff, 0xd9

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
	/* Four components, and the last kind of frame there is. */
	HAND(0, SOI, 0xff, 0xcf, 0, 20, 8, 0, 8, 0, 8, 4, 1, 0x11, 0, 2, 0x11,
	     0, 3, 0x11, 0, 4, 0x11, 0, 0xff, 0xda, 0, 14, 4, 1, 0, 2, 0, 3, 0,
	     4, 0, 0, 63, 0, 1, EOI),
	/* DAC, DHT and JPG are not frame headers. */
	HAND(0, SOI, 0xff, 0xcc, 0, 2, 0xff, 0xc8, 0, 2, SOF(8, 8), SOS, 1,
	     EOI),
	/* No JPEG. */
	HAND(-EINVAL, 0x00),
	HAND(-EINVAL, 0xff, 0xd9),
	HAND(-EINVAL, 0xd8, 0xff),
	HAND(-EINVAL, 0x89, 'P', 'N', 'G', 13, 10, 26, 10),
	HAND(-ENODATA, 0xff),
	HAND(-ENODATA, SOI),
	HAND(-ENODATA, SOI, 0xff, 0xff, 0xff),
	/* Markers that have no business there. */
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
	/* Lengths that make no sense. */
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
	/* Too short, and nothing behind them. */
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

/* Nothing is read out of bounds, and what is reported is plausible. */
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
			/* Most of it in the segments, where it hurts. */
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
		cmocka_unit_test(padded),
		cmocka_unit_test(without_end),
		cmocka_unit_test(padding_only),
		cmocka_unit_test(no_huffman_tables),
		cmocka_unit_test(by_hand),
		cmocka_unit_test(mutated),
		cmocka_unit_test(random_bytes),
	};

	return cmocka_run_group_tests_name("image", tests, NULL, NULL);
}
