/*
 * limits.h - resource limits (POSIX getrlimit; numbers and structure of Linux). A process has all of them; its
 * address space borrows them.
 */
#pragma once

#include "kernel/lib/types.h"

enum { LIMIT_CPU, LIMIT_FSIZE, LIMIT_DATA, LIMIT_STACK, LIMIT_CORE, LIMIT_RSS, LIMIT_NPROC, LIMIT_NOFILE,
       LIMIT_MEMLOCK, LIMIT_AS, LIMIT_LOCKS, LIMIT_SIGPENDING, LIMIT_MSGQUEUE, LIMIT_NICE, LIMIT_RTPRIO,
       LIMIT_RTTIME, LIMITS };

#define LIMIT_NONE       (~0ull)
#define LIMIT_NOFILE_MAX 4096 /* nobody gets more (Linux's fs.nr_open) */

struct rlimit_abi {
	u64 soft, hard;
};

/* l NULL: nothing is limited. No lock: each is one word, which prlimit may change at any time. */
static inline u64 limit_soft(const struct rlimit_abi *l, int which)
{
	return l ? __atomic_load_n(&l[which].soft, __ATOMIC_RELAXED) : LIMIT_NONE;
}
