/*
 * panic.c - one CPU reports and the machine stops. A panic inside the report only stops.
 */
#include "kernel/lib/arch.h"
#include "kernel/lib/log.h"
#include "kernel/lib/panic.h"
#include "kernel/lib/symbols.h"
#include "kernel/lib/trace.h"

#define PANIC_STATUS 42 /* isa-debug-exit: QEMU ends with 85 */

u64 __stack_chk_guard = STACK_GUARD_AT_START;

static u32 panic_depth;
static void (*panic_hook)(const char *);

bool panicking(void)
{
	return __atomic_load_n(&panic_depth, __ATOMIC_RELAXED);
}

void panic_set_hook(void (*hook)(const char *message))
{
	panic_hook = hook;
}

void panic_at(const struct trapframe *frame, const char *fmt, ...)
{
	char message[256];
	va_list args;

	arch_irq_save();
	if (__atomic_add_fetch(&panic_depth, 1, __ATOMIC_SEQ_CST) > 1)
		arch_stop(PANIC_STATUS);
	va_start(args, fmt);
	format_list(message, sizeof message, fmt, args);
	log_raw("\nPANIC: %s\n", message);
	if (panic_hook)
		panic_hook(message);
	arch_panic_dump(frame);
	trace_dump();
	log_raw("end of panic\n");
	arch_stop(PANIC_STATUS);
}

void __stack_chk_fail(void)
{
	u64 offset;
	/* -1: the call is that function's last instruction */
	const char *name = symbol_find((u64)__builtin_return_address(0) - 1, &offset);

	panic("a write ran over the end of an array on the stack of %s()", name ? name : "?");
}
