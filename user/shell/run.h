/*
 * run.h - runs whole inputs.
 */
#pragma once

#include "user/shell/input.h"

/* Runs every command of the input and returns the status of the last. An error of syntax ends a shell
 * that has no terminal. */
int run_input(struct input *input);
int run_string(const char *text);

/* What the commands print, in the arena, without the newlines at its end: $(...). NULL: could not start,
 * said so. */
char *run_capture(const char *text);
