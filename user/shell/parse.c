/*
 * parse.c - recursive descent. After an error every function unwinds: the lexer stays on TOKEN_ERROR, which
 * no rule accepts. Depth is limited, so that no input overruns the stack.
 */
#include "user/shell/parse.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "user/shell/arena.h"
#include "user/shell/shell.h"

#define DEPTH_MAX 200

struct parser {
	struct lexer lexer;
	int depth;
};

static struct node *parse_list(struct parser *parser, bool lines);

static void parse_fail(struct parser *parser, const char *format, ...)
{
	char text[200];
	va_list arguments;

	if (!parser->lexer.error) {
		va_start(arguments, format);
		vsnprintf(text, sizeof text, format, arguments);
		va_end(arguments);
		parser->lexer.error = arena_copy(text, strlen(text));
	}
	parser->lexer.token = (struct token){.kind = TOKEN_ERROR, .text = ""};
}

static void parse_unexpected(struct parser *parser)
{
	parse_fail(parser, "unexpected %s", parser->lexer.token.text);
}

static bool at(const struct parser *parser, enum token_kind kind)
{
	return parser->lexer.token.kind == kind;
}

static bool at_word(const struct parser *parser, const char *text)
{
	return at(parser, TOKEN_WORD) && strcmp(parser->lexer.token.text, text) == 0;
}

static void advance(struct parser *parser)
{
	if (!parser->lexer.error)
		lex_next(&parser->lexer);
}

static bool accept(struct parser *parser, enum token_kind kind)
{
	if (!at(parser, kind))
		return false;
	advance(parser);
	return true;
}

static void expect_word(struct parser *parser, const char *text)
{
	if (at_word(parser, text))
		advance(parser);
	else
		parse_fail(parser, "unexpected %s, looking for %s", parser->lexer.token.text, text);
}

static void skip_newlines(struct parser *parser)
{
	while (accept(parser, TOKEN_NEWLINE))
		;
}

static struct node *node_new(enum node_kind kind)
{
	struct node *node = arena_alloc(sizeof *node);

	node->kind = kind;
	return node;
}

size_t name_length(const char *text)
{
	size_t length = 0;

	if (isdigit((unsigned char)*text))
		return 0;
	while (isalnum((unsigned char)text[length]) || text[length] == '_')
		length++;
	return length;
}

static bool is_assignment(const char *text)
{
	size_t length = name_length(text);

	return length > 0 && text[length] == '=';
}

static struct word **word_append(struct word **end, const char *text)
{
	*end = arena_alloc(sizeof **end);
	(*end)->text = text;
	return &(*end)->next;
}

static struct redirect **parse_redirect(struct parser *parser, struct redirect **end)
{
	struct redirect *redirect = *end = arena_alloc(sizeof *redirect);

	redirect->kind = parser->lexer.token.redirect;
	redirect->fd = parser->lexer.token.fd;
	advance(parser);
	redirect->text = parser->lexer.token.text;
	if (at(parser, TOKEN_WORD))
		advance(parser);
	else
		parse_fail(parser, "unexpected %s after a redirection", parser->lexer.token.text);
	return &redirect->next;
}

static struct node *parse_simple(struct parser *parser)
{
	struct node *node = node_new(NODE_COMMAND);
	struct word **assignment = &node->assignments, **word = &node->words;
	struct redirect **redirect = &node->redirects;

	for (;;) {
		const char *text = parser->lexer.token.text;

		if (at(parser, TOKEN_REDIRECT)) {
			redirect = parse_redirect(parser, redirect);
			continue;
		}
		if (!at(parser, TOKEN_WORD))
			break;
		if (!node->words && is_assignment(text))
			assignment = word_append(assignment, text);
		else
			word = word_append(word, text);
		advance(parser);
		if (at(parser, TOKEN_OPEN))
			parse_fail(parser, "functions are not part of this shell");
	}
	if (!node->words && !node->assignments && !node->redirects)
		parse_unexpected(parser);
	return node;
}

/* A list that must hold something, as the inside of ( ), if, while ... must. */
static struct node *parse_compound_list(struct parser *parser)
{
	struct node *list = parse_list(parser, true);

	if (!list)
		parse_unexpected(parser);
	return list;
}

/* After `if` or `elif`. */
static struct node *parse_if(struct parser *parser)
{
	struct node *node = node_new(NODE_IF);

	advance(parser);
	node->first = parse_compound_list(parser);
	expect_word(parser, "then");
	node->body = parse_compound_list(parser);
	if (at_word(parser, "elif")) {
		if (++parser->depth > DEPTH_MAX)
			parse_fail(parser, "nested too deeply");
		node->other = parse_if(parser);
		parser->depth--;
		return node;
	}
	if (at_word(parser, "else")) {
		advance(parser);
		node->other = parse_compound_list(parser);
	}
	expect_word(parser, "fi");
	return node;
}

static struct node *parse_body(struct parser *parser)
{
	struct node *body;

	expect_word(parser, "do");
	body = parse_compound_list(parser);
	expect_word(parser, "done");
	return body;
}

static struct node *parse_while(struct parser *parser, enum node_kind kind)
{
	struct node *node = node_new(kind);

	advance(parser);
	node->first = parse_compound_list(parser);
	node->body = parse_body(parser);
	return node;
}

static struct node *parse_for(struct parser *parser)
{
	struct node *node = node_new(NODE_FOR);
	struct word **word = &node->words;

