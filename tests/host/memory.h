/*
 * memory.h - a machine without a CPU for mm/: page frames out of an arena, counted; objects from malloc(), so that the
 * address sanitizer knows them; a TLB that holds nothing. touch() is what a program's access does, with its faults.
 */
#pragma once

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/lib/errno.h"
#include "kernel/lib/log.h"
#include "kernel/lib/panic.h"
#include "kernel/x86/cpu.h"
#include "mm/cache.h"
#include "mm/frame.h"
#include "mm/kmap.h"
#include "mm/pagetable.h"
#include "mm/region.h"
#include "tests/host/check.h"

#define FRAMES 8192

static u8 arena[FRAMES * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static u32 refs[FRAMES], notes[FRAMES], free_frames[FRAMES], free_count;
static u32 module_pages;
static u64 objects_live;
static u32 fail_in; /* the so-manieth allocation from now fails; 0: none does, or one has */
static bool failed;

/* The per-CPU data is where GS points, here too: count_event() needs it. */
static struct cpu this_cpu;

static bool machine_start(void)
{
	for (u32 i = 0; i < FRAMES; i++)
		free_frames[free_count++] = i;
	return syscall(SYS_arch_prctl, 0x1001 /* ARCH_SET_GS */, &this_cpu) == 0;
}

void panic_at(const struct trapframe *frame, const char *fmt, ...)
{
	va_list args;

	(void)frame;
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\nnot ok - the kernel panicked\n");
	exit(1);
}

const struct trapframe *arch_registers(void)
{
	return NULL;
}

bool alloc_should_fail(void)
{
	if (!fail_in || --fail_in)
		return false;
	failed = true;
	return true;
}

/* ---- frames */

static u32 frame_number(pa_t f)
{
	u64 at = (u64)frame_ptr(f) - (u64)arena;

	ASSERT(at / PAGE_SIZE < FRAMES);
	return (u32)(at / PAGE_SIZE);
}

pa_t frame_alloc(void)
{
	u32 n;

	if (!free_count || alloc_should_fail())
		return pa(0);
	n = free_frames[--free_count];
	ASSERT(!refs[n]);
	refs[n] = 1;
	notes[n] = 0;
	return frame_of(arena + (u64)n * PAGE_SIZE);
}

/* A module of `pages` pages: the arena's first. Before anything else is allocated. */
static u8 *make_module(u32 pages)
{
	for (u32 i = 0; i < pages; i++)
		refs[i] = 1;
	memmove(free_frames, free_frames + pages, (free_count - pages) * sizeof free_frames[0]);
	free_count -= pages;
	module_pages = pages;
	return arena;
}

pa_t frame_of_module(const void *page)
{
	u64 at = (u64)page - (u64)arena;

	return at < module_pages * PAGE_SIZE && IS_ALIGNED(at, PAGE_SIZE) ? frame_of(page) : pa(0);
}

pa_t frame_alloc_zeroed(void)
{
	pa_t f = frame_alloc();

	if (f.v)
		memset(frame_ptr(f), 0, PAGE_SIZE);
	return f;
}

pa_t frame_alloc_user(void)
{
	return frame_alloc_zeroed();
}

void frame_ref(pa_t f)
{
	ASSERT(refs[frame_number(f)]);
	refs[frame_number(f)]++;
}

void frame_unref(pa_t f)
{
	u32 n = frame_number(f);

	ASSERT(refs[n]);
	if (--refs[n])
		return;
	memset(frame_ptr(f), 0xdd, PAGE_SIZE);
	free_frames[free_count++] = n;
}

u32 frame_refs(pa_t f)
{
	return refs[frame_number(f)];
}

u32 *frame_note(pa_t f)
{
	return &notes[frame_number(f)];
}

/* ---- objects */

void cache_init(struct cache *c, const char *name, u32 size, u32 align)
{
	(void)align;
	c->name = name;
	c->size = size;
}

void *cache_alloc_zeroed(struct cache *c)
{
	if (alloc_should_fail())
		return NULL;
	objects_live++;
	return calloc(1, c->size);
}

void *cache_alloc(struct cache *c)
{
	void *object = cache_alloc_zeroed(c);

	return object ? memset(object, 0xa5, c->size) : NULL;
}

void cache_free(struct cache *c, void *object)
{
	(void)c;
	objects_live--;
	free(object);
}

/* ---- what else mm/ calls */

void kmap_share(pa_t root)
{
	(void)root;
}

void tlb_flush_range(struct aspace *as, u64 start, u64 end)
{
	(void)as, (void)start, (void)end;
}

void tlb_flush_kernel(void)
{
}

void tlb_leave_all(struct aspace *as)
{
	(void)as;
}

void lock_acquire(struct spinlock *l)
{
	(void)l;
}

void lock_release(struct spinlock *l)
{
	(void)l;
}

void lock_init(struct spinlock *l, enum lock_rank rank, const char *name)
{
	*l = (struct spinlock)SPINLOCK(rank, name);
}

int format(char *buffer, size_t size, const char *fmt, ...)
{
	(void)buffer, (void)size, (void)fmt;
	return 0;
}

/* ---- the CPU's part */

/* The byte that an access in ring 3 reaches, or NULL with *err: what the fault that it ends with says. */
static u8 *touch(struct aspace *as, u64 va, bool write, int *err)
{
	u64 error = PF_USER | (write ? PF_WRITE : 0);

	for (int faults = 0; faults < 2; faults++) {
		pte_t *at = pt_find(as->root, ALIGN_DOWN(va, PAGE_SIZE));

		if (at && pte_present(*at) && (at->v & PTE_U) && (!write || (at->v & PTE_W)))
			return (u8 *)frame_ptr(pte_frame(*at)) + va % PAGE_SIZE;
		*err = aspace_fault(as, va, error | (at && pte_present(*at) ? PF_PRESENT : 0));
		if (*err)
			return NULL;
	}
	*err = -ELOOP; /* resolved, and not resolved */
	return NULL;
}
