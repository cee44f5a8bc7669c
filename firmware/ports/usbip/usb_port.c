// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "usb_port.h"

#include <stdlib.h>

#include "usb_msc.h"
#include "usbip.h"

#define BAUD_PROTOCOL		921600
#define FIFO_SIZE		4096	/* a power of two */
#define OUT_TRANSFER_MAX	4096
#define KEPT_MAX		1023	/* the ring of the STM stack has 1024 bytes */

enum {
	SET_LINE_CODING = 0x20,
	GET_LINE_CODING = 0x21,
	SET_CONTROL_LINE_STATE = 0x22,
	SEND_BREAK = 0x23,
};

#define LINE_CODING_SIZE	7
#define INTERFACES		3

/**
 * struct usb_port - a camera as a USB device
 * @port:      interface to the camera
 * @opt:       options
 * @upper:     callbacks of the camera
 * @ctx:       first argument of @upper's functions
 * @layout:    interface and endpoint numbers
 * @packet:    maximum packet size of the bulk endpoints, in bytes
 * @u:         USB/IP connection with the transfers
 * @msc:       mass storage function
 * @configured: configuration 1 is set
 * @halted:    stalled endpoints: a bit per endpoint, indexed by direction (1 is IN)
 * @coding:    line coding, as on the wire
 * @dtr:       the host has set DTR: the port is open
 * @active:    the protocol is active
 * @fifo:      bytes for the host
 * @fifo_in:   number of bytes written; the index is @fifo_in modulo FIFO_SIZE
 * @fifo_out:  number of bytes read
 * @flush:     the camera wants all bytes in the FIFO to be sent
 * @full_last: the last packet sent was a full one: the burst is not ended
 * @refused:   the FIFO took fewer bytes than the camera had
 * @out:       data of the OUT transfer in progress in the device
 * @out_len:   bytes of it
 * @out_pos:   bytes of it that the camera has taken
 * @out_ready: it is complete
 * @kept:      STM: bytes that came while nobody read the console
 * @kept_len:  bytes at @kept
 * @tokens:    bytes that the bus may carry now
 * @filled:    time of the last update of @tokens, in ns
 */
struct usb_port {
	struct port port;
	struct usb_port_options opt;
	const struct port_upper *upper;
	void *ctx;
	const struct usb_layout *layout;
	u16 packet;
	struct usbip u;
	struct usb_msc msc;
	bool configured;
	u16 halted[2];
	u8 coding[LINE_CODING_SIZE];
	bool dtr;
	bool active;
	u8 fifo[FIFO_SIZE];
	u32 fifo_in;
	u32 fifo_out;
	bool flush;
	bool full_last;
	bool refused;
	u8 out[OUT_TRANSFER_MAX];
	u32 out_len;
	u32 out_pos;
	bool out_ready;
	u8 kept[KEPT_MAX];
	u32 kept_len;
	u32 tokens;
	u64 filled;
};

static struct usb_port *to_usb(struct port *port)
{
	return container_of(port, struct usb_port, port);
}

static u32 min_u32(u32 a, u32 b)
{
	return a < b ? a : b;
}

/*
 * Rate limit of the bus: a token bucket that holds the bytes of 10 ms, but at least some
 * packets.
 */
static u32 bus_tokens(struct usb_port *p)
{
	u64 now, add, most;

	if (!p->opt.bus_rate)
		return ~0u;
	now = port_now();
	most = p->opt.bus_rate / 100 + 4 * p->packet;
	/* After a long idle time the product would overflow; it is limited to @most anyway. */
	add = now - p->filled < 1000000000 ?
	      (now - p->filled) * p->opt.bus_rate / 1000000000 : most;
	if (add) {
		p->tokens = p->tokens + add < most ? p->tokens + add : most;
		p->filled = now;
	}
	return p->tokens;
}

static void bus_spend(struct usb_port *p, u32 bytes)
{
	if (p->opt.bus_rate)
		p->tokens -= min_u32(p->tokens, bytes);
}

static u64 bus_deadline(const struct usb_port *p)
{
	return p->filled + (u64)p->packet * 1000000000 / p->opt.bus_rate + 1;
}

