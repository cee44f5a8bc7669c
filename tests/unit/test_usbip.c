// SPDX-License-Identifier: GPL-2.0-only
/*
 * The camera as a USB device, tested by a USB/IP host (section 11).
 */
#include "usbip_host.h"

#include "../../firmware/camera/board.h"

#define ZERO_PACKET	0x40
#define SERIAL		"0123456789"

/* The camera: records the callbacks of the port. */
struct upper {
	struct host host;
	struct port_identity id;
	const struct usb_layout *l;
	bool active;
	unsigned int changes;
	u32 space;
	u8 got[65536];
	u32 got_len;
	u8 tx[65536];
};

static void upper_active(void *ctx, bool active)
{
	struct upper *u = ctx;

	u->active = active;
	u->changes++;
}

static u32 upper_space(void *ctx)
{
	struct upper *u = ctx;

	return u->space;
}

static void upper_receive(void *ctx, const void *data, u32 len)
{
	struct upper *u = ctx;

	assert_true(len && len <= u->space);
	memcpy(u->got + u->got_len, data, len);
	u->got_len += len;
	u->space -= len;
}

static const struct port_upper upper_ops = {
	.active = upper_active,
	.space = upper_space,
	.receive = upper_receive,
};

static struct upper *plug_with(const char *board, struct usb_port_options opt)
{
	struct upper *u = calloc(1, sizeof(*u));

	assert_non_null(u);
	u->id = board_find(board)->id;
	u->id.serial = SERIAL;
	u->l = usb_layout(&u->id);
	u->space = 60000;
	for (u32 i = 0; i < sizeof(u->tx); i++)
		u->tx[i] = i * 7 + i / 256;
	opt.id = &u->id;
	host_plug(&u->host, &opt, &upper_ops, u);
	return u;
}

static struct upper *plug(const char *board)
{
	return plug_with(board, (struct usb_port_options){ 0 });
}

static void unplug(struct upper *u)
{
	host_unplug(&u->host);
	free(u);
}

static u32 camera_send(struct upper *u, const void *data, u32 len)
{
	return u->host.port->ops->send(u->host.port, data, len);
}

static void camera_flush(struct upper *u)
{
	u->host.port->ops->flush(u->host.port);
}

static u32 post_in(struct upper *u, u32 len)
{
	u32 n = host_submit(&u->host, u->l->cdc_ep, true, len, NULL, 0, NULL);

	host_turn(&u->host);
	return n;
}

static void assert_answer(const struct answer *a, int status, const void *data, u32 len)
{
	assert_int_equal(a->status, status);
	assert_int_equal(a->actual, len);
	assert_memory_equal(a->data, data, len);
}

/* Section 13, and the strings of section 11.3. */
static const struct {
	const char *name;
	u16 vid;
	u16 pid;
	bool tinyusb;
	bool high;
	const char *maker;
	const char *product;
} expected[] = {
	{ "OPENMV2", 0x37c5, 0x1202, false, false, "OpenMV",
	  "OpenMV Virtual Comm Port in FS Mode" },
	{ "OPENMV3", 0x37c5, 0x1203, false, false, "OpenMV",
	  "OpenMV Virtual Comm Port in FS Mode" },
	{ "OPENMV4", 0x37c5, 0x1204, false, false, "OpenMV",
	  "OpenMV Virtual Comm Port in FS Mode" },
	{ "OPENMV4P", 0x37c5, 0x124a, false, false, "OpenMV",
	  "OpenMV Virtual Comm Port in FS Mode" },
	{ "OPENMVPT", 0x37c5, 0x1205, false, false, "OpenMV",
	  "OpenMV Virtual Comm Port in FS Mode" },
	{ "OPENMV_RT1060", 0x37c5, 0x1060, true, true, "OpenMV", "OpenMV Camera" },
	{ "OPENMV_N6", 0x37c5, 0x1206, true, true, "OpenMV", "OpenMV Camera" },
	{ "OPENMV_AE3", 0x37c5, 0x16e3, true, true, "OpenMV", "OpenMV Camera" },
	{ "ARDUINO_PORTENTA_H7", 0x2341, 0x045b, false, true, "Arduino",
	  "Portenta Virtual Comm Port in HS Mode" },
	{ "ARDUINO_NICLA_VISION", 0x2341, 0x045f, false, true, "Arduino",
	  "Nicla Vision Virtual Comm Port in HS Mode" },
	{ "ARDUINO_GIGA", 0x2341, 0x0466, false, false, "Arduino",
	  "Giga Virtual Comm Port in FS Mode" },
};

/* High speed; 00 02 of an endpoint becomes 40 00 at full speed. */
static const u8 config_tinyusb[] = {
	9, 2, 98, 0, 3, 1, 0, 0x80, 125,
	8, 11, 0, 2, 2, 2, 0, 0,
	9, 4, 0, 0, 1, 2, 2, 0, 4,
	5, 0x24, 0, 0x20, 1,
	5, 0x24, 1, 0, 1,
	4, 0x24, 2, 6,
	5, 0x24, 6, 0, 1,
	7, 5, 0x81, 3, 8, 0, 16,
	9, 4, 1, 0, 2, 10, 0, 0, 0,
	7, 5, 0x02, 2, 0, 2, 0,
	7, 5, 0x82, 2, 0, 2, 0,
	9, 4, 2, 0, 2, 8, 6, 0x50, 5,
	7, 5, 0x03, 2, 0, 2, 0,
	7, 5, 0x83, 2, 0, 2, 0,
};

static const u8 config_stm[] = {
	9, 2, 98, 0, 3, 1, 0, 0x80, 250,
	9, 4, 0, 0, 2, 8, 6, 0x50, 0,
	7, 5, 0x81, 2, 0, 2, 0,
	7, 5, 0x01, 2, 0, 2, 0,
	8, 11, 1, 2, 2, 2, 1, 0,
	9, 4, 1, 0, 1, 2, 2, 1, 0,
	5, 0x24, 0, 0x10, 1,
	5, 0x24, 1, 0, 2,
	4, 0x24, 2, 2,
	5, 0x24, 6, 1, 2,
	7, 5, 0x82, 3, 8, 0, 16,
	9, 4, 2, 0, 2, 10, 0, 0, 0,
	7, 5, 0x03, 2, 0, 2, 0,
	7, 5, 0x83, 2, 0, 2, 0,
};

