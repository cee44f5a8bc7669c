// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include <stdio.h>

#include "channels.h"

static bool trigger_poll(void *priv)
{
	const struct trigger_channel *ch = priv;

	return ch->fresh;
}

static u32 trigger_size(void *priv)
{
	struct trigger_channel *ch = priv;

	ch->fresh = false;
	ch->text_len = snprintf(ch->text, sizeof(ch->text), "%u\n", ch->count);
	return ch->text_len;
}

static s32 trigger_read(void *priv, u32 offset, void *buf, u32 len)
{
	const struct trigger_channel *ch = priv;

	return channel_copy(ch->text, ch->text_len, offset, buf, len);
}

static s32 trigger_write(void *priv, u32 offset, const void *buf, u32 len)
{
	(void)offset;
	trigger_channel_press(priv, buf, len);
	return len;
}

const struct omv_channel_ops trigger_ops = {
	.poll = trigger_poll,
	.size = trigger_size,
	.read = trigger_read,
	.write = trigger_write,
};

void trigger_channel_press(struct trigger_channel *ch, const char *text, u32 len)
{
	ch->count++;
	ch->fresh = true;
	if (ch->pressed)
		ch->pressed(ch->ctx, ch->count, text, len);
	omv_device_event(ch->dev, ch->id, ch->count & TRIGGER_MASK);
}

void trigger_channel_reset(struct trigger_channel *ch)
{
	*ch = (struct trigger_channel){ .pressed = ch->pressed, .ctx = ch->ctx };
}
