/*
 * tlb_model.c - debts to the TLBs (mm/tlb_model.h: M1 to M5).
 *
 * A debt is open from the store that took something away until its batch is finished. A CPU that need not pay, since
 * nothing of the space is loaded there, has its PCID of the space spoilt instead: `ghost` of the space becomes 0. So
 * the state outside debts is small: which space each CPU has loaded, whose each PCID was last, and where each
 * space's entries are good.
 */
#include "mm/tlb_model.h"

#include "kernel/lib/arch.h"
#include "kernel/lib/panic.h"
#include "kernel/lib/symbols.h"
#include "kernel/x86/asm.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/features.h"
#include "mm/aspace.h"

#define PCIDS   2048
#define BATCHES 4  /* of one CPU at a time */
#define PAGES   32 /* that a debt knows singly; more, and only a flush of the PCID pays */

/* What one CPU has not paid yet. */
struct owed {
	u32 pages; /* bits in the debt's list */
	bool table, all;
};

struct debt {
	const struct pt_batch *batch; /* NULL: none */
	const struct aspace *as;      /* NULL: the kernel's entries */
	u64 who;                      /* took away last, a code address */
	u32 count;
	u64 pages[PAGES];
	struct owed owed[MAX_CPUS];
};

/* All of it under the lock. */
static u32 model_lock;
static struct debt debts[MAX_CPUS][BATCHES];         /* by debtor */
static u32 open_debts;                               /* atomic: most of the time there is none */
static const struct aspace *in_cr3[MAX_CPUS];        /* NULL: the kernel's tables */
static const struct aspace *tenant[MAX_CPUS][PCIDS]; /* who had the PCID last; may be gone since */

static bool enter_model(void)
{
	bool on = arch_irq_save();

	while (__atomic_exchange_n(&model_lock, 1, __ATOMIC_ACQUIRE))
		cpu_pause();
	return on;
}

static void leave_model(bool on)
{
	__atomic_store_n(&model_lock, 0, __ATOMIC_RELEASE);
	arch_irq_restore(on);
}

static bool no_debt(void)
{
	return !__atomic_load_n(&open_debts, __ATOMIC_RELAXED);
}

static bool owes(const struct debt *d, u32 cpu)
{
	return d->owed[cpu].pages || d->owed[cpu].table || d->owed[cpu].all;
}

static _Noreturn void stale(const struct debt *d, u32 cpu, const char *what)
{
	u64 offset = 0;
	const char *name = symbol_find(d->who - 1, &offset);

	panic("TLB: CPU %u may still hold what %s() took away, and %s", cpu, name ? name : "?", what);
}

/* ---- what a CPU's TLB may hold of a space that can still be used: all under one PCID */

static bool good(const struct aspace *as, u32 cpu)
{
	u32 pcid = as->tlb.ghost[cpu];

	return pcid && tenant[cpu][pcid] == as;
}

/* The CPU does not pay: what it holds must never be used. It may not be using it now. */
static void spoil(struct debt *d, u32 cpu, const char *what)
{
	if (!d->as || in_cr3[cpu] == d->as)
		stale(d, cpu, what);
	((struct aspace *)d->as)->tlb.ghost[cpu] = 0;
	d->owed[cpu] = (struct owed){0};
}

/* ---- debts open */

static bool loses(pte_t old, pte_t new, int level)
{
	u64 type = PTE_PCD | PTE_PWT | (level == 1 ? PTE_PS : 0); /* bit 7 is PAT there */

	if (!(old.v & PTE_P))
		return false;
	return !(new.v & PTE_P) || (old.v & ~new.v & (PTE_W | PTE_U)) || (new.v & ~old.v & PTE_NX) ||
	       ((old.v ^ new.v) & (PTE_FRAME | type));
}

static struct debt *find(u32 debtor, const struct pt_batch *b)
{
	struct debt *d = debts[debtor];

	while (d < debts[debtor] + BATCHES && d->batch != b)
		d++;
	return d < debts[debtor] + BATCHES ? d : NULL;
}

static struct debt *find_or_open(const struct pt_batch *b)
{
	u32 self = cpu_this()->id;
	struct debt *d = find(self, b);

	if (d)
		return d;
	d = find(self, NULL);
	if (!d)
		panic("TLB: more than %d commits of one CPU owe", BATCHES);
	*d = (struct debt){.batch = b, .as = b->as};
	__atomic_fetch_add(&open_debts, 1, __ATOMIC_RELAXED);
	return d;
}

/* The page's bit in the list; 0: there are too many. */
static u32 page_bit(struct debt *d, u64 va)
{
	u32 i = 0;

	while (i < d->count && d->pages[i] != va)
		i++;
	if (i == PAGES)
		return 0;
	d->pages[i] = va;
	d->count = MAX(d->count, i + 1);
	return 1u << i;
}

