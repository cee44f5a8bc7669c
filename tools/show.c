// SPDX-License-Identifier: GPL-2.0-only
/*
 * omvctl list, picture, info, stats
 */
#include "omvctl.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEBUGFS	"/sys/kernel/debug"

#define COUNTERS_MAX	64

/* ---- debugfs ---------------------------------------------------------- */

FILE *debugfs_open(const struct camera *cam, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), DEBUGFS "/openmv/%s/%s", cam->interface, name);
	return fopen(path, "re");
}

struct counter {
	char name[32];
	unsigned long long value;
};

struct counters {
	struct counter counter[COUNTERS_MAX];
	unsigned int count;
};

static bool read_counters(const struct camera *cam, struct counters *all)
{
	FILE *f = debugfs_open(cam, "counters");
	struct counter *c = all->counter;

	all->count = 0;
	if (!f)
		return false;
	while (all->count < COUNTERS_MAX && fscanf(f, " %31[^:]: %llu", c->name, &c->value) == 2) {
		all->count++;
		c++;
	}
	fclose(f);
	return true;
}

/**
 * struct session - state of a camera's session, from debugfs
 * @state:      state of the session; the driver that is bound if debugfs cannot be read
 * @protocol:   protocol version, or ""
 * @firmware:   firmware version, or ""
 * @bootloader: bootloader version, or ""
 * @payload:    maximum payload in bytes, in use and of the camera: "4082 of 4082", or ""
 */
struct session {
	char state[32];
	char protocol[24];
	char firmware[24];
	char bootloader[24];
	char payload[32];
};

static void read_session(const struct camera *cam, struct session *s)
{
	const struct {
		const char *key;
		char *value;
		size_t size;
	} words[] = {
		{ "state", s->state, sizeof(s->state) },
		{ "protocol", s->protocol, sizeof(s->protocol) },
		{ "firmware", s->firmware, sizeof(s->firmware) },
		{ "bootloader", s->bootloader, sizeof(s->bootloader) },
		{ "max_payload", s->payload, sizeof(s->payload) },
	};
	char key[32], value[32];
	FILE *f = debugfs_open(cam, "state");

	memset(s, 0, sizeof(*s));
	strcpy(s->state, cam->attached ? "attached" : "detached");
	if (!f)
		return;
	while (fscanf(f, " %31[^:]: %31[^\n]", key, value) == 2)
		for (size_t i = 0; i < ARRAY_SIZE(words); i++)
			if (!strcmp(words[i].key, key))
				snprintf(words[i].value, words[i].size, "%s", value);
	fclose(f);
}

/* ---- a camera --------------------------------------------------------- */

static void add_some(struct json_object *obj, const char *key, const char *value)
{
	if (value[0])
		json_add_string(obj, key, value);
}

static struct json_object *describe_channel(const struct camera *cam, const struct channel *ch)
{
	struct json_object *obj = json_object_new_object();
	char path[128];

	json_add_string(obj, "channel", ch->name);
	json_add_int(obj, "id", ch->id);
	json_add_string(obj, "flags", channel_flags(ch));
	if (ch->node[0]) {
		channel_path(cam, ch, path, sizeof(path));
		json_add_string(obj, "node", path);
	}
	add_some(obj, "picture", ch->picture);
	add_some(obj, "video", ch->video);
	return obj;
}

static struct json_object *describe(const struct camera *cam, const struct session *s)
{
	struct json_object *obj = json_object_new_object(), *list = json_object_new_array();

	json_add_string(obj, "camera", cam->name);
	json_add_string(obj, "product", cam->product);
	json_add_string(obj, "usb", cam->usb);
	add_some(obj, "driver", cam->driver);
	json_add_string(obj, "state", s->state);
	add_some(obj, "video", cam->video);
	add_some(obj, "tty", cam->tty);
	add_some(obj, "protocol", s->protocol);
	add_some(obj, "firmware", s->firmware);
	add_some(obj, "bootloader", s->bootloader);
	for (unsigned int i = 0; i < cam->channels; i++)
		json_object_array_add(list, describe_channel(cam, &cam->channel[i]));
	json_object_object_add(obj, "channels", list);
	return obj;
}

