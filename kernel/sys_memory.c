/*
 * sys_memory.c - mmap, munmap, mremap, mprotect, brk, madvise, mincore.
 */
#include "ipc/archive.h"
#include "ipc/handle.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/layout.h"
#include "kernel/lib/log.h"
#include "kernel/syscall.h"
#include "mm/usercopy.h"
#include "sched/mutex.h"
#include "sched/sched.h"

#define MAP_SHARED          0x01u
#define MAP_PRIVATE         0x02u
#define MAP_TYPE            0x0fu
#define MAP_FIXED           0x10u
#define MAP_ANONYMOUS       0x20u
#define MAP_SHARED_VALIDATE 0x03u /* a file's: flags that are not known are an error */
#define MAP_32BIT           0x40u
#define MAP_GROWSDOWN       0x100u
#define MAP_POPULATE        0x8000u
#define MAP_NONBLOCK        0x10000u
#define MAP_HUGETLB         0x40000u
#define MAP_FIXED_NOREPLACE 0x100000u
#define MAP_HUGE_SHIFT      26
#define MAP_LEGACY          0x7c07f9f3u /* what there was before MAP_SHARED_VALIDATE */

#define POPULATE_PIECE (64ul * PAGE_SIZE)

/* Rights and kind of mapping. */
static int mmap_check(u64 bits, u64 flags, enum prot *prot)
{
	u64 type = flags & MAP_TYPE;

	if (type == MAP_SHARED_VALIDATE && !(flags & MAP_ANONYMOUS)) {
		if (flags & ~(u64)MAP_LEGACY)
			return -EOPNOTSUPP;
		type = MAP_SHARED;
	}
	if (type != MAP_PRIVATE && type != MAP_SHARED)
		return -EINVAL;
	if ((flags & MAP_GROWSDOWN) && (type == MAP_SHARED || !(flags & MAP_ANONYMOUS)))
		return -EINVAL;
	if (!prot_from_linux(bits, prot))
		return -EACCES; /* W^X: docs, differences */
	if (type == MAP_SHARED && *prot == PROT_RW) {
		const struct process *p = process_current();

		log_info("pid %d (%s): no writable page is ever shared: mmap gives EACCES", p->pid, p->name);
		return -EACCES; /* docs, differences */
	}
	return 0;
}

/* The archive's bytes from `offset` on become the region's pages, up to the file's end. */
static int mmap_file(struct handle_table *t, int fd, u64 offset, struct region_spec *spec)
{
	struct file *f = handle_get(t, fd, 0);
	const struct archive_entry *e;
	int err = 0;

	if (!f)
		return -EBADF;
	e = archive_entry_of(f);
	if ((f->flags & O_ACCMODE) == O_WRONLY)
		err = -EACCES;
	else if (!e || (e->mode & S_IFMT) != S_IFREG)
		err = -ENODEV;
	else if (offset > INT64_MAX || spec->length > INT64_MAX - offset)
		err = -EOVERFLOW;
	if (!err) {
		spec->kind = REGION_FILE;
		spec->name = e->name;
		spec->backing = (struct backing){e->data, e->size, (i64)offset};
	}
	file_unref(f); /* the archive's bytes stay for ever */
	return err;
}

/* Where: at `hint` if the flags insist, else there or wherever there is room. */
static int mmap_place(struct aspace *as, u64 hint, u64 flags, struct region_spec *spec)
{
	if (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) {
		if (hint > USER_TOP - spec->length)
			return -ENOMEM;
		if (!IS_ALIGNED(hint, PAGE_SIZE))
			return -EINVAL;
		if (hint < USER_BOTTOM)
			return -EPERM;
		if ((flags & MAP_FIXED_NOREPLACE) && !aspace_is_free(as, hint, spec->length))
			return -EEXIST;
		spec->start = hint;
	} else {
		hint = ALIGN_DOWN(hint, PAGE_SIZE);
		spec->start = aspace_find_room(as, hint ? MAX(hint, USER_BOTTOM) : 0, spec->length);
		if ((flags & MAP_32BIT) && spec->start + spec->length > BIT(31))
			spec->start = aspace_find_room_below(as, BIT(31), spec->length);
		if (!spec->start)
			return -ENOMEM;
	}
	return 0;
}

/* Between pieces the space is free for others in between, and a long range does not keep the CPU from anybody. */
static int populate(struct thread *self, u64 start, u64 length, bool write)
{
	int err = 0;

	for (u64 at = start; at < start + length && !err; at += POPULATE_PIECE) {
		if (signal_kill_pending())
			return -EINTR;
		mutex_lock(&self->aspace->lock);
		err = aspace_populate(self->aspace, at, MIN(at + POPULATE_PIECE, start + length), write);
		mutex_unlock(&self->aspace->lock);
		sched_point();
	}
	return err;
}

/* Sizes are Linux's on this machine: the default, 2 MiB, 1 GiB. No page of any is ever set aside. */
static int mmap_huge(u64 flags)
{
	u64 size = flags >> MAP_HUGE_SHIFT & 63;

	return (flags & MAP_ANONYMOUS) && (size == 0 || size == 21 || size == 30) ? -ENOMEM : -EINVAL;
}

