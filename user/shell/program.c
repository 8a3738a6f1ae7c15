/*
 * program.c - execve() and the search in PATH (POSIX XBD 8.3, XCU 2.9.1). Called in children, and by `exec`.
 */
#include "user/shell/program.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "user/shell/arena.h"
#include "user/shell/shell.h"
#include "user/shell/var.h"

/* A file that the kernel does not know as a program but that is text: a script for another shell of our
 * kind. */
static void program_exec_script(const char *path, char **argv, char **environment)
{
	char start[64], **with_shell;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd >= 0 ? read(fd, start, sizeof start) : -1;
	size_t count = 0;

	if (fd >= 0)
		close(fd);
	errno = ENOEXEC;
	if (length < 0 || memchr(start, 0, (size_t)length))
		return;
	while (argv[count])
		count++;
	with_shell = arena_alloc((count + 2) * sizeof *with_shell);
	with_shell[0] = arena_copy("sh", 2);
	with_shell[1] = arena_copy(path, strlen(path));
	memcpy(with_shell + 2, argv + 1, count * sizeof *argv);
	execve("/proc/self/exe", with_shell, environment);
}

static void program_try(const char *path, char **argv, char **environment)
{
	execve(path, argv, environment);
	if (errno == ENOEXEC)
		program_exec_script(path, argv, environment);
}

/* Tries every directory of PATH; errno says why none did: the first reason that is not "no such file". */
static void program_search(char **argv, char **environment)
{
	const char *path = var_get("PATH");
	int error = ENOENT;

	for (path = path ? path : "/bin"; *path; path += *path == ':') {
		size_t length = strcspn(path, ":");
		struct buffer full = {0};

		buffer_add(&full, length ? path : ".", length ? length : 1);
		buffer_put(&full, '/');
		buffer_add(&full, argv[0], strlen(argv[0]));
		program_try(buffer_take(&full), argv, environment);
		if (errno != ENOENT && errno != ENOTDIR && error == ENOENT)
			error = errno;
		path += length;
	}
	errno = error;
}

int program_exec(char **argv)
{
	char **environment = var_environment();

	if (strchr(argv[0], '/')) {
		program_try(argv[0], argv, environment);
	} else if (*argv[0]) {
		program_search(argv, environment);
	} else {
		errno = ENOENT;
	}
	if (errno == ENOENT && !strchr(argv[0], '/'))
		shell_warn("%s: command not found", argv[0]);
	else
		shell_warn("%s: %s", argv[0], strerror(errno));
	return errno == ENOENT || errno == ENOTDIR ? 127 : 126;
}
