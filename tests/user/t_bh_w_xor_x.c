/*
 * t_bh_w_xor_x - what could be written once never executes, and what could execute is never written, whichever way a
 * page goes in between. On Linux all of it is allowed.
 */
/* suite: bulkhead only */
#include "maps.h"

#define RX (PROT_READ | PROT_EXEC)

static const char *directory = "/tests";

static long protect(long p, int prot)
{
	return sc(SYS_mprotect, p, PAGE, prot);
}

static void written(void)
{
	long p = map(0, PAGE, RW, ANON);

	*(char *)p = 1;
	eq(protect(p, RX), -EACCES, "EACCES: writable, then executable");
	eq(rights(p), 3, "it is as before");
	eq(protect(p, PROT_EXEC), -EACCES, "EACCES: without the right to read");
	eq(protect(p, PROT_READ), 0, "read-only, as a linker does with what it has relocated");
	eq(protect(p, RX), -EACCES, "EACCES: then executable");
	eq(protect(p, PROT_NONE), 0, "no rights");
	eq(protect(p, RX), -EACCES, "EACCES: then executable");
	eq(protect(p, RW), 0, "writable again");
	p = map(0, PAGE, PROT_NONE, ANON);
	eq(protect(p, PROT_WRITE), 0, "made writable by mprotect, and never written");
	eq(protect(p, RX), -EACCES, "EACCES: then executable");
}

static void executed(void)
{
	long p = map(0, PAGE, RX, ANON);

	eq(protect(p, RW), -EACCES, "EACCES: executable, then writable");
	eq(rights(p), 1, "it is as before");
	eq(protect(p, PROT_READ), 0, "read-only");
	eq(protect(p, RW), -EACCES, "EACCES: then writable");
	eq(protect(p, PROT_NONE), 0, "no rights");
	eq(protect(p, PROT_WRITE), -EACCES, "EACCES: then writable");
	eq(protect(p, RX), 0, "executable again");
	p = map(0, PAGE, PROT_READ, ANON);
	eq(protect(p, RX), 0, "made executable by mprotect");
	eq(protect(p, RW), -EACCES, "EACCES: then writable");
}

static void of_a_file(void)
{
	char path[300];
	int fd;
	long p;

	snprintf(path, sizeof path, "%s/bad/good", directory);
	fd = open(path, O_RDONLY);
	p = sc(SYS_mmap, 0, PAGE, PROT_READ, MAP_PRIVATE, fd, PAGE);
	eq(protect(p, RX), 0, "a file's page: read-only, then executable");
	eq(protect(p, RW), -EACCES, "EACCES: then writable");
	p = sc(SYS_mmap, 0, PAGE, PROT_READ, MAP_PRIVATE, fd, PAGE);
	eq(protect(p, RW), 0, "another: read-only, then writable");
	eq(protect(p, PROT_READ), 0, "then read-only");
	eq(protect(p, RX), -EACCES, "EACCES: then executable");
	close(fd);
}

/* mprotect of a part makes three regions of one; each remembers. */
static void parts(void)
{
	long p = map(0, 3 * PAGE, RW, ANON), q = map(0, 3 * PAGE, RX, ANON);

	protect(p + PAGE, PROT_READ);
	protect(q + PAGE, PROT_READ);
	for (int i = 0; i < 3; i++) {
		eq(protect(p + i * PAGE, RX), -EACCES, "EACCES: writable, in three parts, part %d", i);
		eq(protect(q + i * PAGE, RW), -EACCES, "EACCES: executable, in three parts, part %d", i);
	}
}

/* Three neighbours with the same rights and another past each: they do not become one. */
static void neighbours(void)
{
	long p = map(0, 3 * PAGE, PROT_READ, ANON);

	protect(p, RW);
	protect(p, PROT_READ);
	protect(p + 2 * PAGE, RX);
	protect(p + 2 * PAGE, PROT_READ);
	eq(sc(SYS_mprotect, p, 3 * PAGE, RX), -EACCES, "EACCES: over all three, the first was writable");
	eq(rights(p), 1, "nothing has changed");
	eq(sc(SYS_mprotect, p, 3 * PAGE, RW), -EACCES, "EACCES: the last was executable");
	ok(rights(p) == 3 && rights(p + PAGE) == 3 && rights(p + 2 * PAGE) == 1, "what is before that is done");
	eq(sc(SYS_mprotect, p, 3 * PAGE, PROT_READ), 0, "to take rights is always allowed");
	sc(SYS_munmap, p + PAGE, PAGE);
	eq(sc(SYS_mprotect, p, 3 * PAGE, RW), -ENOMEM, "ENOMEM: a hole before it comes first");
	eq(sc(SYS_mprotect, p, 3 * PAGE, RX), -EACCES, "EACCES: before the hole");
}

struct two {
	long written, executed;
};

