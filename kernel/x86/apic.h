/*
 * apic.h - local APIC and I/O APIC (SDM 3A chapter 10; Intel 82093AA).
 * The legacy 8259s are masked for good.
 */
#pragma once

#include "kernel/lib/types.h"

/* Where every PC has them after reset, and firmware leaves them. */
#define LAPIC_BASE  0xfee00000
#define IOAPIC_BASE 0xfec00000

/*
 * Masks the I/O APIC's inputs and enables the boot CPU's local APIC. The pages are uncached mappings of LAPIC_BASE
 * and IOAPIC_BASE.
 */
void apic_init(volatile void *lapic_page, volatile void *ioapic_page);
void apic_init_cpu(void); /* a further CPU's own */
u32 apic_id(void);
void apic_eoi(void);
/* Routes an ISA interrupt, whose I/O APIC input has its number, to `vector` on this CPU, and unmasks it. */
void apic_route(u8 isa_irq, u8 vector);
/* To the CPU with that APIC id: an interrupt. To all but this one: an NMI. Any context. */
void apic_send(u32 target, u8 vector);
void apic_send_nmi_others(void);
/* INIT, and SIPI twice with the waits between them (SDM 3A 8.4.4.1): the CPU starts at physical `page`, which lies
 * below 1 MiB. Returns after some 10 ms. */
void apic_start_cpu(u32 target, u64 page);
/* One-shot timer after `ticks` of its counter (divisor 16), vector TRAP_TIMER; 0 stops it. */
void apic_timer_start(u32 ticks);
u32 apic_timer_remaining(void);
