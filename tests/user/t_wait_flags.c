/* t_wait_flags - WNOHANG, WUNTRACED, WCONTINUED, and waitid with its selectors and options. */
#include "tap.h"

#include <sys/resource.h>

/* waitid's raw form has a fifth argument; siginfo is cleared first to see what is written. */
static long wait_id(int type, long id, siginfo_t *info, int options)
{
	if (info)
		memset(info, 0, sizeof *info);
	return sc(SYS_waitid, type, id, info, options, 0);
}

/* A child that waits on a pipe: closing the returned end lets it exit with `code`. */
static int held_child(int code, int *gate)
{
	int fd[2], pid;

	if (pipe(fd))
		_exit(97);
	pid = fork();
	if (pid == 0) {
		close(fd[1]);
		await(fd[0]);
		_exit(code);
	}
	close(fd[0]);
	*gate = fd[1];
	return pid;
}

static void no_hang(void)
{
	int gate, status = 77, pid = held_child(5, &gate);

	eq(sc(SYS_wait4, pid, &status, WNOHANG, 0), 0, "WNOHANG: the child still runs");
	eq(status, 77, "the status is left alone");
	eq(sc(SYS_wait4, -1, &status, WNOHANG, 0), 0, "WNOHANG for any child");
	close(gate);
	eq(wait_for(pid), EXITED(5), "then it ends");
	eq(sc(SYS_wait4, pid, &status, WNOHANG, 0), -ECHILD, "ECHILD: WNOHANG without a child");
}

static void stop_and_continue(void)
{
	int gate, status, pid = held_child(6, &gate);

	kill(pid, SIGSTOP);
	eq(sc(SYS_wait4, pid, &status, WUNTRACED, 0), pid, "WUNTRACED: the stop is told");
	eq(status, STOPPED(SIGSTOP), "with its signal");
	eq(sc(SYS_wait4, pid, &status, WUNTRACED | WNOHANG, 0), 0, "once only");
	kill(pid, SIGCONT);
	eq(sc(SYS_wait4, pid, &status, WCONTINUED, 0), pid, "WCONTINUED: so is the going on");
	eq(status, 0xffff, "as 0xffff");
	eq(sc(SYS_wait4, pid, &status, WCONTINUED | WNOHANG, 0), 0, "once only");
	kill(pid, SIGSTOP);
	eq(sc(SYS_wait4, pid, &status, WNOHANG, 0), 0, "without WUNTRACED a stop is no event");
	kill(pid, SIGCONT);
	close(gate);
	eq(wait_for(pid), EXITED(6), "then it ends");
}

static void id_exited(void)
{
	siginfo_t info;
	int gate, pid = held_child(7, &gate);

	eq(wait_id(P_PID, pid, &info, WEXITED | WNOHANG), 0, "waitid WNOHANG: returns 0");
	eq(info.si_pid, 0, "and no pid");
	close(gate);
	eq(wait_id(P_PID, pid, &info, WEXITED | WNOWAIT), 0, "waitid WNOWAIT: returns 0");
	ok(info.si_pid == pid, "with the pid");
	eq(info.si_signo, SIGCHLD, "si_signo");
	eq(info.si_code, CLD_EXITED, "si_code is CLD_EXITED");
	eq(info.si_status, 7, "si_status is the exit code");
	ok(info.si_uid == getuid(), "si_uid");
	eq(wait_id(P_PID, pid, &info, WEXITED | WNOWAIT), 0, "WNOWAIT left it waitable");
	eq(wait_id(P_PID, pid, &info, WEXITED), 0, "now it is taken");
	eq(wait_id(P_PID, pid, &info, WEXITED), -ECHILD, "ECHILD: taken already");
}

