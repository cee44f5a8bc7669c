// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "camera.h"
#include "python_priv.h"
#include "source_impl.h"

#define NS_PER_S	1000000000ull
#define NS_PER_MS	1000000ull

#define STOP_NS		NS_PER_S	/* for except and finally of a script that is stopped */
#define CALL_MS		10000		/* a method that takes longer hangs */
#define QUICK_MS	20		/* one that takes longer must not hold up the port */
#define PUMP_MS		100
#define NO_PICTURE	U32_MAX

/* What the script prints. */

/* Lines end in CR LF, as those of a camera. */
static void printed(void *ctx, const char *text, u32 len)
{
	struct python *py = ctx;
	char line[513];
	u32 n = 0;

	for (u32 i = 0; i < len; i++) {
		if (text[i] == '\n' && !py->cr)
			line[n++] = '\r';
		py->cr = text[i] == '\r';
		line[n++] = text[i];
		if (n >= sizeof(line) - 2 || i == len - 1) {
			camera_print(py->cam, line, n);
			n = 0;
		}
	}
}

/* The process has ended by itself, or was killed. */
static void lost(struct python *py)
{
	int status = py->in.status;

	if (py->died)
		return;
	py->died = true;
	if (WIFSIGNALED(status))
		printf("omvcam: the interpreter was ended by signal %d\n", WTERMSIG(status));
	else
		printf("omvcam: the interpreter has ended with status %d\n", WEXITSTATUS(status));
}

static void give_up(struct python *py, const char *why)
{
	printf("omvcam: %s: the interpreter is killed\n", why);
	interp_kill(&py->in);
	py->died = true;
}

/* Requests of the script. */

static void reply(struct python *py, const struct interp_message *to, bool failed, u32 a,
		  const void *data, u32 len)
{
	struct interp_message msg = {
		.op = INTERP_REPLY, .tag = to->tag, .what = failed, .a = a,
	};

	interp_send(&py->in, msg, data, len);
}

static void answer_register(struct python *py, const struct interp_message *msg, const u8 *data)
{
	char name[OMV_NAME_SIZE] = "";
	u8 id;

	memcpy(name, data, msg->len < sizeof(name) ? msg->len : sizeof(name) - 1);
	id = python_register(py, msg->a, msg->b, name);
	reply(py, msg, !id, id, NULL, 0);
}

static void answer_event(struct python *py, const struct interp_message *msg)
{
	struct omv_device *dev = &py->cam->dev;
	bool ack = msg->b & INTERP_EVENT_ACK;
	int err;

	if (ack)
		err = omv_device_event_ack(dev, msg->a, msg->b);
	else
		err = omv_device_event(dev, msg->a, msg->b);
	/* A backend cannot wait: the protocol does not go on before it returns (T-29). */
	if (ack && !err && !py->calling && omv_device_is_sending(dev)) {
		py->unheard = true;
		py->unheard_tag = msg->tag;
	} else {
		reply(py, msg, err, 0, NULL, 0);
	}
}

static bool is_heard(const struct python *py)
{
	return py->unheard && !omv_device_is_sending(&py->cam->dev);
}

static void heard(struct python *py)
{
	struct interp_message to = { .tag = py->unheard_tag };

	py->unheard = false;
	reply(py, &to, false, 0, NULL, 0);
}

/* A call from a backend does not wait: neither the script nor the protocol goes on. */
static void answer_snapshot(struct python *py, const struct interp_message *msg, const u8 *data)
{
	struct python_shots *s = &py->shots;
	struct interp_shot shot;
	u64 now = port_now();

	if (msg->len != sizeof(shot)) {
		reply(py, msg, true, 0, NULL, 0);
		return;
	}
	memcpy(&shot, data, sizeof(shot));
	if (shot.flags & INTERP_DUE) {
		reply(py, msg, false, now >= s->next, NULL, 0);
	} else if (py->calling) {
		reply(py, msg, false, python_shoot(py, &shot, now), NULL, 0);
	} else if (shot.flags & INTERP_NOW && now < s->next) {
		reply(py, msg, false, NO_PICTURE, NULL, 0);
	} else {
		s->waits = true;
		s->tag = msg->tag;
		s->shot = shot;
	}
}

/* The sensor keeps its rate; a script that is late misses pictures. */
static void shoot(struct python *py, u64 now)
{
	struct python_shots *s = &py->shots;
	struct interp_message to = { .tag = s->tag };
	u32 fps = py->cam->opt.script.fps;
	u64 period;

	if (s->shot.fps && (!fps || s->shot.fps < fps))
		fps = s->shot.fps;
	period = fps ? NS_PER_S / fps : 0;
	if (period)
		s->next += ((now - s->next) / period + 1) * period;
	s->waits = false;
	reply(py, &to, false, python_shoot(py, &s->shot, now), NULL, 0);
}

