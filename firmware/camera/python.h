/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A camera whose script runs in an interpreter: what the script's requests do to the camera,
 * and how the script is started and stopped.
 */
#ifndef PYTHON_H
#define PYTHON_H

#include "../device/omv_device.h"
#include "interp.h"
#include "source.h"

struct camera;
struct python;

/**
 * struct python_options - which script, and how it is run
 * @script:  main.py: name of its file, NULL for a camera whose script is options
 * @command: the interpreter
 */
struct python_options {
	const char *script;
	struct interp_command command;
};

/* What has happened since python_run() was called last. */
enum python_end {
	PYTHON_RUNS,
	PYTHON_ENDED,	/* the script; its channels are still served */
	PYTHON_DIED,	/* the process */
};

/**
 * python_new() - make one, without a process
 * @cam: camera it belongs to; its options are used
 * @why: if it fails, what was wrong and what is possible is written here
 * @size: of @why
 *
 * Return: NULL on failure
 */
struct python *python_new(struct camera *cam, char *why, size_t size);

/**
 * python_free() - end it
 * @py: or NULL
 */
void python_free(struct python *py);

/**
 * python_power() - power up or down
 * @py: python
 * @on: start a process, and main.py in it
 */
void python_power(struct python *py, bool on);

/**
 * python_reboot() - forget all that the script has made
 * @py: python
 *
 * The device's channels must be removed after this, not before.
 */
void python_reboot(struct python *py);

/**
 * python_exec() - run a script
 * @py: python; no script runs
 * @name: in tracebacks
 * @text: script
 * @len: of @text
 */
void python_exec(struct python *py, const char *name, const void *text, u32 len);

/**
 * python_stop() - interrupt the script; after a second without effect the process is killed
 * @py: python
 */
void python_stop(struct python *py);

/**
 * python_run() - serve the script's requests
 * @py: python
 * @now: time in ns
 *
 * Return: what has happened
 */
enum python_end python_run(struct python *py, u64 now);

/**
 * python_deadline() - when python_run() must be called at the latest
 * @py: python
 *
 * Return: time in ns
 */
u64 python_deadline(const struct python *py);

/**
 * python_enter() - may the protocol run now
 * @py: python
 *
 * If there is something to do the script is asked to let it run.
 *
 * Return: true if omv_device_poll() may be called
 */
bool python_enter(struct python *py);

/**
 * python_leave() - let the script go on, unless there is more to do
 * @py: python
 */
void python_leave(struct python *py);

/**
 * python_waits() - is the script asked to let the protocol run
 * @py: python
 *
 * Return: true if the device's deadline has no meaning now
 */
bool python_waits(const struct python *py);

/**
 * python_stuck() - has a backend stopped the protocol (T-32)
 * @py: python
 *
 * Return: true if nothing may be sent until the soft reboot
 */
bool python_stuck(const struct python *py);

/**
 * python_fd() - what to wait for
 * @py: python
 *
 * Return: file that can be read when python_run() has something to do
 */
int python_fd(const struct python *py);

#endif /* PYTHON_H */
