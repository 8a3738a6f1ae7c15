/* t_futex_semaphore - a counting semaphore of one word, and that wakes are not saved up but counts are. */
#include "threads.h"

#define THREADS 6
#define ROUNDS 120
#define ROOM 2

static int sem, inside, crowded, went;

static int try_down(int *s)
{
	int now = read_word(s);

	while (now > 0)
		if (__atomic_compare_exchange_n(s, &now, now - 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			return 1;
	return 0;
}

static FENCED void down(int *s)
{
	while (!try_down(s))
		futex_wait(s, 0);
}

static FENCED void up(int *s)
{
	add(s, 1);
	futex_wake(s, 1);
}

static void *enters(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		down(&sem);
		if (add(&inside, 1) > ROOM)
			add(&crowded, 1);
		if (i % 8 == 0)
			sched_yield();
		add(&inside, -1);
		up(&sem);
	}
	return unused;
}

static void *goes_down(void *unused)
{
	down(&sem);
	add(&went, 1);
	return unused;
}

int main(void)
{
	pthread_t t[3];

	eq(futex_wake(&sem, 1), 0, "to wake when nobody sleeps is nothing");
	for (int i = 0; i < 3; i++)
		t[i] = start(goes_down, 0);
	await_sleepers(&sem, 3);
	eq(futex_wake(&sem, 1), 1, "one is woken without a count");
	await_sleepers(&sem, 3);
	eq(read_word(&went), 0, "and goes back to sleep");
	for (int i = 1; i <= 3; i++) {
		up(&sem);
		ok(becomes(&went, i), "up lets one down: %d", i);
	}
	for (int i = 0; i < 3; i++)
		join(t[i]);
	up(&sem);
	up(&sem);
	eq(try_down(&sem) + try_down(&sem) + try_down(&sem), 2, "counts are kept: two ups, two downs");
	sem = ROOM;
	run_threads(THREADS, enters);
	eq(crowded, 0, "never more inside than there is room for");
	eq(sem, ROOM, "and all room is free again");
	return tap_done();
}
