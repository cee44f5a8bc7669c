// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device end: receive path, ACKs, timers, events, and errors.
 */
#include "device_fixture.h"

/* --- receive path (6.1) --- */

static void test_resync(void **state)
{
	struct fixture *f = *state;
	u8 buf[64];

	connect_plain(f);
	/* Noise, half a sync word, false syncs, a header with a wrong CRC. */
	give(f, "\xaa\0noise\xaa\xd5\xaa\xd5\xaa\xaa\xaa", 14);
	ask(f, 1, 0, OMV_OP_LIST, NULL, 0);
	got(f, 1, 0, F_DATA, OMV_OP_LIST, 96);
	make(buf, 2, 0, 0, OMV_OP_LIST, NULL, 0);
	buf[8] ^= 1;
	give(f, buf, 10);
	run(f);
	got_all(f);
	/* Only one byte is dropped, not ten: a packet may start inside. */
	memcpy(buf, "\xaa\xd5\0\0", 4);
	make(buf + 4, 2, 0, 0, OMV_OP_LIST, NULL, 0);
	give(f, buf, 14);
	run(f);
	got(f, 2, 0, F_DATA, OMV_OP_LIST, 96);
	got_all(f);
}

/* A packet inside a packet that is refused after its header is executed. */
static void test_refused_inside(void **state)
{
	struct fixture *f = *state;
	u8 inner[64], buf[256];
	u32 len;

	connect_caps(f, 0x0b, 50);
	len = make(inner, 2, 0, 0, OMV_OP_POLL, NULL, 0);
	len = make(buf, 1, CH_CONFIG, 0, OMV_OP_WRITE, inner, 51);
	give(f, buf, len);
	run(f);
	got_nak(f, 1, CH_CONFIG, OMV_OP_WRITE, OMV_ST_OVERFLOW);
	got_u32(f, 2, 0, OMV_OP_POLL, 1 << CH_STREAM);
	got_all(f);

	len = make(inner, 4, 0, 0, OMV_OP_POLL, NULL, 0);
	put(f, 99, CH_CONFIG, 0, OMV_OP_WRITE, inner, (u16)len);
	run(f);
	got_nak(f, 3, CH_CONFIG, OMV_OP_WRITE, OMV_ST_SEQUENCE);
	got_u32(f, 4, 0, OMV_OP_POLL, 1 << CH_STREAM);

	/* But a packet with a wrong payload CRC is consumed completely. */
	len = make(inner, 6, 0, 0, OMV_OP_POLL, NULL, 0);
	len = make(buf, 5, CH_CONFIG, 0, OMV_OP_WRITE, inner, (u16)len);
	buf[len - 1] ^= 1;
	give(f, buf, len);
	run(f);
	got_nak(f, 5, CH_CONFIG, OMV_OP_WRITE, OMV_ST_CHECKSUM);
	got_all(f);
	assert_int_equal(f->config_writes, 0);
}

/* Order of checks: length, seq, payload CRC, opcode. */
static void test_check_order(void **state)
{
	struct fixture *f = *state;
	u8 buf[128];
	u32 len;

	connect_caps(f, 0x0b, 50);
	memset(buf, 0, sizeof(buf));
	make(buf, 99, CH_CONFIG, 0, OMV_OP_WRITE, buf + 10, 51);
	give(f, buf, 10);
	run(f);
	got_nak(f, 1, CH_CONFIG, OMV_OP_WRITE, OMV_ST_OVERFLOW);
	make(buf, 99, CH_CONFIG, 0, OMV_OP_WRITE, buf + 10, 50);
	give(f, buf, 10);
	run(f);
	got_nak(f, 2, CH_CONFIG, OMV_OP_WRITE, OMV_ST_SEQUENCE);
	len = make(buf, 3, CH_CONFIG, 0, OMV_OP_VERSION, "x", 1);
	buf[len - 1] ^= 1;
	give(f, buf, len);
	run(f);
	got_nak(f, 3, CH_CONFIG, OMV_OP_VERSION, OMV_ST_CHECKSUM);
	/* ACK and NAK are exempt from the seq check only. */
	len = make(buf, 99, CH_CONFIG, OMV_F_ACK, OMV_OP_WRITE, "x", 1);
	buf[len - 1] ^= 1;
	give(f, buf, len);
	run(f);
	got_nak(f, 4, CH_CONFIG, OMV_OP_WRITE, OMV_ST_CHECKSUM);
	put(f, 99, CH_CONFIG, OMV_F_NAK, OMV_OP_WRITE, "x", 1);
	put(f, 99, CH_CONFIG, OMV_F_ACK, OMV_OP_WRITE, NULL, 0);
	put(f, 99, 0, OMV_F_ACK, OMV_OP_VERSION, NULL, 0);
	run(f);
	got_all(f);
	/* The channel of the opcode is checked before ACKs are ignored (5.1). */
	ack(f, 99, 3, OMV_OP_VERSION);
	got_nak(f, 5, 3, OMV_OP_VERSION, OMV_ST_INVALID);
	/* The other flags are ignored. */
	put(f, 6, 0, 0xdc | OMV_F_EVENT, OMV_OP_POLL, NULL, 0);
	run(f);
	got_u32(f, 6, 0, OMV_OP_POLL, 1 << CH_STREAM);
}

/* A seq that was used before is refused; the refusal uses a number. */
static void test_sequence(void **state)
{
	struct fixture *f = *state;
	int i;

	connect_plain(f);
	ask_write(f, 1, CH_CONFIG, "a");
	got_ack(f, 1, CH_CONFIG, OMV_OP_WRITE);
	ask_write(f, 1, CH_CONFIG, "a");
	got_nak(f, 2, CH_CONFIG, OMV_OP_WRITE, OMV_ST_SEQUENCE);
	assert_int_equal(f->config_writes, 1);
	/* The counter wraps; each fragment advances it by one. */
	burn(f, 3, 254);
	ask_read(f, 254, CH_FRAME, 0, FRAME_SIZE);
	for (i = 254; i < 257; i++)
		got(f, (u8)i, CH_FRAME, i < 256 ? F_MORE : F_DATA, OMV_OP_READ,
		    i < 256 ? 4082 : 3836);
	burn(f, 1, 3);
}

static void test_truncated(void **state)
{
	struct fixture *f = *state;
	u8 buf[64];
	u32 len;

	connect_plain(f);
	len = make(buf, 1, CH_CONFIG, 0, OMV_OP_WRITE,
		   "\0\0\0\0\x16\0\0\0twenty-two characters!", 30);
	give(f, buf, 20);
	advance(f, 100000);
	got_all(f);
	assert_true(omv_device_deadline(&f->dev) == U64_MAX);
	/* The packet is incomplete: a request inside it is ignored, only SYNC ends it. */
	ask(f, 1, 0, OMV_OP_VERSION, NULL, 0);
	got_all(f);
	sync(f);

	/* If the SYNC completes the packet, it is lost (6.4). */
	connect_plain(f);
	give(f, buf, len - 10);
	ask(f, 0, 0, OMV_OP_SYNC, NULL, 0);
	got_nak(f, 1, CH_CONFIG, OMV_OP_WRITE, OMV_ST_CHECKSUM);
	got_all(f);
	sync(f);
	assert_int_equal(f->config_writes, 0);
}

/* A SYNC at any offset, even inside a complete packet after the incomplete one. */
static void test_truncated_around(void **state)
{
	struct fixture *f = *state;
	u8 buf[128] = { 0 };

	connect_plain(f);
	make(buf, 1, CH_CONFIG, 0, OMV_OP_WRITE, buf + 10, 100);
	give(f, buf, 10);
	put_write(f, 1, CH_CONFIG, 0, "\xaa\xd5\0\0\0\0\0\0\xb0\xac", 10);
	run(f);
	got_ack(f, 0, 0, OMV_OP_SYNC);
	got_all(f);
	assert_int_equal(f->config_writes, 0);
}

