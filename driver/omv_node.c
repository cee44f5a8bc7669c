// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which channels have a device node, and what it is called:
 * /dev/openmv/CAMERA/CHANNEL.
 *
 * A node belongs to a name, not to a channel id: those change with every
 * script. It goes when the channel is missing from the channel table.
 */
#include <linux/ctype.h>
#include <linux/device.h>
#include <linux/idr.h>
#include <linux/slab.h>
#include <linux/string_helpers.h>

#include "openmv.h"

/* 31 channels each of a good many cameras. */
#define OMV_NODES	1024

static dev_t omv_node_devt;
static DEFINE_IDA(omv_node_minors);

/* Names of cameras. */
static LIST_HEAD(omv_nodes_names);
static DEFINE_MUTEX(omv_nodes_names_lock);

/* ---- names ------------------------------------------------------------ */

/*
 * A channel's name, and a serial number, is any bytes (T-31). Neither a path nor
 * a shell nor a udev rule is to stumble over it. The + is ours.
 */
static void omv_sanitise(char *name)
{
	char *p;

	for (p = name; *p; p++)
		if (!isascii(*p) || !(isalnum(*p) || strchr("_-.", *p)))
			*p = '_';
	if (name[0] == '.')
		name[0] = '_';
	if (!name[0])
		name[0] = '_';
}

static bool omv_nodes_name_is_used(const char *name)
{
	struct omv_nodes *nodes;

	lockdep_assert_held(&omv_nodes_names_lock);
	list_for_each_entry(nodes, &omv_nodes_names, others)
		if (!strcmp(nodes->camera, name))
			return true;
	return false;
}

/* The serial number; if there is none, or another has it, the place on the bus. */
void omv_nodes_init(struct omv_camera *cam)
{
	struct omv_nodes *nodes = &cam->nodes;
	const char *serial = cam->usb.dev->serial;

	mutex_lock(&omv_nodes_names_lock);
	strscpy(nodes->camera, serial ?: "", sizeof(nodes->camera));
	omv_sanitise(nodes->camera);
	if (!serial || omv_nodes_name_is_used(nodes->camera)) {
		snprintf(nodes->camera, sizeof(nodes->camera), "usb+%s",
			 dev_name(&cam->usb.comm->dev));
	}
	list_add(&nodes->others, &omv_nodes_names);
	mutex_unlock(&omv_nodes_names_lock);
}

/* ---- in sysfs --------------------------------------------------------- */

static ssize_t channel_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	struct omv_node *node = container_of(dev, struct omv_node, dev);
	char name[4 * OMV_NAME_SIZE];
	int len;

	len = string_escape_str(node->channel, name, sizeof(name),
				ESCAPE_ANY_NP, NULL);
	return sysfs_emit(buf, "%.*s\n", len, name);
}
static DEVICE_ATTR_RO(channel);

static ssize_t flags_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	struct omv_node *node = container_of(dev, struct omv_node, dev);

	return sysfs_emit(buf, "0x%02x\n", node->flags);
}
static DEVICE_ATTR_RO(flags);

static ssize_t id_show(struct device *dev, struct device_attribute *attr,
		       char *buf)
{
	struct omv_node *node = container_of(dev, struct omv_node, dev);

	return sysfs_emit(buf, "%u\n", READ_ONCE(node->id));
}
static DEVICE_ATTR_RO(id);

static struct attribute *omv_node_attrs[] = {
	&dev_attr_channel.attr,
	&dev_attr_flags.attr,
	&dev_attr_id.attr,
	NULL,
};
ATTRIBUTE_GROUPS(omv_node);

static struct class omv_node_class = {
	.name = OMV_DRIVER_NAME,
	.dev_groups = omv_node_groups,
};

/* ---- nodes ------------------------------------------------------------ */

/* The transport is never touched (T-15), and pictures come from the video node. */
static bool omv_channel_has_node(const struct omv_channel *channel)
{
	return !(channel->flags & OMV_CHF_PHYSICAL) &&
	       !omv_channel_has_pictures(channel);
}

static const struct omv_channel *
omv_node_channel(const struct omv_host *host, const char *name,
		 unsigned int rank)
{
	unsigned int i;

	if (host->state != OMV_HOST_READY)
		return NULL;
	for (i = host->channel_count; i--; )
		if (!strcmp(host->channels[i].name, name) && !rank--)
			return &host->channels[i];
	return NULL;
}

int omv_node_id(struct omv_node *node)
{
	struct omv_camera *cam = node->cam;
	const struct omv_channel *channel;
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&cam->lock, flags);
	channel = omv_node_channel(&cam->host, node->channel, node->rank);
	if (node->gone || cam->gone)
		ret = -ENODEV;
	else if (channel)
		ret = channel->id;
	else
		ret = cam->host.state == OMV_HOST_READY ? -ENODEV : -EAGAIN;
	spin_unlock_irqrestore(&cam->lock, flags);
	return ret;
}

