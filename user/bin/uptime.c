/*
 * uptime.c - for how long the machine has been up; on Bulkhead also how many processes there are.
 */
#include <err.h>
#include <stdio.h>
#include <time.h>

#include "user/lib/bh.h"
#include "user/lib/io.h"

int main(void)
{
	struct bh_memory memory;
	struct timespec now;

	if (clock_gettime(CLOCK_MONOTONIC, &now) < 0)
		err(1, "cannot read the clock");
	printf("up ");
	if (now.tv_sec >= 86400)
		printf("%lld d ", (long long)now.tv_sec / 86400);
	printf("%02d:%02d:%02d.%02d", (int)(now.tv_sec / 3600 % 24), (int)(now.tv_sec / 60 % 60),
	       (int)(now.tv_sec % 60), (int)(now.tv_nsec / 10000000));
	if (bh_info(BH_INFO_MEMORY, 0, &memory, sizeof memory) >= 0)
		printf(", %llu processes", (unsigned long long)memory.processes);
	printf("\n");
	finish(0);
}
