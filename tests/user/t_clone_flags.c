/* t_clone_flags - clone(2) as fork and vfork use it: exit signal, stack, child tid, and what is refused. */
#include "tap.h"

#include <sched.h>

static volatile int slot = -5;
static char stack[4 * PAGE] __attribute__((aligned(16)));

/* clone() on a new stack: the child calls `body` there and exits with its result. */
static long clone_on_stack(long flags, void *top, int (*body)(void))
{
	register long r10 __asm__("r10") = 0;
	register long r8 __asm__("r8") = 0;
	register int (*call)(void) __asm__("r12") = body;
	long result;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "call *%%r12\n\t"
			 "mov %%eax, %%edi\n\t"
			 "mov $60, %%eax\n\t"
			 "syscall\n\t"
			 "hlt\n"
			 "1:"
			 : "=a"(result)
			 : "a"(SYS_clone), "D"(flags), "S"(top), "d"(0), "r"(r10), "r"(r8), "r"(call)
			 : "rcx", "r11", "memory");
	return result;
}

static int on_new_stack(void)
{
	char local;
	uintptr_t here = (uintptr_t)&local;

	return here > (uintptr_t)stack && here < (uintptr_t)stack + sizeof stack ? 21 : 22;
}

static void plain(void)
{
	int me = getpid(), pid = sc(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(getppid() == me ? 11 : 12);
	ok(pid > 0, "clone(SIGCHLD) returns the child's pid");
	eq(wait_for(pid), EXITED(11), "the child is a child of the caller");
}

static void child_tid(void)
{
	int pid;

	slot = -5;
	pid = sc(SYS_clone, SIGCHLD | CLONE_CHILD_SETTID, 0, 0, &slot, 0);
	if (pid == 0)
		_exit(slot == sc(SYS_gettid) ? 13 : 14);
	eq(wait_for(pid), EXITED(13), "CLONE_CHILD_SETTID stores the tid in the child");
	eq(slot, -5, "and not in the parent");

	pid = sc(SYS_clone, SIGCHLD | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID, 0, 0, &slot, 0);
	if (pid == 0)
		_exit(slot == sc(SYS_gettid) ? 15 : 16);
	eq(wait_for(pid), EXITED(15), "CLONE_CHILD_CLEARTID is accepted beside it");
	eq(slot, -5, "the parent's word stays");

	pid = sc(SYS_clone, SIGCHLD | CLONE_CHILD_CLEARTID, 0, 0, BAD_POINTER, 0);
	if (pid == 0)
		_exit(17);
	eq(wait_for(pid), EXITED(17), "a bad address to clear does no harm at exit");

	pid = sc(SYS_clone, SIGCHLD | CLONE_CHILD_SETTID, 0, 0, bad_pointers[2], 0);
	if (pid == 0)
		_exit(18);
	eq(wait_for(pid), EXITED(18), "nor does a bad address to set");
}

static void parent_tid(void)
{
	int pid;

	slot = -5;
	pid = sc(SYS_clone, SIGCHLD | CLONE_PARENT_SETTID, 0, &slot, 0, 0);
	if (pid == 0)
		_exit(slot == -5 ? 19 : 20);
	ok(slot == pid, "CLONE_PARENT_SETTID stores the tid in the parent");
	eq(wait_for(pid), EXITED(19), "and not in the child");
}

/* The child's FS base is the one given; it ends by the bare system call, without libc's thread record. */
static void thread_pointer(void)
{
	static unsigned long record = 0x1234567890;
	int pid = sc(SYS_clone, SIGCHLD | CLONE_SETTLS, 0, 0, 0, &record);

	if (pid == 0) {
		unsigned long value;

		__asm__ volatile("mov %%fs:0, %0" : "=r"(value));
		sc(SYS_exit_group, value == record ? 24 : 25);
	}
	eq(wait_for(pid), EXITED(24), "CLONE_SETTLS gives the child a thread pointer");
}

static void stacks(void)
{
	int pid = clone_on_stack(SIGCHLD, stack + sizeof stack, on_new_stack);

	ok(pid > 0, "clone with a stack returns the child's pid");
	eq(wait_for(pid), EXITED(21), "the child runs on that stack");
	pid = clone_on_stack(SIGCHLD | CLONE_VM | CLONE_VFORK, stack + sizeof stack, on_new_stack);
	ok(pid > 0, "CLONE_VM and CLONE_VFORK with a stack, as posix_spawn does");
	eq(wait_for(pid), EXITED(21), "the child runs on that stack too");
}

static int sleeps(void)
{
	sleep_ms(20);
	return 23;
}

static void vfork_waits(void)
{
	long start = now_us();
	int pid = clone_on_stack(SIGCHLD | CLONE_VFORK, stack + sizeof stack, sleeps);

	ok(now_us() - start >= 20000, "CLONE_VFORK alone waits as well");
	eq(wait_for(pid), EXITED(23), "its child ends normally");
}

static void refused(void)
{
	int status;

	eq(sc(SYS_clone, SIGCHLD | CLONE_SIGHAND, 0, 0, 0, 0), -EINVAL, "CLONE_SIGHAND without CLONE_VM");
	eq(sc(SYS_clone, SIGCHLD | CLONE_THREAD, 0, 0, 0, 0), -EINVAL, "CLONE_THREAD without CLONE_SIGHAND");
	eq(sc(SYS_clone, SIGCHLD | CLONE_THREAD | CLONE_VM, 0, 0, 0, 0), -EINVAL,
	   "CLONE_THREAD and CLONE_VM without CLONE_SIGHAND");
	eq(sc(SYS_wait4, -1, &status, WNOHANG, 0), -ECHILD, "refused calls leave no child");
}

/* The child starts with the parent's registers, apart from rax. */
static void registers(void)
{
	register long rbx __asm__("rbx") = 0x1111;
	register long r12 __asm__("r12") = 0x2222;
	register long r13 __asm__("r13") = 0x3333;
	register long r10 __asm__("r10") = 0;
	register long r8 __asm__("r8") = 0x5555;
	register long r9 __asm__("r9") = 0x9999;
	long pid;
	int same;

	__asm__ volatile("syscall"
			 : "=a"(pid), "+r"(rbx), "+r"(r12), "+r"(r13), "+r"(r10), "+r"(r8), "+r"(r9)
			 : "a"(SYS_clone), "D"(SIGCHLD), "S"(0), "d"(0)
			 : "rcx", "r11", "memory");
	same = rbx == 0x1111 && r12 == 0x2222 && r13 == 0x3333 && r8 == 0x5555 && r9 == 0x9999;
	if (pid == 0)
		_exit(same);
	eq(wait_for(pid), EXITED(1), "the child has the parent's registers");
	ok(same, "so has the parent");
}

int main(void)
{
	plain();
	child_tid();
	parent_tid();
	thread_pointer();
	stacks();
	vfork_waits();
	refused();
	registers();
	return tap_done();
}
