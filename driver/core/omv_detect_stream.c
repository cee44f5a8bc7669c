// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Detection of "stream" (protocol 10, 12.4): enables the preview, waits for a
 * frame, reads its header, and disables the preview again.
 */
#include "omv_detect_priv.h"

static void stream_ioctl(struct omv_detect *detect, enum omv_detect_state state,
			 u32 code, u32 length, u64 now)
{
	detect->req.offset = code;
	detect->req.length = length;
	detect->req.data = detect->args;
	detect_send(detect, state, OMV_OP_IOCTL, NULL, 0, now);
}

static void stream_ctrl(struct omv_detect *detect, enum omv_detect_state state,
			u32 code, bool enable, u64 now)
{
	detect->args[0] = cpu_to_le32(enable);
	stream_ioctl(detect, state, code, sizeof(*detect->args), now);
}

static void stream_ask(struct omv_detect *detect, enum omv_detect_state state,
		       u8 opcode, u64 now)
{
	detect_send(detect, state, opcode, detect->answer,
		    sizeof(*detect->answer), now);
}

/* Disable the preview also after errors: it costs time on the camera. */
static void stream_off(struct omv_detect *detect, u64 now)
{
	stream_ctrl(detect, OMV_DETECT_RAW_OFF, OMV_STREAM_RAW_CTRL, false,
		    now);
}

/*
 * Test the next smaller raw size, to find the largest raw preview. The camera
 * sends a JPEG if the size does not fit its buffer (protocol 10.3).
 */
static void stream_try_raw(struct omv_detect *detect, u64 now)
{
	u32 width = detect->found.width >> detect->try_raw;
	u32 height = detect->found.height >> detect->try_raw;

	if (detect->try_raw == OMV_RAW_SIZES || !width || !height) {
		stream_off(detect, now);
		return;
	}
	detect->try_raw++;
	detect->args[0] = cpu_to_le32(width);
	detect->args[1] = cpu_to_le32(height);
	stream_ioctl(detect, OMV_DETECT_RAW_CFG, OMV_STREAM_RAW_CFG,
		     sizeof(detect->args), now);
}

static void stream_wait(struct omv_detect *detect, u64 now)
{
	detect->state = OMV_DETECT_LOCK_WAIT;
	detect->wake = now + OMV_DETECT_LOCK_MS;
}

/* BUSY: there is no frame yet, or the last LOCK was too recent (T-16). */
static void stream_locked(struct omv_detect *detect, int result, u64 now)
{
	if (!result && !detect->cut) {
		stream_ask(detect, OMV_DETECT_SIZE, OMV_OP_SIZE, now);
	} else if (!result) {
		stream_ask(detect, OMV_DETECT_UNLOCK, OMV_OP_UNLOCK, now);
	} else if (result == -EBUSY && !detect->cut && --detect->locks) {
		stream_wait(detect, now);
	} else {
		detect->result = result == -EBUSY ? -ENODATA : result;
		stream_off(detect, now);
	}
}

static void stream_sized(struct omv_detect *detect, int result, u64 now)
{
	detect->size = result ? 0 : le32_to_cpu(detect->answer[0]);
	detect->result = result;
	if (!result && detect->size < sizeof(detect->head.hdr))
		detect->result = -ENODATA;
	if (detect->result || detect->cut)
		stream_ask(detect, OMV_DETECT_UNLOCK, OMV_OP_UNLOCK, now);
	else
		detect_read(detect, 0, sizeof(detect->head.hdr), now);
}

/* The frame is a JPEG if the raw size was too large: test a smaller one. */
static void stream_unlocked(struct omv_detect *detect, u64 now)
{
	struct omv_picture picture;

	if (!detect->result && !detect->cut &&
	    detect_parse_header(detect, &picture))
		detect->result = -ENODATA;
	if (detect->result || detect->cut) {
		stream_off(detect, now);
	} else if (!detect->try_raw) {
		detect->found = picture;
		detect->found_header = true;
		detect->interval = omv_stream_interval(&detect->head.hdr);
		stream_try_raw(detect, now);
	} else if (omv_picture_line(picture.pixfmt, 1)) {
		detect->found_raw = picture;
		stream_off(detect, now);
	} else {
		stream_try_raw(detect, now);
	}
}

/* The steps until the preview is enabled. */
static void stream_set_up(struct omv_detect *detect, int result, u64 now)
{
	if (result || detect->cut) {
		detect->result = result;
		stream_off(detect, now);
		return;
	}
	switch (detect->state) {
	case OMV_DETECT_RAW_CFG:
		stream_ctrl(detect, OMV_DETECT_RAW_CTRL, OMV_STREAM_RAW_CTRL,
			    true, now);
		break;
	case OMV_DETECT_RAW_CTRL:
		stream_ctrl(detect, OMV_DETECT_ON, OMV_STREAM_CTRL, true, now);
		break;
	default:
		detect->locks = OMV_DETECT_LOCKS;
		stream_wait(detect, now);
		break;
	}
}

/**
 * detect_stream_begin() - start the detection of "stream"
 * @detect: detection, with @channel set
 * @now: time in ms
 *
 * Context: under the lock of the host end.
 */
void detect_stream_begin(struct omv_detect *detect, u64 now)
{
	detect->try_raw = 0;
	stream_ctrl(detect, OMV_DETECT_RAW_CTRL, OMV_STREAM_RAW_CTRL, false,
		    now);
}

/**
 * detect_stream_cut() - stop waiting for a frame
 * @detect: detection, in state LOCK_WAIT
 * @now: time in ms
 *
 * Context: under the lock of the host end.
 */
void detect_stream_cut(struct omv_detect *detect, u64 now)
{
	stream_off(detect, now);
}

/**
 * detect_stream_tick() - try to lock a frame (protocol 10.4)
 * @detect: detection, in state LOCK_WAIT
 * @now: time in ms
 *
 * Context: under the lock of the host end.
 */
void detect_stream_tick(struct omv_detect *detect, u64 now)
{
	stream_ask(detect, OMV_DETECT_LOCK, OMV_OP_LOCK, now);
}

/**
 * detect_stream_complete() - handle a response of "stream"
 * @detect: detection; the session is up
 * @result: result of the request
 * @now: time in ms
 *
 * A locked frame is unlocked also after errors, or else the preview stops
 * (T-17).
 *
 * Context: under the lock of the host end.
 */
void detect_stream_complete(struct omv_detect *detect, int result, u64 now)
{
	switch (detect->state) {
	case OMV_DETECT_LOCK:
		stream_locked(detect, result, now);
		break;
	case OMV_DETECT_SIZE:
		stream_sized(detect, result, now);
		break;
	case OMV_DETECT_HEAD:
		detect->result = result;
		stream_ask(detect, OMV_DETECT_UNLOCK, OMV_OP_UNLOCK, now);
		break;
	case OMV_DETECT_UNLOCK:
		stream_unlocked(detect, now);
		break;
	case OMV_DETECT_RAW_OFF:
		stream_ctrl(detect, OMV_DETECT_OFF, OMV_STREAM_CTRL, false,
			    now);
		break;
	case OMV_DETECT_OFF:
		detect_finish(detect, now);
		break;
	default:
		stream_set_up(detect, result, now);
		break;
	}
}
