// SPDX-License-Identifier: GPL-2.0-only
/*
 * The camera, tested by a host on USB/IP: its channels, its pictures, and its intended faults.
 */
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>

#include "camera_rig.h"

#include "../../firmware/camera/pattern.h"

static void test_channels(void **state)
{
	struct camera_options o = defaults();
	struct rig *r = start(&o);
	const struct reply *a = request(r, 0, OMV_OP_LIST, NULL, 0);

	(void)state;
	assert_int_equal(a->len, 6 * 16);
	assert_entry(a->data, 0, 0x40, "usb");
	assert_entry(a->data + 16, STDIN, 0x06, "stdin");
	assert_entry(a->data + 32, STDOUT, 0x01, "stdout");
	assert_entry(a->data + 48, STREAM, 0x19, "stream");
	assert_entry(a->data + 64, FRAME, 0x21, "frame");
	assert_entry(a->data + 80, CONFIG, 0x23, "config");
	stop(r);

	o.script.config.form = CONFIG_NONE;
	o.script.frame_read = true;
	r = start(&o);
	a = request(r, 0, OMV_OP_LIST, NULL, 0);
	assert_int_equal(a->len, 5 * 16);
	assert_entry(a->data + 64, FRAME, 0x21, "frame");
	stop(r);

	o.no_script = true;
	r = start(&o);
	assert_int_equal(request(r, 0, OMV_OP_LIST, NULL, 0)->len, 4 * 16);
	assert_int_equal(poll_bits(r), 0);
	stop(r);
}

static void test_info(void **state)
{
	struct camera_options o = defaults();
	struct rig *r;

	(void)state;
	for (size_t i = 0; i < board_count; i++) {
		const struct reply *a;

		o.board = &boards[i];
		r = start(&o);
		assert_int_equal(r->max_payload, boards[i].rbuf - 14);
		a = request(r, 0, OMV_OP_SYS_INFO, NULL, 0);
		assert_int_equal(a->len, 76);
		assert_memory_equal(a->data + 4, "\x67\x45\x23\x01\xef\xcd\xab\x89\x67\x45\x23\x01",
				    12);
		assert_int_equal(a->data[16] | a->data[17] << 8, boards[i].id.pid);
		assert_int_equal(a->data[18] | a->data[19] << 8, boards[i].id.vid);
		assert_int_equal(a->data[60] | a->data[61] << 8, boards[i].stream_size / 1024);
		a = request(r, 0, OMV_OP_VERSION, NULL, 0);
		assert_memory_equal(a->data, "\1\0\2\1\0\3\5\0\0", 9);
		assert_int_equal(request(r, 0, OMV_OP_SYS_MEMORY, NULL, 0)->len, 28);
		stop(r);
	}
}

/* Section 12.3. */
static void test_latch(void **state)
{
	struct camera_options o = defaults();
	struct rig *r;
	u32 size, events;

	(void)state;
	o.script.fps = 2;
	r = start(&o);
	wait_until(r, poll_bits(r) & 1 << FRAME);
	events = r->events[FRAME];
	size = size_of(r, FRAME);
	assert_true(size > 1000);

	/* Only a READ up to the end releases the frame. */
	assert_int_equal(read_at(r, FRAME, 0, size - 1)->len, size - 1);
	assert_nak(read_at(r, FRAME, 1, size), OMV_ST_FAILED);
	assert_nak(read_at(r, FRAME, size, 1), OMV_ST_FAILED);
	assert_nak(read_at(r, FRAME, 0xffffffff, 2), OMV_ST_FAILED);
	assert_nak(read_at(r, FRAME, 0, 0), OMV_ST_INVALID);
	rest(r, 600);
	assert_true(poll_bits(r) & 1 << FRAME);
	assert_int_equal(r->events[FRAME], events);

	/* A READ of the last byte does. Size and picture stay until the next frame. */
	wait_until(r, r->cam->next > port_now() + 300000000);
	assert_int_equal(read_at(r, FRAME, size - 1, 1)->len, 1);
	assert_int_equal(r->reply.data[0], 0xd9);
	assert_int_equal(size_of(r, FRAME), size);
	assert_int_equal(read_at(r, FRAME, 0, 2)->len, 2);
	assert_memory_equal(r->reply.data, "\xff\xd8", 2);
	wait_until(r, r->events[FRAME] > events);
	assert_int_equal(r->last_event[FRAME], 1);
	rest(r, 700);
	assert_int_equal(r->events[FRAME], events + 1);
	assert_int_equal(r->cam->frame.fetched, 1);
	stop(r);
}

static void test_frames_in_order(void **state)
{
	struct camera_options o = defaults();
	struct rig *r = start(&o);

	(void)state;
	for (u32 i = 0; i < 20; i++) {
		struct picture_info info = fetch(r);

		assert_true(info.whole);
		assert_int_equal(info.number, i);
		assert_int_equal(info.quality, 85);
		assert_int_equal(info.width, 320);
		assert_int_equal(info.height, 240);
	}
	/* Packets have the maximum size. */
	assert_int_equal(r->reply.packets, (r->reply.len + 4081) / 4082);
	/* Each frame has an event, except perhaps the first, which may precede the host. */
	wait_until(r, poll_bits(r) & 1 << FRAME);
	rest(r, 20);
	assert_in_range(r->events[FRAME], 20, 21);
	stop(r);
}

static u64 time_for(struct rig *r, u32 frames)
{
	u64 from;

	fetch(r);
	from = port_now();
	while (frames--)
		fetch(r);
	return (port_now() - from) / 1000000;
}

static void test_frame_rate(void **state)
{
	struct camera_options o = defaults();
	struct rig *r;

	(void)state;
	o.script.fps = 20;
	o.script.width = o.script.height = 64;
	r = start(&o);
	assert_true(time_for(r, 10) > 400);
	stop(r);

	/* As fast as they are fetched. */
	o.script.fps = 0;
	r = start(&o);
	assert_true(time_for(r, 30) < 1400);
	stop(r);
}

static void test_no_events(void **state)
{
	struct camera_options o = defaults();
	struct rig *r;

	(void)state;
	o.script.no_events = true;
	r = start(&o);
	for (u32 i = 0; i < 3; i++)
		assert_int_equal(fetch(r).number, i);
	rest(r, 50);
	assert_int_equal(r->events[FRAME], 0);
	stop(r);
}

static void test_frame_read(void **state)
{
	struct camera_options o = defaults();
	struct rig *r;
	u32 size;

	(void)state;
	o.script.frame_read = true;
	o.script.fps = 1;
	r = start(&o);
	wait_until(r, poll_bits(r) & 1 << FRAME);
	size = size_of(r, FRAME);
	assert_int_equal(read_at(r, FRAME, 0, size)->len, size);
	assert_int_equal(r->reply.packets, (size + 511) / 512);
	/* No frame is latched: READ fails. */
	assert_nak(read_at(r, FRAME, 0, size), OMV_ST_FAILED);
	assert_int_equal(r->reply.len, 0);
	assert_int_equal(size_of(r, FRAME), size);
	stop(r);
}

