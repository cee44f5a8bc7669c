// SPDX-License-Identifier: GPL-2.0-only
/*
 * V4L2 controls and the camera's config channel (12.5, 12.6).
 *
 * Traffic on the channel is serialised by config_lock. The link worker holds
 * nothing else meanwhile: whoever asks for a control's value, or closes a file,
 * waits uninterruptibly for the control handler's lock.
 */
#include <linux/slab.h>

#include "openmv.h"

/* The tutorial's own default. */
#define OMV_QUALITY_DEFAULT	85

/* More than a few knobs need; a larger document is not believed. */
#define OMV_CONFIG_SIZE		1024

/* For a value to reach the camera, lost sessions included. */
#define OMV_CTRL_WAIT_MS	5000

/* ---- the config channel ----------------------------------------------- */

/* The last one counts. */
static bool omv_quality_find(const char *text, u32 size, s32 *value)
{
	struct omv_config_reader reader;
	struct omv_knob knob;
	bool found = false;

	if (omv_config_detect(text, size) != OMV_CONFIG_JSON)
		return false;
	omv_config_begin(&reader, OMV_CONFIG_JSON, text, size);
	while (omv_config_next(&reader, &knob)) {
		if (knob.type != OMV_KNOB_INTEGER || strcmp(knob.key, OMV_CONFIG_QUALITY))
			continue;
		*value = knob.value / (s32)knob.scale;
		found = true;
	}
	return found;
}

/*
 * Read the camera's quality. SIZE comes first, always: the camera makes its
 * document there, and the plain number form is known by having none.
 *
 * Return: 0, -ENODATA for the plain number form, -EBADMSG for nonsense, or what
 * struct omv_request says
 */
