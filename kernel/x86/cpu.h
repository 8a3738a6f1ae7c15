/*
 * cpu.h - per-CPU data, reached through GS, and what start-up does to each CPU.
 *
 * GS base is the kernel's whenever kernel code runs: entry.S swaps it at every crossing.
 * `struct cpu` is written by its own CPU only, unless a field says otherwise.
 */
#pragma once

#include "kernel/lib/counter.h"
#include "kernel/lib/lock.h"
#include "kernel/lib/types.h"
#include "kernel/x86/trapframe.h"

struct thread;
struct aspace;

struct cpu {
	struct cpu *self;        /* gs:0 */
	u64 kernel_rsp;          /* top of the running thread's kernel stack, for SYSCALL */
	u64 user_rsp;            /* SYSCALL's scratch, dead after its first instructions */
	struct thread *current;  /* the running thread; sched/switch.c writes it */
	struct thread *idle;
	struct aspace *aspace;   /* whose tables CR3 holds, NULL for the kernel's; mm/tlb.c writes it */
	u32 id;                  /* 0 .. MAX_CPUS-1 */
	u32 apic_id;             /* for apic_send() */
	u32 resched;             /* set to make the return to ring 3 call the scheduler */
	u64 nmi_count;
	struct lock_state locks;
	u64 counters[COUNTERS];
	struct trapframe registers; /* arch_registers() */
};

extern struct cpu cpus[MAX_CPUS];
extern u32 cpu_count; /* CPUs that run */

/* Good until the caller next sleeps, yields or is preempted: it may go on elsewhere. */
static inline struct cpu *cpu_this(void)
{
	struct cpu *c;

	/* That it reads memory makes the compiler read again after each call, one of which may have switched. */
	__asm__("movq %%gs:0, %0" : "=r"(c) : "m"(cpus[0].self));
	return c;
}

static inline struct thread *cpu_current(void)
{
	struct thread *t;

	/* volatile: it changes across a switch, and only the switch knows */
	__asm__ volatile("movq %%gs:%c1, %0" : "=r"(t) : "i"(offsetof(struct cpu, current)));
	return t;
}

/* One event more. A single instruction on this CPU's own number: an interrupt does no harm, and another CPU sees it
 * sooner or later. `which` is a constant. */
static inline __attribute__((always_inline)) void count_event(enum counter which)
{
	__asm__ volatile("incq %%gs:%c0" : : "i"(offsetof(struct cpu, counters) + 8 * which) : "cc");
}
u64 counter_sum(enum counter which); /* over all CPUs */

/*
 * Loads GDT, IDT, TSS, the SYSCALL MSRs, CR0 and CR4 (WP, NX, and UMIP, PGE, FSGSBASE, PCIDE where
 * CPUID has them) and the FPU on the CPU that calls it, and points GS at cpus[id]. The first
 * call, cpu_init(0), reads the features and patches CLAC away where there is no SMAP: it must come while
 * the text can still be written. Locks and the log need GS, and work after it only.
 */
void cpu_init(u32 id);
/* Then, once the boot words are known: this CPU keeps ring 0 from pages of ring 3 (SDM 3A 4.6), where it can. */
void cpu_init_second_line(void);
/* The stack that ring 3 enters on from now: SYSCALL's and the TSS's RSP0. */
void cpu_set_kernel_stack(u64 top);

/* What context_switch() leaves on a stack, lowest address first. */
struct context {
	u64 r15, r14, r13, r12, rbx, rbp, rip;
};

/* switch.S: saves the callee-saved registers on this stack, its pointer in *save, and continues at `load`. */
void context_switch(u64 *save, u64 load);
/* switch.S: where a fresh stack begins: calls r12(r13), which must not return. A fresh stack holds one
 * struct context that ends at a multiple of 16, zero but for r12, r13 and rip = context_start. */
void context_start(void);
