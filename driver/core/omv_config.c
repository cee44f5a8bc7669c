// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "omv_config_priv.h"

#define REPLACEMENT	0xfffd	/* what Unicode has for what can't be shown */

/* ---- texts ------------------------------------------------------------ */

void config_text_begin(struct config_text *text, char *buf, u32 size)
{
	text->buf = buf;
	text->size = size;
	text->len = 0;
	text->cut = false;
	text->nul = false;
	*buf = '\0';
}

static bool is_continuation(u8 byte)
{
	return (byte & 0xc0) == 0x80;
}

/* There is no room for @byte: what it continues goes, too. */
static void text_cut(struct config_text *text, u8 byte)
{
	u32 len = text->len;

	text->cut = true;
	if (!is_continuation(byte))
		return;
	while (len && text->len - len < 2 && is_continuation(text->buf[len - 1]))
		len--;
	if (!len || (u8)text->buf[len - 1] < 0xc0)
		return;
	text->len = len - 1;
	text->buf[text->len] = '\0';
}

static void text_put(struct config_text *text, u8 byte)
{
	if (text->cut)
		return;
	if (text->len + 1 >= text->size) {
		text_cut(text, byte);
		return;
	}
	text->buf[text->len++] = byte;
	text->buf[text->len] = '\0';
}

void config_text_byte(struct config_text *text, u8 byte)
{
	if (byte)
		text_put(text, byte);
	else
		config_text_code(text, 0);
}

void config_text_code(struct config_text *text, u32 code)
{
	static const u8 lead[] = { 0, 0xc0, 0xe0, 0xf0 };
	u32 more;

	if (!code)
		text->nul = true;
	if (!code || (code >= 0xd800 && code < 0xe000))
		code = REPLACEMENT;
	more = (code > 0x7f) + (code > 0x7ff) + (code > 0xffff);
	text_put(text, lead[more] | code >> 6 * more);
	while (more--)
		text_put(text, 0x80 | (code >> 6 * more & 0x3f));
}

void config_text_string(struct config_text *text, const char *string)
{
	while (*string)
		text_put(text, *string++);
}

bool config_is_key(const struct config_text *text)
{
	return text->len && !text->cut && !text->nul;
}

/* ---- documents -------------------------------------------------------- */

void config_put(struct config_out *out, const void *data, u32 len)
{
	if (out->len <= out->size && len <= out->size - out->len)
		memcpy(out->buf + out->len, data, len);
	out->len += len;
}

char *config_decimal(char *end, u64 magnitude, u32 scale, bool point)
{
	bool fraction = false;
	u32 digit;

	for (; scale > 1; scale /= 10) {
		magnitude = div_u64_rem(magnitude, 10, &digit);
		fraction = fraction || digit || (point && scale == 10);
		if (fraction)
			*--end = '0' + digit;
	}
	if (fraction)
		*--end = '.';
	do {
		magnitude = div_u64_rem(magnitude, 10, &digit);
		*--end = '0' + digit;
	} while (magnitude);
	return end;
}

void config_put_number(struct config_out *out, s32 value, u32 scale)
{
	char text[CONFIG_DECIMAL_SIZE];
	char *end = text + sizeof(text);
	u32 magnitude = value < 0 ? -(u32)value : (u32)value;
	char *start = config_decimal(end, magnitude, scale, true);

	if (value < 0)
		*--start = '-';
	config_put(out, start, end - start);
}

void config_knob_number(struct omv_knob *knob, u32 scale, s64 value)
{
	knob->type = OMV_KNOB_INTEGER;
	knob->scale = scale;
	knob->ranged = false;
	knob->min = S32_MIN;
	knob->max = S32_MAX;
	knob->step = 1;
	knob->value = config_clamp(value, S32_MIN, S32_MAX);
}

/* ---- the plain number ------------------------------------------------- */

static const u8 *skip_space(const u8 *p, const u8 *end)
{
	while (p < end && (*p == ' ' || (*p >= '\t' && *p <= '\r')))
		p++;
	return p;
}

