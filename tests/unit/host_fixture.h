/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host end and a camera that is scripted by the test: its packets are made
 * by hand, and all actions of the host end are recorded.
 */
#ifndef HOST_FIXTURE_H
#define HOST_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../driver/core/omv_host.h"
#include "vectors.h"

/* The clock starts at an arbitrary time. */
#define START_MS	5000000000ull

#define MAX_SENT	64
#define MAX_LINKS	64
#define MAX_EVENTS	4096

struct sent {
	u8 bytes[OMV_MAX_PACKET];
	u32 len;
	u64 at;
};

struct fixture {
	struct omv_host host;
	u64 now;
	u8 seq;			/* the camera's counter */
	u16 max_payload;	/* as reported by the camera */
	bool no_room;		/* send() refuses */
	struct sent sent[MAX_SENT];
	unsigned int sent_count;
	unsigned int sent_seen;
	enum omv_link_event links[MAX_LINKS];
	unsigned int link_count;
	unsigned int link_seen;
	struct {
		u8 channel;
		u16 value;
	} events[MAX_EVENTS];
	unsigned int event_count;
	unsigned int completions;
	void (*on_link)(struct fixture *f, enum omv_link_event link);
	void (*on_event)(struct fixture *f, u8 channel, u16 value);
};

/* ---- actions of the host end ------------------------------------------- */

static int fixture_send(void *ctx, const void *data, u32 len)
{
	struct fixture *f = ctx;
	struct sent *sent = &f->sent[f->sent_count % MAX_SENT];

	if (f->no_room)
		return -1;
	assert_true(f->sent_count++ - f->sent_seen < MAX_SENT);
	assert_true(len <= sizeof(sent->bytes));
	memcpy(sent->bytes, data, len);
	sent->len = len;
	sent->at = f->now;
	return 0;
}

static void fixture_link(void *ctx, enum omv_link_event link)
{
	struct fixture *f = ctx;

	assert_true(f->link_count++ - f->link_seen < MAX_LINKS);
	f->links[(f->link_count - 1) % MAX_LINKS] = link;
	if (f->on_link)
		f->on_link(f, link);
}

static void fixture_event(void *ctx, u8 channel, u16 value)
{
	struct fixture *f = ctx;

	assert_true(f->event_count < MAX_EVENTS);
	f->events[f->event_count].channel = channel;
	f->events[f->event_count++].value = value;
	if (f->on_event)
		f->on_event(f, channel, value);
}

static const struct omv_host_ops fixture_ops = {
	.send = fixture_send,
	.link_changed = fixture_link,
	.event = fixture_event,
};

/*
 * Return: the next packet that the host end sent; it is an error if there is
 * none
 */
static inline const struct sent *next_sent(struct fixture *f)
{
	if (f->sent_seen == f->sent_count)
		fail_msg("the host end sent nothing");
	return &f->sent[f->sent_seen++ % MAX_SENT];
}

static inline void expect_nothing_sent(const struct fixture *f)
{
	if (f->sent_seen != f->sent_count)
		fail_msg("opcode %02x was sent",
			 f->sent[f->sent_seen % MAX_SENT].bytes[5]);
}

/* The next packet must be this one. Return: its payload */
static inline const u8 *expect_sent(struct fixture *f, u8 seq, u8 channel,
				    u8 flags, u8 opcode, u16 len)
{
	const struct sent *sent = next_sent(f);
	const u8 *p = sent->bytes;

	assert_int_equal(p[0], 0xaa);
	assert_int_equal(p[1], 0xd5);
	assert_int_equal(p[5], opcode);
	assert_int_equal(p[2], seq);
	assert_int_equal(p[3], channel);
	assert_int_equal(p[4], flags);
	assert_int_equal(p[6] | p[7] << 8, len);
	assert_int_equal(p[8] | p[9] << 8, omv_vector_crc16(p, 8));
	assert_int_equal(sent->len, len ? 14 + len : 10);
	if (len)
		assert_int_equal(p[10 + len] | p[11 + len] << 8 |
				 p[12 + len] << 16 | (u32)p[13 + len] << 24,
				 omv_vector_crc32(p + 10, len));
	return p + 10;
}

static inline void expect_sync(struct fixture *f)
{
	expect_sent(f, 0, 0, 0, OMV_OP_SYNC, 0);
}

static inline void expect_link(struct fixture *f, enum omv_link_event link)
{
	assert_true(f->link_seen < f->link_count);
	assert_int_equal(f->links[f->link_seen++ % MAX_LINKS], link);
}

