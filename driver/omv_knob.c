// SPDX-License-Identifier: GPL-2.0-only
/*
 * The V4L2 control of a knob: id, name, range and value. Sends no requests.
 *
 * Controls are never removed: the control framework cannot remove them, and a
 * knob that one script does not have may come back with the next.
 */
#include <linux/ctype.h>
#include <linux/slab.h>

#include "core/omv_crc.h"
#include "omv_knob.h"
#include "uapi/openmv.h"

/* Number of reserved ids from V4L2_CID_USER_OPENMV_BASE on. */
#define OMV_CIDS		2048

/* The default of the script in the tutorial. */
#define OMV_QUALITY_DEFAULT	85

/* ---- standard controls ------------------------------------------------ */

static const u32 omv_standard_ids[OMV_STANDARDS] = {
	[OMV_STANDARD_QUALITY] = V4L2_CID_JPEG_COMPRESSION_QUALITY,
	[OMV_STANDARD_BRIGHTNESS] = V4L2_CID_BRIGHTNESS,
	[OMV_STANDARD_CONTRAST] = V4L2_CID_CONTRAST,
	[OMV_STANDARD_SATURATION] = V4L2_CID_SATURATION,
	[OMV_STANDARD_HUE] = V4L2_CID_HUE,
	[OMV_STANDARD_GAMMA] = V4L2_CID_GAMMA,
	[OMV_STANDARD_SHARPNESS] = V4L2_CID_SHARPNESS,
	[OMV_STANDARD_GAIN] = V4L2_CID_GAIN,
	[OMV_STANDARD_GAIN_DB] = V4L2_CID_GAIN,
	[OMV_STANDARD_EXPOSURE] = V4L2_CID_EXPOSURE,
	[OMV_STANDARD_EXPOSURE_US] = V4L2_CID_EXPOSURE_ABSOLUTE,
	[OMV_STANDARD_EXPOSURE_MS] = V4L2_CID_EXPOSURE_ABSOLUTE,
	[OMV_STANDARD_EXPOSURE_S] = V4L2_CID_EXPOSURE_ABSOLUTE,
	[OMV_STANDARD_HFLIP] = V4L2_CID_HFLIP,
	[OMV_STANDARD_VFLIP] = V4L2_CID_VFLIP,
	[OMV_STANDARD_ROTATE] = V4L2_CID_ROTATE,
	[OMV_STANDARD_AUTO_EXPOSURE] = V4L2_CID_EXPOSURE_AUTO,
	[OMV_STANDARD_AUTO_GAIN] = V4L2_CID_AUTOGAIN,
	[OMV_STANDARD_AUTO_WHITE_BALANCE] = V4L2_CID_AUTO_WHITE_BALANCE,
	[OMV_STANDARD_WHITE_BALANCE] = V4L2_CID_WHITE_BALANCE_TEMPERATURE,
	[OMV_STANDARD_BACKLIGHT] = V4L2_CID_BACKLIGHT_COMPENSATION,
	[OMV_STANDARD_ZOOM] = V4L2_CID_ZOOM_ABSOLUTE,
	[OMV_STANDARD_FOCUS] = V4L2_CID_FOCUS_ABSOLUTE,
	[OMV_STANDARD_AUTO_FOCUS] = V4L2_CID_FOCUS_AUTO,
};

/* ---- between the camera's values and V4L2's --------------------------- */

/* In the menu of V4L2 automatic exposure is 0. */
static bool omv_is_inverted(const struct omv_control *control)
{
	return control->ctrl->id == V4L2_CID_EXPOSURE_AUTO;
}

static s32 omv_control_value(const struct omv_control *control,
			     const struct omv_knob *knob)
{
	const struct v4l2_ctrl *ctrl = control->ctrl;
	struct omv_view view;

	if (omv_is_inverted(control))
		return !knob->value;
	switch (ctrl->type) {
	case V4L2_CTRL_TYPE_BOOLEAN:
		return !!knob->value;
	case V4L2_CTRL_TYPE_INTEGER:
		omv_standard_view(control->standard, knob, &view);
		return clamp_t(s64, view.value, ctrl->minimum, ctrl->maximum);
	default:
		return knob->value;
	}
}

