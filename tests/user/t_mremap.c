/* t_mremap - mappings that shrink, grow and move with their pages; what stays behind; each errno. */
#include "tap.h"

#include <sys/mman.h>

#define RW   (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define MOVE MREMAP_MAYMOVE
#define FIX  (MREMAP_MAYMOVE | MREMAP_FIXED)
#define KEEP (MREMAP_MAYMOVE | MREMAP_DONTUNMAP)

static char *map(long pages, int prot)
{
	return (char *)sc(SYS_mmap, 0, pages * PAGE, prot, ANON, -1, 0);
}

/* `pages` with a hole of `pages` behind them, and nothing of ours before. */
static char *island(long pages)
{
	char *p = map(3 * pages, RW);

	munmap(p, pages * PAGE);
	munmap(p + 2 * pages * PAGE, pages * PAGE);
	return p + pages * PAGE;
}

static void fill(char *p, long pages)
{
	for (long i = 0; i < pages; i++)
		p[i * PAGE + 7] = 'a' + i;
}

static int filled(const char *p, long pages)
{
	for (long i = 0; i < pages; i++)
		if (p[i * PAGE + 7] != 'a' + i || p[i * PAGE + 8])
			return 0;
	return 1;
}

static int zero(const char *p, long pages)
{
	for (long i = 0; i < pages * PAGE; i++)
		if (p[i])
			return 0;
	return 1;
}

static void read_it(void *p)
{
	_exit(*(volatile char *)p ? 1 : 2);
}

static void write_it(void *p)
{
	*(volatile char *)p = 1;
	_exit(1);
}

static int gone(char *p)
{
	return status_of(read_it, p) == KILLED(SIGSEGV);
}

static void in_place(void)
{
	char *p = island(4);

	fill(p, 4);
	eq(sc(SYS_mremap, p, 4 * PAGE, 4 * PAGE, 0, 0), (long)p, "the same size is the same place");
	eq(sc(SYS_mremap, p, 4 * PAGE, 2 * PAGE, 0, 0), (long)p, "shrinking stays in place");
	ok(filled(p, 2) && gone(p + 2 * PAGE) && gone(p + 3 * PAGE), "and unmaps the rest");
	eq(sc(SYS_mremap, p, 2 * PAGE, 5 * PAGE, 0, 0), (long)p, "growing into a hole stays in place");
	ok(filled(p, 2) && zero(p + 2 * PAGE, 3), "and what is new is zero");
	p[5 * PAGE - 1] = 1;
	eq(sc(SYS_mremap, p, 5 * PAGE - 100, 2 * PAGE - 4000, 0, 0), (long)p, "lengths are rounded up to pages");
	ok(filled(p, 2) && gone(p + 2 * PAGE), "both");
	munmap(p, 2 * PAGE);
}

static void must_move(void)
{
	char *p = map(6, RW), *q;

	fill(p, 6);
	mprotect(p + 2 * PAGE, 4 * PAGE, PROT_READ);
	eq(sc(SYS_mremap, p, 2 * PAGE, 4 * PAGE, 0, 0), -ENOMEM,
	   "ENOMEM: something is in the way, and it may not move");
	ok(filled(p, 6), "nothing has changed");
	q = (char *)sc(SYS_mremap, p, 2 * PAGE, 4 * PAGE, MOVE, 0);
	ok(q != p && (long)q > 0, "with MAYMOVE it moves");
	ok(filled(q, 2) && zero(q + 2 * PAGE, 2), "its pages come along, new ones are zero");
	ok(gone(p) && gone(p + PAGE), "nothing stays behind");
	p += 2 * PAGE;
	ok(p[7] == 'c' && status_of(write_it, p) == KILLED(SIGSEGV), "what was in the way is as before");
	munmap(p, 4 * PAGE);
	munmap(q, 4 * PAGE);
}

static void middle(void)
{
	char *p = map(5, RW), *q;

	fill(p, 5);
	q = (char *)sc(SYS_mremap, p + PAGE, 2 * PAGE, 3 * PAGE, MOVE, 0);
	ok((long)q > 0 && q[7] == 'b' && q[PAGE + 7] == 'c' && zero(q + 2 * PAGE, 1), "pages out of the middle");
	ok(p[7] == 'a' && gone(p + PAGE) && gone(p + 2 * PAGE) && p[3 * PAGE + 7] == 'd', "leave a hole of their size");
	munmap(p, 5 * PAGE);
	munmap(q, 3 * PAGE);
}

