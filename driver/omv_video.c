// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/videoN: V4L2, vb2, and the pump between them and the image channels.
 *
 * The node stays while scripts come and go. When the channel goes a stream is on
 * and silent until it is back, and the input says NO_SIGNAL.
 */
#include <linux/delay.h>
#include <media/v4l2-event.h>
#include <media/v4l2-fh.h>
#include <media/v4l2-ioctl.h>
#include <media/videobuf2-vmalloc.h>

#include "openmv.h"
#include "omv_trace.h"

/* Until a frame that is nothing known is looked into. */
#define OMV_STRANGE_MS		100
/*
 * From STREAMON until a stream without frames gives empty buffers, and between two. A camera
 * without events has given a frame by then; v4l2-compliance waits for 2 s.
 */
#define OMV_BLANK_FIRST_MS	1700
#define OMV_BLANK_MS		100

static struct omv_buffer *to_omv_buffer(struct vb2_buffer *vb)
{
	return container_of(to_vb2_v4l2_buffer(vb), struct omv_buffer, vb);
}

static struct device *omv_video_device(struct omv_camera *cam)
{
	return &cam->usb.comm->dev;
}

/* ---- frames ----------------------------------------------------------- */

static u64 omv_frame_stamp(void *ctx, bool *skip)
{
	struct omv_camera *cam = ctx;
	u64 now = ktime_get_ns();

	cam->video.blank = false;
	*skip = !omv_rate_frame(&omv_input(&cam->video)->rate, now);
	return now;
}

