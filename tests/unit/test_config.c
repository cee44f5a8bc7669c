// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "../../driver/core/omv_config.h"

#define UNTOUCHED	0x5a5a5a5a

#define MAX_TEXT	(1 << 20)
#define MAX_PAGE	65536

/*
 * Read a copy that ends where its memory ends, so that overruns crash: at -O1 and
 * -fno-sanitize-recover, gcc 12 drops some of ASan's own checks.
 */
static int get_exact(const void *text, u32 len, s32 *value)
{
	static char *end;
	int ret;

	assert_true(len <= MAX_TEXT);
	if (!end) {
		end = mmap(NULL, MAX_TEXT + MAX_PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		assert_ptr_not_equal(end, MAP_FAILED);
		end += MAX_TEXT;
		assert_int_equal(mprotect(end, MAX_PAGE, PROT_NONE), 0);
	}
	memcpy(end - len, text, len);
	*value = UNTOUCHED;
	ret = omv_config_get(end - len, len, "quality", value);
	if (ret)
		assert_int_equal(*value, UNTOUCHED);
	return ret;
}

static const struct good {
	const char *text;
	s32 value;
} good[] = {
	{ "{\"quality\": 50}", 50 },
	{ "{\"quality\":50}", 50 },
	{ " \t\r\n{ \"quality\" \n:\t 50\r }\n", 50 },
	{ "{\"quality\": 0}", 0 },
	{ "{\"quality\": -0}", 0 },
	{ "{\"quality\": -1}", -1 },
	{ "{\"quality\": 2147483647}", 2147483647 },
	{ "{\"quality\": -2147483648}", -2147483647 - 1 },
	{ "{\"a\": 1, \"quality\": 2, \"b\": 3}", 2 },
	/* The last one counts. */
	{ "{\"quality\": 1, \"quality\": 2}", 2 },
	{ "{\"quality\": null, \"quality\": 2}", 2 },
	{ "{\"quality\": 1e99, \"quality\": 2}", 2 },
	/* Not the ones inside. */
	{ "{\"a\": {\"quality\": 9}, \"quality\": 3, \"b\": [{\"quality\": 8}]}",
	  3 },
	{ "{\"quality\": 3, \"b\": {\"quality\": 1e99}}", 3 },
	{ "{\"a\": [], \"b\": {}, \"c\": [[], {}, [1, [2]]], \"quality\": 4}", 4 },
	/* Keys that look alike, and text that looks like a key. */
	{ "{\"qualit\": 1, \"quality\": 5, \"quality2\": 2, \"Quality\": 3}", 5 },
	{ "{\"a\": \"quality\", \"b\": \"\\\"quality\\\": 1\", \"quality\": 6}", 6 },
	{ "{\"\\u0071uality\": 7}", 7 },
	{ "{\"quality\\u0000\": 1, \"quality\": 7}", 7 },
	{ "{\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\ude00\": 1, \"quality\": 8}",
	  8 },
	{ "{\"\\u00af\\u00FA\": 1, \"quality\": 8}", 8 },
	{ "{\"\xc3\xa9\xff\x80\": true, \"quality\": 9, \"\": false}", 9 },
	/* Fractions and exponents. */
	{ "{\"quality\": 50.0}", 50 },
	{ "{\"quality\": 50.999}", 50 },
	{ "{\"quality\": -50.999}", -50 },
	{ "{\"quality\": 0.999}", 0 },
	{ "{\"quality\": -0.5}", 0 },
	{ "{\"quality\": 5e1}", 50 },
	{ "{\"quality\": 5E+1}", 50 },
	{ "{\"quality\": 5.25e1}", 52 },
	{ "{\"quality\": 525e-1}", 52 },
	{ "{\"quality\": 5.25e+01}", 52 },
	{ "{\"quality\": 0.00525e4}", 52 },
	{ "{\"quality\": 1e-99999999999999999999999}", 0 },
	{ "{\"quality\": 0e99999999999999999999999}", 0 },
	{ "{\"quality\": 0.0e99999999999999999999999}", 0 },
	{ "{\"quality\": 2147483647.9}", 2147483647 },
	{ "{\"quality\": -2147483648.9}", -2147483647 - 1 },
	{ "{\"quality\": 0.000000000000000000000000000000000001e36}", 1 },
};

static void found(void **state)
{
	unsigned int i;
	s32 value;
	int ret;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		ret = get_exact(good[i].text, strlen(good[i].text), &value);
		if (ret || value != good[i].value)
			fail_msg("%s: %d, %d", good[i].text, ret, value);
	}
}

