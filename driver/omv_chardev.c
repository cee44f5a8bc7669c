// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an open channel node does. Documentation/ABI/openmv tells it to users.
 *
 * What is read is fetched as a whole and then kept with the open file, so that a
 * slow reader delays nobody.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "openmv.h"
#include "uapi/openmv.h"

/* Content of a channel, and what is written at once. */
#define OMV_NODE_MAX	SZ_1M

/* For a session that is broken just now. */
#define OMV_NODE_WAIT_MS	5000

/* Values that a SHAPE may bring. */
#define OMV_SHAPE_MAX	64

/* Somebody else, mostly the preview, may have locked a moment ago (T-16). */
#define OMV_LOCK_TRIES		8
#define OMV_LOCK_TRY_MS		12

/**
 * struct omv_open - an open file
 * @node:    node; the cdev holds it
 * @lock:    see the top of openmv.h; protects what follows
 * @content: of the channel, as of the last read at offset 0
 * @size:    bytes of it
 * @seen:    omv_node.news at that time
 * @end:     behind what was written last; under omv_node.write_lock
 * @more:    the console has more than was read
 * @locked:  by this file, or perhaps: it was not waited for
 * @locked_in: the session, by omv_host_stats.syncs: each unlocks all
 */
struct omv_open {
	struct omv_node *node;
	struct mutex lock;	/* see the top of openmv.h */
	void *content;
	u32 size;
	u32 seen;
	u32 end;
	bool more;
	bool locked;
	u64 locked_in;
};

/* A console: read in pieces, each of them once, and never at its end (9.2). */
static bool omv_node_is_console(const struct omv_node *node)
{
	return !(node->flags & OMV_CHF_DYNAMIC) &&
	       !strcmp(node->channel, OMV_CHANNEL_STDOUT);
}

/* ---- requests --------------------------------------------------------- */

static int omv_node_ready(struct omv_open *open, bool nonblock)
{
	struct omv_node *node = open->node;
	int id = omv_node_id(node);
	int ret;

	if (id != -EAGAIN || nonblock)
		return id;
	ret = omv_wait_ready(node->cam, OMV_NODE_WAIT_MS);
	return ret ?: omv_node_id(node);
}

/*
 * A request that is not made again after a signal: it may have been executed. A
 * refusal because of its id means that the channel went away just now.
 */
static int omv_node_request(struct omv_open *open, struct omv_request *req,
			    bool nonblock)
{
	unsigned long end = jiffies + msecs_to_jiffies(OMV_NODE_WAIT_MS);
	int id, ret;

	/* EAGAIN: it was never sent. */
	do {
		id = omv_node_ready(open, nonblock);
		if (id < 0)
			return id;
		req->channel = id;
		ret = omv_request(open->node->cam, req);
	} while (ret == -EAGAIN && !nonblock && time_before(jiffies, end));
	if (ret == -EINVAL && omv_node_id(open->node) == -ENODEV)
		return -ENODEV;
	return ret;
}

/*
 * What only asks may be asked again, in the next session: the script begins anew, or
 * something was lost.
 */
static bool omv_may_retry(int err, unsigned long end, bool nonblock)
{
	return (err == -ECONNRESET || err == -EAGAIN || err == -ETIMEDOUT) &&
	       !nonblock && time_before(jiffies, end);
}

static int omv_node_size(struct omv_open *open, bool nonblock, u32 *size)
{
	__le32 answer;
	struct omv_request req = {
		.opcode = OMV_OP_SIZE,
		.buf = &answer,
		.size = sizeof(answer),
	};
	int ret = omv_node_request(open, &req, nonblock);

	if (!ret)
		*size = le32_to_cpu(answer);
	return ret;
}

/* ---- reading ---------------------------------------------------------- */

/* What was there when @news was, has been seen. */
static void omv_open_sees(struct omv_open *open, u32 news)
{
	WRITE_ONCE(open->seen, news);
}

