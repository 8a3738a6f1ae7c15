/*
 * counter.h - events that are counted, for `meminfo -c`, the benchmark and the tests. Each CPU has its own numbers
 * (kernel/x86/cpu.h: count_event()), which are added up when somebody asks.
 */
#pragma once

#include "kernel/lib/types.h"

/* X(symbol, name that bh_info gives, what) */
#define COUNTER_LIST(X)                                                          \
	X(CR3_KEPT, "cr3-kept", "loads of CR3 that keep the TLB (bit 63)")        \
	X(CR3_FLUSHED, "cr3-flushed", "loads that flush it")                      \
	X(INVLPG, "invlpg", "single pages flushed")                               \
	X(INVPCID, "invpcid", "flushes of all PCIDs")                             \
	X(PCID_WRAPS, "pcid-wraps", "generations begun because PCIDs ran out")    \
	X(SHOOTDOWNS, "shootdowns", "flushes that other CPUs were asked for")     \
	X(POKES, "pokes", "interrupts that told other CPUs of a thread")          \
	X(SWITCHES, "switches", "from one thread to another")                     \
	X(HANDOFFS, "handoffs", "switches straight to who was just woken")        \
	X(PREEMPTIONS, "preemptions", "switches that the running thread did not ask for") \
	X(FPU_SAVES, "fpu-saves", "vector states saved")                          \
	X(DEMAND_PAGES, "demand-pages", "pages made at first touch")              \
	X(SHARED_PAGES, "shared-pages", "pages of the archive mapped where they are") \
	X(COW_COPIES, "cow-copies", "pages copied on write")                      \
	X(COW_TAKES, "cow-takes", "pages taken over on write")

enum counter {
#define COUNTER_ENUM(symbol, name, what) COUNT_##symbol,
	COUNTER_LIST(COUNTER_ENUM)
#undef COUNTER_ENUM
	COUNTERS
};
