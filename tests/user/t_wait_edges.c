/* t_wait_edges - wait4 and waitid: which options, which error first, bad pointers, what a mix of options tells. */
#include "tap.h"

#include <limits.h>
#include <sys/mman.h>
#include <sys/resource.h>

#define ALL     (WUNTRACED | WCONTINUED)
#define THREADS 0xe0000000u /* __WNOTHREAD, __WALL, __WCLONE */

static long wait_id(int type, long id, void *info, unsigned options)
{
	return sc(SYS_waitid, type, id, info, options, 0);
}

/* A child that sleeps until it is killed. */
static int sleeper(void)
{
	int pid = fork();

	if (pid == 0)
		for (;;)
			sleep_ms(1000);
	return pid;
}

/* A child that has exited with `code` and was not waited for. */
static int dead(int code)
{
	int pid = fork();

	if (pid == 0)
		_exit(code);
	wait_id(P_PID, pid, 0, WEXITED | WNOWAIT);
	return pid;
}

static void end(int pid)
{
	kill(pid, SIGKILL);
	wait_for(pid);
}

/* A signal is sent, and has stopped or continued the child on return; what it left to tell is still there. */
static void change(int pid, int signal)
{
	kill(pid, signal);
	wait_id(P_PID, pid, 0, WNOWAIT | (signal == SIGSTOP ? WSTOPPED : WCONTINUED));
}

/* Of 32 bits, those that are options: without a child they are ECHILD, the others EINVAL. */
static void option_bits(void)
{
	const unsigned four = WNOHANG | ALL | THREADS, id = four | WEXITED | WNOWAIT;

	for (int i = 0; i < 32; i++) {
		unsigned bit = 1u << i;

		eq(sc(SYS_wait4, -1, 0, bit, 0), four & bit ? -ECHILD : -EINVAL, "wait4, option bit %d", i);
		eq(wait_id(P_ALL, 0, 0, bit | WEXITED), id & bit ? -ECHILD : -EINVAL, "waitid, option bit %d", i);
	}
	eq(sc(SYS_wait4, -1, 0, 0x7654321000000000 | WNOHANG, 0), -ECHILD, "options are the lower half");
}

static void precedence(void)
{
	int status = 77;

	eq(sc(SYS_wait4, INT_MIN, 0, 0x100, 0), -EINVAL, "EINVAL before ESRCH");
	eq(sc(SYS_wait4, INT_MIN, BAD_POINTER, 0, BAD_POINTER), -ESRCH, "ESRCH before EFAULT");
	eq(sc(SYS_wait4, -1, BAD_POINTER, 0x100, BAD_POINTER), -EINVAL, "EINVAL before EFAULT");
	eq(sc(SYS_wait4, -1, BAD_POINTER, 0, BAD_POINTER), -ECHILD, "ECHILD before EFAULT");
	eq(sc(SYS_wait4, -1, &status, WNOHANG, 0), -ECHILD, "ECHILD: WNOHANG");
	eq(status, 77, "writes no status");
	eq(sc(SYS_wait4, INT_MAX, 0, 0, 0), -ECHILD, "ECHILD: the largest pid");
	eq(sc(SYS_wait4, -INT_MAX, 0, 0, 0), -ECHILD, "ECHILD: the largest group");
	eq(sc(SYS_wait4, 0xfffffffe00000000 | getpid(), 0, 0, 0), -ECHILD, "ECHILD: pids are the lower half");
}

/* waitid writes its six fields whatever the result was: zero if there is nothing to tell. */
static void id_writes(void)
{
	siginfo_t info;

	memset(&info, 0x55, sizeof info);
	eq(wait_id(P_ALL, 0, &info, WEXITED), -ECHILD, "ECHILD: waitid");
	ok(!info.si_signo && !info.si_errno && !info.si_code && !info.si_pid && !info.si_uid && !info.si_status,
	   "has cleared the fields");
	memset(&info, 0x55, sizeof info);
	eq(wait_id(P_ALL, 0, &info, 0), -EINVAL, "EINVAL: waitid");
	ok(!info.si_signo && !info.si_code && !info.si_pid && !info.si_status, "too");
	for (int i = 0; i < BAD_POINTERS; i++) {
		eq(wait_id(P_ALL, 0, bad_pointers[i], WEXITED), -EFAULT, "EFAULT before ECHILD, pointer %d", i);
		eq(wait_id(42, 0, bad_pointers[i], 0), -EFAULT, "EFAULT before EINVAL, pointer %d", i);
	}
	eq(sc(SYS_waitid, P_ALL, 0, 0, WEXITED, BAD_POINTER), -ECHILD, "ECHILD before EFAULT of the usage");
}

