// SPDX-License-Identifier: GPL-2.0-only
/*
 * omvctl attach, detach: bind the camera to openmv, or to cdc_acm
 */
#include "omvctl.h"

#include <string.h>
#include <unistd.h>

#define DRIVERS	"/sys/bus/usb/drivers"
#define CDC_ACM	DRIVERS "/cdc_acm"
#define OPENMV	DRIVERS "/openmv"

/* Timeout for device nodes to appear or disappear. */
#define NODES_MS	5000
/* Longer than the 16 s for which the driver tries to reach a camera, which may be busy. */
#define ANSWER_MS	20000

static void must_be_root(void)
{
	if (geteuid())
		die(STATUS_FAILED, "only root can bind a camera to another driver (use sudo)");
}

/* Wait until is_so() is true. Return: false after @ms milliseconds */
static bool wait_until(struct camera *cam, bool (*is_so)(const struct camera *cam), int ms)
{
	long long end = now_ms() + ms;

	for (;;) {
		refresh_camera(cam);
		if (is_so(cam))
			return true;
		if (now_ms() > end)
			return false;
		pause_ms(50);
	}
}

static bool has_no_driver(const struct camera *cam)
{
	return !cam->driver[0];
}

static bool has_tty(const struct camera *cam)
{
	return cam->tty[0] && !access(cam->tty, F_OK);
}

static bool has_video(const struct camera *cam)
{
	return cam->attached && cam->video[0] && !access(cam->video, F_OK);
}

static void unbind(struct camera *cam)
{
	char path[96];
	int err;

	if (!cam->driver[0])
		return;
	snprintf(path, sizeof(path), DRIVERS "/%s/unbind", cam->driver);
	err = write_attribute(path, cam->interface);
	if ((err && err != ENODEV) || !wait_until(cam, has_no_driver, NODES_MS))
		die(STATUS_FAILED, "%s does not release camera %s%s%s", cam->driver, cam->name,
		    err ? ": " : "", err ? strerror(err) : "");
}

static void print_node(const struct args *args, const struct camera *cam, const char *node)
{
	struct json_object *obj;

	if (!args->json) {
		printf("%s\n", node);
		return;
	}
	obj = json_object_new_object();
	json_add_string(obj, "camera", cam->name);
	json_add_string(obj, cam->attached ? "video" : "tty", node);
	json_document(obj);
}

int do_detach(const struct args *args)
{
	struct camera *cam = pick_camera(args, true);
	int err;

	must_be_root();
	if (access(CDC_ACM, F_OK))
		die(STATUS_FAILED, "cannot detach camera %s: cdc_acm is not loaded (modprobe cdc_acm)",
		    cam->name);
	unbind(cam);
	err = write_attribute(CDC_ACM "/bind", cam->interface);
	if (!wait_until(cam, has_tty, NODES_MS)) {
		write_attribute(OPENMV "/bind", cam->interface);
		die(STATUS_FAILED, "cdc_acm does not accept camera %s%s%s; it was attached to openmv again",
		    cam->name, err ? ": " : "", err ? strerror(err) : "");
	}
	print_node(args, cam, cam->tty);
	return 0;
}

/* Return: true once the driver has a video node for the camera, or has unbound itself. */
static bool is_decided(const struct camera *cam)
{
	return has_video(cam) || !cam->attached;
}

int do_attach(const struct args *args)
{
	struct camera *cam = pick_camera(args, false);
	int err;

	must_be_root();
	if (access(OPENMV, F_OK))
		die(STATUS_FAILED, "the driver is not loaded (modprobe openmv)");
	unbind(cam);
	err = write_attribute(OPENMV "/bind", cam->interface);
	if (err) {
		/* Give the camera to cdc_acm, even if it had no driver before. */
		write_attribute(CDC_ACM "/bind", cam->interface);
		die(STATUS_FAILED, "openmv does not accept camera %s: %s", cam->name, strerror(err));
	}
	wait_until(cam, is_decided, ANSWER_MS);
	if (!has_video(cam))
		die(STATUS_FAILED,
		    "camera %s does not answer: it is busy, or its firmware is older than 5.0",
		    cam->name);
	print_node(args, cam, cam->video);
	return 0;
}
