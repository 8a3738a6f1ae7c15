/*
 * killcmd.c - kill [-s NAME | -NAME | -NUMBER] PID..., kill -l [STATUS]. Stateless.
 * PID may be 0 (own group), negative (a group) or -1 (everybody), after `--` or after a signal.
 */
#include "user/lib/killcmd.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "user/lib/number.h"
#include "user/lib/signame.h"

static int kill_usage(const char *program)
{
	fprintf(stderr, "%s: usage: kill [-s SIGNAL | -SIGNAL] PID...   or   kill -l\n", program);
	return 2;
}

/* kill -l: all names in a row; kill -l 139: the name of what ended a command with that status. */
static int kill_list(const char *program, char **argv)
{
	long number;

	if (!*argv) {
		for (int i = 1; i < NSIG; i++)
			if (signal_name(i))
				printf("%s%s", i > 1 ? " " : "", signal_name(i));
		printf("\n");
		return 0;
	}
	for (; *argv; argv++) {
		int known = signal_number(*argv);
		const char *name = NULL;

		if (number_parse(*argv, &number))
			name = signal_name((int)(number > 128 ? number - 128 : number));
		if (name)
			printf("%s\n", name);
		else if (known > 0 && !number_parse(*argv, &number))
			printf("%d\n", known);
		else {
			fprintf(stderr, "%s: %s: no such signal\n", program, *argv);
			return 1;
		}
	}
	return 0;
}

static bool kill_target(const char *program, const char *operand, kill_resolver *resolve, pid_t *target)
{
	long number;

	if (number_parse(operand, &number) && number == (pid_t)number) {
		*target = (pid_t)number;
		return true;
	}
	if (resolve)
		return resolve(operand, target);
	fprintf(stderr, "%s: %s: not a process number\n", program, operand);
	return false;
}

/* Takes the signal off the front of the arguments; NULL: it was not understood, and said so. */
static char **kill_take_signal(const char *program, char **argv, int *signal)
{
	const char *name;

	*signal = SIGTERM;
	if (!*argv || (*argv)[0] != '-')
		return argv;
	if (strcmp(*argv, "--") == 0)
		return argv + 1;
	name = *argv + 1;
	if (strcmp(*argv, "-s") == 0) {
		name = *++argv;
		if (!name) {
			kill_usage(program);
			return NULL;
		}
	}
	*signal = signal_number(name);
	if (*signal < 0) {
		fprintf(stderr, "%s: %s: no such signal\n", program, name);
		return NULL;
	}
	argv++;
	return *argv && strcmp(*argv, "--") == 0 ? argv + 1 : argv;
}

int kill_command(const char *program, char **argv, kill_resolver *resolve)
{
	int signal, status = 0;

	argv++;
	if (*argv && strcmp(*argv, "-l") == 0)
		return kill_list(program, argv + 1);
	argv = kill_take_signal(program, argv, &signal);
	if (!argv)
		return 2;
	if (!*argv)
		return kill_usage(program);
	for (; *argv; argv++) {
		pid_t target;

		if (!kill_target(program, *argv, resolve, &target)) {
			status = 1;
		} else if (kill(target, signal) < 0) {
			fprintf(stderr, "%s: %s: %s\n", program, *argv, strerror(errno));
			status = 1;
		}
	}
	return status;
}
