// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sharing devices with cdc_acm.
 *
 * cdc_acm matches the same interfaces by class, and the driver that was
 * registered first binds. This file therefore unbinds cdc_acm and binds openmv
 * when the module is loaded and when a device is plugged in, but never after a
 * user has bound cdc_acm through sysfs. A device that does not respond is
 * released to cdc_acm. It may be a busy camera, so it is taken over again for a
 * few retries with growing delays, unless its tty is open.
 */
#include <linux/slab.h>

#include "omv_link.h"
#include "omv_takeover.h"

/* Delay before the first retry; doubled for each further retry. */
#define OMV_RETAKE_MS	10000
#define OMV_RETAKES	4

/**
 * struct omv_candidate - an interface to be taken over, or to be released
 * @list:   entry in omv_candidates
 * @refs:   held by the list, and by @work while it is queued or running
 * @work:   takes over or releases the device; on omv_takeover_wq
 * @dev:    USB device; a reference is held
 * @comm:   communication interface; a reference is held
 * @leave:  @work must release the interface to cdc_acm
 * @leaves: number of times that it was released, or its tty was open
 * @retry:  take the interface over again after its release
 * @asking: @work has taken the interface over for a retry
 *
 * omv_candidates_lock protects @leave and all members after it.
 */
struct omv_candidate {
	struct list_head list;
	struct kref refs;
	struct delayed_work work;
	struct usb_device *dev;
	struct usb_interface *comm;
	bool leave;
	unsigned int leaves;
	bool retry;
	bool asking;
};

static LIST_HEAD(omv_candidates);
static DEFINE_SPINLOCK(omv_candidates_lock);
static struct workqueue_struct *omv_takeover_wq;
static const struct usb_device_id *omv_takeover_ids;
static bool omv_takeover_on;

/* The interface that is being released; set under the lock of its device. */
static struct usb_interface *omv_leaving;

/* ---- binding ---------------------------------------------------------- */

static struct usb_interface *omv_find_comm(struct usb_device *dev)
{
	struct usb_interface *intf;
	int i;

	for (i = 0; dev->actconfig &&
	     i < dev->actconfig->desc.bNumInterfaces; i++) {
		intf = dev->actconfig->interface[i];
		if (intf && usb_match_id(intf, omv_takeover_ids))
			return intf;
	}
	return NULL;
}

static bool omv_is_bound_to(struct usb_interface *intf, const char *driver)
{
	return intf->dev.driver && !strcmp(intf->dev.driver->name, driver);
}

/* Bind any matching driver. The caller holds the lock of the USB device. */
static void omv_attach(struct usb_interface *comm)
{
	if (!comm->dev.driver && device_attach(&comm->dev) < 0)
		dev_dbg(&comm->dev, "no driver takes the interface\n");
}

static void omv_attach_unlocked(struct usb_device *dev,
				struct usb_interface *comm)
{
	usb_lock_device(dev);
	omv_attach(comm);
	usb_unlock_device(dev);
}

/* Return: true if the interface was unbound from cdc_acm */
static bool omv_release_cdc_acm(struct usb_device *dev,
				struct usb_interface *comm)
{
	bool ret;

	usb_lock_device(dev);
	ret = omv_is_bound_to(comm, "cdc_acm");
	if (ret)
		device_release_driver(&comm->dev);
	usb_unlock_device(dev);
	return ret;
}

/* Return: true if the interface was taken from cdc_acm and is bound here */
static bool omv_take(struct usb_device *dev, struct usb_interface *comm)
{
	struct device_driver *driver;

	if (!omv_release_cdc_acm(dev, comm))
		return false;
	driver = driver_find(OMV_DRIVER_NAME, comm->dev.bus);
	if (driver && !device_driver_attach(driver, &comm->dev))
		return true;
	omv_attach_unlocked(dev, comm);
	return false;
}

static int omv_take_device(struct usb_device *dev, void *unused)
{
	struct usb_interface *comm;

	usb_lock_device(dev);
	comm = omv_find_comm(dev);
	if (comm)
		usb_get_intf(comm);
	usb_unlock_device(dev);
	if (!comm)
		return 0;
	omv_take(dev, comm);
	usb_put_intf(comm);
	return 0;
}

