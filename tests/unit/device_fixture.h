/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device with the channels of section 12, a virtual clock and a pipe with a
 * limit. The packets of the device are checked with the bitwise CRCs of
 * vectors.h.
 */
#ifndef DEVICE_FIXTURE_H
#define DEVICE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../firmware/device/omv_device.h"
#include "vectors.h"

#define FRAME_SIZE	12000
#define STREAM_SIZE	9000
#define OUT_SIZE	(1 << 18)

#define F_DATA		0
#define F_ASK		OMV_F_ACK_REQ
#define F_MORE		OMV_F_FRAGMENT

/* Ids of the channels, in the order in which fixture_start() adds them. */
enum { CH_STDIN = 1, CH_STDOUT, CH_STREAM, CH_FRAME, CH_CONFIG };

struct fixture {
	struct omv_device dev;
	struct omv_device_config config;
	struct omv_sys_info info;
	u8 memory[4 + 2 * 24];
	u8 *rx;
	u8 *tx;

	u64 now;
	u32 room;		/* bytes that the pipe still takes */
	u8 out[OUT_SIZE];	/* bytes that the pipe took */
	u32 out_len;
	u32 out_at;		/* index of the first byte that was not checked */
	u32 flushed;		/* out_len at the last flush */
	const u8 *lent;		/* start of a payload that was sent from readp() memory */
	int resets, boots;
	bool vanish;		/* send() reports that the host has disconnected */
	bool reboot;		/* send() calls omv_device_soft_reboot() */

	/* Channels. */
	bool running;
	char script[64];
	u32 script_len;
	u32 stopped, executed;
	u8 text[1024];
	u32 text_len;
	u32 text_reads;
	u8 stream[STREAM_SIZE];
	u32 stream_size;
	bool locked;
	u32 unlocks;
	u8 frame[FRAME_SIZE];
	u32 frame_size;
	bool frame_ready;
	u32 frame_sizes;	/* number of calls of size() */
	u8 config_text[256];
	u32 config_len;
	u32 config_writes;
	s32 config_ret;		/* return value of write(), if not 0 */
	void (*in_write)(struct fixture *f);
	void (*in_read)(struct fixture *f);	/* of stdout */
};

static u32 pipe_send(void *ctx, const void *data, u32 len)
{
	struct fixture *f = ctx;

	if (f->reboot) {
		f->reboot = false;
		omv_device_soft_reboot(&f->dev);
	}
	if (f->vanish) {
		f->vanish = false;
		omv_device_set_active(&f->dev, false);
		return len;
	}
	if (len > f->room)
		len = f->room;
	assert_true(f->out_len + len <= OUT_SIZE);
	memcpy(f->out + f->out_len, data, len);
	f->out_len += len;
	f->room -= len;
	if ((const u8 *)data >= f->frame && (const u8 *)data < f->frame + FRAME_SIZE)
		f->lent = data;
	return len;
}

static void pipe_flush(void *ctx)
{
	struct fixture *f = ctx;

	f->flushed = f->out_len;
}

static u64 pipe_now(void *ctx)
{
	return ((struct fixture *)ctx)->now;
}

static void pipe_reset(void *ctx, bool boot)
{
	struct fixture *f = ctx;

	if (boot)
		f->boots++;
	else
		f->resets++;
}

static const struct omv_device_pipe fixture_pipe = {
	.send = pipe_send,
	.flush = pipe_flush,
	.now = pipe_now,
	.reset = pipe_reset,
};

static bool stdin_poll(void *priv)
{
	return ((struct fixture *)priv)->running;
}

static s32 stdin_write(void *priv, u32 offset, const void *buf, u32 len)
{
	struct fixture *f = priv;

	if (!offset)
		f->script_len = 0;
	if (len > sizeof(f->script) - f->script_len)
		return 0;
	memcpy(f->script + f->script_len, buf, len);
	f->script_len += len;
	return (s32)len;
}

static int stdin_ioctl(void *priv, u32 request, const void *arg, u32 len)
{
	struct fixture *f = priv;

	if (len)
		return OMV_IOCTL_INVALID;
	assert_null(arg);
	switch (request) {
	case OMV_STDIN_STOP:
		f->stopped++;
		return 0;
	case OMV_STDIN_EXEC:
		if (!f->script_len)
			return 1;
		f->executed++;
		return 0;
	case OMV_STDIN_RESET:
		f->script_len = 0;
		return 0;
	}
	return OMV_IOCTL_INVALID;
}

static u32 stdout_size(void *priv)
{
	return ((struct fixture *)priv)->text_len;
}

