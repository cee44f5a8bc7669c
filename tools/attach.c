// SPDX-License-Identifier: GPL-2.0-only
/*
 * omvctl attach, detach: which driver has the camera
 */
#include "omvctl.h"

#include <string.h>
#include <unistd.h>

#define DRIVERS	"/sys/bus/usb/drivers"
#define CDC_ACM	DRIVERS "/cdc_acm"
#define OPENMV	DRIVERS "/openmv"

/* For nodes to appear, and to go. */
#define NODES_MS	5000

static void must_be_root(void)
{
	if (geteuid())
		die(STATUS_FAILED, "only root can give a camera to another driver (sudo)");
}

/* Return: false after a while */
static bool wait_until(struct camera *cam, bool (*is_so)(const struct camera *cam))
{
	long long end = now_ms() + NODES_MS;

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
	if ((err && err != ENODEV) || !wait_until(cam, has_no_driver))
		die(STATUS_FAILED, "%s does not let go of camera %s%s%s", cam->driver, cam->name,
		    err ? ": " : "", err ? strerror(err) : "");
}

static void tell(const struct args *args, const struct camera *cam, const char *node)
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
		die(STATUS_FAILED, "cdc_acm, which is to have camera %s, is not loaded: modprobe cdc_acm",
		    cam->name);
	unbind(cam);
	err = write_attribute(CDC_ACM "/bind", cam->interface);
	if (!wait_until(cam, has_tty)) {
		write_attribute(OPENMV "/bind", cam->interface);
		die(STATUS_FAILED, "cdc_acm does not take camera %s%s%s: it is attached again",
		    cam->name, err ? ": " : "", err ? strerror(err) : "");
	}
	tell(args, cam, cam->tty);
	return 0;
}

/* Not by the driver that had it: it may have been none. */
static __attribute__((noreturn)) void not_attached(struct camera *cam, int err)
{
	write_attribute(CDC_ACM "/bind", cam->interface);
	refresh_camera(cam);
	if (err == ENODEV)
		die(STATUS_FAILED,
		    "camera %s does not speak the channel protocol, or did not when it was plugged in: plug it in anew",
		    cam->name);
	die(STATUS_FAILED, "openmv does not take camera %s: %s", cam->name,
	    err ? strerror(err) : "it has no video node");
}

int do_attach(const struct args *args)
{
	struct camera *cam = pick_camera(args, false);
	int err;

	must_be_root();
	if (access(OPENMV, F_OK))
		die(STATUS_FAILED, "the driver is not loaded: modprobe openmv");
	unbind(cam);
	err = write_attribute(OPENMV "/bind", cam->interface);
	if (err || !wait_until(cam, has_video))
		not_attached(cam, err);
	tell(args, cam, cam->video);
	return 0;
}
