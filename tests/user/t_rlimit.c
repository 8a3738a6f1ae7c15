/* t_rlimit - resource limits: asked for, changed, inherited, kept by exec; and each one that is enforced. */
#include "tap.h"

#include <sys/mman.h>

enum { CPU, DATA = 2, STACK, RSS = 5, NPROC, NOFILE, MEMLOCK, AS };
#define NONE (~0ul)
#define RW   (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define MIB  (1l << 20)

struct limit {
	unsigned long soft, hard;
};

static struct limit get(int which)
{
	struct limit l = {1, 2};

	sc(SYS_getrlimit, which, &l);
	return l;
}

static long set(int which, unsigned long soft, unsigned long hard)
{
	struct limit l = {soft, hard};

	return sc(SYS_setrlimit, which, &l);
}

static long soft(int which, unsigned long value)
{
	return set(which, value, get(which).hard);
}

static void three_calls(void)
{
	struct limit a, b, c = {4096, 8192};
	int agree = 1, ordered = 1;

	for (int i = 0; i < 16; i++) {
		agree &= sc(SYS_getrlimit, i, &a) == 0 && sc(SYS_prlimit64, 0, i, 0, &b) == 0 &&
			 a.soft == b.soft && a.hard == b.hard;
		ordered &= a.soft <= a.hard;
	}
	ok(agree && ordered, "sixteen limits, the soft one never above the hard one");
	a = get(MEMLOCK);
	eq(sc(SYS_prlimit64, getpid(), MEMLOCK, &c, &b), 0, "prlimit sets a new one");
	ok(b.soft == a.soft && b.hard == a.hard, "and tells the old one");
	ok(get(MEMLOCK).soft == 4096 && get(MEMLOCK).hard == 8192, "which getrlimit no longer tells");
	eq(sc(SYS_prlimit64, 0, MEMLOCK, 0, 0), 0, "neither need be given");
	eq(set(MEMLOCK, 0, 0), 0, "a limit may be 0");
}

static void errnos(void)
{
	struct limit l = {2, 1}, good = {1, 2};

	eq(sc(SYS_getrlimit, 16, &l), -EINVAL, "EINVAL: there is no limit 16");
	eq(sc(SYS_getrlimit, -1, &l), -EINVAL, "EINVAL: nor -1");
	eq(sc(SYS_setrlimit, 16, &good), -EINVAL, "EINVAL: to set");
	eq(sc(SYS_setrlimit, MEMLOCK, &l), -EINVAL, "EINVAL: soft above hard");
	eq(sc(SYS_prlimit64, 0, MEMLOCK, &l, 0), -EINVAL, "EINVAL: with prlimit, too");
	eq(sc(SYS_prlimit64, 0, 99, 0, &l), -EINVAL, "EINVAL: prlimit of none");
	eq(sc(SYS_prlimit64, 99999999, MEMLOCK, 0, &l), -ESRCH, "ESRCH: no such process");
	eq(sc(SYS_prlimit64, -1, 99, 0, &l), -ESRCH, "ESRCH: comes before EINVAL");
	eq(set(NOFILE, 1, 1ul << 40), -EPERM, "EPERM: more descriptors than the system can have");
	for (int i = 0; i < BAD_POINTERS; i++) {
		eq(sc(SYS_getrlimit, MEMLOCK, bad_pointers[i]), -EFAULT, "EFAULT: getrlimit, pointer %d", i);
		eq(sc(SYS_setrlimit, 99, bad_pointers[i]), -EFAULT, "EFAULT: setrlimit, pointer %d", i);
		eq(sc(SYS_prlimit64, 99999999, 99, bad_pointers[i], 0), -EFAULT, "EFAULT: a new one, pointer %d", i);
		eq(sc(SYS_prlimit64, 0, MEMLOCK, 0, bad_pointers[i]), -EFAULT, "EFAULT: the old one, pointer %d", i);
	}
}

static long inherited(void *unused)
{
	(void)unused;
	return get(RSS).soft == 12345 && get(RSS).hard == 54321 && set(RSS, 1, 2) == 0;
}

static void execute(void *unused)
{
	(void)unused;
	set(RSS, 77, 78);
	exec_self("--limits", 0);
	_exit(9);
}

