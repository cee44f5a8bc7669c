// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include <cbor.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "channels.h"

/* Keys of a widget's map (section 12.9). */
enum {
	KEY_NAME = 0,
	KEY_UNIT = 1,
	KEY_VALUE = 2,
	KEY_DATA = 8,
	KEY_WIDTH = -20,
	KEY_HEIGHT = -21,
	KEY_DATA_MIN = -23,
	KEY_DATA_MAX = -24,
	KEY_TYPE = -30,
	KEY_MIN = -31,
	KEY_MAX = -32,
	KEY_STEP = -33,
	KEY_OPTIONS = -34,
};

#define INT_EXACT	0x1p53	/* integers up to this are exact in a double */
#define DEPTH_MAX	4000
#define TICK_MS		1000

#define INT(n)		{ .kind = VALUE_INT, .number = (n) }
#define FLOAT(n)	{ .kind = VALUE_FLOAT, .number = (n) }
#define TEXT(t)		{ .kind = VALUE_TEXT, .text = t }

static const char *const effects[] = { "none", "negative", "grey", NULL };

static const struct widget widgets[WIDGET_COUNT] = {
	[WIDGET_TEMP] = { "fpa_temp", "label", .unit = "Cel", .value = FLOAT(25) },
	[WIDGET_STATUS] = { "status", "label", .value = TEXT("ready") },
	[WIDGET_MIRROR] = { "mirror", "toggle", .value = { .kind = VALUE_BOOL } },
	[WIDGET_BRIGHTNESS] = {
		"brightness", "slider", .unit = "%",
		.value = INT(0), .min = INT(-100), .max = INT(100), .step = INT(5),
	},
	[WIDGET_GAIN] = {
		"gain", "slider",
		.value = FLOAT(1), .min = FLOAT(0.5), .max = FLOAT(4), .step = FLOAT(0.1),
	},
	[WIDGET_EFFECT] = { "effect", "select", .options = effects, .value = TEXT("none") },
	[WIDGET_DEPTH] = { .name = "depth", .type = "depth" },
};

/* Encoding. The buffer is always large enough: strings have at most sizeof(value.text) bytes. */

typedef size_t (*encode_start)(size_t size, unsigned char *buf, size_t room);

static void put_start(struct widgets_channel *ch, encode_start encode, size_t count)
{
	ch->len += encode(count, ch->doc + ch->len, sizeof(ch->doc) - ch->len);
}

static void put_bytes(struct widgets_channel *ch, encode_start encode, const void *data, size_t len)
{
	put_start(ch, encode, len);
	memcpy(ch->doc + ch->len, data, len);
	ch->len += len;
}

static void put_text(struct widgets_channel *ch, const char *text)
{
	put_bytes(ch, cbor_encode_string_start, text, strlen(text));
}

static void put_int(struct widgets_channel *ch, s64 value)
{
	unsigned char *to = ch->doc + ch->len;
	size_t room = sizeof(ch->doc) - ch->len;

	ch->len += value < 0 ? cbor_encode_negint(-1 - value, to, room) :
		   cbor_encode_uint(value, to, room);
}

static void put_value(struct widgets_channel *ch, const struct widget_value *v)
{
	unsigned char *to = ch->doc + ch->len;
	size_t room = sizeof(ch->doc) - ch->len;

	switch (v->kind) {
	case VALUE_NONE:
		break;
	case VALUE_INT:
		put_int(ch, v->number);
		break;
	case VALUE_FLOAT:
		ch->len += cbor_encode_double(v->number, to, room);
		break;
	case VALUE_BOOL:
		ch->len += cbor_encode_bool(v->number, to, room);
		break;
	case VALUE_TEXT:
		put_text(ch, v->text);
		break;
	}
}

static u32 count_keys(const struct widget *w)
{
	if (w->value.kind == VALUE_NONE)
		return 7;
	return 3 + !!w->unit + !!w->options + 3 * (w->max.kind != VALUE_NONE);
}

static void put_number(struct widgets_channel *ch, s64 key, s64 value)
{
	put_int(ch, key);
	put_int(ch, value);
}

static void put_depth(struct widgets_channel *ch)
{
	put_int(ch, KEY_DATA);
	put_bytes(ch, cbor_encode_bytestring_start, ch->depth,
		  ch->measured ? sizeof(ch->depth) : 0);
	put_number(ch, KEY_WIDTH, DEPTH_SIDE);
	put_number(ch, KEY_HEIGHT, DEPTH_SIDE);
	put_number(ch, KEY_DATA_MIN, 0);
	put_number(ch, KEY_DATA_MAX, DEPTH_MAX);
}

static void put_slider(struct widgets_channel *ch, const struct widget *w)
{
	put_int(ch, KEY_MIN);
	put_value(ch, &w->min);
	put_int(ch, KEY_MAX);
	put_value(ch, &w->max);
	put_int(ch, KEY_STEP);
	put_value(ch, &w->step);
}

static void put_options(struct widgets_channel *ch, const char *const *options)
{
	u32 count = 0;

	while (options[count])
		count++;
	put_int(ch, KEY_OPTIONS);
	put_start(ch, cbor_encode_array_start, count);
	for (u32 i = 0; i < count; i++)
		put_text(ch, options[i]);
}