static int omv_quality_read(struct omv_camera *cam, int channel, s32 *value)
{
	char *text;
	u32 size;
	int ret;

	ret = omv_channel_size(cam, channel, &size);
	if (ret)
		return ret;
	if (!size)
		return -ENODATA;
	if (size > OMV_CONFIG_SIZE)
		return -EBADMSG;

	text = kmalloc(size, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	ret = omv_channel_read(cam, channel, text, size);
	if (!ret && !omv_quality_find(text, size, value))
		ret = -EBADMSG;
	kfree(text);
	return ret;
}

/*
 * Neither does an ACK prove that the value was taken, nor FAILED that it was not:
 * most likely a script's write() returned nothing then, as the firmware's
 * examples have it (T-12).
 */
static int omv_quality_write(struct omv_camera *cam, int channel,
			     enum omv_config_dialect form, s32 value)
{
	struct omv_knob knob = {
		.type = OMV_KNOB_INTEGER,
		.key = OMV_CONFIG_QUALITY,
		.scale = 1,
		.value = value,
	};
	char text[32];
	struct omv_request req = {
		.opcode = OMV_OP_WRITE,
		.channel = channel,
		.data = text,
	};
	int len, ret;

	len = omv_config_write(text, sizeof(text), form, &knob);
	if (len < 0)
		return len;
	req.length = len;
	ret = omv_request(cam, &req);
	if (ret == -EIO)
		/* Otherwise it is the packet that was refused. */
		return req.nak == OMV_ST_FAILED ? 0 : -ECONNRESET;
	return ret;
}

/*
 * Find out how the camera speaks, and its value if it can be told. The two
 * belong to one generation of the channel table.
 *
 * Return: as omv_quality_read()
 */
static int omv_config_look(struct omv_camera *cam, int channel, s32 *value)
{
	struct omv_ctrls *ctrls = &cam->ctrls;
	unsigned int generation = READ_ONCE(cam->generation);
	int ret;

	lockdep_assert_held(&ctrls->config_lock);
	ret = omv_quality_read(cam, channel, value);
	/* A channel of the simplest kind has no size() at all. */
	if (ret == -EINVAL)
		ret = -ENODATA;
	ctrls->form = OMV_CONFIG_NONE;
	if (!ret)
		ctrls->form = OMV_CONFIG_JSON;
	else if (ret == -ENODATA)
		ctrls->form = OMV_CONFIG_NUMBER;
	ctrls->form_of = generation;
	return ret;
}

/*
 * One attempt to set the quality. What can be read back decides whether it was
 * taken.
 *
 * Return: 0, -EREMOTEIO if the camera has another value, or what
 * struct omv_request says
 */
static int omv_config_try(struct omv_camera *cam, s32 value)
{
	struct omv_ctrls *ctrls = &cam->ctrls;
	int channel = omv_channel_id(cam, OMV_CHANNEL_CONFIG);
	s32 taken;
	int ret;

	if (channel < 0)
		return channel;
	if (ctrls->form == OMV_CONFIG_NONE ||
	    ctrls->form_of != READ_ONCE(cam->generation)) {
		ret = omv_config_look(cam, channel, &taken);
		if (ret && ret != -ENODATA)
			return ret;
	}

	ret = omv_quality_write(cam, channel, ctrls->form, value);
	if (ret || ctrls->form == OMV_CONFIG_NUMBER)
		return ret;
	ret = omv_config_look(cam, channel, &taken);
	if (ret == -ENODATA)
		return -EAGAIN;	/* another script by now */
	if (!ret && taken != value)
		return -EREMOTEIO;
	return ret;
}

static bool omv_is_transient(int err)
{
	return err == -EAGAIN || err == -ECONNRESET || err == -ETIMEDOUT;
}

/* Setting a value twice does no harm, so a broken session is no reason to fail. */
static int omv_config_set_quality(struct omv_camera *cam, s32 value)
{
	unsigned long end = jiffies + msecs_to_jiffies(OMV_CTRL_WAIT_MS);
	int ret;

	do {
		ret = omv_wait_ready(cam, OMV_CTRL_WAIT_MS);
		if (ret)
			return ret;
		ret = omv_config_try(cam, value);
	} while (omv_is_transient(ret) && time_before(jiffies, end));
	return ret;
}

/* ---- the controls ----------------------------------------------------- */

static int omv_s_ctrl(struct v4l2_ctrl *ctrl)
{
	struct omv_camera *cam = container_of(ctrl->handler, struct omv_camera,
					      ctrls.handler);
	struct omv_ctrls *ctrls = &cam->ctrls;
	unsigned long flags;
	int ret;

	if (ctrls->adopting)
		return 0;

	if (mutex_lock_interruptible(&ctrls->config_lock))
		return -ERESTARTSYS;
	ret = omv_config_set_quality(cam, ctrl->val);
	/* Without the channel it waits for a script that has it. */
	if (ret == -ENOENT)
		ret = 0;
	ctrls->user_set = !ret;
	ctrls->wanted = ctrl->val;
	ctrls->writes++;
	mutex_unlock(&ctrls->config_lock);
	if (!ret)
		return 0;

	/* Then the control shows what the camera has. */
	spin_lock_irqsave(&cam->lock, flags);
	omv_look(cam);
	spin_unlock_irqrestore(&cam->lock, flags);
	switch (ret) {
	case -ENODEV:
	case -ENOMEM:
	case -ERESTARTSYS:
		return ret;
	default:
		return -EIO;
	}
}

static const struct v4l2_ctrl_ops omv_ctrl_ops = {
	.s_ctrl = omv_s_ctrl,
};

int omv_ctrl_init(struct omv_camera *cam)
{
	struct omv_ctrls *ctrls = &cam->ctrls;

	mutex_init(&ctrls->config_lock);
	v4l2_ctrl_handler_init(&ctrls->handler, 1);
	ctrls->quality = v4l2_ctrl_new_std(&ctrls->handler, &omv_ctrl_ops,
					   V4L2_CID_JPEG_COMPRESSION_QUALITY,
					   1, 100, 1, OMV_QUALITY_DEFAULT);
	if (ctrls->handler.error)
		return ctrls->handler.error;
	/*
	 * What a camera that can't be read really has is not known: even the
	 * value that the control shows must be written when a user sets it.
	 */
	ctrls->quality->flags |= V4L2_CTRL_FLAG_EXECUTE_ON_WRITE |
				 V4L2_CTRL_FLAG_INACTIVE;
	cam->v4l2_dev.ctrl_handler = &ctrls->handler;
	return 0;
}

/*
 * Write what a user has set, or else read what the camera has. A session that
 * breaks meanwhile is no matter: the next one is looked at, too.
 *
 * Return: 0 if @value is the camera's, -ENODATA if it can't be told, or an error
 */
static int omv_config_sync(struct omv_camera *cam, s32 *value)
{
	struct omv_ctrls *ctrls = &cam->ctrls;
	int channel = omv_channel_id(cam, OMV_CHANNEL_CONFIG);
	int ret;

	if (channel < 0)
		return channel;
	ret = omv_config_look(cam, channel, value);
	if ((ret && ret != -ENODATA) || !ctrls->user_set ||
	    (!ret && *value == ctrls->wanted))
		return ret;
	ret = omv_config_try(cam, ctrls->wanted);
	if (ret == -EREMOTEIO)
		return omv_config_look(cam, channel, value);
	*value = ctrls->wanted;
	return ret;
}

static void omv_ctrl_adopt(struct omv_ctrls *ctrls, s32 value)
{
	value = clamp(value, 1, 100);
	if (value == ctrls->quality->cur.val)
		return;
	ctrls->adopting = true;
	__v4l2_ctrl_s_ctrl(ctrls->quality, value);
	ctrls->adopting = false;
}

int omv_ctrl_look(struct omv_camera *cam)
{
	struct omv_ctrls *ctrls = &cam->ctrls;
	unsigned int writes;
	s32 value;
	int ret;

	/* Who holds it may wait for a session, which is our business. */
	if (!mutex_trylock(&ctrls->config_lock))
		return -EALREADY;
	ret = omv_config_sync(cam, &value);
	writes = ctrls->writes;
	mutex_unlock(&ctrls->config_lock);

	v4l2_ctrl_lock(ctrls->quality);
	v4l2_ctrl_activate(ctrls->quality, !ret || ret == -ENODATA);
	/* Unless a user has set another since. */
	if (!ret && writes == ctrls->writes)
		omv_ctrl_adopt(ctrls, value);
	v4l2_ctrl_unlock(ctrls->quality);

	if (ret == -EBADMSG && !ctrls->told) {
		dev_notice(&cam->usb.comm->dev,
			   "config channel holds neither a number nor JSON with a quality: no control\n");
		ctrls->told = true;
	}
	return ret;
}
