/*
 * arch.c - the ground floor's view of the machine (kernel/lib/arch.h), and what a panic shows of it.
 */
#include "kernel/lib/arch.h"

#include "kernel/lib/layout.h"
#include "kernel/lib/log.h"
#include "kernel/lib/symbols.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/asm.h"
#include "kernel/x86/clock.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/power.h"
#include "kernel/x86/tables.h"
#include "kernel/x86/trapframe.h"

#define BACKTRACE_DEPTH 24
#define ANSWER_NS       2000000000ull /* how long a panic waits for each other CPU */

extern u8 boot_stack[], boot_stack_top[]; /* boot/head.S */

struct lock_state *arch_lock_state(void)
{
	return &cpu_this()->locks;
}

u32 arch_cpu(void)
{
	return cpu_this()->id;
}

u64 arch_ns(void)
{
	return clock_now();
}

bool arch_irq_save(void)
{
	bool on = irq_enabled();

	irq_disable();
	return on;
}

void arch_irq_restore(bool on)
{
	if (on)
		irq_enable();
}

void arch_stop(int status)
{
	power_exit(status);
}

/* The end of the stack that `address` lies in, or 0: what is on no known stack may not be mapped. */
static u64 stack_end(u64 address)
{
	u64 top = cpu_this()->kernel_rsp, ist = (u64)ist_stacks;

	if (top && address < top && address >= top - KSTACK_SIZE)
		return top;
	if (address >= (u64)boot_stack && address < (u64)boot_stack_top)
		return (u64)boot_stack_top;
	if (address >= ist && address < ist + sizeof(ist_stacks))
		return ALIGN_UP(address + 1, IST_SIZE);
	return 0;
}

/* `back` is 1 for a return address: the call is before it, and may be its function's last instruction. */
static void code_line(u32 depth, u64 address, u64 back)
{
	u64 offset = 0;
	const char *name = symbol_find(address - back, &offset);

	if (name)
		log_raw("  #%-2u %016lx %s+0x%lx\n", depth, address, name, offset + back);
	else
		log_raw("  #%-2u %016lx\n", depth, address);
}

/* Frame pointers: each points to the caller's, with the return address above it. They may lead from an
 * entry stack to the stack that was interrupted. */
static void backtrace(u64 rbp, u32 depth)
{
	for (; depth < BACKTRACE_DEPTH; depth++) {
		const u64 *frame = (const u64 *)rbp;
		u64 end = stack_end(rbp);

		if (!IS_ALIGNED(rbp, 8) || !end || end - rbp < 16 || !frame[1])
			break;
		code_line(depth, frame[1], 1);
		rbp = frame[0];
	}
}

static void registers_dump(const struct trapframe *f)
{
	if (f->cs) /* a trap's; else they are those at the call of panic() */
		log_raw("vector %lu error 0x%lx cs 0x%lx ss 0x%lx\n", f->vector, f->error, f->cs, f->ss);
	log_raw("rip %016lx rsp %016lx rbp %016lx rflags %lx\n", f->rip, f->rsp, f->rbp, f->rflags);
	log_raw("rax %016lx rbx %016lx rcx %016lx\n", f->rax, f->rbx, f->rcx);
	log_raw("rdx %016lx rsi %016lx rdi %016lx\n", f->rdx, f->rsi, f->rdi);
	log_raw("r8  %016lx r9  %016lx r10 %016lx\n", f->r8, f->r9, f->r10);
	log_raw("r11 %016lx r12 %016lx r13 %016lx\n", f->r11, f->r12, f->r13);
	log_raw("r14 %016lx r15 %016lx\n", f->r14, f->r15);
}

/* How the running thread came from ring 3: the frame at the top of its stack. Kernel threads have none. */
static void origin_dump(void)
{
	const struct trapframe *f = (const struct trapframe *)cpu_this()->kernel_rsp - 1;

	if (cpu_this()->kernel_rsp && f->cs == SEL_USER_CODE)
		log_raw("  from ring 3: rip %016lx rsp %016lx, vector 0x%lx rax 0x%lx rdi 0x%lx rsi 0x%lx rdx 0x%lx\n",
			f->rip, f->rsp, f->vector, f->rax, f->rdi, f->rsi, f->rdx);
}

static void trace_back(const struct trapframe *frame)
{
	log_raw("backtrace:\n");
	code_line(0, frame->rip, 0);
	/* Ring 3's stack is its own affair. */
	if (!frame_from_user(frame))
		backtrace(frame->rbp, 1);
	origin_dump();
}

void arch_panic_dump(const struct trapframe *frame)
{
	registers_dump(frame);
	log_raw("cpu %u cr0 %lx cr2 %016lx cr3 %016lx cr4 %lx\n", cpu_this()->id, read_cr0(), read_cr2(),
		read_cr3(), read_cr4());
	trace_back(frame);
}

static u32 turn; /* 1 + the CPU that may show where it is; 0: none */

/* The CPU that is asked sets it back. */
static bool answers(u32 asked)
{
	u64 deadline = clock_now() + ANSWER_NS;

	__atomic_store_n(&turn, asked, __ATOMIC_RELEASE);
	while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) == asked && clock_now() < deadline)
		cpu_pause();
	return __atomic_exchange_n(&turn, 0, __ATOMIC_ACQ_REL) != asked;
}

void arch_panic_others(void)
{
	if (cpu_count == 1)
		return;
	apic_send_nmi_others();
	for (u32 i = 0; i < cpu_count; i++)
		if (i != cpu_this()->id && !answers(i + 1))
			log_raw("cpu %u does not answer\n", i);
}

void arch_panic_answer(const struct trapframe *frame)
{
	u32 self = cpu_this()->id;

	while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) != self + 1)
		cpu_pause();
	log_raw("cpu %u was at:\n", self);
	trace_back(frame);
	__atomic_store_n(&turn, 0, __ATOMIC_RELEASE);
	for (;;)
		halt();
}

void arch_park(void)
{
	irq_disable();
	for (;;)
		halt();
}
