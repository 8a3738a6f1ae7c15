/*
 * group.c - setpgid, setsid, and groups that nobody can continue any more (group.h).
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/panic.h"
#include "sched/group.h"

bool process_group_exists(i32 pgid, i32 sid)
{
	for (struct process *p = process_first(); p; p = process_next(p))
		if (p->pgid == pgid && p->sid == sid)
			return true;
	return false;
}

bool group_orphaned(i32 pgid, const struct process *dying)
{
	for (struct process *p = process_first(); p; p = process_next(p)) {
		const struct process *parent = p->parent;

		if (p->pgid != pgid || p == dying || p->zombie || !parent || parent->pid == 1)
			continue;
		if (parent != dying && parent->pgid != pgid && parent->sid == p->sid)
			return false;
	}
	return true;
}

static bool has_stopped(i32 pgid)
{
	for (struct process *p = process_first(); p; p = process_next(p))
		if (p->pgid == pgid && p->stopped)
			return true;
	return false;
}

void group_check_orphaned(struct process *p, const struct process *dying)
{
	i32 pgid = p->pgid;
	const struct process *link = p == dying ? p->parent : dying;

	/* Only who had its parent outside the group but in the session held the group together. */
	if (!link || link->pgid == pgid || link->sid != p->sid)
		return;
	if (!group_orphaned(pgid, dying) || !has_stopped(pgid))
		return;
	for (struct process *m = process_first(); m; m = process_next(m)) {
		if (m->pgid != pgid || m->zombie)
			continue;
		signal_send_locked(m, SIGHUP);
		signal_send_locked(m, SIGCONT);
	}
}

static int set_group_locked(struct process *self, i32 pid, i32 pgid)
{
	struct process *p = pid ? process_find(pid) : self;

	if (!p || (p != self && p->parent != self))
		return -ESRCH;
	if (p != self && p->sid != self->sid)
		return -EPERM;
	if (p != self && p->executed)
		return -EACCES;
	if (p->sid == p->pid)
		return -EPERM;
	if (!pgid)
		pgid = p->pid;
	if (pgid != p->pid && !process_group_exists(pgid, self->sid))
		return -EPERM;
	p->pgid = pgid;
	return 0;
}

int process_set_group(i32 pid, i32 pgid)
{
	int err;

	if (pgid < 0)
		return -EINVAL;
	if (pid < 0)
		return -ESRCH;
	lock_acquire(&process_lock);
	err = set_group_locked(process_current(), pid, pgid);
	lock_release(&process_lock);
	return err;
}

i32 process_new_session(void)
{
	struct process *self = process_current();
	i32 result = -EPERM;

	lock_acquire(&process_lock);
	for (struct process *p = process_first(); p; p = process_next(p))
		if (p->pgid == self->pid)
			goto out; /* a group of that name exists, be it our own */
	self->sid = self->pgid = self->pid;
	result = self->sid;
out:
	lock_release(&process_lock);
	return result;
}