/**
 * omv_control_get() - get the value that the application sets
 * @control: control in s_ctrl(); the caller holds the lock of its handler
 * @knob: set to the value for the camera
 */
void omv_control_get(const struct omv_control *control, struct omv_knob *knob)
{
	const struct v4l2_ctrl *ctrl = control->ctrl;

	*knob = control->setting.knob;
	if (ctrl->type == V4L2_CTRL_TYPE_STRING) {
		strscpy(knob->option.text, ctrl->p_new.p_char,
			sizeof(knob->option.text));
		return;
	}
	knob->value = ctrl->val;
	if (omv_is_inverted(control))
		knob->value = !ctrl->val;
	else if (ctrl->type == V4L2_CTRL_TYPE_INTEGER)
		knob->value = omv_standard_value(control->standard, knob,
						 ctrl->val);
	else if (ctrl->type == V4L2_CTRL_TYPE_MENU)
		knob->option = control->options[ctrl->val];
}

/**
 * omv_new_value_save() - copy the value that an application sets
 * @ctrl: control in try_ctrl() or s_ctrl()
 * @value: set to the value
 *
 * While the lock of the handler is released, another application may overwrite
 * the new value of @ctrl, before its try_ctrl() is called.
 */
void omv_new_value_save(const struct v4l2_ctrl *ctrl,
			struct omv_new_value *value)
{
	lockdep_assert_held(ctrl->handler->lock);
	if (ctrl->type == V4L2_CTRL_TYPE_STRING)
		strscpy(value->text, ctrl->p_new.p_char, sizeof(value->text));
	else
		value->value = ctrl->val;
}

/**
 * omv_new_value_restore() - set the new value of a control again
 * @ctrl: control in try_ctrl() or s_ctrl()
 * @value: value from omv_new_value_save()
 */
void omv_new_value_restore(struct v4l2_ctrl *ctrl,
			   const struct omv_new_value *value)
{
	lockdep_assert_held(ctrl->handler->lock);
	if (ctrl->type == V4L2_CTRL_TYPE_STRING)
		strscpy(ctrl->p_new.p_char, value->text, OMV_KNOB_TEXT_SIZE);
	else
		ctrl->val = value->value;
}

/*
 * V4L2_CTRL_FLAG_EXECUTE_ON_WRITE also reports a change of the value each time.
 * Without it the framework compares the values.
 */
static void omv_control_compare(struct v4l2_ctrl *ctrl, s32 value,
				const char *text)
{
	u32 flag = ctrl->flags & V4L2_CTRL_FLAG_EXECUTE_ON_WRITE;

	ctrl->flags &= ~flag;
	if (ctrl->type == V4L2_CTRL_TYPE_STRING)
		__v4l2_ctrl_s_ctrl_string(ctrl, text);
	else
		__v4l2_ctrl_s_ctrl(ctrl, value);
	ctrl->flags |= flag;
}

static bool omv_control_is_current(const struct v4l2_ctrl *ctrl)
{
	if (ctrl->type == V4L2_CTRL_TYPE_STRING)
		return !strcmp(ctrl->p_new.p_char, ctrl->p_cur.p_char);
	return ctrl->val == ctrl->cur.val;
}

/**
 * omv_control_report() - report the value of the camera to the application
 * @control: control in s_ctrl() or g_volatile_ctrl(); the caller holds the lock
 *	of its handler
 * @knob: what the camera has
 *
 * If this is the value that the control has already, the framework, which has
 * decided before s_ctrl() that the value has changed, is made to decide again.
 * It may then call s_ctrl().
 */
void omv_control_report(struct omv_control *control,
			const struct omv_knob *knob)
{
	struct v4l2_ctrl *ctrl = control->ctrl;

	if (ctrl->type == V4L2_CTRL_TYPE_BUTTON)
		return;
	if (ctrl->type == V4L2_CTRL_TYPE_STRING)
		strscpy(ctrl->p_new.p_char, knob->option.text,
			OMV_KNOB_TEXT_SIZE);
	else if (knob->type != OMV_KNOB_MENU || knob->value >= 0)
		ctrl->val = omv_control_value(control, knob);
	if (!(ctrl->flags & V4L2_CTRL_FLAG_VOLATILE) &&
	    omv_control_is_current(ctrl))
		omv_control_compare(ctrl, ctrl->val, ctrl->p_cur.p_char);
}

