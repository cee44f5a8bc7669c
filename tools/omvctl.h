/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * omvctl: a command line tool for a camera's channels, controls, scripts and pictures.
 */
#ifndef OMVCTL_H
#define OMVCTL_H

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <json-c/json.h>

#include "../driver/omv_version.h"
#include "../driver/uapi/openmv.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Exit statuses; see the manual page. */
#define STATUS_FAILED		1
#define STATUS_USAGE		2
#define STATUS_NO_CAMERA	3
#define STATUS_NOT_TAKEN	4
#define STATUS_INTERRUPTED	130

/* Largest number of bytes per read() or write() of a channel node. */
#define CONTENT_MAX		(1 << 20)

/**
 * struct args - the command line
 * @camera:   name of the camera; NULL for the only one
 * @file:     --file
 * @timeout:  --timeout, in seconds
 * @json:     --json
 * @raw:      --raw
 * @lines:    --lines
 * @follow:   --follow
 * @progress: --progress
 * @watch:    --watch
 * @no_check: --no-check
 * @count:    number of @word
 * @word:     arguments after the command, without options
 */
struct args {
	const char *camera;
	const char *file;
	unsigned int timeout;
	bool json;
	bool raw;
	bool lines;
	bool follow;
	bool progress;
	bool watch;
	bool no_check;
	int count;
	char **word;
};

/* ---- util.c ----------------------------------------------------------- */

/**
 * die() - print an error message and exit
 * @status: STATUS_*
 * @fmt: as for printf(), without the newline
 */
__attribute__((noreturn, format(printf, 2, 3))) void die(int status, const char *fmt, ...);

__attribute__((format(printf, 1, 2))) void warn(const char *fmt, ...);

void *must(void *memory);
long long now_ms(void);

/**
 * catch_interrupts() - from now on, the first SIGINT or SIGTERM only ends waits
 *
 * The second one ends the program.
 */
void catch_interrupts(void);

bool interrupted(void);

/* Clear the caught interrupt, so that it does not end further waits. */
void clear_interrupt(void);

/**
 * wait_for() - poll() that also returns after an interrupt
 * @fds: as for poll(), at most 3
 * @count: number of @fds
 * @ms: timeout in ms
 * @revents: set to the returned events of each of @fds
 *
 * Return: as poll(); -1 after an interrupt
 */
int wait_for(const struct pollfd *fds, unsigned int count, int ms, short *revents);

void pause_ms(int ms);

/* Read a sysfs attribute, without its newline. Return: false on failure */
bool read_attribute(const char *path, char *buf, size_t size);

/* Return: 0 or a positive errno */
int write_attribute(const char *path, const char *text);

/* Return: false on failure, with errno set */
bool write_all(int fd, const void *data, size_t len);

/**
 * read_input() - read a whole file, or stdin up to its end
 * @name: file name, "-" for stdin
 * @len: set to the number of bytes
 *
 * Return: content, to be freed by the caller; does not return on failure, or if the file is
 * larger than CONTENT_MAX
 */
char *read_input(const char *name, size_t *len);

/* Write a file, or stdout if @name is "-"; does not return if that fails. */
void save(const char *name, const void *data, size_t len);

bool is_utf8(const char *data, size_t len);

/* Return: true if @data is text that a terminal can show */
bool is_text(const char *data, size_t len);

/* Replace control characters in place. Return: @text */
char *printable(char *text);

void hexdump(const char *data, size_t len);

/* Print and free @obj: as a whole document, or as one line of a sequence. */
void json_document(struct json_object *obj);
void json_line(struct json_object *obj);

void json_add_string(struct json_object *obj, const char *key, const char *text);
void json_add_int(struct json_object *obj, const char *key, long long value);

/* Add "text", or "data" in hexadecimal if @data is not UTF-8. */
void json_add_content(struct json_object *obj, const char *data, size_t len);

/* ---- find.c ----------------------------------------------------------- */

#define CHANNELS_MAX	32
#define CAMERAS_MAX	64

/* Bits of the flags of a channel. */
#define CHANNEL_READ	0x01
#define CHANNEL_WRITE	0x02
#define CHANNEL_DYNAMIC	0x20
#define CHANNEL_PHYSICAL 0x40

/**
 * struct channel - a channel of a camera
 * @name:  name, as escaped by the driver
 * @node:  name of the device node, "" if there is none
 * @flags: CHANNEL_*
 * @id:    channel id in the protocol
 * @picture: does it get a video node of its own: yes, no or auto; "" if it cannot
 * @video: /dev/videoN of that node, or ""
 */
struct channel {
	char name[64];
	char node[32];
	char picture[8];
	char video[32];
	unsigned int flags;
	unsigned int id;
};

/**
 * struct camera - a camera that is plugged in
 * @name:      directory under /dev/openmv
 * @usb:       sysfs name of the USB device: 1-1
 * @interface: sysfs name of the CDC communications interface: 1-1:1.0
 * @product:   USB product string
 * @driver:    driver bound to the interface, "" if there is none
 * @attached:  @driver is openmv
 * @video:     /dev/videoN of "frame" and "stream", or ""
 * @tty:       /dev/ttyACMN, or ""
 * @channel:   channels; includes those without a node only if debugfs can be read
 * @channels:  number of channels
 */
