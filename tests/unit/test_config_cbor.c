// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>

#include "config_fixture.h"

#define BYTES(...)	(const u8[]){ __VA_ARGS__ }, sizeof((const u8[]){ __VA_ARGS__ })

/* ---- handmade documents ----------------------------------------------- */

enum major { UINT, NINT, BSTR, TSTR, ARRAY, MAP, TAG, SIMPLE };

/* Keys of widgets. */
enum {
	NAME = 0,
	UNIT = 1,
	VALUE = 2,
	TYPE = -30,
	MIN = -31,
	MAX = -32,
	STEP = -33,
	OPTIONS = -34,
};

static u8 doc[1 << 16];
static u32 doc_len;

static void put_bytes(const void *bytes, u32 len)
{
	assert_true(doc_len + len <= sizeof(doc));
	memcpy(doc + doc_len, bytes, len);
	doc_len += len;
}

static void put_byte(u8 byte)
{
	put_bytes(&byte, 1);
}

static void put_big_endian(u64 value, u32 size)
{
	while (size--)
		put_byte(value >> 8 * size);
}

/* Numbers below 24 are encoded in the first byte, unless @size is set. */
static void put_head(enum major major, u64 value, u32 size)
{
	static const u8 infos[] = { [1] = 24, [2] = 25, [4] = 26, [8] = 27 };

	if (!size && value < 24) {
		put_byte(major << 5 | value);
		return;
	}
	if (!size)
		size = value <= 0xff ? 1 : value <= 0xffff ? 2 : value <= U32_MAX ? 4 : 8;
	put_byte(major << 5 | infos[size]);
	put_big_endian(value, size);
}

static void put_indefinite(enum major major)
{
	put_byte(major << 5 | 31);
}

static void put_break(void)
{
	put_byte(0xff);
}

static void put_int(s64 value)
{
	if (value < 0)
		put_head(NINT, -1 - value, 0);
	else
		put_head(UINT, value, 0);
}

static void put_text(const char *text)
{
	put_head(TSTR, strlen(text), 0);
	put_bytes(text, strlen(text));
}

static void put_double(double number)
{
	u64 bits;

	memcpy(&bits, &number, sizeof(bits));
	put_head(SIMPLE, bits, 8);
}

static void put_float(float number)
{
	u32 bits;

	memcpy(&bits, &number, sizeof(bits));
	put_head(SIMPLE, bits, 4);
}

static void put_bool(bool value)
{
	put_byte(value ? 0xf5 : 0xf4);
}

static void begin(void)
{
	doc_len = 0;
	put_indefinite(ARRAY);
}

static void begin_widget(const char *name, const char *type)
{
	put_indefinite(MAP);
	put_int(NAME);
	put_text(name);
	if (type) {
		put_int(TYPE);
		put_text(type);
	}
}

/* The only widget of the document. */
static void begin_only(const char *type)
{
	begin();
	begin_widget("w", type);
}

static void finish(void)
{
	put_break();
	put_break();
	read_document(OMV_CONFIG_CBOR, doc, doc_len);
}

static const struct omv_knob *finish_only(enum omv_knob_type type)
{
	finish();
	assert_int_equal(nr_knobs, 1);
	assert_string_equal(knobs[0].key, "w");
	assert_int_equal(knobs[0].type, type);
	return &knobs[0];
}

/* ---- example of the specification ------------------------------------- */

static const u8 example[] = {
	0x83, 0xa4, 0x00, 0x64, 0x74, 0x65, 0x6d, 0x70, 0x38, 0x1d, 0x65, 0x6c, 0x61, 0x62,
	0x65, 0x6c, 0x02, 0xfb, 0x40, 0x39, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x63,
	0x43, 0x65, 0x6c, 0xa3, 0x00, 0x66, 0x6d, 0x69, 0x72, 0x72, 0x6f, 0x72, 0x38, 0x1d,
	0x66, 0x74, 0x6f, 0x67, 0x67, 0x6c, 0x65, 0x02, 0xf4, 0xa6, 0x00, 0x64, 0x67, 0x61,
	0x69, 0x6e, 0x38, 0x1d, 0x66, 0x73, 0x6c, 0x69, 0x64, 0x65, 0x72, 0x02, 0x03, 0x38,
	0x1e, 0x00, 0x38, 0x1f, 0x0a, 0x38, 0x20, 0x01,
};

static void specification(void **state)
{
	struct omv_knob knob = boolean_knob("mirror", true);

	read_document(OMV_CONFIG_CBOR, example, sizeof(example));
	assert_int_equal(sizeof(example), 78);
	assert_int_equal(nr_knobs, 3);
	assert_int_equal(knobs[0].type, OMV_KNOB_LABEL);
	assert_string_equal(knobs[0].key, "temp");
	assert_string_equal(knobs[0].unit, "Cel");
	assert_string_equal(knobs[0].option.text, "25.5");
	assert_int_equal(knobs[1].type, OMV_KNOB_BOOLEAN);
	assert_string_equal(knobs[1].key, "mirror");
	assert_string_equal(knobs[1].unit, "");
	assert_int_equal(knobs[1].value, 0);
	assert_integer(&knobs[2], "gain", 1, 3);
	assert_true(knobs[2].ranged);
	assert_int_equal(knobs[2].min, 0);
	assert_int_equal(knobs[2].max, 10);
	assert_int_equal(knobs[2].step, 1);

	assert_write(OMV_CONFIG_CBOR, &knob, BYTES(0x81, 0xa2, 0x00, 0x66, 0x6d, 0x69, 0x72,
						   0x72, 0x6f, 0x72, 0x02, 0xf5));
	assert_truncated(OMV_CONFIG_CBOR, example, sizeof(example));
}

/* ---- syntax ----------------------------------------------------------- */

