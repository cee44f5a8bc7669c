// SPDX-License-Identifier: GPL-2.0-only
/*
 * omvctl read, write, watch
 */
#include "omvctl.h"
#include "compare.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The content may change between SIZE and READ: repeat the read (T-20). */
#define READ_TRIES	3

/* After a message: how long a script may take to apply it, and how often to look. */
#define CHECK_MS	500
#define CHECK_PAUSE_MS	50

/* Larger content is not compared: reading it may take seconds. */
#define CHECK_MAX	65536

/* After the end of a script: time for the reboot, and for the driver to remove channels. */
#define REMOVAL_MS	1500

/* How long a read is repeated while there is no session. */
#define RETRY_MS	5000

/* The firmware removes console output from its buffer when it is read: read it in pieces. */
static bool is_console(const struct channel *ch)
{
	return !strcmp(ch->name, "stdout") && !(ch->flags & CHANNEL_DYNAMIC);
}

/* ---- reading ---------------------------------------------------------- */

/* After EAGAIN. Return: true if all was read; false if there is no session */
static bool is_drained(int fd)
{
	__u32 size;

	return !ioctl(fd, OPENMV_IOC_SIZE, &size) && !size;
}

/* Return: number of bytes, or -1 with errno set */
static ssize_t read_once(int fd, char *data, bool pieces)
{
	size_t len = 0;
	ssize_t n;

	if (!pieces && lseek(fd, 0, SEEK_SET))
		return -1;
	do {
		n = read(fd, data + len, CONTENT_MAX - len);
		if (n < 0 && pieces && errno == EAGAIN && (len || is_drained(fd)))
			break;
		if (n < 0)
			return -1;
		len += n;
	} while (n && len < CONTENT_MAX);
	return len;
}

static ssize_t read_content(int fd, char *data, bool pieces)
{
	long long end = now_ms() + RETRY_MS;
	int tries = READ_TRIES;
	ssize_t len;

	do {
		len = read_once(fd, data, pieces);
		if (len >= 0)
			return len;
		if (errno == EIO ? !--tries : !is_broken(errno))
			return -1;
		pause_ms(50);
	} while (now_ms() < end && !interrupted());
	return -1;
}

static void print_content(const struct args *args, const char *data, size_t len, bool line)
{
	if (!args->raw && isatty(STDOUT_FILENO) && !is_text(data, len)) {
		hexdump(data, len);
		return;
	}
	fwrite(data, 1, len, stdout);
	if (line && !args->raw && len && data[len - 1] != '\n')
		putchar('\n');
}

int do_read(const struct args *args)
{
	struct camera *cam = pick_camera(args, true);
	const struct channel *ch = pick_channel(cam, args->word[0]);
	const char *name = args->count > 1 ? args->word[1] : "-";
	bool pieces = is_console(ch);
	char *data = must(malloc(CONTENT_MAX));
	struct json_object *obj;
	ssize_t len;
	int fd;

	if (!(ch->flags & CHANNEL_READ))
		die_of(cam, ch, "read", EOPNOTSUPP);
	fd = open_channel(cam, ch, O_RDONLY | (pieces ? O_NONBLOCK : 0));
	len = read_content(fd, data, pieces);
	if (len < 0)
		die_of(cam, ch, "read", errno);
	if (args->json) {
		obj = json_object_new_object();
		json_add_string(obj, "channel", ch->name);
		json_add_int(obj, "size", len);
		json_add_content(obj, data, len);
		json_document(obj);
	} else if (strcmp(name, "-")) {
		save(name, data, len);
	} else {
		print_content(args, data, len, args->lines);
	}
	free(data);
	close(fd);
	return 0;
}

/* ---- writing ---------------------------------------------------------- */

static char *what_to_write(const struct args *args, size_t *len)
{
	if (args->file && args->count > 1)
		die(STATUS_USAGE, "give either a text or --file, not both");
	if (args->file)
		return read_input(args->file, len);
	if (args->count < 2 || !strcmp(args->word[1], "-"))
		return read_input("-", len);
	*len = strlen(args->word[1]);
	return must(strdup(args->word[1]));
}

/**
 * struct check - whether a channel took a message: neither ACK nor FAILED says so (T-12)
 * @fd:     node, open for reading; -1 if the channel is not checked
 * @before: content before the message
 * @event:  last event before it
 * @data:   content after it
 * @why:    what differs
 */
struct check {
	int fd;
	struct content before;
	struct openmv_event event;
	char *data;
	char why[256];
};

static void check_end(struct check *check)
{
	if (check->fd >= 0)
		close(check->fd);
	check->fd = -1;
	free((char *)check->before.data);
	free(check->data);
	check->before.data = NULL;
	check->data = NULL;
}

