/*
 * kasan.c - the address sanitizer's run time (build kasan). The compiler calls __asan_loadN and __asan_storeN before
 * each access; a shadow byte says how many of its 8 bytes may be touched: 0 all, 1 to 7 the first ones, else none,
 * and why. Serebryany and others, "AddressSanitizer: A Fast Address Sanity Checker", 2012.
 *
 *      shadow of `a` at (a >> 3) + SHADOW_OFFSET     what it covers
 *      ffff_ec00_0000_0000                           the direct map
 *      ffff_f400_0000_0000                           kernel stacks
 *      ffff_fbff_f000_0000                           the kernel image, with the boot stack and the entry stacks
 *
 * The compiler writes the shadow of arrays on the stack itself, from the first C function on. So the image's shadow
 * is there before kernel_main(), in the early tables; the rest follows once there are the final ones. Other addresses
 * are not checked. This file is compiled without the sanitizer; the linker's --wrap puts some of its functions around
 * the kernel's.
 */
#include "boot/handoff.h"
#include "kernel/lib/panic.h"
#include "kernel/lib/symbols.h"
#include "kernel/x86/asm.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/tables.h"
#include "mm/kasan.h"
#include "mm/kmap.h"
#include "mm/kstack.h"
#include "mm/pagetable.h"
#include "mm/tlb.h"

#define SHADOW_OFFSET (SHADOW_BASE - (DIRECT_BASE >> 3)) /* the Makefile tells the compiler */
#define GRANULE       8ul
#define CALLER        __builtin_return_address(0)
#define IMAGE_MAX     (16ul << 20) /* what one page table of shadow covers */
#define KSTACKS_END   (KSTACK_BASE + KSTACKS_MAX * (KSTACK_SIZE + PAGE_SIZE))
#define TABLE         (PTE_P | PTE_W | PTE_A)
#define PAGE          (TABLE | PTE_D | PTE_NX)

/* What the compiler makes of an array on the stack or a global, beside mm/kasan.h. */
#define STACK_LEFT   0xf1
#define STACK_MIDDLE 0xf2
#define STACK_RIGHT  0xf3
#define STACK_SCOPE  0xf8
#define GLOBAL_END   0xf9

extern u8 boot_stack[], boot_stack_top[];
extern const char __kernel_end[];
extern void (*const __init_array_start[])(void), (*const __init_array_end[])(void);

static u8 image_shadow[IMAGE_MAX / GRANULE] __attribute__((aligned(4096)));
static pte_t early_tables[3][PT_ENTRIES] __attribute__((aligned(4096)));
static bool image_ready, all_ready;

void *__real_memset(void *to, int c, size_t n); /* the kernel's own: see the end of this file */

static u8 *shadow_of(u64 a)
{
	return (u8 *)((a >> 3) + SHADOW_OFFSET);
}

static bool covered(u64 a)
{
	if (a >= KERNEL_BASE)
		return image_ready && a < (u64)__kernel_end;
	return all_ready && ((a >= DIRECT_BASE && a < KSTACK_BASE) || (a >= KSTACK_BASE && a < KSTACKS_END));
}

/* ---- reports */

static const char *meaning(u8 state)
{
	switch (state) {
	case KASAN_REDZONE_OBJECT: return "beyond an object";
	case KASAN_FREED_OBJECT: return "freed object";
	case KASAN_FREED_FRAME: return "freed frame";
	case KASAN_FREED_STACK: return "stack of a thread that is gone";
	case STACK_LEFT: case STACK_MIDDLE: case STACK_RIGHT: return "beyond an array on the stack";
	case STACK_SCOPE: return "array on the stack, out of its scope";
	case GLOBAL_END: return "beyond a global";
	default: return "beyond an object";
	}
}

static void report(u64 a, const char *access, u64 n, const void *caller)
{
	u8 state = *shadow_of(a);
	u64 offset;
	const char *name = symbol_find((u64)caller - 1, &offset);

	if (panicking())
		return;
	if (state < GRANULE)
		state = shadow_of(a)[1];
	panic("KASAN: %s, %s of %lu bytes at %#lx in %s()", meaning(state), access, n, a, name ? name : "?");
}

