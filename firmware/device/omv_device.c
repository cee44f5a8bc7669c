// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The device end: channels, events, the main loop.
 */
#include "omv_device_priv.h"

struct omv_device_channel *omv_device_channel(struct omv_device *dev, u8 id)
{
	if (id >= OMV_MAX_CHANNELS || !dev->channels[id].ops)
		return NULL;
	return &dev->channels[id];
}

static void default_caps(struct omv_device *dev)
{
	dev->seq = 0;
	dev->caps = OMV_CAPS_DEFAULT;
	dev->max_payload = (u16)(dev->config.rx_size - OMV_OVERHEAD);
}

static void set_name(struct omv_device_channel *ch, const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(ch->name) - 1 && name[i]; i++)
		ch->name[i] = name[i];
}

int omv_device_init(struct omv_device *dev, const struct omv_device_config *config)
{
	if (!config->pipe || !config->pipe->send || !config->pipe->now ||
	    !config->rx || !config->tx || !config->info ||
	    config->rx_size < OMV_MIN_PAYLOAD + OMV_OVERHEAD ||
	    config->rx_size > OMV_MAX_PACKET)
		return -EINVAL;

	memset(dev, 0, sizeof(*dev));
	dev->config = *config;
	dev->channels[OMV_CH_TRANSPORT].flags = OMV_CHF_PHYSICAL;
	set_name(&dev->channels[OMV_CH_TRANSPORT], "usb");
	default_caps(dev);
	return 0;
}

/* Start the oldest queued event, if nothing is being sent. */
static bool events_run(struct omv_device *dev)
{
	struct omv_device_pending ev;

	if (dev->tx.state != OMV_DEVICE_TX_IDLE || !dev->event_count)
		return false;
	ev = dev->events[0];
	dev->event_count--;
	memmove(dev->events, dev->events + 1,
		dev->event_count * sizeof(dev->events[0]));
	omv_device_tx_event(dev, &ev);
	return true;
}

/* Also in a channel operation: no packet is in progress when that is called. */
static void events_flush(struct omv_device *dev)
{
	bool busy = dev->busy;

	dev->busy = true;
	while (events_run(dev) && omv_device_tx_run(dev))
		;
	dev->busy = busy;
}

static int event_add(struct omv_device *dev, u8 channel, bool ack, u16 value)
{
	u32 i;

	if (!dev->active || !(dev->caps & OMV_CAP_EVENTS))
		return -ENOTCONN;
	for (i = 0; i < dev->event_count; i++) {
		if (channel && dev->events[i].channel == channel)
			break;
	}
	/* There is room for an event per channel: only system events can overflow. */
	if (i == OMV_DEVICE_EVENTS)
		return -ENOSPC;
	dev->events[i].channel = channel;
	dev->events[i].ack = ack;
	dev->events[i].value = value;
	if (i == dev->event_count)
		dev->event_count++;
	return 0;
}

static int event_send(struct omv_device *dev, u8 channel, bool ack, u16 value)
{
	int ret;

	if (!omv_device_channel(dev, channel))
		return -ENOENT;
	ret = event_add(dev, channel, ack, value);
	events_flush(dev);
	return ret;
}

int omv_device_event(struct omv_device *dev, u8 channel, u16 value)
{
	return event_send(dev, channel, false, value);
}

int omv_device_event_ack(struct omv_device *dev, u8 channel, u16 value)
{
	return event_send(dev, channel, true, value);
}

/* Section 8.1. */
static u8 derive_flags(const struct omv_channel_ops *ops, u8 flags)
{
	flags &= OMV_CHF_EXEC | OMV_CHF_STREAM | OMV_CHF_DYNAMIC;
	if (ops->read || ops->readp)
		flags |= OMV_CHF_READ;
	if (ops->write)
		flags |= OMV_CHF_WRITE;
	if (ops->lock && ops->unlock)
		flags |= OMV_CHF_LOCK;
	return flags;
}

int omv_device_add(struct omv_device *dev, const char *name,
		   const struct omv_channel_ops *ops, void *priv, u8 flags)
{
	struct omv_device_channel *ch;
	int id;

	if (!name || !ops)
		return -EINVAL;
	for (id = 1; id < OMV_MAX_CHANNELS && dev->channels[id].ops; id++)
		;
	if (id == OMV_MAX_CHANNELS)
		return -ENOSPC;
	if (ops->init && ops->init(priv))
		return -EINVAL;

	ch = &dev->channels[id];
	memset(ch, 0, sizeof(*ch));
	ch->ops = ops;
	ch->priv = priv;
	ch->flags = derive_flags(ops, flags);
	set_name(ch, name);
	if (flags & OMV_CHF_DYNAMIC) {
		event_add(dev, OMV_CH_TRANSPORT, false, OMV_EV_REGISTERED);
		events_flush(dev);
	}
	return id;
}

