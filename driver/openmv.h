/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The camera object, and the lock order of the driver.
 *
 * Layers; calls run down only, which tests/lint checks:
 *
 *	omv_driver.c	module, probe and disconnect, power management
 *	omv_takeover.c	taking devices from cdc_acm; not for upstream
 *	omv_camera.c	the camera object: lifetime, clients of its link
 *	omv_debugfs.c	counters and state in debugfs
 *	omv_videos.c	the further video nodes, for channels of scripts
 *	clients of the link, independent of each other:
 *	  omv_video.c omv_stream.c omv_format.c omv_detect.c	video node
 *	  omv_ctrl.c omv_knob.c					V4L2 controls
 *	  omv_node.c omv_chardev.c	device nodes of all other channels
 *	omv_link.c	the session: requests, deadlines, recovery
 *	omv_usb.c	the CDC function: URBs
 *	core/		the protocol, without I/O
 *
 * Locks, outermost first:
 *
 *	omv_videos.lock		creation and removal of further video nodes
 *	omv_ctrls.handler.lock	values of controls
 *	omv_ctrls.config_lock	requests to channels with controls
 *	omv_file.lock		one open file of a channel node
 *	omv_node.write_lock	writes to a channel
 *	omv_video.queue_lock	the vb2 queue
 *	omv_link.clients_lock	list of the clients
 *	omv_link.lock		all state of core/ and of its callbacks; taken
 *				in URB completions, therefore irqsave
 *
 * A video node has no lock for its ioctls (video_device.lock is NULL): S_INPUT
 * and the ioctls of controls wait for the camera, and QUERYCAP, ENUM_* and
 * G_FMT of other programs must not wait for them. What these ioctls use is
 * protected by omv_link.lock. For the same reason s_ctrl() and
 * g_volatile_ctrl() set omv_ctrls.busy and release omv_ctrls.handler.lock.
 *
 * The scans, which run on the workqueue of the link, take these locks except
 * omv_videos.lock and omv_link.clients_lock: never flush or cancel a scan, or
 * omv_link.link_work, while holding another one, or with omv_ctrls.busy set. A
 * scan uses mutex_trylock() on config_lock, and does not wait for
 * omv_ctrls.busy, because an application that has them may be waiting for a
 * session.
 *
 * struct omv_camera lives until the last open file of any node is closed. Only
 * v4l2_dev.release frees it. A further video node is freed when it is removed
 * and its last file is closed; it holds a reference to v4l2_dev.
 */
#ifndef OPENMV_H
#define OPENMV_H

#include <linux/debugfs.h>
#include <linux/workqueue.h>
#include <media/v4l2-device.h>

#include "core/omv_card.h"
#include "omv_ctrl.h"
#include "omv_link.h"
#include "omv_node.h"
#include "omv_video.h"
#include "omv_videos.h"

struct omv_camera_ops;

/**
 * struct omv_camera - one camera
 * @v4l2_dev:      V4L2 device; its reference count is that of the camera
 * @link:          session
 * @name:          name for users
 * @nodes:         client of the link: channel nodes
 * @ctrls:         client of the link: controls
 * @video:         client of the link: first video node
 * @videos:        client of the link: further video nodes
 * @client:        client of the link: this file's own, notified when the
 *	session comes up or is lost
 * @ops:           callbacks of the USB driver
 * @give_up_at:    time at which a device that has not responded is released, in
 *	ms as omv_now()
 * @warned:        warnings already logged, see omv_warn_once()
 * @register_work: registers the video node after the first response
 * @registered:    the video node is registered; only @register_work writes it
 * @debugfs:       debugfs directory
 */
struct omv_camera {
	struct v4l2_device v4l2_dev;
	struct omv_link link;
	char name[OMV_CARD_SIZE];
	struct omv_nodes nodes;
	struct omv_ctrls ctrls;
	struct omv_video video;
	struct omv_videos videos;
	struct omv_client client;
	const struct omv_camera_ops *ops;
	u64 give_up_at;
	unsigned long warned;
	struct work_struct register_work;
	bool registered;
	struct dentry *debugfs;
};

#endif /* OPENMV_H */
