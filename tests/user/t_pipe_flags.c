/* t_pipe_flags - pipe2's flags one by one, failures that leave no descriptor, and what fits without waiting. */
#include "tap.h"

#include <sys/mman.h>
#include <sys/resource.h>

#define CAPACITY 65536

static char big[CAPACITY + PAGE];

/* How many descriptors below 64 are open. */
static int open_count(void)
{
	int n = 0;

	for (int i = 0; i < 64; i++)
		n += sc(SYS_fcntl, i, F_GETFD) >= 0;
	return n;
}

static void each_flag(void)
{
	const unsigned known = O_CLOEXEC | O_NONBLOCK;
	const unsigned differ = O_DIRECT | O_EXCL; /* packets; notifications: no part of this */
	int fd[2] = {-5, -5}, before = open_count(), good = 0;

	for (int i = 0; i < 32; i++) {
		unsigned bit = 1u << i;

		if ((known | differ) & bit)
			continue;
		good += sc(SYS_pipe2, fd, bit) == -EINVAL && sc(SYS_pipe2, fd, known | bit) == -EINVAL;
	}
	eq(good, 28, "EINVAL: 28 bits that are no flags, alone or beside the others");
	eq(sc(SYS_pipe2, BAD_POINTER, O_APPEND), -EINVAL, "EINVAL: before EFAULT");
	eq(fd[0], -5, "nothing is written");
	eq(open_count(), before, "and nothing is left open");
}

static void combinations(void)
{
	static const int flags[] = {0, O_CLOEXEC, O_NONBLOCK, O_CLOEXEC | O_NONBLOCK};
	int fd[2];

	for (int i = 0; i < 4; i++) {
		eq(sc(SYS_pipe2, fd, 0x7654321000000000 | flags[i]), 0, "flags %d", i);
		for (int end = 0; end < 2; end++) {
			eq(fcntl(fd[end], F_GETFD), flags[i] & O_CLOEXEC ? FD_CLOEXEC : 0, "end %d: FD_CLOEXEC", end);
			eq(fcntl(fd[end], F_GETFL), end | (flags[i] & O_NONBLOCK), "end %d: status flags", end);
		}
		eq(fcntl(dup(fd[0]), F_GETFD), 0, "a copy has no FD_CLOEXEC");
		eq(fcntl(fd[1] + 1, F_GETFL), flags[i] & O_NONBLOCK, "but the status flags");
		close(fd[1] + 1);
		close(fd[0]);
		close(fd[1]);
	}
}

