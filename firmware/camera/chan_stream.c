// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "channels.h"

#define HEADER_SIZE	sizeof(struct omv_stream_hdr)

static bool stream_poll(void *priv)
{
	const struct stream_channel *ch = priv;

	return ch->len;
}

static int stream_lock(void *priv)
{
	struct stream_channel *ch = priv;

	if (!ch->len || ch->locked)
		return -1;
	ch->locked = true;
	ch->fresh = false;
	return 0;
}

static int stream_unlock(void *priv)
{
	struct stream_channel *ch = priv;

	if (ch->locked)
		ch->len = 0;
	ch->locked = false;
	return 0;
}

static u32 stream_size(void *priv)
{
	const struct stream_channel *ch = priv;

	return ch->len;
}

static unsigned int stream_shape(void *priv, u32 shape[4])
{
	const struct stream_channel *ch = priv;

	if (ch->len && ch->shape[2]) {
		memcpy(shape, ch->shape, sizeof(ch->shape));
		return 3;
	}
	shape[0] = ch->len ? ch->len - HEADER_SIZE : 0;
	return 1;
}

static const void *stream_readp(void *priv, u32 offset, u32 len)
{
	const struct stream_channel *ch = priv;

	if (offset > ch->len || len > ch->len - offset)
		return NULL;
	return ch->buf + offset;
}

static u32 word(const void *arg, u32 index)
{
	__le32 v;

	memcpy(&v, (const u8 *)arg + 4 * index, 4);
	return le32_to_cpu(v);
}

static void empty(struct stream_channel *ch)
{
	ch->len = 0;
	ch->locked = false;
	ch->fresh = false;
}

static int stream_ioctl(void *priv, u32 request, const void *arg, u32 len)
{
	struct stream_channel *ch = priv;

	if (request == OMV_STREAM_CTRL && len == 4) {
		ch->enabled = word(arg, 0) & 0xff;
		empty(ch);
	} else if (request == OMV_STREAM_RAW_CTRL && len == 4) {
		ch->raw = word(arg, 0) & 0xff;
	} else if (request == OMV_STREAM_RAW_CFG && len == 8) {
		ch->raw_width = word(arg, 0);
		ch->raw_height = word(arg, 1);
	} else if (request == OMV_STREAM_SOURCE && len == 4) {
		ch->source = word(arg, 0);
	} else {
		return OMV_IOCTL_INVALID;
	}
	return 0;
}

const struct omv_channel_ops stream_ops = {
	.poll = stream_poll,
	.lock = stream_lock,
	.unlock = stream_unlock,
	.size = stream_size,
	.shape = stream_shape,
	.readp = stream_readp,
	.ioctl = stream_ioctl,
};

bool stream_channel_free(const struct stream_channel *ch)
{
	return ch->enabled && !ch->locked && !ch->fresh && !omv_device_reading(ch->dev, ch->id);
}

bool stream_channel_fits(const struct stream_channel *ch, u32 len)
{
	return len <= ch->size - HEADER_SIZE;
}

bool stream_channel_publish(struct stream_channel *ch, const struct jpeg *pic, u32 pixfmt,
			    u64 now)
{
	struct omv_stream_hdr hdr;

	if (!stream_channel_fits(ch, pic->len))
		return false;
	ch->fps = channel_fps(ch->fps, ch->last, now);
	ch->last = now;
	raw_header(&hdr, pic, pixfmt, ch->fps);
	memcpy(ch->buf, &hdr, HEADER_SIZE);
	memcpy(ch->buf + HEADER_SIZE, pic->data, pic->len);
	ch->len = HEADER_SIZE + pic->len;
	ch->shape[0] = pic->width;
	ch->shape[1] = pic->height;
	ch->shape[2] = raw_bytes(pixfmt);
	ch->fresh = true;
	ch->published++;
	omv_device_event(ch->dev, ch->id, OMV_EV_NOTIFY);
	return true;
}

void stream_channel_reset(struct stream_channel *ch)
{
	empty(ch);
	ch->raw = false;
	ch->raw_width = ch->raw_height = 0;
	ch->source = 0;
}
