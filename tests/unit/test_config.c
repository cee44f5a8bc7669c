// SPDX-License-Identifier: GPL-2.0-only
#include <json-c/json.h>

#include "config_fixture.h"

/* ---- the plain number ------------------------------------------------- */

static void plain_number(void **state)
{
	static const struct {
		const char *text;
		u32 scale;
		s32 value;
	} good[] = {
		{ "50", 1, 50 },
		{ "0", 1, 0 },
		{ "-1", 1, -1 },
		{ "+7", 1, 7 },
		{ "007", 1, 7 },
		{ " \t50\r\n", 1, 50 },
		{ " 85\n", 1, 85 },
		{ "85.5", 1000, 85500 },
		{ "85.0\n", 1000, 85000 },
		{ "5e1", 1000, 50000 },
		{ "2147483647", 1, S32_MAX },
		{ "2147483648", 1, S32_MAX },
		{ "-2147483648", 1, S32_MIN },
		{ "-2147483649", 1, S32_MIN },
		{ "99999999999999999999999999999999999", 1, S32_MAX },
		{ "-18446744073709551617", 1, S32_MIN },
	};
	static const char * const missing[] = {
		"nan", "-nan", "inf", "-inf\n", "NaN", "Infinity", "-Infinity", " None ", "null",
	};
	static const char * const bad[] = {
		" ", "-", "+", "- 5", "--5", "5-", "5 5", "50.0.", "5e", "e5", ".", "0x32", "5,", "x",
		"na", "nano", "inf inf", "infinit",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		read_document(OMV_CONFIG_NUMBER, good[i].text, strlen(good[i].text));
		assert_int_equal(nr_knobs, 1);
		assert_integer(&knobs[0], OMV_CONFIG_QUALITY, good[i].scale, good[i].value);
		assert_unranged(&knobs[0]);
	}
	/* A script that has no quality at the moment still takes one. */
	for (i = 0; i < ARRAY_SIZE(missing); i++) {
		read_document(OMV_CONFIG_NUMBER, missing[i], strlen(missing[i]));
		assert_int_equal(nr_knobs, 0);
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (detect(bad[i], strlen(bad[i])) != OMV_CONFIG_NONE)
			fail_msg("%s is none", bad[i]);
	assert_int_equal(detect("5\0", 2), OMV_CONFIG_NONE);
}

/* A channel whose content is empty. */
static void nothing(void **state)
{
	struct omv_config_reader reader;
	int dialect;

	read_document(OMV_CONFIG_NUMBER, "", 0);
	assert_int_equal(nr_knobs, 0);
	assert_int_equal(omv_config_detect(NULL, 0), OMV_CONFIG_NUMBER);
	for (dialect = OMV_CONFIG_NONE; dialect <= OMV_CONFIG_CBOR; dialect++) {
		omv_config_begin(&reader, dialect, NULL, 0);
		assert_false(omv_config_next(&reader, &knobs[0]));
	}
}

static void write_number(void **state)
{
	struct omv_knob knob = integer_knob("quality", 1, 50);
	char buf[8];

	assert_write(OMV_CONFIG_NUMBER, &knob, "50", 2);
	knob = integer_knob("", 1, 0);
	assert_write(OMV_CONFIG_NUMBER, &knob, "0", 1);
	/* int() of a script does not take a float. */
	knob = integer_knob("", 1, S32_MIN);
	assert_write(OMV_CONFIG_NUMBER, &knob, "-2147483648", 11);
	knob = integer_knob("", 100, -5);
	assert_write(OMV_CONFIG_NUMBER, &knob, "-0.05", 5);
	knob = boolean_knob("", true);
	assert_write(OMV_CONFIG_NUMBER, &knob, "1", 1);
	knob = text_knob(OMV_KNOB_TEXT, "a", "b");
	assert_int_equal(omv_config_write(buf, sizeof(buf), OMV_CONFIG_NUMBER, &knob),
			 -EINVAL);
}

/* ---- JSON: syntax ----------------------------------------------------- */

static const char * const bad_json[] = {
	" ",
	"\"quality\"",
	"[]",
	"[\"quality\", 50]",
	"{",
	"}",
	"{]",
	"{,}",
	"{\"quality\"}",
	"{\"quality\":}",
	"{\"quality\" 50}",
	"{\"quality\"= 50}",
	"{quality: 50}",
	"{'quality': 50}",
	"{\"quality\": 50,}",
	"{,\"quality\": 50}",
	"{\"quality\": 50 \"a\": 1}",
	"{\"quality\": 50]",
	"{\"quality\": [50}",
	"{\"quality\": [50}}",
	"{\"quality\": {50]}",
	"{\"quality\": [,]}",
	"{\"quality\": [1,]}",
	"{\"quality\": [1 2]}",
	"{\"quality\": [\"a\": 1]}",
	"{\"quality\": 50}}",
	"{\"quality\": 50},",
	"{\"quality\": 50}{}",
	"{\"quality\": 50} x",
	"{\"quality\": - 5}",
	"{\"quality\": 50 50}",
	"{\"quality: 50}",
	"{\"quality\": 50, \"a\": \"}",
	"{\"quality\": 50, \"a\": \"\\\"}",
	"{\"quality\": 50, \"a\": \"\\x41\"}",
	"{\"quality\": 50, \"a\": \"\\u12\"}",
	"{\"quality\": 50, \"a\": \"\\u12g4\"}",
	"{\"quality\": 50, \"a\": \"\n\"}",
	"{\"qual\tity\": 50}",
	"{\"quality\": 50, 1: 2}",
	"{\"quality\": 50, \"a\"}",
	"{\"quality\": 50, \"a\": 1 1}",
	"/* */ {\"quality\": 50}",
	"\xef\xbb\xbf{\"quality\": 50}",
	/* No text that Python prints. */
	"{\"quality\": 'a'}",
	"{\"quality\": b'a'}",
	"{\"quality\": a b}",
	"{\"quality\": <a}",
	"{\"quality\": <a, \"b\": 1}",
	"{\"quality\": (a}",
	"{\"quality\": a)}",
	"{\"quality\": >a<}",
	"{\"quality\": a\"b\"}",
	"{\"quality\": a: 1}",
	"{\"quality\": a[1]}",
	"{\"quality\": <a>",
};

static void no_json(void **state)
{
	static const char inside[] = "{\"quality\"\0: 50}";
	static const char in_key[] = "{\"quality\0\": 50}";
	static const char in_text[] = "{\"quality\": 50, \"a\": \"\0\"}";
	static const char escaped[] = "{\"quality\": 50, \"a\": \"\\\0\"}";
	static const char with_nul[] = "{\"quality\": 50}";
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad_json); i++) {
		if (detect(bad_json[i], strlen(bad_json[i])) != OMV_CONFIG_NONE)
			fail_msg("%s is not refused", bad_json[i]);
		read_as(OMV_CONFIG_JSON, bad_json[i], strlen(bad_json[i]));
	}
	assert_int_equal(detect(inside, sizeof(inside) - 1), OMV_CONFIG_NONE);
	assert_int_equal(detect(in_key, sizeof(in_key) - 1), OMV_CONFIG_NONE);
	assert_int_equal(detect(in_text, sizeof(in_text) - 1), OMV_CONFIG_NONE);
	assert_int_equal(detect(escaped, sizeof(escaped) - 1), OMV_CONFIG_NONE);
	assert_int_equal(detect(with_nul, sizeof(with_nul)), OMV_CONFIG_NONE);
	assert_int_equal(detect(with_nul, sizeof(with_nul) - 1), OMV_CONFIG_JSON);
}

