// SPDX-License-Identifier: GPL-2.0-only
/*
 * The two channels that pictures come from, as V4L2 inputs, and what is found
 * out about each of them before anybody streams.
 *
 * "frame" is the script's own, if it registers one. "stream" is the firmware's
 * preview of whatever a script captures; it is switched on only to look at it
 * and to stream from it.
 */
#include <linux/delay.h>
#include <linux/slab.h>
#include <media/v4l2-ioctl.h>

#include "openmv.h"

/* Enough for the markers up to SOF of what cameras send. */
#define OMV_PEEK_SIZE		4096

/* For the first frame of a stream that was just switched on. */
#define OMV_STREAM_TRIES	25
#define OMV_STREAM_TRY_MS	20

/* Until a channel that sends events without end is looked at again. */
#define OMV_PEEK_MS		500

/* An S_INPUT waits no longer for what there is on it. */
#define OMV_INPUT_MS		2000

/* Looks at a stream without frames, ever later: a script needs time to begin. */
#define OMV_STREAM_LOOKS	5

static const char *const omv_input_names[] = {
	[OMV_INPUT_FRAME] = OMV_CHANNEL_FRAME,
	[OMV_INPUT_STREAM] = OMV_CHANNEL_STREAM,
};

const char *omv_input_name(const struct omv_video *video)
{
	return omv_input_names[video->input];
}

void omv_input_mode(const struct omv_video *video, struct omv_pump_mode *mode)
{
	bool raw = omv_picture_line(video->picture.pixfmt, 1);

	*mode = (struct omv_pump_mode){
		.fetch = video->input == OMV_INPUT_STREAM ? &omv_fetch_stream :
							   &omv_fetch_frame,
	};
	if (video->input == OMV_INPUT_STREAM && raw) {
		mode->raw_width = video->picture.width;
		mode->raw_height = video->picture.height;
	}
}

/* ---- looking ---------------------------------------------------------- */

/* A stream sees for itself, and must not be disturbed. */
static bool omv_is_streaming(struct omv_camera *cam)
{
	return READ_ONCE(cam->video.streaming) || READ_ONCE(cam->gone);
}

/* What a channel gives, as far as its first bytes tell. */
struct omv_sight {
	union {
		struct omv_stream_hdr hdr;
		u8 bytes[OMV_PEEK_SIZE];
	};
	struct omv_picture picture;
	bool has_header;
	u64 interval;
};

static int omv_shape(struct omv_camera *cam, int channel, u32 size,
		     struct omv_picture *picture)
{
	/* A script's tuple may be of any length: what is behind the fourth is garbage (3.13). */
	__le32 shape[64];
	struct omv_request req = {
		.opcode = OMV_OP_SHAPE,
		.channel = channel,
		.buf = shape,
		.size = sizeof(shape),
	};
	int ret = omv_request(cam, &req);

	if (!ret)
		ret = omv_shape_parse(shape, req.received / sizeof(*shape),
				      size, picture);
	if (!ret && omv_picture_size(picture) > OMV_MAX_SIZEIMAGE)
		ret = -EINVAL;
	return ret;
}

/*
 * Tell what a frame of @size bytes is, of which the first @len are in @sight.
 *
 * Return: 0, -ENODATA if it is nothing known, or what struct omv_request says
 */
static int omv_recognize(struct omv_camera *cam, int channel, u32 size, u32 len,
			 struct omv_sight *sight)
{
	struct omv_jpeg jpeg;
	u32 offset;
	int ret;

	if (omv_jpeg_scan(sight->bytes, len, &jpeg) != -EINVAL && jpeg.width) {
		sight->picture.pixfmt = OMV_PIX_JPEG;
		sight->picture.width = jpeg.width;
		sight->picture.height = jpeg.height;
		return 0;
	}
	if (len >= sizeof(sight->hdr) &&
	    omv_stream_parse(&sight->hdr, size, &sight->picture, &offset) &&
	    omv_picture_size(&sight->picture) <= OMV_MAX_SIZEIMAGE) {
		sight->has_header = true;
		sight->interval = omv_stream_interval(&sight->hdr);
		return omv_format_is_known(sight->picture.pixfmt) ? 0 :
								    -ENODATA;
	}
	ret = omv_shape(cam, channel, size, &sight->picture);
	return ret == -EINVAL ? -ENODATA : ret;
}

