// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "pixels.h"

#include <stdlib.h>
#include <turbojpeg.h>

#include "raw.h"

u32 pixels_size(u32 pixfmt, u32 width, u32 height)
{
	if (pixfmt == OMV_PIX_BINARY)
		return (width + 31) / 32 * 4 * height;
	return raw_bytes(pixfmt) * width * height;
}

static u8 *decode_jpeg(const u8 *data, u32 len, u32 width, u32 height)
{
	tjhandle tj = tjInitDecompress();
	u8 *rgb = malloc((size_t)width * height * 3);
	bool good = tj && rgb && !tjDecompress2(tj, data, len, rgb, width, 0, height, TJPF_RGB, 0);

	if (tj)
		tjDestroy(tj);
	if (good)
		return rgb;
	free(rgb);
	return NULL;
}

static u8 clamp(int v)
{
	return v < 0 ? 0 : v > 255 ? 255 : v;
}

static u8 grey(const u8 *rgb)
{
	return (38 * rgb[0] + 75 * rgb[1] + 15 * rgb[2]) >> 7;
}

static void from_rgb565(u8 *rgb, const u8 *at)
{
	u32 v = at[0] | at[1] << 8;

	rgb[0] = (v >> 8 & 0xf8) | v >> 13;
	rgb[1] = (v >> 3 & 0xfc) | (v >> 9 & 3);
	rgb[2] = (v << 3 & 0xf8) | (v >> 2 & 7);
}

static void from_yuv(u8 *rgb, int y, int u, int v)
{
	rgb[0] = clamp(y + 359 * (v - 128) / 256);
	rgb[1] = clamp(y - (88 * (u - 128) + 183 * (v - 128)) / 256);
	rgb[2] = clamp(y + 454 * (u - 128) / 256);
}

/* A Bayer picture becomes grey: good enough to see what it shows. */
static void get_pixel(u8 *rgb, const u8 *line, u32 pixfmt, u32 x)
{
	const u8 *at = line + x * raw_bytes(pixfmt), *pair = line + (x & ~1u) * 2;

	switch (pixfmt & ~0xff00u) {
	case OMV_PIX_BINARY:
		memset(rgb, line[x / 8] >> (x % 8) & 1 ? 255 : 0, 3);
		break;
	case OMV_PIX_YUYV:
		from_yuv(rgb, at[0], pair[pixfmt == OMV_PIX_YUYV ? 1 : 3],
			 pair[pixfmt == OMV_PIX_YUYV ? 3 : 1]);
		break;
	default:
		memset(rgb, at[0], 3);
	}
}

static void decode_line(u8 *rgb, const u8 *line, u32 pixfmt, u32 width)
{
	u32 x;

	if (pixfmt == OMV_PIX_RGB565) {
		for (x = 0; x < width; x++)
			from_rgb565(rgb + 3 * x, line + 2 * x);
		return;
	}
	for (x = 0; x < width; x++)
		get_pixel(rgb + 3 * x, line, pixfmt, x);
}

u8 *pixels_decode(const u8 *data, u32 len, u32 pixfmt, u32 width, u32 height)
{
	u32 size = pixels_size(pixfmt, width, height);
	u8 *rgb;

	if (pixfmt == OMV_PIX_JPEG)
		return decode_jpeg(data, len, width, height);
	if (!size || size > len)
		return NULL;
	rgb = malloc((size_t)width * height * 3);
	if (!rgb)
		return NULL;
	for (u32 y = 0; y < height; y++)
		decode_line(rgb + (size_t)y * width * 3, data + (size_t)size / height * y, pixfmt,
			    width);
	return rgb;
}

u8 *pixels_crop(const u8 *rgb, u32 stride, u32 x, u32 y, u32 width, u32 height,
		const struct pixels_to *to)
{
	u8 *result = malloc((size_t)to->width * to->height * 3), *at = result;

	if (!result)
		return NULL;
	for (u32 i = 0; i < to->height; i++) {
		u64 from = y + (u64)i * height / to->height;
		const u8 *line = rgb + ((size_t)from * stride + x) * 3;

		if (width == to->width) {
			memcpy(at, line, width * 3);
			at += width * 3;
			continue;
		}
		for (u32 j = 0; j < to->width; j++, at += 3)
			memcpy(at, line + (u64)j * width / to->width * 3, 3);
	}
	return result;
}

static int subsampling(const struct pixels_to *to)
{
	if (to->grey)
		return TJSAMP_GRAY;
	if (to->subsampling == 0x22 || (!to->subsampling && to->quality <= 35))
		return TJSAMP_420;
	if (to->subsampling == 0x21 || (!to->subsampling && to->quality < 60))
		return TJSAMP_422;
	return TJSAMP_444;
}

u32 pixels_bound(const struct pixels_to *to)
{
	if (to->pixfmt == OMV_PIX_JPEG)
		return tjBufSize(to->width, to->height, TJSAMP_444);
	return pixels_size(to->pixfmt, to->width, to->height);
}

static u32 encode_jpeg(const u8 *rgb, const struct pixels_to *to, u8 *out, u32 room)
{
	unsigned long len = tjBufSize(to->width, to->height, subsampling(to));
	int flags = TJFLAG_NOREALLOC | TJFLAG_FASTDCT;
	u8 *buf = tjAlloc(len);
	tjhandle tj = tjInitCompress();
	u32 result = 0;

	if (tj && buf && !tjCompress2(tj, rgb, to->width, 0, to->height, TJPF_RGB, &buf, &len,
				      subsampling(to), to->quality, flags) && len <= room) {
		memcpy(out, buf, len);
		result = len;
	}
	if (tj)
		tjDestroy(tj);
	tjFree(buf);
	return result;
}

static void encode_line(const u8 *rgb, const struct pixels_to *to, u8 *out, u32 y)
{
	u32 bytes = raw_bytes(to->pixfmt), x;

	switch (to->pixfmt) {
	case OMV_PIX_GRAYSCALE:
		for (x = 0; x < to->width; x++, rgb += 3)
			out[x] = grey(rgb);
		break;
	case OMV_PIX_RGB565:
		for (x = 0; x < to->width; x++, rgb += 3) {
			out[2 * x] = (rgb[1] & 0x1c) << 3 | rgb[2] >> 3;
			out[2 * x + 1] = (rgb[0] & 0xf8) | rgb[1] >> 5;
		}
		break;
	case OMV_PIX_BINARY:
		for (x = 0; x < to->width; x++, rgb += 3)
			out[x / 8] |= (grey(rgb) > 127) << (x % 8);
		break;
	default:
		for (x = 0; x < to->width; x++, rgb += 3)
			raw_put_pixel(out + bytes * x, to->pixfmt, rgb, x, y);
	}
}

u32 pixels_encode(const u8 *rgb, const struct pixels_to *to, u8 *out, u32 room)
{
	u32 size = pixels_size(to->pixfmt, to->width, to->height);

	if (to->pixfmt == OMV_PIX_JPEG)
		return encode_jpeg(rgb, to, out, room);
	if (!size || size > room)
		return 0;
	if (to->pixfmt == OMV_PIX_BINARY)
		memset(out, 0, size);
	for (u32 y = 0; y < to->height; y++)
		encode_line(rgb + (size_t)y * to->width * 3, to,
			    out + (size_t)size / to->height * y, y);
	return size;
}
