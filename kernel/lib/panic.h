/*
 * panic.h - the end: what the kernel does when one of its own invariants is broken. What a user caused
 * is an errno or that user's end, and never comes here.
 */
#pragma once

#include "kernel/lib/arch.h"
#include "kernel/lib/config.h"
#include "kernel/lib/types.h"

/* Prints the message, registers, a symbolised backtrace and the last trace records, tells the host
 * through the panic hook, and stops the machine with a failing exit status. */
#define panic(...) panic_at(arch_registers(), __VA_ARGS__)
/* The same for a trap that the kernel itself ran into: prints the trap's registers, not the caller's. */
_Noreturn void panic_at(const struct trapframe *frame, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Called once with the message, so that the run channel can tell the host. */
void panic_set_hook(void (*hook)(const char *message));
bool panicking(void);

/*
 * The compiler's names. A function with an array puts the guard between it and its return address, and compares
 * before it returns: a write that ran over the array ends in a panic that names the function. One value for all
 * CPUs, since a thread may wake up on another. Whoever sets it must never return (kernel/main.c).
 */
#define STACK_GUARD_AT_START 0x0df0ad0bba0dca00ull
extern u64 __stack_chk_guard;
_Noreturn void __stack_chk_fail(void);

#define ASSERT(x) \
	((void)(likely(x) || (panic("assertion failed: %s, %s:%d", #x, __FILE__, __LINE__), 0)))
/* Dearer checks, test and walls builds only. */
#define ASSERT_TEST(x) ((void)(!BUILD_TEST || likely(x) || \
	(panic("assertion failed: %s, %s:%d", #x, __FILE__, __LINE__), 0)))
