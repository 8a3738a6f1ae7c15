/*
 * trace.c - the ring of trace records. Writers take a slot by an atomic add and never wait; a reader (panic,
 * or a test) may see a record that is just being written.
 */
#include "kernel/lib/arch.h"
#include "kernel/lib/log.h"
#include "kernel/lib/trace.h"

#define TRACE_SLOTS 128 /* a power of two */
#define TRACE_SHOWN 24

struct record {
	u64 ticks, a, b;
	u32 kind, cpu;
};

u64 trace_mask;
static struct record slots[TRACE_SLOTS];
static u32 used;

static const char *const kind_names[TRACE_COUNT] = {
	[TRACE_SYSCALL] = "syscall", [TRACE_FAULT] = "fault", [TRACE_SWITCH] = "switch",
	[TRACE_PROCESS] = "process", [TRACE_IPC] = "ipc",
};

static void print(const struct record *r)
{
	log_raw("  %16lu cpu%u %-8s %lx %lx\n", r->ticks, r->cpu, kind_names[r->kind], r->a, r->b);
}

void trace_record(enum trace_kind kind, u64 a, u64 b)
{
	u32 n = __atomic_fetch_add(&used, 1, __ATOMIC_RELAXED);
	struct record *r = &slots[n % TRACE_SLOTS];

	r->ticks = arch_ticks();
	r->kind = kind;
	r->cpu = arch_cpu_id();
	r->a = a;
	r->b = b;
	if (trace_mask & BIT(kind))
		print(r);
}

void trace_dump(void)
{
	u32 end = __atomic_load_n(&used, __ATOMIC_RELAXED);
	u32 n = MIN(end, TRACE_SHOWN);

	log_raw("last %u trace records:\n", n);
	for (u32 i = end - n; i != end; i++)
		print(&slots[i % TRACE_SLOTS]);
}
