// SPDX-License-Identifier: GPL-2.0-only
/*
 * File operations of a channel node, see Documentation/ABI/testing/dev-openmv.
 *
 * read() fetches the whole content of a channel into a buffer of the open file,
 * so that a slow reader does not delay other users of the camera.
 */
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "omv_chardev.h"
#include "omv_link.h"
#include "uapi/openmv.h"

/* Maximum size of the content of a channel, and of one write(). */
#define OMV_NODE_MAX	SZ_1M

/*
 * Size of one READ, at least one packet. A frame that is announced meanwhile
 * waits for one READ only.
 */
#define OMV_PART_SIZE	SZ_8K

/* How often content is read in parts if the channel sends events meanwhile. */
#define OMV_PART_TRIES	3

/* How long a system call waits for a session and repeats requests, in ms. */
#define OMV_NODE_WAIT_MS	5000

/*
 * Number and interval of LOCKs: the camera refuses a LOCK within 10 ms after
 * another one, on any channel (T-16).
 */
#define OMV_LOCK_TRIES		8
#define OMV_LOCK_TRY_MS		12

/**
 * struct omv_file - an open file
 * @node:      node; the cdev holds a reference
 * @lock:      protects @content, @size, @locked and @locked_in; held during
 *	requests
 * @content:   content of the channel at the last read() from offset 0
 * @size:      number of bytes at @content
 * @seen_seq:  omv_node.event_seq at the last read of the content; poll()
 *	returns EPOLLIN while they differ
 * @end:       end offset of the last write(); protected by omv_node.write_lock
 * @more:      console: there is more text than was read
 * @locked:    this file holds, or may hold, the channel lock: LOCK was sent but
 *	its response was not received, or UNLOCK may not have been sent
 * @locked_in: session in which LOCK was sent; a new session unlocks all
 *	channels
 */
struct omv_file {
	struct omv_node *node;
	struct mutex lock;	/* see above */
	void *content;
	u32 size;
	u32 seen_seq;
	u32 end;
	bool more;
	bool locked;
	u64 locked_in;
};

/* Reading the console removes the text: it is a stream (protocol 9.2). */
static bool omv_node_is_console(const struct omv_node *node)
{
	return !(node->desc.flags & OMV_CHF_DYNAMIC) &&
	       !strcmp(node->desc.channel, OMV_CHANNEL_STDOUT);
}

/**
 * omv_node_notify() - wake up waiters and pollers of a node
 * @node: node
 *
 * Any context; the caller holds the lock of the link.
 */
void omv_node_notify(struct omv_node *node)
{
	lockdep_assert_held(&node->client->link->lock);
	WRITE_ONCE(node->event_seq, node->event_seq + 1);
	wake_up_interruptible(&node->wait);
}

/* The application has seen all events up to @seq. */
static void omv_file_set_seen_seq(struct omv_file *file, u32 seq)
{
	WRITE_ONCE(file->seen_seq, seq);
}

static bool omv_file_has_event(const struct omv_file *file)
{
	return READ_ONCE(file->seen_seq) != READ_ONCE(file->node->event_seq);
}

/* ---- sessions --------------------------------------------------------- */

/*
 * Return: channel id, for one request only, because a script may restart at any
 * time; -EAGAIN without a session; -ENODEV if the channel does not exist
 */
static int omv_node_id(struct omv_node *node)
{
	struct omv_link *link = node->client->link;
	const struct omv_channel *channel;
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&link->lock, flags);
	channel = omv_plan_channel(&link->host, &node->desc);
	if (node->removed || link->disconnected)
		ret = -ENODEV;
	else if (channel)
		ret = channel->id;
	else
		ret = omv_link_is_ready(link) ? -ENODEV : -EAGAIN;
	spin_unlock_irqrestore(&link->lock, flags);
	return ret;
}

