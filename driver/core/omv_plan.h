/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Plans the device nodes for a channel table: which channels have a node, its
 * name, and its channel after a change of the table.
 *
 * A node belongs to a channel name, not to a channel id, because ids change
 * when a script starts.
 */
#ifndef OMV_PLAN_H
#define OMV_PLAN_H

#include "omv_host.h"

/* Size of a sanitised channel name, plus a number that makes it unique. */
#define OMV_NODE_NAME_SIZE	(OMV_NAME_SIZE + sizeof("+32") - 1)

/**
 * struct omv_node_desc - one node
 * @channel: name of the channel
 * @name:    name of the node, unique among the nodes of the camera
 * @rank:    0 for the last channel in the table with the name @channel, 1 for
 *	the one before, and so on
 * @flags:   OMV_CHF_* of the channel
 * @id:      id of the channel when the table was read
 */
struct omv_node_desc {
	char channel[OMV_NAME_SIZE];
	char name[OMV_NODE_NAME_SIZE];
	u8 rank;
	u8 flags;
	u8 id;
};

/**
 * struct omv_plan - the nodes for one channel table
 * @nodes: nodes, in reverse order of the table
 * @count: number of nodes
 */
struct omv_plan {
	struct omv_node_desc nodes[OMV_MAX_CHANNELS];
	unsigned int count;
};

/* Documented at their definitions. */
void omv_plan_sanitise(char *name);
bool omv_plan_has_node(const struct omv_channel *channel);
bool omv_plan_make(struct omv_plan *plan, const struct omv_host *host);
int omv_plan_find(const struct omv_plan *plan,
		  const struct omv_node_desc *node);
const struct omv_channel *omv_plan_channel(const struct omv_host *host,
					   const struct omv_node_desc *node);
bool omv_plan_id_has_node(const struct omv_host *host, u8 id);

#endif /* OMV_PLAN_H */
