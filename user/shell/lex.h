/*
 * lex.h - tokens (POSIX XCU 2.3). A word keeps its quotes: the expander removes them when the command runs.
 */
#pragma once

#include "user/shell/input.h"

enum token_kind {
	TOKEN_END, /* of the input */
	TOKEN_ERROR,
	TOKEN_NEWLINE,
	TOKEN_WORD,
	TOKEN_SEMICOLON,
	TOKEN_BACKGROUND, /* & */
	TOKEN_AND,        /* && */
	TOKEN_OR,         /* || */
	TOKEN_PIPE,
	TOKEN_OPEN,  /* ( */
	TOKEN_CLOSE, /* ) */
	TOKEN_REDIRECT,
};

enum redirect_kind {
	REDIRECT_READ,
	REDIRECT_WRITE,
	REDIRECT_APPEND,
	REDIRECT_READ_WRITE,
	REDIRECT_DUP, /* <& and >&: the word is a descriptor's number, or - to close */
};

struct token {
	enum token_kind kind;
	const char *text;            /* a word's, as written; an operator's, for messages */
	enum redirect_kind redirect;
	int fd;                      /* that a redirection is about */
};

struct lexer {
	struct input *input;
	struct token token; /* the current one */
	const char *error;  /* set together with TOKEN_ERROR */
	int depth;          /* of quotes and brackets inside each other, limited for the stack's sake */
};

/* Moves on to the next token. Texts are in the arena. */
void lex_next(struct lexer *lexer);