static void one_byte(void **state)
{
	unsigned int c;
	u8 text;
	int dialect;

	for (c = 0; c < 256; c++) {
		text = c;
		dialect = c >= '0' && c <= '9' ? OMV_CONFIG_NUMBER :
			  c == 0x80 ? OMV_CONFIG_CBOR : OMV_CONFIG_NONE;
		assert_int_equal(detect(&text, 1), dialect);
		for (dialect = OMV_CONFIG_NONE; dialect <= OMV_CONFIG_CBOR; dialect++)
			read_as(dialect, &text, 1);
	}
}

/* Nesting is limited, and the stack does not grow with the text. */
static void nesting(void **state)
{
	static char text[1 << 20];
	unsigned int depth, len;

	for (depth = 1; depth < 100; depth++) {
		len = sprintf(text, "{\"quality\": 7, \"a\": ");
		memset(text + len, '[', depth);
		memset(text + len + depth, ']', depth);
		len += 2 * depth;
		text[len++] = '}';
		assert_int_equal(detect(text, len), depth < 64 ? OMV_CONFIG_JSON :
				 OMV_CONFIG_NONE);
		/* The type of the outermost level must be checked. */
		text[len - 1] = ']';
		assert_int_equal(detect(text, len), OMV_CONFIG_NONE);
	}
	memset(text, '[', sizeof(text));
	memcpy(text, "{\"a\":", 5);
	assert_int_equal(detect(text, sizeof(text)), OMV_CONFIG_NONE);
	for (len = 0; len + 5 <= sizeof(text); len += 5)
		memcpy(text + len, "{\"a\":", 5);
	assert_int_equal(detect(text, len), OMV_CONFIG_NONE);
	/* Closed levels must not be remembered. */
	len = sprintf(text, "{\"a\": [0");
	while (len < sizeof(text) - 100)
		len += sprintf(text + len, ",[{\"quality\":[{}]}]");
	len += sprintf(text + len, "], \"quality\": 11}");
	read_document(OMV_CONFIG_JSON, text, len);
	assert_int_equal(nr_knobs, 1);
	assert_integer(&knobs[0], "quality", 1, 11);
}

