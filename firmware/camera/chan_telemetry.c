// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include <math.h>
#include <stdio.h>

#include "../ports/port.h"
#include "channels.h"

static bool telemetry_poll(void *priv)
{
	const struct telemetry_channel *ch = priv;

	return ch->fresh || !ch->period;
}

/* A simulated temperature: it rises and falls by five degrees within a minute. */
static double temperature(u64 ms)
{
	return 35 + 5 * sin(ms * 2 * M_PI / 60000);
}

/* As in many scripts, SIZE generates the text for READ. */
static u32 telemetry_size(void *priv)
{
	struct telemetry_channel *ch = priv;
	u64 ms = (port_now() - ch->start) / 1000000;

	ch->fresh = false;
	ch->text_len = snprintf(ch->text, sizeof(ch->text),
				"{\"frame\": %u, \"fps\": %.1f, \"fpa_temp\": %.2f, "
				"\"uptime_ms\": %llu, \"quality\": %u}",
				ch->frame, ch->fps, temperature(ms), (unsigned long long)ms,
				ch->quality);
	return ch->text_len;
}

static s32 telemetry_read(void *priv, u32 offset, void *buf, u32 len)
{
	const struct telemetry_channel *ch = priv;

	return channel_copy(ch->text, ch->text_len, offset, buf, len);
}

const struct omv_channel_ops telemetry_ops = {
	.poll = telemetry_poll,
	.size = telemetry_size,
	.read = telemetry_read,
};

void telemetry_channel_frame(struct telemetry_channel *ch, const struct frame *frame, u64 now)
{
	ch->frame = frame->number;
	ch->quality = frame->quality;
	ch->fps = channel_fps(ch->fps, ch->last, now);
	ch->last = now;
}

u64 telemetry_channel_run(struct telemetry_channel *ch, u64 now)
{
	if (!ch->id || !ch->period)
		return U64_MAX;
	if (now >= ch->next) {
		ch->next = now + ch->period;
		ch->fresh = true;
		omv_device_event(ch->dev, ch->id, OMV_EV_NOTIFY);
	}
	return ch->next;
}

void telemetry_channel_reset(struct telemetry_channel *ch)
{
	*ch = (struct telemetry_channel){ .start = ch->start };
}
