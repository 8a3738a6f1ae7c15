/*
 * parse.h - the syntax tree (POSIX XCU 2.10) and how to get the next one. Trees live in the arena.
 */
#pragma once

#include "user/shell/lex.h"

enum node_kind {
	NODE_COMMAND,  /* assignments, words */
	NODE_PIPELINE, /* first, first->next ... */
	NODE_AND_OR,   /* the same, `link` says how each is joined to the one before it */
	NODE_LIST,     /* the same, `background` after & */
	NODE_SUBSHELL, /* first */
	NODE_GROUP,    /* first */
	NODE_IF,       /* first: condition; body; other */
	NODE_WHILE,    /* first: condition; body */
	NODE_UNTIL,    /* the same */
	NODE_FOR,      /* name; words, or all arguments where `all_arguments`; body */
};

struct word {
	struct word *next;
	const char *text; /* quotes included */
};

struct redirect {
	struct redirect *next;
	enum redirect_kind kind;
	int fd;
	const char *text; /* of the file's name or descriptor, quotes included */
};

struct node {
	enum node_kind kind;
	struct node *next; /* in the parent's chain */
	struct node *first, *body, *other;
	struct word *assignments, *words;
	struct redirect *redirects;
	const char *name;
	enum token_kind link; /* TOKEN_AND, TOKEN_OR; TOKEN_END for the first of a chain */
	bool background;
	bool negated; /* a pipeline behind ! */
	bool all_arguments;
};

enum parse_result {
	PARSE_COMMAND, /* *tree is one complete command, or NULL for an empty line */
	PARSE_END,     /* there is no more */
	PARSE_ERROR,   /* said so on fd 2 */
};

enum parse_result parse_command(struct input *input, struct node **tree);

/* How many bytes of `text` are a variable's name. */
size_t name_length(const char *text);
