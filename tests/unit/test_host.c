// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host end, tested with a scripted camera: the conversations of section 12,
 * the rules of 17.1 and each trap of section 15.
 */
#include "host_fixture.h"

/* ---- the conversations of section 12 ----------------------------------- */

static u32 load(const u8 *p, unsigned int bytes)
{
	u32 value = 0;

	while (bytes--)
		value = value << 8 | p[bytes];
	return value;
}

static void expect_vector(struct fixture *f, const struct omv_vector *v)
{
	u8 want[OMV_VECTOR_MAX];
	u32 len = omv_vector_packet(v, want);
	const struct sent *sent = next_sent(f);

	if (sent->len != len || memcmp(sent->bytes, want, len))
		fail_msg("not sent as specified: %s", v->name);
}

/* Pass the bytes in three parts. */
static void give_vector(struct fixture *f, const struct omv_vector *v)
{
	u8 buf[OMV_VECTOR_MAX];
	u32 len = omv_vector_packet(v, buf);

	give_bytes(f, buf, 7);
	give_bytes(f, buf + 7, len / 2 - 3);
	give_bytes(f, buf + len / 2 + 4, len - len / 2 - 4);
}

static void vectors_connect(void **state)
{
	const struct omv_vector *v = omv_vectors_connect;
	struct fixture *f = *state;
	struct omv_sys_info info;
	struct box box;

	omv_host_start(&f->host, f->now);
	expect_vector(f, &v[0]);
	give_vector(f, &v[1]);
	stay_quiet(f);
	expect_vector(f, &v[2]);
	give_vector(f, &v[3]);
	expect_vector(f, &v[4]);
	expect_vector(f, &v[5]);
	give_vector(f, &v[6]);
	expect_vector(f, &v[7]);
	give_vector(f, &v[8]);
	/* The host end sends LIST next; SYS_INFO only when requested. */
	expect_sent(f, 3, 0, 0, OMV_OP_LIST, 0);
	f->seq = 3;
	answer_list(f);
	expect_link(f, OMV_LINK_UP);
	assert_int_equal(f->host.max_payload, 4082);
	assert_int_equal(f->host.version.protocol[2], 2);
	assert_int_equal(f->host.version.firmware[0], 5);

	f->host.seq = 3;
	box_make(&box, f, OMV_OP_SYS_INFO, 0, 0, 0, sizeof(info));
	assert_int_equal(box_submit(&box), 0);
	expect_vector(f, &v[9]);
	give_vector(f, &v[10]);
	expect_result(&box, 0);
	assert_int_equal(box.req.received, sizeof(info));
	assert_memory_equal(box.buf, v[10].bytes + 10, sizeof(info));
	box_free(&box);
	expect_nothing_sent(f);
}

/* Make the request for which the host end sends this packet. */
static void request_from_vector(struct box *box, struct fixture *f,
				const struct omv_vector *v, u32 room)
{
	u8 opcode = v->bytes[5];
	const u8 *payload = v->bytes + 10;
	u32 len = load(v->bytes + 6, 2);

	if (opcode == OMV_OP_READ)
		room = load(payload + 4, 4);
	else if (opcode == OMV_OP_WRITE || opcode == OMV_OP_IOCTL)
		room = 0;
	box_make(box, f, opcode, v->bytes[3], 0, 0, room);
	if (opcode == OMV_OP_READ) {
		box->req.offset = load(payload, 4);
		box->req.length = room;
	} else if (opcode == OMV_OP_WRITE) {
		box->req.offset = load(payload, 4);
		box->req.length = load(payload + 4, 4);
		box->req.data = payload + 8;
		assert_int_equal(box->req.length, len - 8);
	} else if (opcode == OMV_OP_IOCTL) {
		box->req.offset = load(payload, 4);
		box->req.length = len - 4;
		box->req.data = payload + 4;
	}
	assert_int_equal(box_submit(box), 0);
}

static bool vector_is_event(const struct omv_vector *v)
{
	return v->bytes[4] & OMV_F_EVENT;
}

/*
 * Replay a conversation: requests are made from the packets of the
 * specification and must be sent as the same bytes; responses must be received
 * completely.
 */
static void replay(struct fixture *f, const struct omv_vector *v, size_t count)
{
	u8 packet[OMV_VECTOR_MAX], whole[20000];
	struct box box = { 0 };
	u32 received = 0, len, events = 0, event_count = f->event_count;
	size_t i;

	for (i = 0; i < count; i++, v++) {
		if (!v->to_host) {
			f->host.seq = v->bytes[2];
			received = 0;
			request_from_vector(&box, f, v, 512);
			expect_vector(f, v);
			continue;
		}
		give_vector(f, v);
		if (vector_is_event(v)) {
			events += v->bytes[3] != 0;
			continue;
		}
		len = omv_vector_packet(v, packet);
		if (len > 14 && !(v->bytes[4] & OMV_F_NAK)) {
			memcpy(whole + received, packet + 10, len - 14);
			received += len - 14;
		}
		if (v->bytes[4] & OMV_F_FRAGMENT) {
			expect_open(&box);
			continue;
		}
		expect_result(&box, v->bytes[4] & OMV_F_NAK ? -EIO : 0);
		assert_int_equal(box.req.received, received);
		assert_memory_equal(box.buf ? box.buf : whole, whole, received);
		assert_int_equal(f->host.seq, (u8)(v->bytes[2] + 1));
		box_free(&box);
	}
	assert_int_equal(f->event_count - event_count, events);
	expect_nothing_sent(f);
}

static void vectors_list(void **state)
{
	struct fixture *f = *state;

	replay(f, omv_vectors_list, ARRAY_SIZE(omv_vectors_list));
}

static void vectors_frame(void **state)
{
	struct fixture *f = *state;

	replay(f, omv_vectors_frame, ARRAY_SIZE(omv_vectors_frame));
	assert_int_equal(f->events[0].channel, 4);
	assert_int_equal(f->events[0].value, 1);
	assert_int_equal(f->host.seq, 10);
}

static void vectors_stream(void **state)
{
	replay(*state, omv_vectors_stream, ARRAY_SIZE(omv_vectors_stream));
}

static void vectors_config_write(void **state)
{
	replay(*state, omv_vectors_config_write,
	       ARRAY_SIZE(omv_vectors_config_write));
}

static void vectors_config_read(void **state)
{
	replay(*state, omv_vectors_config_read,
	       ARRAY_SIZE(omv_vectors_config_read));
}

/* The conversation ends with a soft reboot. */
static void vectors_script(void **state)
{
	struct fixture *f = *state;

	replay(f, omv_vectors_stop, ARRAY_SIZE(omv_vectors_stop));
	replay(f, omv_vectors_script, ARRAY_SIZE(omv_vectors_script));
	assert_int_equal(f->host.state, OMV_HOST_PAUSE);
	expect_link(f, OMV_LINK_DOWN);
}

static void vectors_text(void **state)
{
	struct fixture *f = *state;

	replay(f, omv_vectors_text, ARRAY_SIZE(omv_vectors_text));
	assert_int_equal(f->events[0].value, OMV_EV_NOTIFY);
	replay(f, omv_vectors_text_short, ARRAY_SIZE(omv_vectors_text_short));
	assert_int_equal(f->host.seq, 43);
}

static void vectors_widgets(void **state)
{
	replay(*state, omv_vectors_widgets, ARRAY_SIZE(omv_vectors_widgets));
}

/*
 * Section 12.10 for a host that has switched ack off: it sends the ACK, then
 * SYNC.
 */
static void vectors_ack(void **state)
{
	const struct omv_vector *v = omv_vectors_ack;
	struct fixture *f = *state;
	struct box box;

	f->host.seq = 7;
	box_size(&box, f, 3);
	expect_vector(f, &v[0]);
	give_vector(f, &v[1]);
	expect_vector(f, &v[2]);
	expect_result(&box, 0);
	assert_int_equal(load(box.buf, 4), 9000);
	expect_sync(f);
	give_vector(f, &v[3]);
	expect_vector(f, &v[4]);
	expect_nothing_sent(f);
	assert_int_equal(box.completions, 1);
	box_free(&box);
}

static void vectors_naks(void **state)
{
	static const struct {
		u8 opcode;
		int result;
		bool recovers;
	} want[] = {
		{ OMV_OP_LOCK, -EBUSY, false },
		{ OMV_OP_READ, -EINVAL, false },
		{ OMV_OP_WRITE, -EIO, true },
		{ OMV_OP_SIZE, -EIO, true },
		{ OMV_OP_WRITE, -EIO, true },
	};
	const struct omv_vector *v = omv_vectors_naks;
	struct fixture *f = *state;
	struct box box;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(want); i++, v++) {
		assert_int_equal(v->bytes[5], want[i].opcode);
		f->host.seq = v->bytes[2];
		box_make(&box, f, want[i].opcode, v->bytes[3], 0, 4, 4);
		box.req.data = "abcd";
		assert_int_equal(box_submit(&box), 0);
		next_sent(f);
		give_vector(f, v);
		expect_result(&box, want[i].result);
		assert_int_equal(box.req.nak, load(v->bytes + 10, 2));
		if (want[i].recovers) {
			expect_recovery(f);
		} else {
			assert_int_equal(f->host.seq, v->bytes[2] + 1);
			expect_nothing_sent(f);
		}
		box_free(&box);
	}
}

/* ---- connecting (17.1.7) ----------------------------------------------- */

/* No response (T-26, or firmware without the protocol). */
static void silence(void **state)
{
	struct fixture *f = *state;
	unsigned int i;

	omv_host_start(&f->host, f->now);
	for (i = 0; i < 5; i++) {
		expect_sync(f);
		expect_nothing_sent(f);
		advance(f, 499);
		expect_nothing_sent(f);
		expect_no_link(f);
		advance(f, 1);
	}
	expect_link(f, OMV_LINK_LOST);
	assert_int_equal(f->host.state, OMV_HOST_LOST);
	assert_int_equal(f->host.error, -ETIMEDOUT);
	/* Nothing more is sent until a restart. */
	assert_true(omv_host_deadline(&f->host) == U64_MAX);
	advance(f, 1000000);
	expect_nothing_sent(f);
	connect_camera(f);
}

/* A lost link stays lost, even after a soft reboot event. */
static void lost_and_rebooted(void **state)
{
	struct fixture *f = *state;

	omv_host_start(&f->host, f->now);
	advance(f, 5 * OMV_SYNC_INTERVAL_MS);
	expect_link(f, OMV_LINK_LOST);
	f->sent_seen = f->sent_count;
	give_event(f, 0, OMV_EV_SOFT_REBOOT);
	give_event(f, 0, OMV_EV_REGISTERED);
	assert_true(omv_host_deadline(&f->host) == U64_MAX);
	advance(f, 100000);
	expect_nothing_sent(f);
	expect_no_link(f);
	connect_camera(f);
	assert_int_equal(f->host.error, 0);
}

/* The same number of attempts for a session that was up. */
static void silence_after_a_fault(void **state)
{
	struct fixture *f = *state;
	unsigned int i;

	give(f, 77, FRAME, 0, OMV_OP_SIZE, "\1\0\0\0", 4);
	expect_link(f, OMV_LINK_DOWN);
	assert_int_equal(omv_host_write_max(&f->host), 0);
	for (i = 0; i < 5; i++) {
		expect_sync(f);
		advance(f, 499);
		expect_nothing_sent(f);
		expect_no_link(f);
		advance(f, 1);
	}
	expect_nothing_sent(f);
	expect_link(f, OMV_LINK_LOST);
	assert_int_equal(f->host.error, -ETIMEDOUT);
}

static void answered_late(void **state)
{
	struct fixture *f = *state;

	omv_host_start(&f->host, f->now);
	expect_sync(f);
	advance(f, 500);
	expect_sync(f);
	advance(f, 500);
	handshake(f);
}

/*
 * T-8: whatever an earlier host left, the first packet is SYNC; T-7: then
 * SET_CAPS.
 */
