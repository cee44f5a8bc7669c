// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A window that moves across a photograph.
 */
#include <stdio.h>
#include <stdlib.h>
#include <turbojpeg.h>

#include "source_impl.h"

#define STEP		2		/* pixels per frame: whole chroma samples */
#define PIXELS_MAX	(64u << 20)

/**
 * struct photo_source - a photograph
 * @source: common part of all sources
 * @pic:    the photograph, scaled so that it is somewhat larger than a frame
 */
struct photo_source {
	struct source source;
	struct picture pic;
};

/**
 * struct bitmap - an RGB picture, three bytes per pixel
 * @width:  width in pixels
 * @height: height in lines
 * @rgb:    the pixels, to be freed by the owner
 */
struct bitmap {
	u32 width;
	u32 height;
	u8 *rgb;
};

/* Position of the window: 0 to @room and back, in steps of STEP. */
static u32 sway(u32 number, u32 room)
{
	u32 steps = room / STEP;
	u32 at = number % (2 * steps);

	return STEP * (at < steps ? at : 2 * steps - at);
}

static void photo_draw(struct source *s, u32 number, struct picture *view)
{
	struct photo_source *p = container_of(s, struct photo_source, source);
	u32 x = sway(number, p->pic.width - s->options.width);
	u32 y = sway(number, p->pic.height - s->options.height);

	*view = p->pic;
	view->plane[0] += y * p->pic.stride[0] + x;
	for (int i = 1; i < 3; i++)
		view->plane[i] += y / 2 * p->pic.stride[i] + x / 2;
}

static void photo_close(struct source *s)
{
	struct photo_source *p = container_of(s, struct photo_source, source);

	picture_free(&p->pic);
	free(p);
}

static const struct source_ops photo_ops = {
	.draw = photo_draw,
	.close = photo_close,
};

/* Return: the smallest scale of the JPEG library that still covers the wanted size */
static tjscalingfactor pick_scale(u32 width, u32 height, u32 want_width, u32 want_height)
{
	tjscalingfactor best = { 1, 1 };
	int count = 0;
	tjscalingfactor *f = tjGetScalingFactors(&count);

	for (int i = 0; i < count; i++) {
		if (f[i].num * best.denom >= best.num * f[i].denom)
			continue;
		if ((u32)TJSCALED((int)width, f[i]) >= want_width &&
		    (u32)TJSCALED((int)height, f[i]) >= want_height)
			best = f[i];
	}
	return best;
}

static bool decode(const u8 *data, u32 len, const struct picture *want, struct bitmap *bmp,
		   char *why, size_t size)
{
	tjhandle tj = tjInitDecompress();
	int width = 0, height = 0, subsampling, colorspace;
	tjscalingfactor scale;
	bool good = false;

	bmp->rgb = NULL;
	if (!tj || tjDecompressHeader3(tj, data, len, &width, &height, &subsampling,
				       &colorspace) || width < 1 || height < 1) {
		snprintf(why, size, "not a JPEG photograph: %s", tjGetErrorStr2(tj));
	} else if ((u64)width * height > PIXELS_MAX) {
		snprintf(why, size, "%dx%d pixels: too large", width, height);
	} else {
		scale = pick_scale(width, height, want->width, want->height);
		bmp->width = TJSCALED(width, scale);
		bmp->height = TJSCALED(height, scale);
		bmp->rgb = malloc((size_t)bmp->width * bmp->height * 3);
		good = bmp->rgb && !tjDecompress2(tj, data, len, bmp->rgb, bmp->width, 0,
						  bmp->height, TJPF_RGB, 0);
		if (!good)
			snprintf(why, size, "the photograph cannot be decoded: %s",
				 bmp->rgb ? tjGetErrorStr2(tj) : "out of memory");
	}
	if (tj)
		tjDestroy(tj);
	return good;
}

/* Positions and weights are 16.16 fixed point. */
static void resample_line(const struct bitmap *src, u8 *to, u32 width, u32 x0, u32 step, u32 y)
{
	const u8 *upper = src->rgb + (size_t)(y >> 16) * src->width * 3;
	const u8 *lower = (y >> 16) + 1 < src->height ? upper + src->width * 3 : upper;
	u32 fy = y >> 8 & 0xff;

	for (u32 i = 0; i < width; i++) {
		u32 x = x0 + i * step;
		u32 fx = x >> 8 & 0xff;
		u32 left = (x >> 16) * 3;
		u32 right = (x >> 16) + 1 < src->width ? left + 3 : left;

		for (u32 c = 0; c < 3; c++) {
			u32 a = upper[left + c] * (256 - fx) + upper[right + c] * fx;
			u32 b = lower[left + c] * (256 - fx) + lower[right + c] * fx;

			*to++ = (a * (256 - fy) + b * fy) >> 16;
		}
	}
}

/* Scale the largest centred part of @src that has the aspect ratio of @to. */
static void resample(const struct bitmap *src, const struct bitmap *to)
{
	u32 step_x = ((u64)src->width << 16) / to->width;
	u32 step_y = ((u64)src->height << 16) / to->height;
	u32 step = step_x < step_y ? step_x : step_y;
	u32 x0 = (((u64)src->width << 16) - (u64)step * to->width) / 2;
	u32 y0 = (((u64)src->height << 16) - (u64)step * to->height) / 2;

	for (u32 y = 0; y < to->height; y++)
		resample_line(src, to->rgb + (size_t)y * to->width * 3, to->width, x0, step,
			      y0 + y * step);
}

static bool convert(struct picture *pic, const struct bitmap *bmp)
{
	tjhandle tj = tjInitCompress();
	bool good = tj && picture_alloc(pic) &&
		    !tjEncodeYUVPlanes(tj, bmp->rgb, bmp->width, 0, bmp->height, TJPF_RGB,
				       pic->plane, pic->stride, TJSAMP_420, 0);

	if (tj)
		tjDestroy(tj);
	return good;
}

static bool load(struct picture *pic, const u8 *data, u32 len, char *why, size_t size)
{
	struct bitmap from = { 0 }, to = { .width = pic->width, .height = pic->height };
	bool good = decode(data, len, pic, &from, why, size);

	if (good) {
		to.rgb = malloc((size_t)to.width * to.height * 3);
		if (to.rgb)
			resample(&from, &to);
		good = to.rgb && convert(pic, &to);
		if (!good)
			snprintf(why, size, "out of memory");
	}
	free(from.rgb);
	free(to.rgb);
	return good;
}

struct source *source_photo(const struct source_options *options, const char *file, char *why,
			    size_t size)
{
	struct photo_source *p = calloc(1, sizeof(*p));
	char reason[256];
	u8 *data;
	u32 len = 0;

	if (!p) {
		snprintf(why, size, "out of memory");
		return NULL;
	}
	p->source.ops = &photo_ops;
	/* Different room in x and y, so that it takes long until the path repeats. */
	p->pic.width = options->width + options->width / 8 / STEP * STEP + 2 * STEP;
	p->pic.height = options->height + options->height / 6 / STEP * STEP + 2 * STEP;
	data = file_read(file, &len, why, size);
	if (data && !load(&p->pic, data, len, reason, sizeof(reason))) {
		snprintf(why, size, "%s: %s", file, reason);
		free(data);
		data = NULL;
	}
	if (!data) {
		photo_close(&p->source);
		return NULL;
	}
	free(data);
	return &p->source;
}
