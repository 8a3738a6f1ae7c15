/*
 * signal.c - sending, the default actions, and acting on them (signal.h).
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/panic.h"
#include "kernel/lib/string.h"
#include "sched/group.h"
#include "sched/sched.h"

#define SET_STOP   (SIG_BIT(SIGSTOP) | SIG_BIT(SIGTSTP) | SIG_BIT(SIGTTIN) | SIG_BIT(SIGTTOU))
#define SET_IGNORE (SIG_BIT(SIGCHLD) | SIG_BIT(SIGCONT) | SIG_BIT(SIGURG) | SIG_BIT(SIGWINCH))
#define SET_SURE   (SIG_BIT(SIGKILL) | SIG_BIT(SIGSTOP)) /* neither blocked nor ignored */

/* Atomic: signal_raise() does not wait for the lock. */
static void pending_clear(struct sigstate *s, u64 signals)
{
	__atomic_fetch_and(&s->pending, ~signals, __ATOMIC_RELAXED);
}

static bool ignored(const struct process *p, int signal)
{
	u64 handler = p->sig.actions[signal].handler;

	if (p->pid == 1 && handler == SIG_DFL_ABI)
		return true; /* nothing ends process 1 that it did not ask for */
	if (SIG_BIT(signal) & SET_SURE)
		return false;
	return handler == SIG_IGN_ABI || (handler == SIG_DFL_ABI && (SIG_BIT(signal) & SET_IGNORE));
}

static void tell_parent(struct process *p, u32 event)
{
	struct process *parent = p->parent;

	p->wait_events = event;
	if (!parent)
		return;
	if (!(parent->sig.actions[SIGCHLD].flags & SA_NOCLDSTOP))
		signal_send_locked(parent, SIGCHLD);
	waitq_wake_all(&parent->child_exit);
}

static void resume(struct process *p, bool tell)
{
	if (!p->stopped)
		return;
	p->stopped = false;
	if (tell)
		tell_parent(p, WAIT_CONTINUED);
	thread_wake(p->thread);
}

void signal_send_locked(struct process *p, int signal)
{
	struct sigstate *s = &p->sig;

	if (!signal || p->zombie || !p->thread)
		return;
	if (signal == SIGCONT) {
		pending_clear(s, SET_STOP);
		resume(p, true);
	} else if (SIG_BIT(signal) & SET_STOP) {
		pending_clear(s, SIG_BIT(SIGCONT));
	}
	if (ignored(p, signal) && !(s->blocked & SIG_BIT(signal)))
		return;
	__atomic_fetch_or(&s->pending, SIG_BIT(signal), __ATOMIC_RELEASE);
	if (signal == SIGKILL)
		resume(p, false);
	if (!(s->blocked & SIG_BIT(signal)))
		thread_wake(p->thread);
}

void signal_send(struct process *p, int signal)
{
	lock_acquire(&process_lock);
	signal_send_locked(p, signal);
	lock_release(&process_lock);
}

void signal_raise(struct process *p, int signal)
{
	__atomic_fetch_or(&p->sig.pending, SIG_BIT(signal), __ATOMIC_RELEASE);
	thread_wake(p->thread);
}

void signal_fault(int signal)
{
	process_exit(status_signalled(signal));
}