/* ---- creating controls ------------------------------------------------ */

static bool omv_control_id_is_used(const struct omv_settings *settings, u32 id)
{
	const struct omv_setting *setting;

	for (setting = settings->first; setting; setting = setting->next)
		if (omv_control_of(setting)->ctrl->id == id)
			return true;
	return false;
}

/* Derived from the key, so that it is stable: programs store control ids. */
static u32 omv_control_id(const struct omv_settings *settings, const char *key)
{
	u32 hash = omv_crc16(0, key, strlen(key));
	u32 id;

	do {
		id = V4L2_CID_USER_OPENMV_BASE + hash++ % OMV_CIDS;
	} while (omv_control_id_is_used(settings, id));
	return id;
}

/*
 * Compare like v4l2-ctl, which ignores case and punctuation of names: it could
 * not distinguish two controls with the same name.
 */
static bool omv_is_same_name(const char *a, const char *b)
{
	for (;; a++, b++) {
		while (*a && !isalnum(*a))
			a++;
		while (*b && !isalnum(*b))
			b++;
		if (tolower(*a) != tolower(*b))
			return false;
		if (!*a)
			return true;
	}
}

static bool omv_control_name_is_used(const struct omv_settings *settings,
				     const char *name)
{
	const struct omv_setting *setting;

	for (setting = settings->first; setting; setting = setting->next)
		if (omv_is_same_name(omv_control_of(setting)->ctrl->name, name))
			return true;
	return false;
}

/* Truncate to at most @len bytes, between two UTF-8 characters. */
static void omv_cut(char *text, size_t len)
{
	if (strlen(text) <= len)
		return;
	while (len && (text[len] & 0xc0) == 0x80)
		len--;
	text[len] = 0;
}

static void omv_control_name(const struct omv_settings *settings,
			     struct omv_control *control)
{
	char *name = control->name;
	unsigned int n = 1;
	char number[12] = "";
	char *p;

	do {
		strscpy(name, control->setting.knob.key, sizeof(control->name));
		for (p = name; *p; p++)
			if (iscntrl(*p) && isascii(*p))
				*p = '?';
		omv_cut(name, sizeof_field(struct v4l2_query_ext_ctrl, name) -
				      1 - strlen(number));
		strcat(name, number);
		snprintf(number, sizeof(number), " %u", ++n);
	} while (omv_control_name_is_used(settings, name));
}

static void omv_control_integer(const struct omv_control *control,
				const struct omv_knob *knob,
				struct v4l2_ctrl_config *cfg)
{
	struct omv_view view;

	omv_standard_view(control->standard, knob, &view);
	cfg->type = V4L2_CTRL_TYPE_INTEGER;
	cfg->min = view.min;
	cfg->max = view.max;
	cfg->step = view.step;
	cfg->def = view.value;
}

static void omv_control_range(const struct omv_control *control,
			      const struct omv_knob *knob,
			      struct v4l2_ctrl_config *cfg)
{
	switch (knob->type) {
	case OMV_KNOB_INTEGER:
		omv_control_integer(control, knob, cfg);
		break;
	case OMV_KNOB_BOOLEAN:
		cfg->type = V4L2_CTRL_TYPE_BOOLEAN;
		cfg->max = 1;
		cfg->step = 1;
		cfg->def = knob->value;
		break;
	case OMV_KNOB_MENU:
		cfg->type = V4L2_CTRL_TYPE_MENU;
		cfg->max = knob->nr_options - 1;
		cfg->def = max(knob->value, 0);
		break;
	case OMV_KNOB_TEXT:
	case OMV_KNOB_LABEL:
		cfg->type = V4L2_CTRL_TYPE_STRING;
		cfg->max = OMV_KNOB_TEXT_SIZE - 1;
		cfg->step = 1;
		break;
	case OMV_KNOB_BUTTON:
		cfg->type = V4L2_CTRL_TYPE_BUTTON;
		break;
	}
}

