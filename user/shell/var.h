/*
 * var.h - variables. Those that came with the environment, or were exported, go to programs.
 */
#pragma once

#include <stdbool.h>

void var_import(char **environment);

/* The value, good until the variable is next set; NULL: not set. */
const char *var_get(const char *name);
void var_set(const char *name, const char *value);
void var_unset(const char *name);
void var_export(const char *name);

/* What programs get: "NAME=value" strings in the arena, NULL-terminated. */
char **var_environment(void);

/* Calls `each` for all variables in order of their names. */
void var_each(void (*each)(const char *name, const char *value, bool exported));

/* Keeps the variables that the assignments are about to set, for var_restore(). In the arena. */
struct word;
struct var_saved;
struct var_saved *var_save(const struct word *assignments);
void var_restore(struct var_saved *saved);
