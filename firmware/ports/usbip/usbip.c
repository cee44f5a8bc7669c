// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "usbip.h"

#include <endian.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* The largest transfer that is accepted; the limit of usbfs is the same. */
#define MAX_TRANSFER	(16u << 20)

/* If this number of bytes waits for the socket, no further transfer is completed. */
#define CONGESTED	(256u << 10)

/* Bytes per recv(): enough for the messages that the host sends while a camera streams. */
#define RECEIVE_SIZE	4096

enum {
	CMD_SUBMIT = 1,
	CMD_UNLINK = 2,
	RET_SUBMIT = 3,
	RET_UNLINK = 4,
};

/* All fields of the header are big-endian; so are those of struct usbip_header. */
struct usbip_header {
	u32 command;
	u32 seqnum;
	u32 devid;
	u32 direction;
	u32 ep;
	union {
		struct {
			u32 transfer_flags;
			u32 transfer_buffer_length;
			u32 start_frame;
			u32 number_of_packets;
			u32 interval;
			u8 setup[USBIP_SETUP_SIZE];
		} cmd_submit;
		struct {
			u32 status;
			u32 actual_length;
			u32 start_frame;
			u32 number_of_packets;
			u32 error_count;
		} ret_submit;
		struct {
			u32 seqnum;
		} cmd_unlink;
		struct {
			u32 status;
		} ret_unlink;
	};
};

static_assert(sizeof(struct usbip_header) == 48, "usbip_header");

void usbip_init(struct usbip *u, int fd, const struct usbip_ops *ops, void *ctx)
{
	*u = (struct usbip){ .fd = fd, .ops = ops, .ctx = ctx };
	for (unsigned int i = 0; i < 32; i++)
		u->queue[i / 16][i % 16].tail = &u->queue[i / 16][i % 16].head;
}

void usbip_close(struct usbip *u)
{
	for (unsigned int i = 0; i < 32; i++) {
		struct usbip_urb *urb = u->queue[i / 16][i % 16].head;

		while (urb) {
			struct usbip_urb *next = urb->next;

			free(urb);
			urb = next;
		}
	}
	free(u->urb);
	free(u->out);
	if (u->fd >= 0)
		close(u->fd);
	*u = (struct usbip){ .fd = -1, .error = -ENOTCONN };
}

short usbip_events(const struct usbip *u)
{
	return POLLIN | (u->out_len > u->out_pos ? POLLOUT : 0);
}

bool usbip_congested(const struct usbip *u)
{
	return u->out_len - u->out_pos >= CONGESTED;
}

static void out_keep(struct usbip *u, const void *data, u32 len)
{
	if (u->out_len + len > u->out_cap) {
		u32 cap = (u->out_len + len) * 2;
		u8 *out = realloc(u->out, cap);

		if (!out) {
			u->error = -ENOMEM;
			return;
		}
		u->out = out;
		u->out_cap = cap;
	}
	memcpy(u->out + u->out_len, data, len);
	u->out_len += len;
}

static void out_drain(struct usbip *u)
{
	while (u->out_pos < u->out_len) {
		ssize_t n = send(u->fd, u->out + u->out_pos, u->out_len - u->out_pos,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0) {
			if (errno != EAGAIN && errno != EINTR)
				u->error = -ECONNRESET;
			return;
		}
		u->out_pos += n;
	}
	u->out_pos = u->out_len = 0;
}

/*
 * A message without data is queued until the next one with data, or usbip_flush(), so that
 * the host wakes up only once for both.
 */
static void reply(struct usbip *u, const struct usbip_header *h, const void *data, u32 len)
{
	struct iovec iov[] = {
		{ .iov_base = u->out + u->out_pos, .iov_len = u->out_len - u->out_pos },
		{ .iov_base = (void *)h, .iov_len = sizeof(*h) },
		{ .iov_base = (void *)data, .iov_len = len },
	};
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 3 };
	ssize_t n = 0;

	if (u->error)
		return;
	if (len) {
		n = sendmsg(u->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN && errno != EINTR) {
			u->error = -ECONNRESET;
			return;
		}
		if (n < 0)
			n = 0;
	}
	if ((size_t)n >= iov[0].iov_len) {
		n -= iov[0].iov_len;
		u->out_pos = u->out_len = 0;
	} else {
		u->out_pos += n;
		n = 0;
	}
	for (unsigned int i = 1; i < msg.msg_iovlen; i++) {
		size_t part = iov[i].iov_len;
		size_t done = (size_t)n < part ? (size_t)n : part;

		n -= done;
		if (done < part)
			out_keep(u, (u8 *)iov[i].iov_base + done, part - done);
	}
}

void usbip_flush(struct usbip *u)
{
	if (!u->error)
		out_drain(u);
}

static void return_submit(struct usbip *u, const struct usbip_urb *urb, int status)
{
	u32 actual = urb->actual < urb->len ? urb->actual : urb->len;
	struct usbip_header h = {
		.command = htobe32(RET_SUBMIT),
		.seqnum = htobe32(urb->seqnum),
		.ret_submit.status = htobe32(status),
		.ret_submit.actual_length = htobe32(actual),
	};

	reply(u, &h, urb->data, urb->in ? actual : 0);
}

struct usbip_urb *usbip_first(const struct usbip *u, u8 ep, bool in)
{
	return u->queue[in][ep & 15].head;
}

