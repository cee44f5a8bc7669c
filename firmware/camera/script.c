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
	.config = CONFIG_JSON,
	.snapshot = true,
	.frame = true,
	.frame_format = OMV_PIX_JPEG,
};

/**
 * struct ask - an option being read
 * @name: of the option
 * @arg:  its argument
 * @why:  for what is wrong with it
 * @size: of @why
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
		snprintf(a->why, a->size, "--%s %s: a number from %u to %u is possible", a->name,
			 a->arg, min, max);
		return -1;
	}
	*value = v;
	return 2;
}

/* @words ends with NULL. */
static int word(const struct ask *a, u32 *index, const char *const *words)
{
	size_t len;

	for (u32 i = 0; words[i]; i++) {
		if (!strcmp(words[i], a->arg)) {
			*index = i;
			return 2;
		}
	}
	snprintf(a->why, a->size, "--%s %s: there are", a->name, a->arg);
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
		snprintf(a->why, a->size, "--%s %s: there are %s", a->name, a->arg, raw_names());
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
		snprintf(a->why, a->size, "--%s %s: there are jpeg, grayscale, rgb565", a->name,
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
		snprintf(a->why, a->size, "--%s %s: a size looks like 640x480", a->name, a->arg);
		return -1;
	}
	return 2;
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
			s->config = value;
		return taken;
	}
	if (!strcmp(name, "config-refuse")) {
		taken = word(a, &value, refusals);
		if (taken > 0)
			s->refuse = 1 + value;
		return taken;
	}
	return 0;
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
		{ "no-dht", &s->no_dht },
		{ "crash", &s->crash },
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

bool script_parse(struct script *s, char *text, char *why, size_t size)
{
	char *save = NULL, *word = strtok_r(text, " \t\r\n", &save), *next;
	int taken;

	for (; word; word = next) {
		next = strtok_r(NULL, " \t\r\n", &save);
		taken = strncmp(word, "--", 2) ? 0 : script_option(s, word + 2, next, why, size);
		if (!taken)
			snprintf(why, size, "\"%s\" is nothing that a script can do", word);
		if (taken < 1)
			return false;
		if (taken == 2)
			next = strtok_r(NULL, " \t\r\n", &save);
	}
	return true;
}
