/*
 * test_tlb.c - PCID slots, switches that keep, and flushes (tlb.h: T1 to T4). The slots work without PCID in
 * CPUID as well; only what CR3 shows needs it. Also run with the boot word pcids=3.
 */
#include "kernel/x86/asm.h"
#include "kernel/x86/features.h"
#include "mm/frame.h"
#include "mm/kmap.h"
#include "mm/kstack.h"
#include "mm/pagetable.h"
#include "mm/usercopy.h"
#include "tests/kernel/support.h"

#define SPACES    6 /* more than PCIDs with pcids=3 */
#define PCID_BITS 0xffful
#define VA        0x10000000ul

static struct aspace *spaces[SPACES];

static bool spaces_make(u32 n)
{
	bool all = true;

	for (u32 i = 0; i < n; i++) {
		spaces[i] = aspace_create();
		all &= spaces[i] != NULL;
	}
	EXPECT(all);
	return all;
}

static void spaces_drop(u32 n)
{
	space_load(NULL);
	for (u32 i = 0; i < n; i++)
		if (spaces[i])
			aspace_unref(spaces[i]);
}

/* Kept and flushed loads since the last call, as kept * 100 + flushed. */
static u32 loads(void)
{
	static u64 last;
	u64 now = counter_sum(COUNT_CR3_KEPT) * 100 + counter_sum(COUNT_CR3_FLUSHED);
	u32 n = (u32)(now - last);

	last = now;
	return n;
}

/* Spaces come and go until the numbers have run out once, so that at least two are left afterwards. */
static void wrap_generation(void)
{
	u64 wraps = counter_sum(COUNT_PCID_WRAPS);

	for (u32 i = 0; i < 3000 && counter_sum(COUNT_PCID_WRAPS) == wraps; i++) {
		struct aspace *as = aspace_create();

		REQUIRE(as);
		space_load(as);
		space_load(NULL);
		aspace_unref(as);
	}
	EXPECT_EQ(counter_sum(COUNT_PCID_WRAPS), wraps + 1);
}

KTEST(tlb_switch_back_keeps)
{
	u16 first;

	REQUIRE(spaces_make(2));
	wrap_generation();
	EXPECT_EQ(tlb_pcid(spaces[0]).v, 0);
	(void)loads();
	space_load(spaces[0]);
	EXPECT_EQ(loads(), 1);
	first = tlb_pcid(spaces[0]).v;
	EXPECT(first > 0 && first <= 2047);
	space_load(spaces[1]);
	EXPECT_EQ(loads(), 1);
	EXPECT(tlb_pcid(spaces[1]).v && tlb_pcid(spaces[1]).v != first);
	space_load(spaces[0]);
	EXPECT_EQ(loads(), 100);
	EXPECT_EQ(tlb_pcid(spaces[0]).v, first);
	space_load(spaces[0]);
	EXPECT_EQ(loads(), 0);
	space_load(NULL);
	EXPECT_EQ(loads(), 100);
	spaces_drop(2);
}

KTEST(tlb_active_set)
{
	REQUIRE(spaces_make(2));
	EXPECT(!spaces[0]->tlb.active);
	space_load(spaces[0]);
	EXPECT(spaces[0]->tlb.active == 1u << cpu_this()->id && cpu_this()->aspace == spaces[0]);
	space_load(spaces[1]);
	EXPECT(!spaces[0]->tlb.active && spaces[1]->tlb.active);
	space_load(NULL);
	EXPECT(!spaces[1]->tlb.active && !cpu_this()->aspace);
	EXPECT_EQ(read_cr3() & PTE_FRAME, kmap_root().v);
	spaces_drop(2);
}

/* With more spaces than numbers, any two that are valid have different ones, and the loaded one is valid. */
KTEST(tlb_generations)
{
	u64 wraps = counter_sum(COUNT_PCID_WRAPS);
	u32 shared = 0, invalid = 0;

	REQUIRE(spaces_make(SPACES));
	for (u32 round = 0; round < 60; round++) {
		struct aspace *now = spaces[round * 5 % SPACES];

		if (round == 30)
			wrap_generation();
		space_load(now);
		invalid += !tlb_pcid(now).v || (now->root.v != (read_cr3() & PTE_FRAME));
		for (u32 i = 0; i < SPACES; i++)
			for (u32 k = 0; k < i; k++)
				shared += tlb_pcid(spaces[i]).v && tlb_pcid(spaces[i]).v == tlb_pcid(spaces[k]).v;
	}
	EXPECT_EQ(shared, 0);
	EXPECT_EQ(invalid, 0);
	EXPECT(counter_sum(COUNT_PCID_WRAPS) > wraps);
	spaces_drop(SPACES);
}

/* A slot of an older generation is no longer valid: the next entry flushes. */
KTEST(tlb_generation_wrap)
{
	REQUIRE(spaces_make(1));
	space_load(spaces[0]);
	space_load(NULL);
	EXPECT(tlb_pcid(spaces[0]).v);
	wrap_generation();
	EXPECT_EQ(tlb_pcid(spaces[0]).v, 0);
	(void)loads();
	space_load(spaces[0]);
	EXPECT_EQ(loads(), 1);
	EXPECT(tlb_pcid(spaces[0]).v);
	spaces_drop(1);
}

