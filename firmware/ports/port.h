/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A port connects a camera to a host. The camera, above, does not depend on USB; the port,
 * below, does not depend on the packets of the protocol.
 *
 * All functions run in the thread of the program's main loop, and none of them blocks.
 */
#ifndef PORT_H
#define PORT_H

#include <poll.h>
#include <time.h>

#include "../../driver/core/omv_port.h"

#define PORT_NEVER	U64_MAX

/**
 * port_now() - the clock of ports and camera
 *
 * Return: monotonic time in ns
 */
static inline u64 port_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* The two USB stacks of stock cameras (protocol section 11.1, 11.3). */
enum port_stack {
	PORT_STACK_TINYUSB,
	PORT_STACK_STM,
};

/**
 * struct port_identity - identity of a camera as a USB device
 * @vid:          vendor id
 * @pid:          product id
 * @stack:        USB stack: determines the descriptors and the rules of activation
 * @high_speed:   true for high speed, false for full speed
 * @out_transfer: size of the device's own OUT transfers in bytes: received data is processed
 *	when a transfer is full or ended by a short packet (section 11.4)
 * @manufacturer: string descriptor, at most 126 ASCII characters
 * @product:      string descriptor, at most 126 ASCII characters
 * @serial:       string descriptor, at most 126 ASCII characters
 */
struct port_identity {
	u16 vid;
	u16 pid;
	enum port_stack stack;
	bool high_speed;
	u16 out_transfer;
	const char *manufacturer;
	const char *product;
	const char *serial;
};

/**
 * struct port_upper - callbacks of the camera
 * @active:  the host activated or deactivated the protocol (section 11.1)
 * @space:   return the number of bytes that @receive would take now
 * @receive: take bytes from the host, at most the result of @space: packets while the
 *	protocol is active, otherwise input of the console
 */
struct port_upper {
	void (*active)(void *ctx, bool active);
	u32 (*space)(void *ctx);
	void (*receive)(void *ctx, const void *data, u32 len);
};

struct port;

/**
 * struct port_ops - operations of a port
 * @send:      take up to @len bytes for the host, return the number of bytes taken
 * @flush:     transmit all bytes taken so far
 * @listening: return true if a program on the host has the port open (DTR), with or without
 *	the protocol
 * @prepare:   called when the camera has nothing more to send for now. Set @pfd to the file
 *	and events to poll, return the latest time to call @handle, in ns. A USB transfer
 *	to the host does not end with a short packet before this call (section 11.4).
 * @handle:    process the events that were polled; also called when the time of @prepare is
 *	over. Return 0, or a negative errno if the host has disconnected for good.
 * @close:     unplug and free the port
 */
struct port_ops {
	u32 (*send)(struct port *port, const void *data, u32 len);
	void (*flush)(struct port *port);
	bool (*listening)(const struct port *port);
	u64 (*prepare)(struct port *port, struct pollfd *pfd);
	int (*handle)(struct port *port, short revents);
	void (*close)(struct port *port);
};

/**
 * struct port - a port; the first member of the struct of each kind
 * @ops: operations
 */
struct port {
	const struct port_ops *ops;
};

#endif /* PORT_H */
