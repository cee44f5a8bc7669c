// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which channels of a script are picture channels, and when they are asked.
 */
#include <stdio.h>

#include "host_fixture.h"

#include "../../driver/core/omv_pictures.h"

#define CHANNELS	8
#define LOG_SIZE	16384

/* A channel of the camera. Its id is its index + 4. */
struct chan {
	const char *name;	/* NULL: it is not registered */
	u8 flags;
	bool empty;		/* poll() and size() are 0 */
	u32 size;
	const u8 *content;	/* the first 64 bytes */
	bool no_size;		/* SIZE is INVALID */
	u32 shape[4];
	unsigned int dims;	/* 0: SHAPE is INVALID */
	bool unresponsive;
	u8 nak_read;		/* READ is refused with this status */
	unsigned int reads;
	unsigned int sizes;
};

struct rig {
	struct fixture f;
	struct omv_pictures p;
	struct chan chan[CHANNELS];
	unsigned int changed;
	unsigned int found;
	u8 claimed;
	bool no_poll;		/* POLL gets no response */
	unsigned int polls;
	char log[LOG_SIZE];
};

static void note(struct rig *r, const char *what, const char *name)
{
	size_t len = strlen(r->log);

	snprintf(r->log + len, sizeof(r->log) - len, "%s%s%s%s", len ? " " : "", what,
		 *name ? ":" : "", name);
}

static void on_changed(void *ctx)
{
	((struct rig *)ctx)->changed++;
}

static void on_found(void *ctx, const char *name)
{
	struct rig *r = ctx;

	assert_non_null(omv_pictures_find(&r->p, name));
	r->found++;
}

static bool on_claimed(void *ctx, u8 channel)
{
	return ((struct rig *)ctx)->claimed == channel;
}

static const struct omv_pictures_ops rig_ops = {
	.changed = on_changed,
	.found = on_found,
	.claimed = on_claimed,
};

static void rig_link(struct fixture *f, enum omv_link_event link)
{
	f->link_seen = f->link_count;
	omv_pictures_link_changed(&container_of(f, struct rig, f)->p, link, f->now);
}

static void rig_event(struct fixture *f, u8 channel, u16 value)
{
	f->event_count = 0;
	omv_pictures_event(&container_of(f, struct rig, f)->p, channel, value, f->now);
}

/* ---- the camera -------------------------------------------------------- */

static u32 make_list(const struct rig *r, u8 *list)
{
	static const char *const own[] = { "usb", "stdin", "stdout", "stream" };
	static const u8 flags[] = { 0x40, 0x06, 0x01, 0x19 };
	u32 n = 0;

	memset(list, 0, 16 * (4 + CHANNELS));
	for (; n < 4; n++) {
		list[16 * n] = n;
		list[16 * n + 1] = flags[n];
		strcpy((char *)list + 16 * n + 2, own[n]);
	}
	for (unsigned int i = 0; i < CHANNELS; i++) {
		if (!r->chan[i].name)
			continue;
		list[16 * n] = 4 + i;
		list[16 * n + 1] = r->chan[i].flags;
		strcpy((char *)list + 16 * n++ + 2, r->chan[i].name);
	}
	return 16 * n;
}

static void answer_system(struct rig *r, u8 opcode)
{
	struct fixture *f = &r->f;
	u8 caps[16] = { 0x0f, 0, 0, 0, f->max_payload & 0xff, f->max_payload >> 8 };
	u8 list[16 * (4 + CHANNELS)];
	u32 ready = 0;

	switch (opcode) {
	case OMV_OP_SYNC:
		f->seq = 0;
		answer(f, 0, OMV_F_ACK, opcode, NULL, 0);
		f->seq = 0;
		break;
	case OMV_OP_GET_CAPS:
		answer(f, 0, OMV_F_ACK_REQ, opcode, caps, sizeof(caps));
		break;
	case OMV_OP_SET_CAPS:
		answer(f, 0, OMV_F_ACK, opcode, NULL, 0);
		break;
	case OMV_OP_VERSION:
		answer(f, 0, 0, opcode, caps, sizeof(caps));
		break;
	case OMV_OP_LIST:
		answer(f, 0, 0, opcode, list, make_list(r, list));
		break;
	case OMV_OP_POLL:
		note(r, "POLL", "");
		r->polls++;
		for (unsigned int i = 0; i < CHANNELS; i++)
			ready |= (u32)!r->chan[i].empty << (4 + i);
		if (!r->no_poll)
			answer_u32(f, 0, opcode, ready);
		break;
	default:
		fail_msg("opcode %02x", opcode);
	}
}

