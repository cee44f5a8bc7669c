/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The camera: a device end with its channels, a picture source, and a script that publishes
 * the pictures. It runs in one thread; a port connects it to a host.
 */
#ifndef CAMERA_H
#define CAMERA_H

#include <stdio.h>

#include "board.h"
#include "hostile.h"
#include "python.h"
#include "script.h"

/**
 * struct camera_options - properties of a camera
 * @board:      board; must stay valid
 * @source:     picture source; the size is set by the script
 * @bad:        intended faults
 * @serial:     serial number of the USB device; must stay valid
 * @script:     main.py
 * @python:     a script in Python instead of @script
 * @no_script:  no script runs: no frame channel, no config channel, no pictures
 * @v1:         firmware older than the protocol: no request is ever answered
 * @stamp:      each picture has the time at which it is announced in a comment (struct
 *	jpeg_stamp), if it is padded
 * @busy_ms:    duration of a long call of the script after the camera is plugged in, in ms:
 *	until its end no request is answered and no event is sent (section 6.2)
 */
struct camera_options {
	const struct board *board;
	struct source_options source;
	struct hostile_options bad;
	const char *serial;
	struct script script;
	struct python_options python;
	bool no_script;
	bool v1;
	bool stamp;
	u32 busy_ms;
};

enum camera_runs {
	SCRIPT_NONE,		/* no script: the prompt of the console */
	SCRIPT_MAIN,		/* main.py: it ends without a soft reboot (section 8.4) */
	SCRIPT_EXEC,		/* received through stdin: a soft reboot follows its end */
};

/**
 * struct camera - a camera
 * @opt:      properties
 * @dev:      device end
 * @rx:       receive buffer of @dev
 * @tx:       send buffer of @dev
 * @info:     response to SYS_INFO
 * @port:     connection to the host, NULL while unplugged
 * @active:   a host has the protocol open
 * @greeted:  the banner of the console was sent
 * @source:   picture source
 * @enc:      encodes the next frame
 * @hostile:  state of a camera that misbehaves, or NULL
 * @frame:    channel "frame"
 * @config:   channel "config"
 * @stream:   channel "stream"
 * @in:       channel "stdin"
 * @out:      channel "stdout"
 * @extras:   further channels of the script
 * @python:   interpreter of a script in Python, or NULL
 * @next_script: a script in stdin waits for the end of main.py
 * @prompts:  the interpreter's greeting is to be printed
 * @runs:     kind of script that runs
 * @script:   options of the script that runs
 * @shows:    the script captures frames
 * @shown:    number of frames it has captured
 * @end_at:   when a script that captures no frames ends, in ns
 * @reboot_until: end of the soft reboot, in ns; 0 for none
 * @busy_until: end of the long call of the script, in ns
 * @start:    time of camera_new(), in ns
 * @next:     when the next frame is due, in ns
 * @waiting:  the next frame is due but not encoded yet
 * @written:  quality that the host wrote and no frame has yet, or 0
 * @reset:    SYS_RESET or SYS_BOOT was received: the owner must unplug and plug it in again
 * @captured: number of captured frames
 * @dropped:  number of frames that were too large for the stream buffer
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
	struct python *python;
	bool next_script;
	bool prompts;
	enum camera_runs runs;
	struct script script;
	bool shows;
	u32 shown;
	u64 end_at;
	u64 reboot_until;
	u64 busy_until;
	u64 start;
	u64 next;
	bool waiting;
	u8 written;
	bool reset;
	u64 captured;
	u64 dropped;
};

/**
 * camera_new() - allocate a camera
 * @opt: properties; copied
 * @why: on failure, a message with the reason is written here
 * @size: size of @why
 *
 * Return: camera, not plugged in; NULL on failure
 */
struct camera *camera_new(const struct camera_options *opt, char *why, size_t size);

/**
 * camera_free() - free a camera and everything it owns, but not the port
 * @cam: camera
 */
void camera_free(struct camera *cam);

/* Callbacks for the port; their @ctx is the camera. */
extern const struct port_upper camera_upper;

/**
 * camera_plug() - power up and connect to a port, or power down
 * @cam: camera
 * @port: port, not owned; NULL to power down
 *
 * Starts the boot script.
 */
void camera_plug(struct camera *cam, struct port *port);

/**
 * camera_run() - do all work that is due
 * @cam: camera, plugged in
 *
 * Return: latest time of the next call, in ns of port_now()
 */
u64 camera_run(struct camera *cam);

/**
 * camera_fd() - file descriptor to poll, in addition to that of the port
 * @cam: camera
 *
 * Return: file descriptor; call camera_run() when it is readable. -1 for none.
 */
int camera_fd(const struct camera *cam);

/**
 * camera_print() - a script prints
 * @cam: camera
 * @text: to stdout, or the console if no host has the protocol open
 * @len: bytes of it
 */
void camera_print(struct camera *cam, const char *text, u32 len);

/**
 * camera_preview() - put a picture into the preview
 * @cam: camera whose preview is free
 * @jpeg: picture
 * @pixfmt: of which it was made, OMV_PIX_*: raw previews have that
 * @now: time in ns
 */
void camera_preview(struct camera *cam, struct jpeg *jpeg, u32 pixfmt, u64 now);

/**
 * camera_command() - do something that no host can do, as a person at the camera
 * @cam: camera, plugged in
 * @line: "stop" ends the script; "exec OPTIONS" ends it and runs another one, as STDIN_STOP
 *	and STDIN_EXEC do; "press TEXT" presses the trigger; "set KEY=VALUE" lets the script
 *	change its config, "widget NAME=VALUE" a widget. The line is modified.
 *
 * Return: false if the command is unknown, no script runs, or there is no such channel, key
 * or value
 */
bool camera_command(struct camera *cam, char *line);

/**
 * camera_report() - print the camera's counters
 * @cam: camera
 * @to: output stream
 */
void camera_report(const struct camera *cam, FILE *to);

#endif /* CAMERA_H */
