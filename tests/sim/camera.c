// SPDX-License-Identifier: GPL-2.0-only
#include "sim.h"

#define SLOW_MS		50
#define SPLIT_MS		30
#define CONFIG_DEFAULT	16

/* ---- contents ---------------------------------------------------------- */

static void put_le32(u8 *p, u32 value)
{
	__le32 v = cpu_to_le32(value);

	memcpy(p, &v, sizeof(v));
}

static u32 get_le32(const u8 *p)
{
	__le32 v;

	memcpy(&v, p, sizeof(v));
	return le32_to_cpu(v);
}

void content_fill(u8 *buf, u32 len, u32 number)
{
	struct rng rng = { .state = (u64)number << 32 | len };
	u32 at, n;
	u64 word;

	put_le32(buf, number);
	put_le32(buf + 4, len);
	for (at = CONTENT_MIN; at < len; at += n) {
		word = rng_next(&rng);
		n = len - at < sizeof(word) ? len - at : sizeof(word);
		memcpy(buf + at, &word, n);
	}
}

bool content_check(const u8 *buf, u32 len, u32 *number)
{
	struct rng rng;
	u32 at, n;
	u64 word;

	if (len < CONTENT_MIN || get_le32(buf + 4) != len)
		return false;
	*number = get_le32(buf);
	rng.state = (u64)*number << 32 | len;
	for (at = CONTENT_MIN; at < len; at += n) {
		word = rng_next(&rng);
		n = len - at < sizeof(word) ? len - at : sizeof(word);
		if (memcmp(buf + at, &word, n))
			return false;
	}
	return true;
}

/* ---- layout of frames -------------------------------------------------- */

static const u8 jpeg_soi[] = { 0xff, 0xd8 };
static const u8 jpeg_sof[] = {
	0xff, 0xc0, 0, 11, 8, 0, 0, 0, 0, 1, 1, 0x11, 0,
};
static const u8 jpeg_dht[] = { 0xff, 0xc4, 0, 3, 0 };
static const u8 jpeg_sos[] = { 0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0 };

/* An APP1 of @len bytes, with something that is no picture's end; 0 for none. */
static u32 thumbnail_make(u8 *buf, u32 len)
{
	if (!len)
		return 0;
	memset(buf, 0x5a, len);
	buf[0] = 0xff;
	buf[1] = 0xe1;
	buf[2] = (len - 2) >> 8;
	buf[3] = len - 2;
	buf[len - 2] = 0xff;
	buf[len - 1] = 0xd9;
	return len;
}

static u32 jpeg_make(const struct camera *cam, u8 *buf, u32 len, u32 number)
{
	u8 *p = buf;

	memcpy(p, jpeg_soi, sizeof(jpeg_soi));
	p += sizeof(jpeg_soi);
	p += thumbnail_make(p, cam->thumbnail);
	memcpy(p, jpeg_sof, sizeof(jpeg_sof));
	p[5] = cam->height >> 8;
	p[6] = cam->height;
	p[7] = cam->width >> 8;
	p[8] = cam->width;
	p += sizeof(jpeg_sof);
	if (number % 2) {
		memcpy(p, jpeg_dht, sizeof(jpeg_dht));
		p += sizeof(jpeg_dht);
	}
	memcpy(p, jpeg_sos, sizeof(jpeg_sos));
	p += sizeof(jpeg_sos);
	content_fill(p, len, number);
	p += len;
	*p++ = 0xff;
	*p++ = 0xd9;
	return p - buf;
}

static void header_make(u8 *buf, u32 pixfmt, u16 width, u16 height, u32 size)
{
	const struct omv_stream_hdr hdr = {
		.width = cpu_to_le32(width),
		.height = cpu_to_le32(height),
		.pixfmt = cpu_to_le32(pixfmt),
		.size_or_bpp = cpu_to_le32(size),
		.offset = cpu_to_le32(sizeof(hdr)),
	};

	memcpy(buf, &hdr, sizeof(hdr));
}

