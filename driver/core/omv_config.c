// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "omv_config.h"

/* Deeper nesting than this is not believed: a bit each in struct json. */
#define JSON_MAX_DEPTH	64

#define JSON_END	-1	/* no character, or not a valid one */

/**
 * struct json - a text being read
 * @p: next byte
 * @end: behind the last
 * @depth: objects and arrays that are open
 * @objects: a bit each, the innermost lowest: it is an object
 * @opened: the innermost was opened just now, and is still empty
 */
struct json {
	const char *p;
	const char *end;
	unsigned int depth;
	u64 objects;
	bool opened;
};

static bool json_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The first character of the next token, not taken yet. */
static int json_peek(struct json *json)
{
	while (json->p < json->end && json_is_space(*json->p))
		json->p++;
	return json->p < json->end ? (u8)*json->p : JSON_END;
}

static bool json_take(struct json *json, char c)
{
	if (json_peek(json) != c)
		return false;
	json->p++;
	return true;
}

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

static int hex_digit(char c)
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
	char c;

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
 * Take a string. Return 1 if it is @key, 0 if not, -EINVAL if it is no string.
 */
static int json_string(struct json *json, const char *key)
{
	bool same = true;
	int c;

	if (!json_take(json, '"'))
		return -EINVAL;
	while (json->p < json->end) {
		c = (u8)*json->p++;
		if (c == '"')
			return same && !*key;
		if (c < 0x20)
			return -EINVAL;
		if (c == '\\')
			c = json_escape(json);
		if (c == JSON_END)
			return -EINVAL;
		same = same && *key && c == (u8)*key;
		if (same)
			key++;
	}
	return -EINVAL;
}

