/*
 * parse.h - reading a loader's block: little-endian numbers and strings at any alignment, never past a
 * limit. Private to boot/.
 */
#pragma once

#include "kernel/lib/string.h"
#include "kernel/lib/types.h"

static inline u32 read32(const u8 *p)
{
	u32 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline u64 read64(const u8 *p)
{
	u64 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* Whether [at, at + size) lies below limit; true for no number that wraps. */
static inline bool inside(u64 at, u64 size, u64 limit)
{
	return at <= limit && size <= limit - at;
}

/* Copies the string at `from`, which ends at a zero byte or at `end`, cut to size - 1 bytes. */
static inline void text_copy(char *to, size_t size, const u8 *from, const u8 *end)
{
	size_t n = 0;

	while (n + 1 < size && from + n < end && from[n]) {
		to[n] = (char)from[n];
		n++;
	}
	to[n] = 0;
}

struct handoff;

/* The loaders' range types, which are ACPI's (ACPI 6.4 table 15.4), as one of ours. */
bool handoff_add_loader_range(struct handoff *h, const u8 *entry);
/* A module of [base, end). NULL, or what is wrong. */
const char *handoff_add_module(struct handoff *h, u64 base, u64 end, u64 limit, const u8 *name,
			       const u8 *name_end);
