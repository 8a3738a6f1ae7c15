/*
 * t_fpu - vector and x87 state belongs to a process: kept across switches and system calls, inherited by
 * fork. (That exec resets it is in t_exec_regs.)
 */
#include "tap.h"

#include <cpuid.h>

struct state {
	unsigned char xmm[16][16];
	unsigned char ymm_high[16][16]; /* all zero where there is no AVX */
	unsigned long long x87[2];
	unsigned mxcsr;
	unsigned short control, pad;
};

static int have_avx;

static void detect_avx(void)
{
	unsigned a, b, c, d;

	__cpuid(1, a, b, c, d);
	if (!(c & bit_OSXSAVE) || !(c & bit_AVX))
		return;
	__asm__ volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
	have_avx = (a & 6) == 6;
}

#define EACH16(x)                                                                                     \
	x("0") x("1") x("2") x("3") x("4") x("5") x("6") x("7") x("8") x("9") x("10") x("11") x("12") \
		x("13") x("14") x("15")
#define LOAD_X(n)  "movdqu 16*" n "(%0), %%xmm" n "\n\t"
#define STORE_X(n) "movdqu %%xmm" n ", 16*" n "(%0)\n\t"
#define LOAD_Y(n)  "vinsertf128 $1, 256+16*" n "(%0), %%ymm" n ", %%ymm" n "\n\t"
#define STORE_Y(n) "vextractf128 $1, %%ymm" n ", 256+16*" n "(%0)\n\t"
#define ALL_XMM                                                                                           \
	"xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", \
		"xmm12", "xmm13", "xmm14", "xmm15"

/*
 * Loads everything, makes `calls` system calls of number `n`, spins `spins` times and stores everything,
 * without a word of libc in between, which would use the registers itself.
 */
static long __attribute__((noinline))
exercise(const struct state *in, struct state *out, long n, long calls, long spins)
{
	long result = 0;

	__asm__ volatile(EACH16(LOAD_X) : : "r"(in) : ALL_XMM);
	if (have_avx)
		__asm__ volatile(EACH16(LOAD_Y) : : "r"(in) : ALL_XMM);
	__asm__ volatile("fninit\n\tfldl %0\n\tfldl %1\n\tldmxcsr %2\n\tfldcw %3"
			 :
			 : "m"(in->x87[0]), "m"(in->x87[1]), "m"(in->mxcsr), "m"(in->control));
	while (calls-- > 0)
		__asm__ volatile("syscall"
				 : "=a"(result)
				 : "a"(n), "D"(0L), "S"(0L)
				 : "rcx", "r11", "memory");
	for (; spins > 0; spins--)
		__asm__ volatile("pause");
	if (have_avx)
		__asm__ volatile(EACH16(STORE_Y) : : "r"(out) : "memory");
	__asm__ volatile(EACH16(STORE_X) : : "r"(out) : "memory");
	__asm__ volatile("fstpl %1\n\tfstpl %0\n\tstmxcsr %2\n\tfnstcw %3\n\tfninit"
			 : "=m"(out->x87[0]), "=m"(out->x87[1]), "=m"(out->mxcsr), "=m"(out->control));
	__asm__ volatile("ldmxcsr %0" : : "m"((const unsigned){0x1f80}));
	return result;
}

static void make_state(struct state *s, int seed)
{
	static const unsigned short controls[] = {0x37f, 0x27f, 0xf7f, 0xb7f};
	static const unsigned mxcsrs[] = {0x1f80, 0x9f80, 0x7f80, 0x5fc0};
	union {
		double d;
		unsigned long long bits;
	} one = {.d = 1.5 + seed}, two = {.d = -1000.25 * (seed + 1)};

	memset(s, 0, sizeof *s);
	for (int i = 0; i < 16; i++)
		for (int j = 0; j < 16; j++) {
			s->xmm[i][j] = seed * 64 + i * 16 + j + 1;
			s->ymm_high[i][j] = have_avx ? ~(seed * 32 + i * 16 + j) : 0;
		}
	s->x87[0] = one.bits;
	s->x87[1] = two.bits;
	s->mxcsr = mxcsrs[seed & 3];
	s->control = controls[seed & 3];
}

static int kept(int seed, long n, long calls, long spins)
{
	struct state in, out = {0};

	make_state(&in, seed);
	exercise(&in, &out, n, calls, spins);
	return !memcmp(&in, &out, sizeof in);
}

/* Four processes with different contents, switching at system calls or by the timer only. */
static void together(long calls, long spins, const char *name)
{
	int pids[4], good = 0;

	for (int i = 0; i < 4; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			for (int round = 0; round < 4; round++)
				if (!kept(i, SYS_sched_yield, calls, spins))
					_exit(1);
			_exit(85);
		}
	}
	for (int i = 0; i < 4; i++)
		good += wait_for(pids[i]) == EXITED(85);
	eq(good, 4, "%s", name);
}

static void across_fork(void)
{
	struct state in, out = {0};
	long pid;

	make_state(&in, 3);
	pid = exercise(&in, &out, SYS_fork, 1, 0);
	if (pid == 0)
		_exit(memcmp(&in, &out, sizeof in) ? 1 : 86);
	eq(wait_for(pid), EXITED(86), "a child of fork inherits everything");
	ok(!memcmp(&in, &out, sizeof in), "the parent keeps it");
}

/* A child that changes everything and ends does not disturb the parent, which waits in the kernel. */
static void across_wait(void)
{
	struct state in, out = {0};
	int pid = fork();

	if (pid == 0) {
		sleep_ms(2);
		_exit(kept(1, SYS_sched_yield, 3, 0) ? 0 : 1);
	}
	make_state(&in, 2);
	exercise(&in, &out, SYS_sched_yield, 20, 0);
	ok(!memcmp(&in, &out, sizeof in), "kept while a child works with its own");
	eq(wait_for(pid), EXITED(0), "and the child's too");
}

static double series(int start)
{
	double sum = 0;

	for (int i = 0; i < 3000; i++) {
		sum += 1.0 / (start + i);
		if (i % 100 == 0)
			sc(SYS_sched_yield);
	}
	return sum;
}

static void arithmetic(void)
{
	int pids[3], good = 0;
	double want[3];

	for (int i = 0; i < 3; i++)
		want[i] = series(i + 1);
	for (int i = 0; i < 3; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(series(i + 1) == want[i] ? 87 : 1);
	}
	for (int i = 0; i < 3; i++)
		good += wait_for(pids[i]) == EXITED(87);
	eq(good, 3, "three processes calculate the same as one alone");
}

int main(void)
{
	detect_avx();
	ok(kept(0, SYS_getpid, 10, 0), "kept across system calls");
	ok(kept(1, SYS_sched_yield, 10, 0), "and across sched_yield");
	together(50, 0, "kept across switches between four processes");
	together(0, 300000, "kept across preemption");
	across_fork();
	across_wait();
	arithmetic();
	return tap_done();
}
