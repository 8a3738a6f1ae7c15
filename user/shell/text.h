/*
 * text.h - a tree as one line of text, for the list of jobs.
 */
#pragma once

#include "user/shell/parse.h"

/* Of a chain of commands joined by pipes, or of one && || chain. In the arena. */
const char *text_of_chain(const struct node *first);
