/*
 * stress - processes that fork, make threads, execute this program anew, change processors, share pages with threads
 * and take them away again, end, and are killed, for so many seconds:
 *
 *      stress [SECONDS [SEED]]
 *
 * Then all are killed, and what exists in the kernel is what existed before. Status 0: it is.
 */
#include "threads.h"

#include "kernel/abi/bulkhead.h"

#include <signal.h>
#include <sys/mman.h>
#include <time.h>

#define WORKERS 12
#define STEPS   40 /* of one life, at most */

static unsigned long state;
static const char *self;

static unsigned below(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 11) % n;
}

/* ---- what exists: objects, handles, queues, processes; zeros on Linux, which does not tell */

struct existing {
	uint64_t of[3];
};

static struct existing existing_now(void)
{
	static const char *const names[3] = {"objects", "handles", "queues"};
	struct bh_counter all[64];
	struct existing e = {{0}};
	long size = sc(SYS_bh_info, BH_INFO_COUNTERS, 0, all, sizeof all);

	for (long i = 0; i < size / (long)sizeof *all; i++)
		for (int k = 0; k < 3; k++)
			if (!strcmp(all[i].name, names[k]))
				e.of[k] = all[i].value;
	return e;
}

/* Until nothing changes for 100 ms. */
static struct existing existing_at_rest(void)
{
	struct existing last = existing_now();

	for (int same = 0; same < 100; same++) {
		struct existing now;

		sleep_ms(1);
		now = existing_now();
		if (memcmp(&now, &last, sizeof now))
			same = 0;
		last = now;
	}
	return last;
}

/* ---- a life */

static char *shared; /* pages that threads touch while others take them away */

static int thread_life(void *argument)
{
	unsigned long turns = (unsigned long)argument;

	for (unsigned long i = 0; i < turns; i++)
		sc(SYS_sched_yield);
	if (turns % 7 == 0)
		sc(SYS_sched_setaffinity, 0, sizeof(long), &(long){1l << turns % 8});
	if (turns % 29 == 0)
		sc(SYS_exit_group, 0); /* all of them, whatever the others are doing */
	if (shared && turns % 3 == 0)
		(void)*(volatile char *)shared; /* may be gone */
	return 0;
}

static void change_pages(void)
{
	if (shared && below(2)) {
		munmap(shared, 8 * PAGE);
		shared = 0;
	} else if (!shared) {
		shared = mmap(0, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		shared = shared == MAP_FAILED ? 0 : shared;
	} else {
		memset(shared, 1, 8 * PAGE);
		mprotect(shared, 8 * PAGE, PROT_READ);
		mprotect(shared, 8 * PAGE, PROT_READ | PROT_WRITE);
	}
}

static void begin_anew(void)
{
	char seed[24];
	char *const arguments[] = {(char *)self, "life", seed, 0};

	snprintf(seed, sizeof seed, "%u", below(1u << 30) + 1);
	execv(self, arguments);
}

static void life(int depth);

static void child(int depth)
{
	int pid = depth < 2 ? fork() : -1;

	if (pid == 0) {
		state += (unsigned long)getpid() << 20 | 1;
		life(depth + 1);
	}
	if (pid > 0 && below(4)) /* else it becomes an orphan, or a zombie for a while */
		waitpid(pid, 0, below(2) ? 0 : WNOHANG);
}

static void life(int depth)
{
	for (int i = (int)below(STEPS); i >= 0; i--)
		switch (below(10)) {
		case 0: sc(SYS_sched_setaffinity, 0, sizeof(long), &(long){1 + (long)below(255)}); break;
		case 1:
		case 2: child(depth); break;
		case 3:
		case 4: thread_raw(thread_life, (void *)(unsigned long)below(60)); break;
		case 5: change_pages(); break;
		case 6: sleep_ms((int)below(3)); break;
		case 7: kill(getpid(), below(20) ? SIGCONT : SIGKILL); break;
		case 8: sc(SYS_sched_yield); break;
		default:
			if (!below(6))
				begin_anew();
		}
	_exit(0);
}

/* ---- the harness */

static int worker_start(void)
{
	unsigned long seed = below(1u << 30) + 1;
	int pid = fork();

	if (pid == 0) {
		setpgid(0, 0);
		state = seed;
		life(0);
	}
	setpgid(pid, pid);
	return pid;
}

static void group_end(int pid)
{
	kill(-pid, SIGKILL);
	waitpid(pid, 0, 0);
}

static long run(int seconds)
{
	int pids[WORKERS], status;
	long lives = 0, until = now_us() + seconds * 1000000l;

	for (int i = 0; i < WORKERS; i++)
		pids[i] = worker_start();
	while (now_us() < until) {
		int i = (int)below(WORKERS);

		switch (below(8)) {
		case 0: kill(-pids[i], SIGSTOP); break;
		case 1:
			group_end(pids[i]);
			pids[i] = worker_start();
			lives++;
			break;
		case 2: sleep_ms(1); break;
		default: kill(-pids[i], SIGCONT);
		}
		for (i = 0; i < WORKERS; i++)
			if (waitpid(pids[i], &status, WNOHANG) == pids[i]) {
				kill(-pids[i], SIGKILL); /* what it left behind */
				pids[i] = worker_start();
				lives++;
			}
	}
	for (int i = 0; i < WORKERS; i++)
		group_end(pids[i]);
	return lives;
}

int main(int argc, char **argv)
{
	struct existing before, after;
	long lives;

	self = argv[0];
	if (argc > 2 && !strcmp(argv[1], "life")) {
		state = strtoul(argv[2], 0, 10);
		life(1);
	}
	state = argc > 2 ? strtoul(argv[2], 0, 10) : 1;
	run(1); /* what a first time allocates for good */
	before = existing_at_rest();
	lives = run(argc > 1 ? atoi(argv[1]) : 5);
	for (int i = 0; i < 100; i++) {
		after = existing_at_rest();
		if (!memcmp(&before, &after, sizeof before))
			break;
	}
	printf("stress: %ld lives\n", lives);
	for (int k = 0; k < 3; k++)
		if (before.of[k] != after.of[k])
			printf("stress: %lu existed, %lu are left\n", before.of[k], after.of[k]);
	return memcmp(&before, &after, sizeof before) != 0;
}
