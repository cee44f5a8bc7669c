/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A script, which is a few words: what it does instead of Python.
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include "extras.h"

/**
 * struct script - what a script does
 * @width:       pixels of the pictures it captures
 * @height:      lines
 * @fps:         how many a second, 0 for as fast as they are fetched
 * @sensor:      their format, before they are compressed: OMV_PIX_*
 * @quality:     of the JPEGs, until a host writes another
 * @config:      the config channel
 * @snapshot:    it captures pictures
 * @frame:       it registers a frame channel, and the config channel
 * @frame_format: what the frames are: OMV_PIX_*
 * @frame_header: they have a header
 * @frame_read:  the frame channel is read-backed
 * @frame_lock:  it has lock() and unlock()
 * @no_events:   it sends no events
 * @no_dht:      JPEGs have no Huffman tables
 * @print:       it prints a line every so many frames, 0 for never
 * @frames:      it ends after so many, 0 for never
 * @crash:       it ends by an exception
 * @extras:      channels beside frame and config
 */
struct script {
	u32 width;
	u32 height;
	u32 fps;
	u32 sensor;
	u8 quality;
	struct config_options config;
	bool snapshot;
	bool frame;
	u32 frame_format;
	bool frame_header;
	bool frame_read;
	bool frame_lock;
	bool no_events;
	bool no_dht;
	u32 print;
	u32 frames;
	bool crash;
	struct extras_options extras;
};

/* What omvcam does when it is told nothing. */
extern const struct script script_default;

/**
 * script_option() - one option of those that make a script
 * @s: changed
 * @name: without the "--"
 * @arg: its argument, NULL if there is none
 * @why: if it is wrong, how, and what is possible is written here
 * @size: of @why
 *
 * Return: words taken: 1, or 2 with @arg; 0 if a script has no option of that name, -1 if
 * it is wrong
 */
int script_option(struct script *s, const char *name, const char *arg, char *why, size_t size);

/**
 * script_check() - do the options go together
 * @s: script
 * @why: if they do not, why is written here
 * @size: of @why
 *
 * Return: false if they do not
 */
bool script_check(const struct script *s, char *why, size_t size);

/**
 * script_parse() - options in a text
 * @s: changed
 * @text: words, with spaces within '...'; changed
 * @why: see script_option()
 * @size: of @why
 *
 * Return: false if one is wrong
 */
bool script_parse(struct script *s, char *text, char *why, size_t size);

#endif /* SCRIPT_H */
