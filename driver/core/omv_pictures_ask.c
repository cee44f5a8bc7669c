// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Finds the picture channels: the requests to one channel, and the result.
 */
#include "omv_pictures_priv.h"

#include "omv_detect.h"

static struct omv_picture_channel *pictures_asked(struct omv_pictures *pictures)
{
	return &pictures->channels[pictures->asked];
}

/* ---- requests --------------------------------------------------------- */

static void pictures_send(struct omv_pictures *pictures,
			  enum omv_pictures_state state, u8 opcode, void *buf,
			  u32 size, u64 now)
{
	struct omv_request *req = &pictures->req;

	pictures->state = state;
	req->opcode = opcode;
	req->channel = opcode == OMV_OP_POLL ? 0 : pictures_asked(pictures)->id;
	req->offset = 0;
	req->length = opcode == OMV_OP_READ ? size : 0;
	req->buf = buf;
	req->size = size;
	/* No request in between: the size may change after SIZE (T-20). */
	req->urgent = opcode == OMV_OP_READ;
	if (omv_host_submit(pictures->host, req, now))
		pictures->state = OMV_PICTURES_IDLE;
}

static void pictures_ask(struct omv_pictures *pictures,
			 enum omv_pictures_state state, u8 opcode, u64 now)
{
	u32 size = opcode == OMV_OP_SHAPE ? sizeof(pictures->answer) :
					    sizeof(*pictures->answer);

	pictures_send(pictures, state, opcode, pictures->answer, size, now);
}

/**
 * pictures_begin() - ask a channel
 * @pictures: list without an outstanding request
 * @index: index of the channel
 * @now: time in ms
 *
 * Context: under the lock of the host end.
 */
void pictures_begin(struct omv_pictures *pictures, unsigned int index, u64 now)
{
	pictures->asked = index;
	/* If the session is lost, ask again in the next one. */
	pictures_asked(pictures)->due = now;
	pictures_ask(pictures, OMV_PICTURES_SIZE, OMV_OP_SIZE, now);
}

/**
 * pictures_poll() - ask which channels have content
 * @pictures: list without an outstanding request
 * @now: time in ms
 *
 * Context: under the lock of the host end.
 */
void pictures_poll(struct omv_pictures *pictures, u64 now)
{
	pictures_ask(pictures, OMV_PICTURES_POLL, OMV_OP_POLL, now);
}

/**
 * pictures_abort() - cancel the outstanding request, if any
 * @pictures: list
 *
 * Context: under the lock of the host end.
 */
void pictures_abort(struct omv_pictures *pictures)
{
	omv_host_cancel(pictures->host, &pictures->req);
	pictures->state = OMV_PICTURES_IDLE;
}

/* ---- the result ------------------------------------------------------- */

static void pictures_result(struct omv_pictures *pictures,
			    enum omv_picture_result result)
{
	struct omv_picture_channel *channel = pictures_asked(pictures);

	channel->result = result;
	channel->due = U64_MAX;
	channel->timeouts = 0;
	if (result == OMV_PICTURE_FOUND)
		pictures->ops->found(pictures->ctx, channel->name);
	pictures->ops->changed(pictures->ctx);
}

/**
 * pictures_timed_out() - the channel that was asked has ended the session
 * @pictures: list
 *
 * Context: under the lock of the host end. Calls ops->changed.
 */
void pictures_timed_out(struct omv_pictures *pictures)
{
	struct omv_picture_channel *channel = pictures_asked(pictures);

	if (pictures->state == OMV_PICTURES_POLL) {
		pictures->no_poll = true;
		return;
	}
	if (++channel->timeouts < OMV_PICTURES_TIMEOUTS)
		return;
	channel->result = OMV_PICTURE_NONE;
	channel->due = U64_MAX;
	pictures->ops->changed(pictures->ctx);
}

static bool pictures_is_jpeg(const u8 *head)
{
	return head[0] == 0xff && head[1] == 0xd8 && head[2] == 0xff;
}

static bool pictures_has_header(const struct omv_pictures *pictures)
{
	struct omv_picture picture;
	u32 offset, len;

	len = omv_stream_parse(&pictures->head.hdr, pictures->size, &picture,
			       &offset);
	return len && len <= OMV_MAX_PICTURE &&
	       omv_pixfmt_is_known(picture.pixfmt);
}

/* ---- steps ------------------------------------------------------------ */

