/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The link: one session with one camera, shared by several clients.
 *
 * The link owns the host end of the protocol (core/omv_host.h), the work that
 * drives its deadlines, and the work that restores a lost session. A client
 * registers a struct omv_client_ops, which is all that the link uses of it.
 */
#ifndef OMV_LINK_H
#define OMV_LINK_H

#include <linux/device.h>
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "core/omv_host.h"
#include "omv_usb.h"

#define OMV_DRIVER_NAME		"openmv"

/*
 * Timeout of a request, in ms. Includes the time for the requests that are
 * queued before it.
 */
#define OMV_REQUEST_MS		5000

/* Number of defined values in a SHAPE response (protocol 3.13). */
#define OMV_SHAPE_DIMS		4

/**
 * omv_warn_once() - log a warning once per device
 * @dev: device
 * @warned: unsigned long of the caller, one bit for each warning already logged
 * @bit: bit of this warning; clear it to allow the warning again
 * @fmt: format and arguments
 */
#define omv_warn_once(dev, warned, bit, fmt, ...)			\
do {									\
	if (!test_and_set_bit(bit, warned))				\
		dev_warn(dev, fmt, ##__VA_ARGS__);			\
} while (0)

struct omv_client;

/**
 * struct omv_client_ops - callbacks of a client; each may be NULL
 * @changed: the session or the channel table has changed. Called with
 *	omv_link.lock held.
 * @event:   a channel sent an event; @value is OMV_EV_NOTIFY if the event has
 *	no payload. Called with omv_link.lock held, in completion context.
 * @written: another client has written to a channel. Called with omv_link.lock
 *	held.
 * @released: no client holds the frames any more, see omv_client_hold(). Called
 *	with omv_link.lock held.
 * @scan:    find out which channels exist and what they hold. Called on the
 *	workqueue of the link, in process context, without locks: after each
 *	change of the session or of the channel table, and after
 *	omv_client_scan(). Returns 0; -EALREADY if an application is using what
 *	the scan needs: the scan is repeated soon; -ETIMEDOUT if the camera did
 *	not respond: after repeated timeouts, the scans that follow a new
 *	session are delayed more and more (T-32). Other errors count as 0.
 * @deadline: the time by which @tick must be called, in ms as omv_now();
 *	U64_MAX for never. Called with omv_link.lock held.
 * @tick:    handle expired deadlines. Called with omv_link.lock held.
 */
struct omv_client_ops {
	void (*changed)(struct omv_client *client, enum omv_link_event event);
	void (*event)(struct omv_client *client, u8 channel, u16 value);
	void (*written)(struct omv_client *client, u8 channel);
	void (*released)(struct omv_client *client);
	int (*scan)(struct omv_client *client);
	u64 (*deadline)(struct omv_client *client);
	void (*tick)(struct omv_client *client, u64 now);
};

/**
 * struct omv_client - a client, as the link sees it; embedded by the client
 * @list:        entry in omv_link.clients
 * @ops:         callbacks
 * @link:        link
 * @scan_work:   calls @scan of @ops; on the workqueue of the link
 * @nr_timeouts: consecutive scans that returned -ETIMEDOUT; only @scan_work
 *	writes it
 * @scanned:     value of omv_link.generation at the start of the last completed
 *	scan; only @scan_work writes it
 * @hold_until:  time at which the hold of this client ends, in ms as omv_now();
 *	0 without a hold; protected by omv_link.lock
 * @claim:       id of the channel that this client fetches frames from; 0 for
 *	none; protected by omv_link.lock
 */
struct omv_client {
	struct list_head list;
	const struct omv_client_ops *ops;
	struct omv_link *link;
	struct delayed_work scan_work;
	unsigned int nr_timeouts;
	unsigned int scanned;
	u64 hold_until;
	u8 claim;
};

/**
 * struct omv_link - one session
 * @usb:          transport
 * @dev:          device for log messages: the communication interface
 * @host:         host end of the protocol; protected by @lock
 * @lock:         protects all state of core/ and of its callbacks; taken in URB
 *	completions, therefore irqsave
 * @clients:      list of struct omv_client, in the order of the callbacks;
 *	changed with @clients_lock and @lock held, read with one of them held
 * @clients_lock: see @clients
 * @disconnected: unplugged or unbound; set under @lock, never cleared
 * @tick:         runs the expired deadlines of @host and of the clients, in
 *	softirq context
 * @tick_at:      time at which @tick expires, or KTIME_MAX; protected by @lock
 * @tick_min:     earliest time of the next tick; protected by @lock
 * @postponed:    the last tick was late, and has done nothing; protected by
 *	@lock
 * @workqueue:    ordered; runs @link_work and the scans
 * @link_work:    starts the session, and retries until the session is up
 * @session_lost: @link_work must start the session; protected by @lock
 * @generation:   number of sessions and channel tables so far; written under
 *	@lock
 * @wait:         woken when the state of @host changes, and when a scan or a
 *	detection ends
 */
struct omv_link {
	struct omv_usb usb;
	struct device *dev;
	struct omv_host host;
	spinlock_t lock;	/* see the top of openmv.h */
	struct list_head clients;
	struct mutex clients_lock;	/* see the top of openmv.h */
	bool disconnected;
	struct hrtimer tick;
	ktime_t tick_at;
	ktime_t tick_min;
	bool postponed;
	struct workqueue_struct *workqueue;
	struct delayed_work link_work;
	bool session_lost;
	unsigned int generation;
	wait_queue_head_t wait;
};

/**
 * omv_now() - the time base of core/; any context
 *
 * Return: monotonic milliseconds
 */
static inline u64 omv_now(void)
{
	return ktime_to_ms(ktime_get());
}

/**
 * omv_link_is_ready() - is the session up; any context, no lock needed
 * @link: link
 *
 * Return: true if requests are possible; may change at any time
 */
static inline bool omv_link_is_ready(struct omv_link *link)
{
	return READ_ONCE(link->host.state) == OMV_HOST_READY;
}

/* Documented at their definitions. */
int omv_link_init(struct omv_link *link, struct usb_interface *comm,
		  struct usb_interface *data,
		  struct usb_endpoint_descriptor *in,
		  struct usb_endpoint_descriptor *out);
void omv_link_free(struct omv_link *link);
void omv_link_add(struct omv_link *link, struct omv_client *client,
		  const struct omv_client_ops *ops);
void omv_link_del(struct omv_link *link, struct omv_client *client);
void omv_link_start(struct omv_link *link);
void omv_link_stop(struct omv_link *link);
void omv_link_disconnect(struct omv_link *link);
void omv_link_rearm(struct omv_link *link);
void omv_link_written(struct omv_client *client, u8 channel);
int omv_link_wait_ready(struct omv_link *link, unsigned int timeout_ms);
int omv_link_channel_id(struct omv_link *link, const char *name);
u32 omv_link_write_max(struct omv_link *link);

void omv_client_scan(struct omv_client *client, unsigned int ms);
bool omv_client_is_scanned(const struct omv_client *client);
void omv_client_hold(struct omv_client *client, unsigned int ms);
void omv_client_release(struct omv_client *client);
bool omv_link_is_held(struct omv_link *link);
void omv_client_claim(struct omv_client *client, u8 channel);
bool omv_link_is_claimed(struct omv_link *link, u8 channel);
int omv_link_check_claim(struct omv_link *link, u8 channel);

int omv_request_sync(struct omv_link *link, struct omv_request *req,
		     unsigned int timeout_ms, unsigned int state);
int omv_request_size(struct omv_link *link, int channel, u32 *size);
int omv_request_shape(struct omv_link *link, int channel,
		      u32 dim[OMV_SHAPE_DIMS], unsigned int *count);
int omv_request_poll(struct omv_link *link, u32 *ready);
int omv_request_read(struct omv_link *link, int channel, u32 offset, void *buf,
		     u32 len, u32 *received);
int omv_request_write(struct omv_link *link, int channel, u32 offset,
		      const void *data, u32 len);
int omv_request_ioctl(struct omv_link *link, int channel, u32 code,
		      const void *arg, u32 len);
int omv_request_lock(struct omv_link *link, int channel);
int omv_request_unlock(struct omv_link *link, int channel, unsigned int state);

#endif /* OMV_LINK_H */
