/*
 * apic.c - local and I/O APIC. See apic.h.
 *
 * The local APIC's registers are each CPU's own at one address. The I/O APIC is programmed at start-up
 * and by the boot CPU only; it needs no lock.
 */
#include "kernel/x86/apic.h"

#include "kernel/lib/arch.h"
#include "kernel/x86/acpi.h"
#include "kernel/x86/asm.h"
#include "kernel/x86/trapframe.h"

/* Local APIC registers, SDM 3A table 10-1, in words. */
enum {
	LAPIC_ID = 0x20 / 4, LAPIC_TPR = 0x80 / 4, LAPIC_EOI = 0xb0 / 4, LAPIC_SVR = 0xf0 / 4,
	LAPIC_ESR = 0x280 / 4, LAPIC_ICR = 0x300 / 4, LAPIC_ICR_HIGH = 0x310 / 4,
	LAPIC_LVT_TIMER = 0x320 / 4, LAPIC_LVT_LINT0 = 0x350 / 4, LAPIC_LVT_LINT1 = 0x360 / 4,
	LAPIC_LVT_ERROR = 0x370 / 4, LAPIC_TIMER_INITIAL = 0x380 / 4, LAPIC_TIMER_CURRENT = 0x390 / 4,
	LAPIC_TIMER_DIVIDE = 0x3e0 / 4,
};

#define SVR_ENABLE    BIT(8)
#define LVT_MASKED    BIT(16)
#define DELIVER_NMI   (4 << 8)
#define ICR_ASSERT    BIT(14)
#define ICR_PENDING   BIT(12)
#define DIVIDE_BY_16  3
#define BASE_ENABLE   BIT(11) /* of MSR_APIC_BASE */
#define BASE_X2APIC   BIT(10)

/* I/O APIC: an index and a data register, 82093AA 3.0. Each input has two words from 0x10. */
enum { IOAPIC_SELECT = 0, IOAPIC_DATA = 4, IOAPIC_VERSION = 1, IOAPIC_INPUTS = 0x10 };

#define INPUT_LOW_ACTIVE BIT(13)
#define INPUT_LEVEL      BIT(15)
#define INPUT_MASKED     BIT(16)

/* MPS INTI flags, ACPI 6.4 table 5.26: 3 in a field means low-active, or level. */
#define INTI_POLARITY(f) ((f) & 3)
#define INTI_TRIGGER(f)  ((f) >> 2 & 3)

/* Where the 8259s' vectors go. They are masked, and still may raise a spurious one (their input 7). */

static volatile u32 *lapic, *ioapic;
static const struct acpi_info *info;

static u32 ioapic_read(u32 reg)
{
	ioapic[IOAPIC_SELECT] = reg;
	return ioapic[IOAPIC_DATA];
}

static void ioapic_write(u32 reg, u32 v)
{
	ioapic[IOAPIC_SELECT] = reg;
	ioapic[IOAPIC_DATA] = v;
}

static u32 ioapic_input_count(void)
{
	return (ioapic_read(IOAPIC_VERSION) >> 16 & 0xff) + 1;
}

/* Four initialisation words each (Intel 8259A), then all inputs masked. */
static void legacy_mask(void)
{
	outb(0x20, 0x11);
	outb(0xa0, 0x11);
	outb(0x21, TRAP_LEGACY);
	outb(0xa1, TRAP_LEGACY + 8);
	outb(0x21, 4);
	outb(0xa1, 2);
	outb(0x21, 1);
	outb(0xa1, 1);
	outb(0x21, 0xff);
	outb(0xa1, 0xff);
}

void apic_init(const struct acpi_info *acpi_tables, volatile void *lapic_page, volatile void *ioapic_page)
{
	info = acpi_tables;
	lapic = lapic_page;
	ioapic = ioapic_page;
	legacy_mask();
	for (u32 i = 0; i < ioapic_input_count(); i++)
		ioapic_write(IOAPIC_INPUTS + 2 * i, INPUT_MASKED);
	apic_enable();
}

void apic_enable(void)
{
	u64 base = rdmsr(MSR_APIC_BASE);

	/* From x2APIC mode the way to MMIO leads through "disabled" (SDM 3A 10.12.5). */
	if (base & BASE_X2APIC)
		wrmsr(MSR_APIC_BASE, base & ~(BASE_ENABLE | BASE_X2APIC));
	wrmsr(MSR_APIC_BASE, (base & ~BASE_X2APIC) | BASE_ENABLE);
	lapic[LAPIC_SVR] = SVR_ENABLE | TRAP_SPURIOUS;
	lapic[LAPIC_TPR] = 0;
	lapic[LAPIC_LVT_LINT0] = LVT_MASKED;
	lapic[LAPIC_LVT_LINT1] = DELIVER_NMI;
	lapic[LAPIC_LVT_ERROR] = LVT_MASKED;
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
	u32 input = info->isa[isa_irq].gsi - info->ioapic_gsi_base;
	u16 flags = info->isa[isa_irq].flags;
	u32 entry = vector;

	if (input >= ioapic_input_count())
		return;
	entry |= INTI_POLARITY(flags) == 3 ? INPUT_LOW_ACTIVE : 0;
	entry |= INTI_TRIGGER(flags) == 3 ? INPUT_LEVEL : 0;
	ioapic_write(IOAPIC_INPUTS + 2 * input + 1, apic_id() << 24);
	ioapic_write(IOAPIC_INPUTS + 2 * input, entry);
}

/* The command register is two words: no interrupt handler may send between them. */
static void command_send(u32 target, u32 command)
{
	bool on = arch_irq_save();

	while (lapic[LAPIC_ICR] & ICR_PENDING)
		cpu_pause();
	lapic[LAPIC_ICR_HIGH] = target << 24;
	lapic[LAPIC_ICR] = command | ICR_ASSERT;
	arch_irq_restore(on);
}

void apic_send(u32 target, u8 vector)
{
	command_send(target, vector);
}

void apic_send_nmi(u32 target)
{
	command_send(target, DELIVER_NMI);
}

void apic_timer_start(u32 ticks)
{
	lapic[LAPIC_TIMER_INITIAL] = ticks;
}

u32 apic_timer_remaining(void)
{
	return lapic[LAPIC_TIMER_CURRENT];
}
