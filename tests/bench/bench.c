/*
 * bench.c - what operations cost on any kernel that speaks a subset of Linux's x86-64 system calls.
 *
 * Usage: bench [DIVISOR [PREFIX]]
 *     DIVISOR  divides all iteration counts (default 1)
 *     PREFIX   only the tests whose name starts so
 * As process 1 it ends with reboot(2). Where there are several processors, only what needs two is measured.
 *
 * Output, a line per test:
 *
 *     name iterations cycles_per_op min max ns_per_op      the mean over all batches, the cheapest and the
 *                                                          dearest batch in TSC ticks; the mean by CLOCK_MONOTONIC
 *     name skipped CALL errno=N                            where the kernel lacks what the test needs
 *     # counters name WHAT PER_OP ...                      on Bulkhead: CR3 loads, flushes, FPU saves
 *
 * Other lines that start with '#' are comments. Under `qemu -icount shift=0` one TSC tick is one guest instruction
 * (cal_nop1000 must read about 1000), so cycles_per_op is instructions per operation, user and kernel together.
 *
 * The kernel takes a queue's name without the leading slash, which libc strips.
 */
#include "measure.h"

#include <time.h>

/* What one tick means here, and what the string instructions that kernels copy and clear pages with cost. */
static void calibrate(void)
{
	struct acc a = {0};
	u64 lo = ~0ull;

	for (int i = 0; i < 64; i++) { /* an empty bracket */
		u64 t = rdtsc_ser();

		t = rdtsc_ser() - t;
		if (t < lo)
			lo = t;
	}
	tsc_overhead = lo;
	acc_add(&a, lo, 0);
	if (wanted("cal_rdtsc"))
		report("cal_rdtsc", &a, 1);
	if (wanted("cal_nop1000"))
		LOOP_TEST("cal_nop1000", 1000, __asm__ volatile(".rept 998\n\tnop\n\t.endr"));
	if (wanted("cal_rep_stosb_4k"))
		LOOP_TEST("cal_rep_stosb_4k", 500, {
			void *d = buf; u64 c = 4096;
			__asm__ volatile("rep stosb" : "+D"(d), "+c"(c) : "a"(0) : "memory"); });
	if (wanted("cal_rep_stosq_4k"))
		LOOP_TEST("cal_rep_stosq_4k", 500, {
			void *d = buf; u64 c = 512;
			__asm__ volatile("rep stosq" : "+D"(d), "+c"(c) : "a"(0) : "memory"); });
	if (wanted("cal_rep_movsq_4k"))
		LOOP_TEST("cal_rep_movsq_4k", 500, {
			void *d = buf, *s = buf2; u64 c = 512;
			__asm__ volatile("rep movsq" : "+D"(d), "+S"(s), "+c"(c) : : "memory"); });
}

static void system_calls(void)
{
	struct timespec ts;

	if (wanted("getpid"))
		LOOP_TEST("getpid", 20000, sc0(SYS_getpid));
	if (wanted("getppid"))
		LOOP_TEST("getppid", 20000, sc0(SYS_getppid));
	if (wanted("enosys")) /* no such call: entry and exit alone */
		LOOP_TEST("enosys", 20000, sc0(9999));
	if (wanted("clock_gettime_raw") && have_ns)
		LOOP_TEST("clock_gettime_raw", 20000, sc2(SYS_clock_gettime, CLOCK_MONOTONIC, &ts));
	if (wanted("clock_gettime_libc") && have_ns) /* the vDSO, where there is one */
		LOOP_TEST("clock_gettime_libc", 20000, clock_gettime(CLOCK_MONOTONIC, &ts));
}

static u64 number(const char *s)
{
	u64 n = 0;

	while (*s >= '0' && *s <= '9')
		n = n * 10 + (u64)(*s++ - '0');
	return n;
}

int main(int argc, char **argv)
{
	u64 t0 = rdtsc_ser(), n0;

	if (argc > 1 && argv[1][0] == '-' && argv[1][1] == 'x')
		xexit(7); /* the child of fork_execve_wait */
	if (argc > 1 && number(argv[1]))
		divisor = number(argv[1]);
	if (argc > 2)
		prefix = argv[2];
	put("# bench: first instruction of main at tsc ");
	putu(t0);
	flush();
	measure_init();
	n0 = now_ns();
	put("# name iterations cycles_per_op min max ns_per_op");
	flush();
	settle();

	if (processors() > 1) {
		bench_processors();
	} else {
		calibrate();
		system_calls();
		bench_pipes();
		bench_queues();
		bench_processes(argv[0]);
		bench_memory();
	}

	put("# bench: end, ticks since start ");
	putu(rdtsc_ser() - t0);
	if (have_ns) {
		put(", ns ");
		putu(now_ns() - n0);
	}
	flush();
	if (sc0(SYS_getpid) == 1) /* RB_AUTOBOOT: qemu -no-reboot ends */
		sc6(SYS_reboot, 0xfee1dead, 672274793, 0x01234567, 0, 0, 0);
	xexit(0);
}
