/*
 * mutex.c - the sleeping mutex. Ownership passes straight to the first waiter, so the order is FIFO.
 */
#include "kernel/lib/panic.h"
#include "sched/mutex.h"
#include "kernel/x86/clock.h"
#include "sched/sched.h"

struct mutex_waiter {
	struct list link;
	struct thread *thread;
};

void mutex_init(struct mutex *m)
{
	lock_init(&m->guard, RANK_MUTEX, "mutex");
	m->owner = NULL;
	list_init(&m->waiters);
}

void mutex_lock(struct mutex *m)
{
	struct mutex_waiter w = {.thread = thread_current()};

	lock_assert_none_held("mutex_lock");
	ASSERT(m->owner != w.thread);
	lock_acquire(&m->guard);
	if (!m->owner) {
		m->owner = w.thread;
		lock_release(&m->guard);
		return;
	}
	list_push_back(&m->waiters, &w.link);
	while (m->owner != w.thread) {
		thread_prepare_sleep();
		lock_release(&m->guard);
		thread_sleep(TIME_NEVER);
		lock_acquire(&m->guard);
	}
	lock_release(&m->guard);
}

void mutex_unlock(struct mutex *m)
{
	struct list *l;

	ASSERT(m->owner == thread_current());
	lock_acquire(&m->guard);
	l = list_pop_front(&m->waiters);
	m->owner = l ? list_entry(l, struct mutex_waiter, link)->thread : NULL;
	if (m->owner)
		thread_wake(m->owner);
	lock_release(&m->guard);
}

bool mutex_held(const struct mutex *m)
{
	return m->owner == thread_current();
}
