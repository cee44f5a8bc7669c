// SPDX-License-Identifier: GPL-2.0-only
/*
 * The plan of device nodes: which channels have a node, its name, and the
 * channel that belongs to a node after the table has changed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "../../driver/core/omv_plan.h"

#define RW	(OMV_CHF_READ | OMV_CHF_WRITE | OMV_CHF_DYNAMIC)

static struct omv_host host;
static struct omv_plan plan;

static int empty_table(void **state)
{
	memset(&host, 0, sizeof(host));
	memset(&plan, 0xa5, sizeof(plan));
	host.state = OMV_HOST_READY;
	return 0;
}

static void list_as(u8 id, u8 flags, const char *name)
{
	struct omv_channel *row = &host.channels[host.channel_count++];

	assert_true(strlen(name) < OMV_NAME_SIZE);
	memset(row, 0, sizeof(*row));
	row->id = id;
	row->flags = flags;
	strcpy(row->name, name);
}

/* Add a row to the table; its id is its position. */
static void list(const char *name)
{
	list_as(host.channel_count + 1, RW, name);
}

/* The plan must have exactly these nodes, from the last row of the table on. */
#define assert_names(...)						\
do {									\
	static const char *const names_[] = { __VA_ARGS__ };		\
	unsigned int i_;						\
									\
	assert_true(omv_plan_make(&plan, &host));			\
	assert_int_equal(plan.count, ARRAY_SIZE(names_));		\
	for (i_ = 0; i_ < plan.count; i_++)				\
		assert_string_equal(plan.nodes[i_].name, names_[i_]);	\
} while (0)

/* Check what must hold for every plan. */
static void check_plan(void)
{
	const struct omv_channel *channel, *rows[OMV_MAX_CHANNELS];
	const struct omv_node_desc *node;
	unsigned int i, j, count = 0;
	const char *p;

	assert_true(omv_plan_make(&plan, &host));
	for (i = 0; i < host.channel_count; i++)
		count += omv_plan_has_node(&host.channels[i]);
	assert_int_equal(plan.count, count);

	for (i = 0; i < plan.count; i++) {
		node = &plan.nodes[i];
		channel = omv_plan_channel(&host, node);
		assert_non_null(channel);
		assert_true(omv_plan_has_node(channel));
		assert_int_equal(channel->id, node->id);
		assert_int_equal(channel->flags, node->flags);
		assert_string_equal(channel->name, node->channel);
		assert_true(omv_plan_id_has_node(&host, node->id));
		assert_int_equal(omv_plan_find(&plan, node), i);

		assert_non_null(memchr(node->name, 0, sizeof(node->name)));
		assert_true(node->name[0] && node->name[0] != '.');
		for (p = node->name; *p; p++)
			assert_non_null(strchr("_-.+0123456789"
					       "abcdefghijklmnopqrstuvwxyz"
					       "ABCDEFGHIJKLMNOPQRSTUVWXYZ", *p));
		rows[i] = channel;
		for (j = 0; j < i; j++) {
			assert_string_not_equal(node->name, plan.nodes[j].name);
			assert_ptr_not_equal(channel, rows[j]);
		}
	}
}

static void no_session(void **state)
{
	struct omv_node_desc node;

	list("a");
	assert_names("a");
	node = plan.nodes[0];

	host.state = OMV_HOST_SYNC;
	assert_false(omv_plan_make(&plan, &host));
	assert_int_equal(plan.count, 0);
	assert_null(omv_plan_channel(&host, &node));
}

static void no_channels(void **state)
{
	assert_true(omv_plan_make(&plan, &host));
	assert_int_equal(plan.count, 0);
	assert_false(omv_plan_id_has_node(&host, 1));
}

/* Picture channels and the transport have no node; channels with similar names have one. */
static void without_node(void **state)
{
	list_as(1, OMV_CHF_READ, "stdout");
	list_as(2, OMV_CHF_READ | OMV_CHF_STREAM, "stream");
	list_as(3, RW, "frame");
	list_as(4, OMV_CHF_PHYSICAL, "usb");
	list_as(5, RW | OMV_CHF_PHYSICAL, "store");
	list_as(6, RW, "Frame");
	list_as(7, RW | OMV_CHF_STREAM, "stream2");
	assert_names("stream2", "Frame", "stdout");
	assert_true(omv_plan_id_has_node(&host, 1));
	assert_false(omv_plan_id_has_node(&host, 2));
	assert_false(omv_plan_id_has_node(&host, 3));
	assert_false(omv_plan_id_has_node(&host, 5));
	assert_false(omv_plan_id_has_node(&host, 8));
	check_plan();
}

