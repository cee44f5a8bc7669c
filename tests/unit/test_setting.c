// SPDX-License-Identifier: GPL-2.0-only
/*
 * The stored values of config channels, and the writes to them. Each test acts as the owner of
 * an exchange and as the camera.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../driver/core/omv_setting.h"

static struct omv_settings settings;
static struct omv_setting pool[OMV_SETTINGS_MAX];
static struct omv_host host;
static struct omv_exchange x;
static unsigned int generation;
static u8 *memory;

/* ---- the camera ------------------------------------------------------- */

static void add_channel(const char *name, u8 flags)
{
	struct omv_channel *channel = &host.channels[host.channel_count++];

	channel->id = host.channel_count;
	channel->flags = flags;
	snprintf(channel->name, sizeof(channel->name), "%s", name);
}

#define SCRIPT	(OMV_CHF_READ | OMV_CHF_WRITE | OMV_CHF_DYNAMIC)

/* Start a script with these channels. */
static void script(const char *first, const char *second)
{
	host.state = OMV_HOST_READY;
	host.channel_count = 0;
	if (first)
		add_channel(first, SCRIPT);
	if (second)
		add_channel(second, SCRIPT);
	assert_true(omv_settings_update(&settings, &host, ++generation));
}

static int setup(void **state)
{
	const struct omv_knob quality = {
		.type = OMV_KNOB_INTEGER,
		.key = OMV_CONFIG_QUALITY,
		.scale = 1,
	};

	memset(&settings, 0, sizeof(settings));
	memset(pool, 0, sizeof(pool));
	generation = 0;
	omv_setting_init(&pool[0], OMV_CHANNEL_CONFIG, &quality);
	omv_settings_add(&settings, &pool[0]);
	settings.quality = &pool[0];
	script("config", NULL);
	return 0;
}

static int teardown(void **state)
{
	free(memory);
	memory = NULL;
	return 0;
}

/* ---- documents -------------------------------------------------------- */

static u8 widgets[512];
static u32 widgets_len;

static void put_byte(u8 byte)
{
	assert_true(widgets_len < sizeof(widgets));
	widgets[widgets_len++] = byte;
}

static void put_text(const char *text)
{
	put_byte(0x60 | strlen(text));
	while (*text)
		put_byte(*text++);
}

static void begin_widgets(u32 count)
{
	widgets_len = 0;
	put_byte(0x80 | count);
}

static void put_widget(u32 pairs, const char *type, const char *name)
{
	put_byte(0xa0 | pairs);
	put_byte(0x38);
	put_byte(0x1d);
	put_text(type);
	put_byte(0);
	put_text(name);
	put_byte(2);
}

/* A slider from 0 to 100 in steps of 1; @value must be below 24. */
static void put_slider(const char *name, u8 value)
{
	put_widget(3, "slider", name);
	put_byte(value);
}

static void put_select(const char *name, const char *value, bool negative_first)
{
	put_widget(4, "select", name);
	put_text(value);
	put_byte(0x38);
	put_byte(0x21);
	put_byte(0x83);
	put_text(negative_first ? "negative" : "none");
	put_text(negative_first ? "none" : "negative");
	put_text("grey");
}

static void effect(const char *value)
{
	begin_widgets(1);
	put_select("effect", value, false);
}

static void slider(const char *name, u8 value)
{
	begin_widgets(1);
	put_slider(name, value);
}

/* Complete the slider with a minimum. */
static void put_slider_min(u8 min)
{
	put_byte(0x38);
	put_byte(0x1e);
	put_byte(min);
}

/* ---- the owner of an exchange ----------------------------------------- */

static void fetched(const void *data, u32 size)
{
	assert_int_equal(x.state, OMV_EXCHANGE_READ);
	free(memory);
	memory = malloc(size ? size : 1);
	assert_non_null(memory);
	memcpy(memory, data, size);
	x.doc.data = size ? memory : NULL;
	x.doc.size = size;
	omv_exchange_next(&x, 0);
}

static void read_text(const char *text)
{
	fetched(text, strlen(text));
}

static void read_widgets(void)
{
	fetched(widgets, widgets_len);
}

static void read_fails(int error)
{
	assert_int_equal(x.state, OMV_EXCHANGE_READ);
	x.doc.data = NULL;
	x.doc.size = 0;
	omv_exchange_next(&x, error);
}

static void assert_writes(const void *want, u32 len)
{
	u8 buf[OMV_SETTING_WRITE_MAX];

	assert_int_equal(x.state, OMV_EXCHANGE_WRITE);
	assert_int_equal(omv_exchange_encode(&x, buf, sizeof(buf)), len);
	assert_memory_equal(buf, want, len);
}

static void writes(const char *want)
{
	assert_writes(want, strlen(want));
	omv_exchange_next(&x, 0);
}

static void write_fails(int error)
{
	assert_int_equal(x.state, OMV_EXCHANGE_WRITE);
	omv_exchange_next(&x, error);
}

static void write_widget(const char *name, u8 value)
{
	begin_widgets(1);
	put_byte(0xa2);
	put_byte(0);
	put_text(name);
	put_byte(2);
	put_byte(value);
	assert_writes(widgets, widgets_len);
	omv_exchange_next(&x, 0);
}

static void write_option(const char *name, const char *value)
{
	begin_widgets(1);
	put_byte(0xa2);
	put_byte(0);
	put_text(name);
	put_byte(2);
	put_text(value);
	assert_writes(widgets, widgets_len);
	omv_exchange_next(&x, 0);
}

static struct omv_setting *new_setting(const char *channel, const struct omv_knob *knob)
{
	struct omv_setting *setting = &pool[settings.count];

	assert_true(omv_settings_have_room(&settings));
	omv_setting_init(setting, channel, knob);
	omv_settings_add(&settings, setting);
	return setting;
}

/* Apply the document. Return: number of settings whose value is to be shown */
static int shown(void)
{
	struct omv_config_reader reader;
	struct omv_setting *setting;
	struct omv_knob knob;
	int ret = 0, count = 0;

	assert_int_equal(x.state, OMV_EXCHANGE_SHOW);
	omv_config_begin(&reader, x.doc.dialect, x.doc.data, x.doc.size);
	while (ret >= 0 && omv_config_next(&reader, &knob)) {
		setting = omv_settings_find(&settings, x.name, &knob);
		if (!setting)
			setting = new_setting(x.name, &knob);
		ret = omv_exchange_show(&x, setting, &knob);
		count += ret > 0;
	}
	omv_exchange_next(&x, ret < 0 ? ret : 0);
	return ret < 0 ? ret : count;
}

static void done(int result)
{
	assert_int_equal(x.state, OMV_EXCHANGE_DONE);
	assert_int_equal(x.result, result);
	omv_exchange_next(&x, 0);
	assert_int_equal(x.state, OMV_EXCHANGE_DONE);
	assert_int_equal(x.result, result);
}

/* The first channel starts a scan. */
static void sync_begin(unsigned int index)
{
	if (!index)
		omv_settings_begin_scan(&settings);
	omv_exchange_sync(&x, &settings, index);
}

/* A scan of "config" in which nothing has to be written. */
static void sync_text(const char *text)
{
	sync_begin(0);
	read_text(text);
	shown();
	done(0);
}

static void sync_widgets(unsigned int index)
{
	sync_begin(index);
	read_widgets();
	shown();
	done(0);
}

