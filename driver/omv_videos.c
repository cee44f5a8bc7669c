// SPDX-License-Identifier: GPL-2.0-only
/*
 * Creates and removes the further video nodes of a camera.
 *
 * A node is created when pictures are found in a channel, and removed when the
 * next script does not have the channel, but not while a file of the node is
 * open: then the input has no signal, and the stream goes on when the channel
 * returns.
 */
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string_helpers.h>
#include <media/v4l2-device.h>

#include "core/omv_card.h"
#include "core/omv_plan.h"
#include "omv_video.h"
#include "omv_videos.h"

/* How long the registration of a node waits for its format, in ms. */
#define OMV_EXTRA_MS	1000

/* Bits of omv_videos.warned. */
enum {
	OMV_VIDEOS_WARN_CREATE,
};

/**
 * struct omv_extra - a further video node
 * @video:   video node
 * @videos:  list that the node is in, or was in
 * @list:    entry in omv_videos.list
 * @registered: the node was registered: &omv_video_ops.release frees it
 * @channel: name of the channel
 * @safe:    @channel with characters that are safe in a path
 */
struct omv_extra {
	struct omv_video video;
	struct omv_videos *videos;
	struct list_head list;
	bool registered;
	char channel[OMV_NAME_SIZE];
	char safe[OMV_NAME_SIZE];
};

static struct omv_extra *to_omv_extra(struct omv_video *video)
{
	return container_of(video, struct omv_extra, video);
}

static void omv_videos_queue(struct omv_videos *videos)
{
	lockdep_assert_held(&videos->client.link->lock);
	if (videos->enabled && !videos->client.link->disconnected)
		queue_work(system_freezable_wq, &videos->work);
}

/* The caller holds @lock of @videos, or the lock of the link. */
static struct omv_extra *omv_videos_find(struct omv_videos *videos,
					 const char *channel)
{
	struct omv_extra *extra;

	list_for_each_entry(extra, &videos->list, list)
		if (!strcmp(extra->channel, channel))
			return extra;
	return NULL;
}

/* ---- one node --------------------------------------------------------- */

static void omv_extra_unused(struct omv_video *video)
{
	struct omv_videos *videos = to_omv_extra(video)->videos;
	struct omv_link *link = videos->client.link;
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	omv_videos_queue(videos);
	spin_unlock_irqrestore(&link->lock, flags);
}

/* If a registration fails, some kernels call this, and others do not. */
static void omv_extra_release(struct omv_video *video)
{
	struct omv_extra *extra = to_omv_extra(video);

	if (extra->registered)
		kvfree(extra);
}

static const struct omv_video_ops omv_extra_ops = {
	.unused = omv_extra_unused,
	.release = omv_extra_release,
};

static struct omv_extra *omv_extra_new(struct omv_videos *videos,
				       const char *channel)
{
	struct omv_link *link = videos->client.link;
	struct omv_extra *extra = kvzalloc(sizeof(*extra), GFP_KERNEL);
	char name[OMV_CARD_SIZE];
	struct omv_video_config config = {
		.name = name,
		.ops = &omv_extra_ops,
	};
	int ret;

	if (!extra)
		return ERR_PTR(-ENOMEM);
	extra->videos = videos;
	memcpy(extra->channel, channel, sizeof(extra->channel));
	memcpy(extra->safe, channel, sizeof(extra->safe));
	omv_plan_sanitise(extra->safe);
	config.channel = extra->safe;
	omv_card_channel(name, videos->name, extra->safe);
	ret = omv_video_init(&extra->video, link, videos->v4l2_dev, &config);
	if (ret) {
		kvfree(extra);
		return ERR_PTR(ret);
	}
	omv_video_add_input(&extra->video, extra->channel, &omv_fetch_frame);
	omv_video_set_shape_first(&extra->video);
	return extra;
}

static void omv_extra_add(struct omv_extra *extra)
{
	struct omv_videos *videos = extra->videos;
	struct omv_link *link = videos->client.link;
	unsigned long flags;

	omv_video_attach(&extra->video);
	spin_lock_irqsave(&link->lock, flags);
	list_add_tail(&extra->list, &videos->list);
	spin_unlock_irqrestore(&link->lock, flags);
}

