// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The pictures of a script: the sensor, and what image does with them.
 */
#include <stdlib.h>

#include "camera.h"
#include "pixels.h"
#include "python_priv.h"
#include "raw.h"

#define PREVIEW_QUALITY	70
#define SIDE_MAX	8192

/* Is it within the memory? Return: where, NULL if not */
static u8 *memory_at(const struct python *py, u32 offset, u32 len)
{
	if (offset > INTERP_MEMORY || len > INTERP_MEMORY - offset)
		return NULL;
	return py->in.pictures + offset;
}

static const u8 *image_data(const struct python *py, const struct interp_image *image,
			    const u8 *data)
{
	if (image->width > SIDE_MAX || image->height > SIDE_MAX)
		return NULL;
	return image->offset == INTERP_INLINE ? data : memory_at(py, image->offset, image->len);
}

static bool is_grey(u32 pixfmt)
{
	return pixfmt == OMV_PIX_GRAYSCALE || pixfmt == OMV_PIX_BINARY;
}

/* A source of pictures of this size. */
static struct source *sensor(struct python *py, u32 width, u32 height)
{
	struct python_shots *s = &py->shots;
	struct source_options o = py->cam->opt.source;
	char why[256];

	if (s->source && s->width == width && s->height == height)
		return s->source;
	o.width = width;
	o.height = height;
	source_close(s->source);
	s->source = source_open(&o, why, sizeof(why));
	s->width = width;
	s->height = height;
	if (!s->source)
		fprintf(stderr, "omvcam: %s\n", why);
	return s->source;
}

/* One of the pictures of a directory, stretched. */
static u8 *stretch(struct source *source, u32 number, u32 width, u32 height)
{
	struct pixels_to to = { .width = width, .height = height };
	struct jpeg *jpeg = source_encode(source, number, 90);
	u8 *all = pixels_decode(jpeg->data, jpeg->len, OMV_PIX_JPEG, jpeg->width, jpeg->height);
	u8 *rgb = all ? pixels_crop(all, jpeg->width, 0, 0, jpeg->width, jpeg->height, &to) : NULL;

	jpeg_put(jpeg);
	free(all);
	return rgb;
}

static u8 *draw(struct source *source, u32 number, u32 width, u32 height)
{
	u8 *rgb = malloc((size_t)width * height * 3);

	if (rgb && !source_draw(source, number, rgb)) {
		free(rgb);
		rgb = stretch(source, number, width, height);
	}
	return rgb;
}

u32 python_shoot(struct python *py, const struct interp_shot *shot, u64 now)
{
	const struct interp_image *to = &shot->to;
	struct pixels_to format = {
		.pixfmt = to->pixfmt, .width = to->width, .height = to->height,
		.quality = shot->quality,
	};
	struct effects effects = {
		.mirror = shot->flags & INTERP_MIRROR,
		.flip = shot->flags & INTERP_FLIP,
		.negative = shot->flags & INTERP_NEGATIVE,
		.brightness = shot->brightness,
	};
	struct source *source = sensor(py, shot->width, shot->height);
	u8 *rgb, *part, *out = memory_at(py, to->offset, to->len);
	u32 len = 0;

	if (shot->last.len)
		python_publish(py, &shot->last, NULL, now);
	if (!source || !out || !shot->quality || shot->quality > 100 ||
	    shot->x + to->width > shot->width || shot->y + to->height > shot->height)
		return 0;
	source_set_effects(source, &effects);
	rgb = draw(source, py->shots.number++, shot->width, shot->height);
	part = rgb ? pixels_crop(rgb, shot->width, shot->x, shot->y, to->width, to->height, &format)
		   : NULL;
	if (part)
		len = pixels_encode(part, &format, out, to->len);
	free(part);
	free(rgb);
	py->cam->captured++;
	return len;
}

/* A preview of a Bayer or YUV picture is never raw (section 10.3). */
static u32 preview_format(u32 pixfmt)
{
	return pixfmt == OMV_PIX_RGB565 || pixfmt == OMV_PIX_GRAYSCALE ? pixfmt : OMV_PIX_JPEG;
}

