/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The CDC function of a camera, accessed with libusb: activation and two byte
 * pipes.
 */
#ifndef CONF_USB_H
#define CONF_USB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CDC_ACTIVE_BAUD	921600u

/**
 * struct board - one line of the table in protocol.md section 13
 * @rbuf: size of the device's receive buffer in bytes; 0 if unknown
 * @comm: number of the CDC communications interface
 */
struct board {
	uint16_t vid, pid, rbuf;
	uint8_t comm;
	const char *name;
};

struct libusb_context;
struct libusb_device_handle;
struct usb;

/**
 * struct usb_info - properties of the device
 * @high_speed: connected at high speed or more
 * @has_msc: there is a mass-storage interface
 * @notify_ep: the communications interface has an interrupt IN endpoint
 * @ep_size: wMaxPacketSize of both bulk endpoints, bytes
 */
struct usb_info {
	struct board board;
	bool high_speed, has_msc, notify_ep;
	uint8_t comm, data, ep_in, ep_out;
	uint16_t ep_size;
};

/**
 * usb_open() - find a camera, claim its CDC pair and start reading
 * @vid: 0 for any id of section 13, else this VID and @pid
 * @wait_ms: time to wait for the camera, in ms
 * @why: on failure, the reason is written here
 *
 * Return: the camera, or NULL.
 */
struct usb *usb_open(uint16_t vid, uint16_t pid, int wait_ms, char *why, size_t why_size);
void usb_close(struct usb *u);
const struct usb_info *usb_info(const struct usb *u);

/** usb_handle(), usb_context() - for transfers of the caller's own, after usb_in_stop() */
struct libusb_device_handle *usb_handle(const struct usb *u);
struct libusb_context *usb_context(const struct usb *u);

/** usb_disconnected() - true if the camera was unplugged, or has reset itself */
bool usb_disconnected(const struct usb *u);

/**
 * usb_activate() - SET_LINE_CODING then SET_CONTROL_LINE_STATE (section 11.1)
 * @baud: CDC_ACTIVE_BAUD selects the protocol, any other rate the console
 *
 * Return: 0 or a libusb error.
 */
int usb_activate(struct usb *u, uint32_t baud, bool dtr);

/** usb_class_request() - any class request to the communication interface */
int usb_class_request(struct usb *u, bool in, uint8_t request, uint16_t value,
		      uint8_t *data, uint16_t len);

/**
 * usb_write() - send one bulk OUT transfer
 *
 * A zero-length packet follows if the length is a multiple of the endpoint size
 * (section 11.4). Data is received meanwhile.
 *
 * Return: number of bytes that the device took, or a negative libusb error.
 */
int usb_write(struct usb *u, const uint8_t *buf, size_t n, int timeout_ms);

/**
 * usb_read() - get received bytes; wait up to @timeout_ms for the first one
 *
 * Return: number of bytes, 0 on timeout, or a negative libusb error.
 */
int usb_read(struct usb *u, uint8_t *buf, size_t size, int timeout_ms);

/** usb_in_stop() - cancel all IN transfers, like a host that stops reading */
void usb_in_stop(struct usb *u);
int usb_in_start(struct usb *u);

double now_ms(void);

#endif