static void *omv_frame_buffer(void *ctx, u32 *room)
{
	struct omv_camera *cam = ctx;
	struct omv_video *video = &cam->video;
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

/* G_FMT has changed: another picture, or larger buffers for it. */
static void omv_video_changed(struct omv_video *video)
{
	static const struct v4l2_event event = {
		.type = V4L2_EVENT_SOURCE_CHANGE,
		.u.src_change.changes = V4L2_EVENT_SRC_CH_RESOLUTION,
	};

	if (video_is_registered(&video->dev))
		v4l2_event_queue(&video->dev, &event);
}

/* The application must learn of another size before it gets such a frame. */
void omv_video_picture(struct omv_camera *cam,
		       const struct omv_picture *picture)
{
	struct omv_video *video = &cam->video;

	lockdep_assert_held(&cam->lock);
	if (!memcmp(&video->picture, picture, sizeof(*picture)))
		return;
	video->picture = *picture;
	omv_video_changed(video);
}

/* A bad frame is seldom the only one, and a stream may go on for weeks. */
static bool omv_frame_tell(struct omv_video *video, u8 what)
{
	bool again = video->told & what;

	video->told |= what;
	return !again;
}

/* What was fetched: its picture, where it ends, and whether it is whole. */
struct omv_content {
	struct omv_picture picture;
	u32 size;
	bool torn;
	bool no_dht;
	struct omv_jpeg jpeg;
};

static int omv_content_jpeg(struct omv_content *content, const void *data)
{
	struct omv_jpeg *jpeg = &content->jpeg;
	int ret = omv_jpeg_scan(data, content->size, jpeg);

	if (ret == -EINVAL)
		return ret;
	content->torn = ret;
	content->no_dht = !ret && !jpeg->has_dht;
	content->picture.pixfmt = OMV_PIX_JPEG;
	if (!jpeg->width)
		return 0;
	content->picture.width = jpeg->width;
	content->picture.height = jpeg->height;
	return 0;
}

/* With a header (10.1), which says where the image begins. */
static int omv_content_headed(struct omv_video *video,
			      struct omv_content *content, u8 *data)
{
	const struct omv_stream_hdr *hdr = &video->pump.head;
	u32 offset;

	content->size = omv_stream_parse(hdr, sizeof(*hdr) + content->size,
					 &content->picture, &offset);
	if (!content->size)
		return -EINVAL;
	offset -= sizeof(*hdr);
	if (offset)
		memmove(data, data + offset, content->size);
	if (content->picture.pixfmt == OMV_PIX_JPEG)
		return omv_content_jpeg(content, data);
	return omv_format_is_known(content->picture.pixfmt) ? 0 : -EINVAL;
}

static int omv_content_find(struct omv_video *video,
			    struct omv_content *content, u8 *data)
{
	content->picture = video->picture;
	if (video->pump.mode.has_header)
		return omv_content_headed(video, content, data);
	if (!omv_content_jpeg(content, data))
		return 0;
	return omv_picture_size(&video->picture) == content->size ? 0 : -EINVAL;
}

/* Would it make sense if it had a header, or if it had none? */
static bool omv_frame_is_other_headed(const struct omv_video *video,
				      const void *data, u32 size)
{
	static const u8 soi[] = { 0xff, 0xd8 };
	struct omv_picture picture;
	u32 offset;

	if (video->input != OMV_INPUT_FRAME)
		return false;
	if (video->pump.mode.has_header)
		return !memcmp(&video->pump.head, soi, sizeof(soi));
	return size > sizeof(struct omv_stream_hdr) &&
	       omv_stream_parse(data, size, &picture, &offset);
}

static void omv_frame_strange(struct omv_camera *cam, const void *data,
			      u32 size)
{
	struct omv_video *video = &cam->video;

	video->stats.strange++;
	if (omv_frame_tell(video, OMV_TOLD_STRANGE))
		dev_warn_ratelimited(omv_video_device(cam),
				     "frame of %u bytes is not a JPEG, nor what SHAPE tells, dropped\n",
				     size);
	/* Looked at, and no more often than that. */
	video->strange = true;
	video->rehead = omv_frame_is_other_headed(video, data, size);
	omv_peek(cam, OMV_STRANGE_MS);
	omv_buffer_requeue(video);
}

static void omv_frame_too_big(struct omv_camera *cam, u32 size);

static void omv_frame_check(struct omv_camera *cam,
			    const struct omv_frame *frame, void *data, u32 size)
{
	struct omv_video *video = &cam->video;
	struct omv_content content = { .size = size };
	u32 room = video->pump.room;

	if (omv_content_find(video, &content, data)) {
		omv_frame_strange(cam, data, size);
		return;
	}
	omv_input(video)->signal = true;
	if (video->input == OMV_INPUT_FRAME ||
	    content.picture.pixfmt == OMV_PIX_JPEG)
		omv_input(video)->picture = content.picture;
	omv_video_picture(cam, &content.picture);
	if (content.picture.pixfmt != video->pixfmt) {
		video->stats.other++;
		omv_buffer_requeue(video);
		return;
	}
	if (content.no_dht) {
		content.size = omv_jpeg_add_dht(data, content.size, room,
						&content.jpeg);
		if (content.size > room) {
			omv_frame_too_big(cam, content.size);
			omv_buffer_requeue(video);
			return;
		}
	}
	if (content.torn)
		video->stats.torn++;
	else
		video->stats.good++;
	omv_buffer_done(video, frame, content.size, content.torn ?
			VB2_BUF_STATE_ERROR : VB2_BUF_STATE_DONE);
}

static void omv_frame_too_big(struct omv_camera *cam, u32 size)
{
	struct omv_video *video = &cam->video;

	video->stats.too_big++;
	/* How large a raw picture is depends on nothing but SHAPE. */
	if (video->pixfmt != OMV_PIX_JPEG) {
		video->strange = true;
		omv_peek(cam, OMV_STRANGE_MS);
	}
	if (size > omv_input(video)->largest && size <= OMV_MAX_SIZEIMAGE) {
		omv_input(video)->largest = size;
		omv_video_changed(video);
	}
	if (omv_frame_tell(video, OMV_TOLD_TOO_BIG))
		dev_warn_ratelimited(omv_video_device(cam),
				     "frame of %u bytes does not fit its buffer, dropped; restart the stream for larger buffers (up to %u)\n",
				     size, OMV_MAX_SIZEIMAGE);
}

static void omv_frame(void *ctx, const struct omv_frame *frame,
		      enum omv_pump_result result, void *mem, u32 size)
{
	struct omv_camera *cam = ctx;
	struct omv_video *video = &cam->video;

	trace_omv_frame(cam, frame->sequence, result, size);
	switch (result) {
	case OMV_PUMP_DONE:
		omv_frame_check(cam, frame, mem, size);
		return;
	case OMV_PUMP_TOO_BIG:
		omv_frame_too_big(cam, size);
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

static const struct omv_pump_ops omv_pump_ops = {
	.stamp = omv_frame_stamp,
	.buffer = omv_frame_buffer,
	.frame = omv_frame,
};

/*
 * Nothing has come since STREAMON: there is no script, or it does not capture. Programs that
 * can do nothing but wait for a frame get something, which is marked as none; it has a
 * few bytes, as no bytes at all mean the end of the stream to some. Who has seen a frame
 * knows how to wait for the next.
 */
static void omv_blank_deliver(struct omv_video *video)
{
	static const u8 no_picture[] = { 0xff, 0xd8, 0xff, 0xd9 };
	struct omv_frame blank = { .stamp = ktime_get_ns() };
	u32 room;
	void *mem;

	/* It may be in the hands of the pump. A read() could not tell it from a frame. */
	if (video->current_buf || vb2_fileio_is_active(&video->queue))
		return;
	mem = omv_frame_buffer(container_of(video, struct omv_camera, video),
			       &room);
	if (!mem)
		return;
	memcpy(mem, no_picture, min_t(u32, room, sizeof(no_picture)));
	blank.sequence = video->pump.sequence++;
	omv_buffer_done(video, &blank, min_t(u32, room, sizeof(no_picture)),
			VB2_BUF_STATE_ERROR);
}

static void omv_blank_work(struct work_struct *work)
{
	struct omv_video *video = container_of(to_delayed_work(work),
					       struct omv_video, blank_work);
	struct omv_camera *cam = container_of(video, struct omv_camera, video);
	unsigned long flags;

	spin_lock_irqsave(&cam->lock, flags);
	if (video->streaming && video->blank && !cam->gone) {
		omv_blank_deliver(video);
		schedule_delayed_work(&video->blank_work,
				      msecs_to_jiffies(OMV_BLANK_MS));
	}
	spin_unlock_irqrestore(&cam->lock, flags);
}

/* ---- the session ------------------------------------------------------ */

/* The buffer that the pump had, if any, is the next to be filled. */
static void omv_pump_halt(struct omv_video *video)
{
	omv_pump_stop(&video->pump, omv_now());
	if (video->current_buf)
		omv_buffer_requeue(video);
}

void omv_video_link(struct omv_camera *cam)
{
	const struct omv_channel *channel;
	struct omv_video *video = &cam->video;
	struct omv_pump_mode mode;

	lockdep_assert_held(&cam->lock);
	channel = omv_host_find(&cam->host, omv_input_name(video));
	if (video->pump.running && channel &&
	    channel->id == video->pump.channel)
		return;
	if (video->pump.running)
		omv_pump_halt(video);
	if (cam->host.state != OMV_HOST_READY)
		video->inputs[OMV_INPUT_STREAM].signal = false;
	if (!video->streaming || video->looking || !channel)
		return;
	mode = video->mode;
	mode.has_header = omv_input(video)->has_header;
	omv_pump_start(&video->pump, channel->id, &mode, omv_now());
}

void omv_video_restart(struct omv_camera *cam)
{
	lockdep_assert_held(&cam->lock);
	if (cam->video.pump.running)
		omv_pump_halt(&cam->video);
	omv_video_link(cam);
	omv_camera_rearm(cam);
}

void omv_video_event(struct omv_camera *cam, u8 channel)
{
	struct omv_video *video = &cam->video;

	lockdep_assert_held(&cam->lock);
	if (video->pump.running && channel == video->pump.channel)
		omv_pump_event(&video->pump, cam->host.now);
	else
		omv_input_event(cam, channel);
}

/* ---- vb2 -------------------------------------------------------------- */

static int omv_queue_setup(struct vb2_queue *queue, unsigned int *buffers,
			   unsigned int *planes, unsigned int sizes[],
			   struct device *alloc_devs[])
{
	struct omv_camera *cam = vb2_get_drv_priv(queue);
	struct v4l2_pix_format pix;

	omv_fill_format(cam, &pix);
	if (*planes)
		return sizes[0] < pix.sizeimage ? -EINVAL : 0;
	*planes = 1;
	sizes[0] = pix.sizeimage;
	/* read() would do with one, and the camera idle while it copies. */
	*buffers = max_t(unsigned int, *buffers, OMV_MIN_BUFFERS);
	return 0;
}

static int omv_buf_prepare(struct vb2_buffer *vb)
{
	struct omv_buffer *buf = to_omv_buffer(vb);

	/* Looked up here, where it may sleep: a DMABUF is mapped anew each time. */
	buf->mem = vb2_plane_vaddr(vb, 0);
	return buf->mem ? 0 : -EFAULT;
}

static void omv_buf_queue(struct vb2_buffer *vb)
{
	struct omv_camera *cam = vb2_get_drv_priv(vb->vb2_queue);
	struct omv_buffer *buf = to_omv_buffer(vb);
	unsigned long flags;

	spin_lock_irqsave(&cam->lock, flags);
	list_add_tail(&buf->list, &cam->video.buffers);
	omv_pump_kick(&cam->video.pump, omv_now());
	omv_camera_rearm(cam);
	spin_unlock_irqrestore(&cam->lock, flags);
}

static void omv_return_buffers(struct omv_camera *cam,
			       enum vb2_buffer_state state)
{
	struct omv_buffer *buf, *next;

	lockdep_assert_held(&cam->lock);
	list_for_each_entry_safe(buf, next, &cam->video.buffers, list) {
		list_del(&buf->list);
		vb2_buffer_done(&buf->vb.vb2_buf, state);
	}
}

static int omv_start_streaming(struct vb2_queue *queue, unsigned int count)
{
	struct omv_camera *cam = vb2_get_drv_priv(queue);
	struct omv_video *video = &cam->video;
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&cam->lock, flags);
	if (cam->gone) {
		omv_return_buffers(cam, VB2_BUF_STATE_QUEUED);
		ret = -ENODEV;
	} else {
		video->streaming = true;
		video->told = 0;
		video->strange = false;
		video->rehead = false;
		omv_input_mode(video, &video->mode);
		video->pixfmt = video->picture.pixfmt ?: OMV_PIX_JPEG;
		video->pump.sequence = 0;
		omv_rate_restart(&omv_input(video)->rate);
		video->blank = true;
		mod_delayed_work(system_wq, &video->blank_work,
				 msecs_to_jiffies(OMV_BLANK_FIRST_MS));
		omv_video_link(cam);
		omv_camera_rearm(cam);
	}
	spin_unlock_irqrestore(&cam->lock, flags);
	return ret;
}

static void omv_stop_streaming(struct vb2_queue *queue)
{
	struct omv_camera *cam = vb2_get_drv_priv(queue);
	unsigned long flags;

	spin_lock_irqsave(&cam->lock, flags);
	cam->video.streaming = false;
	omv_pump_halt(&cam->video);
	omv_return_buffers(cam, VB2_BUF_STATE_ERROR);
	omv_camera_rearm(cam);
	spin_unlock_irqrestore(&cam->lock, flags);
}

static const struct vb2_ops omv_vb2_ops = {
	.queue_setup = omv_queue_setup,
	.buf_prepare = omv_buf_prepare,
	.buf_queue = omv_buf_queue,
	.start_streaming = omv_start_streaming,
	.stop_streaming = omv_stop_streaming,
	OMV_VB2_WAIT_OPS
};

/* ---- ioctls ----------------------------------------------------------- */

static int omv_querycap(struct file *file, void *priv,
			struct v4l2_capability *cap)
{
	struct omv_camera *cam = video_drvdata(file);

	strscpy(cap->driver, OMV_DRIVER_NAME, sizeof(cap->driver));
	strscpy(cap->card, cam->video.dev.name, sizeof(cap->card));
	usb_make_path(cam->usb.dev, cap->bus_info, sizeof(cap->bus_info));
	return 0;
}

/* The buffers are gone: what had to wait for that? */
static void omv_look_again(struct omv_camera *cam)
{
	struct omv_video *video = &cam->video;
	unsigned long flags;

	spin_lock_irqsave(&cam->lock, flags);
	if (video->look_missed && !video->streaming) {
		video->look_missed = false;
		omv_peek(cam, 0);
	}
	spin_unlock_irqrestore(&cam->lock, flags);
}

static int omv_reqbufs(struct file *file, void *priv,
		       struct v4l2_requestbuffers *req)
{
	int ret = vb2_ioctl_reqbufs(file, priv, req);

	if (!ret && !req->count)
		omv_look_again(video_drvdata(file));
	return ret;
}

static int omv_release(struct file *file)
{
	struct omv_camera *cam = video_drvdata(file);
	int ret = vb2_fop_release(file);

	if (!vb2_is_busy(&cam->video.queue))
		omv_look_again(cam);
	return ret;
}

static int omv_create_bufs(struct file *file, void *priv,
			   struct v4l2_create_buffers *create)
{
	int ret = vb2_ioctl_create_bufs(file, priv, create);

	omv_hide_max_buffers(create);
	return ret;
}

/* vb2 says EIO or EINVAL to those who waited; why is that the camera is gone. */
static int omv_dqbuf(struct file *file, void *priv, struct v4l2_buffer *buf)
{
	struct omv_camera *cam = video_drvdata(file);
	int ret = vb2_ioctl_dqbuf(file, priv, buf);

	return ret && READ_ONCE(cam->gone) ? -ENODEV : ret;
}

static ssize_t omv_read(struct file *file, char __user *data, size_t size,
			loff_t *offset)
{
	struct omv_camera *cam = video_drvdata(file);
	ssize_t ret = vb2_fop_read(file, data, size, offset);

	return ret < 0 && READ_ONCE(cam->gone) ? -ENODEV : ret;
}

static int omv_log_status(struct file *file, void *fh)
{
	struct omv_camera *cam = video_drvdata(file);
	struct omv_frame_stats stats;
	struct omv_host_stats host;
	unsigned long flags;

	spin_lock_irqsave(&cam->lock, flags);
	stats = cam->video.stats;
	host = cam->host.stats;
	spin_unlock_irqrestore(&cam->lock, flags);

	v4l2_info(&cam->v4l2_dev,
		  "frames: %llu good, %llu torn, %llu strange, %llu in another format, %llu too big, %llu failed, %llu stale, %llu missed, %llu skipped\n",
		  stats.good, stats.torn, stats.strange, stats.other,
		  stats.too_big,
		  stats.failed, stats.stale, stats.missed, stats.skipped);
	v4l2_info(&cam->v4l2_dev,
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

/* The V4L2 core says so only when the node is gone, too. */
static long omv_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct omv_camera *cam = video_drvdata(file);

	return READ_ONCE(cam->gone) ? -ENODEV : video_ioctl2(file, cmd, arg);
}

static const struct v4l2_file_operations omv_fops = {
	.owner = THIS_MODULE,
	.open = v4l2_fh_open,
	.release = omv_release,
	.read = omv_read,
	.poll = vb2_fop_poll,
	.mmap = vb2_fop_mmap,
	.unlocked_ioctl = omv_ioctl,
};

/* ---- the node --------------------------------------------------------- */

int omv_video_init(struct omv_camera *cam)
{
	struct omv_video *video = &cam->video;
	struct video_device *dev = &video->dev;
	struct vb2_queue *queue = &video->queue;

	INIT_LIST_HEAD(&video->buffers);
	INIT_DELAYED_WORK(&video->blank_work, omv_blank_work);
	video->inputs[OMV_INPUT_STREAM].has_header = true;
	omv_pump_init(&video->pump, &cam->host, &omv_pump_ops, cam);

	queue->type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	queue->io_modes = VB2_MMAP | VB2_USERPTR | VB2_DMABUF | VB2_READ;
	queue->drv_priv = cam;
	queue->buf_struct_size = sizeof(struct omv_buffer);
	queue->ops = &omv_vb2_ops;
	queue->mem_ops = &vb2_vmalloc_memops;
	queue->timestamp_flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
	queue->lock = &cam->queue_lock;

	strscpy(dev->name, cam->usb.dev->product ?: "OpenMV camera",
		sizeof(dev->name));
	dev->fops = &omv_fops;
	dev->ioctl_ops = &omv_ioctl_ops;
	dev->release = video_device_release_empty;
	dev->v4l2_dev = &cam->v4l2_dev;
	dev->queue = queue;
	dev->lock = &cam->video_lock;
	dev->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING |
			   V4L2_CAP_READWRITE;
	video_set_drvdata(dev, cam);
	return vb2_queue_init(queue);
}

int omv_video_register(struct omv_camera *cam)
{
	int ret = video_register_device(&cam->video.dev, VFL_TYPE_VIDEO, -1);

	if (!ret)
		dev_info(omv_video_device(cam), "registered as /dev/%s\n",
			 video_device_node_name(&cam->video.dev));
	return ret;
}

static bool omv_is_awaited(struct omv_camera *cam)
{
	bool ret;

	mutex_lock(&cam->queue_lock);
	ret = cam->video.queue.waiting_in_dqbuf;
	mutex_unlock(&cam->queue_lock);
	return ret;
}

void omv_video_unregister(struct omv_camera *cam)
{
	struct omv_video *video = &cam->video;
	int tries = 50;

	cancel_delayed_work_sync(&video->blank_work);
	/*
	 * Wake those in DQBUF before their buffers come back in error, which they
	 * would otherwise be given as if the camera was still there.
	 */
	mutex_lock(&cam->queue_lock);
	vb2_queue_error(&video->queue);
	mutex_unlock(&cam->queue_lock);
	/* And let them leave: vb2 does not expect them in a queue it takes down. */
	get_device(&video->dev.dev);
	video_unregister_device(&video->dev);
	while (omv_is_awaited(cam) && tries--)
		msleep(20);
	mutex_lock(&cam->queue_lock);
	vb2_queue_release(&video->queue);
	video->queue.owner = NULL;
	mutex_unlock(&cam->queue_lock);
	put_device(&video->dev.dev);
}