/* The descriptor, the length, the place, then what kind it is: the order in which Linux complains. */
i64 sys_mmap(struct thread *self, struct trapframe *f)
{
	struct region_spec spec = {.kind = REGION_ANON, .length = ALIGN_UP(arg(f, 1), PAGE_SIZE)};
	u64 flags = arg(f, 3);
	int file = 0, kind, err;

	if (!IS_ALIGNED(arg(f, 5), PAGE_SIZE))
		return -EINVAL;
	if (!(flags & MAP_ANONYMOUS))
		file = mmap_file(self->process->handles, arg_int(f, 4), arg(f, 5), &spec);
	if (file == -EBADF)
		return file;
	if (flags & MAP_HUGETLB)
		return mmap_huge(flags);
	if (!arg(f, 1))
		return -EINVAL;
	if (!spec.length || spec.length > USER_TOP)
		return -ENOMEM;
	kind = mmap_check(arg(f, 2), flags, &spec.prot);
	if (flags & MAP_GROWSDOWN)
		spec.kind = REGION_STACK;
	mutex_lock(&self->aspace->lock);
	err = mmap_place(self->aspace, arg(f, 0), flags, &spec);
	if (!err)
		err = kind ? kind : file;
	if (!err)
		err = aspace_map(self->aspace, &spec);
	mutex_unlock(&self->aspace->lock);
	if (!err && (flags & (MAP_POPULATE | MAP_NONBLOCK)) == MAP_POPULATE)
		populate(self, spec.start, spec.length, spec.prot == PROT_RW); /* as far as it goes */
	return err ? err : (i64)spec.start;
}

i64 sys_munmap(struct thread *self, struct trapframe *f)
{
	i64 err;

	mutex_lock(&self->aspace->lock);
	err = aspace_unmap(self->aspace, arg(f, 0), arg(f, 1));
	mutex_unlock(&self->aspace->lock);
	return err;
}

i64 sys_mremap(struct thread *self, struct trapframe *f)
{
	i64 result;

	mutex_lock(&self->aspace->lock);
	result = aspace_remap(self->aspace, arg(f, 0), arg(f, 1), arg(f, 2), arg(f, 3), arg(f, 4));
	mutex_unlock(&self->aspace->lock);
	return result;
}

i64 sys_mprotect(struct thread *self, struct trapframe *f)
{
	enum { PROT_SEM = 8, PROT_KNOWN = 7 | PROT_SEM };
	u64 start = arg(f, 0), length = arg(f, 1);
	/* if it is no range, aspace_protect() says so: with Linux that comes before the rights */
	bool range = IS_ALIGNED(start, PAGE_SIZE) && start + ALIGN_UP(length, PAGE_SIZE) > start;
	enum prot prot = PROT_NOTHING;
	i64 err;

	if (range && (arg(f, 2) & ~(u64)PROT_KNOWN))
		return -EINVAL;
	if (range && !prot_from_linux(arg(f, 2), &prot))
		return -EACCES;
	mutex_lock(&self->aspace->lock);
	err = aspace_protect(self->aspace, start, length, prot);
	mutex_unlock(&self->aspace->lock);
	return err;
}

i64 sys_brk(struct thread *self, struct trapframe *f)
{
	u64 brk;

	mutex_lock(&self->aspace->lock);
	brk = aspace_brk(self->aspace, arg(f, 0));
	mutex_unlock(&self->aspace->lock);
	return (i64)brk;
}

i64 sys_madvise(struct thread *self, struct trapframe *f)
{
	enum { POPULATE_READ = 22, POPULATE_WRITE };
	u64 start = arg(f, 0), length = arg(f, 1);
	int advice = arg_int(f, 2);
	i64 err;

	if ((advice == POPULATE_READ || advice == POPULATE_WRITE) && IS_ALIGNED(start, PAGE_SIZE) &&
	    start < USER_TOP && length <= USER_TOP - start)
		return populate(self, start, ALIGN_UP(length, PAGE_SIZE), advice == POPULATE_WRITE);
	mutex_lock(&self->aspace->lock);
	err = aspace_advise(self->aspace, start, length, advice);
	mutex_unlock(&self->aspace->lock);
	return err;
}

/* What is before a hole is told, and then it is ENOMEM. */
i64 sys_mincore(struct thread *self, struct trapframe *f)
{
	u64 start = arg(f, 0), pages = arg(f, 1) / PAGE_SIZE + (arg(f, 1) % PAGE_SIZE != 0), done, n;
	u8 present[256];

	if (!IS_ALIGNED(start, PAGE_SIZE))
		return -EINVAL;
	if (start > USER_TOP || pages > (USER_TOP - start) / PAGE_SIZE)
		return -ENOMEM;
	if (!user_range_ok(uva(arg(f, 2)), pages))
		return -EFAULT;
	for (done = 0; done < pages; done += n) {
		mutex_lock(&self->aspace->lock);
		n = aspace_mincore(self->aspace, start + done * PAGE_SIZE, present, MIN(pages - done, sizeof present));
		mutex_unlock(&self->aspace->lock);
		if (!n)
			return -ENOMEM;
		if (copy_to_user(uva(arg(f, 2) + done), present, n))
			return -EFAULT;
		sched_point();
	}
	return 0;
}
