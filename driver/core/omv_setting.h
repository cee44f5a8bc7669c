/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Keeps the values of knobs, and reads and writes config channels (protocol
 * 12.5, 12.6, 12.9).
 *
 * A setting is one knob and its state: whether the user has set it, and whether
 * the camera still reports an older value. An exchange is a sequence of reads
 * and writes on one channel. Input: results of reads and writes. Output: the
 * next step. The owner does the I/O, allocates, and serializes all calls with a
 * lock of its own.
 */
#ifndef OMV_SETTING_H
#define OMV_SETTING_H

#include "omv_host.h"
#include "omv_standard.h"

/* Maximum number of channels with controls: "config", and any with widgets. */
#define OMV_CTRL_CHANNELS	8
/* Maximum number of settings of a camera, to bound the use of memory. */
#define OMV_SETTINGS_MAX	128
/* Maximum size of a document in bytes. A depth widget takes some KiB. */
#define OMV_DOCUMENT_MAX	65536
/* Size of a document that sets one knob: up to 6 bytes for each character. */
#define OMV_SETTING_WRITE_MAX	(6 * (OMV_KNOB_KEY_SIZE + OMV_KNOB_TEXT_SIZE))
/* Maximum number of rounds of writes after a restart of a script. */
#define OMV_EXCHANGE_ROUNDS	2
/* Repetitions of SIZE and READ if the document changes in between (T-20). */
#define OMV_EXCHANGE_REREADS	2

/**
 * struct omv_ctrl_channel - a channel that has controls, or may have controls
 * @name:    name of the channel
 * @dialect: dialect of its documents
 * @known:   @dialect is valid
 * @listen:  an event of the channel may mean that a value has changed
 */
struct omv_ctrl_channel {
	char name[OMV_NAME_SIZE];
	enum omv_config_dialect dialect;
	bool known;
	bool listen;
};

/**
 * struct omv_document - a document that was read from a channel
 * @dialect: dialect, set by omv_exchange_next()
 * @data:    document; NULL if it is empty
 * @size:    number of bytes at @data
 */
struct omv_document {
	enum omv_config_dialect dialect;
	const void *data;
	u32 size;
};

/**
 * struct omv_setting - a knob and its state
 * @next:     next setting of struct omv_settings
 * @channel:  name of the channel
 * @standard: meaning of the knob, constant
 * @knob:     current value, without options. Its unit does not change while the
 *	setting is active or @user_set; its range is the one to show.
 * @user_set: the user has set the value: write it again after a restart of the
 *	script
 * @stale:    the camera still reported @old after the last write: ignore @old
 *	until it reports a different value (protocol 12.9)
 * @old:      number or index, or CRC of a text; see @stale
 * @synced:   generation in which the value was last written or shown
 * @shown:    the current scan has found the knob
 * @active:   the last complete scan has found the knob
 */
struct omv_setting {
	struct omv_setting *next;
	char channel[OMV_NAME_SIZE];
	enum omv_standard standard;
	struct omv_knob knob;
	bool user_set;
	bool stale;
	u32 old;
	unsigned int synced;
	bool shown;
	bool active;
};

/**
 * struct omv_settings - all settings of one camera
 * @first:       oldest setting; settings are added and never removed
 * @last:        newest setting
 * @count:       number of settings
 * @quality:     JPEG quality: this setting exists before the camera reports the
 *	knob, and is the only one that a plain number can set
 * @channels:    channels that have controls, or may have controls; the first is
 *	"config"
 * @nr_channels: number of channels in @channels
 * @generation:  generation of the channel table that @channels is based on
 * @writes:      number of attempts of the user to set a value
 */
struct omv_settings {
	struct omv_setting *first;
	struct omv_setting *last;
	unsigned int count;
	struct omv_setting *quality;
	struct omv_ctrl_channel channels[OMV_CTRL_CHANNELS];
	unsigned int nr_channels;
	unsigned int generation;
	unsigned int writes;
};

/**
 * struct omv_restore - channels to which values must be written again
 * @count: number of channels
 * @names: their names
 */
struct omv_restore {
	unsigned int count;
	char names[OMV_CTRL_CHANNELS][OMV_NAME_SIZE];
};

/**
 * enum omv_exchange_job - purpose of an exchange
 * @OMV_EXCHANGE_SYNC: after a restart of the script: write the values set by
 *	the user where the camera has different ones, then show all values
 * @OMV_EXCHANGE_SET:  set one value for the user
 * @OMV_EXCHANGE_GET:  read one value
 */
