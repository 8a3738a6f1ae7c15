/* t_pthread_once_race - pthread_once: of many who come at the same time one makes it, all wait until it is made. */
#include "threads.h"

#define THREADS 6
#define TIMES 50

static pthread_once_t once[TIMES], interrupted = PTHREAD_ONCE_INIT;
static pthread_barrier_t barrier;
static int made[TIMES], now, too_early, attempts, word;

static void make(void)
{
	int i = read_word(&now);

	sched_yield(); /* here others come to see whether they wait */
	add(&made[i], 1);
}

static void *races(void *me)
{
	for (int i = 0; i < TIMES; i++) {
		if (!me)
			__atomic_store_n(&now, i, __ATOMIC_SEQ_CST);
		pthread_barrier_wait(&barrier);
		pthread_once(&once[i], make);
		if (read_word(&made[i]) == 0)
			add(&too_early, 1);
		pthread_barrier_wait(&barrier);
	}
	return 0;
}

/* The first attempt is cancelled; it does not count. */
static void make_slowly(void)
{
	if (add(&attempts, 1) == 1) {
		set(&word);
		for (;;)
			pause();
	}
}

static void *tries(void *unused)
{
	pthread_once(&interrupted, make_slowly);
	return unused;
}

int main(void)
{
	pthread_t first, second;
	int right = 1;

	for (int i = 0; i < TIMES; i++)
		once[i] = (pthread_once_t)PTHREAD_ONCE_INIT;
	pthread_barrier_init(&barrier, 0, THREADS);
	run_threads(THREADS, races);
	for (int i = 0; i < TIMES; i++)
		right &= made[i] == 1;
	ok(right, "each is made once");
	eq(too_early, 0, "and nobody goes on before it is");

	first = start(tries, 0);
	await_set(&word);
	second = start(tries, 0); /* waits for the first */
	pthread_cancel(first);
	ok(join(first) == PTHREAD_CANCELED, "who makes it is cancelled");
	eq((long)join(second), 0, "another makes it instead");
	tries(0);
	eq(attempts, 2, "and then it is made");
	return tap_done();
}