/* A scan that finds only this slider, with nothing to be written. */
static void sync_slider(unsigned int index, const char *name, u8 value)
{
	slider(name, value);
	sync_widgets(index);
}

static struct omv_setting *find(const char *channel, enum omv_knob_type type, const char *key)
{
	struct omv_knob knob = { .type = type };
	struct omv_setting *setting;

	snprintf(knob.key, sizeof(knob.key), "%s", key);
	setting = omv_settings_find(&settings, channel, &knob);
	if (!setting)
		fail_msg("channel %s has no %s", channel, key);
	return setting;
}

static struct omv_setting *number(const char *key)
{
	return find("config", OMV_KNOB_INTEGER, key);
}

static void set_begin(struct omv_setting *setting, s32 value)
{
	struct omv_knob want = setting->knob;

	want.value = value;
	omv_exchange_set(&x, &settings, setting, &want);
}

static int set_end(struct omv_setting *setting)
{
	return omv_setting_finish(&settings, setting, &x.want, x.result);
}

/* The user sets a number of a JSON channel, and the camera applies it. */
static void set(struct omv_setting *setting, s32 value, const char *written, const char *text)
{
	set_begin(setting, value);
	writes(written);
	read_text(text);
	done(0);
	assert_int_equal(set_end(setting), 0);
}

static void read_slider(const char *name, u8 value)
{
	slider(name, value);
	read_widgets();
}

/* The user sets a slider; then the camera reports @reported. */
static void set_slider(struct omv_setting *setting, u8 value, u8 reported)
{
	set_begin(setting, value);
	write_widget(setting->knob.key, value);
	read_slider(setting->knob.key, reported);
	done(0);
	assert_int_equal(set_end(setting), 0);
}

static void assert_value(const struct omv_setting *setting, u32 scale, s32 value)
{
	if (setting->knob.scale != scale || setting->knob.value != value)
		fail_msg("%s is %d/%u, not %d/%u", setting->knob.key, setting->knob.value,
			 setting->knob.scale, value, scale);
}

static void assert_active(struct omv_setting *setting, bool active)
{
	assert_int_equal(omv_setting_end_scan(setting), active);
	assert_int_equal(setting->active, active);
}

/* ---- knobs ------------------------------------------------------------ */

static void keys(void **state)
{
	struct omv_knob knob = { .type = OMV_KNOB_INTEGER };
	static const char * const good[] = {
		"quality", "Quality", "JPEG quality", "jpeg_quality", "jpegQuality",
		"compression-quality", "q.u.a.l.i.t.y",
	};
	static const char * const bad[] = {
		"", "qualit", "quality2", "qualitx", "quality\xc3\xa9", "jpeg", "equality",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		snprintf(knob.key, sizeof(knob.key), "%s", good[i]);
		assert_true(omv_knob_is_quality(&knob));
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		snprintf(knob.key, sizeof(knob.key), "%s", bad[i]);
		assert_false(omv_knob_is_quality(&knob));
	}
	snprintf(knob.key, sizeof(knob.key), "quality");
	knob.type = OMV_KNOB_BOOLEAN;
	assert_false(omv_knob_is_quality(&knob));
	assert_true(omv_key_is("h264 Rate", "h264rate"));
	assert_false(omv_key_is("h264 Rate", "h265rate"));
}

static void equal(void **state)
{
	struct omv_knob a = { .type = OMV_KNOB_INTEGER, .scale = 1, .value = 5, .option.text = "a" };
	struct omv_knob b = { .type = OMV_KNOB_INTEGER, .scale = 1, .value = 5, .option.text = "b" };

	assert_true(omv_knob_equal(&a, &b));
	b.scale = 10;
	assert_false(omv_knob_equal(&a, &b));
	b.scale = 1;
	b.value = 6;
	assert_false(omv_knob_equal(&a, &b));
	a.type = b.type = OMV_KNOB_TEXT;
	assert_false(omv_knob_equal(&a, &b));
	b.option.text[0] = 'a';
	assert_true(omv_knob_equal(&a, &b));
	a.type = b.type = OMV_KNOB_MENU;
	assert_true(omv_knob_equal(&a, &b));
	a.type = b.type = OMV_KNOB_LABEL;
	assert_true(omv_knob_equal(&a, &b));
	a.type = b.type = OMV_KNOB_BOOLEAN;
	assert_false(omv_knob_equal(&a, &b));
}

/* ---- channels --------------------------------------------------------- */

/* "config" comes first, wherever it is in the table, and needs no flags. */
static void channels(void **state)
{
	char name[OMV_NAME_SIZE];
	unsigned int i;

	host.channel_count = 0;
	add_channel("stdout", OMV_CHF_READ | OMV_CHF_WRITE);
	add_channel("ui", SCRIPT | OMV_CHF_LOCK);
	add_channel("frame", SCRIPT);
	add_channel("stream", SCRIPT);
	add_channel("log", OMV_CHF_READ | OMV_CHF_DYNAMIC);
	add_channel("knock", OMV_CHF_WRITE | OMV_CHF_DYNAMIC);
	add_channel("config", 0);
	add_channel("ui", SCRIPT);
	add_channel("more", SCRIPT);
	assert_false(omv_settings_update(&settings, &host, generation));
	assert_int_equal(settings.nr_channels, 1);
	assert_true(omv_settings_update(&settings, &host, ++generation));
	assert_int_equal(settings.nr_channels, 3);
	assert_string_equal(settings.channels[0].name, "config");
	assert_string_equal(settings.channels[1].name, "ui");
	assert_string_equal(settings.channels[2].name, "more");

	host.channel_count = 0;
	for (i = 0; i < OMV_CTRL_CHANNELS + 2; i++) {
		snprintf(name, sizeof(name), "c%u", i);
		add_channel(name, SCRIPT);
	}
	assert_true(omv_settings_update(&settings, &host, ++generation));
	assert_int_equal(settings.nr_channels, OMV_CTRL_CHANNELS);
	assert_string_equal(settings.channels[OMV_CTRL_CHANNELS - 1].name, "c7");
	sync_begin(OMV_CTRL_CHANNELS);
	done(-ENOENT);
}

/* The state of a channel is reset when a script starts. */
static void channels_again(void **state)
{
	sync_text("{\"a\": 1}");
	assert_true(settings.channels[0].known);
	assert_true(settings.channels[0].listen);
	assert_int_equal(settings.channels[0].dialect, OMV_CONFIG_JSON);
	script("config", NULL);
	assert_false(settings.channels[0].known);
	assert_false(settings.channels[0].listen);
	assert_int_equal(settings.channels[0].dialect, OMV_CONFIG_NONE);
}

/* Other channels are used only if they have widgets; if not, they are read once. */
static void other_channels(void **state)
{
	script("config", "ui");
	sync_begin(1);
	read_text("{\"a\": 1}");
	done(-EBADMSG);
	assert_false(settings.channels[1].listen);
	sync_begin(1);
	done(-EBADMSG);

	script("config", "ui");
	sync_slider(1, "gain", 7);
	assert_value(find("ui", OMV_KNOB_INTEGER, "gain"), 1, 7);
	assert_true(settings.channels[1].listen);
}

