// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The detection: interface for the owner.
 */
#include "omv_detect_priv.h"

/**
 * omv_detect_init() - initialize a detection without inputs
 * @detect: detection; need not be zeroed
 * @host: host end for its requests
 * @ops: callbacks
 * @ctx: first argument of the callbacks
 *
 * Context: any, before the host end is started.
 */
void omv_detect_init(struct omv_detect *detect, struct omv_host *host,
		     const struct omv_detect_ops *ops, void *ctx)
{
	memset(detect, 0, sizeof(*detect));
	detect->host = host;
	detect->ops = ops;
	detect->ctx = ctx;
	detect->due = U64_MAX;
	detect->req.complete = detect_complete;
}

static void detect_link_down(struct omv_detect *detect)
{
	unsigned int i;

	for (i = 0; i < detect->nr_inputs; i++)
		if (detect_is_stream(&detect->inputs[i]))
			detect->inputs[i].signal = false;
	if (detect->suspect)
		detect_timed_out(detect);
	detect->suspect = false;
	detect_abort(detect);
}

static void detect_no_signal(struct omv_detect *detect)
{
	unsigned int i;

	for (i = 0; i < detect->nr_inputs; i++)
		detect->inputs[i].signal = false;
}

static void detect_set_lost(struct omv_detect *detect, bool lost)
{
	unsigned int i;

	for (i = 0; i < detect->nr_inputs; i++)
		detect->inputs[i].lost = lost;
}

static void detect_link_up(struct omv_detect *detect, bool changed, u64 now)
{
	detect_no_signal(detect);
	detect_set_lost(detect, false);
	/* Its session, or its channel, does not exist any more. */
	if (!changed || !omv_host_is(detect->host, detect->channel,
				     detect->inputs[detect->probing].name))
		detect_abort(detect);
	detect_auto_select(detect);
	detect_restart(detect, now);
}

/**
 * omv_detect_link_changed() - the session or the channel table has changed
 * @detect: detection
 * @event: the change
 * @now: time in ms
 *
 * Must be called for each link_changed() of the host end, and with
 * OMV_LINK_DOWN after omv_host_stop(). After a change of session or channel
 * table a different script may run: an input is selected, and a detection
 * starts, delayed if the previous ones caused the loss of the session (T-32).
 *
 * Context: under the lock of the host end. Calls ops->changed and ops->idle.
 */
void omv_detect_link_changed(struct omv_detect *detect,
			     enum omv_link_event event, u64 now)
{
	switch (event) {
	case OMV_LINK_UP:
	case OMV_LINK_CHANNELS:
		detect_link_up(detect, event == OMV_LINK_CHANNELS, now);
		break;
	case OMV_LINK_DOWN:
	case OMV_LINK_LOST:
		detect_link_down(detect);
		break;
	}
}

/* An event of "stdin": a script has started or ended. */
static void detect_script_changed(struct omv_detect *detect, bool started,
				  u64 now)
{
	/* Without a soft reboot its channels stay (T-23). */
	if (!started)
		detect_set_lost(detect, true);
	detect->attempts = 0;
	detect_no_signal(detect);
	if (detect->streaming)
		detect->pending = true;
	else
		detect_schedule_event(detect, now);
}

static void detect_not_lost(struct omv_detect *detect, u8 channel)
{
	unsigned int i;

	for (i = 0; i < detect->nr_inputs; i++)
		if (detect->inputs[i].lost &&
		    omv_host_is(detect->host, channel, detect->inputs[i].name))
			detect->inputs[i].lost = false;
}

/**
 * omv_detect_event() - a channel sent an event that is not for the pump
 * @detect: detection
 * @channel: channel id
 * @value: value of the event
 * @now: time in ms
 *
 * An event of "stdin" means that a script has started or ended (protocol 3.17),
 * so that the format may change. An event of an input announces a frame; that
 * of the selected input starts a detection while its format is unknown. Events
 * may be frequent (T-18).
 *
 * Context: under the lock of the host end.
 */
void omv_detect_event(struct omv_detect *detect, u8 channel, u16 value, u64 now)
{
	struct omv_input *input = omv_detect_input(detect);

	if (omv_host_is(detect->host, channel, OMV_CHANNEL_STDIN)) {
		detect_script_changed(detect, value, now);
		return;
	}
	detect_not_lost(detect, channel);
	if (detect->streaming || input->signal ||
	    !omv_host_is(detect->host, channel, input->name))
		return;
	/* Caused by the running detection, which has enabled "stream". */
	if (detect_is_running(detect) && detect_is_stream(input))
		return;
	detect_schedule_event(detect, now);
}

/**
 * omv_detect_tick() - handle expired deadlines
 * @detect: detection
 * @now: time in ms
 *
 * Context: under the lock of the host end. Calls ops->changed, ops->idle and
 * ops->refetch.
 */
