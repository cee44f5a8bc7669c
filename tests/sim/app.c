// SPDX-License-Identifier: GPL-2.0-only
/*
 * User of the host end: does what the kernel driver and its users do, and
 * checks the guarantees of the host end.
 */
#include <sanitizer/asan_interface.h>

#include "sim.h"

#define OUT_TRANSFERS	8	/* OUT URBs of a driver */
#define OPEN_MS		40000	/* limit for a request to complete */
#define RESTART_MS	1000	/* delay of a restart after OMV_LINK_LOST */

/* ---- buffers ----------------------------------------------------------- */

/* With ASan, an access to the buffer before it is lent again is an error. */
static void buffer_take_back(struct app *app, struct app_buffer *buffer)
{
	ASAN_POISON_MEMORY_REGION(buffer->data, app->room);
	buffer->free = true;
}

static void buffer_lend(struct app *app, struct app_buffer *buffer)
{
	ASAN_UNPOISON_MEMORY_REGION(buffer->data, app->room);
	buffer->free = false;
}

/* ---- frames ------------------------------------------------------------ */

static u64 frame_stamp(void *ctx, bool *skip)
{
	struct app *app = ctx;

	*skip = !app->greedy && chance(&app->world->rng, 100);
	app->progress++;
	omv_detect_announced(&app->detect);
	app->announced++;
	return app->world->now;
}

static void *frame_buffer(void *ctx, u32 *room)
{
	struct app *app = ctx;
	u32 i;

	if (app->lent)
		world_fail(app->world, "a second buffer was requested");
	if (app->greedy || chance(&app->world->rng, 850)) {
		for (i = 0; i < FRAME_BUFFERS; i++) {
			if (!app->buffers[i].free)
				continue;
			app->lent = &app->buffers[i];
			buffer_lend(app, app->lent);
			*room = app->room;
			return app->lent->data;
		}
	}
	app->kick_at = app->world->now + rnd(&app->world->rng, 400);
	return NULL;
}

/* Return: the frame, with its header, which may have been fetched separately */
static const u8 *frame_whole(struct app *app, const u8 *data, u32 *size)
{
	const u32 head = sizeof(app->pump.head);

	if (!app->pump.mode.has_header ||
	    app->world->camera.kind == FRAME_STREAM)
		return data;
	memcpy(app->scratch, &app->pump.head, head);
	memcpy(app->scratch + head, data, *size);
	*size += head;
	return app->scratch;
}

static void frame_check(struct app *app, const u8 *data, u32 size)
{
	u32 number;

	app->done++;
	if (app->trusting)
		return;
	data = frame_whole(app, data, &size);
	data = frame_content(data, &size);
	if (!content_check(data, size, &number))
		world_fail(app->world, "%u bytes that are no frame were delivered as a good frame",
			   size);
	else if (number <= app->last_frame)
		world_fail(app->world, "frame %u was delivered after frame %u",
			   number, app->last_frame);
	app->last_frame = number;
	world_note(app->world, "frame %u delivered", number);
}

/* A delivered frame must be one that the camera made, in the reported format. */
static void frame_deliver(struct app *app, const u8 *data, u32 size)
{
	const struct omv_picture *picture = &app->detect.picture;
	struct omv_jpeg jpeg;
	u32 number, len = size;

	app->good++;
	if (app->trusting)
		return;
	if (picture->pixfmt == OMV_PIX_JPEG) {
		if (omv_jpeg_scan(data, size, &jpeg) || !jpeg.has_dht ||
		    jpeg.width != picture->width ||
		    jpeg.height != picture->height)
			world_fail(app->world, "a frame was delivered that is not a whole JPEG of %ux%u",
				   picture->width, picture->height);
	} else if (omv_picture_size(picture) != size) {
		world_fail(app->world, "a raw frame of %u bytes was delivered, but the format is %ux%u",
			   size, picture->width, picture->height);
	}
	data = frame_content(data, &len);
	if (!content_check(data, len, &number))
		world_fail(app->world, "the detection has damaged frame %u",
			   app->last_frame);
}