/* A script may add its widgets later: the channel is read again, also on events. */
static void no_widgets_yet(void **state)
{
	script("config", "ui");
	sync_begin(1);
	read_text("");
	done(-EBADMSG);
	assert_true(settings.channels[1].listen);
	sync_slider(1, "gain", 7);
	assert_value(find("ui", OMV_KNOB_INTEGER, "gain"), 1, 7);
}

/* "config" is read again in each scan and after each event, whatever it held. */
static void nonsense(void **state)
{
	unsigned int i;

	sync_begin(0);
	for (i = 0; i <= OMV_EXCHANGE_REREADS; i++)
		read_text("nonsense");
	done(-EBADMSG);
	assert_true(settings.channels[0].listen);
	sync_text("{\"a\": 1}");
	assert_value(number("a"), 1, 1);
}

static void too_large(void **state)
{
	u32 size = OMV_DOCUMENT_MAX;

	assert_int_equal(omv_document_size(0, &size), 0);
	size++;
	assert_int_equal(omv_document_size(0, &size), -EBADMSG);
	assert_int_equal(omv_document_size(-EIO, &size), -EIO);
	assert_int_equal(omv_document_size(-EINVAL, &size), 0);
	assert_int_equal(size, 0);

	/* This may be the second read of the document. */
	sync_text("{\"a\": 1}");
	set(number("a"), 5, "{\"a\": 5}", "{\"a\": 5}");
	script("config", NULL);
	sync_begin(0);
	read_text("{\"a\": 1}");
	writes("{\"a\": 5}");
	x.doc.data = NULL;
	x.doc.size = OMV_DOCUMENT_MAX + 1;
	omv_exchange_next(&x, -EBADMSG);
	done(-EBADMSG);
	assert_int_equal(settings.channels[0].dialect, OMV_CONFIG_NONE);

	script("config", "log");
	sync_begin(1);
	x.doc.size = OMV_DOCUMENT_MAX + 1;
	omv_exchange_next(&x, -EBADMSG);
	done(-EBADMSG);
	sync_begin(1);
	done(-EBADMSG);
}

/* T-20: the script ran between SIZE and READ. */
static void reread(void **state)
{
	unsigned int i;

	sync_begin(0);
	read_text("{\"a\": 1");
	read_fails(-EIO);
	read_text("{\"a\": 12}");
	assert_int_equal(shown(), 1);
	done(0);
	assert_value(number("a"), 1, 12);

	sync_begin(0);
	for (i = 0; i <= OMV_EXCHANGE_REREADS; i++)
		read_fails(-EIO);
	done(-EIO);

	script("config", "ui");
	sync_slider(1, "gain", 7);
	sync_begin(1);
	fetched(widgets, widgets_len - 1);
	read_widgets();
	assert_int_equal(shown(), 1);
	done(0);
}

/* ---- showing ---------------------------------------------------------- */

static void show(void **state)
{
	sync_text("{\"quality\": 60, \"a\": 1, \"b\": true, \"c\": \"x\"}");
	assert_int_equal(settings.count, 4);
	assert_value(settings.quality, 1, 60);
	assert_value(number("a"), 1, 1);
	assert_int_equal(find("config", OMV_KNOB_BOOLEAN, "b")->knob.value, 1);
	assert_string_equal(find("config", OMV_KNOB_TEXT, "c")->knob.option.text, "x");
	sync_text("{\"quality\": 60, \"a\": 2}");
	assert_int_equal(settings.count, 4);
	assert_value(number("a"), 1, 2);
	assert_active(number("a"), true);
	assert_active(find("config", OMV_KNOB_TEXT, "c"), false);
	sync_text("{\"c\": \"y\"}");
	assert_active(number("a"), false);
	assert_active(find("config", OMV_KNOB_TEXT, "c"), true);
}

/* The same key with another type, or in another channel, is a different setting. */
static void show_others(void **state)
{
	script("config", "ui");
	sync_text("{\"gain\": 1}");
	sync_text("{\"gain\": true}");
	sync_slider(1, "gain", 2);
	assert_value(number("gain"), 1, 1);
	assert_int_equal(find("config", OMV_KNOB_BOOLEAN, "gain")->knob.value, 1);
	assert_value(find("ui", OMV_KNOB_INTEGER, "gain"), 1, 2);
}

static void no_options_kept(void **state)
{
	effect("grey");
	sync_widgets(0);
	assert_string_equal(find("config", OMV_KNOB_MENU, "effect")->knob.option.text, "grey");
	assert_null(find("config", OMV_KNOB_MENU, "effect")->knob.options);
	assert_int_equal(find("config", OMV_KNOB_MENU, "effect")->knob.options_size, 0);
}

static void too_many(void **state)
{
	struct omv_knob knob = { .type = OMV_KNOB_INTEGER, .scale = 1 };
	unsigned int i;

	assert_string_equal(new_setting("a very long name", &knob)->channel, "a very long n");
	assert_string_equal(new_setting("thirteen char", &knob)->channel, "thirteen char");
	for (i = 3; i < OMV_SETTINGS_MAX; i++) {
		snprintf(knob.key, sizeof(knob.key), "k%u", i);
		new_setting("config", &knob);
	}
	assert_false(omv_settings_have_room(&settings));
	assert_ptr_equal(settings.first, settings.quality);
	assert_ptr_equal(number("k127"), settings.last);
}

/* A user's write after the document was read is newer. */
static void show_too_late(void **state)
{
	struct omv_exchange scan;
	struct omv_setting *a;

	sync_text("{\"a\": 1}");
	a = number("a");
	sync_begin(0);
	read_text("{\"a\": 1}");
	scan = x;
	set_begin(a, 5);
	writes("{\"a\": 5}");
	omv_exchange_next(&x, -ETIMEDOUT);
	done(-ETIMEDOUT);
	assert_int_equal(set_end(a), -ETIMEDOUT);
	x = scan;
	assert_int_equal(x.state, OMV_EXCHANGE_SHOW);
	assert_int_equal(omv_exchange_show(&x, a, &a->knob), -EALREADY);
	omv_exchange_next(&x, -EALREADY);
	done(-EALREADY);
}

/* A channel that cannot be read keeps its controls, independently of other channels. */
static void unreachable(void **state)
{
	struct omv_setting *a;

	script("config", "ui");
	sync_text("{\"a\": 1, \"b\": 1}");
	a = number("a");
	assert_active(a, true);
	sync_text("{\"a\": 1}");
	assert_active(number("b"), false);
	assert_active(a, true);

	sync_begin(0);
	read_fails(-ECONNRESET);
	done(-ECONNRESET);
	assert_int_equal(settings.channels[0].dialect, OMV_CONFIG_JSON);
	assert_active(a, true);
	assert_active(number("b"), false);

	/* An aborted scan changes nothing. */
	omv_settings_begin_scan(&settings);
	sync_begin(0);
	read_fails(-ETIMEDOUT);
	done(-ETIMEDOUT);
	assert_active(a, true);

	omv_settings_begin_scan(&settings);
	sync_begin(1);
	read_fails(-EAGAIN);
	done(-EAGAIN);
	assert_active(a, false);
}

