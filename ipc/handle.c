/*
 * handle.c - handle tables. See handle.h.
 *
 * A table is 32 groups of 32 handles, made as they are needed: few programs use more than one group.
 *
 * H1  Bit n of a group's `used` is set for a handle that is open or reserved; only an open one has a file.
 * H2  A group's handles are there (not NULL) wherever a bit of its `used` is set.
 * H3  Files are unreferenced after the lock is released: their release takes locks of lower rank.
 */
#include "ipc/handle.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/panic.h"
#include "mm/cache.h"

#define GROUP_SIZE  32
#define GROUPS      (HANDLES_MAX / GROUP_SIZE)

struct handle_table {
	struct spinlock lock; /* guards all below */
	u32 used[GROUPS];
	struct handle *groups[GROUPS];
};

static u64 live; /* atomic */

u64 handles_live(void)
{
	return __atomic_load_n(&live, __ATOMIC_RELAXED);
}

static void live_add(i64 n)
{
	__atomic_fetch_add(&live, (u64)n, __ATOMIC_RELAXED);
}

struct handle_table *handles_create(void)
{
	struct handle_table *t = kmalloc_zeroed(sizeof(*t));

	if (t)
		lock_init(&t->lock, RANK_HANDLES, "handle table");
	return t;
}

static bool fd_is_used(const struct handle_table *t, int fd)
{
	return fd >= 0 && fd < HANDLES_MAX && t->used[fd / GROUP_SIZE] >> fd % GROUP_SIZE & 1;
}

/* The slot of an open handle, NULL otherwise. Lock held, as in all that follows with _locked. */
static struct handle *slot_locked(struct handle_table *t, int fd)
{
	struct handle *h;

	if (!fd_is_used(t, fd))
		return NULL;
	h = &t->groups[fd / GROUP_SIZE][fd % GROUP_SIZE];
	return h->file ? h : NULL;
}

/* Sets the bit of a free number, upholding H2. */
static bool take_locked(struct handle_table *t, int fd)
{
	struct handle **group = &t->groups[fd / GROUP_SIZE];

	if (!*group)
		*group = kmalloc_zeroed(sizeof(struct handle) * GROUP_SIZE);
	if (!*group)
		return false;
	t->used[fd / GROUP_SIZE] |= 1u << fd % GROUP_SIZE;
	return true;
}

/* Frees the number; the file that it held, for the caller to unreference (H3). */
static struct file *drop_locked(struct handle_table *t, int fd)
{
	struct handle *h = &t->groups[fd / GROUP_SIZE][fd % GROUP_SIZE];
	struct file *f = h->file;

	*h = (struct handle){NULL, 0};
	t->used[fd / GROUP_SIZE] &= ~(1u << fd % GROUP_SIZE);
	if (f)
		live_add(-1);
	return f;
}

static void fill_locked(struct handle_table *t, int fd, struct file *f, u32 rights)
{
	t->groups[fd / GROUP_SIZE][fd % GROUP_SIZE] = (struct handle){f, rights};
	live_add(1);
}

static int lowest_free_locked(const struct handle_table *t, int from)
{
	u32 below = (1u << from % GROUP_SIZE) - 1; /* in the first group: not to be considered */

	for (int g = from / GROUP_SIZE; g < GROUPS; g++, below = 0) {
		u32 free = ~(t->used[g] | below);

		if (free)
			return g * GROUP_SIZE + __builtin_ctz(free);
	}
	return -EMFILE;
}

static int reserve_locked(struct handle_table *t, int from)
{
	int fd = lowest_free_locked(t, from);

	if (fd >= 0 && !take_locked(t, fd))
		return -ENOMEM;
	return fd;
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
	lock_acquire(&t->lock);
	ASSERT(fd_is_used(t, fd));
	fill_locked(t, fd, f, rights);
	lock_release(&t->lock);
}

void handle_cancel(struct handle_table *t, int fd)
{
	lock_acquire(&t->lock);
	drop_locked(t, fd);
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
	h = slot_locked(t, fd);
	if (h && (h->rights & rights) == rights) {
		f = h->file;
		file_ref(f);
	}
	lock_release(&t->lock);
	return f;
}

