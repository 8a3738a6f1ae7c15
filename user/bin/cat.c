/*
 * cat.c - cat [FILE...]: copies files, or standard input for none or for `-`, to standard output.
 * Not through stdio: what is typed must come out at once.
 */
#include <err.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "user/lib/io.h"

static int cat_descriptor(int fd, const char *name)
{
	static char block[16384];
	ssize_t got;

	while ((got = read(fd, block, sizeof block)) > 0)
		if (!write_all(STDOUT_FILENO, block, (size_t)got))
			err(1, "cannot write standard output");
	if (got < 0)
		warn("%s", name);
	return got < 0;
}

int main(int argc, char **argv)
{
	int status = 0;

	if (argc < 2)
		return cat_descriptor(STDIN_FILENO, "standard input");
	for (int i = 1; i < argc; i++) {
		int fd = STDIN_FILENO;

		if (strcmp(argv[i], "-") == 0) {
			status |= cat_descriptor(fd, "standard input");
			continue;
		}
		fd = open(argv[i], O_RDONLY);
		if (fd < 0) {
			warn("%s", argv[i]);
			status = 1;
			continue;
		}
		status |= cat_descriptor(fd, argv[i]);
		close(fd);
	}
	return status;
}
