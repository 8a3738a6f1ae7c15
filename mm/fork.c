/*
 * fork.c - the copy-on-write copy of an address space.
 *
 * Both sides share every frame afterwards. Where the region has write right, the parent's entry loses W first
 * (wall COW) and the child's never gets it; the parent's TLB is flushed once, at the end.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/wall.h"
#include "mm/frame.h"
#include "mm/pagetable.h"
#include "mm/region.h"

struct copy {
	struct aspace *to;
	pte_t *table; /* the child's level-1 table of the last page ... */
	u64 block;    /* ... and the 2 MiB block that it maps */
	bool protect; /* the region in hand has write right */
};

static pte_t *child_entry(struct copy *c, u64 va)
{
	u64 block = ALIGN_DOWN(va, pt_span(2));

	if (!c->table || c->block != block) {
		pte_t *at = pt_find_or_make(c->to->root, va, 1, PTE_U);

		if (!at)
			return NULL;
		c->table = at - pt_index(va, 1);
		c->block = block;
	}
	return &c->table[pt_index(va, 1)];
}

static int share_leaf(struct pt_walk *w, pte_t *at, u64 va, int level)
{
	struct copy *c = w->context;
	pte_t *to = child_entry(c, va), e = *at;
	struct pt_batch fresh;

	if (!to)
		return -ENOMEM;
	if ((e.v & PTE_W) && c->protect && wall_up(WALL_COW)) {
		e.v &= ~PTE_W;
		pt_commit(w->batch, at, e, va, level);
	}
	frame_ref(pte_frame(e));
	pt_batch_init(&fresh, c->to);
	pt_commit(&fresh, to, e, va, level);
	c->to->resident++;
	return 0;
}

static int copy_region(struct aspace *from, struct region *r, struct copy *c, struct pt_batch *b)
{
	struct region *copy = region_alloc();
	struct pt_walk w = {.start = r->start, .end = r->end, .leaf = share_leaf, .batch = b, .context = c};

	if (!copy)
		return -ENOMEM;
	*copy = *r;
	list_push_back(&c->to->regions, &copy->link);
	c->protect = r->prot == PROT_RW;
	return pt_walk_range(from->root, &w);
}

struct aspace *aspace_fork(struct aspace *from)
{
	struct copy c = {.to = aspace_create()};
	struct pt_batch b;
	int err = 0;

	if (!c.to)
		return NULL;
	c.to->brk_start = from->brk_start;
	c.to->brk = from->brk;
	c.to->mmap_top = from->mmap_top;
	pt_batch_init(&b, from);
	list_for(i, &from->regions) {
		err = copy_region(from, list_entry(i, struct region, link), &c, &b);
		if (err)
			break;
	}
	pt_batch_finish(&b);
	if (err) {
		aspace_unref(c.to);
		return NULL;
	}
	return c.to;
}
