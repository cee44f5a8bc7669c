// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Finds the picture channels: the list of channels, and when they are asked.
 */
#include "omv_pictures_priv.h"

/* Channels that are never asked, whoever has registered them. */
static const char *const pictures_skip[] = {
	OMV_CHANNEL_STDIN, OMV_CHANNEL_STDOUT, OMV_CHANNEL_CONFIG, "profile",
};

/* Intervals in ms; the last one is repeated. */
static const u16 pictures_intervals[] = { 200, 500, 1000, 2000, 4000, 10000 };

/**
 * omv_pictures_init() - initialize a list without channels
 * @pictures: need not be zeroed
 * @host: host end for its requests
 * @ops: callbacks
 * @ctx: first argument of the callbacks
 *
 * Context: any, before the host end is started.
 */
void omv_pictures_init(struct omv_pictures *pictures, struct omv_host *host,
		       const struct omv_pictures_ops *ops, void *ctx)
{
	memset(pictures, 0, sizeof(*pictures));
	pictures->host = host;
	pictures->ops = ops;
	pictures->ctx = ctx;
	pictures->req.complete = pictures_complete;
}

/**
 * omv_pictures_may_have() - may a channel be a picture channel
 * @channel: row of the channel table
 *
 * Channels of a script that can be read may, except those with a meaning of
 * their own. "frame" and "stream" are inputs of the first video node.
 *
 * Context: any.
 *
 * Return: true if it may
 */
bool omv_pictures_may_have(const struct omv_channel *channel)
{
	const u8 flags = OMV_CHF_READ | OMV_CHF_DYNAMIC;
	unsigned int i;

	if ((channel->flags & (flags | OMV_CHF_PHYSICAL)) != flags ||
	    omv_channel_has_pictures(channel))
		return false;
	for (i = 0; i < ARRAY_SIZE(pictures_skip); i++)
		if (!strcmp(channel->name, pictures_skip[i]))
			return false;
	return true;
}

static int pictures_index(const struct omv_pictures *pictures, const char *name)
{
	unsigned int i;

	for (i = 0; i < pictures->count; i++)
		if (!strcmp(pictures->channels[i].name, name))
			return i;
	return -1;
}

/**
 * omv_pictures_find() - find a channel of the list
 * @pictures: list
 * @name: name of the channel
 *
 * Context: under the lock of the host end.
 *
 * Return: channel; NULL if it is not in the list
 */
const struct omv_picture_channel *
omv_pictures_find(const struct omv_pictures *pictures, const char *name)
{
	int i = pictures_index(pictures, name);

	return i < 0 ? NULL : &pictures->channels[i];
}

/**
 * omv_pictures_node() - what to do about the video node of a channel
 * @pictures: list
 * @name: name of the channel
 *
 * Context: under the lock of the host end.
 *
 * Return: see enum omv_picture_node
 */
enum omv_picture_node omv_pictures_node(const struct omv_pictures *pictures,
					const char *name)
{
	const struct omv_picture_channel *channel;

	channel = omv_pictures_find(pictures, name);
	if (!channel || channel->removed ||
	    channel->setting == OMV_PICTURE_NO)
		return OMV_PICTURE_REMOVE;
	if (!channel->id)
		return OMV_PICTURE_KEEP;
	if (channel->setting == OMV_PICTURE_YES ||
	    channel->result == OMV_PICTURE_FOUND)
		return OMV_PICTURE_CREATE;
	return channel->result == OMV_PICTURE_NONE ? OMV_PICTURE_REMOVE :
						     OMV_PICTURE_KEEP;
}

/* ---- the list --------------------------------------------------------- */

/*
 * Return: entry for another channel; that of a missing channel, preferably
 * without a setting, if the list is full. The table has fewer rows than the
 * list, so that there is one.
 */
static struct omv_picture_channel *pictures_new(struct omv_pictures *pictures)
{
	struct omv_picture_channel *channel, *spare = NULL;
	unsigned int i;

