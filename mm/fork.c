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
	bool protect; /* what the region in hand shares loses W: it has write right, and the wall stands */
	struct pt_batch unflushed; /* wall DOWNGRADE, when it is down: what nobody flushes */
};

/* The child's entries are new and its space runs nowhere: they are filled in without pt_commit(). */
static int share_run(struct pt_walk *w, pte_t *first, u64 va, u32 count)
{
	struct copy *c = w->context;
	pte_t *to = pt_find_or_make(c->to->root, va, 1, PTE_U);
	u32 used = 0;

	if (!to)
		return -ENOMEM;
	for (u32 i = 0; i < count; i++) {
		pte_t e = first[i];

		if (!e.v)
			continue;
		if ((e.v & PTE_W) && c->protect) {
			e.v &= ~PTE_W;
			pt_commit(w->batch, &first[i], e, va + i * PAGE_SIZE, 1);
		}
		frame_ref(pte_frame(e));
		to[i] = e;
		used++;
	}
	*pt_entries_used(to) += used;
	c->to->resident += used;
	return 0;
}

static int copy_pages(struct aspace *from, const struct region *r, struct copy *c, struct pt_batch *b)
{
	struct pt_walk w = {.start = r->start, .end = r->end, .run = share_run, .batch = b, .context = c};
	bool stack = r->kind == REGION_STACK;

	if (r->on_fork)
		return 0;
	/* Without the walls the stack is still protected: on a shared one neither process would get as far as
	 * being attacked. */
	c->protect = r->prot == PROT_RW && (wall_up(WALL_COW) || stack);
	if (!wall_up(WALL_DOWNGRADE) && !stack)
		w.batch = &c->unflushed;
	return pt_walk_range(from->root, &w);
}

/* The subtree of n, whose copy hangs at *at: the same shape and the same summaries. As deep as the tree (tree.h). */
static int copy_regions(struct aspace *from, const struct tree_node *n, struct tree_node **at, struct tree_node *parent,
			struct copy *c, struct pt_batch *b)
{
	struct region *copy;
	int err;

	if (!n)
		return 0;
	copy = region_alloc();
	if (!copy)
		return -ENOMEM;
	*copy = *tree_entry(n, struct region, node);
	copy->node = (struct tree_node){.parent = parent, .height = n->height};
	*at = &copy->node;
	err = copy_pages(from, copy, c, b);
	for (int side = 0; side < 2 && !err; side++)
		err = copy_regions(from, n->child[side], &copy->node.child[side], &copy->node, c, b);
	return err;
}

static void omit_regions(struct aspace *as)
{
	for (struct region *r = region_first(as), *next; r; r = next) {
		next = region_following(r);
		if (r->on_fork & FORK_OMIT)
			region_remove(as, r);
	}
}

struct aspace *aspace_fork(struct aspace *from)
{
	struct copy c = {.to = aspace_create()};
	struct pt_batch b;
	int err;

	if (!c.to)
		return NULL;
	c.to->brk_start = from->brk_start;
	c.to->brk = from->brk;
	c.to->mmap_top = from->mmap_top;
	pt_batch_init(&b, from);
	pt_batch_init(&c.unflushed, from);
	err = copy_regions(from, from->regions.root, &c.to->regions.root, NULL, &c, &b);
	pt_batch_finish(&b);
	if (err) {
		aspace_unref(c.to);
		return NULL;
	}
	omit_regions(c.to);
	return c.to;
}
