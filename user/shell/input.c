/*
 * input.c - reading commands. At a terminal one read() is one line, as the kernel's line discipline gives it.
 * From a pipe on standard input single bytes are read, since the commands of the script may want the rest
 * (POSIX XCU sh, "STDIN").
 */
#include "user/shell/input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/lib/io.h"
#include "user/shell/arena.h"
#include "user/shell/job.h"
#include "user/shell/shell.h"
#include "user/shell/var.h"

#define BLOCK_SIZE 4096

void input_from_string(struct input *input, const char *text)
{
	*input = (struct input){.fd = -1, .line = 1, .fresh = true, .data = text, .length = strlen(text)};
}

void input_from_descriptor(struct input *input, int fd, bool prompts)
{
	*input = (struct input){.fd = fd, .line = 1, .fresh = true, .prompts = prompts};
	input->by_byte = fd == STDIN_FILENO && !prompts;
	input->data = input->block = heap_alloc(BLOCK_SIZE);
}

void input_close(struct input *input)
{
	if (input->fd > STDERR_FILENO)
		close(input->fd);
	free(input->block);
}

static void input_prompt(struct input *input)
{
	const char *prompt = var_get(input->fresh ? "PS1" : "PS2");
	bool inside_line = input->length && input->block[input->length - 1] != '\n';

	/* A terminal that is not the kernel's own may give a line in pieces. */
	if (!input->prompts || (inside_line && !input->fresh))
		return;
	if (input->fresh)
		job_notify();
	if (prompt)
		write_all(STDERR_FILENO, prompt, strlen(prompt));
}

static void input_fill(struct input *input)
{
	ssize_t got = 0;

	if (input->fd < 0 || input->ended) {
		input->ended = true;
		return;
	}
	input_prompt(input);
	do
		got = read(input->fd, input->block, input->by_byte ? 1 : BLOCK_SIZE);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		shell_warn("cannot read commands: %s", strerror(errno));
	input->position = 0;
	input->length = got > 0 ? (size_t)got : 0;
	input->ended = got <= 0;
}

int input_peek(struct input *input)
{
	for (;;) {
		while (input->position < input->length) {
			unsigned char c = (unsigned char)input->data[input->position];

			if (c)
				return c;
			input->position++;
		}
		if (!input->ended)
			input_fill(input);
		if (input->ended)
			return INPUT_END;
	}
}

int input_next(struct input *input)
{
	int c = input_peek(input);

	if (c != INPUT_END)
		input->position++;
	if (c == '\n')
		input->line++;
	return c;
}

void input_drop_line(struct input *input)
{
	input->position = input->length;
	input->fresh = true;
}
