/*
 * kmap.c - builds the kernel half (kmap.h). Runs once, on the early tables, before any space exists; later
 * it only adds devices.
 *
 * K1  Nothing is writable and executable; kernel text and rodata are read-only under every address.
 * K2  The direct map covers RAM of the memory map, whole pages of it, and nothing else; never executable.
 * K3  Only the entry region is Global.
 */
#include "boot/handoff.h"
#include "kernel/lib/layout.h"
#include "kernel/lib/panic.h"
#include "kernel/lib/wall.h"
#include "mm/frame.h"
#include "mm/kmap.h"
#include "mm/pagetable.h"

#define LARGE_PAGE pt_span(2)

extern const char __entry_text_start[], __entry_text_end[], __text_start[], __text_end[];
extern const char __rodata_start[], __rodata_end[], __entry_data_start[], __entry_data_end[];
extern const char __kernel_end[];

static pa_t root;
static u64 device_next = DEVICE_BASE;
static struct range ram[HANDOFF_RANGES]; /* what the direct map covers */
static u32 ram_count;

/* The one place where the wall USER_BIT stands: what every kernel entry carries beside its rights. */
static u64 kernel_bits(void)
{
	return wall_up(WALL_USER_BIT) ? 0 : PTE_U;
}

pa_t kmap_root(void)
{
	return root;
}

static void map(u64 va, pa_t to, u64 bits, int level)
{
	pte_t *at = pt_find_or_make(root, va, level, kernel_bits());
	struct pt_batch b;

	if (!at)
		panic("no memory for the kernel's page tables");
	pt_batch_init(&b, NULL);
	ASSERT(!pte_present(*at));
	pt_commit(&b, at, pte_make(to, bits | kernel_bits() | PTE_P | PTE_A | PTE_D | (level > 1 ? PTE_PS : 0)), va,
		  level);
}

static bool within(u64 va, const char *start, const char *end)
{
	return va >= (u64)start && va < (u64)end;
}

static u64 image_rights(u64 va)
{
	if (within(va, __entry_text_start, __entry_text_end))
		return PTE_G;
	if (within(va, __text_start, __text_end))
		return 0;
	if (within(va, __rodata_start, __rodata_end))
		return PTE_NX;
	if (within(va, __entry_data_start, __entry_data_end))
		return PTE_W | PTE_NX | PTE_G;
	return PTE_W | PTE_NX;
}

static void map_image(void)
{
	for (u64 va = (u64)__entry_text_start; va < (u64)__kernel_end; va += PAGE_SIZE)
		map(va, pa(va - KERNEL_BASE), image_rights(va), 1);
}

/* May this page of RAM be written through the direct map? Not what the image maps read-only (K1). */
static bool ram_writable(u64 at)
{
	u64 va = at + KERNEL_BASE;

	return at >= EARLY_MAPPED || !within(va, __entry_text_start, __kernel_end) || (image_rights(va) & PTE_W);
}

static bool touches_image(u64 start, u64 end)
{
	return start < (u64)__kernel_end - KERNEL_BASE && end > KERNEL_LOAD;
}

static void map_ram(u64 start, u64 end)
{
	for (u64 at = start; at < end;) {
		u64 large_end = at + LARGE_PAGE;

		if (IS_ALIGNED(at, LARGE_PAGE) && large_end <= end && !touches_image(at, large_end)) {
			map(DIRECT_BASE + at, pa(at), PTE_W | PTE_NX, 2);
			at = large_end;
		} else {
			map(DIRECT_BASE + at, pa(at), (ram_writable(at) ? PTE_W : 0) | PTE_NX, 1);
			at += PAGE_SIZE;
		}
	}
}

void kmap_init(const struct handoff *h)
{
	root = frame_alloc_zeroed();
	if (!root.v)
		panic("no memory for the kernel's page tables");
	map_image();
	for (u32 i = 0; i < h->range_count; i++) {
		const struct range *r = &h->ranges[i];
		u64 start = ALIGN_UP(r->base, PAGE_SIZE), end = ALIGN_DOWN(r->base + r->length, PAGE_SIZE);

		if (start >= end)
			continue;
		ram[ram_count++] = (struct range){start, end - start};
		map_ram(start, end);
	}
	/* The top-level entries of stacks and devices, before the first space copies them. */
	if (!pt_find_or_make(root, KSTACK_BASE, 3, kernel_bits()) ||
	    !pt_find_or_make(root, DEVICE_BASE, 3, kernel_bits()))
		panic("no memory for the kernel's page tables");
}

void kmap_share(pa_t to)
{
	const pte_t *from = frame_ptr(root);
	pte_t *table = frame_ptr(to);

	for (u32 i = PT_ENTRIES / 2; i < PT_ENTRIES; i++)
		table[i] = from[i];
}

volatile void *kmap_device(pa_t at, u64 length)
{
	u64 start = ALIGN_DOWN(at.v, PAGE_SIZE), end = ALIGN_UP(at.v + length, PAGE_SIZE);
	u64 va = device_next;

	for (u32 i = 0; i < ram_count; i++)
		if (start < ram[i].base + ram[i].length && end > ram[i].base)
			return NULL;
	for (u64 p = start; p < end; p += PAGE_SIZE, device_next += PAGE_SIZE)
		map(device_next, pa(p), PTE_W | PTE_NX | PTE_PCD | PTE_PWT, 1);
	return (volatile void *)(va + (at.v & PAGE_MASK));
}
