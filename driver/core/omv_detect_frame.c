// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Detection of a channel of a script (protocol 12.3): SIZE, READ of the first
 * bytes, SHAPE.
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

/**
 * detect_frame_begin() - start the detection of a channel of a script
 * @detect: detection, with @channel set
 * @now: time in ms
 *
 * Context: under the lock of the host end.
 */
void detect_frame_begin(struct omv_detect *detect, u64 now)
{
	detect_send(detect, OMV_DETECT_SIZE, OMV_OP_SIZE, detect->answer,
		    sizeof(*detect->answer), now);
}

/* A READ up to the last byte would release the frame (protocol 12.3). */
static void frame_sized(struct omv_detect *detect, u64 now)
{
	u32 size = le32_to_cpu(detect->answer[0]);

	detect->size = size;
	if (size < 2)
		frame_fail(detect, -ENODATA, now);
	else
		detect_read(detect, size - 1 < OMV_DETECT_HEAD_SIZE ?
			    size - 1 : OMV_DETECT_HEAD_SIZE, now);
}

static void frame_recognize(struct omv_detect *detect, u64 now)
{
	u32 len = detect->req.received;
	struct omv_picture picture;
	struct omv_jpeg jpeg;
	int ret = -EINVAL;

	if (omv_jpeg_scan(detect->head.bytes, len, &jpeg) != -EINVAL &&
	    jpeg.width) {
		detect->found.pixfmt = OMV_PIX_JPEG;
		detect->found.width = jpeg.width;
		detect->found.height = jpeg.height;
		detect_finish(detect, now);
		return;
	}
	if (len >= sizeof(detect->head.hdr))
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

static void frame_shaped(struct omv_detect *detect, u64 now)
{
	u32 count = detect->req.received / sizeof(*detect->answer);
	struct omv_picture picture;

	if (!omv_shape_parse(detect->answer, count, detect->size, &picture) &&
	    omv_picture_size(&picture) <= OMV_MAX_PICTURE)
		detect->found = picture;
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
