// SPDX-License-Identifier: GPL-2.0-only
/*
 * The link: the session with a camera, its recovery, and requests.
 */
#include "compat.h"
#include "omv_link.h"

#define CREATE_TRACE_POINTS
#include "omv_trace.h"

/* Delay between two attempts to restore a lost session. */
#define OMV_RETRY_MS		1000
/* Delay before a scan that returned -EALREADY is repeated. */
#define OMV_SCAN_AGAIN_MS	100
/*
 * Minimum interval of ticks, in us, so that a camera that causes many of them
 * does not use up a core.
 */
#define OMV_TICK_US		500
/*
 * If a tick is later than this, the machine was stopped or very busy, and
 * received bytes wait in URBs whose completion has not run yet. Let the
 * completions run for OMV_CATCH_UP_MS before anything times out.
 */
#define OMV_LATE_MS		200
#define OMV_CATCH_UP_MS		20

/* ---- input and deadlines of core/ ------------------------------------- */

static u64 omv_link_deadline(struct omv_link *link)
{
	u64 at = omv_host_deadline(&link->host);
	struct omv_client *client;

	list_for_each_entry(client, &link->clients, list) {
		if (client->ops->deadline)
			at = min(at, client->ops->deadline(client));
		if (client->hold_until)
			at = min(at, client->hold_until);
	}
	return at;
}

/**
 * omv_link_rearm() - start omv_link.tick for the earliest deadline
 * @link: link
 *
 * Must be called after each call into core/ that may change a deadline. Any
 * context; the caller holds @link->lock.
 */
void omv_link_rearm(struct omv_link *link)
{
	u64 at = omv_link_deadline(link);
	ktime_t expires;

	lockdep_assert_held(&link->lock);
	if (link->disconnected || at == U64_MAX)
		return;
	expires = ktime_add_us(ms_to_ktime(at), link->host.phase);
	if (expires < link->tick_min)
		expires = link->tick_min;
	/*
	 * Each response moves the deadline later. A tick that runs too early
	 * is cheaper than modifying the timer for each response.
	 */
	if (expires >= link->tick_at)
		return;
	link->tick_at = expires;
	hrtimer_start(&link->tick, expires, HRTIMER_MODE_ABS_SOFT);
}

/* Return: true if the tick is late, and is postponed; not twice in a row */
static bool omv_link_postpone(struct omv_link *link)
{
	ktime_t now = ktime_get();

	link->postponed = !link->postponed && link->tick_at != KTIME_MAX &&
			  ktime_ms_delta(now, link->tick_at) > OMV_LATE_MS;
	if (!link->postponed)
		return false;
	link->tick_at = KTIME_MAX;
	link->tick_min = ktime_add_ms(now, OMV_CATCH_UP_MS);
	omv_link_rearm(link);
	return true;
}

static void omv_link_expire(struct omv_link *link)
{
	struct omv_client *client;
	u64 now = omv_now();

	link->tick_at = KTIME_MAX;
	link->tick_min = ktime_add_us(ktime_get(), OMV_TICK_US);
	omv_host_tick(&link->host, now);
	list_for_each_entry(client, &link->clients, list) {
		if (client->ops->tick)
			client->ops->tick(client, now);
		if (client->hold_until && now >= client->hold_until)
			omv_client_release(client);
	}
	omv_link_rearm(link);
}

static enum hrtimer_restart omv_link_tick(struct hrtimer *timer)
{
	struct omv_link *link = container_of(timer, struct omv_link, tick);
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	if (!omv_link_postpone(link))
		omv_link_expire(link);
	spin_unlock_irqrestore(&link->lock, flags);
	return HRTIMER_NORESTART;
}

static void omv_link_receive(void *ctx, const void *data, size_t len)
{
	struct omv_link *link = ctx;

	lockdep_assert_held(&link->lock);
	omv_host_input(&link->host, data, len, omv_now());
	omv_link_rearm(link);
}

