/*
 * acpi.h - what the kernel needs of ACPI's tables (ACPI 6.4 chapter 5): CPUs, APICs, PM timer, power.
 * Parsed once, early, while the first EARLY_MAPPED bytes of memory are mapped at DIRECT_BASE.
 */
#pragma once

#include "kernel/lib/types.h"

#define ACPI_ISA_IRQS 16

struct acpi_info {
	bool found;
	u32 cpu_apic_ids[MAX_CPUS];
	u32 cpu_count;
	u64 lapic_base, ioapic_base;
	u32 ioapic_gsi_base;
	struct {
		u32 gsi;
		u16 flags; /* MPS INTI flags, ACPI table 5.50 */
	} isa[ACPI_ISA_IRQS];
	u16 pm_timer_port; /* 0: none */
	bool pm_timer_32;
	u16 pm1a_control, pm1b_control, slp_typ_a, slp_typ_b; /* for S5 */
	bool can_power_off;
};

extern struct acpi_info acpi;

/*
 * memory[x] is physical x, for x < limit. `rsdp` 0: scan the EBDA and the BIOS area (ACPI 5.2.5.1).
 * Checksums are verified; a table that is damaged is ignored with one log line. Defaults (one CPU, the
 * APICs where they always are) stand where nothing is found.
 */
void acpi_parse(const u8 *memory, u64 limit, u64 rsdp);