static void leftovers(void **state)
{
	static const char text[] = "Traceback (most recent call last):\r\n";
	struct fixture *f = *state;
	u8 packet[64];
	u32 len;

	omv_host_start(&f->host, f->now);
	give_bytes(f, text, sizeof(text));
	len = make_packet(packet, 9, 4, OMV_F_FRAGMENT, OMV_OP_READ, text, 30);
	give_bytes(f, packet + 20, len - 20);
	give_event(f, 2, OMV_EV_NOTIFY);
	give_event(f, 0, OMV_EV_REGISTERED);
	handshake(f);
	expect_nothing_sent(f);
	assert_int_equal(f->event_count, 0);
}

/* Only an ACK of SYNC starts a session. */
static void false_sync_acks(void **state)
{
	struct fixture *f = *state;

	omv_host_start(&f->host, f->now);
	expect_sync(f);
	give(f, 1, 0, OMV_F_ACK, OMV_OP_SYNC, NULL, 0);
	give(f, 0, 1, OMV_F_ACK, OMV_OP_SYNC, NULL, 0);
	give(f, 0, 0, OMV_F_NAK, OMV_OP_SYNC, "\5\0", 2);
	give(f, 0, 0, 0, OMV_OP_SYNC, NULL, 0);
	give(f, 0, 0, OMV_F_ACK, OMV_OP_SYNC, "x", 1);
	give(f, 0, 0, OMV_F_ACK, OMV_OP_GET_CAPS, NULL, 0);
	give(f, 0, 0, OMV_F_ACK | OMV_F_EVENT, OMV_OP_SYNC, NULL, 0);
	expect_nothing_sent(f);
	assert_int_equal(f->host.state, OMV_HOST_SYNC);
}

static void give_old_fragment(struct fixture *f, u8 seq)
{
	give(f, seq, 4, OMV_F_FRAGMENT | OMV_F_ACK_REQ, OMV_OP_READ,
	     "some data", 9);
	/* Every packet with ACK_REQ is acknowledged. */
	expect_sent(f, seq, 4, OMV_F_ACK, OMV_OP_READ, 0);
	expect_nothing_sent(f);
}

/*
 * 6.4: the rest of an old response follows the ACK of SYNC: wait for its end,
 * then SYNC again. T-10: a request would block a small receive buffer, which
 * fills with ACKs.
 */
static void transfer_goes_on_after_sync(void **state)
{
	struct fixture *f = *state;
	unsigned int i;

	omv_host_start(&f->host, f->now);
	expect_sync(f);
	give(f, 0, 0, OMV_F_ACK, OMV_OP_SYNC, NULL, 0);
	for (i = 0; i < 200; i++) {
		advance(f, OMV_QUIET_MS - 1);
		give_old_fragment(f, i);
	}
	stay_quiet(f);
	handshake(f);
	expect_nothing_sent(f);
}

/* The same with a pause in the transfer. */
static void transfer_goes_on_later(void **state)
{
	struct fixture *f = *state;

	omv_host_start(&f->host, f->now);
	expect_sync(f);
	accept_sync(f);
	give_old_fragment(f, 0);
	advance(f, OMV_QUIET_MS - 1);
	give_old_fragment(f, 1);
	stay_quiet(f);
	handshake(f);
	expect_nothing_sent(f);
}

/*
 * One packet of an old response, or one with a wrong seq, in each handshake: it
 * causes another SYNC, but does not count as an attempt.
 */
static void strays_in_a_row(void **state)
{
	struct fixture *f = *state;
	unsigned int i;

	omv_host_start(&f->host, f->now);
	for (i = 0; i < 40; i++) {
		expect_sync(f);
		accept_sync(f);
		give(f, i & 1 ? 0 : 100, 4, 0, OMV_OP_READ, "old", 3);
		expect_nothing_sent(f);
		assert_int_equal(f->host.state, OMV_HOST_SYNC);
		stay_quiet(f);
	}
	handshake(f);
	/* Success resets the counter. */
	give(f, 200, FRAME, 0, OMV_OP_SIZE, NULL, 0);
	expect_link(f, OMV_LINK_DOWN);
	for (i = 0; i < 40; i++) {
		expect_sync(f);
		accept_sync(f);
		give(f, 100, 4, 0, OMV_OP_READ, "old", 3);
		stay_quiet(f);
	}
	handshake(f);
}

/* The handshake ends even if the old transfer does not. */
static void transfer_without_end(void **state)
{
	struct fixture *f = *state;
	unsigned int i;
	u64 start = f->now;

	omv_host_start(&f->host, f->now);
	for (i = 0; f->host.state != OMV_HOST_LOST; i++) {
		assert_true(f->now - start < 60000);
		give(f, i, 4, OMV_F_FRAGMENT, OMV_OP_READ, "some data", 9);
		advance(f, 40);
		while (f->sent_seen < f->sent_count) {
			if (next_sent(f)->bytes[5] == OMV_OP_SYNC)
				give(f, 0, 0, OMV_F_ACK, OMV_OP_SYNC, NULL, 0);
		}
	}
}

/* The strays of a lost session do not count for the next one. */
static void strays_of_a_lost_session(void **state)
{
	struct fixture *f = *state;

	transfer_without_end(state);
	f->sent_seen = f->sent_count;
	f->link_seen = f->link_count;
	omv_host_start(&f->host, f->now);
	expect_sync(f);
	accept_sync(f);
	give(f, 100, 4, 0, OMV_OP_READ, "old", 3);
	expect_nothing_sent(f);
	expect_no_link(f);
	advance(f, OMV_QUIET_MS);
	handshake(f);
}

/* A SYNC that was sent twice has two ACKs. */
static void two_sync_acks(void **state)
{
	struct fixture *f = *state;

	omv_host_start(&f->host, f->now);
	expect_sync(f);
	advance(f, 500);
	expect_sync(f);
	accept_sync(f);
	/* Treat the second SYNC as the first. */
	f->sent_seen--;
	memcpy(f->sent[f->sent_seen % MAX_SENT].bytes,
	       "\xaa\xd5\0\0\0\0\0\0\xb0\xac", 10);
	handshake(f);
	expect_nothing_sent(f);
}

/* Packets between the two ACKs precede the second SYNC. */
static void two_sync_acks_at_once(void **state)
{
	struct fixture *f = *state;

	omv_host_start(&f->host, f->now);
	advance(f, 500);
	expect_sync(f);
	give(f, 0, 0, OMV_F_ACK, OMV_OP_SYNC, NULL, 0);
	give(f, 0, 4, 0, OMV_OP_READ, "old", 3);
	handshake(f);
	expect_nothing_sent(f);
}

static void handshake_step_lost(void **state)
{
	struct fixture *f = *state;

	omv_host_start(&f->host, f->now);
	expect_sync(f);
	accept_sync(f);
	advance(f, OMV_SETUP_TIMEOUT_MS);
	handshake(f);
}

/* Events do not extend the timeout of a handshake step. */
static void events_in_a_handshake_step(void **state)
{
	struct fixture *f = *state;

	omv_host_start(&f->host, f->now);
	expect_sync(f);
	accept_sync(f);
	advance(f, OMV_SETUP_TIMEOUT_MS - 1);
	give_event(f, 2, OMV_EV_NOTIFY);
	expect_nothing_sent(f);
	advance(f, 1);
	handshake(f);
}

/* A short VERSION must not be completed with old data. */
static void short_version(void **state)
{
	static const u8 caps[16] = { 15, 0, 0, 0, 0xf2, 0x0f };
	static const struct omv_version want = { .protocol = { 2, 1 } };
	struct fixture *f = *state;

	connect_camera(f);
	omv_host_start(&f->host, f->now);
	expect_link(f, OMV_LINK_DOWN);
	expect_sync(f);
	accept_sync(f);
	give(f, 0, 0, 0, OMV_OP_GET_CAPS, caps, sizeof(caps));
	expect_sent(f, 1, 0, 0, OMV_OP_SET_CAPS, 16);
	give(f, 1, 0, OMV_F_ACK, OMV_OP_SET_CAPS, NULL, 0);
	expect_sent(f, 2, 0, 0, OMV_OP_VERSION, 0);
	give(f, 2, 0, 0, OMV_OP_VERSION, "\2\1", 2);
	expect_sent(f, 3, 0, 0, OMV_OP_LIST, 0);
	assert_memory_equal(&f->host.version, &want, sizeof(want));
}

/* A camera that always refuses SET_CAPS must not cause an endless loop. */
static void handshake_refused(void **state)
{
	static const u8 caps[16] = { 15, 0, 0, 0, 0xf2, 0x0f };
	struct fixture *f = *state;
	unsigned int i;

	omv_host_start(&f->host, f->now);
	for (i = 0; i < 5; i++) {
		expect_sync(f);
		accept_sync(f);
		give(f, 0, 0, 0, OMV_OP_GET_CAPS, caps, sizeof(caps));
		expect_sent(f, 1, 0, 0, OMV_OP_SET_CAPS, 16);
		give(f, 1, 0, OMV_F_NAK, OMV_OP_SET_CAPS, "\2\0", 2);
	}
	expect_nothing_sent(f);
	expect_link(f, OMV_LINK_LOST);
	assert_int_equal(f->host.error, -EINVAL);
}

static void impossible_caps(void **state)
{
	static const u16 values[] = { 0, 1, 49 };
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		u8 caps[16] = { 15, 0, 0, 0, values[i], 0 };

		omv_host_start(&f->host, f->now);
		expect_sync(f);
		accept_sync(f);
		give(f, 0, 0, 0, OMV_OP_GET_CAPS, caps, sizeof(caps));
		expect_link(f, OMV_LINK_LOST);
		expect_nothing_sent(f);
		assert_int_equal(f->host.error, -EPROTO);
		assert_int_equal(f->host.offered_payload, values[i]);
	}
	/* The same with a response that is too short. */
	omv_host_start(&f->host, f->now);
	expect_sync(f);
	accept_sync(f);
	give(f, 0, 0, 0, OMV_OP_GET_CAPS, "\17\0\0\0\362\17", 6);
	expect_link(f, OMV_LINK_LOST);
	assert_int_equal(f->host.error, -EPROTO);
}

/* max_payload is limited to the largest packet of any camera. */
static void huge_caps(void **state)
{
	static const u8 caps[16] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
				     0xff };
	static const u8 zeros[10];
	struct fixture *f = *state;
	const u8 *p;

	omv_host_start(&f->host, f->now);
	expect_sync(f);
	accept_sync(f);
	give(f, 0, 0, 0, OMV_OP_GET_CAPS, caps, sizeof(caps));
	p = expect_sent(f, 1, 0, 0, OMV_OP_SET_CAPS, 16);
	assert_int_equal(load(p, 4), 0x0b);
	assert_int_equal(load(p + 4, 2), OMV_MAX_PAYLOAD);
	assert_memory_equal(p + 6, zeros, sizeof(zeros));
	assert_int_equal(f->host.offered_payload, 0xffff);
}

static void small_caps(void **state)
{
	struct fixture *f = *state;
	u8 list[6 * 16];
	unsigned int at;

	/* A table of six entries then takes two packets. */
	f->max_payload = 50;
	memcpy(list, omv_vectors_list[1].bytes + 10, sizeof(list));
	omv_host_start(&f->host, f->now);
	expect_sync(f);
	accept_sync(f);
	give(f, 0, 0, 0, OMV_OP_GET_CAPS,
	     "\17\0\0\0\62\0\0\0\0\0\0\0\0\0\0\0", 16);
	expect_sent(f, 1, 0, 0, OMV_OP_SET_CAPS, 16);
	give(f, 1, 0, OMV_F_ACK, OMV_OP_SET_CAPS, NULL, 0);
	expect_sent(f, 2, 0, 0, OMV_OP_VERSION, 0);
	give(f, 2, 0, 0, OMV_OP_VERSION, list, 16);
	expect_sent(f, 3, 0, 0, OMV_OP_LIST, 0);
	for (at = 0; at < 96; at += 48)
		give(f, 3 + at / 48, 0, at ? 0 : OMV_F_FRAGMENT, OMV_OP_LIST,
		     list + at, 48);
	expect_link(f, OMV_LINK_UP);
	assert_int_equal(f->host.channel_count, 5);
	assert_int_equal(omv_host_write_max(&f->host), 42);
}

