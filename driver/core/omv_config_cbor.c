// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "omv_config_priv.h"

/* Maximum nesting of arrays and maps of indefinite length. */
#define CBOR_MAX_OPEN	16

/* Maximum nesting of arrays that are converted to text. */
#define LABEL_MAX_DEPTH	4

/* Number of remaining items of an array or map that ends with a break. */
#define CBOR_UNTIL_BREAK	U64_MAX

#define CBOR_BREAK	0xff

/* 0.001, as a double: 1/OMV_KNOB_SCALE. */
#define SLIDER_FINE_STEP	0x3f50624dd2f1a9fcull

enum cbor_major {
	CBOR_UNSIGNED,
	CBOR_NEGATIVE,
	CBOR_BYTES,
	CBOR_TEXT,
	CBOR_ARRAY,
	CBOR_MAP,
	CBOR_TAG,
	CBOR_SIMPLE,
};

/* Additional information: the low 5 bits of the first byte (RFC 8949). */
enum cbor_info {
	CBOR_FALSE = 20,	/* these seven with CBOR_SIMPLE */
	CBOR_TRUE = 21,
	CBOR_NULL = 22,
	CBOR_UNDEFINED = 23,
	CBOR_HALF = 25,
	CBOR_SINGLE = 26,
	CBOR_DOUBLE = 27,
	CBOR_1_BYTE = 24,	/* these three with all major types */
	CBOR_8_BYTES = 27,
	CBOR_INDEFINITE = 31,
};

/**
 * struct cbor - a parser
 * @p: next byte
 * @end: end of the document
 */
struct cbor {
	const u8 *p;
	const u8 *end;
};

/**
 * struct cbor_head - head of an item
 * @major: major type
 * @info: additional information
 * @value: value, or the number of bytes or items that follow
 */
struct cbor_head {
	enum cbor_major major;
	u8 info;
	u64 value;
};

/* ---- items ------------------------------------------------------------ */

static bool cbor_head(struct cbor *cbor, struct cbor_head *head)
{
	u32 bytes;

	if (cbor->p == cbor->end)
		return false;
	head->major = *cbor->p >> 5;
	head->info = *cbor->p++ & 31;
	head->value = head->info;
	if (head->info < CBOR_1_BYTE)
		return true;
	if (head->info == CBOR_INDEFINITE)
		return head->major >= CBOR_BYTES && head->major != CBOR_TAG;
	if (head->info > CBOR_8_BYTES)
		return false;
	bytes = 1u << (head->info - CBOR_1_BYTE);
	if (cbor->end - cbor->p < bytes)
		return false;
	for (head->value = 0; bytes; bytes--)
		head->value = head->value << 8 | *cbor->p++;
	return true;
}

static bool cbor_break(struct cbor *cbor)
{
	if (cbor->p == cbor->end || *cbor->p != CBOR_BREAK)
		return false;
	cbor->p++;
	return true;
}

/* Each item has at least one byte: can there be this number of items? */
static bool cbor_has(const struct cbor *cbor, u64 items)
{
	return items <= (u64)(cbor->end - cbor->p);
}

static bool cbor_bytes(struct cbor *cbor, u64 len, struct config_text *text)
{
	const u8 *end;

	if (!cbor_has(cbor, len))
		return false;
	for (end = cbor->p + len; text && cbor->p < end; cbor->p++)
		config_text_byte(text, *cbor->p);
	cbor->p = end;
	return true;
}

/* Consume the string after its head; @text may be NULL. */
static bool cbor_string(struct cbor *cbor, const struct cbor_head *head,
			struct config_text *text)
{
	struct cbor_head chunk;

	if (head->info != CBOR_INDEFINITE)
		return cbor_bytes(cbor, head->value, text);
	while (!cbor_break(cbor))
		if (!cbor_head(cbor, &chunk) || chunk.major != head->major ||
		    chunk.info == CBOR_INDEFINITE ||
		    !cbor_bytes(cbor, chunk.value, text))
			return false;
	return true;
}

