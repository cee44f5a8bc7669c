/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* What the dialects share. */
#ifndef OMV_CONFIG_PRIV_H
#define OMV_CONFIG_PRIV_H

#include "omv_config.h"
#include "omv_real.h"

/* Sign, 20 digits, point. */
#define CONFIG_DECIMAL_SIZE	22

/**
 * struct config_text - a text being put together
 * @buf:  NUL terminated all the time
 * @size: of it
 * @len:  so far
 * @cut:  not everything fitted
 * @nul:  there was a NUL in it
 */
struct config_text {
	char *buf;
	u32 size;
	u32 len;
	bool cut;
	bool nul;
};

/**
 * struct config_out - a document being written
 * @buf:  where to
 * @size: of it
 * @len:  so far; what is more than @size is not written
 */
struct config_out {
	u8 *buf;
	u32 size;
	u32 len;
};

/**
 * config_clamp() - the nearest number that is allowed
 * @value: number
 * @min: the least
 * @max: the largest
 *
 * Return: number
 */
static inline s32 config_clamp(s64 value, s32 min, s32 max)
{
	if (value < min)
		return min;
	return value > max ? max : value;
}

/* ---- omv_config.c ----------------------------------------------------- */

/**
 * config_text_begin() - an empty text
 * @text: text
 * @buf: where to
 * @size: of it, not 0
 */
void config_text_begin(struct config_text *text, char *buf, u32 size);

/**
 * config_text_byte() - go on with a byte of UTF-8
 * @text: text
 * @byte: byte
 */
void config_text_byte(struct config_text *text, u8 byte);

/**
 * config_text_code() - go on with a character
 * @text: text
 * @code: its number
 */
void config_text_code(struct config_text *text, u32 code);

/**
 * config_text_string() - go on with ASCII
 * @text: text
 * @string: NUL terminated
 */
void config_text_string(struct config_text *text, const char *string);

/**
 * config_is_key() - can a knob be called so
 * @text: its key
 *
 * Return: whether it is as the camera has it, and not empty
 */
bool config_is_key(const struct config_text *text);

/**
 * config_put() - go on with bytes
 * @out: document
 * @data: bytes
 * @len: how many
 */
void config_put(struct config_out *out, const void *data, u32 len);

/**
 * config_decimal() - write a number backwards
 * @end: the text ends before; CONFIG_DECIMAL_SIZE bytes
 * @magnitude: number without its sign, in 1/@scale
 * @scale: power of ten
 * @point: digits behind the point even if there is no fraction
 *
 * Return: where the text begins
 */
char *config_decimal(char *end, u64 magnitude, u32 scale, bool point);

/**
 * config_put_number() - go on with a number in decimal
 * @out: document
 * @value: number, in 1/@scale
 * @scale: power of ten; above 1 there is always a point
 */
void config_put_number(struct config_out *out, s32 value, u32 scale);

/**
 * config_knob_number() - make an integer of any size of a knob
 * @knob: written but for its key
 * @scale: scale
 * @value: in 1/@scale, clamped
 */
void config_knob_number(struct omv_knob *knob, u32 scale, s64 value);

/* ---- omv_config_json.c ------------------------------------------------ */

/**
 * config_json_is() - is this a JSON object
 * @doc: document
 * @len: bytes
 *
 * Return: whether all of it is
 */
bool config_json_is(const void *doc, u32 len);

/**
 * config_json_begin() - go to the first member
 * @reader: reader
 */
void config_json_begin(struct omv_config_reader *reader);

/**
 * config_json_next() - the next knob
 * @reader: reader
 * @knob: zeroed
 *
 * Return: false if there is none
 */
bool config_json_next(struct omv_config_reader *reader, struct omv_knob *knob);

/**
 * config_json_write() - make what sets a knob
 * @out: document
 * @knob: any but a label
 */
void config_json_write(struct config_out *out, const struct omv_knob *knob);

/* ---- omv_config_cbor.c ------------------------------------------------ */

/**
 * config_cbor_is() - is this an array of CBOR maps with names
 * @doc: document
 * @len: bytes
 *
 * Return: whether all of it is
 */
bool config_cbor_is(const void *doc, u32 len);

/**
 * config_cbor_begin() - go to the first widget
 * @reader: reader
 */
void config_cbor_begin(struct omv_config_reader *reader);

/**
 * config_cbor_next() - the next knob
 * @reader: reader
 * @knob: zeroed
 *
 * Return: false if there is none
 */
bool config_cbor_next(struct omv_config_reader *reader, struct omv_knob *knob);

/**
 * config_cbor_write() - make what sets a knob
 * @out: document
 * @knob: any but a label
 */
void config_cbor_write(struct config_out *out, const struct omv_knob *knob);

#endif /* OMV_CONFIG_PRIV_H */
