// SPDX-License-Identifier: GPL-2.0-only
/*
 * V4L2 controls and the camera's config channels (12.5, 12.6, 12.9).
 *
 * Traffic on the channels is serialised by config_lock. The link worker holds
 * nothing else meanwhile: whoever asks for a control's value, or closes a file,
 * waits uninterruptibly for the control handler's lock.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "openmv.h"

/* A larger document is not believed. A depth widget has some KiB. */
#define OMV_DOCUMENT_MAX	SZ_64K

/* What sets one knob: a key and a text, each character of them escaped at worst. */
#define OMV_WRITE_MAX	(6 * (OMV_KNOB_KEY_SIZE + OMV_KNOB_TEXT_SIZE))

/* For a value to reach the camera, lost sessions included. */
#define OMV_CTRL_WAIT_MS	5000

/* After an event of a config channel; a script may send one in each of its loops (T-18). */
#define OMV_CTRL_EVENT_MS	100

/* ---- which channels --------------------------------------------------- */

static bool omv_may_have_knobs(const struct omv_channel *channel)
{
	const u8 flags = OMV_CHF_READ | OMV_CHF_WRITE | OMV_CHF_DYNAMIC;

	return (channel->flags & flags) == flags &&
	       !omv_channel_has_pictures(channel);
}

static struct omv_source *omv_source_find(struct omv_ctrls *ctrls,
					  const char *channel)
{
	unsigned int i;

	for (i = 0; i < ctrls->source_count; i++)
		if (!strcmp(ctrls->sources[i].channel, channel))
			return &ctrls->sources[i];
	return NULL;
}

static bool omv_source_is_config(const struct omv_source *source)
{
	return !strcmp(source->channel, OMV_CHANNEL_CONFIG);
}

static void omv_source_add(struct omv_ctrls *ctrls, const char *channel)
{
	struct omv_source *source = &ctrls->sources[ctrls->source_count];

	if (ctrls->source_count == OMV_SOURCES ||
	    omv_source_find(ctrls, channel))
		return;
	memset(source, 0, sizeof(*source));
	strscpy(source->channel, channel, sizeof(source->channel));
	ctrls->source_count++;
}

/* Other scripts, other channels. */
static void omv_sources_renew(struct omv_camera *cam)
{
	struct omv_ctrls *ctrls = &cam->ctrls;
	const struct omv_channel *channel;
	unsigned long flags;
	unsigned int i;

	lockdep_assert_held(&ctrls->config_lock);
	spin_lock_irqsave(&cam->lock, flags);
	if (ctrls->sources_of != cam->generation) {
		ctrls->sources_of = cam->generation;
		ctrls->source_count = 0;
		ctrls->listen = 0;
		if (omv_host_find(&cam->host, OMV_CHANNEL_CONFIG))
			omv_source_add(ctrls, OMV_CHANNEL_CONFIG);
		for (i = 0; i < cam->host.channel_count; i++) {
			channel = &cam->host.channels[i];
			if (omv_may_have_knobs(channel))
				omv_source_add(ctrls, channel->name);
		}
	}
	spin_unlock_irqrestore(&cam->lock, flags);
}

static void omv_source_listen(struct omv_camera *cam, int channel)
{
	unsigned long flags;

	spin_lock_irqsave(&cam->lock, flags);
	cam->ctrls.listen |= BIT(channel);
	spin_unlock_irqrestore(&cam->lock, flags);
}

/* ---- documents -------------------------------------------------------- */

struct omv_document {
	enum omv_config_dialect dialect;
	void *text;
	u32 size;
};

static void omv_document_free(struct omv_document *doc)
{
	kvfree(doc->text);
	doc->text = NULL;
	doc->size = 0;
}

/* SIZE comes first, always: the camera makes its document there. */
static int omv_document_fetch(struct omv_camera *cam, int channel,
			      struct omv_document *doc)
{
	int ret;

	ret = omv_channel_size(cam, channel, &doc->size);
	/* A channel of the simplest kind has no size() at all. */
	if (ret == -EINVAL)
		doc->size = 0;
	else if (ret)
		return ret;
	if (!doc->size)
		return 0;
	if (doc->size > OMV_DOCUMENT_MAX)
		return -EBADMSG;
	doc->text = kvmalloc(doc->size, GFP_KERNEL);
	if (!doc->text)
		return -ENOMEM;
	return omv_channel_read(cam, channel, doc->text, doc->size);
}

