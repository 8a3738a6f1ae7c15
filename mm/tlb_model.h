/*
 * tlb_model.h - the TLB model: what is owed to the TLBs, kept apart from what pays it (test and kasan builds; elsewhere
 * nothing is left of it). Ghost state: the kernel tells the model what it does, and never asks it anything.
 *
 * M1  pt_commit() opens a debt when a present entry loses a right, changes its frame or memory type, or is cleared:
 *     {space, pages, table or not, CPUs whose TLB may hold it}. The kernel's entries are owed by all CPUs.
 * M2  Only the wrappers of INVLPG, INVPCID and CR3 writes pay, and what the manual says (SDM 3A 4.10.4.1): INVLPG one
 *     page, and all cached tables, of the PCID in CR3; a load without bit 63 all of that PCID; INVPCID everything.
 * M3  Once the active set is read the debt is called. CPUs outside the set need not pay, but their PCID is spoilt:
 *     to load it with bit 63 is a panic. So it is to keep a PCID that another space has had since.
 * M4  The debtor, which is the CPU that took away, has everything paid when the batch is finished; before that it gives
 *     no frame back, switches to no thread, returns to no ring 3.
 * M5  A loaded root is a reference, whoever runs: its CPU is in the active set, and the space does not end.
 *
 * The panic names who took the entry away. The model is tests/kernel/sanitize/tlb_model.c; its one lock is a leaf.
 */
#pragma once

#include "kernel/lib/config.h"
#include "mm/pagetable.h"

/* Tells the model, where there is one. */
#define TLB_TELL(call) ((void)(TLB_MODEL && (tlb_model_##call, 0)))

/* The entry at `va` was `old` and is `new`, for the caller at address `who`; after the store. */
void tlb_model_owe(const struct pt_batch *b, u64 va, int level, pte_t old, pte_t new, u64 who);
/* What this CPU owes of the space is called: it has read the active set, and asks `named`, or flushes itself. */
void tlb_model_called(const struct aspace *as, u32 named);
/* M4 for one batch: when `what` is done nothing of it is owed. */
void tlb_model_settle(const struct pt_batch *b, const char *what);
/* M4 for all that this CPU took away. */
void tlb_model_none_owed(const char *what);
/* M2, on this CPU. Each comes before its instruction: what is taken away between the two stays owed. */
void tlb_model_invlpg(u64 va);
void tlb_model_load(struct aspace *as, u64 pcid, bool keep);
void tlb_model_flush_all(void);
/* M5: the space's tables are freed next. */
void tlb_model_end(const struct aspace *as);
