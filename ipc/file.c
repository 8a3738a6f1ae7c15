/*
 * file.c - open file descriptions, and what seekable files share. See file.h.
 *
 * Lock: position_lock (RANK_IPC) guards every `position`. A reader claims its stretch before it copies and
 * gives back what it could not copy, so two readers of one description never get the same bytes.
 */
#include "ipc/file.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/lock.h"
#include "kernel/lib/panic.h"
#include "kernel/lib/string.h"
#include "mm/cache.h"
#include "sched/sched.h"
#include "sched/signal.h"

static struct spinlock position_lock = SPINLOCK(RANK_IPC, "file position");

struct file *file_create(const struct file_ops *ops, void *object, u32 flags)
{
	struct file *f = kmalloc(sizeof(*f));

	if (f)
		*f = (struct file){.refs = 1, .flags = flags, .ops = ops, .object = object};
	return f;
}

void file_ref(struct file *f)
{
	u32 before = __atomic_fetch_add(&f->refs, 1, __ATOMIC_RELAXED);

	ASSERT_TEST(before > 0);
}

void file_unref(struct file *f)
{
	u32 before = __atomic_fetch_sub(&f->refs, 1, __ATOMIC_ACQ_REL);

	ASSERT_TEST(before > 0);
	if (before != 1)
		return;
	if (f->ops->release)
		f->ops->release(f);
	kfree(f);
}

i64 file_seek(struct file *f, i64 offset, int whence, u64 size)
{
	enum { SEEK_SET, SEEK_CUR, SEEK_END };
	i64 target = -EINVAL;

	lock_acquire(&position_lock);
	switch (whence) {
	case SEEK_SET: target = offset; break;
	case SEEK_CUR: target = (i64)(f->position + (u64)offset); break;
	case SEEK_END: target = (i64)(size + (u64)offset); break;
	}
	if (target >= 0)
		f->position = (u64)target;
	lock_release(&position_lock);
	return target < 0 ? -EINVAL : target;
}

i64 file_read_bytes(struct file *f, const u8 *bytes, u64 size, struct uio *to)
{
	u64 at, n, moved;

	lock_acquire(&position_lock);
	at = f->position;
	n = at < size ? MIN(size - at, to->left) : 0;
	f->position = at + n;
	lock_release(&position_lock);
	if (!n)
		return 0;
	moved = uio_to_user(to, bytes + at, n);
	if (moved == n)
		return (i64)n;
	lock_acquire(&position_lock);
	if (f->position == at + n)
		f->position = at + moved;
	lock_release(&position_lock);
	return moved ? (i64)moved : -EFAULT;
}

i64 file_write_chunks(struct file *f, struct uio *from, void (*put)(struct file *f, const u8 *bytes, u32 n))
{
	u8 chunk[FILE_CHUNK];
	i64 done = 0;

	while (from->left && !(done && signal_pending())) {
		u64 wanted = MIN(from->left, sizeof(chunk)), n = uio_from_user(from, chunk, wanted);

		if (n)
			put(f, chunk, (u32)n);
		done += (i64)n;
		if (n < wanted)
			return done ? done : -EFAULT;
		if (cpu_this()->resched)
			thread_yield();
	}
	return done;
}

void stat_fill(struct stat_abi *out, u32 mode, u64 ino, u64 rdev, u64 size)
{
	memset(out, 0, sizeof(*out));
	out->dev = DEV_ARCHIVE;
	out->ino = ino;
	out->nlink = (mode & S_IFMT) == S_IFDIR ? 2 : 1;
	out->mode = mode;
	out->rdev = rdev;
	out->size = (i64)size;
	out->blksize = PAGE_SIZE;
	out->blocks = (i64)((size + PAGE_SIZE - 1) / PAGE_SIZE * (PAGE_SIZE / 512));
}