/* ---- callbacks of the host end ---------------------------------------- */

static void omv_clients_changed(struct omv_link *link,
				enum omv_link_event event)
{
	struct omv_client *client;

	lockdep_assert_held(&link->lock);
	list_for_each_entry(client, &link->clients, list)
		if (client->ops->changed)
			client->ops->changed(client, event);
}

/*
 * The size() of a script may fail in a way that no response is sent (T-32). The
 * timeout leads to a SYNC, the new session to another scan, and that scan to
 * the next timeout. The delay grows up to 64 s to break this cycle.
 */
static void omv_client_rescan(struct omv_client *client)
{
	unsigned int n = READ_ONCE(client->nr_timeouts);

	if (n > 1)
		queue_delayed_work(client->link->workqueue, &client->scan_work,
				   msecs_to_jiffies(500 << min(n, 7U)));
	else
		mod_delayed_work(client->link->workqueue, &client->scan_work,
				 0);
}

static void omv_clients_rescan(struct omv_link *link)
{
	struct omv_client *client;

	link->generation++;
	if (link->disconnected)
		return;
	list_for_each_entry(client, &link->clients, list)
		if (client->ops->scan)
			omv_client_rescan(client);
}

static void omv_link_changed(void *ctx, enum omv_link_event event)
{
	struct omv_link *link = ctx;

	trace_omv_state(link->usb.dev, event);
	if (event == OMV_LINK_UP || event == OMV_LINK_CHANNELS) {
		omv_clients_rescan(link);
	} else if (event == OMV_LINK_LOST) {
		link->session_lost = true;
		if (!link->disconnected)
			mod_delayed_work(link->workqueue, &link->link_work,
					 msecs_to_jiffies(OMV_RETRY_MS));
	}
	omv_clients_changed(link, event);
	wake_up_all(&link->wait);
}

static void omv_link_event(void *ctx, u8 channel, u16 value)
{
	struct omv_link *link = ctx;
	struct omv_client *client;

	list_for_each_entry(client, &link->clients, list)
		if (client->ops->event)
			client->ops->event(client, channel, value);
}

static int omv_link_send(void *ctx, const void *data, u32 len)
{
	struct omv_link *link = ctx;

	return omv_usb_send(&link->usb, data, len);
}

static u64 omv_link_clock(void *ctx)
{
	return ktime_to_us(ktime_get());
}

static void omv_link_trace_tx(void *ctx, const struct omv_packet *pkt)
{
	struct omv_link *link = ctx;

	trace_omv_tx(link->usb.dev, pkt);
}

static void omv_link_trace_rx(void *ctx, const struct omv_packet *pkt)
{
	struct omv_link *link = ctx;

	trace_omv_rx(link->usb.dev, pkt);
}

static const struct omv_host_ops omv_link_host_ops = {
	.send = omv_link_send,
	.link_changed = omv_link_changed,
	.event = omv_link_event,
	.clock = omv_link_clock,
	.tx = omv_link_trace_tx,
	.rx = omv_link_trace_rx,
};

/* ---- starting and stopping the session -------------------------------- */

static void omv_session_stop(struct omv_link *link)
{
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	omv_host_stop(&link->host);
	omv_clients_changed(link, OMV_LINK_DOWN);
	spin_unlock_irqrestore(&link->lock, flags);
	wake_up_all(&link->wait);
	omv_usb_stop(&link->usb, true);
}

/* A transport that fails to start is handled like a camera without response. */
static void omv_session_start(struct omv_link *link)
{
	unsigned long flags;
	int ret;

	ret = omv_usb_start(&link->usb);
	spin_lock_irqsave(&link->lock, flags);
	if (link->disconnected) {
		link->session_lost = false;
	} else if (ret) {
		link->host.error = ret;
		omv_link_changed(link, OMV_LINK_LOST);
	} else {
		link->session_lost = false;
		omv_host_start(&link->host, omv_now());
		omv_link_rearm(link);
	}
	spin_unlock_irqrestore(&link->lock, flags);
}

