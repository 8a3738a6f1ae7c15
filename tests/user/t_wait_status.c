/* t_wait_status - what wait4 tells about each way to end. */
#include "tap.h"

#include <sys/resource.h>

static void exits(void *code)
{
	sc(SYS_exit, (long)code);
}

static void exits_group(void *code)
{
	sc(SYS_exit_group, (long)code);
}

static void dies_of(void *signal_number)
{
	sc(SYS_kill, sc(SYS_getpid), (long)signal_number);
	for (;;)
		sleep_ms(50);
}

static void aborts(void *unused)
{
	(void)unused;
	abort();
}

static void exit_codes(void)
{
	static const long codes[] = {0, 1, 2, 127, 128, 254, 255, 256, 257, -1, 0x7fffffff, 0x1234500};
	int each = 1;

	for (int i = 0; i < 12; i++) {
		eq(status_of(exits_group, (void *)codes[i]), EXITED(codes[i]),
		   "exit_group %ld keeps the low byte", codes[i]);
		each &= status_of(exits, (void *)codes[i]) == EXITED(codes[i]);
	}
	ok(each, "exit does the same");
}

static void macros(void)
{
	int status = status_of(exits, (void *)42);

	ok(WIFEXITED(status) && WEXITSTATUS(status) == 42 && !WIFSIGNALED(status) && !WIFSTOPPED(status),
	   "the macros read an exit");
	status = status_of(dies_of, (void *)SIGTERM);
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM && !WIFEXITED(status) && !WIFSTOPPED(status),
	   "the macros read a signal");
	eq(status_of(dies_of, (void *)SIGKILL), KILLED(SIGKILL), "SIGKILL");
	eq(status_of(dies_of, (void *)SIGINT), KILLED(SIGINT), "SIGINT");
	eq(status_of(aborts, 0), KILLED(SIGABRT), "abort() is SIGABRT");
}

/* Any status can be fetched long after the end. */
static void late(void)
{
	int pids[3], status;

	for (int i = 0; i < 3; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(60 + i);
	}
	sleep_ms(10);
	eq(wait_for(pids[1]), EXITED(61), "the second child by pid");
	eq(wait_for(pids[2]), EXITED(62), "then the third");
	eq(sc(SYS_wait4, -1, &status, 0, 0), pids[0], "then any");
	eq(status, EXITED(60), "which is the first");
	eq(sc(SYS_wait4, pids[0], &status, 0, 0), -ECHILD, "ECHILD: waited for already");
}

static void arguments(void)
{
	struct {
		struct rusage usage;
		long after;
	} r;
	int pid = fork();

	if (pid == 0)
		_exit(1);
	eq(sc(SYS_wait4, pid, 0, 0, 0), pid, "a status may be left out");
	pid = fork();
	if (pid == 0)
		_exit(1);
	memset(&r, 0x55, sizeof r);
	eq(sc(SYS_wait4, pid, 0, 0, &r.usage), pid, "a usage record may be asked for");
	ok(r.usage.ru_utime.tv_sec < 100 && r.usage.ru_utime.tv_usec >= 0 &&
		   r.usage.ru_utime.tv_usec < 1000000,
	   "it holds a time");
	pid = fork();
	if (pid == 0)
		_exit(1);
	eq(sc(SYS_wait4, pid, BAD_POINTER, 0, 0), -EFAULT, "EFAULT: status");
	eq(sc(SYS_wait4, pid, 0, 0, 0), -ECHILD, "the child was waited for nevertheless");
	eq(sc(SYS_wait4, -1, 0, 0, 0), -ECHILD, "ECHILD: no children");
	eq(sc(SYS_wait4, 1, 0, 0, 0), -ECHILD, "ECHILD: not a child");
	eq(sc(SYS_wait4, getpid(), 0, 0, 0), -ECHILD, "ECHILD: oneself");
	eq(sc(SYS_wait4, -1, 0, 0x100, 0), -EINVAL, "EINVAL: unknown option");
	eq(sc(SYS_wait4, 0x80000000, 0, 0, 0), -ESRCH, "ESRCH: the group that has no number");
}

int main(void)
{
	exit_codes();
	macros();
	late();
	arguments();
	return tap_done();
}
