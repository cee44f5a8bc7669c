/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The channels that a script may register beside frame and config.
 */
#ifndef EXTRAS_H
#define EXTRAS_H

#include "channels.h"

#define EXTRAS_STORES	28	/* all ids that the built-in channels leave free */
#define EXTRAS_PICTURES	4

/**
 * struct extras_options - channels to register
 * @histogram: register "histogram"
 * @telemetry: register "telemetry"
 * @telemetry_ms: interval between events of "telemetry" in ms; 0 for no events
 * @trigger:   register "trigger"
 * @widgets:   register a CBORChannel
 * @widgets_on_read: the CBORChannel has an on_read()
 * @widgets_name: name of the CBORChannel
 * @stores:    channels that store bytes
 * @store_count: number of @stores
 * @pictures:  further picture channels
 * @picture_count: number of @pictures
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
	struct picture_spec pictures[EXTRAS_PICTURES];
	u32 picture_count;
};

/**
 * struct extras - the channels; the id of one that is not registered is 0
 * @histogram: see chan_histogram.c
 * @telemetry: see chan_telemetry.c
 * @trigger:   see chan_trigger.c
 * @widgets:   see chan_widgets.c
 * @stores:    see chan_store.c
 * @store_count: number of @stores that are registered
 * @pictures:  see chan_picture.c
 * @picture_count: number of @pictures that are registered
 */
struct extras {
	struct histogram_channel histogram;
	struct telemetry_channel telemetry;
	struct trigger_channel trigger;
	struct widgets_channel widgets;
	struct store_channel stores[EXTRAS_STORES];
	u32 store_count;
	struct picture_channel pictures[EXTRAS_PICTURES];
	u32 picture_count;
};

/**
 * extras_count() - count the channels to register
 * @o: options
 *
 * Return: number of channels
 */
u32 extras_count(const struct extras_options *o);

/**
 * extras_add() - register the channels that are not registered yet
 * @x: channels; the callbacks of trigger and widgets must be set
 * @dev: device
 * @o: channels to register
 *
 * Return: 0, -ENOSPC if the device has no free channel id for one of them, -ENOMEM
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
 * extras_run() - send periodic events and update values, as a script does
 * @x: channels
 * @now: time in ms
 *
 * Return: latest time of the next call, in ms; U64_MAX if none is needed
 */
u64 extras_run(struct extras *x, u64 now);

/**
 * extras_reset() - set all channels to their initial state, as a soft reboot does
 * @x: channels that are no longer registered
 */
void extras_reset(struct extras *x);

/**
 * extras_free() - free all memory
 * @x: channels that are no longer registered
 */
void extras_free(struct extras *x);

#endif /* EXTRAS_H */