static void truncated_json(void **state)
{
	static const char * const texts[] = {
		"{\"quality\": 50}",
		"{}",
		"{\"a\": [1, {\"b\": null}, [[]]], \"c\": -1.5e+3, \"d\": true}",
		"{\"\\u00e9\\ud83d\\ude00\": \"\\n\\\\\", \"\xc3\xa9\": false}",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(texts); i++)
		assert_truncated(OMV_CONFIG_JSON, texts[i], strlen(texts[i]));
}

/* ---- JSON: values ----------------------------------------------------- */

static void read_json(const char *text)
{
	read_document(OMV_CONFIG_JSON, text, strlen(text));
}

static void members(void **state)
{
	read_json("{\"quality\": 50}");
	assert_int_equal(nr_knobs, 1);
	assert_integer(&knobs[0], "quality", 1, 50);
	assert_unranged(&knobs[0]);

	read_json(" \t\r\n{ } \n");
	assert_int_equal(nr_knobs, 0);

	read_json("\n{ \"a\" : 1 , \"b\" : true,\"c\":false,\"d\":\"x\" , \"e\" : 0.5 } ");
	assert_int_equal(nr_knobs, 5);
	assert_integer(&knobs[0], "a", 1, 1);
	assert_int_equal(knobs[1].type, OMV_KNOB_BOOLEAN);
	assert_string_equal(knobs[1].key, "b");
	assert_int_equal(knobs[1].value, 1);
	assert_int_equal(knobs[2].type, OMV_KNOB_BOOLEAN);
	assert_int_equal(knobs[2].value, 0);
	assert_int_equal(knobs[3].type, OMV_KNOB_TEXT);
	assert_string_equal(knobs[3].option.text, "x");
	assert_string_equal(knobs[3].unit, "");
	assert_int_equal(knobs[3].nr_options, 0);
	assert_integer(&knobs[4], "e", 1000, 500);
	assert_unranged(&knobs[4]);
}

/* Some types are not knobs, nor are nested values. */
static void no_knobs(void **state)
{
	read_json("{\"a\": null, \"b\": {\"c\": 1, \"d\": [2]}, \"e\": [], \"f\": [{\"g\": 3}],"
		  " \"\": 4, \"h\": {}, \"i\": 5, \"j\": null}");
	assert_int_equal(nr_knobs, 1);
	assert_integer(&knobs[0], "i", 1, 5);

	/* A repeated key gives two knobs. */
	read_json("{\"a\": 1, \"a\": 2}");
	assert_int_equal(nr_knobs, 2);
	assert_integer(&knobs[0], "a", 1, 1);
	assert_integer(&knobs[1], "a", 1, 2);
}

/* json.dumps() of a float that is not finite, and in MicroPython of any object. */
static void python_values(void **state)
{
	static const char * const values[] = {
		"nan", "inf", "-inf", "NaN", "Infinity", "-Infinity", "-nan", "None", "True",
		"<Pin object at 2000a410>", "<class 'Foo'>", "<function <lambda> at 0x7f>",
		"OSError(5,)", "OSError(\"}, {\",)", "bytearray(b'\\x00\"}')",
		"array('h', [1, 2, {}])", "range(0, 5)", "1j", "5-", "0x32", "5e", "--5", "trues",
		"1.#INF", "[nan, {\"x\": inf}]", "{\"x\": nan}", "{\"value\": nan}", "[<a>, 1]",
		"datetime.time(1, 2)", "-", "\xff",
	};
	struct omv_knob knob = integer_knob("quality", 1, 50);
	char text[256];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		sprintf(text, "{\"a\": 1, \"b\": %s, \"quality\": 2}", values[i]);
		read_json(text);
		assert_int_equal(nr_knobs, 2);
		assert_integer(&knobs[0], "a", 1, 1);
		assert_integer(&knobs[1], "quality", 1, 2);
		assert_truncated(OMV_CONFIG_JSON, text, strlen(text));
		sprintf(text, "{\"b\":%s}", values[i]);
		read_json(text);
		assert_int_equal(nr_knobs, 0);
		sprintf(text, "{\"b\":%s\n}", values[i]);
		read_json(text);
		assert_int_equal(nr_knobs, 0);
	}
	assert_write(OMV_CONFIG_JSON, &knob, "{\"quality\": 50}", 15);
}

