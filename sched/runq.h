/*
 * runq.h - the policy: which ready thread runs next, and for how long. Round robin.
 *
 * Replaceable as a whole: sched/switch.c calls nothing else to decide. Caller holds the queue's lock
 * (RANK_RUNQ, interrupts off).
 */
#pragma once

#include "sched/thread.h"

#define SLICE_NS 10000000ull
#define TICK_NS  10000000ull /* between looks at what the running thread does: sched/usage.h */

struct runq {
	struct spinlock lock;
	struct list ready;  /* FIFO */
	u64 next_tick;      /* the next multiple of TICK_NS */
	u64 slice_end;      /* of the running thread; TIME_NEVER while nobody waits */
};

extern struct runq runqs[MAX_CPUS];

void runq_init(struct runq *q);
void runq_add(struct runq *q, struct thread *t);
/* Takes the next thread off; NULL where nobody is ready. */
struct thread *runq_take(struct runq *q);
void runq_remove(struct runq *q, struct thread *t);
bool runq_empty(const struct runq *q);
