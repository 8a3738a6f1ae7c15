/*
 * tlb.h - PCID slots and every flush there is (DESIGN: "PCID and the TLB"; SDM 3A 4.10).
 *
 * Per space and CPU one 64-bit slot {generation, pcid}; per CPU {generation, next pcid}. Generations
 * start at 1, so a slot of 0 is never valid.
 *
 * T1  A slot is valid when its generation is the CPU's. Entering through a valid slot keeps the TLB
 *     (CR3 bit 63); through an invalid one takes the next PCID and flushes it.
 * T2  Enter: interrupts off, set this CPU's active bit (locked), then read the slot, then write CR3.
 *     Leave: write the other CR3, then clear the bit (release).
 * T3  Taking away: store the entry; read the active set; zero the slots of CPUs outside it; fence, so that entry and
 *     zeros are seen; read the set again; ask those that were in it either time to flush, and wait. (Whoever enters
 *     after the first read is seen by the second, or enters after the zero was stored: T2.)
 * T4  PCID 0 is the kernel's own tables; 1..2047 are handed out (bit 11 stays free for page-table
 *     isolation). Without PCID in CPUID everything runs the same and the CR3 write drops number and bit.
 * T5  Who is asked (TRAP_SHOOTDOWN) flushes if the space is loaded there, else zeroes its slot. Who asks waits
 *     with interrupts on, so that two who ask each other both answer; no interrupt-class lock is held then.
 */
#pragma once

#include "kernel/lib/config.h"
#include "kernel/lib/types.h"

struct aspace;

struct tlb_space {
	u64 slots[MAX_CPUS]; /* atomic: generation << 12 | pcid */
	u32 active;          /* atomic: CPUs whose CR3 holds this space */
	u16 ghost[TLB_MODEL ? MAX_CPUS : 0]; /* the model's: under which PCID a CPU's TLB holds what is good */
};

/* Loads `kernel_root`, the tables that idle and early code run on. Boot word `pcids=N` makes the pool smaller. */
void tlb_init(pa_t kernel_root, u32 pool);
/* Loads the space's tables (NULL: the kernel's) on this CPU, unless they are loaded. Interrupts off. */
void tlb_switch(struct aspace *to);
/* What this CPU may still hold of user range [start, end) of the space is gone everywhere on return. */
void tlb_flush_range(struct aspace *as, u64 start, u64 end);
/* The same for kernel addresses, whichever: all CPUs, all PCIDs. */
void tlb_flush_kernel(void);
/* No CPU has the space loaded on return, which no thread runs in any more: idle CPUs may still have had it. */
void tlb_leave_all(struct aspace *as);
/* TRAP_SHOOTDOWN: does what other CPUs ask of this one. Interrupts off. */
void tlb_serve(void);
/* The PCID under which this CPU would run the space now; 0 if its slot is not valid. For tests. */
pcid_t tlb_pcid(const struct aspace *as);