static void numbers(void **state)
{
	static const struct {
		const char *text;
		u32 scale;
		s32 value;
	} good[] = {
		{ "0", 1, 0 },
		{ "-0", 1, 0 },
		{ "-1", 1, -1 },
		{ "2147483647", 1, S32_MAX },
		{ "2147483648", 1, S32_MAX },
		{ "-2147483648", 1, S32_MIN },
		{ "-2147483649", 1, S32_MIN },
		{ "18446744073709551666", 1, S32_MAX },
		{ "-99999999999999999999999999999999999999999", 1, S32_MIN },
		{ "50.0", 1000, 50000 },
		{ "0.0", 1000, 0 },
		{ "-0.5", 1000, -500 },
		{ "0.0004", 1000, 0 },
		{ "0.0005", 1000, 1 },
		{ "-0.0005", 1000, -1 },
		{ "0.00049999999999999999999999999999999", 1000, 0 },
		{ "0.001", 1000, 1 },
		{ "1.2345", 1000, 1235 },
		{ "1.23449999", 1000, 1234 },
		{ "9.9999", 1000, 10000 },
		{ "99", 1, 99 },
		{ "5e1", 1000, 50000 },
		{ "5E+1", 1000, 50000 },
		{ "5.25e1", 1000, 52500 },
		{ "525e-1", 1000, 52500 },
		{ "5e-4", 1000, 1 },
		{ "5e-5", 1000, 0 },
		{ "9e-5", 1000, 0 },
		{ "49e-5", 1000, 0 },
		{ "50e-5", 1000, 1 },
		{ "0.00525e4", 1000, 52500 },
		{ "1e-99999999999999999999999", 1000, 0 },
		{ "0e99999999999999999999999", 1000, 0 },
		{ "0.0e99999999999999999999999", 1000, 0 },
		{ "1e99999999999999999999999", 1, S32_MAX },
		{ "-1e10", 1, S32_MIN },
		{ "1e9", 1, 1000000000 },
		{ "0.1e18446744073709551617", 1, S32_MAX },
		{ "0.000000000000000000000000000000000001e36", 1000, 1000 },
		{ "2147483.6474", 1000, S32_MAX },
		{ "2147483.6475", 100, 214748365 },
		{ "-2147483.648", 1000, S32_MIN },
		{ "3000000.5", 100, 300000050 },
		{ "-123456789.25", 10, -1234567893 },
		{ "2147483646.7", 1, S32_MAX },
		{ "1234567890.0", 1, 1234567890 },
		/* Not JSON, but there is only one meaning. */
		{ "050", 1, 50 },
		{ "+50", 1, 50 },
		{ ".5", 1000, 500 },
		{ "5.", 1000, 5000 },
		{ "-5.e1", 1000, -50000 },
	};
	char text[128];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		sprintf(text, "{\"%u\": %s}", i, good[i].text);
		read_json(text);
		assert_int_equal(nr_knobs, 1);
		sprintf(text, "%u", i);
		assert_integer(&knobs[0], text, good[i].scale, good[i].value);
	}
}

static void numbers_as_printf(void **state)
{
	unsigned int i;
	char text[64];
	double number;

	srand(1);
	for (i = 0; i < 100000; i++) {
		/* No halves: printf() rounds them to even. */
		number = (rand() - RAND_MAX / 2) / 8192. + 1. / 1000003;
		sprintf(text, i & 1 ? "{\"a\": %.12f}" : "{\"a\": %.18e}", number);
		read_json(text);
		sprintf(text, "%.0f", number * 1000);
		assert_integer(&knobs[0], "a", 1000, atoi(text));
	}
}

static void long_number(void **state)
{
	static char text[1 << 20];
	unsigned int len;

	memset(text, '0', sizeof(text));
	len = sprintf(text, "{\"quality\": 12.");
	text[len] = '0';
	text[sizeof(text) - 1] = '}';
	read_document(OMV_CONFIG_JSON, text, sizeof(text));
	assert_integer(&knobs[0], "quality", 1000, 12000);
	text[len - 1] = '0';
	read_document(OMV_CONFIG_JSON, text, sizeof(text));
	assert_integer(&knobs[0], "quality", 1, S32_MAX);
	/* A million digits, and an exponent that makes all but two of them fractional. */
	len = sprintf(text + sizeof(text) - 20, "e-%u}",
		      (unsigned int)sizeof(text) - 20 - 14);
	read_document(OMV_CONFIG_JSON, text, sizeof(text) - 20 + len);
	assert_integer(&knobs[0], "quality", 1000, 12000);
}

static void assert_text(const char *json, const char *want)
{
	char doc[1024];

	snprintf(doc, sizeof(doc), "{\"a\": \"%s\"}", json);
	read_json(doc);
	assert_int_equal(nr_knobs, 1);
	assert_int_equal(knobs[0].type, OMV_KNOB_TEXT);
	assert_string_equal(knobs[0].option.text, want);
}

