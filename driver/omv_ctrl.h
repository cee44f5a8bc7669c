/* SPDX-License-Identifier: GPL-2.0-only */
/* V4L2 controls of a camera: a client of the link. */
#ifndef OMV_CTRL_H
#define OMV_CTRL_H

#include <linux/mutex.h>
#include <media/v4l2-ctrls.h>

#include "core/omv_setting.h"
#include "omv_link.h"

/**
 * struct omv_ctrls - the controls of one camera
 * @client:      client of the link
 * @handler:     control handler; its lock protects the values of the controls
 * @config_lock: serializes requests to channels with controls; protects
 *	@settings, except its list, which only the scan changes; taken after the
 *	lock of @handler
 * @settings:    settings of all controls, each in a struct omv_control; its
 *	member writes is changed with both locks held
 * @from_camera: s_ctrl() is called with a value of the camera, and must not
 *	write it; protected by the lock of @handler
 * @restore:     channels with values that the user has set; protected by the
 *	lock of the link
 * @due:         the camera has a channel of @restore; protected by the lock of
 *	the link
 * @listen:      bitmap of the channel ids whose events may mean that a value
 *	has changed; protected by the lock of the link
 * @warned:      warnings already logged, see omv_warn_once()
 */
struct omv_ctrls {
	struct omv_client client;
	struct v4l2_ctrl_handler handler;
	struct mutex config_lock;	/* config requests, @settings */
	struct omv_settings settings;
	bool from_camera;
	struct omv_restore restore;
	bool due;
	u32 listen;
	unsigned long warned;
};

int omv_ctrls_init(struct omv_ctrls *ctrls, struct omv_link *link);
void omv_ctrls_free(struct omv_ctrls *ctrls);

#endif /* OMV_CTRL_H */