/* After a write at most the latched frame has the old quality. */
static void test_quality(void **state)
{
	static const u8 qualities[] = { 50, 10, 100, 1, 51 };
	struct camera_options o = defaults();
	struct rig *r;
	char text[32];

	(void)state;
	for (int json = 0; json < 2; json++) {
		u8 old = 85;

		o.script.config.form = json ? CONFIG_JSON : CONFIG_NUMBER;
		r = start(&o);
		fetch(r);
		for (size_t i = 0; i < ARRAY_SIZE(qualities); i++) {
			struct picture_info info;

			snprintf(text, sizeof(text), json ? "{\"quality\": %u}" : "%u",
				 qualities[i]);
			/* A frame is latched, and the next one is already encoded. */
			wait_until(r, poll_bits(r) & 1 << FRAME);
			rest(r, 10);
			assert_ack(write_text(r, CONFIG, 0, text));
			info = fetch(r);
			assert_int_equal(info.quality, old);
			for (int n = 0; n < 3; n++) {
				u32 number = info.number;

				info = fetch(r);
				assert_int_equal(info.quality, qualities[i]);
				assert_int_equal(info.number, number + 1);
				assert_true(info.whole);
			}
			old = qualities[i];
		}
		stop(r);
	}
}

/* The same while a frame is being encoded, which takes longer than the write. */
static void test_quality_in_haste(void **state)
{
	struct camera_options o = defaults();
	struct picture_info info;
	struct rig *r;
	u8 quality = 85;

	(void)state;
	o.script.width = 1280;
	o.script.height = 960;
	o.script.fps = 0;
	o.script.config.form = CONFIG_NUMBER;
	r = start(&o);
	fetch(r);
	for (u32 i = 0; i < 10; i++) {
		u8 old = quality;

		quality = i % 2 ? 85 : 40;
		assert_ack(write_text(r, CONFIG, 0, i % 2 ? "85" : "40"));
		info = fetch(r);
		assert_true(info.quality == quality || info.quality == old);
		info = fetch(r);
		assert_int_equal(info.quality, quality);
	}
	stop(r);
}

static void test_config_json(void **state)
{
	static const struct {
		const char *text;
		u8 quality;		/* quality after the write */
	} writes[] = {
		{ "{\"quality\": 50}", 50 },
		{ "{\"quality\":51}", 51 },
		{ " {\n\"other\": [1, {\"quality\": 7}], \"quality\" : 52 } \n", 52 },
		{ "{\"other\": 1}", 52 },
		{ "{}", 52 },
		{ "{\"quality\": 0}", 52 },
		{ "{\"quality\": 101}", 52 },
		{ "{\"quality\": -5}", 52 },
		{ "{\"quality\": \"53\"}", 52 },
		{ "{\"quality\": 53.5}", 52 },
		{ "{\"quality\": null}", 52 },
		{ "{\"quality\": 53", 52 },
		{ "{\"quality\": 53} x", 52 },
		{ "[53]", 52 },
		{ "53", 52 },
		{ "nonsense", 52 },
		{ "{\"quality\": 99999999999999999999}", 52 },
		{ "{\"quality\": 100}", 100 },
		{ "{\"quality\": 1}", 1 },
	};
	struct camera_options o = defaults();
	struct rig *r = start(&o);
	char text[32];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(writes); i++) {
		/* Always an ACK: the script raised an exception (T-12). */
		assert_ack(write_text(r, CONFIG, 0, writes[i].text));
		snprintf(text, sizeof(text), "{\"quality\": %u}", writes[i].quality);
		assert_int_equal(size_of(r, CONFIG), strlen(text));
		assert_int_equal(read_at(r, CONFIG, 0, strlen(text))->len, strlen(text));
		assert_memory_equal(r->reply.data, text, strlen(text));
	}
	stop(r);
}

static void test_config_number(void **state)
{
	static const struct {
		const char *text;
		u8 quality;
	} writes[] = {
		{ "50", 50 }, { "1", 1 }, { "100", 100 }, { " 51\n", 51 }, { "+52", 52 },
		{ "0", 52 }, { "101", 52 }, { "-5", 52 }, { "53x", 52 }, { "x53", 52 },
		{ "5 3", 52 }, { "53.0", 52 }, { " ", 52 }, { "+", 52 }, { "{\"quality\": 53}", 52 },
		{ "4294967349", 52 }, { "99999999999999999999999999", 52 }, { "0x35", 52 },
	};
	struct camera_options o = defaults();
	struct rig *r;

	(void)state;
	o.script.config.form = CONFIG_NUMBER;
	r = start(&o);
	for (size_t i = 0; i < ARRAY_SIZE(writes); i++) {
		assert_ack(write_text(r, CONFIG, 0, writes[i].text));
		if (r->cam->config.quality != writes[i].quality)
			fail_msg("'%s': %u", writes[i].text, r->cam->config.quality);
	}
	assert_int_equal(size_of(r, CONFIG), 0);
	assert_nak(read_at(r, CONFIG, 0, 0), OMV_ST_INVALID);
	assert_nak(read_at(r, CONFIG, 0, 2), OMV_ST_FAILED);
	stop(r);
}

static void test_config_refusals(void **state)
{
	struct camera_options o = defaults();
	struct rig *r;

	(void)state;
	o.script.config.refuse = CONFIG_REFUSE_ACK;
	r = start(&o);
	assert_ack(write_text(r, CONFIG, 0, "{\"quality\": 50}"));
	assert_int_equal(r->cam->config.quality, 85);
	stop(r);

	o.script.config.refuse = CONFIG_REFUSE_NAK;
	r = start(&o);
	assert_nak(write_text(r, CONFIG, 0, "{\"quality\": 50}"), OMV_ST_FAILED);
	assert_int_equal(r->cam->config.quality, 85);
	stop(r);

	o.script.config.refuse = CONFIG_APPLY_NAK;
	r = start(&o);
	fetch(r);
	assert_nak(write_text(r, CONFIG, 0, "{\"quality\": 50}"), OMV_ST_FAILED);
	assert_int_equal(r->cam->config.quality, 50);
	fetch(r);
	assert_int_equal(fetch(r).quality, 50);
	stop(r);
}

