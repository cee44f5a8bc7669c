// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctls for pixel format, frame size and frame interval. core/omv_offer.c
 * decides what is offered.
 */
#include <media/v4l2-ioctl.h>

#include "core/omv_offer.h"
#include "omv_video.h"

static const struct {
	u32 fourcc;
	u32 pixfmt;
} omv_formats[] = {
	{ V4L2_PIX_FMT_MJPEG, OMV_PIX_JPEG },
	{ V4L2_PIX_FMT_GREY, OMV_PIX_GRAYSCALE },
	{ V4L2_PIX_FMT_RGB565, OMV_PIX_RGB565 },
	{ V4L2_PIX_FMT_ABGR32, OMV_PIX_ARGB8 },
	{ V4L2_PIX_FMT_SBGGR8, OMV_PIX_BGGR },
	{ V4L2_PIX_FMT_SGBRG8, OMV_PIX_GBRG },
	{ V4L2_PIX_FMT_SGRBG8, OMV_PIX_GRBG },
	{ V4L2_PIX_FMT_SRGGB8, OMV_PIX_RGGB },
	{ V4L2_PIX_FMT_YUYV, OMV_PIX_YUYV },
	{ V4L2_PIX_FMT_YVYU, OMV_PIX_YVYU },
};

static u32 omv_fourcc(u32 pixfmt)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(omv_formats); i++)
		if (omv_formats[i].pixfmt == pixfmt)
			return omv_formats[i].fourcc;
	return 0;
}

/* Return: OMV_PIX_*, 0 for a fourcc that no camera supports */
static u32 omv_pixfmt(u32 fourcc)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(omv_formats); i++)
		if (omv_formats[i].fourcc == fourcc)
			return omv_formats[i].pixfmt;
	return 0;
}

static void omv_snapshot_input(struct omv_video *video,
			       struct omv_input *input)
{
	unsigned long flags;

	spin_lock_irqsave(&video->client.link->lock, flags);
	*input = *omv_detect_input(&video->detect);
	spin_unlock_irqrestore(&video->client.link->lock, flags);
}

/* ---- the format ------------------------------------------------------- */

static void omv_fill_picture(struct v4l2_pix_format *pix,
			     const struct omv_picture *picture, u32 largest)
{
	const struct omv_picture visible = omv_offer_visible(picture);

	memset(pix, 0, sizeof(*pix));
	pix->width = visible.width;
	pix->height = visible.height;
	pix->pixelformat = omv_fourcc(visible.pixfmt);
	pix->field = V4L2_FIELD_NONE;
	pix->colorspace = V4L2_COLORSPACE_SRGB;
	pix->xfer_func = V4L2_XFER_FUNC_SRGB;
	pix->ycbcr_enc = V4L2_YCBCR_ENC_601;
	pix->quantization = V4L2_QUANTIZATION_FULL_RANGE;
	pix->bytesperline = omv_picture_line(visible.pixfmt, visible.width);
	pix->sizeimage = omv_offer_buffer(&visible, largest);
	if (!pix->bytesperline)
		pix->sizeimage = PAGE_ALIGN(pix->sizeimage);
}

/**
 * omv_fill_format() - get the current format
 * @video: video node
 * @pix: all members are set
 *
 * Any context; the caller does not hold the lock of the link.
 */
void omv_fill_format(struct omv_video *video, struct v4l2_pix_format *pix)
{
	struct omv_picture picture;
	unsigned long flags;
	u32 largest;

	spin_lock_irqsave(&video->client.link->lock, flags);
	picture = video->detect.picture;
	largest = omv_detect_input(&video->detect)->largest;
	spin_unlock_irqrestore(&video->client.link->lock, flags);
	omv_fill_picture(pix, &picture, largest);
}

/**
 * omv_enum_fmt() - VIDIOC_ENUM_FMT
 * @file: open file
 * @priv: not used
 * @fmt: the application sets index, this function the other members
 *
 * Return: 0 or -EINVAL
 */
