/*
 * t_mmap_random - thousands of random mmap, munmap, mprotect, mremap, madvise, brk, reads and writes, with children who
 * go on by themselves for a while. What every call says and what every page holds goes into a checksum.
 */
#include "maps.h"

#define PAGES  48
#define ROUNDS 100
#define STEPS  100 /* of a round */

static char *base;
static int file, fd[2];
static unsigned long state = 88172645463325252ul, sum;

static unsigned long below(unsigned long n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 11) % n;
}

/* FNV-1a (Fowler, Noll, Vo), over words. */
static void note(long said)
{
	sum = (sum ^ (unsigned long)said) * 1099511628211ul;
}

/* Addresses are told from the base. */
static void note_address(long said)
{
	note(said < 0 ? said : said - (long)base);
}

static int some_prot(void)
{
	static const int all[] = {PROT_NONE, PROT_READ, RW, RW}; /* code would be for ever: t_bh_w_xor_x */

	return all[below(4)];
}

/* A range in the window. */
static char *range(unsigned long most, long *length)
{
	unsigned long count = below(most) + 1, at = below(PAGES - count + 1);

	*length = (long)count * PAGE;
	return base + at * PAGE;
}

static void maps(void)
{
	long length;
	char *p = range(8, &length);

	if (below(3))
		note_address(map((long)p, length, some_prot(), ANON | MAP_FIXED));
	else
		note_address(sc(SYS_mmap, p, length, some_prot(), MAP_PRIVATE | MAP_FIXED, file, below(3) * PAGE));
}

static void advises(void)
{
	static const int advices[] = {MADV_DONTNEED, MADV_DONTNEED, MADV_WILLNEED, MADV_DONTFORK, MADV_DOFORK,
				      MADV_WIPEONFORK, MADV_KEEPONFORK};
	long length;
	char *p = range(8, &length);

	note(sc(SYS_madvise, p, length, advices[below(7)]));
}

/* Pages that belong to one mapping, as far as can be told: rights alike, in a row. Linux does not join all that it
 * could, so what crosses a border of any kind is not tried. */
static void remaps(void)
{
	char *from = base + below(PAGES) * PAGE, *to = base + below(PAGES - 8) * PAGE;
	long wanted = (long)(below(8) + 1) * PAGE;
	int fixed = (int)below(2);

	if (fixed && to <= from && to + wanted > from)
		return;
	note_address(sc(SYS_mremap, from, PAGE, wanted, fixed ? MREMAP_MAYMOVE | MREMAP_FIXED : 0, to));
}

static void writes_byte(void)
{
	char *p = base + below(PAGES) * PAGE + below(PAGE), byte = (char)below(256);

	note(write(fd[1], &byte, 1));
	note(sc(SYS_read, fd[0], p, 1) == 1 ? 1 : read(fd[0], &byte, 1) - 10);
}

static void look(void)
{
	static char page[PAGE];

	for (int i = 0; i < PAGES; i++) {
		long n = sc(SYS_write, fd[1], base + i * PAGE, PAGE);

		note(n);
		for (long done = 0; done < n;)
			done += read(fd[0], page + done, (size_t)(n - done));
		for (long k = 0; k < n; k += 8)
			note(*(long *)(page + k));
	}
}

static void step(void)
{
	long length;
	char *p;

	switch (below(9)) {
	case 0: case 1: maps(); break;
	case 2: p = range(6, &length); note(sc(SYS_munmap, p, length)); break;
	case 3: case 4: p = range(8, &length); note(sc(SYS_mprotect, p, length, some_prot())); break;
	case 5: remaps(); break;
	case 6: advises(); break;
	default: writes_byte(); break;
	}
}

/* A child lives on for some steps of its own, in the pages of both; what it saw joins the checksum. */
static void child_goes_on(void)
{
	int pid = fork(), status;

	if (pid == 0) {
		below(3);
		for (int i = 0; i < 30; i++)
			step();
		look();
		_exit((int)(sum >> 32 & 255));
	}
	waitpid(pid, &status, 0);
	note(status);
}

int main(void)
{
	base = (char *)map(0, (PAGES + 16) * PAGE, PROT_NONE, ANON);
	munmap(base, (PAGES + 16) * PAGE);
	file = open("/proc/self/exe", O_RDONLY);
	pipe(fd);
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < STEPS; i++)
			step();
		child_goes_on();
		look();
		ok(1, "round %d: %016lx", round, sum);
	}
	return tap_done();
}
