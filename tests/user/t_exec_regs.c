/*
 * t_exec_regs - a program starts with clean registers: general, vector, x87 and control words.
 *
 * The file's own entry point stores them before libc can touch one, then goes on to _start.
 */
/* build: -Wl,-e,raw_entry */
#include "tap.h"

struct entry_state {
	unsigned long general[15]; /* rax rbx rcx rdx rsi rdi rbp r8..r15 */
	unsigned long rsp, flags;
	unsigned short cs, ds, es, ss, fs, gs;
	unsigned char fx[512] __attribute__((aligned(16)));
};

extern struct entry_state entry_state;
struct entry_state entry_state __attribute__((section(".data"))) = {.rsp = 1};

__asm__(".globl raw_entry\n"
	"raw_entry:\n"
	"	mov %rax, entry_state(%rip)\n"
	"	lea entry_state(%rip), %rax\n"
	"	mov %rbx, 8(%rax)\n"
	"	mov %rcx, 16(%rax)\n"
	"	mov %rdx, 24(%rax)\n"
	"	mov %rsi, 32(%rax)\n"
	"	mov %rdi, 40(%rax)\n"
	"	mov %rbp, 48(%rax)\n"
	"	mov %r8, 56(%rax)\n"
	"	mov %r9, 64(%rax)\n"
	"	mov %r10, 72(%rax)\n"
	"	mov %r11, 80(%rax)\n"
	"	mov %r12, 88(%rax)\n"
	"	mov %r13, 96(%rax)\n"
	"	mov %r14, 104(%rax)\n"
	"	mov %r15, 112(%rax)\n"
	"	mov %rsp, 120(%rax)\n"
	"	pushfq\n"
	"	popq 128(%rax)\n"
	"	mov %cs, 136(%rax)\n"
	"	mov %ds, 138(%rax)\n"
	"	mov %es, 140(%rax)\n"
	"	mov %ss, 142(%rax)\n"
	"	mov %fs, 144(%rax)\n"
	"	mov %gs, 146(%rax)\n"
	"	fxsave64 160(%rax)\n"
	"	xor %eax, %eax\n"
	"	jmp _start\n");

/* Which check fails first, or 0. */
static int state_wrong(char **argv)
{
	const struct entry_state *s = &entry_state;
	unsigned short control;
	unsigned int mxcsr;

	for (int i = 0; i < 15; i++)
		if (s->general[i])
			return 10 + i;
	if (s->rsp % 16)
		return 30;
	if (s->rsp != (uintptr_t)argv - 8)
		return 31;
	if ((s->flags & ~0x10000UL) != 0x202) /* RF is not stored by PUSHF */
		return 32;
	if (s->ds || s->es || s->fs || s->gs)
		return 33;
	if ((s->cs & 3) != 3 || (s->ss & 3) != 3)
		return 34;
	memcpy(&control, s->fx, 2);
	if (control != 0x37f)
		return 35;
	if (s->fx[2] || s->fx[3] || s->fx[4]) /* status word; no x87 register in use */
		return 36;
	memcpy(&mxcsr, s->fx + 24, 4);
	if (mxcsr != 0x1f80)
		return 37;
	for (int i = 32; i < 160; i++) /* ST0..ST7 */
		if (s->fx[i])
			return 38;
	for (int i = 160; i < 416; i++) /* XMM0..XMM15 */
		if (s->fx[i])
			return 39;
	for (int i = 8; i < 24; i++) /* FIP and FDP: where the x87 last was */
		if (s->fx[i])
			return 40;
	return 0;
}

/* Everything dirty that can be, then exec. */
static void dirty_exec(void *argument)
{
	static char *argv[] = {"self", "--state", 0};
	static char *envp[] = {0};
	static double one = 1.0;
	static unsigned int mxcsr = 0x9fc0; /* FTZ and DAZ on, exceptions masked */
	static unsigned short control = 0x27f;

	(void)argument;
	__asm__ volatile("fldl %0\n\tfldl %0\n\tfaddp\n\tfldcw %1\n\tldmxcsr %2\n\t"
			 :
			 : "m"(one), "m"(control), "m"(mxcsr));
	__asm__ volatile(
		"pcmpeqb %%xmm0, %%xmm0\n\tmovdqa %%xmm0, %%xmm1\n\tmovdqa %%xmm0, %%xmm7\n\t"
		"movdqa %%xmm0, %%xmm8\n\tmovdqa %%xmm0, %%xmm15\n\t"
		"mov $-1, %%rbx\n\tmov $-1, %%r8\n\tmov $-1, %%r9\n\tmov $-1, %%r10\n\tmov $-1, %%r12\n\t"
		"mov $-1, %%r13\n\tmov $-1, %%r14\n\tmov $-1, %%r15\n\t"
		"std\n\t"
		"syscall\n\t"
		"cld"
		:
		: "a"(SYS_execve), "D"("/proc/self/exe"), "S"(argv), "d"(envp)
		: "rbx", "rcx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory");
	_exit(111);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--state"))
		return state_wrong(argv);
	ok(entry_state.rsp == (uintptr_t)argv - 8, "the entry point saw argc on top of the stack");
	eq(status_of(dirty_exec, 0), EXITED(0), "clean after exec from a program that left everything dirty");
	eq(status_of(dirty_exec, 0), EXITED(0), "and again");
	return tap_done();
}
