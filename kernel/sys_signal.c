/*
 * sys_signal.c - kill and its kin, rt_sigaction, rt_sigprocmask, sched_yield's neighbours in spirit.
 */
#include "kernel/lib/errno.h"
#include "kernel/syscall.h"
#include "sched/sched.h"

#define SIGSET_BYTES 8

i64 sys_kill(struct thread *self, struct trapframe *f)
{
	return signal_kill(arg_int(f, 0), arg_int(f, 1));
}

i64 sys_tkill(struct thread *self, struct trapframe *f)
{
	return arg_int(f, 0) > 0 ? signal_kill_thread(0, arg_int(f, 0), arg_int(f, 1)) : -EINVAL;
}

i64 sys_tgkill(struct thread *self, struct trapframe *f)
{
	if (arg_int(f, 0) <= 0 || arg_int(f, 1) <= 0)
		return -EINVAL;
	return signal_kill_thread(arg_int(f, 0), arg_int(f, 1), arg_int(f, 2));
}

i64 sys_rt_sigaction(struct thread *self, struct trapframe *f)
{
	uva_t to = arg_uva(f, 2), from = arg_uva(f, 1);
	struct sigaction_abi act, old;
	int err;

	if (arg(f, 3) != SIGSET_BYTES)
		return -EINVAL;
	if (from.v && copy_from_user(&act, from, sizeof act))
		return -EFAULT;
	err = signal_set_action(arg_int(f, 0), from.v ? &act : NULL, &old);
	if (!err && to.v)
		err = copy_to_user(to, &old, sizeof old);
	return err;
}

int sigset_fetch(uva_t from, u64 bytes, u64 *set)
{
	if (bytes != SIGSET_BYTES)
		return -EINVAL;
	return copy_from_user(set, from, sizeof(*set));
}

static i64 sleep_for_signal(void)
{
	for (;;) {
		thread_prepare_sleep();
		if (signal_pending())
			return -EINTR;
		thread_sleep(TIME_NEVER);
	}
}

i64 sys_pause(struct thread *self, struct trapframe *f)
{
	return sleep_for_signal();
}

i64 sys_rt_sigsuspend(struct thread *self, struct trapframe *f)
{
	u64 set;
	int err = sigset_fetch(arg_uva(f, 0), arg(f, 1), &set);

	if (err)
		return err;
	signal_suspend_mask(set);
	return sleep_for_signal();
}

i64 sys_rt_sigprocmask(struct thread *self, struct trapframe *f)
{
	uva_t from = arg_uva(f, 1), to = arg_uva(f, 2);
	u64 set, old;
	int err;

	if (arg(f, 3) != SIGSET_BYTES)
		return -EINVAL;
	if (from.v && copy_from_user(&set, from, sizeof set))
		return -EFAULT;
	err = signal_set_mask(arg_int(f, 0), from.v ? &set : NULL, &old);
	if (!err && to.v)
		err = copy_to_user(to, &old, sizeof old);
	return err;
}
