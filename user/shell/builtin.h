/*
 * builtin.h - the commands that are part of the shell.
 */
#pragma once

#include <stdbool.h>

struct builtin {
	const char *name;
	int (*run)(int argc, char **argv); /* returns the status; prints through stdio */
	bool special;                      /* POSIX XCU 2.14: assignments before it stay */
	const char *arguments, *help;
};

const struct builtin *builtin_find(const char *name);

/* test EXPRESSION and [ EXPRESSION ], in test.c. */
int builtin_test(int argc, char **argv);

/* wait, jobs, fg, bg and kill, in jobcmd.c. */
int builtin_wait(int argc, char **argv);
int builtin_jobs(int argc, char **argv);
int builtin_fg(int argc, char **argv);
int builtin_bg(int argc, char **argv);
int builtin_kill(int argc, char **argv);
