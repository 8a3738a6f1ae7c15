/*
 * runq.h - one CPU's line of ready threads, in the order that the policy gives them (policy.h).
 *
 * Q1  A thread is in one line at most, and only while it is READY; the running thread is in none.
 * Q2  The line ascends by `order`; among equals, first come, first served.
 * Q3  `first` says to other CPUs, who hold no lock, who heads the line. It is a hint: they look again under the lock.
 *
 * A list: putting a thread in costs as many steps as there are threads that it passes, from the end; all else is
 * independent of how many wait. Caller holds the queue's lock (RANK_RUNQ, interrupts off), of one queue only.
 */
#pragma once

#include "kernel/x86/clock.h"
#include "sched/thread.h"

#define TICK_NS    10000000ull /* between looks at what the running thread does: sched/usage.h */
#define ORDER_NONE (~0ull)

enum reason;

struct runq {
	struct spinlock lock;
	struct list ready;
	struct thread *running; /* NULL: the idle thread */
	u64 now;                /* the clock, when it was last read for this queue */
	u64 clock;              /* the policy's: fair.c keeps virtual time */
	u64 first;              /* order of the first in line, or ORDER_NONE; read without the lock, relaxed */
	struct thread *next;    /* one in the line that was woken to get this CPU next, or NULL */
	u64 next_tick;          /* the next multiple of TICK_NS */
	u64 slice_end;          /* of the running thread; TIME_NEVER while nobody waits */
	bool slice_over;        /* it has passed, and the line has not been looked at since */
} __attribute__((aligned(64)));

extern struct runq runqs[MAX_CPUS];

void runq_init(struct runq *q);
/* The queue that t belongs to, locked. It may go to another while we wait for the lock. */
struct runq *runq_lock_of(const struct thread *t, bool *irq);
void runq_put(struct runq *q, struct thread *t, enum reason reason);

static inline bool runq_empty(const struct runq *q)
{
	return list_empty(&q->ready);
}

/* Who heads the line, or NULL. */
static inline struct thread *runq_first(const struct runq *q)
{
	return runq_empty(q) ? NULL : list_first(&q->ready, struct thread, run_link);
}

/* Q3 */
static inline void runq_publish(struct runq *q)
{
	__atomic_store_n(&q->first, runq_empty(q) ? ORDER_NONE : runq_first(q)->order, __ATOMIC_RELAXED);
}

static inline void runq_remove(struct runq *q, struct thread *t)
{
	list_remove(&t->run_link);
	if (q->next == t)
		q->next = NULL;
	runq_publish(q);
}

/* Takes the first off; NULL where nobody is ready. */
static inline struct thread *runq_take(struct runq *q)
{
	struct thread *t = runq_first(q);

	if (t)
		runq_remove(q, t);
	return t;
}

/*
 * Is there somewhere a thread that ought to run here rather than those of this CPU's queue `q`? The number of
 * the CPU in whose line it seems to be, or -1. Reads only what other CPUs publish. An idle CPU takes anybody. CPUs in
 * the set `tried` are left out. Then, having released q->lock:
 *
 *      lock the victim's queue;  t = runq_steal(victim, here, limit);  t->cpu = here;  release
 *      lock q;  runq_put(q, t, MOVES)
 *
 * In between t is READY and in no line, and nobody but this CPU acts on that.
 */
int runq_victim(struct runq *q, u32 cpu, u64 tried);
/* The lowest order that the fetched thread must be below. */
u64 runq_limit(const struct runq *q);
/* Takes off `from` the first thread that may run on `cpu` and is ordered before `limit`; or NULL. */
struct thread *runq_steal(struct runq *from, u32 cpu, u64 limit);
