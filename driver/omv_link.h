/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The link: one session with one camera, for several clients.
 *
 * The link owns the host end (core/omv_host.h), its clock, and the worker that gets a
 * lost session back. A client registers operations; the link calls these and knows
 * nothing else of a client.
 */
#ifndef OMV_LINK_H
#define OMV_LINK_H

#include <linux/device.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "core/omv_host.h"
#include "omv_usb.h"

#define OMV_DRIVER_NAME		"openmv"

/* For a request and its response, with the requests before it. */
#define OMV_REQUEST_MS		5000

/**
 * omv_warn_once() - one line in the log, however often it happens
 * @dev: device
 * @warned: unsigned long of the caller: a bit for each warning that was given
 * @bit: number of this one; clear it when the warning may be given again
 * @fmt: format and arguments
 */
#define omv_warn_once(dev, warned, bit, fmt, ...)			\
do {									\
	if (!test_and_set_bit(bit, warned))				\
		dev_warn(dev, fmt, ##__VA_ARGS__);			\
} while (0)

struct omv_client;

/**
 * struct omv_client_ops - what the link calls; each may be NULL
 * @changed: the session or the channel table has changed. Under the lock of the link.
 * @event:   a channel sent an event; @value is OMV_EV_NOTIFY if there was none. Under
 *	the lock of the link, in completion context.
 * @written: another client has written to a channel. Under the lock of the link.
 * @scan:    look at the camera: on the workqueue of the link, in process context,
 *	without a lock. Called after each change of the session or of the channel table,
 *	and after omv_client_scan(). Return 0; -EALREADY if an application is in the
 *	way: call again soon; -ETIMEDOUT if the camera did not respond: call ever later
 *	after the next sessions (T-32); other errors are as 0.
 * @deadline: when @tick must be called at the latest, in ms as omv_now() has it, U64_MAX
 *	for never. Under the lock of the link.
 * @tick:    do what is due. Under the lock of the link.
 */
struct omv_client_ops {
	void (*changed)(struct omv_client *client, enum omv_link_event event);
	void (*event)(struct omv_client *client, u8 channel, u16 value);
	void (*written)(struct omv_client *client, u8 channel);
	int (*scan)(struct omv_client *client);
	u64 (*deadline)(struct omv_client *client);
	void (*tick)(struct omv_client *client, u64 now);
};

/**
 * struct omv_client - what the link knows of a client; embedded in the client's object
 * @list:        in omv_link.clients
 * @ops:         operations
 * @link:        link
 * @scan_work:   calls @scan; on the workqueue of the link
 * @nr_timeouts: scans in a row that ended with -ETIMEDOUT; only @scan_work writes it
 * @scanned:     omv_link.generation of the last scan that ended; only @scan_work writes it
 */
struct omv_client {
	struct list_head list;
	const struct omv_client_ops *ops;
	struct omv_link *link;
	struct delayed_work scan_work;
	unsigned int nr_timeouts;
	unsigned int scanned;
};

/**
 * struct omv_link - one session
 * @usb:          transport
 * @dev:          device for log messages: that of the communication interface
 * @host:         host end; under @lock
 * @lock:         protects everything in core/ and all that its callbacks touch; taken in URB
 *	completions, therefore irqsave
 * @clients:      of struct omv_client, in the order in which they are called; constant
 *	while the link is started
 * @disconnected: unplugged or unbound; set under @lock, never cleared
 * @tick:         calls the core and the clients when their deadline comes
 * @tick_at:      for when @tick is scheduled, in ms; under @lock
 * @workqueue:    ordered; runs @link_work and the scans
 * @link_work:    starts the session, again and again until it is up
 * @session_lost: @link_work must start the session; under @lock
 * @generation:   counts sessions and channel tables; under @lock
 * @wait:         woken whenever the state of @host changes, a scan or a detection ends
 */
struct omv_link {
	struct omv_usb usb;
	struct device *dev;
	struct omv_host host;
	spinlock_t lock;
	struct list_head clients;
	bool disconnected;
	struct delayed_work tick;
	u64 tick_at;
	struct workqueue_struct *workqueue;
	struct delayed_work link_work;
	bool session_lost;
	unsigned int generation;
	wait_queue_head_t wait;
};

/**
 * omv_now() - the time as core/ takes it; any context
 *
 * Return: monotonic milliseconds
 */
static inline u64 omv_now(void)
{
	return ktime_to_ms(ktime_get());
}

/**
 * omv_link_is_ready() - is there a session; any context
 * @link: link
 *
 * Return: true if requests are possible, as of now
 */
static inline bool omv_link_is_ready(struct omv_link *link)
{
	return READ_ONCE(link->host.state) == OMV_HOST_READY;
}

/* Kernel-doc of these is at their definitions. */
int omv_link_init(struct omv_link *link, struct usb_interface *comm,
		  struct usb_interface *data,
		  struct usb_endpoint_descriptor *in,
		  struct usb_endpoint_descriptor *out);
void omv_link_free(struct omv_link *link);
void omv_link_add(struct omv_link *link, struct omv_client *client,
		  const struct omv_client_ops *ops);
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

int omv_request_sync(struct omv_link *link, struct omv_request *req,
		     unsigned int timeout_ms, unsigned int state);
int omv_request_size(struct omv_link *link, int channel, u32 *size);
int omv_request_shape(struct omv_link *link, int channel, u32 dim[4],
		      unsigned int *count);
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