/* IN: bytes of the FIFO are sent as packets, packets fill the host's transfers. */

static u32 fifo_used(const struct usb_port *p)
{
	return p->fifo_in - p->fifo_out;
}

static void fifo_get(struct usb_port *p, u8 *to, u32 len)
{
	u32 at = p->fifo_out % FIFO_SIZE;
	u32 part = min_u32(len, FIFO_SIZE - at);

	memcpy(to, p->fifo + at, part);
	memcpy(to + part, p->fifo, len - part);
	p->fifo_out += len;
}

static void fifo_put(struct usb_port *p, const u8 *from, u32 len)
{
	u32 at = p->fifo_in % FIFO_SIZE;
	u32 part = min_u32(len, FIFO_SIZE - at);

	memcpy(p->fifo + at, from, part);
	memcpy(p->fifo, from + part, len - part);
	p->fifo_in += len;
}

/* A packet does not fit in the transfer: fail it, as a host controller does on babble. */
static void in_babble(struct usb_port *p, u32 len)
{
	p->fifo_out += len;
	usbip_complete(&p->u, p->layout->cdc_ep, true, -EOVERFLOW);
}

/* Send as many full packets as are available and fit. Return: true if any was sent */
static bool in_full(struct usb_port *p, struct usbip_urb *urb)
{
	u32 room = urb->len - urb->actual;
	u32 len = min_u32(fifo_used(p), bus_tokens(p));

	len -= len % p->packet;
	if (!len)
		return false;
	p->full_last = true;
	if (room < p->packet) {
		in_babble(p, p->packet);
		return true;
	}
	len = min_u32(len, room - room % p->packet);
	fifo_get(p, urb->data + urb->actual, len);
	bus_spend(p, len);
	urb->actual += len;
	if (urb->actual == urb->len)
		usbip_complete(&p->u, p->layout->cdc_ep, true, 0);
	return true;
}

/* Send the short packet that ends a transfer. A zero-length one only follows a full packet. */
static void in_short(struct usb_port *p, struct usbip_urb *urb)
{
	u32 len = fifo_used(p);

	if (len >= p->packet)
		return;		/* wait for the rate limit of the bus */
	p->flush = false;
	if (!len && !p->full_last)
		return;
	p->full_last = false;
	if (len > urb->len - urb->actual) {
		in_babble(p, len);
		return;
	}
	fifo_get(p, urb->data + urb->actual, len);
	bus_spend(p, len);
	urb->actual += len;
	usbip_complete(&p->u, p->layout->cdc_ep, true, 0);
}

static void in_run(struct usb_port *p, bool end)
{
	u8 ep = p->layout->cdc_ep;
	struct usbip_urb *urb;

	while ((urb = usbip_first(&p->u, ep, true))) {
		if (p->halted[1] & 1 << ep) {
			usbip_complete(&p->u, ep, true, -EPIPE);
			continue;
		}
		if (usbip_congested(&p->u))
			break;
		if (in_full(p, urb))
			continue;
		if (p->flush && end)
			in_short(p, urb);
		break;
	}
}

static u32 usb_send(struct port *port, const void *data, u32 len)
{
	struct usb_port *p = to_usb(port);
	u32 done = 0;

	while (done < len) {
		u32 n = min_u32(FIFO_SIZE - fifo_used(p), len - done);

		if (!n) {
			in_run(p, false);
			n = min_u32(FIFO_SIZE - fifo_used(p), len - done);
			if (!n) {
				p->refused = true;
				break;
			}
		}
		fifo_put(p, (const u8 *)data + done, n);
		done += n;
	}
	return done;
}

static void usb_flush(struct port *port)
{
	struct usb_port *p = to_usb(port);

	p->flush = true;
	if (p->opt.flush_packet)
		in_run(p, true);
}

static bool usb_listening(const struct port *port)
{
	return container_of(port, const struct usb_port, port)->dtr;
}

/* OUT: packets of the host's transfers fill the transfers of the device's own USB stack. */

