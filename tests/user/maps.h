/* maps.h - what the tests of mappings share: mmap as the bare call, and what a page lets a process do. */
#pragma once

#include "tap.h"

#include <sys/mman.h>

#define RW   (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static inline long map(long at, long length, int prot, int flags)
{
	return sc(SYS_mmap, at, length, prot, flags, -1, 0);
}

/* For status_of(): a child that does it, so that a fault costs nothing. */
static inline void reads(void *address)
{
	*(volatile char *)address;
}

static inline void writes(void *address)
{
	*(volatile char *)address = 1;
}

/* 0: neither, 1: readable, 3: readable and writable. */
static inline int rights(long address)
{
	int r = status_of(reads, (void *)address) == EXITED(0);

	return r | (status_of(writes, (void *)address) == EXITED(0)) << 1;
}
