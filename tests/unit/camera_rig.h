/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A camera on USB/IP and a host that uses the protocol, for tests without a kernel in between.
 */
#ifndef CAMERA_RIG_H
#define CAMERA_RIG_H

#include "usbip_host.h"

#include "../../firmware/camera/camera.h"
#include "../lib/picture.c"	/* tells the pictures' numbers and qualities */

#define PATIENCE_MS	5000
#define IN_SIZE		16384
#define MAX_DATA	(1 << 20)

/* A response, assembled from its packets. */
struct reply {
	u8 flags;		/* flags of the last packet */
	u16 status;		/* status of a NAK, else 0 */
	u32 packets;		/* number of packets with data */
	u32 len;
	u8 data[MAX_DATA];
};

struct rig {
	struct host host;
	struct port_identity id;
	const struct usb_layout *l;
	struct camera *cam;
	u32 urb;
	struct omv_parser parser;
	u8 seq;
	u8 op;
	bool done;
	struct reply reply;
	u32 events[256];	/* number of events of each channel */
	u16 last_event[256];
	u32 reboots;
	u16 max_payload;	/* as reported by GET_CAPS */
	u8 raw[MAX_DATA];	/* bytes received while the protocol was inactive */
	u32 raw_len;
};

static inline void on_packet(void *ctx, const struct omv_packet *pkt)
{
	struct rig *r = ctx;
	struct reply *a = &r->reply;
	u16 value = 0;

	if (pkt->length >= 2)
		value = pkt->payload[0] | pkt->payload[1] << 8;
	if (pkt->flags & OMV_F_EVENT) {
		if (pkt->opcode == OMV_OP_CHANNEL_EVENT) {
			r->events[pkt->channel]++;
			r->last_event[pkt->channel] = pkt->length ? value : OMV_EV_NOTIFY;
		} else if (value == OMV_EV_SOFT_REBOOT) {
			r->reboots++;
		}
		return;
	}
	assert_int_equal(pkt->opcode, r->op);
	r->seq = pkt->seq + 1;
	a->flags = pkt->flags;
	if (pkt->flags & OMV_F_NAK) {
		a->status = value;
	} else if (pkt->length) {
		a->packets++;
		assert_true(a->len + pkt->length <= MAX_DATA);
		memcpy(a->data + a->len, pkt->payload, pkt->length);
		a->len += pkt->length;
	}
	r->done = !(pkt->flags & OMV_F_FRAGMENT);
}

static inline u8 *on_payload(void *ctx, const struct omv_packet *pkt)
{
	(void)ctx;
	(void)pkt;
	return NULL;
}

static const struct omv_parser_ops parser_ops = {
	.payload = on_payload,
	.packet = on_packet,
};

static inline void rig_turn(void *ctx)
{
	struct rig *r = ctx;

	camera_run(r->cam);
}

/* One iteration of the main loop. A transfer for data of the camera is always pending. */
static inline void turn(struct rig *r)
{
	struct answer *a;

	if (!r->urb)
		r->urb = host_submit(&r->host, r->l->cdc_ep, true, IN_SIZE, NULL, 0, NULL);
	assert_int_equal(host_turn(&r->host), 0);
	a = &r->host.answers[r->urb];
	if (a->there) {
		r->urb = 0;
		if (r->cam->active)
			omv_parser_input(&r->parser, a->data, a->actual, 0);
		assert_true(r->raw_len + a->actual <= MAX_DATA);
		if (!r->cam->active)
			memcpy(r->raw + r->raw_len, a->data, a->actual);
		r->raw_len += r->cam->active ? 0 : a->actual;
		free(a->data);
		a->data = NULL;
	} else {
		usleep(200);
	}
}

static inline void rest(struct rig *r, u32 ms)
{
	u64 end = port_now() + ms * 1000000ull;

	while (port_now() < end)
		turn(r);
}

#define wait_until(r, condition)						\
	do {									\
		u64 end_ = port_now() + PATIENCE_MS * 1000000ull;		\
										\
		while (!(condition)) {						\
			assert_true(port_now() < end_);				\
			turn(r);						\
		}								\
	} while (0)

static inline const struct reply *request(struct rig *r, u8 channel, u8 op,
					  const void *payload, u16 len)
{
	static u8 buf[OMV_MAX_PACKET];
	struct omv_packet pkt = {
		.seq = op == OMV_OP_SYNC ? 0 : r->seq,
		.channel = channel,
		.opcode = op,
		.length = len,
		.payload = payload,
	};
	u32 n;

	r->op = op;
	r->done = false;
	r->reply.len = r->reply.packets = r->reply.flags = r->reply.status = 0;
	n = host_submit(&r->host, r->l->cdc_ep, false, omv_packet_encode(buf, &pkt), buf, 0x40,
			NULL);
	wait_until(r, r->done);
	host_wait(&r->host, n);
	return &r->reply;
}

static inline void set_caps(struct rig *r, u32 flags)
{
	struct omv_caps caps;

	/* The response to GET_CAPS has ACK_REQ: the host must send an ACK. */
	assert_int_equal(request(r, 0, OMV_OP_GET_CAPS, NULL, 0)->len, sizeof(caps));
	memcpy(&caps, r->reply.data, sizeof(caps));
	r->max_payload = le16_to_cpu(caps.max_payload);
	if (r->reply.flags & OMV_F_ACK_REQ) {
		struct omv_packet ack = {
			.seq = r->seq - 1, .opcode = OMV_OP_GET_CAPS, .flags = OMV_F_ACK,
		};
		u8 buf[OMV_HDR_SIZE];

		host_submit(&r->host, r->l->cdc_ep, false, omv_packet_encode(buf, &ack), buf, 0,
			    NULL);
	}
	caps.flags = cpu_to_le32(flags);
	caps.max_payload = cpu_to_le16(r->cam->opt.board->rbuf - OMV_OVERHEAD);
	assert_int_equal(request(r, 0, OMV_OP_SET_CAPS, &caps, sizeof(caps))->flags, OMV_F_ACK);
}