void omv_device_restart(struct omv_device *dev)
{
	struct omv_device_channel *ch;

	omv_device_tx_cancel(dev);
	omv_device_rx_flush(dev);
	dev->last.open = false;
	dev->last.valid = false;
	default_caps(dev);
	for (ch = dev->channels; ch < dev->channels + OMV_MAX_CHANNELS; ch++) {
		if (ch->ops && ch->ops->unlock)
			ch->ops->unlock(ch->priv);
	}
}

/* Drop the queued events of dynamic channels, which are about to be removed. */
static void events_forget_dynamic(struct omv_device *dev)
{
	u32 i, kept = 0;

	for (i = 0; i < dev->event_count; i++) {
		u8 id = dev->events[i].channel;

		if (id && !(dev->channels[id].flags & OMV_CHF_DYNAMIC))
			dev->events[kept++] = dev->events[i];
	}
	dev->event_count = kept;
}

static void soft_reboot(struct omv_device *dev)
{
	struct omv_device_channel *ch;

	dev->reboot = false;
	events_forget_dynamic(dev);
	event_add(dev, OMV_CH_TRANSPORT, false, OMV_EV_SOFT_REBOOT);
	/* Before the restart, if possible: the event carries the old counter (12.7). */
	events_flush(dev);
	omv_device_restart(dev);
	dev->lock_from = 0;
	for (ch = dev->channels; ch < dev->channels + OMV_MAX_CHANNELS; ch++) {
		if (ch->flags & OMV_CHF_DYNAMIC)
			memset(ch, 0, sizeof(*ch));
	}
}

void omv_device_soft_reboot(struct omv_device *dev)
{
	if (dev->busy)
		dev->reboot = true;
	else
		soft_reboot(dev);
}

void omv_device_set_active(struct omv_device *dev, bool active)
{
	dev->active = active;
	if (active)
		return;
	omv_device_rx_flush(dev);
	omv_device_tx_drop(dev);
	dev->event_count = 0;
}

/* Return: false if there was nothing to do */
static bool device_step(struct omv_device *dev)
{
	bool waits = dev->tx.state == OMV_DEVICE_TX_ACK_WAIT;

	if ((dev->resp.active || dev->tx.state != OMV_DEVICE_TX_IDLE) &&
	    omv_device_rx_scan(dev, waits))
		return true;
	if (waits)
		return omv_device_tx_timeout(dev);
	if (dev->tx.state == OMV_DEVICE_TX_SENDING)
		return omv_device_tx_run(dev);
	if (events_run(dev))
		return true;
	if (dev->resp.active) {
		omv_device_respond_next(dev);
		return true;
	}
	return !dev->reboot && omv_device_rx_parse(dev);
}

void omv_device_poll(struct omv_device *dev)
{
	u32 sent = dev->stats.sent_packets;

	if (dev->busy)
		return;
	dev->busy = true;
	dev->rx.fresh = false;
	dev->again = false;
	while (!dev->again && device_step(dev))
		dev->again = dev->stats.sent_packets - sent >= OMV_DEVICE_BURST;
	dev->busy = false;

	/* Requested by a channel operation: wait until its response was sent. */
	if (dev->reboot && !dev->resp.active &&
	    dev->tx.state == OMV_DEVICE_TX_IDLE)
		soft_reboot(dev);
}

u64 omv_device_deadline(const struct omv_device *dev)
{
	if (!dev->active)
		return dev->reboot ? 0 : U64_MAX;
	if (dev->again || dev->rx.fresh)
		return 0;
	switch (dev->tx.state) {
	case OMV_DEVICE_TX_SENDING:
		return dev->tx.since + OMV_DEVICE_STALL_MS;
	case OMV_DEVICE_TX_ACK_WAIT:
		return dev->tx.deadline;
	default:
		return dev->resp.active || dev->event_count || dev->reboot ?
			0 : U64_MAX;
	}
}

bool omv_device_is_sending(const struct omv_device *dev)
{
	return dev->tx.state != OMV_DEVICE_TX_IDLE || dev->event_count;
}

bool omv_device_reading(const struct omv_device *dev, u8 channel)
{
	return channel && (dev->tx.lent == channel ||
			   (dev->resp.active && dev->resp.lent == channel));
}
