/*
 * test_pagetable.c - the walker over levels, making and freeing tables, and what a commit owes to the TLB
 * (pagetable.h: P1, P2). On a space's own tables, which no CPU has loaded.
 */
#include "kernel/lib/config.h"
#include "kernel/lib/string.h"
#include "mm/frame.h"
#include "mm/pagetable.h"
#include "tests/kernel/support.h"

#define MIB2   0x200000ul
#define GIB    0x40000000ul
#define GIB512 0x8000000000ul
#define LAST   (USER_TOP - PAGE_SIZE)

/* Ascending, on both sides of every level's edges. */
static const u64 places[] = {
	0, PAGE_SIZE, MIB2 - PAGE_SIZE, MIB2, GIB - PAGE_SIZE, GIB, GIB512 - PAGE_SIZE, GIB512, LAST,
};

struct seen {
	u32 count, stop_after;
	u64 last;
	bool ascending;
	u32 tables[PT_LEVELS + 1];
	u64 va[16];
};

static int see_leaf(struct pt_walk *w, pte_t *at, u64 va, int level)
{
	struct seen *s = w->context;

	(void)at;
	s->ascending &= (!s->count || va > s->last) && level == 1;
	s->last = va;
	if (s->count < ARRAY_SIZE(s->va))
		s->va[s->count] = va;
	return ++s->count == s->stop_after ? 42 : 0;
}

static int see_table(struct pt_walk *w, pte_t *at, u64 va, int level)
{
	struct seen *s = w->context;

	s->tables[level]++;
	s->ascending &= IS_ALIGNED(va, pt_span(level)) && pte_present(*at) && va + pt_span(level) > s->last;
	return 0;
}

static int drop_leaf(struct pt_walk *w, pte_t *at, u64 va, int level)
{
	pa_t f = pte_frame(*at);

	pt_commit(w->batch, at, (pte_t){0}, va, level);
	pt_batch_free(w->batch, f);
	return 0;
}

/* Leaves and tables of [start, end) go. */
static void drop(struct aspace *as, u64 start, u64 end)
{
	struct pt_batch b;
	struct pt_walk w = {
		.start = start, .end = end, .leaf = drop_leaf, .table_done = pt_free_empty_table, .batch = &b,
	};

	pt_batch_init(&b, as);
	EXPECT_EQ(pt_walk_range(as->root, &w), 0);
	pt_batch_finish(&b);
}

static bool put(struct aspace *as, u64 va)
{
	pte_t *at = pt_find_or_make(as->root, va, 1, PTE_U);
	pa_t f = frame_alloc();
	struct pt_batch b;

	if (!at || !f.v)
		return false;
	pt_batch_init(&b, as);
	pt_commit(&b, at, pte_make(f, PTE_P | PTE_U | PTE_NX), va, 1);
	return b.start >= b.end;
}

/* A space with a page at each of the places. */
static struct aspace *space_with_places(void)
{
	struct aspace *as = aspace_create();

	EXPECT(as);
	for (u32 i = 0; as && i < ARRAY_SIZE(places); i++)
		EXPECT(put(as, places[i]));
	return as;
}

KTEST(pt_address_split)
{
	u64 va = 0x0000123456789abc;

	EXPECT_EQ(pt_index(va, 4), 0x24);
	EXPECT_EQ(pt_index(va, 3), 0xd1);
	EXPECT_EQ(pt_index(va, 2), 0xb3);
	EXPECT_EQ(pt_index(va, 1), 0x189);
	EXPECT_EQ(pt_index(~0ul, 4), 511);
	EXPECT(pt_span(1) == PAGE_SIZE && pt_span(2) == MIB2 && pt_span(3) == GIB && pt_span(4) == GIB512);
}

