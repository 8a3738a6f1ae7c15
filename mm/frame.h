/*
 * frame.h - physical memory by the page frame: who owns how many references to it.
 *
 * Every frame of RAM has a reference count; 0 means free. A frame's contents are reached through the
 * direct map. Any context but an interrupt handler may allocate. Lock: RANK_FRAME, inside.
 */
#pragma once

#include "kernel/lib/layout.h"
#include "kernel/lib/types.h"

struct handoff;
struct thread;

/* Takes over RAM. The kernel image, the modules and everything below 1 MiB stay reserved.
 * False where there is less than the kernel needs (one log line says how much). */
bool frame_init(const struct handoff *h, u64 image_end);

/* A frame with one reference and undefined contents; .v is 0 where there is none left. */
pa_t frame_alloc(void);
/* Zeroed, for the kernel's own use: page tables. */
pa_t frame_alloc_zeroed(void);
/* Zeroed, for ring 3 to see (wall ZERO). */
pa_t frame_alloc_user(void);
/* The frame that holds the page at `page` of a boot module; .v 0: that is no whole page of a module. Such frames have
 * one reference for ever, so that they can be mapped like others and are never freed. */
pa_t frame_of_module(const void *page);
void frame_ref(pa_t frame);
/* Drops one reference; the last one frees the frame. Whoever took an entry for it away has flushed. */
void frame_unref(pa_t frame);
u32 frame_refs(pa_t frame);

u64 frame_total(void); /* frames under management */
u64 frame_free(void);
u64 frame_used(void);  /* allocated: the tests' leak check */

/* A note of the owner's per allocated frame: the cache's number (mm/cache.c), or for a page table how
 * many of its entries are in use (mm/pagetable.c). 0 at first. */
u32 *frame_note(pa_t frame);

/* For mm/audit.c: a word for each frame below frame_end(), allocated or not. */
u32 *frame_marks(pa_t frame);
pa_t frame_end(void);

/* Test builds: the n-th allocation from now (of frames and objects alike) that this thread, or for NULL anybody,
 * makes fails; 0 turns it off. */
void alloc_fail_set_for(const struct thread *only, u64 nth);
bool alloc_fail_hit_by(const struct thread *only); /* did it, since it was set? */
bool alloc_should_fail(void);

static inline void *frame_ptr(pa_t p)
{
	return (void *)(p.v + DIRECT_BASE);
}

static inline pa_t frame_of(const void *p)
{
	return pa((u64)p - DIRECT_BASE);
}
