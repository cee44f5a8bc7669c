// SPDX-License-Identifier: GPL-2.0-only
#include <getopt.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim.h"

#define MAX_JOBS	16
#define MAX_FAILURES	5	/* a worker stops after this number */

/* Otherwise most of the time would be spent on stack traces of allocations. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "malloc_context_size=1";
}

/* In memory that the workers share with the main process. */
struct worker {
	pid_t pid;
	u64 seed;		/* of the current run */
	struct totals totals[MODES];
};

struct options {
	u64 from;
	u64 runs;
	int mode;		/* -1 for all modes in turn */
	int jobs;
	bool verbose;
};

static enum mode mode_of(const struct options *options, u64 seed)
{
	return options->mode < 0 ? seed % MODES : (enum mode)options->mode;
}

static void worker_run(struct worker *worker, const struct options *options,
		       int first)
{
	u64 i, failures = 0;

	for (i = first; i < options->runs && failures < MAX_FAILURES;
	     i += options->jobs) {
		enum mode mode = mode_of(options, options->from + i);

		worker->seed = options->from + i;
		failures += !world_run(worker->seed, mode, options->verbose,
				       &worker->totals[mode]);
	}
}

/* Return: false if a worker died */
static bool run_all(struct worker *workers, const struct options *options)
{
	bool ok = true;
	int i, status;

	fflush(stdout);
	for (i = 0; i < options->jobs; i++) {
		workers[i].pid = fork();
		if (workers[i].pid < 0) {
			perror("sim: fork");
			exit(2);
		}
		if (!workers[i].pid) {
			worker_run(&workers[i], options, i);
			fflush(stdout);
			_exit(0);
		}
	}
	for (i = 0; i < options->jobs; i++) {
		enum mode mode;

		waitpid(workers[i].pid, &status, 0);
		if (WIFEXITED(status) && !WEXITSTATUS(status))
			continue;
		ok = false;
		mode = mode_of(options, workers[i].seed);
		printf("# seed %" PRIu64 " (%s) crashes; repeat with: build/sim --mode %s --seed %" PRIu64 " --verbose\n",
		       workers[i].seed, mode_names[mode], mode_names[mode],
		       workers[i].seed);
		workers[i].totals[mode].runs++;
		workers[i].totals[mode].failures++;
	}
	return ok;
}

static void totals_add(struct totals *sum, const struct totals *totals)
{
	const u64 *from = (const u64 *)totals;
	u64 *to = (u64 *)sum;
	size_t i;

	for (i = 0; i < sizeof(*sum) / sizeof(*to); i++)
		to[i] += from[i];
}

/* A mode must have caused its faults, and frames and writes must have succeeded. */
static const char *what_is_missing(enum mode mode, const struct totals *sum)
{
	if (!sum->frames)
		return "no frame was delivered";
	if (!sum->good)
		return "no frame was recognized";
	if (!sum->detected)
		return "nothing was detected";
	if (!sum->writes)
		return "no write was done";
	if (!sum->reads)
		return "nothing was read back";
	if (mode == MODE_CLEAN && !sum->early)
		return "no SIZE was sent during a READ";
	if (mode != MODE_CLEAN && mode != MODE_HOSTILE && !sum->faults)
		return "no fault happened";
	if (mode != MODE_CLEAN && mode != MODE_TORN && sum->syncs <= sum->runs)
		return "no session was lost";
	return NULL;
}

