/*
 * meminfo.c - where the machine's memory is, in KiB. `meminfo -c` prints the kernel's counters instead.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "user/lib/bh.h"
#include "user/lib/io.h"

static void print_pages(const char *what, unsigned long long pages)
{
	printf("%-10s %10llu KiB\n", what, pages * 4);
}

static void print_memory(void)
{
	struct bh_memory memory;

	if (bh_info(BH_INFO_MEMORY, 0, &memory, sizeof memory) < 0)
		err(1, "cannot ask");
	print_pages("total", memory.total_pages);
	print_pages("free", memory.free_pages);
	print_pages("kernel", memory.kernel_pages);
	print_pages("archive", memory.archive_pages);
	printf("%-10s %10llu\n", "processes", (unsigned long long)memory.processes);
	printf("%-10s %10llu\n", "threads", (unsigned long long)memory.threads);
}

static void print_counters(void)
{
	struct bh_counter *counter;
	size_t count;

	counter = bh_info_all(BH_INFO_COUNTERS, 0, sizeof *counter, &count);
	if (!counter)
		err(1, "cannot ask");
	for (size_t i = 0; i < count; i++)
		printf("%-24.*s %12llu\n", (int)sizeof counter[i].name, counter[i].name,
		       (unsigned long long)counter[i].value);
}

int main(int argc, char **argv)
{
	bool counters = argc == 2 && strcmp(argv[1], "-c") == 0;

	if (argc > 1 && !counters)
		errx(2, "usage: meminfo [-c]");
	bh_require();
	if (counters)
		print_counters();
	else
		print_memory();
	finish(0);
}
