/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* What the files of the pump share. */
#ifndef OMV_PUMP_PRIV_H
#define OMV_PUMP_PRIV_H

#include "omv_pump.h"

/* ---- omv_pump.c ------------------------------------------------------- */

/**
 * pump_announce() - there is a frame
 * @pump: running pump
 * @now: time in ms
 */
void pump_announce(struct omv_pump *pump, u64 now);

/**
 * pump_settle() - it is known what became of the latched frame
 * @pump: pump; without a latched frame nothing happens
 * @result: this
 * @size: see struct omv_pump_ops
 *
 * A frame that was announced meanwhile takes its place.
 */
void pump_settle(struct omv_pump *pump, enum omv_pump_result result, u32 size);

/**
 * pump_drop() - the latched frame, if any, is not fetched: too old, or not wanted
 * @pump: pump
 */
void pump_drop(struct omv_pump *pump);

/**
 * pump_is_fresh() - is there a latched frame, and one to be fetched
 * @pump: pump
 * @now: time in ms
 *
 * Return: false if there is none, or one to be let go
 */
bool pump_is_fresh(const struct omv_pump *pump, u64 now);

/**
 * pump_has_buffer() - get a buffer for the latched frame
 * @pump: pump
 *
 * Return: whether there is one, in @pump->buf
 */
bool pump_has_buffer(struct omv_pump *pump);

/**
 * pump_idle() - nothing is outstanding, and nothing to do before an event or @wake
 * @pump: pump; its @wake is set here, and may be set anew
 * @now: time in ms
 */
void pump_idle(struct omv_pump *pump, u64 now);

/**
 * pump_next() - nothing is outstanding: see to the latched frame, if there is one
 * @pump: pump
 * @now: time in ms
 */
void pump_next(struct omv_pump *pump, u64 now);

/**
 * pump_submit() - send @pump->req
 * @pump: pump; what else belongs to the opcode is set in @req
 * @phase: what it is for
 * @opcode: opcode
 * @buf: where the response goes
 * @size: room there
 * @now: time in ms
 */
void pump_submit(struct omv_pump *pump, enum omv_pump_phase phase, u8 opcode,
		 void *buf, u32 size, u64 now);

/**
 * pump_submit_pipelined() - the same, with a second request to the channel pipelined
 * @pump: pump
 * @phase: what it is for
 * @opcode: opcode
 * @buf: where the response goes
 * @size: room there
 * @second: opcode of the second request, whose response is a word, or nothing
 * @now: time in ms
 */
void pump_submit_pipelined(struct omv_pump *pump, enum omv_pump_phase phase,
			   u8 opcode, void *buf, u32 size, u8 second, u64 now);

/**
 * pump_ask() - a request whose answer is a word, or nothing
 * @pump: pump
 * @phase: what it is for
 * @opcode: opcode
 * @now: time in ms
 */
void pump_ask(struct omv_pump *pump, enum omv_pump_phase phase, u8 opcode,
	      u64 now);

/**
 * pump_prepare_read() - set in @pump->req what a READ of the whole frame needs
 * @pump: pump; it has a buffer
 * @size: what SIZE gave; it fits
 */
void pump_prepare_read(struct omv_pump *pump, u32 size);

/**
 * pump_payload() - how many bytes of a frame go into the buffer
 * @pump: pump
 * @size: what SIZE gave
 *
 * Return: bytes, 0 if there can't be a frame
 */
u32 pump_payload(const struct omv_pump *pump, u32 size);

/* ---- omv_pump_frame.c, omv_pump_stream.c ------------------------------ */

/**
 * struct omv_fetch_ops - the requests that fetch a frame from a channel of one kind
 * @start:    the pump was started
 * @fetch:    fetch the latched frame; there is a buffer
 * @drop:     have the camera let go of what it has, and take another
 * @overdue:  no frame was announced before @wake
 * @patience: ms without an announced frame until then
 * @complete: a request is done: @req of the pump, or its @pipelined
 * @stop:     NULL, or called when a running pump is stopped
 */
struct omv_fetch_ops {
	void (*start)(struct omv_pump *pump, u64 now);
	void (*fetch)(struct omv_pump *pump, u64 now);
	void (*drop)(struct omv_pump *pump, u64 now);
	void (*overdue)(struct omv_pump *pump, u64 now);
	u32 (*patience)(const struct omv_pump *pump);
	void (*complete)(struct omv_pump *pump, const struct omv_request *req,
			 u64 now);
	void (*stop)(struct omv_pump *pump, u64 now);
};

#endif /* OMV_PUMP_PRIV_H */