/* V4L2 has the name and, except for numbers, the range. */
static void omv_control_standard(enum omv_standard standard,
				 struct v4l2_ctrl_config *cfg)
{
	cfg->id = omv_standard_ids[standard];
	if (standard == OMV_STANDARD_QUALITY) {
		cfg->def = OMV_QUALITY_DEFAULT;
	} else if (standard == OMV_STANDARD_AUTO_EXPOSURE) {
		cfg->min = V4L2_EXPOSURE_AUTO;
		cfg->max = V4L2_EXPOSURE_MANUAL;
		cfg->step = 0;
		cfg->def = V4L2_EXPOSURE_AUTO;
	} else if (omv_standard_is_switch(standard)) {
		cfg->min = 0;
		cfg->max = 1;
		cfg->step = 1;
		cfg->def = 0;
	}
}

/*
 * QUERYMENU reads the texts without a lock: never move them, and write a text
 * only if it has changed.
 */
static void omv_control_options(struct omv_control *control,
				const struct omv_knob *knob)
{
	struct omv_option option;
	unsigned int i;

	for (i = 0; i < OMV_KNOB_OPTIONS; i++) {
		if (omv_config_option(knob, i, &option))
			memset(&option, 0, sizeof(option));
		if (strcmp(option.text, control->options[i].text))
			strscpy(control->options[i].text, option.text,
				sizeof(option.text));
		control->options[i].raw_size = option.raw_size;
		memcpy(control->options[i].raw, option.raw, option.raw_size);
		control->menu[i] = control->options[i].text;
	}
}

static int omv_control_menu(struct omv_control *control,
			    const struct omv_knob *knob,
			    struct v4l2_ctrl_config *cfg)
{
	if (knob->type != OMV_KNOB_MENU)
		return 0;
	control->options = kvcalloc(OMV_KNOB_OPTIONS,
				    sizeof(*control->options), GFP_KERNEL);
	control->menu = kcalloc(OMV_KNOB_OPTIONS, sizeof(*control->menu),
				GFP_KERNEL);
	if (!control->options || !control->menu)
		return -ENOMEM;
	omv_control_options(control, knob);
	cfg->qmenu = control->menu;
	return 0;
}

/*
 * What the control shows may be the nearest number to the camera's value, or a
 * default: setting it must write it.
 */
static u32 omv_control_flags(const struct omv_knob *knob)
{
	const u32 flags = V4L2_CTRL_FLAG_INACTIVE;

	switch (knob->type) {
	case OMV_KNOB_LABEL:
		return flags | V4L2_CTRL_FLAG_READ_ONLY |
		       V4L2_CTRL_FLAG_VOLATILE;
	case OMV_KNOB_BUTTON:
		return flags | V4L2_CTRL_FLAG_EXECUTE_ON_WRITE |
		       V4L2_CTRL_FLAG_WRITE_ONLY;
	default:
		return flags | V4L2_CTRL_FLAG_EXECUTE_ON_WRITE;
	}
}

static int omv_control_register(struct omv_control *control,
				struct v4l2_ctrl_handler *handler,
				struct v4l2_ctrl_config *cfg)
{
	int ret;

	control->ctrl = v4l2_ctrl_new_custom(handler, cfg, control);
	ret = handler->error;
	/*
	 * handler->error is sticky and would make every later
	 * v4l2_ctrl_new_custom() fail.
	 */
	handler->error = 0;
	if (ret)
		return ret;
	/* For a standard control the framework has set the flags. */
	control->ctrl->flags |= omv_control_flags(&control->setting.knob);
	return 0;
}

static int omv_control_init(struct omv_control *control,
			    struct v4l2_ctrl_handler *handler,
			    const struct v4l2_ctrl_ops *ops,
			    const struct omv_settings *settings,
			    const struct omv_knob *knob)
{
	struct v4l2_ctrl_config cfg = {
		.ops = ops,
		.flags = omv_control_flags(knob),
	};
	u32 id = omv_standard_ids[control->setting.standard];
	int ret;

	if (id && !omv_control_id_is_used(settings, id))
		control->standard = control->setting.standard;
	omv_control_range(control, &control->setting.knob, &cfg);
	ret = omv_control_menu(control, knob, &cfg);
	if (ret)
		return ret;
	if (control->standard) {
		omv_control_standard(control->standard, &cfg);
	} else {
		omv_control_name(settings, control);
		cfg.name = control->name;
		cfg.id = omv_control_id(settings, knob->key);
	}
	return omv_control_register(control, handler, &cfg);
}

