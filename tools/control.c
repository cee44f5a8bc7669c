// SPDX-License-Identifier: GPL-2.0-only
/*
 * omvctl get, set: V4L2 controls
 */
#include "omvctl.h"

#include <ctype.h>
#include <linux/videodev2.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/types.h>

/**
 * struct control - a control and its value
 * @info:   description by V4L2
 * @key:    name in the spelling of v4l2-ctl
 * @known:  @number or @text is valid
 * @number: value, unless the control is a string
 * @text:   value of a string
 */
struct control {
	struct v4l2_query_ext_ctrl info;
	char key[40];
	bool known;
	long long number;
	char text[1024];
};

/* ---- controls of a camera ---------------------------------------------------- */

/* Make the key from the name in the same way as v4l2-ctl. */
static void make_key(const char *name, char *key, size_t size)
{
	size_t len = 0;
	bool gap = false;

	for (; *name && len + 2 < size; name++) {
		if (!isalnum((unsigned char)*name)) {
			gap = len;
			continue;
		}
		if (gap)
			key[len++] = '_';
		gap = false;
		key[len++] = tolower((unsigned char)*name);
	}
	key[len] = 0;
}

static bool has_value(const struct v4l2_query_ext_ctrl *info)
{
	switch (info->type) {
	case V4L2_CTRL_TYPE_INTEGER:
	case V4L2_CTRL_TYPE_INTEGER64:
	case V4L2_CTRL_TYPE_BOOLEAN:
	case V4L2_CTRL_TYPE_MENU:
	case V4L2_CTRL_TYPE_INTEGER_MENU:
	case V4L2_CTRL_TYPE_BITMASK:
		return true;
	case V4L2_CTRL_TYPE_STRING:
		return info->maximum < (long long)sizeof(((struct control *)0)->text);
	default:
		return false;
	}
}

/* Get or set @c with the ioctl @request. */
static bool transfer(int fd, struct control *c, unsigned long request)
{
	struct v4l2_ext_control ext = { .id = c->info.id };
	struct v4l2_ext_controls ctrls = {
		.which = V4L2_CTRL_WHICH_CUR_VAL,
		.count = 1,
		.controls = &ext,
	};

	if (c->info.type == V4L2_CTRL_TYPE_STRING) {
		ext.size = c->info.maximum + 1;
		ext.string = c->text;
	} else if (c->info.type == V4L2_CTRL_TYPE_INTEGER64) {
		ext.value64 = c->number;
	} else {
		ext.value = c->number;
	}
	if (video_ioctl(fd, request, &ctrls))
		return false;
	if (c->info.type == V4L2_CTRL_TYPE_BITMASK)
		c->number = (unsigned int)ext.value;
	else if (c->info.type == V4L2_CTRL_TYPE_INTEGER64)
		c->number = ext.value64;
	else if (c->info.type != V4L2_CTRL_TYPE_STRING)
		c->number = ext.value;
	return true;
}

/* Return: false if there is no further control */
static bool next_control(int fd, struct control *c)
{
	unsigned int id = c->info.id;

	do {
		memset(c, 0, sizeof(*c));
		c->info.id = id | V4L2_CTRL_FLAG_NEXT_CTRL;
		if (video_ioctl(fd, VIDIOC_QUERY_EXT_CTRL, &c->info))
			return false;
		id = c->info.id;
	} while (c->info.flags & V4L2_CTRL_FLAG_DISABLED || !has_value(&c->info));
	make_key(c->info.name, c->key, sizeof(c->key));
	printable(c->info.name);
	if (!(c->info.flags & V4L2_CTRL_FLAG_WRITE_ONLY))
		c->known = transfer(fd, c, VIDIOC_G_EXT_CTRLS);
	return true;
}

static void find_control(int fd, struct control *c, const char *name)
{
	c->info.id = 0;
	while (next_control(fd, c))
		if (!strcasecmp(c->key, name) || !strcasecmp(c->info.name, name))
			return;
	warn("there is no control '%s'; the controls are:", name);
	c->info.id = 0;
	while (next_control(fd, c))
		fprintf(stderr, "    %s\n", c->key);
	exit(STATUS_FAILED);
}