/* A READ that stops short of the end lets the camera keep its frame (12.3). */
static int omv_frame_look(struct omv_camera *cam, struct omv_sight *sight)
{
	int channel = omv_channel_id(cam, OMV_CHANNEL_FRAME);
	u32 size, len;
	int ret;

	if (channel < 0)
		return channel;
	ret = omv_channel_size(cam, channel, &size);
	if (ret)
		return ret;
	if (size < 2)
		return -ENODATA;
	len = min_t(u32, size - 1, OMV_PEEK_SIZE);
	ret = omv_channel_read(cam, channel, sight->bytes, len);
	if (ret)
		return ret;
	return omv_recognize(cam, channel, size, len, sight);
}

static int omv_stream_ctrl(struct omv_camera *cam, int channel, u32 code, u32 a,
			   u32 b)
{
	__le32 args[] = { cpu_to_le32(a), cpu_to_le32(b) };
	struct omv_request req = {
		.opcode = OMV_OP_IOCTL,
		.channel = channel,
		.offset = code,
		.data = args,
		.length = code == OMV_STREAM_RAW_CFG ? 8 : 4,
	};

	return omv_request(cam, &req);
}

static int omv_channel_lock(struct omv_camera *cam, int channel, u8 opcode)
{
	struct omv_request req = { .opcode = opcode, .channel = channel };

	return omv_request(cam, &req);
}

/* Wait for a frame, and leave it unlocked. */
static int omv_stream_frame(struct omv_camera *cam, int channel,
			    struct omv_sight *sight)
{
	int tries = OMV_STREAM_TRIES;
	u32 size;
	int ret;

	do {
		if (omv_is_streaming(cam))
			return -EAGAIN;
		msleep(OMV_STREAM_TRY_MS);
		ret = omv_channel_lock(cam, channel, OMV_OP_LOCK);
	} while (ret == -EBUSY && --tries);
	if (ret)
		return ret == -EBUSY ? -ENODATA : ret;

	ret = omv_channel_size(cam, channel, &size);
	if (!ret && size < sizeof(sight->hdr))
		ret = -ENODATA;
	if (!ret)
		ret = omv_channel_read(cam, channel, sight->bytes,
				       sizeof(sight->hdr));
	if (!ret)
		ret = omv_recognize(cam, channel, size, sizeof(sight->hdr),
				    sight);
	omv_channel_lock(cam, channel, OMV_OP_UNLOCK);
	return ret;
}

/*
 * Is there a raw preview, and how large can it be? What is too large for the
 * camera's memory comes as JPEG (10.3).
 */
static void omv_stream_look_raw(struct omv_camera *cam, int channel,
				struct omv_sight *sight,
				struct omv_picture *raw)
{
	unsigned int width = sight->picture.width;
	unsigned int height = sight->picture.height;
	int i;

	for (i = 0; i < OMV_RAW_SIZES; i++, width /= 2, height /= 2) {
		if (omv_stream_ctrl(cam, channel, OMV_STREAM_RAW_CFG, width,
				    height) ||
		    omv_stream_ctrl(cam, channel, OMV_STREAM_RAW_CTRL, 1, 0) ||
		    omv_stream_ctrl(cam, channel, OMV_STREAM_CTRL, 1, 0) ||
		    omv_stream_frame(cam, channel, sight))
			return;
		if (!omv_picture_line(sight->picture.pixfmt, 1))
			continue;
		*raw = sight->picture;
		return;
	}
}

static int omv_stream_look(struct omv_camera *cam, struct omv_sight *sight,
			   struct omv_picture *raw)
{
	int channel = omv_channel_id(cam, OMV_CHANNEL_STREAM);
	struct omv_picture jpeg;
	u64 interval;
	int ret;

	if (channel < 0)
		return channel;
	ret = omv_stream_ctrl(cam, channel, OMV_STREAM_RAW_CTRL, 0, 0);
	if (!ret)
		ret = omv_stream_ctrl(cam, channel, OMV_STREAM_CTRL, 1, 0);
	if (!ret)
		ret = omv_stream_frame(cam, channel, sight);
	if (!ret) {
		jpeg = sight->picture;
		interval = sight->interval;
		omv_stream_look_raw(cam, channel, sight, raw);
		sight->picture = jpeg;
		sight->interval = interval;
	}
	/* A stream that has begun meanwhile waits for this, and switches it on. */
	omv_stream_ctrl(cam, channel, OMV_STREAM_RAW_CTRL, 0, 0);
	omv_stream_ctrl(cam, channel, OMV_STREAM_CTRL, 0, 0);
	return ret;
}

/* The format of an application that has not begun to stream follows. */
static void omv_input_take(struct omv_camera *cam, struct omv_input *input,
			   const struct omv_sight *sight,
			   const struct omv_picture *raw)
{
	struct omv_video *video = &cam->video;

	lockdep_assert_held(&cam->lock);
	input->picture = sight->picture;
	input->raw = *raw;
	input->has_header = sight->has_header;
	if (sight->interval && !input->rate.interval)
		input->rate.interval = sight->interval;
	/* Who has buffers keeps the format that they were made for. */
	if (vb2_is_busy(&video->queue)) {
		video->look_missed = true;
		return;
	}
	if (omv_picture_line(video->picture.pixfmt, 1) &&
	    video->picture.pixfmt == raw->pixfmt)
		return;
	omv_video_picture(cam, &sight->picture);
}