static bool omv_open_has_news(const struct omv_open *open)
{
	return READ_ONCE(open->seen) != READ_ONCE(open->node->news);
}

/*
 * READ @size bytes into a buffer of the file's own. Less may come, if the script
 * has run since its size() was asked (T-3, T-20).
 */
static int omv_open_fetch(struct omv_open *open, u32 size)
{
	struct omv_request req = {
		.opcode = OMV_OP_READ,
		.length = size,
		.size = size,
	};
	int ret;

	lockdep_assert_held(&open->lock);
	kvfree(open->content);
	open->size = 0;
	open->content = kvmalloc(size, GFP_KERNEL_ACCOUNT);
	if (!open->content)
		return -ENOMEM;
	req.buf = open->content;
	ret = omv_node_request(open, &req, true);
	if (ret == -EIO && req.received)
		ret = 0;
	if (!ret)
		open->size = req.received;
	return ret;
}

/* The whole of it, as it is now. */
static int omv_open_refresh(struct omv_open *open, bool nonblock)
{
	u32 news = READ_ONCE(open->node->news);
	u32 size;
	int ret;

	open->size = 0;
	ret = omv_node_size(open, nonblock, &size);
	if (!ret && size > OMV_NODE_MAX)
		ret = -EFBIG;
	if (!ret && size)
		ret = omv_open_fetch(open, size);
	if (!ret)
		omv_open_sees(open, news);
	return ret;
}

static ssize_t omv_read_content(struct omv_open *open, char __user *buf,
				size_t count, loff_t *pos, bool nonblock)
{
	int ret;

	if (!*pos) {
		ret = omv_open_refresh(open, nonblock);
		if (ret)
			return ret;
	}
	return simple_read_from_buffer(buf, count, pos, open->content,
				       open->size);
}

/*
 * What there is, up to @count. Another reader may have been faster: then the camera has
 * nothing to give.
 *
 * Return: bytes, 0 if there are none, or an error
 */
static ssize_t omv_console_take(struct omv_open *open, size_t count,
				bool nonblock)
{
	u32 news = READ_ONCE(open->node->news);
	u32 size, take;
	int ret;

	/* poll() would promise what a broken session can't keep. */
	open->more = false;
	ret = omv_node_size(open, nonblock, &size);
	if (ret)
		return ret;
	omv_open_sees(open, news);
	if (!size)
		return 0;
	take = min_t(size_t, size, min_t(size_t, count, SZ_64K));
	ret = omv_open_fetch(open, take);
	if (ret)
		return ret == -EIO ? 0 : ret;
	open->more = size > take;
	return open->size;
}

/* Wait if there is nothing; then @end is for a session that breaks after that. */
static ssize_t omv_read_console(struct omv_open *open, char __user *buf,
				size_t count, bool nonblock, unsigned long *end)
{
	struct omv_node *node = open->node;
	ssize_t ret;

	while (!(ret = omv_console_take(open, count, nonblock))) {
		if (nonblock)
			return -EAGAIN;
		ret = wait_event_interruptible(node->wait,
					       READ_ONCE(node->gone) ||
					       omv_open_has_news(open));
		if (ret)
			return ret;
		*end = jiffies + msecs_to_jiffies(OMV_NODE_WAIT_MS);
	}
	if (ret > 0 && copy_to_user(buf, open->content, ret))
		return -EFAULT;
	return ret;
}

static ssize_t omv_node_read(struct file *file, char __user *buf, size_t count,
			     loff_t *pos)
{
	struct omv_open *open = file->private_data;
	bool nonblock = file->f_flags & O_NONBLOCK;
	unsigned long end = jiffies + msecs_to_jiffies(OMV_NODE_WAIT_MS);
	ssize_t ret;

	if (!(open->node->flags & OMV_CHF_READ))
		return -EOPNOTSUPP;
	if (!count)
		return 0;
	if (mutex_lock_interruptible(&open->lock))
		return -ERESTARTSYS;
	do {
		if (READ_ONCE(open->node->gone))
			ret = -ENODEV;
		else if (omv_node_is_console(open->node))
			ret = omv_read_console(open, buf, count, nonblock,
					       &end);
		else
			ret = omv_read_content(open, buf, count, pos, nonblock);
	} while (omv_may_retry(ret, end, nonblock));
	mutex_unlock(&open->lock);
	return ret;
}

