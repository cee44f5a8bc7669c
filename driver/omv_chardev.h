/* SPDX-License-Identifier: GPL-2.0-only */
/* A channel node and its file operations. */
#ifndef OMV_CHARDEV_H
#define OMV_CHARDEV_H

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/wait.h>

#include "core/omv_plan.h"

struct omv_client;
struct v4l2_device;

/**
 * struct omv_node - the device node of a channel
 * @dev:        device; dropping its last reference frees the node; open files
 *	hold a reference
 * @cdev:       character device
 * @client:     client of the link that created the node
 * @v4l2_dev:   owner of @client; the node holds a reference
 * @list:       entry in omv_nodes.nodes
 * @desc:       name and channel; constant except for the id, which is protected
 *	by the lock of the link
 * @removed:    the channel does not exist any more; set under the lock of the
 *	link, never cleared
 * @events:     number of events; protected by the lock of the link
 * @event:      value of the last event; protected by the lock of the link
 * @event_seq:  incremented for each event, and whenever an event may have been
 *	lost; written under the lock of the link
 * @wait:       woken when @event_seq or @removed changes
 * @write_lock: serializes writes to the channel
 */
struct omv_node {
	struct device dev;
	struct cdev cdev;
	struct omv_client *client;
	struct v4l2_device *v4l2_dev;
	struct list_head list;
	struct omv_node_desc desc;
	bool removed;
	u32 events;
	u16 event;
	u32 event_seq;
	wait_queue_head_t wait;
	struct mutex write_lock;	/* one message at a time */
};

extern const struct file_operations omv_node_fops;

/* Documented at its definition. */
void omv_node_notify(struct omv_node *node);

#endif /* OMV_CHARDEV_H */