static s32 stdout_read(void *priv, u32 offset, void *buf, u32 len)
{
	struct fixture *f = priv;

	(void)offset;
	f->text_reads++;
	if (f->in_read)
		f->in_read(f);
	if (len > f->text_len)
		len = f->text_len;
	memcpy(buf, f->text, len);
	f->text_len -= len;
	memmove(f->text, f->text + len, f->text_len);
	return (s32)len;
}

static bool stream_poll(void *priv)
{
	return ((struct fixture *)priv)->stream_size;
}

static int stream_lock(void *priv)
{
	struct fixture *f = priv;

	if (!f->stream_size || f->locked)
		return 1;
	f->locked = true;
	return 0;
}

static int stream_unlock(void *priv)
{
	struct fixture *f = priv;

	f->unlocks++;
	if (f->locked)
		f->stream_size = 0;
	f->locked = false;
	return 0;
}

static u32 stream_get_size(void *priv)
{
	return ((struct fixture *)priv)->stream_size;
}

static unsigned int stream_shape(void *priv, u32 shape[4])
{
	shape[0] = ((struct fixture *)priv)->stream_size - 32;
	return 1;
}

static const void *stream_readp(void *priv, u32 offset, u32 len)
{
	(void)len;
	return ((struct fixture *)priv)->stream + offset;
}

static int stream_ioctl(void *priv, u32 request, const void *arg, u32 len)
{
	(void)priv;
	(void)arg;
	return request <= OMV_STREAM_RAW_CTRL && len == 4 ? 0 : OMV_IOCTL_INVALID;
}

static bool frame_poll(void *priv)
{
	return ((struct fixture *)priv)->frame_ready;
}

static u32 frame_get_size(void *priv)
{
	struct fixture *f = priv;

	f->frame_sizes++;
	return f->frame_size;
}

static const void *frame_readp(void *priv, u32 offset, u32 len)
{
	struct fixture *f = priv;

	if (offset + len == f->frame_size)
		f->frame_ready = false;
	return f->frame + offset;
}

static u32 config_size(void *priv)
{
	return ((struct fixture *)priv)->config_len;
}

static s32 config_read(void *priv, u32 offset, void *buf, u32 len)
{
	struct fixture *f = priv;

	if (offset >= f->config_len)
		return 0;
	if (len > f->config_len - offset)
		len = f->config_len - offset;
	memcpy(buf, f->config_text + offset, len);
	return (s32)len;
}

static s32 config_write(void *priv, u32 offset, const void *buf, u32 len)
{
	struct fixture *f = priv;

	if (offset)
		return 0;
	f->config_writes++;
	if (f->in_write)
		f->in_write(f);
	if (f->config_ret)
		return f->config_ret;
	if (len > sizeof(f->config_text))
		return 0;
	memcpy(f->config_text, buf, len);
	f->config_len = len;
	return (s32)len;
}

static const struct omv_channel_ops stdin_ops = {
	.poll = stdin_poll, .write = stdin_write, .ioctl = stdin_ioctl,
};

static const struct omv_channel_ops stdout_ops = {
	.size = stdout_size, .read = stdout_read,
};

static const struct omv_channel_ops stream_ops = {
	.poll = stream_poll, .lock = stream_lock, .unlock = stream_unlock,
	.size = stream_get_size, .shape = stream_shape, .readp = stream_readp,
	.ioctl = stream_ioctl,
};

static const struct omv_channel_ops frame_ops = {
	.poll = frame_poll, .size = frame_get_size, .readp = frame_readp,
};

static const struct omv_channel_ops config_ops = {
	.size = config_size, .read = config_read, .write = config_write,
};

/* Poll until nothing is due. The test fails if that never happens. */
static inline void run(struct fixture *f)
{
	int turns = 10000;

	do {
		omv_device_poll(&f->dev);
		assert_true(--turns);
	} while (!omv_device_deadline(&f->dev));
}

/* Advance the clock, and poll at each deadline. */
static inline void advance(struct fixture *f, u64 ms)
{
	u64 end = f->now + ms, next;

	while ((next = omv_device_deadline(&f->dev)) <= end) {
		if (next > f->now)
			f->now = next;
		run(f);
	}
	f->now = end;
	run(f);
}

static inline void give(struct fixture *f, const void *data, u32 len)
{
	assert_int_equal(omv_device_receive(&f->dev, data, len), len);
}