/* ---- writing ---------------------------------------------------------- */

static u32 omv_write_max(struct omv_camera *cam)
{
	unsigned long flags;
	u32 ret;

	spin_lock_irqsave(&cam->lock, flags);
	ret = omv_host_write_max(&cam->host);
	spin_unlock_irqrestore(&cam->lock, flags);
	return ret;
}

/*
 * From a script's channel FAILED most likely says that its write() returned
 * nothing (T-12), and not that nothing was written.
 */
static int omv_write_packet(struct omv_open *open, const void *data, u32 offset,
			    u32 len)
{
	struct omv_node *node = open->node;
	struct omv_request req = {
		.opcode = OMV_OP_WRITE,
		.offset = offset,
		.length = len,
		.data = data,
	};
	int ret = omv_node_request(open, &req, true);

	if (ret == -EIO && req.nak == OMV_ST_FAILED &&
	    (node->flags & OMV_CHF_DYNAMIC))
		return 0;
	return ret;
}

static int omv_write_packets(struct omv_open *open, const char *data,
			     u32 offset, u32 count)
{
	struct omv_node *node = open->node;
	u32 done, len;
	int ret = 0;

	lockdep_assert_held(&node->write_lock);
	for (done = 0; !ret && done < count; done += len) {
		len = min(count - done, omv_write_max(node->cam));
		ret = len ? omv_write_packet(open, data + done, offset + done,
					     len) : -EAGAIN;
		/* A part of it was written in a session that is over. */
		if (ret == -EAGAIN && done)
			ret = -ECONNRESET;
	}
	if (!ret)
		open->end = offset + count;
	/* What was sent once is not sent again by itself. */
	return ret == -ERESTARTSYS ? -EINTR : ret;
}

static int omv_write_all(struct omv_open *open, const char *data, u32 count,
			 unsigned int f_flags)
{
	unsigned long end = jiffies + msecs_to_jiffies(OMV_NODE_WAIT_MS);
	bool nonblock = f_flags & O_NONBLOCK;
	struct omv_node *node = open->node;
	unsigned long flags;
	int ret;

	if (mutex_lock_interruptible(&node->write_lock))
		return -ERESTARTSYS;
	/* EAGAIN: nothing was sent. */
	do {
		ret = omv_node_ready(open, nonblock);
		if (ret >= 0)
			ret = omv_write_packets(open, data,
						f_flags & O_APPEND ?
						open->end : 0, count);
	} while (ret == -EAGAIN && !nonblock && time_before(jiffies, end));
	mutex_unlock(&node->write_lock);

	/* If it was a knob that was turned, its control follows. */
	spin_lock_irqsave(&node->cam->lock, flags);
	omv_ctrl_event(node->cam, node->id);
	spin_unlock_irqrestore(&node->cam->lock, flags);
	return ret;
}

/*
 * Each is a message of its own, whatever was read or written before; with
 * O_APPEND it goes on from the last.
 */
static ssize_t omv_node_write(struct file *file, const char __user *buf,
			      size_t count, loff_t *pos)
{
	struct omv_open *open = file->private_data;
	char *data;
	int ret;

	if (!(open->node->flags & OMV_CHF_WRITE))
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
		ret = omv_write_all(open, data, count, file->f_flags);
	kvfree(data);
	return ret ?: count;
}

/* ---- the rest --------------------------------------------------------- */

