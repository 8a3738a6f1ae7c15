/*
 * usage.h - what processes have used: processor time, faults, switches, memory (getrusage, wait4, times).
 *
 * Processor time is exact, from switch to switch. How much of it was the kernel's is an estimate, as Linux makes it
 * by default: a tick every 10 ms counts where it finds the running thread, and the exact time is split as the ticks
 * are. Asking the clock on every way into the kernel and out would double the cost of a short system call.
 */
#pragma once

#include "kernel/lib/types.h"

struct process;
struct thread;

/* What threads have used, as it is counted. */
struct work {
	u64 cpu_ns;
	u64 ticks[2];    /* that found them in ring 3; in the kernel */
	u64 faults;
	u64 switches[2]; /* voluntary, involuntary */
};

struct usage {
	u64 user_ns, system_ns;
	u64 faults;                 /* all "minor": nothing is ever read from a device */
	u64 voluntary, involuntary; /* context switches */
	u64 peak_pages;
};

/* The exact time of a thread up to now, whichever CPU runs it. Takes the lock of its queue (RANK_RUNQ). */
u64 thread_cpu_ns(const struct thread *t);
/* Of all its threads, those that have ended too. process_lock held. */
u64 process_cpu_ns(const struct process *p);
/* process_lock held: brings p->own, t->own up to date. No part of it ever goes back. */
void usage_update(struct process *p);
void usage_update_thread(struct thread *t);
/* process_lock held: what the calling thread has used stays with its process, which it leaves. */
void usage_thread_left(struct thread *t);
void usage_add(struct usage *to, const struct usage *from);
/* The tick, from the timer interrupt of the CPU that runs the user thread t, which has just been charged for its time
   (runq_account()): counts, and enforces RLIMIT_CPU. */
void usage_tick(struct thread *t, bool from_user);