/* Restart the transport and the session, as after plugging in. */
static void omv_link_work(struct work_struct *work)
{
	struct omv_link *link = container_of(to_delayed_work(work),
					     struct omv_link, link_work);
	unsigned long flags;
	bool lost;

	spin_lock_irqsave(&link->lock, flags);
	lost = link->session_lost && !link->disconnected;
	spin_unlock_irqrestore(&link->lock, flags);
	if (!lost)
		return;
	omv_session_stop(link);
	omv_session_start(link);
}

/**
 * omv_link_start() - start the session, and restore it whenever it is lost
 * @link: stopped link
 *
 * Only queues omv_link.link_work. Process context.
 */
void omv_link_start(struct omv_link *link)
{
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	if (!link->disconnected) {
		link->session_lost = true;
		mod_delayed_work(link->workqueue, &link->link_work, 0);
	}
	spin_unlock_irqrestore(&link->lock, flags);
}

/**
 * omv_link_stop() - end the session, and cancel all work of the link
 * @link: link, started or not
 *
 * For suspend and reset; omv_link_start() starts the link again. Waiters for a
 * session keep waiting, pending requests fail with -ECONNRESET. May sleep; the
 * caller holds no lock that a scan takes.
 */
void omv_link_stop(struct omv_link *link)
{
	struct omv_client *client;
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	link->session_lost = false;
	omv_host_stop(&link->host);
	spin_unlock_irqrestore(&link->lock, flags);
	omv_usb_block_control(&link->usb);
	cancel_delayed_work_sync(&link->link_work);
	omv_usb_unblock_control(&link->usb);
	/* link_work may have started a session before it was cancelled. */
	omv_session_stop(link);
	mutex_lock(&link->clients_lock);
	list_for_each_entry(client, &link->clients, list)
		cancel_delayed_work_sync(&client->scan_work);
	mutex_unlock(&link->clients_lock);
	hrtimer_cancel(&link->tick);

	spin_lock_irqsave(&link->lock, flags);
	link->tick_at = KTIME_MAX;
	spin_unlock_irqrestore(&link->lock, flags);
}

/**
 * omv_link_disconnect() - stop the link after unplug or unbind
 * @link: link
 *
 * All waiters and pending requests fail with -ENODEV. No callback or work of
 * the link runs afterwards. May sleep; the caller holds no lock that a scan
 * takes.
 */
void omv_link_disconnect(struct omv_link *link)
{
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	link->disconnected = true;
	spin_unlock_irqrestore(&link->lock, flags);
	omv_link_stop(link);
}

/* ---- clients ---------------------------------------------------------- */

/**
 * omv_client_scan() - schedule the scan of a client
 * @client: client
 * @ms: delay in ms; ignored if a scan is scheduled already
 *
 * Any context; the caller holds the lock of the link.
 */
void omv_client_scan(struct omv_client *client, unsigned int ms)
{
	lockdep_assert_held(&client->link->lock);
	if (!client->link->disconnected)
		queue_delayed_work(client->link->workqueue, &client->scan_work,
				   msecs_to_jiffies(ms));
}

/**
 * omv_client_is_scanned() - has a client scanned the current channel table
 * @client: client with a scan
 *
 * Any context, no lock needed.
 *
 * Return: true if it has; may change at any time
 */
bool omv_client_is_scanned(const struct omv_client *client)
{
	return READ_ONCE(client->scanned) ==
	       READ_ONCE(client->link->generation);
}

/**
 * omv_client_hold() - keep all clients from fetching frames
 * @client: client
 * @ms: how long at most, in ms, unless omv_client_release() is called before
 *
 * For the time in which a script that has just started must be given settings
 * that its frames depend on. Any context; the caller holds the lock of the
 * link.
 */
void omv_client_hold(struct omv_client *client, unsigned int ms)
{
	lockdep_assert_held(&client->link->lock);
	client->hold_until = omv_now() + ms;
	omv_link_rearm(client->link);
}