/* Take all that there is. */
static bool number_read(const u8 *p, const u8 *end, s64 *value)
{
	s64 number = 0;
	const u8 *first;
	bool negative;

	p = skip_space(p, end);
	negative = p < end && *p == '-';
	if (p < end && (*p == '-' || *p == '+'))
		p++;
	for (first = p; p < end && *p >= '0' && *p <= '9'; p++)
		if (number <= S32_MAX)
			number = number * 10 + *p - '0';
	*value = negative ? -number : number;
	return p > first && skip_space(p, end) == end;
}

static bool number_next(struct omv_config_reader *reader, struct omv_knob *knob)
{
	struct config_text key;
	s64 value;

	if (!number_read(reader->p, reader->end, &value))
		return false;
	reader->p = reader->end;
	config_text_begin(&key, knob->key, sizeof(knob->key));
	config_text_string(&key, OMV_CONFIG_QUALITY);
	config_knob_number(knob, 1, value);
	return true;
}

static int number_write(struct config_out *out, const struct omv_knob *knob)
{
	switch (knob->type) {
	case OMV_KNOB_INTEGER:
		config_put_number(out, knob->value, knob->scale);
		return 0;
	case OMV_KNOB_BOOLEAN:
		config_put_number(out, !!knob->value, 1);
		return 0;
	default:
		return -EINVAL;
	}
}

/* ---- any -------------------------------------------------------------- */

enum omv_config_dialect omv_config_detect(const void *doc, u32 len)
{
	const u8 *bytes = doc;
	s64 value;

	if (!len || number_read(bytes, bytes + len, &value))
		return OMV_CONFIG_NUMBER;
	if (config_json_is(doc, len))
		return OMV_CONFIG_JSON;
	if (config_cbor_is(doc, len))
		return OMV_CONFIG_CBOR;
	return OMV_CONFIG_NONE;
}

void omv_config_begin(struct omv_config_reader *reader, enum omv_config_dialect dialect,
		      const void *doc, u32 len)
{
	reader->dialect = len ? dialect : OMV_CONFIG_NONE;
	reader->p = doc;
	reader->end = len ? reader->p + len : doc;
	reader->left = 0;
	if (reader->dialect == OMV_CONFIG_JSON)
		config_json_begin(reader);
	else if (reader->dialect == OMV_CONFIG_CBOR)
		config_cbor_begin(reader);
}

bool omv_config_next(struct omv_config_reader *reader, struct omv_knob *knob)
{
	memset(knob, 0, sizeof(*knob));
	knob->scale = 1;
	switch (reader->dialect) {
	case OMV_CONFIG_NUMBER:
		return number_next(reader, knob);
	case OMV_CONFIG_JSON:
		return config_json_next(reader, knob);
	case OMV_CONFIG_CBOR:
		return config_cbor_next(reader, knob);
	default:
		return false;
	}
}

static bool is_scale(u32 scale)
{
	u32 power;

	for (power = 1; power < scale && power < OMV_REAL_MAX_SCALE; power *= 10)
		;
	return power == scale;
}

int omv_config_write(void *buf, u32 size, enum omv_config_dialect dialect,
		     const struct omv_knob *knob)
{
	struct config_out out = { .buf = buf, .size = size };
	int ret = 0;

	if (knob->type == OMV_KNOB_LABEL ||
	    (knob->type == OMV_KNOB_INTEGER && !is_scale(knob->scale)))
		return -EINVAL;
	switch (dialect) {
	case OMV_CONFIG_NUMBER:
		ret = number_write(&out, knob);
		break;
	case OMV_CONFIG_JSON:
		config_json_write(&out, knob);
		break;
	case OMV_CONFIG_CBOR:
		config_cbor_write(&out, knob);
		break;
	default:
		ret = -EINVAL;
	}
	if (ret)
		return ret;
	return out.len > size ? -ENOSPC : (int)out.len;
}
