// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdarg.h>

#include "sim.h"

/* Limit to recover after the last fault: a frame may take 2 s, and each request waits for one. */
#define CALM_MS		60000
#define STEADY_MS	1500	/* time that the session must then last */
#define DRAIN_MS	5000	/* time of the largest frame of the slowest camera */
#define DETECT_MS	100000	/* limit to detect the format (T-32) */
#define CALM_FRAMES	3
/* Per ms of virtual time: several large frames in transfers of one byte. */
#define MAX_TURNS	200000

const char *const mode_names[MODES] = {
	[MODE_CLEAN] = "clean",
	[MODE_BYTES] = "bytes",
	[MODE_USB] = "usb",
	[MODE_TORN] = "torn",
	[MODE_REBOOT] = "reboot",
	[MODE_MIXED] = "mixed",
	[MODE_HOSTILE] = "hostile",
};

/* ---- messages ---------------------------------------------------------- */

static void print_line(const struct world *world, const char *format, va_list args)
{
	printf("# %8" PRIu64 " ", world->now);
	vprintf(format, args);
	putchar('\n');
}

void world_fail(struct world *world, const char *format, ...)
{
	va_list args;

	if (world->failed)
		return;
	world->failed = true;
	printf("# seed %" PRIu64 " (%s) fails at %" PRIu64 " ms; repeat with: build/sim --mode %s --seed %" PRIu64 " --verbose\n",
	       world->seed, mode_names[world->mode], world->now,
	       mode_names[world->mode], world->seed);
	va_start(args, format);
	print_line(world, format, args);
	va_end(args);
	fflush(stdout);
}

void world_note(struct world *world, const char *format, ...)
{
	va_list args;

	if (!world->verbose)
		return;
	va_start(args, format);
	print_line(world, format, args);
	va_end(args);
}

void world_packet(struct world *world, const char *arrow, const u8 *hdr)
{
	world_note(world, "%s seq %u ch %u flags %02x op %02x len %u", arrow,
		   hdr[2], hdr[3], hdr[4], hdr[5], hdr[6] | hdr[7] << 8);
}

/* ---- faults ------------------------------------------------------------ */

void world_unplug(struct world *world)
{
	world_note(world, "DTR down");
	app_stop(&world->app);
	omv_device_set_active(&world->camera.dev, false);
	world->camera.staged = 0;
	world->camera.pkt_len = 0;
	world->camera.split_len = 0;
	pipe_clear(&world->to_camera);
	/* One of the two USB stacks keeps the bytes it was about to send (11.1). */
	if (rnd(&world->rng, 2))
		pipe_clear(&world->to_host);
}

void world_plug(struct world *world)
{
	world_note(world, "DTR up");
	world->replug_at = U64_MAX;
	omv_device_set_active(&world->camera.dev, true);
	app_start(&world->app);
}

static u32 pick(struct world *world, const u32 *values)
{
	return values[rnd(&world->rng, 4)];
}

static void faults_bytes(struct world *world, struct faults *faults)
{
	static const u32 rates[] = { 0, 20, 200, 2000 };

	faults->corrupt = pick(world, rates);
	faults->drop = pick(world, rates);
	faults->repeat = pick(world, rates);
}

static void faults_usb(struct world *world, struct faults *faults)
{
	static const u32 rates[] = { 0, 5, 20, 100 };

	faults->lose = pick(world, rates);
	faults->again = pick(world, rates);
	faults->truncate = pick(world, rates);
}

/* Faults are switched on and off, so that sessions make progress in between. */
static void faults_toggle(struct world *world)
{
	struct faults none = { 0 }, faults[2] = { none, none };
	bool bytes = world->mode == MODE_BYTES;
	bool usb = world->mode == MODE_USB;
	int i;

	if (world->mode == MODE_MIXED)
		*(rnd(&world->rng, 2) ? &bytes : &usb) = true;
	world->faults_on = !world->faults_on;
	for (i = 0; i < 2 && world->faults_on; i++) {
		if (bytes)
			faults_bytes(world, &faults[i]);
		if (usb)
			faults_usb(world, &faults[i]);
	}
	world->to_camera.faults = faults[0];
	world->to_host.faults = faults[1];
}

static void something_happens(struct world *world)
{
	struct rng *rng = &world->rng;
	u32 what = rnd(rng, 10);

	if (world->mode == MODE_BYTES || world->mode == MODE_USB ||
	    world->mode == MODE_MIXED)
		faults_toggle(world);
	if (world->mode == MODE_USB && what < 8)
		return;
	if (world->mode != MODE_USB && world->mode != MODE_REBOOT &&
	    world->mode != MODE_MIXED)
		return;
	world->faults++;
	if (what == 9 && rnd(rng, 2)) {
		camera_change(&world->camera);
	} else if (what < 5 && !world->camera.booting) {
		camera_reboot(&world->camera);
	} else if (what < 8 && world->replug_at == U64_MAX) {
		world_unplug(world);
		world->replug_at = world->now + rnd(rng, 500);
	} else {
		world_note(world, "the host does not read");
		world->to_host.held = true;
		world->unhold_at = world->now + rnd(rng, 4000);
	}
}