/* The controls of a channel without a document are dropped, even if the user sets one. */
static void not_kept(void **state)
{
	struct omv_setting *a;
	unsigned int i;

	sync_text("{\"a\": 1}");
	a = number("a");
	assert_active(a, true);
	sync_begin(0);
	for (i = 0; i <= OMV_EXCHANGE_REREADS; i++)
		read_text("nonsense");
	done(-EBADMSG);
	assert_active(a, false);

	sync_text("{\"a\": 1}");
	assert_active(a, true);
	sync_text("{\"b\": 1}");
	set_begin(a, 5);
	write_fails(-ETIMEDOUT);
	done(-ETIMEDOUT);
	assert_active(a, false);
}

/* ---- units ------------------------------------------------------------ */

/* What a control shows while it is in use keeps its unit. */
static void rescale(void **state)
{
	struct omv_setting *level;

	sync_text("{\"level\": 1.5}");
	level = number("level");
	assert_active(level, true);
	assert_value(level, OMV_KNOB_SCALE, 1500);
	sync_text("{\"level\": 2}");
	assert_value(level, OMV_KNOB_SCALE, 2000);
	sync_text("{\"level\": -3}");
	assert_value(level, OMV_KNOB_SCALE, -3000);
	sync_text("{\"level\": 2147484}");
	assert_value(level, OMV_KNOB_SCALE, S32_MAX);
	sync_text("{\"level\": -2147484.5}");
	assert_value(level, OMV_KNOB_SCALE, S32_MIN);
}

/* A script may have an integer before it has the first float. */
static void zero_first(void **state)
{
	struct omv_setting *level, *gain;

	sync_text("{\"level\": 0, \"gain_db\": 0}");
	level = number("level");
	gain = number("gain_db");
	assert_active(level, true);
	assert_active(gain, true);
	assert_value(gain, OMV_KNOB_SCALE, 0);
	sync_text("{\"level\": 1.5, \"gain_db\": 1.5}");
	assert_value(level, 1, 2);
	assert_value(gain, OMV_KNOB_SCALE, 1500);
	/* The type is the camera's last. */
	set(level, 3, "{\"level\": 3.0}", "{\"level\": 3.0, \"gain_db\": 1.5}");
	sync_text("{\"level\": 4, \"gain_db\": 1.5}");
	set(level, 5, "{\"level\": 5}", "{\"level\": 5, \"gain_db\": 1.5}");

	/* Without the key, the user's value still has its unit. */
	script("config", NULL);
	sync_text("{}");
	assert_active(level, false);
	assert_active(gain, false);
	script("config", NULL);
	sync_begin(0);
	read_text("{\"level\": 1.5}");
	writes("{\"level\": 5.0}");
	read_text("{\"level\": 5.0}");
	shown();
	done(0);
	assert_value(level, 1, 5);

	/* What nobody uses takes the new script's unit. */
	sync_text("{\"level\": 7.0}");
	assert_false(level->user_set);
	assert_active(level, true);
	sync_text("{}");
	assert_active(level, false);
	sync_text("{\"level\": 2.5}");
	assert_value(level, OMV_KNOB_SCALE, 2500);
}

/* So does the range of a slider that replaces the number. */
static void rescale_range(void **state)
{
	struct omv_setting *gain;

	sync_text("{\"gain\": 1.5}");
	gain = number("gain");
	assert_active(gain, true);
	begin_widgets(1);
	put_widget(4, "slider", "gain");
	put_byte(3);
	put_slider_min(1);
	sync_widgets(0);
	assert_value(gain, OMV_KNOB_SCALE, 3000);
	assert_true(gain->knob.ranged);
	assert_int_equal(gain->knob.min, 1000);
	assert_int_equal(gain->knob.max, 100000);
	assert_int_equal(gain->knob.step, 1000);
	sync_text("{\"gain\": {\"value\": 2, \"min\": 0, \"max\": 4000000, \"step\": 1e-5}}");
	assert_value(gain, OMV_KNOB_SCALE, 2000);
	assert_int_equal(gain->knob.max, S32_MAX);
	assert_int_equal(gain->knob.step, 10);
	/* The limits are gone, and what they were is what is known. */
	sync_text("{\"gain\": 2}");
	assert_value(gain, OMV_KNOB_SCALE, 2000);
	assert_false(gain->knob.ranged);
	assert_int_equal(gain->knob.min, 0);
}

static void grows(void **state)
{
	struct omv_setting *speed, *contrast;

	sync_text("{\"speed\": 3, \"contrast\": 0}");
	speed = number("speed");
	contrast = number("contrast");
	assert_active(speed, true);
	assert_active(contrast, true);
	assert_int_equal(speed->knob.min, -1000);
	assert_int_equal(speed->knob.max, 1000);
	assert_int_equal(contrast->knob.min, -16);
	assert_int_equal(contrast->knob.max, 16);
	/* The limit is what the user could set at most: make room for more. */
	set(speed, 1000, "{\"speed\": 1000}", "{\"speed\": 1000, \"contrast\": 0}");
	sync_text("{\"speed\": 1000, \"contrast\": 40}");
	assert_int_equal(speed->knob.min, -1000);
	assert_int_equal(speed->knob.max, 10000);
	assert_int_equal(contrast->knob.min, -100);
	assert_int_equal(contrast->knob.max, 100);
	/* And it never shrinks. */
	sync_text("{\"speed\": 3, \"contrast\": 0}");
	assert_int_equal(speed->knob.max, 10000);
	assert_int_equal(contrast->knob.max, 100);
	/* Also if what the camera makes of a value is beyond. */
	set_begin(speed, 5);
	writes("{\"speed\": 5}");
	read_text("{\"speed\": -20000, \"contrast\": 0}");
	done(0);
	assert_int_equal(set_end(speed), 0);
	assert_value(speed, 1, -20000);
	assert_int_equal(speed->knob.min, -1000000);
	assert_int_equal(speed->knob.max, 10000);
}

/* ---- the user sets a value -------------------------------------------- */

static void taken(void **state)
{
	struct omv_setting *a;

	sync_text("{\"a\": 1, \"b\": 2}");
	a = number("a");
	assert_false(a->user_set);
	set(a, 5, "{\"a\": 5}", "{\"a\": 5, \"b\": 2}");
	assert_value(a, 1, 5);
	assert_true(a->user_set);
	assert_false(number("b")->user_set);
	assert_int_equal(settings.writes, 1);
}

static void clamped(void **state)
{
	struct omv_setting *a;

	sync_text("{\"a\": 1}");
	a = number("a");
	set(a, 500, "{\"a\": 500}", "{\"a\": 100}");
	assert_value(a, 1, 100);
	assert_true(a->user_set);
}

/* Of a repeated key the last one counts. */
static void twice(void **state)
{
	struct omv_setting *a;

	sync_text("{\"a\": 1, \"a\": 2}");
	a = number("a");
	assert_value(a, 1, 2);
	set(a, 5, "{\"a\": 5}", "{\"a\": 1, \"a\": 5}");
	assert_value(a, 1, 5);
}

static void refused(void **state)
{
	struct omv_setting *a;

	sync_text("{\"a\": 1}");
	a = number("a");
	set_begin(a, 5);
	writes("{\"a\": 5}");
	read_text("{\"a\": 1}");
	done(-EREMOTEIO);
	assert_int_equal(set_end(a), -EREMOTEIO);
	assert_value(a, 1, 1);
	assert_false(a->user_set);
	assert_int_equal(settings.writes, 1);

	set_begin(a, 5);
	write_fails(-EIO);
	done(-EIO);
}

