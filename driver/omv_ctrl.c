// SPDX-License-Identifier: GPL-2.0-only
/*
 * V4L2 controls and the camera's config channel (12.5, 12.6).
 *
 * All of this runs under the control handler's lock, which serialises the
 * applications with each other and with the link worker.
 */
#include <linux/slab.h>

#include "openmv.h"

/* The tutorial's own default. */
#define OMV_QUALITY_DEFAULT	85

/* More than a few knobs need; a larger document is not believed. */
#define OMV_CONFIG_SIZE		1024

#define OMV_CTRL_TRIES		3
#define OMV_CTRL_WAIT_MS	5000

/* ---- the config channel ----------------------------------------------- */

/*
 * Read the camera's quality. SIZE comes first, always: the camera makes its
 * document there, and the plain number form is known by having none.
 *
 * Return: 0, -ENODATA for the plain number form, -EBADMSG for nonsense, or what
 * struct omv_request says
 */
static int omv_config_read(struct omv_camera *cam, int channel, s32 *value)
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
	if (!ret && omv_config_get(text, size, OMV_CONFIG_QUALITY, value))
		ret = -EBADMSG;
	kfree(text);
	return ret;
}

/*
 * Neither does an ACK prove that the value was taken, nor FAILED that it was not:
 * most likely a script's write() returned nothing then, as the firmware's
 * examples have it (T-12).
 */
static int omv_config_write(struct omv_camera *cam, int channel,
			    enum omv_config_form form, s32 value)
{
	char text[32];
	struct omv_request req = {
		.opcode = OMV_OP_WRITE,
		.channel = channel,
		.data = text,
	};
	int len, ret;

	len = omv_config_set(text, sizeof(text), form == OMV_CONFIG_JSON ?
			     OMV_CONFIG_QUALITY : NULL, value);
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
 */
static int omv_config_look(struct omv_camera *cam, int channel, s32 *value)
{
	struct omv_ctrls *ctrls = &cam->ctrls;
	unsigned int generation = READ_ONCE(cam->generation);
	int ret = omv_config_read(cam, channel, value);

	ctrls->form = OMV_CONFIG_UNKNOWN;
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
	if (ctrls->form == OMV_CONFIG_UNKNOWN ||
	    ctrls->form_of != READ_ONCE(cam->generation)) {
		ret = omv_config_look(cam, channel, &taken);
		if (ret && ret != -ENODATA)
			return ret;
	}

	ret = omv_config_write(cam, channel, ctrls->form, value);
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
	int tries, ret;

	for (tries = 0; tries < OMV_CTRL_TRIES; tries++) {
		ret = omv_wait_ready(cam, OMV_CTRL_WAIT_MS);
		if (ret)
			return ret;
		ret = omv_config_try(cam, value);
		if (!omv_is_transient(ret))
			break;
	}
	return ret;
}

/* ---- the controls ----------------------------------------------------- */

static void omv_ctrl_resync(struct omv_camera *cam)
{
	unsigned long flags;

	spin_lock_irqsave(&cam->lock, flags);
	omv_look(cam);
	spin_unlock_irqrestore(&cam->lock, flags);
}

static int omv_s_ctrl(struct v4l2_ctrl *ctrl)
{
	struct omv_camera *cam = container_of(ctrl->handler, struct omv_camera,
					      ctrls.handler);
	struct omv_ctrls *ctrls = &cam->ctrls;
	int ret;

	if (ctrls->adopting)
		return 0;

	ret = omv_config_set_quality(cam, ctrl->val);
	switch (ret) {
	case 0:
	case -ENOENT:
		/* Without the channel it waits for a script that has it. */
		ctrls->user_set = true;
		return 0;
	case -ENODEV:
	case -ENOMEM:
	case -ERESTARTSYS:
		return ret;
	default:
		/* Then the control shows what the camera has. */
		ctrls->user_set = false;
		omv_ctrl_resync(cam);
		return -EIO;
	}
}

static const struct v4l2_ctrl_ops omv_ctrl_ops = {
	.s_ctrl = omv_s_ctrl,
};

int omv_ctrl_init(struct omv_camera *cam)
{
	struct omv_ctrls *ctrls = &cam->ctrls;

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

static void omv_ctrl_adopt(struct omv_ctrls *ctrls, s32 value)
{
	ctrls->adopting = true;
	__v4l2_ctrl_s_ctrl(ctrls->quality, clamp(value, 1, 100));
	ctrls->adopting = false;
}

int omv_ctrl_look(struct omv_camera *cam)
{
	struct omv_ctrls *ctrls = &cam->ctrls;
	int channel, ret = -ENOENT;
	s32 value;

	v4l2_ctrl_lock(ctrls->quality);
	channel = omv_channel_id(cam, OMV_CHANNEL_CONFIG);
	if (channel >= 0)
		ret = omv_config_look(cam, channel, &value);
	v4l2_ctrl_activate(ctrls->quality, !ret || ret == -ENODATA);

	if (ctrls->user_set && (!ret || ret == -ENODATA)) {
		if (ret || value != ctrls->quality->cur.val)
			ret = omv_config_set_quality(cam,
						     ctrls->quality->cur.val);
		if (ret == -EREMOTEIO && !omv_config_look(cam, channel, &value))
			omv_ctrl_adopt(ctrls, value);
	} else if (!ret) {
		omv_ctrl_adopt(ctrls, value);
	} else if (ret == -EBADMSG) {
		dev_notice_once(&cam->usb.comm->dev,
				"config channel holds neither a number nor JSON with a quality: no control\n");
	}
	v4l2_ctrl_unlock(ctrls->quality);
	return ret;
}
