// SPDX-License-Identifier: GPL-2.0-only
/*
 * The CDC function: finding it, activating the protocol, moving bytes.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/usb/cdc.h>

#include "openmv.h"

/* Only the rate matters to the camera, and only this one (11.1). */
#define OMV_BAUD_RATE	921600

/* A failed transfer often means an unplug that the hub has not noticed yet. */
#define OMV_REPAIR_MS	50

static struct usb_driver omv_usb_driver;

/* ---- transfers -------------------------------------------------------- */

static void omv_usb_failed(struct omv_camera *cam)
{
	unsigned int delay = OMV_REPAIR_MS << min(cam->usb.errors, 5U);

	lockdep_assert_held(&cam->lock);
	cam->usb.errors++;
	queue_delayed_work(system_wq, &cam->usb.repair,
			   msecs_to_jiffies(delay));
}

/* Otherwise URBs that come back stay back. Caller holds the camera's lock. */
static bool omv_usb_is_running(const struct omv_usb *usb)
{
	return usb->started && !usb->repairing;
}

static void omv_rx_complete(struct urb *urb)
{
	struct omv_camera *cam = urb->context;
	unsigned long flags;

	spin_lock_irqsave(&cam->lock, flags);
	if (!omv_usb_is_running(&cam->usb))
		goto unlock;

	switch (urb->status) {
	case 0:
		cam->usb.errors = 0;
		cam->usb.rx_bytes += urb->actual_length;
		omv_camera_input(cam, urb->transfer_buffer, urb->actual_length);
		if (!usb_submit_urb(urb, GFP_ATOMIC))
			break;
		fallthrough;
	default:
		/* Not at once, or a dying bus keeps us busy (-EPROTO). */
		omv_usb_failed(cam);
		break;
	case -ENOENT:
	case -ECONNRESET:
	case -ESHUTDOWN:
		break;
	}
unlock:
	spin_unlock_irqrestore(&cam->lock, flags);
}

static void omv_tx_complete(struct urb *urb)
{
	struct omv_tx *tx = urb->context;
	struct omv_camera *cam = tx->cam;
	unsigned long flags;

	spin_lock_irqsave(&cam->lock, flags);
	tx->busy = false;
	if (urb->status == -EPIPE && omv_usb_is_running(&cam->usb))
		omv_usb_failed(cam);
	spin_unlock_irqrestore(&cam->lock, flags);
}

int omv_usb_send(void *ctx, const void *data, u32 len)
{
	struct omv_camera *cam = ctx;
	struct omv_tx *tx = cam->usb.tx;
	struct omv_tx *end = tx + OMV_TX_URBS;
	int ret;

	lockdep_assert_held(&cam->lock);
	if (!omv_usb_is_running(&cam->usb))
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
		cam->usb.tx_bytes += len;
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

static void omv_usb_set_repairing(struct omv_camera *cam, bool repairing)
{
	unsigned long flags;

	spin_lock_irqsave(&cam->lock, flags);
	cam->usb.repairing = repairing;
	spin_unlock_irqrestore(&cam->lock, flags);
}

/*
 * All URBs are taken back first: those in must not overtake each other, and a
 * halt can be cleared only while nothing is in flight.
 */
static void omv_repair(struct work_struct *work)
{
	struct omv_camera *cam = container_of(to_delayed_work(work),
					      struct omv_camera, usb.repair);
	struct omv_usb *usb = &cam->usb;
	unsigned long flags;

	omv_usb_set_repairing(cam, true);
	omv_usb_kill(usb);
	usb_clear_halt(usb->dev, usb->in);
	usb_clear_halt(usb->dev, usb->out);
	omv_usb_set_repairing(cam, false);
	if (!omv_rx_submit(usb))
		return;
	spin_lock_irqsave(&cam->lock, flags);
	if (usb->started)
		omv_usb_failed(cam);
	spin_unlock_irqrestore(&cam->lock, flags);
}

/* ---- activation (11.1) ------------------------------------------------ */

static int omv_usb_control(struct omv_usb *usb, u8 request, u16 value,
			   const void *data, u16 len)
{
	u16 index = usb->comm->cur_altsetting->desc.bInterfaceNumber;

	return usb_control_msg_send(usb->dev, 0, request,
				    USB_TYPE_CLASS | USB_RECIP_INTERFACE,
				    value, index, data, len,
				    USB_CTRL_SET_TIMEOUT, GFP_NOIO);
}

static int omv_usb_activate(struct omv_usb *usb)
{
	const struct usb_cdc_line_coding coding = {
		.dwDTERate = cpu_to_le32(OMV_BAUD_RATE),
		.bCharFormat = USB_CDC_1_STOP_BITS,
		.bParityType = USB_CDC_NO_PARITY,
		.bDataBits = 8,
	};
	int ret;

	/* Some boards look at the rate when DTR rises, others the other way. */
	ret = omv_usb_control(usb, USB_CDC_REQ_SET_LINE_CODING, 0, &coding,
			      sizeof(coding));
	if (ret)
		return ret;
	return omv_usb_control(usb, USB_CDC_REQ_SET_CONTROL_LINE_STATE,
			       USB_CDC_CTRL_DTR | USB_CDC_CTRL_RTS, NULL, 0);
}

int omv_usb_start(struct omv_camera *cam)
{
	struct omv_usb *usb = &cam->usb;
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&cam->lock, flags);
	usb->started = true;
	usb->errors = 0;
	spin_unlock_irqrestore(&cam->lock, flags);

	/* Listen first: the camera must never find nobody reading (T-9). */
	ret = omv_rx_submit(usb);
	if (!ret)
		ret = omv_usb_activate(usb);
	if (ret)
		omv_usb_stop(cam, false);
	return ret;
}

