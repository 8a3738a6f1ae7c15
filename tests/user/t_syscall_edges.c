/* t_syscall_edges - strange ways to make a system call: flags, numbers, and upper halves of arguments. */
#include "tap.h"

#include <sys/mman.h>

/* Sets flag bits, calls getpid, and returns the flags found after the call; rax goes to *result. */
static unsigned long call_with_flags(unsigned long set, long *result)
{
	unsigned long after;
	long rax;

	__asm__ volatile("lea -128(%%rsp), %%rsp\n\t"
			 "pushfq\n\t"
			 "orq %2, (%%rsp)\n\t"
			 "mov $39, %%eax\n\t"
			 "popfq\n\t"
			 "syscall\n\t"
			 "pushfq\n\t"
			 "pop %0\n\t"
			 "push %0\n\t"
			 "andq $~0x44500, (%%rsp)\n\t"
			 "popfq\n\t"
			 "lea 128(%%rsp), %%rsp"
			 : "=&r"(after), "=&a"(rax)
			 : "r"(set)
			 : "rcx", "r11", "memory", "cc");
	*result = rax;
	return after;
}

static void trap_flag(void *unused)
{
	long result;

	(void)unused;
	call_with_flags(0x100, &result);
	_exit(7);
}

/* A load of SS puts the debug trap off by one instruction: it then comes within the kernel's entry. */
static void delayed_trap(void *unused)
{
	(void)unused;
	__asm__ volatile("mov %%ss, %%ebx\n\t"
			 "mov $39, %%eax\n\t"
			 "pushfq\n\t"
			 "orq $0x100, (%%rsp)\n\t"
			 "popfq\n\t"
			 "mov %%ebx, %%ss\n\t"
			 "syscall\n\t"
			 "pushfq\n\t"
			 "andq $~0x100, (%%rsp)\n\t"
			 "popfq"
			 :
			 :
			 : "rax", "rbx", "rcx", "r11", "memory", "cc");
	_exit(7);
}

static void flags(void)
{
	static const struct {
		unsigned long bit;
		const char *name;
	} sets[] = {
		{0, "no"}, {0x400, "the direction"}, {0x4000, "the nested-task"}, {0x40000, "the alignment"}};
	int pid = getpid(), status;

	for (int i = 0; i < 4; i++) {
		long result;
		unsigned long after = call_with_flags(sets[i].bit, &result);

		eq(result - pid, 0, "a system call with %s flag set", sets[i].name);
		/* SYSRET gives NT back on some processors and not on others. */
		if (sets[i].bit != 0x4000)
			ok((after & sets[i].bit) == sets[i].bit, "keeps it (%s)", sets[i].name);
	}
	eq(status_of(trap_flag, 0), KILLED(SIGTRAP), "with the trap flag set a step after it traps");
	status = status_of(delayed_trap, 0);
	ok(status == KILLED(SIGTRAP) || status == EXITED(7),
	   "a debug trap put off into the entry does no harm");
}

/* A copy in the kernel must not run backwards. */
static void backwards(void)
{
	char out[25] = "------------------------";
	int fd[2];
	long n;

	if (pipe(fd))
		_exit(97);
	__asm__ volatile("std\n\tsyscall\n\tcld"
			 : "=a"(n)
			 : "a"(SYS_write), "D"(fd[1]), "S"("forwards, in three words"), "d"(24)
			 : "rcx", "r11", "memory");
	eq(n, 24, "write with the direction flag set");
	__asm__ volatile("std\n\tsyscall\n\tcld"
			 : "=a"(n)
			 : "a"(SYS_read), "D"(fd[0]), "S"(out), "d"(24)
			 : "rcx", "r11", "memory");
	eq(n, 24, "read with the direction flag set");
	ok(!strcmp(out, "forwards, in three words"), "bytes in order");
	close(fd[0]);
	close(fd[1]);
}

static void numbers(void)
{
	static const long unknown[] = {400, 500, 600, 999, 5000, 0x7fffffff, 0xffffffff, -1, -4096};

	for (int i = 0; i < 9; i++)
		eq(sc(unknown[i]), -ENOSYS, "ENOSYS: number %ld", unknown[i]);
	ok(sc(SYS_getpid) == getpid(), "and life goes on");
}

/* Arguments of type int are taken from the lower half of the register. */
static void upper_halves(void)
{
	const long high = 0x7654321000000000;
	char byte = 0;
	int fd[2], pid;

	if (pipe(fd))
		_exit(97);
	eq(sc(SYS_write, high | fd[1], "u", 1), 1, "write");
	eq(sc(SYS_read, high | fd[0], &byte, 1), 1, "read");
	eq(byte, 'u', "the byte");
	eq(sc(SYS_fcntl, high | fd[0], high | F_GETFD), 0, "fcntl");
	eq(sc(SYS_kill, high | getpid(), high), 0, "kill");
	ok(sc(SYS_getpgid, high) == getpgrp(), "getpgid");
	eq(sc(SYS_close, high | fd[0]), 0, "close");
	close(fd[1]);
	pid = fork();
	if (pid == 0)
		sc(SYS_exit_group, high | 9);
	eq(sc(SYS_wait4, high | pid, 0, high, 0), pid, "wait4");
}

/* The page below the hole is not given out, so that no call instruction can end at the hole's edge. */
static void last_page(void)
{
	eq(sc(SYS_mmap, 0x7ffffffff000, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
	   -ENOMEM, "ENOMEM: the last page before the hole");
}

static long stack_elsewhere(long rsp)
{
	long result;

	__asm__ volatile("mov %%rsp, %%rbx\n\tmov %1, %%rsp\n\tsyscall\n\tmov %%rbx, %%rsp"
			 : "=a"(result)
			 : "r"(rsp), "a"(SYS_getppid)
			 : "rbx", "rcx", "r11", "memory");
	return result;
}

static void hole_stack(void *unused)
{
	(void)unused;
	stack_elsewhere(0x800000000100);
}

/* The kernel does not use the caller's stack. */
static void stacks(void)
{
	static const long places[] = {0, 8, -1, 0x7ffffffff000, 0x7fffffffffff};
	int parent = getppid(), status;

	for (int i = 0; i < 5; i++)
		ok(stack_elsewhere(places[i]) == parent, "a system call with strange stack pointer %d", i);
	for (int i = 2; i < BAD_POINTERS; i++)
		ok(stack_elsewhere((long)bad_pointers[i]) == parent, "with bad pointer %d as the stack", i);
	/* Whether IRET accepts a stack pointer in the hole depends on the processor: the child may die. */
	status = status_of(hole_stack, 0);
	ok(status == EXITED(0) || status == KILLED(SIGSEGV) || status == KILLED(SIGBUS),
	   "with one in the hole");
}

int main(void)
{
	flags();
	backwards();
	numbers();
	upper_halves();
	last_page();
	stacks();
	return tap_done();
}
