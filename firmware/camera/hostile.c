// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "hostile.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define HUGE_SIZE		(64u << 20)
#define CHANGE_AT		50
#define STORM_PERIOD_NS		1000000
#define SHORT_CHUNK		100

static const struct {
	const char *name;
	u32 kind;
} kinds[] = {
	{ "caps-zero", BAD_CAPS_ZERO },
	{ "caps-huge", BAD_CAPS_HUGE },
	{ "size-huge", BAD_SIZE_HUGE },
	{ "big-frame", BAD_BIG_FRAME },
	{ "empty-frame", BAD_EMPTY_FRAME },
	{ "not-jpeg", BAD_NOT_JPEG },
	{ "cut-jpeg", BAD_CUT_JPEG },
	{ "nak-read", BAD_NAK_READ },
	{ "unknown-event", BAD_UNKNOWN_EVENT },
	{ "event-storm", BAD_EVENT_STORM },
	{ "torn", BAD_TORN },
	{ "short-read", BAD_SHORT_READ },
	{ "short-chunk", BAD_SHORT_CHUNK },
};

static bool parse_size_change(struct hostile_options *opt, const char *word)
{
	u32 width, height, at = CHANGE_AT;
	char rest;

	if (sscanf(word, "size-change:%5ux%5u%c", &width, &height, &rest) != 2 &&
	    sscanf(word, "size-change:%5ux%5u@%9u%c", &width, &height, &at, &rest) != 3)
		return false;
	opt->kinds |= BAD_SIZE_CHANGE;
	opt->width = width;
	opt->height = height;
	opt->change_at = at;
	return true;
}

static bool parse_one(struct hostile_options *opt, const char *word)
{
	if (parse_size_change(opt, word))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!strcmp(kinds[i].name, word)) {
			opt->kinds |= kinds[i].kind;
			return true;
		}
	}
	return false;
}

bool hostile_parse(struct hostile_options *opt, const char *arg, char *why, size_t size)
{
	char words[256], *save = NULL;
	int len;

	snprintf(words, sizeof(words), "%s", arg);
	for (char *w = strtok_r(words, ",", &save); w; w = strtok_r(NULL, ",", &save)) {
		if (parse_one(opt, w))
			continue;
		len = snprintf(why, size,
			       "unknown kind \"%s\"; must be one of size-change:WxH[@FRAME]", w);
		for (size_t i = 0; i < ARRAY_SIZE(kinds) && len < (int)size; i++)
			len += snprintf(why + len, size - len, ", %s", kinds[i].name);
		return false;
	}
	return true;
}

bool hostile_wants_read(const struct hostile_options *opt)
{
	return opt->kinds & (BAD_NAK_READ | BAD_SHORT_CHUNK);
}

