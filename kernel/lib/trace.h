/*
 * trace.h - a ring of small records, written always, printed by a panic: what happened just before.
 *
 * One mask bit a subsystem; boot word `trace=MASK` sends the records to the log as they come.
 */
#pragma once

#include "kernel/lib/types.h"

enum trace_kind {
	TRACE_SYSCALL,  /* number, first argument */
	TRACE_FAULT,    /* address, error code */
	TRACE_SWITCH,   /* from tid, to tid */
	TRACE_PROCESS,  /* pid, what (fork 1, exec 2, exit 3) */
	TRACE_IPC,      /* object, what */
	TRACE_COUNT
};

#define TRACE_SLOTS 128 /* a power of two */

struct trace {
	u64 ticks, a, b; /* ticks of the TSC */
	u64 kind;
};

extern u64 trace_mask;
extern struct trace trace_slots[TRACE_SLOTS];
extern u32 trace_used;

void trace_print(const struct trace *r);

/*
 * Inline, since every system call passes here. A slot is taken by an atomic add, and nobody waits; a reader
 * (panic, or a test) may see a record that is just being written.
 */
static inline void trace_record(enum trace_kind kind, u64 a, u64 b)
{
	struct trace *r = &trace_slots[__atomic_fetch_add(&trace_used, 1, __ATOMIC_RELAXED) % TRACE_SLOTS];

	*r = (struct trace){__builtin_ia32_rdtsc(), a, b, kind};
	if (unlikely(trace_mask & BIT(kind)))
		trace_print(r);
}
/* Prints the newest records of all CPUs, oldest first, through log_raw(). */
void trace_dump(void);
