/* t_brk_guard - musl's malloc maps a PROT_NONE page over the old break with MAP_FIXED: brk must live with it.
 */
#include "tap.h"

#include <sys/mman.h>

#define RW   (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static void touches(void *address)
{
	*(volatile char *)address = 1;
}

static void guard(char *start)
{
	eq(sc(SYS_brk, start + 2 * PAGE), (long)start + 2 * PAGE, "two pages of break");
	eq((long)mmap(start, PAGE, PROT_NONE, ANON | MAP_FIXED, -1, 0), (long)start,
	   "a guard over the first");
	eq(status_of(touches, start), KILLED(SIGSEGV), "faults");
	start[PAGE] = 5;
	eq(start[PAGE], 5, "the second works");
	eq(sc(SYS_brk, 0), (long)start + 2 * PAGE, "the break is where it was");
	eq(sc(SYS_brk, start + 6 * PAGE), (long)start + 6 * PAGE, "it still grows");
	start[5 * PAGE] = 6;
	eq(start[5 * PAGE], 6, "into usable memory");
	eq(status_of(touches, start), KILLED(SIGSEGV), "the guard stays");
	eq(start[PAGE], 5, "and what was written");
}

/* Several guards and pages in turn, as a growing heap leaves them. */
static void again(char *start)
{
	int good = 1;

	for (int i = 1; i < 5; i++)
		good &= mmap(start + i * 8 * PAGE, PAGE, PROT_NONE, ANON | MAP_FIXED, -1, 0) != MAP_FAILED;
	ok(good, "guards within the break's area");
	for (int i = 1; i < 5; i++)
		good &= status_of(touches, start + i * 8 * PAGE) == KILLED(SIGSEGV) &&
			status_of(touches, start + i * 8 * PAGE + PAGE) == EXITED(0);
	ok(good, "fault, and what lies between them does not");
	eq((long)mmap(start + 8 * PAGE, PAGE, RW, ANON | MAP_FIXED, -1, 0), (long)start + 8 * PAGE,
	   "a guard is replaced by memory");
	start[8 * PAGE] = 1;
	eq(mprotect(start + 16 * PAGE, PAGE, RW), 0, "another one opened by mprotect");
	start[16 * PAGE] = 1;
	eq(start[8 * PAGE] + start[16 * PAGE], 2, "both can be used");
}

int main(void)
{
	char *start = (char *)((sc(SYS_brk, 0) + PAGE - 1) & -PAGE);
	char *p[40];
	int good = 1;

	guard(start);
	sc(SYS_brk, start + 40 * PAGE);
	again(start);
	for (int i = 0; i < 40; i++) {
		p[i] = malloc(1 << (i % 14));
		good &= p[i] != 0;
		if (p[i])
			memset(p[i], i, 1 << (i % 14));
	}
	for (int i = 0; i < 40; i++) {
		good &= p[i][0] == i && p[i][(1 << (i % 14)) - 1] == i;
		free(p[i]);
	}
	ok(good, "malloc beside all that");
	return tap_done();
}
