// SPDX-License-Identifier: GPL-2.0-only
/*
 * V4L2 controls for the config channels of a camera (protocol 12.5, 12.6,
 * 12.9).
 *
 * core/omv_setting.c decides what is read, written and shown, and when. This
 * file adds locks, memory and requests.
 *
 * config_lock serializes requests to the channels. Nothing else is locked
 * during a request, because G_CTRL, QUERYCTRL and close() wait uninterruptibly
 * for the lock of the control handler. The framework calls s_ctrl() and
 * g_volatile_ctrl() with this lock; they release it, and omv_ctrls.busy keeps
 * further requests of applications, and the scan, from the controls meanwhile.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "omv_ctrl.h"
#include "omv_knob.h"

/* How long S_CTRL repeats a write that failed with the session, in ms. */
#define OMV_CTRL_WAIT_MS	5000

/* Delay between an event and the scan: events may be frequent (T-18). */
#define OMV_CTRL_EVENT_MS	100

/*
 * How long the first frames of a script wait for the values that the user has
 * set, from its start and from the last channel that it has responded for. A
 * script that does not respond must not keep its frames back.
 */
#define OMV_CTRL_HOLD_MS	1000
#define OMV_CTRL_HOLD_MAX_MS	5000

/* Bits of omv_ctrls.warned. */
enum {
	OMV_CTRLS_WARN_CONFIG,
	OMV_CTRLS_WARN_CONTROL,
};

static struct omv_ctrls *omv_ctrls_of(const struct v4l2_ctrl *ctrl)
{
	return container_of(ctrl->handler, struct omv_ctrls, handler);
}

static struct omv_ctrls *omv_ctrls_of_client(struct omv_client *client)
{
	return container_of(client, struct omv_ctrls, client);
}

static void omv_ctrls_scan_later(struct omv_ctrls *ctrls, unsigned int ms)
{
	struct omv_link *link = ctrls->client.link;
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	omv_client_scan(&ctrls->client, ms);
	spin_unlock_irqrestore(&link->lock, flags);
}

/* ---- channels --------------------------------------------------------- */

/* Update the list of channels if the channel table has changed. */
static void omv_ctrls_update(struct omv_ctrls *ctrls)
{
	struct omv_link *link = ctrls->client.link;
	unsigned long flags;

	lockdep_assert_held(&ctrls->config_lock);
	spin_lock_irqsave(&link->lock, flags);
	if (omv_settings_update(&ctrls->settings, &link->host,
				link->generation))
		ctrls->listen = 0;
	spin_unlock_irqrestore(&link->lock, flags);
}

static void omv_ctrls_listen(struct omv_ctrls *ctrls, int channel)
{
	struct omv_link *link = ctrls->client.link;
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	ctrls->listen |= BIT(channel);
	spin_unlock_irqrestore(&link->lock, flags);
}

/* ---- frames wait for the values that the user has set ----------------- */

static void omv_ctrls_changed(struct omv_client *client,
			      enum omv_link_event event)
{
	struct omv_ctrls *ctrls = omv_ctrls_of_client(client);
	bool due = omv_restore_is_due(&ctrls->restore, &client->link->host);

	/* A script that has the channel already has the values. */
	if (due && (event == OMV_LINK_UP || !ctrls->due)) {
		ctrls->hold_end = omv_now() + OMV_CTRL_HOLD_MAX_MS;
		omv_client_hold(client, OMV_CTRL_HOLD_MS);
	}
	ctrls->due = due;
}

/* The script responds, if slowly: let its frames wait longer. */
static void omv_ctrls_extend_hold(struct omv_ctrls *ctrls)
{
	struct omv_link *link = ctrls->client.link;
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	if (ctrls->client.hold_until &&
	    omv_now() + OMV_CTRL_HOLD_MS <= ctrls->hold_end)
		omv_client_hold(&ctrls->client, OMV_CTRL_HOLD_MS);
	spin_unlock_irqrestore(&link->lock, flags);
}

