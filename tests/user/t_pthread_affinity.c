/* t_pthread_affinity - where threads may run: each is sent to one processor, is there, and can be sent to another. */
#include "threads.h"

#define THREADS 6
#define MOVES 20

static cpu_set_t all;
static int cpus[CPU_SETSIZE], count;

static cpu_set_t only(int cpu)
{
	cpu_set_t set_of_one;

	CPU_ZERO(&set_of_one);
	CPU_SET(cpu, &set_of_one);
	return set_of_one;
}

static int is_at(int cpu)
{
	cpu_set_t mine = only(cpu), now;

	return sched_getcpu() == cpu && pthread_getaffinity_np(pthread_self(), sizeof now, &now) == 0 &&
	       CPU_EQUAL(&now, &mine);
}

static void *moves_itself(void *me)
{
	long good = 1;

	for (int i = 0; i < MOVES; i++) {
		int cpu = cpus[((long)me + i) % count];
		cpu_set_t to = only(cpu);

		good &= pthread_setaffinity_np(pthread_self(), sizeof to, &to) == 0 && is_at(cpu);
	}
	return (void *)good;
}

/* Until it is at the processor that the main thread has chosen. */
static void *is_moved(void *cpu)
{
	while (!is_at(*(int *)cpu))
		sched_yield();
	return cpu;
}

static void *inherits(void *cpu)
{
	return (void *)(long)is_at(*(int *)cpu);
}

static void *tells_mask(void *unused)
{
	cpu_set_t now;

	(void)unused;
	pthread_getaffinity_np(pthread_self(), sizeof now, &now);
	return (void *)(long)CPU_EQUAL(&now, &all);
}

int main(void)
{
	pthread_t t[THREADS];
	cpu_set_t one, none;

	eq(pthread_getaffinity_np(pthread_self(), sizeof all, &all), 0, "where the main thread may run");
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &all))
			cpus[count++] = i;
	ok(count == CPU_COUNT(&all) && count > 0, "is somewhere");
	eq(run_threads(THREADS, moves_itself), THREADS, "threads that go round all processors");
	for (int i = 0; i < THREADS; i++) {
		t[i] = start(is_moved, &cpus[i % count]);
		one = only(cpus[i % count]);
		pthread_setaffinity_np(t[i], sizeof one, &one);
	}
	for (int i = 0; i < THREADS; i++)
		join(t[i]);
	ok(join(start(tells_mask, 0)), "all that was for those threads: a new one may run everywhere");
	one = only(cpus[count - 1]);
	pthread_setaffinity_np(pthread_self(), sizeof one, &one);
	ok(join(start(inherits, &cpus[count - 1])), "a thread inherits its maker's");
	CPU_ZERO(&none);
	eq(pthread_setaffinity_np(pthread_self(), sizeof none, &none), EINVAL, "nobody can run nowhere");
	ok(is_at(cpus[count - 1]), "and that changes nothing");
	return tap_done();
}
