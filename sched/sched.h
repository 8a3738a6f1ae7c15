/*
 * sched.h - who runs: the run queue, the one place that switches, and the return to ring 3.
 *
 * S1  sched_switch() in sched/switch.c is the only caller of context_switch().
 * S2  The kernel is not preemptible: a switch happens in thread_sleep(), in thread_yield(), on the return to ring 3,
 *     and in long loops at sched_point().
 */
#pragma once

#include "sched/thread.h"

/* Makes the running boot stack the idle thread of the boot CPU. */
void sched_init(void);
/* Makes an idle thread for CPU `id`, which does not run yet; false: out of memory. It starts on that thread's stack,
 * whose top is sched_cpu_stack(), and calls sched_idle(). */
bool sched_init_cpu(u32 id);
u64 sched_cpu_stack(u32 id);
/* A CPU's idle loop: halts until there is work. */
_Noreturn void sched_idle(void);

/* Puts a NEW thread on a run queue. */
void thread_start(struct thread *t);
/* Makes a sleeping thread ready and says so; one that is awake will not sleep at its next
 * thread_sleep(), unless thread_prepare_sleep() comes first. Any context. The thread goes to the CPU that it was on
 * if that is idle, else to an idle one, else it waits where it was. If it runs on another CPU, that one enters the
 * kernel soon, and looks for signals on its way back. */
bool thread_wake(struct thread *t);
/* The same for one that is to have this CPU next (sched_hint_handoff): it stays here. */
bool thread_wake_here(struct thread *t);
/* Between the two, other CPUs are not told yet that threads were woken: who wakes somebody under a lock that he wants
 * next releases it first. */
void wake_batch_begin(void);
void wake_batch_end(void);
/* Sleeps until thread_wake() or `deadline` (ns of clock_now(), TIME_NEVER). True if woken, false if
 * the time was up. No lock is held. Call thread_prepare_sleep() first, under the lock that the waker takes. */
void thread_prepare_sleep(void);
bool thread_sleep(u64 deadline);
/* For thread_sleep(): the running thread t sleeps, unless it has been woken since it prepared. */
void sched_sleep(struct thread *t);
/* In a long loop: others run, if they ought to. No lock is held. */
void sched_point(void);
/* Lets other ready threads run. */
void thread_yield(void);
/* Hint: on the way back to ring 3, give the CPU straight to `to`, which thread_wake_here() has just made ready. It is
 * a name only: it may run elsewhere or be gone by then. */
void sched_hint_handoff(struct thread *to);
/* The end of the calling thread; it is freed once another runs. */
_Noreturn void thread_exit(void);

/* The last thing before ring 3, interrupts off: reschedules and acts on hints. */
void sched_before_user(void);
/* From the timer interrupt, which came from ring 3 or from the kernel. */
void sched_tick(bool from_user);
/* TRAP_RESCHEDULE: another CPU has put a thread on this one's queue. */
void sched_poke(void);
