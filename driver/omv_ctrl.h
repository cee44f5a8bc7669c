/* SPDX-License-Identifier: GPL-2.0-only */
/* V4L2 controls of a camera: a client of the link. */
#ifndef OMV_CTRL_H
#define OMV_CTRL_H

#include <linux/mutex.h>
#include <linux/wait.h>
#include <media/v4l2-ctrls.h>

#include "core/omv_setting.h"
#include "omv_link.h"

/**
 * struct omv_ctrls - the controls of one camera
 * @client:      client of the link
 * @handler:     control handler; its lock protects the values of the controls
 * @busy:        an application has a request, and has released the lock of
 *	@handler meanwhile; protected by this lock. Neither another application
 *	nor the scan changes a control then.
 * @idle:        woken when @busy is cleared
 * @config_lock: serializes requests to channels with controls; protects
 *	@settings, except its list, which only the scan changes. It is not held
 *	while waiting for the lock of @handler.
 * @settings:    settings of all controls, each in a struct omv_control; its
 *	member writes is changed with @busy set and @config_lock held
 * @from_camera: s_ctrl() is called with a value of the camera, and must not
 *	write it; protected by the lock of @handler
 * @restore:     channels with values that the user has set; protected by the
 *	lock of the link
 * @due:         the camera has a channel of @restore; protected by the lock of
 *	the link
 * @hold_end:    time at which frames no longer wait for @restore, in ms as
 *	omv_now(); protected by the lock of the link
 * @listen:      bitmap of the channel ids whose events may mean that a value
 *	has changed; protected by the lock of the link
 * @warned:      warnings already logged, see omv_warn_once()
 */
struct omv_ctrls {
	struct omv_client client;
	struct v4l2_ctrl_handler handler;
	bool busy;
	wait_queue_head_t idle;
	struct mutex config_lock;	/* config requests, @settings */
	struct omv_settings settings;
	bool from_camera;
	struct omv_restore restore;
	bool due;
	u64 hold_end;
	u32 listen;
	unsigned long warned;
};

int omv_ctrls_init(struct omv_ctrls *ctrls, struct omv_link *link);
void omv_ctrls_free(struct omv_ctrls *ctrls);

#endif /* OMV_CTRL_H */
