/*
 * handoff.c - the part of the hand-off record that both loaders share: its ranges and modules.
 *
 * Pure: no logging, no globals. The host's tests compile it as it is.
 */
#include "boot/handoff.h"

#include "boot/parse.h"

static u64 range_end(const struct range *r)
{
	return r->base + r->length;
}

bool handoff_add_range(struct handoff *h, u64 base, u64 length, enum range_kind kind)
{
	struct range *last = h->range_count ? &h->ranges[h->range_count - 1] : NULL;

	if (length > ~base)
		return false;
	if (!length)
		return true;
	/* UEFI loaders describe one stretch of memory in many pieces. */
	if (last && last->kind == kind && range_end(last) == base) {
		last->length += length;
		return true;
	}
	if (h->range_count == HANDOFF_RANGES)
		return false;
	h->ranges[h->range_count++] = (struct range){base, length, kind};
	return true;
}

bool handoff_add_loader_range(struct handoff *h, const u8 *entry)
{
	static const enum range_kind kinds[] = {RANGE_RESERVED, RANGE_RAM, RANGE_RESERVED,
						RANGE_ACPI, RANGE_NVS, RANGE_BAD};
	u32 type = read32(entry + 16);

	return handoff_add_range(h, read64(entry), read64(entry + 8),
				 type < ARRAY_SIZE(kinds) ? kinds[type] : RANGE_RESERVED);
}

const char *handoff_add_module(struct handoff *h, u64 base, u64 end, u64 limit, const u8 *name,
			       const u8 *name_end)
{
	struct module *m;

	if (end < base || end > limit)
		return "a module lies outside of memory";
	if (h->module_count == HANDOFF_MODULES)
		return "there are more modules than the kernel takes";
	m = &h->modules[h->module_count++];
	m->base = base;
	m->length = end - base;
	text_copy(m->name, sizeof(m->name), name, name_end);
	return NULL;
}

/*
 * Takes `cut` out of RAM range i. What is left above the cut becomes a range of its own; if the table is
 * full it is given up, which loses memory but nothing else.
 */
static void range_cut(struct handoff *h, u32 i, const struct range *cut)
{
	struct range *r = &h->ranges[i];
	u64 cut_base = cut->base, cut_end = range_end(cut), end = range_end(r);
	u64 below = cut_base > r->base ? cut_base - r->base : 0;
	u64 above = end > cut_end ? end - cut_end : 0;

	if (below) {
		r->length = below;
		if (above && h->range_count < HANDOFF_RANGES)
			h->ranges[h->range_count++] = (struct range){cut_end, above, RANGE_RAM};
	} else {
		r->base = end - above;
		r->length = above;
	}
}

/* RAM gives way to every other kind, and to RAM that stands before it in the table. */
static bool must_yield(const struct handoff *h, u32 i, u32 j)
{
	const struct range *a = &h->ranges[i], *b = &h->ranges[j];

	if (i == j || !a->length || !b->length || (b->kind == RANGE_RAM && j > i))
		return false;
	return a->base < range_end(b) && b->base < range_end(a);
}

void handoff_sort(struct handoff *h)
{
	u32 kept = 0;

	for (u32 i = 0; i < h->range_count; i++) {
		for (u32 j = 0; j < h->range_count && h->ranges[i].kind == RANGE_RAM; j++) {
			if (must_yield(h, i, j))
				range_cut(h, i, &h->ranges[j]);
		}
	}
	/* Insertion sort; `kept` never passes i, so the record in hand is copied out first. */
	for (u32 i = 0; i < h->range_count; i++) {
		struct range r = h->ranges[i];
		u32 at = kept;

		if (!r.length)
			continue;
		for (; at > 0 && h->ranges[at - 1].base > r.base; at--)
			h->ranges[at] = h->ranges[at - 1];
		h->ranges[at] = r;
		kept++;
	}
	h->range_count = kept;
}
