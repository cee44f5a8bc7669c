/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The descriptors of stock cameras (protocol section 11.3), and malformed ones.
 */
#ifndef USB_DESC_H
#define USB_DESC_H

#include "usb_ch9.h"

#define USB_DESC_MAX		256	/* largest descriptor here, in bytes */

#define USB_CDC_UNION		6	/* subtype of a CS_INTERFACE descriptor */

/**
 * struct usb_layout - interface and endpoint numbers, the latter without the direction bit
 * @comm_if:   CDC communications interface
 * @data_if:   CDC data interface
 * @msc_if:    mass storage interface
 * @notify_ep: interrupt IN endpoint of @comm_if
 * @cdc_ep:    bulk IN and OUT endpoints of @data_if
 * @msc_ep:    bulk IN and OUT endpoints of @msc_if
 */
struct usb_layout {
	u8 comm_if;
	u8 data_if;
	u8 msc_if;
	u8 notify_ep;
	u8 cdc_ep;
	u8 msc_ep;
};

/* Faults of the descriptors. */
enum usb_bad {
	USB_BAD_NONE,
	USB_BAD_SHORTCFG,	/* wTotalLength is larger than the descriptor */
	USB_BAD_BADLEN,		/* bLength is 0 in the first functional descriptor */
	USB_BAD_NOOUT,		/* the CDC data interface has no bulk OUT endpoint */
	USB_BAD_NOINT,		/* the CDC comm. interface has no interrupt endpoint */
	USB_BAD_DUPEP,		/* both CDC data endpoints have the same address */
	USB_BAD_BADEP,		/* wMaxPacketSize is 0 in the CDC data endpoints */
	USB_BAD_NOUNION,	/* there is no union descriptor */
	USB_BAD_ONLYCOMM,	/* the union names a CDC data interface that is missing */
	USB_BAD_COUNT
};

/**
 * usb_bad_name() - name of a fault on the command line
 * @bad: fault
 *
 * Return: name, NULL for USB_BAD_NONE and for USB_BAD_COUNT or more
 */
const char *usb_bad_name(enum usb_bad bad);

/**
 * usb_layout() - get the interface and endpoint numbers of a camera
 * @id: camera
 *
 * Return: layout
 */
const struct usb_layout *usb_layout(const struct port_identity *id);

/**
 * usb_descriptor() - build the response to GET_DESCRIPTOR
 * @id: camera
 * @bad: fault of the descriptors
 * @type: USB_DT_*
 * @index: index of a string descriptor
 * @buf: result; must have USB_DESC_MAX bytes
 *
 * Return: length of the descriptor in bytes, or -EPIPE if the camera has none
 */
int usb_descriptor(const struct port_identity *id, enum usb_bad bad, u8 type, u8 index, u8 *buf);

/**
 * usb_spoil() - apply a fault to a valid configuration descriptor
 * @id: camera
 * @bad: fault
 * @buf: descriptor, modified; must have USB_DESC_MAX bytes
 * @len: length of the descriptor in bytes
 *
 * Return: new length in bytes
 */
int usb_spoil(const struct port_identity *id, enum usb_bad bad, u8 *buf, int len);

#endif /* USB_DESC_H */
