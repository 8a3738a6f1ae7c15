/* t_sigmask - blocked signals wait until they are unblocked; the mask's inheritance and errors. */
#include "tap.h"

#define BIT(s) (1UL << ((s)-1))

static long mask_call(int how, unsigned long set)
{
	return sc(SYS_rt_sigprocmask, how, &set, 0, 8);
}

static unsigned long mask_now(void)
{
	unsigned long old = ~0UL;

	sc(SYS_rt_sigprocmask, SIG_BLOCK, 0, &old, 8);
	return old;
}

static void raise_self(int signal_number)
{
	sc(SYS_kill, sc(SYS_getpid), signal_number);
}

static void waits(void *unblock)
{
	mask_call(SIG_SETMASK, BIT(SIGTERM));
	raise_self(SIGTERM);
	sc(SYS_sched_yield);
	sc(SYS_getpid);
	if (unblock)
		mask_call(SIG_UNBLOCK, BIT(SIGTERM));
	_exit(31);
}

static void setmask_delivers(void *unused)
{
	(void)unused;
	mask_call(SIG_SETMASK, BIT(SIGTERM));
	raise_self(SIGTERM);
	mask_call(SIG_SETMASK, 0);
	_exit(32);
}

/* Of several pending signals the lowest number is delivered first. */
static void lowest_first(void *unused)
{
	(void)unused;
	mask_call(SIG_SETMASK, BIT(SIGTERM) | BIT(SIGUSR1) | BIT(SIGHUP));
	raise_self(SIGTERM);
	raise_self(SIGUSR1);
	raise_self(SIGHUP);
	mask_call(SIG_SETMASK, 0);
	_exit(33);
}

static void kill_not_blocked(void *signal_number)
{
	mask_call(SIG_SETMASK, ~0UL);
	raise_self((long)signal_number);
	_exit(34);
}

static void operations(void)
{
	unsigned long set = BIT(SIGUSR1), old = 77;

	mask_call(SIG_SETMASK, 0);
	eq(mask_now(), 0, "an empty mask");
	eq(mask_call(SIG_BLOCK, BIT(SIGUSR1) | BIT(40)), 0, "SIG_BLOCK");
	ok(mask_now() == (BIT(SIGUSR1) | BIT(40)), "adds signals");
	eq(mask_call(SIG_UNBLOCK, BIT(40) | BIT(SIGHUP)), 0, "SIG_UNBLOCK");
	ok(mask_now() == BIT(SIGUSR1), "takes signals away");
	eq(mask_call(SIG_SETMASK, BIT(SIGUSR2)), 0, "SIG_SETMASK");
	eq(sc(SYS_rt_sigprocmask, SIG_SETMASK, &set, &old, 8), 0, "set and ask at once");
	ok(old == BIT(SIGUSR2), "gives the old mask");
	ok(mask_now() == BIT(SIGUSR1), "the new one is in place");
	mask_call(SIG_SETMASK, ~0UL);
	ok(mask_now() == (~0UL & ~BIT(SIGKILL) & ~BIT(SIGSTOP)), "SIGKILL and SIGSTOP are never in the mask");
	mask_call(SIG_SETMASK, 0);
}

static void child_mask(void *want)
{
	_exit(mask_now() == (unsigned long)want ? 35 : 36);
}

static void child_not_pending(void *unused)
{
	(void)unused;
	mask_call(SIG_SETMASK, 0);
	_exit(37);
}

static void exec_with_mask(void *unused)
{
	(void)unused;
	mask_call(SIG_SETMASK, BIT(SIGTERM) | BIT(SIGUSR2));
	exec_self("--mask", 0);
	_exit(111);
}

static void exec_with_pending(void *unused)
{
	(void)unused;
	mask_call(SIG_SETMASK, BIT(SIGTERM));
	raise_self(SIGTERM);
	exec_self("--unblock", 0);
	_exit(111);
}

