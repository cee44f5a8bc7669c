// SPDX-License-Identifier: GPL-2.0-only
/*
 * Inputs of a video node. The detection of their format, before a stream is
 * started, is in core/omv_detect.c.
 */
#include <media/v4l2-event.h>
#include <media/v4l2-ioctl.h>

#include "omv_video.h"

/* How long VIDIOC_S_INPUT waits for the format of the input, in ms. */
#define OMV_INPUT_MS	2000

/**
 * omv_video_changed() - queue V4L2_EVENT_SOURCE_CHANGE: G_FMT has changed
 * @video: video node
 *
 * Any context.
 */
void omv_video_changed(struct omv_video *video)
{
	static const struct v4l2_event event = {
		.type = V4L2_EVENT_SOURCE_CHANGE,
		.u.src_change.changes = V4L2_EVENT_SRC_CH_RESOLUTION,
	};

	if (video_is_registered(&video->dev))
		v4l2_event_queue(&video->dev, &event);
}

/**
 * omv_video_is_detecting() - is a detection of the format running
 * @video: video node
 *
 * omv_link.wait is woken when the detection ends. Any context; the caller does
 * not hold the lock of the link.
 *
 * Return: true if a detection is running
 */
bool omv_video_is_detecting(struct omv_video *video)
{
	struct omv_link *link = video->client.link;
	unsigned long flags;
	bool ret;

	spin_lock_irqsave(&link->lock, flags);
	ret = omv_detect_is_busy(&video->detect);
	spin_unlock_irqrestore(&link->lock, flags);
	return ret;
}

/**
 * omv_enum_input() - VIDIOC_ENUMINPUT
 * @file: open file
 * @priv: not used
 * @input: the application sets index, this function the other members
 *
 * Return: 0 or -EINVAL
 */
int omv_enum_input(struct file *file, void *priv, struct v4l2_input *input)
{
	struct omv_video *video = video_drvdata(file);
	struct omv_link *link = video->client.link;
	unsigned long flags;
	bool signal, stalled;

	if (input->index >= video->detect.nr_inputs)
		return -EINVAL;
	spin_lock_irqsave(&link->lock, flags);
	stalled = omv_pump_is_stalled(&video->pump, omv_now());
	signal = !video->disabled &&
		 omv_detect_has_signal(&video->detect, input->index, stalled);
	spin_unlock_irqrestore(&link->lock, flags);
	strscpy(input->name, video->detect.inputs[input->index].name,
		sizeof(input->name));
	input->type = V4L2_INPUT_TYPE_CAMERA;
	if (!signal)
		input->status = V4L2_IN_ST_NO_SIGNAL;
	return 0;
}

/**
 * omv_g_input() - VIDIOC_G_INPUT
 * @file: open file
 * @priv: not used
 * @index: set to the index of the selected input
 *
 * Return: 0
 */
int omv_g_input(struct file *file, void *priv, unsigned int *index)
{
	struct omv_video *video = video_drvdata(file);

	*index = READ_ONCE(video->detect.input);
	return 0;
}

/**
 * omv_s_input() - VIDIOC_S_INPUT
 * @file: open file
 * @priv: not used
 * @index: index of the input
 *
 * Waits until the format of the input is known, but not longer than
 * OMV_INPUT_MS. The caller holds no lock.
 *
 * Return: 0, -EINVAL, -EBUSY if buffers are allocated, -ENODEV if the camera is
 * disconnected, or -ERESTARTSYS on a signal
 */
int omv_s_input(struct file *file, void *priv, unsigned int index)
{
	struct omv_video *video = video_drvdata(file);
	struct omv_link *link = video->client.link;
	unsigned long flags;
	long left;
	int ret;

	spin_lock_irqsave(&link->lock, flags);
	ret = omv_detect_select(&video->detect, index, omv_now());
	omv_link_rearm(link);
	spin_unlock_irqrestore(&link->lock, flags);
	if (ret)
		return ret;
	left = wait_event_interruptible_timeout(link->wait,
						READ_ONCE(link->disconnected) ||
						!omv_video_is_detecting(video),
						msecs_to_jiffies(OMV_INPUT_MS));
	if (left < 0)
		return left;
	return READ_ONCE(link->disconnected) ? -ENODEV : 0;
}
