// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Detection of a channel of a script (protocol 12.3): SIZE, READ of the first
 * bytes, SHAPE. With @shape_first: SIZE, SHAPE, and if SHAPE does not match,
 * SIZE and READ. If the size of a JPEG is not in its first bytes, as behind a
 * thumbnail: SIZE and READ again, from segment to segment.
 */
#include "omv_detect_priv.h"

static void frame_fail(struct omv_detect *detect, int result, u64 now)
{
	detect->result = result;
	detect_finish(detect, now);
}

/**
 * detect_frame_ask_shape() - send SHAPE (protocol 3.13)
 * @detect: detection, with @size set
 * @now: time in ms
 *
 * Context: under the lock of the host end.
 */
void detect_frame_ask_shape(struct omv_detect *detect, u64 now)
{
	detect_send(detect, OMV_DETECT_SHAPE, OMV_OP_SHAPE, detect->answer,
		    sizeof(detect->answer), now);
}

static void frame_ask_size(struct omv_detect *detect, u64 now)
{
	detect_send(detect, OMV_DETECT_SIZE, OMV_OP_SIZE, detect->answer,
		    sizeof(*detect->answer), now);
}

/**
 * detect_frame_begin() - start the detection of a channel of a script
 * @detect: detection, with @channel set
 * @now: time in ms
 *
 * Context: under the lock of the host end.
 */
void detect_frame_begin(struct omv_detect *detect, u64 now)
{
	detect->offset = 0;
	detect->reads = 0;
	detect->ask_shape = detect->shape_first;
	frame_ask_size(detect, now);
}

/* A READ up to the last byte would release the frame (protocol 12.3). */
static void frame_sized(struct omv_detect *detect, u64 now)
{
	u32 size = le32_to_cpu(detect->answer[0]), left;

	/* The script has another frame now (T-20): begin again. */
	if (size != detect->size)
		detect->offset = 0;
	detect->size = size;
	if (size < 2) {
		frame_fail(detect, -ENODATA, now);
	} else if (detect->ask_shape || detect->offset >= size - 1) {
		detect_frame_ask_shape(detect, now);
	} else {
		left = size - 1 - detect->offset;
		detect->reads++;
		detect_read(detect, detect->offset,
			    left < OMV_DETECT_HEAD_SIZE ? left :
							  OMV_DETECT_HEAD_SIZE,
			    now);
	}
}

/*
 * Search the part of a JPEG that was read. Without a segment at @offset this is
 * part of another frame, of the same size (T-20): begin again.
 *
 * Return: 0 if the search ended, or -EAGAIN if it continues with another READ;
 * -EINVAL if it has failed
 */
static int frame_search(struct omv_detect *detect)
{
	u32 offset = detect->offset;
	struct omv_jpeg jpeg;
	int ret;

	ret = omv_jpeg_find_size(detect->head.bytes, detect->req.received,
				 &offset, &jpeg);
	if (!ret) {
		detect->found.pixfmt = OMV_PIX_JPEG;
		detect->found.width = jpeg.width;
		detect->found.height = jpeg.height;
		return 0;
	}
	if (ret == -EINVAL)
		offset = 0;
	if (offset == detect->offset || detect->reads >= OMV_DETECT_READS)
		return -EINVAL;
	detect->offset = offset;
	return -EAGAIN;
}

/* Not a JPEG, or one whose size was not found. */
static void frame_parse_header(struct omv_detect *detect, u64 now)
{
	struct omv_picture picture;
	int ret = -EINVAL;

	if (!detect->offset && detect->req.received >= sizeof(detect->head.hdr))
		ret = detect_parse_header(detect, &picture);
	if (ret == -EINVAL) {
		detect_frame_ask_shape(detect, now);
		return;
	}
	if (!ret) {
		detect->found = picture;
		detect->found_header = true;
		detect->interval = omv_stream_interval(&detect->head.hdr);
	}
	frame_fail(detect, ret, now);
}

static void frame_recognize(struct omv_detect *detect, u64 now)
{
	switch (frame_search(detect)) {
	case 0:
		detect_finish(detect, now);
		break;
	case -EAGAIN:
		frame_ask_size(detect, now);
		break;
	default:
		frame_parse_header(detect, now);
		break;
	}
}

static void frame_shaped(struct omv_detect *detect, u64 now)
{
	u32 count = detect->req.received / sizeof(*detect->answer);
	struct omv_picture picture;

	if (!omv_shape_parse(detect->answer, count, detect->size, &picture) &&
	    omv_picture_size(&picture) <= OMV_MAX_PICTURE)
		detect->found = picture;
	if (detect->ask_shape && !detect->in_stream && !detect->found.width) {
		detect->ask_shape = false;
		frame_ask_size(detect, now);
		return;
	}
	frame_fail(detect, -ENODATA, now);
}

/**
 * detect_frame_complete() - handle a response of a channel of a script
 * @detect: detection; the session is up
 * @result: result of the request
 * @now: time in ms
 *
 * Context: under the lock of the host end.
 */
void detect_frame_complete(struct omv_detect *detect, int result, u64 now)
{
	/* A script without shape() may have a JPEG all the same. */
	if (result == -EINVAL && detect->state == OMV_DETECT_SHAPE &&
	    detect->ask_shape) {
		detect->req.received = 0;
		result = 0;
	}
	if (result || detect->cut) {
		frame_fail(detect, result, now);
		return;
	}
	switch (detect->state) {
	case OMV_DETECT_SIZE:
		frame_sized(detect, now);
		break;
	case OMV_DETECT_HEAD:
		frame_recognize(detect, now);
		break;
	default:
		frame_shaped(detect, now);
		break;
	}
}
