/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A simulator: both ends of the protocol in one process, connected by a cable
 * with faults, under a virtual clock that jumps to the next deadline.
 *
 *	app.c      user of the host end: frames, writes, requests, a link worker
 *	cable.c    two byte pipes that split, delay, lose, damage and repeat data
 *	camera.c   a camera, which uses the device end
 *	hostile.c  a camera that sends valid packets with wrong contents
 *	world.c    one run: the clock, the faults, and what must hold
 *	main.c     many runs, in several processes
 *
 * A run is determined by its seed.
 */
#ifndef SIM_H
#define SIM_H

#include <stdio.h>
#include <stdlib.h>

#include "../../driver/core/omv_detect.h"
#include "../../driver/core/omv_host.h"
#include "../../driver/core/omv_pictures.h"
#include "../../driver/core/omv_pump.h"
#include "../../firmware/device/omv_device.h"

struct world;

/* ---- random numbers ---------------------------------------------------- */

struct rng {
	u64 state;
};

/**
 * rng_next() - 64 random bits
 * @rng: generator; any initial state is valid
 */
static inline u64 rng_next(struct rng *rng)
{
	u64 z = rng->state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

/* Return: a random number from 0 to n - 1 */
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
 * struct faults - faults of a pipe
 * @corrupt:  bytes per million that start a run of changed bytes
 * @drop:     bytes per million that start a run of lost bytes
 * @repeat:   bytes per million that start a run of repeated bytes
 * @lose:     transfers per thousand that are lost
 * @again:    transfers per thousand that are repeated
 * @truncate: transfers per thousand that are truncated
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
 * struct pipe - one direction of the cable
 * @world:    has the time and the random numbers
 * @faults:   current faults
 * @capacity: bytes in flight before the sender has to wait
 * @delay:    maximum delay of a transfer in ms
 * @held:     the receiver does not read
 * @head:     transfers in flight, oldest first
 * @tail:     newest transfer in flight
 * @bytes:    bytes of all transfers in flight
 * @count:    number of transfers in flight
 * @last_at:  time when the newest transfer arrives, in ms
 * @hits:     number of faults so far
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
/* Send a transfer, which may be affected by faults. */
void pipe_put(struct pipe *pipe, const void *data, u32 len);
u32 pipe_room(const struct pipe *pipe);
/* Return: the first transfer if it has arrived, else NULL */
struct transfer *pipe_first(const struct pipe *pipe);
/* Consume @len bytes of the first transfer. */
void pipe_take(struct pipe *pipe, u32 len);
u64 pipe_deadline(const struct pipe *pipe);

/* ---- contents ---------------------------------------------------------- */

#define CONTENT_MIN	8

/**
 * content_fill() - write bytes that encode a number and their length
 * @buf: result
 * @len: number of bytes, at least CONTENT_MIN
 * @number: number to encode
 */
void content_fill(u8 *buf, u32 len, u32 number);

/**
 * content_check() - check that bytes are exactly those of content_fill()
 * @buf: bytes
 * @len: number of bytes
 * @number: set to the encoded number
 *
 * Return: false if they are not
 */
bool content_check(const u8 *buf, u32 len, u32 *number);

/* Layout of a frame around its content. */
enum frame_layout {
	LAYOUT_JPEG,		/* a JPEG, with Huffman tables or without */
	LAYOUT_SHAPE,		/* raw; SHAPE gives its format */
	LAYOUT_HEADER,		/* raw, after a header */
	LAYOUTS,
};

#define LAYOUT_MAX	32	/* maximum bytes of a frame besides the content */

/**
 * frame_content() - find the content in a frame
 * @data: frame, with or without inserted Huffman tables
 * @len: length of the frame; set to the length of the content
 *
 * Return: address of the content
 */
const u8 *frame_content(const u8 *data, u32 *len);

/* ---- the camera -------------------------------------------------------- */

#define MAX_FRAME	24000
#define THUMBNAIL_MAX	9000	/* more than two READs of the detection */
#define MAX_CONFIG	2000
#define MAX_WRITES	4096
#define CONFIG_TURNS	64

enum frame_kind {
	FRAME_READP,	/* size() still returns the old size after a READ (12.3) */
	FRAME_READP_0,	/* size() returns 0 when no frame is latched */
	FRAME_READ,	/* the channel has read() instead of readp() */
	FRAME_POLLED,	/* the channel sends no events */
	FRAME_STREAM,	/* frames are in the mailbox of "stream" (10.3) */
	FRAME_KINDS,
};

struct camera {
	struct world *world;
	struct omv_device dev;
	u8 *rx;
	u8 *tx;
	struct omv_sys_info info;

	/* Properties, chosen at random. */
	enum frame_kind kind;
	bool slow;		/* calls omv_device_poll() only every 50 ms */
	bool readable;		/* the config channel can be read */
	u32 interval;		/* between two frames, in ms */
	u32 max_frame;
	u32 thumbnail;		/* bytes of the APP1 in JPEGs */
	u32 refuses;		/* refused writes, per thousand */
	enum frame_layout layout;
	u16 width;		/* of JPEGs */
	u16 height;
	u32 fixed;		/* bytes of a frame that is not a JPEG */
	bool no_frame;		/* "stream" is the only channel with pictures */

	/* Connection to the cable. */
	u8 stage[4096];
	u32 staged;
	u32 transfer_size;
	u8 pkt_head[OMV_HDR_SIZE];
	u32 pkt_len;
	u32 split;		/* events around a response, per thousand (T-21) */
	u8 split_tail[OMV_HDR_SIZE + 6];
	u32 split_len;
	u64 split_at;

	/* The script. */
	bool booting;
	u64 boot_at;
	u64 poll_at;
	u64 capture_at;
	u64 storm_at;
	u32 storm_left;
	u32 storms;		/* event storms per 1000 s */
	bool capturing;

	int frame_id;
	int config_id;
	u8 frames[2][MAX_FRAME];
	u8 *frame;		/* the one captured last */
	bool two_buffers;	/* captures the next frame during the READ of a frame */
	u32 frame_size;
	u32 frame_number;
	enum frame_layout frame_layout;
	u32 sized_number;	/* the last SIZE was of this frame */
	bool latched;
	u32 read_next;		/* expected offset of the next read() */
	bool read_whole;	/* the READ started at offset 0 */
	u8 mailbox[sizeof(struct omv_stream_hdr) + MAX_FRAME];
	u32 mail_len;
	int stream_id;
	bool stream_on;
	bool stream_locked;
	bool stream_fresh;	/* the mailbox has a frame that was not locked yet */
	bool stream_raw;
	u32 box;		/* bytes of a raw picture */
	u16 box_width;
	u16 box_height;
	u64 probed;		/* frames that were consumed by the detection */
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
/* Put the camera into a state that an earlier host has left. */
void camera_previous_host(struct camera *cam);
void camera_reboot(struct camera *cam);
/* Change the layout and size of all following frames. */
void camera_change(struct camera *cam);
/* Bytes from the host. Return: number of bytes taken */
u32 camera_receive(struct camera *cam, const void *data, u32 len);
/* The cable has room, or bytes were received. */
void camera_kick(struct camera *cam);
void camera_tick(struct camera *cam);
u64 camera_deadline(const struct camera *cam);

/* ---- the hostile camera ------------------------------------------------ */

struct hostile {
	struct world *world;
	struct rng rng;
	u8 seq;
	u16 max_payload;
	u32 sense;		/* valid responses, per thousand */
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
	bool free;		/* not lent, and poisoned for ASan */
};

struct app {
	struct world *world;
	struct omv_host host;
	struct omv_pump pump;
	struct omv_detect detect;
	struct omv_pictures pictures;

	/* Properties. */
	bool greedy;		/* always has a buffer, never stops */
	bool trusting;		/* does not check frames: the camera is hostile */
	u32 room;

	struct app_buffer buffers[FRAME_BUFFERS];
	struct app_buffer *lent;
	struct app_request requests[MAX_REQUESTS];
	struct app_request write;
	struct app_request read;
	bool probing;		/* the last READ was one of the detection */
	bool finished;		/* start no more streams */
	u64 stream_at;		/* start a stream then even without a signal */
	bool changed;		/* the format has changed: restart the stream */
	u8 *scratch;
	u64 restart_at;
	u64 act_at;
	u64 write_at;
	u64 kick_at;

	u32 written;		/* number of the last write */
	u32 last_frame;
	u64 announced;
	u64 done;
	u64 good;		/* part of @done: recognized and in the right format */
	u64 detected;
	u64 settled[OMV_PUMP_SKIPPED + 1];
	u64 writes_ok;
	u64 reads_ok;
	u64 writes_failed;
	u64 cancels;
	u64 lost;
	u64 starts;
	u64 ups;
	struct omv_host_stats first;	/* when the first session was up */
	u64 progress;
	u8 never[MAX_WRITES];	/* writes that were reported as not sent */
};

void app_init(struct app *app, struct world *world);
void app_open(struct app *app);
void app_free(struct app *app);
void app_start(struct app *app);
void app_stop(struct app *app);
void app_input(struct app *app, const void *data, u32 len);
void app_tick(struct app *app);
/* The faults are over: start a stream and keep it. */
void app_calm(struct app *app);
/* Stop streaming, and let the format be detected. */
void app_finish(struct app *app);
bool app_is_detected(const struct app *app);
/* Check what was detected. */
void app_check_detected(struct app *app);
u64 app_deadline(const struct app *app);
/* Check the state at the end of a run. */
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
	bool faults_on;
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
	u64 good;
	u64 detected;
	u64 writes;
	u64 reads;
	u64 early;
	u64 syncs;
	u64 timeouts;
	u64 lost;
	u64 cancels;
	u64 faults;
	u64 ms;
};

extern const char *const mode_names[MODES];

/**
 * world_run() - execute one run
 * @seed: seed, which determines the run
 * @mode: kinds of faults
 * @verbose: print each packet
 * @totals: results are added here
 *
 * Return: true if no check failed
 */
bool world_run(u64 seed, enum mode mode, bool verbose, struct totals *totals);

/* Clear DTR and discard the data in the cable; set DTR again. */
void world_unplug(struct world *world);
void world_plug(struct world *world);

/**
 * world_fail() - report a failed check
 * @world: run
 * @format: message, as for printf()
 */
__attribute__((format(printf, 2, 3)))
void world_fail(struct world *world, const char *format, ...);

/**
 * world_note() - print a message if verbose
 * @world: run
 * @format: message, as for printf()
 */
__attribute__((format(printf, 2, 3)))
void world_note(struct world *world, const char *format, ...);

/**
 * world_packet() - print a packet if verbose
 * @world: run
 * @arrow: direction
 * @hdr: header, ten bytes
 */
void world_packet(struct world *world, const char *arrow, const u8 *hdr);

#endif /* SIM_H */
