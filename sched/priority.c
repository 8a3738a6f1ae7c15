/*
 * priority.c - see priority.h.
 */
#include "sched/priority.h"
#include "kernel/lib/errno.h"
#include "sched/policy.h"
#include "sched/wake.h"

enum { PRIO_PROCESS, PRIO_PGRP, PRIO_USER };

/* What the policy looks at is about to change: t is charged by the old values ... */
static struct runq *change_begin(struct thread *t, bool *irq)
{
	struct runq *q = runq_lock_of(t, irq);

	if (t == q->running)
		runq_account(q, clock_now());
	return q;
}

/* ... and stands in line by the new ones. */
static void change_end(struct runq *q, struct thread *t, bool irq)
{
	u32 cpu = t->cpu;

	t->level = t->class == SCHED_IDLE ? NICE_MAX : t->nice;
	if (list_linked(&t->run_link)) {
		runq_remove(q, t);
		if (!thread_may_run(t, cpu)) {
			thread_move(q, t, irq);
			return;
		}
		runq_put(q, t, MOVES);
	}
	if (q == &runqs[cpu_this()->id])
		cpu_this()->resched = 1;
	else
		wake_poke(cpu);
	lock_release_irq(&q->lock, irq);
}

void thread_set_nice(struct thread *t, i8 nice)
{
	bool irq;
	struct runq *q = change_begin(t, &irq);

	t->nice = nice;
	change_end(q, t, irq);
}

void thread_set_class(struct thread *t, u8 class)
{
	bool irq;
	struct runq *q = change_begin(t, &irq);

	t->class = class;
	change_end(q, t, irq);
}

void thread_set_affinity(struct thread *t, u32 mask)
{
	bool irq;
	struct runq *q = change_begin(t, &irq);

	t->affinity = mask;
	change_end(q, t, irq);
}

bool priority_owns(const struct process *self, const struct thread *t)
{
	const struct ids *owner = &t->process->cred.user;
	u32 id = self->cred.user.effective;

	return id == owner->effective || id == owner->real || cred_privileged(&self->cred);
}

bool priority_admits(const struct process *self, const struct thread *t, int nice)
{
	return nice >= t->nice || (u64)(20 - nice) <= limit_soft(t->process->limits, LIMIT_NICE) ||
	       cred_privileged(&self->cred);
}

static bool named(const struct process *self, const struct thread *t, int which, i32 who)
{
	const struct process *p = t->process;

	switch (which) {
	case PRIO_PROCESS:
		return who ? t->tid == who : t == thread_current();
	case PRIO_PGRP:
		return p->pgid == (who ? who : self->pgid);
	default:
		return p->cred.user.real == (who ? (u32)who : self->cred.user.real);
	}
}

/* As Linux: a later success does not hide an earlier error. */
static int set_one(const struct process *self, struct thread *t, int nice, int so_far)
{
	if (!priority_owns(self, t))
		return -EPERM;
	if (!priority_admits(self, t, nice))
		return -EACCES;
	thread_set_nice(t, (i8)nice);
	return so_far == -ESRCH ? 0 : so_far;
}

static int get_one(const struct thread *t, int so_far)
{
	return MAX(so_far, 20 - t->nice);
}

/* `set`, or else get. */
static int each_named(int which, i32 who, bool set, int nice)
{
	struct process *self = process_current();
	int result = -ESRCH;

	if (which < PRIO_PROCESS || which > PRIO_USER)
		return -EINVAL;
	lock_acquire(&process_lock);
	for (struct process *p = process_first(); p; p = process_next(p)) {
		list_for(i, &p->threads) {
			struct thread *t = list_entry(i, struct thread, group_link);

			if (named(self, t, which, who))
				result = set ? set_one(self, t, nice, result) : get_one(t, result);
		}
	}
	lock_release(&process_lock);
	return result;
}

int priority_set(int which, i32 who, int nice)
{
	return each_named(which, who, true, MAX(NICE_MIN, MIN(nice, NICE_MAX)));
}

int priority_get(int which, i32 who)
{
	return each_named(which, who, false, 0);
}