struct camera {
	char name[64];
	char usb[32];
	char interface[48];
	char product[128];
	char driver[32];
	bool attached;
	char video[32];
	char tty[32];
	struct channel channel[CHANNELS_MAX];
	unsigned int channels;
};

struct cameras {
	struct camera camera[CAMERAS_MAX];
	unsigned int count;
};

/* Find all cameras, including those that are bound to another driver. */
void find_cameras(struct cameras *all);

/* Return: true if @name is one of the names that -d accepts for this camera */
bool is_called(const struct camera *cam, const char *name);

/* Read @cam from sysfs again. */
void refresh_camera(struct camera *cam);

/**
 * pick_camera() - find the camera that the command line selects
 * @args: command line
 * @attached: true: the camera must be bound to our driver; false: it must not be
 *
 * Return: camera; does not return if there is none, or more than one
 */
struct camera *pick_camera(const struct args *args, bool attached);

/* Return: true if the camera was unplugged; waits until the kernel may have noticed. */
bool camera_is_disconnected(const struct camera *cam);

/* Return: channel; NULL if there is none, or it has no node */
const struct channel *find_channel(const struct camera *cam, const char *name);

/* Return: as find_channel(), but does not return if there is none. */
const struct channel *pick_channel(const struct camera *cam, const char *name);

void channel_path(const struct camera *cam, const struct channel *ch, char *path, size_t size);

/* Return: the flags as letters, rwxlsd, with a '-' for each that is not set; static buffer */
const char *channel_flags(const struct channel *ch);

/**
 * open_channel() - open a node
 * @cam: camera
 * @ch: channel
 * @flags: O_*
 *
 * Return: file descriptor; does not return on failure
 */
int open_channel(const struct camera *cam, const struct channel *ch, int flags);

/* Return: true if @err means that the session was lost; the driver starts a new one. */
bool is_broken(int err);

/* Print why the operation @what failed with @err, and exit. */
__attribute__((noreturn)) void die_of(const struct camera *cam, const struct channel *ch,
				      const char *what, int err);

/* ---- debugfs, in show.c ----------------------------------------------- */

/**
 * debugfs_open() - open a file in the debugfs directory of a camera
 * @cam: camera
 * @name: file
 *
 * Return: file; NULL on failure, with errno set
 */
FILE *debugfs_open(const struct camera *cam, const char *name);

/* ---- video.c and control.c -------------------------------------------- */

/* Return: file descriptor of the camera's video node; does not return on failure */
int open_video(const struct camera *cam);

int video_ioctl(int fd, unsigned long request, void *arg);

/* Describe each input and format; for info. */
struct json_object *video_describe(int fd);

/* Describe all controls; for info and get. */
struct json_object *controls_describe(int fd);
void controls_print(int fd, const char *indent);

/* ---- console.c -------------------------------------------------------- */

/**
 * struct console - output of scripts
 * @cam:   camera
 * @ch:    channel
 * @fd:    node of the channel
 * @json:  print lines as JSON
 * @quiet: print nothing
 * @one:   end with the output of one script
 * @ended: that has ended: what comes is the interpreter's
 * @cr:    the last byte was a CR, which is not printed yet
 * @line:  the line so far
 * @len:   bytes in @line
 * @shown: bytes of @line that are already printed
 * @trace: part of a traceback that was found last
 */
struct console {
	const struct camera *cam;
	const struct channel *ch;
	int fd;
	bool json;
	bool quiet;
	bool one;
	bool ended;
	bool cr;
	char line[1024];
	size_t len;
	size_t shown;
	enum {
		TRACE_NONE,
		TRACE_STACK,
		TRACE_ERROR,
		TRACE_END,
	} trace;
};

void console_open(struct console *con, const struct camera *cam, bool json);

/* Print the available output; do not wait for more. */
void console_print(struct console *con);

/* Print until the camera has no more output; waits for a session if there is none. */
void console_drain(struct console *con);

/* Discard the current line and the state of the traceback. */
void console_reset(struct console *con);

/* Print the last line, if it has no newline. */
void console_end(struct console *con);

/* Return: true if the output ended with an uncaught exception */
bool console_crashed(const struct console *con);

/* ---- commands --------------------------------------------------------- */

int do_list(const struct args *args);
int do_info(const struct args *args);
int do_stats(const struct args *args);
int do_get(const struct args *args);
int do_set(const struct args *args);
int do_read(const struct args *args);
int do_write(const struct args *args);
int do_watch(const struct args *args);
int do_picture(const struct args *args);
int do_console(const struct args *args);
int do_run(const struct args *args);
int do_stop(const struct args *args);
int do_snapshot(const struct args *args);
int do_attach(const struct args *args);
int do_detach(const struct args *args);
int do_doctor(const struct args *args);

#endif /* OMVCTL_H */
