// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The detection: scheduling, requests, and use of the result.
 */
#include "omv_detect_priv.h"

/* The delay after a timeout is 500 ms, doubled up to 7 times (T-32). */
#define MAX_BACKOFF	7

/**
 * detect_cut() - end a running detection as soon as possible
 * @detect: detection
 * @now: time in ms
 *
 * The detection first disables what it has enabled on the camera. Its result is
 * dropped.
 *
 * Context: under the lock of the host end.
 */
void detect_cut(struct omv_detect *detect, u64 now)
{
	if (!detect_is_running(detect))
		return;
	detect->cut = true;
	if (detect->state == OMV_DETECT_LOCK_WAIT)
		detect_stream_cut(detect, now);
}

/* ---- scheduling ------------------------------------------------------- */

static void detect_rest(struct omv_detect *detect)
{
	detect->state = detect->due == U64_MAX ? OMV_DETECT_IDLE :
						 OMV_DETECT_WAIT;
}

/* Start a detection at @at, or earlier if it is scheduled earlier. */
static void detect_schedule(struct omv_detect *detect, u64 at)
{
	if (at < detect->due)
		detect->due = at;
	if (!detect_is_running(detect))
		detect_rest(detect);
}

/* Return: delay in ms after consecutive timeouts; 0 for up to one timeout */
static u64 detect_backoff(const struct omv_detect *detect)
{
	unsigned int shift = detect->nr_timeouts;

	if (shift <= 1)
		return 0;
	return 500ull << (shift < MAX_BACKOFF ? shift : MAX_BACKOFF);
}

/**
 * detect_schedule_frame() - schedule a detection for an unrecognized frame
 * @detect: detection, while streaming
 * @size: size of the frame in bytes, including its header
 * @now: time in ms
 *
 * Context: under the lock of the host end.
 */
void detect_schedule_frame(struct omv_detect *detect, u32 size, u64 now)
{
	u64 ms = detect_backoff(detect);

	detect->unrecognized = size;
	detect_schedule(detect, now + (ms ? ms : OMV_DETECT_FRAME_MS));
}

/**
 * detect_schedule_event() - schedule a detection after an event
 * @detect: detection
 * @now: time in ms
 *
 * After a timeout, the next session starts a detection. Events must not start
 * more detections (T-32), except after a running one.
 *
 * Context: under the lock of the host end.
 */
void detect_schedule_event(struct omv_detect *detect, u64 now)
{
	if (!detect->nr_timeouts || detect_is_running(detect))
		detect_schedule(detect, now + OMV_DETECT_EVENT_MS);
}

/* Call ops->idle if omv_detect_is_busy() has become false. */
static void detect_idle(struct omv_detect *detect, bool was_busy)
{
	if (was_busy && !omv_detect_is_busy(detect))
		detect->ops->idle(detect->ctx);
}

/**
 * detect_abort() - end a running detection at once
 * @detect: detection
 *
 * For a lost session or a channel that no longer exists: nothing can be
 * disabled on the camera.
 *
 * Context: under the lock of the host end. Calls ops->idle.
 */
void detect_abort(struct omv_detect *detect)
{
	bool busy = omv_detect_is_busy(detect);

	if (!detect_is_running(detect))
		return;
	omv_host_cancel(detect->host, &detect->req);
	if (detect->in_stream && !detect->unrecognized)
		detect->unrecognized = detect->size;
	detect->due = U64_MAX;
	detect_rest(detect);
	detect_idle(detect, busy);
}

/**
 * detect_timed_out() - count a detection that caused the loss of the session
 * @detect: detection
 *
 * Context: under the lock of the host end.
 */
void detect_timed_out(struct omv_detect *detect)
{
	if (detect->nr_timeouts < MAX_BACKOFF)
		detect->nr_timeouts++;
}

/* ---- requests --------------------------------------------------------- */

/**
 * detect_send() - send a request of the running detection
 * @detect: detection, with the arguments of @opcode set in @req
 * @state: new state
 * @opcode: opcode
 * @buf: buffer for the response
 * @size: bytes at @buf
 * @now: time in ms
 *
 * The caller must return after this call: the request may be complete, and the
 * detection may have ended. It also ends if the channel no longer exists.
 *
 * Context: under the lock of the host end.
 */