	if (pictures->count < ARRAY_SIZE(pictures->channels))
		return &pictures->channels[pictures->count++];
	for (i = 0; i < pictures->count; i++) {
		channel = &pictures->channels[i];
		if (!channel->id && (!spare || (spare->setting &&
						!channel->setting)))
			spare = channel;
	}
	return spare;
}

/* The entry must have an id soon, or the next call returns it again. */
static struct omv_picture_channel *pictures_add(struct omv_pictures *pictures,
						const char *name)
{
	struct omv_picture_channel *channel = pictures_new(pictures);

	if (!channel)
		return NULL;
	memset(channel, 0, sizeof(*channel));
	memcpy(channel->name, name, sizeof(channel->name));
	channel->due = U64_MAX;
	channel->missing = U64_MAX;
	return channel;
}

/* The channel may have different content from now on: ask it by @at. */
static void pictures_reset(struct omv_picture_channel *channel, u64 at)
{
	channel->result = OMV_PICTURE_UNKNOWN;
	channel->polling = false;
	channel->tries = 0;
	if (at < channel->due)
		channel->due = at;
}

/* A session that the channel has ended must not start with the same request. */
static u64 pictures_backoff(const struct omv_picture_channel *channel)
{
	return channel->timeouts ? 500ull << channel->timeouts : 0;
}

static void pictures_is_there(struct omv_picture_channel *channel,
			      const struct omv_channel *row, u64 now)
{
	channel->missing = U64_MAX;
	channel->removed = false;
	if (channel->id == row->id && channel->flags == row->flags) {
		if (channel->due != U64_MAX)
			channel->due = now + pictures_backoff(channel);
		return;
	}
	channel->id = row->id;
	channel->flags = row->flags;
	channel->timeouts = 0;
	pictures_reset(channel, now);
}

static void pictures_add_rows(struct omv_pictures *pictures, u64 now)
{
	const struct omv_host *host = pictures->host;
	struct omv_picture_channel *channel;
	const struct omv_channel *row;
	unsigned int i;

	for (i = 0; i < host->channel_count; i++) {
		row = omv_host_find(host, host->channels[i].name);
		if (!row || !omv_pictures_may_have(row) ||
		    pictures_index(pictures, row->name) >= 0)
			continue;
		channel = pictures_add(pictures, row->name);
		if (channel)
			pictures_is_there(channel, row, now);
	}
}

/* Does a script run? If main.py has ended, its channels stay (T-23). */
static bool pictures_have_script(const struct omv_pictures *pictures)
{
	const struct omv_host *host = pictures->host;
	unsigned int i;

	for (i = 0; i < host->channel_count; i++)
		if (host->channels[i].flags & OMV_CHF_DYNAMIC)
			return true;
	return pictures->running;
}

static void pictures_is_missing(struct omv_picture_channel *channel,
				bool script, u64 now)
{
	channel->id = 0;
	channel->result = OMV_PICTURE_UNKNOWN;
	channel->due = U64_MAX;
	if (!script)
		channel->missing = U64_MAX;
	else if (channel->missing == U64_MAX && !channel->removed)
		channel->missing = now;
}

static void pictures_update(struct omv_pictures *pictures, u64 now)
{
	bool script = pictures_have_script(pictures);
	struct omv_picture_channel *channel;
	const struct omv_channel *row;
	unsigned int i;

	if (pictures->host->state != OMV_HOST_READY)
		return;
	for (i = 0; i < pictures->count; i++) {
		channel = &pictures->channels[i];
		row = omv_host_find(pictures->host, channel->name);
		if (row && !omv_pictures_may_have(row))
			row = NULL;
		/* The response would be that of another channel. */
		if (i == pictures->asked && (!row || row->id != channel->id))
			pictures_abort(pictures);
		if (row)
			pictures_is_there(channel, row, now);
		else
			pictures_is_missing(channel, script, now);
	}
	pictures_add_rows(pictures, now);
	pictures->ops->changed(pictures->ctx);
}