static const struct answer *descriptor(struct upper *u, u8 type, u8 index, u16 len)
{
	return host_control(&u->host, 0x80, 6, type << 8 | index, 0, len, NULL);
}

static void assert_string(struct upper *u, u8 index, const char *text)
{
	const struct answer *a = descriptor(u, 3, index, 255);
	u32 len = strlen(text);

	assert_int_equal(a->status, 0);
	assert_int_equal(a->actual, 2 + 2 * len);
	assert_int_equal(a->data[0], 2 + 2 * len);
	assert_int_equal(a->data[1], 3);
	for (u32 i = 0; i < len; i++) {
		assert_int_equal(a->data[2 + 2 * i], text[i]);
		assert_int_equal(a->data[3 + 2 * i], 0);
	}
}

static void full_speed(u8 *config, u32 len)
{
	for (u32 at = 0; at < len; at += config[at]) {
		if (config[at + 1] == 5 && config[at + 3] == 2) {
			config[at + 4] = 64;
			config[at + 5] = 0;
		}
	}
}

static void check_board(size_t i)
{
	struct upper *u = plug(expected[i].name);
	bool tinyusb = expected[i].tinyusb;
	const u8 device[] = {
		18, 1, 0, 2, 0xef, 2, 1, 64, expected[i].vid & 0xff, expected[i].vid >> 8,
		expected[i].pid & 0xff, expected[i].pid >> 8, 0, tinyusb ? 1 : 2, 1, 2, 3, 1,
	};
	u8 config[sizeof(config_stm)];

	memcpy(config, tinyusb ? config_tinyusb : config_stm, sizeof(config));
	if (!expected[i].high)
		full_speed(config, sizeof(config));
	assert_answer(descriptor(u, 1, 0, 64), 0, device, 18);
	assert_answer(descriptor(u, 1, 0, 8), 0, device, 8);
	assert_answer(descriptor(u, 2, 0, 9), 0, config, 9);
	assert_answer(descriptor(u, 2, 0, 255), 0, config, sizeof(config));
	assert_answer(descriptor(u, 3, 0, 255), 0, "\4\3\x09\4", 4);
	assert_string(u, 1, expected[i].maker);
	assert_string(u, 2, expected[i].product);
	assert_string(u, 3, SERIAL);
	assert_int_equal(descriptor(u, 3, 4, 255)->status, tinyusb ? 0 : -EPIPE);
	assert_int_equal(descriptor(u, 3, 5, 255)->status, tinyusb ? 0 : -EPIPE);
	assert_int_equal(descriptor(u, 3, 6, 255)->status, -EPIPE);
	assert_int_equal(descriptor(u, 0x22, 0, 255)->status, -EPIPE);
	if (expected[i].high) {
		assert_answer(descriptor(u, 6, 0, 10), 0, "\12\6\0\2\xef\2\1\x40\1\0", 10);
		full_speed(config, sizeof(config));
		config[1] = 7;
		assert_answer(descriptor(u, 7, 0, 255), 0, config, sizeof(config));
	} else {
		assert_int_equal(descriptor(u, 6, 0, 10)->status, -EPIPE);
		assert_int_equal(descriptor(u, 7, 0, 255)->status, -EPIPE);
	}
	unplug(u);
}

static void test_descriptors(void **state)
{
	(void)state;
	assert_int_equal(board_count, ARRAY_SIZE(expected));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		assert_string_equal(boards[i].name, expected[i].name);
		check_board(i);
	}
	assert_null(board_find("OPENMV1"));
}

/* Count the descriptors of one type in a configuration; stop at a length of 0. */
static u32 count(const u8 *config, u32 len, u8 type, int subtype)
{
	u32 found = 0;

	for (u32 at = 0; at < len && config[at]; at += config[at])
		found += config[at + 1] == type && (subtype < 0 || config[at + 2] == subtype);
	return found;
}

static void check_bad(const char *board, enum usb_bad bad)
{
	struct upper *u = plug_with(board, (struct usb_port_options){ .bad = bad });
	const struct answer *a = descriptor(u, 2, 0, 255);
	u32 len = a->actual;
	u8 in = 0x80 | u->l->cdc_ep;

	assert_int_equal(a->status, 0);
	assert_int_equal(a->data[2], bad == USB_BAD_SHORTCFG ? len + 27 : len);
	switch (bad) {
	case USB_BAD_SHORTCFG:
		assert_int_equal(len, 98);
		break;
	case USB_BAD_BADLEN:
		assert_int_equal(len, 98);
		assert_int_equal(count(a->data, len, 0x24, -1), 0);
		break;
	case USB_BAD_NOOUT:
		assert_int_equal(len, 91);
		assert_int_equal(count(a->data, len, 5, u->l->cdc_ep), 0);
		assert_int_equal(count(a->data, len, 5, in), 1);
		break;
	case USB_BAD_NOINT:
		assert_int_equal(len, 91);
		assert_int_equal(count(a->data, len, 5, 0x80 | u->l->notify_ep), 0);
		break;
	case USB_BAD_DUPEP:
		assert_int_equal(len, 98);
		assert_int_equal(count(a->data, len, 5, in), 2);
		break;
	case USB_BAD_BADEP:
		assert_int_equal(len, 98);
		for (u32 at = 0; at < len; at += a->data[at]) {
			if (a->data[at + 1] == 5 && (a->data[at + 2] & 15) == u->l->cdc_ep)
				assert_int_equal(a->data[at + 4] | a->data[at + 5], 0);
		}
		break;
	case USB_BAD_NOUNION:
		assert_int_equal(len, 93);
		assert_int_equal(count(a->data, len, 0x24, 6), 0);
		assert_int_equal(count(a->data, len, 0x24, -1), 3);
		break;
	case USB_BAD_ONLYCOMM:
		assert_int_equal(len, 75);
		assert_int_equal(a->data[4], 2);
		assert_int_equal(count(a->data, len, 4, u->l->data_if), 0);
		assert_int_equal(count(a->data, len, 4, u->l->comm_if), 1);
		assert_int_equal(count(a->data, len, 4, u->l->msc_if), 1);
		break;
	default:
		fail();
	}
	unplug(u);
}