static void answer_shape(struct rig *r, struct chan *c, u8 channel)
{
	u8 shape[16];

	note(r, "SHAPE", c->name);
	if (!c->dims) {
		answer_nak(&r->f, channel, OMV_OP_SHAPE, OMV_ST_INVALID);
		return;
	}
	for (unsigned int i = 0; i < 4 * c->dims; i++)
		shape[i] = c->shape[i / 4] >> 8 * (i % 4);
	answer(&r->f, channel, 0, OMV_OP_SHAPE, shape, 4 * c->dims);
}

/* A READ that reaches the end of the content would take the frame away. */
static void answer_read(struct rig *r, struct chan *c, u8 channel, const u8 *arg)
{
	u32 offset = arg[0] | arg[1] << 8 | arg[2] << 16 | (u32)arg[3] << 24;
	u32 length = arg[4] | arg[5] << 8 | arg[6] << 16 | (u32)arg[7] << 24;
	u8 data[OMV_PICTURES_HEAD] = { 0 };

	note(r, "READ", c->name);
	c->reads++;
	assert_int_not_equal(channel, r->claimed);
	assert_int_equal(offset, 0);
	assert_true(length <= sizeof(data));
	assert_true(length < c->size);
	if (c->nak_read) {
		answer_nak(&r->f, channel, OMV_OP_READ, c->nak_read);
		return;
	}
	if (c->content)
		memcpy(data, c->content, length);
	answer(&r->f, channel, 0, OMV_OP_READ, data, length);
}

static void respond_one(struct rig *r)
{
	const u8 *pkt = next_sent(&r->f)->bytes;
	u8 channel = pkt[3], opcode = pkt[5], arg[8];
	struct chan *c = channel < 4 ? NULL : &r->chan[channel - 4];

	if (pkt[4] & OMV_F_ACK)
		return;
	memcpy(arg, pkt + 10, sizeof(arg));
	if (!channel) {
		answer_system(r, opcode);
		return;
	}
	assert_non_null(c);
	assert_non_null(c->name);
	if (opcode == OMV_OP_SIZE) {
		note(r, "SIZE", c->name);
		c->sizes++;
	}
	if (c->unresponsive)
		return;
	if (opcode == OMV_OP_SHAPE)
		answer_shape(r, c, channel);
	else if (opcode == OMV_OP_READ)
		answer_read(r, c, channel, arg);
	else if (c->no_size)
		answer_nak(&r->f, channel, opcode, OMV_ST_INVALID);
	else
		answer_u32(&r->f, channel, opcode, c->empty ? 0 : c->size);
}

static bool is_sent(const struct rig *r)
{
	return r->f.sent_seen != r->f.sent_count;
}

static u64 both_deadline(const struct rig *r)
{
	u64 host = omv_host_deadline(&r->f.host);
	u64 own = omv_pictures_deadline(&r->p);

	return host < own ? host : own;
}

static void tick_both(struct rig *r)
{
	omv_host_tick(&r->f.host, r->f.now);
	omv_pictures_tick(&r->p, r->f.now);
	assert_true(both_deadline(r) > r->f.now);
}

static void respond(struct rig *r)
{
	while (is_sent(r))
		respond_one(r);
}

/* Advance the clock; all requests are answered at once. */
static void run(struct rig *r, u64 ms)
{
	u64 end = r->f.now + ms, at;

	respond(r);
	while ((at = both_deadline(r)) <= end) {
		if (at > r->f.now)
			r->f.now = at;
		tick_both(r);
		respond(r);
	}
	r->f.now = end;
}

/* The table has changed: the camera says so. */
static void registered(struct rig *r)
{
	give_event(&r->f, 0, OMV_EV_REGISTERED);
	run(r, 300);
}

static void stdin_event(struct rig *r, bool started)
{
	give_event(&r->f, 1, started);
}

static void reboot(struct rig *r)
{
	give_event(&r->f, 0, OMV_EV_SOFT_REBOOT);
}

