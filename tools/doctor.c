// SPDX-License-Identifier: GPL-2.0-only
/*
 * omvctl doctor: what is between a camera and a picture, and what to do about it
 */
#include "omvctl.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <linux/videodev2.h>

#define MODULE	"/sys/module/openmv"
#define RULES	"/udev/rules.d/61-openmv-modem.rules"

/* ---- the report ------------------------------------------------------- */

enum verdict { OK, NOTE, BAD };

/**
 * struct report - what was found
 * @list: array of objects, NULL to print lines
 * @bad: number of lines with the verdict BAD
 * @release: release of the running kernel
 */
struct report {
	struct json_object *list;
	unsigned int bad;
	char release[65];
};

/* One line: what was checked, what was found, and if that is not right, what to do. */
__attribute__((format(printf, 5, 6)))
static void say(struct report *report, enum verdict verdict, const char *what, const char *todo,
		const char *fmt, ...)
{
	static const char *const words[] = { "ok", "note", "BAD" };
	struct json_object *obj;
	char found[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(found, sizeof(found), fmt, ap);
	va_end(ap);
	report->bad += verdict == BAD;
	if (!report->list) {
		printf("%-4s  %s: %s\n", words[verdict], what, found);
		if (todo)
			printf("      -> %s\n", todo);
		return;
	}
	obj = json_object_new_object();
	json_add_string(obj, "check", what);
	json_add_string(obj, "result", verdict == BAD ? "bad" : words[verdict]);
	json_add_string(obj, "found", found);
	if (todo)
		json_add_string(obj, "todo", todo);
	json_object_array_add(report->list, obj);
}

/* ---- the machine ------------------------------------------------------ */

/* Read the first line that a command prints. Return: false if there is none */
static bool first_line(const char *command, char *buf, size_t size)
{
	FILE *f = popen(command, "re");
	bool read = f && fgets(buf, size, f);

	if (f)
		pclose(f);
	buf[read ? strcspn(buf, "\n") : 0] = 0;
	return read;
}

static bool is_enforced(void)
{
	static const char variable[] =
		"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
	unsigned char secure[5] = "";
	char text[8];
	FILE *f;

	if (read_attribute("/sys/module/module/parameters/sig_enforce", text, sizeof(text)) &&
	    text[0] == 'Y')
		return true;
	f = fopen(variable, "re");
	if (!f)
		return false;
	/* Four bytes of attributes come before the value. */
	if (fread(secure, 1, sizeof(secure), f) != sizeof(secure))
		secure[4] = 0;
	fclose(f);
	return secure[4] == 1;
}

static void check_headers(struct report *report)
{
	char path[128];

	snprintf(path, sizeof(path), "/lib/modules/%s/build/Makefile", report->release);
	if (!access(path, F_OK))
		say(report, BAD, "module", "build it: dkms autoinstall, or make install in the sources",
		    "there is none for kernel %s; the headers to build it are there", report->release);
	else
		say(report, BAD, "module", "install the package with the headers (Debian: linux-headers-"
		    "amd64, linux-headers-arm64), then build it: dkms autoinstall, or make install",
		    "there is none for kernel %s, and no headers to build it", report->release);
}

static void check_signature(struct report *report)
{
	char signer[128];

	if (!is_enforced()) {
		say(report, OK, "signature", NULL, "not needed: no Secure Boot");
		return;
	}
	first_line("modinfo -F signer openmv 2>/dev/null", signer, sizeof(signer));
	if (signer[0])
		say(report, NOTE, "signature", "if the module is not loaded, register the key: mokutil "
		    "--import /var/lib/dkms/mok.pub, reboot, choose Enroll MOK",
		    "Secure Boot; the module is signed by %s", signer);
	else
		say(report, BAD, "signature", "see Secure Boot in README.md",
		    "Secure Boot, and the module is not signed");
}

static void check_version(struct report *report)
{
	char version[32];

	if (!read_attribute(MODULE "/version", version, sizeof(version)))
		version[0] = 0;
	if (!strcmp(version, OMV_VERSION_STRING))
		say(report, OK, "module", NULL, "version %s is loaded", version);
	else
		say(report, NOTE, "module", "modprobe -r openmv && modprobe openmv",
		    "version %s is loaded, omvctl is version %s", version[0] ? version : "unknown",
		    OMV_VERSION_STRING);
}

static void check_module(struct report *report)
{
	char path[256];

	if (!access(MODULE, F_OK)) {
		check_version(report);
		return;
	}
	if (!first_line("modinfo -n openmv 2>/dev/null", path, sizeof(path))) {
		check_headers(report);
		return;
	}
	check_signature(report);
	say(report, BAD, "module", "as root: modprobe openmv; dmesg says why if that fails",
	    "not loaded: %s", path);
}

/* ModemManager sends AT commands to serial ports, which a camera takes for Python. */
static void check_modem_manager(struct report *report)
{
	static const char *const dirs[] = { "/usr/lib", "/lib", "/etc", "/usr/local/lib" };
	char path[128], line[16];

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		snprintf(path, sizeof(path), "%s" RULES, dirs[i]);
		if (!access(path, F_OK)) {
			say(report, OK, "ModemManager", NULL, "ignores cameras: %s", path);
			return;
		}
	}
	if (first_line("pidof ModemManager 2>/dev/null", line, sizeof(line)))
		say(report, NOTE, "ModemManager", "install packaging/udev/61-openmv-modem.rules",
		    "is running, and may send AT commands to the serial port of a camera");
	else
		say(report, OK, "ModemManager", NULL, "is not running");
}

