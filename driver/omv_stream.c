// SPDX-License-Identifier: GPL-2.0-only
/*
 * Streaming: the vb2 queue, and the pump that fetches frames from the channel
 * of the selected input.
 *
 * The node stays registered while scripts start and stop. While the channel
 * does not exist, a running stream waits, and the status of the input is
 * V4L2_IN_ST_NO_SIGNAL.
 */
#include <media/v4l2-ioctl.h>
#include <media/videobuf2-vmalloc.h>

#include "compat.h"
#include "omv_trace.h"
#include "omv_video.h"

enum {
	OMV_WARN_UNRECOGNIZED,
	OMV_WARN_TOO_BIG,
};

static struct omv_buffer *to_omv_buffer(struct vb2_buffer *vb)
{
	return container_of(to_vb2_v4l2_buffer(vb), struct omv_buffer, vb);
}

/* ---- frames ----------------------------------------------------------- */

static u64 omv_frame_stamp(void *ctx, bool *skip)
{
	struct omv_video *video = ctx;
	u64 now = ktime_get_ns();

	omv_detect_announced(&video->detect);
	*skip = !omv_rate_frame(&omv_detect_input(&video->detect)->rate, now);
	return now;
}

static void *omv_frame_buffer(void *ctx, u32 *room)
{
	struct omv_video *video = ctx;
	struct omv_buffer *buf;

	buf = list_first_entry_or_null(&video->buffers, struct omv_buffer,
				       list);
	if (!buf)
		return NULL;
	list_del(&buf->list);
	video->current_buf = buf;
	*room = vb2_plane_size(&buf->vb.vb2_buf, 0);
	return buf->mem;
}

static void omv_buffer_requeue(struct omv_video *video)
{
	list_add(&video->current_buf->list, &video->buffers);
	video->current_buf = NULL;
}

static void omv_buffer_done(struct omv_video *video,
			    const struct omv_frame *frame, u32 size,
			    enum vb2_buffer_state state)
{
	struct omv_buffer *buf = video->current_buf;

	video->current_buf = NULL;
	buf->vb.sequence = frame->sequence;
	buf->vb.field = V4L2_FIELD_NONE;
	buf->vb.vb2_buf.timestamp = frame->stamp;
	vb2_set_plane_payload(&buf->vb.vb2_buf, 0, size);
	vb2_buffer_done(&buf->vb.vb2_buf, state);
}

static void omv_frame_unrecognized(struct omv_video *video, u32 size)
{
	video->stats.unrecognized++;
	omv_warn_once(video->client.link->dev, &video->warned,
		      OMV_WARN_UNRECOGNIZED,
		      "frame of %u bytes dropped: it is not a JPEG, and its size does not match SHAPE\n",
		      size);
}

static void omv_frame_too_big(struct omv_video *video, u32 size)
{
	video->stats.too_big++;
	omv_detect_too_big(&video->detect, size, omv_now());
	omv_warn_once(video->client.link->dev, &video->warned,
		      OMV_WARN_TOO_BIG,
		      "frame of %u bytes does not fit its buffer, dropped; restart the stream for larger buffers (up to %u)\n",
		      size, OMV_MAX_PICTURE);
}

static void omv_frame_fetched(struct omv_video *video,
			      const struct omv_frame *frame, void *mem,
			      u32 size)
{
	const struct omv_stream_hdr *hdr = NULL;
	u32 fetched = size;

	if (video->pump.mode.has_header)
		hdr = &video->pump.head;
	switch (omv_detect_frame(&video->detect, hdr, mem, &size,
				 video->pump.room, omv_now())) {
	case OMV_FRAME_GOOD:
		video->stats.good++;
		omv_buffer_done(video, frame, size, VB2_BUF_STATE_DONE);
		return;
	case OMV_FRAME_TRUNCATED:
		video->stats.truncated++;
		omv_buffer_done(video, frame, size, VB2_BUF_STATE_ERROR);
		return;
	case OMV_FRAME_UNRECOGNIZED:
		omv_frame_unrecognized(video, fetched);
		break;
	case OMV_FRAME_WRONG_FORMAT:
		video->stats.wrong_format++;
		break;
	case OMV_FRAME_TOO_BIG:
		omv_frame_too_big(video, size);
		break;
	}
	omv_buffer_requeue(video);
}