/* ---- setup ------------------------------------------------------------- */

static int setup(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));

	r->f.now = START_MS;
	r->f.max_payload = 4082;
	r->f.on_link = rig_link;
	r->f.on_event = rig_event;
	omv_host_init(&r->f.host, &fixture_ops, &r->f);
	omv_pictures_init(&r->p, &r->f.host, &rig_ops, r);
	*state = r;
	return 0;
}

static int finish(void **state)
{
	struct rig *r = *state;

	omv_host_stop(&r->f.host);
	omv_pictures_link_changed(&r->p, OMV_LINK_DOWN, r->f.now);
	assert_int_equal(r->p.state, OMV_PICTURES_IDLE);
	free(r);
	return 0;
}

static struct chan *add(struct rig *r, unsigned int i, const char *name)
{
	r->chan[i] = (struct chan){ .name = name, .flags = 0x21 };
	return &r->chan[i];
}

static struct chan *add_shape(struct rig *r, unsigned int i, const char *name, u32 size,
			      unsigned int dims, u32 a, u32 b, u32 c, u32 d)
{
	struct chan *ch = add(r, i, name);

	ch->size = size;
	ch->dims = dims;
	ch->shape[0] = a;
	ch->shape[1] = b;
	ch->shape[2] = c;
	ch->shape[3] = d;
	return ch;
}

static void attach(struct rig *r)
{
	omv_host_start(&r->f.host, r->f.now);
	run(r, 150);
	assert_int_equal(r->f.host.state, OMV_HOST_READY);
}

static void expect_log(struct rig *r, const char *log)
{
	assert_string_equal(r->log, log);
	r->log[0] = 0;
}

#define expect_node(r, name, what) assert_int_equal(omv_pictures_node(&(r)->p, name), what)

static void expect_found(struct rig *r, const char *name, enum omv_picture_result result)
{
	char key[OMV_NAME_SIZE] = "";
	const struct omv_picture_channel *channel;

	strcpy(key, name);
	channel = omv_pictures_find(&r->p, key);
	assert_non_null(channel);
	assert_int_equal(channel->result, result);
	expect_node(r, key, result == OMV_PICTURE_FOUND ? OMV_PICTURE_CREATE :
		    result == OMV_PICTURE_NONE ? OMV_PICTURE_REMOVE : OMV_PICTURE_KEEP);
}

static int set(struct rig *r, const char *name, enum omv_picture_setting setting)
{
	char key[OMV_NAME_SIZE] = "";

	strcpy(key, name);
	return omv_pictures_set(&r->p, key, setting, r->f.now);
}

/* ---- what is a picture channel ----------------------------------------- */

/* The vendor's scripts with two sensors: SIZE and SHAPE are enough. */
static void two_sensors(void **state)
{
	struct rig *r = *state;

	add_shape(r, 0, "main", 614400, 3, 480, 640, 614400, 0);
	add_shape(r, 1, "lepton", 38400, 3, 120, 160, 38400, 0);
	attach(r);
	expect_log(r, "SIZE:main SHAPE:main SIZE:lepton SHAPE:lepton");
	expect_found(r, "main", OMV_PICTURE_FOUND);
	expect_found(r, "lepton", OMV_PICTURE_FOUND);
	assert_int_equal(r->found, 2);
	/* And then nothing. */
	run(r, 3600000);
	expect_log(r, "");
}

static void shapes(void **state)
{
	struct rig *r = *state;

	add_shape(r, 0, "genx320", 102400, 3, 320, 320, 102400, 0);
	add_shape(r, 1, "bayer", 921600, 4, 720, 1280, 3, 921600);
	add_shape(r, 2, "two", 64, 2, 8, 8, 0, 0);
	add_shape(r, 3, "events", 24000, 2, 2000, 6, 0, 0);
	add_shape(r, 4, "raw_events", 8192, 2, 2048, 4, 0, 0);
	add_shape(r, 5, "huge", 0xfffe0001, 2, 0xffff, 0xffff, 0, 0);
	attach(r);
	expect_found(r, "genx320", OMV_PICTURE_FOUND);
	expect_found(r, "bayer", OMV_PICTURE_FOUND);
	expect_found(r, "two", OMV_PICTURE_FOUND);
	expect_found(r, "events", OMV_PICTURE_NONE);
	expect_found(r, "raw_events", OMV_PICTURE_NONE);
	expect_found(r, "huge", OMV_PICTURE_NONE);
	/* Records are consumed by a READ: SHAPE says that it is not one of a picture. */
	for (unsigned int i = 0; i < 5; i++)
		assert_int_equal(r->chan[i].reads, 0);
}

