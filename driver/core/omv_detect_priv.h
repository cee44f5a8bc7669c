/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Private functions of the detection, documented at their definitions. */
#ifndef OMV_DETECT_PRIV_H
#define OMV_DETECT_PRIV_H

#include "omv_detect.h"

/* ---- omv_detect_run.c ------------------------------------------------- */

static inline bool detect_is_running(const struct omv_detect *detect)
{
	return detect->state > OMV_DETECT_WAIT;
}

void detect_begin(struct omv_detect *detect, u64 now);
void detect_restart(struct omv_detect *detect, u64 now);
void detect_cut(struct omv_detect *detect, u64 now);
void detect_abort(struct omv_detect *detect);
void detect_timed_out(struct omv_detect *detect);
void detect_complete(struct omv_host *host, struct omv_request *req);
void detect_schedule_event(struct omv_detect *detect, u64 now);
void detect_send(struct omv_detect *detect, enum omv_detect_state state,
		 u8 opcode, void *buf, u32 size, u64 now);
void detect_read(struct omv_detect *detect, u32 offset, u32 length, u64 now);
int detect_parse_header(struct omv_detect *detect, struct omv_picture *picture);
void detect_finish(struct omv_detect *detect, u64 now);
void detect_schedule_frame(struct omv_detect *detect, u32 size, u64 now);

/* ---- omv_detect_input.c ----------------------------------------------- */

void detect_show(struct omv_detect *detect, const struct omv_picture *picture);
void detect_auto_select(struct omv_detect *detect);

static inline bool detect_is_stream(const struct omv_input *input)
{
	return input->fetch == &omv_fetch_stream;
}

/* ---- omv_detect_frame.c ----------------------------------------------- */

void detect_frame_begin(struct omv_detect *detect, u64 now);
void detect_frame_ask_shape(struct omv_detect *detect, u64 now);
void detect_frame_complete(struct omv_detect *detect, int result, u64 now);

/* ---- omv_detect_stream.c ---------------------------------------------- */

void detect_stream_begin(struct omv_detect *detect, u64 now);
void detect_stream_cut(struct omv_detect *detect, u64 now);
void detect_stream_tick(struct omv_detect *detect, u64 now);
void detect_stream_complete(struct omv_detect *detect, int result, u64 now);

#endif /* OMV_DETECT_PRIV_H */