static void test_bad_descriptors(void **state)
{
	(void)state;
	for (u32 bad = 1; bad < USB_BAD_COUNT; bad++) {
		assert_non_null(usb_bad_name(bad));
		check_bad("OPENMV_RT1060", bad);
		check_bad("OPENMV4", bad);
	}
	assert_null(usb_bad_name(USB_BAD_COUNT));
}

/* Section 11.1: request of the host, and whether the protocol is active afterwards. */
struct step {
	u32 baud;		/* 0: SET_CONTROL_LINE_STATE instead */
	u16 lines;
	bool active;
};

static void check_steps(const char *board, const struct step *steps, size_t count)
{
	struct upper *u = plug(board);

	for (size_t i = 0; i < count; i++) {
		const struct answer *a = steps[i].baud ?
			host_line_coding(&u->host, u->l, steps[i].baud) :
			host_line_state(&u->host, u->l, steps[i].lines);

		assert_int_equal(a->status, 0);
		if (u->active != steps[i].active)
			fail_msg("%s: step %zu: active is %d", board, i, u->active);
	}
	unplug(u);
}

static void test_activation_tinyusb(void **state)
{
	static const struct step steps[] = {
		{ .lines = 3 },
		{ .lines = 0 },
		{ .baud = 921600, .active = true },	/* even before DTR */
		{ .lines = 3, .active = true },
		{ .lines = 1, .active = true },		/* RTS does not matter */
		{ .baud = 115200 },
		{ .lines = 3 },				/* DTR as before */
		{ .baud = 921600, .active = true },
		{ .baud = 12000000 },
		{ .baud = 921600, .active = true },
		{ .lines = 2 },
		{ .lines = 2 },
		{ .lines = 3, .active = true },		/* DTR rises */
		{ .lines = 0 },
		{ .baud = 9600 },
		{ .lines = 1 },
	};

	(void)state;
	check_steps("OPENMV_RT1060", steps, ARRAY_SIZE(steps));
	check_steps("OPENMV_N6", steps, ARRAY_SIZE(steps));
	check_steps("OPENMV_AE3", steps, ARRAY_SIZE(steps));
}

static void test_activation_stm(void **state)
{
	static const struct step steps[] = {
		{ .lines = 3 },
		{ .lines = 0 },
		{ .baud = 921600 },			/* not before DTR */
		{ .lines = 3, .active = true },
		{ .lines = 1, .active = true },
		{ .baud = 115200 },
		{ .baud = 921600, .active = true },
		{ .baud = 12000000 },
		{ .lines = 0 },
		{ .baud = 921600 },
		{ .lines = 2 },
		{ .lines = 1, .active = true },
		{ .lines = 0 },
	};

	(void)state;
	check_steps("OPENMV4", steps, ARRAY_SIZE(steps));
	check_steps("OPENMV4P", steps, ARRAY_SIZE(steps));
	check_steps("ARDUINO_PORTENTA_H7", steps, ARRAY_SIZE(steps));
}

static void open_protocol(struct upper *u)
{
	host_line_coding(&u->host, u->l, 921600);
	host_line_state(&u->host, u->l, 3);
	assert_true(u->active);
}

static void test_activation_only_by_rate(void **state)
{
	/* 921600, two stop bits, odd parity, 7 bits */
	const u8 odd[] = { 0x00, 0x10, 0x0e, 0x00, 2, 1, 7 };
	struct upper *u = plug("OPENMV_RT1060");

	(void)state;
	assert_int_equal(host_control(&u->host, 0x21, 0x20, 0, 0, 7, odd)->status, 0);
	assert_true(u->active);
	assert_answer(host_control(&u->host, 0xa1, 0x21, 0, 0, 7, NULL), 0, odd, 7);
	unplug(u);
}

static void test_set_configuration_is_a_reset_on_tinyusb_only(void **state)
{
	struct upper *tiny = plug("OPENMV_RT1060"), *stm = plug("OPENMV4P");

	(void)state;
	open_protocol(tiny);
	open_protocol(stm);
	assert_int_equal(host_control(&tiny->host, 0, 9, 1, 0, 0, NULL)->status, 0);
	assert_int_equal(host_control(&stm->host, 0, 9, 1, 0, 0, NULL)->status, 0);
	assert_false(tiny->active);
	assert_true(stm->active);
	assert_answer(host_control(&tiny->host, 0x80, 8, 0, 0, 1, NULL), 0, "\1", 1);
	/* The rate is kept: DTR is sufficient. */
	host_line_state(&tiny->host, tiny->l, 1);
	assert_true(tiny->active);
	unplug(tiny);
	unplug(stm);
}

static void test_stm_looks_again_at_any_request(void **state)
{
	struct upper *u = plug("OPENMV4");
	u8 byte = 'x';

	(void)state;
	/* Data that the camera did not take yet is dropped, unless the protocol is active. */
	u->space = 0;
	host_submit(&u->host, 3, false, 1, &byte, 0, NULL);
	host_turns(&u->host, 3);
	assert_int_equal(host_control(&u->host, 0x21, 0x23, 0, 1, 0, NULL)->status, 0);
	u->space = 100;
	host_turns(&u->host, 3);
	assert_int_equal(u->got_len, 0);

	open_protocol(u);
	u->space = 0;
	host_submit(&u->host, 3, false, 1, &byte, 0, NULL);
	host_turns(&u->host, 3);
	assert_int_equal(host_control(&u->host, 0x21, 0x23, 0, 1, 0, NULL)->status, 0);
	u->space = 100;
	host_turns(&u->host, 3);
	assert_int_equal(u->got_len, 1);
	unplug(u);
}

static void type(struct upper *u, const void *data, u32 len)
{
	assert_int_equal(host_out(&u->host, u->l->cdc_ep, data, len, 0)->actual, len);
	host_turns(&u->host, 3);
}