const u8 *frame_content(const u8 *data, u32 *len)
{
	const u8 *p = data + sizeof(jpeg_soi);
	u32 size = *len, start = 0, tail = 0;

	if (size >= sizeof(jpeg_soi) + sizeof(jpeg_sof) + sizeof(jpeg_sos) + 2 &&
	    data[0] == 0xff && data[1] == 0xd8) {
		/* The driver has found the frame to be whole. */
		while (p[1] != 0xda)
			p += 2 + (p[2] << 8 | p[3]);
		start = p - data + sizeof(jpeg_sos);
		tail = 2;
	} else if (size > sizeof(struct omv_stream_hdr) &&
		   get_le32(data + 8) == OMV_PIX_GRAYSCALE) {
		start = sizeof(struct omv_stream_hdr);
	}
	*len = size > start + tail ? size - start - tail : 0;
	return data + start;
}

void camera_change(struct camera *cam)
{
	struct rng *rng = &cam->world->rng;

	cam->layout = rnd(rng, 2) ? LAYOUT_JPEG : 1 + rnd(rng, LAYOUTS - 1);
	cam->width = 1 + rnd(rng, 2000);
	cam->height = 1 + rnd(rng, 2000);
	cam->fixed = CONTENT_MIN + LAYOUT_MAX + 1 + rnd(rng, 1800);
	/* Some frames have to fit in the buffers. */
	cam->thumbnail = 0;
	if (cam->max_frame == MAX_FRAME && rnd(rng, 2))
		cam->thumbnail = 6 + rnd(rng, THUMBNAIL_MAX - 5);
	/* Without an event a stream starts before the header can be detected. */
	if (cam->kind == FRAME_POLLED || cam->world->mode == MODE_TORN)
		cam->layout = LAYOUT_JPEG;
	world_note(cam->world, "layout %d, %ux%u, %u bytes", cam->layout,
		   cam->width, cam->height, cam->fixed);
}

/* ---- the frame channel ------------------------------------------------- */

static bool frame_poll(void *priv)
{
	struct camera *cam = priv;

	return cam->latched;
}

static u32 frame_size(void *priv)
{
	struct camera *cam = priv;

	cam->sized_number = cam->frame_number;
	return cam->latched || cam->kind == FRAME_READP ? cam->frame_size : 0;
}

static unsigned int frame_shape(void *priv, u32 shape[4])
{
	struct camera *cam = priv;

	if (cam->frame_layout != LAYOUT_SHAPE)
		return 0;
	shape[0] = 1;
	shape[1] = cam->frame_size;
	return 2;
}

/* A READ up to the end of the frame releases it. Return: false if out of range */
static bool frame_range(struct camera *cam, u32 offset, u32 len)
{
	if (offset > cam->frame_size || len > cam->frame_size - offset)
		return false;
	return cam->latched || cam->kind == FRAME_READP;
}

static void frame_release(struct camera *cam, u32 end, bool whole)
{
	if (!cam->latched || end != cam->frame_size)
		return;
	/* The detection may consume a frame that has replaced the one of its SIZE. */
	if (cam->world->app.probing && cam->sized_number == cam->frame_number)
		world_fail(cam->world, "the detection has cost frame %u",
			   cam->frame_number);
	cam->latched = false;
	if (whole)
		cam->whole_reads++;
	else
		cam->released++;
}

static const void *frame_readp(void *priv, u32 offset, u32 len)
{
	struct camera *cam = priv;

	if (!frame_range(cam, offset, len))
		return NULL;
	frame_release(cam, offset + len, !offset);
	return cam->frame + offset;
}

static s32 frame_read(void *priv, u32 offset, void *buf, u32 len)
{
	struct camera *cam = priv;

	if (!frame_range(cam, offset, len))
		return 0;
	/* Sometimes return less than requested (section 7). */
	if (len > 1 && chance(&cam->world->rng, 100))
		len = 1 + rnd(&cam->world->rng, len);
	memcpy(buf, cam->frame + offset, len);
	if (!offset)
		cam->read_whole = !cam->world->app.probing;
	else if (offset != cam->read_next)
		cam->read_whole = false;
	cam->read_next = offset + len;
	frame_release(cam, offset + len, cam->read_whole);
	return len;
}

static const struct omv_channel_ops frame_readp_ops = {
	.poll = frame_poll,
	.size = frame_size,
	.shape = frame_shape,
	.readp = frame_readp,
};

static const struct omv_channel_ops frame_read_ops = {
	.poll = frame_poll,
	.size = frame_size,
	.shape = frame_shape,
	.read = frame_read,
};

