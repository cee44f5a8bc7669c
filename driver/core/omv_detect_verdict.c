// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The detection: recognizes the frames of a running stream.
 */
#include "omv_detect_priv.h"

/* Format and size of the image in a frame, and whether it is complete. */
struct content {
	struct omv_picture picture;
	u32 size;
	bool truncated;
	bool no_dht;
	struct omv_jpeg jpeg;
};

static int content_jpeg(struct content *content, const void *data)
{
	struct omv_jpeg *jpeg = &content->jpeg;
	int ret = omv_jpeg_scan(data, content->size, jpeg);

	if (ret == -EINVAL)
		return ret;
	content->truncated = ret;
	/* Strict decoders refuse bytes behind EOI. */
	if (!ret)
		content->size = jpeg->end;
	content->no_dht = !ret && !jpeg->has_dht;
	content->picture.pixfmt = OMV_PIX_JPEG;
	if (!jpeg->width)
		return 0;
	content->picture.width = jpeg->width;
	content->picture.height = jpeg->height;
	return 0;
}

/* Parse the header, and move the image to @data (protocol 10.1). */
static int content_with_header(struct content *content,
			       const struct omv_stream_hdr *hdr, u8 *data)
{
	u32 offset;

	content->size = omv_stream_parse(hdr, sizeof(*hdr) + content->size,
					 &content->picture, &offset);
	if (!content->size)
		return -EINVAL;
	offset -= sizeof(*hdr);
	if (offset)
		memmove(data, data + offset, content->size);
	if (content->picture.pixfmt == OMV_PIX_JPEG)
		return content_jpeg(content, data);
	return omv_pixfmt_is_known(content->picture.pixfmt) ? 0 : -EINVAL;
}

static int content_find(const struct omv_detect *detect,
			struct content *content,
			const struct omv_stream_hdr *hdr, void *data)
{
	content->picture = detect->picture;
	if (hdr)
		return content_with_header(content, hdr, data);
	if (!content_jpeg(content, data))
		return 0;
	return omv_picture_size(&detect->picture) == content->size ? 0 :
								     -EINVAL;
}

/* Would an unrecognized frame be valid if has_header were inverted? */
static bool detect_is_header_mismatch(const struct omv_input *input,
				      const struct omv_stream_hdr *hdr,
				      const void *data, u32 size)
{
	static const u8 soi[] = { 0xff, 0xd8 };
	struct omv_picture picture;
	u32 offset;

	if (detect_is_stream(input))
		return false;
	if (hdr)
		return !memcmp(hdr, soi, sizeof(soi));
	return size > sizeof(*hdr) &&
	       omv_stream_parse(data, size, &picture, &offset);
}

/**
 * omv_detect_frame() - recognize a frame of the stream
 * @detect: detection
 * @hdr: header of the frame if the pump was started with @has_header, or NULL
 * @data: frame, without its header
 * @size: number of bytes at @data; set to the number of bytes to deliver, or
 *	for OMV_FRAME_TOO_BIG to the size of the buffer that is needed
 * @room: size of the buffer at @data
 * @now: time in ms
 *
 * Moves the image to @data if there is a gap after the header (protocol 10.1),
 * ends a JPEG at its EOI, and inserts Huffman tables into one that has none. An
 * unrecognized frame schedules a detection that does not disturb the stream.
 *
 * Context: under the lock of the host end. Calls ops->changed if the format
 * differs from that of the last frame.
 *
 * Return: see enum omv_verdict
 */
enum omv_verdict omv_detect_frame(struct omv_detect *detect,
				  const struct omv_stream_hdr *hdr, void *data,
				  u32 *size, u32 room, u64 now)
{
	struct omv_input *input = omv_detect_input(detect);
	struct content content = { .size = *size };
	u32 head = hdr ? sizeof(*hdr) : 0;

	if (content_find(detect, &content, hdr, data)) {
		detect->header_mismatch =
			detect_is_header_mismatch(input, hdr, data, *size);
		detect_schedule_frame(detect, *size + head, now);
		return OMV_FRAME_UNRECOGNIZED;
	}
	input->signal = true;
	if (!detect_is_stream(input) ||
	    content.picture.pixfmt == OMV_PIX_JPEG)
		input->picture = content.picture;
	detect_show(detect, &content.picture);
	if (content.picture.pixfmt != detect->pixfmt)
		return OMV_FRAME_WRONG_FORMAT;
	*size = content.size;
	if (content.no_dht)
		*size = omv_jpeg_add_dht(data, content.size, room,
					 &content.jpeg);
	if (*size > room)
		return OMV_FRAME_TOO_BIG;
	return content.truncated ? OMV_FRAME_TRUNCATED : OMV_FRAME_GOOD;
}

/**
 * omv_detect_too_big() - handle a frame that does not fit its buffer
 * @detect: detection
 * @size: size of the frame in bytes, without its header
 * @now: time in ms
 *
 * A raw frame schedules a detection, because SHAPE must have changed. A JPEG
 * increases the buffer size that is offered to applications.
 *
 * Context: under the lock of the host end. Calls ops->changed.
 */
void omv_detect_too_big(struct omv_detect *detect, u32 size, u64 now)
{
	struct omv_input *input = omv_detect_input(detect);
	u32 head = input->has_header ? sizeof(struct omv_stream_hdr) : 0;

	if (detect->pixfmt != OMV_PIX_JPEG) {
		detect_schedule_frame(detect, size + head, now);
	} else if (size > input->largest && size <= OMV_MAX_PICTURE) {
		input->largest = size;
		detect->ops->changed(detect->ctx);
	}
}
