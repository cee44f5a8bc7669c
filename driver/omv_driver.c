// SPDX-License-Identifier: GPL-2.0-only
/*
 * The USB driver: device ids, probe and disconnect, power management.
 */
#include <linux/module.h>
#include <linux/usb/cdc.h>

#include "omv_debugfs.h"
#include "omv_camera.h"
#include "omv_takeover.h"
#include "omv_version.h"
#include "openmv.h"

/*
 * Vendor id of OpenMV. Devices with any other vendor id may not be cameras: the
 * ids are shared with Arduino's own firmware.
 */
#define OMV_VENDOR	0x37c5
/*
 * How long a device may take to respond, in ms. A long C call of a script, or
 * access to the mass storage, delays responses (protocol 6.2, T-30). 0 means
 * one round of SYNCs: for a device that was released to cdc_acm before.
 */
#define OMV_PATIENCE_VENDOR_MS	16000
#define OMV_PATIENCE_SHARED_MS	8000
#define OMV_PATIENCE_RETRY_MS	0

static struct usb_driver omv_usb_driver;

/*
 * Match by class: the interface number depends on the board and on the USB
 * configuration that a script has set (protocol 11.3). @board is the name that
 * users know.
 */
#define OMV_DEVICE(vid, pid, board) { \
	.match_flags = USB_DEVICE_ID_MATCH_DEVICE | \
		       USB_DEVICE_ID_MATCH_INT_CLASS | \
		       USB_DEVICE_ID_MATCH_INT_SUBCLASS, \
	.idVendor = (vid), \
	.idProduct = (pid), \
	.bInterfaceClass = USB_CLASS_COMM, \
	.bInterfaceSubClass = USB_CDC_SUBCLASS_ACM, \
	.driver_info = (kernel_ulong_t)(board), \
}

static const struct usb_device_id omv_ids[] = {
	OMV_DEVICE(OMV_VENDOR, 0x1202, "OpenMV Cam M4"),
	OMV_DEVICE(OMV_VENDOR, 0x1203, "OpenMV Cam M7"),
	OMV_DEVICE(OMV_VENDOR, 0x1204, "OpenMV Cam H7"),
	OMV_DEVICE(OMV_VENDOR, 0x124a, "OpenMV Cam H7 Plus"),
	OMV_DEVICE(OMV_VENDOR, 0x1205, "OpenMV Pure Thermal"),
	OMV_DEVICE(OMV_VENDOR, 0x1060, "OpenMV Cam RT1062"),
	OMV_DEVICE(OMV_VENDOR, 0x1206, "OpenMV N6"),
	OMV_DEVICE(OMV_VENDOR, 0x16e3, "OpenMV AE3"),
	/* Shared with other firmware. */
	OMV_DEVICE(0x2341, 0x045b, "Arduino Portenta H7"),
	OMV_DEVICE(0x2341, 0x045f, "Arduino Nicla Vision"),
	OMV_DEVICE(0x2341, 0x0466, "Arduino Giga"),
	{ }
};
MODULE_DEVICE_TABLE(usb, omv_ids);

/* ---- callbacks of a camera -------------------------------------------- */

static bool omv_has_vendor_id(struct usb_device *dev)
{
	return le16_to_cpu(dev->descriptor.idVendor) == OMV_VENDOR;
}

static unsigned int omv_patience(struct usb_interface *comm)
{
	if (omv_takeover_is_retry(comm))
		return OMV_PATIENCE_RETRY_MS;
	return omv_has_vendor_id(interface_to_usbdev(comm)) ?
	       OMV_PATIENCE_VENDOR_MS : OMV_PATIENCE_SHARED_MS;
}

static void omv_answered(struct usb_interface *comm)
{
	omv_takeover_answered(comm);
}

/* Retry OpenMV's own ids only: a device with a shared id is rarely a camera. */
static void omv_give_up(struct usb_interface *comm, bool answered)
{
	bool vendor = omv_has_vendor_id(interface_to_usbdev(comm));

	if (!answered && !omv_takeover_is_retry(comm))
		dev_info(&comm->dev,
			 "no answer to SYNC yet: left to cdc_acm; a camera that is busy, firmware before 5.0, or no camera\n");
	omv_takeover_leave(comm, !answered && vendor);
}

static const struct omv_camera_ops omv_camera_ops = {
	.answered = omv_answered,
	.give_up = omv_give_up,
};

/* ---- binding ---------------------------------------------------------- */

/*
 * The data interface is that of the union descriptor, or else the first
 * interface of the CDC data class.
 */
static struct usb_interface *omv_find_data(struct usb_interface *comm)
{
	struct usb_device *dev = interface_to_usbdev(comm);
	struct usb_host_interface *alt = comm->cur_altsetting;
	struct usb_cdc_union_desc *union_desc;
	struct usb_cdc_parsed_header cdc;
	struct usb_interface *data;
	int i;

