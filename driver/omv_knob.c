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

#define OMV_QUALITY_MIN		1
#define OMV_QUALITY_MAX		100
/* Default value of the script in OpenMV's tutorial. */
#define OMV_QUALITY_DEFAULT	85

/* ---- standard controls ------------------------------------------------ */

/**
 * struct omv_standard - a key with a standard control
 * @spelling: the key, for omv_key_is()
 * @id:       V4L2_CID_*
 */
struct omv_standard {
	const char *spelling;
	u32 id;
};

static const struct omv_standard omv_standards[] = {
	{ "brightness", V4L2_CID_BRIGHTNESS },
	{ "contrast", V4L2_CID_CONTRAST },
	{ "saturation", V4L2_CID_SATURATION },
	{ "hue", V4L2_CID_HUE },
	{ "gamma", V4L2_CID_GAMMA },
	{ "sharpness", V4L2_CID_SHARPNESS },
	{ "gain", V4L2_CID_GAIN },
	{ "gaindb", V4L2_CID_GAIN },
	{ "exposure", V4L2_CID_EXPOSURE },
	{ "exposureus", V4L2_CID_EXPOSURE },
	{ "exposuretime", V4L2_CID_EXPOSURE },
	{ "hmirror", V4L2_CID_HFLIP },
	{ "hflip", V4L2_CID_HFLIP },
	{ "mirror", V4L2_CID_HFLIP },
	{ "horizontalflip", V4L2_CID_HFLIP },
	{ "vflip", V4L2_CID_VFLIP },
	{ "flip", V4L2_CID_VFLIP },
	{ "verticalflip", V4L2_CID_VFLIP },
	{ "rotation", V4L2_CID_ROTATE },
	{ "rotate", V4L2_CID_ROTATE },
	{ "orientation", V4L2_CID_ROTATE },
	{ "autoexposure", V4L2_CID_EXPOSURE_AUTO },
	{ "exposureauto", V4L2_CID_EXPOSURE_AUTO },
	{ "aec", V4L2_CID_EXPOSURE_AUTO },
	{ "autogain", V4L2_CID_AUTOGAIN },
	{ "gainauto", V4L2_CID_AUTOGAIN },
	{ "agc", V4L2_CID_AUTOGAIN },
	{ "autowhitebalance", V4L2_CID_AUTO_WHITE_BALANCE },
	{ "autowhitebal", V4L2_CID_AUTO_WHITE_BALANCE },
	{ "whitebalanceauto", V4L2_CID_AUTO_WHITE_BALANCE },
	{ "awb", V4L2_CID_AUTO_WHITE_BALANCE },
	{ "whitebalancetemperature", V4L2_CID_WHITE_BALANCE_TEMPERATURE },
	{ "backlightcompensation", V4L2_CID_BACKLIGHT_COMPENSATION },
	{ "zoom", V4L2_CID_ZOOM_ABSOLUTE },
	{ "focus", V4L2_CID_FOCUS_ABSOLUTE },
	{ "autofocus", V4L2_CID_FOCUS_AUTO },
	{ "focusauto", V4L2_CID_FOCUS_AUTO },
};

static bool omv_is_switch(u32 id)
{
	switch (id) {
	case V4L2_CID_HFLIP:
	case V4L2_CID_VFLIP:
	case V4L2_CID_EXPOSURE_AUTO:
	case V4L2_CID_AUTOGAIN:
	case V4L2_CID_AUTO_WHITE_BALANCE:
	case V4L2_CID_FOCUS_AUTO:
		return true;
	default:
		return false;
	}
}

/*
 * Return: id of the standard control, or 0. A switch must be a boolean, or a
 * number with the value 0 or 1; any other standard control must be a number.
 */
static u32 omv_standard_id(const struct omv_knob *knob)
{
	unsigned int i;

	if (omv_knob_is_quality(knob))
		return V4L2_CID_JPEG_COMPRESSION_QUALITY;
	for (i = 0; i < ARRAY_SIZE(omv_standards); i++)
		if (omv_key_is(knob->key, omv_standards[i].spelling))
			break;
	if (i == ARRAY_SIZE(omv_standards))
		return 0;
	if (!omv_is_switch(omv_standards[i].id))
		return knob->type == OMV_KNOB_INTEGER ? omv_standards[i].id : 0;
	if (knob->type == OMV_KNOB_BOOLEAN ||
	    (knob->type == OMV_KNOB_INTEGER && knob->scale == 1 &&
	     (u32)knob->value <= 1))
		return omv_standards[i].id;
	return 0;
}

/* ---- conversion of values --------------------------------------------- */

static bool omv_is_quality(const struct omv_control *control)
{
	return control->ctrl->id == V4L2_CID_JPEG_COMPRESSION_QUALITY;
}

/* V4L2_EXPOSURE_AUTO is 0. */
static bool omv_is_inverted(const struct omv_control *control)
{
	return control->ctrl->id == V4L2_CID_EXPOSURE_AUTO;
}

