/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The camera behind a serial line: /dev/ttyGS0 of a USB gadget that has an acm function, a UART,
 * a pty.
 *
 * A tty does not tell what rate and DTR the host has set, so the activation of protocol section
 * 11.1 is not to be had: the protocol is active as long as this end of the line is open, and there
 * is no console. A host that goes away in silence leaves the camera waiting, with what has not gone
 * out yet; it gets that first when it comes back, as section 11.1 allows.
 */
#ifndef TTY_PORT_H
#define TTY_PORT_H

#include "../port.h"

/**
 * tty_port_open() - be at the end of a serial line
 * @path: the tty; must stay valid
 * @upper: the camera
 * @ctx: first argument of @upper's functions
 * @why: if it fails, what was wrong and what to do is written here
 * @size: of @why
 *
 * A hangup, as when a gadget loses its host, makes the protocol inactive until the tty could be
 * opened again, which is tried for ever. ttyGS0 can be, with or without a host. What a host sends
 * that is back before the hangup was noticed comes late, with what it sends next.
 *
 * Closing the port of a gadget whose host does not read may take the 15 s that the kernel waits.
 *
 * Return: port, or NULL
 */
struct port *tty_port_open(const char *path, const struct port_upper *upper, void *ctx,
			   char *why, size_t size);

#endif /* TTY_PORT_H */