/* Section 11.1: what a script did not read of its console is executed as packets. */
static void test_stm_keeps_what_was_typed(void **state)
{
	struct upper *u = plug("OPENMV4P");

	(void)state;
	host_line_coding(&u->host, u->l, 115200);
	host_line_state(&u->host, u->l, 3);
	u->space = 0;
	type(u, u->tx, 100);
	type(u, u->tx + 100, 200);
	host_line_coding(&u->host, u->l, 921600);
	assert_true(u->active);
	/* In order, in front of what comes then, and as much as fits. */
	u->space = 50;
	host_submit(&u->host, u->l->cdc_ep, false, 10, u->tx + 300, 0, NULL);
	host_turns(&u->host, 3);
	assert_int_equal(u->got_len, 50);
	u->space = 60000;
	host_turns(&u->host, 5);
	assert_int_equal(u->got_len, 310);
	assert_memory_equal(u->got, u->tx, 310);

	/* A request that leaves the protocol off empties the ring. */
	u->got_len = 0;
	host_line_coding(&u->host, u->l, 115200);
	u->space = 0;
	type(u, u->tx, 100);
	host_line_coding(&u->host, u->l, 9600);
	host_line_coding(&u->host, u->l, 921600);
	u->space = 60000;
	host_turns(&u->host, 5);
	assert_true(u->active);
	assert_int_equal(u->got_len, 0);

	/* What does not fit is dropped, and holds up no transfer. */
	host_line_coding(&u->host, u->l, 115200);
	u->space = 0;
	for (int i = 0; i < 3; i++)
		type(u, u->tx + i * 500, 500);
	host_line_coding(&u->host, u->l, 921600);
	u->space = 60000;
	host_turns(&u->host, 5);
	assert_int_equal(u->got_len, 1023);
	assert_memory_equal(u->got, u->tx, 1023);

	/* The script ends: the prompt reads it. */
	u->got_len = 0;
	host_line_coding(&u->host, u->l, 115200);
	u->space = 0;
	type(u, u->tx, 10);
	u->space = 60000;
	host_turns(&u->host, 3);
	assert_int_equal(u->got_len, 10);
	unplug(u);
}

static void test_line_coding_read_back(void **state)
{
	const u8 fast[] = { 0x00, 0x10, 0x0e, 0x00, 0, 0, 8 };
	const u8 slow[] = { 0x00, 0xc2, 0x01, 0x00, 0, 0, 8 };
	struct upper *tiny = plug("OPENMV_RT1060"), *stm = plug("OPENMV4");

	(void)state;
	open_protocol(tiny);
	open_protocol(stm);
	assert_answer(host_control(&tiny->host, 0xa1, 0x21, 0, 0, 7, NULL), 0, fast, 7);
	assert_answer(host_control(&stm->host, 0xa1, 0x21, 0, 1, 7, NULL), 0, slow, 7);
	unplug(tiny);
	unplug(stm);
}

static void test_dtr_drop_and_the_fifo(void **state)
{
	struct upper *tiny = plug("OPENMV_RT1060"), *stm = plug("OPENMV4");
	const struct answer *a;
	u32 n;

	(void)state;
	open_protocol(tiny);
	open_protocol(stm);
	camera_send(tiny, "tail", 4);
	camera_flush(tiny);
	camera_send(stm, "tail", 4);
	camera_flush(stm);
	host_line_state(&tiny->host, tiny->l, 0);
	host_line_state(&stm->host, stm->l, 0);
	n = post_in(tiny, 512);
	host_assert_pending(&tiny->host, n);
	a = host_in(&stm->host, 3, 64);
	assert_answer(a, 0, "tail", 4);
	unplug(tiny);
	unplug(stm);
}

static void test_in_short_packet_ends_transfer(void **state)
{
	struct upper *u = plug("OPENMV_RT1060");
	u32 n = post_in(u, 16384);

	(void)state;
	host_assert_pending(&u->host, n);
	camera_send(u, u->tx, 700);
	host_assert_pending(&u->host, n);
	camera_flush(u);
	assert_answer(host_wait(&u->host, n), 0, u->tx, 700);
	/* No zero-length packet after a short one. */
	n = post_in(u, 16384);
	camera_flush(u);
	host_assert_pending(&u->host, n);
	unplug(u);
}

static void check_zero_packet(const char *board, u32 packet)
{
	struct upper *u = plug(board);
	u32 n;

	/* A transfer larger than the data is ended by a zero-length packet. */
	n = post_in(u, 8 * packet);
	camera_send(u, u->tx, packet);
	host_assert_pending(&u->host, n);
	camera_flush(u);
	assert_answer(host_wait(&u->host, n), 0, u->tx, packet);

	/* If the data fills a transfer, the next one gets the zero-length packet. */
	n = post_in(u, 2 * packet);
	camera_send(u, u->tx, 2 * packet);
	assert_answer(host_wait(&u->host, n), 0, u->tx, 2 * packet);
	n = post_in(u, 2 * packet);
	host_assert_pending(&u->host, n);
	camera_flush(u);
	assert_answer(host_wait(&u->host, n), 0, "", 0);

	/* The same if the transfer is submitted after the data was sent. */
	camera_send(u, u->tx, packet);
	camera_flush(u);
	host_turns(&u->host, 3);
	n = post_in(u, packet);
	assert_answer(host_wait(&u->host, n), 0, u->tx, packet);
	n = post_in(u, packet);
	assert_answer(host_wait(&u->host, n), 0, "", 0);
	n = post_in(u, packet);
	host_assert_pending(&u->host, n);
	unplug(u);
}

static void test_in_zero_packet(void **state)
{
	(void)state;
	check_zero_packet("OPENMV_RT1060", 512);
	check_zero_packet("OPENMV4", 64);
}

static void test_in_small_transfers(void **state)
{
	struct upper *u = plug("OPENMV_RT1060");
	u32 n[3];

	(void)state;
	for (int i = 0; i < 3; i++)
		n[i] = post_in(u, 1024);
	camera_send(u, u->tx, 2500);
	camera_flush(u);
	assert_answer(host_wait(&u->host, n[0]), 0, u->tx, 1024);
	assert_answer(host_wait(&u->host, n[1]), 0, u->tx + 1024, 1024);
	assert_answer(host_wait(&u->host, n[2]), 0, u->tx + 2048, 452);
	unplug(u);
}