static void documents(void **state)
{
	static const struct {
		u8 bytes[16];
		u32 len;
	} good[] = {
		{ { 0x80 }, 1 },
		{ { 0x98, 0 }, 2 },
		{ { 0x9b, 0, 0, 0, 0, 0, 0, 0, 0 }, 9 },
		{ { 0x9f, 0xff }, 2 },
		{ { 0x81, 0xa1, 0, 0x60 }, 4 },
		{ { 0x81, 0xa1, 0x18, 0, 0x61, 'a' }, 6 },
		{ { 0x9f, 0xbf, 0, 0x7f, 0x61, 'a', 0x60, 0xff, 0xff, 0xff }, 10 },
		/* One that has a name is sufficient. */
		{ { 0x83, 0xa1, 0, 1, 0xa1, 0, 0x60, 0x80 }, 8 },
	}, bad[] = {
		{ { 0x80, 0 }, 2 },		/* bytes after the document */
		{ { 0x9f, 0xff, 0xff }, 3 },
		{ { 0xff }, 1 },
		{ { 0x81, 0xff }, 2 },
		{ { 0x81, 0xa0 }, 2 },		/* no name */
		{ { 0x81, 0xa1, 0, 1 }, 4 },	/* not a text */
		{ { 0x81, 0xa1, 0, 0x40 }, 4 },
		{ { 0x81, 0xa1, 1, 0x60 }, 4 },
		{ { 0x81, 0x80 }, 2 },		/* not a map */
		{ { 0x81, 0x00 }, 2 },
		{ { 0xa1, 0, 0x60 }, 3 },	/* not an array */
		{ { 0x82, 0xa1, 0, 0x60 }, 4 },	/* one element too few */
		{ { 0x80, 0xa1, 0, 0x60 }, 4 },
		{ { 0x81, 0xa2, 0, 0x60 }, 4 },
		{ { 0x81, 0xbf, 0, 0x60 }, 4 },
		{ { 0x81, 0xbf, 0, 0x60, 2, 0xff }, 6 },	/* no value */
		{ { 0x81, 0xbf, 0, 0xff }, 4 },
		{ { 0x81, 0xa2, 0, 0x60, 9, 0xbf, 1, 0xbf, 0xff, 1, 0xff }, 11 },
		{ { 0x9b, 255, 255, 255, 255, 255, 255, 255, 255 }, 9 },
		{ { 0x9b, 255, 255, 255, 255, 255, 255, 255, 255, 0xff }, 10 },
		{ { 0x81, 0xbb, 128, 0, 0, 0, 0, 0, 0, 0 }, 10 },
		{ { 0x81, 0xa1, 0, 0x7b, 255, 255, 255, 255, 255, 255, 255, 255 }, 12 },
		{ { 0x81, 0xa1, 0, 0x7c }, 4 },			/* reserved */
		{ { 0x81, 0xa2, 0, 0x60, 2, 0x1f }, 6 },
		{ { 0x81, 0xa2, 0, 0x60, 2, 0x3f }, 6 },
		{ { 0x81, 0xa2, 0, 0x60, 2, 0xdf, 0 }, 7 },
		{ { 0x81, 0xa2, 0, 0x60, 2, 0xfc }, 6 },
		{ { 0x81, 0xa2, 0, 0x60, 2, 0xff }, 6 },
		{ { 0x81, 0xa2, 0, 0x60, 2, 0xc1 }, 6 },	/* a tag without a value */
		/* Chunks of another type, or nested chunks. */
		{ { 0x81, 0xa1, 0, 0x7f, 0x41, 'a', 0xff }, 7 },
		{ { 0x81, 0xa1, 0, 0x7f, 0x7f, 0xff, 0xff }, 7 },
		{ { 0x81, 0xa1, 0, 0x7f, 0x61, 'a' }, 6 },
		{ { 0x81, 0xa1, 0, 0x7f, 1, 0xff }, 6 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		read_document(OMV_CONFIG_CBOR, good[i].bytes, good[i].len);
		assert_int_equal(nr_knobs, 0);
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		if (detect(bad[i].bytes, bad[i].len) != OMV_CONFIG_NONE)
			fail_msg("document %u of the bad ones is good", i);
		read_as(OMV_CONFIG_CBOR, bad[i].bytes, bad[i].len);
	}
}

/* Reserved values: the length of the item is unknown. */
static void reserved(void **state)
{
	unsigned int major, info, bytes;

	for (major = UINT; major <= SIMPLE; major++) {
		for (info = 28; info < 31; info++) {
			for (bytes = 0; bytes < 100; bytes++) {
				begin_only("toggle");
				put_int(100);
				put_byte(major << 5 | info);
				while (doc_len < bytes)
					put_byte(0);
				put_break();
				put_break();
				assert_int_equal(detect(doc, doc_len), OMV_CONFIG_NONE);
			}
		}
	}
}

/* Any type of key and value. */
static void unknown_keys(void **state)
{
	const struct {
		const u8 *bytes;
		u32 len;
	} items[] = {
		{ BYTES(0x18, 100) },
		{ BYTES(0x39, 0xff, 0xff) },
		{ BYTES(0x3b, 255, 255, 255, 255, 255, 255, 255, 255) },
		{ BYTES(0x1b, 255, 255, 255, 255, 255, 255, 255, 254) },
		{ BYTES(0x43, 1, 2, 3) },
		{ BYTES(0x5f, 0x41, 0, 0x40, 0x42, 0xff, 0xff, 0xff) },
		{ BYTES(0x61, 'x') },
		{ BYTES(0x7f, 0x61, 'x', 0xff) },
		{ BYTES(0x83, 0, 0x81, 0xf6, 0x80) },
		{ BYTES(0x9f, 0x9f, 0xbf, 1, 2, 3, 0x9f, 0xff, 0xff, 0xff, 0x82, 0x9f, 0xff, 4, 0xff) },
		{ BYTES(0xa2, 0, 0x60, 0x61, 'a', 0xa0) },
		{ BYTES(0xbf, 0, 0xbf, 2, 0x80, 0xff, 0xbf, 0xff, 0xa1, 1, 1, 0xff) },
		{ BYTES(0xc1, 0xd8, 0x40, 0x82, 0xc2, 0x41, 0, 1) },
		{ BYTES(0xf9, 0x7e, 0) },
		{ BYTES(0xfa, 1, 2, 3, 4) },
		{ BYTES(0xf7) },
		{ BYTES(0xe0) },
		{ BYTES(0xf8, 0xff) },
	};
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(items); i++) {
		for (j = 0; j < ARRAY_SIZE(items); j++) {
			begin_only(NULL);
			put_bytes(items[i].bytes, items[i].len);
			put_bytes(items[j].bytes, items[j].len);
			put_int(TYPE);
			put_text("toggle");
			put_bytes(items[j].bytes, items[j].len);
			put_bytes(items[i].bytes, items[i].len);
			put_int(VALUE);
			put_bool(true);
			assert_int_equal(finish_only(OMV_KNOB_BOOLEAN)->value, 1);
			assert_truncated(OMV_CONFIG_CBOR, doc, doc_len);
		}
	}
}

