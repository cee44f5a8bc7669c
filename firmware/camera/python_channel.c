// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The channels of a script: each operation is a call of a method of its backend. _omv.py makes
 * of what the method returns what OpenMV's firmware makes of it.
 */
#include <stdlib.h>

#include "camera.h"
#include "python_priv.h"

static enum interp_result call(struct python_channel *ch, u8 method, u32 a, u32 b, u32 *value)
{
	struct interp_message msg = { .tag = ch->backend, .what = method, .a = a, .b = b };
	const u8 *data = NULL;
	enum interp_result result = python_call(ch->py, &msg, &data, 0);

	if (value)
		*value = result == INTERP_OK ? msg.a : 0;
	return result;
}

static bool channel_poll(void *priv)
{
	u32 value;

	call(priv, INTERP_POLL, 0, 0, &value);
	return value;
}

static int channel_lock(void *priv)
{
	return call(priv, INTERP_LOCK, 0, 0, NULL) == INTERP_OK ? 0 : -1;
}

static int channel_unlock(void *priv)
{
	return call(priv, INTERP_UNLOCK, 0, 0, NULL) == INTERP_OK ? 0 : -1;
}

static u32 channel_size(void *priv)
{
	u32 value;

	call(priv, INTERP_SIZE, 0, 0, &value);
	return value;
}

static unsigned int channel_shape(void *priv, u32 shape[4])
{
	struct python_channel *ch = priv;
	struct interp_message msg = { .tag = ch->backend, .what = INTERP_SHAPE };
	const u8 *data = NULL;

	if (python_call(ch->py, &msg, &data, 0) != INTERP_OK || msg.len > 16)
		return 0;
	memcpy(shape, data, msg.len);
	return msg.len / 4;
}

static s32 channel_read(void *priv, u32 offset, void *buf, u32 len)
{
	struct python_channel *ch = priv;
	struct interp_message msg = {
		.tag = ch->backend, .what = INTERP_READ, .a = offset, .b = len,
	};
	const u8 *data = NULL;

	if (python_call(ch->py, &msg, &data, 0) != INTERP_OK || msg.len > len)
		return -1;
	memcpy(buf, data, msg.len);
	return msg.len;
}

/*
 * What is behind the end of the memory that readp() gave is no business of the host's: the
 * firmware sends it, here the READ fails.
 */
static const void *channel_readp(void *priv, u32 offset, u32 len)
{
	struct python_channel *ch = priv;
	struct interp_message msg = {
		.tag = ch->backend, .what = INTERP_READP, .a = offset, .b = len,
	};
	const u8 *data = NULL;
	u8 *copy;

	if (python_call(ch->py, &msg, &data, 0) != INTERP_OK)
		return NULL;
	if (msg.len < len) {
		fprintf(stderr, "omvcam: readp(%u, %u) gave %u bytes: a camera would send what "
			"lies behind them\n", offset, len, msg.len);
		return NULL;
	}
	copy = malloc(len);
	if (!copy)
		return NULL;
	memcpy(copy, data, len);
	ch->current = !ch->current;
	free(ch->data[ch->current]);
	ch->data[ch->current] = copy;
	return copy;
}

static s32 channel_write(void *priv, u32 offset, const void *buf, u32 len)
{
	struct python_channel *ch = priv;
	struct interp_message msg = {
		.tag = ch->backend, .what = INTERP_WRITE, .a = offset, .b = len,
	};
	const u8 *data = buf;

	return python_call(ch->py, &msg, &data, len) == INTERP_OK ? (s32)len : -1;
}

static int channel_ioctl(void *priv, u32 request, const void *arg, u32 len)
{
	struct python_channel *ch = priv;
	struct interp_message msg = {
		.tag = ch->backend, .what = INTERP_IOCTL, .a = request, .b = len,
	};
	const u8 *data = arg;

	return python_call(ch->py, &msg, &data, len) == INTERP_OK ? 0 : -1;
}

static struct omv_channel_ops operations(u32 methods)
{
#define HAS(method, op)	(methods & 1u << (method) ? (op) : NULL)
	return (struct omv_channel_ops){
		.poll = HAS(INTERP_POLL, channel_poll),
		.lock = HAS(INTERP_LOCK, channel_lock),
		.unlock = HAS(INTERP_UNLOCK, channel_unlock),
		.size = HAS(INTERP_SIZE, channel_size),
		.shape = HAS(INTERP_SHAPE, channel_shape),
		.read = HAS(INTERP_READ, channel_read),
		.readp = HAS(INTERP_READP, channel_readp),
		.write = HAS(INTERP_WRITE, channel_write),
		.ioctl = HAS(INTERP_IOCTL, channel_ioctl),
	};
}

u8 python_register(struct python *py, u32 methods, u32 flags, const char *name)
{
	struct python_channel *ch = &py->channels[py->count];
	int id;

	if (py->count == ARRAY_SIZE(py->channels))
		return 0;
	ch->py = py;
	ch->backend = py->count;
	ch->ops = operations(methods);
	id = omv_device_add(&py->cam->dev, name, &ch->ops, ch, OMV_CHF_DYNAMIC);
	if (id < 0)
		return 0;
	ch->id = id;
	py->count++;
	py->cam->dev.channels[id].flags |= flags;
	return id;
}