/**
 * struct cbor_nest - state of skipping an item
 * @pending: number of items that must come before the innermost break, or
 *	before the end
 * @open: number of open arrays and maps of indefinite length
 * @maps: one bit for each of them, the innermost lowest: it is a map
 * @outer: for each of them, @pending after its break
 *
 * Arrays and maps of known length need no level of nesting: counting the items
 * that must follow is sufficient.
 */
struct cbor_nest {
	u64 pending;
	u32 open;
	u32 maps;
	u64 outer[CBOR_MAX_OPEN];
};

/* Consume breaks. Return: true if an item must follow */
static bool nest_more(struct cbor_nest *nest, struct cbor *cbor)
{
	while (!nest->pending) {
		if (!nest->open)
			return false;
		if (cbor_break(cbor)) {
			nest->pending = nest->outer[--nest->open];
			nest->maps >>= 1;
		} else {
			nest->pending = 1 + (nest->maps & 1);
		}
	}
	return true;
}

static bool nest_list(struct cbor_nest *nest, const struct cbor *cbor,
		      const struct cbor_head *head)
{
	bool map = head->major == CBOR_MAP;

	if (head->info != CBOR_INDEFINITE) {
		nest->pending += head->value << map;
		return cbor_has(cbor, head->value);
	}
	if (nest->open == CBOR_MAX_OPEN)
		return false;
	nest->outer[nest->open++] = nest->pending;
	nest->maps = nest->maps << 1 | map;
	nest->pending = 0;
	return true;
}

static bool nest_item(struct cbor_nest *nest, struct cbor *cbor)
{
	struct cbor_head head;

	nest->pending--;
	if (!cbor_head(cbor, &head))
		return false;
	switch (head.major) {
	case CBOR_BYTES:
	case CBOR_TEXT:
		return cbor_string(cbor, &head, NULL);
	case CBOR_ARRAY:
	case CBOR_MAP:
		return nest_list(nest, cbor, &head);
	case CBOR_TAG:
		nest->pending++;
		return true;
	case CBOR_SIMPLE:
		return head.info != CBOR_INDEFINITE;	/* early break */
	default:
		return true;
	}
}

/* Consume an item with all items in it. */
static bool cbor_skip(struct cbor *cbor)
{
	struct cbor_nest nest = {.pending = 1};

	while (nest_more(&nest, cbor))
		if (!nest_item(&nest, cbor))
			return false;
	return true;
}

/* Consume the head of an array or a map. */
static bool cbor_open(struct cbor *cbor, enum cbor_major major, u64 *left)
{
	struct cbor_head head;

	if (!cbor_head(cbor, &head) || head.major != major)
		return false;
	*left = head.info == CBOR_INDEFINITE ? CBOR_UNTIL_BREAK : head.value;
	return head.info == CBOR_INDEFINITE || cbor_has(cbor, head.value);
}

/* Return: true if an item follows. Otherwise consumes the break, if any */
static bool cbor_more(struct cbor *cbor, u64 *left)
{
	if (*left == CBOR_UNTIL_BREAK)
		return !cbor_break(cbor);
	if (!*left)
		return false;
	--*left;
	return true;
}

static bool cbor_text(struct cbor *cbor, struct config_text *text)
{
	struct cbor_head head;

	return cbor_head(cbor, &head) && head.major == CBOR_TEXT &&
	       cbor_string(cbor, &head, text);
}

static bool cbor_is_null(const struct cbor *at)
{
	struct cbor cbor = *at;
	struct cbor_head head;

	return cbor_head(&cbor, &head) && head.major == CBOR_SIMPLE &&
	       (head.info == CBOR_NULL || head.info == CBOR_UNDEFINED);
}