static void omv_extra_del(struct omv_extra *extra)
{
	struct omv_link *link = extra->videos->client.link;
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	list_del(&extra->list);
	spin_unlock_irqrestore(&link->lock, flags);
	omv_video_detach(&extra->video);
}

static bool omv_extra_is_detected(struct omv_extra *extra)
{
	return READ_ONCE(extra->videos->client.link->disconnected) ||
	       !omv_video_is_detecting(&extra->video);
}

static int omv_extra_register(struct omv_extra *extra)
{
	int ret;

	wait_event_timeout(extra->videos->client.link->wait,
			   omv_extra_is_detected(extra),
			   msecs_to_jiffies(OMV_EXTRA_MS));
	ret = omv_video_register(&extra->video);
	if (ret) {
		omv_extra_del(extra);
		kvfree(extra);
		return ret;
	}
	extra->registered = true;
	return 0;
}

static int omv_extra_create(struct omv_videos *videos, const char *channel)
{
	struct omv_extra *extra = omv_extra_new(videos, channel);

	if (IS_ERR(extra))
		return PTR_ERR(extra);
	omv_extra_add(extra);
	return omv_extra_register(extra);
}

/* ---- the work --------------------------------------------------------- */

static void omv_videos_update(struct omv_extra *extra)
{
	const struct omv_pictures *pictures = &extra->videos->pictures;
	struct omv_link *link = extra->videos->client.link;
	const struct omv_picture_channel *channel;
	enum omv_picture_node node;
	unsigned long flags;
	bool disabled;

	spin_lock_irqsave(&link->lock, flags);
	node = omv_pictures_node(pictures, extra->channel);
	channel = omv_pictures_find(pictures, extra->channel);
	disabled = channel && channel->setting == OMV_PICTURE_NO;
	spin_unlock_irqrestore(&link->lock, flags);

	omv_stream_set_disabled(&extra->video, disabled);
	if (node == OMV_PICTURE_REMOVE && omv_video_retire(&extra->video)) {
		omv_extra_del(extra);
		omv_video_unregister(&extra->video);
	}
}

/* Return: true if channel number @i needs a node; its name is in @channel */
static bool omv_videos_needs(struct omv_videos *videos, unsigned int i,
			     char channel[OMV_NAME_SIZE])
{
	const struct omv_pictures *pictures = &videos->pictures;
	struct omv_link *link = videos->client.link;
	unsigned long flags;
	bool needs = false;

	spin_lock_irqsave(&link->lock, flags);
	if (i < pictures->count && !link->disconnected) {
		memcpy(channel, pictures->channels[i].name, OMV_NAME_SIZE);
		needs = omv_pictures_node(pictures, channel) ==
			OMV_PICTURE_CREATE &&
			!omv_videos_find(videos, channel);
	}
	spin_unlock_irqrestore(&link->lock, flags);
	return needs;
}

static void omv_videos_work(struct work_struct *work)
{
	struct omv_videos *videos = container_of(work, struct omv_videos, work);
	struct omv_extra *extra, *next;
	char channel[OMV_NAME_SIZE];
	unsigned int i;
	int ret;

	mutex_lock(&videos->lock);
	list_for_each_entry_safe(extra, next, &videos->list, list)
		omv_videos_update(extra);
	for (i = 0; i < OMV_MAX_CHANNELS; i++) {
		if (!omv_videos_needs(videos, i, channel))
			continue;
		ret = omv_extra_create(videos, channel);
		if (ret)
			omv_warn_once(videos->client.link->dev, &videos->warned,
				      OMV_VIDEOS_WARN_CREATE,
				      "cannot create a video node for channel %*pE: %d\n",
				      (int)strlen(channel), channel, ret);
	}
	mutex_unlock(&videos->lock);
}

/* ---- callbacks -------------------------------------------------------- */

static void omv_videos_pictures_changed(void *ctx)
{
	omv_videos_queue(ctx);
}

