// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "tty_port.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#define RETRY_NS	100000000ull
#define READ_SIZE	4096

/**
 * struct tty_port - a serial line
 * @port:   interface to the camera
 * @path:   path of the tty
 * @upper:  callbacks of the camera
 * @ctx:    first argument of @upper's functions
 * @fd:     file descriptor of the tty, -1 while it cannot be opened
 * @retry:  time of the next attempt to open it, in ns
 * @active: the camera was informed that the tty is open
 * @full:   the tty took fewer bytes than the camera had to send
 */
struct tty_port {
	struct port port;
	const char *path;
	const struct port_upper *upper;
	void *ctx;
	int fd;
	u64 retry;
	bool active;
	bool full;
};

static struct tty_port *to_tty(struct port *port)
{
	return container_of(port, struct tty_port, port);
}

/* The rate of section 11.1 matters only for a UART; a gadget ignores it. */
static int raw_mode(int fd)
{
	struct termios tio;

	if (tcgetattr(fd, &tio))
		return -errno;
	cfmakeraw(&tio);
	tio.c_cflag |= CLOCAL | CREAD;
	cfsetspeed(&tio, B921600);
	return tcsetattr(fd, TCSANOW, &tio) ? -errno : 0;
}

/* Return: file descriptor or a negative errno */
static int open_tty(const char *path)
{
	int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = raw_mode(fd);
	if (!err)
		return fd;
	close(fd);
	return err;
}

static void close_tty(struct tty_port *p)
{
	if (p->fd < 0)
		return;
	/* Without this, close() blocks on a UART whose other end has stopped it. */
	tcflush(p->fd, TCIOFLUSH);
	close(p->fd);
	p->fd = -1;
}

static void set_active(struct tty_port *p, bool active)
{
	if (p->active == active)
		return;
	p->active = active;
	p->upper->active(p->ctx, active);
}

static void hang_up(struct tty_port *p)
{
	close_tty(p);
	p->retry = port_now() + RETRY_NS;
	p->full = false;
	set_active(p, false);
}

static void reopen(struct tty_port *p)
{
	u64 now = port_now();

	if (now < p->retry)
		return;
	p->fd = open_tty(p->path);
	p->retry = now + RETRY_NS;
}

/* Errors are ignored here: tty_handle() notices a hangup. */
static u32 tty_send(struct port *port, const void *data, u32 len)
{
	struct tty_port *p = to_tty(port);
	ssize_t n = p->fd < 0 ? 0 : write(p->fd, data, len);

	if (n < 0)
		n = 0;
	p->full = n < len;
	return n;
}

/* Nothing to do: the kernel sends the bytes, and f_acm ends each transfer. */
static void tty_flush(struct port *port)
{
}

static bool tty_listening(const struct port *port)
{
	return container_of(port, const struct tty_port, port)->fd >= 0;
}

static u64 tty_prepare(struct port *port, struct pollfd *pfd)
{
	struct tty_port *p = to_tty(port);

	pfd->fd = p->fd;
	if (p->fd < 0)
		return p->retry;
	if (!p->active) {
		set_active(p, true);
		return 0;
	}
	pfd->events = p->full ? POLLOUT : 0;
	if (p->upper->space(p->ctx))
		pfd->events |= POLLIN;
	return PORT_NEVER;
}

static void receive(struct tty_port *p)
{
	u32 space = p->upper->space(p->ctx);
	u8 data[READ_SIZE];
	ssize_t n = read(p->fd, data, space < sizeof(data) ? space : sizeof(data));

	if (n > 0)
		p->upper->receive(p->ctx, data, n);
	else if (!n || (errno != EAGAIN && errno != EINTR))
		hang_up(p);
}

static int tty_handle(struct port *port, short revents)
{
	struct tty_port *p = to_tty(port);

	if (revents & POLLOUT)
		p->full = false;
	if (p->fd < 0)
		reopen(p);
	else if (revents & (POLLHUP | POLLERR | POLLNVAL))
		hang_up(p);
	else if (revents & POLLIN)
		receive(p);
	return 0;
}

static void tty_close(struct port *port)
{
	struct tty_port *p = to_tty(port);

	close_tty(p);
	free(p);
}

static const struct port_ops tty_ops = {
	.send = tty_send,
	.flush = tty_flush,
	.listening = tty_listening,
	.prepare = tty_prepare,
	.handle = tty_handle,
	.close = tty_close,
};

struct port *tty_port_open(const char *path, const struct port_upper *upper, void *ctx,
			   char *why, size_t size)
{
	struct tty_port *p;
	int fd = open_tty(path);

	if (fd < 0) {
		snprintf(why, size, "%s: %s", path, strerror(-fd));
		return NULL;
	}
	p = calloc(1, sizeof(*p));
	if (!p) {
		snprintf(why, size, "out of memory");
		close(fd);
		return NULL;
	}
	p->port.ops = &tty_ops;
	p->path = path;
	p->upper = upper;
	p->ctx = ctx;
	p->fd = fd;
	return &p->port;
}