static void test_in_babble(void **state)
{
	struct upper *u = plug("OPENMV_RT1060");
	u32 n;

	(void)state;
	/* A full packet in a transfer smaller than a packet. */
	n = post_in(u, 100);
	camera_send(u, u->tx, 512);
	assert_int_equal(host_wait(&u->host, n)->status, -EOVERFLOW);
	assert_int_equal(u->host.answers[n].actual, 0);
	/* A short packet in a smaller transfer; then one that fits. */
	n = post_in(u, 100);
	camera_send(u, u->tx, 101);
	camera_flush(u);
	assert_int_equal(host_wait(&u->host, n)->status, -EOVERFLOW);
	n = post_in(u, 100);
	camera_send(u, u->tx, 100);
	camera_flush(u);
	assert_answer(host_wait(&u->host, n), 0, u->tx, 100);
	/* The second packet of a transfer: the first one is returned. */
	n = post_in(u, 600);
	camera_send(u, u->tx, 1024);
	assert_answer(host_wait(&u->host, n), -EOVERFLOW, u->tx, 512);
	unplug(u);
}

static void test_in_bounded(void **state)
{
	struct upper *u = plug("OPENMV_RT1060");
	u32 sent = camera_send(u, u->tx, 60000), n, total = 0;

	(void)state;
	assert_int_equal(sent, 4096);
	assert_int_equal(camera_send(u, u->tx, 1), 0);
	n = post_in(u, 1024);
	assert_answer(host_wait(&u->host, n), 0, u->tx, 1024);
	assert_int_equal(camera_send(u, u->tx + sent, 60000 - sent), 1024);
	/* One call serves as many transfers as the host has submitted. */
	while (total < 40000) {
		host_submit(&u->host, 2, true, 4096, NULL, 0, NULL);
		total += 4096;
	}
	host_turns(&u->host, 3);
	sent += 1024;
	assert_true(camera_send(u, u->tx + sent, 60000 - sent) >= 30000);
	unplug(u);
}

static void test_in_bursts(void **state)
{
	struct upper *u = plug("OPENMV_RT1060");
	struct upper *p = plug_with("OPENMV_RT1060",
				    (struct usb_port_options){ .flush_packet = true });
	u32 n = post_in(u, 4096), m = post_in(p, 4096), m2 = post_in(p, 4096);

	(void)state;
	/* Two packets of the protocol at once: one USB transfer, or two. */
	for (int i = 0; i < 2; i++) {
		camera_send(u, u->tx + 100 * i, 100);
		camera_flush(u);
		camera_send(p, u->tx + 100 * i, 100);
		camera_flush(p);
	}
	assert_answer(host_wait(&u->host, n), 0, u->tx, 200);
	assert_answer(host_wait(&p->host, m), 0, u->tx, 100);
	assert_answer(host_wait(&p->host, m2), 0, u->tx + 100, 100);
	unplug(u);
	unplug(p);
}

/* While the camera has more data than fitted in the FIFO, the transfer does not end. */
static void test_in_burst_larger_than_fifo(void **state)
{
	struct upper *u = plug("OPENMV_RT1060");
	u32 sent, n;

	(void)state;
	camera_send(u, u->tx, 100);
	camera_flush(u);
	sent = 100 + camera_send(u, u->tx + 100, 5000);
	assert_int_equal(sent, 4096);
	n = post_in(u, 16384);
	assert_false(u->host.answers[n].there);
	camera_send(u, u->tx + sent, 5100 - sent);
	camera_flush(u);
	assert_answer(host_wait(&u->host, n), 0, u->tx, 5100);
	unplug(u);
}

static void test_in_bus_rate(void **state)
{
	struct upper *u = plug_with("OPENMV4",
				    (struct usb_port_options){ .bus_rate = 100000 });
	u64 start = port_now(), took;
	u32 n = post_in(u, 4096);

	(void)state;
	camera_send(u, u->tx, 4000);
	camera_flush(u);
	while (!u->host.answers[n].there && port_now() < start + 2000000000)
		host_turn(&u->host);
	took = (port_now() - start) / 1000000;
	assert_answer(&u->host.answers[n], 0, u->tx, 4000);
	/* 40 ms, less the bytes that an idle bus may carry at once. */
	assert_in_range(took, 20, 1500);
	unplug(u);
}

/* When the FIFO gets room and nothing else happens, the camera must run at once. */
static void test_in_room_is_reported(void **state)
{
	struct upper *u = plug_with("OPENMV4",
				    (struct usb_port_options){ .bus_rate = 100000 });
	u64 end = port_now() + 2000000000;
	struct pollfd pfd;

	(void)state;
	assert_int_equal(camera_send(u, u->tx, 5000), 4096);
	post_in(u, 16384);
	while (!u->host.port->ops->prepare(u->host.port, &pfd))
		camera_send(u, u->tx, 5000);
	assert_int_equal(camera_send(u, u->tx, 1), 0);
	while (u->host.port->ops->prepare(u->host.port, &pfd))
		assert_true(port_now() < end);
	assert_int_equal(camera_send(u, u->tx, 1), 1);
	unplug(u);
}

static void test_out(void **state)
{
	struct upper *u = plug("OPENMV_RT1060");
	u32 n;

	(void)state;
	assert_int_equal(host_out(&u->host, 2, u->tx, 700, 0)->actual, 700);
	assert_int_equal(u->got_len, 700);
	assert_int_equal(host_out(&u->host, 2, u->tx + 700, 1024, 0)->actual, 1024);
	assert_int_equal(host_out(&u->host, 2, u->tx, 0, 0)->actual, 0);
	assert_int_equal(u->got_len, 1724);
	assert_memory_equal(u->got, u->tx, 1724);

	/* If the camera has no room, the transfer stays pending. */
	u->space = 100;
	n = host_submit(&u->host, 2, false, 5000, u->tx + 1724, 0, NULL);
	host_assert_pending(&u->host, n);
	assert_int_equal(u->got_len, 1824);
	u->space = 60000;
	assert_int_equal(host_wait(&u->host, n)->actual, 5000);
	host_turns(&u->host, 3);
	assert_int_equal(u->got_len, 6724);
	assert_memory_equal(u->got, u->tx, 6724);
	unplug(u);
}