static void unqueue(struct usbip_queue *q, struct usbip_urb **at)
{
	struct usbip_urb *urb = *at;

	*at = urb->next;
	if (!*at)
		q->tail = at;
}

void usbip_complete(struct usbip *u, u8 ep, bool in, int status)
{
	struct usbip_queue *q = &u->queue[in][ep & 15];
	struct usbip_urb *urb = q->head;

	unqueue(q, &q->head);
	return_submit(u, urb, status);
	free(urb);
}

static void control(struct usbip *u, struct usbip_urb *urb)
{
	struct usbip_setup setup = {
		.type = urb->setup[0],
		.request = urb->setup[1],
		.value = urb->setup[2] | urb->setup[3] << 8,
		.index = urb->setup[4] | urb->setup[5] << 8,
		.length = urb->setup[6] | urb->setup[7] << 8,
	};
	int ret = -EPIPE;

	/* Stall if the setup packet contradicts the header in length or direction. */
	if (setup.length <= urb->len && !setup.length == !urb->len &&
	    (!urb->len || urb->in == !!(setup.type & 0x80)))
		ret = u->ops->control(u->ctx, &setup, urb->data);
	if (ret >= 0)
		urb->actual = urb->in ? (u32)ret : urb->len;
	return_submit(u, urb, ret < 0 ? ret : 0);
	free(urb);
}

static void submit(struct usbip *u, struct usbip_urb *urb)
{
	struct usbip_queue *q = &u->queue[urb->in][urb->ep];

	if (!urb->ep) {
		control(u, urb);
		return;
	}
	*q->tail = urb;
	q->tail = &urb->next;
	u->ops->queued(u->ctx, urb->ep, urb->in);
}

/*
 * Status 0 tells the host that the transfer was already completed: the two messages have
 * crossed.
 */
static void unlink_urb(struct usbip *u, const struct usbip_header *cmd)
{
	struct usbip_header h = {
		.command = htobe32(RET_UNLINK),
		.seqnum = cmd->seqnum,
	};
	u32 seqnum = be32toh(cmd->cmd_unlink.seqnum);

	for (unsigned int i = 0; i < 32; i++) {
		struct usbip_queue *q = &u->queue[i / 16][i % 16];
		struct usbip_urb **at = &q->head;

		while (*at && (*at)->seqnum != seqnum)
			at = &(*at)->next;
		if (*at) {
			struct usbip_urb *urb = *at;

			unqueue(q, at);
			free(urb);
			h.ret_unlink.status = htobe32(-ECONNRESET);
			break;
		}
	}
	reply(u, &h, NULL, 0);
}

static struct usbip_urb *urb_from(const struct usbip_header *h)
{
	u32 len = be32toh(h->cmd_submit.transfer_buffer_length);
	u32 packets = be32toh(h->cmd_submit.number_of_packets);
	u32 ep = be32toh(h->ep);
	u32 direction = be32toh(h->direction);
	struct usbip_urb *urb;

	/* Isochronous transfers are not supported; 0 and -1 packets both mean none. */
	if (len > MAX_TRANSFER || ep > 15 || direction > 1 || (packets && packets != ~0u))
		return NULL;
	urb = malloc(sizeof(*urb) + len);
	if (!urb)
		return NULL;
	*urb = (struct usbip_urb){
		.seqnum = be32toh(h->seqnum),
		.flags = be32toh(h->cmd_submit.transfer_flags),
		.ep = ep,
		.in = direction,
		.len = len,
	};
	memcpy(urb->setup, h->cmd_submit.setup, sizeof(urb->setup));
	return urb;
}

static void message(struct usbip *u)
{
	struct usbip_header h;

	memcpy(&h, u->header, sizeof(h));
	switch (be32toh(h.command)) {
	case CMD_SUBMIT:
		u->urb = urb_from(&h);
		u->urb_got = 0;
		if (!u->urb) {
			u->error = -EPROTO;
		} else if (u->urb->in || !u->urb->len) {
			struct usbip_urb *urb = u->urb;

			u->urb = NULL;
			submit(u, urb);
		}
		break;
	case CMD_UNLINK:
		unlink_urb(u, &h);
		break;
	default:
		u->error = -EPROTO;
	}
}

/* Parse received bytes: messages and the data of OUT transfers, in pieces of any size. */
static void take(struct usbip *u, const u8 *bytes, u32 len)
{
	while (len && !u->error) {
		struct usbip_urb *urb = u->urb;
		u8 *to = urb ? urb->data + u->urb_got : u->header + u->got;
		u32 want = urb ? urb->len - u->urb_got : sizeof(u->header) - u->got;
		u32 n = len < want ? len : want;

		memcpy(to, bytes, n);
		bytes += n;
		len -= n;
		if (urb) {
			u->urb_got += n;
			if (n == want) {
				u->urb = NULL;
				submit(u, urb);
			}
		} else {
			u->got += n;
			if (n == want) {
				u->got = 0;
				message(u);
			}
		}
	}
}

/* Return: true if there may be more to receive */
static bool receive(struct usbip *u)
{
	u8 bytes[RECEIVE_SIZE];
	ssize_t n = recv(u->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n <= 0) {
		if (!n || (errno != EAGAIN && errno != EINTR))
			u->error = -ECONNRESET;
		return false;
	}
	take(u, bytes, n);
	return n == sizeof(bytes);
}

int usbip_handle(struct usbip *u)
{
	out_drain(u);
	while (!u->error && receive(u))
		;
	return u->error;
}