static void test_sync(void **state)
{
	struct fixture *f = *state;
	u8 seq;

	connect_plain(f);
	burn(f, 1, 5);
	f->unlocks = 0;
	f->locked = true;
	/* Any seq is accepted; the bytes after the SYNC are discarded. */
	put(f, 200, 0, 0x3c, OMV_OP_SYNC, "x", 1);
	put(f, 0, 0, 0, OMV_OP_VERSION, NULL, 0);
	run(f);
	got_ack(f, 0, 0, OMV_OP_SYNC);
	got_all(f);
	assert_int_equal(f->unlocks, 1);
	assert_false(f->locked);
	/* Not with an ACK or NAK flag, and not on another channel. */
	burn(f, 0, 3);
	ack(f, 3, 0, OMV_OP_SYNC);
	got_all(f);
	ask(f, 200, 3, OMV_OP_SYNC, NULL, 0);
	got_nak(f, 3, 3, OMV_OP_SYNC, OMV_ST_INVALID);
	for (seq = 4; seq < 8; seq++)
		burn(f, seq, seq + 1);
	/* 200 SYNCs in the buffer: one answer. */
	for (seq = 0; seq < 200; seq++)
		put(f, seq, 0, 0, OMV_OP_SYNC, NULL, 0);
	run(f);
	got_ack(f, 0, 0, OMV_OP_SYNC);
	got_all(f);
}

/* All requests in the buffer are answered by one poll, in order (6.2). */
static void test_pipelined(void **state)
{
	struct fixture *f = *state;
	int i;

	connect_plain(f);
	for (i = 0; i < 409; i++)
		put(f, (u8)(1 + i), 31, 0, OMV_OP_UNLOCK, NULL, 0);
	assert_int_equal(omv_device_space(&f->dev), 6);
	assert_int_equal(omv_device_receive(&f->dev, f->frame, 7), 6);
	assert_int_equal(omv_device_receive(&f->dev, f->frame, 1), 0);
	assert_true(omv_device_deadline(&f->dev) == 0);
	omv_device_poll(&f->dev);
	for (i = 0; i < 409; i++)
		got_nak(f, (u8)(1 + i), 31, OMV_OP_UNLOCK, OMV_ST_BUSY);
	got_all(f);
	/* The largest packet fits exactly. */
	connect_plain(f);
	put_write(f, 1, CH_STDOUT, 0, f->frame, 4074);
	assert_int_equal(omv_device_space(&f->dev), 0);
	run(f);
	got_nak(f, 1, CH_STDOUT, OMV_OP_WRITE, OMV_ST_INVALID);
}

/* --- ACKs (5) --- */

static void test_ack_wait(void **state)
{
	struct fixture *f = *state;
	u8 buf[16];

	sync(f);
	ask(f, 0, CH_FRAME, OMV_OP_SIZE, NULL, 0);
	got(f, 0, CH_FRAME, F_ASK, OMV_OP_SIZE, 4);
	/* A SYNC on another channel is not a SYNC. */
	ask(f, 0, CH_FRAME, OMV_OP_SYNC, NULL, 0);
	/* Wrong seq, wrong opcode, no ACK flag, bad CRC. */
	ack(f, 1, CH_FRAME, OMV_OP_SIZE);
	ack(f, 0, CH_FRAME, OMV_OP_READ);
	ask(f, 0, CH_FRAME, OMV_OP_SIZE, NULL, 0);
	make(buf, 0, CH_FRAME, OMV_F_ACK, OMV_OP_SIZE, NULL, 0);
	buf[9] ^= 1;
	give(f, buf, 10);
	run(f);
	got_all(f);
	assert_int_equal(f->dev.stats.sent_packets, 1);
	/* The channel is not compared. */
	ack(f, 0, 17, OMV_OP_SIZE);
	/* Now the requests are executed; one has a wrong seq. */
	got_nak(f, 1, CH_FRAME, OMV_OP_SYNC, OMV_ST_INVALID);
	got_nak(f, 2, CH_FRAME, OMV_OP_SIZE, OMV_ST_SEQUENCE);
	got_all(f);
	burn(f, 3, 5);
	assert_int_equal(f->dev.stats.retransmit, 0);
}

/* Not accepted as ACK: the request itself, SYNCs with a payload, ACKs of a SYNC. */
static void test_ack_wait_no_ack(void **state)
{
	struct fixture *f = *state;

	sync(f);
	ask(f, 0, CH_FRAME, OMV_OP_SIZE, NULL, 0);
	got(f, 0, CH_FRAME, F_ASK, OMV_OP_SIZE, 4);
	ask(f, 0, CH_FRAME, OMV_OP_SIZE, NULL, 0);
	ask(f, 0, 0, OMV_OP_SYNC, "x", 1);
	ack(f, 0, 0, OMV_OP_SYNC);
	got_all(f);
	assert_int_equal(f->dev.stats.retransmit, 0);
	ack(f, 0, CH_FRAME, OMV_OP_SIZE);
	got_nak(f, 1, CH_FRAME, OMV_OP_SIZE, OMV_ST_SEQUENCE);
	got_ack(f, 0, 0, OMV_OP_SYNC);
	got_all(f);
}

/* A request that came early waits until the response is acknowledged. */
static void test_ack_after_request(void **state)
{
	struct fixture *f = *state;

	sync(f);
	put_read(f, 0, CH_FRAME, 0, FRAME_SIZE);
	put(f, 3, 31, 0, OMV_OP_UNLOCK, NULL, 0);
	run(f);
	got(f, 0, CH_FRAME, F_MORE | F_ASK, OMV_OP_READ, 4082);
	got_all(f);
	assert_int_equal(omv_device_space(&f->dev), 4096 - 10);
	ack(f, 0, CH_FRAME, OMV_OP_READ);
	got(f, 1, CH_FRAME, F_MORE | F_ASK, OMV_OP_READ, 4082);
	ack(f, 1, CH_FRAME, OMV_OP_READ);
	got(f, 2, CH_FRAME, F_ASK, OMV_OP_READ, 3836);
	got_all(f);
	/* The ACKs accumulate after the request (T-10). */
	assert_int_equal(omv_device_space(&f->dev), 4096 - 30);
	ack(f, 2, CH_FRAME, OMV_OP_READ);
	got_nak(f, 3, 31, OMV_OP_UNLOCK, OMV_ST_BUSY);
	got_all(f);
	assert_int_equal(omv_device_space(&f->dev), 4096);
	burn(f, 4, 5);
}

/* 512 bytes hold 50 ACKs; then the device restarts the session. */
static void test_ack_pile(void **state)
{
	struct fixture *f = *state;
	u8 seq;

	fixture_start(f, 512);
	sync(f);
	ask_caps(f, 0, 0x0f, 50);
	got_ack(f, 0, 0, OMV_OP_SET_CAPS);
	put_read(f, 1, CH_FRAME, 0, 5000);
	put(f, 101, CH_FRAME, 0, OMV_OP_SIZE, NULL, 0);
	run(f);
	for (seq = 1; omv_device_space(&f->dev) >= 10; seq++) {
		got(f, seq, CH_FRAME, F_MORE | F_ASK, OMV_OP_READ, 50);
		got_all(f);
		ack(f, seq, CH_FRAME, OMV_OP_READ);
	}
	assert_int_equal(seq, 51);
	advance(f, 7500);
	assert_int_equal(omv_device_space(&f->dev), 512);
	f->out_at = f->out_len;
	sync(f);
	/* Without a pipelined request there is no limit. */
	ask_caps(f, 0, 0x0f, 50);
	got_ack(f, 0, 0, OMV_OP_SET_CAPS);
	ask_read(f, 1, CH_FRAME, 0, 5000);
	for (seq = 1; seq <= 100; seq++) {
		got(f, seq, CH_FRAME, (seq < 100 ? F_MORE : 0) | F_ASK,
		    OMV_OP_READ, 50);
		ack(f, seq, CH_FRAME, OMV_OP_READ);
	}
	got_all(f);
	burn(f, 101, 102);
}

