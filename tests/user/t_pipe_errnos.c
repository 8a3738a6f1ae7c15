/* t_pipe_errnos - every error of pipe, pipe2, read, write and close that Linux documents for pipes. */
#include "tap.h"

static int lowest(void)
{
	int fd = dup(0);

	if (fd < 0)
		fd = dup(1);
	close(fd);
	return fd;
}

static void creating(void)
{
	int fd[2] = {-5, -5}, before = lowest();

	for (int i = 0; i < BAD_POINTERS; i++) {
		eq(sc(SYS_pipe, bad_pointers[i]), -EFAULT, "EFAULT: pipe, bad pointer %d", i);
		eq(sc(SYS_pipe2, bad_pointers[i], 0), -EFAULT, "EFAULT: pipe2, bad pointer %d", i);
	}
	eq(sc(SYS_pipe2, fd, 1), -EINVAL, "EINVAL: flag 1");
	eq(sc(SYS_pipe2, fd, O_APPEND), -EINVAL, "EINVAL: O_APPEND");
	eq(sc(SYS_pipe2, fd, -1), -EINVAL, "EINVAL: all flags");
	eq(fd[0], -5, "failing calls write nothing");
	eq(lowest(), before, "and keep no descriptor");
	eq(sc(SYS_pipe2, fd, O_CLOEXEC | O_NONBLOCK), 0, "pipe2 with both flags");
	eq(fcntl(fd[0], F_GETFD), FD_CLOEXEC, "FD_CLOEXEC on the reading end");
	eq(fcntl(fd[1], F_GETFD), FD_CLOEXEC, "FD_CLOEXEC on the writing end");
	eq(fcntl(fd[0], F_GETFL), O_RDONLY | O_NONBLOCK, "flags of the reading end");
	eq(fcntl(fd[1], F_GETFL), O_WRONLY | O_NONBLOCK, "flags of the writing end");
	eq(fd[0], before, "the lowest number free is the reading end");
	close(fd[0]);
	close(fd[1]);
}

static void using(void)
{
	char byte = 'x';
	int fd[2];

	if (pipe(fd))
		_exit(97);
	eq(sc(SYS_read, fd[1], &byte, 1), -EBADF, "EBADF: reading the writing end");
	eq(sc(SYS_write, fd[0], &byte, 1), -EBADF, "EBADF: writing the reading end");
	eq(sc(SYS_lseek, fd[0], 0, SEEK_SET), -ESPIPE, "ESPIPE: lseek");
	eq(sc(SYS_lseek, fd[1], 0, SEEK_CUR), -ESPIPE, "ESPIPE: lseek of the writing end");
	if (write(fd[1], "abc", 3) != 3)
		_exit(97);
	for (int i = 0; i < BAD_POINTERS; i++) {
		eq(sc(SYS_read, fd[0], bad_pointers[i], 1), -EFAULT, "EFAULT: read, bad pointer %d", i);
		eq(sc(SYS_write, fd[1], bad_pointers[i], 1), -EFAULT, "EFAULT: write, bad pointer %d", i);
	}
	eq(sc(SYS_read, fd[0], &byte, 1), 1, "a read that failed took nothing");
	eq(byte, 'a', "the first byte is still there");
	close(fd[0]);
	close(fd[1]);
}

static void closed(void)
{
	char byte;
	int fd[2];

	if (pipe(fd))
		_exit(97);
	eq(sc(SYS_close, fd[0]), 0, "close");
	eq(sc(SYS_close, fd[0]), -EBADF, "EBADF: closed already");
	eq(sc(SYS_read, fd[0], &byte, 1), -EBADF, "EBADF: read");
	eq(sc(SYS_write, fd[0], &byte, 1), -EBADF, "EBADF: write");
	close(fd[1]);
	eq(sc(SYS_close, -1), -EBADF, "EBADF: close(-1)");
	eq(sc(SYS_close, 123456789), -EBADF, "EBADF: close of a large number");
	eq(sc(SYS_read, -1, &byte, 1), -EBADF, "EBADF: read(-1)");
	eq(sc(SYS_write, 0x7fffffff, &byte, 1), -EBADF, "EBADF: write of the largest number");
	eq(sc(SYS_read, -1, BAD_POINTER, 1), -EBADF, "EBADF before EFAULT");
	eq(sc(SYS_read, -1, 0, 0), -EBADF, "EBADF: also for no bytes");
}

int main(void)
{
	creating();
	using();
	closed();
	return tap_done();
}