static bool being_read(const struct camera *cam)
{
	int id;

	for (id = 1; id < OMV_MAX_CHANNELS; id++)
		if (omv_device_reading(&cam->dev, id))
			return true;
	return false;
}

/* ---- the stream channel (10, 12.4) ------------------------------------- */

static bool stream_poll(void *priv)
{
	return ((struct camera *)priv)->mail_len;
}

static u32 stream_size(void *priv)
{
	return ((struct camera *)priv)->mail_len;
}

static void stream_empty(struct camera *cam)
{
	const struct app *app = &cam->world->app;

	if (cam->mail_len && app->detect.state > OMV_DETECT_WAIT)
		cam->probed++;
	else if (cam->mail_len)
		cam->released++;
	cam->mail_len = 0;
	cam->stream_locked = false;
	cam->stream_fresh = false;
}

static int stream_lock(void *priv)
{
	struct camera *cam = priv;

	if (!cam->mail_len || cam->stream_locked)
		return -1;
	cam->stream_locked = true;
	cam->stream_fresh = false;
	return 0;
}

static int stream_unlock(void *priv)
{
	struct camera *cam = priv;

	if (cam->stream_locked)
		stream_empty(cam);
	return 0;
}

static const void *stream_readp(void *priv, u32 offset, u32 len)
{
	struct camera *cam = priv;

	if (offset > cam->mail_len || len > cam->mail_len - offset)
		return NULL;
	if (!offset && len == cam->mail_len && cam->stream_locked) {
		cam->whole_reads++;
		/* The frame was read: the UNLOCK that follows must not count it. */
		cam->released--;
	}
	return cam->mailbox + offset;
}

static int stream_ioctl(void *priv, u32 request, const void *arg, u32 len)
{
	struct camera *cam = priv;

	if (request == OMV_STREAM_CTRL && len == 4) {
		cam->stream_on = get_le32(arg);
		stream_empty(cam);
		return 0;
	}
	if (request == OMV_STREAM_RAW_CTRL && len == 4) {
		cam->stream_raw = get_le32(arg);
		return 0;
	}
	if (request != OMV_STREAM_RAW_CFG || len != 8)
		return OMV_IOCTL_INVALID;
	cam->box_width = get_le32(arg);
	cam->box_height = get_le32((const u8 *)arg + 4);
	cam->box = cam->box_width * cam->box_height;
	return 0;
}

static const struct omv_channel_ops stream_ops = {
	.poll = stream_poll,
	.lock = stream_lock,
	.unlock = stream_unlock,
	.size = stream_size,
	.readp = stream_readp,
	.ioctl = stream_ioctl,
};

static void stream_publish(struct camera *cam, u32 size)
{
	u8 *image = cam->mailbox + sizeof(struct omv_stream_hdr);
	u32 number = ++cam->frame_number;

	/* A raw picture that is too large is sent as a JPEG (10.3). */
	if (cam->stream_raw && cam->box >= CONTENT_MIN && cam->box <= 2000) {
		size = cam->box;
		content_fill(image, size, number);
		header_make(cam->mailbox, OMV_PIX_GRAYSCALE, cam->box_width,
			    cam->box_height, 1);
	} else {
		size = jpeg_make(cam, image, size, number);
		header_make(cam->mailbox, OMV_PIX_JPEG, cam->width, cam->height,
			    size);
	}
	cam->mail_len = sizeof(struct omv_stream_hdr) + size;
	cam->stream_fresh = true;
	world_note(cam->world, "frame %u of %u bytes in the mailbox",
		   cam->frame_number, size);
	omv_device_event(&cam->dev, cam->stream_id, OMV_EV_NOTIFY);
}

/* ---- capturing --------------------------------------------------------- */

static bool may_capture(const struct camera *cam)
{
	if (being_read(cam) && !cam->two_buffers)
		return false;
	if (cam->kind == FRAME_STREAM)
		return cam->stream_on && !cam->stream_locked && !cam->stream_fresh;
	return cam->frame_id >= 0 && !cam->latched;
}

