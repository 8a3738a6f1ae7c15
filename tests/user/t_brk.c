/* t_brk - the program break: asked, moved up and down, refused; and musl's guard page over its old place. */
#include "tap.h"

#include <sys/mman.h>

static long brk_to(long address)
{
	return sc(SYS_brk, address);
}

static long start;

static void touches(void *address)
{
	*(volatile char *)address = 1;
}

static void moving(void)
{
	char *p = (char *)start;
	int zero = 1;

	eq(brk_to(0), start, "asking twice gives the same");
	eq(brk_to(start + 3 * PAGE), start + 3 * PAGE, "up by three pages");
	for (int i = 0; i < 3 * PAGE; i++)
		zero &= p[i] == 0;
	ok(zero, "the new memory is zero");
	memset(p, 1, 3 * PAGE);
	eq(brk_to(start + PAGE), start + PAGE, "down by two");
	eq(p[0], 1, "what is below stays");
	eq(status_of(touches, p + PAGE), KILLED(SIGSEGV), "what is above is gone");
	eq(brk_to(start + 3 * PAGE), start + 3 * PAGE, "up again");
	eq(p[PAGE], 0, "memory given back returns as zero");
	eq(brk_to(start + 100), start + 100, "to an odd place");
	p[99] = 3;
	eq(brk_to(start + 200), start + 200, "and on within the page");
	eq(p[99], 3, "the page stays");
	eq(brk_to(start), start, "back to the start");
}

static void refused(void)
{
	eq(brk_to(start + PAGE), start + PAGE, "up by a page");
	eq(brk_to(1), start + PAGE, "an address far below changes nothing");
	eq(brk_to(-1), start + PAGE, "nor does the highest one");
	eq(brk_to((long)bad_pointers[2]), start + PAGE, "nor a kernel address");
	eq(brk_to(0x7fffffffe000), start + PAGE, "nor the top of user space");
	eq(brk_to(0), start + PAGE, "as can be asked");
	eq(brk_to(start), start, "back to the start");
}

static void child_moves(void *unused)
{
	(void)unused;
	if (brk_to(0) != start + PAGE || *(char *)start != 8)
		_exit(1);
	*(char *)start = 9;
	_exit(brk_to(start + 5 * PAGE) != start + 5 * PAGE);
}

static void forked(void)
{
	brk_to(start + PAGE);
	*(char *)start = 8;
	eq(status_of(child_moves, 0), EXITED(0), "a child inherits the break and moves its own");
	eq(brk_to(0), start + PAGE, "the parent's stays");
	eq(*(char *)start, 8, "with its content");
	brk_to(start);
}

/* A mapping in the way stops the break from growing over it. */
static void obstacle(void)
{
	void *at = (void *)(start + 8 * PAGE);
	char *p = mmap(at, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	*p = 11;
	eq(brk_to(start + 4 * PAGE), start + 4 * PAGE, "up below a mapping");
	eq(brk_to(start + 16 * PAGE), start + 4 * PAGE, "but not over it");
	eq(*p, 11, "the mapping is unharmed");
	munmap(p, PAGE);
	eq(brk_to(start + 16 * PAGE), start + 16 * PAGE, "when it is gone the way is free");
	brk_to(start);
}

int main(void)
{
	start = (brk_to(0) + PAGE - 1) & -PAGE;
	brk_to(start);
	ok(start > 0, "there is a break");
	moving();
	refused();
	forked();
	obstacle();
	return tap_done();
}
