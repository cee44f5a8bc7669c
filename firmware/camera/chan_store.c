// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include <stdio.h>
#include <stdlib.h>

#include "channels.h"

#define STORE_PERIOD_MS	1000

/* Requests of ioctl(). */
enum {
	STORE_CLEAR = 1,
	STORE_FILL = 2,		/* the argument becomes the content */
};

static bool store_poll(void *priv)
{
	const struct store_channel *ch = priv;

	return ch->len;
}

static int store_lock(void *priv)
{
	struct store_channel *ch = priv;

	if (ch->locked)
		return -1;
	ch->locked = true;
	return 0;
}

static int store_unlock(void *priv)
{
	struct store_channel *ch = priv;

	ch->locked = false;
	return 0;
}

static u32 store_size(void *priv)
{
	const struct store_channel *ch = priv;

	return ch->len;
}

static s32 store_read(void *priv, u32 offset, void *buf, u32 len)
{
	const struct store_channel *ch = priv;

	return channel_copy(ch->data, ch->len, offset, buf, len);
}

static const void *store_readp(void *priv, u32 offset, u32 len)
{
	const struct store_channel *ch = priv;

	if (offset > ch->len || len > ch->len - offset)
		return NULL;
	return ch->data + offset;
}

/* A write at offset 0 replaces the content; a write that would leave a gap is refused. */
static s32 store_write(void *priv, u32 offset, const void *buf, u32 len)
{
	struct store_channel *ch = priv;

	if (offset > ch->len || len > STORE_MAX - offset)
		return -1;
	if (!offset)
		ch->len = 0;
	memcpy(ch->data + offset, buf, len);
	if (ch->len < offset + len)
		ch->len = offset + len;
	return len;
}

static int store_ioctl(void *priv, u32 request, const void *arg, u32 len)
{
	struct store_channel *ch = priv;

	if (request == STORE_CLEAR && !len)
		ch->len = 0;
	else if (request == STORE_FILL && len)
		return store_write(ch, 0, arg, len) < 0;
	else
		return OMV_IOCTL_INVALID;
	return 0;
}

int store_channel_add(struct store_channel *ch, struct omv_device *dev,
		      const struct store_spec *spec)
{
	int id;

	ch->dev = dev;
	ch->spec = *spec;
	ch->ops = (struct omv_channel_ops){
		.poll = store_poll,
		.size = store_size,
		.read = spec->read ? store_read : NULL,
		.readp = spec->readp ? store_readp : NULL,
		.write = spec->write ? store_write : NULL,
		.lock = spec->lock ? store_lock : NULL,
		.unlock = spec->lock ? store_unlock : NULL,
		.ioctl = store_ioctl,
	};
	ch->locked = false;
	ch->next = 0;
	ch->len = spec->bytes;
	for (u32 i = 0; i < ch->len; i++)
		ch->data[i] = i % STORE_PATTERN;
	id = omv_device_add(dev, spec->name, &ch->ops, ch, OMV_CHF_DYNAMIC);
	ch->id = id < 0 ? 0 : id;
	return id < 0 ? id : 0;
}

u64 store_channel_run(struct store_channel *ch, u64 now)
{
	if (!ch->id || !ch->spec.event)
		return U64_MAX;
	if (now >= ch->next) {
		ch->next = now + STORE_PERIOD_MS;
		omv_device_event(ch->dev, ch->id, OMV_EV_NOTIFY);
	}
	return ch->next;
}

/* Return: a byte, -1 if "%" is not followed by two digits */
static int unescape(const char **at)
{
	char digits[3] = { 0 }, *end;
	int byte;

	if (**at != '%')
		return (u8)*(*at)++;
	strncpy(digits, *at + 1, 2);
	byte = strtoul(digits, &end, 16);
	if (end != digits + 2 || digits[0] == '-' || digits[0] == '+' || digits[0] == ' ')
		return -1;
	*at += 3;
	return byte;
}

static const char *parse_name(struct store_spec *spec, const char *arg)
{
	u32 len = 0;

	memset(spec->name, 0, sizeof(spec->name));
	while (*arg && *arg != ':') {
		int byte = unescape(&arg);

		if (byte <= 0 || len == sizeof(spec->name) - 1)
			return NULL;
		spec->name[len++] = byte;
	}
	return len ? arg : NULL;
}

static const char *parse_flags(struct store_spec *spec, const char *arg)
{
	for (; *arg && *arg != ':'; arg++) {
		switch (*arg) {
		case 'r':
			spec->read = true;
			break;
		case 'w':
			spec->write = true;
			break;
		case 'p':
			spec->readp = true;
			break;
		case 'l':
			spec->lock = true;
			break;
		case 'e':
			spec->event = true;
			break;
		default:
			return NULL;
		}
	}
	return arg;
}

static bool parse_bytes(struct store_spec *spec, const char *arg)
{
	unsigned long bytes;
	char *end;

	errno = 0;
	bytes = strtoul(arg, &end, 10);
	spec->bytes = bytes;
	return *arg >= '0' && *arg <= '9' && !*end && !errno && bytes <= STORE_MAX;
}

bool store_parse(struct store_spec *spec, const char *arg, char *why, size_t size)
{
	const char *at = parse_name(spec, arg);

	if (!at) {
		snprintf(why, size, "%s: a name has 1 to %d bytes, none of them 0; %%XX is a byte in hex",
			 arg, OMV_NAME_SIZE - 1);
		return false;
	}
	spec->read = spec->write = !*at;
	spec->readp = spec->lock = spec->event = false;
	spec->bytes = 0;
	if (*at)
		at = parse_flags(spec, at + 1);
	if (!at) {
		snprintf(why, size, "%s: flags are r (read), w (write), p (readp), l (lock), e (events)",
			 arg);
		return false;
	}
	if (*at && !parse_bytes(spec, at + 1)) {
		snprintf(why, size, "%s: the size must be from 0 to %u bytes", arg, STORE_MAX);
		return false;
	}
	return true;
}
