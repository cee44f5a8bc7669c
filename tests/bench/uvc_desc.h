/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptors and requests of a USB video class camera (UVC 1.0) with one MJPEG
 * format and a bulk endpoint.
 */
#ifndef UVC_DESC_H
#define UVC_DESC_H

#include "../../firmware/ports/usbip/usb_ch9.h"

#define UVC_EP			1	/* bulk IN */
#define UVC_CONTROL_IF		0
#define UVC_STREAM_IF		1
#define UVC_PROBE_SIZE		26
#define UVC_HEADER_SIZE		2	/* of each payload, without time stamps */

/* Bits of the second byte of a payload's header */
#define UVC_HEADER_FID		0x01
#define UVC_HEADER_EOF		0x02
#define UVC_HEADER_EOH		0x80

/* bRequest of class requests */
enum {
	UVC_SET_CUR = 0x01,
	UVC_GET_CUR = 0x81,
	UVC_GET_MIN,
	UVC_GET_MAX,
	UVC_GET_RES,
	UVC_GET_LEN,
	UVC_GET_INFO,
	UVC_GET_DEF,
};

/* Selectors of the streaming interface */
enum {
	UVC_PROBE = 1,
	UVC_COMMIT = 2,
};

/**
 * struct uvc_format - the only format
 * @high_speed: USB high speed, otherwise full speed
 * @width:      width in pixels
 * @height:     height in lines
 * @frame_size: largest frame in bytes
 * @interval:   time between frames in units of 100 ns
 * @payload:    largest payload in bytes, including its header
 */
struct uvc_format {
	bool high_speed;
	u16 width;
	u16 height;
	u32 frame_size;
	u32 interval;
	u32 payload;
};

/**
 * uvc_descriptor() - build the response to GET_DESCRIPTOR
 * @f: format
 * @type: USB_DT_*
 * @index: index of a string descriptor
 * @buf: result; must have 256 bytes
 *
 * Return: length of the descriptor in bytes, or -EPIPE if there is none
 */
int uvc_descriptor(const struct uvc_format *f, u8 type, u8 index, u8 *buf);

/**
 * uvc_probe() - build the block of parameters that probe and commit return
 * @f: format
 * @buf: result, UVC_PROBE_SIZE bytes
 */
void uvc_probe(const struct uvc_format *f, u8 *buf);

#endif /* UVC_DESC_H */
