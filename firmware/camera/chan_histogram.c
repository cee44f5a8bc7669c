// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include <stdlib.h>
#include <turbojpeg.h>

#include "channels.h"

/* Decode at 1/8 in both directions: this is fast, as it needs only the DC coefficients. */
static u8 *grey_thumbnail(const struct jpeg *jpeg, u32 *len)
{
	const tjscalingfactor eighth = { 1, 8 };
	int width = TJSCALED(jpeg->width, eighth), height = TJSCALED(jpeg->height, eighth);
	tjhandle tj = tjInitDecompress();
	u8 *grey;

	*len = width * height;
	grey = malloc(*len);
	if (!tj || !grey || tjDecompress2(tj, jpeg->data, jpeg->len, grey, width, 0, height,
					  TJPF_GRAY, 0))
		*len = 0;
	if (tj)
		tjDestroy(tj);
	return grey;
}

static void count(struct histogram_channel *ch)
{
	u32 counts[HISTOGRAM_BINS] = { 0 }, len;
	u8 *grey = grey_thumbnail(ch->jpeg, &len);

	for (u32 i = 0; i < len; i++)
		counts[grey[i]]++;
	for (u32 i = 0; i < HISTOGRAM_BINS; i++)
		ch->bins[i] = cpu_to_le32(counts[i]);
	free(grey);
}

static bool histogram_poll(void *priv)
{
	const struct histogram_channel *ch = priv;

	return ch->jpeg;
}

/* Count only when SIZE is called: a frame whose histogram is not read costs nothing. */
static u32 histogram_size(void *priv)
{
	struct histogram_channel *ch = priv;

	if (ch->jpeg)
		count(ch);
	jpeg_put(ch->jpeg);
	ch->jpeg = NULL;
	return sizeof(ch->bins);
}

static unsigned int histogram_shape(void *priv, u32 shape[4])
{
	(void)priv;
	shape[0] = HISTOGRAM_BINS;
	return 1;
}

static s32 histogram_read(void *priv, u32 offset, void *buf, u32 len)
{
	const struct histogram_channel *ch = priv;

	return channel_copy(ch->bins, sizeof(ch->bins), offset, buf, len);
}

const struct omv_channel_ops histogram_ops = {
	.poll = histogram_poll,
	.size = histogram_size,
	.shape = histogram_shape,
	.read = histogram_read,
};

void histogram_channel_frame(struct histogram_channel *ch, struct jpeg *jpeg)
{
	if (!ch->id)
		return;
	jpeg_put(ch->jpeg);
	ch->jpeg = jpeg_get(jpeg);
	omv_device_event(ch->dev, ch->id, 1);
}

void histogram_channel_reset(struct histogram_channel *ch)
{
	jpeg_put(ch->jpeg);
	*ch = (struct histogram_channel){ 0 };
}
