/*
 * kill.c - whom kill(2) and its kin mean, and who may send them signals. What a signal does is in signal.c.
 */
#include "kernel/lib/errno.h"
#include "sched/process.h"

void signal_send_child_locked(struct process *parent, int signal, const struct process *child, i32 status)
{
	struct sigorigin from = {.who = {(u32)child->pid, child->cred.user.real}};
	i32 code, value;

	wait_status_split(status, &code, &value);
	from.code = (i16)code;
	from.status = (u16)value;
	signal_send_to_locked(parent, NULL, signal, &from);
}

/*
 * To p as one of several. A child whose fork has not ended is none of them yet, and would miss what is meant for all;
 * so it gets it, too, as on Linux. SIGKILL ends the fork (process_publish()). Its parent may well block the signal for
 * as long as the fork lasts, as C libraries do.
 */
static void send_to_member(struct process *p, int signal, const struct sigorigin *from)
{
	signal_send_to_locked(p, NULL, signal, from);
	list_for(i, &p->births)
		signal_send_to_locked(list_entry(i, struct process, sibling), NULL, signal, from);
}

u32 signal_group(i32 pgid, int signal)
{
	const struct sigorigin from = {.code = SI_KERNEL};
	u32 n = 0;

	lock_acquire(&process_lock);
	for (struct process *p = process_first(); p; p = process_next(p)) {
		if (p->pgid != pgid)
			continue;
		send_to_member(p, signal, &from);
		n++;
	}
	lock_release(&process_lock);
	return n;
}

/* In Linux's order. */
static int check(const struct process *self, const struct process *p, int signal)
{
	if (signal < 0 || signal >= SIGNALS)
		return -EINVAL;
	return cred_may_signal(&self->cred, &p->cred) || (signal == SIGCONT && self->sid == p->sid) ? 0 : -EPERM;
}

static bool addressed(const struct process *self, const struct process *p, i32 pid)
{
	if (pid > 0)
		return p->pid == pid;
	if (pid == -1)
		return p->pid != 1 && p != self;
	return p->pgid == (pid ? -pid : self->pgid);
}

int signal_kill(i32 pid, int signal)
{
	struct process *self = process_current();
	const struct sigorigin from = {SI_USER, 0, {(u32)self->pid, self->cred.user.real}};
	int result = -ESRCH;

	if (pid == INT32_MIN)
		return -ESRCH;
	lock_acquire(&process_lock);
	for (struct process *p = process_first(); p; p = process_next(p)) {
		int err;

		if (!addressed(self, p, pid))
			continue;
		err = check(self, p, signal);
		if (!err && pid > 0)
			signal_send_to_locked(p, NULL, signal, &from);
		else if (!err)
			send_to_member(p, signal, &from);
		if (result) /* one success is success; -1 means "all that I may", so nobody at all is fine, too */
			result = pid == -1 && err == -EPERM ? 0 : err;
	}
	lock_release(&process_lock);
	return result;
}

int signal_kill_thread(i32 tgid, i32 tid, int signal)
{
	struct process *p, *self = process_current();
	const struct sigorigin from = {SI_TKILL, 0, {(u32)self->pid, self->cred.user.real}};
	struct thread *t;
	int err = -ESRCH;

	lock_acquire(&process_lock);
	p = process_of_thread(tid, &t);
	if (p && (!tgid || p->pid == tgid))
		err = check(self, p, signal);
	if (!err && t) /* the leader has ended before the others: nobody is there to act */
		signal_send_to_locked(p, t, signal, &from);
	lock_release(&process_lock);
	return err;
}
