// SPDX-License-Identifier: GPL-2.0-only
/*
 * client MODE: measure one way to get frames, print one line of NAME=VALUE pairs.
 */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../conformance/conf_packet.h"
#include "bench.h"

static const char usage[] =
	"Usage: client [OPTION]... video NODE... | raw DEPTH | sdk | trip NODE | idle\n"
	"  video NODE...   through the driver, mmap streaming\n"
	"  raw DEPTH       the bare USB pipe: DEPTH pending READs, bytes are only counted\n"
	"  sdk             like the vendor's SDK: ACK on, one request at a time\n"
	"  trip NODE       no frames: the round trip of a request through a channel node\n"
	"  idle            the guest without a client, as one frame\n"
	"\n"
	"  --size N        size of each frame in bytes; 0: any size, and any format (0)\n"
	"  --pictures N    number of different frames\n"
	"  --stamped       the frames have stamps: print latencies, count announced frames\n"
	"  --input N       V4L2 input (0)\n"
	"  --seconds S     duration of the measurement (3)\n"
	"  --camera PID    process of a camera, whose CPU time is subtracted; may be repeated\n";

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

uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

void bench_time(struct bench *b, uint64_t ns)
{
	if (!b->warm_up && b->n_times < TIMES_MAX)
		b->times[b->n_times++] = (double)ns / 1e3;
}

/*
 * The camera repeats a few pictures. A damaged frame has another checksum, so
 * that there are too many different ones.
 */
static void compare(struct bench *b, const uint8_t *data, size_t len)
{
	uint32_t sum = crc32(data, len);

	for (unsigned int i = 0; i < b->n_sums; i++)
		if (b->sums[i] == sum)
			return;
	b->sums[b->n_sums++] = sum;
	if (b->n_sums > b->pictures)
		fail("damaged frames: more than %u different ones", b->pictures);
}

static void warm_up(struct bench *b, const uint8_t *data, size_t len)
{
	if (data && b->size && !b->stamped)
		compare(b, data, len);
	if (--b->warm_up)
		return;
	b->requests = b->transfers = 0;
	b->start = usage_now(b);
	b->deadline = now_ns() + (uint64_t)(b->seconds * 1e9);
}

static bool is_jpeg(const uint8_t *p, size_t n)
{
	return n >= 4 && p[0] == 0xff && p[1] == 0xd8 && p[n - 2] == 0xff && p[n - 1] == 0xd9;
}

bool bench_frame(struct bench *b, const uint8_t *data, size_t len, unsigned int lost)
{
	if (b->size && len != b->size)
		fail("a frame of %zu bytes, not %u", len, b->size);
	if (data && b->size && !is_jpeg(data, len))
		fail("frame %lu is no whole JPEG", b->frames);
	if (b->warm_up) {
		warm_up(b, data, len);
		return true;
	}
	b->frames++;
	b->announced += 1 + lost;
	b->lost += lost;
	b->bytes += len;
	if (now_ns() < b->deadline)
		return true;
	b->end = usage_now(b);
	return false;
}

static void report_list(const struct bench *b)
{
	for (unsigned int i = 0; i < b->n_sums; i++)
		printf("%s%08x", i ? "," : " sums=", b->sums[i]);
	for (unsigned int i = 0; i < b->n_times; i++)
		printf("%s%.0f", i ? "," : " times_us=", b->times[i]);
	printf("\n");
}

static void report(const struct bench *b, const char *mode, const char *arg)
{
	double time = b->end.time - b->start.time;
	double camera = b->end.camera - b->start.camera;
	double rest = b->end.busy - b->start.busy - camera;
	double user = b->end.user - b->start.user;
	double client = user + b->end.sys - b->start.sys;
	double frames = (double)b->frames;

	printf("mode=%s%s frames=%lu announced=%lu lost=%lu seconds=%.3f fps=%.2f MBps=%.3f "
	       "cpu_ms=%.4f kernel_ms=%.4f client_ms=%.4f camera_ms=%.4f load=%.2f requests=%.2f "
	       "transfers=%.2f",
	       mode, arg, b->frames, b->announced, b->lost, time, frames / time,
	       (double)b->bytes / time / 1e6, rest / frames * 1e3, (rest - user) / frames * 1e3,
	       client / frames * 1e3, camera / frames * 1e3, (rest + camera) / time,
	       (double)b->requests / frames, (double)b->transfers / frames);
	report_list(b);
}

static double number(const char *what, const char *text, double least, double most)
{
	char *end;
	double value = strtod(text, &end);

	if (!*text || *end || !(value >= least && value <= most))
		fail("%s is %g to %g, not '%s'", what, least, most, text);
	return value;
}

static void set_option(struct bench *b, int option, const char *arg)
{
	switch (option) {
	case 'b':
		b->size = (uint32_t)number("--size", arg, 0, 1 << 24);
		break;
	case 'p':
		b->pictures = (unsigned int)number("--pictures", arg, 1, PICTURES_MAX);
		break;
	case 't':
		b->stamped = true;
		break;
	case 'i':
		b->input = (int)number("--input", arg, 0, 1);
		break;
	case 's':
		b->seconds = number("--seconds", arg, 0.1, 3600);
		break;
	case 'c':
		if (b->n_cameras == NODES_MAX)
			fail("at most %u cameras", NODES_MAX);
		b->cameras[b->n_cameras++] = (int)number("--camera", arg, 1, 1 << 30);
		break;
	case 'h':
		fputs(usage, stdout);
		exit(EXIT_SUCCESS);
	default:
		exit(EXIT_FAILURE);
	}
}

static void bench_idle(struct bench *b)
{
	b->start = usage_now(b);
	usleep((useconds_t)(b->seconds * 1e6));
	b->end = usage_now(b);
	b->frames = 1;
}

static void run(struct bench *b, const char *mode, char **args, unsigned int count)
{
	b->warm_up = WARM_UP_FRAMES;
	if (!strcmp(mode, "video") && count && count <= NODES_MAX)
		bench_video(b, args, count);
	else if (!strcmp(mode, "raw") && count == 1 && b->size)
		bench_raw(b, (unsigned int)number("DEPTH", args[0], 1, 4));
	else if (!strcmp(mode, "sdk") && !count)
		bench_sdk(b);
	else if (!strcmp(mode, "trip") && count == 1)
		bench_trip(b, args[0]);
	else if (!strcmp(mode, "idle") && !count)
		bench_idle(b);
	else
		fail("say video NODE..., raw DEPTH, sdk, trip NODE or idle; see --help");
	report(b, mode, strcmp(mode, "raw") ? "" : args[0]);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "size", required_argument, NULL, 'b' },
		{ "pictures", required_argument, NULL, 'p' },
		{ "stamped", no_argument, NULL, 't' },
		{ "input", required_argument, NULL, 'i' },
		{ "seconds", required_argument, NULL, 's' },
		{ "camera", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	static struct bench b = { .seconds = 3, .pictures = 1 };
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		set_option(&b, option, optarg);
	run(&b, optind < argc ? argv[optind] : "", argv + optind + 1,
	    optind < argc ? (unsigned int)(argc - optind - 1) : 0);
	return EXIT_SUCCESS;
}
