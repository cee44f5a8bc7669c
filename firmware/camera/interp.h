/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * An interpreter of Python as a process of its own: MicroPython, with the modules of
 * firmware/micropython/sim.
 *
 * It has a socket for messages (descriptor 3), memory that both sides see (4), and a pipe for
 * what the script prints (1). _omv.py is the other end of this file.
 *
 * On a camera the protocol runs in callbacks of MicroPython's scheduler: while the script is
 * between two bytecodes, and never beside it. Here the camera asks for that with
 * INTERP_ATTEND, and may call methods of the script's backends, with INTERP_CALL, from
 * INTERP_READY on, until it lets the script go on with INTERP_RELEASE.
 */
#ifndef INTERP_H
#define INTERP_H

#include <sys/types.h>

#include "../../driver/core/omv_port.h"

/* The largest message, and the memory of pictures. */
#define INTERP_MAX	(64u << 20)
#define INTERP_MEMORY	(64u << 20)

enum interp_op {
	/* To the interpreter. */
	INTERP_EXEC = 1,	/* run this script; data: its name, a NUL, its text */
	INTERP_STOP,		/* raise KeyboardInterrupt in it */
	INTERP_ATTEND,		/* answered with READY, at the next turn of the scheduler */
	INTERP_CALL,		/* @tag: backend, @what: method, @a, @b: arguments, data */
	INTERP_RELEASE,		/* no more calls: the script goes on */
	INTERP_REPLY,		/* to a request; @tag as there, @what: 0 or an error */

	/* From the interpreter. */
	INTERP_IDLE = 32,	/* it waits for a script; @what: 1 after an exception */
	INTERP_READY,
	INTERP_VALUE,		/* of a call; @what: enum interp_result, @a: number, data */

	/* Requests from the interpreter: each has a reply. */
	INTERP_REGISTER = 64,	/* a channel; @a: methods, @b: flags, data: name; @a: its id */
	INTERP_EVENT,		/* @a: id of the channel, @b: value, INTERP_EVENT_ACK */
	INTERP_ACTIVE,		/* @a: a host has the protocol open */
	INTERP_SNAPSHOT,	/* data: struct interp_shot; @a: bytes of the picture */
	INTERP_CONVERT,		/* data: struct interp_convert, bytes; @a: bytes, data */
	INTERP_PUBLISH,		/* to the preview; data: struct interp_image, bytes */
	INTERP_RESET,		/* of the whole camera: no reply */
	INTERP_BLOBS,		/* data: struct interp_image, struct blobs_ask, its ranges, bytes;
				 * @a: number, data: struct blob of each
				 */
};

/* Methods of a backend, as INTERP_CALL and, as bits, INTERP_REGISTER have them. */
enum interp_method {
	INTERP_POLL, INTERP_LOCK, INTERP_UNLOCK, INTERP_SIZE, INTERP_SHAPE, INTERP_READ,
	INTERP_WRITE, INTERP_READP, INTERP_IOCTL,
};

enum interp_result {
	INTERP_OK,
	INTERP_FAILED,	/* it raised, or what it returned counts as a failure */
	INTERP_STUCK,	/* of a type that stops the protocol (T-32) */
	INTERP_LOST,	/* the interpreter is dead, or was killed */
};

/**
 * struct interp_message - head of a message, in the byte order of the machine
 * @len:  bytes of data behind it
 * @op:   enum interp_op
 * @what: see there
 * @tag:  see there
 * @a:    see there
 * @b:    see there
 */
struct interp_message {
	u32 len;
	u8 op;
	u8 what;
	u16 tag;
	u32 a;
	u32 b;
};

#define INTERP_EVENT_ACK	0x10000	/* the host shall acknowledge it */

#define INTERP_INLINE	U32_MAX		/* instead of an offset: the bytes are in the message */

/**
 * struct interp_image - a picture of the script
 * @offset: in the memory, or INTERP_INLINE
 * @len:    bytes
 * @pixfmt: OMV_PIX_*
 * @width:  pixels
 * @height: lines
 */
struct interp_image {
	u32 offset;
	u32 len;
	u32 pixfmt;
	u32 width;
	u32 height;
};