/* Section 9.2. */
static void test_stdout(void **state)
{
	struct camera_options o = defaults();
	struct rig *r;
	u8 text[2000];
	u32 seen;

	(void)state;
	for (u32 i = 0; i < sizeof(text); i++)
		text[i] = 'a' + i % 26;
	o.no_script = true;
	r = start(&o);
	assert_int_equal(size_of(r, STDOUT), 0);
	assert_nak(read_at(r, STDOUT, 0, 1), OMV_ST_FAILED);
	rest(r, 120);
	assert_int_equal(r->events[STDOUT], 0);

	/* Half of 1024 is not more than half. */
	stdout_channel_print(&r->cam->out, text, 512);
	rest(r, 20);
	assert_int_equal(r->events[STDOUT], 0);
	stdout_channel_print(&r->cam->out, text + 512, 1);
	wait_until(r, r->events[STDOUT] == 1);
	assert_int_equal(r->last_event[STDOUT], OMV_EV_NOTIFY);
	/* Then every 50 ms, while there is text. */
	stdout_channel_print(&r->cam->out, text + 513, 510);
	rest(r, 260);
	assert_in_range(r->events[STDOUT], 3, 7);
	assert_true(poll_bits(r) & 1 << STDOUT);
	assert_int_equal(size_of(r, STDOUT), 1023);

	/* READ removes the text; a READ of more ends with a NAK (section 12.8). */
	assert_int_equal(read_at(r, STDOUT, 0, 100)->len, 100);
	assert_memory_equal(r->reply.data, text, 100);
	assert_int_equal(size_of(r, STDOUT), 923);
	assert_nak(read_at(r, STDOUT, 77, 2000), OMV_ST_FAILED);
	assert_int_equal(r->reply.len, 923);
	assert_int_equal(r->reply.packets, 2);
	assert_memory_equal(r->reply.data, text + 100, 923);
	seen = r->events[STDOUT];
	rest(r, 120);
	assert_int_equal(r->events[STDOUT], seen);
	assert_false(poll_bits(r) & 1 << STDOUT);

	/* More than half again after a READ: an event at once. */
	seen = r->events[STDOUT];
	stdout_channel_print(&r->cam->out, text, 600);
	stdout_channel_print(&r->cam->out, text, 100);
	rest(r, 10);
	assert_int_equal(r->events[STDOUT], seen + 1);
	read_at(r, STDOUT, 0, 700);

	/* A text that does not fit replaces all older text; only its end is kept. */
	stdout_channel_print(&r->cam->out, "old", 3);
	stdout_channel_print(&r->cam->out, text, 1021);
	assert_int_equal(size_of(r, STDOUT), 1021);
	stdout_channel_print(&r->cam->out, text, 2000);
	assert_int_equal(size_of(r, STDOUT), 1023);
	read_at(r, STDOUT, 0, 1023);
	assert_memory_equal(r->reply.data, text + 2000 - 1023, 1023);
	stop(r);
}

static u32 word_at(const u8 *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (u32)p[3] << 24;
}

/* Section 10. */
static void test_stream(void **state)
{
	struct camera_options o = defaults();
	struct rig *r = start(&o);
	struct picture_info info;
	u32 size;

	(void)state;
	/* Streaming is off: no frame, LOCK is refused. */
	assert_int_equal(size_of(r, STREAM), 0);
	assert_nak(request(r, STREAM, OMV_OP_LOCK, NULL, 0), OMV_ST_BUSY);
	assert_ack(request(r, STREAM, OMV_OP_UNLOCK, NULL, 0));
	assert_ack(ioctl_words(r, STREAM, OMV_STREAM_CTRL, 1, 1, 0));
	wait_until(r, r->events[STREAM]);
	assert_int_equal(r->last_event[STREAM], OMV_EV_NOTIFY);
	assert_true(poll_bits(r) & 1 << STREAM);

	/* One event and one frame, until the host has locked it. */
	rest(r, 60);
	assert_int_equal(r->events[STREAM], 1);
	size = size_of(r, STREAM);
	assert_int_equal(read_at(r, STREAM, 0, size)->len, size);
	assert_int_equal(word_at(r->reply.data), 320);
	assert_int_equal(word_at(r->reply.data + 4), 240);
	assert_int_equal(word_at(r->reply.data + 8), OMV_PIX_JPEG);
	assert_int_equal(word_at(r->reply.data + 12), size - 32);
	assert_int_equal(word_at(r->reply.data + 16), 32);
	picture_next(r->reply.data + 32, size - 32, &info);
	assert_true(info.whole);
	assert_int_equal(request(r, STREAM, OMV_OP_SHAPE, NULL, 0)->len, 4);
	assert_int_equal(word_at(r->reply.data), size - 32);
	assert_nak(read_at(r, STREAM, 1, size), OMV_ST_FAILED);
	assert_nak(read_at(r, STREAM, 0xfffffff0, 0x20), OMV_ST_FAILED);
	rest(r, 60);
	assert_int_equal(r->events[STREAM], 1);

	/* The locked frame stays. Another LOCK gets BUSY. */
	assert_ack(request(r, STREAM, OMV_OP_LOCK, NULL, 0));
	rest(r, 60);
	assert_int_equal(r->events[STREAM], 1);
	assert_nak(request(r, STREAM, OMV_OP_LOCK, NULL, 0), OMV_ST_BUSY);
	assert_int_equal(size_of(r, STREAM), size);
	assert_ack(request(r, STREAM, OMV_OP_UNLOCK, NULL, 0));
	wait_until(r, r->events[STREAM] == 2);

	/* UNLOCK without LOCK keeps the frame. */
	size = size_of(r, STREAM);
	assert_true(size > 32);
	assert_ack(request(r, STREAM, OMV_OP_UNLOCK, NULL, 0));
	assert_int_equal(size_of(r, STREAM), size);

	/* SYNC unlocks, STREAM_CTRL empties the mailbox. */
	assert_ack(request(r, STREAM, OMV_OP_LOCK, NULL, 0));
	sync_up(r);
	wait_until(r, r->events[STREAM] == 3);
	assert_ack(ioctl_words(r, STREAM, OMV_STREAM_CTRL, 1, 0, 0));
	assert_int_equal(size_of(r, STREAM), 0);
	stop(r);
}

static void test_stream_ioctls(void **state)
{
	struct camera_options o = defaults();
	struct rig *r = start(&o);

	(void)state;
	assert_ack(ioctl_words(r, STREAM, OMV_STREAM_CTRL, 1, 0, 0));
	assert_ack(ioctl_words(r, STREAM, OMV_STREAM_RAW_CTRL, 1, 1, 0));
	assert_ack(ioctl_words(r, STREAM, OMV_STREAM_RAW_CFG, 2, 320, 240));
	assert_ack(ioctl_words(r, STREAM, OMV_STREAM_SOURCE, 1, 0, 0));
	assert_nak(ioctl_words(r, STREAM, OMV_STREAM_CTRL, 0, 0, 0), OMV_ST_INVALID);
	assert_nak(ioctl_words(r, STREAM, OMV_STREAM_CTRL, 2, 0, 0), OMV_ST_INVALID);
	assert_nak(ioctl_words(r, STREAM, OMV_STREAM_RAW_CTRL, 2, 0, 0), OMV_ST_INVALID);
	assert_nak(ioctl_words(r, STREAM, OMV_STREAM_RAW_CFG, 1, 0, 0), OMV_ST_INVALID);
	assert_nak(ioctl_words(r, STREAM, OMV_STREAM_SOURCE, 0, 0, 0), OMV_ST_INVALID);
	assert_nak(ioctl_words(r, STREAM, 4, 1, 0, 0), OMV_ST_INVALID);
	assert_nak(ioctl_words(r, STDIN, OMV_STDIN_STOP, 1, 0, 0), OMV_ST_INVALID);
	assert_nak(ioctl_words(r, STDIN, 0, 0, 0, 0), OMV_ST_INVALID);
	assert_nak(ioctl_words(r, STDIN, 4, 0, 0, 0), OMV_ST_INVALID);
	assert_nak(ioctl_words(r, FRAME, 0, 0, 0, 0), OMV_ST_INVALID);
	stop(r);
}