/* T3: what is taken from a space that is not loaded costs it its slot. */
KTEST(tlb_flush_of_unloaded_space)
{
	REQUIRE(spaces_make(2));
	wrap_generation();
	space_load(spaces[0]);
	space_load(spaces[1]);
	EXPECT(tlb_pcid(spaces[0]).v);
	(void)loads();
	tlb_flush_range(spaces[0], VA, VA + PAGE_SIZE);
	EXPECT(!tlb_pcid(spaces[0]).v && !spaces[0]->tlb.slots[cpu_this()->id]);
	EXPECT_EQ(loads(), 0);
	EXPECT(tlb_pcid(spaces[1]).v);
	space_load(spaces[0]);
	EXPECT_EQ(loads(), 1);
	spaces_drop(2);
}

KTEST(tlb_flush_of_loaded_space)
{
	u64 singly;
	u16 pcid;

	REQUIRE(spaces_make(1));
	space_load(spaces[0]);
	pcid = tlb_pcid(spaces[0]).v;
	(void)loads();
	singly = counter_sum(COUNT_INVLPG);
	tlb_flush_range(spaces[0], VA, VA + 5 * PAGE_SIZE);
	EXPECT_EQ(counter_sum(COUNT_INVLPG), singly + 5);
	EXPECT_EQ(loads(), 0);
	tlb_flush_range(spaces[0], VA, VA + 1000 * PAGE_SIZE);
	EXPECT_EQ(counter_sum(COUNT_INVLPG), singly + 5);
	EXPECT_EQ(loads(), 1);
	EXPECT_EQ(tlb_pcid(spaces[0]).v, pcid);
	spaces_drop(1);
}

/* Reads the first word at va through the TLB, as the kernel may where SMAP is lifted. */
static u64 peek(u64 va)
{
	u64 word = 0;

	EXPECT(!copy_from_user(&word, uva(va), sizeof word));
	return word;
}

/* An entry led to frame A, was used, and leads to B: the next read is of B, with and without a switch between. */
KTEST(tlb_flush_reaches_the_hardware)
{
	struct aspace *as = space_enter(), *other = aspace_create();
	pa_t a, b;
	struct pt_batch batch;
	pte_t *at;

	REQUIRE(as && other);
	for (u32 i = 0; i < 40; i++) /* more than FLUSH_SINGLY */
		EXPECT(!space_map(as, VA + i * PAGE_SIZE, 1, PROT_RW) && !space_fault(as, VA + i * PAGE_SIZE, 0));
	for (u32 round = 0; round < 4; round++) {
		at = pt_find(as->root, VA);
		a = pte_frame(*at);
		b = frame_alloc();
		REQUIRE(b.v);
		*(u64 *)frame_ptr(a) = 100 + round;
		*(u64 *)frame_ptr(b) = 200 + round;
		EXPECT_EQ(peek(VA), 100 + round);
		if (round & 1)
			space_load(other);
		pt_batch_init(&batch, as);
		pt_commit(&batch, at, pte_make(b, at->v & ~PTE_FRAME), VA, 1);
		if (round & 2)
			batch.end = VA + 40 * PAGE_SIZE;
		pt_batch_free(&batch, a);
		pt_batch_finish(&batch);
		space_load(as);
		EXPECT_EQ(peek(VA), 200 + round);
	}
	space_leave();
	aspace_unref(other);
}

/* The same for an address of the kernel's. */
KTEST(tlb_flush_of_the_kernel)
{
	u64 top = kstack_alloc(), va = top - PAGE_SIZE;
	pte_t *at = top ? pt_find(kmap_root(), va) : NULL;
	pa_t other = frame_alloc();
	struct pt_batch b;
	pte_t was;

	REQUIRE(at && other.v);
	was = *at;
	*(volatile u64 *)va = 1;
	*(u64 *)frame_ptr(other) = 2;
	pt_batch_init(&b, NULL);
	pt_commit(&b, at, pte_make(other, was.v & ~PTE_FRAME), va, 1);
	pt_batch_finish(&b);
	EXPECT_EQ(*(volatile u64 *)va, 2);
	pt_batch_init(&b, NULL);
	pt_commit(&b, at, was, va, 1);
	pt_batch_finish(&b);
	EXPECT_EQ(*(volatile u64 *)va, 1);
	frame_unref(other);
	kstack_free(top);
}

/* Where CPUID has PCID (in Bochs), the numbers reach CR3. */
KTEST(tlb_pcid_in_cr3)
{
	u64 a, b;

	if (!cpu_features.pcid) {
		EXPECT(!(read_cr4() & CR4_PCIDE) && !(read_cr3() & PCID_BITS));
		ktest_skip("this CPU has no PCID");
		return;
	}
	EXPECT(read_cr4() & CR4_PCIDE);
	EXPECT_EQ(read_cr3() & PCID_BITS, 0);
	REQUIRE(spaces_make(2));
	space_load(spaces[0]);
	a = read_cr3() & PCID_BITS;
	EXPECT_EQ(a, tlb_pcid(spaces[0]).v);
	space_load(spaces[1]);
	b = read_cr3() & PCID_BITS;
	EXPECT_EQ(b, tlb_pcid(spaces[1]).v);
	EXPECT(a && b && a != b);
	spaces_drop(2);
	EXPECT_EQ(read_cr3() & PCID_BITS, 0);
}

KTEST(tlb_pcid_kept_by_a_switch_back)
{
	u64 a;

	if (!cpu_features.pcid) {
		ktest_skip("this CPU has no PCID");
		return;
	}
	REQUIRE(spaces_make(2));
	wrap_generation();
	space_load(spaces[0]);
	a = read_cr3();
	space_load(spaces[1]);
	(void)loads();
	space_load(spaces[0]);
	EXPECT_EQ(loads(), 100);
	EXPECT_EQ(read_cr3(), a); /* bit 63 is not kept by CR3 */
	spaces_drop(2);
}