static void contents(void **state)
{
	static const u8 jpeg[64] = { 0xff, 0xd8, 0xff, 0xe0 };
	static const u8 soi[64] = { 0xff, 0xd8, 0x00 };
	static const u8 gray[64] = { 40, 0, 0, 0, 30, 0, 0, 0, 1, 0, 2, 8, 1, 0, 0, 0, 32 };
	static const u8 png[64] = { 40, 0, 0, 0, 30, 0, 0, 0, 0, 0, 7, 6, 100, 0, 0, 0, 32 };
	static const u8 json[64] = "{\"frame\": 1, \"fps\": 30.0}";
	struct rig *r = *state;

	add_shape(r, 0, "jpeg", 9000, 3, 240, 320, 9000, 0)->content = jpeg;
	add(r, 1, "header")->content = gray;
	r->chan[1].size = 1232;
	add(r, 2, "json")->content = json;
	r->chan[2].size = 300;
	add(r, 3, "cut")->content = gray;
	r->chan[3].size = 1231;
	add(r, 4, "png")->content = png;
	r->chan[4].size = 1000;
	add(r, 5, "soi")->content = soi;
	r->chan[5].size = 1000;
	attach(r);
	expect_found(r, "jpeg", OMV_PICTURE_FOUND);
	expect_found(r, "header", OMV_PICTURE_FOUND);
	expect_found(r, "json", OMV_PICTURE_NONE);
	expect_found(r, "cut", OMV_PICTURE_NONE);
	expect_found(r, "png", OMV_PICTURE_NONE);
	expect_found(r, "soi", OMV_PICTURE_NONE);
	assert_int_equal(r->chan[0].reads, 1);
	r->log[0] = 0;
	run(r, 3600000);
	expect_log(r, "");
}

/* A message is not read: the READ may take it away. */
static void messages(void **state)
{
	struct rig *r = *state;
	u32 sizes[] = { 1, 63, 64, 65, 127 };

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++)
		add(r, i, (const char *[]){ "a", "b", "c", "d", "e" }[i])->size = sizes[i];
	attach(r);
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		assert_int_equal(r->chan[i].reads, 0);
		expect_found(r, r->chan[i].name, OMV_PICTURE_NONE);
	}
}

/* Channels with a meaning of their own, and those that cannot be read, are never asked. */
static void skipped(void **state)
{
	static const char *const names[] = { "frame", "stream", "config", "stdin", "stdout", "profile" };
	struct rig *r = *state;

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		add_shape(r, i, names[i], 64, 2, 8, 8, 0, 0);
	add_shape(r, 6, "trigger", 64, 2, 8, 8, 0, 0)->flags = 0x22;
	add_shape(r, 7, "static", 64, 2, 8, 8, 0, 0)->flags = 0x01;
	attach(r);
	run(r, 60000);
	expect_log(r, "");
	assert_int_equal(r->p.count, 0);
	expect_node(r, "frame", OMV_PICTURE_REMOVE);
}

/* A channel without size(), and one whose read() refuses at times. */
static void refused(void **state)
{
	static const u8 jpeg[64] = { 0xff, 0xd8, 0xff, 0xdb };
	struct rig *r = *state;

	add(r, 0, "none")->no_size = true;
	add(r, 1, "later")->size = 5000;
	r->chan[1].content = jpeg;
	r->chan[1].nak_read = OMV_ST_FAILED;
	attach(r);
	expect_log(r, "SIZE:none SIZE:later SHAPE:later SIZE:later READ:later");
	expect_found(r, "none", OMV_PICTURE_NONE);
	expect_found(r, "later", OMV_PICTURE_UNKNOWN);
	r->chan[1].nak_read = 0;
	run(r, 1000);
	expect_found(r, "later", OMV_PICTURE_FOUND);
}

/* ---- channels that are empty ------------------------------------------- */

