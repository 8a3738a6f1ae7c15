/*
 * pagetable.h - the one walker over the 4-level tree, and the one function that changes it.
 *
 * P1  Only pt_commit() stores to a live entry. What it takes away it writes down in the batch as a range
 *     to flush; pt_batch_finish() flushes, and only then gives the gathered frames back.
 * P2  The walker is generic over levels: map, unmap, protect, fork, destroy and dump are visitors.
 * Caller holds the space's mutex (or owns the tree alone).
 */
#pragma once

#include "mm/frame.h"
#include "mm/pte.h"

struct aspace;
struct pt_walk;

/* Frames gathered in one batch before it is finished by itself. */
#define PT_BATCH 64

struct pt_batch {
	struct aspace *as;    /* NULL: kernel tables */
	u64 start, end;       /* what is owed to the TLB; start >= end: nothing */
	u32 count;
	pa_t frames[PT_BATCH];
};

void pt_batch_init(struct pt_batch *b, struct aspace *as);
/* The frame loses one reference once the flush is done. */
void pt_batch_free(struct pt_batch *b, pa_t frame);
void pt_batch_finish(struct pt_batch *b);

/* Stores `e` at the entry that maps [va, va + span(level)); owes a flush if rights or frame are lost. */
void pt_commit(struct pt_batch *b, pte_t *at, pte_t e, u64 va, int level);

/* Called for `count` neighbouring level-1 entries of one table, the first of which maps va; used or not. */
typedef int (*pt_visit_run)(struct pt_walk *w, pte_t *first, u64 va, u32 count);
/* Called for an entry; 0 to go on, anything else ends the walk and is its result. */
typedef int (*pt_visit)(struct pt_walk *w, pte_t *at, u64 va, int level);

struct pt_walk {
	u64 start, end;      /* page-aligned; end exclusive */
	pt_visit_run run;    /* level 1 in runs, for loops that must be tight; or NULL, and then: */
	pt_visit leaf;       /* leaves in use (also large ones), and empty level-1 entries if `empty` */
	pt_visit table_done; /* after the entries below a table's entry, or NULL */
	bool empty;          /* visit empty level-1 entries; missing tables are made */
	u64 table_bits;      /* of made tables: PTE_U for user tables, 0 for the kernel's */
	struct pt_batch *batch;
	void *context;
};

/* 0, what a visitor returned, or -ENOMEM where a table could not be made. */
int pt_walk_range(pa_t root, struct pt_walk *w);
/* The level-1 entry for va; NULL where a table is missing (or a large page is in the way). */
pte_t *pt_find(pa_t root, u64 va);
/* The entry for va at `level`, making tables with `table_bits`; NULL: out of memory. */
pte_t *pt_find_or_make(pa_t root, u64 va, int level, u64 table_bits);
/* The count of entries in use of the table that `at` lies in. */
static inline u32 *pt_entries_used(const pte_t *at)
{
	return frame_note(pa(ALIGN_DOWN(frame_of(at).v, PAGE_SIZE)));
}
/* A pt_walk.table_done that frees a table that has become empty. */
int pt_free_empty_table(struct pt_walk *w, pte_t *at, u64 va, int level);
