/*
 * remap.c - mremap: a mapping shrinks or grows where it is, or moves with its pages (Linux mm/mremap.c).
 *
 * A move makes the tables of the new place first, while it can still fail; then each entry is taken from the old
 * place and stored at the new one, both through pt_commit(). The frames stay: what the old place owes to the TLB is
 * flushed before anybody goes on. Held: the space's mutex.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/layout.h"
#include "mm/pagetable.h"
#include "mm/region.h"

struct remap {
	struct aspace *as;
	u64 from, to, old_length, new_length; /* whole pages */
	u64 flags;
	u64 on_fork, had; /* of the region */
};

/* How many bytes of the old place go on at the new one. */
static u64 kept(const struct remap *m)
{
	return MIN(m->old_length, m->new_length);
}

static int reserve_leaf(struct pt_walk *w, pte_t *at, u64 va, int level)
{
	const struct remap *m = w->context;

	return pt_find_or_make(m->as->root, va - m->from + m->to, 1, PTE_U) ? 0 : -ENOMEM;
}

static int move_leaf(struct pt_walk *w, pte_t *at, u64 va, int level)
{
	const struct remap *m = w->context;
	u64 to = va - m->from + m->to;
	pte_t e = *at;

	pt_commit(w->batch, at, (pte_t){0}, va, level);
	pt_commit(w->batch, pt_find(m->as->root, to), e, to, 1);
	return 0;
}

static int pass_leaf(struct pt_walk *w, pte_t *at, u64 va, int level)
{
	return 0;
}

static int walk(struct remap *m, u64 start, u64 length, pt_visit leaf, pt_visit table_done)
{
	struct pt_batch b;
	struct pt_walk w = {.start = start, .end = start + length, .leaf = leaf, .table_done = table_done,
			    .batch = &b, .context = m};
	int err;

	pt_batch_init(&b, m->as);
	err = pt_walk_range(m->as->root, &w);
	pt_batch_finish(&b);
	return err;
}

/* What the region at m->from becomes at the new place. */
static struct region_spec spec_of(const struct remap *m, const struct region *r)
{
	struct region_spec spec = {.start = m->to, .length = m->new_length, .prot = r->prot, .name = r->name,
				   .kind = r->kind == REGION_HEAP ? REGION_ANON : r->kind, .backing = r->backing};

	if (spec.backing.data)
		spec.backing.offset += (i64)(m->from - r->start);
	return spec;
}

static void drop_empty_tables(struct remap *m, u64 start, u64 length)
{
	walk(m, start, length, pass_leaf, pt_free_empty_table);
}

/* Everything is allocated. What was at the new place goes. Tables stay until the last page has arrived: one that is
 * empty for the moment, at either place, may be one that was reserved. */
static void move_commit(struct remap *m, const struct region_spec *s, struct region *new, struct region *spares[4])
{
	struct aspace *as = m->as;

	aspace_unmap_commit(as, m->to, m->to + m->new_length, spares, NULL);
	walk(m, m->from, kept(m), move_leaf, NULL);
	drop_empty_tables(m, m->to, m->new_length);
	if (m->flags & MREMAP_DONTUNMAP)
		drop_empty_tables(m, m->from, m->old_length);
	else
		aspace_unmap_commit(as, m->from, m->from + m->old_length, spares + 2, pt_free_empty_table);
	*new = (struct region){.start = s->start, .end = s->start + s->length, .prot = s->prot, .kind = s->kind,
			       .on_fork = m->on_fork, .had = m->had, .backing = s->backing, .name = s->name};
	region_insert(as, new);
	region_merge(as, s->start, new->end);
}

static i64 move(struct remap *m, const struct region *r)
{
	const struct region_spec spec = spec_of(m, r);
	struct region *spares[4] = {NULL}, *new = region_alloc();
	bool ok = new && region_spares(m->as, m->to, m->to + m->new_length, spares) &&
		  region_spares(m->as, m->from, m->from + m->old_length, spares + 2) &&
		  !walk(m, m->from, kept(m), reserve_leaf, NULL);

	m->on_fork = r->on_fork;
	m->had = r->had;
	if (ok)
		move_commit(m, &spec, new, spares);
	else
		drop_empty_tables(m, m->to, m->new_length);
	region_spares_free(spares);
	region_spares_free(spares + 2);
	if (ok)
		return (i64)m->to;
	region_free(new);
	return -ENOMEM;
}

/* `fixed`: what is at the new place goes, and makes room. */
static int check_size(const struct remap *m, const struct region *r, bool fixed)
{
	struct region_spec spec = spec_of(m, r);
	u64 more = m->new_length - (m->flags & MREMAP_DONTUNMAP ? 0 : kept(m));

	if (!m->old_length)
		return -EINVAL; /* another view of shared memory, of which there is none */
	if (kept(m) > r->end - m->from)
		return -EFAULT;
	if (!fixed)
		spec.length = 0;
	return !more || aspace_may_grow(m->as, &spec, more) ? 0 : -ENOMEM;
}

static i64 remap_to(struct remap *m, const struct region *r)
{
	bool fixed = m->flags & MREMAP_FIXED;
	int err;

	if (!IS_ALIGNED(m->to, PAGE_SIZE) || m->new_length > USER_TOP || m->to > USER_TOP - m->new_length ||
	    (m->from + m->old_length > m->to && m->to + m->new_length > m->from) ||
	    (m->old_length > m->new_length && m->old_length > USER_TOP - m->from))
		return -EINVAL;
	err = check_size(m, r, fixed);
	if (err)
		return err;
	if (fixed)
		return m->to < USER_BOTTOM ? -EPERM : move(m, r);
	m->to = aspace_find_room(m->as, m->to, m->new_length);
	return m->to ? move(m, r) : -ENOMEM;
}

static i64 grow(struct remap *m, struct region *r)
{
	u64 more = m->new_length - m->old_length;
	int err = check_size(m, r, false);

	if (err)
		return err;
	if (r->end == m->from + m->old_length && aspace_is_free(m->as, r->end, more)) {
		region_set(m->as, r, r->start, r->end + more);
		region_merge(m->as, r->start, r->end);
		return (i64)m->from;
	}
	m->to = m->flags & MREMAP_MAYMOVE ? aspace_find_room(m->as, 0, m->new_length) : 0;
	return m->to ? move(m, r) : -ENOMEM;
}

static bool flags_ok(const struct remap *m)
{
	if (m->flags & ~(u64)(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP))
		return false;
	return !(m->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) || (m->flags & MREMAP_MAYMOVE);
}

i64 aspace_remap(struct aspace *as, u64 from, u64 old_length, u64 new_length, u64 flags, u64 to)
{
	struct remap m = {as, from, to, ALIGN_UP(old_length, PAGE_SIZE), ALIGN_UP(new_length, PAGE_SIZE), flags, 0, 0};
	struct region *r;
	int err;

	if (!flags_ok(&m) || ((flags & MREMAP_DONTUNMAP) && old_length != new_length) ||
	    !IS_ALIGNED(from, PAGE_SIZE) || !m.new_length)
		return -EINVAL;
	r = region_find(as, from);
	if (!r)
		return -EFAULT;
	if (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP))
		return remap_to(&m, r);
	if (m.old_length < m.new_length)
		return grow(&m, r);
	err = m.old_length > m.new_length ? aspace_unmap(as, from + m.new_length, m.old_length - m.new_length) : 0;
	return err ? err : (i64)from;
}
