// SPDX-License-Identifier: GPL-2.0-only
/*
 * omvctl write: what the content of a channel says about a message (T-12).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../tools/util.c"
#include "../../tools/compare.c"

/* A row of the table: content before and after the message, and what is known then. */
struct row {
	const char *before;
	const char *message;
	const char *after;
	enum taken taken;
	const char *why;
};

static struct content content(const char *text)
{
	return (struct content){ text, strlen(text) };
}

static void check_rows(const struct row *rows, size_t count, bool alive)
{
	char why[256];

	for (size_t i = 0; i < count; i++) {
		struct content before = content(rows[i].before), after = content(rows[i].after);
		struct content message = content(rows[i].message);
		enum taken taken = compare_content(&before, &after, &message, alive, why,
						   sizeof(why));

		if (taken != rows[i].taken || strcmp(why, rows[i].why))
			fail_msg("'%s' after '%s' was written to '%s': %d, not %d: '%s'",
				 rows[i].after, rows[i].message, rows[i].before, taken,
				 rows[i].taken, why);
	}
}

#define SAME	"its content is what it was before"

static void test_keys(void **state)
{
	static const struct row rows[] = {
		{ "{\"quality\": 85}", "{\"quality\": 50}", "{\"quality\": 50}", TAKEN_ALL, "" },
		{ "{\"quality\": 85}", "{\"quality\": 85}\n", "{\"quality\": 85}", TAKEN_ALL, "" },
		{ "{\"quality\": 85}", "{\"quality\": 50}", "{\"quality\": 85}", TAKEN_NOT,
		  "quality is 85, not 50" },
		{ "{\"quality\": 85}", "{\"quality\": 200}", "{\"quality\": 100}", TAKEN_OTHER,
		  "quality is 100, not 200" },
		/* Other keys change by themselves, and the order of keys is free. */
		{ "{\"n\": 1, \"gain\": 2.0}", "{\"gain\": 3}", "{\"gain\": 3.0, \"n\": 2}",
		  TAKEN_ALL, "" },
		{ "{\"n\": 1, \"gain\": 2.0}", "{\"gain\": 3}", "{\"gain\": 2.0, \"n\": 2}",
		  TAKEN_NOT, "gain is 2.0, not 3" },
		{ "{\"a\": 1, \"b\": 2}", "{\"a\": 5, \"b\": 6}", "{\"a\": 5, \"b\": 2}",
		  TAKEN_NOT, "b is 2, not 6" },
		{ "{\"a\": 1, \"b\": 2}", "{\"a\": 5, \"b\": 6}", "{\"a\": 4, \"b\": 2}",
		  TAKEN_NOT, "a is 4, not 5; b is 2, not 6" },
		/* A key that is misspelt, and one of a command. */
		{ "{\"quality\": 85}", "{\"qualty\": 50}", "{\"quality\": 85}", TAKEN_NOT,
		  "there is no key qualty" },
		{ "{\"quality\": 85}", "{\"quality\": 50, \"x\": 1}", "{\"quality\": 50}",
		  TAKEN_OTHER, "there is no key x" },
		{ "{\"shots\": 1}", "{\"snap\": true}", "{\"shots\": 2}", TAKEN_UNKNOWN,
		  "there is no key snap" },
		{ "{\"a\": 1}", "{}", "{\"a\": 1}", TAKEN_ALL, "" },
		/* A key that comes into being. */
		{ "{\"a\": 1}", "{\"b\": 2}", "{\"a\": 1, \"b\": 2}", TAKEN_ALL, "" },
	};

	(void)state;
	check_rows(rows, ARRAY_SIZE(rows), false);
}