static void answer_convert(struct python *py, const struct interp_message *msg, const u8 *data)
{
	struct interp_convert c;
	u8 *out = NULL;
	u32 len = 0;

	if (msg->len >= sizeof(c)) {
		memcpy(&c, data, sizeof(c));
		if (c.from.offset != INTERP_INLINE || c.from.len <= msg->len - sizeof(c))
			len = python_convert(py, &c, data + sizeof(c), &out);
	}
	reply(py, msg, !len, len, out, out ? len : 0);
	free(out);
}

static void answer_publish(struct python *py, const struct interp_message *msg, const u8 *data)
{
	struct interp_image image;

	if (msg->len >= sizeof(image)) {
		memcpy(&image, data, sizeof(image));
		if (image.offset != INTERP_INLINE || image.len <= msg->len - sizeof(image))
			python_publish(py, &image, data + sizeof(image), port_now());
	}
	reply(py, msg, false, 0, NULL, 0);
}

static void answer_blobs(struct python *py, const struct interp_message *msg, const u8 *data)
{
	struct blob *found;
	int n = python_blobs(py, data, msg->len, &found);

	reply(py, msg, n < 0, n, found, n > 0 ? n * sizeof(*found) : 0);
	free(found);
}

static void handle(struct python *py, const struct interp_message *msg, const u8 *data)
{
	switch (msg->op) {
	case INTERP_IDLE:
		py->ended = true;
		py->stop_at = PORT_NEVER;
		break;
	case INTERP_READY:
		if (py->gate == GATE_ASKED)
			py->gate = GATE_OPEN;
		break;
	case INTERP_REGISTER:
		answer_register(py, msg, data);
		break;
	case INTERP_EVENT:
		answer_event(py, msg);
		break;
	case INTERP_ACTIVE:
		reply(py, msg, false, py->cam->active, NULL, 0);
		break;
	case INTERP_SNAPSHOT:
		answer_snapshot(py, msg, data);
		break;
	case INTERP_CONVERT:
		answer_convert(py, msg, data);
		break;
	case INTERP_PUBLISH:
		answer_publish(py, msg, data);
		break;
	case INTERP_BLOBS:
		answer_blobs(py, msg, data);
		break;
	case INTERP_RESET:
		py->cam->reset = true;
		break;
	}
}

/* Calls of backends. */

static bool told_to_end(void)
{
	sigset_t set;

	return !sigpending(&set) && (sigismember(&set, SIGTERM) || sigismember(&set, SIGINT));
}

/* The port stays alive, as the USB hardware of a camera whose script hangs. */
static void pump(struct python *py)
{
	struct port *port = py->cam->port;
	struct pollfd fds[2] = {
		{ .fd = py->in.event, .events = POLLIN },
		{ .fd = -1 },
	};

	if (port)
		port->ops->prepare(port, &fds[1]);
	poll(fds, 2, PUMP_MS);
	if (port && fds[1].revents)
		port->ops->handle(port, fds[1].revents);
}

/* Return: false if it does not come */
static bool wait_value(struct python *py, struct interp_message *msg, const u8 **data)
{
	struct pollfd pfd = { .fd = py->in.event, .events = POLLIN };
	u64 start = port_now(), now = start;

	while (now - start < CALL_MS * NS_PER_MS && !told_to_end()) {
		while (interp_next(&py->in, msg, data)) {
			if (msg->op == INTERP_VALUE)
				return true;
			handle(py, msg, *data);
		}
		if (!py->in.pid) {
			lost(py);
			return false;
		}
		if (now - start < QUICK_MS * NS_PER_MS)
			poll(&pfd, 1, QUICK_MS);
		else
			pump(py);
		now = port_now();
	}
	give_up(py, "a method of a backend does not return");
	return false;
}

enum interp_result python_call(struct python *py, struct interp_message *call, const u8 **data,
			       u32 len)
{
	struct interp_message msg;
	bool came;

	if (py->gate != GATE_OPEN || py->calling || py->stuck || !py->in.pid)
		return INTERP_LOST;
	call->op = INTERP_CALL;
	interp_send(&py->in, *call, *data, len);
	py->calling = true;
	came = wait_value(py, &msg, data);
	py->calling = false;
	if (!came)
		return INTERP_LOST;
	*call = msg;
	if (msg.what == INTERP_STUCK) {
		printf("omvcam: what a backend's method returned stops the protocol (T-32)\n");
		py->stuck = true;
	}
	return msg.what;
}

bool python_enter(struct python *py)
{
	struct interp_message msg = { .op = INTERP_ATTEND };
	struct omv_device *dev = &py->cam->dev;

	if (py->stuck)
		return false;
	if (!py->in.pid)
		return true;
	if (py->gate == GATE_SHUT && omv_device_deadline(dev) != U64_MAX) {
		interp_send(&py->in, msg, NULL, 0);
		py->gate = GATE_ASKED;
	}
	if (py->gate != GATE_OPEN)
		return false;
	/* What readp() gives is checked there: size() is called for SIZE only, as on a camera. */
	for (u32 i = 0; i < py->count; i++)
		dev->channels[py->channels[i].id].size = U32_MAX;
	return true;
}