/* Section 11.4: a transfer of 4096 bytes in the device ends only with a short packet. */
static void test_out_needs_short_packet(void **state)
{
	struct upper *u = plug("OPENMV_N6");

	(void)state;
	host_out(&u->host, 2, u->tx, 512, 0);
	host_turns(&u->host, 3);
	assert_int_equal(u->got_len, 0);
	host_out(&u->host, 2, u->tx + 512, 512, ZERO_PACKET);
	host_turns(&u->host, 3);
	assert_int_equal(u->got_len, 1024);
	host_out(&u->host, 2, u->tx + 1024, 10, 0);
	host_turns(&u->host, 3);
	assert_int_equal(u->got_len, 1034);
	host_out(&u->host, 2, u->tx + 1034, 4096, 0);
	host_turns(&u->host, 3);
	assert_int_equal(u->got_len, 1034 + 4096);
	host_out(&u->host, 2, u->tx + 1034 + 4096, 512, 0);
	host_out(&u->host, 2, NULL, 0, 0);
	host_turns(&u->host, 3);
	assert_int_equal(u->got_len, 1034 + 4096 + 512);
	assert_memory_equal(u->got, u->tx, u->got_len);
	unplug(u);
}

static void test_unlink(void **state)
{
	struct upper *u = plug("OPENMV_RT1060");
	u32 a = post_in(u, 1024), b = post_in(u, 1024), c = post_in(u, 1024), n;

	(void)state;
	n = host_unlink(&u->host, b);
	assert_int_equal(host_wait(&u->host, n)->status, -ECONNRESET);
	assert_true(u->host.answers[n].unlink);
	/* The others are served in order; the unlinked one is not served. */
	camera_send(u, u->tx, 1024);
	assert_answer(host_wait(&u->host, a), 0, u->tx, 1024);
	camera_send(u, u->tx + 1024, 100);
	camera_flush(u);
	assert_answer(host_wait(&u->host, c), 0, u->tx + 1024, 100);
	assert_false(u->host.answers[b].there);
	/* Unlink twice, too late, and with an unknown number. */
	assert_int_equal(host_wait(&u->host, host_unlink(&u->host, b))->status, 0);
	assert_int_equal(host_wait(&u->host, host_unlink(&u->host, a))->status, 0);
	assert_int_equal(host_wait(&u->host, host_unlink(&u->host, 4000))->status, 0);
	/* Unlink the last one of the queue: the next one must still be queued. */
	a = post_in(u, 512);
	b = post_in(u, 512);
	assert_int_equal(host_wait(&u->host, host_unlink(&u->host, b))->status, -ECONNRESET);
	c = post_in(u, 512);
	camera_send(u, u->tx, 600);
	camera_flush(u);
	assert_answer(host_wait(&u->host, a), 0, u->tx, 512);
	assert_answer(host_wait(&u->host, c), 0, u->tx + 512, 88);
	unplug(u);
}

static void test_unlink_out(void **state)
{
	struct upper *u = plug("OPENMV_RT1060");
	u32 n;

	(void)state;
	u->space = 0;
	n = host_submit(&u->host, 2, false, 2000, u->tx, 0, NULL);
	host_assert_pending(&u->host, n);
	assert_int_equal(host_wait(&u->host, host_unlink(&u->host, n))->status, -ECONNRESET);
	u->space = 60000;
	host_turns(&u->host, 3);
	assert_false(u->host.answers[n].there);
	/* No more than the one packet that the device had taken. */
	assert_int_equal(u->got_len, 512);
	unplug(u);
}

static void test_interrupt_never_completes(void **state)
{
	struct upper *u = plug("OPENMV_RT1060");
	u32 n = host_submit(&u->host, 1, true, 8, NULL, 0, NULL);

	(void)state;
	host_assert_pending(&u->host, n);
	assert_int_equal(host_wait(&u->host, host_unlink(&u->host, n))->status, -ECONNRESET);
	unplug(u);
}

static void test_halt(void **state)
{
	struct upper *u = plug("OPENMV_RT1060");
	u32 n = post_in(u, 512);

	(void)state;
	assert_answer(host_control(&u->host, 0x82, 0, 0, 0x82, 2, NULL), 0, "\0\0", 2);
	host_control(&u->host, 0x02, 3, 0, 0x82, 0, NULL);
	assert_int_equal(host_wait(&u->host, n)->status, -EPIPE);
	assert_answer(host_control(&u->host, 0x82, 0, 0, 0x82, 2, NULL), 0, "\1\0", 2);
	assert_int_equal(host_in(&u->host, 2, 512)->status, -EPIPE);
	host_control(&u->host, 0x02, 1, 0, 0x82, 0, NULL);
	camera_send(u, "go", 2);
	camera_flush(u);
	assert_answer(host_in(&u->host, 2, 512), 0, "go", 2);

	host_control(&u->host, 0x02, 3, 0, 0x02, 0, NULL);
	assert_int_equal(host_out(&u->host, 2, "x", 1, 0)->status, -EPIPE);
	host_control(&u->host, 0x02, 1, 0, 0x02, 0, NULL);
	assert_int_equal(host_out(&u->host, 2, "x", 1, 0)->status, 0);

	/* Activation clears a halt, too. */
	host_control(&u->host, 0x02, 3, 0, 0x82, 0, NULL);
	open_protocol(u);
	n = post_in(u, 512);
	host_assert_pending(&u->host, n);
	unplug(u);
}

static void test_control_requests(void **state)
{
	struct upper *u = plug("OPENMV_RT1060");
	struct host *h = &u->host;

	(void)state;
	assert_answer(host_control(h, 0x80, 0, 0, 0, 2, NULL), 0, "\0\0", 2);
	assert_answer(host_control(h, 0x81, 0, 0, 1, 2, NULL), 0, "\0\0", 2);
	assert_answer(host_control(h, 0x80, 8, 0, 0, 1, NULL), 0, "\0", 1);
	assert_int_equal(host_control(h, 0, 9, 1, 0, 0, NULL)->status, 0);
	assert_int_equal(host_control(h, 0, 9, 2, 0, 0, NULL)->status, -EPIPE);
	assert_answer(host_control(h, 0x80, 8, 0, 0, 1, NULL), 0, "\1", 1);
	assert_int_equal(host_control(h, 0x01, 11, 0, 1, 0, NULL)->status, 0);
	assert_int_equal(host_control(h, 0x01, 11, 1, 1, 0, NULL)->status, -EPIPE);
	assert_int_equal(host_control(h, 0x01, 11, 0, 3, 0, NULL)->status, -EPIPE);
	assert_answer(host_control(h, 0x81, 10, 0, 1, 1, NULL), 0, "\0", 1);
	assert_int_equal(host_control(h, 0x81, 10, 0, 3, 1, NULL)->status, -EPIPE);
	/* Unknown, or not for this interface, or of the wrong length. */
	assert_int_equal(host_control(h, 0x40, 1, 0, 0, 0, NULL)->status, -EPIPE);
	assert_int_equal(host_control(h, 0x21, 0x20, 0, 1, 7, u->tx)->status, -EPIPE);
	assert_int_equal(host_control(h, 0x21, 0x20, 0, 0, 6, u->tx)->status, -EPIPE);
	assert_int_equal(host_control(h, 0x21, 0x99, 0, 0, 0, NULL)->status, -EPIPE);
	/* An endpoint that does not exist. */
	assert_int_equal(host_in(h, 5, 64)->status, -EPIPE);
	assert_int_equal(host_out(h, 5, u->tx, 64, 0)->status, -EPIPE);
	unplug(u);
}

