/*
 * round_robin.c - first come, first served, a slice each (policy.h). `order` is when a thread came, in ns, so that
 * several CPUs serve those who wait as one line would. Nice values count for nothing.
 */
#include "sched/policy.h"

#define SLICE 10000000ull

static u64 slice(const struct thread *t)
{
	return SLICE;
}

static void charge(struct runq *q, u64 ns)
{
	q->running->order = q->now;
}

static void place(struct runq *q, struct thread *t, enum reason reason)
{
	if (reason == WAKES || reason == BEGINS)
		t->order = q->now;
}

static bool preempts(const struct runq *q, const struct thread *first)
{
	return false;
}

static bool may_jump(const struct runq *q, const struct thread *t)
{
	return true;
}

static u64 margin(const struct runq *q)
{
	return SLICE / 2;
}

static void compare(struct runq *q, const struct runq *other)
{
}

const struct policy round_robin = {"rr", slice, charge, place, preempts, may_jump, margin, compare};
