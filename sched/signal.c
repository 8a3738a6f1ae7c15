/*
 * signal.c - sending, the default actions, and acting on them (signal.h). Whom kill(2) means is in kill.c.
 */
#include "kernel/lib/errno.h"
#include "sched/group.h"
#include "sched/sched.h"

#define SET_STOP   (SIG_BIT(SIGSTOP) | SIG_BIT(SIGTSTP) | SIG_BIT(SIGTTIN) | SIG_BIT(SIGTTOU))
#define SET_IGNORE (SIG_BIT(SIGCHLD) | SIG_BIT(SIGCONT) | SIG_BIT(SIGURG) | SIG_BIT(SIGWINCH))
#define SET_FAULT  (SIG_BIT(SIGSEGV) | SIG_BIT(SIGBUS) | SIG_BIT(SIGILL) | SIG_BIT(SIGTRAP) | SIG_BIT(SIGFPE))
#define SET_SURE   (SIG_BIT(SIGKILL) | SIG_BIT(SIGSTOP)) /* neither blocked nor ignored */

static struct thread *thread_at(struct list *link)
{
	return list_entry(link, struct thread, group_link);
}

/* Atomic: signal_raise() does not wait for the lock. */
static void word_clear(u64 *pending, u64 signals)
{
	__atomic_fetch_and(pending, ~signals, __ATOMIC_RELAXED);
}

static void word_set(u64 *pending, u64 signals)
{
	__atomic_fetch_or(pending, signals, __ATOMIC_RELEASE);
}

/* Wherever they wait. */
static void flush(struct process *p, u64 signals)
{
	word_clear(&p->sig.pending, signals);
	list_for(i, &p->threads)
		word_clear(&thread_at(i)->pending, signals);
}

static u64 ready(const struct thread *t)
{
	return (t->pending | t->process->sig.pending) & ~t->blocked;
}

/* It has something to do. */
static void notify(struct thread *t)
{
	__atomic_store_n(&t->signalled, true, __ATOMIC_RELEASE);
	thread_wake(t);
}

/* G2: cleared first, so that signal_raise() is not overwritten. `t` is the caller, or has not started. */
static void look_again(struct thread *t)
{
	__atomic_store_n(&t->signalled, false, __ATOMIC_SEQ_CST);
	if (ready(t) || t->process->stopped)
		__atomic_store_n(&t->signalled, true, __ATOMIC_RELAXED);
}

/* The thread that is to act on a signal to the process: the first that does not block it, so the leader if it can. */
static struct thread *choose(struct process *p, int signal)
{
	list_for(i, &p->threads)
		if (!(thread_at(i)->blocked & SIG_BIT(signal)))
			return thread_at(i);
	return NULL;
}