static void fixed(void)
{
	char *p = map(4, RW), *to = island(8);

	fill(p, 4);
	memset(to, 'x', 8 * PAGE);
	eq(sc(SYS_mremap, p, 2 * PAGE, 2 * PAGE, FIX, to + PAGE), (long)(to + PAGE), "FIXED moves onto other pages");
	ok(to[0] == 'x' && filled(to + PAGE, 2) && to[3 * PAGE] == 'x', "and replaces just those");
	ok(gone(p) && gone(p + PAGE) && p[2 * PAGE + 7] == 'c', "the rest of the old mapping stays");
	eq(sc(SYS_mremap, p + 2 * PAGE, 2 * PAGE, PAGE, FIX, to + 4 * PAGE), (long)(to + 4 * PAGE),
	   "FIXED and smaller");
	ok(to[4 * PAGE + 7] == 'c' && to[5 * PAGE] == 'x' && gone(p + 2 * PAGE) && gone(p + 3 * PAGE),
	   "drops the tail");
	eq(sc(SYS_mremap, to, PAGE, 3 * PAGE, FIX, to + 5 * PAGE), (long)(to + 5 * PAGE), "FIXED and larger");
	ok(to[5 * PAGE] == 'x' && zero(to + 6 * PAGE, 2) && gone(to), "brings new pages");
	munmap(to, 8 * PAGE);
}

static void rights(void)
{
	char *p = map(3, RW), *q;

	fill(p, 3);
	mprotect(p, PAGE, PROT_READ);
	mprotect(p + 2 * PAGE, PAGE, PROT_NONE);
	q = (char *)sc(SYS_mremap, p, PAGE, 3 * PAGE, MOVE, 0);
	ok(filled(q, 1) && status_of(write_it, q) == KILLED(SIGSEGV), "read-only pages stay read-only");
	eq(status_of(write_it, q + 2 * PAGE), KILLED(SIGSEGV), "and so do those that are new");
	munmap(q, 3 * PAGE);
	q = (char *)sc(SYS_mremap, p + 2 * PAGE, PAGE, 2 * PAGE, MOVE, 0);
	ok((long)q > 0 && gone(q), "pages without any rights stay so");
	mprotect(q, PAGE, PROT_READ);
	ok(q[7] == 'c', "and keep what is in them");
	munmap(q, 2 * PAGE);
	munmap(p, 3 * PAGE);
}

static char *shared_page;

static long move_in_child(void *unused)
{
	char *q = (char *)sc(SYS_mremap, shared_page, 2 * PAGE, 4 * PAGE, MOVE, 0);

	(void)unused;
	if (!filled(q, 2))
		return -1;
	q[7] = 'z';
	return q[7] == 'z' && gone(shared_page);
}

static void after_fork(void)
{
	shared_page = map(3, RW);
	fill(shared_page, 3);
	mprotect(shared_page + 2 * PAGE, PAGE, PROT_READ);
	eq(in_child(move_in_child, 0), 1, "a child moves what it shares, and writes to it");
	ok(filled(shared_page, 3), "the parent sees nothing of that");
	munmap(shared_page, 3 * PAGE);
}

static void dont_unmap(void)
{
	char *p = map(2, RW), *to = map(2, RW), *q;
	int empty;

	fill(p, 2);
	q = (char *)sc(SYS_mremap, p, 2 * PAGE, 2 * PAGE, KEEP, 0);
	empty = zero(p, 2); /* at once, before anything else could flush the TLB */
	ok((long)q > 0 && q != p && filled(q, 2), "DONTUNMAP moves the pages");
	ok(empty && zero(p, 2), "the old mapping is still there, and zero");
	fill(p, 2);
	eq(sc(SYS_mremap, p, 2 * PAGE, 2 * PAGE, KEEP | MREMAP_FIXED, to), (long)to, "to a fixed place, too");
	ok(filled(to, 2) && zero(p, 2) && filled(q, 2), "with the same effect");
	eq(sc(SYS_mremap, p, 2 * PAGE, 3 * PAGE, KEEP, 0), -EINVAL, "EINVAL: DONTUNMAP and another size");
	eq(sc(SYS_mremap, p, 2 * PAGE, 2 * PAGE, MREMAP_DONTUNMAP, 0), -EINVAL, "EINVAL: DONTUNMAP without MAYMOVE");
	munmap(p, 2 * PAGE);
	munmap(q, 2 * PAGE);
	munmap(to, 2 * PAGE);
}

/* mkbad.py's "data": byte i is (7 * i + i / 256) & 255, for 10,000 bytes. */
static int is_data(const char *p, long from, long to)
{
	for (long i = from; i < to; i++)
		if ((unsigned char)p[i - from] != ((7 * i + i / 256) & 255))
			return 0;
	return 1;
}

