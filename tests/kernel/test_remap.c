/*
 * test_remap.c - mremap: what ring 3 cannot see of it. Frames keep their place and their owner, tables come and go,
 * regions keep what they are (mm/remap.c).
 */
#include "kernel/lib/config.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/layout.h"
#include "kernel/x86/trapframe.h"
#include "mm/frame.h"
#include "mm/pagetable.h"
#include "tests/kernel/support.h"

#define A     0x20000000ul
#define B     0x7e0000001000ul
#define PG    PAGE_SIZE
#define FIXED (MREMAP_MAYMOVE | MREMAP_FIXED)

static bool region_is(struct aspace *as, u64 start, u64 pages, enum prot prot)
{
	const struct region *r = region_find(as, start);

	return r && r->start == start && r->end == start + pages * PG && r->prot == prot;
}

/* The very entries move: same frames, one reference each, same rights; the old tables are given back. */
KTEST(remap_moves_entries)
{
	struct aspace *as = space_of(A, 4, PROT_RW);
	u64 entries[4], used;

	REQUIRE(as);
	space_touch(as, A, 2);
	space_touch(as, A + 3 * PG, 1);
	EXPECT(!space_protect(as, A + 3 * PG, 1, PROT_NOTHING) && !space_protect(as, A + 3 * PG, 1, PROT_R));
	used = frame_used();
	for (u32 i = 0; i < 4; i++)
		entries[i] = space_entry(as, A + i * PG);
	EXPECT_EQ(space_remap(as, A, 3, 3, FIXED, B), B);
	for (u32 i = 0; i < 3; i++)
		EXPECT_EQ(space_entry(as, B + i * PG), entries[i]);
	EXPECT(!space_entry(as, A) && space_entry(as, A + 3 * PG) == entries[3]);
	EXPECT(frame_refs(pte_frame((pte_t){entries[0]})) == 1 && as->resident == 3);
	EXPECT(region_is(as, B, 3, PROT_RW) && region_is(as, A + 3 * PG, 1, PROT_R) && space_regions(as) == 2);
	EXPECT_EQ(space_fault(as, A, 0), -EFAULT);
	EXPECT(frame_used() <= used + 4); /* three tables, perhaps a slab of regions */
	EXPECT_EQ(space_remap(as, A + 3 * PG, 1, 1, FIXED, B + 3 * PG), (i64)(B + 3 * PG));
	EXPECT(!pt_find(as->root, A) && as->resident == 3);
	aspace_unref(as);
}

/* What fork shares stays shared and write-protected at the new place: a write there copies. */
KTEST(remap_keeps_sharing)
{
	struct aspace *as = space_of(A, 1, PROT_RW), *child;
	u8 *page;

	REQUIRE(as);
	space_touch(as, A, 1);
	page = space_bytes(as, A);
	*page = 1;
	child = space_fork(as);
	REQUIRE(child);
	EXPECT_EQ(space_remap(as, A, 1, 2, FIXED, B), B);
	EXPECT(space_bytes(as, B) == page && !(space_entry(as, B) & PTE_W));
	EXPECT_EQ(space_fault(as, B, PF_WRITE | PF_PRESENT), 0);
	EXPECT(space_bytes(as, B) != page && *space_bytes(as, B) == 1 && space_bytes(child, A) == page);
	aspace_unref(as);
	aspace_unref(child);
}

/* A page without rights waits with its frame, here as there. */
KTEST(remap_moves_pages_without_rights)
{
	struct aspace *as = space_of(A, 1, PROT_RW);
	u8 *page;

	REQUIRE(as);
	space_touch(as, A, 1);
	page = space_bytes(as, A);
	*page = 9;
	EXPECT(!space_protect(as, A, 1, PROT_NOTHING));
	EXPECT_EQ(space_remap(as, A, 1, 1, FIXED, B), B);
	EXPECT(!(space_entry(as, B) & PTE_P) && space_fault(as, B, 0) == -EACCES);
	EXPECT(!space_protect(as, B, 1, PROT_R) && space_bytes(as, B) == page && *page == 9);
	aspace_unref(as);
}

/* A table of the old place that is empty for the moment is where later pages of the same move arrive. */
KTEST(remap_into_the_table_it_leaves)
{
	const u64 table = 512 * PG, from = A + table - 10 * PG, to = A + table - 40 * PG;
	struct aspace *as = aspace_create();

	REQUIRE(as);
	EXPECT(!space_map(as, from, 20, PROT_RW));
	EXPECT(!space_fault(as, from + 15 * PG, PF_WRITE));
	*space_bytes(as, from + 15 * PG) = 5;
	EXPECT_EQ(space_remap(as, from, 20, 20, FIXED, to), (i64)to);
	EXPECT(space_entry(as, to + 15 * PG) && *space_bytes(as, to + 15 * PG) == 5);
	EXPECT(!pt_find(as->root, A + table) && as->resident == 1);
	aspace_unref(as);
}