static s32 omv_control_value(const struct omv_control *control,
			     const struct omv_knob *knob)
{
	if (omv_is_quality(control))
		return clamp(knob->value / (s32)knob->scale, OMV_QUALITY_MIN,
			     OMV_QUALITY_MAX);
	if (omv_is_inverted(control))
		return !knob->value;
	if (control->ctrl->type == V4L2_CTRL_TYPE_BOOLEAN)
		return !!knob->value;
	return knob->value;
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
	if (omv_is_quality(control))
		knob->value = ctrl->val * (s32)knob->scale;
	else if (omv_is_inverted(control))
		knob->value = !ctrl->val;
	else if (ctrl->type == V4L2_CTRL_TYPE_MENU)
		knob->option = control->options[ctrl->val];
}

/**
 * omv_control_report() - report the value of the camera to the application
 * @control: control in s_ctrl() or g_volatile_ctrl(); the caller holds the lock
 *	of its handler
 * @knob: value of the camera
 */
void omv_control_report(struct omv_control *control,
			const struct omv_knob *knob)
{
	struct v4l2_ctrl *ctrl = control->ctrl;

	if (ctrl->type == V4L2_CTRL_TYPE_STRING)
		strscpy(ctrl->p_new.p_char, knob->option.text,
			OMV_KNOB_TEXT_SIZE);
	else if (knob->type != OMV_KNOB_MENU || knob->value >= 0)
		ctrl->val = omv_control_value(control, knob);
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

static void omv_control_range(const struct omv_knob *knob,
			      struct v4l2_ctrl_config *cfg)
{
	switch (knob->type) {
	case OMV_KNOB_INTEGER:
		cfg->type = V4L2_CTRL_TYPE_INTEGER;
		cfg->min = knob->min;
		cfg->max = knob->max;
		cfg->step = knob->step;
		cfg->def = knob->value;
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
		cfg->flags |= V4L2_CTRL_FLAG_WRITE_ONLY |
			      V4L2_CTRL_FLAG_EXECUTE_ON_WRITE;
		break;
	}
	if (knob->type == OMV_KNOB_LABEL)
		cfg->flags |= V4L2_CTRL_FLAG_READ_ONLY |
			      V4L2_CTRL_FLAG_VOLATILE;
}

/* The control framework sets the name. Numbers keep the range of the knob. */
static void omv_control_standard(u32 id, struct v4l2_ctrl_config *cfg)
{
	cfg->id = id;
	if (id == V4L2_CID_JPEG_COMPRESSION_QUALITY) {
		cfg->min = OMV_QUALITY_MIN;
		cfg->max = OMV_QUALITY_MAX;
		cfg->step = 1;
		cfg->def = OMV_QUALITY_DEFAULT;
	} else if (id == V4L2_CID_EXPOSURE_AUTO) {
		cfg->min = V4L2_EXPOSURE_AUTO;
		cfg->max = V4L2_EXPOSURE_MANUAL;
		cfg->step = 0;
		cfg->def = V4L2_EXPOSURE_AUTO;
	} else if (omv_is_switch(id)) {
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
	/* v4l2_ctrl_new_custom() overwrites the flags of a standard control. */
	control->ctrl->flags |= V4L2_CTRL_FLAG_INACTIVE;
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
		.flags = V4L2_CTRL_FLAG_INACTIVE,
	};
	u32 standard = omv_standard_id(knob);
	int ret;

	omv_control_range(knob, &cfg);
	ret = omv_control_menu(control, knob, &cfg);
	if (ret)
		return ret;
	if (standard && !omv_control_id_is_used(settings, standard)) {
		omv_control_standard(standard, &cfg);
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

static bool omv_control_is_numeric(const struct omv_control *control)
{
	return control->ctrl->type == V4L2_CTRL_TYPE_INTEGER &&
	       !omv_is_quality(control);
}

static void omv_control_show_range(struct omv_control *control,
				   const struct omv_knob *knob)
{
	struct v4l2_ctrl *ctrl = control->ctrl;
	s64 def;

	if (omv_control_is_numeric(control)) {
		def = clamp_t(s64, ctrl->default_value, knob->min, knob->max);
		if (ctrl->minimum != knob->min || ctrl->maximum != knob->max ||
		    ctrl->step != knob->step)
			__v4l2_ctrl_modify_range(ctrl, knob->min, knob->max,
						 knob->step, def);
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

	if (ctrl->type == V4L2_CTRL_TYPE_STRING) {
		if (strcmp(ctrl->p_cur.p_char, knob->option.text))
			__v4l2_ctrl_s_ctrl_string(ctrl, knob->option.text);
	} else if (knob->type != OMV_KNOB_MENU || value >= 0) {
		if (ctrl->cur.val != value)
			__v4l2_ctrl_s_ctrl(ctrl, value);
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
