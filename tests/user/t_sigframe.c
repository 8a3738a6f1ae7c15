/* t_sigframe - the way into a handler and back: registers, vector state, faults, and frames that lie. */
#include <setjmp.h>
#include <sys/mman.h>
#include <ucontext.h>
#include "tap.h"

static volatile int count;
static volatile int *volatile low = (int *)16; /* nothing is mapped there */
static volatile siginfo_t info;
static void (*volatile edit)(ucontext_t *u); /* what the handler does to the saved state */

static void handler(int signal, siginfo_t *i, void *context)
{
	(void)signal;
	count++;
	memcpy((void *)&info, i, sizeof info);
	__asm__ volatile("pxor %%xmm0, %%xmm0; pxor %%xmm1, %%xmm1; pxor %%xmm15, %%xmm15; fninit; fldpi; std; cld" :::
			 "xmm0", "xmm1", "xmm15");
	if (edit)
		edit(context);
}

static void install(int signal, int flags)
{
	struct sigaction a = {.sa_sigaction = handler, .sa_flags = flags | SA_SIGINFO};

	sigaction(signal, &a, 0);
}

/* kill(getpid(), SIGUSR1) with known values in the registers, which then go to `out`. */
uint64_t out[16];

#define STORE(reg, n) "mov %%" #reg ", out + 8 * " #n "(%%rip)\n\t"

static void kill_and_look(void)
{
	long pid = getpid(), result = SYS_kill;
	register long r8 __asm__("r8") = 108;
	register long r9 __asm__("r9") = 109;
	register long r10 __asm__("r10") = 110;

	__asm__ volatile("fninit\n\tfld1\n\t"
			 "mov $0x1111111122222222, %%r12\n\tmovq %%r12, %%xmm0\n\tmovq %%r12, %%xmm15\n\t"
			 "mov $112, %%r12\n\tmov $113, %%r13\n\tmov $114, %%r14\n\tmov $115, %%r15\n\t"
			 "mov $103, %%rbx\n\tmov $102, %%rdx\n\tstc\n\tsyscall\n\t"
			 STORE(rax, 0) STORE(rbx, 1) STORE(rdx, 2) STORE(rsi, 3) STORE(r8, 4) STORE(r9, 5) STORE(r10, 6)
			 STORE(r12, 7) STORE(r13, 8) STORE(r14, 9) STORE(r15, 10)
			 "setc out + 8 * 11(%%rip)\n\t"
			 "movq %%xmm0, out + 8 * 12(%%rip)\n\tmovq %%xmm15, out + 8 * 13(%%rip)\n\t"
			 "fistpll out + 8 * 14(%%rip)\n\t"
			 : "+a"(result), "+r"(r8), "+r"(r9), "+r"(r10)
			 : "D"(pid), "S"(SIGUSR1)
			 : "rbx", "rcx", "rdx", "r11", "r12", "r13", "r14", "r15", "xmm0", "xmm15", "memory", "cc");
}

static void registers(void)
{
	static const uint64_t want[15] = {0, 103, 102, SIGUSR1, 108, 109, 110, 112, 113, 114, 115, 1,
					  0x1111111122222222, 0x1111111122222222, 1};

	install(SIGUSR1, 0);
	kill_and_look();
	eq(count, 1, "the handler ran");
	for (int i = 0; i < 15; i++)
		eq(out[i], want[i], "register %d is what it was", i);
}

/* ---- faults */

static sigjmp_buf back;

static void jump(ucontext_t *u)
{
	(void)u;
	siglongjmp(back, 1);
}

#define TRY(expression)                    \
	do {                               \
		if (!sigsetjmp(back, 1)) { \
			expression;        \
			count = -1;        \
		}                          \
	} while (0)

