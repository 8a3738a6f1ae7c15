/* processors.c - two processors: who talks to whom on the other, and what it costs to take pages away from both. */
#include "measure.h"

#include <pthread.h>
#include <time.h>

static volatile int over;

/* Has run in this space on processor 1, and is blocked there: that one may have its pages in its TLB. */
static void *bystander(void *unused)
{
	pin(1);
	while (!over)
		sc6(SYS_futex, (long)&over, 0, 0, 0, 0, 0);
	return unused;
}

static void shootdowns(void)
{
	struct timespec t = {0, 10000000};
	pthread_t other;

	if (!wanted("2cpu_mprotect") && !wanted("2cpu_mmap"))
		return;
	if (pthread_create(&other, NULL, bystander, NULL)) {
		skipped("2cpu_mprotect_ro_rw_touch", "pthread_create", 0);
		return;
	}
	sc2(SYS_nanosleep, &t, 0);
	protect("2cpu_mprotect_ro_rw_touch");
	map_touch_unmap("2cpu_mmap_touch_munmap_64k");
	over = 1;
	sc6(SYS_futex, (long)&over, 1, 1, 0, 0, 0);
	pthread_join(other, NULL);
}

void bench_processors(void)
{
	pin(0);
	pipe_round_trip("2cpu_pipe_pp_1B", 1, 2000);
	queue_round_trip("2cpu_mq_pp_64B", 64, 2000);
	futex_threads("2cpu_futex_threads_pp");
	shootdowns();
}
