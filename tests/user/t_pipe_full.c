/* t_pipe_full - a pipe holds 64 KiB; beyond that writers wait, or get EAGAIN with O_NONBLOCK. */
#include "tap.h"

#define CAPACITY 65536

static char chunk[PAGE];
static char big[CAPACITY + 4464]; /* 70,000 */

static void set_nonblock(int fd, int on)
{
	int flags = fcntl(fd, F_GETFL);

	fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

static long fill(int fd)
{
	long total = 0, n;

	while ((n = sc(SYS_write, fd, chunk, sizeof chunk)) > 0)
		total += n;
	return n == -EAGAIN ? total : n;
}

static long drain(int fd)
{
	long total = 0, n;

	while ((n = sc(SYS_read, fd, big, sizeof big)) > 0)
		total += n;
	return n == -EAGAIN || n == 0 ? total : n;
}

static void nonblocking(void)
{
	int fd[2];

	eq(sc(SYS_pipe2, fd, O_NONBLOCK), 0, "pipe2(O_NONBLOCK)");
	eq(sc(SYS_read, fd[0], chunk, 1), -EAGAIN, "EAGAIN: reading an empty pipe");
	eq(fill(fd[1]), CAPACITY, "65536 bytes fit");
	eq(sc(SYS_write, fd[1], chunk, 1), -EAGAIN, "EAGAIN: one byte more");
	eq(sc(SYS_write, fd[1], chunk, 0), 0, "no bytes more are fine");
	eq(read(fd[0], chunk, PAGE), PAGE, "4096 bytes taken");
	eq(write(fd[1], chunk, PAGE), PAGE, "make room for as many");
	eq(sc(SYS_write, fd[1], chunk, PAGE), -EAGAIN, "EAGAIN: and no more");
	eq(drain(fd[0]), CAPACITY, "all of them come out");
	eq(sc(SYS_read, fd[0], chunk, 1), -EAGAIN, "EAGAIN: empty again");
	eq(sc(SYS_write, fd[1], big, sizeof big), CAPACITY, "a write of 70,000 bytes is cut short");
	eq(drain(fd[0]), CAPACITY, "what went in comes out");
	close(fd[1]);
	eq(sc(SYS_read, fd[0], chunk, 1), 0, "end of file is not EAGAIN");
	close(fd[0]);
}

/* Up to PIPE_BUF bytes go in whole or not at all, also without waiting. */
static void atomic_or_nothing(void)
{
	int fd[2];

	if (pipe2(fd, O_NONBLOCK))
		_exit(97);
	for (int i = 0; i < 15; i++)
		if (write(fd[1], chunk, PAGE) != PAGE)
			_exit(96);
	eq(write(fd[1], chunk, 2000), 2000, "2096 bytes are left");
	eq(sc(SYS_write, fd[1], chunk, PAGE), -EAGAIN, "EAGAIN: 4096 bytes do not fit and none goes in");
	eq(drain(fd[0]), 15 * PAGE + 2000, "as the reader sees");
	close(fd[0]);
	close(fd[1]);
}

static void blocking(void)
{
	int fd[2], ready[2], status, pid;

	if (pipe(fd) || pipe(ready))
		_exit(97);
	pid = fork();
	if (pid == 0) {
		close(fd[0]);
		for (int i = 0; i < 16; i++)
			if (write(fd[1], chunk, PAGE) != PAGE)
				_exit(1);
		pass(ready[1]);
		_exit(write(fd[1], chunk, 10) == 10 ? 78 : 2);
	}
	close(fd[1]);
	await(ready[0]);
	sleep_ms(5);
	eq(sc(SYS_wait4, pid, &status, WNOHANG, 0), 0, "a writer waits at a full pipe");
	eq(read(fd[0], chunk, PAGE), PAGE, "a read makes room");
	eq(wait_for(pid), EXITED(78), "and lets it go on");
	set_nonblock(fd[0], 1);
	eq(drain(fd[0]), CAPACITY - PAGE + 10, "everything is there");
	close(fd[0]);
	close(ready[0]);
	close(ready[1]);
}

/* A blocking write larger than the pipe returns only when all of it is in. */
static void large_blocking(void)
{
	int fd[2], pid;
	long total = 0, n;

	if (pipe(fd))
		_exit(97);
	pid = fork();
	if (pid == 0) {
		close(fd[0]);
		_exit(write(fd[1], big, sizeof big) == sizeof big ? 79 : 1);
	}
	close(fd[1]);
	while ((n = read(fd[0], big, 1000)) > 0)
		total += n;
	eq(total, sizeof big, "a reader gets all of a large write");
	eq(wait_for(pid), EXITED(79), "which returns the whole length");
	close(fd[0]);
}

/* O_NONBLOCK belongs to the open file, so a copy of the descriptor has it too, the other end has not. */
static void flag(void)
{
	int fd[2], copy;

	if (pipe(fd))
		_exit(97);
	copy = dup(fd[0]);
	set_nonblock(fd[0], 1);
	eq(sc(SYS_read, copy, chunk, 1), -EAGAIN, "EAGAIN: through a copy of the descriptor");
	ok(!(fcntl(fd[1], F_GETFL) & O_NONBLOCK), "the other end is as before");
	set_nonblock(copy, 0);
	ok(!(fcntl(fd[0], F_GETFL) & O_NONBLOCK), "switched off through the copy");
	close(fd[0]);
	close(fd[1]);
	close(copy);
}

int main(void)
{
	nonblocking();
	atomic_or_nothing();
	blocking();
	large_blocking();
	flag();
	return tap_done();
}