int omv_enum_fmt(struct file *file, void *priv, struct v4l2_fmtdesc *fmt)
{
	struct omv_picture picture;
	struct omv_input input;

	omv_snapshot_input(video_drvdata(file), &input);
	/* At most two formats: offers from index 1 on differ in size only. */
	if (fmt->index > 1 || !omv_offer(&input, fmt->index, &picture))
		return -EINVAL;
	fmt->pixelformat = omv_fourcc(omv_offer_visible(&picture).pixfmt);
	return 0;
}

/**
 * omv_g_fmt() - VIDIOC_G_FMT
 * @file: open file
 * @priv: not used
 * @fmt: set to the current format
 *
 * Return: 0
 */
int omv_g_fmt(struct file *file, void *priv, struct v4l2_format *fmt)
{
	omv_fill_format(video_drvdata(file), &fmt->fmt.pix);
	return 0;
}

static void omv_choose(const struct omv_input *input,
		       const struct v4l2_pix_format *pix,
		       struct omv_picture *picture)
{
	const struct omv_picture want = {
		.pixfmt = omv_pixfmt(pix->pixelformat),
		.width = min(pix->width, 0xffffu),
		.height = min(pix->height, 0xffffu),
	};

	omv_offer_nearest(input, &want, picture);
}

/**
 * omv_try_fmt() - VIDIOC_TRY_FMT
 * @file: open file
 * @priv: not used
 * @fmt: changed to the nearest format on offer
 *
 * Return: 0
 */
int omv_try_fmt(struct file *file, void *priv, struct v4l2_format *fmt)
{
	struct omv_picture picture;
	struct omv_input input;

	omv_snapshot_input(video_drvdata(file), &input);
	omv_choose(&input, &fmt->fmt.pix, &picture);
	omv_fill_picture(&fmt->fmt.pix, &picture, input.largest);
	return 0;
}

/**
 * omv_s_fmt() - VIDIOC_S_FMT
 * @file: open file
 * @priv: not used
 * @fmt: changed to the nearest format on offer
 *
 * Return: 0, or -EBUSY if buffers are allocated
 */
int omv_s_fmt(struct file *file, void *priv, struct v4l2_format *fmt)
{
	struct omv_video *video = video_drvdata(file);
	struct omv_picture picture;
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&video->client.link->lock, flags);
	omv_choose(omv_detect_input(&video->detect), &fmt->fmt.pix, &picture);
	ret = omv_detect_set_picture(&video->detect, &picture);
	spin_unlock_irqrestore(&video->client.link->lock, flags);
	return ret ?: omv_g_fmt(file, priv, fmt);
}

/**
 * omv_enum_framesizes() - VIDIOC_ENUM_FRAMESIZES
 * @file: open file
 * @priv: not used
 * @size: the application sets index and pixel_format, this function the other
 *	members
 *
 * Return: 0 or -EINVAL
 */
int omv_enum_framesizes(struct file *file, void *priv,
			struct v4l2_frmsizeenum *size)
{
	u32 pixfmt = omv_pixfmt(size->pixel_format);
	struct omv_picture picture;
	struct omv_input input;
	int i;

	omv_snapshot_input(video_drvdata(file), &input);
	i = omv_offer_first(&input, pixfmt);
	if (i < 0 || size->index >= OMV_RAW_SIZES ||
	    !omv_offer(&input, i + size->index, &picture))
		return -EINVAL;
	picture = omv_offer_visible(&picture);
	if (picture.pixfmt != pixfmt)
		return -EINVAL;
	size->type = V4L2_FRMSIZE_TYPE_DISCRETE;
	size->discrete.width = picture.width;
	size->discrete.height = picture.height;
	return 0;
}

/* ---- the frame interval ----------------------------------------------- */

static struct v4l2_fract omv_fract(const struct omv_fraction *fraction)
{
	return (struct v4l2_fract){
		.numerator = fraction->numerator,
		.denominator = fraction->denominator,
	};
}

