// SPDX-License-Identifier: GPL-2.0-only
#include "picture.h"

#include <stdlib.h>
#include <turbojpeg.h>

#include "../../firmware/camera/pattern.h"

enum {
	SOI = 0xd8,
	EOI = 0xd9,
	SOS = 0xda,
	DQT = 0xdb,
	RST0 = 0xd0,
	RST7 = 0xd7,
	TEM = 0x01,
};

/* Quantisation tables of Annex K of T.81, in zigzag order. */
static const u8 standard[2][64] = {
	{
		16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40,
		26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61, 60, 57, 51,
		56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87,
		95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99,
	}, {
		17, 18, 18, 24, 21, 24, 47, 26, 26, 47, 99, 66, 56, 66, 99, 99,
		99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
		99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
		99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
	},
};

/**
 * struct walk - state of parsing a JPEG
 * @data:   bytes
 * @len:    number of bytes
 * @at:     current offset
 * @tables: quantisation tables 0 and 1, NULL until they were found
 */
struct walk {
	const u8 *data;
	size_t len;
	size_t at;
	const u8 *tables[2];
};

static void take_tables(struct walk *w, const u8 *p, const u8 *end)
{
	while (p < end) {
		u32 size = *p >> 4 ? 128 : 64;
		u32 id = *p & 15;

		if ((size_t)(end - p) < 1 + size)
			return;
		if (id < 2 && size == 64)
			w->tables[id] = p + 1;
		p += 1 + size;
	}
}

/* Entropy-coded data ends at a marker; stuffed zeroes and restarts are part of it. */
static void skip_scan(struct walk *w)
{
	for (; w->at + 1 < w->len; w->at++) {
		u8 next = w->data[w->at + 1];

		if (w->data[w->at] == 0xff && next && next != 0xff &&
		    !(next >= RST0 && next <= RST7))
			return;
	}
	w->at = w->len;
}

/* Follow the segments. Return: true if EOI was found; @w->at is then the end of the picture */
static bool follow(struct walk *w)
{
	w->at = 2;
	while (w->at + 1 < w->len && w->data[w->at] == 0xff) {
		u8 marker = w->data[w->at + 1];
		size_t size;

		if (marker == 0xff) {
			w->at++;
			continue;
		}
		if (marker == SOI)
			return false;
		if (marker == EOI || marker == TEM || (marker >= RST0 && marker <= RST7)) {
			w->at += 2;
			if (marker == EOI)
				return true;
			continue;
		}
		if (w->len - w->at < 4)
			break;
		size = 2 + (w->data[w->at + 2] << 8 | w->data[w->at + 3]);
		if (size < 4 || size > w->len - w->at)
			break;
		if (marker == DQT)
			take_tables(w, w->data + w->at + 4, w->data + w->at + size);
		w->at += size;
		if (marker == SOS)
			skip_scan(w);
	}
	return false;
}

/* Return: offset at or after @at where the next picture may start */
static size_t find_start(const u8 *data, size_t len, size_t at)
{
	for (; at + 2 < len; at++) {
		if (data[at] == 0xff && data[at + 1] == SOI && data[at + 2] == 0xff)
			return at;
	}
	return len;
}

static bool table_is(const u8 *table, int which, u32 quality)
{
	u32 scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;

	for (int i = 0; i < 64; i++) {
		u32 v = (standard[which][i] * scale + 50) / 100;

		v = v < 1 ? 1 : v > 255 ? 255 : v;
		if (table[i] != v)
			return false;
	}
	return true;
}

static u32 find_quality(const struct walk *w)
{
	for (u32 q = 1; w->tables[0] && q <= 100; q++) {
		if (table_is(w->tables[0], 0, q) &&
		    (!w->tables[1] || table_is(w->tables[1], 1, q)))
			return q;
	}
	return 0;
}

/* Return: bit of the block, or -1 if it is neither black nor white */
static int read_block(const u8 *grey, u32 width, u32 x, u32 y)
{
	u32 sum = 0;

	for (u32 i = 4; i < 12; i++) {
		for (u32 j = 4; j < 12; j++)
			sum += grey[(size_t)(y + i) * width + x + j];
	}
	return sum / 64 < 64 ? 0 : sum / 64 >= 192 ? 1 : -1;
}

