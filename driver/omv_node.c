// SPDX-License-Identifier: GPL-2.0-only
/*
 * Creates and removes the channel nodes, /dev/openmv/CAMERA/CHANNEL.
 *
 * A node belongs to a channel name, not to a channel id, because ids change
 * when a script starts. It is removed when its channel is missing from the
 * channel table. core/omv_plan.c determines which channels have a node.
 */
#include <linux/device.h>
#include <linux/idr.h>
#include <linux/slab.h>
#include <linux/string_helpers.h>
#include <media/v4l2-device.h>

#include "core/omv_plan.h"
#include "omv_chardev.h"
#include "omv_node.h"

/* Number of minors: enough for 32 cameras with 31 channels each. */
#define OMV_NODES	1024

/* Bits of omv_nodes.warned. */
enum {
	OMV_NODES_WARNED_CREATE,
};

static dev_t omv_node_devt;
static DEFINE_IDA(omv_node_minors);

/* List of struct omv_nodes, for unique directories. */
static LIST_HEAD(omv_directories);
static DEFINE_MUTEX(omv_directories_lock);

/* ---- sysfs ------------------------------------------------------------ */

static struct omv_node *to_omv_node(struct device *dev)
{
	return container_of(dev, struct omv_node, dev);
}

static ssize_t channel_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	struct omv_node *node = to_omv_node(dev);
	char name[4 * OMV_NAME_SIZE];
	int len;

	len = string_escape_str(node->desc.channel, name, sizeof(name),
				ESCAPE_ANY_NP, NULL);
	return sysfs_emit(buf, "%.*s\n", len, name);
}
static DEVICE_ATTR_RO(channel);

static ssize_t flags_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	return sysfs_emit(buf, "0x%02x\n", to_omv_node(dev)->desc.flags);
}
static DEVICE_ATTR_RO(flags);

static ssize_t id_show(struct device *dev, struct device_attribute *attr,
		       char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(to_omv_node(dev)->desc.id));
}
static DEVICE_ATTR_RO(id);

static struct omv_nodes *omv_nodes_of(struct omv_node *node)
{
	return container_of(node->client, struct omv_nodes, client);
}

static const char *const omv_picture_settings[] = {
	[OMV_PICTURE_AUTO] = "auto",
	[OMV_PICTURE_YES] = "yes",
	[OMV_PICTURE_NO] = "no",
};

static ssize_t picture_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	struct omv_node *node = to_omv_node(dev);
	struct omv_nodes *nodes = omv_nodes_of(node);
	enum omv_picture_setting setting;

	setting = nodes->ops->get_picture(nodes, node->desc.channel);
	return sysfs_emit(buf, "%s\n", omv_picture_settings[setting]);
}

static ssize_t picture_store(struct device *dev, struct device_attribute *attr,
			     const char *buf, size_t count)
{
	struct omv_node *node = to_omv_node(dev);
	struct omv_nodes *nodes = omv_nodes_of(node);
	int setting = sysfs_match_string(omv_picture_settings, buf);
	int ret;

	if (setting < 0)
		return setting;
	ret = nodes->ops->set_picture(nodes, node->desc.channel, setting);
	return ret ?: count;
}
static DEVICE_ATTR_RW(picture);

static ssize_t video_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	struct omv_node *node = to_omv_node(dev);
	struct omv_nodes *nodes = omv_nodes_of(node);
	int len = nodes->ops->video_name(nodes, node->desc.channel, buf,
					 PAGE_SIZE - 1);

	return len + sysfs_emit_at(buf, len, "\n");
}
static DEVICE_ATTR_RO(video);

static struct attribute *omv_node_attrs[] = {
	&dev_attr_channel.attr,
	&dev_attr_flags.attr,
	&dev_attr_id.attr,
	NULL,
};

static const struct attribute_group omv_node_group = {
	.attrs = omv_node_attrs,
};

/* Only one of several channels with the same name can have a video node. */
static umode_t omv_node_picture_visible(struct kobject *kobj,
					struct attribute *attr, int n)
{
	const struct omv_node *node = to_omv_node(kobj_to_dev(kobj));
	struct omv_channel channel = { .flags = node->desc.flags };