static __poll_t omv_node_poll(struct file *file, poll_table *wait)
{
	struct omv_open *open = file->private_data;
	struct omv_node *node = open->node;
	__poll_t mask = 0;

	poll_wait(file, &node->wait, wait);
	if (READ_ONCE(node->gone))
		return EPOLLERR | EPOLLHUP;
	if (node->flags & OMV_CHF_WRITE)
		mask |= EPOLLOUT | EPOLLWRNORM;
	if (omv_open_has_news(open) || READ_ONCE(open->more))
		mask |= EPOLLIN | EPOLLRDNORM;
	return mask;
}

static loff_t omv_node_llseek(struct file *file, loff_t offset, int whence)
{
	struct omv_open *open = file->private_data;
	loff_t ret;

	if (omv_node_is_console(open->node))
		return -ESPIPE;
	mutex_lock(&open->lock);
	ret = fixed_size_llseek(file, offset, whence, open->size);
	mutex_unlock(&open->lock);
	return ret;
}

static int omv_node_open(struct inode *inode, struct file *file)
{
	struct omv_node *node = container_of(inode->i_cdev, struct omv_node,
					     cdev);
	struct omv_open *open;

	if (READ_ONCE(node->gone))
		return -ENODEV;
	open = kzalloc(sizeof(*open), GFP_KERNEL);
	if (!open)
		return -ENOMEM;
	open->node = node;
	mutex_init(&open->lock);
	/* What is there already is news to who opens it. */
	open->seen = READ_ONCE(node->news) - 1;
	file->private_data = open;
	return 0;
}

static u64 omv_session(struct omv_camera *cam)
{
	unsigned long flags;
	u64 ret;

	spin_lock_irqsave(&cam->lock, flags);
	ret = cam->host.stats.syncs;
	spin_unlock_irqrestore(&cam->lock, flags);
	return ret;
}

static bool omv_open_has_lock(struct omv_open *open)
{
	open->locked = open->locked &&
		       open->locked_in == omv_session(open->node->cam);
	return open->locked;
}

static int omv_unlock(struct omv_open *open)
{
	struct omv_request req = { .opcode = OMV_OP_UNLOCK };
	int id = omv_node_id(open->node);

	if (!omv_open_has_lock(open))
		return -EPERM;
	open->locked = false;
	if (id < 0)
		return id;
	req.channel = id;
	return omv_request_closing(open->node->cam, &req);
}

static int omv_node_close(struct inode *inode, struct file *file)
{
	struct omv_open *open = file->private_data;

	omv_unlock(open);
	kvfree(open->content);
	mutex_destroy(&open->lock);
	kfree(open);
	return 0;
}

/* ---- ioctls ----------------------------------------------------------- */

static int omv_lock(struct omv_open *open)
{
	struct omv_request req = { .opcode = OMV_OP_LOCK };
	int tries = OMV_LOCK_TRIES;
	int ret;

	if (omv_open_has_lock(open))
		return -EALREADY;
	do {
		open->locked_in = omv_session(open->node->cam);
		ret = omv_node_request(open, &req, false);
	} while (ret == -EBUSY && --tries && !msleep_interruptible(OMV_LOCK_TRY_MS));
	open->locked = !ret || ret == -ERESTARTSYS || ret == -ETIMEDOUT;
	return ret;
}

static int omv_get_shape(struct omv_open *open, struct openmv_shape *shape)
{
	/* More than it should have may come, and is of no use (3.13). */
	__le32 answer[OMV_SHAPE_MAX];
	struct omv_request req = {
		.opcode = OMV_OP_SHAPE,
		.buf = answer,
		.size = sizeof(answer),
	};
	unsigned int i;
	int ret;

	ret = omv_node_request(open, &req, false);
	if (ret)
		return ret;
	shape->count = min_t(u32, req.received / sizeof(answer[0]),
			     ARRAY_SIZE(shape->dim));
	for (i = 0; i < shape->count; i++)
		shape->dim[i] = le32_to_cpu(answer[i]);
	return 0;
}

