// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A test picture: moving gradients, and the number of the frame.
 */
#include <stdlib.h>

#include "pattern.h"
#include "source_impl.h"

#define PERIOD	512

/**
 * struct pattern_source - the test picture
 * @source: common part of all sources
 * @pic:    the picture that is drawn
 * @wave:   a triangle wave of grey levels, long enough for a line with any phase
 */
struct pattern_source {
	struct source source;
	struct picture pic;
	u8 wave[PERIOD + SOURCE_MAX_WIDTH];
};

static void draw_plane(const struct pattern_source *p, int plane, u32 width, u32 height,
		       u32 start, u32 slope)
{
	u8 *line = p->pic.plane[plane];

	for (u32 y = 0; y < height; y++) {
		memcpy(line, p->wave + (start + y * slope) % PERIOD, width);
		line += p->pic.stride[plane];
	}
}

static void draw_block(const struct picture *pic, u32 x, u32 y, u8 grey)
{
	for (u32 i = 0; i < PATTERN_BLOCK; i++)
		memset(pic->plane[0] + (y + i) * pic->stride[0] + x, grey, PATTERN_BLOCK);
	for (int plane = 1; plane < 3; plane++) {
		u8 *at = pic->plane[plane] + y / 2 * pic->stride[plane] + x / 2;

		for (u32 i = 0; i < PATTERN_BLOCK / 2; i++)
			memset(at + i * pic->stride[plane], 128, PATTERN_BLOCK / 2);
	}
}

static void draw_strip(const struct picture *pic, const struct pattern_layout *l, u32 top,
		       u32 number)
{
	u32 code = pattern_code(number);

	for (u32 i = 0; i < PATTERN_BITS; i++) {
		u8 grey = code >> (PATTERN_BITS - 1 - i) & 1 ? 255 : 0;

		draw_block(pic, i % l->columns * PATTERN_BLOCK,
			   top + i / l->columns * PATTERN_BLOCK, grey);
	}
}

static void pattern_draw(struct source *s, u32 number, struct picture *view)
{
	struct pattern_source *p = container_of(s, struct pattern_source, source);
	struct pattern_layout l = pattern_layout(p->pic.width, p->pic.height);
	u32 half_width = (p->pic.width + 1) / 2;
	u32 half_height = (p->pic.height + 1) / 2;

	draw_plane(p, 0, p->pic.width, p->pic.height, number * 8, 1);
	draw_plane(p, 1, half_width, half_height, number * 4, 0);
	draw_plane(p, 2, half_width, half_height, PERIOD - number * 4 % PERIOD, 2);
	if (l.columns) {
		draw_strip(&p->pic, &l, 0, number);
		draw_strip(&p->pic, &l, l.bottom, number);
	}
	*view = p->pic;
}

static void pattern_close(struct source *s)
{
	struct pattern_source *p = container_of(s, struct pattern_source, source);

	picture_free(&p->pic);
	free(p);
}

static const struct source_ops pattern_ops = {
	.draw = pattern_draw,
	.close = pattern_close,
};

struct source *source_pattern(const struct source_options *options)
{
	struct pattern_source *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->source.ops = &pattern_ops;
	p->pic.width = options->width;
	p->pic.height = options->height;
	for (u32 i = 0; i < sizeof(p->wave); i++) {
		u32 at = i % PERIOD;

		p->wave[i] = at < PERIOD / 2 ? at : PERIOD - 1 - at;
	}
	if (!picture_alloc(&p->pic)) {
		pattern_close(&p->source);
		return NULL;
	}
	return &p->source;
}
