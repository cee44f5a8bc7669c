// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "omv_crc.h"
#include "omv_setting.h"

/* ---- knobs ------------------------------------------------------------ */

/**
 * omv_knob_equal() - compare the values of two knobs of the same type
 * @a: knob
 * @b: knob
 *
 * Return: true if the values are equal
 */
bool omv_knob_equal(const struct omv_knob *a, const struct omv_knob *b)
{
	switch (a->type) {
	case OMV_KNOB_MENU:
	case OMV_KNOB_TEXT:
	case OMV_KNOB_LABEL:
		return !strcmp(a->option.text, b->option.text);
	case OMV_KNOB_BUTTON:
		return true;
	default:
		return a->value == b->value && a->scale == b->scale;
	}
}

/* ---- channels --------------------------------------------------------- */

static void copy_name(char to[OMV_NAME_SIZE], const char *name)
{
	size_t len = strlen(name);

	if (len > OMV_NAME_SIZE - 1)
		len = OMV_NAME_SIZE - 1;
	memset(to, 0, OMV_NAME_SIZE);
	memcpy(to, name, len);
}

static struct omv_ctrl_channel *channel_find(struct omv_settings *settings,
					     const char *name)
{
	unsigned int i;

	for (i = 0; i < settings->nr_channels; i++)
		if (!strcmp(settings->channels[i].name, name))
			return &settings->channels[i];
	return NULL;
}

static bool channel_is_config(const struct omv_ctrl_channel *channel)
{
	return !strcmp(channel->name, OMV_CHANNEL_CONFIG);
}

/* Channels other than "config" have controls only if they hold widgets. */
static bool channel_is_ignored(const struct omv_ctrl_channel *channel)
{
	return channel->known && channel->dialect == OMV_CONFIG_NONE &&
	       !channel_is_config(channel);
}

static bool channel_may_have_widgets(const struct omv_channel *channel)
{
	const u8 flags = OMV_CHF_READ | OMV_CHF_WRITE | OMV_CHF_DYNAMIC;

	return (channel->flags & flags) == flags &&
	       !omv_channel_has_pictures(channel);
}

static void channel_add(struct omv_settings *settings, const char *name)
{
	struct omv_ctrl_channel *channel;

	if (settings->nr_channels == OMV_CTRL_CHANNELS ||
	    channel_find(settings, name))
		return;
	channel = &settings->channels[settings->nr_channels++];
	memset(channel, 0, sizeof(*channel));
	copy_name(channel->name, name);
}

/**
 * omv_settings_update() - find the channels that may have controls
 * @settings: settings
 * @host: host end; the caller holds its lock
 * @generation: generation of its channel table
 *
 * Does nothing if the generation has not changed.
 *
 * Return: true if the generation has changed
 */
bool omv_settings_update(struct omv_settings *settings,
			 const struct omv_host *host, unsigned int generation)
{
	unsigned int i;

	if (settings->generation == generation)
		return false;
	settings->generation = generation;
	settings->nr_channels = 0;
	if (omv_host_find(host, OMV_CHANNEL_CONFIG))
		channel_add(settings, OMV_CHANNEL_CONFIG);
	for (i = 0; i < host->channel_count; i++)
		if (channel_may_have_widgets(&host->channels[i]))
			channel_add(settings, host->channels[i].name);
	return true;
}

/* ---- documents -------------------------------------------------------- */

/**
 * omv_document_size() - check the response to SIZE
 * @result: result of the request
 * @size: number of bytes in the response; set to 0 if the channel cannot be
 *	read
 *
 * Return: 0, -EBADMSG if the document is too large, or an error of the request
 */
int omv_document_size(int result, u32 *size)
{
	/* A channel without size(): write only (protocol 12.5). */
	if (result == -EINVAL) {
		*size = 0;
		return 0;
	}
	if (result)
		return result;
	return *size > OMV_DOCUMENT_MAX ? -EBADMSG : 0;
}

static void document_begin(const struct omv_document *doc,
			   struct omv_config_reader *reader)
{
	omv_config_begin(reader, doc->dialect, doc->data, doc->size);
}

static bool setting_is_of(const struct omv_setting *setting,
			  const struct omv_knob *knob)
{
	return setting->knob.type == knob->type &&
	       !strcmp(setting->knob.key, knob->key);
}

/*
 * Convert a number to the unit of a setting that is in use, and give it the
 * range to show.
 */
