/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The channels that a script may register beside frame and config.
 */
#ifndef EXTRAS_H
#define EXTRAS_H

#include "channels.h"

#define EXTRAS_STORES	28	/* all ids that the firmware leaves */

/**
 * struct extras_options - which
 * @histogram: there is "histogram"
 * @telemetry: there is "telemetry"
 * @telemetry_ms: from event to event of it; 0 for none
 * @trigger:   there is "trigger"
 * @widgets:   there is a CBORChannel
 * @widgets_on_read: it has an on_read()
 * @widgets_name: of it
 * @stores:    channels that keep bytes
 * @store_count: so many
 */
struct extras_options {
	bool histogram;
	bool telemetry;
	u32 telemetry_ms;
	bool trigger;
	bool widgets;
	bool widgets_on_read;
	char widgets_name[OMV_NAME_SIZE];
	struct store_spec stores[EXTRAS_STORES];
	u32 store_count;
};

/**
 * struct extras - the channels; those that are not registered have an id of 0
 * @histogram: see chan_histogram.c
 * @telemetry: see chan_telemetry.c
 * @trigger:   see chan_trigger.c
 * @widgets:   see chan_widgets.c
 * @stores:    see chan_store.c
 * @store_count: so many of them are registered
 */
struct extras {
	struct histogram_channel histogram;
	struct telemetry_channel telemetry;
	struct trigger_channel trigger;
	struct widgets_channel widgets;
	struct store_channel stores[EXTRAS_STORES];
	u32 store_count;
};

/**
 * extras_count() - how many channels are these
 * @o: options
 *
 * Return: so many
 */
u32 extras_count(const struct extras_options *o);

/**
 * extras_add() - register those that are not there yet
 * @x: channels
 * @dev: device
 * @o: which
 *
 * The hooks of trigger and widgets are set already.
 *
 * Return: 0, -ENOSPC if the device has no room for one
 */
int extras_add(struct extras *x, struct omv_device *dev, const struct extras_options *o);

/**
 * extras_frame() - a frame was captured
 * @x: channels
 * @frame: frame
 * @now: time in ns
 */
void extras_frame(struct extras *x, const struct frame *frame, u64 now);

/**
 * extras_run() - do what a script does by itself
 * @x: channels
 * @now: time in ms
 *
 * Return: when to call again at the latest, in ms; U64_MAX for never
 */
u64 extras_run(struct extras *x, u64 now);

/**
 * extras_reset() - forget them, as a soft reboot does
 * @x: channels that are not registered any more
 */
void extras_reset(struct extras *x);

#endif /* EXTRAS_H */
