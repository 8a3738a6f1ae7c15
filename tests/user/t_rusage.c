/* t_rusage - what a process has used: time, faults, switches, memory; its own and its children's. */
#include "tap.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/times.h>

#define RW   (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static struct rusage usage(int who)
{
	struct rusage u;

	memset(&u, 0xff, sizeof u);
	if (sc(SYS_getrusage, who, &u))
		_exit(97);
	return u;
}

static long us(struct timeval t)
{
	return t.tv_sec * 1000000L + t.tv_usec;
}

static long total(const struct rusage *u)
{
	return us(u->ru_utime) + us(u->ru_stime);
}

/* Computes in ring 3 for so much processor time. */
static void burn(long ms)
{
	struct rusage u = usage(RUSAGE_SELF);
	long end = total(&u) + ms * 1000;

	do {
		for (volatile int i = 0; i < 100000; i++)
			;
		u = usage(RUSAGE_SELF);
	} while (total(&u) < end);
}

/* Spends it in the kernel. */
static void burn_in_kernel(long ms)
{
	struct rusage u = usage(RUSAGE_SELF);
	long end = total(&u) + ms * 1000;
	static char text[32768];
	int fd[2];

	if (pipe(fd))
		_exit(96);
	do {
		for (int i = 0; i < 50; i++)
			if (write(fd[1], text, sizeof text) < 0 || read(fd[0], text, sizeof text) < 0)
				_exit(95);
		u = usage(RUSAGE_SELF);
	} while (total(&u) < end);
	close(fd[0]);
	close(fd[1]);
}

static void touch(long pages)
{
	char *p = mmap(0, pages * PAGE, RW, ANON, -1, 0);

	madvise(p, pages * PAGE, MADV_NOHUGEPAGE);
	for (long i = 0; i < pages; i++)
		p[i * PAGE] = 1;
	munmap(p, pages * PAGE);
}

static void calls(void)
{
	struct rusage u;

	eq(sc(SYS_getrusage, 2, &u), -EINVAL, "EINVAL: neither self, nor children, nor thread");
	eq(sc(SYS_getrusage, -2, &u), -EINVAL, "EINVAL: both");
	for (int i = 0; i < BAD_POINTERS; i++)
		eq(sc(SYS_getrusage, RUSAGE_SELF, bad_pointers[i]), -EFAULT, "EFAULT: pointer %d", i);
	u = usage(RUSAGE_SELF);
	ok(!u.ru_ixrss && !u.ru_idrss && !u.ru_isrss && !u.ru_nswap && !u.ru_msgsnd && !u.ru_msgrcv && !u.ru_nsignals,
	   "fields that nobody keeps are 0");
	u = usage(RUSAGE_CHILDREN);
	ok(!total(&u) && !u.ru_minflt && !u.ru_nvcsw && !u.ru_maxrss, "nothing of children before there are any");
}

static long user_us(const struct rusage *a, const struct rusage *b)
{
	return us(b->ru_utime) - us(a->ru_utime);
}

static long system_us(const struct rusage *a, const struct rusage *b)
{
	return us(b->ru_stime) - us(a->ru_stime);
}

static int sleep_is_free(void)
{
	struct rusage a = usage(RUSAGE_SELF), b;

	sleep_ms(100);
	b = usage(RUSAGE_SELF);
	return total(&b) - total(&a) < 50000;
}

static int same_in_thread(void)
{
	struct rusage all = usage(RUSAGE_SELF), thread = usage(RUSAGE_THREAD);

	return total(&thread) > total(&all) - 50000 && total(&thread) < total(&all) + 1000000;
}

/* A virtual processor that the host lets stand still uses time, in ring 3 or in the kernel: then all is tried again. */
static void times_split(void)
{
	struct rusage a = usage(RUSAGE_SELF), b = a, c;
	int tries;

	for (tries = 0; tries < 50 && (!tries || user_us(&a, &b) < 2 * system_us(&a, &b)); tries++) {
		burn(200);
		b = usage(RUSAGE_SELF);
	}
	ok(total(&b) - total(&a) >= 200000, "processor time passes while it computes");
	ok(tries < 50, "most of it in ring 3");
	c = b;
	for (tries = 0; tries < 30 && system_us(&b, &c) < 60000; tries++) {
		burn_in_kernel(300);
		c = usage(RUSAGE_SELF);
	}
	ok(tries < 30, "a good part in the kernel, when it calls it all the time");
	ok(us(c.ru_utime) >= us(b.ru_utime) && us(c.ru_stime) >= us(b.ru_stime), "neither ever goes back");
	for (tries = 0; tries < 20 && !same_in_thread(); tries++)
		;
	ok(tries < 20, "the only thread has used the same");
	for (tries = 0; tries < 20 && !sleep_is_free(); tries++)
		;
	ok(tries < 20, "sleeping costs none");
}

static void faults_and_memory(void)
{
	struct rusage a = usage(RUSAGE_SELF), b;

	touch(100);
	b = usage(RUSAGE_SELF);
	ok(b.ru_minflt - a.ru_minflt >= 100 && b.ru_minflt - a.ru_minflt < 150, "a fault for each of 100 new pages");
	ok(a.ru_maxrss < 8192, "few KiB at first"); /* Linux counts by the CPU, and may say 0 of a small program */
	touch(4096);
	b = usage(RUSAGE_SELF);
	ok(b.ru_maxrss >= 16000 && b.ru_maxrss < 16384 + 8192, "the most it ever had, after 16 MiB came and went");
}

