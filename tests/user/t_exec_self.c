/* t_exec_self - what exec keeps and what it takes away, by way of /proc/self/exe. */
#include "tap.h"

static int word = 1;
static char **saved_argv;

static void chain_start(void *count)
{
	exec_self("--chain", count);
	_exit(111);
}

static int chain(int count)
{
	char number[12];

	if (count == 0)
		return 9;
	snprintf(number, sizeof number, "%d", count - 1);
	exec_self("--chain", number);
	return 111;
}

struct identity {
	int pid, ppid, pgid, sid, tid, offset_fd;
};

static struct identity identity_now(void)
{
	struct identity id = {getpid(), getppid(), getpgrp(), getsid(0), sc(SYS_gettid), 0};

	return id;
}

/* Before exec the identity goes into the pipe, after exec again: both must be the same. */
static void identity_kept(void)
{
	struct identity before, after;
	int fd[2], pid;

	if (pipe(fd))
		_exit(97);
	pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		before = identity_now();
		if (write(fd[1], &before, sizeof before) < 0)
			_exit(1);
		dup2(fd[1], 1);
		exec_self("--identity", 0);
		_exit(111);
	}
	ok(read(fd[0], &before, sizeof before) == sizeof before, "identity told before exec");
	ok(read(fd[0], &after, sizeof after) == sizeof after, "and after");
	eq(wait_for(pid), EXITED(0), "status of the program that exec started");
	ok(before.pid == after.pid && after.pid == pid && after.tid == pid, "pid and tid stay");
	ok(before.ppid == after.ppid, "the parent stays");
	ok(before.pgid == after.pgid && after.pgid == pid, "the process group stays");
	ok(before.sid == after.sid, "the session stays");
	close(fd[0]);
	close(fd[1]);
}

static void memory_gone(void *argument)
{
	(void)argument;
	word = 77;
	exec_self("--memory", 0);
	_exit(111);
}

static void self_file(void)
{
	unsigned char head[20] = {0};
	int fd = open("/proc/self/exe", O_RDONLY);

	ok(fd >= 0, "/proc/self/exe opens");
	eq(read(fd, head, sizeof head), sizeof head, "and can be read");
	ok(!memcmp(head, "\177ELF", 4) && head[4] == 2 && head[18] == 62, "it is a 64-bit x86 ELF file");
	close(fd);
	fd = open(saved_argv[0], O_RDONLY);
	ok(fd < 0 || close(fd) == 0, "argv[0] may be a path");
}

static void exec_refuses(void)
{
	char *argv[] = {"x", 0};

	eq(sc(SYS_execve, "", argv, 0), -ENOENT, "ENOENT: empty path");
	eq(sc(SYS_execve, "/proc/self/exe/x", argv, 0), -ENOTDIR, "ENOTDIR: below the program");
	eq(sc(SYS_execve, "/", argv, 0), -EACCES, "EACCES: a directory");
	for (int i = 0; i < BAD_POINTERS; i++)
		eq(sc(SYS_execve, bad_pointers[i], argv, 0), -EFAULT, "EFAULT: path, bad pointer %d", i);
	eq(word, 1, "the caller is unharmed");
}

static void sixteen(void)
{
	int good = 0;

	for (int i = 0; i < 16; i++)
		good += status_of(chain_start, "0") == EXITED(9);
	eq(good, 16, "sixteen forks and execs");
}

int main(int argc, char **argv)
{
	saved_argv = argv;
	if (argc > 1 && !strcmp(argv[1], "--chain"))
		return chain(atoi(argv[2]));
	if (argc > 1 && !strcmp(argv[1], "--memory"))
		return word == 1 ? 10 : 1;
	if (argc > 1 && !strcmp(argv[1], "--identity")) {
		struct identity id = identity_now();

		return write(1, &id, sizeof id) != sizeof id;
	}
	eq(status_of(chain_start, "5"), EXITED(9), "a chain of six programs in one process");
	identity_kept();
	eq(status_of(memory_gone, 0), EXITED(10), "data starts afresh");
	eq(word, 1, "the parent's data stays");
	self_file();
	exec_refuses();
	sixteen();
	return tap_done();
}