	memcpy(channel.name, node->desc.channel, sizeof(channel.name));
	return !node->desc.rank && omv_pictures_may_have(&channel) ?
	       attr->mode : 0;
}

static struct attribute *omv_node_picture_attrs[] = {
	&dev_attr_picture.attr,
	&dev_attr_video.attr,
	NULL,
};

static const struct attribute_group omv_node_picture_group = {
	.attrs = omv_node_picture_attrs,
	.is_visible = omv_node_picture_visible,
};

static const struct attribute_group *omv_node_groups[] = {
	&omv_node_group,
	&omv_node_picture_group,
	NULL,
};

static struct class omv_node_class = {
	.name = OMV_DRIVER_NAME,
	.dev_groups = omv_node_groups,
};

/* ---- one node --------------------------------------------------------- */

static void omv_node_release(struct device *dev)
{
	struct omv_node *node = to_omv_node(dev);

	ida_free(&omv_node_minors, MINOR(dev->devt) - MINOR(omv_node_devt));
	v4l2_device_put(node->v4l2_dev);
	mutex_destroy(&node->write_lock);
	kfree(node);
}

static void omv_node_init_device(struct omv_node *node, struct device *parent,
				 int minor)
{
	device_initialize(&node->dev);
	node->dev.class = &omv_node_class;
	node->dev.parent = parent;
	node->dev.release = omv_node_release;
	node->dev.devt = MKDEV(MAJOR(omv_node_devt),
			       MINOR(omv_node_devt) + minor);
	device_set_pm_not_required(&node->dev);
	cdev_init(&node->cdev, &omv_node_fops);
	node->cdev.owner = THIS_MODULE;
}

/* The caller must free the node with put_device(). */
static struct omv_node *omv_node_alloc(struct omv_nodes *nodes,
				       const struct omv_node_desc *desc)
{
	struct omv_node *node = kzalloc(sizeof(*node), GFP_KERNEL);
	int minor;

	if (!node)
		return ERR_PTR(-ENOMEM);
	minor = ida_alloc_max(&omv_node_minors, OMV_NODES - 1, GFP_KERNEL);
	if (minor < 0) {
		kfree(node);
		return ERR_PTR(minor);
	}
	v4l2_device_get(nodes->v4l2_dev);
	node->v4l2_dev = nodes->v4l2_dev;
	node->client = &nodes->client;
	node->desc = *desc;
	init_waitqueue_head(&node->wait);
	mutex_init(&node->write_lock);
	omv_node_init_device(node, nodes->client.link->dev, minor);
	return node;
}

static int omv_node_add(struct omv_nodes *nodes, struct omv_node *node)
{
	int ret;

	/* In the path of the device node, the driver core replaces ! by /. */
	ret = dev_set_name(&node->dev, "openmv!%s!%s", nodes->directory,
			   node->desc.name);
	if (ret)
		return ret;
	ret = cdev_device_add(&node->cdev, &node->dev);
	if (ret)
		return ret;
	list_add_tail(&node->list, &nodes->nodes);
	return 0;
}

static struct omv_node *omv_node_create(struct omv_nodes *nodes,
					const struct omv_node_desc *desc)
{
	struct omv_node *node = omv_node_alloc(nodes, desc);
	int ret;

	if (IS_ERR(node))
		return node;
	ret = omv_node_add(nodes, node);
	if (ret) {
		put_device(&node->dev);
		return ERR_PTR(ret);
	}
	return node;
}

static void omv_node_remove(struct omv_nodes *nodes, struct omv_node *node)
{
	struct omv_link *link = nodes->client.link;
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	WRITE_ONCE(node->removed, true);
	if (nodes->by_id[node->desc.id] == node)
		nodes->by_id[node->desc.id] = NULL;
	omv_node_notify(node);
	spin_unlock_irqrestore(&link->lock, flags);

	list_del(&node->list);
	cdev_device_del(&node->cdev, &node->dev);
	put_device(&node->dev);
}