/* Get the text of a menu item. Return: false if there is no such item */
static bool menu_item(int fd, const struct control *c, long long index, char *text, size_t size)
{
	struct v4l2_querymenu item = { .id = c->info.id, .index = index };

	if (index < c->info.minimum || index > c->info.maximum ||
	    video_ioctl(fd, VIDIOC_QUERYMENU, &item))
		return false;
	if (c->info.type == V4L2_CTRL_TYPE_INTEGER_MENU)
		snprintf(text, size, "%lld", (long long)item.value);
	else
		snprintf(text, size, "%.32s", (const char *)item.name);
	printable(text);
	return true;
}

static bool is_menu(const struct control *c)
{
	return c->info.type == V4L2_CTRL_TYPE_MENU ||
	       c->info.type == V4L2_CTRL_TYPE_INTEGER_MENU;
}

/* ---- get -------------------------------------------------------------- */

static const struct {
	unsigned int flag;
	const char *name;
} flag_names[] = {
	{ V4L2_CTRL_FLAG_INACTIVE, "inactive" },
	{ V4L2_CTRL_FLAG_READ_ONLY, "read-only" },
	{ V4L2_CTRL_FLAG_WRITE_ONLY, "write-only" },
	{ V4L2_CTRL_FLAG_GRABBED, "grabbed" },
	{ V4L2_CTRL_FLAG_VOLATILE, "volatile" },
};

static void value_text(int fd, const struct control *c, char *text, size_t size)
{
	if (!c->known)
		snprintf(text, size, "?");
	else if (c->info.type == V4L2_CTRL_TYPE_STRING)
		snprintf(text, size, "%s", c->text);
	else if (c->info.type == V4L2_CTRL_TYPE_BOOLEAN)
		snprintf(text, size, "%s", c->number ? "true" : "false");
	else if (!is_menu(c) || !menu_item(fd, c, c->number, text, size))
		snprintf(text, size, "%lld", c->number);
	printable(text);
}

static void print_control(int fd, const struct control *c, const char *indent)
{
	char text[sizeof(c->text)];

	value_text(fd, c, text, sizeof(text));
	printf("%s%s=%s", indent, c->key, text);
	for (size_t i = 0; i < ARRAY_SIZE(flag_names); i++)
		if (c->info.flags & flag_names[i].flag)
			printf(" (%s)", flag_names[i].name);
	putchar('\n');
}

static const char *type_name(const struct control *c)
{
	switch (c->info.type) {
	case V4L2_CTRL_TYPE_BOOLEAN:
		return "boolean";
	case V4L2_CTRL_TYPE_MENU:
		return "menu";
	case V4L2_CTRL_TYPE_INTEGER_MENU:
		return "integer menu";
	case V4L2_CTRL_TYPE_BITMASK:
		return "bitmask";
	case V4L2_CTRL_TYPE_INTEGER64:
		return "integer64";
	case V4L2_CTRL_TYPE_STRING:
		return "string";
	default:
		return "integer";
	}
}

static struct json_object *json_value(const struct control *c)
{
	if (!c->known)
		return NULL;
	if (c->info.type == V4L2_CTRL_TYPE_STRING)
		return json_object_new_string(c->text);
	if (c->info.type == V4L2_CTRL_TYPE_BOOLEAN)
		return json_object_new_boolean(c->number);
	return json_object_new_int64(c->number);
}

static void add_menu(int fd, const struct control *c, struct json_object *obj)
{
	struct json_object *menu = json_object_new_object();
	char text[64], index[24];

	for (long long i = c->info.minimum; i <= c->info.maximum; i++) {
		if (!menu_item(fd, c, i, text, sizeof(text)))
			continue;
		snprintf(index, sizeof(index), "%lld", i);
		json_add_string(menu, index, text);
	}
	json_object_object_add(obj, "menu", menu);
}

