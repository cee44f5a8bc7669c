/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Measures the frame interval, and selects frames for a longer interval.
 */
#ifndef OMV_RATE_H
#define OMV_RATE_H

#include "omv_port.h"

/* Interval that is reported before the first measurement. */
#define OMV_RATE_DEFAULT_NS	33333333u
/* Maximum interval. */
#define OMV_RATE_MAX_NS		10000000000ull
/* Number of intervals that @fastest of struct omv_rate is the mean of. */
#define OMV_RATE_WINDOW		64

/**
 * struct omv_rate - frame interval of one channel
 * @interval: running average of the interval, in ns; 0 if unknown
 * @reported: last result of omv_rate_reported(), in ns; 0 for none
 * @last:     timestamp of the last frame of the stream, in ns; 0 for none
 * @wanted:   interval that the application wants, in ns; 0 for all frames
 * @due:      time of the next wanted frame, in ns
 * @fastest:  shortest interval so far, in ns; 0 if unknown; never grows
 * @begun:    timestamp of the frame with which the mean for @fastest begins
 * @frames:   number of frames from @begun on
 */
struct omv_rate {
	u64 interval;
	u64 reported;
	u64 last;
	u64 wanted;
	u64 due;
	u64 fastest;
	u64 begun;
	u32 frames;
};

void omv_rate_restart(struct omv_rate *rate);
bool omv_rate_frame(struct omv_rate *rate, u64 stamp);
u64 omv_rate_reported(struct omv_rate *rate);
void omv_rate_limit(struct omv_rate *rate, u64 interval);
void omv_rate_hint(struct omv_rate *rate, u64 interval);

#endif /* OMV_RATE_H */
