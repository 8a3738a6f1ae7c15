/*
 * smp.h - the other CPUs.
 */
#pragma once

#include "kernel/lib/types.h"

/* Starts the CPUs that ACPI's MADT lists, `most` in all with the boot CPU, one after the other; each goes to its idle
 * loop. One that does not come up is a line in the log. */
void smp_start(u32 most);