/* 8.3: registered after LIST, and reported before the state is READY. */
static void registered_during_handshake(void **state)
{
	static const u8 caps[16] = { 15, 0, 0, 0, 0xf2, 0x0f };
	struct fixture *f = *state;

	omv_host_start(&f->host, f->now);
	expect_sync(f);
	accept_sync(f);
	give(f, 0, 0, 0, OMV_OP_GET_CAPS, caps, sizeof(caps));
	expect_sent(f, 1, 0, 0, OMV_OP_SET_CAPS, 16);
	give(f, 1, 0, OMV_F_ACK, OMV_OP_SET_CAPS, NULL, 0);
	expect_sent(f, 2, 0, 0, OMV_OP_VERSION, 0);
	give(f, 2, 0, 0, OMV_OP_VERSION, caps, 16);
	expect_sent(f, 3, 0, 0, OMV_OP_LIST, 0);
	give_event(f, 0, OMV_EV_REGISTERED);
	give(f, 3, 0, 0, OMV_OP_LIST, omv_vectors_list[1].bytes + 10, 64);
	expect_link(f, OMV_LINK_UP);
	assert_null(omv_host_find(&f->host, "frame"));
	advance(f, 2 * OMV_RELIST_MS);
	expect_sent(f, 4, 0, 0, OMV_OP_LIST, 0);
	f->seq = 4;
	answer_list(f);
	expect_link(f, OMV_LINK_CHANNELS);
	assert_non_null(omv_host_find(&f->host, "frame"));
}

/* The LIST of the handshake was the first attempt, the next one is the last. */
static void registered_during_handshake_in_vain(void **state)
{
	static const u8 caps[16] = { 15, 0, 0, 0, 0xf2, 0x0f };
	struct fixture *f = *state;

	omv_host_start(&f->host, f->now);
	expect_sync(f);
	accept_sync(f);
	give_event(f, 0, OMV_EV_REGISTERED);
	f->seq = 0;
	answer(f, 0, 0, OMV_OP_GET_CAPS, caps, sizeof(caps));
	expect_sent(f, 1, 0, 0, OMV_OP_SET_CAPS, 16);
	answer(f, 0, OMV_F_ACK, OMV_OP_SET_CAPS, NULL, 0);
	expect_sent(f, 2, 0, 0, OMV_OP_VERSION, 0);
	answer(f, 0, 0, OMV_OP_VERSION, caps, 16);
	expect_sent(f, 3, 0, 0, OMV_OP_LIST, 0);
	answer_list(f);
	expect_link(f, OMV_LINK_UP);
	advance(f, OMV_RELIST_MS);
	expect_sent(f, 4, 0, 0, OMV_OP_LIST, 0);
	answer_list(f);
	advance(f, 10000);
	expect_nothing_sent(f);
	expect_no_link(f);
}

/* The LIST of the handshake has all channels that were registered before. */
static void registered_before_handshake(void **state)
{
	struct fixture *f = *state;

	give_event(f, 0, OMV_EV_REGISTERED);
	expect_nothing_sent(f);
	give(f, 77, FRAME, 0, OMV_OP_SIZE, "\1\0\0\0", 4);
	expect_recovery(f);
	advance(f, 10000);
	expect_nothing_sent(f);
}

/* ---- requests ---------------------------------------------------------- */

static void one_at_a_time(void **state)
{
	struct fixture *f = *state;
	struct box box[3];
	unsigned int i;

	for (i = 0; i < 3; i++)
		box_size(&box[i], f, 3 + i);
	for (i = 0; i < 3; i++) {
		expect_sent(f, f->seq, 3 + i, 0, OMV_OP_SIZE, 0);
		expect_nothing_sent(f);
		answer_u32(f, 3 + i, OMV_OP_SIZE, 100 + i);
		expect_result(&box[i], 0);
		assert_int_equal(box[i].order, i + 1);
		assert_int_equal(load(box[i].buf, 4), 100 + i);
		box_free(&box[i]);
	}
	expect_nothing_sent(f);
}

static void submit_again(struct box *box)
{
	if (box->completions < 3)
		assert_int_equal(box_submit(box), 0);
}

static void submitted_by_its_own_completion(void **state)
{
	struct fixture *f = *state;
	struct box box;
	unsigned int i;

	box_size(&box, f, FRAME);
	box.then = submit_again;
	for (i = 0; i < 3; i++) {
		expect_sent(f, f->seq, FRAME, 0, OMV_OP_SIZE, 0);
		answer_u32(f, FRAME, OMV_OP_SIZE, i);
		assert_int_equal(box.completions, i + 1);
	}
	expect_nothing_sent(f);
	box_free(&box);
}

/* All 256 sequence numbers, twice. */
static void counter_wraps(void **state)
{
	struct fixture *f = *state;
	struct box box;
	unsigned int i;

	for (i = 0; i < 520; i++) {
		box_size(&box, f, FRAME);
		expect_sent(f, f->seq, FRAME, 0, OMV_OP_SIZE, 0);
		answer_u32(f, FRAME, OMV_OP_SIZE, i);
		expect_result(&box, 0);
		box_free(&box);
	}
	expect_no_link(f);
}

/* The payload is received directly into the request's memory. */
static void payload_goes_straight(void **state)
{
	struct fixture *f = *state;
	u8 packet[64];
	struct box box;
	u32 len;

	box_read(&box, f, FRAME, 8);
	next_sent(f);
	answer(f, FRAME, OMV_F_FRAGMENT, OMV_OP_READ, "abc", 3);
	len = make_packet(packet, f->seq++, FRAME, 0, OMV_OP_READ, "defgh", 5);
	give_bytes(f, packet, len - 4);
	assert_memory_equal(box.buf, "abcdefgh", 8);
	expect_open(&box);
	give_bytes(f, packet + len - 4, 4);
	expect_result(&box, 0);
	box_free(&box);
}

/* Only the payload of the response is written there. */
static void payload_goes_elsewhere(void **state)
{
	static const struct {
		u8 seq, channel, flags, opcode;
	} others[] = {
		{ 6, FRAME, 0, OMV_OP_READ },
		{ 5, CONFIG, 0, OMV_OP_READ },
		{ 5, FRAME, 0, OMV_OP_SIZE },
		{ 5, FRAME, OMV_F_NAK, OMV_OP_READ },
		{ 5, FRAME, OMV_F_EVENT, OMV_OP_READ },
	};
	struct fixture *f = *state;
	u8 packet[64];
	struct box box;
	size_t i;

	box_read(&box, f, FRAME, 8);
	next_sent(f);
	answer(f, FRAME, OMV_F_FRAGMENT, OMV_OP_READ, "abc", 3);
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		make_packet(packet, others[i].seq, others[i].channel,
			    others[i].flags, others[i].opcode, "12345", 5);
		give_bytes(f, packet, 15);
		assert_int_equal(box.buf[3], 0xdb);
		/* After the timeout its bytes are searched again. */
		advance(f, OMV_PARSER_TIMEOUT_MS);
		give_event(f, FRAME, 1);
	}
	/* Not even if it would fit. */
	make_packet(packet, 5, FRAME, 0, OMV_OP_READ, "123456", 6);
	give_bytes(f, packet, 16);
	assert_int_equal(box.buf[3], 0xdb);
	omv_host_cancel(&f->host, &box.req);
	box_free(&box);
}

/* A response that started before its request was sent is still copied. */
static void response_before_request(void **state)
{
	struct fixture *f = *state;
	u8 packet[64];
	struct box box;
	u32 len;

	len = make_packet(packet, f->seq++, FRAME, 0, OMV_OP_SIZE, "",
			  4);
	give_bytes(f, packet, 12);
	box_size(&box, f, FRAME);
	next_sent(f);
	give_bytes(f, packet + 12, len - 12);
	expect_result(&box, 0);
	assert_int_equal(load(box.buf, 4), 0x04030201);
	box_free(&box);
}

static void statistics(void **state)
{
	struct fixture *f = *state;
	const struct omv_host_stats *stats = &f->host.stats;
	struct box box;

	/* SYNC, four requests, an ACK; five answers. */
	assert_int_equal(stats->tx_packets, 6);
	assert_int_equal(stats->acks, 1);
	assert_int_equal(stats->rx_packets, 5);
	assert_int_equal(stats->syncs, 1);
	give_event(f, 0, OMV_EV_UNREGISTERED + 1000);
	give_event(f, FRAME, 1);
	assert_int_equal(stats->events, 2);
	assert_int_equal(stats->rx_packets, 7);
	box_size(&box, f, FRAME);
	answer_nak(f, FRAME, OMV_OP_SIZE, OMV_ST_FAILED);
	assert_int_equal(stats->naks, 1);
	assert_int_equal(stats->timeouts + stats->stray + stats->seq_errors,
			 0);
	box_free(&box);
}

static void refused_submissions(void **state)
{
	static const struct {
		u8 opcode, channel;
		u32 length, size;
	} bad[] = {
		/* T-15: channel 0 must not be used. */
		{ OMV_OP_SIZE, 0, 0, 4 }, { OMV_OP_READ, 0, 4, 4 },
		{ OMV_OP_WRITE, 0, 4, 4 }, { OMV_OP_IOCTL, 0, 4, 4 },
		{ OMV_OP_LOCK, 0, 0, 0 }, { OMV_OP_UNLOCK, 0, 0, 0 },
		{ OMV_OP_SHAPE, 0, 0, 16 },
		/* Ids that do not exist, and a channel for a system opcode. */
		{ OMV_OP_SIZE, 32, 0, 4 }, { OMV_OP_READ, 255, 4, 4 },
		{ OMV_OP_POLL, 4, 0, 4 }, { OMV_OP_STATS, 4, 0, 32 },
		/* Only the host end may send these. */
		{ OMV_OP_SYNC, 0, 0, 0 }, { OMV_OP_SET_CAPS, 0, 16, 0 },
		{ OMV_OP_SYS_RESET, 0, 0, 0 }, { OMV_OP_SYS_BOOT, 0, 0, 0 },
		{ OMV_OP_SYS_EVENT, 0, 2, 0 },
		{ OMV_OP_CHANNEL_EVENT, 4, 2, 0 }, { 0x77, 4, 0, 4 },
		/* Lengths (T-14). */
		{ OMV_OP_READ, 4, 0, 4 }, { OMV_OP_READ, 4, 5, 4 },
		{ OMV_OP_READ, 4, 4, 0 }, { OMV_OP_SIZE, 4, 0, 3 },
		{ OMV_OP_POLL, 0, 0, 0 }, { OMV_OP_WRITE, 5, 0, 0 },
		{ OMV_OP_WRITE, 5, 4075, 0 }, { OMV_OP_IOCTL, 3, 4079, 0 },
		{ OMV_OP_WRITE, 5, 0xffffffff, 0 },
		{ OMV_OP_IOCTL, 3, 0xffffffff, 0 },
		{ OMV_OP_IOCTL, 3, 0xfffffffc, 0 },
	};
	struct fixture *f = *state;
	struct box box;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		box_make(&box, f, bad[i].opcode, bad[i].channel, 0,
			 bad[i].length, bad[i].size);
		box.req.data = "";
		if (box_submit(&box) != -EINVAL)
			fail_msg("case %zu was let through", i);
		expect_open(&box);
		box_free(&box);
	}
	expect_nothing_sent(f);

	box_size(&box, f, 4);
	assert_int_equal(box_submit(&box), -EBUSY);
	next_sent(f);
	omv_host_stop(&f->host);
	assert_int_equal(box_submit(&box), -EAGAIN);
	box_free(&box);
}

