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
 * W4  Who watches (poll) stands before all who sleep, may be on many queues at once, and uses no wake-up up:
 *     waitq_wake() takes every watcher off and wakes it, and then the first sleeper. Its thread's
 *     thread_prepare_sleep() comes before the first look at a condition, so a wake-up after that is not lost.
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

/* Somebody on a queue; on the sleeper's stack, or where a poll keeps it. */
struct waiter {
	struct list link;
	struct thread *thread;
	struct spinlock *lock; /* a watcher's: the queue's owner's; NULL: not on a queue since it was made */
	bool watches;
};

void waitq_init(struct waitq *q);
/* Releases `lock`, sleeps, takes it again. 0: woken. -EINTR: a signal is pending that is not blocked or
 * ignored. -ETIMEDOUT: `deadline` (ns of clock_now()) has passed. */
int waitq_sleep(struct waitq *q, struct spinlock *lock, u64 deadline);
/* The same, but only a signal that kills ends it early. */
int waitq_sleep_killable(struct waitq *q, struct spinlock *lock);
/* W4: puts the calling thread's `w` on the queue, under `lock`, the owner's. It must not be on one. */
void waitq_watch(struct waitq *q, struct spinlock *lock, struct waiter *w);
/* Takes `w` off whatever queue it is on, if any. No lock held; the queue's owner lives. */
void waitq_unwatch(struct waiter *w);
/* Wakes all watchers and the first sleeper; NULL if there is none. */
struct thread *waitq_wake(struct waitq *q);
/* The same; the sleeper stays on this CPU, and is to be given to sched_hint_handoff(). */
struct thread *waitq_wake_here(struct waitq *q);
void waitq_wake_all(struct waitq *q);
bool waitq_empty(const struct waitq *q);
