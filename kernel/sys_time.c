/*
 * sys_time.c - clocks and sleeping (POSIX clock_gettime, clock_nanosleep).
 */
#include "kernel/lib/errno.h"
#include "kernel/syscall.h"
#include "kernel/x86/clock.h"
#include "sched/sched.h"
#include "sched/timer.h"

enum { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID, CLOCK_MONOTONIC_RAW,
       CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME };
#define TIMER_ABSTIME 1
#define REALTIME_END  (8277292036ul * NS_PER_SECOND) /* Linux keeps 30 years short of what 63 bits hold */

struct timespec_abi timespec_from(u64 ns)
{
	return (struct timespec_abi){(i64)(ns / NS_PER_SECOND), (i64)(ns % NS_PER_SECOND)};
}

int timespec_fetch(uva_t from, u64 *ns)
{
	struct timespec_abi t;

	if (copy_from_user(&t, from, sizeof(t)))
		return -EFAULT;
	if (t.sec < 0 || (u64)t.nsec >= NS_PER_SECOND)
		return -EINVAL;
	if ((u64)t.sec >= TIME_NEVER / 2 / NS_PER_SECOND)
		*ns = TIME_NEVER / 2;
	else
		*ns = (u64)t.sec * NS_PER_SECOND + (u64)t.nsec;
	return 0;
}

static int clock_read(struct thread *self, int id, u64 *ns)
{
	switch (id) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
		*ns = clock_realtime();
		return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
		*ns = clock_now();
		return 0;
	case CLOCK_PROCESS_CPUTIME_ID:
		lock_acquire(&process_lock);
		*ns = process_cpu_ns(self->process);
		lock_release(&process_lock);
		return 0;
	case CLOCK_THREAD_CPUTIME_ID:
		*ns = thread_cpu_ns(self);
		return 0;
	default:
		return -EINVAL;
	}
}

i64 sys_clock_gettime(struct thread *self, struct trapframe *f)
{
	struct timespec_abi t;
	u64 ns;
	int err = clock_read(self, arg_int(f, 0), &ns);

	if (err)
		return err;
	t = timespec_from(ns);
	return copy_to_user(arg_uva(f, 1), &t, sizeof t);
}

i64 sys_clock_settime(struct thread *self, struct trapframe *f)
{
	u64 ns;
	int err;

	if (arg_int(f, 0) != CLOCK_REALTIME)
		return -EINVAL;
	err = timespec_fetch(arg_uva(f, 1), &ns);
	if (!err && ns >= REALTIME_END)
		err = -EINVAL;
	if (!err && !cred_privileged(&self->process->cred))
		err = -EPERM;
	if (!err && ns < clock_now()) /* the machine was not switched on before 1970 */
		err = -EINVAL;
	if (!err)
		timer_set_clock(ns);
	return err;
}

i64 sys_time(struct thread *self, struct trapframe *f)
{
	i64 now = (i64)(clock_realtime() / NS_PER_SECOND);

	(void)self;
	return arg(f, 0) && copy_to_user(arg_uva(f, 0), &now, sizeof now) ? -EFAULT : now;
}

i64 sys_clock_getres(struct thread *self, struct trapframe *f)
{
	const struct timespec_abi t = {0, 1};
	u64 ns;
	int err = clock_read(self, arg_int(f, 0), &ns);

	if (err || !arg(f, 1))
		return err;
	return copy_to_user(arg_uva(f, 1), &t, sizeof t);
}

i64 sys_gettimeofday(struct thread *self, struct trapframe *f)
{
	u64 ns = clock_realtime();
	const i64 tv[2] = {(i64)(ns / NS_PER_SECOND), (i64)(ns % NS_PER_SECOND / 1000)};
	const i32 tz[2] = {0, 0};
	int err = 0;

	(void)self;
	if (arg(f, 0))
		err = copy_to_user(arg_uva(f, 0), tv, sizeof tv);
	if (!err && arg(f, 1))
		err = copy_to_user(arg_uva(f, 1), tz, sizeof tz);
	return err;
}

/* 0 when the time has come, -EINTR when a signal came first. */
static int sleep_until(u64 deadline)
{
	for (;;) {
		thread_prepare_sleep();
		if (signal_pending())
			return -EINTR;
		if (!thread_sleep(deadline))
			return 0;
	}
}

static i64 sleep_relative(struct thread *self, u64 ns, uva_t remainder)
{
	u64 deadline = self->restarted ? self->restart_deadline : clock_after(ns), now;
	struct timespec_abi left;
	int err = sleep_until(deadline);

	self->restart_deadline = deadline;
	if (!err || !remainder.v)
		return err;
	now = clock_now();
	left = timespec_from(deadline > now ? deadline - now : 0);
	return copy_to_user(remainder, &left, sizeof left) ? -EFAULT : err;
}

i64 sys_nanosleep(struct thread *self, struct trapframe *f)
{
	u64 ns;
	int err = timespec_fetch(arg_uva(f, 0), &ns);

	return err ? err : sleep_relative(self, ns, arg_uva(f, 1));
}

i64 sys_clock_nanosleep(struct thread *self, struct trapframe *f)
{
	int id = arg_int(f, 0);
	u64 ns;
	int err;

	if (id == CLOCK_THREAD_CPUTIME_ID || id < 0 || id > CLOCK_BOOTTIME)
		return -EINVAL;
	if (id != CLOCK_REALTIME && id != CLOCK_MONOTONIC && id != CLOCK_BOOTTIME)
		return -EOPNOTSUPP;
	err = timespec_fetch(arg_uva(f, 2), &ns);
	if (err)
		return err;
	if (!(arg_int(f, 1) & TIMER_ABSTIME))
		return sleep_relative(self, ns, arg_uva(f, 3));
	return sleep_until(ns | (id == CLOCK_REALTIME ? TIME_REAL : 0));
}