/* T-14: lengths are exact; the largest packet fills the camera's buffer. */
static void largest_requests(void **state)
{
	struct fixture *f = *state;
	u8 data[4078];
	const u8 *p;
	struct box box;

	memset(data, 'w', sizeof(data));
	assert_int_equal(omv_host_write_max(&f->host), 4074);
	box_make(&box, f, OMV_OP_WRITE, CONFIG, 77, 4074, 0);
	box.req.data = data;
	assert_int_equal(box_submit(&box), 0);
	p = expect_sent(f, 4, CONFIG, 0, OMV_OP_WRITE, 4082);
	assert_int_equal(load(p, 4), 77);
	assert_int_equal(load(p + 4, 4), 4074);
	assert_memory_equal(p + 8, data, 4074);
	answer(f, CONFIG, OMV_F_ACK, OMV_OP_WRITE, NULL, 0);
	expect_result(&box, 0);

	box_make(&box, f, OMV_OP_IOCTL, 3, 9, 4078, 0);
	box.req.data = data;
	assert_int_equal(box_submit(&box), 0);
	p = expect_sent(f, 5, 3, 0, OMV_OP_IOCTL, 4082);
	assert_int_equal(load(p, 4), 9);
	answer(f, 3, OMV_F_ACK, OMV_OP_IOCTL, NULL, 0);
	expect_result(&box, 0);

	box_make(&box, f, OMV_OP_IOCTL, 1, OMV_STDIN_STOP, 0, 0);
	assert_int_equal(box_submit(&box), 0);
	expect_sent(f, 6, 1, 0, OMV_OP_IOCTL, 4);
	answer(f, 1, OMV_F_ACK, OMV_OP_IOCTL, NULL, 0);
	expect_result(&box, 0);
}

static void nak_results(void **state)
{
	static const int results[] = {
		[OMV_ST_SUCCESS] = -EPROTO, [OMV_ST_FAILED] = -EIO,
		[OMV_ST_INVALID] = -EINVAL, [OMV_ST_TIMEOUT] = -ETIMEDOUT,
		[OMV_ST_BUSY] = -EBUSY, [OMV_ST_CHECKSUM] = -EIO,
		[OMV_ST_SEQUENCE] = -EIO, [OMV_ST_OVERFLOW] = -EIO,
		[OMV_ST_FRAGMENT] = -EPROTO, [OMV_ST_UNKNOWN] = -EPROTO,
		[10] = -EPROTO,
	};
	struct fixture *f = *state;
	struct box box;
	u16 status;

	for (status = 0; status < ARRAY_SIZE(results); status++) {
		box_size(&box, f, FRAME);
		next_sent(f);
		answer_nak(f, FRAME, OMV_OP_SIZE, status);
		expect_result(&box, results[status]);
		assert_int_equal(box.req.nak, status);
		box_free(&box);
		if (status >= OMV_ST_CHECKSUM && status <= OMV_ST_OVERFLOW)
			expect_recovery(f);
	}
	/* A NAK without a status. */
	box_size(&box, f, FRAME);
	next_sent(f);
	answer(f, FRAME, OMV_F_NAK, OMV_OP_SIZE, NULL, 0);
	expect_result(&box, -EPROTO);
	box_free(&box);
	/* A NAK with half a status. */
	box_size(&box, f, FRAME);
	next_sent(f);
	answer(f, FRAME, OMV_F_NAK, OMV_OP_SIZE, "\4", 1);
	expect_result(&box, -EPROTO);
	assert_int_equal(box.req.nak, OMV_ST_UNKNOWN);
	expect_nothing_sent(f);
	box_free(&box);
}

static void cancelled_while_queued(void **state)
{
	struct fixture *f = *state;
	struct box box[4];
	unsigned int i;

	for (i = 0; i < 4; i++)
		box_size(&box[i], f, 1 + i);
	/*
	 * Cancel the last one, so that the tail must move; then one in the
	 * middle.
	 */
	omv_host_cancel(&f->host, &box[3].req);
	omv_host_cancel(&f->host, &box[1].req);
	/* This request is now the last one. */
	assert_int_equal(box_submit(&box[1]), 0);
	for (i = 0; i < 3; i++) {
		struct box *next = &box[i ? 3 - i : 0];

		expect_sent(f, f->seq, next->req.channel, 0, OMV_OP_SIZE, 0);
		answer_u32(f, next->req.channel, OMV_OP_SIZE, 0);
		expect_result(next, 0);
	}
	expect_open(&box[3]);
	expect_nothing_sent(f);
	/* Cancelling it again has no effect. */
	omv_host_cancel(&f->host, &box[3].req);
	for (i = 0; i < 4; i++)
		box_free(&box[i]);
}

/*
 * Cancel at every byte of the response: the memory must no longer be written.
 */
static void cancelled_while_active(void **state)
{
	struct fixture *f = *state;
	struct box box, next;
	u8 stream[200];
	u32 len, cut;

	for (cut = 0; cut < 128; cut++) {
		len = make_packet(stream, f->seq, FRAME, OMV_F_FRAGMENT,
				  OMV_OP_READ, "fifty bytes that are half of it, more or less....",
				  50);
		len += make_packet(stream + len, f->seq + 1, FRAME, 0,
				   OMV_OP_READ, "and the other fifty bytes, which have no reader...",
				   50);
		assert_int_equal(len, 128);
		box_read(&box, f, FRAME, 100);
		next_sent(f);
		give_bytes(f, stream, cut);
		omv_host_cancel(&f->host, &box.req);
		box_free(&box);
		expect_open(&box);
		/* The next request waits for the end of the response. */
		box_size(&next, f, CONFIG);
		expect_nothing_sent(f);
		give_bytes(f, stream + cut, len - cut);
		f->seq += 2;
		expect_sent(f, f->seq, CONFIG, 0, OMV_OP_SIZE, 0);
		answer_u32(f, CONFIG, OMV_OP_SIZE, 5);
		expect_result(&next, 0);
		box_free(&next);
	}
	expect_no_link(f);
}

/* A cancelled request without a response must not block the queue. */
static void cancelled_and_unanswered(void **state)
{
	struct fixture *f = *state;
	struct box box, next;

	box_read(&box, f, FRAME, 100);
	next_sent(f);
	omv_host_cancel(&f->host, &box.req);
	box_free(&box);
	box_size(&next, f, CONFIG);
	advance(f, OMV_REQUEST_TIMEOUT_MS);
	expect_result(&next, -EAGAIN);
	expect_recovery(f);
	box_free(&next);
}

/*
 * Timeout in the middle of a packet: its rest must not be written to the
 * request.
 */
static void timeout_within_a_packet(void **state)
{
	struct fixture *f = *state;
	u8 packet[200], data[150];
	struct box box;
	u32 len, cut;

	memset(data, 'x', sizeof(data));
	for (cut = 10; cut < 160; cut += 7) {
		box_read(&box, f, FRAME, sizeof(data));
		next_sent(f);
		len = make_packet(packet, f->seq, FRAME, 0, OMV_OP_READ, data,
				  sizeof(data));
		advance(f, OMV_REQUEST_TIMEOUT_MS - 100);
		give_bytes(f, packet, cut);
		advance(f, 100);
		expect_result(&box, -ETIMEDOUT);
		box_free(&box);
		give_bytes(f, packet + cut, len - cut);
		expect_recovery(f);
	}
}

static void stop_completes_all(void **state)
{
	struct fixture *f = *state;
	struct box box[3];
	unsigned int i;

	for (i = 0; i < 3; i++)
		box_size(&box[i], f, FRAME);
	next_sent(f);
	omv_host_stop(&f->host);
	for (i = 0; i < 3; i++) {
		expect_result(&box[i], -ENODEV);
		box_free(&box[i]);
	}
	expect_nothing_sent(f);
	answer_u32(f, FRAME, OMV_OP_SIZE, 1);
	give_event(f, FRAME, 1);
	assert_int_equal(f->event_count, 0);
	assert_true(omv_host_deadline(&f->host) == U64_MAX);
	assert_null(omv_host_find(&f->host, "frame"));
}

/* A request that is not sent must not have results of its last use. */
static void used_again(void **state)
{
	struct fixture *f = *state;
	struct box box, other;

	box_size(&box, f, FRAME);
	next_sent(f);
	answer_u32(f, FRAME, OMV_OP_SIZE, 1);
	assert_int_equal(box.req.received, 4);
	assert_int_equal(box_submit(&box), 0);
	next_sent(f);
	answer_nak(f, FRAME, OMV_OP_SIZE, OMV_ST_BUSY);
	assert_int_equal(box.req.nak, OMV_ST_BUSY);
	box_size(&other, f, CONFIG);
	assert_int_equal(box_submit(&box), 0);
	omv_host_cancel(&f->host, &box.req);
	assert_int_equal(box_submit(&box), 0);
	omv_host_stop(&f->host);
	assert_int_equal(box.req.result, -ENODEV);
	assert_int_equal(box.req.received, 0);
	assert_int_equal(box.req.nak, 0);
	box_free(&box);
	box_free(&other);
}

/* A restart discards an incomplete packet and the payload limit. */
static void starts_afresh(void **state)
{
	struct fixture *f = *state;
	u8 packet[OMV_MAX_PACKET] = { 0 };

	make_packet(packet, 3, FRAME, 0, OMV_OP_READ, packet, 4000);
	give_bytes(f, packet, 1000);
	omv_host_start(&f->host, f->now);
	expect_recovery(f);
	give_bytes(f, packet, 1000);
	omv_host_stop(&f->host);
	assert_int_equal(f->host.channel_count, 0);
	connect_camera(f);
}

static void stop_in_event(struct fixture *f, u8 channel, u16 value)
{
	omv_host_stop(&f->host);
}

/* Further bytes of the same transfer must not restart the host end. */
static void stopped_by_a_callback(void **state)
{
	struct fixture *f = *state;
	u8 stream[64];
	u32 len;

	f->on_event = stop_in_event;
	len = make_packet(stream, f->seq, FRAME, OMV_F_EVENT,
			  OMV_OP_CHANNEL_EVENT, "\1\0", 2);
	len += make_packet(stream + len, f->seq, 0,
			   OMV_F_EVENT | OMV_F_ACK_REQ, OMV_OP_SYS_EVENT,
			   "\2\0", 2);
	give_bytes(f, stream, len);
	assert_int_equal(f->host.state, OMV_HOST_STOPPED);
	expect_nothing_sent(f);
	expect_no_link(f);
}

static void stop_in_link(struct fixture *f, enum omv_link_event link)
{
	omv_host_stop(&f->host);
}

static void stopped_by_link_down(void **state)
{
	struct fixture *f = *state;

	f->on_link = stop_in_link;
	answer_u32(f, FRAME, OMV_OP_SIZE, 1);
	f->seq++;
	answer_u32(f, FRAME, OMV_OP_SIZE, 1);
	assert_int_equal(f->host.state, OMV_HOST_STOPPED);
	expect_nothing_sent(f);
	assert_true(omv_host_deadline(&f->host) == U64_MAX);
}

/* If send() has no room, the packet counts as lost. */
static void no_room_to_send(void **state)
{
	struct fixture *f = *state;
	struct box box;

	f->no_room = true;
	box_size(&box, f, FRAME);
	expect_open(&box);
	f->no_room = false;
	advance(f, OMV_REQUEST_TIMEOUT_MS);
	expect_result(&box, -ETIMEDOUT);
	expect_recovery(f);
	box_free(&box);
}

/* ---- the traps of section 15 ------------------------------------------- */

