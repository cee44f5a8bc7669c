// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What is the same for every frame channel: when frames are announced, and what
 * becomes of them.
 */
#include "omv_pump_priv.h"

static void pump_complete(struct omv_host *host, struct omv_request *req);
static void pump_pipelined_complete(struct omv_host *host,
				 struct omv_request *req);

void omv_pump_init(struct omv_pump *pump, struct omv_host *host,
		   const struct omv_pump_ops *ops, void *ctx)
{
	memset(pump, 0, sizeof(*pump));
	pump->host = host;
	pump->ops = ops;
	pump->ctx = ctx;
	pump->req.complete = pump_complete;
	pump->pipelined.complete = pump_pipelined_complete;
	pump->wake = U64_MAX;
}

/* A stream's frames are counted from the first that is not let go in attaching. */
static bool pump_is_before_first(const struct omv_pump *pump)
{
	return pump->attaching && !pump->sequence;
}

void pump_announce(struct omv_pump *pump, u64 now)
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

void pump_settle(struct omv_pump *pump, enum omv_pump_result result, u32 size)
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

void pump_idle(struct omv_pump *pump, u64 now)
{
	pump->phase = OMV_PUMP_IDLE;
	pump->again = false;
	pump->wake = now + pump->mode.fetch->patience(pump);
}

static void pump_fill(struct omv_pump *pump, enum omv_pump_phase phase,
		      u8 opcode, void *buf, u32 size)
{
	struct omv_request *req = &pump->req;

	req->pipelined = NULL;
	req->opcode = opcode;
	req->channel = opcode == OMV_OP_POLL ? 0 : pump->channel;
	req->buf = buf;
	req->size = size;
	if (opcode != OMV_OP_READ)
		req->head_size = 0;
	/* What SIZE said may not hold for long: nothing in between (T-20). */
	req->urgent = opcode == OMV_OP_READ;
	pump->phase = phase;
}

/* Without a session the pump is about to be stopped by its owner. */
static void pump_send(struct omv_pump *pump, u64 now)
{
	if (omv_host_submit(pump->host, &pump->req, now))
		pump_idle(pump, now);
}

void pump_submit(struct omv_pump *pump, enum omv_pump_phase phase, u8 opcode,
		 void *buf, u32 size, u64 now)
{
	pump_fill(pump, phase, opcode, buf, size);
	pump_send(pump, now);
}

void pump_submit_pipelined(struct omv_pump *pump, enum omv_pump_phase phase,
		     u8 opcode, void *buf, u32 size, u8 second, u64 now)
{
	struct omv_request *pipelined = &pump->pipelined;

	pump_fill(pump, phase, opcode, buf, size);
	pipelined->opcode = second;
	pipelined->channel = pump->channel;
	pipelined->buf = &pump->word;
	pipelined->size = sizeof(pump->word);
	pump->req.pipelined = pipelined;
	pump_send(pump, now);
}

void pump_ask(struct omv_pump *pump, enum omv_pump_phase phase, u8 opcode,
	      u64 now)
{
	pump_submit(pump, phase, opcode, &pump->word, sizeof(pump->word), now);
}

bool pump_is_fresh(const struct omv_pump *pump, u64 now)
{
	return pump->latched && !pump->frame.skip &&
	       now - pump->frame.at <= OMV_PUMP_STALE_MS;
}

u32 pump_payload(const struct omv_pump *pump, u32 size)
{
	u32 head = pump->mode.has_header ? sizeof(pump->head) : 0;

	return size > head ? size - head : 0;
}

void pump_prepare_read(struct omv_pump *pump, u32 size)
{
	struct omv_request *req = &pump->req;

	req->offset = 0;
	req->length = size;
	req->head = &pump->head;
	req->head_size = pump->mode.has_header ? sizeof(pump->head) : 0;
}

void pump_drop(struct omv_pump *pump)
{
	pump_settle(pump, pump->frame.skip ? OMV_PUMP_SKIPPED : OMV_PUMP_STALE,
		    0);
}

bool pump_has_buffer(struct omv_pump *pump)
{
	if (!pump->buf)
		pump->buf = pump->ops->buffer(pump->ctx, &pump->room);
	return pump->buf;
}

void pump_next(struct omv_pump *pump, u64 now)
{
	pump_idle(pump, now);
	if (pump->latched && pump_is_before_first(pump))
		pump->sequence++;
	pump->attaching = false;
	if (now < pump->pause_until) {
		pump_drop(pump);
		pump->wake = pump->pause_until;
		return;
	}
	if (!pump->latched)
		return;
	if (!pump_is_fresh(pump, now)) {
		pump->mode.fetch->drop(pump, now);
		return;
	}
	if (pump_has_buffer(pump))
		pump->mode.fetch->fetch(pump, now);
}

/*
 * A script's size() may fail so that no answer comes, and each time that costs
 * a SYNC, which is felt by all channels. The first time may be an accident.
 */
static void pump_unanswered(struct omv_pump *pump, u64 now)
{
	u64 pause = 500ull << (pump->nr_timeouts < 5 ? pump->nr_timeouts : 5);

	if (pump->nr_timeouts++)
		pump->pause_until = now + (pause < OMV_PUMP_PAUSE_MS ?
					  pause : OMV_PUMP_PAUSE_MS);
}

static void pump_done(struct omv_pump *pump, const struct omv_request *req,
		      u64 now)
{
	if (req == &pump->req && req->result == -ETIMEDOUT)
		pump_unanswered(pump, now);
	else if (!req->result && req->opcode == OMV_OP_SIZE)
		pump->nr_timeouts = 0;
	pump->mode.fetch->complete(pump, req, now);
}

static void pump_complete(struct omv_host *host, struct omv_request *req)
{
	pump_done(container_of(req, struct omv_pump, req), req, host->now);
}

static void pump_pipelined_complete(struct omv_host *host,
				 struct omv_request *req)
{
	pump_done(container_of(req, struct omv_pump, pipelined), req, host->now);
}

void omv_pump_start(struct omv_pump *pump, u8 channel,
		    const struct omv_pump_mode *mode, u64 now)
{
	pump->channel = channel;
	pump->mode = *mode;
	pump->locks = 0;
	pump->running = true;
	pump->polled = false;
	pump->evented = false;
	pump->pollable = false;
	pump->attaching = true;
	pump->heard = now;
	if (now < pump->pause_until)
		pump_next(pump, now);
	else
		pump->mode.fetch->start(pump, now);
}

void omv_pump_stop(struct omv_pump *pump, u64 now)
{
	omv_host_cancel(pump->host, &pump->req);
	omv_host_cancel(pump->host, &pump->pipelined);
	if (pump->running && pump->mode.fetch->stop)
		pump->mode.fetch->stop(pump, now);
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
	if (!pump->latched)
		pump->mode.fetch->overdue(pump, now);
	else if (pump->again)
		pump_next(pump, now);
	else
		pump_idle(pump, now);
}

u64 omv_pump_deadline(const struct omv_pump *pump)
{
	return pump->running && pump->phase == OMV_PUMP_IDLE ? pump->wake :
							       U64_MAX;
}