/* Look at the input that is selected. */
static int omv_input_look_at(struct omv_camera *cam, struct omv_sight *sight)
{
	struct omv_video *video = &cam->video;
	u8 index = READ_ONCE(video->input);
	struct omv_picture raw = { 0 };
	unsigned long flags;
	int ret;

	if (index == OMV_INPUT_FRAME)
		ret = omv_frame_look(cam, sight);
	else
		ret = omv_stream_look(cam, sight, &raw);

	spin_lock_irqsave(&cam->lock, flags);
	if (video->input == index && !video->streaming) {
		omv_input(video)->signal = !ret;
		if (ret == -EAGAIN)
			video->look_missed = true;
		if (!ret)
			omv_input_take(cam, omv_input(video), sight, &raw);
	}
	spin_unlock_irqrestore(&cam->lock, flags);
	return ret;
}

/*
 * A script that registers "frame" is meant to be seen through it. Neither an
 * application's choice nor its buffers are taken from it.
 *
 * Return: 0, or -EALREADY if an application is just about to choose
 */
static int omv_input_select(struct omv_camera *cam)
{
	struct omv_video *video = &cam->video;
	bool has_frame = omv_channel_id(cam, OMV_CHANNEL_FRAME) >= 0;
	u8 index = has_frame ? OMV_INPUT_FRAME : OMV_INPUT_STREAM;
	unsigned long flags;

	if (READ_ONCE(video->chosen))
		return 0;
	/* Who holds it may wait for this very look. */
	if (!mutex_trylock(&cam->video_lock))
		return -EALREADY;
	mutex_lock(&cam->queue_lock);
	spin_lock_irqsave(&cam->lock, flags);
	if (!video->chosen && !vb2_is_busy(&video->queue))
		omv_input_set(cam, index);
	else if (!video->chosen && video->input != index)
		video->look_missed = true;
	spin_unlock_irqrestore(&cam->lock, flags);
	mutex_unlock(&cam->queue_lock);
	mutex_unlock(&cam->video_lock);
	return 0;
}

void omv_input_set(struct omv_camera *cam, u8 index)
{
	struct omv_video *video = &cam->video;

	lockdep_assert_held(&cam->lock);
	if (video->input == index)
		return;
	video->input = index;
	omv_video_picture(cam, &omv_input(video)->picture);
}

/* Frames have a header where they had none, or the other way round: fetch them anew. */
static void omv_input_rehead(struct omv_camera *cam)
{
	struct omv_video *video = &cam->video;
	unsigned long flags;

	spin_lock_irqsave(&cam->lock, flags);
	if (video->rehead && video->input == OMV_INPUT_FRAME) {
		omv_input(video)->has_header = !omv_input(video)->has_header;
		omv_video_restart(cam);
	}
	video->rehead = false;
	spin_unlock_irqrestore(&cam->lock, flags);
}

/*
 * All that can be asked without taking a frame away from the stream: what a
 * frame is that is no JPEG.
 */
static int omv_input_look_streaming(struct omv_camera *cam)
{
	struct omv_video *video = &cam->video;
	int channel = omv_channel_id(cam, OMV_CHANNEL_FRAME);
	struct omv_picture picture;
	unsigned long flags;
	u32 size;
	int ret;

	WRITE_ONCE(video->look_missed, true);
	if (READ_ONCE(video->rehead)) {
		omv_input_rehead(cam);
		return 0;
	}
	if (channel < 0 || !READ_ONCE(video->strange) ||
	    READ_ONCE(video->input) != OMV_INPUT_FRAME)
		return 0;
	WRITE_ONCE(video->strange, false);
	ret = omv_channel_size(cam, channel, &size);
	if (!ret)
		ret = omv_shape(cam, channel, size, &picture);
	if (ret)
		return ret;
	spin_lock_irqsave(&cam->lock, flags);
	video->inputs[OMV_INPUT_FRAME].picture = picture;
	if (video->input == OMV_INPUT_FRAME)
		omv_video_picture(cam, &picture);
	spin_unlock_irqrestore(&cam->lock, flags);
	return 0;
}

