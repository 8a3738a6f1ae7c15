/* t_pthread_peterson - exclusion from loads and stores alone: Peterson's for two threads, Lamport's bakery for more. */
#include "threads.h"

#define ROUNDS 100
#define CUSTOMERS 4

static int wants[2], turn; /* Peterson */
static int choosing[CUSTOMERS], numbers[CUSTOMERS]; /* the bakery */
static int inside, together, count;

/* A store that all have seen before this thread's next load: without that neither algorithm works on this processor. */
static void store(int *word, int value)
{
	__atomic_store_n(word, value, __ATOMIC_SEQ_CST);
}

static FENCED void peterson_lock(int me)
{
	store(&wants[me], 1);
	store(&turn, !me); /* after you */
	while (read_word(&wants[!me]) && read_word(&turn) == !me)
		sched_yield();
}

static FENCED void peterson_unlock(int me)
{
	store(&wants[me], 0);
}

static int is_before(int other, int me)
{
	int number = read_word(&numbers[other]), mine = read_word(&numbers[me]);

	return number && (number < mine || (number == mine && other < me));
}

static FENCED void bakery_lock(int me)
{
	int highest = 0;

	store(&choosing[me], 1);
	for (int i = 0; i < CUSTOMERS; i++)
		if (read_word(&numbers[i]) > highest)
			highest = read_word(&numbers[i]);
	store(&numbers[me], highest + 1);
	store(&choosing[me], 0);
	for (int i = 0; i < CUSTOMERS; i++) {
		while (read_word(&choosing[i]))
			sched_yield();
		while (i != me && is_before(i, me))
			sched_yield();
	}
}

static FENCED void bakery_unlock(int me)
{
	store(&numbers[me], 0);
}

static void critical_section(int round)
{
	if (add(&inside, 1) != 1)
		add(&together, 1);
	count++;
	if (round % 8 == 0)
		sched_yield();
	add(&inside, -1);
}

static void *by_peterson(void *me)
{
	for (int i = 0; i < ROUNDS; i++) {
		peterson_lock((int)(long)me);
		critical_section(i);
		peterson_unlock((int)(long)me);
	}
	return 0;
}

static void *by_bakery(void *me)
{
	for (int i = 0; i < ROUNDS; i++) {
		bakery_lock((int)(long)me);
		critical_section(i);
		bakery_unlock((int)(long)me);
	}
	return 0;
}

int main(void)
{
	run_threads(2, by_peterson);
	eq(count, 2 * ROUNDS, "Peterson: no count is lost");
	eq(together, 0, "the two were never inside together");
	count = 0;
	run_threads(CUSTOMERS, by_bakery);
	eq(count, CUSTOMERS * ROUNDS, "the bakery: no count is lost");
	eq(together, 0, "one customer at a time");
	return tap_done();
}
