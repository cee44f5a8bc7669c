// SPDX-License-Identifier: GPL-2.0-only
/*
 * The video node: its file operations and ioctls.
 */
#include <media/v4l2-ctrls.h>
#include <media/v4l2-event.h>
#include <media/v4l2-fh.h>
#include <media/v4l2-ioctl.h>

#include "compat.h"
#include "omv_video.h"

/* ---- ioctls ----------------------------------------------------------- */

static int omv_querycap(struct file *file, void *priv,
			struct v4l2_capability *cap)
{
	struct omv_video *video = video_drvdata(file);

	strscpy(cap->driver, OMV_DRIVER_NAME, sizeof(cap->driver));
	strscpy(cap->card, video->dev.name, sizeof(cap->card));
	usb_make_path(video->client.link->usb.dev, cap->bus_info,
		      sizeof(cap->bus_info));
	return 0;
}

static int omv_reqbufs(struct file *file, void *priv,
		       struct v4l2_requestbuffers *req)
{
	int ret = vb2_ioctl_reqbufs(file, priv, req);

	omv_stream_set_allocated(video_drvdata(file));
	return ret;
}

static int omv_create_bufs(struct file *file, void *priv,
			   struct v4l2_create_buffers *create)
{
	int ret = vb2_ioctl_create_bufs(file, priv, create);

	omv_stream_set_allocated(video_drvdata(file));
	omv_hide_max_buffers(create);
	return ret;
}

static bool omv_is_disconnected(struct omv_video *video)
{
	return READ_ONCE(video->client.link->disconnected);
}

/* vb2 returns -EIO or -EINVAL to waiters on disconnect; V4L2 wants -ENODEV. */
static int omv_dqbuf(struct file *file, void *priv, struct v4l2_buffer *buf)
{
	struct omv_video *video = video_drvdata(file);
	int ret = vb2_ioctl_dqbuf(file, priv, buf);

	return ret && omv_is_disconnected(video) ? -ENODEV : ret;
}

/*
 * VB2_READ is set only here: with it, poll() of a program that has no buffers
 * yet would start the emulation of read(), and no program could allocate
 * buffers any more.
 */
static ssize_t omv_read_locked(struct file *file, char __user *data,
			       size_t size, loff_t *offset)
{
	struct omv_video *video = video_drvdata(file);
	struct vb2_queue *queue = &video->queue;
	ssize_t ret;

	if (vb2_queue_is_busy(queue, file))
		return -EBUSY;
	queue->owner = file->private_data;
	queue->io_modes |= VB2_READ;
	/* Unlocks the queue while waiting. */
	ret = vb2_read(queue, data, size, offset, file->f_flags & O_NONBLOCK);
	queue->io_modes &= ~VB2_READ;
	/* vb2 frees its buffers if it cannot allocate all of them. */
	if (!vb2_is_busy(queue)) {
		queue->owner = NULL;
		omv_stream_set_allocated(video);
	}
	return ret;
}

static ssize_t omv_read(struct file *file, char __user *data, size_t size,
			loff_t *offset)
{
	struct omv_video *video = video_drvdata(file);
	ssize_t ret;

	if (mutex_lock_interruptible(&video->queue_lock))
		return -ERESTARTSYS;
	ret = omv_read_locked(file, data, size, offset);
	mutex_unlock(&video->queue_lock);
	return ret < 0 && omv_is_disconnected(video) ? -ENODEV : ret;
}

/* Return: 0, or -ENODEV if the owner is removing the node */
static int omv_use(struct omv_video *video)
{
	struct omv_link *link = video->client.link;
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&link->lock, flags);
	if (video->retired)
		ret = -ENODEV;
	else
		video->users++;
	spin_unlock_irqrestore(&link->lock, flags);
	return ret;
}

static void omv_unuse(struct omv_video *video)
{
	struct omv_link *link = video->client.link;
	unsigned long flags;
	bool unused;

	spin_lock_irqsave(&link->lock, flags);
	unused = !--video->users;
	spin_unlock_irqrestore(&link->lock, flags);
	if (unused && video->ops)
		video->ops->unused(video);
}

static int omv_open(struct file *file)
{
	struct omv_video *video = video_drvdata(file);
	int ret = omv_use(video);

	if (ret)
		return ret;
	ret = v4l2_fh_open(file);
	if (ret)
		omv_unuse(video);
	return ret;
}