static int omv_get_poll(struct omv_open *open, u32 *ready)
{
	__le32 answer;
	struct omv_request req = {
		.opcode = OMV_OP_POLL,
		.buf = &answer,
		.size = sizeof(answer),
	};
	int id = omv_node_ready(open, false);
	int ret;

	if (id < 0)
		return id;
	ret = omv_request(open->node->cam, &req);
	if (!ret)
		*ready = le32_to_cpu(answer) >> id & 1;
	return ret;
}

static void omv_get_event(struct omv_open *open, struct openmv_event *event)
{
	struct omv_node *node = open->node;
	unsigned long flags;

	spin_lock_irqsave(&node->cam->lock, flags);
	/* There is no other way to see what can't be read. */
	if (!(node->flags & OMV_CHF_READ))
		omv_open_sees(open, node->news);
	event->count = node->events;
	event->value = node->event;
	spin_unlock_irqrestore(&node->cam->lock, flags);
}

static int omv_command(struct omv_open *open, const void __user *arg)
{
	struct openmv_command command;
	struct omv_request req = { .opcode = OMV_OP_IOCTL };
	void *data;
	int ret;

	if (copy_from_user(&command, arg, sizeof(command)))
		return -EFAULT;
	if (command.length > OMV_MAX_PAYLOAD)
		return -EINVAL;
	data = memdup_user(u64_to_user_ptr(command.data), command.length);
	if (IS_ERR(data))
		return PTR_ERR(data);
	req.offset = command.code;
	req.length = command.length;
	req.data = data;
	ret = omv_node_request(open, &req, false);
	kfree(data);
	return ret;
}

union omv_answer {
	u32 number;
	struct openmv_shape shape;
	struct openmv_event event;
};

static int omv_node_ask(struct omv_open *open, unsigned int cmd,
			union omv_answer *answer)
{
	switch (cmd) {
	case OPENMV_IOC_SIZE:
		return omv_node_size(open, false, &answer->number);
	case OPENMV_IOC_SHAPE:
		return omv_get_shape(open, &answer->shape);
	case OPENMV_IOC_EVENT:
		omv_get_event(open, &answer->event);
		return 0;
	case OPENMV_IOC_POLL:
		return omv_get_poll(open, &answer->number);
	default:
		return -ENOTTY;
	}
}

static long omv_node_get(struct omv_open *open, unsigned int cmd,
			 void __user *arg)
{
	unsigned long end = jiffies + msecs_to_jiffies(OMV_NODE_WAIT_MS);
	union omv_answer answer = { };
	int ret;

	do {
		ret = omv_node_ask(open, cmd, &answer);
	} while (omv_may_retry(ret, end, false));
	if (!ret && copy_to_user(arg, &answer, _IOC_SIZE(cmd)))
		ret = -EFAULT;
	return ret;
}

static long omv_node_do(struct omv_open *open, unsigned int cmd,
			void __user *arg)
{
	switch (cmd) {
	case OPENMV_IOC_LOCK:
		return omv_lock(open);
	case OPENMV_IOC_UNLOCK:
		return omv_unlock(open);
	default:
		return omv_command(open, arg);
	}
}

static long omv_node_ioctl(struct file *file, unsigned int cmd,
			   unsigned long arg)
{
	struct omv_open *open = file->private_data;
	bool does = cmd == OPENMV_IOC_LOCK || cmd == OPENMV_IOC_UNLOCK ||
		    cmd == OPENMV_IOC_COMMAND;
	long ret;

	if (READ_ONCE(open->node->gone))
		return -ENODEV;
	if (!does)
		return omv_node_get(open, cmd, (void __user *)arg);
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (mutex_lock_interruptible(&open->lock))
		return -ERESTARTSYS;
	ret = omv_node_do(open, cmd, (void __user *)arg);
	mutex_unlock(&open->lock);
	return ret == -ERESTARTSYS ? -EINTR : ret;
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
