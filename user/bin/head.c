/*
 * head.c - head [-n LINES | -LINES | -c BYTES] [FILE...]: the beginning of files, ten lines unless told.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user/lib/io.h"
#include "user/lib/number.h"

static long limit = 10;
static bool limit_bytes;

/* How much of `size` bytes still belongs to the head; *left counts what is still wanted. */
static size_t head_part(const char *block, size_t size, long *left)
{
	size_t i = 0;

	if (limit_bytes) {
		i = size < (size_t)*left ? size : (size_t)*left;
		*left -= (long)i;
		return i;
	}
	while (i < size && *left > 0)
		if (block[i++] == '\n')
			(*left)--;
	return i;
}

static int head_descriptor(int fd, const char *name)
{
	static char block[4096];
	long left = limit;
	ssize_t got = 0;

	while (left > 0 && (got = read(fd, block, sizeof block)) > 0)
		if (!write_all(STDOUT_FILENO, block, head_part(block, (size_t)got, &left)))
			err(1, "cannot write standard output");
	if (got < 0)
		warn("%s", name);
	return got < 0;
}

static int head_file(const char *path, bool heading, bool first)
{
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY);
	int status;

	if (fd < 0) {
		warn("%s", path);
		return 1;
	}
	if (heading) {
		printf("%s==> %s <==\n", first ? "" : "\n", standard ? "standard input" : path);
		fflush(stdout);
	}
	status = head_descriptor(fd, path);
	if (!standard)
		close(fd);
	return status;
}

int main(int argc, char **argv)
{
	int status = 0, i = 1;

	if (i < argc && argv[i][0] == '-' && argv[i][1]) {
		bool separate = strcmp(argv[i], "-n") == 0 || strcmp(argv[i], "-c") == 0;
		bool letter = argv[i][1] == 'n' || argv[i][1] == 'c';
		const char *count = separate ? argv[i + 1] : argv[i] + 1 + letter;

		limit_bytes = argv[i][1] == 'c';
		if (!count || !number_parse(count, &limit) || limit < 0)
			errx(2, "usage: head [-n LINES | -c BYTES] [FILE...]");
		i += separate ? 2 : 1;
	}
	if (i == argc)
		status = head_file("-", false, true);
	for (int first = i; i < argc; i++)
		status |= head_file(argv[i], argc - first > 1, i == first);
	finish(status);
}
