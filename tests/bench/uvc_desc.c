// SPDX-License-Identifier: GPL-2.0-only
#include "uvc_desc.h"

#define CLASS_VIDEO	0x0e
#define SC_CONTROL	1
#define SC_STREAMING	2
#define SC_COLLECTION	3

#define CAMERA_ID	1
#define OUTPUT_ID	2

enum {
	STRING_LANGUAGE,
	STRING_MANUFACTURER,
	STRING_PRODUCT,
};

#define LE16(v)	(v) & 0xff, (v) >> 8 & 0xff
#define LE32(v)	LE16(v), (v) >> 16 & 0xff, (v) >> 24 & 0xff

static u8 *put_control(u8 *p)
{
	u8 *start;

	p = USB_PUT(p, USB_DT_INTERFACE, UVC_CONTROL_IF, 0, 0, CLASS_VIDEO, SC_CONTROL, 0,
		    STRING_PRODUCT);
	start = p;
	/* UVC 1.0, 48 MHz, one streaming interface; the total length is set below. */
	p = USB_PUT(p, USB_DT_CS_INTERFACE, 1, LE16(0x0100), LE16(0), LE32(48000000), 1,
		    UVC_STREAM_IF);
	/* A camera without controls, and the host as its output. */
	p = USB_PUT(p, USB_DT_CS_INTERFACE, 2, CAMERA_ID, LE16(0x0201), 0, 0, LE16(0), LE16(0),
		    LE16(0), 2, LE16(0));
	p = USB_PUT(p, USB_DT_CS_INTERFACE, 3, OUTPUT_ID, LE16(0x0101), 0, CAMERA_ID, 0);
	start[5] = p - start;
	return p;
}

static u8 *put_stream(u8 *p, const struct uvc_format *f, bool high_speed)
{
	u32 rate = f->interval ? f->frame_size * 8ULL * 10000000 / f->interval : 0;
	u8 *start;

	p = USB_PUT(p, USB_DT_INTERFACE, UVC_STREAM_IF, 0, 1, CLASS_VIDEO, SC_STREAMING, 0, 0);
	start = p;
	p = USB_PUT(p, USB_DT_CS_INTERFACE, 1, 1, LE16(0), 0x80 | UVC_EP, 0, OUTPUT_ID, 0, 0, 0,
		    1, 0);
	p = USB_PUT(p, USB_DT_CS_INTERFACE, 6, 1, 1, 0, 1, 0, 0, 0, 0);
	p = USB_PUT(p, USB_DT_CS_INTERFACE, 7, 1, 0, LE16(f->width), LE16(f->height), LE32(rate),
		    LE32(rate), LE32(f->frame_size), LE32(f->interval), 1, LE32(f->interval));
	start[4] = p - start;
	return usb_put_bulk(p, 0x80 | UVC_EP, usb_packet_size(high_speed));
}

static int put_config(const struct uvc_format *f, bool high_speed, u8 type, u8 *buf)
{
	u8 *p = USB_PUT(buf, type, LE16(0), 2, 1, 0, 0x80, 250);

	p = USB_PUT(p, USB_DT_IAD, UVC_CONTROL_IF, 2, CLASS_VIDEO, SC_COLLECTION, 0,
		    STRING_PRODUCT);
	p = put_control(p);
	p = put_stream(p, f, high_speed);
	buf[2] = p - buf;
	return p - buf;
}

static int put_string(u8 index, u8 *buf)
{
	switch (index) {
	case STRING_LANGUAGE:
		return USB_PUT(buf, USB_DT_STRING, LE16(0x0409)) - buf;
	case STRING_MANUFACTURER:
		return usb_put_string(buf, "openmv");
	case STRING_PRODUCT:
		return usb_put_string(buf, "Bulk UVC camera");
	}
	return -EPIPE;
}

int uvc_descriptor(const struct uvc_format *f, u8 type, u8 index, u8 *buf)
{
	switch (type) {
	case USB_DT_DEVICE:
		/* The id of the Linux Foundation for a webcam gadget. */
		return USB_PUT(buf, type, LE16(0x0200), 0xef, 2, 1, 64, LE16(0x1d6b),
			       LE16(0x0102), LE16(0x0100), STRING_MANUFACTURER, STRING_PRODUCT, 0,
			       1) - buf;
	case USB_DT_CONFIG:
		return put_config(f, f->high_speed, type, buf);
	case USB_DT_STRING:
		return put_string(index, buf);
	case USB_DT_QUALIFIER:
		if (f->high_speed)
			return USB_PUT(buf, type, LE16(0x0200), 0xef, 2, 1, 64, 1, 0) - buf;
		break;
	case USB_DT_OTHER_SPEED:
		if (f->high_speed)
			return put_config(f, false, type, buf);
		break;
	}
	return -EPIPE;
}

void uvc_probe(const struct uvc_format *f, u8 *buf)
{
	const u8 block[UVC_PROBE_SIZE] = {
		LE16(1), 1, 1, LE32(f->interval), LE16(0), LE16(0), LE16(0), LE16(0), LE16(0),
		LE32(f->frame_size), LE32(f->payload),
	};

	memcpy(buf, block, sizeof(block));
}
