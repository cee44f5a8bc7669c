// SPDX-License-Identifier: GPL-2.0-only
/*
 * omvctl run, stop: scripts (section 12.7 of the protocol).
 *
 * A script that is uploaded while another one runs is lost (T-24), and so is one that is
 * uploaded between the end of a script and the soft reboot that follows. Only root can see
 * the state of the session in debugfs; other users recognize the reboot by a request that
 * fails or takes long.
 */
#include "omvctl.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define STDIN_NODE	"stdin"

/* Bytes per write(): small enough to show progress and to react to an interrupt. */
#define UPLOAD_CHUNK	4096

#define START_TRIES	2	/* T-25 */
#define UPLOAD_TRIES	3	/* the session may end during the upload */
#define STOP_ROUNDS	3	/* after the reboot, boot.py must be stopped, too */
#define STOP_MS		5000
#define STOP_AGAIN_MS	1000	/* T-25 */
#define END_EVENT_MS	300	/* wait for the event after POLL shows that no script runs */
#define REBOOT_MS	1000	/* wait for a reboot: there is none after main.py */
#define REBOOT_SIGN_MS	300	/* a request took longer: the driver waits 500 ms on a reboot */
#define SETTLE_MS	60	/* time between the end of a script and the reboot */
#define BEGIN_MS	1500
#define BEGIN_POLL_MS	200
#define SESSION_MS	10000
#define CHANNELS_POLL_MS	50
#define FOLLOW_POLL_MS	1000
#define GATHER_MS	20

/**
 * struct vm - the camera's Python interpreter
 * @cam:  camera
 * @ch:   channel "stdin"
 * @fd:   file descriptor of the node of @ch
 * @patient: do not exit on an interrupt
 * @session_lost: the session was lost since this was cleared
 */
struct vm {
	const struct camera *cam;
	const struct channel *ch;
	int fd;
	bool patient;
	bool session_lost;
};

/* ---- requests --------------------------------------------------------- */

/* A camera that has just been plugged in, or reset, has no channels yet. */
static void wait_channels(struct camera *cam)
{
	long long end = now_ms() + SESSION_MS;

	while (!cam->channels && cam->attached && !interrupted() && now_ms() < end) {
		pause_ms(CHANNELS_POLL_MS);
		refresh_camera(cam);
	}
}

static void vm_open(struct vm *vm, struct camera *cam)
{
	wait_channels(cam);
	vm->cam = cam;
	vm->ch = pick_channel(cam, STDIN_NODE);
	vm->session_lost = false;
	/* O_APPEND: each write() continues at the end of the previous one. */
	vm->fd = open_channel(cam, vm->ch, O_WRONLY | O_APPEND);
}

/* The first write of an open file is at offset 0. */
static void vm_reopen(struct vm *vm)
{
	close(vm->fd);
	vm->fd = open_channel(vm->cam, vm->ch, O_WRONLY | O_APPEND);
}

static void check_interrupt(const struct vm *vm)
{
	if (interrupted() && !vm->patient)
		die(STATUS_INTERRUPTED, "interrupted");
}

static struct openmv_event vm_event(struct vm *vm)
{
	struct openmv_event event;

	if (ioctl(vm->fd, OPENMV_IOC_EVENT, &event))
		die_of(vm->cam, vm->ch, "ask", errno);
	return event;
}

/* Return: true if a script is running. Waits for a session if there is none. */
static bool vm_runs(struct vm *vm)
{
	long long end = now_ms() + SESSION_MS, began;
	__u32 bit;
	int ret;

	for (;;) {
		began = now_ms();
		ret = ioctl(vm->fd, OPENMV_IOC_POLL, &bit);
		if (now_ms() - began > REBOOT_SIGN_MS)
			vm->session_lost = true;
		if (!ret)
			return bit;
		check_interrupt(vm);
		if (errno == EINTR)
			continue;
		if (!is_broken(errno))
			die_of(vm->cam, vm->ch, "ask", errno);
		vm->session_lost = true;
		if (now_ms() > end)
			die_of(vm->cam, vm->ch, "ask", ETIMEDOUT);
		pause_ms(GATHER_MS);
	}
}

/* Return: 0 or an errno */
static int vm_command(struct vm *vm, unsigned int code)
{
	struct openmv_command command = { .code = code };
	int err = ioctl(vm->fd, OPENMV_IOC_COMMAND, &command) ? errno : 0;

	if (err == ENODEV)
		die_of(vm->cam, vm->ch, "command", err);
	return err;
}