static void id_signalled(void)
{
	siginfo_t info;
	int gate, pid = held_child(8, &gate);

	kill(pid, SIGSTOP);
	eq(wait_id(P_ALL, 0, &info, WSTOPPED), 0, "waitid WSTOPPED for any child");
	ok(info.si_pid == pid && info.si_code == CLD_STOPPED, "CLD_STOPPED");
	eq(info.si_status, SIGSTOP, "si_status is the signal");
	kill(pid, SIGCONT);
	eq(wait_id(P_PID, pid, &info, WCONTINUED), 0, "waitid WCONTINUED");
	ok(info.si_code == CLD_CONTINUED && info.si_status == SIGCONT, "CLD_CONTINUED");
	kill(pid, SIGKILL);
	eq(wait_id(P_PID, pid, &info, WEXITED), 0, "waitid WEXITED of a killed child");
	ok(info.si_code == CLD_KILLED && info.si_status == SIGKILL, "CLD_KILLED");
	close(gate);
}

static void groups(void)
{
	siginfo_t info;
	int gates[3], pids[3], status;

	for (int i = 0; i < 3; i++) {
		pids[i] = held_child(20 + i, &gates[i]);
		setpgid(pids[i], i < 2 ? pids[0] : pids[2]);
	}
	for (int i = 0; i < 3; i++)
		close(gates[i]);
	eq(sc(SYS_wait4, 0, &status, 0, 0), -ECHILD, "ECHILD: no child in one's own group");
	eq(sc(SYS_wait4, -pids[2], &status, 0, 0), pids[2], "wait4(-group) takes that group's child");
	eq(status, EXITED(22), "with its status");
	eq(sc(SYS_wait4, -pids[2], &status, 0, 0), -ECHILD, "ECHILD: the group has none left");
	eq(wait_id(P_PGID, pids[0], &info, WEXITED), 0, "waitid P_PGID");
	ok(info.si_pid == pids[0] || info.si_pid == pids[1], "takes one of the group");
	eq(wait_id(P_PGID, pids[0], &info, WEXITED), 0, "and again");
	ok(info.si_pid == pids[0] || info.si_pid == pids[1], "the other one");
	eq(wait_id(P_ALL, 0, &info, WEXITED), -ECHILD, "ECHILD: none left at all");
	pids[0] = held_child(9, &gates[0]);
	close(gates[0]);
	eq(sc(SYS_wait4, 0, &status, 0, 0), pids[0], "wait4(0) takes a child of one's own group");
	eq(status, EXITED(9), "with its status");
}

static void refused(void)
{
	struct rusage usage;
	siginfo_t info;
	int gate, pid = held_child(1, &gate);

	eq(wait_id(P_PID, pid, &info, 0), -EINVAL, "EINVAL: waitid without an event");
	eq(wait_id(P_PID, pid, &info, WNOHANG), -EINVAL, "EINVAL: WNOHANG is not an event");
	eq(wait_id(P_PID, pid, &info, WEXITED | 0x100), -EINVAL, "EINVAL: unknown option");
	eq(wait_id(42, pid, &info, WEXITED), -EINVAL, "EINVAL: unknown selector");
	eq(wait_id(P_PID, 0, &info, WEXITED), -EINVAL, "EINVAL: pid 0");
	eq(wait_id(P_PID, -1, &info, WEXITED), -EINVAL, "EINVAL: pid -1");
	eq(wait_id(P_PGID, -1, &info, WEXITED), -EINVAL, "EINVAL: group -1");
	eq(wait_id(P_PGID, 0x80000000, &info, WEXITED), -EINVAL, "EINVAL: the group that has no number");
	eq(wait_id(P_PID, getpid(), &info, WEXITED), -ECHILD, "ECHILD: oneself");
	close(gate);
	eq(sc(SYS_waitid, P_PID, pid, BAD_POINTER, WEXITED | WNOWAIT, 0), -EFAULT, "EFAULT: siginfo");
	memset(&usage, 0x55, sizeof usage);
	eq(sc(SYS_waitid, P_PID, pid, 0, WEXITED, &usage), 0, "siginfo may be left out, and usage asked for");
	ok(usage.ru_utime.tv_sec < 100 && usage.ru_utime.tv_usec < 1000000, "which holds a time");
}

int main(void)
{
	no_hang();
	stop_and_continue();
	id_exited();
	id_signalled();
	groups();
	refused();
	return tap_done();
}
