// SPDX-License-Identifier: GPL-2.0-only
/*
 * The channels of the camera other than frame and config, and the settings of config.
 */
#include <cbor.h>
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <turbojpeg.h>

#include "camera_rig.h"

/* The id after frame and config. */
enum { FIRST = CONFIG + 1 };

static void options(struct camera_options *o, const char *text)
{
	char words[4096], why[512];

	snprintf(words, sizeof(words), "%s", text);
	if (!script_parse(&o->script, words, why, sizeof(why)))
		fail_msg("%s: %s", text, why);
}

static struct rig *start_with(const char *text)
{
	struct camera_options o = defaults();

	options(&o, text);
	return start(&o);
}

static bool command(struct rig *r, const char *line)
{
	char copy[1024];

	snprintf(copy, sizeof(copy), "%s", line);
	return camera_command(r->cam, copy);
}

/* @lines has a line for each command, none of which has an effect. */
static void assert_no_effect(struct rig *r, const char *lines)
{
	char copy[512], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", lines);
	for (char *at = strtok_r(copy, "\n", &save); at; at = strtok_r(NULL, "\n", &save)) {
		if (command(r, at))
			fail_msg("\"%s\" had an effect", at);
	}
}

/* SIZE and READ. Return: the content, NUL-terminated */
static const char *content(struct rig *r, u8 channel)
{
	u32 size = size_of(r, channel);

	if (size)
		assert_int_equal(read_at(r, channel, 0, size)->len, size);
	r->reply.data[size] = 0;
	return (const char *)r->reply.data;
}

static u32 list(struct rig *r)
{
	return request(r, 0, OMV_OP_LIST, NULL, 0)->len / 16;
}

static void test_list(void **state)
{
	struct rig *r = start_with("--histogram --telemetry --trigger --widgets");
	const u8 *at;

	(void)state;
	assert_int_equal(list(r), 10);
	at = r->reply.data + 16 * FIRST;
	assert_entry(at, FIRST, 0x21, "histogram");
	assert_entry(at + 16, FIRST + 1, 0x21, "telemetry");
	assert_entry(at + 32, FIRST + 2, 0x23, "trigger");
	assert_entry(at + 48, FIRST + 3, 0x23, "ui");
	stop(r);

	r = start_with("--no-frame --widgets --widgets-name 0123456789abc");
	assert_int_equal(list(r), 5);
	assert_entry(r->reply.data + 64, 4, 0x23, "0123456789abc");
	stop(r);
}

static u32 word_at(const struct rig *r, u32 index)
{
	__le32 v;

	memcpy(&v, r->reply.data + 4 * index, 4);
	return le32_to_cpu(v);
}

static double mean_of_bins(struct rig *r, u8 channel)
{
	u64 sum = 0, count = 0;

	content(r, channel);
	assert_int_equal(r->reply.len, 1024);
	assert_int_equal(r->reply.packets, 2);
	for (u32 i = 0; i < 256; i++) {
		count += word_at(r, i);
		sum += (u64)i * word_at(r, i);
	}
	assert_int_equal(count, 320 / 8 * 240 / 8);
	return (double)sum / count;
}

static double mean_of_picture(const struct jpeg *jpeg)
{
	tjhandle tj = tjInitDecompress();
	static u8 luma[320 * 240];
	double sum = 0;

	assert_int_equal(tjDecompress2(tj, jpeg->data, jpeg->len, luma, 320, 0, 240, TJPF_GRAY, 0),
			 0);
	tjDestroy(tj);
	for (u32 i = 0; i < sizeof(luma); i++)
		sum += luma[i];
	return sum / sizeof(luma);
}

static void test_histogram(void **state)
{
	struct rig *r = start_with("--histogram --fps 100");
	struct jpeg *last;
	double before, after;
	u32 events;

	(void)state;
	wait_until(r, r->events[FIRST] > 10);
	assert_int_equal(r->last_event[FIRST], 1);
	assert_int_equal(request(r, FIRST, OMV_OP_SHAPE, NULL, 0)->len, 4);
	assert_int_equal(word_at(r, 0), 256);
	mean_of_bins(r, FIRST);

	/* The histogram is that of the last captured frame. */
	events = r->events[FIRST];
	wait_until(r, r->events[FIRST] > events);
	assert_true(command(r, "stop"));
	rest(r, 20);
	last = r->cam->extras.histogram.jpeg;
	assert_non_null(last);
	assert_true(poll_bits(r) & 1 << FIRST);
	before = mean_of_picture(last);
	after = mean_of_bins(r, FIRST);
	if (fabs(before - after) > 1)
		fail_msg("the mean of the picture is %f, of the histogram %f", before, after);
	assert_false(poll_bits(r) & 1 << FIRST);
	assert_true(mean_of_bins(r, FIRST) == after);

	assert_nak(read_at(r, FIRST, 1000, 100), OMV_ST_FAILED);
	assert_int_equal(r->reply.len, 24);
	assert_nak(write_text(r, FIRST, 0, "x"), OMV_ST_INVALID);
	stop(r);
}

/* Before the first frame all is 0. */
static void test_histogram_of_nothing(void **state)
{
	struct rig *r = start_with("--histogram --fps 0 --no-frame");

	(void)state;
	assert_false(poll_bits(r) & 1 << 4);
	content(r, 4);
	assert_int_equal(r->reply.len, 1024);
	for (u32 i = 0; i < 256; i++)
		assert_int_equal(word_at(r, i), 0);
	stop(r);
}

static double json_number(struct json_object *o, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(o, key, &value))
		fail_msg("no %s", key);
	return json_object_get_double(value);
}

