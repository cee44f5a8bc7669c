// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "usb_desc.h"

enum {
	STRING_LANGUAGE,
	STRING_MANUFACTURER,
	STRING_PRODUCT,
	STRING_SERIAL,
	STRING_CDC,
	STRING_MSC,
};

static const struct usb_layout layouts[] = {
	[PORT_STACK_TINYUSB] = {
		.comm_if = 0, .data_if = 1, .msc_if = 2,
		.notify_ep = 1, .cdc_ep = 2, .msc_ep = 3,
	},
	[PORT_STACK_STM] = {
		.comm_if = 1, .data_if = 2, .msc_if = 0,
		.notify_ep = 2, .cdc_ep = 3, .msc_ep = 1,
	},
};

const struct usb_layout *usb_layout(const struct port_identity *id)
{
	return &layouts[id->stack];
}

static u8 *put_functional(u8 *p, const struct usb_layout *l, u8 cdc_minor, u8 capabilities)
{
	p = USB_PUT(p, USB_DT_CS_INTERFACE, 0, cdc_minor, 1);
	p = USB_PUT(p, USB_DT_CS_INTERFACE, 1, 0, l->data_if);
	p = USB_PUT(p, USB_DT_CS_INTERFACE, 2, capabilities);
	return USB_PUT(p, USB_DT_CS_INTERFACE, USB_CDC_UNION, l->comm_if, l->data_if);
}

static u8 *put_tinyusb(u8 *p, const struct usb_layout *l, u16 size)
{
	p = USB_PUT(p, USB_DT_IAD, l->comm_if, 2, 2, 2, 0, 0);
	p = USB_PUT(p, USB_DT_INTERFACE, l->comm_if, 0, 1, 2, 2, 0, STRING_CDC);
	p = put_functional(p, l, 0x20, 6);
	p = USB_PUT(p, USB_DT_ENDPOINT, 0x80 | l->notify_ep, 3, 8, 0, 16);
	p = USB_PUT(p, USB_DT_INTERFACE, l->data_if, 0, 2, 0x0a, 0, 0, 0);
	p = usb_put_bulk(p, l->cdc_ep, size);
	p = usb_put_bulk(p, 0x80 | l->cdc_ep, size);
	p = USB_PUT(p, USB_DT_INTERFACE, l->msc_if, 0, 2, 8, 6, 0x50, STRING_MSC);
	p = usb_put_bulk(p, l->msc_ep, size);
	return usb_put_bulk(p, 0x80 | l->msc_ep, size);
}

static u8 *put_stm(u8 *p, const struct usb_layout *l, u16 size)
{
	p = USB_PUT(p, USB_DT_INTERFACE, l->msc_if, 0, 2, 8, 6, 0x50, 0);
	p = usb_put_bulk(p, 0x80 | l->msc_ep, size);
	p = usb_put_bulk(p, l->msc_ep, size);
	p = USB_PUT(p, USB_DT_IAD, l->comm_if, 2, 2, 2, 1, 0);
	p = USB_PUT(p, USB_DT_INTERFACE, l->comm_if, 0, 1, 2, 2, 1, 0);
	p = put_functional(p, l, 0x10, 2);
	p = USB_PUT(p, USB_DT_ENDPOINT, 0x80 | l->notify_ep, 3, 8, 0, 16);
	p = USB_PUT(p, USB_DT_INTERFACE, l->data_if, 0, 2, 0x0a, 0, 0, 0);
	p = usb_put_bulk(p, l->cdc_ep, size);
	return usb_put_bulk(p, 0x80 | l->cdc_ep, size);
}

static int put_config(const struct port_identity *id, bool high_speed, u8 type, u8 *buf)
{
	const struct usb_layout *l = usb_layout(id);
	u8 milliamps = id->stack == PORT_STACK_STM ? 500 / 2 : 250 / 2;
	u16 size = usb_packet_size(high_speed);
	u8 *p = USB_PUT(buf, type, 0, 0, 3, 1, 0, 0x80, milliamps);

	p = id->stack == PORT_STACK_STM ? put_stm(p, l, size) : put_tinyusb(p, l, size);
	buf[2] = p - buf;
	return p - buf;
}

static int put_device(const struct port_identity *id, u8 *buf)
{
	u8 release = id->stack == PORT_STACK_STM ? 2 : 1;

	return USB_PUT(buf, USB_DT_DEVICE, 0, 2, 0xef, 2, 1, 64, id->vid & 0xff, id->vid >> 8,
		       id->pid & 0xff, id->pid >> 8, 0, release, STRING_MANUFACTURER,
		       STRING_PRODUCT, STRING_SERIAL, 1) - buf;
}

static int put_string(const struct port_identity *id, u8 index, u8 *buf)
{
	bool tinyusb = id->stack == PORT_STACK_TINYUSB;
	const char *s = NULL;

	switch (index) {
	case STRING_LANGUAGE:
		return USB_PUT(buf, USB_DT_STRING, 0x09, 0x04) - buf;
	case STRING_MANUFACTURER:
		s = id->manufacturer;
		break;
	case STRING_PRODUCT:
		s = id->product;
		break;
	case STRING_SERIAL:
		s = id->serial;
		break;
	case STRING_CDC:
		s = tinyusb ? "Board CDC" : NULL;
		break;
	case STRING_MSC:
		s = tinyusb ? "Board MSC" : NULL;
		break;
	}
	if (!s)
		return -EPIPE;
	return usb_put_string(buf, s);
}

int usb_descriptor(const struct port_identity *id, enum usb_bad bad, u8 type, u8 index, u8 *buf)
{
	switch (type) {
	case USB_DT_DEVICE:
		return put_device(id, buf);
	case USB_DT_CONFIG:
		return usb_spoil(id, bad, buf, put_config(id, id->high_speed, type, buf));
	case USB_DT_STRING:
		return put_string(id, index, buf);
	case USB_DT_QUALIFIER:
		/* With one, the kernel reports that a full-speed device could be faster. */
		if (!id->high_speed)
			return -EPIPE;
		return USB_PUT(buf, type, 0, 2, 0xef, 2, 1, 64, 1, 0) - buf;
	case USB_DT_OTHER_SPEED:
		return id->high_speed ? put_config(id, false, type, buf) : -EPIPE;
	}
	return -EPIPE;
}
