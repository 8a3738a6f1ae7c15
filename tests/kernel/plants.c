/*
 * plants.c - planted bugs: each must end in a panic that names it (tests/parts/sanitize.py says which line). The
 * boot word `ktest=plant/NAME` runs one in place of the suite.
 *
 * What the compiler could see through goes by way of `volatile`.
 */
#include "kernel/lib/log.h"
#include "kernel/lib/panic.h"
#include "kernel/lib/string.h"
#include "kernel/x86/asm.h"
#include "mm/cache.h"
#include "mm/frame.h"
#include "mm/kmap.h"
#include "mm/kstack.h"
#include "mm/pagetable.h"
#include "mm/usercopy.h"
#include "sched/sched.h"
#include "tests/kernel/support.h"

#define PLANT __attribute__((noinline)) static void

static volatile u64 seven = 7, forty = 40, none;
static volatile i32 largest = INT32_MAX, smallest = INT32_MIN, minus_one = -1;
static volatile u64 sink;

/* ---- the stack protector, in every build */

PLANT stack_smash(void)
{
	u8 room[16];
	u8 *p = room;

	/* asm hides from the compiler where p points */
	__asm__ volatile("" : "+r"(p));
	memset(p, 0x41, forty); /* over the guard, and what is behind it */
	sink = room[seven];
}

/* ---- undefined behaviour */

PLANT add(void)
{
	sink = (u64)(largest + minus_one * minus_one);
}

PLANT subtract(void)
{
	sink = (u64)(smallest - 1);
}

PLANT multiply(void)
{
	sink = (u64)(largest * 2);
}

PLANT negate(void)
{
	sink = (u64)-smallest;
}

PLANT divide(void)
{
	sink = (u64)(smallest / minus_one);
}

PLANT shift(void)
{
	sink = 1u << forty;
}

PLANT shift_negative(void)
{
	sink = (u64)(1 << minus_one);
}

PLANT index(void)
{
	static u32 table[4];

	sink = table[seven];
}

PLANT null_pointer(void)
{
	const u64 *p = (const u64 *)none;

	sink = *p;
}

PLANT misaligned(void)
{
	static u64 words[2];
	const u64 *p = (const u64 *)((u64)words + seven);

	sink = *p;
}

PLANT pointer_wraps(void)
{
	const u8 *p = (const u8 *)-seven;

	sink = (u64)(p + forty);
}

PLANT not_a_bool(void)
{
	static u8 byte = 2;
	const volatile bool *b = (const volatile bool *)&byte;

	sink = *b;
}

PLANT unreachable(void)
{
	if (seven == 7)
		__builtin_unreachable();
	sink = 1;
}

/* ---- memory that is not theirs, in the kasan build. Volatile pointers: UBSan is not to see them first. */

PLANT object_end(void)
{
	volatile u8 *p = kmalloc(forty);

	p[forty] = 1;
}

PLANT object_end_of_frame(void)
{
	volatile u8 *p = kmalloc(3000);

	sink = p[3000];
}

PLANT object_neighbour(void)
{
	static struct cache c;
	u8 *p;

	cache_init(&c, "plant", 64, 0);
	p = cache_alloc(&c);
	memset(p, 0, forty + 25);
	sink = p[0]; /* or the memset would become a jump, and the caller's name stand in the report */
}

PLANT object_freed(void)
{
	volatile u8 *p = kmalloc(forty);

	kfree((void *)p);
	sink = p[seven];
}

PLANT object_freed_twice(void)
{
	u8 *p = kmalloc(forty);

	kfree(p);
	kfree(p);
}

PLANT object_to_user(void)
{
	u8 *p = kmalloc(forty);

	sink = (u64)copy_to_user(uva(CODE_AT), p, forty + 1);
}

PLANT frame_freed(void)
{
	pa_t f = frame_alloc();
	volatile u64 *p = frame_ptr(f);

	frame_unref(f);
	p[seven] = 1;
}

/* Handed out again it may be touched, but by then it is another's. */
PLANT frame_freed_long_ago(void)
{
	pa_t f = frame_alloc();
	volatile u64 *p = frame_ptr(f);

	frame_unref(f);
	frame_alloc();
	p[seven] = 1;
}

PLANT stack_array(void)
{
	u32 room[4] = {0};
	volatile u32 *volatile p = room;

	sink = p[seven - 3];
}

PLANT global_array(void)
{
	static u32 table[5];
	volatile u32 *volatile p = table;

	p[seven - 2] = 1;
}

PLANT thread_stack(void)
{
	u64 top = kstack_alloc();

	kstack_free(top);
	((volatile u64 *)top)[-2] = 1;
}

/* ---- several CPUs */

static void hang_here(void *argument)
{
	(void)argument;
	irq_disable();
	while (seven == 7)
		cpu_pause();
}

PLANT hung_cpu(void)
{
	thread_launch_on(1, hang_here, NULL);
	while (seven == 7)
		thread_yield();
}

