/*
 * test_aspace.c - regions and their edges: map, unmap, protect, room, the break, discard (aspace.h: A1, A2).
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/layout.h"
#include "kernel/lib/log.h"
#include "kernel/lib/string.h"
#include "kernel/x86/trapframe.h"
#include "mm/frame.h"
#include "mm/pte.h"
#include "mm/region.h"
#include "sched/mutex.h"
#include "tests/kernel/support.h"

#define A  0x20000000ul
#define PG PAGE_SIZE

static const struct region *region_number(const struct aspace *as, u32 n)
{
	const struct region *r = region_first(as);

	while (r && n--)
		r = region_following(r);
	return r;
}

/* Region n is [A + from pages, A + to pages) with these rights. */
static bool region_is(const struct aspace *as, u32 n, u64 from, u64 to, enum prot prot)
{
	const struct region *r = region_number(as, n);

	return r && r->start == A + from * PG && r->end == A + to * PG && r->prot == prot;
}

/* A1, and that `resident` counts the entries. */
static void check_space(struct aspace *as)
{
	u64 last = USER_BOTTOM, resident = 0;

	for (const struct region *r = region_first(as); r; r = region_following(r)) {
		EXPECT(r->start >= last && r->start < r->end && r->end <= USER_TOP);
		EXPECT(IS_ALIGNED(r->start | r->end, PAGE_SIZE));
		last = r->end;
		resident += region_resident(as, r);
	}
	EXPECT_EQ(as->resident, resident);
}

static void done(struct aspace *as)
{
	check_space(as);
	aspace_unref(as);
}

KTEST(aspace_map_refuses)
{
	static const u64 bad[][2] = {
		{A + 1, PG}, {A, 0}, {0, PG}, {USER_BOTTOM - PG, PG}, {USER_TOP, PG}, {USER_TOP - PG, 2 * PG},
		{DIRECT_BASE, PG}, {A, ~0ul - A + 1}, {~0ul - PG + 1, PG}, {A, USER_TOP},
	};
	struct aspace *as = aspace_create();

	REQUIRE(as);
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		const struct region_spec spec = {.start = bad[i][0], .length = bad[i][1], .prot = PROT_RW};

		EXPECT_EQ(aspace_map(as, &spec), -EINVAL);
	}
	EXPECT_EQ(space_map(as, USER_BOTTOM, 1, PROT_R), 0);
	EXPECT_EQ(space_map(as, USER_TOP - PG, 1, PROT_R), 0);
	EXPECT_EQ(space_regions(as), 2);
	done(as);
}

KTEST(aspace_merge)
{
	struct aspace *as = space_of(A, 2, PROT_RW);

	REQUIRE(as);
	EXPECT(!space_map(as, A + 4 * PG, 2, PROT_RW) && space_regions(as) == 2);
	EXPECT(!space_map(as, A + 2 * PG, 2, PROT_RW));
	EXPECT(space_regions(as) == 1 && region_is(as, 0, 0, 6, PROT_RW));
	EXPECT(!space_map(as, A + 6 * PG, 1, PROT_R) && space_regions(as) == 2);
	done(as);
}

/* Mapping over what is there replaces it: left edge, right edge, middle, all, and across several. */
KTEST(aspace_map_replaces)
{
	struct aspace *as = space_of(A, 8, PROT_RW);

	REQUIRE(as);
	space_touch(as, A, 8);
	EXPECT(!space_map(as, A + 3 * PG, 2, PROT_R));
	EXPECT(space_regions(as) == 3 && region_is(as, 0, 0, 3, PROT_RW) && region_is(as, 1, 3, 5, PROT_R) &&
	       region_is(as, 2, 5, 8, PROT_RW));
	EXPECT_EQ(as->resident, 6);
	EXPECT(!space_map(as, A, 1, PROT_RX) && region_is(as, 0, 0, 1, PROT_RX) && region_is(as, 1, 1, 3, PROT_RW));
	EXPECT(!space_map(as, A + 7 * PG, 2, PROT_R) && region_is(as, 4, 7, 9, PROT_R));
	check_space(as);
	EXPECT(!space_map(as, A, 9, PROT_RW) && space_regions(as) == 1 && as->resident == 0);
	done(as);
}

