/*
 * region.c - see region.h; A1. A look-up tries first where the last one ended: faults come in runs.
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

static struct region *region_of(struct tree_node *n)
{
	return n ? tree_entry(n, struct region, node) : NULL;
}

static u64 gap(u64 end, u64 low)
{
	return low > end ? low - end : 0;
}

static void summarize(struct tree_node *n)
{
	struct region *r = region_of(n), *left = region_of(n->child[0]), *right = region_of(n->child[1]);

	r->low = region_low(r);
	r->high = r->end;
	r->widest = 0;
	if (left) {
		r->widest = MAX(left->widest, gap(left->high, r->low));
		r->low = left->low;
	}
	if (right) {
		r->high = right->high;
		r->widest = MAX(r->widest, MAX(right->widest, gap(r->end, right->low)));
	}
}

void region_tree_init(struct tree *t)
{
	*t = (struct tree){.update = summarize};
}

struct region *region_first(const struct aspace *as)
{
	return region_of(tree_end(as->regions.root, 0));
}

struct region *region_following(const struct region *r)
{
	return region_of(tree_neighbour(&r->node, 1));
}

struct region *region_preceding(const struct region *r)
{
	return region_of(tree_neighbour(&r->node, 0));
}

struct region *region_at_or_after(struct aspace *as, u64 va)
{
	struct region *r = region_of(as->regions.root), *found = NULL;

	while (r) {
		bool above = r->end > va;

		if (above)
			found = r;
		r = region_of(r->node.child[!above]);
	}
	return found;
}

/* In the gaps above each region of r's subtree; what follows the subtree begins at `ceiling`, or it is the top. */
static u64 room_in(struct region *r, u64 ceiling, u64 top, u64 length)
{
	u64 found;

	while (r && (r->widest >= length || MIN(ceiling, top) >= r->high + length)) {
		struct region *right = region_of(r->node.child[1]);

		found = room_in(right, ceiling, top, length);
		if (found)
			return found;
		ceiling = MIN(right ? right->low : ceiling, top);
		if (ceiling >= r->end + length)
			return ceiling;
		ceiling = region_low(r);
		r = region_of(r->node.child[0]);
	}
	return 0;
}

u64 region_room(const struct aspace *as, u64 top, u64 length)
{
	struct region *root = region_of(as->regions.root);
	u64 found = room_in(root, top, top, length);

	if (found)
		return found;
	top = MIN(root ? root->low : top, top);
	return top >= USER_BOTTOM + length ? top : 0;
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
	struct region *next = region_at_or_after(as, r->start);
	struct tree_node *parent = next ? tree_end(next->node.child[0], 1) : tree_end(as->regions.root, 1);

	ASSERT(!next || next->start >= r->end); /* A1 */
	if (next && !parent)
		tree_insert(&as->regions, &r->node, &next->node, 0);
	else
		tree_insert(&as->regions, &r->node, parent, 1);
}

void region_set(struct aspace *as, struct region *r, u64 start, u64 end)
{
	r->start = start;
	r->end = end;
	tree_changed(&as->regions, &r->node);
}

void region_remove(struct aspace *as, struct region *r)
{
	if (as->recent == r)
		as->recent = NULL;
	tree_remove(&as->regions, &r->node);
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
	upper->backing.offset += (i64)(va - r->start);
	region_set(as, r, r->start, va);
	region_insert(as, upper);
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
	const struct backing *x = &a->backing, *y = &b->backing;

	return a->end == b->start && a->prot == b->prot && a->kind == b->kind && a->name == b->name &&
	       a->on_fork == b->on_fork && a->had == b->had &&
	       x->data == y->data && x->size == y->size &&
	       (!x->data || x->offset + (i64)(a->end - a->start) == y->offset);
}

void region_merge(struct aspace *as, u64 start, u64 end)
{
	struct region *r = region_at_or_after(as, start ? start - 1 : 0), *next;

	while (r && r->start <= end && (next = region_following(r))) {
		u64 joined = next->end;

		if (!alike(r, next)) {
			r = next;
			continue;
		}
		region_remove(as, next);
		region_set(as, r, r->start, joined);
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
