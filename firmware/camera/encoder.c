// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "encoder.h"

#include <sys/eventfd.h>
#include <unistd.h>

static void *encode_frames(void *arg)
{
	struct encoder *enc = arg;

	pthread_mutex_lock(&enc->lock);
	while (!enc->quit) {
		struct frame f = { .number = enc->number, .quality = enc->quality };
		struct effects effects = enc->effects;
		u32 changes = enc->changes;
		struct source *source;

		if (enc->ready) {
			pthread_cond_wait(&enc->wake, &enc->lock);
			continue;
		}
		pthread_mutex_unlock(&enc->lock);
		source = enc->pick(enc->ctx, f.number);
		source_set_effects(source, &effects);
		f.jpeg = source_encode(source, f.number, f.quality);
		pthread_mutex_lock(&enc->lock);
		if (changes != enc->changes) {
			jpeg_put(f.jpeg);
			continue;
		}
		enc->next = f;
		enc->ready = true;
		if (enc->awaited)
			eventfd_write(enc->event, 1);
	}
	pthread_mutex_unlock(&enc->lock);
	return NULL;
}

int encoder_start(struct encoder *enc, struct source *(*pick)(void *ctx, u32 number), void *ctx,
		  u8 quality, u32 number)
{
	int err;

	*enc = (struct encoder){
		.pick = pick, .ctx = ctx, .quality = quality, .number = number,
	};
	enc->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (enc->event < 0)
		return -errno;
	pthread_mutex_init(&enc->lock, NULL);
	pthread_cond_init(&enc->wake, NULL);
	err = pthread_create(&enc->thread, NULL, encode_frames, enc);
	if (err)
		close(enc->event);
	return -err;
}

void encoder_stop(struct encoder *enc)
{
	pthread_mutex_lock(&enc->lock);
	enc->quit = true;
	pthread_cond_signal(&enc->wake);
	pthread_mutex_unlock(&enc->lock);
	pthread_join(enc->thread, NULL);
	if (enc->ready)
		jpeg_put(enc->next.jpeg);
	close(enc->event);
}

/* Called with enc->lock held. */
static void start_again(struct encoder *enc)
{
	enc->changes++;
	if (!enc->ready)
		return;
	jpeg_put(enc->next.jpeg);
	enc->ready = false;
	pthread_cond_signal(&enc->wake);
}

void encoder_set_quality(struct encoder *enc, u8 quality)
{
	pthread_mutex_lock(&enc->lock);
	if (enc->quality != quality) {
		enc->quality = quality;
		start_again(enc);
	}
	pthread_mutex_unlock(&enc->lock);
}

void encoder_set_effects(struct encoder *enc, const struct effects *effects)
{
	pthread_mutex_lock(&enc->lock);
	if (memcmp(&enc->effects, effects, sizeof(*effects))) {
		enc->effects = *effects;
		start_again(enc);
	}
	pthread_mutex_unlock(&enc->lock);
}

/*
 * Called while the thread sleeps, so the source may be used here. The thread is woken only if
 * the next picture must be encoded.
 */
static void prepare(struct encoder *enc)
{
	struct frame *f = &enc->next;
	struct source *source = enc->pick(enc->ctx, enc->number);

	*f = (struct frame){ .number = enc->number, .quality = enc->quality };
	source_set_effects(source, &enc->effects);
	f->jpeg = source_finished(source, f->number, f->quality);
	enc->ready = f->jpeg;
	if (!enc->ready)
		pthread_cond_signal(&enc->wake);
}

bool encoder_take(struct encoder *enc, struct frame *frame)
{
	eventfd_t count;
	bool ready;

	pthread_mutex_lock(&enc->lock);
	ready = enc->ready;
	if (ready) {
		*frame = enc->next;
		enc->number++;
		prepare(enc);
	}
	if (enc->awaited)
		eventfd_read(enc->event, &count);
	enc->awaited = !ready;
	pthread_mutex_unlock(&enc->lock);
	return ready;
}
