/* t_mmap_order - mmap, munmap, mprotect: which error comes first, lengths at the edges, what was done before a hole. */
#include "maps.h"

#define TOP  0x7ffffffff000 /* end of user space */

static long p; /* eight pages, all of them mapped between the tests */

/* One character a page: '-' nothing, 'r', 'w'. */
static const char *all_rights(void)
{
	static char seen[9];

	for (int i = 0; i < 8; i++) {
		void *at = (void *)(p + i * PAGE);

		seen[i] = status_of(writes, at) == EXITED(0) ? 'w' : status_of(reads, at) == EXITED(0) ? 'r' : '-';
	}
	return seen;
}

/* Afresh, with holes where the pattern has '-'. */
static void pattern(const char *which)
{
	map(p, 8 * PAGE, RW, ANON | MAP_FIXED);
	for (int i = 0; i < 8; i++)
		if (which[i] == '-')
			sc(SYS_munmap, p + i * PAGE, PAGE);
}

static void map_order(void)
{
	int fd = open("/proc/self/exe", O_RDONLY);

	eq(sc(SYS_mmap, 0, 0, RW, MAP_PRIVATE, -1, 1), -EINVAL, "EINVAL: the offset, before EBADF");
	eq(sc(SYS_mmap, 0, 0, RW, MAP_PRIVATE, -1, 0), -EBADF, "EBADF: before EINVAL of the length");
	eq(sc(SYS_mmap, 0, -1, RW, MAP_PRIVATE, -1, 0), -EBADF, "EBADF: before ENOMEM");
	eq(sc(SYS_mmap, 1, PAGE, RW, MAP_FIXED, -1, 0), -EBADF, "EBADF: before all else");
	eq(sc(SYS_mmap, 0, 0, PROT_READ, MAP_PRIVATE, fd, 0), -EINVAL, "EINVAL: length 0 of a file");
	eq(map(0, 0, RW, 0x0f | MAP_ANONYMOUS), -EINVAL, "EINVAL: length 0 and no such type");
	eq(map(0, -1, RW, MAP_ANONYMOUS), -ENOMEM, "ENOMEM: the length, before EINVAL of the type");
	eq(map(1, -1, RW, ANON | MAP_FIXED), -ENOMEM, "ENOMEM: before EINVAL of the address");
	eq(map(TOP, PAGE, RW, MAP_ANONYMOUS | MAP_FIXED), -ENOMEM, "ENOMEM: the place, before EINVAL of the type");
	eq(map(TOP + 1, PAGE, RW, ANON | MAP_FIXED), -ENOMEM, "ENOMEM: the place, before EINVAL of the address");
	eq(map(p, PAGE, RW, MAP_ANONYMOUS | MAP_FIXED_NOREPLACE), -EEXIST, "EEXIST: before EINVAL of the type");
	eq(sc(SYS_mmap, p + 1, PAGE, PROT_READ, MAP_FIXED, fd, 0), -EINVAL, "EINVAL: a crooked address of a file");
	eq(sc(SYS_mmap, 0, TOP, PROT_READ, MAP_PRIVATE, fd, 0), -ENOMEM, "ENOMEM: all of user space of a file");
	eq(map(0, TOP + 1, RW, ANON), -ENOMEM, "ENOMEM: a byte more than user space");
	eq(map(0, 1 - PAGE, RW, ANON), -ENOMEM, "ENOMEM: the length that rounds up to the top page");
	ok(!strcmp(all_rights(), "wwwwwwww"), "refused calls change nothing");
	close(fd);
}

static void not_looked_at(void)
{
	long q = sc(SYS_mmap, 0, PAGE, RW, ANON, 12345, 0);

	ok(q > 0, "anonymous memory looks at no descriptor");
	sc(SYS_munmap, q, PAGE);
	q = sc(SYS_mmap, 0, PAGE, RW, ANON, -1, PAGE);
	ok(q > 0, "nor at an offset of whole pages");
	sc(SYS_munmap, q, PAGE);
	q = map(0, PAGE, RW | 0xf0, ANON);
	ok(q > 0, "mmap ignores rights that it does not know");
	sc(SYS_munmap, q, PAGE);
	q = map(0, PAGE, PROT_WRITE, ANON);
	ok(q > 0 && *(volatile char *)q == 0, "what can be written can be read");
	sc(SYS_munmap, q, PAGE);
}

