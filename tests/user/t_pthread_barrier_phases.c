/* t_pthread_barrier_phases - prefix sums in log n phases: a barrier keeps each phase behind the last. */
#include "threads.h"

#define N 8
#define TIMES 30

static pthread_barrier_t barrier;
static long cells[2][N];
static int serial;

static void meet(void)
{
	if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
		add(&serial, 1);
}

/* With each phase a cell holds the sum of twice as many; the two rows change parts, so nobody reads what is written. */
static void *sums(void *me)
{
	int i = (int)(long)me;

	for (int time = 0; time < TIMES; time++) {
		int from = 0;

		cells[from][i] = i + 1;
		meet();
		for (int step = 1; step < N; step *= 2, from = !from) {
			cells[!from][i] = cells[from][i] + (i >= step ? cells[from][i - step] : 0);
			meet();
		}
		if (cells[from][i] != (i + 1) * (i + 2) / 2)
			return (void *)1;
		meet(); /* before the first row is filled again */
	}
	return 0;
}

int main(void)
{
	pthread_barrier_init(&barrier, 0, N);
	eq(run_threads(N, sums), 0, "each thread has the sum of all up to its own, %d times", TIMES);
	eq(serial, TIMES * 5, "one of them was told at each barrier that it is the one");
	eq(pthread_barrier_destroy(&barrier), 0, "the barrier can go");
	eq(pthread_barrier_init(&barrier, 0, 0), EINVAL, "a barrier of nobody");
	pthread_barrier_init(&barrier, 0, 1);
	eq(pthread_barrier_wait(&barrier), PTHREAD_BARRIER_SERIAL_THREAD, "a barrier of one does not wait");
	return tap_done();
}
