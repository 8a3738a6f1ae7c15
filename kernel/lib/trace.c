/*
 * trace.c - the ring of trace records, and how one looks in the log.
 */
#include "kernel/lib/log.h"
#include "kernel/lib/trace.h"

#define TRACE_SHOWN 24

u64 trace_mask;
struct trace trace_slots[TRACE_SLOTS];
u32 trace_used;

static const char *const kind_names[TRACE_COUNT] = {
	[TRACE_SYSCALL] = "syscall", [TRACE_FAULT] = "fault", [TRACE_SWITCH] = "switch",
	[TRACE_PROCESS] = "process", [TRACE_IPC] = "ipc",
};

void trace_print(const struct trace *r)
{
	log_raw("  %16lu %-8s %#lx %#lx\n", r->ticks, kind_names[r->kind], r->a, r->b);
}

void trace_dump(void)
{
	u32 end = __atomic_load_n(&trace_used, __ATOMIC_RELAXED);
	u32 n = MIN(end, TRACE_SHOWN);

	log_raw("last %u trace records:\n", n);
	for (u32 i = end - n; i != end; i++)
		trace_print(&trace_slots[i % TRACE_SLOTS]);
}