/* The target's pages go, and its tables, unless something has arrived in them. */
KTEST(remap_replaces)
{
	struct aspace *as = space_of(A, 1200, PROT_RW);
	u64 used;

	REQUIRE(as);
	space_touch(as, A + 1000 * PG, 2);
	EXPECT(!space_map(as, B, 1100, PROT_R));
	used = frame_used();
	for (u32 i = 0; i < 1100; i += 100)
		EXPECT_EQ(space_fault(as, B + i * PG, 0), 0);
	EXPECT_EQ(space_remap(as, A + 1000 * PG, 2, 1100, FIXED, B), B);
	EXPECT(as->resident == 2 && region_is(as, B, 1100, PROT_RW) && region_is(as, A, 1000, PROT_RW));
	EXPECT(frame_used() <= used + 4 && pt_find(as->root, B) && !pt_find(as->root, B + 1000 * PG));
	EXPECT_EQ(space_fault(as, B + 500 * PG, PF_WRITE), 0);
	aspace_unref(as);
}

/* DONTUNMAP: the old place stays, empty, and gives its table back. */
KTEST(remap_dontunmap)
{
	struct aspace *as = space_of(A, 2, PROT_RW);
	i64 to;

	REQUIRE(as);
	space_touch(as, A, 2);
	to = space_remap(as, A, 2, 2, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0);
	EXPECT(to > 0 && as->resident == 2 && !pt_find(as->root, A));
	EXPECT(region_is(as, A, 2, PROT_RW) && region_is(as, (u64)to, 2, PROT_RW));
	EXPECT(!space_fault(as, A, PF_WRITE) && as->resident == 3);
	aspace_unref(as);
}

/* The tail of a file's mapping moves low: its backing must begin with it. */
KTEST(remap_backing)
{
	static const u8 bytes[] = "the backing";
	const struct region_spec spec = {.start = B, .length = 8 * PG, .prot = PROT_R, .kind = REGION_FILE,
					 .backing = {bytes, sizeof bytes, 0}};
	struct aspace *as = aspace_create();

	REQUIRE(as);
	EXPECT_EQ(aspace_map(as, &spec), 0);
	EXPECT_EQ(space_remap(as, B + 4 * PG, 2, 2, FIXED, USER_BOTTOM), USER_BOTTOM);
	EXPECT_EQ(space_fault(as, USER_BOTTOM, 0), -ENXIO);
	EXPECT_EQ(space_remap(as, B, 1, 1, FIXED, A), A);
	EXPECT(!space_fault(as, A, 0) && space_bytes(as, A)[4] == 'b' && !space_bytes(as, A)[sizeof bytes]);
	EXPECT_EQ(space_fault(as, B + PG, 0), -ENXIO);
	aspace_unref(as);
}

/* mremap that moves onto other mappings, splitting regions at all four edges; then pages and regions are as before,
 * or have moved. Part of the new place has no table yet. */
KTEST(fail_mremap)
{
	if (!BUILD_TEST) {
		ktest_skip("allocations fail on demand in test builds only");
		return;
	}
	FAIL_LOOP(l) {
		struct aspace *as;
		u32 regions;
		i64 result;
		u8 *page;

		alloc_fail_set(0);
		as = aspace_create();
		REQUIRE(as);
		EXPECT(!space_map(as, B - PG, 1000, PROT_R));
		EXPECT(!space_fault(as, B + PG, 0) && !space_fault(as, B - PG, 0));
		EXPECT(!space_map(as, A + 20 * PG, 1100, PROT_RW));
		space_touch(as, A + 30 * PG, 1);
		space_touch(as, A + 700 * PG, 1);
		regions = space_regions(as);
		page = space_bytes(as, A + 30 * PG);
		*page = 77;
		alloc_fail_set(l.nth);
		result = space_remap(as, A + 25 * PG, 1000, 900, FIXED, B);
		fail_loop_disarm(&l);
		if (result == -ENOMEM)
			EXPECT(space_regions(as) == regions && as->resident == 4 && space_bytes(as, B + PG) &&
			       space_bytes(as, A + 30 * PG) == page && space_bytes(as, A + 700 * PG));
		else
			EXPECT(result == B && space_bytes(as, B + 5 * PG) == page && *page == 77 &&
			       space_bytes(as, B + 675 * PG) && as->resident == 3);
		aspace_unref(as);
		fail_loop_check(&l, result == B);
	}
	EXPECT(l.nth >= 6);
}
