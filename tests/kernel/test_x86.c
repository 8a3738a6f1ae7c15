/*
 * test_x86.c - how the CPU is set up: control registers, MSRs, descriptor tables, entry stacks; NMI, FPU and time.
 */
#include "kernel/lib/string.h"
#include "kernel/x86/acpi.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/asm.h"
#include "kernel/x86/clock.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/features.h"
#include "kernel/x86/fpu.h"
#include "kernel/x86/tables.h"
#include "kernel/x86/trapframe.h"
#include "mm/cache.h"
#include "mm/kmap.h"
#include "mm/pagetable.h"
#include "sched/timer.h"
#include "tests/kernel/support.h"

#define EFER_LME BIT(8)
#define EFER_LMA BIT(10)
#define CR0_PG   BIT(31)
#define CR0_PE   BIT(0)
#define CR4_PAE  BIT(5)
#define MS       1000000ul

extern const char __entry_text_start[], __entry_text_end[], __entry_data_start[], __entry_data_end[];

void test_sgdt(struct table_pointer *to);
void test_sidt(struct table_pointer *to);
u16 test_str(void);
u16 test_cs(void);
u16 test_ss(void);
u64 test_nmi(volatile u32 *icr, u32 command);
void test_xmm_set(const u8 from[256]);
void test_xmm_get(u8 to[256]);
void test_ymm_set(const u8 from[32]);
void test_ymm_get(u8 to[32]);
u32 test_mxcsr(void);
u16 test_fcw(void);
u16 test_ftw(void);
void test_fpu_disturb(void);

static bool in_entry_text(u64 at)
{
	return at >= (u64)__entry_text_start && at < (u64)__entry_text_end;
}

KTEST(x86_control_registers)
{
	const struct cpu_features *f = &cpu_features;
	u64 cr0 = read_cr0(), cr4 = read_cr4(), wanted = CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT;

	EXPECT_EQ(cr0 & (CR0_PG | CR0_PE | CR0_WP | CR0_NE | CR0_MP), CR0_PG | CR0_PE | CR0_WP | CR0_NE | CR0_MP);
	EXPECT_EQ(cr0 & (CR0_EM | CR0_TS | CR0_CD | CR0_NW), 0);
	wanted |= (f->mce ? CR4_MCE : 0) | (f->pge ? CR4_PGE : 0) | (f->umip ? CR4_UMIP : 0);
	wanted |= (f->smep ? CR4_SMEP : 0) | (f->smap ? CR4_SMAP : 0);
	wanted |= (f->fsgsbase ? CR4_FSGSBASE : 0) | (f->pcid ? CR4_PCIDE : 0);
	EXPECT_EQ(cr4, wanted | (f->xsave ? CR4_OSXSAVE : 0));
}

KTEST(x86_msrs)
{
	u64 efer = rdmsr(MSR_EFER), lstar = rdmsr(MSR_LSTAR), star = rdmsr(MSR_STAR);

	EXPECT_EQ(efer, EFER_SCE | EFER_NXE | EFER_LME | EFER_LMA);
	EXPECT(in_entry_text(lstar));
	EXPECT_EQ(star >> 32 & 0xffff, SEL_KERNEL_CODE);
	EXPECT_EQ((star >> 48) + 8, SEL_USER_DATA);
	EXPECT_EQ((star >> 48) + 16, SEL_USER_CODE);
	EXPECT_EQ(rdmsr(MSR_SFMASK), RFLAGS_IF | RFLAGS_TF | RFLAGS_DF | RFLAGS_AC | RFLAGS_NT);
	EXPECT_EQ(rdmsr(MSR_SYSENTER_CS), 0);
	EXPECT(rdmsr(MSR_GS_BASE) == (u64)cpu_this() && cpu_this()->self == cpu_this() && cpu_this() == &cpus[0]);
}