static void frame_recognize(struct app *app, u8 *data, u32 size)
{
	const bool has_header = app->pump.mode.has_header;
	enum omv_verdict verdict;

	verdict = omv_detect_frame(&app->detect,
				   has_header ? &app->pump.head : NULL, data,
				   &size, app->room, app->world->now);
	world_note(app->world, "verdict %d", verdict);
	if (verdict == OMV_FRAME_GOOD)
		frame_deliver(app, data, size);
	else if (verdict == OMV_FRAME_TOO_BIG)
		omv_detect_too_big(&app->detect, size, app->world->now);
	else if (app->greedy)
		world_fail(app->world, "verdict %d on a frame whose layout has not changed",
			   verdict);
}

static void frame_settled(void *ctx, const struct omv_frame *frame,
			  enum omv_pump_result result, void *buf, u32 size)
{
	struct app *app = ctx;

	app->progress++;
	app->settled[result]++;
	if (buf && (!app->lent || buf != app->lent->data))
		world_fail(app->world, "memory was returned that was not lent");
	if (result == OMV_PUMP_DONE && (!buf || !size || size > app->room))
		world_fail(app->world, "a good frame of %u bytes in %s", size,
			   buf ? "a smaller buffer" : "no buffer");
	else if (result == OMV_PUMP_TOO_BIG)
		omv_detect_too_big(&app->detect, size, app->world->now);
	if (result == OMV_PUMP_DONE && buf) {
		frame_check(app, buf, size);
		frame_recognize(app, buf, size);
	} else {
		world_note(app->world, "frame not delivered: %d", result);
	}
	if (buf && app->lent) {
		buffer_take_back(app, app->lent);
		app->lent = NULL;
	}
}

static const struct omv_pump_ops pump_ops = {
	.stamp = frame_stamp,
	.buffer = frame_buffer,
	.frame = frame_settled,
};

static void frames_halt(struct app *app)
{
	omv_pump_stop(&app->pump, app->world->now);
	if (app->lent)
		buffer_take_back(app, app->lent);
	app->lent = NULL;
}

/* Like the driver on each change of the link. */
static void frames_rescan(struct app *app)
{
	const struct omv_input *input = omv_detect_input(&app->detect);
	const struct omv_channel *channel = omv_host_find(&app->host, input->name);
	struct omv_pump_mode mode;

	if (app->pump.running && channel && app->detect.streaming &&
	    channel->id == app->pump.channel)
		return;
	if (app->pump.running)
		frames_halt(app);
	if (!channel || !app->detect.streaming ||
	    omv_detect_is_busy(&app->detect))
		return;
	omv_detect_mode(&app->detect, &mode);
	app->starts++;
	omv_pump_start(&app->pump, channel->id, &mode, app->world->now);
}

/* ---- the format -------------------------------------------------------- */

static void format_changed(void *ctx)
{
	struct app *app = ctx;
	const struct omv_picture *picture = &app->detect.picture;

	app->progress++;
	app->changed = true;
	world_note(app->world, "format %08x, %ux%u", picture->pixfmt,
		   picture->width, picture->height);
}

static void format_idle(void *ctx)
{
	struct app *app = ctx;

	app->progress++;
	if (omv_detect_is_busy(&app->detect))
		world_fail(app->world, "idle() was called, but the detection is busy");
	if (omv_detect_input(&app->detect)->signal)
		app->detected++;
	frames_rescan(app);
}

static void format_refetch(void *ctx)
{
	struct app *app = ctx;

	app->progress++;
	if (!app->detect.streaming)
		world_fail(app->world, "refetch() was called without a stream");
	if (app->pump.running)
		frames_halt(app);
	frames_rescan(app);
}

static const struct omv_detect_ops detect_ops = {
	.changed = format_changed,
	.idle = format_idle,
	.refetch = format_refetch,
};

static void stream_on(struct app *app)
{
	struct omv_detect *detect = &app->detect;
	u64 now = app->world->now;

	if (detect->streaming)
		return;
	/* Sometimes use a raw preview, if there is one. */
	if (omv_detect_input(detect)->raw.width && rnd(&app->world->rng, 2))
		omv_detect_set_picture(detect, &omv_detect_input(detect)->raw);
	world_note(app->world, "stream on");
	app->changed = false;
	omv_detect_set_allocated(detect, true, now);
	omv_pump_rewind(&app->pump, now);
	omv_detect_stream_on(detect, now);
	frames_rescan(app);
}