static int omv_give_back(struct usb_device *dev, void *unused)
{
	struct usb_interface *comm;

	usb_lock_device(dev);
	comm = omv_find_comm(dev);
	if (comm)
		omv_attach(comm);
	usb_unlock_device(dev);
	return 0;
}

/* cdc_acm requests remote wakeup while the tty is open. */
static bool omv_tty_is_open(struct usb_device *dev, struct usb_interface *comm)
{
	bool ret;

	usb_lock_device(dev);
	ret = comm->needs_remote_wakeup;
	usb_unlock_device(dev);
	return ret;
}

/* ---- candidates ------------------------------------------------------- */

static struct omv_candidate *omv_candidate_find(struct usb_interface *comm)
{
	struct omv_candidate *candidate;

	lockdep_assert_held(&omv_candidates_lock);
	list_for_each_entry(candidate, &omv_candidates, list)
		if (candidate->comm == comm)
			return candidate;
	return NULL;
}

static void omv_candidate_free(struct kref *refs)
{
	struct omv_candidate *candidate = container_of(refs,
						       struct omv_candidate,
						       refs);

	usb_put_intf(candidate->comm);
	usb_put_dev(candidate->dev);
	kfree(candidate);
}

/* Must not be called with omv_candidates_lock held: may free the USB device. */
static void omv_candidate_put(struct omv_candidate *candidate)
{
	kref_put(&candidate->refs, omv_candidate_free);
}

static void omv_candidate_queue(struct omv_candidate *candidate,
				unsigned int ms)
{
	lockdep_assert_held(&omv_candidates_lock);
	if (!omv_takeover_on)
		return;
	kref_get(&candidate->refs);
	/* Not the last reference: the list holds one. */
	if (mod_delayed_work(omv_takeover_wq, &candidate->work,
			     msecs_to_jiffies(ms)))
		kref_put(&candidate->refs, omv_candidate_free);
}

static void omv_candidate_drop(struct usb_interface *comm)
{
	struct omv_candidate *candidate;
	bool queued = false;
	unsigned long flags;

	spin_lock_irqsave(&omv_candidates_lock, flags);
	candidate = omv_candidate_find(comm);
	if (candidate) {
		list_del_init(&candidate->list);
		queued = cancel_delayed_work(&candidate->work);
	}
	spin_unlock_irqrestore(&omv_candidates_lock, flags);
	if (queued)
		omv_candidate_put(candidate);
	if (candidate)
		omv_candidate_put(candidate);
}

/*
 * Schedule the next retry, with a delay that doubles. Return: false if there is
 * no further retry
 */
static bool omv_candidate_retry(struct omv_candidate *candidate)
{
	lockdep_assert_held(&omv_candidates_lock);
	if (list_empty(&candidate->list))
		return true;
	if (!candidate->retry || candidate->leaves > OMV_RETAKES)
		return false;
	omv_candidate_queue(candidate,
			    OMV_RETAKE_MS << (candidate->leaves - 1));
	return true;
}

static bool omv_candidate_is_dropped(const struct omv_candidate *candidate)
{
	unsigned long flags;
	bool ret;

	spin_lock_irqsave(&omv_candidates_lock, flags);
	ret = list_empty(&candidate->list);
	spin_unlock_irqrestore(&omv_candidates_lock, flags);
	return ret;
}

/* The device may have answered while this waited for its lock. */
static void omv_leave(struct omv_candidate *candidate)
{
	struct usb_interface *comm = candidate->comm;

	usb_lock_device(candidate->dev);
	if (omv_is_bound_to(comm, OMV_DRIVER_NAME) &&
	    !omv_candidate_is_dropped(candidate)) {
		omv_leaving = comm;
		device_release_driver(&comm->dev);
		omv_attach(comm);
		omv_leaving = NULL;
	}
	usb_unlock_device(candidate->dev);
}

static void omv_candidate_leave(struct omv_candidate *candidate)
{
	unsigned long flags;
	bool again;

	omv_leave(candidate);
	spin_lock_irqsave(&omv_candidates_lock, flags);
	again = omv_candidate_retry(candidate);
	spin_unlock_irqrestore(&omv_candidates_lock, flags);
	if (!again)
		omv_candidate_drop(candidate->comm);
}

