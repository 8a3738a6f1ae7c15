/* t_madvise_all - every advice there is, for every kind of page; and what fork does with pages as it was advised. */
#include "maps.h"

#define COUNT 28 /* numbers of advice that are tried, from -1 on */

enum { POPULATE_READ = 22, POPULATE_WRITE };

static int file;

/* The byte that a child sees there, or -1 if it ends in trying. */
static int seen_by_child(const char *at)
{
	int pid = fork(), status;

	if (pid == 0)
		_exit(*(volatile const char *)at);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Two pages with something in them, the second of which is dropped from the address space if `hole`. */
static char *fresh(int prot, int hole)
{
	char *p = (char *)map(0, 2 * PAGE, RW, ANON);

	p[0] = 5;
	p[PAGE] = 6;
	mprotect(p, 2 * PAGE, prot);
	if (hole)
		munmap(p + PAGE, PAGE);
	return p;
}

static long advise(char *p, long length, int advice)
{
	return sc(SYS_madvise, p, length, advice);
}

/* One line for each advice holds all that Linux said, in signs that differ where an answer does. */
static void try(int advice)
{
	char *rw = fresh(RW, 0), *ro = fresh(PROT_READ, 0), *none = fresh(PROT_NONE, 0), *hole = fresh(RW, 1);
	char *mapped = (char *)sc(SYS_mmap, 0, PAGE, PROT_READ, MAP_PRIVATE, file, 0);
	long said[] = {advise(rw, 2 * PAGE, advice), advise(ro, PAGE, advice), advise(none, PAGE, advice),
		       advise(hole, 2 * PAGE, advice), advise(mapped, PAGE, advice), advise(rw + 1, PAGE, advice),
		       advise(rw, -1, advice), advise((char *)-PAGE, 2 * PAGE, advice),
		       advise((char *)0x7ffffffff000, PAGE, advice)};
	char line[sizeof said / sizeof said[0] + 1] = "";

	for (size_t i = 0; i < sizeof said / sizeof said[0]; i++)
		line[i] = said[i] == 0 ? '.' : said[i] == -EINVAL ? 'i' : said[i] == -ENOMEM ? 'm' :
			  said[i] == -EACCES ? 'a' : said[i] == -EFAULT ? 'f' : '?';
	ok(1, "advice %2d: %s, then the pages hold %d and %d", advice, line, rw[0], rw[PAGE]);
	munmap(rw, 2 * PAGE);
	munmap(ro, 2 * PAGE);
	munmap(none, 2 * PAGE);
	munmap(hole, 2 * PAGE);
	munmap(mapped, PAGE);
}

static void populate(void)
{
	char *p = (char *)map(0, 4 * PAGE, RW, ANON);
	unsigned char present[4];

	eq(advise(p, PAGE, POPULATE_READ), 0, "POPULATE_READ");
	eq(advise(p + PAGE, PAGE + 1, POPULATE_WRITE), 0, "POPULATE_WRITE of a page and a byte");
	eq(sc(SYS_mincore, p, 4 * PAGE, present), 0, "mincore");
	eq(memcmp(present, "\1\1\1\0", 4), 0, "three pages are there");
	eq(p[PAGE], 0, "and are zero");
}

static void forks(void)
{
	char *p = (char *)map(0, 8 * PAGE, RW, ANON);

	for (int i = 0; i < 8; i++)
		p[i * PAGE] = (char)(i + 1);
	eq(advise(p + PAGE, PAGE, MADV_DONTFORK), 0, "DONTFORK");
	eq(advise(p + 3 * PAGE, 2 * PAGE, MADV_WIPEONFORK), 0, "WIPEONFORK");
	eq(seen_by_child(p), 1, "the page before is there");
	eq(seen_by_child(p + PAGE), -1, "the child has no such page");
	eq(seen_by_child(p + 2 * PAGE), 3, "the next is there");
	eq(seen_by_child(p + 3 * PAGE), 0, "a wiped one is zero");
	eq(seen_by_child(p + 4 * PAGE), 0, "the second, too");
	eq(seen_by_child(p + 5 * PAGE), 6, "and no further");
	ok(p[PAGE] == 2 && p[3 * PAGE] == 4 && p[4 * PAGE] == 5, "the parent keeps all");
	eq(advise(p + PAGE, 3 * PAGE, MADV_WIPEONFORK), 0, "both, of one");
	eq(seen_by_child(p + PAGE), -1, "there is no such page");
	eq(advise(p, 8 * PAGE, MADV_DOFORK), 0, "DOFORK");
	eq(seen_by_child(p + PAGE), 0, "there is, but wiped");
	eq(advise(p, 8 * PAGE, MADV_KEEPONFORK), 0, "KEEPONFORK");
	eq(seen_by_child(p + PAGE), 2, "and now as it was");
	eq(advise(p + 2 * PAGE, PAGE, MADV_WIPEONFORK), 0, "WIPEONFORK once more");
	p = (char *)sc(SYS_mremap, p, 8 * PAGE, 16 * PAGE, MREMAP_MAYMOVE);
	eq(p == (void *)-EFAULT, 1, "EFAULT: it is more than one region to mremap");
}

/* A grandchild's page is as wiped as the child's. */
static int wiped_twice(char *p)
{
	int pid = fork(), status;

	if (pid == 0) {
		p[0] = 9;
		_exit(seen_by_child(p));
	}
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

int main(void)
{
	char *p = fresh(RW, 0);

	file = open("/proc/self/exe", O_RDONLY);
	for (int i = -1; i < COUNT; i++)
		if (i != MADV_DONTNEED && i != 25) /* COLLAPSE depends on how Linux was built */
			try(i);
	populate();
	forks();
	eq(advise(p, PAGE, MADV_WIPEONFORK), 0, "WIPEONFORK");
	eq(wiped_twice(p), 0, "is inherited");
	eq(advise(p, 0, MADV_DONTFORK), 0, "no bytes, no advice");
	eq(seen_by_child(p), 0, "the page is still there");
	return tap_done();
}