static void test_telemetry(void **state)
{
	struct rig *r = start_with("--telemetry --telemetry-ms 50 --fps 100");
	struct json_object *o;
	u32 events;

	(void)state;
	rest(r, 500);
	events = r->events[FIRST];
	if (events < 5 || events > 11)
		fail_msg("%u events in half a second", events);
	assert_int_equal(r->last_event[FIRST], OMV_EV_NOTIFY);
	assert_true(poll_bits(r) & 1 << FIRST);
	o = json_tokener_parse(content(r, FIRST));
	assert_non_null(o);
	assert_true(json_number(o, "frame") > 10);
	assert_in_range(json_number(o, "fps"), 50, 150);
	assert_in_range(json_number(o, "fpa_temp"), 30, 40);
	assert_in_range(json_number(o, "uptime_ms"), 500, 60000);
	assert_int_equal(json_number(o, "quality"), 85);
	json_object_put(o);
	stop(r);

	r = start_with("--telemetry --telemetry-ms 0");
	rest(r, 50);
	assert_int_equal(r->events[FIRST], 0);
	assert_true(poll_bits(r) & 1 << FIRST);
	assert_string_not_equal(content(r, FIRST), "");
	assert_true(poll_bits(r) & 1 << FIRST);
	stop(r);
}

static void test_trigger(void **state)
{
	struct rig *r = start_with("--trigger");

	(void)state;
	assert_string_equal(content(r, FIRST), "0\n");
	assert_int_equal(r->events[FIRST], 0);
	assert_ack(write_text(r, FIRST, 0, "go"));
	wait_until(r, r->events[FIRST] == 1);
	assert_int_equal(r->last_event[FIRST], 1);
	assert_true(poll_bits(r) & 1 << FIRST);
	assert_string_equal(content(r, FIRST), "1\n");
	assert_false(poll_bits(r) & 1 << FIRST);

	assert_true(command(r, "press"));
	assert_true(command(r, "press from the camera"));
	wait_until(r, r->last_event[FIRST] == 3);
	assert_string_equal(content(r, FIRST), "3\n");
	assert_ack(write_bytes(r, FIRST, 5, "\0\1\2", 3));
	assert_string_equal(content(r, FIRST), "4\n");

	r->cam->extras.trigger.count = 0xfffe;
	assert_ack(write_text(r, FIRST, 0, "x"));
	wait_until(r, r->last_event[FIRST] == 0x7fff);
	assert_string_equal(content(r, FIRST), "65535\n");
	stop(r);

	r = start_with("");
	assert_no_effect(r, "press");
	stop(r);
}

/* Widgets. */

static cbor_item_t *document(struct rig *r, u8 channel)
{
	struct cbor_load_result result;
	cbor_item_t *doc;

	content(r, channel);
	doc = cbor_load(r->reply.data, r->reply.len, &result);
	assert_non_null(doc);
	assert_int_equal(result.read, r->reply.len);
	assert_true(cbor_isa_array(doc));
	assert_int_equal(cbor_array_size(doc), WIDGET_COUNT);
	return doc;
}

static const cbor_item_t *key_of(const cbor_item_t *doc, u32 widget, int key)
{
	const cbor_item_t *map = cbor_array_handle(doc)[widget];

	for (size_t i = 0; i < cbor_map_size(map); i++) {
		const struct cbor_pair *p = &cbor_map_handle(map)[i];
		int n = cbor_get_int(p->key);

		if (cbor_isa_negint(p->key))
			n = -1 - n;
		if (n == key)
			return p->value;
	}
	return NULL;
}

static void assert_key(const cbor_item_t *doc, u32 widget, int key, const char *text)
{
	const cbor_item_t *item = key_of(doc, widget, key);
	char got[64];

	if (!item)
		snprintf(got, sizeof(got), "nothing");
	else if (cbor_isa_string(item))
		snprintf(got, sizeof(got), "%.*s", (int)cbor_string_length(item),
			 (const char *)cbor_string_handle(item));
	else if (cbor_is_float(item))
		snprintf(got, sizeof(got), "%g (%d bytes)", cbor_float_get_float(item),
			 1 << cbor_float_get_width(item));
	else if (cbor_is_bool(item))
		snprintf(got, sizeof(got), "%s", cbor_get_bool(item) ? "true" : "false");
	else if (cbor_isa_uint(item))
		snprintf(got, sizeof(got), "%llu", (unsigned long long)cbor_get_int(item));
	else if (cbor_isa_negint(item))
		snprintf(got, sizeof(got), "-%llu", 1ull + cbor_get_int(item));
	else
		snprintf(got, sizeof(got), "something else");
	if (strcmp(got, text))
		fail_msg("widget %u, key %d: %s, not %s", widget, key, got, text);
}

static void assert_shown(struct rig *r, u8 channel, u32 widget, const char *text)
{
	cbor_item_t *doc = document(r, channel);

	assert_key(doc, widget, 2, text);
	cbor_decref(&doc);
}