/**
 * omv_client_release() - end the hold of a client
 * @client: client, with or without a hold
 *
 * Any context; the caller holds the lock of the link.
 */
void omv_client_release(struct omv_client *client)
{
	struct omv_link *link = client->link;

	lockdep_assert_held(&link->lock);
	if (!client->hold_until)
		return;
	client->hold_until = 0;
	if (omv_link_is_held(link))
		return;
	list_for_each_entry(client, &link->clients, list)
		if (client->ops->released)
			client->ops->released(client);
	omv_link_rearm(link);
}

/**
 * omv_link_is_held() - does a client keep the others from fetching frames
 * @link: link
 *
 * When this ends, &omv_client_ops.released is called. Any context; the caller
 * holds the lock of the link.
 *
 * Return: true if one does
 */
bool omv_link_is_held(struct omv_link *link)
{
	struct omv_client *client;

	lockdep_assert_held(&link->lock);
	list_for_each_entry(client, &link->clients, list)
		if (client->hold_until)
			return true;
	return false;
}

/**
 * omv_client_claim() - claim a channel: only this client may read its content
 * @client: client
 * @channel: channel id; 0 for none. Replaces the last claim of the client.
 *
 * Any context; the caller holds the lock of the link.
 */
void omv_client_claim(struct omv_client *client, u8 channel)
{
	lockdep_assert_held(&client->link->lock);
	client->claim = channel;
}

/**
 * omv_link_is_claimed() - does a client fetch frames from a channel
 * @link: link
 * @channel: channel id
 *
 * Reading the content would then take a frame away from that client. Any
 * context; the caller holds the lock of the link.
 *
 * Return: true if one does
 */
bool omv_link_is_claimed(struct omv_link *link, u8 channel)
{
	struct omv_client *client;

	lockdep_assert_held(&link->lock);
	list_for_each_entry(client, &link->clients, list)
		if (channel && client->claim == channel)
			return true;
	return false;
}

/**
 * omv_link_check_claim() - may the content of a channel be read
 * @link: link
 * @channel: channel id
 *
 * Any context; the caller does not hold the lock of the link.
 *
 * Return: 0, or -EBUSY if a client fetches frames from the channel
 */
int omv_link_check_claim(struct omv_link *link, u8 channel)
{
	unsigned long flags;
	bool claimed;

	spin_lock_irqsave(&link->lock, flags);
	claimed = omv_link_is_claimed(link, channel);
	spin_unlock_irqrestore(&link->lock, flags);
	return claimed ? -EBUSY : 0;
}

static void omv_client_scan_work(struct work_struct *work)
{
	struct omv_client *client = container_of(to_delayed_work(work),
						 struct omv_client, scan_work);
	struct omv_link *link = client->link;
	unsigned int generation = READ_ONCE(link->generation);
	unsigned long flags;
	int ret;

	if (READ_ONCE(link->disconnected))
		return;
	ret = client->ops->scan(client);
	WRITE_ONCE(client->nr_timeouts,
		   ret == -ETIMEDOUT ? client->nr_timeouts + 1 : 0);
	WRITE_ONCE(client->scanned, generation);
	wake_up_all(&link->wait);
	if (ret != -EALREADY)
		return;
	spin_lock_irqsave(&link->lock, flags);
	omv_client_scan(client, OMV_SCAN_AGAIN_MS);
	spin_unlock_irqrestore(&link->lock, flags);
}

/**
 * omv_link_add() - add a client to a link
 * @link: link, started or not
 * @client: zeroed client; must live as long as the link, or until
 *	omv_link_del()
 * @ops: callbacks of the client
 *
 * Callbacks are called in the order in which the clients were added. If the
 * session is up, &omv_client_ops.changed is called at once. Process context.
 */