enum omv_exchange_job {
	OMV_EXCHANGE_SYNC,
	OMV_EXCHANGE_SET,
	OMV_EXCHANGE_GET,
};

/**
 * enum omv_exchange_state - next step of an exchange, for the owner
 * @OMV_EXCHANGE_READ:  read the document of @channel into @doc
 * @OMV_EXCHANGE_WRITE: write the document of omv_exchange_encode() to @channel
 * @OMV_EXCHANGE_SHOW:  call omv_exchange_show() for each knob of @doc
 * @OMV_EXCHANGE_DONE:  none; @result is valid
 */
enum omv_exchange_state {
	OMV_EXCHANGE_READ,
	OMV_EXCHANGE_WRITE,
	OMV_EXCHANGE_SHOW,
	OMV_EXCHANGE_DONE,
};

/**
 * struct omv_exchange - reads and writes on one channel
 * @job:        purpose
 * @state:      next step
 * @result:     result of the exchange: 0 or an error; -EBADMSG if the document
 *	has no controls. SET: -ENOENT if the camera does not have the knob,
 *	-EREMOTEIO if the camera kept its old value.
 * @settings:   settings
 * @channel:    channel; valid until the next omv_settings_update()
 * @name:       name of @channel
 * @doc:        last document that was read; the owner frees the data
 * @setting:    SET, GET: the setting. SYNC: the setting that is being written.
 * @want:       SET: value that the user wants; at the end, the value that the
 *	camera has
 * @rounds:     SYNC: number of rounds of writes left
 * @rereads:    number of repeated reads left
 * @written:    a value was written since the document was read
 * @generation: omv_settings.generation at the start
 * @writes:     SHOW: omv_settings.writes when the document was read
 *
 *	SYNC: READ, at most two rounds of WRITEs and a READ, SHOW, DONE
 *	SET:  READ if the dialect is not known, WRITE, READ, DONE
 *	GET:  READ, DONE
 *
 * After an error the next step is DONE. READ may be repeated.
 */
struct omv_exchange {
	enum omv_exchange_job job;
	enum omv_exchange_state state;
	int result;
	struct omv_settings *settings;
	struct omv_ctrl_channel *channel;
	char name[OMV_NAME_SIZE];
	struct omv_document doc;
	struct omv_setting *setting;
	struct omv_knob want;
	unsigned int rounds;
	unsigned int rereads;
	bool written;
	unsigned int generation;
	unsigned int writes;
};

/* Documented at their definitions. */
bool omv_knob_equal(const struct omv_knob *a, const struct omv_knob *b);

bool omv_settings_update(struct omv_settings *settings,
			 const struct omv_host *host, unsigned int generation);
struct omv_setting *omv_settings_find(const struct omv_settings *settings,
				      const char *channel,
				      const struct omv_knob *knob);
bool omv_settings_have_room(const struct omv_settings *settings);
void omv_settings_add(struct omv_settings *settings,
		      struct omv_setting *setting);
void omv_settings_begin_scan(struct omv_settings *settings);

void omv_settings_restore(const struct omv_settings *settings,
			  struct omv_restore *restore);
void omv_restore_add(struct omv_restore *restore, const char *channel);
bool omv_restore_is_due(const struct omv_restore *restore,
			const struct omv_host *host);

void omv_setting_init(struct omv_setting *setting, const char *channel,
		      const struct omv_knob *knob);
bool omv_setting_end_scan(struct omv_setting *setting);
int omv_setting_finish(struct omv_settings *settings,
		       struct omv_setting *setting, const struct omv_knob *knob,
		       int result);

int omv_document_size(int result, u32 *size);

void omv_exchange_sync(struct omv_exchange *exchange,
		       struct omv_settings *settings, unsigned int index);
void omv_exchange_set(struct omv_exchange *exchange,
		      struct omv_settings *settings,
		      struct omv_setting *setting, const struct omv_knob *want);
void omv_exchange_get(struct omv_exchange *exchange,
		      struct omv_settings *settings,
		      struct omv_setting *setting);
void omv_exchange_next(struct omv_exchange *exchange, int result);
int omv_exchange_encode(const struct omv_exchange *exchange, void *buf,
			u32 size);
int omv_exchange_show(struct omv_exchange *exchange,
		      struct omv_setting *setting, struct omv_knob *knob);
bool omv_exchange_must_repeat(const struct omv_exchange *exchange,
			      bool restarted);

#endif /* OMV_SETTING_H */
