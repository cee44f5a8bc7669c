// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The pump: fetches frames from "stream" of the firmware (protocol 10, 12.4).
 */
#include "omv_pump_priv.h"

static void stream_ioctl(struct omv_pump *pump, enum omv_pump_phase phase,
			 u32 code, u32 length, u64 now)
{
	pump->req.offset = code;
	pump->req.length = length;
	pump->req.data = pump->args;
	pump_submit(pump, phase, OMV_OP_IOCTL, NULL, 0, now);
}

static void stream_raw_cfg(struct omv_pump *pump, u64 now)
{
	pump->args[0] = cpu_to_le32(pump->mode.raw_width);
	pump->args[1] = cpu_to_le32(pump->mode.raw_height);
	stream_ioctl(pump, OMV_PUMP_RAW_CFG, OMV_STREAM_RAW_CFG, 8, now);
}

static void stream_raw_ctrl(struct omv_pump *pump, u64 now)
{
	pump->args[0] = cpu_to_le32(pump->mode.raw_width != 0);
	stream_ioctl(pump, OMV_PUMP_RAW_CTRL, OMV_STREAM_RAW_CTRL, 4, now);
}

/* Enable the preview. This also empties the mailbox (protocol 9). */
static void stream_ctrl(struct omv_pump *pump, u64 now)
{
	pump->args[0] = cpu_to_le32(1);
	stream_ioctl(pump, OMV_PUMP_CTRL, OMV_STREAM_CTRL, 4, now);
}

static void stream_start(struct omv_pump *pump, u64 now)
{
	if (pump->mode.raw_width)
		stream_raw_cfg(pump, now);
	else
		stream_raw_ctrl(pump, now);
}

static void stream_unlock(struct omv_pump *pump, u64 now)
{
	pump_ask(pump, OMV_PUMP_UNLOCK, OMV_OP_UNLOCK, now);
}

/*
 * A camera with a frame every 11 ms needs each of the 90 LOCKs that fit into a
 * second. Therefore ms are not enough: 11 ms rounded up are 12.
 */
static bool stream_may_lock(struct omv_pump *pump, u64 now)
{
	struct omv_host *host = pump->host;
	u64 earliest = pump->locked_at + OMV_PUMP_LOCK_MS * 1000;
	u64 us = now * 1000;
	u32 phase;

	if (host->ops->clock) {
		us = host->ops->clock(host->ctx);
		earliest += OMV_PUMP_LOCK_SLACK_US;
	}
	if (us >= earliest) {
		pump->locked_at = us;
		return true;
	}
	pump->wake = div_u64_rem(earliest, 1000, &phase);
	pump->again = true;
	host->phase = phase;
	return false;
}

static void stream_lock(struct omv_pump *pump, u64 now)
{
	if (!stream_may_lock(pump, now))
		return;
	pump_submit_pipelined(pump, OMV_PUMP_LOCK, OMV_OP_LOCK, NULL, 0,
			      OMV_OP_SIZE, now);
}

/* Fetch the frame for which LOCK was sent, or one announced since then. */
static bool stream_is_wanted(struct omv_pump *pump, u64 now)
{
	return pump->latched && !pump->frame.skip &&
	       (pump->fetching || pump_is_fresh(pump, now)) &&
	       pump_has_buffer(pump);
}

/* The LOCK succeeded, so the size is that of the locked frame. */
static void stream_sized(struct omv_pump *pump, u64 now)
{
	u32 size = pump->pipelined.result ? 0 : le32_to_cpu(pump->word);
	u32 payload = pump_payload(pump, size);

	if (!stream_is_wanted(pump, now)) {
		pump_drop(pump);
		stream_unlock(pump, now);
	} else if (payload && payload <= pump->room) {
		pump_prepare_read(pump, size);
		pump_submit_pipelined(pump, OMV_PUMP_READ, OMV_OP_READ,
				      pump->buf, pump->room, OMV_OP_UNLOCK,
				      now);
	} else {
		pump_settle(pump, payload ? OMV_PUMP_TOO_BIG : OMV_PUMP_FAILED,
			    payload);
		stream_unlock(pump, now);
	}
}

static void stream_locked(struct omv_pump *pump, u64 now)
{
	if (pump->locked == -EBUSY && ++pump->locks < OMV_PUMP_LOCKS) {
		pump_next(pump, now);
		return;
	}
	pump->locks = 0;
	if (pump->locked) {
		pump_settle(pump, OMV_PUMP_FAILED, 0);
		pump_next(pump, now);
	} else {
		stream_sized(pump, now);
	}
}

static void stream_read_done(struct omv_pump *pump)
{
	int result = pump->req.result;

	pump_settle(pump, result ? OMV_PUMP_FAILED : OMV_PUMP_DONE,
		    result ? 0 : pump_payload(pump, pump->req.received));
	/* UNLOCK was pipelined after the READ. */
	pump->phase = OMV_PUMP_UNLOCK;
}

static void stream_complete(struct omv_pump *pump,
			    const struct omv_request *req, u64 now)
{
	bool pipelined = req == &pump->pipelined;

	switch (pump->phase) {
	case OMV_PUMP_RAW_CFG:
		stream_raw_ctrl(pump, now);
		break;
	case OMV_PUMP_RAW_CTRL:
		stream_ctrl(pump, now);
		break;
	case OMV_PUMP_CTRL:
		pump_drop(pump);
		pump_next(pump, now);
		break;
	case OMV_PUMP_LOCK:
		if (pipelined)
			stream_locked(pump, now);
		else
			pump->locked = req->result;
		break;
	case OMV_PUMP_READ:
		stream_read_done(pump);
		break;
	case OMV_PUMP_UNLOCK:
		pump_next(pump, now);
		break;
	default:
		break;
	}
}

static void stream_fetch(struct omv_pump *pump, u64 now)
{
	pump->fetching = true;
	stream_lock(pump, now);
}

/* Release a frame by LOCK and UNLOCK. */
static void stream_drop(struct omv_pump *pump, u64 now)
{
	pump->fetching = false;
	stream_lock(pump, now);
}

static u32 stream_patience(const struct omv_pump *pump)
{
	return OMV_PUMP_REVIVE_MS;
}

static void stream_is_off(struct omv_host *host, struct omv_request *req)
{
}

/* Not omv_pump.req, because the pump may restart before this is sent. */
static void stream_stop(struct omv_pump *pump, u64 now)
{
	struct omv_request *off = &pump->off;

	pump->off_arg = 0;
	off->opcode = OMV_OP_IOCTL;
	off->channel = pump->channel;
	off->offset = OMV_STREAM_CTRL;
	off->length = sizeof(pump->off_arg);
	off->data = &pump->off_arg;
	off->complete = stream_is_off;
	/* Ignore errors: no session, or the request is queued already. */
	omv_host_submit(pump->host, off, now);
}

const struct omv_fetch_ops omv_fetch_stream = {
	.start = stream_start,
	.fetch = stream_fetch,
	.drop = stream_drop,
	.overdue = stream_start,
	.patience = stream_patience,
	.complete = stream_complete,
	.stop = stream_stop,
};
