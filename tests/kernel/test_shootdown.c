/*
 * test_shootdown.c - flushes that other CPUs are asked for (mm/tlb.h: T3, T5). With one CPU all of it is skipped.
 */
#include "kernel/x86/asm.h"
#include "mm/kstack.h"
#include "mm/usercopy.h"
#include "sched/sched.h"
#include "tests/kernel/support.h"

#define A 0x20000000ul

static volatile u32 done, phase;

static bool several(void)
{
	done = 0;
	return several_cpus();
}

static void end(void)
{
	__atomic_fetch_add(&done, 1, __ATOMIC_SEQ_CST);
}

static struct aspace *shared;
static volatile u32 stolen;

static void be_in(struct aspace *as)
{
	thread_current()->aspace = as;
	irq_disable();
	tlb_switch(as);
	irq_enable();
}

/* Reads the page again when it has gone, through its own CPU's TLB. */
static void read_in_space(void *argument)
{
	u32 word = 0;

	(void)argument;
	be_in(shared);
	EXPECT(!copy_from_user(&word, uva(A), sizeof word) && word == 42);
	phase = 1;
	while (phase == 1)
		cpu_pause();
	stolen = copy_from_user(&word, uva(A), sizeof word) ? 0 : word;
	be_in(NULL);
	end();
}

/* The page is taken away while another CPU has it in its TLB. */
KTEST(smp_shootdown_reaches)
{
	u64 before = counter_sum(COUNT_SHOOTDOWNS);

	if (!several())
		return;
	shared = space_of(A, 1, PROT_RW);
	REQUIRE(shared && !space_fault(shared, A, PF_WRITE));
	*(u32 *)space_bytes(shared, A) = 42;
	phase = 0;
	stolen = 0;
	thread_launch_on(other_cpu(), read_in_space, NULL);
	while (!phase)
		cpu_pause();
	EXPECT(!space_protect(shared, A, 1, PROT_NOTHING));
	EXPECT_EQ(counter_sum(COUNT_SHOOTDOWNS), before + 1);
	phase = 2;
	EXPECT(wait_until(&done, 1));
	EXPECT_EQ(stolen, 0);
	aspace_unref(shared);
}

static void enter_and_leave_lazily(void *argument)
{
	(void)argument;
	irq_disable();
	tlb_switch(shared);
	irq_enable();
	end();
}

/* An idle CPU keeps the tables of the last space, until that ends. */
KTEST(smp_space_is_let_go)
{
	u32 cpu = other_cpu();

	if (!several())
		return;
	shared = space_of(A, 1, PROT_RW);
	REQUIRE(shared);
	thread_launch_on(cpu, enter_and_leave_lazily, NULL);
	EXPECT(wait_until(&done, 1));
	while (__atomic_load_n(&cpus[cpu].current, __ATOMIC_RELAXED) != cpus[cpu].idle)
		cpu_pause();
	EXPECT(cpus[cpu].aspace == shared && shared->tlb.active == 1u << cpu);
	aspace_unref(shared);
	EXPECT(!cpus[cpu].aspace);
}

static void flush_often(void *argument)
{
	(void)argument;
	for (u32 i = 0; i < 30; i++)
		tlb_flush_kernel();
	end();
}

/* All ask all others at once, and each must answer while it waits. */
KTEST(smp_flushes_cross)
{
	if (!several())
		return;
	for (u32 i = 0; i < cpu_count; i++)
		thread_launch_on(i, flush_often, NULL);
	EXPECT(wait_until(&done, cpu_count));
}

static u64 flushes_of_all(u32 cpu)
{
	return __atomic_load_n(&cpus[cpu].counters[COUNT_INVPCID], __ATOMIC_RELAXED) +
	       __atomic_load_n(&cpus[cpu].counters[COUNT_CR3_FLUSHED], __ATOMIC_RELAXED);
}

/* Kernel stacks that are unmapped go from the TLBs of the other CPUs as well. */
KTEST(smp_retired_stacks_are_flushed)
{
	u64 tops[32], before;
	u32 n = 0;

	if (!several())
		return;
	while (n < ARRAY_SIZE(tops) && (tops[n] = kstack_alloc()))
		n++;
	EXPECT_EQ(n, ARRAY_SIZE(tops));
	before = flushes_of_all(other_cpu());
	while (n)
		kstack_free(tops[--n]); /* more than are kept */
	EXPECT(flushes_of_all(other_cpu()) > before);
}