static void vm_pause(struct vm *vm, int ms)
{
	struct pollfd fd = { .fd = vm->fd, .events = POLLIN };
	short revents;

	/* Only an event that came after the last vm_event() ends the wait. */
	wait_for(&fd, 1, ms, &revents);
	check_interrupt(vm);
}

/* ---- stopping --------------------------------------------------------- */

/* After the end of a script: wait for the camera's soft reboot, which may not happen. */
static void wait_reboot(struct vm *vm)
{
	long long end = now_ms() + REBOOT_MS;

	while (!vm->session_lost && now_ms() < end) {
		pause_ms(50);
		vm_runs(vm);
	}
}

/* Return: false if the script did not stop */
static bool stop_once(struct vm *vm)
{
	struct openmv_event before = vm_event(vm), now;
	long long end = now_ms() + STOP_MS, again = 0, idle = 0;

	vm->session_lost = false;
	for (;;) {
		if (!vm_runs(vm)) {
			now = vm_event(vm);
			idle = idle ? idle : now_ms();
			if ((now.count != before.count && !now.value) || vm->session_lost ||
			    now_ms() - idle > END_EVENT_MS)
				break;
		} else if (now_ms() > end) {
			return false;
		} else if (now_ms() >= again) {
			vm_command(vm, OPENMV_STDIN_STOP);
			again = now_ms() + STOP_AGAIN_MS;
		}
		vm_pause(vm, 50);
		vm_event(vm);
	}
	wait_reboot(vm);
	return true;
}

/* Return: true if a script was running */
static bool stop_script(struct vm *vm)
{
	struct openmv_event last;
	int round;

	for (round = 0; vm_runs(vm); round++)
		if (round == STOP_ROUNDS || !stop_once(vm))
			die(STATUS_FAILED, "the script on camera %s does not stop: reset the camera",
			    vm->cam->name);
	if (round)
		return true;
	/* If the last script has just ended by itself, the reboot is still pending. */
	last = vm_event(vm);
	if (last.count && !last.value) {
		pause_ms(SETTLE_MS);
		vm_runs(vm);
	}
	return false;
}

int do_stop(const struct args *args)
{
	struct json_object *obj;
	struct vm vm = { };
	bool stopped;

	vm_open(&vm, pick_camera(args, true));
	stopped = stop_script(&vm);
	close(vm.fd);
	if (args->json) {
		obj = json_object_new_object();
		json_object_object_add(obj, "stopped", json_object_new_boolean(stopped));
		json_document(obj);
	} else if (!stopped) {
		printf("no script runs\n");
	}
	return 0;
}

/* ---- starting --------------------------------------------------------- */

/**
 * struct script - a script to run
 * @name: file name
 * @text: content of the file
 * @len:  bytes of @text
 * @progress: show the progress of the upload
 */
struct script {
	const char *name;
	char *text;
	size_t len;
	bool progress;
};

static void show_progress(const struct script *script, size_t done)
{
	if (!script->progress)
		return;
	fprintf(stderr, "\rupload: %zu of %zu bytes%s", done, script->len,
		done == script->len ? "\n" : "");
	fflush(stderr);
}

/* Return: 0 or an errno */
static int upload(struct vm *vm, const struct script *script)
{
	size_t done, len;
	int err;

	vm_reopen(vm);
	err = vm_command(vm, OPENMV_STDIN_RESET);
	for (done = 0; !err && done < script->len; done += len) {
		len = script->len - done < UPLOAD_CHUNK ? script->len - done : UPLOAD_CHUNK;
		if (write(vm->fd, script->text + done, len) != (ssize_t)len)
			return errno;
		show_progress(script, done + len);
		check_interrupt(vm);
	}
	return err;
}

/*
 * Return: true if a script was started after @before. The event has value 1 when a script
 * starts and 0 when it ends: an even number of events means that one has started and ended.
 */
static bool began(const struct openmv_event *before, const struct openmv_event *now)
{
	__u32 n = now->count - before->count;

	return n && (now->value == 1 || n % 2 == 0);
}

/* EXEC is acknowledged even if it has no effect (T-25): check that the script was started. */
static bool wait_begin(struct vm *vm, const struct openmv_event *before)
{
	long long end = now_ms() + BEGIN_MS;
	struct openmv_event now;

	do {
		now = vm_event(vm);
		if (began(before, &now) || vm_runs(vm))
			return true;
		vm_pause(vm, BEGIN_POLL_MS);
	} while (now_ms() < end);
	return false;
}