/*
 * Skip this retry if the tty is open. Forget the candidate if cdc_acm does not
 * have the interface: a user has unbound it.
 */
static void omv_candidate_retake(struct omv_candidate *candidate)
{
	bool open = omv_tty_is_open(candidate->dev, candidate->comm);
	bool again = true;
	unsigned long flags;

	spin_lock_irqsave(&omv_candidates_lock, flags);
	candidate->asking = !open;
	if (open) {
		candidate->leaves++;
		again = omv_candidate_retry(candidate);
	}
	spin_unlock_irqrestore(&omv_candidates_lock, flags);
	if (!open)
		again = omv_take(candidate->dev, candidate->comm);
	if (!again)
		omv_candidate_drop(candidate->comm);
}

static void omv_candidate_work(struct work_struct *work)
{
	struct omv_candidate *candidate = container_of(to_delayed_work(work),
						       struct omv_candidate,
						       work);
	unsigned long flags;
	bool leave, first;

	spin_lock_irqsave(&omv_candidates_lock, flags);
	leave = candidate->leave;
	candidate->leave = false;
	first = !candidate->leaves;
	spin_unlock_irqrestore(&omv_candidates_lock, flags);
	if (leave) {
		omv_candidate_leave(candidate);
	} else if (first) {
		omv_candidate_drop(candidate->comm);
		omv_take(candidate->dev, candidate->comm);
	} else {
		omv_candidate_retake(candidate);
	}
	omv_candidate_put(candidate);
}

/*
 * Find or allocate the candidate of an interface. Return: NULL if out of
 * memory, or if none is found after omv_takeover_stop()
 */
static struct omv_candidate *omv_candidate_get(struct usb_interface *comm)
{
	struct omv_candidate *candidate = omv_candidate_find(comm);

	if (candidate || !omv_takeover_on)
		return candidate;
	candidate = kzalloc(sizeof(*candidate), GFP_ATOMIC);
	if (!candidate)
		return NULL;
	kref_init(&candidate->refs);
	INIT_DELAYED_WORK(&candidate->work, omv_candidate_work);
	candidate->dev = usb_get_dev(interface_to_usbdev(comm));
	candidate->comm = usb_get_intf(comm);
	list_add(&candidate->list, &omv_candidates);
	return candidate;
}

/* ---- calls from the USB core and from omv_driver.c -------------------- */

/* The notifier holds the lock of the device: take over in a work item. */
static void omv_takeover_arrived(struct usb_device *dev)
{
	struct usb_interface *comm = omv_find_comm(dev);
	struct omv_candidate *candidate;
	unsigned long flags;

	if (!comm || !omv_is_bound_to(comm, "cdc_acm"))
		return;
	spin_lock_irqsave(&omv_candidates_lock, flags);
	candidate = omv_candidate_get(comm);
	if (candidate)
		omv_candidate_queue(candidate, 0);
	spin_unlock_irqrestore(&omv_candidates_lock, flags);
}

/* Return: the interface of a candidate, with a reference, or NULL */
static struct usb_interface *omv_candidate_of(struct usb_device *dev)
{
	struct usb_interface *comm = NULL;
	struct omv_candidate *candidate;
	unsigned long flags;

	spin_lock_irqsave(&omv_candidates_lock, flags);
	list_for_each_entry(candidate, &omv_candidates, list)
		if (candidate->dev == dev)
			comm = candidate->comm;
	if (comm)
		usb_get_intf(comm);
	spin_unlock_irqrestore(&omv_candidates_lock, flags);
	return comm;
}

static void omv_takeover_removed(struct usb_device *dev)
{
	struct usb_interface *comm;

	while ((comm = omv_candidate_of(dev))) {
		omv_candidate_drop(comm);
		usb_put_intf(comm);
	}
}

static int omv_usb_notify(struct notifier_block *nb, unsigned long action,
			  void *data)
{
	if (action == USB_DEVICE_ADD)
		omv_takeover_arrived(data);
	else if (action == USB_DEVICE_REMOVE)
		omv_takeover_removed(data);
	return NOTIFY_OK;
}

static struct notifier_block omv_usb_nb = {
	.notifier_call = omv_usb_notify,
};

