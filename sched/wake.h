/*
 * wake.h - what sched/switch.c needs of sched/wake.c: idle CPUs, and threads that change CPUs. Waking itself is in
 * sched.h.
 */
#pragma once

#include "sched/runq.h"

/* This CPU is about to look for work, and to halt if it finds none: threads may be sent to it. Called before it looks,
 * so that whoever puts a thread into its line later sees that, and sends an interrupt. */
void wake_idle_begins(u32 cpu);
void wake_idle_ends(u32 cpu);
/* All CPUs but this one have nothing to do, and have buried their dead: for tests. */
bool wake_others_idle(void);
/* t stands in the line of a CPU that is busy: an idle one that may run it, if there is one, comes to fetch it. */
void wake_offer(const struct thread *t);

static inline bool thread_may_run(const struct thread *t, u32 cpu)
{
	return t->affinity & 1u << cpu;
}

/* t is READY, in no line, and may not run on its CPU, whose queue's lock is held: it goes to another's. Releases the
 * lock. */
void thread_move(struct runq *q, struct thread *t, bool irq);
/* Has the CPU call sched_poke(). */
void wake_poke(u32 cpu);

/* The lock of t's queue is held, and t in no line. */
static inline void thread_set_cpu(struct thread *t, u32 cpu)
{
	__atomic_store_n(&t->cpu, cpu, __ATOMIC_RELAXED);
}