/* 17.1.3: each ACK_REQ gets one ACK, at once and before other packets. */
static void t1_ack_when_asked(void **state)
{
	struct fixture *f = *state;
	struct box box, next;

	/* An event: the ACK comes before the next request. */
	box_size(&box, f, FRAME);
	next_sent(f);
	give(f, f->seq, FRAME, OMV_F_EVENT | OMV_F_ACK_REQ,
	     OMV_OP_CHANNEL_EVENT, "\1\0", 2);
	expect_sent(f, f->seq, FRAME, OMV_F_ACK, OMV_OP_CHANNEL_EVENT, 0);
	expect_nothing_sent(f);
	expect_open(&box);
	box_size(&next, f, CONFIG);
	/* A response: the ACK comes before requests of its completion. */
	answer(f, FRAME, OMV_F_ACK_REQ, OMV_OP_SIZE, "\1\0\0\0", 4);
	expect_result(&box, 0);
	expect_sent(f, 4, FRAME, OMV_F_ACK, OMV_OP_SIZE, 0);
	/* Then T-7: the camera has lost its capabilities. */
	expect_result(&next, -EAGAIN);
	expect_recovery(f);
	box_free(&box);
	box_free(&next);
}

/* Also without a session: the camera waits for the ACK. */
static void t1_ack_without_a_session(void **state)
{
	struct fixture *f = *state;
	unsigned int i;

	give_event(f, 0, OMV_EV_SOFT_REBOOT);
	expect_link(f, OMV_LINK_DOWN);
	for (i = 0; i < 2; i++) {
		give(f, 9, 1, OMV_F_EVENT | OMV_F_ACK_REQ,
		     OMV_OP_CHANNEL_EVENT, "\1\0", 2);
		expect_sent(f, 9, 1, OMV_F_ACK, OMV_OP_CHANNEL_EVENT, 0);
		give(f, 7, FRAME, OMV_F_FRAGMENT | OMV_F_ACK_REQ, OMV_OP_READ,
		     "some data", 9);
		expect_sent(f, 7, FRAME, OMV_F_ACK, OMV_OP_READ, 0);
		expect_nothing_sent(f);
		if (i)
			break;
		advance(f, 60000);
		expect_link(f, OMV_LINK_LOST);
		f->sent_seen = f->sent_count;
	}
	expect_no_link(f);
}

/* T-2: more data than requested is not accepted. */
static void t2_more_than_asked_for(void **state)
{
	struct fixture *f = *state;
	struct box box;
	u8 data[200];

	memset(data, 'x', sizeof(data));
	box_read(&box, f, FRAME, 100);
	next_sent(f);
	answer(f, FRAME, 0, OMV_OP_READ, data, 101);
	expect_result(&box, -EPROTO);
	box_free(&box);
	expect_recovery(f);

	box_read(&box, f, FRAME, 100);
	next_sent(f);
	answer(f, FRAME, OMV_F_FRAGMENT, OMV_OP_READ, data, 60);
	expect_open(&box);
	answer(f, FRAME, 0, OMV_OP_READ, data, 60);
	expect_result(&box, -EPROTO);
	assert_int_equal(box.req.received, 60);
	box_free(&box);
	expect_recovery(f);

	/* Not even if the buffer has room. */
	box_make(&box, f, OMV_OP_READ, FRAME, 0, 100, 200);
	assert_int_equal(box_submit(&box), 0);
	next_sent(f);
	answer(f, FRAME, 0, OMV_OP_READ, data, 101);
	expect_result(&box, -EPROTO);
	box_free(&box);
	expect_recovery(f);
}

static void fragments_of_nothing(void **state)
{
	struct fixture *f = *state;
	struct box box;

	box_read(&box, f, FRAME, 100);
	next_sent(f);
	answer(f, FRAME, OMV_F_FRAGMENT, OMV_OP_READ, NULL, 0);
	expect_result(&box, -EPROTO);
	expect_recovery(f);
	box_free(&box);
}

/* Data, then FAILED: the data is valid, and the session continues (T-5). */
static void t3_partial_read(void **state)
{
	struct fixture *f = *state;
	struct box box;
	u8 data[600];

	memset(data, 'x', sizeof(data));
	box_read(&box, f, 2, 1000);
	expect_sent(f, 4, 2, 0, OMV_OP_READ, 8);
	answer(f, 2, OMV_F_FRAGMENT, OMV_OP_READ, data, 512);
	answer(f, 2, OMV_F_FRAGMENT, OMV_OP_READ, data, 88);
	expect_open(&box);
	answer_nak(f, 2, OMV_OP_READ, OMV_ST_FAILED);
	expect_result(&box, -EIO);
	assert_int_equal(box.req.received, 600);
	assert_memory_equal(box.buf, data, 600);
	assert_int_equal(box.buf[600], 0xdb);
	box_free(&box);
	expect_nothing_sent(f);
	expect_no_link(f);
}

static void t5_nak_in_a_response(void **state)
{
	struct fixture *f = *state;
	struct box box, next;

	box_read(&box, f, FRAME, 1000);
	box_size(&next, f, CONFIG);
	next_sent(f);
	answer(f, FRAME, OMV_F_FRAGMENT, OMV_OP_READ, "data", 4);
	answer_nak(f, FRAME, OMV_OP_READ, OMV_ST_FAILED);
	expect_result(&box, -EIO);
	/* The next seq is that of the NAK plus one, without a SYNC. */
	expect_sent(f, 6, CONFIG, 0, OMV_OP_SIZE, 0);
	answer_u32(f, CONFIG, OMV_OP_SIZE, 1);
	expect_result(&next, 0);
	expect_no_link(f);
	box_free(&box);
	box_free(&next);
}

/* After a timeout the request is not repeated: SYNC starts a new session. */
static void t6_timeout(void **state)
{
	struct fixture *f = *state;
	struct box box, queued;

	box_write(&box, f, CONFIG, "50");
	box_write(&queued, f, CONFIG, "60");
	expect_sent(f, 4, CONFIG, 0, OMV_OP_WRITE, 10);
	advance(f, OMV_REQUEST_TIMEOUT_MS - 1);
	expect_nothing_sent(f);
	expect_open(&box);
	advance(f, 1);
	/* -ETIMEDOUT: may have been executed. -EAGAIN: was not executed. */
	expect_result(&box, -ETIMEDOUT);
	expect_result(&queued, -EAGAIN);
	assert_int_equal(f->host.stats.timeouts, 1);
	/* The late response does not belong to the next session. */
	answer(f, CONFIG, OMV_F_ACK, OMV_OP_WRITE, NULL, 0);
	expect_recovery(f);
}

static void t6_sequence_nak(void **state)
{
	struct fixture *f = *state;
	struct box box, queued;

	box_size(&box, f, FRAME);
	box_size(&queued, f, FRAME);
	next_sent(f);
	answer_nak(f, FRAME, OMV_OP_SIZE, OMV_ST_SEQUENCE);
	expect_result(&box, -EIO);
	assert_int_equal(box.req.nak, OMV_ST_SEQUENCE);
	expect_result(&queued, -EAGAIN);
	expect_recovery(f);
	/* The queue still works. */
	assert_int_equal(box_submit(&box), 0);
	assert_int_equal(box_submit(&queued), 0);
	expect_sent(f, 4, FRAME, 0, OMV_OP_SIZE, 0);
	answer_u32(f, FRAME, OMV_OP_SIZE, 1);
	expect_sent(f, 5, FRAME, 0, OMV_OP_SIZE, 0);
	answer_u32(f, FRAME, OMV_OP_SIZE, 1);
	assert_int_equal(queued.completions, 2);
	box_free(&box);
	box_free(&queued);
}

/* The request was cancelled, but a SEQUENCE error still needs a SYNC. */
static void t6_sequence_nak_for_nobody(void **state)
{
	struct fixture *f = *state;
	struct box box;

	box_size(&box, f, FRAME);
	next_sent(f);
	omv_host_cancel(&f->host, &box.req);
	answer_nak(f, FRAME, OMV_OP_SIZE, OMV_ST_SEQUENCE);
	expect_open(&box);
	expect_recovery(f);
	box_free(&box);
}

/* The counter shows that the camera was reset. */
static void t7_low_sequence(void **state)
{
	struct fixture *f = *state;
	struct box box;

	box_size(&box, f, FRAME);
	next_sent(f);
	give(f, 0, FRAME, OMV_F_NAK, OMV_OP_SIZE, "\6\0", 2);
	expect_result(&box, -ECONNRESET);
	assert_int_equal(f->host.stats.seq_errors, 1);
	assert_int_equal(f->host.stats.stray, 0);
	expect_recovery(f);
	box_free(&box);
}

/* ACK_REQ shows it: the response is completed, with its ACKs; then SYNC. */
static void t7_ack_is_back(void **state)
{
	struct fixture *f = *state;
	struct box box;

	box_read(&box, f, FRAME, 8);
	next_sent(f);
	answer(f, FRAME, OMV_F_FRAGMENT | OMV_F_ACK_REQ, OMV_OP_READ, "abcd",
	       4);
	expect_sent(f, 4, FRAME, OMV_F_ACK, OMV_OP_READ, 0);
	expect_nothing_sent(f);
	answer(f, FRAME, OMV_F_ACK_REQ, OMV_OP_READ, "efgh", 4);
	expect_sent(f, 5, FRAME, OMV_F_ACK, OMV_OP_READ, 0);
	expect_result(&box, 0);
	assert_memory_equal(box.buf, "abcdefgh", 8);
	expect_recovery(f);
	box_free(&box);
}

/* An event with ACK_REQ shows it, too, even without a request. */
static void t7_ack_is_back_in_an_event(void **state)
{
	struct fixture *f = *state;

	give(f, f->seq, FRAME, OMV_F_EVENT | OMV_F_ACK_REQ,
	     OMV_OP_CHANNEL_EVENT, "\1\0", 2);
	expect_sent(f, f->seq, FRAME, OMV_F_ACK, OMV_OP_CHANNEL_EVENT, 0);
	assert_int_equal(f->event_count, 1);
	expect_recovery(f);
}

/* An unexpected ACK of SYNC: another host has reset the session. */
static void t7_sync_ack_out_of_turn(void **state)
{
	struct fixture *f = *state;

	give(f, 0, 0, OMV_F_ACK, OMV_OP_SYNC, NULL, 0);
	expect_recovery(f);
}

/*
 * 17.1.2: payloads are limited to MAXP; there is no limit until it is
 * negotiated again.
 */
static void t7_length_limit(void **state)
{
	struct fixture *f = *state;
	u8 packet[600], data[500] = { 0 };

	omv_host_stop(&f->host);
	f->max_payload = 50;
	connect_camera(f);
	make_packet(packet, f->seq, FRAME, 0, OMV_OP_READ, data, 51);
	give_bytes(f, packet, 10);
	/* The header is rejected at once, without waiting for its payload. */
	give_event(f, FRAME, 1);
	assert_int_equal(f->event_count, 1);
	/* The camera has lost the negotiated limit. */
	give(f, 77, FRAME, 0, OMV_OP_SIZE, "\1\0\0\0", 4);
	expect_link(f, OMV_LINK_DOWN);
	give(f, 3, FRAME, OMV_F_ACK_REQ, OMV_OP_READ, data, sizeof(data));
	expect_sync(f);
	expect_sent(f, 3, FRAME, OMV_F_ACK, OMV_OP_READ, 0);
	expect_nothing_sent(f);
}

/* A truncated packet, and another packet one second later. */
static void t9_truncated_packet(void **state)
{
	struct fixture *f = *state;
	u8 packet[600], data[500];
	struct box box;

	memset(data, 'x', sizeof(data));
	box_size(&box, f, CONFIG);
	next_sent(f);
	make_packet(packet, f->seq, FRAME, OMV_F_FRAGMENT, OMV_OP_READ, data,
		    sizeof(data));
	give_bytes(f, packet, 300);
	advance(f, 200);
	answer_u32(f, CONFIG, OMV_OP_SIZE, 15);
	give_event(f, FRAME, 1);
	expect_open(&box);
	assert_int_equal(f->event_count, 0);
	advance(f, OMV_PARSER_TIMEOUT_MS);
	expect_result(&box, 0);
	assert_int_equal(load(box.buf, 4), 15);
	assert_int_equal(f->event_count, 1);
	expect_no_link(f);
	box_free(&box);
}

