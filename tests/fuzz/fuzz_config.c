// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz target: read a document of a config channel, and write each of its knobs.
 */
#include <stdlib.h>

#include "fuzz.h"
#include "../../driver/core/omv_standard.h"

/* Larger than any document that is written here. */
#define MAX_WRITTEN	2048

struct doc {
	u8 bytes[MAX_WRITTEN];
	u32 len;
};

static u32 check_text(const char *text, u32 size)
{
	const char *end = memchr(text, 0, size);

	CHECK(end);
	return end - text;
}

static void check_menu(const struct omv_knob *knob)
{
	struct omv_option option;
	u32 i;

	CHECK(knob->nr_options && knob->nr_options <= OMV_KNOB_OPTIONS);
	CHECK(knob->value >= -1 && knob->value < (s32)knob->nr_options);
	for (i = 0; i < knob->nr_options; i++) {
		CHECK(!omv_config_option(knob, i, &option));
		check_text(option.text, sizeof(option.text));
		CHECK(option.raw_size <= sizeof(option.raw));
		CHECK((s32)i != knob->value || !strcmp(option.text, knob->option.text));
	}
	CHECK(omv_config_option(knob, i, &option) == -ENOENT);
}

static void check_integer(const struct omv_knob *knob)
{
	u32 scale = knob->scale;

	CHECK(scale && scale <= 1000000);
	while (scale % 10 == 0)
		scale /= 10;
	CHECK(scale == 1);
	CHECK(knob->min < knob->max && knob->step > 0);
	CHECK(knob->value >= knob->min && knob->value <= knob->max);
	CHECK(knob->ranged || (knob->min == S32_MIN && knob->max == S32_MAX));
}

static void check_view(enum omv_standard standard, const struct omv_knob *knob)
{
	struct omv_view view;
	s32 value;

	omv_standard_view(standard, knob, &view);
	CHECK(view.min <= view.max && view.step > 0);
	CHECK(view.value >= view.min && view.value <= view.max);
	CHECK(((s64)view.value - view.min) % view.step == 0);
	value = omv_standard_value(standard, knob, view.value);
	CHECK(standard == OMV_STANDARD_QUALITY || (value >= knob->min && value <= knob->max));
}

/* As a control shows it, in another unit, too. */
static void check_standard(const struct omv_knob *read)
{
	enum omv_standard standard = omv_standard_find(read);
	struct omv_knob knob = *read, other = *read;

	CHECK(standard < OMV_STANDARDS);
	if (knob.type != OMV_KNOB_INTEGER)
		return;
	omv_knob_start_range(&knob, standard);
	check_view(standard, &knob);
	check_view(OMV_STANDARD_NONE, &knob);
	omv_knob_rescale(&knob, 10);
	other.value = -(other.value / 3);
	omv_knob_rescale(&other, 10);
	omv_knob_keep_range(&other, &knob, standard);
	CHECK(other.ranged || standard == OMV_STANDARD_QUALITY ||
	      (other.min <= other.value && other.value <= other.max));
	check_view(standard, &other);
}

static void check_knob(enum omv_config_dialect dialect, const struct omv_knob *knob)
{
	CHECK(check_text(knob->key, sizeof(knob->key)) > 0);
	check_text(knob->unit, sizeof(knob->unit));
	check_text(knob->option.text, sizeof(knob->option.text));
	CHECK(dialect != OMV_CONFIG_NONE);
	CHECK(dialect != OMV_CONFIG_NUMBER || knob->type == OMV_KNOB_INTEGER);
	CHECK(dialect == OMV_CONFIG_CBOR || (knob->type != OMV_KNOB_BUTTON &&
					     knob->type != OMV_KNOB_LABEL));
	CHECK(knob->type == OMV_KNOB_MENU || !knob->nr_options);
	check_standard(knob);
	if (knob->type == OMV_KNOB_INTEGER)
		check_integer(knob);
	else if (knob->type == OMV_KNOB_BOOLEAN)
		CHECK(knob->value == 0 || knob->value == 1);
	else if (knob->type == OMV_KNOB_MENU)
		check_menu(knob);
}

static void append(struct doc *doc, const void *bytes, u32 len)
{
	CHECK(doc->len + len <= sizeof(doc->bytes));
	memcpy(doc->bytes + doc->len, bytes, len);
	doc->len += len;
}

static void write_knob(struct doc *doc, enum omv_config_dialect dialect,
		       const struct omv_knob *knob)
{
	int len = omv_config_write(doc->bytes, sizeof(doc->bytes), dialect, knob);

	CHECK(len > 0);
	doc->len = len;
}

