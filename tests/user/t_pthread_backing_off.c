/* t_pthread_backing_off - two locks taken in opposite orders: a deadlock, and how trylock and giving back avoid it. */
#include "threads.h"

#define THREADS 4
#define ROUNDS 150

static pthread_mutex_t mutexes[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static pthread_barrier_t barrier;
static long both;

/* Each holds one and wants the other's: with lock() instead of a time-out this would be for ever. */
static void *embraces(void *argument)
{
	int me = (int)(long)argument;
	struct timespec soon;
	long error;

	pthread_mutex_lock(&mutexes[me]);
	pthread_barrier_wait(&barrier);
	soon = in_ms(CLOCK_REALTIME, 10);
	error = pthread_mutex_timedlock(&mutexes[!me], &soon);
	pthread_barrier_wait(&barrier);
	pthread_mutex_unlock(&mutexes[me]);
	return (void *)error;
}

/* Keeps none while it waits for one. */
static void lock_both(pthread_mutex_t *a, pthread_mutex_t *b)
{
	for (;;) {
		pthread_mutex_t *tried = b;

		pthread_mutex_lock(a);
		if (pthread_mutex_trylock(b) == 0)
			return;
		pthread_mutex_unlock(a);
		sched_yield();
		b = a; /* begin with the one that was missing */
		a = tried;
	}
}

static void *takes_both(void *me)
{
	int first = (long)me % 2;

	for (int i = 0; i < ROUNDS; i++) {
		lock_both(&mutexes[first], &mutexes[!first]);
		both++;
		if (i % 8 == 0)
			sched_yield();
		pthread_mutex_unlock(&mutexes[0]);
		pthread_mutex_unlock(&mutexes[1]);
	}
	return 0;
}

int main(void)
{
	pthread_t t[2];

	pthread_barrier_init(&barrier, 0, 2);
	for (long i = 0; i < 2; i++)
		t[i] = start(embraces, (void *)i);
	eq((long)join(t[0]), ETIMEDOUT, "a holds one and waits for the other");
	eq((long)join(t[1]), ETIMEDOUT, "so does b, the other way round");
	run_threads(THREADS, takes_both);
	eq(both, THREADS * ROUNDS, "who gives back what it has when it cannot have both, gets both in the end");
	return tap_done();
}
