/*
 * io.h - input and output that the programs of user/bin share.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Writes all of it; false and errno when it cannot. */
bool write_all(int fd, const void *data, size_t size);

/* Reads the whole file into memory that the caller frees, with a zero byte behind it that *size does not
 * count. NULL and errno on failure. */
char *read_file(const char *path, size_t *size);

/* Ends the program through exit(): with `status`, or with 1 and a line when standard output did not take
 * everything. */
_Noreturn void finish(int status);
