/* SPDX-License-Identifier: GPL-2.0-only */
/* The camera object, as the USB driver uses it. */
#ifndef OMV_CAMERA_H
#define OMV_CAMERA_H

#include <linux/usb.h>

struct omv_camera;

/**
 * struct omv_camera_ops - callbacks of a camera to the USB driver
 * @answered: the device has responded to SYNC: it is a camera. Process context.
 * @give_up:  the device has not responded in time (@answered is false), or has
 *	responded but cannot be used. The USB driver should unbind; if it does
 *	not, this is called again some seconds later. Atomic context.
 */
struct omv_camera_ops {
	void (*answered)(struct usb_interface *comm);
	void (*give_up)(struct usb_interface *comm, bool answered);
};

struct omv_camera *omv_camera_probe(struct usb_interface *comm,
				    struct usb_interface *data,
				    struct usb_endpoint_descriptor *in,
				    struct usb_endpoint_descriptor *out,
				    const struct omv_camera_ops *ops,
				    unsigned int patience_ms,
				    const char *board);
void omv_camera_remove(struct omv_camera *cam);
void omv_camera_suspend(struct omv_camera *cam);
void omv_camera_resume(struct omv_camera *cam);

#endif /* OMV_CAMERA_H */
