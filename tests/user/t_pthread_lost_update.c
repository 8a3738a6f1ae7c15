/* t_pthread_lost_update - what a lock is for: two threads add to a balance, in each of the orders that are possible. */
#include "threads.h"

#include <semaphore.h>

static sem_t may_step[2], stepped;
static int balance, with_lock;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

/* Each step of a thread waits until the schedule says so. */
static void step(int me)
{
	sem_wait(&may_step[me]);
}

static void *deposits(void *argument)
{
	int me = (int)(long)argument, seen;

	step(me);
	seen = balance; /* the first step: read */
	sem_post(&stepped);
	step(me);
	balance = seen + 10 * (me + 1); /* the second: write */
	sem_post(&stepped);
	return 0;
}

/* The schedule names who takes the next step. */
static int run(const char *schedule)
{
	pthread_t t[2];

	balance = 0;
	for (long i = 0; i < 2; i++)
		t[i] = start(deposits, (void *)i);
	for (; *schedule; schedule++) {
		sem_post(&may_step[*schedule - 'a']);
		sem_wait(&stepped);
	}
	join(t[0]);
	join(t[1]);
	return balance;
}

static void *deposits_under_lock(void *me)
{
	for (int i = 0; i < 200; i++) {
		int seen;

		pthread_mutex_lock(&mutex);
		seen = with_lock;
		if (i % 16 == (long)me)
			sched_yield();
		with_lock = seen + 1;
		pthread_mutex_unlock(&mutex);
	}
	return 0;
}

int main(void)
{
	static const struct {
		const char *schedule;
		int result;
	} cases[] = {{"aabb", 30}, {"bbaa", 30}, {"abab", 20}, {"abba", 10}, {"baba", 10}, {"baab", 20}};

	sem_init(&may_step[0], 0, 0);
	sem_init(&may_step[1], 0, 0);
	sem_init(&stepped, 0, 0);
	for (int i = 0; i < 6; i++)
		eq(run(cases[i].schedule), cases[i].result, "10 by a and 20 by b, in the order %s, are %d",
		   cases[i].schedule, cases[i].result);
	run_threads(4, deposits_under_lock);
	eq(with_lock, 800, "under a lock nothing is lost");
	return tap_done();
}
