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

/* ---- numbers and words ------------------------------------------------ */

static bool json_is_one_of(u8 c, const char *set)
{
	while (*set)
		if (c == *set++)
			return true;
	return false;
}

/* A number or a word must not be followed by anything else. */
static bool json_at_end_of_word(const struct json *json)
{
	return json->p == json->end || json_is_one_of(*json->p, " \t\r\n,]}");
}

/* Consume a word. */
static bool json_word(struct json *json, const char *word)
{
	struct json next = *json;

	while (*word)
		if (next.p == next.end || *next.p++ != *word++)
			return false;
	if (!json_at_end_of_word(&next))
		return false;
	json->p = next.p;
	return true;
}

/* Consume a number. */
static bool json_number(struct json *json, struct config_number *number)
{
	struct json next = *json;

	next.p = config_number_parse(number, json->p, json->end);
	if (!next.p || !json_at_end_of_word(&next))
		return false;
	json->p = next.p;
	return true;
}

/*
 * Python writes some values in a way that is not JSON: nan, inf and -inf, in
 * CPython NaN and Infinity; MicroPython writes any object as repr() does, for
 * example <Pin object at 2000a410>, OSError(5,), bytearray(b'"'). Consume such
 * a value. It counts as null.
 */
static bool json_foreign(struct json *json)
{
	const u8 *start = json->p;
	unsigned int depth = 0;

	for (; json->p < json->end; json->p++) {
		if (json_is_one_of(*json->p, "(<"))
			depth++;
		else if (!depth && json_is_one_of(*json->p, "\"':{[)>"))
			return false;
		else if (!depth && json_at_end_of_word(json))
			break;
		else if (json_is_one_of(*json->p, ")>"))
			depth--;
	}
	return !depth && json->p > start;
}