/* Who was chosen is gone or has blocked it since. */
static void choose_again(struct process *p)
{
	for (u64 left = p->sig.pending; left; left &= left - 1) {
		struct thread *t = choose(p, __builtin_ctzll(left) + 1);

		if (t)
			notify(t);
	}
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

static bool handled(const struct process *p, int signal)
{
	return p->sig.actions[signal].handler > SIG_IGN_ABI;
}

static void tell_parent(struct process *p, u32 event)
{
	struct process *parent = p->parent;
	i32 status = event == WAIT_STOPPED ? status_stopped(p->stop_signal) : STATUS_CONTINUED;

	p->wait_events = event;
	if (!parent)
		return;
	if (!(parent->sig.actions[SIGCHLD].flags & SA_NOCLDSTOP))
		signal_send_child_locked(parent, SIGCHLD, p, status);
	waitq_wake_all(&parent->child_exit);
}

static void resume(struct process *p, bool tell)
{
	if (!p->stopped)
		return;
	p->stopped = false;
	if (tell)
		tell_parent(p, WAIT_CONTINUED);
	list_for(i, &p->threads)
		thread_wake(thread_at(i));
}

void signal_kill_others_locked(struct process *p, const struct thread *but)
{
	list_for(i, &p->threads) {
		struct thread *t = thread_at(i);

		if (t == but)
			continue;
		word_set(&t->pending, SIG_BIT(SIGKILL));
		notify(t);
	}
}

void signal_send_to_locked(struct process *p, struct thread *to, int signal, const struct sigorigin *from)
{
	struct thread *t = to;
	u64 bit;

	if (!signal || list_empty(&p->threads))
		return;
	bit = SIG_BIT(signal);
	if (signal == SIGCONT) {
		flush(p, SET_STOP);
		resume(p, true);
	} else if (bit & SET_STOP) {
		flush(p, SIG_BIT(SIGCONT));
	}
	if (!t)
		t = thread_at(p->threads.next); /* whose mask decides, on Linux too */
	if (ignored(p, signal) && !(t->blocked & bit))
		return;
	if (signal == SIGKILL) {
		resume(p, false);
		signal_kill_others_locked(p, NULL);
		return;
	}
	if (!(t->pending & bit) && !(p->sig.pending & bit))
		p->sig.origins[signal] = *from;
	word_set(to ? &to->pending : &p->sig.pending, bit);
	if (!to)
		t = choose(p, signal);
	if (t && !(t->blocked & bit))
		notify(t);
}

void signal_send_locked(struct process *p, int signal)
{
	signal_send_to_locked(p, NULL, signal, &(struct sigorigin){.code = SI_KERNEL});
}

void signal_send(struct process *p, int signal)
{
	lock_acquire(&process_lock);
	signal_send_locked(p, signal);
	lock_release(&process_lock);
}

void signal_raise(struct thread *t, int signal)
{
	word_set(&t->process->sig.pending, SIG_BIT(signal));
	notify(t);
}

void signal_fault(int signal, int code, u64 address)
{
	struct thread *self = thread_current();

	if (!handled(self->process, signal) || (self->blocked & SIG_BIT(signal)))
		process_exit(status_signalled(signal));
	self->fault = (struct sigorigin){(i16)code, (u16)signal, {(u32)address, (u32)(address >> 32)}};
	word_set(&self->pending, SIG_BIT(signal));
	notify(self);
}

bool signal_pending(void)
{
	return thread_signalled(thread_current());
}

static bool killed(const struct thread *t)
{
	return __atomic_load_n(&t->pending, __ATOMIC_ACQUIRE) & SIG_BIT(SIGKILL);
}

bool signal_kill_pending(void)
{
	return killed(thread_current());
}

/* The parent learns of a stop when the last thread has. */
static void check_stopped(struct process *p)
{
	if (p->stopped && p->parked == p->thread_count)
		tell_parent(p, WAIT_STOPPED);
}

void signal_thread_added_locked(struct thread *t)
{
	look_again(t);
}

void signal_thread_left_locked(struct process *p)
{
	check_stopped(p);
	choose_again(p);
}

static void stop(struct process *p, const struct thread *self, int signal)
{
	p->stopped = true;
	p->stop_signal = signal;
	list_for(i, &p->threads)
		if (thread_at(i) != self)
			notify(thread_at(i));
}

/* process_lock is released and taken again. */
static void park(struct process *p, struct thread *self)
{
	self->parked = true;
	p->parked++;
	check_stopped(p);
	while (p->stopped && !killed(self)) {
		thread_prepare_sleep();
		lock_release(&process_lock);
		thread_sleep(TIME_NEVER);
		lock_acquire(&process_lock);
	}
	self->parked = false;
	p->parked--;
}

/* Takes one signal that acts; 0: none. SIGKILL first, then faults, the thread's own, the process's. */
static int take(struct process *p, struct thread *self)
{
	u64 all;

	while ((all = ready(self))) {
		u64 own = self->pending & all, kill = all & SIG_BIT(SIGKILL), fault = own & SET_FAULT, bit;
		int signal = __builtin_ctzll(kill ? kill : fault ? fault : own ? own : all) + 1;

		bit = SIG_BIT(signal);
		word_clear(own & bit ? &self->pending : &p->sig.pending, bit);
		if ((own & kill) || handled(p, signal) || (!ignored(p, signal) && !(bit & SET_IGNORE)))
			return signal;
	}
	return 0;
}

static void block(struct thread *self, u64 signals)
{
	self->blocked = signals & ~SET_SURE;
	look_again(self);
	choose_again(self->process);
}

/* The handler's mask is in force from now on. */
static void prepare(struct process *p, struct thread *self, int signal, struct sigdelivery *out)
{
	struct sigaction_abi *a = &p->sig.actions[signal];
	bool fault = self->fault.status == signal;

	*out = (struct sigdelivery){signal, *a, fault ? self->fault : p->sig.origins[signal],
				    self->suspended ? self->blocked_before : self->blocked};
	if (fault)
		self->fault.status = out->origin.status = 0;
	self->suspended = false;
	block(self, self->blocked | a->mask | (a->flags & SA_NODEFER ? 0 : SIG_BIT(signal)));
	if (a->flags & SA_RESETHAND)
		a->handler = SIG_DFL_ABI;
}

bool signal_deliver(struct sigdelivery *out)
{
	struct thread *self = thread_current();
	struct process *p = self->process;
	int signal = 0;

	lock_acquire(&process_lock);
	do {
		if (p->stopped && !killed(self)) {
			park(p, self);
			continue;
		}
		signal = take(p, self);
		if (!signal)
			break;
		if (handled(p, signal) && signal != SIGKILL) {
			prepare(p, self, signal, out);
			break;
		}
		if (!(SIG_BIT(signal) & SET_STOP)) {
			lock_release(&process_lock);
			process_exit(status_signalled(signal));
		}
		if (signal == SIGSTOP || !group_orphaned(p->pgid, NULL)) /* POSIX 2.4.3: could nobody continue it? */
			stop(p, self, signal);
	} while (true);
	look_again(self);
	lock_release(&process_lock);
	return signal;
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
			flush(p, SIG_BIT(signal));
	}
	lock_release(&process_lock);
	return 0;
}

int signal_set_mask(int how, const u64 *set, u64 *old)
{
	enum { BLOCK, UNBLOCK, SETMASK };
	struct thread *self = thread_current();

	if (set && (how < BLOCK || how > SETMASK))
		return -EINVAL;
	lock_acquire(&process_lock);
	*old = self->blocked;
	if (set)
		block(self, how == BLOCK ? *old | *set : how == UNBLOCK ? *old & ~*set : *set);
	lock_release(&process_lock);
	return 0;
}

void signal_set_blocked(u64 blocked)
{
	lock_acquire(&process_lock);
	block(thread_current(), blocked);
	lock_release(&process_lock);
}

void signal_suspend_mask(u64 mask)
{
	struct thread *self = thread_current();

	lock_acquire(&process_lock);
	self->blocked_before = self->blocked;
	self->suspended = true;
	block(self, mask);
	lock_release(&process_lock);
}

void signal_resume_mask(void)
{
	struct thread *self = thread_current();

	if (!self->suspended)
		return;
	lock_acquire(&process_lock);
	block(self, self->blocked_before);
	self->suspended = false;
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