int handle_close(struct handle_table *t, int fd)
{
	struct file *f = NULL;

	lock_acquire(&t->lock);
	if (slot_locked(t, fd))
		f = drop_locked(t, fd);
	lock_release(&t->lock);
	if (!f)
		return -EBADF;
	file_unref(f);
	return 0;
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
	h = slot_locked(t, fd);
	if (h)
		to = from < 0 || from >= HANDLES_MAX ? -EINVAL : reserve_locked(t, from);
	if (to >= 0) {
		file_ref(h->file);
		fill_locked(t, to, h->file, rights_copy(h->rights, cloexec));
	}
	lock_release(&t->lock);
	return to;
}

/* Lock held. What was open at `to` is left in *old. */
static int dup_to_locked(struct handle_table *t, int fd, int to, bool cloexec, struct file **old)
{
	struct handle *h = slot_locked(t, fd);

	if (!h || to < 0 || to >= HANDLES_MAX)
		return -EBADF;
	if (fd_is_used(t, to) && !slot_locked(t, to))
		return -EBUSY; /* reserved by a call in flight, as on Linux */
	if (slot_locked(t, to))
		*old = drop_locked(t, to);
	if (!take_locked(t, to))
		return -ENOMEM; /* only where nothing was open at `to`: H2 */
	file_ref(h->file);
	fill_locked(t, to, h->file, rights_copy(h->rights, cloexec));
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
	h = slot_locked(t, fd);
	flags = !h ? -EBADF : h->rights & HANDLE_CLOEXEC ? 1 : 0;
	lock_release(&t->lock);
	return flags;
}

int handle_set_flags(struct handle_table *t, int fd, bool cloexec)
{
	struct handle *h;

	lock_acquire(&t->lock);
	h = slot_locked(t, fd);
	if (h)
		h->rights = rights_copy(h->rights, cloexec);
	lock_release(&t->lock);
	return h ? 0 : -EBADF;
}

/* Closes the handles that have all `rights` (0: every one), lock by lock (H3). */
static void close_matching(struct handle_table *t, u32 rights)
{
	for (int g = 0; g < GROUPS; g++) {
		for (u32 left = t->used[g]; left; left &= left - 1) {
			int fd = g * GROUP_SIZE + __builtin_ctz(left);
			struct file *f = NULL;
			struct handle *h;

			lock_acquire(&t->lock);
			h = slot_locked(t, fd);
			if (h && (h->rights & rights) == rights)
				f = drop_locked(t, fd);
			lock_release(&t->lock);
			if (f)
				file_unref(f);
		}
	}
}

void handles_close_on_exec(struct handle_table *t)
{
	close_matching(t, HANDLE_CLOEXEC);
}

void handles_destroy(struct handle_table *t)
{
	close_matching(t, 0);
	for (int g = 0; g < GROUPS; g++)
		kfree(t->groups[g]);
	kfree(t);
}

/* False: out of memory. Reserved numbers are not inherited: their call is the parent's. */
static bool group_fork(struct handle_table *to, struct handle_table *from, int g)
{
	for (u32 left = from->used[g]; left; left &= left - 1) {
		int fd = g * GROUP_SIZE + __builtin_ctz(left);
		struct handle *h = slot_locked(from, fd);

		if (!h)
			continue;
		if (!take_locked(to, fd))
			return false;
		file_ref(h->file);
		fill_locked(to, fd, h->file, h->rights);
	}
	return true;
}

struct handle_table *handles_fork(struct handle_table *from)
{
	struct handle_table *to = handles_create();
	bool ok = to;

	if (!to)
		return NULL;
	lock_acquire(&from->lock); /* `to` is ours alone: its lock would be a second of one rank */
	for (int g = 0; g < GROUPS && ok; g++)
		ok = group_fork(to, from, g);
	lock_release(&from->lock);
	if (!ok) {
		handles_destroy(to);
		return NULL;
	}
	return to;
}