/*
 * Read a channel's document, and find out how it speaks. What other channels than
 * "config" say is their own affair, unless it is widgets; who says something else is not
 * read again before the next script.
 *
 * Return: 0, -EBADMSG for nonsense, or what struct omv_request says
 */
static int omv_document_read(struct omv_camera *cam, struct omv_source *source,
			     struct omv_document *doc)
{
	int channel = omv_channel_id(cam, source->channel);
	int ret;

	lockdep_assert_held(&cam->ctrls.config_lock);
	if (channel < 0)
		return channel;
	if (source->known && source->dialect == OMV_CONFIG_NONE &&
	    !omv_source_is_config(source))
		return -EBADMSG;
	ret = omv_document_fetch(cam, channel, doc);
	if (ret && ret != -EBADMSG)
		return ret;

	doc->dialect = ret ? OMV_CONFIG_NONE :
			     omv_config_detect(doc->text, doc->size);
	if (!omv_source_is_config(source) && doc->dialect != OMV_CONFIG_CBOR)
		doc->dialect = OMV_CONFIG_NONE;
	source->dialect = doc->dialect;
	/* A script may not have made its widgets yet. */
	source->known = doc->size || omv_source_is_config(source);
	if (!source->known || doc->dialect != OMV_CONFIG_NONE)
		omv_source_listen(cam, channel);
	return doc->dialect == OMV_CONFIG_NONE ? -EBADMSG : 0;
}

/* Of several knobs with that key the last. */
static bool omv_document_find(const struct omv_document *doc,
			      const struct omv_control *control,
			      struct omv_knob *found)
{
	struct omv_config_reader reader;
	struct omv_knob knob;
	bool ret = false;

	omv_config_begin(&reader, doc->dialect, doc->text, doc->size);
	while (omv_config_next(&reader, &knob)) {
		if (knob.type != control->knob.type ||
		    strcmp(knob.key, control->knob.key))
			continue;
		omv_control_rescale(control, &knob);
		*found = knob;
		ret = true;
	}
	return ret;
}

/* ---- writing ---------------------------------------------------------- */

static int omv_source_send(struct omv_camera *cam, int channel,
			   const void *data, int len)
{
	struct omv_request req = {
		.opcode = OMV_OP_WRITE,
		.channel = channel,
		.data = data,
		.length = len,
	};
	int ret;

	if (len < 0)
		return len;
	ret = omv_request(cam, &req);
	if (ret == -EIO)
		/* Otherwise it is the packet that was refused. */
		return req.nak == OMV_ST_FAILED ? 0 : -ECONNRESET;
	return ret;
}

/*
 * Neither does an ACK prove that the value was taken, nor FAILED that it was not:
 * most likely a script's write() returned nothing then, as the firmware's
 * examples have it (T-12).
 */
static int omv_source_write(struct omv_camera *cam, struct omv_source *source,
			    const struct omv_knob *wanted)
{
	int channel = omv_channel_id(cam, source->channel);
	struct omv_knob knob = *wanted;
	void *data;
	int ret;

	if (channel < 0)
		return channel;
	/* It may have been a fraction in another script's JSON. */
	if (source->dialect == OMV_CONFIG_NUMBER) {
		knob.value /= (s32)knob.scale;
		knob.scale = 1;
	}
	data = kmalloc(OMV_WRITE_MAX, GFP_KERNEL);
	if (!data)
		return -ENOMEM;
	ret = omv_source_send(cam, channel, data,
			      omv_config_write(data, OMV_WRITE_MAX,
					       source->dialect, &knob));
	kfree(data);
	return ret;
}

/* A plain number has no key: it is the quality, whatever else was there before. */
static bool omv_source_takes(struct omv_camera *cam,
			     const struct omv_source *source,
			     const struct omv_control *control)
{
	return source->dialect != OMV_CONFIG_NUMBER ||
	       control == cam->ctrls.quality;
}

/*
 * What the camera's document tells after a write decides whether the value was taken. Not
 * so with widgets: a script may tell the old value until it changes that itself (12.9).
 *
 * Return: 0, with what the camera has now in @want; -EREMOTEIO if it kept what it had;
 * -ENOENT if it has no such knob
 */
