/*
 * priority.h - what a thread is entitled to and where it may run: nice, class, affinity (sched(7)).
 *
 * The fields are in struct thread, under RANK_RUNQ. Callers hold process_lock, so that the thread is still there.
 */
#pragma once

#include "sched/process.h"

/* Takes the lock of t's queue; lets nobody see a half-done change of what the policy looks at. */
void thread_set_nice(struct thread *t, i8 nice);
void thread_set_class(struct thread *t, u8 class);
/* `mask` holds a CPU that runs. Where t runs now, it stays until that CPU next looks at its line. */
void thread_set_affinity(struct thread *t, u32 mask);

/* Is t the caller's own, or is the caller root (Linux's check_same_owner, and CAP_SYS_NICE)? */
bool priority_owns(const struct process *self, const struct thread *t);
/* May t become as favoured as `nice` (RLIMIT_NICE)? */
bool priority_admits(const struct process *self, const struct thread *t, int nice);

/* setpriority(2) and getpriority(2), which take process_lock. -EINVAL, -ESRCH, -EPERM, -EACCES; getting gives
 * 20 - nice, the best that any of those named has. */
int priority_set(int which, i32 who, int nice);
int priority_get(int which, i32 who);
