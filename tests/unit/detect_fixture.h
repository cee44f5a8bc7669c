/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A detection on a host end, and a camera that responds to all requests and logs them as text.
 */
#ifndef DETECT_FIXTURE_H
#define DETECT_FIXTURE_H

#include <stdio.h>

#include "host_fixture.h"

#include "../../driver/core/omv_detect.h"

#define STREAM		3
#define INPUT_FRAME	0
#define INPUT_STREAM	1
#define MAX_IMAGE	300000
#define LOG_SIZE	8192

enum {
	STEP_NONE,
	STEP_SENT,	/* a request of the detection waits for its answer */
	STEP_WAIT,	/* the detection waits to LOCK */
};

struct camera {
	/* Properties of the camera. */
	u8 frame_id;		/* id of channel "frame", 0 for none */
	bool no_stream;		/* "stream" is not in the table */
	bool extra;		/* the table has another channel */
	u8 image[MAX_IMAGE];	/* a frame of "frame" */
	u32 size;
	const u8 *next;		/* replaces it, */
	u32 next_size;
	unsigned int next_in;	/* after so many READs and SIZEs more */
	u32 shape[70];
	unsigned int shape_len;
	u16 width, height;	/* size of the pictures of "stream" */
	u32 preview;		/* pixfmt of pictures that are not raw, if not 0 */
	u32 pixfmt;		/* of raw pictures of "stream" */
	u16 raw_fits;		/* largest width of raw pictures */
	u32 stream_size;	/* result of SIZE of "stream", if not 0 */
	unsigned int busy;	/* number of LOCKs that get BUSY before there is a frame */
	bool abandoned;		/* the detection does not have to UNLOCK */
	bool unresponsive;		/* only SYNC and the setup are answered */
	u8 nak_opcode;		/* opcode of requests that are refused */
	u16 nak_status;		/* status of the refusal */

	/* State that requests have set. */
	bool on, raw, locked;
	u16 box_width, box_height;
	unsigned int locks;
	char log[LOG_SIZE];
	unsigned int requests;
	unsigned int syncs;
};

struct detected {
	struct fixture f;
	struct omv_detect d;
	struct camera cam;
	unsigned int changed;
	unsigned int idle;
	unsigned int refetch;
};

static void count_changed(void *ctx)
{
	((struct detected *)ctx)->changed++;
}

static void count_idle(void *ctx)
{
	struct detected *p = ctx;

	assert_false(omv_detect_is_busy(&p->d));
	p->idle++;
}

static void count_refetch(void *ctx)
{
	((struct detected *)ctx)->refetch++;
}

static const struct omv_detect_ops count_ops = {
	.changed = count_changed,
	.idle = count_idle,
	.refetch = count_refetch,
};

static void detect_on_link(struct fixture *f, enum omv_link_event link)
{
	struct detected *p = container_of(f, struct detected, f);

	f->link_seen = f->link_count;
	omv_detect_link_changed(&p->d, link, f->now);
}

static void detect_on_event(struct fixture *f, u8 channel, u16 value)
{
	f->event_count = 0;
	omv_detect_event(&container_of(f, struct detected, f)->d, channel, value,
			 f->now);
}

/* ---- the camera -------------------------------------------------------- */

static inline u32 put16(u8 *p, u16 value)
{
	p[0] = value >> 8;
	p[1] = value;
	return 2;
}

/* Make a JPEG with @scan bytes of scan data. Return: its length */
static inline u32 make_jpeg(u8 *buf, u16 width, u16 height, bool dht, u32 scan)
{
	static const u8 sos[] = { 0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0 };
	u8 *p = buf;

	p += put16(p, 0xffd8);
	p += put16(p, 0xffc0);
	p += put16(p, 11);
	*p++ = 8;
	p += put16(p, height);
	p += put16(p, width);
	memcpy(p, "\1\1\x11", 4);
	p += 4;
	if (dht) {
		p += put16(p, 0xffc4);
		p += put16(p, 3);
		*p++ = 0;
	}
	memcpy(p, sos, sizeof(sos));
	p += sizeof(sos);
	memset(p, 0x55, scan);
	p += scan;
	p += put16(p, 0xffd9);
	return p - buf;
}

static inline void make_header(u8 *buf, u32 pixfmt, u16 width, u16 height,
			       u32 size_or_bpp, u32 offset)
{
	struct omv_stream_hdr hdr = {
		.width = cpu_to_le32(width),
		.height = cpu_to_le32(height),
		.pixfmt = cpu_to_le32(pixfmt),
		.size_or_bpp = cpu_to_le32(size_or_bpp),
		.offset = cpu_to_le32(offset),
		.fps = cpu_to_le32(0x41a00000),		/* 20 */
	};

	memcpy(buf, &hdr, sizeof(hdr));
}

