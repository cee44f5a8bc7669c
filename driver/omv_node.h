/* SPDX-License-Identifier: GPL-2.0-only */
/* The channel nodes of a camera: /dev/openmv/CAMERA/CHANNEL. */
#ifndef OMV_NODE_H
#define OMV_NODE_H

#include <linux/list.h>

#include "core/omv_pictures.h"
#include "omv_link.h"

struct omv_node;
struct omv_nodes;
struct v4l2_device;

/**
 * struct omv_nodes_ops - callbacks for the attributes of a node that concern
 *	the video node of its channel
 * @set_picture: set whether the channel gets a video node. Returns 0 or an
 *	error.
 * @get_picture: return that
 * @video_name:  set @buf, of @size bytes, to the name of the video node, or to
 *	"" if there is none. Returns its length.
 *
 * @channel is in an array of OMV_NAME_SIZE bytes. Process context.
 */
struct omv_nodes_ops {
	int (*set_picture)(struct omv_nodes *nodes, const char *channel,
			   enum omv_picture_setting setting);
	enum omv_picture_setting (*get_picture)(struct omv_nodes *nodes,
						const char *channel);
	int (*video_name)(struct omv_nodes *nodes, const char *channel,
			  char *buf, size_t size);
};

/**
 * struct omv_nodes - the channel nodes of a camera; a client of the link
 * @client:    client of the link
 * @ops:       callbacks
 * @v4l2_dev:  owner of this object and of the link; NULL before
 *	omv_nodes_init()
 * @directory: name of the directory of the nodes, unique among all cameras
 * @list:      entry in omv_directories
 * @nodes:     list of struct omv_node; only the scan changes it, and
 *	omv_nodes_remove() after the last scan
 * @by_id:     the nodes, indexed by the channel ids of the last scan; protected
 *	by the lock of the link
 * @warned:    warnings already logged, see omv_warn_once()
 */
struct omv_nodes {
	struct omv_client client;
	const struct omv_nodes_ops *ops;
	struct v4l2_device *v4l2_dev;
	char directory[32];
	struct list_head list;
	struct list_head nodes;
	struct omv_node *by_id[OMV_MAX_CHANNELS];
	unsigned long warned;
};

/* Documented at their definitions. */
int omv_nodes_init(struct omv_nodes *nodes, struct omv_link *link,
		   struct v4l2_device *v4l2_dev,
		   const struct omv_nodes_ops *ops);
void omv_nodes_remove(struct omv_nodes *nodes);
int omv_nodes_register(void);
void omv_nodes_unregister(void);

#endif /* OMV_NODE_H */
