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

/* What both parsers share; each returns NULL, or what is wrong. */
/* An entry of the memory map: base, length, type. What is not RAM is left out. */
const char *handoff_add_range(struct handoff *h, const u8 *entry);
/* A module of [base, end). */
const char *handoff_add_module(struct handoff *h, u64 base, u64 end, u64 limit);
/* The record as a whole, when all is in it. */
const char *handoff_check(const struct handoff *h);