void python_publish(struct python *py, const struct interp_image *image, const u8 *data, u64 now)
{
	struct interp_convert c = {
		.from = *image,
		.to = { .offset = INTERP_INLINE, .pixfmt = OMV_PIX_JPEG, .width = image->width,
			.height = image->height },
		.width = image->width, .height = image->height, .quality = PREVIEW_QUALITY,
	};
	const u8 *from = image_data(py, image, data);
	struct jpeg *jpeg;
	u8 *out = NULL;
	u32 len = image->len;

	if (!from || !stream_channel_free(&py->cam->stream))
		return;
	if (image->pixfmt != OMV_PIX_JPEG) {
		len = python_convert(py, &c, data, &out);
		from = out;
	}
	if (!len)
		return;
	jpeg = jpeg_new(image->width, image->height, from, len);
	camera_preview(py->cam, jpeg, preview_format(image->pixfmt), now);
	jpeg_put(jpeg);
	free(out);
}

static bool possible(const struct interp_convert *c)
{
	const struct interp_image *from = &c->from, *to = &c->to;

	return c->width && c->height && c->x < from->width && c->y < from->height &&
	       c->width <= from->width - c->x && c->height <= from->height - c->y && to->width &&
	       to->height && to->width <= SIDE_MAX && to->height <= SIDE_MAX && c->quality &&
	       c->quality <= 100;
}

static u32 convert(struct python *py, const struct interp_convert *c, const u8 *from, u8 **out)
{
	struct pixels_to to = {
		.pixfmt = c->to.pixfmt, .width = c->to.width, .height = c->to.height,
		.quality = c->quality, .subsampling = c->subsampling,
		.grey = is_grey(c->from.pixfmt),
	};
	u8 *rgb = pixels_decode(from, c->from.len, c->from.pixfmt, c->from.width, c->from.height);
	u32 room = c->to.len, len = 0;
	u8 *part = NULL, *at;

	if (rgb)
		part = pixels_crop(rgb, c->from.width, c->x, c->y, c->width, c->height, &to);
	if (c->to.offset == INTERP_INLINE) {
		room = pixels_bound(&to);
		at = *out = malloc(room);
	} else {
		at = memory_at(py, c->to.offset, room);
	}
	if (part && at)
		len = pixels_encode(part, &to, at, room);
	free(part);
	free(rgb);
	return len;
}

u32 python_convert(struct python *py, const struct interp_convert *c, const u8 *data, u8 **out)
{
	const u8 *from = image_data(py, &c->from, data);

	*out = NULL;
	return from && possible(c) ? convert(py, c, from, out) : 0;
}

static bool is_part(const struct blobs_ask *ask, const struct interp_image *image)
{
	return ask->width && ask->height && ask->x < image->width && ask->y < image->height &&
	       ask->width <= image->width - ask->x && ask->height <= image->height - ask->y &&
	       ask->x_stride && ask->y_stride && ask->count <= 32;
}

int python_blobs(struct python *py, const u8 *data, u32 len, struct blob **found)
{
	struct {
		struct interp_image image;
		struct blobs_ask ask;
	} head;
	struct blobs_range ranges[32];
	const u8 *pixels;
	u32 used = sizeof(head), bytes;

	*found = NULL;
	if (len < used)
		return -1;
	memcpy(&head, data, used);
	if (!is_part(&head.ask, &head.image) || len - used < head.ask.count * sizeof(*ranges))
		return -1;
	memcpy(ranges, data + used, head.ask.count * sizeof(*ranges));
	used += head.ask.count * sizeof(*ranges);
	pixels = image_data(py, &head.image, data + used);
	bytes = pixels_size(head.image.pixfmt, head.image.width, head.image.height);
	if (!pixels || head.image.len < bytes ||
	    (head.image.offset == INTERP_INLINE && len - used < bytes) ||
	    (head.image.pixfmt != OMV_PIX_RGB565 && head.image.pixfmt != OMV_PIX_GRAYSCALE))
		return -1;
	return blobs_find(pixels, head.image.pixfmt, head.image.width, &head.ask, ranges, found);
}

void python_frames_reset(struct python *py)
{
	u32 number = py->shots.number;

	source_close(py->shots.source);
	py->shots = (struct python_shots){ .number = number };
}
