/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Where pictures come from.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include "jpeg.h"

#define SOURCE_MIN_WIDTH	16
#define SOURCE_MIN_HEIGHT	16
#define SOURCE_MAX_WIDTH	2592
#define SOURCE_MAX_HEIGHT	1944

/**
 * struct source_options - what pictures are wanted
 * @spec:        "photo:FILE", "pattern" or "dir:DIR"
 * @width:       pixels; a directory has its own, as it has the height
 * @height:      lines
 * @cache:       photo: so many frames, which repeat, are kept at each quality once they
 *	were encoded; 0 encodes each frame
 * @frame_bytes: JPEGs are padded to so many bytes; a directory's are not
 */
struct source_options {
	const char *spec;
	u32 width;
	u32 height;
	u32 cache;
	u32 frame_bytes;
};

struct source;

/**
 * source_open() - open a source
 * @options: what is wanted
 * @why: if it fails, what was wrong and what is possible is written here
 * @size: of @why
 *
 * Return: source, NULL on failure
 */
struct source *source_open(const struct source_options *options, char *why, size_t size);

/**
 * source_close() - and free
 * @s: source or NULL
 */
void source_close(struct source *s);

/**
 * source_encode() - make a picture
 * @s: source, used by one thread at a time
 * @number: of the frame: what it shows depends on it alone
 * @quality: 1..100
 *
 * Return: picture with one user; never NULL
 */
struct jpeg *source_encode(struct source *s, u32 number, u8 quality);

/**
 * source_finished() - a picture that need not be made any more
 * @s: source, used by one thread at a time
 * @number: of the frame
 * @quality: 1..100
 *
 * Return: picture with one user; NULL if it takes source_encode()
 */
struct jpeg *source_finished(struct source *s, u32 number, u8 quality);

/**
 * source_has_quality() - does the quality make a difference
 * @s: source
 *
 * Return: false if its pictures are given as they are
 */
bool source_has_quality(const struct source *s);

#endif /* SOURCE_H */
