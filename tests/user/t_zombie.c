/* t_zombie - between its end and its wait a process keeps its number and nothing else. */
#include "tap.h"

/* Forks a child that exits at once and waits until it has, without taking it. */
static int make_zombie(int code)
{
	siginfo_t info;
	int pid = fork();

	if (pid == 0)
		_exit(code);
	sc(SYS_waitid, P_PID, pid, &info, WEXITED | WNOWAIT, 0);
	return pid;
}

static void stays(void)
{
	int pid = make_zombie(4);

	eq(kill(pid, 0), 0, "kill(0) still finds it");
	eq(kill(pid, SIGKILL), 0, "SIGKILL is accepted");
	eq(kill(pid, SIGSTOP), 0, "so is SIGSTOP");
	ok(getpgid(pid) == getpgrp(), "it keeps its process group");
	ok(getsid(pid) == getsid(0), "and its session");
	eq(wait_for(pid), EXITED(4), "signals after the end do not change the status");
	eq(sc(SYS_kill, pid, 0), -ESRCH, "ESRCH: after the wait it is gone");
	eq(sc(SYS_getpgid, pid), -ESRCH, "ESRCH: getpgid");
	eq(sc(SYS_getsid, pid), -ESRCH, "ESRCH: getsid");
}

static void releases(void)
{
	int fd[2], pid;
	siginfo_t info;
	char byte;

	if (pipe(fd))
		_exit(97);
	pid = fork();
	if (pid == 0)
		_exit(0);
	sc(SYS_waitid, P_PID, pid, &info, WEXITED | WNOWAIT, 0);
	close(fd[1]);
	eq(read(fd[0], &byte, 1), 0, "a zombie's descriptors are closed");
	close(fd[0]);
	wait_for(pid);
}

static void number_not_reused(void)
{
	int zombie = make_zombie(1), distinct = 1;

	for (int i = 0; i < 40; i++) {
		int pid = fork();

		if (pid == 0)
			_exit(0);
		distinct &= pid != zombie;
		wait_for(pid);
	}
	ok(distinct, "its number is not given to another");
	eq(wait_for(zombie), EXITED(1), "until it is waited for");
}

static void crowd(void)
{
	int pids[30], good = 0;

	for (int i = 0; i < 30; i++)
		pids[i] = make_zombie(i);
	for (int i = 29; i >= 0; i--)
		good += wait_for(pids[i]) == EXITED(i);
	eq(good, 30, "thirty zombies, taken in reverse order");
}

/* With SIGCHLD ignored children leave nothing behind; wait lasts until the last is gone (POSIX, wait). */
static long ignoring(void *unused)
{
	int gate[2], pid, status;
	long result;

	(void)unused;
	signal(SIGCHLD, SIG_IGN);
	if (pipe(gate))
		return -1;
	for (int i = 0; i < 3; i++) {
		pid = fork();
		if (pid == 0) {
			close(gate[0]);
			sleep_ms(5);
			_exit(i);
		}
	}
	close(gate[1]);
	result = sc(SYS_wait4, -1, &status, 0, 0);
	if (read(gate[0], &status, 1) != 0) /* all ends closed: all have exited */
		return -2;
	signal(SIGCHLD, SIG_DFL);
	return result;
}

/* The children of a dead parent can be zombies too: nobody is disturbed. */
static void nested(void)
{
	int pid = fork();

	if (pid == 0) {
		make_zombie(1);
		make_zombie(2);
		_exit(6);
	}
	eq(wait_for(pid), EXITED(6), "a process may end with zombies of its own");
}

int main(void)
{
	stays();
	releases();
	number_not_reused();
	crowd();
	eq(in_child(ignoring, 0), -ECHILD, "with SIGCHLD ignored there is nothing to wait for");
	nested();
	return tap_done();
}
