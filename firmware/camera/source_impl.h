/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the kinds of sources share; for source*.c only.
 */
#ifndef SOURCE_IMPL_H
#define SOURCE_IMPL_H

#include "source.h"

/**
 * struct picture - planes of 8 bits, 4:2:0
 * @width:  pixels of the luminance
 * @height: its lines
 * @plane:  Y, U, V
 * @stride: bytes from line to line
 */
struct picture {
	u32 width;
	u32 height;
	u8 *plane[3];
	int stride[3];
};

/**
 * struct source_ops - a kind of source
 * @draw:   fill in @view: its planes and strides. They must stay until the next call.
 * @encode: instead of @draw: give a finished picture
 * @close:  free
 */
struct source_ops {
	void (*draw)(struct source *s, u32 number, struct picture *view);
	struct jpeg *(*encode)(struct source *s, u32 number);
	void (*close)(struct source *s);
};

/**
 * struct source - the start of each kind's own struct
 * @ops:      of the kind
 * @options:  what was wanted
 * @encoder:  handle of the JPEG library
 * @scratch:  a picture is encoded here
 * @size:     of @scratch
 * @look:     of the pictures
 * @dressed:  a picture gets its look here; without planes before the first
 * @cached:   by quality: options.cache pictures or NULL; NULL if there are none
 */
struct source {
	const struct source_ops *ops;
	struct source_options options;
	void *encoder;
	u8 *scratch;
	unsigned long size;
	struct look look;
	struct picture dressed;
	struct jpeg **cached[101];
};

struct source *source_pattern(const struct source_options *options);
struct source *source_photo(const struct source_options *options, const char *file, char *why,
			    size_t size);
struct source *source_dir(const char *dir, char *why, size_t size);

/**
 * picture_alloc() - get memory for the planes
 * @pic: width and height are set; the rest is written
 *
 * Return: false if there is none
 */
bool picture_alloc(struct picture *pic);

/**
 * picture_free() - and give it back
 * @pic: picture
 */
void picture_free(struct picture *pic);

/**
 * file_read() - a whole file
 * @path: of the file
 * @len: its length is written here
 * @why: if it fails, what was wrong is written here
 * @size: of @why
 *
 * Return: memory to be freed, NULL on failure
 */
u8 *file_read(const char *path, u32 *len, char *why, size_t size);

#endif /* SOURCE_IMPL_H */