/* Like omv_node_id(), but waits for a session unless @nonblock. */
static int omv_node_ready(struct omv_node *node, bool nonblock)
{
	int id = omv_node_id(node);
	int ret;

	if (id != -EAGAIN || nonblock)
		return id;
	ret = omv_link_wait_ready(node->client->link, OMV_NODE_WAIT_MS);
	return ret ?: omv_node_id(node);
}

/* Return: a number that differs for each session */
static u64 omv_node_session(struct omv_node *node)
{
	struct omv_link *link = node->client->link;
	unsigned long flags;
	u64 ret;

	spin_lock_irqsave(&link->lock, flags);
	ret = link->host.stats.syncs;
	spin_unlock_irqrestore(&link->lock, flags);
	return ret;
}

/**
 * struct omv_retry - policy of a system call for repeating requests
 * @nonblock: O_NONBLOCK: do not repeat requests or wait for a session
 * @end:      do not repeat requests after this time, in jiffies
 */
struct omv_retry {
	bool nonblock;
	unsigned long end;
};

static void omv_retry_restart(struct omv_retry *retry)
{
	retry->end = jiffies + msecs_to_jiffies(OMV_NODE_WAIT_MS);
}

static void omv_retry_init(struct omv_retry *retry, bool nonblock)
{
	retry->nonblock = nonblock;
	omv_retry_restart(retry);
}

/* For any request: repeat it if it was not sent, because the session ended. */
static bool omv_retry_unsent(const struct omv_retry *retry, int err)
{
	return err == -EAGAIN && !retry->nonblock &&
	       time_before(jiffies, retry->end);
}

/*
 * For a request that changes nothing on the camera: repeat it also if it may
 * have been sent before the session was lost.
 */
static bool omv_retry_query(const struct omv_retry *retry, int err)
{
	if (err == -ECONNRESET || err == -ETIMEDOUT)
		err = -EAGAIN;
	return omv_retry_unsent(retry, err);
}

/* ---- requests --------------------------------------------------------- */

/* Sends the request of omv_node_request(), and returns its result. */
typedef int (*omv_send_t)(struct omv_link *link, int id, void *arg);

/*
 * Send one request to the channel of a node, once. The caller decides whether
 * the request may be repeated, see struct omv_retry.
 */
static int omv_node_request(struct omv_node *node, bool nonblock,
			    omv_send_t send, void *arg)
{
	int id = omv_node_ready(node, nonblock);
	int ret;

	if (id < 0)
		return id;
	ret = send(node->client->link, id, arg);
	/* INVALID also means an unknown id: was the channel just removed? */
	if (ret == -EINVAL && omv_node_id(node) == -ENODEV)
		return -ENODEV;
	return ret;
}

static int omv_send_size(struct omv_link *link, int id, void *arg)
{
	return omv_request_size(link, id, arg);
}

static int omv_send_poll(struct omv_link *link, int id, void *arg)
{
	u32 *ready = arg;
	u32 all;
	int ret = omv_request_poll(link, &all);

	if (!ret)
		*ready = all >> id & 1;
	return ret;
}

static int omv_send_shape(struct omv_link *link, int id, void *arg)
{
	struct openmv_shape *shape = arg;

	return omv_request_shape(link, id, shape->dim, &shape->count);
}

/* ---- read ------------------------------------------------------------- */

/* The frames of a channel whose video node streams are not for others. */
static int omv_send_size_to_read(struct omv_link *link, int id, void *arg)
{
	return omv_link_check_claim(link, id) ?:
	       omv_request_size(link, id, arg);
}

/**
 * struct omv_part - one READ of a part of the content
 * @buf:      destination
 * @offset:   offset of the first byte
 * @len:      bytes to read
 * @received: bytes at @buf
 */
struct omv_part {
	void *buf;
	u32 offset;
	u32 len;
	u32 received;
};

static int omv_send_read(struct omv_link *link, int id, void *arg)
{
	struct omv_part *part = arg;

	return omv_link_check_claim(link, id) ?:
	       omv_request_read(link, id, part->offset, part->buf, part->len,
				&part->received);
}