static int omv_release(struct file *file)
{
	struct omv_video *video = video_drvdata(file);
	int ret = vb2_fop_release(file);

	mutex_lock(&video->queue_lock);
	omv_stream_set_allocated(video);
	mutex_unlock(&video->queue_lock);
	omv_unuse(video);
	return ret;
}

static int omv_log_status(struct file *file, void *fh)
{
	struct omv_video *video = video_drvdata(file);
	struct v4l2_device *v4l2_dev = video->dev.v4l2_dev;
	struct omv_link *link = video->client.link;
	struct omv_frame_stats stats;
	struct omv_host_stats host;
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	stats = video->stats;
	host = link->host.stats;
	spin_unlock_irqrestore(&link->lock, flags);

	v4l2_info(v4l2_dev,
		  "frames: %llu good, %llu truncated, %llu unrecognized, %llu in the wrong format, %llu too big, %llu failed, %llu stale, %llu missed, %llu skipped\n",
		  stats.good, stats.truncated, stats.unrecognized,
		  stats.wrong_format, stats.too_big, stats.failed, stats.stale,
		  stats.missed, stats.skipped);
	v4l2_info(v4l2_dev,
		  "link: %llu packets in, %llu out, %llu events, %llu NAKs, %llu stray, %llu wrong seq, %llu timeouts, %llu SYNCs\n",
		  host.rx_packets, host.tx_packets, host.events, host.naks,
		  host.stray, host.seq_errors, host.timeouts, host.syncs);
	return v4l2_ctrl_log_status(file, fh);
}

static int omv_subscribe_event(struct v4l2_fh *fh,
			       const struct v4l2_event_subscription *sub)
{
	if (sub->type == V4L2_EVENT_SOURCE_CHANGE)
		return v4l2_src_change_event_subscribe(fh, sub);
	return v4l2_ctrl_subscribe_event(fh, sub);
}

static const struct v4l2_ioctl_ops omv_ioctl_ops = {
	.vidioc_querycap = omv_querycap,
	.vidioc_enum_input = omv_enum_input,
	.vidioc_g_input = omv_g_input,
	.vidioc_s_input = omv_s_input,
	.vidioc_enum_fmt_vid_cap = omv_enum_fmt,
	.vidioc_g_fmt_vid_cap = omv_g_fmt,
	.vidioc_try_fmt_vid_cap = omv_try_fmt,
	.vidioc_s_fmt_vid_cap = omv_s_fmt,
	.vidioc_enum_framesizes = omv_enum_framesizes,
	.vidioc_enum_frameintervals = omv_enum_frameintervals,
	.vidioc_g_parm = omv_g_parm,
	.vidioc_s_parm = omv_s_parm,
	.vidioc_reqbufs = omv_reqbufs,
	.vidioc_create_bufs = omv_create_bufs,
	.vidioc_prepare_buf = vb2_ioctl_prepare_buf,
	.vidioc_querybuf = vb2_ioctl_querybuf,
	.vidioc_qbuf = vb2_ioctl_qbuf,
	.vidioc_dqbuf = omv_dqbuf,
	.vidioc_expbuf = vb2_ioctl_expbuf,
	OMV_IOCTL_REMOVE_BUFS
	.vidioc_streamon = vb2_ioctl_streamon,
	.vidioc_streamoff = vb2_ioctl_streamoff,
	.vidioc_log_status = omv_log_status,
	.vidioc_subscribe_event = omv_subscribe_event,
	.vidioc_unsubscribe_event = v4l2_event_unsubscribe,
};

/* The V4L2 core returns -ENODEV only after the node is unregistered. */
static long omv_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct omv_video *video = video_drvdata(file);

	return omv_is_disconnected(video) ? -ENODEV :
					    video_ioctl2(file, cmd, arg);
}

static const struct v4l2_file_operations omv_fops = {
	.owner = THIS_MODULE,
	.open = omv_open,
	.release = omv_release,
	.read = omv_read,
	.poll = vb2_fop_poll,
	.mmap = vb2_fop_mmap,
	.unlocked_ioctl = omv_ioctl,
};

/* ---- sysfs ------------------------------------------------------------ */

static ssize_t channel_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	struct omv_video *video = video_get_drvdata(to_video_device(dev));

	return sysfs_emit(buf, "%s\n", video->channel);
}
static DEVICE_ATTR_RO(channel);

static struct attribute *omv_video_attrs[] = {
	&dev_attr_channel.attr,
	NULL,
};
ATTRIBUTE_GROUPS(omv_video);

