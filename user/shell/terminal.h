/*
 * terminal.h - the terminal of an interactive shell: who may read from it, and its signals.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* Takes the terminal on standard input, and ignores the signals it sends. Sets shell.job_control if that
 * worked. */
void terminal_take(void);

/* Makes the group the one that reads from the terminal and gets its signals. */
void terminal_give(pid_t group);

/* Sets what the terminal's signals do (SIG_IGN, SIG_DFL); those that stop only `with_stops`. */
void terminal_signals(void (*action)(int), bool with_stops);