/* The user has set a value of a channel. */
static void omv_ctrls_restore_add(struct omv_ctrls *ctrls, const char *channel)
{
	struct omv_link *link = ctrls->client.link;
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	omv_restore_add(&ctrls->restore, channel);
	ctrls->due = omv_restore_is_due(&ctrls->restore, &link->host);
	spin_unlock_irqrestore(&link->lock, flags);
}

/* The values of all settings are known. The caller holds their lock. */
static void omv_ctrls_restore_update(struct omv_ctrls *ctrls)
{
	struct omv_link *link = ctrls->client.link;
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	omv_settings_restore(&ctrls->settings, &ctrls->restore);
	ctrls->due = omv_restore_is_due(&ctrls->restore, &link->host);
	spin_unlock_irqrestore(&link->lock, flags);
}

/* The values are written. A script that has started since must wait, too. */
static void omv_ctrls_release(struct omv_ctrls *ctrls, unsigned int generation)
{
	struct omv_link *link = ctrls->client.link;
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	if (link->generation == generation)
		omv_client_release(&ctrls->client);
	spin_unlock_irqrestore(&link->lock, flags);
}

/* ---- the steps of an exchange ----------------------------------------- */

static void omv_document_free(struct omv_document *doc)
{
	kvfree(doc->data);
	doc->data = NULL;
	doc->size = 0;
}

/* SIZE first, always: the camera encodes its document then (protocol 12.9). */
static int omv_document_fetch(struct omv_link *link, int channel,
			      struct omv_document *doc)
{
	u32 size = 0;
	void *data;
	int ret;

	ret = omv_request_size(link, channel, &size);
	ret = omv_document_size(ret, &size);
	doc->size = size;
	if (ret || !size)
		return ret;
	data = kvmalloc(size, GFP_KERNEL);
	if (!data)
		return -ENOMEM;
	doc->data = data;
	return omv_request_read(link, channel, 0, data, size, &doc->size);
}

static void omv_ctrls_read(struct omv_ctrls *ctrls,
			   struct omv_exchange *exchange)
{
	struct omv_link *link = ctrls->client.link;
	int channel = omv_link_channel_id(link, exchange->name);
	int ret = channel;

	omv_document_free(&exchange->doc);
	if (channel >= 0)
		ret = omv_link_check_claim(link, channel) ?:
		      omv_document_fetch(link, channel, &exchange->doc);
	omv_exchange_next(exchange, ret);
	if (channel >= 0 && exchange->channel->listen)
		omv_ctrls_listen(ctrls, channel);
}

static int omv_ctrls_write(struct omv_ctrls *ctrls,
			   struct omv_exchange *exchange)
{
	struct omv_link *link = ctrls->client.link;
	int channel = omv_link_channel_id(link, exchange->name);
	void *data;
	int ret;

	if (channel < 0)
		return channel;
	data = kmalloc(OMV_SETTING_WRITE_MAX, GFP_KERNEL);
	if (!data)
		return -ENOMEM;
	ret = omv_exchange_encode(exchange, data, OMV_SETTING_WRITE_MAX);
	if (ret >= 0)
		ret = omv_request_write(link, channel, 0, data, ret);
	kfree(data);
	return ret;
}

/* Run the steps of an exchange until its state is SHOW or DONE. */
static void omv_ctrls_run(struct omv_ctrls *ctrls,
			  struct omv_exchange *exchange)
{
	lockdep_assert_held(&ctrls->config_lock);
	for (;;) {
		switch (exchange->state) {
		case OMV_EXCHANGE_READ:
			omv_ctrls_read(ctrls, exchange);
			break;
		case OMV_EXCHANGE_WRITE:
			omv_exchange_next(exchange,
					  omv_ctrls_write(ctrls, exchange));
			break;
		case OMV_EXCHANGE_SHOW:
		case OMV_EXCHANGE_DONE:
			return;
		}
	}
}

/* ---- requests of applications without the lock of the handler ---------- */

static bool omv_ctrls_is_idle(struct omv_ctrls *ctrls)
{
	return !READ_ONCE(ctrls->busy);
}