static struct two two_pages(void)
{
	struct two t = {map(0, PAGE, RW, ANON), map(0, PAGE, RX, ANON)};

	return t;
}

static long both_remember(void *pages)
{
	struct two *t = pages;

	return protect(t->written, RX) == -EACCES && protect(t->executed, RW) == -EACCES &&
	       protect(t->written, RW) == 0 && protect(t->executed, RX) == 0;
}

static void across_fork(void)
{
	struct two t = two_pages();

	eq(in_child(both_remember, &t), 1, "a child inherits it");
	sc(SYS_madvise, t.written, PAGE, MADV_WIPEONFORK);
	eq(in_child(both_remember, &t), 1, "also with pages that it does not");
	protect(t.written, PROT_READ);
	protect(t.executed, PROT_READ);
	eq(in_child(both_remember, &t), 1, "and when neither right is there any more");
	eq(both_remember(&t), 1, "the parent keeps it");
}

static long moved(long p, long old, long new, int flags, long to)
{
	return sc(SYS_mremap, p, old, new, flags, to);
}

static void across_mremap(void)
{
	struct two t = two_pages(), old;
	long p = map(0, PAGE, PROT_READ, ANON), room = map(0, 2 * PAGE, PROT_READ, ANON);

	t.written = moved(t.written, PAGE, 2 * PAGE, MREMAP_MAYMOVE, 0);
	t.executed = moved(t.executed, PAGE, 2 * PAGE, MREMAP_MAYMOVE, 0);
	eq(both_remember(&t), 1, "what moves and grows takes it along");
	t.written += PAGE;
	t.executed += PAGE;
	eq(both_remember(&t), 1, "to what is new as well");
	old = t = two_pages();
	protect(t.written, PROT_READ);
	protect(t.executed, PROT_READ);
	t.written = moved(t.written, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0);
	t.executed = moved(t.executed, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0);
	eq(both_remember(&t), 1, "what moves and stays remembers it here");
	eq(both_remember(&old), 1, "and there");
	protect(p, RW);
	protect(p, PROT_READ);
	eq(moved(p, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, room), room, "beside one that looks the same");
	eq(protect(room, RX), -EACCES, "EACCES: it remembers");
	eq(protect(room + PAGE, RX), 0, "and the other has nothing to remember");
}

static void anew(void)
{
	struct two t = two_pages();

	*(char *)t.written = 1;
	sc(SYS_madvise, t.written, PAGE, MADV_DONTNEED);
	sc(SYS_madvise, t.executed, PAGE, MADV_DONTNEED);
	eq(both_remember(&t), 1, "dropping the pages changes nothing");
	eq(map(t.written, PAGE, RX, ANON | MAP_FIXED), t.written, "a mapping in its place");
	ok(protect(t.written, RW) == -EACCES && *(char *)t.written == 0, "is another, and empty");
	sc(SYS_munmap, t.executed, PAGE);
	map(t.executed, PAGE, RW, ANON | MAP_FIXED);
	eq(protect(t.executed, RX), -EACCES, "so is one after munmap");
}

static int word = 1;

static void image(void)
{
	long heap = (sc(SYS_brk, 0) + PAGE - 1) & -PAGE, deep = ((long)&heap & -PAGE) - 64 * PAGE;

	sc(SYS_brk, heap + PAGE);
	*(volatile char *)deep = 1;
	eq(protect((long)&word & -PAGE, RX), -EACCES, "EACCES: a program's data");
	eq(protect((long)image & -PAGE, RW), -EACCES, "EACCES: its code");
	eq(protect(heap, RX), -EACCES, "EACCES: the heap");
	eq(protect((long)&heap & -PAGE, RX), -EACCES, "EACCES: the stack");
	eq(protect(deep, RX), -EACCES, "EACCES: what it has grown by");
}

static long try_exec(void *name)
{
	char path[300], *argv[] = {"bad", 0}, *envp[] = {0};

	snprintf(path, sizeof path, "%s/bad/%s", directory, (char *)name);
	return sc(SYS_execve, path, argv, envp);
}

static void run_file(void *name)
{
	try_exec(name);
}

static void programs(void)
{
	eq(in_child(try_exec, "wx_segment"), -EACCES, "EACCES: a program with such a segment");
	eq(in_child(try_exec, "wx_pie"), -EACCES, "EACCES: a position-independent one, its second");
	eq(in_child(try_exec, "wx_interp"), -ELIBBAD, "ELIBBAD: a sound one that names such a one as its interpreter");
	eq(status_of(run_file, "wx_stack"), KILLED(SIGSEGV), "a wish for an executable stack is ignored");
}

int main(int argc, char **argv)
{
	if (argc > 1)
		directory = argv[1];
	written();
	executed();
	of_a_file();
	parts();
	neighbours();
	across_fork();
	across_mremap();
	anew();
	image();
	programs();
	return tap_done();
}