static void setting_adapt(const struct omv_setting *setting,
			  struct omv_knob *knob)
{
	omv_knob_rescale(knob, setting->knob.scale);
	omv_knob_keep_range(knob, &setting->knob, setting->standard);
}

/* Prepare a number for a setting that is not in use. */
static void setting_start(const struct omv_setting *setting,
			  struct omv_knob *knob)
{
	/* A script may have int(0) before it has the first float. */
	if (setting->standard == OMV_STANDARD_GAIN_DB && !knob->ranged &&
	    !knob->real)
		omv_knob_rescale(knob, OMV_KNOB_SCALE);
	omv_knob_start_range(knob, setting->standard);
}

/* If several knobs have the same key, the last one is valid. */
static bool document_find(const struct omv_document *doc,
			  const struct omv_setting *setting,
			  struct omv_knob *found)
{
	struct omv_config_reader reader;
	struct omv_knob knob;
	bool ret = false;

	document_begin(doc, &reader);
	while (omv_config_next(&reader, &knob)) {
		if (!setting_is_of(setting, &knob))
			continue;
		*found = knob;
		ret = true;
	}
	if (ret)
		setting_adapt(setting, found);
	return ret;
}

/* ---- settings --------------------------------------------------------- */

/* Do not keep the options: they point into a document that will be freed. */
static void setting_keep_knob(struct omv_setting *setting,
			      const struct omv_knob *knob)
{
	setting->knob = *knob;
	setting->knob.options = NULL;
	setting->knob.options_size = 0;
}

/**
 * omv_setting_init() - initialize a setting for a knob
 * @setting: zeroed setting
 * @channel: name of the channel
 * @knob: knob
 */
void omv_setting_init(struct omv_setting *setting, const char *channel,
		      const struct omv_knob *knob)
{
	copy_name(setting->channel, channel);
	setting->standard = omv_standard_find(knob);
	setting_keep_knob(setting, knob);
	setting_start(setting, &setting->knob);
}

/**
 * omv_settings_have_room() - can a setting be added
 * @settings: settings
 *
 * Return: true if there are fewer than OMV_SETTINGS_MAX settings
 */
bool omv_settings_have_room(const struct omv_settings *settings)
{
	return settings->count < OMV_SETTINGS_MAX;
}

/**
 * omv_settings_add() - add a setting
 * @settings: settings
 * @setting: initialized setting; must live as long as @settings
 */
void omv_settings_add(struct omv_settings *settings,
		      struct omv_setting *setting)
{
	if (settings->last)
		settings->last->next = setting;
	else
		settings->first = setting;
	settings->last = setting;
	settings->count++;
}

/**
 * omv_settings_find() - find the setting of a knob
 * @settings: settings
 * @channel: name of the channel
 * @knob: knob; type and key are compared
 *
 * Return: setting, or NULL if there is none
 */
struct omv_setting *omv_settings_find(const struct omv_settings *settings,
				      const char *channel,
				      const struct omv_knob *knob)
{
	struct omv_setting *setting;

	for (setting = settings->first; setting; setting = setting->next)
		if (setting_is_of(setting, knob) &&
		    !strcmp(setting->channel, channel))
			return setting;
	return NULL;
}

/**
 * omv_settings_begin_scan() - start a scan of all channels
 * @settings: settings
 */
void omv_settings_begin_scan(struct omv_settings *settings)
{
	struct omv_setting *setting;

	for (setting = settings->first; setting; setting = setting->next)
		setting->shown = false;
}

/**
 * omv_setting_end_scan() - end a scan of all channels, for one setting
 * @setting: setting
 *
 * Return: true if the scan has found the knob
 */
bool omv_setting_end_scan(struct omv_setting *setting)
{
	setting->active = setting->shown;
	return setting->active;
}

/**
 * omv_restore_add() - add a channel
 * @restore: channels
 * @channel: name of the channel; ignored if it is there already, or if there
 *	are OMV_CTRL_CHANNELS
 */
void omv_restore_add(struct omv_restore *restore, const char *channel)
{
	unsigned int i;

	for (i = 0; i < restore->count; i++)
		if (!strcmp(restore->names[i], channel))
			return;
	if (i < OMV_CTRL_CHANNELS)
		copy_name(restore->names[restore->count++], channel);
}

/**
 * omv_settings_restore() - find the channels with values that the user has set
 * @settings: settings
 * @restore: result
 */
void omv_settings_restore(const struct omv_settings *settings,
			  struct omv_restore *restore)
{
	const struct omv_setting *setting;

