/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * omvctl: a camera's channels, controls, scripts and pictures, from a shell.
 */
#ifndef OMVCTL_H
#define OMVCTL_H

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <json-c/json.h>

#include "../driver/uapi/openmv.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Exit statuses; the manual page explains them. */
#define STATUS_FAILED		1
#define STATUS_USAGE		2
#define STATUS_NO_CAMERA	3
#define STATUS_INTERRUPTED	130

/* What a channel node takes, and gives, at once. */
#define CONTENT_MAX		(1 << 20)

/**
 * struct args - the command line
 * @camera:   which one; NULL for the only one
 * @file:     --file
 * @timeout:  --timeout, in seconds
 * @json:     --json
 * @raw:      --raw
 * @lines:    --lines
 * @follow:   --follow
 * @progress: --progress
 * @watch:    --watch
 * @count:    number of @word
 * @word:     what is no option, behind the command
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
	int count;
	char **word;
};

/* ---- util.c ----------------------------------------------------------- */

/**
 * die() - say what was wrong and exit
 * @status: STATUS_*
 * @fmt: as for printf(), without the newline
 */
__attribute__((noreturn, format(printf, 2, 3))) void die(int status, const char *fmt, ...);

__attribute__((format(printf, 1, 2))) void warn(const char *fmt, ...);

void *must(void *memory);
long long now_ms(void);

/**
 * catch_interrupts() - from now on SIGINT and SIGTERM end waits, not the program
 *
 * The second one ends the program.
 */
void catch_interrupts(void);

bool interrupted(void);

/* Waits are no longer ended by the one that was caught. */
void clear_interrupt(void);

/**
 * wait_for() - poll() that an interrupt ends for certain
 * @fds: as for poll(), at most 3
 * @count: of @fds
 * @ms: how long
 *
 * Return: as poll(); -1 after an interrupt
 */
int wait_for(const struct pollfd *fds, unsigned int count, int ms, short *revents);

void pause_ms(int ms);

/* A sysfs attribute without its newline. */
bool read_attribute(const char *path, char *buf, size_t size);

/* Return: 0 or an errno */
int write_attribute(const char *path, const char *text);

/* Return: false with errno set */
bool write_all(int fd, const void *data, size_t len);

/**
 * read_input() - a file, or what stdin has, as a whole
 * @name: its name, "-" for stdin
 * @len: set to its length
 *
 * Return: allocated; larger files than CONTENT_MAX are an error
 */
char *read_input(const char *name, size_t *len);

/* To a file, or to stdout as "-"; there is no return if that fails. */
void save(const char *name, const void *data, size_t len);

bool is_utf8(const char *data, size_t len);

/* Something that a terminal can show. */
bool is_text(const char *data, size_t len);

/* Replace what a terminal would obey; returns @text */
char *printable(char *text);

void hexdump(const char *data, size_t len);

/* Print and free; a document, or one line of many. */
void json_document(struct json_object *obj);
void json_line(struct json_object *obj);

void json_add_string(struct json_object *obj, const char *key, const char *text);
void json_add_int(struct json_object *obj, const char *key, long long value);

/* As "text", or what is none as "data" in hexadecimal. */
void json_add_content(struct json_object *obj, const char *data, size_t len);

/* ---- find.c ----------------------------------------------------------- */

#define CHANNELS_MAX	32
#define CAMERAS_MAX	64

/* Bits of the flags of a channel. */
#define CHANNEL_READ	0x01
#define CHANNEL_WRITE	0x02
#define CHANNEL_PHYSICAL 0x40

/**
 * struct channel - one that a camera has
 * @name:  as the kernel escapes it
 * @node:  name of its node, "" if it has none
 * @flags: CHANNEL_*
 * @id:    the camera's own
 */
struct channel {
	char name[64];
	char node[32];
	unsigned int flags;
	unsigned int id;
};

/**
 * struct camera - a camera that is plugged in
 * @name:      directory under /dev/openmv
 * @usb:       place on the bus: 1-1
 * @interface: its communication interface: 1-1:1.0
 * @product:   what it says it is
 * @driver:    of the interface, "" if there is none
 * @attached:  that is ours
 * @video:     /dev/videoN, or ""
 * @tty:       /dev/ttyACMN, or ""
 * @channel:   its channels; those without a node only if debugfs can be read
 * @channels:  number of them
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

/* With those that another driver has. */
void find_cameras(struct cameras *all);

/* By any of the names that -d takes. */
bool is_called(const struct camera *cam, const char *name);

/* Fill @cam in again. */
void refresh_camera(struct camera *cam);

/**
 * pick_camera() - the one that the command line means
 * @args: command line
 * @attached: one that our driver has, or one that it has not
 *
 * Return: it; there is no return without one
 */
struct camera *pick_camera(const struct args *args, bool attached);

/* Has our driver still got it? Waits a moment for the kernel to know. */
bool camera_is_gone(const struct camera *cam);

/* Return: NULL if it has no such channel, or that has no node */
const struct channel *find_channel(const struct camera *cam, const char *name);

/* As find_channel(), but there is no return without one. */
const struct channel *pick_channel(const struct camera *cam, const char *name);

void channel_path(const struct camera *cam, const struct channel *ch, char *path, size_t size);

/* rwxlsd, a - for what is not set */
const char *channel_flags(const struct channel *ch);

/**
 * open_channel() - open a node
 * @cam: camera
 * @ch: channel
 * @flags: O_*
 *
 * Return: descriptor; there is no return without one
 */
int open_channel(const struct camera *cam, const struct channel *ch, int flags);

/* Is it that there is no session just now? The driver makes a new one. */
bool is_broken(int err);

/* Say why @what failed with @err, and exit. */
__attribute__((noreturn)) void die_of(const struct camera *cam, const struct channel *ch,
				      const char *what, int err);

/* ---- debugfs, in show.c ----------------------------------------------- */

/**
 * debugfs_open() - a file of a camera's directory
 * @cam: camera
 * @name: file
 *
 * Return: NULL with errno set
 */
FILE *debugfs_open(const struct camera *cam, const char *name);

/* ---- video.c and control.c -------------------------------------------- */

/* Return: descriptor of the camera's video node; there is no return without one */
int open_video(const struct camera *cam);

int video_ioctl(int fd, unsigned long request, void *arg);

/* Status of each input and format; for info. */
struct json_object *video_describe(int fd);

/* All controls; for info and get. */
struct json_object *controls_describe(int fd);
void controls_print(int fd, const char *indent);

/* ---- console.c -------------------------------------------------------- */

/**
 * struct console - output of scripts
 * @cam:   camera
 * @ch:    channel
 * @fd:    its node
 * @json:  lines as JSON
 * @mute:  nothing is printed
 * @cr:    the last byte was a CR, which is not printed yet
 * @line:  the line so far
 * @len:   of @line
 * @shown: bytes of it that a terminal shows already
 * @trace: where in a traceback the output is
 */
struct console {
	const struct camera *cam;
	const struct channel *ch;
	int fd;
	bool json;
	bool mute;
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

/* Print what there is, and do not wait for more. */
void console_print(struct console *con);

/* Until the camera has nothing more; the session may be broken just now. */
void console_drain(struct console *con);

/* Forget what was printed. */
void console_reset(struct console *con);

/* Print the last line, if it is no whole one. */
void console_end(struct console *con);

/* Did the output end with an exception that nobody caught? */
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
int do_console(const struct args *args);
int do_run(const struct args *args);
int do_stop(const struct args *args);
int do_snapshot(const struct args *args);
int do_attach(const struct args *args);
int do_detach(const struct args *args);

#endif /* OMVCTL_H */
