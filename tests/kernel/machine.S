/*
 * machine.S - instructions that only the in-kernel tests need.
 */
	.text

/* void test_sgdt(struct table_pointer *to), test_sidt(...); u16 test_str(void) */
	.global test_sgdt, test_sidt, test_str, test_cs, test_ss
test_sgdt:
	sgdt (%rdi)
	ret
test_sidt:
	sidt (%rdi)
	ret
test_str:
	xorl %eax, %eax
	str %ax
	ret
test_cs:
	movl %cs, %eax
	ret
test_ss:
	movl %ss, %eax
	ret

/*
 * u64 test_nmi(volatile u32 *icr, u32 command): fills the registers, writes the command that sends this CPU an
 * NMI, waits a while, and returns how many registers are not what they were.
 */
	.global test_nmi
test_nmi:
	pushq %rbx
	pushq %rbp
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	pushfq
	cli
	movl %esi, %eax
	movq %rsp, %rbp
	.set value, 0x1100
	.irp register, rbx, rcx, rdx, rsi, r8, r9, r10, r11, r12, r13, r14, r15
	movq $value, %\register
	.set value, value + 1
	.endr
	movl %eax, (%rdi)
	.rept 400
	nop
	.endr
	movl %eax, %eax
	cmpq %rbp, %rsp
	movl $0, %eax
	setne %al
	.set value, 0x1100
	.irp register, rbx, rcx, rdx, rsi, r8, r9, r10, r11, r12, r13, r14, r15
	cmpq $value, %\register
	je 1f
	incl %eax
1:
	.set value, value + 1
	.endr
	popfq
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbp
	popq %rbx
	ret

/* void test_xmm_set(const u8 from[256]), test_xmm_get(u8 to[256]) */
	.global test_xmm_set, test_xmm_get
test_xmm_set:
	.set at, 0
	.irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movups at(%rdi), %xmm\number
	.set at, at + 16
	.endr
	ret
test_xmm_get:
	.set at, 0
	.irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movups %xmm\number, at(%rdi)
	.set at, at + 16
	.endr
	ret

/* void test_ymm_set(const u8 from[32]), test_ymm_get(u8 to[32]): YMM7, where there is AVX. */
	.global test_ymm_set, test_ymm_get
test_ymm_set:
	vmovups (%rdi), %ymm7
	ret
test_ymm_get:
	vmovups %ymm7, (%rdi)
	ret

/* u32 test_mxcsr(void); u16 test_fcw(void); void test_fpu_disturb(void): other rounding, a value on the x87 stack */
	.global test_mxcsr, test_fcw, test_fpu_disturb, test_ftw
test_mxcsr:
	pushq $0
	stmxcsr (%rsp)
	popq %rax
	ret
test_fcw:
	pushq $0
	fnstcw (%rsp)
	popq %rax
	ret
test_ftw: /* the x87 tag word: 0xffff is empty */
	subq $32, %rsp
	fnstenv (%rsp)
	movzwl 8(%rsp), %eax
	fldenv (%rsp)
	addq $32, %rsp
	ret
test_fpu_disturb:
	fninit
	fldpi
	pushq $0x0c7f
	fldcw (%rsp)
	movl $0x7f80, (%rsp)
	ldmxcsr (%rsp)
	popq %rax
	ret

	.section .note.GNU-stack, "", @progbits