/* Parts end where packets end. */
static u32 omv_part_max(struct omv_node *node)
{
	u32 packet = omv_link_write_max(node->client->link) +
		     sizeof(struct omv_range);

	return packet * max_t(u32, 1, OMV_PART_SIZE / packet);
}

/*
 * Fetch the next part. Must not wait for a new session: the size is from SIZE
 * in session @session, and a READ beyond the end may return other memory of the
 * camera (T-2).
 *
 * Return: number of bytes, fewer than @len if the content was changed since
 * SIZE (T-3, T-20), or an error
 */
static int omv_file_fetch_part(struct omv_file *file, u32 len, u64 session)
{
	struct omv_part part = {
		.buf = file->content + file->size,
		.offset = file->size,
		.len = len,
	};
	int ret;

	if (omv_node_session(file->node) != session)
		return -ECONNRESET;
	ret = omv_node_request(file->node, true, omv_send_read, &part);
	if (ret == -EIO && part.offset + part.received)
		ret = 0;
	return ret ?: part.received;
}

/**
 * struct omv_fetch - how the content is fetched
 * @session: session in which the size was requested
 * @seq:     omv_node.event_seq before that
 * @part:    maximum number of bytes of one READ
 */
struct omv_fetch {
	u64 session;
	u32 seq;
	u32 part;
};

/*
 * The last part ends at @size, which releases the content of some channels
 * (protocol 12.3).
 *
 * Return: 0; -ESTALE if the channel sent an event before the last of several
 * parts was requested, so that the parts may not belong together; or another
 * error
 */
static int omv_file_fetch_parts(struct omv_file *file, u32 size,
				const struct omv_fetch *fetch)
{
	u32 len;
	int ret;

	do {
		len = min(size - file->size, fetch->part);
		if (file->size &&
		    READ_ONCE(file->node->event_seq) != fetch->seq)
			return -ESTALE;
		ret = omv_file_fetch_part(file, len, fetch->session);
		if (ret < 0)
			return ret;
		file->size += ret;
	} while (ret == len && file->size < size);
	return 0;
}

/* Fetch @size bytes into the buffer of the file. */
static int omv_file_fetch(struct omv_file *file, u32 size,
			  const struct omv_fetch *fetch)
{
	int ret;

	lockdep_assert_held(&file->lock);
	kvfree(file->content);
	file->size = 0;
	file->content = kvmalloc(size, GFP_KERNEL_ACCOUNT);
	if (!file->content)
		return -ENOMEM;
	ret = omv_file_fetch_parts(file, size, fetch);
	if (ret)
		file->size = 0;
	return ret;
}

/*
 * SIZE.
 *
 * Return: number of bytes or an error; @fetch is set
 */
static s64 omv_file_size(struct omv_file *file, bool nonblock,
			 struct omv_fetch *fetch)
{
	struct omv_node *node = file->node;
	u32 size;
	int ret;

	fetch->seq = READ_ONCE(node->event_seq);
	ret = omv_node_ready(node, nonblock);
	if (ret < 0)
		return ret;
	fetch->session = omv_node_session(node);
	fetch->part = omv_part_max(node);
	ret = omv_node_request(node, nonblock, omv_send_size_to_read, &size);
	/* Not "ret ?: size", which is unsigned. */
	return ret ? ret : (s64)size;
}

static int omv_file_try_refresh(struct omv_file *file, bool nonblock,
				bool parts)
{
	struct omv_fetch fetch;
	s64 size;
	int ret;

	file->size = 0;
	size = omv_file_size(file, nonblock, &fetch);
	if (size < 0)
		return size;
	if (size > OMV_NODE_MAX)
		return -EFBIG;
	if (!parts)
		fetch.part = OMV_NODE_MAX;
	ret = size ? omv_file_fetch(file, size, &fetch) : 0;
	if (!ret)
		omv_file_set_seen_seq(file, fetch.seq);
	return ret;
}

/*
 * Fetch the current content. If the channel sends events faster than the parts
 * can be read, use one READ: the script does not run meanwhile (T-20).
 */