/* Early ticks, also for an incomplete packet, must not end the request. */
static void tick_too_early(void **state)
{
	struct fixture *f = *state;
	struct box box;
	unsigned int i;

	box_size(&box, f, FRAME);
	next_sent(f);
	give_bytes(f, "\xaa\xd5\x04", 3);
	for (i = 1; i < OMV_REQUEST_TIMEOUT_MS; i++) {
		f->now++;
		omv_host_tick(&f->host, f->now);
		expect_open(&box);
		expect_nothing_sent(f);
	}
	answer_u32(f, FRAME, OMV_OP_SIZE, 1);
	expect_result(&box, 0);
	box_free(&box);
}

/* A failed write has its own error: FAILED may mean that it was applied. */
static void t12_failed_write(void **state)
{
	struct fixture *f = *state;
	struct box box;

	box_write(&box, f, CONFIG, "50");
	next_sent(f);
	answer_nak(f, CONFIG, OMV_OP_WRITE, OMV_ST_FAILED);
	expect_result(&box, -EIO);
	assert_int_equal(box.req.nak, OMV_ST_FAILED);
	/* Reading back is possible in the same session. */
	box_size(&box, f, CONFIG);
	expect_sent(f, 5, CONFIG, 0, OMV_OP_SIZE, 0);
	expect_no_link(f);
	omv_host_cancel(&f->host, &box.req);
	box_free(&box);
}

/* Channel 0 is not in the table. */
static void t15_no_channel_0(void **state)
{
	struct fixture *f = *state;
	unsigned int i;

	assert_int_equal(f->host.channel_count, 5);
	for (i = 0; i < f->host.channel_count; i++)
		assert_int_not_equal(f->host.channels[i].id, 0);
	assert_null(omv_host_find(&f->host, "usb"));
	give(f, f->seq, 0, OMV_F_EVENT, OMV_OP_CHANNEL_EVENT, "\1\0", 2);
	assert_int_equal(f->event_count, 0);
}

static void t16_busy(void **state)
{
	struct fixture *f = *state;
	struct box box;

	box_make(&box, f, OMV_OP_LOCK, 3, 0, 0, 0);
	assert_int_equal(box_submit(&box), 0);
	expect_sent(f, 4, 3, 0, OMV_OP_LOCK, 0);
	answer_nak(f, 3, OMV_OP_LOCK, OMV_ST_BUSY);
	expect_result(&box, -EBUSY);
	/* The same request may be used again after 11 ms. */
	advance(f, 11);
	assert_int_equal(box_submit(&box), 0);
	expect_sent(f, 5, 3, 0, OMV_OP_LOCK, 0);
	answer(f, 3, OMV_F_ACK, OMV_OP_LOCK, NULL, 0);
	assert_int_equal(box.completions, 2);
	assert_int_equal(box.req.result, 0);
	assert_int_equal(box.req.nak, 0);
	expect_no_link(f);
}

static void t17_notify(void **state)
{
	struct fixture *f = *state;

	give_event(f, 3, OMV_EV_NOTIFY);
	assert_int_equal(f->event_count, 1);
	assert_int_equal(f->events[0].channel, 3);
	assert_int_equal(f->events[0].value, OMV_EV_NOTIFY);
	expect_nothing_sent(f);
}

static unsigned int answer_lists(struct fixture *f)
{
	unsigned int lists = 0;

	while (f->sent_seen < f->sent_count) {
		expect_sent(f, f->seq, 0, 0, OMV_OP_LIST, 0);
		answer_list(f);
		lists++;
	}
	return lists;
}

/*
 * Count LISTs in a second of events of unknown channels, with registrations in
 * between.
 */
static unsigned int storm(struct fixture *f, unsigned int registered)
{
	unsigned int i, lists = 0;

	advance(f, 1000);
	for (i = 0; i < 10000; i++) {
		give_event(f, 20, i % 100);
		if (i % registered == 0)
			give_event(f, 0, OMV_EV_REGISTERED);
		if (i % 10 == 0)
			advance(f, 1);
		lists += answer_lists(f);
	}
	expect_no_link(f);
	assert_int_equal(f->event_count, 0);
	return lists;
}

/* At most one LIST per interval. */
static void t18_event_storm(void **state)
{
	struct fixture *f = *state;
	unsigned int i;

	assert_in_range(storm(f, 20000), 8, 1000 / OMV_RELIST_MS + 2);
	assert_in_range(storm(f, 100), 8, 1000 / OMV_RELIST_MS + 2);
	assert_in_range(storm(f, 1), 8, 1000 / OMV_RELIST_MS + 2);
	assert_int_equal(f->host.stats.events, 30000 + 1 + 100 + 10000);
	/* Events of known channels cause no request. */
	advance(f, 1000);
	answer_lists(f);
	for (i = 0; i < 3000; i++)
		give_event(f, FRAME, 1);
	assert_int_equal(f->event_count, 3000);
	expect_nothing_sent(f);
}

static void t19_events_while_waiting(void **state)
{
	struct fixture *f = *state;
	struct box box;
	unsigned int i;

	box_read(&box, f, FRAME, 12);
	next_sent(f);
	for (i = 0; i < 300; i++)
		give_event(f, 2, OMV_EV_NOTIFY);
	answer(f, FRAME, OMV_F_FRAGMENT, OMV_OP_READ, "abcd", 4);
	give_event(f, FRAME, 1);
	/* The seq of an event is ignored. */
	give(f, 99, FRAME, OMV_F_EVENT, OMV_OP_CHANNEL_EVENT, "\2\0", 2);
	answer(f, FRAME, OMV_F_FRAGMENT, OMV_OP_READ, "efgh", 4);
	give_event(f, 1, 0);
	expect_open(&box);
	answer(f, FRAME, 0, OMV_OP_READ, "ijkl", 4);
	expect_result(&box, 0);
	assert_memory_equal(box.buf, "abcdefghijkl", 12);
	assert_int_equal(f->event_count, 303);
	expect_no_link(f);
	box_free(&box);
}

/* Each valid packet restarts the timeout, with an overall limit. */
static void t19_timer(void **state)
{
	struct fixture *f = *state;
	struct box box;
	unsigned int i;

	box_size(&box, f, FRAME);
	next_sent(f);
	advance(f, 2900);
	give_event(f, 2, OMV_EV_NOTIFY);
	advance(f, 2900);
	answer_u32(f, FRAME, OMV_OP_SIZE, 1);
	expect_result(&box, 0);

	assert_int_equal(box_submit(&box), 0);
	next_sent(f);
	for (i = 0; box.completions < 2; i++) {
		assert_true(i * 100 <= OMV_REQUEST_CAP_MS);
		give_event(f, 2, OMV_EV_NOTIFY);
		advance(f, 100);
	}
	assert_int_equal(box.req.result, -ETIMEDOUT);
	expect_recovery(f);

	/*
	 * In both cases the time of this call counts, not that of the last one.
	 */
	f->now += 100000;
	assert_int_equal(box_submit(&box), 0);
	next_sent(f);
	assert_true(omv_host_deadline(&f->host) ==
		    f->now + OMV_REQUEST_TIMEOUT_MS);
	f->now += 1000;
	give_event(f, 2, OMV_EV_NOTIFY);
	assert_true(omv_host_deadline(&f->host) ==
		    f->now + OMV_REQUEST_TIMEOUT_MS);
	omv_host_cancel(&f->host, &box.req);
	box_free(&box);
}

/* A slow response is accepted, a very slow one is not. */
static void slow_fragments(void **state)
{
	struct fixture *f = *state;
	u8 data[512] = { 0 };
	unsigned int i;
	struct box box;
	u64 start;

	box_read(&box, f, FRAME, 512 * 100);
	next_sent(f);
	for (i = 1; i < 100; i++) {
		answer(f, FRAME, OMV_F_FRAGMENT, OMV_OP_READ, data, 512);
		/* In time for the new limit, but not for the previous one. */
		advance(f, i == 2 ? 2990 : 700);
		expect_open(&box);
	}
	answer(f, FRAME, 0, OMV_OP_READ, data, 512);
	expect_result(&box, 0);
	box_free(&box);

	start = f->now;
	box_read(&box, f, FRAME, 50000);
	next_sent(f);
	while (!box.completions) {
		assert_true(f->now - start < 40000);
		answer(f, FRAME, OMV_F_FRAGMENT, OMV_OP_READ, data, 1);
		advance(f, 2500);
	}
	assert_int_equal(box.req.result, -ETIMEDOUT);
	box_free(&box);
}

/* Events in between do not count, only the previous fragment. */
static void slow_fragments_between_events(void **state)
{
	struct fixture *f = *state;
	unsigned int i;
	struct box box;

	box_read(&box, f, FRAME, 4);
	next_sent(f);
	for (i = 1; i < 4; i++) {
		answer(f, FRAME, OMV_F_FRAGMENT, OMV_OP_READ, "x", 1);
		advance(f, 2900);
		give_event(f, 2, OMV_EV_NOTIFY);
		advance(f, 2900);
		give_event(f, 2, OMV_EV_NOTIFY);
		advance(f, 150);
		expect_open(&box);
	}
	answer(f, FRAME, OMV_F_FRAGMENT, OMV_OP_READ, "x", 1);
	/*
	 * The request has its own three seconds, although the last limit is
	 * nearer.
	 */
	advance(f, OMV_REQUEST_TIMEOUT_MS - 1);
	expect_open(&box);
	advance(f, 1);
	expect_result(&box, -ETIMEDOUT);
	expect_recovery(f);
	box_free(&box);
}

/*
 * The frame changed between SIZE and READ: the request fails, the session
 * continues.
 */
static void t20_short_response(void **state)
{
	struct fixture *f = *state;
	struct box box;

	box_read(&box, f, FRAME, 100);
	next_sent(f);
	answer(f, FRAME, 0, OMV_OP_READ, "only ten..", 10);
	expect_result(&box, -EPROTO);
	assert_int_equal(box.req.received, 10);
	expect_nothing_sent(f);
	expect_no_link(f);
	box_free(&box);

	box_size(&box, f, FRAME);
	next_sent(f);
	answer(f, FRAME, 0, OMV_OP_SIZE, "\1\2", 2);
	expect_result(&box, -EPROTO);
	expect_no_link(f);
	box_free(&box);

	box_make(&box, f, OMV_OP_POLL, 0, 0, 0, 4);
	assert_int_equal(box_submit(&box), 0);
	next_sent(f);
	answer(f, 0, 0, OMV_OP_POLL, "\1\2", 2);
	expect_result(&box, -EPROTO);
	expect_no_link(f);
	box_free(&box);
}

/* An event interleaved with the response, at every byte. */
static void t21_interleaved_event(void **state)
{
	struct fixture *f = *state;
	u8 event[16], stream[64];
	struct box box;
	u32 cut, len;

	for (cut = 1; cut < sizeof(event); cut++) {
		make_packet(event, f->seq, FRAME, OMV_F_EVENT,
			    OMV_OP_CHANNEL_EVENT, "\1\0", 2);
		box_size(&box, f, FRAME);
		next_sent(f);
		memcpy(stream, event, cut);
		len = cut + make_packet(stream + cut, f->seq++, FRAME, 0,
					OMV_OP_SIZE, "\1\2\3\4", 4);
		memcpy(stream + len, event + cut, sizeof(event) - cut);
		give_bytes(f, stream, len + sizeof(event) - cut);
		expect_result(&box, 0);
		assert_int_equal(load(box.buf, 4), 0x04030201);
		box_free(&box);
		/*
		 * A rest that begins like a packet is dropped after the
		 * timeout.
		 */
		advance(f, OMV_PARSER_TIMEOUT_MS);
	}
	expect_no_link(f);
	expect_nothing_sent(f);
}

/*
 * STOP is acknowledged even if nothing stops: events and POLL show it (T-23,
 * T-24).
 */
