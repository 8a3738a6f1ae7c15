/* t_iov_edges - readv and writev of pipes: empty pieces, counts, sums, bad bases, faults half way, atomic sums. */
#include "tap.h"

#include <limits.h>
#include <sys/mman.h>
#include <sys/uio.h>

#define CAPACITY 65536
#define MAX      1024 /* pieces */

static int fd[2];
static char big[CAPACITY + PAGE];

static long out(const void *v, long n)
{
	return sc(SYS_writev, fd[1], v, n);
}

static long in(const void *v, long n)
{
	return sc(SYS_readv, fd[0], v, n);
}

/* How much is in the pipe; takes it out. */
static long drain(void)
{
	long total = 0, n;

	while ((n = sc(SYS_read, fd[0], big, sizeof big)) > 0)
		total += n;
	return total;
}

static void empty_pieces(void)
{
	static struct iovec none[MAX], last[MAX];
	char byte = 0;

	eq(out(none, MAX), 0, "1024 empty pieces are written");
	eq(in(none, MAX), 0, "and read from an empty pipe, with no EAGAIN");
	last[MAX - 1] = (struct iovec){"k", 1};
	eq(out(last, MAX), 1, "a byte behind 1023 empty ones");
	last[MAX - 1].iov_base = &byte;
	eq(in(last, MAX), 1, "is read behind as many");
	eq(byte, 'k', "unchanged");
	eq(in(last, MAX), -EAGAIN, "EAGAIN: no more");
}

/* An empty piece may be based where nothing is mapped, but not where no user ever is. */
static void empty_bases(void)
{
	struct iovec v[] = {{"ab", 2}, {BAD_POINTER, 0}, {"cd", 2}};
	char got[8];

	eq(out(v, 3), 4, "an empty piece at a bad address");
	eq(out(v + 1, 1), 0, "alone, too");
	for (int i = 1; i < BAD_POINTERS; i++) {
		v[1].iov_base = bad_pointers[i];
		eq(out(v, 3), -EFAULT, "EFAULT: an empty piece at bad pointer %d", i);
		eq(out(v + 1, 1), -EFAULT, "EFAULT: alone");
		v[1].iov_len = 1;
		eq(out(v, 3), -EFAULT, "EFAULT: one of a byte");
		v[1].iov_len = 0;
	}
	eq(sc(SYS_read, fd[0], got, 8), 4, "what failed has written nothing");
	ok(!memcmp(got, "abcd", 4), "and the first was right");
}

static void counts(void)
{
	static struct iovec v[MAX + 1];

	for (int i = 1; i < BAD_POINTERS; i++)
		eq(out(bad_pointers[i], 0), 0, "no piece at bad pointer %d", i);
	eq(out(BAD_POINTER, MAX + 1), -EINVAL, "EINVAL: 1025 pieces, before EFAULT");
	eq(out(BAD_POINTER, MAX), -EFAULT, "EFAULT: 1024");
	eq(out(BAD_POINTER, 1l << 62), 0, "counts are the lower half of a register: 0");
	eq(out(v, 1l << 32 | 2), 0, "or two empty ones");
	eq(out(BAD_POINTER, INT_MIN), -EINVAL, "EINVAL: the least count");
	eq(sc(SYS_writev, fd[0], BAD_POINTER, -1), -EBADF, "EBADF: the wrong end, before all else");
	eq(sc(SYS_readv, 999, BAD_POINTER, -1), -EBADF, "EBADF: no descriptor");
}

static void sums(void)
{
	struct iovec v[] = {{"x", 1}, {big, LONG_MAX}, {big, LONG_MAX}};
	char *bad = bad_pointers[2];

	v[1].iov_len = LONG_MIN;
	eq(out(v, 2), -EINVAL, "EINVAL: a length of the sign bit alone");
	eq(out(v, 1), 1, "the piece before it is good");
	v[1] = (struct iovec){bad, -1};
	eq(out(v, 2), -EINVAL, "EINVAL: a negative length, before EFAULT of its base");
	v[1] = (struct iovec){bad, 1};
	v[2].iov_len = -1;
	eq(out(v, 3), -EINVAL, "EINVAL: before EFAULT of the base ahead");
	v[1] = (struct iovec){big, INT_MAX};
	v[2] = (struct iovec){big, INT_MAX};
	eq(in(v + 1, 2), 1, "two lengths whose sum is beyond an int are cut: the byte is read");
	eq(out(v + 1, 1), CAPACITY, "and as much written as fits");
	eq(drain(), CAPACITY, "as the reader sees");
}