	restore->count = 0;
	for (setting = settings->first; setting; setting = setting->next)
		if (setting->user_set)
			omv_restore_add(restore, setting->channel);
}

/**
 * omv_restore_is_due() - must values be written again
 * @restore: channels
 * @host: host end; the caller holds its lock
 *
 * Return: true if the camera has one of the channels
 */
bool omv_restore_is_due(const struct omv_restore *restore,
			const struct omv_host *host)
{
	unsigned int i;

	for (i = 0; i < restore->count; i++)
		if (omv_host_find(host, restore->names[i]))
			return true;
	return false;
}

/* Keep the active controls of a channel that cannot be read now. */
static void settings_keep(struct omv_settings *settings, const char *channel)
{
	struct omv_setting *setting;

	for (setting = settings->first; setting; setting = setting->next)
		if (!strcmp(setting->channel, channel))
			setting->shown = setting->active;
}

/* Return: a number that is the same as long as the camera reports a value */
static u32 setting_reported(const struct omv_knob *knob)
{
	const char *text = knob->option.text;

	if (knob->type == OMV_KNOB_TEXT)
		return omv_crc32(0, text, strlen(text));
	return knob->value;
}

static bool setting_is_stale(struct omv_setting *setting,
			     const struct omv_knob *knob)
{
	if (setting->stale && setting_reported(knob) == setting->old)
		return true;
	setting->stale = false;
	return false;
}

/**
 * omv_setting_finish() - end an attempt of the user to set a value
 * @settings: settings
 * @setting: setting
 * @knob: value that the camera has now
 * @result: result of the exchange, or an error before it
 *
 * With -ENOENT the value is kept for a script that has the knob. A button has
 * no value to keep.
 *
 * Return: 0 if @knob is the new value of @setting, or @result
 */
int omv_setting_finish(struct omv_settings *settings,
		       struct omv_setting *setting, const struct omv_knob *knob,
		       int result)
{
	settings->writes++;
	if (knob->type == OMV_KNOB_BUTTON || (result && result != -ENOENT))
		return result;
	setting_keep_knob(setting, knob);
	setting->user_set = true;
	return 0;
}

/* ---- exchanges: start and end ----------------------------------------- */

static void exchange_end(struct omv_exchange *exchange, int result)
{
	exchange->state = OMV_EXCHANGE_DONE;
	exchange->result = result;
}

static void exchange_begin(struct omv_exchange *exchange,
			   enum omv_exchange_job job,
			   struct omv_settings *settings,
			   struct omv_ctrl_channel *channel)
{
	memset(exchange, 0, sizeof(*exchange));
	exchange->job = job;
	exchange->state = OMV_EXCHANGE_READ;
	exchange->settings = settings;
	exchange->channel = channel;
	exchange->rounds = OMV_EXCHANGE_ROUNDS;
	exchange->rereads = OMV_EXCHANGE_REREADS;
	exchange->generation = settings->generation;
	if (!channel) {
		exchange_end(exchange, -ENOENT);
		return;
	}
	copy_name(exchange->name, channel->name);
	if (channel_is_ignored(channel))
		exchange_end(exchange, -EBADMSG);
}

/**
 * omv_exchange_sync() - start an exchange that syncs a channel and its settings
 * @exchange: exchange to initialize
 * @settings: settings
 * @index: index of the channel in omv_settings.channels
 *
 * If there is no such channel, the state is DONE with -ENOENT.
 */
void omv_exchange_sync(struct omv_exchange *exchange,
		       struct omv_settings *settings, unsigned int index)
{
	exchange_begin(exchange, OMV_EXCHANGE_SYNC, settings,
		       index < settings->nr_channels ?
		       &settings->channels[index] : NULL);
}

/* A plain number has no key: only the quality can be written. */
static bool exchange_can_write(const struct omv_exchange *exchange,
			       const struct omv_setting *setting)
{
	return exchange->channel->dialect != OMV_CONFIG_NUMBER ||
	       setting == exchange->settings->quality;
}

static void exchange_write_user(struct omv_exchange *exchange)
{
	if (exchange_can_write(exchange, exchange->setting))
		exchange->state = OMV_EXCHANGE_WRITE;
	else
		exchange_end(exchange, -ENOENT);
}

/**
 * omv_exchange_set() - start an exchange that sets one value
 * @exchange: exchange to initialize
 * @settings: settings
 * @setting: setting
 * @want: value that the user wants
 */