static u32 frame_make(struct camera *cam, u32 size)
{
	u32 head = 0, number = ++cam->frame_number;

	/* The host may still be reading the other buffer. */
	cam->frame = cam->frames[cam->two_buffers && cam->frame == cam->frames[0]];
	cam->frame_layout = cam->layout;
	if (cam->layout == LAYOUT_JPEG)
		return jpeg_make(cam, cam->frame, size, number);
	size = cam->fixed;
	if (cam->layout == LAYOUT_HEADER) {
		head = sizeof(struct omv_stream_hdr);
		header_make(cam->frame, OMV_PIX_GRAYSCALE, size - head, 1, 1);
	}
	content_fill(cam->frame + head, size - head, number);
	return size;
}

static void camera_capture(struct camera *cam)
{
	struct rng *rng = &cam->world->rng;
	u32 size, maxp = cam->dev.max_payload;

	cam->capture_at = cam->world->now + cam->interval;
	if (!may_capture(cam))
		return;
	switch (rnd(rng, 8)) {
	case 0:
		size = CONTENT_MIN + rnd(rng, 60);
		break;
	case 1:		/* about as much as fits in a number of packets */
		size = maxp * (1 + rnd(rng, 3)) + rnd(rng, 3) - 1;
		size -= rnd(rng, LAYOUT_MAX + 1);
		break;
	default:
		size = CONTENT_MIN + rnd(rng, cam->max_frame);
		break;
	}
	if (size > MAX_FRAME - LAYOUT_MAX - cam->thumbnail)
		size = MAX_FRAME - LAYOUT_MAX - cam->thumbnail;
	if (size < CONTENT_MIN)
		size = CONTENT_MIN;
	if (cam->kind == FRAME_STREAM) {
		stream_publish(cam, size);
		return;
	}
	size = frame_make(cam, size);
	cam->frame_size = size;
	cam->latched = true;
	world_note(cam->world, "frame %u of %u bytes", cam->frame_number,
		   size);
	/* A script must ignore the error if there is no host (T-22). */
	if (cam->kind != FRAME_POLLED)
		omv_device_event(&cam->dev, cam->frame_id, 1);
}

/* ---- the config channel ------------------------------------------------ */

static u32 config_size(void *priv)
{
	struct camera *cam = priv;

	return cam->readable ? cam->config_len : 0;
}

static s32 config_read(void *priv, u32 offset, void *buf, u32 len)
{
	struct camera *cam = priv;

	if (!cam->readable || offset >= cam->config_len)
		return 0;
	if (len > cam->config_len - offset)
		len = cam->config_len - offset;
	memcpy(buf, cam->config + offset, len);
	return len;
}

static void config_set(struct camera *cam, u32 number)
{
	cam->config_number = number;
	cam->config_was[++cam->config_turn % CONFIG_TURNS] = number;
	world_note(cam->world, "config is %u", number);
}

static s32 config_write(void *priv, u32 offset, const void *buf, u32 len)
{
	struct camera *cam = priv;
	struct rng *rng = &cam->world->rng;
	bool refuse = chance(rng, cam->refuses);
	u32 number;

	if (offset || !content_check(buf, len, &number) || !number ||
	    number >= MAX_WRITES || len > MAX_CONFIG) {
		world_fail(cam->world, "half a write reached the camera: %u bytes",
			   len);
		return 0;
	}
	if (refuse && chance(rng, 500))
		return 0;
	if (++cam->applied[number] > 1)
		world_fail(cam->world, "write %u was applied twice", number);
	memcpy(cam->config, buf, len);
	cam->config_len = len;
	config_set(cam, number);
	/* Applied, but reported as FAILED (T-12). */
	return refuse ? 0 : (s32)len;
}

static const struct omv_channel_ops config_ops = {
	.size = config_size,
	.read = config_read,
	.write = config_write,
};

/* ---- other channels ---------------------------------------------------- */

static u32 nothing_size(void *priv)
{
	return 0;
}

static s32 nothing_read(void *priv, u32 offset, void *buf, u32 len)
{
	return 0;
}

static s32 nothing_write(void *priv, u32 offset, const void *buf, u32 len)
{
	return len;
}

static int nothing_lock(void *priv)
{
	return 0;
}

static int nothing_ioctl(void *priv, u32 request, const void *arg, u32 len)
{
	return request % 3 ? OMV_IOCTL_INVALID : (int)(request % 2);
}

static unsigned int nothing_shape(void *priv, u32 shape[4])
{
	shape[0] = 640;
	shape[1] = 480;
	return 2;
}

static const struct omv_channel_ops stdin_ops = {
	.write = nothing_write,
	.ioctl = nothing_ioctl,
};