static void bad_results(void)
{
	int pid = sleeper(), status = 77;
	siginfo_t info;
	int *constant = mmap(0, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	eq(sc(SYS_wait4, pid, BAD_POINTER, WNOHANG | ALL, BAD_POINTER), 0, "nothing to tell: no pointer is used");
	eq(sc(SYS_waitid, P_PID, pid, 0, WEXITED | WNOHANG, BAD_POINTER), 0, "nor by waitid");
	change(pid, SIGSTOP);
	eq(sc(SYS_wait4, pid, BAD_POINTER, ALL, 0), -EFAULT, "EFAULT: the status of a stop");
	eq(sc(SYS_wait4, pid, &status, WNOHANG | ALL, 0), 0, "has taken it all the same");
	end(pid);
	pid = dead(3);
	eq(sc(SYS_wait4, pid, &status, 0, BAD_POINTER), -EFAULT, "EFAULT: the usage");
	eq(status, EXITED(3), "the status had come before it");
	eq(sc(SYS_wait4, pid, &status, 0, 0), -ECHILD, "and the child is gone");
	pid = dead(4);
	eq(sc(SYS_wait4, pid, constant, 0, 0), -EFAULT, "EFAULT: a status that cannot be written");
	eq(sc(SYS_wait4, pid, 0, 0, 0), -ECHILD, "the child is gone");
	pid = dead(5);
	memset(&info, 0x55, sizeof info);
	eq(sc(SYS_waitid, P_PID, pid, &info, WEXITED, BAD_POINTER), -EFAULT, "EFAULT: the usage, by waitid");
	eq(info.si_signo, 0x55555555, "which comes before the rest");
	eq(wait_id(P_PID, pid, 0, WEXITED), -ECHILD, "the child is gone");
	munmap(constant, PAGE);
}

static long told(int pid, unsigned options)
{
	int status = 0x7777;
	long result = sc(SYS_wait4, pid, &status, WNOHANG | options, 0);

	return result == pid ? status : result;
}

/* One event at a time, the latest. */
static void mixes(void)
{
	int pid = sleeper();

	eq(told(pid, ALL), 0, "a child that runs: nothing");
	change(pid, SIGSTOP);
	eq(told(pid, WCONTINUED), 0, "a stop is nothing for WCONTINUED");
	eq(told(pid, ALL), STOPPED(SIGSTOP), "it is for both");
	eq(told(pid, ALL), 0, "once");
	change(pid, SIGCONT);
	eq(told(pid, WUNTRACED), 0, "going on is nothing for WUNTRACED");
	eq(told(pid, ALL), 0xffff, "it is for both");
	eq(told(pid, ALL), 0, "once");
	change(pid, SIGSTOP);
	change(pid, SIGCONT);
	eq(told(pid, WUNTRACED), 0, "SIGCONT takes the stop away that nobody asked for");
	change(pid, SIGSTOP);
	eq(told(pid, WCONTINUED), 0, "and a stop the going on");
	eq(told(pid, WUNTRACED), STOPPED(SIGSTOP), "of which it is the latest");
	kill(pid, SIGCONT);
	change(pid, SIGSTOP);
	kill(pid, SIGKILL);
	wait_id(P_PID, pid, 0, WEXITED | WNOWAIT);
	eq(told(pid, ALL), KILLED(SIGKILL), "death is told before a stop");
	eq(told(pid, ALL), -ECHILD, "and is the last");
}

static void dead_by_id(void)
{
	siginfo_t info;
	int pid = dead(6);

	eq(wait_id(P_PID, pid, &info, WSTOPPED | WCONTINUED | WNOHANG), -ECHILD, "ECHILD: the dead stop no more");
	eq(wait_id(P_PID, pid, &info, WSTOPPED | WEXITED | WCONTINUED | WNOWAIT), 0, "all events");
	ok(info.si_pid == pid && info.si_code == CLD_EXITED && info.si_status == 6, "the exit");
	wait_for(pid);
}

int main(void)
{
	option_bits();
	precedence();
	id_writes();
	bad_results();
	mixes();
	dead_by_id();
	return tap_done();
}
