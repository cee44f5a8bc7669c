/* SPDX-License-Identifier: GPL-2.0-only */
/* Helpers to read and write config documents. */
#ifndef CONFIG_FIXTURE_H
#define CONFIG_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../driver/core/omv_config.h"

#define MAX_KNOBS	80

/* Knobs of the last document, and a copy of the document in memory of its exact size. */
static struct omv_knob knobs[MAX_KNOBS];
static u32 nr_knobs;
static u8 *document;

static void copy_document(const void *doc, u32 len)
{
	free(document);
	document = malloc(len ? len : 1);
	assert_non_null(document);
	memcpy(document, doc, len);
}

static enum omv_config_dialect detect(const void *doc, u32 len)
{
	copy_document(doc, len);
	return omv_config_detect(document, len);
}

/* Read a document in this dialect into knobs. */
static void read_as(enum omv_config_dialect dialect, const void *doc, u32 len)
{
	struct omv_config_reader reader;
	struct omv_option option;
	u32 i;

	copy_document(doc, len);
	omv_config_begin(&reader, dialect, document, len);
	for (nr_knobs = 0; nr_knobs < MAX_KNOBS; nr_knobs++) {
		if (!omv_config_next(&reader, &knobs[nr_knobs]))
			break;
		for (i = 0; i <= knobs[nr_knobs].nr_options; i++)
			omv_config_option(&knobs[nr_knobs], i, &option);
	}
	if (nr_knobs < MAX_KNOBS)
		assert_false(omv_config_next(&reader, &knobs[nr_knobs]));
}

static void read_document(enum omv_config_dialect dialect, const void *doc, u32 len)
{
	assert_int_equal(detect(doc, len), dialect);
	read_as(dialect, doc, len);
}

/* None of the shorter ones is a document, nor does reading one go beyond its end. */
static inline void assert_truncated(enum omv_config_dialect dialect, const void *doc, u32 len)
{
	u32 cut;

	read_document(dialect, doc, len);
	for (cut = 0; cut < len; cut++) {
		if (detect(doc, cut) == dialect)
			fail_msg("%u of %u bytes are a document", cut, len);
		read_as(dialect, doc, cut);
	}
}

/* With every size of the buffer. */
static inline void assert_write(enum omv_config_dialect dialect, const struct omv_knob *knob,
			 const void *want, u32 len)
{
	u8 *buf;
	u32 size;
	int ret;

	for (size = 0; size < len + 2; size++) {
		buf = malloc(size ? size : 1);
		assert_non_null(buf);
		ret = omv_config_write(buf, size, dialect, knob);
		if (size < len) {
			assert_int_equal(ret, -ENOSPC);
		} else {
			assert_int_equal(ret, len);
			assert_memory_equal(buf, want, len);
		}
		free(buf);
	}
}

static inline struct omv_knob make_knob(enum omv_knob_type type, const char *key)
{
	struct omv_knob knob = { .type = type, .scale = 1 };

	snprintf(knob.key, sizeof(knob.key), "%s", key);
	return knob;
}

static inline struct omv_knob integer_knob(const char *key, u32 scale, s32 value)
{
	struct omv_knob knob = make_knob(OMV_KNOB_INTEGER, key);

	knob.scale = scale;
	knob.real = scale > 1;
	knob.value = value;
	return knob;
}

static inline struct omv_knob text_knob(enum omv_knob_type type, const char *key, const char *text)
{
	struct omv_knob knob = make_knob(type, key);

	snprintf(knob.option.text, sizeof(knob.option.text), "%s", text);
	return knob;
}

static inline struct omv_knob boolean_knob(const char *key, bool value)
{
	struct omv_knob knob = make_knob(OMV_KNOB_BOOLEAN, key);

	knob.scale = 0;
	knob.value = value;
	return knob;
}

static inline void assert_integer(const struct omv_knob *knob, const char *key, u32 scale, s32 value)
{
	assert_int_equal(knob->type, OMV_KNOB_INTEGER);
	assert_string_equal(knob->key, key);
	if (knob->scale != scale || knob->value != value)
		fail_msg("%s is %d/%u, not %d/%u", key, knob->value, knob->scale, value,
			 scale);
}

static inline void assert_unranged(const struct omv_knob *knob)
{
	assert_false(knob->ranged);
	assert_int_equal(knob->min, S32_MIN);
	assert_int_equal(knob->max, S32_MAX);
	assert_int_equal(knob->step, 1);
}

static inline void assert_ranged(const struct omv_knob *knob, s32 min, s32 max, s32 step)
{
	assert_true(knob->ranged);
	assert_int_equal(knob->min, min);
	assert_int_equal(knob->max, max);
	assert_int_equal(knob->step, step);
}

/* The text of an option of the first knob, and its encoding if it is not a text. */
static inline void assert_option(u32 index, const char *text, const void *raw, u32 raw_size)
{
	struct omv_option option;

	assert_int_equal(omv_config_option(&knobs[0], index, &option), 0);
	assert_string_equal(option.text, text);
	assert_int_equal(option.raw_size, raw_size);
	if (raw_size)
		assert_memory_equal(option.raw, raw, raw_size);
}

#endif /* CONFIG_FIXTURE_H */
