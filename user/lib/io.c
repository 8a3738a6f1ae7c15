/*
 * io.c - input and output helpers. Stateless.
 */
#include "user/lib/io.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

bool write_all(int fd, const void *data, size_t size)
{
	const char *bytes = data;

	while (size > 0) {
		ssize_t written = write(fd, bytes, size);

		if (written < 0) {
			if (errno == EINTR)
				continue;
			return false;
		}
		bytes += written;
		size -= (size_t)written;
	}
	return true;
}

char *read_file(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t length = 0, capacity = 0;
	char *data = NULL;
	ssize_t got;

	if (fd < 0)
		return NULL;
	do {
		if (length + 1 >= capacity) {
			char *larger = realloc(data, capacity = capacity ? 2 * capacity : 4096);

			if (!larger)
				goto fail;
			data = larger;
		}
		got = read(fd, data + length, capacity - length - 1);
		if (got < 0)
			goto fail;
		length += (size_t)got;
	} while (got > 0);
	close(fd);
	data[length] = '\0';
	*size = length;
	return data;
fail:
	free(data);
	close(fd);
	return NULL;
}

_Noreturn void finish(int status)
{
	if (fflush(stdout) != 0 || ferror(stdout)) {
		warn("cannot write standard output");
		status = 1;
	}
	exit(status);
}