void omv_usb_stop(struct omv_camera *cam, bool deactivate)
{
	struct omv_usb *usb = &cam->usb;
	unsigned long flags;
	bool was_started;

	spin_lock_irqsave(&cam->lock, flags);
	was_started = usb->started;
	usb->started = false;
	spin_unlock_irqrestore(&cam->lock, flags);

	cancel_delayed_work_sync(&usb->repair);
	omv_usb_kill(usb);
	if (deactivate && was_started)
		omv_usb_control(usb, USB_CDC_REQ_SET_CONTROL_LINE_STATE, 0,
				NULL, 0);
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

int omv_usb_init(struct omv_camera *cam, struct usb_endpoint_descriptor *in,
		 struct usb_endpoint_descriptor *out)
{
	struct omv_usb *usb = &cam->usb;
	int i;

	INIT_DELAYED_WORK(&usb->repair, omv_repair);
	usb->in = usb_rcvbulkpipe(usb->dev, usb_endpoint_num(in));
	usb->out = usb_sndbulkpipe(usb->dev, usb_endpoint_num(out));

	/* A multiple of every packet size, or the last packet babbles. */
	BUILD_BUG_ON(OMV_RX_SIZE % 1024);
	for (i = 0; i < OMV_RX_URBS; i++) {
		usb->rx[i] = omv_urb_alloc(usb->dev, usb->in, OMV_RX_SIZE,
					   omv_rx_complete, cam);
		if (!usb->rx[i])
			return -ENOMEM;
	}
	for (i = 0; i < OMV_TX_URBS; i++) {
		struct omv_tx *tx = &usb->tx[i];

		tx->cam = cam;
		tx->urb = omv_urb_alloc(usb->dev, usb->out, OMV_MAX_PACKET,
					omv_tx_complete, tx);
		if (!tx->urb)
			return -ENOMEM;
		/* Or a packet that fills its last transfer is not seen (11.4). */
		tx->urb->transfer_flags |= URB_ZERO_PACKET;
	}
	return 0;
}

void omv_usb_free(struct omv_camera *cam)
{
	int i;

	for (i = 0; i < OMV_RX_URBS; i++)
		usb_free_urb(cam->usb.rx[i]);
	for (i = 0; i < OMV_TX_URBS; i++)
		usb_free_urb(cam->usb.tx[i].urb);
}

/* ---- binding ---------------------------------------------------------- */

/*
 * The interface is found by class: its number depends on the board, and on
 * what a script made of the USB configuration (11.3).
 */
#define OMV_DEVICE(vid, pid) { \
	.match_flags = USB_DEVICE_ID_MATCH_DEVICE | \
		       USB_DEVICE_ID_MATCH_INT_CLASS | \
		       USB_DEVICE_ID_MATCH_INT_SUBCLASS, \
	.idVendor = (vid), \
	.idProduct = (pid), \
	.bInterfaceClass = USB_CLASS_COMM, \
	.bInterfaceSubClass = USB_CDC_SUBCLASS_ACM, \
}

