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
#define KEYBOARD_PORT   0x64
#define KEYBOARD_RESET  0xfe

static _Noreturn void stop_for_good(void)
{
	for (;;) {
		irq_disable();
		halt();
	}
}

void power_off(void)
{
	irq_disable();
	serial_drain();
	if (acpi.can_power_off) {
		outw(acpi.pm1a_control, (u16)(acpi.slp_typ_a << SLP_TYP_SHIFT | SLP_EN));
		if (acpi.pm1b_control)
			outw(acpi.pm1b_control, (u16)(acpi.slp_typ_b << SLP_TYP_SHIFT | SLP_EN));
	}
	/* Where no table was found: PM1a of QEMU's two machines and of Bochs. */
	outw(0x604, SLP_EN);
	outw(0xb004, SLP_EN);
	for (const char *s = "Shutdown"; *s; s++)
		outb(0x8900, (u8)*s); /* Bochs */
	stop_for_good();
}

void power_restart(void)
{
	static const struct table_pointer none;

	irq_disable();
	serial_drain();
	outb(RESET_PORT, 0x02);
	outb(RESET_PORT, 0x06);
	outb(KEYBOARD_PORT, KEYBOARD_RESET);
	lidt(&none);
	breakpoint(); /* with no handler, nor one for that: a triple fault */
	stop_for_good();
}

void power_exit(int status)
{
	irq_disable();
	serial_drain();
	outb(DEBUG_EXIT_PORT, (u8)status);
	power_off();
}
