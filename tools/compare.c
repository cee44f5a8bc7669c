// SPDX-License-Identifier: GPL-2.0-only
/*
 * Was a message stored? Compare the content of a channel before and after it.
 *
 * Only a document that a message replaces says anything: the keys of a JSON object, one
 * number. A text or binary content that stays as it was may be that of a channel for commands,
 * or the message may be a part of it, as with widgets: it is only known if it is what was written.
 */
#include "compare.h"

#include <json-c/json.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "omvctl.h"

#define BLANKS		" \t\r\n"

/* Floats of a camera have 32 bits. */
#define PRECISION	1e-6

/* Longest name of a key, as in roi.x, and longest value that is printed. */
#define NAME_MAX_LEN	64
#define VALUE_MAX_LEN	40

/**
 * struct tally - result of the comparison
 * @text:      the differences
 * @size:      bytes at @text
 * @all:       number of values that are what was written
 * @other:     number of values that are neither what was written nor what they were before
 * @unchanged: number of values that are what they were before
 * @missing:   number of keys that the content does not have
 */
struct tally {
	char *text;
	size_t size;
	unsigned int all;
	unsigned int other;
	unsigned int unchanged;
	unsigned int missing;
};

static __attribute__((format(printf, 2, 3))) void note(struct tally *t, const char *fmt, ...)
{
	size_t len = strlen(t->text);
	va_list ap;

	if (len)
		len += snprintf(t->text + len, t->size - len, "; ");
	if (len >= t->size)
		return;
	va_start(ap, fmt);
	vsnprintf(t->text + len, t->size - len, fmt, ap);
	va_end(ap);
}

/* ---- values ----------------------------------------------------------- */

/* Return: the whole @text as JSON, NULL if it is not */
static struct json_object *parse_json(const char *text)
{
	struct json_tokener *tok = must(json_tokener_new());
	struct json_object *value;
	size_t end;

	/* With the 0 at the end: a number has no other end. */
	value = json_tokener_parse_ex(tok, text, strlen(text) + 1);
	end = json_tokener_get_parse_end(tok);
	if (json_tokener_get_error(tok) != json_tokener_success ||
	    text[end + strspn(text + end, BLANKS)]) {
		json_object_put(value);
		value = NULL;
	}
	json_tokener_free(tok);
	return value;
}

/* Return: content as a value; any text that is no JSON is a string. NULL if it is binary. */
static struct json_object *parse(const struct content *c)
{
	struct json_object *value;
	size_t len = c->len;
	char *text;

	/* Scripts in C end their texts with a 0. */
	while (len && !c->data[len - 1])
		len--;
	if (!is_text(c->data, len))
		return NULL;
	text = must(strndup(c->data, len));
	value = parse_json(text);
	if (!value) {
		while (len && strchr(BLANKS, text[len - 1]))
			len--;
		value = must(json_object_new_string_len(text, len));
	}
	free(text);
	return value;
}

static bool is_object(struct json_object *value)
{
	return json_object_is_type(value, json_type_object);
}

static bool is_text_value(struct json_object *value)
{
	return json_object_is_type(value, json_type_string);
}

static bool is_number(struct json_object *value)
{
	return json_object_is_type(value, json_type_int) ||
	       json_object_is_type(value, json_type_double);
}

static bool is_array(struct json_object *value)
{
	return json_object_is_type(value, json_type_array);
}

static bool same_number(double a, double b)
{
	return a == b || fabs(a - b) <= PRECISION * (fabs(a) + fabs(b)) ||
	       (isnan(a) && isnan(b));
}

static bool same(struct json_object *a, struct json_object *b);

static bool same_array(struct json_object *a, struct json_object *b)
{
	size_t count = json_object_array_length(a);

	if (count != json_object_array_length(b))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!same(json_object_array_get_idx(a, i), json_object_array_get_idx(b, i)))
			return false;
	return true;
}

/* The depth is limited by the parser. A bool is also 0 or 1, and "50" is also 50. */
static bool same(struct json_object *a, struct json_object *b)
{
	bool bools = json_object_is_type(a, json_type_boolean) !=
		     json_object_is_type(b, json_type_boolean);

	if ((is_number(a) && is_number(b)) || (bools && (is_number(a) || is_number(b))))
		return same_number(json_object_get_double(a), json_object_get_double(b));
	if (is_array(a) && is_array(b))
		return same_array(a, b);
	if (!a || !b || is_object(a) || is_object(b))
		return json_object_equal(a, b);
	return !strcmp(json_object_get_string(a), json_object_get_string(b));
}

/* A script may describe a knob: {"value": 5000, "min": 0, "max": 100000}. */
static struct json_object *knob_value(struct json_object *knob, struct json_object *other)
{
	struct json_object *value;

	if (is_object(knob) && !is_object(other) &&
	    json_object_object_get_ex(knob, "value", &value))
		return value;
	return knob;
}

