// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "channels.h"

static bool stdin_poll(void *priv)
{
	const struct stdin_channel *ch = priv;

	return ch->running;
}

/*
 * Offset 0 empties the buffer first, any other offset appends. Text that does not fit is
 * acknowledged but lost, as on stock firmware.
 */
static s32 stdin_write(void *priv, u32 offset, const void *buf, u32 len)
{
	struct stdin_channel *ch = priv;

	if (!offset)
		ch->script_len = 0;
	if (len <= SCRIPT_MAX - ch->script_len) {
		memcpy(ch->script + ch->script_len, buf, len);
		ch->script_len += len;
	}
	return len;
}

static int stdin_ioctl(void *priv, u32 request, const void *arg, u32 len)
{
	struct stdin_channel *ch = priv;

	(void)arg;
	if (len)
		return OMV_IOCTL_INVALID;
	switch (request) {
	case OMV_STDIN_STOP:
		ch->stop = true;
		return 0;
	case OMV_STDIN_EXEC:
		if (!ch->script_len)
			return -1;
		ch->exec = true;
		return 0;
	case OMV_STDIN_RESET:
		ch->script_len = 0;
		return 0;
	}
	return OMV_IOCTL_INVALID;
}

const struct omv_channel_ops stdin_ops = {
	.poll = stdin_poll,
	.write = stdin_write,
	.ioctl = stdin_ioctl,
};

static u32 used(const struct stdout_channel *ch)
{
	return ch->in - ch->out;
}

static bool stdout_poll(void *priv)
{
	return used(priv);
}

static u32 stdout_size(void *priv)
{
	return used(priv);
}

static s32 stdout_read(void *priv, u32 offset, void *buf, u32 len)
{
	struct stdout_channel *ch = priv;
	u8 *to = buf;

	(void)offset;
	if (len > used(ch))
		len = used(ch);
	for (u32 i = 0; i < len; i++)
		to[i] = ch->ring[ch->out++ % ch->size];
	ch->event_sent = false;
	return len;
}

const struct omv_channel_ops stdout_ops = {
	.poll = stdout_poll,
	.size = stdout_size,
	.read = stdout_read,
};

void stdout_channel_print(struct stdout_channel *ch, const void *text, u32 len)
{
	u32 capacity = ch->size - 1;
	const u8 *from = text;

	if (!len)
		return;
	if (!used(ch))
		ch->next = 0;
	if (len > capacity - used(ch)) {
		ch->out = ch->in;
		ch->event_sent = false;
	}
	if (len > capacity) {
		from += len - capacity;
		len = capacity;
	}
	for (u32 i = 0; i < len; i++)
		ch->ring[ch->in++ % ch->size] = from[i];
	if (!ch->event_sent && used(ch) > ch->size / 2) {
		ch->event_sent = true;
		omv_device_event(ch->dev, ch->id, OMV_EV_NOTIFY);
	}
}

u64 stdout_channel_run(struct stdout_channel *ch, u64 now)
{
	if (!used(ch))
		return U64_MAX;
	if (!ch->next) {
		ch->next = now + STDOUT_PERIOD_MS;
	} else if (now >= ch->next) {
		ch->next = now + STDOUT_PERIOD_MS;
		omv_device_event(ch->dev, ch->id, OMV_EV_NOTIFY);
	}
	return ch->next;
}