KTEST(pt_find_or_make)
{
	struct aspace *as = aspace_create();
	u64 used = frame_used();
	pte_t *at, *next;

	REQUIRE(as);
	EXPECT(!pt_find(as->root, GIB));
	at = pt_find_or_make(as->root, GIB, 1, PTE_U);
	EXPECT(at && !at->v);
	EXPECT_EQ(frame_used(), used + 3);
	next = pt_find_or_make(as->root, GIB + PAGE_SIZE, 1, PTE_U);
	EXPECT(next == at + 1 && frame_used() == used + 3);
	EXPECT(pt_find(as->root, GIB) == at && !pt_find(as->root, GIB + MIB2));
	at = pt_find_or_make(as->root, GIB, 2, PTE_U);
	EXPECT(at && (at->v & (PTE_P | PTE_W | PTE_U | PTE_NX | PTE_PS)) == (PTE_P | PTE_W | PTE_U));
	EXPECT_EQ(*frame_note(pte_frame(*at)), 0);
	drop(as, 0, USER_TOP);
	aspace_unref(as);
}

KTEST(pt_walk_visits_in_order)
{
	struct aspace *as = space_with_places();
	struct seen s = {.ascending = true};
	struct pt_walk w = {.end = USER_TOP, .leaf = see_leaf, .table_done = see_table, .context = &s};

	REQUIRE(as);
	EXPECT_EQ(pt_walk_range(as->root, &w), 0);
	EXPECT(s.ascending);
	EXPECT_EQ(s.count, ARRAY_SIZE(places));
	for (u32 i = 0; i < ARRAY_SIZE(places); i++)
		EXPECT_EQ(s.va[i], places[i]);
	EXPECT(s.tables[2] == 7 && s.tables[3] == 5 && s.tables[4] == 3);
	drop(as, 0, USER_TOP);
	aspace_unref(as);
}

KTEST(pt_walk_keeps_to_its_range)
{
	struct aspace *as = space_with_places();
	struct seen s = {.ascending = true};
	struct pt_walk w = {.start = PAGE_SIZE, .end = GIB, .leaf = see_leaf, .context = &s};

	REQUIRE(as);
	EXPECT_EQ(pt_walk_range(as->root, &w), 0);
	EXPECT(s.count == 4 && s.va[0] == PAGE_SIZE && s.last == GIB - PAGE_SIZE);
	s = (struct seen){.ascending = true, .stop_after = 3};
	w.start = 0;
	w.end = USER_TOP;
	EXPECT_EQ(pt_walk_range(as->root, &w), 42);
	EXPECT_EQ(s.count, 3);
	s = (struct seen){.ascending = true};
	w.start = w.end = MIB2;
	EXPECT(!pt_walk_range(as->root, &w) && !s.count);
	drop(as, 0, USER_TOP);
	aspace_unref(as);
}

/* The table's last entry ends at 2^64, which is no number: the walk must end there all the same. */
KTEST(pt_walk_top_of_memory)
{
	struct aspace *as = aspace_create();
	u64 top = 0xfffffffffffff000ul;
	struct seen s = {.ascending = true};
	struct pt_walk w = {.start = top - 16 * PAGE_SIZE, .end = top, .leaf = see_leaf, .context = &s};

	REQUIRE(as);
	memset(frame_ptr(as->root), 0, PAGE_SIZE); /* nobody loads it */
	EXPECT(put(as, top - PAGE_SIZE) && put(as, top - 3 * PAGE_SIZE) && put(as, PAGE_SIZE));
	EXPECT_EQ(pt_walk_range(as->root, &w), 0);
	EXPECT(s.count == 2 && s.va[0] == top - 3 * PAGE_SIZE && s.va[1] == top - PAGE_SIZE);
	drop(as, 0, top);
	EXPECT_EQ(*frame_note(as->root), 0);
	aspace_unref(as);
}

KTEST(pt_walk_empty_entries)
{
	struct aspace *as = aspace_create();
	u64 used = frame_used();
	struct seen s = {.ascending = true};
	struct pt_walk w = {.start = MIB2 - 2 * PAGE_SIZE, .end = MIB2 + PAGE_SIZE, .leaf = see_leaf, .context = &s,
			    .empty = true, .table_bits = PTE_U};

	REQUIRE(as);
	EXPECT_EQ(pt_walk_range(as->root, &w), 0);
	EXPECT(s.count == 3 && s.ascending);
	EXPECT_EQ(frame_used(), used + 4);
	w.empty = false;
	s.count = 0;
	EXPECT(!pt_walk_range(as->root, &w) && !s.count);
	drop(as, 0, GIB); /* empty tables are found without leaves, too */
	EXPECT_EQ(frame_used(), used);
	aspace_unref(as);
}

