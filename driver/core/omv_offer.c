// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "omv_offer.h"

/* Up to this rate, all rates are on offer. */
#define OFFER_ALWAYS	30

static const u16 offer_rates[] = { 1000, 480, 240, 120, 90, 60, 30, 20, 15, 10,
				   5 };

/**
 * omv_offer() - enumerate the formats that an input offers
 * @input: input
 * @index: index, from 0
 * @picture: set to the format; width is 0 if the format is unknown
 *
 * Index 0 always exists: the format of the last frame. The raw formats of
 * "stream" follow, the largest first.
 *
 * Return: true if @index exists
 */
bool omv_offer(const struct omv_input *input, unsigned int index,
	       struct omv_picture *picture)
{
	const struct omv_picture *raw = &input->raw;

	*picture = input->picture;
	if (!index--)
		return true;
	if (!raw->width || index >= OMV_RAW_SIZES)
		return false;
	/* Exact halves only: how the camera rounds is not specified. */
	if (raw->width % (1 << index) || raw->height % (1 << index) ||
	    raw->width >> index < OMV_RAW_MIN ||
	    raw->height >> index < OMV_RAW_MIN)
		return false;
	*picture = *raw;
	picture->width >>= index;
	picture->height >>= index;
	return true;
}

/**
 * omv_offer_visible() - convert a format to what applications see
 * @picture: format; may be unknown
 *
 * Return: @picture, with defaults for unknown values
 */
struct omv_picture omv_offer_visible(const struct omv_picture *picture)
{
	struct omv_picture ret = *picture;

	if (!omv_pixfmt_is_known(ret.pixfmt))
		ret.pixfmt = OMV_PIX_JPEG;
	if (!ret.width || !ret.height) {
		ret.width = OMV_DEFAULT_WIDTH;
		ret.height = OMV_DEFAULT_HEIGHT;
	}
	return ret;
}

/**
 * omv_offer_first() - find the first offer with a pixel format
 * @input: input
 * @pixfmt: OMV_PIX_*
 *
 * Return: its index for omv_offer(), or -EINVAL
 */
int omv_offer_first(const struct omv_input *input, u32 pixfmt)
{
	struct omv_picture picture;
	unsigned int i;

	for (i = 0; omv_offer(input, i, &picture); i++)
		if (omv_offer_visible(&picture).pixfmt == pixfmt)
			return i;
	return -EINVAL;
}

/**
 * omv_offer_has() - is a format on offer
 * @input: input
 * @picture: format as applications see it
 *
 * Return: true if it is
 */
bool omv_offer_has(const struct omv_input *input,
		   const struct omv_picture *picture)
{
	struct omv_picture offer;
	unsigned int i;

	for (i = 0; omv_offer(input, i, &offer); i++) {
		offer = omv_offer_visible(&offer);
		if (offer.pixfmt == picture->pixfmt &&
		    offer.width == picture->width &&
		    offer.height == picture->height)
			return true;
	}
	return false;
}

static u32 offer_distance(u32 a, u32 b)
{
	return a > b ? a - b : b - a;
}

/**
 * omv_offer_nearest() - find the offer nearest to a format
 * @input: input
 * @want: format that an application wants
 * @nearest: set to the offer with the same pixel format that is nearest in
 *	size; offer 0 if there is none with that pixel format
 */
void omv_offer_nearest(const struct omv_input *input,
		       const struct omv_picture *want,
		       struct omv_picture *nearest)
{
	int i = omv_offer_first(input, want->pixfmt);
	struct omv_picture picture;
	u32 best = U32_MAX, off;

	omv_offer(input, 0, nearest);
	if (i <= 0)
		return;
	for (; omv_offer(input, i, &picture); i++) {
		off = offer_distance(want->width, picture.width) +
		      offer_distance(want->height, picture.height);
		if (off < best) {
			best = off;
			*nearest = picture;
		}
	}
}

/**
 * omv_offer_buffer() - size of a buffer for a format
 * @picture: format as applications see it
 * @largest: see struct omv_input
 *
 * Values from the camera determine the size of an allocation only here.
 *
 * Return: number of bytes, at most OMV_MAX_PICTURE
 */
u32 omv_offer_buffer(const struct omv_picture *picture, u32 largest)
{
	u64 size = omv_picture_size(picture);

	if (picture->pixfmt == OMV_PIX_JPEG) {
		size = (u64)picture->width * picture->height * 2;
		if (size < largest)
			size = largest;
		if (size < OMV_MIN_BUFFER)
			size = OMV_MIN_BUFFER;
	}
	return size < OMV_MAX_PICTURE ? size : OMV_MAX_PICTURE;
}

/**
 * omv_offer_interval() - convert a frame interval to a fraction
 * @interval: interval in ns, 1 to OMV_RATE_MAX_NS
 * @fraction: set to the interval in seconds; the frame rate is rounded to an
 *	integer, or below 5 frames per second to tenths
 */
void omv_offer_interval(u64 interval, struct omv_fraction *fraction)
{
	u32 tenths = div64_u64(10 * 1000000000ull + interval / 2, interval);

	fraction->numerator = 10;
	fraction->denominator = tenths ? tenths : 1;
	if (tenths < 50)
		return;
	fraction->numerator = 1;
	fraction->denominator = (tenths + 5) / 10;
}

/* Is the interval shorter than that of a rate, by more than 1/16. */
static bool offer_exceeds(u64 interval, u32 rate)
{
	return interval && 17 * rate * interval < 16 * 1000000000ull;
}

/**
 * omv_offer_intervals() - enumerate frame intervals
 * @fastest: see struct omv_rate
 * @index: index, from 0
 * @fraction: set to the interval in seconds
 *
 * Programs ask for a rate that was in the list earlier, or for one that is in
 * the list of every camera. Therefore the list depends only on the highest rate
 * that was measured: rates are added to it, and none is removed. The highest
 * one is not below the rate of the camera.
 *
 * Return: true if @index exists
 */
bool omv_offer_intervals(u64 fastest, unsigned int index,
			 struct omv_fraction *fraction)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(offer_rates); i++) {
		if (offer_rates[i] > OFFER_ALWAYS &&
		    !offer_exceeds(fastest, offer_rates[i + 1]))
			continue;
		if (index--)
			continue;
		fraction->numerator = 1;
		fraction->denominator = offer_rates[i];
		return true;
	}
	return false;
}

/**
 * omv_offer_wanted() - limit the frame interval that an application asks for
 * @fraction: interval in seconds, with any values; changed to the nearest one
 *	that is possible
 *
 * Intervals between those of the list are possible, too. The interval may be
 * shorter than that of the camera.
 *
 * Return: interval in ns, OMV_OFFER_MIN_NS to OMV_RATE_MAX_NS, or 0 for the
 * default if numerator or denominator are 0
 */
u64 omv_offer_wanted(struct omv_fraction *fraction)
{
	u64 interval;

	if (!fraction->numerator || !fraction->denominator)
		return 0;
	interval = div64_u64(1000000000ull * fraction->numerator,
			     fraction->denominator);
	if (interval >= OMV_OFFER_MIN_NS && interval <= OMV_RATE_MAX_NS)
		return interval;
	interval = interval < OMV_OFFER_MIN_NS ? OMV_OFFER_MIN_NS :
						 OMV_RATE_MAX_NS;
	omv_offer_interval(interval, fraction);
	return interval;
}