/*
 * Wait until no other application has a request. The lock of the handler is
 * released meanwhile.
 *
 * Return: 0 or -ERESTARTSYS
 */
static int omv_ctrls_wait_idle(struct omv_ctrls *ctrls)
{
	int ret = 0;

	lockdep_assert_held(ctrls->handler.lock);
	while (!ret && ctrls->busy) {
		mutex_unlock(ctrls->handler.lock);
		ret = wait_event_interruptible(ctrls->idle,
					       omv_ctrls_is_idle(ctrls));
		mutex_lock(ctrls->handler.lock);
	}
	return ret;
}

/* The caller has waited until the controls are idle. */
static void omv_ctrls_begin(struct omv_ctrls *ctrls)
{
	lockdep_assert_held(ctrls->handler.lock);
	WRITE_ONCE(ctrls->busy, true);
	mutex_unlock(ctrls->handler.lock);
}

static void omv_ctrls_end(struct omv_ctrls *ctrls)
{
	mutex_lock(ctrls->handler.lock);
	WRITE_ONCE(ctrls->busy, false);
	wake_up_all(&ctrls->idle);
}

/* ---- an application sets or reads a control --------------------------- */

static bool omv_ctrls_is_restarted(struct omv_link *link,
				   unsigned int generation)
{
	return READ_ONCE(link->generation) != generation ||
	       !omv_link_is_ready(link);
}

/*
 * Write a value. Repeat this if the session was lost, or if the script was
 * restarted meanwhile.
 *
 * Return: see @result of struct omv_exchange; @knob is set to the value that
 * the camera has
 */
static int omv_ctrls_set(struct omv_ctrls *ctrls, struct omv_setting *setting,
			 struct omv_knob *knob)
{
	unsigned long end = jiffies + msecs_to_jiffies(OMV_CTRL_WAIT_MS);
	struct omv_link *link = ctrls->client.link;
	struct omv_exchange exchange;
	unsigned int generation;
	bool restarted;
	int ret;

	do {
		generation = READ_ONCE(link->generation);
		ret = omv_link_wait_ready(link, OMV_CTRL_WAIT_MS);
		if (ret)
			return ret;
		omv_ctrls_update(ctrls);
		omv_exchange_set(&exchange, &ctrls->settings, setting, knob);
		omv_ctrls_run(ctrls, &exchange);
		omv_document_free(&exchange.doc);
		restarted = omv_ctrls_is_restarted(link, generation);
	} while (omv_exchange_must_repeat(&exchange, restarted) &&
		 time_before(jiffies, end));
	*knob = exchange.want;
	return exchange.result;
}

static noinline_for_stack int omv_ctrls_set_by_user(struct omv_ctrls *ctrls,
						    struct omv_setting *setting,
						    struct omv_knob *knob)
{
	int ret;

	if (mutex_lock_interruptible(&ctrls->config_lock))
		return -ERESTARTSYS;
	ret = omv_ctrls_set(ctrls, setting, knob);
	ret = omv_setting_finish(&ctrls->settings, setting, knob, ret);
	if (!ret && setting->user_set)
		omv_ctrls_restore_add(ctrls, setting->channel);
	mutex_unlock(&ctrls->config_lock);
	return ret;
}

static int omv_ctrl_errno(int err)
{
	switch (err) {
	case 0:
	case -ENODEV:
	case -ENOMEM:
	case -ERESTARTSYS:
		return err;
	default:
		return -EIO;
	}
}

/*
 * The framework calls this right before s_ctrl(). Another application may be
 * setting the same control: its new value must not get lost, nor this one.
 */
static int omv_try_ctrl(struct v4l2_ctrl *ctrl)
{
	struct omv_ctrls *ctrls = omv_ctrls_of(ctrl);
	struct omv_new_value value;
	int ret;

	if (ctrls->from_camera || !ctrls->busy)
		return 0;
	omv_new_value_save(ctrl, &value);
	ret = omv_ctrls_wait_idle(ctrls);
	omv_new_value_restore(ctrl, &value);
	return ret;
}