/* The first byte of [a, a + n) that must not be touched; 0: there is none. */
static u64 first_bad(u64 a, u64 n)
{
	for (u64 at = a, end = a + n; at < end; at = ALIGN_DOWN(at, GRANULE) + GRANULE) {
		u8 s = *shadow_of(at);
		u64 last = MIN(end - 1, at | (GRANULE - 1));

		if (s && (s >= GRANULE || (last & (GRANULE - 1)) >= s))
			return MAX(at, s < GRANULE ? ALIGN_DOWN(at, GRANULE) + s : 0);
	}
	return 0;
}

static void check(u64 a, u64 n, const char *access, const void *caller)
{
	u64 bad;

	if (!n || !covered(a))
		return;
	bad = covered(a + n - 1) ? first_bad(a, n) : a;
	if (bad)
		report(bad, access, n, caller);
}

#define ACCESS(name, text, n, ...)                                 \
	void __asan_##name##_noabort(u64 a, ##__VA_ARGS__);        \
	void __asan_##name##_noabort(u64 a, ##__VA_ARGS__)         \
	{                                                          \
		check(a, n, text, CALLER);                         \
	}

ACCESS(load1, "read", 1)
ACCESS(load2, "read", 2)
ACCESS(load4, "read", 4)
ACCESS(load8, "read", 8)
ACCESS(load16, "read", 16)
ACCESS(loadN, "read", n, u64 n)
ACCESS(store1, "write", 1)
ACCESS(store2, "write", 2)
ACCESS(store4, "write", 4)
ACCESS(store8, "write", 8)
ACCESS(store16, "write", 16)
ACCESS(storeN, "write", n, u64 n)

/* ---- the shadow's contents */

void kasan_set(const void *at, u64 n, enum kasan_state state)
{
	u8 *s = shadow_of((u64)at);

	if (!covered((u64)at))
		return;
	__real_memset(s, state, n / GRANULE);
	if (n % GRANULE)
		s[n / GRANULE] = state == KASAN_USABLE ? (u8)(n % GRANULE) : (u8)state;
}

void kasan_check_free(const void *object)
{
	check((u64)object, 1, "free", CALLER);
}

/* LLVM, compiler-rt/lib/asan/asan_interface_internal.h; both compilers emit it. */
struct global {
	u64 at, size, size_with_redzone;
	const char *name, *module;
	u64 has_constructor, location, odr;
};

void __asan_register_globals(const struct global *g, u64 n);
void __asan_unregister_globals(const struct global *g, u64 n);
void __asan_handle_no_return(void);

void __asan_register_globals(const struct global *g, u64 n)
{
	for (u64 i = 0; i < n; i++) {
		u64 end = ALIGN_UP(g[i].size, GRANULE);

		kasan_set((void *)g[i].at, g[i].size, KASAN_USABLE);
		kasan_set((void *)(g[i].at + end), g[i].size_with_redzone - end, (enum kasan_state)GLOBAL_END);
	}
}

void __asan_unregister_globals(const struct global *g, u64 n)
{
	(void)g;
	(void)n;
}

/* The functions above on this stack may never return and clear their arrays' shadow. */
void __asan_handle_no_return(void)
{
	u64 sp = (u64)__builtin_frame_address(0), top;

	if (sp >= (u64)boot_stack && sp < (u64)boot_stack_top)
		top = (u64)boot_stack_top;
	else if (sp >= (u64)ist_stacks && sp < (u64)ist_stacks + sizeof ist_stacks)
		top = ALIGN_UP(sp, IST_SIZE);
	else
		top = cpu_this()->kernel_rsp;
	if (top > sp && top - sp <= KSTACK_SIZE)
		kasan_set((void *)sp, top - sp, KASAN_USABLE);
}

/* ---- the shadow's pages */

void __real_kernel_main(u32 magic, u64 info);
void __wrap_kernel_main(u32 magic, u64 info);
void __real_tlb_init(pa_t root, u32 pool);
void __wrap_tlb_init(pa_t root, u32 pool);

static pa_t image_pa(const void *p)
{
	return pa((u64)p - KERNEL_BASE);
}

