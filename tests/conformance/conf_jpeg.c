// SPDX-License-Identifier: GPL-2.0-only
#include "conf.h"

static unsigned int be16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

static const char *parse_dqt(const uint8_t *p, size_t n, unsigned long *qsum)
{
	while (n) {
		size_t width = p[0] >> 4 ? 2 : 1;

		if (n < 1 + 64 * width)
			return "a quantisation table is cut short";
		for (size_t i = 0; i < 64; i++)
			*qsum += width == 2 ? be16(p + 1 + 2 * i) : p[1 + i];
		p += 1 + 64 * width;
		n -= 1 + 64 * width;
	}
	return NULL;
}

const char *jpeg_parse(const uint8_t *p, size_t n, unsigned int *w, unsigned int *h,
		       unsigned long *qsum)
{
	const char *err = NULL;
	size_t at = 2;

	*w = *h = 0;
	*qsum = 0;
	if (n < 4 || be16(p) != 0xFFD8)
		return "no SOI at the start";
	if (be16(p + n - 2) != 0xFFD9)
		return "no EOI at the end";
	for (;;) {
		unsigned int marker, len;

		if (at + 4 > n)
			return "no scan";
		marker = be16(p + at);
		len = be16(p + at + 2);
		if (marker < 0xFF01 || len < 2 || at + 2 + len > n)
			return "broken marker segment";
		if (marker == 0xFFDB)
			err = parse_dqt(p + at + 4, len - 2, qsum);
		if (marker >= 0xFFC0 && marker <= 0xFFC2 && len >= 8) {
			*h = be16(p + at + 5);
			*w = be16(p + at + 7);
		}
		if (err)
			return err;
		if (marker == 0xFFDA)
			break;
		at += 2 + len;
	}
	if (!*w || !*h)
		return "no frame header";
	return *qsum ? NULL : "no quantisation table";
}