static void test_values(void **state)
{
	static const struct row rows[] = {
		/* 0.1 in 32 bits */
		{ "{\"g\": 1}", "{\"g\": 0.1}", "{\"g\": 0.1000000015}", TAKEN_ALL, "" },
		{ "{\"g\": 1}", "{\"g\": 0.1}", "{\"g\": 0.11}", TAKEN_OTHER, "g is 0.11, not 0.1" },
		{ "{\"g\": 1}", "{\"g\": 5}", "{\"g\": nan}", TAKEN_OTHER, "g is NaN, not 5" },
		{ "{\"on\": false}", "{\"on\": true}", "{\"on\": 1}", TAKEN_ALL, "" },
		{ "{\"on\": false}", "{\"on\": true}", "{\"on\": false}", TAKEN_NOT,
		  "on is false, not true" },
		{ "{\"s\": \"a\"}", "{\"s\": \"50\"}", "{\"s\": 50}", TAKEN_ALL, "" },
		{ "{\"s\": \"a\"}", "{\"s\": \"b\"}", "{\"s\": \"a\"}", TAKEN_NOT,
		  "s is \"a\", not \"b\"" },
		{ "{\"r\": [0, 0]}", "{\"r\": [0.1, 2]}", "{\"r\": [0.1000000015, 2.0]}",
		  TAKEN_ALL, "" },
		{ "{\"r\": [0, 0]}", "{\"r\": [1, 2]}", "{\"r\": [0, 0]}", TAKEN_NOT,
		  "r is [0,0], not [1,2]" },
		{ "{\"r\": {\"x\": 1, \"y\": 2}}", "{\"r\": {\"x\": 7}}",
		  "{\"r\": {\"x\": 1, \"y\": 2}}", TAKEN_NOT, "r.x is 1, not 7" },
		{ "{\"v\": null}", "{\"v\": 1}", "{\"v\": null}", TAKEN_NOT, "v is null, not 1" },
		/* Described knobs. */
		{ "{\"e\": {\"value\": 5, \"max\": 9}}", "{\"e\": 6}",
		  "{\"e\": {\"value\": 6, \"max\": 9}}", TAKEN_ALL, "" },
		{ "{\"e\": {\"value\": 5, \"max\": 9}}", "{\"e\": 60}",
		  "{\"e\": {\"value\": 9, \"max\": 9}}", TAKEN_OTHER, "e is 9, not 60" },
		{ "{\"e\": {\"value\": 5, \"max\": 9}}", "{\"e\": 6}",
		  "{\"e\": {\"value\": 5, \"max\": 9}}", TAKEN_NOT, "e is 5, not 6" },
		/* Long values, and control characters. */
		{ "{\"s\": 1}", "{\"s\": \"0123456789012345678901234567890123456789\"}",
		  "{\"s\": 1}", TAKEN_NOT, "s is 1, not \"01234567890123456789012345678901234..." },
		{ "{\"s\": 1}", "{\"s\": \"\\u001b[2J\"}", "{\"s\": 1}", TAKEN_NOT,
		  "s is 1, not \"\\u001b[2J\"" },
	};

	(void)state;
	check_rows(rows, ARRAY_SIZE(rows), false);
}

/* The three forms of the tutorial's config: what is written need not look like what is read. */
static void test_one_value(void **state)
{
	static const struct row rows[] = {
		{ "{\"quality\": 85}", "50", "{\"quality\": 50}", TAKEN_ALL, "" },
		{ "{\"quality\": 85}", "50\n", "{\"quality\": 85}", TAKEN_NOT,
		  "quality is 85, not 50" },
		{ "{\"n\": 3, \"quality\": 85}", "50", "{\"n\": 4, \"quality\": 85}", TAKEN_NOT,
		  "quality is 85, not 50" },
		{ "{\"gain\": 2}", "3", "{\"gain\": 2}", TAKEN_NOT, "gain is 2, not 3" },
		{ "{\"a\": 2, \"b\": 3}", "3", "{\"a\": 2, \"b\": 3}", TAKEN_NOT, SAME },
		{ "85", "{\"quality\": 50}", "50", TAKEN_ALL, "" },
		{ "85", "{\"quality\": 50}", "85", TAKEN_NOT, "it is 85, not 50" },
		{ "85", "50", "50.0", TAKEN_ALL, "" },
		{ "85", "50", "85", TAKEN_NOT, "it is 85, not 50" },
		{ "85.5", "200", "100", TAKEN_OTHER, "it is 100, not 200" },
		{ "{\"mode\": \"red\"}", "blue", "{\"mode\": \"blue\"}", TAKEN_ALL, "" },
		{ "\"red\"", "blue", "\"blue\"", TAKEN_ALL, "" },
		{ "red", "\"blue\"", "red", TAKEN_UNKNOWN, "" },
		/* What no script can parse. */
		{ "{\"a\": 2, \"b\": 3}", "{\"a\": ", "{\"a\": 2, \"b\": 3}", TAKEN_NOT, SAME },
		{ "{\"a\": 2, \"b\": 3}", "{\"a\": 5} x", "{\"a\": 2, \"b\": 3}", TAKEN_NOT, SAME },
		{ "{\"quality\": 85}", "abc", "{\"quality\": 85}", TAKEN_NOT,
		  "quality is 85, not \"abc\"" },
	};

	(void)state;
	check_rows(rows, ARRAY_SIZE(rows), false);
}