static void pictures_polled(struct omv_pictures *pictures, u64 now)
{
	u32 ready = pictures->req.result ? 0 : le32_to_cpu(*pictures->answer);
	struct omv_picture_channel *channel;
	unsigned int i;

	for (i = 0; i < pictures->count; i++) {
		channel = &pictures->channels[i];
		if (!channel->polling || channel->due > now)
			continue;
		if (ready >> channel->id & 1)
			channel->polling = false;
		else
			pictures_retry(channel, now);
	}
}

static void pictures_sized(struct omv_pictures *pictures, u64 now)
{
	pictures->size = le32_to_cpu(*pictures->answer);
	if (pictures->size)
		pictures_ask(pictures, OMV_PICTURES_SHAPE, OMV_OP_SHAPE, now);
	else
		pictures_retry(pictures_asked(pictures), now);
}

/* A line has more pixels: these are (records, fields). */
static bool pictures_are_records(const struct omv_pictures *pictures, u32 count)
{
	return count == 2 && le32_to_cpu(pictures->answer[1]) &&
	       le32_to_cpu(pictures->answer[1]) < OMV_SHAPE_FIELDS;
}

static void pictures_shaped(struct omv_pictures *pictures, u64 now)
{
	u32 count = pictures->req.result ? 0 : pictures->req.received /
					       sizeof(*pictures->answer);
	struct omv_picture picture;

	if (!omv_shape_parse(pictures->answer, count, pictures->size,
			     &picture) &&
	    omv_picture_size(&picture) <= OMV_MAX_PICTURE)
		pictures_result(pictures, OMV_PICTURE_FOUND);
	else if (pictures_are_records(pictures, count) ||
		 pictures->size < OMV_PICTURES_MIN)
		pictures_result(pictures, OMV_PICTURE_NONE);
	else
		pictures_ask(pictures, OMV_PICTURES_RESIZE, OMV_OP_SIZE, now);
}

/* OMV_PICTURES_HEAD is less: the READ does not release a frame. */
static void pictures_resized(struct omv_pictures *pictures, u64 now)
{
	pictures->size = le32_to_cpu(*pictures->answer);
	if (pictures_must_wait(pictures, pictures_asked(pictures), now))
		return;
	if (pictures->size >= OMV_PICTURES_MIN)
		pictures_send(pictures, OMV_PICTURES_READ, OMV_OP_READ,
			      &pictures->head, OMV_PICTURES_HEAD, now);
	else
		pictures_retry(pictures_asked(pictures), now);
}

/* A channel with read() may refuse if its frame was just released (12.3). */
static void pictures_read(struct omv_pictures *pictures, u64 now)
{
	if (pictures->req.result ||
	    pictures->req.received < OMV_PICTURES_HEAD)
		pictures_retry(pictures_asked(pictures), now);
	else if (pictures_is_jpeg(pictures->head.bytes) ||
		 pictures_has_header(pictures))
		pictures_result(pictures, OMV_PICTURE_FOUND);
	else
		pictures_result(pictures, OMV_PICTURE_NONE);
}

static void pictures_step(struct omv_pictures *pictures, u64 now)
{
	enum omv_pictures_state state = pictures->state;

	pictures->state = OMV_PICTURES_IDLE;
	switch (state) {
	case OMV_PICTURES_POLL:
		pictures_polled(pictures, now);
		break;
	case OMV_PICTURES_SIZE:
	case OMV_PICTURES_RESIZE:
		if (pictures->req.result == -EINVAL)
			pictures_result(pictures, OMV_PICTURE_NONE);
		else if (pictures->req.result)
			pictures_retry(pictures_asked(pictures), now);
		else if (state == OMV_PICTURES_SIZE)
			pictures_sized(pictures, now);
		else
			pictures_resized(pictures, now);
		break;
	case OMV_PICTURES_SHAPE:
		pictures_shaped(pictures, now);
		break;
	default:
		pictures_read(pictures, now);
		break;
	}
}

/**
 * pictures_complete() - completion callback of omv_pictures.req
 * @host: host end; it may be losing the session
 * @req: request
 *
 * Context: under the lock of the host end. Calls ops->changed and ops->found.
 */
void pictures_complete(struct omv_host *host, struct omv_request *req)
{
	struct omv_pictures *pictures = container_of(req, struct omv_pictures,
						     req);

	if (host->state != OMV_HOST_READY) {
		if (req->result == -ETIMEDOUT)
			pictures_timed_out(pictures);
		pictures_abort(pictures);
		return;
	}
	pictures->suspect = req->result == -EPROTO && !req->nak;
	pictures_step(pictures, host->now);
	if (pictures->state == OMV_PICTURES_IDLE)
		pictures_next(pictures, host->now);
}
