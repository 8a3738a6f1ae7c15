/*
 * switch.S - the few sequences that C cannot express: changing stacks, and loading segment registers.
 *
 * The stack of a thread that does not run (struct context of cpu.h), at the pointer that was saved:
 *
 *      +----------------+
 *      | return address |  into context_switch()'s caller, or context_start
 *      | rbp            |
 *      | rbx            |
 *      | r12            |  fresh: the function
 *      | r13            |  fresh: its argument
 *      | r14            |
 *      | r15            |  <- saved pointer
 *      +----------------+
 *
 * All other registers are the caller's to save (System V AMD64 ABI 3.2.1).
 */
#include "kernel/lib/layout.h"
#include "offsets.h"

	.cfi_sections .debug_frame
	.text
	.balign 16
	.global context_switch
context_switch:
	pushq %rbp
	pushq %rbx
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	movq %rsp, (%rdi)
	movq %rsi, %rsp
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbx
	popq %rbp
	ret

	.global context_start
context_start:
	.cfi_startproc
	.cfi_undefined %rip
	movq %r13, %rdi
	xorl %ebp, %ebp /* backtraces end here */
	call *%r12
	ud2
	.cfi_endproc

/* void segments_reload(void): CS from the new GDT by a far return, the others as the kernel keeps them. */
	.global segments_reload
segments_reload:
	movl $SEL_KERNEL_DATA, %eax
	movl %eax, %ss
	xorl %eax, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %fs
	movl %eax, %gs
	popq %rax
	pushq $SEL_KERNEL_CODE
	pushq %rax
	lretq

/*
 * void user_gs_load(u16 selector): GS for ring 3. Loading it writes the base that is in force, so ring 3's
 * is swapped in for the moment; no interrupt may see that.
 */
	.global user_gs_load
user_gs_load:
	pushfq
	cli
	swapgs
	movl %edi, %gs
	swapgs
	popfq
	ret

/* const struct trapframe *arch_registers(void): the general registers as the caller has them, in its struct cpu. */
	.global arch_registers
arch_registers:
	.set at, CPU_REGISTERS
	.irp register, r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rdi, rsi, rdx, rcx, rax
	movq %\register, %gs:at
	.set at, at + 8
	.endr
	pushfq
	popq %gs:CPU_REGISTERS + FRAME_RFLAGS
	movq (%rsp), %rax
	movq %rax, %gs:CPU_REGISTERS + FRAME_RIP
	leaq 8(%rsp), %rax
	movq %rax, %gs:CPU_REGISTERS + FRAME_RSP
	movq %gs:0, %rax
	addq $CPU_REGISTERS, %rax
	ret
