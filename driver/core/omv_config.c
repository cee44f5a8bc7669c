// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "omv_config_priv.h"

#define REPLACEMENT	0xfffd	/* Unicode replacement character */

/* ---- texts ------------------------------------------------------------ */

/**
 * config_text_begin() - initialize an empty text
 * @text: text
 * @buf: buffer
 * @size: size of @buf in bytes, not 0
 */
void config_text_begin(struct config_text *text, char *buf, u32 size)
{
	text->buf = buf;
	text->size = size;
	text->len = 0;
	text->cut = false;
	text->nul = false;
	*buf = '\0';
}

static bool is_continuation(u8 byte)
{
	return (byte & 0xc0) == 0x80;
}

/* @byte does not fit: truncate before the UTF-8 sequence that contains it. */
static void text_cut(struct config_text *text, u8 byte)
{
	u32 len = text->len;

	text->cut = true;
	if (!is_continuation(byte))
		return;
	while (len && text->len - len < 2 &&
	       is_continuation(text->buf[len - 1]))
		len--;
	if (!len || (u8)text->buf[len - 1] < 0xc0)
		return;
	text->len = len - 1;
	text->buf[text->len] = '\0';
}

static void text_put(struct config_text *text, u8 byte)
{
	if (text->cut)
		return;
	if (text->len + 1 >= text->size) {
		text_cut(text, byte);
		return;
	}
	text->buf[text->len++] = byte;
	text->buf[text->len] = '\0';
}

/**
 * config_text_byte() - append a byte of UTF-8
 * @text: text
 * @byte: byte; NUL is replaced by U+FFFD
 */
void config_text_byte(struct config_text *text, u8 byte)
{
	if (byte)
		text_put(text, byte);
	else
		config_text_code(text, 0);
}

/**
 * config_text_code() - append a character
 * @text: text
 * @code: code point; NUL and surrogates are replaced by U+FFFD
 */
void config_text_code(struct config_text *text, u32 code)
{
	static const u8 lead[] = {0, 0xc0, 0xe0, 0xf0};
	u32 more;

	if (!code)
		text->nul = true;
	if (!code || (code >= 0xd800 && code < 0xe000))
		code = REPLACEMENT;
	more = (code > 0x7f) + (code > 0x7ff) + (code > 0xffff);
	text_put(text, lead[more] | code >> 6 * more);
	while (more--)
		text_put(text, 0x80 | (code >> 6 * more & 0x3f));
}

/**
 * config_text_string() - append a string
 * @text: text
 * @string: ASCII string
 */
void config_text_string(struct config_text *text, const char *string)
{
	while (*string)
		text_put(text, *string++);
}

/**
 * config_is_key() - is a text usable as the key of a knob
 * @text: text
 *
 * Return: true if it is not empty and was neither truncated nor changed
 */
bool config_is_key(const struct config_text *text)
{
	return text->len && !text->cut && !text->nul;
}

/* ---- documents -------------------------------------------------------- */

/**
 * config_put() - append bytes
 * @out: document
 * @data: bytes
 * @len: number of bytes
 */
void config_put(struct config_out *out, const void *data, u32 len)
{
	if (out->len <= out->size && len <= out->size - out->len)
		memcpy(out->buf + out->len, data, len);
	out->len += len;
}

/**
 * config_decimal() - convert a number to decimal
 * @end: end of a buffer of CONFIG_DECIMAL_SIZE bytes; the text ends there
 * @magnitude: number without its sign, in units of 1/@scale
 * @scale: power of ten
 * @point: write a decimal point and a digit even if the fraction is 0
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
 * @value: number, in units of 1/@scale
 * @scale: power of ten; if greater than 1, a decimal point is always written
 */
void config_put_number(struct config_out *out, s32 value, u32 scale)
{
	char text[CONFIG_DECIMAL_SIZE];
	char *end = text + sizeof(text);
	u32 magnitude = value < 0 ? -(u32)value : (u32)value;
	char *start = config_decimal(end, magnitude, scale, true);

	if (value < 0)
		*--start = '-';
	config_put(out, start, end - start);
}

/**
 * config_knob_number() - make a knob an integer without a range
 * @knob: knob; its key is not changed
 * @scale: scale
 * @value: value in units of 1/@scale; clamped to s32
 */
void config_knob_number(struct omv_knob *knob, u32 scale, s64 value)
{
	knob->type = OMV_KNOB_INTEGER;
	knob->scale = scale;
	knob->ranged = false;
	knob->min = S32_MIN;
	knob->max = S32_MAX;
	knob->step = 1;
	knob->value = config_clamp(value, S32_MIN, S32_MAX);
}

/* ---- the plain number ------------------------------------------------- */

static const u8 *skip_space(const u8 *p, const u8 *end)
{
	while (p < end && (*p == ' ' || (*p >= '\t' && *p <= '\r')))
		p++;
	return p;
}

/* Parse the whole document. */
static bool number_read(const u8 *p, const u8 *end, s64 *value)
{
	s64 number = 0;
	const u8 *first;
	bool negative;

	p = skip_space(p, end);
	negative = p < end && *p == '-';
	if (p < end && (*p == '-' || *p == '+'))
		p++;
	for (first = p; p < end && *p >= '0' && *p <= '9'; p++)
		if (number <= S32_MAX)
			number = number * 10 + *p - '0';
	*value = negative ? -number : number;
	return p > first && skip_space(p, end) == end;
}

