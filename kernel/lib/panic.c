/*
 * panic.c - one CPU reports, the others show where they are, and the machine stops. A panic inside the report only
 * stops.
 */
#include "kernel/lib/arch.h"
#include "kernel/lib/log.h"
#include "kernel/lib/panic.h"
#include "kernel/lib/symbols.h"
#include "kernel/lib/trace.h"

#define PANIC_STATUS 42 /* isa-debug-exit: QEMU ends with 85 */

u64 __stack_chk_guard = STACK_GUARD_AT_START;

static u32 reporter; /* 1 + the CPU that reports; 0: none */
static void (*panic_hook)(const char *);

bool panicking(void)
{
	return __atomic_load_n(&reporter, __ATOMIC_RELAXED);
}

void panic_set_hook(void (*hook)(const char *message))
{
	panic_hook = hook;
}

void panic_at(const struct trapframe *frame, const char *fmt, ...)
{
	char message[256];
	va_list args;
	u32 none = 0, self;

	arch_irq_save();
	self = arch_cpu() + 1;
	if (!__atomic_compare_exchange_n(&reporter, &none, self, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
		if (none == self)
			arch_stop(PANIC_STATUS);
		arch_park();
	}
	va_start(args, fmt);
	format_list(message, sizeof message, fmt, args);
	log_raw("\nPANIC: %s\n", message);
	if (panic_hook)
		panic_hook(message);
	arch_panic_dump(frame);
	arch_panic_others();
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
