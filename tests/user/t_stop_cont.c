/* t_stop_cont - stopped processes stand still, wake up again where they were, and can still be killed. */
#include "tap.h"

static int stopped_by(int pid)
{
	int status = 0;

	if (sc(SYS_wait4, pid, &status, WUNTRACED, 0) != pid || !WIFSTOPPED(status))
		return -status;
	return WSTOPSIG(status);
}

static int continued(int pid)
{
	int status = 0;

	return sc(SYS_wait4, pid, &status, WCONTINUED, 0) == pid && WIFCONTINUED(status);
}

/* Each stop signal, in a process group with a parent outside of it, so that terminal stops count. */
static void each_signal(void)
{
	static const int signals[] = {SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU};
	int gate[2];

	if (pipe(gate))
		_exit(97);
	for (int i = 0; i < 4; i++) {
		int pid = fork();

		if (pid == 0) {
			setpgid(0, 0);
			kill(getpid(), signals[i]);
			await(gate[0]);
			_exit(50 + i);
		}
		eq(stopped_by(pid), signals[i], "signal %d stops", signals[i]);
		kill(pid, SIGCONT);
		ok(continued(pid), "SIGCONT lets it go on");
		pass(gate[1]);
		eq(wait_for(pid), EXITED(50 + i), "to its end");
	}
	close(gate[0]);
	close(gate[1]);
}

/* A spinning child writes bytes; while it is stopped no more arrive. */
static void stands_still(void)
{
	char buffer[4096];
	int fd[2], pid, flags;

	if (pipe(fd))
		_exit(97);
	pid = fork();
	if (pid == 0)
		for (;;) {
			pass(fd[1]);
			for (volatile int i = 0; i < 2000; i++)
				;
		}
	await(fd[0]);
	kill(pid, SIGSTOP);
	eq(stopped_by(pid), SIGSTOP, "a busy process is stopped");
	flags = fcntl(fd[0], F_GETFL);
	fcntl(fd[0], F_SETFL, flags | O_NONBLOCK);
	while (read(fd[0], buffer, sizeof buffer) > 0)
		;
	sleep_ms(10);
	eq(sc(SYS_read, fd[0], buffer, 1), -EAGAIN, "it does nothing while stopped");
	fcntl(fd[0], F_SETFL, flags);
	kill(pid, SIGCONT);
	ok(await(fd[0]), "and works again after SIGCONT");
	kill(pid, SIGKILL);
	eq(wait_for(pid), KILLED(SIGKILL), "SIGKILL ends it");
	close(fd[0]);
	close(fd[1]);
}

static int stopped_child(int code)
{
	int pid = fork();

	if (pid == 0) {
		kill(getpid(), SIGSTOP);
		_exit(code);
	}
	stopped_by(pid);
	return pid;
}

static void signals_while_stopped(void)
{
	int status, pid = stopped_child(1);

	kill(pid, SIGTERM);
	eq(sc(SYS_wait4, pid, &status, WNOHANG, 0), 0, "SIGTERM waits while the process is stopped");
	kill(pid, SIGCONT);
	eq(wait_for(pid), KILLED(SIGTERM), "and ends it when it goes on");
	pid = stopped_child(1);
	kill(pid, SIGKILL);
	eq(wait_for(pid), KILLED(SIGKILL), "SIGKILL does not wait");
	pid = stopped_child(61);
	kill(pid, SIGSTOP);
	kill(pid, SIGTSTP);
	kill(pid, SIGCONT);
	eq(wait_for(pid), EXITED(61), "SIGCONT takes away stops that were pending");
}

/* A read that was interrupted by a stop goes on waiting for its data. */
static void stopped_in_read(void)
{
	int fd[2], ready[2], pid;

	if (pipe(fd) || pipe(ready))
		_exit(97);
	pid = fork();
	if (pid == 0) {
		char byte = 0;

		close(fd[1]);
		pass(ready[1]);
		_exit(read(fd[0], &byte, 1) == 1 && byte == '!' ? 62 : 63);
	}
	close(fd[0]);
	await(ready[0]);
	sleep_ms(3);
	kill(pid, SIGSTOP);
	eq(stopped_by(pid), SIGSTOP, "a process that waits in read is stopped");
	kill(pid, SIGCONT);
	ok(continued(pid), "and goes on");
	pass(fd[1]);
	eq(wait_for(pid), EXITED(62), "its read then gets the data");
	close(fd[1]);
	close(ready[0]);
	close(ready[1]);
}

static int sleeps(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};
	long start = now_us(), result = sc(SYS_nanosleep, &t, 0);

	return result == 0 && now_us() - start >= ms * 1000 ? 64 : 65;
}

/* The same for a sleep: it lasts at least as long as asked and ends without an error. */
static void stopped_in_sleep(void)
{
	int stop, status = stopped_meanwhile(sleeps, &stop);

	eq(WIFSTOPPED(stop) ? status : -1, EXITED(64), "a sleep interrupted by a stop lasts as long as asked");
}

static void ignored_stop(void *unused)
{
	(void)unused;
	setpgid(0, 0);
	signal(SIGTSTP, SIG_IGN);
	kill(getpid(), SIGTSTP);
	_exit(66);
}

static void whole_group(void)
{
	int pids[3], good = 0;

	for (int i = 0; i < 3; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			for (;;)
				sleep_ms(50);
		setpgid(pids[i], pids[0]);
	}
	kill(-pids[0], SIGSTOP);
	for (int i = 0; i < 3; i++)
		good += stopped_by(pids[i]) == SIGSTOP;
	eq(good, 3, "a group is stopped together");
	kill(-pids[0], SIGCONT);
	for (int i = 0; i < 3; i++)
		good += continued(pids[i]);
	eq(good, 6, "and continued together");
	kill(-pids[0], SIGINT);
	for (int i = 0; i < 3; i++)
		good += wait_for(pids[i]) == KILLED(SIGINT);
	eq(good, 9, "and ended together");
}

static void continue_running(void)
{
	int status, gate[2], pid;

	if (pipe(gate))
		_exit(97);
	pid = fork();
	if (pid == 0) {
		close(gate[1]);
		await(gate[0]);
		_exit(67);
	}
	eq(kill(pid, SIGCONT), 0, "SIGCONT to a running process is accepted");
	eq(sc(SYS_wait4, pid, &status, WCONTINUED | WNOHANG, 0), 0, "and is no event");
	close(gate[1]);
	eq(wait_for(pid), EXITED(67), "it is not disturbed");
	close(gate[0]);
}

int main(void)
{
	each_signal();
	stands_still();
	signals_while_stopped();
	stopped_in_read();
	stopped_in_sleep();
	eq(status_of(ignored_stop, 0), EXITED(66), "an ignored SIGTSTP does not stop");
	whole_group();
	continue_running();
	return tap_done();
}