static bool number_next(struct omv_config_reader *reader, struct omv_knob *knob)
{
	struct config_text key;
	s64 value;

	if (!number_read(reader->p, reader->end, &value))
		return false;
	reader->p = reader->end;
	config_text_begin(&key, knob->key, sizeof(knob->key));
	config_text_string(&key, OMV_CONFIG_QUALITY);
	config_knob_number(knob, 1, value);
	return true;
}

static int number_write(struct config_out *out, const struct omv_knob *knob)
{
	switch (knob->type) {
	case OMV_KNOB_INTEGER:
		config_put_number(out, knob->value, knob->scale);
		return 0;
	case OMV_KNOB_BOOLEAN:
		config_put_number(out, !!knob->value, 1);
		return 0;
	default:
		return -EINVAL;
	}
}

/* ---- all dialects ----------------------------------------------------- */

/**
 * omv_config_detect() - detect the dialect of a document
 * @doc: document; need not be NUL terminated
 * @len: number of bytes; an empty document is OMV_CONFIG_NUMBER
 *
 * Checks the whole document, without recursion. JSON that is nested deeper than
 * 64 levels, and CBOR with more than 16 levels of arrays and maps of indefinite
 * length, is rejected.
 *
 * Return: dialect; OMV_CONFIG_NONE if the document is not valid
 */
enum omv_config_dialect omv_config_detect(const void *doc, u32 len)
{
	const u8 *bytes = doc;
	s64 value;

	if (!len || number_read(bytes, bytes + len, &value))
		return OMV_CONFIG_NUMBER;
	if (config_json_is(doc, len))
		return OMV_CONFIG_JSON;
	if (config_cbor_is(doc, len))
		return OMV_CONFIG_CBOR;
	return OMV_CONFIG_NONE;
}

/**
 * omv_config_begin() - start to read the knobs of a document
 * @reader: iterator to initialize
 * @dialect: result of omv_config_detect()
 * @doc: document; must stay valid while @reader or the options of a knob are
 *	used
 * @len: number of bytes
 *
 * A wrong @dialect is harmless: fewer knobs are found.
 */
void omv_config_begin(struct omv_config_reader *reader,
		      enum omv_config_dialect dialect, const void *doc, u32 len)
{
	reader->dialect = len ? dialect : OMV_CONFIG_NONE;
	reader->p = doc;
	reader->end = len ? reader->p + len : doc;
	reader->left = 0;
	if (reader->dialect == OMV_CONFIG_JSON)
		config_json_begin(reader);
	else if (reader->dialect == OMV_CONFIG_CBOR)
		config_cbor_begin(reader);
}

/**
 * omv_config_next() - read the next knob
 * @reader: iterator
 * @knob: set on success
 *
 * A plain number is an integer with the key OMV_CONFIG_QUALITY.
 *
 * JSON: the members of the object that are numbers, booleans or strings are
 * knobs; those of nested objects are not. A number without fraction and
 * exponent has a scale of 1, any other number OMV_KNOB_SCALE, so that a float
 * of the script always has the same scale.
 *
 * CBOR: labels, toggles, sliders, and selects with at least one option are
 * knobs. A slider has the smallest scale with which its limits and step are
 * integers, or a smaller one if the limits would not fit into s32. If its
 * limits or step are invalid, it is handled like a number of JSON.
 *
 * Values that do not fit are clamped. If several knobs have the same key, the
 * last one is valid.
 *
 * Return: false if there are no more knobs
 */
bool omv_config_next(struct omv_config_reader *reader, struct omv_knob *knob)
{
	memset(knob, 0, sizeof(*knob));
	knob->scale = 1;
	switch (reader->dialect) {
	case OMV_CONFIG_NUMBER:
		return number_next(reader, knob);
	case OMV_CONFIG_JSON:
		return config_json_next(reader, knob);
	case OMV_CONFIG_CBOR:
		return config_cbor_next(reader, knob);
	default:
		return false;
	}
}

static bool is_scale(u32 scale)
{
	u32 power;

	for (power = 1; power < scale && power < OMV_REAL_MAX_SCALE;
	     power *= 10)
		;
	return power == scale;
}

/**
 * omv_config_write() - encode a document that sets one knob
 * @buf: buffer; the document is not NUL terminated
 * @size: size of @buf in bytes
 * @dialect: dialect of the channel
 * @knob: uses type and key, and the members of the value: scale and value of an
 *	integer, value of a boolean, text of a menu or a text
 *
 * A plain number contains no key, and cannot encode a text. A number with a
 * scale greater than 1 is always written with a fraction: a script may
 * distinguish float from int.
 *
 * Return: number of bytes; -ENOSPC if @buf is too small; -EINVAL for a label,
 * for a type that the dialect does not support, and for an invalid scale
 */
int omv_config_write(void *buf, u32 size, enum omv_config_dialect dialect,
		     const struct omv_knob *knob)
{
	struct config_out out = {.buf = buf, .size = size};
	int ret = 0;

	if (knob->type == OMV_KNOB_LABEL ||
	    (knob->type == OMV_KNOB_INTEGER && !is_scale(knob->scale)))
		return -EINVAL;
	switch (dialect) {
	case OMV_CONFIG_NUMBER:
		ret = number_write(&out, knob);
		break;
	case OMV_CONFIG_JSON:
		config_json_write(&out, knob);
		break;
	case OMV_CONFIG_CBOR:
		config_cbor_write(&out, knob);
		break;
	default:
		ret = -EINVAL;
	}
	if (ret)
		return ret;
	return out.len > size ? -ENOSPC : (int)out.len;
}