static int report(const struct worker *workers, const struct options *options)
{
	u64 passed = 0, failed = 0;
	enum mode mode;
	int i;

	for (mode = 0; mode < MODES; mode++) {
		struct totals sum = { 0 };
		const char *missing;

		for (i = 0; i < options->jobs; i++)
			totals_add(&sum, &workers[i].totals[mode]);
		if (!sum.runs)
			continue;
		missing = what_is_missing(mode, &sum);
		if (options->runs < 1000)
			missing = NULL;
		if (missing && !sum.failures)
			sum.failures++;
		passed += !sum.failures;
		failed += !!sum.failures;
		printf("%sok %d - %s: %" PRIu64 " of %" PRIu64 " runs, seeds %" PRIu64 " to %" PRIu64 "\n",
		       sum.failures ? "not " : "", mode + 1, mode_names[mode],
		       sum.runs - sum.failures, sum.runs, options->from,
		       options->from + options->runs - 1);
		if (missing)
			printf("# %s\n", missing);
		printf("# %" PRIu64 " s, %" PRIu64 " faults, %" PRIu64 " frames, %" PRIu64 " recognized, %" PRIu64 " early, %" PRIu64 " detections, %" PRIu64 " writes, %" PRIu64 " read back, %" PRIu64 " cancelled, %" PRIu64 " SYNCs, %" PRIu64 " timeouts, %" PRIu64 " lost\n",
		       sum.ms / 1000, sum.faults, sum.frames, sum.good,
		       sum.early, sum.detected, sum.writes,
		       sum.reads, sum.cancels, sum.syncs, sum.timeouts,
		       sum.lost);
	}
	printf("%" PRIu64 " passed, %" PRIu64 " failed, 0 skipped\n", passed,
	       failed);
	return !!failed;
}

static int mode_by_name(const char *name)
{
	int mode;

	for (mode = 0; mode < MODES; mode++)
		if (!strcmp(name, mode_names[mode]))
			return mode;
	fprintf(stderr, "sim: no mode '%s'; the modes are:", name);
	for (mode = 0; mode < MODES; mode++)
		fprintf(stderr, " %s", mode_names[mode]);
	fputc('\n', stderr);
	exit(2);
}

static u64 number(const char *text, const char *what)
{
	char *end;
	u64 value = strtoull(text, &end, 0);

	if (*text < '0' || *text > '9' || *end) {
		fprintf(stderr, "sim: --%s needs a number, not '%s'\n", what,
			text);
		exit(2);
	}
	return value;
}

static void usage(FILE *to)
{
	fputs("usage: sim [--runs N] [--from SEED] [--mode NAME] [--jobs N]\n"
	      "       sim --seed SEED [--mode NAME] [--verbose]\n"
	      "Run both ends of the protocol over a cable with faults. A run is determined by its seed.\n"
	      "--mode list prints the modes.\n",
	      to);
}

static void parse(int argc, char **argv, struct options *options)
{
	static const struct option longs[] = {
		{ "runs", required_argument, NULL, 'n' },
		{ "from", required_argument, NULL, 'f' },
		{ "seed", required_argument, NULL, 's' },
		{ "mode", required_argument, NULL, 'm' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case 'n':
			options->runs = number(optarg, "runs");
			break;
		case 'f':
			options->from = number(optarg, "from");
			break;
		case 's':
			options->from = number(optarg, "seed");
			options->runs = 1;
			break;
		case 'm':
			options->mode = mode_by_name(optarg);
			break;
		case 'j':
			options->jobs = number(optarg, "jobs");
			break;
		case 'v':
			options->verbose = true;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			usage(stderr);
			exit(2);
		}
	}
	if (optind < argc || !options->runs || options->jobs < 1 ||
	    options->jobs > MAX_JOBS) {
		usage(stderr);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	struct options options = {
		.from = 1,
		.runs = 1000,
		.mode = -1,
		.jobs = sysconf(_SC_NPROCESSORS_ONLN),
	};
	struct worker *workers;
	bool alive;

	if (options.jobs < 1 || options.jobs > MAX_JOBS)
		options.jobs = 2;
	parse(argc, argv, &options);
	if (options.runs == 1)
		options.jobs = 1;
	workers = mmap(NULL, sizeof(*workers) * MAX_JOBS,
		       PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		       0);
	if (workers == MAP_FAILED) {
		perror("sim: mmap");
		return 2;
	}
	alive = run_all(workers, &options);
	return report(workers, &options) || !alive;
}
