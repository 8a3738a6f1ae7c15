/*
 * yes.c - yes [WORD...]: prints a line without end, `y` unless told another. Whole blocks at a time, so that
 * it also serves to fill pipes.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/lib/io.h"

int main(int argc, char **argv)
{
	static char *const standard[] = {"y", NULL};
	char *const *words = argc > 1 ? argv + 1 : standard;
	size_t length = 0, size;
	char *block, *at;

	for (char *const *word = words; *word; word++)
		length += strlen(*word) + 1;
	size = (8192 + length - 1) / length * length;
	block = at = malloc(size);
	if (!block)
		err(1, NULL);
	for (char *const *word = words; *word; word++) {
		at = stpcpy(at, *word);
		*at++ = word[1] ? ' ' : '\n';
	}
	for (size_t i = length; i < size; i++)
		block[i] = block[i - length];
	while (write_all(STDOUT_FILENO, block, size))
		;
	err(1, "cannot write standard output");
}