void omv_link_add(struct omv_link *link, struct omv_client *client,
		  const struct omv_client_ops *ops)
{
	unsigned long flags;

	client->ops = ops;
	client->link = link;
	INIT_DELAYED_WORK(&client->scan_work, omv_client_scan_work);
	mutex_lock(&link->clients_lock);
	spin_lock_irqsave(&link->lock, flags);
	list_add_tail(&client->list, &link->clients);
	if (omv_link_is_ready(link)) {
		if (ops->changed)
			ops->changed(client, OMV_LINK_UP);
		if (ops->scan)
			omv_client_scan(client, 0);
		omv_link_rearm(link);
	}
	spin_unlock_irqrestore(&link->lock, flags);
	mutex_unlock(&link->clients_lock);
}

/**
 * omv_link_del() - remove a client from a link
 * @link: link, started or not
 * @client: client that was added
 *
 * &omv_client_ops.changed is called for the last time, with OMV_LINK_DOWN: the
 * client must cancel its requests. No callback runs afterwards. May sleep; the
 * caller holds no lock that a scan takes.
 */
void omv_link_del(struct omv_link *link, struct omv_client *client)
{
	unsigned long flags;

	mutex_lock(&link->clients_lock);
	spin_lock_irqsave(&link->lock, flags);
	omv_client_release(client);
	if (client->ops->changed)
		client->ops->changed(client, OMV_LINK_DOWN);
	client->claim = 0;
	list_del(&client->list);
	spin_unlock_irqrestore(&link->lock, flags);
	mutex_unlock(&link->clients_lock);
	cancel_delayed_work_sync(&client->scan_work);
}

/**
 * omv_link_written() - notify all other clients of a write to a channel
 * @from: the client that has written
 * @channel: channel id
 *
 * Any context; the caller holds the lock of the link.
 */
void omv_link_written(struct omv_client *from, u8 channel)
{
	struct omv_client *client;

	lockdep_assert_held(&from->link->lock);
	list_for_each_entry(client, &from->link->clients, list)
		if (client != from && client->ops->written)
			client->ops->written(client, channel);
}

/* ---- requests --------------------------------------------------------- */

/**
 * omv_link_wait_ready() - wait for a session
 * @link: link
 * @timeout_ms: timeout in ms
 *
 * Sleeps, interruptibly. The caller holds no spinlock.
 *
 * Return: 0, -ETIMEDOUT, -ENODEV if the camera is disconnected, or -ERESTARTSYS
 * on a signal
 */
int omv_link_wait_ready(struct omv_link *link, unsigned int timeout_ms)
{
	long left;

	left = wait_event_interruptible_timeout(link->wait,
						READ_ONCE(link->disconnected) ||
						omv_link_is_ready(link),
						msecs_to_jiffies(timeout_ms));
	if (left < 0)
		return left;
	if (READ_ONCE(link->disconnected))
		return -ENODEV;
	return left ? 0 : -ETIMEDOUT;
}

/**
 * omv_link_channel_id() - find a channel by name
 * @link: link
 * @name: name of the channel
 *
 * Use the id for one request only: a script may restart at any time, and ids
 * are then reused (T-31). Any context; the caller does not hold the lock of the
 * link.
 *
 * Return: the channel id, -EAGAIN without a session, -ENOENT if there is no
 * such channel
 */
int omv_link_channel_id(struct omv_link *link, const char *name)
{
	const struct omv_channel *channel;
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&link->lock, flags);
	channel = omv_host_find(&link->host, name);
	if (channel)
		ret = channel->id;
	else
		ret = link->host.state == OMV_HOST_READY ? -ENOENT : -EAGAIN;
	spin_unlock_irqrestore(&link->lock, flags);
	return ret;
}

/**
 * omv_link_write_max() - maximum number of data bytes in one WRITE
 * @link: link
 *
 * Any context; the caller does not hold the lock of the link.
 *
 * Return: bytes, 0 without a session
 */
