/* t_thread_stress - processes whose threads clone, fork, exec, wait, map, lock and end in all ways at the same time.
 * How each ends is known; when and in which order is not. On Bulkhead nothing may be left behind. `t_thread_stress
 * SECONDS` goes on for so long. */
#include "threads.h"

#include <sys/mman.h>

#include "kernel/abi/bulkhead.h"

#define PROCESSES 6
#define THREADS   5

static int word;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static unsigned next(unsigned *seed)
{
	return (*seed = *seed * 1103515245 + 12345) >> 16;
}

static void *ends_soon(void *unused)
{
	sched_yield();
	return unused;
}

static void does_something(unsigned *seed)
{
	struct timespec t = {0, 1000000};
	pthread_t thread;
	char *p;
	int pid;

	switch (next(seed) % 8) {
	case 0:
		if (!pthread_create(&thread, 0, ends_soon, 0))
			pthread_join(thread, 0);
		break;
	case 1:
		pid = fork();
		if (pid == 0)
			_exit(0);
		if (pid > 0)
			sc(SYS_wait4, pid, 0, 0, 0);
		break;
	case 2:
		pid = vfork();
		if (pid == 0) {
			exec_self("true", "x");
			_exit(1);
		}
		if (pid > 0)
			sc(SYS_wait4, pid, 0, 0, 0);
		break;
	case 3:
		p = mmap(0, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p != MAP_FAILED) {
			p[next(seed) % (8 * PAGE)] = 1;
			munmap(p, 8 * PAGE);
		}
		break;
	case 4:
		sc(SYS_futex, &word, 0, 0, &t);
		break;
	case 5:
		futex_wake(&word, 2);
		break;
	case 6:
		pthread_mutex_lock(&mutex);
		sched_yield();
		pthread_mutex_unlock(&mutex);
		break;
	default:
		sc(SYS_close, sc(SYS_dup, 1));
	}
}

static void *works(void *argument)
{
	unsigned seed = (unsigned)(long)argument;

	for (;;)
		does_something(&seed);
	return 0;
}

/* The end that was asked for comes after some work, from a thread or from the leader. */
static void *ends_all(void *argument)
{
	unsigned seed = (unsigned)(long)argument;

	for (unsigned i = next(&seed) % 16; i; i--)
		does_something(&seed);
	switch ((long)argument % 4) {
	case 0:
		_exit(40);
	case 1:
		exec_self("true", "x");
		_exit(41);
	case 2:
		sc(SYS_tgkill, getpid(), sc(SYS_gettid), SIGKILL);
	}
	for (;;)
		pause(); /* the parent kills */
}

static void process(long seed)
{
	pthread_t t;

	for (long i = 0; i < THREADS; i++)
		pthread_create(&t, 0, works, (void *)(seed * 16 + i));
	if (seed & 4 && !pthread_create(&t, 0, ends_all, (void *)seed))
		works((void *)seed);
	ends_all((void *)seed);
}

/* One generation; how many ended in another way than they should. */
static int generation(long seed)
{
	static const int wanted[4] = {EXITED(40), EXITED(42), KILLED(SIGKILL), KILLED(SIGTERM)};
	int pids[PROCESSES], wrong = 0;

	for (long i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			process(seed + i);
	}
	for (int i = 0; i < PROCESSES; i++)
		if ((seed + i) % 4 == 3) {
			sleep_ms(3);
			kill(pids[i], SIGTERM);
		}
	for (int i = 0; i < PROCESSES; i++)
		wrong += wait_for(pids[i]) != wanted[(seed + i) % 4];
	return wrong;
}

/* Children whose parents ended first are process 1's, which may take its time. */
static long left_behind(long before)
{
	static struct bh_counter counters[64];
	long now = 0;

	for (int tries = 0; tries < 500; tries++) {
		long size = sc(SYS_bh_info, BH_INFO_COUNTERS, 0, counters, sizeof counters);

		now = 0;
		for (long i = 0; i < size / (long)sizeof *counters; i++)
			if (!strcmp(counters[i].name, "objects") || !strcmp(counters[i].name, "handles"))
				now += counters[i].value;
		if (!before || now <= before)
			break;
		sleep_ms(20);
	}
	return now > before ? now - before : 0;
}

int main(int argc, char **argv)
{
	long seconds = argc > 1 ? atol(argv[1]) : 0, start = now_us(), before, seed = 8;
	int wrong = 0;

	if (argc > 1 && !strcmp(argv[1], "true"))
		_exit(42);
	wrong += generation(seed); /* what a first time alone makes */
	sleep_ms(300);
	before = left_behind(0);
	do
		wrong += generation(seed += 8);
	while (seed < 32 || now_us() - start < seconds * 1000000);
	eq(wrong, 0, "every process has ended as it should");
	eq(left_behind(before), 0, "nothing is left behind");
	return tap_done();
}
