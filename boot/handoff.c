/*
 * handoff.c - the part of the hand-off record that both loaders share: its ranges and modules.
 *
 * Pure: no logging, no globals. The host's tests compile it as it is.
 */
#include "boot/handoff.h"

#include "boot/parse.h"

#define LOADER_RAM 1 /* the loaders' range types are ACPI's: ACPI 6.4 table 15.4 */

static u64 range_end(const struct range *r)
{
	return r->base + r->length;
}

/* Keeps the table sorted. UEFI loaders describe one stretch of memory in many pieces: those grow together. */
static const char *insert(struct range *table, u32 *count, u64 base, u64 length)
{
	u32 at = *count;

	while (at > 0 && table[at - 1].base > base)
		at--;
	if (at > 0 && range_end(&table[at - 1]) == base) {
		table[at - 1].length += length;
		return NULL;
	}
	if (*count == HANDOFF_RANGES)
		return "the memory map has too many entries";
	memmove(&table[at + 1], &table[at], ((*count)++ - at) * sizeof(table[0]));
	table[at] = (struct range){base, length};
	return NULL;
}

const char *handoff_add_range(struct handoff *h, const u8 *entry)
{
	u64 base = read64(entry), length = read64(entry + 8);

	if (!length)
		return NULL;
	if (length > ~base)
		return "an entry of the memory map wraps";
	if (read32(entry + 16) == LOADER_RAM)
		return insert(h->ranges, &h->range_count, base, length);
	return insert(h->reserved, &h->reserved_count, base, length);
}

const char *handoff_add_module(struct handoff *h, u64 base, u64 end, u64 limit)
{
	if (end < base || end > limit)
		return "a module lies outside of memory";
	if (h->module_count == HANDOFF_MODULES)
		return "there are more modules than the kernel takes";
	h->modules[h->module_count++] = (struct range){base, end - base};
	return NULL;
}

static bool overlap(const struct range *a, const struct range *b)
{
	return a->base < range_end(b) && b->base < range_end(a);
}

/* RAM that is also something else is used for neither: nobody knows which is true. */
const char *handoff_check(const struct handoff *h)
{
	if (!h->range_count)
		return "the loader gave no memory map";
	for (u32 i = 0; i < h->range_count; i++) {
		if (i && overlap(&h->ranges[i - 1], &h->ranges[i]))
			return "entries of the memory map overlap";
		for (u32 k = 0; k < h->reserved_count; k++)
			if (overlap(&h->ranges[i], &h->reserved[k]))
				return "the memory map calls the same memory free and reserved";
	}
	return NULL;
}
