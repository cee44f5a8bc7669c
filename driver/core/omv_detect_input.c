// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The detection: selection of the input and of the format, without requests.
 */
#include "omv_detect_priv.h"

/**
 * detect_show() - change the format that applications see
 * @detect: detection
 * @picture: new format
 *
 * Context: under the lock of the host end. Calls ops->changed.
 */
void detect_show(struct omv_detect *detect, const struct omv_picture *picture)
{
	if (!memcmp(&detect->picture, picture, sizeof(*picture)))
		return;
	detect->picture = *picture;
	detect->ops->changed(detect->ctx);
}

/**
 * detect_auto_select() - select the preferred input of the existing channels
 * @detect: detection
 *
 * "frame" is preferred, because only a script can register it. Does nothing
 * without a session, while buffers are allocated, while streaming, or if the
 * user has selected an input.
 *
 * Context: under the lock of the host end. Calls ops->changed.
 */
void detect_auto_select(struct omv_detect *detect)
{
	u8 index = 0;

	if (detect->user_input || detect->host->state != OMV_HOST_READY)
		return;
	while (index < detect->nr_inputs - 1 &&
	       !omv_host_find(detect->host, detect->inputs[index].name))
		index++;
	if (index == detect->input)
		return;
	if (detect->allocated || detect->streaming)
		return;
	detect->input = index;
	detect_show(detect, &detect->inputs[index].picture);
}

/**
 * omv_detect_add_input() - add an input
 * @detect: detection
 * @name: name of the channel; must live as long as @detect
 * @fetch: &omv_fetch_frame or &omv_fetch_stream
 *
 * Add the preferred input first. There must be 1 to OMV_DETECT_INPUTS inputs.
 * Frames of "stream" always have a header (protocol 10.1).
 *
 * Context: any, before the host end is started.
 */
void omv_detect_add_input(struct omv_detect *detect, const char *name,
			  const struct omv_fetch_ops *fetch)
{
	struct omv_input *input = &detect->inputs[detect->nr_inputs++];

	input->name = name;
	input->fetch = fetch;
	input->has_header = fetch == &omv_fetch_stream;
}

/**
 * omv_detect_set_shape_first() - send SHAPE before any READ
 * @detect: detection
 *
 * For channels whose frames are most likely raw: a READ of the first bytes, to
 * search for a JPEG, is then not necessary.
 *
 * Context: any, before the host end is started, or under its lock.
 */
void omv_detect_set_shape_first(struct omv_detect *detect)
{
	detect->shape_first = true;
}

/**
 * omv_detect_has_signal() - does an input have a signal
 * @detect: detection
 * @index: index of the input
 * @stalled: omv_pump_is_stalled() of the pump; matters while streaming
 *
 * "stream" always exists: it has a signal if a frame was recognized. Any other
 * channel has a signal if it exists and its script has not ended.
 *
 * Context: under the lock of the host end.
 *
 * Return: true if it has; false also if there is no such input
 */
bool omv_detect_has_signal(const struct omv_detect *detect, unsigned int index,
			   bool stalled)
{
	const struct omv_input *input;

	if (index >= detect->nr_inputs)
		return false;
	input = &detect->inputs[index];
	if (!omv_host_find(detect->host, input->name))
		return false;
	if (stalled && detect->streaming && index == detect->input)
		return false;
	return detect_is_stream(input) ? input->signal : !input->lost;
}

/**
 * omv_detect_set_picture() - set the format for the user
 * @detect: detection
 * @picture: a format that omv_offer() gives for the selected input
 *
 * Context: under the lock of the host end.
 *
 * Return: 0, or -EBUSY if buffers are allocated or a stream is running
 */
int omv_detect_set_picture(struct omv_detect *detect,
			   const struct omv_picture *picture)
{
	if (detect->allocated || detect->streaming)
		return -EBUSY;
	detect->picture = *picture;
	return 0;
}

/**
 * omv_detect_mode() - get the mode for omv_pump_start()
 * @detect: detection
 * @mode: all members are set, for the selected input
 *
 * While streaming, the raw size is that at the start of the stream.
 *
 * Context: under the lock of the host end.
 */
void omv_detect_mode(const struct omv_detect *detect,
		     struct omv_pump_mode *mode)
{
	const struct omv_input *input = &detect->inputs[detect->input];
	const struct omv_picture *picture = &detect->picture;

	if (detect->streaming)
		picture = &detect->stream_raw;
	memset(mode, 0, sizeof(*mode));
	mode->fetch = input->fetch;
	mode->has_header = input->has_header;
	if (detect_is_stream(input) && omv_picture_line(picture->pixfmt, 1)) {
		mode->raw_width = picture->width;
		mode->raw_height = picture->height;
	}
}
