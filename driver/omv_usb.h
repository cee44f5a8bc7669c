/* SPDX-License-Identifier: GPL-2.0-only */
/* The transport: URBs on the bulk endpoints of the CDC function. */
#ifndef OMV_USB_H
#define OMV_USB_H

#include <linux/completion.h>
#include <linux/spinlock.h>
#include <linux/usb.h>
#include <linux/usb/cdc.h>
#include <linux/workqueue.h>

#define OMV_RX_URBS		8
#define OMV_RX_SIZE		16384
#define OMV_TX_URBS		4

struct omv_usb;

/**
 * struct omv_tx - one OUT transfer
 * @usb:  transport
 * @urb:  URB with a buffer of OMV_MAX_PACKET bytes
 * @busy: @urb is in flight; under omv_usb.lock
 */
struct omv_tx {
	struct omv_usb *usb;
	struct urb *urb;
	bool busy;
};

/**
 * struct omv_usb - transport over a CDC ACM function
 * @dev:       USB device; a reference is held
 * @comm:      communication interface; a reference is held
 * @data:      data interface; a reference is held
 * @in:        bulk IN pipe
 * @out:       bulk OUT pipe
 * @lock:      lock of the link; protects the members marked below
 * @receive:   called with bytes from the camera, in completion context, with
 *	@lock held
 * @ctx:       first argument of @receive
 * @rx:        IN URBs; all are in flight while the transport is started
 * @tx:        OUT transfers
 * @ctrl:      URB for class requests, one at a time
 * @setup:     setup packet of @ctrl
 * @coding:    data of @ctrl, if any
 * @ctrl_done: completed when @ctrl completes
 * @rx_bytes:  bytes received; under @lock
 * @tx_bytes:  bytes sent; under @lock
 * @errors:    consecutive failed transfers; under @lock
 * @repair:    kills all URBs, clears halts, submits the IN URBs again
 * @repairing: @repair is killing the URBs: completion handlers must not
 *	resubmit; under @lock
 * @started:   between omv_usb_start() and omv_usb_stop(); under @lock
 */
struct omv_usb {
	struct usb_device *dev;
	struct usb_interface *comm;
	struct usb_interface *data;
	unsigned int in;
	unsigned int out;
	spinlock_t *lock;	/* omv_link.lock */
	void (*receive)(void *ctx, const void *data, size_t len);
	void *ctx;
	struct urb *rx[OMV_RX_URBS];
	struct omv_tx tx[OMV_TX_URBS];
	struct urb *ctrl;
	struct usb_ctrlrequest *setup;
	struct usb_cdc_line_coding *coding;
	struct completion ctrl_done;
	u64 rx_bytes;
	u64 tx_bytes;
	unsigned int errors;
	struct delayed_work repair;
	bool repairing;
	bool started;
};

int omv_usb_init(struct omv_usb *usb, struct usb_interface *comm,
		 struct usb_interface *data, struct usb_endpoint_descriptor *in,
		 struct usb_endpoint_descriptor *out);
void omv_usb_free(struct omv_usb *usb);
int omv_usb_start(struct omv_usb *usb);
void omv_usb_stop(struct omv_usb *usb, bool deactivate);
void omv_usb_block_control(struct omv_usb *usb);
void omv_usb_unblock_control(struct omv_usb *usb);
int omv_usb_send(struct omv_usb *usb, const void *data, u32 len);

#endif /* OMV_USB_H */