static void test_retransmit(void **state)
{
	struct fixture *f = *state;
	static const u32 wait[] = { 500, 1000, 2000, 4000 };
	u8 want[10];
	u32 at, i;

	sync(f);
	burn(f, 0, 9);
	f->unlocks = 0;
	ask_caps(f, 9, 0x0f, 100);
	got_ack(f, 9, 0, OMV_OP_SET_CAPS);
	ask_read(f, 10, CH_STREAM, 0, 300);
	for (i = 0; i < 4; i++) {
		got_data(f, 10, CH_STREAM,
			 F_MORE | F_ASK | (i ? OMV_F_RTX : 0), OMV_OP_READ,
			 f->stream, 100);
		assert_true(omv_device_reading(&f->dev, CH_STREAM));
		advance(f, wait[i] - 1);
		got_all(f);
		advance(f, 1);
	}
	/* The session is restarted as after a SYNC, but without a packet. */
	got_all(f);
	assert_false(omv_device_reading(&f->dev, CH_STREAM));
	assert_int_equal(f->unlocks, 1);
	assert_int_equal(f->dev.stats.retransmit, 3);
	assert_true(omv_device_deadline(&f->dev) == U64_MAX);
	ask(f, 0, 0, OMV_OP_GET_CAPS, NULL, 0);
	assert_memory_equal(got(f, 0, 0, F_ASK, OMV_OP_GET_CAPS, 16),
			    "\x0f\0\0\0\xf2\x0f", 6);

	/* Without CRC there is no RTX (5.3), and the seq is the old one. */
	sync(f);
	ask_caps(f, 0, OMV_CAP_SEQ | OMV_CAP_ACK, 100);
	got_ack(f, 0, 0, OMV_OP_SET_CAPS);
	at = f->out_len;
	ask(f, 1, CH_FRAME, OMV_OP_SIZE, NULL, 0);
	make(want, 1, CH_FRAME, F_ASK, OMV_OP_SIZE, NULL, 0);
	want[6] = 4;
	assert_memory_equal(f->out + at, want, 8);
	advance(f, 500);
	assert_int_equal(f->out_len, at + 2 * 18);
	assert_memory_equal(f->out + at, f->out + at + 18, 18);
}

/* The ACK of any copy is accepted, and the rest of the response follows. */
static void test_retransmit_acked(void **state)
{
	struct fixture *f = *state;

	sync(f);
	ask_read(f, 0, CH_FRAME, 0, 4083);
	got(f, 0, CH_FRAME, F_MORE | F_ASK, OMV_OP_READ, 4082);
	advance(f, 1500);
	got(f, 0, CH_FRAME, F_MORE | F_ASK | OMV_F_RTX, OMV_OP_READ, 4082);
	got_data(f, 0, CH_FRAME, F_MORE | F_ASK | OMV_F_RTX, OMV_OP_READ,
		 f->frame, 4082);
	ack(f, 0, CH_FRAME, OMV_OP_READ);
	got_data(f, 1, CH_FRAME, F_ASK, OMV_OP_READ, f->frame + 4082, 1);
	/* The second ACK stays in the buffer, as on stock firmware (T-28). */
	ack(f, 0, CH_FRAME, OMV_OP_READ);
	advance(f, 499);
	got_all(f);
	ack(f, 1, CH_FRAME, OMV_OP_READ);
	got_all(f);
	burn(f, 2, 4);
	assert_int_equal(f->dev.stats.retransmit, 2);

	/* The ACK of the first copy comes while the second copy is being sent. */
	ask(f, 4, 0, OMV_OP_POLL, NULL, 0);
	got(f, 4, 0, F_ASK, OMV_OP_POLL, 4);
	f->room = 3;
	advance(f, 500);
	ack(f, 4, 0, OMV_OP_POLL);
	f->room = UINT32_MAX;
	run(f);
	got(f, 4, 0, F_ASK | OMV_F_RTX, OMV_OP_POLL, 4);
	assert_true(omv_device_deadline(&f->dev) == U64_MAX);
	burn(f, 5, 6);
}

static void test_host_nak(void **state)
{
	struct fixture *f = *state;
	u32 i;

	sync(f);
	ask(f, 0, 0, OMV_OP_POLL, NULL, 0);
	got(f, 0, 0, F_ASK, OMV_OP_POLL, 4);
	/* Sent again at once, at most three times; then the timer restarts the session. */
	for (i = 0; i < 3; i++) {
		put(f, 0, 0, OMV_F_NAK, OMV_OP_POLL, NULL, 0);
		run(f);
		got(f, 0, 0, F_ASK | OMV_F_RTX, OMV_OP_POLL, 4);
		got_all(f);
	}
	for (i = 0; i < 100; i++)
		put(f, 0, 0, OMV_F_NAK, OMV_OP_POLL, NULL, 0);
	run(f);
	got_all(f);
	advance(f, 3999);
	got_all(f);
	/* An ACK is still accepted. */
	ack(f, 0, 0, OMV_OP_POLL);
	burn(f, 1, 3);

	/* A NAK after a request is ignored. */
	ask(f, 3, 0, OMV_OP_POLL, NULL, 0);
	got(f, 3, 0, F_ASK, OMV_OP_POLL, 4);
	put(f, 4, 31, 0, OMV_OP_LOCK, NULL, 0);
	put(f, 3, 0, OMV_F_NAK, OMV_OP_POLL, NULL, 0);
	run(f);
	got_all(f);
	ack(f, 3, 0, OMV_OP_POLL);
	got_nak(f, 4, 31, OMV_OP_LOCK, OMV_ST_BUSY);
	burn(f, 5, 6);
}

/* --- SYNC at any moment --- */

static void test_sync_ack_wait(void **state)
{
	struct fixture *f = *state;

	/* After any bytes, even inside a complete packet, as on stock firmware. */
	sync(f);
	ask_read(f, 0, CH_FRAME, 0, FRAME_SIZE);
	got(f, 0, CH_FRAME, F_MORE | F_ASK, OMV_OP_READ, 4082);
	put(f, 3, 31, 0, OMV_OP_UNLOCK, NULL, 0);
	give(f, "\xaa\xd5garbage", 9);
	put(f, 0, 0, 0, OMV_OP_SYNC, NULL, 0);
	put(f, 0, 0, 0, OMV_OP_VERSION, NULL, 0);
	run(f);
	got_ack(f, 0, 0, OMV_OP_SYNC);
	got_all(f);
	assert_false(omv_device_reading(&f->dev, CH_FRAME));
	advance(f, 20000);
	got_all(f);
	burn(f, 0, 1);

	ask(f, 1, 0, OMV_OP_POLL, NULL, 0);
	got(f, 1, 0, F_ASK, OMV_OP_POLL, 4);
	put_write(f, 2, CH_CONFIG, 0, "\xaa\xd5\0\0\0\0\0\0\xb0\xac", 10);
	run(f);
	got_ack(f, 0, 0, OMV_OP_SYNC);
	got_all(f);
	assert_int_equal(f->config_writes, 0);

	/* SYNC ends a response by read(), unlike on stock firmware. */
	f->text_len = 1000;
	f->text_reads = 0;
	ask_read(f, 0, CH_STDOUT, 0, 1000);
	got(f, 0, CH_STDOUT, F_MORE | F_ASK, OMV_OP_READ, 512);
	sync(f);
	advance(f, 20000);
	got_all(f);
	assert_int_equal(f->text_reads, 1);
}

/* During a slow packet: the packet is completed, the rest of the response is cancelled. */
static void test_sync_sending(void **state)
{
	struct fixture *f = *state;

	connect_plain(f);
	burn(f, 1, 3);
	f->room = 100;
	ask_read(f, 3, CH_FRAME, 0, FRAME_SIZE);
	/* A SYNC inside a complete packet is data. */
	put_write(f, 6, CH_CONFIG, 0, "\xaa\xd5\0\0\0\0\0\0\xb0\xac", 10);
	run(f);
	f->room = 100;
	put(f, 0, 0, 0, OMV_OP_SYNC, NULL, 0);
	run(f);
	assert_int_equal(f->out_len - f->out_at, 200);
	assert_true(omv_device_reading(&f->dev, CH_FRAME));
	f->room = UINT32_MAX;
	run(f);
	got_data(f, 3, CH_FRAME, F_MORE, OMV_OP_READ, f->frame, 4082);
	got_ack(f, 0, 0, OMV_OP_SYNC);
	got_all(f);
	assert_false(omv_device_reading(&f->dev, CH_FRAME));
	assert_int_equal(f->config_writes, 0);
	burn(f, 0, 2);

	/* If no byte of the packet was sent, it is dropped. */
	connect_plain(f);
	f->room = 0;
	ask_read(f, 1, CH_FRAME, 0, FRAME_SIZE);
	put(f, 0, 0, 0, OMV_OP_SYNC, NULL, 0);
	run(f);
	f->room = UINT32_MAX;
	run(f);
	got_ack(f, 0, 0, OMV_OP_SYNC);
	got_all(f);

	/* Between two fragments, too. */
	connect_plain(f);
	f->room = 4096;
	ask_read(f, 1, CH_FRAME, 0, FRAME_SIZE);
	put(f, 0, 0, 0, OMV_OP_SYNC, NULL, 0);
	f->room = UINT32_MAX;
	run(f);
	got(f, 1, CH_FRAME, F_MORE, OMV_OP_READ, 4082);
	got_ack(f, 0, 0, OMV_OP_SYNC);
	got_all(f);
}

