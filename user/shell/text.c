/*
 * text.c - prints syntax trees. What is inside loops and conditions is left out: a job's line is short.
 */
#include "user/shell/text.h"

#include <stdio.h>
#include <string.h>

#include "user/shell/arena.h"

static void text_add_chain(struct buffer *text, const struct node *node);

static void text_add(struct buffer *text, const char *word)
{
	buffer_add(text, word, strlen(word));
}

static void text_add_words(struct buffer *text, const struct word *word)
{
	for (; word; word = word->next) {
		if (text->length && text->data[text->length - 1] != ' ')
			buffer_put(text, ' ');
		text_add(text, word->text);
	}
}

static void text_add_redirects(struct buffer *text, const struct redirect *redirect)
{
	static const char *const signs[] = {
		[REDIRECT_READ] = "<",	       [REDIRECT_WRITE] = ">", [REDIRECT_APPEND] = ">>",
		[REDIRECT_READ_WRITE] = "<>", [REDIRECT_DUP] = ">&",
	};

	for (; redirect; redirect = redirect->next) {
		bool input = redirect->kind == REDIRECT_READ || redirect->kind == REDIRECT_READ_WRITE;
		bool usual = redirect->fd == !input;
		char number[16];

		snprintf(number, sizeof number, " %d", redirect->fd);
		text_add(text, usual ? " " : number);
		text_add(text, signs[redirect->kind]);
		text_add(text, redirect->text);
	}
}

static void text_add_node(struct buffer *text, const struct node *node)
{
	switch (node->kind) {
	case NODE_COMMAND:
		text_add_words(text, node->assignments);
		text_add_words(text, node->words);
		break;
	case NODE_PIPELINE:
		text_add(text, node->negated ? "! " : "");
		text_add_chain(text, node->first);
		break;
	case NODE_AND_OR:
		text_add_chain(text, node->first);
		break;
	case NODE_SUBSHELL:
		text_add(text, "(");
		for (const struct node *chain = node->first->first; chain; chain = chain->next) {
			text_add_chain(text, chain->first);
			text_add(text, chain->background ? " &" : chain->next ? "; " : "");
		}
		text_add(text, ")");
		break;
	case NODE_GROUP:
		text_add(text, "{ ... }");
		break;
	case NODE_IF:
		text_add(text, "if ...");
		break;
	case NODE_FOR:
		text_add(text, "for ...");
		break;
	case NODE_WHILE:
		text_add(text, "while ...");
		break;
	default:
		text_add(text, "until ...");
	}
	text_add_redirects(text, node->redirects);
}

static void text_add_chain(struct buffer *text, const struct node *node)
{
	text_add_node(text, node);
	for (node = node->next; node; node = node->next) {
		text_add(text, node->link == TOKEN_AND ? " && " : node->link == TOKEN_OR ? " || " : " | ");
		text_add_node(text, node);
	}
}

const char *text_of_chain(const struct node *first)
{
	struct buffer text = {0};

	text_add_chain(&text, first);
	return buffer_take(&text);
}
