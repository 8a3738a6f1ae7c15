/* t_futex_queue - who is woken, in which order, and where requeued waiters wait. */
#include "threads.h"

#define CMP_REQUEUE 4
#define REQUEUE     3
#define WAIT_BITS   9
#define WAKE_BITS   10
#define WAITERS     5

static int word, other, took, count, order[WAITERS], bits_of[WAITERS];
static struct slot {
	int number, *at;
} slots[WAITERS];

static int waits(void *argument)
{
	struct slot *s = argument;
	int bits = bits_of[s->number];
	long r = bits ? sc(SYS_futex, s->at, WAIT_BITS, 0, 0, 0, bits) : futex_wait(s->at, 0);

	if (r == 0) {
		order[__atomic_fetch_add(&took, 1, __ATOMIC_SEQ_CST)] = s->number;
		__atomic_fetch_add(&count, 1, __ATOMIC_SEQ_CST);
	}
	return 0;
}

/* All wait at `at`, the first first: each is seen asleep before the next is made. */
static void line_up(int *at, const int *bits)
{
	took = count = 0;
	for (int i = 0; i < WAITERS; i++) {
		slots[i] = (struct slot){i, at};
		bits_of[i] = bits ? bits[i] : 0;
		thread_raw(waits, &slots[i]);
		sleepers_become(at, i + 1);
	}
}

static void in_order(void)
{
	line_up(&word, 0);
	for (int i = 0; i < WAITERS; i++) {
		eq(futex_wake(&word, 1), 1, "one is woken");
		ok(becomes(&count, i + 1) && order[i] == i, "waiter %d, who came %d", i, i);
	}
	eq(futex_wake(&word, 1), 0, "nobody is left");
	line_up(&word, 0);
	eq(futex_wake(&word, 0), 1, "WAKE of 0 wakes one, as ever on Linux");
	eq(futex_wake(&word, 3), 3, "three of four");
	ok(becomes(&count, 4), "and no more");
	eq(futex_wake(&word, 1 << 30), 1, "all that are left");
	ok(becomes(&count, 5), "go on");
	eq(futex_wake(&other, 1), 0, "nobody waits at the other word");
}

static void by_bits(void)
{
	static const int bits[WAITERS] = {1, 2, 4, 3, 8};

	line_up(&word, bits);
	eq(sc(SYS_futex, &word, WAKE_BITS, 9, 0, 0, 16), 0, "nobody waits for bit 16");
	eq(sc(SYS_futex, &word, WAKE_BITS, 9, 0, 0, 2), 2, "bit 2: two waiters");
	ok(becomes(&count, 2) && order[0] + order[1] == 4, "number 1 and number 3");
	eq(sc(SYS_futex, &word, WAKE_BITS, 1, 0, 0, 12), 1, "bits 4 and 8: the first of two");
	ok(becomes(&count, 3) && order[2] == 2, "number 2");
	eq(futex_wake(&word, 9), 2, "WAKE matches any bit");
	ok(becomes(&count, 5), "all go on");
}

static void requeued(void)
{
	line_up(&word, 0);
	eq(sc(SYS_futex, &word, CMP_REQUEUE, 1, 2, &other, 1), -EAGAIN, "CMP_REQUEUE with another value moves nobody");
	eq(sc(SYS_futex, &word, CMP_REQUEUE, 1, 2, &other, 0), 3, "one is woken, two are moved");
	ok(becomes(&count, 1) && order[0] == 0, "the first is awake");
	eq(futex_wake(&other, 1), 1, "one of the moved is woken at the other word");
	ok(becomes(&count, 2) && order[1] == 1, "the second");
	eq(futex_wake(&word, 9), 2, "two wait where they were");
	ok(becomes(&count, 4), "and go on");
	eq(futex_wake(&other, 9), 1, "the last waits at the other word");
	ok(becomes(&count, 5) && order[4] == 2, "the third");

	line_up(&word, 0);
	eq(sc(SYS_futex, &word, REQUEUE, 0, 1 << 30, &other, 0), 5, "REQUEUE: all move");
	eq(futex_wake(&word, 9), 0, "nobody is left");
	eq(sc(SYS_futex, &other, REQUEUE, 1, 1 << 30, &other, 0), 5, "to the same word");
	eq(futex_wake(&other, 9), 4, "where four still wait");
	ok(becomes(&count, 5), "all go on");
}

static void far_apart(void)
{
	static int words[16 * 1024];
	int sum = 0;

	for (int i = 0; i < WAITERS; i++) {
		slots[i] = (struct slot){i, &words[i * 2048]};
		bits_of[i] = 0;
	}
	took = count = 0;
	for (int i = 0; i < WAITERS; i++)
		thread_raw(waits, &slots[i]);
	for (int i = 0; i < WAITERS; i++)
		sleepers_become(slots[i].at, 1);
	for (int i = 0; i < 16 * 1024; i++)
		sum += i % 2048 == 0 && i / 2048 < WAITERS ? 0 : futex_wake(&words[i], 1);
	eq(sum, 0, "no other address wakes anybody");
	for (int i = WAITERS - 1; i >= 0; i--)
		eq(futex_wake(&words[i * 2048], 9), 1, "each address has its own");
	ok(becomes(&count, 5), "all go on");
}

int main(void)
{
	in_order();
	by_bits();
	requeued();
	far_apart();
	return tap_done();
}