/* ---- cameras ---------------------------------------------------------- */

static void check_driver(struct report *report, const struct camera *cam)
{
	if (cam->driver[0])
		say(report, BAD, cam->name, "as root: omvctl attach. If it does not answer: firmware 5.0 "
		    "or later is needed, and no other program may use the port",
		    "%s at %s has the driver %s%s%s", cam->product, cam->usb, cam->driver,
		    cam->tty[0] ? ", " : "", cam->tty);
	else
		say(report, BAD, cam->name, "as root: omvctl attach; dmesg says why if that fails",
		    "%s at %s has no driver", cam->product, cam->usb);
}

static void check_channels(struct report *report, const struct camera *cam)
{
	const char *todo = "run a script that does: omvctl run /usr/share/openmv/main.py "
			   "(firmware/micropython/main.py in the sources)";

	for (unsigned int i = 0; i < cam->channels; i++) {
		if (!strcmp(cam->channel[i].name, "config")) {
			say(report, OK, cam->name, NULL, "its script registers config: there are controls");
			return;
		}
	}
	say(report, NOTE, cam->name, todo, "its script registers no config: no JPEG quality, no controls");
}

static void check_signal(struct report *report, const struct camera *cam, int fd)
{
	struct v4l2_input input = { };

	if (video_ioctl(fd, VIDIOC_G_INPUT, &input.index) ||
	    video_ioctl(fd, VIDIOC_ENUMINPUT, &input))
		return;
	if (input.status & V4L2_IN_ST_NO_SIGNAL)
		say(report, BAD, cam->name, "run a script that captures: omvctl run "
		    "/usr/share/openmv/main.py (firmware/micropython/main.py in the sources)",
		    "no pictures: its script does not capture (input %s)", (char *)input.name);
	else
		say(report, OK, cam->name, NULL, "pictures on input %s", (char *)input.name);
}

static void check_video(struct report *report, const struct camera *cam)
{
	int fd;

	if (!cam->video[0]) {
		say(report, BAD, cam->name, "wait some seconds: it may be busy; dmesg says what is known",
		    "%s at %s does not answer yet", cam->product, cam->usb);
		return;
	}
	if (access(cam->video, R_OK | W_OK)) {
		say(report, BAD, cam->name, "as root: usermod -aG video USER; then log in again",
		    "%s: %s", cam->video, strerror(errno));
		return;
	}
	say(report, OK, cam->name, NULL, "%s at %s is %s", cam->product, cam->usb, cam->video);
	fd = open_video(cam);
	check_signal(report, cam, fd);
	close(fd);
	check_channels(report, cam);
}

static void check_cameras(struct report *report, const struct args *args)
{
	static struct cameras all;
	unsigned int count = 0;

	find_cameras(&all);
	for (unsigned int i = 0; i < all.count; i++) {
		const struct camera *cam = &all.camera[i];

		if (args->camera && !is_called(cam, args->camera))
			continue;
		count++;
		if (cam->attached)
			check_video(report, cam);
		else
			check_driver(report, cam);
	}
	if (!count)
		say(report, BAD, "camera", "plug it in; lsusb must show 37c5:*, or an Arduino with OpenMV's "
		    "firmware. Try another cable: some only charge", "there is none");
}

int do_doctor(const struct args *args)
{
	struct report report = { };
	struct utsname host;

	if (args->json)
		report.list = json_object_new_array();
	uname(&host);
	snprintf(report.release, sizeof(report.release), "%s", host.release);
	say(&report, OK, "kernel", NULL, "%s, %s", host.release, host.machine);
	check_module(&report);
	check_modem_manager(&report);
	check_cameras(&report, args);
	if (report.list)
		json_document(report.list);
	return report.bad ? STATUS_FAILED : 0;
}