static void print_channel(const struct camera *cam, const struct channel *ch)
{
	char path[128];

	if (ch->node[0])
		channel_path(cam, ch, path, sizeof(path));
	else
		snprintf(path, sizeof(path), "%s", cam->video);
	printf("    %-14s %s  %s", ch->name, channel_flags(ch), path);
	if (ch->video[0])
		printf("  %s", ch->video);
	if (ch->picture[0] && strcmp(ch->picture, "auto"))
		printf("  picture %s", ch->picture);
	putchar('\n');
}

static void print_camera(const struct camera *cam, const struct session *s)
{
	printf("%s: %s, at %s, ", cam->name, cam->product, cam->usb);
	if (cam->attached)
		printf("%s, %s\n", cam->video, s->state);
	else
		printf("%s%s%s\n", cam->driver[0] ? cam->driver : "no driver",
		       cam->tty[0] ? ", " : "", cam->tty);
	if (s->protocol[0])
		printf("    protocol %s, firmware %s, bootloader %s\n", s->protocol, s->firmware,
		       s->bootloader);
	for (unsigned int i = 0; i < cam->channels; i++)
		print_channel(cam, &cam->channel[i]);
}

/* An upgrade of the packages does not replace a module that is loaded. */
static void compare_versions(void)
{
	char version[32];

	if (!read_attribute("/sys/module/openmv/version", version, sizeof(version)) ||
	    !strcmp(version, OMV_VERSION_STRING))
		return;
	fprintf(stderr,
		"omvctl: warning: the module that is loaded is version %s, omvctl is version %s.\n"
		"After an upgrade: modprobe -r openmv && modprobe openmv\n",
		version, OMV_VERSION_STRING);
}

int do_list(const struct args *args)
{
	static struct cameras all;
	struct json_object *list = json_object_new_array();
	unsigned int count = 0;
	struct session s;

	compare_versions();
	find_cameras(&all);
	for (unsigned int i = 0; i < all.count; i++) {
		const struct camera *cam = &all.camera[i];

		if (args->camera && !is_called(cam, args->camera))
			continue;
		count++;
		read_session(cam, &s);
		if (args->json)
			json_object_array_add(list, describe(cam, &s));
		else
			print_camera(cam, &s);
	}
	if (args->json)
		json_document(list);
	else if (!count)
		die(STATUS_NO_CAMERA, "there is no camera%s%s", args->camera ? " " : "",
		    args->camera ? args->camera : "");
	return count ? 0 : STATUS_NO_CAMERA;
}

/* ---- picture ---------------------------------------------------------- */

static void set_picture(const struct camera *cam, const struct channel *ch, const char *setting)
{
	char path[256];
	int err;

	if (strcmp(setting, "yes") && strcmp(setting, "no") && strcmp(setting, "auto"))
		die(STATUS_USAGE, "picture %s: must be yes, no or auto", setting);
	snprintf(path, sizeof(path), "/sys/class/openmv/openmv!%s!%s/picture", cam->name, ch->node);
	err = write_attribute(path, setting);
	if (err == EACCES)
		die(STATUS_FAILED, "no permission: only root and the group of %s may set this (see udev rules)",
		    path);
	if (err)
		die_of(cam, ch, "picture", err);
}

int do_picture(const struct args *args)
{
	struct camera *cam = pick_camera(args, true);
	const struct channel *ch = pick_channel(cam, args->word[0]);
	struct json_object *obj;

	if (!ch->picture[0])
		die(STATUS_FAILED, "channel %s cannot have a video node: it is not one of a script, or cannot be read",
		    ch->node);
	if (args->count > 1) {
		set_picture(cam, ch, args->word[1]);
		return 0;
	}
	if (!args->json) {
		printf("%s%s%s\n", ch->picture, ch->video[0] ? " " : "", ch->video);
		return 0;
	}
	obj = json_object_new_object();
	json_add_string(obj, "picture", ch->picture);
	add_some(obj, "video", ch->video);
	json_document(obj);
	return 0;
}

/* ---- info ------------------------------------------------------------- */

static struct json_object *describe_counters(const struct counters *all)
{
	struct json_object *obj = json_object_new_object();

	for (unsigned int i = 0; i < all->count; i++)
		json_add_int(obj, all->counter[i].name, all->counter[i].value);
	return obj;
}