static void stream_off(struct app *app, bool release)
{
	u64 now = app->world->now;

	world_note(app->world, "stream off");
	if (app->detect.streaming) {
		if (app->pump.running)
			frames_halt(app);
		omv_detect_stream_off(&app->detect,
				      omv_pump_is_stalled(&app->pump, now), now);
	}
	if (release)
		omv_detect_set_allocated(&app->detect, false, now);
}

/* Select the input on which the camera has pictures. */
static void input_of_camera(struct app *app)
{
	const struct camera *cam = &app->world->camera;

	stream_off(app, true);
	/* While buffers are allocated the input would not follow the camera. */
	if (!cam->no_frame || app->world->calm)
		omv_detect_select(&app->detect, cam->kind == FRAME_STREAM,
				  app->world->now);
}

void app_calm(struct app *app)
{
	input_of_camera(app);
	stream_on(app);
}

/* Like an application that restarts its stream after a change of the format. */
static void stream_again(struct app *app)
{
	app->changed = false;
	if (!app->detect.streaming || app->greedy)
		return;
	stream_off(app, true);
	stream_on(app);
}

/* Like an application that waits for the signal, so that no frame can be lost. */
static void stream_when_detected(struct app *app)
{
	const struct camera *cam = &app->world->camera;

	if (!app->greedy || app->detect.streaming || app->finished ||
	    app->host.state != OMV_HOST_READY ||
	    omv_detect_is_busy(&app->detect))
		return;
	/* The signal is missing if the event was interleaved, or there are no events. */
	if (omv_detect_input(&app->detect)->signal ||
	    ((cam->kind == FRAME_POLLED || app->world->mode == MODE_TORN) &&
	     app->world->now >= app->stream_at))
		stream_on(app);
}

/* ---- requests ---------------------------------------------------------- */

static void request_close(struct app_request *ar)
{
	ar->open = false;
	free(ar->buf);
	free(ar->data);
	ar->buf = NULL;
	ar->data = NULL;
}

static void request_prepare(struct app_request *ar, u8 opcode, u8 channel,
			    u32 size)
{
	struct omv_request *req = &ar->req;

	req->opcode = opcode;
	req->channel = channel;
	req->offset = 0;
	req->length = opcode == OMV_OP_READ ? size : 0;
	req->size = size;
	ar->buf = size ? malloc(size) : NULL;
	req->buf = ar->buf;
	req->data = NULL;
	ar->trusting = ar->world->app.trusting;
}

/* Return: the result of omv_host_submit() */
static int request_submit(struct app_request *ar)
{
	struct app *app = &ar->world->app;
	int ret;

	ar->open = true;
	ar->since = ar->world->now;
	ret = omv_host_submit(&app->host, &ar->req, ar->world->now);
	if (!ret)
		return 0;
	if (!ar->open)
		world_fail(ar->world, "a refused request was completed");
	request_close(ar);
	if (ret != -EAGAIN || app->host.state == OMV_HOST_READY)
		world_fail(ar->world, "a request was refused: %d", ret);
	return ret;
}

static bool request_completed(struct app_request *ar)
{
	ar->world->app.progress++;
	if (!ar->open) {
		world_fail(ar->world, "a request was completed that was not open");
		return false;
	}
	if (ar->req.received > ar->req.size)
		world_fail(ar->world, "%u bytes received, room for %u",
			   ar->req.received, ar->req.size);
	return true;
}

static void request_cancel(struct app *app, struct app_request *ar)
{
	if (!ar->open)
		return;
	app->cancels++;
	world_note(app->world, "cancel opcode %02x", ar->req.opcode);
	omv_host_cancel(&app->host, &ar->req);
	request_close(ar);
}

static void any_complete(struct omv_host *host, struct omv_request *req)
{
	struct app_request *ar = container_of(req, struct app_request, req);
	u32 got = req->received;
	bool sound;

	if (!request_completed(ar))
		return;
	switch (req->opcode) {
	case OMV_OP_POLL:
	case OMV_OP_SIZE:
		sound = got == sizeof(__le32);
		break;
	case OMV_OP_STATS:
		sound = got == sizeof(struct omv_stats);
		break;
	case OMV_OP_SYS_INFO:
		sound = got == sizeof(struct omv_sys_info);
		break;
	case OMV_OP_LIST:
		sound = got && got % sizeof(struct omv_channel_entry) == 0;
		break;
	default:
		sound = true;
		break;
	}
	if (!req->result && !sound && !ar->trusting)
		world_fail(ar->world, "opcode %02x answered with %u bytes",
			   req->opcode, got);
	request_close(ar);
}

