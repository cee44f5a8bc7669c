// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "script.h"

#include <stdio.h>
#include <stdlib.h>

#include "raw.h"

const struct script script_default = {
	.width = 640,
	.height = 480,
	.fps = 30,
	.sensor = OMV_PIX_RGB565,
	.quality = CONFIG_QUALITY_DEFAULT,
	.config = { .form = CONFIG_JSON },
	.snapshot = true,
	.frame = true,
	.frame_format = OMV_PIX_JPEG,
	.extras = { .telemetry_ms = TELEMETRY_PERIOD_MS, .widgets_name = "ui" },
};

/**
 * struct ask - an option that is being parsed
 * @name: name of the option
 * @arg:  its argument
 * @why:  buffer for an error message
 * @size: size of @why
 */
struct ask {
	const char *name;
	const char *arg;
	char *why;
	size_t size;
};

static int number(const struct ask *a, u32 *value, u32 min, u32 max)
{
	unsigned long long v;
	char *end;

	errno = 0;
	v = strtoull(a->arg, &end, 10);
	if (*a->arg < '0' || *a->arg > '9' || *end || errno || v < min || v > max) {
		snprintf(a->why, a->size, "--%s %s: must be a number from %u to %u", a->name,
			 a->arg, min, max);
		return -1;
	}
	*value = v;
	return 2;
}

/* Set *@index to the index of the argument in @words, which ends with NULL. */
static int word(const struct ask *a, u32 *index, const char *const *words)
{
	size_t len;

	for (u32 i = 0; words[i]; i++) {
		if (!strcmp(words[i], a->arg)) {
			*index = i;
			return 2;
		}
	}
	snprintf(a->why, a->size, "--%s %s: must be one of", a->name, a->arg);
	for (u32 i = 0; words[i]; i++) {
		len = strlen(a->why);
		snprintf(a->why + len, a->size - len, "%s %s", i ? "," : "", words[i]);
	}
	return -1;
}

static int format(const struct ask *a, u32 *pixfmt)
{
	u32 f = raw_format(a->arg);

	if (!f) {
		snprintf(a->why, a->size, "--%s %s: must be one of %s", a->name, a->arg, raw_names());
		return -1;
	}
	*pixfmt = f;
	return 2;
}

static int sensor(const struct ask *a, u32 *pixfmt)
{
	u32 f = 0;

	if (!strcmp(a->arg, "jpeg") || !strcmp(a->arg, "grayscale") || !strcmp(a->arg, "rgb565"))
		f = raw_format(a->arg);
	if (!f) {
		snprintf(a->why, a->size, "--%s %s: must be one of jpeg, grayscale, rgb565", a->name,
			 a->arg);
		return -1;
	}
	*pixfmt = f;
	return 2;
}

static int picture_size(const struct ask *a, struct script *s)
{
	char rest;

	if (sscanf(a->arg, "%5ux%5u%c", &s->width, &s->height, &rest) != 2) {
		snprintf(a->why, a->size, "--%s %s: expected WxH, e.g. 640x480", a->name, a->arg);
		return -1;
	}
	return 2;
}

static int config_json(const struct ask *a, struct script *s)
{
	if (strlen(a->arg) >= sizeof(s->config.json)) {
		snprintf(a->why, a->size, "--%s: at most %zu bytes are possible", a->name,
			 sizeof(s->config.json) - 1);
		return -1;
	}
	strcpy(s->config.json, a->arg);
	return config_quality(&s->config, &s->quality, a->why, a->size) ? 2 : -1;
}

static int store(const struct ask *a, struct extras_options *o)
{
	int len = snprintf(a->why, a->size, "--%s ", a->name);

	if (o->store_count == EXTRAS_STORES) {
		snprintf(a->why, a->size, "--%s %s: at most %u are possible", a->name, a->arg,
			 EXTRAS_STORES);
		return -1;
	}
	if (!store_parse(&o->stores[o->store_count], a->arg, a->why + len, a->size - len))
		return -1;
	o->store_count++;
	return 2;
}

static int picture(const struct ask *a, struct extras_options *o)
{
	int len = snprintf(a->why, a->size, "--%s ", a->name);

	if (o->picture_count == EXTRAS_PICTURES) {
		snprintf(a->why, a->size, "--%s %s: at most %u are possible", a->name, a->arg,
			 EXTRAS_PICTURES);
		return -1;
	}
	if (!picture_parse(&o->pictures[o->picture_count], a->arg, a->why + len, a->size - len))
		return -1;
	o->picture_count++;
	return 2;
}

static int channel_name(const struct ask *a, char *name)
{
	size_t len = strlen(a->arg);

	if (!len || len >= OMV_NAME_SIZE) {
		snprintf(a->why, a->size, "--%s %s: a name has 1 to %u bytes", a->name, a->arg,
			 OMV_NAME_SIZE - 1);
		return -1;
	}
	memcpy(name, a->arg, len + 1);
	return 2;
}

static int frame_shape(const struct ask *a, struct script *s)
{
	int len = snprintf(a->why, a->size, "--%s ", a->name);

	return frame_shape_parse(&s->frame_shape, a->arg, a->why + len, a->size - len) ? 2 : -1;
}

