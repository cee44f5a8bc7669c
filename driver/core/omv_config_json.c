// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "omv_config_priv.h"

/* Deeper nesting than this is not believed: a bit each in struct json. */
#define JSON_MAX_DEPTH	64

/* Instead of a character. */
#define JSON_END	-1	/* there is none, or not a valid one */
#define JSON_QUOTE	-2	/* the string ends */

/**
 * struct json - a text being read
 * @p: next byte
 * @end: behind the last
 * @depth: objects and arrays that are open
 * @objects: a bit each, the innermost lowest: it is an object
 * @opened: the innermost was opened just now, and is still empty
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

/* The first character of the next token, not taken yet. */
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

/* What follows a backslash. */
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

/* Take a byte of a string, or if it is @escaped a character, or half of one. */
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

/* Take a string, of which is known that it is one. */
static void json_text(struct json *json, struct config_text *text)
{
	bool escaped;
	int high = 0;	/* the first half of a surrogate pair */
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
 * @negative: it has a minus
 * @real: it has a fraction or an exponent
 * @digits: first digit
 * @end: behind the last, a decimal point perhaps between them
 * @point: so many digits from their start the point is, with the exponent applied
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

/* Take what follows the e; what is absurd stays absurd if it is cut. */
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

/* Take a number. */
static bool json_number(struct json *json, struct json_number *number)
{
	s64 exponent = 0;
	const u8 *point;

	number->negative = json_take(json, '-');
	number->digits = json->p;
	point = skip_digits(json->p, json->end);
	json->p = point;
	if (point == number->digits || (*number->digits == '0' && point > number->digits + 1))
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

/* A number times 10 ^ @shift, rounded; what an s32 can't hold is not told from more. */
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

/* Take the character that opens an object or an array. */
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

/* Take a number, a string, a word, or the start of an object or an array. */
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

/* Take a member or an element; an object or an array remains open. */
static bool json_item(struct json *json)
{
	json->opened = false;
	if (json_in_object(json) && !(json_string(json) && json_take(json, ':')))
		return false;
	return json_value(json);
}

static bool json_at_close(struct json *json)
{
	return json_peek(json) == (json_in_object(json) ? '}' : ']');
}

/* Take a value and all that is in it. */
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

bool config_json_is(const void *doc, u32 len)
{
	const u8 *bytes = doc;
	struct json json = { .p = bytes, .end = bytes + len };

	return json_peek(&json) == '{' && json_skip(&json) &&
	       json_peek(&json) == JSON_END;
}

/* ---- knobs ------------------------------------------------------------ */

/* The reader is always before a comma, or the brace of the end. */
void config_json_begin(struct omv_config_reader *reader)
{
	struct json json = { .p = reader->p, .end = reader->end };

	if (!json_take(&json, '{'))
		json.p = json.end;
	reader->p = json.p;
}

/* Take a key and its colon. */
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

/* The value at @json is a valid one. */
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

bool config_json_next(struct omv_config_reader *reader, struct omv_knob *knob)
{
	struct json json = { .p = reader->p, .end = reader->end };
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