static inline void cam_log(struct camera *cam, const char *what)
{
	size_t len = strlen(cam->log);

	assert_true(len + strlen(what) + 2 < LOG_SIZE);
	sprintf(cam->log + len, "%s%s", len ? " " : "", what);
}

static inline u32 word_at(const u8 *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (u32)p[3] << 24;
}

static inline bool is_raw_now(const struct camera *cam)
{
	return cam->raw && cam->pixfmt && cam->box_width <= cam->raw_fits;
}

/* Make the header of the frame in the mailbox. Return: size of the frame with its header */
static inline u32 stream_frame(const struct camera *cam, u8 *hdr)
{
	struct omv_picture raw = { cam->pixfmt, cam->box_width,
				   cam->box_height };

	if (is_raw_now(cam)) {
		make_header(hdr, cam->pixfmt, cam->box_width, cam->box_height,
			    omv_picture_line(cam->pixfmt, 1), 32);
		return 32 + omv_picture_size(&raw);
	}
	make_header(hdr, cam->preview ? cam->preview : OMV_PIX_JPEG, cam->width,
		    cam->height, 1000, 32);
	return 32 + 1000;
}

static inline void cam_ioctl(struct detected *p, u32 code, u32 a, u32 b,
			     u16 len)
{
	struct camera *cam = &p->cam;
	char what[32];

	if (code == OMV_STREAM_RAW_CFG) {
		assert_int_equal(len, 12);
		cam->box_width = a;
		cam->box_height = b;
		sprintf(what, "CFG%ux%u", a, b);
	} else {
		assert_int_equal(len, 8);
		if (code == OMV_STREAM_RAW_CTRL)
			cam->raw = a;
		else
			cam->on = a;
		assert_true(!cam->locked || cam->abandoned);
		if (code == OMV_STREAM_CTRL) {
			cam->locked = false;
			cam->locks = 0;
		}
		sprintf(what, "%s%u", code == OMV_STREAM_CTRL ? "ON" : "RAW",
			a);
	}
	cam_log(cam, what);
	answer(&p->f, STREAM, OMV_F_ACK, OMV_OP_IOCTL, NULL, 0);
}

static inline void cam_stream(struct detected *p, u8 opcode, const u8 *arg,
			      u16 len)
{
	struct camera *cam = &p->cam;
	u8 hdr[32] = { 0 };
	u32 size = stream_frame(cam, hdr);

	switch (opcode) {
	case OMV_OP_IOCTL:
		cam_ioctl(p, word_at(arg), word_at(arg + 4),
			  len > 8 ? word_at(arg + 8) : 0, len);
		break;
	case OMV_OP_LOCK:
		assert_true(cam->on);
		assert_false(cam->locked);
		cam_log(cam, "LOCK");
		if (cam->locks++ < cam->busy) {
			answer_nak(&p->f, STREAM, opcode, OMV_ST_BUSY);
			break;
		}
		cam->locked = true;
		answer(&p->f, STREAM, OMV_F_ACK, opcode, NULL, 0);
		break;
	case OMV_OP_SIZE:
		assert_true(cam->locked);
		cam_log(cam, "SIZE");
		answer_u32(&p->f, STREAM, opcode,
			   cam->stream_size ? cam->stream_size : size);
		break;
	case OMV_OP_READ:
		assert_true(cam->locked);
		assert_int_equal(word_at(arg), 0);
		assert_int_equal(word_at(arg + 4), 32);
		cam_log(cam, "READ");
		answer(&p->f, STREAM, 0, opcode, hdr, 32);
		break;
	case OMV_OP_UNLOCK:
		assert_true(cam->locked);
		cam->locked = false;
		cam_log(cam, "UNLOCK");
		answer(&p->f, STREAM, OMV_F_ACK, opcode, NULL, 0);
		break;
	default:
		fail_msg("opcode %02x on stream", opcode);
	}
}

/* The script runs between two requests: there may be another frame (T-20). */
static inline void cam_next(struct camera *cam)
{
	if (!cam->next_in || --cam->next_in)
		return;
	memcpy(cam->image, cam->next, cam->next_size);
	cam->size = cam->next_size;
}