static void *huge_memory(void)
{
	void *p = mmap(NULL, HUGE_SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

bool hostile_init(struct hostile *h, const struct hostile_options *opt,
		  const struct source_options *source, char *why, size_t size)
{
	struct source_options later = *source;

	*h = (struct hostile){ .opt = *opt };
	if (opt->kinds & BAD_BIG_FRAME) {
		h->huge = huge_memory();
		if (!h->huge) {
			snprintf(why, size, "out of memory");
			return false;
		}
	}
	if (opt->kinds & BAD_SIZE_CHANGE) {
		later.width = opt->width;
		later.height = opt->height;
		h->later = source_open(&later, why, size);
		return h->later;
	}
	return true;
}

void hostile_free(struct hostile *h)
{
	source_close(h->later);
	jpeg_put(h->last);
	if (h->huge)
		munmap(h->huge, HUGE_SIZE);
}

struct source *hostile_source(struct hostile *h, u32 number, struct source *source)
{
	return h->later && number >= h->opt.change_at ? h->later : source;
}

/* Pictures. */

static struct jpeg *no_jpeg(const struct jpeg *jpeg)
{
	static const char text[] = "This is not a JPEG. ";
	struct jpeg *bad = jpeg_new(jpeg->width, jpeg->height, NULL, jpeg->len);

	for (u32 i = 0; i < bad->len; i++)
		bad->data[i] = text[i % (sizeof(text) - 1)];
	return bad;
}

static struct jpeg *torn_jpeg(const struct jpeg *upper, const struct jpeg *lower)
{
	struct jpeg *bad = jpeg_new(lower->width, lower->height, lower->data, lower->len);
	u32 half = (upper->len < lower->len ? upper->len : lower->len) / 2;

	memcpy(bad->data, upper->data, half);
	return bad;
}

static void replace(struct frame *frame, struct jpeg *bad)
{
	jpeg_put(frame->jpeg);
	frame->jpeg = bad;
}

void hostile_frame(struct hostile *h, struct frame *frame)
{
	if (h->opt.kinds & BAD_TORN) {
		struct jpeg *last = h->last;

		h->last = jpeg_get(frame->jpeg);
		if (last)
			replace(frame, torn_jpeg(last, frame->jpeg));
		jpeg_put(last);
	}
	if (h->opt.kinds & BAD_NOT_JPEG)
		replace(frame, no_jpeg(frame->jpeg));
	if (h->opt.kinds & BAD_CUT_JPEG)
		replace(frame, jpeg_new(frame->jpeg->width, frame->jpeg->height,
					frame->jpeg->data, frame->jpeg->len / 2));
}

/* The frame channel. */

static bool bad_poll(void *priv)
{
	struct hostile *h = priv;

	return h->frame_ops->poll(h->frame);
}

/* Release the frame as if the host had fetched it. */
static void release(struct hostile *h)
{
	if (h->frame->latched) {
		h->frame->latched = false;
		h->frame->fetched++;
	}
}

static u32 bad_size(void *priv)
{
	struct hostile *h = priv;

	if (h->opt.kinds & BAD_SIZE_HUGE)
		return 0xffffffff;
	if (h->opt.kinds & BAD_BIG_FRAME)
		return HUGE_SIZE;
	if (h->opt.kinds & BAD_EMPTY_FRAME) {
		release(h);
		return 0;
	}
	return h->frame_ops->size(h->frame);
}

static const void *bad_readp(void *priv, u32 offset, u32 len)
{
	struct hostile *h = priv;

	if (!(h->opt.kinds & BAD_BIG_FRAME))
		return h->frame_ops->readp(h->frame, offset, len);
	if (offset > HUGE_SIZE || len > HUGE_SIZE - offset)
		return NULL;
	if (!offset && h->frame->current.jpeg)
		memcpy(h->huge, h->frame->current.jpeg->data, h->frame->current.jpeg->len);
	if (offset + len == HUGE_SIZE)
		release(h);
	return h->huge + offset;
}

static s32 bad_read(void *priv, u32 offset, void *buf, u32 len)
{
	struct hostile *h = priv;
	const struct frame *f = &h->frame->current;

	if (h->opt.kinds & BAD_NAK_READ && f->jpeg && offset >= f->jpeg->len / 2 &&
	    h->refused != f->number + 1) {
		h->refused = f->number + 1;
		return -1;
	}
	if (h->opt.kinds & BAD_SHORT_CHUNK && len > SHORT_CHUNK)
		len = SHORT_CHUNK;
	return h->frame_ops->read(h->frame, offset, buf, len);
}

const struct omv_channel_ops *hostile_frame_ops(struct hostile *h, struct frame_channel *frame,
						const struct omv_channel_ops *ops)
{
	h->frame = frame;
	h->frame_ops = ops;
	h->ops = (struct omv_channel_ops){ .poll = bad_poll, .size = bad_size };
	if (ops->readp)
		h->ops.readp = bad_readp;
	else
		h->ops.read = bad_read;
	return &h->ops;
}

/* Packets to the host: each is collected completely, then modified or sent with extra packets. */

static void push(struct hostile *h)
{
	while (h->out_pos < h->out_len) {
		u32 n = h->pipe->send(h->ctx, h->out + h->out_pos, h->out_len - h->out_pos);

		if (!n)
			return;
		h->out_pos += n;
		if (h->out_pos == h->out_len && h->pipe->flush)
			h->pipe->flush(h->ctx);
	}
	h->out_pos = h->out_len = 0;
}

static void put(struct hostile *h, const struct omv_packet *pkt)
{
	h->out_len += omv_packet_encode(h->out + h->out_len, pkt);
}

static void put_event(struct hostile *h, u8 seq, u8 channel)
{
	u8 value[] = { 1, 0 };
	struct omv_packet pkt = {
		.seq = seq,
		.channel = channel,
		.flags = OMV_F_EVENT,
		.opcode = OMV_OP_CHANNEL_EVENT,
		.length = sizeof(value),
		.payload = value,
	};

	put(h, &pkt);
}

static void put_events(struct hostile *h, u8 seq)
{
	static const u8 unknown[] = { 9, 31, 32, 200, 255 };

	for (u32 i = 0; h->opt.kinds & BAD_UNKNOWN_EVENT && i < ARRAY_SIZE(unknown); i++)
		put_event(h, seq, unknown[i]);
	for (u8 id = 1; h->opt.kinds & BAD_EVENT_STORM && id < 6; id++)
		put_event(h, seq, id);
}

static void spoil_packet(struct hostile *h, struct omv_packet *pkt, u8 *payload)
{
	bool data = !(pkt->flags & (OMV_F_ACK | OMV_F_NAK | OMV_F_EVENT));
	struct omv_caps caps;

	if (data && pkt->opcode == OMV_OP_GET_CAPS && pkt->length == sizeof(caps) &&
	    h->opt.kinds & (BAD_CAPS_ZERO | BAD_CAPS_HUGE)) {
		memcpy(&caps, payload, sizeof(caps));
		caps.max_payload = cpu_to_le16(h->opt.kinds & BAD_CAPS_ZERO ? 0 : 0xffff);
		memcpy(payload, &caps, sizeof(caps));
	}
	if (data && pkt->opcode == OMV_OP_READ && !(pkt->flags & OMV_F_FRAGMENT) &&
	    h->opt.kinds & BAD_SHORT_READ)
		pkt->length = (pkt->length + 1) / 2;
}

static void whole_packet(struct hostile *h)
{
	struct omv_packet pkt;

	omv_hdr_decode(h->packet, &pkt);
	pkt.payload = h->packet + OMV_HDR_SIZE;
	spoil_packet(h, &pkt, h->packet + OMV_HDR_SIZE);
	put(h, &pkt);
	put_events(h, pkt.seq);
	h->got = 0;
	push(h);
}

static u32 packet_size(const struct hostile *h)
{
	u32 length = h->packet[6] | h->packet[7] << 8;

	if (h->got < OMV_HDR_SIZE)
		return OMV_HDR_SIZE;
	return length ? OMV_OVERHEAD + length : OMV_HDR_SIZE;
}

static u32 bad_send(void *ctx, const void *data, u32 len)
{
	struct hostile *h = ctx;
	u32 done = 0;

	push(h);
	while (done < len && !h->out_len) {
		u32 want = packet_size(h) - h->got;
		u32 n = len - done < want ? len - done : want;

		memcpy(h->packet + h->got, (const u8 *)data + done, n);
		h->got += n;
		done += n;
		if (h->got >= OMV_HDR_SIZE && h->got == packet_size(h))
			whole_packet(h);
	}
	return done;
}

static void bad_flush(void *ctx)
{
	push(ctx);
}

static u64 bad_now(void *ctx)
{
	struct hostile *h = ctx;

	return h->pipe->now(h->ctx);
}

static void bad_reset(void *ctx, bool boot)
{
	struct hostile *h = ctx;

	h->pipe->reset(h->ctx, boot);
}

const struct omv_device_pipe *hostile_pipe(struct hostile *h, const struct omv_device_pipe *pipe,
					   void *ctx)
{
	static const struct omv_device_pipe bad_pipe = {
		.send = bad_send,
		.flush = bad_flush,
		.now = bad_now,
		.reset = bad_reset,
	};

	h->pipe = pipe;
	h->ctx = ctx;
	h->got = h->out_len = h->out_pos = 0;
	return &bad_pipe;
}

u64 hostile_run(struct hostile *h, bool active, u64 now)
{
	push(h);
	if (!active || !(h->opt.kinds & (BAD_UNKNOWN_EVENT | BAD_EVENT_STORM)))
		return U64_MAX;
	if (now >= h->next) {
		h->next = now + STORM_PERIOD_NS;
		if (!h->out_len) {
			put_events(h, 0);
			push(h);
		}
	}
	return h->next;
}
