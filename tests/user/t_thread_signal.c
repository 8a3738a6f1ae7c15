/* t_thread_signal - signals to a process and to a thread: masks, who acts, stop and continue of all threads. */
#include "threads.h"

static int word, blocked_ready, counter, go;

static void mask(int how, int signal_number)
{
	sigset_t s;

	sigemptyset(&s);
	sigaddset(&s, signal_number);
	pthread_sigmask(how, &s, 0);
}

static int is_blocked(int signal_number)
{
	sigset_t s;

	pthread_sigmask(SIG_BLOCK, 0, &s);
	return sigismember(&s, signal_number);
}

static void *has_mask(void *unused)
{
	int inherited = is_blocked(SIGUSR1) && !is_blocked(SIGUSR2);

	(void)unused;
	mask(SIG_BLOCK, SIGUSR2);
	mask(SIG_UNBLOCK, SIGUSR1);
	return (void *)(long)inherited;
}

static int raw_mask(void *result)
{
	unsigned long set = 0;

	sc(SYS_rt_sigprocmask, SIG_BLOCK, 0, &set, 8);
	*(int *)result = set == 1ul << (SIGUSR1 - 1) ? 1 : 2;
	return 0;
}

static void masks(void)
{
	static int raw;
	void *result;

	mask(SIG_BLOCK, SIGUSR1);
	pthread_join(start(has_mask, 0), &result);
	ok((long)result, "a thread inherits its maker's mask");
	ok(is_blocked(SIGUSR1) && !is_blocked(SIGUSR2), "and changes only its own");
	thread_raw(raw_mask, &raw);
	ok(becomes(&raw, 1), "clone alone hands the mask on");
	mask(SIG_UNBLOCK, SIGUSR1);
}

static void *sleeps(void *unused)
{
	futex_wait(&word, 0);
	return unused;
}

static void *sleeps_blocking(void *signal_number)
{
	mask(SIG_BLOCK, (int)(long)signal_number);
	set(&blocked_ready);
	for (;;)
		futex_wait(&word, 0);
	return 0;
}

static void all_block_but_one(void *unused)
{
	(void)unused;
	mask(SIG_BLOCK, SIGTERM);
	start(sleeps, 0);
	start(sleeps, 0);
	mask(SIG_UNBLOCK, SIGTERM);
	start(sleeps, 0);
	mask(SIG_BLOCK, SIGTERM);
	sleep_ms(20);
	kill(getpid(), SIGTERM);
	sleep_ms(30000);
	_exit(1);
}

static void *unblocks_late(void *unused)
{
	sleep_ms(20);
	mask(SIG_UNBLOCK, SIGTERM);
	sleep_ms(30000);
	return unused;
}

static void until_one_unblocks(void *unused)
{
	(void)unused;
	mask(SIG_BLOCK, SIGTERM);
	start(sleeps, 0);
	kill(getpid(), SIGTERM);
	sleep_ms(20);
	pthread_join(start(unblocks_late, 0), 0);
	_exit(1);
}

static void *blocks_and_ends(void *unused)
{
	await_set(&go);
	return unused;
}

/* The only thread that could have acted ends; nobody acts, until another unblocks it. */
static void chosen_ends(void *unused)
{
	pthread_t t;

	(void)unused;
	t = start(blocks_and_ends, 0);
	mask(SIG_BLOCK, SIGUSR1);
	set(&go);
	pthread_join(t, 0);
	kill(getpid(), SIGUSR1);
	sleep_ms(10);
	mask(SIG_UNBLOCK, SIGUSR1);
	_exit(1);
}

static void *blocks_for_good(void *tid)
{
	*(int *)tid = sc(SYS_gettid);
	return sleeps_blocking((void *)SIGUSR1);
}

static void to_a_thread_that_blocks(void *unused)
{
	int tid;

	(void)unused;
	start(blocks_for_good, &tid);
	await_set(&blocked_ready);
	sc(SYS_tgkill, getpid(), tid, SIGUSR1); /* pending there, though we do not block it */
	mask(SIG_BLOCK, SIGUSR2); /* makes the kernel look what is due */
	sleep_ms(20);
	_exit(7);
}

static void *raises(void *signal_number)
{
	sc(SYS_tgkill, getpid(), sc(SYS_gettid), (int)(long)signal_number);
	return 0;
}

