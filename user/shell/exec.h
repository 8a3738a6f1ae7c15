/*
 * exec.h - runs syntax trees.
 */
#pragma once

#include "user/shell/parse.h"

/* Runs a list; returns the status of the last command, which $? is then, too. */
int exec_list(const struct node *list);
