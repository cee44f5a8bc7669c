/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Both ends of the protocol in one process, a bad cable between them, and a
 * clock that jumps from one thing that is due to the next.
 *
 *	app.c      above the host end: frames, writes, requests, a link worker
 *	cable.c    two pipes of bytes that split, delay, lose, damage and repeat
 *	camera.c   a camera on the device end
 *	hostile.c  a camera that answers with anything but sense
 *	world.c    one run: the clock, what goes wrong when, what must hold
 *	main.c     many runs, in several processes
 *
 * Everything that happens follows from the seed.
 */
#ifndef SIM_H
#define SIM_H

#include <stdio.h>
#include <stdlib.h>

#include "../../driver/core/omv_host.h"
#include "../../driver/core/omv_pump.h"
#include "../../firmware/device/omv_device.h"

struct world;

/* ---- chance ------------------------------------------------------------ */

struct rng {
	u64 state;
};

/**
 * rng_next() - 64 random bits
 * @rng: generator; any state will do
 */
static inline u64 rng_next(struct rng *rng)
{
	u64 z = rng->state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

/* 0 .. n - 1 */
static inline u32 rnd(struct rng *rng, u32 n)
{
	return (rng_next(rng) >> 32) * n >> 32;
}

static inline bool chance(struct rng *rng, u32 of_1000)
{
	return rnd(rng, 1000) < of_1000;
}

/* ---- the cable --------------------------------------------------------- */

/**
 * struct faults - what a pipe does to what goes through
 * @corrupt:  bytes in a million that are changed, in bursts
 * @drop:     that vanish, likewise
 * @repeat:   that come twice
 * @lose:     transfers in a thousand that vanish whole
 * @again:    that come twice
 * @truncate: that end early
 */
struct faults {
	u32 corrupt;
	u32 drop;
	u32 repeat;
	u32 lose;
	u32 again;
	u32 truncate;
};

struct transfer {
	struct transfer *next;
	u64 at;
	u32 len;
	u32 pos;
	u8 data[];
};

/**
 * struct pipe - one direction
 * @world:    for the time and for chance
 * @faults:   in force
 * @capacity: bytes it holds before the sender has to wait
 * @delay:    most ms that a transfer takes
 * @held:     the receiver does not read
 * @head:     transfers in flight, oldest first
 * @tail:     the newest
 * @bytes:    in all of them
 * @count:    of them
 * @last_at:  when the newest arrives
 * @hits:     faults so far
 */
struct pipe {
	struct world *world;
	struct faults faults;
	u32 capacity;
	u32 delay;
	bool held;
	struct transfer *head;
	struct transfer *tail;
	u32 bytes;
	u32 count;
	u64 last_at;
	u64 hits;
};

void pipe_init(struct pipe *pipe, struct world *world);
void pipe_clear(struct pipe *pipe);
/* A transfer, whatever becomes of it on the way. */
void pipe_put(struct pipe *pipe, const void *data, u32 len);
u32 pipe_room(const struct pipe *pipe);
/* What has arrived, or NULL. */
struct transfer *pipe_peek(const struct pipe *pipe);
/* @len bytes of the first transfer are taken. */
void pipe_take(struct pipe *pipe, u32 len);
u64 pipe_deadline(const struct pipe *pipe);

/* ---- contents ---------------------------------------------------------- */

#define CONTENT_MIN	8

/**
 * content_fill() - bytes that tell a number and a length
 * @buf: written
 * @len: at least CONTENT_MIN
 * @number: told
 */
void content_fill(u8 *buf, u32 len, u32 number);

/**
 * content_check() - is it what content_fill() wrote, to the last bit
 * @buf: bytes
 * @len: how many
 * @number: set to what they tell
 */
bool content_check(const u8 *buf, u32 len, u32 *number);

/* ---- the camera -------------------------------------------------------- */

#define MAX_FRAME	24000
#define MAX_CONFIG	2000
#define MAX_WRITES	4096
#define CONFIG_TURNS	64

enum frame_kind {
	FRAME_READP,	/* size() goes on telling the old size (12.3) */
	FRAME_READP_0,	/* size() is 0 when nothing is latched */
	FRAME_READ,	/* behind read() */
	FRAME_POLLED,	/* no events */
	FRAME_STREAM,	/* in the mailbox of "stream" (10.3) */
	FRAME_KINDS,
};

struct camera {
	struct world *world;
	struct omv_device dev;
	u8 *rx;
	u8 *tx;
	struct omv_sys_info info;

	/* How it is today. */
	enum frame_kind kind;
	bool slow;		/* polls each 50 ms only */
	bool readable;		/* the config channel can be read */
	u32 interval;		/* between two frames, in ms */
	u32 max_frame;
	u32 refuses;		/* writes in a thousand that it refuses */

	/* The cable's end. */
	u8 stage[4096];
	u32 staged;
	u32 transfer_size;
	u8 pkt_head[OMV_HDR_SIZE];
	u32 pkt_len;
	u32 tear;		/* events in a thousand that are torn (T-21) */
	u8 torn_tail[OMV_HDR_SIZE + 6];
	u32 torn_len;
	u64 torn_at;

	/* Its script. */
	bool booting;
	u64 boot_at;
	u64 poll_at;
	u64 capture_at;
	u64 storm_at;
	u32 storm_left;
	u32 storms;		/* a second, in a thousand */
	bool capturing;

	int frame_id;
	int config_id;
	u8 frame[MAX_FRAME];
	u32 frame_size;
	u32 frame_number;
	bool latched;
	u32 read_next;		/* where a read-backed READ goes on */
	bool read_whole;	/* it began at the start */
	u8 mailbox[sizeof(struct omv_stream_hdr) + MAX_FRAME];
	u32 mail_len;
	int stream_id;
	bool stream_on;
	bool stream_locked;
	bool stream_fresh;	/* the camera was the last to write */
	u64 whole_reads;
	u64 released;

	u8 config[MAX_CONFIG];
	u32 config_len;
	u32 config_number;
	u32 config_was[CONFIG_TURNS];
	u32 config_turn;
	u8 applied[MAX_WRITES];
};

void camera_init(struct camera *cam, struct world *world);
void camera_free(struct camera *cam);
/* What a user of before left behind. */
void camera_haunt(struct camera *cam);
void camera_reboot(struct camera *cam);
/* Bytes from the host; returns how many it took. */
u32 camera_receive(struct camera *cam, const void *data, u32 len);
/* There is room in the cable, or bytes came. */
void camera_kick(struct camera *cam);
void camera_tick(struct camera *cam);
u64 camera_deadline(const struct camera *cam);

/* ---- the hostile camera ------------------------------------------------ */

struct hostile {
	struct world *world;
	struct rng rng;
	u8 seq;
	u16 max_payload;
	u32 sense;		/* answers in a thousand that are right */
	u64 next_at;
	u8 rx[OMV_MAX_PACKET];
	u32 rx_len;
	u8 channel;
	u8 opcode;
};

void hostile_init(struct hostile *h, struct world *world);
void hostile_receive(struct hostile *h, const void *data, u32 len);
void hostile_tick(struct hostile *h);
u64 hostile_deadline(const struct hostile *h);

/* ---- the application --------------------------------------------------- */

#define MAX_REQUESTS	6
#define FRAME_BUFFERS	3

struct app_request {
	struct omv_request req;
	struct world *world;
	bool open;
	u64 since;
	u8 *buf;
	u8 *data;
	u32 number;
	bool trusting;
};

struct app_buffer {
	u8 *data;
	bool free;		/* and poisoned */
};

struct app {
	struct world *world;
	struct omv_host host;
	struct omv_pump pump;

	/* What it is like. */
	bool greedy;		/* always has a buffer, never stops */
	bool trusting;		/* frames are not looked at: hostile camera */
	u32 room;

	struct app_buffer buffers[FRAME_BUFFERS];
	struct app_buffer *lent;
	struct app_request requests[MAX_REQUESTS];
	struct app_request write;
	struct app_request read;
	bool want_frames;
	u64 restart_at;
	u64 act_at;
	u64 write_at;
	u64 kick_at;

	u32 written;		/* number of the last write */
	u32 last_frame;
	u64 announced;
	u64 done;
	u64 settled[OMV_PUMP_SKIPPED + 1];
	u64 writes_ok;
	u64 reads_ok;
	u64 writes_failed;
	u64 cancels;
	u64 lost;
	u64 starts;
	u64 ups;
	struct omv_host_stats first;	/* when the session was up at first */
	u64 progress;
	u8 never[MAX_WRITES];	/* writes said to be not sent */
};

void app_init(struct app *app, struct world *world);
void app_open(struct app *app);
void app_free(struct app *app);
void app_start(struct app *app);
void app_stop(struct app *app);
void app_input(struct app *app, const void *data, u32 len);
void app_tick(struct app *app);
u64 app_deadline(const struct app *app);
/* Check what must hold at the end. */
void app_check(struct app *app);

/* ---- the world --------------------------------------------------------- */

enum mode {
	MODE_CLEAN,
	MODE_BYTES,
	MODE_USB,
	MODE_TORN,
	MODE_REBOOT,
	MODE_MIXED,
	MODE_HOSTILE,
	MODES,
};

struct world {
	u64 seed;
	enum mode mode;
	bool verbose;
	struct rng rng;
	u64 now;
	bool calm;		/* the faults are over */
	bool hostile_on;
	bool failed;
	struct pipe to_camera;
	struct pipe to_host;
	struct camera camera;
	struct hostile hostile;
	struct app app;
	bool weather;
	u64 calm_at;
	u64 fault_at;
	u64 unhold_at;
	u64 replug_at;
	u64 faults;
};

/**
 * struct totals - what the runs of a mode did
 */
struct totals {
	u64 runs;
	u64 failures;
	u64 frames;
	u64 writes;
	u64 reads;
	u64 syncs;
	u64 timeouts;
	u64 lost;
	u64 cancels;
	u64 faults;
	u64 ms;
};

extern const char *const mode_names[MODES];

/**
 * world_run() - one run
 * @seed: all of it
 * @mode: what goes wrong
 * @verbose: print each packet
 * @totals: added to
 *
 * Return: true if everything held
 */
bool world_run(u64 seed, enum mode mode, bool verbose, struct totals *totals);

/* DTR goes down, and with it what is in the cable; it comes back. */
void world_unplug(struct world *world);
void world_plug(struct world *world);

/**
 * world_fail() - something does not hold
 * @world: run
 * @format: what
 */
__attribute__((format(printf, 2, 3)))
void world_fail(struct world *world, const char *format, ...);

/**
 * world_note() - say something if verbose
 * @world: run
 * @format: what
 */
__attribute__((format(printf, 2, 3)))
void world_note(struct world *world, const char *format, ...);

/**
 * world_packet() - show a packet if verbose
 * @world: run
 * @arrow: from whom to whom
 * @hdr: its ten bytes
 */
void world_packet(struct world *world, const char *arrow, const u8 *hdr);

#endif /* SIM_H */
