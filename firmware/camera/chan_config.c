// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include <ctype.h>
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "channels.h"

/* The document. */

/* Print with the same spaces as Python, unlike json-c. Return: false if @text is too small */
static bool print_doc(struct json_object *doc, char *text, size_t size)
{
	const int flags = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;
	const char *before = "{";
	size_t len = 0;

	json_object_object_foreach(doc, key, value) {
		struct json_object *name = json_object_new_string(key);

		len += snprintf(text + len, size - len, "%s%s: ", before,
				json_object_to_json_string_ext(name, flags));
		json_object_put(name);
		if (len >= size)
			return false;
		len += snprintf(text + len, size - len, "%s",
				json_object_to_json_string_ext(value, flags));
		if (len >= size)
			return false;
		before = ", ";
	}
	len += snprintf(text + len, size - len, "%s}", len ? "" : before);
	return len < size;
}

/* Floats have 32 bits on a microcontroller: print seven digits. */
static struct json_object *new_float(double value)
{
	char text[32];

	snprintf(text, sizeof(text), "%.7g", value);
	if (!strpbrk(text, ".en"))
		strcat(text, ".0");
	return json_object_new_double_s(value, text);
}

/* Return: the value of the whole text; NULL for null, and with *@error set for invalid JSON */
static struct json_object *parse_json(const char *text, u32 len, enum json_tokener_error *error)
{
	struct json_tokener *tok = json_tokener_new_ex(16);
	struct json_object *root;
	size_t end;

	*error = json_tokener_error_size;
	if (!tok)
		return NULL;
	root = json_tokener_parse_ex(tok, text, len);
	end = json_tokener_get_parse_end(tok);
	/* A number is complete for the parser only after the end of the text. */
	if (json_tokener_get_error(tok) == json_tokener_continue)
		root = json_tokener_parse_ex(tok, "", 1);
	*error = json_tokener_get_error(tok);
	while (end < len && isspace((unsigned char)text[end]))
		end++;
	if (*error == json_tokener_success && end < len)
		*error = json_tokener_error_parse_unexpected;
	if (*error != json_tokener_success) {
		json_object_put(root);
		root = NULL;
	}
	json_tokener_free(tok);
	return root;
}

static struct json_object *find(struct json_object *doc, const char *key)
{
	return json_object_object_get(doc, key);
}

static struct json_object *fitting(struct json_object *old, struct json_object *value);

/* Return: @old, an object with a range or options, with a new value; NULL if it is impossible */
static struct json_object *with_value(struct json_object *old, struct json_object *value)
{
	struct json_object *options = find(old, "options"), *next = json_object_new_object();
	struct json_object *fit = options ? NULL : fitting(find(old, "value"), value);

	for (size_t i = 0; !fit && options && i < json_object_array_length(options); i++) {
		if (json_object_equal(json_object_array_get_idx(options, i), value))
			fit = json_object_get(value);
	}
	json_object_object_foreach(old, key, member)
		json_object_object_add(next, key, json_object_get(member));
	if (fit) {
		json_object_object_add(next, "value", fit);
		return next;
	}
	json_object_put(next);
	return NULL;
}

/* Return: @value converted to the type of @old, NULL if that is impossible */
static struct json_object *fitting(struct json_object *old, struct json_object *value)
{
	double number = json_object_get_double(value);
	bool is_float = json_object_is_type(value, json_type_double);

	if (json_object_is_type(old, json_type_object) &&
	    !json_object_is_type(value, json_type_object))
		return with_value(old, value);
	if (json_object_is_type(old, json_type_double)) {
		if (!is_float && !json_object_is_type(value, json_type_int))
			return NULL;
		return isfinite(number) ? new_float(number) : NULL;
	}
	if (!old || json_object_get_type(old) != json_object_get_type(value))
		return NULL;
	return json_object_get(value);
}

static struct json_object *clamped(const struct config_rule *rule, struct json_object *value)
{
	double number = json_object_get_double(value);
	double limit = fmax(rule->min, fmin(rule->max, number));

	if (limit == number)
		return value;
	if (json_object_is_type(value, json_type_double)) {
		json_object_put(value);
		return new_float(limit);
	}
	if (json_object_is_type(value, json_type_int)) {
		json_object_put(value);
		return json_object_new_int64(limit);
	}
	return value;
}

static const struct config_rule *find_rule(const struct config_options *o, const char *key)
{
	for (u32 i = 0; o && i < o->rule_count; i++) {
		if (!strcmp(o->rules[i].key, key))
			return &o->rules[i];
	}
	return NULL;
}

