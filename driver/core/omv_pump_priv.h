/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Private interfaces of the pump. */
#ifndef OMV_PUMP_PRIV_H
#define OMV_PUMP_PRIV_H

#include "omv_pump.h"

/* ---- omv_pump.c ------------------------------------------------------- */

void pump_announce(struct omv_pump *pump, u64 now);
void pump_settle(struct omv_pump *pump, enum omv_pump_result result, u32 size);
void pump_drop(struct omv_pump *pump);
bool pump_is_fresh(const struct omv_pump *pump, u64 now);
bool pump_has_buffer(struct omv_pump *pump);
void pump_idle(struct omv_pump *pump, u64 now);
void pump_next(struct omv_pump *pump, u64 now);
void pump_submit(struct omv_pump *pump, enum omv_pump_phase phase, u8 opcode,
		 void *buf, u32 size, u64 now);
void pump_submit_pipelined(struct omv_pump *pump, enum omv_pump_phase phase,
			   u8 opcode, void *buf, u32 size, u8 second, u64 now);
void pump_ask(struct omv_pump *pump, enum omv_pump_phase phase, u8 opcode,
	      u64 now);
bool pump_ask_ahead(struct omv_pump *pump, u64 now);
void pump_prepare_read(struct omv_pump *pump, u32 size);
u32 pump_payload(const struct omv_pump *pump, u32 size);

/* ---- omv_pump_frame.c, omv_pump_stream.c ------------------------------ */

/**
 * struct omv_fetch_ops - operations for one kind of channel
 * @start:    the pump was started
 * @fetch:    fetch the latched frame into omv_pump.buf
 * @announced: NULL, or called when a frame was announced while a request of the
 *	pump is outstanding
 * @drop:     release the frame that the camera has, so that it captures another
 * @overdue:  no frame was announced before omv_pump.wake
 * @patience: return the time until @overdue, in ms
 * @complete: omv_pump.req or omv_pump.pipelined has completed
 * @stop:     NULL, or called when a running pump is stopped
 */
struct omv_fetch_ops {
	void (*start)(struct omv_pump *pump, u64 now);
	void (*fetch)(struct omv_pump *pump, u64 now);
	void (*announced)(struct omv_pump *pump, u64 now);
	void (*drop)(struct omv_pump *pump, u64 now);
	void (*overdue)(struct omv_pump *pump, u64 now);
	u32 (*patience)(const struct omv_pump *pump);
	void (*complete)(struct omv_pump *pump, const struct omv_request *req,
			 u64 now);
	void (*stop)(struct omv_pump *pump, u64 now);
};

#endif /* OMV_PUMP_PRIV_H */