KTEST(x86_features_agree_with_cpuid)
{
	u32 one[4], seven[4];

	cpuid(1, 0, one);
	cpuid(0, 0, seven);
	if (seven[0] >= 7)
		cpuid(7, 0, seven);
	else
		memset(seven, 0, sizeof seven);
	EXPECT_EQ(cpu_features.pcid, !!(one[2] & BIT(17)));
	EXPECT_EQ(cpu_features.xsave, !!(one[2] & BIT(26)));
	EXPECT_EQ(cpu_features.smep, !!(seven[1] & BIT(7)));
	EXPECT_EQ(cpu_features.smap, !!(seven[1] & BIT(20)));
	EXPECT_EQ(cpu_features.invpcid, !!(seven[1] & BIT(10)));
	EXPECT_EQ(cpu_features.umip, !!(seven[2] & BIT(2)));
}

/* A descriptor's access byte and flags, SDM 3A 3.4.5, without base and limit. */
static u64 access_of(u64 descriptor)
{
	return descriptor >> 40 & 0xf0ff;
}

KTEST(x86_gdt)
{
	struct table_pointer p;
	const u64 *gdt;
	u64 base;

	test_sgdt(&p);
	gdt = (const u64 *)p.base;
	EXPECT(gdt == cpu_tables[0].gdt && p.limit == 7 * 8 - 1);
	EXPECT_EQ(gdt[0], 0);
	EXPECT_EQ(access_of(gdt[SEL_KERNEL_CODE / 8]), 0xa09b); /* 64-bit, DPL 0, execute-read, accessed */
	EXPECT_EQ(access_of(gdt[SEL_KERNEL_DATA / 8]), 0xc093);
	EXPECT_EQ(access_of(gdt[SEL_USER_DATA / 8]), 0xc0f3); /* DPL 3 */
	EXPECT_EQ(access_of(gdt[SEL_USER_CODE / 8]), 0xa0fb);
	EXPECT_EQ(access_of(gdt[SEL_TSS / 8]), 0x008b); /* busy: it is loaded */
	base = (gdt[5] >> 16 & 0xffffff) | (gdt[5] >> 56) << 24 | gdt[6] << 32;
	EXPECT(base == (u64)&cpu_tables[0].tss && (gdt[5] & 0xffff) == sizeof(struct tss) - 1);
	EXPECT(test_str() == SEL_TSS && test_cs() == SEL_KERNEL_CODE && test_ss() == SEL_KERNEL_DATA);
}

KTEST(x86_idt)
{
	struct table_pointer p;
	u32 wrong = 0;

	test_sidt(&p);
	EXPECT(p.base == (u64)idt && p.limit == sizeof idt - 1);
	for (u32 v = 0; v < IDT_VECTORS; v++) {
		const struct gate *g = &idt[v];
		u64 offset = g->offset_low | (u64)g->offset_middle << 16 | (u64)g->offset_high << 32;
		u8 ist = v == TRAP_NMI ? 1 : v == TRAP_MC ? 2 : v == TRAP_DF ? 3 : v == TRAP_DB ? 4 : 0;
		u8 type = v == TRAP_BP || v == TRAP_OF ? 0xee : 0x8e;

		wrong += g->selector != SEL_KERNEL_CODE || g->ist != ist || g->type != type || g->reserved ||
			 !in_entry_text(offset);
	}
	EXPECT_EQ(wrong, 0);
}

KTEST(x86_tss_and_entry_stacks)
{
	const struct tss *tss = &cpu_tables[0].tss;

	EXPECT(tss->rsp[0] == thread_current()->stack_top && cpu_this()->kernel_rsp == tss->rsp[0]);
	EXPECT(!tss->rsp[1] && !tss->rsp[2] && tss->io_map_base >= sizeof *tss);
	for (u32 i = 0; i < IST_COUNT; i++) {
		u64 top = (u64)ist_stacks[0][i] + IST_SIZE;

		EXPECT(IS_ALIGNED(top, IST_SIZE) && tss->ist[i] == top - 16);
		EXPECT(*(struct cpu **)(top - 8) == cpu_this());
	}
	EXPECT(!tss->ist[4] && !tss->ist[5] && !tss->ist[6]);
}

