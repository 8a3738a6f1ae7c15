/*
 * mqueue.c - sending to and receiving from a queue. See mqueue.h.
 *
 * M1  At most one of the lists `receivers` and `senders` has waiters: receivers wait only while the queue is
 *     empty, senders only while it is full.
 * M2  Who makes the other side's wait end does its work for it: a sender gives its message to the first
 *     receiver, not to the queue; a receiver that takes one puts the first sender's in. So nobody who comes
 *     later overtakes, and a waiter that was served needs nothing more from the queue.
 *
 *      mq_send: [copy in] -> mq_put -> queue or first receiver ... mq_take -> [copy out] :mq_receive
 *
 * Lock: the queue's. Copies and allocation happen before and after it is held.
 */
#include "ipc/mqueue_impl.h"

#include "kernel/lib/errno.h"
#include "sched/sched.h"
#include "sched/waitq.h"

/* On the sleeper's stack. */
struct mq_waiter {
	struct list link;
	struct waitq sleep;      /* holds only this thread */
	struct message *message; /* a receiver's: given by the sender. A sender's: taken, and then NULL */
};

/* Keeps the order; the usual case, all of one priority, is the first comparison. */
static void enqueue(struct mqueue *q, struct message *m)
{
	struct list *at = &q->messages;

	while (at->prev != &q->messages && list_entry(at->prev, struct message, link)->priority < m->priority)
		at = at->prev;
	list_insert_before(at, &m->link);
	q->count++;
}

static struct mq_waiter *first_waiter(struct list *waiters)
{
	struct list *l = list_pop_front(waiters);

	return l ? list_entry(l, struct mq_waiter, link) : NULL;
}

/* Sleeps until the other side has served `w` (M2). 0, -ETIMEDOUT or -EINTR. Lock held. */
static int wait_served(struct mqueue *q, struct list *waiters, struct mq_waiter *w, u64 deadline)
{
	int err = 0;

	waitq_init(&w->sleep);
	list_push_back(waiters, &w->link);
	while (list_linked(&w->link) && !err)
		err = waitq_sleep(&w->sleep, &q->lock, deadline);
	if (!list_linked(&w->link))
		return 0; /* served, whatever else has happened */
	list_remove(&w->link);
	return err;
}

/* The queue is full: waits until a receiver has put `m` in. */
static int put_waiting(struct mqueue *q, struct message *m, u64 deadline)
{
	struct mq_waiter w = {.message = m};
	int err = wait_served(q, &q->senders, &w, deadline);

	lock_release(&q->lock);
	return err;
}

int mq_put(struct file *f, struct message *m, u64 deadline)
{
	struct mqueue *q = mqueue_of(f);
	struct thread *woken = NULL;
	struct mq_waiter *w;

	lock_acquire(&q->lock);
	if (q->count == q->maxmsg) {
		if (!(f->flags & O_NONBLOCK))
			return put_waiting(q, m, deadline);
		lock_release(&q->lock);
		return -EAGAIN;
	}
	w = first_waiter(&q->receivers);
	if (w) {
		w->message = m;
		woken = waitq_wake(&w->sleep);
	} else {
		enqueue(q, m);
	}
	lock_release(&q->lock);
	if (woken)
		sched_hint_handoff(woken);
	return 0;
}

static int take_waiting(struct mqueue *q, u64 deadline, struct message **out)
{
	struct mq_waiter w = {.message = NULL};
	int err = wait_served(q, &q->receivers, &w, deadline);

	lock_release(&q->lock);
	*out = w.message;
	return err;
}

int mq_take(struct file *f, u64 deadline, struct message **out)
{
	struct mqueue *q = mqueue_of(f);
	struct mq_waiter *w;

	lock_acquire(&q->lock);
	if (q->count == 0) {
		if (!(f->flags & O_NONBLOCK))
			return take_waiting(q, deadline, out);
		lock_release(&q->lock);
		return -EAGAIN;
	}
	*out = list_first(&q->messages, struct message, link);
	list_remove(&(*out)->link);
	q->count--;
	w = first_waiter(&q->senders);
	if (w) {
		enqueue(q, w->message);
		waitq_wake(&w->sleep);
	}
	lock_release(&q->lock);
	return 0;
}

int mq_send(struct file *f, uva_t bytes, u64 length, u32 priority, u64 deadline)
{
	struct message *m;
	int err;

	if (length > mqueue_of(f)->msgsize)
		return -EMSGSIZE;
	err = message_from_user(bytes, length, priority, &m);
	if (err)
		return err;
	err = mq_put(f, m, deadline);
	if (err)
		message_free(m);
	return err;
}

/* A message whose copy out fails is gone, as on Linux: it was taken off the queue first. */
i64 mq_receive(struct file *f, uva_t to, u64 size, uva_t priority, u64 deadline)
{
	struct message *m;
	i64 result;

	if (size < mqueue_of(f)->msgsize)
		return -EMSGSIZE;
	result = mq_take(f, deadline, &m);
	if (result)
		return result;
	if (priority.v && copy_to_user(priority, &m->priority, sizeof(m->priority)))
		result = -EFAULT;
	else
		result = message_to_user(m, to);
	if (!result)
		result = m->length;
	message_free(m);
	return result;
}