/* Section 12.9. */
static void test_widgets_document(void **state)
{
	struct rig *r = start_with("--widgets");
	cbor_item_t *doc = document(r, FIRST);
	const cbor_item_t *options, *data;

	(void)state;
	assert_int_equal(r->reply.data[0], 0x80 | WIDGET_COUNT);
	assert_key(doc, WIDGET_TEMP, 0, "fpa_temp");
	assert_key(doc, WIDGET_TEMP, -30, "label");
	assert_key(doc, WIDGET_TEMP, 1, "Cel");
	assert_key(doc, WIDGET_TEMP, 2, "25 (8 bytes)");
	assert_key(doc, WIDGET_STATUS, 2, "ready");
	assert_key(doc, WIDGET_STATUS, 1, "nothing");
	assert_key(doc, WIDGET_MIRROR, -30, "toggle");
	assert_key(doc, WIDGET_MIRROR, 2, "false");
	assert_key(doc, WIDGET_MIRROR, -31, "nothing");
	assert_key(doc, WIDGET_BRIGHTNESS, -30, "slider");
	assert_key(doc, WIDGET_BRIGHTNESS, -31, "-100");
	assert_key(doc, WIDGET_BRIGHTNESS, -32, "100");
	assert_key(doc, WIDGET_BRIGHTNESS, -33, "5");
	assert_key(doc, WIDGET_GAIN, -31, "0.5 (8 bytes)");
	assert_key(doc, WIDGET_GAIN, -33, "0.1 (8 bytes)");
	assert_key(doc, WIDGET_EFFECT, -30, "select");
	options = key_of(doc, WIDGET_EFFECT, -34);
	assert_int_equal(cbor_array_size(options), 3);
	assert_key(doc, WIDGET_DEPTH, -30, "depth");
	assert_key(doc, WIDGET_DEPTH, 2, "nothing");
	assert_key(doc, WIDGET_DEPTH, -20, "8");
	assert_key(doc, WIDGET_DEPTH, -24, "4000");
	data = key_of(doc, WIDGET_DEPTH, 8);
	assert_true(cbor_isa_bytestring(data));
	assert_int_equal(cbor_bytestring_length(data), 0);
	cbor_decref(&doc);

	/* The script measures periodically and sends an event. */
	assert_false(poll_bits(r) & 1 << FIRST);
	wait_until(r, r->events[FIRST] == 2);
	assert_int_equal(r->last_event[FIRST], OMV_EV_NOTIFY);
	assert_true(poll_bits(r) & 1 << FIRST);
	doc = document(r, FIRST);
	assert_key(doc, WIDGET_TEMP, 2, "25.1 (8 bytes)");
	data = key_of(doc, WIDGET_DEPTH, 8);
	assert_int_equal(cbor_bytestring_length(data), 8 * 8 * 4);
	assert_memory_equal(cbor_bytestring_handle(data), "\0\0\xfa\x43\0\0\x7a\x44", 8);
	cbor_decref(&doc);
	assert_false(poll_bits(r) & 1 << FIRST);
	stop(r);
}

#define MIRROR_ON	"\x81\xa2\x00\x66mirror\x02\xf5"
#define write_cbor(r, text)	assert_ack(write_bytes(r, FIRST, 0, text, sizeof(text) - 1))

/* A written value takes effect at once, but is in the document only after an assignment. */
static void test_widgets_write(void **state)
{
	struct rig *r = start_with("--widgets --no-frame --channel x");
	u8 ui = 4;

	(void)state;
	assert_ack(write_bytes(r, ui, 0, MIRROR_ON, sizeof(MIRROR_ON) - 1));
	assert_true(r->cam->enc.effects.mirror);
	assert_int_equal(r->events[ui], 0);
	assert_shown(r, ui, WIDGET_MIRROR, "false");
	assert_true(command(r, "widget gain=2.5"));
	wait_until(r, r->events[ui] == 1);
	assert_true(poll_bits(r) & 1 << ui);
	assert_shown(r, ui, WIDGET_MIRROR, "false");
	assert_shown(r, ui, WIDGET_GAIN, "2.5 (8 bytes)");
	assert_true(command(r, "widget mirror=true"));
	assert_shown(r, ui, WIDGET_MIRROR, "true");
	assert_true(command(r, "widget status=too hot"));
	assert_shown(r, ui, WIDGET_STATUS, "too hot");
	assert_true(command(r, "widget gain=2"));
	assert_shown(r, ui, WIDGET_GAIN, "2");
	assert_no_effect(r, "widget gain=much\nwidget gain=\nwidget gain\nwidget mirror=1\n"
			 "widget depth=1\nwidget what=1");
	stop(r);
}

static void test_widgets_on_read(void **state)
{
	struct rig *r = start_with("--widgets --widgets-on-read");
	u32 events = 0;

	(void)state;
	assert_true(poll_bits(r) & 1 << FIRST);
	assert_shown(r, FIRST, WIDGET_TEMP, "25 (8 bytes)");
	assert_shown(r, FIRST, WIDGET_TEMP, "25.1 (8 bytes)");
	assert_true(poll_bits(r) & 1 << FIRST);
	write_cbor(r, MIRROR_ON);
	wait_until(r, r->events[FIRST] == ++events);
	assert_int_equal(r->last_event[FIRST], OMV_EV_NOTIFY);
	assert_shown(r, FIRST, WIDGET_MIRROR, "true");
	write_cbor(r, MIRROR_ON);

	/* Several at once, in an indefinite array; what is not there, or has no value, is skipped. */
	write_cbor(r, "\x9f\xa2\x00\x64gain\x02\xfa\x3f\x40\x00\x00"
		   "\xa2\x00\x64what\x02\x01" "\xa1\x00\x66mirror" "\xa2\x00\x66mirror\x02\xf6"
		   "\xa2\x02\x01\x00\x05" "\xbf\x18\x63\x60\x02\x68negative\x00\x66"
		   "effect\xff" "\xa2\x00\x6a" "brightness\x02\x38\x13\xff");
	assert_shown(r, FIRST, WIDGET_GAIN, "0.75 (8 bytes)");
	assert_shown(r, FIRST, WIDGET_MIRROR, "true");
	assert_shown(r, FIRST, WIDGET_EFFECT, "negative");
	assert_shown(r, FIRST, WIDGET_BRIGHTNESS, "-20");
	assert_int_equal(r->cam->enc.effects.brightness, -51);
	assert_true(r->cam->enc.effects.boost == -0.25f);
	assert_true(r->cam->enc.effects.negative);

	/* The value is not limited, only its effect is. */
	write_cbor(r, "\x81\xa2\x00\x64gain\x02\x18\x63");
	assert_shown(r, FIRST, WIDGET_GAIN, "99");
	assert_true(r->cam->enc.effects.boost == 3);
	write_cbor(r, "\x81\xa2\x00\x64gain\x02\xfb\x7f\xf8\0\0\0\0\0\0");
	assert_true(isfinite(r->cam->enc.effects.boost));
	write_cbor(r, "\x81\xa2\x00\x6a" "brightness\x02\x1b\xff\xff\xff\xff\xff\xff\xff\xff");
	assert_shown(r, FIRST, WIDGET_BRIGHTNESS, "1.84467e+19 (8 bytes)");
	stop(r);
}