static const struct omv_channel_ops stdout_ops = {
	.size = nothing_size,
	.read = nothing_read,
};

static const struct omv_channel_ops dull_ops = {
	.lock = nothing_lock,
	.unlock = nothing_lock,
	.size = nothing_size,
	.shape = nothing_shape,
	.read = nothing_read,
	.ioctl = nothing_ioctl,
};

/* ---- the script -------------------------------------------------------- */

/* Channels are registered in random order: a host must not rely on ids. */
static void camera_boot(struct camera *cam)
{
	static const char *const names[] = { "frame", "config", "x", "y", "z" };
	const struct omv_channel_ops *ops[] = {
		cam->kind == FRAME_READ ? &frame_read_ops : &frame_readp_ops,
		&config_ops, &stdout_ops, &dull_ops, &stdin_ops,
	};
	struct rng *rng = &cam->world->rng;
	u32 order[] = { 0, 1, 2, 3, 4 };
	u32 count = 2 + rnd(rng, 4), i, j, tmp;
	int id;

	for (i = count; i > 1; i--) {
		j = rnd(rng, i);
		tmp = order[i - 1];
		order[i - 1] = order[j];
		order[j] = tmp;
	}
	cam->booting = false;
	cam->latched = false;
	cam->frame_size = 0;
	cam->config_len = CONFIG_DEFAULT;
	config_set(cam, 0);
	content_fill(cam->config, cam->config_len, 0);
	camera_change(cam);
	for (i = 0; i < count; i++) {
		if (!order[i] && cam->no_frame)
			continue;
		id = omv_device_add(&cam->dev, names[order[i]], ops[order[i]],
				    cam, OMV_CHF_DYNAMIC);
		if (order[i] == 0)
			cam->frame_id = id;
		else if (order[i] == 1)
			cam->config_id = id;
	}
	world_note(cam->world, "script runs: frame %d, config %d",
		   cam->frame_id, cam->config_id);
	cam->capture_at = cam->world->now + cam->interval;
	cam->storm_at = cam->world->now + 1;
}

void camera_reboot(struct camera *cam)
{
	world_note(cam->world, "soft reboot");
	cam->booting = true;
	cam->boot_at = cam->world->now + 10 + rnd(&cam->world->rng, 1500);
	cam->frame_id = -1;
	cam->config_id = -1;
	cam->latched = false;
	cam->stream_raw = false;
	stream_empty(cam);
	omv_device_soft_reboot(&cam->dev);
}

static void camera_storm(struct camera *cam)
{
	struct rng *rng = &cam->world->rng;
	int id = 1 + rnd(rng, 9);

	if (!cam->storm_left) {
		if (chance(rng, 500))
			cam->storm_left = 1 + rnd(rng, 40);
		cam->storm_at = cam->world->now + 1 +
				rnd(rng, 2000000 / (cam->storms + 1));
		return;
	}
	cam->storm_left--;
	cam->storm_at = cam->world->now + rnd(rng, 3);
	if (id != (cam->kind == FRAME_STREAM ? cam->stream_id : cam->frame_id))
		omv_device_event(&cam->dev, id, rng_next(rng));
}

/* ---- connection to the cable ------------------------------------------- */

static void stage_emit(struct camera *cam)
{
	if (cam->staged)
		pipe_put(&cam->world->to_host, cam->stage, cam->staged);
	cam->staged = 0;
}

static u32 stage_put(struct camera *cam, const u8 *data, u32 len)
{
	struct pipe *pipe = &cam->world->to_host;
	u32 room = pipe_room(pipe);
	u32 done = 0, n;

	room = room > cam->staged ? room - cam->staged : 0;
	while (done < len && room) {
		n = cam->transfer_size - cam->staged;
		if (n > len - done)
			n = len - done;
		if (n > room)
			n = room;
		memcpy(cam->stage + cam->staged, data + done, n);
		cam->staged += n;
		done += n;
		room -= n;
		if (cam->staged == cam->transfer_size)
			stage_emit(cam);
	}
	if (done < len)
		stage_emit(cam);
	return done;
}

/*
 * Hold back the end of an event (T-21). It must not begin like a packet: the
 * response that comes first would complete the event, which no host can detect.
 */