static void texts(void **state)
{
	assert_text("", "");
	assert_text("\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t");
	assert_text("\\u0041\\u001f\\u007f", "A\x1f\x7f");
	assert_text("\\u0080\\u07FF", "\xc2\x80\xdf\xbf");
	assert_text("\\u0800\\uffff", "\xe0\xa0\x80\xef\xbf\xbf");
	assert_text("\\ud83d\\uDE00", "\xf0\x9f\x98\x80");
	assert_text("\\ud800\\udc00\\udbff\\udfff", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf");
	/* Invalid UTF-8 is kept. */
	assert_text("\xc3\xa9\xff\x80", "\xc3\xa9\xff\x80");
	/* Half of a surrogate pair. */
	assert_text("\\ud83d", "\xef\xbf\xbd");
	assert_text("\\ude00", "\xef\xbf\xbd");
	assert_text("\\ud83dx", "\xef\xbf\xbdx");
	assert_text("\\ud83d\\n", "\xef\xbf\xbd\n");
	assert_text("\\ud83d\\ud83d\\ude00", "\xef\xbf\xbd\xf0\x9f\x98\x80");
	assert_text("\\ude00\\ud83d", "\xef\xbf\xbd\xef\xbf\xbd");
	assert_text("\\ud83d\\u0041", "\xef\xbf\xbd" "A");
	assert_text("a\\u0000b", "a\xef\xbf\xbd" "b");
}

static void long_text(void **state)
{
	/* Characters of one to four bytes, plain and escaped. */
	static const struct {
		const char *text;
		const char *json;
	} last[] = {
		{ "~", "~" },
		{ "\xc3\xa9", "\\u00e9" },
		{ "\xe2\x82\xac", "\\u20ac" },
		{ "\xf0\x9f\x98\x80", "\\ud83d\\ude00" },
	};
	char json[256], want[256];
	unsigned int len, i;

	for (len = 115; len < 130; len++) {
		for (i = 0; i < ARRAY_SIZE(last); i++) {
			memset(want, 'x', len);
			strcpy(want + len, last[i].text);
			if (strlen(want) >= OMV_KNOB_TEXT_SIZE)
				want[len < OMV_KNOB_TEXT_SIZE ? len :
				     OMV_KNOB_TEXT_SIZE - 1] = 0;
			memset(json, 'x', len);
			strcpy(json + len, last[i].text);
			assert_text(json, want);
			strcpy(json + len, last[i].json);
			assert_text(json, want);
		}
	}
	/* Invalid UTF-8 only: then the text is cut at the end of the buffer. */
	memset(json, 0x80, 200);
	json[200] = 0;
	memcpy(want, json, OMV_KNOB_TEXT_SIZE - 1);
	want[OMV_KNOB_TEXT_SIZE - 1] = 0;
	assert_text(json, want);
}

static void keys(void **state)
{
	char text[256], key[128];
	unsigned int len;

	read_json("{\"\\u0071uality\": 7, \"\xc3\xa9\\u00e9\": 8, \"a\\u0000b\": 9, \"\\u0000\": 9,"
		  " \"\\n\\\"\": 10, \"\\ud800\": 11}");
	assert_int_equal(nr_knobs, 4);
	assert_integer(&knobs[0], "quality", 1, 7);
	assert_integer(&knobs[1], "\xc3\xa9\xc3\xa9", 1, 8);
	assert_integer(&knobs[2], "\n\"", 1, 10);
	assert_integer(&knobs[3], "\xef\xbf\xbd", 1, 11);

	for (len = 60; len < 70; len++) {
		memset(key, 'k', len);
		key[len] = 0;
		sprintf(text, "{\"%s\": 1, \"b\": 2}", key);
		read_json(text);
		if (len < OMV_KNOB_KEY_SIZE) {
			assert_int_equal(nr_knobs, 2);
			assert_integer(&knobs[0], key, 1, 1);
		} else {
			assert_int_equal(nr_knobs, 1);
		}
		assert_integer(&knobs[nr_knobs - 1], "b", 1, 2);
	}
}

/* ---- JSON: a value with its range or its options ---------------------- */

static void objects(void **state)
{
	read_json("{\"exposure\": {\"value\": 5000, \"min\": 0, \"max\": 100000, \"step\": 100,"
		  " \"unit\": \"us\"}, \"a\": {\"max\": 1.0, \"min\": -1, \"value\": 0.25}}");
	assert_int_equal(nr_knobs, 2);
	assert_integer(&knobs[0], "exposure", 1, 5000);
	assert_ranged(&knobs[0], 0, 100000, 100);
	assert_string_equal(knobs[0].unit, "us");
	assert_false(knobs[0].real);
	assert_integer(&knobs[1], "a", 1000, 250);
	assert_ranged(&knobs[1], -1000, 1000, 1);
	assert_true(knobs[1].real);
	/* The scale of the limits and the step; a value off its steps or outside. */
	read_json("{\"a\": {\"value\": 0.57, \"min\": 0.5, \"max\": 4.0, \"step\": 0.1}, "
		  "\"b\": {\"value\": -5, \"min\": 0, \"max\": 10},"
		  "\"c\": {\"value\": 7, \"min\": 0, \"max\": 1, \"step\": 0.05}, "
		  "\"d\": {\"value\": 7.6, \"min\": 0, \"max\": 10, \"step\": 1}}");
	assert_integer(&knobs[0], "a", 10, 6);
	assert_ranged(&knobs[0], 5, 40, 1);
	assert_integer(&knobs[1], "b", 1, 0);
	assert_integer(&knobs[2], "c", 100, 100);
	assert_ranged(&knobs[2], 0, 100, 5);
	assert_true(knobs[2].real);
	assert_integer(&knobs[3], "d", 1, 8);
	assert_true(knobs[3].real);
	/* Booleans and strings have no range. */
	read_json("{\"a\": {\"value\": true}, \"b\": {\"unit\": \"x\", \"value\": \"t\"}}");
	assert_int_equal(nr_knobs, 2);
	assert_int_equal(knobs[0].type, OMV_KNOB_BOOLEAN);
	assert_int_equal(knobs[0].value, 1);
	assert_int_equal(knobs[1].type, OMV_KNOB_TEXT);
	assert_string_equal(knobs[1].option.text, "t");
	assert_string_equal(knobs[1].unit, "x");
}

/* Limits that make no sense cost the range, and what is no value costs the knob. */
static void odd_objects(void **state)
{
	static const char * const unranged[] = {
		"", ", \"min\": 0", ", \"max\": 9", ", \"min\": 9, \"max\": 0",
		", \"min\": 9, \"max\": 9", ", \"min\": nan, \"max\": 9",
		", \"min\": 0, \"max\": inf", ", \"min\": \"0\", \"max\": 9",
		", \"min\": 1e10, \"max\": 1e11", ", \"min\": [], \"max\": {}",
		", \"options\": []", ", \"options\": {}", ", \"options\": 5", ", \"unit\": 5",
	};
	static const char * const steps[] = { "0", "-1", "nan", "null", "\"1\"", "0.0", "1e-9" };
	static const char * const none[] = {
		"{}", "{\"min\": 0, \"max\": 5}", "{\"value\": null}", "{\"value\": {\"value\": 1}}",
		"{\"value\": [1]}", "{\"value\": nan, \"min\": 0, \"max\": 1}", "{\"Value\": 1}",
		"{\"a\": {\"value\": 1}}", "{\"options\": [1, 2}]}",
	};
	char text[256];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(unranged); i++) {
		sprintf(text, "{\"a\": {\"value\": 5%s}, \"b\": 1}", unranged[i]);
		read_json(text);
		assert_int_equal(nr_knobs, 2);
		assert_integer(&knobs[0], "a", 1, 5);
		assert_unranged(&knobs[0]);
		assert_int_equal(knobs[0].nr_options, 0);
	}
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		sprintf(text, "{\"a\": {\"value\": 5, \"min\": 0, \"max\": 9, \"step\": %s}}", steps[i]);
		read_json(text);
		assert_integer(&knobs[0], "a", 1, 5);
		assert_ranged(&knobs[0], 0, 9, 1);
		sprintf(text, "{\"a\": {\"value\": 5.0, \"min\": 0, \"max\": 9, \"step\": %s}}", steps[i]);
		read_json(text);
		assert_integer(&knobs[0], "a", 1000, 5000);
		assert_ranged(&knobs[0], 0, 9000, 1);
	}
	for (i = 0; i + 1 < ARRAY_SIZE(none); i++) {
		sprintf(text, "{\"a\": %s, \"b\": 1}", none[i]);
		read_json(text);
		assert_int_equal(nr_knobs, 1);
		assert_integer(&knobs[0], "b", 1, 1);
	}
	sprintf(text, "{\"a\": %s, \"b\": 1}", none[i]);
	assert_int_equal(detect(text, strlen(text)), OMV_CONFIG_NONE);
	/* Beyond 32 bits. */
	read_json("{\"a\": {\"value\": 5e12, \"min\": -1e10, \"max\": 1e300, \"step\": 0.1}}");
	assert_integer(&knobs[0], "a", 1, S32_MAX);
	assert_ranged(&knobs[0], S32_MIN, S32_MAX, 1);
}