void detect_send(struct omv_detect *detect, enum omv_detect_state state,
		 u8 opcode, void *buf, u32 size, u64 now)
{
	struct omv_request *req = &detect->req;

	detect->state = state;
	req->opcode = opcode;
	req->channel = detect->channel;
	req->buf = buf;
	req->size = size;
	/* No request in between: the size may change after SIZE (T-20). */
	req->urgent = opcode == OMV_OP_READ;
	if (!omv_host_is(detect->host, detect->channel,
			 detect->inputs[detect->probing].name) ||
	    omv_host_submit(detect->host, req, now))
		detect_abort(detect);
}

/**
 * detect_read() - read bytes of a frame
 * @detect: running detection
 * @offset: of the first of them
 * @length: number of bytes, at most OMV_DETECT_HEAD_SIZE
 * @now: time in ms
 *
 * The caller must return after this call: see detect_send().
 *
 * Context: under the lock of the host end.
 */
void detect_read(struct omv_detect *detect, u32 offset, u32 length, u64 now)
{
	detect->req.offset = offset;
	detect->req.length = length;
	detect_send(detect, OMV_DETECT_HEAD, OMV_OP_READ, &detect->head, length,
		    now);
}

/**
 * detect_parse_header() - recognize a frame by its header (protocol 10.1)
 * @detect: detection, with @head and @size of the frame
 * @picture: format of the frame, set unless -EINVAL is returned
 *
 * Context: under the lock of the host end.
 *
 * Return: 0; -EINVAL if there is no valid header; -ENODATA if the header has a
 * format that is not supported
 */
int detect_parse_header(struct omv_detect *detect, struct omv_picture *picture)
{
	u32 offset, len;

	len = omv_stream_parse(&detect->head.hdr, detect->size, picture,
			       &offset);
	if (!len || len > OMV_MAX_PICTURE)
		return -EINVAL;
	return omv_pixfmt_is_known(picture->pixfmt) ? 0 : -ENODATA;
}

/* ---- start and end of a detection ------------------------------------- */

/*
 * While streaming, only SHAPE, for an unrecognized frame, can be requested
 * without taking a frame away from the stream. Everything else is pending until
 * the end of the stream.
 */
static void detect_begin_in_stream(struct omv_detect *detect,
				   const struct omv_channel *channel, u64 now)
{
	struct omv_input *input = omv_detect_input(detect);

	detect->pending = true;
	if (!detect->unrecognized || !channel || detect_is_stream(input))
		return;
	/* The size of the unrecognized frame: SIZE is that of a later frame. */
	detect->size = detect->unrecognized;
	detect->unrecognized = 0;
	if (detect->header_mismatch) {
		detect->header_mismatch = false;
		input->has_header = !input->has_header;
		detect->ops->refetch(detect->ctx);
		return;
	}
	detect->in_stream = true;
	detect_frame_ask_shape(detect, now);
}

/**
 * detect_begin() - start a detection of the selected input
 * @detect: detection that is not running
 * @now: time in ms
 *
 * Does nothing without a session or without the channel: link_changed starts a
 * detection when they exist. While streaming, does only what does not disturb
 * the stream.
 *
 * Context: under the lock of the host end. Calls ops->changed and ops->refetch.
 */
void detect_begin(struct omv_detect *detect, u64 now)
{
	const struct omv_channel *channel;
	struct omv_input *input;

	detect->again = false;
	/* Keep a detection that is scheduled later: it may find more. */
	if (detect->due <= now)
		detect->due = U64_MAX;
	detect_rest(detect);
	if (detect->host->state != OMV_HOST_READY)
		return;
	detect_auto_select(detect);
	input = omv_detect_input(detect);
	channel = omv_host_find(detect->host, input->name);

	detect->probing = detect->input;
	detect->channel = channel ? channel->id : 0;
	detect->in_stream = false;
	detect->cut = false;
	detect->result = 0;
	memset(&detect->found, 0, sizeof(detect->found));
	memset(&detect->found_raw, 0, sizeof(detect->found_raw));
	detect->found_header = false;
	detect->interval = 0;
	if (detect->streaming) {
		detect_begin_in_stream(detect, channel, now);
		return;
	}
	detect->pending = detect->allocated;
	if (!channel)
		input->signal = false;
	else if (detect_is_stream(input))
		detect_stream_begin(detect, now);
	else
		detect_frame_begin(detect, now);
}

