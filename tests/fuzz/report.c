/*
 * report.c - what process 1 counts: per row successes and errnos, and what exists in the kernel.
 */
#include "fuzz.h"

#include <mqueue.h>

#define ERRORS 256

uint64_t successes[ROWS_MAX], calls_counted;
static uint32_t errors[ROWS_MAX][ERRORS];

void report_touch(void)
{
	memset(errors, 0, sizeof errors);
	memset(successes, 0, sizeof successes);
}

void count_result(const struct result *r)
{
	if (r->row >= row_count || r->error < 0 || r->error >= ERRORS)
		return;
	calls_counted++;
	if (r->error)
		errors[r->row][r->error]++;
	else
		successes[r->row]++;
}

static void error_print(int error, uint32_t times)
{
	if (error == KILLED)
		printf(" killed:%u", times);
	else
		printf(" %d:%u", error, times);
}

int report_print(uint64_t least)
{
	int few = 0;

	for (int r = 0; r < row_count; r++) {
		printf("%-17s %8lu", rows[r].name, successes[r]);
		for (int e = 0; e < ERRORS; e++)
			if (errors[r][e])
				error_print(e, errors[r][e]);
		printf("\n");
		few += successes[r] < least;
	}
	return few;
}

struct existing existing_now(void)
{
	static struct bh_counter counters[64];
	struct existing now = {0};
	struct bh_memory memory = {0};
	long size = call(SYS_bh_info, BH_INFO_COUNTERS, 0, counters, sizeof counters);
	static const char *const names[] = {"frames-held", "objects", "handles", "queues"};
	uint64_t *const values[] = {&now.frames, &now.objects, &now.handles, &now.queues};

	call(SYS_bh_info, BH_INFO_MEMORY, 0, &memory, sizeof memory);
	now.processes = memory.processes;
	for (long i = 0; i < size / (long)sizeof *counters; i++)
		for (size_t n = 0; n < COUNT(names); n++)
			if (!strcmp(counters[i].name, names[n]))
				*values[n] = counters[i].value;
	return now;
}

int existing_differs(const struct existing *before, const struct existing *now)
{
	if (!memcmp(before, now, sizeof *now))
		return 0;
	printf("leak: frames %ld, objects %ld, handles %ld, queues %ld, processes %ld\n", now->frames - before->frames,
	       now->objects - before->objects, now->handles - before->handles, now->queues - before->queues,
	       now->processes - before->processes);
	return 1;
}