u32 omv_link_write_max(struct omv_link *link)
{
	unsigned long flags;
	u32 ret;

	spin_lock_irqsave(&link->lock, flags);
	ret = omv_host_write_max(&link->host);
	spin_unlock_irqrestore(&link->lock, flags);
	return ret;
}

struct omv_waiter {
	struct omv_request req;
	struct completion done;
};

static void omv_request_done(struct omv_host *host, struct omv_request *req)
{
	complete(&container_of(req, struct omv_waiter, req)->done);
}

static int omv_request_submit(struct omv_link *link, struct omv_request *req)
{
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&link->lock, flags);
	ret = link->disconnected ? -ENODEV :
				   omv_host_submit(&link->host, req, omv_now());
	omv_link_rearm(link);
	spin_unlock_irqrestore(&link->lock, flags);
	return ret;
}

static void omv_request_cancel(struct omv_link *link, struct omv_request *req)
{
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	omv_host_cancel(&link->host, req);
	spin_unlock_irqrestore(&link->lock, flags);
}

static long omv_wait_state(struct completion *done, unsigned int timeout_ms,
			   unsigned int state)
{
	unsigned long timeout = msecs_to_jiffies(timeout_ms);

	switch (state) {
	case TASK_INTERRUPTIBLE:
		return wait_for_completion_interruptible_timeout(done, timeout);
	case TASK_KILLABLE:
		return wait_for_completion_killable_timeout(done, timeout);
	default:
		return wait_for_completion_timeout(done, timeout);
	}
}

static int omv_request_result(struct omv_link *link,
			      const struct omv_request *req)
{
	/* The session was stopped for a suspend, a reset or a restart. */
	if (req->result == -ENODEV && !READ_ONCE(link->disconnected))
		return -ECONNRESET;
	/* Any NAK but FAILED refuses the packet: the channel never saw it. */
	if (req->result == -EIO && req->nak && req->nak != OMV_ST_FAILED)
		return -ECONNRESET;
	return req->result;
}

/**
 * omv_request_sync() - send one request and wait for its response
 * @link: link
 * @req: the caller sets opcode, channel, offset, length, data, buf and size;
 *	the buffers may be on the stack, because they are not used for DMA
 * @timeout_ms: timeout in ms, usually OMV_REQUEST_MS
 * @state: what interrupts the wait: a signal (TASK_INTERRUPTIBLE), a fatal
 *	signal (TASK_KILLABLE), or nothing (TASK_UNINTERRUPTIBLE)
 *
 * Sleeps. The caller holds no spinlock.
 *
 * Return: as @result of struct omv_request, with these differences: -ENODEV
 * only if the camera is disconnected, -ECONNRESET also if the packet was
 * refused; or -ETIMEDOUT, or -ERESTARTSYS on a signal
 */
int omv_request_sync(struct omv_link *link, struct omv_request *req,
		     unsigned int timeout_ms, unsigned int state)
{
	struct omv_waiter waiter = { .req = *req };
	long left;
	int ret;

	waiter.req.complete = omv_request_done;
	init_completion(&waiter.done);
	ret = omv_request_submit(link, &waiter.req);
	if (ret)
		return ret;
	left = omv_wait_state(&waiter.done, timeout_ms, state);
	if (left <= 0) {
		omv_request_cancel(link, &waiter.req);
		return left ? -ERESTARTSYS : -ETIMEDOUT;
	}
	*req = waiter.req;
	return omv_request_result(link, req);
}

static int omv_request(struct omv_link *link, struct omv_request *req)
{
	return omv_request_sync(link, req, OMV_REQUEST_MS, TASK_INTERRUPTIBLE);
}

static int omv_request_word(struct omv_link *link, u8 opcode, int channel,
			    u32 *word)
{
	__le32 answer;
	struct omv_request req = {
		.opcode = opcode,
		.channel = channel,
		.buf = &answer,
		.size = sizeof(answer),
	};
	int ret = omv_request(link, &req);

	if (!ret)
		*word = le32_to_cpu(answer);
	return ret;
}

