/* processes.c - giving up the CPU, fork, exec and wait. */
#include "measure.h"

/* Of this process and the children that it has waited for. */
static u64 context_switches(void)
{
	long self[18] = {0}, children[18] = {0}; /* struct rusage; 16 and 17: voluntary, involuntary */

	if (sc2(SYS_getrusage, 0, self) < 0 || sc2(SYS_getrusage, -1, children) < 0)
		return 0;
	return self[16] + self[17] + children[16] + children[17];
}

/* n yields of one of the two; counts in last[1] how often the other one had run meanwhile. */
static void yield_times(u64 n, u64 me, volatile u64 *last)
{
	for (u64 i = 0; i < n; i++) {
		sc0(SYS_sched_yield);
		if (last[0] != me) {
			last[0] = me;
			last[1]++;
		}
	}
}

/* One batch. Returns the switches that were seen, or a negative errno. */
static long yield_batch(struct acc *acc, u64 n, int go[2], int ready[2], volatile u64 *shared)
{
	u64 own[2], before = context_switches();
	volatile u64 *last = shared ? shared : own;
	char c = 0;
	long pid;

	last[0] = last[1] = 0; /* who ran last, switches */
	if ((pid = xfork()) < 0)
		return pid;
	if (pid == 0) {
		xwrite(ready[1], &c, 1);
		xread(go[0], &c, 1);
		yield_times(n, 2, last);
		xexit(0);
	}
	xread(ready[0], &c, 1);
	begin(acc);
	xwrite(go[1], &c, 1);
	yield_times(n, 1, last);
	xwait((int)pid);
	end(acc);
	return (long)(shared ? last[1] : context_switches() - before);
}

/*
 * Two processes that do nothing but sched_yield, n times each. The share of calls that switched is shown too,
 * counted in shared memory, or by getrusage where there is none: a yield that does not switch is no yield.
 */
static void yield_between(const char *name)
{
	u64 n = scale(20000);
	struct acc acc = {0};
	volatile u64 *shared;
	int go[2], ready[2];
	long r, switches = 0;

	if ((r = sc2(SYS_pipe2, go, 0)) < 0 || (r = sc2(SYS_pipe2, ready, 0)) < 0) {
		skipped(name, "pipe2", r);
		return;
	}
	shared = (volatile u64 *)xmmap(PAGE, MAP_SHARED);
	for (int b = 0; b <= BATCHES && switches >= 0; b++) {
		struct acc w = {0};

		switches = yield_batch(b ? &acc : &w, n, go, ready, shared);
	}
	for (int i = 0; i < 2; i++) {
		sc1(SYS_close, go[i]);
		sc1(SYS_close, ready[i]);
	}
	if (shared)
		xmunmap((void *)shared, PAGE);
	if (switches < 0) {
		skipped(name, "fork", switches);
		return;
	}
	report(name, &acc, 2 * n);
	put((u64)switches * 10 < 2 * n * 8 ? "# INVALID " : "# ");
	put("sched_yield_2proc: in the last batch ");
	putu((u64)switches);
	put(" of ");
	putu(2 * n);
	put(" calls let the other process run");
	flush();
	settle();
}

/* fork, exit_group in the child, wait4, with `mib` MiB of touched memory; `thp` leaves the page size to the kernel. */
static void fork_exit_wait(const char *name, size_t mib, int thp, u64 iters)
{
	size_t len = mib << 20;
	char *heap = NULL;
	long pid = 0;

	if (!wanted(name))
		return;
	if (len) {
		if (!(heap = xmmap(len, MAP_PRIVATE))) {
			skipped(name, "mmap", 0);
			return;
		}
		if (!thp)
			no_thp(heap, len);
		touch(heap, len / PAGE);
	}
	if ((pid = xfork()) == 0)
		xexit(0);
	if (pid < 0) {
		skipped(name, "fork", pid);
		return;
	}
	xwait((int)pid);
	LOOP_TEST(name, iters, {
		pid = xfork();
		if (pid == 0)
			xexit(0);
		if (pid > 0)
			xwait((int)pid);
	});
	if (heap)
		xmunmap(heap, len);
}

static _Noreturn void exec_self(const char *self)
{
	char *const argv[] = {(char *)self, "-x", NULL};
	char *const envp[] = {NULL};

	sc3(SYS_execve, (long)self, (long)argv, (long)envp);
	xexit(99);
}

static void fork_exec_wait(const char *name, const char *self)
{
	long pid, status = 0;

	if (!wanted(name))
		return;
	pid = xfork();
	if (pid == 0)
		exec_self(self);
	if (pid < 0) {
		skipped(name, "fork", pid);
		return;
	}
	sc6(SYS_wait4, pid, (long)&status, 0, 0, 0, 0);
	if ((status & 0xffff) != 7 << 8) { /* main() with "-x" exits 7 */
		skipped(name, "execve(argv[0])", 0);
		return;
	}
	LOOP_TEST(name, 100, {
		pid = xfork();
		if (pid == 0)
			exec_self(self);
		if (pid > 0)
			xwait((int)pid);
	});
}

void bench_processes(const char *self)
{
	if (wanted("sched_yield_alone")) /* nobody to yield to */
		LOOP_TEST("sched_yield_alone", 10000, sc0(SYS_sched_yield));
	if (wanted("sched_yield_2proc"))
		yield_between("sched_yield_2proc");
	fork_exit_wait("fork_exit_wait", 0, 0, 100);
	fork_exit_wait("fork_exit_wait_16M", 16, 0, 10);
	fork_exit_wait("fork_exit_wait_16M_thp", 16, 1, 20);
	fork_exec_wait("fork_execve_wait", self);
}
