/*
 * test_kmap.c - the kernel's own half, found by walking the live tables (kmap.c: K1 to K3).
 */
#include "boot/handoff.h"
#include "kernel/lib/log.h"
#include "kernel/x86/apic.h"
#include "mm/frame.h"
#include "mm/kasan.h"
#include "mm/kmap.h"
#include "mm/kstack.h"
#include "mm/pagetable.h"
#include "tests/kernel/support.h"

#define KERNEL_HALF 0xffff800000000000ul
#define TOP         0xfffffffffffff000ul
#define DIRECT_END  KSTACK_BASE

extern const char __entry_text_start[], __entry_text_end[], __text_start[], __text_end[];
extern const char __rodata_start[], __rodata_end[], __entry_data_start[], __entry_data_end[];
extern const char __kernel_end[];

struct tally {
	bool (*wrong)(u64 va, u64 e, int level);
	u64 leaves, tables, bad, bytes;
};

static void tally_wrong(struct tally *t, u64 va, u64 e, int level)
{
	if (t->bad++ < 3)
		log_raw("# %#lx: entry %#lx, level %d\n", va, e, level);
}

static int tally_leaf(struct pt_walk *w, pte_t *at, u64 va, int level)
{
	struct tally *t = w->context;

	t->leaves++;
	t->bytes += pt_span(level);
	if (t->wrong(va, at->v, level))
		tally_wrong(t, va, at->v, level);
	return 0;
}

/* Tables grant all but U, so that the leaf alone decides. */
static int tally_table(struct pt_walk *w, pte_t *at, u64 va, int level)
{
	struct tally *t = w->context;

	t->tables++;
	if ((at->v & (PTE_P | PTE_W | PTE_U | PTE_NX)) != (PTE_P | PTE_W))
		tally_wrong(t, va, at->v, level);
	return 0;
}

/* Every entry of [start, end) of the live kernel tables. */
static struct tally walk(u64 start, u64 end, bool (*wrong)(u64 va, u64 e, int level))
{
	struct tally t = {.wrong = wrong};
	struct pt_walk w = {.start = start, .end = end, .leaf = tally_leaf, .table_done = tally_table, .context = &t};

	EXPECT_EQ(pt_walk_range(kmap_root(), &w), 0);
	EXPECT_EQ(t.bad, 0);
	return t;
}

static bool within(u64 x, const char *start, const char *end)
{
	return x >= (u64)start && x < (u64)end;
}

static bool user_reachable(u64 va, u64 e, int level)
{
	(void)va, (void)level;
	return e & PTE_U;
}

KTEST(kmap_no_user_bit)
{
	struct tally t = walk(KERNEL_HALF, TOP, user_reachable);

	EXPECT(t.leaves > 100 && t.tables >= 8);
}

static bool writes_and_executes(u64 va, u64 e, int level)
{
	(void)va, (void)level;
	return (e & PTE_W) && !(e & PTE_NX);
}

KTEST(kmap_nothing_writes_and_executes)
{
	walk(KERNEL_HALF, TOP, writes_and_executes);
}

static bool executes_outside_text(u64 va, u64 e, int level)
{
	(void)level;
	return !(e & PTE_NX) && !within(va, __entry_text_start, __text_end);
}

KTEST(kmap_only_text_executes)
{
	walk(KERNEL_HALF, TOP, executes_outside_text);
}

static bool global_outside_entry(u64 va, u64 e, int level)
{
	bool entry = within(va, __entry_text_start, __entry_text_end) ||
		     within(va, __entry_data_start, __entry_data_end);

	(void)level;
	return !!(e & PTE_G) != entry;
}

KTEST(kmap_only_entry_region_is_global)
{
	walk(KERNEL_HALF, TOP, global_outside_entry);
}

/* The image: each page where it was loaded, with exactly its rights. */
static bool wrong_image_page(u64 va, u64 e, int level)
{
	u64 want = PTE_W | PTE_NX;

	if (within(va, __entry_text_start, __entry_text_end) || within(va, __text_start, __text_end))
		want = 0;
	else if (within(va, __rodata_start, __rodata_end))
		want = PTE_NX;
	return level != 1 || (e & (PTE_W | PTE_NX)) != want || (e & PTE_FRAME) != va - KERNEL_BASE;
}

KTEST(kmap_image_rights)
{
	struct tally t = walk(KERNEL_BASE, TOP, wrong_image_page);

	EXPECT_EQ(t.leaves, ((u64)__kernel_end - (u64)__entry_text_start) / PAGE_SIZE);
}

static bool writes_text_or_rodata(u64 va, u64 e, int level)
{
	u64 start = (e & PTE_FRAME) + KERNEL_BASE, end = start + pt_span(level);

	(void)va;
	return (e & PTE_W) && start < (u64)__rodata_end && end > (u64)__entry_text_start;
}

