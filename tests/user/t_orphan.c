/*
 * t_orphan - children of a dead parent go to another one and are no business of the grandparent.
 *
 * Who takes them is not said: on Linux it may be a subreaper instead of process 1.
 */
#include "tap.h"

struct report {
	int self, old_parent, new_parent;
};

/* The grandchild waits until its parent is gone, then reports who its parent was and is. */
static void grandchild(int out, int ready)
{
	struct report r = {getpid(), getppid(), 0};

	pass(ready);
	for (int i = 0; i < 10000 && getppid() == r.old_parent; i++)
		sleep_ms(1);
	r.new_parent = getppid();
	_exit(write(out, &r, sizeof r) != sizeof r);
}

static void reparented(void)
{
	struct report r = {0};
	int fd[2], ready[2], status, child;

	if (pipe(fd) || pipe(ready))
		_exit(97);
	child = fork();
	if (child == 0) {
		if (fork() == 0)
			grandchild(fd[1], ready[1]);
		await(ready[0]);
		_exit(3);
	}
	close(fd[1]);
	eq(wait_for(child), EXITED(3), "the parent of the orphan ends");
	eq(read(fd[0], &r, sizeof r), sizeof r, "the orphan goes on and reports");
	ok(r.old_parent == child, "its parent was the child");
	ok(r.new_parent != child && r.new_parent > 0, "now it is another process");
	ok(r.new_parent != getpid(), "which is not the grandparent");
	eq(read(fd[0], &r, 1), 0, "it ends on its own");
	eq(sc(SYS_wait4, -1, &status, 0, 0), -ECHILD, "ECHILD: it is not the grandparent's child");
	close(fd[0]);
}

static void many_orphans(void)
{
	int fd[2], count = 0;
	char byte;

	if (pipe(fd))
		_exit(97);
	for (int i = 0; i < 8; i++) {
		int pid = fork();

		if (pid == 0) {
			int mine = getpid();

			if (fork() == 0) {
				for (int j = 0; j < 10000 && getppid() == mine; j++)
					sleep_ms(1);
				pass(fd[1]);
				_exit(0);
			}
			_exit(0);
		}
		wait_for(pid);
	}
	close(fd[1]);
	while (read(fd[0], &byte, 1) == 1)
		count++;
	eq(count, 8, "eight orphans all run to their end");
	close(fd[0]);
}

/*
 * A process group whose last link to its session's other groups goes away while a member is stopped gets
 * SIGHUP and SIGCONT (POSIX, _exit). The session is made here so that nobody else is in it.
 */
static long orphaned_group(void *unused)
{
	int fd[2], leader, status;
	char byte = 'n';

	(void)unused;
	setsid();
	if (pipe(fd))
		return -1;
	leader = fork();
	if (leader == 0) {
		int member;

		setpgid(0, 0);
		member = fork();
		if (member == 0) {
			close(fd[0]);
			kill(getpid(), SIGSTOP);
			pass(fd[1]); /* only if SIGHUP did not end it */
			_exit(0);
		}
		sc(SYS_wait4, member, &status, WUNTRACED, 0);
		_exit(0);
	}
	close(fd[1]);
	wait_for(leader);
	return read(fd[0], &byte, 1) == 0 ? 1 : 2;
}

/* In an orphaned group the stop signals of a terminal do nothing; SIGSTOP still stops. */
static void stops_in_orphaned_group(void *unused)
{
	(void)unused;
	setsid();
	kill(getpid(), SIGTSTP);
	kill(getpid(), SIGTTIN);
	kill(getpid(), SIGTTOU);
	_exit(4);
}

int main(void)
{
	reparented();
	many_orphans();
	eq(in_child(orphaned_group, 0), 1, "a stopped member of a newly orphaned group gets SIGHUP");
	eq(status_of(stops_in_orphaned_group, 0), EXITED(4),
	   "terminal stops do nothing in an orphaned group");
	return tap_done();
}
