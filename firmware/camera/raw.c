// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "raw.h"

#include <stdlib.h>
#include <turbojpeg.h>

static const struct {
	const char *name;
	u32 pixfmt;
} formats[] = {
	{ "jpeg", OMV_PIX_JPEG },
	{ "grayscale", OMV_PIX_GRAYSCALE },
	{ "rgb565", OMV_PIX_RGB565 },
	{ "argb8", OMV_PIX_ARGB8 },
	{ "bggr", OMV_PIX_BGGR },
	{ "gbrg", OMV_PIX_GBRG },
	{ "grbg", OMV_PIX_GRBG },
	{ "rggb", OMV_PIX_RGGB },
	{ "yuyv", OMV_PIX_YUYV },
	{ "yvyu", OMV_PIX_YVYU },
};

u32 raw_format(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		if (!strcmp(formats[i].name, name))
			return formats[i].pixfmt;
	}
	return 0;
}

const char *raw_names(void)
{
	static char all[128];

	if (all[0])
		return all;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		strcat(all, i ? ", " : "");
		strcat(all, formats[i].name);
	}
	return all;
}

static u8 luma(const u8 *rgb)
{
	return (77 * rgb[0] + 150 * rgb[1] + 29 * rgb[2]) >> 8;
}

static u8 chroma(int from, int y, int weight)
{
	return 128 + (from - y) * weight / 256;
}

/* Return: colour of a pixel of a Bayer sensor; bits 8 and 9 of the format give the order */
static u32 bayer_colour(u32 pixfmt, u32 x, u32 y)
{
	static const u8 order[4][4] = {
		{ 2, 1, 1, 0 }, { 1, 2, 0, 1 }, { 1, 0, 2, 1 }, { 0, 1, 1, 2 },
	};

	return order[pixfmt >> 8 & 3][(y & 1) * 2 + (x & 1)];
}

void raw_put_pixel(u8 *to, u32 pixfmt, const u8 *rgb, u32 x, u32 y)
{
	u32 grey = luma(rgb);

	switch (pixfmt) {
	case OMV_PIX_GRAYSCALE:
		to[0] = grey;
		break;
	case OMV_PIX_RGB565:
		to[0] = (rgb[1] & 0x1c) << 3 | rgb[2] >> 3;
		to[1] = (rgb[0] & 0xf8) | rgb[1] >> 5;
		break;
	case OMV_PIX_ARGB8:
		to[0] = rgb[2];
		to[1] = rgb[1];
		to[2] = rgb[0];
		to[3] = 255;
		break;
	case OMV_PIX_YUYV:
	case OMV_PIX_YVYU:
		to[0] = grey;
		if ((x & 1) == (pixfmt == OMV_PIX_YVYU))
			to[1] = chroma(rgb[2], grey, 144);
		else
			to[1] = chroma(rgb[0], grey, 183);
		break;
	default:
		to[0] = rgb[bayer_colour(pixfmt, x, y)];
	}
}

static u8 *decode(const struct jpeg *jpeg)
{
	tjhandle tj = tjInitDecompress();
	u8 *rgb = malloc((size_t)jpeg->width * jpeg->height * 3);
	bool good = tj && rgb && !tjDecompress2(tj, jpeg->data, jpeg->len, rgb, jpeg->width, 0,
						jpeg->height, TJPF_RGB, 0);

	if (tj)
		tjDestroy(tj);
	if (good)
		return rgb;
	free(rgb);
	return NULL;
}

struct jpeg *raw_convert(const struct jpeg *jpeg, u32 pixfmt, u32 width, u32 height)
{
	u32 bytes = raw_bytes(pixfmt);
	struct jpeg *pic;
	u8 *rgb = decode(jpeg), *to;

	if (!rgb)
		return NULL;
	pic = jpeg_new(width, height, NULL, width * height * bytes);
	to = pic->data;
	for (u32 y = 0; y < height; y++) {
		const u8 *line = rgb + (size_t)(y * jpeg->height / height) * jpeg->width * 3;

		for (u32 x = 0; x < width; x++, to += bytes)
			raw_put_pixel(to, pixfmt, line + x * jpeg->width / width * 3, x, y);
	}
	free(rgb);
	return pic;
}

static __le32 float_bits(float f)
{
	u32 bits;

	memcpy(&bits, &f, 4);
	return cpu_to_le32(bits);
}

void raw_header(struct omv_stream_hdr *hdr, const struct jpeg *pic, u32 pixfmt, float fps)
{
	*hdr = (struct omv_stream_hdr){
		.width = cpu_to_le32(pic->width),
		.height = cpu_to_le32(pic->height),
		.pixfmt = cpu_to_le32(pixfmt),
		.size_or_bpp = cpu_to_le32(raw_bytes(pixfmt) ? raw_bytes(pixfmt) : pic->len),
		.offset = cpu_to_le32(sizeof(*hdr)),
		.fps = float_bits(fps),
	};
}

struct jpeg *raw_with_header(const struct jpeg *pic, u32 pixfmt)
{
	struct omv_stream_hdr hdr;
	struct jpeg *result = jpeg_new(pic->width, pic->height, NULL, sizeof(hdr) + pic->len);

	raw_header(&hdr, pic, pixfmt, 0);
	memcpy(result->data, &hdr, sizeof(hdr));
	memcpy(result->data + sizeof(hdr), pic->data, pic->len);
	return result;
}
