/*
 * power.c - power off, restart, and the test exit. See power.h.
 */
#include "kernel/x86/power.h"

#include "kernel/x86/acpi.h"
#include "kernel/x86/asm.h"
#include "kernel/x86/serial.h"

#define SLP_EN        BIT(13) /* PM1 control, ACPI 6.4 table 4.14 */
#define SLP_TYP_SHIFT 10

#define DEBUG_EXIT_PORT 0xf4
#define RESET_PORT      0xcf9 /* PIIX3 and ICH: bit 1 full reset, bit 2 do it */

void power_off(void)
{
	irq_disable();
	serial_drain();
	if (acpi.pm1_control)
		outw(acpi.pm1_control, (u16)(acpi.slp_typ << SLP_TYP_SHIFT | SLP_EN));
	/* Where no table was found: the control registers of QEMU's machines and of Bochs. */
	outw(0x604, SLP_EN);
	outw(0xb004, SLP_EN);
	for (;;)
		halt();
}

void power_restart(void)
{
	static const struct table_pointer none;

	irq_disable();
	serial_drain();
	outb(RESET_PORT, 0x02);
	outb(RESET_PORT, 0x06);
	lidt(&none);
	breakpoint(); /* with no handler, nor one for that: a triple fault */
	for (;;)
		halt();
}

void power_exit(int status)
{
	irq_disable();
	serial_drain();
	outb(DEBUG_EXIT_PORT, (u8)status);
	power_off();
}
