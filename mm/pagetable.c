/*
 * pagetable.c - the walker and the commit function (pagetable.h: P1, P2).
 *
 * Each table's frame carries in its note how many entries are in use, so that a table which has become
 * empty is found without a scan.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/panic.h"
#include "mm/frame.h"
#include "mm/pagetable.h"
#include "mm/tlb.h"
#include "mm/tlb_model.h"

static pte_t *table_below(pte_t e)
{
	return frame_ptr(pte_frame(e));
}

void pt_batch_init(struct pt_batch *b, struct aspace *as)
{
	b->as = as;
	b->start = ~0ull;
	b->end = 0;
	b->count = 0;
}

void pt_batch_finish(struct pt_batch *b)
{
	if (b->start < b->end && b->as)
		tlb_flush_range(b->as, b->start, b->end);
	else if (b->start < b->end)
		tlb_flush_kernel();
	TLB_TELL(settle(b, "the commit is finished"));
	for (u32 i = 0; i < b->count; i++)
		frame_unref(b->frames[i]);
	pt_batch_init(b, b->as);
}

void pt_batch_free(struct pt_batch *b, pa_t frame)
{
	if (b->count == PT_BATCH)
		pt_batch_finish(b);
	b->frames[b->count++] = frame;
}

/* Does a TLB entry made from `old` permit more than `e`, or lead elsewhere? */
static bool takes_away(pte_t old, pte_t e)
{
	const u64 grants = PTE_P | PTE_W | PTE_U;

	if (!pte_present(old))
		return false; /* absence is never cached, SDM 3A 4.10.2.3 */
	return (old.v & ~e.v & grants) || (~old.v & e.v & PTE_NX) ||
	       ((old.v ^ e.v) & (PTE_FRAME | PTE_PCD | PTE_PWT));
}

void pt_commit(struct pt_batch *b, pte_t *at, pte_t e, u64 va, int level)
{
	/* atomic: the CPU may be setting A and D */
	pte_t old = {__atomic_exchange_n(&at->v, e.v, __ATOMIC_SEQ_CST)};

	TLB_TELL(owe(b, va, level, old, e, (u64)__builtin_return_address(0)));
	*pt_entries_used(at) += (u32)(e.v != 0) - (u32)(old.v != 0);
	if (!takes_away(old, e))
		return;
	/* One INVLPG drops all cached tables of the space, SDM 3A 4.10.4.1: a page's range will do for a table. */
	b->start = MIN(b->start, va);
	b->end = MAX(b->end, va + (level > 1 && !(old.v & PTE_PS) ? PAGE_SIZE : pt_span(level)));
}

static bool make_table(pte_t *at, u64 bits)
{
	pa_t f = frame_alloc_zeroed();

	if (!f.v)
		return false;
	*at = pte_make(f, PTE_P | PTE_W | PTE_A | bits);
	++*pt_entries_used(at);
	return true;
}

static int walk_table(pte_t *table, int level, u64 start, u64 end, struct pt_walk *w);

static int walk_entry(pte_t *at, int level, u64 start, u64 end, struct pt_walk *w)
{
	int r;

	if (level == 1)
		return at->v || w->empty ? w->leaf(w, at, start, level) : 0;
	if (!pte_present(*at)) {
		if (!w->empty)
			return 0;
		if (!make_table(at, w->table_bits))
			return -ENOMEM;
	} else if (at->v & PTE_PS) {
		return w->leaf(w, at, start, level);
	}
	r = walk_table(table_below(*at), level - 1, start, end, w);
	if (!r && w->table_done)
		r = w->table_done(w, at, ALIGN_DOWN(start, pt_span(level)), level);
	return r;
}

static int walk_table(pte_t *table, int level, u64 start, u64 end, struct pt_walk *w)
{
	u64 span = pt_span(level);

	if (level == 1 && w->run)
		return w->run(w, &table[pt_index(start, 1)], start, (u32)((end - start) >> PAGE_SHIFT));
	for (u64 va = start; va < end;) {
		u64 last = va | (span - 1); /* the next entry's address may not exist: the table ends at 2^64 */
		int r = walk_entry(&table[pt_index(va, level)], level, va, MIN(last, end - 1) + 1, w);

		if (r)
			return r;
		if (last >= end - 1)
			break;
		va = last + 1;
	}
	return 0;
}

int pt_walk_range(pa_t root, struct pt_walk *w)
{
	return walk_table(frame_ptr(root), PT_LEVELS, w->start, w->end, w);
}

pte_t *pt_find(pa_t root, u64 va)
{
	pte_t *table = frame_ptr(root);

	for (int level = PT_LEVELS; level > 1; level--) {
		pte_t e = table[pt_index(va, level)];

		if (!pte_present(e) || (e.v & PTE_PS))
			return NULL;
		table = table_below(e);
	}
	return &table[pt_index(va, 1)];
}

pte_t *pt_find_or_make(pa_t root, u64 va, int level, u64 table_bits)
{
	pte_t *table = frame_ptr(root);

	for (int l = PT_LEVELS; l > level; l--) {
		pte_t *at = &table[pt_index(va, l)];

		if (!pte_present(*at) && !make_table(at, table_bits))
			return NULL;
		ASSERT(!(at->v & PTE_PS));
		table = table_below(*at);
	}
	return &table[pt_index(va, level)];
}

int pt_free_empty_table(struct pt_walk *w, pte_t *at, u64 va, int level)
{
	pa_t table = pte_frame(*at);

	if (*frame_note(table))
		return 0;
	pt_commit(w->batch, at, (pte_t){0}, va, level);
	pt_batch_free(w->batch, table);
	return 0;
}
