/* t_mmap - anonymous private mappings: zeros, placing, replacing, holes, and every documented error. */
#include "maps.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

static void basics(void)
{
	char *p = (char *)map(0, 5 * PAGE, RW, ANON), *q;
	int zero = 1;

	ok((long)p > 0 && (long)p % PAGE == 0, "a mapping starts at a page");
	for (int i = 0; i < 5 * PAGE; i++)
		zero &= p[i] == 0;
	ok(zero, "it is full of zeros");
	memset(p, 7, 5 * PAGE);
	eq(p[5 * PAGE - 1], 7, "it can be written to its end");
	q = (char *)map(0, 1, RW, ANON);
	ok(q && (q + PAGE <= p || q >= p + 5 * PAGE), "another one lies elsewhere");
	q[PAGE - 1] = 1;
	eq(q[PAGE - 1], 1, "a length of 1 is a whole page");
	eq(sc(SYS_munmap, q, 1), 0, "and munmap of length 1 takes it away");
	eq(rights((long)q), 0, "so that it faults");
	eq(sc(SYS_munmap, p, 5 * PAGE), 0, "munmap");
	eq(rights((long)p), 0, "the first page faults");
	eq(rights((long)p + 4 * PAGE), 0, "so does the last");
	eq(sc(SYS_munmap, p, 5 * PAGE), 0, "munmap where nothing is mapped succeeds");
}

static void protections(void)
{
	long r = map(0, PAGE, PROT_READ, ANON), none = map(0, PAGE, PROT_NONE, ANON),
	     rw = map(0, PAGE, RW, ANON);

	eq(rights(r), 1, "PROT_READ: readable only");
	eq(rights(none), 0, "PROT_NONE: neither");
	eq(rights(rw), 3, "PROT_READ and PROT_WRITE: both");
	eq(*(char *)r, 0, "a read-only mapping reads as zero");
	sc(SYS_munmap, r, PAGE);
	sc(SYS_munmap, none, PAGE);
	sc(SYS_munmap, rw, PAGE);
}

static void holes(void)
{
	char *p = (char *)map(0, 6 * PAGE, RW, ANON);

	for (int i = 0; i < 6; i++)
		p[i * PAGE] = i + 1;
	eq(sc(SYS_munmap, p + 2 * PAGE, 2 * PAGE), 0, "a hole in the middle");
	ok(rights((long)p + 2 * PAGE) == 0 && rights((long)p + 3 * PAGE) == 0, "faults");
	ok(p[0] == 1 && p[PAGE] == 2 && p[4 * PAGE] == 5 && p[5 * PAGE] == 6, "what is around it stays");
	eq(map((long)p + 2 * PAGE, PAGE, RW, ANON | MAP_FIXED), (long)p + 2 * PAGE,
	   "MAP_FIXED into the hole");
	eq(p[2 * PAGE], 0, "is fresh memory");
	eq(sc(SYS_munmap, p, 6 * PAGE), 0, "munmap over mapped and unmapped");
	eq(rights((long)p + 5 * PAGE), 0, "takes all of it");
}

static void replacing(void)
{
	char *p = (char *)map(0, 4 * PAGE, RW, ANON);

	memset(p, 9, 4 * PAGE);
	eq(map((long)p + PAGE, 2 * PAGE, RW, ANON | MAP_FIXED), (long)p + PAGE, "MAP_FIXED over a mapping");
	ok(p[PAGE] == 0 && p[3 * PAGE - 1] == 0, "replaces it by zeros");
	ok(p[PAGE - 1] == 9 && p[3 * PAGE] == 9, "and leaves its neighbours");
	eq(map((long)p, PAGE, PROT_NONE, ANON | MAP_FIXED), (long)p, "MAP_FIXED with PROT_NONE");
	eq(rights((long)p), 0, "makes a guard page");
	sc(SYS_munmap, p, 4 * PAGE);
}

static void not_replacing(void)
{
	long p = map(0, 3 * PAGE, RW, ANON);

	sc(SYS_munmap, p + PAGE, PAGE);
	eq(map(p + PAGE, PAGE, RW, ANON | MAP_FIXED_NOREPLACE), p + PAGE, "MAP_FIXED_NOREPLACE into a hole");
	eq(map(p + PAGE, PAGE, RW, ANON | MAP_FIXED_NOREPLACE), -EEXIST, "EEXIST: where something is");
	eq(map(p - PAGE, 2 * PAGE, RW, ANON | MAP_FIXED_NOREPLACE), -EEXIST,
	   "EEXIST: where something begins");
	sc(SYS_munmap, p, 3 * PAGE);
}