static void any_submit(struct app *app, struct app_request *ar)
{
	static const struct {
		u8 opcode;
		u32 size;
	} kinds[] = {
		{ OMV_OP_POLL, 4 }, { OMV_OP_STATS, 32 }, { OMV_OP_LIST, 512 },
		{ OMV_OP_SYS_INFO, 76 }, { OMV_OP_SIZE, 4 },
		{ OMV_OP_SHAPE, 16 }, { OMV_OP_LOCK, 0 }, { OMV_OP_UNLOCK, 0 },
		{ OMV_OP_IOCTL, 0 },
	};
	struct rng *rng = &app->world->rng;
	u32 kind = rnd(rng, ARRAY_SIZE(kinds));
	u8 channel = kind < 4 ? 0 : 1 + rnd(rng, 9);
	const struct camera *cam = &app->world->camera;

	/* Only the pump may access the mailbox. */
	if (cam->kind == FRAME_STREAM && channel == cam->stream_id)
		channel++;
	request_prepare(ar, kinds[kind].opcode, channel, kinds[kind].size);
	ar->req.complete = any_complete;
	if (kinds[kind].opcode == OMV_OP_IOCTL) {
		ar->req.offset = rnd(rng, 8);
		ar->req.length = rnd(rng, 3) * 4;
		ar->data = malloc(ar->req.length + 1);
		memset(ar->data, 0, ar->req.length + 1);
		ar->req.data = ar->data;
	}
	request_submit(ar);
}

/* ---- writes, and reading back ------------------------------------------ */

static void read_submit(struct app *app, u8 opcode, u8 channel, u32 size);

static void write_never(struct app *app, u32 number)
{
	app->never[number] = 1;
	if (app->world->camera.applied[number])
		world_fail(app->world, "write %u was reported as not sent, but was applied",
			   number);
}

static void write_complete(struct omv_host *host, struct omv_request *req)
{
	struct app_request *ar = container_of(req, struct app_request, req);
	struct world *world = ar->world;
	struct app *app = &world->app;

	if (!request_completed(ar))
		return;
	world_note(world, "write %u: %d", ar->number, req->result);
	if (!req->result) {
		app->writes_ok++;
		if (!ar->trusting && world->camera.applied[ar->number] != 1)
			world_fail(world, "write %u was reported as done, but was not applied",
				   ar->number);
	} else {
		app->writes_failed++;
		if (req->result == -EAGAIN)
			write_never(app, ar->number);
	}
	request_close(ar);
	if (!req->result)
		read_submit(app, OMV_OP_SIZE, req->channel, 4);
}

static void write_submit(struct app *app)
{
	const struct omv_channel *channel = omv_host_find(&app->host, "config");
	struct app_request *ar = &app->write;
	u32 max = omv_host_write_max(&app->host);
	struct rng *rng = &app->world->rng;

	if (!channel || ar->open || app->read.open ||
	    app->written == MAX_WRITES - 1)
		return;
	if (max > MAX_CONFIG)
		max = MAX_CONFIG;
	request_prepare(ar, OMV_OP_WRITE, channel->id, 0);
	ar->req.length = CONTENT_MIN + rnd(rng, max - CONTENT_MIN + 1);
	ar->req.complete = write_complete;
	ar->number = ++app->written;
	ar->data = malloc(ar->req.length);
	ar->req.data = ar->data;
	content_fill(ar->data, ar->req.length, ar->number);
	world_note(app->world, "write %u of %u bytes", ar->number,
		   ar->req.length);
	if (request_submit(ar))
		write_never(app, ar->number);
}

/* The result must be a value that the camera had after the request was sent. */
static void read_check(struct app_request *ar)
{
	const struct camera *cam = &ar->world->camera;
	u32 number, i;

	if (ar->trusting)
		return;
	if (!content_check(ar->buf, ar->req.received, &number)) {
		world_fail(ar->world, "the config that was read is not complete");
		return;
	}
	ar->world->app.reads_ok++;
	for (i = ar->number; i <= cam->config_turn; i++)
		if (cam->config_was[i % CONFIG_TURNS] == number)
			return;
	world_fail(ar->world, "the config that was read is %u, expected %u",
		   number, cam->config_number);
}

