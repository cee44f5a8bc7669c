// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "channels.h"

static bool frame_poll(void *priv)
{
	const struct frame_channel *ch = priv;

	return ch->latched;
}

/* SIZE does not become 0 after the frame was fetched: the latch rule of section 12.3. */
static u32 frame_size(void *priv)
{
	const struct frame_channel *ch = priv;

	return ch->current.jpeg ? ch->current.jpeg->len : 0;
}

/* As in the examples: height, width, and bytes per pixel, or of the whole JPEG. */
static unsigned int frame_shape(void *priv, u32 shape[4])
{
	const struct frame_channel *ch = priv;
	const struct jpeg *jpeg = ch->current.jpeg;

	if (!jpeg)
		return 0;
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
	}
}

static const void *frame_readp(void *priv, u32 offset, u32 len)
{
	struct frame_channel *ch = priv;
	const struct jpeg *jpeg = ch->current.jpeg;

	if (!jpeg || offset > jpeg->len || len > jpeg->len - offset)
		return NULL;
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
	return ch->id && !ch->latched && !omv_device_reading(ch->dev, ch->id);
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
	jpeg_put(ch->previous);
	ch->previous = ch->current.jpeg;
	ch->current.jpeg = NULL;
	ch->latched = false;
	ch->locked = false;
	ch->id = 0;
}