static int omv_file_refresh(struct omv_file *file, bool nonblock)
{
	int tries = OMV_PART_TRIES;
	int ret;

	do {
		ret = omv_file_try_refresh(file, nonblock, tries);
	} while (ret == -ESTALE && tries--);
	return ret;
}

static ssize_t omv_read_content(struct omv_file *file, char __user *buf,
				size_t count, loff_t *pos, bool nonblock)
{
	int ret;

	if (!*pos) {
		ret = omv_file_refresh(file, nonblock);
		if (ret)
			return ret;
	}
	return simple_read_from_buffer(buf, count, pos, file->content,
				       file->size);
}

/*
 * Fetch up to @count bytes of console text. READ fails if another open file has
 * fetched the text since SIZE.
 *
 * Return: number of bytes, 0 if there is no text, or an error
 */
static ssize_t omv_console_fetch(struct omv_file *file, size_t count,
				 bool nonblock)
{
	struct omv_fetch fetch;
	s64 size;
	u32 len;
	int ret;

	/* After an error poll() must not return EPOLLIN because of @more. */
	WRITE_ONCE(file->more, false);
	size = omv_file_size(file, nonblock, &fetch);
	if (size < 0)
		return size;
	omv_file_set_seen_seq(file, fetch.seq);
	/* One part: READ of the console has no offset. */
	len = min_t(size_t, count, min_t(u32, size, fetch.part));
	if (!len)
		return 0;
	ret = omv_file_fetch(file, len, &fetch);
	if (ret)
		return ret == -EIO ? 0 : ret;
	WRITE_ONCE(file->more, size > len);
	return file->size;
}

static ssize_t omv_read_console(struct omv_file *file, char __user *buf,
				size_t count, struct omv_retry *retry)
{
	struct omv_node *node = file->node;
	ssize_t ret;

	while (!(ret = omv_console_fetch(file, count, retry->nonblock))) {
		if (retry->nonblock)
			return -EAGAIN;
		ret = wait_event_interruptible(node->wait,
					       READ_ONCE(node->removed) ||
					       omv_file_has_event(file));
		if (ret)
			return ret;
		/* The wait for text does not count as retries. */
		omv_retry_restart(retry);
	}
	if (ret > 0 && copy_to_user(buf, file->content, ret))
		return -EFAULT;
	return ret;
}

static ssize_t omv_node_read(struct file *filp, char __user *buf, size_t count,
			     loff_t *pos)
{
	struct omv_file *file = filp->private_data;
	struct omv_node *node = file->node;
	struct omv_retry retry;
	ssize_t ret;

	if (!(node->desc.flags & OMV_CHF_READ))
		return -EOPNOTSUPP;
	if (!count)
		return 0;
	omv_retry_init(&retry, filp->f_flags & O_NONBLOCK);
	if (mutex_lock_interruptible(&file->lock))
		return -ERESTARTSYS;
	do {
		if (READ_ONCE(node->removed))
			ret = -ENODEV;
		else if (omv_node_is_console(node))
			ret = omv_read_console(file, buf, count, &retry);
		else
			ret = omv_read_content(file, buf, count, pos,
					       retry.nonblock);
	} while (omv_retry_query(&retry, ret));
	mutex_unlock(&file->lock);
	return ret;
}

/* ---- write ------------------------------------------------------------ */

/**
 * struct omv_message - progress of a write()
 * @data:   next byte to send
 * @count:  number of bytes left
 * @offset: offset of the next byte in the channel
 */
struct omv_message {
	const char *data;
	u32 count;
	u32 offset;
};

/* Send as many bytes as fit into one packet. */
static int omv_send_write(struct omv_link *link, int id, void *arg)
{
	struct omv_message *message = arg;
	u32 len = min(message->count, omv_link_write_max(link));
	int ret;

	if (!len)
		return -EAGAIN;
	ret = omv_request_write(link, id, message->offset, message->data, len);
	if (!ret) {
		message->data += len;
		message->count -= len;
		message->offset += len;
	}
	return ret;
}