static int omv_control_compare(struct omv_control *control,
			       const struct omv_document *doc,
			       struct omv_knob *want)
{
	struct omv_knob got;

	control->stale = false;
	if (!omv_document_find(doc, control, &got))
		return doc->size ? -ENOENT : 0;
	if (omv_knob_equal(&got, want))
		return 0;
	if (!omv_knob_equal(&got, &control->knob)) {
		*want = got;
		return 0;
	}
	if (doc->dialect != OMV_CONFIG_CBOR)
		return -EREMOTEIO;
	control->stale = true;
	control->old = got.value;
	return 0;
}

static int omv_control_exchange(struct omv_camera *cam,
				struct omv_source *source,
				struct omv_control *control,
				struct omv_knob *want)
{
	struct omv_document doc = { };
	int ret;

	if (!source->known) {
		ret = omv_document_read(cam, source, &doc);
		omv_document_free(&doc);
		if (ret)
			return ret;
	}
	if (!omv_source_takes(cam, source, control))
		return -ENOENT;
	ret = omv_source_write(cam, source, want);
	if (!ret)
		ret = omv_document_read(cam, source, &doc);
	if (!ret)
		ret = omv_control_compare(control, &doc, want);
	omv_document_free(&doc);
	return ret;
}

/* One attempt to set a knob. Return: as omv_control_compare(), or an error */
static int omv_control_try(struct omv_camera *cam, struct omv_control *control,
			   struct omv_knob *want)
{
	struct omv_source *source;

	omv_sources_renew(cam);
	source = omv_source_find(&cam->ctrls, control->channel);
	if (!source)
		return omv_channel_id(cam, control->channel) == -EAGAIN ?
		       -EAGAIN : -ENOENT;
	return omv_control_exchange(cam, source, control, want);
}

static bool omv_is_transient(int err)
{
	return err == -EAGAIN || err == -ECONNRESET || err == -ETIMEDOUT;
}

/*
 * Setting a value twice does no harm, so a broken session is no reason to fail, nor is a
 * script that begins anew in the midst of it.
 */
static int omv_control_set(struct omv_camera *cam, struct omv_control *control,
			   struct omv_knob *want)
{
	unsigned long end = jiffies + msecs_to_jiffies(OMV_CTRL_WAIT_MS);
	unsigned int generation;
	int ret;

	do {
		generation = READ_ONCE(cam->generation);
		ret = omv_wait_ready(cam, OMV_CTRL_WAIT_MS);
		if (ret)
			return ret;
		ret = omv_control_try(cam, control, want);
		if (ret && generation != READ_ONCE(cam->generation))
			ret = -EAGAIN;
	} while (omv_is_transient(ret) && time_before(jiffies, end));
	return ret;
}

static void omv_ctrl_later(struct omv_camera *cam, unsigned int ms)
{
	lockdep_assert_held(&cam->lock);
	if (!cam->gone)
		queue_delayed_work(cam->workqueue, &cam->ctrls.refresh,
				   msecs_to_jiffies(ms));
}

/* ---- the control framework asks --------------------------------------- */

static struct omv_camera *omv_ctrl_camera(const struct v4l2_ctrl *ctrl)
{
	return container_of(ctrl->handler, struct omv_camera, ctrls.handler);
}

/* What the camera made of it is what the application is told. */
static void omv_control_tell(struct omv_control *control,
			     const struct omv_knob *knob)
{
	struct v4l2_ctrl *ctrl = control->ctrl;

	if (ctrl->type == V4L2_CTRL_TYPE_STRING)
		strscpy(ctrl->p_new.p_char, knob->text, OMV_KNOB_TEXT_SIZE);
	else if (knob->type != OMV_KNOB_MENU || knob->value >= 0)
		ctrl->val = omv_control_value(control, knob);
}

static int omv_control_set_by_user(struct omv_camera *cam,
				   struct omv_control *control)
{
	struct omv_ctrls *ctrls = &cam->ctrls;
	struct omv_knob want;
	int ret;

	omv_control_fill(control, &want);
	ret = omv_control_set(cam, control, &want);
	/* Without the channel, or the key, it waits for a script that has it. */
	if (ret == -ENOENT)
		ret = 0;
	ctrls->writes++;
	if (ret)
		return ret;
	control->knob = want;
	control->user_set = true;
	omv_control_tell(control, &want);
	return 0;
}