/* Definite lengths may be nested without a limit, indefinite ones 16 deep. */
static void nesting(void **state)
{
	static const enum major lists[] = { ARRAY, MAP };
	unsigned int depth, i, j;

	for (j = 0; j < ARRAY_SIZE(lists); j++) {
		for (depth = 1; depth < 40; depth++) {
			begin_only("toggle");
			put_int(100);
			for (i = 0; i < depth; i++) {
				put_indefinite(lists[j]);
				if (lists[j] == MAP)
					put_int(1);
			}
			put_int(5);
			for (i = 0; i < depth; i++)
				put_break();
			put_break();
			put_break();
			assert_int_equal(detect(doc, doc_len), depth <= 16 ?
					 OMV_CONFIG_CBOR : OMV_CONFIG_NONE);
			read_as(OMV_CONFIG_CBOR, doc, doc_len);
		}
	}
	begin_only("toggle");
	put_int(100);
	for (i = 0; i < 20000; i++) {
		put_head(ARRAY, 1, 0);
		put_head(TAG, 1, 0);
	}
	put_int(5);
	finish_only(OMV_KNOB_BOOLEAN);
	begin_only("toggle");
	put_int(100);
	for (i = 0; i < 20000; i++)
		put_head(ARRAY, 2, 0);
	put_break();
	put_break();
	assert_int_equal(detect(doc, doc_len), OMV_CONFIG_NONE);
}

/* ---- widgets ---------------------------------------------------------- */

/* Depth cannot be set; a widget without a type is ignored. */
static void other_types(void **state)
{
	static const char * const names[] = { "depth", "", "Slider", "slide", "sliders", "toggle2",
					      "a type as long as one likes" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		begin_only(names[i]);
		put_int(VALUE);
		put_int(1);
		finish();
		assert_int_equal(nr_knobs, 0);
	}
	begin_only(NULL);
	put_int(VALUE);
	put_int(1);
	finish();
	assert_int_equal(nr_knobs, 0);
	begin_only(NULL);
	put_int(TYPE);
	put_int(1);
	finish();
	assert_int_equal(nr_knobs, 0);

	/* Other widgets follow. */
	begin();
	begin_widget("a", "depth");
	put_int(8);
	put_head(BSTR, 3, 2);
	put_bytes("\xff\xff\xff", 3);
	put_break();
	begin_widget("b", "toggle");
	put_break();
	begin_widget("c", "label");
	finish();
	assert_int_equal(nr_knobs, 2);
	assert_string_equal(knobs[0].key, "b");
	assert_string_equal(knobs[1].key, "c");
}

static void names(void **state)
{
	char name[128];
	unsigned int len;

	for (len = 0; len < 70; len++) {
		memset(name, 'n', len);
		name[len] = 0;
		begin();
		begin_widget(name, "toggle");
		put_break();
		begin_widget("b", "toggle");
		finish();
		if (len && len < OMV_KNOB_KEY_SIZE) {
			assert_int_equal(nr_knobs, 2);
			assert_string_equal(knobs[0].key, name);
		} else {
			assert_int_equal(nr_knobs, 1);
		}
		assert_string_equal(knobs[nr_knobs - 1].key, "b");
	}
	/* With a NUL byte. */
	begin();
	put_indefinite(MAP);
	put_int(NAME);
	put_head(TSTR, 3, 0);
	put_bytes("a\0b", 3);
	put_int(TYPE);
	put_text("toggle");
	finish();
	assert_int_equal(nr_knobs, 0);
	/* Strings in chunks, keys in another order, numbers of another width. */
	begin();
	put_head(MAP, 5, 8);
	put_head(NINT, -1 - MAX, 8);
	put_head(UINT, 7, 8);
	put_head(NINT, -1 - TYPE, 4);
	put_indefinite(TSTR);
	put_text("sli");
	put_text("");
	put_text("der");
	put_break();
	put_head(UINT, VALUE, 2);
	put_int(5);
	put_head(UINT, NAME, 1);
	put_indefinite(TSTR);
	put_text("ga");
	put_text("in");
	put_break();
	put_head(UINT, UNIT, 1);
	put_text("dB");
	put_break();
	read_document(OMV_CONFIG_CBOR, doc, doc_len);
	assert_int_equal(nr_knobs, 1);
	assert_integer(&knobs[0], "gain", 1, 5);
	assert_string_equal(knobs[0].unit, "dB");
	assert_int_equal(knobs[0].max, 7);
}

/* The last one counts. */
static void twice(void **state)
{
	begin_only("label");
	put_int(NAME);
	put_text("x");
	put_int(TYPE);
	put_text("toggle");
	put_int(VALUE);
	put_bool(true);
	put_int(VALUE);
	put_bool(false);
	finish();
	assert_int_equal(nr_knobs, 1);
	assert_string_equal(knobs[0].key, "x");
	assert_int_equal(knobs[0].type, OMV_KNOB_BOOLEAN);
	assert_int_equal(knobs[0].value, 0);
}

static void units(void **state)
{
	begin_only("slider");
	put_int(UNIT);
	put_text("123456789012345\xc3\xa9");
	assert_string_equal(finish_only(OMV_KNOB_INTEGER)->unit, "123456789012345");
	begin_only("slider");
	put_int(UNIT);
	put_text("12345678901234\xc3\xa9");
	assert_string_equal(finish_only(OMV_KNOB_INTEGER)->unit, "12345678901234");
	begin_only("slider");
	put_int(UNIT);
	put_text("1234567890123\xc3\xa9");
	assert_string_equal(finish_only(OMV_KNOB_INTEGER)->unit, "1234567890123\xc3\xa9");
	begin_only("slider");
	put_int(UNIT);
	put_int(7);
	assert_string_equal(finish_only(OMV_KNOB_INTEGER)->unit, "");
}