/* Consume a number or a literal. */
static bool json_plain(struct json *json)
{
	struct config_number number;

	return json_number(json, &number) || json_word(json, "true") ||
	       json_word(json, "false") || json_word(json, "null") ||
	       json_foreign(json);
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

/* Consume a number, string or literal, or the start of an object or array. */
static bool json_value(struct json *json)
{
	switch (json_peek(json)) {
	case '{':
	case '[':
		return json_open(json);
	case '"':
		return json_string(json);
	default:
		return json_plain(json);
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
 * A value that only Python can have written is accepted, see json_foreign().
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

/* Read a value, but not an object. */
static bool knob_value(struct json *json, struct omv_knob *knob)
{
	struct config_number number;
	struct config_text text;

	if (json_peek(json) == '"') {
		knob->type = OMV_KNOB_TEXT;
		config_text_begin(&text, knob->option.text,
				  sizeof(knob->option.text));
		json_text(json, &text);
		return true;
	}
	if (json_number(json, &number)) {
		config_knob_decimal(knob, &number);
		return true;
	}
	knob->type = OMV_KNOB_BOOLEAN;
	knob->value = json_word(json, "true");
	return knob->value || json_word(json, "false");
}

/* ---- objects: a value with its range or its options ------------------- */

enum field {
	AT_VALUE,
	AT_MIN,
	AT_MAX,
	AT_STEP,
	AT_UNIT,
	AT_OPTIONS,
	FIELDS
};

static const char * const field_keys[FIELDS] = {
	"value", "min", "max", "step", "unit", "options",
};

/**
 * struct object - an object that describes a knob
 * @at: addresses of its values; NULL for a missing value
 * @end: end of the document
 */
struct object {
	const u8 *at[FIELDS];
	const u8 *end;
};

/* Consume an object. */
static bool object_read(struct json *json, struct object *object)
{
	char key[OMV_KNOB_UNIT_SIZE];
	struct config_text text;
	int field;

	memset(object, 0, sizeof(*object));
	object->end = json->end;
	if (!json_take(json, '{'))
		return false;
	for (;;) {
		config_text_begin(&text, key, sizeof(key));
		if (!knob_key(json, &text))
			return true;
		for (field = 0; field < FIELDS; field++)
			if (!text.cut && !strcmp(key, field_keys[field]))
				object->at[field] = json->p;
		if (!json_skip(json))
			return false;
	}
}

static bool object_field(const struct object *object, enum field field,
			 struct json *json)
{
	memset(json, 0, sizeof(*json));
	if (!object->at[field])
		return false;
	json->p = object->at[field];
	json->end = object->end;
	json_peek(json);
	return true;
}

/* Return: false if the field is missing or not a number */
static bool object_number(const struct object *object, enum field field,
			  struct config_number *number)
{
	struct json json;

	return object_field(object, field, &json) &&
	       json_number(&json, number);
}

/* A step that is missing or makes no sense: 1, or a small one for a float. */
static void object_step(const struct object *object, bool real,
			struct config_number *step)
{
	static const u8 fine[] = "0.001";
	static const u8 whole[] = "1";

	if (object_number(object, AT_STEP, step) &&
	    config_number_scaled(step, OMV_REAL_MAX_SCALE) > 0)
		return;
	if (real)
		config_number_parse(step, fine, fine + sizeof(fine) - 1);
	else
		config_number_parse(step, whole, whole + sizeof(whole) - 1);
}

static bool object_fits(const struct config_number *number, u32 scale)
{
	return config_fits(config_number_scaled(number, scale));
}

static void object_range(const struct object *object, struct omv_knob *knob)
{
	struct config_number value, min, max, step;
	u32 scale;

	if (!object_number(object, AT_VALUE, &value) ||
	    !object_number(object, AT_MIN, &min) ||
	    !object_number(object, AT_MAX, &max))
		return;
	object_step(object, value.real || min.real || max.real, &step);
	scale = config_number_scale(&step);
	if (scale < config_number_scale(&min))
		scale = config_number_scale(&min);
	if (scale < config_number_scale(&max))
		scale = config_number_scale(&max);
	while (scale > 1 &&
	       !(object_fits(&min, scale) && object_fits(&max, scale)))
		scale /= 10;
	if (config_knob_range(knob, scale, config_number_scaled(&min, scale),
			      config_number_scaled(&max, scale),
			      config_number_scaled(&step, scale)))
		knob->value = config_clamp(config_number_scaled(&value, scale),
					   knob->min, knob->max);
}

/* Consume a value. The text of one that is not a string is its JSON. */
static bool json_option(struct json *json, struct omv_option *option)
{
	int first = json_peek(json);
	struct config_text text;
	struct json start;

	config_text_begin(&text, option->text, sizeof(option->text));
	option->raw_size = 0;
	start = *json;
	if (!json_skip(json))
		return false;
	if (first == '"') {
		json_text(&start, &text);
		return true;
	}
	if (json->p - start.p <= OMV_OPTION_RAW_SIZE) {
		option->raw_size = json->p - start.p;
		memcpy(option->raw, start.p, option->raw_size);
	}
	for (; start.p < json->p; start.p++)
		config_text_byte(&text, *start.p);
	return true;
}

/* Consume the comma before an option. Return: false if there are no more */
static bool json_more_options(struct json *json)
{
	json_take(json, ',');
	return json_peek(json) != ']' && json_peek(json) != JSON_END;
}

static bool object_menu(const struct object *object, struct omv_knob *knob)
{
	struct omv_option option;
	bool has_value = false;
	struct json json;

	if (object_field(object, AT_VALUE, &json))
		has_value = json_peek(&json) != 'n' &&
			    json_option(&json, &knob->option);
	if (!object_field(object, AT_OPTIONS, &json))
		return false;
	knob->type = OMV_KNOB_MENU;
	knob->value = -1;
	knob->options = json.p;
	knob->options_size = json.end - json.p;
	if (!json_take(&json, '['))
		return false;
	while (knob->nr_options < OMV_KNOB_OPTIONS &&
	       json_more_options(&json)) {
		if (!json_option(&json, &option))
			return false;
		if (has_value && knob->value < 0 &&
		    !strcmp(option.text, knob->option.text))
			knob->value = knob->nr_options;
		knob->nr_options++;
	}
	return knob->nr_options;
}

/**
 * config_json_option() - see omv_config_option()
 * @knob: menu
 * @index: index of the option
 * @option: result
 *
 * Return: false if there is no such option
 */
bool config_json_option(const struct omv_knob *knob, u32 index,
			struct omv_option *option)
{
	struct json json = {.p = knob->options};

	json.end = json.p + knob->options_size;
	json_take(&json, '[');
	do {
		if (!json_more_options(&json) || !json_option(&json, option))
			return false;
	} while (index--);
	return true;
}

static bool object_knob(struct json *json, struct omv_knob *knob)
{
	struct config_text unit;
	struct object object;
	struct json value;

	if (!object_read(json, &object))
		return false;
	config_text_begin(&unit, knob->unit, sizeof(knob->unit));
	if (object_field(&object, AT_UNIT, &value) && json_peek(&value) == '"')
		json_text(&value, &unit);
	if (object_menu(&object, knob))
		return true;
	knob->nr_options = 0;
	if (!object_field(&object, AT_VALUE, &value) ||
	    !knob_value(&value, knob))
		return false;
	if (knob->type == OMV_KNOB_INTEGER)
		object_range(&object, knob);
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
		memset(knob, 0, sizeof(*knob));
		knob->scale = 1;
		config_text_begin(&key, knob->key, sizeof(knob->key));
		if (!knob_key(&json, &key))
			break;
		value = json;
		if (!json_skip(&json))
			break;
		reader->p = json.p;
		if (config_is_key(&key) && (json_peek(&value) == '{' ?
					    object_knob(&value, knob) :
					    knob_value(&value, knob)))
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
		config_put_number(out, knob);
		break;
	case OMV_KNOB_BOOLEAN:
		if (knob->value)
			config_put(out, "true", 4);
		else
			config_put(out, "false", 5);
		break;
	case OMV_KNOB_BUTTON:
		config_put(out, "true", 4);
		break;
	default:
		if (knob->option.raw_size)
			config_put(out, knob->option.raw,
				   knob->option.raw_size);
		else
			put_string(out, knob->option.text);
	}
	config_put(out, "}", 1);
}