/* Nothing is latched yet, and there are no events: POLL is the readiness flag. */
static void empty(void **state)
{
	struct rig *r = *state;

	add_shape(r, 0, "main", 2400, 3, 30, 40, 2400, 0)->empty = true;
	add_shape(r, 1, "lepton", 1200, 3, 30, 40, 1200, 0)->empty = true;
	attach(r);
	expect_log(r, "SIZE:main SIZE:lepton");
	run(r, 250);
	expect_log(r, "POLL");
	r->chan[0].empty = false;
	run(r, 500);
	expect_log(r, "POLL SIZE:main SHAPE:main");
	expect_found(r, "main", OMV_PICTURE_FOUND);
	expect_found(r, "lepton", OMV_PICTURE_UNKNOWN);
	/* Without poll() only SIZE helps. */
	run(r, 10000);
	assert_true(r->chan[1].sizes >= 2);
	r->chan[1].empty = false;
	run(r, 10000);
	expect_found(r, "lepton", OMV_PICTURE_FOUND);
}

/* It stays empty: the number of requests is bounded. */
static void empty_for_ever(void **state)
{
	struct rig *r = *state;
	unsigned int polls, sizes;

	add(r, 0, "x")->empty = true;
	attach(r);
	run(r, 3600000);
	polls = r->polls;
	sizes = r->chan[0].sizes;
	assert_in_range(polls + sizes, 20, 50);
	run(r, 3600000);
	assert_int_equal(r->polls, polls);
	assert_int_equal(r->chan[0].sizes, sizes);
	/* An event asks again; a storm of them asks twice a second. */
	r->log[0] = 0;
	for (unsigned int i = 0; i < 1000; i++) {
		give_event(&r->f, 4, OMV_EV_NOTIFY);
		run(r, 10);
	}
	assert_in_range(r->chan[0].sizes - sizes, 15, 21);
}

static void event(void **state)
{
	struct rig *r = *state;

	add_shape(r, 0, "main", 2400, 3, 30, 40, 2400, 0)->empty = true;
	attach(r);
	run(r, 20000);
	r->log[0] = 0;
	r->chan[0].empty = false;
	give_event(&r->f, 4, 1);
	run(r, OMV_PICTURES_EVENT_MS);
	expect_log(r, "SIZE:main SHAPE:main");
	expect_found(r, "main", OMV_PICTURE_FOUND);
	/* Events of a channel that is known cause nothing. */
	give_event(&r->f, 4, 1);
	run(r, 2000);
	expect_log(r, "");
}

/* POLL is not answered: it is not sent again, and the channels are still asked. */
static void poll_unanswered(void **state)
{
	struct rig *r = *state;

	add_shape(r, 0, "main", 2400, 3, 30, 40, 2400, 0)->empty = true;
	r->no_poll = true;
	attach(r);
	run(r, 60000);
	assert_int_equal(r->polls, 1);
	assert_true(r->chan[0].sizes > 5);
	r->chan[0].empty = false;
	run(r, 10000);
	expect_found(r, "main", OMV_PICTURE_FOUND);
}

/* ---- while its node streams -------------------------------------------- */

static void claimed(void **state)
{
	struct rig *r = *state;

	add_shape(r, 0, "main", 2400, 3, 30, 40, 2400, 0);
	add_shape(r, 1, "lepton", 2400, 3, 30, 40, 2400, 0);
	r->claimed = 4;
	attach(r);
	run(r, 10000);
	expect_log(r, "SIZE:lepton SHAPE:lepton");
	expect_found(r, "main", OMV_PICTURE_UNKNOWN);
	r->claimed = 0;
	run(r, OMV_PICTURES_CLAIM_MS);
	expect_found(r, "main", OMV_PICTURE_FOUND);
}

/* ---- scripts come and go ----------------------------------------------- */

/* The session is lost and returns; the script has not changed. */
static void new_session(void **state)
{
	struct rig *r = *state;

	add_shape(r, 0, "main", 2400, 3, 30, 40, 2400, 0);
	add_shape(r, 1, "events", 24000, 2, 2000, 6, 0, 0);
	attach(r);
	r->log[0] = 0;
	omv_host_stop(&r->f.host);
	omv_pictures_link_changed(&r->p, OMV_LINK_DOWN, r->f.now);
	expect_node(r, "main", OMV_PICTURE_CREATE);
	attach(r);
	expect_log(r, "");
	expect_found(r, "main", OMV_PICTURE_FOUND);
	expect_found(r, "events", OMV_PICTURE_NONE);
}

