/*
 * expand.h - from words as written to words as meant (POSIX XCU 2.6): parameters, $(...), splitting at
 * blanks, quote removal. No tilde, no patterns, no arithmetic; fields are split at blank, tab and newline,
 * IFS is not looked at.
 */
#pragma once

#include "user/shell/parse.h"

struct fields {
	char **value; /* NULL-terminated, in the arena */
	size_t count, capacity;
};

/* False: something could not be expanded, and was named on fd 2. */
bool expand_words(const struct word *words, struct fields *fields);

/* One word to exactly one string, without splitting: assignments and redirections. NULL as false above. */
char *expand_string(const char *text);
