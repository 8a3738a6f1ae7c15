/*
 * advise.c - what a process says about its pages and asks of them: madvise, mincore, MAP_POPULATE (aspace.h).
 */
#include "kernel/lib/errno.h"
#include "kernel/x86/trapframe.h"
#include "mm/pagetable.h"
#include "mm/region.h"

/* Linux's numbers. Those that are not here are EINVAL. */
enum {
	NORMAL, RANDOM, SEQUENTIAL, WILLNEED, DONTNEED,
	FREE = 8, REMOVE, DONTFORK, DOFORK, MERGEABLE, UNMERGEABLE, HUGEPAGE, NOHUGEPAGE, DONTDUMP, DODUMP,
	WIPEONFORK, KEEPONFORK, COLD, PAGEOUT, POPULATE_READ, POPULATE_WRITE, DONTNEED_LOCKED, COLLAPSE,
};

static bool known(int advice)
{
	return (advice >= NORMAL && advice <= DONTNEED) || (advice >= FREE && advice <= COLLAPSE);
}

/* Does it make sense for the region? */
static int check(const struct region *r, int advice)
{
	switch (advice) {
	case FREE:
	case WIPEONFORK:
		return r->kind == REGION_FILE ? -EINVAL : 0;
	case REMOVE: /* takes bytes out of a file that is shared and writable: there is none */
		return r->kind == REGION_FILE ? -EACCES : -EINVAL;
	case COLLAPSE: /* makes a large page: there are none */
		return -EINVAL;
	default:
		return 0;
	}
}

static u64 on_fork_after(u64 before, int advice)
{
	switch (advice) {
	case DONTFORK: return before | FORK_OMIT;
	case DOFORK: return before & ~FORK_OMIT;
	case WIPEONFORK: return before | FORK_WIPE;
	case KEEPONFORK: return before & ~FORK_WIPE;
	default: return before;
	}
}

static bool about_fork(int advice)
{
	return advice == DONTFORK || advice == DOFORK || advice == WIPEONFORK || advice == KEEPONFORK;
}

/* [start, end) lies in r. The rest may be ignored: pages are never merged, dumped, or written to a disk. */
static int follow(struct aspace *as, struct region *r, u64 start, u64 end, int advice)
{
	struct region *spare[2];

	if (advice == DONTNEED || advice == DONTNEED_LOCKED)
		aspace_drop_pages(as, start, end, pt_free_empty_table);
	if (!about_fork(advice) || on_fork_after(r->on_fork, advice) == r->on_fork)
		return 0;
	if (!region_spares(as, start, end, spare))
		return -ENOMEM;
	region_split(as, start, &spare[0]);
	region_split(as, end, &spare[1]);
	region_spares_free(spare);
	r = region_at_or_after(as, start);
	r->on_fork = on_fork_after(r->on_fork, advice);
	region_merge(as, start, end);
	return 0;
}

int aspace_advise(struct aspace *as, u64 start, u64 length, int advice)
{
	u64 bytes = ALIGN_UP(length, PAGE_SIZE), end = start + bytes;
	int err = 0, hole = 0;

	if (!known(advice) || !IS_ALIGNED(start, PAGE_SIZE) || bytes < length || end < start)
		return -EINVAL;
	while (start < end && !err) {
		struct region *r = region_at_or_after(as, start);
		u64 until = r ? MIN(r->end, end) : end;

		if (!r || r->start > start)
			hole = -ENOMEM;
		if (!r || r->start >= end)
			break;
		start = MAX(start, r->start);
		err = check(r, advice);
		if (!err)
			err = follow(as, r, start, until, advice);
		start = until;
	}
	return err ? err : hole;
}

int aspace_populate(struct aspace *as, u64 start, u64 end, bool write)
{
	for (u64 va = start; va < end; va += PAGE_SIZE) {
		const struct region *r = region_find(as, va);
		int err;

		if (!r)
			return -ENOMEM;
		err = aspace_fault(as, va, PF_USER | (write ? PF_WRITE : 0));
		if (err)
			return err == -EACCES ? -EINVAL : err == -ENXIO ? -EFAULT : err;
	}
	return 0;
}

/* A file's pages are in memory at all times: the archive is. */
static bool in_memory(struct aspace *as, const struct region *r, u64 va)
{
	const pte_t *at = pt_find(as->root, va);
	i64 offset = r->backing.offset + (i64)(va - r->start);

	return (at && at->v) || (r->backing.data && offset >= 0 && offset < (i64)r->backing.size);
}

u64 aspace_mincore(struct aspace *as, u64 start, u8 *present, u64 pages)
{
	u64 n;

	for (n = 0; n < pages; n++) {
		u64 va = start + n * PAGE_SIZE;
		const struct region *r = region_find(as, va);

		if (!r)
			break;
		present[n] = in_memory(as, r, va);
	}
	return n;
}
