/* t_mmap_flags - the flags of mmap, one by one: which go together, which grow, which bring pages in; and mincore. */
#include "maps.h"

#include <sys/resource.h>

#ifndef MAP_SHARED_VALIDATE
#define MAP_SHARED_VALIDATE 3
#endif
#define GROWS    (ANON | MAP_GROWSDOWN)
#define GAP      (1l << 20)
#define SYNC     0x80000
#define HUGE(n)  (MAP_HUGETLB | (n) << 26)

static int file;
static unsigned char present[64];

static long map_file(int prot, int flags)
{
	return sc(SYS_mmap, 0, PAGE, prot, flags, file, 0);
}

static void types(void)
{
	ok(map_file(PROT_READ, MAP_SHARED) > 0, "a file, shared");
	ok(map_file(PROT_READ, MAP_SHARED_VALIDATE) > 0, "SHARED_VALIDATE is the same");
	eq(map_file(RW, MAP_SHARED_VALIDATE), -EACCES, "EACCES: it is not open for writing");
	eq(map_file(PROT_READ, MAP_SHARED_VALIDATE | SYNC), -EOPNOTSUPP, "EOPNOTSUPP: SYNC, and it is validated");
	eq(map_file(PROT_READ, MAP_SHARED_VALIDATE | 0x200000), -EOPNOTSUPP, "EOPNOTSUPP: a flag that nobody knows");
	ok(map_file(PROT_READ, MAP_PRIVATE | 0x200000) > 0, "which PRIVATE ignores");
	eq(map(0, PAGE, PROT_READ, MAP_SHARED_VALIDATE | MAP_ANONYMOUS), -EINVAL, "EINVAL: VALIDATE without a file");
	eq(map(0, PAGE, PROT_READ, MAP_ANONYMOUS), -EINVAL, "EINVAL: neither shared nor private");
	eq(map(0, PAGE, PROT_READ, 4 | MAP_ANONYMOUS), -EINVAL, "EINVAL: type 4");
}

static void harmless(void)
{
	static const int flags[] = {MAP_LOCKED, MAP_NORESERVE, MAP_STACK, MAP_POPULATE, MAP_POPULATE | MAP_NONBLOCK,
				    MAP_EXECUTABLE, MAP_DENYWRITE, 0x4000000, SYNC};

	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
		ok(map(0, PAGE, RW, ANON | flags[i]) > 0, "flag %#x may stand beside PRIVATE", flags[i]);
	ok(map(0, PAGE, 0xf8 | PROT_READ, ANON) > 0, "rights that nobody knows are ignored");
	ok(map(0, 4 * PAGE, RW, ANON | MAP_32BIT) + 4 * PAGE <= 1l << 31, "32BIT: below 2 GiB");
	eq(map(0, PAGE, RW, ANON | HUGE(0)), -ENOMEM, "ENOMEM: no large page is set aside");
	eq(map(0, PAGE, RW, ANON | HUGE(21)), -ENOMEM, "of 2 MiB neither");
	eq(map(0, PAGE, RW, ANON | HUGE(5)), -EINVAL, "EINVAL: there are none of 32 bytes");
	eq(map_file(PROT_READ, MAP_PRIVATE | MAP_HUGETLB), -EINVAL, "EINVAL: of a file");
}

static void grows(void)
{
	long area = map(0, 64 * GAP, PROT_NONE, ANON), top = area + 64 * GAP, other;

	eq(map(0, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_GROWSDOWN), -EINVAL, "EINVAL: GROWSDOWN and shared");
	eq(map_file(PROT_READ, MAP_PRIVATE | MAP_GROWSDOWN), -EINVAL, "EINVAL: GROWSDOWN of a file");
	munmap((void *)area, 64 * GAP);
	eq(map(top - PAGE, PAGE, RW, GROWS | MAP_FIXED), top - PAGE, "one page that grows down");
	eq(rights(top - 5 * PAGE), 3, "a child writes four pages lower");
	((volatile char *)top)[-2 * PAGE] = 7;
	eq(((volatile char *)top)[-2 * PAGE], 7, "the next page below is there");
	((volatile char *)top)[-40 * PAGE] = 8;
	eq(sc(SYS_mincore, top - 40 * PAGE, 40 * PAGE, present), 0, "all down to a page that was touched");
	ok(present[0] && !present[1] && !present[37] && present[38], "of which two are present");
	eq(map(top - 50 * GAP, PAGE, RW, ANON | MAP_FIXED_NOREPLACE), top - 50 * GAP, "something below");
	eq(rights(top - 50 * GAP + GAP + 2 * PAGE), 0, "RLIMIT_STACK: no further than 8 MiB");
	eq(map(top - 3 * GAP, PAGE, RW, ANON | MAP_FIXED_NOREPLACE), top - 3 * GAP, "something nearer");
	eq(rights(top - 2 * GAP), 0, "a megabyte stays free above it");
	eq(rights(top - 2 * GAP + PAGE), 3, "and not a page more");
	eq(sc(SYS_mprotect, top - 3 * GAP, PAGE, PROT_NONE), 0, "unless nobody may use it");
	eq(rights(top - 2 * GAP), 3, "then it grows on");
	eq(map(top - 42 * PAGE, PAGE, RW, ANON | MAP_FIXED_NOREPLACE), top - 42 * PAGE, "one just below, insisting");
	eq(munmap((void *)(top - 42 * PAGE), PAGE), 0, "it goes");
	other = map(top - 42 * PAGE, PAGE, RW, ANON);
	ok(other != top - 42 * PAGE && munmap((void *)other, PAGE) == 0, "a mere hint does not");
	eq(map(top - 45 * PAGE, PAGE, PROT_READ, GROWS | MAP_FIXED), top - 45 * PAGE, "one that is read only");
	eq(rights(top - 47 * PAGE), 1, "grows when it is read");
}

