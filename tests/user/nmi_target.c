/*
 * nmi_target.c - what tests/parts/nmi.py interrupts: process 1 of a machine of its own. For ever it makes system calls,
 * page faults (its own and the kernel's on its behalf) and children, and checks that its registers and its GS base,
 * which looks like one of the kernel's, stay as they are. It says how many rounds it has done.
 */
#include <cpuid.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#define GS_BASE 0xffff800000001000 /* the kernel's half: an entry that looks at the sign believes it */

static int has_gs_base;

static void say(const char *text, long n)
{
	char line[80];
	int length = snprintf(line, sizeof line, "nmi_target: %s %ld\n", text, n);

	if (write(1, line, (size_t)length) != length)
		_exit(1);
}

/* How many registers getpid() changes that it must not; RCX and R11 are what SYSCALL leaves in them. */
static long call_damage(void)
{
	long damage;

	__asm__ volatile("mov $0x1111, %%ebx\n\tmov $0x2222, %%edx\n\tmov $0x3333, %%esi\n\tmov $0x4444, %%edi\n\t"
			 "mov $0x8888, %%r8d\n\tmov $0x9999, %%r9d\n\tmov $0xaaaa, %%r10d\n\tmov $0xcccc, %%r12d\n\t"
			 "mov $0xdddd, %%r13d\n\tmov $0xeeee, %%r14d\n\tmov $0xffff, %%r15d\n\t"
			 "mov $39, %%eax\n\tsyscall\n1:\n\t"
			 "pushf\n\txor %%eax, %%eax\n\t"
			 "xor $0x1111, %%rbx\n\txor $0x2222, %%rdx\n\txor $0x3333, %%rsi\n\txor $0x4444, %%rdi\n\t"
			 "xor $0x8888, %%r8\n\txor $0x9999, %%r9\n\txor $0xaaaa, %%r10\n\txor $0xcccc, %%r12\n\t"
			 "xor $0xdddd, %%r13\n\txor $0xeeee, %%r14\n\txor $0xffff, %%r15\n\t"
			 "or %%rbx, %%rax\n\tor %%rdx, %%rax\n\tor %%rsi, %%rax\n\tor %%rdi, %%rax\n\t"
			 "or %%r8, %%rax\n\tor %%r9, %%rax\n\tor %%r10, %%rax\n\tor %%r12, %%rax\n\t"
			 "or %%r13, %%rax\n\tor %%r14, %%rax\n\tor %%r15, %%rax\n\t"
			 "lea 1b(%%rip), %%rdx\n\txor %%rdx, %%rcx\n\tor %%rcx, %%rax\n\t"
			 "pop %%rdx\n\txor %%rdx, %%r11\n\tor %%r11, %%rax"
			 : "=&a"(damage)
			 :
			 : "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
			   "memory", "cc");
	return damage;
}

/* A fault of ring 3's and one of the kernel's user copy; registers are the compiler's own check here. */
static long fault_damage(char *page)
{
	struct utsname *name = (struct utsname *)page;
	long before = 0x123456789abcdef, sum = 0;

	madvise(page, 4096, MADV_DONTNEED);
	for (int i = 0; i < 4096; i += 512)
		sum += page[i] + before;
	madvise(page, 4096, MADV_DONTNEED);
	return sum != 8 * before || uname(name) || strcmp(name->sysname, "Linux");
}

static long child_damage(void)
{
	int status = -1, pid = fork();

	if (pid == 0)
		_exit(call_damage() ? 1 : 23);
	return pid < 0 || waitpid(pid, &status, 0) != pid || status != 23 << 8;
}

static uint64_t gs_base(void)
{
	uint64_t v;

	__asm__ volatile("rdgsbase %0" : "=r"(v));
	return v;
}

static void gs_prepare(void)
{
	unsigned a, b = 0, c, d;

	__get_cpuid_count(7, 0, &a, &b, &c, &d);
	has_gs_base = b & 1;
	if (has_gs_base)
		__asm__ volatile("wrgsbase %0" : : "r"(GS_BASE));
}

int main(void)
{
	char *page = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	gs_prepare();
	for (long round = 0;; round++) {
		const char *what = call_damage() ? "system call"
				   : fault_damage(page) ? "page fault"
				   : child_damage() ? "child"
				   : has_gs_base && gs_base() != GS_BASE ? "GS base"
				   : NULL;

		if (what) {
			say("FAILED:", round);
			say(what, round);
			for (;;)
				pause();
		}
		if (round % 64 == 0)
			say("rounds", round);
	}
}
