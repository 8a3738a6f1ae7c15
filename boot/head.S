/*
 * head.S - the first instructions: from the loader's 32-bit protected mode to kernel_main() in 64-bit mode.
 *
 * Multiboot 1 (0.6.96) and Multiboot2 enter at the same _start: EAX holds the loader's magic, EBX the
 * physical address of its information block, paging and interrupts are off, segments are flat, and
 * there is no stack. The ELF file is loaded by its program headers, so neither header names addresses.
 *
 * This runs at its physical address. Symbols of the higher half are reached as PHYS(symbol).
 * A CPU that cannot run the kernel gets one line on COM1 that says why, and the machine stops.
 */
#include "kernel/lib/layout.h"
#include "offsets.h"

#define PHYS(symbol) ((symbol) - KERNEL_BASE)

#define HEADER1_MAGIC 0x1badb002 /* Multiboot 0.6.96 3.1.1 */
#define HEADER1_FLAGS 0x00000003 /* modules on page boundaries; give the memory map */
#define HEADER2_MAGIC 0xe85250d6 /* Multiboot2 3.1.1 */

#define EFLAGS_ID 0x00200000
#define CPUID_LM  29 /* CPUID 80000001h EDX */
#define CPUID_NX  20

#define CR4_PAE   0x20
#define EFER_BITS 0x900      /* LME and NXE, SDM 4 table 2-2 */
#define CR0_BITS  0x80010001 /* PG, WP, PE */
#define PTE_TABLE 0x003      /* present, writable */
#define PTE_LARGE 0x083      /* and a 2 MiB page */

#define COM1_PORT       0x3f8
#define COM1_LINE_STATE 0x3fd
#define LINE_EMPTY      0x60 /* holding and shift register are both empty */
#define DEBUG_EXIT_PORT 0xf4
#define REFUSED         42 /* as a panic */

	.section .boot.headers, "a", @progbits
	.balign 8
	.long HEADER1_MAGIC
	.long HEADER1_FLAGS
	.long -(HEADER1_MAGIC + HEADER1_FLAGS)

	.balign 8
header2:
	.long HEADER2_MAGIC
	.long 0 /* i386, protected mode */
	.long header2_end - header2
	.long 0x100000000 - (HEADER2_MAGIC + 0 + (header2_end - header2))
	/* information request: the memory map is indispensable */
	.word 1, 0
	.long 12
	.long 6
	.balign 8
	/* modules on page boundaries */
	.word 6, 0
	.long 8
	/* end */
	.word 0, 0
	.long 8
header2_end:

	.section .boot, "ax", @progbits
	.code32
	.global _start
_start:
	cli
	cld
	movl %eax, %esi /* magic: ESI and EBP survive until long mode */
	movl %ebx, %ebp /* information block */

	xorl %eax, %eax
	movl $PHYS(__entry_data_start), %edi
	movl $PHYS(__kernel_end), %ecx
	subl %edi, %ecx
	shrl $2, %ecx
	rep stosl
	movl $PHYS(boot_stack_top), %esp

	call serial_setup
	call check_cpu
	call build_tables

	movl %cr4, %eax
	orl $CR4_PAE, %eax
	movl %eax, %cr4
	movl $PHYS(boot_pml4), %eax
	movl %eax, %cr3
	movl $MSR_EFER, %ecx
	rdmsr
	orl $EFER_BITS, %eax
	wrmsr
	movl %cr0, %eax
	orl $CR0_BITS, %eax
	movl %eax, %cr0

	lgdt boot_gdt_pointer
	ljmp $SEL_KERNEL_CODE, $long_mode

/* 115200 8N1. The table holds pairs of register and value. */
serial_setup:
	movl $serial_table, %ebx
1:	movzbl (%ebx), %edx
	cmpb $0xff, %dl
	je 2f
	addl $COM1_PORT, %edx
	movb 1(%ebx), %al
	outb %al, %dx
	addl $2, %ebx
	jmp 1b
2:	ret
serial_table:
	.byte 1, 0x00, 3, 0x80, 0, 0x01, 1, 0x00, 3, 0x03, 2, 0xc7, 4, 0x0b, 0xff

