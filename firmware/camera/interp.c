// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "interp.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define HEAP		"heapsize=32m"
#define SEND_MS		5000	/* a process that takes nothing for so long is dead */
#define PIPE_SIZE	65536
#define PATH_SIZE	4096

/* Finding it. */

static bool usable(const char *path, const char *name)
{
	char full[PATH_SIZE];

	snprintf(full, sizeof(full), "%s/%s", path, name);
	return !access(full, R_OK);
}

static const char *in_path(const char *name)
{
	static char found[PATH_SIZE];
	char path[PATH_SIZE], *save = NULL;

	snprintf(path, sizeof(path), "%s", getenv("PATH") ? getenv("PATH") : "/usr/bin");
	for (char *dir = strtok_r(path, ":", &save); dir; dir = strtok_r(NULL, ":", &save)) {
		snprintf(found, sizeof(found), "%.3000s/%s", dir, name);
		if (!access(found, X_OK))
			return found;
	}
	return NULL;
}

/* Where tests/micropython/interpreter puts that of Debian 13. */
static const char *in_cache(void)
{
	static char found[PATH_SIZE];
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	if (cache && *cache)
		snprintf(found, sizeof(found), "%s/openmv/micropython/micropython", cache);
	else
		snprintf(found, sizeof(found), "%s/.cache/openmv/micropython/micropython",
			 home ? home : "/root");
	return access(found, X_OK) ? NULL : found;
}

/* Set @found to the directory @where, seen from that of the program that runs. */
static bool beside_program(const char *where, char found[PATH_SIZE])
{
	char dir[PATH_SIZE];
	ssize_t len = readlink("/proc/self/exe", dir, sizeof(dir) - 64);

	while (len > 0 && dir[len - 1] != '/')
		len--;
	strcpy(dir + (len > 0 ? len : 0), where);
	return realpath(dir, found);
}

/* That of build/omvcam in the source tree, or that of /usr/bin/omvcam. */
static const char *found_modules(void)
{
	static char found[PATH_SIZE];

	if (beside_program("../firmware/micropython/sim", found) ||
	    beside_program("../share/openmv/sim", found))
		return found;
	return "firmware/micropython/sim";
}

bool interp_find(struct interp_command *cmd, char *why, size_t size)
{
	if (!cmd->program)
		cmd->program = getenv("OMV_MICROPYTHON");
	if (!cmd->program)
		cmd->program = in_path("micropython");
	if (!cmd->program)
		cmd->program = in_cache();
	if (!cmd->program || access(cmd->program, X_OK)) {
		snprintf(why, size, "%s%sno MicroPython: install Debian's package micropython, or "
			 "run tests/micropython/interpreter once, or name it with --micropython",
			 cmd->program ? cmd->program : "", cmd->program ? ": " : "");
		return false;
	}
	if (!cmd->modules)
		cmd->modules = getenv("OMV_MICROPYTHON_MODULES");
	if (!cmd->modules)
		cmd->modules = found_modules();
	if (usable(cmd->modules, "_main.py"))
		return true;
	snprintf(why, size, "%s: the modules of the simulated camera are not there: name their "
		 "directory with --modules", cmd->modules);
	return false;
}

/* The process. */

bool interp_init(struct interp *in)
{
	in->pid = 0;
	in->socket = in->out = -1;
	in->memory = memfd_create("pictures", MFD_CLOEXEC);
	in->event = epoll_create1(EPOLL_CLOEXEC);
	in->pictures = NULL;
	if (in->memory < 0 || in->event < 0 || ftruncate(in->memory, INTERP_MEMORY))
		return false;
	in->pictures = mmap(NULL, INTERP_MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED, in->memory, 0);
	if (in->pictures == MAP_FAILED)
		in->pictures = NULL;
	return in->pictures;
}

void interp_free(struct interp *in)
{
	interp_kill(in);
	if (in->pictures)
		munmap(in->pictures, INTERP_MEMORY);
	if (in->memory >= 0)
		close(in->memory);
	if (in->event >= 0)
		close(in->event);
	free(in->rx);
	in->rx = NULL;
}

/* In the new process. The descriptors are moved out of the way of 1, 3 and 4 first. */
static __attribute__((noreturn)) void child(const struct interp *in,
					    const struct interp_command *cmd, int sock, int out)
{
	char path[PATH_SIZE], main_py[PATH_SIZE];
	int null = open("/dev/null", O_RDONLY);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sock = fcntl(sock, F_DUPFD, 10);
	out = fcntl(out, F_DUPFD, 10);
	null = fcntl(null, F_DUPFD, 10);
	dup2(fcntl(in->memory, F_DUPFD, 10), 4);
	dup2(null, 0);
	dup2(out, 1);
	dup2(sock, 3);
	for (int fd = 5; fd < 32; fd++)
		close(fd);
	snprintf(path, sizeof(path), "%s:.frozen", cmd->modules);
	snprintf(main_py, sizeof(main_py), "%s/_main.py", cmd->modules);
	setenv("MICROPYPATH", path, 1);
	execl(cmd->program, cmd->program, "-X", HEAP, main_py, (char *)NULL);
	_exit(127);
}

