/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Private functions of the config dialects. */
#ifndef OMV_CONFIG_PRIV_H
#define OMV_CONFIG_PRIV_H

#include "omv_config.h"
#include "omv_real.h"

/* Size of a decimal number: sign, 20 digits, decimal point. */
#define CONFIG_DECIMAL_SIZE	22

/*
 * Maximum of config_number_scaled() that is exact. Larger than S32_MAX with
 * OMV_REAL_MAX_SCALE.
 */
#define CONFIG_NUMBER_MAX	(S64_MAX / 20)

/**
 * struct config_number - the parts of a decimal number
 * @negative: has a minus sign
 * @real: has a decimal point or an exponent
 * @digits: address of the first digit
 * @end: end of the digits, which may include a decimal point
 * @point: position of the decimal point, in digits from the first one, after
 *	the exponent was applied
 */
struct config_number {
	bool negative;
	bool real;
	const u8 *digits;
	const u8 *end;
	s64 point;
};

/**
 * struct config_text - builder of a text
 * @buf:  buffer, always NUL terminated
 * @size: size of @buf in bytes
 * @len:  length of the text in bytes
 * @cut:  the text was truncated
 * @nul:  the text contained a NUL
 */
struct config_text {
	char *buf;
	u32 size;
	u32 len;
	bool cut;
	bool nul;
};

/**
 * struct config_out - builder of a document
 * @buf:  buffer
 * @size: size of @buf in bytes
 * @len:  length of the document in bytes; may exceed @size, but nothing is
 *	written beyond @size
 */
struct config_out {
	u8 *buf;
	u32 size;
	u32 len;
};

/**
 * config_clamp() - clamp a number
 * @value: number
 * @min: minimum
 * @max: maximum
 *
 * Return: clamped number
 */
static inline s32 config_clamp(s64 value, s32 min, s32 max)
{
	if (value < min)
		return min;
	return value > max ? max : value;
}

/**
 * config_fits() - does a number fit into s32
 * @value: number
 *
 * Return: true if it does
 */
static inline bool config_fits(s64 value)
{
	return value >= S32_MIN && value <= S32_MAX;
}

/* ---- omv_config.c ----------------------------------------------------- */

void config_text_begin(struct config_text *text, char *buf, u32 size);
void config_text_byte(struct config_text *text, u8 byte);
void config_text_code(struct config_text *text, u32 code);
void config_text_string(struct config_text *text, const char *string);
bool config_is_key(const struct config_text *text);
void config_put(struct config_out *out, const void *data, u32 len);

/* ---- omv_config_number.c ---------------------------------------------- */

const u8 *config_number_parse(struct config_number *number, const u8 *p,
			      const u8 *end);
s64 config_number_scaled(const struct config_number *number, u32 scale);
u32 config_number_scale(const struct config_number *number);
char *config_decimal(char *end, u64 magnitude, u32 scale, bool point);
void config_put_number(struct config_out *out, const struct omv_knob *knob);
void config_knob_number(struct omv_knob *knob, u32 scale, s64 value, bool real);
bool config_knob_range(struct omv_knob *knob, u32 scale, s64 min, s64 max,
		       s64 step);
void config_knob_decimal(struct omv_knob *knob,
			 const struct config_number *number);

bool config_number_is(const void *doc, u32 len);
bool config_number_next(struct omv_config_reader *reader,
			struct omv_knob *knob);
int config_number_write(struct config_out *out, const struct omv_knob *knob);

/* ---- omv_config_json.c ------------------------------------------------ */

bool config_json_is(const void *doc, u32 len);
void config_json_begin(struct omv_config_reader *reader);
bool config_json_next(struct omv_config_reader *reader, struct omv_knob *knob);
bool config_json_option(const struct omv_knob *knob, u32 index,
			struct omv_option *option);
void config_json_write(struct config_out *out, const struct omv_knob *knob);

/* ---- omv_config_cbor.c ------------------------------------------------ */

bool config_cbor_is(const void *doc, u32 len);
void config_cbor_begin(struct omv_config_reader *reader);
bool config_cbor_next(struct omv_config_reader *reader, struct omv_knob *knob);
bool config_cbor_option(const struct omv_knob *knob, u32 index,
			struct omv_option *option);
void config_cbor_write(struct config_out *out, const struct omv_knob *knob);

#endif /* OMV_CONFIG_PRIV_H */
