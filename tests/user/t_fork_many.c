/* t_fork_many - many children at once, many one after another, and a tree of them. */
#include "tap.h"

#define ALIVE 40

static void alive_together(void)
{
	int pids[ALIVE], gate[2], seen[ALIVE] = {0}, status, pid, each = 1, distinct = 1;

	if (pipe(gate))
		_exit(97);
	for (int i = 0; i < ALIVE; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			close(gate[1]);
			await(gate[0]); /* end of file: the parent has forked them all */
			_exit(i + 1);
		}
	}
	for (int i = 0; i < ALIVE; i++)
		for (int j = 0; j < i; j++)
			distinct &= pids[i] != pids[j] && pids[i] > 0;
	ok(distinct, "forty live children have forty pids");
	close(gate[0]);
	close(gate[1]);
	while ((pid = sc(SYS_wait4, -1, &status, 0, 0)) > 0)
		for (int i = 0; i < ALIVE; i++)
			if (pids[i] == pid)
				seen[i] += status == EXITED(i + 1);
	for (int i = 0; i < ALIVE; i++)
		each &= seen[i] == 1;
	ok(each, "each is waited for once, with its own status");
	eq(pid, -ECHILD, "then there is none left");
}

static void one_after_another(void)
{
	int good = 0;

	for (int i = 0; i < 60; i++) {
		int pid = fork();

		if (pid == 0)
			_exit(i);
		good += wait_for(pid) == EXITED(i);
	}
	eq(good, 60, "sixty children one after another");
}

/* A process of depth d has two children of depth d-1; the status counts the processes below and itself. */
static int tree(int depth)
{
	int count = 1, pids[2];

	if (depth == 0)
		return 1;
	for (int i = 0; i < 2; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(tree(depth - 1));
	}
	for (int i = 0; i < 2; i++) {
		int status = wait_for(pids[i]);

		count += status >> 8;
	}
	return count;
}

static void ids(void)
{
	int fd[2], me = getpid(), pid, told[3];

	if (pipe(fd))
		_exit(97);
	pid = fork();
	if (pid == 0) {
		int mine[3] = {getpid(), getppid(), sc(SYS_gettid)};

		_exit(write(fd[1], mine, sizeof mine) != sizeof mine);
	}
	ok(read(fd[0], told, sizeof told) == sizeof told, "child tells its ids");
	ok(told[0] == pid, "fork returns the child's pid");
	ok(told[1] == me, "the child's parent is who forked");
	ok(told[2] == pid, "a single thread's tid is its pid");
	ok(pid != me, "the pids differ");
	wait_for(pid);
	ok(getpid() == me, "the parent's pid stays");
}

/* A child's descriptors are its own table on the same open files. */
static void descriptors(void)
{
	int fd[2], pid;
	char text[4] = "";

	if (pipe(fd))
		_exit(97);
	pid = fork();
	if (pid == 0) {
		close(fd[0]);
		_exit(write(fd[1], "abc", 3) != 3 || close(fd[1]) != 0);
	}
	eq(wait_for(pid), EXITED(0), "child uses inherited descriptors and closes them");
	eq(read(fd[0], text, 3), 3, "the parent's stay open");
	ok(!strcmp(text, "abc"), "and carry the child's bytes");
	close(fd[0]);
	close(fd[1]);
}

int main(void)
{
	alive_together();
	one_after_another();
	eq(tree(4), 31, "a binary tree of 31 processes");
	ids();
	descriptors();
	return tap_done();
}