static int omv_s_ctrl(struct v4l2_ctrl *ctrl)
{
	struct omv_camera *cam = omv_ctrl_camera(ctrl);
	struct omv_ctrls *ctrls = &cam->ctrls;
	struct omv_control *control = ctrl->priv;
	unsigned long flags;
	int ret;

	if (ctrls->adopting)
		return 0;
	/* It is there for applications before omv_control_new() knows. */
	control->ctrl = ctrl;
	if (mutex_lock_interruptible(&ctrls->config_lock))
		return -ERESTARTSYS;
	ret = omv_control_set_by_user(cam, control);
	mutex_unlock(&ctrls->config_lock);

	/* The control shows what the camera has, and so do those that changed with it. */
	spin_lock_irqsave(&cam->lock, flags);
	omv_ctrl_later(cam, ret ? 0 : OMV_CTRL_EVENT_MS);
	spin_unlock_irqrestore(&cam->lock, flags);
	switch (ret) {
	case 0:
	case -ENODEV:
	case -ENOMEM:
	case -ERESTARTSYS:
		return ret;
	default:
		return -EIO;
	}
}

static void omv_label_read(struct omv_camera *cam, struct omv_control *control)
{
	struct omv_document doc = { };
	struct omv_source *source;
	struct omv_knob knob;

	omv_sources_renew(cam);
	source = omv_source_find(&cam->ctrls, control->channel);
	if (source && !omv_document_read(cam, source, &doc) &&
	    omv_document_find(&doc, control, &knob))
		control->knob = knob;
	omv_document_free(&doc);
}

/* A label. If it can't be read now, the last one is told. */
static int omv_g_volatile_ctrl(struct v4l2_ctrl *ctrl)
{
	struct omv_camera *cam = omv_ctrl_camera(ctrl);
	struct omv_control *control = ctrl->priv;

	if (mutex_lock_interruptible(&cam->ctrls.config_lock))
		return -ERESTARTSYS;
	omv_label_read(cam, control);
	mutex_unlock(&cam->ctrls.config_lock);
	strscpy(ctrl->p_new.p_char, control->knob.text, OMV_KNOB_TEXT_SIZE);
	return 0;
}

const struct v4l2_ctrl_ops omv_ctrl_ops = {
	.s_ctrl = omv_s_ctrl,
	.g_volatile_ctrl = omv_g_volatile_ctrl,
};

/* ---- looking ---------------------------------------------------------- */

/*
 * Write again what a user has set, if the camera has another value after its script has
 * restarted. Return: 1 if something was written, 0 or an error
 */
static int omv_control_restore(struct omv_camera *cam,
			       struct omv_source *source,
			       struct omv_control *control,
			       const struct omv_document *doc)
{
	struct omv_knob got;

	control->stale = false;
	if (!control->user_set || !omv_source_takes(cam, source, control))
		return 0;
	if (!omv_document_find(doc, control, &got)) {
		if (doc->size)
			return 0;
	} else {
		if (omv_knob_equal(&got, &control->knob))
			return 0;
		control->stale = doc->dialect == OMV_CONFIG_CBOR;
		control->old = got.value;
	}
	return omv_source_write(cam, source, &control->knob) ?: 1;
}

/* Return: as omv_control_restore() */
static int omv_source_restore(struct omv_camera *cam, struct omv_source *source,
			      const struct omv_document *doc)
{
	struct omv_ctrls *ctrls = &cam->ctrls;
	struct omv_control *control;
	int ret, written = 0;

	lockdep_assert_held(&ctrls->config_lock);
	list_for_each_entry(control, &ctrls->controls, list) {
		if (strcmp(control->channel, source->channel) ||
		    control->synced == ctrls->sources_of)
			continue;
		ret = omv_control_restore(cam, source, control, doc);
		if (ret < 0)
			return ret;
		written |= ret;
	}
	return written;
}

static void omv_source_synced(struct omv_ctrls *ctrls,
			      const struct omv_source *source)
{
	struct omv_control *control;

	list_for_each_entry(control, &ctrls->controls, list)
		if (!strcmp(control->channel, source->channel))
			control->synced = ctrls->sources_of;
}

/*
 * A document with all in it that a user has set. One value may have changed another: who
 * sets an exposure has no automatic one any more. What was set to be otherwise is then
 * written in a second round.
 */
