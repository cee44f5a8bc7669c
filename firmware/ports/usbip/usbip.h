/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The device side of the USB/IP protocol: receives the host's transfers over a stream socket
 * and returns the results. struct usbip_ops implements the USB device.
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
 * struct usbip_urb - a pending transfer of the host
 * @next:   next transfer of the same endpoint and direction
 * @seqnum: number of the transfer in the protocol
 * @flags:  USBIP_URB_*
 * @ep:     endpoint number without direction
 * @in:     direction, true for IN
 * @len:    bytes requested (IN) or supplied (OUT)
 * @actual: bytes transferred so far
 * @setup:  SETUP packet of a control transfer
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
 * struct usbip_ops - callbacks of the USB device
 * @control: handle a control transfer. @data has @setup->length bytes: the data of an OUT
 *	transfer, or the buffer for an IN transfer. Return the bytes of the data stage (IN),
 *	0 (OUT), or -EPIPE to stall.
 * @queued:  a transfer was queued on an endpoint other than 0
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
 * struct usbip - the connection of one attached device; private to usbip.c
 * @fd:      socket, owned
 * @ops:     callbacks of the device
 * @ctx:     first argument of the functions of @ops
 * @queue:   pending transfers, indexed by direction (1 is IN) and endpoint number
 * @header:  header of the message that is being received
 * @got:     bytes in @header so far
 * @urb:     transfer whose data is being received, or NULL
 * @urb_got: bytes of its data so far
 * @out:     bytes that the socket did not take yet
 * @out_len: bytes in @out
 * @out_pos: bytes of @out that were sent
 * @out_cap: allocated size of @out
 * @error:   negative errno if the connection is broken, else 0
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
 * usbip_init() - initialize a connection
 * @u: connection
 * @fd: connected stream socket; the connection owns it from now on
 * @ops: callbacks of the device
 * @ctx: first argument of the functions of @ops
 */
void usbip_init(struct usbip *u, int fd, const struct usbip_ops *ops, void *ctx);

/**
 * usbip_close() - close the connection: the host sees a disconnected device
 * @u: connection
 */
void usbip_close(struct usbip *u);

/**
 * usbip_events() - events to poll the socket for
 * @u: connection
 *
 * Return: POLL*
 */
short usbip_events(const struct usbip *u);

/**
 * usbip_handle() - receive and send as much as possible without blocking
 * @u: connection
 *
 * Calls the callbacks of the device.
 *
 * Return: 0, or a negative errno if the connection is broken: -ECONNRESET if the host closed
 * it, -EPROTO after an invalid message
 */
int usbip_handle(struct usbip *u);

/**
 * usbip_flush() - send the queued messages
 * @u: connection
 *
 * Must be called before poll(): messages without data are queued until then.
 */
void usbip_flush(struct usbip *u);

/**
 * usbip_congested() - are too many bytes waiting for the socket
 * @u: connection
 *
 * Return: true if no transfer must be completed now, as on a busy bus
 */
bool usbip_congested(const struct usbip *u);

/**
 * usbip_first() - get the first pending transfer of an endpoint
 * @u: connection
 * @ep: endpoint number without direction
 * @in: direction, true for IN
 *
 * Return: transfer, valid until it is completed or usbip_handle() is called; NULL if none
 */
struct usbip_urb *usbip_first(const struct usbip *u, u8 ep, bool in);

/**
 * usbip_complete() - complete the first pending transfer of an endpoint
 * @u: connection
 * @ep: endpoint number without direction
 * @in: direction, true for IN
 * @status: 0 or a negative errno
 *
 * Sends urb->actual bytes to the host, at most urb->len, and frees the transfer.
 */
void usbip_complete(struct usbip *u, u8 ep, bool in, int status);

#endif /* USBIP_H */