KTEST(aspace_unmap_edges)
{
	struct aspace *as = space_of(A, 8, PROT_RW);

	REQUIRE(as);
	space_touch(as, A, 8);
	EXPECT(!space_unmap(as, A + 3 * PG, 2) && space_regions(as) == 2 && as->resident == 6);
	EXPECT(region_is(as, 0, 0, 3, PROT_RW) && region_is(as, 1, 5, 8, PROT_RW));
	EXPECT(!space_unmap(as, A + 3 * PG, 2)); /* a hole is fine */
	EXPECT(!space_unmap(as, A - 5 * PG, 6) && region_is(as, 0, 1, 3, PROT_RW));
	EXPECT(!space_unmap(as, A + 2 * PG, 4) && region_is(as, 0, 1, 2, PROT_RW) && region_is(as, 1, 6, 8, PROT_RW));
	EXPECT_EQ(space_fault(as, A + 2 * PG, 0), -EFAULT);
	EXPECT_EQ(as->resident, 3);
	check_space(as);
	EXPECT(!space_unmap(as, USER_BOTTOM, (USER_TOP - USER_BOTTOM) / PG) && !space_regions(as) && !as->resident);
	EXPECT_EQ(space_unmap(as, A + 1, 1), -EINVAL);
	EXPECT_EQ(space_unmap(as, A, 0), -EINVAL);
	EXPECT_EQ(space_unmap(as, USER_TOP, 1), -EINVAL);
	done(as);
}

/* An unmapped page's frame and empty tables go back at once, not with the space. */
KTEST(aspace_unmap_frees)
{
	struct aspace *as = space_of(A, 600, PROT_RW);
	u64 used = frame_used();

	REQUIRE(as);
	space_touch(as, A, 600);
	EXPECT(frame_used() >= used + 600);
	EXPECT(!space_unmap(as, A, 600));
	EXPECT(frame_used() <= used + 1); /* a slab of regions may have grown */
	done(as);
}

KTEST(aspace_protect_splits)
{
	struct aspace *as = space_of(A, 6, PROT_RW);

	REQUIRE(as);
	space_touch(as, A, 6);
	EXPECT(!space_protect(as, A + 2 * PG, 2, PROT_R) && space_regions(as) == 3);
	EXPECT(region_is(as, 1, 2, 4, PROT_R) && !(space_entry(as, A + 2 * PG) & PTE_W));
	EXPECT(space_entry(as, A + 4 * PG) & PTE_W);
	EXPECT_EQ(space_fault(as, A + 3 * PG, PF_WRITE | PF_PRESENT), -EACCES);
	EXPECT(!space_protect(as, A + 2 * PG, 2, PROT_RW) && space_regions(as) == 1 && as->resident == 6);
	EXPECT(space_entry(as, A + 2 * PG) & PTE_W);
	done(as);
}

/* mprotect over a hole does what comes before the hole, then says ENOMEM, as Linux does. */
KTEST(aspace_protect_hole)
{
	struct aspace *as = space_of(A, 2, PROT_RW);

	REQUIRE(as);
	EXPECT(!space_map(as, A + 3 * PG, 1, PROT_RW));
	EXPECT_EQ(space_protect(as, A, 4, PROT_R), -ENOMEM);
	EXPECT(region_is(as, 0, 0, 2, PROT_R) && region_is(as, 1, 3, 4, PROT_RW));
	EXPECT_EQ(space_protect(as, A + 2 * PG, 1, PROT_R), -ENOMEM);
	EXPECT_EQ(space_protect(as, A + 1, 1, PROT_R), -EINVAL);
	EXPECT_EQ(space_protect(as, A + 2 * PG, 0, PROT_R), 0);
	EXPECT_EQ(space_protect(as, USER_TOP, 1, PROT_R), -ENOMEM);
	done(as);
}

KTEST(aspace_find_room)
{
	struct aspace *as = aspace_create();
	u64 top;

	REQUIRE(as);
	top = as->mmap_top;
	EXPECT_EQ(aspace_find_room(as, 0, PG), top - PG);
	EXPECT_EQ(aspace_find_room(as, A, PG), A);
	EXPECT(!space_map(as, top - 4 * PG, 2, PROT_R));
	EXPECT_EQ(aspace_find_room(as, 0, 2 * PG), top - 2 * PG);
	EXPECT_EQ(aspace_find_room(as, 0, 3 * PG), top - 7 * PG);
	EXPECT_EQ(aspace_find_room(as, top - 4 * PG, PG), top - PG);
	EXPECT(!space_map(as, top - PG, 3, PROT_R)); /* across mmap_top */
	EXPECT_EQ(aspace_find_room(as, 0, PG), top - 2 * PG);
	EXPECT_EQ(aspace_find_room(as, 0, 2 * PG), top - 6 * PG);
	EXPECT(!aspace_find_room(as, 0, top) && !aspace_find_room(as, 0, ~0ul & ~PAGE_MASK));
	EXPECT(aspace_is_free(as, A, PG) && !aspace_is_free(as, top - 5 * PG, 2 * PG) && !aspace_is_free(as, A, 0));
	done(as);
}