/* Append a key of a widget and its value. */
static void append_limit(struct doc *doc, u8 key, const struct omv_knob *knob, s32 value)
{
	struct omv_knob limit = *knob;
	struct doc written;

	limit.value = value;
	strcpy(limit.key, "x");
	write_knob(&written, OMV_CONFIG_CBOR, &limit);
	append(doc, (const u8[]){ 0x38, key - 1 }, 2);
	append(doc, written.bytes + 6, written.len - 6);
}

/* A written document has no type: complete it to the camera's widget. */
static void append_type(struct doc *doc, const struct omv_knob *knob)
{
	CHECK(doc->bytes[1] == 0xa2);
	switch (knob->type) {
	case OMV_KNOB_BOOLEAN:
		doc->bytes[1]++;
		append(doc, "\x38\x1d\x66toggle", 9);
		break;
	case OMV_KNOB_MENU:
		doc->bytes[1] += 2;
		append(doc, "\x38\x1d\x66select\x38\x21\x81\x60", 13);
		break;
	case OMV_KNOB_TEXT:
		doc->bytes[1]++;
		append(doc, "\x38\x1d\x68lineedit", 11);
		break;
	case OMV_KNOB_BUTTON:
		doc->bytes[1]++;
		append(doc, "\x38\x1d\x6apushbutton", 13);
		break;
	default:
		doc->bytes[1] += 4;
		append(doc, "\x38\x1d\x66slider", 9);
		append_limit(doc, 31, knob, knob->min);
		append_limit(doc, 32, knob, knob->max);
		append_limit(doc, 33, knob, knob->step);
	}
}

/*
 * Limits that were cut to fit, or are next to nothing, may need fewer digits when they come
 * back, and so has the value. In JSON the limits do not come back at all.
 */
static void check_near(const struct omv_knob *read, const struct omv_knob *knob)
{
	s64 off = (s64)read->value * knob->scale - (s64)knob->value * read->scale;

	CHECK(read->real == knob->real || read->scale > 1 || knob->scale > 1);
	CHECK(2 * llabs(off) <= (read->scale < knob->scale ? knob->scale : 0));
}

static void check_same(const struct omv_knob *read, const struct omv_knob *knob)
{
	CHECK(read->type == knob->type);
	CHECK(!strcmp(read->key, knob->key));
	if (knob->type == OMV_KNOB_INTEGER)
		check_near(read, knob);
	else if (knob->type == OMV_KNOB_BOOLEAN)
		CHECK(read->value == knob->value);
	else if (knob->type != OMV_KNOB_MENU)
		CHECK(!strcmp(read->option.text, knob->option.text));
}

static void check_written(enum omv_config_dialect dialect, const struct omv_knob *knob)
{
	struct omv_config_reader reader;
	struct omv_knob read;
	struct doc doc;

	if (knob->type == OMV_KNOB_LABEL) {
		CHECK(omv_config_write(doc.bytes, sizeof(doc.bytes), dialect, knob) == -EINVAL);
		return;
	}
	write_knob(&doc, dialect, knob);
	CHECK(omv_config_write(doc.bytes, doc.len - 1, dialect, knob) == -ENOSPC);
	CHECK(omv_config_write(doc.bytes, doc.len, dialect, knob) == (int)doc.len);
	if (dialect == OMV_CONFIG_CBOR)
		append_type(&doc, knob);
	CHECK(omv_config_detect(doc.bytes, doc.len) == dialect);
	/* An option of JSON need not be a knob. */
	if (dialect == OMV_CONFIG_JSON && knob->type == OMV_KNOB_MENU)
		return;
	omv_config_begin(&reader, dialect, doc.bytes, doc.len);
	CHECK(omv_config_next(&reader, &read));
	check_same(&read, knob);
	CHECK(!omv_config_next(&reader, &read));
}

/* With the wrong dialect any result is valid, but reading must end. */
static void read_knobs(enum omv_config_dialect dialect, const u8 *data, u32 len, bool write)
{
	struct omv_config_reader reader;
	struct omv_knob knob;
	u32 count = 0;

	omv_config_begin(&reader, dialect, data, len);
	while (omv_config_next(&reader, &knob)) {
		CHECK(count++ < len);
		check_knob(dialect, &knob);
		if (write)
			check_written(dialect, &knob);
	}
	CHECK(!omv_config_next(&reader, &knob));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum omv_config_dialect dialect = omv_config_detect(data, size);
	int other;

	read_knobs(dialect, data, size, true);
	for (other = OMV_CONFIG_NONE; other <= OMV_CONFIG_CBOR; other++)
		read_knobs(other, data, size, false);
	return 0;
}
