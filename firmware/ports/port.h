/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * How a camera reaches a host: a port. The camera above knows no USB, the port below
 * knows no packet of the protocol.
 *
 * Everything runs in the one thread of the program's main loop, and nothing blocks.
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
 * Return: nanoseconds, never going back
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
 * struct port_identity - what a host finds on the bus
 * @vid:          vendor id
 * @pid:          product id
 * @stack:        which descriptors, which rules of activation
 * @high_speed:   else full speed
 * @out_transfer: bytes that the device's OUT transfers take: the data is seen when one is
 *	full, or ended by a short packet (section 11.4)
 * @manufacturer: string, at most 126 ASCII characters, as are the others
 * @product:      string
 * @serial:       string
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
 * struct port_upper - what a port calls
 * @active:  the host switched the protocol on or off (section 11.1)
 * @space:   bytes that @receive would take now
 * @receive: bytes from the host, at most what @space said: packets while the protocol is
 *	active, else what somebody types at the console
 */
struct port_upper {
	void (*active)(void *ctx, bool active);
	u32 (*space)(void *ctx);
	void (*receive)(void *ctx, const void *data, u32 len);
};

struct port;

/**
 * struct port_ops - what a port can do
 * @send:      take up to @len bytes for the host, return how many were taken
 * @flush:     let what was sent go out
 * @listening: somebody at the host has the port open (DTR), protocol or not
 * @prepare:   the camera has nothing more to send now. Say in @pfd what to wait for, and
 *	until when at most. Not before this call does a burst end (section 11.4).
 * @handle:    what @prepare asked for has happened, or some time has passed. Return 0, or
 *	a negative errno once the host is gone for good.
 * @close:     unplug and free
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
 * struct port - a way to a host; the start of each port's own struct
 * @ops: how it is done
 */
struct port {
	const struct port_ops *ops;
};

#endif /* PORT_H */