/* A stream that begins from here on waits until the look is over. */
static bool omv_input_begin_look(struct omv_camera *cam)
{
	unsigned long flags;
	bool ret;

	spin_lock_irqsave(&cam->lock, flags);
	ret = !cam->video.streaming && !cam->gone;
	cam->video.looking = ret;
	if (ret)
		cam->video.look_missed = false;
	spin_unlock_irqrestore(&cam->lock, flags);
	return ret;
}

int omv_input_look(struct omv_camera *cam)
{
	struct omv_video *video = &cam->video;
	struct omv_sight *sight;
	unsigned long flags;
	int ret, busy;

	sight = kzalloc(sizeof(*sight), GFP_KERNEL);
	if (!sight)
		return -ENOMEM;
	busy = omv_input_select(cam);
	if (!omv_input_begin_look(cam)) {
		kfree(sight);
		return omv_input_look_streaming(cam);
	}
	ret = omv_input_look_at(cam, sight);
	kfree(sight);

	spin_lock_irqsave(&cam->lock, flags);
	video->looking = false;
	/* What an application has begun meanwhile. */
	omv_video_link(cam);
	omv_camera_rearm(cam);
	if (video->input == OMV_INPUT_STREAM && ret == -ENODATA &&
	    ++video->looks < OMV_STREAM_LOOKS)
		omv_peek(cam, OMV_PEEK_MS << video->looks);
	else if (video->input == OMV_INPUT_STREAM && !ret)
		video->looks = 0;
	spin_unlock_irqrestore(&cam->lock, flags);
	return ret ?: busy;
}

void omv_input_event(struct omv_camera *cam, u8 channel)
{
	struct omv_video *video = &cam->video;

	lockdep_assert_held(&cam->lock);
	/* A script has begun or ended, and with it what the pictures are. */
	if (omv_host_is(&cam->host, channel, OMV_CHANNEL_STDIN)) {
		video->looks = 0;
		video->inputs[OMV_INPUT_FRAME].signal = false;
		video->inputs[OMV_INPUT_STREAM].signal = false;
		if (!video->streaming)
			omv_peek(cam, OMV_PEEK_MS);
	} else if (!omv_input(video)->signal && !video->streaming &&
		   omv_host_is(&cam->host, channel, omv_input_name(video))) {
		omv_peek(cam, OMV_PEEK_MS);
	}
}

/* ---- ioctls ----------------------------------------------------------- */

int omv_enum_input(struct file *file, void *priv, struct v4l2_input *input)
{
	struct omv_camera *cam = video_drvdata(file);
	struct omv_input *in;
	const char *name;

	if (input->index >= OMV_INPUTS)
		return -EINVAL;
	in = &cam->video.inputs[input->index];
	name = omv_input_names[input->index];
	strscpy(input->name, name, sizeof(input->name));
	input->type = V4L2_INPUT_TYPE_CAMERA;
	/* The preview is always there, but shows nothing without a script. */
	if (omv_channel_id(cam, name) < 0 ||
	    (input->index == OMV_INPUT_STREAM && !READ_ONCE(in->signal)))
		input->status = V4L2_IN_ST_NO_SIGNAL;
	return 0;
}

int omv_g_input(struct file *file, void *priv, unsigned int *index)
{
	struct omv_camera *cam = video_drvdata(file);

	*index = cam->video.input;
	return 0;
}

/* So that the format is the right one when the ioctl returns. */
static int omv_wait_look(struct omv_camera *cam)
{
	unsigned long flags;
	unsigned int look;
	long left;

	spin_lock_irqsave(&cam->lock, flags);
	omv_look(cam);
	look = cam->looks_wanted;
	spin_unlock_irqrestore(&cam->lock, flags);
	left = wait_event_interruptible_timeout(cam->wait,
						READ_ONCE(cam->gone) ||
						(int)(READ_ONCE(cam->looks_done) - look) >= 0,
						msecs_to_jiffies(OMV_INPUT_MS));
	if (left < 0)
		return left;
	return READ_ONCE(cam->gone) ? -ENODEV : 0;
}

int omv_s_input(struct file *file, void *priv, unsigned int index)
{
	struct omv_camera *cam = video_drvdata(file);
	struct omv_video *video = &cam->video;
	unsigned long flags;
	bool busy;

	if (index >= OMV_INPUTS)
		return -EINVAL;
	if (index == video->input) {
		video->chosen = true;
		return 0;
	}
	mutex_lock(&cam->queue_lock);
	busy = vb2_is_busy(&video->queue);
	if (!busy) {
		spin_lock_irqsave(&cam->lock, flags);
		video->chosen = true;
		omv_input_set(cam, index);
		spin_unlock_irqrestore(&cam->lock, flags);
	}
	mutex_unlock(&cam->queue_lock);
	if (busy)
		return -EBUSY;
	return omv_input(video)->signal ? 0 : omv_wait_look(cam);
}