static void test_widgets_garbage(void **state)
{
#define GARBAGE(text)	{ text, sizeof(text) - 1 }
	static const struct {
		const char *text;
		u32 len;
	} writes[] = {
		GARBAGE("\xff"), GARBAGE("nonsense"), GARBAGE("\x81"), GARBAGE("{\"mirror\": true}"),
		GARBAGE("\x81\xa2\x00\x66mirror\x02"),
		GARBAGE("\xa2\x00\x66mirror\x02\xf5"),			/* not an array */
		GARBAGE("\x82\xa2\x00\x66mirror\x02\xf5\xf9\x3c\x00"),	/* a half float */
		GARBAGE("\x82\xa2\x00\x66mirror\x02\xf5\xc1\x01"),	/* a tag */
		GARBAGE("\x82\xa2\x00\x66mirror\x02\xf5\xf7"),		/* undefined */
		GARBAGE("\x82\xa2\x00\x66mirror\x02\xf5\x81\xa1\x01\xf7"),
		GARBAGE("\x81\xa2\x00\x66mirror\x02\x01"),		/* another type */
		GARBAGE("\x81\xa2\x00\x66mirror\x02\x61x"),
		GARBAGE("\x81\xa2\x00\x66" "effect\x02\x01"),
		GARBAGE("\x81\xa2\x00\x65" "depth\x02\x01"),
		GARBAGE("\x81\xa2\x00\x66" "effect\x02\x78\x28"
			"0123456789012345678901234567890123456789"),
		GARBAGE("\x81\xa2\x61\x30\x66mirror\x02\xf5"),
	};
	struct rig *r = start_with("--widgets --widgets-on-read");
	u8 deep[4000];

	(void)state;
	memset(deep, 0x81, sizeof(deep));
	assert_ack(write_bytes(r, FIRST, 0, deep, sizeof(deep)));
	for (size_t i = 0; i < ARRAY_SIZE(writes); i++) {
		assert_ack(write_bytes(r, FIRST, 0, writes[i].text, writes[i].len));
		assert_shown(r, FIRST, WIDGET_MIRROR, "false");
		assert_shown(r, FIRST, WIDGET_EFFECT, "none");
	}
	assert_int_equal(r->events[FIRST], 0);
	stop(r);
}

/* The config's document. */

#define KNOBS	"--config-json '{\"quality\": 70, \"exposure\": 1000, \"gain\": 2.50, "	\
		"\"hmirror\": false, \"vflip\": true, \"mode\": \"day/night\", \"a key\": 3.0}' "

static void assert_config(struct rig *r, const char *text)
{
	assert_string_equal(content(r, CONFIG), text);
}

static void test_config_keys(void **state)
{
	struct rig *r = start_with(KNOBS);

	(void)state;
	assert_config(r, "{\"quality\": 70, \"exposure\": 1000, \"gain\": 2.5, \"hmirror\": false, "
		      "\"vflip\": true, \"mode\": \"day/night\", \"a key\": 3.0}");
	assert_true(r->cam->enc.effects.flip);
	fetch(r);
	assert_int_equal(fetch(r).quality, 70);

	/* One key, several, a float that is an integer, those that are not there. */
	assert_ack(write_text(r, CONFIG, 0, "{\"exposure\": 2000}"));
	assert_ack(write_text(r, CONFIG, 0, "{\"gain\": 3, \"hmirror\": true, \"vflip\": false, "
			      "\"foo\": 1, \"mode\": \"\", \"a key\": 0.1, \"quality\": 60}"));
	assert_config(r, "{\"quality\": 60, \"exposure\": 2000, \"gain\": 3.0, \"hmirror\": true, "
		      "\"vflip\": false, \"mode\": \"\", \"a key\": 0.1}");
	assert_true(r->cam->enc.effects.mirror);
	assert_false(r->cam->enc.effects.flip);
	assert_int_equal(r->cam->config.quality, 60);
	assert_int_equal(r->cam->config.accepted, 2);

	/* All or nothing. */
	assert_ack(write_text(r, CONFIG, 0, "{\"exposure\": 1, \"gain\": \"3\"}"));
	assert_ack(write_text(r, CONFIG, 0, "{\"exposure\": 1, \"hmirror\": 0}"));
	assert_ack(write_text(r, CONFIG, 0, "{\"exposure\": 1.5}"));
	assert_ack(write_text(r, CONFIG, 0, "{\"exposure\": 1, \"mode\": null}"));
	assert_ack(write_text(r, CONFIG, 0, "{\"exposure\": 1, \"gain\": NaN}"));
	assert_ack(write_text(r, CONFIG, 0, "{\"exposure\": 1, \"quality\": 0}"));
	assert_config(r, "{\"quality\": 60, \"exposure\": 2000, \"gain\": 3.0, \"hmirror\": true, "
		      "\"vflip\": false, \"mode\": \"\", \"a key\": 0.1}");
	assert_int_equal(r->cam->config.refused, 6);
	stop(r);
}

static void test_config_any_document(void **state)
{
	struct rig *r = start_with("--quality 40 --config-json {}");

	(void)state;
	assert_config(r, "{}");
	assert_ack(write_text(r, CONFIG, 0, "{\"quality\": 50}"));
	fetch(r);
	assert_int_equal(fetch(r).quality, 40);
	stop(r);

	/* Other JSON types are kept. */
	r = start_with("--config-json {\"n\":null,\"list\":[1,2],\"o\":{\"quality\":5},\"\\u00e4\":1}");
	assert_ack(write_text(r, CONFIG, 0, "{\"n\": 1}"));
	assert_ack(write_text(r, CONFIG, 0, "{\"list\": [3]}"));
	assert_config(r, "{\"n\": null, \"list\": [3], \"o\": {\"quality\":5}, \"\xc3\xa4\": 1}");
	stop(r);
}

