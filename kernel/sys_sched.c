/*
 * sys_sched.c - who runs, how much, and where: yield, nice, classes, affinity.
 *
 * Classes that go before all others (SCHED_FIFO, SCHED_RR, SCHED_DEADLINE) are refused to everybody, root included.
 */
#include "kernel/lib/errno.h"
#include "kernel/syscall.h"
#include "sched/policy.h"
#include "sched/priority.h"
#include "sched/sched.h"

enum { DEADLINE = 6, RESET_ON_FORK = 0x40000000 };

i64 sys_sched_yield(struct thread *self, struct trapframe *f)
{
	thread_yield();
	return 0;
}

i64 sys_setpriority(struct thread *self, struct trapframe *f)
{
	return priority_set(arg_int(f, 0), arg_int(f, 1), arg_int(f, 2));
}

i64 sys_getpriority(struct thread *self, struct trapframe *f)
{
	return priority_get(arg_int(f, 0), arg_int(f, 1));
}

static bool real_time(int class)
{
	return class == SCHED_FIFO || class == SCHED_RR;
}

/* Thread `tid`, 0 the caller's, with process_lock held; or NULL, without. */
static struct thread *thread_hold(struct thread *self, i32 tid)
{
	struct thread *t = self;

	lock_acquire(&process_lock);
	if (tid && !process_of_thread(tid, &t))
		t = NULL;
	if (!t)
		lock_release(&process_lock);
	return t;
}

static int check_class(const struct thread *self, const struct thread *t, int class, u32 priority)
{
	if (class < 0 || class > DEADLINE || class == 4 || priority > 99 || real_time(class) != (priority != 0))
		return -EINVAL;
	if (class == DEADLINE)
		return -EINVAL; /* it has parameters that this call cannot give */
	if (real_time(class) || !priority_owns(self->process, t))
		return -EPERM;
	if (t->class == SCHED_IDLE && class != SCHED_IDLE && !priority_admits(self->process, t, t->nice - 1))
		return -EPERM;
	return 0;
}

/* class -1: as it is. */
static i64 set_class(struct thread *self, i32 tid, int class, uva_t from)
{
	struct thread *t;
	u32 priority;
	int err;

	if (!from.v || tid < 0)
		return -EINVAL;
	if (copy_from_user(&priority, from, sizeof priority))
		return -EFAULT;
	t = thread_hold(self, tid);
	if (!t)
		return -ESRCH;
	class = class == -1 ? t->class : class & ~RESET_ON_FORK;
	err = check_class(self, t, class, priority);
	if (!err)
		thread_set_class(t, (u8)class);
	lock_release(&process_lock);
	return err;
}

i64 sys_sched_setscheduler(struct thread *self, struct trapframe *f)
{
	int class = arg_int(f, 1);

	return class < 0 ? -EINVAL : set_class(self, arg_int(f, 0), class, arg_uva(f, 2));
}

i64 sys_sched_setparam(struct thread *self, struct trapframe *f)
{
	return set_class(self, arg_int(f, 0), -1, arg_uva(f, 1));
}

i64 sys_sched_getscheduler(struct thread *self, struct trapframe *f)
{
	struct thread *t;
	int class;

	if (arg_int(f, 0) < 0)
		return -EINVAL;
	t = thread_hold(self, arg_int(f, 0));
	if (!t)
		return -ESRCH;
	class = t->class;
	lock_release(&process_lock);
	return class;
}

i64 sys_sched_getparam(struct thread *self, struct trapframe *f)
{
	static const u32 none;

	if (arg_int(f, 0) < 0 || !arg(f, 1))
		return -EINVAL;
	if (!thread_hold(self, arg_int(f, 0)))
		return -ESRCH;
	lock_release(&process_lock);
	return copy_to_user(arg_uva(f, 1), &none, sizeof none);
}

i64 sys_sched_get_priority_max(struct thread *self, struct trapframe *f)
{
	int class = arg_int(f, 0);

	if (class < 0 || class > DEADLINE || class == 4)
		return -EINVAL;
	return real_time(class) ? 99 : 0;
}

i64 sys_sched_get_priority_min(struct thread *self, struct trapframe *f)
{
	i64 max = sys_sched_get_priority_max(self, f);

	return max > 0 ? 1 : max;
}

i64 sys_sched_rr_get_interval(struct thread *self, struct trapframe *f)
{
	struct timespec_abi interval;
	struct thread *t;

	if (arg_int(f, 0) < 0)
		return -EINVAL;
	t = thread_hold(self, arg_int(f, 0));
	if (!t)
		return -ESRCH;
	interval = timespec_from(policy->slice(t));
	lock_release(&process_lock);
	return copy_to_user(arg_uva(f, 1), &interval, sizeof interval);
}

/* CPUs that run, a bit each. */
static u64 cpus_running(void)
{
	return BIT(cpu_count) - 1;
}

i64 sys_sched_setaffinity(struct thread *self, struct trapframe *f)
{
	u64 mask = 0;
	struct thread *t;
	int err = 0;

	if (copy_from_user(&mask, arg_uva(f, 2), MIN((u32)arg(f, 1), sizeof mask)))
		return -EFAULT;
	t = thread_hold(self, arg_int(f, 0));
	if (!t)
		return -ESRCH;
	mask &= cpus_running();
	if (!priority_owns(self->process, t))
		err = -EPERM;
	else if (!mask)
		err = -EINVAL;
	else
		thread_set_affinity(t, (u32)mask);
	lock_release(&process_lock);
	return err;
}

/* The number of bytes written, as Linux's (the C library returns 0). */
i64 sys_sched_getaffinity(struct thread *self, struct trapframe *f)
{
	u32 size = (u32)arg(f, 1);
	struct thread *t;
	u64 mask;

	if (size * 8 < cpu_count || size % sizeof mask)
		return -EINVAL;
	t = thread_hold(self, arg_int(f, 0));
	if (!t)
		return -ESRCH;
	mask = t->affinity & cpus_running();
	lock_release(&process_lock);
	return copy_to_user(arg_uva(f, 2), &mask, sizeof mask) ? -EFAULT : (i64)sizeof mask;
}

i64 sys_getcpu(struct thread *self, struct trapframe *f)
{
	static const u32 node;
	u32 cpu = self->cpu;

	if (arg(f, 0) && copy_to_user(arg_uva(f, 0), &cpu, sizeof cpu))
		return -EFAULT;
	return arg(f, 1) ? copy_to_user(arg_uva(f, 1), &node, sizeof node) : 0;
}
