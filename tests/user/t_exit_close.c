/* t_exit_close - the end of a process closes, frees and tells everything, whatever it was in the middle of.
 */
#include "tap.h"

#include <sys/mman.h>

/* A child with many resources that ends in the way asked for. */
static void rich_child(void *how)
{
	int fd[2];

	for (int i = 0; i < 8; i++) {
		char *p = mmap(0, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		memset(p, i, 16 * PAGE);
		if (pipe(fd) || write(fd[1], p, 3000) != 3000)
			_exit(97);
	}
	switch ((long)how) {
	case 0: _exit(5);
	case 1: exit(6);
	case 2: kill(getpid(), SIGKILL); break;
	case 3: *(volatile char *)bad_pointers[2] = 1; break;
	case 4: exec_self("--quick", 0); break;
	default: break;
	}
	_exit(98);
}

static void each_way(void)
{
	static const int want[] = {EXITED(5), EXITED(6), KILLED(SIGKILL), KILLED(SIGSEGV), EXITED(7)};
	int good = 0;

	for (int round = 0; round < 6; round++)
		for (long how = 0; how < 5; how++)
			good += status_of(rich_child, (void *)how) == want[how];
	eq(good, 30, "thirty rich children end in five ways");
}

/* Killed in the middle of every kind of waiting. */
static void waiting_child(int how, int ready)
{
	int fd[2], status;
	struct timespec t = {1000, 0};
	static char big[100000];

	if (pipe(fd))
		_exit(97);
	if (how == 2 && fork() == 0)
		for (;;)
			sleep_ms(50);
	pass(ready);
	switch (how) {
	case 0: sc(SYS_read, fd[0], big, 1); break;
	case 1: sc(SYS_write, fd[1], big, sizeof big); break;
	case 2: sc(SYS_wait4, -1, &status, 0, 0); break;
	case 3: sc(SYS_nanosleep, &t, 0); break;
	default:
		for (;;) {
			__asm__ volatile("pause");
		}
	}
	_exit(98);
}

static void killed_waiting(void)
{
	static const char *names[] = {"read", "write", "wait4", "nanosleep", "a loop"};
	int ready[2];

	if (pipe(ready))
		_exit(97);
	for (int how = 0; how < 5; how++) {
		int pid = fork();

		if (pid == 0) {
			setpgid(0, 0);
			waiting_child(how, ready[1]);
		}
		await(ready[0]);
		sleep_ms(2);
		kill(-pid, SIGKILL);
		eq(wait_for(pid), KILLED(SIGKILL), "killed in %s", names[how]);
	}
	close(ready[0]);
	close(ready[1]);
}

/* Two ends tell each other: a child's end closes its pipe before its parent can see the status. */
static void order(void)
{
	int good = 0;

	for (int i = 0; i < 20; i++) {
		int fd[2], pid;
		char byte;

		if (pipe(fd))
			_exit(97);
		pid = fork();
		if (pid == 0)
			_exit(0);
		close(fd[1]);
		wait_for(pid);
		fcntl(fd[0], F_SETFL, O_NONBLOCK);
		good += sc(SYS_read, fd[0], &byte, 1) == 0;
		close(fd[0]);
	}
	eq(good, 20, "what a waited-for child had open is closed");
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--quick"))
		return 7;
	each_way();
	killed_waiting();
	order();
	return tap_done();
}
