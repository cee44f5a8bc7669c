/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A USB/IP host, which submits transfers and receives answers. It runs in the thread of the
 * device: to wait for an answer it runs the device.
 */
#ifndef USBIP_HOST_H
#define USBIP_HOST_H

#include <endian.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../firmware/ports/usbip/usb_port.h"
#include "../../firmware/ports/usbip/usb_desc.h"

#define HOST_URBS	(1 << 17)

/* An answer to a transfer or to an unlink. */
struct answer {
	bool there;
	bool unlink;
	int status;
	u32 actual;
	u8 *data;
};

struct host {
	int fd;
	struct port *port;
	void (*turn)(void *ctx);	/* runs the camera, or NULL */
	void *ctx;
	u32 last;
	bool in[HOST_URBS];
	struct answer answers[HOST_URBS];
	u8 rx[1 << 20];
	u32 rx_len;
	bool disconnected;
};

static inline void host_plug(struct host *h, const struct usb_port_options *opt,
			     const struct port_upper *upper, void *ctx)
{
	int fds[2];

	memset(h, 0, sizeof(*h));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	h->fd = fds[0];
	h->port = usb_port_open(fds[1], opt, upper, ctx);
	assert_non_null(h->port);
}

static inline void host_unplug(struct host *h)
{
	if (h->port)
		h->port->ops->close(h->port);
	close(h->fd);
	for (u32 i = 0; i < HOST_URBS; i++)
		free(h->answers[i].data);
}

static inline u32 host_be32(const u8 *p)
{
	return (u32)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

/* Parse one answer from the received bytes. Return: false if there is none */
static inline bool host_answer(struct host *h)
{
	u32 command, seqnum, size = 48;
	struct answer *a;

	if (h->rx_len < 48)
		return false;
	command = host_be32(h->rx);
	seqnum = host_be32(h->rx + 4);
	assert_true(command == 3 || command == 4);
	assert_true(seqnum && seqnum <= h->last);
	a = &h->answers[seqnum];
	if (command == 3 && h->in[seqnum])
		size += host_be32(h->rx + 24);
	if (h->rx_len < size)
		return false;
	/* There must be only one answer. */
	assert_false(a->there);
	a->there = true;
	a->unlink = command == 4;
	a->status = (int)host_be32(h->rx + 20);
	a->actual = command == 3 ? host_be32(h->rx + 24) : 0;
	a->data = malloc(size - 48 + 1);
	memcpy(a->data, h->rx + 48, size - 48);
	memmove(h->rx, h->rx + size, h->rx_len - size);
	h->rx_len -= size;
	return true;
}

static inline void host_receive(struct host *h)
{
	for (;;) {
		ssize_t n = recv(h->fd, h->rx + h->rx_len, sizeof(h->rx) - h->rx_len,
				 MSG_DONTWAIT);

		if (!n)
			h->disconnected = true;
		if (n <= 0)
			break;
		h->rx_len += n;
		while (host_answer(h))
			;
	}
}

/* One iteration of the main loop, without waiting. Return: result of handle() */
static inline int host_turn(struct host *h)
{
	struct pollfd pfd = { .fd = -1 };
	int err;

	if (h->turn)
		h->turn(h->ctx);
	h->port->ops->prepare(h->port, &pfd);
	poll(&pfd, 1, 0);
	err = h->port->ops->handle(h->port, pfd.revents);
	host_receive(h);
	return err;
}

static inline void host_turns(struct host *h, unsigned int count)
{
	while (count--)
		host_turn(h);
}

static inline void host_raw(struct host *h, const void *data, size_t len)
{
	assert_int_equal(send(h->fd, data, len, 0), len);
}

static inline void put_be32(u8 *p, u32 v)
{
	v = htobe32(v);
	memcpy(p, &v, 4);
}

/* Submit a transfer, with @data if it is OUT. Return: its number */
static inline u32 host_submit(struct host *h, u8 ep, bool in, u32 len, const void *data,
			      u32 flags, const u8 *setup)
{
	u8 header[48] = { 0 };

	assert_true(++h->last < HOST_URBS);
	h->in[h->last] = in;
	put_be32(header, 1);
	put_be32(header + 4, h->last);
	put_be32(header + 12, in);
	put_be32(header + 16, ep);
	put_be32(header + 20, flags);
	put_be32(header + 24, len);
	if (setup)
		memcpy(header + 40, setup, 8);
	host_raw(h, header, sizeof(header));
	if (!in && len)
		host_raw(h, data, len);
	return h->last;
}

/* Unlink transfer @victim. Return: number to wait for */
static inline u32 host_unlink(struct host *h, u32 victim)
{
	u8 header[48] = { 0 };

	assert_true(++h->last < HOST_URBS);
	put_be32(header, 2);
	put_be32(header + 4, h->last);
	put_be32(header + 20, victim);
	host_raw(h, header, sizeof(header));
	return h->last;
}

/* Wait for an answer, for a limited number of iterations. */
static inline const struct answer *host_wait(struct host *h, u32 seqnum)
{
	for (int i = 0; i < 100 && !h->answers[seqnum].there; i++)
		host_turn(h);
	assert_true(h->answers[seqnum].there);
	return &h->answers[seqnum];
}

static inline void host_assert_pending(struct host *h, u32 seqnum)
{
	host_turns(h, 5);
	assert_false(h->answers[seqnum].there);
}

static inline const struct answer *host_control(struct host *h, u8 type, u8 request, u16 value,
						u16 index, u16 length, const void *data)
{
	u8 setup[8] = {
		type, request, value & 0xff, value >> 8, index & 0xff, index >> 8,
		length & 0xff, length >> 8,
	};
	u32 n = host_submit(h, 0, type & 0x80, length, data, 0, setup);

	return host_wait(h, n);
}

static inline const struct answer *host_in(struct host *h, u8 ep, u32 len)
{
	return host_wait(h, host_submit(h, ep, true, len, NULL, 0, NULL));
}

static inline const struct answer *host_out(struct host *h, u8 ep, const void *data, u32 len,
					    u32 flags)
{
	return host_wait(h, host_submit(h, ep, false, len, data, flags, NULL));
}

static inline const struct answer *host_line_coding(struct host *h, const struct usb_layout *l,
						    u32 baud)
{
	u8 coding[7] = { baud & 0xff, baud >> 8 & 0xff, baud >> 16 & 0xff, baud >> 24, 0, 0, 8 };

	return host_control(h, 0x21, 0x20, 0, l->comm_if, 7, coding);
}

static inline const struct answer *host_line_state(struct host *h, const struct usb_layout *l,
						   u16 lines)
{
	return host_control(h, 0x21, 0x22, lines, l->comm_if, 0, NULL);
}

#endif /* USBIP_HOST_H */
