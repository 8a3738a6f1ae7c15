/* t_stack_guard - between what grows down and other mappings a megabyte stays free, whoever came first. */
#include "maps.h"

#define GAP   (1 << 20) /* 256 pages on both */
#define GROWS (ANON | MAP_GROWSDOWN)

static long top;

/* Clear of the stack that begins at `low`. */
static int apart(long p, long length, long low)
{
	return p > 0 && (p >= top || p + length <= low - GAP);
}

static int maps_apart(long hint, long length, long low)
{
	long p = map(hint, length, RW, ANON);
	int good = apart(p, length, low);

	sc(SYS_munmap, p, length);
	return good;
}

static void touch(long p)
{
	*(volatile char *)p = 1;
}

static void mappings_keep_away(void)
{
	static const long lengths[] = {PAGE, 2 * PAGE, GAP - PAGE, GAP, 3 * GAP};
	long low = top - PAGE, p;

	for (int i = 0; i < 5; i++)
		ok(maps_apart(0, lengths[i], low), "a new mapping keeps away, size %d", i);
	for (int i = 0; i < 5; i++)
		ok(maps_apart(low - lengths[i], lengths[i], low), "also if it wants to be there, size %d", i);
	touch(low - 20 * PAGE);
	low -= 20 * PAGE;
	ok(maps_apart(0, PAGE, low), "the stack has grown: a new mapping keeps away from where it is now");
	ok(maps_apart(low - GAP, PAGE, low), "a page nearer is too near");
	p = map(low - GAP - PAGE, PAGE, RW, ANON);
	eq(p, low - GAP - PAGE, "just a megabyte away is a place");
	eq(rights(low - PAGE), 0, "now the stack cannot grow");
	eq(rights(low), 3, "what it has stays");
	p = sc(SYS_mremap, p, PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, low - GAP - 4 * PAGE);
	eq(p, low - GAP - 4 * PAGE, "what is below moves down");
	eq(rights(low - 2 * PAGE), 3, "and the stack has two pages more");
	eq(rights(low - 3 * PAGE), 0, "and no third");
	sc(SYS_munmap, p, 2 * PAGE);
}

/* Who insists is responsible. */
static void insisting(void)
{
	long low = top - 21 * PAGE, p = map(low - 10 * PAGE, PAGE, RW, ANON | MAP_FIXED);

	eq(p, low - 10 * PAGE, "MAP_FIXED may come nearer");
	eq(rights(low - PAGE), 0, "but the stack does not");
	eq(sc(SYS_mprotect, p, PAGE, PROT_NONE), 0, "unless nobody may use what is there");
	eq(rights(low - PAGE), 3, "then it does");
	eq(rights(low - 9 * PAGE), 3, "down to that");
	eq(rights(low - 10 * PAGE), 0, "and no further");
	sc(SYS_munmap, p, PAGE);
}

static int __attribute__((noinline)) deep(int depth, volatile char *above)
{
	volatile char frame[1024];

	frame[0] = above[0];
	if (depth == 0)
		return frame[0];
	return deep(depth - 1, frame) + frame[0];
}

/* The main stack, with a megabyte of something two megabytes below. */
static void recursion(void *depth)
{
	char first = 0;
	long here = (long)&first & -PAGE;

	if (map(here - 3 * GAP, GAP, RW, ANON | MAP_FIXED_NOREPLACE) < 0)
		_exit(1);
	_exit(deep(*(int *)depth, &first));
}

int main(void)
{
	long area = map(0, 64 * GAP, PROT_NONE, ANON);

	top = area + 64 * GAP;
	sc(SYS_munmap, area, 64 * GAP);
	eq(map(top - PAGE, PAGE, RW, GROWS | MAP_FIXED), top - PAGE, "one page that grows down");
	mappings_keep_away();
	insisting();
	eq(status_of(recursion, &(int){500}), EXITED(0), "recursion by half a megabyte");
	eq(status_of(recursion, &(int){2400}), KILLED(SIGSEGV), "it does not come to what is below the stack");
	return tap_done();
}