/* The script ends: its nodes stay, until another one runs without these channels. */
static void script_ends(void **state)
{
	struct rig *r = *state;

	add_shape(r, 0, "main", 2400, 3, 30, 40, 2400, 0);
	attach(r);
	r->chan[0].name = NULL;
	stdin_event(r, false);
	reboot(r);
	run(r, 600000);
	assert_int_equal(r->f.host.state, OMV_HOST_READY);
	expect_node(r, "main", OMV_PICTURE_KEEP);

	/* The next one registers its channels one by one. */
	stdin_event(r, true);
	add(r, 1, "a")->size = 10;
	registered(r);
	run(r, 1000);
	expect_node(r, "main", OMV_PICTURE_KEEP);
	add_shape(r, 2, "main", 4800, 3, 30, 80, 4800, 0);
	registered(r);
	expect_node(r, "main", OMV_PICTURE_CREATE);
	assert_int_equal(r->found, 2);
	run(r, 60000);
	expect_node(r, "main", OMV_PICTURE_CREATE);
}

static void next_script_without(void **state)
{
	struct rig *r = *state;

	add_shape(r, 0, "main", 2400, 3, 30, 40, 2400, 0);
	attach(r);
	add(r, 0, "log")->size = 10;
	reboot(r);
	run(r, 1500);
	expect_node(r, "main", OMV_PICTURE_KEEP);
	r->changed = 0;
	run(r, 2500);
	expect_node(r, "main", OMV_PICTURE_REMOVE);
	assert_true(r->changed);
	/* It is back. */
	add_shape(r, 1, "main", 2400, 3, 30, 40, 2400, 0);
	registered(r);
	expect_found(r, "main", OMV_PICTURE_FOUND);
}

/* A script without any channel: known from the event of "stdin". */
static void next_script_silent(void **state)
{
	struct rig *r = *state;

	add_shape(r, 0, "main", 2400, 3, 30, 40, 2400, 0);
	attach(r);
	r->chan[0].name = NULL;
	reboot(r);
	run(r, 10000);
	expect_node(r, "main", OMV_PICTURE_KEEP);
	stdin_event(r, true);
	run(r, 1000);
	stdin_event(r, false);
	run(r, 10000);
	expect_node(r, "main", OMV_PICTURE_KEEP);
	stdin_event(r, true);
	run(r, 3000);
	expect_node(r, "main", OMV_PICTURE_REMOVE);
}

/* The channel has the same name and id, and different content. */
static void same_table(void **state)
{
	struct rig *r = *state;

	add(r, 0, "x")->size = 1000;
	attach(r);
	expect_found(r, "x", OMV_PICTURE_NONE);
	add_shape(r, 0, "x", 2400, 3, 30, 40, 2400, 0);
	stdin_event(r, true);
	run(r, 1000);
	expect_found(r, "x", OMV_PICTURE_FOUND);
}

/* The id belongs to another channel when the response arrives. */
static void moved(void **state)
{
	struct rig *r = *state;

	add_shape(r, 0, "main", 2400, 3, 30, 40, 2400, 0);
	omv_host_start(&r->f.host, r->f.now);
	while (r->p.state == OMV_PICTURES_IDLE) {
		if (is_sent(r)) {
			respond_one(r);
		} else {
			r->f.now = both_deadline(r);
			tick_both(r);
		}
	}
	assert_int_equal(r->p.state, OMV_PICTURES_SIZE);
	add(r, 0, "log")->size = 10;
	add_shape(r, 1, "main", 2400, 3, 30, 40, 2400, 0);
	r->f.host.channels[3].id = 5;
	omv_pictures_link_changed(&r->p, OMV_LINK_CHANNELS, r->f.now);
	assert_int_equal(r->p.state, OMV_PICTURES_IDLE);
	registered(r);
	expect_found(r, "main", OMV_PICTURE_FOUND);
	expect_found(r, "log", OMV_PICTURE_NONE);
}

/* ---- faults ------------------------------------------------------------ */

