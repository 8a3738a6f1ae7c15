/*
 * cache.h - kernel objects: caches of equal-sized pieces cut from frames, and kmalloc over a few of them.
 *
 * Test builds poison freed objects and check the poison at the next allocation. Each cache counts its
 * live objects. Lock: RANK_CACHE each. Objects come with undefined contents unless zeroed is asked for.
 */
#pragma once

#include "kernel/lib/list.h"
#include "kernel/lib/lock.h"
#include "kernel/lib/types.h"

#define CACHE_MAX_SIZE 4032 /* bytes of the largest object */

struct cache {
	const char *name;
	u32 size, stride;     /* bytes: of an object; from one to the next */
	u32 align;            /* a power of two */
	u32 per_slab;
	u32 number;           /* its frames' note */
	struct spinlock lock; /* guards the rest */
	struct list partial;  /* slabs with a free object */
	u64 live;
};

/* `c` lives for ever; at most 200 caches. align 0 means 16. */
void cache_init(struct cache *c, const char *name, u32 size, u32 align);
void *cache_alloc(struct cache *c);        /* NULL: out of memory */
void *cache_alloc_zeroed(struct cache *c);
void cache_free(struct cache *c, void *object);
u64 cache_live_total(void);                /* live objects of all caches: the tests' leak check */
u64 cache_frames(void);                    /* frames that caches hold, empty slabs included */

void kmalloc_init(void);
/* n from 1 to 4096. From 2049 to 4096 it is a whole frame. Aligned to 16. */
void *kmalloc(size_t n);
void *kmalloc_zeroed(size_t n);
void kfree(void *p); /* NULL is fine */
