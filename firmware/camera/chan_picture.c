// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A further picture channel, as scripts with two sensors have one for each of them (section
 * 12.3): a frame channel with a source of its own.
 */
#include <stdio.h>
#include <stdlib.h>

#include "channels.h"

#define PICTURE_QUALITY	85
#define MS_PER_S	1000

/* Return: the part up to the next ":" or the end, NULL if it does not fit into @part */
static const char *next_part(const char *at, char *part, size_t size)
{
	size_t len = strcspn(at, ":");

	if (len >= size)
		return NULL;
	memcpy(part, at, len);
	part[len] = 0;
	return at[len] ? at + len + 1 : at + len;
}

static bool parse_flags(struct picture_spec *spec, const char *flags)
{
	for (; *flags; flags++) {
		switch (*flags) {
		case 'e':
			spec->events = true;
			break;
		case 'p':
			spec->readp = true;
			break;
		case 'h':
			spec->header = true;
			break;
		default:
			return false;
		}
	}
	return true;
}

static bool parse_numbers(struct picture_spec *spec, const char *size, const char *fps)
{
	char rest;

	if (sscanf(size, "%5ux%5u%c", &spec->width, &spec->height, &rest) != 2 ||
	    spec->width < SOURCE_MIN_WIDTH || spec->width > SOURCE_MAX_WIDTH ||
	    spec->height < SOURCE_MIN_HEIGHT || spec->height > SOURCE_MAX_HEIGHT)
		return false;
	spec->fps = PICTURE_FPS;
	return !*fps || (sscanf(fps, "%4u%c", &spec->fps, &rest) == 1 && spec->fps <= 1000);
}

bool picture_parse(struct picture_spec *spec, const char *arg, char *why, size_t size)
{
	char format[16], pixels[16], fps[8], flags[8];
	const char *at = arg;

	memset(spec, 0, sizeof(*spec));
	at = next_part(at, spec->name, sizeof(spec->name));
	if (at)
		at = next_part(at, format, sizeof(format));
	if (at)
		at = next_part(at, pixels, sizeof(pixels));
	if (at)
		at = next_part(at, fps, sizeof(fps));
	if (at)
		at = next_part(at, flags, sizeof(flags));
	spec->pixfmt = at ? raw_format(format) : 0;
	if (at && !*at && spec->name[0] && spec->pixfmt && parse_numbers(spec, pixels, fps) &&
	    parse_flags(spec, flags))
		return true;
	snprintf(why, size, "%s: must be NAME:FORMAT:WxH[:FPS[:FLAGS]] with FORMAT one of %s, FLAGS of e (events), p (readp), h (header)",
		 arg, raw_names());
	return false;
}

static struct source *pick(void *ctx, u32 number)
{
	struct picture_channel *ch = ctx;

	(void)number;
	return ch->source;
}

/* As the vendor's scripts have it: with the size of the frame, and the pattern of Bayer. */
static void choose_shape(struct picture_channel *ch)
{
	bool bayer = ch->spec.pixfmt >= OMV_PIX_BGGR && ch->spec.pixfmt <= OMV_PIX_RGGB;
	char why[160];

	frame_shape_parse(&ch->frame.shape, bayer ? "h,w,pattern,size" : "h,w,size", why,
			  sizeof(why));
}

static bool begin(struct picture_channel *ch)
{
	struct source_options o = {
		.spec = "pattern", .width = ch->spec.width, .height = ch->spec.height,
	};
	char why[160];

	ch->source = source_open(&o, why, sizeof(why));
	if (!ch->source)
		return false;
	if (!encoder_start(&ch->enc, pick, ch, PICTURE_QUALITY, 0))
		return true;
	source_close(ch->source);
	ch->source = NULL;
	return false;
}

int picture_channel_add(struct picture_channel *ch, struct omv_device *dev,
			const struct picture_spec *spec)
{
	int id;

	ch->spec = *spec;
	ch->start = 0;
	ch->count = 0;
	if (!begin(ch))
		return -ENOMEM;
	ch->frame.dev = dev;
	ch->frame.no_events = !spec->events;
	ch->frame.size_of_latched = !spec->readp;
	ch->frame.pixfmt = spec->pixfmt;
	choose_shape(ch);
	id = omv_device_add(dev, spec->name, frame_channel_ops(!spec->readp, false), &ch->frame,
			    OMV_CHF_DYNAMIC);
	ch->frame.id = id < 0 ? 0 : id;
	if (id < 0)
		picture_channel_reset(ch);
	return id < 0 ? id : 0;
}

static void replace(struct frame *frame, struct jpeg *pic)
{
	if (!pic)
		return;
	jpeg_put(frame->jpeg);
	frame->jpeg = pic;
}

static void latch(struct picture_channel *ch, struct frame *frame)
{
	const struct picture_spec *spec = &ch->spec;

	if (spec->pixfmt != OMV_PIX_JPEG)
		replace(frame, raw_convert(frame->jpeg, spec->pixfmt, spec->width, spec->height));
	if (spec->header)
		replace(frame, raw_with_header(frame->jpeg, spec->pixfmt));
	frame_channel_latch(&ch->frame, frame);
}

u64 picture_channel_run(struct picture_channel *ch, u64 now)
{
	struct frame frame;
	u64 due;

	if (!ch->frame.id)
		return U64_MAX;
	if (!ch->start)
		ch->start = now;
	due = ch->spec.fps ? ch->start + ch->count * MS_PER_S / ch->spec.fps : now;
	if (now < due)
		return due;
	/* The READ of the host that releases the frame is followed by the next call. */
	if (ch->frame.latched)
		return U64_MAX;
	/* The frame is being sent, or the thread encodes. */
	if (!frame_channel_free(&ch->frame) || !encoder_take(&ch->enc, &frame))
		return now + 1;
	if (ch->spec.fps)
		ch->count = (now - ch->start) * ch->spec.fps / MS_PER_S + 1;
	latch(ch, &frame);
	return U64_MAX;
}

void picture_channel_reset(struct picture_channel *ch)
{
	frame_channel_reset(&ch->frame);
	if (!ch->source)
		return;
	encoder_stop(&ch->enc);
	source_close(ch->source);
	ch->source = NULL;
}

void picture_channel_free(struct picture_channel *ch)
{
	picture_channel_reset(ch);
	jpeg_put(ch->frame.lent);
	ch->frame.lent = NULL;
}
