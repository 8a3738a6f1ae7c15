/*
 * acpi.h - what the kernel needs of ACPI's tables (ACPI 6.4 chapter 5): PM timer, power, CPUs.
 * Parsed once, early, while the first EARLY_MAPPED bytes of memory are mapped at DIRECT_BASE.
 */
#pragma once

#include "kernel/lib/types.h"

struct acpi_info {
	u16 pm_timer_port; /* 0: none */
	u16 pm1_control; /* 0: no way to power off was found */
	u8 slp_typ;      /* what S5 wants there */
	u32 cpu_count;   /* CPUs that may be used, at most MAX_CPUS of them; 0: the tables do not say */
	u8 apic_ids[MAX_CPUS]; /* theirs, in the tables' order */
};

extern struct acpi_info acpi;

/*
 * memory[x] is physical x, for x < limit. `rsdp` 0: scan the BIOS area (ACPI 5.2.5.1). Checksums are
 * verified; a table that is damaged is ignored with one log line.
 */
void acpi_parse(const u8 *memory, u64 limit, u64 rsdp);
