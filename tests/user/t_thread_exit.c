/* t_thread_exit - exit of one thread, of the leader, of all; exec, fork and wait in a process with threads. */
#include "threads.h"

static int word;
static int leader_lives = 1; /* until the kernel clears it at the leader's end */
static char program[256];

static void *sleeps(void *unused)
{
	(void)unused;
	futex_wait(&word, 0);
	return 0;
}

static void *computes(void *unused)
{
	(void)unused;
	for (;;)
		__asm__ volatile("");
	return 0;
}

static void *reads(void *fd)
{
	char byte;

	read(*(int *)fd, &byte, 1);
	return 0;
}

/* One of every kind of sibling. */
static void crowd(void)
{
	static int fd[2];

	if (pipe(fd))
		_exit(91);
	start(sleeps, 0);
	start(computes, 0);
	start(reads, &fd[0]);
	start(sleeps, 0);
	sleep_ms(20);
}

static void main_returns(void *unused)
{
	(void)unused;
	crowd();
	exit(11);
}

static void group_raw(void *unused)
{
	(void)unused;
	crowd();
	sc(SYS_exit_group, 12);
}

static void *exits_group(void *unused)
{
	(void)unused;
	sleep_ms(20);
	sc(SYS_exit_group, 13);
	return 0;
}

static void from_thread(void *unused)
{
	(void)unused;
	crowd();
	start(exits_group, 0);
	for (;;)
		pause();
}

static void leader_ends(int status)
{
	sc(SYS_set_tid_address, &leader_lives);
	sc(SYS_exit, status);
}

static void *ends_late(void *unused)
{
	(void)unused;
	await_clear(&leader_lives);
	sc(SYS_set_tid_address, 0); /* which the kernel would clear: in musl it is the lock of the list of threads */
	sc(SYS_exit, 15);
	return 0;
}

static void leader_first(void *unused)
{
	(void)unused;
	start(ends_late, 0);
	leader_ends(14);
}

static void leader_then_group(void *unused)
{
	(void)unused;
	start(exits_group, 0);
	leader_ends(14);
}

static void pthread_exit_of_main(void *unused)
{
	(void)unused;
	start(ends_late, 0);
	sc(SYS_set_tid_address, &leader_lives);
	pthread_exit(0);
}

static void *dereferences(void *unused)
{
	int *volatile nowhere = BAD_POINTER;

	sleep_ms(20);
	(void)unused;
	*nowhere = 1;
	return 0;
}

static void *dereferences_late(void *unused)
{
	await_clear(&leader_lives);
	return dereferences(unused);
}

static void fault_in_thread(void *unused)
{
	(void)unused;
	crowd();
	start(dereferences, 0);
	for (;;)
		pause();
}

static void fault_without_leader(void *unused)
{
	(void)unused;
	start(dereferences_late, 0);
	leader_ends(0);
}

static int one_lives = 1;

static void *exits_one(void *unused)
{
	(void)unused;
	sc(SYS_set_tid_address, &one_lives);
	sc(SYS_exit, 99);
	return 0;
}

static void one_ends(void *unused)
{
	(void)unused;
	start(exits_one, 0);
	await_clear(&one_lives);
	sleep_ms(10);
	_exit(16);
}

static void statuses(void)
{
	eq(status_of(main_returns, 0), EXITED(11), "exit() of main ends all threads");
	eq(status_of(group_raw, 0), EXITED(12), "so does exit_group");
	eq(status_of(from_thread, 0), EXITED(13), "of any thread");
	eq(status_of(leader_first, 0), EXITED(15), "the leader ends first: the status is that of the last thread");
	eq(status_of(leader_then_group, 0), EXITED(13), "unless exit_group comes after it");
	eq(status_of(pthread_exit_of_main, 0), EXITED(15), "pthread_exit of main");
	eq(status_of(fault_in_thread, 0), KILLED(SIGSEGV), "a fault of one thread ends all");
	eq(status_of(fault_without_leader, 0), KILLED(SIGSEGV), "after the leader has ended, too");
	eq(status_of(one_ends, 0), EXITED(16), "exit of one thread ends that one only");
}

static void *stays(void *gate)
{
	await_clear(&leader_lives);
	pass(*(int *)gate);
	return sleeps(0);
}

/* The zombie leader keeps the process from being waited for. */
static void waits_for_the_last(void)
{
	int gate[2], pid, status;

	if (pipe(gate))
		_exit(92);
	pid = fork();
	if (pid == 0) {
		start(stays, &gate[1]);
		leader_ends(21);
	}
	close(gate[1]);
	await(gate[0]);
	close(gate[0]);
	sleep_ms(10);
	eq(sc(SYS_wait4, pid, &status, WNOHANG, 0), 0, "not to be waited for while a thread lives");
	eq(kill(pid, 0), 0, "and still there for kill");
	eq(sc(SYS_tgkill, pid, pid, 0), 0, "as is its leader");
	eq(sc(SYS_tgkill, pid, pid, SIGUSR1), 0, "which no signal wakes up any more");
	kill(pid, SIGTERM);
	eq(wait_for(pid), KILLED(SIGTERM), "a signal to the process finds the other thread");
}

