/*
 * tlb_world.h - two CPUs for mm/tlb.c, mm/pagetable.c and the TLB model, which are compiled into this file. Each runs
 * on a stack of its own and stops before every access to what others can change; test_tlb.c says who goes on. It has
 *
 *   a store buffer   as x86 (SDM 3A 8.2.2): plain stores wait in it, and its own loads see them; locked, serializing
 *                    and fence instructions empty it
 *   interrupts       an IPI waits until the CPU has them on, and then as long as the search likes
 *   a TLB            that has, per PCID, an entry of the space and one of the kernel's half. The worst one: it fills at
 *                    the first chance, and forgets nothing until it is told to
 *
 * An entry's frame is a version number, which a take-away raises. The oracle: once the old frame is given back,
 * no CPU translates by an entry of before; nor by an entry of another space.
 */
#pragma once

#define BUILD_TEST 1

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <sanitizer/asan_interface.h>

#include "kernel/lib/panic.h"
#include "kernel/lib/symbols.h"
#include "kernel/lib/wall.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/asm.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/features.h"
#include "mm/aspace.h"
#include "mm/pagetable.h"
#include "mm/tlb_model.h"
#include "tests/host/check.h"

#define CPUS    2
#define SPACES  3
#define NUMBERS 4 /* PCIDs, 0 among them */
#define STACK   32768
#define STORES  8

enum stop { AT_BOUNDARY, AT_POINT, AT_WAIT };

struct store {
	void *at;
	u64 value, bytes;
};

struct machine_cpu {
	u64 rsp;           /* while it does not run */
	enum stop stop;
	bool irq_on, ipi;
	u32 command;       /* what it is to do next */
	u64 past;          /* a hash of where it is in its operation, and of all that it has read there */
	u32 stores;
	struct store buffer[STORES];
	u64 cr3, cr4;
	u32 of[NUMBERS];      /* the TLB's entry: 1 + the space; 0: none */
	u32 version[NUMBERS]; /* its frame */
	u32 kernel[NUMBERS][CPUS]; /* entries of the kernel's half: each CPU changes one */
};

static struct machine_cpu machine[CPUS];
static u8 stacks[CPUS][STACK] __attribute__((aligned(16)));
static u32 running;          /* who runs */
static bool in_search = true; /* nobody does */
static u64 search_rsp;

static struct aspace spaces[SPACES];
static pte_t entries[SPACES + CPUS]; /* the last are the kernel's */
static u32 done[SPACES + CPUS];      /* older frames have been given back */

struct cpu cpus[MAX_CPUS];
u32 cpu_count = CPUS;
struct cpu_features cpu_features;

_Noreturn static void found(const char *what); /* the search shows how it came there */

/* ---- stacks, as kernel/x86/switch.S does it */

void stack_switch(u64 *save, u64 load);
__asm__(".text\nstack_switch:\n"
	"push %rbp; push %rbx; push %r12; push %r13; push %r14; push %r15\n"
	"mov %rsp, (%rdi); mov %rsi, %rsp\n"
	"pop %r15; pop %r14; pop %r13; pop %r12; pop %rbx; pop %rbp; ret\n");

static void remember(u64 value)
{
	machine[running].past = (machine[running].past ^ value) * 0x9e3779b97f4a7c15ull;
	machine[running].past ^= machine[running].past >> 29;
}

static void handle_ipi(void);

/* Here the others may go on, or an interrupt come. */
static void stop(enum stop why, u64 where)
{
	struct machine_cpu *m = &machine[running];

	if (in_search)
		return;
	remember(where);
	m->stop = why;
	for (;;) {
		u64 past = m->past;

		in_search = true;
		stack_switch(&m->rsp, search_rsp);
		if (m->command)
			return;
		handle_ipi();
		m->past = past; /* a handler leaves no trace but in memory */
		m->stop = why;
	}
}

/* ---- memory */

static void put(void *at, u64 value, u64 bytes)
{
	memcpy(at, &value, bytes);
}

static u64 get(const void *at, u64 bytes)
{
	const struct machine_cpu *m = &machine[running];
	u64 value = 0;

	memcpy(&value, at, bytes);
	for (u32 i = 0; i < m->stores; i++)
		if (m->buffer[i].at == at)
			value = m->buffer[i].value;
	return value;
}

static void drain_one(u32 cpu)
{
	struct machine_cpu *m = &machine[cpu];

	put(m->buffer[0].at, m->buffer[0].value, m->buffer[0].bytes);
	memmove(m->buffer, m->buffer + 1, --m->stores * sizeof m->buffer[0]);
	memset(&m->buffer[m->stores], 0, sizeof m->buffer[0]);
}

static void drain(void)
{
	while (machine[running].stores)
		drain_one(running);
}

static u64 sim_load(const void *at, u64 bytes, u64 where)
{
	u64 value;

	stop(AT_POINT, where);
	value = get(at, bytes);
	remember((u64)at);
	remember(value);
	return value;
}

static void sim_store(void *at, u64 value, u64 bytes, bool locked, u64 where)
{
	struct machine_cpu *m = &machine[running];

	stop(AT_POINT, where);
	if (locked) {
		drain();
		put(at, value, bytes);
		return;
	}
	if (m->stores == STORES)
		drain_one(running);
	m->buffer[m->stores++] = (struct store){at, value, bytes};
}

enum change { OR, AND, SET };

static u64 sim_locked(void *at, enum change how, u64 value, u64 bytes, u64 where)
{
	u64 old;

	stop(AT_POINT, where);
	drain();
	old = get(at, bytes);
	put(at, how == OR ? old | value : how == AND ? old & value : value, bytes);
	remember(old);
	return old;
}

