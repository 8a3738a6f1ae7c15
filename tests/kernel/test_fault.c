/*
 * test_fault.c - page faults and fork: demand zero, backings, rights, copy-on-write (aspace.h: A2 to A4).
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/x86/trapframe.h"
#include "mm/frame.h"
#include "mm/pte.h"
#include "sched/mutex.h"
#include "tests/kernel/support.h"

#define A  0x20000000ul
#define PG PAGE_SIZE

static u64 entry_bits(struct aspace *as, u64 va)
{
	return space_entry(as, va) & (PTE_P | PTE_W | PTE_U | PTE_NX | PTE_G);
}

static pa_t frame_at(struct aspace *as, u64 va)
{
	return pte_frame((pte_t){space_entry(as, va)});
}

/* What each protection answers to a read, a write and a fetch, and the entry that it makes. */
KTEST(fault_rights)
{
	static const struct {
		enum prot prot;
		int read, write, fetch;
		u64 bits;
	} rows[] = {
		{PROT_NOTHING, -EACCES, -EACCES, -EACCES, 0},
		{PROT_R, 0, -EACCES, -EACCES, PTE_P | PTE_U | PTE_NX},
		{PROT_RW, 0, 0, -EACCES, PTE_P | PTE_U | PTE_W | PTE_NX},
		{PROT_RX, 0, -EACCES, 0, PTE_P | PTE_U},
	};

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		struct aspace *as = space_of(A, 3, rows[i].prot);

		REQUIRE(as);
		EXPECT_EQ(space_fault(as, A, 0), rows[i].read);
		EXPECT_EQ(space_fault(as, A + PG, PF_WRITE), rows[i].write);
		EXPECT_EQ(space_fault(as, A + 2 * PG, PF_FETCH | PF_USER), rows[i].fetch);
		EXPECT_EQ(entry_bits(as, A), rows[i].bits);
		EXPECT_EQ(space_fault(as, A + 3 * PG, 0), -EFAULT);
		EXPECT_EQ(space_fault(as, A - 1, 0), -EFAULT);
		aspace_unref(as);
	}
}

KTEST(fault_demand_zero)
{
	struct aspace *as = space_of(A, 2, PROT_RW);
	u64 made = counter_sum(COUNT_DEMAND_PAGES), dirty = 0;

	REQUIRE(as);
	EXPECT(!as->resident && !space_fault(as, A + 123, PF_WRITE) && as->resident == 1);
	EXPECT_EQ(counter_sum(COUNT_DEMAND_PAGES), made + 1);
	for (u32 i = 0; i < PG; i++)
		dirty += space_bytes(as, A)[i] != 0;
	EXPECT_EQ(dirty, 0);
	EXPECT_EQ(space_fault(as, A + 123, PF_WRITE | PF_PRESENT), 0); /* spurious */
	EXPECT_EQ(counter_sum(COUNT_DEMAND_PAGES), made + 1);
	EXPECT_EQ(frame_refs(frame_at(as, A)), 1);
	aspace_unref(as);
}

/* Bytes come from the backing, in their place; what lies around them in the pages is zero. */
KTEST(fault_backing)
{
	static u8 data[6000];
	struct aspace *as = aspace_create();
	const struct region_spec spec = {
		.start = A, .length = 4 * PG, .prot = PROT_RW, .backing = {data, sizeof data, -100},
	};
	u64 wrong = 0;

	REQUIRE(as);
	for (u32 i = 0; i < sizeof data; i++)
		data[i] = (u8)(i % 251 + 1);
	mutex_lock(&as->lock);
	EXPECT_EQ(aspace_map(as, &spec), 0);
	mutex_unlock(&as->lock);
	for (u32 i = 0; i < 4; i++)
		EXPECT_EQ(space_fault(as, A + i * PG, i & 1 ? PF_WRITE : 0), 0);
	for (u32 i = 0; i < 4 * PG; i++)
		wrong += *space_bytes(as, A + i) != (i >= 100 && i < 100 + sizeof data ? data[i - 100] : 0);
	EXPECT_EQ(wrong, 0);
	*space_bytes(as, A + 100) = 0;
	EXPECT_EQ(data[0], 1); /* a copy, not the backing itself */
	/* What a split leaves above keeps its backing. */
	EXPECT(!space_unmap(as, A, 1) && !space_fault(as, A + PG, 0) && *space_bytes(as, A + PG) == data[PG - 100]);
	aspace_unref(as);
}

/* PROT_NONE takes the rights and keeps the page. */
KTEST(fault_prot_none_keeps_frames)
{
	struct aspace *as = space_of(A, 2, PROT_RW);
	pa_t f;

	REQUIRE(as);
	EXPECT(!space_fault(as, A, PF_WRITE));
	*space_bytes(as, A) = 0x42;
	f = frame_at(as, A);
	EXPECT(!space_protect(as, A, 2, PROT_NOTHING));
	EXPECT(space_entry(as, A) && !entry_bits(as, A) && as->resident == 1 && frame_refs(f) == 1);
	EXPECT_EQ(space_fault(as, A, 0), -EACCES);
	EXPECT(!space_protect(as, A, 2, PROT_R) && entry_bits(as, A) == (PTE_P | PTE_U | PTE_NX));
	EXPECT(frame_at(as, A).v == f.v && *space_bytes(as, A) == 0x42);
	EXPECT(!space_protect(as, A, 2, PROT_NOTHING) && !space_unmap(as, A, 2) && !as->resident && !frame_refs(f));
	aspace_unref(as);
}