static inline void cam_frame(struct detected *p, u8 opcode, const u8 *arg)
{
	struct camera *cam = &p->cam;
	u8 id = cam->frame_id;
	char what[32];
	u8 words[sizeof(cam->shape)];
	const u8 *from;
	u32 n, at;

	switch (opcode) {
	case OMV_OP_SIZE:
		cam_log(cam, "SIZE");
		answer_u32(&p->f, id, opcode, cam->size);
		cam_next(cam);
		break;
	case OMV_OP_READ:
		at = word_at(arg);
		n = word_at(arg + 4);
		sprintf(what, at ? "READ%u@%u" : "READ%u", n, at);
		cam_log(cam, what);
		/* That would end the frame (12.3). */
		assert_true(at < cam->size && n < cam->size - at);
		assert_true(n <= OMV_DETECT_HEAD_SIZE);
		assert_true(at + n <= MAX_IMAGE);
		from = cam->image + at;
		if (n > 4000) {
			answer(&p->f, id, OMV_F_FRAGMENT, opcode, from, 4000);
			answer(&p->f, id, 0, opcode, from + 4000, n - 4000);
		} else {
			answer(&p->f, id, 0, opcode, from, n);
		}
		cam_next(cam);
		break;
	case OMV_OP_SHAPE:
		cam_log(cam, "SHAPE");
		for (n = 0; n < 4 * cam->shape_len; n++)
			words[n] = cam->shape[n / 4] >> 8 * (n % 4);
		answer(&p->f, id, 0, opcode, words, n);
		break;
	default:
		fail_msg("opcode %02x on frame", opcode);
	}
}

static inline u32 make_list(const struct camera *cam, u8 *list)
{
	static const char *const names[] = {
		"usb", "stdin", "stdout", "stream", "frame", "extra",
	};
	const u8 ids[] = { 0, 1, 2, cam->no_stream ? 0 : STREAM, cam->frame_id,
			   cam->extra ? 20 : 0 };
	u32 i, len = 0;

	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		if (i && !ids[i])
			continue;
		memset(list + len, 0, 16);
		list[len] = ids[i];
		strcpy((char *)list + len + 2, names[i]);
		len += 16;
	}
	return len;
}

static inline void cam_system(struct detected *p, u8 opcode)
{
	struct fixture *f = &p->f;
	u8 caps[16] = { 0x0f, 0, 0, 0, f->max_payload & 0xff,
			f->max_payload >> 8 };
	u8 list[16 * 8];

	switch (opcode) {
	case OMV_OP_SYNC:
		p->cam.syncs++;
		p->cam.locked = false;
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
		answer(f, 0, 0, opcode, list, make_list(&p->cam, list));
		break;
	default:
		fail_msg("opcode %02x", opcode);
	}
}

static inline bool is_sent(const struct detected *p)
{
	return p->f.sent_seen != p->f.sent_count;
}

/* Respond to the oldest request. */
static inline void respond_one(struct detected *p)
{
	const u8 *pkt = next_sent(&p->f)->bytes;
	u8 channel = pkt[3], opcode = pkt[5], arg[64];

	if (pkt[4] & OMV_F_ACK)
		return;
	memcpy(arg, pkt + 10, sizeof(arg));
	if (!channel) {
		cam_system(p, opcode);
		return;
	}
	p->cam.requests++;
	if (p->cam.unresponsive)
		return;
	if (opcode == p->cam.nak_opcode) {
		cam_log(&p->cam, "NAK");
		answer_nak(&p->f, channel, opcode, p->cam.nak_status);
	} else if (channel == STREAM && !p->cam.no_stream) {
		cam_stream(p, opcode, arg, pkt[6]);
	} else if (channel == p->cam.frame_id) {
		cam_frame(p, opcode, arg);
	} else {
		fail_msg("opcode %02x on channel %u, which is not there",
			 opcode, channel);
	}
}

static inline void respond(struct detected *p)
{
	while (is_sent(p))
		respond_one(p);
}

static inline u64 both_deadline(const struct detected *p)
{
	u64 host = omv_host_deadline(&p->f.host);
	u64 detect = omv_detect_deadline(&p->d);

	return host < detect ? host : detect;
}

static inline void tick_both(struct detected *p)
{
	omv_host_tick(&p->f.host, p->f.now);
	omv_detect_tick(&p->d, p->f.now);
	assert_true(both_deadline(p) > p->f.now);
}

/* Advance the clock; all requests are answered at once. */
static inline void run(struct detected *p, u64 ms)
{
	u64 end = p->f.now + ms, at;

	respond(p);
	while ((at = both_deadline(p)) <= end) {
		if (at > p->f.now)
			p->f.now = at;
		tick_both(p);
		respond(p);
	}
	p->f.now = end;
}

static inline int step_of(const struct detected *p)
{
	if (p->d.state <= OMV_DETECT_WAIT)
		return STEP_NONE;
	return p->d.state == OMV_DETECT_LOCK_WAIT ? STEP_WAIT : STEP_SENT;
}

