// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "jpeg.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define MARKER_DHT	0xc4
#define MARKER_SOS	0xda
#define MARKER_COM	0xfe
#define SEGMENT_MAX	(2 + 0xffff)

/* A stamp at the start of a comment segment: this text, then the fields of struct jpeg_stamp. */
#define STAMP_TEXT	"announced "
#define STAMP_SIZE	(sizeof(STAMP_TEXT) - 1 + sizeof(u64) + sizeof(u32))

struct jpeg *jpeg_new(u32 width, u32 height, const void *data, u32 len)
{
	struct jpeg *jpeg = malloc(sizeof(*jpeg) + len);

	if (!jpeg) {
		fprintf(stderr, "omvcam: out of memory\n");
		abort();
	}
	atomic_init(&jpeg->users, 1);
	jpeg->width = width;
	jpeg->height = height;
	jpeg->len = len;
	if (data)
		memcpy(jpeg->data, data, len);
	return jpeg;
}

struct jpeg *jpeg_get(struct jpeg *jpeg)
{
	atomic_fetch_add(&jpeg->users, 1);
	return jpeg;
}

void jpeg_put(struct jpeg *jpeg)
{
	if (jpeg && atomic_fetch_sub(&jpeg->users, 1) == 1)
		free(jpeg);
}

/* Return: offset of the first segment with this marker, or 0 if there is none up to the scan */
static u32 find_segment(const u8 *data, u32 len, u8 marker)
{
	u32 at = 2;

	while (at + 4 <= len && data[at] == 0xff) {
		if (data[at + 1] == marker)
			return at;
		if (data[at + 1] == MARKER_SOS)
			break;
		at += 2 + (data[at + 2] << 8 | data[at + 3]);
	}
	return 0;
}

static u32 find_scan(const u8 *data, u32 len)
{
	return find_segment(data, len, MARKER_SOS);
}

struct jpeg *jpeg_pad(const u8 *data, u32 len, u32 width, u32 height, u32 want)
{
	u32 scan = find_scan(data, len);
	struct jpeg *jpeg;
	u32 left;
	u8 *p;

	if (!scan || want < len + 4)
		return jpeg_new(width, height, data, len);
	jpeg = jpeg_new(width, height, NULL, want);
	memcpy(jpeg->data, data, scan);
	p = jpeg->data + scan;
	left = want - len;
	while (left) {
		u32 n = left < SEGMENT_MAX ? left : SEGMENT_MAX;

		/* A segment has at least four bytes: the rest must not be smaller. */
		if (left - n && left - n < 4)
			n -= 4;
		*p++ = 0xff;
		*p++ = MARKER_COM;
		*p++ = (n - 2) >> 8;
		*p++ = n - 2;
		for (u32 i = 4; i < n; i++)
			*p++ = i * 7;
		left -= n;
	}
	memcpy(p, data + scan, len - scan);
	return jpeg;
}

struct jpeg *jpeg_without_dht(const struct jpeg *jpeg)
{
	struct jpeg *bare = jpeg_new(jpeg->width, jpeg->height, jpeg->data, jpeg->len);
	u32 scan = find_scan(jpeg->data, jpeg->len), at = 2, size;
	u8 *data = bare->data;

	while (at < scan) {
		size = 2 + (data[at + 2] << 8 | data[at + 3]);
		if (data[at + 1] == MARKER_DHT) {
			memmove(data + at, data + at + size, bare->len - at - size);
			bare->len -= size;
			scan -= size;
		} else {
			at += size;
		}
	}
	return bare;
}

/* Return: offset of the first comment if a stamp fits in there, or 0 */
static u32 find_stamp(const u8 *data, u32 len)
{
	u32 at = find_segment(data, len, MARKER_COM);

	if (!at || (u32)(data[at + 2] << 8 | data[at + 3]) < 2 + STAMP_SIZE ||
	    len - at < 4 + STAMP_SIZE)
		return 0;
	return at + 4;
}

struct jpeg *jpeg_stamped(const struct jpeg *jpeg, const struct jpeg_stamp *stamp)
{
	u32 at = find_stamp(jpeg->data, jpeg->len);
	struct jpeg *copy;
	u8 *p;

	if (!at)
		return NULL;
	copy = jpeg_new(jpeg->width, jpeg->height, jpeg->data, jpeg->len);
	p = copy->data + at;
	memcpy(p, STAMP_TEXT, sizeof(STAMP_TEXT) - 1);
	p += sizeof(STAMP_TEXT) - 1;
	memcpy(p, &stamp->time, sizeof(stamp->time));
	memcpy(p + sizeof(stamp->time), &stamp->number, sizeof(stamp->number));
	return copy;
}

bool jpeg_read_stamp(const u8 *data, u32 len, struct jpeg_stamp *stamp)
{
	u32 at = find_stamp(data, len);
	const u8 *p = data + at;

	if (!at || memcmp(p, STAMP_TEXT, sizeof(STAMP_TEXT) - 1))
		return false;
	p += sizeof(STAMP_TEXT) - 1;
	memcpy(&stamp->time, p, sizeof(stamp->time));
	memcpy(&stamp->number, p + sizeof(stamp->time), sizeof(stamp->number));
	return true;
}
