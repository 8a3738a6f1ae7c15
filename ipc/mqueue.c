/*
 * mqueue.c - message queues: their names, sending and receiving, and queues as open files. See mqueue.h.
 *
 * M1  At most one of the lists `receivers` and `senders` has waiters: receivers wait only while the queue is
 *     empty, senders only while it is full.
 * M2  Who makes the other side's wait end does its work for it: a sender gives its message to the first
 *     receiver, not to the queue; a receiver that takes one puts the first sender's in. So nobody who comes
 *     later overtakes, and a waiter that was served needs nothing more from the queue.
 * M3  A queue on the list of names is alive: the name holds a reference, which mq_unlink() drops.
 * M4  Who watches (poll) is woken when a message comes into the queue or goes out of it.
 *
 *      mq_send: [copy in] -> mq_put -> queue or first receiver ... mq_take -> [copy out] :mq_receive
 *
 * Locks: names_lock (RANK_MQ_NAMES), then the queue's. Copies and allocation happen before and after the
 * queue's lock is held.
 */
#include "ipc/mqueue.h"

#include "ipc/message.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/panic.h"
#include "kernel/lib/string.h"
#include "mm/cache.h"
#include "sched/process.h"
#include "sched/sched.h"
#include "sched/waitq.h"

struct mqueue {
	struct list name_link; /* names_lock: on the list of names; alone once unlinked */

	/* written before it is found by others */
	char name[MQ_NAME_MAX + 1];
	u32 maxmsg, msgsize, mode, uid, gid;
	u64 ino;

	u32 refs; /* atomic: one of the name, one of each open file */

	struct spinlock lock; /* RANK_IPC; guards what follows */
	struct list messages; /* of the highest priority first, oldest first among equals */
	u32 count;
	struct list receivers, senders; /* struct mq_waiter, first come first */
	struct waitq watchers;          /* M4 */
};

/* On the sleeper's stack. */
struct mq_waiter {
	struct list link;
	struct waitq sleep;      /* holds only this thread */
	struct message *message; /* a sender's own; a receiver's once it is served */
};

static const struct mq_attr_abi mq_default = {.maxmsg = 10, .msgsize = 8192};

static struct spinlock names_lock = SPINLOCK(RANK_MQ_NAMES, "mq names");
static struct list names = LIST_INIT(names);
static u64 live, next_ino = 1; /* atomic */

u64 mq_queues_live(void)
{
	return __atomic_load_n(&live, __ATOMIC_RELAXED);
}

static struct mqueue *mqueue_of(const struct file *f)
{
	return f->object;
}

/* ---- sending and receiving */

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

/* Sleeps until the other side has served this thread (M2), and releases the lock. *m: the sender's message, or
 * what the receiver is given. 0, -EAGAIN, -ETIMEDOUT or -EINTR. */
static int wait_served(struct mqueue *q, struct list *waiters, struct message **m, u64 deadline, bool nonblock)
{
	struct mq_waiter w = {.message = *m};
	int err = nonblock ? -EAGAIN : 0;

	waitq_init(&w.sleep);
	list_push_back(waiters, &w.link);
	while (list_linked(&w.link) && !err)
		err = waitq_sleep(&w.sleep, &q->lock, deadline);
	if (list_linked(&w.link))
		list_remove(&w.link);
	else
		err = 0; /* served, whatever else has happened */
	lock_release(&q->lock);
	*m = w.message;
	return err;
}

int mq_put(struct file *f, struct message *m, u64 deadline)
{
	struct mqueue *q = mqueue_of(f);
	struct thread *woken = NULL;
	struct mq_waiter *w;

	lock_acquire(&q->lock);
	if (q->count == q->maxmsg)
		return wait_served(q, &q->senders, &m, deadline, f->flags & O_NONBLOCK);
	w = first_waiter(&q->receivers);
	if (w) {
		w->message = m;
		woken = waitq_wake_here(&w->sleep);
	} else {
		enqueue(q, m);
		waitq_wake_all(&q->watchers);
	}
	lock_release(&q->lock);
	if (woken)
		sched_hint_handoff(woken);
	return 0;
}