/* The device does not wait for the ACK of a cancelled packet. */
static void test_sync_sending_ack(void **state)
{
	struct fixture *f = *state;

	sync(f);
	f->room = 100;
	ask_read(f, 0, CH_FRAME, 0, FRAME_SIZE);
	put(f, 0, 0, 0, OMV_OP_SYNC, NULL, 0);
	run(f);
	f->room = UINT32_MAX;
	run(f);
	got(f, 0, CH_FRAME, F_MORE | F_ASK, OMV_OP_READ, 4082);
	got_ack(f, 0, 0, OMV_OP_SYNC);
	got_all(f);
	burn(f, 0, 2);
}

/* The SYNC is data until the packet around it is refused. */
static void test_sync_was_data(void **state)
{
	struct fixture *f = *state;
	u8 inner[64], r[8];
	u32 len;

	connect_plain(f);
	f->room = 0;
	ask(f, 1, CH_FRAME, OMV_OP_SIZE, NULL, 0);
	range(r, 0, FRAME_SIZE);
	len = make(inner, 3, CH_FRAME, 0, OMV_OP_READ, r, 8);
	len += make(inner + len, 0, 0, 0, OMV_OP_SYNC, NULL, 0);
	put(f, 99, CH_CONFIG, 0, OMV_OP_WRITE, inner, (u16)len);
	run(f);
	f->room = UINT32_MAX;
	run(f);
	got_u32(f, 1, CH_FRAME, OMV_OP_SIZE, FRAME_SIZE);
	/* Executed at once: neither the NAK nor the response before it is sent. */
	got_ack(f, 0, 0, OMV_OP_SYNC);
	got_all(f);
}

/* SYNC does not drop an event, even if no byte of it was sent yet. */
static void test_sync_sending_event(void **state)
{
	struct fixture *f = *state;

	connect_plain(f);
	f->room = 0;
	assert_int_equal(omv_device_event(&f->dev, CH_FRAME, 3), 0);
	put(f, 0, 0, 0, OMV_OP_SYNC, NULL, 0);
	run(f);
	f->room = UINT32_MAX;
	run(f);
	got_event(f, 1, CH_FRAME, 3);
	got_ack(f, 0, 0, OMV_OP_SYNC);
	got_all(f);
	burn(f, 0, 1);
}

/* A SYNC that is data: the packet around it is complete. */
static void test_sync_is_data(void **state)
{
	struct fixture *f = *state;

	connect_plain(f);
	f->room = 100;
	ask_read(f, 1, CH_FRAME, 0, 8000);
	put_write(f, 3, CH_CONFIG, 0, "\xaa\xd5\0\0\0\0\0\0\xb0\xac", 10);
	run(f);
	f->room = UINT32_MAX;
	run(f);
	got(f, 1, CH_FRAME, F_MORE, OMV_OP_READ, 4082);
	got(f, 2, CH_FRAME, F_DATA, OMV_OP_READ, 3918);
	got_ack(f, 3, CH_CONFIG, OMV_OP_WRITE);
	got_all(f);
	assert_int_equal(f->config_len, 10);
}

/* --- a host that does not read (T-9) --- */

static void test_stall(void **state)
{
	struct fixture *f = *state;

	connect_plain(f);
	f->text_len = 1000;
	f->text_reads = 0;
	f->room = 600;
	ask_read(f, 1, CH_STDOUT, 0, 1000);
	got(f, 1, CH_STDOUT, F_MORE, OMV_OP_READ, 512);
	/* Each byte that is sent restarts the timeout. */
	advance(f, 1499);
	f->room = 1;
	run(f);
	assert_int_equal(f->out_len - f->out_at, 600 - 526 + 1);
	advance(f, 1499);
	assert_int_equal(f->dev.stats.transport_errors, 0);
	f->room = 0;
	advance(f, 1);
	assert_int_equal(f->dev.stats.transport_errors, 1);
	f->room = UINT32_MAX;
	advance(f, 10000);
	/* A truncated packet, and no more of the answer. */
	assert_int_equal(f->out_len - f->out_at, 600 - 526 + 1);
	assert_int_equal(f->text_reads, 2);
	f->out_at = f->out_len;
	/* The first packet was counted, the second was not. */
	burn(f, 2, 3);

	/* An event that cannot be sent is abandoned in the same way. */
	ask_read(f, 3, CH_FRAME, 0, 4);
	got(f, 3, CH_FRAME, F_DATA, OMV_OP_READ, 4);
	f->room = 0;
	assert_int_equal(omv_device_event(&f->dev, CH_FRAME, 1), 0);
	advance(f, 1500);
	assert_int_equal(f->dev.stats.transport_errors, 2);
	f->room = UINT32_MAX;
	advance(f, 5000);
	got_all(f);
	burn(f, 4, 6);
}

/* The timeout starts with the packet. */
static void test_stall_after_a_pause(void **state)
{
	struct fixture *f = *state;

	connect_plain(f);
	advance(f, 100000);
	f->room = 0;
	ask(f, 1, 31, OMV_OP_UNLOCK, NULL, 0);
	advance(f, 1499);
	f->room = UINT32_MAX;
	run(f);
	got_nak(f, 1, 31, OMV_OP_UNLOCK, OMV_ST_BUSY);
	assert_int_equal(f->dev.stats.transport_errors, 0);
}

/* Only the packet is abandoned: a response that it does not belong to continues. */
static void test_stall_of_another(void **state)
{
	struct fixture *f = *state;

	/* An event between two fragments. */
	connect_plain(f);
	f->room = 4000;
	ask_read(f, 1, CH_FRAME, 0, 5000);
	omv_device_event(&f->dev, CH_STDOUT, OMV_EV_NOTIFY);
	f->room = 96;
	run(f);
	got(f, 1, CH_FRAME, F_MORE, OMV_OP_READ, 4082);
	advance(f, 1500);
	got_all(f);
	assert_int_equal(f->dev.stats.transport_errors, 1);
	f->room = UINT32_MAX;
	run(f);
	got(f, 2, CH_FRAME, F_DATA, OMV_OP_READ, 918);
	got_all(f);
	burn(f, 3, 4);

	/* The rest of a packet that SYNC has cancelled. */
	f->room = 100;
	ask_read(f, 4, CH_FRAME, 0, FRAME_SIZE);
	put(f, 0, 0, 0, OMV_OP_SYNC, NULL, 0);
	run(f);
	advance(f, 1500);
	assert_int_equal(f->dev.stats.transport_errors, 2);
	assert_int_equal(f->out_len - f->out_at, 100);
	f->out_at = f->out_len;
	f->room = UINT32_MAX;
	run(f);
	got_ack(f, 0, 0, OMV_OP_SYNC);
	got_all(f);
	burn(f, 0, 1);
}

/* The wait for an ACK ends, too (T-8). */
static void test_stall_ack(void **state)
{
	struct fixture *f = *state;

	sync(f);
	ask(f, 0, 0, OMV_OP_POLL, NULL, 0);
	got(f, 0, 0, F_ASK, OMV_OP_POLL, 4);
	f->room = 2;
	advance(f, 500);
	advance(f, 1500);
	assert_int_equal(f->dev.stats.transport_errors, 1);
	f->room = UINT32_MAX;
	f->out_at = f->out_len;
	advance(f, 10000);
	got_all(f);
	burn(f, 0, 2);
}

static s32 endless_read(void *priv, u32 offset, void *buf, u32 len)
{
	(void)priv;
	(void)offset;
	memset(buf, 0, len);
	return (s32)len;
}

/* With a pipe that takes everything, omv_device_poll() must still return. */
static void test_endless(void **state)
{
	struct fixture *f = *state;
	static const struct omv_channel_ops ops = { .read = endless_read };
	u32 sent;

	omv_device_add(&f->dev, "endless", &ops, f, 0);
	connect_caps(f, 0x0b, 50);
	put_read(f, 1, 6, 0, 0xffffffff);
	omv_device_poll(&f->dev);
	sent = f->dev.stats.sent_packets;
	assert_true(sent > 819 && sent < 2000);
	assert_true(omv_device_deadline(&f->dev) == 0);
	omv_device_poll(&f->dev);
	assert_true(f->dev.stats.sent_packets > sent);
	put(f, 0, 0, 0, OMV_OP_SYNC, NULL, 0);
	omv_device_poll(&f->dev);
	f->out_at = f->out_len - 10;
	got_ack(f, 0, 0, OMV_OP_SYNC);
	assert_true(omv_device_deadline(&f->dev) == U64_MAX);

	/* The same if the last packet before the return ends a response. */
	connect_caps(f, 0x0b, 50);
	f->out_len = 0;
	f->out_at = 0;
	put_read(f, 1, 6, 0, 1024 * 50);
	put(f, 1, 31, 0, OMV_OP_UNLOCK, NULL, 0);
	omv_device_poll(&f->dev);
	assert_int_equal(f->out_len, 1024 * 64);
	assert_true(omv_device_deadline(&f->dev) == 0);
	f->out_at = f->out_len;
	omv_device_poll(&f->dev);
	got_nak(f, 1, 31, OMV_OP_UNLOCK, OMV_ST_BUSY);
}

