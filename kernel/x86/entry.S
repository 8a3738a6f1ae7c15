/*
 * entry.S - every way from ring 3 or from an event into the kernel, and every way back.
 *
 * E1  Kernel C runs with GS base = this CPU's struct cpu, DF and AC clear, and a whole struct trapframe
 *     below the stack's top.
 * E2  An ordinary vector swaps GS exactly when the saved CS is ring 3's. NMI, #MC, #DF and #DB may arrive
 *     between the first instruction of an entry and its SWAPGS, or between the last SWAPGS and the return:
 *     for them CS proves nothing, and since ring 3 may write its GS base (FSGSBASE) neither does the sign
 *     of that base. They run on stacks of their own whose top word is the struct cpu, and save, set and
 *     restore GS base by MSR.
 * E3  SYSRET loads no RIP that is not canonical (on Intel it would fault in ring 0 on ring 3's stack), and
 *     is used only for a frame that SYSCALL built: RCX = RIP and R11 = RFLAGS, as SYSRET leaves them. Any
 *     other frame goes back by IRETQ, which restores each register as the frame says.
 *
 * All of it lies in .entry: the one code region that may stay mapped while ring 3 runs.
 */
#include "kernel/lib/layout.h"
#include "offsets.h"

/* Numbers of the System V AMD64 ABI, figure 3.36; Clang does not know them by the registers' names. */
#define DWARF_RFLAGS 49
#define DWARF_CS     51
#define DWARF_SS     52

/*
 * For debuggers (DWARF 5, 6.4): where the caller's registers are. It is a signal frame, since the caller's stack is
 * elsewhere and its RIP need not be behind a call. CFI_RING3: as SYSCALL leaves them. CFI_FRAME: that many words of
 * the trap frame are on the stack.
 */
.macro CFI_BEGIN
	.cfi_startproc simple
	.cfi_signal_frame
.endm

.macro CFI_RING3
	.cfi_def_cfa %rsp, 0
	.cfi_register %rip, %rcx
	.cfi_restore %rsp
.endm

.macro CFI_FRAME words
	.cfi_def_cfa %rsp, 8 * \words
	.cfi_offset DWARF_SS, -8
	.cfi_offset %rsp, -16
	.cfi_offset DWARF_RFLAGS, -24
	.cfi_offset DWARF_CS, -32
	.cfi_offset %rip, -40
.endm

/* Below vector and error code, to the order of struct trapframe. */
.macro PUSH_REGISTERS
	.irp register, rax, rcx, rdx, rsi, rdi, r8, r9, r10, r11, rbx, rbp, r12, r13, r14, r15
	pushq %\register
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %\register, 0
	.endr
.endm

.macro POP_REGISTERS
	.irp register, r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rdi, rsi, rdx, rcx, rax
	popq %\register
	.cfi_adjust_cfa_offset -8
	.cfi_same_value %\register
	.endr
.endm

/* Sets a base MSR to RAX; ECX and RDX are lost. */
.macro WRITE_BASE msr
	movl $\msr, %ecx
	movq %rax, %rdx
	shrq $32, %rdx
	wrmsr
.endm

/* CLAC, where an event may have come while AC was set. cpu_init() makes it a NOP where there is no SMAP. */
.macro CLAC_SITE
9:	clac
	.pushsection .rodata.clac, "a", @progbits
	.quad 9b
	.popsection
.endm

	.section .rodata.clac, "a", @progbits
	.balign 8
	.global clac_sites
clac_sites:

	.section .entry, "ax", @progbits
	.cfi_sections .debug_frame

/*
 * SYSCALL: RCX = ring 3's RIP, R11 = its RFLAGS; RSP and GS are still ring 3's. SFMASK has cleared IF,
 * TF, DF, AC and NT. Interrupts go on as soon as there is a stack; syscall_enter() returns with them off.
 */
	.balign 64
	.global syscall_entry
syscall_entry:
	CFI_BEGIN
	CFI_RING3
	swapgs
	movq %rsp, %gs:CPU_USER_RSP
	movq %gs:CPU_KERNEL_RSP, %rsp
	.cfi_undefined %rip
	pushq $SEL_USER_DATA
	pushq %gs:CPU_USER_RSP
	pushq %r11
	pushq $SEL_USER_CODE
	pushq %rcx
	pushq $0
	pushq $TRAP_SYSCALL
	CFI_FRAME 7
	PUSH_REGISTERS
	sti
	xorl %ebp, %ebp
	movq %rsp, %rdi
	call syscall_enter

	movq FRAME_RIP(%rsp), %rax
	movq FRAME_RFLAGS(%rsp), %rdx
	cmpq %rax, FRAME_RCX(%rsp)
	jne trap_exit_user
	cmpq %rdx, FRAME_R11(%rsp)
	jne trap_exit_user
	shrq $47, %rax
	jnz trap_exit_user
	.cfi_remember_state
	POP_REGISTERS
	movq (FRAME_RSP - FRAME_VECTOR)(%rsp), %rsp
	CFI_RING3
	/* Ring 3's stack in ring 0: only events with a stack of their own can come before SYSRET. */
	swapgs
	sysretq
	.cfi_restore_state

