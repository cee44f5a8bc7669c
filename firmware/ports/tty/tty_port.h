/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The camera on a serial line: /dev/ttyGS0 of a USB gadget with an acm function, a UART or a pty.
 *
 * A tty does not report the bit rate and DTR that the host has set, so the activation of protocol
 * section 11.1 is impossible: the protocol is active as long as this end of the line is open, and
 * there is no console. If a host disconnects without a hangup, bytes that were not sent yet are
 * kept; a host that connects later receives them first, as section 11.1 allows.
 */
#ifndef TTY_PORT_H
#define TTY_PORT_H

#include "../port.h"

/**
 * tty_port_open() - connect the camera to a serial line
 * @path: path of the tty; the string must stay valid
 * @upper: callbacks of the camera
 * @ctx: first argument of @upper's functions
 * @why: on failure, a message with the reason and the remedy is written here
 * @size: size of @why
 *
 * A hangup, for example when a gadget loses its host, makes the protocol inactive until the tty
 * was opened again; this is tried forever. ttyGS0 can be opened with or without a host. If a host
 * reconnects before the hangup was noticed, its first bytes are received only together with its
 * next ones.
 *
 * If the host of a gadget does not read, closing the port may take up to 15 s in the kernel.
 *
 * Return: port, or NULL on failure
 */
struct port *tty_port_open(const char *path, const struct port_upper *upper, void *ctx,
			   char *why, size_t size);

#endif /* TTY_PORT_H */