static void files(const char *directory)
{
	char path[300], *p, *q;
	int fd;

	snprintf(path, sizeof path, "%s/bad/data", directory);
	fd = open(path, O_RDONLY);
	p = (char *)sc(SYS_mmap, 0, 2 * PAGE, RW, MAP_PRIVATE, fd, 0);
	p[5] = 1;
	q = (char *)sc(SYS_mremap, p, PAGE, 4 * PAGE, MOVE, 0);
	ok((long)q > 0 && q[5] == 1 && is_data(q + 6, 6, 10000), "a file's mapping grows to more of the file");
	ok(zero(q + 10000, 0) && !q[10000] && !q[3 * PAGE - 1], "zero behind its end");
	eq(status_of(read_it, q + 3 * PAGE), KILLED(SIGBUS), "SIGBUS on a page wholly behind it");
	p += PAGE;
	eq(sc(SYS_mremap, p, PAGE, PAGE, FIX, q), (long)q, "its tail moves on its own");
	ok(is_data(q, PAGE, 2 * PAGE) && is_data(q + PAGE, PAGE, 2 * PAGE), "and keeps its place in the file");
	munmap(q, 4 * PAGE);
	close(fd);
}

static void many_pages(void)
{
	char *p = map(3000, RW), *q;
	int good = 1;

	for (int i = 0; i < 3000; i += 3)
		memcpy(p + i * PAGE, &i, sizeof i);
	q = (char *)sc(SYS_mremap, p, 3000 * PAGE, 3500L * PAGE, MOVE, 0);
	for (int i = 0; i < 3000; i++)
		good &= *(int *)(q + i * PAGE) == (i % 3 ? 0 : i);
	ok(good && zero(q + 3400 * PAGE, 1), "3,000 pages, a third of them in use");
	munmap(q, 3500L * PAGE);
}

static void errnos(void)
{
	char *p = map(4, RW), *hole = island(4);
	long top = 0x7ffffffff000;

	munmap(hole, 4 * PAGE);
	fill(p, 4);
	eq(sc(SYS_mremap, p, PAGE, PAGE, 8, 0), -EINVAL, "EINVAL: an unknown flag");
	eq(sc(SYS_mremap, p, PAGE, PAGE, MREMAP_FIXED, hole), -EINVAL, "EINVAL: FIXED without MAYMOVE");
	eq(sc(SYS_mremap, p + 1, PAGE, PAGE, 0, 0), -EINVAL, "EINVAL: an address within a page");
	eq(sc(SYS_mremap, p, PAGE, 0, MOVE, 0), -EINVAL, "EINVAL: no length");
	eq(sc(SYS_mremap, p, PAGE, -1, MOVE, 0), -EINVAL, "EINVAL: a length that wraps to none");
	eq(sc(SYS_mremap, p, 0, PAGE, MOVE, 0), -EINVAL, "EINVAL: another view of private pages");
	eq(sc(SYS_mremap, p, 2 * PAGE, PAGE, FIX, hole + 1), -EINVAL, "EINVAL: to within a page");
	eq(sc(SYS_mremap, p, 2 * PAGE, 2 * PAGE, FIX, p + PAGE), -EINVAL, "EINVAL: onto itself");
	eq(sc(SYS_mremap, p, 2 * PAGE, 2 * PAGE, FIX, p), -EINVAL, "EINVAL: exactly onto itself");
	eq(sc(SYS_mremap, p + PAGE, PAGE, 2 * PAGE, FIX, p), -EINVAL, "EINVAL: onto its beginning");
	eq(sc(SYS_mremap, p, PAGE, PAGE, FIX, top), -EINVAL, "EINVAL: beyond the end of user space");
	eq(sc(SYS_mremap, p, PAGE, 2 * PAGE, FIX, top - PAGE), -EINVAL, "EINVAL: across it");
	eq(sc(SYS_mremap, hole, PAGE, 2 * PAGE, MOVE, 0), -EFAULT, "EFAULT: nothing is mapped there");
	eq(sc(SYS_mremap, hole, PAGE, PAGE, 0, 0), -EFAULT, "EFAULT: even if nothing is to change");
	eq(sc(SYS_mremap, p, 5000 * PAGE, 5001 * PAGE, MOVE, 0), -EFAULT, "EFAULT: longer than the mapping, growing");
	mprotect(p + 2 * PAGE, 2 * PAGE, PROT_READ);
	eq(sc(SYS_mremap, p, 3 * PAGE, 4 * PAGE, MOVE, 0), -EFAULT, "EFAULT: across two mappings");
	for (int i = 0; i < BAD_POINTERS; i++)
		eq(sc(SYS_mremap, (long)bad_pointers[i] & -PAGE, PAGE, 2 * PAGE, MOVE, 0), -EFAULT,
		   "EFAULT: pointer %d", i);
	ok(filled(p, 4) && gone(hole), "after all this nothing has changed");
	eq(sc(SYS_mremap, p, 4 * PAGE, PAGE, 0, 0), (long)p, "shrinking may reach across mappings");
	ok(filled(p, 1) && gone(p + PAGE) && gone(p + 2 * PAGE), "and unmaps all of them");
	munmap(p, PAGE);
}

int main(int argc, char **argv)
{
	in_place();
	must_move();
	middle();
	fixed();
	rights();
	after_fork();
	dont_unmap();
	files(argc > 1 ? argv[1] : "/tests");
	many_pages();
	errnos();
	return tap_done();
}