/* Send a message in one session. The caller holds omv_node.write_lock. */
static int omv_node_send(struct omv_node *node, struct omv_message *message)
{
	u32 begin = message->offset;
	int ret;

	lockdep_assert_held(&node->write_lock);
	do {
		ret = omv_node_request(node, true, omv_send_write, message);
	} while (!ret && message->count);
	/* The session ended after a part of the message was sent. */
	if (ret == -EAGAIN && message->offset != begin)
		return -ECONNRESET;
	/* The data may have been sent: the system call must not restart. */
	return ret == -ERESTARTSYS ? -EINTR : ret;
}

/* With O_APPEND a message continues after the last message of this file. */
static int omv_file_send(struct omv_file *file, const char *data, u32 count,
			 unsigned int f_flags)
{
	struct omv_message message = { .data = data, .count = count };
	int ret;

	ret = omv_node_ready(file->node, f_flags & O_NONBLOCK);
	if (ret < 0)
		return ret;
	if (f_flags & O_APPEND)
		message.offset = file->end;
	if (message.offset > U32_MAX - count)
		return -EFBIG;
	ret = omv_node_send(file->node, &message);
	if (!ret)
		file->end = message.offset;
	return ret;
}

/* Notify the controls, which may have changed with the write. */
static void omv_node_written(struct omv_node *node)
{
	struct omv_link *link = node->client->link;
	const struct omv_channel *channel;
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	channel = omv_plan_channel(&link->host, &node->desc);
	if (channel)
		omv_link_written(node->client, channel->id);
	spin_unlock_irqrestore(&link->lock, flags);
}

static int omv_file_write(struct omv_file *file, const char *data, u32 count,
			  unsigned int f_flags)
{
	struct omv_node *node = file->node;
	struct omv_retry retry;
	int ret;

	omv_retry_init(&retry, f_flags & O_NONBLOCK);
	if (mutex_lock_interruptible(&node->write_lock))
		return -ERESTARTSYS;
	do {
		ret = omv_file_send(file, data, count, f_flags);
	} while (omv_retry_unsent(&retry, ret));
	mutex_unlock(&node->write_lock);
	omv_node_written(node);
	return ret;
}

/* Ignores the file position: each write() is one message. */
static ssize_t omv_node_write(struct file *filp, const char __user *buf,
			      size_t count, loff_t *pos)
{
	struct omv_file *file = filp->private_data;
	char *data;
	int ret;

	if (!(file->node->desc.flags & OMV_CHF_WRITE))
		return -EOPNOTSUPP;
	if (!count)
		return 0;
	if (count > OMV_NODE_MAX)
		return -EFBIG;
	data = kvmalloc(count, GFP_KERNEL_ACCOUNT);
	if (!data)
		return -ENOMEM;
	if (copy_from_user(data, buf, count))
		ret = -EFAULT;
	else
		ret = omv_file_write(file, data, count, filp->f_flags);
	kvfree(data);
	return ret ?: count;
}

/* ---- lock ------------------------------------------------------------- */

static bool omv_file_has_lock(struct omv_file *file)
{
	file->locked = file->locked &&
		       file->locked_in == omv_node_session(file->node);
	return file->locked;
}

static int omv_send_lock(struct omv_link *link, int id, void *arg)
{
	struct omv_file *file = arg;

	file->locked_in = omv_node_session(file->node);
	return omv_request_lock(link, id);
}

static int omv_file_lock_once(struct omv_file *file)
{
	struct omv_retry retry;
	int ret;

	omv_retry_init(&retry, false);
	do {
		ret = omv_node_request(file->node, false, omv_send_lock, file);
	} while (omv_retry_unsent(&retry, ret));
	return ret;
}

static int omv_file_lock(struct omv_file *file)
{
	unsigned int tries = OMV_LOCK_TRIES;
	int ret;

	if (omv_file_has_lock(file))
		return -EALREADY;
	do {
		ret = omv_file_lock_once(file);
	} while (ret == -EBUSY && --tries &&
		 !msleep_interruptible(OMV_LOCK_TRY_MS));
	file->locked = !ret || ret == -ERESTARTSYS || ret == -ETIMEDOUT;
	return ret;
}

