/* t_handler - handlers of signals: when they run, what they are told, what is blocked meanwhile, and what a call that
 * they interrupt returns. */
#include <poll.h>
#include "tap.h"

static volatile int count, order;
static volatile siginfo_t info;
static volatile sigset_t during;

static void handler(int signal, siginfo_t *i, void *context)
{
	(void)context;
	count++;
	order = order * 100 + signal;
	memcpy((void *)&info, i, sizeof info);
	sigprocmask(SIG_BLOCK, 0, (sigset_t *)&during);
}

static void install(int signal, int flags, int also_blocked)
{
	struct sigaction a = {.sa_sigaction = handler, .sa_flags = flags | SA_SIGINFO};

	if (also_blocked)
		sigaddset(&a.sa_mask, also_blocked);
	sigaction(signal, &a, 0);
}

static int blocked(int signal)
{
	sigset_t now;

	sigprocmask(SIG_BLOCK, 0, &now);
	return sigismember(&now, signal);
}

static void basics(void)
{
	install(SIGUSR1, 0, SIGUSR2);
	eq(raise(SIGUSR1), 0, "raised");
	eq(count, 1, "the handler has run when raise returns");
	eq(info.si_signo, SIGUSR1, "si_signo");
	eq(info.si_code, SI_TKILL, "si_code of raise");
	kill(getpid(), SIGUSR1);
	eq(info.si_code, SI_USER, "si_code of kill");
	ok(info.si_pid == getpid() && info.si_uid == getuid(), "the sender");
	ok(sigismember((sigset_t *)&during, SIGUSR1) == 1, "blocked while its handler runs");
	ok(sigismember((sigset_t *)&during, SIGUSR2) == 1, "... with sa_mask");
	ok(!sigismember((sigset_t *)&during, SIGTERM), "... nothing else");
	ok(!blocked(SIGUSR1) && !blocked(SIGUSR2), "... and not afterwards");
	install(SIGUSR1, SA_NODEFER, 0);
	raise(SIGUSR1);
	ok(!sigismember((sigset_t *)&during, SIGUSR1), "SA_NODEFER: not blocked");
	install(SIGUSR1, SA_RESETHAND, 0);
	raise(SIGUSR1);
	struct sigaction a;
	sigaction(SIGUSR1, 0, &a);
	ok(a.sa_handler == SIG_DFL, "SA_RESETHAND: once");
}

static void pending(void)
{
	sigset_t both, none;

	sigemptyset(&none);
	sigemptyset(&both);
	sigaddset(&both, SIGUSR1);
	sigaddset(&both, SIGUSR2);
	install(SIGUSR1, 0, 0);
	install(SIGUSR2, 0, 0);
	sigprocmask(SIG_BLOCK, &both, 0);
	count = order = 0;
	raise(SIGUSR2);
	raise(SIGUSR1);
	raise(SIGUSR1);
	eq(count, 0, "blocked");
	sigprocmask(SIG_SETMASK, &none, 0);
	eq(count, 2, "both ran when sigprocmask returns, each once");
	eq(order, SIGUSR2 * 100 + SIGUSR1, "the lower number is entered first, so the other runs before it");
}

/* Who sends SIGUSR1 in a while: again and again, for the first may come before the call that it is to end. */
static struct sender {
	int pid, gate, count_before;
} sender;

static void send_later(void)
{
	int gate[2], sent = 0;

	pipe(gate);
	sender = (struct sender){fork(), gate[1], count};
	if (sender.pid == 0) {
		struct pollfd p = {gate[0], POLLIN, 0};

		close(gate[1]);
		sleep_ms(30);
		do
			sent += kill(getppid(), SIGUSR1) == 0;
		while (sent < 200 && poll(&p, 1, 100) == 0); /* until the parent closes its end */
		_exit(sent);
	}
	close(gate[0]);
}

/* The call has returned: has the handler run for it, and not more often than it was sent? */
static int handled(void)
{
	int status = -1, ran = count > sender.count_before;

	close(sender.gate);
	while (sc(SYS_wait4, sender.pid, &status, 0, 0) == -EINTR)
		;
	return ran && WIFEXITED(status) && count - sender.count_before <= WEXITSTATUS(status);
}

static int runs;

/* A system call that the handler ends. */
#define SIGNALLED(...)                        \
	({                                    \
		long result_;                 \
		send_later();                 \
		result_ = sc(__VA_ARGS__);    \
		runs += handled();            \
		result_;                      \
	})

static void interrupted(void)
{
	struct timespec t = {20, 0}, left = {0, 0};
	struct pollfd p;
	int fd[2], pid, status;
	long start, rest;
	char c;

	pipe(fd);
	install(SIGUSR1, 0, 0);
	eq(SIGNALLED(SYS_read, fd[0], &c, 1), -EINTR, "read: EINTR");
	eq(runs, 1, "... by a child");
	start = now_us();
	eq(SIGNALLED(SYS_nanosleep, &t, &left), -EINTR, "nanosleep: EINTR");
	rest = left.tv_sec * 1000000L + left.tv_nsec / 1000;
	ok(rest < 20000000 && rest >= 20000000 - (now_us() - start) - 1, "... and what is left");
	install(SIGUSR1, SA_RESTART, 0);
	eq(SIGNALLED(SYS_nanosleep, &t, 0), -EINTR, "nanosleep: EINTR even with SA_RESTART");
	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += 20;
	eq(SIGNALLED(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &t, 0), -EINTR, "clock_nanosleep, too");
	p = (struct pollfd){fd[0], POLLIN, 7};
	eq(SIGNALLED(SYS_poll, &p, 1, 20000), -EINTR, "poll, too");
	eq(p.revents, 0, "... which has found nothing");
	eq(SIGNALLED(SYS_pause), -EINTR, "pause, too");
	eq(runs, 6, "the handler ran each time");
	count = 0;
	pid = fork();
	if (pid == 0) {
		sleep_ms(30);
		kill(getppid(), SIGUSR1);
		sleep_ms(30);
		pass(fd[1]);
		_exit(7);
	}
	eq(sc(SYS_read, fd[0], &c, 1), 1, "read goes on with SA_RESTART");
	eq(count, 1, "... after the handler");
	eq(sc(SYS_wait4, pid, &status, 0, 0) == pid && status == EXITED(7), 1, "wait4");
	close(fd[0]);
	close(fd[1]);
}

