/*
 * limit.h - a process's resource limits: who may change them, and the one that counts processes. The others are
 * enforced where what they limit is: mm/aspace.c (AS, DATA), mm/fault.c (STACK), ipc/handle.c (NOFILE),
 * sched/usage.c (CPU). The rest is kept and told, and limits nothing here.
 */
#pragma once

#include "sched/process.h"

extern const struct rlimit_abi limits_default[LIMITS]; /* process 1's */

/* prlimit(2) for pid (0: the caller): stores `new` unless NULL, tells in *old what held before.
 * -ESRCH, -EPERM, -EINVAL. */
int limit_change(i32 pid, u32 which, const struct rlimit_abi *new, struct rlimit_abi *old);
/* RLIMIT_NPROC: may p have one more thread or process of its user? Root may always. */
bool limit_may_fork(const struct process *p);