/* Return: 0 or an errno; EAGAIN to try again */
static int start_once(struct vm *vm, const struct script *script, struct console *con,
		      struct openmv_event *before)
{
	struct openmv_event now;
	int err;

	*before = vm_event(vm);
	err = upload(vm, script);
	if (err)
		return is_broken(err) ? EAGAIN : err;
	/* Discard the output of earlier scripts. */
	if (con) {
		con->quiet = true;
		console_drain(con);
		console_reset(con);
		con->quiet = false;
	}
	now = vm_event(vm);
	if (now.count != before->count)
		return EAGAIN;
	err = vm_command(vm, OPENMV_STDIN_EXEC);
	if (err && !is_broken(err))
		return err;
	return wait_begin(vm, before) ? 0 : ENOEXEC;
}

/* Return: the last event before the script was started */
static struct openmv_event start(struct vm *vm, const struct script *script, struct console *con)
{
	int uploads = UPLOAD_TRIES, starts = START_TRIES, err;
	struct openmv_event before;

	do {
		stop_script(vm);
		err = start_once(vm, script, con, &before);
	} while ((err == EAGAIN && --uploads) || (err == ENOEXEC && --starts));
	if (err == ENOEXEC)
		die(STATUS_FAILED, "%s was uploaded, but the camera does not start it", script->name);
	if (err == EIO)
		die(STATUS_FAILED, "%s: refused by the camera: %zu bytes may be too large for its memory",
		    script->name, script->len);
	if (err)
		die_of(vm->cam, vm->ch, "write", err);
	return before;
}

/* ---- following -------------------------------------------------------- */

static bool has_ended(struct vm *vm, const struct openmv_event *before, bool ask)
{
	struct openmv_event now = vm_event(vm);

	if (now.count != before->count && !now.value)
		return true;
	return ask && !vm_runs(vm);
}

/* Print the output until the script ends or an interrupt is caught. */
static void follow(struct vm *vm, struct console *con, const struct openmv_event *before)
{
	struct pollfd fds[] = {
		{ .fd = vm->fd, .events = POLLIN },
		{ .fd = con->fd, .events = POLLIN },
	};
	long long poll_at = now_ms() + FOLLOW_POLL_MS;
	bool ask = false;
	short revents[2];

	while (!interrupted() && !has_ended(vm, before, ask)) {
		console_print(con);
		pause_ms(GATHER_MS);
		wait_for(fds, 2, FOLLOW_POLL_MS, revents);
		/* The event for the end may be lost when the session ends. */
		ask = now_ms() > poll_at;
		if (ask)
			poll_at = now_ms() + FOLLOW_POLL_MS;
	}
}

static void print_end(const char *how)
{
	struct json_object *obj = json_object_new_object();

	json_add_string(obj, "end", how);
	json_line(obj);
}

static int follow_to_end(struct vm *vm, struct console *con, const struct openmv_event *before)
{
	bool stop;

	vm->patient = true;
	vm->session_lost = false;
	follow(vm, con, before);
	stop = interrupted();
	if (stop) {
		clear_interrupt();
		stop_script(vm);
	} else {
		wait_reboot(vm);
	}
	console_drain(con);
	console_end(con);
	if (con->json)
		print_end(stop ? "interrupted" : console_crashed(con) ? "exception" : "finished");
	if (stop)
		return STATUS_INTERRUPTED;
	return console_crashed(con) ? STATUS_FAILED : 0;
}

static void tell_start(const struct args *args, const struct script *script)
{
	struct json_object *obj;

	if (!args->json)
		return;
	obj = json_object_new_object();
	json_add_string(obj, "script", script->name);
	json_add_int(obj, "size", script->len);
	json_line(obj);
}

int do_run(const struct args *args)
{
	struct script script = {
		.name = args->word[0],
		.progress = args->progress || isatty(STDERR_FILENO),
	};
	struct openmv_event before;
	struct console con;
	struct vm vm = { };
	int status = 0;

	script.text = read_input(script.name, &script.len);
	if (!script.len)
		die(STATUS_FAILED, "%s is empty: there is nothing to run", script.name);
	vm_open(&vm, pick_camera(args, true));
	if (args->follow) {
		console_open(&con, vm.cam, args->json);
		con.one = true;
		catch_interrupts();
	}
	before = start(&vm, &script, args->follow ? &con : NULL);
	tell_start(args, &script);
	if (args->follow)
		status = follow_to_end(&vm, &con, &before);
	free(script.text);
	close(vm.fd);
	return status;
}
