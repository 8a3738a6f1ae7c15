/*
 * kasan.h - what the allocators tell the address sanitizer (build kasan; elsewhere nothing is left of it): which
 * bytes may be touched. tests/kernel/sanitize/kasan.c keeps one shadow byte for 8 bytes.
 */
#pragma once

#include "kernel/lib/config.h"
#include "kernel/lib/types.h"

/* Shadow of DIRECT_BASE; the Makefile tells the compiler its distance from DIRECT_BASE / 8. */
#define SHADOW_BASE 0xffffec0000000000

/* Left free behind each object, so that who runs over its end meets no neighbour. */
#define KASAN_REDZONE (BUILD_KASAN ? 16 : 0)

enum kasan_state {
	KASAN_USABLE = 0,
	KASAN_REDZONE_OBJECT = 0xfc,
	KASAN_FREED_OBJECT = 0xfb,
	KASAN_FREED_FRAME = 0xfe,
	KASAN_FREED_STACK = 0xfd,
};

/* `at` is aligned to 8. Usable bytes may end anywhere; what is not usable ends at a multiple of 8. */
void kasan_set(const void *at, u64 n, enum kasan_state state);
/* Reports an object that was freed before. */
void kasan_check_free(const void *object);

static inline void kasan_mark(const void *at, u64 n, enum kasan_state state)
{
	if (BUILD_KASAN)
		kasan_set(at, n, state);
}

/* `at` (which may be NULL), made an object of `size` bytes in room for `stride`. */
static inline void *kasan_mark_object(void *at, u64 size, u64 stride)
{
	kasan_mark(at, stride, KASAN_REDZONE_OBJECT);
	kasan_mark(at, size, KASAN_USABLE);
	return at;
}
