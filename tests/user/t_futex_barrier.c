/* t_futex_barrier - a barrier of two words: how many are there, and which round it is. */
#include "threads.h"

#define THREADS 6
#define ROUNDS 100

static struct barrier {
	int arrived, round;
} barrier;

static int cells[THREADS], early, lasts;

/* The last to come opens the next round; the others sleep while it is still theirs. 1 for the last. */
static FENCED int barrier_wait(struct barrier *b, int n)
{
	int mine = read_word(&b->round);

	if (add(&b->arrived, 1) == n) {
		__atomic_store_n(&b->arrived, 0, __ATOMIC_SEQ_CST); /* before others can come again */
		add(&b->round, 1);
		futex_wake(&b->round, n);
		return 1;
	}
	while (read_word(&b->round) == mine)
		futex_wait(&b->round, mine);
	return 0;
}

static void *meets(void *me)
{
	for (int i = 1; i <= ROUNDS; i++) {
		cells[(long)me] = i;
		if (barrier_wait(&barrier, THREADS))
			add(&lasts, 1);
		for (int j = 0; j < THREADS; j++)
			if (cells[j] != i)
				add(&early, 1);
		if (barrier_wait(&barrier, THREADS))
			add(&lasts, 1);
	}
	return 0;
}

static void *comes(void *unused)
{
	(void)unused;
	return (void *)(long)barrier_wait(&barrier, THREADS);
}

int main(void)
{
	pthread_t t[THREADS - 1];
	int last = 0;

	for (int i = 0; i < THREADS - 1; i++)
		t[i] = start(comes, 0);
	await_sleepers(&barrier.round, THREADS - 1);
	eq(barrier.arrived, THREADS - 1, "all but one wait");
	eq(barrier_wait(&barrier, THREADS), 1, "the last does not");
	for (int i = 0; i < THREADS - 1; i++)
		last += join(t[i]) != 0;
	eq(last, 0, "and lets the others go on");
	run_threads(THREADS, meets);
	eq(early, 0, "round after round nobody goes ahead");
	eq(lasts, 2 * ROUNDS, "and each has one that was last");
	return tap_done();
}