	advance(parser);
	node->name = parser->lexer.token.text;
	if (!at(parser, TOKEN_WORD) || !name_length(node->name) || node->name[name_length(node->name)])
		parse_fail(parser, "unexpected %s, looking for a variable's name", node->name);
	advance(parser);
	skip_newlines(parser);
	node->all_arguments = !at_word(parser, "in");
	if (!node->all_arguments) {
		advance(parser);
		for (; at(parser, TOKEN_WORD); advance(parser))
			word = word_append(word, parser->lexer.token.text);
		if (!at(parser, TOKEN_SEMICOLON) && !at(parser, TOKEN_NEWLINE))
			parse_unexpected(parser);
	}
	accept(parser, TOKEN_SEMICOLON);
	skip_newlines(parser);
	node->body = parse_body(parser);
	return node;
}

static struct node *parse_bracket(struct parser *parser, enum node_kind kind)
{
	struct node *node = node_new(kind);

	advance(parser);
	node->first = parse_compound_list(parser);
	if (kind == NODE_GROUP)
		expect_word(parser, "}");
	else if (!accept(parser, TOKEN_CLOSE))
		parse_fail(parser, "unexpected %s, looking for )", parser->lexer.token.text);
	return node;
}

/* A compound command, or NULL where none begins. */
static struct node *parse_compound(struct parser *parser)
{
	if (at(parser, TOKEN_OPEN))
		return parse_bracket(parser, NODE_SUBSHELL);
	if (at_word(parser, "{"))
		return parse_bracket(parser, NODE_GROUP);
	if (at_word(parser, "if"))
		return parse_if(parser);
	if (at_word(parser, "while"))
		return parse_while(parser, NODE_WHILE);
	if (at_word(parser, "until"))
		return parse_while(parser, NODE_UNTIL);
	if (at_word(parser, "for"))
		return parse_for(parser);
	return NULL;
}

/* Words that cannot begin a command, because they end or continue another one. */
static bool at_closing_word(const struct parser *parser)
{
	static const char *const words[] = {"then", "else", "elif", "fi", "do", "done", "}"};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (at_word(parser, words[i]))
			return true;
	return false;
}

static struct node *parse_one(struct parser *parser)
{
	struct redirect **redirect;
	struct node *node;

	if (at_closing_word(parser) || at_word(parser, "!"))
		parse_unexpected(parser);
	if (at_word(parser, "case") || at_word(parser, "function"))
		parse_fail(parser, "%s is not part of this shell", parser->lexer.token.text);
	if (++parser->depth > DEPTH_MAX)
		parse_fail(parser, "nested too deeply");
	node = parse_compound(parser);
	if (node)
		for (redirect = &node->redirects; at(parser, TOKEN_REDIRECT);)
			redirect = parse_redirect(parser, redirect);
	else
		node = parse_simple(parser);
	parser->depth--;
	return node;
}

static struct node *parse_pipeline(struct parser *parser)
{
	struct node *pipeline = node_new(NODE_PIPELINE), **end = &pipeline->first;

	while (at_word(parser, "!")) {
		pipeline->negated = !pipeline->negated;
		advance(parser);
	}
	*end = parse_one(parser);
	while (accept(parser, TOKEN_PIPE)) {
		skip_newlines(parser);
		end = &(*end)->next;
		*end = parse_one(parser);
	}
	return pipeline;
}

static struct node *parse_and_or(struct parser *parser)
{
	struct node *chain = node_new(NODE_AND_OR), **end = &chain->first;

	*end = parse_pipeline(parser);
	while (at(parser, TOKEN_AND) || at(parser, TOKEN_OR)) {
		enum token_kind link = parser->lexer.token.kind;

		advance(parser);
		skip_newlines(parser);
		end = &(*end)->next;
		*end = parse_pipeline(parser);
		(*end)->link = link;
	}
	return chain;
}

/* Commands joined by ; & and, where `lines`, newlines. NULL: there was none. */
static struct node *parse_list(struct parser *parser, bool lines)
{
	struct node *list = node_new(NODE_LIST), **end = &list->first;

	for (;;) {
		if (lines)
			skip_newlines(parser);
		if (at(parser, TOKEN_END) || at(parser, TOKEN_NEWLINE) || at(parser, TOKEN_CLOSE) ||
		    at(parser, TOKEN_ERROR) || at_closing_word(parser))
			break;
		*end = parse_and_or(parser);
		(*end)->background = at(parser, TOKEN_BACKGROUND);
		end = &(*end)->next;
		if (!accept(parser, TOKEN_BACKGROUND) && !accept(parser, TOKEN_SEMICOLON) &&
		    !(lines && accept(parser, TOKEN_NEWLINE)))
			break;
	}
	return list->first ? list : NULL;
}

enum parse_result parse_command(struct input *input, struct node **tree)
{
	struct parser parser = {.lexer.input = input};

	input->fresh = true;
	if (input_peek(input) == INPUT_END)
		return PARSE_END;
	input->fresh = false;
	advance(&parser);
	*tree = parse_list(&parser, false);
	if (!at(&parser, TOKEN_NEWLINE) && !at(&parser, TOKEN_END))
		parse_unexpected(&parser);
	if (!parser.lexer.error)
		return PARSE_COMMAND;
	if (input->prompts)
		shell_warn("%s", parser.lexer.error);
	else
		shell_warn("line %d: %s", input->line, parser.lexer.error);
	input_drop_line(input);
	return PARSE_ERROR;
}