/* Setting the camera's current value makes it the user's value. */
static void same(void **state)
{
	struct omv_setting *a;

	sync_text("{\"a\": 1}");
	a = number("a");
	set(a, 1, "{\"a\": 1}", "{\"a\": 1}");
	assert_true(a->user_set);
}

static void fraction(void **state)
{
	struct omv_setting *gain;

	sync_text("{\"gain\": 1.5}");
	gain = number("gain");
	set(gain, 2000, "{\"gain\": 2.0}", "{\"gain\": 2}");
	assert_value(gain, OMV_KNOB_SCALE, 2000);
}

/* Without the key the value waits for a script that has it. */
static void missing(void **state)
{
	struct omv_setting *a;

	sync_text("{\"a\": 1}");
	a = number("a");
	set_begin(a, 5);
	writes("{\"a\": 5}");
	read_text("{\"b\": 1}");
	done(-ENOENT);
	assert_int_equal(set_end(a), 0);
	assert_value(a, 1, 5);
	assert_true(a->user_set);

	script(NULL, NULL);
	set_begin(a, 6);
	done(-ENOENT);
	assert_int_equal(set_end(a), 0);
	assert_value(a, 1, 6);
}

/* A channel without controls is not written. */
static void set_on_nonsense(void **state)
{
	struct omv_setting *a, *gain;
	unsigned int i;

	script("config", "ui");
	sync_text("{\"a\": 1}");
	a = number("a");
	sync_slider(1, "gain", 7);
	gain = find("ui", OMV_KNOB_INTEGER, "gain");

	script("config", "ui");
	set_begin(a, 5);
	for (i = 0; i <= OMV_EXCHANGE_REREADS; i++)
		read_text("nonsense");
	done(-ENOENT);
	/* "config" may now have a valid document. */
	set_begin(a, 5);
	read_text("{\"a\": 1}");
	writes("{\"a\": 5}");
	read_text("{\"a\": 5}");
	done(0);

	set_begin(gain, 5);
	read_text("log");
	done(-ENOENT);
	set_begin(gain, 5);
	done(-ENOENT);
	assert_int_equal(set_end(gain), 0);
	assert_value(gain, 1, 5);
}

/* An invalid document after the write must not count as a missing key. */
static void nonsense_after_write(void **state)
{
	struct omv_setting *a;
	unsigned int i;

	sync_text("{\"a\": 1}");
	a = number("a");
	set_begin(a, 5);
	writes("{\"a\": 5}");
	for (i = 0; i <= OMV_EXCHANGE_REREADS; i++)
		read_text("{\"a\": ");
	done(-EBADMSG);
	assert_int_equal(set_end(a), -EBADMSG);
	assert_value(a, 1, 1);
}

/* Before the first scan of a script the dialect is not known. */
static void dialect_first(void **state)
{
	struct omv_setting *a;

	sync_text("{\"a\": 1}");
	a = number("a");
	script("config", NULL);
	set_begin(a, 5);
	read_slider("a", 1);
	write_widget("a", 5);
	read_slider("a", 5);
	done(0);

	script("config", NULL);
	set_begin(a, 5);
	read_fails(-ETIMEDOUT);
	done(-ETIMEDOUT);
}

static void repeat(void **state)
{
	static const int broken[] = { -EAGAIN, -ECONNRESET, -ETIMEDOUT };
	static const int final[] = { -EREMOTEIO, -ENOENT, -EIO, -EBADMSG };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(broken); i++) {
		x.result = broken[i];
		assert_true(omv_exchange_must_repeat(&x, false));
		assert_true(omv_exchange_must_repeat(&x, true));
	}
	for (i = 0; i < ARRAY_SIZE(final); i++) {
		x.result = final[i];
		assert_false(omv_exchange_must_repeat(&x, false));
		assert_true(omv_exchange_must_repeat(&x, true));
	}
	x.result = 0;
	assert_false(omv_exchange_must_repeat(&x, true));
}

static void get(void **state)
{
	struct omv_setting *a;

	sync_text("{\"a\": 1.5}");
	a = number("a");
	omv_exchange_get(&x, &settings, a);
	read_text("{\"b\": 3, \"a\": 2}");
	done(0);
	assert_value(a, OMV_KNOB_SCALE, 2000);
	omv_exchange_get(&x, &settings, a);
	read_text("{\"b\": 3}");
	done(-ENOENT);
	assert_value(a, OMV_KNOB_SCALE, 2000);
	script(NULL, NULL);
	omv_exchange_get(&x, &settings, a);
	done(-ENOENT);
}

/* ---- widgets that report the old value -------------------------------- */

static struct omv_setting *stale_gain(void)
{
	struct omv_setting *gain;

	sync_slider(0, "gain", 7);
	gain = number("gain");
	set_slider(gain, 9, 7);
	assert_value(gain, 1, 9);
	return gain;
}

static void stale(void **state)
{
	struct omv_setting *gain = stale_gain();

	sync_slider(0, "gain", 7);
	sync_widgets(0);
	assert_value(gain, 1, 9);
	assert_true(gain->user_set);
	assert_active(gain, true);
	/* After another value was reported, the old one counts, too. */
	sync_slider(0, "gain", 8);
	assert_value(gain, 1, 8);
	assert_false(gain->user_set);
	sync_slider(0, "gain", 7);
	assert_value(gain, 1, 7);
}

static void stale_until_set(void **state)
{
	struct omv_setting *gain = stale_gain();

	sync_slider(0, "gain", 9);
	assert_true(gain->user_set);
	sync_slider(0, "gain", 7);
	assert_value(gain, 1, 7);
	assert_false(gain->user_set);
}

/* Set twice; the camera still reports the value before the first write. */
static void stale_again(void **state)
{
	struct omv_setting *gain = stale_gain();

	set_slider(gain, 7, 7);
	assert_false(gain->stale);
	assert_value(gain, 1, 7);
}

static struct omv_setting *stale_effect(void)
{
	struct omv_setting *setting;
	struct omv_knob want;

	effect("none");
	sync_widgets(0);
	setting = find("config", OMV_KNOB_MENU, "effect");
	want = setting->knob;
	want.value = 1;
	strcpy(want.option.text, "negative");
	omv_exchange_set(&x, &settings, setting, &want);
	write_option("effect", "negative");
	effect("none");
	read_widgets();
	done(0);
	assert_int_equal(set_end(setting), 0);
	return setting;
}

static void stale_option(void **state)
{
	struct omv_setting *setting = stale_effect();

	effect("none");
	sync_widgets(0);
	assert_string_equal(setting->knob.option.text, "negative");
	effect("grey");
	sync_widgets(0);
	assert_string_equal(setting->knob.option.text, "grey");
	assert_int_equal(setting->knob.value, 2);
}

/* The written option now has the index of the old one. */
static void options_reordered(void **state)
{
	struct omv_setting *setting = stale_effect();

	script("config", NULL);
	sync_begin(0);
	effect("none");
	read_widgets();
	write_option("effect", "negative");
	begin_widgets(1);
	put_select("effect", "negative", true);
	read_widgets();
	assert_int_equal(shown(), 1);
	done(0);
	assert_int_equal(setting->knob.value, 0);
	assert_true(setting->user_set);
}

/* ---- newer widgets, odd values ---------------------------------------- */

static void put_pushbutton(const char *name)
{
	put_widget(3, "pushbutton", name);
	put_byte(0xf4);
}

