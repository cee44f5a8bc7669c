/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The device's side of the USB/IP protocol: the transfers that a host asks for, over a
 * stream socket. What they mean is not known here.
 */
#ifndef USBIP_H
#define USBIP_H

#include "../port.h"

#define USBIP_SETUP_SIZE	8

/**
 * struct usbip_setup - a SETUP packet, in CPU byte order
 * @type:    bmRequestType
 * @request: bRequest
 * @value:   wValue
 * @index:   wIndex
 * @length:  wLength
 */
struct usbip_setup {
	u8 type;
	u8 request;
	u16 value;
	u16 index;
	u16 length;
};

/**
 * struct usbip_urb - a transfer that the host waits for
 * @next:   the one behind it on the same endpoint
 * @seqnum: its name in the protocol
 * @flags:  USBIP_URB_*
 * @ep:     endpoint number without direction
 * @in:     direction
 * @len:    bytes asked for (in) or brought (out)
 * @actual: bytes transferred so far
 * @setup:  of a control transfer
 * @data:   @len bytes
 */
struct usbip_urb {
	struct usbip_urb *next;
	u32 seqnum;
	u32 flags;
#define USBIP_URB_ZERO_PACKET	0x0040
	u8 ep;
	bool in;
	u32 len;
	u32 actual;
	u8 setup[USBIP_SETUP_SIZE];
	u8 data[];
};

/**
 * struct usbip_ops - the USB device
 * @control: a control transfer. @data is @setup->length bytes, to be read or filled in.
 *	Return the bytes of the data stage (in), 0 (out), or -EPIPE to stall.
 * @queued:  a transfer was queued on another endpoint
 */
struct usbip_ops {
	int (*control)(void *ctx, const struct usbip_setup *setup, u8 *data);
	void (*queued)(void *ctx, u8 ep, bool in);
};

struct usbip_queue {
	struct usbip_urb *head;
	struct usbip_urb **tail;
};

/**
 * struct usbip - one attached device; private but for the functions below
 * @fd:      socket, owned
 * @ops:     the device
 * @ctx:     first argument of @ops
 * @queue:   transfers by direction (1 is in) and endpoint
 * @header:  of the message that is being received
 * @got:     bytes of it so far
 * @urb:     transfer whose data is being received
 * @urb_got: bytes of the data so far
 * @out:     bytes the socket did not take
 * @out_len: how many
 * @out_pos: how many of them it took since
 * @out_cap: size of @out
 * @error:   the connection is broken: negative errno
 */
struct usbip {
	int fd;
	const struct usbip_ops *ops;
	void *ctx;
	struct usbip_queue queue[2][16];
	u8 header[48];
	u32 got;
	struct usbip_urb *urb;
	u32 urb_got;
	u8 *out;
	u32 out_len;
	u32 out_pos;
	u32 out_cap;
	int error;
};

/**
 * usbip_init() - start on a fresh socket
 * @u: connection
 * @fd: stream socket; owned from now on
 * @ops: the device
 * @ctx: first argument of @ops
 */
void usbip_init(struct usbip *u, int fd, const struct usbip_ops *ops, void *ctx);

/**
 * usbip_close() - drop the connection; the host sees the device go
 * @u: connection
 */
void usbip_close(struct usbip *u);

/**
 * usbip_events() - what poll() should wait for
 * @u: connection
 *
 * Return: POLL*
 */
short usbip_events(const struct usbip *u);

/**
 * usbip_handle() - receive and send what is possible
 * @u: connection
 *
 * Calls the ops.
 *
 * Return: 0, or a negative errno once the connection is gone: -ECONNRESET if the host
 * let it go, -EPROTO if it made no sense
 */
int usbip_handle(struct usbip *u);

/**
 * usbip_flush() - send what is kept for the socket
 * @u: connection
 *
 * To be called before waiting: what carries no data is kept until then.
 */
void usbip_flush(struct usbip *u);

/**
 * usbip_congested() - the host has not taken what it was given
 * @u: connection
 *
 * Return: true if a device on a real bus would have to wait now
 */
bool usbip_congested(const struct usbip *u);

/**
 * usbip_first() - the transfer an endpoint would serve now
 * @u: connection
 * @ep: endpoint number without direction
 * @in: direction
 *
 * Return: transfer, valid until it is completed or usbip_handle() runs; NULL if none
 */
struct usbip_urb *usbip_first(const struct usbip *u, u8 ep, bool in);

/**
 * usbip_complete() - give the first transfer of an endpoint back
 * @u: connection
 * @ep: endpoint number without direction
 * @in: direction
 * @status: 0 or a negative errno
 *
 * The host gets @actual bytes of it, never more than it asked for.
 */
void usbip_complete(struct usbip *u, u8 ep, bool in, int status);

#endif /* USBIP_H */