static void panic_here(void *argument)
{
	(void)argument;
	panic("planted on another CPU");
}

PLANT panic_on_another(void)
{
	thread_launch_on(cpu_count - 1, panic_here, NULL);
	while (seven == 7)
		thread_yield();
}

/* ---- debts to the TLB (mm/tlb_model.h) */

#define PAGE_AT 0x10000000ul

/* A space with one page, loaded here. */
static struct aspace *loaded_space(void)
{
	struct aspace *as = space_of(PAGE_AT, 1, PROT_RW);

	space_fault(as, PAGE_AT, PF_WRITE);
	space_load(as);
	return as;
}

__attribute__((noinline)) static void take_page(struct pt_batch *b, struct aspace *as)
{
	pt_batch_init(b, as);
	pt_commit(b, pt_find(as->root, PAGE_AT), (pte_t){0}, PAGE_AT, 1);
}

PLANT tlb_frame_freed(void)
{
	struct aspace *as = loaded_space();
	pa_t f = pte_frame(*pt_find(as->root, PAGE_AT));
	struct pt_batch b;

	take_page(&b, as);
	frame_unref(f);
}

PLANT tlb_not_flushed(void)
{
	struct pt_batch b;

	take_page(&b, loaded_space());
	b.start = b.end;
	pt_batch_finish(&b);
}

PLANT tlb_not_finished(void)
{
	struct pt_batch b;

	take_page(&b, loaded_space());
	thread_launch_on(cpu_this()->id, panic_here, NULL);
	while (seven == 7)
		thread_yield();
}

PLANT tlb_kernel_not_flushed(void)
{
	u64 va = kstack_alloc() - PAGE_SIZE;
	struct pt_batch b;

	pt_batch_init(&b, NULL);
	pt_commit(&b, pt_find(kmap_root(), va), (pte_t){0}, va, 1);
	b.start = b.end;
	pt_batch_finish(&b);
}

PLANT tlb_slot_comes_back(void)
{
	struct aspace *as = loaded_space();
	u64 *slot = &as->tlb.slots[cpu_this()->id], was = *slot;
	struct pt_batch b;

	space_load(NULL);
	take_page(&b, as);
	pt_batch_finish(&b);
	*slot = was;
	space_load(as);
}

PLANT tlb_pcid_of_two(void)
{
	struct aspace *as = loaded_space(), *other = loaded_space();

	as->tlb.slots[cpu_this()->id] = other->tlb.slots[cpu_this()->id];
	space_load(as);
}

static void load_here(void *argument)
{
	space_load(argument);
	sink = 0;
	while (seven == 7)
		cpu_pause();
}

PLANT tlb_not_asked(void)
{
	struct aspace *as = loaded_space();
	struct pt_batch b;

	sink = 1;
	thread_launch_on(other_cpu(), load_here, as);
	while (sink)
		cpu_pause();
	as->tlb.active = 0;
	take_page(&b, as);
	pt_batch_finish(&b);
}

PLANT tlb_loaded_space_ends(void)
{
	struct aspace *as = loaded_space();

	cpu_this()->aspace = NULL;
	as->tlb.active = 0;
	aspace_unref(as);
}

static const struct ktest plants[] = {
	{"stack-smash", stack_smash}, {"add", add}, {"subtract", subtract}, {"multiply", multiply}, {"negate", negate},
	{"divide", divide}, {"shift", shift}, {"shift-negative", shift_negative}, {"index", index},
	{"null-pointer", null_pointer}, {"misaligned", misaligned}, {"pointer-wraps", pointer_wraps},
	{"not-a-bool", not_a_bool}, {"unreachable", unreachable}, {"object-end", object_end},
	{"object-end-of-frame", object_end_of_frame}, {"object-neighbour", object_neighbour},
	{"object-freed", object_freed}, {"object-freed-twice", object_freed_twice}, {"object-to-user", object_to_user},
	{"frame-freed", frame_freed}, {"frame-freed-long-ago", frame_freed_long_ago}, {"stack-array", stack_array},
	{"global-array", global_array}, {"thread-stack", thread_stack},
	{"hung-cpu", hung_cpu}, {"panic-on-another", panic_on_another}, {"tlb-frame-freed", tlb_frame_freed},
	{"tlb-not-flushed", tlb_not_flushed}, {"tlb-not-finished", tlb_not_finished},
	{"tlb-kernel-not-flushed", tlb_kernel_not_flushed}, {"tlb-slot-comes-back", tlb_slot_comes_back},
	{"tlb-pcid-of-two", tlb_pcid_of_two}, {"tlb-not-asked", tlb_not_asked},
	{"tlb-loaded-space-ends", tlb_loaded_space_ends},
};

void plant_run(const char *name)
{
	for (u32 i = 0; i < ARRAY_SIZE(plants); i++)
		if (!strcmp(plants[i].name, name))
			plants[i].run();
	log_raw("plant %s: there is none, or nobody saw it\n", name);
}
