/*
 * main.c - the shell's own command line (POSIX XCU sh):
 *
 *      sh                       a shell at a terminal, or commands from standard input
 *      sh -c LINE [NAME [ARG...]]
 *      sh FILE [ARG...]
 *      sh -i                    prompts although standard input is no terminal
 *      sh -s [ARG...]           commands from standard input, with arguments
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/shell/arena.h"
#include "user/shell/input.h"
#include "user/shell/job.h"
#include "user/shell/run.h"
#include "user/shell/shell.h"
#include "user/shell/terminal.h"
#include "user/shell/var.h"

#define OWN_DESCRIPTORS 10

extern char **environ;

struct shell shell = {.name = "sh"};

static void shell_print(const char *format, va_list arguments)
{
	char line[1024];
	int length;

	/* One write: lines of several processes on one terminal do not mix. */
	length = snprintf(line, sizeof line, "sh: ");
	length += vsnprintf(line + length, sizeof line - (size_t)length - 1, format, arguments);
	if (length > (int)sizeof line - 2)
		length = sizeof line - 2;
	line[length] = '\n';
	fwrite(line, 1, (size_t)length + 1, stderr);
}

void shell_warn(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	shell_print(format, arguments);
	va_end(arguments);
}

_Noreturn void shell_die(int status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	shell_print(format, arguments);
	va_end(arguments);
	shell_exit(status);
}

_Noreturn void shell_exit(int status)
{
	fflush(stdout);
	_exit(status);
}

bool shell_leaving(void)
{
	return shell.leave_loops > 0 || shell.interrupted;
}

/* A script's file, at a descriptor that its commands will not trip over. */
static int script_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), own;
	char start[4];

	if (fd < 0)
		shell_die(errno == ENOENT ? 127 : 126, "%s: %s", path, strerror(errno));
	if (read(fd, start, 4) == 4 && memcmp(start, "\177ELF", 4) == 0)
		shell_die(126, "%s: a program, not a script", path);
	lseek(fd, 0, SEEK_SET);
	own = fcntl(fd, F_DUPFD_CLOEXEC, OWN_DESCRIPTORS);
	if (own < 0)
		shell_die(126, "%s: %s", path, strerror(errno));
	close(fd);
	return own;
}

static int run_interactively(void)
{
	struct input input;
	bool warned = false;

	terminal_take();
	if (!var_get("PS1"))
		var_set("PS1", geteuid() == 0 ? "bulkhead# " : "bulkhead$ ");
	if (!var_get("PS2"))
		var_set("PS2", "> ");
	input_from_descriptor(&input, STDIN_FILENO, true);
	for (;;) {
		run_input(&input);
		fprintf(stderr, "\n");
		if (warned || !job_any_stopped())
			return shell.status;
		shell_warn("there are stopped jobs; Ctrl-D again to leave them");
		warned = true;
		input.ended = false;
	}
}

static int run_file(int fd)
{
	struct input input;

	input_from_descriptor(&input, fd, false);
	return run_input(&input);
}

static int run_command_line(char **argv)
{
	if (!argv[0])
		shell_die(2, "-c: the commands are missing");
	if (argv[1]) {
		shell.name = argv[1];
		shell.arguments = argv + 2;
	}
	return run_string(argv[0]);
}

int main(int argc, char **argv)
{
	static char *nothing[] = {NULL};
	bool commands = false, from_input = false;
	int option, status;

	while ((option = getopt(argc, argv, "+cis")) != -1) {
		commands |= option == 'c';
		from_input |= option == 's';
		shell.interactive |= option == 'i';
		if (option == '?')
			return 2;
	}
	argv += optind;
	shell.pid = getpid();
	shell.arguments = nothing;
	var_import(environ);
	if (commands) {
		shell.interactive = false;
		shell_exit(run_command_line(argv));
	}
	if (*argv && !from_input) {
		shell.interactive = false;
		shell.name = argv[0];
		shell.arguments = argv + 1;
		shell_exit(run_file(script_open(argv[0])));
	}
	shell.arguments = argv;
	shell.interactive |= isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
	status = shell.interactive ? run_interactively() : run_file(STDIN_FILENO);
	shell_exit(status);
}
