/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Plugging a device into this machine's own vhci_hcd.
 */
#ifndef VHCI_H
#define VHCI_H

#include "../../../driver/core/omv_port.h"

/**
 * vhci_attach() - plug a device in
 * @high_speed: else full speed
 * @port: the number of the port it is in is written here
 * @why: if it fails, what was wrong and what to do is written here
 * @size: of @why
 *
 * Return: the device's end of the socket, owned by the caller, or a negative errno
 */
int vhci_attach(bool high_speed, unsigned int *port, char *why, size_t size);

#endif /* VHCI_H */
