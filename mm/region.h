/*
 * region.h - the list of regions of one space: find, split, merge. Used by mm/aspace.c and its siblings.
 * Caller holds the space's mutex.
 */
#pragma once

#include "mm/aspace.h"
#include "mm/pagetable.h"

void region_init(void);
/* An object for the list; NULL: out of memory. */
struct region *region_alloc(void);
void region_free(struct region *r);

/* The first region that ends above va; NULL: none. It may begin above va, too. */
struct region *region_at_or_after(struct aspace *as, u64 va);
struct region *region_following(struct aspace *as, struct region *r);
/* Puts r in its place; [r->start, r->end) is free. */
void region_insert(struct aspace *as, struct region *r);
void region_remove(struct aspace *as, struct region *r);
/* Cuts the region that has va strictly inside in two, using *spare and clearing it; else nothing. */
void region_split(struct aspace *as, u64 va, struct region **spare);
/* The objects that splitting at both edges will need, each at its index; false: out of memory. */
bool region_spares(struct aspace *as, u64 start, u64 end, struct region *spare[2]);
void region_spares_free(struct region *spare[2]);
/* Joins neighbours in and around [start, end) that are alike. */
void region_merge(struct aspace *as, u64 start, u64 end);

/* mm/aspace.c, for its siblings. The first cannot fail; tables that it empties are freed if `table_done` says so. The
 * second asks RLIMIT_AS and RLIMIT_DATA whether `bytes` more may be mapped as `spec` says, once what is at its
 * place now has gone. */
void aspace_unmap_commit(struct aspace *as, u64 start, u64 end, struct region *spare[2], pt_visit table_done);
bool aspace_may_grow(struct aspace *as, const struct region_spec *spec, u64 bytes);
