// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "channels.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const shape_words[] = {
	[SHAPE_HEIGHT] = "h",
	[SHAPE_WIDTH] = "w",
	[SHAPE_SIZE] = "size",
	[SHAPE_PIXEL] = "pixel",
	[SHAPE_PATTERN] = "pattern",
};

/* One value, up to a comma or the end. Return: the rest, NULL if it is wrong */
static const char *shape_value(struct frame_shape *shape, const char *arg)
{
	size_t len = strcspn(arg, ",");
	unsigned long long value;
	char *end;

	for (size_t i = SHAPE_HEIGHT; i < ARRAY_SIZE(shape_words); i++) {
		if (strlen(shape_words[i]) == len && !memcmp(shape_words[i], arg, len)) {
			shape->words[shape->count++] = i;
			return arg + len;
		}
	}
	if (*arg < '0' || *arg > '9')
		return NULL;
	value = strtoull(arg, &end, 10);
	if (end != arg + len || value > 0xffffffff)
		return NULL;
	shape->words[shape->count] = SHAPE_NUMBER;
	shape->values[shape->count++] = value;
	return end;
}

bool frame_shape_parse(struct frame_shape *shape, const char *arg, char *why, size_t size)
{
	const char *at = arg;

	shape->count = 0;
	while (shape->count < FRAME_SHAPE_MAX) {
		at = shape_value(shape, at);
		if (at && !*at)
			return true;
		if (!at++)
			break;
	}
	snprintf(why, size,
		 "%s: 1 to %u of h, w, size, pixel, pattern and numbers, with commas in between",
		 arg, FRAME_SHAPE_MAX);
	return false;
}

static bool frame_poll(void *priv)
{
	const struct frame_channel *ch = priv;

	return ch->latched;
}

/* With readp() SIZE does not become 0 after the frame was fetched: section 12.3, latch rule. */
static u32 frame_size(void *priv)
{
	const struct frame_channel *ch = priv;

	if (ch->size_of_latched && !ch->latched)
		return 0;
	return ch->current.jpeg ? ch->current.jpeg->len : 0;
}

/* Of a value with a word. */
static u32 shape_property(const struct frame_channel *ch, enum shape_word word)
{
	const struct jpeg *jpeg = ch->current.jpeg;

	switch (word) {
	case SHAPE_HEIGHT:
		return jpeg->height;
	case SHAPE_WIDTH:
		return jpeg->width;
	case SHAPE_SIZE:
		return jpeg->len;
	case SHAPE_PIXEL:
		return raw_bytes(ch->pixfmt);
	default:
		return ch->pixfmt >> 8 & 0xff;
	}
}

/* As in the examples: height, width, and bytes in a pixel, or in the whole JPEG. */
static unsigned int frame_shape(void *priv, u32 shape[4])
{
	const struct frame_channel *ch = priv;
	const struct jpeg *jpeg = ch->current.jpeg;
	const struct frame_shape *own = &ch->shape;

	if (!jpeg)
		return 0;
	for (unsigned int i = 0; i < own->count; i++)
		shape[i] = own->words[i] ? shape_property(ch, own->words[i]) : own->values[i];
	if (own->count)
		return own->count;
	shape[0] = jpeg->height;
	shape[1] = jpeg->width;
	shape[2] = raw_bytes(ch->pixfmt) ? raw_bytes(ch->pixfmt) : jpeg->len;
	return 3;
}

static void release_at(struct frame_channel *ch, u32 end)
{
	if (ch->latched && end == ch->current.jpeg->len) {
		ch->latched = false;
		ch->fetched++;
		if (ch->released && !ch->one_buffer)
			ch->released(ch->ctx);
	}
}

static const void *frame_readp(void *priv, u32 offset, u32 len)
{
	struct frame_channel *ch = priv;
	struct jpeg *jpeg = ch->current.jpeg;

	if (!jpeg || offset > jpeg->len || len > jpeg->len - offset)
		return NULL;
	/* The last response is complete, or this READ would not be served. */
	jpeg_put(ch->lent);
	ch->lent = jpeg_get(jpeg);
	/* Like a readp() that swaps two buffers: the next frame may be latched at once. */
	release_at(ch, offset + len);
	return jpeg->data + offset;
}

/* Unlike readp(), read() fails after the frame was fetched. */
static s32 frame_read(void *priv, u32 offset, void *buf, u32 len)
{
	struct frame_channel *ch = priv;
	const struct jpeg *jpeg = ch->current.jpeg;
	s32 got;

	if (!ch->latched)
		return 0;
	got = channel_copy(jpeg->data, jpeg->len, offset, buf, len);
	if (got)
		release_at(ch, offset + got);
	return got;
}

static int frame_lock(void *priv)
{
	struct frame_channel *ch = priv;

	if (ch->locked)
		return -1;
	ch->locked = true;
	return 0;
}

static int frame_unlock(void *priv)
{
	struct frame_channel *ch = priv;

	ch->locked = false;
	return 0;
}

const struct omv_channel_ops *frame_channel_ops(bool read, bool lock)
{
#define COMMON	.poll = frame_poll, .size = frame_size, .shape = frame_shape
#define LOCKS	.lock = frame_lock, .unlock = frame_unlock
	static const struct omv_channel_ops ops[2][2] = {
		{ { .readp = frame_readp, COMMON }, { .readp = frame_readp, COMMON, LOCKS } },
		{ { .read = frame_read, COMMON }, { .read = frame_read, COMMON, LOCKS } },
	};

	return &ops[read][lock];
}

bool frame_channel_free(const struct frame_channel *ch)
{
	return ch->id && !ch->latched &&
	       !(ch->one_buffer && omv_device_reading(ch->dev, ch->id));
}

void frame_channel_latch(struct frame_channel *ch, const struct frame *frame)
{
	jpeg_put(ch->current.jpeg);
	ch->current = *frame;
	ch->latched = true;
	if (!ch->no_events && !omv_device_event(ch->dev, ch->id, 1))
		ch->notified++;
}

void frame_channel_reset(struct frame_channel *ch)
{
	jpeg_put(ch->current.jpeg);
	ch->current.jpeg = NULL;
	ch->latched = false;
	ch->locked = false;
	ch->id = 0;
}
