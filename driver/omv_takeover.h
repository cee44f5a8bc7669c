/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sharing devices with cdc_acm. Not for upstream: there, cdc_acm would ignore
 * the ids of this driver.
 */
#ifndef OMV_TAKEOVER_H
#define OMV_TAKEOVER_H

#include <linux/usb.h>

int omv_takeover_init(const struct usb_device_id *ids);
void omv_takeover_start(void);
void omv_takeover_stop(void);
void omv_takeover_exit(void);
bool omv_takeover_refuses(struct usb_interface *comm);
bool omv_takeover_is_retry(struct usb_interface *comm);
void omv_takeover_leave(struct usb_interface *comm, bool retry);
void omv_takeover_answered(struct usb_interface *comm);

#endif /* OMV_TAKEOVER_H */
