/* t_regs - a system call changes rax, rcx and r11 and no other register; preemption changes none. */
#include "tap.h"

struct registers {
	unsigned long r[12];    /* rbx rbp rdi rsi rdx r8 r9 r10 r12 r13 r14 r15 */
	unsigned long rcx, r11; /* as found after the call */
	unsigned long after;    /* the address after the call */
	unsigned long rax;
};

/* Static, so that the assembly below, which fills every register, can name them by address. */
static struct registers in, out;
static unsigned long number, saved_rbp;

#define LOAD_ALL                                                                                          \
	"mov %%rbp, %3\n\t"                                                                               \
	"lea %0, %%rax\n\t"                                                                               \
	"mov 0(%%rax), %%rbx\n\tmov 16(%%rax), %%rdi\n\tmov 24(%%rax), %%rsi\n\tmov 32(%%rax), %%rdx\n\t" \
	"mov 40(%%rax), %%r8\n\tmov 48(%%rax), %%r9\n\tmov 56(%%rax), %%r10\n\tmov 64(%%rax), %%r12\n\t"  \
	"mov 72(%%rax), %%r13\n\tmov 80(%%rax), %%r14\n\tmov 88(%%rax), %%r15\n\tmov 8(%%rax), %%rbp\n\t"
#define STORE_ALL                                                                                          \
	"lea %1, %%rax\n\t"                                                                                \
	"mov %%rbx, 0(%%rax)\n\tmov %%rbp, 8(%%rax)\n\tmov %%rdi, 16(%%rax)\n\tmov %%rsi, 24(%%rax)\n\t"   \
	"mov %%rdx, 32(%%rax)\n\tmov %%r8, 40(%%rax)\n\tmov %%r9, 48(%%rax)\n\tmov %%r10, 56(%%rax)\n\t"   \
	"mov %%r12, 64(%%rax)\n\tmov %%r13, 72(%%rax)\n\tmov %%r14, 80(%%rax)\n\tmov %%r15, 88(%%rax)\n\t" \
	"mov %%rcx, 96(%%rax)\n\tmov %%r11, 104(%%rax)\n\t"                                                \
	"mov %3, %%rbp\n\t"
#define OPERANDS "m"(in), "m"(out), "m"(number), "m"(saved_rbp)
#define CLOBBERS                                                                                        \
	"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", \
		"memory", "cc"

static void __attribute__((noinline)) call_with(long n)
{
	number = n;
	__asm__ volatile(LOAD_ALL "mov %2, %%rax\n\t"
				  "syscall\n"
				  "1:\n\t"
				  "mov %%rax, %2\n\t" STORE_ALL "lea 1b(%%rip), %%rcx\n\t"
				  "mov %%rcx, 112(%%rax)\n\t"
				  "mov %2, %%rcx\n\t"
				  "mov %%rcx, 120(%%rax)\n\t"
			 :
			 : OPERANDS
			 : CLOBBERS);
}

static void __attribute__((noinline)) spin_with(long n)
{
	number = n;
	__asm__ volatile(LOAD_ALL "mov %2, %%rcx\n"
				  "1:\n\t"
				  "pause\n\t"
				  "dec %%rcx\n\t"
				  "jnz 1b\n\t" STORE_ALL
			 :
			 : OPERANDS
			 : CLOBBERS);
}

static void fill(unsigned long seed)
{
	memset(&in, 0, sizeof in);
	for (int i = 0; i < 12; i++)
		in.r[i] = 0x9e3779b97f4a7c15 * (i + 1) ^ seed;
}

static int same(void)
{
	return !memcmp(in.r, out.r, sizeof in.r);
}

/* System calls that tolerate any arguments: most fail, and one has an unknown number. */
static const int numbers[] = {
	SYS_getpid, SYS_getppid, SYS_gettid,  SYS_getuid, SYS_sched_yield, SYS_read,   SYS_write,  SYS_close,
	SYS_lseek,  SYS_mmap,    SYS_munmap,  SYS_dup,    SYS_nanosleep,   SYS_wait4,  SYS_uname,  SYS_fcntl,
	SYS_getcwd, SYS_setpgid, SYS_getpgid, SYS_tkill,  SYS_mq_open,     SYS_waitid, SYS_openat, 999,
};

static void calls(void)
{
	int good = 0, rcx = 0, r11 = 0, count = sizeof numbers / sizeof *numbers;

	for (int i = 0; i < count; i++) {
		fill(i);
		in.r[2] = 0x7ffffff0; /* rdi: no descriptor and no pid */
		call_with(numbers[i]);
		good += same();
		rcx += out.rcx == out.after;
		r11 += (out.r11 & ~0x8d5UL) == 0x202; /* arithmetic flags aside */
	}
	eq(good, count, "system calls change no register but three");
	eq(rcx, count, "rcx is the address after the call");
	eq(r11, count, "r11 is the flags");
}

static void forks(void)
{
	long pid;

	fill(77);
	call_with(SYS_fork);
	pid = out.rax;
	if (pid == 0)
		_exit(same() && out.rcx == out.after ? 88 : 1);
	eq(wait_for(pid), EXITED(88), "a child of fork has the parent's registers");
	ok(same(), "the parent keeps them");
}

static void preemption(void)
{
	int pids[3], good = 0;

	for (int i = 0; i < 3; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			for (int round = 0; round < 3; round++) {
				fill(i * 1000 + round);
				spin_with(200000);
				if (!same())
					_exit(1);
			}
			_exit(89);
		}
	}
	for (int i = 0; i < 3; i++)
		good += wait_for(pids[i]) == EXITED(89);
	eq(good, 3, "three spinning processes keep theirs");
}

static void flags(void)
{
	unsigned long before = 0, after = 0;

	__asm__ volatile(
		"lea -128(%%rsp), %%rsp\n\t"
		"std\n\tstc\n\tpushfq\n\tpop %0\n\tmov $39, %%eax\n\tsyscall\n\tpushfq\n\tpop %1\n\tcld\n\t"
		"lea 128(%%rsp), %%rsp"
		: "=&r"(before), "=&r"(after)
		:
		: "rax", "rcx", "r11", "memory", "cc");
	ok(before == after && (after & 0x401) == 0x401, "a system call keeps the flags");
}

int main(void)
{
	calls();
	forks();
	preemption();
	flags();
	return tap_done();
}
