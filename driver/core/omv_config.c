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
	if (!len || config_number_is(doc, len))
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
 * knobs; null, arrays and what only Python can have written are not. A number
 * without fraction and exponent has a scale of 1, any other number
 * OMV_KNOB_SCALE, or less if it would not fit.
 *
 * A member that is an object with a "value" is a knob, too. It may have a
 * "unit", and a number "min", "max" and "step". With "options", an array that
 * is not empty, it is a menu, with or without a value. Other objects are not
 * knobs.
 *
 * CBOR: all widgets with a name and a value that can be shown as one are knobs;
 * a select or a radio needs at least one option. depth and waveform are not
 * knobs.
 *
 * A range has the smallest scale with which its limits and step are integers,
 * or a smaller one if the limits would not fit into s32. If its limits make no
 * sense, the knob is handled like a number without a range.
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
		return config_number_next(reader, knob);
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
 * @knob: uses type and key, and the members of the value: scale, value and real
 *	of an integer, value of a boolean, option of a menu, text of a text
 *
 * A plain number contains no key, and cannot encode a text. A float is always
 * written with a decimal point: a script may distinguish float from int.
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
		ret = config_number_write(&out, knob);
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

/**
 * omv_config_option() - get an option of a menu
 * @knob: menu; its document must still be valid
 * @index: index of the option, from 0
 * @option: set to the option; its text is truncated between characters if
 *	necessary
 *
 * Return: 0, or -ENOENT if there is no such option
 */
int omv_config_option(const struct omv_knob *knob, u32 index,
		      struct omv_option *option)
{
	bool found;

	if (knob->type != OMV_KNOB_MENU || index >= knob->nr_options)
		return -ENOENT;
	/* An array of CBOR never begins with this byte. */
	if (*knob->options == '[')
		found = config_json_option(knob, index, option);
	else
		found = config_cbor_option(knob, index, option);
	return found ? 0 : -ENOENT;
}
