/* t_preempt - processes that never call the kernel share the processor, and nobody starves. */
#include "tap.h"

static void __attribute__((noinline)) spin(long n)
{
	for (; n > 0; n--)
		__asm__ volatile("pause");
}

/* Two children report after each stretch of spinning; the parent stops both once it has heard enough. */
static void both_progress(void)
{
	int pids[2], fd[2], heard[2] = {0, 0};
	char who;

	if (pipe(fd))
		_exit(97);
	for (int i = 0; i < 2; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			for (;;) {
				spin(20000);
				who = i;
				if (write(fd[1], &who, 1) != 1)
					_exit(1);
			}
	}
	while ((heard[0] < 5 || heard[1] < 5) && read(fd[0], &who, 1) == 1)
		heard[(int)who]++;
	for (int i = 0; i < 2; i++) {
		kill(pids[i], SIGKILL);
		wait_for(pids[i]);
	}
	ok(heard[0] >= 5 && heard[1] >= 5, "two busy children both make progress");
	close(fd[0]);
	close(fd[1]);
}

/* A child that spins for ever does not keep another from finishing, nor a sleeper from waking. */
static void beside_a_hog(void)
{
	int hog = fork(), pid;
	long start;

	if (hog == 0)
		for (;;)
			spin(1000000);
	pid = fork();
	if (pid == 0) {
		spin(100000);
		_exit(90);
	}
	eq(wait_for(pid), EXITED(90), "work beside a hog is finished");
	start = now_us();
	sleep_ms(5);
	ok(now_us() - start >= 5000, "a sleeper beside a hog wakes");
	kill(hog, SIGKILL);
	eq(wait_for(hog), KILLED(SIGKILL), "and the hog can be killed");
}

/* Several hogs, and a process that is woken again and again through a pipe. */
static void interactive(void)
{
	int hogs[3], there[2], back[2], pid, rounds = 0;

	if (pipe(there) || pipe(back))
		_exit(97);
	for (int i = 0; i < 3; i++) {
		hogs[i] = fork();
		if (hogs[i] == 0)
			for (;;)
				spin(1000000);
	}
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 10 && await(there[0]); i++)
			pass(back[1]);
		_exit(91);
	}
	for (; rounds < 10; rounds++) {
		pass(there[1]);
		if (!await(back[0]))
			break;
	}
	eq(rounds, 10, "ten round trips beside three hogs");
	eq(wait_for(pid), EXITED(91), "the partner ends well");
	for (int i = 0; i < 3; i++) {
		kill(hogs[i], SIGKILL);
		wait_for(hogs[i]);
	}
}

/* sched_yield lets the other one run: two processes on one processor alternate. */
static void yielding(void)
{
	int fd[2], pid, failed = 0;
	char byte = 0;

	if (pipe2(fd, O_NONBLOCK))
		_exit(97);
	pid = fork();
	if (pid == 0) {
		pass(fd[1]);
		_exit(0);
	}
	while (read(fd[0], &byte, 1) != 1)
		failed |= sc(SYS_sched_yield) != 0;
	ok(!failed, "sched_yield never fails");
	ok(byte == '!', "a process that yields in a loop lets its child work");
	wait_for(pid);
}

int main(void)
{
	both_progress();
	beside_a_hog();
	interactive();
	yielding();
	return tap_done();
}
