/* t_sigpipe - writing where nobody can read: SIGPIPE, or EPIPE for those who do not take it. */
#include "tap.h"

#include <poll.h>
#include <sys/uio.h>

static int broken_pipe(void)
{
	int fd[2];

	if (pipe(fd))
		_exit(97);
	close(fd[0]);
	return fd[1];
}

static void writes(void *unused)
{
	(void)unused;
	sc(SYS_write, broken_pipe(), "x", 1);
	_exit(1);
}

static void writes_vector(void *unused)
{
	struct iovec v = {"x", 1};

	(void)unused;
	sc(SYS_writev, broken_pipe(), &v, 1);
	_exit(1);
}

static void writes_ignoring(void *unused)
{
	struct iovec v = {"x", 1};
	int fd = broken_pipe();

	(void)unused;
	signal(SIGPIPE, SIG_IGN);
	if (sc(SYS_write, fd, "x", 1) != -EPIPE)
		_exit(1);
	if (sc(SYS_writev, fd, &v, 1) != -EPIPE)
		_exit(2);
	_exit(71);
}

static void writes_blocking(void *unblock)
{
	unsigned long mask = 1UL << (SIGPIPE - 1);

	sc(SYS_rt_sigprocmask, SIG_BLOCK, &mask, 0, 8);
	if (sc(SYS_write, broken_pipe(), "x", 1) != -EPIPE)
		_exit(1);
	if (unblock)
		sc(SYS_rt_sigprocmask, SIG_UNBLOCK, &mask, 0, 8);
	_exit(72);
}

static void writes_nothing(void *unused)
{
	(void)unused;
	_exit(sc(SYS_write, broken_pipe(), "x", 0) == 0 ? 73 : 1);
}

/* The reader goes away while the writer waits for room. */
static void reader_leaves(int ignore, int want, const char *name)
{
	static char chunk[PAGE];
	int fd[2], ready[2], pid;

	if (pipe(fd) || pipe(ready))
		_exit(97);
	pid = fork();
	if (pid == 0) {
		close(fd[0]);
		if (ignore)
			signal(SIGPIPE, SIG_IGN);
		for (int i = 0; i < 16; i++)
			if (write(fd[1], chunk, sizeof chunk) != sizeof chunk)
				_exit(2);
		pass(ready[1]);
		_exit(sc(SYS_write, fd[1], chunk, sizeof chunk) == -EPIPE ? 74 : 3);
	}
	close(fd[1]);
	await(ready[0]);
	sleep_ms(5);
	close(fd[0]);
	eq(wait_for(pid), want, "%s", name);
	close(ready[0]);
	close(ready[1]);
}

/* A write that got some bytes out before the reader left returns their number, then the next one fails. */
static void partial(void)
{
	static char big[100000];
	int fd[2], ready[2], pid;

	if (pipe(fd) || pipe(ready))
		_exit(97);
	pid = fork();
	if (pid == 0) {
		long n;

		close(fd[0]);
		signal(SIGPIPE, SIG_IGN);
		pass(ready[1]);
		n = sc(SYS_write, fd[1], big, sizeof big);
		_exit(n == 65536 && sc(SYS_write, fd[1], big, 1) == -EPIPE ? 75 : 4);
	}
	await(ready[0]);
	while (poll(&(struct pollfd){fd[1], POLLOUT, 0}, 1, 0)) /* until it has filled the pipe */
		sleep_ms(1);
	sleep_ms(20); /* and waits for room */
	close(fd[1]);
	close(fd[0]);
	eq(wait_for(pid), EXITED(75), "a write cut short by the reader's end returns what went in");
	close(ready[0]);
	close(ready[1]);
}

static void another_reader(void)
{
	int fd[2], copy;

	if (pipe(fd))
		_exit(97);
	copy = dup(fd[0]);
	close(fd[0]);
	eq(sc(SYS_write, fd[1], "x", 1), 1, "a copy of the reading end is a reader");
	close(copy);
	signal(SIGPIPE, SIG_IGN);
	eq(sc(SYS_write, fd[1], "x", 1), -EPIPE, "EPIPE: when the last one is closed");
	signal(SIGPIPE, SIG_DFL);
	close(fd[1]);
}

int main(void)
{
	eq(status_of(writes, 0), KILLED(SIGPIPE), "write ends the process by SIGPIPE");
	eq(status_of(writes_vector, 0), KILLED(SIGPIPE), "so does writev");
	eq(status_of(writes_ignoring, 0), EXITED(71), "EPIPE: with the signal ignored");
	eq(status_of(writes_blocking, 0), EXITED(72), "EPIPE: with the signal blocked");
	eq(status_of(writes_blocking, (void *)1), KILLED(SIGPIPE), "the blocked signal is pending");
	eq(status_of(writes_nothing, 0), EXITED(73), "writing no bytes is no error");
	reader_leaves(0, KILLED(SIGPIPE), "a waiting writer gets SIGPIPE when the reader leaves");
	reader_leaves(1, EXITED(74), "or EPIPE");
	partial();
	another_reader();
	return tap_done();
}