static void watch(const struct interp *in, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN };

	epoll_ctl(in->event, EPOLL_CTL_ADD, fd, &ev);
	fcntl(fd, F_SETFL, O_NONBLOCK);
}

bool interp_start(struct interp *in, const struct interp_command *cmd)
{
	int sock[2], out[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sock))
		return false;
	if (pipe2(out, O_CLOEXEC)) {
		close(sock[0]);
		close(sock[1]);
		return false;
	}
	pid = fork();
	if (!pid)
		child(in, cmd, sock[1], out[1]);
	close(sock[1]);
	close(out[1]);
	in->socket = sock[0];
	in->out = out[0];
	in->pid = pid > 0 ? pid : 0;
	in->rx_at = in->rx_len = 0;
	watch(in, in->socket);
	watch(in, in->out);
	return pid > 0;
}

static void drain(struct interp *in)
{
	char text[4096];
	ssize_t len;

	/* More than the pipe holds has not been printed before now. */
	for (u32 n = 0; in->out >= 0 && n < 2 * PIPE_SIZE; n += len) {
		len = read(in->out, text, sizeof(text));
		if (len <= 0)
			break;
		in->text(in->ctx, text, len);
	}
}

/* The socket is at its end: that of the process is near. */
static void ended(struct interp *in)
{
	if (!in->pid)
		return;
	kill(in->pid, SIGKILL);
	waitpid(in->pid, &in->status, 0);
	in->pid = 0;
	drain(in);
	close(in->socket);
	close(in->out);
	in->socket = in->out = -1;
}

void interp_kill(struct interp *in)
{
	ended(in);
	in->rx_at = in->rx_len = 0;
}

/* Messages. */

static bool send_all(struct interp *in, const void *data, u32 len)
{
	const u8 *at = data;

	while (len) {
		ssize_t n = send(in->socket, at, len, MSG_NOSIGNAL);
		struct pollfd pfd = { .fd = in->socket, .events = POLLOUT };

		if (n > 0) {
			at += n;
			len -= n;
		} else if (n < 0 && errno == EAGAIN) {
			drain(in);
			if (poll(&pfd, 1, SEND_MS) == 0)
				return false;
		} else if (n < 0 && errno != EINTR) {
			return false;
		}
	}
	return true;
}

void interp_send(struct interp *in, struct interp_message msg, const void *data, u32 len)
{
	msg.len = len;
	if (in->pid && (!send_all(in, &msg, sizeof(msg)) || !send_all(in, data, len)))
		ended(in);
}

static bool make_room(struct interp *in, u32 want)
{
	u32 size = want > 65536 ? want : 65536;
	u8 *rx;

	if (in->rx_at) {
		in->rx_len -= in->rx_at;
		memmove(in->rx, in->rx + in->rx_at, in->rx_len);
		in->rx_at = 0;
	}
	if (in->rx_size >= size)
		return true;
	rx = realloc(in->rx, size);
	if (!rx)
		return false;
	in->rx = rx;
	in->rx_size = size;
	return true;
}

/* Bytes of the message at the front as far as they are known. */
static u32 wanted(const struct interp *in, struct interp_message *msg)
{
	if (in->rx_len - in->rx_at < sizeof(*msg))
		return sizeof(*msg);
	memcpy(msg, in->rx + in->rx_at, sizeof(*msg));
	return msg->len > INTERP_MAX ? U32_MAX : sizeof(*msg) + msg->len;
}

bool interp_next(struct interp *in, struct interp_message *msg, const u8 **data)
{
	u32 want = wanted(in, msg);
	ssize_t n;

	while (in->pid && in->rx_len - in->rx_at < want) {
		if (want == U32_MAX || !make_room(in, want)) {
			ended(in);
			break;
		}
		n = read(in->socket, in->rx + in->rx_len, in->rx_size - in->rx_len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n <= 0)
			ended(in);
		else
			in->rx_len += n;
		want = wanted(in, msg);
	}
	drain(in);
	if (want == U32_MAX || in->rx_len - in->rx_at < want)
		return false;
	*data = in->rx + in->rx_at + sizeof(*msg);
	in->rx_at += want;
	return true;
}
