// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "blobs.h"

#include <math.h>
#include <stdlib.h>

#include "../../driver/core/omv_wire.h"

#define NEW	1	/* of the colour, and in no area yet */

/**
 * struct search - the areas of one colour
 * @mask:  NEW for each such pixel of the part that is searched
 * @stack: pixels whose neighbours are to be seen
 * @found: areas
 * @count: of @found
 */
struct search {
	const struct blobs_ask *ask;
	u8 *mask;
	u32 *stack;
	struct blob *found;
	u32 count;
};

/* CIE L*a*b* of sRGB, D65. */

static double linear(double v)
{
	return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

static double lab_root(double t)
{
	return t > 0.008856 ? cbrt(t) : 7.787 * t + 16.0 / 116;
}

static void lab_of(u32 rgb565, s8 lab[3])
{
	double r = linear((rgb565 >> 11) / 31.0), g = linear((rgb565 >> 5 & 63) / 63.0);
	double b = linear((rgb565 & 31) / 31.0);
	double x = lab_root((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
	double y = lab_root(0.2126 * r + 0.7152 * g + 0.0722 * b);
	double z = lab_root((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);

	lab[0] = lround(116 * y - 16);
	lab[1] = lround(500 * (x - y));
	lab[2] = lround(200 * (y - z));
}

static const s8 *lab(u32 rgb565)
{
	static s8 table[65536][3];
	static bool made;

	for (u32 i = 0; !made && i < 65536; i++)
		lab_of(i, table[i]);
	made = true;
	return table[rgb565];
}

static bool within(const u8 *data, u32 pixfmt, u32 at, const struct blobs_range *range)
{
	const s8 *v;

	if (pixfmt != OMV_PIX_RGB565)
		return data[at] >= range->low[0] && data[at] <= range->high[0];
	v = lab(data[2 * at] | data[2 * at + 1] << 8);
	for (u32 i = 0; i < 3; i++) {
		if (v[i] < range->low[i] || v[i] > range->high[i])
			return false;
	}
	return true;
}

static void fill_mask(struct search *s, const u8 *data, u32 pixfmt, u32 width,
		      const struct blobs_range *range)
{
	const struct blobs_ask *ask = s->ask;
	u8 *mask = s->mask;

	for (u32 y = ask->y; y < ask->y + ask->height; y++) {
		for (u32 x = ask->x; x < ask->x + ask->width; x++)
			*mask++ = within(data, pixfmt, y * width + x, range) != !!ask->invert;
	}
}

/* Take the pixel, and the ones beside it later. */
static void take(struct search *s, u32 at, u32 *depth)
{
	if (s->mask[at] == NEW) {
		s->mask[at] = 0;
		s->stack[(*depth)++] = at;
	}
}

static void add_pixel(struct blob *b, u32 x, u32 y)
{
	u32 right = b->x + b->width, bottom = b->y + b->height;

	b->x = x < b->x ? x : b->x;
	b->y = y < b->y ? y : b->y;
	b->width = (x >= right ? x + 1 : right) - b->x;
	b->height = (y >= bottom ? y + 1 : bottom) - b->y;
	b->pixels++;
	b->sum[0] += x;
	b->sum[1] += y;
	b->sum[2] += (u64)x * x;
	b->sum[3] += (u64)y * y;
	b->sum[4] += (u64)x * y;
}

/* Each pixel is on the stack once at most. */
static struct blob grow(struct search *s, u32 at, u32 code)
{
	const u32 w = s->ask->width, h = s->ask->height;
	struct blob b = { .x = s->ask->x + at % w, .y = s->ask->y + at / w, .code = code };
	u32 depth = 0;

	take(s, at, &depth);
	while (depth) {
		u32 x, y;

		at = s->stack[--depth];
		x = at % w;
		y = at / w;
		add_pixel(&b, s->ask->x + x, s->ask->y + y);
		if (x)
			take(s, at - 1, &depth);
		if (x + 1 < w)
			take(s, at + 1, &depth);
		if (y)
			take(s, at - w, &depth);
		if (y + 1 < h)
			take(s, at + w, &depth);
	}
	return b;
}

static void search(struct search *s, u32 code)
{
	const struct blobs_ask *ask = s->ask;
	struct blob *more;

	for (u32 y = 0; y < ask->height; y += ask->y_stride) {
		for (u32 x = 0; x < ask->width; x += ask->x_stride) {
			u32 at = y * ask->width + x;

			if (s->mask[at] != NEW)
				continue;
			more = realloc(s->found, (s->count + 1) * sizeof(*more));
			if (!more)
				return;
			s->found = more;
			s->found[s->count++] = grow(s, at, code);
		}
	}
}

u32 blobs_find(const u8 *data, u32 pixfmt, u32 width, const struct blobs_ask *ask,
	       const struct blobs_range *ranges, struct blob **found)
{
	u32 area = ask->width * ask->height;
	struct search s = {
		.ask = ask,
		.mask = malloc(area),
		.stack = malloc(area * sizeof(*s.stack)),
	};

	for (u32 i = 0; i < ask->count && s.mask && s.stack; i++) {
		fill_mask(&s, data, pixfmt, width, &ranges[i]);
		search(&s, 1u << i);
	}
	free(s.mask);
	free(s.stack);
	*found = s.found;
	return s.count;
}