void __wrap_kernel_main(u32 magic, u64 info)
{
	u64 shadow = (u64)shadow_of(KERNEL_BASE);
	pte_t *early = (pte_t *)(read_cr3() + KERNEL_BASE);

	early[pt_index(shadow, 4)] = pte_make(image_pa(early_tables[0]), TABLE);
	early_tables[0][pt_index(shadow, 3)] = pte_make(image_pa(early_tables[1]), TABLE);
	early_tables[1][pt_index(shadow, 2)] = pte_make(image_pa(early_tables[2]), TABLE);
	for (u64 i = 0; i < PT_ENTRIES; i++)
		early_tables[2][i] = pte_make(image_pa(image_shadow + i * PAGE_SIZE), PAGE);
	image_ready = true;
	for (void (*const *f)(void) = __init_array_start; f < __init_array_end; f++)
		(*f)();
	__real_kernel_main(magic, info);
}

/* In a new frame, unless `to` says where. */
static void map_page(u64 shadow, pa_t to)
{
	pte_t *at = pt_find_or_make(kmap_root(), shadow, 1, 0);
	struct pt_batch b;

	if (at && pte_present(*at))
		return;
	if (!to.v)
		to = frame_alloc_zeroed();
	if (!at || !to.v)
		panic("no memory for the address sanitizer's shadow");
	pt_batch_init(&b, NULL);
	pt_commit(&b, at, pte_make(to, PAGE), shadow, 1);
}

static void map_shadow(u64 start, u64 end)
{
	u64 from = ALIGN_DOWN((u64)shadow_of(start), PAGE_SIZE), to = ALIGN_UP((u64)shadow_of(end - 1) + 1, PAGE_SIZE);

	for (u64 s = from; s < to; s += PAGE_SIZE)
		map_page(s, pa(0));
}

/* The final tables are complete but for this, and not loaded yet. */
void __wrap_tlb_init(pa_t root, u32 pool)
{
	ASSERT((u64)__kernel_end - KERNEL_BASE < IMAGE_MAX);
	for (u64 i = 0; i < PT_ENTRIES; i++)
		map_page((u64)shadow_of(KERNEL_BASE) + i * PAGE_SIZE, image_pa(image_shadow + i * PAGE_SIZE));
	for (u32 i = 0; i < boot_handoff->range_count; i++) {
		const struct range *r = &boot_handoff->ranges[i];

		map_shadow(DIRECT_BASE + r->base, DIRECT_BASE + r->base + r->length);
	}
	map_shadow(KSTACK_BASE, KSTACKS_END);
	__real_tlb_init(root, pool);
	all_ready = true;
}

/* ---- around functions of the kernel that touch memory without the compiler's knowledge */

#define WRAP(type, name, ...)                   \
	type __real_##name(__VA_ARGS__);        \
	type __wrap_##name(__VA_ARGS__);        \
	type __wrap_##name(__VA_ARGS__)

WRAP(void *, memcpy, void *to, const void *from, size_t n)
{
	check((u64)from, n, "read", CALLER);
	check((u64)to, n, "write", CALLER);
	return __real_memcpy(to, from, n);
}

WRAP(void *, memmove, void *to, const void *from, size_t n)
{
	check((u64)from, n, "read", CALLER);
	check((u64)to, n, "write", CALLER);
	return __real_memmove(to, from, n);
}

WRAP(void *, memset, void *to, int c, size_t n)
{
	check((u64)to, n, "write", CALLER);
	return __real_memset(to, c, n);
}

WRAP(u64, usercopy_move, void *to, const void *from, u64 n)
{
	check((u64)from, n, "read", CALLER);
	check((u64)to, n, "write", CALLER);
	return __real_usercopy_move(to, from, n);
}

WRAP(u64, kstack_alloc, void)
{
	u64 top = __real_kstack_alloc();

	if (top)
		kasan_set((void *)(top - KSTACK_SIZE), KSTACK_SIZE, KASAN_USABLE);
	return top;
}

WRAP(void, kstack_free, u64 top)
{
	kasan_set((void *)(top - KSTACK_SIZE), KSTACK_SIZE, KASAN_FREED_STACK); /* first: then another may have it */
	__real_kstack_free(top);
}
