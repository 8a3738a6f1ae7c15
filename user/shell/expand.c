/*
 * expand.c - the expander. One pass over a word: literal bytes go to the field that grows, an unquoted
 * expansion may end fields. A field exists when it has a byte or had quotes.
 */
#include "user/shell/expand.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "user/shell/arena.h"
#include "user/shell/run.h"
#include "user/shell/shell.h"
#include "user/shell/var.h"

struct expander {
	struct buffer field;
	bool exists;           /* the field, even if empty */
	bool split;            /* unquoted expansions are split */
	bool failed;
	struct fields *fields; /* NULL while expanding to one string */
};

static void expand_text(struct expander *expander, const char *text, const char *end, bool quoted);

static void fields_add(struct fields *fields, char *value)
{
	if (fields->count + 1 >= fields->capacity) {
		size_t capacity = 2 * fields->capacity + 8;
		char **larger = arena_alloc(capacity * sizeof *larger);

		if (fields->count)
			memcpy(larger, fields->value, fields->count * sizeof *larger);
		fields->value = larger;
		fields->capacity = capacity;
	}
	fields->value[fields->count++] = value;
}

static void field_end(struct expander *expander)
{
	if (expander->exists)
		fields_add(expander->fields, buffer_take(&expander->field));
	expander->exists = false;
}

static void field_add(struct expander *expander, const char *text, size_t length)
{
	buffer_add(&expander->field, text, length);
	expander->exists = true;
}

/* The result of an expansion. */
static void field_add_value(struct expander *expander, const char *value, bool quoted)
{
	if (quoted || !expander->split) {
		field_add(expander, value, strlen(value));
		return;
	}
	for (; *value; value++) {
		if (strchr(" \t\n", *value))
			field_end(expander);
		else
			field_add(expander, value, 1);
	}
}

/* "$@" is as many fields as there are arguments; where there can be one only, and for $*, blanks join
 * them. */
static void expand_arguments(struct expander *expander, char which, bool quoted)
{
	bool separate = expander->split && (which == '@' || !quoted);

	for (char **argument = shell.arguments; *argument; argument++) {
		field_add_value(expander, *argument, quoted);
		if (argument[1] && separate)
			field_end(expander);
		else if (argument[1])
			field_add(expander, " ", 1);
	}
}

/* The value of a parameter other than $@ and $*; NULL: not set. `number` has room for a long. */
static const char *parameter_value(const char *name, char *number)
{
	long value;

	if (name_length(name))
		return var_get(name);
	if (isdigit((unsigned char)*name)) {
		size_t wanted = 0, i = 0;

		while (*name && wanted < 100000)
			wanted = 10 * wanted + (size_t)(*name++ - '0');
		if (wanted == 0)
			return shell.name;
		while (shell.arguments[i] && i + 1 < wanted)
			i++;
		return shell.arguments[i];
	}
	if (*name == '#')
		for (value = 0; shell.arguments[value];)
			value++;
	else
		value = *name == '?' ? shell.status : *name == '$' ? shell.pid : shell.last_background;
	if (*name == '!' && !value)
		return NULL;
	sprintf(number, "%ld", value);
	return number;
}

/* How many bytes after $ or ${ name a parameter; 0: none do. */
static size_t parameter_length(const char *text, bool braces)
{
	size_t length = name_length(text);

	if (length)
		return length;
	if (isdigit((unsigned char)*text)) {
		do
			length++;
		while (braces && isdigit((unsigned char)text[length]));
		return length;
	}
	return *text && strchr("?$!#@*", *text) ? 1 : 0;
}

static void expand_fail(struct expander *expander, const char *text, const char *end, const char *why)
{
	if (!expander->failed)
		shell_warn("%.*s: %s", (int)(end - text), text, why);
	expander->failed = true;
	/* POSIX XCU 2.8.1: an expansion error ends a shell that nobody sits at. */
	if (!shell.interactive)
		shell_exit(2);
}

/* ${NAME-word}, ${NAME+word}, ${NAME=word}, ${NAME?word}, and with a colon before the sign: POSIX XCU
 * 2.6.2. */
static void expand_alternative(struct expander *expander, const char *name, const char *text, const char *end,
			       bool quoted)
{
	char number[24];
	const char *value = parameter_value(name, number);
	bool colon = *text == ':';
	bool set = value && (!colon || *value);
	char sign = text[colon];
	const char *word = text + colon + 1;

	if (sign == '+' ? set : !set && sign == '-') {
		expand_text(expander, word, end, quoted);
	} else if (sign == '=' && !set && name_length(name)) {
		value = expand_string(arena_copy(word, (size_t)(end - word)));
		expander->failed |= !value;
		if (value) {
			var_set(name, value);
			field_add_value(expander, value, quoted);
		}
	} else if (sign == '?' && !set) {
		value = expand_string(arena_copy(word, (size_t)(end - word)));
		expand_fail(expander, name, name + strlen(name), value && *value ? value : "not set");
	} else if (!strchr("-+=?", sign)) {
		expand_fail(expander, text, end, "this expansion is not part of this shell");
	} else if (set && sign != '+') {
		field_add_value(expander, value, quoted);
	}
}

