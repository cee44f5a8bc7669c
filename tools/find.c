// SPDX-License-Identifier: GPL-2.0-only
/*
 * Find cameras and their channels in sysfs.
 */
#include "omvctl.h"

#include <ctype.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define USB	"/sys/bus/usb/devices"
#define DRIVER	"openmv"

/* Timeout for the kernel to unbind the driver from a camera that was unplugged. */
#define DISCONNECT_MS	500

/* ---- sysfs ------------------------------------------------------------ */

static bool attribute(const char *device, const char *name, char *buf, size_t size)
{
	char path[256];

	snprintf(path, sizeof(path), USB "/%s/%s", device, name);
	return read_attribute(path, buf, size);
}

static bool attribute_is(const char *device, const char *name, const char *value)
{
	char text[32];

	return attribute(device, name, text, sizeof(text)) && !strcmp(text, value);
}

/* Set @name to the last component of the first path that matches @fmt, or to "". */
static void match(const char *fmt, const char *interface, char *name, size_t size)
{
	char pattern[256];
	glob_t paths;

	name[0] = 0;
	snprintf(pattern, sizeof(pattern), fmt, interface);
	if (glob(pattern, 0, NULL, &paths))
		return;
	snprintf(name, size, "%s", strrchr(paths.gl_pathv[0], '/') + 1);
	globfree(&paths);
}

static void read_driver(const char *interface, char *name, size_t size)
{
	char path[256], target[256];
	const char *last;
	ssize_t len;

	name[0] = 0;
	snprintf(path, sizeof(path), USB "/%s/driver", interface);
	len = readlink(path, target, sizeof(target) - 1);
	if (len <= 0)
		return;
	target[len] = 0;
	last = strrchr(target, '/');
	snprintf(name, size, "%.31s", last ? last + 1 : target);
}

/* ---- channels --------------------------------------------------------- */

/* Inverse of the kernel's string_escape_str() with ESCAPE_ANY_NP. */
static void unescape(const char *from, char *to)
{
	static const char special[] = "n\nr\rt\tv\vf\fa\ae\033";
	const char *found;

	while (*from) {
		if (*from != '\\' || !from[1]) {
			*to++ = *from++;
			continue;
		}
		from++;
		found = isalpha((unsigned char)*from) ? strchr(special, *from) : NULL;
		if (*from >= '0' && *from <= '7') {
			unsigned int value = 0;

			for (int i = 0; i < 3 && *from >= '0' && *from <= '7'; i++)
				value = 8 * value + (*from++ - '0');
			*to++ = value;
		} else {
			*to++ = found ? found[1] : *from;
			from++;
		}
	}
	*to = 0;
}

static struct channel *add_channel(struct camera *cam)
{
	if (cam->channels == CHANNELS_MAX)
		return NULL;
	return memset(&cam->channel[cam->channels++], 0, sizeof(cam->channel[0]));
}

/* The attributes of a channel that can have a video node of its own. */
static void read_picture(struct channel *ch, const char *path)
{
	char file[512], name[16];

	snprintf(file, sizeof(file), "%s/picture", path);
	if (!read_attribute(file, ch->picture, sizeof(ch->picture)))
		ch->picture[0] = 0;
	snprintf(file, sizeof(file), "%s/video", path);
	if (read_attribute(file, name, sizeof(name)) && name[0])
		snprintf(ch->video, sizeof(ch->video), "/dev/%s", name);
}

static void read_node(struct camera *cam, const char *path)
{
	struct channel *ch = add_channel(cam);
	char file[512], number[16];

	if (!ch)
		return;
	snprintf(ch->node, sizeof(ch->node), "%s", strrchr(path, '!') + 1);
	snprintf(file, sizeof(file), "%s/channel", path);
	/* The channel may have been removed meanwhile. */
	if (!read_attribute(file, ch->name, sizeof(ch->name))) {
		cam->channels--;
		return;
	}
	snprintf(file, sizeof(file), "%s/flags", path);
	read_attribute(file, number, sizeof(number));
	ch->flags = strtoul(number, NULL, 16);
	snprintf(file, sizeof(file), "%s/id", path);
	read_attribute(file, number, sizeof(number));
	ch->id = strtoul(number, NULL, 10);
	read_picture(ch, path);
}

static bool has_id(const struct camera *cam, unsigned int id)
{
	for (unsigned int i = 0; i < cam->channels; i++)
		if (cam->channel[i].id == id)
			return true;
	return false;
}