/* size() never answers: the session is lost three times and not more (T-32). */
static void unresponsive(void **state)
{
	struct rig *r = *state;
	u64 syncs;

	add(r, 0, "bad")->unresponsive = true;
	add_shape(r, 1, "main", 2400, 3, 30, 40, 2400, 0);
	omv_host_start(&r->f.host, r->f.now);
	run(r, 120000);
	syncs = r->f.host.stats.syncs;
	assert_int_equal(r->chan[0].sizes, OMV_PICTURES_TIMEOUTS);
	assert_int_equal(syncs, 1 + OMV_PICTURES_TIMEOUTS);
	expect_found(r, "main", OMV_PICTURE_FOUND);
	expect_found(r, "bad", OMV_PICTURE_NONE);
	give_event(&r->f, 4, 1);
	stdin_event(r, true);
	run(r, 3600000);
	assert_int_equal(r->f.host.stats.syncs, syncs);
	/* The next script has a chance. */
	r->chan[0].name = NULL;
	registered(r);
	add_shape(r, 0, "bad", 2400, 3, 30, 40, 2400, 0);
	registered(r);
	expect_found(r, "bad", OMV_PICTURE_FOUND);
}

static unsigned int steps_to_end(struct rig *r, unsigned int stop_after)
{
	unsigned int n = 0;

	for (;;) {
		if (is_sent(r) && n == stop_after)
			return n;
		if (is_sent(r)) {
			respond_one(r);
			n++;
		} else if (both_deadline(r) < r->f.now + 150) {
			r->f.now = both_deadline(r);
			tick_both(r);
		} else {
			return n;
		}
	}
}

static void add_mixed(struct rig *r)
{
	static const u8 jpeg[64] = { 0xff, 0xd8, 0xff, 0xe0 };

	add_shape(r, 0, "main", 2400, 3, 30, 40, 2400, 0);
	add(r, 1, "jpeg")->content = jpeg;
	r->chan[1].size = 5000;
	add_shape(r, 2, "events", 24000, 2, 2000, 6, 0, 0);
}

static void expect_mixed(struct rig *r)
{
	run(r, 20000);
	assert_int_equal(r->f.host.state, OMV_HOST_READY);
	expect_found(r, "main", OMV_PICTURE_FOUND);
	expect_found(r, "jpeg", OMV_PICTURE_FOUND);
	expect_found(r, "events", OMV_PICTURE_NONE);
	assert_int_equal(r->chan[0].reads, 0);
	assert_true(omv_pictures_deadline(&r->p) == U64_MAX);
}

static void fault_none(struct rig *r)
{
	(void)r;
}

/* The response never arrives. */
static void fault_lost(struct rig *r)
{
	next_sent(&r->f);
	run(r, 4000);
}

static void fault_event(struct rig *r)
{
	for (u8 id = 1; id < 7; id++)
		give_event(&r->f, id, 1);
}

static void fault_started(struct rig *r)
{
	stdin_event(r, false);
	stdin_event(r, true);
}

static void fault_reboot(struct rig *r)
{
	reboot(r);
}

static void fault_table(struct rig *r)
{
	give_event(&r->f, 0, OMV_EV_REGISTERED);
}

static void fault_stop(struct rig *r)
{
	omv_host_stop(&r->f.host);
	omv_pictures_link_changed(&r->p, OMV_LINK_DOWN, r->f.now);
	r->f.sent_seen = r->f.sent_count;
	omv_host_start(&r->f.host, r->f.now);
}

static void fault_setting(struct rig *r)
{
	set(r, "main", OMV_PICTURE_NO);
	set(r, "jpeg", OMV_PICTURE_YES);
	set(r, "events", OMV_PICTURE_NO);
	set(r, "events", OMV_PICTURE_AUTO);
	set(r, "jpeg", OMV_PICTURE_AUTO);
	set(r, "main", OMV_PICTURE_AUTO);
}

static void fault_claim(struct rig *r)
{
	/* A READ that is sent already is answered. */
	do {
		respond_one(r);
	} while (r->p.state == OMV_PICTURES_READ);
	r->claimed = 5;
	run(r, 5000);
	r->claimed = 0;
}

