/*
 * t_bh_shared_text - many processes run one dynamically linked program: libc and its library lie at another address in
 * each, in one set of frames, and none of them can write there.
 */
/* suite: bulkhead only */
/* build: dynamic */
#include "maps.h"
#include "lib/shelf.h"

#include "kernel/abi/bulkhead.h"
#include <sys/auxv.h>

#define RUNS 12

static unsigned long frames_free(void)
{
	struct bh_memory m;

	if (sc(SYS_bh_info, BH_INFO_MEMORY, 0, &m, sizeof m) < 0)
		_exit(98);
	return m.free_pages;
}

/* All of it is read, so that it is mapped; then the process waits. */
static void runs(int out, int in)
{
	unsigned long places[2] = {getauxval(AT_BASE), (unsigned long)shelf_catalogue};
	unsigned sum = 0;
	char byte;

	for (int i = 0; i < SHELF_PAGES * PAGE; i += 64)
		sum += shelf_catalogue[i];
	if (sum != 1 || write(out, places, sizeof places) != sizeof places)
		_exit(1);
	_exit(read(in, &byte, 1) != 0);
}

static int start_one(const int out[2], const int in[2])
{
	static char *argv[] = {"program", "runs", 0}, *envp[] = {0};
	int pid = fork();

	if (pid)
		return pid;
	dup2(out[1], 60);
	dup2(in[0], 61);
	close(in[1]);
	execve("/proc/self/exe", argv, envp);
	_exit(1);
}

int main(int argc, char **argv)
{
	unsigned long places[RUNS][2], before, after;
	int out[2], in[2], pids[RUNS], alike = 0, ended = 0;

	if (argc > 1 && !strcmp(argv[1], "runs"))
		runs(60, 61);
	pipe(out);
	pipe(in);
	pids[0] = start_one(out, in);
	read(out[0], places[0], sizeof places[0]);
	before = frames_free();
	for (int i = 1; i < RUNS; i++) {
		pids[i] = start_one(out, in);
		read(out[0], places[i], sizeof places[i]);
	}
	after = frames_free();
	for (int i = 0; i < RUNS; i++)
		for (int k = 0; k < i; k++)
			alike += places[i][0] == places[k][0] || places[i][1] == places[k][1];
	eq(alike, 0, "as many addresses as processes");
	ok(before - after < (RUNS - 1) * (unsigned long)(SHELF_PAGES / 2),
	   "one more costs less than half of what it reads");
	eq(rights((long)shelf_catalogue), 1, "which none can write");
	close(in[0]);
	close(in[1]);
	for (int i = 0; i < RUNS; i++)
		ended += wait_for(pids[i]) == EXITED(0);
	eq(ended, RUNS, "all have read the same");
	return tap_done();
}