static inline u32 make(u8 *buf, u8 seq, u8 ch, u8 flags, u8 op,
		       const void *payload, u16 len)
{
	u32 crc;
	u16 hcrc;

	buf[0] = 0xaa;
	buf[1] = 0xd5;
	buf[2] = seq;
	buf[3] = ch;
	buf[4] = flags;
	buf[5] = op;
	buf[6] = (u8)len;
	buf[7] = len >> 8;
	hcrc = omv_vector_crc16(buf, 8);
	memcpy(buf + 8, &hcrc, 2);
	if (!len)
		return 10;
	memcpy(buf + 10, payload, len);
	crc = omv_vector_crc32(buf + 10, len);
	memcpy(buf + 10 + len, &crc, 4);
	return 14 + len;
}

/* Pass a packet to the device, without polling it. */
static inline void put(struct fixture *f, u8 seq, u8 ch, u8 flags, u8 op,
		       const void *payload, u16 len)
{
	u8 buf[OMV_VECTOR_MAX];

	give(f, buf, make(buf, seq, ch, flags, op, payload, len));
}

/* Pass a request to the device and poll it. */
static inline void ask(struct fixture *f, u8 seq, u8 ch, u8 op,
		       const void *payload, u16 len)
{
	put(f, seq, ch, 0, op, payload, len);
	run(f);
}

static inline void ack(struct fixture *f, u8 seq, u8 ch, u8 op)
{
	put(f, seq, ch, OMV_F_ACK, op, NULL, 0);
	run(f);
}

static inline void range(u8 buf[8], u32 offset, u32 len)
{
	memcpy(buf, &offset, 4);
	memcpy(buf + 4, &len, 4);
}

static inline void put_read(struct fixture *f, u8 seq, u8 ch, u32 offset, u32 len)
{
	u8 buf[8];

	range(buf, offset, len);
	put(f, seq, ch, 0, OMV_OP_READ, buf, 8);
}

static inline void ask_read(struct fixture *f, u8 seq, u8 ch, u32 offset, u32 len)
{
	put_read(f, seq, ch, offset, len);
	run(f);
}

static inline void put_write(struct fixture *f, u8 seq, u8 ch, u8 flags,
			     const void *data, u16 len)
{
	u8 buf[OMV_VECTOR_MAX];

	range(buf, 0, len);
	memcpy(buf + 8, data, len);
	put(f, seq, ch, flags, OMV_OP_WRITE, buf, (u16)(8 + len));
}

static inline void ask_write(struct fixture *f, u8 seq, u8 ch, const char *text)
{
	put_write(f, seq, ch, 0, text, (u16)strlen(text));
	run(f);
}

/* The next packet that was sent must be this one. Return: its payload */
static inline const u8 *got(struct fixture *f, u8 seq, u8 ch, u8 flags, u8 op,
			    u16 len)
{
	const u8 *p = f->out + f->out_at;
	u32 size = len ? 14u + len : 10u;
	u8 want[10];
	u32 crc;

	make(want, seq, ch, flags, op, NULL, 0);
	want[6] = (u8)len;
	want[7] = len >> 8;
	crc = omv_vector_crc16(want, 8);
	memcpy(want + 8, &crc, 2);
	assert_true(f->out_len - f->out_at >= 10);
	assert_memory_equal(p, want, 10);
	assert_true(f->out_len - f->out_at >= size);
	if (len) {
		crc = omv_vector_crc32(p + 10, len);
		assert_memory_equal(p + 10 + len, &crc, 4);
	}
	f->out_at += size;
	return p + 10;
}

static inline void got_data(struct fixture *f, u8 seq, u8 ch, u8 flags, u8 op,
			    const void *data, u16 len)
{
	const u8 *p = got(f, seq, ch, flags, op, len);

	/* First memcmp(), because ASan checks it. */
	if (len && memcmp(p, data, len))
		assert_memory_equal(p, data, len);
}

static inline void got_ack(struct fixture *f, u8 seq, u8 ch, u8 op)
{
	got(f, seq, ch, OMV_F_ACK, op, 0);
}

static inline void got_nak(struct fixture *f, u8 seq, u8 ch, u8 op, u16 status)
{
	got_data(f, seq, ch, OMV_F_NAK, op, &status, 2);
}

static inline void got_u32(struct fixture *f, u8 seq, u8 ch, u8 op, u32 value)
{
	got_data(f, seq, ch, F_DATA, op, &value, 4);
}

static inline void got_event(struct fixture *f, u8 seq, u8 ch, u16 value)
{
	got_data(f, seq, ch, OMV_F_EVENT,
		 ch ? OMV_OP_CHANNEL_EVENT : OMV_OP_SYS_EVENT, &value,
		 value == OMV_EV_NOTIFY ? 0 : 2);
}

