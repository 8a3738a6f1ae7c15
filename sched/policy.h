/*
 * policy.h - what a scheduling policy decides. To replace it, write one file that fills in a struct policy.
 *
 * Each CPU has a line of ready threads (runq.h), ascending by `order`: 64 bits that mean what the policy likes. Whoever
 * stands first is next. So a policy is this: a number for each thread, and how that number grows as the thread
 * runs. Virtual time makes a fair policy (fair.c), the time of arrival round robin (round_robin.c), a deadline EDF, a
 * level above a time of arrival multilevel queues. Orders of different CPUs are compared (runq_victim()).
 *
 * Mechanism - states, switching, timers, interrupts between CPUs - is in switch.c and decides nothing. All of these
 * are called with the queue's lock (RANK_RUNQ, interrupts off), touch only that queue and that thread, and are
 * compiled into tests/host/test_fair.c, where a simulated clock drives them.
 */
#pragma once

#include "sched/runq.h"

enum reason {
	WAKES,   /* from sleep */
	BEGINS,  /* is new; who made it runs on q, or the CPU was idle */
	STAYS,   /* could go on, but its slice is over, or another goes before it */
	YIELDS,  /* lets others go first */
	MOVES,   /* comes from another CPU's line */
};

struct policy {
	const char *name;   /* the boot word sched= */
	/* ns that t may run before it is compared with those that wait. */
	u64 (*slice)(const struct thread *t);
	/* q->running has run for so many ns, until q->now. */
	void (*charge)(struct runq *q, u64 ns);
	/* t is about to stand in q's line: sets t->order. Not called for STAYS, which charge() has done. */
	void (*place)(struct runq *q, struct thread *t, enum reason reason);
	/* Does `first`, who heads the line, get the CPU before the slice of q->running is over? */
	bool (*preempts)(const struct runq *q, const struct thread *first);
	/* May t, who was just woken, go before all others for the rest of the running thread's slice? */
	bool (*may_jump)(const struct runq *q, const struct thread *t);
	/* By how much must a thread in another CPU's line come before all here, to be fetched? */
	u64 (*margin)(const struct runq *q);
	/* Who waits longest elsewhere waits in `other`, which is not locked: does it say anything about q->running? */
	void (*compare)(struct runq *q, const struct runq *other);
};

extern const struct policy fair, round_robin;
extern const struct policy *policy; /* set once, before the first thread runs */

/* q->running has run until `now`, by this CPU's clock: charges it for the time since it was last charged. */
static inline void runq_account(struct runq *q, u64 now)
{
	struct thread *t = q->running;
	u64 ns;

	q->now = now;
	if (!t)
		return;
	now = MAX(now, t->run_since); /* another CPU's clock may be a little ahead */
	ns = now - t->run_since;
	t->run_since = now;
	t->cpu_ns += ns;
	policy->charge(q, ns);
}

/* Selects by name; false: there is none. */
bool policy_choose(const char *name);