/* A child is another process: its limits can be changed from outside, and only its. */
static void of_others(void)
{
	struct limit l = {100, 200}, back = {0, 0};
	int go[2], pid;

	set(RSS, 12345, 54321);
	eq(in_child(inherited, 0), 1, "fork copies the limits");
	eq(get(RSS).soft, 12345, "a child's are its own");
	eq(status_of(execute, 0), EXITED(42), "exec keeps them");
	if (pipe(go))
		_exit(1);
	pid = fork();
	if (pid == 0) {
		close(go[1]);
		await(go[0]);
		_exit(get(RSS).soft == 100 && get(RSS).hard == 200 ? 5 : 6);
	}
	eq(sc(SYS_prlimit64, pid, RSS, &l, &back), 0, "prlimit of a child");
	ok(back.soft == 12345 && get(RSS).soft == 12345, "changes the child's, not the parent's");
	close(go[1]);
	eq(wait_for(pid), EXITED(5), "which the child sees");
	eq(sc(SYS_prlimit64, pid, RSS, 0, &back), -ESRCH, "ESRCH: once it is gone");
}

static long descriptors(void *unused)
{
	int high = dup2(1, 40), n = 0, fd;

	(void)unused;
	if (high != 40 || soft(NOFILE, 20))
		return -1;
	while ((fd = dup(1)) >= 0)
		n = fd;
	return n == 19 && errno == EMFILE && sc(SYS_dup2, 1, 20) == -EBADF &&
	       sc(SYS_fcntl, 1, F_DUPFD, 20) == -EINVAL && sc(SYS_dup2, 1, 19) == 19 && write(40, "", 0) == 0 &&
	       close(40) == 0 && sc(SYS_dup2, 1, 40) == -EBADF && soft(NOFILE, 41) == 0 &&
	       sc(SYS_dup2, 1, 40) == 40;
}

static void descriptor_limit(void)
{
	eq(in_child(descriptors, 0), 1, "NOFILE: new descriptors lie below it, old ones above it go on");
}

static int __attribute__((noinline)) deep(long bytes)
{
	volatile char frame[4096];

	frame[0] = 1;
	return bytes <= 0 ? frame[0] : deep(bytes - 4096) + frame[0];
}

static void recurse(void *argument)
{
	long *mib = argument;

	soft(STACK, mib[0] * MIB);
	_exit(deep(mib[1] * MIB - MIB / 2) > 0 ? 3 : 4);
}

static void execute_small(void *unused)
{
	(void)unused;
	soft(STACK, 256 << 10);
	exec_self("--deep", 0);
	_exit(9);
}

static void stack_limit(void)
{
	eq(status_of(recurse, (long[]){16, 15}), EXITED(3), "STACK: it may become larger than at the start");
	eq(status_of(recurse, (long[]){16, 17}), KILLED(SIGSEGV), "but not larger than the limit");
	eq(status_of(recurse, (long[]){2, 2}), EXITED(3), "a lower limit");
	eq(status_of(recurse, (long[]){2, 3}), KILLED(SIGSEGV), "is one, too");
	eq(status_of(execute_small, 0), KILLED(SIGSEGV), "a program starts with what it inherits");
}

static long map(long bytes, int prot)
{
	return sc(SYS_mmap, 0, bytes, prot, ANON, -1, 0);
}

static long address_space(void *unused)
{
	long last = 0, p, brk = sc(SYS_brk, 0);

	(void)unused;
	if (soft(AS, 64 * MIB))
		return -1;
	if (map(64 * MIB, PROT_NONE) != -ENOMEM || map(8 * MIB, RW) < 0)
		return -2;
	while ((p = map(MIB, PROT_NONE)) > 0)
		last = p;
	if (p != -ENOMEM || sc(SYS_brk, brk + 2 * MIB) != brk)
		return -3;
	if (sc(SYS_mremap, last, MIB, 3 * MIB, MREMAP_MAYMOVE, 0) != -ENOMEM)
		return -4;
	if (sc(SYS_mmap, last, MIB, RW, ANON | MAP_FIXED, -1, 0) != last)
		return -5;
	if (sc(SYS_mremap, last, MIB, MIB, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0) != -ENOMEM)
		return -6;
	if (munmap((void *)last, MIB) || map(MIB, RW) < 0)
		return -7;
	return soft(AS, NONE) == 0 && map(64 * MIB, RW) > 0;
}

