/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * How fast frames come, and which of them are wanted.
 */
#ifndef OMV_RATE_H
#define OMV_RATE_H

#include "omv_port.h"

/* What is said before anything was measured. */
#define OMV_RATE_DEFAULT_NS	33333333u
/* An application can't ask for less than a frame in so long. */
#define OMV_RATE_MAX_NS		10000000000ull

/**
 * struct omv_rate - the frame rate of one channel
 * @interval: ns between two frames, a running average; 0 before the first two
 * @told:     ns, as omv_rate_reported() last gave it; 0 for never
 * @last:     when the last frame was announced, in ns; 0 for none in this stream
 * @wanted:   ns between two frames that the application wants; 0: all of them
 * @due:      when it wants the next one, in ns
 */
struct omv_rate {
	u64 interval;
	u64 reported;
	u64 last;
	u64 wanted;
	u64 due;
};

/**
 * omv_rate_restart() - a new stream: its first frame is wanted, and measures nothing
 * @rate: rate
 */
void omv_rate_restart(struct omv_rate *rate);

/**
 * omv_rate_frame() - a frame was announced
 * @rate: rate
 * @stamp: when, in ns; not 0
 *
 * Those that are wanted are as evenly spaced as those that come allow.
 *
 * Return: whether it is wanted
 */
bool omv_rate_frame(struct omv_rate *rate, u64 stamp);

/**
 * omv_rate_reported() - the interval of the camera's frames, for applications
 * @rate: rate
 *
 * It does not follow each tremor of what is measured.
 *
 * Return: ns
 */
u64 omv_rate_reported(struct omv_rate *rate);

/**
 * omv_rate_limit() - have frames dropped
 * @rate: rate
 * @interval: ns between two frames that are wanted; 0, or no more than the camera's, for
 *	all of them; OMV_RATE_MAX_NS at most
 *
 * Return: the interval in force, in ns
 */
u64 omv_rate_limit(struct omv_rate *rate, u64 interval);

#endif /* OMV_RATE_H */
