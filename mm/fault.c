/*
 * fault.c - what a page fault does to an address space: demand-zero, copies from a backing, copy-on-write.
 * Called by kernel/trap.c, for ring 3 and for user copies alike.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/x86/cpu.h"
#include "mm/aspace.h"
#include "mm/frame.h"
#include "mm/pagetable.h"
#include "mm/region.h"
#include "mm/user_pte.h"

#define FAULT_AROUND (16ul * PAGE_SIZE) /* as Linux's */

static bool region_permits(const struct region *r, u64 error)
{
	if (error & PF_FETCH)
		return r->prot == PROT_RX;
	if (error & PF_WRITE)
		return r->prot == PROT_RW;
	return r->prot != PROT_NOTHING;
}

static bool entry_permits(pte_t e, u64 error)
{
	if (!pte_present(e))
		return false;
	return !((error & PF_WRITE) && !(e.v & PTE_W)) && !((error & PF_FETCH) && (e.v & PTE_NX));
}

/* Where in the region's backing the page begins. */
static i64 offset_of(const struct region *r, u64 page)
{
	return r->backing.offset + (i64)(page - r->start);
}

/* The part of the page that the backing covers, copied to its place. */
static void fill_from_backing(u8 *to, i64 offset, const struct backing *b)
{
	i64 start = MAX(offset, 0), end = MIN(offset + (i64)PAGE_SIZE, (i64)b->size);

	if (start < end)
		memcpy(to + (start - offset), b->data + start, (u64)(end - start));
}

static bool backing_covers(i64 offset, const struct backing *b)
{
	return offset >= 0 && offset + (i64)PAGE_SIZE <= (i64)b->size;
}

/* The backing's own frame for the page, if it is a whole one; .v 0: the page is to be made. */
static pa_t own_frame(const struct region *r, u64 page)
{
	i64 offset = offset_of(r, page);

	return backing_covers(offset, &r->backing) ? frame_of_module(r->backing.data + offset) : pa(0);
}

/*
 * Shares the backing's frames: the page's, and those of the pages around it that are not there yet. Programs run on,
 * and a fault costs more than the entries of a whole window. A write to one copies it: A3.
 */
static void share_around(struct aspace *as, const struct region *r, u64 page, pte_t *at)
{
	u64 window = ALIGN_DOWN(page, FAULT_AROUND), start = MAX(window, r->start);
	u64 end = MIN(window + FAULT_AROUND, r->end), bits = user_pte_bits(r->prot);
	struct pt_batch b;

	if (r->prot == PROT_RW)
		bits &= ~PTE_W;
	at -= (page - start) / PAGE_SIZE; /* the window lies in one table */
	pt_batch_init(&b, as);
	for (u64 va = start; va < end; va += PAGE_SIZE, at++) {
		pa_t f = own_frame(r, va);

		if (at->v || !f.v)
			continue;
		frame_ref(f);
		pt_commit(&b, at, pte_make(f, bits), va, 1);
		as->resident++;
		count_event(COUNT_SHARED_PAGES);
	}
}

static int demand(struct aspace *as, const struct region *r, u64 page, pte_t *at)
{
	i64 offset = offset_of(r, page);
	bool whole = backing_covers(offset, &r->backing);
	pa_t f = whole ? frame_alloc() : frame_alloc_user();
	struct pt_batch b;

	if (!f.v)
		return -ENOMEM;
	if (r->backing.size)
		fill_from_backing(frame_ptr(f), offset, &r->backing);
	pt_batch_init(&b, as);
	pt_commit(&b, at, pte_make(f, user_pte_bits(r->prot)), page, 1);
	as->resident++;
	count_event(COUNT_DEMAND_PAGES);
	return 0;
}

/* A write to a page without W in a region that has write right: A3. */
static int copy_on_write(struct aspace *as, const struct region *r, u64 page, pte_t *at)
{
	pa_t old = pte_frame(*at), copy = old;
	struct pt_batch b;

	if (frame_refs(old) > 1) {
		copy = frame_alloc();
		if (!copy.v)
			return -ENOMEM;
		memcpy(frame_ptr(copy), frame_ptr(old), PAGE_SIZE);
		count_event(COUNT_COW_COPIES);
	} else {
		count_event(COUNT_COW_TAKES);
	}
	pt_batch_init(&b, as);
	pt_commit(&b, at, pte_make(copy, user_pte_bits(r->prot)), page, 1);
	if (copy.v != old.v)
		pt_batch_free(&b, old);
	pt_batch_finish(&b);
	return 0;
}

/* The stack that begins above `page`, grown down to it; NULL where it may not. */
static struct region *grow_stack(struct aspace *as, u64 page)
{
	struct region *r = region_at_or_after(as, page), *below;
	struct region_spec more = {.start = page, .prot = PROT_RW, .kind = REGION_STACK};

	if (!r || r->kind != REGION_STACK || page < USER_BOTTOM ||
	    r->end - page > limit_soft(as->limits, LIMIT_STACK) || !aspace_may_grow(as, &more, r->start - page))
		return NULL;
	below = region_preceding(r);
	if (below && below->kind != REGION_STACK && below->prot != PROT_NOTHING && page - below->end < stack_gap())
		return NULL;
	region_set(as, r, page, r->end);
	return r;
}

int aspace_fault(struct aspace *as, u64 va, u64 error)
{
	struct region *r = region_find(as, va);
	u64 page = ALIGN_DOWN(va, PAGE_SIZE);
	pte_t *at;

	if (!r)
		r = grow_stack(as, page);
	if (!r)
		return -EFAULT;
	if (!region_permits(r, error))
		return -EACCES;
	if (r->kind == REGION_FILE && offset_of(r, page) >= (i64)r->backing.size)
		return -ENXIO;
	at = pt_find_or_make(as->root, page, 1, PTE_U);
	if (!at)
		return -ENOMEM;
	if (entry_permits(*at, error))
		return 0; /* spurious: another path was here first, or the TLB was behind */
	if (!at->v && !(error & PF_WRITE) && own_frame(r, page).v) {
		share_around(as, r, page, at);
		return 0;
	}
	if (!at->v)
		return demand(as, r, page, at);
	return copy_on_write(as, r, page, at);
}

int aspace_insert(struct aspace *as, u64 va, pa_t frame)
{
	struct region *r = region_find(as, va);
	pte_t *at = r ? pt_find_or_make(as->root, va, 1, PTE_U) : NULL;
	struct pt_batch b;

	if (!at || at->v)
		return -ENOMEM;
	pt_batch_init(&b, as);
	pt_commit(&b, at, pte_make(frame, user_pte_bits(r->prot)), va, 1);
	as->resident++;
	return 0;
}

static int count_leaf(struct pt_walk *w, pte_t *at, u64 va, int level)
{
	++*(u64 *)w->context;
	return 0;
}

u64 region_resident(struct aspace *as, const struct region *r)
{
	u64 n = 0;
	struct pt_walk w = {.start = r->start, .end = r->end, .leaf = count_leaf, .context = &n};

	pt_walk_range(as->root, &w);
	return n;
}