/* What the sensor does to its pictures. */
#define INTERP_MIRROR		1
#define INTERP_FLIP		2
#define INTERP_TRANSPOSE	4
#define INTERP_NEGATIVE		8
#define INTERP_NOW		16	/* do not wait for the next picture */
#define INTERP_DUE		32	/* take none, only say whether there is one now */

/**
 * struct interp_shot - a request for the next picture of the sensor
 * @last:    picture that is published first: the one before; its length is 0 for none
 * @to:      where the new one goes, and its format
 * @width:   of the whole frame
 * @height:  of the whole frame
 * @x:       of the window in it, which has the size of @to
 * @y:       see @x
 * @flags:   INTERP_MIRROR and so on
 * @fps:     frame rate, 0 for that of the sensor
 * @quality: of a JPEG
 * @brightness: added to the luminance
 */
struct interp_shot {
	struct interp_image last;
	struct interp_image to;
	u32 width;
	u32 height;
	u32 x;
	u32 y;
	u32 flags;
	u32 fps;
	u32 quality;
	s32 brightness;
};

/**
 * struct interp_convert - a request for another form of a picture
 * @from:    picture
 * @to:      offset (or INTERP_INLINE), format and size that is wanted
 * @x:       part of @from that is wanted
 * @y:       see @x
 * @width:   see @x
 * @height:  see @x
 * @quality: of a JPEG
 * @subsampling: of a JPEG: 0 for automatic, 0x11, 0x21, 0x22
 */
struct interp_convert {
	struct interp_image from;
	struct interp_image to;
	u32 x;
	u32 y;
	u32 width;
	u32 height;
	u32 quality;
	u32 subsampling;
};

/**
 * struct interp - an interpreter
 * @pid:    process, 0 for none
 * @socket: messages
 * @out:    what the script prints
 * @event:  can be read when one of these can
 * @memory: descriptor of @pictures
 * @pictures: INTERP_MEMORY bytes that both sides see
 * @rx:     bytes that were received
 * @rx_at:  first byte of the next message
 * @rx_len: bytes in @rx
 * @rx_size: of @rx
 * @text:   called with what the script prints
 * @ctx:    first argument of @text
 * @status: of the process, when it has ended
 */
struct interp {
	pid_t pid;
	int socket;
	int out;
	int event;
	int memory;
	u8 *pictures;
	u8 *rx;
	u32 rx_at;
	u32 rx_len;
	u32 rx_size;
	void (*text)(void *ctx, const char *text, u32 len);
	void *ctx;
	int status;
};

/**
 * struct interp_command - how it is started
 * @program: MicroPython, NULL for the usual places
 * @modules: directory of the modules, NULL for the place beside this program
 */
struct interp_command {
	const char *program;
	const char *modules;
};

/**
 * interp_find() - find what is not given
 * @cmd: changed
 * @why: if it is not there, what is needed is written here
 * @size: of @why
 *
 * Return: false if it is not there
 */
bool interp_find(struct interp_command *cmd, char *why, size_t size);

/**
 * interp_init() - get ready for a process
 * @in: written; @text and @ctx are kept
 *
 * Return: false without memory
 */
bool interp_init(struct interp *in);

/**
 * interp_free() - end the process and give everything back
 * @in: interpreter
 */
void interp_free(struct interp *in);

/**
 * interp_start() - start a process
 * @in: without a process
 * @cmd: how
 *
 * Return: false if it cannot be started
 */
bool interp_start(struct interp *in, const struct interp_command *cmd);

/**
 * interp_kill() - end the process
 * @in: interpreter
 *
 * What it has printed before is not lost.
 */
void interp_kill(struct interp *in);

/**
 * interp_send() - send a message
 * @in: interpreter
 * @msg: its head; @len is set
 * @data: behind it
 * @len: bytes of @data
 */
void interp_send(struct interp *in, struct interp_message msg, const void *data, u32 len);

/**
 * interp_next() - the next message, if it is there
 * @in: interpreter
 * @msg: written
 * @data: its data, valid until the next call
 *
 * All that was printed before the message was sent is handed over first. When the process
 * has ended, @pid is 0.
 *
 * Return: false if there is none yet
 */
bool interp_next(struct interp *in, struct interp_message *msg, const u8 **data);

#endif /* INTERP_H */
