// SPDX-License-Identifier: GPL-2.0-only
/*
 * The transport: activates the protocol on the CDC function, transfers bytes.
 */
#include <linux/slab.h>

#include "core/omv_wire.h"
#include "omv_usb.h"

/* This rate activates the protocol (protocol 11.1). */
#define OMV_BAUD_RATE	921600

/*
 * Delay before failed transfers are repaired, doubled up to 32 times. Transfers
 * often fail because of an unplug that the hub driver has not reported yet.
 */
#define OMV_REPAIR_MS	50

/*
 * Timeout of class requests, and of the one that drops DTR. A busy camera may
 * respond late; the response to the latter does not matter.
 */
#define OMV_CTRL_MS	5000
#define OMV_CTRL_END_MS	1000

/* ---- transfers -------------------------------------------------------- */

static void omv_usb_failed(struct omv_usb *usb)
{
	unsigned int delay = OMV_REPAIR_MS << min(usb->errors, 5U);

	lockdep_assert_held(usb->lock);
	usb->errors++;
	schedule_delayed_work(&usb->repair, msecs_to_jiffies(delay));
}

/* If false, completion handlers must not resubmit. */
static bool omv_usb_is_running(const struct omv_usb *usb)
{
	lockdep_assert_held(usb->lock);
	return usb->started && !usb->repairing;
}

static void omv_rx_complete(struct urb *urb)
{
	struct omv_usb *usb = urb->context;
	unsigned long flags;

	spin_lock_irqsave(usb->lock, flags);
	if (!omv_usb_is_running(usb))
		goto unlock;

	switch (urb->status) {
	case 0:
		usb->errors = 0;
		usb->rx_bytes += urb->actual_length;
		usb->receive(usb->ctx, urb->transfer_buffer,
			     urb->actual_length);
		if (!usb_submit_urb(urb, GFP_ATOMIC))
			break;
		fallthrough;
	default:
		/*
		 * Repair with a delay: after an unplug each URB fails at once
		 * with -EPROTO.
		 */
		omv_usb_failed(usb);
		break;
	case -ENOENT:
	case -ECONNRESET:
	case -ESHUTDOWN:
		break;
	}
unlock:
	spin_unlock_irqrestore(usb->lock, flags);
}

static void omv_tx_complete(struct urb *urb)
{
	struct omv_tx *tx = urb->context;
	struct omv_usb *usb = tx->usb;
	unsigned long flags;

	spin_lock_irqsave(usb->lock, flags);
	tx->busy = false;
	if (urb->status == -EPIPE && omv_usb_is_running(usb))
		omv_usb_failed(usb);
	spin_unlock_irqrestore(usb->lock, flags);
}

/**
 * omv_usb_send() - send a packet
 * @usb: transport
 * @data: bytes; copied
 * @len: number of bytes, at most OMV_MAX_PACKET
 *
 * Any context. The caller holds @usb->lock.
 *
 * Return: 0, -EBUSY if all OUT transfers are in use, -ESHUTDOWN if the
 * transport is stopped, or an error of usb_submit_urb()
 */
int omv_usb_send(struct omv_usb *usb, const void *data, u32 len)
{
	struct omv_tx *tx = usb->tx;
	struct omv_tx *end = tx + OMV_TX_URBS;
	int ret;

	if (!omv_usb_is_running(usb))
		return -ESHUTDOWN;
	while (tx < end && tx->busy)
		tx++;
	if (tx == end)
		return -EBUSY;

	memcpy(tx->urb->transfer_buffer, data, len);
	tx->urb->transfer_buffer_length = len;
	ret = usb_submit_urb(tx->urb, GFP_ATOMIC);
	tx->busy = !ret;
	if (!ret)
		usb->tx_bytes += len;
	return ret;
}

static int omv_rx_submit(struct omv_usb *usb)
{
	int i, ret;

	for (i = 0; i < OMV_RX_URBS; i++) {
		ret = usb_submit_urb(usb->rx[i], GFP_NOIO);
		if (ret)
			return ret;
	}
	return 0;
}

static void omv_usb_kill(struct omv_usb *usb)
{
	int i;

	for (i = 0; i < OMV_RX_URBS; i++)
		usb_kill_urb(usb->rx[i]);
	for (i = 0; i < OMV_TX_URBS; i++)
		usb_kill_urb(usb->tx[i].urb);
}

static void omv_usb_set_repairing(struct omv_usb *usb, bool repairing)
{
	unsigned long flags;

	spin_lock_irqsave(usb->lock, flags);
	usb->repairing = repairing;
	spin_unlock_irqrestore(usb->lock, flags);
}

/*
 * Kill all URBs first: IN URBs must stay in order, and a halt can be cleared
 * only while no URB is in flight.
 */
