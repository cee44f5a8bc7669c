// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "omv_pump.h"

static void pump_complete(struct omv_host *host, struct omv_request *req);

void omv_pump_init(struct omv_pump *pump, struct omv_host *host,
		   const struct omv_pump_ops *ops, void *ctx)
{
	memset(pump, 0, sizeof(*pump));
	pump->host = host;
	pump->ops = ops;
	pump->ctx = ctx;
	pump->req.complete = pump_complete;
	pump->wake = U64_MAX;
}

/* A stream's frames are counted from the first that is not let go in attaching. */
static bool pump_is_before_first(const struct omv_pump *pump)
{
	return pump->attaching && !pump->sequence;
}

static void pump_announce(struct omv_pump *pump, u64 now)
{
	struct omv_frame frame = {
		.sequence = pump->sequence,
		.at = now,
	};
	bool reading = pump->phase == OMV_PUMP_READ;
	struct omv_frame *slot = reading ? &pump->next : &pump->frame;
	bool *full = reading ? &pump->has_next : &pump->latched;

	frame.stamp = pump->ops->stamp(pump->ctx, &frame.skip);
	if (*full)
		pump->ops->frame(pump->ctx, slot, slot->skip ?
				 OMV_PUMP_SKIPPED : OMV_PUMP_MISSED, NULL, 0);
	*slot = frame;
	*full = true;
	pump->heard = now;
	if (!pump_is_before_first(pump))
		pump->sequence++;
}

/* What became of the latched frame is known. */
static void pump_settle(struct omv_pump *pump, enum omv_pump_result result,
			u32 size)
{
	const struct omv_frame frame = pump->frame;
	void *buf = pump->buf;

	if (!pump->latched)
		return;
	pump->buf = NULL;
	pump->latched = pump->has_next;
	pump->frame = pump->next;
	pump->has_next = false;
	pump->ops->frame(pump->ctx, &frame, result, buf, size);
}

static void pump_idle(struct omv_pump *pump, u64 now)
{
	pump->phase = OMV_PUMP_IDLE;
	pump->wake = now + (pump->polled ? OMV_PUMP_POLL_MS :
					   OMV_PUMP_IDLE_MS);
}

static void pump_submit(struct omv_pump *pump, enum omv_pump_phase phase,
			u8 opcode, void *buf, u32 size, u64 now)
{
	struct omv_request *req = &pump->req;

	req->opcode = opcode;
	req->channel = opcode == OMV_OP_POLL ? 0 : pump->channel;
	req->buf = buf;
	req->size = size;
	/* What SIZE said may not hold for long: nothing in between (T-20). */
	req->urgent = opcode == OMV_OP_READ;
	pump->phase = phase;
	/* Without a session the pump is about to be stopped by its owner. */
	if (omv_host_submit(pump->host, req, now))
		pump_idle(pump, now);
}

static void pump_ask(struct omv_pump *pump, enum omv_pump_phase phase,
		     u8 opcode, u64 now)
{
	pump_submit(pump, phase, opcode, &pump->word, sizeof(pump->word), now);
}

/* Whatever the camera has latched is too old: have it take another. */
static void pump_renew(struct omv_pump *pump, u64 now)
{
	pump->releases = 0;
	pump_ask(pump, OMV_PUMP_RELEASE_SIZE, OMV_OP_SIZE, now);
}

/* The latched frame is one to be fetched. */
static bool pump_is_fresh(const struct omv_pump *pump, u64 now)
{
	return pump->latched && !pump->frame.skip &&
	       now - pump->frame.at <= OMV_PUMP_STALE_MS;
}

/* The latched frame is one to be let go. */
static void pump_drop(struct omv_pump *pump)
{
	pump_settle(pump, pump->frame.skip ? OMV_PUMP_SKIPPED : OMV_PUMP_STALE,
		    0);
}

/* Nothing is outstanding: see to the latched frame, if there is one. */
static void pump_next(struct omv_pump *pump, u64 now)
{
	pump_idle(pump, now);
	if (pump->latched && pump_is_before_first(pump))
		pump->sequence++;
	pump->attaching = false;
	if (now < pump->mute_until) {
		pump_drop(pump);
		pump->wake = pump->mute_until;
		return;
	}
	if (!pump->latched)
		return;
	if (!pump_is_fresh(pump, now)) {
		pump_renew(pump, now);
		return;
	}
	if (!pump->buf)
		pump->buf = pump->ops->buffer(pump->ctx, &pump->room);
	if (pump->buf)
		pump_ask(pump, OMV_PUMP_SIZE, OMV_OP_SIZE, now);
}

/* A READ that ends at the frame's size is what lets the camera go on (12.3). */
static void pump_release(struct omv_pump *pump, u32 size, u64 now)
{
	pump->req.offset = size - 1;
	pump->req.length = 1;
	pump_submit(pump, OMV_PUMP_RELEASE, OMV_OP_READ, &pump->last_byte, 1,
		    now);
}

static void pump_polled(struct omv_pump *pump, u64 now)
{
	bool there = !pump->req.result &&
		     le32_to_cpu(pump->word) >> pump->channel & 1;

	pump->pollable |= there;
	if (!pump->latched && there) {
		/* An event may get lost; but none at all? */
		pump->polled = !pump->evented;
		pump_announce(pump, now);
	} else if (!pump->pollable && now - pump->heard >= OMV_PUMP_LOST_MS) {
		pump->heard = now;
		pump_renew(pump, now);
		return;
	}
	pump_next(pump, now);
}