static void omv_frame(void *ctx, const struct omv_frame *frame,
		      enum omv_pump_result result, void *mem, u32 size)
{
	struct omv_video *video = ctx;

	trace_omv_frame(video->client.link->usb.dev, frame->sequence, result,
			size);
	switch (result) {
	case OMV_PUMP_DONE:
		omv_frame_fetched(video, frame, mem, size);
		return;
	case OMV_PUMP_TOO_BIG:
		omv_frame_too_big(video, size);
		break;
	case OMV_PUMP_FAILED:
		video->stats.failed++;
		break;
	case OMV_PUMP_STALE:
		video->stats.stale++;
		break;
	case OMV_PUMP_MISSED:
		video->stats.missed++;
		break;
	case OMV_PUMP_SKIPPED:
		video->stats.skipped++;
		break;
	}
	if (mem)
		omv_buffer_requeue(video);
}

static const struct omv_pump_ops omv_stream_pump_ops = {
	.stamp = omv_frame_stamp,
	.buffer = omv_frame_buffer,
	.frame = omv_frame,
};

/* ---- starting and stopping the pump ----------------------------------- */

/* Stop the pump. Its buffer goes back to the head of the queue. */
static void omv_stream_halt(struct omv_video *video)
{
	omv_pump_stop(&video->pump, omv_now());
	if (video->current_buf)
		omv_buffer_requeue(video);
}

/*
 * Start, stop or restart the pump. It runs while the node is streaming and not
 * disabled, no detection is running, no client of the link holds the frames,
 * and the channel of the input exists.
 */
static void omv_stream_update(struct omv_video *video)
{
	struct omv_detect *detect = &video->detect;
	const struct omv_channel *channel;
	struct omv_pump_mode mode;

	lockdep_assert_held(&video->client.link->lock);
	channel = omv_host_find(&video->client.link->host,
				omv_detect_input(detect)->name);
	if (video->disabled || !detect->streaming)
		channel = NULL;
	omv_client_claim(&video->client, channel ? channel->id : 0);
	if (omv_link_is_held(video->client.link))
		channel = NULL;
	if (video->pump.running && channel &&
	    channel->id == video->pump.channel)
		return;
	if (video->pump.running)
		omv_stream_halt(video);
	if (omv_detect_is_busy(detect) || !channel)
		return;
	omv_detect_mode(detect, &mode);
	omv_pump_start(&video->pump, channel->id, &mode, omv_now());
}

static void omv_stream_source_changed(void *ctx)
{
	omv_video_changed(ctx);
}

static void omv_stream_detected(void *ctx)
{
	struct omv_video *video = ctx;

	omv_stream_update(video);
	wake_up_all(&video->client.link->wait);
}

static void omv_stream_refetch(void *ctx)
{
	struct omv_video *video = ctx;

	if (video->pump.running)
		omv_stream_halt(video);
	omv_stream_update(video);
}

static const struct omv_detect_ops omv_stream_detect_ops = {
	.changed = omv_stream_source_changed,
	.idle = omv_stream_detected,
	.refetch = omv_stream_refetch,
};

/* ---- callbacks of the link -------------------------------------------- */

static struct omv_video *to_omv_video(struct omv_client *client)
{
	return container_of(client, struct omv_video, client);
}

static void omv_stream_link_changed(struct omv_client *client,
				    enum omv_link_event event)
{
	struct omv_video *video = to_omv_video(client);

