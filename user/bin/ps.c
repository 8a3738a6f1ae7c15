/*
 * ps.c - every process: its number, parent, group, state, resident pages, processor time and name.
 * States: R running or ready, S sleeping, T stopped, Z ended and not waited for.
 */
#include <err.h>
#include <stdio.h>

#include "user/lib/bh.h"
#include "user/lib/io.h"

int main(void)
{
	struct bh_process *process;
	size_t count;

	bh_require();
	process = bh_info_all(BH_INFO_PROCESSES, 0, sizeof *process, &count);
	if (!process)
		err(1, "cannot list processes");
	printf("%5s %5s %5s S %6s %9s NAME\n", "PID", "PPID", "PGID", "PAGES", "TIME");
	for (size_t i = 0; i < count; i++) {
		const struct bh_process *p = &process[i];
		unsigned long long ms = p->cpu_ns / 1000000, pages = p->pages;

		printf("%5d %5d %5d %c %6llu ", p->pid, p->ppid, p->pgid, p->state, pages);
		printf("%3llu:%02llu.%02llu %s\n", ms / 60000, ms / 1000 % 60, ms / 10 % 100, p->name);
	}
	finish(0);
}