static int omv_file_unlock(struct omv_file *file, unsigned int state)
{
	struct omv_node *node = file->node;
	int id, ret;

	if (!omv_file_has_lock(file))
		return -EPERM;
	file->locked = false;
	id = omv_node_id(node);
	if (id < 0)
		return id;
	ret = omv_request_unlock(node->client->link, id, state);
	/* UNLOCK may not have been sent: close() must send it. */
	file->locked = ret == -ERESTARTSYS;
	return ret;
}

/* ---- open, close, seek, poll ------------------------------------------ */

static int omv_node_open(struct inode *inode, struct file *filp)
{
	struct omv_node *node = container_of(inode->i_cdev, struct omv_node,
					     cdev);
	struct omv_file *file;

	if (READ_ONCE(node->removed))
		return -ENODEV;
	file = kzalloc(sizeof(*file), GFP_KERNEL);
	if (!file)
		return -ENOMEM;
	file->node = node;
	mutex_init(&file->lock);
	/* poll() returns EPOLLIN until the first read(). */
	omv_file_set_seen_seq(file, READ_ONCE(node->event_seq) - 1);
	filp->private_data = file;
	return 0;
}

static int omv_node_close(struct inode *inode, struct file *filp)
{
	struct omv_file *file = filp->private_data;

	/*
	 * Not TASK_KILLABLE: the files of a killed process are closed with the
	 * signal still pending. The signal would cancel an UNLOCK that is still
	 * queued, and the channel would stay locked until the next session.
	 */
	omv_file_unlock(file, TASK_UNINTERRUPTIBLE);
	kvfree(file->content);
	mutex_destroy(&file->lock);
	kfree(file);
	return 0;
}

static loff_t omv_node_llseek(struct file *filp, loff_t offset, int whence)
{
	struct omv_file *file = filp->private_data;
	loff_t ret;

	if (omv_node_is_console(file->node))
		return -ESPIPE;
	/* A read() may hold the lock for seconds. */
	if (mutex_lock_killable(&file->lock))
		return -EINTR;
	ret = fixed_size_llseek(filp, offset, whence, file->size);
	mutex_unlock(&file->lock);
	return ret;
}

static __poll_t omv_node_poll(struct file *filp, poll_table *wait)
{
	struct omv_file *file = filp->private_data;
	struct omv_node *node = file->node;
	__poll_t mask = 0;

	poll_wait(filp, &node->wait, wait);
	if (READ_ONCE(node->removed))
		return EPOLLERR | EPOLLHUP;
	if (node->desc.flags & OMV_CHF_WRITE)
		mask |= EPOLLOUT | EPOLLWRNORM;
	if (omv_file_has_event(file) || READ_ONCE(file->more))
		mask |= EPOLLIN | EPOLLRDNORM;
	return mask;
}

/* ---- ioctls ----------------------------------------------------------- */

union omv_answer {
	u32 number;
	struct openmv_shape shape;
	struct openmv_event event;
};

static int omv_file_get_event(struct omv_file *file, struct openmv_event *event)
{
	struct omv_node *node = file->node;
	struct omv_link *link = node->client->link;
	unsigned long flags;

	spin_lock_irqsave(&link->lock, flags);
	/* A channel without read() is not read: reset EPOLLIN here. */
	if (!(node->desc.flags & OMV_CHF_READ))
		omv_file_set_seen_seq(file, node->event_seq);
	event->count = node->events;
	event->value = node->event;
	spin_unlock_irqrestore(&link->lock, flags);
	return 0;
}

static int omv_file_query(struct omv_file *file, unsigned int cmd,
			  union omv_answer *answer)
{
	struct omv_node *node = file->node;