static bool number_of_head(const struct cbor_head *head, struct omv_real *real)
{
	bool negative = head->major == CBOR_NEGATIVE;
	u64 magnitude = head->value;

	if (head->major == CBOR_UNSIGNED || negative) {
		/* Saturate: -2^64 becomes -2^64 + 1. */
		if (negative && magnitude < U64_MAX)
			magnitude++;
		omv_real_integer(real, magnitude, negative);
		return true;
	}
	if (head->major != CBOR_SIMPLE)
		return false;
	switch (head->info) {
	case CBOR_FALSE:
	case CBOR_TRUE:
		omv_real_integer(real, head->info == CBOR_TRUE, false);
		return true;
	case CBOR_HALF:
	case CBOR_SINGLE:
	case CBOR_DOUBLE:
		omv_real_decode(real, head->value,
				2u << (head->info - CBOR_HALF));
		return true;
	default:
		return false;
	}
}

static bool cbor_number(struct cbor *cbor, struct omv_real *real)
{
	struct cbor_head head;

	return cbor_head(cbor, &head) && number_of_head(&head, real);
}

/* ---- widgets ---------------------------------------------------------- */

enum field {
	AT_NAME,
	AT_UNIT,
	AT_VALUE,
	AT_TYPE,
	AT_MIN,
	AT_MAX,
	AT_STEP,
	AT_OPTIONS,
	FIELDS
};

static const s8 field_keys[FIELDS] = {
	[AT_NAME] = 0,	[AT_UNIT] = 1,	[AT_VALUE] = 2,	 [AT_TYPE] = -30,
	[AT_MIN] = -31, [AT_MAX] = -32, [AT_STEP] = -33, [AT_OPTIONS] = -34,
};

/**
 * struct widget - one widget of the document
 * @at: addresses of its values; NULL for a missing value
 * @end: end of the document
 */
struct widget {
	const u8 *at[FIELDS];
	const u8 *end;
};

/* Consume a key. Return: its field, FIELDS if it is unknown, or -EINVAL */
static int widget_key(struct cbor *cbor)
{
	struct cbor start = *cbor;
	struct cbor_head head;
	int field, key;

	if (!cbor_head(cbor, &head))
		return -EINVAL;
	if (head.major > CBOR_NEGATIVE) {
		*cbor = start;
		return cbor_skip(cbor) ? FIELDS : -EINVAL;
	}
	if (head.value > 127)
		return FIELDS;
	key = head.major == CBOR_NEGATIVE ? -1 - (int)head.value
					  : (int)head.value;
	for (field = 0; field < FIELDS; field++)
		if (field_keys[field] == key)
			break;
	return field;
}

/* Consume a widget. One that is not a map has no fields. */
static bool widget_read(struct cbor *cbor, struct widget *widget)
{
	struct cbor start = *cbor;
	int field;
	u64 left;

	memset(widget, 0, sizeof(*widget));
	widget->end = cbor->end;
	if (!cbor_open(cbor, CBOR_MAP, &left)) {
		*cbor = start;
		return cbor_skip(cbor);
	}
	while (cbor_more(cbor, &left)) {
		field = widget_key(cbor);
		if (field < 0)
			return false;
		if (field < FIELDS)
			widget->at[field] = cbor->p;
		if (!cbor_skip(cbor))
			return false;
	}
	return true;
}

static bool widget_field(const struct widget *widget, enum field field,
			 struct cbor *cbor)
{
	cbor->p = widget->at[field];
	cbor->end = widget->end;
	return cbor->p;
}

/* Set @text to the value of a field; empty if it is missing or not a text. */
static bool widget_text(const struct widget *widget, enum field field,
			struct config_text *text, char *buf, u32 size)
{
	struct cbor cbor;

	config_text_begin(text, buf, size);
	return widget_field(widget, field, &cbor) && cbor_text(&cbor, text);
}

/* Set @real to the value of a field; @preset if it is not a number. */
static void widget_number(const struct widget *widget, enum field field,
			  struct omv_real *real, u32 preset)
{
	struct cbor cbor;

	if (!widget_field(widget, field, &cbor) || !cbor_number(&cbor, real))
		omv_real_integer(real, preset, false);
}

