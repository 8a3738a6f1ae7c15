/*
 * shares - processes of different nice values compute for four seconds beside one that sleeps: are their shares within
 * 2 % of ideal? Time must be exact: run it with --icount. Status 0: yes.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WINDOW 4.0 /* s */

static const int nices[] = {0, 0, 3, 5, -2};
static const double weights[] = {1024, 1024, 526, 335, 1586};
#define COUNT ((int)(sizeof nices / sizeof nices[0]))

static double now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void sleep_s(double s)
{
	struct timespec t = {(time_t)s, (long)((s - (double)(time_t)s) * 1e9)};

	nanosleep(&t, NULL);
}

/* A tenth of the time, a millisecond at a time. */
static void doze(void)
{
	for (;;) {
		double end = now(CLOCK_PROCESS_CPUTIME_ID) + .001;

		while (now(CLOCK_PROCESS_CPUTIME_ID) < end)
			;
		sleep_s(.009);
	}
}

static int start(int nice, int go, int sleeps)
{
	int pid = fork();
	char byte;

	if (pid)
		return pid;
	setpriority(PRIO_PROCESS, 0, nice);
	if (read(go, &byte, 1) != 1)
		_exit(1);
	if (sleeps)
		doze();
	for (volatile long i = 0;; i++)
		;
}

static double used_by(int pid)
{
	struct rusage u;

	wait4(pid, NULL, 0, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

int main(void)
{
	int go[2], pids[COUNT + 1], unfair = 0;
	double used[COUNT], all = 0, weight = 0;

	setpriority(PRIO_PROCESS, 0, -20);
	if (pipe(go))
		return 2;
	for (int i = 0; i <= COUNT; i++)
		pids[i] = start(i < COUNT ? nices[i] : 0, go[0], i == COUNT);
	sleep_s(.05);
	if (write(go[1], "123456", COUNT + 1) != COUNT + 1)
		return 2;
	sleep_s(WINDOW);
	for (int i = 0; i <= COUNT; i++)
		kill(pids[i], SIGKILL);
	for (int i = 0; i < COUNT; i++) {
		used[i] = used_by(pids[i]);
		all += used[i];
		weight += weights[i];
	}
	for (int i = 0; i < COUNT; i++) {
		double ideal = weights[i] / weight, error = used[i] / all / ideal - 1;

		printf("nice %2d: ideal %.4f, got %.4f\n", nices[i], ideal, used[i] / all);
		unfair |= error > .02 || error < -.02;
	}
	printf("the sleeper: %.3f s\n", used_by(pids[COUNT]));
	return unfair;
}