static u32 read_strip(const u8 *grey, u32 width, const struct pattern_layout *l, u32 top)
{
	u32 code = 0;

	for (u32 i = 0; i < PATTERN_BITS; i++) {
		int bit = read_block(grey, width, i % l->columns * PATTERN_BLOCK,
				     top + i / l->columns * PATTERN_BLOCK);

		if (bit < 0)
			return PICTURE_NO_NUMBER;
		code = code << 1 | bit;
	}
	return pattern_code(code >> 8) == code ? code >> 8 : PICTURE_NO_NUMBER;
}

static void read_number(const u8 *grey, struct picture_info *info)
{
	struct pattern_layout l = pattern_layout(info->width, info->height);
	u32 bottom;

	if (!l.columns)
		return;
	info->number = read_strip(grey, info->width, &l, 0);
	bottom = read_strip(grey, info->width, &l, l.bottom);
	if (info->number != bottom)
		info->whole = false;
	if (info->number == PICTURE_NO_NUMBER)
		info->number = bottom;
}

static void decode(const u8 *data, struct picture_info *info)
{
	int width = 0, height = 0, subsampling, colorspace;
	tjhandle tj = tjInitDecompress();
	u8 *grey = NULL;

	if (!tj)
		abort();
	if (!tjDecompressHeader3(tj, data, info->len, &width, &height, &subsampling,
				 &colorspace) && width > 0 && height > 0)
		grey = malloc((size_t)width * height);
	if (!grey) {
		info->whole = false;
		tjDestroy(tj);
		return;
	}
	info->width = width;
	info->height = height;
	memset(grey, 128, (size_t)width * height);
	if (tjDecompress2(tj, data, info->len, grey, width, 0, height, TJPF_GRAY, 0))
		info->whole = false;
	read_number(grey, info);
	free(grey);
	tjDestroy(tj);
}

void picture_next(const u8 *data, size_t len, struct picture_info *info)
{
	struct walk w = { .data = data, .len = len };

	*info = (struct picture_info){ .number = PICTURE_NO_NUMBER };
	if (find_start(data, len, 0)) {
		info->len = find_start(data, len, 0);
		return;
	}
	info->whole = follow(&w);
	/* A truncated picture ends where the next one starts, which may be inside its segments. */
	info->len = info->whole ? w.at : find_start(data, len, 2);
	info->quality = find_quality(&w);
	decode(data, info);
}

/* Bytes per pixel, and the index of the byte that tells black from white. */
static const struct {
	char fourcc[5];
	u32 bytes;
	u32 grey;
} raw_kinds[] = {
	{ "GREY", 1, 0 }, { "RGBP", 2, 1 }, { "BA81", 1, 0 }, { "GBRG", 1, 0 }, { "GRBG", 1, 0 },
	{ "RGGB", 1, 0 }, { "YUYV", 2, 0 }, { "YVYU", 2, 0 }, { "AR24", 4, 1 },
};

static int raw_index(const char *fourcc)
{
	for (size_t i = 0; i < ARRAY_SIZE(raw_kinds); i++) {
		if (!strcmp(raw_kinds[i].fourcc, fourcc))
			return i;
	}
	return -1;
}

size_t picture_raw_size(const char *fourcc, u32 width, u32 height)
{
	int i = raw_index(fourcc);

	return i < 0 ? 0 : (size_t)width * height * raw_kinds[i].bytes;
}

void picture_raw(const u8 *data, const char *fourcc, u32 width, u32 height,
		 struct picture_info *info)
{
	int format = raw_index(fourcc);
	size_t pixels = (size_t)width * height;
	u8 *grey = malloc(pixels);

	if (!grey || format < 0)
		abort();
	for (size_t i = 0; i < pixels; i++)
		grey[i] = data[i * raw_kinds[format].bytes + raw_kinds[format].grey];
	*info = (struct picture_info){
		.len = pixels * raw_kinds[format].bytes,
		.whole = true,
		.width = width,
		.height = height,
		.number = PICTURE_NO_NUMBER,
	};
	read_number(grey, info);
	info->whole = info->whole && info->number != PICTURE_NO_NUMBER;
	free(grey);
}