static void described(void **state)
{
	list_as(7, OMV_CHF_READ | OMV_CHF_LOCK, "a b");
	assert_names("a_b");
	assert_string_equal(plan.nodes[0].channel, "a b");
	assert_int_equal(plan.nodes[0].id, 7);
	assert_int_equal(plan.nodes[0].flags, OMV_CHF_READ | OMV_CHF_LOCK);
	assert_int_equal(plan.nodes[0].rank, 0);
}

/* The channel that is listed last has the plain name. */
static void duplicates(void **state)
{
	list("dup");
	list("x");
	list("dup");
	list("dup");
	assert_names("dup", "dup+2", "x", "dup+3");
	assert_int_equal(plan.nodes[0].id, 4);
	assert_int_equal(plan.nodes[1].id, 3);
	assert_int_equal(plan.nodes[1].rank, 1);
	assert_int_equal(plan.nodes[2].rank, 0);
	assert_int_equal(plan.nodes[3].id, 1);
	assert_int_equal(plan.nodes[3].rank, 2);
	check_plan();
}

/* Different names that are equal when sanitised: rank counts only equal names. */
static void same_when_sanitised(void **state)
{
	list("a b");
	list("a_b");
	list("a/b");
	list("a b");
	assert_names("a_b", "a_b+2", "a_b+3", "a_b+4");
	assert_int_equal(plan.nodes[0].rank, 0);
	assert_int_equal(plan.nodes[1].rank, 0);
	assert_int_equal(plan.nodes[2].rank, 0);
	assert_int_equal(plan.nodes[3].rank, 1);
	check_plan();
}

/* A name with the same prefix is different; a '+' in the camera's name is not a rank. */
static void similar(void **state)
{
	list("dup+2");
	list("dup");
	list("dup");
	list("du");
	list("dup2");
	list("DUP");
	assert_names("DUP", "dup2", "du", "dup", "dup+2", "dup_2");
	check_plan();
}

/* A channel without a node does not count as one of several with its name. */
static void physical_twin(void **state)
{
	list_as(3, RW, "x");
	list_as(4, RW, "x");
	list_as(5, RW | OMV_CHF_PHYSICAL, "x");
	assert_names("x", "x+2");
	assert_int_equal(omv_plan_channel(&host, &plan.nodes[0])->id, 4);
	assert_int_equal(omv_plan_channel(&host, &plan.nodes[1])->id, 3);
	check_plan();
}

static void sanitised(void **state)
{
	static const char *const names[][2] = {
		{ "", "_" },
		{ ".", "_" },
		{ "..", "_." },
		{ "../..", "_._.." },
		{ ".hidden", "_hidden" },
		{ "a.b-c_D9", "a.b-c_D9" },
		{ "/", "_" },
		{ "!", "_" },
		{ "a+2", "a_2" },
		{ "$(reboot)", "__reboot_" },
		{ "a\nb\x7f", "a_b_" },
		{ "\xc3\xbc\xff\x80", "____" },
		{ "'\"`\\", "____" },
		{ "@[`{/:", "______" },
	};
	char name[OMV_NAME_SIZE];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		memset(name, 0x55, sizeof(name));
		strcpy(name, names[i][0]);
		omv_plan_sanitise(name);
		assert_string_equal(name, names[i][1]);
	}
}

/* The maximum number of channels, all with the same name of maximum length. */
static void full_table(void **state)
{
	char name[OMV_NODE_NAME_SIZE];
	unsigned int i;

	for (i = 0; i < OMV_MAX_CHANNELS; i++)
		list_as(i % 31 + 1, RW, "abcdefghijklm");
	assert_true(omv_plan_make(&plan, &host));
	assert_int_equal(plan.count, OMV_MAX_CHANNELS);
	assert_string_equal(plan.nodes[0].name, "abcdefghijklm");
	for (i = 1; i < OMV_MAX_CHANNELS; i++) {
		snprintf(name, sizeof(name), "abcdefghijklm+%u", i + 1);
		assert_string_equal(plan.nodes[i].name, name);
		assert_int_equal(plan.nodes[i].rank, i);
	}
	check_plan();
}

/* Other ids, same names: the nodes stay valid, and each finds its channel. */
static void ids_change(void **state)
{
	struct omv_plan before;
	unsigned int i;

	list("a");
	list("b");
	list("b");
	assert_names("b", "b+2", "a");
	before = plan;

	empty_table(NULL);
	list_as(20, RW, "b");
	list_as(9, RW, "a");
	list_as(21, RW, "b");
	assert_names("b", "a", "b+2");
	for (i = 0; i < before.count; i++)
		assert_true(omv_plan_find(&plan, &before.nodes[i]) >= 0);
	assert_int_equal(omv_plan_channel(&host, &before.nodes[0])->id, 21);
	assert_int_equal(omv_plan_channel(&host, &before.nodes[1])->id, 20);
	assert_int_equal(omv_plan_channel(&host, &before.nodes[2])->id, 9);
	assert_int_equal(plan.nodes[omv_plan_find(&plan, &before.nodes[2])].id, 9);
}