/* ---- events ----------------------------------------------------------- */

static bool omv_node_has_id(const struct omv_node *node, u8 id)
{
	const struct omv_host *host = &node->client->link->host;
	const struct omv_channel *channel;

	channel = omv_plan_channel(host, &node->desc);
	return channel && channel->id == id;
}

static struct omv_node *omv_nodes_find(struct omv_nodes *nodes, u8 id)
{
	struct omv_node *node = nodes->by_id[id];
	unsigned int i;

	if (node && omv_node_has_id(node, id))
		return node;
	/* The channel table has changed since the last scan. */
	for (i = 0; i < ARRAY_SIZE(nodes->by_id); i++) {
		node = nodes->by_id[i];
		if (node && omv_node_has_id(node, id))
			return node;
	}
	return NULL;
}

static void omv_nodes_event(struct omv_client *client, u8 channel, u16 value)
{
	struct omv_nodes *nodes = container_of(client, struct omv_nodes,
					       client);
	struct omv_node *node;

	lockdep_assert_held(&client->link->lock);
	/* Most events announce frames: do not search for those. */
	if (!omv_plan_id_has_node(&client->link->host, channel))
		return;
	node = omv_nodes_find(nodes, channel);
	if (!node)
		return;
	node->events++;
	node->event = value;
	omv_node_notify(node);
}

/* ---- scan of the channel table ---------------------------------------- */

/**
 * struct omv_planned_nodes - state of a scan
 * @plan:  plan for the channel table
 * @nodes: node for each entry of @plan, or NULL if it does not exist
 */
struct omv_planned_nodes {
	struct omv_plan plan;
	struct omv_node *nodes[OMV_MAX_CHANNELS];
};

static bool omv_nodes_plan(struct omv_nodes *nodes, struct omv_plan *plan)
{
	struct omv_link *link = nodes->client.link;
	unsigned long flags;
	bool ready;

	spin_lock_irqsave(&link->lock, flags);
	ready = omv_plan_make(plan, &link->host);
	spin_unlock_irqrestore(&link->lock, flags);
	return ready;
}

/* Remove all nodes that are not in the plan. */
static void omv_nodes_keep(struct omv_nodes *nodes,
			   struct omv_planned_nodes *planned)
{
	struct omv_node *node, *next;
	int i;

	list_for_each_entry_safe(node, next, &nodes->nodes, list) {
		i = omv_plan_find(&planned->plan, &node->desc);
		if (i < 0)
			omv_node_remove(nodes, node);
		else
			planned->nodes[i] = node;
	}
}

static void omv_nodes_create(struct omv_nodes *nodes,
			     struct omv_planned_nodes *planned)
{
	const struct omv_node_desc *desc;
	struct omv_node *node;
	unsigned int i;

	for (i = 0; i < planned->plan.count; i++) {
		if (planned->nodes[i])
			continue;
		desc = &planned->plan.nodes[i];
		node = omv_node_create(nodes, desc);
		if (!IS_ERR(node))
			planned->nodes[i] = node;
		else
			omv_warn_once(nodes->client.link->dev, &nodes->warned,
				      OMV_NODES_WARNED_CREATE,
				      "cannot create channel node %s: %ld\n",
				      desc->name, PTR_ERR(node));
	}
}

/*
 * Update the channel ids of the nodes. If the channel table has changed since
 * the plan was made, the ids are wrong until the next scan, which follows.
 */
static void omv_nodes_assign(struct omv_nodes *nodes,
			     const struct omv_planned_nodes *planned)
{
	struct omv_link *link = nodes->client.link;
	struct omv_node *node;
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&link->lock, flags);
	memset(nodes->by_id, 0, sizeof(nodes->by_id));
	for (i = 0; i < planned->plan.count; i++) {
		node = planned->nodes[i];
		if (!node)
			continue;
		WRITE_ONCE(node->desc.id, planned->plan.nodes[i].id);
		nodes->by_id[node->desc.id] = node;
		/* An event may have been lost with the session. */
		omv_node_notify(node);
	}
	spin_unlock_irqrestore(&link->lock, flags);
}

