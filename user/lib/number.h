/*
 * number.h - decimal numbers as people type them.
 */
#pragma once

#include <stdbool.h>

/* True if `text` is one whole decimal number (a sign is allowed) that fits a long; then *value is it. */
bool number_parse(const char *text, long *value);