static int omv_s_ctrl(struct v4l2_ctrl *ctrl)
{
	struct omv_control *control = omv_control_from_ctrl(ctrl);
	struct omv_ctrls *ctrls = omv_ctrls_of(ctrl);
	struct omv_new_value value;
	struct omv_knob knob;
	int ret;

	if (ctrls->from_camera)
		return 0;
	omv_control_get(control, &knob);
	omv_new_value_save(ctrl, &value);
	omv_ctrls_begin(ctrls);
	ret = omv_ctrls_set_by_user(ctrls, &control->setting, &knob);
	omv_ctrls_end(ctrls);
	omv_new_value_restore(ctrl, &value);

	/* Report the value that the camera has after the write. */
	if (!ret) {
		ctrls->from_camera = true;
		omv_control_report(control, &knob);
		ctrls->from_camera = false;
	}
	/* After an error read the value; the write may change other values. */
	omv_ctrls_scan_later(ctrls, ret ? 0 : OMV_CTRL_EVENT_MS);
	return omv_ctrl_errno(ret);
}

static noinline_for_stack int omv_ctrls_get_by_user(struct omv_ctrls *ctrls,
						    struct omv_setting *setting,
						    struct omv_knob *knob)
{
	struct omv_exchange exchange;

	if (mutex_lock_interruptible(&ctrls->config_lock))
		return -ERESTARTSYS;
	omv_ctrls_update(ctrls);
	omv_exchange_get(&exchange, &ctrls->settings, setting);
	omv_ctrls_run(ctrls, &exchange);
	omv_document_free(&exchange.doc);
	*knob = setting->knob;
	mutex_unlock(&ctrls->config_lock);
	return 0;
}

/* For labels. If the label cannot be read now, report the last text. */
static int omv_g_volatile_ctrl(struct v4l2_ctrl *ctrl)
{
	struct omv_control *control = omv_control_from_ctrl(ctrl);
	struct omv_ctrls *ctrls = omv_ctrls_of(ctrl);
	struct omv_knob knob;
	int ret;

	ret = omv_ctrls_wait_idle(ctrls);
	if (ret)
		return ret;
	omv_ctrls_begin(ctrls);
	ret = omv_ctrls_get_by_user(ctrls, &control->setting, &knob);
	omv_ctrls_end(ctrls);
	if (!ret)
		omv_control_report(control, &knob);
	return ret;
}

static const struct v4l2_ctrl_ops omv_ctrl_ops = {
	.try_ctrl = omv_try_ctrl,
	.s_ctrl = omv_s_ctrl,
	.g_volatile_ctrl = omv_g_volatile_ctrl,
};

/* ---- the scan --------------------------------------------------------- */

/*
 * Never block here: an application that has the controls may be waiting for a
 * session that only omv_link.link_work, on the same workqueue, can start, or
 * that starts only after pre_reset() has cancelled this scan.
 */
static bool omv_ctrls_trylock(struct omv_ctrls *ctrls)
{
	if (!mutex_trylock(ctrls->handler.lock))
		return false;
	if (!ctrls->busy)
		return true;
	mutex_unlock(ctrls->handler.lock);
	return false;
}

static void omv_ctrls_unlock(struct omv_ctrls *ctrls)
{
	mutex_unlock(ctrls->handler.lock);
}

static struct omv_setting *omv_ctrls_add(struct omv_ctrls *ctrls,
					 const char *channel,
					 const struct omv_knob *knob)
{
	struct omv_control *control;

	control = omv_control_new(&ctrls->handler, &omv_ctrl_ops,
				  &ctrls->settings, channel, knob);
	if (!control)
		return NULL;
	omv_settings_add(&ctrls->settings, &control->setting);
	return &control->setting;
}

