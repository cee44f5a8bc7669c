/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Plugs a device into the vhci_hcd of this machine.
 */
#ifndef VHCI_H
#define VHCI_H

#include "../../../driver/core/omv_port.h"

/**
 * vhci_attach() - plug a device in
 * @high_speed: true for high speed, false for full speed
 * @port: set to the number of the vhci_hcd port
 * @why: on failure, a message with the reason and the remedy is written here
 * @size: size of @why
 *
 * Return: the device's end of the socket, owned by the caller, or a negative errno
 */
int vhci_attach(bool high_speed, unsigned int *port, char *why, size_t size);

#endif /* VHCI_H */