/* --- events (3.17) --- */

static void test_events(void **state)
{
	struct fixture *f = *state;

	connect_plain(f);
	burn(f, 1, 7);
	/* Sent at once if nothing is being sent, without advancing the counter. */
	assert_int_equal(omv_device_event(&f->dev, CH_FRAME, 0x1234), 0);
	got_event(f, 7, CH_FRAME, 0x1234);
	assert_int_equal(omv_device_event(&f->dev, CH_STDOUT, OMV_EV_NOTIFY), 0);
	got_event(f, 7, CH_STDOUT, OMV_EV_NOTIFY);
	assert_int_equal(omv_device_event(&f->dev, 6, 1), -ENOENT);
	assert_int_equal(omv_device_event(&f->dev, 255, 1), -ENOENT);
	assert_int_equal(omv_device_event(&f->dev, 0, 1), -ENOENT);

	/* Not inside a packet, but between fragments; only the newest event of each channel. */
	f->room = 5000;
	ask_read(f, 7, CH_FRAME, 0, FRAME_SIZE);
	assert_int_equal(omv_device_event(&f->dev, CH_FRAME, 1), 0);
	assert_int_equal(omv_device_event(&f->dev, CH_STREAM, OMV_EV_NOTIFY), 0);
	assert_int_equal(omv_device_event(&f->dev, CH_FRAME, 2), 0);
	f->room = UINT32_MAX;
	run(f);
	got(f, 7, CH_FRAME, F_MORE, OMV_OP_READ, 4082);
	got(f, 8, CH_FRAME, F_MORE, OMV_OP_READ, 4082);
	got_event(f, 9, CH_FRAME, 2);
	got_event(f, 9, CH_STREAM, OMV_EV_NOTIFY);
	got(f, 9, CH_FRAME, F_DATA, OMV_OP_READ, 3836);
	got_all(f);
	burn(f, 10, 11);

	/* Not during the wait for an ACK; a SYNC does not drop them. */
	sync(f);
	ask(f, 0, 0, OMV_OP_POLL, NULL, 0);
	got(f, 0, 0, F_ASK, OMV_OP_POLL, 4);
	assert_int_equal(omv_device_event(&f->dev, CH_FRAME, 3), 0);
	run(f);
	got_all(f);
	ack(f, 0, 0, OMV_OP_POLL);
	got_event(f, 1, CH_FRAME, 3);
	got_all(f);
}

static void read_sends(struct fixture *f)
{
	assert_int_equal(omv_device_event(&f->dev, CH_STDOUT, 7), 0);
	assert_int_equal(omv_device_event(&f->dev, CH_STDOUT, 8), 0);
	assert_int_equal(omv_device_event(&f->dev, CH_FRAME, 9), 0);
}

/* An event that read() sends is in front of what it returns, whatever the pipe takes. */
static void test_events_in_read(void **state)
{
	struct fixture *f = *state;
	u32 slow;

	for (slow = 0; slow < 2; slow++) {
		fixture_start(f, 4096);
		connect_plain(f);
		f->in_read = read_sends;
		f->text_len = 600;
		f->text_reads = 0;
		if (slow)
			f->room = 3;
		ask_read(f, 1, CH_STDOUT, 0, 601);
		f->room = UINT32_MAX;
		run(f);
		/* One is queued per channel, the first is being sent already. */
		got_event(f, 1, CH_STDOUT, 7);
		got_event(f, 1, CH_STDOUT, 8);
		got_event(f, 1, CH_FRAME, 9);
		got(f, 1, CH_STDOUT, F_MORE, OMV_OP_READ, 512);
		got_event(f, 2, CH_STDOUT, 7);
		got_event(f, 2, CH_STDOUT, 8);
		got_event(f, 2, CH_FRAME, 9);
		got(f, 2, CH_STDOUT, F_MORE, OMV_OP_READ, 88);
		got_event(f, 3, CH_STDOUT, 7);
		got_event(f, 3, CH_STDOUT, 8);
		got_event(f, 3, CH_FRAME, 9);
		got_nak(f, 3, CH_STDOUT, OMV_OP_READ, OMV_ST_FAILED);
		got_all(f);
		assert_int_equal(f->text_reads, 3);
		burn(f, 4, 5);
	}
}

/* An event that wants an ACK is repeated without one, and only with the ack capability. */
static void test_event_ack(void **state)
{
	struct fixture *f = *state;

	connect_plain(f);
	assert_int_equal(omv_device_event_ack(&f->dev, CH_FRAME, 1), 0);
	got_event(f, 1, CH_FRAME, 1);

	sync(f);
	assert_int_equal(omv_device_event_ack(&f->dev, CH_FRAME, 2), 0);
	got_data(f, 0, CH_FRAME, OMV_F_EVENT | F_ASK, OMV_OP_CHANNEL_EVENT, &(u16){ 2 }, 2);
	assert_int_equal(omv_device_event(&f->dev, CH_FRAME, 3), 0);
	advance(f, 499);
	got_all(f);
	advance(f, 1);
	got_data(f, 0, CH_FRAME, OMV_F_EVENT | F_ASK | OMV_F_RTX, OMV_OP_CHANNEL_EVENT,
		 &(u16){ 2 }, 2);
	ack(f, 0, CH_FRAME, OMV_OP_CHANNEL_EVENT);
	got_event(f, 0, CH_FRAME, 3);
	got_all(f);
	/* The counter has not advanced. */
	ask(f, 0, 0, OMV_OP_POLL, NULL, 0);
	got(f, 0, 0, F_ASK, OMV_OP_POLL, 4);
	assert_int_equal(omv_device_event_ack(&f->dev, 6, 1), -ENOENT);
}

/* --- activation --- */

static void test_inactive(void **state)
{
	struct fixture *f = *state;
	u8 half[32] = { 0 };

	connect_plain(f);
	burn(f, 1, 5);
	omv_device_set_active(&f->dev, false);
	assert_int_equal(omv_device_event(&f->dev, CH_FRAME, 1), -ENOTCONN);
	ask(f, 5, 0, OMV_OP_VERSION, NULL, 0);
	assert_int_equal(omv_device_space(&f->dev), 4096);
	advance(f, 1000);
	got_all(f);
	/* Counter and capabilities are kept. */
	omv_device_set_active(&f->dev, true);
	ask(f, 5, 0, OMV_OP_VERSION, NULL, 0);
	got(f, 5, 0, F_DATA, OMV_OP_VERSION, 16);

	/* Dropped: half a request, half a response, a queued event. */
	f->room = 20;
	ask_read(f, 6, CH_FRAME, 0, FRAME_SIZE);
	omv_device_event(&f->dev, CH_FRAME, 1);
	give(f, half, make(half, 6, CH_CONFIG, 0, OMV_OP_WRITE, half + 20, 9) - 1);
	assert_true(omv_device_reading(&f->dev, CH_FRAME));
	omv_device_set_active(&f->dev, false);
	assert_false(omv_device_reading(&f->dev, CH_FRAME));
	assert_true(omv_device_deadline(&f->dev) == U64_MAX);
	f->room = UINT32_MAX;
	omv_device_set_active(&f->dev, true);
	advance(f, 10000);
	assert_int_equal(f->out_len - f->out_at, 20);
	f->out_at = f->out_len;
	burn(f, 6, 7);

	/* The wait for an ACK ends. */
	sync(f);
	ask(f, 0, 0, OMV_OP_POLL, NULL, 0);
	got(f, 0, 0, F_ASK, OMV_OP_POLL, 4);
	omv_device_set_active(&f->dev, false);
	omv_device_set_active(&f->dev, true);
	advance(f, 10000);
	got_all(f);
	burn(f, 0, 1);

	/* send() may notice the disconnect. */
	f->vanish = true;
	ask(f, 1, 0, OMV_OP_VERSION, NULL, 0);
	got_all(f);
	omv_device_set_active(&f->dev, true);
	burn(f, 1, 2);
}