void omv_exchange_set(struct omv_exchange *exchange,
		      struct omv_settings *settings,
		      struct omv_setting *setting, const struct omv_knob *want)
{
	struct omv_ctrl_channel *channel = channel_find(settings,
							setting->channel);

	exchange_begin(exchange, OMV_EXCHANGE_SET, settings, channel);
	exchange->setting = setting;
	exchange->want = *want;
	if (channel && channel->known && channel->dialect != OMV_CONFIG_NONE)
		exchange_write_user(exchange);
	else if (exchange->state == OMV_EXCHANGE_DONE)
		exchange->result = -ENOENT;
}

/**
 * omv_exchange_get() - start an exchange that reads one value
 * @exchange: exchange to initialize
 * @settings: settings
 * @setting: setting; gets the value of the camera if the exchange succeeds
 */
void omv_exchange_get(struct omv_exchange *exchange,
		      struct omv_settings *settings,
		      struct omv_setting *setting)
{
	exchange_begin(exchange, OMV_EXCHANGE_GET, settings,
		       channel_find(settings, setting->channel));
	exchange->setting = setting;
}

/**
 * omv_exchange_must_repeat() - did an exchange fail with the session
 * @exchange: exchange in state DONE
 * @restarted: session or channel table have changed since the exchange started
 *
 * Repeating is safe, because a value may be written twice.
 *
 * Return: true if the exchange must be repeated with the next session
 */
bool omv_exchange_must_repeat(const struct omv_exchange *exchange,
			      bool restarted)
{
	switch (exchange->result) {
	case 0:
		return false;
	case -EAGAIN:
	case -ECONNRESET:
	case -ETIMEDOUT:
		return true;
	default:
		return restarted;
	}
}

/* ---- exchanges: reading ----------------------------------------------- */

/* Return: 0, -EBADMSG if the document has no controls, or @result */
static int exchange_detect(struct omv_exchange *exchange, int result)
{
	struct omv_document *doc = &exchange->doc;

	doc->dialect = OMV_CONFIG_NONE;
	if (result)
		return result;
	doc->dialect = omv_config_detect(doc->data, doc->size);
	if (!channel_is_config(exchange->channel) &&
	    doc->dialect != OMV_CONFIG_CBOR)
		doc->dialect = OMV_CONFIG_NONE;
	return doc->dialect == OMV_CONFIG_NONE ? -EBADMSG : 0;
}

/*
 * A script may change its document between SIZE and READ (T-20). The document
 * is then truncated, or READ fails. A channel that is not known to have
 * controls is not read again without need, because reading may have side
 * effects.
 */
static bool exchange_must_reread(const struct omv_exchange *exchange,
				 int result)
{
	const struct omv_ctrl_channel *channel = exchange->channel;

	if (!exchange->rereads)
		return false;
	if (result == -EIO)
		return true;
	return result == -EBADMSG && exchange->doc.data &&
	       (channel_is_config(channel) ||
		channel->dialect == OMV_CONFIG_CBOR);
}

static void exchange_learn(struct omv_exchange *exchange)
{
	struct omv_ctrl_channel *channel = exchange->channel;
	const struct omv_document *doc = &exchange->doc;

	channel->dialect = doc->dialect;
	/* Empty document: the script may not have created its widgets yet. */
	channel->known = doc->size || channel_is_config(channel);
	channel->listen = !channel->known || channel_is_config(channel) ||
			  doc->dialect != OMV_CONFIG_NONE;
}

/* ---- exchanges: after a script has restarted -------------------------- */

/* An empty document is a plain number that cannot be read: the quality. */
static bool document_find_quality(const struct omv_document *doc,
				  struct omv_knob *found)
{
	struct omv_config_reader reader;

	document_begin(doc, &reader);
	while (omv_config_next(&reader, found))
		if (omv_knob_is_quality(found))
			return true;
	memcpy(found->key, OMV_CONFIG_QUALITY, sizeof(OMV_CONFIG_QUALITY));
	return doc->dialect == OMV_CONFIG_NUMBER;
}

/*
 * Scripts spell the key of the quality in several ways, and may have it in any
 * channel. Move the one setting for the quality to the key and channel found.
 */
static void exchange_bind_quality(struct omv_exchange *exchange)
{
	struct omv_setting *quality = exchange->settings->quality;
	struct omv_knob knob;

	if (quality->shown ||
	    (!strcmp(quality->channel, exchange->name) &&
	     document_find(&exchange->doc, quality, &knob)))
		return;
	if (!document_find_quality(&exchange->doc, &knob))
		return;
	copy_name(quality->channel, exchange->name);
	memcpy(quality->knob.key, knob.key, sizeof(knob.key));
}