/* A JPEG that does not fit in 8 KiB is dropped, and a message printed (section 10.3). */
static void test_stream_too_small(void **state)
{
	struct camera_options o = defaults();
	struct rig *r;

	(void)state;
	o.board = board_find("OPENMV2");
	o.script.quality = 100;
	r = start(&o);
	assert_ack(ioctl_words(r, STREAM, OMV_STREAM_CTRL, 1, 1, 0));
	wait_until(r, size_of(r, STDOUT) >= 6);
	read_at(r, STDOUT, 0, 6);
	assert_memory_equal(r->reply.data, "\033[40O\n", 6);
	assert_int_equal(r->events[STREAM], 0);
	assert_int_equal(size_of(r, STREAM), 0);
	stop(r);
}

static void test_scripts(void **state)
{
	struct camera_options o = defaults();
	struct rig *r = start(&o);
	u8 id;

	(void)state;
	/* main.py ends without a soft reboot: its channels stay, but there are no new frames. */
	assert_true(poll_bits(r) & 1 << STDIN);
	assert_nak(ioctl_words(r, STDIN, OMV_STDIN_EXEC, 0, 0, 0), OMV_ST_FAILED);
	wait_until(r, poll_bits(r) & 1 << FRAME);
	assert_ack(ioctl_words(r, STDIN, OMV_STDIN_STOP, 0, 0, 0));
	wait_until(r, r->events[STDIN] == 1);
	assert_int_equal(r->last_event[STDIN], 0);
	assert_false(poll_bits(r) & 1 << STDIN);
	fetch(r);
	rest(r, 60);
	assert_false(poll_bits(r) & 1 << FRAME);
	assert_int_equal(r->reboots, 0);

	/* RESET empties the buffer, offset 0 replaces the text, other offsets append. */
	assert_ack(write_text(r, STDIN, 0, "print('no')\n"));
	assert_ack(ioctl_words(r, STDIN, OMV_STDIN_RESET, 0, 0, 0));
	assert_nak(ioctl_words(r, STDIN, OMV_STDIN_EXEC, 0, 0, 0), OMV_ST_FAILED);
	assert_ack(write_text(r, STDIN, 0, "print('neither')\n"));
	assert_ack(write_text(r, STDIN, 0, "print("));
	assert_ack(write_text(r, STDIN, 77, "'hi')\n"));
	assert_ack(ioctl_words(r, STDIN, OMV_STDIN_EXEC, 0, 0, 0));
	wait_until(r, r->reboots == 1);
	assert_int_equal(r->events[STDIN], 3);
	assert_int_equal(r->last_event[STDIN], 0);
	sync_up(r);
	assert_int_equal(size_of(r, STDOUT), 4 + 18);
	read_at(r, STDOUT, 0, 22);
	assert_memory_equal(r->reply.data, "hi\r\nMPY: soft reboot\r\n", 22);
	assert_int_equal(request(r, 0, OMV_OP_LIST, NULL, 0)->len, 4 * 16);

	/* A script that registers channels runs until it is stopped; then they are removed. */
	assert_ack(write_text(r, STDIN, 0, "import protocol\nprotocol.register()\n"));
	assert_ack(ioctl_words(r, STDIN, OMV_STDIN_EXEC, 0, 0, 0));
	wait_until(r, r->events[FRAME]);
	assert_int_equal(request(r, 0, OMV_OP_LIST, NULL, 0)->len, 6 * 16);
	id = r->reply.data[64];
	assert_int_equal(id, FRAME);
	fetch(r);
	assert_true(fetch(r).whole);

	/* The next upload is lost with it (T-24). */
	assert_ack(write_text(r, STDIN, 0, "print('lost')\n"));
	assert_ack(ioctl_words(r, STDIN, OMV_STDIN_EXEC, 0, 0, 0));
	wait_until(r, r->reboots == 2);
	sync_up(r);
	rest(r, 20);
	assert_false(poll_bits(r) & 1 << STDIN);
	assert_int_equal(request(r, 0, OMV_OP_LIST, NULL, 0)->len, 4 * 16);
	assert_int_equal(size_of(r, STDOUT), 18);
	stop(r);
}

/*
 * A host that requests a frame and does not read it: the camera is in the middle of a packet
 * that is larger than its FIFO.
 */
static struct rig *stand_in_frame(bool one_buffer)
{
	struct camera_options o = defaults();
	struct rig *r;
	u8 buf[OMV_OVERHEAD + 8];
	struct omv_range range = { 0 };
	struct omv_packet pkt = {
		.channel = FRAME, .opcode = OMV_OP_READ, .length = 8, .payload = (u8 *)&range,
	};

	o.board = board_find("OPENMV_N6");
	o.source.frame_bytes = 100000;
	o.script.fps = 1000;
	o.script.one_buffer = one_buffer;
	r = start(&o);
	wait_until(r, poll_bits(r) & 1 << FRAME);
	range.length = cpu_to_le32(size_of(r, FRAME));
	pkt.seq = r->seq;
	if (r->urb)
		host_wait(&r->host, host_unlink(&r->host, r->urb));
	r->urb = 0;
	r->op = OMV_OP_READ;
	r->done = false;
	r->reply.len = r->reply.status = 0;
	host_submit(&r->host, r->l->cdc_ep, false, omv_packet_encode(buf, &pkt), buf, 0, NULL);
	host_turns(&r->host, 5);
	assert_true(omv_device_reading(&r->cam->dev, FRAME));
	for (int i = 0; i < 50; i++) {
		host_turn(&r->host);
		usleep(1000);
	}
	assert_int_equal(r->cam->frame.latched, !one_buffer);
	return r;
}

static void frame_is_intact(struct rig *r)
{
	struct picture_info info;

	wait_until(r, r->done);
	picture_next(r->reply.data, r->reply.len, &info);
	assert_int_equal(r->reply.len, 100000);
	assert_true(info.whole);
	assert_int_equal(info.number, 0);
	assert_int_equal(fetch(r).number, 1);
	stop(r);
}

static void test_frame_stays_until_it_is_out(void **state)
{
	(void)state;
	frame_is_intact(stand_in_frame(true));
}

/* The next frame is latched meanwhile, in another buffer. */
static void test_next_frame_while_reading(void **state)
{
	(void)state;
	frame_is_intact(stand_in_frame(false));
}

/* A soft reboot removes the channel meanwhile. */
static void test_soft_reboot_within_a_frame(void **state)
{
	struct rig *r = stand_in_frame(false);

	(void)state;
	r->cam->runs = SCRIPT_EXEC;
	r->cam->in.stop = true;
	host_turns(&r->host, 5);
	/* No request is served during the reboot. */
	rest(r, 250);
	sync_up(r);
	assert_int_equal(request(r, 0, OMV_OP_LIST, NULL, 0)->len, 4 * 16);
	stop(r);
}

static void test_prints(void **state)
{
	struct camera_options o = defaults();
	struct rig *r;

	(void)state;
	o.script.print = 2;
	r = start(&o);
	fetch(r);
	fetch(r);
	fetch(r);
	wait_until(r, size_of(r, STDOUT) >= 21);
	read_at(r, STDOUT, 0, size_of(r, STDOUT));
	r->reply.data[r->reply.len] = 0;
	assert_non_null(strstr((char *)r->reply.data, "frame 2, quality 85\r\n"));
	assert_null(strstr((char *)r->reply.data, "frame 1"));
	stop(r);
}