static void t25_ask_again(void **state)
{
	struct fixture *f = *state;
	struct box box;

	box_make(&box, f, OMV_OP_IOCTL, 1, OMV_STDIN_STOP, 0, 0);
	assert_int_equal(box_submit(&box), 0);
	next_sent(f);
	answer(f, 1, OMV_F_ACK, OMV_OP_IOCTL, NULL, 0);
	expect_result(&box, 0);
	/* The table does not change. */
	assert_non_null(omv_host_find(&f->host, "frame"));
	box_make(&box, f, OMV_OP_POLL, 0, 0, 0, 4);
	assert_int_equal(box_submit(&box), 0);
	expect_sent(f, 5, 0, 0, OMV_OP_POLL, 0);
	answer_u32(f, 0, OMV_OP_POLL, 0x12);
	expect_result(&box, 0);
	assert_int_equal(load(box.buf, 4), 0x12);
	give_event(f, 1, 0);
	assert_int_equal(f->events[0].channel, 1);
	assert_int_equal(f->events[0].value, 0);
	box_free(&box);
}

/* An event with ACK delays the response: the request must not be repeated. */
static void t27_delayed_by_an_event(void **state)
{
	struct fixture *f = *state;
	struct box box;

	box_size(&box, f, FRAME);
	next_sent(f);
	give(f, f->seq, FRAME, OMV_F_EVENT | OMV_F_ACK_REQ,
	     OMV_OP_CHANNEL_EVENT, "\1\0", 2);
	expect_sent(f, f->seq, FRAME, OMV_F_ACK, OMV_OP_CHANNEL_EVENT, 0);
	advance(f, 2000);
	expect_nothing_sent(f);
	answer_u32(f, FRAME, OMV_OP_SIZE, 1);
	expect_result(&box, 0);
	box_free(&box);
}

/* Each copy is acknowledged once; the packet is delivered and counted once. */
static void t28_retransmission(void **state)
{
	struct fixture *f = *state;
	struct box box;
	unsigned int i;

	box_read(&box, f, FRAME, 8);
	next_sent(f);
	answer(f, FRAME, OMV_F_FRAGMENT | OMV_F_ACK_REQ, OMV_OP_READ, "abcd",
	       4);
	expect_sent(f, 4, FRAME, OMV_F_ACK, OMV_OP_READ, 0);
	for (i = 0; i < 3; i++) {
		give(f, 4, FRAME,
		     OMV_F_FRAGMENT | OMV_F_ACK_REQ | OMV_F_RTX, OMV_OP_READ,
		     "abcd", 4);
		expect_sent(f, 4, FRAME, OMV_F_ACK, OMV_OP_READ, 0);
		expect_nothing_sent(f);
	}
	expect_open(&box);
	answer(f, FRAME, OMV_F_ACK_REQ, OMV_OP_READ, "efgh", 4);
	expect_sent(f, 5, FRAME, OMV_F_ACK, OMV_OP_READ, 0);
	expect_result(&box, 0);
	assert_memory_equal(box.buf, "abcdefgh", 8);
	assert_int_equal(f->host.stats.stray, 3);
	box_free(&box);
}

/* If the first copy was lost, the second one is delivered. */
static void rtx_with_the_right_seq(void **state)
{
	struct fixture *f = *state;
	struct box box;

	box_size(&box, f, FRAME);
	next_sent(f);
	answer(f, FRAME, OMV_F_RTX, OMV_OP_SIZE, "\1\0\0\0", 4);
	expect_result(&box, 0);
	expect_no_link(f);
	box_free(&box);
}

/* The packet advances the counter, but is not the response. */
static void t29_other_opcode(void **state)
{
	struct fixture *f = *state;
	struct box box;

	box_size(&box, f, FRAME);
	next_sent(f);
	answer_u32(f, CONFIG, OMV_OP_SIZE, 1);
	answer(f, FRAME, OMV_F_ACK, OMV_OP_WRITE, NULL, 0);
	answer_nak(f, FRAME, OMV_OP_READ, OMV_ST_FAILED);
	expect_open(&box);
	answer_u32(f, FRAME, OMV_OP_SIZE, 9);
	expect_result(&box, 0);
	assert_int_equal(load(box.buf, 4), 9);
	assert_int_equal(f->host.stats.stray, 3);
	expect_no_link(f);
	box_free(&box);
}

static void entry(u8 *list, unsigned int row, u8 id, u8 flags,
		  const char *name, u32 len)
{
	list += row * 16;
	memset(list, 0, 16);
	list[0] = id;
	list[1] = flags;
	memcpy(list + 2, name, len);
}

static void relist(struct fixture *f, const u8 *list, u32 len)
{
	give_event(f, 0, OMV_EV_REGISTERED);
	advance(f, OMV_RELIST_MS);
	expect_sent(f, f->seq, 0, 0, OMV_OP_LIST, 0);
	answer(f, 0, 0, OMV_OP_LIST, list, len);
}

static void t31_names(void **state)
{
	static const char bytes[] = "\x01/..\xff\x80%n\n\t \"'";
	struct fixture *f = *state;
	u8 list[7 * 16];

	entry(list, 0, 0, 0x40, "usb", 3);
	entry(list, 1, 4, 0x21, "frame", 5);
	entry(list, 2, 5, 0x21, "unterminated!!", 14);
	entry(list, 3, 6, 0x21, bytes, 13);
	entry(list, 4, 7, 0x21, "frame", 5);
	entry(list, 5, 32, 0x21, "too far", 7);
	entry(list, 6, 8, 0x21, "", 0);
	relist(f, list, sizeof(list));
	expect_link(f, OMV_LINK_CHANNELS);
	assert_int_equal(f->host.channel_count, 5);
	/* Of two channels with the same name the last one is found. */
	assert_int_equal(omv_host_find(&f->host, "frame")->id, 7);
	assert_int_equal(omv_host_find(&f->host, "unterminated!")->id, 5);
	assert_null(omv_host_find(&f->host, "unterminated!!"));
	assert_int_equal(omv_host_find(&f->host, bytes)->id, 6);
	assert_int_equal(omv_host_find(&f->host, "")->id, 8);
	assert_null(omv_host_find(&f->host, "too far"));

	/* Ids are reused for other channels. */
	entry(list, 1, 4, 0x23, "config", 6);
	entry(list, 2, 5, 0x21, "frame", 5);
	relist(f, list, 3 * 16);
	expect_link(f, OMV_LINK_CHANNELS);
	assert_int_equal(omv_host_find(&f->host, "frame")->id, 5);
	assert_int_equal(omv_host_find(&f->host, "config")->id, 4);
	/* The same list again, then one cut within an entry. */
	relist(f, list, 3 * 16);
	expect_no_link(f);
	advance(f, OMV_RELIST_MS);
	expect_sent(f, f->seq, 0, 0, OMV_OP_LIST, 0);
	answer(f, 0, 0, OMV_OP_LIST, list, 2 * 16 + 15);
	expect_link(f, OMV_LINK_CHANNELS);
	assert_int_equal(f->host.channel_count, 1);
	/* An empty list is a data response of length 0 (T-34). */
	relist(f, list, 0);
	expect_link(f, OMV_LINK_CHANNELS);
	assert_int_equal(f->host.channel_count, 0);
}

/* The maximum number of channels, and more. */
static void full_channel_table(void **state)
{
	struct fixture *f = *state;
	u8 list[33 * 16];
	unsigned int i;

	for (i = 0; i < 33; i++)
		entry(list, i, i, 0x21, "same", 4);
	relist(f, list, 32 * 16);
	expect_link(f, OMV_LINK_CHANNELS);
	assert_int_equal(f->host.channel_count, 31);
	assert_int_equal(omv_host_find(&f->host, "same")->id, 31);
	relist(f, list, 33 * 16);
	expect_recovery(f);
}

/* No retransmission with ack off: the request fails after its timeout. */
static void t33_damaged_payload(void **state)
{
	struct fixture *f = *state;
	u8 packet[32];
	struct box box;
	u32 len;

	box_read(&box, f, FRAME, 8);
	next_sent(f);
	len = make_packet(packet, f->seq, FRAME, 0, OMV_OP_READ, "abcdefgh", 8);
	packet[12] ^= 1;
	give_bytes(f, packet, len);
	expect_open(&box);
	advance(f, OMV_REQUEST_TIMEOUT_MS);
	expect_result(&box, -ETIMEDOUT);
	expect_recovery(f);
	box_free(&box);
}

/* A missing fragment must not be replaced by the next one. */
static void t33_damaged_fragment(void **state)
{
	struct fixture *f = *state;
	struct box box;

	box_read(&box, f, FRAME, 12);
	next_sent(f);
	answer(f, FRAME, OMV_F_FRAGMENT, OMV_OP_READ, "abcd", 4);
	f->seq++;
	answer(f, FRAME, 0, OMV_OP_READ, "ijkl", 4);
	expect_result(&box, -ECONNRESET);
	assert_int_equal(box.req.received, 4);
	expect_recovery(f);
	box_free(&box);
}

static void t34_empty_data_response(void **state)
{
	struct fixture *f = *state;
	struct box box;

	box_make(&box, f, OMV_OP_SHAPE, FRAME, 0, 0, 16);
	assert_int_equal(box_submit(&box), 0);
	expect_sent(f, 4, FRAME, 0, OMV_OP_SHAPE, 0);
	answer(f, FRAME, 0, OMV_OP_SHAPE, NULL, 0);
	expect_result(&box, 0);
	assert_int_equal(box.req.received, 0);
	box_free(&box);
	/* The success of a WRITE may have the same form. */
	box_write(&box, f, CONFIG, "50");
	next_sent(f);
	answer(f, CONFIG, 0, OMV_OP_WRITE, NULL, 0);
	expect_result(&box, 0);
	expect_no_link(f);
}

/* Data for which the request has no memory. */
static void t34_data_for_nobody(void **state)
{
	struct fixture *f = *state;
	struct box box;

	box_make(&box, f, OMV_OP_SHAPE, FRAME, 0, 0, 0);
	box.req.size = 16;
	assert_int_equal(box_submit(&box), 0);
	next_sent(f);
	answer_u32(f, FRAME, OMV_OP_SHAPE, 240);
	expect_result(&box, 0);
	expect_no_link(f);
}

/* An idle session sends nothing, in particular no SYNC. */
static void t35_idle(void **state)
{
	struct fixture *f = *state;

	assert_true(omv_host_deadline(&f->host) == U64_MAX);
	advance(f, 3600000);
	expect_nothing_sent(f);
	expect_no_link(f);
}

/* ---- the script (17.1.9) ----------------------------------------------- */

static void soft_reboot(void **state)
{
	struct fixture *f = *state;
	struct box box, queued;

	box_write(&box, f, CONFIG, "50");
	box_size(&queued, f, FRAME);
	next_sent(f);
	give_event(f, 0, OMV_EV_SOFT_REBOOT);
	/* The first may have been executed, the second was not. */
	expect_result(&box, -ECONNRESET);
	expect_result(&queued, -EAGAIN);
	expect_link(f, OMV_LINK_DOWN);
	assert_null(omv_host_find(&f->host, "frame"));
	assert_int_equal(f->host.channel_count, 3);
	assert_null(omv_host_find(&f->host, "stdin"));
	assert_int_equal(box_submit(&box), -EAGAIN);
	advance(f, OMV_REBOOT_PAUSE_MS - 1);
	expect_nothing_sent(f);
	advance(f, 1);
	handshake(f);
	box_free(&queued);
}

/* A soft reboot may take five seconds without a response. */
static void slow_soft_reboot(void **state)
{
	struct fixture *f = *state;
	u64 start = f->now;

	give_event(f, 0, OMV_EV_SOFT_REBOOT);
	expect_link(f, OMV_LINK_DOWN);
	while (f->now - start < 5000) {
		advance(f, 500);
		expect_sync(f);
	}
	expect_no_link(f);
	f->sent_seen--;
	handshake(f);
}

