/*
 * waitq.h - waiting for a condition on an object.
 *
 * W1  A wait queue is guarded by its owner's lock (a plain spinlock), which both sides hold: the sleeper
 *     when it looks at the condition and enqueues, the waker when it changes the condition and wakes.
 *     So no wake-up is lost.
 * W2  FIFO. waitq_wake() takes the first sleeper off the queue and makes it ready. A sleeper that was
 *     woken is never told -EINTR or -ETIMEDOUT: it looks at the condition again, so the wake-up that it
 *     used is not lost to others.
 * W3  A signal that ends or stops the process, or a time-out, makes the sleeper leave the queue itself,
 *     under the owner's lock.
 *
 *      lock_acquire(&q->lock);
 *      while (!condition) {
 *              int err = waitq_sleep(&q->readers, &q->lock, TIME_NEVER);
 *              if (err)
 *                      break;          // -EINTR or -ETIMEDOUT; the lock is held again
 *      }
 */
#pragma once

#include "kernel/lib/list.h"
#include "kernel/lib/lock.h"
#include "kernel/x86/clock.h"

struct thread;

struct waitq {
	struct list waiters;
};

void waitq_init(struct waitq *q);
/* Releases `lock`, sleeps, takes it again. 0: woken. -EINTR: a signal is pending that is not blocked or
 * ignored. -ETIMEDOUT: `deadline` (ns of clock_now()) has passed. */
int waitq_sleep(struct waitq *q, struct spinlock *lock, u64 deadline);
/* The same, but only a signal that kills ends it early. */
int waitq_sleep_killable(struct waitq *q, struct spinlock *lock);
/* Wakes the first sleeper; NULL if there is none. The thread may be given to sched_hint_handoff(). */
struct thread *waitq_wake(struct waitq *q);
void waitq_wake_all(struct waitq *q);
bool waitq_empty(const struct waitq *q);
