// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "extras.h"

u32 extras_count(const struct extras_options *o)
{
	return o->histogram + o->telemetry + o->trigger + o->widgets + o->store_count +
	       o->picture_count;
}

/* A channel that a stopped script left registered is reused. */
static int add(struct omv_device *dev, bool wanted, u8 *id, const char *name,
	       const struct omv_channel_ops *ops, void *priv)
{
	int got;

	if (!wanted || *id)
		return 0;
	got = omv_device_add(dev, name, ops, priv, OMV_CHF_DYNAMIC);
	if (got < 0)
		return got;
	*id = got;
	return 0;
}

static int add_stores(struct extras *x, struct omv_device *dev, const struct extras_options *o)
{
	u32 old = x->store_count;

	for (u32 i = 0; i < o->store_count; i++) {
		int err;

		if (i < old && !strcmp(x->stores[i].spec.name, o->stores[i].name))
			continue;
		if (x->store_count == EXTRAS_STORES)
			return -ENOSPC;
		err = store_channel_add(&x->stores[x->store_count], dev, &o->stores[i]);
		if (err)
			return err;
		x->store_count++;
	}
	return 0;
}

static int add_pictures(struct extras *x, struct omv_device *dev, const struct extras_options *o)
{
	u32 old = x->picture_count;
	int err;

	for (u32 i = 0; i < o->picture_count; i++) {
		if (i < old && !strcmp(x->pictures[i].spec.name, o->pictures[i].name))
			continue;
		if (x->picture_count == EXTRAS_PICTURES)
			return -ENOSPC;
		err = picture_channel_add(&x->pictures[x->picture_count], dev, &o->pictures[i]);
		if (err)
			return err;
		x->picture_count++;
	}
	return 0;
}

int extras_add(struct extras *x, struct omv_device *dev, const struct extras_options *o)
{
	int err;

	x->histogram.dev = dev;
	x->telemetry.dev = dev;
	x->telemetry.period = o->telemetry_ms;
	x->trigger.dev = dev;
	x->widgets.dev = dev;
	x->widgets.on_read = o->widgets_on_read;
	err = add(dev, o->histogram, &x->histogram.id, "histogram", &histogram_ops,
		  &x->histogram);
	if (!err)
		err = add(dev, o->telemetry, &x->telemetry.id, "telemetry", &telemetry_ops,
			  &x->telemetry);
	if (!err)
		err = add(dev, o->trigger, &x->trigger.id, "trigger", &trigger_ops, &x->trigger);
	if (!err)
		err = add(dev, o->widgets, &x->widgets.id, o->widgets_name, &widgets_ops,
			  &x->widgets);
	if (!err)
		err = add_stores(x, dev, o);
	return err ? err : add_pictures(x, dev, o);
}

void extras_frame(struct extras *x, const struct frame *frame, u64 now)
{
	histogram_channel_frame(&x->histogram, frame->jpeg);
	telemetry_channel_frame(&x->telemetry, frame, now);
}

static u64 earlier(u64 a, u64 b)
{
	return a < b ? a : b;
}

u64 extras_run(struct extras *x, u64 now)
{
	u64 next = earlier(telemetry_channel_run(&x->telemetry, now),
			   widgets_channel_run(&x->widgets, now));

	for (u32 i = 0; i < x->store_count; i++)
		next = earlier(next, store_channel_run(&x->stores[i], now));
	for (u32 i = 0; i < x->picture_count; i++)
		next = earlier(next, picture_channel_run(&x->pictures[i], now));
	return next;
}

void extras_reset(struct extras *x)
{
	histogram_channel_reset(&x->histogram);
	telemetry_channel_reset(&x->telemetry);
	trigger_channel_reset(&x->trigger);
	widgets_channel_reset(&x->widgets);
	x->store_count = 0;
	for (u32 i = 0; i < x->picture_count; i++)
		picture_channel_reset(&x->pictures[i]);
	x->picture_count = 0;
}

void extras_free(struct extras *x)
{
	extras_reset(x);
	for (u32 i = 0; i < EXTRAS_PICTURES; i++)
		picture_channel_free(&x->pictures[i]);
}