static int config_rule(const struct ask *a, struct script *s)
{
	int len = snprintf(a->why, a->size, "--%s ", a->name);
	bool clamp = !strcmp(a->name, "config-clamp");

	return config_rule_parse(&s->config, a->arg, clamp, a->why + len, a->size - len) ? 2 : -1;
}

static int of_channels(struct script *s, const struct ask *a)
{
	const char *name = a->name;

	if (!strcmp(name, "config-json"))
		return config_json(a, s);
	if (!strcmp(name, "config-clamp") || !strcmp(name, "config-fixed"))
		return config_rule(a, s);
	if (!strcmp(name, "frame-shape"))
		return frame_shape(a, s);
	if (!strcmp(name, "telemetry-ms"))
		return number(a, &s->extras.telemetry_ms, 0, 3600000);
	if (!strcmp(name, "widgets-name"))
		return channel_name(a, s->extras.widgets_name);
	if (!strcmp(name, "channel"))
		return store(a, &s->extras);
	if (!strcmp(name, "picture"))
		return picture(a, &s->extras);
	return 0;
}

static int with_argument(struct script *s, const struct ask *a)
{
	static const char *const forms[] = { "number", "json", "none", NULL };
	static const char *const refusals[] = { "ack", "nak", "nak-applied", NULL };
	const char *name = a->name;
	u32 value = 0;
	int taken;

	if (!strcmp(name, "size"))
		return picture_size(a, s);
	if (!strcmp(name, "fps"))
		return number(a, &s->fps, 0, 1000);
	if (!strcmp(name, "sensor"))
		return sensor(a, &s->sensor);
	if (!strcmp(name, "print"))
		return number(a, &s->print, 0, 1000000);
	if (!strcmp(name, "frames"))
		return number(a, &s->frames, 0, 1000000);
	if (!strcmp(name, "hang"))
		return number(a, &s->hang, 0, 1000000);
	if (!strcmp(name, "frame-format"))
		return format(a, &s->frame_format);
	if (!strcmp(name, "quality")) {
		taken = number(a, &value, 1, 100);
		if (taken > 0)
			s->quality = value;
		return taken;
	}
	if (!strcmp(name, "config")) {
		taken = word(a, &value, forms);
		if (taken > 0)
			s->config.form = value;
		return taken;
	}
	if (!strcmp(name, "config-refuse")) {
		taken = word(a, &value, refusals);
		if (taken > 0)
			s->config.refuse = 1 + value;
		return taken;
	}
	return of_channels(s, a);
}

static bool *flag(struct script *s, const char *name)
{
	const struct {
		const char *name;
		bool *flag;
	} flags[] = {
		{ "frame-header", &s->frame_header },
		{ "frame-read", &s->frame_read },
		{ "frame-lock", &s->frame_lock },
		{ "no-events", &s->no_events },
		{ "one-buffer", &s->one_buffer },
		{ "no-dht", &s->no_dht },
		{ "crash", &s->crash },
		{ "histogram", &s->extras.histogram },
		{ "telemetry", &s->extras.telemetry },
		{ "trigger", &s->extras.trigger },
		{ "widgets", &s->extras.widgets },
		{ "widgets-on-read", &s->extras.widgets_on_read },
	};

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		if (!strcmp(flags[i].name, name))
			return flags[i].flag;
	}
	return NULL;
}

int script_option(struct script *s, const char *name, const char *arg, char *why, size_t size)
{
	const struct ask ask = { name, arg ? arg : "", why, size };
	bool *f = flag(s, name);

	if (f) {
		*f = true;
		return 1;
	}
	if (!strcmp(name, "no-frame")) {
		s->frame = false;
		return 1;
	}
	return with_argument(s, &ask);
}

bool script_check(const struct script *s, char *why, size_t size)
{
	u32 count = OMV_CH_STREAM + 1 + extras_count(&s->extras);

	if (s->frame)
		count += 1 + (s->config.form != CONFIG_NONE);
	if (count > OMV_MAX_CHANNELS) {
		snprintf(why, size, "%u channels including usb, stdin, stdout and stream: the limit is %u",
			 count, OMV_MAX_CHANNELS);
		return false;
	}
	return config_check(&s->config, why, size);
}

/* Return: the next word, NUL-terminated in place; NULL at the end. '...' quotes spaces. */
static char *next_word(char **at)
{
	char *word = *at + strspn(*at, " \t\r\n"), *to = word;
	bool quoted = false;

	if (!*word)
		return NULL;
	for (*at = word; **at && (quoted || !strchr(" \t\r\n", **at)); ++*at) {
		if (**at == '\'')
			quoted = !quoted;
		else
			*to++ = **at;
	}
	if (**at)
		++*at;
	*to = 0;
	return word;
}

bool script_parse(struct script *s, char *text, char *why, size_t size)
{
	char *word = next_word(&text), *next;
	int taken;

	for (; word; word = next) {
		next = next_word(&text);
		taken = strncmp(word, "--", 2) ? 0 : script_option(s, word + 2, next, why, size);
		if (!taken)
			snprintf(why, size, "\"%s\" is not an option of a script", word);
		if (taken < 1)
			return false;
		if (taken == 2)
			next = next_word(&text);
	}
	return script_check(s, why, size);
}