static void split_begin(struct camera *cam, u32 len)
{
	const u8 *tail = cam->stage + cam->staged - len;

	if (tail[0] == OMV_SYNC_0)
		return;
	cam->split_len = len;
	cam->staged -= len;
	memcpy(cam->split_tail, tail, len);
	cam->split_at = cam->world->now + SPLIT_MS;
	cam->world->faults++;
	world_note(cam->world, "split: the last %u bytes come later", len);
}

/* Send the rest of a split event. */
static void split_end(struct camera *cam)
{
	u32 len = cam->split_len;

	cam->split_len = 0;
	if (!len)
		return;
	stage_emit(cam);
	pipe_put(&cam->world->to_host, cam->split_tail, len);
}

/* The rest of the event must not be sent in the middle of a response. */
static u64 split_due(const struct camera *cam)
{
	return cam->split_len && !cam->pkt_len ? cam->split_at : U64_MAX;
}

static u32 camera_send(void *ctx, const void *data, u32 len)
{
	struct camera *cam = ctx;
	u32 n, keep;

	if (!cam->pkt_len && ((const u8 *)data)[4] & OMV_F_EVENT)
		split_end(cam);
	n = stage_put(cam, data, len);
	if (cam->pkt_len < OMV_HDR_SIZE) {
		keep = OMV_HDR_SIZE - cam->pkt_len;
		memcpy(cam->pkt_head + cam->pkt_len, data,
		       n < keep ? n : keep);
	}
	cam->pkt_len += n;
	return n;
}

static void camera_flush(void *ctx)
{
	struct camera *cam = ctx;
	struct rng *rng = &cam->world->rng;
	bool event = cam->pkt_head[4] & OMV_F_EVENT;
	u32 len = cam->pkt_len;

	cam->pkt_len = 0;
	world_packet(cam->world, "<", cam->pkt_head);
	if (event && !cam->split_len && cam->staged >= len &&
	    chance(rng, cam->split))
		split_begin(cam, 1 + rnd(rng, len - 1));
	stage_emit(cam);
	if (!event)
		split_end(cam);
}

static u64 camera_now(void *ctx)
{
	struct camera *cam = ctx;

	return cam->world->now;
}

static const struct omv_device_pipe camera_pipe = {
	.send = camera_send,
	.flush = camera_flush,
	.now = camera_now,
};

static void camera_poll(struct camera *cam)
{
	omv_device_poll(&cam->dev);
	/* Discard the part of an abandoned or cancelled packet that was not sent. */
	if (!cam->dev.active) {
		cam->staged = 0;
		cam->pkt_len = 0;
		cam->split_len = 0;
	}
}

u32 camera_receive(struct camera *cam, const void *data, u32 len)
{
	return omv_device_receive(&cam->dev, data, len);
}

void camera_kick(struct camera *cam)
{
	if (!cam->slow && !cam->booting)
		camera_poll(cam);
}

void camera_tick(struct camera *cam)
{
	u64 now = cam->world->now;

	if (split_due(cam) <= now)
		split_end(cam);
	if (cam->booting) {
		if (now < cam->boot_at)
			return;
		camera_boot(cam);
	}
	if (cam->slow && now >= cam->poll_at) {
		cam->poll_at = now + SLOW_MS;
		camera_poll(cam);
	} else if (!cam->slow && now >= omv_device_deadline(&cam->dev)) {
		camera_poll(cam);
	}
	if (cam->capturing && now >= cam->capture_at)
		camera_capture(cam);
	if (cam->storms && now >= cam->storm_at)
		camera_storm(cam);
}

static u64 earlier(u64 a, u64 b)
{
	return a < b ? a : b;
}

u64 camera_deadline(const struct camera *cam)
{
	u64 at = split_due(cam);

	if (cam->booting)
		return earlier(at, cam->boot_at);
	at = earlier(at, cam->slow ? cam->poll_at :
				     omv_device_deadline(&cam->dev));
	if (cam->capturing)
		at = earlier(at, cam->capture_at);
	return cam->storms ? earlier(at, cam->storm_at) : at;
}

/* ---- initialization ---------------------------------------------------- */

