/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The camera's disk: bulk-only mass storage without a medium.
 */
#ifndef USB_MSC_H
#define USB_MSC_H

#include "usbip.h"

/**
 * struct usb_msc - the mass-storage function; private
 * @u:         connection with the transfers of the function
 * @ep:        number of both bulk endpoints
 * @data:      data stage to the host
 * @data_len:  bytes of @data
 * @data_due:  @data, which may be empty, waits for a transfer
 * @csw:       command status wrapper that ends the command
 * @csw_due:   @csw waits for a transfer
 * @discard:   bytes of a data stage from the host that are still to be received and ignored
 * @broken:    an invalid command wrapper was received: stalled until a reset
 * @sense_key: sense key for REQUEST SENSE
 * @sense_asc: additional sense code for REQUEST SENSE
 */
struct usb_msc {
	struct usbip *u;
	u8 ep;
	u8 data[36];
	u32 data_len;
	bool data_due;
	u8 csw[13];
	bool csw_due;
	u32 discard;
	bool broken;
	u8 sense_key;
	u8 sense_asc;
};

/**
 * usb_msc_init() - initialize the function
 * @msc: function
 * @u: connection with the transfers of the function
 * @ep: number of both bulk endpoints
 */
void usb_msc_init(struct usb_msc *msc, struct usbip *u, u8 ep);

/**
 * usb_msc_control() - handle a class request to the interface
 * @msc: function
 * @setup: request
 * @data: data stage, @setup->length bytes
 *
 * Return: as the control() of struct usbip_ops
 */
int usb_msc_control(struct usb_msc *msc, const struct usbip_setup *setup, u8 *data);

/**
 * usb_msc_run() - serve the pending transfers
 * @msc: function
 */
void usb_msc_run(struct usb_msc *msc);

#endif /* USB_MSC_H */