/**
 * omv_control_new() - create a control, inactive, with its default value
 * @handler: handler of the control; the caller does not hold its lock
 * @ops: operations of the control
 * @settings: settings of all controls, each in a struct omv_control
 * @channel: name of the channel
 * @knob: knob; its document must still be valid
 *
 * The caller adds the setting of the control to @settings, and serializes
 * calls. May sleep.
 *
 * Return: control, or NULL if there are OMV_SETTINGS_MAX settings, or if out of
 * memory
 */
struct omv_control *omv_control_new(struct v4l2_ctrl_handler *handler,
				    const struct v4l2_ctrl_ops *ops,
				    const struct omv_settings *settings,
				    const char *channel,
				    const struct omv_knob *knob)
{
	struct omv_control *control;

	if (!omv_settings_have_room(settings))
		return NULL;
	control = kzalloc(sizeof(*control), GFP_KERNEL);
	if (!control)
		return NULL;
	omv_setting_init(&control->setting, channel, knob);
	if (omv_control_init(control, handler, ops, settings, knob)) {
		omv_control_free(control);
		return NULL;
	}
	return control;
}

/**
 * omv_control_free() - free a control
 * @control: control that was not added to its handler, or whose handler has
 *	been freed
 */
void omv_control_free(struct omv_control *control)
{
	kvfree(control->options);
	kfree(control->menu);
	kfree(control);
}

/**
 * omv_control_from_ctrl() - get the control of a V4L2 control
 * @ctrl: V4L2 control, in one of its operations
 *
 * Return: control
 */
struct omv_control *omv_control_from_ctrl(struct v4l2_ctrl *ctrl)
{
	struct omv_control *control = ctrl->priv;

	/* May be called before v4l2_ctrl_new_custom() returns. */
	control->ctrl = ctrl;
	return control;
}

/* ---- values of the camera --------------------------------------------- */

static void omv_control_show_integer(struct omv_control *control,
				     const struct omv_knob *knob)
{
	struct v4l2_ctrl *ctrl = control->ctrl;
	struct omv_view view;
	s64 def;

	omv_standard_view(control->standard, knob, &view);
	def = clamp_t(s64, ctrl->default_value, view.min, view.max);
	if (ctrl->minimum != view.min || ctrl->maximum != view.max ||
	    ctrl->step != view.step)
		__v4l2_ctrl_modify_range(ctrl, view.min, view.max, view.step,
					 def);
}

static void omv_control_show_range(struct omv_control *control,
				   const struct omv_knob *knob)
{
	struct v4l2_ctrl *ctrl = control->ctrl;

	if (ctrl->type == V4L2_CTRL_TYPE_INTEGER) {
		omv_control_show_integer(control, knob);
	} else if (control->options) {
		omv_control_options(control, knob);
		if (ctrl->maximum != knob->nr_options - 1)
			__v4l2_ctrl_modify_range(ctrl, 0, knob->nr_options - 1,
						 0, 0);
	}
}

/* Only if the value has changed: setting it sends an event to applications. */
static void omv_control_show_value(struct omv_control *control,
				   const struct omv_knob *knob)
{
	struct v4l2_ctrl *ctrl = control->ctrl;
	s32 value = omv_control_value(control, knob);

	if (ctrl->type == V4L2_CTRL_TYPE_BUTTON)
		return;
	if (ctrl->type == V4L2_CTRL_TYPE_STRING) {
		if (strcmp(ctrl->p_cur.p_char, knob->option.text))
			omv_control_compare(ctrl, 0, knob->option.text);
	} else if (knob->type != OMV_KNOB_MENU || value >= 0) {
		if (ctrl->cur.val != value)
			omv_control_compare(ctrl, value, NULL);
	}
}

/**
 * omv_control_show() - update a control with range and value of the camera
 * @control: control; the caller holds the lock of its handler
 * @knob: knob of the same type; its document must still be valid
 *
 * Calls s_ctrl() of the control if the value has changed. Process context.
 */
void omv_control_show(struct omv_control *control, const struct omv_knob *knob)
{
	lockdep_assert_held(control->ctrl->handler->lock);
	omv_control_show_range(control, knob);
	omv_control_show_value(control, knob);
}
