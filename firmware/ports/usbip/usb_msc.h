/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The camera's disk: bulk-only mass storage that has no medium.
 */
#ifndef USB_MSC_H
#define USB_MSC_H

#include "usbip.h"

/**
 * struct usb_msc - the mass-storage function; private
 * @u:         where its transfers are
 * @ep:        number of both bulk endpoints
 * @data:      data stage to the host
 * @data_len:  its length
 * @data_due:  it waits for a transfer; so does a stage of no bytes
 * @csw:       status that ends the command
 * @csw_due:   it waits for a transfer
 * @discard:   bytes of a data stage from the host still to come
 * @broken:    no command was understood: stalled until a reset
 * @sense_key: what REQUEST SENSE tells
 * @sense_asc: additional sense code
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
 * usb_msc_init() - start
 * @msc: function
 * @u: where its transfers are
 * @ep: number of both bulk endpoints
 */
void usb_msc_init(struct usb_msc *msc, struct usbip *u, u8 ep);

/**
 * usb_msc_control() - a class request to the interface
 * @msc: function
 * @setup: request
 * @data: of the data stage
 *
 * Return: as in struct usbip_ops
 */
int usb_msc_control(struct usb_msc *msc, const struct usbip_setup *setup, u8 *data);

/**
 * usb_msc_run() - serve the transfers that wait
 * @msc: function
 */
void usb_msc_run(struct usb_msc *msc);

#endif /* USB_MSC_H */
