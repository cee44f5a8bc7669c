// SPDX-License-Identifier: GPL-2.0-only
/*
 * The V4L2 control of a knob: which it is, what it is called, its range and value.
 *
 * No traffic. Controls are made and never removed: the framework can't, and
 * applications need not notice that a key is gone for a while.
 */
#include <linux/ctype.h>
#include <linux/slab.h>

#include "core/omv_crc.h"
#include "openmv.h"

/* A script that makes up keys must not fill the memory. */
#define OMV_CONTROLS	128

/* Controls of no standard: a class of their own, beside vivid's 0x00f00000. */
#define OMV_CID_CLASS_BASE	0x00f10000
#define OMV_CID_CLASS		(OMV_CID_CLASS_BASE | 1)
#define OMV_CID_BASE		(OMV_CID_CLASS_BASE | 0xf000)
#define OMV_CID_MASK		0x7ff

#define OMV_QUALITY_MIN		1
#define OMV_QUALITY_MAX		100
/* The tutorial's own default. */
#define OMV_QUALITY_DEFAULT	85

/* ---- standard controls ------------------------------------------------ */

/**
 * struct omv_standard - a key that V4L2 has a control for
 * @spelling: the key in lower case, letters and digits only
 * @id:       V4L2_CID_*
 */
struct omv_standard {
	const char *spelling;
	u32 id;
};

static const struct omv_standard omv_standards[] = {
	{ "quality", V4L2_CID_JPEG_COMPRESSION_QUALITY },
	{ "jpegquality", V4L2_CID_JPEG_COMPRESSION_QUALITY },
	{ "compressionquality", V4L2_CID_JPEG_COMPRESSION_QUALITY },
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

static bool omv_is_spelled(const char *key, const char *spelling)
{
	for (; *key; key++) {
		if (!isascii(*key))
			return false;
		if (isalnum(*key) && tolower(*key) != *spelling++)
			return false;
	}
	return !*spelling;
}

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

/* A switch may be a number that is 0 or 1; what V4L2 has as a number must be one. */
static u32 omv_standard_id(const struct omv_knob *knob)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(omv_standards); i++)
		if (omv_is_spelled(knob->key, omv_standards[i].spelling))
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

/* ---- between the camera's values and V4L2's --------------------------- */

static bool omv_is_quality(const struct omv_control *control)
{
	return control->ctrl->id == V4L2_CID_JPEG_COMPRESSION_QUALITY;
}

/* V4L2's menu has automatic exposure first. */
static bool omv_is_inverted(const struct omv_control *control)
{
	return control->ctrl->id == V4L2_CID_EXPOSURE_AUTO;
}