static void toggles(void **state)
{
	const struct {
		const u8 *bytes;
		u32 len;
		s32 value;
	} values[] = {
		{ BYTES(0xf5), 1 },
		{ BYTES(0xf4), 0 },
		{ BYTES(0), 0 },
		{ BYTES(1), 1 },
		{ BYTES(0x18, 200), 1 },
		{ BYTES(0x20), 1 },
		{ BYTES(0xf6), 0 },
		{ BYTES(0xf7), 0 },
		{ BYTES(0x61, '1'), 0 },
		{ BYTES(0x81, 1), 0 },
		{ BYTES(0xfb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0), 1 },
		{ BYTES(0xfb, 0x80, 0, 0, 0, 0, 0, 0, 0), 0 },
		{ BYTES(0xf9, 0x7e, 0), 0 },
		{ BYTES(0xf9, 0x7c, 0), 1 },
	};
	unsigned int i;

	begin_only("toggle");
	assert_int_equal(finish_only(OMV_KNOB_BOOLEAN)->value, 0);
	for (i = 0; i < ARRAY_SIZE(values); i++) {
		begin_only("toggle");
		put_int(VALUE);
		put_bytes(values[i].bytes, values[i].len);
		if (finish_only(OMV_KNOB_BOOLEAN)->value != values[i].value)
			fail_msg("value %u", i);
	}
}

/* ---- labels ----------------------------------------------------------- */

static const char *finish_label(void)
{
	return finish_only(OMV_KNOB_LABEL)->option.text;
}

static const char *label_of_double(double number)
{
	begin_only("label");
	put_int(VALUE);
	put_double(number);
	return finish_label();
}

static const char *label_of_float(float number)
{
	begin_only("label");
	put_int(VALUE);
	put_float(number);
	return finish_label();
}

static const char *label_of_int(s64 number)
{
	begin_only("label");
	put_int(VALUE);
	put_int(number);
	return finish_label();
}

static const char *label_of_bytes(const u8 *bytes, u32 len)
{
	begin_only("label");
	put_int(VALUE);
	put_bytes(bytes, len);
	return finish_label();
}

static void labels(void **state)
{
	begin_only("label");
	assert_string_equal(finish_label(), "");
	assert_string_equal(label_of_bytes(BYTES(0xf6)), "");
	assert_string_equal(label_of_bytes(BYTES(0xf7)), "");
	assert_string_equal(label_of_bytes(BYTES(0x82, 1, 2)), "1, 2");
	assert_string_equal(label_of_bytes(BYTES(0xa0)), "");
	assert_string_equal(label_of_bytes(BYTES(0x41, 'x')), "");
	assert_string_equal(label_of_bytes(BYTES(0xf5)), "true");
	assert_string_equal(label_of_bytes(BYTES(0xf4)), "false");
	assert_string_equal(label_of_bytes(BYTES(0x60)), "");
	assert_string_equal(label_of_bytes(BYTES(0x63, 'a', '\n', 'b')), "a\nb");
	assert_string_equal(label_of_bytes(BYTES(0x63, 'a', 0, 'b')), "a\xef\xbf\xbd" "b");
	assert_string_equal(label_of_bytes(BYTES(0x7f, 0x62, 'a', 0xc3, 0x61, 0xa9, 0xff)),
			    "a\xc3\xa9");
	assert_string_equal(label_of_int(0), "0");
	assert_string_equal(label_of_int(-1), "-1");
	assert_string_equal(label_of_int(INT64_MAX), "9223372036854775807");
	assert_string_equal(label_of_int(INT64_MIN), "-9223372036854775808");
	assert_string_equal(label_of_bytes(BYTES(0x1b, 255, 255, 255, 255, 255, 255, 255, 255)),
			    "18446744073709551615");
	assert_string_equal(label_of_bytes(BYTES(0x3b, 255, 255, 255, 255, 255, 255, 255, 254)),
			    "-18446744073709551615");
}

static void label_arrays(void **state)
{
	u8 nested[64];

	assert_string_equal(label_of_bytes(BYTES(0x80)), "");
	assert_string_equal(label_of_bytes(BYTES(0x81, 7)), "7");
	assert_string_equal(label_of_bytes(BYTES(0x9f, 1, 0xff)), "1");
	assert_string_equal(label_of_bytes(BYTES(0x86, 0x61, 'a', 0x20, 0xf5, 0xf6, 0xf9, 0x3e, 0, 0x41, 0)),
			    "a, -1, true, null, 1.5, ");
	assert_string_equal(label_of_bytes(BYTES(0x83, 0x82, 1, 2, 0x9f, 3, 0x80, 0xff, 4)),
			    "[1, 2], [3, []], 4");
	memset(nested, 0x81, sizeof(nested));
	nested[sizeof(nested) - 1] = 5;
	assert_string_equal(label_of_bytes(nested, sizeof(nested)), "[[[]]]");
	/* Too long. */
	nested[0] = 0x98;
	nested[1] = sizeof(nested) - 2;
	memset(nested + 2, 23, sizeof(nested) - 2);
	assert_int_equal(strlen(label_of_bytes(nested, sizeof(nested))), OMV_KNOB_TEXT_SIZE - 1);
}

