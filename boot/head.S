/*
 * head.S - the first instructions: from the loader's 32-bit protected mode to kernel_main() in 64-bit mode.
 *
 * Multiboot 1 (0.6.96) and Multiboot2 enter at the same _start: EAX holds the loader's magic, EBX the
 * physical address of its information block, paging and interrupts are off, segments are flat, and
 * there is no stack. The ELF file is loaded by its program headers, so neither header names addresses,
 * and what is to start as zeros does.
 *
 * This runs at its physical address. Symbols of the higher half are reached as PHYS(symbol).
 * A CPU that cannot run the kernel gets one line on COM1 that says why, and the machine stops. The port
 * is as firmware or loader left it: serial_init() comes later.
 */
#include "kernel/lib/layout.h"
#include "offsets.h"

#define PHYS(symbol) ((symbol) - KERNEL_BASE)

#define HEADER1_MAGIC 0x1badb002 /* Multiboot 0.6.96 3.1.1 */
#define HEADER1_FLAGS 0x00000003 /* modules on page boundaries; give the memory map */
#define HEADER2_MAGIC 0xe85250d6 /* Multiboot2 3.1.1 */

#define CPUID_LM 29 /* CPUID 80000001h EDX */
#define CPUID_NX 20

#define CR4_PAE   0x20
#define EFER_BITS 0x900      /* LME and NXE, SDM 4 table 2-2 */
#define CR0_BITS  0x80010001 /* PG, WP, PE */
#define PTE_TABLE 0x003      /* present, writable */
#define PTE_LARGE 0x083      /* and a 2 MiB page */

#define COM1_PORT       0x3f8
#define COM1_LINE_STATE 0x3fd
#define LINE_EMPTY      0x40 /* holding and shift register, both */
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
	movl $PHYS(boot_stack_top), %esp
	call check_cpu

	/* CR4 and EFER whole: UEFI leaves bits of its own in them. */
	movl $CR4_PAE, %eax
	movl %eax, %cr4
	movl $PHYS(boot_pml4), %eax
	movl %eax, %cr3
	movl $MSR_EFER, %ecx
	movl $EFER_BITS, %eax
	xorl %edx, %edx
	wrmsr
	movl %cr0, %eax
	orl $CR0_BITS, %eax
	movl %eax, %cr0

	lgdt boot_gdt_pointer
	ljmp $SEL_KERNEL_CODE, $long_mode

/* Each test that fails leaves its message in EBX and does not come back. */
check_cpu:
	movl $0x80000000, %eax
	cpuid
	movl $message_long_mode, %ebx /* CPUID overwrites EBX */
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
	testb $LINE_EMPTY, %al
	jz 1b
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

message_long_mode:
	.asciz "bulkhead: this CPU has no long mode (64-bit); a 64-bit processor is needed\r\n"
message_nx:
	.asciz "bulkhead: this CPU has no NX (no-execute) bit; a processor that has it is needed\r\n"

	.balign 8
	.global boot_gdt
boot_gdt:
	.quad 0
	.quad 0x00af9b000000ffff /* 0x08: 64-bit code */
boot_gdt_pointer:
	.word . - boot_gdt - 1
	.long boot_gdt

	.code64
long_mode: /* the data segments mean nothing here; cpu_init() loads them */
	movabsq $high_half, %rax
	jmp *%rax

	.text
	.cfi_sections .debug_frame
high_half:
	.cfi_startproc
	.cfi_undefined %rip
	movq $boot_stack_top, %rsp
	movl %esi, %edi /* magic */
	movl %ebp, %esi /* info */
	xorl %ebp, %ebp /* backtraces end here */
	call kernel_main
	ud2
	.cfi_endproc

/*
 * The first EARLY_MAPPED bytes in 2 MiB pages, three times: at their physical address, at DIRECT_BASE, and
 * as much as fits at KERNEL_BASE. All of it may be written and executed: mm/kmap replaces it before
 * anything else runs. Further CPUs pass through it, too (trampoline.S).
 */
	.data
	.balign 4096
	.global boot_pml4
boot_pml4:
	.quad PHYS(boot_pdpt_low) + PTE_TABLE
	.fill 255, 8
	.quad PHYS(boot_pdpt_low) + PTE_TABLE /* 256: DIRECT_BASE */
	.fill 254, 8
	.quad PHYS(boot_pdpt_high) + PTE_TABLE /* 511: KERNEL_BASE */
boot_pdpt_low:
	.irp gib, 0, 1, 2, 3
	.quad PHYS(boot_pd) + \gib * 4096 + PTE_TABLE
	.endr
	.fill 508, 8
boot_pdpt_high:
	.fill 510, 8
	.quad PHYS(boot_pd) + PTE_TABLE
	.quad PHYS(boot_pd) + 4096 + PTE_TABLE
boot_pd:
	.set address, 0
	.rept EARLY_MAPPED >> 21
	.quad address + PTE_LARGE
	.set address, address + 0x200000
	.endr

	.bss
	.balign 4096
	.global boot_stack, boot_stack_top
boot_stack:
	.skip KSTACK_SIZE
boot_stack_top:
