/*
 * apic.c - local and I/O APIC. See apic.h.
 *
 * The local APIC's registers are each CPU's own at one address. The I/O APIC is programmed at start-up
 * and by the boot CPU only; it needs no lock.
 */
#include "kernel/x86/apic.h"

#include "kernel/lib/arch.h"
#include "kernel/x86/asm.h"
#include "kernel/x86/clock.h"
#include "kernel/x86/trapframe.h"

/* Local APIC registers, SDM 3A table 10-1, in words. */
enum {
	LAPIC_ID = 0x20 / 4, LAPIC_TPR = 0x80 / 4, LAPIC_EOI = 0xb0 / 4, LAPIC_SVR = 0xf0 / 4,
	LAPIC_ICR = 0x300 / 4, LAPIC_ICR_HIGH = 0x310 / 4,
	LAPIC_LVT_TIMER = 0x320 / 4, LAPIC_LVT_LINT0 = 0x350 / 4, LAPIC_LVT_LINT1 = 0x360 / 4,
	LAPIC_TIMER_INITIAL = 0x380 / 4, LAPIC_TIMER_CURRENT = 0x390 / 4,
	LAPIC_TIMER_DIVIDE = 0x3e0 / 4,
};

#define SVR_ENABLE    BIT(8)
#define LVT_MASKED    BIT(16)
#define DELIVER_NMI   (4 << 8)
#define DELIVER_INIT  (5 << 8)
#define DELIVER_SIPI  (6 << 8)
#define ICR_ASSERT    BIT(14)
#define ICR_PENDING   BIT(12)
#define ICR_OTHERS    (3 << 18) /* all but this CPU, whatever the target */
#define DIVIDE_BY_16  3

/* I/O APIC: an index and a data register, 82093AA 3.0. Each input has two words from 0x10. */
enum { IOAPIC_SELECT = 0, IOAPIC_DATA = 4, IOAPIC_VERSION = 1, IOAPIC_INPUTS = 0x10 };

#define INPUT_MASKED BIT(16)

static volatile u32 *lapic, *ioapic;

static void ioapic_write(u32 reg, u32 v)
{
	ioapic[IOAPIC_SELECT] = reg;
	ioapic[IOAPIC_DATA] = v;
}

void apic_init(volatile void *lapic_page, volatile void *ioapic_page)
{
	u32 last_input;

	lapic = lapic_page;
	ioapic = ioapic_page;
	outb(0x21, 0xff); /* both 8259s: all inputs masked, and LINT0, where they arrive, too */
	outb(0xa1, 0xff);
	ioapic[IOAPIC_SELECT] = IOAPIC_VERSION;
	last_input = ioapic[IOAPIC_DATA] >> 16 & 0xff;
	for (u32 i = 0; i <= last_input; i++)
		ioapic_write(IOAPIC_INPUTS + 2 * i, INPUT_MASKED);
	apic_init_cpu();
}

void apic_init_cpu(void)
{
	lapic[LAPIC_SVR] = SVR_ENABLE | TRAP_SPURIOUS;
	lapic[LAPIC_TPR] = 0;
	lapic[LAPIC_LVT_LINT0] = LVT_MASKED;
	lapic[LAPIC_LVT_LINT1] = DELIVER_NMI;
	lapic[LAPIC_TIMER_DIVIDE] = DIVIDE_BY_16;
	lapic[LAPIC_LVT_TIMER] = TRAP_TIMER; /* one-shot */
	lapic[LAPIC_TIMER_INITIAL] = 0;
	lapic[LAPIC_EOI] = 0;
}

u32 apic_id(void)
{
	return lapic[LAPIC_ID] >> 24;
}

void apic_eoi(void)
{
	lapic[LAPIC_EOI] = 0;
}

void apic_route(u8 isa_irq, u8 vector)
{
	ioapic_write(IOAPIC_INPUTS + 2 * isa_irq + 1, apic_id() << 24);
	ioapic_write(IOAPIC_INPUTS + 2 * isa_irq, vector); /* edge, high-active: as ISA's are */
}

/* The command register is two words: no interrupt handler may send between them. */
static void command(u32 target, u32 what)
{
	bool on = arch_irq_save();

	while (lapic[LAPIC_ICR] & ICR_PENDING)
		cpu_pause();
	lapic[LAPIC_ICR_HIGH] = target << 24;
	lapic[LAPIC_ICR] = what | ICR_ASSERT;
	arch_irq_restore(on);
}

void apic_send(u32 target, u8 vector)
{
	command(target, vector);
}

void apic_send_nmi_others(void)
{
	command(0, DELIVER_NMI | ICR_OTHERS);
}

void apic_start_cpu(u32 target, u64 page)
{
	command(target, DELIVER_INIT);
	clock_delay(10000000);
	for (int i = 0; i < 2; i++) {
		command(target, DELIVER_SIPI | (u32)(page >> 12));
		clock_delay(200000);
	}
}

void apic_timer_start(u32 ticks)
{
	lapic[LAPIC_TIMER_INITIAL] = ticks;
}

u32 apic_timer_remaining(void)
{
	return lapic[LAPIC_TIMER_CURRENT];
}