/* Bytes received while inactive are discarded. */
static void test_inactive_request(void **state)
{
	struct fixture *f = *state;

	connect_plain(f);
	omv_device_set_active(&f->dev, false);
	ask_write(f, 1, CH_CONFIG, "50");
	put_write(f, 1, CH_CONFIG, 0, "50", 2);
	omv_device_set_active(&f->dev, true);
	run(f);
	got_all(f);
	assert_int_equal(f->config_writes, 0);
	burn(f, 1, 2);
}

/* --- soft reboot (8.4) --- */

static void test_reboot(void **state)
{
	struct fixture *f = *state;

	connect_caps(f, 0x0b, 100);
	burn(f, 1, 5);
	f->unlocks = 0;
	give(f, "\xaa\xd5\x06\0\0\0", 6);
	omv_device_soft_reboot(&f->dev);
	got_event(f, 5, 0, OMV_EV_SOFT_REBOOT);
	assert_int_equal(f->unlocks, 1);
	assert_int_equal(omv_device_event(&f->dev, CH_FRAME, 1), -ENOENT);
	/* Counter, capabilities and receive buffer are reset. */
	ask(f, 0, 0, OMV_OP_LIST, NULL, 0);
	assert_memory_equal(got(f, 0, 0, F_ASK, OMV_OP_LIST, 64) + 48,
			    "\3\x19stream", 8);
	ack(f, 0, 0, OMV_OP_LIST);
	/* The ids are free again. */
	assert_int_equal(omv_device_add(&f->dev, "new", &config_ops, f,
					OMV_CHF_DYNAMIC), CH_FRAME);
	got_event(f, 1, 0, OMV_EV_REGISTERED);
	got_all(f);

	/* While a packet is being sent; events of removed channels are dropped. */
	connect_plain(f);
	f->room = 50;
	ask_read(f, 1, CH_STREAM, 0, STREAM_SIZE);
	omv_device_event(&f->dev, CH_STDIN, 0);
	omv_device_event(&f->dev, CH_FRAME, 7);
	omv_device_soft_reboot(&f->dev);
	assert_true(omv_device_reading(&f->dev, CH_STREAM));
	f->room = UINT32_MAX;
	run(f);
	got(f, 1, CH_STREAM, F_MORE, OMV_OP_READ, 4082);
	got_event(f, 0, CH_STDIN, 0);
	got_event(f, 0, 0, OMV_EV_SOFT_REBOOT);
	got_all(f);
	assert_false(omv_device_reading(&f->dev, CH_STREAM));
	burn(f, 0, 1);

	/* No registration event is sent for a channel that is removed before. */
	connect_plain(f);
	f->room = 50;
	ask_read(f, 1, CH_STREAM, 0, 10);
	f->room = 0;
	ask_read(f, 2, CH_STREAM, 0, 100);
	omv_device_add(&f->dev, "brief", &config_ops, f, OMV_CHF_DYNAMIC);
	omv_device_soft_reboot(&f->dev);
	f->room = UINT32_MAX;
	run(f);
	got(f, 1, CH_STREAM, F_DATA, OMV_OP_READ, 10);
	got_event(f, 0, 0, OMV_EV_SOFT_REBOOT);
	got_all(f);

	/* Without a host there is no event. */
	omv_device_set_active(&f->dev, false);
	omv_device_soft_reboot(&f->dev);
	omv_device_set_active(&f->dev, true);
	run(f);
	got_all(f);
	burn(f, 0, 1);
}

static void write_reboots(struct fixture *f)
{
	omv_device_soft_reboot(&f->dev);
}

static void write_vanishes(struct fixture *f)
{
	omv_device_set_active(&f->dev, false);
}

/* A channel operation may call any function; its payload must not change. */
static void write_meddles(struct fixture *f)
{
	u8 junk[4096];
	u32 len, sent;

	memset(junk, 0xff, sizeof(junk));
	len = omv_device_receive(&f->dev, junk, sizeof(junk));
	assert_int_equal(omv_device_space(&f->dev), 0);
	assert_true(len < sizeof(junk));
	omv_device_event(&f->dev, CH_FRAME, 9);
	omv_device_add(&f->dev, "more", &stdout_ops, f, OMV_CHF_DYNAMIC);
	omv_device_add(&f->dev, "more", &stdout_ops, f, OMV_CHF_DYNAMIC);
	sent = f->out_len;
	omv_device_poll(&f->dev);
	assert_int_equal(f->out_len, sent);
}

static void write_receives(struct fixture *f)
{
	u8 junk[200];

	memset(junk, 0xff, sizeof(junk));
	give(f, junk, sizeof(junk));
}

static void test_in_write(void **state)
{
	struct fixture *f = *state;

	connect_plain(f);
	f->in_write = write_reboots;
	put_write(f, 1, CH_CONFIG, 0, "50", 2);
	put(f, 2, 0, 0, OMV_OP_VERSION, NULL, 0);
	run(f);
	got_ack(f, 1, CH_CONFIG, OMV_OP_WRITE);
	got_event(f, 2, 0, OMV_EV_SOFT_REBOOT);
	got_all(f);

	fixture_start(f, 4096);
	connect_plain(f);
	f->in_write = write_vanishes;
	ask_write(f, 1, CH_CONFIG, "50");
	omv_device_set_active(&f->dev, true);
	run(f);
	got_all(f);

	connect_plain(f);
	f->in_write = write_meddles;
	put(f, 1, 31, 0, OMV_OP_UNLOCK, NULL, 0);
	put_write(f, 2, CH_CONFIG, 0, "whole", 5);
	put(f, 3, 31, 0, OMV_OP_UNLOCK, NULL, 0);
	omv_device_poll(&f->dev);
	f->in_write = NULL;
	got_nak(f, 1, 31, OMV_OP_UNLOCK, OMV_ST_BUSY);
	/* As a camera does it: what an operation sends is in front of its answer. */
	got_event(f, 2, CH_FRAME, 9);
	got_event(f, 2, 0, OMV_EV_REGISTERED);
	got_event(f, 2, 0, OMV_EV_REGISTERED);
	got_ack(f, 2, CH_CONFIG, OMV_OP_WRITE);
	got_nak(f, 3, 31, OMV_OP_UNLOCK, OMV_ST_BUSY);
	got_all(f);
	assert_memory_equal(f->config_text, "whole", 5);
	burn(f, 4, 5);

	/* No bytes after the payload: the receive buffer must not be reset during write(). */
	connect_plain(f);
	f->in_write = write_receives;
	ask_write(f, 1, CH_CONFIG, "untouched");
	got_ack(f, 1, CH_CONFIG, OMV_OP_WRITE);
	assert_memory_equal(f->config_text, "untouched", 9);
}

/* A soft reboot requested by write() waits until the ACK was sent. */
static void test_in_write_slow(void **state)
{
	struct fixture *f = *state;

	connect_plain(f);
	f->in_write = write_reboots;
	f->room = 0;
	ask_write(f, 1, CH_CONFIG, "50");
	advance(f, 1000);
	f->room = 3;
	run(f);
	f->room = UINT32_MAX;
	run(f);
	got_ack(f, 1, CH_CONFIG, OMV_OP_WRITE);
	got_event(f, 2, 0, OMV_EV_SOFT_REBOOT);
	got_all(f);
}

/* A soft reboot requested by send(), outside omv_device_poll(), is due at once. */
static void test_in_send(void **state)
{
	struct fixture *f = *state;

	connect_plain(f);
	f->reboot = true;
	assert_int_equal(omv_device_event(&f->dev, CH_STDIN, 0), 0);
	assert_true(omv_device_deadline(&f->dev) == 0);
	run(f);
	got_event(f, 1, CH_STDIN, 0);
	got_event(f, 1, 0, OMV_EV_SOFT_REBOOT);
	got_all(f);
	assert_true(omv_device_deadline(&f->dev) == U64_MAX);

	fixture_start(f, 4096);
	f->reboot = true;
	f->vanish = true;
	omv_device_event(&f->dev, CH_FRAME, 1);
	assert_true(omv_device_deadline(&f->dev) == 0);
	run(f);
	assert_true(omv_device_deadline(&f->dev) == U64_MAX);
	omv_device_set_active(&f->dev, true);
	assert_int_equal(omv_device_event(&f->dev, CH_FRAME, 1), -ENOENT);
	run(f);
	got_all(f);
}