static void world_calm(struct world *world)
{
	const struct faults none = { 0 };

	world_note(world, "calm");
	world->calm = true;
	world->calm_at = U64_MAX;
	world->fault_at = U64_MAX;
	world->to_camera.faults = none;
	world->to_host.faults = none;
	world->to_host.held = false;
	world->camera.split = 0;
	world->camera.refuses = 0;
	if (world->replug_at != U64_MAX)
		world_plug(world);
	if (world->hostile_on) {
		world->hostile_on = false;
		pipe_clear(&world->to_camera);
		pipe_clear(&world->to_host);
		omv_device_set_active(&world->camera.dev, true);
	}
	if (!world->app.greedy)
		app_calm(&world->app);
}

static void world_tick(struct world *world)
{
	struct rng *rng = &world->rng;

	if (world->now >= world->calm_at)
		world_calm(world);
	if (world->now >= world->fault_at) {
		world->fault_at = world->now + rnd(rng, 3000);
		something_happens(world);
	}
	if (world->now >= world->unhold_at) {
		world->to_host.held = false;
		world->unhold_at = U64_MAX;
	}
	if (world->now >= world->replug_at)
		world_plug(world);
}

/* ---- time -------------------------------------------------------------- */

static bool move_to_camera(struct world *world)
{
	struct transfer *transfer = pipe_first(&world->to_camera);
	u32 len, taken;

	if (!transfer)
		return false;
	len = transfer->len - transfer->pos;
	if (world->hostile_on) {
		hostile_receive(&world->hostile, transfer->data, len);
		taken = len;
	} else {
		taken = camera_receive(&world->camera,
				       transfer->data + transfer->pos, len);
		camera_kick(&world->camera);
	}
	if (taken)
		pipe_take(&world->to_camera, taken);
	return taken;
}

static bool move_to_host(struct world *world)
{
	struct transfer *transfer = pipe_first(&world->to_host);
	struct rng *rng = &world->rng;
	u8 piece[512];
	u32 len;

	if (!transfer)
		return false;
	len = transfer->len - transfer->pos;
	if (rnd(rng, 4) == 0) {
		/* Pieces of random size. */
		len = 1 + rnd(rng, len < sizeof(piece) ? len : sizeof(piece));
		memcpy(piece, transfer->data + transfer->pos, len);
		pipe_take(&world->to_host, len);
		app_input(&world->app, piece, len);
	} else {
		app_input(&world->app, transfer->data + transfer->pos, len);
		/* app_input() cannot unplug, so the transfer still exists. */
		pipe_take(&world->to_host, len);
	}
	if (!world->hostile_on)
		camera_kick(&world->camera);
	return true;
}

static u64 earlier(u64 a, u64 b)
{
	return a < b ? a : b;
}

static u64 world_deadline(const struct world *world)
{
	u64 at = earlier(world->calm_at, world->fault_at);

	at = earlier(at, earlier(world->unhold_at, world->replug_at));
	/* A camera with a full buffer does not accept bytes. */
	if (world->hostile_on || omv_device_space(&world->camera.dev))
		at = earlier(at, pipe_deadline(&world->to_camera));
	at = earlier(at, pipe_deadline(&world->to_host));
	at = earlier(at, app_deadline(&world->app));
	return earlier(at, world->hostile_on ?
			   hostile_deadline(&world->hostile) :
			   camera_deadline(&world->camera));
}

/* Do all work that is due now. */
static void world_turn(struct world *world)
{
	u32 turns = 0;

	do {
		if (world->failed)
			return;
		if (++turns > MAX_TURNS) {
			world_fail(world, "time stands still");
			return;
		}
		while (move_to_camera(world) || move_to_host(world))
			if (++turns > MAX_TURNS)
				break;
		world_tick(world);
		app_tick(&world->app);
		if (world->hostile_on)
			hostile_tick(&world->hostile);
		else
			camera_tick(&world->camera);
	} while (world_deadline(world) <= world->now);
}

static void world_until(struct world *world, u64 end)
{
	u64 at;

	while (!world->failed) {
		world_turn(world);
		at = world_deadline(world);
		if (at > end)
			break;
		world->now = at;
	}
	if (world->now < end)
		world->now = end;
}

/* ---- a run ------------------------------------------------------------- */

static bool is_well(const struct world *world, u64 frames, u64 good, u64 writes)
{
	const struct app *app = &world->app;

	return app->host.state == OMV_HOST_READY && !world->camera.booting &&
	       app->done >= frames + CALM_FRAMES && app->good > good &&
	       app->writes_ok > writes;
}