static const struct usb_device_id omv_ids[] = {
	OMV_DEVICE(0x37c5, 0x1202),	/* OpenMV Cam M4 */
	OMV_DEVICE(0x37c5, 0x1203),	/* OpenMV Cam M7 */
	OMV_DEVICE(0x37c5, 0x1204),	/* OpenMV Cam H7 */
	OMV_DEVICE(0x37c5, 0x124a),	/* OpenMV Cam H7 Plus */
	OMV_DEVICE(0x37c5, 0x1205),	/* OpenMV Pure Thermal */
	OMV_DEVICE(0x37c5, 0x1060),	/* OpenMV Cam RT1062 */
	OMV_DEVICE(0x37c5, 0x1206),	/* OpenMV N6 */
	OMV_DEVICE(0x37c5, 0x16e3),	/* OpenMV AE3 */
	OMV_DEVICE(0x2341, 0x045b),	/* Arduino Portenta H7, shared id */
	OMV_DEVICE(0x2341, 0x045f),	/* Arduino Nicla Vision, shared id */
	OMV_DEVICE(0x2341, 0x0466),	/* Arduino Giga, shared id */
	{ }
};
MODULE_DEVICE_TABLE(usb, omv_ids);

/* The union descriptor names it; without one it is the one of its class. */
static struct usb_interface *omv_find_data(struct usb_interface *comm)
{
	struct usb_device *dev = interface_to_usbdev(comm);
	struct usb_host_interface *alt = comm->cur_altsetting;
	struct usb_cdc_parsed_header cdc;
	struct usb_interface *data;
	int i;

	cdc_parse_cdc_header(&cdc, comm, alt->extra, alt->extralen);
	if (cdc.usb_cdc_union_desc) {
		data = usb_ifnum_to_if(dev,
				       cdc.usb_cdc_union_desc->bSlaveInterface0);
		if (data && data->cur_altsetting->desc.bInterfaceClass ==
			    USB_CLASS_CDC_DATA)
			return data;
	}
	for (i = 0; i < dev->actconfig->desc.bNumInterfaces; i++) {
		data = dev->actconfig->interface[i];
		if (data && data->cur_altsetting->desc.bInterfaceClass ==
			    USB_CLASS_CDC_DATA)
			return data;
	}
	return NULL;
}

/*
 * Devices that did not answer: theirs is cdc_acm's, and they are not asked again
 * before they are plugged in anew.
 */
struct omv_refused {
	struct list_head list;
	struct usb_device *dev;
};

static LIST_HEAD(omv_refused_list);
static DEFINE_MUTEX(omv_refused_lock);

static struct omv_refused *omv_find_refused(struct usb_device *dev)
{
	struct omv_refused *refused;

	list_for_each_entry(refused, &omv_refused_list, list)
		if (refused->dev == dev)
			return refused;
	return NULL;
}

static bool omv_is_refused(struct usb_device *dev)
{
	bool ret;

	mutex_lock(&omv_refused_lock);
	ret = omv_find_refused(dev);
	mutex_unlock(&omv_refused_lock);
	return ret;
}

static void omv_refuse(struct usb_device *dev)
{
	struct omv_refused *refused = kmalloc(sizeof(*refused), GFP_KERNEL);

	if (!refused)
		return;
	refused->dev = dev;
	mutex_lock(&omv_refused_lock);
	list_add(&refused->list, &omv_refused_list);
	mutex_unlock(&omv_refused_lock);
}

/* @dev NULL: all of them. */
static void omv_unrefuse(struct usb_device *dev)
{
	struct omv_refused *refused, *next;

	mutex_lock(&omv_refused_lock);
	list_for_each_entry_safe(refused, next, &omv_refused_list, list) {
		if (dev && refused->dev != dev)
			continue;
		list_del(&refused->list);
		kfree(refused);
	}
	mutex_unlock(&omv_refused_lock);
}