static void omv_videos_found(void *ctx, const char *name)
{
	struct omv_extra *extra = omv_videos_find(ctx, name);

	if (extra)
		omv_stream_detect(&extra->video);
}

static bool omv_videos_claimed(void *ctx, u8 channel)
{
	struct omv_videos *videos = ctx;

	return omv_link_is_claimed(videos->client.link, channel);
}

static const struct omv_pictures_ops omv_videos_pictures_ops = {
	.changed = omv_videos_pictures_changed,
	.found = omv_videos_found,
	.claimed = omv_videos_claimed,
};

static struct omv_videos *to_omv_videos(struct omv_client *client)
{
	return container_of(client, struct omv_videos, client);
}

static void omv_videos_changed(struct omv_client *client,
			       enum omv_link_event event)
{
	omv_pictures_link_changed(&to_omv_videos(client)->pictures, event,
				  omv_now());
}

static void omv_videos_event(struct omv_client *client, u8 channel, u16 value)
{
	omv_pictures_event(&to_omv_videos(client)->pictures, channel, value,
			   client->link->host.now);
}

static u64 omv_videos_deadline(struct omv_client *client)
{
	return omv_pictures_deadline(&to_omv_videos(client)->pictures);
}

static void omv_videos_tick(struct omv_client *client, u64 now)
{
	omv_pictures_tick(&to_omv_videos(client)->pictures, now);
}

static const struct omv_client_ops omv_videos_client_ops = {
	.changed = omv_videos_changed,
	.event = omv_videos_event,
	.deadline = omv_videos_deadline,
	.tick = omv_videos_tick,
};

/* ---- for the owner ---------------------------------------------------- */

/**
 * omv_videos_init() - initialize the list, and add it to the link
 * @videos: zeroed list
 * @link: link that is not started yet
 * @v4l2_dev: owner of @videos and @link; each node holds a reference
 * @name: name of the camera; must live as long as @videos
 *
 * Process context.
 */
void omv_videos_init(struct omv_videos *videos, struct omv_link *link,
		     struct v4l2_device *v4l2_dev, const char *name)
{
	videos->v4l2_dev = v4l2_dev;
	videos->name = name;
	mutex_init(&videos->lock);
	INIT_LIST_HEAD(&videos->list);
	INIT_WORK(&videos->work, omv_videos_work);
	omv_pictures_init(&videos->pictures, &link->host,
			  &omv_videos_pictures_ops, videos);
	omv_link_add(link, &videos->client, &omv_videos_client_ops);
}

/**
 * omv_videos_enable() - begin to create nodes
 * @videos: list
 *
 * For the time after the registration of the first node, so that the numbers
 * are in order. Process context.
 */
void omv_videos_enable(struct omv_videos *videos)
{
	struct omv_link *link = videos->client.link;
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	videos->enabled = true;
	omv_videos_queue(videos);
	spin_unlock_irqrestore(&link->lock, flags);
}

/**
 * omv_videos_remove() - remove all nodes
 * @videos: list of a disconnected link; may be zeroed
 *
 * The memory of a node is freed when its last file is closed. Process context.
 */
void omv_videos_remove(struct omv_videos *videos)
{
	struct omv_extra *extra, *next;

	if (!videos->v4l2_dev)
		return;
	cancel_work_sync(&videos->work);
	mutex_lock(&videos->lock);
	list_for_each_entry_safe(extra, next, &videos->list, list) {
		omv_extra_del(extra);
		omv_video_unregister(&extra->video);
	}
	mutex_unlock(&videos->lock);
}

/**
 * omv_videos_set() - set whether a channel gets a node
 * @videos: list
 * @channel: name of the channel, in an array of OMV_NAME_SIZE bytes
 * @setting: see enum omv_picture_setting
 *
 * Does not wait for the node. Process context.
 *
 * Return: 0, -ENODEV if the camera is disconnected, or -ENOSPC
 */
int omv_videos_set(struct omv_videos *videos, const char *channel,
		   enum omv_picture_setting setting)
{
	struct omv_link *link = videos->client.link;
	unsigned long flags;
	int ret = -ENODEV;

