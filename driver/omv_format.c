// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pixel formats, sizes and frame intervals: what the ioctls tell of them.
 *
 * The camera decides on nearly all of it. An application chooses between what
 * the firmware's preview offers, JPEG or raw and how large that is, and how many
 * of the frames it wants.
 */
#include <media/v4l2-ioctl.h>

#include "openmv.h"

/* Before the first frame was seen. */
#define OMV_DEFAULT_WIDTH	640
#define OMV_DEFAULT_HEIGHT	480

/* What a camera can make us allocate for each buffer. */
#define OMV_MIN_SIZEIMAGE	SZ_64K

/* Smaller raw previews are not offered. */
#define OMV_RAW_MIN		16

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

bool omv_format_is_known(u32 pixfmt)
{
	return omv_fourcc(pixfmt);
}

/* ---- the format ------------------------------------------------------- */

static void omv_fill_jpeg(struct v4l2_pix_format *pix, u32 largest)
{
	/* The one place where the camera's numbers become an allocation. */
	pix->sizeimage = min_t(u64, (u64)pix->width * pix->height * 2,
			       OMV_MAX_SIZEIMAGE);
	pix->sizeimage = max3(pix->sizeimage, largest, (u32)OMV_MIN_SIZEIMAGE);
	pix->sizeimage = PAGE_ALIGN(pix->sizeimage);
}

static void omv_fill_picture(struct v4l2_pix_format *pix,
			     const struct omv_picture *picture, u32 largest)
{
	memset(pix, 0, sizeof(*pix));
	pix->width = picture->width ?: OMV_DEFAULT_WIDTH;
	pix->height = picture->height ?: OMV_DEFAULT_HEIGHT;
	pix->pixelformat = omv_fourcc(picture->pixfmt) ?: V4L2_PIX_FMT_MJPEG;
	pix->field = V4L2_FIELD_NONE;
	pix->colorspace = V4L2_COLORSPACE_SRGB;
	pix->xfer_func = V4L2_XFER_FUNC_SRGB;
	pix->ycbcr_enc = V4L2_YCBCR_ENC_601;
	pix->quantization = V4L2_QUANTIZATION_FULL_RANGE;
	pix->bytesperline = omv_picture_line(picture->pixfmt, pix->width);
	if (pix->bytesperline)
		pix->sizeimage = pix->bytesperline * pix->height;
	else
		omv_fill_jpeg(pix, largest);
}

void omv_fill_format(struct omv_camera *cam, struct v4l2_pix_format *pix)
{
	struct omv_video *video = &cam->video;
	struct omv_picture picture;
	unsigned long flags;
	u32 largest;

	spin_lock_irqsave(&cam->lock, flags);
	picture = video->picture;
	largest = omv_input(video)->largest;
	spin_unlock_irqrestore(&cam->lock, flags);
	omv_fill_picture(pix, &picture, largest);
}

/*
 * The pictures that can be had now, in an order that stays while the camera's
 * do.
 *
 * Return: true if there is a number @index, in @picture
 */
static bool omv_offer(struct omv_camera *cam, unsigned int index,
		      struct omv_picture *picture)
{
	struct omv_video *video = &cam->video;
	struct omv_input *input;
	unsigned long flags;
	struct omv_picture raw;

	spin_lock_irqsave(&cam->lock, flags);
	input = omv_input(video);
	raw = input->raw;
	*picture = input->picture;
	spin_unlock_irqrestore(&cam->lock, flags);

	if (!index--)
		return true;
	if (!raw.width || index >= OMV_RAW_SIZES)
		return false;
	/* Halves only: then the camera's rounding is no matter. */
	if (raw.width % (1 << index) || raw.height % (1 << index) ||
	    raw.width >> index < OMV_RAW_MIN ||
	    raw.height >> index < OMV_RAW_MIN)
		return false;
	raw.width >>= index;
	raw.height >>= index;
	*picture = raw;
	return true;
}

