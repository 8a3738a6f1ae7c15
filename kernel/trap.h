/*
 * trap.h - the way back to ring 3.
 */
#pragma once

/* Everything that is due before ring 3 runs again: signals, rescheduling. Returns with interrupts off. */
void trap_before_user(void);
