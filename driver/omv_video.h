/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The video node, implemented in omv_video.c, omv_stream.c, omv_format.c and
 * omv_detect.c. Each of these files calls only files after it in this list.
 */
#ifndef OMV_VIDEO_H
#define OMV_VIDEO_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <media/v4l2-dev.h>
#include <media/v4l2-device.h>
#include <media/videobuf2-v4l2.h>

#include "core/omv_detect.h"
#include "omv_link.h"

#define OMV_MIN_BUFFERS		2

/**
 * struct omv_buffer - a buffer of the vb2 queue
 * @vb:   vb2 buffer
 * @list: entry in omv_video.buffers
 * @mem:  kernel address of plane 0
 */
struct omv_buffer {
	struct vb2_v4l2_buffer vb;
	struct list_head list;
	void *mem;
};

/**
 * struct omv_frame_stats - number of frames since probe, by result
 * @good:         delivered
 * @truncated:    delivered with V4L2_BUF_FLAG_ERROR: a JPEG without its end
 * @unrecognized: dropped: neither a JPEG nor any other known format
 * @wrong_format: dropped: format differs from that of the stream
 * @too_big:      dropped: larger than the buffer
 * @failed:       dropped: the transfer failed
 * @stale:        dropped: no buffer was queued in time
 * @missed:       dropped: the next frame was announced before the transfer
 * @skipped:      not fetched, because of the frame interval set by S_PARM
 */
struct omv_frame_stats {
	u64 good;
	u64 truncated;
	u64 unrecognized;
	u64 wrong_format;
	u64 too_big;
	u64 failed;
	u64 stale;
	u64 missed;
	u64 skipped;
};

struct omv_video;

/**
 * struct omv_video_ops - callbacks of a video node to its owner
 * @unused:  the last open file was closed. Process context.
 * @release: the node is unregistered and its last file is closed: free it
 */
struct omv_video_ops {
	void (*unused)(struct omv_video *video);
	void (*release)(struct omv_video *video);
};

/**
 * struct omv_video_config - properties of a video node
 * @name:    name for users; truncated to 31 bytes
 * @channel: name of its channel for sysfs, of characters that are safe in a
 *	path; NULL for a node with several inputs. Must live as long as the
 *	node.
 * @ops:     callbacks; NULL if the node lives as long as the v4l2_device
 */
struct omv_video_config {
	const char *name;
	const char *channel;
	const struct omv_video_ops *ops;
};

/**
 * struct omv_video - a video node, a client of the link
 * @client:      client of the link
 * @ops:         callbacks, or NULL
 * @channel:     see struct omv_video_config
 * @dev:         video device
 * @queue:       vb2 queue
 * @queue_lock:  lock of @queue
 * @detect:      inputs, format, and state of the stream
 * @pump:        fetches frames while streaming
 * @buffers:     list of queued struct omv_buffer, oldest first
 * @current_buf: the buffer that @pump is filling, or NULL
 * @limits:      frame interval set by S_PARM, for each input
 * @warned:      warnings already logged, see omv_warn_once(); cleared by
 *	STREAMON
 * @stats:       frame counters
 * @users:       number of open files
 * @retired:     the node is being removed: it must not be opened
 * @disabled:    the owner does not want the channel to be used
 *
 * omv_link.lock protects @detect and all members after it.
 */
struct omv_video {
	struct omv_client client;
	const struct omv_video_ops *ops;
	const char *channel;
	struct video_device dev;
	struct vb2_queue queue;
	struct mutex queue_lock;	/* see the top of openmv.h */
	struct omv_detect detect;
	struct omv_pump pump;
	struct list_head buffers;
	struct omv_buffer *current_buf;
	struct v4l2_fract limits[OMV_DETECT_INPUTS];
	unsigned long warned;
	struct omv_frame_stats stats;
	unsigned int users;
	bool retired;
	bool disabled;
};

/* omv_video.c */
int omv_video_init(struct omv_video *video, struct omv_link *link,
		   struct v4l2_device *v4l2_dev,
		   const struct omv_video_config *config);
void omv_video_add_input(struct omv_video *video, const char *channel,
			 const struct omv_fetch_ops *fetch);
void omv_video_set_shape_first(struct omv_video *video);
void omv_video_attach(struct omv_video *video);
int omv_video_register(struct omv_video *video);
bool omv_video_retire(struct omv_video *video);
void omv_video_detach(struct omv_video *video);
void omv_video_unregister(struct omv_video *video);

/* omv_stream.c */
int omv_stream_init(struct omv_video *video);
void omv_stream_set_allocated(struct omv_video *video);
void omv_stream_set_disabled(struct omv_video *video, bool disabled);
void omv_stream_detect(struct omv_video *video);
extern const struct omv_client_ops omv_stream_client_ops;

/* omv_format.c */
void omv_fill_format(struct omv_video *video, struct v4l2_pix_format *pix);
int omv_enum_fmt(struct file *file, void *priv, struct v4l2_fmtdesc *fmt);
int omv_g_fmt(struct file *file, void *priv, struct v4l2_format *fmt);
int omv_try_fmt(struct file *file, void *priv, struct v4l2_format *fmt);
int omv_s_fmt(struct file *file, void *priv, struct v4l2_format *fmt);
int omv_enum_framesizes(struct file *file, void *priv,
			struct v4l2_frmsizeenum *size);
int omv_enum_frameintervals(struct file *file, void *priv,
			    struct v4l2_frmivalenum *ival);
int omv_g_parm(struct file *file, void *priv, struct v4l2_streamparm *parm);
int omv_s_parm(struct file *file, void *priv, struct v4l2_streamparm *parm);

/* omv_detect.c */
void omv_video_changed(struct omv_video *video);
bool omv_video_is_detecting(struct omv_video *video);
int omv_enum_input(struct file *file, void *priv, struct v4l2_input *input);
int omv_g_input(struct file *file, void *priv, unsigned int *index);
int omv_s_input(struct file *file, void *priv, unsigned int index);

#endif /* OMV_VIDEO_H */