static struct omv_setting *omv_ctrls_try_add(struct omv_ctrls *ctrls,
					     const char *channel,
					     const struct omv_knob *knob)
{
	struct omv_setting *setting = omv_ctrls_add(ctrls, channel, knob);

	if (!setting)
		omv_warn_once(ctrls->client.link->dev, &ctrls->warned,
			      OMV_CTRLS_WARN_CONTROL,
			      "cannot create control \"%*pE\" of channel %*pE (limit %u, or out of memory); ignoring further ones\n",
			      (int)strlen(knob->key), knob->key,
			      (int)strlen(channel), channel, OMV_SETTINGS_MAX);
	return setting;
}

/*
 * Find or add the setting of a knob, and lock the handler. The lock must not be
 * held while a control is added, because v4l2_ctrl_new_custom() takes it.
 *
 * Return: setting, with the lock held; NULL if it cannot be added, or
 * ERR_PTR(-EALREADY), without the lock
 */
static struct omv_setting *omv_ctrls_lock_setting(struct omv_ctrls *ctrls,
						  const char *channel,
						  const struct omv_knob *knob)
{
	struct omv_setting *setting;

	if (!omv_ctrls_trylock(ctrls))
		return ERR_PTR(-EALREADY);
	setting = omv_settings_find(&ctrls->settings, channel, knob);
	if (setting)
		return setting;
	omv_ctrls_unlock(ctrls);
	setting = omv_ctrls_try_add(ctrls, channel, knob);
	if (setting && !omv_ctrls_trylock(ctrls))
		return ERR_PTR(-EALREADY);
	return setting;
}

/* Return: 0 or -EALREADY */
static int omv_ctrls_show_knob(struct omv_ctrls *ctrls,
			       struct omv_exchange *exchange,
			       struct omv_knob *knob)
{
	struct omv_setting *setting;
	int ret;

	setting = omv_ctrls_lock_setting(ctrls, exchange->name, knob);
	if (IS_ERR_OR_NULL(setting))
		return PTR_ERR_OR_ZERO(setting);
	ret = omv_exchange_show(exchange, setting, knob);
	if (ret > 0) {
		ctrls->from_camera = true;
		omv_control_show(omv_control_of(setting), knob);
		ctrls->from_camera = false;
	}
	omv_ctrls_unlock(ctrls);
	return min(ret, 0);
}

static void omv_ctrls_show(struct omv_ctrls *ctrls,
			   struct omv_exchange *exchange)
{
	const struct omv_document *doc = &exchange->doc;
	struct omv_config_reader reader;
	struct omv_knob knob;
	int ret = 0;

	omv_config_begin(&reader, doc->dialect, doc->data, doc->size);
	while (!ret && omv_config_next(&reader, &knob))
		ret = omv_ctrls_show_knob(ctrls, exchange, &knob);
	omv_exchange_next(exchange, ret);
}

static void omv_ctrls_warn_config(struct omv_ctrls *ctrls)
{
	omv_warn_once(ctrls->client.link->dev, &ctrls->warned,
		      OMV_CTRLS_WARN_CONFIG,
		      "config channel holds neither a number nor JSON nor widgets: no controls\n");
}

/* Return: 0, 1 if there is no channel with this index, or an error */
static int omv_ctrls_scan_channel(struct omv_ctrls *ctrls, unsigned int index)
{
	struct omv_exchange exchange;

	/* Never block here: see omv_ctrls_trylock(). */
	if (!mutex_trylock(&ctrls->config_lock))
		return -EALREADY;
	omv_ctrls_update(ctrls);
	omv_exchange_sync(&exchange, &ctrls->settings, index);
	omv_ctrls_run(ctrls, &exchange);
	mutex_unlock(&ctrls->config_lock);

	if (!exchange.channel)
		return 1;
	if (exchange.state == OMV_EXCHANGE_SHOW)
		omv_ctrls_show(ctrls, &exchange);
	if (exchange.result == -EBADMSG &&
	    !strcmp(exchange.name, OMV_CHANNEL_CONFIG))
		omv_ctrls_warn_config(ctrls);
	omv_document_free(&exchange.doc);
	return exchange.result;
}