KTEST(aspace_brk)
{
	struct aspace *as = aspace_create();

	REQUIRE(as);
	mutex_lock(&as->lock);
	as->brk_start = as->brk = A;
	EXPECT_EQ(aspace_brk(as, 0), A);
	EXPECT_EQ(aspace_brk(as, A + 100), A + 100);
	EXPECT(space_regions(as) == 1 && region_is(as, 0, 0, 1, PROT_RW));
	EXPECT_EQ(aspace_brk(as, A + 3 * PG), A + 3 * PG);
	EXPECT(region_is(as, 0, 0, 3, PROT_RW));
	EXPECT_EQ(aspace_fault(as, A + 2 * PG, PF_WRITE), 0);
	EXPECT_EQ(aspace_brk(as, A + PG + 1), A + PG + 1);
	EXPECT(region_is(as, 0, 0, 2, PROT_RW) && as->resident == 0);
	mutex_unlock(&as->lock);
	EXPECT(!space_map(as, A + 4 * PG, 1, PROT_NOTHING));
	mutex_lock(&as->lock);
	EXPECT_EQ(aspace_brk(as, A + 5 * PG), A + PG + 1); /* something is in the way */
	EXPECT_EQ(aspace_brk(as, A - 1), A + PG + 1);
	EXPECT_EQ(aspace_brk(as, USER_TOP), A + PG + 1);
	EXPECT_EQ(aspace_brk(as, A), A);
	EXPECT_EQ(space_regions(as), 1);
	mutex_unlock(&as->lock);
	done(as);
}

KTEST(aspace_advise)
{
	enum { WILLNEED = 3, DONTNEED };
	struct aspace *as = space_of(A, 4, PROT_RW);

	REQUIRE(as);
	space_touch(as, A, 4);
	memset(space_bytes(as, A + PG), 0x77, PG);
	mutex_lock(&as->lock);
	EXPECT_EQ(aspace_advise(as, A, 4 * PG, WILLNEED), 0);
	EXPECT_EQ(as->resident, 4);
	EXPECT_EQ(aspace_advise(as, A + PG, 2 * PG, DONTNEED), 0);
	EXPECT_EQ(as->resident, 2);
	EXPECT_EQ(aspace_fault(as, A + PG, 0), 0);
	EXPECT(space_bytes(as, A + PG)[0] == 0 && space_regions(as) == 1);
	EXPECT_EQ(aspace_advise(as, A + 3 * PG, 2 * PG, WILLNEED), -ENOMEM);
	mutex_unlock(&as->lock);
	done(as);
}

KTEST(aspace_insert)
{
	struct aspace *as = space_of(A, 2, PROT_RW);
	pa_t f = frame_alloc_zeroed();

	REQUIRE(as && f.v);
	mutex_lock(&as->lock);
	EXPECT_EQ(aspace_insert(as, A + 5 * PG, f), -ENOMEM);
	EXPECT_EQ(aspace_insert(as, A, f), 0);
	EXPECT_EQ(aspace_insert(as, A, f), -ENOMEM);
	mutex_unlock(&as->lock);
	EXPECT(as->resident == 1 && space_bytes(as, A) == frame_ptr(f) && frame_refs(f) == 1);
	done(as); /* and with it the frame */
}

KTEST(aspace_references)
{
	struct aspace *as = space_of(A, 1, PROT_RW);

	REQUIRE(as);
	aspace_ref(as);
	aspace_unref(as);
	EXPECT_EQ(space_regions(as), 1);
	done(as);
}

KTEST(aspace_describe)
{
	struct aspace *as = space_of(A, 1, PROT_RW);
	char text[40];

	REQUIRE(as);
	EXPECT(!space_map(as, A + PG, 1, PROT_NOTHING));
	aspace_describe(as, A, text, sizeof text);
	EXPECT(!strcmp(text, "read-write, [anon]"));
	aspace_describe(as, A + PG + 5, text, sizeof text);
	EXPECT(!strcmp(text, "no access, [anon]"));
	aspace_describe(as, A + 2 * PG, text, sizeof text);
	EXPECT(!strcmp(text, "not mapped"));
	done(as);
}

KTEST(aspace_prot_bits)
{
	static const enum prot expected[] = {PROT_NOTHING, PROT_R, PROT_RW, PROT_RW, PROT_RX, PROT_RX};
	enum prot p;

	for (u32 i = 0; i < ARRAY_SIZE(expected); i++)
		EXPECT(prot_from_linux(i, &p) && p == expected[i]);
	EXPECT(!prot_from_linux(6, &p) && !prot_from_linux(7, &p)); /* W^X */
	EXPECT(prot_to_linux(PROT_RW) == 3 && prot_to_linux(PROT_RX) == 5 && prot_to_linux(PROT_NOTHING) == 0);
}