/* Reboots during the handshake and during a SYNC. */
static void reboots_in_a_row(void **state)
{
	struct fixture *f = *state;

	give_event(f, 0, OMV_EV_SOFT_REBOOT);
	expect_link(f, OMV_LINK_DOWN);
	advance(f, OMV_REBOOT_PAUSE_MS);
	expect_sync(f);
	give_event(f, 0, OMV_EV_SOFT_REBOOT);
	advance(f, OMV_REBOOT_PAUSE_MS);
	expect_sync(f);
	accept_sync(f);
	give_event(f, 0, OMV_EV_SOFT_REBOOT);
	expect_nothing_sent(f);
	advance(f, OMV_REBOOT_PAUSE_MS);
	handshake(f);
	expect_no_link(f);
}

/*
 * Events of channels that are still in the table are reported when the session
 * is up.
 */
static void events_without_a_session(void **state)
{
	struct fixture *f = *state;

	give_event(f, 0, OMV_EV_SOFT_REBOOT);
	expect_link(f, OMV_LINK_DOWN);
	give_event(f, 1, 0);
	advance(f, OMV_REBOOT_PAUSE_MS);
	give_event(f, 1, 1);
	expect_sync(f);
	accept_sync(f);
	give_event(f, 1, 0);
	assert_int_equal(f->event_count, 0);
	expect_nothing_sent(f);
}

static void registered(void **state)
{
	struct fixture *f = *state;
	u8 list[7 * 16];

	memcpy(list, omv_vectors_list[1].bytes + 10, 6 * 16);
	entry(list, 6, 6, 0x21, "histogram", 9);
	advance(f, 1000);
	give_event(f, 0, OMV_EV_REGISTERED);
	expect_sent(f, 4, 0, 0, OMV_OP_LIST, 0);
	/*
	 * The channel is not visible yet: LIST is repeated a little later
	 * (8.3).
	 */
	answer_list(f);
	expect_no_link(f);
	expect_nothing_sent(f);
	advance(f, OMV_RELIST_MS);
	expect_sent(f, 5, 0, 0, OMV_OP_LIST, 0);
	answer(f, 0, 0, OMV_OP_LIST, list, sizeof(list));
	expect_link(f, OMV_LINK_CHANNELS);
	assert_int_equal(omv_host_find(&f->host, "histogram")->id, 6);
	/* Then there are no further LISTs. */
	advance(f, 10000);
	expect_nothing_sent(f);
}

/* No known firmware sends UNREGISTERED, but it is handled. */
static void unregistered(void **state)
{
	struct fixture *f = *state;
	u8 list[5 * 16];

	memcpy(list, omv_vectors_list[1].bytes + 10, sizeof(list));
	advance(f, 1000);
	give_event(f, 0, OMV_EV_UNREGISTERED);
	expect_sent(f, 4, 0, 0, OMV_OP_LIST, 0);
	answer(f, 0, 0, OMV_OP_LIST, list, sizeof(list));
	expect_link(f, OMV_LINK_CHANNELS);
	assert_null(omv_host_find(&f->host, "config"));
}

/* LIST is repeated, but not forever. */
static void registered_in_vain(void **state)
{
	struct fixture *f = *state;

	advance(f, 1000);
	give_event(f, 0, OMV_EV_REGISTERED);
	expect_sent(f, 4, 0, 0, OMV_OP_LIST, 0);
	answer_list(f);
	advance(f, OMV_RELIST_MS);
	expect_sent(f, 5, 0, 0, OMV_OP_LIST, 0);
	answer_list(f);
	advance(f, 10000);
	expect_nothing_sent(f);
	expect_no_link(f);
}

/* LIST must wait for the outstanding response. */
static void registered_while_busy(void **state)
{
	struct fixture *f = *state;
	struct box box, next;

	advance(f, 1000);
	box_size(&box, f, FRAME);
	box_size(&next, f, CONFIG);
	next_sent(f);
	give_event(f, 0, OMV_EV_REGISTERED);
	expect_nothing_sent(f);
	answer_u32(f, FRAME, OMV_OP_SIZE, 1);
	expect_sent(f, 5, 0, 0, OMV_OP_LIST, 0);
	expect_nothing_sent(f);
	answer_list(f);
	expect_sent(f, 6, CONFIG, 0, OMV_OP_SIZE, 0);
	answer_u32(f, CONFIG, OMV_OP_SIZE, 1);
	expect_result(&box, 0);
	expect_result(&next, 0);
	box_free(&box);
	box_free(&next);
}

/*
 * An event of an unknown channel causes one LIST, even if the channel is not in
 * it.
 */
static void unknown_channel(void **state)
{
	struct fixture *f = *state;

	advance(f, 1000);
	give_event(f, 20, 1);
	expect_sent(f, 4, 0, 0, OMV_OP_LIST, 0);
	answer_list(f);
	advance(f, 1000);
	expect_nothing_sent(f);
	expect_no_link(f);
}

static void list_refused(void **state)
{
	struct fixture *f = *state;

	advance(f, 1000);
	give_event(f, 0, OMV_EV_REGISTERED);
	next_sent(f);
	answer_nak(f, 0, OMV_OP_LIST, OMV_ST_INVALID);
	expect_no_link(f);
	assert_int_equal(f->host.channel_count, 5);
	advance(f, 10000);
	expect_nothing_sent(f);
}

/* A failed LIST must not be repeated for the next event (T-18). */
static void t18_list_refused(void **state)
{
	struct fixture *f = *state;
	unsigned int i, lists = 0;

	advance(f, 1000);
	for (i = 0; i < 1000; i++) {
		give_event(f, 20, 1);
		advance(f, 1);
		while (f->sent_seen < f->sent_count) {
			expect_sent(f, f->seq, 0, 0, OMV_OP_LIST, 0);
			answer_nak(f, 0, OMV_OP_LIST, OMV_ST_INVALID);
			lists++;
		}
	}
	assert_in_range(lists, 1, 1000 / OMV_RELIST_MS + 2);
}

/* Unusual events must cause no request. */
static void odd_events(void **state)
{
	struct fixture *f = *state;

	/* Payloads that are too long: the first two bytes count. */
	give(f, f->seq, FRAME, OMV_F_EVENT, OMV_OP_CHANNEL_EVENT, "\1\2\3\4",
	     4);
	assert_int_equal(f->events[0].value, 0x0201);
	/* A payload of one byte is ignored. */
	give(f, f->seq, FRAME, OMV_F_EVENT, OMV_OP_CHANNEL_EVENT, "\1", 1);
	assert_int_equal(f->events[1].value, OMV_EV_NOTIFY);
	/* An event with another opcode. */
	give(f, f->seq, FRAME, OMV_F_EVENT, OMV_OP_READ, "\1\0", 2);
	assert_int_equal(f->event_count, 2);
	expect_no_link(f);
}

/* Unexpected packets are counted; one with a wrong seq restarts the session. */
static void unasked(void **state)
{
	struct fixture *f = *state;

	answer_u32(f, FRAME, OMV_OP_SIZE, 1);
	assert_int_equal(f->host.seq, 5);
	expect_no_link(f);
	give(f, 77, FRAME, 0, OMV_OP_SIZE, "\1\0\0\0", 4);
	expect_recovery(f);
}

#define STOPPED(name) \
	cmocka_unit_test_setup_teardown(name, setup_stopped, teardown)
#define CONNECTED(name) \
	cmocka_unit_test_setup_teardown(name, setup_connected, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STOPPED(vectors_connect),
		CONNECTED(vectors_list),
		CONNECTED(vectors_frame),
		CONNECTED(vectors_stream),
		CONNECTED(vectors_config_write),
		CONNECTED(vectors_config_read),
		CONNECTED(vectors_script),
		CONNECTED(vectors_text),
		CONNECTED(vectors_widgets),
		CONNECTED(vectors_ack),
		CONNECTED(vectors_naks),
		STOPPED(silence),
		CONNECTED(silence_after_a_fault),
		STOPPED(lost_and_rebooted),
		STOPPED(answered_late),
		STOPPED(leftovers),
		STOPPED(false_sync_acks),
		STOPPED(transfer_goes_on_after_sync),
		STOPPED(transfer_goes_on_later),
		STOPPED(strays_in_a_row),
		STOPPED(transfer_without_end),
		STOPPED(strays_of_a_lost_session),
		STOPPED(two_sync_acks),
		STOPPED(two_sync_acks_at_once),
		STOPPED(handshake_step_lost),
		STOPPED(events_in_a_handshake_step),
		STOPPED(short_version),
		STOPPED(handshake_refused),
		STOPPED(impossible_caps),
		STOPPED(huge_caps),
		STOPPED(small_caps),
		STOPPED(registered_during_handshake),
		STOPPED(registered_during_handshake_in_vain),
		CONNECTED(registered_before_handshake),
		CONNECTED(one_at_a_time),
		CONNECTED(submitted_by_its_own_completion),
		CONNECTED(counter_wraps),
		CONNECTED(payload_goes_straight),
		CONNECTED(payload_goes_elsewhere),
		CONNECTED(response_before_request),
		CONNECTED(statistics),
		CONNECTED(refused_submissions),
		CONNECTED(largest_requests),
		CONNECTED(nak_results),
		CONNECTED(cancelled_while_queued),
		CONNECTED(cancelled_while_active),
		CONNECTED(cancelled_and_unanswered),
		CONNECTED(timeout_within_a_packet),
		CONNECTED(stop_completes_all),
		CONNECTED(used_again),
		CONNECTED(starts_afresh),
		CONNECTED(stopped_by_a_callback),
		CONNECTED(stopped_by_link_down),
		CONNECTED(no_room_to_send),
		CONNECTED(t1_ack_when_asked),
		CONNECTED(t1_ack_without_a_session),
		CONNECTED(t2_more_than_asked_for),
		CONNECTED(fragments_of_nothing),
		CONNECTED(t3_partial_read),
		CONNECTED(t5_nak_in_a_response),
		CONNECTED(t6_timeout),
		CONNECTED(t6_sequence_nak),
		CONNECTED(t6_sequence_nak_for_nobody),
		CONNECTED(t7_low_sequence),
		CONNECTED(t7_ack_is_back),
		CONNECTED(t7_ack_is_back_in_an_event),
		CONNECTED(t7_sync_ack_out_of_turn),
		CONNECTED(t7_length_limit),
		CONNECTED(t9_truncated_packet),
		CONNECTED(tick_too_early),
		CONNECTED(t12_failed_write),
		CONNECTED(t15_no_channel_0),
		CONNECTED(t16_busy),
		CONNECTED(t17_notify),
		CONNECTED(t18_event_storm),
		CONNECTED(t19_events_while_waiting),
		CONNECTED(t19_timer),
		CONNECTED(slow_fragments),
		CONNECTED(slow_fragments_between_events),
		CONNECTED(t20_short_response),
		CONNECTED(t21_interleaved_event),
		CONNECTED(t25_ask_again),
		CONNECTED(t27_delayed_by_an_event),
		CONNECTED(t28_retransmission),
		CONNECTED(rtx_with_the_right_seq),
		CONNECTED(t29_other_opcode),
		CONNECTED(t31_names),
		CONNECTED(full_channel_table),
		CONNECTED(t33_damaged_payload),
		CONNECTED(t33_damaged_fragment),
		CONNECTED(t34_empty_data_response),
		CONNECTED(t34_data_for_nobody),
		CONNECTED(t35_idle),
		CONNECTED(soft_reboot),
		CONNECTED(slow_soft_reboot),
		CONNECTED(reboots_in_a_row),
		CONNECTED(events_without_a_session),
		CONNECTED(registered),
		CONNECTED(unregistered),
		CONNECTED(registered_in_vain),
		CONNECTED(registered_while_busy),
		CONNECTED(unknown_channel),
		CONNECTED(list_refused),
		CONNECTED(t18_list_refused),
		CONNECTED(odd_events),
		CONNECTED(unasked),
	};

	return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
