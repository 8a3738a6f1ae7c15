/*
 * elf_sound.h - what exec relies on in a parsed program, whatever the file was.
 */
#pragma once

#include "kernel/elf.h"
#include "kernel/lib/layout.h"

static inline int elf_sound(const struct elf_image *e, u64 size)
{
	u64 last = USER_BOTTOM;

	for (u32 i = 0; i < e->count; i++) {
		const struct elf_segment *s = &e->segments[i];

		if (s->start < last || s->end <= s->start || s->end > USER_TOP || (s->start | s->end) % PAGE_SIZE)
			return 0;
		if (s->file_at > size || s->file_len > size - s->file_at || s->file_len > s->end - s->start)
			return 0;
		if ((s->rights & 3) == 3)
			return 0;
		last = s->end;
	}
	return e->count && e->count <= ELF_SEGMENTS && e->entry < USER_TOP && e->brk == last;
}
