/*
 * nice.c - nice [-n STEP] [PROGRAM [ARG...]]: runs a program nicer by STEP (10), or prints how nice it is itself.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "user/lib/io.h"
#include "user/lib/number.h"

int main(int argc, char **argv)
{
	long step = 10;

	argv++;
	if (argc > 1 && strcmp(*argv, "-n") == 0) {
		if (argc < 3 || !number_parse(argv[1], &step) || step < -40 || step > 40)
			errx(125, "usage: nice [-n STEP] PROGRAM [ARG...]");
		argv += 2;
	}
	if (!*argv) {
		printf("%d\n", getpriority(PRIO_PROCESS, 0));
		finish(0);
	}
	if (setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + (int)step))
		warn("not nicer by %ld", step); /* as POSIX wants it, the program runs nevertheless */
	execvp(*argv, argv);
	warn("%s", *argv);
	return errno == ENOENT ? 127 : 126;
}