static void world_recover(struct world *world)
{
	struct app *app = &world->app;
	u64 frames = app->done, good = app->good;
	u64 writes = app->writes_ok, syncs;
	u64 end = world->now + CALM_MS;

	while (!world->failed && !is_well(world, frames, good, writes)) {
		if (world->now >= end) {
			world_fail(world, "not recovered: state %d, %u frames, %u of them good, %u writes since the faults ended",
				   app->host.state, (u32)(app->done - frames),
				   (u32)(app->good - good),
				   (u32)(app->writes_ok - writes));
			return;
		}
		world_until(world, world->now + 100);
	}
	syncs = app->host.stats.syncs;
	world_until(world, world->now + STEADY_MS);
	if (app->host.stats.syncs != syncs)
		world_fail(world, "lost the session without a fault");
	/* Let the data in flight arrive, so that no frame is incomplete. */
	world->camera.capturing = false;
	app->write_at = U64_MAX;
	app->act_at = U64_MAX;
	world_until(world, world->now + DRAIN_MS);
	app_check(app);
}

/* Without a stream and without faults the format must be detected. */
static void world_detect(struct world *world)
{
	struct app *app = &world->app;
	u64 end = world->now + DETECT_MS;

	world->camera.capturing = true;
	app_finish(app);
	do {
		if (world->now >= end) {
			world_fail(world, "nothing detected: state %d, signal %d, %u timeouts",
				   app->detect.state,
				   omv_detect_input(&app->detect)->signal,
				   app->detect.nr_timeouts);
			return;
		}
		world_until(world, world->now + 600);
	} while (!world->failed && !app_is_detected(app));
	app_check_detected(app);
}

static void world_init(struct world *world)
{
	static const u32 capacities[] = { 512, 1024, 4096, 16384 };
	static const u32 delays[] = { 0, 0, 2, 10 };
	struct rng *rng = &world->rng;
	struct camera *cam = &world->camera;
	struct app *app = &world->app;

	pipe_init(&world->to_camera, world);
	pipe_init(&world->to_host, world);
	camera_init(cam, world);
	app_init(app, world);
	hostile_init(&world->hostile, world);
	world->to_host.capacity = pick(world, capacities);
	world->to_host.delay = pick(world, delays);
	world->to_camera.delay = pick(world, delays);
	world->calm_at = U64_MAX;
	world->fault_at = U64_MAX;
	world->unhold_at = U64_MAX;
	world->replug_at = U64_MAX;

	app->greedy = world->mode == MODE_CLEAN || world->mode == MODE_TORN;
	if (!app->greedy && rnd(rng, 2)) {
		/* Only some frames fit in the buffers. */
		app->room = 2000 + rnd(rng, 4000);
		cam->max_frame = 3000;
		cam->thumbnail = 0;
	}
	app_open(app);
	app->write_at = rnd(rng, 3000);
	app->act_at = rnd(rng, 3000);
	if (!app->greedy && rnd(rng, 3) == 0)
		cam->refuses = 200;
	if (world->mode == MODE_TORN) {
		cam->split = 100 + rnd(rng, 900);
		if (!cam->storms)
			cam->storms = 2000;
	}
	/*
	 * A repeated event cannot be distinguished from two events. Then the host
	 * sends SIZE without a new frame: the camera must return 0.
	 */
	if (cam->kind == FRAME_READP &&
	    (world->mode == MODE_BYTES || world->mode == MODE_USB ||
	     world->mode == MODE_MIXED))
		cam->kind = FRAME_READP_0;
	if (world->mode == MODE_HOSTILE) {
		world->hostile_on = true;
		app->trusting = true;
	}
}

static void world_sum(const struct world *world, struct totals *totals)
{
	const struct app *app = &world->app;

	totals->runs++;
	totals->failures += world->failed;
	totals->frames += app->done;
	totals->good += app->good;
	totals->detected += app->detected;
	totals->writes += app->writes_ok;
	totals->reads += app->reads_ok;
	totals->early += app->host.stats.early;
	totals->syncs += app->host.stats.syncs;
	totals->timeouts += app->host.stats.timeouts;
	totals->lost += app->lost;
	totals->cancels += app->cancels;
	totals->faults += world->faults + world->to_camera.hits +
			  world->to_host.hits;
	totals->ms += world->now;
}

bool world_run(u64 seed, enum mode mode, bool verbose, struct totals *totals)
{
	struct world *world = calloc(1, sizeof(*world));
	struct rng *rng = &world->rng;
	bool ok;

	world->seed = seed;
	world->mode = mode;
	world->verbose = verbose;
	rng->state = seed * MODES + mode;
	rng_next(rng);
	world_init(world);

	if (mode != MODE_HOSTILE && rnd(rng, 2))
		camera_previous_host(&world->camera);
	world_until(world, rnd(rng, 300));
	world_plug(world);
	world->calm_at = world->now + 1000 + rnd(rng, 5000);
	if (mode != MODE_CLEAN && mode != MODE_TORN && mode != MODE_HOSTILE)
		world->fault_at = world->now + rnd(rng, 1500);
	world_until(world, world->calm_at);
	if (!world->failed)
		world_recover(world);
	if (!world->failed)
		world_detect(world);

	world_sum(world, totals);
	app_free(&world->app);
	camera_free(&world->camera);
	pipe_clear(&world->to_camera);
	pipe_clear(&world->to_host);
	ok = !world->failed;
	free(world);
	return ok;
}