static void test_texts(void **state)
{
	static const struct row rows[] = {
		{ "hello", "world", "world", TAKEN_ALL, "" },
		{ "hello", "world\n", "world", TAKEN_ALL, "" },
		{ "hello", "hello", "hello", TAKEN_ALL, "" },
		/* It may be for commands, as a trigger that can be read. */
		{ "hello", "world", "hello", TAKEN_UNKNOWN, "" },
		{ "ready", "start", "ready", TAKEN_UNKNOWN, "" },
		/* An answer, a counter: they change, and need not be what was written. */
		{ "hello", "temp?", "41.2", TAKEN_UNKNOWN, "" },
		{ "0\n", "go", "1\n", TAKEN_UNKNOWN, "" },
		{ "x", "y", "", TAKEN_UNKNOWN, "" },
	};

	(void)state;
	check_rows(rows, ARRAY_SIZE(rows), false);
}

/* A channel that has events of its own, as triggers and telemetry have. */
static void test_alive(void **state)
{
	static const struct row rows[] = {
		{ "3\n", "5", "4\n", TAKEN_UNKNOWN, "" },
		{ "idle", "go", "idle", TAKEN_UNKNOWN, "" },
		{ "idle", "go", "go", TAKEN_ALL, "" },
		{ "{\"state\": 0}", "{\"go\": 1}", "{\"state\": 0}", TAKEN_UNKNOWN,
		  "there is no key go" },
		{ "{\"quality\": 85}", "{\"quality\": 50}", "{\"quality\": 85}", TAKEN_NOT,
		  "quality is 85, not 50" },
	};

	(void)state;
	check_rows(rows, ARRAY_SIZE(rows), true);
}

static enum taken compare_binary(const char *before, const char *message, size_t len,
				 const char *after)
{
	struct content old = { before, 4 }, now = { after, 4 }, written = { message, len };
	char why[64];

	return compare_content(&old, &now, &written, false, why, sizeof(why));
}

static void test_binary(void **state)
{
	(void)state;
	assert_int_equal(compare_binary("\1\2\3\377", "\4\5\6\377", 4, "\4\5\6\377"), TAKEN_ALL);
	assert_int_equal(compare_binary("\1\2\3\377", "\4\5\6\377", 4, "\1\2\3\377"), TAKEN_UNKNOWN);
	assert_int_equal(compare_binary("\1\2\3\377", "\4\5\6\377", 4, "\1\2\3\7"), TAKEN_UNKNOWN);
	/* A part of it, as a widget's value is. */
	assert_int_equal(compare_binary("\1\2\3\377", "\1\377", 2, "\1\2\3\377"), TAKEN_UNKNOWN);
	assert_int_equal(compare_binary("\1\2\3\377", "go", 2, "\1\2\3\377"), TAKEN_UNKNOWN);
}

/* The list of differences is cut, not more. */
static void test_short_why(void **state)
{
	struct content before = content("{\"a\": 1, \"b\": 2, \"c\": 3}");
	struct content message = content("{\"a\": 4, \"b\": 5, \"c\": 6}");
	char why[16];

	(void)state;
	for (size_t size = 1; size <= sizeof(why); size++) {
		memset(why, 'x', sizeof(why));
		assert_int_equal(compare_content(&before, &before, &message, false, why, size),
				 TAKEN_NOT);
		assert_true(strlen(why) < size);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_one_value),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_alive),
		cmocka_unit_test(test_binary),
		cmocka_unit_test(test_short_why),
	};

	return cmocka_run_group_tests_name("compare", tests, NULL, NULL);
}