static void json_menus(void **state)
{
	struct omv_knob knob;

	read_json("{\"a\": {\"value\": \"b\\u00e9\", \"options\": [\"a\", \"b\u00e9\" , 5,1.50,true,"
		  " [320, 240], null]}}");
	assert_int_equal(nr_knobs, 1);
	assert_int_equal(knobs[0].type, OMV_KNOB_MENU);
	assert_int_equal(knobs[0].nr_options, 7);
	assert_int_equal(knobs[0].value, 1);
	assert_string_equal(knobs[0].option.text, "b\xc3\xa9");
	assert_option(0, "a", NULL, 0);
	assert_option(1, "b\xc3\xa9", NULL, 0);
	assert_option(2, "5", "5", 1);
	assert_option(3, "1.50", "1.50", 4);
	assert_option(4, "true", "true", 4);
	assert_option(5, "[320, 240]", "[320, 240]", 10);
	assert_option(6, "null", "null", 4);

	read_json("{\"a\": {\"value\": 8, \"options\": [4, 8, 16]}, \"b\": {\"options\": [\"x\"]},"
		  " \"c\": {\"value\": null, \"options\": [null]}, \"d\": {\"value\": \"y\", \"options\": [\"x\"]}}");
	assert_int_equal(nr_knobs, 4);
	assert_int_equal(knobs[0].value, 1);
	assert_int_equal(knobs[1].value, -1);
	assert_int_equal(knobs[2].value, -1);
	assert_int_equal(knobs[3].value, -1);
	/* What is written has the type of the option. */
	knob = knobs[0];
	assert_int_equal(omv_config_option(&knobs[0], 2, &knob.option), 0);
	assert_write(OMV_CONFIG_JSON, &knob, "{\"a\": 16}", 9);
	assert_int_equal(omv_config_option(&knobs[1], 0, &knob.option), 0);
	assert_write(OMV_CONFIG_JSON, &knob, "{\"a\": \"x\"}", 10);
}

