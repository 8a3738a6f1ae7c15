/*
 * handle.c - handle tables. See handle.h.
 *
 * A table is 32 groups of 32 handles, made as they are needed: few programs use more than one group.
 *
 * H1  A handle's file is NULL (free), RESERVED, or an open file on which the handle holds a reference.
 * H2  Files are unreferenced after the lock is released: their release takes locks of lower rank.
 */
#include "ipc/handle.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/panic.h"
#include "mm/cache.h"

#define GROUP_SIZE  32
#define GROUPS      (HANDLES_MAX / GROUP_SIZE)
#define RESERVED    ((struct file *)1)

struct handle_table {
	struct spinlock lock; /* guards all below */
	struct handle *groups[GROUPS];
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

static int reserve_locked(struct handle_table *t, int from)
{
	for (int fd = from; fd < HANDLES_MAX; fd++) {
		struct handle *h = slot_locked(t, fd);

		if (h && h->file)
			continue;
		h = slot_make_locked(t, fd);
		if (!h)
			return -ENOMEM;
		fill_locked(h, RESERVED, 0);
		return fd;
	}
	return -EMFILE;
}

int handle_reserve(struct handle_table *t, int from)
{
	int fd;

	if (from < 0 || from >= HANDLES_MAX)
		return -EINVAL;
	lock_acquire(&t->lock);
	fd = reserve_locked(t, from);
	lock_release(&t->lock);
	return fd;
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

struct file *handle_get(struct handle_table *t, int fd, u32 rights)
{
	struct file *f = NULL;
	struct handle *h;

	lock_acquire(&t->lock);
	h = open_locked(t, fd);
	if (h && (h->rights & rights) == rights) {
		f = h->file;
		file_ref(f);
	}
	lock_release(&t->lock);
	return f;
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
	struct handle *h;
	int to = -EBADF;

	lock_acquire(&t->lock);
	h = open_locked(t, fd);
	if (h)
		to = from < 0 || from >= HANDLES_MAX ? -EINVAL : reserve_locked(t, from);
	if (to >= 0) {
		file_ref(h->file);
		*slot_locked(t, to) = (struct handle){h->file, rights_copy(h->rights, cloexec)};
	}
	lock_release(&t->lock);
	return to;
}

/* What was open at `to` is left in *old. */
static int dup_to_locked(struct handle_table *t, int fd, int to, bool cloexec, struct file **old)
{
	struct handle *h = open_locked(t, fd), *target;

	if (!h || to < 0 || to >= HANDLES_MAX)
		return -EBADF;
	target = slot_make_locked(t, to);
	if (!target)
		return -ENOMEM;
	if (target->file == RESERVED)
		return -EBUSY; /* by a call in flight, as on Linux */
	if (target->file)
		*old = empty_locked(target);
	file_ref(h->file);
	fill_locked(target, h->file, rights_copy(h->rights, cloexec));
	return to;
}

int handle_dup_to(struct handle_table *t, int fd, int to, bool cloexec)
{
	struct file *old = NULL;
	int result;

	lock_acquire(&t->lock);
	result = dup_to_locked(t, fd, to, cloexec, &old);
	lock_release(&t->lock);
	if (old)
		file_unref(old);
	return result;
}

int handle_flags(struct handle_table *t, int fd)
{
	struct handle *h;
	int flags;

	lock_acquire(&t->lock);
	h = open_locked(t, fd);
	flags = !h ? -EBADF : h->rights & HANDLE_CLOEXEC ? 1 : 0;
	lock_release(&t->lock);
	return flags;
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

static void close_all_with(struct handle_table *t, u32 rights)
{
	for (int fd = 0; fd < HANDLES_MAX; fd++) {
		if (!t->groups[fd / GROUP_SIZE])
			fd += GROUP_SIZE - 1; /* the whole group is empty */
		else
			close_with(t, fd, rights);
	}
}

void handles_close_on_exec(struct handle_table *t)
{
	close_all_with(t, HANDLE_CLOEXEC);
}

void handles_destroy(struct handle_table *t)
{
	close_all_with(t, 0);
	for (int g = 0; g < GROUPS; g++)
		kfree(t->groups[g]);
	kfree(t);
}

/* False: out of memory. Reserved numbers are not inherited: their call is the parent's. */
static bool copy_locked(struct handle_table *to, struct handle_table *from)
{
	for (int fd = 0; fd < HANDLES_MAX; fd++) {
		struct handle *h = open_locked(from, fd);

		if (!from->groups[fd / GROUP_SIZE])
			fd += GROUP_SIZE - 1;
		if (!h)
			continue;
		if (!slot_make_locked(to, fd))
			return false;
		file_ref(h->file);
		fill_locked(slot_locked(to, fd), h->file, h->rights);
	}
	return true;
}

struct handle_table *handles_fork(struct handle_table *from)
{
	struct handle_table *to = handles_create();
	bool ok;

	if (!to)
		return NULL;
	lock_acquire(&from->lock); /* `to` is ours alone: its lock would be a second of one rank */
	ok = copy_locked(to, from);
	lock_release(&from->lock);
	if (ok)
		return to;
	handles_destroy(to);
	return NULL;
}
