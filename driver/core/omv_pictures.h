/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Finds the picture channels among the channels of a script, besides "frame".
 *
 * A channel is a picture channel if SHAPE begins with a height and a width that
 * match SIZE (protocol 12.3), or if its content begins as a JPEG does, or with
 * the header of 10.1. The user may overrule this. Asking must not cost the
 * script a frame: SIZE and SHAPE do not, and a READ is sent only if SHAPE did
 * not decide, of a few bytes, and never up to the end.
 *
 *	SIZE, SHAPE			if SHAPE decides
 *	SIZE, SHAPE, SIZE, READ		otherwise
 *
 * A channel that is empty is asked again: after its event, and at growing
 * intervals, at first only if POLL reports content. Any other result is kept
 * until the channel table changes or another script starts.
 *
 * Like the host end, this does no I/O. The owner calls all functions, and gets
 * all callbacks, under the lock of the host end.
 */
#ifndef OMV_PICTURES_H
#define OMV_PICTURES_H

#include "omv_host.h"
#include "omv_image.h"

/* Size of the READ. It finds the start of a JPEG, or a header. */
#define OMV_PICTURES_HEAD	64
/*
 * Content that is smaller is not read: no picture that is compressed or has a
 * header is that small, but a message is.
 */
#define OMV_PICTURES_MIN	128
/* Maximum number of values in a SHAPE response: see OMV_DETECT_SHAPE_MAX. */
#define OMV_PICTURES_SHAPE_MAX	64

/* Delay after an event: events may be frequent (T-18). */
#define OMV_PICTURES_EVENT_MS	500
/* Interval at which a channel is tried again while its node streams. */
#define OMV_PICTURES_CLAIM_MS	1000
/*
 * Number of times an empty channel is asked without an event. Its interval
 * grows from 200 ms to 10 s; this is five minutes.
 */
#define OMV_PICTURES_TRIES	34
/* Number of first attempts that ask only if POLL reports content. */
#define OMV_PICTURES_POLLS	4
/*
 * Number of requests without a response (T-32) after which a channel is not
 * asked any more: each of them ends the session.
 */
#define OMV_PICTURES_TIMEOUTS	3
/*
 * How long a script may take to register a channel, in ms, before the channel
 * counts as removed.
 */
#define OMV_PICTURES_GRACE_MS	2000

/**
 * enum omv_picture_setting - does a channel get a video node
 * @OMV_PICTURE_AUTO: if it is a picture channel
 * @OMV_PICTURE_YES:  yes
 * @OMV_PICTURE_NO:   no
 */
enum omv_picture_setting {
	OMV_PICTURE_AUTO,
	OMV_PICTURE_YES,
	OMV_PICTURE_NO,
};

/**
 * enum omv_picture_result - what is known of a channel
 * @OMV_PICTURE_UNKNOWN: nothing yet, or the channel is missing
 * @OMV_PICTURE_FOUND:   it is a picture channel
 * @OMV_PICTURE_NONE:    it is not
 */
enum omv_picture_result {
	OMV_PICTURE_UNKNOWN,
	OMV_PICTURE_FOUND,
	OMV_PICTURE_NONE,
};

/**
 * enum omv_picture_node - what to do about the video node of a channel
 * @OMV_PICTURE_KEEP:   keep it if it exists, create none
 * @OMV_PICTURE_CREATE: create it, or keep it
 * @OMV_PICTURE_REMOVE: remove it
 */
enum omv_picture_node {
	OMV_PICTURE_KEEP,
	OMV_PICTURE_CREATE,
	OMV_PICTURE_REMOVE,
};

/**
 * struct omv_picture_channel - a channel that may have pictures
 * @name:     name of the channel
 * @id:       channel id; 0 while the channel is missing
 * @flags:    OMV_CHF_*
 * @setting:  what the user wants; kept while the channel is missing
 * @result:   see enum omv_picture_result
 * @due:      time at which the channel is asked, in ms; U64_MAX for never
 * @polling:  ask only if POLL reports content
 * @tries:    number of attempts without content
 * @timeouts: number of requests without a response
 * @missing:  time at which a script was first seen without the channel, in ms;
 *	U64_MAX for never
 * @removed:  the script does not have the channel
 */
struct omv_picture_channel {
	char name[OMV_NAME_SIZE];
	u8 id;
	u8 flags;
	enum omv_picture_setting setting;
	enum omv_picture_result result;
	u64 due;
	bool polling;
	u8 tries;
	u8 timeouts;
	u64 missing;
	bool removed;
};

/**
 * struct omv_pictures_ops - callbacks
 * @changed: omv_pictures_node() may return a different value for a channel
 * @found:   pictures were found in a channel, again after each start of a
 *	script
 * @claimed: return true if a client fetches frames from the channel: it must
 *	not be asked
 *
 * A callback must not call functions that take a non-const struct omv_pictures.
 */
struct omv_pictures_ops {
	void (*changed)(void *ctx);
	void (*found)(void *ctx, const char *name);
	bool (*claimed)(void *ctx, u8 channel);
};

/**
 * struct omv_pictures - the channels of a camera that may have pictures
 * @host:     host end
 * @ops:      callbacks
 * @ctx:      first argument of the callbacks
 * @channels: channels that exist, or that the user has set, or that may return
 * @count:    number of @channels
 * @running:  a script has started, and has not ended
 * @state:    purpose of @req, or IDLE
 * @asked:    index of the channel that is asked
 * @size:     its response to SIZE
 * @suspect:  the last response was invalid: if the session is lost next, the
 *	channel was the cause
 * @no_poll:  a POLL had no response: send none until a script starts
 * @req:      the request
 * @answer:   response to POLL, SIZE or SHAPE
 * @head:     response to READ
 *
 * The owner may read @channels and @count.
 */
struct omv_pictures {
	struct omv_host *host;
	const struct omv_pictures_ops *ops;
	void *ctx;
	struct omv_picture_channel channels[OMV_MAX_CHANNELS];
	unsigned int count;
	bool running;
	enum omv_pictures_state {
		OMV_PICTURES_IDLE,
		OMV_PICTURES_POLL,
		OMV_PICTURES_SIZE,
		OMV_PICTURES_SHAPE,
		OMV_PICTURES_RESIZE,
		OMV_PICTURES_READ,
	} state;
	u8 asked;
	u32 size;
	bool suspect;
	bool no_poll;
	struct omv_request req;
	__le32 answer[OMV_PICTURES_SHAPE_MAX];
	union {
		struct omv_stream_hdr hdr;
		u8 bytes[OMV_PICTURES_HEAD];
	} head;
};

/* Documented at their definitions. */
void omv_pictures_init(struct omv_pictures *pictures, struct omv_host *host,
		       const struct omv_pictures_ops *ops, void *ctx);
bool omv_pictures_may_have(const struct omv_channel *channel);
void omv_pictures_link_changed(struct omv_pictures *pictures,
			       enum omv_link_event event, u64 now);
void omv_pictures_event(struct omv_pictures *pictures, u8 channel, u16 value,
			u64 now);
void omv_pictures_tick(struct omv_pictures *pictures, u64 now);
u64 omv_pictures_deadline(const struct omv_pictures *pictures);
int omv_pictures_set(struct omv_pictures *pictures, const char *name,
		     enum omv_picture_setting setting, u64 now);
const struct omv_picture_channel *
omv_pictures_find(const struct omv_pictures *pictures, const char *name);
enum omv_picture_node omv_pictures_node(const struct omv_pictures *pictures,
					const char *name);

#endif /* OMV_PICTURES_H */