static void omv_node_news(struct omv_node *node)
{
	lockdep_assert_held(&node->cam->lock);
	node->news++;
	wake_up_interruptible(&node->wait);
}

static bool omv_node_has_id(const struct omv_node *node, u8 id)
{
	const struct omv_channel *channel;

	channel = omv_node_channel(&node->cam->host, node->channel, node->rank);
	return channel && channel->id == id;
}

/* The channel table may have changed since the nodes were made. */
static struct omv_node *omv_node_by_id(struct omv_camera *cam, u8 id)
{
	struct omv_node *node = cam->nodes.by_id[id];
	unsigned int i;

	if (node && omv_node_has_id(node, id))
		return node;
	for (i = 0; i < OMV_MAX_CHANNELS; i++) {
		node = cam->nodes.by_id[i];
		if (node && omv_node_has_id(node, id))
			return node;
	}
	return NULL;
}

void omv_nodes_event(struct omv_camera *cam, u8 channel, u16 value)
{
	struct omv_node *node = omv_node_by_id(cam, channel);

	lockdep_assert_held(&cam->lock);
	if (!node)
		return;
	node->events++;
	node->event = value;
	omv_node_news(node);
}

static void omv_node_release(struct device *dev)
{
	struct omv_node *node = container_of(dev, struct omv_node, dev);

	ida_free(&omv_node_minors, MINOR(dev->devt) - MINOR(omv_node_devt));
	v4l2_device_put(&node->cam->v4l2_dev);
	mutex_destroy(&node->write_lock);
	kfree(node);
}

static struct omv_node *omv_node_alloc(struct omv_camera *cam)
{
	struct omv_node *node = kzalloc(sizeof(*node), GFP_KERNEL);
	int minor;

	if (!node)
		return NULL;
	minor = ida_alloc_max(&omv_node_minors, OMV_NODES - 1, GFP_KERNEL);
	if (minor < 0) {
		kfree(node);
		return NULL;
	}
	v4l2_device_get(&cam->v4l2_dev);
	node->cam = cam;
	init_waitqueue_head(&node->wait);
	mutex_init(&node->write_lock);
	device_initialize(&node->dev);
	node->dev.class = &omv_node_class;
	node->dev.parent = &cam->usb.comm->dev;
	node->dev.release = omv_node_release;
	device_set_pm_not_required(&node->dev);
	node->dev.devt = MKDEV(MAJOR(omv_node_devt),
			       MINOR(omv_node_devt) + minor);
	cdev_init(&node->cdev, &omv_node_fops);
	node->cdev.owner = THIS_MODULE;
	return node;
}

static int omv_node_add(struct omv_node *node)
{
	int ret;

	/* What is ! here is / in the name that the node gets. */
	ret = dev_set_name(&node->dev, "openmv!%s!%s", node->cam->nodes.camera,
			   node->name);
	if (ret)
		return ret;
	ret = cdev_device_add(&node->cdev, &node->dev);
	if (ret)
		return ret;
	list_add_tail(&node->list, &node->cam->nodes.list);
	return 0;
}

static void omv_node_remove(struct omv_node *node)
{
	struct omv_camera *cam = node->cam;
	unsigned long flags;

	spin_lock_irqsave(&cam->lock, flags);
	node->gone = true;
	if (cam->nodes.by_id[node->id] == node)
		cam->nodes.by_id[node->id] = NULL;
	omv_node_news(node);
	spin_unlock_irqrestore(&cam->lock, flags);
	list_del(&node->list);
	cdev_device_del(&node->cdev, &node->dev);
	put_device(&node->dev);
}

/* ---- looking at the channel table ------------------------------------- */

/**
 * struct omv_node_plan - the node that a channel should have
 * @channel: row of the channel table
 * @rank:    see struct omv_node
 * @name:    see struct omv_node
 * @node:    the node, if it is there
 */
struct omv_node_plan {
	struct omv_channel channel;
	unsigned int rank;
	char name[OMV_NODE_NAME_SIZE];
	struct omv_node *node;
};

struct omv_node_plans {
	struct omv_node_plan plan[OMV_MAX_CHANNELS];
	unsigned int count;
};

/* From the last row on: of several channels that is the one that counts. */
static void omv_node_plan(struct omv_node_plans *plans,
			  const struct omv_channel *channel)
{
	struct omv_node_plan *new = &plans->plan[plans->count++];
	const struct omv_node_plan *plan;
	unsigned int same = 0;
	size_t len;

	new->channel = *channel;
	strscpy(new->name, channel->name, sizeof(new->name));
	omv_sanitise(new->name);
	len = strlen(new->name);
	for (plan = plans->plan; plan < new; plan++) {
		if (!strcmp(plan->channel.name, channel->name))
			new->rank++;
		if (!strncmp(plan->name, new->name, len) &&
		    (!plan->name[len] || plan->name[len] == '+'))
			same++;
	}
	if (same)
		snprintf(new->name + len, sizeof(new->name) - len, "+%u",
			 same + 1);
}