/**
 * omv_pictures_link_changed() - the session or the channel table has changed
 * @pictures: list
 * @event: the change
 * @now: time in ms
 *
 * Must be called for each link_changed() of the host end, and with
 * OMV_LINK_DOWN after omv_host_stop().
 *
 * Context: under the lock of the host end. Calls ops->changed.
 */
void omv_pictures_link_changed(struct omv_pictures *pictures,
			       enum omv_link_event event, u64 now)
{
	unsigned int i;

	if (event == OMV_LINK_UP || event == OMV_LINK_CHANNELS) {
		pictures_update(pictures, now);
		return;
	}
	if (pictures->suspect)
		pictures_timed_out(pictures);
	pictures->suspect = false;
	pictures->running = false;
	pictures_abort(pictures);
	for (i = 0; i < pictures->count; i++)
		pictures->channels[i].missing = U64_MAX;
}

/* ---- time and events -------------------------------------------------- */

static void pictures_script_changed(struct omv_pictures *pictures, bool started,
				    u64 now)
{
	struct omv_picture_channel *channel;
	unsigned int i;

	pictures->running = started;
	pictures->no_poll = false;
	/* It may have registered the same channels before a LIST. */
	for (i = 0; started && i < pictures->count; i++) {
		channel = &pictures->channels[i];
		if (channel->id && channel->timeouts < OMV_PICTURES_TIMEOUTS)
			pictures_reset(channel, now + OMV_PICTURES_EVENT_MS);
	}
	pictures_update(pictures, now);
}

/* A channel that was empty may have content. */
static void pictures_announced(struct omv_picture_channel *channel, u64 now)
{
	if (channel->result || channel->timeouts)
		return;
	channel->polling = false;
	if (channel->due > now + OMV_PICTURES_EVENT_MS)
		channel->due = now + OMV_PICTURES_EVENT_MS;
}

/**
 * omv_pictures_event() - a channel sent an event
 * @pictures: list
 * @channel: channel id
 * @value: value of the event
 * @now: time in ms
 *
 * An event of "stdin" means that a script has started or ended (protocol 3.17);
 * that of a channel that was empty may mean that it is not any more.
 *
 * Context: under the lock of the host end. Calls ops->changed.
 */
void omv_pictures_event(struct omv_pictures *pictures, u8 channel, u16 value,
			u64 now)
{
	struct omv_picture_channel *asked;
	unsigned int i;

	/* Most events announce frames: search for "stdin" last. */
	for (i = 0; i < pictures->count; i++) {
		asked = &pictures->channels[i];
		if (asked->id == channel) {
			pictures_announced(asked, now);
			return;
		}
	}
	if (omv_host_is(pictures->host, channel, OMV_CHANNEL_STDIN))
		pictures_script_changed(pictures, value, now);
}

static bool pictures_is_asked(const struct omv_picture_channel *channel)
{
	return channel->id && channel->setting != OMV_PICTURE_NO;
}

/**
 * pictures_must_wait() - may a channel not be asked now
 * @pictures: list
 * @channel: channel
 * @now: time in ms
 *
 * While a client fetches frames, the channel has to wait.
 *
 * Context: under the lock of the host end.
 *
 * Return: true if so; it is asked later
 */
bool pictures_must_wait(struct omv_pictures *pictures,
			struct omv_picture_channel *channel, u64 now)
{
	if (!pictures->ops->claimed(pictures->ctx, channel->id))
		return false;
	channel->due = now + OMV_PICTURES_CLAIM_MS;
	return true;
}

/**
 * pictures_next() - ask the next channel that is due, if any
 * @pictures: list without an outstanding request
 * @now: time in ms
 *
 * Context: under the lock of the host end.
 */