	omv_detect_link_changed(&video->detect, event, omv_now());
	omv_stream_update(video);
}

static void omv_stream_released(struct omv_client *client)
{
	omv_stream_update(to_omv_video(client));
}

static void omv_stream_event(struct omv_client *client, u8 channel, u16 value)
{
	struct omv_video *video = to_omv_video(client);

	if (video->pump.running && channel == video->pump.channel)
		omv_pump_event(&video->pump, client->link->host.now);
	else
		omv_detect_event(&video->detect, channel, value,
				 client->link->host.now);
}

static u64 omv_stream_deadline(struct omv_client *client)
{
	struct omv_video *video = to_omv_video(client);

	return min(omv_pump_deadline(&video->pump),
		   omv_detect_deadline(&video->detect));
}

static void omv_stream_tick(struct omv_client *client, u64 now)
{
	struct omv_video *video = to_omv_video(client);

	omv_pump_tick(&video->pump, now);
	omv_detect_tick(&video->detect, now);
}

/* Callbacks of a video node as a client of the link. */
const struct omv_client_ops omv_stream_client_ops = {
	.changed = omv_stream_link_changed,
	.event = omv_stream_event,
	.released = omv_stream_released,
	.deadline = omv_stream_deadline,
	.tick = omv_stream_tick,
};

/* ---- vb2 -------------------------------------------------------------- */

/**
 * omv_stream_set_allocated() - update whether buffers are allocated
 * @video: video node
 *
 * Input and format must not change while buffers are allocated. Process
 * context; the caller holds omv_video.queue_lock.
 */
void omv_stream_set_allocated(struct omv_video *video)
{
	struct omv_link *link = video->client.link;
	unsigned long flags;

	lockdep_assert_held(&video->queue_lock);
	spin_lock_irqsave(&link->lock, flags);
	omv_detect_set_allocated(&video->detect, vb2_is_busy(&video->queue),
				 omv_now());
	omv_link_rearm(link);
	spin_unlock_irqrestore(&link->lock, flags);
}

/**
 * omv_stream_set_disabled() - fetch no frames, and report no signal
 * @video: attached node
 * @disabled: true to do so, false to end this
 *
 * A running stream waits. Process context.
 */
void omv_stream_set_disabled(struct omv_video *video, bool disabled)
{
	struct omv_link *link = video->client.link;
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	video->disabled = disabled;
	omv_stream_update(video);
	omv_link_rearm(link);
	spin_unlock_irqrestore(&link->lock, flags);
}

/**
 * omv_stream_detect() - the content of the channel may have changed
 * @video: attached node
 *
 * Any context; the caller holds the lock of the link.
 */
void omv_stream_detect(struct omv_video *video)
{
	omv_detect_again(&video->detect, omv_now());
	omv_link_rearm(video->client.link);
}

/*
 * Keep the format from now on. If the allocation of buffers fails,
 * omv_stream_set_allocated() reverts this.
 */
static void omv_stream_hold_format(struct omv_video *video)
{
	struct omv_link *link = video->client.link;
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	omv_detect_set_allocated(&video->detect, true, omv_now());
	spin_unlock_irqrestore(&link->lock, flags);
}

static int omv_queue_setup(struct vb2_queue *queue, unsigned int *buffers,
			   unsigned int *planes, unsigned int sizes[],
			   struct device *alloc_devs[])
{
	struct omv_video *video = vb2_get_drv_priv(queue);
	struct v4l2_pix_format pix;

	omv_stream_hold_format(video);
	omv_fill_format(video, &pix);
	if (*planes)
		return sizes[0] < pix.sizeimage ? -EINVAL : 0;
	*planes = 1;
	sizes[0] = pix.sizeimage;
	/*
	 * vb2 asks for one buffer for read(). With two, the next frame is
	 * transferred while read() copies.
	 */
	*buffers = max_t(unsigned int, *buffers, OMV_MIN_BUFFERS);
	return 0;
}