static void button(void **state)
{
	struct omv_setting *setting;

	begin_widgets(1);
	put_pushbutton("go");
	sync_widgets(0);
	setting = find("config", OMV_KNOB_BUTTON, "go");
	omv_exchange_set(&x, &settings, setting, &setting->knob);
	write_widget("go", 0xf5);
	begin_widgets(1);
	put_pushbutton("go");
	read_widgets();
	done(0);
	assert_int_equal(set_end(setting), 0);
	/* Nobody presses it again when the script restarts. */
	assert_false(setting->user_set);
	script("config", NULL);
	sync_widgets(0);
	/* A press that does not reach the camera failed. */
	omv_exchange_set(&x, &settings, setting, &setting->knob);
	write_fails(-EIO);
	done(-EIO);
	assert_int_equal(set_end(setting), -EIO);
	script(NULL, NULL);
	omv_exchange_set(&x, &settings, setting, &setting->knob);
	done(-ENOENT);
	assert_int_equal(set_end(setting), -ENOENT);
}

static void lineedit(const char *value)
{
	begin_widgets(1);
	put_widget(3, "lineedit", "name");
	put_text(value);
}

/* Each text is a value of its own. */
static void stale_text(void **state)
{
	struct omv_setting *setting;
	struct omv_knob want;

	lineedit("old");
	sync_widgets(0);
	setting = find("config", OMV_KNOB_TEXT, "name");
	want = setting->knob;
	strcpy(want.option.text, "mine");
	omv_exchange_set(&x, &settings, setting, &want);
	write_option("name", "mine");
	lineedit("old");
	read_widgets();
	done(0);
	assert_int_equal(set_end(setting), 0);
	lineedit("old");
	sync_widgets(0);
	assert_string_equal(setting->knob.option.text, "mine");
	lineedit("new");
	sync_widgets(0);
	assert_string_equal(setting->knob.option.text, "new");
	assert_false(setting->user_set);
}

/* Options that are not texts keep their type, also after a restart. */
static void typed_options(void **state)
{
	static const char doc[] = "{\"size\": {\"value\": 1, \"options\": [1, 2.0, \"3\"]}}";
	struct omv_setting *setting;
	struct omv_knob want;

	sync_text(doc);
	setting = find("config", OMV_KNOB_MENU, "size");
	want = setting->knob;
	want.value = 1;
	strcpy(want.option.text, "2.0");
	want.option.raw_size = 3;
	memcpy(want.option.raw, "2.0", 3);
	omv_exchange_set(&x, &settings, setting, &want);
	writes("{\"size\": 2.0}");
	read_text("{\"size\": {\"value\": 2.0, \"options\": [1, 2.0, \"3\"]}}");
	done(0);
	assert_int_equal(set_end(setting), 0);
	script("config", NULL);
	sync_begin(0);
	read_text(doc);
	writes("{\"size\": 2.0}");
}

/* A value that is not finite has no control at the moment; the others are as ever. */
static void not_finite(void **state)
{
	struct omv_setting *gain;

	sync_text("{\"quality\": 85, \"gain\": 1.5}");
	gain = number("gain");
	assert_active(gain, true);
	sync_text("{\"quality\": 85, \"gain\": -inf, \"a\": NaN}");
	assert_active(gain, false);
	assert_active(settings.quality, true);
	set(settings.quality, 50, "{\"quality\": 50}", "{\"quality\": 50, \"gain\": nan}");
	assert_true(settings.quality->user_set);
	script("config", NULL);
	sync_begin(0);
	read_text("{\"quality\": 85, \"gain\": nan}");
	writes("{\"quality\": 50}");
}

static void not_a_number(void **state)
{
	sync_text("nan");
	set_begin(settings.quality, 50);
	writes("50");
	read_text("50.0");
	done(0);
	assert_int_equal(set_end(settings.quality), 0);
	sync_text(" 50\n");
	assert_active(settings.quality, true);
	assert_true(settings.quality->user_set);
	sync_text("85.5");
	assert_value(settings.quality, 1, 86);
}

/* ---- a script restarts ------------------------------------------------ */

static void restart_same(void **state)
{
	struct omv_setting *a;

	sync_text("{\"a\": 1, \"b\": 2}");
	a = number("a");
	set(a, 5, "{\"a\": 5}", "{\"a\": 5, \"b\": 2}");
	script("config", NULL);
	sync_text("{\"a\": 5, \"b\": 2}");
	assert_true(a->user_set);

	script("config", NULL);
	sync_begin(0);
	read_text("{\"a\": 1, \"b\": 2}");
	writes("{\"a\": 5}");
	read_text("{\"a\": 5, \"b\": 2}");
	assert_int_equal(shown(), 2);
	done(0);
	assert_value(a, 1, 5);
	assert_true(a->user_set);
	/* The value is written once per script. */
	sync_begin(0);
	read_text("{\"a\": 6, \"b\": 2}");
	shown();
	done(0);
	assert_false(a->user_set);
}

/* A value that another program or the script has set is no longer the user's. */
static void another_master(void **state)
{
	struct omv_setting *a;

	sync_text("{\"a\": 1}");
	a = number("a");
	set(a, 5, "{\"a\": 5}", "{\"a\": 5}");
	sync_text("{\"a\": 6}");
	assert_value(a, 1, 6);
	assert_false(a->user_set);
	script("config", NULL);
	sync_text("{\"a\": 1}");
	assert_value(a, 1, 1);
}

/* A key that is missing for one script is written for the next that has it. */
static void restart_missing(void **state)
{
	struct omv_setting *a;

	sync_text("{\"a\": 1}");
	a = number("a");
	set(a, 5, "{\"a\": 5}", "{\"a\": 5}");
	script("config", NULL);
	sync_text("{\"b\": 1}");
	assert_active(a, false);
	assert_true(a->user_set);
	script("config", NULL);
	sync_begin(0);
	read_text("{\"a\": 1}");
	writes("{\"a\": 5}");
	read_text("{\"a\": 5}");
	shown();
	done(0);
	assert_active(a, true);
}

/* Only the channel's own settings are written. */
static void restart_channel(void **state)
{
	struct omv_setting *gain;

	script("config", "ui");
	sync_slider(1, "gain", 7);
	gain = find("ui", OMV_KNOB_INTEGER, "gain");
	set_slider(gain, 9, 9);

	script("config", "ui");
	sync_text("{\"gain\": 1}");
	assert_false(gain->shown);
	sync_begin(1);
	read_slider("gain", 7);
	write_widget("gain", 9);
	read_slider("gain", 9);
	shown();
	done(0);
}

/* A value that is set between the start of a script and its first scan is written once. */
static void set_before_sync(void **state)
{
	struct omv_setting *a;

	sync_text("{\"a\": 1}");
	a = number("a");
	script("config", NULL);
	set_begin(a, 5);
	read_text("{\"a\": 1}");
	writes("{\"a\": 5}");
	read_text("{\"a\": 5}");
	done(0);
	assert_int_equal(set_end(a), 0);
	sync_text("{\"a\": 5}");
	assert_true(a->user_set);
}

/* A setting that is new with this script has no value to write. */
static void new_is_synced(void **state)
{
	struct omv_setting *a;

	sync_text("{\"a\": 1}");
	a = number("a");
	assert_int_equal(a->synced, generation);
	set(a, 5, "{\"a\": 5}", "{\"a\": 5}");
	sync_text("{\"a\": 6}");
	assert_value(a, 1, 6);
}

