/*
 * ring3.S - small programs that the in-kernel tests run in ring 3: position-independent, without libc. The
 * whole of it is mapped at CODE_AT of support.h, with a stack of two pages. Arguments are in RDI and RSI.
 */
#include "kernel/lib/layout.h"

#define SYS_getpid      39
#define SYS_fork        57
#define SYS_exit        60
#define SYS_wait4       61
#define SYS_sched_yield 24
#define PATTERN         0x5a5a0000

	.section .rodata.ring3, "a", @progbits
	.balign 4096
	.global ring3_start
ring3_start:

.macro PROGRAM name
	.balign 16
	.global ring3_\name
ring3_\name:
.endm

.macro EXIT
	movl $SYS_exit, %eax
	syscall
.endm

/* exit(rdi) */
PROGRAM exit
	EXIT

/* Exit status 0 if every register, selector and vector register starts as exec promises: zero. */
PROGRAM zeros
	pushfq
	.irp register, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
	orq %\register, %rax
	.endr
	.irp selector, ds, es, fs, gs
	movl %\selector, %ebx
	orq %rbx, %rax
	.endr
	.irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movq %xmm\number, %rbx
	orq %rbx, %rax
	movhlps %xmm\number, %xmm\number
	movq %xmm\number, %rbx
	orq %rbx, %rax
	.endr
	popq %rbx
	xorq $0x202, %rbx
	orq %rbx, %rax
	xorl %edi, %edi
	testq %rax, %rax
	setne %dil
	EXIT

/* Exit status 0 if getpid() changes no register but RAX, RCX (the return address) and R11 (the flags). */
PROGRAM syscall_registers
	.set value, PATTERN
	.irp register, rbx, rdx, rsi, rdi, rbp, r8, r9, r10, r12, r13, r14, r15
	movq $value, %\register
	.set value, value + 1
	.endr
	stc
	pushfq
	movl $SYS_getpid, %eax
	syscall
1:	pushfq
	.set value, PATTERN
	.irp register, rbx, rdx, rsi, rdi, rbp, r8, r9, r10, r12, r13, r14, r15
	cmpq $value, %\register
	jne 2f
	.set value, value + 1
	.endr
	leaq 1b(%rip), %rdx
	cmpq %rdx, %rcx
	jne 2f
	popq %rdx
	cmpq %rdx, %r11
	jne 2f
	popq %rcx
	cmpq %rdx, %rcx
	jne 2f
	cmpq $1, %rax /* the pid is not 1 */
	jbe 2f
	xorl %edi, %edi
	EXIT
2:	movl $1, %edi
	EXIT

/* Exit status 0 if RDI stays in XMM0 and XMM15 over RSI rounds of giving the CPU away. */
PROGRAM xmm_keep
	movq %rdi, %rbx
	movq %rsi, %rbp
1:	movq %rbx, %xmm0
	movq %rbx, %xmm15
	movl $SYS_sched_yield, %eax
	syscall
	movq %xmm0, %rcx
	cmpq %rbx, %rcx
	jne 2f
	movq %xmm15, %rcx
	cmpq %rbx, %rcx
	jne 2f
	decq %rbp
	jnz 1b
	xorl %edi, %edi
	EXIT
2:	movl $1, %edi
	EXIT

/* A child that yields RSI times and exits with RDI; the parent exits with 3 at once. */
PROGRAM orphan
	movq %rdi, %rbx
	movq %rsi, %rbp
	movl $SYS_fork, %eax
	syscall
	testq %rax, %rax
	jz 1f
	movl $3, %edi
	EXIT
1:	movl $SYS_sched_yield, %eax
	syscall
	decq %rbp
	jnz 1b
	movq %rbx, %rdi
	EXIT

/* Forks; the child writes to the shared stack and exits, the parent waits. Exit status: 0, or the errno of
 * fork, or 99 where the parent sees the child's write. */
PROGRAM fork_wait
	pushq $7
	movl $SYS_fork, %eax
	syscall
	testq %rax, %rax
	js 2f
	jnz 1f
	movq $8, (%rsp)
	xorl %edi, %edi
	EXIT
1:	movl $SYS_wait4, %eax
	movq $-1, %rdi
	xorl %esi, %esi
	xorl %edx, %edx
	xorl %r10d, %r10d
	syscall
	cmpq $7, (%rsp)
	movl $99, %edi
	jne 3f
	xorl %edi, %edi
3:	EXIT
2:	negq %rax
	movq %rax, %rdi
	EXIT

PROGRAM spin
	jmp ring3_spin

/* Increments a word of its stack for ever; touches memory, so that it needs the space loaded. */
PROGRAM count
1:	incq -8(%rsp)
	jmp 1b

/* ---- one fault each */

PROGRAM read_rdi
	movq (%rdi), %rax
	hlt
PROGRAM write_rdi
	movq %rax, (%rdi)
	hlt
PROGRAM jump_rdi
	jmp *%rdi
PROGRAM return_rdi
	pushq %rdi
	ret
PROGRAM write_text
	leaq ring3_write_text(%rip), %rax
	movb $0x90, (%rax)
PROGRAM run_stack
	movw $0xfeeb, -16(%rsp) /* jmp . */
	leaq -16(%rsp), %rax
	jmp *%rax
PROGRAM invalid
	ud2
PROGRAM divide
	xorl %edx, %edx
	xorl %ecx, %ecx
	divl %ecx
PROGRAM breakpoint
	int3
PROGRAM halt
	hlt
PROGRAM interrupt
	int $0x20
PROGRAM old_call
	int $0x80
PROGRAM interrupts_off
	cli
PROGRAM port
	movb $'!', %al
	outb %al, $0xe9
PROGRAM msr
	movl $0xc0000082, %ecx
	rdmsr
PROGRAM control
	movq %cr3, %rax
PROGRAM null_stack
	xorl %eax, %eax
	movl %eax, %ss
	hlt
PROGRAM kernel_selector
	movl $SEL_KERNEL_DATA, %eax
	movl %eax, %ds
	hlt
PROGRAM single_step
	pushfq
	orq $0x100, (%rsp)
	popfq
	nop
	hlt
PROGRAM alignment
	pushfq
	orq $0x40000, (%rsp)
	popfq
	movq -13(%rsp), %rax
	hlt
PROGRAM x87
	fninit
	pushq $0x37b /* zero divide unmasked */
	fldcw (%rsp)
	fld1
	fldz
	fdivrp
	fwait
	hlt
PROGRAM simd
	pushq $0x1d80 /* zero divide unmasked */
	ldmxcsr (%rsp)
	pushq $1
	cvtsi2sdq (%rsp), %xmm0
	xorps %xmm1, %xmm1
	divsd %xmm1, %xmm0
	hlt

	.balign 8
	.global ring3_end
ring3_end:

	.section .note.GNU-stack, "", @progbits