static bool quality_possible(struct json_object *value)
{
	s64 quality = json_object_get_int64(value);

	return json_object_is_type(value, json_type_int) && quality >= 1 && quality <= 100;
}

/* Return: the new value of a key, NULL if that is impossible */
static struct json_object *next_value(const struct config_options *o, const char *key,
				      struct json_object *old, struct json_object *written)
{
	const struct config_rule *rule = find_rule(o, key);
	struct json_object *value = fitting(old, written);

	if (value && rule && rule->fixed) {
		json_object_put(value);
		return json_object_get(old);
	}
	if (value && rule)
		value = clamped(rule, value);
	if (value && !strcmp(key, "quality") && !quality_possible(value)) {
		json_object_put(value);
		return NULL;
	}
	return value;
}

/*
 * Apply @written to a copy of the document. Unknown keys are ignored. @o has the rules, or is
 * NULL. Return: the new document, NULL if a value is impossible
 */
static struct json_object *merge(struct json_object *doc, const struct config_options *o,
				 struct json_object *written)
{
	struct json_object *next = json_object_new_object(), *value;
	char text[CONFIG_TEXT_MAX];
	bool good = true;

	json_object_object_foreach(doc, key, old) {
		if (json_object_object_get_ex(written, key, &value)) {
			value = next_value(o, key, old, value);
			good &= !!value;
		} else {
			value = json_object_get(old);
		}
		json_object_object_add(next, key, value);
	}
	if (good && print_doc(next, text, sizeof(text)))
		return next;
	json_object_put(next);
	return NULL;
}

static void accept(struct config_channel *ch, struct json_object *next)
{
	struct json_object *quality = find(next, "quality");

	json_object_put(ch->doc);
	ch->doc = next;
	if (quality)
		ch->quality = json_object_get_int64(quality);
	if (ch->changed)
		ch->changed(ch->ctx, ch->quality);
}

/* The channel. */

static u32 config_size(void *priv)
{
	struct config_channel *ch = priv;

	ch->text_len = 0;
	if (ch->opt.form == CONFIG_JSON && print_doc(ch->doc, ch->text, sizeof(ch->text)))
		ch->text_len = strlen(ch->text);
	return ch->text_len;
}

static s32 config_read(void *priv, u32 offset, void *buf, u32 len)
{
	const struct config_channel *ch = priv;

	return channel_copy(ch->text, ch->text_len, offset, buf, len);
}

/* Parse a quality as Python's int() does. Return: the number, or -1 */
static int parse_number(const char *text, u32 len)
{
	u32 digits = 0;
	s64 value = 0;

	while (len && isspace((unsigned char)text[len - 1]))
		len--;
	while (len && isspace((unsigned char)*text))
		text++, len--;
	if (len && *text == '+')
		text++, len--;
	for (; digits < len && isdigit((unsigned char)text[digits]) && value < 1000; digits++)
		value = value * 10 + text[digits] - '0';
	return digits && digits == len ? value : -1;
}

/* Return: the written text as an object; NULL if a script's write() would raise an exception */
static struct json_object *parse(const struct config_channel *ch, const char *text, u32 len)
{
	enum json_tokener_error error;
	struct json_object *root;

	if (ch->opt.form == CONFIG_JSON) {
		root = parse_json(text, len, &error);
		if (json_object_is_type(root, json_type_object))
			return root;
		json_object_put(root);
		return NULL;
	}
	root = json_object_new_object();
	json_object_object_add(root, "quality", json_object_new_int(parse_number(text, len)));
	return root;
}

static s32 config_write(void *priv, u32 offset, const void *buf, u32 len)
{
	struct config_channel *ch = priv;
	enum config_refuse refuse = ch->opt.refuse;
	struct json_object *written = parse(ch, buf, len);
	struct json_object *next = written ? merge(ch->doc, &ch->opt, written) : NULL;

	(void)offset;
	json_object_put(written);
	if (!next || refuse == CONFIG_REFUSE_ACK || refuse == CONFIG_REFUSE_NAK) {
		json_object_put(next);
		ch->refused++;
		return refuse == CONFIG_REFUSE_NAK ? -1 : (s32)len;
	}
	ch->accepted++;
	accept(ch, next);
	return refuse == CONFIG_APPLY_NAK ? -1 : (s32)len;
}

const struct omv_channel_ops config_ops = {
	.size = config_size,
	.read = config_read,
	.write = config_write,
};

/* Return: the initial document; NULL if it is wrong, and *@why is set */
static struct json_object *first_doc(const struct config_options *o, const char **why)
{
	const char *json = *o->json ? o->json : "{\"quality\": 85}";
	enum json_tokener_error error;
	struct json_object *doc = parse_json(json, strlen(json), &error), *quality;

