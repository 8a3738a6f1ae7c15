/*
 * t_fork_killed - a signal for a group reaches all of it: processes that fork and end as fast as they can do not outrun
 * it, since no fork ends between the sending and a death. All of them have the writing end of a pipe, so its end says
 * that none is left. Not libc's fork, which blocks signals: what comes before the call would reach the parent alone.
 */
#include "tap.h"

#include <poll.h>

#define ROUNDS 40
#define CHAINS 6

static _Noreturn void flee(void)
{
	for (;;)
		if (sc(SYS_fork) > 0)
			_exit(0);
}

static _Noreturn void group(void)
{
	setpgid(0, 0);
	for (int i = 0; i < CHAINS; i++)
		if (fork() == 0)
			flee();
	flee();
}

/* Are all dead within 10 s? */
static int none_left(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char byte;

	return poll(&p, 1, 10000) == 1 && read(fd, &byte, 1) == 0;
}

static int survivors(int signal)
{
	int ends[2], pid, gone;

	if (pipe(ends))
		_exit(97);
	pid = fork();
	if (pid == 0)
		group();
	setpgid(pid, pid);
	close(ends[1]);
	waitpid(pid, 0, 0); /* it has fled: the others are about as far */
	kill(-pid, signal);
	gone = none_left(ends[0]);
	for (int i = 0; !gone && i < 100; i++) /* nothing stays behind for the tests that follow */
		kill(-pid, SIGKILL);
	close(ends[0]);
	return !gone;
}

int main(void)
{
	int killed = 0, terminated = 0;

	for (int i = 0; i < ROUNDS; i++) {
		killed += survivors(SIGKILL);
		terminated += survivors(SIGTERM);
	}
	eq(killed, 0, "rounds in which somebody outran SIGKILL");
	eq(terminated, 0, "rounds in which somebody outran SIGTERM");
	return tap_done();
}
