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

struct usage {
	u64 user_ns, system_ns;
	u64 faults;                 /* all "minor": nothing is ever read from a device */
	u64 voluntary, involuntary; /* context switches */
	u64 peak_pages;
};

/* The exact time of a thread up to now. */
u64 thread_cpu_ns(const struct thread *t);
/* process_lock held: brings p->own up to date. No part of it ever goes back. */
void usage_update(struct process *p);
void usage_add(struct usage *to, const struct usage *from);
/* The tick, from the timer interrupt of a CPU that runs a user thread: counts, and enforces RLIMIT_CPU. */
void usage_tick(struct thread *t, bool from_user);
