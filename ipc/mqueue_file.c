/*
 * mqueue_file.c - the names of queues, and queues as open files. See mqueue.h.
 *
 * N1  A queue on the list of names is alive: the name holds a reference, which mq_unlink() drops.
 *
 * Lock: names_lock (RANK_MQ_NAMES) guards the list and `name_link`s; the queue's own comes after it.
 */
#include "ipc/mqueue_impl.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/log.h"
#include "kernel/lib/panic.h"
#include "kernel/lib/string.h"
#include "mm/cache.h"

#define STATUS_SIZE 80 /* what Linux's fstat() says of every queue */

static struct spinlock names_lock = SPINLOCK(RANK_MQ_NAMES, "mq names");
static struct list names = LIST_INIT(names);
static u64 live, next_ino = 1; /* atomic */

u64 mq_queues_live(void)
{
	return __atomic_load_n(&live, __ATOMIC_RELAXED);
}

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

static void queue_destroy(struct mqueue *q)
{
	struct list *l;

	ASSERT(list_empty(&q->receivers) && list_empty(&q->senders)); /* they hold the file */
	while ((l = list_pop_front(&q->messages)))
		message_free(list_entry(l, struct message, link));
	kfree(q);
	__atomic_fetch_sub(&live, 1, __ATOMIC_RELAXED);
}

static void queue_unref(struct mqueue *q)
{
	if (__atomic_fetch_sub(&q->refs, 1, __ATOMIC_ACQ_REL) == 1)
		queue_destroy(q);
}

static bool attributes_ok(const struct mq_attr_abi *a)
{
	return a->maxmsg > 0 && a->maxmsg <= MQ_MESSAGES_MAX && a->msgsize > 0 && a->msgsize <= MQ_SIZE_MAX;
}

/* A queue that nobody knows of yet, with one reference. 0, -EINVAL, -ENOSPC or -ENOMEM. */
static int queue_create(const char *name, u32 mode, const struct mq_attr_abi *attr, struct mqueue **out)
{
	struct mqueue *q;

	if (attr && !attributes_ok(attr))
		return -EINVAL;
	if (mq_queues_live() >= MQ_QUEUES_MAX)
		return -ENOSPC;
	q = kmalloc_zeroed(sizeof(*q));
	if (!q)
		return -ENOMEM;
	list_init(&q->name_link);
	string_copy(q->name, name, sizeof(q->name));
	q->maxmsg = attr ? (u32)attr->maxmsg : MQ_DEFAULT_MESSAGES;
	q->msgsize = attr ? (u32)attr->msgsize : MQ_DEFAULT_SIZE;
	q->mode = S_IFREG | (mode & 0777);
	q->ino = __atomic_fetch_add(&next_ino, 1, __ATOMIC_RELAXED);
	q->refs = 1;
	lock_init(&q->lock, RANK_IPC, "mqueue");
	list_init(&q->messages);
	list_init(&q->receivers);
	list_init(&q->senders);
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

	if (q) {
		if ((flags & O_CREAT) && (flags & O_EXCL))
			return -EEXIST;
		if ((flags & O_ACCMODE) == O_ACCMODE)
			return -EINVAL;
	} else {
		if (!(flags & O_CREAT))
			return -ENOENT;
		err = queue_create(name, mode, attr, &q);
		if (err)
			return err;
		list_push_back(&names, &q->name_link); /* N1: the reference that it was made with */
	}
	__atomic_fetch_add(&q->refs, 1, __ATOMIC_RELAXED);
	*out = q;
	return 0;
}

/* ---- the file */

static int mq_stat(struct file *f, struct stat_abi *out)
{
	const struct mqueue *q = mqueue_of(f);

	stat_fill(out, q->mode, q->ino, 0, STATUS_SIZE);
	out->nlink = list_linked(&q->name_link);
	out->blocks = 0;
	return 0;
}

/* Linux lets one read how full a queue is; nobody is ever notified here. */
static i64 mq_read(struct file *f, struct uio *to)
{
	struct mqueue *q = mqueue_of(f);
	char text[STATUS_SIZE];
	u64 bytes = 0;
	int n;

	lock_acquire(&q->lock);
	list_for(l, &q->messages)
		bytes += list_entry(l, struct message, link)->length;
	lock_release(&q->lock);
	n = format(text, sizeof(text), "QSIZE:%-10lu NOTIFY:%-5d SIGNO:%-5d NOTIFY_PID:%-6d\n", bytes, 0, 0,
		   0);
	return file_read_bytes(f, (const u8 *)text, (u64)n, to);
}

static i64 mq_seek(struct file *f, i64 offset, int whence)
{
	return file_seek(f, offset, whence, STATUS_SIZE);
}

static void mq_release(struct file *f)
{
	queue_unref(mqueue_of(f));
}

static const struct file_ops mq_ops = {
	.read = mq_read, .seek = mq_seek, .stat = mq_stat, .release = mq_release,
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
	if (q)
		list_remove(&q->name_link);
	lock_release(&names_lock);
	if (!q)
		return -ENOENT;
	queue_unref(q);
	return 0;
}

void mq_get_attributes(struct file *f, struct mq_attr_abi *out)
{
	struct mqueue *q = mqueue_of(f);

	*out = (struct mq_attr_abi){f->flags & O_NONBLOCK, q->maxmsg, q->msgsize, 0, {0}};
	lock_acquire(&q->lock);
	out->curmsgs = q->count;
	lock_release(&q->lock);
}
