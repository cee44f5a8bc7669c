// SPDX-License-Identifier: GPL-2.0-only
/*
 * omvctl console, and the output of omvctl run --follow
 */
#include "omvctl.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define CONSOLE	"stdout"
#define PIECE	4096

/* Read at least this often: the event for new output may be lost when a session ends. */
#define POLL_MS	1000

/* Pause between two reads: without it each of very many events causes a read (T-18). */
#define GATHER_MS	20

/* The interpreter prints this after a script, then its greeting and a prompt. */
#define REBOOT	"MPY: soft reboot"

/* How long to wait for a session that has to come back. */
#define DRAIN_MS	6000

static void trace(struct console *con)
{
	const char *line = con->line;

	if (con->trace == TRACE_END)
		return;
	if (!strncmp(line, "Traceback (most recent call last)", 33))
		con->trace = TRACE_STACK;
	else if (con->trace == TRACE_STACK && line[0] != ' ')
		con->trace = TRACE_ERROR;
	else if (con->trace == TRACE_ERROR && !strncmp(line, REBOOT, strlen(REBOOT)))
		con->trace = TRACE_END;
	else if (con->trace == TRACE_ERROR && line[0])
		con->trace = TRACE_NONE;
}

/* The last line of a script may lack its end. Return: false if nothing is left to print */
static bool cut_reboot(struct console *con)
{
	size_t len = strlen(REBOOT);

	if (!con->one || con->len < len || strcmp(con->line + con->len - len, REBOOT))
		return true;
	con->ended = true;
	con->len -= len;
	con->line[con->len] = 0;
	if (con->shown > con->len)
		con->shown = con->len;
	return con->len;
}

static void put_line(struct console *con, const char *end)
{
	struct json_object *obj;

	con->line[con->len] = 0;
	trace(con);
	if (!cut_reboot(con))
		return;
	if (con->json && !con->quiet) {
		obj = json_object_new_object();
		json_add_content(obj, con->line, con->len);
		json_line(obj);
	} else if (!con->quiet) {
		fwrite(con->line + con->shown, 1, con->len - con->shown, stdout);
		fputs(end, stdout);
	}
	con->len = 0;
	con->shown = 0;
}

static void put_byte(struct console *con, char byte)
{
	if (con->ended)
		return;
	if (con->cr && byte != '\n')
		con->line[con->len++] = '\r';
	con->cr = byte == '\r';
	if (byte == '\n')
		put_line(con, "\n");
	else if (!con->cr)
		con->line[con->len++] = byte;
	/* Keep room for a CR, this byte and the NUL. */
	if (con->len > sizeof(con->line) - 4)
		put_line(con, "");
}

void console_open(struct console *con, const struct camera *cam, bool json)
{
	memset(con, 0, sizeof(*con));
	con->cam = cam;
	con->json = json;
	con->ch = pick_channel(cam, CONSOLE);
	con->fd = open_channel(cam, con->ch, O_RDONLY | O_NONBLOCK);
}

static bool may_go_on(int err)
{
	return is_broken(err) || err == EIO || err == EINTR;
}

void console_print(struct console *con)
{
	char piece[PIECE];
	ssize_t n;

	while ((n = read(con->fd, piece, sizeof(piece))) > 0)
		for (ssize_t i = 0; i < n; i++)
			put_byte(con, piece[i]);
	if (n < 0 && !may_go_on(errno))
		die_of(con->cam, con->ch, "read", errno);
	/* Print a line without a newline, too: it may be a prompt. */
	if (!con->json && !con->quiet && isatty(STDOUT_FILENO)) {
		fwrite(con->line + con->shown, 1, con->len - con->shown, stdout);
		con->shown = con->len;
	}
	fflush(stdout);
	if (ferror(stdout))
		exit(STATUS_FAILED);
}

void console_drain(struct console *con)
{
	long long end = now_ms() + DRAIN_MS;
	__u32 size;

	while (now_ms() < end) {
		console_print(con);
		if (!ioctl(con->fd, OPENMV_IOC_SIZE, &size)) {
			if (!size)
				return;
		} else if (!may_go_on(errno)) {
			die_of(con->cam, con->ch, "read", errno);
		} else if (interrupted()) {
			return;
		}
		pause_ms(GATHER_MS);
	}
}

void console_reset(struct console *con)
{
	con->len = 0;
	con->shown = 0;
	con->cr = false;
	con->ended = false;
	con->trace = TRACE_NONE;
}

void console_end(struct console *con)
{
	if (con->len && !con->ended)
		put_line(con, "\n");
	fflush(stdout);
}

bool console_crashed(const struct console *con)
{
	return con->trace == TRACE_ERROR || con->trace == TRACE_END;
}

int do_console(const struct args *args)
{
	struct console con;
	struct pollfd fd;
	short revents;

	console_open(&con, pick_camera(args, true), args->json);
	fd = (struct pollfd){ .fd = con.fd, .events = POLLIN };
	catch_interrupts();
	while (!interrupted()) {
		console_print(&con);
		pause_ms(GATHER_MS);
		wait_for(&fd, 1, POLL_MS, &revents);
	}
	console_print(&con);
	console_end(&con);
	return 0;
}