s32 omv_control_value(const struct omv_control *control,
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

void omv_control_fill(const struct omv_control *control, struct omv_knob *knob)
{
	const struct v4l2_ctrl *ctrl = control->ctrl;

	*knob = control->knob;
	if (ctrl->type == V4L2_CTRL_TYPE_STRING) {
		strscpy(knob->text, ctrl->p_new.p_char, sizeof(knob->text));
		return;
	}
	knob->value = ctrl->val;
	if (omv_is_quality(control))
		knob->value = ctrl->val * (s32)knob->scale;
	else if (omv_is_inverted(control))
		knob->value = !ctrl->val;
	else if (ctrl->type == V4L2_CTRL_TYPE_MENU)
		strscpy(knob->text, control->options[ctrl->val],
			sizeof(knob->text));
}

/* A number that was a fraction once stays in the same unit when it is a whole one. */
void omv_control_rescale(const struct omv_control *control,
			 struct omv_knob *knob)
{
	const struct omv_knob *old = &control->knob;

	if (knob->type != OMV_KNOB_INTEGER || knob->ranged || old->ranged ||
	    knob->scale >= old->scale)
		return;
	knob->value = clamp_t(s64, (s64)knob->value *
				   (s32)(old->scale / knob->scale),
			      S32_MIN, S32_MAX);
	knob->scale = old->scale;
}

bool omv_knob_equal(const struct omv_knob *a, const struct omv_knob *b)
{
	switch (a->type) {
	case OMV_KNOB_MENU:
	case OMV_KNOB_TEXT:
	case OMV_KNOB_LABEL:
		return !strcmp(a->text, b->text);
	default:
		return a->value == b->value && a->scale == b->scale;
	}
}

/* ---- finding and making ----------------------------------------------- */

/* The quality has its control from the beginning, and may be spelled in another way. */
static struct omv_control *omv_control_rebind(struct omv_camera *cam,
					      const char *channel,
					      const struct omv_knob *knob)
{
	struct omv_control *quality = cam->ctrls.quality;

	if (!quality || quality->seen == cam->ctrls.looks ||
	    omv_standard_id(knob) != V4L2_CID_JPEG_COMPRESSION_QUALITY)
		return NULL;
	strscpy(quality->channel, channel, sizeof(quality->channel));
	strscpy(quality->knob.key, knob->key, sizeof(quality->knob.key));
	return quality;
}

struct omv_control *omv_control_find(struct omv_camera *cam,
				     const char *channel,
				     const struct omv_knob *knob)
{
	struct omv_control *control;

	list_for_each_entry(control, &cam->ctrls.controls, list)
		if (control->knob.type == knob->type &&
		    !strcmp(control->knob.key, knob->key) &&
		    !strcmp(control->channel, channel))
			return control;
	return omv_control_rebind(cam, channel, knob);
}

static struct omv_control *omv_control_by_id(struct omv_camera *cam, u32 id)
{
	struct omv_control *control;

	list_for_each_entry(control, &cam->ctrls.controls, list)
		if (control->ctrl->id == id)
			return control;
	return NULL;
}

/* The same key has the same id whenever it comes: programs store them. */
static u32 omv_control_own_id(struct omv_camera *cam, const char *key)
{
	u32 hash = omv_crc16(0, key, strlen(key));

	while (omv_control_by_id(cam, OMV_CID_BASE + (hash & OMV_CID_MASK)))
		hash++;
	return OMV_CID_BASE + (hash & OMV_CID_MASK);
}

/* As v4l2-ctl makes a word of a name: two that are the same there are one to its users. */
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

static bool omv_control_name_is_used(struct omv_camera *cam, const char *name)
{
	struct omv_control *control;

	list_for_each_entry(control, &cam->ctrls.controls, list)
		if (omv_is_same_name(control->ctrl->name, name))
			return true;
	return false;
}

/* Cut at a character's border. */
static void omv_cut(char *text, size_t len)
{
	if (strlen(text) <= len)
		return;
	while (len && (text[len] & 0xc0) == 0x80)
		len--;
	text[len] = 0;
}

static void omv_control_name(struct omv_camera *cam, struct omv_control *control)
{
	char *name = control->name;
	unsigned int n = 1;
	char number[12] = "";
	char *p;

	do {
		strscpy(name, control->knob.key, sizeof(control->name));
		for (p = name; *p; p++)
			if (iscntrl(*p) && isascii(*p))
				*p = '?';
		omv_cut(name, sizeof_field(struct v4l2_query_ext_ctrl, name) -
				      1 - strlen(number));
		strcat(name, number);
		snprintf(number, sizeof(number), " %u", ++n);
	} while (omv_control_name_is_used(cam, name));
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
	}
	if (knob->type == OMV_KNOB_LABEL)
		cfg->flags |= V4L2_CTRL_FLAG_READ_ONLY |
			      V4L2_CTRL_FLAG_VOLATILE;
}

/* Of a standard control V4L2 knows the name and, but for numbers, the range. */
static void omv_control_standard(u32 id, const struct omv_knob *knob,
				 struct v4l2_ctrl_config *cfg)
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

static int omv_control_class(struct omv_camera *cam)
{
	static const struct v4l2_ctrl_config class = {
		.id = OMV_CID_CLASS,
		.name = "Camera Script Controls",
		.type = V4L2_CTRL_TYPE_CTRL_CLASS,
		.flags = V4L2_CTRL_FLAG_READ_ONLY | V4L2_CTRL_FLAG_WRITE_ONLY,
	};

	if (v4l2_ctrl_find(&cam->ctrls.handler, OMV_CID_CLASS))
		return 0;
	v4l2_ctrl_new_custom(&cam->ctrls.handler, &class, NULL);
	return cam->ctrls.handler.error;
}

/*
 * The framework looks at a menu without any lock: its texts stay where they are, and as
 * they are if they can.
 */
