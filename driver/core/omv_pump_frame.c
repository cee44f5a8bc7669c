// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The pump: fetches frames from a channel of a script (protocol 12.3).
 */
#include "omv_pump_priv.h"

/* Release the latched frame, if any: SIZE, then READ of its last byte. */
static void frame_renew(struct omv_pump *pump, u64 now)
{
	pump->releases = 0;
	pump_ask(pump, OMV_PUMP_RELEASE_SIZE, OMV_OP_SIZE, now);
}

/* A READ that ends at the size of the frame releases it (protocol 12.3). */
static void frame_release(struct omv_pump *pump, u32 size, u64 now)
{
	pump->req.offset = size - 1;
	pump->req.length = 1;
	pump->req.head_size = 0;
	pump_submit(pump, OMV_PUMP_RELEASE, OMV_OP_READ, &pump->last_byte, 1,
		    now);
}

static void frame_fetch(struct omv_pump *pump, u64 now)
{
	pump->doubtful = false;
	pump_ask(pump, OMV_PUMP_SIZE, OMV_OP_SIZE, now);
}

static u32 frame_patience(const struct omv_pump *pump)
{
	return pump->polled ? OMV_PUMP_POLL_MS : OMV_PUMP_IDLE_MS;
}

static void frame_overdue(struct omv_pump *pump, u64 now)
{
	pump_ask(pump, OMV_PUMP_POLL, OMV_OP_POLL, now);
}

static void frame_polled(struct omv_pump *pump, u64 now)
{
	bool there = !pump->req.result &&
		     le32_to_cpu(pump->word) >> pump->channel & 1;

	pump->pollable |= there;
	if (!pump->latched && there) {
		/* No event since the start: the channel sends none. */
		pump->polled = !pump->evented;
		pump_announce(pump, now);
	} else if (!pump->pollable && now - pump->heard >= OMV_PUMP_LOST_MS) {
		pump->heard = now;
		frame_renew(pump, now);
		return;
	}
	pump_next(pump, now);
}

/*
 * Submit the SIZE of the next frame while the frame before is being read. The
 * response comes after that READ, thus after its release (protocol 12.3).
 */
static void frame_announced(struct omv_pump *pump, u64 now)
{
	bool reading = pump->phase == OMV_PUMP_READ;

	if (pump->expected)
		pump->expected = false;
	else if (pump->ahead)
		pump->doubtful |= omv_request_is_sent(&pump->pipelined);
	else if (!reading)
		pump->doubtful |= omv_request_is_sent(&pump->req);
	else if (!pump->next.skip)
		pump->ahead = pump_ask_ahead(pump, now);
}

/*
 * Another frame may have replaced the one whose size this is (T-20). A camera
 * that sends events all the time must not keep the pump from fetching: believe
 * the second size.
 */
static bool frame_is_doubtful(struct omv_pump *pump)
{
	pump->asked_again = pump->doubtful && !pump->asked_again;
	return pump->asked_again;
}

/*
 * The first response to SIZE was requested ahead: the frame may be unwanted or
 * too old by now, there may be no buffer, or the camera was too early.
 */
static bool frame_is_unusable(struct omv_pump *pump, u32 size, u64 now)
{
	return !size || !pump_is_fresh(pump, now) || !pump_has_buffer(pump);
}

/*
 * A camera that announces the next frame during each READ has done so before it
 * answers a SIZE that follows the READ (T-11). Not while other requests wait:
 * they could wait for ever.
 */
static void frame_read(struct omv_pump *pump, u32 size, u64 now)
{
	pump->doubtful = false;
	pump_prepare_read(pump, size);
	if (!pump->overlaps || omv_host_has_queued(pump->host)) {
		pump_submit(pump, OMV_PUMP_READ, OMV_OP_READ, pump->buf,
			    pump->room, now);
		return;
	}
	pump->ahead = true;
	pump->expected = true;
	pump_submit_pipelined(pump, OMV_PUMP_READ, OMV_OP_READ, pump->buf,
			      pump->room, OMV_OP_SIZE, now);
}

/* The event that was expected did not come before the size. */
static void frame_did_not_come(struct omv_pump *pump, u64 now)
{
	pump->overlaps = false;
	pump->expected = false;
	if (pump->doubtful)
		frame_renew(pump, now);
	else
		pump_next(pump, now);
}

static void frame_sized(struct omv_pump *pump, const struct omv_request *req,
			u64 now)
{
	u32 size = req->result ? 0 : le32_to_cpu(pump->word);
	u32 payload = pump_payload(pump, size);
	bool ahead = pump->ahead;

	pump->ahead = false;
	if (ahead && !pump->latched) {
		frame_did_not_come(pump, now);
		return;
	}
	if (frame_is_doubtful(pump) ||
	    (ahead && frame_is_unusable(pump, size, now))) {
		pump_next(pump, now);
		return;
	}
	if (payload && payload <= pump->room) {
		frame_read(pump, size, now);
		return;
	}
	pump_settle(pump, payload ? OMV_PUMP_TOO_BIG : OMV_PUMP_FAILED,
		    payload);
	pump->releases = 0;
	if (size)
		frame_release(pump, size, now);
	else
		pump_next(pump, now);
}

static void frame_read_done(struct omv_pump *pump, u64 now)
{
	int result = pump->req.result;
	bool sent = omv_request_is_sent(&pump->pipelined);

	pump->overlaps = !result && pump->ahead && sent;
	/* Still in phase READ: @next must become the latched frame. */
	pump_settle(pump, result ? OMV_PUMP_FAILED : OMV_PUMP_DONE,
		    result ? 0 : pump_payload(pump, pump->req.received));
	if (pump->ahead) {
		pump->doubtful |= result && sent;
		pump->phase = OMV_PUMP_SIZE;
	} else if (result && !pump->latched) {
		frame_renew(pump, now);
	} else {
		pump_next(pump, now);
	}
}

static void frame_release_sized(struct omv_pump *pump, u64 now)
{
	u32 size = pump->req.result ? 0 : le32_to_cpu(pump->word);
	bool fresh = pump_is_fresh(pump, now);

	if (!fresh)
		pump_drop(pump);
	if (size && !fresh)
		frame_release(pump, size, now);
	else
		pump_next(pump, now);
}

/*
 * A frame was announced since SIZE. If it replaced the old frame before the
 * READ, the READ did not end at its size and released nothing: try again.
 */
static void frame_released(struct omv_pump *pump, u64 now)
{
	if (!pump->latched || ++pump->releases == OMV_PUMP_RELEASES) {
		pump_next(pump, now);
		return;
	}
	pump_drop(pump);
	pump_ask(pump, OMV_PUMP_RELEASE_SIZE, OMV_OP_SIZE, now);
}

static void frame_complete(struct omv_pump *pump,
			   const struct omv_request *req, u64 now)
{
	switch (pump->phase) {
	case OMV_PUMP_POLL:
		frame_polled(pump, now);
		break;
	case OMV_PUMP_SIZE:
		frame_sized(pump, req, now);
		break;
	case OMV_PUMP_READ:
		frame_read_done(pump, now);
		break;
	case OMV_PUMP_RELEASE_SIZE:
		frame_release_sized(pump, now);
		break;
	case OMV_PUMP_RELEASE:
		frame_released(pump, now);
		break;
	default:
		break;
	}
}

const struct omv_fetch_ops omv_fetch_frame = {
	.start = frame_renew,
	.fetch = frame_fetch,
	.announced = frame_announced,
	.drop = frame_renew,
	.overdue = frame_overdue,
	.patience = frame_patience,
	.complete = frame_complete,
};