/*
 * A widget may report its old value until the script changes it (protocol
 * 12.9): do not write the value again in the second round.
 */
static bool exchange_must_write(const struct omv_exchange *exchange,
				struct omv_setting *setting)
{
	struct omv_knob got;

	if (exchange->rounds == OMV_EXCHANGE_ROUNDS)
		setting->stale = false;
	if (!setting->user_set || !exchange_can_write(exchange, setting))
		return false;
	if (!document_find(&exchange->doc, setting, &got))
		return !exchange->doc.size;
	if (omv_knob_equal(&got, &setting->knob)) {
		setting->stale = false;
		return false;
	}
	if (setting_is_stale(setting, &got))
		return false;
	/* The new script may have a float where the old one had an integer. */
	setting->knob.real = got.real;
	setting->stale = exchange->doc.dialect == OMV_CONFIG_CBOR;
	setting->old = setting_reported(&got);
	return true;
}

static bool exchange_is_over(const struct omv_exchange *exchange,
			     const struct omv_setting *setting)
{
	return strcmp(setting->channel, exchange->name) ||
	       setting->synced == exchange->generation;
}

/* All values that the user has set are written: show the document. */
static void exchange_show_all(struct omv_exchange *exchange)
{
	struct omv_settings *settings = exchange->settings;
	struct omv_setting *setting;

	for (setting = settings->first; setting; setting = setting->next)
		if (!strcmp(setting->channel, exchange->name))
			setting->synced = exchange->generation;
	if (!exchange->doc.size)
		settings->quality->shown = true;
	exchange->writes = settings->writes;
	exchange->state = OMV_EXCHANGE_SHOW;
}

/*
 * Writing one value may change another: for example, setting an exposure
 * disables automatic exposure. Such values are written again in a second round.
 */
static void exchange_end_round(struct omv_exchange *exchange)
{
	if (!exchange->written || !exchange->doc.size) {
		exchange_show_all(exchange);
		return;
	}
	exchange->rounds--;
	exchange->written = false;
	exchange->state = OMV_EXCHANGE_READ;
}

static void exchange_restore(struct omv_exchange *exchange,
			     struct omv_setting *setting)
{
	for (; exchange->rounds && setting; setting = setting->next) {
		if (exchange_is_over(exchange, setting) ||
		    !exchange_must_write(exchange, setting))
			continue;
		exchange->setting = setting;
		exchange->state = OMV_EXCHANGE_WRITE;
		return;
	}
	exchange_end_round(exchange);
}

/* ---- exchanges: one value --------------------------------------------- */

/*
 * The document after a write shows whether the camera accepted the value. This
 * is not so with widgets, which may report the old value (protocol 12.9).
 */
static int exchange_compare(struct omv_exchange *exchange)
{
	const struct omv_document *doc = &exchange->doc;
	struct omv_setting *setting = exchange->setting;
	struct omv_knob got;

	setting->stale = false;
	if (setting->knob.type == OMV_KNOB_BUTTON)
		return 0;
	if (!document_find(doc, setting, &got))
		return doc->size ? -ENOENT : 0;
	if (omv_knob_equal(&got, &exchange->want))
		return 0;
	if (!omv_knob_equal(&got, &setting->knob)) {
		exchange->want = got;
		return 0;
	}
	if (doc->dialect != OMV_CONFIG_CBOR)
		return -EREMOTEIO;
	setting->stale = true;
	setting->old = setting_reported(&got);
	return 0;
}

static int exchange_fetch(struct omv_exchange *exchange)
{
	struct omv_knob knob;

	if (!document_find(&exchange->doc, exchange->setting, &knob))
		return -ENOENT;
	setting_keep_knob(exchange->setting, &knob);
	return 0;
}

/* ---- exchanges: steps ------------------------------------------------- */

static void exchange_fail(struct omv_exchange *exchange, int result)
{
	/* No controls: same as a missing knob. */
	if (exchange->job == OMV_EXCHANGE_SET && !exchange->written &&
	    result == -EBADMSG)
		result = -ENOENT;
	if (exchange->job == OMV_EXCHANGE_SYNC && result != -EBADMSG)
		settings_keep(exchange->settings, exchange->name);
	exchange_end(exchange, result);
}

