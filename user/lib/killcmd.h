/*
 * killcmd.h - the kill utility (POSIX XCU "kill"), shared by /bin/kill and the shell, which has it built
 * in so that jobs (%1) have a meaning and a full process table can still be emptied.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* Turns an operand that is no number into a process (or -group); false: said why on fd 2. */
typedef bool kill_resolver(const char *operand, pid_t *target);

/* Runs `kill ARG...`; `resolve` may be NULL. Returns the exit status. Errors are lines on fd 2 that
 * start with `program`. */
int kill_command(const char *program, char **argv, kill_resolver *resolve);
