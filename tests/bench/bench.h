/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Several ways to get the same frames, and the cost of each.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NODES_MAX	32
#define PICTURES_MAX	8
#define TIMES_MAX	10000

/* Frames of each node before the measurement: caches fill, every frame is compared. */
#define WARM_UP_FRAMES	8
/* One request at a time is slow: a frame may take a second. */
#define WARM_UP_SDK	2

/**
 * struct usage - counters at one time, in s
 * @time:   monotonic time
 * @user:   user time of this process
 * @sys:    system time of this process
 * @busy:   time that the CPUs were not idle, added up
 * @camera: CPU time of the cameras' processes
 */
struct usage {
	double time, user, sys, busy, camera;
};

/**
 * struct bench - one measurement
 * @seconds:   duration
 * @cameras:   processes of the cameras, whose CPU time is subtracted
 * @n_cameras: number of @cameras
 * @pictures:  number of different frames that a camera sends
 * @size:      size of each frame in bytes; 0: any size and format
 * @stamped:   the frames have stamps, and therefore all differ
 * @input:     V4L2 input to select
 * @warm_up:   number of frames until the measurement begins
 * @deadline:  end of the measurement, in ns
 * @frames:    number of frames since the warm-up
 * @announced: number of frames since the warm-up that the cameras have announced
 * @lost:      of these, number of frames that were not delivered
 * @bytes:     sum of the sizes of @frames
 * @requests:  number of requests since the warm-up
 * @transfers: number of USB transfers since the warm-up; 0 if the kernel does them
 * @sums:      checksums of the frames of the warm-up, without duplicates
 * @n_sums:    number of @sums
 * @times:     measured times: latencies, round trips; in us
 * @n_times:   number of @times
 * @start:     counters at the end of the warm-up
 * @end:       counters after the last frame
 */
struct bench {
	double seconds;
	int cameras[NODES_MAX];
	unsigned int n_cameras;
	unsigned int pictures;
	uint32_t size;
	bool stamped;
	int input;

	unsigned int warm_up;
	uint64_t deadline;
	unsigned long frames, announced, lost, requests, transfers;
	uint32_t sums[PICTURES_MAX + 1];
	unsigned int n_sums;
	double times[TIMES_MAX];
	unsigned int n_times;
	uint64_t bytes;
	struct usage start, end;
};

/** fail() - print the reason and exit */
void fail(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

/** now_ns() - monotonic time */
uint64_t now_ns(void);

/** bench_time() - record a measured time in ns, but not during the warm-up */
void bench_time(struct bench *b, uint64_t ns);

/**
 * bench_frame() - a frame was received
 * @data: its @len bytes; NULL if they were only counted
 * @lost: number of frames that were announced before it and not delivered
 *
 * Return: false at the end of the measurement
 */
bool bench_frame(struct bench *b, const uint8_t *data, size_t len, unsigned int lost);

/** usage_now() - read the counters; the calling thread visits each CPU */
struct usage usage_now(const struct bench *b);

/**
 * read_stamp() - get the stamp of a frame
 * @time: time at which it was announced, in ns
 *
 * Return: number of the frame; fails if there is no stamp
 */
uint32_t read_stamp(const uint8_t *data, size_t len, uint64_t *time);

/* The ways to get frames. They return when bench_frame() returns false. */
void bench_video(struct bench *b, char *const *names, unsigned int count);
void bench_raw(struct bench *b, unsigned int depth);
void bench_sdk(struct bench *b);

/** bench_trip() - measure round trips: SIZE requests through a channel node */
void bench_trip(struct bench *b, const char *node);

#endif
