/*
 * sched.h - who runs: the run queue, the one place that switches, and the return to ring 3.
 *
 * S1  sched_switch() in sched/switch.c is the only caller of context_switch().
 * S2  The kernel is not preemptible: a switch happens in thread_sleep(), in sched_yield() and on the
 *     return to ring 3.
 */
#pragma once

#include "sched/thread.h"

/* Makes the running boot stack the idle thread of this CPU. */
void sched_init(void);
/* The boot CPU's idle loop: halts until there is work. */
_Noreturn void sched_idle(void);

/* Puts a NEW thread on a run queue. */
void thread_start(struct thread *t);
/* Makes a sleeping thread ready and says so; one that is awake will not sleep at its next
 * thread_sleep(), unless thread_prepare_sleep() comes first. Any context. */
bool thread_wake(struct thread *t);
/* Sleeps until thread_wake() or `deadline` (ns of clock_now(), TIME_NEVER). True if woken, false if
 * the time was up. No lock is held. Call thread_prepare_sleep() first, under the lock that the waker takes. */
void thread_prepare_sleep(void);
bool thread_sleep(u64 deadline);
/* For thread_sleep(): the running thread t sleeps, unless it has been woken since it prepared. */
void sched_sleep(struct thread *t);
/* Lets other ready threads run. */
void thread_yield(void);
/* Hint: on the way back to ring 3, give the CPU straight to `to` (which was just made ready). */
void sched_hint_handoff(struct thread *to);
/* The end of the calling thread; it is freed once another runs. */
_Noreturn void thread_exit(void);

/* The last thing before ring 3, interrupts off: reschedules and acts on hints. */
void sched_before_user(void);
/* From the timer interrupt, which came from ring 3 or from the kernel. */
void sched_tick(bool from_user);