static void *execs(void *mode)
{
	exec_self(mode, "x");
	return 0;
}

static void exec_leader(void *unused)
{
	(void)unused;
	crowd();
	execs("same");
}

static void exec_thread(void *unused)
{
	(void)unused;
	crowd();
	start(execs, "same");
	for (;;)
		pause();
}

/* By its path: on Linux /proc/self/exe is gone with the leader. */
static void *execs_late(void *unused)
{
	char *argv[] = {program, "same", 0}, *envp[] = {0};

	(void)unused;
	await_clear(&leader_lives);
	sleep_ms(30);
	sc(SYS_execve, program, argv, envp);
	return 0;
}

static void exec_last(void *unused)
{
	(void)unused;
	start(execs_late, 0);
	leader_ends(1);
}

/* While one executes, Linux lets no other make a thread: EAGAIN. */
static void exec_two(void *unused)
{
	pthread_t t;

	(void)unused;
	for (int i = 0; i < 3; i++)
		pthread_create(&t, 0, execs, "same");
	execs("same");
}

static void *exec_fails(void *unused)
{
	char *none[] = {0};

	(void)unused;
	word = sc(SYS_execve, "/no/such/program", none, none);
	return 0;
}

static void exec_nothing(void *unused)
{
	(void)unused;
	crowd();
	pthread_join(start(exec_fails, 0), 0);
	_exit(word == -ENOENT ? 17 : 18);
}

static void executes(void)
{
	eq(status_of(exec_leader, 0), EXITED(31), "exec of the leader: alone, tid equals pid");
	eq(status_of(exec_thread, 0), EXITED(31), "exec of another thread takes over the pid");
	eq(status_of(exec_last, 0), EXITED(31), "after the leader has ended, too");
	eq(status_of(exec_two, 0), EXITED(31), "of several at once one wins");
	eq(status_of(exec_nothing, 0), EXITED(17), "an exec that fails changes nothing");
}

static void *forks(void *result)
{
	int pid = fork();

	if (pid == 0)
		_exit(sc(SYS_gettid) == sc(SYS_getpid) ? 41 : 42);
	*(int *)result = wait_for(pid);
	return 0;
}

static void fork_copies_one(void)
{
	int status = 0, fd[2], pid;

	pthread_join(start(forks, &status), 0);
	eq(status, EXITED(41), "fork in a thread: the child's only thread is its leader");
	pid = fork();
	if (pid == 0) {
		crowd();
		pid = fork();
		if (pid == 0)
			_exit(43); /* no siblings to end */
		_exit(wait_for(pid) == EXITED(43) ? 44 : 45);
	}
	eq(wait_for(pid), EXITED(44), "fork beside threads that sleep and compute");
	if (pipe(fd))
		return;
	pid = fork();
	if (pid == 0) {
		crowd();
		if (fork() == 0) {
			sleep_ms(30);
			pass(fd[1]);
			_exit(0);
		}
		_exit(46);
	}
	eq(wait_for(pid), EXITED(46), "the parent ends before the child");
	eq(await(fd[0]), 1, "which lives on");
}

static int gate[2];

static void *vforks(void *done)
{
	int pid = vfork();

	if (pid == 0) {
		char byte;

		sc(SYS_read, gate[0], &byte, 1);
		_exit(0);
	}
	__atomic_store_n((int *)done, 1, __ATOMIC_SEQ_CST);
	wait_for(pid);
	return 0;
}

static void vfork_holds_one(void)
{
	static int done;
	pthread_t t;

	if (pipe(gate))
		_exit(93);
	t = start(vforks, &done);
	sleep_ms(20);
	eq(read_word(&done), 0, "vfork holds up its thread");
	pass(gate[1]);
	pthread_join(t, 0);
	eq(done, 1, "and not the others");
}

static void *waits(void *pid)
{
	return (void *)(long)wait_for(*(int *)pid);
}

static void children_are_shared(void)
{
	int pid = fork();
	void *status;

	if (pid == 0)
		_exit(51);
	pthread_join(start(waits, &pid), &status);
	eq((long)status, EXITED(51), "any thread may wait for the process's children");
}

int main(int argc, char **argv)
{
	if (readlink("/proc/self/exe", program, sizeof program - 1) < 0)
		return 1;
	if (argc > 1 && !strcmp(argv[1], "same"))
		_exit(sc(SYS_gettid) == sc(SYS_getpid) ? 31 : 32);
	statuses();
	waits_for_the_last();
	executes();
	fork_copies_one();
	vfork_holds_one();
	children_are_shared();
	return tap_done();
}
