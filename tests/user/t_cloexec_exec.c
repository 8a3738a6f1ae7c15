/* t_cloexec_exec - which descriptors a program started by exec finds open. */
#include "tap.h"

static int is_open(int fd)
{
	return sc(SYS_fcntl, fd, F_GETFD) >= 0;
}

static void start(void *mode)
{
	exec_self(mode, 0);
	_exit(111);
}

/* 60 to 67 are opened with FD_CLOEXEC on every second one; the program sees which survive. */
static int survivors(void)
{
	int bits = 0;

	for (int i = 0; i < 8; i++)
		bits |= is_open(60 + i) << i;
	return bits;
}

static void failing_exec(void)
{
	char *argv[] = {"x", 0};
	int fd = fcntl(1, F_DUPFD_CLOEXEC, 90);

	eq(sc(SYS_execve, "/no/such/program", argv, 0), -ENOENT, "an exec that fails");
	ok(is_open(fd), "closes nothing");
	close(fd);
}

static void vector_of(int mask)
{
	for (int i = 0; i < 8; i++) {
		int flag = mask >> i & 1;

		sc(SYS_dup3, 1, 60 + i, flag ? O_CLOEXEC : 0);
	}
	eq(status_of(start, "--survivors"), EXITED(0xff & ~mask), "survivors with mask 0x%02x", mask);
	eq(survivors(), 0xff, "here all stay open");
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--survivors"))
		return survivors();
	if (argc > 1 && !strcmp(argv[1], "--flags"))
		return is_open(60) ? fcntl(60, F_GETFD) : 9;
	vector_of(0x00);
	vector_of(0xff);
	vector_of(0x55);
	vector_of(0x80);
	for (int i = 0; i < 8; i++)
		close(60 + i);
	eq(status_of(start, "--survivors"), EXITED(0), "closed ones are closed");
	dup2(1, 60);
	fcntl(60, F_SETFD, FD_CLOEXEC);
	eq(status_of(start, "--flags"), EXITED(9), "FD_CLOEXEC set by fcntl");
	fcntl(60, F_SETFD, 0);
	eq(status_of(start, "--flags"), EXITED(0), "and cleared by fcntl");
	failing_exec();
	return tap_done();
}
