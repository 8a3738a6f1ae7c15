/*
 * handle.c - handle tables. See handle.h.
 *
 * A table is 128 groups of 32 handles, made as they are needed: few programs use more than one group.
 *
 * H1  A handle's file is NULL (free), RESERVED, or an open file on which the handle holds a reference.
 * H2  Files are unreferenced after the lock is released: their release takes locks of lower rank.
 */
#include "ipc/handle.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/panic.h"
#include "mm/cache.h"
#include "sched/process.h"

#define GROUP_SIZE  32
#define GROUPS      (HANDLES_MAX / GROUP_SIZE)
#define RESERVED    ((struct file *)1)

struct handle {
	struct file *file;
	u32 rights; /* HANDLE_ bits */
};

struct handle_table {
	struct spinlock lock; /* guards all below */
	struct handle *groups[GROUPS];
	int end; /* above every number that was ever taken */
};

static u64 live; /* atomic */

u64 handles_live(void)
{
	return __atomic_load_n(&live, __ATOMIC_RELAXED);
}

struct handle_table *handles_create(void)
{
	struct handle_table *t = kmalloc_zeroed(sizeof(*t));

	if (t)
		lock_init(&t->lock, RANK_HANDLES, "handle table");
	return t;
}

/* NULL where the number is out of range or its group not there. Lock held, as in all _locked functions. */
static inline struct handle *slot_locked(struct handle_table *t, int fd)
{
	struct handle *group = (u32)fd < HANDLES_MAX ? t->groups[(u32)fd / GROUP_SIZE] : NULL;

	return group ? &group[(u32)fd % GROUP_SIZE] : NULL;
}

/* The slot of an open handle, NULL otherwise. */
static inline struct handle *open_locked(struct handle_table *t, int fd)
{
	struct handle *h = slot_locked(t, fd);

	return h && h->file > RESERVED ? h : NULL;
}

/* The slot of a number in range, its group made if need be; NULL: out of memory. */
static struct handle *slot_make_locked(struct handle_table *t, int fd)
{
	struct handle **group = &t->groups[fd / GROUP_SIZE];

	if (!*group)
		*group = kmalloc_zeroed(sizeof(struct handle) * GROUP_SIZE);
	t->end = MAX(t->end, fd + 1);
	return slot_locked(t, fd);
}

/* `file` may be RESERVED; the reference to it moves in. */
static void fill_locked(struct handle *h, struct file *file, u32 rights)
{
	*h = (struct handle){file, rights};
	__atomic_fetch_add(&live, 1, __ATOMIC_RELAXED);
}

/* Frees the handle; what it held is the caller's to unreference (H2). */
static struct file *empty_locked(struct handle *h)
{
	struct file *f = h->file;

	*h = (struct handle){NULL, 0};
	__atomic_fetch_sub(&live, 1, __ATOMIC_RELAXED);
	return f;
}

/* New numbers lie below this. Kernel threads are not limited. */
static int limit(void)
{
	const struct process *p = process_current();

	return p ? (int)MIN(limit_soft(p->limits, LIMIT_NOFILE), (u64)HANDLES_MAX) : HANDLES_MAX;
}

int handle_reserve(struct handle_table *t, int from)
{
	int fd = from, end = limit();
	struct handle *h;

	if (from < 0 || (from && from >= end))
		return -EINVAL;
	lock_acquire(&t->lock);
	while (fd < end && (h = slot_locked(t, fd)) && h->file)
		fd++;
	h = fd < end ? slot_make_locked(t, fd) : NULL;
	if (h)
		fill_locked(h, RESERVED, 0);
	lock_release(&t->lock);
	return h ? fd : fd < end ? -ENOMEM : -EMFILE;
}

void handle_commit(struct handle_table *t, int fd, struct file *f, u32 rights)
{
	struct handle *h;

	lock_acquire(&t->lock);
	h = slot_locked(t, fd);
	ASSERT(h && h->file == RESERVED);
	*h = (struct handle){f, rights};
	lock_release(&t->lock);
}

void handle_cancel(struct handle_table *t, int fd)
{
	lock_acquire(&t->lock);
	empty_locked(slot_locked(t, fd));
	lock_release(&t->lock);
}

int handle_install(struct handle_table *t, struct file *f, u32 rights, int from)
{
	int fd = handle_reserve(t, from);

	if (fd >= 0)
		handle_commit(t, fd, f, rights);
	return fd;
}

