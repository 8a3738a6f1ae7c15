/*
 * usercopy.S - every instruction that touches ring 3's memory, and where each goes on after a fault.
 *
 * u64 usercopy_move(void *to [rdi], const void *from [rsi], u64 n [rdx]): returns how many bytes were not
 * copied. A fault in the eight-byte copy goes on bytewise, so that the answer is exact.
 */
	.text
	.globl usercopy_move
	.type usercopy_move, @function
usercopy_move:
	movq %rdx, %rcx
	shrq $3, %rcx
	andl $7, %edx
1:	rep movsq
	movq %rdx, %rcx
2:	rep movsb
3:	movq %rcx, %rax
	ret
4:	leaq (%rdx,%rcx,8), %rcx	/* what is left of the words, and the tail */
	jmp 2b
	.size usercopy_move, . - usercopy_move

/* bool usercopy_peek(u32 *to [rdi], const u32 *from [rsi]): false after a fault, at its first instruction. */
	.globl usercopy_peek
	.type usercopy_peek, @function
usercopy_peek:
	movl (%rsi), %eax
	movl %eax, (%rdi)
	movl $1, %eax
	ret
5:	xorl %eax, %eax
	ret
	.size usercopy_peek, . - usercopy_peek

/* u64 usercopy_exchange(u32 *at [rdi], u32 old [esi], u32 new [edx]): what was there; above 32 bits after a fault. */
	.globl usercopy_exchange
	.type usercopy_exchange, @function
usercopy_exchange:
	movl %esi, %eax
6:	lock cmpxchgl %edx, (%rdi)
	ret
7:	movq $-1, %rax
	ret
	.size usercopy_exchange, . - usercopy_exchange

/* struct { u64 at, fixup; } */
	.section .extable, "a", @progbits
	.quad 1b, 4b
	.quad 2b, 3b
	.quad usercopy_peek, 5b
	.quad 6b, 7b

	.section .note.GNU-stack, "", @progbits
