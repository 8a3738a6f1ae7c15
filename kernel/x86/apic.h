/*
 * apic.h - local APIC and I/O APIC (SDM 3A chapter 10; Intel 82093AA).
 * The legacy 8259s are masked for good.
 */
#pragma once

#include "kernel/lib/types.h"

struct acpi_info;

/* `lapic_page` and `ioapic_page` are uncached mappings of lapic_base and ioapic_base, one page each. */
void apic_init(const struct acpi_info *acpi_tables, volatile void *lapic_page, volatile void *ioapic_page);
/* Software-enables the local APIC of the CPU that calls it. */
void apic_enable(void);
u32 apic_id(void);
void apic_eoi(void);
/* Routes an ISA interrupt, through the MADT's overrides, to `vector` on the boot CPU, and unmasks it. */
void apic_route(u8 isa_irq, u8 vector);
void apic_send(u32 target, u8 vector);
void apic_send_nmi(u32 target);
/* One-shot timer after `ticks` of its counter (divisor 16), vector TRAP_TIMER; 0 stops it. */
void apic_timer_start(u32 ticks);
u32 apic_timer_remaining(void);
