/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The camera: a device end with its channels, a picture source and a script that shows what
 * it sees. It runs in one thread; a port connects it to a host.
 */
#ifndef CAMERA_H
#define CAMERA_H

#include <stdio.h>

#include "board.h"
#include "hostile.h"
#include "script.h"

/**
 * struct camera_options - what camera it is
 * @board:      board; must stay valid
 * @source:     pictures; of the size that the script has
 * @bad:        what is wrong with it
 * @serial:     serial number of the USB device; must stay valid
 * @script:     main.py
 * @no_script:  there is none: no frame channel, no config channel, no pictures
 * @v1:         firmware from before the protocol: nothing is ever answered
 */
struct camera_options {
	const struct board *board;
	struct source_options source;
	struct hostile_options bad;
	const char *serial;
	struct script script;
	bool no_script;
	bool v1;
};

enum camera_runs {
	SCRIPT_NONE,		/* the prompt */
	SCRIPT_MAIN,		/* main.py: it ends without a soft reboot (section 8.4) */
	SCRIPT_EXEC,		/* run through stdin: a soft reboot follows its end */
};

/**
 * struct camera - a camera
 * @opt:      what it is
 * @dev:      its device end
 * @rx:       receive buffer of @dev
 * @tx:       send buffer of @dev
 * @info:     answer to SYS_INFO
 * @port:     way to the host, NULL while unplugged
 * @active:   a host has the protocol open
 * @greeted:  the console has shown its banner to whoever listens
 * @source:   pictures
 * @enc:      has the next one ready
 * @hostile:  what is wrong, or NULL
 * @frame:    channel, as are the next four
 * @config:   see @frame
 * @stream:   see @frame
 * @in:       stdin
 * @out:      stdout
 * @extras:   the script's further channels
 * @runs:     what runs
 * @script:   what it does
 * @shows:    it captures frames
 * @shown:    so many
 * @end_at:   when a script that shows nothing ends, in ns
 * @deaf_until: a soft reboot is over, in ns
 * @start:    when the camera was made, in ns
 * @next:     when the next frame is due, in ns
 * @waiting:  it is due, and not encoded yet
 * @written:  a quality that no frame has shown yet, or 0
 * @reset:    SYS_RESET or SYS_BOOT was received: unplug and plug it in again
 * @captured: frames
 * @dropped:  frames too large for the stream buffer
 */
struct camera {
	struct camera_options opt;
	struct omv_device dev;
	u8 rx[OMV_MAX_PACKET];
	u8 tx[OMV_MAX_PACKET];
	struct omv_sys_info info;
	struct port *port;
	bool active;
	bool greeted;
	struct source *source;
	struct encoder enc;
	struct hostile *hostile;
	struct frame_channel frame;
	struct config_channel config;
	struct stream_channel stream;
	struct stdin_channel in;
	struct stdout_channel out;
	struct extras extras;
	enum camera_runs runs;
	struct script script;
	bool shows;
	u32 shown;
	u64 end_at;
	u64 deaf_until;
	u64 start;
	u64 next;
	bool waiting;
	u8 written;
	bool reset;
	u64 captured;
	u64 dropped;
};

/**
 * camera_new() - make a camera
 * @opt: copied
 * @why: if it fails, what was wrong and what is possible is written here
 * @size: of @why
 *
 * Return: camera, not plugged in; NULL on failure
 */
struct camera *camera_new(const struct camera_options *opt, char *why, size_t size);

/**
 * camera_free() - and all it has; not the port
 * @cam: camera
 */
void camera_free(struct camera *cam);

/* What a port calls, with the camera as its context. */
extern const struct port_upper camera_upper;

/**
 * camera_plug() - power up, with a way to a host, or power down
 * @cam: camera
 * @port: port, or NULL
 *
 * The boot script runs from here on.
 */
void camera_plug(struct camera *cam, struct port *port);

/**
 * camera_run() - do what is due
 * @cam: camera, plugged in
 *
 * Return: when to call again at the latest, in ns of port_now()
 */
u64 camera_run(struct camera *cam);

/**
 * camera_fd() - file to wait for, beside the port's
 * @cam: camera
 *
 * Return: call camera_run() when it can be read; -1 for none
 */
int camera_fd(const struct camera *cam);

/**
 * camera_command() - what somebody does to the camera who is no host
 * @cam: camera, plugged in
 * @line: "stop" ends the script; "exec" and the options of a script ends it and runs
 *	another, as if both had come through stdin; "press" and a text presses the trigger;
 *	"set KEY=VALUE" is the script's changing the config, "widget NAME=VALUE" a widget;
 *	changed
 *
 * Return: false if it is none of these, no script runs, or there is no such channel, key or
 * value
 */
bool camera_command(struct camera *cam, char *line);

/**
 * camera_report() - print the camera's counters
 * @cam: camera
 * @to: where to
 */
void camera_report(const struct camera *cam, FILE *to);

#endif /* CAMERA_H */