/* A text for which the document has no room is refused. */
static void test_config_grows(void **state)
{
	struct rig *r = start_with("--config-json {\"a\":\"\",\"b\":\"\",\"c\":\"\"}");
	char text[4000];

	(void)state;
	for (int key = 'a'; key <= 'c'; key++) {
		snprintf(text, sizeof(text), "{\"%c\": \"%3900d\"}", key, key);
		assert_ack(write_text(r, CONFIG, 0, text));
	}
	assert_int_equal(r->cam->config.accepted, 2);
	assert_int_equal(size_of(r, CONFIG), 2 * 3900 + 27);
	assert_int_equal(read_at(r, CONFIG, 0, 2 * 3900 + 27)->len, 2 * 3900 + 27);
	assert_int_equal(r->reply.packets, (2 * 3900 + 27 + 511) / 512);
	stop(r);
}

/* A value with its range or its options is written alone; one that is not finite is as Python's. */
static void test_config_objects(void **state)
{
	struct rig *r = start_with("--config-json '{\"exposure\": {\"value\": 1000, \"max\": 9}, "
				   "\"mode\": {\"value\": 4, \"options\": [4, \"x\"]}, \"gain\": NaN}'");

	(void)state;
	assert_config(r, "{\"exposure\": {\"value\":1000,\"max\":9}, "
		      "\"mode\": {\"value\":4,\"options\":[4,\"x\"]}, \"gain\": nan}");
	assert_ack(write_text(r, CONFIG, 0, "{\"exposure\": 2000, \"mode\": \"x\", \"gain\": 2}"));
	assert_config(r, "{\"exposure\": {\"value\":2000,\"max\":9}, "
		      "\"mode\": {\"value\":\"x\",\"options\":[4,\"x\"]}, \"gain\": 2.0}");
	assert_ack(write_text(r, CONFIG, 0, "{\"exposure\": \"2000\"}"));
	assert_ack(write_text(r, CONFIG, 0, "{\"exposure\": 1.5}"));
	assert_ack(write_text(r, CONFIG, 0, "{\"mode\": 5}"));
	assert_int_equal(r->cam->config.refused, 3);
	stop(r);
}

static void test_config_rules(void **state)
{
	struct rig *r = start_with(KNOBS "--config-clamp exposure=100:5000 --config-clamp gain=1:4.5 "
				   "--config-fixed mode --config-clamp quality=10:90");

	(void)state;
	assert_ack(write_text(r, CONFIG, 0, "{\"exposure\": 9999, \"gain\": 0, \"mode\": \"x\", "
			      "\"quality\": 100}"));
	assert_config(r, "{\"quality\": 90, \"exposure\": 5000, \"gain\": 1.0, \"hmirror\": false, "
		      "\"vflip\": true, \"mode\": \"day/night\", \"a key\": 3.0}");
	assert_ack(write_text(r, CONFIG, 0, "{\"exposure\": -5, \"gain\": 99.5, \"quality\": 0}"));
	assert_config(r, "{\"quality\": 10, \"exposure\": 100, \"gain\": 4.5, \"hmirror\": false, "
		      "\"vflip\": true, \"mode\": \"day/night\", \"a key\": 3.0}");
	stop(r);
}

static void test_config_set(void **state)
{
	struct rig *r = start_with(KNOBS "--config-fixed mode");

	(void)state;
	assert_true(command(r, "set exposure=5"));
	wait_until(r, r->events[CONFIG] == 1);
	assert_int_equal(r->last_event[CONFIG], OMV_EV_NOTIFY);
	assert_true(command(r, "set gain=1"));
	assert_true(command(r, "set hmirror=true"));
	assert_true(command(r, "set mode=dark=night"));
	assert_true(command(r, "set a key=-1e3"));
	assert_true(command(r, "set quality=20"));
	wait_until(r, r->events[CONFIG] > 1);
	assert_config(r, "{\"quality\": 20, \"exposure\": 5, \"gain\": 1.0, \"hmirror\": true, "
		      "\"vflip\": true, \"mode\": \"dark=night\", \"a key\": -1000.0}");
	assert_true(r->cam->enc.effects.mirror);
	assert_true(command(r, "set mode=\"7\""));
	assert_non_null(strstr(content(r, CONFIG), "\"mode\": \"7\""));
	fetch(r);
	assert_int_equal(fetch(r).quality, 20);
	assert_no_effect(r, "set exposure=fast\nset exposure\nset mode=7\nset foo=1\nset quality=101");
	stop(r);
}

/* Pictures. */

static u8 *grey(const char *spec, const struct effects *effects, struct jpeg **raw)
{
	struct source_options so = { .spec = spec, .width = 161, .height = 123 };
	char why[512];
	struct source *s = source_open(&so, why, sizeof(why));
	struct jpeg *jpeg;

	assert_non_null(s);
	source_set_effects(s, effects);
	jpeg = source_encode(s, 9, 95);
	*raw = raw_convert(jpeg, OMV_PIX_GRAYSCALE, 161, 123);
	jpeg_put(jpeg);
	source_close(s);
	return (*raw)->data;
}