/* Each test that fails leaves its message in EBX and does not come back. */
check_cpu:
	movl $message_cpuid, %ebx
	pushfl
	movl (%esp), %ecx
	xorl $EFLAGS_ID, (%esp) /* changeable where there is CPUID (SDM 1 20.1.1) */
	popfl
	pushfl
	popl %eax
	xorl %ecx, %eax
	testl $EFLAGS_ID, %eax
	jz refuse

	movl $0x80000000, %eax
	cpuid
	movl $message_long_mode, %ebx
	cmpl $0x80000001, %eax
	jb refuse
	movl $0x80000001, %eax
	cpuid
	movl $message_long_mode, %ebx
	btl $CPUID_LM, %edx
	jnc refuse
	movl $message_nx, %ebx
	btl $CPUID_NX, %edx
	jnc refuse
	ret

/* Prints the string at EBX and ends: a failing exit where there is isa-debug-exit, else a halt. */
refuse:
	movl $COM1_LINE_STATE, %edx
1:	inb %dx, %al
	andb $LINE_EMPTY, %al
	cmpb $LINE_EMPTY, %al
	jne 1b
	movb (%ebx), %al
	incl %ebx
	testb %al, %al
	jz 2f
	movl $COM1_PORT, %edx
	outb %al, %dx
	jmp refuse
2:	movb $REFUSED, %al
	outb %al, $DEBUG_EXIT_PORT
3:	cli
	hlt
	jmp 3b

message_cpuid:
	.asciz "bulkhead: this CPU has no CPUID instruction; a 64-bit processor is needed\r\n"
message_long_mode:
	.asciz "bulkhead: this CPU has no long mode (64-bit); a 64-bit processor is needed\r\n"
message_nx:
	.asciz "bulkhead: this CPU has no NX (no-execute) bit; a processor that has it is needed\r\n"

/*
 * The first EARLY_MAPPED bytes in 2 MiB pages, three times:
 *
 *   PML4[0]    boot_pdpt_low[0..3]     -> boot_pd[0..3]   at their physical address
 *   PML4[256]  the same                                   at DIRECT_BASE
 *   PML4[511]  boot_pdpt_high[510,511] -> boot_pd[0,1]    at KERNEL_BASE
 *
 * All of it may be written and executed: mm/kmap replaces it before anything else runs.
 */
build_tables:
	movl $PHYS(boot_pd), %edi
	movl $PTE_LARGE, %eax
	movl $(EARLY_MAPPED >> 21), %ecx
1:	movl %eax, (%edi)
	addl $8, %edi
	addl $0x200000, %eax
	loop 1b

	movl $(PHYS(boot_pd) + PTE_TABLE), %eax
	movl %eax, PHYS(boot_pdpt_high) + 510 * 8
	leal 0x1000(%eax), %ecx
	movl %ecx, PHYS(boot_pdpt_high) + 511 * 8
	xorl %ecx, %ecx
2:	movl %eax, PHYS(boot_pdpt_low)(, %ecx, 8)
	addl $0x1000, %eax
	incl %ecx
	cmpl $(EARLY_MAPPED >> 30), %ecx
	jb 2b

	movl $(PHYS(boot_pdpt_low) + PTE_TABLE), %eax
	movl %eax, PHYS(boot_pml4)
	movl %eax, PHYS(boot_pml4) + 256 * 8
	movl $(PHYS(boot_pdpt_high) + PTE_TABLE), PHYS(boot_pml4) + 511 * 8
	ret

	.balign 8
boot_gdt:
	.quad 0
	.quad 0x00af9b000000ffff /* 0x08: 64-bit code */
	.quad 0x00cf93000000ffff /* 0x10: data */
boot_gdt_pointer:
	.word . - boot_gdt - 1
	.long boot_gdt

	.code64
long_mode:
	movl $SEL_KERNEL_DATA, %eax
	movl %eax, %ss
	xorl %eax, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %fs
	movl %eax, %gs
	movabsq $high_half, %rax
	jmp *%rax

	.text
high_half:
	movq $boot_stack_top, %rsp
	/* Per-CPU data before the first line of C, so that locks and the log work from there on. */
	movq $cpus, %rax
	movq %rax, CPU_SELF(%rax)
	movq %rax, %rdx
	shrq $32, %rdx
	movl $MSR_GS_BASE, %ecx
	wrmsr
	movl %esi, %edi /* magic */
	movl %ebp, %esi /* info */
	xorl %ebp, %ebp /* backtraces end here */
	call kernel_main
	ud2

	.bss
	.balign 4096
	.global boot_pml4
boot_pml4:
	.skip 4096
boot_pdpt_low:
	.skip 4096
boot_pdpt_high:
	.skip 4096
boot_pd:
	.skip (EARLY_MAPPED >> 30) * 4096
	.global boot_stack, boot_stack_top
boot_stack:
	.skip KSTACK_SIZE
boot_stack_top:

	.section .note.GNU-stack, "", @progbits
