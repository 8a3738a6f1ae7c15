/*
 * lock.h - ticket spinlocks with ranks.
 *
 * L1  A CPU takes locks in strictly rising rank. The enum below is the order, and in test builds the
 *     check: lock_acquire() panics when it is broken, naming both locks.
 * L2  No lock is held across a sleep, a user copy or the return to ring 3: those call
 *     lock_assert_none_held().
 * L3  A plain lock is never taken by an interrupt handler and leaves interrupts on. An interrupt-class
 *     lock (rank >= RANK_IRQ_CLASS) is taken with interrupts off, is innermost, and is held briefly.
 * L4  Who waits for a lock for STUCK_NS panics, naming the lock and, in test builds, who has it.
 * L5  Who comes first is served first; but not under a hypervisor, which may have taken the CPU from whoever
 *     is next, and then all would wait for that one. There the first who looks takes it, as on Linux.
 */
#pragma once

#include "kernel/lib/config.h"
#include "kernel/lib/types.h"

/* Outermost first. */
enum lock_rank {
	RANK_PROCESS,   /* sched/process: the process tree, groups, sessions, statuses */
	RANK_TTY,       /* ipc/tty: line discipline and foreground group */
	RANK_MQ_NAMES,  /* ipc/mqueue: the name space of queues */
	RANK_HANDLES,   /* ipc/handle: one table */
	RANK_IPC,       /* ipc: one pipe, one queue, one channel */
	RANK_FUTEX,     /* sched/futex: the waiters of one space */
	RANK_MUTEX,     /* sched/mutex: the waiters of an address-space mutex */
	RANK_QUIET,     /* the random generator; mm/aspace: the list of all spaces */
	RANK_KSTACK,    /* mm/kstack: spare stacks */
	RANK_CACHE,     /* mm/cache: one object cache */
	RANK_FRAME,     /* mm/frame: the free list */
	RANK_IRQ_CLASS, /* from here on: interrupts off */
	RANK_CONSOLE,   /* receive rings that interrupt handlers fill */
	RANK_TIMER,     /* sched/timer: the list of timeouts */
	RANK_RUNQ,      /* sched/runq: one CPU's queue, and thread states */
	RANK_LOG,       /* kernel/lib/log */
	RANK_COUNT
};

struct spinlock {
	u32 next, serving;     /* tickets */
	enum lock_rank rank;
	const char *name;
	const void *owner_ip;  /* test builds: who took it, where ... */
	u32 owner;             /* ... and on which CPU */
};

#define SPINLOCK(r, n) {0, 0, (r), (n), NULL, 0}

/* What one CPU has seen of the locks of one rank, for `lockstat`. */
struct lock_stat {
	const char *name; /* the lock's that was last met; NULL: none was */
	u64 acquired;     /* test builds */
	u64 contended;    /* somebody else held it ... */
	u64 spins;        /* ... for so many looks */
};

/* What one CPU holds, innermost last (test builds), and has seen. */
#define LOCK_DEPTH 12
struct lock_state {
	u32 depth;
	struct spinlock *held[LOCK_DEPTH];
	struct lock_stat stats[RANK_COUNT];
};

extern bool lock_queues; /* L5; set before other CPUs run */
void lock_init(struct spinlock *l, enum lock_rank rank, const char *name);
void lock_acquire(struct spinlock *l);
void lock_release(struct spinlock *l);
/* Interrupt class: returns what lock_release_irq() wants back. */
bool lock_acquire_irq(struct spinlock *l);
void lock_release_irq(struct spinlock *l, bool were_on);
void lock_check_none_held(const char *who);
/* Panics, naming `who` and the lock, if this CPU holds any (test builds; free otherwise). */
static inline void lock_assert_none_held(const char *who)
{
	if (BUILD_TEST)
		lock_check_none_held(who);
}
