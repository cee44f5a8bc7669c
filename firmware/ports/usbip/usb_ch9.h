/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Standard requests and descriptors of USB (chapter 9), for all devices here.
 */
#ifndef USB_CH9_H
#define USB_CH9_H

#include "../port.h"

/* bDescriptorType */
#define USB_DT_DEVICE		1
#define USB_DT_CONFIG		2
#define USB_DT_STRING		3
#define USB_DT_INTERFACE	4
#define USB_DT_ENDPOINT		5
#define USB_DT_QUALIFIER	6
#define USB_DT_OTHER_SPEED	7
#define USB_DT_IAD		11
#define USB_DT_CS_INTERFACE	0x24

/* bmRequestType */
#define TYPE_DEVICE_OUT		0x00
#define TYPE_INTERFACE_OUT	0x01
#define TYPE_ENDPOINT_OUT	0x02
#define TYPE_DEVICE_IN		0x80
#define TYPE_INTERFACE_IN	0x81
#define TYPE_ENDPOINT_IN	0x82
#define TYPE_CLASS_OUT		0x21
#define TYPE_CLASS_IN		0xa1

/* bRequest of standard requests */
enum {
	GET_STATUS = 0x00,
	CLEAR_FEATURE = 0x01,
	SET_FEATURE = 0x03,
	SET_ADDRESS = 0x05,
	GET_DESCRIPTOR = 0x06,
	GET_CONFIGURATION = 0x08,
	SET_CONFIGURATION = 0x09,
	GET_INTERFACE = 0x0a,
	SET_INTERFACE = 0x0b,
};

static inline u8 *usb_put_bytes(u8 *p, const u8 *bytes)
{
	memcpy(p, bytes, bytes[0]);
	return p + bytes[0];
}

/* Append a descriptor; its length byte is computed. Return: the end */
#define USB_PUT(p, ...) \
	usb_put_bytes(p, (const u8[]){ sizeof((u8[]){ __VA_ARGS__ }) + 1, __VA_ARGS__ })

static inline u8 *usb_put_bulk(u8 *p, u8 address, u16 size)
{
	return USB_PUT(p, USB_DT_ENDPOINT, address, 2, size & 0xff, size >> 8, 0);
}

/**
 * usb_packet_size() - get the maximum packet size of the bulk endpoints
 * @high_speed: true for high speed, false for full speed
 *
 * Return: bytes
 */
static inline u16 usb_packet_size(bool high_speed)
{
	return high_speed ? 512 : 64;
}

/**
 * usb_put_string() - build a string descriptor
 * @buf: result; must have 256 bytes
 * @s: at most 126 ASCII characters
 *
 * Return: length of the descriptor in bytes
 */
static inline int usb_put_string(u8 *buf, const char *s)
{
	int len = 2;

	for (; *s && len < 254; s++) {
		buf[len++] = *s;
		buf[len++] = 0;
	}
	buf[0] = len;
	buf[1] = USB_DT_STRING;
	return len;
}

#endif /* USB_CH9_H */
