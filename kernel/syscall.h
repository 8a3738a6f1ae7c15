/*
 * syscall.h - dispatch: from a trap frame to a sys_NAME() decoder and back.
 *
 * Each decoder takes the calling thread and the frame whose registers are the arguments, checks
 * everything, then commits; it returns the value for RAX (negative errno on failure).
 */
#pragma once

#include "kernel/x86/trapframe.h"
#include "mm/usercopy.h"
#include "sched/process.h"

struct usage;

/* kernel/sys_usage.c: Linux's struct rusage, from it. 0 or -EFAULT. */
int put_rusage(uva_t to, const struct usage *from);

/* kernel/sys_time.c: a struct timespec in ring 3 as nanoseconds; far in the future is TIME_NEVER / 2. 0, -EFAULT or
 * -EINVAL. And the way back. */
struct timespec_abi {
	i64 sec, nsec;
};
int timespec_fetch(uva_t from, u64 *ns);
struct timespec_abi timespec_from(u64 ns);

/* kernel/sys_signal.c: a set of signals in ring 3 whose size is said to be `bytes`. 0, -EINVAL or -EFAULT. */
int sigset_fetch(uva_t from, u64 bytes, u64 *set);

typedef i64 (*syscall_fn)(struct thread *self, struct trapframe *f);

#define SYSCALL(number, name, kinds) i64 sys_##name(struct thread *self, struct trapframe *f);
#include "kernel/abi/syscalls.def"
#undef SYSCALL

/* Argument n (0 to 5) in the registers of the ABI: rdi rsi rdx r10 r8 r9. */
static inline u64 arg(const struct trapframe *f, int n)
{
	switch (n) {
	case 0: return f->rdi;
	case 1: return f->rsi;
	case 2: return f->rdx;
	case 3: return f->r10;
	case 4: return f->r8;
	default: return f->r9;
	}
}

static inline int arg_int(const struct trapframe *f, int n)
{
	return (int)arg(f, n);
}

static inline uva_t arg_uva(const struct trapframe *f, int n)
{
	return uva(arg(f, n));
}
