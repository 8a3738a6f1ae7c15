/* t_futex_condition - a condition variable: a broadcast wakes one and moves the others over to the mutex. */
#include "threads.h"

#define CMP_REQUEUE 4
#define THREADS 6
#define ROUNDS 60

enum { FREE, HELD, WAITED_FOR };

static int mutex, condition, open_gate, passed, moved, turn, total;

static void lock_again(int *m)
{
	while (__atomic_exchange_n(m, WAITED_FOR, __ATOMIC_SEQ_CST) != FREE)
		futex_wait(m, WAITED_FOR);
}

static FENCED void lock(int *m)
{
	if (!__sync_bool_compare_and_swap(m, FREE, HELD))
		lock_again(m);
}

static FENCED void unlock(int *m)
{
	if (__atomic_exchange_n(m, FREE, __ATOMIC_SEQ_CST) == WAITED_FOR)
		futex_wake(m, 1);
}

/* Who was moved wakes as one that waited for the mutex: it may not take it as HELD only, others may wait behind it. */
static FENCED void wait_for_signal(int *c, int *m)
{
	int seen = read_word(c);

	unlock(m);
	futex_wait(c, seen);
	lock_again(m);
}

/* With the mutex held. It says how many others it has moved. */
static FENCED int broadcast(int *c, int *m)
{
	int seen = add(c, 1);

	__atomic_store_n(m, WAITED_FOR, __ATOMIC_SEQ_CST); /* that there are waiters, who moves them has to say */
	return (int)sc(SYS_futex, c, CMP_REQUEUE, 1, 1 << 30, m, seen) - 1;
}

static void *goes_through(void *unused)
{
	lock(&mutex);
	while (!open_gate)
		wait_for_signal(&condition, &mutex);
	passed++;
	unlock(&mutex);
	return unused;
}

static void *takes_turns(void *me)
{
	for (int i = 0; i < ROUNDS; i++) {
		lock(&mutex);
		while (turn != (int)(long)me)
			wait_for_signal(&condition, &mutex);
		turn = (turn + 1) % THREADS;
		total++;
		broadcast(&condition, &mutex);
		unlock(&mutex);
	}
	return 0;
}

int main(void)
{
	pthread_t t[THREADS];

	for (int i = 0; i < THREADS; i++)
		t[i] = start(goes_through, 0);
	await_sleepers(&condition, THREADS);
	lock(&mutex);
	open_gate = 1;
	moved = broadcast(&condition, &mutex);
	eq(moved, THREADS - 1, "one is woken, the others are moved");
	await_sleepers(&condition, 0);
	await_sleepers(&mutex, THREADS);
	ok(1, "then all wait for the mutex, also the one that was woken");
	eq(passed, 0, "and nobody goes on while it is held");
	unlock(&mutex);
	for (int i = 0; i < THREADS; i++)
		join(t[i]);
	eq(passed, THREADS, "it goes from one to the next");
	run_threads(THREADS, takes_turns);
	eq(total, THREADS * ROUNDS, "threads that take turns");
	return tap_done();
}
