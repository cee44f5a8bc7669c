// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Plans the device nodes for a channel table. */
#include "omv_plan.h"

/* ---- names ------------------------------------------------------------ */

/* Characters that are safe in paths, shells and udev rules. */
static bool plan_is_safe(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

/**
 * omv_plan_sanitise() - convert a name to a valid file name
 * @name: name in a buffer of at least two bytes; changed in place
 *
 * Channel names and serial numbers may contain any bytes (T-31). The result is
 * not empty, does not begin with '.', and contains no '+', which
 * plan_set_name() appends.
 */
void omv_plan_sanitise(char *name)
{
	char *p;

	for (p = name; *p; p++)
		if (!plan_is_safe(*p))
			*p = '_';
	if (!name[0]) {
		name[0] = '_';
		name[1] = '\0';
	}
	if (name[0] == '.')
		name[0] = '_';
}

/* Is @name the first @len characters of @base, with or without a number? */
static bool plan_same_base(const char *name, const char *base, size_t len)
{
	return !strncmp(name, base, len) &&
	       (name[len] == '\0' || name[len] == '+');
}

static void plan_append_number(char *end, unsigned int number)
{
	*end++ = '+';
	if (number >= 10)
		*end++ = '0' + number / 10;
	*end++ = '0' + number % 10;
	*end = '\0';
}

/*
 * Set a name for @node that is unique in the plan: the sanitised name of its
 * channel, followed by +2, +3, ... if necessary. No sanitised name has a '+'.
 */
static void plan_set_name(const struct omv_plan *plan,
			  struct omv_node_desc *node)
{
	unsigned int taken = 0;
	unsigned int i;
	size_t len;

	memcpy(node->name, node->channel, sizeof(node->channel));
	omv_plan_sanitise(node->name);
	len = strlen(node->name);
	for (i = 0; i < plan->count; i++)
		if (plan_same_base(plan->nodes[i].name, node->name, len))
			taken++;
	if (taken)
		plan_append_number(node->name + len, taken + 1);
}

/* ---- plans ------------------------------------------------------------ */

/**
 * omv_plan_has_node() - does a channel have a device node
 * @channel: row of the channel table
 *
 * The transport has none, because it must not be accessed (T-15), and the
 * channels with pictures have none, because they are inputs of the video node.
 *
 * Return: true if it has
 */
bool omv_plan_has_node(const struct omv_channel *channel)
{
	return !(channel->flags & OMV_CHF_PHYSICAL) &&
	       !omv_channel_has_pictures(channel);
}

static void plan_add(struct omv_plan *plan, const struct omv_channel *channel)
{
	struct omv_node_desc *node = &plan->nodes[plan->count];
	unsigned int i;

	memset(node, 0, sizeof(*node));
	memcpy(node->channel, channel->name, sizeof(node->channel));
	node->flags = channel->flags;
	node->id = channel->id;
	for (i = 0; i < plan->count; i++)
		if (!strcmp(plan->nodes[i].channel, channel->name))
			node->rank++;
	plan_set_name(plan, node);
	plan->count++;
}

/**
 * omv_plan_make() - plan the nodes for the channel table
 * @plan: plan to fill
 * @host: host end; the caller holds its lock
 *
 * If several channels have the same name, the one that was registered last, the
 * last row of the table, gets the name without a number.
 *
 * Return: false if there is no session; @plan is then not valid
 */
bool omv_plan_make(struct omv_plan *plan, const struct omv_host *host)
{
	unsigned int i;

	plan->count = 0;
	if (host->state != OMV_HOST_READY)
		return false;
	for (i = host->channel_count; i--; )
		if (omv_plan_has_node(&host->channels[i]))
			plan_add(plan, &host->channels[i]);
	return true;
}

/**
 * omv_plan_find() - find an existing node in a new plan
 * @plan: plan for the current table
 * @node: node of an earlier plan
 *
 * Compares name, channel name, rank and flags, but not the id.
 *
 * Return: index in @plan->nodes, or -1 if the plan does not contain the node
 */
int omv_plan_find(const struct omv_plan *plan,
		  const struct omv_node_desc *node)
{
	const struct omv_node_desc *planned;
	unsigned int i;

	for (i = 0; i < plan->count; i++) {
		planned = &plan->nodes[i];
		if (!strcmp(planned->name, node->name) &&
		    !strcmp(planned->channel, node->channel) &&
		    planned->rank == node->rank &&
		    planned->flags == node->flags)
			return i;
	}
	return -1;
}

/**
 * omv_plan_channel() - find the channel of a node
 * @host: host end; the caller holds its lock
 * @node: node
 *
 * Return: row of the channel table; NULL if there is none, or no session
 */
const struct omv_channel *omv_plan_channel(const struct omv_host *host,
					   const struct omv_node_desc *node)
{
	unsigned int rank = node->rank;
	const struct omv_channel *channel;
	unsigned int i;

	if (host->state != OMV_HOST_READY)
		return NULL;
	for (i = host->channel_count; i--; ) {
		channel = &host->channels[i];
		if (omv_plan_has_node(channel) &&
		    !strcmp(channel->name, node->channel) && !rank--)
			return channel;
	}
	return NULL;
}

/**
 * omv_plan_id_has_node() - does the channel with an id have a device node
 * @host: host end; the caller holds its lock
 * @id: channel id
 *
 * Return: true if it has
 */
bool omv_plan_id_has_node(const struct omv_host *host, u8 id)
{
	unsigned int i;

	for (i = 0; i < host->channel_count; i++)
		if (host->channels[i].id == id &&
		    omv_plan_has_node(&host->channels[i]))
			return true;
	return false;
}
