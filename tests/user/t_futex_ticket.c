/* t_futex_ticket - a ticket lock that sleeps: who comes first is served first, as at a counter with numbers. */
#include "threads.h"

#define THREADS 6
#define ROUNDS 150

static int next_ticket, now_serving, served[THREADS], n, came;
static long counter;

static FENCED int lock(void)
{
	int mine = add(&next_ticket, 1) - 1, now;

	while ((now = read_word(&now_serving)) != mine)
		futex_wait(&now_serving, now);
	return mine;
}

/* All are woken, since the next may be any of them; those whose turn it is not sleep again. */
static FENCED void unlock(void)
{
	add(&now_serving, 1);
	futex_wake(&now_serving, THREADS);
}

static void *comes(void *me)
{
	lock();
	served[n++] = (int)(long)me;
	unlock();
	return 0;
}

static void *counts(void *me)
{
	int last = -1;

	(void)me;
	for (int i = 0; i < ROUNDS; i++) {
		int mine = lock();

		counter++;
		if (mine <= last)
			counter = -1;
		last = mine;
		unlock();
	}
	return 0;
}

int main(void)
{
	pthread_t t[THREADS];

	came = lock();
	for (long i = 0; i < THREADS; i++) {
		t[i] = start(comes, (void *)i);
		await_sleepers(&now_serving, (int)i + 1); /* it has its ticket before the next comes */
	}
	eq(n, 0, "all wait for ticket %d", came);
	unlock();
	for (int i = 0; i < THREADS; i++)
		join(t[i]);
	for (int i = 0; i < THREADS; i++)
		eq(served[i], i, "number %d is served in its turn", i);
	run_threads(THREADS, counts);
	eq(counter, THREADS * ROUNDS, "no count is lost");
	eq(next_ticket, now_serving, "and nobody waits any more");
	return tap_done();
}