/* ${...}: from after the opening brace to the closing one. */
static void expand_braces(struct expander *expander, const char *text, const char *end, bool quoted)
{
	size_t length = parameter_length(text, true);
	char number[24];
	const char *name, *value;

	if (*text == '#' && text + 1 < end && (length = parameter_length(text + 1, true)) > 0 &&
	    text + 1 + length == end) {
		value = parameter_value(arena_copy(text + 1, length), number);
		sprintf(number, "%zu", value ? strlen(value) : 0);
		field_add_value(expander, number, quoted);
		return;
	}
	length = parameter_length(text, true);
	if (!length) {
		expand_fail(expander, text, end, "bad substitution");
		return;
	}
	name = arena_copy(text, length);
	if (text + length < end && *name != '@' && *name != '*') {
		expand_alternative(expander, name, text + length, end, quoted);
	} else if (*name == '@' || *name == '*') {
		expand_arguments(expander, *name, quoted);
	} else {
		value = parameter_value(name, number);
		if (value)
			field_add_value(expander, value, quoted);
	}
}

/*
 * Behind the quoting or expanding construct that `text` begins with: \x, '...', "...", $(...), ${...};
 * behind one byte for anything else. The lexer has seen to it that brackets and quotes close.
 */
static const char *construct_end(const char *text, const char *end)
{
	char c = *text++, open = text < end ? *text : 0, close = open == '(' ? ')' : '}';
	int depth = 0;

	if (c == '\\' && text < end)
		return text + 1;
	if (c == '\'' || c == '"') {
		while (text < end && *text != c)
			text = c == '"' && *text != '\'' ? construct_end(text, end) : text + 1;
		return text < end ? text + 1 : end;
	}
	if (c != '$' || (open != '(' && open != '{'))
		return text;
	while (text < end) {
		depth += (*text == open) - (*text == close);
		text = construct_end(text, end);
		if (depth == 0)
			break;
	}
	return text;
}

/* `text` is behind the $; returns what is behind the expansion. */
static const char *expand_dollar(struct expander *expander, const char *text, const char *end, bool quoted)
{
	char number[24];
	size_t length;
	const char *value, *close;

	close = text < end ? construct_end(text - 1, end) : text;
	if (text < end && *text == '(') {
		value = run_capture(arena_copy(text + 1, (size_t)(close - text - 2)));
		expander->failed |= !value;
		if (value)
			field_add_value(expander, value, quoted);
		return close;
	}
	if (text < end && *text == '{') {
		expand_braces(expander, text + 1, close - 1, quoted);
		return close;
	}
	length = text < end ? parameter_length(text, false) : 0;
	if (!length) {
		field_add(expander, "$", 1);
		return text;
	}
	if (*text == '@' || *text == '*') {
		expand_arguments(expander, *text, quoted);
		return text + length;
	}
	value = parameter_value(arena_copy(text, length), number);
	if (value)
		field_add_value(expander, value, quoted);
	return text + length;
}

/* The inside of "...": from after the opening quote; returns what is behind the closing one. */
static const char *expand_double(struct expander *expander, const char *text, const char *end)
{
	const char *start = text;

	/* "$@" without arguments is no field, every other pair of quotes is one. */
	if (end - text < 3 || strncmp(text, "$@\"", 3) != 0)
		expander->exists = true;
	while (text < end && *text != '"')
		text = *text == '\'' ? text + 1 : construct_end(text, end);
	expand_text(expander, start, text, true);
	return text < end ? text + 1 : end;
}

/* `quoted`: inside "...", where ' is an ordinary byte and \ only quotes $ ` " \ and newline (2.2.3). */
static void expand_text(struct expander *expander, const char *text, const char *end, bool quoted)
{
	while (text < end && !expander->failed) {
		char c = *text++;

		if (c == '$') {
			text = expand_dollar(expander, text, end, quoted);
		} else if (c == '"') {
			/* Inside ${...} inside "...", a pair of quotes adds nothing more. */
			if (!quoted)
				text = expand_double(expander, text, end);
		} else if (c == '\'' && !quoted) {
			const char *behind = construct_end(text - 1, end);

			field_add(expander, text, (size_t)(behind - text - 1));
			text = behind;
		} else if (c == '\\' && text < end && (!quoted || strchr("$`\"\\", *text))) {
			field_add(expander, text++, 1);
		} else {
			field_add(expander, &c, 1);
		}
	}
}

bool expand_words(const struct word *words, struct fields *fields)
{
	struct expander expander = {.split = true, .fields = fields};

	*fields = (struct fields){0};
	for (; words && !expander.failed; words = words->next) {
		expand_text(&expander, words->text, words->text + strlen(words->text), false);
		field_end(&expander);
	}
	fields_add(fields, NULL);
	fields->count--;
	return !expander.failed;
}

char *expand_string(const char *text)
{
	struct expander expander = {0};

	expand_text(&expander, text, text + strlen(text), false);
	return expander.failed ? NULL : buffer_take(&expander.field);
}
