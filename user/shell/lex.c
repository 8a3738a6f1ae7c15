/*
 * lex.c - from bytes to tokens. Called by the parser only, one token at a time: reading further than the
 * parser needs would make the shell wait for a line that nobody has reason to type.
 */
#include "user/shell/lex.h"

#include <ctype.h>
#include <string.h>

#include "user/shell/arena.h"

#define DEPTH_MAX 200

static void lex_quoted(struct lexer *lexer, struct buffer *word);

static void lex_fail(struct lexer *lexer, const char *error)
{
	if (!lexer->error)
		lexer->error = error;
	lexer->token = (struct token){.kind = TOKEN_ERROR, .text = ""};
}

/* Takes the next byte if it is `c`. */
static bool lex_accept(struct lexer *lexer, int c)
{
	if (input_peek(lexer->input) != c)
		return false;
	input_next(lexer->input);
	return true;
}

static void lex_single(struct lexer *lexer, struct buffer *word)
{
	int c;

	do {
		c = input_next(lexer->input);
		if (c == INPUT_END) {
			lex_fail(lexer, "unexpected end of input, looking for '");
			return;
		}
		buffer_put(word, (char)c);
	} while (c != '\'');
}

/* After $ and an opening bracket: up to its partner, quotes and further brackets inside respected. */
static void lex_bracket(struct lexer *lexer, struct buffer *word, int open, int close)
{
	for (int depth = 1; depth > 0 && !lexer->error;) {
		int c = input_peek(lexer->input);

		if (c == INPUT_END) {
			lex_fail(lexer, close == ')' ? "unexpected end of input, looking for )"
						     : "unexpected end of input, looking for }");
			return;
		}
		if (strchr("'\"\\$`", c)) {
			lex_quoted(lexer, word);
			continue;
		}
		depth += (c == open) - (c == close);
		buffer_put(word, (char)input_next(lexer->input));
	}
}

static void lex_dollar(struct lexer *lexer, struct buffer *word)
{
	if (lex_accept(lexer, '(')) {
		buffer_put(word, '(');
		if (input_peek(lexer->input) == '(')
			lex_fail(lexer, "arithmetic, $((...)), is not part of this shell");
		lex_bracket(lexer, word, '(', ')');
	} else if (lex_accept(lexer, '{')) {
		buffer_put(word, '{');
		lex_bracket(lexer, word, '{', '}');
	}
}

static void lex_double(struct lexer *lexer, struct buffer *word)
{
	while (!lexer->error) {
		int c = input_peek(lexer->input);

		if (c == INPUT_END) {
			lex_fail(lexer, "unexpected end of input, looking for \"");
		} else if (c == '\\' || c == '$' || c == '`') {
			lex_quoted(lexer, word);
		} else {
			buffer_put(word, (char)input_next(lexer->input));
			if (c == '"')
				return;
		}
	}
}

/* One quoting or expanding construct, which begins with the next byte. */
static void lex_quoted(struct lexer *lexer, struct buffer *word)
{
	int c = input_next(lexer->input);

	/* A backslash at the end of a line joins it with the next. */
	if (c == '\\' && lex_accept(lexer, '\n'))
		return;
	buffer_put(word, (char)c);
	if (++lexer->depth > DEPTH_MAX)
		lex_fail(lexer, "nested too deeply");
	else if (c == '\'')
		lex_single(lexer, word);
	else if (c == '"')
		lex_double(lexer, word);
	else if (c == '$')
		lex_dollar(lexer, word);
	else if (c == '`')
		lex_fail(lexer, "backquotes are not part of this shell: write $(...)");
	else if (input_peek(lexer->input) != INPUT_END)
		buffer_put(word, (char)input_next(lexer->input));
	lexer->depth--;
}

static void lex_skip_blanks(struct lexer *lexer)
{
	int c = input_peek(lexer->input);

	while (c == ' ' || c == '\t') {
		input_next(lexer->input);
		c = input_peek(lexer->input);
	}
	if (c == '#')
		while (c != '\n' && c != INPUT_END) {
			input_next(lexer->input);
			c = input_peek(lexer->input);
		}
}

static void lex_redirect(struct lexer *lexer, int c, int fd)
{
	struct token *token = &lexer->token;

	token->kind = TOKEN_REDIRECT;
	token->text = c == '<' ? "<" : ">";
	token->fd = fd >= 0 ? fd : c == '>';
	token->redirect = c == '<' ? REDIRECT_READ : REDIRECT_WRITE;
	if (lex_accept(lexer, '&'))
		token->redirect = REDIRECT_DUP;
	else if (c == '<' && lex_accept(lexer, '<'))
		lex_fail(lexer, "here-documents are not part of this shell");
	else if (c == '<' && lex_accept(lexer, '>'))
		token->redirect = REDIRECT_READ_WRITE;
	else if (c == '>' && lex_accept(lexer, '>'))
		token->redirect = REDIRECT_APPEND;
	else if (c == '>')
		lex_accept(lexer, '|'); /* >| is > where no `set -C` exists */
}

static void lex_operator(struct lexer *lexer)
{
	struct token *token = &lexer->token;
	int c = input_next(lexer->input);

	switch (c) {
	case '\n':
		*token = (struct token){.kind = TOKEN_NEWLINE, .text = "newline"};
		break;
	case ';':
		*token = (struct token){.kind = TOKEN_SEMICOLON, .text = ";"};
		break;
	case '(':
		*token = (struct token){.kind = TOKEN_OPEN, .text = "("};
		break;
	case ')':
		*token = (struct token){.kind = TOKEN_CLOSE, .text = ")"};
		break;
	case '&':
		*token = lex_accept(lexer, '&') ? (struct token){.kind = TOKEN_AND, .text = "&&"}
						: (struct token){.kind = TOKEN_BACKGROUND, .text = "&"};
		break;
	case '|':
		*token = lex_accept(lexer, '|') ? (struct token){.kind = TOKEN_OR, .text = "||"}
						: (struct token){.kind = TOKEN_PIPE, .text = "|"};
		break;
	default:
		lex_redirect(lexer, c, -1);
	}
}

static bool is_operator(int c)
{
	return c == INPUT_END || strchr("\n;&|()<>", c) != NULL;
}

static bool all_digits(const char *text)
{
	while (isdigit((unsigned char)*text))
		text++;
	return *text == '\0';
}

static void lex_word(struct lexer *lexer)
{
	struct buffer word = {0};
	int c;

	while (!lexer->error && (c = input_peek(lexer->input), !is_operator(c) && c != ' ' && c != '\t')) {
		if (strchr("'\"\\$`", c))
			lex_quoted(lexer, &word);
		else
			buffer_put(&word, (char)input_next(lexer->input));
	}
	if (lexer->error)
		return;
	/* Nothing but joined lines: no word at all. */
	if (!word.length) {
		lex_next(lexer);
		return;
	}
	if ((c == '<' || c == '>') && word.length <= 4 && all_digits(word.data)) {
		int fd = 0;

		for (const char *digit = word.data; *digit; digit++)
			fd = 10 * fd + *digit - '0';
		lex_redirect(lexer, input_next(lexer->input), fd);
		return;
	}
	lexer->token = (struct token){.kind = TOKEN_WORD, .text = buffer_take(&word)};
}

void lex_next(struct lexer *lexer)
{
	lexer->token = (struct token){.kind = TOKEN_END, .text = "end of input"};
	lex_skip_blanks(lexer);
	if (input_peek(lexer->input) == INPUT_END)
		return;
	if (is_operator(input_peek(lexer->input)))
		lex_operator(lexer);
	else
		lex_word(lexer);
}