static void populates(void)
{
	long at = map(0, 8 * PAGE, RW, ANON | MAP_POPULATE);

	eq(sc(SYS_mincore, at, 8 * PAGE, present), 0, "mincore of POPULATE");
	eq(memcmp(present, "\1\1\1\1\1\1\1\1", 8), 0, "every page is there");
	at = map(0, 8 * PAGE, RW, ANON | MAP_POPULATE | MAP_NONBLOCK);
	eq(sc(SYS_mincore, at, 8 * PAGE, present), 0, "with NONBLOCK");
	eq(memcmp(present, "\0\0\0\0\0\0\0\0", 8), 0, "none is");
	ok(map(0, PAGE, PROT_NONE, ANON | MAP_POPULATE) > 0, "POPULATE of what nobody may read");
}

static void mincore_tells(void)
{
	char *p = (char *)map(0, 8 * PAGE, RW, ANON);

	madvise(p, 8 * PAGE, MADV_NOHUGEPAGE);
	p[PAGE] = p[3 * PAGE] = 1;
	mprotect(p + 3 * PAGE, PAGE, PROT_NONE);
	*(volatile char *)(p + 5 * PAGE);
	memset(present, 7, sizeof present);
	eq(sc(SYS_mincore, p, 8 * PAGE, present), 0, "of eight pages");
	eq(memcmp(present, "\0\1\0\1\0\1\0\0\7", 9), 0, "written, without rights, and read ones are there");
	munmap(p + 4 * PAGE, PAGE);
	memset(present, 7, sizeof present);
	eq(sc(SYS_mincore, p, 8 * PAGE, present), -ENOMEM, "ENOMEM: a hole");
	eq(memcmp(present, "\0\1\0\1\7\7\7\7", 8), 0, "what is before it is told");
	eq(sc(SYS_mincore, p + 4 * PAGE, PAGE, present), -ENOMEM, "ENOMEM: nothing but a hole");
	eq(sc(SYS_mincore, p + 1, PAGE, present), -EINVAL, "EINVAL: a crooked address");
	eq(sc(SYS_mincore, p, 0, BAD_POINTER), 0, "no page, no vector");
	eq(sc(SYS_mincore, p, 1, present), 0, "one byte is a page");
	eq(sc(SYS_mincore, p, PAGE, BAD_POINTER), -EFAULT, "EFAULT");
	eq(sc(SYS_mincore, p, PAGE, -1l), -EFAULT, "EFAULT: outside");
	eq(sc(SYS_mincore, p, -PAGE, present), -ENOMEM, "ENOMEM: a length that wraps");
	eq(sc(SYS_mincore, 0x7ffffffff000, PAGE, present), -ENOMEM, "ENOMEM: the end of user space");
	eq(sc(SYS_mincore, 0xffff800000000000, PAGE, present), -ENOMEM, "ENOMEM: the kernel's");
	p = (char *)map_file(PROT_READ, MAP_PRIVATE);
	present[0] = 0;
	eq(sc(SYS_mincore, p, PAGE, present), 0, "of a file");
	eq(present[0], 1, "that is in memory");
}

int main(void)
{
	setrlimit(RLIMIT_STACK, &(struct rlimit){8 * GAP, RLIM_INFINITY});
	file = open("/proc/self/exe", O_RDONLY);
	types();
	harmless();
	grows();
	populates();
	mincore_tells();
	return tap_done();
}
