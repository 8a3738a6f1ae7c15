/* t_mmap_hints - where mmap puts things: hints taken, rounded, refused; MAP_FIXED over parts; MAP_FIXED_NOREPLACE. */
#include "maps.h"

#define TOP  0x7ffffffff000 /* end of user space */
#define LOW  0x10000        /* the lowest address that a hint can get */

/* Pages that are free, with nothing near them. */
static long room(void)
{
	long p = map(0, 64 * PAGE, PROT_NONE, ANON);

	sc(SYS_munmap, p, 64 * PAGE);
	return p + 16 * PAGE;
}

static void hint(long hint, long length, long want, const char *name)
{
	long got = map(hint, length, RW, ANON);

	eq(got, want, "%s", name);
	sc(SYS_munmap, got, length);
}

static int elsewhere(long hint, long length)
{
	long got = map(hint, length, RW, ANON);

	if (got <= 0 || got % PAGE)
		return 0;
	*(char *)got = *(char *)(got + length - 1) = 1;
	sc(SYS_munmap, got, length);
	return got >= hint + length || got + length <= hint;
}

static void taken(void)
{
	long p = room();

	hint(p, PAGE, p, "a hint at a free page");
	hint(p + 1, PAGE, p, "a byte further: rounded down");
	hint(p + PAGE - 1, PAGE, p, "a byte before the next page: too");
	hint(p + 5, PAGE + 1, p, "with a crooked length");
	ok(map(1, PAGE, RW, ANON) > 0x100000, "a hint within page 0 is none");
	hint(LOW, PAGE, LOW, "the lowest page");
	hint(LOW - 1, PAGE, LOW, "a byte below it");
	hint(PAGE, PAGE, LOW, "a page that nobody gets");
}

static void in_use(void)
{
	long p = room();

	map(p, PAGE, RW, ANON | MAP_FIXED);
	ok(elsewhere(p, PAGE), "a hint at a mapping goes elsewhere");
	ok(elsewhere(p + 7, PAGE), "so does a crooked one");
	ok(elsewhere(p - PAGE, 2 * PAGE), "and one whose end is in use");
	ok(elsewhere(p - 3 * PAGE, 6 * PAGE), "and one around a mapping");
	hint(p - PAGE, PAGE, p - PAGE, "just below a mapping there is room");
	hint(p + PAGE, PAGE, p + PAGE, "and just above");
	sc(SYS_munmap, p, PAGE);
	ok(elsewhere(TOP, PAGE), "a hint at the end of user space goes elsewhere");
	ok(elsewhere(TOP - PAGE, 2 * PAGE), "so does one across it");
	ok(elsewhere(-PAGE, PAGE), "and the last page of all");
	ok(elsewhere(-1, PAGE), "and the last byte");
	for (int i = 1; i < 4; i++)
		ok(map((long)bad_pointers[i], PAGE, RW, ANON) > 0, "and bad pointer %d", i);
}

static void fill(long p, int pages)
{
	for (int i = 0; i < pages; i++)
		memset((char *)p + i * PAGE, 'a' + i, PAGE);
}

/* First byte of each page, '-' where there is none. */
static const char *look(long p, int pages)
{
	static char seen[32];

	for (int i = 0; i < pages; i++)
		seen[i] = !(rights(p + i * PAGE) & 1) ? '-' : *(char *)(p + i * PAGE) ? *(char *)(p + i * PAGE) : '0';
	seen[pages] = 0;
	return seen;
}

