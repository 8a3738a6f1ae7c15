/* t_wait_groups - waiting by process group: one's own as it is now, groups without their leader, and in which order. */
#include "tap.h"

#include <limits.h>

/* A child in group `group` (0: one of its own) that has ended with `code`. */
static int dead(int code, int group)
{
	int fd[2], pid;

	if (pipe(fd))
		_exit(97);
	pid = fork();
	if (pid == 0) {
		await(fd[0]);
		_exit(code);
	}
	setpgid(pid, group);
	pass(fd[1]);
	close(fd[0]);
	close(fd[1]);
	sc(SYS_waitid, P_PID, pid, 0, WEXITED | WNOWAIT, 0);
	return pid;
}

static long take(int selector, int *status)
{
	return sc(SYS_wait4, selector, status, WNOHANG, 0);
}

/* Without a leader a group lives on in its members, dead ones among them. */
static void without_leader(void)
{
	int leader = dead(1, 0), member = dead(2, leader), status;

	eq(take(-member, &status), -ECHILD, "ECHILD: a pid that is no group");
	eq(take(leader, &status), leader, "the leader goes first");
	eq(take(0, &status), -ECHILD, "ECHILD: the member is not of this group");
	eq(take(-leader, &status), member, "the group still has its member");
	eq(status, EXITED(2), "with its status");
	eq(take(-leader, &status), -ECHILD, "ECHILD: and then none");
}

static void in_order(void)
{
	int pids[4], status;

	for (int i = 0; i < 4; i++)
		pids[i] = dead(30 + i, i ? pids[0] : 0);
	eq(take(-1, &status), pids[0], "of four dead children the eldest comes first");
	for (int i = 1; i < 4; i++) {
		eq(take(-pids[0], &status), pids[i], "then the next, of its group");
		eq(status, EXITED(30 + i), "with its status");
	}
}

/* "Own group" is the caller's at the time of the call. */
static long moves(void *unused)
{
	int old = getpgrp(), a = dead(1, old), b, status;
	siginfo_t info;

	(void)unused;
	if (setpgid(0, 0) || take(0, &status) != -ECHILD)
		return 1;
	b = dead(2, getpid());
	if (sc(SYS_waitid, P_PGID, 0, &info, WEXITED, 0) || info.si_pid != b || info.si_status != 2)
		return 2;
	if (sc(SYS_waitid, P_PGID, 0, &info, WEXITED | WNOHANG, 0) != -ECHILD)
		return 3;
	if (take(-getpid(), &status) != -ECHILD)
		return 4;
	return take(-old, &status) == a && status == EXITED(1) ? 0 : 5;
}

/* Group 1 is a group like others: for waitid it is not wait4's -1. */
static long first_group(void *unused)
{
	siginfo_t info;
	int pid, status;

	(void)unused;
	setpgid(0, 0);
	pid = dead(3, 0);
	if (sc(SYS_waitid, P_PGID, 1, &info, WEXITED | WNOHANG, 0) != -ECHILD)
		return 1;
	return take(-1, &status) == pid ? 0 : 2;
}

/* The child in the group runs, the dead one is elsewhere: waiting for the group waits on. */
static void only_the_group(void)
{
	int elsewhere = dead(4, 0), status = 77, fd[2], pid;

	if (pipe(fd))
		_exit(97);
	pid = fork();
	if (pid == 0) {
		await(fd[0]);
		_exit(5);
	}
	setpgid(pid, 0);
	eq(take(-pid, &status), 0, "a group whose child runs has nothing to tell");
	eq(status, 77, "and writes nothing, though another child is dead");
	pass(fd[1]);
	eq(sc(SYS_wait4, -pid, &status, 0, 0), pid, "it is waited for");
	eq(take(-elsewhere, &status), elsewhere, "the other one is still there");
	close(fd[0]);
	close(fd[1]);
}

int main(void)
{
	without_leader();
	in_order();
	eq(in_child(moves, 0), 0, "wait4(0) and waitid(P_PGID, 0) after a change of group");
	eq(in_child(first_group, 0), 0, "waitid(P_PGID, 1) is ECHILD and takes nobody");
	only_the_group();
	return tap_done();
}