	spin_lock_irqsave(&link->lock, flags);
	if (!link->disconnected)
		ret = omv_pictures_set(&videos->pictures, channel, setting,
				       omv_now());
	omv_link_rearm(link);
	spin_unlock_irqrestore(&link->lock, flags);
	return ret;
}

/**
 * omv_videos_get() - does a channel get a node
 * @videos: list
 * @channel: name of the channel
 *
 * Process context.
 *
 * Return: see enum omv_picture_setting
 */
enum omv_picture_setting omv_videos_get(struct omv_videos *videos,
					const char *channel)
{
	enum omv_picture_setting ret = OMV_PICTURE_AUTO;
	struct omv_link *link = videos->client.link;
	const struct omv_picture_channel *found;
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	found = omv_pictures_find(&videos->pictures, channel);
	if (found)
		ret = found->setting;
	spin_unlock_irqrestore(&link->lock, flags);
	return ret;
}

/**
 * omv_videos_name() - name of the node of a channel
 * @videos: list
 * @channel: name of the channel
 * @buf: set to the name of the node, such as "video1", or "" without a node
 * @size: bytes at @buf
 *
 * Process context.
 *
 * Return: number of bytes in @buf, without the terminating 0
 */
int omv_videos_name(struct omv_videos *videos, const char *channel, char *buf,
		    size_t size)
{
	struct omv_extra *extra;
	int ret = 0;

	mutex_lock(&videos->lock);
	extra = omv_videos_find(videos, channel);
	buf[0] = '\0';
	if (extra)
		ret = scnprintf(buf, size, "%s",
				video_device_node_name(&extra->video.dev));
	mutex_unlock(&videos->lock);
	return ret;
}

/* ---- debugfs ---------------------------------------------------------- */

static void omv_extra_show(struct omv_extra *extra, struct seq_file *s)
{
	struct omv_link *link = extra->videos->client.link;
	struct omv_frame_stats stats;
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	stats = extra->video.stats;
	spin_unlock_irqrestore(&link->lock, flags);
	seq_printf(s, " %s good=%llu truncated=%llu unrecognized=%llu wrong_format=%llu too_big=%llu failed=%llu stale=%llu missed=%llu skipped=%llu",
		   video_device_node_name(&extra->video.dev), stats.good,
		   stats.truncated, stats.unrecognized, stats.wrong_format,
		   stats.too_big, stats.failed, stats.stale, stats.missed,
		   stats.skipped);
}

static bool omv_videos_channel(struct omv_videos *videos, unsigned int i,
			       struct omv_picture_channel *channel)
{
	struct omv_link *link = videos->client.link;
	unsigned long flags;
	bool ret;

	spin_lock_irqsave(&link->lock, flags);
	ret = i < videos->pictures.count;
	if (ret)
		*channel = videos->pictures.channels[i];
	spin_unlock_irqrestore(&link->lock, flags);
	return ret;
}

/**
 * omv_videos_show() - print the channels that may have pictures
 * @videos: list
 * @s: file
 *
 * One line for each channel: id, setting, result, and for its node the name and
 * the frame counters; then the name of the channel. Process context.
 */
void omv_videos_show(struct omv_videos *videos, struct seq_file *s)
{
	static const char *const settings[] = { "auto", "yes", "no" };
	static const char *const results[] = { "unknown", "pictures", "none" };
	struct omv_picture_channel channel;
	struct omv_extra *extra;
	unsigned int i;

	mutex_lock(&videos->lock);
	for (i = 0; omv_videos_channel(videos, i, &channel); i++) {
		seq_printf(s, "%u ", channel.id);
		seq_escape_str(s, channel.name, ESCAPE_ANY_NP, NULL);
		seq_printf(s, " %s %s", settings[channel.setting],
			   results[channel.result]);
		extra = omv_videos_find(videos, channel.name);
		if (extra)
			omv_extra_show(extra, s);
		seq_putc(s, '\n');
	}
	mutex_unlock(&videos->lock);
}