/* Run a detection from its start, and stop in step number @steps. */
static inline int run_steps(struct detected *p, unsigned int steps)
{
	/* The session comes first. */
	while (step_of(p) == STEP_NONE && p->f.host.state != OMV_HOST_READY) {
		if (!is_sent(p)) {
			p->f.now = omv_host_deadline(&p->f.host);
			tick_both(p);
		} else {
			respond_one(p);
		}
	}
	while (steps-- && step_of(p) != STEP_NONE) {
		if (step_of(p) == STEP_WAIT) {
			p->f.now = p->d.wake;
			tick_both(p);
		} else {
			respond_one(p);
		}
	}
	return step_of(p);
}

/* ---- setup ------------------------------------------------------------- */

static inline void give_image(struct detected *p, const void *image, u32 size)
{
	assert_true(size <= MAX_IMAGE);
	memcpy(p->cam.image, image, size);
	p->cam.size = size;
}

static inline void give_jpeg(struct detected *p, u16 width, u16 height)
{
	p->cam.size = make_jpeg(p->cam.image, width, height, true, 500);
}

static inline void give_shape(struct detected *p, u32 height, u32 width,
			      u32 bytes)
{
	memset(p->cam.image, 0x80, MAX_IMAGE);
	p->cam.size = height * width * bytes;
	p->cam.shape[0] = height;
	p->cam.shape[1] = width;
	p->cam.shape[2] = bytes;
	p->cam.shape_len = 3;
}

/* Change the channel table without a LIST. */
static inline void give_table(struct detected *p)
{
	u8 list[16 * 8];
	u32 len = make_list(&p->cam, list), i;
	struct omv_host *host = &p->f.host;

	host->channel_count = 0;
	for (i = 16; i < len; i += 16) {
		struct omv_channel *row = &host->channels[host->channel_count++];

		memset(row, 0, sizeof(*row));
		row->id = list[i];
		strcpy(row->name, (char *)list + i + 2);
	}
	omv_detect_link_changed(&p->d, OMV_LINK_CHANNELS, p->f.now);
}

static inline int setup_detect(void **state)
{
	struct detected *p = calloc(1, sizeof(*p));

	p->f.now = START_MS;
	p->f.max_payload = 4082;
	p->f.on_link = detect_on_link;
	p->f.on_event = detect_on_event;
	p->cam.frame_id = FRAME;
	p->cam.width = 640;
	p->cam.height = 480;
	p->cam.pixfmt = OMV_PIX_GRAYSCALE;
	p->cam.raw_fits = 640;
	give_jpeg(p, 320, 240);
	omv_host_init(&p->f.host, &fixture_ops, &p->f);
	omv_detect_init(&p->d, &p->f.host, &count_ops, p);
	omv_detect_add_input(&p->d, OMV_CHANNEL_FRAME, &omv_fetch_frame);
	omv_detect_add_input(&p->d, OMV_CHANNEL_STREAM, &omv_fetch_stream);
	*state = p;
	return 0;
}

static inline int teardown_detect(void **state)
{
	struct detected *p = *state;

	omv_host_stop(&p->f.host);
	omv_detect_link_changed(&p->d, OMV_LINK_DOWN, p->f.now);
	assert_true(p->d.state <= OMV_DETECT_WAIT);
	free(p);
	return 0;
}

static inline void start(struct detected *p)
{
	omv_host_start(&p->f.host, p->f.now);
}

/* Attach, and run until the first detection is finished. */
static inline void attach(struct detected *p)
{
	start(p);
	run(p, 1000);
	assert_int_equal(p->f.host.state, OMV_HOST_READY);
	p->cam.log[0] = 0;
	p->changed = 0;
	p->idle = 0;
}

static inline void expect_log(struct detected *p, const char *log)
{
	assert_string_equal(p->cam.log, log);
	p->cam.log[0] = 0;
}

static inline void expect_picture(const struct omv_picture *picture, u32 pixfmt,
				  u16 width, u16 height)
{
	assert_int_equal(picture->pixfmt, pixfmt);
	assert_int_equal(picture->width, width);
	assert_int_equal(picture->height, height);
}

/* The detection must be idle, and the camera must be in its initial state. */
static inline void expect_idle(const struct detected *p)
{
	assert_int_equal(p->d.state, OMV_DETECT_IDLE);
	assert_false(omv_detect_is_busy(&p->d));
	assert_true(omv_detect_deadline(&p->d) == U64_MAX);
	assert_false(p->cam.on);
	assert_false(p->cam.raw);
	assert_false(p->cam.locked);
}

#endif /* DETECT_FIXTURE_H */