static bool out_give(struct usb_port *p)
{
	u32 len = min_u32(p->upper->space(p->ctx), p->out_len - p->out_pos);

	if (!len || bus_tokens(p) < p->packet)
		return false;
	bus_spend(p, len);
	p->upper->receive(p->ctx, p->out + p->out_pos, len);
	p->out_pos += len;
	if (p->out_pos == p->out_len) {
		p->out_pos = p->out_len = 0;
		p->out_ready = false;
	}
	return true;
}

static bool out_take(struct usb_port *p)
{
	u8 ep = p->layout->cdc_ep;
	struct usbip_urb *urb = usbip_first(&p->u, ep, false);
	u32 len;

	if (!urb)
		return false;
	if (p->halted[0] & 1 << ep) {
		usbip_complete(&p->u, ep, false, -EPIPE);
		return true;
	}
	len = min_u32(urb->len - urb->actual, p->opt.id->out_transfer - p->out_len);
	memcpy(p->out + p->out_len, urb->data + urb->actual, len);
	p->out_len += len;
	urb->actual += len;
	p->out_ready = p->out_len == p->opt.id->out_transfer;
	if (urb->actual == urb->len) {
		if (urb->len % p->packet || urb->flags & USBIP_URB_ZERO_PACKET || !urb->len)
			p->out_ready = p->out_len > 0;
		usbip_complete(&p->u, ep, false, 0);
	}
	return true;
}

/*
 * While the protocol is off the ring of the STM stack takes what the camera does not read, and
 * drops what does not fit. Return: false if that is not so
 */
static bool out_keep(struct usb_port *p)
{
	u32 len = min_u32(p->out_len - p->out_pos, KEPT_MAX - p->kept_len);

	if (p->opt.id->stack != PORT_STACK_STM || p->active || p->upper->space(p->ctx))
		return false;
	memcpy(p->kept + p->kept_len, p->out + p->out_pos, len);
	p->kept_len += len;
	p->out_pos = p->out_len = 0;
	p->out_ready = false;
	return true;
}

static bool kept_give(struct usb_port *p)
{
	u32 len = p->kept_len ? min_u32(p->upper->space(p->ctx), p->kept_len) : 0;

	if (!len)
		return false;
	p->upper->receive(p->ctx, p->kept, len);
	p->kept_len -= len;
	memmove(p->kept, p->kept + len, p->kept_len);
	return true;
}

/* Return: whether the camera got anything */
static bool out_run(struct usb_port *p)
{
	bool given = false;

	for (;;) {
		if (kept_give(p) || (p->out_ready && !p->kept_len && out_give(p)))
			given = true;
		else if (p->out_ready ? !out_keep(p) : !out_take(p))
			break;
	}
	return given;
}

/* Control requests. */

static u32 coding_rate(const struct usb_port *p)
{
	return p->coding[0] | p->coding[1] << 8 | p->coding[2] << 16 | (u32)p->coding[3] << 24;
}

static void set_active(struct usb_port *p, bool active)
{
	if (active)
		p->halted[1] &= ~(1 << p->layout->cdc_ep);
	if (p->active == active)
		return;
	p->active = active;
	p->upper->active(p->ctx, active);
}

static void drop_out(struct usb_port *p)
{
	p->out_pos = p->out_len = 0;
	p->out_ready = false;
	p->kept_len = 0;
}

static void drop_in(struct usb_port *p)
{
	p->fifo_out = p->fifo_in;
	p->flush = p->full_last = false;
}

/* Section 11.1, column of TinyUSB boards. */
static void tinyusb_changed(struct usb_port *p, u8 request)
{
	bool fast = coding_rate(p) == BAUD_PROTOCOL;

	if (request == SET_LINE_CODING) {
		set_active(p, fast);
	} else if (request == SET_CONTROL_LINE_STATE) {
		if (!p->dtr)
			drop_in(p);
		set_active(p, fast && p->dtr);
	}
}

/* Section 11.1, column of STM boards: evaluated after any request. */
static void stm_changed(struct usb_port *p)
{
	set_active(p, p->dtr && coding_rate(p) == BAUD_PROTOCOL);
	if (!p->active)
		drop_out(p);
}