	if (error != json_tokener_success) {
		*why = json_tokener_error_desc(error);
	} else if (!json_object_is_type(doc, json_type_object)) {
		*why = "not an object such as {\"exposure\": 1000}";
	} else if (json_object_object_get_ex(doc, "quality", &quality) &&
		   !quality_possible(quality)) {
		*why = "\"quality\" must be a number from 1 to 100";
	} else {
		return doc;
	}
	json_object_put(doc);
	return NULL;
}

/* Give floats the format that they have after a write. */
static struct json_object *tidy(struct json_object *doc, u8 quality)
{
	struct json_object *tidied = json_object_new_object();

	json_object_object_foreach(doc, key, value) {
		if (!strcmp(key, "quality"))
			value = json_object_new_int(quality);
		else if (json_object_is_type(value, json_type_double))
			value = new_float(json_object_get_double(value));
		else
			json_object_get(value);
		json_object_object_add(tidied, key, value);
	}
	json_object_put(doc);
	return tidied;
}

void config_channel_init(struct config_channel *ch, const struct config_options *o, u8 quality)
{
	const char *why;

	config_channel_free(ch);
	ch->opt = *o;
	ch->quality = quality;
	ch->text_len = 0;
	ch->doc = tidy(first_doc(o, &why), quality);
}

void config_channel_free(struct config_channel *ch)
{
	json_object_put(ch->doc);
	ch->doc = NULL;
	ch->id = 0;
}

bool config_channel_set(struct config_channel *ch, const char *key, const char *text)
{
	struct json_object *written = json_object_new_object(), *value, *next;
	enum json_tokener_error error;

	value = parse_json(text, strlen(text), &error);
	if (error != json_tokener_success)
		value = json_object_new_string(text);
	json_object_object_add(written, key, value);
	next = find(ch->doc, key) ? merge(ch->doc, NULL, written) : NULL;
	json_object_put(written);
	if (!next)
		return false;
	accept(ch, next);
	omv_device_event(ch->dev, ch->id, OMV_EV_NOTIFY);
	return true;
}

void config_channel_print(const struct config_channel *ch, char *text, size_t size)
{
	if (!print_doc(ch->doc, text, size))
		*text = 0;
}

bool config_channel_flag(const struct config_channel *ch, const char *key)
{
	return ch->doc && json_object_is_type(find(ch->doc, key), json_type_boolean) &&
	       json_object_get_boolean(find(ch->doc, key));
}

/* Options. */

bool config_quality(const struct config_options *o, u8 *quality, char *why, size_t size)
{
	const char *what;
	struct json_object *doc = first_doc(o, &what), *value;
	bool good = doc;

	if (!good)
		snprintf(why, size, "--config-json %s: %s", o->json, what);
	else if (json_object_object_get_ex(doc, "quality", &value))
		*quality = json_object_get_int(value);
	json_object_put(doc);
	return good;
}

bool config_check(const struct config_options *o, char *why, size_t size)
{
	const char *what;
	struct json_object *doc = first_doc(o, &what);
	bool good = doc;

	for (u32 i = 0; good && i < o->rule_count; i++) {
		good = json_object_object_get_ex(doc, o->rules[i].key, NULL);
		if (!good)
			snprintf(why, size, "--config-%s %s: no such key in the config",
				 o->rules[i].fixed ? "fixed" : "clamp", o->rules[i].key);
	}
	if (good && o->form != CONFIG_JSON && (*o->json || o->rule_count)) {
		snprintf(why, size, "keys are possible only with --config json");
		good = false;
	}
	json_object_put(doc);
	return good;
}

bool config_rule_parse(struct config_options *o, const char *arg, bool clamp, char *why,
		       size_t size)
{
	struct config_rule rule = { .fixed = !clamp };
	size_t len = clamp ? strcspn(arg, "=") : strlen(arg);
	char rest;

	if (o->rule_count == CONFIG_RULES) {
		snprintf(why, size, "%s: at most %u rules are possible", arg, CONFIG_RULES);
		return false;
	}
	if (!len || len >= sizeof(rule.key) ||
	    (clamp && (sscanf(arg + len, "=%lf:%lf%c", &rule.min, &rule.max, &rest) != 2 ||
		       !(rule.min <= rule.max)))) {
		snprintf(why, size, "%s: expected %s", arg,
			 clamp ? "KEY=MIN:MAX, e.g. gain=0.5:16" : "KEY, e.g. gain");
		return false;
	}
	memcpy(rule.key, arg, len);
	o->rules[o->rule_count++] = rule;
	return true;
}