/* Something happens at each step, from the first request to the last. */
static void faults(void **state)
{
	static void (*const all[])(struct rig *r) = {
		fault_none, fault_lost, fault_event, fault_started, fault_reboot, fault_table,
		fault_stop, fault_setting, fault_claim,
	};
	struct rig *r = *state;
	unsigned int steps;

	add_mixed(r);
	omv_host_start(&r->f.host, r->f.now);
	steps = steps_to_end(r, ~0u);
	assert_in_range(steps, 10, 20);
	expect_mixed(r);
	finish(state);
	for (unsigned int f = 0; f < ARRAY_SIZE(all); f++) {
		for (unsigned int i = 0; i < steps; i++) {
			setup(state);
			r = *state;
			add_mixed(r);
			omv_host_start(&r->f.host, r->f.now);
			assert_int_equal(steps_to_end(r, i), i);
			all[f](r);
			expect_mixed(r);
			finish(state);
		}
	}
	setup(state);
}

/* ---- the user ---------------------------------------------------------- */

static void settings(void **state)
{
	struct rig *r = *state;

	add_shape(r, 0, "main", 2400, 3, 30, 40, 2400, 0);
	add_shape(r, 1, "events", 24000, 2, 2000, 6, 0, 0);
	attach(r);
	r->changed = 0;
	assert_int_equal(set(r, "main", OMV_PICTURE_NO), 0);
	expect_node(r, "main", OMV_PICTURE_REMOVE);
	assert_int_equal(set(r, "events", OMV_PICTURE_YES), 0);
	expect_node(r, "events", OMV_PICTURE_CREATE);
	assert_true(r->changed);
	/* They are kept for the next scripts. */
	r->chan[0].name = r->chan[1].name = NULL;
	reboot(r);
	run(r, 20000);
	expect_node(r, "events", OMV_PICTURE_KEEP);
	add_shape(r, 2, "main", 2400, 3, 30, 40, 2400, 0);
	add(r, 3, "events")->empty = true;
	registered(r);
	expect_node(r, "main", OMV_PICTURE_REMOVE);
	expect_node(r, "events", OMV_PICTURE_CREATE);
	r->log[0] = 0;
	assert_int_equal(set(r, "main", OMV_PICTURE_AUTO), 0);
	assert_int_equal(set(r, "events", OMV_PICTURE_AUTO), 0);
	run(r, 100);
	expect_found(r, "main", OMV_PICTURE_FOUND);
	expect_found(r, "events", OMV_PICTURE_UNKNOWN);
}

/* With "no" a channel is not asked. */
static void not_asked(void **state)
{
	struct rig *r = *state;

	assert_int_equal(set(r, "main", OMV_PICTURE_NO), 0);
	add_shape(r, 0, "main", 2400, 3, 30, 40, 2400, 0);
	attach(r);
	run(r, 60000);
	expect_log(r, "");
}

/* The list is full of settings of missing channels: the oldest is forgotten. */
static void full(void **state)
{
	struct rig *r = *state;
	char name[OMV_NAME_SIZE] = "";

	for (unsigned int i = 0; i < 2 * OMV_MAX_CHANNELS; i++) {
		snprintf(name, sizeof(name), "c%u", i);
		assert_int_equal(set(r, name, OMV_PICTURE_NO), 0);
		assert_int_equal(omv_pictures_find(&r->p, name)->setting, OMV_PICTURE_NO);
	}
	for (unsigned int i = 0; i < CHANNELS; i++)
		add_shape(r, i, (const char *[]){ "a", "b", "c", "d", "e", "f", "g", "h" }[i], 64, 2,
			  8, 8, 0, 0);
	attach(r);
	for (unsigned int i = 0; i < CHANNELS; i++)
		expect_found(r, r->chan[i].name, OMV_PICTURE_FOUND);
	assert_int_equal(r->p.count, OMV_MAX_CHANNELS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, finish)
		T(two_sensors),
		T(shapes),
		T(contents),
		T(messages),
		T(skipped),
		T(refused),
		T(empty),
		T(empty_for_ever),
		T(event),
		T(poll_unanswered),
		T(claimed),
		T(new_session),
		T(script_ends),
		T(next_script_without),
		T(next_script_silent),
		T(same_table),
		T(moved),
		T(unresponsive),
		T(faults),
		T(settings),
		T(not_asked),
		T(full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
