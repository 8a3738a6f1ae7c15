/*
 * echo.c - echo [-n] WORD...: prints its arguments, a blank between two. Backslashes mean nothing.
 */
#include <stdio.h>
#include <string.h>

#include "user/lib/io.h"

int main(int argc, char **argv)
{
	bool newline = true;
	int i = 1;

	if (i < argc && strcmp(argv[i], "-n") == 0) {
		newline = false;
		i++;
	}
	for (; i < argc; i++)
		printf("%s%s", argv[i], i + 1 < argc ? " " : "");
	if (newline)
		printf("\n");
	finish(0);
}
