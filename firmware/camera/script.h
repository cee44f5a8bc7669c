/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A script of the simulated camera: options that describe its behaviour, instead of Python.
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include "extras.h"

/**
 * struct script - behaviour of a script
 * @width:       width of the captured pictures in pixels
 * @height:      height of the captured pictures in lines
 * @fps:         pictures per second, 0 for as fast as the host fetches them
 * @sensor:      format of the pictures before compression: OMV_PIX_*
 * @quality:     JPEG quality, until the host writes another one
 * @config:      options of the config channel
 * @snapshot:    capture pictures
 * @frame:       register a frame channel and the config channel
 * @frame_format: format of the frames: OMV_PIX_*
 * @frame_header: the frames have a header
 * @frame_shape: what SHAPE of the frame channel gives
 * @frame_read:  the frame channel is read-backed
 * @frame_lock:  the frame channel has lock() and unlock()
 * @no_events:   the frame channel sends no events
 * @one_buffer:  the next frame is captured after the last byte of a frame was sent, not already
 *	while it is being sent
 * @no_dht:      JPEGs have no Huffman tables
 * @print:       print a line every @print frames, 0 for never
 * @frames:      number of frames after which the script ends, 0 for never
 * @hang:        number of frames after which it captures no more, but does not end; 0 for
 *	never
 * @crash:       the script ends by an exception
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
	struct frame_shape frame_shape;
	bool frame_read;
	bool frame_lock;
	bool no_events;
	bool one_buffer;
	bool no_dht;
	u32 print;
	u32 frames;
	u32 hang;
	bool crash;
	struct extras_options extras;
};

/* The script of omvcam when no option is given. */
extern const struct script script_default;

/**
 * script_option() - apply one option to a script
 * @s: script; modified
 * @name: name of the option, without "--"
 * @arg: argument, NULL if there is none
 * @why: on failure, a message with the reason is written here
 * @size: size of @why
 *
 * Return: number of words used, 1, or 2 with @arg; 0 if a script has no option @name; -1 if
 * the argument is missing or wrong
 */
int script_option(struct script *s, const char *name, const char *arg, char *why, size_t size);

/**
 * script_check() - check that the options can be combined
 * @s: script
 * @why: on failure, a message with the reason is written here
 * @size: size of @why
 *
 * Return: false if they cannot
 */
bool script_check(const struct script *s, char *why, size_t size);

/**
 * script_parse() - apply all options of a text to a script
 * @s: script; modified
 * @text: options, separated by spaces; '...' quotes spaces; modified
 * @why: on failure, a message with the reason is written here
 * @size: size of @why
 *
 * Return: false if an option is wrong
 */
bool script_parse(struct script *s, char *text, char *why, size_t size);

#endif /* SCRIPT_H */
