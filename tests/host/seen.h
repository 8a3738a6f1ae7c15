/*
 * seen.h - the states that a search has been in, as hashes of 64 bits: a table that is at most half full, and grows.
 */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "kernel/lib/types.h"

static u64 *seen;
static u64 seen_size, seen_count;

static void seen_clear(void)
{
	free(seen);
	seen = NULL;
	seen_size = seen_count = 0;
}

/* `bytes` is a multiple of 4. */
static u64 mix(u64 hash, const void *data, u64 bytes)
{
	for (const u8 *p = data; bytes >= 4; p += 4, bytes -= 4) {
		u32 word;

		memcpy(&word, p, 4);
		hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
		hash ^= hash >> 32;
	}
	return hash;
}

/* Where the hash is, or would be. */
static u64 *seen_find(u64 hash)
{
	u64 at = hash >> 8;

	while (seen[at & (seen_size - 1)] && seen[at & (seen_size - 1)] != hash)
		at++;
	return &seen[at & (seen_size - 1)];
}

static void seen_grow(void)
{
	u64 *old = seen, old_size = seen_size;

	seen_size = old_size ? old_size * 2 : 1 << 16;
	seen = calloc(seen_size, sizeof *seen);
	for (u64 i = 0; i < old_size; i++)
		if (old[i])
			*seen_find(old[i]) = old[i];
	free(old);
}

/* False if it was there. */
static bool seen_add(u64 hash)
{
	u64 *at;

	if (seen_count * 2 >= seen_size)
		seen_grow();
	hash |= 1; /* 0 is free */
	at = seen_find(hash);
	if (*at)
		return false;
	*at = hash;
	seen_count++;
	return true;
}
