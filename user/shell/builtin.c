/*
 * builtin.c - the commands that only the shell itself can carry out, and the table of all that are built in.
 */
#include "user/shell/builtin.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user/lib/number.h"
#include "user/shell/arena.h"
#include "user/shell/job.h"
#include "user/shell/parse.h"
#include "user/shell/program.h"
#include "user/shell/shell.h"
#include "user/shell/terminal.h"
#include "user/shell/var.h"

static int builtin_true(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

static int builtin_exit(int argc, char **argv)
{
	static bool warned;
	long status = shell.status;

	if (argc > 1 && (!number_parse(argv[1], &status) || status < 0)) {
		shell_warn("exit: %s: not a status", argv[1]);
		status = 2;
	}
	if (shell.interactive && job_any_stopped() && !warned) {
		warned = true;
		shell_warn("there are stopped jobs; exit again to leave them");
		return 1;
	}
	shell_exit((int)status & 0xff);
}

static int builtin_cd(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	shell_warn("cd: there is no current directory to change here; give paths from /");
	return 1;
}

static int builtin_pwd(int argc, char **argv)
{
	char path[4096];

	(void)argc;
	if (!getcwd(path, sizeof path)) {
		shell_warn("%s: %s", argv[0], strerror(errno));
		return 1;
	}
	printf("%s\n", path);
	return 0;
}

static int builtin_exec(int argc, char **argv)
{
	int status;

	if (argc < 2)
		return 0;
	if (shell.interactive)
		terminal_signals(SIG_DFL, true);
	status = program_exec(argv + 1);
	if (!shell.interactive)
		shell_exit(status);
	if (shell.interactive)
		terminal_signals(SIG_IGN, true);
	return status;
}

static void print_export(const char *name, const char *value, bool exported)
{
	if (exported && value)
		printf("export %s='%s'\n", name, value);
}

static void print_variable(const char *name, const char *value, bool exported)
{
	(void)exported;
	if (value)
		printf("%s='%s'\n", name, value);
}

/* `set` alone prints; `set -- WORD...` sets $1 and on. */
static int builtin_set(int argc, char **argv)
{
	char **arguments;
	int first = argc > 1 && strcmp(argv[1], "--") == 0 ? 2 : 1;

	if (argc < 2) {
		var_each(print_variable);
		return 0;
	}
	if (first == 1 && argv[1][0] == '-') {
		shell_warn("set: %s: options are not part of this shell", argv[1]);
		return 2;
	}
	arguments = heap_alloc((size_t)(argc - first + 1) * sizeof *arguments);
	for (int i = first; i <= argc; i++)
		arguments[i - first] = argv[i] ? heap_copy(argv[i]) : NULL;
	shell.arguments = arguments;
	return 0;
}

static int builtin_shift(int argc, char **argv)
{
	long count = 1, have = 0;

	while (shell.arguments[have])
		have++;
	if (argc > 1 && (!number_parse(argv[1], &count) || count < 0)) {
		shell_warn("shift: %s: not a number", argv[1]);
		return 2;
	}
	if (count > have) {
		shell_warn("shift: there are %ld arguments only", have);
		return 2;
	}
	shell.arguments += count;
	return 0;
}

static bool name_check(const char *command, const char *operand, bool value_allowed)
{
	size_t length = name_length(operand);

	if (length && (!operand[length] || (value_allowed && operand[length] == '=')))
		return true;
	shell_warn("%s: %s: not a variable's name", command, operand);
	return false;
}

static int builtin_export(int argc, char **argv)
{
	int status = 0;

	if (argc < 2 || strcmp(argv[1], "-p") == 0)
		var_each(print_export);
	else
		for (argv++; *argv; argv++) {
			char *name = arena_copy(*argv, strcspn(*argv, "="));

			if (!name_check("export", *argv, true)) {
				status = 1;
				continue;
			}
			if (strchr(*argv, '='))
				var_set(name, strchr(*argv, '=') + 1);
			var_export(name);
		}
	return status;
}

static int builtin_unset(int argc, char **argv)
{
	int status = 0;

	for (int i = 1; i < argc; i++) {
		if (name_check("unset", argv[i], false))
			var_unset(argv[i]);
		else
			status = 1;
	}
	return status;
}

/* break [N], continue [N]. */
static int builtin_leave(int argc, char **argv)
{
	long count = 1;

	if (argc > 1 && (!number_parse(argv[1], &count) || count < 1)) {
		shell_warn("%s: %s: not a number of loops", argv[0], argv[1]);
		return 1;
	}
	shell.leave_loops = count < shell.loop_depth ? (int)count : shell.loop_depth;
	shell.continuing = argv[0][0] == 'c';
	return 0;
}

static int builtin_help(int argc, char **argv);

static const struct builtin builtins[] = {
	{":", builtin_true, true, "[WORD...]", "does nothing"},
	{"[", builtin_test, false, "EXPRESSION ]", "the same as test"},
	{"bg", builtin_bg, false, "[%N]", "lets a stopped job run on in the background"},
	{"break", builtin_leave, true, "[N]", "leaves N loops"},
	{"cd", builtin_cd, false, "", "says that there are no directories to change to"},
	{"continue", builtin_leave, true, "[N]", "goes on with the next round of the N-th loop"},
	{"exec", builtin_exec, true, "PROGRAM [ARG...]", "becomes a program"},
	{"exit", builtin_exit, true, "[STATUS]", "ends the shell"},
	{"export", builtin_export, true, "NAME[=VALUE]...", "gives variables to programs"},
	{"fg", builtin_fg, false, "[%N]", "continues a job in the foreground"},
	{"help", builtin_help, false, "", "prints this"},
	{"jobs", builtin_jobs, false, "", "lists background and stopped jobs"},
	{"kill", builtin_kill, false, "[-SIGNAL] %N|PID...", "sends a signal (TERM); -l lists them"},
	{"pwd", builtin_pwd, false, "", "prints the current directory"},
	{"set", builtin_set, true, "[-- WORD...]", "prints variables, or sets $1 and on"},
	{"shift", builtin_shift, true, "[N]", "drops $1 and on"},
	{"test", builtin_test, false, "EXPRESSION", "-e -f -d -s -x -n -z = != -eq -ne -lt -le -gt -ge !"},
	{"unset", builtin_unset, true, "NAME...", "forgets variables"},
	{"wait", builtin_wait, false, "[%N|PID...]", "waits for background jobs"},
};

#define BUILTINS (sizeof builtins / sizeof builtins[0])

const struct builtin *builtin_find(const char *name)
{
	for (size_t i = 0; i < BUILTINS; i++)
		if (strcmp(builtins[i].name, name) == 0)
			return &builtins[i];
	return NULL;
}

static int builtin_help(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	printf("Programs are in /bin (ls /bin). Built into the shell:\n\n");
	for (size_t i = 0; i < BUILTINS; i++) {
		int width = 28 - (int)strlen(builtins[i].name);

		printf("  %s %-*s %s\n", builtins[i].name, width, builtins[i].arguments, builtins[i].help);
	}
	printf("\n  a | b   a; b   a &   a && b   a || b   ! a   ( a )   { a; }\n"
	       "  < FILE   > FILE   2>&1   NAME=value   $NAME   $(a)   'quoted'   \"quoted $NAME\"\n"
	       "  if a; then b; else c; fi   while a; do b; done   for NAME in WORDS; do b; done\n\n"
	       "Ctrl-C ends the program in the foreground, Ctrl-Z stops it, Ctrl-D ends the input.\n"
	       "poweroff switches the machine off.\n");
	return 0;
}