static bool widget_has_name(const struct widget *widget)
{
	struct cbor_head head;
	struct cbor at;

	return widget_field(widget, AT_NAME, &at) && cbor_head(&at, &head) &&
	       head.major == CBOR_TEXT;
}

/**
 * config_cbor_is() - is a document an array of CBOR maps with names
 * @doc: document
 * @len: number of bytes
 *
 * One map with a name that is a text is sufficient: the others may be anything
 * that an author has made of them.
 *
 * Return: true if the whole document is
 */
bool config_cbor_is(const void *doc, u32 len)
{
	const u8 *bytes = doc;
	struct cbor cbor = {.p = bytes, .end = bytes + len};
	struct widget widget;
	bool empty = true;
	bool named = false;
	u64 left;

	if (!cbor_open(&cbor, CBOR_ARRAY, &left))
		return false;
	while (cbor_more(&cbor, &left)) {
		if (!widget_read(&cbor, &widget))
			return false;
		named = named || widget_has_name(&widget);
		empty = false;
	}
	return cbor.p == cbor.end && (named || empty);
}

/* ---- labels ----------------------------------------------------------- */

/* Very large numbers, in scientific notation: 1.234567e+89 */
static void label_huge(struct config_text *text, const struct omv_real *real)
{
	char digits[CONFIG_DECIMAL_SIZE + 1] = {0};
	char *end = digits + CONFIG_DECIMAL_SIZE;
	u64 mantissa = real->mantissa;
	s32 exponent = real->exponent;
	u32 power = 6;
	u32 rest;

	while (exponent > 0 || mantissa >= 10000000) {
		if (exponent > 0 && !(mantissa >> 63)) {
			mantissa <<= 1;
			exponent--;
			continue;
		}
		mantissa = div_u64_rem(mantissa, 10, &rest);
		if (mantissa < 10000000 && rest >= 5)
			mantissa++;
		power++;
	}
	config_text_string(text, config_decimal(end, mantissa, 1000000, false));
	config_text_string(text, "e+");
	config_text_string(text, config_decimal(end, power, 1, false));
}

static void label_number(struct config_text *text, const struct omv_real *real)
{
	char digits[CONFIG_DECIMAL_SIZE + 1] = {0};
	char *end = digits + CONFIG_DECIMAL_SIZE;
	u32 scale = omv_real_scale(real);
	s64 scaled = omv_real_scaled(real, scale);

	if (real->kind == OMV_REAL_NAN) {
		config_text_string(text, "nan");
		return;
	}
	if (real->negative && (scaled || real->bits == OMV_REAL_EXACT))
		config_text_string(text, "-");
	if (real->kind == OMV_REAL_INFINITE)
		config_text_string(text, "inf");
	else if (real->bits == OMV_REAL_EXACT)
		config_text_string(text, config_decimal(end, real->mantissa, 1,
							false));
	else if (scaled == S64_MAX || scaled == -S64_MAX)
		label_huge(text, real);
	else
		config_text_string(text, config_decimal(end, scaled < 0 ?
							-scaled : scaled,
							scale, false));
}

/* Consume an item that is not an array, and append its text. */
static bool label_item(struct cbor *cbor, struct config_text *text)
{
	struct cbor at = *cbor;
	struct omv_real real;
	struct cbor_head head;

	if (!cbor_skip(cbor) || !cbor_head(&at, &head))
		return false;
	if (head.major == CBOR_TEXT)
		return cbor_string(&at, &head, text);
	if (head.major == CBOR_SIMPLE && head.info == CBOR_FALSE)
		config_text_string(text, "false");
	else if (head.major == CBOR_SIMPLE && head.info == CBOR_TRUE)
		config_text_string(text, "true");
	else if (head.major == CBOR_SIMPLE && head.info == CBOR_NULL)
		config_text_string(text, "null");
	else if (number_of_head(&head, &real))
		label_number(text, &real);
	return true;
}

/*
 * Append the text of a value: what Python prints, but for the brackets of the
 * outermost array. Deeper arrays than LABEL_MAX_DEPTH have no text.
 */