static void sim_fence(u64 where)
{
	stop(AT_POINT, where);
	drain();
}

/* ---- the TLB */

static u32 version_of(u32 entry)
{
	return (u32)(entries[entry].v >> PAGE_SHIFT & 0xff);
}

static u32 number_of_space(u64 root)
{
	return (u32)(root >> PAGE_SHIFT); /* 0: the kernel's tables */
}

/* Whatever is not there is filled in, if it can be. */
static void fill(u32 cpu)
{
	struct machine_cpu *m = &machine[cpu];
	u32 pcid = m->cr3 & (NUMBERS - 1), space = number_of_space(m->cr3 & PTE_FRAME);

	if (!m->of[pcid] && space) {
		m->of[pcid] = space;
		m->version[pcid] = version_of(space - 1);
	}
	for (u32 i = 0; i < CPUS; i++)
		if (!m->kernel[pcid][i])
			m->kernel[pcid][i] = version_of(SPACES + i);
}

static void forget(u32 cpu, u32 pcid)
{
	machine[cpu].of[pcid] = machine[cpu].version[pcid] = 0;
	memset(machine[cpu].kernel[pcid], 0, sizeof machine[cpu].kernel[pcid]);
}

static void sim_write_cr3(u64 value)
{
	struct machine_cpu *m = &machine[running];

	drain();
	m->cr3 = value & ~BIT(63);
	if (!(value & BIT(63)))
		forget(running, value & (NUMBERS - 1));
	fill(running);
}

static void sim_invlpg(u64 va)
{
	u32 pcid = machine[running].cr3 & (NUMBERS - 1);

	(void)va;
	drain();
	machine[running].of[pcid] = machine[running].version[pcid] = 0;
	fill(running);
}

static void sim_flush_all(void)
{
	drain();
	for (u32 i = 0; i < NUMBERS; i++)
		forget(running, i);
	fill(running);
}

static void sim_write_cr4(u64 value)
{
	if ((machine[running].cr4 ^ value) & CR4_PGE)
		sim_flush_all();
	machine[running].cr4 = value;
}

/* No access succeeds by what was taken away. */
static void look_at_tlb(u32 cpu)
{
	const struct machine_cpu *m = &machine[cpu];
	u32 pcid = m->cr3 & (NUMBERS - 1), space = number_of_space(m->cr3 & PTE_FRAME);

	if (space && m->of[pcid] != space)
		found("a CPU translates by the entries of another space");
	if (space && m->version[pcid] < done[space - 1])
		found("a CPU translates by an entry that was taken away");
	for (u32 i = 0; i < CPUS; i++)
		if (m->kernel[pcid][i] < done[SPACES + i])
			found("a CPU translates by a kernel entry that was taken away");
}

/* ---- what the kernel's files call */

static void sim_send(u32 target, u64 where)
{
	stop(AT_POINT, where);
	drain();
	machine[target].ipi = true;
}

bool arch_irq_save(void)
{
	bool on = machine[running].irq_on;

	machine[running].irq_on = false;
	return on;
}

void arch_irq_restore(bool on)
{
	machine[running].irq_on = on;
}

void panic_at(const struct trapframe *frame, const char *fmt, ...)
{
	char text[200];
	va_list args;

	(void)frame;
	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	found(text);
}

const struct trapframe *arch_registers(void)
{
	return NULL;
}

const char *symbol_find(u64 address, u64 *offset)
{
	(void)address, (void)offset;
	return NULL;
}

u32 *frame_note(pa_t frame)
{
	static u32 note;

	(void)frame;
	note = 1;
	return &note;
}

pa_t frame_alloc_zeroed(void)
{
	return pa(0);
}

/* The old frame of an entry, whose number and version are in it. */
void frame_unref(pa_t frame)
{
	tlb_model_none_owed("it gives a frame back");
	done[frame.v >> 20 & 0xff] = (u32)(frame.v >> PAGE_SHIFT & 0xff) + 1;
}

#define cpu_this()      (&cpus[running])
#define cpu_pause()     stop(AT_WAIT, __LINE__)
#define count_event(e)  ((void)0)
#define irq_enabled()   machine[running].irq_on
#define read_cr4()      machine[running].cr4
#define write_cr4(v)    sim_write_cr4(v)
#define write_cr3(v)    sim_write_cr3(v)
#define invlpg(va)      sim_invlpg(va)
#define invpcid(t, d)   ((void)(d), sim_flush_all())
#define apic_send(t, v) sim_send(t, __LINE__)

#include "tests/kernel/sanitize/tlb_model.c"

/* From here on an access that others can see is a step. */
#undef TLB_TELL
#define TLB_TELL(call) (stop(AT_POINT, __LINE__), tlb_model_##call)
#define __atomic_load_n(p, order)         ((__typeof__(*(p) + 0))sim_load(p, sizeof *(p), __LINE__))
#define __atomic_store_n(p, v, order)     sim_store(p, v, sizeof *(p), (order) == __ATOMIC_SEQ_CST, __LINE__)
#define __atomic_fetch_or(p, v, order)    sim_locked(p, OR, v, sizeof *(p), __LINE__)
#define __atomic_fetch_and(p, v, order)   sim_locked(p, AND, v, sizeof *(p), __LINE__)
#define __atomic_exchange_n(p, v, order)  sim_locked(p, SET, v, sizeof *(p), __LINE__)
#define __atomic_thread_fence(order)      sim_fence(__LINE__)

#include "mm/tlb.c"

#include "mm/pagetable.c"

static void handle_ipi(void)
{
	machine[running].irq_on = machine[running].ipi = false;
	tlb_serve();
	machine[running].irq_on = true;
}
