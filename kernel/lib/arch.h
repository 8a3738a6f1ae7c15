/*
 * arch.h - what the ground floor needs of the machine. kernel/x86 implements it; the host tests have
 * an implementation of their own.
 */
#pragma once

#include "kernel/lib/types.h"

struct trapframe;
struct lock_state;

struct lock_state *arch_lock_state(void); /* this CPU's record of held locks (lock.h) */
u32 arch_cpu(void);                       /* this CPU's number */
u64 arch_ns(void);                        /* ns since boot; 0 as long as there is no clock */
bool arch_irq_save(void);                 /* interrupts off; true if they were on */
void arch_irq_restore(bool on);

/* The registers of `frame`, this CPU's control registers and a backtrace, through log_raw(). */
void arch_panic_dump(const struct trapframe *frame);
/* Those of the caller, for a panic; cs is 0 in them. switch.S. */
const struct trapframe *arch_registers(void);
/* A panic on one CPU stops the others, each after it has shown where it is (its NMI handler calls ..._answer). */
void arch_panic_others(void);
_Noreturn void arch_panic_answer(const struct trapframe *frame);
_Noreturn void arch_park(void);           /* waits for that NMI */
_Noreturn void arch_stop(int status);     /* ends the emulator with a failing status, or halts for good */