/* The number of an offer whose pixel format is @pixelformat. */
static int omv_first_offer(struct omv_camera *cam, u32 pixelformat)
{
	struct v4l2_pix_format pix;
	struct omv_picture picture;
	unsigned int i;

	for (i = 0; omv_offer(cam, i, &picture); i++) {
		omv_fill_picture(&pix, &picture, 0);
		if (pix.pixelformat == pixelformat)
			return i;
	}
	return -EINVAL;
}

int omv_enum_fmt(struct file *file, void *priv, struct v4l2_fmtdesc *fmt)
{
	struct omv_camera *cam = video_drvdata(file);
	struct v4l2_pix_format pix;
	struct omv_picture picture;

	/* The first offer of a format is number 0 or 1. */
	if (fmt->index > 1 || !omv_offer(cam, fmt->index, &picture))
		return -EINVAL;
	omv_fill_picture(&pix, &picture, 0);
	fmt->pixelformat = pix.pixelformat;
	return 0;
}

int omv_g_fmt(struct file *file, void *priv, struct v4l2_format *fmt)
{
	omv_fill_format(video_drvdata(file), &fmt->fmt.pix);
	return 0;
}

/* The offer of that pixel format that is nearest in size; else the first one. */
static void omv_choose(struct omv_camera *cam,
		       const struct v4l2_pix_format *want,
		       struct omv_picture *chosen)
{
	int i = omv_first_offer(cam, want->pixelformat);
	u64 best = U64_MAX, off;
	struct omv_picture picture;

	/* What is offered may change meanwhile: this one never goes. */
	omv_offer(cam, 0, chosen);
	if (i <= 0)
		return;
	for (; omv_offer(cam, i, &picture); i++) {
		off = abs((s64)want->width - picture.width) +
		      abs((s64)want->height - picture.height);
		if (off < best) {
			best = off;
			*chosen = picture;
		}
	}
}

int omv_try_fmt(struct file *file, void *priv, struct v4l2_format *fmt)
{
	struct omv_camera *cam = video_drvdata(file);
	struct omv_picture picture;
	unsigned long flags;
	u32 largest;

	omv_choose(cam, &fmt->fmt.pix, &picture);
	spin_lock_irqsave(&cam->lock, flags);
	largest = omv_input(&cam->video)->largest;
	spin_unlock_irqrestore(&cam->lock, flags);
	omv_fill_picture(&fmt->fmt.pix, &picture, largest);
	return 0;
}

int omv_s_fmt(struct file *file, void *priv, struct v4l2_format *fmt)
{
	struct omv_camera *cam = video_drvdata(file);
	struct omv_picture picture;
	unsigned long flags;
	bool busy;

	omv_choose(cam, &fmt->fmt.pix, &picture);
	mutex_lock(&cam->queue_lock);
	busy = vb2_is_busy(&cam->video.queue);
	if (!busy) {
		spin_lock_irqsave(&cam->lock, flags);
		cam->video.picture = picture;
		spin_unlock_irqrestore(&cam->lock, flags);
	}
	mutex_unlock(&cam->queue_lock);
	return busy ? -EBUSY : omv_g_fmt(file, priv, fmt);
}

int omv_enum_framesizes(struct file *file, void *priv,
			struct v4l2_frmsizeenum *size)
{
	struct omv_camera *cam = video_drvdata(file);
	int i = omv_first_offer(cam, size->pixel_format);
	struct v4l2_pix_format pix;
	struct omv_picture picture;

	if (i < 0 || size->index >= OMV_RAW_SIZES ||
	    !omv_offer(cam, i + size->index, &picture))
		return -EINVAL;
	omv_fill_picture(&pix, &picture, 0);
	if (pix.pixelformat != size->pixel_format)
		return -EINVAL;
	size->type = V4L2_FRMSIZE_TYPE_DISCRETE;
	size->discrete.width = pix.width;
	size->discrete.height = pix.height;
	return 0;
}

/* ---- the frame interval ----------------------------------------------- */