static bool omv_nodes_plan(struct omv_camera *cam, struct omv_node_plans *plans)
{
	const struct omv_host *host = &cam->host;
	unsigned long flags;
	unsigned int i;
	bool ready;

	spin_lock_irqsave(&cam->lock, flags);
	ready = host->state == OMV_HOST_READY;
	for (i = host->channel_count; ready && i--; )
		if (omv_channel_has_node(&host->channels[i]))
			omv_node_plan(plans, &host->channels[i]);
	spin_unlock_irqrestore(&cam->lock, flags);
	return ready;
}

static bool omv_node_fits(const struct omv_node *node,
			  const struct omv_node_plan *plan)
{
	return !strcmp(node->channel, plan->channel.name) &&
	       !strcmp(node->name, plan->name) && node->rank == plan->rank &&
	       node->flags == plan->channel.flags;
}

static bool omv_node_is_planned(struct omv_node *node,
				struct omv_node_plans *plans)
{
	unsigned int i;

	for (i = 0; i < plans->count; i++) {
		if (!omv_node_fits(node, &plans->plan[i]))
			continue;
		plans->plan[i].node = node;
		return true;
	}
	return false;
}

static void omv_node_make(struct omv_camera *cam, struct omv_node_plan *plan)
{
	struct omv_node *node = omv_node_alloc(cam);
	int ret = -ENOSPC;

	if (node) {
		strscpy(node->channel, plan->channel.name,
			sizeof(node->channel));
		strscpy(node->name, plan->name, sizeof(node->name));
		node->rank = plan->rank;
		node->flags = plan->channel.flags;
		node->id = plan->channel.id;
		ret = omv_node_add(node);
		if (!ret) {
			plan->node = node;
			return;
		}
		put_device(&node->dev);
	}
	if (!cam->nodes.told)
		dev_warn(&cam->usb.comm->dev,
			 "channel node %s could not be made: %d\n", plan->name,
			 ret);
	cam->nodes.told = true;
}

/* The table may have changed again since the plans were made: then this is called again. */
static void omv_nodes_assign(struct omv_camera *cam,
			     struct omv_node_plans *plans)
{
	struct omv_nodes *nodes = &cam->nodes;
	struct omv_node_plan *plan;
	unsigned long flags;

	spin_lock_irqsave(&cam->lock, flags);
	memset(nodes->by_id, 0, sizeof(nodes->by_id));
	for (plan = plans->plan; plan < plans->plan + plans->count; plan++) {
		if (!plan->node)
			continue;
		plan->node->id = plan->channel.id;
		nodes->by_id[plan->channel.id] = plan->node;
		/* An event may have been lost with the session. */
		omv_node_news(plan->node);
	}
	spin_unlock_irqrestore(&cam->lock, flags);
}

static void omv_nodes_work(struct work_struct *work)
{
	struct omv_camera *cam = container_of(work, struct omv_camera,
					      nodes.work);
	struct omv_node_plans *plans = kzalloc(sizeof(*plans), GFP_KERNEL);
	struct omv_node *node, *next;
	unsigned int i;

	if (!plans)
		return;
	if (omv_nodes_plan(cam, plans)) {
		list_for_each_entry_safe(node, next, &cam->nodes.list, list)
			if (!omv_node_is_planned(node, plans))
				omv_node_remove(node);
		for (i = 0; i < plans->count; i++)
			if (!plans->plan[i].node)
				omv_node_make(cam, &plans->plan[i]);
		omv_nodes_assign(cam, plans);
	}
	kfree(plans);
}

void omv_nodes_remove(struct omv_camera *cam)
{
	struct omv_node *node, *next;

	list_for_each_entry_safe(node, next, &cam->nodes.list, list)
		omv_node_remove(node);
	mutex_lock(&omv_nodes_names_lock);
	list_del_init(&cam->nodes.others);
	mutex_unlock(&omv_nodes_names_lock);
}

void omv_nodes_alloc(struct omv_camera *cam)
{
	INIT_LIST_HEAD(&cam->nodes.list);
	INIT_LIST_HEAD(&cam->nodes.others);
	INIT_WORK(&cam->nodes.work, omv_nodes_work);
}

/* ---- the driver's ----------------------------------------------------- */

int omv_nodes_register(void)
{
	int ret;

	ret = class_register(&omv_node_class);
	if (ret)
		return ret;
	ret = alloc_chrdev_region(&omv_node_devt, 0, OMV_NODES,
				  OMV_DRIVER_NAME);
	if (ret)
		class_unregister(&omv_node_class);
	return ret;
}

void omv_nodes_unregister(void)
{
	unregister_chrdev_region(omv_node_devt, OMV_NODES);
	class_unregister(&omv_node_class);
	ida_destroy(&omv_node_minors);
}