static void read_complete(struct omv_host *host, struct omv_request *req)
{
	struct app_request *ar = container_of(req, struct app_request, req);
	struct app *app = &ar->world->app;
	__le32 word;
	u32 size = 0;

	if (!request_completed(ar))
		return;
	if (!req->result && req->opcode == OMV_OP_SIZE) {
		memcpy(&word, ar->buf, sizeof(word));
		size = le32_to_cpu(word);
	} else if (!req->result) {
		read_check(ar);
	}
	request_close(ar);
	if (size && size <= MAX_CONFIG)
		read_submit(app, OMV_OP_READ, req->channel, size);
}

static void read_submit(struct app *app, u8 opcode, u8 channel, u32 size)
{
	struct app_request *ar = &app->read;

	if (ar->open)
		return;
	request_prepare(ar, opcode, channel, size);
	ar->req.complete = read_complete;
	ar->number = app->world->camera.config_turn;
	request_submit(ar);
}

/* ---- the host end's callbacks ------------------------------------------ */

static u32 packet_size(const struct omv_packet *pkt)
{
	return pkt->length ? OMV_OVERHEAD + pkt->length : OMV_HDR_SIZE;
}

/* Rules of 17.1.11, which must hold whatever the camera does. */
static void send_check(struct app *app, const u8 *data, u32 len)
{
	struct omv_packet pkt;
	bool system;

	if (len < OMV_HDR_SIZE || !omv_hdr_decode(data, &pkt) ||
	    len != packet_size(&pkt)) {
		world_fail(app->world, "the host sent an invalid packet");
		return;
	}
	if (pkt.flags == OMV_F_ACK) {
		if (pkt.length)
			world_fail(app->world, "the host sent an ACK with a payload");
		return;
	}
	system = pkt.opcode <= OMV_OP_POLL;
	if (pkt.flags || system == !!pkt.channel ||
	    pkt.opcode == OMV_OP_SYS_EVENT || pkt.opcode > OMV_OP_IOCTL)
		world_fail(app->world, "the host sent opcode %02x, flags %02x on channel %u",
			   pkt.opcode, pkt.flags, pkt.channel);
}

/* A READ of the detection must not read the last byte of a frame (12.3). */
static void detect_check(struct app *app)
{
	const struct omv_detect *detect = &app->detect;
	const struct omv_request *req = app->host.req;

	if (app->host.opcode != OMV_OP_READ || !req)
		return;
	app->probing = req == &detect->req;
	if (app->probing && (req->offset >= detect->size ||
			     req->length >= detect->size - req->offset))
		world_fail(app->world, "the detection reads %u bytes at %u of %u",
			   req->length, req->offset, detect->size);
}

/* The same for a READ that searches for picture channels; an empty channel is not read. */
static void pictures_check(struct app *app)
{
	const struct omv_pictures *pictures = &app->pictures;
	const struct omv_request *req = app->host.req;

	if (app->host.opcode != OMV_OP_READ || !req || req != &pictures->req)
		return;
	if (req->offset || req->length >= pictures->size)
		world_fail(app->world, "the search for pictures reads %u bytes of %u",
			   req->length, pictures->size);
}

static int host_send(void *ctx, const void *data, u32 len)
{
	struct app *app = ctx;
	struct world *world = app->world;

	app->progress++;
	send_check(app, data, len);
	detect_check(app);
	pictures_check(app);
	world_packet(world, ">", data);
	if (app->host.state == OMV_HOST_STOPPED)
		world_fail(world, "a stopped host end sent something");
	if (world->to_camera.count >= OUT_TRANSFERS)
		return -1;
	pipe_put(&world->to_camera, data, len);
	return 0;
}

static void host_link(void *ctx, enum omv_link_event link)
{
	static const char *const names[] = { "up", "down", "lost", "channels" };
	struct app *app = ctx;

	app->progress++;
	world_note(app->world, "link: %s", names[link]);
	if (link == OMV_LINK_UP && app->world->calm)
		app->trusting = false;
	if (!app->ups++ && link == OMV_LINK_UP)
		app->first = app->host.stats;
	omv_detect_link_changed(&app->detect, link, app->world->now);
	omv_pictures_link_changed(&app->pictures, link, app->world->now);
	frames_rescan(app);
	if (link == OMV_LINK_LOST) {
		app->lost++;
		app->restart_at = app->world->now + RESTART_MS;
	}
}