static long data(void *unused)
{
	long p, brk = sc(SYS_brk, 0);

	(void)unused;
	if (soft(DATA, 16 * MIB) || map(16 * MIB, RW) != -ENOMEM || sc(SYS_brk, brk + 16 * MIB) != brk)
		return -1;
	p = map(16 * MIB, PROT_NONE);
	if (p < 0 || sc(SYS_mprotect, p, 16 * MIB, RW) != -ENOMEM)
		return -2;
	if (sc(SYS_mprotect, p, 16 * MIB, PROT_READ) || sc(SYS_mprotect, p, 4 * MIB, RW))
		return -3;
	if (sc(SYS_mremap, p, 4 * MIB, 17 * MIB, MREMAP_MAYMOVE, 0) != -ENOMEM || sc(SYS_brk, brk + MIB) != brk + MIB)
		return -4;
	if (soft(DATA, 0) || sc(SYS_brk, brk + 2 * MIB) != brk + MIB || map(32 * MIB, RW) < 0)
		return -5;
	return soft(DATA, NONE) == 0 && sc(SYS_brk, brk + 32 * MIB) == brk + 32 * MIB;
}

static void memory_limits(void)
{
	eq(in_child(address_space, 0), 1, "AS: mmap, brk and mremap; what is replaced makes room");
	eq(in_child(data, 0), 1, "DATA: private pages that can be written, the heap among them; 0 is the heap's alone");
}

static void spin(void *argument)
{
	long *l = argument;

	if (l[2])
		signal(SIGXCPU, SIG_IGN);
	set(CPU, l[0], l[1]);
	for (;;)
		;
}

static void cpu_limit(void)
{
	eq(status_of(spin, (long[]){1, NONE, 0}), KILLED(SIGXCPU), "CPU: SIGXCPU at the soft limit ends it");
	eq(status_of(spin, (long[]){0, 10, 0}), KILLED(SIGXCPU), "0 seconds are over at once");
	eq(status_of(spin, (long[]){1, 1, 1}), KILLED(SIGKILL), "SIGKILL at the hard one");
	eq(status_of(spin, (long[]){0, 2, 1}), KILLED(SIGKILL), "also if SIGXCPU was ignored until then");
}

#define USER 54321 /* of whom no process runs */

static long as_user(void *unused)
{
	struct limit l = {1, 2};

	(void)unused;
	set(RSS, 10, 20);
	if (setresgid(USER, USER, USER) || setresuid(USER, USER, USER))
		return -1;
	return set(RSS, 10, 21) == -EPERM && set(RSS, 20, 20) == 0 && set(RSS, 5, 19) == 0 &&
	       set(RSS, 21, 20) == -EINVAL && sc(SYS_prlimit64, getppid(), RSS, 0, &l) == -EPERM &&
	       sc(SYS_prlimit64, getppid(), 99, &l, 0) == -EPERM && sc(SYS_prlimit64, getpid(), RSS, 0, &l) == 0;
}

static int sleeper(void)
{
	int pid = fork();

	if (pid == 0) {
		sleep_ms(50000);
		_exit(0);
	}
	return pid < 0 ? -errno : pid;
}

static long processes(void *unused)
{
	int a, b, good;

	(void)unused;
	soft(NPROC, 3);
	if (setresuid(USER, USER, USER))
		return -1;
	a = sleeper();
	b = sleeper();
	good = a > 0 && b > 0 && sleeper() == -EAGAIN;
	kill(a, SIGKILL);
	sc(SYS_waitid, P_PID, a, 0, WEXITED | WNOWAIT, 0);
	good &= sleeper() == -EAGAIN; /* it is dead, but not gone */
	wait_for(a);
	a = sleeper();
	good &= a > 0 && sleeper() == -EAGAIN;
	kill(a, SIGKILL);
	kill(b, SIGKILL);
	wait_for(a); /* the user's next test begins with none */
	wait_for(b);
	return good;
}

static long of_root(void *unused)
{
	(void)unused;
	soft(NPROC, 0);
	return status_of(execute, 0) == EXITED(42);
}

static void users(void)
{
	eq(in_child(as_user, 0), 1, "who is not root lowers limits, raises no hard one, and reaches nobody else's");
	eq(in_child(processes, 0), 1, "NPROC: processes of the user, dead ones too until they are waited for");
	eq(in_child(of_root, 0), 1, "which does not hold for root");
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--limits"))
		return get(RSS).soft == 77 && get(RSS).hard == 78 ? 42 : 43;
	if (argc > 1 && !strcmp(argv[1], "--deep"))
		return deep(MIB) > 0 ? 3 : 4;
	three_calls();
	errnos();
	of_others();
	descriptor_limit();
	stack_limit();
	memory_limits();
	users();
	cpu_limit();
	return tap_done();
}
