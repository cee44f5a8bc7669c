// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "effects.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <turbojpeg.h>

#define FILE_MAX	(64 << 20)

u8 *file_read(const char *path, u32 *len, char *why, size_t size)
{
	FILE *f = fopen(path, "rbe");
	const char *error = NULL;
	u8 *data = NULL;
	struct stat st;

	if (!f || fstat(fileno(f), &st)) {
		error = strerror(errno);
	} else if (!S_ISREG(st.st_mode)) {
		error = "not a regular file";
	} else if (st.st_size > FILE_MAX) {
		error = "larger than 64 MiB";
	} else {
		*len = st.st_size;
		data = malloc(*len + 1);
		if (!data)
			error = "out of memory";
		else if (fread(data, 1, *len, f) != *len)
			error = "cannot be read";
	}
	if (f)
		fclose(f);
	if (error) {
		snprintf(why, size, "%s: %s", path, error);
		free(data);
		return NULL;
	}
	return data;
}

bool picture_alloc(struct picture *pic)
{
	unsigned long size = 0;
	u8 *p;

	for (int i = 0; i < 3; i++) {
		pic->stride[i] = tjPlaneWidth(i, pic->width, TJSAMP_420);
		size += (unsigned long)pic->stride[i] * tjPlaneHeight(i, pic->height, TJSAMP_420);
	}
	p = calloc(size, 1);
	pic->plane[0] = p;
	if (!p)
		return false;
	for (int i = 1; i < 3; i++) {
		p += pic->stride[i - 1] * tjPlaneHeight(i - 1, pic->height, TJSAMP_420);
		pic->plane[i] = p;
	}
	return true;
}

void picture_free(struct picture *pic)
{
	free(pic->plane[0]);
	pic->plane[0] = NULL;
}

/* Apply the effects. If out of memory, the picture stays unchanged. */
static void alter(struct source *s, struct picture *view)
{
	s->altered.width = s->options.width;
	s->altered.height = s->options.height;
	if (effects_are_none(&s->effects) || (!s->altered.plane[0] && !picture_alloc(&s->altered)))
		return;
	effects_apply(&s->effects, view, &s->altered);
	*view = s->altered;
}

static struct jpeg *draw_and_encode(struct source *s, u32 number, u8 quality)
{
	struct picture view = { 0 };
	unsigned long len = s->size;
	int err;

	s->ops->draw(s, number, &view);
	alter(s, &view);
	err = tjCompressFromYUVPlanes(s->encoder, (const u8 **)view.plane, s->options.width,
				      view.stride, s->options.height, TJSAMP_420, &s->scratch,
				      &len, quality, TJFLAG_NOREALLOC | TJFLAG_FASTDCT);
	if (err) {
		fprintf(stderr, "omvcam: encoding frame %u: %s\n", number,
			tjGetErrorStr2(s->encoder));
		abort();
	}
	return jpeg_pad(s->scratch, len, s->options.width, s->options.height,
			s->options.frame_bytes);
}

static struct jpeg *encode_cached(struct source *s, u32 number, u8 quality)
{
	struct jpeg ***row = &s->cached[quality];
	u32 index = number % s->options.cache;

	if (!*row)
		*row = calloc(s->options.cache, sizeof(**row));
	if (!*row)
		return draw_and_encode(s, index, quality);
	if (!(*row)[index])
		(*row)[index] = draw_and_encode(s, index, quality);
	return jpeg_get((*row)[index]);
}

void source_set_effects(struct source *s, const struct effects *effects)
{
	s->effects = *effects;
}

struct jpeg *source_encode(struct source *s, u32 number, u8 quality)
{
	if (s->ops->encode)
		return s->ops->encode(s, number);
	if (s->options.cache && effects_are_none(&s->effects))
		return encode_cached(s, number, quality);
	return draw_and_encode(s, number, quality);
}

bool source_draw(struct source *s, u32 number, u8 *rgb)
{
	struct picture view = { 0 };
	tjhandle tj;

	if (s->ops->encode)
		return false;
	tj = tjInitDecompress();
	if (!tj)
		return false;
	s->ops->draw(s, number, &view);
	alter(s, &view);
	tjDecodeYUVPlanes(tj, (const u8 **)view.plane, view.stride, TJSAMP_420, rgb,
			  s->options.width, 0, s->options.height, TJPF_RGB, TJFLAG_FASTUPSAMPLE);
	tjDestroy(tj);
	return true;
}

struct jpeg *source_finished(struct source *s, u32 number, u8 quality)
{
	struct jpeg **row = s->cached[quality];

	if (s->ops->encode)
		return s->ops->encode(s, number);
	if (!row || !effects_are_none(&s->effects) || !row[number % s->options.cache])
		return NULL;
	return jpeg_get(row[number % s->options.cache]);
}

bool source_has_quality(const struct source *s)
{
	return !s->ops->encode;
}

void source_close(struct source *s)
{
	if (!s)
		return;
	for (unsigned int q = 0; q < ARRAY_SIZE(s->cached); q++) {
		for (u32 i = 0; s->cached[q] && i < s->options.cache; i++)
			jpeg_put(s->cached[q][i]);
		free(s->cached[q]);
	}
	if (s->encoder)
		tjDestroy(s->encoder);
	tjFree(s->scratch);
	picture_free(&s->altered);
	s->ops->close(s);
}

static bool prepare_encoder(struct source *s, const struct source_options *o, char *why,
			    size_t size)
{
	s->options = *o;
	s->size = tjBufSize(o->width, o->height, TJSAMP_420);
	s->scratch = tjAlloc(s->size);
	s->encoder = tjInitCompress();
	if (s->scratch && s->encoder)
		return true;
	snprintf(why, size, "out of memory");
	return false;
}

static struct source *open_kind(const struct source_options *o, char *why, size_t size)
{
	const char *colon = strchr(o->spec, ':');
	size_t kind = colon ? (size_t)(colon - o->spec) : strlen(o->spec);

	if (o->cache && strncmp(o->spec, "photo:", 6)) {
		snprintf(why, size, "--cache is possible only with photo:FILE");
		return NULL;
	}
	if (!strcmp(o->spec, "pattern")) {
		struct source *s = source_pattern(o);

		if (!s)
			snprintf(why, size, "out of memory");
		return s;
	}
	if (colon && colon[1] && kind == 5 && !strncmp(o->spec, "photo", 5))
		return source_photo(o, colon + 1, why, size);
	if (colon && colon[1] && kind == 3 && !strncmp(o->spec, "dir", 3))
		return source_dir(colon + 1, why, size);
	snprintf(why, size, "unknown source \"%s\": must be photo:FILE, pattern or dir:DIR",
		 o->spec);
	return NULL;
}

struct source *source_open(const struct source_options *o, char *why, size_t size)
{
	struct source *s;

	if (o->width < SOURCE_MIN_WIDTH || o->width > SOURCE_MAX_WIDTH ||
	    o->height < SOURCE_MIN_HEIGHT || o->height > SOURCE_MAX_HEIGHT) {
		snprintf(why, size, "invalid size %ux%u: must be from %ux%u to %ux%u", o->width,
			 o->height, SOURCE_MIN_WIDTH, SOURCE_MIN_HEIGHT, SOURCE_MAX_WIDTH,
			 SOURCE_MAX_HEIGHT);
		return NULL;
	}
	s = open_kind(o, why, size);
	if (s && !prepare_encoder(s, o, why, size)) {
		source_close(s);
		return NULL;
	}
	return s;
}