/* What ring 3 enters through lies in the one region that may stay mapped while it runs. */
KTEST(x86_entry_region)
{
	const u64 inside[] = {
		(u64)cpus, (u64)cpu_tables, (u64)idt, (u64)ist_stacks, (u64)ist_stacks + sizeof ist_stacks - 1,
	};

	for (u32 i = 0; i < ARRAY_SIZE(inside); i++)
		EXPECT(inside[i] >= (u64)__entry_data_start && inside[i] < (u64)__entry_data_end);
}

/* The local APIC's command register and its destination, in words, SDM 3A 10.6.1. */
enum { ICR = 0x300 / 4, ICR_HIGH = 0x310 / 4, SEND_NMI = 4 << 8 | 1 << 14 };

/* The local APIC's page, found where kmap_device() put it. */
static volatile u32 *lapic_registers(void)
{
	for (u64 va = DEVICE_BASE; va < DEVICE_BASE + 16 * PAGE_SIZE; va += PAGE_SIZE) {
		const pte_t *at = pt_find(kmap_root(), va);

		if (at && pte_present(*at) && pte_frame(*at).v == LAPIC_BASE)
			return (volatile u32 *)va;
	}
	return NULL;
}

KTEST(x86_nmi_is_counted)
{
	volatile u32 *lapic = lapic_registers();
	u64 before = cpu_this()->nmi_count;

	REQUIRE(lapic);
	lapic[ICR_HIGH] = apic_id() << 24;
	for (u32 i = 0; i < 5; i++) {
		u64 end = clock_now() + 10000 * MS;

		lapic[ICR] = SEND_NMI;
		while (cpu_this()->nmi_count == before + i && clock_now() < end)
			cpu_pause();
	}
	EXPECT_EQ(cpu_this()->nmi_count, before + 5);
	EXPECT(rdmsr(MSR_GS_BASE) == (u64)cpu_this() && irq_enabled());
}

KTEST(x86_nmi_keeps_registers)
{
	volatile u32 *lapic = lapic_registers();
	u64 before = cpu_this()->nmi_count, damage = 0;

	REQUIRE(lapic);
	irq_disable();
	lapic[ICR_HIGH] = apic_id() << 24;
	for (u32 i = 0; i < 20; i++)
		damage += test_nmi(&lapic[ICR], SEND_NMI);
	irq_enable();
	EXPECT_EQ(damage, 0);
	EXPECT_EQ(cpu_this()->nmi_count, before + 20);
}

struct fpu_areas {
	u8 *save, *fresh, *bytes;
};

static bool areas_alloc(struct fpu_areas *a)
{
	a->save = kmalloc_zeroed(4096); /* XSAVE wants its header's reserved bytes zero */
	a->fresh = kmalloc_zeroed(4096);
	a->bytes = kmalloc_zeroed(1024);
	EXPECT(a->save && a->fresh && a->bytes && fpu_size() >= 512 && fpu_size() <= 4096);
	return a->save && a->fresh && a->bytes;
}

static void areas_free(struct fpu_areas *a)
{
	fpu_reset(a->fresh);
	fpu_load(a->fresh);
	kfree(a->save);
	kfree(a->fresh);
	kfree(a->bytes);
}

