/* t_brk_edges - the break below its start, within a page, beside and over mappings, over holes, under RLIMIT_DATA. */
#include "tap.h"

#include <sys/mman.h>
#include <sys/resource.h>

#define RW   (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static long first; /* where the break was at the start */
static char *start; /* the page boundary there or next above */

static long brk_to(void *address)
{
	return sc(SYS_brk, address);
}

static char *page(int n)
{
	return start + n * PAGE;
}

static void touches(void *address)
{
	*(volatile char *)address = 1;
}

static int there(void *address)
{
	return status_of(touches, address) == EXITED(0);
}

static void lower_end(void)
{
	long high = (long)page(2);

	eq(brk_to(page(2)), high, "two pages");
	eq(brk_to((void *)(first - 1)), high, "a byte below the first break changes nothing");
	eq(brk_to((void *)(first - PAGE)), high, "nor a page below it");
	eq(brk_to((void *)first), first, "the first break itself is in reach");
	ok(!there(page(0)), "and all is gone");
	eq(brk_to((void *)first), first, "once more changes nothing");
}

/* What is given back are whole pages: within one the bytes stay, even those above the break. */
static void within_a_page(void)
{
	int zero = 1;

	brk_to(page(2));
	memset(page(0), 'a', 2 * PAGE);
	eq(brk_to(page(1) + 1), (long)page(1) + 1, "down to one byte in the second page");
	eq(page(1)[PAGE - 1], 'a', "bytes above the break stay");
	eq(brk_to(page(1)), (long)page(1), "down to its beginning");
	ok(!there(page(1)), "and it is gone");
	eq(brk_to(page(1) + 1), (long)page(1) + 1, "up by one byte");
	for (int i = 0; i < PAGE; i++)
		zero &= page(1)[i] == 0;
	ok(zero, "a whole page of zeros");
	ok(!there(page(2)), "and no more");
	eq(brk_to(page(2)), (long)page(2), "to its end");
	ok(!there(page(2)), "still no more");
	eq(page(0)[0], 'a', "the first page was left alone");
	brk_to(start);
}

/* The break keeps a page away from the next mapping. */
static void beside_a_mapping(int prot)
{
	brk_to(start);
	mmap(page(8), PAGE, prot, ANON | MAP_FIXED, -1, 0);
	eq(brk_to(page(7)), (long)page(7), "up to a page below a mapping");
	eq(brk_to(page(7) + 1), (long)page(7), "not a byte further");
	eq(brk_to(page(8)), (long)page(7), "nor up to it");
	eq(brk_to(page(9)), (long)page(7), "nor over it");
	ok(there(page(6)) && !there(page(7)), "as memory shows");
	munmap(page(8), PAGE);
	eq(brk_to(page(9)), (long)page(9), "when it is gone, the way is free");
	brk_to(start);
}

/* Going down takes what is in the way, whoever mapped it. */
static void over_a_mapping(void)
{
	brk_to(page(6));
	memset(start, 'h', 6 * PAGE);
	eq((long)mmap(page(3), PAGE, PROT_READ, ANON | MAP_FIXED, -1, 0), (long)page(3), "a mapping in the heap");
	eq(brk_to(page(7)), (long)page(7), "the break moves on above it");
	eq(page(3)[0], 0, "it stays");
	eq(brk_to(page(2)), (long)page(2), "down below it");
	eq((long)mmap(page(3), PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0), (long)page(3), "its place is free");
	munmap(page(3), PAGE);
	eq(start[2 * PAGE - 1], 'h', "what is below the break stays");
	brk_to(start);
}

static void holes(void)
{
	brk_to(page(4));
	memset(start, 'h', 4 * PAGE);
	munmap(page(1), PAGE);
	munmap(page(3), PAGE);
	eq(brk_to(0), (long)page(4), "holes leave the break where it is");
	eq(brk_to(page(4)), (long)page(4), "to the same place");
	ok(!there(page(1)) && !there(page(3)), "fills none");
	eq(brk_to(page(5)), (long)page(5), "on above a hole at the end");
	ok(!there(page(3)) && there(page(4)), "adds what is new");
	eq(brk_to(page(3)), (long)page(3), "down to the hole");
	eq(brk_to(page(5)), (long)page(5), "and up again");
	ok(there(page(3)) && there(page(4)), "fills it");
	eq(page(3)[5], 0, "with zeros");
	eq(page(2)[5], 'h', "the rest is as it was");
	brk_to(start);
}

static void rights(void)
{
	brk_to(page(3));
	memset(start, 'r', 3 * PAGE);
	mprotect(start, 3 * PAGE, PROT_READ);
	eq(brk_to(page(4)), (long)page(4), "on above memory that can only be read");
	ok(!there(page(2)) && there(page(3)), "what is new can be written, the old stays as it was");
	eq(brk_to(page(1)), (long)page(1), "down");
	eq(brk_to(page(2)), (long)page(2), "and up");
	ok(!there(page(0)) && there(page(1)), "what is new can be written");
	brk_to(start);
}

static long limited(void *unused)
{
	struct rlimit l;

	(void)unused;
	if (brk_to(page(4)) != (long)page(4) || getrlimit(RLIMIT_DATA, &l))
		return 1;
	l.rlim_cur = 0;
	if (setrlimit(RLIMIT_DATA, &l))
		return 2;
	if (brk_to(page(5)) != (long)page(4) || brk_to(page(4) + 1) != (long)page(4))
		return 3;
	if (brk_to(page(3)) != (long)page(4) || !there(page(3))) /* the limit is looked at first, also downward */
		return 4;
	if (brk_to(0) != (long)page(4) || brk_to((void *)(first - 1)) != (long)page(4))
		return 5;
	l.rlim_cur = l.rlim_max;
	if (setrlimit(RLIMIT_DATA, &l))
		return 6;
	return brk_to(page(5)) == (long)page(5) ? 0 : 7;
}

static void large(void)
{
	char *far = start + (48l << 20);
	int good = 1;

	eq(brk_to(far), (long)far, "48 MiB");
	for (char *p = start; p < far; p += 4l << 20)
		good &= p[0] == 0 && p[PAGE - 1] == 0 && (p[0] = 1);
	ok(good, "zero where they are touched");
	eq(brk_to(start + 100), (long)start + 100, "down to 100 bytes");
	eq(brk_to(far), (long)far, "up again");
	for (char *p = start + (4l << 20); p < far; p += 4l << 20)
		good &= p[0] == 0;
	ok(good && start[0] == 1, "zero but for the first page");
	brk_to(start);
}

int main(void)
{
	first = brk_to(0);
	start = (char *)((first + PAGE - 1) & -PAGE);
	lower_end();
	within_a_page();
	beside_a_mapping(RW);
	beside_a_mapping(PROT_NONE);
	over_a_mapping();
	holes();
	rights();
	eq(in_child(limited, 0), 0, "RLIMIT_DATA 0: neither up nor down, and nothing is lost");
	large();
	return tap_done();
}