static const char *skip_digits(const char *p, const char *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

/*
 * The integer part of a number whose @digits, a decimal point perhaps among
 * them, end at @end, and whose point lies @point digits from their start once
 * the exponent is applied.
 */
static int number_value(const char *digits, const char *end, s64 point,
			bool negative, s32 *value)
{
	s64 limit = negative ? 0x80000000ll : 0x7fffffffll;
	s64 number = 0;

	for (; point > 0 && (number || digits < end); point--) {
		if (digits < end && *digits == '.')
			digits++;
		number *= 10;
		if (digits < end)
			number += *digits++ - '0';
		if (number > limit)
			return -ERANGE;
	}
	*value = negative ? -number : number;
	return 0;
}

/* Take what follows the e; what is absurd stays absurd if it is cut. */
static bool json_exponent(struct json *json, s64 *exponent)
{
	bool negative = json->p < json->end && *json->p == '-';
	const char *start;

	if (json->p < json->end && (*json->p == '+' || *json->p == '-'))
		json->p++;
	start = json->p;
	json->p = skip_digits(start, json->end);
	if (json->p == start)
		return false;
	for (*exponent = 0; start < json->p; start++)
		if (*exponent <= (u32)-1)
			*exponent = *exponent * 10 + *start - '0';
	if (negative)
		*exponent = -*exponent;
	return true;
}

/* Take a number. Return 0, -ERANGE, or -EINVAL if it is none. */
static int json_number(struct json *json, s32 *value)
{
	bool negative = json_take(json, '-');
	const char *start = json->p;
	const char *point, *stop;
	s64 exponent = 0;

	json->p = skip_digits(start, json->end);
	point = json->p;
	stop = json->p;
	if (point == start || (*start == '0' && point > start + 1))
		return -EINVAL;
	if (json->p < json->end && *json->p == '.') {
		json->p = skip_digits(point + 1, json->end);
		stop = json->p;
		if (stop == point + 1)
			return -EINVAL;
	}
	if (json->p < json->end && (*json->p | 0x20) == 'e') {
		json->p++;
		if (!json_exponent(json, &exponent))
			return -EINVAL;
	}
	return number_value(start, stop, point - start + exponent, negative,
			    value);
}

static bool json_word(struct json *json, const char *word)
{
	while (*word)
		if (json->p == json->end || *json->p++ != *word++)
			return false;
	return true;
}

static bool json_at_close(struct json *json)
{
	return json_peek(json) == (json_in_object(json) ? '}' : ']');
}

/* Behind a value: take all that closes here, then the comma or the end. */
static bool json_next(struct json *json)
{
	json->opened = false;
	while (json_at_close(json)) {
		json->p++;
		json->depth--;
		json->objects >>= 1;
		if (!json->depth)
			return json_peek(json) == JSON_END;
	}
	return json_take(json, ',');
}

/* Take a number, a string, a word, or the start of an object or an array. */
static int json_value(struct json *json, s32 *value)
{
	int ret;

	switch (json_peek(json)) {
	case '{':
	case '[':
		return json_open(json) ? -ENOENT : -EINVAL;
	case '"':
		ret = json_string(json, "");
		return ret < 0 ? ret : -ENOENT;
	case 't':
		return json_word(json, "true") ? -ENOENT : -EINVAL;
	case 'f':
		return json_word(json, "false") ? -ENOENT : -EINVAL;
	case 'n':
		return json_word(json, "null") ? -ENOENT : -EINVAL;
	default:
		return json_number(json, value);
	}
}

/* Take a key and its colon. Return 1 if it is the one wanted, 0, -EINVAL. */
static int json_key(struct json *json, const char *key)
{
	int ret = json_string(json, key);

	return json_take(json, ':') ? ret : -EINVAL;
}

/*
 * Take a member or an element. If it is the outermost @key, @found becomes 0
 * and @value is written, or @found says why not. Return 0 or -EINVAL.
 */
static int json_item(struct json *json, const char *key, int *found, s32 *value)
{
	bool outermost = json->depth == 1;
	int wanted = 0;
	s32 number;
	int ret;

	json->opened = false;
	if (json_in_object(json))
		wanted = json_key(json, key);
	if (wanted < 0)
		return -EINVAL;
	ret = json_value(json, &number);
	if (ret == -EINVAL)
		return ret;
	if (wanted && outermost) {
		*found = ret;
		if (!ret)
			*value = number;
	}
	return 0;
}

int omv_config_get(const char *text, u32 len, const char *key, s32 *value)
{
	struct json json = { .p = text, .end = text + len };
	int found = -ENOENT;
	s32 number = 0;

	if (json_peek(&json) != '{')
		return -EINVAL;
	json_open(&json);
	while (json.depth) {
		if (!json.opened || !json_at_close(&json)) {
			if (json_item(&json, key, &found, &number))
				return -EINVAL;
			if (json.opened)
				continue;
		}
		if (!json_next(&json))
			return -EINVAL;
	}
	if (!found)
		*value = number;
	return found;
}

/* Write @value in decimal up to @end, return where it begins. */
static char *write_number(char *end, s32 value)
{
	u32 rest = value < 0 ? -(u32)value : (u32)value;

	do {
		*--end = '0' + rest % 10;
		rest /= 10;
	} while (rest);
	if (value < 0)
		*--end = '-';
	return end;
}

/* Write @len bytes at @pos if they fit, return where the next ones go. */
static size_t put(char *buf, u32 size, size_t pos, const char *text, size_t len)
{
	if (pos <= size && len <= size - pos)
		memcpy(buf + pos, text, len);
	return pos + len;
}

int omv_config_set(char *buf, u32 size, const char *key, s32 value)
{
	char digits[11];	/* -2147483648 */
	char *end = digits + sizeof(digits);
	char *number = write_number(end, value);
	size_t len = 0;

	if (key) {
		len = put(buf, size, len, "{\"", 2);
		len = put(buf, size, len, key, strlen(key));
		len = put(buf, size, len, "\": ", 3);
	}
	len = put(buf, size, len, number, end - number);
	if (key)
		len = put(buf, size, len, "}", 1);
	return len > size ? -ENOSPC : (int)len;
}