/* Slower than the camera only: the driver drops frames, it can't make any. */
static const u8 omv_lower_rates[] = { 30, 20, 15, 10, 5 };

/* In whole frames a second, or in tenths if those are few. */
static struct v4l2_fract omv_fract(u64 interval)
{
	u32 tenths = div64_u64(10 * NSEC_PER_SEC + interval / 2, interval);
	struct v4l2_fract fract = { 10, max(tenths, 1U) };

	if (tenths >= 50) {
		fract.numerator = 1;
		fract.denominator = DIV_ROUND_CLOSEST(tenths, 10);
	}
	return fract;
}

static bool omv_is_offered(struct omv_camera *cam,
			   const struct v4l2_frmivalenum *ival)
{
	int i = omv_first_offer(cam, ival->pixel_format);
	struct v4l2_pix_format pix;
	struct omv_picture picture;

	if (i < 0)
		return false;
	for (; omv_offer(cam, i, &picture); i++) {
		omv_fill_picture(&pix, &picture, 0);
		if (pix.pixelformat == ival->pixel_format &&
		    pix.width == ival->width && pix.height == ival->height)
			return true;
	}
	return false;
}

int omv_enum_frameintervals(struct file *file, void *priv,
			    struct v4l2_frmivalenum *ival)
{
	struct omv_camera *cam = video_drvdata(file);
	unsigned int i, n = ival->index;
	struct v4l2_fract fract;
	unsigned long flags;

	if (!omv_is_offered(cam, ival))
		return -EINVAL;
	spin_lock_irqsave(&cam->lock, flags);
	fract = omv_fract(omv_rate_reported(&omv_input(&cam->video)->rate));
	spin_unlock_irqrestore(&cam->lock, flags);

	ival->type = V4L2_FRMIVAL_TYPE_DISCRETE;
	ival->discrete = fract;
	for (i = 0; n && i < ARRAY_SIZE(omv_lower_rates); i++) {
		/* As omv_rate_limit() has it. */
		if (17 * omv_lower_rates[i] * fract.numerator >=
		    16 * fract.denominator)
			continue;
		ival->discrete.numerator = 1;
		ival->discrete.denominator = omv_lower_rates[i];
		n--;
	}
	return n ? -EINVAL : 0;
}

int omv_g_parm(struct file *file, void *priv, struct v4l2_streamparm *parm)
{
	struct omv_camera *cam = video_drvdata(file);
	struct v4l2_captureparm *capture = &parm->parm.capture;
	struct omv_video *video = &cam->video;
	struct omv_rate *rate;
	unsigned long flags;
	u64 interval;

	memset(capture, 0, sizeof(*capture));
	capture->capability = V4L2_CAP_TIMEPERFRAME;
	capture->readbuffers = OMV_MIN_BUFFERS;
	spin_lock_irqsave(&cam->lock, flags);
	rate = &omv_input(video)->rate;
	interval = omv_rate_reported(rate);
	if (rate->wanted > interval)
		capture->timeperframe = omv_input(video)->limit;
	else
		capture->timeperframe = omv_fract(interval);
	spin_unlock_irqrestore(&cam->lock, flags);
	return 0;
}

int omv_s_parm(struct file *file, void *priv, struct v4l2_streamparm *parm)
{
	struct omv_camera *cam = video_drvdata(file);
	struct v4l2_fract want = parm->parm.capture.timeperframe;
	unsigned long flags;
	u64 interval = 0;

	if (want.numerator && want.denominator)
		interval = div_u64((u64)NSEC_PER_SEC * want.numerator,
				   want.denominator);
	if (interval > OMV_RATE_MAX_NS)
		want = omv_fract(OMV_RATE_MAX_NS);
	spin_lock_irqsave(&cam->lock, flags);
	omv_rate_limit(&omv_input(&cam->video)->rate, interval);
	omv_input(&cam->video)->limit = want;
	spin_unlock_irqrestore(&cam->lock, flags);
	return omv_g_parm(file, priv, parm);
}