static inline void expect_no_link(const struct fixture *f)
{
	assert_int_equal(f->link_seen, f->link_count);
}

/* ---- packets of the camera --------------------------------------------- */

static inline void give_bytes(struct fixture *f, const void *data, u32 len)
{
	u8 *copy = malloc(len ? len : 1);

	memcpy(copy, data, len);
	omv_host_input(&f->host, copy, len, f->now);
	free(copy);
}

/* An independent encoder, not the one under test. */
static inline u32 make_packet(u8 *buf, u8 seq, u8 channel, u8 flags, u8 opcode,
			      const void *payload, u32 len)
{
	const u8 head[] = { 0xaa, 0xd5, seq, channel, flags, opcode,
			    len & 0xff, len >> 8 };
	u32 crc = omv_vector_crc16(head, sizeof(head));
	u32 i;

	memcpy(buf, head, sizeof(head));
	buf[8] = crc & 0xff;
	buf[9] = crc >> 8;
	if (!len)
		return 10;
	memmove(buf + 10, payload, len);
	crc = omv_vector_crc32(buf + 10, len);
	for (i = 0; i < 4; i++)
		buf[10 + len + i] = crc >> 8 * i;
	return 14 + len;
}

static inline void give(struct fixture *f, u8 seq, u8 channel, u8 flags,
			u8 opcode, const void *payload, u32 len)
{
	u8 buf[OMV_MAX_PACKET];

	give_bytes(f, buf, make_packet(buf, seq, channel, flags, opcode,
				       payload, len));
}

/* Send a response. It advances the counter, unlike an event. */
static inline void answer(struct fixture *f, u8 channel, u8 flags, u8 opcode,
			  const void *payload, u32 len)
{
	give(f, f->seq++, channel, flags, opcode, payload, len);
}

static inline void answer_u32(struct fixture *f, u8 channel, u8 opcode,
			      u32 value)
{
	const u8 word[] = { value, value >> 8, value >> 16, value >> 24 };

	answer(f, channel, 0, opcode, word, sizeof(word));
}

static inline void answer_nak(struct fixture *f, u8 channel, u8 opcode,
			      u16 status)
{
	const u8 word[] = { status, status >> 8 };

	answer(f, channel, OMV_F_NAK, opcode, word, sizeof(word));
}

static inline void give_event(struct fixture *f, u8 channel, u16 value)
{
	const u8 word[] = { value, value >> 8 };
	u8 opcode = channel ? OMV_OP_CHANNEL_EVENT : OMV_OP_SYS_EVENT;

	give(f, f->seq, channel, OMV_F_EVENT, opcode, word,
	     value == OMV_EV_NOTIFY ? 0 : sizeof(word));
}

/* ---- time -------------------------------------------------------------- */

/* Advance the clock, and tick at each deadline, which must make progress. */
static inline void advance(struct fixture *f, u64 ms)
{
	u64 end = f->now + ms;
	u64 at;

	while ((at = omv_host_deadline(&f->host)) <= end) {
		if (at > f->now)
			f->now = at;
		omv_host_tick(&f->host, f->now);
		assert_true(omv_host_deadline(&f->host) > f->now);
	}
	f->now = end;
}

/* ---- the handshake ----------------------------------------------------- */

#define FRAME	4
#define CONFIG	5

/* The table of section 12.2. */
static inline void answer_list(struct fixture *f)
{
	const struct omv_vector *list = &omv_vectors_list[1];

	answer(f, 0, 0, OMV_OP_LIST, list->bytes + 10, list->len - 14);
}

/*
 * Wait: the camera sends nothing that belongs to requests before the SYNC
 * (6.4).
 */
static inline void stay_quiet(struct fixture *f)
{
	expect_nothing_sent(f);
	advance(f, OMV_QUIET_MS - 1);
	expect_nothing_sent(f);
	advance(f, 1);
}

/* Answer a SYNC; the first step of the setup follows. */
static inline void accept_sync(struct fixture *f)
{
	give(f, 0, 0, OMV_F_ACK, OMV_OP_SYNC, NULL, 0);
	stay_quiet(f);
	expect_sent(f, 0, 0, 0, OMV_OP_GET_CAPS, 0);
}

