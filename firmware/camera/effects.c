// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "effects.h"

bool effects_are_none(const struct effects *effects)
{
	static const struct effects plain;

	return !memcmp(effects, &plain, sizeof(plain));
}

static u8 clamp_sample(float v)
{
	return v < 0 ? 0 : v > 255 ? 255 : v;
}

/* Fill @table with the new value of each possible sample of a plane. */
static void fill_table(const struct effects *effects, bool luma, u8 *table)
{
	for (u32 v = 0; v < 256; v++) {
		if (luma)
			table[v] = clamp_sample(v * (1 + effects->boost) + effects->brightness);
		else
			table[v] = effects->grey ? 128 : v;
		if (effects->negative)
			table[v] = 255 - table[v];
	}
}

static void apply_plane(const struct effects *effects, const u8 *table, u32 width, u32 height,
			const u8 *from, int from_stride, u8 *to, int to_stride)
{
	for (u32 y = 0; y < height; y++, to += to_stride) {
		const u8 *line = from + (s64)from_stride * (effects->flip ? height - 1 - y : y);

		for (u32 x = 0; x < width; x++)
			to[x] = table[line[effects->mirror ? width - 1 - x : x]];
	}
}

void effects_apply(const struct effects *effects, const struct picture *from, struct picture *to)
{
	u32 width = to->width, height = to->height;
	u8 table[256];

	for (int i = 0; i < 3; i++) {
		fill_table(effects, !i, table);
		apply_plane(effects, table, width, height, from->plane[i], from->stride[i],
			    to->plane[i], to->stride[i]);
		if (!i) {
			width = (width + 1) / 2;
			height = (height + 1) / 2;
		}
	}
}
