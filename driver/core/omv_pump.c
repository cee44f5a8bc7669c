// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The pump: the part that is common to all kinds of channels.
 */
#include "omv_pump_priv.h"

static void pump_complete(struct omv_host *host, struct omv_request *req);
static void pump_pipelined_complete(struct omv_host *host,
				    struct omv_request *req);

/**
 * omv_pump_init() - initialize a stopped pump
 * @pump: pump; need not be zeroed
 * @host: host end for its requests
 * @ops: callbacks
 * @ctx: first argument of the callbacks
 */
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

/* The latched frame was captured before the start: do not number it. */
static bool pump_is_before_first(const struct omv_pump *pump)
{
	return pump->attaching && !pump->sequence;
}

/* A long gap counts for some time, so that uneven frames are no stall. */
static void pump_measure(struct omv_pump *pump, u64 now)
{
	u64 gap = pump->announced ? now - pump->announced : 0;

	pump->announced = now;
	pump->gap -= pump->gap / 8;
	if (gap > pump->gap)
		pump->gap = gap;
	/* The application may have stopped to queue buffers for hours. */
	if (pump->gap > OMV_PUMP_STALL_MAX_MS)
		pump->gap = OMV_PUMP_STALL_MAX_MS;
}

/**
 * pump_announce() - the camera has latched a frame
 * @pump: running pump
 * @now: time in ms
 */
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
	pump_measure(pump, now);
	if (!pump_is_before_first(pump))
		pump->sequence++;
}

/**
 * pump_settle() - report the result for the latched frame, if any
 * @pump: pump
 * @result: result
 * @size: see @frame of struct omv_pump_ops
 *
 * omv_pump.next becomes the latched frame, if it was announced meanwhile.
 */
void pump_settle(struct omv_pump *pump, enum omv_pump_result result, u32 size)
{
	const struct omv_frame frame = pump->frame;
	void *buf = pump->buf;

	if (!pump->latched)
		return;
	pump->buf = NULL;
	pump->last_active = pump->host->now;
	pump->latched = pump->has_next;
	pump->frame = pump->next;
	pump->has_next = false;
	pump->ops->frame(pump->ctx, &frame, result, buf, size);
}

/**
 * pump_idle() - enter phase IDLE, until an event or omv_pump.wake
 * @pump: pump
 * @now: time in ms
 */
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
	/* No request in between: the size may change after SIZE (T-20). */
	req->urgent = opcode == OMV_OP_READ;
	/* A frame does not wait for more than one request of other clients. */
	req->early = opcode == OMV_OP_SIZE || opcode == OMV_OP_LOCK;
	pump->phase = phase;
}

/* If there is no session, the owner is about to stop the pump. */
static void pump_send(struct omv_pump *pump, u64 now)
{
	if (omv_host_submit(pump->host, &pump->req, now))
		pump_idle(pump, now);
}

/**
 * pump_submit() - send omv_pump.req
 * @pump: pump, with the arguments of @opcode set in omv_pump.req
 * @phase: new phase
 * @opcode: opcode
 * @buf: buffer for the response
 * @size: bytes at @buf
 * @now: time in ms
 */
void pump_submit(struct omv_pump *pump, enum omv_pump_phase phase, u8 opcode,
		 void *buf, u32 size, u64 now)
{
	pump_fill(pump, phase, opcode, buf, size);
	pump_send(pump, now);
}

/**
 * pump_submit_pipelined() - send omv_pump.req and omv_pump.pipelined
 * @pump: pump, with the arguments of @opcode set in omv_pump.req
 * @phase: new phase
 * @opcode: opcode
 * @buf: buffer for the response
 * @size: bytes at @buf
 * @second: opcode of the pipelined request; its response has 0 or 4 bytes
 * @now: time in ms
 */
void pump_submit_pipelined(struct omv_pump *pump, enum omv_pump_phase phase,
			   u8 opcode, void *buf, u32 size, u8 second, u64 now)
{
	struct omv_request *pipelined = &pump->pipelined;

	pump_fill(pump, phase, opcode, buf, size);
	pipelined->opcode = second;
	pipelined->channel = pump->channel;
	pipelined->buf = &pump->word;
	pipelined->size = sizeof(pump->word);
	pipelined->early = false;
	pump->req.pipelined = pipelined;
	pump_send(pump, now);
}

