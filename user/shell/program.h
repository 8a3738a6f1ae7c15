/*
 * program.h - becoming another program.
 */
#pragma once

/* Becomes the program argv[0], looked for in PATH where it has no slash. Returns only on failure, with
 * the status that POSIX gives it (127 not found, 126 found and not run), after a line on fd 2. */
int program_exec(char **argv);
