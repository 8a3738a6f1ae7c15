/*
 * shell.h - what every part of the shell knows: its state, and how it complains.
 *
 * The shell is POSIX's (XCU chapter 2) as far as it goes: lists, pipelines, && || !, ( ) and { }, if,
 * while, until, for, quoting, parameters, $(...), redirection, job control. It leaves out functions, case,
 * here-documents, globbing and arithmetic, and says so when it meets one. One process, one thread, no
 * signal handlers.
 *
 * How a line travels: input -> lex -> parse (a tree of struct node) -> exec, which expands words just
 * before their use, and -> job, which starts processes and waits for them.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct shell {
	int status;              /* $?: of the last command */
	int capture_status;      /* of the last $(...): that of a command of assignments only */
	pid_t pid;               /* $$: of the first shell, in subshells too */
	pid_t last_background;   /* $!: 0 before the first */
	const char *name;        /* $0 */
	char **arguments;        /* $1 ..., NULL-terminated */
	bool interactive;        /* prompts, and goes on after errors */
	bool job_control;        /* each pipeline has a process group of its own */
	int terminal;            /* descriptor of the terminal under job control */
	int loop_depth;          /* loops that are running */
	int leave_loops;         /* `break N` and `continue N`: how many loops are still to be left */
	bool continuing;         /* the last of those goes on */
	bool interrupted;        /* a foreground job ended by Ctrl-C: back to the prompt */
};

extern struct shell shell;

/* One line on fd 2: "sh: ...". */
void shell_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, then the shell ends with `status`. */
_Noreturn void shell_die(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Ends this process, output flushed; atexit() is not for us, we fork. */
_Noreturn void shell_exit(int status);

/* True while commands that follow must be skipped on the way out of a loop or to the prompt. */
bool shell_leaving(void);