static void info_json(const struct camera *cam, int video)
{
	struct json_object *obj, *more = video_describe(video);
	struct counters counters;
	struct session s;

	read_session(cam, &s);
	obj = describe(cam, &s);
	add_some(obj, "max_payload", s.payload);
	json_object_object_foreach(more, key, value)
		json_object_object_add(obj, key, json_object_get(value));
	json_object_put(more);
	json_object_object_add(obj, "controls", controls_describe(video));
	if (read_counters(cam, &counters))
		json_object_object_add(obj, "counters", describe_counters(&counters));
	json_document(obj);
}

static const char *text_of(struct json_object *obj, const char *key)
{
	return json_object_get_string(json_object_object_get(obj, key));
}

static void print_video(int video)
{
	struct json_object *obj = video_describe(video);
	struct json_object *inputs = json_object_object_get(obj, "inputs");

	for (size_t i = 0; i < json_object_array_length(inputs); i++) {
		struct json_object *in = json_object_array_get_idx(inputs, i);

		printf("    input %zu %s: %s%s\n", i, text_of(in, "name"), text_of(in, "status"),
		       json_object_get_boolean(json_object_object_get(in, "selected")) ?
				", selected" : "");
	}
	printf("    pictures: %s, %sx%s\n", text_of(obj, "format"), text_of(obj, "width"),
	       text_of(obj, "height"));
	json_object_put(obj);
}

int do_info(const struct args *args)
{
	struct camera *cam = pick_camera(args, true);
	int video = open_video(cam);
	struct counters counters;
	struct session s;

	if (args->json) {
		info_json(cam, video);
		return 0;
	}
	read_session(cam, &s);
	print_camera(cam, &s);
	if (s.payload[0])
		printf("    bytes per packet: %s\n", s.payload);
	print_video(video);
	controls_print(video, "    ");
	if (!read_counters(cam, &counters))
		return 0;
	for (unsigned int i = 0; i < counters.count; i++)
		if (counters.counter[i].value)
			printf("    %s: %llu\n", counters.counter[i].name,
			       counters.counter[i].value);
	return 0;
}

/* ---- stats ------------------------------------------------------------ */

static void must_read_counters(const struct camera *cam, struct counters *all)
{
	if (read_counters(cam, all))
		return;
	if (camera_is_disconnected(cam))
		die(STATUS_NO_CAMERA, "camera %s was unplugged", cam->name);
	if (geteuid())
		die(STATUS_FAILED, "only root can read " DEBUGFS);
	die(STATUS_FAILED, DEBUGFS "/openmv/%s: %s (mount -t debugfs none " DEBUGFS ")",
	    cam->interface, strerror(errno));
}

static void print_rates(const struct counters *old, const struct counters *new, double seconds,
			bool json)
{
	struct json_object *obj = json_object_new_object();
	double rate;

	for (unsigned int i = 0; i < new->count && i < old->count; i++) {
		rate = (new->counter[i].value - old->counter[i].value) / seconds;
		if (json)
			json_object_object_add(obj, new->counter[i].name,
					       json_object_new_double(rate));
		else if (rate)
			printf("%s: %.1f/s  ", new->counter[i].name, rate);
	}
	if (json) {
		json_line(obj);
		return;
	}
	json_object_put(obj);
	putchar('\n');
	fflush(stdout);
}

static void watch_counters(const struct camera *cam, struct counters *now, bool json)
{
	struct counters before;
	long long then, at = now_ms();

	catch_interrupts();
	for (;;) {
		before = *now;
		then = at;
		pause_ms(1000);
		if (interrupted())
			return;
		must_read_counters(cam, now);
		at = now_ms();
		print_rates(&before, now, (at - then) / 1000.0, json);
	}
}

int do_stats(const struct args *args)
{
	struct camera *cam = pick_camera(args, true);
	struct counters counters;

	must_read_counters(cam, &counters);
	if (args->watch) {
		watch_counters(cam, &counters, args->json);
	} else if (args->json) {
		json_document(describe_counters(&counters));
	} else {
		for (unsigned int i = 0; i < counters.count; i++)
			printf("%s: %llu\n", counters.counter[i].name, counters.counter[i].value);
	}
	return 0;
}
