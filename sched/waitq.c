/*
 * waitq.c - sleeping on a queue, and watching several (waitq.h: W1 to W4).
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/panic.h"
#include "sched/sched.h"
#include "sched/signal.h"
#include "sched/waitq.h"

void waitq_init(struct waitq *q)
{
	list_init(&q->waiters);
}

bool waitq_empty(const struct waitq *q)
{
	return list_empty(&q->waiters);
}

static int sleep_until(struct waitq *q, struct spinlock *lock, u64 deadline, bool (*interrupted)(void))
{
	struct waiter w = {.thread = thread_current()};
	bool in_time = true, signalled;

	list_push_back(&q->waiters, &w.link);
	thread_prepare_sleep();
	lock_release(lock);
	signalled = interrupted();
	if (!signalled)
		in_time = thread_sleep(deadline);
	lock_acquire(lock);
	if (!list_linked(&w.link))
		return 0; /* W2: whoever was woken looks again */
	list_remove(&w.link); /* W3 */
	if (!in_time)
		return -ETIMEDOUT;
	return signalled || interrupted() ? -EINTR : 0;
}

int waitq_sleep(struct waitq *q, struct spinlock *lock, u64 deadline)
{
	return sleep_until(q, lock, deadline, signal_pending);
}

int waitq_sleep_killable(struct waitq *q, struct spinlock *lock)
{
	return sleep_until(q, lock, TIME_NEVER, signal_kill_pending);
}

/* Wakes the watchers; takes the first sleeper off. W4 */
static struct thread *take_sleeper(struct waitq *q)
{
	struct list *l;

	while ((l = list_pop_front(&q->waiters))) {
		struct waiter *w = list_entry(l, struct waiter, link);

		if (!w->watches)
			return w->thread;
		thread_wake(w->thread);
	}
	return NULL;
}

struct thread *waitq_wake(struct waitq *q)
{
	struct thread *t = take_sleeper(q);

	if (t)
		thread_wake(t);
	return t;
}

struct thread *waitq_wake_here(struct waitq *q)
{
	struct thread *t = take_sleeper(q);

	if (t)
		thread_wake_here(t);
	return t;
}

void waitq_watch(struct waitq *q, struct spinlock *lock, struct waiter *w)
{
	*w = (struct waiter){.thread = thread_current(), .lock = lock, .watches = true};
	list_push_front(&q->waiters, &w->link); /* W4 */
}

void waitq_unwatch(struct waiter *w)
{
	struct spinlock *lock = w->lock;

	if (!lock)
		return;
	lock_acquire(lock);
	if (list_linked(&w->link))
		list_remove(&w->link);
	lock_release(lock);
	w->lock = NULL;
}

void waitq_wake_all(struct waitq *q)
{
	while (waitq_wake(q))
		;
}
