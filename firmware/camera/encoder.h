/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A thread that encodes the next picture in advance: encoding takes too long for the thread
 * that answers the host.
 */
#ifndef ENCODER_H
#define ENCODER_H

#include <pthread.h>

#include "source.h"

/**
 * struct frame - a numbered picture
 * @number:  number of the frame, starting at 0
 * @quality: JPEG quality of the picture, 1..100
 * @jpeg:    picture; the struct holds a reference
 */
struct frame {
	u32 number;
	u8 quality;
	struct jpeg *jpeg;
};

/**
 * struct encoder - the thread and the one frame it keeps ready
 * @thread:  the thread
 * @lock:    protects all following fields
 * @wake:    wakes the thread
 * @pick:    returns the source of a frame; see encoder_start()
 * @ctx:     first argument of @pick
 * @event:   eventfd that is readable when a frame may be ready
 * @quality: JPEG quality of the next frame
 * @effects: effects on the next frame
 * @changes: incremented on each change of @quality and @effects: a frame that is being
 *	encoded at that time is encoded again
 * @number:  number of the next frame
 * @ready:   @next is encoded; the thread sleeps
 * @awaited: encoder_take() found no frame: write to @event when @next is ready
 * @next:    the encoded frame, if @ready
 * @quit:    the thread must end
 */
struct encoder {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct source *(*pick)(void *ctx, u32 number);
	void *ctx;
	int event;
	u8 quality;
	struct effects effects;
	u32 changes;
	u32 number;
	bool ready;
	bool awaited;
	struct frame next;
	bool quit;
};

/**
 * encoder_start() - start the thread
 * @enc: encoder, initialized here
 * @pick: return the source of frame @number. Called in the thread, and in encoder_take()
 *	while the thread sleeps; the source is used there, too.
 * @ctx: first argument of @pick
 * @quality: JPEG quality, 1..100
 * @number: number of the first frame
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
 * encoder_set_quality() - set the quality of all frames that are not taken yet
 * @enc: encoder
 * @quality: JPEG quality, 1..100
 *
 * A frame that is already encoded at another quality is encoded again, with the same number.
 */
void encoder_set_quality(struct encoder *enc, u8 quality);

/**
 * encoder_set_effects() - set the effects on all frames that are not taken yet
 * @enc: encoder
 * @effects: effects; copied
 *
 * A frame that is already encoded is encoded again, with the same number.
 */
void encoder_set_effects(struct encoder *enc, const struct effects *effects);

/**
 * encoder_take() - get the next frame
 * @enc: encoder
 * @frame: result; the caller must release its picture with jpeg_put()
 *
 * Never waits. If no frame is ready, call again when @enc->event is readable.
 *
 * Return: true if a frame was ready
 */
bool encoder_take(struct encoder *enc, struct frame *frame);

#endif /* ENCODER_H */
