/* t_affinity - sched_setaffinity: where a thread may run, what fork makes of it, and masks that name nobody. */
#include "tap.h"

static unsigned long all;
static int count;

static unsigned long mask_of(int pid)
{
	unsigned long mask = 0;

	return sc(SYS_sched_getaffinity, pid, sizeof mask, &mask) == sizeof mask ? mask : 0;
}

static int on_cpu(void)
{
	unsigned cpu = 99;

	sc(SYS_getcpu, &cpu, 0, 0);
	return (int)cpu;
}

/* From one CPU to the next, and back: each time at once, with the FPU's registers. */
static void move_around(void)
{
	int right = 1;
	double sum = 0;

	for (int i = 0; i < 40 * count; i++) {
		int cpu = i % count;
		unsigned long mask = 1ul << cpu;

		if (!(all & mask))
			continue;
		sum += 0.5;
		right &= sc(SYS_sched_setaffinity, 0, sizeof mask, &mask) == 0 && on_cpu() == cpu && mask_of(0) == mask;
	}
	ok(right && sum > 0 && sum <= 20.0 * count, "it runs where it may, from the call's return on");
	sc(SYS_sched_setaffinity, 0, sizeof all, &all);
}

static void others(void)
{
	unsigned long first = all & -all;
	int gate[2], pid;

	if (pipe(gate))
		_exit(97);
	pid = fork();
	if (pid == 0) {
		await(gate[0]);
		_exit(mask_of(0) == first && (1ul << on_cpu()) == first ? 7 : 8);
	}
	eq(sc(SYS_sched_setaffinity, pid, sizeof first, &first), 0, "a child that sleeps is sent elsewhere");
	eq(mask_of(pid) == first, 1, "its mask is that");
	pass(gate[1]);
	eq(wait_for(pid), EXITED(7), "and it wakes there");
	pid = fork();
	if (pid == 0)
		for (;;)
			;
	eq(sc(SYS_sched_setaffinity, pid, sizeof first, &first), 0, "and so is one that computes");
	kill(pid, SIGKILL);
	wait_for(pid);
	sc(SYS_sched_setaffinity, 0, sizeof first, &first);
	pid = fork();
	if (pid == 0)
		_exit(mask_of(0) == first ? 7 : 8);
	eq(wait_for(pid), EXITED(7), "fork keeps the mask");
	sc(SYS_sched_setaffinity, 0, sizeof all, &all);
}

static void errors(void)
{
	unsigned long none = 0, beyond[16] = {0}, one = 1;

	beyond[15] = 1;
	eq(sc(SYS_sched_setaffinity, 0, sizeof none, &none), -EINVAL, "EINVAL: nowhere");
	eq(sc(SYS_sched_setaffinity, 0, 0, &one), -EINVAL, "EINVAL: a mask without bytes");
	eq(sc(SYS_sched_setaffinity, 0, sizeof beyond, beyond), -EINVAL, "EINVAL: a CPU that there is not");
	eq(sc(SYS_sched_setaffinity, 0, sizeof one, (void *)1), -EFAULT, "EFAULT");
	eq(sc(SYS_sched_setaffinity, 0x3fffffff, sizeof one, &all), -ESRCH, "ESRCH");
	eq(sc(SYS_sched_getaffinity, 0x3fffffff, sizeof beyond, beyond), -ESRCH, "ESRCH");
	eq(sc(SYS_sched_getaffinity, 0, 4, &one), -EINVAL, "EINVAL: half a word");
	eq(sc(SYS_sched_getaffinity, 0, sizeof one, (void *)1), -EFAULT, "EFAULT");
}

int main(void)
{
	all = mask_of(0);
	ok(all, "it may run somewhere");
	for (count = 1; count < 64 && all >> count; count++)
		;
	move_around();
	others();
	errors();
	return tap_done();
}