static void host_event(void *ctx, u8 channel, u16 value)
{
	struct app *app = ctx;

	app->progress++;
	if (app->pump.running && channel == app->pump.channel)
		omv_pump_event(&app->pump, app->world->now);
	else
		omv_detect_event(&app->detect, channel, value,
				 app->world->now);
	omv_pictures_event(&app->pictures, channel, value, app->world->now);
}

static void pictures_changed(void *ctx)
{
	(void)ctx;
}

/* No channel of the camera but "frame" has pictures. */
static void pictures_found(void *ctx, const char *name)
{
	struct app *app = ctx;

	if (!app->trusting)
		world_fail(app->world, "pictures were found in channel %s", name);
}

static bool pictures_claimed(void *ctx, u8 channel)
{
	struct app *app = ctx;

	return app->pump.running && app->pump.channel == channel;
}

static const struct omv_pictures_ops pictures_ops = {
	.changed = pictures_changed,
	.found = pictures_found,
	.claimed = pictures_claimed,
};

static const struct omv_host_ops host_ops = {
	.send = host_send,
	.link_changed = host_link,
	.event = host_event,
};

/* ---- actions ----------------------------------------------------------- */

void app_init(struct app *app, struct world *world)
{
	u32 i;

	memset(app, 0, sizeof(*app));
	app->world = world;
	app->room = MAX_FRAME;
	app->restart_at = U64_MAX;
	app->kick_at = U64_MAX;
	omv_host_init(&app->host, &host_ops, app);
	omv_pump_init(&app->pump, &app->host, &pump_ops, app);
	omv_detect_init(&app->detect, &app->host, &detect_ops, app);
	omv_pictures_init(&app->pictures, &app->host, &pictures_ops, app);
	omv_detect_add_input(&app->detect, "frame", &omv_fetch_frame);
	omv_detect_add_input(&app->detect, "stream", &omv_fetch_stream);
	for (i = 0; i < MAX_REQUESTS; i++)
		app->requests[i].world = world;
	app->write.world = world;
	app->read.world = world;
}

/* Called when app->room, the largest frame, is set. */
void app_open(struct app *app)
{
	u32 i;

	for (i = 0; i < FRAME_BUFFERS; i++) {
		app->buffers[i].data = malloc(app->room);
		buffer_take_back(app, &app->buffers[i]);
	}
	app->scratch = malloc(sizeof(app->pump.head) + app->room);
	input_of_camera(app);
	app->stream_at = 1000 + rnd(&app->world->rng, 2000);
	if (!app->greedy && rnd(&app->world->rng, 2))
		stream_on(app);
}

void app_free(struct app *app)
{
	u32 i;

	app_stop(app);
	free(app->scratch);
	for (i = 0; i < FRAME_BUFFERS; i++) {
		ASAN_UNPOISON_MEMORY_REGION(app->buffers[i].data, app->room);
		free(app->buffers[i].data);
	}
}

void app_start(struct app *app)
{
	app->restart_at = U64_MAX;
	omv_host_start(&app->host, app->world->now);
}

static bool any_open(const struct app *app)
{
	u32 i;

	for (i = 0; i < MAX_REQUESTS; i++)
		if (app->requests[i].open)
			return true;
	return app->write.open || app->read.open;
}

void app_stop(struct app *app)
{
	omv_host_stop(&app->host);
	omv_detect_link_changed(&app->detect, OMV_LINK_DOWN, app->world->now);
	omv_pictures_link_changed(&app->pictures, OMV_LINK_DOWN, app->world->now);
	if (app->pictures.state != OMV_PICTURES_IDLE)
		world_fail(app->world, "omv_host_stop() left a search for pictures running");
	if (app->detect.state > OMV_DETECT_WAIT)
		world_fail(app->world, "omv_host_stop() left a detection running");
	frames_rescan(app);
	app->restart_at = U64_MAX;
	if (any_open(app))
		world_fail(app->world, "omv_host_stop() left a request open");
	if (app->lent)
		world_fail(app->world, "omv_host_stop() left a buffer lent");
}