KTEST(fork_shares_and_protects)
{
	struct aspace *as = space_of(A, 4, PROT_RW), *child;

	REQUIRE(as);
	EXPECT(!space_fault(as, A, PF_WRITE) && !space_fault(as, A + 2 * PG, PF_WRITE));
	child = space_fork(as);
	REQUIRE(child);
	EXPECT(child->resident == 2 && as->resident == 2 && space_regions(child) == 1);
	EXPECT_EQ(frame_at(child, A).v, frame_at(as, A).v);
	EXPECT_EQ(frame_refs(frame_at(as, A)), 2);
	EXPECT_EQ(entry_bits(as, A), PTE_P | PTE_U | PTE_NX);
	EXPECT_EQ(entry_bits(child, A), PTE_P | PTE_U | PTE_NX);
	EXPECT(!space_entry(child, A + PG));
	EXPECT(child->brk == as->brk && child->mmap_top == as->mmap_top && child->root.v != as->root.v);
	aspace_unref(child);
	EXPECT_EQ(frame_refs(frame_at(as, A)), 1);
	aspace_unref(as);
}

/* The first to write gets a copy, the last one takes the frame over. */
KTEST(cow_copy_and_take)
{
	struct aspace *as = space_of(A, 1, PROT_RW), *child;
	u64 copies = counter_sum(COUNT_COW_COPIES), takes = counter_sum(COUNT_COW_TAKES);
	pa_t f;

	REQUIRE(as);
	EXPECT(!space_fault(as, A, PF_WRITE));
	*space_bytes(as, A + 7) = 0x11;
	f = frame_at(as, A);
	child = space_fork(as);
	REQUIRE(child);
	EXPECT_EQ(space_fault(child, A, PF_PRESENT), 0); /* a read changes nothing */
	EXPECT_EQ(frame_at(child, A).v, f.v);
	EXPECT_EQ(space_fault(child, A, PF_WRITE | PF_PRESENT), 0);
	EXPECT(frame_at(child, A).v != f.v && *space_bytes(child, A + 7) == 0x11);
	EXPECT(entry_bits(child, A) & PTE_W && !(entry_bits(as, A) & PTE_W) && frame_refs(f) == 1);
	*space_bytes(child, A + 7) = 0x22;
	EXPECT_EQ(*space_bytes(as, A + 7), 0x11);
	EXPECT_EQ(space_fault(as, A, PF_WRITE | PF_PRESENT), 0);
	EXPECT(frame_at(as, A).v == f.v && (entry_bits(as, A) & PTE_W));
	EXPECT_EQ(counter_sum(COUNT_COW_COPIES), copies + 1);
	EXPECT_EQ(counter_sum(COUNT_COW_TAKES), takes + 1);
	EXPECT(as->resident == 1 && child->resident == 1);
	aspace_unref(child);
	aspace_unref(as);
}

/* Three generations: no frame is ever writable through one of two entries (A3). */
KTEST(cow_generations)
{
	struct aspace *as = space_of(A, 2, PROT_RW), *child, *grandchild;
	pa_t f;

	REQUIRE(as);
	EXPECT(!space_fault(as, A, PF_WRITE));
	f = frame_at(as, A);
	child = space_fork(as);
	grandchild = child ? space_fork(child) : NULL;
	REQUIRE(grandchild);
	EXPECT_EQ(frame_refs(f), 3);
	EXPECT(!space_fault(child, A, PF_WRITE | PF_PRESENT) && frame_refs(f) == 2);
	EXPECT(!(entry_bits(as, A) & PTE_W) && !(entry_bits(grandchild, A) & PTE_W));
	aspace_unref(as);
	EXPECT(!space_fault(grandchild, A, PF_WRITE | PF_PRESENT) && frame_at(grandchild, A).v == f.v);
	aspace_unref(grandchild);
	EXPECT_EQ(frame_refs(f), 0);
	aspace_unref(child);
}

/* mprotect gives W back to frames of one's own alone. */
KTEST(cow_protect_of_shared)
{
	struct aspace *as = space_of(A, 2, PROT_RW), *child;

	REQUIRE(as);
	EXPECT(!space_fault(as, A, PF_WRITE) && !space_fault(as, A + PG, PF_WRITE));
	EXPECT(!space_protect(as, A, 1, PROT_NOTHING));
	child = space_fork(as);
	REQUIRE(child);
	EXPECT_EQ(frame_refs(frame_at(child, A)), 2);
	EXPECT(!space_protect(child, A, 2, PROT_R) && !space_protect(child, A, 2, PROT_RW));
	EXPECT(!(entry_bits(child, A) & PTE_W) && !(entry_bits(child, A + PG) & PTE_W));
	EXPECT(!space_fault(child, A, PF_WRITE | PF_PRESENT) && (entry_bits(child, A) & PTE_W));
	EXPECT(!space_protect(as, A, 1, PROT_RW) && (entry_bits(as, A) & PTE_W)); /* by now its own */
	EXPECT(!(entry_bits(as, A + PG) & PTE_W));
	aspace_unref(as);
	aspace_unref(child);
}

/* Read-only and executable pages are shared without more ado, and stay so. */
KTEST(fork_read_only)
{
	struct aspace *as = space_of(A, 1, PROT_RX), *child;

	REQUIRE(as);
	EXPECT(!space_fault(as, A, PF_FETCH));
	child = space_fork(as);
	REQUIRE(child);
	EXPECT(entry_bits(child, A) == (PTE_P | PTE_U) && frame_refs(frame_at(as, A)) == 2);
	EXPECT_EQ(space_fault(child, A, PF_WRITE | PF_PRESENT), -EACCES);
	aspace_unref(as);
	EXPECT_EQ(frame_refs(frame_at(child, A)), 1);
	aspace_unref(child);
}