static void label_numbers(void **state)
{
	assert_string_equal(label_of_double(25.5), "25.5");
	assert_string_equal(label_of_double(25), "25");
	assert_string_equal(label_of_double(0), "0");
	assert_string_equal(label_of_double(-0.), "0");
	assert_string_equal(label_of_double(-0.25), "-0.25");
	assert_string_equal(label_of_double(1. / 3), "0.333333");
	assert_string_equal(label_of_double(2. / 3), "0.666667");
	assert_string_equal(label_of_double(0.1), "0.1");
	assert_string_equal(label_of_double(0.1f), "0.1");
	assert_string_equal(label_of_float(25.3f), "25.3");
	assert_string_equal(label_of_double(25.3f), "25.3");
	assert_string_equal(label_of_float(-1013.25f), "-1013.25");
	assert_string_equal(label_of_double(123456.789012), "123456.789012");
	assert_string_equal(label_of_double(0.000001), "0.000001");
	assert_string_equal(label_of_double(0.0000004), "0");
	assert_string_equal(label_of_double(-0.0000004), "0");
	assert_string_equal(label_of_double(NAN), "nan");
	assert_string_equal(label_of_double(-NAN), "nan");
	assert_string_equal(label_of_double(INFINITY), "inf");
	assert_string_equal(label_of_double(-INFINITY), "-inf");
	assert_string_equal(label_of_bytes(BYTES(0xf9, 0x7e, 0)), "nan");
	assert_string_equal(label_of_bytes(BYTES(0xf9, 0x7c, 0)), "inf");
	assert_string_equal(label_of_bytes(BYTES(0xf9, 0xfc, 0)), "-inf");
	assert_string_equal(label_of_bytes(BYTES(0xf9, 0x3e, 0)), "1.5");
	assert_string_equal(label_of_double(1e15), "1000000000000000");
	assert_string_equal(label_of_double(1e18), "1000000000000000000");
	assert_string_equal(label_of_double(1e19), "1e+19");
	assert_string_equal(label_of_double(-1.5e20), "-1.5e+20");
	assert_string_equal(label_of_double(1.7976931348623157e308), "1.797693e+308");
	assert_string_equal(label_of_float(3.4028235e38f), "3.402823e+38");
	assert_string_equal(label_of_double(9.9999996e30), "1e+31");
	assert_string_equal(label_of_double(9.9999994e30), "9.999999e+30");
}

static void drop_zeros(char *text)
{
	char *end = text + strlen(text);

	while (end[-1] == '0')
		*--end = 0;
	if (end[-1] == '.')
		*--end = 0;
	if (!strcmp(text, "-0"))
		strcpy(text, "0");
}

static void label_numbers_as_printf(void **state)
{
	unsigned int i;
	char text[64];
	double number;

	srand(5);
	for (i = 0; i < 50000; i++) {
		number = ldexp((rand() - RAND_MAX / 2) * 1000003., -20 - rand() % 40) +
			 1. / 3000000019;
		sprintf(text, "%.6f", number);
		drop_zeros(text);
		/* A value with the precision of a float32 has fewer significant digits. */
		if ((double)(float)number != number)
			assert_string_equal(label_of_double(number), text);
	}
	for (i = 0; i < 20000; i++) {
		number = ldexp(1 + rand() / (double)RAND_MAX, 64 + rand() % 900);
		assert_true(fabs(strtod(label_of_double(number), NULL) / number - 1) < 5.1e-7);
	}
}

/* ---- sliders ---------------------------------------------------------- */

static void begin_slider(double min, double max, double step)
{
	begin_only("slider");
	put_int(MIN);
	put_double(min);
	put_int(MAX);
	put_double(max);
	put_int(STEP);
	put_double(step);
	put_int(VALUE);
}

static void assert_slider(u32 scale, s32 min, s32 max, s32 step, s32 value)
{
	const struct omv_knob *knob = finish_only(OMV_KNOB_INTEGER);

	assert_integer(knob, "w", scale, value);
	assert_true(knob->ranged);
	assert_int_equal(knob->min, min);
	assert_int_equal(knob->max, max);
	assert_int_equal(knob->step, step);
}

static void sliders(void **state)
{
	begin_only("slider");
	assert_slider(1, 0, 100, 1, 0);
	begin_only("slider");
	put_int(VALUE);
	put_int(7);
	assert_slider(1, 0, 100, 1, 7);
	begin_only("slider");
	put_int(VALUE);
	put_double(7.5);
	assert_slider(1, 0, 100, 1, 8);
	/* Without a value: the value nearest to 0. */
	begin_only("slider");
	put_int(MIN);
	put_int(10);
	assert_slider(1, 10, 100, 1, 10);
	begin_only("slider");
	put_int(MIN);
	put_int(-300);
	put_int(MAX);
	put_int(-200);
	put_int(VALUE);
	put_byte(0xf6);
	assert_slider(1, -300, -200, 1, -200);
	/* A value that is not a number is ignored; true is 1 in Python. */
	begin_only("slider");
	put_int(MIN);
	put_text("1");
	put_int(MAX);
	put_byte(0xf6);
	put_int(STEP);
	put_head(ARRAY, 0, 0);
	put_int(VALUE);
	put_bool(true);
	assert_slider(1, 0, 100, 1, 1);
}

static void slider_scales(void **state)
{
	begin_slider(0, 1, 0.1);
	put_double(0.5);
	assert_slider(10, 0, 10, 1, 5);
	begin_slider(0, 1, 0.1f);
	put_float(0.3f);
	assert_slider(10, 0, 10, 1, 3);
	begin_only("slider");
	put_int(STEP);
	put_float(0.1f);
	put_int(MAX);
	put_float(1.5f);
	put_int(VALUE);
	put_float(0.7f);
	assert_slider(10, 0, 15, 1, 7);
	begin_slider(-1, 1, 0.05);
	put_double(-0.35);
	assert_slider(100, -100, 100, 5, -35);
	begin_slider(0.125, 2.5, 0.5);
	put_double(1);
	assert_slider(1000, 125, 2500, 500, 1000);
	begin_slider(0, 1e-3, 1e-6);
	put_double(5e-4);
	assert_slider(1000000, 0, 1000, 1, 500);
	begin_slider(0, 10, 2);
	put_double(3.4);
	assert_slider(1, 0, 10, 2, 3);
	/* A step smaller than the smallest scale. */
	begin_slider(0, 1, 1e-9);
	put_double(1. / 3);
	assert_slider(1000000, 0, 1000000, 1, 333333);
	begin_slider(0, 1, 1. / 3);
	put_int(1);
	assert_slider(1000000, 0, 1000000, 333333, 1000000);
	/* The scaled limits would overflow. */
	begin_slider(-1000000, 1000000, 0.0001);
	put_double(0.5);
	assert_slider(1000, -1000000000, 1000000000, 1, 500);
	begin_slider(0, 2147483647, 0.1);
	put_double(123.6);
	assert_slider(1, 0, 2147483647, 1, 124);
	begin_slider(0, 2147483.647, 0.001);
	put_double(-5);
	assert_slider(1000, 0, 2147483647, 1, 0);
	begin_slider(-1e10, 1e300, 1e12);
	put_double(1e20);
	assert_slider(1, S32_MIN, S32_MAX, S32_MAX, S32_MAX);
}