static void set_two(const char *first, const char *second)
{
	char text[64], written[64];

	snprintf(text, sizeof(text), "{\"%s\": 5, \"%s\": 1}", first, second);
	sync_text("{\"a\": 1, \"b\": 1}");
	snprintf(written, sizeof(written), "{\"%s\": 5}", first);
	set(number(first), 5, written, text);
	snprintf(written, sizeof(written), "{\"%s\": 6}", second);
	snprintf(text, sizeof(text), "{\"%s\": 5, \"%s\": 6}", first, second);
	set(number(second), 6, written, text);
}

/* The write to b changes a back. */
static void second_round(void **state)
{
	set_two("a", "b");
	script("config", NULL);
	sync_begin(0);
	read_text("{\"a\": 1, \"b\": 1}");
	writes("{\"a\": 5}");
	writes("{\"b\": 6}");
	read_text("{\"a\": 2, \"b\": 6}");
	writes("{\"a\": 5}");
	read_text("{\"a\": 5, \"b\": 6}");
	assert_int_equal(shown(), 2);
	done(0);
	assert_value(number("a"), 1, 5);
	assert_true(number("a")->user_set);
	assert_true(number("b")->user_set);
}

/* Two settings that exclude each other: after two rounds the camera's values are used. */
static void no_third_round(void **state)
{
	set_two("a", "b");
	script("config", NULL);
	sync_begin(0);
	read_text("{\"a\": 1, \"b\": 1}");
	writes("{\"a\": 5}");
	writes("{\"b\": 6}");
	read_text("{\"a\": 2, \"b\": 6}");
	writes("{\"a\": 5}");
	read_text("{\"a\": 5, \"b\": 1}");
	assert_int_equal(shown(), 2);
	done(0);
	assert_value(number("b"), 1, 1);
	assert_true(number("a")->user_set);
	assert_false(number("b")->user_set);
}

/* A value that cannot be written does not prevent the others. */
static void restart_refused(void **state)
{
	static const int errors[] = { -EIO, -EINVAL, -ENOSPC };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		set_two("a", "b");
		script("config", NULL);
		sync_begin(0);
		read_text("{\"a\": 1, \"b\": 1}");
		write_fails(errors[i]);
		writes("{\"b\": 6}");
		read_text("{\"a\": 1, \"b\": 6}");
		write_fails(errors[i]);
		assert_int_equal(shown(), 2);
		done(0);
		assert_value(number("a"), 1, 1);
		assert_true(number("b")->user_set);
	}
}

/* If the session is lost, all writes are repeated in the next one. */
static void restart_broken(void **state)
{
	set_two("a", "b");
	script("config", NULL);
	sync_begin(0);
	read_text("{\"a\": 1, \"b\": 1}");
	writes("{\"a\": 5}");
	write_fails(-ECONNRESET);
	done(-ECONNRESET);
	sync_begin(0);
	read_text("{\"a\": 5, \"b\": 1}");
	writes("{\"b\": 6}");
	read_fails(-ETIMEDOUT);
	done(-ETIMEDOUT);
	sync_begin(0);
	read_text("{\"a\": 5, \"b\": 1}");
	writes("{\"b\": 6}");
	read_text("{\"a\": 5, \"b\": 6}");
	assert_int_equal(shown(), 2);
	done(0);
}

/* A widget that still reports its old value is not written again; another one is. */
static void restart_stale(void **state)
{
	struct omv_setting *gain = stale_gain();

	sync_slider(0, "gain", 9);
	script("config", NULL);
	sync_begin(0);
	read_slider("gain", 7);
	write_widget("gain", 9);
	read_slider("gain", 7);
	assert_int_equal(shown(), 0);
	done(0);
	assert_value(gain, 1, 9);
	assert_true(gain->user_set);

	script("config", NULL);
	sync_begin(0);
	read_slider("gain", 7);
	write_widget("gain", 9);
	read_slider("gain", 3);
	write_widget("gain", 9);
	read_slider("gain", 9);
	assert_int_equal(shown(), 1);
	done(0);
	assert_true(gain->user_set);
	assert_false(gain->stale);
}

/* The ignored old value of the last script is not used for this one. */
static void restart_not_stale(void **state)
{
	struct omv_setting *gain = stale_gain();

	script("config", NULL);
	sync_begin(0);
	read_slider("gain", 7);
	write_widget("gain", 9);
	read_slider("gain", 9);
	assert_int_equal(shown(), 1);
	done(0);
	assert_false(gain->stale);

	stale_gain();
	gain->user_set = false;
	script("config", NULL);
	sync_slider(0, "gain", 7);
	assert_value(gain, 1, 7);
}

/* A widget that could not be written shows the camera's value. */
static void restart_refused_widget(void **state)
{
	struct omv_setting *gain = stale_gain();

	script("config", NULL);
	sync_begin(0);
	read_slider("gain", 7);
	write_fails(-EINVAL);
	assert_int_equal(shown(), 1);
	done(0);
	assert_value(gain, 1, 7);
}

/* ---- other dialects, and the quality ---------------------------------- */

static void json_to_widgets(void **state)
{
	struct omv_setting *gain;

	sync_text("{\"gain\": 7}");
	gain = number("gain");
	set(gain, 9, "{\"gain\": 9}", "{\"gain\": 9}");
	script("config", NULL);
	sync_begin(0);
	read_slider("gain", 7);
	write_widget("gain", 9);
	read_slider("gain", 7);
	assert_int_equal(shown(), 0);
	done(0);
	assert_value(gain, 1, 9);

	script("config", NULL);
	sync_begin(0);
	read_text("{\"gain\": 7}");
	writes("{\"gain\": 9}");
	read_text("{\"gain\": 9}");
	assert_int_equal(shown(), 1);
	done(0);
}

/* A plain number is only the quality. */
static void json_to_number(void **state)
{
	struct omv_setting *a, *quality = settings.quality;

	sync_text("{\"quality\": 85, \"a\": 1}");
	a = number("a");
	set(a, 5, "{\"a\": 5}", "{\"quality\": 85, \"a\": 5}");
	set(quality, 40, "{\"quality\": 40}", "{\"quality\": 40, \"a\": 5}");
	script("config", NULL);
	sync_begin(0);
	read_text("85");
	writes("40");
	read_text("40");
	assert_int_equal(shown(), 1);
	done(0);
	assert_active(quality, true);
	assert_active(a, false);
	assert_true(a->user_set);

	set_begin(a, 7);
	done(-ENOENT);
	set(quality, 30, "30", "30");
}

/* A plain number has no fraction. */
static void fraction_to_number(void **state)
{
	struct omv_setting *quality = settings.quality;

	sync_text("{\"quality\": 85.5}");
	set(quality, 40500, "{\"quality\": 40.5}", "{\"quality\": 40.5}");
	script("config", NULL);
	sync_begin(0);
	read_text("85");
	writes("41");
	read_text("41");
	writes("41");
	read_text("41");
	assert_int_equal(shown(), 1);
	done(0);
	assert_value(quality, OMV_KNOB_SCALE, 41000);
}

