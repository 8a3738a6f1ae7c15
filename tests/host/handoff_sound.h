/*
 * handoff_sound.h - what the kernel relies on in the hand-off record, whatever the loader's block said.
 */
#pragma once

#include "boot/handoff.h"

#include <string.h>

/* Ascending, nothing overlaps, wraps or is empty, modules lie in memory, the command line ends. */
static inline int handoff_sound(const struct handoff *h, u64 memory)
{
	if (h->range_count > HANDOFF_RANGES || h->module_count > HANDOFF_MODULES || !h->range_count)
		return 0;
	for (u32 i = 0; i < h->range_count; i++) {
		const struct range *a = &h->ranges[i];

		if (!a->length || a->length > ~a->base || (i && a[-1].base + a[-1].length > a->base))
			return 0;
	}
	for (u32 i = 0; i < h->module_count; i++) {
		const struct range *m = &h->modules[i];

		if (m->base > memory || m->length > memory - m->base)
			return 0;
	}
	return memchr(h->cmdline, 0, sizeof h->cmdline) != NULL;
}