static void to_one(void *unused)
{
	(void)unused;
	pthread_join(start(raises, (void *)SIGUSR1), 0);
	_exit(1);
}

static void ignored(void *unused)
{
	(void)unused;
	signal(SIGUSR1, SIG_IGN);
	pthread_join(start(raises, (void *)SIGUSR1), 0);
	_exit(8);
}

static void pending_of_both(void *unused)
{
	(void)unused;
	mask(SIG_BLOCK, SIGUSR1);
	kill(getpid(), SIGUSR1);
	raises((void *)SIGUSR1);
	signal(SIGUSR1, SIG_IGN); /* drops both */
	signal(SIGUSR1, SIG_DFL);
	mask(SIG_UNBLOCK, SIGUSR1);
	_exit(9);
}

static void who_acts(void)
{
	eq(status_of(all_block_but_one, 0), KILLED(SIGTERM), "a signal finds the one thread that does not block it");
	eq(status_of(until_one_unblocks, 0), KILLED(SIGTERM), "or waits until one unblocks it");
	eq(status_of(chosen_ends, 0), KILLED(SIGUSR1), "and outlives threads that end");
	eq(status_of(to_a_thread_that_blocks, 0), EXITED(7), "one to a thread that blocks it disturbs nobody else");
	eq(status_of(to_one, 0), KILLED(SIGUSR1), "a deadly signal to one thread ends the process");
	eq(status_of(ignored, 0), EXITED(8), "unless the process ignores it");
	eq(status_of(pending_of_both, 0), EXITED(9), "SIG_IGN drops what is pending for the process and for threads");
}

static void *ticks(void *unused)
{
	for (;;)
		__atomic_fetch_add(&counter, 1, __ATOMIC_SEQ_CST);
	return unused;
}

/* A child that counts in shared time: how much it has counted is told through a pipe when it is asked. */
static void *answers(void *fds)
{
	int *fd = fds;
	char byte;

	while (read(fd[0], &byte, 1) == 1)
		if (write(fd[1], &counter, sizeof counter) != sizeof counter)
			break;
	_exit(3);
}

static int stopped_status(int pid, int flags)
{
	int status = 0;

	return sc(SYS_wait4, pid, &status, flags, 0) == pid ? status : -1;
}

static void stops(void)
{
	int ask[2], answer[2], first, pid;

	if (pipe(ask) || pipe(answer))
		return;
	pid = fork();
	if (pid == 0) {
		int fds[2] = {ask[0], answer[1]};

		close(ask[1]);
		start(ticks, 0);
		start(sleeps, 0);
		start(answers, fds);
		for (;;)
			sleep_ms(1000);
	}
	close(ask[0]);
	pass(ask[1]);
	read(answer[0], &first, sizeof first);
	kill(pid, SIGSTOP);
	eq(stopped_status(pid, WUNTRACED), STOPPED(SIGSTOP), "a process with four threads stops");
	pass(ask[1]);
	sleep_ms(30);
	ok(fcntl(answer[0], F_SETFL, O_NONBLOCK) == 0 && read(answer[0], &first, sizeof first) == -1 && errno == EAGAIN,
	   "no thread of it runs");
	kill(pid, SIGCONT);
	eq(stopped_status(pid, WCONTINUED), 0xffff, "and continues");
	fcntl(answer[0], F_SETFL, 0);
	eq(read(answer[0], &first, sizeof first), sizeof first, "all of it");
	kill(pid, SIGSTOP);
	eq(stopped_status(pid, WUNTRACED), STOPPED(SIGSTOP), "once more");
	kill(pid, SIGKILL);
	eq(wait_for(pid), KILLED(SIGKILL), "SIGKILL ends it where it stands");
	pid = fork();
	if (pid == 0) {
		start(sleeps, 0);
		pthread_join(start(raises, (void *)SIGTSTP), 0);
		_exit(4);
	}
	eq(stopped_status(pid, WUNTRACED), STOPPED(SIGTSTP), "one thread's signal stops all");
	kill(pid, SIGCONT);
	eq(wait_for(pid), EXITED(4), "until SIGCONT");
}

int main(void)
{
	setpgid(0, 0);
	masks();
	who_acts();
	stops();
	return tap_done();
}