void camera_init(struct camera *cam, struct world *world)
{
	static const u32 rx_sizes[] = { 512, 4096, 8192 };
	static const u32 transfer_sizes[] = { 64, 512, 512, 4096, 4096 };
	struct rng *rng = &world->rng;
	struct omv_device_config config = {
		.pipe = &camera_pipe,
		.ctx = cam,
		.rx_size = rx_sizes[rnd(rng, ARRAY_SIZE(rx_sizes))],
		.version = { .protocol = { 1, 0, 2 }, .firmware = { 5 } },
	};

	memset(cam, 0, sizeof(*cam));
	cam->world = world;
	cam->kind = rnd(rng, FRAME_KINDS);
	cam->no_frame = cam->kind == FRAME_STREAM && rnd(rng, 2);
	cam->slow = chance(rng, 100);
	cam->readable = chance(rng, 700);
	cam->interval = 10 + rnd(rng, rnd(rng, 2) ? 50 : 200);
	cam->frame = cam->frames[0];
	cam->two_buffers = cam->kind == FRAME_READP && rnd(rng, 2);
	if (cam->two_buffers)
		cam->interval = 1 + rnd(rng, rnd(rng, 2) ? 4 : 40);
	cam->max_frame = rnd(rng, 4) ? 3000 : MAX_FRAME;
	cam->transfer_size = transfer_sizes[rnd(rng,
						ARRAY_SIZE(transfer_sizes))];
	cam->storms = chance(rng, 200) ? 2000 : chance(rng, 300) ? 300 : 0;
	cam->capturing = true;
	cam->frame_id = -1;
	cam->config_id = -1;

	/* Allocated with their exact size, so that ASan finds overflows. */
	cam->rx = malloc(config.rx_size);
	cam->tx = malloc(config.rx_size);
	config.rx = cam->rx;
	config.tx = cam->tx;
	config.info = &cam->info;
	if (omv_device_init(&cam->dev, &config))
		world_fail(world, "omv_device_init() refused");
	omv_device_add(&cam->dev, "stdin", &stdin_ops, cam, OMV_CHF_EXEC);
	omv_device_add(&cam->dev, "stdout", &stdout_ops, cam, 0);
	cam->stream_id = omv_device_add(&cam->dev, "stream", &stream_ops, cam,
					OMV_CHF_STREAM);
	camera_boot(cam);
}

void camera_free(struct camera *cam)
{
	free(cam->rx);
	free(cam->tx);
}

static void previous_host_put(struct camera *cam, u8 seq, u8 channel, u8 opcode,
		      u32 cut)
{
	const struct omv_packet pkt = {
		.seq = seq,
		.channel = channel,
		.opcode = opcode,
		.length = opcode == OMV_OP_READ ? 8 : 0,
		.payload = (const u8 *)"\0\0\0\0\10\0\0\0",
	};
	u8 buf[64];
	u32 len = omv_packet_encode(buf, &pkt);

	camera_receive(cam, buf, len > cut ? len - cut : 0);
	camera_poll(cam);
}

void camera_previous_host(struct camera *cam)
{
	static const char text[] =
		"MPY: soft reboot\r\n\xaa\xd5\xaa\xd5>>> \xaa";
	struct rng *rng = &cam->world->rng;

	omv_device_set_active(&cam->dev, true);
	if (rnd(rng, 2))
		pipe_put(&cam->world->to_host, text, rnd(rng, sizeof(text)) + 1);
	previous_host_put(cam, 0, 0, OMV_OP_SYNC, 0);
	switch (rnd(rng, 5)) {
	case 0:		/* the device waits for an ACK that never comes (T-8) */
		previous_host_put(cam, 0, 0, OMV_OP_GET_CAPS, 0);
		break;
	case 1:		/* the same, with further requests in the buffer */
		previous_host_put(cam, 0, 0, OMV_OP_GET_CAPS, 0);
		previous_host_put(cam, 1, 0, OMV_OP_VERSION, 0);
		previous_host_put(cam, 2, 0, OMV_OP_LIST, 0);
		break;
	case 2:		/* the device waits for the rest of a packet */
		previous_host_put(cam, 0, cam->frame_id, OMV_OP_READ,
			  1 + rnd(rng, 21));
		break;
	case 3:		/* the device has refused packets */
		previous_host_put(cam, 77, 0, OMV_OP_LIST, 0);
		previous_host_put(cam, 77, 9, OMV_OP_LIST, 0);
		break;
	}
	if (rnd(rng, 2))
		omv_device_set_active(&cam->dev, false);
}
