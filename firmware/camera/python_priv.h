/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What python*.c share.
 */
#ifndef PYTHON_PRIV_H
#define PYTHON_PRIV_H

#include "blobs.h"
#include "python.h"

/**
 * struct python_channel - a channel that a script has registered
 * @py:      python
 * @backend: its number in the interpreter
 * @id:      at the device
 * @ops:     the methods that the backend has
 * @data:    results of the last two calls of readp(): the older may still be being sent
 * @current: index of the newer
 */
struct python_channel {
	struct python *py;
	u16 backend;
	u8 id;
	struct omv_channel_ops ops;
	u8 *data[2];
	u32 current;
};

/* May the device call backends? */
enum python_gate {
	GATE_SHUT,	/* no: the script runs */
	GATE_ASKED,	/* not yet */
	GATE_OPEN,	/* yes: the script waits */
};

/**
 * struct python_shots - the sensor
 * @source:  pictures, NULL before the first
 * @width:   of them
 * @height:  of them
 * @number:  of the next
 * @next:    when it is due, in ns
 * @waits:   the script waits for it
 * @tag:     of its request
 * @shot:    the request
 */
struct python_shots {
	struct source *source;
	u32 width;
	u32 height;
	u32 number;
	u64 next;
	bool waits;
	u16 tag;
	struct interp_shot shot;
};

/**
 * struct python - a camera's interpreter
 * @cam:      camera
 * @in:       process
 * @command:  how to start it
 * @gate:     see enum python_gate
 * @calling:  a method of a backend is being called
 * @stuck:    see python_stuck()
 * @ended:    the script has ended since python_run()
 * @died:     the process has
 * @alive:    it has sent something
 * @stop_at:  when a script that does not stop is killed, in ns
 * @shots:    sensor
 * @unheard:  the script waits until the host has acknowledged its event
 * @unheard_tag: of its request
 * @channels: of the script, and others of before the soft reboot
 * @count:    how many the script has
 * @cr:       the last character that was printed was a carriage return
 */
struct python {
	struct camera *cam;
	struct interp in;
	struct interp_command command;
	enum python_gate gate;
	bool calling;
	bool stuck;
	bool ended;
	bool died;
	bool alive;
	u64 stop_at;
	struct python_shots shots;
	bool unheard;
	u16 unheard_tag;
	struct python_channel channels[OMV_MAX_CHANNELS];
	u32 count;
	bool cr;
};

/**
 * python_call() - call a method of a backend
 * @py: python
 * @call: backend, method, arguments; what it returned is written here
 * @data: last argument, or NULL; bytes that it returned are written here, valid until the
 *	next call
 * @len: bytes of it
 *
 * Return: enum interp_result
 */
enum interp_result python_call(struct python *py, struct interp_message *call, const u8 **data,
			       u32 len);

/**
 * python_register() - a script registers a channel
 * @py: python
 * @methods: bits of the methods that its backend has
 * @flags: further flags of the channel
 * @name: of the channel
 *
 * Return: its id, 0 if there is no room
 */
u8 python_register(struct python *py, u32 methods, u32 flags, const char *name);

/**
 * python_shoot() - take a picture
 * @py: python
 * @shot: where to, and how
 * @now: time in ns
 *
 * Return: its bytes, 0 if it cannot be taken
 */
u32 python_shoot(struct python *py, const struct interp_shot *shot, u64 now);

/**
 * python_publish() - put a picture into the preview
 * @py: python
 * @image: picture
 * @data: if it is not in the memory
 * @now: time in ns
 */
void python_publish(struct python *py, const struct interp_image *image, const u8 *data, u64 now);

/**
 * python_convert() - a request for another form of a picture
 * @py: python
 * @c: request
 * @data: picture, if it is not in the memory
 * @out: if the result is not to be put into the memory it is here: to be freed
 *
 * Return: its bytes, 0 on failure
 */
u32 python_convert(struct python *py, const struct interp_convert *c, const u8 *data, u8 **out);

/**
 * python_blobs() - a request to find areas of a colour
 * @py: python
 * @data: struct interp_image, struct blobs_ask, its ranges, and the picture if it is not in
 *	the memory
 * @len: bytes of @data
 * @found: to be freed
 *
 * Return: number of them, -1 if the request makes no sense
 */
int python_blobs(struct python *py, const u8 *data, u32 len, struct blob **found);

/**
 * python_frames_reset() - forget all but the number of the next picture
 * @py: python
 */
void python_frames_reset(struct python *py);

#endif /* PYTHON_PRIV_H */