static void inheritance(void)
{
	mask_call(SIG_SETMASK, BIT(SIGUSR1) | BIT(SIGTERM));
	eq(status_of(child_mask, (void *)(BIT(SIGUSR1) | BIT(SIGTERM))), EXITED(35),
	   "fork hands the mask down");
	sc(SYS_kill, getpid(), SIGURG); /* ignored by default, so harmless to leave pending */
	eq(status_of(child_not_pending, 0), EXITED(37), "but not what is pending");
	mask_call(SIG_SETMASK, 0);
	eq(status_of(exec_with_mask, 0), EXITED(38), "exec keeps the mask");
	eq(status_of(exec_with_pending, 0), KILLED(SIGTERM), "and what is pending");
}

/* A parent's pending signal stays its own: the child unblocks and lives, the parent unblocks and dies. */
static void pending_parent(void *unused)
{
	(void)unused;
	mask_call(SIG_SETMASK, BIT(SIGTERM));
	raise_self(SIGTERM);
	if (status_of(child_not_pending, 0) != EXITED(37))
		_exit(1);
	mask_call(SIG_SETMASK, 0);
	_exit(2);
}

static void from_outside(void)
{
	int ready[2], gate[2], pid;

	if (pipe(ready) || pipe(gate))
		_exit(97);
	pid = fork();
	if (pid == 0) {
		close(gate[1]);
		mask_call(SIG_SETMASK, BIT(SIGTERM));
		pass(ready[1]);
		await(gate[0]); /* a blocked signal does not disturb this */
		pass(ready[1]);
		mask_call(SIG_SETMASK, 0);
		_exit(39);
	}
	close(gate[0]);
	await(ready[0]);
	kill(pid, SIGTERM);
	eq(kill(pid, 0), 0, "a process that blocks SIGTERM lives on");
	close(gate[1]);
	ok(await(ready[0]), "and works on");
	eq(wait_for(pid), KILLED(SIGTERM), "until it unblocks");
	close(ready[0]);
	close(ready[1]);
}

static void errors(void)
{
	unsigned long set = 0;

	eq(sc(SYS_rt_sigprocmask, 3, &set, 0, 8), -EINVAL, "EINVAL: unknown operation");
	eq(sc(SYS_rt_sigprocmask, -1, &set, 0, 8), -EINVAL, "EINVAL: operation -1");
	eq(sc(SYS_rt_sigprocmask, 3, 0, 0, 8), 0, "the operation is not looked at without a set");
	eq(sc(SYS_rt_sigprocmask, SIG_BLOCK, &set, 0, 4), -EINVAL, "EINVAL: size of the set");
	eq(sc(SYS_rt_sigprocmask, SIG_BLOCK, &set, 0, 128), -EINVAL, "EINVAL: libc's size of the set");
	for (int i = 0; i < BAD_POINTERS; i++) {
		eq(sc(SYS_rt_sigprocmask, SIG_BLOCK, bad_pointers[i], 0, 8), -EFAULT,
		   "EFAULT: set, bad pointer %d", i);
		eq(sc(SYS_rt_sigprocmask, SIG_BLOCK, 0, bad_pointers[i], 8), -EFAULT,
		   "EFAULT: old, bad pointer %d", i);
	}
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--mask"))
		return mask_now() == (BIT(SIGTERM) | BIT(SIGUSR2)) ? 38 : 1;
	if (argc > 1 && !strcmp(argv[1], "--unblock")) {
		mask_call(SIG_SETMASK, 0);
		return 40;
	}
	operations();
	eq(status_of(waits, 0), EXITED(31), "a blocked signal is not delivered");
	eq(status_of(waits, (void *)1), KILLED(SIGTERM), "unblocking delivers it");
	eq(status_of(setmask_delivers, 0), KILLED(SIGTERM), "so does setting the mask");
	eq(status_of(lowest_first, 0), KILLED(SIGHUP), "the lowest number comes first");
	eq(status_of(kill_not_blocked, (void *)SIGKILL), KILLED(SIGKILL), "SIGKILL comes through");
	inheritance();
	eq(status_of(pending_parent, 0), KILLED(SIGTERM), "a pending signal belongs to its process");
	from_outside();
	errors();
	return tap_done();
}
