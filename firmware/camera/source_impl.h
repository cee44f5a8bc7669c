/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the kinds of sources share; for source*.c only, but for file_read().
 */
#ifndef SOURCE_IMPL_H
#define SOURCE_IMPL_H

#include "source.h"

/**
 * struct picture - an uncompressed picture, planar 4:2:0 with 8 bits per sample
 * @width:  width of the luminance plane in pixels
 * @height: height of the luminance plane in lines
 * @plane:  Y, U, V
 * @stride: bytes per line of each plane
 */
struct picture {
	u32 width;
	u32 height;
	u8 *plane[3];
	int stride[3];
};

/**
 * struct source_ops - a kind of source
 * @draw:   set the planes and strides of @view. The planes must stay valid and unchanged
 *	until the next call.
 * @encode: instead of @draw: return an encoded picture
 * @close:  free the source
 */
struct source_ops {
	void (*draw)(struct source *s, u32 number, struct picture *view);
	struct jpeg *(*encode)(struct source *s, u32 number);
	void (*close)(struct source *s);
};

/**
 * struct source - a picture source; the first member of the struct of each kind
 * @ops:      operations of the kind
 * @options:  options of source_open()
 * @encoder:  handle of the JPEG library
 * @scratch:  output buffer of the JPEG library
 * @size:     bytes of @scratch
 * @effects:  effects on the pictures
 * @altered:  picture with effects; the planes are allocated with the first effect
 * @cached:   by quality: array of options.cache encoded pictures or NULL; NULL without an
 *	array
 */
struct source {
	const struct source_ops *ops;
	struct source_options options;
	void *encoder;
	u8 *scratch;
	unsigned long size;
	struct effects effects;
	struct picture altered;
	struct jpeg **cached[101];
};

struct source *source_pattern(const struct source_options *options);
struct source *source_photo(const struct source_options *options, const char *file, char *why,
			    size_t size);
struct source *source_dir(const char *dir, char *why, size_t size);

/**
 * picture_alloc() - allocate the planes
 * @pic: width and height must be set; planes and strides are written
 *
 * Return: false if out of memory
 */
bool picture_alloc(struct picture *pic);

/**
 * picture_free() - free the planes
 * @pic: picture
 */
void picture_free(struct picture *pic);

/**
 * file_read() - read a whole file
 * @path: path of the file
 * @len: set to its length in bytes
 * @why: on failure, a message with the reason is written here
 * @size: size of @why
 *
 * Return: content, to be freed by the caller; NULL on failure
 */
u8 *file_read(const char *path, u32 *len, char *why, size_t size);

#endif /* SOURCE_IMPL_H */