static s32 vanishing_read(void *priv, u32 offset, void *buf, u32 len)
{
	struct fixture *f = priv;

	(void)offset;
	memset(buf, 0, len);
	if (!f->text_reads--)
		omv_device_set_active(&f->dev, false);
	return (s32)len;
}

/* The host disconnects while read() is running: no packet must be left. */
static void test_in_read(void **state)
{
	struct fixture *f = *state;
	static const struct omv_channel_ops ops = { .read = vanishing_read };

	assert_int_equal(omv_device_add(&f->dev, "late", &ops, f, 0), 6);
	connect_caps(f, 0x0b, 50);
	ask_read(f, 1, 6, 0, 100);
	omv_device_set_active(&f->dev, true);
	run(f);
	got_all(f);
	burn(f, 1, 2);
	f->text_reads = 1;
	ask_read(f, 2, 6, 0, 100);
	got(f, 2, 6, F_MORE, OMV_OP_READ, 50);
	omv_device_set_active(&f->dev, true);
	run(f);
	got_all(f);
	burn(f, 3, 4);
}

/* --- repeated requests (17.2.8) --- */

static void test_repeated(void **state)
{
	struct fixture *f = *state;
	u32 at;

	connect_plain(f);
	ask_write(f, 1, CH_CONFIG, "50");
	got_ack(f, 1, CH_CONFIG, OMV_OP_WRITE);
	put_write(f, 1, CH_CONFIG, OMV_F_RTX, "50", 2);
	run(f);
	got(f, 1, CH_CONFIG, OMV_F_ACK | OMV_F_RTX, OMV_OP_WRITE, 0);
	assert_int_equal(f->config_writes, 1);
	/* A response can be repeated any number of times, also data and errors. */
	put_write(f, 1, CH_CONFIG, OMV_F_RTX, "50", 2);
	run(f);
	got(f, 1, CH_CONFIG, OMV_F_ACK | OMV_F_RTX, OMV_OP_WRITE, 0);
	ask_read(f, 2, CH_CONFIG, 0, 2);
	got_data(f, 2, CH_CONFIG, F_DATA, OMV_OP_READ, "50", 2);
	f->config_text[0] = '9';
	omv_device_event(&f->dev, CH_FRAME, 1);
	got_event(f, 3, CH_FRAME, 1);
	put(f, 2, CH_CONFIG, OMV_F_RTX, OMV_OP_READ, "\0\0\0\0\2\0\0\0", 8);
	run(f);
	got_data(f, 2, CH_CONFIG, OMV_F_RTX, OMV_OP_READ, "50", 2);
	burn(f, 3, 4);
	put(f, 3, 31, OMV_F_RTX, OMV_OP_UNLOCK, NULL, 0);
	run(f);
	got_data(f, 3, 31, OMV_F_NAK | OMV_F_RTX, OMV_OP_UNLOCK, "\4", 2);

	/* Another or an older request is refused, as on stock firmware. */
	ask_write(f, 4, CH_CONFIG, "60");
	got_ack(f, 4, CH_CONFIG, OMV_OP_WRITE);
	put_write(f, 4, CH_CONFIG, OMV_F_RTX, "61", 2);
	run(f);
	got_nak(f, 5, CH_CONFIG, OMV_OP_WRITE, OMV_ST_SEQUENCE);
	put_write(f, 4, CH_CONFIG, OMV_F_RTX, "60", 2);
	run(f);
	got_nak(f, 6, CH_CONFIG, OMV_OP_WRITE, OMV_ST_SEQUENCE);
	assert_int_equal(f->config_writes, 2);
	/* So is a READ whose payload was not in config.tx. */
	ask_read(f, 7, CH_FRAME, 0, 4);
	got(f, 7, CH_FRAME, F_DATA, OMV_OP_READ, 4);
	put(f, 7, CH_FRAME, OMV_F_RTX, OMV_OP_READ, "\0\0\0\0\4\0\0\0", 8);
	run(f);
	got_nak(f, 8, CH_FRAME, OMV_OP_READ, OMV_ST_SEQUENCE);
	/* RTX on a new request is ignored. */
	put(f, 9, 31, OMV_F_RTX, OMV_OP_UNLOCK, NULL, 0);
	run(f);
	got_nak(f, 9, 31, OMV_OP_UNLOCK, OMV_ST_BUSY);

	/* The request was executed, but the response not sent: the counter did not advance. */
	f->room = 0;
	ask_write(f, 10, CH_CONFIG, "70");
	advance(f, 1500);
	f->room = UINT32_MAX;
	put_write(f, 10, CH_CONFIG, OMV_F_RTX, "70", 2);
	run(f);
	got(f, 10, CH_CONFIG, OMV_F_ACK | OMV_F_RTX, OMV_OP_WRITE, 0);
	assert_int_equal(f->config_writes, 3);
	burn(f, 11, 12);
	f->room = 0;
	ask_write(f, 12, CH_CONFIG, "80");
	advance(f, 1500);
	f->room = UINT32_MAX;
	put_write(f, 12, CH_CONFIG, OMV_F_RTX, "81", 2);
	run(f);
	got_ack(f, 12, CH_CONFIG, OMV_OP_WRITE);
	assert_int_equal(f->config_writes, 5);

	/* A truncated response cannot be repeated: the request is executed again. */
	f->text_len = 1024;
	f->text_reads = 0;
	f->room = 0;
	ask_read(f, 13, CH_STDOUT, 0, 600);
	advance(f, 1500);
	f->room = UINT32_MAX;
	f->text_len = 1024;
	put(f, 13, CH_STDOUT, OMV_F_RTX, OMV_OP_READ, "\0\0\0\0\x58\2\0\0", 8);
	run(f);
	got(f, 13, CH_STDOUT, F_MORE, OMV_OP_READ, 512);
	got(f, 14, CH_STDOUT, F_DATA, OMV_OP_READ, 88);
	/* After SYNC nothing can be repeated. */
	sync(f);
	burn(f, 0, 1);
	omv_device_soft_reboot(&f->dev);
	got_event(f, 1, 0, OMV_EV_SOFT_REBOOT);
	put(f, 0, 31, OMV_F_RTX, OMV_OP_UNLOCK, NULL, 0);
	run(f);
	got_nak(f, 0, 31, OMV_OP_UNLOCK, OMV_ST_BUSY);

	/* With ack on, the repetition has ACK_REQ, too. */
	sync(f);
	ask(f, 0, 0, OMV_OP_POLL, NULL, 0);
	got(f, 0, 0, F_ASK, OMV_OP_POLL, 4);
	ack(f, 0, 0, OMV_OP_POLL);
	put(f, 0, 0, OMV_F_RTX, OMV_OP_POLL, NULL, 0);
	run(f);
	got(f, 0, 0, F_ASK | OMV_F_RTX, OMV_OP_POLL, 4);
	ack(f, 0, 0, OMV_OP_POLL);
	at = f->out_len;
	put(f, 200, 0, OMV_F_RTX, OMV_OP_SYNC, NULL, 0);
	run(f);
	assert_int_equal(f->out_len, at + 10);
	got_ack(f, 0, 0, OMV_OP_SYNC);
}

/* Nothing to repeat: a request without a response, and after deactivation. */
static void test_nothing_to_repeat(void **state)
{
	struct fixture *f = *state;

	connect_plain(f);
	ask_write(f, 1, CH_CONFIG, "50");
	got_ack(f, 1, CH_CONFIG, OMV_OP_WRITE);
	omv_device_set_active(&f->dev, false);
	omv_device_set_active(&f->dev, true);
	put_write(f, 1, CH_CONFIG, OMV_F_RTX, "50", 2);
	run(f);
	got_nak(f, 2, CH_CONFIG, OMV_OP_WRITE, OMV_ST_SEQUENCE);

	f->in_write = write_vanishes;
	ask_write(f, 3, CH_CONFIG, "50");
	f->in_write = NULL;
	omv_device_set_active(&f->dev, true);
	/* The next response does not belong to the request without one. */
	ask(f, 99, 0, OMV_OP_VERSION, NULL, 0);
	got_nak(f, 3, 0, OMV_OP_VERSION, OMV_ST_SEQUENCE);
	put_write(f, 3, CH_CONFIG, OMV_F_RTX, "50", 2);
	run(f);
	got_nak(f, 4, CH_CONFIG, OMV_OP_WRITE, OMV_ST_SEQUENCE);

	ask(f, 5, 0, OMV_OP_SYS_RESET, NULL, 0);
	ask(f, 99, 0, OMV_OP_VERSION, NULL, 0);
	got_nak(f, 5, 0, OMV_OP_VERSION, OMV_ST_SEQUENCE);
	put(f, 5, 0, OMV_F_RTX, OMV_OP_SYS_RESET, NULL, 0);
	run(f);
	got_nak(f, 6, 0, OMV_OP_SYS_RESET, OMV_ST_SEQUENCE);
	got_all(f);
	assert_int_equal(f->resets, 1);
}

