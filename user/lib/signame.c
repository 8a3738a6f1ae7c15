/*
 * signame.c - the table of signal names. Read-only data; used by kill and the shell.
 */
#include "user/lib/signame.h"

#include <signal.h>
#include <stddef.h>
#include <strings.h>

#include "user/lib/number.h"

static const char *const names[] = {
	[SIGHUP] = "HUP",	[SIGINT] = "INT",	[SIGQUIT] = "QUIT",	[SIGILL] = "ILL",
	[SIGTRAP] = "TRAP",	[SIGABRT] = "ABRT",	[SIGBUS] = "BUS",	[SIGFPE] = "FPE",
	[SIGKILL] = "KILL",	[SIGUSR1] = "USR1",	[SIGSEGV] = "SEGV",	[SIGUSR2] = "USR2",
	[SIGPIPE] = "PIPE",	[SIGALRM] = "ALRM",	[SIGTERM] = "TERM",	[SIGSTKFLT] = "STKFLT",
	[SIGCHLD] = "CHLD",	[SIGCONT] = "CONT",	[SIGSTOP] = "STOP",	[SIGTSTP] = "TSTP",
	[SIGTTIN] = "TTIN",	[SIGTTOU] = "TTOU",	[SIGURG] = "URG",	[SIGXCPU] = "XCPU",
	[SIGXFSZ] = "XFSZ",	[SIGVTALRM] = "VTALRM",	[SIGPROF] = "PROF",	[SIGWINCH] = "WINCH",
	[SIGIO] = "IO",		[SIGPWR] = "PWR",	[SIGSYS] = "SYS",
};

#define NAMES  (int)(sizeof names / sizeof names[0])
#define LARGEST 64 /* Linux's _NSIG - 1: the real-time signals have numbers only */

const char *signal_name(int number)
{
	return number > 0 && number < NAMES ? names[number] : NULL;
}

int signal_number(const char *text)
{
	long number;

	if (number_parse(text, &number))
		return number >= 0 && number <= LARGEST ? (int)number : -1;
	if (strncasecmp(text, "SIG", 3) == 0)
		text += 3;
	if (strcasecmp(text, "EXIT") == 0)
		return 0;
	for (int i = 1; i < NAMES; i++)
		if (names[i] && strcasecmp(text, names[i]) == 0)
			return i;
	return -1;
}