static void send_text(struct rig *r, const char *text)
{
	host_out(&r->host, r->l->cdc_ep, text, strlen(text), 0);
	rest(r, 20);
}

static void test_console(void **state)
{
	struct camera_options o = defaults();
	struct rig *r = plug(&o);

	(void)state;
	/* Without DTR there is no echo. */
	send_text(r, "hello");
	assert_int_equal(r->raw_len, 0);
	host_line_coding(&r->host, r->l, 115200);
	host_line_state(&r->host, r->l, 3);
	rest(r, 20);
	r->raw[r->raw_len] = 0;
	assert_non_null(strstr((char *)r->raw, "OPENMV_RT1060\r\n>>> "));
	r->raw_len = 0;
	send_text(r, "1+1\x01\xaa\xd5\r");
	r->raw[r->raw_len] = 0;
	assert_string_equal((char *)r->raw, "1+1\r\n>>> ");
	/* Activate the protocol and deactivate it again. */
	host_line_coding(&r->host, r->l, 921600);
	sync_up(r);
	host_line_coding(&r->host, r->l, 115200);
	r->raw_len = 0;
	send_text(r, "x");
	assert_int_equal(r->raw_len, 1);
	stop(r);
}

/* Type a LIST while a script runs, and activate. Return: bytes of the answer to it */
static u32 typed_before_activation(const char *board, bool script)
{
	struct camera_options o = defaults();
	struct rig *r;
	u32 len;
	u8 buf[OMV_HDR_SIZE];
	struct omv_packet pkt = { .opcode = OMV_OP_LIST };

	o.board = board_find(board);
	o.no_script = !script;
	r = plug(&o);
	host_line_coding(&r->host, r->l, 115200);
	host_line_state(&r->host, r->l, 3);
	rest(r, 20);
	host_out(&r->host, r->l->cdc_ep, buf, omv_packet_encode(buf, &pkt), 0);
	rest(r, 20);
	r->op = OMV_OP_LIST;
	host_line_coding(&r->host, r->l, 921600);
	rest(r, 20);
	len = r->reply.len;
	/* A host begins with SYNC, and is not disturbed. */
	sync_up(r);
	assert_true(request(r, 0, OMV_OP_LIST, NULL, 0)->len);
	stop(r);
	return len;
}

static void test_typed_before_activation(void **state)
{
	(void)state;
	assert_int_equal(typed_before_activation("OPENMV4P", true), 6 * 16);
	assert_int_equal(typed_before_activation("OPENMV4P", false), 0);
	assert_int_equal(typed_before_activation("OPENMV_RT1060", true), 0);
}

static void test_old_firmware(void **state)
{
	static const u8 sync[] = { 0xaa, 0xd5, 0, 0, 0, 0, 0, 0, 0xb0, 0xac };
	struct camera_options o = defaults();
	struct rig *r;

	(void)state;
	o.v1 = true;
	r = plug(&o);
	host_line_coding(&r->host, r->l, 921600);
	host_line_state(&r->host, r->l, 3);
	for (int i = 0; i < 3; i++) {
		host_out(&r->host, r->l->cdc_ep, sync, sizeof(sync), 0);
		rest(r, 20);
	}
	assert_int_equal(r->raw_len, 0);
	stop(r);
}

static void test_reset(void **state)
{
	struct camera_options o = defaults();
	struct rig *r = start(&o);
	u8 buf[OMV_HDR_SIZE];
	struct omv_packet pkt = { .seq = r->seq, .opcode = OMV_OP_SYS_RESET };

	(void)state;
	host_out(&r->host, r->l->cdc_ep, buf, omv_packet_encode(buf, &pkt), 0);
	wait_until(r, r->cam->reset);
	/* Unplug and plug in like the main loop: the script restarts. */
	camera_plug(r->cam, r->host.port);
	host_line_coding(&r->host, r->l, 9600);
	host_line_coding(&r->host, r->l, 921600);
	sync_up(r);
	assert_int_equal(request(r, 0, OMV_OP_LIST, NULL, 0)->len, 6 * 16);
	assert_true(fetch(r).whole);
	stop(r);
}

static void test_unplugged_any_time(void **state)
{
	struct camera_options o = defaults();

	(void)state;
	o.source.frame_bytes = 60000;
	for (u32 turns = 0; turns < 30; turns += 3) {
		struct rig *r = start(&o);
		u8 buf[OMV_OVERHEAD + 8];
		struct omv_range range = { 0, cpu_to_le32(60000) };
		struct omv_packet pkt = {
			.seq = r->seq, .channel = FRAME, .opcode = OMV_OP_READ, .length = 8,
			.payload = (u8 *)&range,
		};

		r->op = OMV_OP_READ;
		host_submit(&r->host, r->l->cdc_ep, false, omv_packet_encode(buf, &pkt), buf, 0,
			    NULL);
		for (u32 i = 0; i < turns; i++)
			turn(r);
		stop(r);
	}
}

/* Pictures. */

static struct source *open_source(const char *spec, u32 width, u32 height)
{
	struct source_options o = { .spec = spec, .width = width, .height = height };
	char why[512];
	struct source *s = source_open(&o, why, sizeof(why));

	if (!s)
		fail_msg("%s", why);
	return s;
}

static struct picture_info inspect(const struct jpeg *jpeg)
{
	struct picture_info info;

	picture_next(jpeg->data, jpeg->len, &info);
	assert_int_equal(info.len, jpeg->len);
	return info;
}

static void check_pattern(u32 width, u32 height, u32 number, u32 quality, bool numbered)
{
	struct source *s = open_source("pattern", width, height);
	struct jpeg *jpeg = source_encode(s, number, quality);
	struct picture_info info = inspect(jpeg);

	if (!info.whole || info.quality != quality ||
	    info.number != (numbered ? number & PATTERN_NUMBER_MASK : PICTURE_NO_NUMBER))
		fail_msg("%ux%u number %u quality %u: whole %d quality %u number %u", width,
			 height, number, quality, info.whole, info.quality, info.number);
	assert_int_equal(info.width, width);
	assert_int_equal(info.height, height);
	jpeg_put(jpeg);
	source_close(s);
}

static void test_pattern(void **state)
{
	static const u32 numbers[] = { 0, 1, 0x155555, 0x2aaaaa, 0x3fffff, 0x400003, 0xffffffff };

	(void)state;
	for (u32 q = 1; q <= 100; q++)
		check_pattern(320, 240, q * 7919, q, true);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		check_pattern(640, 480, numbers[i], 10, true);
	check_pattern(160, 120, 4711, 10, true);
	check_pattern(161, 123, 4711, 10, true);
	check_pattern(2592, 1944, 4711, 10, true);
	check_pattern(480, 32, 4711, 10, true);
	check_pattern(480, 31, 4711, 50, false);
	check_pattern(16, 16, 4711, 50, false);
	check_pattern(17, 2001 % 1945, 4711, 50, false);
}

static void test_pattern_moves(void **state)
{
	struct source *s = open_source("pattern", 16, 16);
	struct jpeg *a = source_encode(s, 1, 90), *b = source_encode(s, 2, 90);
	struct jpeg *again = source_encode(s, 1, 90);

	(void)state;
	assert_true(a->len != b->len || memcmp(a->data, b->data, a->len));
	assert_int_equal(a->len, again->len);
	assert_memory_equal(a->data, again->data, a->len);
	jpeg_put(a);
	jpeg_put(b);
	jpeg_put(again);
	source_close(s);
}

