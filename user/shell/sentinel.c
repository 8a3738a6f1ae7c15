/*
 * sentinel.c - the sentinel. At most one; `sentinel` is its process, 0 where there is none.
 */
#include "user/shell/sentinel.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/shell/job.h"
#include "user/shell/shell.h"

static pid_t sentinel;
static bool fired;

/* It outlives its shell, if that is killed, by a second at most. */
static _Noreturn void sentinel_stand(pid_t parent)
{
	signal(SIGINT, SIG_DFL);
	while (getppid() == parent)
		sleep(1);
	_exit(0);
}

void sentinel_start(void)
{
	pid_t parent = getpid();

	fired = false;
	if (!shell.job_control || sentinel)
		return;
	sentinel = fork();
	if (sentinel == 0)
		sentinel_stand(parent);
	/* Without one, all that is lost is Ctrl-C. */
	if (sentinel < 0)
		sentinel = 0;
}

void sentinel_stop(void)
{
	if (!sentinel)
		return;
	kill(sentinel, SIGKILL);
	waitpid(sentinel, NULL, 0);
	sentinel = 0;
}

bool sentinel_fired(void)
{
	if (sentinel && waitpid(sentinel, NULL, WNOHANG) == sentinel)
		sentinel_ended(sentinel);
	return fired;
}

void sentinel_ended(pid_t pid)
{
	if (!sentinel || pid != sentinel)
		return;
	fired = true;
	sentinel = 0;
	/* The terminal has shown ^C: what follows begins a line. */
	fputs("\n", stderr);
}

void sentinel_forget(void)
{
	sentinel = 0;
	fired = false;
}
