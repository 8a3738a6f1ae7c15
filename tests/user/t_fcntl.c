/* t_fcntl - F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL and their errors. */
#include "tap.h"

static int fd[2];

static void duplicating(void)
{
	int a;

	eq(sc(SYS_fcntl, fd[0], F_DUPFD, 50), 50, "F_DUPFD takes the number asked for");
	eq(sc(SYS_fcntl, fd[0], F_DUPFD, 50), 51, "or the next one free");
	eq(fcntl(50, F_GETFD), 0, "without FD_CLOEXEC");
	eq(sc(SYS_fcntl, fd[0], F_DUPFD_CLOEXEC, 50), 52, "F_DUPFD_CLOEXEC");
	eq(fcntl(52, F_GETFD), FD_CLOEXEC, "with FD_CLOEXEC");
	a = fcntl(fd[0], F_DUPFD, 0);
	ok(a > fd[1] && a < 50, "from 0 it is the lowest one free");
	close(a);
	for (int i = 50; i <= 52; i++)
		close(i);
	eq(sc(SYS_fcntl, fd[0], F_DUPFD, -1), -EINVAL, "EINVAL: F_DUPFD from -1");
	eq(sc(SYS_fcntl, fd[0], F_DUPFD, 0x7fffffff), -EINVAL, "EINVAL: F_DUPFD above the limit");
	eq(sc(SYS_fcntl, -1, F_DUPFD, 0), -EBADF, "EBADF: F_DUPFD of -1");
}

static void descriptor_flags(void)
{
	int copy = dup(fd[0]);

	eq(sc(SYS_fcntl, fd[0], F_GETFD), 0, "no FD_CLOEXEC at first");
	eq(sc(SYS_fcntl, fd[0], F_SETFD, FD_CLOEXEC), 0, "F_SETFD");
	eq(sc(SYS_fcntl, fd[0], F_GETFD), FD_CLOEXEC, "F_GETFD shows it");
	eq(sc(SYS_fcntl, copy, F_GETFD), 0, "a copy has its own");
	eq(sc(SYS_fcntl, fd[0], F_SETFD, 0), 0, "F_SETFD clears it");
	eq(sc(SYS_fcntl, fd[0], F_GETFD), 0, "as F_GETFD shows");
	eq(sc(SYS_fcntl, fd[0], F_SETFD, 0xfe), 0, "other bits are ignored");
	eq(sc(SYS_fcntl, fd[0], F_GETFD), 0, "as F_GETFD shows");
	close(copy);
}

static void status_flags(void)
{
	int copy = dup(fd[0]);

	eq(sc(SYS_fcntl, fd[0], F_GETFL), O_RDONLY, "the reading end is read-only");
	eq(sc(SYS_fcntl, fd[1], F_GETFL), O_WRONLY, "the writing end is write-only");
	eq(sc(SYS_fcntl, fd[0], F_SETFL, O_NONBLOCK), 0, "F_SETFL O_NONBLOCK");
	eq(sc(SYS_fcntl, fd[0], F_GETFL), O_RDONLY | O_NONBLOCK, "F_GETFL shows it");
	eq(sc(SYS_fcntl, copy, F_GETFL), O_RDONLY | O_NONBLOCK, "a copy shares it");
	eq(sc(SYS_fcntl, fd[0], F_SETFL, O_RDWR), 0, "F_SETFL cannot change the access mode");
	eq(sc(SYS_fcntl, fd[0], F_GETFL), O_RDONLY, "it takes O_NONBLOCK away again");
	close(copy);
}

static void file(void)
{
	int f = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	eq(sc(SYS_fcntl, f, F_GETFD), FD_CLOEXEC, "open with O_CLOEXEC");
	eq(sc(SYS_fcntl, f, F_GETFL) & O_ACCMODE, O_RDONLY, "a file opened for reading");
	close(f);
}

static void errors(void)
{
	eq(sc(SYS_fcntl, -1, F_GETFD), -EBADF, "EBADF: F_GETFD of -1");
	eq(sc(SYS_fcntl, -1, F_GETFL), -EBADF, "EBADF: F_GETFL of -1");
	eq(sc(SYS_fcntl, 1234567, F_SETFD, 0), -EBADF, "EBADF: F_SETFD of a large number");
	eq(sc(SYS_fcntl, fd[0], 9999, 0), -EINVAL, "EINVAL: unknown command");
	eq(sc(SYS_fcntl, fd[0], -1, 0), -EINVAL, "EINVAL: command -1");
	eq(sc(SYS_fcntl, -1, 9999, 0), -EBADF, "EBADF before EINVAL");
}

int main(void)
{
	if (pipe(fd))
		return 97;
	duplicating();
	descriptor_flags();
	status_flags();
	file();
	errors();
	return tap_done();
}
