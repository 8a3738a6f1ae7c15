/*
 * region.c - the ordered list of regions (region.h; A1). Look-ups start where the last one ended: faults come
 * in runs.
 */
#include "kernel/lib/panic.h"
#include "mm/cache.h"
#include "mm/region.h"

static struct cache region_cache;

void region_init(void)
{
	cache_init(&region_cache, "region", sizeof(struct region), 0);
}

struct region *region_alloc(void)
{
	return cache_alloc(&region_cache);
}

void region_free(struct region *r)
{
	if (r)
		cache_free(&region_cache, r);
}

struct region *region_following(struct aspace *as, struct region *r)
{
	return r->link.next == &as->regions ? NULL : list_entry(r->link.next, struct region, link);
}

struct region *region_at_or_after(struct aspace *as, u64 va)
{
	list_for(i, &as->regions) {
		struct region *r = list_entry(i, struct region, link);

		if (r->end > va)
			return r;
	}
	return NULL;
}

struct region *region_find(struct aspace *as, u64 va)
{
	struct region *r = as->recent;

	if (r && va >= r->start && va < r->end)
		return r;
	r = region_at_or_after(as, va);
	if (!r || va < r->start)
		return NULL;
	as->recent = r;
	return r;
}

void region_insert(struct aspace *as, struct region *r)
{
	struct region *after = region_at_or_after(as, r->start);

	ASSERT(!after || after->start >= r->end); /* A1 */
	list_insert_before(after ? &after->link : &as->regions, &r->link);
}

void region_remove(struct aspace *as, struct region *r)
{
	if (as->recent == r)
		as->recent = NULL;
	list_remove(&r->link);
	region_free(r);
}

void region_split(struct aspace *as, u64 va, struct region **spare)
{
	struct region *r = region_find(as, va), *upper = *spare;

	if (!r || r->start == va)
		return;
	*spare = NULL;
	*upper = *r;
	upper->start = va;
	r->end = va;
	list_insert_before(r->link.next, &upper->link);
}

static bool splits_at(struct aspace *as, u64 va)
{
	const struct region *r = region_find(as, va);

	return r && r->start != va;
}

void region_spares_free(struct region *spare[2])
{
	region_free(spare[0]);
	region_free(spare[1]);
}

bool region_spares(struct aspace *as, u64 start, u64 end, struct region *spare[2])
{
	bool first = splits_at(as, start), second = splits_at(as, end);

	spare[0] = first ? region_alloc() : NULL;
	spare[1] = second ? region_alloc() : NULL;
	if (first <= !!spare[0] && second <= !!spare[1])
		return true;
	region_spares_free(spare);
	spare[0] = spare[1] = NULL;
	return false;
}

static bool alike(const struct region *a, const struct region *b)
{
	return a->end == b->start && a->prot == b->prot && a->kind == b->kind && a->name == b->name &&
	       a->backing.data == b->backing.data && a->backing.start == b->backing.start &&
	       a->backing.length == b->backing.length;
}

void region_merge(struct aspace *as, u64 start, u64 end)
{
	struct region *r = region_at_or_after(as, start ? start - 1 : 0), *next;

	while (r && r->start <= end && (next = region_following(as, r))) {
		if (!alike(r, next)) {
			r = next;
			continue;
		}
		r->end = next->end;
		region_remove(as, next);
	}
}

const char *region_name(const struct region *r)
{
	static const char *const by_kind[] = {
		[REGION_ANON] = "[anon]", [REGION_HEAP] = "[heap]",
		[REGION_STACK] = "[stack]", [REGION_IMAGE] = "[image]", [REGION_FILE] = "[file]",
	};

	return r->name ? r->name : by_kind[r->kind];
}
