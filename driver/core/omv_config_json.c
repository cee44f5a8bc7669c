// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "omv_config_priv.h"

/* Maximum nesting: struct json has one bit for each level. */
#define JSON_MAX_DEPTH	64

/* Returned in place of a character. */
#define JSON_END	-1	/* end of document, or invalid character */
#define JSON_QUOTE	-2	/* end of string */

/**
 * struct json - a parser
 * @p: next byte
 * @end: end of the document
 * @depth: number of open objects and arrays
 * @objects: one bit for each of them, the innermost lowest: it is an object
 * @opened: the innermost one is still empty
 */
struct json {
	const u8 *p;
	const u8 *end;
	unsigned int depth;
	u64 objects;
	bool opened;
};

static bool json_is_space(u8 c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Return: first character of the next token, which is not consumed */
static int json_peek(struct json *json)
{
	while (json->p < json->end && json_is_space(*json->p))
		json->p++;
	return json->p < json->end ? *json->p : JSON_END;
}

static bool json_take(struct json *json, char c)
{
	if (json_peek(json) != c)
		return false;
	json->p++;
	return true;
}

/* ---- strings ---------------------------------------------------------- */

static int hex_digit(u8 c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int json_unicode(struct json *json)
{
	int code = 0;
	int i, digit;

	if (json->end - json->p < 4)
		return JSON_END;
	for (i = 0; i < 4; i++) {
		digit = hex_digit(*json->p++);
		if (digit < 0)
			return JSON_END;
		code = code << 4 | digit;
	}
	return code;
}

/* Consume an escape sequence after its backslash. */
static int json_escape(struct json *json)
{
	static const char from[] = "\"\\/bfnrt";
	static const char to[] = "\"\\/\b\f\n\r\t";
	unsigned int i;
	u8 c;

	if (json->p == json->end)
		return JSON_END;
	c = *json->p++;
	if (c == 'u')
		return json_unicode(json);
	for (i = 0; i < sizeof(from) - 1; i++)
		if (from[i] == c)
			return to[i];
	return JSON_END;
}

/*
 * Consume a byte of a string, or an escape sequence. Return: the byte, or if
 * @escaped is set, a UTF-16 code unit
 */
static int json_char(struct json *json, bool *escaped)
{
	u8 c;

	*escaped = false;
	if (json->p == json->end)
		return JSON_END;
	c = *json->p++;
	if (c == '"')
		return JSON_QUOTE;
	if (c < 0x20)
		return JSON_END;
	*escaped = c == '\\';
	return *escaped ? json_escape(json) : c;
}

static bool json_string(struct json *json)
{
	bool escaped;
	int c;

	if (!json_take(json, '"'))
		return false;
	do {
		c = json_char(json, &escaped);
	} while (c >= 0);
	return c == JSON_QUOTE;
}

/* Consume a string that has been checked before. */
static void json_text(struct json *json, struct config_text *text)
{
	bool escaped;
	int high = 0;	/* high surrogate, if it was the last character */
	int c;

	json->p++;
	while ((c = json_char(json, &escaped)) >= 0) {
		if (high && escaped && (c & ~0x3ff) == 0xdc00) {
			c = 0x10000 + ((high & 0x3ff) << 10) + (c & 0x3ff);
			high = 0;
		} else if (high) {
			config_text_code(text, high);
			high = 0;
		}
		if (!escaped)
			config_text_byte(text, c);
		else if ((c & ~0x3ff) == 0xd800)
			high = c;
		else
			config_text_code(text, c);
	}
	if (high)
		config_text_code(text, high);
}

/* ---- numbers ---------------------------------------------------------- */

/**
 * struct json_number - the parts of a number
 * @negative: has a minus sign
 * @real: has a fraction or an exponent
 * @digits: address of the first digit
 * @end: end of the digits, which may include a decimal point
 * @point: position of the decimal point, in digits from the first one, after
 *	the exponent was applied
 */
struct json_number {
	bool negative;
	bool real;
	const u8 *digits;
	const u8 *end;
	s64 point;
};

static const u8 *skip_digits(const u8 *p, const u8 *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

/* Consume an exponent after the e. Larger values than U32_MAX are limited. */
static bool json_exponent(struct json *json, s64 *exponent)
{
	bool negative = json->p < json->end && *json->p == '-';
	const u8 *start;

	if (json->p < json->end && (*json->p == '+' || *json->p == '-'))
		json->p++;
	start = json->p;
	json->p = skip_digits(start, json->end);
	if (json->p == start)
		return false;
	for (*exponent = 0; start < json->p; start++)
		if (*exponent <= U32_MAX)
			*exponent = *exponent * 10 + *start - '0';
	if (negative)
		*exponent = -*exponent;
	return true;
}

/* Consume a number. */
static bool json_number(struct json *json, struct json_number *number)
{
	s64 exponent = 0;
	const u8 *point;

	number->negative = json_take(json, '-');
	number->digits = json->p;
	point = skip_digits(json->p, json->end);
	json->p = point;
	if (point == number->digits ||
	    (*number->digits == '0' && point > number->digits + 1))
		return false;
	if (json->p < json->end && *json->p == '.') {
		json->p = skip_digits(point + 1, json->end);
		if (json->p == point + 1)
			return false;
	}
	number->end = json->p;
	if (json->p < json->end && (*json->p | 0x20) == 'e') {
		json->p++;
		if (!json_exponent(json, &exponent))
			return false;
	}
	number->real = json->p > point;
	number->point = point - number->digits + exponent;
	return true;
}

/*
 * Return: the number multiplied by 10 ^ @shift, rounded; for a result beyond
 * S32_MAX, any larger number
 */
static s64 json_scaled(const struct json_number *number, unsigned int shift)
{
	const u8 *p = number->digits;
	s64 left = number->point + shift;
	s64 value = 0;

	if (left < 0)
		return 0;
	for (; left && (value || p < number->end) && value <= S32_MAX; left--) {
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

/* ---- documents -------------------------------------------------------- */

/* Consume the character that opens an object or an array. */
static bool json_open(struct json *json)
{
	if (json->depth == JSON_MAX_DEPTH)
		return false;
	json->depth++;
	json->objects = json->objects << 1 | (*json->p++ == '{');
	json->opened = true;
	return true;
}

static bool json_in_object(const struct json *json)
{
	return json->objects & 1;
}

static bool json_word(struct json *json, const char *word)
{
	while (*word)
		if (json->p == json->end || *json->p++ != *word++)
			return false;
	return true;
}

/* Consume a number, string or literal, or the start of an object or array. */
static bool json_value(struct json *json)
{
	struct json_number number;

	switch (json_peek(json)) {
	case '{':
	case '[':
		return json_open(json);
	case '"':
		return json_string(json);
	case 't':
		return json_word(json, "true");
	case 'f':
		return json_word(json, "false");
	case 'n':
		return json_word(json, "null");
	default:
		return json_number(json, &number);
	}
}

/* Consume a member or an element; an object or an array in it stays open. */
static bool json_item(struct json *json)
{
	json->opened = false;
	if (json_in_object(json) &&
	    !(json_string(json) && json_take(json, ':')))
		return false;
	return json_value(json);
}

static bool json_at_close(struct json *json)
{
	return json_peek(json) == (json_in_object(json) ? '}' : ']');
}

/* Consume a value with all values in it. */
static bool json_skip(struct json *json)
{
	json->depth = 0;
	json->objects = 0;
	for (;;) {
		if (!json_item(json))
			return false;
		if (json->opened && !json_at_close(json))
			continue;
		while (json->depth && json_at_close(json)) {
			json->p++;
			json->depth--;
			json->objects >>= 1;
		}
		if (!json->depth)
			return true;
		if (!json_take(json, ','))
			return false;
	}
}

/**
 * config_json_is() - is a document a JSON object
 * @doc: document
 * @len: number of bytes
 *
 * Return: true if the whole document is
 */
bool config_json_is(const void *doc, u32 len)
{
	const u8 *bytes = doc;
	struct json json = {.p = bytes, .end = bytes + len};

	return json_peek(&json) == '{' && json_skip(&json) &&
	       json_peek(&json) == JSON_END;
}

/* ---- knobs ------------------------------------------------------------ */

/**
 * config_json_begin() - see omv_config_begin()
 * @reader: iterator
 *
 * Between calls, the iterator is at a comma, at the closing brace, or at the
 * first member.
 */
void config_json_begin(struct omv_config_reader *reader)
{
	struct json json = {.p = reader->p, .end = reader->end};

	if (!json_take(&json, '{'))
		json.p = json.end;
	reader->p = json.p;
}

/* Consume a key and its colon. */
static bool knob_key(struct json *json, struct config_text *key)
{
	struct json start;

	json_take(json, ',');
	if (json_peek(json) != '"')
		return false;
	start = *json;
	if (!json_string(json) || !json_take(json, ':'))
		return false;
	json_text(&start, key);
	return true;
}

/* Read a value that has been checked before. */
static bool knob_value(struct json *json, struct omv_knob *knob)
{
	struct json_number number;
	struct config_text text;

	switch (json_peek(json)) {
	case '"':
		knob->type = OMV_KNOB_TEXT;
		config_text_begin(&text, knob->text, sizeof(knob->text));
		json_text(json, &text);
		return true;
	case 't':
	case 'f':
		knob->type = OMV_KNOB_BOOLEAN;
		knob->value = *json->p == 't';
		return true;
	case '{':
	case '[':
	case 'n':
		return false;
	}
	json_number(json, &number);
	config_knob_number(knob, number.real ? OMV_KNOB_SCALE : 1,
			   json_scaled(&number, number.real ? 3 : 0));
	return true;
}

/**
 * config_json_next() - see omv_config_next()
 * @reader: iterator
 * @knob: zeroed knob
 *
 * Return: false if there are no more knobs
 */
bool config_json_next(struct omv_config_reader *reader, struct omv_knob *knob)
{
	struct json json = {.p = reader->p, .end = reader->end};
	struct config_text key;
	struct json value;

	do {
		config_text_begin(&key, knob->key, sizeof(knob->key));
		if (!knob_key(&json, &key))
			break;
		value = json;
		if (!json_skip(&json))
			break;
		reader->p = json.p;
		if (config_is_key(&key) && knob_value(&value, knob))
			return true;
	} while (json.p < json.end);
	reader->p = reader->end;
	return false;
}

static void put_string(struct config_out *out, const char *text)
{
	static const char hex[] = "0123456789abcdef";
	char escape[] = "\\u0000";

	config_put(out, "\"", 1);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			config_put(out, "\\", 1);
		if ((u8)*text < 0x20) {
			escape[4] = hex[*text >> 4];
			escape[5] = hex[*text & 15];
			config_put(out, escape, 6);
		} else {
			config_put(out, text, 1);
		}
	}
	config_put(out, "\"", 1);
}

/**
 * config_json_write() - see omv_config_write()
 * @out: document
 * @knob: knob that is not a label
 */
void config_json_write(struct config_out *out, const struct omv_knob *knob)
{
	config_put(out, "{", 1);
	put_string(out, knob->key);
	config_put(out, ": ", 2);
	switch (knob->type) {
	case OMV_KNOB_INTEGER:
		config_put_number(out, knob->value, knob->scale);
		break;
	case OMV_KNOB_BOOLEAN:
		if (knob->value)
			config_put(out, "true", 4);
		else
			config_put(out, "false", 5);
		break;
	default:
		put_string(out, knob->text);
	}
	config_put(out, "}", 1);
}