static void test_effects(void **state)
{
	static const struct effects effects[] = {
		{ .mirror = true }, { .flip = true }, { .mirror = true, .flip = true },
		{ .negative = true }, { .grey = true }, { .brightness = -40 }, { .boost = 0.5 },
	};
	struct jpeg *plain_raw, *raw;
	u8 *plain = grey("pattern", &(struct effects){ 0 }, &plain_raw);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(effects); i++) {
		const struct effects *e = &effects[i];
		u8 *got = grey("pattern", e, &raw);
		double off = 0;

		for (int y = 0; y < 123; y++) {
			for (int x = 0; x < 161; x++) {
				double want = plain[(e->flip ? 122 - y : y) * 161 +
						    (e->mirror ? 160 - x : x)];

				want = want * (1 + e->boost) + e->brightness;
				want = want < 0 ? 0 : want > 255 ? 255 : want;
				want = e->negative ? 255 - want : want;
				off += fabs(want - got[y * 161 + x]);
			}
		}
		if (off / (161 * 123) > 10)
			fail_msg("effects %zu: off by %f", i, off / (161 * 123));
		jpeg_put(raw);
	}
	jpeg_put(plain_raw);
}

/* A written value affects the next frame that is not encoded yet. */
static void test_effects_on_frames(void **state)
{
	struct rig *r = start_with("--config-json {\"hmirror\":false} --fps 0 --size 320x240");

	(void)state;
	assert_true(fetch(r).number != PICTURE_NO_NUMBER);
	assert_ack(write_text(r, CONFIG, 0, "{\"hmirror\": true}"));
	fetch(r);
	for (u32 i = 0; i < 5; i++)
		assert_int_equal(fetch(r).number, PICTURE_NO_NUMBER);
	assert_ack(write_text(r, CONFIG, 0, "{\"hmirror\": false}"));
	fetch(r);
	assert_true(fetch(r).number != PICTURE_NO_NUMBER);
	stop(r);
}

/* Stores. */

static void test_stores(void **state)
{
	struct rig *r = start_with("--no-frame --channel plain --channel a%20b%2F%c3%a4:r:600 "
				   "--channel 0123456789abc:w --channel %01%ff:p:1000 --channel x: "
				   "--channel x:rwl --channel x:e");
	const u8 *at;

	(void)state;
	assert_int_equal(list(r), 11);
	at = r->reply.data + 64;
	assert_entry(at, 4, 0x23, "plain");
	assert_entry(at + 16, 5, 0x21, "a b/\xc3\xa4");
	assert_entry(at + 32, 6, 0x22, "0123456789abc");
	assert_entry(at + 48, 7, 0x21, "\x01\xff");
	assert_entry(at + 64, 8, 0x20, "x");
	assert_entry(at + 80, 9, 0x2b, "x");
	assert_entry(at + 96, 10, 0x20, "x");

	content(r, 5);
	assert_int_equal(r->reply.packets, 2);
	for (u32 i = 0; i < 600; i++)
		assert_int_equal(r->reply.data[i], i % 251);
	content(r, 7);
	assert_int_equal(r->reply.packets, 1);
	assert_int_equal(r->reply.data[999], 999 % 251);
	assert_nak(read_at(r, 7, 999, 2), OMV_ST_FAILED);
	assert_nak(read_at(r, 6, 0, 1), OMV_ST_INVALID);
	assert_nak(write_text(r, 5, 0, "x"), OMV_ST_INVALID);
	assert_nak(request(r, 4, OMV_OP_LOCK, NULL, 0), OMV_ST_BUSY);
	wait_until(r, r->events[10] == 2);
	assert_int_equal(r->events[9], 0);
	stop(r);
}

static void test_store_writes(void **state)
{
	struct rig *r = start_with("--no-frame --channel b");
	u8 block[4000];
	u32 at = 0;

	(void)state;
	assert_string_equal(content(r, 4), "");
	assert_false(poll_bits(r) & 1 << 4);
	assert_ack(write_text(r, 4, 0, "hello"));
	assert_ack(write_text(r, 4, 5, ", world"));
	assert_true(poll_bits(r) & 1 << 4);
	assert_string_equal(content(r, 4), "hello, world");
	assert_ack(write_text(r, 4, 7, "W"));
	assert_string_equal(content(r, 4), "hello, World");
	assert_nak(write_text(r, 4, 13, "!"), OMV_ST_FAILED);
	assert_nak(write_text(r, 4, 0xffffffff, "!"), OMV_ST_FAILED);
	assert_ack(write_text(r, 4, 0, "bye"));
	assert_string_equal(content(r, 4), "bye");

	memset(block, 'x', sizeof(block));
	for (; at + sizeof(block) <= STORE_MAX; at += sizeof(block))
		assert_ack(write_bytes(r, 4, at, block, sizeof(block)));
	assert_nak(write_bytes(r, 4, at, block, sizeof(block)), OMV_ST_FAILED);
	assert_ack(write_bytes(r, 4, at, block, STORE_MAX - at));
	content(r, 4);
	assert_int_equal(r->reply.len, STORE_MAX);
	stop(r);
}

static void test_store_locks(void **state)
{
	struct rig *r = start_with("--no-frame --channel b:rl:5 --channel c:r:5");

	(void)state;
	assert_ack(request(r, 4, OMV_OP_LOCK, NULL, 0));
	rest(r, 20);
	assert_nak(request(r, 4, OMV_OP_LOCK, NULL, 0), OMV_ST_BUSY);
	assert_ack(request(r, 4, OMV_OP_UNLOCK, NULL, 0));
	rest(r, 20);
	assert_ack(request(r, 4, OMV_OP_LOCK, NULL, 0));
	rest(r, 20);
	sync_up(r);
	assert_ack(request(r, 4, OMV_OP_LOCK, NULL, 0));

	assert_nak(ioctl_words(r, 4, 0, 0, 0, 0), OMV_ST_INVALID);
	assert_nak(ioctl_words(r, 4, 1, 1, 0, 0), OMV_ST_INVALID);
	assert_nak(ioctl_words(r, 4, 2, 0, 0, 0), OMV_ST_INVALID);
	assert_ack(ioctl_words(r, 4, 2, 1, 0x34333231, 0));
	assert_string_equal(content(r, 4), "1234");
	assert_ack(ioctl_words(r, 4, 1, 0, 0, 0));
	assert_int_equal(size_of(r, 4), 0);
	assert_int_equal(size_of(r, 5), 5);
	stop(r);
}

