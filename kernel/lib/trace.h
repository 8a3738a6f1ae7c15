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

extern u64 trace_mask;

void trace_record(enum trace_kind kind, u64 a, u64 b);
/* Prints the newest records of all CPUs, oldest first, through log_raw(). */
void trace_dump(void);