void tlb_model_owe(const struct pt_batch *b, u64 va, int level, pte_t old, pte_t new, u64 who)
{
	bool table = level > 1 && !(old.v & PTE_PS), on;
	struct debt *d;
	u32 bit;

	if (!loses(old, new, level))
		return;
	if (b->as && va >> 63)
		panic("TLB: %#lx is taken away from one space only", va);
	on = enter_model();
	d = find_or_open(b);
	d->who = who;
	bit = table || level > 1 ? 0 : page_bit(d, va);
	for (u32 i = 0; i < cpu_count; i++) {
		if (d->as && !good(d->as, i))
			continue;
		d->owed[i].table |= table;
		d->owed[i].pages |= bit;
		d->owed[i].all |= !table && !bit;
	}
	leave_model(on);
}

/* ---- and are called, and settled */

void tlb_model_called(const struct aspace *as, u32 named)
{
	struct debt *mine = debts[cpu_this()->id];
	bool on;

	if (no_debt())
		return;
	on = enter_model();
	for (struct debt *d = mine; d < mine + BATCHES; d++)
		for (u32 i = 0; d->batch && d->as == as && i < cpu_count; i++)
			if (owes(d, i) && !(named & 1u << i))
				spoil(d, i, "it has the space loaded and is not asked");
	leave_model(on);
}

void tlb_model_settle(const struct pt_batch *b, const char *what)
{
	struct debt *d;
	bool on;

	if (no_debt())
		return;
	on = enter_model();
	d = find(cpu_this()->id, b);
	for (u32 i = 0; d && i < cpu_count; i++)
		if (owes(d, i))
			spoil(d, i, what);
	if (d) {
		d->batch = NULL;
		__atomic_fetch_sub(&open_debts, 1, __ATOMIC_RELAXED);
	}
	leave_model(on);
}

void tlb_model_none_owed(const char *what)
{
	struct debt *mine = debts[cpu_this()->id];
	bool on;

	if (no_debt())
		return;
	on = enter_model();
	for (struct debt *d = mine; d < mine + BATCHES; d++)
		for (u32 i = 0; d->batch && i < cpu_count; i++)
			if (owes(d, i))
				stale(d, i, what);
	leave_model(on);
}

/* ---- and are paid */

/* Everything that is owed of the space, NULL: of everybody, by this CPU. */
static void pay(const struct aspace *as)
{
	u32 self = cpu_this()->id;

	if (no_debt())
		return;
	for (struct debt *d = debts[0]; d < debts[0] + MAX_CPUS * BATCHES; d++)
		if (d->batch && (!as || d->as == as))
			d->owed[self] = (struct owed){0};
}

void tlb_model_invlpg(u64 va)
{
	u32 self = cpu_this()->id;
	bool on;

	if (no_debt())
		return;
	on = enter_model();
	for (struct debt *d = debts[0]; d < debts[0] + MAX_CPUS * BATCHES; d++) {
		if (!d->batch || !d->as || d->as != in_cr3[self])
			continue;
		d->owed[self].table = false;
		for (u32 i = 0; i < d->count; i++)
			if (d->pages[i] == va)
				d->owed[self].pages &= ~(1u << i);
	}
	leave_model(on);
}

void tlb_model_flush_all(void)
{
	bool on = enter_model();

	pay(NULL);
	leave_model(on);
}

void tlb_model_load(struct aspace *as, u64 pcid, bool keep)
{
	u32 self = cpu_this()->id;
	bool on = enter_model();

	if ((as == NULL) != (pcid == 0) || pcid >= PCIDS)
		panic("TLB: %s is loaded under PCID %lu", as ? "a space" : "the kernel", pcid);
	if (as && !(__atomic_load_n(&as->tlb.active, __ATOMIC_RELAXED) & 1u << self))
		panic("TLB: CPU %u loads a space and is not in its active set", self);
	if (as && keep && !(good(as, self) && as->tlb.ghost[self] == pcid))
		panic("TLB: CPU %u keeps PCID %lu, which %s", self, pcid,
		      tenant[self][pcid] == as ? "may hold what was taken away" : "was another space's");
	if (as && !keep) {
		tenant[self][pcid] = as;
		as->tlb.ghost[self] = (u16)pcid;
		pay(as);
	}
	if (!keep && !cpu_features.pcid && !cpu_features.pge)
		pay(NULL); /* there is one PCID, and nothing is global */
	in_cr3[self] = as;
	leave_model(on);
}

/* ---- the end of a space */

void tlb_model_end(const struct aspace *as)
{
	bool on = enter_model();

	for (u32 i = 0; i < MAX_CPUS; i++)
		if (in_cr3[i] == as)
			panic("TLB: the tables that CPU %u has loaded are freed", i);
	leave_model(on);
}
