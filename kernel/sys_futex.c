/*
 * sys_futex.c - decoders of futex(2), set_robust_list, get_robust_list. Errors come in Linux's order.
 */
#include "kernel/lib/errno.h"
#include "kernel/syscall.h"
#include "kernel/x86/clock.h"

enum { FUTEX_WAIT, FUTEX_WAKE, FUTEX_REQUEUE = 3, FUTEX_CMP_REQUEUE, FUTEX_WAIT_BITSET = 9, FUTEX_WAKE_BITSET };
#define FUTEX_PRIVATE  128u
#define FUTEX_REALTIME 256u /* an absolute deadline is a time of CLOCK_REALTIME */

#define ROBUST_HEAD 24 /* bytes */

/* A relative time begins when the call is first made, not when it goes on after a stop. */
static int deadline_fetch(struct thread *self, uva_t from, bool relative, bool realtime, u64 *out)
{
	int err = timespec_fetch(from, out);

	if (err)
		return err;
	if (relative)
		*out = self->restart_deadline = self->restarted ? self->restart_deadline : clock_after(*out);
	else if (realtime)
		*out |= TIME_REAL;
	return 0;
}

static i64 requeue(struct trapframe *f, const u32 *value)
{
	uva_t to = arg_uva(f, 4);

	if (arg_int(f, 2) < 0 || arg_int(f, 3) < 0)
		return -EINVAL;
	if (to.v % sizeof(u32))
		return -EINVAL;
	return futex_requeue(arg_uva(f, 0), to, (u32)arg(f, 2), (u32)arg(f, 3), value);
}

i64 sys_futex(struct thread *self, struct trapframe *f)
{
	u32 command = (u32)arg(f, 1) & ~(FUTEX_PRIVATE | FUTEX_REALTIME);
	u32 value = (u32)arg(f, 2), third = (u32)arg(f, 5);
	bool waits = command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET, realtime = arg(f, 1) & FUTEX_REALTIME;
	uva_t at = arg_uva(f, 0);
	u64 deadline = TIME_NEVER;
	int err = 0;

	if (waits && arg(f, 3))
		err = deadline_fetch(self, arg_uva(f, 3), command == FUTEX_WAIT, realtime, &deadline);
	if (err)
		return err;
	if (realtime && command != FUTEX_WAIT_BITSET)
		return -ENOSYS;
	if (command == FUTEX_WAIT || command == FUTEX_WAKE)
		third = FUTEX_ALL_BITS;
	if (at.v % sizeof value && (waits || (command <= FUTEX_WAKE_BITSET && command != 2)))
		return -EINVAL;
	switch (command) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET:
		return third ? futex_wait(at, value, third, deadline) : -EINVAL;
	case FUTEX_WAKE:
	case FUTEX_WAKE_BITSET:
		return third ? futex_wake(at, (i32)value < 1 ? 1 : value, third) : -EINVAL;
	case FUTEX_REQUEUE:
		return requeue(f, NULL);
	case FUTEX_CMP_REQUEUE:
		return requeue(f, &third);
	default:
		return -ENOSYS;
	}
}

i64 sys_set_robust_list(struct thread *self, struct trapframe *f)
{
	if (arg(f, 1) != ROBUST_HEAD)
		return -EINVAL;
	self->robust_list = arg_uva(f, 0);
	return 0;
}

/* Of the thread, 0: the caller's. */
static int robust_list_of(struct thread *self, i32 tid, u64 *out)
{
	struct process *p;
	struct thread *t;
	int err = -ESRCH;

	lock_acquire(&process_lock);
	p = tid ? process_of_thread(tid, &t) : self->process;
	if (p)
		err = p == self->process || cred_may_inspect(&self->process->cred, &p->cred) ? 0 : -EPERM;
	if (!err)
		*out = !tid ? self->robust_list.v : t ? t->robust_list.v : 0;
	lock_release(&process_lock);
	return err;
}

i64 sys_get_robust_list(struct thread *self, struct trapframe *f)
{
	const u64 bytes = ROBUST_HEAD;
	u64 list;
	int err = robust_list_of(self, arg_int(f, 0), &list);

	if (!err)
		err = copy_to_user(arg_uva(f, 2), &bytes, sizeof bytes);
	return err ? err : copy_to_user(arg_uva(f, 1), &list, sizeof list);
}