/**
 * omv_enum_frameintervals() - VIDIOC_ENUM_FRAMEINTERVALS
 * @file: open file
 * @priv: not used
 * @ival: the application sets index, pixel_format, width and height, this
 *	function the other members
 *
 * Return: 0 or -EINVAL
 */
int omv_enum_frameintervals(struct file *file, void *priv,
			    struct v4l2_frmivalenum *ival)
{
	const struct omv_picture picture = {
		.pixfmt = omv_pixfmt(ival->pixel_format),
		.width = min(ival->width, 0xffffu),
		.height = min(ival->height, 0xffffu),
	};
	struct omv_fraction fraction;
	struct omv_input input;

	omv_snapshot_input(video_drvdata(file), &input);
	if (!omv_offer_has(&input, &picture) ||
	    !omv_offer_intervals(input.rate.fastest, ival->index, &fraction))
		return -EINVAL;
	ival->type = V4L2_FRMIVAL_TYPE_DISCRETE;
	ival->discrete = omv_fract(&fraction);
	return 0;
}

static void omv_fill_parm(struct omv_video *video,
			  struct v4l2_captureparm *capture)
{
	struct omv_fraction fraction;
	struct omv_rate *rate;
	unsigned long flags;

	memset(capture, 0, sizeof(*capture));
	capture->capability = V4L2_CAP_TIMEPERFRAME;
	capture->readbuffers = OMV_MIN_BUFFERS;
	spin_lock_irqsave(&video->client.link->lock, flags);
	rate = &omv_detect_input(&video->detect)->rate;
	omv_offer_interval(omv_rate_reported(rate), &fraction);
	if (rate->wanted)
		capture->timeperframe = video->limits[video->detect.input];
	else
		capture->timeperframe = omv_fract(&fraction);
	spin_unlock_irqrestore(&video->client.link->lock, flags);
}

/**
 * omv_g_parm() - VIDIOC_G_PARM
 * @file: open file
 * @priv: not used
 * @parm: set to the current parameters
 *
 * The frame interval is the one that was set by S_PARM, or that of the camera.
 *
 * Return: 0
 */
int omv_g_parm(struct file *file, void *priv, struct v4l2_streamparm *parm)
{
	omv_fill_parm(video_drvdata(file), &parm->parm.capture);
	return 0;
}

/* Is the queue owned by another file, whose frame rate must not change. */
static bool omv_is_in_use(struct omv_video *video, struct file *file)
{
	bool ret;

	mutex_lock(&video->queue_lock);
	ret = vb2_queue_is_busy(&video->queue, file);
	mutex_unlock(&video->queue_lock);
	return ret;
}

/**
 * omv_s_parm() - VIDIOC_S_PARM
 * @file: open file
 * @priv: not used
 * @parm: changed to the resulting parameters
 *
 * The camera does not change its frame rate: surplus frames are not fetched. A
 * shorter interval than that of the camera is accepted. An interval of 0
 * selects all frames.
 *
 * Return: 0, or -EBUSY if another file has buffers
 */
int omv_s_parm(struct file *file, void *priv, struct v4l2_streamparm *parm)
{
	struct omv_video *video = video_drvdata(file);
	struct v4l2_captureparm *capture = &parm->parm.capture;
	struct omv_fraction want = {
		.numerator = capture->timeperframe.numerator,
		.denominator = capture->timeperframe.denominator,
	};
	u64 interval = omv_offer_wanted(&want);
	unsigned long flags;

	if (omv_is_in_use(video, file))
		return -EBUSY;
	spin_lock_irqsave(&video->client.link->lock, flags);
	omv_rate_limit(&omv_detect_input(&video->detect)->rate, interval);
	video->limits[video->detect.input] = omv_fract(&want);
	spin_unlock_irqrestore(&video->client.link->lock, flags);
	omv_fill_parm(video, capture);
	return 0;
}