static int get_line_coding(const struct usb_port *p, const struct usbip_setup *s, u8 *data)
{
	static const u8 constant[LINE_CODING_SIZE] = { 0x00, 0xc2, 0x01, 0, 0, 0, 8 };
	u32 len = min_u32(s->length, LINE_CODING_SIZE);

	/* The STM stack always returns 115200. */
	memcpy(data, p->opt.id->stack == PORT_STACK_STM ? constant : p->coding, len);
	return len;
}

static int control_cdc(struct usb_port *p, const struct usbip_setup *s, u8 *data)
{
	int ret = 0;

	if (s->type == TYPE_CLASS_IN && s->request == GET_LINE_CODING)
		ret = get_line_coding(p, s, data);
	else if (s->type != TYPE_CLASS_OUT)
		return -EPIPE;
	else if (s->request == SET_LINE_CODING && s->length == LINE_CODING_SIZE)
		memcpy(p->coding, data, LINE_CODING_SIZE);
	else if (s->request == SET_CONTROL_LINE_STATE)
		p->dtr = s->value & 1;
	else if (s->request != SEND_BREAK)
		return -EPIPE;

	if (p->opt.id->stack == PORT_STACK_STM)
		stm_changed(p);
	else
		tinyusb_changed(p, s->request);
	return ret;
}

static int control_class(struct usb_port *p, const struct usbip_setup *s, u8 *data)
{
	if ((s->index & 0xff) == p->layout->comm_if)
		return control_cdc(p, s, data);
	if ((s->index & 0xff) == p->layout->msc_if)
		return usb_msc_control(&p->msc, s, data);
	return -EPIPE;
}

/*
 * USB/IP does not forward a bus reset, but each is followed by SET_CONFIGURATION. It deactivates
 * the protocol on TinyUSB boards, but not on STM boards.
 */
static int set_configuration(struct usb_port *p, u16 value)
{
	if (value > 1)
		return -EPIPE;
	p->configured = value;
	memset(p->halted, 0, sizeof(p->halted));
	usb_msc_init(&p->msc, &p->u, p->layout->msc_ep);
	if (p->opt.id->stack == PORT_STACK_TINYUSB) {
		p->dtr = false;
		drop_in(p);
		drop_out(p);
		set_active(p, false);
	}
	return 0;
}

static int feature(struct usb_port *p, const struct usbip_setup *s)
{
	u16 bit = 1 << (s->index & 15);
	bool in = s->index & 0x80;

	if (s->value)
		return -EPIPE;
	if (!(s->index & 15))
		return 0;	/* the next SETUP clears a halt of endpoint 0 */
	if (s->request == SET_FEATURE)
		p->halted[in] |= bit;
	else
		p->halted[in] &= ~bit;
	if ((s->index & 15) == p->layout->cdc_ep)
		in_run(p, false);
	return 0;
}

static int get_descriptor(const struct usb_port *p, const struct usbip_setup *s, u8 *data)
{
	u8 buf[USB_DESC_MAX];
	int len = usb_descriptor(p->opt.id, p->opt.bad, s->value >> 8, s->value, buf);

	if (len < 0)
		return len;
	len = min_u32(len, s->length);
	memcpy(data, buf, len);
	return len;
}

static int get_status(const struct usb_port *p, const struct usbip_setup *s, u8 *data)
{
	bool in = s->index & 0x80;

	if (s->length < 2)
		return -EPIPE;
	data[0] = s->type == TYPE_ENDPOINT_IN && p->halted[in] & 1 << (s->index & 15);
	data[1] = 0;
	return 2;
}

static int get_byte(const struct usbip_setup *s, u8 *data, u8 value)
{
	if (!s->length)
		return -EPIPE;
	data[0] = value;
	return 1;
}