/**
 * omv_request_size() - SIZE: number of bytes that can be read (protocol 3.12)
 * @link: link
 * @channel: channel id
 * @size: number of bytes, set on success
 *
 * Context and errors: as omv_request_sync() with TASK_INTERRUPTIBLE
 *
 * Return: 0 or an error
 */
int omv_request_size(struct omv_link *link, int channel, u32 *size)
{
	return omv_request_word(link, OMV_OP_SIZE, channel, size);
}

/**
 * omv_request_poll() - POLL: which channels have new data (protocol 3.10)
 * @link: link
 * @ready: bitmap of channel ids, set on success
 *
 * Context and errors: as omv_request_sync() with TASK_INTERRUPTIBLE
 *
 * Return: 0 or an error
 */
int omv_request_poll(struct omv_link *link, u32 *ready)
{
	return omv_request_word(link, OMV_OP_POLL, 0, ready);
}

/**
 * omv_request_shape() - SHAPE: layout of the data (protocol 3.13)
 * @link: link
 * @channel: channel id
 * @dim: values, set on success
 * @count: number of values in @dim, set on success
 *
 * Context and errors: as omv_request_sync() with TASK_INTERRUPTIBLE
 *
 * Return: 0 or an error
 */
int omv_request_shape(struct omv_link *link, int channel,
		      u32 dim[OMV_SHAPE_DIMS], unsigned int *count)
{
	/*
	 * The tuple of a script may have any length; the camera sends garbage
	 * from the fifth value on (protocol 3.13).
	 */
	__le32 answer[OMV_MAX_CHANNELS];
	struct omv_request req = {
		.opcode = OMV_OP_SHAPE,
		.channel = channel,
		.buf = answer,
		.size = sizeof(answer),
	};
	unsigned int i;
	int ret;

	ret = omv_request(link, &req);
	if (ret)
		return ret;
	*count = min_t(u32, req.received / sizeof(answer[0]), OMV_SHAPE_DIMS);
	for (i = 0; i < *count; i++)
		dim[i] = le32_to_cpu(answer[i]);
	return 0;
}

/**
 * omv_request_read() - READ (protocol 3.14)
 * @link: link
 * @channel: channel id
 * @offset: offset of the first byte
 * @buf: destination; not used for DMA
 * @len: number of bytes; must not exceed the last SIZE (T-2)
 * @received: number of bytes in @buf; set also if an error truncated the
 *	response (T-3)
 *
 * Context and errors: as omv_request_sync() with TASK_INTERRUPTIBLE
 *
 * Return: 0 or an error
 */
int omv_request_read(struct omv_link *link, int channel, u32 offset, void *buf,
		     u32 len, u32 *received)
{
	struct omv_request req = {
		.opcode = OMV_OP_READ,
		.channel = channel,
		.offset = offset,
		.length = len,
		.buf = buf,
		.size = len,
	};
	int ret = omv_request(link, &req);

	*received = req.received;
	return ret;
}

static bool omv_link_is_script(struct omv_link *link, int channel)
{
	unsigned long flags;
	bool ret;

	spin_lock_irqsave(&link->lock, flags);
	ret = omv_host_channel_flags(&link->host, channel) & OMV_CHF_DYNAMIC;
	spin_unlock_irqrestore(&link->lock, flags);
	return ret;
}

/**
 * omv_request_write() - WRITE of one packet (protocol 3.15)
 * @link: link
 * @channel: channel id
 * @offset: offset of the first byte
 * @data: bytes; copied
 * @len: number of bytes, at most omv_link_write_max()
 *
 * FAILED counts as success on a channel of a script: most likely write()
 * returned None, as in the examples of the firmware (T-12).
 *
 * Context and errors: as omv_request_sync() with TASK_INTERRUPTIBLE
 *
 * Return: 0 or an error
 */