/* The array straddles a page that can be written and one that cannot. */
static void straddling(void)
{
	char *edge = mmap(0, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int before = open_count(), fd[2];

	mprotect(edge + PAGE, PAGE, PROT_READ);
	for (int back = 1; back < 8; back++)
		eq(sc(SYS_pipe2, edge + PAGE - back, 0), -EFAULT, "EFAULT: %d bytes can be written", back);
	eq(open_count(), before, "nothing is left open");
	eq(sc(SYS_pipe2, edge + PAGE - 8, 0), 0, "eight can, and are enough");
	eq(open_count(), before + 2, "two more are open");
	memcpy(fd, edge + PAGE - 8, sizeof fd);
	close(fd[0]);
	close(fd[1]);
	munmap(edge, 2 * PAGE);
}

static long no_numbers(void *unused)
{
	struct rlimit l;
	int fd[2] = {-5, -5}, lowest = dup(1), before;

	(void)unused;
	close(lowest);
	before = open_count();
	getrlimit(RLIMIT_NOFILE, &l);
	for (int left = 0; left < 2; left++) {
		l.rlim_cur = lowest + left;
		setrlimit(RLIMIT_NOFILE, &l);
		for (int i = 0; i < 20; i++)
			if (sc(SYS_pipe2, fd, 0) != -EMFILE)
				return 1;
		if (sc(SYS_pipe2, BAD_POINTER, 0) != -EMFILE || sc(SYS_pipe2, fd, 1) != -EINVAL)
			return 2;
		if (open_count() != before || fd[0] != -5)
			return 3;
	}
	l.rlim_cur = lowest + 2;
	setrlimit(RLIMIT_NOFILE, &l);
	for (int i = 0; i < 20; i++)
		if (sc(SYS_pipe2, BAD_POINTER, 0) != -EFAULT)
			return 4;
	return sc(SYS_pipe2, fd, 0) || fd[0] != lowest || fd[1] != lowest + 1 ? 5 : 0;
}

static long fill(int fd, int pages)
{
	long done = 0;

	for (int i = 0; i < pages; i++)
		done += sc(SYS_write, fd, big, PAGE) == PAGE;
	return done;
}

/* PIPE_BUF bytes or fewer go in whole or not at all; more may go in in part. */
static void what_fits(void)
{
	int fd[2];

	if (pipe2(fd, O_NONBLOCK))
		_exit(97);
	eq(fill(fd[1], 15), 15, "15 pages of 16");
	eq(sc(SYS_write, fd[1], big, PAGE + 1), PAGE, "a page and a byte: the page goes in");
	eq(sc(SYS_write, fd[1], big, PAGE + 1), -EAGAIN, "EAGAIN: then nothing of it does");
	eq(sc(SYS_write, fd[1], big, 1), -EAGAIN, "EAGAIN: nor a byte");
	eq(sc(SYS_write, fd[1], BAD_POINTER, 1), -EAGAIN, "EAGAIN: before EFAULT");
	eq(sc(SYS_write, fd[1], bad_pointers[2], 1), -EFAULT, "EFAULT: of a kernel address, before EAGAIN");
	eq(sc(SYS_write, fd[1], 0, 0), 0, "nothing at all always fits");
	eq(sc(SYS_read, fd[0], big, PAGE - 1), PAGE - 1, "all but a byte of a page taken");
	eq(sc(SYS_write, fd[1], big, 1), -EAGAIN, "EAGAIN: that makes no room");
	eq(sc(SYS_read, fd[0], big, 1), 1, "its last byte");
	eq(sc(SYS_write, fd[1], big, PAGE), PAGE, "does, for a page");
	eq(sc(SYS_read, fd[0], big, 2 * PAGE), 2 * PAGE, "two pages taken");
	eq(sc(SYS_write, fd[1], big, CAPACITY), 2 * PAGE, "a large write: two pages go in");
	eq(sc(SYS_read, fd[0], big, sizeof big), CAPACITY, "all is read at once");
	eq(sc(SYS_write, fd[1], big, sizeof big), CAPACITY, "more than there is room: it is filled");
	close(fd[0]);
	close(fd[1]);
}

static void of_nothing(void)
{
	char byte;
	int fd[2];

	if (pipe2(fd, O_NONBLOCK))
		_exit(97);
	signal(SIGPIPE, SIG_IGN);
	eq(sc(SYS_read, fd[0], &byte, 0), 0, "reading nothing of an empty pipe is no EAGAIN");
	eq(sc(SYS_read, fd[0], BAD_POINTER, 0), 0, "to a bad address");
	eq(sc(SYS_write, fd[1], BAD_POINTER, 0), 0, "writing nothing from one");
	for (int i = 1; i < BAD_POINTERS; i++) {
		eq(sc(SYS_read, fd[0], bad_pointers[i], 0), -EFAULT, "EFAULT: nothing to bad pointer %d", i);
		eq(sc(SYS_write, fd[1], bad_pointers[i], 0), -EFAULT, "EFAULT: nothing from it");
	}
	eq(sc(SYS_read, fd[0], BAD_POINTER, 1), -EAGAIN, "EAGAIN: a byte, before EFAULT");
	eq(sc(SYS_read, fd[1], bad_pointers[2], 0), -EBADF, "EBADF: the wrong end, before EFAULT");
	close(fd[0]);
	eq(sc(SYS_write, fd[1], &byte, 0), 0, "writing nothing without readers is no EPIPE");
	eq(sc(SYS_write, fd[1], &byte, 1), -EPIPE, "EPIPE: a byte");
	eq(sc(SYS_write, fd[1], BAD_POINTER, 1), -EPIPE, "EPIPE: before EFAULT");
	close(fd[1]);
}

int main(void)
{
	each_flag();
	combinations();
	straddling();
	eq(in_child(no_numbers, 0), 0, "EMFILE with no number or one left, EFAULT with two: none is lost");
	what_fits();
	of_nothing();
	return tap_done();
}