static int omv_source_sync(struct omv_camera *cam, struct omv_source *source,
			   struct omv_document *doc)
{
	int rounds = 2;
	int ret;

	for (;;) {
		ret = omv_document_read(cam, source, doc);
		if (ret || !rounds--)
			break;
		ret = omv_source_restore(cam, source, doc);
		if (ret <= 0 || !doc->size)
			break;
		omv_document_free(doc);
	}
	if (ret >= 0)
		omv_source_synced(&cam->ctrls, source);
	return min(ret, 0);
}

static bool omv_control_is_stale(struct omv_control *control,
				 const struct omv_knob *knob)
{
	if (control->stale && knob->value == control->old)
		return true;
	control->stale = false;
	return false;
}

/* Under the handler's lock. What another master has set is not ours to write again. */
static void omv_control_take(struct omv_camera *cam,
			     struct omv_control *control,
			     struct omv_knob *knob)
{
	omv_control_rescale(control, knob);
	if (omv_control_is_stale(control, knob))
		return;
	if (!omv_knob_equal(&control->knob, knob))
		control->user_set = false;
	omv_control_adopt(cam, control, knob);
}

/*
 * The handler's lock. Who holds it may wait for a session, which is the link worker's
 * business, or comes only after it was waited for: a reset is under way.
 */
static bool omv_controls_trylock(struct omv_camera *cam)
{
	return mutex_trylock(cam->ctrls.handler.lock);
}

static void omv_controls_unlock(struct omv_camera *cam)
{
	mutex_unlock(cam->ctrls.handler.lock);
}

static struct omv_control *omv_control_make(struct omv_camera *cam,
					    const char *channel,
					    const struct omv_knob *knob)
{
	struct omv_ctrls *ctrls = &cam->ctrls;
	struct omv_control *control = omv_control_new(cam, channel, knob);

	if (!control && !ctrls->knobs_told) {
		dev_notice(&cam->usb.comm->dev,
			   "no control for \"%*pE\" of channel %*pE, nor for others from here on: too many, or no memory\n",
			   (int)strlen(knob->key), knob->key,
			   (int)strlen(channel), channel);
		ctrls->knobs_told = true;
	}
	return control;
}

/*
 * Show one knob, unless a user has set something since it was read: @writes ago.
 *
 * Return: 0 or -EALREADY
 */
static int omv_knob_show(struct omv_camera *cam, const char *channel,
			 struct omv_knob *knob, unsigned int writes)
{
	struct omv_ctrls *ctrls = &cam->ctrls;
	struct omv_control *control;
	int ret = 0;

	if (!omv_controls_trylock(cam))
		return -EALREADY;
	control = omv_control_find(cam, channel, knob);
	if (!control) {
		/* The framework takes the lock itself. */
		omv_controls_unlock(cam);
		control = omv_control_make(cam, channel, knob);
		if (!control || !omv_controls_trylock(cam))
			return control ? -EALREADY : 0;
	}
	if (writes == ctrls->writes)
		omv_control_take(cam, control, knob);
	else
		ret = -EALREADY;
	omv_controls_unlock(cam);
	control->seen = ctrls->looks;
	control->synced = ctrls->shown;
	return ret;
}

static int omv_document_show(struct omv_camera *cam, const char *channel,
			     const struct omv_document *doc,
			     unsigned int writes)
{
	struct omv_ctrls *ctrls = &cam->ctrls;
	struct omv_config_reader reader;
	struct omv_knob knob;
	int ret = 0;

	omv_config_begin(&reader, doc->dialect, doc->text, doc->size);
	while (!ret && omv_config_next(&reader, &knob))
		ret = omv_knob_show(cam, channel, &knob, writes);
	/* A plain number that can't be read. */
	if (!doc->size && doc->dialect == OMV_CONFIG_NUMBER)
		ctrls->quality->seen = ctrls->looks;
	return ret;
}

/* Who asks us nothing we understand has no controls, and is not asked again. */
static void omv_source_complain(struct omv_camera *cam, const char *channel)
{
	if (cam->ctrls.told || strcmp(channel, OMV_CHANNEL_CONFIG))
		return;
	dev_notice(&cam->usb.comm->dev,
		   "config channel holds neither a number nor JSON nor widgets: no controls\n");
	cam->ctrls.told = true;
}