u32 signal_group(i32 pgid, int signal)
{
	u32 n = 0;

	lock_acquire(&process_lock);
	for (struct process *p = process_first(); p; p = process_next(p)) {
		if (p->pgid != pgid)
			continue;
		signal_send_locked(p, signal);
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
	int result = -ESRCH;

	if (pid == INT32_MIN)
		return -ESRCH;
	lock_acquire(&process_lock);
	for (struct process *p = process_first(); p; p = process_next(p)) {
		int err;

		if (!addressed(self, p, pid))
			continue;
		err = check(self, p, signal);
		if (!err)
			signal_send_locked(p, signal);
		if (result) /* one success is success; -1 means "all that I may", so nobody at all is fine, too */
			result = pid == -1 && err == -EPERM ? 0 : err;
	}
	lock_release(&process_lock);
	return result;
}

bool signal_pending(void)
{
	const struct process *p = process_current();

	return p && process_signalled(p);
}

bool signal_kill_pending(void)
{
	const struct process *p = process_current();

	return p && (__atomic_load_n(&p->sig.pending, __ATOMIC_ACQUIRE) & SIG_BIT(SIGKILL));
}

/* process_lock held; released and taken again while stopped. */
static void stop(struct process *p, int signal)
{
	p->stopped = true;
	p->stop_signal = signal;
	tell_parent(p, WAIT_STOPPED);
	while (p->stopped) {
		thread_prepare_sleep();
		lock_release(&process_lock);
		thread_sleep(TIME_NEVER);
		lock_acquire(&process_lock);
	}
}

/* Takes one signal that acts; 0: none. SIGKILL comes before all others. */
static int take(struct process *p)
{
	struct sigstate *s = &p->sig;

	for (;;) {
		u64 ready = s->pending & ~s->blocked;
		int signal;

		if (!ready)
			return 0;
		signal = ready & SIG_BIT(SIGKILL) ? SIGKILL : __builtin_ctzll(ready) + 1;
		pending_clear(s, SIG_BIT(signal));
		if (!ignored(p, signal) && !(SIG_BIT(signal) & SET_IGNORE))
			return signal;
	}
}

void signal_deliver(void)
{
	struct process *p = process_current();
	int signal;

	lock_acquire(&process_lock);
	while ((signal = take(p))) {
		bool stops = SIG_BIT(signal) & SET_STOP;

		if (stops && signal != SIGSTOP && group_orphaned(p->pgid, NULL))
			continue; /* nobody could continue it: POSIX 2.4.3 */
		if (stops) {
			stop(p, signal);
			continue;
		}
		lock_release(&process_lock);
		process_exit(status_signalled(signal));
	}
	lock_release(&process_lock);
}

int signal_set_action(int signal, const struct sigaction_abi *act, struct sigaction_abi *old)
{
	struct process *p = process_current();

	if (signal < 1 || signal >= SIGNALS || (act && (SIG_BIT(signal) & SET_SURE)))
		return -EINVAL;
	lock_acquire(&process_lock);
	*old = p->sig.actions[signal];
	if (act) {
		p->sig.actions[signal] = *act;
		p->sig.actions[signal].mask &= ~SET_SURE;
		if (ignored(p, signal))
			pending_clear(&p->sig, SIG_BIT(signal));
	}
	lock_release(&process_lock);
	return 0;
}

int signal_set_mask(int how, const u64 *set, u64 *old)
{
	enum { BLOCK, UNBLOCK, SETMASK };
	struct process *p = process_current();
	u64 mask = set ? *set & ~SET_SURE : 0;

	if (set && (how < BLOCK || how > SETMASK))
		return -EINVAL;
	lock_acquire(&process_lock);
	*old = p->sig.blocked;
	if (set && how == BLOCK)
		p->sig.blocked |= mask;
	else if (set && how == UNBLOCK)
		p->sig.blocked &= ~mask;
	else if (set)
		p->sig.blocked = mask;
	lock_release(&process_lock);
	return 0;
}

void signal_suspend_mask(u64 mask)
{
	struct sigstate *s = &process_current()->sig;

	lock_acquire(&process_lock);
	s->blocked_before = s->blocked;
	s->suspended = true;
	s->blocked = mask & ~SET_SURE;
	lock_release(&process_lock);
}

void signal_resume_mask(void)
{
	struct sigstate *s = &process_current()->sig;

	lock_acquire(&process_lock);
	if (s->suspended)
		s->blocked = s->blocked_before;
	s->suspended = false;
	lock_release(&process_lock);
}

void signal_exec(struct process *p)
{
	lock_acquire(&process_lock);
	for (int i = 1; i < SIGNALS; i++) {
		u64 handler = p->sig.actions[i].handler == SIG_IGN_ABI ? SIG_IGN_ABI : SIG_DFL_ABI;

		p->sig.actions[i] = (struct sigaction_abi){.handler = handler};
	}
	lock_release(&process_lock);
}
