/*
 * trampoline.S - where a further CPU begins: from real mode to 64-bit mode at one stroke (SDM 3A 8.4, 9.8.5).
 *
 * kernel/smp.c copies [trampoline_start, trampoline_end) to a page of low memory and sends the page's number with
 * SIPI: the CPU then runs there, CS = page * 100h, IP = 0. It has no stack, and shares the boot CPU's early page
 * tables, which map low memory to itself, and its early GDT, until it is in the high half.
 *
 * trampoline_stack is taken by an exchange: who finds 0 there came too late, and stops for good.
 */
#include "kernel/lib/layout.h"
#include "offsets.h"

#define PHYS(symbol) ((symbol) - KERNEL_BASE)

#define CR4_PAE   0x20
#define EFER_BITS 0x900      /* LME and NXE, SDM 4 table 2-2 */
#define CR0_BITS  0x80010011 /* PG, WP, ET, PE: caches are on */

	.section .rodata.trampoline, "a", @progbits
	.code16
	.global trampoline_start, trampoline_end
trampoline_start:
	cli
	movw %cs, %ax
	movw %ax, %ds
	lgdtl boot_gdt_copy - trampoline_start
	movl $CR4_PAE, %eax
	movl %eax, %cr4
	movl $PHYS(boot_pml4), %eax
	movl %eax, %cr3
	movl $MSR_EFER, %ecx
	rdmsr
	orl $EFER_BITS, %eax
	wrmsr
	movl $CR0_BITS, %eax
	movl %eax, %cr0
	ljmpl $SEL_KERNEL_CODE, $trampoline_long
boot_gdt_copy:
	.word 15
	.long boot_gdt
trampoline_end:

	.section .boot, "ax", @progbits
	.code64
trampoline_long: /* the data segments mean nothing here; cpu_init() loads them */
	movabsq $trampoline_high, %rax
	jmp *%rax

	.text
	.cfi_sections .debug_frame
trampoline_high:
	.cfi_startproc
	.cfi_undefined %rip
	movq trampoline_root, %rax
	movq %rax, %cr3
	xorl %eax, %eax
	xchgq %rax, trampoline_stack
	testq %rax, %rax
	jz 1f
	movq %rax, %rsp
	xorl %ebp, %ebp /* backtraces end here */
	call kernel_cpu_main
1:	cli
	hlt
	jmp 1b
	.cfi_endproc

	.data
	.balign 8
	.global trampoline_stack, trampoline_root
trampoline_stack:
	.quad 0
trampoline_root:
	.quad 0
