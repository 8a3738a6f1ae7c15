/*
 * kstack.c - slots of five pages from KSTACK_BASE up: a guard page, then the stack.
 */
#include "kernel/lib/config.h"
#include "kernel/lib/layout.h"
#include "kernel/lib/lock.h"
#include "mm/frame.h"
#include "mm/kmap.h"
#include "mm/kstack.h"
#include "mm/pagetable.h"

#define STACK_PAGES (KSTACK_SIZE / PAGE_SIZE)
#define SLOT_SIZE   (KSTACK_SIZE + PAGE_SIZE)
#define SPARES      16
#define RETIRED     8 /* spares that are unmapped at a time: one flush of all CPUs for all of them */
#define PAINT       0x5ca1ab1e5ca1ab1eull

static struct spinlock kstack_lock = SPINLOCK(RANK_KSTACK, "kstack");
static u64 spares[SPARES];          /* kstack_lock; tops of mapped stacks */
static u32 spare_count;             /* kstack_lock */
static u16 free_slots[KSTACKS_MAX]; /* kstack_lock; unmapped ones, used before */
static u32 free_count, fresh;       /* kstack_lock */
static u64 high_water;              /* kstack_lock */

static u64 slot_top(u32 slot)
{
	return KSTACK_BASE + (slot + 1) * SLOT_SIZE;
}

static void paint(u64 top)
{
	if (!BUILD_TEST)
		return;
	for (u64 *p = (u64 *)(top - KSTACK_SIZE); p < (u64 *)top; p++)
		*p = PAINT;
}

static void note_depth(u64 top)
{
	const u64 *p = (const u64 *)(top - KSTACK_SIZE);

	if (!BUILD_TEST)
		return;
	while ((u64)p < top && *p == PAINT)
		p++;
	high_water = MAX(high_water, top - (u64)p);
}

static int unmap_page(struct pt_walk *w, pte_t *at, u64 va, int level)
{
	pt_batch_free(w->batch, pte_frame(*at));
	pt_commit(w->batch, at, (pte_t){0}, va, level);
	return 0;
}

/* The caller finishes the batch. */
static void unmap(u64 top, struct pt_batch *b)
{
	struct pt_walk w = {.start = top - KSTACK_SIZE, .end = top, .leaf = unmap_page, .batch = b};

	pt_walk_range(kmap_root(), &w);
}

static int map_page(struct pt_walk *w, pte_t *at, u64 va, int level)
{
	pa_t f = frame_alloc();

	if (!f.v)
		return -1;
	pt_commit(w->batch, at, pte_make(f, PTE_P | PTE_W | PTE_NX | PTE_A | PTE_D), va, level);
	return 0;
}

static bool map(u64 top)
{
	struct pt_batch b;
	struct pt_walk w = {
		.start = top - KSTACK_SIZE, .end = top, .leaf = map_page, .empty = true, .batch = &b};

	pt_batch_init(&b, NULL);
	if (!pt_walk_range(kmap_root(), &w))
		return true;
	unmap(top, &b);
	pt_batch_finish(&b);
	return false;
}

u64 kstack_alloc(void)
{
	u64 top = 0;

	lock_acquire(&kstack_lock);
	if (spare_count) {
		top = spares[--spare_count];
	} else if (free_count || fresh < KSTACKS_MAX) {
		u32 slot = free_count ? free_slots[--free_count] : fresh++;

		top = slot_top(slot);
		if (map(top)) {
			paint(top);
		} else {
			free_slots[free_count++] = (u16)slot;
			top = 0;
		}
	}
	lock_release(&kstack_lock);
	return top;
}

/* The lock is held, and released to flush: other CPUs may take long to answer. */
static void retire_spares(void)
{
	struct pt_batch b;
	u64 retired[RETIRED];

	_Static_assert(RETIRED * STACK_PAGES <= PT_BATCH, "the batch is flushed without the lock");
	pt_batch_init(&b, NULL);
	for (u32 i = 0; i < RETIRED; i++) {
		retired[i] = spares[--spare_count];
		unmap(retired[i], &b);
	}
	lock_release(&kstack_lock);
	pt_batch_finish(&b);
	lock_acquire(&kstack_lock);
	for (u32 i = 0; i < RETIRED; i++)
		free_slots[free_count++] = (u16)((retired[i] - KSTACK_BASE) / SLOT_SIZE - 1);
}

void kstack_free(u64 top)
{
	lock_acquire(&kstack_lock);
	note_depth(top);
	while (spare_count == SPARES)
		retire_spares();
	spares[spare_count++] = top;
	lock_release(&kstack_lock);
}

bool kstack_is_guard(u64 va)
{
	return va >= KSTACK_BASE && va < slot_top(KSTACKS_MAX - 1) && (va - KSTACK_BASE) % SLOT_SIZE < PAGE_SIZE;
}

u64 kstack_spare_frames(void)
{
	return spare_count * STACK_PAGES;
}

u64 kstack_kept_frames(void)
{
	u64 tables = 0;

	for (u64 va = KSTACK_BASE; va < slot_top(fresh); va += pt_span(2))
		tables += pt_find(kmap_root(), va) != NULL;
	return kstack_spare_frames() + tables;
}

u64 kstack_high_water(void)
{
	return high_water;
}