static void exchange_read(struct omv_exchange *exchange, int result)
{
	result = exchange_detect(exchange, result);
	if (exchange_must_reread(exchange, result)) {
		exchange->rereads--;
		return;
	}
	if (!result || result == -EBADMSG)
		exchange_learn(exchange);
	if (result) {
		exchange_fail(exchange, result);
		return;
	}
	switch (exchange->job) {
	case OMV_EXCHANGE_SYNC:
		exchange_bind_quality(exchange);
		exchange_restore(exchange, exchange->settings->first);
		break;
	case OMV_EXCHANGE_SET:
		if (exchange->written)
			exchange_end(exchange, exchange_compare(exchange));
		else
			exchange_write_user(exchange);
		break;
	case OMV_EXCHANGE_GET:
		exchange_end(exchange, exchange_fetch(exchange));
		break;
	}
}

/* SYNC: continue with the other values if one value cannot be written. */
static bool exchange_can_go_on(const struct omv_exchange *exchange, int result)
{
	return !result ||
	       (exchange->job == OMV_EXCHANGE_SYNC &&
		(result == -EIO || result == -EINVAL || result == -ENOSPC));
}

static void exchange_wrote(struct omv_exchange *exchange, int result)
{
	if (!exchange_can_go_on(exchange, result)) {
		exchange_fail(exchange, result);
		return;
	}
	if (result)
		exchange->setting->stale = false;
	else
		exchange->written = true;
	if (exchange->job == OMV_EXCHANGE_SYNC)
		exchange_restore(exchange, exchange->setting->next);
	else
		exchange->state = OMV_EXCHANGE_READ;
}

/**
 * omv_exchange_next() - end a step and determine the next one
 * @exchange: exchange; after READ, @doc is the document
 * @result: result of the step: 0, or an error as omv_request.result; for READ
 *	also -EBADMSG if the document is too large
 *
 * The next step is in @state of @exchange. The number of steps is bounded.
 */
void omv_exchange_next(struct omv_exchange *exchange, int result)
{
	switch (exchange->state) {
	case OMV_EXCHANGE_READ:
		exchange_read(exchange, result);
		break;
	case OMV_EXCHANGE_WRITE:
		exchange_wrote(exchange, result);
		break;
	case OMV_EXCHANGE_SHOW:
		exchange_end(exchange, result);
		break;
	case OMV_EXCHANGE_DONE:
		break;
	}
}

/**
 * omv_exchange_encode() - encode the document to write
 * @exchange: exchange in state OMV_EXCHANGE_WRITE
 * @buf: buffer; OMV_SETTING_WRITE_MAX bytes are sufficient
 * @size: size of @buf in bytes
 *
 * Return: number of bytes, or an error for omv_exchange_next()
 */
int omv_exchange_encode(const struct omv_exchange *exchange, void *buf,
			u32 size)
{
	enum omv_config_dialect dialect = exchange->channel->dialect;
	struct omv_knob knob = exchange->job == OMV_EXCHANGE_SET ?
			       exchange->want : exchange->setting->knob;

	/* The setting may have been a float in JSON of a previous script. */
	if (dialect == OMV_CONFIG_NUMBER) {
		omv_knob_rescale(&knob, 1);
		knob.real = false;
	}
	return omv_config_write(buf, size, dialect, &knob);
}

/**
 * omv_exchange_show() - update a setting from a knob of the document
 * @exchange: exchange in state OMV_EXCHANGE_SHOW
 * @setting: setting of the knob
 * @knob: knob that was read; gets the unit and the range of @setting. Only a
 *	setting that is not in use takes the unit of @knob.
 *
 * If the camera has a different value, the setting is no longer @user_set.
 *
 * Return: 1 if @knob is the new value; 0 if the setting does not change;
 * -EALREADY if the user has set a value since the document was read, so that it
 * must be read again
 */
int omv_exchange_show(struct omv_exchange *exchange,
		      struct omv_setting *setting, struct omv_knob *knob)
{
	if (exchange->writes != exchange->settings->writes)
		return -EALREADY;
	setting->shown = true;
	setting->synced = exchange->generation;
	if (setting->active || setting->user_set)
		setting_adapt(setting, knob);
	else
		setting_start(setting, knob);
	if (setting_is_stale(setting, knob))
		return 0;
	if (!omv_knob_equal(&setting->knob, knob))
		setting->user_set = false;
	setting_keep_knob(setting, knob);
	return 1;
}