int mq_take(struct file *f, u64 deadline, struct message **out)
{
	struct mqueue *q = mqueue_of(f);
	struct mq_waiter *w;

	*out = NULL;
	lock_acquire(&q->lock);
	if (q->count == 0)
		return wait_served(q, &q->receivers, out, deadline, f->flags & O_NONBLOCK);
	*out = list_first(&q->messages, struct message, link);
	list_remove(&(*out)->link);
	q->count--;
	w = first_waiter(&q->senders);
	if (w) {
		enqueue(q, w->message);
		waitq_wake(&w->sleep);
	} else {
		waitq_wake_all(&q->watchers);
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

/* ---- names */

/* In Linux's order: the name is one component of a path. */
static int name_check(const char *name)
{
	size_t n = strlen(name);

	if (n == 0)
		return -ENOENT;
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strchr(name, '/'))
		return -EACCES;
	return n > MQ_NAME_MAX ? -ENAMETOOLONG : 0;
}

/* names_lock held. */
static struct mqueue *find_locked(const char *name)
{
	list_for(l, &names) {
		struct mqueue *q = list_entry(l, struct mqueue, name_link);

		if (strcmp(q->name, name) == 0)
			return q;
	}
	return NULL;
}

static void queue_unref(struct mqueue *q)
{
	struct list *l;

	if (__atomic_fetch_sub(&q->refs, 1, __ATOMIC_ACQ_REL) != 1)
		return;
	ASSERT(list_empty(&q->receivers) && list_empty(&q->senders)); /* they hold the file */
	while ((l = list_pop_front(&q->messages)))
		message_free(list_entry(l, struct message, link));
	kfree(q);
	__atomic_fetch_sub(&live, 1, __ATOMIC_RELAXED);
}

/* A queue that nobody knows of yet, with one reference. 0, -EINVAL, -ENOSPC or -ENOMEM. */
static int queue_create(const char *name, u32 mode, const struct mq_attr_abi *attr, struct mqueue **out)
{
	const struct mq_attr_abi a = attr ? *attr : mq_default;
	const struct cred *c = cred_current();
	struct mqueue *q;

	if (a.maxmsg <= 0 || a.maxmsg > MQ_MESSAGES_MAX || a.msgsize <= 0 || a.msgsize > MQ_SIZE_MAX)
		return -EINVAL;
	if (mq_queues_live() >= MQ_QUEUES_MAX)
		return -ENOSPC;
	q = kmalloc_zeroed(sizeof(*q));
	if (!q)
		return -ENOMEM;
	list_init(&q->name_link);
	string_copy(q->name, name, sizeof(q->name));
	q->maxmsg = (u32)a.maxmsg;
	q->msgsize = (u32)a.msgsize;
	q->mode = S_IFREG | (mode & 07777 & ~c->umask);
	q->uid = c->user.fs;
	q->gid = c->group.fs;
	q->ino = __atomic_fetch_add(&next_ino, 1, __ATOMIC_RELAXED);
	q->refs = 1;
	lock_init(&q->lock, RANK_IPC, "mqueue");
	list_init(&q->messages);
	list_init(&q->receivers);
	list_init(&q->senders);
	waitq_init(&q->watchers);
	__atomic_fetch_add(&live, 1, __ATOMIC_RELAXED);
	*out = q;
	return 0;
}

/* Finds or makes the queue that `flags` ask for; a reference to it. names_lock held. */
static int open_locked(const char *name, u32 flags, u32 mode, const struct mq_attr_abi *attr,
		       struct mqueue **out)
{
	struct mqueue *q = find_locked(name);
	int err;

	if (q && (flags & O_CREAT) && (flags & O_EXCL))
		return -EEXIST;
	if (q && (flags & O_ACCMODE) == O_ACCMODE)
		return -EINVAL;
	if (q && !cred_permits(cred_current(), q->uid, q->gid, q->mode, file_wants(flags)))
		return -EACCES;
	if (!q) {
		err = flags & O_CREAT ? queue_create(name, mode, attr, &q) : -ENOENT;
		if (err)
			return err;
		list_push_back(&names, &q->name_link); /* M3: the reference that it was made with */
	}
	__atomic_fetch_add(&q->refs, 1, __ATOMIC_RELAXED);
	*out = q;
	return 0;
}

/* ---- the file */

static void mq_stat(struct file *f, struct stat_abi *out)
{
	const struct mqueue *q = mqueue_of(f);

	stat_fill(out, q->mode, q->ino, 0, 0);
	out->dev = DEV_MQUEUE;
	out->uid = q->uid;
	out->gid = q->gid;
}

static u32 mq_poll(struct file *f, struct waiter *w)
{
	struct mqueue *q = mqueue_of(f);
	u32 now;

	lock_acquire(&q->lock);
	now = (q->count ? POLL_IN : 0) | (q->count < q->maxmsg ? POLL_OUT : 0);
	if (w)
		waitq_watch(&q->watchers, &q->lock, w);
	lock_release(&q->lock);
	return now;
}

static void mq_release(struct file *f)
{
	queue_unref(mqueue_of(f));
}

static const struct file_ops mq_ops = {
	.poll = mq_poll, .stat = mq_stat, .release = mq_release,
};

bool file_is_mq(const struct file *f)
{
	return f->ops == &mq_ops;
}

int mq_open(const char *name, u32 flags, u32 mode, const struct mq_attr_abi *attr, struct file **out)
{
	int err = name_check(name);
	struct mqueue *q;
	struct file *f;

	if (err)
		return err;
	f = file_create(&mq_ops, NULL, flags & (O_ACCMODE | O_NONBLOCK));
	if (!f)
		return -ENOMEM;
	lock_acquire(&names_lock);
	err = open_locked(name, flags, mode, attr, &q);
	lock_release(&names_lock);
	if (err) {
		kfree(f); /* not yet a file: it has no queue to release */
		return err;
	}
	f->object = q;
	*out = f;
	return 0;
}

int mq_unlink(const char *name)
{
	int err = name_check(name);
	struct mqueue *q;

	if (err)
		return err;
	lock_acquire(&names_lock);
	q = find_locked(name);
	if (!q)
		err = -ENOENT;
	else if (!cred_owns(cred_current(), q->uid))
		err = -EPERM; /* Linux's directory of queues is sticky */
	else
		list_remove(&q->name_link);
	lock_release(&names_lock);
	if (!err)
		queue_unref(q);
	return err;
}

void mq_get_attributes(struct file *f, struct mq_attr_abi *out)
{
	struct mqueue *q = mqueue_of(f);

	*out = (struct mq_attr_abi){f->flags & O_NONBLOCK, q->maxmsg, q->msgsize, 0, {0}};
	lock_acquire(&q->lock);
	out->curmsgs = q->count;
	lock_release(&q->lock);
}