KTEST(fpu_round_trip)
{
	struct fpu_areas a;
	u32 left = 0;

	REQUIRE(areas_alloc(&a));
	fpu_reset(a.save);
	fpu_load(a.save);
	for (u32 i = 0; i < 256; i++)
		a.bytes[i] = (u8)(i + 1);
	test_xmm_set(a.bytes);
	if (cpu_features.avx)
		test_ymm_set(a.bytes + 64);
	fpu_save(a.save);
	fpu_reset(a.fresh);
	fpu_load(a.fresh);
	test_xmm_get(a.bytes + 256);
	for (u32 i = 0; i < 256; i++)
		left += a.bytes[256 + i] != 0;
	EXPECT_EQ(left, 0);
	if (cpu_features.avx) {
		test_ymm_get(a.bytes + 512);
		for (u32 i = 0; i < 32; i++)
			left += a.bytes[512 + i] != 0;
	}
	EXPECT_EQ(left, 0);
	fpu_load(a.save);
	if (cpu_features.avx) {
		test_ymm_get(a.bytes + 512);
		EXPECT(!memcmp(a.bytes + 512, a.bytes + 64, 32));
		memcpy(a.bytes + 7 * 16, a.bytes + 64, 16); /* XMM7 is its lower half */
	}
	test_xmm_get(a.bytes + 256);
	EXPECT(!memcmp(a.bytes, a.bytes + 256, 256));
	areas_free(&a);
}

/* Rounding, masks and the x87 stack are state, too; exec's are the ABI's. */
KTEST(fpu_reset_state)
{
	struct fpu_areas a;

	REQUIRE(areas_alloc(&a));
	test_fpu_disturb();
	EXPECT(test_mxcsr() == 0x7f80 && test_fcw() == 0xc7f && test_ftw() != 0xffff);
	fpu_save(a.save);
	fpu_reset(a.fresh);
	fpu_load(a.fresh);
	EXPECT_EQ(test_mxcsr(), 0x1f80);
	EXPECT_EQ(test_fcw(), 0x37f);
	EXPECT_EQ(test_ftw(), 0xffff);
	fpu_load(a.save);
	EXPECT(test_mxcsr() == 0x7f80 && test_fcw() == 0xc7f && test_ftw() != 0xffff);
	areas_free(&a);
}

KTEST(clock_never_steps_back)
{
	u64 last = clock_now(), first = last, back = 0;

	for (u32 i = 0; i < 20000; i++) {
		u64 now = clock_now();

		back += now < last;
		last = now;
	}
	EXPECT_EQ(back, 0);
	EXPECT(last > first);
	EXPECT(clock_realtime() > 1600000000 * NS_PER_SECOND);
}

#define PM_HZ 3579545ul

static u32 pm_read(u64 *before, u64 *after)
{
	u32 ticks;

	*before = clock_now();
	ticks = inl(acpi.pm_timer_port);
	*after = clock_now();
	return ticks;
}

/* Over 20 ms; each reading of the timer lies between two of the clock, so a host that stalls does no harm. */
KTEST(clock_agrees_with_pm_timer)
{
	u64 b0, a0, b1, a1, pm;
	u32 start;

	start = pm_read(&b0, &a0);
	while (clock_now() < a0 + 20 * MS)
		cpu_pause();
	pm = ((pm_read(&b1, &a1) - start) & 0xffffff) * NS_PER_SECOND / PM_HZ;
	if (a1 - b0 > 4 * NS_PER_SECOND) {
		ktest_skip("the host stood still for longer than the timer counts");
		return;
	}
	EXPECT(pm <= (a1 - b0) + (a1 - b0) / 50 + MS / 100);
	EXPECT(pm + pm / 50 + MS / 100 >= b1 - a0);
}

static volatile u32 ticks_seen;

static void count_tick(struct timeout *t)
{
	(void)t;
	ticks_seen++;
}

/* Interrupts arrive while the kernel runs, not only when it sleeps. */
KTEST(timer_interrupts_the_kernel)
{
	struct timeout t;
	u64 start = clock_now();

	ticks_seen = 0;
	timer_set(&t, start + 2 * MS, count_tick);
	while (!ticks_seen && clock_now() < start + 20000 * MS)
		cpu_pause();
	EXPECT_EQ(ticks_seen, 1);
	EXPECT(clock_now() >= start + 2 * MS);
	timer_cancel(&t);
}
