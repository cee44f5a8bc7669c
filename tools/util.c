// SPDX-License-Identifier: GPL-2.0-only
#include "omvctl.h"

#include <ctype.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#define INPUT_CHUNK	65536
#define AGAIN_MS	300

/* ---- errors ----------------------------------------------------------- */

static void say(const char *fmt, va_list args)
{
	fflush(stdout);
	fputs("omvctl: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
}

void die(int status, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(fmt, args);
	va_end(args);
	exit(status);
}

void warn(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(fmt, args);
	va_end(args);
}

void *must(void *memory)
{
	if (!memory)
		die(STATUS_FAILED, "out of memory");
	return memory;
}

/* ---- time and interrupts ---------------------------------------------- */

static volatile sig_atomic_t caught;
/* Self-pipe: poll() returns even if the signal was caught just before the call. */
static int wake[2] = { -1, -1 };

long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* Two signals at the same time, as sent by timeout(1), count as one. */
static void on_signal(int sig)
{
	static long long first;
	int err = errno;

	if (first && now_ms() - first > AGAIN_MS) {
		signal(sig, SIG_DFL);
		raise(sig);
	}
	if (!first) {
		first = now_ms();
		caught = sig;
		(void)!write(wake[1], "", 1);
	}
	errno = err;
}

/* A signal that is ignored must stay ignored: a shell does that for background processes. */
static void catch(int sig)
{
	struct sigaction action = { .sa_handler = on_signal }, old;

	if (!sigaction(sig, NULL, &old) && old.sa_handler != SIG_IGN)
		sigaction(sig, &action, NULL);
}

void catch_interrupts(void)
{
	if (wake[0] < 0 && pipe2(wake, O_CLOEXEC | O_NONBLOCK))
		die(STATUS_FAILED, "no pipe: %s", strerror(errno));
	catch(SIGINT);
	catch(SIGTERM);
}

bool interrupted(void)
{
	return caught;
}

void clear_interrupt(void)
{
	char byte;

	caught = 0;
	while (wake[0] >= 0 && read(wake[0], &byte, 1) == 1)
		;
}

int wait_for(const struct pollfd *fds, unsigned int count, int ms, short *revents)
{
	struct pollfd all[4] = { { .fd = wake[0], .events = POLLIN } };
	int ret;

	memcpy(all + 1, fds, count * sizeof(*fds));
	ret = poll(all, count + 1, ms);
	if (ret < 0 || all[0].revents)
		return -1;
	for (unsigned int i = 0; i < count; i++)
		revents[i] = all[i + 1].revents;
	return ret;
}

void pause_ms(int ms)
{
	wait_for(NULL, 0, ms, NULL);
}

/* ---- files ------------------------------------------------------------ */

bool read_attribute(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	buf[0] = 0;
	if (fd < 0)
		return false;
	len = read(fd, buf, size - 1);
	close(fd);
	if (len < 0)
		return false;
	while (len && buf[len - 1] == '\n')
		len--;
	buf[len] = 0;
	return true;
}

int write_attribute(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		err = errno;
	close(fd);
	return err;
}

bool write_all(int fd, const void *data, size_t len)
{
	const char *from = data;
	ssize_t n;

	while (len) {
		n = write(fd, from, len);
		if (n < 0 && errno == EINTR && !interrupted())
			continue;
		if (n < 0)
			return false;
		from += n;
		len -= n;
	}
	return true;
}

char *read_input(const char *name, size_t *len)
{
	bool is_stdin = !strcmp(name, "-");
	int fd = is_stdin ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
	char *data = NULL;
	ssize_t n;

	if (fd < 0)
		die(STATUS_FAILED, "%s: %s", name, strerror(errno));
	*len = 0;
	do {
		data = must(realloc(data, *len + INPUT_CHUNK));
		n = read(fd, data + *len, INPUT_CHUNK);
		if (n < 0)
			die(STATUS_FAILED, "%s: %s", name, strerror(errno));
		*len += n;
		if (*len > CONTENT_MAX)
			die(STATUS_FAILED, "%s is too large: the limit is %u bytes", name,
			    CONTENT_MAX);
	} while (n);
	if (!is_stdin)
		close(fd);
	return data;
}

void save(const char *name, const void *data, size_t len)
{
	bool is_stdout = !strcmp(name, "-");
	int fd = is_stdout ? STDOUT_FILENO :
			     open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd < 0)
		die(STATUS_FAILED, "%s: %s", name, strerror(errno));
	if (!write_all(fd, data, len) || (!is_stdout && close(fd)))
		die(STATUS_FAILED, "%s: %s", name, strerror(errno));
}

/* ---- text ------------------------------------------------------------- */

bool is_utf8(const char *data, size_t len)
{
	static locale_t utf8;
	locale_t before;
	mbstate_t state = { };
	size_t n = 1;

	if (!utf8)
		utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	if (!utf8)
		return false;
	before = uselocale(utf8);
	/* mbrtowc() returns 0 for a NUL, which is not text either. */
	for (; len && n && n <= len; data += n, len -= n)
		n = mbrtowc(NULL, data, len, &state);
	uselocale(before);
	return !len;
}

bool is_text(const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (iscntrl((unsigned char)data[i]) && !strchr("\t\r\n", data[i]))
			return false;
	return is_utf8(data, len);
}

char *printable(char *text)
{
	bool utf8 = is_utf8(text, strlen(text));

	for (char *p = text; *p; p++)
		if (iscntrl((unsigned char)*p) || (!utf8 && *p & 0x80))
			*p = '?';
	return text;
}

void hexdump(const char *data, size_t len)
{
	for (size_t at = 0; at < len; at += 16) {
		printf("%08zx ", at);
		for (size_t i = at; i < at + 16; i++) {
			if (i < len)
				printf(" %02x", (unsigned char)data[i]);
			else
				fputs("   ", stdout);
		}
		fputs("  ", stdout);
		for (size_t i = at; i < at + 16 && i < len; i++)
			putchar(data[i] >= ' ' && data[i] <= '~' ? data[i] : '.');
		putchar('\n');
	}
}

/* ---- JSON ------------------------------------------------------------- */

static void json_put(struct json_object *obj, int flags)
{
	puts(json_object_to_json_string_ext(obj, flags | JSON_C_TO_STRING_NOSLASHESCAPE));
	fflush(stdout);
	json_object_put(obj);
}

void json_document(struct json_object *obj)
{
	json_put(obj, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED);
}

void json_line(struct json_object *obj)
{
	json_put(obj, JSON_C_TO_STRING_PLAIN);
}

void json_add_string(struct json_object *obj, const char *key, const char *text)
{
	json_object_object_add(obj, key, json_object_new_string(text));
}

void json_add_int(struct json_object *obj, const char *key, long long value)
{
	json_object_object_add(obj, key, json_object_new_int64(value));
}

void json_add_content(struct json_object *obj, const char *data, size_t len)
{
	char *hex;

	if (is_utf8(data, len)) {
		json_object_object_add(obj, "text", json_object_new_string_len(data, len));
		return;
	}
	hex = must(malloc(2 * len + 1));
	for (size_t i = 0; i < len; i++)
		sprintf(hex + 2 * i, "%02x", (unsigned char)data[i]);
	json_add_string(obj, "data", hex);
	free(hex);
}
