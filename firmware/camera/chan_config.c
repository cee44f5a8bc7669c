// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include <ctype.h>
#include <json-c/json.h>
#include <stdio.h>

#include "channels.h"

static u32 config_size(void *priv)
{
	struct config_channel *ch = priv;

	ch->text_len = 0;
	if (ch->form == CONFIG_JSON)
		ch->text_len = snprintf(ch->text, sizeof(ch->text), "{\"quality\": %u}",
					ch->quality);
	return ch->text_len;
}

static s32 config_read(void *priv, u32 offset, void *buf, u32 len)
{
	const struct config_channel *ch = priv;

	if (offset >= ch->text_len)
		return 0;
	if (len > ch->text_len - offset)
		len = ch->text_len - offset;
	memcpy(buf, ch->text + offset, len);
	return len;
}

static int in_range(s64 value)
{
	return value >= 1 && value <= 100 ? value : -1;
}

/* What Python's int() takes, as far as a quality can be written. Return: it, or -1 */
static int parse_number(const char *text, u32 len)
{
	u32 digits = 0;
	s64 value = 0;

	while (len && isspace((unsigned char)text[len - 1]))
		len--;
	while (len && isspace((unsigned char)*text))
		text++, len--;
	if (len && *text == '+')
		text++, len--;
	for (; digits < len && isdigit((unsigned char)text[digits]) && value < 1000; digits++)
		value = value * 10 + text[digits] - '0';
	return digits && digits == len ? in_range(value) : -1;
}

/*
 * A key that is not known is somebody else's, and an object without ours changes nothing:
 * then it is the @quality in force. Return: quality, or -1
 */
static int parse_json(const char *text, u32 len, u8 quality)
{
	struct json_tokener *tok = json_tokener_new_ex(16);
	struct json_object *root, *value = NULL;
	int ret = -1;
	size_t end;

	if (!tok)
		return -1;
	root = json_tokener_parse_ex(tok, text, len);
	end = json_tokener_get_parse_end(tok);
	while (end < len && isspace((unsigned char)text[end]))
		end++;
	if (end == len && json_object_is_type(root, json_type_object)) {
		if (!json_object_object_get_ex(root, "quality", &value))
			ret = quality;
		else if (json_object_is_type(value, json_type_int))
			ret = in_range(json_object_get_int64(value));
	}
	json_object_put(root);
	json_tokener_free(tok);
	return ret;
}

/* The script's write(): the new quality, or -1 if it raised. */
static int parse(const struct config_channel *ch, const void *text, u32 len)
{
	if (ch->form == CONFIG_JSON)
		return parse_json(text, len, ch->quality);
	return parse_number(text, len);
}

static s32 config_write(void *priv, u32 offset, const void *buf, u32 len)
{
	struct config_channel *ch = priv;
	int quality = parse(ch, buf, len);

	(void)offset;
	if (quality < 0 || ch->refuse == CONFIG_REFUSE_ACK || ch->refuse == CONFIG_REFUSE_NAK) {
		ch->refused++;
		return ch->refuse == CONFIG_REFUSE_NAK ? -1 : (s32)len;
	}
	ch->accepted++;
	ch->quality = quality;
	if (ch->changed)
		ch->changed(ch->ctx, quality);
	return ch->refuse == CONFIG_APPLY_NAK ? -1 : (s32)len;
}

const struct omv_channel_ops config_ops = {
	.size = config_size,
	.read = config_read,
	.write = config_write,
};
