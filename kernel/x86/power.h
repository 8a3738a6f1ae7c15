/*
 * power.h - ends of the machine. Each tries the next way when one does not work, then halts.
 */
#pragma once

#include "kernel/lib/types.h"

_Noreturn void power_off(void);        /* ACPI S5, or the emulators' ports */
_Noreturn void power_restart(void);    /* 0xcf9, triple fault */
/* QEMU's isa-debug-exit at 0xf4: process status (status << 1) | 1; where there is none, power_off(). */
_Noreturn void power_exit(int status);