static void label_value(const struct cbor *at, struct config_text *text)
{
	struct cbor cbor = *at;
	u64 left[LABEL_MAX_DEPTH];
	struct cbor item;
	bool first = true;
	u32 depth = 0;

	do {
		if (depth && !cbor_more(&cbor, &left[depth - 1])) {
			if (--depth)
				config_text_string(text, "]");
			first = false;
			continue;
		}
		if (!first)
			config_text_string(text, ", ");
		first = false;
		item = cbor;
		if (depth < LABEL_MAX_DEPTH &&
		    cbor_open(&item, CBOR_ARRAY, &left[depth])) {
			if (depth++)
				config_text_string(text, "[");
			cbor = item;
			first = true;
		} else if (!label_item(&cbor, text)) {
			return;
		}
	} while (depth && !text->cut);
}

/* Set the text of a knob to that of the value. */
static void widget_value_text(const struct widget *widget,
			      struct omv_knob *knob)
{
	struct config_text text;
	struct cbor cbor;

	config_text_begin(&text, knob->option.text, sizeof(knob->option.text));
	if (widget_field(widget, AT_VALUE, &cbor) && !cbor_is_null(&cbor))
		label_value(&cbor, &text);
}

static bool widget_label(const struct widget *widget, struct omv_knob *knob)
{
	knob->type = OMV_KNOB_LABEL;
	widget_value_text(widget, knob);
	return true;
}

static bool widget_lineedit(const struct widget *widget, struct omv_knob *knob)
{
	knob->type = OMV_KNOB_TEXT;
	widget_value_text(widget, knob);
	return true;
}

static bool widget_button(const struct widget *widget, struct omv_knob *knob)
{
	knob->type = OMV_KNOB_BUTTON;
	return true;
}

/* ---- toggles, sliders, selects ---------------------------------------- */

static bool widget_toggle(const struct widget *widget, struct omv_knob *knob)
{
	struct omv_real real;

	widget_number(widget, AT_VALUE, &real, 0);
	knob->type = OMV_KNOB_BOOLEAN;
	knob->value = real.kind == OMV_REAL_INFINITE ||
		      (real.kind == OMV_REAL_FINITE && real.mantissa);
	return true;
}

static bool fits_s32(const struct omv_real *real, u32 scale)
{
	s64 scaled = omv_real_scaled(real, scale);

	return scaled >= S32_MIN && scaled <= S32_MAX;
}

static u32 slider_scale(const struct omv_real *min, const struct omv_real *max,
			const struct omv_real *step)
{
	u32 scale = omv_real_scale(step);

	if (scale < omv_real_scale(min))
		scale = omv_real_scale(min);
	if (scale < omv_real_scale(max))
		scale = omv_real_scale(max);
	while (scale > 1 && !(fits_s32(min, scale) && fits_s32(max, scale)))
		scale /= 10;
	return scale;
}

/* A step that makes no sense: 1, or a small one for a float. */
static void slider_step(const struct widget *widget, bool real,
			struct omv_real *step)
{
	widget_number(widget, AT_STEP, step, 1);
	if (step->kind == OMV_REAL_FINITE && !step->negative && step->mantissa)
		return;
	if (real)
		omv_real_decode(step, SLIDER_FINE_STEP, 8);
	else
		omv_real_integer(step, 1, false);
}

/* Must be called before the value is set, which is clamped to this range. */
static void slider_range(const struct widget *widget, struct omv_knob *knob)
{
	struct omv_real min, max, step;
	bool real;
	u32 scale;

	widget_number(widget, AT_MIN, &min, 0);
	widget_number(widget, AT_MAX, &max, 100);
	if (min.kind != OMV_REAL_FINITE || max.kind != OMV_REAL_FINITE)
		return;
	real = knob->real || min.bits != OMV_REAL_EXACT ||
	       max.bits != OMV_REAL_EXACT;
	slider_step(widget, real, &step);
	scale = slider_scale(&min, &max, &step);
	config_knob_range(knob, scale, omv_real_scaled(&min, scale),
			  omv_real_scaled(&max, scale),
			  omv_real_scaled(&step, scale));
}