static int omv_buf_prepare(struct vb2_buffer *vb)
{
	struct omv_buffer *buf = to_omv_buffer(vb);

	/* May sleep, unlike the pump: maps a DMABUF again each time. */
	buf->mem = vb2_plane_vaddr(vb, 0);
	return buf->mem ? 0 : -EFAULT;
}

static void omv_buf_queue(struct vb2_buffer *vb)
{
	struct omv_video *video = vb2_get_drv_priv(vb->vb2_queue);
	struct omv_link *link = video->client.link;
	struct omv_buffer *buf = to_omv_buffer(vb);
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	list_add_tail(&buf->list, &video->buffers);
	omv_pump_kick(&video->pump, omv_now());
	omv_link_rearm(link);
	spin_unlock_irqrestore(&link->lock, flags);
}

static void omv_return_buffers(struct omv_video *video,
			       enum vb2_buffer_state state)
{
	struct omv_buffer *buf, *next;

	lockdep_assert_held(&video->client.link->lock);
	list_for_each_entry_safe(buf, next, &video->buffers, list) {
		list_del(&buf->list);
		vb2_buffer_done(&buf->vb.vb2_buf, state);
	}
}

static int omv_start_streaming(struct vb2_queue *queue, unsigned int count)
{
	struct omv_video *video = vb2_get_drv_priv(queue);
	struct omv_link *link = video->client.link;
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&link->lock, flags);
	if (link->disconnected) {
		omv_return_buffers(video, VB2_BUF_STATE_QUEUED);
		ret = -ENODEV;
	} else {
		video->warned = 0;
		omv_pump_rewind(&video->pump, omv_now());
		omv_detect_stream_on(&video->detect, omv_now());
		omv_stream_update(video);
		omv_link_rearm(link);
	}
	spin_unlock_irqrestore(&link->lock, flags);
	return ret;
}

static void omv_stop_streaming(struct vb2_queue *queue)
{
	struct omv_video *video = vb2_get_drv_priv(queue);
	struct omv_link *link = video->client.link;
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	omv_stream_halt(video);
	omv_client_claim(&video->client, 0);
	omv_detect_stream_off(&video->detect,
			      omv_pump_is_stalled(&video->pump, omv_now()),
			      omv_now());
	omv_return_buffers(video, VB2_BUF_STATE_ERROR);
	omv_link_rearm(link);
	spin_unlock_irqrestore(&link->lock, flags);
}

static const struct vb2_ops omv_vb2_ops = {
	.queue_setup = omv_queue_setup,
	.buf_prepare = omv_buf_prepare,
	.buf_queue = omv_buf_queue,
	.start_streaming = omv_start_streaming,
	.stop_streaming = omv_stop_streaming,
	OMV_VB2_WAIT_OPS
};

/**
 * omv_stream_init() - initialize the queue, the pump and the detection
 * @video: zeroed video node with a link, not attached yet
 *
 * Process context.
 *
 * Return: 0 or an error of vb2
 */
int omv_stream_init(struct omv_video *video)
{
	struct omv_host *host = &video->client.link->host;
	struct vb2_queue *queue = &video->queue;

	INIT_LIST_HEAD(&video->buffers);
	omv_pump_init(&video->pump, host, &omv_stream_pump_ops, video);
	omv_detect_init(&video->detect, host, &omv_stream_detect_ops, video);
	queue->type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	/* Without VB2_READ: see omv_read(). */
	queue->io_modes = VB2_MMAP | VB2_USERPTR | VB2_DMABUF;
	queue->drv_priv = video;
	queue->buf_struct_size = sizeof(struct omv_buffer);
	queue->ops = &omv_vb2_ops;
	queue->mem_ops = &vb2_vmalloc_memops;
	queue->timestamp_flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
	queue->lock = &video->queue_lock;
	return vb2_queue_init(queue);
}