	cdc_parse_cdc_header(&cdc, comm, alt->extra, alt->extralen);
	union_desc = cdc.usb_cdc_union_desc;
	if (union_desc) {
		data = usb_ifnum_to_if(dev, union_desc->bSlaveInterface0);
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

/* A dynamic id (new_id in sysfs) matches all interfaces of the device. */
static bool omv_is_acm(struct usb_interface *comm)
{
	const struct usb_interface_descriptor *desc =
		&comm->cur_altsetting->desc;

	return desc->bInterfaceClass == USB_CLASS_COMM &&
	       desc->bInterfaceSubClass == USB_CDC_SUBCLASS_ACM;
}

static int omv_find_endpoints(struct usb_interface *comm,
			      struct usb_interface *data,
			      struct usb_endpoint_descriptor **in,
			      struct usb_endpoint_descriptor **out)
{
	int ret = usb_find_common_endpoints(data->cur_altsetting, in, out, NULL,
					    NULL);

	if (!ret && usb_endpoint_maxp(*in) && usb_endpoint_maxp(*out))
		return 0;
	dev_err(&comm->dev,
		"interface %u lacks a usable bulk IN or bulk OUT endpoint\n",
		data->cur_altsetting->desc.bInterfaceNumber);
	return -ENODEV;
}

static int omv_claim(struct usb_interface *comm, struct usb_interface *data)
{
	int ret = usb_driver_claim_interface(&omv_usb_driver, data, NULL);

	if (ret)
		dev_err(&comm->dev, "interface %u belongs to %s already\n",
			data->cur_altsetting->desc.bInterfaceNumber,
			data->dev.driver ? data->dev.driver->name :
					   "a program");
	return ret;
}

static int omv_probe(struct usb_interface *comm, const struct usb_device_id *id)
{
	struct usb_endpoint_descriptor *in, *out;
	struct usb_interface *data;
	struct omv_camera *cam;
	int ret;

	if (omv_takeover_refuses(comm) || !omv_is_acm(comm))
		return -ENODEV;
	data = omv_find_data(comm);
	if (!data || data == comm) {
		dev_err(&comm->dev, "no CDC data interface beside this one\n");
		return -ENODEV;
	}
	ret = omv_find_endpoints(comm, data, &in, &out);
	if (ret)
		return ret;
	ret = omv_claim(comm, data);
	if (ret)
		return ret;
	cam = omv_camera_probe(comm, data, in, out, &omv_camera_ops,
			       omv_patience(comm),
			       (const char *)id->driver_info);
	if (IS_ERR(cam)) {
		usb_set_intfdata(comm, NULL);
		usb_driver_release_interface(&omv_usb_driver, data);
		return PTR_ERR(cam);
	}
	usb_set_intfdata(data, cam);
	return 0;
}

/* Called for both interfaces; the first call disconnects the camera. */
static void omv_disconnect(struct usb_interface *intf)
{
	struct omv_camera *cam = usb_get_intfdata(intf);
	struct usb_interface *comm, *data;

	if (!cam)
		return;
	comm = cam->link.usb.comm;
	data = cam->link.usb.data;
	usb_set_intfdata(comm, NULL);
	usb_set_intfdata(data, NULL);
	omv_camera_remove(cam);
	usb_driver_release_interface(&omv_usb_driver,
				     intf == comm ? data : comm);
}

/* ---- power management ------------------------------------------------- */

/* Called for both interfaces; act only for the communication interface. */
static int omv_power(struct usb_interface *intf, const char *why,
		     void (*act)(struct omv_camera *cam))
{
	struct omv_camera *cam = usb_get_intfdata(intf);

	if (!cam || intf != cam->link.usb.comm)
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
	/* Allow disconnect() to send the request that drops DTR. */
	.soft_unbind = 1,
};

/* ---- the module ------------------------------------------------------- */

static int __init omv_init(void)
{
	int ret;

	ret = omv_takeover_init(omv_ids);
	if (ret)
		return ret;
	omv_debugfs_init();
	ret = omv_nodes_register();
	if (ret)
		goto err_takeover;
	ret = usb_register(&omv_usb_driver);
	if (ret)
		goto err_nodes;
	omv_takeover_start();
	return 0;

err_nodes:
	omv_nodes_unregister();
err_takeover:
	omv_debugfs_exit();
	omv_takeover_stop();
	omv_takeover_exit();
	return ret;
}
module_init(omv_init);

static void __exit omv_exit(void)
{
	omv_takeover_stop();
	usb_deregister(&omv_usb_driver);
	omv_takeover_exit();
	omv_nodes_unregister();
	omv_debugfs_exit();
}
module_exit(omv_exit);

MODULE_DESCRIPTION("Cameras that speak the OpenMV channel protocol");
MODULE_AUTHOR("The openmv driver authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(OMV_VERSION_STRING);
