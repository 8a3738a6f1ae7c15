/*
 * region.h - the regions of one space, in a balanced tree: find, split, merge, and where there is room. Used by
 * mm/aspace.c and its siblings. Caller holds the space's mutex.
 *
 * Each region knows its subtree's ends and the widest gap in it, so that look-ups, changes and the search for room all
 * take time in the logarithm of the number of regions, of which a process may have tens of thousands.
 */
#pragma once

#include "kernel/lib/wall.h"
#include "mm/aspace.h"
#include "mm/pagetable.h"

void region_init(void);
void region_tree_init(struct tree *t);
/* An object for the list; NULL: out of memory. */
struct region *region_alloc(void);
void region_free(struct region *r);

/* The first region that ends above va; NULL: none. It may begin above va, too. */
struct region *region_at_or_after(struct aspace *as, u64 va);
struct region *region_first(const struct aspace *as);
struct region *region_following(const struct region *r);
struct region *region_preceding(const struct region *r);
/* Puts r in its place; [r->start, r->end) is free. */
void region_insert(struct aspace *as, struct region *r);
/* Moves its edges, into free space or into itself. */
void region_set(struct aspace *as, struct region *r, u64 start, u64 end);
/* The end of the highest `length` free bytes below `top`; 0: nowhere. */
u64 region_room(const struct aspace *as, u64 top, u64 length);
/* The wall STACK_GUARD: what stays free below a region that grows down. */
static inline u64 stack_gap(void)
{
	return wall_up(WALL_STACK_GUARD) ? STACK_GAP : 0;
}
/* Where it begins as far as others' places are concerned: what grows down needs room. */
static inline u64 region_low(const struct region *r)
{
	return r->kind == REGION_STACK ? r->start - MIN(r->start, stack_gap()) : r->start;
}
void region_remove(struct aspace *as, struct region *r);
/* Cuts the region that has va strictly inside in two, using *spare and clearing it; else nothing. */
void region_split(struct aspace *as, u64 va, struct region **spare);
/* The objects that splitting at both edges will need, each at its index; false: out of memory. */
bool region_spares(struct aspace *as, u64 start, u64 end, struct region *spare[2]);
void region_spares_free(struct region *spare[2]);
/* Joins neighbours in and around [start, end) that are alike. */
void region_merge(struct aspace *as, u64 start, u64 end);

/* A5: the HAD_ bits once it gets the rights `prot`, too; and the wall W_XOR_X: may it get them? */
static inline u64 had_with(u64 had, enum prot prot)
{
	return had | (prot == PROT_RW ? HAD_WRITE : prot == PROT_RX ? HAD_EXECUTE : 0);
}
static inline bool region_may_become(const struct region *r, enum prot prot)
{
	return had_with(r->had, prot) != (HAD_WRITE | HAD_EXECUTE) || !wall_up(WALL_W_XOR_X);
}

/* mm/aspace.c, for its siblings. The first two cannot fail; tables that they empty are freed if `table_done` says so.
 * The third asks RLIMIT_AS and RLIMIT_DATA whether `bytes` more may be mapped as `spec` says, once what is at its
 * place now has gone. */
void aspace_drop_pages(struct aspace *as, u64 start, u64 end, pt_visit table_done);
void aspace_unmap_commit(struct aspace *as, u64 start, u64 end, struct region *spare[2], pt_visit table_done);
bool aspace_may_grow(struct aspace *as, const struct region_spec *spec, u64 bytes);
