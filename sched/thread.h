/*
 * thread.h - the thread control block: what runs.
 */
#pragma once

#include "kernel/lib/list.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/trapframe.h"
#include "mm/aspace.h"
#include "sched/signal.h"
#include "sched/usage.h"

struct process;

enum { NICE_MIN = -20, NICE_MAX = 19 };

/* Classes, by Linux's numbers. FIFO and RR, which would go before all others, are only names here. */
enum { SCHED_OTHER, SCHED_FIFO, SCHED_RR, SCHED_BATCH, SCHED_IDLE = 5 };

enum thread_state {
	THREAD_NEW,      /* not yet on a queue */
	THREAD_READY,    /* on a run queue */
	THREAD_RUNNING,
	THREAD_SLEEPING, /* in thread_sleep() */
	THREAD_DEAD,     /* never runs again; freed after the switch away */
};

struct thread {
	/* written by the thread itself, or before it first runs */
	i32 tid;
	struct process *process; /* NULL: a kernel thread, or one that has left its process */
	struct aspace *aspace;   /* borrowed from the process; NULL: the kernel's tables */
	u64 stack_top;           /* of its kernel stack */
	void *fpu;               /* save area, NULL for kernel threads */
	u64 fs_base, gs_base;    /* while it does not run ... */
	u64 selectors;           /* ... and DS, ES, FS, GS (cpu_user_selectors) */
	uva_t clear_tid;         /* CLONE_CHILD_CLEARTID, set_tid_address: zeroed at its end, and a futex wake-up */
	uva_t robust_list;       /* set_robust_list: locks that it may hold at its end (futex.h) */
	void (*entry)(void *);   /* run first, in the kernel; a kernel thread ends with it ... */
	void *argument;          /* ... with this */
	bool restarted;          /* the system call is made again after a signal ... */
	u64 restart_deadline;    /* ... and a relative sleep ends when it first meant to, ns */
	u64 faults;              /* page faults that were resolved */
	u64 ticks[2];            /* that found it in ring 3; in the kernel (sched/usage.h) */
	u64 charged_ns;          /* of its time, what usage_tick() has counted to the process */
	struct thread *handoff;  /* scheduling hint: who gets the CPU on return to ring 3 */
	u32 fpu_cpu;             /* 1 + the CPU whose registers last had its vector state */
	u32 cpu;                 /* whose run queue it belongs to; changed under that queue's lock, atomic */

	/* process_lock */
	struct list group_link;  /* among its process's threads */
	u64 pending;             /* signals for this thread alone; atomic */
	u64 blocked;             /* written by the thread itself */
	bool signalled;          /* atomic; signal.h, G2 */
	u64 blocked_before;      /* what ppoll or sigsuspend replaced for the time of the call ... */
	bool suspended;          /* ... if one did */
	struct sigorigin fault;  /* the last, until its handler is entered */
	bool parked;             /* has stopped with its process */
	struct usage own;        /* as last asked for */

	/* RANK_RUNQ */
	enum thread_state state;
	struct list run_link;
	u64 order;               /* the policy's: its place in line (sched/policy.h) */
	u32 affinity;            /* the CPUs that it may run on, a bit each */
	i8 nice;                 /* NICE_MIN .. NICE_MAX: weight 1.25 ^ -nice */
	u8 class;                /* SCHED_OTHER, SCHED_BATCH or SCHED_IDLE ... */
	i8 level;                /* ... and what both come to: the nice value that counts */
	u64 saved_rsp;
	u64 cpu_ns, run_since;   /* up to when it was last charged */
	u64 switches[2];         /* because it had to wait; because others were to run */
	bool wake_pending;       /* woken between deciding to sleep and sleeping */
	bool timed_out;
};

static inline struct thread *thread_current(void)
{
	return cpu_current();
}

/* Is there something in its signals that it must act on? */
static inline bool thread_signalled(const struct thread *t)
{
	return __atomic_load_n(&t->signalled, __ATOMIC_ACQUIRE);
}

/* The frame through which the thread entered from ring 3 (at the top of its stack). */
static inline struct trapframe *thread_frame(const struct thread *t)
{
	return (struct trapframe *)(t->stack_top - sizeof(struct trapframe));
}

void thread_init(void);
/* A thread with stack and FPU area (user) or that calls entry(argument) (kernel). NULL: out of memory. */
struct thread *thread_create_user(struct process *p);
struct thread *thread_create_kernel(void (*entry)(void *), void *argument);
/* sched/switch.c: where a new thread's stack begins to run. */
void sched_thread_entry(struct thread *t);
/* Frees a thread that never ran, or that is dead and switched away from. */
void thread_destroy(struct thread *t);