static void test_control_lies_about_its_length(void **state)
{
	const u8 setup[] = { 0x80, 6, 0, 1, 0, 0, 18, 0 };
	struct upper *u = plug("OPENMV_RT1060");
	u32 n = host_submit(&u->host, 0, true, 4, NULL, 0, setup);

	(void)state;
	/* 18 bytes in a transfer of 4. */
	assert_int_equal(host_wait(&u->host, n)->status, -EPIPE);
	/* IN in the SETUP packet, OUT in the transfer. */
	n = host_submit(&u->host, 0, false, 18, u->tx, 0, setup);
	assert_int_equal(host_wait(&u->host, n)->status, -EPIPE);
	unplug(u);
}

/* Bulk-only transport. */

static u32 tag;

static void command(struct upper *u, const u8 *cdb, u8 len, u32 expect, bool in)
{
	u8 cbw[31] = { 'U', 'S', 'B', 'C' };

	cbw[4] = ++tag;
	cbw[5] = tag >> 8;
	cbw[8] = expect;
	cbw[9] = expect >> 8;
	cbw[12] = in ? 0x80 : 0;
	cbw[14] = len;
	memcpy(cbw + 15, cdb, len);
	assert_int_equal(host_out(&u->host, u->l->msc_ep, cbw, 31, 0)->status, 0);
}

static void assert_status(struct upper *u, u8 status, u32 residue)
{
	const struct answer *a = host_in(&u->host, u->l->msc_ep, 13);
	u8 csw[13] = { 'U', 'S', 'B', 'S', tag, tag >> 8, 0, 0, residue, residue >> 8, 0, 0,
		       status };

	assert_answer(a, 0, csw, 13);
}

static void assert_sense(struct upper *u, u8 key, u8 asc)
{
	const u8 cdb[] = { 0x03, 0, 0, 0, 18, 0 };
	const struct answer *a;

	command(u, cdb, 6, 18, true);
	a = host_in(&u->host, u->l->msc_ep, 18);
	assert_int_equal(a->actual, 18);
	assert_int_equal(a->data[2], key);
	assert_int_equal(a->data[12], asc);
	assert_status(u, 0, 0);
}

static void check_disk(const char *board)
{
	struct upper *u = plug(board);
	const struct answer *a;

	assert_answer(host_control(&u->host, 0xa1, 0xfe, 0, u->l->msc_if, 1, NULL), 0, "\0", 1);
	command(u, (u8[6]){ 0x12, 0, 0, 0, 36 }, 6, 36, true);
	a = host_in(&u->host, u->l->msc_ep, 36);
	assert_int_equal(a->actual, 36);
	assert_int_equal(a->data[1], 0x80);
	assert_memory_equal(a->data + 8, "OpenMV  ", 8);
	assert_status(u, 0, 0);
	assert_sense(u, 0, 0);

	/* TEST UNIT READY, READ CAPACITY: no medium. */
	command(u, (u8[6]){ 0 }, 6, 0, false);
	assert_status(u, 1, 0);
	assert_sense(u, 2, 0x3a);
	command(u, (u8[10]){ 0x25 }, 10, 8, true);
	assert_answer(host_in(&u->host, u->l->msc_ep, 8), 0, "", 0);
	assert_status(u, 1, 8);
	assert_sense(u, 2, 0x3a);
	assert_sense(u, 0, 0);

	/* MODE SENSE, less than requested; an unknown command. */
	command(u, (u8[6]){ 0x1a, 0, 0x3f, 0, 192 }, 6, 192, true);
	assert_int_equal(host_in(&u->host, u->l->msc_ep, 192)->actual, 4);
	assert_status(u, 0, 188);
	command(u, (u8[6]){ 0xc0 }, 6, 0, false);
	assert_status(u, 1, 0);
	assert_sense(u, 5, 0x20);

	/* INQUIRY with a shorter data stage, or with none. */
	command(u, (u8[6]){ 0x12, 0, 0, 0, 5 }, 6, 5, true);
	assert_int_equal(host_in(&u->host, u->l->msc_ep, 5)->actual, 5);
	assert_status(u, 0, 0);
	command(u, (u8[6]){ 0x12, 0, 0, 0, 36 }, 6, 0, false);
	assert_status(u, 0, 0);

	/* Data of an unsupported command is received and ignored. */
	command(u, (u8[10]){ 0x2a }, 10, 1024, false);
	assert_int_equal(host_out(&u->host, u->l->msc_ep, u->tx, 512, 0)->actual, 512);
	assert_int_equal(host_out(&u->host, u->l->msc_ep, u->tx, 512, 0)->actual, 512);
	assert_status(u, 1, 1024);

	/* An invalid command wrapper: stalled until a reset. */
	assert_int_equal(host_out(&u->host, u->l->msc_ep, u->tx, 31, 0)->status, 0);
	assert_int_equal(host_in(&u->host, u->l->msc_ep, 13)->status, -EPIPE);
	host_control(&u->host, 0x02, 1, 0, 0x80 | u->l->msc_ep, 0, NULL);
	assert_int_equal(host_out(&u->host, u->l->msc_ep, u->tx, 31, 0)->status, -EPIPE);
	assert_int_equal(host_control(&u->host, 0x21, 0xff, 0, u->l->msc_if, 0, NULL)->status, 0);
	command(u, (u8[6]){ 0 }, 6, 0, false);
	assert_status(u, 1, 0);
	unplug(u);
}