/* Without its last character nothing that is good stays good. */
static void truncated(void **state)
{
	unsigned int i;
	size_t len, cut;
	s32 value;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		len = strrchr(good[i].text, '}') - good[i].text;
		for (cut = 0; cut <= len; cut++)
			assert_int_equal(get_exact(good[i].text, cut, &value),
					 -EINVAL);
	}
}

static const struct bad {
	const char *text;
	int error;
} bad[] = {
	{ "{}", -ENOENT },
	{ " { } ", -ENOENT },
	{ "{\"a\": 1}", -ENOENT },
	{ "{\"quality\": \"50\"}", -ENOENT },
	{ "{\"quality\": true}", -ENOENT },
	{ "{\"quality\": false}", -ENOENT },
	{ "{\"quality\": null}", -ENOENT },
	{ "{\"quality\": {}}", -ENOENT },
	{ "{\"quality\": [50]}", -ENOENT },
	{ "{\"quality\": {\"quality\": 50}}", -ENOENT },
	{ "{\"quality\": 50, \"quality\": \"x\"}", -ENOENT },
	{ "{\"a\": {\"quality\": 50}}", -ENOENT },

	{ "{\"quality\": 2147483648}", -ERANGE },
	{ "{\"quality\": -2147483649}", -ERANGE },
	{ "{\"quality\": 1e10}", -ERANGE },
	{ "{\"quality\": 99999999999999999999999999999999999999999}", -ERANGE },
	{ "{\"quality\": 18446744073709551666}", -ERANGE },
	{ "{\"quality\": 4294967346}", -ERANGE },
	{ "{\"quality\": 1e99999999999999999999999999}", -ERANGE },
	{ "{\"quality\": 0.1e18446744073709551617}", -ERANGE },
	{ "{\"quality\": 50, \"quality\": 1e10}", -ERANGE },

	{ "", -EINVAL },
	{ " ", -EINVAL },
	{ "50", -EINVAL },
	{ "\"quality\"", -EINVAL },
	{ "[]", -EINVAL },
	{ "[\"quality\", 50]", -EINVAL },
	{ "null", -EINVAL },
	{ "{", -EINVAL },
	{ "}", -EINVAL },
	{ "{]", -EINVAL },
	{ "{,}", -EINVAL },
	{ "{\"quality\"}", -EINVAL },
	{ "{\"quality\":}", -EINVAL },
	{ "{\"quality\" 50}", -EINVAL },
	{ "{\"quality\"= 50}", -EINVAL },
	{ "{quality: 50}", -EINVAL },
	{ "{'quality': 50}", -EINVAL },
	{ "{\"quality\": 50,}", -EINVAL },
	{ "{,\"quality\": 50}", -EINVAL },
	{ "{\"quality\": 50 \"a\": 1}", -EINVAL },
	{ "{\"quality\": 50]", -EINVAL },
	{ "{\"quality\": [50}", -EINVAL },
	{ "{\"quality\": [50}}", -EINVAL },
	{ "{\"quality\": {50]}", -EINVAL },
	{ "{\"quality\": [,]}", -EINVAL },
	{ "{\"quality\": [1,]}", -EINVAL },
	{ "{\"quality\": [1 2]}", -EINVAL },
	{ "{\"quality\": [\"a\": 1]}", -EINVAL },
	{ "{\"quality\": 50}}", -EINVAL },
	{ "{\"quality\": 50},", -EINVAL },
	{ "{\"quality\": 50}{}", -EINVAL },
	{ "{\"quality\": 50} x", -EINVAL },
	{ "{\"quality\": 050}", -EINVAL },
	{ "{\"quality\": 00}", -EINVAL },
	{ "{\"quality\": +50}", -EINVAL },
	{ "{\"quality\": .5}", -EINVAL },
	{ "{\"quality\": 5.}", -EINVAL },
	{ "{\"quality\": 5.e1}", -EINVAL },
	{ "{\"quality\": 5e}", -EINVAL },
	{ "{\"quality\": 5e+}", -EINVAL },
	{ "{\"quality\": 5e1.5}", -EINVAL },
	{ "{\"quality\": -}", -EINVAL },
	{ "{\"quality\": - 5}", -EINVAL },
	{ "{\"quality\": --5}", -EINVAL },
	{ "{\"quality\": 5-}", -EINVAL },
	{ "{\"quality\": 0x32}", -EINVAL },
	{ "{\"quality\": 50 50}", -EINVAL },
	{ "{\"quality\": NaN}", -EINVAL },
	{ "{\"quality\": tru}", -EINVAL },
	{ "{\"quality\": trues}", -EINVAL },
	{ "{\"quality\": True}", -EINVAL },
	{ "{\"quality\": nulL}", -EINVAL },
	{ "{\"quality: 50}", -EINVAL },
	{ "{\"quality\": 50, \"a\": \"}", -EINVAL },
	{ "{\"quality\": 50, \"a\": \"\\\"}", -EINVAL },
	{ "{\"quality\": 50, \"a\": \"\\x41\"}", -EINVAL },
	{ "{\"quality\": 50, \"a\": \"\\u12\"}", -EINVAL },
	{ "{\"quality\": 50, \"a\": \"\\u12g4\"}", -EINVAL },
	{ "{\"quality\": 50, \"a\": \"\n\"}", -EINVAL },
	{ "{\"qual\tity\": 50}", -EINVAL },
	{ "{\"quality\": 50, 1: 2}", -EINVAL },
	{ "{\"quality\": 50, \"a\"}", -EINVAL },
	{ "{\"quality\": 50, \"a\": 1 1}", -EINVAL },
	{ "/* */ {\"quality\": 50}", -EINVAL },
	{ "\xef\xbb\xbf{\"quality\": 50}", -EINVAL },
};

