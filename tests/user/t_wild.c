/*
 * t_wild - system calls with wild arguments, from a fixed sequence: whatever they answer, the system and the
 * caller's own memory survive. Calls that end, stop, block or write anywhere are left out.
 */
#include "tap.h"

#include <sys/mman.h>

static const int numbers[] = {
	SYS_close,         SYS_fstat,        SYS_lseek,         SYS_mprotect,       SYS_munmap,
	SYS_rt_sigaction,  SYS_ioctl,        SYS_writev,        SYS_madvise,        SYS_dup,
	SYS_fcntl,         SYS_getcwd,       SYS_execve,        SYS_uname,          SYS_setpgid,
	SYS_getpgid,       SYS_getsid,       SYS_arch_prctl,    SYS_getdents64,     SYS_getresuid,
	SYS_clock_gettime, SYS_mq_open,      SYS_mq_unlink,     SYS_mq_timedsend,   SYS_openat,
	SYS_newfstatat,    SYS_getrandom,    SYS_pipe2,         SYS_dup3,           SYS_mmap,
	SYS_clock_getres,  SYS_gettimeofday, SYS_mq_getsetattr, SYS_rt_sigprocmask, SYS_stat,
	SYS_open,
};

/* No value here is an address of this program's memory, a live descriptor's number or a small length. */
static const long values[] = {
	-1,
	-4096,
	0x7fffffffffffffff,
	(long)0x8000000000000000,
	(long)0xffff800000000000,
	(long)0xffffffff80000000,
	0x800000000000,
	0x7fffffffffff,
	0x7ffffffff000,
	0x0000100000000001,
	0x5555,
	0x7fffffff,
	0x80000000,
	0xffffffff,
	0x100000000,
	0x123456789abcdef,
};

static long wild(void *seed_pointer)
{
	unsigned long state = (long)seed_pointer;
	int survived = 0;

	for (int i = 0; i < 600; i++) {
		long a[6];

		for (int j = 0; j < 6; j++) {
			state = state * 6364136223846793005 + 1442695040888963407;
			a[j] = values[state >> 33 & 15];
		}
		sc6(numbers[i % (sizeof numbers / sizeof *numbers)], a[0], a[1], a[2], a[3], a[4], a[5]);
		survived++;
	}
	return survived;
}

int main(void)
{
	static char canary[4 * PAGE];
	int good = 1;

	memset(canary, 0x5a, sizeof canary);
	for (long seed = 1; seed <= 5; seed++)
		eq(in_child(wild, (void *)seed), 600, "600 wild calls, sequence %ld", seed);
	for (size_t i = 0; i < sizeof canary; i++)
		good &= canary[i] == 0x5a;
	ok(good, "this process's memory is unharmed");
	return tap_done();
}
