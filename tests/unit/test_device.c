// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device end: the conversations of the specification, and each request.
 */
#include "device_fixture.h"

/* Replay a conversation: the packets of the device must match byte for byte. */
static void replay(struct fixture *f, const struct omv_vector *v, size_t count)
{
	u8 buf[OMV_VECTOR_MAX];
	u16 value;
	size_t len;

	for (; count--; v++) {
		len = omv_vector_packet(v, buf);
		if (!v->to_host) {
			give(f, buf, (u32)len);
			run(f);
			continue;
		}
		if (buf[4] & OMV_F_EVENT) {
			value = len > 10 ? (u16)(buf[10] | buf[11] << 8) :
					   OMV_EV_NOTIFY;
			if (buf[3])
				assert_int_equal(omv_device_event(&f->dev, buf[3], value), 0);
			else
				omv_device_soft_reboot(&f->dev);
		}
		if (f->out_len - f->out_at < len ||
		    memcmp(f->out + f->out_at, buf, len))
			fail_msg("%s: not what was sent", v->name);
		f->out_at += (u32)len;
		assert_int_equal(f->flushed, f->out_len);
	}
	got_all(f);
}

#define REPLAY(f, table) replay(f, omv_vectors_##table, \
				ARRAY_SIZE(omv_vectors_##table))

/* Take the response to SYS_INFO from the vector: the device end only copies it. */
static void set_info(struct fixture *f)
{
	const struct omv_vector *v = &omv_vectors_connect[10];

	assert_int_equal(v->len, 14 + sizeof(f->info));
	memcpy(&f->info, v->bytes + 10, sizeof(f->info));
}

static void test_session(void **state)
{
	struct fixture *f = *state;
	size_t i;

	set_info(f);
	f->running = true;
	f->frame_ready = true;
	f->stream_size = 0;
	for (i = 0; i < OMV_SESSION_PARTS; i++) {
		if (!strcmp(omv_session[i].name, "stream"))
			f->stream_size = STREAM_SIZE;
		replay(f, omv_session[i].packets, omv_session[i].count);
	}
	assert_false(f->frame_ready);
	assert_int_equal(f->config_writes, 2);
	assert_int_equal(f->stream_size, 0);
	assert_int_equal(f->stopped, 1);
}

/* The same with single bytes in both directions. */
static void test_session_bytewise(void **state)
{
	struct fixture *f = *state;
	u8 buf[OMV_VECTOR_MAX];
	size_t len, i, k;

	set_info(f);
	f->running = true;
	f->stream_size = 0;
	for (i = 0; i < ARRAY_SIZE(omv_vectors_connect); i++) {
		const struct omv_vector *v = &omv_vectors_connect[i];

		len = omv_vector_packet(v, buf);
		f->room = 0;
		for (k = 0; k < len; k++) {
			if (v->to_host)
				f->room = 1;
			else
				give(f, &buf[k], 1);
			run(f);
		}
		if (v->to_host) {
			assert_int_equal(f->out_len - f->out_at, len);
			assert_memory_equal(f->out + f->out_at, buf, len);
			f->out_at = f->out_len;
		}
	}
}

static void test_crc_vectors(void **state)
{
	struct fixture *f = *state;
	u8 buf[OMV_VECTOR_MAX];

	sync(f);
	give(f, buf, (u32)omv_vector_packet(&omv_vectors_crc[0], buf));
	run(f);
	got_ack(f, 0, 0, OMV_OP_SYNC);
	burn(f, 0, 1);
	give(f, buf, (u32)omv_vector_packet(&omv_vectors_crc[1], buf));
	run(f);
	/* Stock firmware reads from its transport here (T-15). */
	got_nak(f, 1, 0, OMV_OP_READ, OMV_ST_INVALID);
}

static void test_script(void **state)
{
	struct fixture *f = *state;

	connect_plain(f);
	burn(f, 1, 22);
	REPLAY(f, script);
	assert_int_equal(f->executed, 1);
	assert_int_equal(f->script_len, 12);
	assert_memory_equal(f->script, "print('hi')\n", 12);
}

static void test_stdout(void **state)
{
	struct fixture *f = *state;

	connect_plain(f);
	burn(f, 1, 30);
	memcpy(f->text, "hi\r\n", 4);
	f->text_len = 4;
	REPLAY(f, text);
	assert_int_equal(f->text_len, 0);
}

static void test_stdout_short(void **state)
{
	struct fixture *f = *state;

	connect_plain(f);
	burn(f, 1, 40);
	memset(f->text, 'x', 600);
	f->text_len = 600;
	REPLAY(f, text_short);
	ask(f, 43, 2, OMV_OP_SIZE, NULL, 0);
	got_u32(f, 43, 2, OMV_OP_SIZE, 0);
}

static void test_widgets(void **state)
{
	struct fixture *f = *state;
	const struct omv_vector *doc = &omv_vectors_widgets[3];
	const struct omv_vector *update = &omv_vectors_widgets[4];

	fixture_init(f, 4096);
	omv_device_add(&f->dev, "stdin", &stdin_ops, f, OMV_CHF_EXEC);
	omv_device_add(&f->dev, "stdout", &stdout_ops, f, 0);
	omv_device_add(&f->dev, "stream", &stream_ops, f, OMV_CHF_STREAM);
	assert_int_equal(omv_device_add(&f->dev, "ui", &config_ops, f, 0), 4);
	connect_plain(f);
	burn(f, 1, 50);
	f->config_len = 78;
	memcpy(f->config_text, doc->bytes + 10, 78);
	REPLAY(f, widgets);
	assert_int_equal(f->config_len, 12);
	assert_memory_equal(f->config_text, update->bytes + 18, 12);
}

static void test_ack_vectors(void **state)
{
	struct fixture *f = *state;
	const struct omv_vector *v = omv_vectors_ack;

	/* The first ACK is lost. */
	sync(f);
	burn(f, 0, 7);
	replay(f, v, 2);
	advance(f, 499);
	got_all(f);
	advance(f, 1);
	replay(f, v + 3, 2);

	/* The ACK is not lost, so the second one is ignored. */
	sync(f);
	burn(f, 0, 7);
	replay(f, v, 3);
	advance(f, 10000);
	replay(f, v + 4, 1);
	ask(f, 8, 0, OMV_OP_VERSION, NULL, 0);
	got(f, 8, 0, F_ASK, OMV_OP_VERSION, 16);
}

static void test_nak_vectors(void **state)
{
	struct fixture *f = *state;
	u8 buf[OMV_VECTOR_MAX];
	u32 len;

	connect_plain(f);
	burn(f, 1, 9);
	f->stream_size = 0;
	ask(f, 9, 3, OMV_OP_LOCK, NULL, 0);
	replay(f, &omv_vectors_naks[0], 1);
	ask_read(f, 10, 9, 0, 1);
	replay(f, &omv_vectors_naks[1], 1);
	len = make(buf, 11, 5, 0, OMV_OP_WRITE, "\0\0\0\0\1\0\0\0x", 9);
	buf[18] ^= 1;
	give(f, buf, len);
	run(f);
	replay(f, &omv_vectors_naks[2], 1);
	ask(f, 14, 3, OMV_OP_SIZE, NULL, 0);
	replay(f, &omv_vectors_naks[3], 1);
	memset(buf, 0, sizeof(buf));
	put(f, 13, 1, 0, OMV_OP_WRITE, buf, 4083 - 1);
	run(f);
	got_nak(f, 13, 1, OMV_OP_WRITE, OMV_ST_INVALID);

	connect_plain(f);
	burn(f, 1, 13);
	len = make(buf, 13, 1, 0, OMV_OP_WRITE, buf + 10, 4083);
	give(f, buf, 10);
	run(f);
	replay(f, &omv_vectors_naks[4], 1);
	assert_int_equal(f->config_writes, 0);
}

static void test_caps(void **state)
{
	struct fixture *f = *state;
	static const u8 want[16] = { 0x0f, 0, 0, 0, 0xf2, 0x0f };
	static const u8 small[16] = { 0x0a, 0, 0, 0, 50 };
	static const u8 junk[17] = { 0x0b, 0, 0, 0, 100 };

	sync(f);
	ask(f, 0, 0, OMV_OP_GET_CAPS, NULL, 0);
	got_data(f, 0, 0, F_ASK, OMV_OP_GET_CAPS, want, 16);
	ack(f, 0, 0, OMV_OP_GET_CAPS);

	ask(f, 1, 0, OMV_OP_SET_CAPS, junk, 15);
	got_nak(f, 1, 0, OMV_OP_SET_CAPS, OMV_ST_INVALID);
	ask(f, 2, 0, OMV_OP_SET_CAPS, junk, 17);
	got_nak(f, 2, 0, OMV_OP_SET_CAPS, OMV_ST_INVALID);
	ask_caps(f, 3, 0x0b, 49);
	got_nak(f, 3, 0, OMV_OP_SET_CAPS, OMV_ST_INVALID);
	ask_caps(f, 4, 0x0b, 4083);
	got_nak(f, 4, 0, OMV_OP_SET_CAPS, OMV_ST_INVALID);
	/* None of them changed anything. */
	ask(f, 5, 0, OMV_OP_GET_CAPS, NULL, 0);
	got_data(f, 5, 0, F_ASK, OMV_OP_GET_CAPS, want, 16);
	ack(f, 5, 0, OMV_OP_GET_CAPS);

	/* The ACK still has a CRC, the following packets have none. */
	ask_caps(f, 6, 0x0a, 50);
	got_ack(f, 6, 0, OMV_OP_SET_CAPS);
	ask(f, 7, 0, OMV_OP_GET_CAPS, NULL, 0);
	assert_int_equal(f->out_len - f->out_at, 30);
	assert_memory_equal(f->out + f->out_at, "\xaa\xd5\7\0\0\1\x10\0\0\0", 10);
	assert_memory_equal(f->out + f->out_at + 10, small, 16);
	assert_memory_equal(f->out + f->out_at + 26, "\0\0\0\0", 4);
	f->out_at = f->out_len;

	/* SYNC restores the defaults before the response is sent. */
	sync(f);
	ask(f, 0, 0, OMV_OP_GET_CAPS, NULL, 0);
	got_data(f, 0, 0, F_ASK, OMV_OP_GET_CAPS, want, 16);
}

/* Unknown bits are dropped: there are four capabilities (3.3). */
static void test_unknown_caps(void **state)
{
	struct fixture *f = *state;
	static const u8 want[16] = { 0x0b, 0, 0, 0, 100 };

	connect_caps(f, ~(u32)OMV_CAP_ACK, 100);
	ask(f, 1, 0, OMV_OP_GET_CAPS, NULL, 0);
	got_data(f, 1, 0, F_DATA, OMV_OP_GET_CAPS, want, 16);
}

static void test_crc_off(void **state)
{
	struct fixture *f = *state;
	u8 buf[64];
	u32 len;

	connect_caps(f, OMV_CAP_SEQ | OMV_CAP_EVENTS, 4082);
	/* Any CRC is accepted, in the header and after the payload. */
	len = make(buf, 1, 5, 0, OMV_OP_WRITE, "\0\0\0\0\2\0\0\0ok", 10);
	buf[8] ^= 0x55;
	buf[len - 1] ^= 0x55;
	give(f, buf, len);
	run(f);
	assert_int_equal(f->out_len - f->out_at, 10);
	assert_memory_equal(f->out + f->out_at, "\xaa\xd5\1\5\1\x27\0\0\0\0", 10);
	f->out_at = f->out_len;
	assert_memory_equal(f->config_text, "ok", 2);
	omv_device_event(&f->dev, CH_FRAME, 1);
	assert_int_equal(f->out_len - f->out_at, 16);
	assert_memory_equal(f->out + f->out_at,
			    "\xaa\xd5\2\4\x20\x29\2\0\0\0\1\0\0\0\0\0", 16);
	f->out_at = f->out_len;
	/* But the sync word is checked. */
	make(buf, 2, 0, 0, OMV_OP_VERSION, NULL, 0);
	buf[1] ^= 1;
	give(f, buf, 10);
	run(f);
	got_all(f);
}

static void test_seq_off(void **state)
{
	struct fixture *f = *state;

	connect_caps(f, OMV_CAP_CRC | OMV_CAP_EVENTS, 4082);
	ask(f, 77, 0, OMV_OP_VERSION, NULL, 0);
	got(f, 1, 0, F_DATA, OMV_OP_VERSION, 16);
	ask(f, 1, 4, OMV_OP_SIZE, NULL, 0);
	got_u32(f, 2, 4, OMV_OP_SIZE, FRAME_SIZE);
}

static void test_events_off(void **state)
{
	struct fixture *f = *state;

	connect_caps(f, OMV_CAP_CRC | OMV_CAP_SEQ, 4082);
	assert_int_equal(omv_device_event(&f->dev, CH_FRAME, 1), -ENOTCONN);
	run(f);
	got_all(f);
}

static void test_stats(void **state)
{
	struct fixture *f = *state;
	u32 want[8] = { 0 };
	u8 buf[64];
	u32 len;

	/* Two packets, two requests; the two registrations were events. */
	connect_plain(f);
	ask(f, 9, 0, OMV_OP_VERSION, NULL, 0);		/* SEQUENCE */
	got_nak(f, 1, 0, OMV_OP_VERSION, OMV_ST_SEQUENCE);
	len = make(buf, 2, 5, 0, OMV_OP_WRITE, "\0\0\0\0\1\0\0\0x", 9);
	buf[len - 1] ^= 1;
	give(f, buf, len);				/* CHECKSUM */
	run(f);
	got_nak(f, 2, 5, OMV_OP_WRITE, OMV_ST_CHECKSUM);
	make(buf, 3, 0, 0, OMV_OP_VERSION, NULL, 0);
	buf[9] ^= 1;
	give(f, buf, 10);				/* not counted */
	run(f);
	got_all(f);
	ask(f, 3, 9, OMV_OP_VERSION, NULL, 0);		/* not dispatched */
	got_nak(f, 3, 9, OMV_OP_VERSION, OMV_ST_INVALID);
	ask_read(f, 4, CH_FRAME, 0, 8164);		/* two packets */
	got(f, 4, CH_FRAME, F_MORE, OMV_OP_READ, 4082);
	got(f, 5, CH_FRAME, F_DATA, OMV_OP_READ, 4082);
	omv_device_event(&f->dev, CH_FRAME, 1);
	got_event(f, 6, CH_FRAME, 1);
	put(f, 6, 0, OMV_F_ACK, OMV_OP_VERSION, NULL, 0);	/* stray */

	ask(f, 6, 0, OMV_OP_STATS, NULL, 0);
	want[0] = 2 + 3 + 2;
	want[1] = 2 + 1 + 1;
	want[2] = 1;
	want[3] = 1;
	want[6] = 3;
	got_data(f, 6, 0, F_DATA, OMV_OP_STATS, want, 32);

	/* A SYNC does not clear them; retransmissions and stalls count. */
	sync(f);
	ask(f, 0, 0, OMV_OP_VERSION, NULL, 0);
	got(f, 0, 0, F_ASK, OMV_OP_VERSION, 16);
	advance(f, 500);
	got(f, 0, 0, F_ASK | OMV_F_RTX, OMV_OP_VERSION, 16);
	ack(f, 0, 0, OMV_OP_VERSION);
	f->room = 3;
	ask(f, 1, 0, OMV_OP_VERSION, NULL, 0);
	advance(f, 1500);
	f->out_at = f->out_len;
	f->room = UINT32_MAX;
	want[0] += 1 + 1 + 1;
	want[1] += 1 + 1 + 1 + 1;
	want[4] = 1;
	want[5] = 1;
	ask(f, 1, 0, OMV_OP_STATS, NULL, 0);
	got_data(f, 1, 0, F_ASK, OMV_OP_STATS, want, 32);
}

static void test_system(void **state)
{
	struct fixture *f = *state;
	u8 seq = 1;
	u8 op;

	memset(&f->info, 0x5a, sizeof(f->info));
	connect_caps(f, 0x0b, 50);
	ask(f, seq, 0, OMV_OP_SYS_INFO, NULL, 0);
	got_data(f, seq++, 0, F_MORE, OMV_OP_SYS_INFO, &f->info, 50);
	got_data(f, seq++, 0, F_DATA, OMV_OP_SYS_INFO, &f->info, 26);

	/* The content may change: each packet has the content of one moment. */
	f->room = 30;
	ask(f, seq, 0, OMV_OP_SYS_INFO, NULL, 0);
	memset(&f->info, 0xa5, sizeof(f->info));
	f->room = UINT32_MAX;
	run(f);
	assert_int_equal(got(f, seq++, 0, F_MORE, OMV_OP_SYS_INFO, 50)[49], 0x5a);
	got_data(f, seq++, 0, F_DATA, OMV_OP_SYS_INFO, &f->info, 26);

	/* A superfluous payload is ignored. */
	ask(f, seq, 0, OMV_OP_VERSION, "payload", 7);
	got_data(f, seq++, 0, F_DATA, OMV_OP_VERSION,
		 &f->config.version, 16);

	/* As in protocol versions before 1.0.2. */
	ask(f, seq, 0, OMV_OP_SYS_MEMORY, NULL, 0);
	got_nak(f, seq++, 0, OMV_OP_SYS_MEMORY, OMV_ST_INVALID);

	/* Other system opcodes do not exist, and on other channels than 0 none is allowed. */
	for (op = 5; op <= OMV_OP_LAST_SYSTEM; op++) {
		if (op >= OMV_OP_SYS_RESET && op != OMV_OP_SYS_EVENT)
			continue;
		ask(f, seq, 0, op, NULL, 0);
		got_nak(f, seq++, 0, op, OMV_ST_INVALID);
	}
	for (op = 0; op <= OMV_OP_LAST_SYSTEM; op++) {
		ask(f, seq, CH_FRAME, op, NULL, 0);
		got_nak(f, seq++, CH_FRAME, op, OMV_ST_INVALID);
	}
	for (op = 0x15; op < 0x20; op++) {
		ask(f, seq, CH_FRAME, op, NULL, 0);
		got_nak(f, seq++, CH_FRAME, op, OMV_ST_INVALID);
	}
	for (op = OMV_OP_CHANNEL_EVENT; op; op++) {
		ask(f, seq, CH_FRAME, op, NULL, 0);
		got_nak(f, seq++, CH_FRAME, op, OMV_ST_INVALID);
	}
	/* Events from the host are exempt from the seq check, but refused. */
	ask(f, (u8)(seq + 9), CH_FRAME, OMV_OP_CHANNEL_EVENT, NULL, 0);
	got_nak(f, seq++, CH_FRAME, OMV_OP_CHANNEL_EVENT, OMV_ST_INVALID);
	ask(f, (u8)(seq + 9), 0, OMV_OP_SYS_EVENT, NULL, 0);
	got_nak(f, seq++, 0, OMV_OP_SYS_EVENT, OMV_ST_INVALID);
	assert_int_equal(f->resets + f->boots, 0);
	ask(f, seq, 0, OMV_OP_SYS_RESET, NULL, 0);
	assert_int_equal(f->resets, 1);
	ask(f, seq, 0, OMV_OP_SYS_BOOT, NULL, 0);
	assert_int_equal(f->resets, 1);
	assert_int_equal(f->boots, 1);
	got_all(f);
}

static void test_memory(void **state)
{
	struct fixture *f = *state;
	u32 i;

	for (i = 0; i < sizeof(f->memory); i++)
		f->memory[i] = (u8)i;
	f->config.memory = f->memory;
	f->config.memory_len = sizeof(f->memory);
	fixture_init(f, 64);
	connect_plain(f);
	ask(f, 1, 0, OMV_OP_SYS_MEMORY, NULL, 0);
	got_data(f, 1, 0, F_MORE, OMV_OP_SYS_MEMORY, f->memory, 50);
	got_data(f, 2, 0, F_DATA, OMV_OP_SYS_MEMORY, f->memory + 50, 2);
	ask(f, 3, 1, OMV_OP_SYS_MEMORY, NULL, 0);
	got_nak(f, 3, 1, OMV_OP_SYS_MEMORY, OMV_ST_INVALID);
}

/* 32 entries do not fit in the smallest buffer. */
static void test_list_full(void **state)
{
	struct fixture *f = *state;
	u8 want[32 * 16] = { 0 };
	u32 at;
	u8 seq = 1;
	int id;

	fixture_init(f, 64);
	memcpy(want, "\0\x40usb", 5);
	for (id = 1; id < 32; id++) {
		char name[32];

		snprintf(name, sizeof(name), "channel-%d-is-long", id);
		assert_int_equal(omv_device_add(&f->dev, name, &stdout_ops, f,
						OMV_CHF_READ | 0xc0), id);
		want[id * 16] = (u8)id;
		want[id * 16 + 1] = OMV_CHF_READ;
		memcpy(want + id * 16 + 2, name, 13);
	}
	assert_int_equal(omv_device_add(&f->dev, "x", &stdout_ops, f, 0), -ENOSPC);
	connect_plain(f);
	ask(f, 1, 9, OMV_OP_LIST, NULL, 0);
	for (at = 0; at + 50 < sizeof(want); at += 50)
		got_data(f, seq++, 9, F_MORE, OMV_OP_LIST, want + at, 50);
	got_data(f, seq, 9, F_DATA, OMV_OP_LIST, want + at,
		 (u16)(sizeof(want) - at));
	got_all(f);
}

static int init_ok(void *priv)
{
	++*(int *)priv;
	return 0;
}

static int init_bad(void *priv)
{
	++*(int *)priv;
	return 7;
}

/* Flags are derived from the operations; LOCK needs lock() and unlock(). */
static void test_add(void **state)
{
	struct fixture *f = *state;
	int calls = 0;
	struct omv_channel_ops ops = { .init = init_bad };

	assert_int_equal(omv_device_add(&f->dev, "bad", &ops, &calls, 0), -EINVAL);
	assert_int_equal(omv_device_add(&f->dev, NULL, &ops, &calls, 0), -EINVAL);
	assert_int_equal(omv_device_add(&f->dev, "bad", NULL, &calls, 0), -EINVAL);
	assert_int_equal(calls, 1);
	got_all(f);
	ops.init = init_ok;
	ops.lock = stream_lock;
	assert_int_equal(omv_device_add(&f->dev, "ok", &ops, &calls, 0xff), 6);
	assert_int_equal(calls, 2);
	got_event(f, 0, 0, OMV_EV_REGISTERED);
	connect_plain(f);
	ask(f, 1, 0, OMV_OP_LIST, NULL, 0);
	assert_memory_equal(got(f, 1, 0, F_DATA, OMV_OP_LIST, 112) + 96,
			    "\6\x34ok", 5);
	/* A request without its operation is refused. */
	ask_read(f, 2, 6, 0, 1);
	got_nak(f, 2, 6, OMV_OP_READ, OMV_ST_INVALID);
	ask_write(f, 3, 6, "x");
	got_nak(f, 3, 6, OMV_OP_WRITE, OMV_ST_INVALID);
	ask(f, 4, 6, OMV_OP_SIZE, NULL, 0);
	got_nak(f, 4, 6, OMV_OP_SIZE, OMV_ST_INVALID);
	ask(f, 5, 6, OMV_OP_SHAPE, NULL, 0);
	got_nak(f, 5, 6, OMV_OP_SHAPE, OMV_ST_INVALID);
	ask(f, 6, 6, OMV_OP_IOCTL, "\0\0\0\0", 4);
	got_nak(f, 6, 6, OMV_OP_IOCTL, OMV_ST_INVALID);
	ask(f, 7, 6, OMV_OP_UNLOCK, NULL, 0);
	got_nak(f, 7, 6, OMV_OP_UNLOCK, OMV_ST_BUSY);
	ask(f, 8, 0, OMV_OP_POLL, NULL, 0);
	got_u32(f, 8, 0, OMV_OP_POLL, 1 << CH_STREAM);
	/* The transport has no operations, unlike on stock firmware (T-15). */
	ask(f, 9, 0, OMV_OP_SIZE, NULL, 0);
	got_nak(f, 9, 0, OMV_OP_SIZE, OMV_ST_INVALID);
	ask_write(f, 10, 0, "x");
	got_nak(f, 10, 0, OMV_OP_WRITE, OMV_ST_INVALID);
	ask(f, 11, 0, OMV_OP_LOCK, NULL, 0);
	got_nak(f, 11, 0, OMV_OP_LOCK, OMV_ST_BUSY);
}

static void test_init(void **state)
{
	struct fixture *f = *state;
	struct omv_device dev;
	struct omv_device_config c = f->config;

	c.rx_size = 63;
	assert_int_equal(omv_device_init(&dev, &c), -EINVAL);
	c.rx_size = 8193;
	assert_int_equal(omv_device_init(&dev, &c), -EINVAL);
	c.rx_size = 64;
	assert_int_equal(omv_device_init(&dev, &c), 0);
	c.info = NULL;
	assert_int_equal(omv_device_init(&dev, &c), -EINVAL);
	c.info = &f->info;
	c.tx = NULL;
	assert_int_equal(omv_device_init(&dev, &c), -EINVAL);
	c.tx = f->tx;
	c.rx = NULL;
	assert_int_equal(omv_device_init(&dev, &c), -EINVAL);
	c.rx = f->rx;
	c.pipe = NULL;
	assert_int_equal(omv_device_init(&dev, &c), -EINVAL);
}

static void test_lock(void **state)
{
	struct fixture *f = *state;
	static const struct omv_channel_ops other = {
		.lock = stream_lock, .unlock = stream_unlock,
	};
	u8 seq = 1;

	assert_int_equal(omv_device_add(&f->dev, "other", &other, f, 0), 6);
	connect_plain(f);
	ask(f, seq, 3, OMV_OP_LOCK, NULL, 0);
	got_ack(f, seq++, 3, OMV_OP_LOCK);
	ask(f, seq, 3, OMV_OP_UNLOCK, NULL, 0);
	got_ack(f, seq++, 3, OMV_OP_UNLOCK);
	assert_int_equal(f->stream_size, 0);
	f->stream_size = STREAM_SIZE;

	/* All channels share one interval, and exactly 10 ms is too early. */
	f->now += 10;
	ask(f, seq, 6, OMV_OP_LOCK, NULL, 0);
	got_nak(f, seq++, 6, OMV_OP_LOCK, OMV_ST_BUSY);
	assert_false(f->locked);
	f->now += 1;
	ask(f, seq, 6, OMV_OP_LOCK, NULL, 0);
	got_ack(f, seq++, 6, OMV_OP_LOCK);
	assert_true(f->locked);
	ask(f, seq, 6, OMV_OP_UNLOCK, NULL, 0);
	got_ack(f, seq++, 6, OMV_OP_UNLOCK);
	f->stream_size = STREAM_SIZE;
	f->now += 10;
	ask(f, seq, 3, OMV_OP_LOCK, NULL, 0);
	got_nak(f, seq++, 3, OMV_OP_LOCK, OMV_ST_BUSY);
	f->now += 1;
	ask(f, seq, 6, OMV_OP_LOCK, NULL, 0);
	got_ack(f, seq++, 6, OMV_OP_LOCK);

	/* A LOCK that the channel refuses does not start an interval. */
	f->now += 11;
	ask(f, seq, 3, OMV_OP_LOCK, NULL, 0);
	got_nak(f, seq++, 3, OMV_OP_LOCK, OMV_ST_BUSY);
	ask(f, seq, 6, OMV_OP_UNLOCK, NULL, 0);
	got_ack(f, seq++, 6, OMV_OP_UNLOCK);
	f->stream_size = STREAM_SIZE;
	ask(f, seq, 3, OMV_OP_LOCK, NULL, 0);
	got_ack(f, seq++, 3, OMV_OP_LOCK);

	/* A SYNC unlocks, but does not end the interval. */
	f->unlocks = 0;
	connect_plain(f);
	assert_int_equal(f->unlocks, 2);
	assert_false(f->locked);
	f->stream_size = STREAM_SIZE;
	seq = 1;
	ask(f, seq, 3, OMV_OP_LOCK, NULL, 0);
	got_nak(f, seq++, 3, OMV_OP_LOCK, OMV_ST_BUSY);
	/* BUSY also if there is no such operation or channel. */
	f->now += 11;
	ask(f, seq, 4, OMV_OP_LOCK, NULL, 0);
	got_nak(f, seq++, 4, OMV_OP_LOCK, OMV_ST_BUSY);
	ask(f, seq, 200, OMV_OP_LOCK, NULL, 0);
	got_nak(f, seq++, 200, OMV_OP_LOCK, OMV_ST_BUSY);
	ask(f, seq, 200, OMV_OP_UNLOCK, NULL, 0);
	got_nak(f, seq++, 200, OMV_OP_UNLOCK, OMV_ST_BUSY);
	/* A READ does not need the lock. */
	ask_read(f, seq, 3, 0, 4);
	got_data(f, seq++, 3, F_DATA, OMV_OP_READ, f->stream, 4);
	/* A soft reboot ends the interval. */
	ask(f, seq, 3, OMV_OP_LOCK, NULL, 0);
	got_ack(f, seq++, 3, OMV_OP_LOCK);
	omv_device_soft_reboot(&f->dev);
	got_event(f, seq, 0, OMV_EV_SOFT_REBOOT);
	f->stream_size = STREAM_SIZE;
	ask(f, 0, 3, OMV_OP_LOCK, NULL, 0);
	got_ack(f, 0, 3, OMV_OP_LOCK);
	/* A script's channels are unlocked, too (T-35). */
	omv_device_add(&f->dev, "script", &other, f, OMV_CHF_DYNAMIC);
	got_event(f, 1, 0, OMV_EV_REGISTERED);
	f->unlocks = 0;
	sync(f);
	assert_int_equal(f->unlocks, 3);
}

static unsigned int shape_count;

static unsigned int some_shape(void *priv, u32 shape[4])
{
	u32 i;

	(void)priv;
	for (i = 0; i < 4; i++)
		shape[i] = 0x100 + i;
	return shape_count;
}

static void test_shape(void **state)
{
	struct fixture *f = *state;
	static const struct omv_channel_ops ops = { .shape = some_shape };
	static const u32 want[4] = { 0x100, 0x101, 0x102, 0x103 };

	omv_device_add(&f->dev, "shape", &ops, f, 0);
	connect_plain(f);
	ask(f, 1, 3, OMV_OP_SHAPE, NULL, 0);
	got_u32(f, 1, 3, OMV_OP_SHAPE, STREAM_SIZE - 32);
	shape_count = 3;
	ask(f, 2, 6, OMV_OP_SHAPE, NULL, 0);
	got_data(f, 2, 6, F_DATA, OMV_OP_SHAPE, want, 12);
	shape_count = 9;
	ask(f, 3, 6, OMV_OP_SHAPE, NULL, 0);
	got_data(f, 3, 6, F_DATA, OMV_OP_SHAPE, want, 16);
	/* A data response with ACK_REQ, not with ACK (T-34). */
	shape_count = 0;
	ask(f, 4, 6, OMV_OP_SHAPE, NULL, 0);
	got(f, 4, 6, F_DATA, OMV_OP_SHAPE, 0);
	sync(f);
	ask(f, 0, 6, OMV_OP_SHAPE, NULL, 0);
	got(f, 0, 6, F_ASK, OMV_OP_SHAPE, 0);
	ack(f, 0, 6, OMV_OP_SHAPE);
	burn(f, 1, 2);
}

/* Length 0 and unknown channels are INVALID, before all other checks. */
static void test_read_checks(void **state)
{
	struct fixture *f = *state;
	u8 r[8];
	u8 seq = 1;

	connect_plain(f);
	ask_read(f, seq, CH_FRAME, 0, 0);
	got_nak(f, seq++, CH_FRAME, OMV_OP_READ, OMV_ST_INVALID);
	ask_read(f, seq, 31, 0, 4);
	got_nak(f, seq++, 31, OMV_OP_READ, OMV_ST_INVALID);
	ask_read(f, seq, 255, 0, 4);
	got_nak(f, seq++, 255, OMV_OP_READ, OMV_ST_INVALID);
	ask_read(f, seq, CH_STDIN, 0, 4);
	got_nak(f, seq++, CH_STDIN, OMV_OP_READ, OMV_ST_INVALID);
	range(r, 0, 4);
	ask(f, seq, CH_FRAME, OMV_OP_READ, r, 7);
	got_nak(f, seq++, CH_FRAME, OMV_OP_READ, OMV_ST_INVALID);
	ask(f, seq, CH_FRAME, OMV_OP_READ, NULL, 0);
	got_nak(f, seq++, CH_FRAME, OMV_OP_READ, OMV_ST_INVALID);
	assert_int_equal(f->frame_sizes, 0);
}

static void test_read_bounds(void **state)
{
	struct fixture *f = *state;
	u8 seq = 1;

	connect_plain(f);
	/* Without a SIZE before, READ calls size(). */
	ask_read(f, seq, CH_FRAME, FRAME_SIZE - 4, 4);
	got_data(f, seq++, CH_FRAME, F_DATA, OMV_OP_READ,
		 f->frame + FRAME_SIZE - 4, 4);
	assert_int_equal(f->frame_sizes, 1);
	ask_read(f, seq, CH_FRAME, FRAME_SIZE - 4, 5);
	got_nak(f, seq++, CH_FRAME, OMV_OP_READ, OMV_ST_FAILED);
	ask_read(f, seq, CH_FRAME, 0xfffffffe, 4);
	got_nak(f, seq++, CH_FRAME, OMV_OP_READ, OMV_ST_FAILED);
	ask_read(f, seq, CH_FRAME, 2, 0xffffffff);
	got_nak(f, seq++, CH_FRAME, OMV_OP_READ, OMV_ST_FAILED);

	/* Within the result of SIZE, size() is not called: it could latch a frame. */
	ask(f, seq, CH_FRAME, OMV_OP_SIZE, NULL, 0);
	got_u32(f, seq++, CH_FRAME, OMV_OP_SIZE, FRAME_SIZE);
	f->frame_sizes = 0;
	ask_read(f, seq, CH_FRAME, 0, 100);
	got_data(f, seq++, CH_FRAME, F_DATA, OMV_OP_READ, f->frame, 100);
	assert_int_equal(f->frame_sizes, 0);
	/* The payload was sent without a copy. */
	assert_ptr_equal(f->lent, f->frame);

	/* The size may have increased or decreased since. */
	f->frame_size = 10;
	ask(f, seq, CH_FRAME, OMV_OP_SIZE, NULL, 0);
	got_u32(f, seq++, CH_FRAME, OMV_OP_SIZE, 10);
	ask_read(f, seq, CH_FRAME, 0, 20);
	got_nak(f, seq++, CH_FRAME, OMV_OP_READ, OMV_ST_FAILED);
	f->frame_size = 20;
	ask_read(f, seq, CH_FRAME, 0, 20);
	got_data(f, seq++, CH_FRAME, F_DATA, OMV_OP_READ, f->frame, 20);

	/* read() gets the offset. */
	memcpy(f->config_text, "0123456789", 10);
	f->config_len = 10;
	ask_read(f, seq, CH_CONFIG, 3, 4);
	got_data(f, seq++, CH_CONFIG, F_DATA, OMV_OP_READ, "3456", 4);

	/* With read(), an offset that wraps around is refused, too. */
	f->text_len = 100;
	ask_read(f, seq, CH_STDOUT, 0xffffffff, 2);
	got_nak(f, seq++, CH_STDOUT, OMV_OP_READ, OMV_ST_FAILED);
	assert_int_equal(f->text_len, 100);
}

static const void *null_readp(void *priv, u32 offset, u32 len)
{
	(void)priv;
	(void)offset;
	(void)len;
	return NULL;
}

static s32 bad_read(void *priv, u32 offset, void *buf, u32 len)
{
	(void)buf;
	(void)len;
	return offset ? -5 : *(s32 *)priv;
}

static void test_read_refused(void **state)
{
	struct fixture *f = *state;
	static const struct omv_channel_ops readp = {
		.read = bad_read, .readp = null_readp,
	};
	static const struct omv_channel_ops read = { .read = bad_read };
	s32 ret = 3;

	omv_device_add(&f->dev, "readp", &readp, &ret, 0);
	omv_device_add(&f->dev, "read", &read, &ret, 0);
	connect_plain(f);
	/* readp() is preferred. */
	ask_read(f, 1, 6, 0, 4);
	got_nak(f, 1, 6, OMV_OP_READ, OMV_ST_FAILED);
	/* read() returns three bytes, then an error; no bytes; more bytes than requested. */
	memset(f->tx, 0x11, 512);
	ask_read(f, 2, 7, 0, 400);
	got_data(f, 2, 7, F_MORE, OMV_OP_READ, "\x11\x11\x11", 3);
	got_nak(f, 3, 7, OMV_OP_READ, OMV_ST_FAILED);
	ret = 0;
	ask_read(f, 4, 7, 0, 400);
	got_nak(f, 4, 7, OMV_OP_READ, OMV_ST_FAILED);
	ret = 401;
	ask_read(f, 5, 7, 0, 400);
	got_nak(f, 5, 7, OMV_OP_READ, OMV_ST_FAILED);
	got_all(f);
}

static void read_chunks(struct fixture *f, u32 rx_size, u16 max, u32 chunk)
{
	u32 at;
	u8 seq = 1;

	fixture_start(f, rx_size);
	connect_caps(f, 0x0b, max);
	for (at = 0; at < 1000; at++)
		f->text[at] = (u8)(at * 3);
	f->text_len = 1000;
	f->text_reads = 0;
	ask_read(f, 1, CH_STDOUT, 0, 1000);
	for (at = 0; at + chunk < 1000; at += chunk)
		got(f, seq++, CH_STDOUT, F_MORE, OMV_OP_READ, (u16)chunk);
	assert_int_equal(got(f, seq, CH_STDOUT, F_DATA, OMV_OP_READ,
			     (u16)(1000 - at))[0], (u8)(at * 3));
	assert_int_equal(f->text_reads, seq);
	got_all(f);
}

/* Fragments have min(512, MAXP) bytes with read(), MAXP bytes with readp(). */
static void test_fragments(void **state)
{
	struct fixture *f = *state;

	read_chunks(f, 512, 498, 498);
	read_chunks(f, 4096, 4082, 512);
	read_chunks(f, 8192, 8178, 512);
	read_chunks(f, 4096, 50, 50);

	fixture_start(f, 8192);
	connect_plain(f);
	ask_read(f, 1, CH_FRAME, 0, 8178);
	got_data(f, 1, CH_FRAME, F_DATA, OMV_OP_READ, f->frame, 8178);
	ask_read(f, 2, CH_FRAME, 0, 8179);
	got_data(f, 2, CH_FRAME, F_MORE, OMV_OP_READ, f->frame, 8178);
	got_data(f, 3, CH_FRAME, F_DATA, OMV_OP_READ, f->frame + 8178, 1);
	got_all(f);
}

static void test_write(void **state)
{
	struct fixture *f = *state;
	u8 r[16] = { 0 };
	u8 seq = 1;
	int len;

	connect_plain(f);
	ask_write(f, seq, 31, "x");
	got_nak(f, seq++, 31, OMV_OP_WRITE, OMV_ST_INVALID);
	ask_write(f, seq, CH_FRAME, "x");
	got_nak(f, seq++, CH_FRAME, OMV_OP_WRITE, OMV_ST_INVALID);
	ask_write(f, seq, CH_CONFIG, "");
	got_nak(f, seq++, CH_CONFIG, OMV_OP_WRITE, OMV_ST_INVALID);
	for (len = 0; len < 8; len++) {
		ask(f, seq, CH_CONFIG, OMV_OP_WRITE, r, (u16)len);
		got_nak(f, seq++, CH_CONFIG, OMV_OP_WRITE, OMV_ST_INVALID);
	}
	/* The length must equal the number of bytes that follow. */
	range(r, 0, 9);
	ask(f, seq, CH_CONFIG, OMV_OP_WRITE, r, 16);
	got_nak(f, seq++, CH_CONFIG, OMV_OP_WRITE, OMV_ST_INVALID);
	range(r, 0, 7);
	ask(f, seq, CH_CONFIG, OMV_OP_WRITE, r, 16);
	got_nak(f, seq++, CH_CONFIG, OMV_OP_WRITE, OMV_ST_INVALID);
	assert_int_equal(f->config_writes, 0);

	/* ACK only if write() has taken all bytes. */
	ask_write(f, seq, CH_CONFIG, "50");
	got_ack(f, seq++, CH_CONFIG, OMV_OP_WRITE);
	assert_int_equal(f->config_len, 2);
	f->config_ret = -1;
	ask_write(f, seq, CH_CONFIG, "60");
	got_nak(f, seq++, CH_CONFIG, OMV_OP_WRITE, OMV_ST_FAILED);
	f->config_ret = 1;
	ask_write(f, seq, CH_CONFIG, "60");
	got_nak(f, seq++, CH_CONFIG, OMV_OP_WRITE, OMV_ST_FAILED);
	ask(f, seq, CH_STDIN, OMV_OP_WRITE, memset(f->text, 0, 100), 100);
	got_nak(f, seq++, CH_STDIN, OMV_OP_WRITE, OMV_ST_INVALID);
	memset(f->text, 'a', 100);
	put_write(f, seq, CH_STDIN, 0, f->text, 100);
	run(f);
	got_nak(f, seq++, CH_STDIN, OMV_OP_WRITE, OMV_ST_FAILED);
}

static int any_ioctl(void *priv, u32 request, const void *arg, u32 len)
{
	(void)priv;
	assert_int_equal(request, 0x01020304);
	assert_int_equal(len, 2);
	assert_memory_equal(arg, "ab", 2);
	return ((const u8 *)arg)[0] == 'a' ? -22 : 0;
}

static void test_ioctl(void **state)
{
	struct fixture *f = *state;
	static const struct omv_channel_ops ops = { .ioctl = any_ioctl };
	static const u8 arg[] = "\4\3\2\1ab";
	u8 seq = 1;

	omv_device_add(&f->dev, "ioctl", &ops, f, OMV_CHF_DYNAMIC);
	got_event(f, 0, 0, OMV_EV_REGISTERED);
	connect_plain(f);
	/* Any error of a script's channel is FAILED. */
	ask(f, seq, 6, OMV_OP_IOCTL, arg, 6);
	got_nak(f, seq++, 6, OMV_OP_IOCTL, OMV_ST_FAILED);
	ask(f, seq, 6, OMV_OP_IOCTL, arg, 3);
	got_nak(f, seq++, 6, OMV_OP_IOCTL, OMV_ST_INVALID);
	ask(f, seq, 31, OMV_OP_IOCTL, arg, 6);
	got_nak(f, seq++, 31, OMV_OP_IOCTL, OMV_ST_INVALID);
	ask(f, seq, CH_STDIN, OMV_OP_IOCTL, "\1\0\0", 3);
	got_nak(f, seq++, CH_STDIN, OMV_OP_IOCTL, OMV_ST_INVALID);
	/* A built-in channel checks the request and its length. */
	ask(f, seq, CH_STDIN, OMV_OP_IOCTL, "\1\0\0\0x", 5);
	got_nak(f, seq++, CH_STDIN, OMV_OP_IOCTL, OMV_ST_INVALID);
	ask(f, seq, CH_STDIN, OMV_OP_IOCTL, "\4\0\0\0", 4);
	got_nak(f, seq++, CH_STDIN, OMV_OP_IOCTL, OMV_ST_INVALID);
	ask(f, seq, CH_STDIN, OMV_OP_IOCTL, "\2\0\0\0", 4);
	got_nak(f, seq++, CH_STDIN, OMV_OP_IOCTL, OMV_ST_FAILED);
	assert_int_equal(f->stopped, 0);
	ask(f, seq, CH_STDIN, OMV_OP_IOCTL, "\1\0\0\0", 4);
	got_ack(f, seq++, CH_STDIN, OMV_OP_IOCTL);
	assert_int_equal(f->stopped, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		device_test(test_session),
		device_test(test_session_bytewise),
		device_test(test_crc_vectors),
		device_test(test_script),
		device_test(test_stdout),
		device_test(test_stdout_short),
		device_test(test_widgets),
		device_test(test_ack_vectors),
		device_test(test_nak_vectors),
		device_test(test_caps),
		device_test(test_unknown_caps),
		device_test(test_crc_off),
		device_test(test_seq_off),
		device_test(test_events_off),
		device_test(test_stats),
		device_test(test_system),
		device_test(test_memory),
		device_test(test_list_full),
		device_test(test_add),
		device_test(test_init),
		device_test(test_lock),
		device_test(test_shape),
		device_test(test_read_checks),
		device_test(test_read_bounds),
		device_test(test_read_refused),
		device_test(test_fragments),
		device_test(test_write),
		device_test(test_ioctl),
	};

	return cmocka_run_group_tests_name("device", tests, NULL, NULL);
}