static void refused(void **state)
{
	unsigned int i;
	s32 value;
	int ret;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		ret = get_exact(bad[i].text, strlen(bad[i].text), &value);
		if (ret != bad[i].error)
			fail_msg("%s: %d instead of %d", bad[i].text, ret,
				 bad[i].error);
	}
}

static void nul_bytes(void **state)
{
	static const char inside[] = "{\"quality\"\0: 50}";
	static const char in_key[] = "{\"quality\0\": 50}";
	static const char in_text[] = "{\"quality\": 50, \"a\": \"\0\"}";
	static const char escaped[] = "{\"quality\": 50, \"a\": \"\\\0\"}";
	static const char behind[] = "{\"quality\": 50}\0";
	s32 value;

	assert_int_equal(get_exact(inside, sizeof(inside) - 1, &value),
			 -EINVAL);
	assert_int_equal(get_exact(in_key, sizeof(in_key) - 1, &value),
			 -EINVAL);
	assert_int_equal(get_exact(in_text, sizeof(in_text) - 1, &value),
			 -EINVAL);
	assert_int_equal(get_exact(escaped, sizeof(escaped) - 1, &value),
			 -EINVAL);
	assert_int_equal(get_exact(behind, sizeof(behind) - 1, &value),
			 -EINVAL);
	assert_int_equal(get_exact(behind, sizeof(behind) - 2, &value), 0);
}

static void one_byte(void **state)
{
	unsigned int c;
	s32 value;
	char text;

	for (c = 0; c < 256; c++) {
		text = c;
		assert_int_equal(get_exact(&text, 1, &value), -EINVAL);
	}
}