/**
 * omv_takeover_leave() - release a device to cdc_acm
 * @comm: communication interface, bound to this driver
 * @retry: take the device over again later: it may be a busy camera
 *
 * Only queues the work. Any context.
 */
void omv_takeover_leave(struct usb_interface *comm, bool retry)
{
	struct omv_candidate *candidate;
	unsigned long flags;

	spin_lock_irqsave(&omv_candidates_lock, flags);
	candidate = omv_candidate_get(comm);
	if (candidate && !candidate->leave) {
		/* Not a retry: bound through sysfs or plugged in. */
		if (!candidate->asking)
			candidate->leaves = 0;
		candidate->asking = false;
		candidate->leave = true;
		candidate->leaves++;
		candidate->retry = retry;
		omv_candidate_queue(candidate, 0);
	}
	spin_unlock_irqrestore(&omv_candidates_lock, flags);
}

/**
 * omv_takeover_answered() - keep an interface: its device is a camera
 * @comm: communication interface
 *
 * Cancels all retries. Process context.
 */
void omv_takeover_answered(struct usb_interface *comm)
{
	omv_candidate_drop(comm);
}

/**
 * omv_takeover_refuses() - must probe() refuse an interface
 * @comm: communication interface; the caller holds the lock of its device
 *
 * Return: true while the device is being released to cdc_acm
 */
bool omv_takeover_refuses(struct usb_interface *comm)
{
	return omv_leaving == comm;
}

/**
 * omv_takeover_is_retry() - was an interface taken over for a retry
 * @comm: communication interface
 *
 * Any context.
 *
 * Return: true if it was; false if it was plugged in or bound through sysfs
 */
bool omv_takeover_is_retry(struct usb_interface *comm)
{
	const struct omv_candidate *candidate;
	unsigned long flags;
	bool ret;

	spin_lock_irqsave(&omv_candidates_lock, flags);
	candidate = omv_candidate_find(comm);
	ret = candidate && candidate->asking;
	spin_unlock_irqrestore(&omv_candidates_lock, flags);
	return ret;
}

/* ---- the module ------------------------------------------------------- */

/**
 * omv_takeover_init() - initialize; before the USB driver is registered
 * @ids: id table of the USB driver
 *
 * Process context.
 *
 * Return: 0 or -ENOMEM
 */
int omv_takeover_init(const struct usb_device_id *ids)
{
	omv_takeover_ids = ids;
	/* Freezable, as that of the hub: no binding during a suspend. */
	omv_takeover_wq = alloc_ordered_workqueue("openmv_takeover",
						  WQ_FREEZABLE);
	if (!omv_takeover_wq)
		return -ENOMEM;
	omv_takeover_on = true;
	usb_register_notify(&omv_usb_nb);
	return 0;
}

/**
 * omv_takeover_start() - take over all matching devices from cdc_acm
 *
 * Called after the USB driver is registered. Process context.
 */
void omv_takeover_start(void)
{
	usb_for_each_dev(NULL, omv_take_device);
}

/**
 * omv_takeover_stop() - cancel all work; before the driver is unregistered
 *
 * Process context.
 */
void omv_takeover_stop(void)
{
	struct omv_candidate *candidate, *next;
	unsigned long flags;
	LIST_HEAD(all);

	usb_unregister_notify(&omv_usb_nb);
	spin_lock_irqsave(&omv_candidates_lock, flags);
	omv_takeover_on = false;
	list_splice_init(&omv_candidates, &all);
	spin_unlock_irqrestore(&omv_candidates_lock, flags);
	list_for_each_entry_safe(candidate, next, &all, list) {
		if (cancel_delayed_work_sync(&candidate->work))
			omv_candidate_put(candidate);
		omv_candidate_put(candidate);
	}
	/* Works whose candidate is off the list: omv_take() uses the driver. */
	flush_workqueue(omv_takeover_wq);
}

/**
 * omv_takeover_exit() - free resources, and let cdc_acm bind the devices
 *
 * Called after the USB driver is unregistered, or was never registered. Process
 * context.
 */
void omv_takeover_exit(void)
{
	destroy_workqueue(omv_takeover_wq);
	usb_for_each_dev(NULL, omv_give_back);
}
