/*
 * uname.c - uname [-asnrvm]: the system's name (-s, alone the default), host (-n), release (-r), version
 * (-v) and machine (-m).
 */
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "user/lib/io.h"

int main(int argc, char **argv)
{
	static const char letters[] = "snrvm";
	bool wanted[sizeof letters] = {false};
	struct utsname name;
	const char *const field[] = {name.sysname, name.nodename, name.release, name.version, name.machine};
	const char *gap = "";
	int option;

	while ((option = getopt(argc, argv, "asnrvm")) != -1) {
		if (option == '?')
			return 2;
		for (int i = 0; letters[i]; i++)
			wanted[i] |= option == 'a' || option == letters[i];
	}
	if (!memchr(wanted, true, sizeof wanted))
		wanted[0] = true;
	if (uname(&name) < 0)
		err(1, NULL);
	for (int i = 0; letters[i]; i++) {
		if (!wanted[i])
			continue;
		printf("%s%s", gap, field[i]);
		gap = " ";
	}
	printf("\n");
	finish(0);
}
