/*
 * su.c - su UID [PROGRAM [ARG...]]: runs a program (sh) as user and group UID, in no other group. Only root may,
 * and there is no way back: the program cannot become root again.
 */
#include <err.h>
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <unistd.h>

#include "user/lib/number.h"

int main(int argc, char **argv)
{
	static char *shell[] = {"sh", NULL};
	char **program = argc > 2 ? argv + 2 : shell;
	long uid;

	if (argc < 2 || !number_parse(argv[1], &uid) || uid < 0 || uid >= UINT_MAX)
		errx(2, "usage: su UID [PROGRAM [ARG...]], UID a number");
	if (setgroups(0, NULL) || setgid((gid_t)uid) || setuid((uid_t)uid))
		err(1, "cannot become user %ld", uid);
	execvp(*program, program);
	warn("%s", *program);
	return errno == ENOENT ? 127 : 126;
}