/* What could not be asked just now stays as it was. */
static void omv_source_keep(struct omv_camera *cam, const char *channel)
{
	struct omv_control *control;

	list_for_each_entry(control, &cam->ctrls.controls, list)
		if (!strcmp(control->channel, channel) &&
		    control->seen == cam->ctrls.looks - 1)
			control->seen++;
}

static int omv_source_look(struct omv_camera *cam, unsigned int index)
{
	struct omv_ctrls *ctrls = &cam->ctrls;
	struct omv_document doc = { };
	char channel[OMV_NAME_SIZE];
	unsigned int writes;
	int ret;

	/* Who holds it may wait for a session, which is our business. */
	if (!mutex_trylock(&ctrls->config_lock))
		return -EALREADY;
	omv_sources_renew(cam);
	if (index >= ctrls->source_count) {
		mutex_unlock(&ctrls->config_lock);
		return -ENOENT;
	}
	strscpy(channel, ctrls->sources[index].channel, sizeof(channel));
	ret = omv_source_sync(cam, &ctrls->sources[index], &doc);
	writes = ctrls->writes;
	ctrls->shown = ctrls->sources_of;
	mutex_unlock(&ctrls->config_lock);

	if (!ret)
		ret = omv_document_show(cam, channel, &doc, writes);
	else if (ret == -EBADMSG)
		omv_source_complain(cam, channel);
	else
		omv_source_keep(cam, channel);
	omv_document_free(&doc);
	return ret == -EBADMSG ? 0 : ret;
}

static int omv_controls_activate(struct omv_camera *cam)
{
	struct omv_ctrls *ctrls = &cam->ctrls;
	struct omv_control *control;

	if (!omv_controls_trylock(cam))
		return -EALREADY;
	list_for_each_entry(control, &ctrls->controls, list)
		v4l2_ctrl_activate(control->ctrl,
				   control->seen == ctrls->looks);
	omv_controls_unlock(cam);
	return 0;
}

int omv_ctrl_look(struct omv_camera *cam)
{
	int ret, err = 0;
	unsigned int i;

	cam->ctrls.looks++;
	for (i = 0; i <= OMV_SOURCES; i++) {
		ret = omv_source_look(cam, i);
		if (ret == -ENOENT)
			break;
		if (ret)
			err = ret;
		/* Nor would the others get an answer. */
		if (ret == -ETIMEDOUT || ret == -EALREADY)
			break;
	}
	if (err == -EALREADY || err == -ETIMEDOUT)
		return err;
	ret = omv_controls_activate(cam);
	return err ?: ret;
}

static void omv_ctrl_refresh(struct work_struct *work)
{
	struct omv_camera *cam = container_of(to_delayed_work(work),
					      struct omv_camera,
					      ctrls.refresh);
	unsigned long flags;

	if (omv_ctrl_look(cam) != -EALREADY)
		return;
	spin_lock_irqsave(&cam->lock, flags);
	omv_ctrl_later(cam, OMV_CTRL_EVENT_MS);
	spin_unlock_irqrestore(&cam->lock, flags);
}

void omv_ctrl_event(struct omv_camera *cam, u8 channel)
{
	if (cam->ctrls.listen & BIT(channel))
		omv_ctrl_later(cam, OMV_CTRL_EVENT_MS);
}

int omv_ctrl_init(struct omv_camera *cam)
{
	struct omv_ctrls *ctrls = &cam->ctrls;
	struct omv_knob quality = {
		.type = OMV_KNOB_INTEGER,
		.key = OMV_CONFIG_QUALITY,
		.scale = 1,
	};

	mutex_init(&ctrls->config_lock);
	INIT_DELAYED_WORK(&ctrls->refresh, omv_ctrl_refresh);
	v4l2_ctrl_handler_init(&ctrls->handler, 16);
	if (ctrls->handler.error)
		return ctrls->handler.error;
	ctrls->quality = omv_control_new(cam, OMV_CHANNEL_CONFIG, &quality);
	if (!ctrls->quality)
		return -ENOMEM;
	/*
	 * What a camera that can't be read really has is not known: even the
	 * value that the control shows must be written when a user sets it.
	 */
	ctrls->quality->ctrl->flags |= V4L2_CTRL_FLAG_EXECUTE_ON_WRITE;
	cam->v4l2_dev.ctrl_handler = &ctrls->handler;
	return 0;
}
