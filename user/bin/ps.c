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
		unsigned long long ms = process[i].cpu_ns / 1000000;

		printf("%5d %5d %5d %c %6llu %3llu:%02llu.%02llu %s\n", process[i].pid, process[i].ppid, process[i].pgid,
		       process[i].state, (unsigned long long)process[i].pages, ms / 60000, ms / 1000 % 60,
		       ms / 10 % 100, process[i].name);
	}
	finish(0);
}