static void fixed(void)
{
	long p = map(room(), 8 * PAGE, RW, ANON | MAP_FIXED);

	fill(p, 8);
	eq(map(p + 2 * PAGE, 1, RW, ANON | MAP_FIXED), p + 2 * PAGE, "MAP_FIXED over a page in the middle");
	ok(!strcmp(look(p, 8), "ab0defgh"), "replaces that page");
	eq(map(p + 3 * PAGE, PAGE + 1, PROT_READ, ANON | MAP_FIXED), p + 3 * PAGE, "over two");
	ok(!strcmp(look(p, 8), "ab000fgh"), "replaces both");
	eq(rights(p + 3 * PAGE), 1, "with the new rights");
	eq(rights(p + 5 * PAGE), 3, "beside the old ones");
	sc(SYS_munmap, p + 5 * PAGE, PAGE);
	eq(map(p + 4 * PAGE, 3 * PAGE, RW, ANON | MAP_FIXED), p + 4 * PAGE, "over a mapping, a hole and another");
	ok(!strcmp(look(p, 8), "ab00000h"), "makes one of three");
	eq(map(p + 7 * PAGE, 2 * PAGE, RW, ANON | MAP_FIXED), p + 7 * PAGE, "over the end");
	ok(!strcmp(look(p, 9), "ab0000000"), "and beyond");
	eq(map(p - PAGE, 2 * PAGE, PROT_NONE, ANON | MAP_FIXED), p - PAGE, "over the beginning, from below");
	ok(!strcmp(look(p - PAGE, 3), "--b"), "with no rights");
	sc(SYS_munmap, p - PAGE, 10 * PAGE);
}

/* A call that fails has not unmapped anything. */
static void fixed_fails(void)
{
	long p = map(room(), 2 * PAGE, RW, ANON | MAP_FIXED);

	fill(p, 2);
	eq(map(p, 0, RW, ANON | MAP_FIXED), -EINVAL, "EINVAL: length 0");
	eq(map(p + 8, PAGE, RW, ANON | MAP_FIXED), -EINVAL, "EINVAL: a crooked address");
	eq(sc(SYS_mmap, p, PAGE, RW, MAP_PRIVATE | MAP_FIXED, -1, 0), -EBADF, "EBADF: no file");
	eq(sc(SYS_mmap, p, PAGE, RW, ANON | MAP_FIXED, -1, 1), -EINVAL, "EINVAL: a crooked offset");
	eq(map(p, PAGE, RW, MAP_ANONYMOUS | MAP_FIXED), -EINVAL, "EINVAL: no type");
	eq(map(p, TOP, RW, ANON | MAP_FIXED), -ENOMEM, "ENOMEM: beyond the end");
	ok(!strcmp(look(p, 2), "ab"), "all is as it was");
	sc(SYS_munmap, p, 2 * PAGE);
}

static void no_replace(void)
{
	long p = map(room(), 3 * PAGE, RW, ANON | MAP_FIXED), flags = ANON | MAP_FIXED_NOREPLACE;

	fill(p, 3);
	eq(map(p + PAGE, PAGE, RW, flags | MAP_FIXED), -EEXIST, "EEXIST: MAP_FIXED beside it changes nothing");
	eq(map(p + 2 * PAGE, 2 * PAGE, RW, flags), -EEXIST, "EEXIST: the beginning is in use");
	eq(map(p - 2 * PAGE, 7 * PAGE, RW, flags), -EEXIST, "EEXIST: around it");
	eq(map(p + 2 * PAGE, 1, PROT_NONE, flags), -EEXIST, "EEXIST: a byte");
	ok(!strcmp(look(p, 3), "abc"), "all is as it was");
	eq(map(p + 1, PAGE, RW, flags), -EINVAL, "EINVAL: a crooked address, before EEXIST");
	eq(map(p, 0, RW, flags), -EINVAL, "EINVAL: length 0, before EEXIST");
	eq(map(p, TOP, RW, flags), -ENOMEM, "ENOMEM: beyond the end, before EEXIST");
	eq(map(p + 3 * PAGE, PAGE, RW, flags), p + 3 * PAGE, "just above");
	eq(map(p - PAGE, PAGE, RW, flags), p - PAGE, "and just below there is room");
	ok(!strcmp(look(p - PAGE, 5), "0abc0"), "as can be seen");
	sc(SYS_munmap, p - PAGE, 5 * PAGE);
}

int main(void)
{
	taken();
	in_use();
	fixed();
	fixed_fails();
	no_replace();
	return tap_done();
}