/**
 * pump_ask() - send a request whose response has 0 or 4 bytes
 * @pump: pump
 * @phase: new phase
 * @opcode: opcode
 * @now: time in ms
 */
void pump_ask(struct omv_pump *pump, enum omv_pump_phase phase, u8 opcode,
	      u64 now)
{
	pump_submit(pump, phase, opcode, &pump->word, sizeof(pump->word), now);
}

/**
 * pump_ask_ahead() - submit the SIZE of omv_pump.next, while a READ is running
 * @pump: pump
 * @now: time in ms
 *
 * Return: true if omv_pump.pipelined will complete, after omv_pump.req
 */
bool pump_ask_ahead(struct omv_pump *pump, u64 now)
{
	struct omv_request *req = &pump->pipelined;

	req->opcode = OMV_OP_SIZE;
	req->channel = pump->channel;
	req->buf = &pump->word;
	req->size = sizeof(pump->word);
	req->urgent = false;
	req->early = true;
	return !omv_host_submit(pump->host, req, now);
}

/**
 * pump_is_fresh() - is there a latched frame that should be fetched
 * @pump: pump
 * @now: time in ms
 *
 * Return: false if there is none, or if it is not wanted or too old
 */
bool pump_is_fresh(const struct omv_pump *pump, u64 now)
{
	return pump->latched && !pump->frame.skip &&
	       now - pump->frame.at <= OMV_PUMP_STALE_MS;
}

/**
 * pump_payload() - size of a frame without its header
 * @pump: pump
 * @size: size of the frame in bytes, from SIZE
 *
 * Return: number of bytes; 0 if @size is too small for a frame
 */
u32 pump_payload(const struct omv_pump *pump, u32 size)
{
	u32 head = pump->mode.has_header ? sizeof(pump->head) : 0;

	return size > head ? size - head : 0;
}

/**
 * pump_prepare_read() - set the arguments of a READ of the whole frame
 * @pump: pump with a buffer
 * @size: size of the frame in bytes, from SIZE; must fit into the buffer
 */
void pump_prepare_read(struct omv_pump *pump, u32 size)
{
	struct omv_request *req = &pump->req;

	req->offset = 0;
	req->length = size;
	req->head = &pump->head;
	req->head_size = pump->mode.has_header ? sizeof(pump->head) : 0;
}

/**
 * pump_drop() - drop the latched frame, if any, without fetching it
 * @pump: pump
 */
void pump_drop(struct omv_pump *pump)
{
	pump_settle(pump, pump->frame.skip ? OMV_PUMP_SKIPPED : OMV_PUMP_STALE,
		    0);
}

/**
 * pump_has_buffer() - get a buffer for the latched frame
 * @pump: pump
 *
 * Return: true if omv_pump.buf is a buffer
 */
bool pump_has_buffer(struct omv_pump *pump)
{
	if (!pump->buf)
		pump->buf = pump->ops->buffer(pump->ctx, &pump->room);
	return pump->buf;
}

/**
 * pump_next() - fetch or drop the latched frame, if any
 * @pump: pump without an outstanding request
 * @now: time in ms
 */
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
 * The size() of a script may fail in a way that no response is sent (T-32).
 * Each timeout leads to a SYNC, which disturbs all channels: pause after the
 * second and each further consecutive timeout.
 */
static void pump_unanswered(struct omv_pump *pump, u64 now)
{
	u64 pause = 500ull << (pump->nr_timeouts < 5 ? pump->nr_timeouts : 5);

	if (pump->nr_timeouts++)
		pump->pause_until = now + (pause < OMV_PUMP_PAUSE_MS ?
					  pause : OMV_PUMP_PAUSE_MS);
}

/* If both requests fail in the same timeout, it counts once. */
static bool pump_counts(const struct omv_pump *pump,
			const struct omv_request *req)
{
	return req == &pump->req || (pump->ahead && !pump->doubtful);
}

