/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The camera as a USB device: CDC ACM and mass storage (protocol section 11).
 */
#ifndef USB_PORT_H
#define USB_PORT_H

#include "../port.h"
#include "usb_desc.h"

/**
 * struct usb_port_options - properties of the USB device
 * @id:           identity; must stay valid
 * @bad:          fault of the descriptors
 * @flush_packet: end a USB transfer after each packet of the protocol, like a device whose CPU
 *	is slower than its bus; otherwise only when the camera has nothing more to send
 * @bus_rate:     bytes per second of the CDC data in both directions together, 0 for no limit
 */
struct usb_port_options {
	const struct port_identity *id;
	enum usb_bad bad;
	bool flush_packet;
	u32 bus_rate;
};

/**
 * usb_port_open() - create a USB device for the camera
 * @fd: stream socket to a USB/IP host; on success the port owns it
 * @options: options; copied
 * @upper: callbacks of the camera
 * @ctx: first argument of @upper's functions
 *
 * Return: port, or NULL if out of memory
 */
struct port *usb_port_open(int fd, const struct usb_port_options *options,
			   const struct port_upper *upper, void *ctx);

#endif /* USB_PORT_H */