/* Complete the handshake after the SYNC that was just sent. */
static inline void handshake(struct fixture *f)
{
	u8 caps[16] = { 0x0f, 0, 0, 0, f->max_payload & 0xff,
			f->max_payload >> 8 };
	static const u8 version[16] = { 1, 0, 2, 1, 0, 3, 5 };
	const u8 *p;

	f->seq = 0;
	expect_sync(f);
	answer(f, 0, OMV_F_ACK, OMV_OP_SYNC, NULL, 0);
	f->seq = 0;
	stay_quiet(f);
	expect_sent(f, 0, 0, 0, OMV_OP_GET_CAPS, 0);
	answer(f, 0, OMV_F_ACK_REQ, OMV_OP_GET_CAPS, caps, sizeof(caps));
	expect_sent(f, 0, 0, OMV_F_ACK, OMV_OP_GET_CAPS, 0);
	p = expect_sent(f, 1, 0, 0, OMV_OP_SET_CAPS, 16);
	caps[0] = 0x0b;
	assert_memory_equal(p, caps, sizeof(caps));
	answer(f, 0, OMV_F_ACK, OMV_OP_SET_CAPS, NULL, 0);
	expect_sent(f, 2, 0, 0, OMV_OP_VERSION, 0);
	answer(f, 0, 0, OMV_OP_VERSION, version, sizeof(version));
	expect_sent(f, 3, 0, 0, OMV_OP_LIST, 0);
	answer_list(f);
	expect_link(f, OMV_LINK_UP);
	assert_int_equal(f->host.state, OMV_HOST_READY);
}

/* After a lost session the host end must send SYNC; complete the handshake. */
static inline void expect_recovery(struct fixture *f)
{
	expect_link(f, OMV_LINK_DOWN);
	handshake(f);
	expect_nothing_sent(f);
}

static inline void connect_camera(struct fixture *f)
{
	omv_host_start(&f->host, f->now);
	handshake(f);
	expect_nothing_sent(f);
}

static inline int setup_stopped(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->now = START_MS;
	f->max_payload = 4082;
	omv_host_init(&f->host, &fixture_ops, f);
	*state = f;
	return 0;
}

static inline int setup_connected(void **state)
{
	setup_stopped(state);
	connect_camera(*state);
	return 0;
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;

	omv_host_stop(&f->host);
	free(f);
	return 0;
}

/* ---- requests ---------------------------------------------------------- */

/* A request with memory of exactly its size. */
struct box {
	struct fixture *f;
	struct omv_request req;
	u8 *buf;
	unsigned int completions;
	unsigned int order;	/* position among all completions */
	void (*then)(struct box *box);
};

static void box_complete(struct omv_host *host, struct omv_request *req)
{
	struct box *box = container_of(req, struct box, req);

	assert_ptr_equal(host, &box->f->host);
	box->completions++;
	box->order = ++box->f->completions;
	if (box->then)
		box->then(box);
}

static inline void box_make(struct box *box, struct fixture *f, u8 opcode,
			    u8 channel, u32 offset, u32 length, u32 size)
{
	memset(box, 0, sizeof(*box));
	box->f = f;
	box->buf = size ? malloc(size) : NULL;
	if (size)
		memset(box->buf, 0xdb, size);
	box->req.opcode = opcode;
	box->req.channel = channel;
	box->req.offset = offset;
	box->req.length = length;
	box->req.buf = box->buf;
	box->req.size = size;
	box->req.complete = box_complete;
}

static inline void box_free(struct box *box)
{
	free(box->buf);
	box->buf = NULL;
}

static inline int box_submit(struct box *box)
{
	return omv_host_submit(&box->f->host, &box->req, box->f->now);
}

static inline void box_size(struct box *box, struct fixture *f, u8 channel)
{
	box_make(box, f, OMV_OP_SIZE, channel, 0, 0, 4);
	assert_int_equal(box_submit(box), 0);
}

static inline void box_read(struct box *box, struct fixture *f, u8 channel,
			    u32 length)
{
	box_make(box, f, OMV_OP_READ, channel, 0, length, length);
	assert_int_equal(box_submit(box), 0);
}

static inline void box_write(struct box *box, struct fixture *f, u8 channel,
			     const char *text)
{
	box_make(box, f, OMV_OP_WRITE, channel, 0, strlen(text), 0);
	box->req.data = text;
	assert_int_equal(box_submit(box), 0);
}

static inline void expect_open(const struct box *box)
{
	assert_int_equal(box->completions, 0);
}

static inline void expect_result(const struct box *box, int result)
{
	assert_int_equal(box->completions, 1);
	assert_int_equal(box->req.result, result);
}

#endif /* HOST_FIXTURE_H */
