/*
 * tlb.c - entering and leaving spaces, and flushing (tlb.h: T1 to T5). The only file that uses INVLPG, INVPCID
 * and CR3 writes once the kernel's own tables are loaded: in flush_page(), flush_all_pcids() and load_cr3().
 */
#include "kernel/lib/panic.h"
#include "kernel/lib/wall.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/asm.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/features.h"
#include "mm/aspace.h"
#include "mm/tlb_model.h"

#define PCID_BITS     12
#define PCID_MASK     (BIT(PCID_BITS) - 1)
#define PCID_LAST     2047u
#define CR3_KEEP      BIT(63)
#define FLUSH_SINGLY  32 /* pages; more, and one flush of the whole PCID is cheaper */
#define INVPCID_ALL   2  /* every PCID, global entries too; SDM 2A INVPCID */

static struct {
	u64 generation;
	u32 next;
	u32 loaded; /* the PCID in CR3, or what it would be with PCID in CPUID */
} pool[MAX_CPUS]; /* each its own CPU's, interrupts off */
static u32 pool_last;
static pa_t kernel_root;

/* What one CPU wants of others; its own, which the others only read, but for `pending`. */
static struct request {
	struct aspace *as; /* NULL: kernel addresses */
	u64 start, end;
	bool leave;        /* the space is ending: let go of it */
	u32 pending;       /* atomic: CPUs that have not done it yet */
} requests[MAX_CPUS];

/* The final write; NULL: the kernel's tables. Without PCID in CPUID number and bit are dropped: all writes flush. */
static void load_cr3(struct aspace *as, u64 pcid, bool keep)
{
	u64 root = as ? as->root.v : kernel_root.v;

	if (keep)
		count_event(COUNT_CR3_KEPT);
	else
		count_event(COUNT_CR3_FLUSHED);
	pool[cpu_this()->id].loaded = (u32)pcid;
	TLB_TELL(load(as, pcid, keep));
	write_cr3(cpu_features.pcid ? root | pcid | (keep ? CR3_KEEP : 0) : root);
}

void tlb_init(pa_t root, u32 size)
{
	kernel_root = root;
	pool_last = size >= 1 && size < PCID_LAST ? size : PCID_LAST;
	for (u32 i = 0; i < MAX_CPUS; i++) {
		pool[i].generation = 1;
		pool[i].next = 1;
	}
	load_cr3(NULL, 0, false);
}

static void flush_page(u64 va)
{
	TLB_TELL(invlpg(va));
	invlpg(va);
	count_event(COUNT_INVLPG);
}

static void flush_all_pcids(void)
{
	static const struct invpcid_desc all;

	TLB_TELL(flush_all());
	if (cpu_features.invpcid) {
		invpcid(INVPCID_ALL, &all);
	} else {
		/* Writing CR4.PGE drops all entries of all PCIDs, SDM 3A 4.10.4.1. */
		write_cr4(read_cr4() & ~CR4_PGE);
		write_cr4(read_cr4() | CR4_PGE);
	}
	count_event(COUNT_INVPCID);
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
	load_cr3(as, slot & PCID_MASK, keep);
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
		load_cr3(NULL, 0, true); /* kernel entries are flushed under every PCID, 0 included */
	c->aspace = to;
	if (from)
		__atomic_fetch_and(&from->tlb.active, ~(1u << c->id), __ATOMIC_RELEASE);
}

/* This CPU has the space loaded. Its slot may have been zeroed since, so the PCID is not taken from there. */
static void flush_here(struct aspace *as, u64 start, u64 end)
{
	if ((end - start) >> PAGE_SHIFT <= FLUSH_SINGLY) {
		for (u64 va = start; va < end; va += PAGE_SIZE)
			flush_page(va);
		return;
	}
	load_cr3(as, pool[cpu_this()->id].loaded, false);
}