static void unmapping(void)
{
	pattern("wwwwwwww");
	eq(sc(SYS_munmap, p + 3 * PAGE, PAGE + 1), 0, "munmap of a page and a byte");
	ok(!strcmp(all_rights(), "www--www"), "takes two");
	eq(sc(SYS_munmap, p + PAGE, 6 * PAGE), 0, "across the hole");
	ok(!strcmp(all_rights(), "w------w"), "takes both sides");
	eq(sc(SYS_munmap, p + 2 * PAGE, 2 * PAGE), 0, "nothing but a hole");
	eq(sc(SYS_munmap, p + 1, 0), -EINVAL, "EINVAL: a crooked address and length 0");
	eq(sc(SYS_munmap, p, -1), -EINVAL, "EINVAL: length -1");
	eq(sc(SYS_munmap, p, 1 - PAGE), -EINVAL, "EINVAL: the length that rounds up to the top page");
	eq(sc(SYS_munmap, p, TOP - p + 1), -EINVAL, "EINVAL: a byte beyond user space");
	eq(sc(SYS_munmap, TOP, 1), -EINVAL, "EINVAL: from the end of user space");
	eq(sc(SYS_munmap, TOP, 0), -EINVAL, "EINVAL: nothing at the end of user space");
	eq(sc(SYS_munmap, TOP - PAGE, PAGE), 0, "the last page, which is mapped or not");
	eq(sc(SYS_munmap, 0, PAGE), 0, "the first page, where nothing is");
	ok(!strcmp(all_rights(), "w------w"), "the rest stays");
}

static void protect_order(void)
{
	pattern("wwwwwwww");
	eq(sc(SYS_mprotect, p, 0, 0x100), 0, "length 0, whatever the rights");
	eq(sc(SYS_mprotect, p + 1, 0, PROT_READ), -EINVAL, "EINVAL: a crooked address, before length 0");
	eq(sc(SYS_mprotect, TOP + PAGE, 0, RW), 0, "length 0, wherever");
	eq(sc(SYS_mprotect, p, -1, 0x100), -ENOMEM, "ENOMEM: a length that wraps, before EINVAL of the rights");
	eq(sc(SYS_mprotect, p + 1, -1, RW), -EINVAL, "EINVAL: a crooked address, before ENOMEM");
	eq(sc(SYS_mprotect, PAGE, PAGE, 0x100), -EINVAL, "EINVAL: the rights, before ENOMEM of a hole");
	eq(sc(SYS_mprotect, p, PAGE, PROT_READ | 8), 0, "PROT_SEM is accepted");
	ok(!strcmp(all_rights(), "rwwwwwww"), "and means nothing");
	eq(sc(SYS_mprotect, p, PAGE, PROT_READ | 16), -EINVAL, "EINVAL: the next bit is not");
	eq(sc(SYS_mprotect, TOP, PAGE, RW), -ENOMEM, "ENOMEM: the end of user space");
}

/* Until the first hole it is done, and stays so. */
static void protect_holes(void)
{
	pattern("wwww-www");
	eq(sc(SYS_mprotect, p + PAGE, 6 * PAGE, PROT_READ), -ENOMEM, "ENOMEM: a hole on the way");
	ok(!strcmp(all_rights(), "wrrr-www"), "what is before it has changed, what is behind has not");
	eq(sc(SYS_mprotect, p + 4 * PAGE, 3 * PAGE, PROT_READ), -ENOMEM, "ENOMEM: a hole first");
	ok(!strcmp(all_rights(), "wrrr-www"), "nothing has changed");
	eq(sc(SYS_mprotect, p, 4 * PAGE, PROT_NONE), 0, "up to the hole");
	ok(!strcmp(all_rights(), "-----www"), "all is done");
	eq(sc(SYS_mprotect, p + PAGE, 4 * PAGE, RW), -ENOMEM, "ENOMEM: a hole last");
	ok(!strcmp(all_rights(), "-www-www"), "the rest is done");
	pattern("w-w-wwww");
	eq(sc(SYS_mprotect, p, 8 * PAGE, PROT_READ), -ENOMEM, "ENOMEM: two holes");
	ok(!strcmp(all_rights(), "r-w-wwww"), "the first ends it");
	eq(sc(SYS_mprotect, p + 4 * PAGE, 3 * PAGE + 1, PROT_READ), 0, "a length that is crooked");
	ok(!strcmp(all_rights(), "r-w-rrrr"), "is whole pages");
	pattern("wwwwwwww");
}

int main(void)
{
	p = map(0, 24 * PAGE, PROT_NONE, ANON);
	sc(SYS_munmap, p, 24 * PAGE);
	p += 8 * PAGE;
	pattern("wwwwwwww");
	map_order();
	not_looked_at();
	unmapping();
	protect_order();
	protect_holes();
	return tap_done();
}