static bool widget_slider(const struct widget *widget, struct omv_knob *knob)
{
	struct omv_real value;
	u32 scale = 1;
	bool real;

	widget_number(widget, AT_VALUE, &value, 0);
	real = value.bits != OMV_REAL_EXACT;
	if (real)
		scale = OMV_KNOB_SCALE;
	while (scale > 1 && !fits_s32(&value, scale))
		scale /= 10;
	config_knob_number(knob, scale, 0, real);
	slider_range(widget, knob);
	knob->value = config_clamp(omv_real_scaled(&value, knob->scale),
				   knob->min, knob->max);
	return true;
}

static bool read_option(const struct cbor *at, struct omv_option *option)
{
	struct config_text text;
	struct cbor end = *at;

	config_text_begin(&text, option->text, sizeof(option->text));
	option->raw_size = 0;
	if (!cbor_skip(&end))
		return false;
	label_value(at, &text);
	if (*at->p >> 5 != CBOR_TEXT && end.p - at->p <= OMV_OPTION_RAW_SIZE) {
		option->raw_size = end.p - at->p;
		memcpy(option->raw, at->p, option->raw_size);
	}
	return true;
}

static bool widget_select(const struct widget *widget, struct omv_knob *knob)
{
	struct omv_option option;
	struct cbor cbor;
	bool has_value;
	u64 left;

	has_value = widget_field(widget, AT_VALUE, &cbor) &&
		    !cbor_is_null(&cbor) && read_option(&cbor, &knob->option);
	knob->type = OMV_KNOB_MENU;
	knob->value = -1;
	if (!widget_field(widget, AT_OPTIONS, &cbor))
		return false;
	knob->options = cbor.p;
	knob->options_size = cbor.end - cbor.p;
	if (!cbor_open(&cbor, CBOR_ARRAY, &left))
		return false;
	while (knob->nr_options < OMV_KNOB_OPTIONS && cbor_more(&cbor, &left)) {
		if (!read_option(&cbor, &option) || !cbor_skip(&cbor))
			return false;
		if (has_value && knob->value < 0 &&
		    !strcmp(option.text, knob->option.text))
			knob->value = knob->nr_options;
		knob->nr_options++;
	}
	return knob->nr_options;
}

/**
 * config_cbor_option() - see omv_config_option()
 * @knob: menu
 * @index: index of the option
 * @option: result
 *
 * Return: false if there is no such option
 */
bool config_cbor_option(const struct omv_knob *knob, u32 index,
			struct omv_option *option)
{
	struct cbor cbor = {.p = knob->options};
	u64 left;

	cbor.end = cbor.p + knob->options_size;
	if (!cbor_open(&cbor, CBOR_ARRAY, &left))
		return false;
	for (; index; index--)
		if (!cbor_more(&cbor, &left) || !cbor_skip(&cbor))
			return false;
	return cbor_more(&cbor, &left) && read_option(&cbor, option);
}

/* ---- knobs ------------------------------------------------------------ */

static const struct {
	const char *name;
	bool (*read)(const struct widget *widget, struct omv_knob *knob);
} types[] = {
	{"label", widget_label},
	{"text", widget_label},
	{"lineedit", widget_lineedit},
	{"toggle", widget_toggle},
	{"pushbutton", widget_button},
	{"slider", widget_slider},
	{"spinbox", widget_slider},
	{"select", widget_select},
	{"radio", widget_select},
};

static bool widget_knob(const struct widget *widget, struct omv_knob *knob)
{
	struct config_text text;
	char type[12];	/* a longer text must not match when truncated */
	unsigned int i;

	if (!widget_text(widget, AT_NAME, &text, knob->key,
			 sizeof(knob->key)) ||
	    !config_is_key(&text))
		return false;
	widget_text(widget, AT_UNIT, &text, knob->unit, sizeof(knob->unit));
	widget_text(widget, AT_TYPE, &text, type, sizeof(type));
	for (i = 0; i < ARRAY_SIZE(types); i++)
		if (!strcmp(type, types[i].name))
			return types[i].read(widget, knob);
	return false;
}