static void pump_sized(struct omv_pump *pump, u64 now)
{
	u32 size = pump->req.result ? 0 : le32_to_cpu(pump->word);

	if (!size) {
		pump_settle(pump, OMV_PUMP_FAILED, 0);
		pump_next(pump, now);
	} else if (size > pump->room) {
		pump_settle(pump, OMV_PUMP_TOO_BIG, size);
		pump->releases = 0;
		pump_release(pump, size, now);
	} else {
		pump->req.offset = 0;
		pump->req.length = size;
		pump_submit(pump, OMV_PUMP_READ, OMV_OP_READ, pump->buf,
			    pump->room, now);
	}
}

static void pump_read_done(struct omv_pump *pump, u64 now)
{
	int result = pump->req.result;

	/*
	 * Settled in the READ phase, so that a frame announced meanwhile takes
	 * its place.
	 */
	pump_settle(pump, result ? OMV_PUMP_FAILED : OMV_PUMP_DONE,
		    result ? 0 : pump->req.received);
	if (result && !pump->latched)
		pump_renew(pump, now);
	else
		pump_next(pump, now);
}

static void pump_release_sized(struct omv_pump *pump, u64 now)
{
	u32 size = pump->req.result ? 0 : le32_to_cpu(pump->word);
	bool fresh = pump_is_fresh(pump, now);

	if (!fresh)
		pump_drop(pump);
	if (size && !fresh)
		pump_release(pump, size, now);
	else
		pump_next(pump, now);
}

/*
 * A frame announced since the SIZE may be the one that is released now. Or it
 * took the other's place before the READ came, which then did not end at its
 * size and released nothing: try again.
 */
static void pump_released(struct omv_pump *pump, u64 now)
{
	if (!pump->latched || ++pump->releases == OMV_PUMP_RELEASES) {
		pump_next(pump, now);
		return;
	}
	pump_drop(pump);
	pump_ask(pump, OMV_PUMP_RELEASE_SIZE, OMV_OP_SIZE, now);
}

/*
 * A script's size() may fail so that no answer comes, and each time that costs
 * a SYNC, which is felt by all channels. The first time may be an accident.
 */
static void pump_unanswered(struct omv_pump *pump, u64 now)
{
	u64 pause = 500ull << (pump->mutes < 5 ? pump->mutes : 5);

	if (pump->mutes++)
		pump->mute_until = now + (pause < OMV_PUMP_MUTE_MS ?
					  pause : OMV_PUMP_MUTE_MS);
}

static void pump_complete(struct omv_host *host, struct omv_request *req)
{
	struct omv_pump *pump = container_of(req, struct omv_pump, req);
	u64 now = host->now;

	if (req->result == -ETIMEDOUT)
		pump_unanswered(pump, now);
	else if (!req->result && req->opcode == OMV_OP_SIZE)
		pump->mutes = 0;

	switch (pump->phase) {
	case OMV_PUMP_POLL:
		pump_polled(pump, now);
		break;
	case OMV_PUMP_SIZE:
		pump_sized(pump, now);
		break;
	case OMV_PUMP_READ:
		pump_read_done(pump, now);
		break;
	case OMV_PUMP_RELEASE_SIZE:
		pump_release_sized(pump, now);
		break;
	case OMV_PUMP_RELEASE:
		pump_released(pump, now);
		break;
	default:
		break;
	}
}

void omv_pump_start(struct omv_pump *pump, u8 channel, u64 now)
{
	pump->channel = channel;
	pump->running = true;
	pump->polled = false;
	pump->evented = false;
	pump->pollable = false;
	pump->attaching = true;
	pump->heard = now;
	if (now < pump->mute_until)
		pump_next(pump, now);
	else
		pump_renew(pump, now);
}

void omv_pump_stop(struct omv_pump *pump)
{
	omv_host_cancel(pump->host, &pump->req);
	pump->running = false;
	pump->latched = false;
	pump->has_next = false;
	pump->buf = NULL;
	pump->phase = OMV_PUMP_IDLE;
}

void omv_pump_event(struct omv_pump *pump, u64 now)
{
	if (!pump->running)
		return;
	pump->polled = false;
	pump->evented = true;
	pump_announce(pump, now);
	if (pump->phase == OMV_PUMP_IDLE)
		pump_next(pump, now);
}

void omv_pump_kick(struct omv_pump *pump, u64 now)
{
	if (pump->running && pump->latched && pump->phase == OMV_PUMP_IDLE)
		pump_next(pump, now);
}

void omv_pump_tick(struct omv_pump *pump, u64 now)
{
	if (now < omv_pump_deadline(pump))
		return;
	if (pump->latched)
		pump_idle(pump, now);
	else
		pump_ask(pump, OMV_PUMP_POLL, OMV_OP_POLL, now);
}

u64 omv_pump_deadline(const struct omv_pump *pump)
{
	return pump->running && pump->phase == OMV_PUMP_IDLE ? pump->wake :
							       U64_MAX;
}
