/*
 * input.h - where commands come from, byte by byte: a string (sh -c, $(...)), a file, or standard input.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct input {
	int fd;           /* -1: a string */
	bool prompts;     /* a person types: print PS1 before a command, PS2 inside one */
	bool by_byte;     /* commands read the same descriptor: never read ahead of the line */
	bool fresh;       /* at the beginning of a command */
	bool ended;
	int line;         /* for messages, from 1 */
	const char *data; /* what has been read and not yet taken */
	size_t length, position;
	char *block;      /* owned; NULL for a string */
};

#define INPUT_END (-1)

void input_from_string(struct input *input, const char *text);
void input_from_descriptor(struct input *input, int fd, bool prompts);
void input_close(struct input *input);

/* The next byte, or INPUT_END; peek leaves it there. Zero bytes are passed over. */
int input_peek(struct input *input);
int input_next(struct input *input);

/* Forgets the rest of the line that has been read: after an error, at a terminal. */
void input_drop_line(struct input *input);