/* A request that differs from the last one is refused or executed. */
static void test_not_repeated(void **state)
{
	struct fixture *f = *state;
	u8 caps[16] = { 0x0b, 0, 0, 0, 100 };
	u8 buf[32];

	connect_plain(f);
	/* The same request with a new seq. */
	ask_write(f, 1, CH_CONFIG, "50");
	got_ack(f, 1, CH_CONFIG, OMV_OP_WRITE);
	put_write(f, 2, CH_CONFIG, OMV_F_RTX, "50", 2);
	run(f);
	got_ack(f, 2, CH_CONFIG, OMV_OP_WRITE);
	assert_int_equal(f->config_writes, 2);
	/* Another channel, another opcode. */
	ask(f, 3, CH_CONFIG, OMV_OP_SIZE, NULL, 0);
	got_u32(f, 3, CH_CONFIG, OMV_OP_SIZE, 2);
	put(f, 3, CH_FRAME, OMV_F_RTX, OMV_OP_SIZE, NULL, 0);
	run(f);
	got_nak(f, 4, CH_FRAME, OMV_OP_SIZE, OMV_ST_SEQUENCE);
	ask(f, 5, CH_CONFIG, OMV_OP_SIZE, NULL, 0);
	got_u32(f, 5, CH_CONFIG, OMV_OP_SIZE, 2);
	put(f, 5, CH_CONFIG, OMV_F_RTX, OMV_OP_SHAPE, NULL, 0);
	run(f);
	got_nak(f, 6, CH_CONFIG, OMV_OP_SHAPE, OMV_ST_SEQUENCE);
	/* Another length in the header. */
	ask_write(f, 7, CH_CONFIG, "50");
	got_ack(f, 7, CH_CONFIG, OMV_OP_WRITE);
	make(buf, 7, CH_CONFIG, OMV_F_RTX, OMV_OP_WRITE,
	     "\0\0\0\0\3\0\0\0new", 11);
	give(f, buf, 10);
	run(f);
	got_nak(f, 8, CH_CONFIG, OMV_OP_WRITE, OMV_ST_SEQUENCE);
	got_all(f);

	/* With another payload it is executed; then it is the last request. */
	f->config_writes = 0;
	f->room = 0;
	ask_write(f, 9, CH_CONFIG, "80");
	advance(f, 1500);
	f->room = UINT32_MAX;
	put_write(f, 9, CH_CONFIG, OMV_F_RTX, "81", 2);
	run(f);
	got_ack(f, 9, CH_CONFIG, OMV_OP_WRITE);
	put_write(f, 9, CH_CONFIG, OMV_F_RTX, "81", 2);
	run(f);
	got(f, 9, CH_CONFIG, OMV_F_ACK | OMV_F_RTX, OMV_OP_WRITE, 0);
	assert_int_equal(f->config_writes, 2);
	put_write(f, 9, CH_CONFIG, OMV_F_RTX, "80", 2);
	run(f);
	got_nak(f, 10, CH_CONFIG, OMV_OP_WRITE, OMV_ST_SEQUENCE);
	assert_int_equal(f->config_writes, 2);

	/* Without the seq capability requests cannot be identified. */
	connect_caps(f, OMV_CAP_CRC | OMV_CAP_EVENTS, 100);
	ask(f, 77, 0, OMV_OP_SET_CAPS, caps, 16);
	got_ack(f, 1, 0, OMV_OP_SET_CAPS);
	put(f, 77, 0, OMV_F_RTX, OMV_OP_SET_CAPS, caps, 16);
	run(f);
	got_nak(f, 2, 0, OMV_OP_SET_CAPS, OMV_ST_SEQUENCE);
	got_all(f);

	/* Without the crc capability payloads cannot be compared. */
	connect_caps(f, OMV_CAP_SEQ, 100);
	f->config_writes = 0;
	ask_write(f, 1, CH_CONFIG, "50");
	assert_int_equal(f->out_len - f->out_at, 10);
	f->out_at = f->out_len;
	put_write(f, 1, CH_CONFIG, OMV_F_RTX, "60", 2);
	run(f);
	assert_int_equal(f->out_len - f->out_at, 16);
	assert_memory_equal(f->out + f->out_at, "\xaa\xd5\2\5\2\x27\2\0", 8);
	assert_memory_equal(f->out + f->out_at + 10, "\6", 2);
	assert_int_equal(f->config_writes, 1);
}

/* --- random data --- */

/* After any bytes, SYNC restores the session. */
static void test_noise(void **state)
{
	struct fixture *f = *state;
	static const u32 sizes[] = { 64, 512, 4096, 8192 };
	u8 buf[600];
	u32 round, i, len, left;

	srand(1);
	for (round = 0; round < 4000; round++) {
		if (round % 1000 == 0)
			fixture_start(f, sizes[round / 1000]);
		for (i = 0; i < 10; i++) {
			len = (u32)rand() % 40;
			left = (u32)rand() % 40;
			memset(buf, 0, sizeof(buf));
			if (len >= 8)
				range(buf, left, rand() % 2 ? len - 8 : (u32)rand() % 3000);
			len = make(buf, rand() % 3 ? f->dev.seq : (u8)rand(),
				   (u8)(rand() % 7), (u8)(rand() % 4 ? 0 : rand()),
				   (u8)(rand() % 0x2b), memcpy(buf + 100, buf, 40),
				   (u16)len);
			if (rand() % 4 == 0)
				buf[(u32)rand() % len] ^= (u8)rand();
			if (rand() % 4 == 0)
				len = (u32)rand() % (len + 1);
			omv_device_receive(&f->dev, buf, len);
			f->room = rand() % 3 ? 100000 : (u32)rand() % 300;
			if (rand() % 8 == 0)
				advance(f, (u64)rand() % 3000);
			else
				run(f);
			if (rand() % 8 == 0)
				omv_device_event(&f->dev, (u8)(rand() % 8), (u16)rand());
			f->text_len = (u32)rand() % 1000;
			f->frame_size = (u32)rand() % FRAME_SIZE;
			f->out_len = 0;
		}
		f->room = UINT32_MAX;
		/* The first SYNC may complete a packet, or the buffer may be full. */
		for (i = 0; i < 2; i++) {
			len = make(buf, 0, 0, 0, OMV_OP_SYNC, NULL, 0);
			advance(f, 10000);
			omv_device_receive(&f->dev, buf, len);
			run(f);
		}
		f->out_len = 0;
		f->out_at = 0;
		sync(f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		device_test(test_resync),
		device_test(test_refused_inside),
		device_test(test_check_order),
		device_test(test_sequence),
		device_test(test_truncated),
		device_test(test_truncated_around),
		device_test(test_sync),
		device_test(test_pipelined),
		device_test(test_ack_wait),
		device_test(test_ack_wait_no_ack),
		device_test(test_ack_after_request),
		device_test(test_ack_pile),
		device_test(test_retransmit),
		device_test(test_retransmit_acked),
		device_test(test_host_nak),
		device_test(test_sync_ack_wait),
		device_test(test_sync_sending),
		device_test(test_sync_sending_ack),
		device_test(test_sync_sending_event),
		device_test(test_sync_was_data),
		device_test(test_sync_is_data),
		device_test(test_stall),
		device_test(test_stall_after_a_pause),
		device_test(test_stall_of_another),
		device_test(test_stall_ack),
		device_test(test_endless),
		device_test(test_events),
		device_test(test_events_in_read),
		device_test(test_event_ack),
		device_test(test_inactive),
		device_test(test_inactive_request),
		device_test(test_reboot),
		device_test(test_in_write),
		device_test(test_in_write_slow),
		device_test(test_in_send),
		device_test(test_in_read),
		device_test(test_repeated),
		device_test(test_nothing_to_repeat),
		device_test(test_not_repeated),
		device_test(test_noise),
	};

	return cmocka_run_group_tests_name("device link", tests, NULL, NULL);
}
