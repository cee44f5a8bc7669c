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
 * struct look - what is done to a picture before it is encoded; all 0 changes nothing
 * @mirror:     left is right
 * @flip:       up is down
 * @grey:       no colours
 * @negative:   bright is dark
 * @brightness: added to the luminance
 * @boost:      the luminance is multiplied by 1 + this
 */
struct look {
	bool mirror;
	bool flip;
	bool grey;
	bool negative;
	s32 brightness;
	float boost;
};

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
 * source_set_look() - of all pictures that are made from now on
 * @s: source, used by one thread at a time; one whose pictures are given as they are takes
 *	no notice
 * @look: copied
 */
void source_set_look(struct source *s, const struct look *look);

/**
 * source_encode() - make a picture
 * @s: source, used by one thread at a time
 * @number: of the frame: what it shows depends on it and the look alone
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
