// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "omv_rate.h"

void omv_rate_restart(struct omv_rate *rate)
{
	rate->last = 0;
	rate->due = 0;
}

/* A pause of the application, or of the camera, is no lower rate: it counts little. */
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

bool omv_rate_frame(struct omv_rate *rate, u64 stamp)
{
	rate_measure(rate, stamp);
	rate->last = stamp;
	if (!rate->wanted)
		return true;
	/* The one nearest to the moment. */
	if (stamp + rate->interval / 2 < rate->due)
		return false;
	if (stamp > rate->due + rate->wanted)
		rate->due = stamp;
	rate->due += rate->wanted;
	return true;
}

u64 omv_rate_reported(struct omv_rate *rate)
{
	u64 now = rate->interval ? rate->interval : OMV_RATE_DEFAULT_NS;
	u64 off = now > rate->reported ? now - rate->reported : rate->reported - now;

	if (off > rate->reported / 16)
		rate->reported = now;
	return rate->reported;
}

u64 omv_rate_limit(struct omv_rate *rate, u64 interval)
{
	u64 told = omv_rate_reported(rate);

	if (interval > OMV_RATE_MAX_NS)
		interval = OMV_RATE_MAX_NS;
	rate->wanted = interval > told + told / 16 ? interval : 0;
	rate->due = 0;
	return rate->wanted ? rate->wanted : told;
}
