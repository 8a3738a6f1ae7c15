/* t_fork_cow - after fork, what one process writes the other never sees, whatever kind of memory it is. */
#include "tap.h"

#include <sys/mman.h>

#define PAGES 24

static int data_word = 1;
static int zero_word;
static char area[PAGES * PAGE];

static long write_everything(void *argument)
{
	int *heap = argument;

	data_word = 20;
	zero_word = 20;
	*heap = 20;
	memset(area, 20, sizeof area);
	return data_word + zero_word + *heap + area[0];
}

static long read_everything(void *argument)
{
	return data_word + zero_word + *(int *)argument + area[0] + area[sizeof area - 1];
}

static int area_is(char value)
{
	for (size_t i = 0; i < sizeof area; i += 512)
		if (area[i] != value)
			return 0;
	return 1;
}

/* Parent writes while the child waits; the child must still read the old value. */
static void parent_writes(void)
{
	int go[2], status, pid;

	area[5000] = 7;
	if (pipe(go))
		_exit(97);
	pid = fork();
	if (pid == 0) {
		await(go[0]);
		_exit(area[5000] == 7 ? 0 : 1);
	}
	area[5000] = 8;
	pass(go[1]);
	status = wait_for(pid);
	eq(status, EXITED(0), "child keeps the value from before the fork");
	eq(area[5000], 8, "parent keeps what it wrote");
	close(go[0]);
	close(go[1]);
}

/* Three generations share one page; each writes its own value and looks again after its child ended. */
static int generation(int depth)
{
	int pid, below = 0;

	area[0] = depth;
	if (depth == 4)
		return area[0] == 4;
	pid = fork();
	if (pid == 0)
		_exit(generation(depth + 1) ? 0 : 1);
	below = wait_for(pid);
	return below == EXITED(0) && area[0] == depth;
}

static long read_into_shared(void *argument)
{
	int fd[2];

	(void)argument;
	if (pipe(fd) || write(fd[1], "kernel", 6) != 6)
		return -1;
	if (read(fd[0], area + 3 * PAGE - 3, 6) != 6)
		return -2;
	return memcmp(area + 3 * PAGE - 3, "kernel", 6) == 0;
}

static void siblings(void)
{
	int pids[4], good = 0;

	memset(area, 1, sizeof area);
	for (int i = 0; i < 4; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			int clean = area_is(1);

			memset(area, 10 + i, sizeof area);
			sc(SYS_sched_yield);
			_exit(clean && area_is(10 + i) ? 0 : 1);
		}
	}
	for (int i = 0; i < 4; i++)
		good += wait_for(pids[i]) == EXITED(0);
	eq(good, 4, "four siblings each see only their own writes");
	ok(area_is(1), "the parent sees none of theirs");
}

static void mapped(void)
{
	char *map = mmap(0, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int pid;

	map[0] = 1;
	map[PAGE] = 2;
	pid = fork();
	if (pid == 0) {
		int fresh = map[2 * PAGE] == 0; /* never touched: zero for both */

		map[0] = 9;
		map[2 * PAGE] = 9;
		munmap(map + PAGE, PAGE);
		_exit(fresh ? 0 : 1);
	}
	eq(wait_for(pid), EXITED(0), "an untouched page of a mapping is zero in the child");
	eq(map[0], 1, "a child's write to a mapping is its own");
	eq(map[PAGE], 2, "a child's munmap is its own");
	eq(map[2 * PAGE], 0, "a page first touched by the child is zero here");
}

int main(void)
{
	int *heap = malloc(sizeof *heap);

	*heap = 1;
	zero_word = 1;
	memset(area, 1, sizeof area);
	eq(in_child(read_everything, heap), 5, "child reads the parent's data, bss and heap");
	eq(in_child(write_everything, heap), 80, "child reads back what it wrote");
	eq(data_word, 1, "data untouched by the child");
	eq(zero_word, 1, "bss untouched by the child");
	eq(*heap, 1, "heap untouched by the child");
	ok(area_is(1), "every page untouched by the child");
	parent_writes();
	ok(generation(1), "four generations keep their own values");
	eq(area[0], 1, "the first generation's value stands");
	eq(in_child(read_into_shared, 0), 1, "read() stores into a page shared since fork");
	eq(area[3 * PAGE], 1, "and the parent's copy stays");
	siblings();
	mapped();
	free(heap);
	return tap_done();
}
