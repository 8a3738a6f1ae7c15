/* t_sigign - SIG_IGN and SIG_DFL through rt_sigaction: effect, inheritance, errors. */
#include "tap.h"

struct action { /* the kernel's layout, not libc's */
	unsigned long handler, flags, restorer, mask;
};

static long set_action(int signal_number, unsigned long handler)
{
	struct action a = {handler, 0, 0, 0};

	return sc(SYS_rt_sigaction, signal_number, &a, 0, 8);
}

static unsigned long get_action(int signal_number)
{
	struct action a = {77, 0, 0, 0};

	return sc(SYS_rt_sigaction, signal_number, 0, &a, 8) == 0 ? a.handler : 99;
}

#define DEFAULT 0UL
#define IGNORE  1UL

static void ignored_signal(void *signal_number)
{
	set_action((long)signal_number, IGNORE);
	sc(SYS_kill, sc(SYS_getpid), (long)signal_number);
	_exit(21);
}

static void back_to_default(void *signal_number)
{
	set_action((long)signal_number, IGNORE);
	sc(SYS_kill, sc(SYS_getpid), (long)signal_number);
	set_action((long)signal_number, DEFAULT);
	sc(SYS_kill, sc(SYS_getpid), (long)signal_number);
	_exit(22);
}

static void each_signal(void)
{
	int good = 0, count = 0;

	for (long s = 1; s <= 64; s++) {
		if (s == SIGKILL || s == SIGSTOP)
			continue;
		count++;
		good += status_of(ignored_signal, (void *)s) == EXITED(21);
	}
	eq(good, count, "every signal but two can be ignored");
	eq(status_of(back_to_default, (void *)SIGTERM), KILLED(SIGTERM), "and be set back to its default");
	eq(set_action(SIGKILL, IGNORE), -EINVAL, "EINVAL: SIGKILL cannot be ignored");
	eq(set_action(SIGSTOP, IGNORE), -EINVAL, "EINVAL: SIGSTOP cannot be ignored");
	eq(get_action(SIGKILL), DEFAULT, "the action of SIGKILL can be read");
}

static void told(void)
{
	struct action old = {77, 77, 77, 77}, new = {IGNORE, 0, 0, 0};

	eq(get_action(SIGUSR1), DEFAULT, "an action starts as the default");
	eq(sc(SYS_rt_sigaction, SIGUSR1, &new, &old, 8), 0, "set and ask at once");
	eq(old.handler, DEFAULT, "gives the old action");
	eq(get_action(SIGUSR1), IGNORE, "the new one is in place");
	eq(get_action(SIGUSR2), DEFAULT, "another signal is not touched");
	set_action(SIGUSR1, DEFAULT);
}

static long child_asks(void *unused)
{
	(void)unused;
	return get_action(SIGUSR1) * 10 + get_action(SIGUSR2);
}

static void exec_asks(void *unused)
{
	(void)unused;
	exec_self("--actions", 0);
	_exit(111);
}

static void inherited(void)
{
	set_action(SIGUSR1, IGNORE);
	eq(in_child(child_asks, 0), 10, "fork hands actions down");
	eq(status_of(exec_asks, 0), EXITED(10), "exec keeps ignored signals ignored");
	set_action(SIGUSR1, DEFAULT);
	eq(status_of(exec_asks, 0), EXITED(0), "and defaults default");
}

/* Ignoring a signal throws away one that is pending. */
static void pending_discarded(void *unused)
{
	unsigned long mask = 1UL << (SIGTERM - 1);

	(void)unused;
	sc(SYS_rt_sigprocmask, SIG_BLOCK, &mask, 0, 8);
	sc(SYS_kill, sc(SYS_getpid), SIGTERM);
	set_action(SIGTERM, IGNORE);
	set_action(SIGTERM, DEFAULT);
	sc(SYS_rt_sigprocmask, SIG_UNBLOCK, &mask, 0, 8);
	_exit(23);
}

static void from_other(void)
{
	int gate[2], pid;

	if (pipe(gate))
		_exit(97);
	set_action(SIGINT, IGNORE);
	pid = fork();
	if (pid == 0) {
		close(gate[1]);
		await(gate[0]);
		_exit(24);
	}
	set_action(SIGINT, DEFAULT);
	close(gate[0]);
	for (int i = 0; i < 5; i++)
		kill(pid, SIGINT);
	eq(kill(pid, 0), 0, "a child that ignores SIGINT lives through it");
	close(gate[1]);
	eq(wait_for(pid), EXITED(24), "and is not disturbed in its read");
}

static void errors(void)
{
	struct action a = {IGNORE, 0, 0, 0};

	eq(sc(SYS_rt_sigaction, 0, &a, 0, 8), -EINVAL, "EINVAL: signal 0");
	eq(sc(SYS_rt_sigaction, 65, &a, 0, 8), -EINVAL, "EINVAL: signal 65");
	eq(sc(SYS_rt_sigaction, -1, &a, 0, 8), -EINVAL, "EINVAL: signal -1");
	eq(sc(SYS_rt_sigaction, SIGTERM, &a, 0, 4), -EINVAL, "EINVAL: size of the mask");
	eq(sc(SYS_rt_sigaction, SIGTERM, &a, 0, 16), -EINVAL, "EINVAL: size of the mask, too large");
	for (int i = 0; i < BAD_POINTERS; i++) {
		eq(sc(SYS_rt_sigaction, SIGTERM, bad_pointers[i], 0, 8), -EFAULT,
		   "EFAULT: new, bad pointer %d", i);
		eq(sc(SYS_rt_sigaction, SIGTERM, 0, bad_pointers[i], 8), -EFAULT,
		   "EFAULT: old, bad pointer %d", i);
	}
	eq(sc(SYS_rt_sigaction, SIGTERM, 0, 0, 8), 0, "nothing to set and nothing to tell is fine");
	eq(get_action(SIGTERM), DEFAULT, "refused calls change nothing");
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--actions"))
		return child_asks(0);
	set_action(SIGUSR1, DEFAULT);
	set_action(SIGUSR2, DEFAULT);
	set_action(SIGTERM, DEFAULT);
	each_signal();
	told();
	inherited();
	eq(status_of(pending_discarded, 0), EXITED(23), "ignoring discards what is pending");
	from_other();
	errors();
	return tap_done();
}
