/*
 * t_bh_audit - the audit while processes fork, map, protect and end on all processors: no rule is ever broken. What it
 * asks of its caller.
 */
/* suite: bulkhead only */
#include "tap.h"

#include "kernel/abi/bulkhead.h"
#include <sys/mman.h>

#define WORKERS 6
#define AUDITS  25
#define RULES   16
#define PAGES   64

static unsigned below(unsigned n, unsigned *state)
{
	*state = *state * 1103515245 + 12345;
	return (*state >> 16) % n;
}

static void change(char *area, unsigned *state)
{
	static const int rights[] = {PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE};
	unsigned first = below(PAGES, state), count = 1 + below(PAGES - first, state);
	char *at = area + first * PAGE;

	switch (below(6, state)) {
	case 0: munmap(at, count * PAGE); break;
	case 1: mprotect(at, count * PAGE, rights[below(3, state)]); break;
	case 2: mremap(at, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, area + below(PAGES, state) * PAGE); break;
	case 3: madvise(at, count * PAGE, MADV_DONTNEED); break;
	case 4:
		mmap(at, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		(void)*(volatile char *)at;
		break;
	default:
		mmap(at, count * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		memset(at, (int)first, count * PAGE);
	}
}

/* For ever: changes, and a child now and then that changes as well and ends. */
static void work(unsigned seed)
{
	char *area = mmap(0, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (;;) {
		int pid = fork();

		for (int i = 0; i < 20; i++)
			change(area, &seed);
		if (pid == 0)
			_exit(0);
		waitpid(pid, 0, 0);
	}
}

static long audit(struct bh_rule *rules)
{
	return sc(SYS_bh_info, BH_INFO_AUDIT, 0, rules, RULES * sizeof *rules) / (long)sizeof *rules;
}

static long not_root(void *unused)
{
	struct bh_rule rules[RULES];

	(void)unused;
	setuid(1000);
	return sc(SYS_bh_info, BH_INFO_AUDIT, 0, rules, sizeof rules) == -EPERM;
}

int main(void)
{
	struct bh_rule rules[RULES];
	int pids[WORKERS], idle = 0, broken = 0, killed = 0, status;
	long count = 0;

	for (unsigned i = 0; i < WORKERS; i++)
		if ((pids[i] = fork()) == 0)
			work(i + 1);
	for (int turn = 0; turn < AUDITS; turn++) {
		count = audit(rules);
		for (long i = 0; i < count; i++) {
			idle += !rules[i].checked;
			broken += rules[i].broken != 0;
			if (rules[i].broken)
				printf("# %s is broken\n", rules[i].name);
		}
		sc(SYS_sched_yield);
	}
	for (int i = 0; i < WORKERS; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], &status, 0);
		killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	}
	eq(killed, WORKERS, "the others worked to the end");
	ok(count == 10, "all rules are told");
	eq(idle, 0, "each has been held against something");
	eq(broken, 0, "none was broken");
	eq(sc(SYS_bh_info, BH_INFO_AUDIT, 0, 0, 0), count * (long)sizeof *rules, "without a buffer it tells the size");
	eq(sc(SYS_bh_info, BH_INFO_AUDIT, 0, 8, sizeof rules), -EFAULT, "a bad buffer");
	ok(in_child(not_root, 0) == 1, "who is not root may not ask");
	return tap_done();
}
