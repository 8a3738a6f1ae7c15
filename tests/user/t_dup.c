/* t_dup - dup, dup2 and dup3: numbers, sharing, close-on-exec, errors. */
#include "tap.h"

static int fd[2];

static void numbers(void)
{
	int a = dup(fd[0]), b = dup(fd[0]);

	ok(a > fd[1] && b > a, "dup gives the lowest free number each time");
	close(a);
	eq(dup(fd[1]), a, "a closed number is used again");
	close(a);
	close(b);
	eq(sc(SYS_dup, fd[0]), a, "lowest again");
	close(a);
}

static void onto(void)
{
	char byte = 0;
	int other[2];

	if (pipe(other))
		_exit(97);
	eq(sc(SYS_dup2, fd[1], other[1]), other[1], "dup2 returns the new number");
	pass(other[1]);
	eq(read(fd[0], &byte, 1), 1, "which is now the other pipe");
	eq(read(other[0], &byte, 1), 0, "what it was before is closed");
	eq(sc(SYS_dup2, fd[1], fd[1]), fd[1], "dup2 onto itself does nothing");
	ok(fcntl(fd[1], F_GETFD) >= 0, "it stays open");
	eq(sc(SYS_dup2, fd[1], 77), 77, "dup2 onto a number that was free");
	pass(77);
	eq(read(fd[0], &byte, 1), 1, "works as well");
	close(77);
	close(other[0]);
	close(other[1]);
}

static void close_on_exec(void)
{
	int a = fcntl(fd[0], F_DUPFD_CLOEXEC, 0), b;

	eq(fcntl(a, F_GETFD), FD_CLOEXEC, "a descriptor with FD_CLOEXEC");
	b = dup(a);
	eq(fcntl(b, F_GETFD), 0, "dup clears it in the copy");
	eq(fcntl(a, F_GETFD), FD_CLOEXEC, "and keeps it in the original");
	eq(sc(SYS_dup2, a, b), b, "dup2");
	eq(fcntl(b, F_GETFD), 0, "clears it as well");
	eq(sc(SYS_dup2, a, a), a, "dup2 onto itself");
	eq(fcntl(a, F_GETFD), FD_CLOEXEC, "keeps it");
	eq(sc(SYS_dup3, a, b, O_CLOEXEC), b, "dup3 with O_CLOEXEC");
	eq(fcntl(b, F_GETFD), FD_CLOEXEC, "sets it");
	eq(sc(SYS_dup3, a, b, 0), b, "dup3 without");
	eq(fcntl(b, F_GETFD), 0, "does not");
	close(a);
	close(b);
}

static void shared_offset(void)
{
	int file = open("/proc/self/exe", O_RDONLY), copy = dup(file), pid;
	char byte;

	lseek(file, 100, SEEK_SET);
	eq(lseek(copy, 0, SEEK_CUR), 100, "copies share the offset");
	if (read(copy, &byte, 1) != 1)
		_exit(97);
	eq(lseek(file, 0, SEEK_CUR), 101, "both ways");
	pid = fork();
	if (pid == 0)
		_exit(lseek(file, 5, SEEK_SET) != 5);
	wait_for(pid);
	eq(lseek(copy, 0, SEEK_CUR), 5, "a child's copy shares it too");
	close(file);
	eq(lseek(copy, 0, SEEK_CUR), 5, "closing one keeps the other");
	close(copy);
}

static void errors(void)
{
	int free_number = dup(0);

	close(free_number);
	eq(sc(SYS_dup, -1), -EBADF, "EBADF: dup(-1)");
	eq(sc(SYS_dup, free_number), -EBADF, "EBADF: dup of a closed one");
	eq(sc(SYS_dup, 0x7fffffff), -EBADF, "EBADF: dup of the largest number");
	eq(sc(SYS_dup2, free_number, 1), -EBADF, "EBADF: dup2 of a closed one");
	ok(fcntl(1, F_GETFD) >= 0, "and the target is not closed");
	eq(sc(SYS_dup2, free_number, free_number), -EBADF, "EBADF: dup2 of a closed one onto itself");
	eq(sc(SYS_dup2, fd[0], -1), -EBADF, "EBADF: dup2 onto -1");
	eq(sc(SYS_dup2, fd[0], 0x7fffffff), -EBADF, "EBADF: dup2 onto the largest number");
	eq(sc(SYS_dup3, fd[0], fd[0], 0), -EINVAL, "EINVAL: dup3 onto itself");
	eq(sc(SYS_dup3, fd[0], 78, 1), -EINVAL, "EINVAL: dup3 with an unknown flag");
	eq(sc(SYS_dup3, fd[0], 78, O_NONBLOCK), -EINVAL, "EINVAL: dup3 with O_NONBLOCK");
	eq(sc(SYS_dup3, free_number, 78, 0), -EBADF, "EBADF: dup3 of a closed one");
	eq(sc(SYS_dup3, fd[0], -1, 0), -EBADF, "EBADF: dup3 onto -1");
	eq(fcntl(78, F_GETFD), -1, "refused calls open nothing");
}

int main(void)
{
	if (pipe(fd))
		return 97;
	numbers();
	onto();
	close_on_exec();
	shared_offset();
	errors();
	return tap_done();
}
