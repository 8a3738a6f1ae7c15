/*
 * hole.h - for the attacks on walls of the second line: through a planted bug of the kernel
 * (tests/kernel/walls/holes.c) they read the kernel's map of physical memory, four bytes a call, until they have found
 * the victim's secret.
 */
#pragma once

#include "physical.h"

#include <cpuid.h>

#define HOLE_REQUEST 0x486f

/* Without the feature in the CPU there is no wall: the runner skips it. */
static inline void need_feature(unsigned bit, const char *skip)
{
	unsigned a, b = 0, c, d;

	if (__get_cpuid_count(7, 0, &a, &b, &c, &d) && b >> bit & 1)
		return;
	sc(SYS_write, 1, skip, strlen(skip));
	sc(SYS_exit_group, 0);
}

static inline void read_words(uint32_t (*peek)(uint64_t at), uint64_t at, uint32_t *to, int count)
{
	for (int i = 0; i < count; i++)
		to[i] = peek(at + 4 * i);
}

static inline void search_memory(uint32_t (*peek)(uint64_t at), int loot)
{
	uint64_t end = memory_end();

	for (uint64_t at = DIRECT_MAP + FIRST_MIB; at < DIRECT_MAP + end; at += PAGE) {
		struct marked m;

		read_words(peek, at, (uint32_t *)&m, 1);
		if ((uint32_t)m.mark[0] != (uint32_t)(SUM - KEY))
			continue;
		read_words(peek, at, (uint32_t *)&m, sizeof m / 4);
		if (is_marked(m.mark[0], m.mark[1]))
			_exit(write(loot, m.secret, SECRET) != SECRET);
	}
	_exit(0);
}