static void omv_usb_repair(struct work_struct *work)
{
	struct omv_usb *usb = container_of(to_delayed_work(work),
					   struct omv_usb, repair);
	unsigned long flags;

	omv_usb_set_repairing(usb, true);
	omv_usb_kill(usb);
	usb_clear_halt(usb->dev, usb->in);
	usb_clear_halt(usb->dev, usb->out);
	omv_usb_set_repairing(usb, false);
	if (!omv_rx_submit(usb))
		return;
	spin_lock_irqsave(usb->lock, flags);
	if (usb->started)
		omv_usb_failed(usb);
	spin_unlock_irqrestore(usb->lock, flags);
}

/* ---- class requests (protocol 11.1) ----------------------------------- */

static void omv_ctrl_complete(struct urb *urb)
{
	struct omv_usb *usb = urb->context;

	complete(&usb->ctrl_done);
}

/*
 * Like usb_control_msg(), but omv_usb_block_control() can kill the URB, so that
 * disconnect() need not wait for the timeout.
 */
static int omv_usb_control(struct omv_usb *usb, u8 request, u16 value, u16 len,
			   unsigned int timeout_ms)
{
	u16 index = usb->comm->cur_altsetting->desc.bInterfaceNumber;
	int ret;

	*usb->setup = (struct usb_ctrlrequest){
		.bRequestType = USB_TYPE_CLASS | USB_RECIP_INTERFACE,
		.bRequest = request,
		.wValue = cpu_to_le16(value),
		.wIndex = cpu_to_le16(index),
		.wLength = cpu_to_le16(len),
	};
	usb_fill_control_urb(usb->ctrl, usb->dev, usb_sndctrlpipe(usb->dev, 0),
			     (u8 *)usb->setup, usb->coding, len,
			     omv_ctrl_complete, usb);
	reinit_completion(&usb->ctrl_done);
	ret = usb_submit_urb(usb->ctrl, GFP_NOIO);
	if (ret)
		return ret;
	if (!wait_for_completion_timeout(&usb->ctrl_done,
					 msecs_to_jiffies(timeout_ms)))
		usb_kill_urb(usb->ctrl);
	return usb->ctrl->status == -ENOENT ? -ETIMEDOUT : usb->ctrl->status;
}

/**
 * omv_usb_block_control() - kill the pending class request, refuse further ones
 * @usb: transport
 *
 * Ends the wait of omv_usb_start() if the camera does not respond to class
 * requests. May sleep.
 */
void omv_usb_block_control(struct omv_usb *usb)
{
	usb_poison_urb(usb->ctrl);
}

/**
 * omv_usb_unblock_control() - allow class requests again
 * @usb: transport
 *
 * Any context.
 */
void omv_usb_unblock_control(struct omv_usb *usb)
{
	usb_unpoison_urb(usb->ctrl);
}

static int omv_usb_activate(struct omv_usb *usb)
{
	int ret;

	*usb->coding = (struct usb_cdc_line_coding){
		.dwDTERate = cpu_to_le32(OMV_BAUD_RATE),
		.bCharFormat = USB_CDC_1_STOP_BITS,
		.bParityType = USB_CDC_NO_PARITY,
		.bDataBits = 8,
	};
	/*
	 * In this order: some boards check the rate when DTR rises, others
	 * check DTR when the rate is set.
	 */
	ret = omv_usb_control(usb, USB_CDC_REQ_SET_LINE_CODING, 0,
			      sizeof(*usb->coding), OMV_CTRL_MS);
	if (ret)
		return ret;
	return omv_usb_control(usb, USB_CDC_REQ_SET_CONTROL_LINE_STATE,
			       USB_CDC_CTRL_DTR | USB_CDC_CTRL_RTS, 0,
			       OMV_CTRL_MS);
}

/**
 * omv_usb_start() - submit the IN URBs, activate the protocol (protocol 11.1)
 * @usb: stopped transport
 *
 * May sleep for up to 2 * OMV_CTRL_MS; omv_usb_block_control() ends the wait.
 * The caller holds no lock, and serializes calls that start or stop the
 * transport.
 *
 * Return: 0 or an error of the USB stack
 */
int omv_usb_start(struct omv_usb *usb)
{
	unsigned long flags;
	int ret;

	spin_lock_irqsave(usb->lock, flags);
	usb->started = true;
	usb->errors = 0;
	spin_unlock_irqrestore(usb->lock, flags);

	/* IN URBs first: a camera blocks if the host does not read (T-9). */
	ret = omv_rx_submit(usb);
	if (!ret)
		ret = omv_usb_activate(usb);
	if (ret)
		omv_usb_stop(usb, false);
	return ret;
}