static void hints(void)
{
	long p = map(0, 3 * PAGE, RW, ANON), q;

	q = map(p + PAGE, PAGE, RW, ANON);
	ok(q > 0 && (q + PAGE <= p || q >= p + 3 * PAGE), "a hint where something is gives another place");
	sc(SYS_munmap, q, PAGE);
	sc(SYS_munmap, p, 3 * PAGE);
	q = map(p + PAGE, PAGE, RW, ANON);
	eq(q, p + PAGE, "a hint where nothing is gives that place");
	sc(SYS_munmap, q, PAGE);
	q = map(p + 5, PAGE, RW, ANON);
	ok(q > 0 && q % PAGE == 0, "a crooked hint is no error");
	sc(SYS_munmap, q, PAGE);
	q = map((long)bad_pointers[2], PAGE, RW, ANON);
	ok(q > 0, "nor is a kernel address as a hint");
	sc(SYS_munmap, q, PAGE);
}

static void errors(void)
{
	long p = map(0, PAGE, RW, ANON);

	eq(map(0, 0, RW, ANON), -EINVAL, "EINVAL: length 0");
	eq(map(0, PAGE, RW, MAP_ANONYMOUS), -EINVAL, "EINVAL: neither private nor shared");
	eq(map(p + 1, PAGE, RW, ANON | MAP_FIXED), -EINVAL, "EINVAL: MAP_FIXED at a crooked address");
	eq(sc(SYS_mmap, 0, PAGE, RW, ANON, -1, 5), -EINVAL, "EINVAL: a crooked offset");
	eq(map(0, -1, RW, ANON), -ENOMEM, "ENOMEM: a length of -1");
	eq(map(0, 0x7ffffffff000, RW, ANON), -ENOMEM, "ENOMEM: all of user space");
	eq(map(0, 1L << 48, RW, ANON), -ENOMEM, "ENOMEM: more than there is");
	eq(map(0x7ffffffff000, PAGE, RW, ANON | MAP_FIXED), -ENOMEM, "ENOMEM: the page above user space");
	eq(map((long)bad_pointers[2], PAGE, RW, ANON | MAP_FIXED), -ENOMEM, "ENOMEM: a kernel address");
	eq(map(0x800000000000, PAGE, RW, ANON | MAP_FIXED), -ENOMEM, "ENOMEM: the hole");
	eq(map(0xfffffffffffff000, PAGE, RW, ANON | MAP_FIXED), -ENOMEM, "ENOMEM: the last page of all");
	eq(map(p, 0x7ffffffff000, RW, ANON | MAP_FIXED), -ENOMEM, "ENOMEM: from here beyond the top");
	eq(sc(SYS_munmap, p + 1, PAGE), -EINVAL, "EINVAL: munmap of a crooked address");
	eq(sc(SYS_munmap, p, 0), -EINVAL, "EINVAL: munmap of length 0");
	eq(sc(SYS_munmap, p, 1L << 48), -EINVAL, "EINVAL: munmap beyond the top");
	eq(sc(SYS_munmap, p, -PAGE), -EINVAL, "EINVAL: munmap of a length that wraps");
	eq(sc(SYS_munmap, bad_pointers[2], PAGE), -EINVAL, "EINVAL: munmap of a kernel address");
	eq(rights(p), 3, "refused calls change nothing");
	sc(SYS_munmap, p, PAGE);
}

/* A large mapping costs nothing until it is touched, and only what is touched. */
static void sparse(void)
{
	long size = 64L << 20, good = 1;
	char *p = (char *)map(0, size, RW, ANON);

	ok((long)p > 0, "64 MiB are mapped");
	for (long at = 0; at < size; at += size / 16)
		p[at] = at >> 20;
	for (long at = 0; at < size; at += size / 16)
		good &= p[at] == (char)(at >> 20) && p[at + 1] == 0;
	ok(good, "and touched here and there");
	eq(sc(SYS_munmap, p, size), 0, "and given back");
}

static void often(void)
{
	int good = 0;

	for (int i = 0; i < 300; i++) {
		char *p = (char *)map(0, (1 + i % 7) * PAGE, RW, ANON);

		good += p[0] == 0 && p[(i % 7) * PAGE] == 0;
		p[0] = p[(i % 7) * PAGE] = 1;
		sc(SYS_munmap, p, (1 + i % 7) * PAGE);
	}
	eq(good, 300, "300 times mapped, written and given back: always zeros");
}

int main(void)
{
	basics();
	protections();
	holes();
	replacing();
	not_replacing();
	hints();
	errors();
	sparse();
	often();
	return tap_done();
}
