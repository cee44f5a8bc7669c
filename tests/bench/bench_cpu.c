// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPU time, in ns and not in ticks: a camera with a low frame rate uses less
 * than a tick per frame.
 */
#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench.h"

/*
 * The kernel adds an idle period to its sum when it ends. Run on each CPU for a
 * moment, so that none has been idle for long.
 */
static void visit_cpus(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	cpu_set_t all, one;

	CPU_ZERO(&all);
	for (long i = 0; i < n; i++) {
		CPU_SET(i, &all);
		CPU_ZERO(&one);
		CPU_SET(i, &one);
		if (sched_setaffinity(0, sizeof(one), &one))
			fail("cannot run on CPU %ld", i);
	}
	sched_setaffinity(0, sizeof(all), &all);
}

/* Set the time, and the time that all CPUs were not idle. */
static void read_idle(struct usage *u)
{
	FILE *f = fopen("/proc/timer_list", "re");
	unsigned long long ns, idle = 0;
	unsigned int found = 0;
	char line[256];

	if (!f)
		fail("/proc/timer_list cannot be read");
	u->time = 0;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "now at %llu nsecs", &ns) == 1) {
			u->time = (double)ns / 1e9;
		} else if (sscanf(line, " .idle_sleeptime : %llu", &ns) == 1) {
			idle += ns;
			found++;
		} else if (sscanf(line, " .iowait_sleeptime: %llu", &ns) == 1) {
			idle += ns;
		}
	}
	fclose(f);
	if (!u->time || !found)
		fail("/proc/timer_list has no idle times");
	u->busy = u->time * found - (double)idle / 1e9;
}

/* Return: CPU time of one thread in s; 0 if it has ended */
static double thread_busy(int pid, int thread)
{
	unsigned long long ns = 0;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/schedstat", pid, thread);
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (fscanf(f, "%llu", &ns) != 1)
		fail("%s makes no sense", path);
	fclose(f);
	return (double)ns / 1e9;
}

static double process_busy(int pid)
{
	const struct dirent *d;
	double sum = 0;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	if (!dir)
		fail("the camera with process %d has ended", pid);
	while ((d = readdir(dir)))
		if (d->d_name[0] != '.')
			sum += thread_busy(pid, atoi(d->d_name));
	closedir(dir);
	return sum;
}

static double seconds_of(const struct timeval *tv)
{
	return (double)tv->tv_sec + (double)tv->tv_usec / 1e6;
}

struct usage usage_now(const struct bench *b)
{
	struct usage u = { 0 };
	struct rusage ru;

	visit_cpus();
	read_idle(&u);
	for (unsigned int i = 0; i < b->n_cameras; i++)
		u.camera += process_busy(b->cameras[i]);
	getrusage(RUSAGE_SELF, &ru);
	u.user = seconds_of(&ru.ru_utime);
	u.sys = seconds_of(&ru.ru_stime);
	return u;
}
