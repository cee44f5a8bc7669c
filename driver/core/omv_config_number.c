// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "omv_config_priv.h"

/* ---- decimal numbers -------------------------------------------------- */

static const u8 *skip_digits(const u8 *p, const u8 *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

/*
 * Parse an exponent after the e. Larger values than U32_MAX are limited.
 * Return: its end, or NULL
 */
static const u8 *number_exponent(const u8 *p, const u8 *end, s64 *exponent)
{
	bool negative = p < end && *p == '-';
	const u8 *start;

	if (p < end && (*p == '+' || *p == '-'))
		p++;
	start = p;
	p = skip_digits(start, end);
	for (*exponent = 0; start < p; start++)
		if (*exponent <= U32_MAX)
			*exponent = *exponent * 10 + *start - '0';
	if (negative)
		*exponent = -*exponent;
	return p[-1] >= '0' && p[-1] <= '9' ? p : NULL;
}

/**
 * config_number_parse() - parse a decimal number
 * @number: result
 * @p: first byte
 * @end: end of the document
 *
 * Accepts more than JSON does: a plus sign, leading zeros, and a decimal point
 * at the beginning or the end.
 *
 * Return: end of the number, or NULL if there is none
 */
const u8 *config_number_parse(struct config_number *number, const u8 *p,
			      const u8 *end)
{
	s64 exponent = 0;
	const u8 *point;

	number->negative = p < end && *p == '-';
	if (p < end && (*p == '-' || *p == '+'))
		p++;
	number->digits = p;
	point = skip_digits(p, end);
	p = point;
	if (p < end && *p == '.')
		p = skip_digits(p + 1, end);
	if (p == number->digits || (p == point + 1 && point == number->digits))
		return NULL;
	number->end = p;
	if (p < end && (*p | 0x20) == 'e')
		p = number_exponent(p + 1, end, &exponent);
	number->real = p != point;
	number->point = point - number->digits + exponent;
	return p;
}

/**
 * config_number_scaled() - multiply a number by a power of ten
 * @number: number
 * @scale: power of ten, at most OMV_REAL_MAX_SCALE
 *
 * Return: the product, rounded; for a result beyond CONFIG_NUMBER_MAX, any
 * larger number
 */
s64 config_number_scaled(const struct config_number *number, u32 scale)
{
	const u8 *p = number->digits;
	s64 left = number->point;
	s64 value = 0;

	for (; scale > 1; scale /= 10)
		left++;
	if (left < 0)
		return 0;
	for (; left && (value || p < number->end) && value <= CONFIG_NUMBER_MAX;
	     left--) {
		if (p < number->end && *p == '.')
			p++;
		value *= 10;
		if (p < number->end)
			value += *p++ - '0';
	}
	if (p < number->end && *p == '.')
		p++;
	if (p < number->end && *p >= '5')
		value++;
	return number->negative ? -value : value;
}

/**
 * config_number_scale() - find the scale with which a number is an integer
 * @number: number
 *
 * Return: smallest such scale; OMV_REAL_MAX_SCALE if there is none
 */
u32 config_number_scale(const struct config_number *number)
{
	s64 scaled = config_number_scaled(number, OMV_REAL_MAX_SCALE);
	u64 magnitude = scaled < 0 ? -scaled : scaled;
	u32 scale, digit;

	for (scale = OMV_REAL_MAX_SCALE; scale > 1; scale /= 10) {
		magnitude = div_u64_rem(magnitude, 10, &digit);
		if (digit)
			break;
	}
	return scale;
}

/* ---- texts ------------------------------------------------------------ */

/**
 * config_decimal() - convert a number to decimal
 * @end: end of a buffer of CONFIG_DECIMAL_SIZE bytes; the text ends there
 * @magnitude: number without its sign, in units of 1/@scale
 * @scale: power of ten
 * @point: write a decimal point and a digit even if the fraction is 0; has no
 *	effect with a scale of 1
 *
 * Return: start of the text, which is not NUL terminated
 */
char *config_decimal(char *end, u64 magnitude, u32 scale, bool point)
{
	bool fraction = false;
	u32 digit;

	for (; scale > 1; scale /= 10) {
		magnitude = div_u64_rem(magnitude, 10, &digit);
		fraction = fraction || digit || (point && scale == 10);
		if (fraction)
			*--end = '0' + digit;
	}
	if (fraction)
		*--end = '.';
	do {
		magnitude = div_u64_rem(magnitude, 10, &digit);
		*--end = '0' + digit;
	} while (magnitude);
	return end;
}

/**
 * config_put_number() - append a decimal number
 * @out: document
 * @knob: integer; written with a decimal point if it is real or has a fraction
 */
void config_put_number(struct config_out *out, const struct omv_knob *knob)
{
	char text[CONFIG_DECIMAL_SIZE];
	char *end = text + sizeof(text);
	s32 value = knob->value;
	u64 magnitude = value < 0 ? -(u32)value : (u32)value;
	u32 scale = knob->scale;
	char *start;

	if (scale == 1 && knob->real) {
		magnitude *= 10;
		scale = 10;
	}
	start = config_decimal(end, magnitude, scale, knob->real);
	if (value < 0)
		*--start = '-';
	config_put(out, start, end - start);
}

/* ---- knobs ------------------------------------------------------------ */

/**
 * config_knob_number() - make a knob an integer without a range
 * @knob: knob; its key and unit are not changed
 * @scale: scale
 * @value: value in units of 1/@scale; clamped to s32
 * @real: the camera has a float
 */
void config_knob_number(struct omv_knob *knob, u32 scale, s64 value, bool real)
{
	knob->type = OMV_KNOB_INTEGER;
	knob->scale = scale;
	knob->real = real;
	knob->ranged = false;
	knob->min = S32_MIN;
	knob->max = S32_MAX;
	knob->step = 1;
	knob->value = config_clamp(value, S32_MIN, S32_MAX);
}

/**
 * config_knob_range() - set the range of an integer, and its unit
 * @knob: result of config_knob_number(), which has another unit
 * @scale: scale
 * @min: minimum, in units of 1/@scale
 * @max: maximum, in units of 1/@scale
 * @step: step, in units of 1/@scale, greater than 0
 *
 * Limits beyond s32 are clamped.
 *
 * Return: true; false if it is no range: then @knob is not changed
 */
bool config_knob_range(struct omv_knob *knob, u32 scale, s64 min, s64 max,
		       s64 step)
{
	min = config_clamp(min, S32_MIN, S32_MAX);
	max = config_clamp(max, S32_MIN, S32_MAX);
	if (min >= max)
		return false;
	knob->ranged = true;
	knob->real = knob->real || scale > 1;
	knob->scale = scale;
	knob->min = min;
	knob->max = max;
	knob->step = config_clamp(step, 1, S32_MAX);
	return true;
}

/**
 * config_knob_decimal() - make a knob an integer without a range
 * @knob: knob; its key and unit are not changed
 * @number: its value
 *
 * A number without fraction and exponent has a scale of 1, any other number
 * OMV_KNOB_SCALE, or less if it would not fit.
 */
void config_knob_decimal(struct omv_knob *knob,
			 const struct config_number *number)
{
	u32 scale = number->real ? OMV_KNOB_SCALE : 1;

	while (scale > 1 && !config_fits(config_number_scaled(number, scale)))
		scale /= 10;
	config_knob_number(knob, scale, config_number_scaled(number, scale),
			   number->real);
}

/* ---- the plain number ------------------------------------------------- */

static const u8 *skip_space(const u8 *p, const u8 *end)
{
	while (p < end && (*p == ' ' || (*p >= '\t' && *p <= '\r')))
		p++;
	return p;
}

/* Parse the whole document. */
static bool number_document(const u8 *p, const u8 *end,
			    struct config_number *number)
{
	p = config_number_parse(number, skip_space(p, end), end);
	return p && skip_space(p, end) == end;
}

/* Python's texts of a number that is not finite, and of no number. */
static bool number_is_missing(const u8 *p, const u8 *end)
{
	static const char * const words[] = {
		"nan", "inf", "infinity", "none", "null",
	};
	unsigned int i, len;

	p = skip_space(p, end);
	if (p < end && (*p == '-' || *p == '+'))
		p++;
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		for (len = 0; words[i][len] && len < end - p; len++)
			if ((p[len] | 0x20) != words[i][len])
				break;
		if (!words[i][len] && skip_space(p + len, end) == end)
			return true;
	}
	return false;
}

