/*
 * sys_usage.c - what may be used and what was: resource limits, getrusage, times, sysinfo.
 */
#include "kernel/lib/errno.h"
#include "kernel/syscall.h"
#include "kernel/x86/clock.h"
#include "mm/frame.h"
#include "sched/limit.h"

/* Linux's struct rusage. */
struct rusage_abi {
	struct {
		i64 sec, usec;
	} user, system;
	i64 maxrss_kib, sizes[3], minor_faults, major_faults, swaps, blocks[2], messages[2], signals;
	i64 voluntary, involuntary;
};

/* Linux's struct sysinfo on 64 bits. */
struct sysinfo_abi {
	i64 uptime;
	u64 loads[3], total, free, shared, buffers, total_swap, free_swap;
	u16 processes, pad[3];
	u64 total_high, free_high;
	u32 unit, end;
};

int put_rusage(uva_t to, const struct usage *from)
{
	const struct rusage_abi u = {
		.user = {(i64)(from->user_ns / NS_PER_SECOND), (i64)(from->user_ns % NS_PER_SECOND / 1000)},
		.system = {(i64)(from->system_ns / NS_PER_SECOND), (i64)(from->system_ns % NS_PER_SECOND / 1000)},
		.maxrss_kib = (i64)(from->peak_pages * PAGE_SIZE / 1024), .minor_faults = (i64)from->faults,
		.voluntary = (i64)from->voluntary, .involuntary = (i64)from->involuntary,
	};

	return copy_to_user(to, &u, sizeof u);
}

enum { CHILDREN = -1, SELF, THREAD }; /* getrusage's */

static struct usage usage_of(struct thread *self, int who)
{
	struct process *p = self->process;
	struct usage u;

	lock_acquire(&process_lock);
	usage_update_thread(self);
	u = who == CHILDREN ? p->reaped : who == SELF ? p->own : self->own;
	lock_release(&process_lock);
	return u;
}

i64 sys_getrusage(struct thread *self, struct trapframe *f)
{
	int who = arg_int(f, 0);
	struct usage u;

	if (who < CHILDREN || who > THREAD)
		return -EINVAL;
	u = usage_of(self, who);
	return put_rusage(arg_uva(f, 1), &u);
}

/* In hundredths of a second, AT_CLKTCK. */
i64 sys_times(struct thread *self, struct trapframe *f)
{
	const u64 tick = NS_PER_SECOND / 100;

	if (arg(f, 0)) {
		const struct usage own = usage_of(self, SELF), c = usage_of(self, CHILDREN);
		const u64 t[] = {own.user_ns / tick, own.system_ns / tick, c.user_ns / tick, c.system_ns / tick};

		if (copy_to_user(arg_uva(f, 0), t, sizeof t))
			return -EFAULT;
	}
	return (i64)(clock_now() / tick);
}

i64 sys_sysinfo(struct thread *self, struct trapframe *f)
{
	const struct sysinfo_abi info = {
		.uptime = (i64)((clock_now() + NS_PER_SECOND - 1) / NS_PER_SECOND),
		.total = frame_total() * PAGE_SIZE, .free = frame_free() * PAGE_SIZE,
		.processes = (u16)process_thread_count(), .unit = 1,
	};

	return copy_to_user(arg_uva(f, 0), &info, sizeof info);
}

i64 sys_prlimit64(struct thread *self, struct trapframe *f)
{
	uva_t from = arg_uva(f, 2), to = arg_uva(f, 3);
	struct rlimit_abi new, old;
	int err;

	if (from.v && copy_from_user(&new, from, sizeof new))
		return -EFAULT;
	err = limit_change(arg_int(f, 0), (u32)arg(f, 1), from.v ? &new : NULL, &old);
	return !err && to.v ? copy_to_user(to, &old, sizeof old) : err;
}

i64 sys_getrlimit(struct thread *self, struct trapframe *f)
{
	struct rlimit_abi old;
	int err = limit_change(0, (u32)arg(f, 0), NULL, &old);

	return err ? err : copy_to_user(arg_uva(f, 1), &old, sizeof old);
}

i64 sys_setrlimit(struct thread *self, struct trapframe *f)
{
	struct rlimit_abi new, old;

	if (copy_from_user(&new, arg_uva(f, 1), sizeof new))
		return -EFAULT;
	return limit_change(0, (u32)arg(f, 0), &new, &old);
}