static struct json_object *describe_control(int fd, const struct control *c)
{
	struct json_object *obj = json_object_new_object(), *flags = json_object_new_array();

	json_add_string(obj, "name", c->info.name);
	json_add_string(obj, "type", type_name(c));
	json_object_object_add(obj, "value", json_value(c));
	json_add_int(obj, "minimum", c->info.minimum);
	json_add_int(obj, "maximum", c->info.maximum);
	json_add_int(obj, "step", c->info.step);
	if (c->info.type != V4L2_CTRL_TYPE_STRING)
		json_add_int(obj, "default", c->info.default_value);
	for (size_t i = 0; i < ARRAY_SIZE(flag_names); i++)
		if (c->info.flags & flag_names[i].flag)
			json_object_array_add(flags, json_object_new_string(flag_names[i].name));
	json_object_object_add(obj, "flags", flags);
	if (is_menu(c))
		add_menu(fd, c, obj);
	return obj;
}

struct json_object *controls_describe(int fd)
{
	struct json_object *obj = json_object_new_object();
	struct control c = { };

	while (next_control(fd, &c))
		json_object_object_add(obj, c.key, describe_control(fd, &c));
	return obj;
}

void controls_print(int fd, const char *indent)
{
	struct control c = { };

	while (next_control(fd, &c))
		print_control(fd, &c, indent);
}

int do_get(const struct args *args)
{
	int fd = open_video(pick_camera(args, true));
	struct json_object *obj;
	struct control c;

	if (!args->count && !args->json)
		controls_print(fd, "");
	obj = args->count ? json_object_new_object() : controls_describe(fd);
	for (int i = 0; i < args->count; i++) {
		find_control(fd, &c, args->word[i]);
		if (args->json)
			json_object_object_add(obj, c.key, describe_control(fd, &c));
		else
			print_control(fd, &c, "");
	}
	if (args->json)
		json_document(obj);
	else
		json_object_put(obj);
	return 0;
}

/* ---- set -------------------------------------------------------------- */

static __attribute__((noreturn)) void out_of_range(const struct control *c, const char *value)
{
	if (c->info.type == V4L2_CTRL_TYPE_BITMASK)
		die(STATUS_FAILED, "%s=%s: only the bits of 0x%llx can be set", c->key, value,
		    (unsigned long long)c->info.maximum);
	if (c->info.step > 1)
		die(STATUS_FAILED, "%s=%s: must be a number from %lld to %lld, in steps of %llu",
		    c->key, value, (long long)c->info.minimum, (long long)c->info.maximum,
		    (unsigned long long)c->info.step);
	die(STATUS_FAILED, "%s=%s: must be a number from %lld to %lld", c->key, value,
	    (long long)c->info.minimum, (long long)c->info.maximum);
}

static void parse_number(struct control *c, const char *value)
{
	bool bits = c->info.type == V4L2_CTRL_TYPE_BITMASK;
	char *end;

	errno = 0;
	c->number = strtoll(value, &end, 0);
	if (end == value || *end || errno)
		out_of_range(c, value);
	if (bits ? c->number & ~(long long)(unsigned int)c->info.maximum :
		   c->number < c->info.minimum || c->number > c->info.maximum)
		out_of_range(c, value);
}

static void parse_boolean(struct control *c, const char *value)
{
	static const char *const words[] = { "0", "1", "false", "true", "off", "on", "no", "yes" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!strcasecmp(words[i], value)) {
			c->number = i % 2;
			return;
		}
	}
	die(STATUS_FAILED, "%s=%s: must be true or false (or on, off, 1, 0)", c->key, value);
}

