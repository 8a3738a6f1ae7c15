/*
 * tty_job.c - the terminal's session and its foreground group (POSIX XBD 11.1; Linux's tty_jobctrl.c).
 *
 * A process's controlling terminal is this one exactly when its session is the one that took it. Locks:
 * process_lock first, then the terminal's; signals are sent with neither held.
 */
#include "ipc/tty.h"

#include "kernel/lib/errno.h"
#include "sched/group.h"

#define TIOCSCTTY 0x540e
#define TIOCGPGRP 0x540f
#define TIOCSPGRP 0x5410

static void locks_acquire(struct tty *t)
{
	lock_acquire(&process_lock);
	lock_acquire(&t->lock);
}

static void locks_release(struct tty *t)
{
	lock_release(&t->lock);
	lock_release(&process_lock);
}

/* Both locks held. */
static bool controls(const struct tty *t, const struct process *p)
{
	return t->sid && p && p->sid == t->sid;
}

/* By the calling thread, of p. */
static bool signal_is_shunned(const struct process *p, int signal)
{
	return p->sig.actions[signal].handler == SIG_IGN_ABI || (thread_current()->blocked & SIG_BIT(signal));
}

/* 0, -EIO, or the group to be signalled. Both locks held. */
static i32 job_verdict(const struct tty *t, const struct process *p, int signal)
{
	if (!controls(t, p) || !t->pgrp || p->pgid == t->pgrp)
		return 0;
	if (signal_is_shunned(p, signal))
		return signal == SIGTTIN ? -EIO : 0;
	return group_orphaned(p->pgid, NULL) ? -EIO : p->pgid;
}

int tty_job_check(struct tty *t, int signal)
{
	i32 verdict;

	locks_acquire(t);
	verdict = job_verdict(t, process_current(), signal);
	locks_release(t);
	if (verdict <= 0)
		return verdict;
	signal_group(verdict, signal);
	return -EINTR;
}

void tty_signal_foreground(struct tty *t, int signal)
{
	i32 pgrp;

	lock_acquire(&t->lock);
	pgrp = t->pgrp;
	lock_release(&t->lock);
	if (pgrp)
		signal_group(pgrp, signal);
}

void tty_session_ended(struct tty *t, i32 sid)
{
	i32 pgrp = 0;

	lock_acquire(&t->lock);
	if (t->sid == sid) {
		pgrp = t->pgrp;
		t->sid = t->pgrp = 0;
	}
	lock_release(&t->lock);
	if (pgrp) {
		signal_group(pgrp, SIGHUP);
		signal_group(pgrp, SIGCONT);
	}
}

/* TIOCSCTTY: the leader of a session takes the terminal if it is free. */
static int take_terminal(struct tty *t)
{
	struct process *p = process_current();
	int err = 0;

	locks_acquire(t);
	if (p->sid != p->pid || (t->sid && t->sid != p->sid))
		err = -EPERM;
	else if (!t->sid)
		t->sid = p->sid, t->pgrp = p->pgid;
	locks_release(t);
	return err;
}

/* TIOCSPGRP, once the group's number was fetched. */
static int set_foreground(struct tty *t, i32 pgrp)
{
	struct process *p = process_current();
	int err = 0;

	locks_acquire(t);
	if (!controls(t, p))
		err = -ENOTTY;
	else if (pgrp < 0)
		err = -EINVAL;
	else if (!process_group_exists(pgrp, p->sid))
		err = -EPERM;
	else
		t->pgrp = pgrp;
	locks_release(t);
	return err;
}

static i64 ioctl_set_foreground(struct tty *t, uva_t argument)
{
	int err = tty_job_check(t, SIGTTOU);
	i32 pgrp;

	if (err)
		return err == -EIO ? -ENOTTY : err;
	if (copy_from_user(&pgrp, argument, sizeof(pgrp)))
		return -EFAULT;
	return set_foreground(t, pgrp);
}

static i64 ioctl_get_foreground(struct tty *t, uva_t argument)
{
	bool ours;
	i32 pgrp;

	locks_acquire(t);
	ours = controls(t, process_current());
	pgrp = t->pgrp;
	locks_release(t);
	return ours ? copy_to_user(argument, &pgrp, sizeof(pgrp)) : -ENOTTY;
}

i64 tty_job_ioctl(struct tty *t, u64 request, uva_t argument)
{
	switch (request) {
	case TIOCGPGRP: return ioctl_get_foreground(t, argument);
	case TIOCSPGRP: return ioctl_set_foreground(t, argument);
	case TIOCSCTTY: return take_terminal(t);
	default: return -ENOTTY;
	}
}