static int control_standard(struct usb_port *p, const struct usbip_setup *s, u8 *data)
{
	switch (s->type << 8 | s->request) {
	case TYPE_DEVICE_IN << 8 | GET_STATUS:
	case TYPE_INTERFACE_IN << 8 | GET_STATUS:
	case TYPE_ENDPOINT_IN << 8 | GET_STATUS:
		return get_status(p, s, data);
	case TYPE_ENDPOINT_OUT << 8 | CLEAR_FEATURE:
	case TYPE_ENDPOINT_OUT << 8 | SET_FEATURE:
		return feature(p, s);
	case TYPE_DEVICE_OUT << 8 | SET_ADDRESS:
		return 0;
	case TYPE_DEVICE_IN << 8 | GET_DESCRIPTOR:
		return get_descriptor(p, s, data);
	case TYPE_DEVICE_IN << 8 | GET_CONFIGURATION:
		return get_byte(s, data, p->configured);
	case TYPE_DEVICE_OUT << 8 | SET_CONFIGURATION:
		return set_configuration(p, s->value);
	case TYPE_INTERFACE_IN << 8 | GET_INTERFACE:
		return s->index < INTERFACES ? get_byte(s, data, 0) : -EPIPE;
	case TYPE_INTERFACE_OUT << 8 | SET_INTERFACE:
		return s->index < INTERFACES && !s->value ? 0 : -EPIPE;
	}
	return -EPIPE;
}

static int usb_control(void *ctx, const struct usbip_setup *s, u8 *data)
{
	struct usb_port *p = ctx;

	if ((s->type & 0x60) == 0x20)
		return control_class(p, s, data);
	return control_standard(p, s, data);
}

static void usb_queued(void *ctx, u8 ep, bool in)
{
	struct usb_port *p = ctx;

	if (ep == p->layout->cdc_ep && in)
		in_run(p, false);
	else if (ep == p->layout->cdc_ep)
		out_run(p);
	else if (ep == p->layout->msc_ep)
		usb_msc_run(&p->msc);
	else if (!in || ep != p->layout->notify_ep)
		usbip_complete(&p->u, ep, in, -EPIPE);
	/* Nothing is ever sent on the interrupt endpoint. */
}

static const struct usbip_ops usbip_ops = {
	.control = usb_control,
	.queued = usb_queued,
};

/* Return: true if the camera must run at once */
static bool run(struct usb_port *p)
{
	bool again;

	in_run(p, true);
	again = p->refused && fifo_used(p) < FIFO_SIZE;
	if (again)
		p->refused = false;
	return out_run(p) || again;
}

static u64 usb_prepare(struct port *port, struct pollfd *pfd)
{
	struct usb_port *p = to_usb(port);
	bool again = run(p);

	usbip_flush(&p->u);
	pfd->fd = p->u.fd;
	pfd->events = usbip_events(&p->u);
	if (again || p->u.error)
		return 0;
	if (p->opt.bus_rate && p->tokens < p->packet &&
	    (p->out_ready || usbip_first(&p->u, p->layout->cdc_ep, true)))
		return bus_deadline(p);
	return PORT_NEVER;
}

static int usb_handle(struct port *port, short revents)
{
	struct usb_port *p = to_usb(port);
	int err = p->u.error;

	if (!err && revents)
		err = usbip_handle(&p->u);
	return err;
}

static void usb_close(struct port *port)
{
	struct usb_port *p = to_usb(port);

	/* Complete the transfer of the request that caused the reset of the camera. */
	usbip_flush(&p->u);
	usbip_close(&p->u);
	free(p);
}

static const struct port_ops usb_ops = {
	.send = usb_send,
	.flush = usb_flush,
	.listening = usb_listening,
	.prepare = usb_prepare,
	.handle = usb_handle,
	.close = usb_close,
};

struct port *usb_port_open(int fd, const struct usb_port_options *options,
			   const struct port_upper *upper, void *ctx)
{
	struct usb_port *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->port.ops = &usb_ops;
	p->opt = *options;
	p->upper = upper;
	p->ctx = ctx;
	p->layout = usb_layout(options->id);
	p->packet = usb_packet_size(options->id->high_speed);
	p->filled = port_now();
	memcpy(p->coding, (u8[]){ 0x00, 0xc2, 0x01, 0, 0, 0, 8 }, LINE_CODING_SIZE);
	usbip_init(&p->u, fd, &usbip_ops, p);
	usb_msc_init(&p->msc, &p->u, p->layout->msc_ep);
	return &p->port;
}