static void omv_control_options(struct omv_control *control,
				const struct omv_knob *knob)
{
	char text[OMV_KNOB_TEXT_SIZE];
	unsigned int i;

	for (i = 0; i < OMV_KNOB_OPTIONS; i++) {
		if (omv_config_option(knob, i, text, sizeof(text)))
			text[0] = 0;
		if (strcmp(text, control->options[i]))
			strscpy(control->options[i], text,
				sizeof(control->options[i]));
		control->menu[i] = control->options[i];
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

static int omv_control_register(struct omv_camera *cam,
				struct omv_control *control, u32 standard)
{
	struct v4l2_ctrl_handler *handler = &cam->ctrls.handler;
	struct v4l2_ctrl_config cfg = {
		.ops = &omv_ctrl_ops,
		.flags = V4L2_CTRL_FLAG_INACTIVE,
	};
	const struct omv_knob *knob = &control->knob;
	int ret;

	omv_control_range(knob, &cfg);
	ret = omv_control_menu(control, knob, &cfg);
	if (ret)
		return ret;
	if (standard) {
		omv_control_standard(standard, knob, &cfg);
	} else {
		ret = omv_control_class(cam);
		omv_control_name(cam, control);
		cfg.name = control->name;
		cfg.id = omv_control_own_id(cam, knob->key);
	}
	if (!ret) {
		control->ctrl = v4l2_ctrl_new_custom(handler, &cfg, control);
		ret = handler->error;
	}
	/* It would be the last word: no control after this one. */
	handler->error = 0;
	return ret;
}

static void omv_control_free(struct omv_control *control)
{
	kvfree(control->options);
	kfree(control->menu);
	kfree(control);
}

struct omv_control *omv_control_new(struct omv_camera *cam, const char *channel,
				    const struct omv_knob *knob)
{
	struct omv_ctrls *ctrls = &cam->ctrls;
	struct omv_control *control;
	u32 standard = omv_standard_id(knob);
	int ret;

	if (ctrls->control_count == OMV_CONTROLS)
		return NULL;
	if (standard && omv_control_by_id(cam, standard))
		standard = 0;
	control = kzalloc(sizeof(*control), GFP_KERNEL);
	if (!control)
		return NULL;
	control->knob = *knob;
	strscpy(control->channel, channel, sizeof(control->channel));
	ret = omv_control_register(cam, control, standard);
	if (ret) {
		omv_control_free(control);
		return NULL;
	}
	/* Of a standard control the framework has made the flags. */
	control->ctrl->flags |= V4L2_CTRL_FLAG_INACTIVE;
	list_add_tail(&control->list, &ctrls->controls);
	ctrls->control_count++;
	return control;
}

void omv_controls_free(struct omv_camera *cam)
{
	struct omv_control *control, *next;

	v4l2_ctrl_handler_free(&cam->ctrls.handler);
	list_for_each_entry_safe(control, next, &cam->ctrls.controls, list)
		omv_control_free(control);
}

/* ---- what the camera says --------------------------------------------- */

static bool omv_control_is_numeric(const struct omv_control *control)
{
	return control->ctrl->type == V4L2_CTRL_TYPE_INTEGER &&
	       !omv_is_quality(control);
}

static void omv_control_adopt_range(struct omv_control *control,
				    const struct omv_knob *knob)
{
	struct v4l2_ctrl *ctrl = control->ctrl;

	if (omv_control_is_numeric(control)) {
		if (ctrl->minimum != knob->min || ctrl->maximum != knob->max ||
		    ctrl->step != knob->step)
			__v4l2_ctrl_modify_range(ctrl, knob->min, knob->max,
						 knob->step,
						 clamp_t(s64, ctrl->default_value,
							 knob->min, knob->max));
	} else if (control->options) {
		omv_control_options(control, knob);
		if (ctrl->maximum != knob->nr_options - 1)
			__v4l2_ctrl_modify_range(ctrl, 0, knob->nr_options - 1,
						 0, 0);
	}
}

/* The framework would tell applications of what is written on each write, new or not. */
static void omv_control_adopt_value(struct omv_control *control,
				    const struct omv_knob *knob)
{
	struct v4l2_ctrl *ctrl = control->ctrl;
	s32 value = omv_control_value(control, knob);

	if (ctrl->type == V4L2_CTRL_TYPE_STRING) {
		if (strcmp(ctrl->p_cur.p_char, knob->text))
			__v4l2_ctrl_s_ctrl_string(ctrl, knob->text);
	} else if (knob->type != OMV_KNOB_MENU || value >= 0) {
		if (ctrl->cur.val != value)
			__v4l2_ctrl_s_ctrl(ctrl, value);
	}
}

void omv_control_adopt(struct omv_camera *cam, struct omv_control *control,
		       const struct omv_knob *knob)
{
	lockdep_assert_held(cam->ctrls.handler.lock);
	cam->ctrls.adopting = true;
	omv_control_adopt_range(control, knob);
	control->knob = *knob;
	omv_control_adopt_value(control, knob);
	cam->ctrls.adopting = false;
	/* The document goes now. */
	control->knob.options = NULL;
	control->knob.options_size = 0;
}