	switch (cmd) {
	case OPENMV_IOC_SIZE:
		return omv_node_request(node, false, omv_send_size,
					&answer->number);
	case OPENMV_IOC_SHAPE:
		return omv_node_request(node, false, omv_send_shape,
					&answer->shape);
	case OPENMV_IOC_POLL:
		return omv_node_request(node, false, omv_send_poll,
					&answer->number);
	case OPENMV_IOC_EVENT:
		return omv_file_get_event(file, &answer->event);
	default:
		return -ENOTTY;
	}
}

static long omv_ioctl_query(struct file *filp, unsigned int cmd,
			    void __user *arg)
{
	union omv_answer answer = { };
	struct omv_retry retry;
	int ret;

	omv_retry_init(&retry, false);
	do {
		ret = omv_file_query(filp->private_data, cmd, &answer);
	} while (omv_retry_query(&retry, ret));
	if (!ret && copy_to_user(arg, &answer, _IOC_SIZE(cmd)))
		ret = -EFAULT;
	return ret;
}

/**
 * struct omv_command - request of OPENMV_IOC_COMMAND
 * @code:   code of the request
 * @length: number of bytes at @data
 * @data:   arguments
 */
struct omv_command {
	u32 code;
	u32 length;
	const void *data;
};

static int omv_send_command(struct omv_link *link, int id, void *arg)
{
	const struct omv_command *command = arg;

	return omv_request_ioctl(link, id, command->code, command->data,
				 command->length);
}

static int omv_file_command(struct omv_file *file, const void __user *arg)
{
	struct openmv_command user;
	struct omv_command command;
	struct omv_retry retry;
	void *data;
	int ret;

	if (copy_from_user(&user, arg, sizeof(user)))
		return -EFAULT;
	if (user.length > OMV_MAX_PAYLOAD)
		return -EINVAL;
	data = memdup_user(u64_to_user_ptr(user.data), user.length);
	if (IS_ERR(data))
		return PTR_ERR(data);
	command.code = user.code;
	command.length = user.length;
	command.data = data;
	omv_retry_init(&retry, false);
	do {
		ret = omv_node_request(file->node, false, omv_send_command,
				       &command);
	} while (omv_retry_unsent(&retry, ret));
	kfree(data);
	return ret;
}

static int omv_file_change(struct omv_file *file, unsigned int cmd,
			   void __user *arg)
{
	switch (cmd) {
	case OPENMV_IOC_LOCK:
		return omv_file_lock(file);
	case OPENMV_IOC_UNLOCK:
		return omv_file_unlock(file, TASK_INTERRUPTIBLE);
	default:
		return omv_file_command(file, arg);
	}
}

static long omv_ioctl_change(struct file *filp, unsigned int cmd,
			     void __user *arg)
{
	struct omv_file *file = filp->private_data;
	long ret;

	if (!(filp->f_mode & FMODE_WRITE))
		return -EBADF;
	if (mutex_lock_interruptible(&file->lock))
		return -ERESTARTSYS;
	ret = omv_file_change(file, cmd, arg);
	mutex_unlock(&file->lock);
	/* The request may have been sent: the system call must not restart. */
	return ret == -ERESTARTSYS ? -EINTR : ret;
}

static long omv_node_ioctl(struct file *filp, unsigned int cmd,
			   unsigned long arg)
{
	struct omv_file *file = filp->private_data;

	if (READ_ONCE(file->node->removed))
		return -ENODEV;
	switch (cmd) {
	case OPENMV_IOC_LOCK:
	case OPENMV_IOC_UNLOCK:
	case OPENMV_IOC_COMMAND:
		return omv_ioctl_change(filp, cmd, (void __user *)arg);
	default:
		return omv_ioctl_query(filp, cmd, (void __user *)arg);
	}
}

const struct file_operations omv_node_fops = {
	.owner = THIS_MODULE,
	.open = omv_node_open,
	.release = omv_node_close,
	.read = omv_node_read,
	.write = omv_node_write,
	.poll = omv_node_poll,
	.llseek = omv_node_llseek,
	.unlocked_ioctl = omv_node_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};
