/*
 * string.h - the C library's memory and string functions that the kernel uses, with the C standard's
 * contracts (ISO C 7.24). Copies use the 8-byte forms of REP: see string.c.
 */
#pragma once

#include "kernel/lib/types.h"

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t n);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);

/* Copies at most size - 1 bytes (size > 0) and always terminates. True if all of `from` fitted. */
bool string_copy(char *to, const char *from, size_t size);

/*
 * The value of boot word NAME in a command line of words separated by blanks: for "a=1 smp b" the word
 * "a" gives "1" and "smp" gives "". False if the word is not there. `value` is cut at size - 1 bytes.
 */
bool word_find(const char *line, const char *name, char *value, size_t size);
/* The same for an unsigned decimal number; `fallback` if missing or malformed. */
u64 word_number(const char *line, const char *name, u64 fallback);