KTEST(kmap_no_writable_alias_of_text)
{
	struct tally direct = walk(DIRECT_BASE, DIRECT_END, writes_text_or_rodata);

	walk(DIRECT_END, TOP, writes_text_or_rodata);
	EXPECT(direct.bytes >= frame_total() * PAGE_SIZE);
}

static bool in_ram(u64 start, u64 end)
{
	for (u32 i = 0; i < boot_handoff->range_count; i++) {
		const struct range *r = &boot_handoff->ranges[i];

		if (start >= r->base && end <= r->base + r->length)
			return true;
	}
	return false;
}

static bool not_ram(u64 va, u64 e, int level)
{
	u64 at = e & PTE_FRAME;

	return va != DIRECT_BASE + at || !in_ram(at, at + pt_span(level)) || (e & (PTE_PCD | PTE_PWT));
}

/* All of RAM's whole pages, at their places, and nothing else. */
KTEST(kmap_direct_map_is_ram)
{
	struct tally t = walk(DIRECT_BASE, DIRECT_END, not_ram);
	u64 ram = 0;

	for (u32 i = 0; i < boot_handoff->range_count; i++) {
		const struct range *r = &boot_handoff->ranges[i];
		u64 start = ALIGN_UP(r->base, PAGE_SIZE), end = ALIGN_DOWN(r->base + r->length, PAGE_SIZE);

		ram += start < end ? end - start : 0;
	}
	EXPECT_EQ(t.bytes, ram);
	EXPECT(!pt_find(kmap_root(), DIRECT_BASE + LAPIC_BASE) ||
	       !pt_find(kmap_root(), DIRECT_BASE + LAPIC_BASE)->v);
}

static bool not_device(u64 va, u64 e, int level)
{
	u64 at = e & PTE_FRAME;

	(void)va;
	return (e & (PTE_W | PTE_NX | PTE_PCD | PTE_PWT)) != (PTE_W | PTE_NX | PTE_PCD | PTE_PWT) ||
	       in_ram(at, at + pt_span(level));
}

KTEST(kmap_devices_are_uncached)
{
	struct tally t = walk(DEVICE_BASE, BUILD_KASAN ? SHADOW_BASE : KERNEL_BASE, not_device);

	EXPECT(t.leaves >= 2);
	EXPECT(!kmap_device(frame_of((void *)ALIGN_DOWN((u64)frame_ptr(kmap_root()), PAGE_SIZE)), PAGE_SIZE));
}

KTEST(kmap_low_half_is_empty)
{
	const pte_t *root = frame_ptr(kmap_root());
	u32 used = 0;

	for (u32 i = 0; i < PT_ENTRIES / 2; i++)
		used += root[i].v != 0;
	EXPECT_EQ(used, 0);
}

/* Every space has the kernel's half, entry for entry, and starts without one of its own. */
KTEST(kmap_is_shared)
{
	struct aspace *as = aspace_create();
	const pte_t *kernel = frame_ptr(kmap_root());
	u32 differ = 0, low = 0;

	REQUIRE(as);
	for (u32 i = 0; i < PT_ENTRIES; i++) {
		u64 e = ((const pte_t *)frame_ptr(as->root))[i].v;

		differ += i >= PT_ENTRIES / 2 && (e & ~(PTE_A | PTE_D)) != (kernel[i].v & ~(PTE_A | PTE_D));
		low += i < PT_ENTRIES / 2 && e;
	}
	EXPECT_EQ(differ, 0);
	EXPECT_EQ(low, 0);
	EXPECT(kernel[pt_index(KSTACK_BASE, 4)].v && kernel[pt_index(DEVICE_BASE, 4)].v);
	aspace_unref(as);
}

static bool wrong_stack_page(u64 va, u64 e, int level)
{
	return level != 1 || (e & (PTE_W | PTE_NX)) != (PTE_W | PTE_NX) || kstack_is_guard(va) ||
	       frame_refs(pte_frame((pte_t){e})) != 1;
}

KTEST(kstack_guard_pages)
{
	u64 top = kstack_alloc();

	REQUIRE(top);
	walk(KSTACK_BASE, DEVICE_BASE, wrong_stack_page);
	EXPECT(kstack_is_guard(top - KSTACK_SIZE - 1) && kstack_is_guard(top - KSTACK_SIZE - PAGE_SIZE));
	EXPECT(!kstack_is_guard(top - KSTACK_SIZE) && !kstack_is_guard(top - 1) && !kstack_is_guard(KSTACK_BASE - 1));
	EXPECT(!pt_find(kmap_root(), top - KSTACK_SIZE - 1)->v);
	EXPECT(kstack_is_guard((u64)__builtin_frame_address(0)) == false);
	kstack_free(top);
}

/* No stack so far came near its guard page. */
KTEST(kstack_high_water)
{
	EXPECT(kstack_high_water() < KSTACK_SIZE * 3 / 4);
	log_raw("# deepest kernel stack so far: %lu of %u bytes\n", kstack_high_water(), KSTACK_SIZE);
}
