/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Three ways to get the same frames from the same camera, and the cost of each.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Frames before the measurement: caches fill, and every frame is compared. */
#define WARM_UP_FRAMES	8

/**
 * struct bench - one measurement
 * @seconds:   duration
 * @camera:    process of the camera, whose CPU time is subtracted; 0: none
 * @pictures:  number of different frames that the camera sends
 * @size:      size of each frame in bytes
 * @deadline:  end of the measurement, in ns; 0 during the warm-up
 * @frames:    number of frames since the warm-up
 * @requests:  number of requests since the warm-up
 * @transfers: number of USB transfers since the warm-up; 0 if the kernel does them
 * @seen:      checksums of the frames of the warm-up
 * @n_seen:    number of @seen
 * @start:     counters at the end of the warm-up
 * @end:       counters after the last frame
 */
struct bench {
	double seconds;
	int camera;
	unsigned int pictures;
	uint32_t size;

	uint64_t deadline;
	unsigned long frames, requests, transfers;
	uint32_t seen[WARM_UP_FRAMES];
	unsigned int n_seen;
	struct usage {
		double time, user, sys, busy, camera;
	} start, end;
};

/** fail() - print the reason and exit */
void fail(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

/**
 * bench_frame() - a frame was received
 * @data: its @len bytes; NULL if they were only counted
 *
 * Return: false at the end of the measurement
 */
bool bench_frame(struct bench *b, const uint8_t *data, size_t len);

/* The ways to get frames. They return when bench_frame() returns false. */
void bench_video(struct bench *b, const char *node);
void bench_raw(struct bench *b, unsigned int depth);
void bench_sdk(struct bench *b);

#endif