/* Add the channels without a node, which are listed only in debugfs. */
static void read_channels(struct camera *cam)
{
	FILE *f = debugfs_open(cam, "channels");
	unsigned int id, flags;
	struct channel *ch;
	char name[64];

	if (!f)
		return;
	while (fscanf(f, "%u %x %63[^\n]", &id, &flags, name) == 3) {
		if (flags & CHANNEL_PHYSICAL || has_id(cam, id))
			continue;
		ch = add_channel(cam);
		if (!ch)
			break;
		ch->id = id;
		ch->flags = flags;
		snprintf(ch->name, sizeof(ch->name), "%s", name);
	}
	fclose(f);
}

static int by_id(const void *a, const void *b)
{
	const struct channel *x = a, *y = b;

	return (int)x->id - (int)y->id;
}

static void find_channels(struct camera *cam)
{
	char pattern[256];
	glob_t nodes;

	cam->channels = 0;
	snprintf(pattern, sizeof(pattern), USB "/%s/openmv/openmv!*!*", cam->interface);
	if (!glob(pattern, 0, NULL, &nodes)) {
		for (size_t i = 0; i < nodes.gl_pathc; i++)
			read_node(cam, nodes.gl_pathv[i]);
		globfree(&nodes);
	}
	read_channels(cam);
	qsort(cam->channel, cam->channels, sizeof(cam->channel[0]), by_id);
}

const struct channel *find_channel(const struct camera *cam, const char *name)
{
	char raw[sizeof(cam->channel[0].name)];

	for (unsigned int i = 0; i < cam->channels; i++)
		if (!strcmp(cam->channel[i].node, name))
			return &cam->channel[i];
	for (unsigned int i = 0; i < cam->channels; i++) {
		unescape(cam->channel[i].name, raw);
		if (cam->channel[i].node[0] &&
		    (!strcmp(cam->channel[i].name, name) || !strcmp(raw, name)))
			return &cam->channel[i];
	}
	return NULL;
}

const struct channel *pick_channel(const struct camera *cam, const char *name)
{
	const struct channel *ch = find_channel(cam, name);

	if (ch)
		return ch;
	if (!strcmp(name, "frame") || !strcmp(name, "stream"))
		die(STATUS_FAILED, "this channel is the video node %s: use omvctl snapshot", cam->video);
	warn("camera %s has no channel '%s'; the channels are:", cam->name, name);
	for (unsigned int i = 0; i < cam->channels; i++)
		if (cam->channel[i].node[0])
			fprintf(stderr, "    %s\n", cam->channel[i].node);
	exit(STATUS_FAILED);
}

void channel_path(const struct camera *cam, const struct channel *ch, char *path, size_t size)
{
	snprintf(path, size, "/dev/openmv/%s/%s", cam->name, ch->node);
}

const char *channel_flags(const struct channel *ch)
{
	static const char letters[] = "rwxlsd";
	static char text[sizeof(letters)];

	for (unsigned int i = 0; letters[i]; i++)
		text[i] = ch->flags & 1 << i ? letters[i] : '-';
	return text;
}

int open_channel(const struct camera *cam, const struct channel *ch, int flags)
{
	char path[128];
	int fd;

	channel_path(cam, ch, path, sizeof(path));
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		die_of(cam, ch, "open", errno);
	return fd;
}

static bool has_node(const struct camera *cam, const struct channel *ch)
{
	struct camera now = *cam;

	refresh_camera(&now);
	return find_channel(&now, ch->node);
}

bool is_broken(int err)
{
	return err == EAGAIN || err == ECONNRESET || err == ETIMEDOUT;
}

static const char *reason(int err)
{
	if (is_broken(err))
		return "the camera does not answer; try again in a moment";
	switch (err) {
	case EIO:
		return "the camera refused the request, or the script on the camera failed";
	case EINVAL:
		return "the channel does not support this operation";
	case EBUSY:
		return "another program has locked the channel";
	case EFBIG:
		return "more than 1048576 bytes";
	case EINTR:
		return "interrupted";
	default:
		return strerror(err);
	}
}

void die_of(const struct camera *cam, const struct channel *ch, const char *what, int err)
{
	bool removed = err == ENODEV || err == ENXIO || err == ENOENT;
	char path[128];

	channel_path(cam, ch, path, sizeof(path));
	if (removed && camera_is_disconnected(cam))
		die(STATUS_NO_CAMERA, "camera %s was unplugged", cam->name);
	if (err == ENOENT && has_node(cam, ch))
		die(STATUS_FAILED, "%s does not exist: is udev (or devtmpfs) running?", path);
	if (removed)
		die(STATUS_FAILED, "channel %s was removed: the script that registered it has ended",
		    ch->node);
	if (err == EACCES || err == EPERM)
		die(STATUS_FAILED, "%s: no permission to %s: only root and its group may (ls -l %s)",
		    ch->node, what, path);
	if (err == EBUSY && ch->video[0])
		die(STATUS_FAILED, "a program streams channel %s from %s", ch->node, ch->video);
	if (err == EOPNOTSUPP)
		die(STATUS_FAILED, "channel %s has no %s (it is %s)", ch->node, what,
		    channel_flags(ch));
	die(err == EINTR ? STATUS_INTERRUPTED : STATUS_FAILED, "%s %s: %s", what, ch->node,
	    reason(err));
}