static void slider_values(void **state)
{
	begin_slider(10, 20, 1);
	put_int(5);
	assert_slider(1, 10, 20, 1, 10);
	begin_slider(10, 20, 1);
	put_int(25);
	assert_slider(1, 10, 20, 1, 20);
	begin_slider(10, 20, 1);
	put_head(NINT, U64_MAX, 0);
	assert_slider(1, 10, 20, 1, 10);
	begin_slider(10, 20, 1);
	put_head(UINT, U64_MAX, 0);
	assert_slider(1, 10, 20, 1, 20);
	begin_slider(10, 20, 1);
	put_double(INFINITY);
	assert_slider(1, 10, 20, 1, 20);
	begin_slider(10, 20, 1);
	put_double(NAN);
	assert_slider(1, 10, 20, 1, 10);
}

/* With invalid limits, the slider is like a JSON number. */
static void slider_nonsense(void **state)
{
	static const double bad[][3] = {
		{ 5, 5, 1 }, { 6, 5, 1 }, { NAN, 10, 1 }, { 0, NAN, 1 }, { -INFINITY, 10, 1 },
		{ 0, INFINITY, 1 }, { 1e10, 1e11, 1 },
		{ 2147483646.9, 2147483647.1, 0.1 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		begin_slider(bad[i][0], bad[i][1], bad[i][2]);
		put_int(200);
		assert_integer(finish_only(OMV_KNOB_INTEGER), "w", 1, 200);
		assert_unranged(&knobs[0]);
		begin_slider(bad[i][0], bad[i][1], bad[i][2]);
		put_double(2);
		assert_integer(finish_only(OMV_KNOB_INTEGER), "w", 1000, 2000);
		assert_unranged(&knobs[0]);
	}
	begin_only("slider");
	put_int(MIN);
	put_int(100);
	assert_unranged(finish_only(OMV_KNOB_INTEGER));
}

/* A step that makes no sense costs the step only. */
static void slider_steps(void **state)
{
	static const double bad[] = { 0, -1, -0., NAN, INFINITY, -INFINITY };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		begin_slider(0, 10, bad[i]);
		put_double(2.5);
		assert_slider(1000, 0, 10000, 1, 2500);
		begin_only("slider");
		put_int(STEP);
		put_double(bad[i]);
		put_int(VALUE);
		put_int(7);
		assert_slider(1, 0, 100, 1, 7);
	}
	begin_only("slider");
	put_int(STEP);
	put_int(0);
	assert_slider(1, 0, 100, 1, 0);
}

/* A float without a range that does not fit in thousandths. */
static void large_floats(void **state)
{
	begin_slider(1, 0, 1);
	put_double(3000000.5);
	assert_integer(finish_only(OMV_KNOB_INTEGER), "w", 100, 300000050);
	assert_true(knobs[0].real);
	begin_slider(1, 0, 1);
	put_double(-1e30);
	assert_integer(finish_only(OMV_KNOB_INTEGER), "w", 1, S32_MIN);
}

/* ---- widgets of newer firmware ---------------------------------------- */

static void newer_types(void **state)
{
	struct omv_knob knob;

	begin_only("spinbox");
	put_int(MAX);
	put_int(9);
	put_int(VALUE);
	put_int(4);
	assert_slider(1, 0, 9, 1, 4);

	begin_only("radio");
	put_int(VALUE);
	put_text("b");
	put_int(OPTIONS);
	put_head(ARRAY, 2, 0);
	put_text("a");
	put_text("b");
	assert_int_equal(finish_only(OMV_KNOB_MENU)->value, 1);

	begin_only("text");
	put_int(VALUE);
	put_text("two\nlines");
	assert_string_equal(finish_only(OMV_KNOB_LABEL)->option.text, "two\nlines");

	begin_only("lineedit");
	put_int(VALUE);
	put_text("name");
	assert_string_equal(finish_only(OMV_KNOB_TEXT)->option.text, "name");
	knob = knobs[0];
	assert_write(OMV_CONFIG_CBOR, &knob, BYTES(0x81, 0xa2, 0, 0x61, 'w', 2, 0x64, 'n', 'a',
						   'm', 'e'));
	begin_only("lineedit");
	put_int(VALUE);
	put_int(5);
	assert_string_equal(finish_only(OMV_KNOB_TEXT)->option.text, "5");
	begin_only("lineedit");
	assert_string_equal(finish_only(OMV_KNOB_TEXT)->option.text, "");

	begin_only("pushbutton");
	put_int(VALUE);
	put_bool(false);
	knob = *finish_only(OMV_KNOB_BUTTON);
	assert_write(OMV_CONFIG_CBOR, &knob, BYTES(0x81, 0xa2, 0, 0x61, 'w', 2, 0xf5));
	begin_only("pushbutton");
	finish_only(OMV_KNOB_BUTTON);
}

/* Each of these costs itself only. */
static void odd_widgets(void **state)
{
	const struct {
		const u8 *bytes;
		u32 len;
	} odd[] = {
		{ BYTES(0xa0) },
		{ BYTES(0xa1, 0, 1) },
		{ BYTES(0xa1, 0, 0x41, 'x') },
		{ BYTES(0xa1, 0, 0xf6) },
		{ BYTES(0xa1, 0, 0x81, 0x61, 'x') },
		{ BYTES(0xa1, 0, 0x60) },
		{ BYTES(0xa1, 0, 0x61, 'x') },
		{ BYTES(0xa1, 2, 1) },
		{ BYTES(0xa2, 0, 1, 0x38, 0x1d, 0x65, 'l', 'a', 'b', 'e', 'l') },
		{ BYTES(0xa2, 0, 0x61, 'x', 0x38, 0x1d, 1) },
		{ BYTES(0xa2, 0, 0x61, 'x', 0x38, 0x1d, 0xf6) },
		{ BYTES(0xa2, 0, 0x61, 'x', 0x38, 0x1d, 0x63, 'x', 'y', 'z') },
		{ BYTES(0xa2, 0, 0x61, 'x', 0x38, 0x1d, 0x65, 'd', 'e', 'p', 't', 'h') },
		{ BYTES(0xa2, 0, 0x61, 'x', 0x38, 0x1d, 0x68, 'w', 'a', 'v', 'e', 'f', 'o', 'r', 'm') },
		{ BYTES(0xa3, 0, 0x61, 'x', 0x38, 0x1d, 0x65, 'r', 'a', 'd', 'i', 'o', 0x38, 0x21, 0x80) },
		{ BYTES(0xa3, 0, 0x61, 'x', 0x38, 0x1d, 0x65, 'r', 'a', 'd', 'i', 'o', 0x38, 0x21, 5) },
		{ BYTES(0xf6) },
		{ BYTES(5) },
		{ BYTES(0x80) },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(odd); i++) {
		begin();
		begin_widget("a", "toggle");
		put_break();
		put_bytes(odd[i].bytes, odd[i].len);
		begin_widget("b", "slider");
		finish();
		if (nr_knobs != 2)
			fail_msg("widget %u: %u knobs", i, nr_knobs);
		assert_string_equal(knobs[0].key, "a");
		assert_string_equal(knobs[1].key, "b");
		/* At the beginning. */
		begin();
		put_bytes(odd[i].bytes, odd[i].len);
		begin_widget("b", "slider");
		finish();
		assert_int_equal(nr_knobs, 1);
	}
}