/* The number of channels is limited by the ids. */
static void test_all_channels(void **state)
{
	struct camera_options o = defaults();
	char word[32], why[512];
	struct rig *r;

	(void)state;
	for (u32 i = 0; i < 26; i++) {
		snprintf(word, sizeof(word), "--channel n%u", i);
		options(&o, word);
	}
	r = start(&o);
	assert_int_equal(list(r), 32);
	assert_entry(r->reply.data + 31 * 16, 31, 0x23, "n25");
	assert_ack(write_text(r, 31, 0, "last"));
	assert_string_equal(content(r, 31), "last");

	/* The channels of main.py stay: there is no free id. */
	assert_true(command(r, "stop"));
	rest(r, 5);
	assert_true(command(r, "exec --trigger --no-frame"));
	wait_until(r, size_of(r, STDOUT) > 30);
	assert_non_null(strstr(content(r, STDOUT), "RuntimeError: no free channel id"));
	assert_int_equal(list(r), 32);
	stop(r);

	strcpy(word, "--trigger");
	assert_false(script_parse(&o.script, word, why, sizeof(why)));
	assert_string_equal(why, "33 channels including usb, stdin, stdout and stream: the limit is 32");
	assert_null(camera_new(&o, why, sizeof(why)));
}

/* @words are the options of a camera whose SHAPE is @want. */
static void assert_shape(const char *words, const u32 *want, u32 count)
{
	struct rig *r = start_with(words);
	const struct reply *a;
	u8 bytes[4 * FRAME_SHAPE_MAX];

	wait_until(r, poll_bits(r) & 1 << FRAME);
	a = request(r, FRAME, OMV_OP_SHAPE, NULL, 0);
	for (u32 i = 0; i < 4 * count; i++)
		bytes[i] = want[i / 4] >> 8 * (i % 4);
	assert_int_equal(a->len, 4 * count);
	assert_memory_equal(a->data, bytes, 4 * count);
	stop(r);
}

static void test_frame_shape(void **state)
{
	static const char *const wrong[] = {
		"", ",", "h,", ",h", "h,w,size,pattern,7", "x", "hw", "h, w", "-1", "1x",
		"4294967296", "h;w",
	};
	struct camera_options o = defaults();
	char why[256];

	(void)state;
	assert_shape("--size 64x48 --frame-format rgb565 --frame-shape h,w,size",
		     (const u32[]){ 48, 64, 6144 }, 3);
	assert_shape("--size 64x48 --frame-format grbg --frame-shape h,w,pattern,size",
		     (const u32[]){ 48, 64, 2, 3072 }, 4);
	assert_shape("--size 64x48 --frame-format argb8 --frame-shape w,pixel",
		     (const u32[]){ 64, 4 }, 2);
	assert_shape("--frame-shape 4294967295", (const u32[]){ 0xffffffff }, 1);
	assert_shape("--size 64x48 --frame-format rggb", (const u32[]){ 48, 64, 1 }, 3);
	for (u32 i = 0; i < ARRAY_SIZE(wrong); i++) {
		if (script_option(&o.script, "frame-shape", wrong[i], why, sizeof(why)) != -1)
			fail_msg("'%s' is taken", wrong[i]);
		assert_non_null(strstr(why, "1 to 4 of h, w, size, pixel, pattern"));
	}
}

/* SIZE and READ of a picture channel. Return: its number */
static u32 fetch_picture(struct rig *r, u8 channel, const char *fourcc, u32 width, u32 height)
{
	u32 size = picture_raw_size(fourcc, width, height);
	struct picture_info info;

	wait_until(r, poll_bits(r) & 1 << channel);
	assert_int_equal(size_of(r, channel), size);
	assert_int_equal(read_at(r, channel, 0, size)->len, size);
	picture_raw(r->reply.data, fourcc, width, height, &info);
	assert_true(info.whole);
	return info.number;
}

static void assert_words(struct rig *r, u8 channel, const u32 *want, u32 count)
{
	assert_int_equal(request(r, channel, OMV_OP_SHAPE, NULL, 0)->len, 4 * count);
	for (u32 i = 0; i < count; i++)
		assert_int_equal(word_at(r, i), want[i]);
}

/* As the vendor's scripts with two sensors have it; each channel has its own frames. */
static void test_pictures(void **state)
{
	struct rig *r = start_with("--no-frame --picture main:rgb565:320x240:0 "
				   "--picture bayer:grbg:160x112:200:e");
	enum { MAIN = 4, BAYER };
	u32 number = 0;

	(void)state;
	assert_int_equal(list(r), 6);
	assert_entry(r->reply.data + 16 * MAIN, MAIN, 0x21, "main");
	assert_entry(r->reply.data + 16 * BAYER, BAYER, 0x21, "bayer");
	for (u32 i = 0; i < 5; i++) {
		assert_int_equal(fetch_picture(r, MAIN, "RGBP", 320, 240), i);
		number = fetch_picture(r, BAYER, "GRBG", 160, 112);
		assert_int_equal(number, i);
	}
	assert_words(r, MAIN, (const u32[]){ 240, 320, 153600 }, 3);
	assert_words(r, BAYER, (const u32[]){ 112, 160, 2, 17920 }, 4);
	assert_int_equal(r->events[MAIN], 0);
	assert_true(r->events[BAYER] >= 5);
	/* A part is not the end: the frame stays. */
	wait_until(r, poll_bits(r) & 1 << MAIN);
	assert_int_equal(read_at(r, MAIN, 0, 64)->len, 64);
	assert_int_equal(fetch_picture(r, MAIN, "RGBP", 320, 240), 5);
	stop(r);

	/* SIZE is 0 while no frame is latched, but not with readp(). */
	r = start_with("--no-frame --picture slow:grayscale:160x112:1 "
		       "--picture stays:grayscale:160x112:1:p --picture head:yuyv:160x112:9:h");
	fetch_picture(r, MAIN, "GREY", 160, 112);
	assert_int_equal(size_of(r, MAIN), 0);
	assert_true(read_at(r, MAIN, 0, 64)->flags & OMV_F_NAK);
	fetch_picture(r, BAYER, "GREY", 160, 112);
	assert_int_equal(size_of(r, BAYER), 17920);
	wait_until(r, poll_bits(r) & 1 << 6);
	assert_int_equal(size_of(r, 6), 32 + 2 * 160 * 112);
	stop(r);
}

