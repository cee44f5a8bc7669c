// SPDX-License-Identifier: GPL-2.0-only
/*
 * client MODE: measure one way to get frames, print one line of NAME=VALUE pairs.
 */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "../conformance/conf_packet.h"
#include "bench.h"

static const char usage[] =
	"Usage: client [OPTION]... video NODE | raw DEPTH | sdk\n"
	"  video NODE      through the driver, mmap streaming\n"
	"  raw DEPTH       the bare USB pipe: DEPTH pending READs, bytes are only counted\n"
	"  sdk             like the vendor's SDK: ACK on, one request at a time\n"
	"\n"
	"  --size N        size of each frame in bytes\n"
	"  --pictures N    number of different frames\n"
	"  --seconds S     duration of the measurement (3)\n"
	"  --camera PID    process of the camera, whose CPU time is subtracted\n";

void fail(const char *fmt, ...)
{
	va_list args;

	fprintf(stderr, "bench: ");
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, "\n");
	exit(EXIT_FAILURE);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void read_line(const char *path, char *line, size_t size)
{
	FILE *f = fopen(path, "re");

	if (!f || !fgets(line, (int)size, f))
		fail("%s cannot be read", path);
	fclose(f);
}

/* Return: time that all CPUs were busy since boot, in s */
static double machine_busy(void)
{
	unsigned long long user, nice, sys, idle, iowait, irq, softirq;
	char line[256];

	read_line("/proc/stat", line, sizeof(line));
	if (sscanf(line, "cpu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &sys, &idle,
		   &iowait, &irq, &softirq) != 7)
		fail("/proc/stat makes no sense");
	return (double)(user + nice + sys + irq + softirq) / (double)sysconf(_SC_CLK_TCK);
}

static double process_busy(int pid)
{
	unsigned long long user, sys;
	char path[64], line[1024], *at;

	if (!pid)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	read_line(path, line, sizeof(line));
	at = strrchr(line, ')');
	/* After the name: state, 10 other fields, utime and stime. */
	if (!at || sscanf(at + 1, " %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu %llu", &user,
			  &sys) != 2)
		fail("%s makes no sense", path);
	return (double)(user + sys) / (double)sysconf(_SC_CLK_TCK);
}

static double seconds_of(const struct timeval *tv)
{
	return (double)tv->tv_sec + (double)tv->tv_usec / 1e6;
}

static struct usage usage_now(const struct bench *b)
{
	struct rusage ru;

	getrusage(RUSAGE_SELF, &ru);
	return (struct usage){
		.time = (double)now_ns() / 1e9,
		.user = seconds_of(&ru.ru_utime),
		.sys = seconds_of(&ru.ru_stime),
		.busy = machine_busy(),
		.camera = process_busy(b->camera),
	};
}

/*
 * The camera repeats a few pictures. A damaged frame has another checksum, so
 * that there are too many different ones.
 */
static void warm_up(struct bench *b, const uint8_t *data, size_t len)
{
	uint32_t sum = data ? crc32(data, len) : 0;
	unsigned int distinct = 0;

	b->seen[b->n_seen++] = sum;
	if (b->n_seen < WARM_UP_FRAMES)
		return;
	for (unsigned int i = 0, j; i < b->n_seen; i++) {
		for (j = 0; j < i && b->seen[j] != b->seen[i]; j++)
			;
		distinct += j == i;
	}
	if (distinct > b->pictures)
		fail("damaged frames: %u different ones among %u of %u pictures", distinct,
		     b->n_seen, b->pictures);
	b->requests = b->transfers = 0;
	b->start = usage_now(b);
	b->deadline = now_ns() + (uint64_t)(b->seconds * 1e9);
}

static bool is_jpeg(const uint8_t *p, size_t n)
{
	return n >= 4 && p[0] == 0xff && p[1] == 0xd8 && p[n - 2] == 0xff && p[n - 1] == 0xd9;
}

bool bench_frame(struct bench *b, const uint8_t *data, size_t len)
{
	if (len != b->size)
		fail("a frame of %zu bytes, not %u", len, b->size);
	if (data && !is_jpeg(data, len))
		fail("frame %lu is no whole JPEG", b->frames);
	if (!b->deadline) {
		warm_up(b, data, len);
		return true;
	}
	b->frames++;
	if (now_ns() < b->deadline)
		return true;
	b->end = usage_now(b);
	return false;
}

static void report(const struct bench *b, const char *mode, const char *arg)
{
	double time = b->end.time - b->start.time;
	double camera = b->end.camera - b->start.camera;
	double all = b->end.busy - b->start.busy;
	double client = b->end.user + b->end.sys - b->start.user - b->start.sys;
	double frames = (double)b->frames;

	printf("mode=%s%s frames=%lu seconds=%.3f fps=%.2f MBps=%.3f cpu_ms=%.3f client_ms=%.3f "
	       "camera_ms=%.3f load=%.2f requests=%.2f transfers=%.2f\n",
	       mode, arg, b->frames, time, frames / time, frames * b->size / time / 1e6,
	       (all - camera) / frames * 1e3,
	       client / frames * 1e3, camera / frames * 1e3, all / time, (double)b->requests / frames,
	       (double)b->transfers / frames);
}

static double number(const char *what, const char *text, double least, double most)
{
	char *end;
	double value = strtod(text, &end);

	if (!*text || *end || !(value >= least && value <= most))
		fail("%s is %g to %g, not '%s'", what, least, most, text);
	return value;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "size", required_argument, NULL, 'b' },
		{ "pictures", required_argument, NULL, 'p' },
		{ "seconds", required_argument, NULL, 's' },
		{ "camera", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct bench b = { .seconds = 3, .pictures = 1 };
	const char *mode, *arg;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'b':
			b.size = (uint32_t)number("--size", optarg, 4, 1 << 24);
			break;
		case 'p':
			b.pictures = (unsigned int)number("--pictures", optarg, 1, WARM_UP_FRAMES);
			break;
		case 's':
			b.seconds = number("--seconds", optarg, 0.1, 3600);
			break;
		case 'c':
			b.camera = (int)number("--camera", optarg, 1, 1 << 30);
			break;
		case 'h':
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		default:
			return EXIT_FAILURE;
		}
	}
	mode = optind < argc ? argv[optind] : "";
	arg = optind + 1 < argc ? argv[optind + 1] : NULL;
	if (!b.size)
		fail("--size is needed");
	if (!strcmp(mode, "video") && arg)
		bench_video(&b, arg);
	else if (!strcmp(mode, "raw") && arg)
		bench_raw(&b, (unsigned int)number("DEPTH", arg, 1, 4));
	else if (!strcmp(mode, "sdk"))
		bench_sdk(&b);
	else
		fail("say video NODE, raw DEPTH or sdk; see --help");
	report(&b, mode, strcmp(mode, "raw") ? "" : arg);
	return EXIT_SUCCESS;
}