static int see_run(struct pt_walk *w, pte_t *first, u64 va, u32 count)
{
	struct seen *s = w->context;

	s->ascending &= va == s->last && count <= PT_ENTRIES && pt_index(va, 1) + count <= PT_ENTRIES;
	s->last = va + count * PAGE_SIZE;
	for (u32 i = 0; i < count; i++)
		s->tables[1] += first[i].v != 0;
	return ++s->count == s->stop_after ? 42 : 0;
}

/* Level 1 in runs: each is a part of one table, clipped to the range; missing tables have none. */
KTEST(pt_walk_in_runs)
{
	struct aspace *as = space_with_places();
	struct seen s = {.ascending = true, .last = MIB2 - 3 * PAGE_SIZE};
	struct pt_walk w = {.start = MIB2 - 3 * PAGE_SIZE, .end = MIB2 + 5 * PAGE_SIZE, .run = see_run, .context = &s};

	REQUIRE(as);
	EXPECT_EQ(pt_walk_range(as->root, &w), 0);
	EXPECT(s.ascending && s.count == 2 && s.tables[1] == 2 && s.last == MIB2 + 5 * PAGE_SIZE);
	s = (struct seen){.stop_after = 2};
	w.start = 0;
	w.end = USER_TOP;
	EXPECT(pt_walk_range(as->root, &w) == 42 && s.count == 2);
	drop(as, 0, USER_TOP);
	aspace_unref(as);
}

KTEST(pt_free_empty_tables)
{
	struct aspace *as = aspace_create();
	u64 used = frame_used();

	REQUIRE(as);
	EXPECT(put(as, GIB) && put(as, GIB + PAGE_SIZE) && put(as, GIB + MIB2));
	EXPECT_EQ(frame_used(), used + 3 + 4);
	drop(as, GIB, GIB + PAGE_SIZE);
	EXPECT_EQ(frame_used(), used + 2 + 4);
	drop(as, GIB + PAGE_SIZE, GIB + 2 * PAGE_SIZE);
	EXPECT_EQ(frame_used(), used + 1 + 3);
	EXPECT(!pt_find(as->root, GIB) && pt_find(as->root, GIB + MIB2));
	drop(as, 0, USER_TOP);
	EXPECT_EQ(frame_used(), used);
	EXPECT_EQ(*frame_note(as->root), 0);
	aspace_unref(as);
}

#define FRAME_A 0x5000ul /* never touched: the entries of this table are not in use by anybody */
#define FRAME_B 0x6000ul
#define RW      (PTE_P | PTE_U | PTE_W | PTE_NX)

static struct aspace nowhere; /* no CPU has it loaded: nothing is owed */

static const struct {
	u64 before, after;
	bool owes;
} debts[] = {
	{0, FRAME_A | RW, false},                                /* absence is not cached */
	{FRAME_A | RW, 0, true},
	{FRAME_A | RW, FRAME_A | (RW & ~PTE_W), true},
	{FRAME_A | (RW & ~PTE_W), FRAME_A | RW, false},          /* a gain: the fault is spurious at worst */
	{FRAME_A | RW, FRAME_A | (RW & ~PTE_U), true},
	{FRAME_A | PTE_P, FRAME_A | PTE_P | PTE_NX, true},
	{FRAME_A | PTE_P | PTE_NX, FRAME_A | PTE_P, false},
	{FRAME_A | RW, FRAME_B | RW, true},
	{FRAME_A | RW, FRAME_A | RW | PTE_PCD, true},
	{FRAME_A | RW | PTE_PWT, FRAME_A | RW, true},
	{FRAME_A | RW, FRAME_A | RW | PTE_A | PTE_D, false},
	{FRAME_A | RW, FRAME_A | PTE_A, true},                   /* PROT_NONE: the frame stays */
	{FRAME_A | PTE_A, FRAME_A | RW, false},
	{FRAME_A | PTE_A, FRAME_B | RW, false},
	{FRAME_A | RW, FRAME_A | RW, false},
};

