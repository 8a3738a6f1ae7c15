/* t_bh_info - Bulkhead's own calls: bh_info (processes, regions, memory, counters) and bh_report's refusal.
 */
/* suite: bulkhead only */
#include "tap.h"

#include <sys/mman.h>

#include "kernel/abi/bulkhead.h"

static struct bh_process processes[256];
static struct bh_region regions[64];
static struct bh_counter counters[64];

static const struct bh_process *find_process(int pid)
{
	long size = sc(SYS_bh_info, BH_INFO_PROCESSES, 0, processes, sizeof processes);

	for (long i = 0; i < size / (long)sizeof *processes; i++)
		if (processes[i].pid == pid)
			return &processes[i];
	return 0;
}

static char state_of(int pid)
{
	const struct bh_process *p = find_process(pid);

	return p ? p->state : '?';
}

/* Gives the process some time to come into that state. */
static char becomes(int pid, char state)
{
	for (int i = 0; i < 10000 && state_of(pid) != state; i++)
		sleep_ms(1);
	return state_of(pid);
}

static void list(void)
{
	long size = sc(SYS_bh_info, BH_INFO_PROCESSES, 0, processes, sizeof processes), count;
	const struct bh_process *me;
	int ascending = 1;

	ok(size > 0 && size % sizeof *processes == 0, "the processes come in whole records");
	count = size / sizeof *processes;
	for (long i = 1; i < count; i++)
		ascending &= processes[i - 1].pid < processes[i].pid;
	ok(ascending, "in ascending order");
	ok(processes[0].pid == 1 && !strcmp(processes[0].name, "init"), "the first is init");
	me = find_process(getpid());
	ok(me != 0, "this one is there");
	ok(me && me->ppid == getppid() && me->pgid == getpgrp() && me->sid == getsid(0),
	   "with its relations");
	ok(me && me->uid == getuid() && !strcmp(me->name, "t_bh_info"), "its user and its name");
	ok(me && me->state == 'R' && me->pages > 4, "running, with some pages");
}

static void states(void)
{
	int gate[2], pid, status;

	if (pipe(gate))
		_exit(97);
	pid = fork();
	if (pid == 0) {
		close(gate[1]);
		_exit(await(gate[0]));
	}
	eq(becomes(pid, 'S'), 'S', "a child that waits");
	kill(pid, SIGSTOP);
	sc(SYS_wait4, pid, &status, WUNTRACED, 0);
	eq(state_of(pid), 'T', "a child that is stopped");
	kill(pid, SIGKILL);
	eq(becomes(pid, 'Z'), 'Z', "a zombie");
	eq(sc(SYS_bh_info, BH_INFO_REGIONS, pid, regions, sizeof regions), -ESRCH,
	   "ESRCH: a zombie has no regions");
	wait_for(pid);
	ok(!find_process(pid), "after the wait it is gone");
}

static const struct bh_region *region_at(const void *address)
{
	long size = sc(SYS_bh_info, BH_INFO_REGIONS, getpid(), regions, sizeof regions);

	for (long i = 0; i < size / (long)sizeof *regions; i++)
		if (regions[i].start <= (uintptr_t)address && (uintptr_t)address < regions[i].end)
			return &regions[i];
	return 0;
}

