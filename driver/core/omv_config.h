/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What a camera's config channels say and want to hear (12.5, 12.6, 12.9).
 *
 * Three dialects: a plain number, ``50``, which mostly can't be read back; a JSON object,
 * ``{"quality": 50}``; an array of CBOR widgets. Each value in them is a knob.
 */
#ifndef OMV_CONFIG_H
#define OMV_CONFIG_H

#include "omv_port.h"

#define OMV_CONFIG_QUALITY	"quality"

/* With the NUL. A knob with a longer key can't be written, and is skipped. */
#define OMV_KNOB_KEY_SIZE	64
/* With the NUL. A longer text is cut, at a character's border. */
#define OMV_KNOB_TEXT_SIZE	128
#define OMV_KNOB_UNIT_SIZE	16
/* Further options of a select are not offered. */
#define OMV_KNOB_OPTIONS	64
/* Scale of a number with a fraction whose step is not known: thousandths. */
#define OMV_KNOB_SCALE		1000

/**
 * enum omv_config_dialect - how a config channel speaks
 * @OMV_CONFIG_NONE:   none of the others
 * @OMV_CONFIG_NUMBER: takes a plain integer; what can be read is one, or nothing at all
 * @OMV_CONFIG_JSON:   one JSON object
 * @OMV_CONFIG_CBOR:   an array of CBOR maps, each with a name
 */
enum omv_config_dialect {
	OMV_CONFIG_NONE,
	OMV_CONFIG_NUMBER,
	OMV_CONFIG_JSON,
	OMV_CONFIG_CBOR,
};

/**
 * enum omv_knob_type - what sort of value
 * @OMV_KNOB_INTEGER: number, or slider
 * @OMV_KNOB_BOOLEAN: true or false, or toggle
 * @OMV_KNOB_MENU:    select
 * @OMV_KNOB_TEXT:    text, of JSON only
 * @OMV_KNOB_LABEL:   read only; a number is told as text
 */
enum omv_knob_type {
	OMV_KNOB_INTEGER,
	OMV_KNOB_BOOLEAN,
	OMV_KNOB_MENU,
	OMV_KNOB_TEXT,
	OMV_KNOB_LABEL,
};

/**
 * struct omv_knob - one value of a config document
 *
 * Texts are as the camera has them, with control characters and bytes that are no UTF-8,
 * but for NUL, which becomes U+FFFD.
 *
 * @type:    what it is
 * @key:     its name, not empty, NUL terminated
 * @unit:    of a widget, NUL terminated, empty if not told
 * @scale:   of an integer: @value is so many times the camera's number; 1, 10, ... 1000000
 * @ranged:  @min, @max and @step are the camera's own, @min < @max; otherwise they are
 *	those of an s32
 * @value:   integer in 1/@scale, from @min to @max; boolean 0 or 1; number of the menu's
 *	option or -1 if it is none of them
 * @min:     of an integer, in 1/@scale
 * @max:     of an integer, in 1/@scale
 * @step:    of an integer, in 1/@scale, above 0; @value need not be on it
 * @text:    of text, label and menu, NUL terminated
 * @nr_options: of a menu; at least one, at most OMV_KNOB_OPTIONS
 * @options: for omv_config_option(): where they are in the document
 * @options_size: bytes from there to its end
 */
struct omv_knob {
	enum omv_knob_type type;
	char key[OMV_KNOB_KEY_SIZE];
	char unit[OMV_KNOB_UNIT_SIZE];
	u32 scale;
	bool ranged;
	s32 value;
	s32 min;
	s32 max;
	s32 step;
	char text[OMV_KNOB_TEXT_SIZE];
	u32 nr_options;
	const u8 *options;
	u32 options_size;
};

/**
 * struct omv_config_reader - a document being read
 *
 * Private to omv_config*.c.
 *
 * @dialect: of the document
 * @p:       next byte
 * @end:     behind the last
 * @left:    CBOR: widgets that may follow
 */
struct omv_config_reader {
	enum omv_config_dialect dialect;
	const u8 *p;
	const u8 *end;
	u64 left;
};

/**
 * omv_config_detect() - which dialect is this document
 * @doc: what was read of the channel; need not be NUL terminated
 * @len: bytes; without any it is a plain number's
 *
 * The whole document is looked at. Bounded by @len, no recursion: JSON nested deeper than
 * 64, or CBOR with more than 16 arrays and maps of indefinite length inside each other, is
 * not believed.
 *
 * Return: the dialect, OMV_CONFIG_NONE if it is wrong anywhere
 */
enum omv_config_dialect omv_config_detect(const void *doc, u32 len);

/**
 * omv_config_begin() - start reading
 * @reader: written
 * @dialect: what omv_config_detect() said
 * @doc: document; stays where it is as long as @reader or a knob's options are in use
 * @len: bytes
 *
 * If @dialect is another, fewer knobs are found, and that is all.
 */
void omv_config_begin(struct omv_config_reader *reader, enum omv_config_dialect dialect,
		      const void *doc, u32 len);

/**
 * omv_config_next() - the next knob
 * @reader: reader
 * @knob: written; means nothing if there is none
 *
 * A plain number is an integer called OMV_CONFIG_QUALITY. Of a JSON object the members are
 * knobs, not those of objects inside: numbers without fraction and exponent with a scale of
 * 1, others with OMV_KNOB_SCALE, so that a number which is a fraction in the camera's script
 * always has the same scale; true and false; strings. Of CBOR widgets labels, toggles,
 * sliders, and selects with an option or more.
 *
 * A slider has the smallest scale with which its limits and step are integers; less if the
 * limits would not fit. If they make no sense it is as a number of JSON. Values that do not
 * fit are clamped. Of several knobs with one key the last counts.
 *
 * Return: false if there are no more
 */
bool omv_config_next(struct omv_config_reader *reader, struct omv_knob *knob);

/**
 * omv_config_option() - one option of a menu
 * @knob: menu; its document is where it was
 * @index: which, from 0
 * @buf: written, NUL terminated; cut at a character's border. OMV_KNOB_TEXT_SIZE bytes
 *	make it what @knob->text would be.
 * @size: of @buf, not 0
 *
 * An option that is not a text is an empty one.
 *
 * Return: 0, or -ENOENT if there is no such option
 */
int omv_config_option(const struct omv_knob *knob, u32 index, char *buf, u32 size);

/**
 * omv_config_write() - make what sets one knob
 * @buf: written, not NUL terminated
 * @size: its size
 * @dialect: of the channel
 * @knob: type and key; scale and value of an integer, value of a boolean, text of a menu
 *	or a text. Nothing else is looked at.
 *
 * The plain number has no key, and no text. A number with a scale above 1 stays one with a
 * fraction, even a whole one: the type is part of a value in a camera's script.
 *
 * Return: bytes, -ENOSPC if it does not fit, -EINVAL for a label, for what the dialect
 * can't say, and for a scale that is none
 */
int omv_config_write(void *buf, u32 size, enum omv_config_dialect dialect,
		     const struct omv_knob *knob);

#endif /* OMV_CONFIG_H */