static void flush_kernel_here(void)
{
	struct cpu *self = cpu_this();

	if (cpu_features.invpcid || cpu_features.pge)
		flush_all_pcids();
	else
		load_cr3(self->aspace, pool[self->id].loaded, false); /* nor is there PCID */
}

/* T5: the CPU may have switched, even twice, since it was asked. */
static void serve(const struct request *r)
{
	struct cpu *self = cpu_this();
	bool loaded = self->aspace == r->as;

	if (!r->as)
		flush_kernel_here();
	else if (r->leave && loaded)
		tlb_switch(NULL);
	else if (loaded)
		flush_here(r->as, r->start, r->end);
	else
		__atomic_store_n(&r->as->tlb.slots[self->id], 0, __ATOMIC_SEQ_CST);
}

void tlb_serve(void)
{
	u32 self = 1u << cpu_this()->id;

	for (u32 i = 0; i < cpu_count; i++) {
		if (!(__atomic_load_n(&requests[i].pending, __ATOMIC_ACQUIRE) & self))
			continue;
		serve(&requests[i]);
		__atomic_fetch_and(&requests[i].pending, ~self, __ATOMIC_RELEASE);
	}
}

/* T5: `what` is this CPU's until wait() returns, since a thread in the kernel is not preempted. */
static void ask(u32 targets, struct request what)
{
	struct request *r = &requests[cpu_this()->id];

	ASSERT(irq_enabled() && !r->pending);
	*r = what;
	__atomic_store_n(&r->pending, targets, __ATOMIC_RELEASE);
	for (u32 i = 0; i < cpu_count; i++) {
		if (!(targets & 1u << i))
			continue;
		apic_send(cpus[i].apic_id, TRAP_SHOOTDOWN);
		count_event(COUNT_SHOOTDOWNS);
	}
}

static void wait(void)
{
	while (__atomic_load_n(&requests[cpu_this()->id].pending, __ATOMIC_ACQUIRE))
		cpu_pause();
}

/* T3. The CPUs that must be asked, this one left out. */
static u32 others_to_flush(struct aspace *as, u32 self)
{
	u32 first = __atomic_load_n(&as->tlb.active, __ATOMIC_SEQ_CST);

	for (u32 i = 0; i < cpu_count; i++)
		if (!(first & 1u << i))
			__atomic_store_n(&as->tlb.slots[i], 0, __ATOMIC_RELAXED);
	if (cpu_count == 1)
		return 0;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return (first | __atomic_load_n(&as->tlb.active, __ATOMIC_SEQ_CST)) & ~(1u << self);
}

void tlb_flush_range(struct aspace *as, u64 start, u64 end)
{
	struct cpu *self = cpu_this();
	u32 others;

	others = others_to_flush(as, self->id);
	TLB_TELL(called(as, others | 1u << self->id));
	if (!wall_up(WALL_SHOOTDOWN))
		others = 0;
	if (others)
		ask(others, (struct request){.as = as, .start = start, .end = end});
	if (self->aspace == as)
		flush_here(as, start, end);
	if (others)
		wait();
}

void tlb_flush_kernel(void)
{
	u32 others = (u32)(BIT(cpu_count) - 1) & ~(1u << cpu_this()->id);

	if (others)
		ask(others, (struct request){.as = NULL});
	flush_kernel_here();
	if (others)
		wait();
}

void tlb_leave_all(struct aspace *as)
{
	u32 active = __atomic_load_n(&as->tlb.active, __ATOMIC_ACQUIRE);
	struct cpu *self = cpu_this();

	if (self->aspace == as) {
		bool on = arch_irq_save();

		tlb_switch(NULL);
		arch_irq_restore(on);
	}
	active &= ~(1u << self->id);
	if (active) {
		ask(active, (struct request){.as = as, .leave = true});
		wait();
	}
}

pcid_t tlb_pcid(const struct aspace *as)
{
	u32 cpu = cpu_this()->id;
	u64 slot = slot_read(as, cpu);

	return (pcid_t){(u16)(slot_valid(slot, cpu) ? slot & PCID_MASK : 0)};
}
