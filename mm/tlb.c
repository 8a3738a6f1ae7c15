/*
 * tlb.c - entering and leaving spaces, and flushing (tlb.h: T1 to T4). The only file that uses INVLPG, INVPCID
 * and CR3 writes once the kernel's own tables are loaded.
 */
#include "kernel/lib/panic.h"
#include "kernel/x86/asm.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/features.h"
#include "mm/aspace.h"
#include "mm/tlb.h"

#define PCID_BITS     12
#define PCID_MASK     (BIT(PCID_BITS) - 1)
#define PCID_LAST     2047u
#define CR3_KEEP      BIT(63)
#define FLUSH_SINGLY  32 /* pages; more, and one flush of the whole PCID is cheaper */
#define INVPCID_ALL   2  /* every PCID, global entries too; SDM 2A INVPCID */

static struct {
	u64 generation;
	u32 next;
} pool[MAX_CPUS]; /* each its own CPU's, interrupts off */
static u32 pool_last;
static pa_t kernel_root;

/* The final write. Without PCID in CPUID, number and bit are dropped and every write flushes. */
static void load_cr3(pa_t root, u64 pcid, bool keep)
{
	if (keep)
		count_event(COUNT_CR3_KEPT);
	else
		count_event(COUNT_CR3_FLUSHED);
	write_cr3(cpu_features.pcid ? root.v | pcid | (keep ? CR3_KEEP : 0) : root.v);
}

void tlb_init(pa_t root, u32 size)
{
	kernel_root = root;
	pool_last = size >= 1 && size < PCID_LAST ? size : PCID_LAST;
	for (u32 i = 0; i < MAX_CPUS; i++) {
		pool[i].generation = 1;
		pool[i].next = 1;
	}
	load_cr3(root, 0, false);
}

static u64 slot_read(const struct aspace *as, u32 cpu)
{
	return __atomic_load_n(&as->tlb.slots[cpu], __ATOMIC_SEQ_CST);
}

static bool slot_valid(u64 slot, u32 cpu)
{
	return slot >> PCID_BITS == pool[cpu].generation; /* T1 */
}

static u64 slot_renew(struct aspace *as, u32 cpu)
{
	u64 slot;

	if (pool[cpu].next > pool_last) {
		pool[cpu].generation++; /* every slot of this CPU is now invalid: no walk, no broadcast */
		pool[cpu].next = 1;
		count_event(COUNT_PCID_WRAPS);
	}
	slot = pool[cpu].generation << PCID_BITS | pool[cpu].next++;
	__atomic_store_n(&as->tlb.slots[cpu], slot, __ATOMIC_RELEASE);
	return slot;
}

static void enter(struct aspace *as, u32 cpu)
{
	u64 slot;
	bool keep;

	__atomic_fetch_or(&as->tlb.active, 1u << cpu, __ATOMIC_SEQ_CST); /* T2: before the slot is read */
	slot = slot_read(as, cpu);
	keep = slot_valid(slot, cpu);
	if (!keep)
		slot = slot_renew(as, cpu);
	load_cr3(as->root, slot & PCID_MASK, keep);
}

void tlb_switch(struct aspace *to)
{
	struct cpu *c = cpu_this();
	struct aspace *from = c->aspace;

	if (to == from)
		return;
	if (to)
		enter(to, c->id);
	else
		load_cr3(kernel_root, 0, true); /* kernel entries are flushed under every PCID, 0 included */
	c->aspace = to;
	if (from)
		__atomic_fetch_and(&from->tlb.active, ~(1u << c->id), __ATOMIC_RELEASE);
}

/* This CPU has the space loaded. */
static void flush_here(struct aspace *as, u64 start, u64 end, u32 cpu)
{
	if ((end - start) >> PAGE_SHIFT <= FLUSH_SINGLY) {
		for (u64 va = start; va < end; va += PAGE_SIZE) {
			invlpg(va);
			count_event(COUNT_INVLPG);
		}
		return;
	}
	load_cr3(as->root, slot_read(as, cpu) & PCID_MASK, false);
}

void tlb_flush_range(struct aspace *as, u64 start, u64 end)
{
	struct cpu *self = cpu_this();
	u32 active;

	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* T3: the entry's store comes before this read */
	active = __atomic_load_n(&as->tlb.active, __ATOMIC_SEQ_CST);
	for (u32 i = 0; i < cpu_count; i++)
		if (!(active & 1u << i))
			__atomic_store_n(&as->tlb.slots[i], 0, __ATOMIC_SEQ_CST);
	ASSERT(!(active & ~(1u << self->id)));
	if (active & 1u << self->id)
		flush_here(as, start, end, self->id);
}

void tlb_flush_kernel(u64 start, u64 end)
{
	static const struct invpcid_desc all;
	struct cpu *self = cpu_this();

	(void)start;
	(void)end;
	ASSERT(cpu_count == 1);
	if (cpu_features.invpcid) {
		invpcid(INVPCID_ALL, &all);
		count_event(COUNT_INVPCID);
		return;
	}
	/* Writing CR4.PGE drops all entries of all PCIDs, SDM 3A 4.10.4.1. */
	if (cpu_features.pge) {
		write_cr4(read_cr4() & ~CR4_PGE);
		write_cr4(read_cr4() | CR4_PGE);
		count_event(COUNT_INVPCID);
		return;
	}
	load_cr3(self->aspace ? self->aspace->root : kernel_root, 0, false);
}

pcid_t tlb_pcid(const struct aspace *as)
{
	u32 cpu = cpu_this()->id;
	u64 slot = slot_read(as, cpu);

	return (pcid_t){(u16)(slot_valid(slot, cpu) ? slot & PCID_MASK : 0)};
}