static void own_regions(void)
{
	static const char constant[] = "constant";
	static int variable = 1;
	char *p = mmap(0, 5 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const struct bh_region *r;
	long size = sc(SYS_bh_info, BH_INFO_REGIONS, getpid(), regions, sizeof regions);
	int sane = 1, wx = 0;

	for (long i = 0; i < size / (long)sizeof *regions; i++) {
		r = &regions[i];
		sane &= r->start % PAGE == 0 && r->end % PAGE == 0 && r->start < r->end;
		sane &= r->resident <= (r->end - r->start) / PAGE &&
			(i == 0 || regions[i - 1].end <= r->start);
		wx |= (r->prot & (PROT_WRITE | PROT_EXEC)) == (PROT_WRITE | PROT_EXEC);
	}
	ok(size > 0 && sane, "regions are pages, ascending and apart");
	ok(!wx, "none is writable and executable");
	r = region_at((void *)own_regions);
	ok(r && r->prot == (PROT_READ | PROT_EXEC), "text");
	r = region_at(constant);
	ok(r && r->prot == PROT_READ, "constants");
	r = region_at(&variable);
	ok(r && r->prot == (PROT_READ | PROT_WRITE), "data");
	r = region_at(&size);
	ok(r && r->prot == (PROT_READ | PROT_WRITE) && !strcmp(r->name, "[stack]"), "the stack");
	p[0] = 1;
	r = region_at(p);
	ok(r && r->prot == (PROT_READ | PROT_WRITE) && !strcmp(r->name, "[anon]"), "a mapping");
	munmap(p, 5 * PAGE);
	ok(!region_at(p), "which is gone after munmap");
	ok(!region_at(0), "nothing lies at 0");
}

/* How many pages more are taken once 64 are touched, and after they were given back. */
static void take_pages(long *touched, long *left)
{
	struct bh_memory before, after;
	char *p = mmap(0, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	sc(SYS_bh_info, BH_INFO_MEMORY, 0, &before, sizeof before);
	memset(p, 1, 64 * PAGE);
	sc(SYS_bh_info, BH_INFO_MEMORY, 0, &after, sizeof after);
	*touched = (long)(before.free_pages - after.free_pages);
	munmap(p, 64 * PAGE);
	sc(SYS_bh_info, BH_INFO_MEMORY, 0, &after, sizeof after);
	*left = (long)(before.free_pages - after.free_pages);
}

static void memory(void)
{
	struct bh_memory before;
	long touched = 0, left = 0;

	eq(sc(SYS_bh_info, BH_INFO_MEMORY, 0, &before, sizeof before), sizeof before, "memory");
	ok(before.total_pages > 4096 && before.free_pages < before.total_pages, "total and free");
	ok(before.processes >= 2 && before.threads >= before.processes, "processes and threads");
	ok(before.archive_pages > 10 && before.kernel_pages > 10, "the archive and the kernel");
	for (int tries = 0; tries < 10 && (touched < 64 || left >= 8); tries++) {
		sleep_ms(10L * tries); /* until those are gone who end meanwhile */
		take_pages(&touched, &left);
	}
	ok(touched >= 64, "64 touched pages are taken from the free ones");
	ok(left < 8, "and come back");
}

static uint64_t counter(const char *name)
{
	long size = sc(SYS_bh_info, BH_INFO_COUNTERS, 0, counters, sizeof counters);

	for (long i = 0; i < size / (long)sizeof *counters; i++)
		if (!strcmp(counters[i].name, name))
			return counters[i].value;
	return 0;
}

static void counting(void)
{
	uint64_t switches = counter("switches"), copies = counter("cow-copies");
	static volatile char page[PAGE] = {1};
	int pid;

	pid = fork();
	page[0]++;
	if (pid == 0)
		_exit(0);
	wait_for(pid);
	ok(counter("switches") > switches, "a child's run is counted as a switch");
	ok(counter("cow-copies") > copies, "a write after fork is counted as a copy");
}

static void sizing(void)
{
	static unsigned char buffer[3 * sizeof(struct bh_process)];
	long needed = 0, with_little = -1;
	int clean = 1;

	for (int tries = 0; tries < 100; tries++) { /* others may end in between */
		needed = sc(SYS_bh_info, BH_INFO_PROCESSES, 0, 0, 0);
		memset(buffer, 0x55, sizeof buffer);
		with_little = sc(SYS_bh_info, BH_INFO_PROCESSES, 0, buffer, sizeof(struct bh_process) + 7);
		if (needed == with_little)
			break;
	}
	ok(needed >= 2 * (long)sizeof(struct bh_process), "without room it tells how much is needed");
	eq(with_little, needed, "with little, too");
	for (size_t i = sizeof(struct bh_process); i < sizeof buffer; i++)
		clean &= buffer[i] == 0x55;
	ok(buffer[0] == 1 && clean, "whole records are stored and no part of one");
}

static void locks(void)
{
	struct bh_lock lock[32];
	long size = sc(SYS_bh_info, BH_INFO_LOCKS, 0, lock, sizeof lock);
	int named = 1, taken = 0;

	ok(size > 0 && size % sizeof *lock == 0 && size <= (long)sizeof lock, "locks: whole records");
	for (int i = 0; i < size / (long)sizeof *lock; i++) {
		named &= lock[i].name[0] && !lock[i].name[sizeof lock[i].name - 1];
		taken += lock[i].acquired > 0 || lock[i].contended > 0;
	}
	ok(named && taken, "each has a name, and some were taken");
}

static void errors(void)
{
	static const int unknown[] = {0, 8, 99, -1};

	for (int i = 0; i < 4; i++)
		eq(sc(SYS_bh_info, unknown[i], 0, processes, sizeof processes), -EINVAL, "EINVAL: kind %d",
		   unknown[i]);
	eq(sc(SYS_bh_info, BH_INFO_REGIONS, 999999, regions, sizeof regions), -ESRCH,
	   "ESRCH: no such process");
	eq(sc(SYS_bh_info, BH_INFO_REGIONS, 0, regions, sizeof regions), -ESRCH, "ESRCH: process 0");
	eq(sc(SYS_bh_info, BH_INFO_REGIONS, -1, regions, sizeof regions), -ESRCH, "ESRCH: process -1");
	for (int kind = BH_INFO_PROCESSES; kind <= BH_INFO_COUNTERS; kind++)
		for (int i = 0; i < BAD_POINTERS; i++)
			eq(sc(SYS_bh_info, kind, kind == BH_INFO_REGIONS ? getpid() : 0, bad_pointers[i],
			      4096),
			   -EFAULT, "EFAULT: kind %d, bad pointer %d", kind, i);
	eq(sc(SYS_bh_report, 0), -EPERM, "EPERM: bh_report is for process 1");
}

int main(void)
{
	list();
	states();
	own_regions();
	memory();
	counting();
	sizing();
	locks();
	errors();
	return tap_done();
}