static void put_widget(struct widgets_channel *ch, const struct widget *w)
{
	put_start(ch, cbor_encode_map_start, count_keys(w));
	put_int(ch, KEY_NAME);
	put_text(ch, w->name);
	put_int(ch, KEY_TYPE);
	put_text(ch, w->type);
	if (w->value.kind == VALUE_NONE) {
		put_depth(ch);
		return;
	}
	put_int(ch, KEY_VALUE);
	put_value(ch, &w->shown);
	if (w->unit) {
		put_int(ch, KEY_UNIT);
		put_text(ch, w->unit);
	}
	if (w->max.kind != VALUE_NONE)
		put_slider(ch, w);
	if (w->options)
		put_options(ch, w->options);
}

/* The script. */

static void assign(struct widgets_channel *ch, struct widget *w, const struct widget_value *v)
{
	w->value = *v;
	w->shown = *v;
	ch->dirty = true;
}

/* The temperature rises by 0.1 degrees per call, up to 35; an edge moves across the depth map. */
static void measure(struct widgets_channel *ch)
{
	const struct widget_value temp = FLOAT(25 + ch->measured % 100 * 0.1);

	for (u32 i = 0; i < ARRAY_SIZE(ch->depth); i++) {
		float mm = (i + ch->measured) % DEPTH_SIDE * DEPTH_MAX / DEPTH_SIDE;
		u32 bits;

		memcpy(&bits, &mm, sizeof(bits));
		ch->depth[i] = cpu_to_le32(bits);
	}
	ch->measured++;
	assign(ch, &ch->widgets[WIDGET_TEMP], &temp);
}

/* on_read() of the script assigns all widgets; without it they keep the last assigned value. */
static void on_read(struct widgets_channel *ch)
{
	measure(ch);
	for (u32 i = 0; i < WIDGET_COUNT; i++)
		ch->widgets[i].shown = ch->widgets[i].value;
}

/* The channel. */

static bool widgets_poll(void *priv)
{
	const struct widgets_channel *ch = priv;

	return ch->on_read || ch->dirty;
}

static u32 widgets_size(void *priv)
{
	struct widgets_channel *ch = priv;

	if (ch->on_read)
		on_read(ch);
	ch->dirty = false;
	ch->len = 0;
	put_start(ch, cbor_encode_array_start, WIDGET_COUNT);
	for (u32 i = 0; i < WIDGET_COUNT; i++)
		put_widget(ch, &ch->widgets[i]);
	return ch->len;
}

static s32 widgets_read(void *priv, u32 offset, void *buf, u32 len)
{
	const struct widgets_channel *ch = priv;

	return channel_copy(ch->doc, ch->len, offset, buf, len);
}

/* MicroPython's decoder raises an exception for tags, "undefined" and 16-bit floats. */
static bool decodable(const cbor_item_t *item)
{
	switch (cbor_typeof(item)) {
	case CBOR_TYPE_TAG:
		return false;
	case CBOR_TYPE_FLOAT_CTRL:
		if (cbor_float_ctrl_is_ctrl(item))
			return cbor_ctrl_value(item) != CBOR_CTRL_UNDEF;
		return cbor_float_get_width(item) != CBOR_FLOAT_16;
	case CBOR_TYPE_ARRAY:
		for (size_t i = 0; i < cbor_array_size(item); i++) {
			if (!decodable(cbor_array_handle(item)[i]))
				return false;
		}
		return true;
	case CBOR_TYPE_MAP:
		for (size_t i = 0; i < cbor_map_size(item); i++) {
			if (!decodable(cbor_map_handle(item)[i].key) ||
			    !decodable(cbor_map_handle(item)[i].value))
				return false;
		}
		return true;
	default:
		return true;
	}
}

static const cbor_item_t *find_key(const cbor_item_t *map, u64 key)
{
	for (size_t i = 0; i < cbor_map_size(map); i++) {
		const struct cbor_pair *pair = &cbor_map_handle(map)[i];

		if (cbor_isa_uint(pair->key) && cbor_get_int(pair->key) == key)
			return pair->value;
	}
	return NULL;
}

static bool get_text(const cbor_item_t *item, char *text, size_t size)
{
	if (!item || !cbor_isa_string(item) || !cbor_string_is_definite(item) ||
	    cbor_string_length(item) >= size)
		return false;
	snprintf(text, size, "%.*s", (int)cbor_string_length(item),
		 (const char *)cbor_string_handle(item));
	return true;
}

static bool get_value(const cbor_item_t *item, struct widget_value *v)
{
	*v = (struct widget_value){ 0 };
	if (!item)
		return false;
	if (cbor_is_float(item)) {
		v->kind = VALUE_FLOAT;
		v->number = cbor_float_get_float(item);
	} else if (cbor_is_bool(item)) {
		v->kind = VALUE_BOOL;
		v->number = cbor_get_bool(item);
	} else if (cbor_is_int(item)) {
		v->number = cbor_get_int(item);
		if (cbor_isa_negint(item))
			v->number = -1 - v->number;
		v->kind = fabs(v->number) < INT_EXACT ? VALUE_INT : VALUE_FLOAT;
	} else {
		v->kind = VALUE_TEXT;
		return get_text(item, v->text, sizeof(v->text));
	}
	return true;
}

