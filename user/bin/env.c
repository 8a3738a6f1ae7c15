/*
 * env.c - env [-i] [NAME=VALUE...] [PROGRAM [ARG...]]: runs a program with a changed environment (-i: an
 * empty one), or prints it.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/lib/io.h"

extern char **environ;

int main(int argc, char **argv)
{
	static char *nothing[] = {NULL};

	(void)argc;
	argv++;
	if (*argv && strcmp(*argv, "-i") == 0) {
		environ = nothing;
		argv++;
	}
	for (; *argv && strchr(*argv, '='); argv++)
		if (putenv(*argv) != 0)
			err(1, "%s", *argv);
	if (*argv) {
		execvp(*argv, argv);
		warn("%s", *argv);
		return errno == ENOENT ? 127 : 126;
	}
	for (char **variable = environ; *variable; variable++)
		printf("%s\n", *variable);
	finish(0);
}