/* Nothing else must have been sent. */
static inline void got_all(struct fixture *f)
{
	assert_int_equal(f->out_len, f->out_at);
}

static inline void sync(struct fixture *f)
{
	ask(f, 0, 0, OMV_OP_SYNC, NULL, 0);
	got_ack(f, 0, 0, OMV_OP_SYNC);
	got_all(f);
}

static inline void ask_caps(struct fixture *f, u8 seq, u32 flags, u16 max)
{
	u8 caps[16] = { 0 };

	memcpy(caps, &flags, 4);
	memcpy(caps + 4, &max, 2);
	ask(f, seq, 0, OMV_OP_SET_CAPS, caps, 16);
}

/* A session without acks, at counter 1. */
static inline void connect_caps(struct fixture *f, u32 flags, u16 max)
{
	sync(f);
	ask_caps(f, 0, flags, max);
	got_ack(f, 0, 0, OMV_OP_SET_CAPS);
	got_all(f);
}

static inline void connect_plain(struct fixture *f)
{
	connect_caps(f, OMV_CAP_CRC | OMV_CAP_SEQ | OMV_CAP_EVENTS,
		     (u16)(f->config.rx_size - 14));
}

/* Advance the sequence number: a LOCK of channel 31 is answered with BUSY. */
static inline void burn(struct fixture *f, u8 from, u8 to)
{
	for (; from != to; from++) {
		ask(f, from, 31, OMV_OP_UNLOCK, NULL, 0);
		got_nak(f, from, 31, OMV_OP_UNLOCK, OMV_ST_BUSY);
	}
}

/* Buffers have exactly the stated size, so that ASan detects overruns. */
static inline void fixture_buffers(struct fixture *f, u32 rx_size)
{
	free(f->rx);
	free(f->tx);
	f->rx = malloc(rx_size);
	f->tx = malloc(rx_size);
	assert_non_null(f->rx);
	assert_non_null(f->tx);
	f->config.rx = f->rx;
	f->config.tx = f->tx;
	f->config.rx_size = rx_size;
}

static inline void fixture_init(struct fixture *f, u32 rx_size)
{
	fixture_buffers(f, rx_size);
	f->out_len = 0;
	f->out_at = 0;
	f->room = UINT32_MAX;
	assert_int_equal(omv_device_init(&f->dev, &f->config), 0);
	omv_device_set_active(&f->dev, true);
}

static inline void fixture_start(struct fixture *f, u32 rx_size)
{
	fixture_init(f, rx_size);
	assert_int_equal(omv_device_add(&f->dev, "stdin", &stdin_ops, f,
					OMV_CHF_EXEC), CH_STDIN);
	assert_int_equal(omv_device_add(&f->dev, "stdout", &stdout_ops, f, 0),
			 CH_STDOUT);
	assert_int_equal(omv_device_add(&f->dev, "stream", &stream_ops, f,
					OMV_CHF_STREAM), CH_STREAM);
	assert_int_equal(omv_device_add(&f->dev, "frame", &frame_ops, f,
					OMV_CHF_DYNAMIC), CH_FRAME);
	assert_int_equal(omv_device_add(&f->dev, "config", &config_ops, f,
					OMV_CHF_DYNAMIC), CH_CONFIG);
	got_event(f, 0, 0, OMV_EV_REGISTERED);
	got_event(f, 0, 0, OMV_EV_REGISTERED);
	got_all(f);
}

static inline int fixture_setup(void **state)
{
	static const struct omv_version version = {
		.protocol = { 1, 0, 2 },
		.bootloader = { 1, 0, 3 },
		.firmware = { 5, 0, 0 },
	};
	struct fixture *f = calloc(1, sizeof(*f));
	u32 i;

	if (!f)
		return -1;
	for (i = 0; i < FRAME_SIZE; i++)
		f->frame[i] = omv_vector_byte(OMV_FILL_FRAME, i);
	for (i = 0; i < STREAM_SIZE; i++)
		f->stream[i] = omv_vector_byte(OMV_FILL_STREAM, i);
	f->frame_size = FRAME_SIZE;
	f->stream_size = STREAM_SIZE;
	f->config.pipe = &fixture_pipe;
	f->config.ctx = f;
	f->config.version = version;
	f->config.info = &f->info;
	f->now = 1000;
	*state = f;
	fixture_start(f, 4096);
	return 0;
}

static inline int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	free(f->rx);
	free(f->tx);
	free(f);
	return 0;
}

#define device_test(t) \
	cmocka_unit_test_setup_teardown(t, fixture_setup, fixture_teardown)

#endif /* DEVICE_FIXTURE_H */
