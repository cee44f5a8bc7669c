/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Picture sources.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include "jpeg.h"

#define SOURCE_MIN_WIDTH	16
#define SOURCE_MIN_HEIGHT	16
#define SOURCE_MAX_WIDTH	2592
#define SOURCE_MAX_HEIGHT	1944

/**
 * struct source_options - options of a picture source
 * @spec:        "photo:FILE", "pattern" or "dir:DIR"
 * @width:       width in pixels; ignored for a directory
 * @height:      height in lines; ignored for a directory
 * @cache:       photo: number of different frames. Each is encoded once per quality and then
 *	repeated. 0: encode every frame.
 * @frame_bytes: pad JPEGs to this number of bytes; ignored for a directory
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
 * struct effects - effects on a picture before it is encoded; no effect if all are 0
 * @mirror:     mirror horizontally
 * @flip:       mirror vertically
 * @grey:       remove the colours
 * @negative:   invert the samples
 * @brightness: is added to the luminance
 * @boost:      the luminance is multiplied by 1 + @boost
 */
struct effects {
	bool mirror;
	bool flip;
	bool grey;
	bool negative;
	s32 brightness;
	float boost;
};

/**
 * source_open() - open a source
 * @options: options; copied, but @spec must stay valid
 * @why: on failure, a message with the reason is written here
 * @size: size of @why
 *
 * Return: source, NULL on failure
 */
struct source *source_open(const struct source_options *options, char *why, size_t size);

/**
 * source_close() - close and free a source
 * @s: source or NULL
 */
void source_close(struct source *s);

/**
 * source_set_effects() - set the effects for all pictures that are made from now on
 * @s: source, used by one thread at a time; no effect on the pictures of a directory
 * @effects: effects; copied
 */
void source_set_effects(struct source *s, const struct effects *effects);

/**
 * source_encode() - draw and encode a picture
 * @s: source, used by one thread at a time
 * @number: number of the frame; the picture depends only on it and the effects
 * @quality: JPEG quality, 1..100
 *
 * Return: picture with one reference; never NULL
 */
struct jpeg *source_encode(struct source *s, u32 number, u8 quality);

/**
 * source_draw() - make a picture, and do not encode it
 * @s: source, used by one thread at a time
 * @number: as for source_encode()
 * @rgb: written: width * height pixels of 3 bytes
 *
 * Return: false if the source has finished pictures only
 */
bool source_draw(struct source *s, u32 number, u8 *rgb);

/**
 * source_finished() - a picture that need not be made any more
 * @s: source, used by one thread at a time
 * @number: number of the frame
 * @quality: JPEG quality, 1..100
 *
 * Return: picture with one reference; NULL if source_encode() must be called
 */
struct jpeg *source_finished(struct source *s, u32 number, u8 quality);

/**
 * source_has_quality() - do the pictures depend on the quality
 * @s: source
 *
 * Return: false if the source does not encode its pictures itself
 */
bool source_has_quality(const struct source *s);

#endif /* SOURCE_H */
