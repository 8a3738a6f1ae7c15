/*
 * usercopy.S - the one copy between kernel and ring 3, and its exception table.
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

/* struct { u64 at, fixup; } */
	.section .extable, "a", @progbits
	.quad 1b, 4b
	.quad 2b, 3b

	.section .note.GNU-stack, "", @progbits