/* Bounded, and the stack does not grow with the text. */
static void nesting(void **state)
{
	static char text[1 << 20];
	unsigned int depth, len;
	s32 value;

	for (depth = 1; depth < 100; depth++) {
		len = sprintf(text, "{\"quality\": 7, \"a\": ");
		memset(text + len, '[', depth);
		memset(text + len + depth, ']', depth);
		len += 2 * depth;
		text[len++] = '}';
		assert_int_equal(get_exact(text, len, &value),
				 depth < 64 ? 0 : -EINVAL);
		/* The outermost is never taken for something else. */
		text[len - 1] = ']';
		assert_int_equal(get_exact(text, len, &value), -EINVAL);
	}
	memset(text, '[', sizeof(text));
	memcpy(text, "{\"a\":", 5);
	assert_int_equal(get_exact(text, sizeof(text), &value), -EINVAL);
	for (len = 0; len + 5 <= sizeof(text); len += 5)
		memcpy(text + len, "{\"a\":", 5);
	assert_int_equal(get_exact(text, len, &value), -EINVAL);
	/* Nothing is remembered of what was closed. */
	len = sprintf(text, "{\"a\": [0");
	while (len < sizeof(text) - 100)
		len += sprintf(text + len, ",[{\"quality\":[{}]}]");
	len += sprintf(text + len, "], \"quality\": 11}");
	assert_int_equal(get_exact(text, len, &value), 0);
	assert_int_equal(value, 11);
}

static void long_number(void **state)
{
	static char text[1 << 20];
	unsigned int len;
	s32 value;

	memset(text, '0', sizeof(text));
	len = sprintf(text, "{\"quality\": 12.");
	text[len] = '0';
	text[sizeof(text) - 1] = '}';
	assert_int_equal(get_exact(text, sizeof(text), &value), 0);
	assert_int_equal(value, 12);
	text[len - 1] = '0';
	assert_int_equal(get_exact(text, sizeof(text), &value), -ERANGE);
	/* A million digits, all but two of them taken back. */
	len = sprintf(text + sizeof(text) - 20, "e-%u}",
		      (unsigned int)sizeof(text) - 20 - 14);
	assert_int_equal(get_exact(text, sizeof(text) - 20 + len, &value), 0);
	assert_int_equal(value, 12);
}

static void mutated(void **state)
{
	static const char alphabet[] = "{}[],:\"\\u0019-+.eE trufalsn\n";
	unsigned int round, n, i;
	char text[128];
	u32 len;
	s32 value;
	int ret;

	srand(3);
	for (round = 0; round < 300000; round++) {
		i = rand() % ARRAY_SIZE(good);
		len = strlen(good[i].text);
		memcpy(text, good[i].text, len);
		for (n = rand() % 6; n; n--)
			text[rand() % len] = rand() % 4 ?
				alphabet[rand() % (sizeof(alphabet) - 1)] :
				rand();
		if (rand() % 4 == 0)
			len = rand() % len;
		ret = get_exact(text, len, &value);
		assert_true(ret == 0 || ret == -ENOENT || ret == -ERANGE ||
			    ret == -EINVAL);
	}
}

static void check_set(const char *key, s32 value, const char *want)
{
	u32 len = strlen(want);
	char buf[64];
	s32 back;
	u32 size, at;

	for (size = 0; size < sizeof(buf); size++) {
		memset(buf, '#', sizeof(buf));
		if (size < len) {
			assert_int_equal(omv_config_set(buf, size, key, value),
					 -ENOSPC);
		} else {
			assert_int_equal(omv_config_set(buf, size, key, value),
					 len);
			assert_memory_equal(buf, want, len);
		}
		for (at = size < len ? size : len; at < sizeof(buf); at++)
			assert_int_equal(buf[at], '#');
	}
	if (key) {
		assert_int_equal(omv_config_get(want, len, key, &back), 0);
		assert_int_equal(back, value);
	}
}

static void set(void **state)
{
	check_set(NULL, 50, "50");
	check_set(NULL, 0, "0");
	check_set(NULL, -1, "-1");
	check_set(NULL, 2147483647, "2147483647");
	check_set(NULL, -2147483647 - 1, "-2147483648");
	check_set("quality", 50, "{\"quality\": 50}");
	check_set("quality", 1, "{\"quality\": 1}");
	check_set("a", -2147483647 - 1, "{\"a\": -2147483648}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found),
		cmocka_unit_test(truncated),
		cmocka_unit_test(refused),
		cmocka_unit_test(nul_bytes),
		cmocka_unit_test(one_byte),
		cmocka_unit_test(nesting),
		cmocka_unit_test(long_number),
		cmocka_unit_test(mutated),
		cmocka_unit_test(set),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