static inline void sync_up(struct rig *r)
{
	assert_int_equal(request(r, 0, OMV_OP_SYNC, NULL, 0)->flags, OMV_F_ACK);
	r->seq = 0;
	set_caps(r, OMV_CAP_CRC | OMV_CAP_SEQ | OMV_CAP_EVENTS);
}

static inline struct camera_options defaults(void)
{
	struct camera_options o = {
		.board = board_find("OPENMV_RT1060"),
		.source = { .spec = "pattern" },
		.serial = "0123456789ABCDEF01234567",
		.script = script_default,
	};

	o.script.width = 320;
	o.script.height = 240;
	o.script.fps = 200;
	return o;
}

static inline struct rig *plug(const struct camera_options *opt)
{
	struct rig *r = calloc(1, sizeof(*r));
	struct usb_port_options usb = { 0 };
	char why[512];

	assert_non_null(r);
	r->id = opt->board->id;
	r->id.serial = opt->serial;
	r->l = usb_layout(&r->id);
	usb.id = &r->id;
	r->cam = camera_new(opt, why, sizeof(why));
	if (!r->cam)
		fail_msg("%s", why);
	omv_parser_init(&r->parser, &parser_ops, r);
	host_plug(&r->host, &usb, &camera_upper, r->cam);
	r->host.turn = rig_turn;
	r->host.ctx = r;
	camera_plug(r->cam, r->host.port);
	return r;
}

static inline struct rig *start(const struct camera_options *opt)
{
	struct rig *r = plug(opt);

	host_line_coding(&r->host, r->l, 921600);
	host_line_state(&r->host, r->l, 3);
	sync_up(r);
	return r;
}

static inline void stop(struct rig *r)
{
	camera_plug(r->cam, NULL);
	host_unplug(&r->host);
	camera_free(r->cam);
	free(r);
}

static inline u32 size_of(struct rig *r, u8 channel)
{
	const struct reply *a = request(r, channel, OMV_OP_SIZE, NULL, 0);

	assert_int_equal(a->len, 4);
	return a->data[0] | a->data[1] << 8 | a->data[2] << 16 | (u32)a->data[3] << 24;
}

static inline u32 poll_bits(struct rig *r)
{
	const struct reply *a = request(r, 0, OMV_OP_POLL, NULL, 0);

	assert_int_equal(a->len, 4);
	return a->data[0] | a->data[1] << 8;
}

static inline const struct reply *read_at(struct rig *r, u8 channel, u32 offset, u32 length)
{
	struct omv_range range = { cpu_to_le32(offset), cpu_to_le32(length) };

	return request(r, channel, OMV_OP_READ, &range, sizeof(range));
}

static inline const struct reply *write_bytes(struct rig *r, u8 channel, u32 offset,
					      const void *data, u32 len)
{
	struct omv_range range = { cpu_to_le32(offset), cpu_to_le32(len) };
	u8 buf[OMV_MAX_PAYLOAD];

	memcpy(buf, &range, sizeof(range));
	memcpy(buf + sizeof(range), data, len);
	return request(r, channel, OMV_OP_WRITE, buf, sizeof(range) + len);
}

static inline const struct reply *write_text(struct rig *r, u8 channel, u32 offset,
					     const char *text)
{
	return write_bytes(r, channel, offset, text, strlen(text));
}

static inline const struct reply *ioctl_words(struct rig *r, u8 channel, u32 code, u32 count,
					      u32 a, u32 b)
{
	__le32 words[3] = { cpu_to_le32(code), cpu_to_le32(a), cpu_to_le32(b) };

	return request(r, channel, OMV_OP_IOCTL, words, 4 + 4 * count);
}

#define assert_ack(got)	assert_int_equal((got)->flags, OMV_F_ACK)
#define assert_nak(got, st)							\
	do {									\
		const struct reply *nak_ = (got);				\
										\
		assert_true(nak_->flags & OMV_F_NAK);				\
		assert_int_equal(nak_->status, st);				\
	} while (0)

enum { STDIN = 1, STDOUT, STREAM, FRAME, CONFIG };

/* Fetch the latched frame, or the next one. */
static inline struct picture_info fetch(struct rig *r)
{
	struct picture_info info;
	u32 size;

	wait_until(r, poll_bits(r) & 1 << FRAME);
	size = size_of(r, FRAME);
	assert_int_equal(read_at(r, FRAME, 0, size)->len, size);
	picture_next(r->reply.data, size, &info);
	assert_int_equal(info.len, size);
	return info;
}

static inline void assert_entry(const u8 *entry, u8 id, u8 flags, const char *name)
{
	char padded[14] = { 0 };

	memcpy(padded, name, strlen(name));
	assert_int_equal(entry[0], id);
	assert_int_equal(entry[1], flags);
	assert_memory_equal(entry + 2, padded, sizeof(padded));
}

#endif /* CAMERA_RIG_H */
