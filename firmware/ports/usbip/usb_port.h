/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The camera as a USB device: CDC ACM and mass storage (protocol section 11).
 */
#ifndef USB_PORT_H
#define USB_PORT_H

#include "../port.h"
#include "usb_desc.h"

/**
 * struct usb_port_options - how to be a USB device
 * @id:           what the host finds; must stay valid
 * @bad:          what is wrong with the descriptors
 * @flush_packet: end a burst after each packet of the protocol, as a device does whose CPU
 *	is slower than its bus. Else when the camera has no more to send.
 * @bus_rate:     bytes per second in both directions of the CDC data, 0 for no limit
 */
struct usb_port_options {
	const struct port_identity *id;
	enum usb_bad bad;
	bool flush_packet;
	u32 bus_rate;
};

/**
 * usb_port_open() - be a USB device
 * @fd: stream socket, at the other end of which is a host that speaks USB/IP; owned from
 *	now on
 * @options: copied
 * @upper: the camera
 * @ctx: first argument of @upper's functions
 *
 * Return: port, or NULL if there is no memory
 */
struct port *usb_port_open(int fd, const struct usb_port_options *options,
			   const struct port_upper *upper, void *ctx);

#endif /* USB_PORT_H */