static int omv_nodes_scan(struct omv_client *client)
{
	struct omv_nodes *nodes = container_of(client, struct omv_nodes,
					       client);
	struct omv_planned_nodes *planned;

	planned = kzalloc(sizeof(*planned), GFP_KERNEL);
	if (!planned)
		return -ENOMEM;
	if (omv_nodes_plan(nodes, &planned->plan)) {
		omv_nodes_keep(nodes, planned);
		omv_nodes_create(nodes, planned);
		omv_nodes_assign(nodes, planned);
	}
	kfree(planned);
	return 0;
}

static const struct omv_client_ops omv_nodes_ops = {
	.event = omv_nodes_event,
	.scan = omv_nodes_scan,
};

/* ---- nodes of a camera ------------------------------------------------ */

static bool omv_directory_is_used(const char *directory)
{
	struct omv_nodes *nodes;

	lockdep_assert_held(&omv_directories_lock);
	list_for_each_entry(nodes, &omv_directories, list)
		if (!strcmp(nodes->directory, directory))
			return true;
	return false;
}

/*
 * Use the serial number as directory, or "usb+" and the name of the USB device
 * if there is no serial number, or if it is in use. A sanitised serial number
 * contains no '+', so the two cannot be equal.
 */
static void omv_nodes_set_directory(struct omv_nodes *nodes,
				    const struct omv_usb *usb)
{
	const char *serial = usb->dev->serial;

	mutex_lock(&omv_directories_lock);
	strscpy(nodes->directory, serial ?: "", sizeof(nodes->directory));
	omv_plan_sanitise(nodes->directory);
	if (!serial || omv_directory_is_used(nodes->directory))
		snprintf(nodes->directory, sizeof(nodes->directory), "usb+%s",
			 dev_name(&usb->comm->dev));
	list_add(&nodes->list, &omv_directories);
	mutex_unlock(&omv_directories_lock);
}

/**
 * omv_nodes_init() - initialize the nodes, and add them to the link
 * @nodes: zeroed nodes
 * @link: link that is not started yet
 * @v4l2_dev: owner of @nodes and @link; each node holds a reference
 * @ops: callbacks
 *
 * The scan creates the nodes. The caller must call omv_nodes_remove() at the
 * end. Process context.
 *
 * Return: 0
 */
int omv_nodes_init(struct omv_nodes *nodes, struct omv_link *link,
		   struct v4l2_device *v4l2_dev,
		   const struct omv_nodes_ops *ops)
{
	nodes->ops = ops;
	nodes->v4l2_dev = v4l2_dev;
	INIT_LIST_HEAD(&nodes->nodes);
	omv_link_add(link, &nodes->client, &omv_nodes_ops);
	omv_nodes_set_directory(nodes, &link->usb);
	return 0;
}

/**
 * omv_nodes_remove() - remove all nodes of a camera
 * @nodes: nodes of a link that runs no scan any more; may be zeroed or already
 *	removed
 *
 * System calls on open files fail with -ENODEV afterwards. Process context.
 */
void omv_nodes_remove(struct omv_nodes *nodes)
{
	struct omv_node *node, *next;

	if (!nodes->v4l2_dev)
		return;
	list_for_each_entry_safe(node, next, &nodes->nodes, list)
		omv_node_remove(nodes, node);
	mutex_lock(&omv_directories_lock);
	list_del_init(&nodes->list);
	mutex_unlock(&omv_directories_lock);
}

/* ---- class and device numbers ----------------------------------------- */

/**
 * omv_nodes_register() - register class and device numbers of the driver
 *
 * Context: process context
 *
 * Return: 0 or an error
 */
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

/**
 * omv_nodes_unregister() - unregister class and device numbers
 *
 * Process context.
 */
void omv_nodes_unregister(void)
{
	unregister_chrdev_region(omv_node_devt, OMV_NODES);
	class_unregister(&omv_node_class);
	ida_destroy(&omv_node_minors);
}