static void test_picture_options(void **state)
{
	static const char *const wrong[] = {
		"", "x", "x:grayscale", "x:gray:64x64", ":grayscale:64x64", "x:grayscale:64", "x:grayscale:8x64",
		"x:grayscale:64x64:1001", "x:grayscale:64x64:30:q", "x:grayscale:64x64:30:e:e",
		"x:grayscale:64x64:-1", "14_characters_:grayscale:64x64", "x:grayscale:64x64x2",
	};
	struct camera_options o = defaults();
	char why[512];

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(wrong); i++) {
		if (script_option(&o.script, "picture", wrong[i], why, sizeof(why)) != -1)
			fail_msg("'%s' is taken", wrong[i]);
		assert_non_null(strstr(why, "must be NAME:FORMAT:WxH[:FPS[:FLAGS]]"));
	}
	for (u32 i = 0; i < EXTRAS_PICTURES; i++)
		assert_int_equal(script_option(&o.script, "picture", "x:jpeg:64x64", why, sizeof(why)), 2);
	assert_int_equal(script_option(&o.script, "picture", "x:jpeg:64x64", why, sizeof(why)), -1);
	assert_string_equal(why, "--picture x:jpeg:64x64: at most 4 are possible");
}

/* They come with a script and go with it. */
static void test_scripts_bring_them(void **state)
{
	struct camera_options o = defaults();
	struct rig *r;

	(void)state;
	o.no_script = true;
	r = start(&o);
	for (u32 i = 1; i <= 3; i++) {
		assert_int_equal(list(r), 4);
		assert_ack(write_text(r, STDIN, 0, "--histogram --telemetry --trigger --widgets "
				      "--channel s:rw:9 --picture p:jpeg:64x64 --config-json '{\"vflip\": true}'\n"));
		assert_ack(ioctl_words(r, STDIN, OMV_STDIN_EXEC, 0, 0, 0));
		wait_until(r, r->events[FIRST] > 3);
		assert_int_equal(list(r), 12);
		assert_config(r, "{\"vflip\": true}");
		assert_true(r->cam->enc.effects.flip);
		assert_string_equal(content(r, FIRST + 2), "0\n");
		assert_ack(write_text(r, FIRST + 2, 0, "x"));
		assert_int_equal(size_of(r, FIRST + 4), 9);
		assert_ack(write_text(r, FIRST + 4, 0, "x"));
		assert_ack(ioctl_words(r, STDIN, OMV_STDIN_STOP, 0, 0, 0));
		wait_until(r, r->reboots == i);
		sync_up(r);
		memset(r->events, 0, sizeof(r->events));
	}
	assert_no_effect(r, "press\nset vflip=false\nwidget gain=1");
	assert_ack(write_text(r, STDIN, 0, "--channel\n"));
	assert_ack(ioctl_words(r, STDIN, OMV_STDIN_EXEC, 0, 0, 0));
	wait_until(r, r->reboots == 4);
	sync_up(r);
	assert_non_null(strstr(content(r, STDOUT), "RuntimeError: --channel"));
	stop(r);
}

/* The channels of a stopped boot script stay; the next script reuses them. */
static void test_channels_taken_over(void **state)
{
	struct rig *r = start_with("--trigger --channel a --channel a");

	(void)state;
	assert_ack(write_text(r, FIRST, 0, "x"));
	assert_ack(write_text(r, FIRST + 1, 0, "kept"));
	assert_true(command(r, "stop"));
	rest(r, 5);
	assert_int_equal(list(r), 9);
	assert_no_effect(r, "press\nset quality=5");
	assert_true(command(r, "exec --telemetry --channel b"));
	wait_until(r, r->cam->extras.telemetry.id);
	assert_int_equal(list(r), 11);
	assert_string_equal(content(r, FIRST), "1\n");
	assert_string_equal(content(r, FIRST + 1), "kept");
	assert_entry(request(r, 0, OMV_OP_LIST, NULL, 0)->data + 160, 10, 0x23, "b");
	stop(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_histogram),
		cmocka_unit_test(test_histogram_of_nothing),
		cmocka_unit_test(test_telemetry),
		cmocka_unit_test(test_trigger),
		cmocka_unit_test(test_widgets_document),
		cmocka_unit_test(test_widgets_write),
		cmocka_unit_test(test_widgets_on_read),
		cmocka_unit_test(test_widgets_garbage),
		cmocka_unit_test(test_config_keys),
		cmocka_unit_test(test_config_any_document),
		cmocka_unit_test(test_config_grows),
		cmocka_unit_test(test_config_objects),
		cmocka_unit_test(test_config_rules),
		cmocka_unit_test(test_config_set),
		cmocka_unit_test(test_effects),
		cmocka_unit_test(test_effects_on_frames),
		cmocka_unit_test(test_stores),
		cmocka_unit_test(test_store_writes),
		cmocka_unit_test(test_store_locks),
		cmocka_unit_test(test_all_channels),
		cmocka_unit_test(test_frame_shape),
		cmocka_unit_test(test_pictures),
		cmocka_unit_test(test_picture_options),
		cmocka_unit_test(test_scripts_bring_them),
		cmocka_unit_test(test_channels_taken_over),
	};

	return cmocka_run_group_tests_name("channels", tests, NULL, NULL);
}
