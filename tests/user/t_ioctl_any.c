/* t_ioctl_any - the requests that every open file knows: FIONREAD, FIONBIO, FIOCLEX, FIONCLEX. */
#include "tap.h"

#include <sys/ioctl.h>

static int fd[2];

static void bytes_waiting(void)
{
	char buffer[100] = "";
	int n = -1, file = open("/proc/self/exe", O_RDONLY);
	long size = lseek(file, 0, SEEK_END);

	eq(sc(SYS_ioctl, fd[0], FIONREAD, &n), 0, "FIONREAD of an empty pipe");
	eq(n, 0, "tells 0");
	if (write(fd[1], buffer, 70) != 70)
		_exit(97);
	sc(SYS_ioctl, fd[0], FIONREAD, &n);
	eq(n, 70, "with 70 bytes in it, 70");
	if (read(fd[0], buffer, 30) != 30)
		_exit(97);
	sc(SYS_ioctl, fd[0], FIONREAD, &n);
	eq(n, 40, "and 40 when 30 were read");
	lseek(file, 1000, SEEK_SET);
	eq(sc(SYS_ioctl, file, FIONREAD, &n), 0, "FIONREAD of a file");
	eq(n, size - 1000, "tells what is left from the offset on");
	eq(sc(SYS_ioctl, fd[0], FIONREAD, BAD_POINTER), -EFAULT, "EFAULT: FIONREAD");
	if (read(fd[0], buffer, 40) != 40)
		_exit(97);
	close(file);
}

static void flags(void)
{
	int on = 1, off = 0;
	char byte;

	eq(sc(SYS_ioctl, fd[0], FIONBIO, &on), 0, "FIONBIO on");
	eq(fcntl(fd[0], F_GETFL), O_RDONLY | O_NONBLOCK, "is O_NONBLOCK");
	eq(sc(SYS_read, fd[0], &byte, 1), -EAGAIN, "EAGAIN: a read does not wait");
	eq(sc(SYS_ioctl, fd[0], FIONBIO, &off), 0, "FIONBIO off");
	eq(fcntl(fd[0], F_GETFL), O_RDONLY, "takes it away");
	eq(sc(SYS_ioctl, fd[0], FIONBIO, BAD_POINTER), -EFAULT, "EFAULT: FIONBIO");
	eq(sc(SYS_ioctl, fd[0], FIOCLEX, 0), 0, "FIOCLEX");
	eq(fcntl(fd[0], F_GETFD), FD_CLOEXEC, "is FD_CLOEXEC");
	eq(sc(SYS_ioctl, fd[0], FIONCLEX, 0), 0, "FIONCLEX");
	eq(fcntl(fd[0], F_GETFD), 0, "takes it away");
	eq(sc(SYS_ioctl, -1, FIOCLEX, 0), -EBADF, "EBADF: -1");
}

int main(void)
{
	if (pipe(fd))
		return 97;
	bytes_waiting();
	flags();
	return tap_done();
}