void app_input(struct app *app, const void *data, u32 len)
{
	app->progress++;
	omv_host_input(&app->host, data, len, app->world->now);
}

static void app_act(struct app *app)
{
	struct rng *rng = &app->world->rng;
	struct app_request *ar = &app->requests[rnd(rng, MAX_REQUESTS)];
	u32 what = rnd(rng, 100);

	app->act_at = app->world->now + rnd(rng, 200);
	if (what < 50) {
		if (!ar->open)
			any_submit(app, ar);
		return;
	}
	if (app->greedy)
		return;
	if (what < 65) {
		request_cancel(app, ar);
	} else if (what < 68) {
		request_cancel(app, &app->write);
	} else if (what < 70) {
		request_cancel(app, &app->read);
	} else if (what < 80) {
		if (!app->detect.streaming)
			stream_on(app);
		else if (!app->world->calm)
			stream_off(app, rnd(rng, 2));
	} else if (what < 90) {
		omv_pump_kick(&app->pump, app->world->now);
	} else if (what < 92 && !app->world->calm) {
		omv_detect_select(&app->detect, rnd(rng, 3), app->world->now);
	}
}

static void check_open(struct app_request *ar)
{
	if (ar->open && ar->world->now - ar->since > OPEN_MS)
		world_fail(ar->world, "opcode %02x has been open for %u s",
			   ar->req.opcode, OPEN_MS / 1000);
}

/* Like the driver: if one of them is due, all are ticked. */
static void app_tick_core(struct app *app)
{
	u64 now = app->world->now;
	u64 progress = app->progress;

	if (now < omv_host_deadline(&app->host) &&
	    now < omv_pump_deadline(&app->pump) &&
	    now < omv_detect_deadline(&app->detect) &&
	    now < omv_pictures_deadline(&app->pictures))
		return;
	omv_host_tick(&app->host, now);
	omv_pump_tick(&app->pump, now);
	omv_detect_tick(&app->detect, now);
	omv_pictures_tick(&app->pictures, now);
	if (app->progress != progress)
		return;
	if (omv_host_deadline(&app->host) <= now)
		world_fail(app->world, "the host end's deadline stays in the past");
	if (omv_pump_deadline(&app->pump) <= now)
		world_fail(app->world, "the pump's deadline stays in the past");
	if (omv_detect_deadline(&app->detect) <= now)
		world_fail(app->world, "the detection's deadline stays in the past");
	if (omv_pictures_deadline(&app->pictures) <= now)
		world_fail(app->world, "the deadline of the search for pictures stays in the past");
}

void app_tick(struct app *app)
{
	u64 now = app->world->now;
	u32 i;

	app_tick_core(app);
	if (app->changed)
		stream_again(app);
	stream_when_detected(app);
	if (now >= app->restart_at) {
		world_unplug(app->world);
		world_plug(app->world);
	}
	if (now >= app->kick_at) {
		app->kick_at = U64_MAX;
		omv_pump_kick(&app->pump, now);
	}
	if (now >= app->write_at) {
		app->write_at = now + 1 + rnd(&app->world->rng, 500);
		write_submit(app);
	}
	if (now >= app->act_at)
		app_act(app);
	for (i = 0; i < MAX_REQUESTS; i++)
		check_open(&app->requests[i]);
	check_open(&app->write);
	check_open(&app->read);
}

static u64 earlier(u64 a, u64 b)
{
	return a < b ? a : b;
}

u64 app_deadline(const struct app *app)
{
	u64 at = earlier(omv_host_deadline(&app->host),
			 omv_pump_deadline(&app->pump));

	at = earlier(at, omv_detect_deadline(&app->detect));
	at = earlier(at, omv_pictures_deadline(&app->pictures));
	if (app->stream_at > app->world->now)
		at = earlier(at, app->stream_at);
	at = earlier(at, earlier(app->restart_at, app->kick_at));
	return earlier(at, earlier(app->write_at, app->act_at));
}

/* ---- checks at the end ------------------------------------------------- */