static void test_mixed_pictures_are_detected(void **state)
{
	struct source *s = open_source("pattern", 320, 240);
	struct jpeg *a = source_encode(s, 5, 85), *b = source_encode(s, 6, 85);
	u32 half = (a->len < b->len ? a->len : b->len) / 2;
	struct picture_info info;

	(void)state;
	assert_true(inspect(b).whole);
	/* The first half of one and the second half of the other; then a truncated one. */
	memcpy(b->data, a->data, half);
	picture_next(b->data, b->len, &info);
	assert_false(info.whole);
	picture_next(a->data, half, &info);
	assert_false(info.whole);
	assert_int_equal(info.len, half);
	assert_int_equal(info.number, 5);
	picture_next(a->data, a->len - 2, &info);
	assert_false(info.whole);
	jpeg_put(a);
	jpeg_put(b);
	source_close(s);
}

/* Several in one file, as v4l2-ctl --stream-to writes them. */
static void test_pictures_in_a_row(void **state)
{
	struct source *s = open_source("pattern", 320, 240);
	static u8 all[1 << 20];
	struct picture_info info;
	u32 len = 0, cut, at;

	(void)state;
	for (u32 i = 0; i < 4; i++) {
		struct jpeg *j = source_encode(s, i, 20 + i);

		/* The second is truncated in its scan, the third before it. */
		cut = i == 1 ? j->len * 3 / 4 : i == 2 ? 100 : j->len;
		memcpy(all + len, j->data, cut);
		len += cut;
		jpeg_put(j);
	}
	memcpy(all + len, "rubbish", 7);
	len += 7;
	picture_next(all, len, &info);
	assert_true(info.whole && info.number == 0 && info.quality == 20);
	at = info.len;
	picture_next(all + at, len - at, &info);
	assert_true(!info.whole && info.number == 1 && info.quality == 21);
	at += info.len;
	picture_next(all + at, len - at, &info);
	assert_true(!info.whole && info.number == PICTURE_NO_NUMBER);
	assert_int_equal(info.len, 100);
	at += info.len;
	picture_next(all + at, len - at, &info);
	assert_true(info.whole && info.number == 3 && info.quality == 23);
	at += info.len;
	picture_next(all + at, len - at, &info);
	assert_false(info.whole);
	assert_int_equal(info.width, 0);
	assert_int_equal(info.len, 7);
	source_close(s);
}

static void test_padding(void **state)
{
	struct source_options o = { .spec = "pattern", .width = 320, .height = 240 };
	struct source *s = open_source("pattern", 320, 240);
	struct jpeg *plain = source_encode(s, 9, 50);
	static const u32 more[] = { 4, 5, 100, 65537, 65538, 65541, 65542, 200000 };
	char why[256];

	(void)state;
	source_close(s);
	for (size_t i = 0; i < ARRAY_SIZE(more); i++) {
		struct jpeg *padded;

		o.frame_bytes = plain->len + more[i];
		s = source_open(&o, why, sizeof(why));
		padded = source_encode(s, 9, 50);
		assert_int_equal(padded->len, plain->len + more[i]);
		assert_true(inspect(padded).whole);
		assert_int_equal(inspect(padded).number, 9);
		jpeg_put(padded);
		source_close(s);
	}
	/* Too little for a comment segment, or less than the JPEG has. */
	o.frame_bytes = plain->len + 3;
	s = source_open(&o, why, sizeof(why));
	jpeg_put(plain);
	plain = source_encode(s, 9, 50);
	assert_int_equal(plain->len, o.frame_bytes - 3);
	jpeg_put(plain);
	source_close(s);
}

static void test_stamps(void **state)
{
	struct camera_options o = defaults();
	struct jpeg_stamp stamp;
	u64 last = port_now();
	struct rig *r;

	(void)state;
	o.stamp = true;
	o.source.frame_bytes = 60000;
	r = start(&o);
	for (u32 i = 0; i < 3; i++) {
		assert_true(fetch(r).whole);
		assert_true(jpeg_read_stamp(r->reply.data, r->reply.len, &stamp));
		assert_int_equal(stamp.number, i);
		/* A frame may be announced as soon as the last one was fetched. */
		assert_true(stamp.time > last && stamp.time < port_now());
		last = stamp.time;
		assert_int_equal(r->reply.len, 60000);
	}
	stop(r);

	/* Without padding there is no comment. */
	o.source.frame_bytes = 0;
	r = start(&o);
	assert_true(fetch(r).whole);
	assert_false(jpeg_read_stamp(r->reply.data, r->reply.len, &stamp));
	stop(r);
}

/* A comment without a stamp, and pictures that end within it. */
static void test_stamps_refused(void **state)
{
	static const u8 comment[40] = { 0xff, 0xd8, 0xff, 0xfe, 0, 36, 'a', 'n', 'n', 'o' };
	static const u8 small[40] = { 0xff, 0xd8, 0xff, 0xfe, 0, 23, 0xff, 0xda };
	struct jpeg_stamp stamp = { .time = 7, .number = 9 };
	struct jpeg *jpeg = jpeg_new(8, 8, comment, sizeof(comment)), *copy;

	(void)state;
	assert_false(jpeg_read_stamp(comment, sizeof(comment), &stamp));
	copy = jpeg_stamped(jpeg, &stamp);
	stamp.time = 0;
	assert_true(jpeg_read_stamp(copy->data, copy->len, &stamp));
	assert_int_equal(stamp.time, 7);
	assert_int_equal(stamp.number, 9);
	for (u32 len = 0; len < 28; len++)
		assert_false(jpeg_read_stamp(copy->data, len, &stamp));
	assert_true(jpeg_read_stamp(copy->data, 28, &stamp));
	jpeg_put(jpeg);
	jpeg_put(copy);

	jpeg = jpeg_new(8, 8, small, sizeof(small));
	assert_null(jpeg_stamped(jpeg, &stamp));
	jpeg_put(jpeg);
}

static char dir[] = "/tmp/test_camera.XXXXXX";