static void faults(void)
{
	static const int signals[] = {SIGSEGV, SIGFPE, SIGILL, SIGTRAP, SIGBUS};
	char *page = mmap(0, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (int i = 0; i < 5; i++)
		install(signals[i], 0);
	edit = jump;
	TRY(*low);
	ok(info.si_signo == SIGSEGV && info.si_code == SEGV_MAPERR, "nothing is mapped there");
	eq((long)info.si_addr, 16, "si_addr");
	TRY(page[7] = 1);
	ok(info.si_signo == SIGSEGV && info.si_code == SEGV_ACCERR, "it cannot be written");
	eq((char *)info.si_addr - page, 7, "si_addr");
	TRY(*(volatile int *)0xffff800000000000);
	eq(info.si_signo, SIGSEGV, "the kernel's half");
	TRY(*(volatile int *)0x800000000000);
	ok(info.si_signo == SIGSEGV && info.si_code == SI_KERNEL && !info.si_addr, "no address at all");
	TRY(__asm__ volatile("xor %%edx, %%edx; div %%edx" ::"a"(1) : "rdx"));
	ok(info.si_signo == SIGFPE && info.si_code == FPE_INTDIV, "a division by zero");
	TRY(__asm__ volatile("ud2"));
	ok(info.si_signo == SIGILL && info.si_code == ILL_ILLOPN, "an instruction that is none");
	TRY(__asm__ volatile("int3"));
	ok(info.si_signo == SIGTRAP && info.si_code == SI_KERNEL, "a breakpoint");
	TRY(__asm__ volatile("cli"));
	ok(info.si_signo == SIGSEGV && info.si_code == SI_KERNEL, "a privileged instruction");
	edit = 0;
}

/* The page appears while its fault is handled: the instruction is made again. */
static char *volatile absent;

static void make_page(ucontext_t *u)
{
	(void)u;
	mprotect(absent, PAGE, PROT_READ | PROT_WRITE);
}

static void repaired(void)
{
	absent = mmap(0, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	edit = make_page;
	count = 0;
	*(volatile char *)absent = 5;
	ok(count == 1 && *absent == 5, "a handler mends what is wrong, and the store is made");
	edit = 0;
}

static void blocked_fault(void *unused)
{
	sigset_t all;

	(void)unused;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, 0);
	*low = 0;
}

static void fault_in_handler(ucontext_t *u)
{
	(void)u;
	*low = 0;
}

static void twice(void *unused)
{
	(void)unused;
	edit = fault_in_handler;
	*low = 0;
}

/* ---- frames that lie: each in a child, which ends with 0 if it could go on */

static uint64_t flags(void)
{
	uint64_t f;

	__asm__ volatile("pushfq; popq %0" : "=r"(f));
	return f;
}

static void all_flags(ucontext_t *u)
{
	u->uc_mcontext.gregs[REG_EFL] |= 0x3000 | 0x4000 | 0x20000 | 0x80000 | 0x100000 | 1;
	u->uc_mcontext.gregs[REG_EFL] &= ~0x200L;
}

static void flags_stay(void *unused)
{
	(void)unused;
	edit = all_flags;
	install(SIGUSR1, 0);
	raise(SIGUSR1);
	if (flags() & (0x3000 | 0x4000 | 0x20000 | 0x80000 | 0x100000))
		_exit(1);
	if (!(flags() & 0x200))
		_exit(2);
}

static void ports(void *unused)
{
	flags_stay(unused);
	signal(SIGSEGV, SIG_DFL);
	__asm__ volatile("outb %%al, $0x80" ::"a"(0));
}

static void elsewhere(void)
{
	_exit(7);
}

static volatile long target;

static void go_to(ucontext_t *u)
{
	u->uc_mcontext.gregs[REG_RIP] = target;
	u->uc_mcontext.gregs[REG_RSP] &= ~15L;
	u->uc_mcontext.gregs[REG_RSP] -= 8;
}

static void moved(void *to)
{
	target = (long)to;
	edit = go_to;
	install(SIGUSR1, 0);
	signal(SIGSEGV, SIG_DFL);
	raise(SIGUSR1);
}

static void no_frame(void *unused)
{
	(void)unused;
	signal(SIGSEGV, SIG_DFL);
	__asm__ volatile("mov %0, %%rsp; syscall" ::"r"(BAD_POINTER), "a"(SYS_rt_sigreturn));
}

static void no_stack(void *unused)
{
	(void)unused;
	install(SIGUSR1, 0);
	signal(SIGSEGV, SIG_DFL);
	__asm__ volatile("mov %%rsp, %%r12; mov $4096, %%rsp; syscall; mov %%r12, %%rsp" ::"a"(SYS_kill), "D"(getpid()),
			 "S"(SIGUSR1) : "rcx", "r11", "r12", "memory");
}

static void raw_handler(long address, long sa_flags)
{
	struct {
		long handler, flags, restorer, mask;
	} a = {address, sa_flags, 0, 0};

	sc(SYS_rt_sigaction, SIGUSR1, &a, 0, 8);
	raise(SIGUSR1);
}

static void wild_handler(void *address)
{
	signal(SIGSEGV, SIG_DFL);
	raw_handler((long)address, 0x04000000);
}

static void no_restorer(void *unused)
{
	(void)unused;
	signal(SIGSEGV, SIG_DFL);
	raw_handler((long)elsewhere, 0);
}

static void lies(void)
{
	eq(status_of(flags_stay, 0), EXITED(0), "privileged flags are not taken");
	eq(status_of(ports, 0), KILLED(SIGSEGV), "... and ports stay shut");
	eq(status_of(moved, (void *)elsewhere), EXITED(7), "it can go on elsewhere");
	for (int i = 0; i < BAD_POINTERS; i++)
		eq(status_of(moved, bad_pointers[i]), KILLED(SIGSEGV), "... not there: %d", i);
	eq(status_of(moved, (void *)0x7ffffffff000), KILLED(SIGSEGV), "... nor at the end of user space");
	eq(status_of(no_frame, 0), KILLED(SIGSEGV), "sigreturn without a frame");
	eq(status_of(no_stack, 0), KILLED(SIGSEGV), "no stack for a frame");
	for (int i = 1; i < BAD_POINTERS; i++)
		eq(status_of(wild_handler, bad_pointers[i]), KILLED(SIGSEGV), "a handler that cannot be: %d", i);
	eq(status_of(no_restorer, 0), KILLED(SIGSEGV), "no restorer");
}

/* ---- vector state that cannot be loaded: Linux ends the program, or loads what it may */

static void bad_state(ucontext_t *u)
{
	uint8_t *state = (uint8_t *)u->uc_mcontext.fpregs;

	memset(state, 0xff, 464);
	memset(state + 512, 0xff, 64);
}

static void load_bad_state(void *unused)
{
	(void)unused;
	edit = bad_state;
	install(SIGUSR1, 0);
	signal(SIGSEGV, SIG_DFL);
	raise(SIGUSR1);
}

static void no_state(ucontext_t *u)
{
	u->uc_mcontext.fpregs = 0;
}

static void state(void)
{
	int status = status_of(load_bad_state, 0);

	ok(status == EXITED(0) || status == KILLED(SIGSEGV), "vector state of all ones: no harm to others");
	edit = no_state;
	count = 0;
	kill_and_look();
	ok(count == 1 && out[12] == 0 && out[13] == 0, "no vector state: as a program starts");
	edit = 0;
}

int main(void)
{
	registers();
	faults();
	repaired();
	eq(status_of(blocked_fault, 0), KILLED(SIGSEGV), "a blocked fault ends the program");
	eq(status_of(twice, 0), KILLED(SIGSEGV), "... and one in its own handler");
	lies();
	state();
	return tap_done();
}