/* ---- JSON: writing ---------------------------------------------------- */

static void assert_json(const struct omv_knob *knob, const char *want)
{
	assert_write(OMV_CONFIG_JSON, knob, want, strlen(want));
}

static void write_json(void **state)
{
	static const struct {
		u32 scale;
		s32 value;
		const char *want;
	} numbers[] = {
		{ 1, 0, "{\"a\": 0}" },
		{ 1, S32_MIN, "{\"a\": -2147483648}" },
		{ 1, S32_MAX, "{\"a\": 2147483647}" },
		{ 10, 5, "{\"a\": 0.5}" },
		{ 1000, 500, "{\"a\": 0.5}" },
		{ 1000, 2000, "{\"a\": 2.0}" },
		{ 1000, -1, "{\"a\": -0.001}" },
		{ 1000, 0, "{\"a\": 0.0}" },
		{ 1000, 1050, "{\"a\": 1.05}" },
		{ 1000000, S32_MIN, "{\"a\": -2147.483648}" },
	};
	struct omv_knob knob = integer_knob("quality", 1, 50);
	unsigned int i;

	assert_json(&knob, "{\"quality\": 50}");
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		knob = integer_knob("a", numbers[i].scale, numbers[i].value);
		assert_json(&knob, numbers[i].want);
	}
	knob = boolean_knob("b", true);
	assert_json(&knob, "{\"b\": true}");
	knob = boolean_knob("b", false);
	assert_json(&knob, "{\"b\": false}");
	knob = text_knob(OMV_KNOB_TEXT, "t\"", "\\ \"x\" \n\x1f\x7f\xc3\xa9/");
	assert_json(&knob, "{\"t\\\"\": \"\\\\ \\\"x\\\" \\u000a\\u001f\x7f\xc3\xa9/\"}");
	knob = text_knob(OMV_KNOB_MENU, "m", "");
	assert_json(&knob, "{\"m\": \"\"}");
}

static void no_writing(void **state)
{
	static const u32 bad_scales[] = { 0, 2, 20, 999, 10000000, U32_MAX };
	int dialect, none = OMV_CONFIG_NONE;
	struct omv_knob knob;
	unsigned int i;
	char buf[64];

	for (dialect = OMV_CONFIG_NONE; dialect <= OMV_CONFIG_CBOR; dialect++) {
		knob = text_knob(OMV_KNOB_LABEL, "a", "b");
		assert_int_equal(omv_config_write(buf, sizeof(buf), dialect, &knob), -EINVAL);
		for (i = 0; i < ARRAY_SIZE(bad_scales); i++) {
			knob = integer_knob("a", bad_scales[i], 1);
			assert_int_equal(omv_config_write(buf, sizeof(buf), dialect, &knob),
					 -EINVAL);
		}
	}
	knob = integer_knob("a", 1, 1);
	assert_int_equal(omv_config_write(buf, sizeof(buf), none, &knob), -EINVAL);
}

