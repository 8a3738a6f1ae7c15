/* t_kill - the default action of every signal, whom kill reaches, and its errors. */
#include "tap.h"

#define NOBODY 0x3fffffff

static const unsigned char ignored[] = {SIGCHLD, SIGURG, SIGWINCH, SIGCONT};
static const unsigned char stopping[] = {SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU};

static int contains(const unsigned char *set, int signal_number)
{
	for (int i = 0; i < 4; i++)
		if (set[i] == signal_number)
			return 1;
	return 0;
}

static void signal_self(void *signal_number)
{
	sc(SYS_kill, sc(SYS_getpid), (long)signal_number);
	_exit(33); /* a signal to oneself is delivered before kill returns */
}

static void defaults(void)
{
	for (long s = 1; s <= 31; s++) {
		if (contains(stopping, s))
			continue;
		eq(status_of(signal_self, (void *)s), contains(ignored, s) ? EXITED(33) : KILLED(s),
		   "default action of signal %ld", s);
	}
	eq(status_of(signal_self, (void *)34), KILLED(34), "default action of a real-time signal");
	eq(status_of(signal_self, (void *)64), KILLED(64), "default action of the last signal");
}

static void through_tkill(void *signal_number)
{
	sc(SYS_tkill, sc(SYS_gettid), (long)signal_number);
	_exit(33);
}

static void through_tgkill(void *signal_number)
{
	sc(SYS_tgkill, sc(SYS_getpid), sc(SYS_gettid), (long)signal_number);
	_exit(33);
}

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
	close(fd[0]);
	*gate = fd[1];
	return pid;
}

static void sleepers(void)
{
	static const int signals[] = {SIGKILL, SIGTERM, SIGINT, SIGHUP, SIGUSR1};

	for (int i = 0; i < 5; i++) {
		int gate, pid = held_child(&gate);

		kill(pid, signals[i]);
		eq(wait_for(pid), KILLED(signals[i]), "signal %d ends a process that waits", signals[i]);
		close(gate);
	}
}

static void spinner(void)
{
	int pid = fork();

	if (pid == 0)
		for (;;)
			__asm__ volatile("pause");
	sleep_ms(5);
	kill(pid, SIGTERM);
	eq(wait_for(pid), KILLED(SIGTERM), "and one that never calls the kernel");
}

static void groups(void)
{
	int gates[4], pids[4];

	for (int i = 0; i < 4; i++) {
		pids[i] = held_child(&gates[i]);
		if (i < 3)
			setpgid(pids[i], pids[0]);
	}
	eq(sc(SYS_kill, -pids[0], 0), 0, "kill(-group, 0) finds the group");
	eq(sc(SYS_kill, -pids[0], SIGTERM), 0, "kill(-group) reaches it");
	for (int i = 0; i < 3; i++)
		eq(wait_for(pids[i]), KILLED(SIGTERM), "member %d ends", i);
	eq(sc(SYS_kill, -pids[0], SIGTERM), -ESRCH, "ESRCH: the group is no more");
	eq(sc(SYS_kill, pids[3], 0), 0, "a process outside lives on");
	close(gates[3]);
	eq(wait_for(pids[3]), EXITED(0), "and ends by itself");
	for (int i = 0; i < 3; i++)
		close(gates[i]);
}

/* kill(0) reaches the caller's group, the caller included. */
static void own_group(void)
{
	int pid = fork();

	if (pid == 0) {
		int gate, member;

		setpgid(0, 0);
		member = held_child(&gate);
		signal(SIGTERM, SIG_IGN);
		sc(SYS_kill, 0, SIGTERM);
		if (wait_for(member) != KILLED(SIGTERM))
			_exit(1);
		signal(SIGTERM, SIG_DFL);
		sc(SYS_kill, 0, SIGTERM);
		_exit(2);
	}
	eq(wait_for(pid), KILLED(SIGTERM), "kill(0) reaches the whole group and the caller");
}

static void errors(void)
{
	int me = getpid();

	eq(sc(SYS_kill, me, 0), 0, "signal 0 to oneself does nothing");
	eq(sc(SYS_kill, NOBODY, 0), -ESRCH, "ESRCH: nobody");
	eq(sc(SYS_kill, NOBODY, SIGKILL), -ESRCH, "ESRCH: nobody, SIGKILL");
	eq(sc(SYS_kill, -NOBODY, 0), -ESRCH, "ESRCH: no such group");
	eq(sc(SYS_kill, 0x80000000, SIGTERM), -ESRCH, "ESRCH: the group that has no number");
	eq(sc(SYS_kill, me, 65), -EINVAL, "EINVAL: signal 65");
	eq(sc(SYS_kill, me, -1), -EINVAL, "EINVAL: signal -1");
	eq(sc(SYS_kill, me, 1000), -EINVAL, "EINVAL: signal 1000");
	eq(sc(SYS_tkill, sc(SYS_gettid), 0), 0, "tkill, signal 0");
	eq(sc(SYS_tkill, 0, SIGTERM), -EINVAL, "EINVAL: tkill of 0");
	eq(sc(SYS_tkill, -1, SIGTERM), -EINVAL, "EINVAL: tkill of -1");
	eq(sc(SYS_tkill, NOBODY, SIGTERM), -ESRCH, "ESRCH: tkill of nobody");
	eq(sc(SYS_tkill, sc(SYS_gettid), 65), -EINVAL, "EINVAL: tkill with signal 65");
	eq(sc(SYS_tgkill, me, me, 0), 0, "tgkill, signal 0");
	eq(sc(SYS_tgkill, 0, me, 0), -EINVAL, "EINVAL: tgkill of process 0");
	eq(sc(SYS_tgkill, me, 0, 0), -EINVAL, "EINVAL: tgkill of thread 0");
	eq(sc(SYS_tgkill, NOBODY, me, 0), -ESRCH, "ESRCH: tgkill, thread of another process");
	eq(sc(SYS_tgkill, me, me, 65), -EINVAL, "EINVAL: tgkill with signal 65");
}

int main(void)
{
	defaults();
	eq(status_of(through_tkill, (void *)SIGTERM), KILLED(SIGTERM), "tkill to oneself");
	eq(status_of(through_tgkill, (void *)SIGABRT), KILLED(SIGABRT), "tgkill to oneself");
	eq(status_of(through_tgkill, (void *)SIGCHLD), EXITED(33), "tgkill with an ignored signal");
	sleepers();
	spinner();
	groups();
	own_group();
	errors();
	return tap_done();
}