/* Together at most PIPE_BUF bytes: whole or not at all. */
static void atomic_sums(void)
{
	static struct iovec v[MAX];

	for (int i = 0; i < MAX; i++)
		v[i] = (struct iovec){"atom", 4};
	for (int i = 0; i < 15; i++)
		if (write(fd[1], big, PAGE) != PAGE)
			_exit(97);
	eq(out(v, MAX), PAGE, "1024 pieces of 4 bytes fill the last page");
	eq(out(v, MAX), -EAGAIN, "EAGAIN: as many again");
	eq(out(v, 1), -EAGAIN, "EAGAIN: nor one");
	eq(sc(SYS_read, fd[0], big, PAGE), PAGE, "a page is taken");
	v[0] = (struct iovec){big, 5};
	eq(out(v, MAX), PAGE, "a byte more than a page: a page of it goes in");
	eq(drain(), CAPACITY, "as the reader sees");
}

/* A fault is where it is: what lies in pages before it counts, within its page nothing does. */
static void faults(void)
{
	char *edge = mmap(0, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iovec v[] = {{"ab", 2}, {edge + PAGE - 2, 4}, {"cd", 2}};
	struct iovec pages[] = {{big, PAGE}, {BAD_POINTER, 1}};

	munmap(edge + PAGE, PAGE);
	memset(edge, 'e', PAGE);
	eq(out(v, 3), -EFAULT, "EFAULT: a piece that runs off its page");
	eq(drain(), 0, "nothing is written");
	eq(out(pages, 2), PAGE, "a page, then a bad piece: the page is written");
	eq(drain(), PAGE, "and no more");
	eq(out(pages + 1, 1), -EFAULT, "EFAULT: the bad piece alone");
	if (write(fd[1], "12345678", 8) != 8)
		_exit(97);
	v[0].iov_base = big;
	eq(in(v, 2), -EFAULT, "EFAULT: readv into a piece that runs off its page");
	eq(in(v, 1), 2, "has taken nothing");
	ok(!memcmp(big, "12", 2), "the first bytes are there");
	v[1].iov_len = 2;
	v[2].iov_base = big;
	eq(in(v + 1, 2), 4, "up to the page's end");
	ok(!memcmp(edge + PAGE - 2, "34", 2) && !memcmp(big, "56", 2), "both pieces");
	eq(drain(), 2, "the rest stays for others");
	munmap(edge, 4 * PAGE);
}

/* Pieces that lie over each other, and an array that a piece overwrites. */
static void overlapping(void)
{
	struct iovec v[2] = {{v, sizeof v}, {big, 4}};
	char all[sizeof v + 4];

	memset(all, 0, sizeof all);
	memcpy(all + sizeof v, "tail", 4);
	if (write(fd[1], all, sizeof all) != sizeof all)
		_exit(97);
	eq(in(v, 2), sizeof all, "readv over its own array");
	ok(!memcmp(big, "tail", 4) && !v[1].iov_base, "had read it before");
	v[0] = (struct iovec){"one", 3};
	v[1] = v[0];
	eq(out(v, 2), 6, "the same bytes twice");
	v[0] = v[1] = (struct iovec){big, 3};
	big[0] = 0;
	eq(in(v, 2), 6, "to one place");
	ok(!memcmp(big, "one", 3), "the last ones");
}

int main(void)
{
	if (pipe2(fd, O_NONBLOCK))
		return 97;
	empty_pieces();
	empty_bases();
	counts();
	sums();
	atomic_sums();
	faults();
	overlapping();
	return tap_done();
}