static void check_channels(struct app *app)
{
	const struct omv_device *dev = &app->world->camera.dev;
	const struct omv_channel *row = app->host.channels;
	const struct omv_channel *end = row + app->host.channel_count;
	int id;

	for (id = 1; id < OMV_MAX_CHANNELS; id++) {
		const struct omv_device_channel *ch = &dev->channels[id];

		if (!ch->ops)
			continue;
		if (row == end || row->id != id || row->flags != ch->flags ||
		    strcmp(row->name, ch->name)) {
			world_fail(app->world, "channel %d differs from the host's table",
				   id);
			return;
		}
		row++;
	}
	if (row != end)
		world_fail(app->world, "the host's table has a channel that does not exist");
}

void app_check(struct app *app)
{
	const struct omv_host_stats *first = &app->first;
	const struct omv_host_stats *now = &app->host.stats;
	const struct camera *cam = &app->world->camera;
	u64 settled = 0;
	u32 i;

	if (app->host.state != OMV_HOST_READY) {
		world_fail(app->world, "the session is not up");
		return;
	}
	check_channels(app);
	for (i = 1; i <= app->written; i++)
		if (app->never[i])
			write_never(app, i);
	if (!app->greedy)
		return;

	/* There was no fault since the session was up, so no error may be counted. */
	if (now->syncs != first->syncs || now->timeouts != first->timeouts ||
	    now->seq_errors != first->seq_errors ||
	    now->stray != first->stray || app->lost)
		world_fail(app->world, "%u SYNCs, %u timeouts, %u seq errors, %u strays without a fault",
			   (u32)(now->syncs - first->syncs),
			   (u32)(now->timeouts - first->timeouts),
			   (u32)(now->seq_errors - first->seq_errors),
			   (u32)(now->stray - first->stray));
	for (i = 0; i <= OMV_PUMP_MISSED; i++)
		settled += app->settled[i];
	if (settled != app->announced)
		world_fail(app->world, "%u frames announced, but %u results reported",
			   (u32)app->announced, (u32)settled);
	if (app->world->mode == MODE_CLEAN &&
	    (app->done != app->announced || app->done != cam->whole_reads ||
	     cam->frame_number != app->done + cam->released + cam->probed ||
	     cam->released > app->starts))
		world_fail(app->world, "%u frames captured, %u announced, %u read, %u released, %u delivered",
			   cam->frame_number, (u32)app->announced,
			   (u32)cam->whole_reads, (u32)cam->released,
			   (u32)app->done);
}

void app_finish(struct app *app)
{
	app->finished = true;
	input_of_camera(app);
	/* The event of a new script, which restarts the detection. */
	omv_device_event(&app->world->camera.dev, 1, 1);
}

bool app_is_detected(const struct app *app)
{
	return app->detect.state == OMV_DETECT_IDLE &&
	       app->detect.inputs[app->detect.input].signal;
}

void app_check_detected(struct app *app)
{
	const struct camera *cam = &app->world->camera;
	const struct omv_detect *detect = &app->detect;
	const struct omv_input *input = omv_detect_input(&app->detect);
	struct omv_picture want = { OMV_PIX_JPEG, cam->width, cam->height };
	bool jpeg = cam->kind == FRAME_STREAM || cam->frame_layout == LAYOUT_JPEG;
	bool has_header = cam->kind == FRAME_STREAM ||
			  cam->frame_layout == LAYOUT_HEADER;

	if (!jpeg) {
		want.pixfmt = OMV_PIX_GRAYSCALE;
		want.width = cam->frame_size - (has_header ? 32 : 0);
		want.height = 1;
	}
	if (memcmp(&input->picture, &want, sizeof(want)) ||
	    input->has_header != has_header)
		world_fail(app->world, "%08x, %ux%u was detected, expected %08x, %ux%u",
			   input->picture.pixfmt, input->picture.width,
			   input->picture.height, want.pixfmt, want.width,
			   want.height);
	if (detect->picture.pixfmt != input->raw.pixfmt &&
	    memcmp(&detect->picture, &want, sizeof(want)))
		world_fail(app->world, "the format differs from the detected one");
	if (detect->pending || detect->again || detect->nr_timeouts)
		world_fail(app->world, "the detection is not over: pending %d, again %d, %u timeouts",
			   detect->pending, detect->again, detect->nr_timeouts);
	if (cam->kind == FRAME_STREAM &&
	    (cam->stream_on || cam->stream_locked || cam->stream_raw))
		world_fail(app->world, "the detection has left the stream on");
}
