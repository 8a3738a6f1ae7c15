/*
 * test_audit.c - the audit can fail: each of its rules is broken once, by hand, in tables that nobody runs on. After
 * every other test the runner sees that it holds.
 */
#include "kernel/lib/layout.h"
#include "mm/audit.h"
#include "mm/kmap.h"
#include "mm/kstack.h"
#include "mm/pagetable.h"
#include "mm/region.h"
#include "sched/stop.h"
#include "tests/kernel/support.h"

#define A 0x30000000ul

/* Of the rule how often it is broken; ~0: no memory to stop the other CPUs. */
static u64 broken(enum audit_rule rule)
{
	struct audit_result results[AUDIT_RULES];

	if (!stop_begin())
		return ~0ul;
	audit_run(results);
	stop_end();
	for (u32 i = 0; i < AUDIT_RULES; i++)
		EXPECT(results[i].checked);
	return results[rule].broken;
}

static u64 broken_with(enum audit_rule rule, pte_t *at, u64 entry)
{
	u64 before = at->v, n;

	at->v = entry;
	n = broken(rule);
	at->v = before;
	return n;
}

/* A space with two pages that are there, the first of them at *at. */
static struct aspace *two_pages(pte_t **at)
{
	struct aspace *as = space_of(A, 2, PROT_RW);

	if (!as)
		return NULL;
	space_touch(as, A, 2);
	*at = pt_find(as->root, A);
	return as;
}

KTEST(audit_sees_rights)
{
	pte_t *at, *of_kernel;
	struct aspace *as = two_pages(&at);
	u64 stack = kstack_alloc(), text = DIRECT_BASE + (u64)audit_run - KERNEL_BASE;

	REQUIRE(as && stack);
	EXPECT_EQ(broken_with(AUDIT_W_XOR_X, at, at->v & ~PTE_NX), 1);
	EXPECT_EQ(broken_with(AUDIT_GLOBAL, at, at->v | PTE_G), 1);
	EXPECT_EQ(broken_with(AUDIT_MEMORY_TYPE, at, at->v | PTE_PCD), 1);
	EXPECT_EQ(broken_with(AUDIT_REGIONS, at, at->v & ~(PTE_NX | PTE_W)), 1);
	region_find(as, A)->prot = PROT_R;
	EXPECT_EQ(broken(AUDIT_REGIONS), 2);
	region_find(as, A)->prot = PROT_RW;
	of_kernel = pt_find(kmap_root(), stack - PAGE_SIZE);
	EXPECT_EQ(broken_with(AUDIT_USER_HALF, of_kernel, of_kernel->v | PTE_U), 1);
	of_kernel = pt_find(kmap_root(), text);
	EXPECT_EQ(broken_with(AUDIT_KERNEL_TEXT, of_kernel, of_kernel->v | PTE_W), 1);
	kstack_free(stack);
	aspace_unref(as);
}

KTEST(audit_sees_frames)
{
	pte_t *at;
	struct aspace *as = two_pages(&at);
	u64 rights, stack = kstack_alloc();

	REQUIRE(as && stack);
	rights = at->v & ~(PTE_FRAME | PTE_W);
	frame_ref(pte_frame(at[0]));
	EXPECT_EQ(broken(AUDIT_REFERENCES), 1);
	frame_unref(pte_frame(at[0]));
	EXPECT_EQ(broken_with(AUDIT_ONE_WRITER, &at[1], (at[0].v & PTE_FRAME) | rights), 1);
	EXPECT_EQ(broken_with(AUDIT_KERNEL_FRAMES, at, as->root.v | rights), 1);
	EXPECT_EQ(broken_with(AUDIT_KERNEL_FRAMES, at, frame_of(as).v | rights), 1);
	EXPECT_EQ(broken_with(AUDIT_KERNEL_FRAMES, at, frame_end().v | rights), 1);
	EXPECT_EQ(broken_with(AUDIT_KERNEL_FRAMES, at,
			      (pt_find(kmap_root(), stack - PAGE_SIZE)->v & PTE_FRAME) | rights), 1);
	EXPECT_EQ(broken_with(AUDIT_REFERENCES, at, KERNEL_LOAD | rights), 1);
	kstack_free(stack);
	aspace_unref(as);
}

KTEST(audit_sees_tables)
{
	pte_t *at, *root;
	struct aspace *as = two_pages(&at);

	REQUIRE(as);
	root = frame_ptr(as->root);
	++*pt_entries_used(at);
	EXPECT_EQ(broken(AUDIT_TABLES), 1);
	--*pt_entries_used(at);
	as->resident++;
	EXPECT_EQ(broken(AUDIT_TABLES), 1);
	as->resident--;
	EXPECT_EQ(broken_with(AUDIT_TABLES, &root[1], root[0].v), 2); /* it is counted, too */
	EXPECT_EQ(broken_with(AUDIT_TABLES, &root[PT_ENTRIES / 2 + 7], root[0].v), 1);
	frame_ref(as->root);
	EXPECT_EQ(broken(AUDIT_TABLES), 1);
	frame_unref(as->root);
	EXPECT_EQ(broken(AUDIT_TABLES), 0);
	aspace_unref(as);
}