static int omv_probe(struct usb_interface *comm, const struct usb_device_id *id)
{
	struct usb_device *dev = interface_to_usbdev(comm);
	struct usb_endpoint_descriptor *in, *out;
	struct usb_interface *data;
	struct omv_camera *cam;
	int ret;

	if (omv_is_refused(dev))
		return -ENODEV;

	/* An id that was added by hand matches all interfaces of the device. */
	if (comm->cur_altsetting->desc.bInterfaceClass != USB_CLASS_COMM ||
	    comm->cur_altsetting->desc.bInterfaceSubClass != USB_CDC_SUBCLASS_ACM)
		return -ENODEV;
	data = omv_find_data(comm);
	if (!data || data == comm) {
		dev_err(&comm->dev, "no CDC data interface beside this one\n");
		return -ENODEV;
	}
	ret = usb_find_common_endpoints(data->cur_altsetting, &in, &out, NULL,
					NULL);
	if (ret || !usb_endpoint_maxp(in) || !usb_endpoint_maxp(out)) {
		dev_err(&comm->dev,
			"interface %u lacks a usable bulk IN or bulk OUT endpoint\n",
			data->cur_altsetting->desc.bInterfaceNumber);
		return -ENODEV;
	}
	/* The driver core asks for no more than this to find out who has it. */
	ret = usb_driver_claim_interface(&omv_usb_driver, data, NULL);
	if (ret) {
		dev_err(&comm->dev, "interface %u belongs to %s already\n",
			data->cur_altsetting->desc.bInterfaceNumber,
			data->dev.driver ? data->dev.driver->name : "a program");
		return ret;
	}

	cam = omv_camera_probe(comm, data, in, out);
	if (IS_ERR(cam)) {
		ret = PTR_ERR(cam);
		if (ret == -ENODEV)
			omv_refuse(dev);
		usb_set_intfdata(comm, NULL);
		usb_driver_release_interface(&omv_usb_driver, data);
		return ret;
	}
	usb_set_intfdata(data, cam);
	return 0;
}

/* Called for each of the two interfaces; the first call does it all. */
static void omv_disconnect(struct usb_interface *intf)
{
	struct omv_camera *cam = usb_get_intfdata(intf);
	struct usb_interface *other;

	if (!cam)
		return;
	other = intf == cam->usb.comm ? cam->usb.data : cam->usb.comm;
	usb_set_intfdata(cam->usb.comm, NULL);
	usb_set_intfdata(cam->usb.data, NULL);
	omv_camera_remove(cam);
	usb_driver_release_interface(&omv_usb_driver, other);
}

/* Both interfaces are asked; only the communication interface acts. */
static int omv_power(struct usb_interface *intf, const char *why,
		     void (*act)(struct omv_camera *cam))
{
	struct omv_camera *cam = usb_get_intfdata(intf);

	if (!cam || intf != cam->usb.comm)
		return 0;
	dev_dbg(&intf->dev, "%s\n", why);
	act(cam);
	return 0;
}

static int omv_suspend(struct usb_interface *intf, pm_message_t message)
{
	return omv_power(intf, "suspend", omv_camera_suspend);
}

static int omv_resume(struct usb_interface *intf)
{
	return omv_power(intf, "resume", omv_camera_resume);
}

static int omv_reset_resume(struct usb_interface *intf)
{
	return omv_power(intf, "resume after a reset", omv_camera_resume);
}

static int omv_pre_reset(struct usb_interface *intf)
{
	return omv_power(intf, "reset", omv_camera_suspend);
}

static int omv_post_reset(struct usb_interface *intf)
{
	return omv_power(intf, "reset is over", omv_camera_resume);
}

static struct usb_driver omv_usb_driver = {
	.name = OMV_DRIVER_NAME,
	.id_table = omv_ids,
	.probe = omv_probe,
	.disconnect = omv_disconnect,
	.suspend = omv_suspend,
	.resume = omv_resume,
	.reset_resume = omv_reset_resume,
	.pre_reset = omv_pre_reset,
	.post_reset = omv_post_reset,
	/* Lets the camera hear, on unbinding, that nobody listens any more. */
	.soft_unbind = 1,
};

/* ---- cdc_acm ---------------------------------------------------------- */

/*
 * cdc_acm matches the same interface by its class, and whichever driver was
 * registered first gets it. So take over what it has when this module is
 * loaded, and a camera that is plugged in later; never what a user has bound to
 * it by hand meanwhile. An in-tree driver would have cdc_acm's id table ignore
 * the camera.
 */

static struct usb_interface *omv_find_comm(struct usb_device *dev)
{
	struct usb_interface *intf;
	int i;

	for (i = 0; dev->actconfig &&
	     i < dev->actconfig->desc.bNumInterfaces; i++) {
		intf = dev->actconfig->interface[i];
		if (intf && usb_match_id(intf, omv_ids))
			return intf;
	}
	return NULL;
}