static void pump_done(struct omv_pump *pump, const struct omv_request *req,
		      u64 now)
{
	if (req->result == -ETIMEDOUT && pump_counts(pump, req))
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
	pump_done(container_of(req, struct omv_pump, pipelined), req,
		  host->now);
}

/**
 * omv_pump_rewind() - a new stream begins
 * @pump: stopped pump
 * @now: time in ms
 *
 * The next frame has sequence number 0. The pump may be stopped and started
 * again in the course of a stream, which does not affect the numbers.
 */
void omv_pump_rewind(struct omv_pump *pump, u64 now)
{
	pump->sequence = 0;
	pump->last_active = now;
}

/**
 * omv_pump_start() - start to fetch frames
 * @pump: stopped pump; the session must be up
 * @channel: channel id
 * @mode: how frames are fetched
 * @now: time in ms
 *
 * A frame that is latched already is released, not delivered, because its age
 * is unknown.
 */
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
	pump->announced = 0;
	pump->gap = 0;
	if (now < pump->pause_until)
		pump_next(pump, now);
	else
		pump->mode.fetch->start(pump, now);
}

/**
 * omv_pump_stop() - stop fetching frames
 * @pump: pump, running or not
 * @now: time in ms
 *
 * Calls none of omv_pump_ops. The owner gets the buffer back on return.
 */
void omv_pump_stop(struct omv_pump *pump, u64 now)
{
	omv_host_cancel(pump->host, &pump->req);
	omv_host_cancel(pump->host, &pump->pipelined);
	if (pump->running && pump->mode.fetch->stop)
		pump->mode.fetch->stop(pump, now);
	if (pump->latched)
		pump->last_active = now;
	pump->running = false;
	pump->latched = false;
	pump->has_next = false;
	pump->ahead = false;
	pump->overlaps = false;
	pump->expected = false;
	pump->asked_again = false;
	pump->buf = NULL;
	pump->phase = OMV_PUMP_IDLE;
}

/**
 * omv_pump_event() - the channel of the pump sent an event
 * @pump: pump
 * @now: time in ms
 */
void omv_pump_event(struct omv_pump *pump, u64 now)
{
	if (!pump->running)
		return;
	pump->polled = false;
	pump->evented = true;
	pump_announce(pump, now);
	if (pump->phase == OMV_PUMP_IDLE)
		pump_next(pump, now);
	else if (pump->mode.fetch->announced)
		pump->mode.fetch->announced(pump, now);
}

/**
 * omv_pump_kick() - a buffer has become available
 * @pump: pump
 * @now: time in ms
 */
void omv_pump_kick(struct omv_pump *pump, u64 now)
{
	if (pump->running && pump->latched && pump->phase == OMV_PUMP_IDLE)
		pump_next(pump, now);
}

/**
 * omv_pump_tick() - handle expired deadlines
 * @pump: pump
 * @now: time in ms
 */
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

/**
 * omv_pump_deadline() - time by which omv_pump_tick() must be called
 * @pump: pump
 *
 * Return: time in ms, U64_MAX for never
 */
u64 omv_pump_deadline(const struct omv_pump *pump)
{
	return pump->running && pump->phase == OMV_PUMP_IDLE ? pump->wake :
							       U64_MAX;
}

/**
 * omv_pump_is_stalled() - has the camera sent no frame for a while
 * @pump: pump, running or not
 * @now: time in ms
 *
 * While a frame waits for a buffer the application is slow, not the camera. The
 * time does not start again when the pump is stopped or started: a channel that
 * returns stays stalled until its first frame.
 *
 * Return: true if so, see OMV_PUMP_STALL_MS
 */
bool omv_pump_is_stalled(const struct omv_pump *pump, u64 now)
{
	u64 ms = 3 * pump->gap;

	if (!ms || ms > OMV_PUMP_STALL_MAX_MS)
		ms = OMV_PUMP_STALL_MAX_MS;
	else if (ms < OMV_PUMP_STALL_MS)
		ms = OMV_PUMP_STALL_MS;
	return !pump->latched && now > pump->last_active + ms;
}
