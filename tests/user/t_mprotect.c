/* t_mprotect - rights of mapped memory taken and given; what was written stays; errors. */
#include "maps.h"

static char *p;

static void calls(void *address)
{
	((void (*)(void))address)();
}

static void taking_and_giving(void)
{
	memset(p, 5, 4 * PAGE);
	eq(mprotect(p, 4 * PAGE, PROT_READ), 0, "to read-only");
	eq(rights((long)p), 1, "can be read and not written");
	eq(p[100], 5, "and holds what was written");
	eq(status_of(writes, p), KILLED(SIGSEGV), "writing is SIGSEGV");
	eq(mprotect(p, 4 * PAGE, PROT_NONE), 0, "to nothing");
	eq(rights((long)p), 0, "can neither be read nor written");
	eq(mprotect(p, 4 * PAGE, RW), 0, "and back");
	eq(rights((long)p), 3, "both again");
	eq(p[4 * PAGE - 1], 5, "with its content");
	p[0] = 6;
	eq(p[0], 6, "a page may be written again");
}

static void parts(void)
{
	eq(mprotect(p + PAGE, PAGE, PROT_READ), 0, "one page of four");
	ok(rights((long)p) == 3 && rights((long)p + PAGE) == 1 && rights((long)p + 2 * PAGE) == 3,
	   "changes that page only");
	eq(mprotect(p + 2 * PAGE, 1, PROT_READ), 0, "a length of 1");
	ok(rights((long)p + 2 * PAGE) == 1 && rights((long)p + 3 * PAGE) == 3, "is one page");
	eq(mprotect(p, 4 * PAGE, RW), 0, "across pieces with different rights");
	ok(rights((long)p + PAGE) == 3 && rights((long)p + 3 * PAGE) == 3, "gives all the same");
	eq(mprotect(p, 0, PROT_NONE), 0, "a length of 0 does nothing");
	eq(rights((long)p), 3, "as can be seen");
}

static void restrict_child(void *unused)
{
	(void)unused;
	_exit(mprotect(p, 4 * PAGE, PROT_NONE));
}

static void write_shared(void *unused)
{
	(void)unused;
	mprotect(p, PAGE, PROT_READ);
	mprotect(p, PAGE, RW);
	p[0] = 44; /* giving W back must not give it on the page shared with the parent */
}

static void across_fork(void)
{
	eq(status_of(restrict_child, 0), EXITED(0), "a child takes its own rights away");
	eq(rights((long)p), 3, "the parent keeps them");
	p[0] = 33;
	eq(status_of(write_shared, 0), EXITED(0), "a child takes and gives itself the right to write");
	eq(p[0], 33, "its write stays its own");
	mprotect(p, PAGE, PROT_READ);
	eq(rights((long)p), 1, "a child inherits the rights as they are");
	mprotect(p, PAGE, RW);
}

/* Never written: what was, Bulkhead does not let become code (t_bh_w_xor_x). */
static void code(const char *directory)
{
	char path[300], *text;
	int fd;

	memcpy(p + PAGE, "\xb8\x2a\0\0\0\xc3", 6); /* mov $42, %eax; ret */
	eq(status_of(calls, p + PAGE), KILLED(SIGSEGV), "writable memory does not execute");
	snprintf(path, sizeof path, "%s/bad/good", directory);
	fd = open(path, O_RDONLY);
	text = mmap(0, PAGE, PROT_READ, MAP_PRIVATE, fd, PAGE); /* exit(42) */
	eq(status_of(calls, text), KILLED(SIGSEGV), "nor does what can be read");
	eq(mprotect(text, PAGE, PROT_READ | PROT_EXEC), 0, "made executable");
	eq(status_of(calls, text), EXITED(42), "it runs");
	eq(status_of(writes, text), KILLED(SIGSEGV), "and cannot be written");
	eq(mprotect(text, PAGE, PROT_READ), 0, "made readable");
	eq(status_of(calls, text), KILLED(SIGSEGV), "it does not execute any more");
	close(fd);
}

static void errors(void)
{
	eq(sc(SYS_mprotect, p + 1, PAGE, RW), -EINVAL, "EINVAL: a crooked address");
	eq(sc(SYS_mprotect, p, PAGE, 0x100), -EINVAL, "EINVAL: an unknown right");
	eq(sc(SYS_mprotect, p, -1, RW), -ENOMEM, "ENOMEM: a length of -1");
	eq(sc(SYS_mprotect, 0x800000000000, PAGE, RW), -ENOMEM, "ENOMEM: the hole");
	eq(sc(SYS_mprotect, bad_pointers[2], PAGE, RW), -ENOMEM, "ENOMEM: a kernel address");
	eq(sc(SYS_mprotect, 0x1000, PAGE, RW), -ENOMEM, "ENOMEM: nothing is mapped there");
	munmap(p + 2 * PAGE, PAGE);
	eq(sc(SYS_mprotect, p + 2 * PAGE, PAGE, RW), -ENOMEM, "ENOMEM: a hole");
	eq(sc(SYS_mprotect, p + PAGE, 3 * PAGE, RW), -ENOMEM, "ENOMEM: a hole on the way");
	eq(sc(SYS_mprotect, p + 2 * PAGE, 2 * PAGE, RW), -ENOMEM, "ENOMEM: a hole at the start");
	ok(rights((long)p) == 3 && rights((long)p + 3 * PAGE) == 3, "what is around the hole can be used");
}

int main(int argc, char **argv)
{
	p = mmap(0, 4 * PAGE, RW, ANON, -1, 0);
	taking_and_giving();
	parts();
	across_fork();
	code(argc > 1 ? argv[1] : "/tests");
	errors();
	return tap_done();
}