/* Where a new thread's first switch ends: the frame at the top of its stack takes it to ring 3. */
	.balign 16
	.global trap_return
trap_return:
	cli
	movq %gs:CPU_KERNEL_RSP, %rsp
	subq $FRAME_SIZE, %rsp
trap_exit_user:
	swapgs
trap_exit_kernel:
	POP_REGISTERS
	addq $16, %rsp
	.cfi_adjust_cfa_offset -16
	iretq
	.cfi_endproc

/* Interrupts and exceptions. On the stack: vector, error code, and what the CPU pushed. */
	.balign 64
interrupt_common:
	CFI_BEGIN
	CFI_FRAME 7
	cld
	CLAC_SITE
	PUSH_REGISTERS
	movq %rsp, %rdi
	testb $3, FRAME_CS(%rsp)
	jnz 1f
	call trap_enter
	cli
	jmp trap_exit_kernel
1:	swapgs
interrupt_user:
	xorl %ebp, %ebp
	call trap_enter
	cli
	jmp trap_exit_user
	.cfi_endproc

/*
 * NMI, #MC, #DF, #DB, on this CPU's stack for the vector (E2). RBX keeps the GS base that was found.
 * #DB and #MC of ring 3 move to the thread's stack, where they may end the process or sleep. The rest
 * stays here, may neither sleep nor reschedule, and goes back to exactly what it interrupted.
 */
	.balign 64
paranoid_common:
	CFI_BEGIN
	CFI_FRAME 7
	cld
	CLAC_SITE
	PUSH_REGISTERS
	movl $MSR_GS_BASE, %ecx
	rdmsr
	shlq $32, %rdx
	orq %rdx, %rax
	movq %rax, %rbx
	movq %rsp, %rax
	orq $(IST_SIZE - 1), %rax
	movq -7(%rax), %rax /* the top word */
	WRITE_BASE MSR_GS_BASE
	movq %rsp, %rdi
	testb $3, FRAME_CS(%rsp)
	jz 1f
	cmpl $TRAP_DB, FRAME_VECTOR(%rsp)
	je paranoid_move
	cmpl $TRAP_MC, FRAME_VECTOR(%rsp)
	je paranoid_move
1:	call trap_enter
	movq %rbx, %rax
	WRITE_BASE MSR_GS_BASE
	jmp trap_exit_kernel

/* Makes it what an ordinary vector is after its SWAPGS: ring 3's base in KERNEL_GS_BASE. */
paranoid_move:
	movq %rbx, %rax
	WRITE_BASE MSR_KERNEL_GS_BASE
	movq %rsp, %rsi
	movq %gs:CPU_KERNEL_RSP, %rdi
	subq $FRAME_SIZE, %rdi
	movq %rdi, %rax
	movl $(FRAME_SIZE / 8), %ecx
	rep movsq
	movq %rax, %rsp
	movq %rax, %rdi
	jmp interrupt_user
	.cfi_endproc

/*
 * One stub for each vector, and its address in interrupt_stubs, from which tables.c makes the IDT.
 * Vectors with an error code (SDM 3A table 6-1; 29 and 30 are AMD's): 8, 10-14, 17, 21, 29, 30.
 */
#define WITH_ERROR_CODE 0x60227d00

.macro STUB
	.balign 16
8:	.if vector > 31 || !((WITH_ERROR_CODE >> (vector & 31)) & 1)
	.cfi_def_cfa_offset 40
	pushq $0
	.endif
	.cfi_def_cfa_offset 48
	pushq $vector
	.cfi_def_cfa_offset 56
	.if vector == TRAP_NMI || vector == TRAP_MC || vector == TRAP_DF || vector == TRAP_DB
	jmp paranoid_common
	.else
	jmp interrupt_common
	.endif
	.pushsection .rodata.stubs, "a", @progbits
	.quad 8b
	.popsection
.endm

	.section .rodata.stubs, "a", @progbits
	.balign 8
	.global interrupt_stubs
interrupt_stubs:

	.section .entry, "ax", @progbits
	.set vector, 0
	CFI_BEGIN
	CFI_FRAME 5
	.rept 256
	STUB
	.set vector, vector + 1
	.endr
	.cfi_endproc

	.section .rodata.clac, "a", @progbits
	.quad 0 /* ends the list */
