/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Three ways to get the same frames from the same camera, and what each costs.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Not in the time measured: caches fill, and every frame is compared. */
#define WARM_UP_FRAMES	8

/**
 * struct bench - one measurement
 * @seconds:   how long to measure
 * @camera:    process of the camera, whose CPU time does not count; 0: none
 * @pictures:  how many different frames the camera sends
 * @size:      bytes of each of them
 * @deadline:  when it ends, ns; 0 while warming up
 * @frames:    frames since the warm-up
 * @requests:  requests sent since then
 * @transfers: USB transfers that completed since then; 0 where they are the kernel's
 * @seen:      check sums of the frames of the warm-up
 * @n_seen:    how many
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

/** fail() - print why and exit: a measurement of something broken is none */
void fail(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

/**
 * bench_frame() - a frame has arrived
 * @data: its @len bytes; NULL if they were only counted
 *
 * Return: whether to go on
 */
bool bench_frame(struct bench *b, const uint8_t *data, size_t len);

/* The ways. They return when bench_frame() says so. */
void bench_video(struct bench *b, const char *node);
void bench_raw(struct bench *b, unsigned int depth);
void bench_sdk(struct bench *b);

#endif