int omv_request_write(struct omv_link *link, int channel, u32 offset,
		      const void *data, u32 len)
{
	struct omv_request req = {
		.opcode = OMV_OP_WRITE,
		.channel = channel,
		.offset = offset,
		.data = data,
		.length = len,
	};
	bool script = omv_link_is_script(link, channel);
	int ret = omv_request(link, &req);

	return ret == -EIO && req.nak == OMV_ST_FAILED && script ? 0 : ret;
}

/**
 * omv_request_ioctl() - IOCTL (protocol 3.16)
 * @link: link
 * @channel: channel id
 * @code: request code
 * @arg: argument; copied
 * @len: number of bytes at @arg
 *
 * Context and errors: as omv_request_sync() with TASK_INTERRUPTIBLE
 *
 * Return: 0 or an error
 */
int omv_request_ioctl(struct omv_link *link, int channel, u32 code,
		      const void *arg, u32 len)
{
	struct omv_request req = {
		.opcode = OMV_OP_IOCTL,
		.channel = channel,
		.offset = code,
		.data = arg,
		.length = len,
	};

	return omv_request(link, &req);
}

/**
 * omv_request_lock() - LOCK (protocol 3.11)
 * @link: link
 * @channel: channel id
 *
 * Context and errors: as omv_request_sync() with TASK_INTERRUPTIBLE
 *
 * Return: 0, -EBUSY if refused (T-16), or another error
 */
int omv_request_lock(struct omv_link *link, int channel)
{
	struct omv_request req = { .opcode = OMV_OP_LOCK, .channel = channel };

	return omv_request(link, &req);
}

/**
 * omv_request_unlock() - UNLOCK (protocol 3.11)
 * @link: link
 * @channel: channel id
 * @state: what interrupts the wait, see omv_request_sync()
 *
 * Context and errors: as omv_request_sync()
 *
 * Return: 0 or an error
 */
int omv_request_unlock(struct omv_link *link, int channel, unsigned int state)
{
	struct omv_request req = {
		.opcode = OMV_OP_UNLOCK,
		.channel = channel,
	};

	return omv_request_sync(link, &req, OMV_REQUEST_MS, state);
}

/* ---- lifetime --------------------------------------------------------- */

/**
 * omv_link_init() - initialize a link; it is not started
 * @link: zeroed link
 * @comm: communication interface
 * @data: data interface
 * @in: bulk IN endpoint
 * @out: bulk OUT endpoint
 *
 * Process context.
 *
 * Return: 0 or -ENOMEM; the caller must call omv_link_free() in both cases
 */
int omv_link_init(struct omv_link *link, struct usb_interface *comm,
		  struct usb_interface *data,
		  struct usb_endpoint_descriptor *in,
		  struct usb_endpoint_descriptor *out)
{
	link->dev = &comm->dev;
	link->usb.lock = &link->lock;
	link->usb.receive = omv_link_receive;
	link->usb.ctx = link;
	link->tick_at = KTIME_MAX;
	spin_lock_init(&link->lock);
	INIT_LIST_HEAD(&link->clients);
	mutex_init(&link->clients_lock);
	init_waitqueue_head(&link->wait);
	omv_hrtimer_setup(&link->tick, omv_link_tick, CLOCK_MONOTONIC,
			  HRTIMER_MODE_ABS_SOFT);
	INIT_DELAYED_WORK(&link->link_work, omv_link_work);
	omv_host_init(&link->host, &omv_link_host_ops, link);
	link->workqueue = alloc_ordered_workqueue(OMV_DRIVER_NAME, 0);
	if (!link->workqueue)
		return -ENOMEM;
	return omv_usb_init(&link->usb, comm, data, in, out);
}

/**
 * omv_link_free() - free the resources of a link
 * @link: disconnected link, or link whose omv_link_init() failed
 *
 * Process context.
 */
void omv_link_free(struct omv_link *link)
{
	if (link->workqueue)
		destroy_workqueue(link->workqueue);
	omv_usb_free(&link->usb);
}
