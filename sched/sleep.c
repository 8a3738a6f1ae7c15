/*
 * sleep.c - sleeping with a deadline: a timeout that wakes the thread, around sched_sleep().
 */
#include "sched/sched.h"
#include "sched/timer.h"

void thread_prepare_sleep(void)
{
	struct thread *t = thread_current();

	t->timed_out = false;
	/* Before the caller looks whether it must sleep at all: a waker that is not seen then sees this. */
	__atomic_store_n(&t->wake_pending, false, __ATOMIC_SEQ_CST);
}

struct sleep_timeout {
	struct timeout timeout;
	struct thread *thread;
};

static void sleep_over(struct timeout *timeout)
{
	struct sleep_timeout *s = container_of(timeout, struct sleep_timeout, timeout);

	s->thread->timed_out = true;
	thread_wake(s->thread);
}

bool thread_sleep(u64 deadline)
{
	struct sleep_timeout s = {.thread = thread_current()};

	lock_assert_none_held("sleep");
	s.thread->handoff = NULL;
	if (deadline == TIME_NEVER) {
		sched_sleep(s.thread);
		return true;
	}
	timer_set(&s.timeout, deadline, sleep_over);
	sched_sleep(s.thread);
	timer_cancel(&s.timeout);
	return !s.thread->timed_out;
}
