// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "omv_rate.h"

/**
 * omv_rate_restart() - a stream starts: its first frame is wanted
 * @rate: rate
 */
void omv_rate_restart(struct omv_rate *rate)
{
	rate->last = 0;
	rate->due = 0;
	rate->frames = 0;
}

/* Limit the effect of a pause of the application or of the camera. */
static void rate_measure(struct omv_rate *rate, u64 stamp)
{
	u64 delta = stamp - rate->last;

	if (!rate->last)
		return;
	if (!rate->interval) {
		rate->interval = delta < OMV_RATE_MAX_NS ? delta : 0;
		return;
	}
	if (delta > 2 * rate->interval)
		delta = 2 * rate->interval;
	rate->interval -= rate->interval / 8;
	rate->interval += delta / 8;
}

static void rate_set_fastest(struct omv_rate *rate, u64 interval)
{
	if (interval && (!rate->fastest || interval < rate->fastest))
		rate->fastest = interval;
}

/* A mean, because frames that were held up are announced at the same moment. */
static void rate_measure_fastest(struct omv_rate *rate, u64 stamp)
{
	if (rate->frames > OMV_RATE_WINDOW) {
		rate_set_fastest(rate, div64_u64(rate->last - rate->begun,
						 OMV_RATE_WINDOW));
		rate->frames = 0;
	}
	if (!rate->frames++)
		rate->begun = stamp;
}

static u64 rate_interval(const struct omv_rate *rate)
{
	return rate->interval ? rate->interval : OMV_RATE_DEFAULT_NS;
}

/* Is the camera faster than wanted, by more than 1/16. */
static bool rate_is_limited(const struct omv_rate *rate)
{
	u64 interval = rate_interval(rate);

	return rate->wanted > interval + interval / 16;
}

/**
 * omv_rate_frame() - measure the interval, and decide whether to fetch a frame
 * @rate: rate
 * @stamp: time at which the frame was announced, in ns; not 0
 *
 * The wanted frames are spaced as evenly as possible.
 *
 * Return: true if the frame is wanted
 */
bool omv_rate_frame(struct omv_rate *rate, u64 stamp)
{
	rate_measure(rate, stamp);
	rate_measure_fastest(rate, stamp);
	rate->last = stamp;
	if (!rate_is_limited(rate))
		return true;
	/* Select the frame that is nearest to the due time. */
	if (stamp + rate->interval / 2 < rate->due)
		return false;
	if (stamp > rate->due + rate->wanted)
		rate->due = stamp;
	rate->due += rate->wanted;
	return true;
}

/**
 * omv_rate_reported() - frame interval of the camera, for applications
 * @rate: rate
 *
 * Follows the measured interval only if they differ by more than 1/16.
 *
 * Return: interval in ns
 */
u64 omv_rate_reported(struct omv_rate *rate)
{
	u64 now = rate_interval(rate);
	u64 off = now > rate->reported ? now - rate->reported :
					 rate->reported - now;

	if (off > rate->reported / 16)
		rate->reported = now;
	return rate->reported;
}

/**
 * omv_rate_limit() - set the interval that the application wants
 * @rate: rate
 * @interval: interval in ns; limited to OMV_RATE_MAX_NS; 0 selects all frames
 *
 * All frames are wanted as long as @interval is not longer than that of the
 * camera.
 */
void omv_rate_limit(struct omv_rate *rate, u64 interval)
{
	if (interval > OMV_RATE_MAX_NS)
		interval = OMV_RATE_MAX_NS;
	rate->wanted = interval;
	rate->due = 0;
}

/**
 * omv_rate_hint() - set the interval that the camera states
 * @rate: rate
 * @interval: interval in ns, 1 to OMV_RATE_MAX_NS
 *
 * A measured interval has priority.
 */
void omv_rate_hint(struct omv_rate *rate, u64 interval)
{
	rate_set_fastest(rate, interval);
	if (!rate->interval)
		rate->interval = interval;
}
