/* SPDX-License-Identifier: GPL-2.0-only */
/* The V4L2 control of a knob. */
#ifndef OMV_KNOB_H
#define OMV_KNOB_H

#include <media/v4l2-ctrls.h>

#include "core/omv_setting.h"

/**
 * struct omv_control - a control, and the knob behind it
 * @setting: what is known of the knob
 * @standard: which standard control it is; OMV_STANDARD_NONE for a control of
 *	the driver
 * @ctrl:    control of the framework
 * @name:    of the control, unless the framework has one
 * @menu:    menu: pointers to @options, for the framework
 * @options: menu: OMV_KNOB_OPTIONS options
 *
 * S_CTRL changes @setting with omv_ctrls.busy set and config_lock held, the
 * scan with config_lock held, or with the lock of the control handler held and
 * omv_ctrls.busy not set.
 */
struct omv_control {
	struct omv_setting setting;
	enum omv_standard standard;
	struct v4l2_ctrl *ctrl;
	char name[OMV_KNOB_KEY_SIZE];
	const char **menu;
	struct omv_option *options;
};

/**
 * struct omv_new_value - the value that an application sets
 * @value: unless the control is a string
 * @text:  string
 */
struct omv_new_value {
	s32 value;
	char text[OMV_KNOB_TEXT_SIZE];
};

/**
 * omv_control_of() - get the control of a setting
 * @setting: setting in a struct omv_control
 *
 * Return: control
 */
static inline struct omv_control *
omv_control_of(const struct omv_setting *setting)
{
	return container_of(setting, struct omv_control, setting);
}

struct omv_control *omv_control_new(struct v4l2_ctrl_handler *handler,
				    const struct v4l2_ctrl_ops *ops,
				    const struct omv_settings *settings,
				    const char *channel,
				    const struct omv_knob *knob);
void omv_control_free(struct omv_control *control);
struct omv_control *omv_control_from_ctrl(struct v4l2_ctrl *ctrl);
void omv_control_get(const struct omv_control *control, struct omv_knob *knob);
void omv_new_value_save(const struct v4l2_ctrl *ctrl,
			struct omv_new_value *value);
void omv_new_value_restore(struct v4l2_ctrl *ctrl,
			   const struct omv_new_value *value);
void omv_control_report(struct omv_control *control,
			const struct omv_knob *knob);
void omv_control_show(struct omv_control *control, const struct omv_knob *knob);

#endif /* OMV_KNOB_H */