void python_leave(struct python *py)
{
	struct interp_message msg = { .op = INTERP_RELEASE };

	if (py->gate != GATE_OPEN || (omv_device_deadline(&py->cam->dev) != U64_MAX && !py->stuck))
		return;
	interp_send(&py->in, msg, NULL, 0);
	py->gate = GATE_SHUT;
}

bool python_waits(const struct python *py)
{
	return py->stuck || (py->in.pid && py->gate == GATE_ASKED);
}

bool python_stuck(const struct python *py)
{
	return py->stuck;
}

int python_fd(const struct python *py)
{
	return py->in.event;
}

/* Scripts. */

enum python_end python_run(struct python *py, u64 now)
{
	struct interp_message msg;
	const u8 *data;
	bool ended;

	while (interp_next(&py->in, &msg, &data)) {
		py->alive = true;
		handle(py, &msg, data);
	}
	if (!py->in.pid)
		lost(py);
	if (py->shots.waits && py->gate != GATE_OPEN && now >= py->shots.next)
		shoot(py, now);
	if (is_heard(py))
		heard(py);
	if (now >= py->stop_at && !py->ended)
		give_up(py, "the script does not stop");
	/* One that cannot even begin is not started again. */
	if (py->died)
		return py->alive ? PYTHON_DIED : PYTHON_RUNS;
	ended = py->ended;
	py->ended = false;
	return ended ? PYTHON_ENDED : PYTHON_RUNS;
}

u64 python_deadline(const struct python *py)
{
	u64 next = py->stop_at;

	if (py->ended || (py->died && py->alive) || is_heard(py))
		return 0;
	if (py->shots.waits && py->gate != GATE_OPEN && py->shots.next < next)
		next = py->shots.next;
	return next;
}

void python_exec(struct python *py, const char *name, const void *text, u32 len)
{
	struct interp_message msg = { .op = INTERP_EXEC };
	size_t head = strlen(name) + 1;
	char *both = malloc(head + len);

	if (!both)
		return;
	memcpy(both, name, head);
	memcpy(both + head, text, len);
	interp_send(&py->in, msg, both, head + len);
	free(both);
}

void python_stop(struct python *py)
{
	struct interp_message msg = { .op = INTERP_STOP };

	interp_send(&py->in, msg, NULL, 0);
	if (py->stop_at == PORT_NEVER)
		py->stop_at = port_now() + STOP_NS;
}

static void forget(struct python *py)
{
	python_frames_reset(py);
	py->gate = GATE_SHUT;
	py->stuck = py->ended = py->died = py->alive = false;
	py->stop_at = PORT_NEVER;
	py->count = 0;
	py->cr = false;
	py->shots.next = port_now();
}

/* The directory of main.py is that of the camera's files: a script may import from there. */
static void set_flash(const char *script)
{
	const char *end = strrchr(script, '/');
	char *dir = strndup(script, end ? end - script + 1 : 0);

	setenv("OMV_FLASH", dir && *dir ? dir : "./", 1);
	free(dir);
}

void python_reboot(struct python *py)
{
	interp_kill(&py->in);
	forget(py);
	set_flash(py->cam->opt.python.script);
	setenv("OMV_BOARD", py->cam->opt.board->name, 1);
	setenv("OMV_SERIAL", py->cam->opt.serial, 1);
	if (!interp_start(&py->in, &py->command))
		fprintf(stderr, "omvcam: the interpreter cannot be started: %s\n", strerror(errno));
}

static void run_main(struct python *py)
{
	char why[256] = "";
	const char *path = py->cam->opt.python.script, *name = strrchr(path, '/');
	u32 len;
	u8 *text = file_read(path, &len, why, sizeof(why));

	if (!text) {
		fprintf(stderr, "omvcam: %s\n", why);
		return;
	}
	python_exec(py, name ? name + 1 : path, text, len);
	free(text);
}

void python_power(struct python *py, bool on)
{
	interp_kill(&py->in);
	forget(py);
	if (!on)
		return;
	python_reboot(py);
	run_main(py);
}

struct python *python_new(struct camera *cam, char *why, size_t size)
{
	struct python *py = calloc(1, sizeof(*py));
	u32 len;
	u8 *text = file_read(cam->opt.python.script, &len, why, size);

	free(text);
	if (!py) {
		snprintf(why, size, "out of memory");
		return NULL;
	}
	py->cam = cam;
	py->command = cam->opt.python.command;
	py->in.text = printed;
	py->in.ctx = py;
	if (!text || !interp_find(&py->command, why, size)) {
		free(py);
		return NULL;
	}
	if (!interp_init(&py->in)) {
		snprintf(why, size, "no memory for pictures: %s", strerror(errno));
		python_free(py);
		return NULL;
	}
	forget(py);
	return py;
}

void python_free(struct python *py)
{
	if (!py)
		return;
	interp_free(&py->in);
	source_close(py->shots.source);
	for (u32 i = 0; i < ARRAY_SIZE(py->channels); i++) {
		free(py->channels[i].data[0]);
		free(py->channels[i].data[1]);
	}
	free(py);
}
