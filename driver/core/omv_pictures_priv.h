/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Private functions of omv_pictures*.c, documented at their definitions. */
#ifndef OMV_PICTURES_PRIV_H
#define OMV_PICTURES_PRIV_H

#include "omv_pictures.h"

/* ---- omv_pictures.c --------------------------------------------------- */

bool pictures_must_wait(struct omv_pictures *pictures,
			struct omv_picture_channel *channel, u64 now);
void pictures_next(struct omv_pictures *pictures, u64 now);
void pictures_retry(struct omv_picture_channel *channel, u64 now);

/* ---- omv_pictures_ask.c ----------------------------------------------- */

void pictures_begin(struct omv_pictures *pictures, unsigned int index, u64 now);
void pictures_poll(struct omv_pictures *pictures, u64 now);
void pictures_abort(struct omv_pictures *pictures);
void pictures_timed_out(struct omv_pictures *pictures);
void pictures_complete(struct omv_host *host, struct omv_request *req);

#endif /* OMV_PICTURES_PRIV_H */
