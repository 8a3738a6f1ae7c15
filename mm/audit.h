/*
 * audit.h - the isolation audit: every table of every space and of the kernel is walked, and held against rules.
 *
 * It trusts nothing that it checks: it does not use the walker, adds up rights over the levels by itself, and counts
 * the entries of each frame again. Nobody else may run meanwhile (sched/stop.h).
 */
#pragma once

#include "kernel/lib/types.h"

/* X(symbol, name, what holds) */
#define AUDIT_LIST(X)                                                                                      \
	X(W_XOR_X, "w-xor-x", "no address is both writable and executable")                                 \
	X(USER_HALF, "user-half", "no entry above the split has the U bit")                                 \
	X(KERNEL_FRAMES, "kernel-frames", "no entry below it leads to the image, stacks, tables or objects") \
	X(REFERENCES, "references", "a mapped frame has as many references as entries and modules")        \
	X(ONE_WRITER, "one-writer", "a frame that is writable somewhere is mapped nowhere else")            \
	X(KERNEL_TEXT, "kernel-text", "no frame of the kernel's code is writable under any address")        \
	X(MEMORY_TYPE, "memory-type", "all entries of a frame have one memory type")                        \
	X(GLOBAL, "global", "only entries of the entry region are Global")                                  \
	X(REGIONS, "regions", "an entry lies in a region of its space and permits no more")                 \
	X(TABLES, "tables", "a table has one owner and counts its entries; all share the kernel's half")

enum audit_rule {
#define AUDIT_ENUM(symbol, name, what) AUDIT_##symbol,
	AUDIT_LIST(AUDIT_ENUM)
#undef AUDIT_ENUM
	AUDIT_RULES
};

struct audit_result {
	const char *name;
	u64 checked, broken;
};

/* Where a rule is broken first is a line in the log. True if none is. */
bool audit_run(struct audit_result results[AUDIT_RULES]);