static int omv_ctrls_activate(struct omv_ctrls *ctrls)
{
	struct omv_setting *setting;

	if (!omv_ctrls_trylock(ctrls))
		return -EALREADY;
	for (setting = ctrls->settings.first; setting; setting = setting->next)
		v4l2_ctrl_activate(omv_control_of(setting)->ctrl,
				   omv_setting_end_scan(setting));
	omv_ctrls_restore_update(ctrls);
	omv_ctrls_unlock(ctrls);
	return 0;
}

/* Sync all config channels of the camera with the controls. */
static int omv_ctrls_scan(struct omv_client *client)
{
	struct omv_ctrls *ctrls = omv_ctrls_of_client(client);
	unsigned int generation = READ_ONCE(client->link->generation);
	unsigned int i;
	int ret;

	omv_settings_begin_scan(&ctrls->settings);
	for (i = 0, ret = 0; ret <= 0; i++) {
		ret = omv_ctrls_scan_channel(ctrls, i);
		/* The other channels would not get a response either. */
		if (ret == -ETIMEDOUT || ret == -EALREADY)
			break;
		omv_ctrls_extend_hold(ctrls);
	}
	if (ret > 0)
		ret = omv_ctrls_activate(ctrls);
	if (ret != -EALREADY)
		omv_ctrls_release(ctrls, generation);
	return ret;
}

static void omv_ctrls_written(struct omv_client *client, u8 channel)
{
	struct omv_ctrls *ctrls = omv_ctrls_of_client(client);

	if (ctrls->listen & BIT(channel))
		omv_client_scan(client, OMV_CTRL_EVENT_MS);
}

static void omv_ctrls_event(struct omv_client *client, u8 channel, u16 value)
{
	omv_ctrls_written(client, channel);
}

static const struct omv_client_ops omv_ctrls_client_ops = {
	.changed = omv_ctrls_changed,
	.event = omv_ctrls_event,
	.written = omv_ctrls_written,
	.scan = omv_ctrls_scan,
};

/* ---- lifetime --------------------------------------------------------- */

static int omv_ctrls_add_quality(struct omv_ctrls *ctrls)
{
	static const struct omv_knob knob = {
		.type = OMV_KNOB_INTEGER,
		.key = OMV_CONFIG_QUALITY,
		.scale = 1,
	};
	struct omv_setting *quality;

	quality = omv_ctrls_add(ctrls, OMV_CHANNEL_CONFIG, &knob);
	if (!quality)
		return -ENOMEM;
	ctrls->settings.quality = quality;
	return 0;
}

/**
 * omv_ctrls_init() - initialize the controls, and add them to the link
 * @ctrls: zeroed controls
 * @link: link that is not started yet
 *
 * Creates the control for the JPEG quality, inactive. The scan adds all other
 * controls. The owner sets &omv_ctrls.handler as the handler of its video
 * devices. Process context.
 *
 * Return: 0, or an error, after which omv_ctrls_free() is not needed
 */
int omv_ctrls_init(struct omv_ctrls *ctrls, struct omv_link *link)
{
	int ret;

	mutex_init(&ctrls->config_lock);
	init_waitqueue_head(&ctrls->idle);
	ret = v4l2_ctrl_handler_init(&ctrls->handler, 16);
	if (!ret)
		ret = omv_ctrls_add_quality(ctrls);
	if (ret) {
		omv_ctrls_free(ctrls);
		return ret;
	}
	omv_link_add(link, &ctrls->client, &omv_ctrls_client_ops);
	return 0;
}

/**
 * omv_ctrls_free() - free the controls
 * @ctrls: controls that are no longer in use; may be zeroed or already freed
 *
 * Process context.
 */
void omv_ctrls_free(struct omv_ctrls *ctrls)
{
	struct omv_setting *setting, *next;

	v4l2_ctrl_handler_free(&ctrls->handler);
	for (setting = ctrls->settings.first; setting; setting = next) {
		next = setting->next;
		omv_control_free(omv_control_of(setting));
	}
	memset(&ctrls->settings, 0, sizeof(ctrls->settings));
}