static void test_mass_storage(void **state)
{
	(void)state;
	check_disk("OPENMV_RT1060");
	check_disk("OPENMV4");
}

/* The socket. */

static int handle_until_error(struct upper *u)
{
	int err = 0;

	for (int i = 0; i < 20 && !err; i++)
		err = host_turn(&u->host);
	return err;
}

static void test_messages_in_pieces(void **state)
{
	u8 bytes[48 + 7] = { 0 };
	struct upper *u = plug("OPENMV_RT1060");

	(void)state;
	put_be32(bytes, 1);
	put_be32(bytes + 4, ++u->host.last);
	put_be32(bytes + 24, 7);
	memcpy(bytes + 40, (u8[]){ 0x21, 0x20, 0, 0, 0, 0, 7, 0 }, 8);
	memcpy(bytes + 48, (u8[]){ 0x00, 0x10, 0x0e, 0x00, 0, 0, 8 }, 7);
	for (size_t i = 0; i < sizeof(bytes); i++) {
		assert_false(u->active);
		host_raw(&u->host, bytes + i, 1);
		host_turn(&u->host);
	}
	assert_true(u->active);
	assert_int_equal(host_wait(&u->host, u->host.last)->actual, 7);
	unplug(u);
}

static void test_nonsense_messages(void **state)
{
	static const struct {
		u32 at;
		u32 value;
	} wrong[] = {
		{ 0, 0 }, { 0, 3 }, { 0, 0x01000000 },	/* command */
		{ 12, 2 },				/* direction */
		{ 16, 16 },				/* endpoint */
		{ 24, 0x80000000 }, { 24, 17 << 20 },	/* length */
		{ 32, 8 },				/* isochronous packets */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct upper *u = plug("OPENMV_RT1060");
		u8 header[48] = { 0 };

		put_be32(header, 1);
		put_be32(header + 4, 1);
		put_be32(header + 12, 1);
		put_be32(header + 16, 2);
		put_be32(header + wrong[i].at, wrong[i].value);
		host_raw(&u->host, header, sizeof(header));
		assert_int_equal(handle_until_error(u), -EPROTO);
		unplug(u);
	}
}

static void test_host_goes(void **state)
{
	struct upper *u = plug("OPENMV_RT1060");

	(void)state;
	post_in(u, 512);
	shutdown(u->host.fd, SHUT_RDWR);
	assert_int_equal(handle_until_error(u), -ECONNRESET);
	assert_int_equal(camera_send(u, u->tx, 100), 100);
	unplug(u);
}

static void test_unplug_with_transfers_pending(void **state)
{
	struct upper *u = plug("OPENMV_RT1060");
	u8 byte;

	(void)state;
	post_in(u, 512);
	u->space = 0;
	host_submit(&u->host, 2, false, 5000, u->tx, 0, NULL);
	host_turns(&u->host, 3);
	u->host.port->ops->close(u->host.port);
	u->host.port = NULL;
	host_receive(&u->host);
	assert_true(u->host.disconnected);
	assert_int_equal(recv(u->host.fd, &byte, 1, MSG_DONTWAIT), 0);
	unplug(u);
}

/* A host that does not read answers: they are queued, and no more transfers are completed. */
static void test_congestion(void **state)
{
	struct upper *u = plug("OPENMV_RT1060");
	struct pollfd pfd;
	u32 sent = 0, first = 0, n = 0, got = 0;

	(void)state;
	for (int i = 0; i < 300; i++) {
		n = host_submit(&u->host, 2, true, 4096, NULL, 0, NULL);
		first = first ? first : n;
		u->host.port->ops->prepare(u->host.port, &pfd);
		u->host.port->ops->handle(u->host.port, POLLIN);
	}
	for (int i = 0; i < 1000; i++) {
		sent += camera_send(u, u->tx, 4096);
		u->host.port->ops->prepare(u->host.port, &pfd);
	}
	assert_true(pfd.events & POLLOUT);
	assert_true(sent < 300 * 4096);
	for (int i = 0; i < 2000 && sent < 300 * 4096; i++) {
		host_turn(&u->host);
		sent += camera_send(u, u->tx, 4096);
	}
	for (; first <= n; first++)
		got += host_wait(&u->host, first)->actual;
	assert_int_equal(got, 300 * 4096);
	unplug(u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_bad_descriptors),
		cmocka_unit_test(test_activation_tinyusb),
		cmocka_unit_test(test_activation_stm),
		cmocka_unit_test(test_activation_only_by_rate),
		cmocka_unit_test(test_set_configuration_is_a_reset_on_tinyusb_only),
		cmocka_unit_test(test_stm_looks_again_at_any_request),
		cmocka_unit_test(test_stm_keeps_what_was_typed),
		cmocka_unit_test(test_line_coding_read_back),
		cmocka_unit_test(test_dtr_drop_and_the_fifo),
		cmocka_unit_test(test_in_short_packet_ends_transfer),
		cmocka_unit_test(test_in_zero_packet),
		cmocka_unit_test(test_in_small_transfers),
		cmocka_unit_test(test_in_babble),
		cmocka_unit_test(test_in_bounded),
		cmocka_unit_test(test_in_bursts),
		cmocka_unit_test(test_in_burst_larger_than_fifo),
		cmocka_unit_test(test_in_bus_rate),
		cmocka_unit_test(test_in_room_is_reported),
		cmocka_unit_test(test_out),
		cmocka_unit_test(test_out_needs_short_packet),
		cmocka_unit_test(test_unlink),
		cmocka_unit_test(test_unlink_out),
		cmocka_unit_test(test_interrupt_never_completes),
		cmocka_unit_test(test_halt),
		cmocka_unit_test(test_control_requests),
		cmocka_unit_test(test_control_lies_about_its_length),
		cmocka_unit_test(test_mass_storage),
		cmocka_unit_test(test_messages_in_pieces),
		cmocka_unit_test(test_nonsense_messages),
		cmocka_unit_test(test_host_goes),
		cmocka_unit_test(test_unplug_with_transfers_pending),
		cmocka_unit_test(test_congestion),
	};

	return cmocka_run_group_tests_name("usbip", tests, NULL, NULL);
}