static bool is_number(const struct widget_value *v)
{
	return v->kind == VALUE_INT || v->kind == VALUE_FLOAT;
}

static bool fits(const struct widget *w, const struct widget_value *v)
{
	return w->value.kind == v->kind || (is_number(&w->value) && is_number(v));
}

static struct widget *find_widget(struct widgets_channel *ch, const char *name)
{
	for (u32 i = 0; i < WIDGET_COUNT; i++) {
		if (!strcmp(ch->widgets[i].name, name))
			return &ch->widgets[i];
	}
	return NULL;
}

/* Apply one map of a write. Return: true if a value has changed */
static bool update(struct widgets_channel *ch, const cbor_item_t *map)
{
	struct widget_value v, before;
	struct widget *w;
	char name[32];

	if (!cbor_isa_map(map) || !get_text(find_key(map, KEY_NAME), name, sizeof(name)))
		return false;
	w = find_widget(ch, name);
	if (!w || !get_value(find_key(map, KEY_VALUE), &v) || !fits(w, &v))
		return false;
	before = w->value;
	w->value = v;
	return before.kind != v.kind || before.number != v.number || strcmp(before.text, v.text);
}

static void changed(struct widgets_channel *ch)
{
	if (ch->changed)
		ch->changed(ch->ctx);
}

/* Invalid CBOR makes the script raise an exception, which results in an ACK (T-12). */
static s32 widgets_write(void *priv, u32 offset, const void *buf, u32 len)
{
	struct widgets_channel *ch = priv;
	struct cbor_load_result result;
	cbor_item_t *doc = cbor_load(buf, len, &result);
	bool other = false;

	(void)offset;
	if (doc && cbor_isa_array(doc) && decodable(doc)) {
		for (size_t i = 0; i < cbor_array_size(doc); i++)
			other |= update(ch, cbor_array_handle(doc)[i]);
	}
	if (doc)
		cbor_decref(&doc);
	if (!other)
		return len;
	changed(ch);
	if (ch->on_read)
		omv_device_event(ch->dev, ch->id, OMV_EV_NOTIFY);
	return len;
}

const struct omv_channel_ops widgets_ops = {
	.poll = widgets_poll,
	.size = widgets_size,
	.read = widgets_read,
	.write = widgets_write,
};

void widgets_channel_reset(struct widgets_channel *ch)
{
	*ch = (struct widgets_channel){ .dirty = true, .changed = ch->changed, .ctx = ch->ctx };
	memcpy(ch->widgets, widgets, sizeof(widgets));
	for (u32 i = 0; i < WIDGET_COUNT; i++)
		ch->widgets[i].shown = ch->widgets[i].value;
}

u64 widgets_channel_run(struct widgets_channel *ch, u64 now)
{
	if (!ch->id || ch->on_read)
		return U64_MAX;
	if (now >= ch->next) {
		if (ch->next) {
			measure(ch);
			omv_device_event(ch->dev, ch->id, OMV_EV_NOTIFY);
		}
		ch->next = now + TICK_MS;
	}
	return ch->next;
}

bool widgets_channel_set(struct widgets_channel *ch, const char *name, const char *text)
{
	struct widget *w = find_widget(ch, name);
	struct widget_value v = { .kind = w ? w->value.kind : VALUE_NONE };
	char *end = "";

	switch (v.kind) {
	case VALUE_NONE:
		return false;
	case VALUE_INT:
	case VALUE_FLOAT:
		v.kind = strspn(text, "+-0123456789") == strlen(text) ? VALUE_INT : VALUE_FLOAT;
		v.number = strtod(text, &end);
		break;
	case VALUE_BOOL:
		v.number = !strcmp(text, "true");
		if (!v.number && strcmp(text, "false"))
			return false;
		break;
	case VALUE_TEXT:
		snprintf(v.text, sizeof(v.text), "%s", text);
		break;
	}
	if (!*text || *end)
		return false;
	assign(ch, w, &v);
	changed(ch);
	omv_device_event(ch->dev, ch->id, OMV_EV_NOTIFY);
	return true;
}

/* Return: the value within min and max: a host may write any value */
static double limited(const struct widget *w)
{
	return fmax(w->min.number, fmin(w->value.number, w->max.number));
}

void widgets_channel_effects(const struct widgets_channel *ch, struct effects *effects)
{
	const struct widget *w = ch->widgets;
	const char *effect = w[WIDGET_EFFECT].value.text;

	effects->mirror ^= (bool)w[WIDGET_MIRROR].value.number;
	effects->brightness = limited(&w[WIDGET_BRIGHTNESS]) * 255 / 100;
	effects->boost = limited(&w[WIDGET_GAIN]) - 1;
	effects->negative = !strcmp(effect, "negative");
	effects->grey = !strcmp(effect, "grey");
}
