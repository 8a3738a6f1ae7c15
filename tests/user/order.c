/*
 * order - processes that compute on several processors, whose clock is the host's: not how much each gets, but in
 * which order. On one processor a nicer one gets less; of more equals than there are processors nobody starves. A
 * processor that stands still uses time, too: what went wrong is tried twice more.
 *
 *      order        status 0: so it is
 */
#include "threads.h"

#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>

#define WINDOW_MS 2000
#define NICES     3
#define MOST      (8 * NICES)

static const int nices[NICES] = {0, 5, 10};

struct worker {
	int nice, cpu; /* -1: wherever it gets time */
	int pid;
	double used; /* s */
};

static void compute(const struct worker *w, const int go[2])
{
	char byte;

	if (w->cpu >= 0)
		run_on(w->cpu);
	if (setpriority(PRIO_PROCESS, 0, w->nice))
		_exit(1);
	close(go[1]);
	if (read(go[0], &byte, 1)) /* all begin when the parent closes it */
		_exit(1);
	for (volatile long i = 0;; i++)
		;
}

/* Lets all compute at once, for the window. */
static void race(struct worker *all, int count)
{
	struct rusage u;
	int go[2], status;

	if (pipe(go))
		exit(2);
	for (int i = 0; i < count; i++) {
		all[i].pid = fork();
		if (all[i].pid == 0)
			compute(&all[i], go);
	}
	close(go[0]);
	sleep_ms(100);
	close(go[1]);
	sleep_ms(WINDOW_MS);
	for (int i = 0; i < count; i++)
		kill(all[i].pid, SIGKILL);
	for (int i = 0; i < count; i++) {
		if (wait4(all[i].pid, &status, 0, &u) != all[i].pid || status != SIGKILL)
			exit(2);
		all[i].used = (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
			      (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
		printf("cpu %2d nice %2d: %.3f s\n", all[i].cpu, all[i].nice, all[i].used);
	}
}

static int by_nice(int cpus)
{
	struct worker all[MOST];
	int good = 1;

	for (int i = 0; i < cpus * NICES; i++)
		all[i] = (struct worker){.nice = nices[i % NICES], .cpu = i / NICES};
	race(all, cpus * NICES);
	for (int i = 0; i < cpus * NICES; i++)
		good &= all[i].used > (i % NICES < NICES - 1 ? all[i + 1].used : 0);
	return good;
}

/* One more than two for each processor: they must change places, or some have half of what others have. */
static int nobody_starves(int cpus)
{
	struct worker all[MOST];
	int count = 2 * cpus + 1, good = 1;
	double sum = 0;

	for (int i = 0; i < count; i++)
		all[i] = (struct worker){.cpu = -1};
	race(all, count);
	for (int i = 0; i < count; i++)
		sum += all[i].used;
	for (int i = 0; i < count; i++)
		good &= all[i].used > sum / count / 4;
	return good;
}

int main(void)
{
	cpu_set_t set;
	int cpus;

	if (sched_getaffinity(0, sizeof set, &set) || setpriority(PRIO_PROCESS, 0, -20))
		return 2;
	cpus = CPU_COUNT(&set);
	if (cpus > 8)
		cpus = 8;
	if (!by_nice(cpus) && !by_nice(cpus) && !by_nice(cpus))
		return puts("a nicer process got more than another of the same processor"), 1;
	if (!nobody_starves(cpus) && !nobody_starves(cpus) && !nobody_starves(cpus))
		return puts("a process got less than a quarter of the average"), 1;
	return 0;
}