static void switches(void)
{
	struct rusage a = usage(RUSAGE_SELF), b;
	int pid, sleeps = 0;

	do { /* one that is late already when it begins does not switch */
		sleep_ms(2);
		b = usage(RUSAGE_SELF);
	} while (++sleeps < 1000 && b.ru_nvcsw - a.ru_nvcsw < 10);
	ok(sleeps < 1000 && b.ru_nvcsw - a.ru_nvcsw < sleeps + 5, "ten sleeps are ten voluntary switches");
	sc(SYS_sched_setaffinity, 0, 8, &(long){1}); /* one CPU for both, where there are more */
	pid = fork();
	if (pid == 0) {
		burn(100000);
		_exit(0);
	}
	a = usage(RUSAGE_SELF);
	for (int tries = 0; !tries || (tries < 50 && b.ru_nivcsw == a.ru_nivcsw); tries++) {
		burn(100);
		b = usage(RUSAGE_SELF);
	}
	ok(b.ru_nivcsw > a.ru_nivcsw && b.ru_nivcsw - a.ru_nivcsw < 1000,
	   "who computes beside another is switched away from");
	ok(b.ru_nvcsw - a.ru_nvcsw < 5, "and not by its own will");
	kill(pid, SIGKILL);
	wait_for(pid);
}

static void grandchild(void *unused)
{
	(void)unused;
	touch(5000);
	burn(50);
}

static void parent(void *unused)
{
	(void)unused;
	status_of(grandchild, 0);
	touch(50);
	burn(30);
}

static void children(void)
{
	struct rusage a = usage(RUSAGE_CHILDREN), b, u = usage(RUSAGE_SELF);
	struct tms t0, t1;
	siginfo_t info;
	int pid;

	sc(SYS_times, &t0);
	pid = fork();
	if (pid == 0) {
		parent(0);
		_exit(7);
	}
	sc(SYS_waitid, P_PID, pid, &info, WEXITED | WNOWAIT, &u);
	ok(total(&u) >= 80000, "waitid tells what the child has used, and its own child");
	b = usage(RUSAGE_CHILDREN);
	ok(total(&b) == total(&a), "which counts for the parent only once it was waited for");
	eq(sc(SYS_wait4, pid, 0, 0, &u), pid, "wait4 ...");
	ok(total(&u) >= 80000 && u.ru_minflt >= 5050, "tells the same");
	ok(u.ru_maxrss >= 19000, "the most memory that any of them had");
	b = usage(RUSAGE_CHILDREN);
	ok(b.ru_minflt - a.ru_minflt == u.ru_minflt && b.ru_nvcsw - a.ru_nvcsw == u.ru_nvcsw, "that much is added");
	ok(total(&b) - total(&a) >= total(&u) - 10 && total(&b) - total(&a) <= total(&u) + 10, "time, too");
	sc(SYS_times, &t1);
	ok(t1.tms_cutime + t1.tms_cstime - t0.tms_cutime - t0.tms_cstime >= 7, "times says so in hundredths");
	signal(SIGCHLD, SIG_IGN);
	a = usage(RUSAGE_CHILDREN);
	if (fork() == 0) {
		burn(20);
		_exit(0);
	}
	eq(sc(SYS_wait4, -1, 0, 0, 0), -ECHILD, "ECHILD: nobody to wait for where SIGCHLD is ignored");
	b = usage(RUSAGE_CHILDREN);
	ok(total(&b) == total(&a), "and nothing is added");
	signal(SIGCHLD, SIG_DFL);
}

static void stopped_child(void)
{
	struct rusage u = usage(RUSAGE_SELF);
	int pid = fork();

	if (pid == 0) {
		burn(60);
		kill(getpid(), SIGSTOP);
		_exit(0);
	}
	eq(sc(SYS_wait4, pid, 0, WUNTRACED, &u), pid, "a stopped child ...");
	ok(total(&u) >= 60000, "tells what it has used until now");
	kill(pid, SIGKILL);
	wait_for(pid);
}

static void ticks(void)
{
	struct rusage u = usage(RUSAGE_SELF), later;
	struct tms t;
	long start = now_us(), a = sc(SYS_times, 0), from = now_us(), to, b, used;

	sleep_ms(60);
	to = now_us();
	b = sc(SYS_times, &t);
	ok(a > 0 && b - a >= (to - from) / 10000 - 1 && b - a <= (now_us() - start) / 10000 + 1,
	   "times gives hundredths of a second");
	later = usage(RUSAGE_SELF);
	used = t.tms_utime + t.tms_stime;
	ok(used >= total(&u) / 10000 - 2 && used <= total(&later) / 10000, "and the caller's processor time");
	for (int i = 0; i < BAD_POINTERS; i++)
		eq(sc(SYS_times, bad_pointers[i]), -EFAULT, "EFAULT: pointer %d", i);
}

static void machine(void)
{
	struct sysinfo s;
	struct timespec before, t;

	memset(&s, 0xff, sizeof s);
	clock_gettime(CLOCK_BOOTTIME, &before);
	eq(sc(SYS_sysinfo, &s), 0, "sysinfo");
	clock_gettime(CLOCK_BOOTTIME, &t);
	ok((long)s.uptime >= before.tv_sec && (long)s.uptime <= t.tv_sec + 1, "the time since boot, rounded up");
	ok(s.mem_unit >= 1 && s.totalram > s.freeram && s.freeram > 0, "memory, and what is free of it");
	ok(s.totalram * s.mem_unit >= 16ul << 20 && s.procs >= 2, "at least this much, and two processes");
	ok(s.totalhigh == 0 && s.freehigh == 0 && s.freeswap <= s.totalswap, "no high memory");
	for (int i = 0; i < BAD_POINTERS; i++)
		eq(sc(SYS_sysinfo, bad_pointers[i]), -EFAULT, "EFAULT: pointer %d", i);
}

int main(void)
{
	calls();
	faults_and_memory();
	times_split();
	switches();
	children();
	stopped_child();
	ticks();
	machine();
	return tap_done();
}