static void waiting(void)
{
	sigset_t set, none;
	struct timespec t = {20, 0};
	int pid;

	sigemptyset(&none);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	install(SIGUSR1, SA_RESTART, 0);
	sigprocmask(SIG_BLOCK, &set, 0);
	count = 0;
	pid = fork();
	if (pid == 0) {
		sleep_ms(30);
		_exit(kill(getppid(), SIGUSR1));
	}
	eq(sc(SYS_rt_sigsuspend, &none, 8), -EINTR, "sigsuspend: EINTR even with SA_RESTART");
	eq(count, 1, "the handler ran");
	ok(sigismember((sigset_t *)&during, SIGUSR1) == 1, "... with its signal blocked");
	ok(blocked(SIGUSR1) == 1, "the old mask is back");
	wait_for(pid);
	raise(SIGUSR1);
	eq(sc(SYS_rt_sigsuspend, &none, 8), -EINTR, "what was pending ends it at once");
	raise(SIGUSR1);
	eq(sc(SYS_ppoll, 0, 0, &t, &none, 8), -EINTR, "ppoll, too");
	eq(count, 3, "the handler ran");
	ok(blocked(SIGUSR1) == 1, "the old mask is back");
	eq(sc(SYS_rt_sigsuspend, &none, 7), -EINVAL, "EINVAL: the size");
	eq(sc(SYS_rt_sigsuspend, BAD_POINTER, 8), -EFAULT, "EFAULT");
	sigprocmask(SIG_SETMASK, &none, 0);
}

/* On Linux wait4 may tell of a stop before its signal has come. While one is pending the next is lost. */
static int told(int code)
{
	for (int i = 0; i < 10000 && info.si_code != code; i++)
		sleep_ms(1);
	return info.si_code == code;
}

static void children(void)
{
	int pid, status, go[2];

	install(SIGCHLD, SA_RESTART, 0);
	pid = fork();
	if (pid == 0)
		_exit(300);
	eq(sc(SYS_wait4, pid, &status, 0, 0), pid, "wait4");
	eq(info.si_signo, SIGCHLD, "SIGCHLD came before it returned");
	ok(info.si_code == CLD_EXITED && info.si_status == (300 & 255), "with the child's status");
	eq(info.si_pid, pid, "... and pid");
	pid = fork();
	if (pid == 0)
		raise(SIGKILL);
	waitpid(pid, &status, 0);
	ok(info.si_code == CLD_KILLED && info.si_status == SIGKILL, "killed");
	pipe(go);
	pid = fork();
	if (pid == 0) {
		close(go[1]);
		raise(SIGSTOP);
		read(go[0], &status, 1);
		_exit(0);
	}
	waitpid(pid, &status, WUNTRACED);
	ok(told(CLD_STOPPED) && info.si_status == SIGSTOP, "stopped");
	kill(pid, SIGCONT);
	waitpid(pid, &status, WCONTINUED);
	told(CLD_CONTINUED);
	close(go[0]);
	close(go[1]);
	waitpid(pid, &status, 0);
	ok(info.si_code == CLD_EXITED && info.si_status == 0, "continued and ended");
	signal(SIGCHLD, SIG_DFL);
}

static void broken_pipe(void)
{
	int fd[2];

	install(SIGPIPE, 0, 0);
	pipe(fd);
	close(fd[0]);
	count = 0;
	eq(sc(SYS_write, fd[1], "x", 1), -EPIPE, "EPIPE");
	eq(count == 1 && info.si_signo == SIGPIPE, 1, "... and SIGPIPE");
	close(fd[1]);
	signal(SIGPIPE, SIG_DFL);
}

static long inherited(void *unused)
{
	(void)unused;
	count = 0;
	raise(SIGUSR1);
	return count;
}

static void after_exec(void *unused)
{
	(void)unused;
	exec_self("--raise", 0);
}

static void handled_continue(void)
{
	int pid, status;

	pid = fork();
	if (pid == 0) {
		install(SIGCONT, 0, 0);
		count = 0;
		raise(SIGSTOP);
		_exit(count);
	}
	waitpid(pid, &status, WUNTRACED);
	kill(pid, SIGCONT);
	eq(wait_for(pid), EXITED(1), "a handler of SIGCONT runs when it goes on");
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--raise"))
		return raise(SIGUSR1);
	basics();
	pending();
	interrupted();
	waiting();
	children();
	broken_pipe();
	eq(in_child(inherited, 0), 1, "a child has its parent's handlers");
	eq(status_of(after_exec, 0), KILLED(SIGUSR1), "exec has none");
	handled_continue();
	return tap_done();
}