/* A node whose channel has other flags is no longer valid, but still finds it. */
static void flags_change(void **state)
{
	struct omv_node_desc node;

	list_as(1, RW, "a");
	assert_names("a");
	node = plan.nodes[0];

	host.channels[0].flags = OMV_CHF_READ;
	assert_names("a");
	assert_int_equal(omv_plan_find(&plan, &node), -1);
	assert_ptr_equal(omv_plan_channel(&host, &node), &host.channels[0]);

	host.channels[0].flags = RW;
	assert_names("a");
	assert_int_equal(omv_plan_find(&plan, &node), 0);
}

/* Two channels of the same name change places: with different flags no node is valid. */
static void order_changes(void **state)
{
	struct omv_plan before;

	list_as(1, RW, "a");
	list_as(2, OMV_CHF_READ, "a");
	assert_names("a", "a+2");
	before = plan;

	empty_table(NULL);
	list_as(2, OMV_CHF_READ, "a");
	list_as(1, RW, "a");
	assert_names("a", "a+2");
	assert_int_equal(omv_plan_find(&plan, &before.nodes[0]), -1);
	assert_int_equal(omv_plan_find(&plan, &before.nodes[1]), -1);
}

/* The same node name for another channel: the node of the old one is not valid. */
static void name_is_taken_over(void **state)
{
	struct omv_plan before;

	list("a b");
	list("a_b");
	assert_names("a_b", "a_b+2");
	before = plan;

	empty_table(NULL);
	list("a_b");
	list("a b");
	assert_names("a_b", "a_b+2");
	assert_int_equal(omv_plan_find(&plan, &before.nodes[0]), -1);
	assert_int_equal(omv_plan_find(&plan, &before.nodes[1]), -1);
}

/* Name, channel and flags are the same, but the node is for the second of two. */
static void rank_changes(void **state)
{
	struct omv_node_desc node;

	list("a b");
	list("a b");
	assert_names("a_b", "a_b+2");
	node = plan.nodes[1];

	empty_table(NULL);
	list("a b");
	list("a_b");
	assert_names("a_b", "a_b+2");
	assert_string_equal(plan.nodes[1].channel, node.channel);
	assert_int_equal(omv_plan_find(&plan, &node), -1);
}

static void channel_is_removed(void **state)
{
	struct omv_plan before;

	list("a");
	list("dup");
	list("dup");
	assert_names("dup", "dup+2", "a");
	before = plan;

	empty_table(NULL);
	list("dup");
	assert_names("dup");
	assert_int_equal(omv_plan_find(&plan, &before.nodes[0]), 0);
	assert_int_equal(omv_plan_find(&plan, &before.nodes[1]), -1);
	assert_int_equal(omv_plan_find(&plan, &before.nodes[2]), -1);
	assert_null(omv_plan_channel(&host, &before.nodes[1]));
	assert_null(omv_plan_channel(&host, &before.nodes[2]));
}

/* Random tables: with few names and flags, so that many are equal. */
static void any_table(void **state)
{
	static const char bytes[] = "ab+._/ \xff";
	unsigned int i, k, n, seed = 1;
	char name[OMV_NAME_SIZE];

	for (n = 0; n < 20000; n++) {
		empty_table(NULL);
		for (i = n % (OMV_MAX_CHANNELS + 1); i--; ) {
			memset(name, 0, sizeof(name));
			for (k = 0; k < n % 4; k++) {
				seed = seed * 1103515245 + 12345;
				name[k] = bytes[seed >> 16 & 7];
			}
			seed = seed * 1103515245 + 12345;
			list_as((seed >> 16) % 31 + 1,
				seed >> 24 & 7 ? RW : OMV_CHF_PHYSICAL, name);
		}
		check_plan();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(no_session, empty_table),
		cmocka_unit_test_setup(no_channels, empty_table),
		cmocka_unit_test_setup(without_node, empty_table),
		cmocka_unit_test_setup(described, empty_table),
		cmocka_unit_test_setup(duplicates, empty_table),
		cmocka_unit_test_setup(same_when_sanitised, empty_table),
		cmocka_unit_test_setup(similar, empty_table),
		cmocka_unit_test_setup(physical_twin, empty_table),
		cmocka_unit_test(sanitised),
		cmocka_unit_test_setup(full_table, empty_table),
		cmocka_unit_test_setup(ids_change, empty_table),
		cmocka_unit_test_setup(flags_change, empty_table),
		cmocka_unit_test_setup(order_changes, empty_table),
		cmocka_unit_test_setup(name_is_taken_over, empty_table),
		cmocka_unit_test_setup(rank_changes, empty_table),
		cmocka_unit_test_setup(channel_is_removed, empty_table),
		cmocka_unit_test(any_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