/**
 * detect_restart() - detect the format again, as soon as possible
 * @detect: detection
 * @now: time in ms
 *
 * That is: now; or after a running detection, whose result is dropped; or with
 * a delay, if the previous detections caused the loss of the session (T-32).
 *
 * Context: under the lock of the host end. Calls ops->changed.
 */
void detect_restart(struct omv_detect *detect, u64 now)
{
	u64 ms = detect_backoff(detect);

	if (detect_is_running(detect)) {
		detect->again = true;
		detect_cut(detect, now);
	} else if (ms) {
		detect_schedule(detect, now + ms);
	} else {
		detect_begin(detect, now);
	}
}

/* Try again later: the script may not have captured yet. */
static void detect_retry(struct omv_detect *detect, u64 now)
{
	if (detect->attempts < OMV_DETECT_ATTEMPTS)
		detect->attempts++;
	if (detect->attempts < OMV_DETECT_ATTEMPTS)
		detect_schedule(detect, now + ((u64)OMV_DETECT_EVENT_MS <<
					       detect->attempts));
}

/* Apply the result to the input, and to the format if it may change. */
static void detect_apply(struct omv_detect *detect, u64 now)
{
	struct omv_input *input = omv_detect_input(detect);

	input->signal = detect->found.width;
	if (!input->signal) {
		if (detect_is_stream(input) && detect->result == -ENODATA)
			detect_retry(detect, now);
		return;
	}
	if (detect_is_stream(input))
		detect->attempts = 0;
	input->picture = detect->found;
	input->raw = detect->found_raw;
	input->has_header = detect->found_header;
	if (detect->interval)
		omv_rate_hint(&input->rate, detect->interval);
	/* Allocated buffers keep their format. */
	if (detect->allocated) {
		detect->pending = true;
		return;
	}
	/* Keep a raw format that the user has set, if it is still offered. */
	if (omv_picture_line(detect->picture.pixfmt, 1) &&
	    detect->picture.pixfmt == detect->found_raw.pixfmt)
		return;
	detect_show(detect, &detect->found);
}

/* The size of the frame matches SHAPE: the frames have no header. */
static void detect_apply_in_stream(struct omv_detect *detect)
{
	struct omv_input *input = omv_detect_input(detect);

	if (!detect->found.width)
		return;
	input->picture = detect->found;
	detect_show(detect, &detect->found);
	if (!input->has_header)
		return;
	input->has_header = false;
	detect->ops->refetch(detect->ctx);
}

/**
 * detect_finish() - end the running detection
 * @detect: detection without an outstanding request
 * @now: time in ms
 *
 * Applies the result, unless the detection was cut, and starts the next
 * detection if one was requested meanwhile.
 *
 * Context: under the lock of the host end. Calls ops->changed, ops->refetch and
 * ops->idle.
 */
void detect_finish(struct omv_detect *detect, u64 now)
{
	bool busy = omv_detect_is_busy(detect);

	if (!detect->suspect)
		detect->nr_timeouts = 0;
	detect->state = OMV_DETECT_IDLE;
	if (!detect->cut && detect->in_stream)
		detect_apply_in_stream(detect);
	else if (!detect->cut)
		detect_apply(detect, now);

	/* Frequent events must not cause one detection after another (T-18). */
	if (detect->due <= now)
		detect->due = now + OMV_DETECT_EVENT_MS;
	if (detect->again)
		detect_begin(detect, now);
	else
		detect_rest(detect);
	detect_idle(detect, busy);
}

/**
 * detect_complete() - completion callback of omv_detect.req
 * @host: host end; it may be losing the session
 * @req: request
 *
 * Context: under the lock of the host end. Calls ops->changed, ops->refetch and
 * ops->idle.
 */
void detect_complete(struct omv_host *host, struct omv_request *req)
{
	struct omv_detect *detect = container_of(req, struct omv_detect, req);

	if (host->state != OMV_HOST_READY) {
		if (req->result == -ETIMEDOUT)
			detect_timed_out(detect);
		detect_abort(detect);
		return;
	}
	if (!req->result)
		detect->suspect = false;
	else if (req->result == -EPROTO && !req->nak)
		detect->suspect = true;
	if (detect_is_stream(&detect->inputs[detect->probing]))
		detect_stream_complete(detect, req->result, host->now);
	else
		detect_frame_complete(detect, req->result, host->now);
}