/* ---- cameras ---------------------------------------------------------- */

/* The driver's USB ids: a camera that is bound to another driver is recognized only by these. */
static bool has_our_ids(const char *usb)
{
	static const char *const ids[] = {
		"37c5:1202", "37c5:1203", "37c5:1204", "37c5:124a", "37c5:1205", "37c5:1060",
		"37c5:1206", "37c5:16e3", "2341:045b", "2341:045f", "2341:0466",
	};
	char vendor[8], product[8], id[24];

	if (!attribute(usb, "idVendor", vendor, sizeof(vendor)) ||
	    !attribute(usb, "idProduct", product, sizeof(product)))
		return false;
	snprintf(id, sizeof(id), "%s:%s", vendor, product);
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		if (!strcmp(ids[i], id))
			return true;
	return false;
}

/* Make the name in the same way as omv_plan_sanitise() of the driver. */
static void guess_name(struct camera *cam)
{
	char serial[sizeof(cam->name)];

	if (!attribute(cam->usb, "serial", serial, sizeof(serial)) || !serial[0]) {
		snprintf(cam->name, sizeof(cam->name), "usb+%s", cam->interface);
		return;
	}
	snprintf(cam->name, sizeof(cam->name), "%.31s", serial);
	for (char *p = cam->name; *p; p++)
		if (*p & 0x80 || !(isalnum((unsigned char)*p) || strchr("_-.", *p)))
			*p = '_';
	if (cam->name[0] == '.')
		cam->name[0] = '_';
}

static void find_name(struct camera *cam)
{
	char node[128], *end;

	match(USB "/%s/openmv/openmv!*!*", cam->interface, node, sizeof(node));
	end = strrchr(node, '!');
	if (!node[0] || end == strchr(node, '!')) {
		guess_name(cam);
		return;
	}
	*end = 0;
	snprintf(cam->name, sizeof(cam->name), "%.63s", strchr(node, '!') + 1);
}

/* The first video node: further ones belong to a channel. */
static void find_video(struct camera *cam)
{
	char pattern[256], file[512];
	glob_t paths;

	snprintf(pattern, sizeof(pattern), USB "/%s/video4linux/video*", cam->interface);
	if (glob(pattern, 0, NULL, &paths))
		return;
	for (size_t i = 0; i < paths.gl_pathc && !cam->video[0]; i++) {
		snprintf(file, sizeof(file), "%s/channel", paths.gl_pathv[i]);
		if (access(file, F_OK))
			snprintf(cam->video, sizeof(cam->video), "/dev/%.24s",
				 strrchr(paths.gl_pathv[i], '/') + 1);
	}
	globfree(&paths);
}

static void find_nodes(struct camera *cam)
{
	char name[24];

	cam->video[0] = 0;
	cam->tty[0] = 0;
	find_video(cam);
	match(USB "/%s/tty/tty*", cam->interface, name, sizeof(name));
	if (name[0])
		snprintf(cam->tty, sizeof(cam->tty), "/dev/%s", name);
}

void refresh_camera(struct camera *cam)
{
	read_driver(cam->interface, cam->driver, sizeof(cam->driver));
	cam->attached = !strcmp(cam->driver, DRIVER);
	find_name(cam);
	find_nodes(cam);
	find_channels(cam);
}

/* *@known: the device has ids of our driver, or is bound to it. Return: true if it is a camera */
static bool read_camera(struct camera *cam, const char *interface, bool *known)
{
	memset(cam, 0, sizeof(*cam));
	/* The driver binds to a CDC interface with the abstract control model. */
	if (!attribute_is(interface, "bInterfaceClass", "02") ||
	    !attribute_is(interface, "bInterfaceSubClass", "02"))
		return false;
	snprintf(cam->interface, sizeof(cam->interface), "%s", interface);
	snprintf(cam->usb, sizeof(cam->usb), "%.*s", (int)strcspn(interface, ":"), interface);
	attribute(cam->usb, "product", cam->product, sizeof(cam->product));
	printable(cam->product);
	refresh_camera(cam);
	*known = cam->attached || has_our_ids(cam->usb);
	return true;
}