static bool omv_is_cdc_acm(struct usb_interface *intf)
{
	return intf->dev.driver && !strcmp(intf->dev.driver->name, "cdc_acm");
}

/* Have a driver found for an interface that has none. */
static void omv_leave(struct usb_device *dev, struct usb_interface *comm)
{
	usb_lock_device(dev);
	if (!comm->dev.driver && device_attach(&comm->dev) < 0)
		dev_dbg(&comm->dev, "no other driver took it\n");
	usb_unlock_device(dev);
}

static int omv_take_over(struct usb_device *dev, void *unused)
{
	struct device_driver *driver;
	struct usb_interface *comm;

	usb_lock_device(dev);
	comm = omv_find_comm(dev);
	if (comm && omv_is_cdc_acm(comm) && !omv_is_refused(dev)) {
		usb_get_intf(comm);
		device_release_driver(&comm->dev);
	} else {
		comm = NULL;
	}
	usb_unlock_device(dev);
	if (!comm)
		return 0;

	driver = driver_find(OMV_DRIVER_NAME, comm->dev.bus);
	if (!driver || device_driver_attach(driver, &comm->dev))
		omv_leave(dev, comm);
	usb_put_intf(comm);
	return 0;
}

static int omv_give_back(struct usb_device *dev, void *unused)
{
	struct usb_interface *comm;

	usb_lock_device(dev);
	comm = omv_find_comm(dev);
	if (comm)
		usb_get_intf(comm);
	usb_unlock_device(dev);
	if (!comm)
		return 0;
	omv_leave(dev, comm);
	usb_put_intf(comm);
	return 0;
}

struct omv_arrival {
	struct work_struct work;
	struct usb_device *dev;
};

static struct workqueue_struct *omv_arrivals;

static void omv_arrived(struct work_struct *work)
{
	struct omv_arrival *arrival = container_of(work, struct omv_arrival,
						   work);

	omv_take_over(arrival->dev, NULL);
	usb_put_dev(arrival->dev);
	kfree(arrival);
}

/* @dev is locked by whoever notifies: the take-over has to wait. */
static void omv_arrive(struct usb_device *dev)
{
	struct usb_interface *comm = omv_find_comm(dev);
	struct omv_arrival *arrival;

	if (!comm || !omv_is_cdc_acm(comm))
		return;
	arrival = kmalloc(sizeof(*arrival), GFP_KERNEL);
	if (!arrival)
		return;
	INIT_WORK(&arrival->work, omv_arrived);
	arrival->dev = usb_get_dev(dev);
	queue_work(omv_arrivals, &arrival->work);
}

static int omv_usb_notify(struct notifier_block *nb, unsigned long action,
			  void *data)
{
	if (action == USB_DEVICE_ADD)
		omv_arrive(data);
	else if (action == USB_DEVICE_REMOVE)
		omv_unrefuse(data);
	return NOTIFY_OK;
}

static struct notifier_block omv_usb_nb = {
	.notifier_call = omv_usb_notify,
};

static int __init omv_init(void)
{
	int ret;

	omv_arrivals = alloc_ordered_workqueue("openmv_arrivals", 0);
	if (!omv_arrivals)
		return -ENOMEM;
	omv_debugfs_init();
	ret = omv_nodes_register();
	if (ret)
		goto err_debugfs;
	ret = usb_register(&omv_usb_driver);
	if (ret)
		goto err_nodes;
	usb_register_notify(&omv_usb_nb);
	usb_for_each_dev(NULL, omv_take_over);
	return 0;

err_nodes:
	omv_nodes_unregister();
err_debugfs:
	omv_debugfs_exit();
	destroy_workqueue(omv_arrivals);
	return ret;
}
module_init(omv_init);

static void __exit omv_exit(void)
{
	usb_unregister_notify(&omv_usb_nb);
	destroy_workqueue(omv_arrivals);
	usb_deregister(&omv_usb_driver);
	usb_for_each_dev(NULL, omv_give_back);
	omv_unrefuse(NULL);
	omv_nodes_unregister();
	omv_debugfs_exit();
}
module_exit(omv_exit);

MODULE_DESCRIPTION("Cameras that speak the OpenMV channel protocol");
MODULE_AUTHOR("The openmv driver authors");
MODULE_LICENSE("GPL");