/* @value is the text of the item, or its index. */
static void parse_menu(int fd, struct control *c, const char *value)
{
	char text[64], *end;
	long long index;

	for (index = c->info.minimum; index <= c->info.maximum; index++) {
		if (menu_item(fd, c, index, text, sizeof(text)) && !strcasecmp(text, value)) {
			c->number = index;
			return;
		}
	}
	c->number = strtoll(value, &end, 10);
	if (end != value && !*end && menu_item(fd, c, c->number, text, sizeof(text)))
		return;
	warn("%s=%s: must be one of these items, or its number:", c->key, value);
	for (index = c->info.minimum; index <= c->info.maximum; index++)
		if (menu_item(fd, c, index, text, sizeof(text)))
			fprintf(stderr, "    %lld: %s\n", index, text);
	exit(STATUS_FAILED);
}

static void parse_string(struct control *c, const char *value)
{
	long long len = strlen(value);

	if (len < c->info.minimum || len > c->info.maximum)
		die(STATUS_FAILED, "%s: the text has %lld bytes; it must have %lld to %lld", c->key,
		    len, (long long)c->info.minimum, (long long)c->info.maximum);
	strcpy(c->text, value);
}

static void parse_value(int fd, struct control *c, const char *value)
{
	if (c->info.flags & V4L2_CTRL_FLAG_READ_ONLY)
		die(STATUS_FAILED, "%s is read-only", c->key);
	if (c->info.type == V4L2_CTRL_TYPE_STRING)
		parse_string(c, value);
	else if (c->info.type == V4L2_CTRL_TYPE_BOOLEAN)
		parse_boolean(c, value);
	else if (is_menu(c))
		parse_menu(fd, c, value);
	else
		parse_number(c, value);
}

static __attribute__((noreturn)) void not_set(const struct control *c, const char *value, int err)
{
	switch (err) {
	case ENODEV:
		die(STATUS_NO_CAMERA, "the camera was unplugged");
	case EIO:
		die(STATUS_FAILED, "%s=%s: the camera refused the value", c->key, value);
	case EBUSY:
		die(STATUS_FAILED, "%s cannot be changed while a program streams", c->key);
	case ERANGE:
	case EINVAL:
		out_of_range(c, value);
	default:
		die(STATUS_FAILED, "%s=%s: %s", c->key, value, strerror(err));
	}
}

static void set(int fd, struct control *c, const char *value)
{
	char text[sizeof(c->text)];
	struct control asked = *c;

	if (!transfer(fd, c, VIDIOC_S_EXT_CTRLS))
		not_set(c, value, errno);
	if (c->info.flags & V4L2_CTRL_FLAG_INACTIVE)
		warn("%s is inactive: the value takes effect when it becomes active", c->key);
	c->known = !(c->info.flags & V4L2_CTRL_FLAG_WRITE_ONLY) &&
		   transfer(fd, c, VIDIOC_G_EXT_CTRLS);
	if (!c->known || (asked.number == c->number && !strcmp(asked.text, c->text)))
		return;
	value_text(fd, c, text, sizeof(text));
	warn("%s was set to %s instead of %s", c->key, text, value);
}

static int split(const char *word, char *key, size_t size)
{
	const char *equal = strchr(word, '=');

	if (!equal || equal == word || (size_t)(equal - word) >= size)
		die(STATUS_USAGE, "'%s' is not KEY=VALUE", word);
	snprintf(key, size, "%.*s", (int)(equal - word), word);
	return equal + 1 - word;
}

int do_set(const struct args *args)
{
	int fd = open_video(pick_camera(args, true));
	struct json_object *obj = json_object_new_object();
	struct control *all;
	char key[64];
	int value;

	all = must(calloc(args->count, sizeof(*all)));
	/* Parse all values before the first one is set. */
	for (int i = 0; i < args->count; i++) {
		value = split(args->word[i], key, sizeof(key));
		find_control(fd, &all[i], key);
		parse_value(fd, &all[i], args->word[i] + value);
	}
	for (int i = 0; i < args->count; i++) {
		set(fd, &all[i], strchr(args->word[i], '=') + 1);
		json_object_object_add(obj, all[i].key, json_value(&all[i]));
	}
	free(all);
	if (args->json)
		json_document(obj);
	else
		json_object_put(obj);
	return 0;
}