void pictures_next(struct omv_pictures *pictures, u64 now)
{
	struct omv_picture_channel *channel;
	bool poll = false;
	unsigned int i;

	pictures->state = OMV_PICTURES_IDLE;
	if (pictures->host->state != OMV_HOST_READY)
		return;
	for (i = 0; i < pictures->count; i++) {
		channel = &pictures->channels[i];
		if (!pictures_is_asked(channel) || channel->due > now ||
		    pictures_must_wait(pictures, channel, now))
			continue;
		if (!channel->polling || pictures->no_poll) {
			pictures_begin(pictures, i, now);
			return;
		}
		poll = true;
	}
	if (poll)
		pictures_poll(pictures, now);
}

/**
 * pictures_retry() - ask a channel that is empty again later
 * @channel: channel
 * @now: time in ms
 *
 * Context: under the lock of the host end.
 */
void pictures_retry(struct omv_picture_channel *channel, u64 now)
{
	unsigned int last = ARRAY_SIZE(pictures_intervals) - 1;
	unsigned int i = channel->tries;

	channel->due = U64_MAX;
	if (channel->tries == OMV_PICTURES_TRIES)
		return;
	channel->tries++;
	channel->polling = channel->tries <= OMV_PICTURES_POLLS;
	channel->due = now + pictures_intervals[i < last ? i : last];
}

static u64 pictures_removal(const struct omv_picture_channel *channel)
{
	return channel->missing == U64_MAX ?
	       U64_MAX : channel->missing + OMV_PICTURES_GRACE_MS;
}

/**
 * omv_pictures_tick() - handle expired deadlines
 * @pictures: list
 * @now: time in ms
 *
 * Context: under the lock of the host end. Calls ops->changed.
 */
void omv_pictures_tick(struct omv_pictures *pictures, u64 now)
{
	struct omv_picture_channel *channel;
	bool removed = false;
	unsigned int i;

	for (i = 0; i < pictures->count; i++) {
		channel = &pictures->channels[i];
		if (now < pictures_removal(channel))
			continue;
		channel->missing = U64_MAX;
		channel->removed = true;
		removed = true;
	}
	if (removed)
		pictures->ops->changed(pictures->ctx);
	if (pictures->state == OMV_PICTURES_IDLE)
		pictures_next(pictures, now);
}

/**
 * omv_pictures_deadline() - time by which omv_pictures_tick() must be called
 * @pictures: list
 *
 * Context: under the lock of the host end.
 *
 * Return: time in ms, U64_MAX for never
 */
u64 omv_pictures_deadline(const struct omv_pictures *pictures)
{
	bool idle = pictures->state == OMV_PICTURES_IDLE &&
		    pictures->host->state == OMV_HOST_READY;
	const struct omv_picture_channel *channel;
	u64 at = U64_MAX, removal;
	unsigned int i;

	for (i = 0; i < pictures->count; i++) {
		channel = &pictures->channels[i];
		removal = pictures_removal(channel);
		if (removal < at)
			at = removal;
		if (idle && pictures_is_asked(channel) && channel->due < at)
			at = channel->due;
	}
	return at;
}

/* ---- the user --------------------------------------------------------- */

/**
 * omv_pictures_set() - set whether a channel gets a video node
 * @pictures: list
 * @name: name of the channel, in an array of OMV_NAME_SIZE bytes
 * @setting: see enum omv_picture_setting
 * @now: time in ms
 *
 * The setting is kept while the channel is missing. With OMV_PICTURE_AUTO a
 * channel is asked again, whatever it was before.
 *
 * Context: under the lock of the host end. Calls ops->changed.
 *
 * Return: 0 or -ENOSPC
 */
int omv_pictures_set(struct omv_pictures *pictures, const char *name,
		     enum omv_picture_setting setting, u64 now)
{
	int i = pictures_index(pictures, name);
	struct omv_picture_channel *channel;

	channel = i < 0 ? pictures_add(pictures, name) : &pictures->channels[i];
	if (!channel)
		return -ENOSPC;
	channel->setting = setting;
	if (channel->id && setting != OMV_PICTURE_NO &&
	    channel->result != OMV_PICTURE_FOUND) {
		channel->timeouts = 0;
		pictures_reset(channel, now);
	}
	pictures->ops->changed(pictures->ctx);
	return 0;
}