/* The handle if it is open and has all `rights`, with a reference to its file; else one of no file. */
static struct handle peek(struct handle_table *t, int fd, u32 rights)
{
	struct handle result = {NULL, 0}, *h;

	lock_acquire(&t->lock);
	h = open_locked(t, fd);
	if (h && (h->rights & rights) == rights) {
		result = *h;
		file_ref(h->file);
	}
	lock_release(&t->lock);
	return result;
}

struct file *handle_get(struct handle_table *t, int fd, u32 rights)
{
	return peek(t, fd, rights).file;
}

/* Closes the handle if it is open and has all `rights`. */
static int close_with(struct handle_table *t, int fd, u32 rights)
{
	struct file *f = NULL;
	struct handle *h;

	lock_acquire(&t->lock);
	h = open_locked(t, fd);
	if (h && (h->rights & rights) == rights)
		f = empty_locked(h);
	lock_release(&t->lock);
	if (!f)
		return -EBADF;
	file_unref(f);
	return 0;
}

int handle_close(struct handle_table *t, int fd)
{
	return close_with(t, fd, 0);
}

/* The rights of a copy: the original's, but close-on-exec is the copy's own. */
static u32 rights_copy(u32 rights, bool cloexec)
{
	return (rights & ~(u32)HANDLE_CLOEXEC) | (cloexec ? HANDLE_CLOEXEC : 0);
}

int handle_dup(struct handle_table *t, int fd, int from, bool cloexec)
{
	struct handle h = peek(t, fd, 0);
	int to;

	if (!h.file)
		return -EBADF;
	to = handle_install(t, h.file, rights_copy(h.rights, cloexec), from);
	if (to < 0)
		file_unref(h.file);
	return to;
}

int handle_dup_to(struct handle_table *t, int fd, int to, bool cloexec)
{
	struct handle h = peek(t, fd, 0), *target;
	struct file *left = h.file; /* over at the end: h's, or what `to` was before */
	bool in_range = to >= 0 && to < limit();
	int result = -ENOMEM;

	if (!h.file)
		return -EBADF;
	lock_acquire(&t->lock);
	target = in_range ? slot_make_locked(t, to) : NULL;
	if (!in_range) {
		result = -EBADF;
	} else if (target && target->file == RESERVED) {
		result = -EBUSY; /* by a call in flight, as on Linux */
	} else if (target) {
		left = target->file ? empty_locked(target) : NULL;
		fill_locked(target, h.file, rights_copy(h.rights, cloexec));
		result = to;
	}
	lock_release(&t->lock);
	if (left)
		file_unref(left);
	return result;
}

int handle_flags(struct handle_table *t, int fd)
{
	struct handle h = peek(t, fd, 0);

	if (!h.file)
		return -EBADF;
	file_unref(h.file);
	return h.rights & HANDLE_CLOEXEC ? 1 : 0;
}

int handle_set_flags(struct handle_table *t, int fd, bool cloexec)
{
	struct handle *h;

	lock_acquire(&t->lock);
	h = open_locked(t, fd);
	if (h)
		h->rights = rights_copy(h->rights, cloexec);
	lock_release(&t->lock);
	return h ? 0 : -EBADF;
}

void handles_close_on_exec(struct handle_table *t)
{
	for (int fd = 0; fd < t->end; fd++)
		close_with(t, fd, HANDLE_CLOEXEC);
}
void handles_destroy(struct handle_table *t)
{
	for (int fd = 0; fd < t->end; fd++)
		close_with(t, fd, 0);
	for (int g = 0; g * GROUP_SIZE < t->end; g++)
		kfree(t->groups[g]);
	kfree(t);
}

/* Reserved numbers are not inherited: their call is the parent's. */
struct handle_table *handles_fork(struct handle_table *from)
{
	struct handle_table *to = handles_create();
	bool ok = to;

	lock_acquire(&from->lock); /* `to` is ours alone: its lock would be a second of one rank */
	for (int fd = 0; ok && fd < from->end; fd++) {
		struct handle *h = open_locked(from, fd), *copy = h ? slot_make_locked(to, fd) : NULL;

		ok = copy || !h;
		if (copy) {
			file_ref(h->file);
			fill_locked(copy, h->file, h->rights);
		}
	}
	lock_release(&from->lock);
	if (ok || !to)
		return to;
	handles_destroy(to);
	return NULL;
}