/**
 * config_cbor_begin() - see omv_config_begin()
 * @reader: iterator
 */
void config_cbor_begin(struct omv_config_reader *reader)
{
	struct cbor cbor = {.p = reader->p, .end = reader->end};

	if (!cbor_open(&cbor, CBOR_ARRAY, &reader->left))
		reader->left = 0;
	reader->p = cbor.p;
}

/**
 * config_cbor_next() - see omv_config_next()
 * @reader: iterator
 * @knob: zeroed knob
 *
 * Return: false if there are no more knobs
 */
bool config_cbor_next(struct omv_config_reader *reader, struct omv_knob *knob)
{
	struct cbor cbor = {.p = reader->p, .end = reader->end};
	struct widget widget;

	while (cbor_more(&cbor, &reader->left)) {
		if (!widget_read(&cbor, &widget))
			break;
		reader->p = cbor.p;
		memset(knob, 0, sizeof(*knob));
		knob->scale = 1;
		if (widget_knob(&widget, knob))
			return true;
	}
	reader->p = reader->end;
	reader->left = 0;
	return false;
}

static void put_head(struct config_out *out, enum cbor_major major, u32 value)
{
	u8 bytes[5] = {major << 5};
	u32 more = value < CBOR_1_BYTE ? 0
		   : value < 0x100     ? 1
		   : value < 0x10000   ? 2
				       : 4;
	u32 i;

	bytes[0] |= more ? CBOR_1_BYTE + more / 2 : value;
	for (i = more; i; i--, value >>= 8)
		bytes[i] = value;
	config_put(out, bytes, 1 + more);
}

static void put_text(struct config_out *out, const char *text)
{
	u32 len = strlen(text);

	put_head(out, CBOR_TEXT, len);
	config_put(out, text, len);
}

/* Cameras do not accept half floats (protocol 12.9). */
static void put_double(struct config_out *out, u64 bits)
{
	u8 bytes[9] = {CBOR_SIMPLE << 5 | CBOR_DOUBLE};
	u32 i;

	for (i = 8; i; i--, bits >>= 8)
		bytes[i] = bits;
	config_put(out, bytes, sizeof(bytes));
}

static void put_number(struct config_out *out, const struct omv_knob *knob)
{
	s32 value = knob->value;

	if (knob->scale > 1 || knob->real)
		put_double(out, omv_real_encode(value, knob->scale));
	else if (value < 0)
		put_head(out, CBOR_NEGATIVE, -1 - value);
	else
		put_head(out, CBOR_UNSIGNED, value);
}

/**
 * config_cbor_write() - see omv_config_write()
 * @out: document
 * @knob: knob that is not a label
 */
void config_cbor_write(struct config_out *out, const struct omv_knob *knob)
{
	put_head(out, CBOR_ARRAY, 1);
	put_head(out, CBOR_MAP, 2);
	put_head(out, CBOR_UNSIGNED, field_keys[AT_NAME]);
	put_text(out, knob->key);
	put_head(out, CBOR_UNSIGNED, field_keys[AT_VALUE]);
	switch (knob->type) {
	case OMV_KNOB_INTEGER:
		put_number(out, knob);
		break;
	case OMV_KNOB_BOOLEAN:
		put_head(out, CBOR_SIMPLE,
			 knob->value ? CBOR_TRUE : CBOR_FALSE);
		break;
	case OMV_KNOB_BUTTON:
		put_head(out, CBOR_SIMPLE, CBOR_TRUE);
		break;
	default:
		if (knob->option.raw_size)
			config_put(out, knob->option.raw,
				   knob->option.raw_size);
		else
			put_text(out, knob->option.text);
	}
}