/* ---- the node --------------------------------------------------------- */

static void omv_video_release(struct video_device *dev)
{
	struct omv_video *video = video_get_drvdata(dev);

	if (video->ops)
		video->ops->release(video);
}

/**
 * omv_video_init() - initialize a video node, without registering it
 * @video: zeroed node; must live until the release of @v4l2_dev, or until
 *	&omv_video_ops.release
 * @link: link
 * @v4l2_dev: parent; the node uses its control handler
 * @config: properties
 *
 * Inputs are added with omv_video_add_input(), before omv_video_attach(). A
 * link may have several nodes. Process context.
 *
 * Return: 0 or an error of vb2
 */
int omv_video_init(struct omv_video *video, struct omv_link *link,
		   struct v4l2_device *v4l2_dev,
		   const struct omv_video_config *config)
{
	struct video_device *dev = &video->dev;

	mutex_init(&video->queue_lock);
	video->client.link = link;
	video->ops = config->ops;
	video->channel = config->channel;
	strscpy(dev->name, config->name, sizeof(dev->name));
	if (config->channel)
		dev->dev.groups = omv_video_groups;
	dev->fops = &omv_fops;
	dev->ioctl_ops = &omv_ioctl_ops;
	dev->release = omv_video_release;
	dev->v4l2_dev = v4l2_dev;
	dev->queue = &video->queue;
	dev->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING |
			   V4L2_CAP_READWRITE;
	video_set_drvdata(dev, video);
	return omv_stream_init(video);
}

/**
 * omv_video_add_input() - add a channel as an input
 * @video: node that is not attached yet, with fewer than OMV_DETECT_INPUTS
 *	inputs
 * @channel: name of the channel; must live as long as @video
 * @fetch: operations that fetch its frames
 *
 * Inputs are preferred in the order in which they were added. Process context.
 */
void omv_video_add_input(struct omv_video *video, const char *channel,
			 const struct omv_fetch_ops *fetch)
{
	omv_detect_add_input(&video->detect, channel, fetch);
}

/**
 * omv_video_set_shape_first() - send SHAPE before any READ, if possible
 * @video: node that is not attached yet
 *
 * See omv_detect_set_shape_first(). Process context.
 */
void omv_video_set_shape_first(struct omv_video *video)
{
	omv_detect_set_shape_first(&video->detect);
}

/**
 * omv_video_attach() - make the node a client of its link
 * @video: initialized node with its inputs
 *
 * If the session is up, the detection of the format starts. Process context.
 */
void omv_video_attach(struct omv_video *video)
{
	omv_link_add(video->client.link, &video->client,
		     &omv_stream_client_ops);
}

/**
 * omv_video_register() - create the device node
 * @video: initialized node
 *
 * Process context.
 *
 * Return: 0 or an error of the V4L2 core
 */
int omv_video_register(struct omv_video *video)
{
	struct device *dev = video->client.link->dev;
	int ret = video_register_device(&video->dev, VFL_TYPE_VIDEO, -1);

	if (ret)
		return ret;
	/* Scripts come and go: they must not fill the log. */
	if (video->channel)
		dev_dbg(dev, "channel %s registered as /dev/%s\n",
			video->channel, video_device_node_name(&video->dev));
	else
		dev_info(dev, "registered as /dev/%s\n",
			 video_device_node_name(&video->dev));
	return 0;
}

/**
 * omv_video_retire() - refuse further open(), unless the node is in use
 * @video: node
 *
 * Process context.
 *
 * Return: false if a file is open
 */
bool omv_video_retire(struct omv_video *video)
{
	struct omv_link *link = video->client.link;
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	video->retired = !video->users;
	spin_unlock_irqrestore(&link->lock, flags);
	return video->retired;
}

/**
 * omv_video_detach() - remove the node from the clients of its link
 * @video: attached node, retired or of a disconnected link
 *
 * Process context.
 */
void omv_video_detach(struct omv_video *video)
{
	omv_link_del(video->client.link, &video->client);
}

/**
 * omv_video_unregister() - remove the device node
 * @video: registered node, retired or of a disconnected link
 *
 * Buffers are freed when the last file is closed. If no file is open, the node
 * has been released when this function returns. Process context.
 */
void omv_video_unregister(struct omv_video *video)
{
	mutex_lock(&video->queue_lock);
	vb2_queue_error(&video->queue);
	mutex_unlock(&video->queue_lock);
	video_unregister_device(&video->dev);
}
