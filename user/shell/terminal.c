/*
 * terminal.c - taking and handing on the terminal. shell.terminal is a descriptor of the shell's own, so that
 * redirections of standard input do not matter.
 */
#include "user/shell/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "user/shell/shell.h"

#define OWN_DESCRIPTORS 10

void terminal_signals(void (*action)(int), bool with_stops)
{
	signal(SIGINT, action);
	signal(SIGQUIT, action);
	if (!with_stops)
		return;
	signal(SIGTSTP, action);
	signal(SIGTTIN, action);
	signal(SIGTTOU, action);
}

void terminal_give(pid_t group)
{
	tcsetpgrp(shell.terminal, group);
}

static bool terminal_is_anothers(void)
{
	pid_t group = tcgetpgrp(shell.terminal);

	return group > 0 && group != getpgrp();
}

void terminal_take(void)
{
	shell.terminal = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, OWN_DESCRIPTORS);
	/* Started in the background by another shell: wait until that one gives us the terminal. */
	while (getsid(0) != getpid() && terminal_is_anothers() && kill(0, SIGTTIN) == 0)
		;
	terminal_signals(SIG_IGN, true);
	if (getpgrp() != getpid())
		setpgid(0, 0);
	shell.job_control = tcsetpgrp(shell.terminal, getpgrp()) == 0;
	if (!shell.job_control)
		shell_warn("no job control: %s", strerror(errno));
}
