/* t_pipe_eof - end of file comes when the last copy of the writing end is closed, and not before. */
#include "tap.h"

static void after_data(void)
{
	int fd[2];
	char out[8];

	if (pipe(fd))
		_exit(97);
	if (write(fd[1], "abc", 3) != 3)
		_exit(97);
	close(fd[1]);
	eq(read(fd[0], out, 2), 2, "data written before the close is read first");
	eq(read(fd[0], out, 2), 1, "to its last byte");
	eq(read(fd[0], out, 2), 0, "then end of file");
	eq(read(fd[0], out, 2), 0, "again and again");
	close(fd[0]);
}

static void copies(void)
{
	int fd[2], copy, pid, gate[2], flags;
	char out;

	if (pipe(fd) || pipe(gate))
		_exit(97);
	copy = dup(fd[1]);
	close(fd[1]);
	flags = fcntl(fd[0], F_GETFL);
	fcntl(fd[0], F_SETFL, flags | O_NONBLOCK);
	eq(sc(SYS_read, fd[0], &out, 1), -EAGAIN, "a copy keeps the pipe open");
	pid = fork();
	if (pid == 0) {
		close(gate[1]);
		await(gate[0]);
		_exit(0);
	}
	close(copy);
	eq(sc(SYS_read, fd[0], &out, 1), -EAGAIN, "so does a child's");
	close(gate[1]);
	wait_for(pid);
	eq(sc(SYS_read, fd[0], &out, 1), 0, "the child's end closes it");
	close(fd[0]);
	close(gate[0]);
}

/* A waiting reader is woken by the writer's close, exit and death. */
static void woken(int how, const char *name)
{
	int fd[2], pid;
	char out;

	if (pipe(fd))
		_exit(97);
	pid = fork();
	if (pid == 0) {
		sleep_ms(4);
		if (how == 0)
			close(fd[1]);
		if (how == 2)
			kill(getpid(), SIGKILL);
		if (how == 0)
			sleep_ms(4);
		_exit(0);
	}
	close(fd[1]);
	eq(read(fd[0], &out, 1), 0, "%s", name);
	wait_for(pid);
	close(fd[0]);
}

static void all_readers(void)
{
	int fd[2], pids[3], good = 0;

	if (pipe(fd))
		_exit(97);
	for (int i = 0; i < 3; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			char out;

			close(fd[1]);
			_exit(read(fd[0], &out, 1) == 0 ? 80 : 1);
		}
	}
	sleep_ms(4);
	close(fd[0]);
	close(fd[1]);
	for (int i = 0; i < 3; i++)
		good += wait_for(pids[i]) == EXITED(80);
	eq(good, 3, "all waiting readers see the end");
}

/* exec closes descriptors with FD_CLOEXEC, which ends the pipe. */
static void by_exec(void)
{
	int fd[2], gate[2], pid;
	char out;

	if (pipe2(fd, O_CLOEXEC) || pipe(gate))
		_exit(97);
	pid = fork();
	if (pid == 0) {
		dup2(gate[0], 0);
		close(gate[1]);
		exec_self("--wait", 0);
		_exit(1);
	}
	close(fd[1]);
	eq(read(fd[0], &out, 1), 0, "exec closes the writing end");
	close(gate[1]);
	eq(wait_for(pid), EXITED(0), "while the program goes on");
	close(fd[0]);
	close(gate[0]);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--wait"))
		return await(0);
	after_data();
	copies();
	woken(0, "close wakes a waiting reader");
	woken(1, "exit wakes a waiting reader");
	woken(2, "a violent death wakes a waiting reader");
	all_readers();
	by_exec();
	return tap_done();
}