/* ---- selects ---------------------------------------------------------- */

static void begin_select(const char *value)
{
	begin_only("select");
	if (value) {
		put_int(VALUE);
		put_text(value);
	}
	put_int(OPTIONS);
}

static void put_options(const char * const *options, u32 nr)
{
	put_indefinite(ARRAY);
	while (nr--)
		put_text(*options++);
	put_break();
}

static void selects(void **state)
{
	static const char * const options[] = { "off", "on", "auto", "on", "\xc3\xa9" };
	struct omv_option option;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(options); i++) {
		begin_select(options[i]);
		put_options(options, ARRAY_SIZE(options));
		/* Of equal options the first one is selected. */
		assert_int_equal(finish_only(OMV_KNOB_MENU)->value, i == 3 ? 1 : i);
		assert_string_equal(knobs[0].option.text, options[i]);
		assert_int_equal(knobs[0].nr_options, ARRAY_SIZE(options));
	}
	for (i = 0; i < ARRAY_SIZE(options); i++)
		assert_option(i, options[i], NULL, 0);
	assert_int_equal(omv_config_option(&knobs[0], i, &option), -ENOENT);
	assert_int_equal(omv_config_option(&knobs[0], U32_MAX, &option), -ENOENT);

	begin_select("on");
	put_options(options + 1, 3);
	assert_int_equal(finish_only(OMV_KNOB_MENU)->value, 0);
	begin_select("On");
	put_options(options, 2);
	assert_int_equal(finish_only(OMV_KNOB_MENU)->value, -1);
	assert_string_equal(knobs[0].option.text, "On");
	begin_select(NULL);
	put_options(options, 2);
	assert_int_equal(finish_only(OMV_KNOB_MENU)->value, -1);
	assert_string_equal(knobs[0].option.text, "");
	begin_only("toggle");
	finish_only(OMV_KNOB_BOOLEAN);
	assert_int_equal(omv_config_option(&knobs[0], 0, &option), -ENOENT);
}

static void odd_options(void **state)
{
	char text[400];
	unsigned int i;

	/* No options. */
	begin_select("a");
	put_head(ARRAY, 0, 0);
	finish();
	assert_int_equal(nr_knobs, 0);
	begin_select("a");
	put_text("a");
	finish();
	assert_int_equal(nr_knobs, 0);
	begin_only("select");
	finish();
	assert_int_equal(nr_knobs, 0);
	/* Not a text: shown as one, and written as it is. */
	begin_select("true");
	put_head(ARRAY, 6, 0);
	put_int(5);
	put_indefinite(MAP);
	put_text("b");
	put_text("c");
	put_break();
	put_indefinite(TSTR);
	put_text("d");
	put_text("e");
	put_break();
	put_bool(true);
	put_head(ARRAY, 2, 0);
	put_int(320);
	put_int(240);
	put_float(1.5);
	finish_only(OMV_KNOB_MENU);
	assert_option(0, "5", BYTES(5));
	assert_option(1, "", BYTES(0xbf, 0x61, 'b', 0x61, 'c', 0xff));
	assert_option(2, "de", NULL, 0);
	assert_option(3, "true", BYTES(0xf5));
	assert_option(4, "320, 240", BYTES(0x82, 0x19, 1, 0x40, 0x18, 0xf0));
	assert_option(5, "1.5", BYTES(0xfa, 0x3f, 0xc0, 0, 0));
	assert_int_equal(knobs[0].value, 3);
	/* Too many. */
	for (i = 62; i < 80; i++) {
		sprintf(text, "%u", i);
		begin_select(text);
		put_indefinite(ARRAY);
		for (unsigned int o = 0; o < 80; o++) {
			sprintf(text, "%u", o);
			put_text(text);
		}
		put_break();
		finish_only(OMV_KNOB_MENU);
		assert_int_equal(knobs[0].nr_options, OMV_KNOB_OPTIONS);
		assert_int_equal(knobs[0].value, i < OMV_KNOB_OPTIONS ? (s32)i : -1);
		assert_option(63, "63", NULL, 0);
	}
	/* Options that are too long are cut like the text. */
	memset(text, 'x', 300);
	text[300] = 0;
	begin_select(text);
	put_head(ARRAY, 2, 0);
	put_text("x");
	put_text(text);
	finish_only(OMV_KNOB_MENU);
	text[OMV_KNOB_TEXT_SIZE - 1] = 0;
	assert_string_equal(knobs[0].option.text, text);
	assert_int_equal(knobs[0].value, 1);
	assert_option(1, text, NULL, 0);
}

/* ---- writing ---------------------------------------------------------- */