/**
 * omv_usb_stop() - stop the transport; no bulk URB is in flight afterwards
 * @usb: transport, started or not
 * @deactivate: also drop DTR, so that the camera does not block on a host that
 *	no longer reads
 *
 * May sleep. The caller holds no lock, and serializes calls that start or stop
 * the transport.
 */
void omv_usb_stop(struct omv_usb *usb, bool deactivate)
{
	unsigned long flags;
	bool was_started;

	spin_lock_irqsave(usb->lock, flags);
	was_started = usb->started;
	usb->started = false;
	spin_unlock_irqrestore(usb->lock, flags);

	cancel_delayed_work_sync(&usb->repair);
	omv_usb_kill(usb);
	if (deactivate && was_started)
		omv_usb_control(usb, USB_CDC_REQ_SET_CONTROL_LINE_STATE, 0, 0,
				OMV_CTRL_END_MS);
}

/* ---- memory ----------------------------------------------------------- */

static struct urb *omv_urb_alloc(struct usb_device *dev, unsigned int pipe,
				 size_t size, usb_complete_t complete,
				 void *context)
{
	struct urb *urb = usb_alloc_urb(0, GFP_KERNEL);
	void *buf = kmalloc(size, GFP_KERNEL);

	if (!urb || !buf) {
		usb_free_urb(urb);
		kfree(buf);
		return NULL;
	}
	usb_fill_bulk_urb(urb, dev, pipe, buf, size, complete, context);
	urb->transfer_flags |= URB_FREE_BUFFER;
	return urb;
}

static int omv_usb_alloc_bulk(struct omv_usb *usb)
{
	int i;

	/* A buffer that is no multiple of wMaxPacketSize causes babble. */
	BUILD_BUG_ON(OMV_RX_SIZE % 1024);
	for (i = 0; i < OMV_RX_URBS; i++) {
		usb->rx[i] = omv_urb_alloc(usb->dev, usb->in, OMV_RX_SIZE,
					   omv_rx_complete, usb);
		if (!usb->rx[i])
			return -ENOMEM;
	}
	for (i = 0; i < OMV_TX_URBS; i++) {
		struct omv_tx *tx = &usb->tx[i];

		tx->usb = usb;
		tx->urb = omv_urb_alloc(usb->dev, usb->out, OMV_MAX_PACKET,
					omv_tx_complete, tx);
		if (!tx->urb)
			return -ENOMEM;
		/* OUT transfers must end in a short packet (protocol 11.4). */
		tx->urb->transfer_flags |= URB_ZERO_PACKET;
	}
	return 0;
}

/**
 * omv_usb_init() - take references, allocate the URBs
 * @usb: transport, zeroed except @lock, @receive and @ctx
 * @comm: communication interface
 * @data: data interface
 * @in: bulk IN endpoint
 * @out: bulk OUT endpoint
 *
 * Process context.
 *
 * Return: 0 or -ENOMEM; the caller must call omv_usb_free() in both cases
 */
int omv_usb_init(struct omv_usb *usb, struct usb_interface *comm,
		 struct usb_interface *data, struct usb_endpoint_descriptor *in,
		 struct usb_endpoint_descriptor *out)
{
	usb->dev = usb_get_dev(interface_to_usbdev(comm));
	usb->comm = usb_get_intf(comm);
	usb->data = usb_get_intf(data);
	usb->in = usb_rcvbulkpipe(usb->dev, usb_endpoint_num(in));
	usb->out = usb_sndbulkpipe(usb->dev, usb_endpoint_num(out));
	INIT_DELAYED_WORK(&usb->repair, omv_usb_repair);
	init_completion(&usb->ctrl_done);
	usb->ctrl = usb_alloc_urb(0, GFP_KERNEL);
	usb->setup = kmalloc(sizeof(*usb->setup), GFP_KERNEL);
	usb->coding = kmalloc(sizeof(*usb->coding), GFP_KERNEL);
	if (!usb->ctrl || !usb->setup || !usb->coding)
		return -ENOMEM;
	return omv_usb_alloc_bulk(usb);
}

/**
 * omv_usb_free() - free the URBs, drop the references
 * @usb: stopped transport, without an URB in flight
 *
 * Process context.
 */
void omv_usb_free(struct omv_usb *usb)
{
	int i;

	for (i = 0; i < OMV_RX_URBS; i++)
		usb_free_urb(usb->rx[i]);
	for (i = 0; i < OMV_TX_URBS; i++)
		usb_free_urb(usb->tx[i].urb);
	usb_free_urb(usb->ctrl);
	kfree(usb->setup);
	kfree(usb->coding);
	usb_put_intf(usb->data);
	usb_put_intf(usb->comm);
	usb_put_dev(usb->dev);
}