static u32 write_doc(const struct omv_knob *knob, char *buf, u32 size)
{
	int len = omv_config_write(buf, size - 1, OMV_CONFIG_JSON, knob);

	assert_true(len > 0);
	buf[len] = 0;
	return len;
}

/* Read back by json-c and by our reader. */
static void roundtrip_text(void **state)
{
	struct json_object *object, *member;
	struct omv_knob knob;
	char doc[1200];
	unsigned int round, i;
	u32 len;

	srand(2);
	for (round = 0; round < 20000; round++) {
		knob = make_knob(OMV_KNOB_TEXT, "");
		for (i = rand() % (OMV_KNOB_KEY_SIZE - 1) + 1; i; i--)
			knob.key[i - 1] = rand() % 127 + 1;
		for (i = rand() % OMV_KNOB_TEXT_SIZE; i; i--)
			knob.option.text[i - 1] = rand() % 127 + 1;
		len = write_doc(&knob, doc, sizeof(doc));
		object = json_tokener_parse(doc);
		assert_int_equal(json_object_object_length(object), 1);
		assert_true(json_object_object_get_ex(object, knob.key, &member));
		assert_string_equal(json_object_get_string(member), knob.option.text);
		json_object_put(object);
		read_document(OMV_CONFIG_JSON, doc, len);
		assert_int_equal(nr_knobs, 1);
		assert_string_equal(knobs[0].key, knob.key);
		assert_string_equal(knobs[0].option.text, knob.option.text);
	}
}

static void roundtrip_number(void **state)
{
	static const u32 scales[] = { 1, 10, 100, 1000, 10000, 100000, 1000000 };
	struct json_object *object, *member;
	struct omv_knob knob;
	unsigned int round;
	char doc[100];
	u32 len;

	srand(3);
	for (round = 0; round < 50000; round++) {
		knob = integer_knob("n", scales[rand() % ARRAY_SIZE(scales)],
				    (s32)((u32)rand() << 1) >> rand() % 32);
		len = write_doc(&knob, doc, sizeof(doc));
		object = json_tokener_parse(doc);
		assert_true(json_object_object_get_ex(object, "n", &member));
		/* The type is kept. */
		assert_int_equal(json_object_get_type(member), knob.scale > 1 ?
				 json_type_double : json_type_int);
		assert_true(json_object_get_double(member) == (double)knob.value / knob.scale);
		json_object_put(object);
		read_document(OMV_CONFIG_JSON, doc, len);
		if (knob.scale == 1 || knob.scale == OMV_KNOB_SCALE)
			assert_integer(&knobs[0], "n", knob.scale, knob.value);
	}
}

static void mutated(void **state)
{
	static const char alphabet[] = "{}[],:\"\\u0019-+.eE trufalsn\n";
	static const char * const good[] = {
		"{\"a\": {\"quality\": 9}, \"quality\": 3, \"b\": [{\"quality\": 8}]}",
		"{\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\ude00\": 1, \"quality\": 8}",
		"{\"a\": -0.00525e4, \"b\": true, \"c\": null, \"d\": \"x\\u0041\"}",
	};
	unsigned int round, n, i;
	char text[128];
	u32 len;

	srand(3);
	for (round = 0; round < 200000; round++) {
		i = rand() % ARRAY_SIZE(good);
		len = strlen(good[i]);
		memcpy(text, good[i], len);
		for (n = rand() % 6; n; n--)
			text[rand() % len] = rand() % 4 ?
				alphabet[rand() % (sizeof(alphabet) - 1)] :
				rand();
		if (rand() % 4 == 0)
			len = rand() % len;
		detect(text, len);
		read_as(OMV_CONFIG_JSON, text, len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_number),
		cmocka_unit_test(nothing),
		cmocka_unit_test(write_number),
		cmocka_unit_test(no_json),
		cmocka_unit_test(one_byte),
		cmocka_unit_test(nesting),
		cmocka_unit_test(truncated_json),
		cmocka_unit_test(members),
		cmocka_unit_test(no_knobs),
		cmocka_unit_test(python_values),
		cmocka_unit_test(numbers),
		cmocka_unit_test(numbers_as_printf),
		cmocka_unit_test(long_number),
		cmocka_unit_test(texts),
		cmocka_unit_test(long_text),
		cmocka_unit_test(keys),
		cmocka_unit_test(objects),
		cmocka_unit_test(odd_objects),
		cmocka_unit_test(json_menus),
		cmocka_unit_test(write_json),
		cmocka_unit_test(no_writing),
		cmocka_unit_test(roundtrip_text),
		cmocka_unit_test(roundtrip_number),
		cmocka_unit_test(mutated),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