/**
 * config_number_is() - is a document a number
 * @doc: document
 * @len: number of bytes
 *
 * Return: true if the whole document is a number, or Python's text of a number
 * that is not finite, or None
 */
bool config_number_is(const void *doc, u32 len)
{
	struct config_number number;
	const u8 *bytes = doc;

	return number_document(bytes, bytes + len, &number) ||
	       number_is_missing(bytes, bytes + len);
}

/**
 * config_number_next() - see omv_config_next()
 * @reader: iterator
 * @knob: zeroed knob
 *
 * Return: false if there are no more knobs
 */
bool config_number_next(struct omv_config_reader *reader, struct omv_knob *knob)
{
	struct config_number number;
	struct config_text key;

	if (!number_document(reader->p, reader->end, &number))
		return false;
	reader->p = reader->end;
	config_text_begin(&key, knob->key, sizeof(knob->key));
	config_text_string(&key, OMV_CONFIG_QUALITY);
	config_knob_decimal(knob, &number);
	return true;
}

/**
 * config_number_write() - see omv_config_write()
 * @out: document
 * @knob: knob
 *
 * Return: 0, or -EINVAL if the knob is not a number
 */
int config_number_write(struct config_out *out, const struct omv_knob *knob)
{
	struct omv_knob number = *knob;

	switch (knob->type) {
	case OMV_KNOB_INTEGER:
		break;
	case OMV_KNOB_BOOLEAN:
		config_knob_number(&number, 1, !!knob->value, false);
		break;
	default:
		return -EINVAL;
	}
	config_put_number(out, &number);
	return 0;
}