KTEST(pt_commit_debts)
{
	pa_t table = frame_alloc_zeroed();
	pte_t *at = frame_ptr(table);
	struct pt_batch b;

	REQUIRE(table.v);
	for (u32 i = 0; i < ARRAY_SIZE(debts); i++) {
		at->v = debts[i].before;
		*frame_note(table) = debts[i].before != 0;
		pt_batch_init(&b, &nowhere);
		pt_commit(&b, at, (pte_t){debts[i].after}, GIB, 1);
		ktest_check((b.start < b.end) == debts[i].owes, __FILE__, __LINE__, "the debt of this row");
		if ((b.start < b.end) != debts[i].owes)
			EXPECT_EQ(i, ~0u);
		EXPECT(!debts[i].owes || (b.start == GIB && b.end == GIB + PAGE_SIZE));
		EXPECT_EQ(at->v, debts[i].after);
		EXPECT_EQ(*frame_note(table), debts[i].after != 0);
	}
	at->v = 0;
	frame_unref(table);
}

/* Ranges add up; a large page owes all of itself, a table one page (INVLPG drops all cached tables). */
KTEST(pt_commit_ranges)
{
	pa_t table = frame_alloc_zeroed();
	pte_t *at = frame_ptr(table);
	struct pt_batch b;

	REQUIRE(table.v);
	*frame_note(table) = 4;
	for (u32 i = 0; i < 4; i++)
		at[i].v = FRAME_A | RW;
	pt_batch_init(&b, &nowhere);
	pt_commit(&b, &at[2], (pte_t){0}, GIB + 2 * PAGE_SIZE, 1);
	pt_commit(&b, &at[1], (pte_t){0}, GIB + PAGE_SIZE, 1);
	EXPECT(b.start == GIB + PAGE_SIZE && b.end == GIB + 3 * PAGE_SIZE);
	pt_batch_init(&b, &nowhere);
	at[0].v |= PTE_PS;
	pt_commit(&b, &at[0], (pte_t){0}, MIB2, 2);
	EXPECT(b.start == MIB2 && b.end == 2 * MIB2);
	pt_batch_init(&b, &nowhere);
	pt_commit(&b, &at[3], (pte_t){0}, GIB, 3);
	EXPECT(b.start == GIB && b.end == GIB + PAGE_SIZE);
	EXPECT_EQ(*frame_note(table), 0);
	frame_unref(table);
}

/* A frame keeps its reference until the flush: at the latest when PT_BATCH of them have gathered. */
KTEST(pt_batch_frees_after_flush)
{
	struct pt_batch b;
	pa_t f[PT_BATCH + 1];

	pt_batch_init(&b, NULL);
	for (u32 i = 0; i <= PT_BATCH; i++) {
		f[i] = frame_alloc();
		REQUIRE(f[i].v);
	}
	for (u32 i = 0; i < PT_BATCH; i++)
		pt_batch_free(&b, f[i]);
	EXPECT(b.count == PT_BATCH && frame_refs(f[0]) == 1 && frame_refs(f[PT_BATCH - 1]) == 1);
	pt_batch_free(&b, f[PT_BATCH]);
	EXPECT(b.count == 1 && frame_refs(f[0]) == 0 && frame_refs(f[PT_BATCH]) == 1);
	pt_batch_finish(&b);
	EXPECT(b.count == 0 && frame_refs(f[PT_BATCH]) == 0 && b.start >= b.end);
}

KTEST(pt_alloc_failure)
{
	struct aspace *as = aspace_create();
	u64 used = frame_used();

	REQUIRE(as);
	if (!BUILD_TEST)
		ktest_skip("allocations fail on demand in test builds only");
	for (u64 nth = 1; BUILD_TEST && nth <= 3; nth++) {
		alloc_fail_set(nth);
		EXPECT(!pt_find_or_make(as->root, GIB, 1, PTE_U) && alloc_fail_hit());
		alloc_fail_set(0);
		EXPECT_EQ(frame_used(), used + nth - 1);
		drop(as, 0, USER_TOP);
		EXPECT_EQ(frame_used(), used);
	}
	aspace_unref(as);
}
