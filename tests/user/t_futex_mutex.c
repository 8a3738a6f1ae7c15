/* t_futex_mutex - Drepper's mutex of three states: no system call unless somebody waits. */
#include "threads.h"

#define THREADS 4
#define ROUNDS 400

enum { FREE, HELD, WAITED_FOR };

static int mutex, sleeps, wakes;
static long counter;

/*
 * FREE -> HELD by who finds it free. Who does not, makes it WAITED_FOR and sleeps while it is that; and who has slept
 * takes it as WAITED_FOR, since others may sleep still.
 */
static FENCED void lock(int *m)
{
	int was = __sync_val_compare_and_swap(m, FREE, HELD);

	if (was == FREE)
		return;
	if (was == HELD)
		was = __atomic_exchange_n(m, WAITED_FOR, __ATOMIC_SEQ_CST);
	while (was != FREE) {
		add(&sleeps, 1);
		futex_wait(m, WAITED_FOR);
		was = __atomic_exchange_n(m, WAITED_FOR, __ATOMIC_SEQ_CST);
	}
}

static FENCED void unlock(int *m)
{
	if (__atomic_exchange_n(m, FREE, __ATOMIC_SEQ_CST) == WAITED_FOR) {
		add(&wakes, 1);
		futex_wake(m, 1);
	}
}

static void *counts(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		lock(&mutex);
		counter++;
		if (i % 16 == 0)
			sched_yield(); /* so that others find it held */
		unlock(&mutex);
	}
	return unused;
}

static void *locks_once(void *unused)
{
	lock(&mutex);
	counter++;
	unlock(&mutex);
	return unused;
}

int main(void)
{
	pthread_t t[3];

	for (int i = 0; i < 100; i++) {
		lock(&mutex);
		counter++;
		unlock(&mutex);
	}
	eq(sleeps + wakes, 0, "alone: no system call at all");
	lock(&mutex);
	eq(mutex, HELD, "held, nobody waits");
	for (int i = 0; i < 3; i++)
		t[i] = start(locks_once, 0);
	await_sleepers(&mutex, 3);
	eq(mutex, WAITED_FOR, "held, three wait");
	eq(counter, 100, "and do not go on");
	unlock(&mutex);
	for (int i = 0; i < 3; i++)
		join(t[i]);
	eq(counter, 103, "given back, one after the other goes on");
	eq(mutex, FREE, "in the end it is free");
	counter = 0;
	run_threads(THREADS, counts);
	eq(counter, THREADS * ROUNDS, "under contention no count is lost");
	eq(mutex, FREE, "and nobody was left asleep");
	return tap_done();
}
