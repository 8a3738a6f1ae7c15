/* t_vfork - the parent waits until the child of vfork has exited or started a program. */
#include "tap.h"

static void parent_waits(void)
{
	long start = now_us(), took;
	int pid = vfork();

	if (pid == 0) {
		sleep_ms(20);
		_exit(5);
	}
	took = now_us() - start;
	ok(pid > 0, "vfork returns the child's pid");
	ok(took >= 20000, "not before the child has exited");
	eq(wait_for(pid), EXITED(5), "the child's status is kept");
}

static void with_exec(void)
{
	int fd[2], pid;
	char byte = 0;

	if (pipe(fd))
		_exit(97);
	pid = vfork();
	if (pid == 0) {
		dup2(fd[1], 1);
		exec_self("--speak", 0);
		_exit(111);
	}
	close(fd[1]);
	eq(read(fd[0], &byte, 1), 1, "the program started from vfork runs");
	eq(byte, 's', "and speaks through the descriptor prepared for it");
	eq(wait_for(pid), EXITED(6), "its status arrives");
	close(fd[0]);
}

/* exec ends the parent's wait although the child goes on for long. */
static void exec_releases(void)
{
	int hold[2], pid, status;

	if (pipe(hold))
		_exit(97);
	pid = vfork();
	if (pid == 0) {
		dup2(hold[0], 0);
		fcntl(hold[0], F_SETFD, FD_CLOEXEC);
		fcntl(hold[1], F_SETFD, FD_CLOEXEC);
		exec_self("--hold", 0);
		_exit(111);
	}
	ok(pid > 0, "vfork returns while the started program still runs");
	eq(sc(SYS_wait4, pid, &status, WNOHANG, 0), 0, "it has not ended");
	pass(hold[1]);
	eq(wait_for(pid), EXITED(7), "it ends when told");
	close(hold[0]);
	close(hold[1]);
}

static void failed_exec(void)
{
	char *argv[] = {"none", 0};
	int pid = vfork();

	if (pid == 0) {
		long error = sc(SYS_execve, "/no/such/program", argv, 0);

		_exit(error == -ENOENT ? 8 : 9);
	}
	eq(wait_for(pid), EXITED(8), "exec fails in the child of vfork with ENOENT");
}

static void killed_child(void)
{
	int pid = vfork();

	if (pid == 0) {
		sc(SYS_kill, sc(SYS_getpid), SIGKILL);
		_exit(9);
	}
	eq(wait_for(pid), KILLED(SIGKILL), "a killed child lets the parent go on");
}

static int vfork_exit(int code)
{
	int pid = vfork();

	if (pid == 0)
		_exit(code);
	return pid;
}

static void many(void)
{
	int good = 0;

	for (int i = 0; i < 20; i++)
		good += wait_for(vfork_exit(i)) == EXITED(i);
	eq(good, 20, "twenty vforks in a row");
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--speak"))
		return write(1, "s", 1) == 1 ? 6 : 66;
	if (argc > 1 && !strcmp(argv[1], "--hold"))
		return await(0) ? 7 : 77;
	parent_waits();
	with_exec();
	exec_releases();
	failed_exec();
	killed_child();
	many();
	return tap_done();
}