/* Return: false if there is nothing to compare, or too much */
static bool check_read(struct check *check, char *data, struct content *content)
{
	ssize_t len;
	__u32 size;

	/* First the size: a queue of answers that is empty stays as it is. */
	if (ioctl(check->fd, OPENMV_IOC_SIZE, &size) || !size || size > CHECK_MAX)
		return false;
	len = read_content(check->fd, data, false);
	*content = (struct content){ data, len < 0 ? 0 : len };
	return len > 0;
}

/*
 * Only channels of scripts: the others have no content that a message replaces. One without
 * content before the message is not checked: it may be for commands, or have a queue.
 */
static void check_begin(struct check *check, const struct camera *cam, const struct channel *ch)
{
	char path[128];

	check->fd = -1;
	if (!(ch->flags & CHANNEL_READ) || !(ch->flags & CHANNEL_DYNAMIC))
		return;
	channel_path(cam, ch, path, sizeof(path));
	check->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (check->fd < 0)
		return;
	check->before.data = must(malloc(CONTENT_MAX));
	check->data = must(malloc(CONTENT_MAX));
	if (ioctl(check->fd, OPENMV_IOC_EVENT, &check->event) ||
	    !check_read(check, (char *)check->before.data, &check->before))
		check_end(check);
}

/* Scripts may apply a message later, with the next picture: then look again. */
static enum taken check_message(struct check *check, const struct content *message)
{
	long long end = now_ms() + CHECK_MS;
	struct openmv_event event;
	struct content after;
	enum taken taken;

	check->why[0] = 0;
	if (check->fd < 0)
		return TAKEN_UNKNOWN;
	for (;;) {
		if (!check_read(check, check->data, &after) ||
		    ioctl(check->fd, OPENMV_IOC_EVENT, &event))
			return TAKEN_UNKNOWN;
		taken = compare_content(&check->before, &after, message,
					event.count != check->event.count, check->why,
					sizeof(check->why));
		if (taken == TAKEN_ALL || taken == TAKEN_UNKNOWN || now_ms() > end)
			return taken;
		pause_ms(CHECK_PAUSE_MS);
	}
}

/* Return: exit status */
static int report_write(const struct args *args, const struct channel *ch, size_t len,
			enum taken taken, const char *why)
{
	static const char *const words[] = {
		[TAKEN_UNKNOWN] = "unknown",
		[TAKEN_ALL] = "all",
		[TAKEN_OTHER] = "other",
		[TAKEN_NOT] = "no",
	};
	struct json_object *obj;

	if (taken == TAKEN_NOT)
		warn("the camera may not have taken what was written to %s: %s", ch->node, why);
	else if (taken == TAKEN_OTHER)
		warn("%s was written, but reads back differently: %s", ch->node, why);
	if (args->json) {
		obj = json_object_new_object();
		json_add_string(obj, "channel", ch->name);
		json_add_int(obj, "size", len);
		json_add_string(obj, "taken", words[taken]);
		json_document(obj);
	}
	return taken == TAKEN_NOT ? STATUS_NOT_TAKEN : 0;
}

int do_write(const struct args *args)
{
	struct camera *cam = pick_camera(args, true);
	const struct channel *ch = pick_channel(cam, args->word[0]);
	struct check check = { .fd = -1 };
	struct content message;
	enum taken taken;
	int fd, status;
	char *data;
	size_t len;

	if (!(ch->flags & CHANNEL_WRITE))
		die_of(cam, ch, "write", EOPNOTSUPP);
	data = what_to_write(args, &len);
	if (!len)
		die(STATUS_FAILED, "there is nothing to write: a message must have at least one byte");
	fd = open_channel(cam, ch, O_WRONLY);
	if (!args->no_check)
		check_begin(&check, cam, ch);
	/* A message is one write(). It may have arrived although that failed: do not repeat it. */
	if (write(fd, data, len) != (ssize_t)len)
		die_of(cam, ch, "write", errno);
	message = (struct content){ data, len };
	taken = check_message(&check, &message);
	status = report_write(args, ch, len, taken, check.why);
	check_end(&check);
	close(fd);
	free(data);
	return status;
}

/* ---- watching --------------------------------------------------------- */

/**
 * struct watch - state of a watched channel
 * @event: last event
 * @data:  content
 * @len:   bytes of @data; -1 if it was not read yet or cannot be read
 */
struct watch {
	struct openmv_event event;
	char *data;
	ssize_t len;
};

static void print_event(const struct args *args, const struct watch *now)
{
	struct json_object *obj;
	bool has_value = now->event.count && now->event.value != 0xffff;

	if (args->json) {
		obj = json_object_new_object();
		json_object_object_add(obj, "event", has_value ?
				       json_object_new_int(now->event.value) : NULL);
		json_add_int(obj, "count", now->event.count);
		if (now->len >= 0)
			json_add_content(obj, now->data, now->len);
		json_line(obj);
		return;
	}
	if (now->len >= 0)
		print_content(args, now->data, now->len, true);
	else if (has_value)
		printf("event %u\n", now->event.value);
	else
		printf("event\n");
	fflush(stdout);
	if (ferror(stdout))
		exit(STATUS_FAILED);
}