/* The one value of an object that stands for all of it: a config may be written as "50". */
static struct json_object *only_value(struct json_object *object, const char **name)
{
	struct json_object_iterator it = json_object_iter_begin(object);
	struct json_object *value = NULL;

	*name = "quality";
	if (json_object_object_get_ex(object, *name, &value))
		return value;
	if (json_object_object_length(object) != 1)
		return NULL;
	*name = json_object_iter_peek_name(&it);
	return json_object_iter_peek_value(&it);
}

/* ---- comparison ------------------------------------------------------- */

static void print_value(struct json_object *value, char *text, size_t size)
{
	const char *all = json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN |
							 JSON_C_TO_STRING_NOSLASHESCAPE);

	if (strlen(all) < size)
		strcpy(text, all);
	else
		snprintf(text, size, "%.*s...", (int)size - 4, all);
	printable(text);
}

static void compare_value(struct tally *t, const char *name, struct json_object *before,
			  struct json_object *after, struct json_object *written)
{
	char is[VALUE_MAX_LEN], not[VALUE_MAX_LEN];
	bool unchanged;

	after = knob_value(after, written);
	before = knob_value(before, written);
	written = knob_value(written, after);
	if (same(after, written)) {
		t->all++;
		return;
	}
	unchanged = same(after, before);
	*(unchanged ? &t->unchanged : &t->other) += 1;
	print_value(after, is, sizeof(is));
	print_value(written, not, sizeof(not));
	note(t, "%s is %s, not %s", name, is, not);
}

static void compare_keys(struct tally *t, const char *prefix, struct json_object *before,
			 struct json_object *after, struct json_object *written)
{
	json_object_object_foreach(written, key, value) {
		struct json_object *old = NULL, *now = NULL;
		char name[NAME_MAX_LEN];

		snprintf(name, sizeof(name), "%s%s%s", prefix, *prefix ? "." : "", key);
		printable(name);
		if (is_object(before))
			json_object_object_get_ex(before, key, &old);
		if (!json_object_object_get_ex(after, key, &now)) {
			t->missing++;
			note(t, "there is no key %s", name);
		} else if (is_object(value) && is_object(now)) {
			compare_keys(t, name, old, now, value);
		} else {
			compare_value(t, name, old, now, value);
		}
	}
}

/* @changed: anything of the content has, or may have */
static enum taken verdict(const struct tally *t, bool changed)
{
	if (t->unchanged || (t->missing && !t->all && !t->other && !changed))
		return TAKEN_NOT;
	if (t->other || (t->missing && t->all))
		return TAKEN_OTHER;
	return t->missing ? TAKEN_UNKNOWN : TAKEN_ALL;
}

static enum taken compare_whole(bool changed, bool taken, bool alive)
{
	if (taken)
		return TAKEN_ALL;
	return changed || alive ? TAKEN_UNKNOWN : TAKEN_NOT;
}

static enum taken compare_values(struct tally *t, struct json_object *before,
				 struct json_object *after, struct json_object *written,
				 bool alive)
{
	bool changed = !same(before, after);
	struct json_object *value, *old;
	const char *name, *old_name;

	if (is_object(after) && is_object(written)) {
		compare_keys(t, "", before, after, written);
		return verdict(t, changed || alive);
	}
	value = is_object(after) ? only_value(after, &name) : NULL;
	if (value && !is_array(written)) {
		old = is_object(before) ? only_value(before, &old_name) : NULL;
		compare_value(t, name, old, value, written);
		return verdict(t, changed);
	}
	if (is_object(written) && !is_object(after)) {
		value = only_value(written, &name);
		written = value ? value : written;
	}
	/* A text that has changed may be the answer to a command. */
	if (!alive && is_number(after) && is_number(written)) {
		compare_value(t, "it", before, after, written);
		return verdict(t, changed);
	}
	return compare_whole(changed, same(after, written), alive || is_text_value(after));
}

static bool same_bytes(const struct content *a, const struct content *b)
{
	return a->len == b->len && !memcmp(a->data, b->data, a->len);
}

static enum taken compare_bytes(const struct content *before, const struct content *after,
				const struct content *message)
{
	if (message->len != before->len)
		return TAKEN_UNKNOWN;
	return same_bytes(after, message) ? TAKEN_ALL : TAKEN_UNKNOWN;
}

enum taken compare_content(const struct content *before, const struct content *after,
			   const struct content *message, bool alive, char *why, size_t size)
{
	struct json_object *old = parse(before), *now = parse(after), *written = parse(message);
	struct tally t = { .text = why, .size = size };
	enum taken taken;

	why[0] = 0;
	if (old && now && written)
		taken = compare_values(&t, old, now, written, alive);
	else
		taken = compare_bytes(before, after, message);
	if (taken == TAKEN_NOT && !why[0])
		snprintf(why, size, "its content is what it was before");
	json_object_put(old);
	json_object_put(now);
	json_object_put(written);
	return taken;
}
