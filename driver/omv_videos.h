/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The further video nodes of a camera: one for each picture channel besides
 * "frame" and "stream". core/omv_pictures.c finds the channels.
 */
#ifndef OMV_VIDEOS_H
#define OMV_VIDEOS_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>

#include "core/omv_pictures.h"
#include "omv_link.h"

struct seq_file;
struct v4l2_device;

/**
 * struct omv_videos - the further video nodes; a client of the link
 * @client:   client of the link
 * @v4l2_dev: parent of the nodes; NULL before omv_videos_init()
 * @name:     name of the camera
 * @pictures: picture channels; protected by the lock of the link
 * @lock:     held while nodes are created and removed
 * @list:     list of struct omv_extra; changed with @lock and the lock of the
 *	link held, read with one of them held
 * @work:     creates and removes nodes
 * @enabled:  the first video node is registered; protected by the lock of the
 *	link
 * @warned:   warnings already logged, see omv_warn_once()
 */
struct omv_videos {
	struct omv_client client;
	struct v4l2_device *v4l2_dev;
	const char *name;
	struct omv_pictures pictures;
	struct mutex lock;	/* see the top of openmv.h */
	struct list_head list;
	struct work_struct work;
	bool enabled;
	unsigned long warned;
};

/* Documented at their definitions. */
void omv_videos_init(struct omv_videos *videos, struct omv_link *link,
		     struct v4l2_device *v4l2_dev, const char *name);
void omv_videos_enable(struct omv_videos *videos);
void omv_videos_remove(struct omv_videos *videos);
int omv_videos_set(struct omv_videos *videos, const char *channel,
		   enum omv_picture_setting setting);
enum omv_picture_setting omv_videos_get(struct omv_videos *videos,
					const char *channel);
int omv_videos_name(struct omv_videos *videos, const char *channel, char *buf,
		    size_t size);
void omv_videos_show(struct omv_videos *videos, struct seq_file *s);

#endif /* OMV_VIDEOS_H */
