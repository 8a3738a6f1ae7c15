/* t_pgrp_session - process groups and sessions: who may move whom where (POSIX setpgid, setsid). */
#include "tap.h"

#define NOBODY 0x3fffffff /* above any pid that Linux hands out */

static int held_child(int *gate)
{
	int fd[2], pid;

	if (pipe(fd))
		_exit(97);
	pid = fork();
	if (pid == 0) {
		close(fd[1]);
		await(fd[0]);
		_exit(0);
	}
	*gate = fd[1];
	return pid;
}

static void release(int pid, int gate)
{
	pass(gate); /* closing would not do: a sibling holds a copy */
	close(gate);
	wait_for(pid);
}

static void inherited(void)
{
	int gate, pid = held_child(&gate);

	ok(getpgid(0) == getpgrp() && getpgid(getpid()) == getpgrp(), "getpgid of oneself, by 0 and by pid");
	ok(getsid(0) == getsid(getpid()), "getsid of oneself, by 0 and by pid");
	ok(getpgid(pid) == getpgrp(), "a child is in its parent's group");
	ok(getsid(pid) == getsid(0), "and session");
	eq(sc(SYS_getpgid, NOBODY), -ESRCH, "ESRCH: getpgid of nobody");
	eq(sc(SYS_getsid, NOBODY), -ESRCH, "ESRCH: getsid of nobody");
	eq(sc(SYS_getpgid, -1), -ESRCH, "ESRCH: getpgid(-1)");
	eq(sc(SYS_getsid, -1), -ESRCH, "ESRCH: getsid(-1)");
	release(pid, gate);
}

static void moving(void)
{
	int gates[2], one = held_child(&gates[0]), two = held_child(&gates[1]);

	eq(sc(SYS_setpgid, one, 0), 0, "a child becomes the leader of a group of its own");
	ok(getpgid(one) == one, "which has its number");
	eq(sc(SYS_setpgid, two, one), 0, "another child joins that group");
	ok(getpgid(two) == one, "as getpgid shows");
	eq(sc(SYS_setpgid, one, one), 0, "again to the same group");
	eq(sc(SYS_setpgid, two, getpgrp()), 0, "the other one comes back");
	ok(getpgid(two) == getpgrp(), "as getpgid shows");
	ok(getsid(one) == getsid(0), "a group does not change the session");
	release(one, gates[0]);
	eq(sc(SYS_setpgid, two, one), -EPERM, "EPERM: a group that is no more");
	release(two, gates[1]);
}

static void refused(void)
{
	int gate, pid = held_child(&gate);

	eq(sc(SYS_setpgid, pid, -1), -EINVAL, "EINVAL: a negative group");
	eq(sc(SYS_setpgid, NOBODY, 0), -ESRCH, "ESRCH: nobody");
	eq(sc(SYS_setpgid, 1, 0), -ESRCH, "ESRCH: not oneself nor a child");
	eq(sc(SYS_setpgid, -1, getpgrp()), -ESRCH, "ESRCH: a negative pid");
	eq(sc(SYS_setpgid, pid, NOBODY), -EPERM, "EPERM: no such group");
	ok(getpgid(pid) == getpgrp(), "refused calls change nothing");
	release(pid, gate);
}

/* The child makes itself a session and tells; then the parent tries to move it. */
static void leaders(void)
{
	int ready[2], gate[2], pid;

	if (pipe(ready) || pipe(gate))
		_exit(97);
	pid = fork();
	if (pid == 0) {
		close(gate[1]);
		if (setsid() != getpid())
			_exit(1);
		pass(ready[1]);
		await(gate[0]);
		_exit(sc(SYS_setpgid, 0, 0) == -EPERM ? 0 : 2);
	}
	close(gate[0]);
	await(ready[0]);
	ok(getsid(pid) == pid && getpgid(pid) == pid, "setsid: session and group have the caller's number");
	ok(getsid(0) != pid, "the parent's session stays");
	eq(sc(SYS_setpgid, pid, 0), -EPERM, "EPERM: a session leader cannot be moved");
	eq(sc(SYS_setpgid, 0, pid), -EPERM, "EPERM: nor can one join a group of another session");
	close(gate[1]);
	eq(wait_for(pid), EXITED(0), "EPERM: nor can a session leader move itself");
	close(ready[0]);
	close(ready[1]);
}

static void moves_in_child(void *unused)
{
	int old = getpgrp();

	(void)unused;
	if (sc(SYS_setpgid, 0, 0) != 0 || getpgrp() != getpid())
		_exit(1);
	if (sc(SYS_setsid) != -EPERM) /* a group's leader may not */
		_exit(2);
	if (sc(SYS_setpgid, 0, old) != 0 || getpgrp() != old)
		_exit(3);
	if (setsid() != getpid() || getpgrp() != getpid() || getsid(0) != getpid())
		_exit(4);
	if (sc(SYS_setsid) != -EPERM)
		_exit(5);
	_exit(0);
}

static long other_session(void *pid)
{
	return sc(SYS_getsid, *(int *)pid) > 0 && sc(SYS_getpgid, *(int *)pid) > 0;
}

/* EACCES: the child has started a program already. */
static void after_exec(void)
{
	int fd[2], gate[2], pid;

	if (pipe(fd) || pipe(gate))
		_exit(97);
	pid = fork();
	if (pid == 0) {
		dup2(fd[1], 1);
		dup2(gate[0], 0);
		fcntl(gate[1], F_SETFD, FD_CLOEXEC);
		exec_self("--wait", 0);
		_exit(1);
	}
	await(fd[0]);
	eq(sc(SYS_setpgid, pid, 0), -EACCES, "EACCES: a child that has called exec");
	close(gate[1]);
	eq(wait_for(pid), EXITED(0), "the child ends");
	close(fd[0]);
	close(fd[1]);
	close(gate[0]);
}

int main(int argc, char **argv)
{
	int me = getpid();

	if (argc > 1 && !strcmp(argv[1], "--wait")) {
		pass(1);
		return await(0) ? 1 : 0;
	}
	inherited();
	moving();
	refused();
	leaders();
	eq(status_of(moves_in_child, 0), EXITED(0), "a child's own moves: setpgid, setsid and their EPERM");
	eq(in_child(other_session, &me), 1, "group and session of another process can be asked for");
	after_exec();
	return tap_done();
}