static bool has_changed(const struct watch *before, const struct watch *now, bool readable)
{
	if (!readable)
		return now->event.count != before->event.count;
	if (now->len < 0)
		return false;
	return before->len < 0 || now->event.count != before->event.count ||
	       now->len != before->len || memcmp(now->data, before->data, now->len);
}

static void read_state(const struct camera *cam, const struct channel *ch, int fd,
		       struct watch *now)
{
	bool readable = ch->flags & CHANNEL_READ;

	if (ioctl(fd, OPENMV_IOC_EVENT, &now->event))
		die_of(cam, ch, "watch", errno);
	if (!readable)
		return;
	now->len = read_content(fd, now->data, is_console(ch));
	if (now->len < 0 && (errno == ENODEV || errno == EFBIG || errno == EINVAL))
		die_of(cam, ch, "read", errno);
	/* Continue after any other error: reading may succeed at the next event. */
	if (now->len < 0 && !interrupted())
		warn("cannot read %s now: %s", ch->node, strerror(errno));
}

/**
 * struct life - whether a script runs; only for channels of scripts
 * @fd:        node of stdin; -1 if that can't be opened: then nothing is known
 * @event:     last event of stdin
 * @runs:      a script runs
 * @report_at: when to report that the last one has ended, 0 if there is nothing to report
 */
struct life {
	int fd;
	struct openmv_event event;
	bool runs;
	long long report_at;
};

static void life_open(struct life *life, const struct camera *cam, const struct channel *ch)
{
	const struct channel *in = find_channel(cam, "stdin");
	char path[128];
	__u32 bit;

	life->fd = -1;
	if (!in || !(ch->flags & CHANNEL_DYNAMIC))
		return;
	channel_path(cam, in, path, sizeof(path));
	life->fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (life->fd < 0)
		return;
	life->runs = true;
	if (!ioctl(life->fd, OPENMV_IOC_EVENT, &life->event) &&
	    !ioctl(life->fd, OPENMV_IOC_POLL, &bit) && !bit) {
		life->runs = false;
		life->report_at = now_ms();
	}
}

/*
 * The channels of main.py, and of boot.py, stay when it ends, and nobody refreshes them (T-23).
 * Those of any other script are removed, but only after the soft reboot: wait for that before
 * anything is reported.
 */
static void life_check(struct life *life)
{
	struct openmv_event last = life->event;

	if (life->fd < 0 || ioctl(life->fd, OPENMV_IOC_EVENT, &life->event) ||
	    life->event.count == last.count)
		return;
	if (!life->event.value && life->runs)
		life->report_at = now_ms() + REMOVAL_MS;
	/* Two events may have come: the end of one script and the beginning of another. */
	if (life->event.value && life->event.count - last.count > 1 && life->runs)
		life->report_at = now_ms() + REMOVAL_MS;
	life->runs = life->event.value;
}

static void life_report(struct life *life, const struct channel *ch)
{
	if (!life->report_at || now_ms() < life->report_at)
		return;
	life->report_at = 0;
	if (life->runs)
		warn("the script has ended and another one runs: channel %s may be of the ended one",
		     ch->node);
	else
		warn("the script has ended: channel %s stays, but no script refreshes it", ch->node);
}

/* Return: for poll() */
static int life_timeout(const struct life *life)
{
	long long left = life->report_at - now_ms();

	if (!life->report_at)
		return -1;
	return left > 0 ? left : 0;
}

int do_watch(const struct args *args)
{
	struct camera *cam = pick_camera(args, true);
	const struct channel *ch = pick_channel(cam, args->word[0]);
	bool readable = ch->flags & CHANNEL_READ;
	int fd = open_channel(cam, ch, (readable ? O_RDONLY : O_WRONLY) | O_NONBLOCK);
	struct pollfd fds[] = {
		{ .fd = fd, .events = POLLIN },
		{ .events = POLLIN },
	};
	struct watch before = { .len = -1 }, now = { .len = -1 }, old;
	struct life life = { };
	short revents[2] = { POLLIN };

	before.data = must(malloc(CONTENT_MAX));
	now.data = must(malloc(CONTENT_MAX));
	life_open(&life, cam, ch);
	/* poll() ignores a descriptor of -1. */
	fds[1].fd = life.fd;
	catch_interrupts();
	while (!interrupted()) {
		if (revents[0])
			read_state(cam, ch, fd, &now);
		if (revents[0] && has_changed(&before, &now, readable) &&
		    (now.len || !is_console(ch))) {
			print_event(args, &now);
			old = before;
			before = now;
			now.data = old.data;
		}
		life_check(&life);
		life_report(&life, ch);
		if (wait_for(fds, 2, life_timeout(&life), revents) < 0)
			continue;
		if (revents[0] & (POLLERR | POLLHUP))
			die_of(cam, ch, "watch", ENODEV);
	}
	if (life.fd >= 0)
		close(life.fd);
	free(before.data);
	free(now.data);
	close(fd);
	return 0;
}
