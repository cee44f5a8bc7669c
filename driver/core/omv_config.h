/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Reads and writes the documents of config channels (protocol 12.5, 12.6,
 * 12.9).
 *
 * A document has one of three dialects: a plain number, ``50``, which most
 * cameras accept but do not report; a JSON object, ``{"quality": 50}``; or an
 * array of CBOR widgets. Each parameter in a document is called a knob. A value
 * of the JSON object may be an object itself, with the range of the knob:
 * ``{"exposure": {"value": 5000, "min": 0, "max": 100000}}``.
 */
#ifndef OMV_CONFIG_H
#define OMV_CONFIG_H

#include "omv_port.h"

#define OMV_CONFIG_QUALITY	"quality"

/* Maximum size of a key, including the NUL. Longer keys are ignored. */
#define OMV_KNOB_KEY_SIZE	64
/* Size of text and unit, including the NUL. Longer ones are truncated. */
#define OMV_KNOB_TEXT_SIZE	128
#define OMV_KNOB_UNIT_SIZE	16
/* Maximum number of menu options. Further ones are ignored. */
#define OMV_KNOB_OPTIONS	64
/* Maximum size of the encoding of an option that is not a text. */
#define OMV_OPTION_RAW_SIZE	32
/* Scale of a number with a fraction if its step is unknown: 1/1000. */
#define OMV_KNOB_SCALE		1000

/**
 * enum omv_config_dialect - format of the documents of a config channel
 * @OMV_CONFIG_NONE:   not a config document
 * @OMV_CONFIG_NUMBER: a decimal number; also an empty document, because many
 *	scripts accept a number but report nothing
 * @OMV_CONFIG_JSON:   a JSON object
 * @OMV_CONFIG_CBOR:   an array of CBOR maps, each with a name
 */
enum omv_config_dialect {
	OMV_CONFIG_NONE,
	OMV_CONFIG_NUMBER,
	OMV_CONFIG_JSON,
	OMV_CONFIG_CBOR,
};

/**
 * enum omv_knob_type - type of a knob
 * @OMV_KNOB_INTEGER: number; slider or spinbox widget
 * @OMV_KNOB_BOOLEAN: true or false; toggle widget
 * @OMV_KNOB_MENU:    options; select or radio widget
 * @OMV_KNOB_TEXT:    string; lineedit widget
 * @OMV_KNOB_LABEL:   label or text widget: read only, a number or an array is
 *	converted to text
 * @OMV_KNOB_BUTTON:  pushbutton widget: has no value, true is written
 */
enum omv_knob_type {
	OMV_KNOB_INTEGER,
	OMV_KNOB_BOOLEAN,
	OMV_KNOB_MENU,
	OMV_KNOB_TEXT,
	OMV_KNOB_LABEL,
	OMV_KNOB_BUTTON,
};

/**
 * struct omv_option - an option of a menu
 * @text:     its text, or what is shown of another value; NUL terminated
 * @raw_size: number of bytes of @raw; 0 for a text
 * @raw:      a value that is not a text, encoded as in the document
 */
struct omv_option {
	char text[OMV_KNOB_TEXT_SIZE];
	u8 raw_size;
	u8 raw[OMV_OPTION_RAW_SIZE];
};

/**
 * struct omv_knob - one parameter of a config document
 * @type:    type
 * @key:     name, not empty, NUL terminated
 * @unit:    unit, NUL terminated, may be empty
 * @scale:   integer: @value is the number of the camera multiplied by @scale,
 *	which is 1, 10, ... 1000000
 * @real:    integer: the camera has a float, and is to get a float
 * @ranged:  integer: @min, @max and @step were reported by the camera, and @min
 *	< @max; otherwise they are the limits of s32 and 1
 * @value:   integer: in units of 1/@scale, from @min to @max; boolean: 0 or 1;
 *	menu: index of the option, or -1 if it is not an option
 * @min:     integer: minimum, in units of 1/@scale
 * @max:     integer: maximum, in units of 1/@scale
 * @step:    integer: step, in units of 1/@scale, greater than 0; @value need
 *	not be a multiple of it
 * @option:  value of a menu; @text of it also value of a text or a label, NUL
 *	terminated
 * @nr_options: number of options of a menu, 1 to OMV_KNOB_OPTIONS
 * @options: start of the options in the document, for omv_config_option()
 * @options_size: number of bytes from @options to the end of the document
 *
 * Texts may contain control characters and invalid UTF-8. NUL is replaced by
 * U+FFFD.
 */
struct omv_knob {
	enum omv_knob_type type;
	char key[OMV_KNOB_KEY_SIZE];
	char unit[OMV_KNOB_UNIT_SIZE];
	u32 scale;
	bool real;
	bool ranged;
	s32 value;
	s32 min;
	s32 max;
	s32 step;
	struct omv_option option;
	u32 nr_options;
	const u8 *options;
	u32 options_size;
};

/**
 * struct omv_config_reader - iterator over the knobs of a document
 * @dialect: dialect of the document
 * @p:       next byte
 * @end:     end of the document
 * @left:    CBOR: number of remaining widgets
 *
 * Private to omv_config*.c.
 */
struct omv_config_reader {
	enum omv_config_dialect dialect;
	const u8 *p;
	const u8 *end;
	u64 left;
};

enum omv_config_dialect omv_config_detect(const void *doc, u32 len);

void omv_config_begin(struct omv_config_reader *reader,
		      enum omv_config_dialect dialect, const void *doc,
		      u32 len);
bool omv_config_next(struct omv_config_reader *reader, struct omv_knob *knob);
int omv_config_option(const struct omv_knob *knob, u32 index,
		      struct omv_option *option);
int omv_config_write(void *buf, u32 size, enum omv_config_dialect dialect,
		     const struct omv_knob *knob);

#endif /* OMV_CONFIG_H */
