/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A thread that has the next picture ready: encoding takes longer than a host likes to wait
 * for an answer.
 */
#ifndef ENCODER_H
#define ENCODER_H

#include <pthread.h>

#include "source.h"

/**
 * struct frame - a numbered picture
 * @number:  counts the frames that were taken, from 0 on
 * @quality: it was encoded at
 * @jpeg:    picture, held
 */
struct frame {
	u32 number;
	u8 quality;
	struct jpeg *jpeg;
};

/**
 * struct encoder - the thread and the one frame it keeps ready
 * @thread:  the thread
 * @lock:    over all that follows
 * @wake:    the thread has something to do
 * @pick:    source of a frame; called by whoever uses the source
 * @ctx:     its first argument
 * @event:   file that can be read while a frame may be ready
 * @quality: for what is encoded from now on
 * @look:    as @quality
 * @changes: so often one of them changed: what is encoded meanwhile is no use
 * @number:  of the next frame
 * @ready:   @next waits to be taken; the thread sleeps
 * @awaited: somebody wanted it when it was not: @event is written
 * @next:    the frame
 * @quit:    the thread shall end
 */
struct encoder {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct source *(*pick)(void *ctx, u32 number);
	void *ctx;
	int event;
	u8 quality;
	struct look look;
	u32 changes;
	u32 number;
	bool ready;
	bool awaited;
	struct frame next;
	bool quit;
};

/**
 * encoder_start() - start the thread
 * @enc: written
 * @pick: give the source of frame @number; it is used by the thread, and by
 *	encoder_take() while the thread sleeps
 * @ctx: first argument of @pick
 * @quality: 1..100
 * @number: of the first frame
 *
 * Return: 0 or a negative errno
 */
int encoder_start(struct encoder *enc, struct source *(*pick)(void *ctx, u32 number), void *ctx,
		  u8 quality, u32 number);

/**
 * encoder_stop() - end the thread
 * @enc: encoder
 */
void encoder_stop(struct encoder *enc);

/**
 * encoder_set_quality() - for all frames that are not taken yet
 * @enc: encoder
 * @quality: 1..100
 *
 * What is encoded at another quality already is encoded again, under the same number.
 */
void encoder_set_quality(struct encoder *enc, u8 quality);

/**
 * encoder_set_look() - as encoder_set_quality()
 * @enc: encoder
 * @look: copied
 */
void encoder_set_look(struct encoder *enc, const struct look *look);

/**
 * encoder_take() - get the next frame
 * @enc: encoder
 * @frame: written; its picture is the caller's
 *
 * Never waits. If there is no frame, @enc->event tells when to ask again.
 *
 * Return: whether there was one
 */
bool encoder_take(struct encoder *enc, struct frame *frame);

#endif /* ENCODER_H */