static void write_cbor(void **state)
{
	char text[OMV_KNOB_TEXT_SIZE];
	u8 want[160] = { 0x81, 0xa2, 0, 0x61, 'a', 2 };
	struct omv_knob knob;

	knob = integer_knob("a", 1, 0);
	assert_write(OMV_CONFIG_CBOR, &knob, BYTES(0x81, 0xa2, 0, 0x61, 'a', 2, 0));
	knob.value = 23;
	assert_write(OMV_CONFIG_CBOR, &knob, BYTES(0x81, 0xa2, 0, 0x61, 'a', 2, 23));
	knob.value = 24;
	assert_write(OMV_CONFIG_CBOR, &knob, BYTES(0x81, 0xa2, 0, 0x61, 'a', 2, 0x18, 24));
	knob.value = 255;
	assert_write(OMV_CONFIG_CBOR, &knob, BYTES(0x81, 0xa2, 0, 0x61, 'a', 2, 0x18, 255));
	knob.value = 256;
	assert_write(OMV_CONFIG_CBOR, &knob, BYTES(0x81, 0xa2, 0, 0x61, 'a', 2, 0x19, 1, 0));
	knob.value = 65536;
	assert_write(OMV_CONFIG_CBOR, &knob,
		     BYTES(0x81, 0xa2, 0, 0x61, 'a', 2, 0x1a, 0, 1, 0, 0));
	knob.value = -1;
	assert_write(OMV_CONFIG_CBOR, &knob, BYTES(0x81, 0xa2, 0, 0x61, 'a', 2, 0x20));
	knob.value = -500;
	assert_write(OMV_CONFIG_CBOR, &knob, BYTES(0x81, 0xa2, 0, 0x61, 'a', 2, 0x39, 1, 0xf3));
	knob.value = S32_MIN;
	assert_write(OMV_CONFIG_CBOR, &knob,
		     BYTES(0x81, 0xa2, 0, 0x61, 'a', 2, 0x3a, 0x7f, 255, 255, 255));
	/* 0.5, 25.5, -0.1: never encoded as a 16-bit float. */
	knob = integer_knob("a", 10, 5);
	assert_write(OMV_CONFIG_CBOR, &knob, BYTES(0x81, 0xa2, 0, 0x61, 'a', 2, 0xfb,
						   0x3f, 0xe0, 0, 0, 0, 0, 0, 0));
	knob = integer_knob("a", 1000, 25500);
	assert_write(OMV_CONFIG_CBOR, &knob, BYTES(0x81, 0xa2, 0, 0x61, 'a', 2, 0xfb,
						   0x40, 0x39, 0x80, 0, 0, 0, 0, 0));
	knob = integer_knob("a", 1000000, -100000);
	assert_write(OMV_CONFIG_CBOR, &knob, BYTES(0x81, 0xa2, 0, 0x61, 'a', 2, 0xfb, 0xbf, 0xb9,
						   0x99, 0x99, 0x99, 0x99, 0x99, 0x9a));
	knob = integer_knob("a", 10, 0);
	assert_write(OMV_CONFIG_CBOR, &knob, BYTES(0x81, 0xa2, 0, 0x61, 'a', 2, 0xfb,
						   0, 0, 0, 0, 0, 0, 0, 0));
	knob = boolean_knob("a", false);
	assert_write(OMV_CONFIG_CBOR, &knob, BYTES(0x81, 0xa2, 0, 0x61, 'a', 2, 0xf4));
	knob = text_knob(OMV_KNOB_MENU, "a", "on");
	assert_write(OMV_CONFIG_CBOR, &knob,
		     BYTES(0x81, 0xa2, 0, 0x61, 'a', 2, 0x62, 'o', 'n'));
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	knob = text_knob(OMV_KNOB_MENU, "a", text);
	want[6] = 0x78;
	want[7] = 127;
	memset(want + 8, 'x', 127);
	assert_write(OMV_CONFIG_CBOR, &knob, want, 8 + 127);
}

/* Read back the document as a camera would report it. */
static void roundtrip(void **state)
{
	struct omv_knob knob;
	unsigned int round, i;
	u32 scale;
	u8 buf[64];
	int len;

	srand(6);
	for (round = 0; round < 50000; round++) {
		for (scale = 1, i = rand() % 7; i; i--)
			scale *= 10;
		knob = integer_knob("w", scale, (s32)((u32)rand() << 1) >> rand() % 32);
		len = omv_config_write(buf, sizeof(buf), OMV_CONFIG_CBOR, &knob);
		assert_true(len > 0);
		begin_slider(-2147483648. / scale, 2147483647. / scale, 1. / scale);
		/* In both documents the value comes last. */
		put_bytes(buf + 6, len - 6);
		assert_slider(scale, S32_MIN, S32_MAX, 1, knob.value);
	}
}

static void mutated(void **state)
{
	unsigned int round, n;
	u8 bytes[256];
	u32 len;

	srand(7);
	for (round = 0; round < 200000; round++) {
		if (round & 1) {
			len = sizeof(example);
			memcpy(bytes, example, len);
		} else {
			static const char * const options[] = { "a", "b", "cd" };

			begin_select("b");
			put_options(options, ARRAY_SIZE(options));
			put_break();
			put_break();
			len = doc_len;
			memcpy(bytes, doc, len);
		}
		for (n = rand() % 6; n; n--)
			bytes[rand() % len] = rand();
		if (rand() % 4 == 0)
			len = rand() % len;
		detect(bytes, len);
		read_as(OMV_CONFIG_CBOR, bytes, len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(specification),
		cmocka_unit_test(documents),
		cmocka_unit_test(reserved),
		cmocka_unit_test(unknown_keys),
		cmocka_unit_test(nesting),
		cmocka_unit_test(other_types),
		cmocka_unit_test(names),
		cmocka_unit_test(twice),
		cmocka_unit_test(units),
		cmocka_unit_test(toggles),
		cmocka_unit_test(labels),
		cmocka_unit_test(label_arrays),
		cmocka_unit_test(label_numbers),
		cmocka_unit_test(label_numbers_as_printf),
		cmocka_unit_test(sliders),
		cmocka_unit_test(slider_scales),
		cmocka_unit_test(slider_values),
		cmocka_unit_test(slider_nonsense),
		cmocka_unit_test(slider_steps),
		cmocka_unit_test(large_floats),
		cmocka_unit_test(newer_types),
		cmocka_unit_test(odd_widgets),
		cmocka_unit_test(selects),
		cmocka_unit_test(odd_options),
		cmocka_unit_test(write_cbor),
		cmocka_unit_test(roundtrip),
		cmocka_unit_test(mutated),
	};

	return cmocka_run_group_tests_name("config_cbor", tests, NULL, NULL);
}