static int make_dir(void **state)
{
	(void)state;
	return !mkdtemp(dir);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int remove_dir(void **state)
{
	(void)state;
	return nftw(dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static const char *path_of(const char *prefix, const char *name)
{
	static char path[2][256];
	static int turn_;

	turn_ = !turn_;
	snprintf(path[turn_], sizeof(path[0]), "%s%s/%s", prefix, dir, name);
	return path[turn_];
}

static void put_file(const char *name, const void *data, u32 len)
{
	FILE *f = fopen(path_of("", name), "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	fclose(f);
}

static void put_jpeg(const char *name, u32 width, u32 height, u32 number, u32 quality)
{
	struct source *s = open_source("pattern", width, height);
	struct jpeg *jpeg = source_encode(s, number, quality);

	put_file(name, jpeg->data, jpeg->len);
	jpeg_put(jpeg);
	source_close(s);
}

static void check_photo(const char *name, u32 width, u32 height)
{
	struct source *s = open_source(path_of("photo:", name), width, height);
	struct jpeg *last = source_encode(s, 999, 80);

	for (u32 i = 1000; i < 1400; i++) {
		struct jpeg *next = source_encode(s, i, 80);

		assert_true(last->len != next->len || memcmp(last->data, next->data, last->len));
		if (i % 50 == 0) {
			struct picture_info info = inspect(next);

			assert_true(info.whole);
			assert_int_equal(info.width, width);
			assert_int_equal(info.height, height);
			assert_int_equal(info.quality, 80);
		}
		jpeg_put(last);
		last = next;
	}
	jpeg_put(last);
	source_close(s);
}

static void test_photo(void **state)
{
	(void)state;
	put_jpeg("wide.jpg", 800, 200, 1, 95);
	put_jpeg("large.jpg", 2000, 1500, 1, 95);
	put_jpeg("tiny.jpg", 16, 16, 1, 95);
	check_photo("wide.jpg", 64, 64);
	check_photo("large.jpg", 65, 47);
	check_photo("tiny.jpg", 100, 60);
	check_photo("large.jpg", 16, 16);
}

static void test_cache(void **state)
{
	struct source_options o = { .width = 64, .height = 64, .cache = 4 };
	struct jpeg *j[6], *other;
	struct source *s;
	char why[256];

	(void)state;
	put_jpeg("photo.jpg", 320, 240, 1, 95);
	o.spec = path_of("photo:", "photo.jpg");
	s = source_open(&o, why, sizeof(why));
	assert_non_null(s);
	for (u32 i = 0; i < 6; i++)
		j[i] = source_encode(s, i, 50);
	assert_ptr_equal(j[0], j[4]);
	assert_ptr_equal(j[1], j[5]);
	assert_ptr_not_equal(j[0], j[1]);
	/* Another quality is another picture. */
	other = source_encode(s, 4, 51);
	assert_int_equal(inspect(other).quality, 51);
	assert_int_equal(inspect(j[4]).quality, 50);
	source_close(s);
	for (u32 i = 0; i < 6; i++)
		jpeg_put(j[i]);
	jpeg_put(other);
	o.spec = "pattern";
	assert_null(source_open(&o, why, sizeof(why)));
	assert_non_null(strstr(why, "--cache"));
}

static void test_dir(void **state)
{
	static const u32 order[] = { 11, 10, 12, 11 };
	struct source *s;

	(void)state;
	mkdir(path_of("", "d"), 0700);
	put_jpeg("d/b.jpg", 320, 240, 10, 30);
	put_jpeg("d/a.JPEG", 160, 128, 11, 40);
	put_jpeg("d/c.jpeg", 320, 240, 12, 50);
	put_file("d/readme.txt", "no picture", 10);
	s = open_source(path_of("dir:", "d"), 640, 480);
	assert_false(source_has_quality(s));
	for (u32 i = 0; i < ARRAY_SIZE(order); i++) {
		struct jpeg *jpeg = source_encode(s, i, 99);

		assert_int_equal(inspect(jpeg).number, order[i]);
		assert_int_equal(jpeg->width, order[i] == 11 ? 160 : 320);
		assert_int_equal(jpeg->height, order[i] == 11 ? 128 : 240);
		jpeg_put(jpeg);
	}
	source_close(s);
}

static void assert_refused(const char *spec, u32 width, u32 height, const char *text)
{
	struct source_options o = { .spec = spec, .width = width, .height = height };
	char why[512] = "";

	assert_null(source_open(&o, why, sizeof(why)));
	if (!strstr(why, text))
		fail_msg("%s: \"%s\" does not say \"%s\"", spec, why, text);
}

static void test_sources_refused(void **state)
{
	(void)state;
	put_jpeg("good.jpg", 320, 240, 1, 50);
	put_file("text.jpg", "This is no JPEG", 15);
	put_file("empty.jpg", "", 0);
	put_file("short.jpg", "\xff\xd8\xff\xe0", 4);
	mkdir(path_of("", "none"), 0700);
	mkdir(path_of("", "mixed"), 0700);
	put_jpeg("mixed/a.jpg", 64, 64, 1, 50);
	put_file("mixed/b.jpg", "This is no JPEG", 15);
	assert_refused("pattern", 15, 16, "16x16 to 2592x1944");
	assert_refused("pattern", 16, 15, "16x16 to 2592x1944");
	assert_refused("pattern", 2593, 16, "2593x16");
	assert_refused("pattern", 16, 1945, "16x1945");
	assert_refused("pattern", 0, 0, "0x0");
	assert_refused("patterns", 64, 64, "photo:FILE, pattern or dir:DIR");
	assert_refused("photo", 64, 64, "photo:FILE");
	assert_refused("photo:", 64, 64, "photo:FILE");
	assert_refused("dir:", 64, 64, "dir:DIR");
	assert_refused("photos:x", 64, 64, "photo:FILE");
	assert_refused("", 64, 64, "photo:FILE");
	assert_refused(path_of("photo:", "absent.jpg"), 64, 64, "absent.jpg: No such file");
	assert_refused(path_of("photo:", "none"), 64, 64, "not a regular file");
	assert_refused(path_of("photo:", "text.jpg"), 64, 64, "not a JPEG");
	assert_refused(path_of("photo:", "empty.jpg"), 64, 64, "not a JPEG");
	assert_refused(path_of("photo:", "short.jpg"), 64, 64, "not a JPEG");
	assert_refused(path_of("dir:", "absent"), 64, 64, "No such file");
	assert_refused(path_of("dir:", "good.jpg"), 64, 64, "Not a directory");
	assert_refused(path_of("dir:", "none"), 64, 64, "no file named");
	assert_refused(path_of("dir:", "mixed"), 64, 64, "b.jpg: not a JPEG");
}

static void test_photo_cut_short(void **state)
{
	struct source *s = open_source("pattern", 320, 240);
	struct jpeg *jpeg = source_encode(s, 1, 80);

	(void)state;
	put_file("cut.jpg", jpeg->data, jpeg->len / 2);
	assert_refused(path_of("photo:", "cut.jpg"), 64, 64, "cannot be decoded");
	jpeg_put(jpeg);
	source_close(s);
}

/* Misbehaviour. */

static struct camera_options bad(const char *kinds)
{
	struct camera_options o = defaults();
	char why[512];

	assert_true(hostile_parse(&o.bad, kinds, why, sizeof(why)));
	o.script.frame_read = hostile_wants_read(&o.bad);
	return o;
}

static void test_bad_caps(void **state)
{
	struct camera_options o = bad("caps-zero");
	struct rig *r = start(&o);

	(void)state;
	assert_int_equal(r->max_payload, 0);
	assert_true(fetch(r).whole);
	stop(r);
	o = bad("caps-huge");
	r = start(&o);
	assert_int_equal(r->max_payload, 65535);
	stop(r);
}

static void test_bad_sizes(void **state)
{
	struct camera_options o = bad("size-huge");
	struct rig *r = start(&o);
	u32 events;

	(void)state;
	assert_int_equal(size_of(r, FRAME), 0xffffffff);
	assert_nak(read_at(r, FRAME, 0, 0xffffffff), OMV_ST_FAILED);
	assert_nak(read_at(r, FRAME, 0xfffffffe, 1), OMV_ST_FAILED);
	stop(r);

	o = bad("big-frame");
	r = start(&o);
	wait_until(r, poll_bits(r) & 1 << FRAME);
	assert_int_equal(size_of(r, FRAME), 64 << 20);
	assert_int_equal(read_at(r, FRAME, 0, 100000)->len, 100000);
	assert_memory_equal(r->reply.data, "\xff\xd8\xff", 3);
	assert_true(poll_bits(r) & 1 << FRAME);
	events = r->events[FRAME];
	assert_int_equal(read_at(r, FRAME, (64 << 20) - 1, 1)->len, 1);
	wait_until(r, r->events[FRAME] > events);
	stop(r);

	o = bad("empty-frame");
	r = start(&o);
	wait_until(r, poll_bits(r) & 1 << FRAME);
	assert_int_equal(size_of(r, FRAME), 0);
	wait_until(r, r->events[FRAME]);
	assert_int_equal(size_of(r, FRAME), 0);
	stop(r);
}

static void test_bad_pictures(void **state)
{
	struct camera_options o = bad("not-jpeg");
	struct rig *r = start(&o);
	struct picture_info info;
	u32 size;

	(void)state;
	wait_until(r, poll_bits(r) & 1 << FRAME);
	size = size_of(r, FRAME);
	read_at(r, FRAME, 0, size);
	assert_memory_equal(r->reply.data, "This is not a JPEG.", 19);
	stop(r);

	o = bad("cut-jpeg");
	r = start(&o);
	info = fetch(r);
	assert_false(info.whole);
	assert_int_equal(info.number, 0);
	stop(r);

	o = bad("torn");
	r = start(&o);
	assert_true(fetch(r).whole);
	assert_false(fetch(r).whole);
	stop(r);

	o = bad("size-change:160x128");
	o.script.fps = 1000;
	r = start(&o);
	for (u32 i = 0; i < 55; i++) {
		info = fetch(r);
		assert_int_equal(info.number, i);
		assert_int_equal(info.width, i < 50 ? 320 : 160);
		assert_int_equal(info.height, i < 50 ? 240 : 128);
	}
	stop(r);
}

static void test_bad_reads(void **state)
{
	struct camera_options o = bad("nak-read");
	struct rig *r = start(&o);
	u32 size;

	(void)state;
	wait_until(r, poll_bits(r) & 1 << FRAME);
	size = size_of(r, FRAME);
	assert_nak(read_at(r, FRAME, 0, size), OMV_ST_FAILED);
	assert_in_range(r->reply.len, size / 2, size / 2 + 512);
	/* The session is still valid, and the next attempt succeeds. */
	assert_true(fetch(r).whole);
	stop(r);

	o = bad("short-read");
	r = start(&o);
	wait_until(r, poll_bits(r) & 1 << FRAME);
	size = size_of(r, FRAME);
	assert_true(read_at(r, FRAME, 0, size)->len < size);
	assert_false(r->reply.flags & OMV_F_NAK);
	assert_int_equal(request(r, 0, OMV_OP_POLL, NULL, 0)->len, 4);
	stop(r);

	o = bad("short-chunk");
	r = start(&o);
	assert_true(fetch(r).whole);
	assert_int_equal(r->reply.packets, (r->reply.len + 99) / 100);
	stop(r);
}

static void test_bad_events(void **state)
{
	struct camera_options o = bad("unknown-event");
	struct rig *r = start(&o);

	(void)state;
	assert_true(fetch(r).whole);
	rest(r, 50);
	assert_true(r->events[31] > 10);
	assert_true(r->events[200] > 10);
	assert_true(r->events[255] > 10);
	assert_true(fetch(r).whole);
	stop(r);

	o = bad("event-storm");
	r = start(&o);
	rest(r, 50);
	for (u8 id = 1; id < 6; id++)
		assert_true(r->events[id] > 10);
	for (u32 i = 0; i < 5; i++)
		assert_true(fetch(r).whole);
	stop(r);
}

static void test_bad_names(void **state)
{
	struct hostile_options opt = { 0 };
	char why[512];

	(void)state;
	assert_true(hostile_parse(&opt, "caps-zero,torn", why, sizeof(why)));
	assert_int_equal(opt.kinds, BAD_CAPS_ZERO | BAD_TORN);
	assert_false(hostile_parse(&opt, "caps-zero,naughty", why, sizeof(why)));
	assert_non_null(strstr(why, "\"naughty\""));
	assert_non_null(strstr(why, "unknown-event"));
	assert_true(hostile_parse(&opt, "size-change:64x48@7,torn", why, sizeof(why)));
	assert_int_equal(opt.change_at, 7);
	assert_int_equal(opt.height, 48);
	assert_true(hostile_parse(&opt, "size-change:64x48", why, sizeof(why)));
	assert_int_equal(opt.change_at, 50);
	assert_false(hostile_parse(&opt, "size-change:64x48@", why, sizeof(why)));
	assert_false(hostile_parse(&opt, "size-change:64", why, sizeof(why)));
	assert_false(hostile_parse(&opt, "size-change:64x64x", why, sizeof(why)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_channels),
		cmocka_unit_test(test_info),
		cmocka_unit_test(test_latch),
		cmocka_unit_test(test_frames_in_order),
		cmocka_unit_test(test_frame_rate),
		cmocka_unit_test(test_no_events),
		cmocka_unit_test(test_frame_read),
		cmocka_unit_test(test_quality),
		cmocka_unit_test(test_quality_in_haste),
		cmocka_unit_test(test_config_json),
		cmocka_unit_test(test_config_number),
		cmocka_unit_test(test_config_refusals),
		cmocka_unit_test(test_stdout),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_stream_ioctls),
		cmocka_unit_test(test_stream_too_small),
		cmocka_unit_test(test_scripts),
		cmocka_unit_test(test_frame_stays_until_it_is_out),
		cmocka_unit_test(test_next_frame_while_reading),
		cmocka_unit_test(test_soft_reboot_within_a_frame),
		cmocka_unit_test(test_prints),
		cmocka_unit_test(test_console),
		cmocka_unit_test(test_typed_before_activation),
		cmocka_unit_test(test_old_firmware),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_unplugged_any_time),
		cmocka_unit_test(test_pattern),
		cmocka_unit_test(test_pattern_moves),
		cmocka_unit_test(test_mixed_pictures_are_detected),
		cmocka_unit_test(test_pictures_in_a_row),
		cmocka_unit_test(test_padding),
		cmocka_unit_test(test_stamps),
		cmocka_unit_test(test_stamps_refused),
		cmocka_unit_test(test_photo),
		cmocka_unit_test(test_cache),
		cmocka_unit_test(test_dir),
		cmocka_unit_test(test_sources_refused),
		cmocka_unit_test(test_photo_cut_short),
		cmocka_unit_test(test_bad_caps),
		cmocka_unit_test(test_bad_sizes),
		cmocka_unit_test(test_bad_pictures),
		cmocka_unit_test(test_bad_reads),
		cmocka_unit_test(test_bad_events),
		cmocka_unit_test(test_bad_names),
	};

	return cmocka_run_group_tests_name("camera", tests, make_dir, remove_dir);
}
