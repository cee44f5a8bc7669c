/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The descriptors of stock cameras (protocol section 11.3), and malformed ones.
 */
#ifndef USB_DESC_H
#define USB_DESC_H

#include "../port.h"

#define USB_DESC_MAX		256	/* no descriptor here is longer */

#define USB_DT_DEVICE		1
#define USB_DT_CONFIG		2
#define USB_DT_STRING		3
#define USB_DT_INTERFACE	4
#define USB_DT_ENDPOINT		5
#define USB_DT_QUALIFIER	6
#define USB_DT_OTHER_SPEED	7
#define USB_DT_IAD		11
#define USB_DT_CS_INTERFACE	0x24

#define USB_CDC_UNION		6	/* subtype of a CS_INTERFACE descriptor */

/**
 * struct usb_layout - which number has what
 * @comm_if:   interface of CDC control
 * @data_if:   interface of CDC data
 * @msc_if:    interface of the mass storage
 * @notify_ep: endpoint numbers, without the direction bit, from here on: interrupt in
 * @cdc_ep:    bulk in and out of CDC data
 * @msc_ep:    bulk in and out of the mass storage
 */
struct usb_layout {
	u8 comm_if;
	u8 data_if;
	u8 msc_if;
	u8 notify_ep;
	u8 cdc_ep;
	u8 msc_ep;
};

/* What a descriptor can be wrong in. */
enum usb_bad {
	USB_BAD_NONE,
	USB_BAD_SHORTCFG,	/* wTotalLength promises more than is sent */
	USB_BAD_BADLEN,		/* bLength 0 in the first functional descriptor */
	USB_BAD_NOOUT,		/* no bulk out endpoint at the CDC data */
	USB_BAD_NOINT,		/* no interrupt endpoint at the CDC control */
	USB_BAD_DUPEP,		/* both CDC data endpoints have one address */
	USB_BAD_BADEP,		/* wMaxPacketSize 0 at the CDC data endpoints */
	USB_BAD_NOUNION,	/* no union descriptor */
	USB_BAD_ONLYCOMM,	/* no CDC data interface, though the union names it */
	USB_BAD_COUNT
};

/**
 * usb_bad_name() - what the command line calls it
 * @bad: which
 *
 * Return: name, NULL for USB_BAD_NONE and beyond the last
 */
const char *usb_bad_name(enum usb_bad bad);

/**
 * usb_layout() - where the functions of a camera are
 * @id: camera
 *
 * Return: layout
 */
const struct usb_layout *usb_layout(const struct port_identity *id);

/**
 * usb_packet_size() - of the bulk endpoints
 * @high_speed: else full speed
 *
 * Return: bytes
 */
u16 usb_packet_size(bool high_speed);

/**
 * usb_descriptor() - answer to GET_DESCRIPTOR
 * @id: camera
 * @bad: what is wrong with it
 * @type: USB_DT_*
 * @index: of a string
 * @buf: written; USB_DESC_MAX bytes
 *
 * Return: its length, or -EPIPE if the camera has none
 */
int usb_descriptor(const struct port_identity *id, enum usb_bad bad, u8 type, u8 index, u8 *buf);

/**
 * usb_spoil() - make a good configuration descriptor bad
 * @id: camera
 * @bad: what is to be wrong with it
 * @buf: descriptor, changed; USB_DESC_MAX bytes
 * @len: of it
 *
 * Return: its new length
 */
int usb_spoil(const struct port_identity *id, enum usb_bad bad, u8 *buf, int len);

#endif /* USB_DESC_H */
