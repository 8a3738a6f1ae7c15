/*
 * kstack.h - kernel stacks: KSTACK_SIZE bytes each, above a page that is never mapped.
 *
 * A few spare stacks are kept mapped, so that most forks need no page-table work. Lock: RANK_KSTACK, inside.
 */
#pragma once

#include "kernel/lib/types.h"

#define KSTACKS_MAX 4096

/* The stack's top (it grows down from there); 0: no memory, or KSTACKS_MAX in use. */
u64 kstack_alloc(void);
void kstack_free(u64 top);
/* True if va lies in the guard page of some stack. */
bool kstack_is_guard(u64 va);
u64 kstack_spare_frames(void); /* held by spare stacks */
/* Spare stacks and the page tables of all slots ever used, which stay: what a leak check must not count. */
u64 kstack_kept_frames(void);
u64 kstack_high_water(void);   /* deepest use seen, bytes (test builds, where stacks are painted) */