/* Frames of a script wait for the values of the user, if it has a channel for one of them. */
static void restore(void **state)
{
	struct omv_restore due, many = { 0 };
	char name[OMV_NAME_SIZE];
	unsigned int i;

	script("config", "ui");
	sync_text("{\"a\": 1}");
	sync_slider(1, "gain", 7);
	omv_settings_restore(&settings, &due);
	assert_int_equal(due.count, 0);
	assert_false(omv_restore_is_due(&due, &host));
	find("ui", OMV_KNOB_INTEGER, "gain")->user_set = true;
	settings.quality->user_set = true;
	number("a")->user_set = true;
	omv_settings_restore(&settings, &due);
	assert_int_equal(due.count, 2);
	assert_string_equal(due.names[0], "config");
	assert_string_equal(due.names[1], "ui");
	assert_true(omv_restore_is_due(&due, &host));
	script("frame", "ui");
	assert_true(omv_restore_is_due(&due, &host));
	host.state = OMV_HOST_LOST;
	assert_false(omv_restore_is_due(&due, &host));
	script("frame", "telemetry");
	assert_false(omv_restore_is_due(&due, &host));
	for (i = 0; i < 2 * OMV_CTRL_CHANNELS; i++) {
		sprintf(name, "n%u", i);
		omv_restore_add(&many, name);
		omv_restore_add(&many, name);
	}
	assert_int_equal(many.count, OMV_CTRL_CHANNELS);
	assert_string_equal(many.names[OMV_CTRL_CHANNELS - 1], "n7");
}

/* A number that can't be read is written once for each script. */
static void unreadable(void **state)
{
	struct omv_setting *quality = settings.quality;

	sync_begin(0);
	read_text("");
	assert_int_equal(shown(), 0);
	done(0);
	assert_active(quality, true);
	assert_true(settings.channels[0].known);

	set_begin(quality, 50);
	writes("50");
	read_text("");
	done(0);
	assert_int_equal(set_end(quality), 0);
	assert_value(quality, 1, 50);
	assert_true(quality->user_set);

	script("config", NULL);
	sync_begin(0);
	read_text("");
	writes("50");
	assert_int_equal(shown(), 0);
	done(0);
	assert_value(quality, 1, 50);
	sync_begin(0);
	read_text("");
	assert_int_equal(shown(), 0);
	done(0);
}

/* The key of the quality has several spellings, but it is one setting. */
static void quality_spelled(void **state)
{
	struct omv_setting *quality = settings.quality;

	sync_text("{\"a\": 1, \"JPEG Quality\": 70}");
	assert_string_equal(quality->knob.key, "JPEG Quality");
	assert_value(quality, 1, 70);
	set(quality, 40, "{\"JPEG Quality\": 40}", "{\"a\": 1, \"JPEG Quality\": 40}");

	/* The user's value is written to the other spelling, too. */
	script("config", NULL);
	sync_begin(0);
	read_text("{\"quality\": 70}");
	writes("{\"quality\": 40}");
	read_text("{\"quality\": 40}");
	assert_int_equal(shown(), 1);
	done(0);
	assert_int_equal(settings.count, 2);

	/* If both spellings exist, the previous one is kept. */
	script("config", NULL);
	sync_begin(0);
	read_text("{\"jpeg_quality\": 70, \"quality\": 40}");
	assert_int_equal(shown(), 2);
	done(0);
	assert_string_equal(quality->knob.key, "quality");
	assert_int_equal(settings.count, 3);
}

/* The quality is written to the channel that has it; "config" comes first. */
static void quality_elsewhere(void **state)
{
	struct omv_setting *quality = settings.quality;

	script("config", "ui");
	sync_text("{\"a\": 1}");
	sync_begin(1);
	read_slider("quality", 7);
	assert_int_equal(shown(), 1);
	done(0);
	assert_string_equal(quality->channel, "ui");
	assert_value(quality, 1, 7);

	/* It stays in that channel if "config" has none. */
	sync_text("{\"a\": 1}");
	assert_string_equal(quality->channel, "ui");

	/* A plain number in "config" takes it over, even if it cannot be read. */
	set_slider(quality, 9, 9);
	script("config", NULL);
	sync_begin(0);
	read_text("");
	writes("9");
	assert_int_equal(shown(), 0);
	done(0);
	assert_string_equal(quality->channel, "config");
	assert_string_equal(quality->knob.key, "quality");
	assert_active(quality, true);
	set_begin(quality, 8);
	writes("8");
	read_text("");
	done(0);
}

/* A second quality, in another channel, is a separate setting. */
static void quality_twice(void **state)
{
	script("config", "ui");
	sync_text("{\"quality\": 1}");
	sync_begin(1);
	read_slider("quality", 7);
	shown();
	done(0);
	assert_string_equal(settings.quality->channel, "config");
	assert_value(settings.quality, 1, 1);
	assert_value(find("ui", OMV_KNOB_INTEGER, "quality"), 1, 7);
}

/* ---- random input ends after a few steps ------------------------------ */

static void bounded(void **state)
{
	static const int results[] = {
		0, 0, 0, 0, -EIO, -EINVAL, -EBADMSG, -ECONNRESET, -ENOSPC,
	};
	static const char * const texts[] = {
		"", "50", "{\"a\": 1}", "{\"a\": 2, \"b\": 1}", "{\"b\": 2}", "{", "x",
	};
	unsigned int i, steps;

	srand(1);
	for (i = 0; i < 5000; i++) {
		if (!(i % 100)) {
			setup(NULL);
			set_two("a", "b");
		}
		script("config", NULL);
		number("a")->user_set = rand() % 4;
		number("b")->user_set = rand() % 4;
		if (rand() % 2)
			sync_begin(0);
		else
			set_begin(number("a"), rand() % 3);
		for (steps = 0; x.state != OMV_EXCHANGE_DONE; steps++) {
			if (x.state == OMV_EXCHANGE_SHOW)
				shown();
			else if (x.state == OMV_EXCHANGE_READ && rand() % 4)
				read_text(texts[rand() % ARRAY_SIZE(texts)]);
			else
				omv_exchange_next(&x, results[rand() % ARRAY_SIZE(results)]);
			assert_true(steps < 12);
		}
	}
}

#define T(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(keys), T(equal),
		T(channels), T(channels_again), T(other_channels), T(no_widgets_yet), T(nonsense),
		T(too_large), T(reread),
		T(show), T(show_others), T(no_options_kept), T(too_many), T(show_too_late),
		T(unreachable), T(not_kept),
		T(restore), T(button), T(stale_text), T(typed_options), T(not_finite), T(not_a_number),
		T(rescale), T(zero_first), T(rescale_range), T(grows),
		T(taken), T(clamped), T(twice), T(refused), T(same), T(fraction), T(missing),
		T(set_on_nonsense), T(nonsense_after_write), T(dialect_first), T(repeat), T(get),
		T(stale), T(stale_until_set), T(stale_again), T(stale_option), T(options_reordered),
		T(restart_same), T(another_master), T(restart_missing), T(restart_channel),
		T(set_before_sync), T(new_is_synced), T(second_round), T(no_third_round),
		T(restart_refused), T(restart_broken), T(restart_stale), T(restart_not_stale),
		T(restart_refused_widget),
		T(json_to_widgets), T(json_to_number), T(fraction_to_number), T(unreadable),
		T(quality_spelled), T(quality_elsewhere), T(quality_twice),
		T(bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
