/*
 * tlbstat.c - tlbstat [PROGRAM [ARG...]]: how often CR3 was loaded and TLBs were flushed, on all CPUs, since the
 * machine started; or while the program ran: then the numbers come after its output, and its status is ours.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/lib/bh.h"
#include "user/lib/io.h"

static const char *const names[] = {"cr3-kept", "cr3-flushed", "invlpg", "invpcid", "pcid-wraps", "shootdowns"};
#define NAMES (sizeof names / sizeof names[0])

static void read_counters(unsigned long long now[NAMES])
{
	size_t count;
	struct bh_counter *all = bh_info_all(BH_INFO_COUNTERS, 0, sizeof *all, &count);

	if (!all)
		err(1, "cannot ask");
	for (size_t n = 0; n < NAMES; n++)
		for (size_t i = 0; i < count; i++)
			if (!strncmp(all[i].name, names[n], sizeof all[i].name))
				now[n] = all[i].value;
	free(all);
}

static int run(char **program)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		execvp(*program, program);
		warn("%s", *program);
		_exit(errno == ENOENT ? 127 : 126);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		err(1, "cannot run %s", *program);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	unsigned long long before[NAMES] = {0}, after[NAMES] = {0};
	int status = 0;

	bh_require();
	if (argc > 1) {
		read_counters(before);
		status = run(argv + 1);
	}
	read_counters(after);
	for (size_t n = 0; n < NAMES; n++)
		printf("%-12s %10llu\n", names[n], after[n] - before[n]);
	finish(status);
}