void omv_detect_tick(struct omv_detect *detect, u64 now)
{
	if (now < omv_detect_deadline(detect))
		return;
	if (detect->state == OMV_DETECT_LOCK_WAIT)
		detect_stream_tick(detect, now);
	else
		detect_begin(detect, now);
}

/**
 * omv_detect_deadline() - time by which omv_detect_tick() must be called
 * @detect: detection
 *
 * Context: under the lock of the host end.
 *
 * Return: time in ms, U64_MAX for never
 */
u64 omv_detect_deadline(const struct omv_detect *detect)
{
	if (detect->state == OMV_DETECT_LOCK_WAIT)
		return detect->wake;
	return detect->state == OMV_DETECT_WAIT ? detect->due : U64_MAX;
}

/**
 * omv_detect_is_busy() - is the format of the selected input being detected
 * @detect: detection
 *
 * While it is, the pump must not start, and the format is not final. A
 * detection for an unrecognized frame of a running stream does not count.
 *
 * Context: under the lock of the host end.
 *
 * Return: true if ops->idle will be called
 */
bool omv_detect_is_busy(const struct omv_detect *detect)
{
	if (!detect_is_running(detect))
		return false;
	return detect->again ||
	       (detect->probing == detect->input && !detect->in_stream);
}

/**
 * omv_detect_again() - the content of the selected input may have changed
 * @detect: detection
 * @now: time in ms
 *
 * Starts a detection, after the end of a stream if one is running.
 *
 * Context: under the lock of the host end. Calls ops->changed.
 */
void omv_detect_again(struct omv_detect *detect, u64 now)
{
	if (detect->streaming)
		detect->pending = true;
	else
		detect_restart(detect, now);
}

/**
 * omv_detect_select() - select an input for the user
 * @detect: detection
 * @index: index of the input
 * @now: time in ms
 *
 * The input stays selected from then on. If its format is unknown, a detection
 * starts: see omv_detect_is_busy().
 *
 * Context: under the lock of the host end. Calls ops->changed.
 *
 * Return: 0; -EINVAL if there is no such input; -EBUSY if the input would
 * change while buffers are allocated
 */
int omv_detect_select(struct omv_detect *detect, unsigned int index, u64 now)
{
	if (index >= detect->nr_inputs)
		return -EINVAL;
	if (index != detect->input && (detect->allocated || detect->streaming))
		return -EBUSY;
	detect->user_input = true;
	if (index == detect->input)
		return 0;
	detect->input = index;
	detect_show(detect, &detect->inputs[index].picture);
	if (detect->inputs[index].signal)
		detect_cut(detect, now);
	else
		detect_restart(detect, now);
	return 0;
}

/**
 * omv_detect_set_allocated() - buffers were allocated or freed
 * @detect: detection
 * @allocated: buffers are allocated
 * @now: time in ms
 *
 * Context: under the lock of the host end. Calls ops->changed.
 */
void omv_detect_set_allocated(struct omv_detect *detect, bool allocated,
			      u64 now)
{
	detect->allocated = allocated;
	if (allocated || detect->streaming || !detect->pending)
		return;
	detect_auto_select(detect);
	/* A running detection is sufficient: its result can be applied now. */
	if (detect_is_running(detect) && !detect->cut &&
	    detect->probing == detect->input)
		detect->pending = false;
	else
		detect_restart(detect, now);
}

/**
 * omv_detect_stream_on() - a stream starts
 * @detect: detection
 * @now: time in ms
 *
 * The pump must not be started before omv_detect_is_busy() is false, which
 * ops->idle reports. A running detection ends as soon as possible.
 *
 * Context: under the lock of the host end.
 */
void omv_detect_stream_on(struct omv_detect *detect, u64 now)
{
	const struct omv_picture *picture = &detect->picture;

	detect->streaming = true;
	detect->pixfmt = picture->pixfmt ? picture->pixfmt : OMV_PIX_JPEG;
	memset(&detect->stream_raw, 0, sizeof(detect->stream_raw));
	if (omv_picture_line(picture->pixfmt, 1))
		detect->stream_raw = *picture;
	detect->unrecognized = 0;
	detect->header_mismatch = false;
	omv_rate_restart(&omv_detect_input(detect)->rate);
	if (detect_is_running(detect))
		detect->pending = true;
	detect->again = false;
	detect_cut(detect, now);
}

/**
 * omv_detect_stream_off() - the stream has ended
 * @detect: detection
 * @stalled: omv_pump_is_stalled() of its pump
 * @now: time in ms
 *
 * Context: under the lock of the host end. Calls ops->changed.
 */
void omv_detect_stream_off(struct omv_detect *detect, bool stalled, u64 now)
{
	if (stalled && detect->streaming)
		omv_detect_input(detect)->lost = true;
	detect->streaming = false;
	if (detect->pending)
		detect_restart(detect, now);
}

/**
 * omv_detect_announced() - a frame of the running stream was announced
 * @detect: detection
 *
 * Context: under the lock of the host end.
 */
void omv_detect_announced(struct omv_detect *detect)
{
	omv_detect_input(detect)->lost = false;
}