/* @usb: a device to accept regardless of its ids, or NULL */
static void find_with(struct cameras *all, const char *usb)
{
	struct camera *cam;
	glob_t paths;
	bool known;

	all->count = 0;
	if (glob(USB "/*:*", 0, NULL, &paths))
		return;
	for (size_t i = 0; i < paths.gl_pathc && all->count < CAMERAS_MAX; i++) {
		cam = &all->camera[all->count];
		if (read_camera(cam, strrchr(paths.gl_pathv[i], '/') + 1, &known) &&
		    (known || (usb && !strcmp(usb, cam->usb))))
			all->count++;
	}
	globfree(&paths);
}

void find_cameras(struct cameras *all)
{
	find_with(all, NULL);
}

bool camera_is_disconnected(const struct camera *cam)
{
	long long end = now_ms() + DISCONNECT_MS;
	char driver[32];

	do {
		read_driver(cam->interface, driver, sizeof(driver));
		if (strcmp(driver, DRIVER))
			return true;
		pause_ms(50);
	} while (now_ms() < end && !interrupted());
	return false;
}

/* @name: such as video0, /dev/video0, or a link such as those in /dev/v4l/by-id */
static bool is_video(const char *video, const char *name)
{
	struct stat a, b;

	if (!video[0])
		return false;
	return !strcmp(name, video) || !strcmp(name, video + strlen("/dev/")) ||
	       (!stat(name, &a) && !stat(video, &b) && S_ISCHR(a.st_mode) && a.st_rdev == b.st_rdev);
}

bool is_called(const struct camera *cam, const char *name)
{
	char path[128];

	if (!strcmp(name, cam->name) || !strcmp(name, cam->usb) || !strcmp(name, cam->interface))
		return true;
	snprintf(path, sizeof(path), "/dev/openmv/%s", cam->name);
	if (!strcmp(name, path))
		return true;
	for (unsigned int i = 0; i < cam->channels; i++)
		if (is_video(cam->channel[i].video, name))
			return true;
	return is_video(cam->video, name);
}

static void list_choice(const struct cameras *all)
{
	for (unsigned int i = 0; i < all->count; i++)
		fprintf(stderr, "    %s  %s  %s\n", all->camera[i].name, all->camera[i].usb,
			all->camera[i].attached ? all->camera[i].video : all->camera[i].tty);
}

static __attribute__((noreturn)) void none(const struct args *args, const struct cameras *all,
					   bool attached)
{
	if (!access("/sys/module/openmv", F_OK) || !attached) {
		if (args->camera && all->count) {
			warn("there is no camera %s; the cameras are:", args->camera);
			list_choice(all);
			exit(STATUS_NO_CAMERA);
		}
		die(STATUS_NO_CAMERA, "there is no camera%s%s: is it plugged in, with firmware 5.0 or later?",
		    args->camera ? " " : "", args->camera ? args->camera : "");
	}
	die(STATUS_NO_CAMERA, "the driver is not loaded (modprobe openmv)");
}

static __attribute__((noreturn)) void wrong_driver(const struct camera *cam)
{
	if (cam->attached)
		die(STATUS_FAILED, "camera %s is already attached, as %s", cam->name, cam->video);
	if (access("/sys/module/openmv", F_OK))
		die(STATUS_NO_CAMERA, "the driver is not loaded (modprobe openmv)");
	if (!cam->driver[0])
		die(STATUS_NO_CAMERA, "camera %s has no driver: use omvctl -d %s attach", cam->name,
		    cam->usb);
	die(STATUS_NO_CAMERA, "camera %s is bound to %s (%s): use omvctl -d %s attach", cam->name,
	    cam->driver, cam->tty[0] ? cam->tty : "no tty", cam->usb);
}

/* The command line may name the video node of a channel: use that one. */
static void choose_video(struct camera *cam, const char *name)
{
	for (unsigned int i = 0; name && i < cam->channels; i++)
		if (is_video(cam->channel[i].video, name))
			strcpy(cam->video, cam->channel[i].video);
}

struct camera *pick_camera(const struct args *args, bool attached)
{
	static struct cameras all;
	struct camera *found = NULL, *other = NULL;
	unsigned int count = 0;

	find_with(&all, args->camera);
	for (unsigned int i = 0; i < all.count; i++) {
		struct camera *cam = &all.camera[i];

		if (args->camera && !is_called(cam, args->camera))
			continue;
		if (cam->attached == attached) {
			found = cam;
			count++;
		} else {
			other = cam;
		}
	}
	if (count == 1) {
		choose_video(found, args->camera);
		return found;
	}
	if (!count && other)
		wrong_driver(other);
	if (!count)
		none(args, &all, attached);
	warn("there are %u cameras%s%s: select one with -d", count, args->camera ? " called " : "",
	     args->camera ? args->camera : "");
	list_choice(&all);
	exit(STATUS_NO_CAMERA);
}
