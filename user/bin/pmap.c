/*
 * pmap.c - pmap PID: the ranges of addresses that a process has, what it may do there, how much of each is
 * in memory, and what it is for. r read, w write, x execute.
 */
#include <err.h>
#include <stdio.h>

#include "user/lib/bh.h"
#include "user/lib/io.h"
#include "user/lib/number.h"

static void print_region(const struct bh_region *region)
{
	unsigned long long start = region->start, end = region->end, resident = region->resident * 4;
	char rights[] = "---";

	for (int i = 0; i < 3; i++)
		if (region->prot & (1u << i))
			rights[i] = "rwx"[i];
	printf("%012llx-%012llx %s %8llu KiB %8llu KiB  %.*s\n", start, end, rights,
	       (end - start) / 1024, resident, (int)sizeof region->name, region->name);
}

int main(int argc, char **argv)
{
	unsigned long long size = 0, resident = 0;
	struct bh_region *region;
	size_t count;
	long pid;

	if (argc != 2 || !number_parse(argv[1], &pid) || pid <= 0)
		errx(2, "usage: pmap PID");
	bh_require();
	region = bh_info_all(BH_INFO_REGIONS, pid, sizeof *region, &count);
	if (!region)
		err(1, "%s", argv[1]);
	printf("%-25s %s %12s %12s  NAME\n", "ADDRESSES", "RWX", "SIZE", "RESIDENT");
	for (size_t i = 0; i < count; i++) {
		print_region(&region[i]);
		size += (region[i].end - region[i].start) / 1024;
		resident += region[i].resident * 4;
	}
	printf("%-29s %8llu KiB %8llu KiB\n", "total", size, resident);
	finish(0);
}
