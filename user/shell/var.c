/*
 * var.c - a list of variables in order of their names. A shell has some dozens: a list is enough.
 */
#include "user/shell/var.h"

#include <stdlib.h>
#include <string.h>

#include "user/shell/arena.h"
#include "user/shell/parse.h"

struct variable {
	struct variable *next;
	char *name, *value; /* value: NULL where only exported */
	bool exported;
};

struct var_saved {
	struct var_saved *older;
	const char *name, *value; /* value: NULL where it was not set */
	bool exported;
};

static struct variable *variables;

/* The link to the variable, or to the place where it belongs. */
static struct variable **var_find(const char *name)
{
	struct variable **link = &variables;

	while (*link && strcmp((*link)->name, name) < 0)
		link = &(*link)->next;
	return link;
}

static struct variable *var_make(const char *name)
{
	struct variable **link = var_find(name);
	struct variable *variable = *link;

	if (variable && strcmp(variable->name, name) == 0)
		return variable;
	variable = heap_alloc(sizeof *variable);
	*variable = (struct variable){.next = *link, .name = heap_copy(name)};
	*link = variable;
	return variable;
}

const char *var_get(const char *name)
{
	struct variable *variable = *var_find(name);

	return variable && strcmp(variable->name, name) == 0 ? variable->value : NULL;
}

void var_set(const char *name, const char *value)
{
	struct variable *variable = var_make(name);
	char *old = variable->value;

	/* `value` may be the old one. */
	variable->value = heap_copy(value);
	free(old);
}

void var_unset(const char *name)
{
	struct variable **link = var_find(name), *variable = *link;

	if (!variable || strcmp(variable->name, name) != 0)
		return;
	*link = variable->next;
	free(variable->name);
	free(variable->value);
	free(variable);
}

void var_export(const char *name)
{
	var_make(name)->exported = true;
}

void var_import(char **environment)
{
	for (; *environment; environment++) {
		size_t length = name_length(*environment);

		/* What could not be a variable of ours is not handed on either. */
		if (length && (*environment)[length] == '=') {
			char *name = arena_copy(*environment, length);

			var_set(name, *environment + length + 1);
			var_export(name);
		}
	}
}

char **var_environment(void)
{
	struct variable *variable;
	size_t count = 0;
	char **environment;

	for (variable = variables; variable; variable = variable->next)
		count++;
	environment = arena_alloc((count + 1) * sizeof *environment);
	count = 0;
	for (variable = variables; variable; variable = variable->next) {
		struct buffer text = {0};

		if (!variable->exported || !variable->value)
			continue;
		buffer_add(&text, variable->name, strlen(variable->name));
		buffer_put(&text, '=');
		buffer_add(&text, variable->value, strlen(variable->value));
		environment[count++] = buffer_take(&text);
	}
	return environment;
}

void var_each(void (*each)(const char *name, const char *value, bool exported))
{
	for (struct variable *variable = variables; variable; variable = variable->next)
		each(variable->name, variable->value, variable->exported);
}

struct var_saved *var_save(const struct word *assignments)
{
	struct var_saved *saved = NULL;

	for (; assignments; assignments = assignments->next) {
		struct var_saved *entry = arena_alloc(sizeof *entry);
		const struct variable *variable;

		entry->older = saved;
		entry->name = arena_copy(assignments->text, name_length(assignments->text));
		variable = *var_find(entry->name);
		if (variable && strcmp(variable->name, entry->name) == 0 && variable->value) {
			entry->value = arena_copy(variable->value, strlen(variable->value));
			entry->exported = variable->exported;
		}
		saved = entry;
	}
	return saved;
}

void var_restore(struct var_saved *saved)
{
	for (; saved; saved = saved->older) {
		var_unset(saved->name);
		if (saved->value)
			var_set(saved->name, saved->value);
		if (saved->exported)
			var_export(saved->name);
	}
}
